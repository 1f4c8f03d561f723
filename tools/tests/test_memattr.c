// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Memory with an attribute.  What an entry of the page table has of it is told by
 * vmpage_entry.ko, which is loaded by guest.sh.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>
#include "device.h"

#define ENTRY		"/sys/module/vmpage_entry/parameters/addr"
#define RESERVS		"/sys/kernel/debug/vmpage/reserv/memattr"
#define LEN		(2 * CHUNK)
#define RACE_PAGES	(4 * CHUNK_PAGES)

static const struct {
	unsigned int memattr;
	const char *type;
} attrs[] = {
	{ VMPAGE_MEMATTR_WC, "wc" },
	{ VMPAGE_MEMATTR_UC, "uc" },
};

static int setup(int fd, unsigned int memattr, unsigned int color)
{
	struct vmpage_setup arg = {
		.size = sizeof(arg), .map_policy = VMPAGE_MAP_EAGER, .memattr = memattr,
		.color = color,
	};

	return ioctl(fd, VMPAGE_IOC_SETUP, &arg);
}

static int attr_open(unsigned int memattr)
{
	const int fd = MUST(open(DEVICE, O_RDWR | O_CLOEXEC));

	MUST(setup(fd, memattr, 0));
	return fd;
}

struct entry {
	unsigned long kib;		/* that it maps */
	char type[8];			/* of the memory, in this mapping */
	char direct[8];			/* in the kernel's own */
};

static struct entry entry_at(const void *p)
{
	const int fd = MUST(open(ENTRY, O_WRONLY));
	struct entry entry = {};
	char *text;

	MUST(dprintf(fd, "%#lx\n", (unsigned long)p));
	close(fd);
	text = file_text(ENTRY);
	CHECK(text && sscanf(text, "%lu %7s %7s", &entry.kib, entry.type, entry.direct) == 3);
	free(text);
	return entry;
}

static void check_entry(const void *p, const char *type)
{
	const struct entry entry = entry_at(p);

	if (strcmp(entry.type, type) || strcmp(entry.direct, type))
		FAIL("%s and %s, not %s", entry.type, entry.direct, type);
}

/* Can page numbers be mapped by 2 MiB without being pinned? */
static bool has_large_entries(void)
{
	char *line = NULL;
	bool found = false;
	size_t size = 0;
	FILE *f = fopen("/proc/kallsyms", "r");

	CHECK(f);
	while (!found && getline(&line, &size, f) > 0)
		found = strstr(line, " vmf_insert_pfn_pmd\n");
	free(line);
	fclose(f);
	return found;
}

/* Reservations with an attribute: those in use, and those that are to be restored. */
static long reservations(void)
{
	char *text = file_text(RESERVS), *line;
	long domain, number, restoring, sum = 0;

	CHECK(text);
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		if (sscanf(line, "%ld, %ld, %ld", &domain, &number, &restoring) == 3)
			sum += number + restoring;
	}
	free(text);
	return sum;
}

/* The page daemon may be at work on the last of them. */
static bool reservations_are_gone(void)
{
	return EVENTUALLY(!reservations());
}

static void memattr_is_offered(void)
{
	struct vmpage_info info = { .size = sizeof(info) };
	const int fd = MUST(open(DEVICE, O_RDWR | O_CLOEXEC));

	MUST(ioctl(fd, VMPAGE_IOC_INFO, &info));
	CHECK(info.features & VMPAGE_FEATURE_MEMATTR);
}

static void memattr_mapping_has_it(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(attrs); i++) {
		const int fd = attr_open(attrs[i].memattr);
		char *p = dev_map_aligned(fd, LEN, 0, 0);

		CHECK(is_zero(p, LEN));
		pattern_fill(p, LEN, i, 0);
		for (size_t at = 0; at < LEN; at += 64 * PAGE)
			check_entry(p + at, attrs[i].type);
		CHECK(entry_at(p + CHUNK).kib == (has_large_entries() ? CHUNK : PAGE) / KIB);
		CHECK(pattern_check(p, LEN, i, 0) == -1);
		MUST(munmap(p, LEN));
		close(fd);
	}
}

