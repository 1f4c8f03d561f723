// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Mappings: what is in them, who sees what, and how they are cut and moved. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>
#include "device.h"

static void large_mapping_keeps_its_pattern(void)
{
	char *p = dev_map_new(large_len);

	pattern_fill(p, large_len, 1, 0);
	CHECK(pattern_check(p, large_len, 1, 0) == -1);
	CHECK(pages_present(p, large_len) == large_len / PAGE);
}

/* Leave nonzero content in as much of the pool as can be had. */
static void dirty_the_pool(void *arg)
{
	char *p = dev_map_new(large_len);

	(void)arg;
	memset(p, 0xa5, large_len);
}

static void first_touch_reads_zero(void)
{
	char *p;

	child_must_pass(dirty_the_pool, NULL);
	p = dev_map_new(large_len);
	CHECK(is_zero(p, large_len));
}

static void first_touch_by_write_leaves_the_rest_zero(void)
{
	char *p;

	child_must_pass(dirty_the_pool, NULL);
	p = dev_map_new(large_len);
	for (size_t i = 0; i < large_len; i += PAGE)
		p[i + 8] = 1;
	for (size_t i = 0; i < large_len; i += PAGE) {
		CHECK(is_zero(p + i, 8));
		CHECK(is_zero(p + i + 16, PAGE - 16));
	}
}

/*
 * One touch, one entry: of an aligned, congruent window of 2 MIB only what was
 * touched is mapped, as the rest of the chunk may be somebody else's.
 */
static void touch_one(bool write, size_t index)
{
	const int fd = dev_open();
	char *p = dev_map_aligned(fd, 4 * CHUNK, 0, 0);
	char *window = p + CHUNK;

	CHECK(pages_present(p, 4 * CHUNK) == 0);
	CHECK(!touch_signal(window + index * PAGE, write));
	CHECK(pages_present(p, 4 * CHUNK) == 1);
	CHECK(first_present(window, CHUNK) == (long)index);
	CHECK(huge_mapped_kib() == 0);
}

static void one_touch_read_maps_one_page(void)
{
	touch_one(false, 100);
}

static void one_touch_write_maps_one_page(void)
{
	touch_one(true, 100);
}

static void one_touch_maps_one_page_at_the_ends(void)
{
	touch_one(false, 0);
	touch_one(true, CHUNK_PAGES - 1);
}

static void neighbour_touch_maps_one_more(void)
{
	const int fd = dev_open();
	char *p = dev_map_aligned(fd, 2 * CHUNK, 0, 0);

	for (size_t i = 0; i < CHUNK_PAGES; i++) {
		CHECK(!touch_signal(p + i * PAGE, i & 1));
		CHECK(pages_present(p, 2 * CHUNK) == i + 1);
	}
	CHECK(huge_mapped_kib() == 0);
}

static void dontneed_then_touch_maps_one_page(void)
{
	const int fd = dev_open();
	char *p = dev_map_aligned(fd, 2 * CHUNK, 0, 0);

	/* Neither window is full. */
	memset(p, 7, CHUNK - PAGE);
	memset(p + CHUNK, 7, CHUNK - PAGE);
	MUST(madvise(p, 2 * CHUNK, MADV_DONTNEED));
	CHECK(pages_present(p, 2 * CHUNK) == 0);
	CHECK(p[5 * PAGE] == 7);
	CHECK(pages_present(p, 2 * CHUNK) == 1);
	p[CHUNK + 9 * PAGE] = 8;
	CHECK(pages_present(p, 2 * CHUNK) == 2);
	CHECK(huge_mapped_kib() == 0);
}

