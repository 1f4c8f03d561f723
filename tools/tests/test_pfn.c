// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Mappings by page number, which nobody can pin: for a pool with CMA memory.  They
 * do not show in /proc/self/pagemap or smaps; how large entries are shows in the
 * number of faults.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include "device.h"

#define PFN_LEN		(8 * CHUNK)
/* As many faults as entries of a page cost; or as those of 2 MiB, and some of its own. */
#define MANY_FAULTS	((long)(PFN_LEN / PAGE) - 8)
#define FEW_FAULTS	((long)(PFN_LEN / PAGE) / 8)
#define RACE_PAGES	(8 * CHUNK_PAGES)
#define RACE_FREED	300		/* pages at once: holes for others to use */
#define HANG_SECONDS	60		/* a pin that is tried for ever ends the test */

static unsigned long long features(void)
{
	struct vmpage_info info = { .size = sizeof(info) };
	const int fd = MUST(open(DEVICE, O_RDWR | O_CLOEXEC));

	MUST(ioctl(fd, VMPAGE_IOC_INFO, &info));
	close(fd);
	return info.features;
}

static void need_pfn_pool(void)
{
	if (features() & VMPAGE_FEATURE_PINNABLE)
		SKIP("the pool has no CMA memory");
}

static int eager_open(void)
{
	need_pfn_pool();
	return dev_open_policy(VMPAGE_MAP_EAGER);
}

/* Of 2 MiB entries, filled with a pattern; and of entries of a page. */
static char *large_map(uint64_t seed)
{
	char *p = dev_map_aligned(eager_open(), PFN_LEN, 0, 0);

	pattern_fill(p, PFN_LEN, seed, 0);
	return p;
}

static char *small_map(uint64_t seed)
{
	char *p = (need_pfn_pool(), dev_map_aligned(dev_open(), PFN_LEN, 0, 0));

	pattern_fill(p, PFN_LEN, seed, 0);
	return p;
}

static long touch_and_count_faults(volatile char *p, size_t len)
{
	struct rusage before, after;

	MUST(getrusage(RUSAGE_SELF, &before));
	for (size_t i = 0; i < len; i += PAGE)
		(void)p[i];
	MUST(getrusage(RUSAGE_SELF, &after));
	return after.ru_minflt - before.ru_minflt;
}

static void pfn_memory_is_zero_and_keeps_its_content(void)
{
	const int fd = eager_open();
	char *p = dev_map(fd, PFN_LEN, 0), *q;

	CHECK(is_zero(p, PFN_LEN));
	pattern_fill(p, PFN_LEN, 40, 0);
	q = dev_map(fd, PFN_LEN, 0);
	CHECK(pattern_check(q, PFN_LEN, 40, 0) == -1);
	MUST(munmap(p, PFN_LEN));
	MUST(munmap(q, PFN_LEN));
	p = dev_map(fd, PFN_LEN, 0);
	CHECK(pattern_check(p, PFN_LEN, 40, 0) == -1);
}

static void pfn_reservation_is_mapped_by_one_entry(void)
{
	char *p = dev_map_aligned(eager_open(), PFN_LEN, 0, 0);
	long faults;

	if (!(features() & VMPAGE_FEATURE_SUPERPAGES))
		SKIP("no entries of 2 MiB here");
	faults = touch_and_count_faults(p, PFN_LEN);
	CHECK(faults >= (long)(PFN_LEN / CHUNK));
	CHECK(faults < FEW_FAULTS);
	/* Not aligned to each other: the content is right, by single pages. */
	p = dev_map_aligned(eager_open(), PFN_LEN, PAGE, 0);
	CHECK(touch_and_count_faults(p, PFN_LEN) >= MANY_FAULTS);
}

static void pfn_demand_is_mapped_by_pages_until_promoted(void)
{
	const int fd = (need_pfn_pool(), dev_open());
	char *p = dev_map_aligned(fd, PFN_LEN, 0, 0);

	CHECK(touch_and_count_faults(p, PFN_LEN) >= MANY_FAULTS);
	pattern_fill(p, PFN_LEN, 41, 0);
	CHECK(dev_promote(fd, p, PFN_LEN) == PFN_LEN / CHUNK);
	CHECK(pattern_check(p, PFN_LEN, 41, 0) == -1);
	CHECK(touch_and_count_faults(p, PFN_LEN) < FEW_FAULTS);
}

static void write_and_check(void *arg)
{
	char *p = arg;

	CHECK(pattern_check(p, PFN_LEN, 42, 0) == -1);
	pattern_fill(p, PFN_LEN, 43, 0);
}

