// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Mappings of 2 MiB by one entry: when there is one, and what takes it away. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/mempolicy.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>
#include "device.h"

#define CHUNK_KIB	((long)(CHUNK / KIB))
#define PINNED		16UL			/* pages in a pipe: its default size */

/*
 * Set up a new object.  The memory policy is the default one but for this: the kernel
 * does not unmap pages to learn who touches them, which looks as if they were gone.
 */
static int setup_open(const struct vmpage_setup *setup)
{
	const int fd = MUST(open(DEVICE, O_RDWR | O_CLOEXEC));

	MUST(syscall(SYS_set_mempolicy, MPOL_LOCAL, NULL, 0));
	MUST(ioctl(fd, VMPAGE_IOC_SETUP, setup));
	return fd;
}

static int policy_open(unsigned int map_policy)
{
	const struct vmpage_setup setup = { .size = sizeof(setup), .map_policy = map_policy };

	return setup_open(&setup);
}

static int eager_open(void)
{
	return policy_open(VMPAGE_MAP_EAGER);
}

static int demand_open(void)
{
	return policy_open(VMPAGE_MAP_DEMAND);
}

/* A mapping of some windows, from index 0, of an object that is eager. */
static char *eager_map(int fd, size_t nwindows)
{
	return dev_map_aligned(fd, nwindows * CHUNK, 0, 0);
}

static char *noreserve_map(int fd, size_t nwindows)
{
	return dev_map_aligned(fd, nwindows * CHUNK, 0, MAP_NORESERVE);
}

static bool is_huge(long nwindows)
{
	return huge_mapped_kib() == nwindows * CHUNK_KIB;
}

/* Lines of /proc/self/maps that are mappings of the device. */
static size_t vma_count(void)
{
	char *text = file_text("/proc/self/maps"), *at = text;
	size_t n = 0;

	CHECK(text);
	while ((at = strstr(at, DEVICE "\n"))) {
		n++;
		at++;
	}
	free(text);
	return n;
}

static long touch_and_count_faults(volatile char *p, size_t len)
{
	struct rusage before, after;

	MUST(getrusage(RUSAGE_SELF, &before));
	for (size_t i = 0; i < len; i += PAGE)
		p[i] = 1;
	MUST(getrusage(RUSAGE_SELF, &after));
	return after.ru_minflt - before.ru_minflt;
}

static void eager_64m_costs_32_faults(void)
{
	char *p;

	/* Once without counting: the program's own pages fault, too. */
	p = eager_map(eager_open(), 1);
	touch_and_count_faults(p, CHUNK);
	MUST(munmap(p, CHUNK));

	p = eager_map(eager_open(), 32);
	CHECK(touch_and_count_faults(p, 32 * CHUNK) == 32);
	CHECK(huge_mapped_kib() == 65536);
	for (size_t i = 0; i < 32 * CHUNK; i += PAGE)
		p[i] = 0;
	CHECK(is_zero(p, 32 * CHUNK));
	CHECK(is_huge(32));
}

/* A new object of some windows, promised on one CPU and touched on another, is huge. */
static void check_windows_of_cpus(size_t nwindows, int map_cpu, int touch_cpu)
{
	const int fd = eager_open();
	char *p;

	run_on_cpu(map_cpu);
	p = eager_map(fd, nwindows);
	run_on_cpu(touch_cpu);
	for (size_t i = 0; i < nwindows; i++)
		p[i * CHUNK] = 1;
	CHECK(is_huge(nwindows));
	MUST(munmap(p, nwindows * CHUNK));
	close(fd);
}

/* The last chunk of a node, where the node's reserve is, does not become a window in part. */
static void program_that_changes_nodes_has_windows(void)
{
	check_windows_of_cpus(32, 0, 1);
}

/* In the other node each chunk is a reservation; its free pages would be enough. */
static void windows_come_from_the_node_that_has_chunks(void)
{
	const size_t nchunks = (size_t)page_count() / CHUNK_PAGES / 2;
	char *reserved = noreserve_map(demand_open(), nchunks);

	run_on_cpu(1);
	for (size_t i = 0; i < nchunks; i++)
		reserved[i * CHUNK] = 1;
	for (int cpu = 0; cpu < 2; cpu++)
		check_windows_of_cpus(4, cpu, 1);
}

static void read_touch_maps_writable(void)
{
	char *p = eager_map(eager_open(), 4);

	for (size_t i = 0; i < 4; i++)
		CHECK(!touch_signal(p + i * CHUNK + 77 * PAGE, false));
	CHECK(is_huge(4));
	CHECK(is_zero(p, 4 * CHUNK));
	pattern_fill(p, 4 * CHUNK, 70, 0);
	CHECK(pattern_check(p, 4 * CHUNK, 70, 0) == -1);
	CHECK(is_huge(4));
}

/* Whatever domain they say: that of its first page serves a window. */
static void domain_policies_leave_windows_whole(void)
{
	struct vmpage_setup setup = { .size = sizeof(setup), .map_policy = VMPAGE_MAP_EAGER };

	for (setup.domain_policy = VMPAGE_DOMAIN_DEFAULT;
	     setup.domain_policy <= VMPAGE_DOMAIN_INTERLEAVE; setup.domain_policy++) {
		const int fd = setup_open(&setup);
		char *p;

		p = dev_map_aligned(fd, 6 * CHUNK, 0, 0);
		for (size_t i = 0; i < 6; i++)
			p[i * CHUNK + 9 * PAGE] = 1;
		CHECK(is_huge(6));
		MUST(munmap(p, 6 * CHUNK));
		close(fd);
	}
}

static void populate_maps_by_2_mib(void)
{
	char *p = dev_map_aligned(eager_open(), 4 * CHUNK, 0, MAP_POPULATE);

	CHECK(is_huge(4));
	CHECK(is_zero(p, 4 * CHUNK));
}