static void memattr_page_by_page_has_it(void)
{
	const int fd = attr_open(VMPAGE_MEMATTR_WC);
	char *p = dev_map_aligned(fd, LEN, 0, 0) + PAGE;

	/* Not aligned to each other. */
	MUST(mmap(p, CHUNK, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0));
	pattern_fill(p, CHUNK, 3, 0);
	CHECK(entry_at(p + 5 * PAGE).kib == PAGE / KIB);
	check_entry(p + 5 * PAGE, "wc");
	MUST(mprotect(p, CHUNK, PROT_READ));
	CHECK(pattern_check(p, CHUNK, 3, 0) == -1);
	check_entry(p + 5 * PAGE, "wc");
}

static void check_in_child(void *arg)
{
	char *p = arg;

	CHECK(pattern_check(p, LEN, 5, 0) == -1);
	check_entry(p, "wc");
	pattern_fill(p, LEN, 6, 0);
}

static void memattr_mappings_share(void)
{
	const int fd = attr_open(VMPAGE_MEMATTR_WC);
	char *p = dev_map_aligned(fd, LEN, 0, 0), *q = dev_map(fd, LEN, 0);

	pattern_fill(p, LEN, 5, 0);
	CHECK(pattern_check(q, LEN, 5, 0) == -1);
	child_must_pass(check_in_child, p);
	CHECK(pattern_check(q, LEN, 6, 0) == -1);
	check_entry(q, "wc");
	CHECK(dev_promote(fd, p, LEN) == (long)(LEN / CHUNK));
	CHECK(pattern_check(p, LEN, 6, 0) == -1);
	check_entry(p, "wc");
}

static void memattr_is_refused_where_it_cannot_be(void)
{
	const int fd = MUST(open(DEVICE, O_RDWR | O_CLOEXEC));

	CHECK_ERRNO(setup(fd, VMPAGE_MEMATTR_UC + 1, 0), EOPNOTSUPP);
	CHECK_ERRNO(setup(fd, VMPAGE_MEMATTR_WC, 1), EINVAL);
	MUST(setup(fd, VMPAGE_MEMATTR_WC, 0));
	MUST(setup(fd, VMPAGE_MEMATTR_DEFAULT, 0));
	check_entry(memset(dev_map(fd, PAGE, 0), 1, PAGE), "wb");
	CHECK_ERRNO(setup(fd, VMPAGE_MEMATTR_WC, 0), EBUSY);
	CHECK_ERRNO(setup(fd, VMPAGE_MEMATTR_DEFAULT, 0), EBUSY);
}

static void memattr_reserves_whole_windows(void)
{
	const int fd = attr_open(VMPAGE_MEMATTR_UC);
	const long npages = free_count();

	CHECK(dev_reserve(fd, 5, 1) == CHUNK_PAGES);
	CHECK(free_count() == npages - (long)CHUNK_PAGES);
	CHECK(dev_reserve(fd, 0, CHUNK_PAGES) == 0);
	CHECK(dev_reserve(fd, CHUNK_PAGES - 1, 2) == CHUNK_PAGES);
	CHECK(free_count() == npages - 2 * (long)CHUNK_PAGES);
	CHECK(reservations() == 2);
	CHECK(dev_query(fd, 2 * CHUNK_PAGES - 1).state == VMPAGE_PAGE_RESIDENT);
	CHECK(dev_query(fd, 2 * CHUNK_PAGES).state == 0);

	CHECK_ERRNO(dev_reserve(fd, 0, (uint64_t)npages + 1), ENOMEM);
	CHECK_ERRNO(dev_reserve(fd, 0, (uint64_t)npages), ENOMEM);
	CHECK(dev_query(fd, 2 * CHUNK_PAGES).state == 0);
	MUST(dev_reserve(fd, 2 * CHUNK_PAGES, 1));
}

static long count_resident(int fd, uint64_t npages)
{
	long count = 0;

	for (uint64_t i = 0; i < npages; i++)
		count += dev_query(fd, i).state == VMPAGE_PAGE_RESIDENT;
	return count;
}

/*
 * Leave a page of each superpage to an object, so that none is free.  Returns the index
 * of one of these pages.
 */
