// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * load_test - loading the module, with parameters good and bad
 *
 *	load_test MODULE.ko [NAME...]
 *
 * Runs as root, with debugfs mounted and the module not loaded.  After every
 * test the module is gone and the memory is back.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "harness.h"

#define DEBUGFS		"/sys/kernel/debug/vmpage/"
#define STATS		DEBUGFS "stats"
#define SLACK_KIB	4096		/* what the rest of the system may take meanwhile */

static const char *module_path;
static long free_at_start;		/* KiB */

static long mem_kib(const char *name)
{
	return file_value("/proc/meminfo", name);
}

/* Free memory in KiB, with what lies in the per-CPU lists of free pages. */
static long free_kib(void)
{
	char *text = file_text("/proc/zoneinfo");
	long kib = mem_kib("MemFree");
	long count;
	char *p;

	for (p = text; p && (p = strstr(p, " count:")); p++) {
		if (sscanf(p, " count: %ld", &count) == 1)
			kib += count * (long)(PAGE / KIB);
	}
	free(text);
	return kib;
}

static int load(const char *params)
{
	const int fd = MUST(open(module_path, O_RDONLY | O_CLOEXEC));
	const int ret = (int)syscall(SYS_finit_module, fd, params, 0);
	const int err = errno;

	close(fd);
	errno = err;
	return ret;
}

static int unload(void)
{
	return (int)syscall(SYS_delete_module, "vmpage", O_NONBLOCK);
}

/* The kernel's messages from now on. */
static int kmsg_open(void)
{
	const int fd = MUST(open("/dev/kmsg", O_RDONLY | O_NONBLOCK));

	lseek(fd, 0, SEEK_END);
	return fd;
}

/* Has a message of the module with this text come since kmsg_open()? */
static bool kmsg_has(int fd, const char *text)
{
	char line[2048];
	ssize_t n;

	while ((n = read(fd, line, sizeof(line) - 1)) > 0 || errno == EPIPE) {
		if (n <= 0)
			continue;
		line[n] = 0;
		if (strstr(line, "vmpage") && strstr(line, text))
			return true;
	}
	return false;
}

static void refused(const char *params, int err, const char *message)
{
	const int kmsg = kmsg_open();

	if (!load(params))
		FAIL("%s was accepted", params);
	if (errno != err)
		FAIL("%s: %s, not %s", params, strerror(errno), strerror(err));
	if (message && !kmsg_has(kmsg, message))
		FAIL("%s: no message with \"%s\"", params, message);
	CHECK(access("/dev/vmpage", F_OK));
	CHECK(access(STATS, F_OK));
	CHECK(access("/sys/module/vmpage", F_OK));
}

static void zero_size_is_refused(void)
{
	refused("size=0", EINVAL, "size");
}

static void size_that_is_not_of_chunks_is_refused(void)
{
	refused("size=3M", EINVAL, "2 MiB");
	refused("size=64k", EINVAL, "2 MiB");
	refused("size=2097153", EINVAL, "2 MiB");
}

static void malformed_size_is_refused(void)
{
	refused("size=abc", EINVAL, "size");
	refused("size=", EINVAL, "size");
	refused("size=64Mx", EINVAL, "size");
	refused("size=-2M", EINVAL, "size");
	refused("size=99999999999999999999", EINVAL, "size");
}

static void size_beyond_memory_is_refused(void)
{
	refused("size=100G", EINVAL, "memory");
}

static void size_per_node_is_checked_too(void)
{
	refused("size_per_node=3M", EINVAL, "2 MiB");
	refused("size_per_node=abc", EINVAL, "size_per_node");
	refused("size_per_node=100G", EINVAL, "memory");
}

static void unknown_source_is_refused(void)
{
	refused("source=nowhere", EINVAL, "source");
}

/* Below the machine's memory, above what it can spare. */
static char *too_much(const char *more)
{
	static char params[100];

	snprintf(params, sizeof(params), "size=%ldM%s", mem_kib("MemTotal") / 1024 / 2 * 2 - 8,
		 more);
	return params;
}

static void strict_load_of_too_much_is_refused(void)
{
	refused(too_much(" strict=1"), ENOMEM, "asked");
}

static void partial_load_says_what_it_got(void)
{
	const int kmsg = kmsg_open();
	const long wanted = mem_kib("MemTotal") / 4;
	long got;

	MUST(load(too_much("")));
	got = file_value(STATS, "v_page_count");
	CHECK(got > 0);
	CHECK(got < wanted);
	CHECK(got % (long)CHUNK_PAGES == 0);
	CHECK(file_value(STATS, "v_free_count") == got);
	CHECK(kmsg_has(kmsg, "got"));
	/* What was left is enough to go on. */
	CHECK(mem_kib("MemFree") > mem_kib("MemTotal") / 50);
	MUST(unload());
}

