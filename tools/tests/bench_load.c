// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * bench_load MODULE PARAMETERS - load a module and print how many microseconds of the CPU
 * that took
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static long long now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (long long)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int main(int argc, char **argv)
{
	long long begin;
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
	begin = now_us();
	if (syscall(SYS_finit_module, fd, argv[2], 0)) {
		fprintf(stderr, "bench_load: %s %s: %s\n", argv[1], argv[2], strerror(errno));
		return 1;
	}
	printf("%lld\n", now_us() - begin);
	return 0;
}