/* One page of the window is missing. */
static void fresh_mapping_of_a_mixed_window_maps_one_page(void)
{
	const int fd = dev_open();
	char *p = dev_map_aligned(fd, CHUNK, 0, 0);
	char *q;

	memset(p, 3, CHUNK - PAGE);
	q = dev_map_aligned(fd, CHUNK, 0, 0);
	CHECK(q[77 * PAGE] == 3);
	CHECK(pages_present(q, CHUNK) == 1);
	q = dev_map_aligned(fd, CHUNK, 0, 0);
	q[78 * PAGE] = 4;
	CHECK(pages_present(q, CHUNK) == 1);
	CHECK(p[78 * PAGE] == 4);
	CHECK(huge_mapped_kib() == 0);
}

static void misaligned_offset_maps_one_page(void)
{
	const int fd = dev_open();
	char *p = dev_map_aligned(fd, 2 * CHUNK, 3 * PAGE, 0);

	p[50 * PAGE] = 1;
	CHECK(pages_present(p, 2 * CHUNK) == 1);
	CHECK(p[CHUNK + 50 * PAGE] == 0);
	CHECK(pages_present(p, 2 * CHUNK) == 2);
	CHECK(huge_mapped_kib() == 0);
}

static void hugepage_advice_maps_one_page(void)
{
	static const int advice[] = { MADV_HUGEPAGE, MADV_NOHUGEPAGE, MADV_WILLNEED,
				      MADV_SEQUENTIAL, MADV_RANDOM };

	for (size_t i = 0; i < ARRAY_SIZE(advice); i++) {
		const int fd = dev_open();
		char *p = dev_map_aligned(fd, 2 * CHUNK, 0, 0);

		(void)madvise(p, 2 * CHUNK, advice[i]);
		p[11 * PAGE] = 1;
		CHECK(pages_present(p, 2 * CHUNK) == 1);
		munmap(p, 2 * CHUNK);
		close(fd);
	}
}

static void populate_maps_every_page_by_itself(void)
{
	const int fd = dev_open();
	char *p = dev_map_aligned(fd, 2 * CHUNK, 0, MAP_POPULATE);

	CHECK(pages_present(p, 2 * CHUNK) == 2 * CHUNK_PAGES);
	CHECK(huge_mapped_kib() == 0);
	CHECK(is_zero(p, 2 * CHUNK));
}

static void mlock_maps_every_page(void)
{
	char *p = dev_map_new(4 * MIB);

	MUST(mlock(p, 4 * MIB));
	CHECK(pages_present(p, 4 * MIB) == 4 * MIB / PAGE);
	CHECK(huge_mapped_kib() == 0);
	MUST(munlock(p, 4 * MIB));
}

static void child_writes_and_checks(void *arg)
{
	char *p = arg;

	if (pattern_check(p, 4 * MIB, 2, 0) != -1)
		FAIL("the child does not see what the parent wrote");
	pattern_fill(p + 4 * MIB, 4 * MIB, 3, 0);
	p[9 * MIB] = 42;
}

static void fork_shares_both_ways(void)
{
	char *p = dev_map_new(16 * MIB);

	pattern_fill(p, 4 * MIB, 2, 0);
	/* What only the child touches is made of pages it allocates itself. */
	child_must_pass(child_writes_and_checks, p);
	CHECK(pattern_check(p + 4 * MIB, 4 * MIB, 3, 0) == -1);
	CHECK(p[9 * MIB] == 42);
}

static void child_outlives_its_parent(void)
{
	char *p = dev_map_new(8 * MIB);
	int pipefd[2];
	char byte = 0;
	pid_t pid;

	MUST(pipe(pipefd));
	pattern_fill(p, 8 * MIB, 4, 0);
	pid = MUST(fork());
	if (!pid) {
		pid_t grandchild = fork();

		if (grandchild)
			_exit(0);
		usleep(50000);
		byte = pattern_check(p, 8 * MIB, 4, 0) == -1;
		_exit(write(pipefd[1], &byte, 1) != 1);
	}
	MUST(munmap(p, 8 * MIB));
	MUST(waitpid(pid, NULL, 0));
	close(pipefd[1]);
	CHECK(read(pipefd[0], &byte, 1) == 1);
	CHECK(byte == 1);
}