static void pfn_fork_shares(void)
{
	char *p = large_map(42);

	child_must_pass(write_and_check, p);
	CHECK(pattern_check(p, PFN_LEN, 43, 0) == -1);
	MUST(munmap(p, PFN_LEN));
	p = small_map(42);
	child_must_pass(write_and_check, p);
	CHECK(pattern_check(p, PFN_LEN, 43, 0) == -1);
}

static void pfn_private_mapping_is_refused(void)
{
	const int fd = eager_open(), rd = MUST(open(DEVICE, O_RDONLY | O_CLOEXEC));
	char *p;

	CHECK_ERRNO(mmap(NULL, CHUNK, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0), EINVAL);
	CHECK_ERRNO(mmap(NULL, CHUNK, PROT_READ, MAP_PRIVATE, rd, 0), EINVAL);
	p = MUST(mmap(NULL, CHUNK, PROT_READ, MAP_SHARED, rd, 0));
	CHECK(is_zero(p, CHUNK));
	CHECK_ERRNO(mprotect(p, CHUNK, PROT_READ | PROT_WRITE), EACCES);
	CHECK(touch_signal(p, true) == SIGSEGV);
}

static void pfn_mapping_can_be_cut(void)
{
	char *p = large_map(44), *q;

	CHECK_ERRNO(madvise(p, CHUNK, MADV_DONTNEED), EINVAL);
	CHECK_ERRNO(mremap(p, PFN_LEN, PFN_LEN + CHUNK, MREMAP_MAYMOVE), EFAULT);
	MUST(munmap(p + CHUNK / 2, CHUNK));
	MUST(mprotect(p + 2 * CHUNK + PAGE, PAGE, PROT_READ));
	CHECK(touch_signal(p + CHUNK, false) == SIGSEGV);
	CHECK(touch_signal(p + 2 * CHUNK + PAGE, true) == SIGSEGV);
	CHECK(pattern_check(p, CHUNK / 2, 44, 0) == -1);
	CHECK(pattern_check(p + 3 * CHUNK / 2, PFN_LEN - 3 * CHUNK / 2, 44, 3 * CHUNK / 2) == -1);

	q = MUST(mremap(p + 4 * CHUNK, 2 * CHUNK, 2 * CHUNK, MREMAP_MAYMOVE | MREMAP_FIXED,
			dev_map_aligned(dev_open(), 4 * CHUNK, 0, 0) + CHUNK + PAGE));
	CHECK(pattern_check(q, 2 * CHUNK, 44, 4 * CHUNK) == -1);
	q[0]++;
	CHECK(touch_signal(p + 4 * CHUNK, false) == SIGSEGV);
}

/* A pin, of whatever sort, of memory that is mapped at p. */
static void nobody_pins(char *p)
{
	struct iovec iov = { p, 16 * PAGE }, local = { malloc(PAGE), PAGE };
	struct io_uring_params params = {};
	const int ring = MUST((int)syscall(SYS_io_uring_setup, 2, &params));
	const int mem = MUST(open("/proc/self/mem", O_RDWR | O_CLOEXEC));
	int pipefd[2];

	alarm(HANG_SECONDS);
	MUST(pipe(pipefd));
	CHECK_ERRNO(vmsplice(pipefd[1], &iov, 1, 0), EFAULT);
	CHECK_ERRNO(syscall(SYS_io_uring_register, ring, IORING_REGISTER_BUFFERS, &iov, 1), EFAULT);
	iov.iov_len = PAGE;
	CHECK_ERRNO(process_vm_readv(getpid(), &local, 1, &iov, 1, 0), EFAULT);
	CHECK_ERRNO(pread(mem, local.iov_base, PAGE, (off_t)(uintptr_t)p), EIO);
	alarm(0);
	close(mem);
	close(ring);
	close(pipefd[0]);
	close(pipefd[1]);
}

static void pfn_nobody_pins_large_entries(void)
{
	char *p = large_map(45);

	nobody_pins(p);
	nobody_pins(p + CHUNK - 4 * PAGE);
	CHECK(pattern_check(p, PFN_LEN, 45, 0) == -1);
}

static void pfn_nobody_pins_small_entries(void)
{
	char *p = small_map(46);

	nobody_pins(p + 3 * PAGE);
	CHECK(pattern_check(p, PFN_LEN, 46, 0) == -1);
}

static void pfn_nobody_pins_untouched_memory(void)
{
	nobody_pins(dev_map_aligned(eager_open(), PFN_LEN, 0, 0));
	nobody_pins(dev_map_aligned(dev_open(), PFN_LEN, 0, 0));
}

