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
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "device.h"

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
	refused("source=nowhere", EINVAL, "nowhere");
	refused("source=", EINVAL, "source");
	refused("source=buddy,", EINVAL, "source");
	refused("source=buddy,nowhere", EINVAL, "nowhere");
	refused("source=Buddy", EINVAL, "Buddy");
}

static void source_that_is_there_twice_is_refused(void)
{
	refused("source=buddy,buddy", EINVAL, "twice");
	refused("source=cma,buddy,cma", EINVAL, "twice");
}

/* Memory that was set aside with cma=, in KiB. */
static long cma_kib(void)
{
	const long kib = mem_kib("CmaTotal:");

	return kib > 0 ? kib : 0;
}

static long chunks_of(const char *source)
{
	char *text = file_text(DEBUGFS "chunks"), *line, name[20];
	long node, count, total = 0;

	CHECK(text);
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		if (sscanf(line, "%ld %ld %*d %*d %19s", &node, &count, name) == 3 &&
		    !strcmp(name, source))
			total += count;
	}
	free(text);
	return total;
}

static void source_that_is_not_there_is_left_out(void)
{
	int kmsg;

	if (cma_kib())
		SKIP("there is CMA memory");
	refused("source=cma", EOPNOTSUPP, "cma");
	kmsg = kmsg_open();
	MUST(load("size=8M source=cma,buddy"));
	CHECK(kmsg_has(kmsg, "left out"));
	CHECK(chunks_of("buddy") == 4);
	MUST(unload());
}

static void first_source_is_preferred(void)
{
	MUST(load("size=8M source=contig,buddy"));
	CHECK(chunks_of("contig") == 4);
	CHECK(chunks_of("buddy") == 0);
	MUST(unload());
	MUST(load("size=8M source=buddy,contig"));
	CHECK(chunks_of("contig") == 0);
	CHECK(chunks_of("buddy") == 4);
	MUST(unload());
}

static long count_nodes(void)
{
	char path[64];
	long nodes = 0;

	do
		snprintf(path, sizeof(path), "/sys/devices/system/node/node%ld", nodes);
	while (!access(path, F_OK) && ++nodes);
	return nodes;
}

/* Each segment has this size; returns how many there are. */
static long segments_of(unsigned long long size)
{
	char *text = file_text(DEBUGFS "phys_segs"), *p;
	unsigned long long start, end;
	long count = 0;

	CHECK(text);
	for (p = text; (p = strstr(p, "start:")); p++) {
		CHECK(sscanf(p, "start: %llx end: %llx", &start, &end) == 2);
		if (end - start != size)
			FAIL("a segment of %llu KiB", (end - start) / KIB);
		count++;
	}
	free(text);
	return count;
}

static void contig_gives_long_segments(void)
{
	const int kmsg = kmsg_open();

	MUST(load("size_per_node=32M source=contig strict=1"));
	CHECK(kmsg_has(kmsg, "asked 32 MiB of contig, got 32 MiB"));
	CHECK(segments_of(32 * MIB) == count_nodes());
	MUST(unload());
}

/* Is the page behind this address a part of a larger one? */
static bool is_compound(const char *p)
{
	const uint64_t bits = 1ULL << 15 | 1ULL << 16;	/* COMPOUND_HEAD, COMPOUND_TAIL */
	const int flags = MUST(open("/proc/kpageflags", O_RDONLY | O_CLOEXEC));
	const uint64_t pfn = phys_addr(p) / PAGE;
	uint64_t entry;

	CHECK(pfn);
	CHECK(pread(flags, &entry, 8, (off_t)(pfn * 8)) == 8);
	close(flags);
	return entry & bits;
}