/* The kernel finds an address that suits. */
static void chosen_address_is_congruent(void)
{
	const int fd = eager_open();
	char *p = dev_map(fd, 8 * CHUNK, 0), *q = dev_map(fd, 8 * CHUNK, 3 * PAGE);

	memset(p, 1, 8 * CHUNK);
	CHECK(is_huge(8));
	memset(q, 2, 8 * CHUNK);
	/* Of the windows 0 to 8 the ends lie partly outside. */
	CHECK(is_huge(8 + 7));
	CHECK(p[3 * PAGE] == 2 && p[8 * CHUNK - 1] == 2 && p[0] == 1);
}

static void demand_becomes_huge_by_promote(void)
{
	const int fd = demand_open();
	char *p = dev_map_aligned(fd, 8 * CHUNK, 0, 0);

	CHECK(vma_count() == 1);
	for (size_t i = 0; i < 8 * CHUNK_PAGES; i++) {
		CHECK(!touch_signal(p + i * PAGE, true));
		CHECK(i > 600 || pages_present(p, 8 * CHUNK) == i + 1);
	}
	CHECK(huge_mapped_kib() == 0);
	pattern_fill(p, 8 * CHUNK, 71, 0);
	CHECK(dev_promote(fd, p + 3 * CHUNK, CHUNK) == 1);
	CHECK(is_huge(1));
	CHECK(vma_count() == 1);
	CHECK(dev_promote(fd, p, 8 * CHUNK) == 8);
	CHECK(is_huge(8));
	CHECK(vma_count() == 1);
	CHECK(pattern_check(p, 8 * CHUNK, 71, 0) == -1);
}

/* Of what was touched here and there, and not at all. */
static void promote_populates(void)
{
	const long npages = page_count();
	const int fd = demand_open();
	char *p = noreserve_map(fd, 4);

	p[5 * PAGE] = 5;
	p[2 * CHUNK + 6 * PAGE] = 6;
	CHECK(free_count() == npages - 2);
	CHECK(dev_promote(fd, p, 4 * CHUNK) == 4);
	CHECK(is_huge(4));
	CHECK(vma_count() == 1);
	CHECK(free_count() == npages - 4 * (long)CHUNK_PAGES);
	CHECK(p[5 * PAGE] == 5 && p[2 * CHUNK + 6 * PAGE] == 6);
	p[5 * PAGE] = 0;
	p[2 * CHUNK + 6 * PAGE] = 0;
	CHECK(is_zero(p, 4 * CHUNK));
	CHECK(dev_promote(fd, p, 4 * CHUNK) == 4);
	CHECK(is_huge(4));
}

static void promote_keeps_the_protection(void)
{
	const int fd = demand_open();
	char *p = dev_map_aligned(fd, 3 * CHUNK, 0, 0);

	memset(p, 1, 3 * CHUNK);
	MUST(mprotect(p + CHUNK, CHUNK, PROT_READ));
	if (dev_promote(fd, p + CHUNK, CHUNK) == -1)
		CHECK(errno == EBUSY);
	CHECK(p[CHUNK] == 1);
	CHECK(touch_signal(p + CHUNK, true) == SIGSEGV);
	MUST(mprotect(p + CHUNK, CHUNK, PROT_READ | PROT_WRITE));
	CHECK(!touch_signal(p + CHUNK, true));
}

static void promote_of_a_changed_mapping_is_ebusy(void)
{
	static const int advice[] = { MADV_NOHUGEPAGE, MADV_RANDOM, MADV_SEQUENTIAL,
				      MADV_DONTFORK, MADV_DONTDUMP };
	const int fd = demand_open();
	unsigned long node = 1;
	char *p;

	for (size_t i = 0; i < ARRAY_SIZE(advice); i++) {
		p = dev_map_aligned(fd, CHUNK, 0, 0);
		MUST(madvise(p, CHUNK, advice[i]));
		CHECK_ERRNO(dev_promote(fd, p, CHUNK), EBUSY);
		MUST(munmap(p, CHUNK));
	}
	p = dev_map_aligned(fd, CHUNK, 0, 0);
	MUST(mlock(p, CHUNK));
	CHECK_ERRNO(dev_promote(fd, p, CHUNK), EBUSY);
	MUST(munlock(p, CHUNK));
	CHECK(dev_promote(fd, p, CHUNK) == 1);

	p = dev_map_aligned(fd, CHUNK, 0, 0);
	MUST(syscall(SYS_mbind, p, CHUNK, MPOL_BIND, &node, 8 * sizeof(node), 0));
	CHECK_ERRNO(dev_promote(fd, p, CHUNK), EBUSY);
}

