// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * direct_io - direct I/O between a disk and memory that a file gives
 *
 *	direct_io MEMORY DISK MIB
 *
 * Maps MIB mebibytes of the file MEMORY, fills them, writes them to DISK past
 * the page cache, clears them, reads them back and compares.  Then it keeps the
 * mapping until its standard input ends.  The content of DISK is lost.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define REQUEST	(4UL << 20)		/* bytes of one read or write */

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

static void write_all(int disk, const char *mem, size_t len)
{
	for (size_t off = 0; off < len; off += REQUEST) {
		const size_t n = min_size(REQUEST, len - off);

		if (pwrite(disk, mem + off, n, (off_t)off) != (ssize_t)n)
			die("write");
	}
}

static void read_all(int disk, char *mem, size_t len)
{
	for (size_t off = 0; off < len; off += REQUEST) {
		const size_t n = min_size(REQUEST, len - off);

		if (pread(disk, mem + off, n, (off_t)off) != (ssize_t)n)
			die("read");
	}
}

static size_t wrong_words(const uint64_t *mem, size_t nwords)
{
	size_t wrong = 0;

	for (size_t i = 0; i < nwords; i++)
		wrong += mem[i] != i * 0x9e3779b97f4a7c15ULL;
	return wrong;
}

int main(int argc, char **argv)
{
	size_t len, wrong;
	uint64_t *mem;
	int fd, disk;
	double t;
	char c;

	if (argc != 4)
		return 2;
	len = strtoul(argv[3], NULL, 0) << 20;
	fd = open(argv[1], O_RDWR);
	if (fd < 0)
		die(argv[1]);
	disk = open(argv[2], O_RDWR | O_DIRECT);
	if (disk < 0)
		die(argv[2]);
	mem = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (mem == MAP_FAILED)
		die("mmap");

	for (size_t i = 0; i < len / sizeof(*mem); i++)
		mem[i] = i * 0x9e3779b97f4a7c15ULL;
	t = seconds();
	write_all(disk, (char *)mem, len);
	printf("wrote %s MiB to %s with O_DIRECT in %.2f s\n", argv[3], argv[2], seconds() - t);
	memset(mem, 0, len);
	t = seconds();
	read_all(disk, (char *)mem, len);
	wrong = wrong_words(mem, len / sizeof(*mem));
	printf("read them back in %.2f s: %zu words differ\n", seconds() - t, wrong);
	fflush(stdout);
	while (read(STDIN_FILENO, &c, 1) > 0)
		;
	return wrong ? 1 : 0;
}