static void contig_says_when_it_has_no_folios(void)
{
	const int kmsg = kmsg_open();
	bool said;
	char *p;
	int fd;

	MUST(load("size=8M source=contig"));
	said = kmsg_has(kmsg, "4 KiB mappings only");
	fd = MUST(open("/dev/vmpage", O_RDWR | O_CLOEXEC));
	p = MUST(mmap(NULL, 4 * MIB, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
	pattern_fill(p, 4 * MIB, 30, 0);
	CHECK(pattern_check(p, 4 * MIB, 30, 0) == -1);
	CHECK(is_compound(p) == !said);
	CHECK(is_compound(p + MIB + PAGE) == !said);
	MUST(munmap(p, 4 * MIB));
	close(fd);
	CHECK(file_value(STATS, "v_free_count") + file_value(STATS, "v_pgcache_count") ==
	      file_value(STATS, "v_page_count"));
	CHECK(!strcmp(file_text(DEBUGFS "audit"), "ok\n"));
	MUST(unload());
}

/* More than there is in all, if it did not come back each time. */
static void cma_gives_what_was_set_aside(void)
{
	const long size = 16 * (long)KIB;
	long total = 0;
	int kmsg;

	if (!cma_kib())
		SKIP("no CMA memory");
	while (total <= cma_kib()) {
		kmsg = kmsg_open();
		MUST(load("size=16M source=cma strict=1"));
		CHECK(kmsg_has(kmsg, "of cma, got 16 MiB"));
		CHECK(kmsg_has(kmsg, "by page number"));
		CHECK(chunks_of("cma") == 8);
		CHECK(segments_of(16 * MIB) == 1);
		MUST(unload());
		close(kmsg);
		total += size;
	}
}

static void rest_comes_from_the_next_source(void)
{
	char params[80];
	long ncma;

	if (!cma_kib())
		SKIP("no CMA memory");
	snprintf(params, sizeof(params), "size=%ldM source=cma", cma_kib() / 2048 * 2);
	MUST(load(params));
	ncma = chunks_of("cma");
	CHECK(ncma > 0);
	MUST(unload());

	snprintf(params, sizeof(params), "size_per_node=%ldM source=cma,buddy strict=1",
		 2 * (ncma + 4));
	MUST(load(params));
	CHECK(chunks_of("cma") > 0);
	CHECK(chunks_of("cma") <= ncma);
	CHECK(chunks_of("cma") + chunks_of("buddy") == count_nodes() * (ncma + 4));
	MUST(unload());
}

/* Below the machine's memory, above what it can spare. */
static char *too_much(const char *more)
{
	const long kib = mem_kib("MemTotal") - cma_kib();
	static char params[100];

	snprintf(params, sizeof(params), "size=%ldM%s", kib / 1024 / 2 * 2 - 8, more);
	return params;
}

static void contig_leaves_linux_its_share(void)
{
	long got;

	MUST(load(too_much(" source=contig")));
	got = file_value(STATS, "v_page_count");
	CHECK(got > 0);
	CHECK(got % (long)CHUNK_PAGES == 0);
	CHECK(mem_kib("MemFree") > mem_kib("MemTotal") / 50);
	MUST(unload());
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
	MUST(load("size_per_node=16M"));
	CHECK(file_value(STATS, "v_page_count") == count_nodes() * 4096);
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

static void zero_ahead_is_off_by_default(void)
{
	char *text;

	MUST(load("size=2M"));
	text = file_text("/sys/module/vmpage/parameters/zero_ahead");
	CHECK(text);
	CHECK(!strcmp(text, "N\n"));
	MUST(unload());
}

static void zero_ahead_clears_the_pool(void)
{
	MUST(load("size=64M zero_ahead=1"));
	CHECK(EVENTUALLY(!file_value(STATS, "v_unzeroed")));
	CHECK(file_value(STATS, "v_zeroed_ahead") == 16384);
	CHECK(!strcmp(file_text(DEBUGFS "audit"), "ok\n"));
	MUST(unload());
}

/* Wherever it has got to. */
static void unload_ends_the_zeroing(void)
{
	for (useconds_t i = 0; i < 8; i++) {
		MUST(load("size=64M zero_ahead=1"));
		usleep(i * 30000);
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
	CHECK(free_count() == page_count() - 1);
	CHECK(!strcmp(file_text(DEBUGFS "audit"), "ok\n"));
	MUST(unload());
	CHECK(kmsg_has(kmsg, "memory error"));
}

/* Touch a window of a new object, and free it.  Returns the physical address of its page 5. */
static uint64_t touch_window(bool *huge)
{
	const int fd = MUST(open(DEVICE, O_RDWR | O_CLOEXEC));
	char *const p = dev_map_aligned(fd, CHUNK, 0, 0);
	uint64_t pa;

	p[0] = 1;
	*huge = huge_mapped_kib();
	pa = dev_query(fd, 5).pa;
	MUST(munmap(p, CHUNK));
	close(fd);
	return pa;
}

/* Have a memory error come to light.  The kernel cannot take the page away, and says so. */
static void make_bad(uint64_t pa)
{
	const int fd = MUST(open("/sys/devices/system/memory/hard_offline_page",
				 O_WRONLY | O_CLOEXEC));

	dprintf(fd, "0x%llx", (unsigned long long)pa);
	close(fd);
}

/* It is free when the error comes to light: who gets the window has the rest of it. */
static void window_with_a_memory_error_is_not_mapped_as_one(void)
{
	bool huge, found = false;
	uint64_t pa;

	MUST(load("size=8M pgcache_max_pcpu=0"));
	run_on_cpu(0);
	pa = touch_window(&huge);
	CHECK(huge);
	make_bad(pa);

	/* The free windows are had by turns. */
	for (int i = 0; i < 4 && !found; i++) {
		found = touch_window(&huge) == pa;
		CHECK(huge != found);
	}
	CHECK(found);
	CHECK(file_value(DEBUGFS "device", "retired_pages") == 1);
	MUST(unload());
}

#define NPIECES		50
#define PIECE_PAGES	100UL		/* too few for a reservation */

/* Pages move to make room for a window; where they could go, some are bad. */
static void content_is_not_moved_to_a_page_with_a_memory_error(void)
{
	uint64_t pa[NPIECES];
	char *window, *p[NPIECES];
	int fds[NPIECES], fd;

	MUST(load("size=24M pgcache_max_pcpu=0"));
	run_on_cpu(0);
	for (size_t i = 0; i < NPIECES; i++) {
		fds[i] = dev_open();
		p[i] = dev_map(fds[i], PIECE_PAGES * PAGE, 0);
		pattern_fill(p[i], PIECE_PAGES * PAGE, i, 0);
		pa[i] = dev_query(fds[i], PIECE_PAGES / 2).pa;
	}
	for (size_t i = 1; i < NPIECES; i += 2) {
		MUST(munmap(p[i], PIECE_PAGES * PAGE));
		close(fds[i]);
		make_bad(pa[i]);
	}
	fd = dev_open_policy(VMPAGE_MAP_EAGER);
	window = dev_map_aligned(fd, 3 * CHUNK, 0, MAP_NORESERVE);
	for (size_t i = 0; i < 3; i++)
		touch_signal(window + i * CHUNK, true);
	CHECK(file_value(STATS, "v_block_reclaimed") + file_value(STATS, "v_block_failed") > 0);
	MUST(munmap(window, 3 * CHUNK));
	close(fd);
	for (size_t i = 0; i < NPIECES; i += 2) {
		CHECK(pattern_check(p[i], PIECE_PAGES * PAGE, i, 0) < 0);
		MUST(munmap(p[i], PIECE_PAGES * PAGE));
		close(fds[i]);
	}
	MUST(unload());
}

/* KASAN keeps what was freed back for a while, but not from this. */
static void shrink_slabs(void)
{
	glob_t found;

	if (glob("/sys/kernel/slab/*/shrink", 0, NULL, &found))
		return;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const int fd = open(found.gl_pathv[i], O_WRONLY | O_CLOEXEC);

		(void)!write(fd, "1", 1);
		close(fd);
	}
	globfree(&found);
}

/* Chunks that Linux does not get back, as a page of them has a memory error. */
static long corrupted_kib(void)
{
	return mem_kib("HardwareCorrupted") / (long)(PAGE / KIB) * (long)(CHUNK / KIB);
}

/* After each test, in the parent. */
static const char *memory_is_back(void)
{
	static char why[100];
	const uint64_t end = now_ms() + 60000;
	long lost = 0;

	if (!access("/sys/module/vmpage", F_OK)) {
		unload();
		return "the module is still loaded";
	}
	do {
		if (lost) {
			shrink_slabs();
			usleep(20000);
		}
		lost = free_at_start - free_kib() - corrupted_kib();
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
	T(source_that_is_there_twice_is_refused),
	T(source_that_is_not_there_is_left_out),
	T(first_source_is_preferred),
	T(contig_gives_long_segments),
	T(contig_says_when_it_has_no_folios),
	T(contig_leaves_linux_its_share),
	T(cma_gives_what_was_set_aside),
	T(rest_comes_from_the_next_source),
	T(strict_load_of_too_much_is_refused),
	T(partial_load_says_what_it_got),
	T(second_load_is_refused),
	T(five_loads_leave_nothing),
	T(zero_ahead_is_off_by_default),
	T(zero_ahead_clears_the_pool),
	T(unload_ends_the_zeroing),
	T(page_with_a_memory_error_is_not_handed_out),
	T(window_with_a_memory_error_is_not_mapped_as_one),
	T(content_is_not_moved_to_a_page_with_a_memory_error),
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