static void promote_of_what_is_not_ours_is_efault(void)
{
	const int fd = demand_open(), other = demand_open();
	char *p = dev_map_aligned(fd, 4 * CHUNK, 0, 0);
	char *q = dev_map_aligned(other, CHUNK, 0, 0);

	CHECK_ERRNO(dev_promote(fd, q, CHUNK), EFAULT);
	CHECK_ERRNO(dev_promote(other, p, CHUNK), EFAULT);
	MUST(mmap(p + CHUNK, CHUNK, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
	p[CHUNK] = 9;
	CHECK_ERRNO(dev_promote(fd, p + CHUNK, CHUNK), EFAULT);
	CHECK_ERRNO(dev_promote(fd, p, 4 * CHUNK), EFAULT);
	CHECK(p[CHUNK] == 9);
	MUST(munmap(p + CHUNK, CHUNK));
	CHECK_ERRNO(dev_promote(fd, p, 4 * CHUNK), EFAULT);
	CHECK_ERRNO(dev_promote(fd, p + CHUNK, CHUNK), EFAULT);
	CHECK(touch_signal(p + CHUNK, false) == SIGSEGV);
	CHECK(dev_promote(fd, p + 2 * CHUNK, 2 * CHUNK) == 2);
}

static void promote_of_a_bad_range_is_einval(void)
{
	const int fd = demand_open();
	char *p = dev_map_aligned(fd, 2 * CHUNK, 0, 0);

	CHECK_ERRNO(dev_promote(fd, p + PAGE, CHUNK), EINVAL);
	CHECK_ERRNO(dev_promote(fd, p, CHUNK + PAGE), EINVAL);
	CHECK_ERRNO(dev_promote(fd, p, PAGE), EINVAL);
	CHECK_ERRNO(dev_promote(fd, p, 0), EINVAL);
	CHECK(dev_promote(fd, p, -CHUNK) == -1 && (errno == EINVAL || errno == EFAULT));
	CHECK(dev_promote(fd, (char *)-CHUNK, CHUNK) == -1 && (errno == EINVAL || errno == EFAULT));
	CHECK(dev_promote(fd, (char *)-CHUNK, 2 * CHUNK) == -1 &&
	      (errno == EINVAL || errno == EFAULT));
}

static void threshold_populates_the_rest(void)
{
	struct vmpage_setup setup = {
		.size = sizeof(setup), .map_policy = VMPAGE_MAP_THRESHOLD, .map_threshold = 64,
	};
	const int fd = setup_open(&setup);
	char *p, *q;

	p = dev_map_aligned(fd, CHUNK, 0, 0);
	for (size_t i = 0; i < 63; i++)
		p[i * 5 * PAGE] = 1;
	CHECK(pages_present(p, CHUNK) == 63);
	CHECK(dev_query(fd, 1).state == VMPAGE_PAGE_RESERVED);
	p[400 * PAGE] = 1;
	p[401 * PAGE] = 1;
	for (size_t i = 0; i < CHUNK_PAGES; i++)
		CHECK(dev_query(fd, i).state == VMPAGE_PAGE_RESIDENT);
	q = dev_map_aligned(fd, CHUNK, 0, 0);
	CHECK(q[5 * PAGE] == 1);
	CHECK(is_huge(1));
	CHECK(dev_promote(fd, p, CHUNK) == 1);
	CHECK(is_huge(2));
}

static void map_and_touch_one(void *arg)
{
	char *p = dev_map_aligned(*(int *)arg, CHUNK, 0, 0);

	CHECK(p[300 * PAGE] == 3);
	CHECK(is_huge(1));
	CHECK(p[0] == 3 && p[CHUNK - 1] == 3);
	p[7 * PAGE] = 4;
}

static void other_process_gets_the_entry_at_once(void)
{
	int fd = demand_open();
	char *p = dev_map_aligned(fd, CHUNK, 0, 0);

	memset(p, 3, CHUNK);
	CHECK(huge_mapped_kib() == 0);
	child_must_pass(map_and_touch_one, &fd);
	CHECK(p[7 * PAGE] == 4);
}

static void child_looks_and_writes(void *arg)
{
	char *p = arg;

	CHECK(pattern_check(p, 2 * CHUNK, 72, 0) == -1);
	CHECK(is_huge(2));
	p[CHUNK + 9] = 1;
}

static void fork_shares_2_mib(void)
{
	char *p = eager_map(eager_open(), 2);

	pattern_fill(p, 2 * CHUNK, 72, 0);
	child_must_pass(child_looks_and_writes, p);
	CHECK(p[CHUNK + 9] == 1);
	CHECK(is_huge(2));
}

static void munmap_of_a_part(void)
{
	const int fd = eager_open();
	char *p = eager_map(fd, 3);

	pattern_fill(p, 3 * CHUNK, 73, 0);
	MUST(munmap(p + CHUNK + 5 * PAGE, 2 * PAGE));
	CHECK(touch_signal(p + CHUNK + 5 * PAGE, false) == SIGSEGV);
	CHECK(is_huge(2));
	CHECK(pattern_check(p, CHUNK + 5 * PAGE, 73, 0) == -1);
	CHECK(pattern_check(p + CHUNK + 7 * PAGE, 2 * CHUNK - 7 * PAGE, 73,
			    CHUNK + 7 * PAGE) == -1);
	MUST(mmap(p + CHUNK + 5 * PAGE, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
		  fd, CHUNK + 5 * PAGE));
	CHECK(pattern_check(p, 3 * CHUNK, 73, 0) == -1);
	CHECK(dev_promote(fd, p, 3 * CHUNK) == 3);
	CHECK(is_huge(3));
	CHECK(vma_count() == 1);
}

static void mprotect_of_a_part(void)
{
	const int fd = eager_open();
	char *p = eager_map(fd, 3);

	pattern_fill(p, 3 * CHUNK, 74, 0);
	MUST(mprotect(p + CHUNK + 5 * PAGE, 2 * PAGE, PROT_READ));
	CHECK(touch_signal(p + CHUNK + 6 * PAGE, true) == SIGSEGV);
	CHECK(!touch_signal(p + CHUNK + 7 * PAGE, false));
	CHECK(is_huge(2));
	CHECK(pattern_check(p, 3 * CHUNK, 74, 0) == -1);
	MUST(mprotect(p + CHUNK + 5 * PAGE, 2 * PAGE, PROT_READ | PROT_WRITE));
	CHECK(dev_promote(fd, p + CHUNK, CHUNK) == 1);
	CHECK(is_huge(3));
	CHECK(pattern_check(p, 3 * CHUNK, 74, 0) == -1);
}

static void mprotect_of_all_keeps_the_entries(void)
{
	char *p = eager_map(eager_open(), 2);

	pattern_fill(p, 2 * CHUNK, 75, 0);
	MUST(mprotect(p, 2 * CHUNK, PROT_READ));
	CHECK(touch_signal(p + 6 * PAGE, true) == SIGSEGV);
	CHECK(pattern_check(p, 2 * CHUNK, 75, 0) == -1);
	CHECK(is_huge(2));
	MUST(mprotect(p, 2 * CHUNK, PROT_READ | PROT_WRITE));
	pattern_fill(p, 2 * CHUNK, 76, 0);
	CHECK(pattern_check(p, 2 * CHUNK, 76, 0) == -1);
}

/* Room for a mapping of some windows; returns its first multiple of 2 MiB. */
static char *room(size_t nwindows)
{
	char *p = MUST(mmap(NULL, (nwindows + 1) * CHUNK, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			    -1, 0));

	return (char *)(((uintptr_t)p + CHUNK - 1) & ~(CHUNK - 1));
}

static void mremap_to_a_multiple_keeps_the_entries(void)
{
	char *p = eager_map(eager_open(), 3), *to = room(6);

	pattern_fill(p, 3 * CHUNK, 77, 0);
	p = MUST(mremap(p, 3 * CHUNK, 3 * CHUNK, MREMAP_MAYMOVE | MREMAP_FIXED, to));
	CHECK(is_huge(3));
	CHECK(pattern_check(p, 3 * CHUNK, 77, 0) == -1);
}

static void mremap_to_elsewhere_keeps_the_content(void)
{
	char *p = eager_map(eager_open(), 3), *to = room(6);

	pattern_fill(p, 3 * CHUNK, 78, 0);
	p = MUST(mremap(p, 3 * CHUNK, 3 * CHUNK, MREMAP_MAYMOVE | MREMAP_FIXED, to + 3 * PAGE));
	CHECK(pattern_check(p, 3 * CHUNK, 78, 0) == -1);
	CHECK(huge_mapped_kib() == 0);
	pattern_fill(p, 3 * CHUNK, 79, 0);
	CHECK(pattern_check(p, 3 * CHUNK, 79, 0) == -1);
}

static void mremap_that_grows_keeps_the_content(void)
{
	const int fd = eager_open();
	char *p = eager_map(fd, 2);

	CHECK(dev_reserve(fd, 2 * CHUNK_PAGES, 2 * CHUNK_PAGES) == 2 * (long)CHUNK_PAGES);
	pattern_fill(p, 2 * CHUNK, 80, 0);
	p = MUST(mremap(p, 2 * CHUNK, 4 * CHUNK, MREMAP_MAYMOVE));
	CHECK(pattern_check(p, 2 * CHUNK, 80, 0) == -1);
	CHECK(is_zero(p + 2 * CHUNK, 2 * CHUNK));
}

static void dontneed_drops_the_entry_only(void)
{
	char *p = eager_map(eager_open(), 2);

	pattern_fill(p, 2 * CHUNK, 81, 0);
	MUST(madvise(p, CHUNK, MADV_DONTNEED));
	CHECK(is_huge(1));
	CHECK(pattern_check(p, 2 * CHUNK, 81, 0) == -1);
	CHECK(is_huge(2));
	MUST(madvise(p + 10 * PAGE, 2 * PAGE, MADV_DONTNEED));
	CHECK(is_huge(1));
	CHECK(pattern_check(p, 2 * CHUNK, 81, 0) == -1);
}

/* Whatever a later kernel makes of the advice, the content is right. */
static void nohugepage_keeps_the_content(void)
{
	char *p = eager_map(eager_open(), 2);

	MUST(madvise(p, 2 * CHUNK, MADV_NOHUGEPAGE));
	pattern_fill(p, 2 * CHUNK, 82, 0);
	MUST(madvise(p, 2 * CHUNK, MADV_HUGEPAGE));
	CHECK(pattern_check(p, 2 * CHUNK, 82, 0) == -1);
	CHECK(pages_present(p, 2 * CHUNK) == 2 * CHUNK_PAGES);
}

static void misaligned_address_maps_one_page(void)
{
	const int fd = eager_open();
	char *to = room(4);
	char *p = MUST(mmap(to + PAGE, 3 * CHUNK, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
			    fd, 0));

	for (size_t i = 0; i < 3; i++) {
		p[i * CHUNK + 70 * PAGE] = 1;
		CHECK(pages_present(p, 3 * CHUNK) == i + 1);
	}
	CHECK(huge_mapped_kib() == 0);
	pattern_fill(p, 3 * CHUNK, 83, 0);
	CHECK(pattern_check(p, 3 * CHUNK, 83, 0) == -1);
	/* The windows are full: who maps them as they lie has the entries. */
	p = dev_map_aligned(fd, 3 * CHUNK, 0, 0);
	CHECK(pattern_check(p, 3 * CHUNK, 83, 0) == -1);
	CHECK(is_huge(3));
}

static void window_that_is_not_all_mapped_maps_one_page(void)
{
	const int fd = eager_open();
	char *p = dev_map_aligned(fd, CHUNK - PAGE, 0, 0), *q;

	p[9 * PAGE] = 1;
	CHECK(pages_present(p, CHUNK - PAGE) == 1);
	memset(p, 1, CHUNK - PAGE);
	q = dev_map_aligned(fd, 2 * CHUNK, 0, 0);
	memset(q, 2, CHUNK);
	MUST(munmap(q, 2 * CHUNK));
	/* Full, but there is no room for the entry. */
	q = dev_map_aligned(fd, CHUNK - PAGE, 0, 0);
	CHECK(q[9 * PAGE] == 2);
	CHECK(pages_present(q, CHUNK - PAGE) == 1);
	CHECK(huge_mapped_kib() == 0);
}

static void color_maps_one_page(void)
{
	struct vmpage_setup setup = {
		.size = sizeof(setup), .map_policy = VMPAGE_MAP_EAGER, .color = 8,
	};
	const int fd = setup_open(&setup);
	char *p;

	p = dev_map_aligned(fd, 3 * CHUNK, 0, 0);
	p[CHUNK] = 1;
	CHECK(pages_present(p, 3 * CHUNK) == 1);
	pattern_fill(p, 3 * CHUNK, 84, 0);
	p = dev_map_aligned(fd, 3 * CHUNK, 0, 0);
	CHECK(p[CHUNK + 9 * PAGE]);
	CHECK(pages_present(p, 3 * CHUNK) == 1);
	CHECK(pattern_check(p, 3 * CHUNK, 84, 0) == -1);
	CHECK(huge_mapped_kib() == 0);
	CHECK(dev_promote(fd, p, 3 * CHUNK) <= 0);
	CHECK(pattern_check(p, 3 * CHUNK, 84, 0) == -1);
	CHECK(huge_mapped_kib() == 0);
}

static void small_mapping_costs_what_it_is(void)
{
	const long npages = page_count();
	char *p = dev_map_aligned(eager_open(), PAGE, 0, 0);

	p[0] = 1;
	CHECK(free_count() == npages - 1);
	p = dev_map_aligned(eager_open(), 9 * PAGE, 0, MAP_NORESERVE);
	p[0] = 1;
	CHECK(free_count() == npages - 2);
}

static void read_only_mapping_reads_zero(void)
{
	const int fd = MUST(open(DEVICE, O_RDONLY)), rw = eager_open();
	char *p = MUST(mmap(NULL, 2 * CHUNK, PROT_READ, MAP_SHARED, fd, 0));

	CHECK(is_zero(p, 2 * CHUNK));
	CHECK(touch_signal(p, true) == SIGSEGV);
	CHECK_ERRNO(mprotect(p, PAGE, PROT_READ | PROT_WRITE), EACCES);

	p = MUST(mmap(NULL, 2 * CHUNK, PROT_READ, MAP_SHARED, rw, 0));
	CHECK(is_zero(p, 2 * CHUNK));
	CHECK(touch_signal(p, true) == SIGSEGV);
	MUST(mprotect(p, 2 * CHUNK, PROT_READ | PROT_WRITE));
	pattern_fill(p, 2 * CHUNK, 85, 0);
	CHECK(pattern_check(p, 2 * CHUNK, 85, 0) == -1);
}

struct freed {
	char *p;
	int ready, done;		/* pipes from and to the child */
};

/* Maps it by 2 MiB; after the other has freed page 9 it is gone here, too. */
static void child_loses_the_page(void *arg)
{
	const struct freed *freed = arg;
	char byte = 0;

	CHECK(freed->p[9 * PAGE]);
	CHECK(is_huge(1));
	CHECK(write(freed->ready, &byte, 1) == 1);
	CHECK(read(freed->done, &byte, 1) == 1);
	CHECK(huge_mapped_kib() == 0);
	CHECK(is_zero(freed->p + 9 * PAGE, PAGE));
	CHECK(pattern_check(freed->p, 9 * PAGE, 86, 0) == -1);
}

static void freed_page_takes_the_entry_away(void)
{
	const long npages = page_count();
	const int fd = eager_open();
	char *p = eager_map(fd, 2), byte = 0;
	int ready[2], done[2], status;
	struct freed freed = { .p = p };
	pid_t pid;

	MUST(pipe(ready));
	MUST(pipe(done));
	freed.ready = ready[1];
	freed.done = done[0];
	pattern_fill(p, 2 * CHUNK, 86, 0);
	pid = MUST(fork());
	if (!pid) {
		child_loses_the_page(&freed);
		_exit(TEST_PASS);
	}
	CHECK(read(ready[0], &byte, 1) == 1);
	CHECK(dev_free(fd, 9, 1) == 1);
	CHECK(is_huge(1));
	CHECK(free_count() == npages - 2 * (long)CHUNK_PAGES + 1);
	CHECK(pattern_check(p, 9 * PAGE, 86, 0) == -1);
	CHECK(pattern_check(p + 10 * PAGE, 2 * CHUNK - 10 * PAGE, 86, 10 * PAGE) == -1);
	CHECK(huge_mapped_kib() == CHUNK_KIB);
	CHECK(dev_query(fd, 9).state == 0);
	CHECK(write(done[1], &byte, 1) == 1);
	MUST(waitpid(pid, &status, 0));
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == TEST_PASS);
	CHECK(is_zero(p + 9 * PAGE, PAGE));
	CHECK(dev_promote(fd, p, 2 * CHUNK) == 2);
	CHECK(is_huge(2));
	CHECK(is_zero(p + 9 * PAGE, PAGE));
	CHECK(pattern_check(p, 9 * PAGE, 86, 0) == -1);
	CHECK(pattern_check(p + 10 * PAGE, 2 * CHUNK - 10 * PAGE, 86, 10 * PAGE) == -1);
}

/* Demand overcommitted memory until there is no more, and write all over it. */
static char *take_everything(int fd, size_t *npages)
{
	const size_t most = (size_t)page_count();
	char *p = noreserve_map(fd, most / CHUNK_PAGES);

	set_fault_timeout(50);
	*npages = touch_pages(p, most);
	pattern_fill(p, *npages * PAGE, 90, 0);
	return p;
}

/* Who gets pages that were freed of a superpage does not get their neighbours. */
static void freed_pages_can_be_somebody_elses(void)
{
	const int fd = eager_open(), other = demand_open();
	char *p = eager_map(fd, 8), *q;
	struct vmpage_page *pages;
	uint64_t chunks[8];
	size_t n, held = 0;

	pattern_fill(p, 8 * CHUNK, 87, 0);
	for (size_t i = 0; i < 8; i++)
		CHECK(dev_free(fd, i * CHUNK_PAGES + 20, 100) == 100);
	q = take_everything(other, &n);
	for (size_t i = 0; i < 8; i++)
		chunks[i] = dev_query(fd, i * CHUNK_PAGES).pa / CHUNK;
	pages = calloc(n, sizeof(*pages));
	dev_query_range(other, 0, n, pages);
	for (size_t i = 0; i < n * 8; i++)
		held += pages[i / 8].pa / CHUNK == chunks[i % 8];
	free(pages);
	CHECK(held > 0);
	for (size_t i = 0; i < 8; i++) {
		CHECK(pattern_check(p + i * CHUNK, 20 * PAGE, 87, i * CHUNK) == -1);
		CHECK(pattern_check(p + i * CHUNK + 120 * PAGE, CHUNK - 120 * PAGE, 87,
				    i * CHUNK + 120 * PAGE) == -1);
	}
	CHECK(huge_mapped_kib() == 0);
	CHECK(pattern_check(q, n * PAGE, 90, 0) == -1);
	CHECK(huge_mapped_kib() == 0);
	/* A mapping by 2 MiB would be one of somebody else's pages. */
	CHECK(dev_promote(fd, p, 8 * CHUNK) == 0);
	CHECK(huge_mapped_kib() == 0);
}

/* Are the 512 pages of a window the object's, in a row, from a multiple of 2 MiB on? */
static bool is_superpage(int fd, size_t window)
{
	struct vmpage_page pages[CHUNK_PAGES];

	dev_query_range(fd, window * CHUNK_PAGES, CHUNK_PAGES, pages);
	for (size_t i = 0; i < CHUNK_PAGES; i++) {
		if (pages[i].pa != pages[0].pa + i * PAGE)
			return false;
	}
	return pages[0].pa && pages[0].pa % CHUNK == 0;
}

/* Touch one page of each window of a fresh mapping, in one of several ways. */
static size_t check_touches(int fd, size_t nwindows, int advice, bool write)
{
	char *p = noreserve_map(fd, nwindows);
	size_t nhuge = 0;

	if (advice >= 0)
		MUST(madvise(p, nwindows * CHUNK, advice));
	for (size_t i = 0; i < nwindows; i++) {
		size_t present;

		CHECK(!touch_signal(p + i * CHUNK, write));
		present = pages_present(p + i * CHUNK, CHUNK);
		CHECK(present == 1 || (present == CHUNK_PAGES && is_superpage(fd, i)));
		nhuge += present == CHUNK_PAGES;
	}
	MUST(munmap(p, nwindows * CHUNK));
	return nhuge;
}

/*
 * The pool is full of chunks that several share: a touch there maps one page, in
 * whatever way it comes.  Where all is one object's the touch maps it all.
 */
static void touch_of_a_shared_chunk_maps_one_page(void)
{
	static const int advice[] = { -1, MADV_NOHUGEPAGE, MADV_HUGEPAGE };
	const int fd = demand_open(), other = demand_open();
	const size_t nwindows = 10;
	char *p = noreserve_map(fd, nwindows);
	size_t n;

	for (size_t i = 0; i < nwindows; i++)
		p[i * CHUNK] = 1;
	take_everything(other, &n);
	for (size_t i = 0; i < ARRAY_SIZE(advice); i++) {
		for (int write = 0; write < 2; write++) {
			CHECK(check_touches(fd, nwindows, advice[i], write) == 0);
			check_touches(other, n / CHUNK_PAGES, advice[i], write);
		}
	}
	CHECK(check_touches(other, n / CHUNK_PAGES, -1, false) > 0);
	MUST(madvise(p, nwindows * CHUNK, MADV_DONTNEED));
	CHECK(p[3 * CHUNK] == 1);
	CHECK(pages_present(p, nwindows * CHUNK) == 1);
}

static void eager_takes_one_page_when_there_are_few(void)
{
	const int fd = eager_open(), spare = demand_open();
	char *p = noreserve_map(fd, 2);
	long nfree;

	CHECK(dev_reserve(spare, 0, 20) == 20);
	dev_take_all();
	close(spare);
	nfree = free_count();
	p[9 * PAGE] = 1;
	CHECK(free_count() == nfree - 1);
	CHECK(pages_present(p, 2 * CHUNK) == 1);
	p[10 * PAGE] = 1;
	CHECK(free_count() == nfree - 2);
	CHECK(huge_mapped_kib() == 0);
}

/* What is promised can be populated even then. */
static void reserved_window_is_huge_when_there_are_few(void)
{
	char *p = eager_map(eager_open(), 4);

	p[0] = 1;
	CHECK(is_huge(1));
	dev_take_all();
	CHECK(touch_pages(p, 4 * CHUNK_PAGES) == 4 * CHUNK_PAGES);
	CHECK(is_huge(4));
}

static void pressure_leaves_what_is_mapped(void)
{
	const int fd = demand_open(), eager = eager_open();
	const size_t nwindows = 20;
	char *p = noreserve_map(fd, nwindows), *q = eager_map(eager, 4);
	char *reserv = file_text(DEBUGFS "reserv/broken");
	const long broken = atol(reserv);
	size_t n;

	pattern_fill(q, 4 * CHUNK, 91, 0);
	CHECK(is_huge(4));
	for (size_t i = 0; i < nwindows; i++)
		pattern_fill(p + i * CHUNK, CHUNK / 2, 92, i * CHUNK);
	take_everything(demand_open(), &n);
	CHECK(n > nwindows * CHUNK_PAGES / 2);
	CHECK(atol(file_text(DEBUGFS "reserv/broken")) > broken);
	/* First look whether it is mapped, then whether it is right. */
	CHECK(is_huge(4));
	CHECK(pages_present(p, nwindows * CHUNK) == nwindows * CHUNK_PAGES / 2);
	for (size_t i = 0; i < nwindows; i++)
		CHECK(pattern_check(p + i * CHUNK, CHUNK / 2, 92, i * CHUNK) == -1);
	CHECK(pattern_check(q, 4 * CHUNK, 91, 0) == -1);
}

static void half_used_reservations_serve_small_requests(void)
{
	const size_t nwindows = (size_t)page_count() / CHUNK_PAGES;
	char *p = noreserve_map(demand_open(), nwindows), *q;
	size_t half = 0;

	set_fault_timeout(50);
	for (size_t i = 0; i < nwindows; i++)
		half += touch_pages(p + i * CHUNK, CHUNK_PAGES / 2);
	CHECK(half == nwindows * CHUNK_PAGES / 2);
	q = dev_map(demand_open(), 1000 * PAGE, 0);
	pattern_fill(q, 1000 * PAGE, 93, 0);
	CHECK(pattern_check(q, 1000 * PAGE, 93, 0) == -1);
	CHECK(dev_alloc(demand_open(), 0, 100) == 100);
	CHECK(pages_present(p, nwindows * CHUNK) == half);
}

static void disk_copy(char *p, uint64_t seed)
{
	const int fd = MUST(open(disk, O_RDWR | O_DIRECT));
	char *buf = MUST(mmap(NULL, CHUNK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			      -1, 0));

	pattern_fill(buf, CHUNK, seed, 0);
	CHECK(pwrite(fd, buf, CHUNK, 0) == (ssize_t)CHUNK);
	CHECK(pread(fd, p, CHUNK, 0) == (ssize_t)CHUNK);
	CHECK(pattern_check(p, CHUNK, seed, 0) == -1);
	pattern_fill(p, CHUNK, seed + 1, 0);
	CHECK(pwrite(fd, p, CHUNK, 0) == (ssize_t)CHUNK);
	CHECK(pread(fd, buf, CHUNK, 0) == (ssize_t)CHUNK);
	CHECK(pattern_check(buf, CHUNK, seed + 1, 0) == -1);
	close(fd);
}

static void odirect_in_every_kind_of_mapping(void)
{
	char *p = eager_map(eager_open(), 2), *q = dev_map_aligned(demand_open(), 2 * CHUNK, 0, 0);

	if (!disk)
		SKIP("no disk given");
	p[0] = 1;
	CHECK(is_huge(1));
	disk_copy(p, 94);
	disk_copy(p + CHUNK, 96);
	CHECK(is_huge(2));
	memset(q, 1, CHUNK);
	disk_copy(q, 98);
	disk_copy(q + CHUNK, 100);
	disk_copy(q + CHUNK / 2, 102);
	CHECK(is_huge(2));
}

static void wait_for_quarantine_to_empty(void)
{
	while (quarantined())
		usleep(10000);
}

/* The range is freed while the pins hold it, and others take all they can. */
static void free_pinned(int fd, uint64_t pindex)
{
	const long npages = page_count();

	CHECK(dev_free(fd, pindex, PINNED) == (long)PINNED);
	CHECK(quarantined() >= (long)PINNED);
	CHECK(free_count() + quarantined() <= npages);
	child_must_pass(dev_overwrite_all, NULL);
	CHECK(quarantined() >= (long)PINNED);
}

static void check_pipe(int fd, uint64_t seed, uint64_t pos)
{
	static char buf[PINNED * PAGE];
	size_t len = 0;
	ssize_t n;

	while (len < sizeof(buf) && (n = read(fd, buf + len, sizeof(buf) - len)) > 0)
		len += (size_t)n;
	CHECK(len == sizeof(buf));
	CHECK(pattern_check(buf, sizeof(buf), seed, pos) == -1);
}

/* The pipe holds pages of a mapping by 2 MiB or by 4 KiB, which are freed. */
static void pipe_pins(int fd)
{
	char *p = dev_map_aligned(fd, CHUNK, 0, 0), *q;
	struct iovec iov = { p + 30 * PAGE, PINNED * PAGE };
	int pipefd[2];

	MUST(pipe(pipefd));
	pattern_fill(p, CHUNK, 104, 0);
	CHECK(vmsplice(pipefd[1], &iov, 1, 0) == (ssize_t)(PINNED * PAGE));
	free_pinned(fd, 30);
	CHECK(quarantined() <= (long)CHUNK_PAGES);
	/* In their place are new pages, of zeros. */
	CHECK(dev_reserve(fd, 30, PINNED) == (long)PINNED);
	CHECK(is_zero(iov.iov_base, iov.iov_len));
	memset(iov.iov_base, 0xee, iov.iov_len);
	CHECK(pattern_check(p, 30 * PAGE, 104, 0) == -1);
	/* To a fresh mapping the superpage is not whole: some of it is the pipe's. */
	q = dev_map_aligned(fd, CHUNK, 0, 0);
	CHECK(!touch_signal(q, false));
	CHECK(pages_present(q, CHUNK) == 1);
	CHECK(q[30 * PAGE] == (char)0xee);
	MUST(munmap(q, CHUNK));
	check_pipe(pipefd[0], 104, 30 * PAGE);
	close(pipefd[0]);
	close(pipefd[1]);
	wait_for_quarantine_to_empty();
	MUST(munmap(p, CHUNK));
	close(fd);
}

static void freed_pages_in_a_pipe_stay(void)
{
	pipe_pins(eager_open());
	pipe_pins(demand_open());
}

#define GUARD_INSTALL	102		/* MADV_GUARD_INSTALL */

/* Fork copies the entries of a mapping with guards: each time there are more of them. */
static pid_t fork_for_ever(void)
{
	const pid_t forker = MUST(fork());

	while (!forker) {
		const pid_t pid = MUST(fork());

		if (!pid)
			_exit(TEST_PASS);
		MUST(waitpid(pid, NULL, 0));
	}
	return forker;
}

/* Each page that is freed is a look for pins at its chunk, and must be kept. */
static void free_one_by_one(int fd, uint64_t first, uint64_t end)
{
	const long before = quarantined();

	for (uint64_t i = first; i < end; i++)
		CHECK(dev_free(fd, i, 1) == 1);
	CHECK(quarantined() == before + (long)(end - first));
}

/*
 * Copies of entries look like references that are accounted for, and are not.  The
 * first of them that fork makes, those below the guard, are as many as the pins.
 */
static void forks_do_not_hide_a_pin(void)
{
	for (int round = 0; round < 2; round++) {
		const int fd = demand_open();
		char *p = dev_map_aligned(fd, CHUNK, 0, 0);
		struct iovec iov = { p + 32 * PAGE, PINNED * PAGE };
		pid_t pids[2];
		int pipefd[2];

		pattern_fill(p, CHUNK, 108, 0);
		if (madvise(p + PINNED * PAGE, PAGE, GUARD_INSTALL))
			SKIP("no guards: %s", strerror(errno));
		MUST(pipe(pipefd));
		CHECK(vmsplice(pipefd[1], &iov, 1, 0) == (ssize_t)(PINNED * PAGE));
		for (size_t i = 0; i < ARRAY_SIZE(pids); i++)
			pids[i] = fork_for_ever();
		free_one_by_one(fd, 32, CHUNK_PAGES);
		for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
			MUST(kill(pids[i], SIGKILL));
			MUST(waitpid(pids[i], NULL, 0));
		}
		child_must_pass(dev_overwrite_all, NULL);
		CHECK(quarantined() == (long)CHUNK_PAGES - 32);
		check_pipe(pipefd[0], 108, 32 * PAGE);
		close(pipefd[0]);
		close(pipefd[1]);
		MUST(munmap(p, CHUNK));
		close(fd);
		wait_for_quarantine_to_empty();
	}
}