static void munmap_part_keeps_the_rest(void)
{
	const int fd = dev_open();
	char *p = dev_map_aligned(fd, 8 * MIB, 0, 0);

	pattern_fill(p, 8 * MIB, 5, 0);
	MUST(munmap(p + 1 * MIB + PAGE, 2 * MIB));
	CHECK(touch_signal(p + 2 * MIB, false) == SIGSEGV);
	CHECK(pattern_check(p, 1 * MIB + PAGE, 5, 0) == -1);
	CHECK(pattern_check(p + 3 * MIB + PAGE, 5 * MIB - PAGE, 5, 3 * MIB + PAGE) == -1);
	/* The pages are the object's: mapped again they are as they were. */
	MUST(mmap(p + 1 * MIB + PAGE, 2 * MIB, PROT_READ, MAP_SHARED | MAP_FIXED, fd,
		  1 * MIB + PAGE));
	CHECK(pattern_check(p, 8 * MIB, 5, 0) == -1);
}

static void mprotect_part_stops_writes_there(void)
{
	char *p = dev_map_new(8 * MIB);

	pattern_fill(p, 8 * MIB, 6, 0);
	MUST(mprotect(p + 3 * MIB, MIB, PROT_READ));
	CHECK(touch_signal(p + 3 * MIB + 5 * PAGE, true) == SIGSEGV);
	CHECK(pattern_check(p, 8 * MIB, 6, 0) == -1);
	MUST(mprotect(p + 3 * MIB, MIB, PROT_NONE));
	CHECK(touch_signal(p + 3 * MIB, false) == SIGSEGV);
	MUST(mprotect(p + 3 * MIB, MIB, PROT_READ | PROT_WRITE));
	CHECK(pattern_check(p, 8 * MIB, 6, 0) == -1);
	CHECK(!touch_signal(p + 3 * MIB, true));
}

static void read_only_descriptor_maps_read_only(void)
{
	const int fd = MUST(open(DEVICE, O_RDONLY));

	CHECK_ERRNO(mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), EACCES);
	CHECK(is_zero(MUST(mmap(NULL, MIB, PROT_READ, MAP_SHARED, fd, 0)), MIB));
}

