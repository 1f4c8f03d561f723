// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Direct I/O in mapped memory, pins that outlive the mapping, sudden death. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>
#include "device.h"

#define DISK_LEN	(32 * MIB)	/* of the disk that the tests use */
#define IO_LEN		(4 * MIB)	/* one request */

static int disk_open(void)
{
	if (!disk)
		SKIP("no disk given");
	return MUST(open(disk, O_RDWR | O_DIRECT));
}

static char *ordinary_memory(size_t len)
{
	return MUST(mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

static void disk_write(int fd, const char *p, size_t len)
{
	for (size_t off = 0; off < len; off += IO_LEN) {
		const size_t n = len - off < IO_LEN ? len - off : IO_LEN;

		if (pwrite(fd, p + off, n, (off_t)off) != (ssize_t)n)
			FAIL("write at %zu: %s", off, strerror(errno));
	}
}

static void disk_read(int fd, char *p, size_t len)
{
	for (size_t off = 0; off < len; off += IO_LEN) {
		const size_t n = len - off < IO_LEN ? len - off : IO_LEN;

		if (pread(fd, p + off, n, (off_t)off) != (ssize_t)n)
			FAIL("read at %zu: %s", off, strerror(errno));
	}
}

static void odirect_writes_from_the_mapping(void)
{
	const int fd = disk_open();
	char *p = dev_map_new(DISK_LEN), *check = ordinary_memory(DISK_LEN);

	pattern_fill(p, DISK_LEN, 20, 0);
	disk_write(fd, p, DISK_LEN);
	disk_read(fd, check, DISK_LEN);
	CHECK(pattern_check(check, DISK_LEN, 20, 0) == -1);
	CHECK(pattern_check(p, DISK_LEN, 20, 0) == -1);
}

static void odirect_reads_into_untouched_memory(void)
{
	const int fd = disk_open();
	char *p = dev_map_new(DISK_LEN), *source = ordinary_memory(DISK_LEN);

	pattern_fill(source, DISK_LEN, 21, 0);
	disk_write(fd, source, DISK_LEN);
	disk_read(fd, p, DISK_LEN);
	CHECK(pattern_check(p, DISK_LEN, 21, 0) == -1);
}

static void odirect_writes_untouched_memory_as_zero(void)
{
	const int fd = disk_open();
	char *p = dev_map_new(IO_LEN), *check = ordinary_memory(IO_LEN);

	memset(check, 1, IO_LEN);
	disk_write(fd, p, IO_LEN);
	disk_read(fd, check, IO_LEN);
	CHECK(is_zero(check, IO_LEN));
}

/* Pieces that begin and end inside pages, over the border of two chunks. */
static void odirect_handles_parts_of_pages(void)
{
	const int fd = disk_open();
	char *p = dev_map_aligned(dev_open(), 2 * CHUNK, 0, 0);
	char *at = p + CHUNK - 3 * PAGE - 512;
	const size_t len = 6 * PAGE + 1024;

	pattern_fill(p, 2 * CHUNK, 22, 0);
	CHECK(pwrite(fd, at, len, 512) == (ssize_t)len);
	memset(p, 0, 2 * CHUNK);
	CHECK(pread(fd, at, len, 512) == (ssize_t)len);
	CHECK(pattern_check(at, len, 22, (uint64_t)(at - p)) == -1);
	CHECK(is_zero(p, (size_t)(at - p)));
	CHECK(is_zero(at + len, (size_t)(p + 2 * CHUNK - at - len)));
}

static void odirect_vectors_of_scattered_pages(void)
{
	const int fd = disk_open();
	char *p = dev_map_new(16 * MIB);
	struct iovec iov[64];

	for (size_t i = 0; i < ARRAY_SIZE(iov); i++) {
		iov[i].iov_base = p + (i * 37 % 64) * 61 * PAGE;
		iov[i].iov_len = PAGE;
		pattern_fill(iov[i].iov_base, PAGE, 23, i * PAGE);
	}
	CHECK(pwritev(fd, iov, ARRAY_SIZE(iov), 0) == ARRAY_SIZE(iov) * (ssize_t)PAGE);
	memset(p, 0, 16 * MIB);
	CHECK(preadv(fd, iov, ARRAY_SIZE(iov), 0) == ARRAY_SIZE(iov) * (ssize_t)PAGE);
	for (size_t i = 0; i < ARRAY_SIZE(iov); i++)
		CHECK(pattern_check(iov[i].iov_base, PAGE, 23, i * PAGE) == -1);
}

static void write_for_ever(void *arg)
{
	const int fd = open(disk, O_RDWR | O_DIRECT);
	const size_t len = large_len / 4 * 3;
	char *p = dev_map_new(len);

	for (uint64_t seed = 0;; seed++) {
		pattern_fill(p, len, seed, 0);
		*(volatile int *)arg = 1;
		disk_write(fd, p, large_len / 2);
		disk_read(fd, p, large_len / 2);
	}
}

/* What is left behind is looked at after the test, as after every other. */
static void sigkill_in_the_middle(void)
{
	volatile int *started = MUST(mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
					  MAP_SHARED | MAP_ANONYMOUS, -1, 0));

	close(disk_open());
	for (unsigned int i = 0; i < 4; i++) {
		int status;
		pid_t pid;

		*started = 0;
		pid = MUST(fork());
		if (!pid)
			write_for_ever((void *)started);
		while (!*started)
			usleep(500);
		usleep(3000 + 17000 * i);
		kill(pid, SIGKILL);
		MUST(waitpid(pid, &status, 0));
		CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	}
}

#define PINNED	(16UL)			/* pages in the pipe: its default size */

/* Pages of a mapping go into a pipe; then mapping and descriptor are gone. */
static int pipe_full_of_pinned_pages(void)
{
	char *p = dev_map_new(4 * MIB);
	struct iovec iov = { p + 3 * PAGE, PINNED * PAGE };
	int pipefd[2];

	MUST(pipe(pipefd));
	pattern_fill(p, 4 * MIB, 24, 0);
	CHECK(vmsplice(pipefd[1], &iov, 1, 0) == (ssize_t)(PINNED * PAGE));
	MUST(munmap(p, 4 * MIB));
	close(pipefd[1]);
	return pipefd[0];
}

static void pinned_pages_are_not_reused(void)
{
	static char buf[PINNED * PAGE];
	const int fd = pipe_full_of_pinned_pages();
	size_t len = 0;
	ssize_t n;

	/* The pins keep pages away from everybody else... */
	CHECK(quarantined() >= (long)PINNED);
	CHECK(free_count() + quarantined() == page_count());
	/* ... and the module here. */
	CHECK_ERRNO(syscall(SYS_delete_module, "vmpage", O_NONBLOCK), EWOULDBLOCK);
	child_must_pass(dev_overwrite_all, NULL);
	while ((n = read(fd, buf + len, sizeof(buf) - len)) > 0)
		len += (size_t)n;
	CHECK(len == sizeof(buf));
	CHECK(pattern_check(buf, len, 24, 3 * PAGE) == -1);
	close(fd);
}

/* Unmapping alone frees nothing: the pages belong to the open file. */
static void pinned_pages_of_an_open_file_stay_its_own(void)
{
	const int dev = dev_open();
	char *p = dev_map(dev, MIB, 0);
	struct iovec iov = { p, PINNED * PAGE };
	int pipefd[2];

	MUST(pipe(pipefd));
	pattern_fill(p, MIB, 25, 0);
	CHECK(vmsplice(pipefd[1], &iov, 1, 0) == (ssize_t)(PINNED * PAGE));
	MUST(munmap(p, MIB));
	CHECK(quarantined() == 0);
	p = dev_map(dev, MIB, 0);
	CHECK(pattern_check(p, MIB, 25, 0) == -1);
}

#define T(fn)	{ #fn, fn }

const struct test io_tests[] = {
	T(odirect_writes_from_the_mapping),
	T(odirect_reads_into_untouched_memory),
	T(odirect_writes_untouched_memory_as_zero),
	T(odirect_handles_parts_of_pages),
	T(odirect_vectors_of_scattered_pages),
	T(sigkill_in_the_middle),
	T(pinned_pages_are_not_reused),
	T(pinned_pages_of_an_open_file_stay_its_own),
};

const size_t io_ntests = ARRAY_SIZE(io_tests);