struct ring {
	int fd;
	struct io_uring_params params;
	char *rings;
	struct io_uring_sqe *sqe;
};

static void ring_open(struct ring *ring)
{
	memset(ring, 0, sizeof(*ring));
	ring->fd = (int)syscall(SYS_io_uring_setup, 2, &ring->params);
	if (ring->fd == -1)
		SKIP("io_uring: %s", strerror(errno));
	CHECK(ring->params.features & IORING_FEAT_SINGLE_MMAP);
	ring->rings = MUST(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd,
				IORING_OFF_SQ_RING));
	ring->sqe = MUST(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd,
			      IORING_OFF_SQES));
}

/* Write from the registered buffer 0 to a pipe; once for each ring. */
static void ring_write_fixed(struct ring *ring, int to, const void *p, size_t len)
{
	uint32_t *tail = (uint32_t *)(ring->rings + ring->params.sq_off.tail);
	uint32_t *array = (uint32_t *)(ring->rings + ring->params.sq_off.array);
	const struct io_uring_cqe *cqe;

	ring->sqe->opcode = IORING_OP_WRITE_FIXED;
	ring->sqe->fd = to;
	ring->sqe->addr = (uintptr_t)p;
	ring->sqe->len = (uint32_t)len;
	ring->sqe->off = (uint64_t)-1;
	array[0] = 0;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	MUST(syscall(SYS_io_uring_enter, ring->fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0));
	cqe = (const struct io_uring_cqe *)(ring->rings + ring->params.cq_off.cqes);
	CHECK(cqe->res == (int)len);
}

