// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * bench_touch vmpage|hugetlb MIB STEP-KIB - first touch of memory
 *
 * Maps MIB of memory from /dev/vmpage or of huge pages, writes one byte every STEP-KIB,
 * and prints "SIDE STEP-KIB FAULTS MICROSECONDS".  Fails if the next
 * one was not zero.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static int die(const char *what)
{
	fprintf(stderr, "bench_touch: %s: %s\n", what, strerror(errno));
	return 1;
}

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static long faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_minflt + usage.ru_majflt;
}

static void *map(const char *side, size_t len)
{
	const int prot = PROT_READ | PROT_WRITE;
	void *p;
	int fd;

	if (!strcmp(side, "hugetlb"))
		return mmap(NULL, len, prot, MAP_SHARED | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
	fd = open("/dev/vmpage", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return MAP_FAILED;
	p = mmap(NULL, len, prot, MAP_SHARED, fd, 0);
	close(fd);
	return p;
}

/* The first fault of code and stack, and of the clock, are not to count. */
static bool touch(volatile char *p, size_t len, size_t step)
{
	bool zero = true;
	size_t i;

	for (i = 0; i < len; i += step) {
		p[i] = 1;
		zero = zero && !p[i + 1];
	}
	return zero;
}

int main(int argc, char **argv)
{
	static char warm[2];
	uint64_t begin, end;
	size_t len, step;
	long count;
	bool zero;
	char *p;

	if (argc != 4) {
		fprintf(stderr, "usage: bench_touch vmpage|hugetlb MIB STEP-KIB\n");
		return 2;
	}
	len = strtoull(argv[2], NULL, 0) << 20;
	step = strtoull(argv[3], NULL, 0) << 10;
	p = map(argv[1], len);
	if (p == MAP_FAILED)
		return die(argv[1]);

	touch(warm, 1, 1);
	now_us();
	count = faults();
	begin = now_us();
	zero = touch(p, len, step);
	end = now_us();
	count = faults() - count;
	printf("%s %s %ld %llu\n", argv[1], argv[3], count, (unsigned long long)(end - begin));
	return zero ? 0 : die("not zero");
}