static uint64_t fragment(int fd)
{
	const size_t nchunks = (size_t)page_count() / CHUNK_PAGES;
	const long npages = MUST(dev_alloc(fd, 0, (uint64_t)page_count()));
	uint64_t *seen = calloc(nchunks, sizeof(*seen)), last = 0;
	size_t nseen = 0;

	for (uint64_t i = 0; i < (uint64_t)npages; i++) {
		const uint64_t chunk = dev_query(fd, i).pa / CHUNK;
		size_t j = 0;

		while (j < nseen && seen[j] != chunk)
			j++;
		if (j < nseen) {
			CHECK(dev_free(fd, i, 1) == 1);
			continue;
		}
		CHECK(nseen < nchunks);
		seen[nseen++] = chunk;
		last = i;
	}
	CHECK(nseen == nchunks);
	free(seen);
	return last;
}

static void memattr_needs_whole_superpages(void)
{
	const int other = dev_open(), fd = attr_open(VMPAGE_MEMATTR_WC);
	const uint64_t last = fragment(other);
	const long npages = free_count();
	char *p;

	CHECK_ERRNO(dev_reserve(fd, 0, 1), ENOMEM);
	CHECK_ERRNO(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0), ENOMEM);
	CHECK(count_resident(fd, CHUNK_PAGES) == 0);
	CHECK(reservations_are_gone());
	CHECK(free_count() == npages);

	/* Without a reservation it is known at the first touch. */
	p = MUST(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0));
	set_fault_timeout(50);
	CHECK(touch_signal(p, true) == SIGBUS);
	set_fault_timeout(10000);
	CHECK(dev_free(other, last, 1) == 1);
	memset(p, 1, PAGE);
	check_entry(p, "wc");
}

static void memattr_free_pages_are_its_own(void)
{
	const int fd = attr_open(VMPAGE_MEMATTR_WC);
	char *p = dev_map_aligned(fd, LEN, 0, 0);
	int others;

	pattern_fill(p, LEN, 8, 0);
	CHECK(dev_free(fd, 7, 100) == 100);
	others = dev_take_all();
	/* There is no page left, but these. */
	CHECK(is_zero(p + 7 * PAGE, 100 * PAGE));
	CHECK(pattern_check(p, 7 * PAGE, 8, 0) == -1);
	CHECK(pattern_check(p + 107 * PAGE, LEN - 107 * PAGE, 8, 107 * PAGE) == -1);
	check_entry(p + 7 * PAGE, "wc");
	close(others);

	/* With its last page a window goes to others. */
	CHECK(dev_free(fd, 0, LEN / PAGE) == LEN / PAGE);
	others = dev_take_all();
	CHECK(reservations_are_gone());
	close(others);
	CHECK(is_zero(p, LEN));
	CHECK(reservations() == LEN / CHUNK);
}

static void memattr_memory_stays_under_pressure(void)
{
	const int fd = attr_open(VMPAGE_MEMATTR_UC);
	char *p = dev_map_aligned(fd, LEN, 0, 0);
	const uint64_t pa = dev_query(fd, CHUNK_PAGES + 1).pa;

	CHECK(dev_free(fd, 0, CHUNK_PAGES - 1) == CHUNK_PAGES - 1);
	pattern_fill(p + CHUNK - PAGE, CHUNK + PAGE, 9, 0);
	for (int i = 0; i < 3; i++) {
		const int others = dev_take_all();
		char *q = dev_map(others, 4 * CHUNK, 0);

		memset(q, 0xee, 4 * CHUNK);
		MUST(munmap(q, 4 * CHUNK));
		close(others);
	}
	CHECK(pattern_check(p + CHUNK - PAGE, CHUNK + PAGE, 9, 0) == -1);
	CHECK(dev_query(fd, CHUNK_PAGES + 1).pa == pa);
	check_entry(p + CHUNK - PAGE, "uc");
	check_entry(p + CHUNK, "uc");
}

/* Where the chunk is mapped that had an attribute, among all pages that others can have. */
static const char *find_chunk(int fd, const char *p, size_t npages, uint64_t pa)
{
	for (size_t i = 0; i < npages; i++) {
		const struct vmpage_page page = dev_query(fd, i);

		if (page.state == VMPAGE_PAGE_RESIDENT && page.pa / CHUNK == pa / CHUNK)
			return p + i * PAGE;
	}
	return NULL;
}

