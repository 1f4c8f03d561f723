// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * bench_load MODULE PARAMETERS - load a module and print how many microseconds that took,
 * and how many of the CPU
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static long long now_us(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (long long)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int main(int argc, char **argv)
{
	long long begin, begin_cpu;
	int fd;

	if (argc != 3) {
		fprintf(stderr, "usage: bench_load MODULE PARAMETERS\n");
		return 2;
	}
	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		fprintf(stderr, "bench_load: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	begin = now_us(CLOCK_MONOTONIC);
	begin_cpu = now_us(CLOCK_PROCESS_CPUTIME_ID);
	if (syscall(SYS_finit_module, fd, argv[2], 0)) {
		fprintf(stderr, "bench_load: %s %s: %s\n", argv[1], argv[2], strerror(errno));
		return 1;
	}
	printf("%lld %lld\n", now_us(CLOCK_MONOTONIC) - begin,
	       now_us(CLOCK_PROCESS_CPUTIME_ID) - begin_cpu);
	return 0;
}