static void ring_pins(int fd)
{
	char *p = dev_map_aligned(fd, CHUNK, 0, 0);
	struct iovec iov = { p + 30 * PAGE, PINNED * PAGE };
	struct ring ring;
	int pipefd[2];

	ring_open(&ring);
	pattern_fill(p, CHUNK, 106, 0);
	if (syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_BUFFERS, &iov, 1)) {
		/* An older kernel wants anonymous memory. */
		CHECK(errno == EOPNOTSUPP);
		SKIP("no fixed buffers in mappings of files");
	}
	free_pinned(fd, 30);
	MUST(pipe(pipefd));
	ring_write_fixed(&ring, pipefd[1], iov.iov_base, iov.iov_len);
	check_pipe(pipefd[0], 106, 30 * PAGE);
	CHECK(is_zero(iov.iov_base, iov.iov_len));
	CHECK(quarantined() >= (long)PINNED);
	MUST(syscall(SYS_io_uring_register, ring.fd, IORING_UNREGISTER_BUFFERS, NULL, 0));
	MUST(munmap(ring.rings, PAGE));
	MUST(munmap(ring.sqe, PAGE));
	close(ring.fd);
	wait_for_quarantine_to_empty();
	MUST(munmap(p, CHUNK));
	close(fd);
}

