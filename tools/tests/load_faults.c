// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * load_faults - load the module, failing one allocation after the other
 *
 *	load_faults MODULE.ko PARAMETERS FIRST
 *
 * Needs a kernel with fault injection.  The first load fails in its allocation
 * number FIRST, the second in the one after that, and so on until one has no
 * allocation left to fail.  A load may fail or make do; afterwards nothing is
 * left behind.  Prints "load N" before each load, "not ok load N: why" for what
 * is wrong, and at the end how many loads there were.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAX_LOADS	20000

static int nfailed;

static void set(const char *path, const char *value)
{
	const int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, value, strlen(value)) < 0) {
		perror(path);
		exit(2);
	}
	close(fd);
}

/* Every kind of allocation may fail, silently. */
static void allow_faults(const char *kind, const char *option, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/kernel/debug/%s/%s", kind, option);
	set(path, value);
}

static int nth_fd;			/* /proc/self/fail-nth; opening it might fail, too */

static void fail_nth(int n)
{
	char value[16];
	int len;

	len = snprintf(value, sizeof(value), "%d", n);
	/* What is left of the last number may fail this write. */
	while (pwrite(nth_fd, value, (size_t)len, 0) != len)
		;
}

/* Was there an allocation left to fail?  If not, reading the number may. */
static int fault_was_used(void)
{
	char value[16] = "";

	return pread(nth_fd, value, sizeof(value) - 1, 0) > 0 && atoi(value) == 0;
}

static void wrong(int n, const char *why, int err)
{
	printf("not ok load %d: %s (%s)\n", n, why, strerror(err));
	nfailed++;
}

static void expect_nothing_left(int n)
{
	if (!access("/sys/module/vmpage", F_OK))
		wrong(n, "the module is there", 0);
	else if (!access("/dev/vmpage", F_OK))
		wrong(n, "/dev/vmpage is there", 0);
	else if (!access("/sys/kernel/debug/vmpage", F_OK))
		wrong(n, "debugfs is there", 0);
}

int main(int argc, char **argv)
{
	int nrefused = 0, n, fd;

	if (argc != 4)
		return 2;
	allow_faults("failslab", "ignore-gfp-wait", "N");
	allow_faults("failslab", "verbose", "0");
	allow_faults("fail_page_alloc", "ignore-gfp-wait", "N");
	allow_faults("fail_page_alloc", "ignore-gfp-highmem", "N");
	allow_faults("fail_page_alloc", "min-order", "0");
	allow_faults("fail_page_alloc", "verbose", "0");
	allow_faults("fail_usercopy", "verbose", "0");

	nth_fd = open("/proc/self/fail-nth", O_RDWR | O_CLOEXEC);
	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (nth_fd < 0 || fd < 0)
		return 2;
	for (n = atoi(argv[3]); n < MAX_LOADS; n++) {
		int ret, err, used;

		/* On the disk of the host before anything can go wrong. */
		printf("load %d\n", n);
		fflush(stdout);
		fail_nth(n);
		ret = (int)syscall(SYS_finit_module, fd, argv[2], 0);
		err = errno;
		used = fault_was_used();
		fail_nth(0);
		if (ret) {
			nrefused++;
			if (!used)
				wrong(n, "failed by itself", err);
			else if (err != ENOMEM && err != EFAULT)
				wrong(n, "neither ENOMEM nor, for user memory, EFAULT", err);
		} else if (syscall(SYS_delete_module, "vmpage", O_NONBLOCK)) {
			wrong(n, "cannot be unloaded", errno);
		}
		expect_nothing_left(n);
		if (!used)
			break;
	}
	printf("loads %d refused %d wrong %d\n", n, nrefused, nfailed);
	return nfailed || n == MAX_LOADS || !nrefused;
}