static void load_gives_what_was_asked(void)
{
	const int kmsg = kmsg_open();

	MUST(load("size=64M"));
	CHECK(file_value(STATS, "v_page_count") == 16384);
	CHECK(file_value(STATS, "v_free_count") == 16384);
	CHECK(kmsg_has(kmsg, "got"));
	CHECK(!access("/dev/vmpage", F_OK));
	MUST(unload());
	CHECK(access("/dev/vmpage", F_OK));
}

static void default_size_is_64m(void)
{
	MUST(load(""));
	CHECK(file_value(STATS, "v_page_count") == 16384);
	MUST(unload());
}

static void default_fault_timeout_is_10_s(void)
{
	char *text;

	MUST(load("size=2M"));
	text = file_text("/sys/module/vmpage/parameters/fault_timeout");
	CHECK(text);
	CHECK(!strcmp(text, "10000\n"));
	MUST(unload());
}

/* Here, one of the ways to map parts of a chunk is safe; splitting is for the rest. */
static void self_check_finds_a_way_to_map_parts(void)
{
	char *text;

	MUST(load("size=2M"));
	text = file_text(DEBUGFS "device");
	CHECK(text);
	CHECK(!strncmp(text, "chunk_map ", 10));
	CHECK(strncmp(text, "chunk_map single\n", 17));
	MUST(unload());
}

static void size_per_node_is_per_node(void)
{
	long nodes = 0;
	char path[64];

	do
		snprintf(path, sizeof(path), "/sys/devices/system/node/node%ld", nodes);
	while (!access(path, F_OK) && ++nodes);
	MUST(load("size_per_node=16M"));
	CHECK(file_value(STATS, "v_page_count") == nodes * 4096);
	MUST(unload());
}

static void second_load_is_refused(void)
{
	MUST(load("size=8M"));
	CHECK_ERRNO(load("size=8M"), EEXIST);
	MUST(unload());
}

static void five_loads_leave_nothing(void)
{
	for (int i = 0; i < 5; i++) {
		char *p;
		int fd;

		MUST(load("size=32M"));
		fd = MUST(open("/dev/vmpage", O_RDWR | O_CLOEXEC));
		p = MUST(mmap(NULL, 8 * MIB, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
		memset(p, 1, 8 * MIB);
		MUST(munmap(p, 8 * MIB));
		close(fd);
		MUST(unload());
	}
}

/* The page with the error is lost to everybody; its neighbours are not. */
static void page_with_a_memory_error_is_not_handed_out(void)
{
	const int kmsg = kmsg_open();
	char *p;
	int fd;

	MUST(load("size=8M"));
	fd = MUST(open("/dev/vmpage", O_RDWR | O_CLOEXEC));
	p = MUST(mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
	memset(p, 1, MIB);
	madvise(p + 5 * PAGE, PAGE, MADV_HWPOISON);
	MUST(munmap(p, MIB));
	close(fd);
	CHECK(file_value(DEBUGFS "device", "retired_pages") == 1);
	CHECK(file_value(STATS, "v_free_count") == file_value(STATS, "v_page_count") - 1);
	CHECK(!strcmp(file_text(DEBUGFS "audit"), "ok\n"));
	MUST(unload());
	CHECK(kmsg_has(kmsg, "memory error"));
}

/* After each test, in the parent. */
static const char *memory_is_back(void)
{
	static char why[100];
	const uint64_t end = now_ms() + 5000;
	long lost = 0;

	if (!access("/sys/module/vmpage", F_OK)) {
		unload();
		return "the module is still loaded";
	}
	do {
		if (lost)
			usleep(20000);
		lost = free_at_start - free_kib();
	} while (lost > SLACK_KIB && now_ms() < end);
	if (lost <= SLACK_KIB)
		return NULL;
	snprintf(why, sizeof(why), "%ld KiB less memory than at the start", lost);
	return why;
}

#define T(fn)	{ #fn, fn }

static const struct test load_tests[] = {
	T(load_gives_what_was_asked),
	T(default_size_is_64m),
	T(default_fault_timeout_is_10_s),
	T(self_check_finds_a_way_to_map_parts),
	T(size_per_node_is_per_node),
	T(zero_size_is_refused),
	T(size_that_is_not_of_chunks_is_refused),
	T(malformed_size_is_refused),
	T(size_beyond_memory_is_refused),
	T(size_per_node_is_checked_too),
	T(unknown_source_is_refused),
	T(strict_load_of_too_much_is_refused),
	T(partial_load_says_what_it_got),
	T(second_load_is_refused),
	T(five_loads_leave_nothing),
	T(page_with_a_memory_error_is_not_handed_out),
};

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "-l")) {
		for (size_t i = 0; i < ARRAY_SIZE(load_tests); i++)
			puts(load_tests[i].name);
		return TEST_PASS;
	}
	if (argc < 2)
		return 2;
	module_path = argv[1];
	/* A first load makes what Linux keeps for itself afterwards. */
	if (!load("size=2M"))
		unload();
	free_at_start = free_kib();
	return run_tests(load_tests, ARRAY_SIZE(load_tests), argc - 2, argv + 2, memory_is_back);
}