static void freed_pages_of_fixed_buffers_stay(void)
{
	ring_pins(eager_open());
	ring_pins(demand_open());
}

#define T(fn)	{ #fn, fn }

const struct test huge_tests[] = {
	T(eager_64m_costs_32_faults),
	T(program_that_changes_nodes_has_windows),
	T(windows_come_from_the_node_that_has_chunks),
	T(read_touch_maps_writable),
	T(domain_policies_leave_windows_whole),
	T(populate_maps_by_2_mib),
	T(chosen_address_is_congruent),
	T(demand_becomes_huge_by_promote),
	T(promote_populates),
	T(promote_keeps_the_protection),
	T(promote_of_a_changed_mapping_is_ebusy),
	T(promote_of_what_is_not_ours_is_efault),
	T(promote_of_a_bad_range_is_einval),
	T(threshold_populates_the_rest),
	T(other_process_gets_the_entry_at_once),
	T(fork_shares_2_mib),
	T(munmap_of_a_part),
	T(mprotect_of_a_part),
	T(mprotect_of_all_keeps_the_entries),
	T(mremap_to_a_multiple_keeps_the_entries),
	T(mremap_to_elsewhere_keeps_the_content),
	T(mremap_that_grows_keeps_the_content),
	T(dontneed_drops_the_entry_only),
	T(nohugepage_keeps_the_content),
	T(misaligned_address_maps_one_page),
	T(window_that_is_not_all_mapped_maps_one_page),
	T(color_maps_one_page),
	T(small_mapping_costs_what_it_is),
	T(read_only_mapping_reads_zero),
	T(freed_page_takes_the_entry_away),
	T(freed_pages_can_be_somebody_elses),
	T(touch_of_a_shared_chunk_maps_one_page),
	T(eager_takes_one_page_when_there_are_few),
	T(reserved_window_is_huge_when_there_are_few),
	T(pressure_leaves_what_is_mapped),
	T(half_used_reservations_serve_small_requests),
	T(odirect_in_every_kind_of_mapping),
	T(freed_pages_in_a_pipe_stay),
	T(forks_do_not_hide_a_pin),
	T(freed_pages_of_fixed_buffers_stay),
};

const size_t huge_ntests = ARRAY_SIZE(huge_tests);