static void pfn_direct_io_is_refused(void)
{
	char *p = large_map(47), *q = small_map(47);
	int fd;

	if (!disk)
		SKIP("no disk given");
	fd = MUST(open(disk, O_RDWR | O_DIRECT));
	alarm(HANG_SECONDS);
	CHECK_ERRNO(pwrite(fd, p, MIB, 0), EFAULT);
	CHECK_ERRNO(pread(fd, p, MIB, 0), EFAULT);
	CHECK_ERRNO(pwrite(fd, q, MIB, 0), EFAULT);
	CHECK_ERRNO(pread(fd, q, MIB, 0), EFAULT);
	CHECK(pattern_check(p, PFN_LEN, 47, 0) == -1);
	CHECK(pattern_check(q, PFN_LEN, 47, 0) == -1);
}

/* One page of a large entry goes: it is zero for all who map it, its neighbours stay. */
static void pfn_freed_page_is_unmapped(void)
{
	const int fd = eager_open();
	char *p = dev_map_aligned(fd, PFN_LEN, 0, 0), *q = dev_map_aligned(fd, PFN_LEN, 0, 0);
	const uint64_t victim = CHUNK_PAGES + 7;
	const size_t at = victim * PAGE;

	pattern_fill(p, PFN_LEN, 48, 0);
	CHECK(pattern_check(q, PFN_LEN, 48, 0) == -1);
	CHECK(dev_free(fd, victim, 1) == 1);
	CHECK(is_zero(q + at, PAGE));
	CHECK(is_zero(p + at, PAGE));
	CHECK(pattern_check(p, at, 48, 0) == -1);
	CHECK(pattern_check(q + at + PAGE, PFN_LEN - at - PAGE, 48, at + PAGE) == -1);
	CHECK(quarantined() == 0);

	CHECK(dev_free(fd, 0, PFN_LEN / PAGE) == PFN_LEN / PAGE);
	CHECK(free_count() == page_count());
	CHECK(is_zero(p, PFN_LEN));
	CHECK(is_zero(q, PFN_LEN));
}

/* Take all that can be had, which breaks the reservations of others, and fill it. */
static void fill_others(void *arg)
{
	const uint64_t end = now_ms() + stress_seconds * 1000;

	(void)arg;
	while (now_ms() < end) {
		const int fd = dev_open_policy(VMPAGE_MAP_EAGER);
		const long npages = dev_alloc(fd, 0, (uint64_t)page_count());
		char *p;

		if (npages > 0) {
			p = MUST(mmap(NULL, (size_t)npages * PAGE, PROT_READ | PROT_WRITE,
				      MAP_SHARED | MAP_NORESERVE, fd, 0));
			for (long i = 0; i < npages; i++)
				memset(p + (size_t)i * PAGE, 0xee, TOUCH_BYTES);
			MUST(munmap(p, (size_t)npages * PAGE));
		}
		close(fd);
	}
}

static void pfn_race_shows_no_page_of_others(void)
{
	const uint64_t end = now_ms() + stress_seconds * 1000;
	const int fd = eager_open();
	struct touched touched = {
		dev_map_aligned(fd, RACE_PAGES * PAGE, 0, MAP_NORESERVE), RACE_PAGES,
	};
	unsigned int seed = 1;
	pid_t pids[3];

	pids[0] = start_child(touch_ours, &touched);
	pids[1] = start_child(touch_ours, &touched);
	pids[2] = start_child(fill_others, NULL);
	while (now_ms() < end) {
		const unsigned int at = (unsigned int)rand_r(&seed) % (RACE_PAGES - RACE_FREED);

		CHECK(dev_free(fd, at, 1 + at % RACE_FREED) != -1);
		if (at % 64 == 0)
			CHECK(dev_free(fd, 0, RACE_PAGES) != -1);
		if (at % 64 == 1)
			CHECK(dev_alloc(fd, 0, RACE_PAGES) != -1 || errno == ENOMEM);
	}
	children_must_pass(pids, ARRAY_SIZE(pids));
}

#define T(fn)	{ #fn, fn }

const struct test pfn_tests[] = {
	T(pfn_memory_is_zero_and_keeps_its_content),
	T(pfn_reservation_is_mapped_by_one_entry),
	T(pfn_demand_is_mapped_by_pages_until_promoted),
	T(pfn_fork_shares),
	T(pfn_private_mapping_is_refused),
	T(pfn_mapping_can_be_cut),
	T(pfn_nobody_pins_large_entries),
	T(pfn_nobody_pins_small_entries),
	T(pfn_nobody_pins_untouched_memory),
	T(pfn_direct_io_is_refused),
	T(pfn_freed_page_is_unmapped),
	T(pfn_race_shows_no_page_of_others),
};

const size_t pfn_ntests = ARRAY_SIZE(pfn_tests);