static void mremap_moves(void)
{
	char *p = dev_map_new(6 * MIB);
	char *q = MUST(mmap(NULL, 16 * MIB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	char *to = (char *)(((uintptr_t)q + CHUNK - 1) & ~(CHUNK - 1));

	pattern_fill(p, 6 * MIB, 7, 0);
	p = MUST(mremap(p, 6 * MIB, 6 * MIB, MREMAP_MAYMOVE | MREMAP_FIXED, to));
	CHECK(pattern_check(p, 6 * MIB, 7, 0) == -1);
	/* To an address that is not congruent with the offset. */
	p = MUST(mremap(p, 6 * MIB, 6 * MIB, MREMAP_MAYMOVE | MREMAP_FIXED,
			to + 7 * MIB + 3 * PAGE));
	CHECK(p == to + 7 * MIB + 3 * PAGE);
	CHECK(pattern_check(p, 6 * MIB, 7, 0) == -1);
}

static void mremap_shrinks_and_grows_within_the_object(void)
{
	char *p = dev_map_new(8 * MIB);

	pattern_fill(p, 8 * MIB, 8, 0);
	p = MUST(mremap(p, 8 * MIB, 3 * MIB, 0));
	CHECK(pattern_check(p, 3 * MIB, 8, 0) == -1);
	CHECK(touch_signal(p + 3 * MIB, false) == SIGSEGV);
	p = MUST(mremap(p, 3 * MIB, 8 * MIB, MREMAP_MAYMOVE));
	CHECK(pattern_check(p, 8 * MIB, 8, 0) == -1);
}

static void mremap_past_the_object_is_sigbus(void)
{
	char *p = dev_map_new(4 * MIB);

	p[0] = 1;
	p = MUST(mremap(p, 4 * MIB, 8 * MIB, MREMAP_MAYMOVE));
	CHECK(!touch_signal(p + 4 * MIB - 1, true));
	CHECK(touch_signal(p + 4 * MIB, true) == SIGBUS);
	CHECK(touch_signal(p + 8 * MIB - 1, false) == SIGBUS);
}

static void mremap_doubles_a_mapping(void)
{
	char *p = dev_map_new(4 * MIB);
	char *q;

	pattern_fill(p, 4 * MIB, 9, 0);
	q = MUST(mremap(p, 0, 4 * MIB, MREMAP_MAYMOVE));
	CHECK(q != p);
	CHECK(pattern_check(q, 4 * MIB, 9, 0) == -1);
	q[123] = 1;
	CHECK(p[123] == 1);
}

static void map_private_is_refused(void)
{
	const int fd = dev_open();

	CHECK_ERRNO(mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0), EINVAL);
	CHECK_ERRNO(mmap(NULL, MIB, PROT_READ, MAP_PRIVATE, fd, 0), EINVAL);
	CHECK(free_count() == page_count());
}

/* Far beyond any size a file has, and still one page for one touch. */
static void far_offset_maps_one_page(void)
{
	const uint64_t far = 1ULL << 62;
	const int fd = dev_open();
	char *p = dev_map_aligned(fd, 2 * CHUNK, far, 0);
	char *q;

	p[50 * PAGE] = 1;
	CHECK(pages_present(p, 2 * CHUNK) == 1);
	pattern_fill(p, 2 * CHUNK, 15, 0);
	q = dev_map(fd, CHUNK, 0);
	CHECK(is_zero(q, CHUNK));
	q = dev_map(fd, CHUNK, far + CHUNK);
	CHECK(pattern_check(q, CHUNK, 15, CHUNK) == -1);
}

static void two_opens_do_not_share(void)
{
	char *p = dev_map_new(8 * MIB);
	char *q = dev_map_new(8 * MIB);

	memset(p, 0x11, 8 * MIB);
	CHECK(is_zero(q, 8 * MIB));
	memset(q, 0x22, 8 * MIB);
	for (size_t i = 0; i < 8 * MIB; i += 512)
		CHECK(p[i] == 0x11);
}

static void two_mappings_of_one_open_share(void)
{
	const int fd = dev_open();
	char *p = dev_map(fd, 8 * MIB, 0);
	char *q = dev_map(fd, 4 * MIB, 4 * MIB);

	pattern_fill(p, 8 * MIB, 10, 0);
	CHECK(pattern_check(q, 4 * MIB, 10, 4 * MIB) == -1);
	pattern_fill(q, 4 * MIB, 11, 0);
	CHECK(pattern_check(p + 4 * MIB, 4 * MIB, 11, 0) == -1);
	CHECK(pattern_check(p, 4 * MIB, 10, 0) == -1);
}

static void write_and_check_rounds(void *arg)
{
	const size_t len = large_len / 8 * 3;
	const uint64_t seed = (uintptr_t)arg;

	for (uint64_t round = 0; round < 3; round++) {
		char *p = dev_map_new(len);

		pattern_fill(p, len, seed + round, 0);
		usleep(20000);
		if (pattern_check(p, len, seed + round, 0) != -1)
			FAIL("a process found what it did not write");
		munmap(p, len);
	}
}

static void wait_for_passes(int nchildren)
{
	int status;

	while (nchildren--) {
		MUST(wait(&status));
		CHECK(WIFEXITED(status) && !WEXITSTATUS(status));
	}
}

static void two_processes_at_once(void)
{
	for (uintptr_t i = 0; i < 2; i++) {
		if (!MUST(fork())) {
			write_and_check_rounds((void *)(100 * (i + 1)));
			_exit(0);
		}
	}
	wait_for_passes(2);
}

/* Four processes touch the same untouched pages in the same order. */
static void racing_faults_give_one_page(void)
{
	const size_t len = large_len / 4;
	char *p = dev_map_new(len);
	volatile int *go = MUST(mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0));

	for (size_t who = 0; who < 4; who++) {
		if (MUST(fork()))
			continue;
		while (!*go)
			;
		for (size_t i = 0; i < len; i += PAGE)
			p[i + 64 * who] = (char)(who + 1);
		_exit(0);
	}
	*go = 1;
	wait_for_passes(4);
	for (size_t i = 0; i < len; i += PAGE) {
		for (size_t who = 0; who < 4; who++)
			CHECK(p[i + 64 * who] == (char)(who + 1));
	}
}