static void memattr_memory_is_ordinary_again(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(attrs); i++) {
		const int fd = attr_open(attrs[i].memattr), other = dev_open();
		char *p = dev_map_aligned(fd, LEN, 0, 0), *q;
		const uint64_t pa = dev_query(fd, 0).pa;
		const char *found;
		long npages;

		pattern_fill(p, LEN, 10, 0);
		check_entry(p, attrs[i].type);
		MUST(munmap(p, LEN));
		close(fd);
		CHECK(!pool_is_whole());
		CHECK(reservations_are_gone());

		npages = MUST(dev_alloc(other, 0, (uint64_t)page_count()));
		q = MUST(mmap(NULL, (size_t)npages * PAGE, PROT_READ, MAP_SHARED | MAP_NORESERVE,
			      other, 0));
		found = find_chunk(other, q, (size_t)npages, pa);
		CHECK(found);
		CHECK(is_zero(found, PAGE));
		check_entry(found, "wb");
		MUST(munmap(q, (size_t)npages * PAGE));
		close(other);
	}
}

static void memattr_nobody_pins(void)
{
	const int fd = attr_open(VMPAGE_MEMATTR_WC);
	char *p = dev_map_aligned(fd, LEN, 0, 0), byte;
	struct iovec iov = { p, 4 * PAGE }, local = { &byte, 1 };
	int pipefd[2];

	pattern_fill(p, LEN, 11, 0);
	MUST(pipe(pipefd));
	CHECK_ERRNO(vmsplice(pipefd[1], &iov, 1, 0), EFAULT);
	iov.iov_len = 1;
	CHECK_ERRNO(process_vm_readv(getpid(), &local, 1, &iov, 1, 0), EFAULT);
	if (disk) {
		const int raw = MUST(open(disk, O_RDWR | O_DIRECT));

		CHECK_ERRNO(pread(raw, p, MIB, 0), EFAULT);
		CHECK_ERRNO(pwrite(raw, p, MIB, 0), EFAULT);
	}
	CHECK(pattern_check(p, LEN, 11, 0) == -1);
}

/* Ordinary memory that comes from where the attribute was, and goes there. */
static void fill_others(void *arg)
{
	const uint64_t end = now_ms() + stress_seconds * 1000;

	(void)arg;
	while (now_ms() < end) {
		const int fd = dev_open_policy(VMPAGE_MAP_EAGER);
		char *p = dev_map(fd, 8 * CHUNK, 0);

		for (size_t at = 0; at < 8 * CHUNK; at += PAGE) {
			CHECK(is_zero(p + at, TOUCH_BYTES));
			memset(p + at, 0xee, TOUCH_BYTES);
		}
		MUST(munmap(p, 8 * CHUNK));
		close(fd);
	}
}

static void memattr_race_of_windows_that_come_and_go(void)
{
	const uint64_t end = now_ms() + stress_seconds * 1000;
	const int fd = attr_open(VMPAGE_MEMATTR_WC);
	struct touched touched = {
		dev_map_aligned(fd, RACE_PAGES * PAGE, 0, MAP_NORESERVE), RACE_PAGES,
	};
	unsigned int seed = 1;
	pid_t pids[3];

	pids[0] = start_child(touch_ours, &touched);
	pids[1] = start_child(touch_ours, &touched);
	pids[2] = start_child(fill_others, NULL);
	while (now_ms() < end) {
		const unsigned int at = (unsigned int)rand_r(&seed) % (RACE_PAGES / 2);

		MUST(dev_free(fd, at, 1 + at));
		if (at % 8 == 0)
			MUST(dev_free(fd, 0, RACE_PAGES));
		if (at % 8 == 1)
			MUST(dev_reserve(fd, 0, RACE_PAGES));
	}
	children_must_pass(pids, ARRAY_SIZE(pids));
}

#define T(fn)	{ #fn, fn }

const struct test memattr_tests[] = {
	T(memattr_is_offered),
	T(memattr_mapping_has_it),
	T(memattr_page_by_page_has_it),
	T(memattr_mappings_share),
	T(memattr_is_refused_where_it_cannot_be),
	T(memattr_reserves_whole_windows),
	T(memattr_needs_whole_superpages),
	T(memattr_free_pages_are_its_own),
	T(memattr_memory_stays_under_pressure),
	T(memattr_memory_is_ordinary_again),
	T(memattr_nobody_pins),
	T(memattr_race_of_windows_that_come_and_go),
};

const size_t memattr_ntests = ARRAY_SIZE(memattr_tests);