static void other_process_reads_and_writes_it(void)
{
	const size_t len = 2 * MIB;
	char *p = dev_map_new(len), *buf = MUST(mmap(NULL, len, PROT_READ | PROT_WRITE,
						     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	struct iovec local = { buf, len }, remote = { p, len };
	int status;
	pid_t pid;

	pattern_fill(p, len, 12, 0);
	pid = MUST(fork());
	if (!pid) {
		pause();
		_exit(0);
	}
	CHECK(process_vm_readv(pid, &local, 1, &remote, 1, 0) == (ssize_t)len);
	CHECK(pattern_check(buf, len, 12, 0) == -1);
	pattern_fill(buf, len, 13, 0);
	CHECK(process_vm_writev(pid, &local, 1, &remote, 1, 0) == (ssize_t)len);
	CHECK(pattern_check(p, len, 13, 0) == -1);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
}

static void every_advice_keeps_the_content(void)
{
	char *p = dev_map_new(4 * MIB);

	pattern_fill(p, 4 * MIB, 14, 0);
	for (int advice = 0; advice < 26; advice++)
		(void)madvise(p + 16 * PAGE, 3 * MIB, advice);
	CHECK(pattern_check(p, 4 * MIB, 14, 0) == -1);
}

/* While a descriptor is open the module stays. */
static void module_in_use_cannot_be_removed(void)
{
	const int fd = dev_open();
	char *p = dev_map(fd, MIB, 0);

	CHECK_ERRNO(syscall(SYS_delete_module, "vmpage", O_NONBLOCK), EWOULDBLOCK);
	close(fd);
	p[0] = 1;
	CHECK_ERRNO(syscall(SYS_delete_module, "vmpage", O_NONBLOCK), EWOULDBLOCK);
	CHECK(p[0] == 1);
}

#define T(fn)	{ #fn, fn }

const struct test map_tests[] = {
	T(large_mapping_keeps_its_pattern),
	T(first_touch_reads_zero),
	T(first_touch_by_write_leaves_the_rest_zero),
	T(one_touch_read_maps_one_page),
	T(one_touch_write_maps_one_page),
	T(one_touch_maps_one_page_at_the_ends),
	T(neighbour_touch_maps_one_more),
	T(dontneed_then_touch_maps_one_page),
	T(fresh_mapping_of_a_mixed_window_maps_one_page),
	T(misaligned_offset_maps_one_page),
	T(hugepage_advice_maps_one_page),
	T(populate_maps_every_page_by_itself),
	T(mlock_maps_every_page),
	T(fork_shares_both_ways),
	T(child_outlives_its_parent),
	T(munmap_part_keeps_the_rest),
	T(mprotect_part_stops_writes_there),
	T(read_only_descriptor_maps_read_only),
	T(mremap_moves),
	T(mremap_shrinks_and_grows_within_the_object),
	T(mremap_past_the_object_is_sigbus),
	T(mremap_doubles_a_mapping),
	T(map_private_is_refused),
	T(far_offset_maps_one_page),
	T(two_opens_do_not_share),
	T(two_mappings_of_one_open_share),
	T(two_processes_at_once),
	T(racing_faults_give_one_page),
	T(other_process_reads_and_writes_it),
	T(every_advice_keeps_the_content),
	T(module_in_use_cannot_be_removed),
};

const size_t map_ntests = ARRAY_SIZE(map_tests);
