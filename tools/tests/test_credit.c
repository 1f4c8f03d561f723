// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Space is reserved when it is mapped; who reserved it never sees SIGBUS. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "device.h"

/* Fill pages until one cannot be had; returns how many there were. */
static size_t fill_until_sigbus(char *p, size_t npages, uint64_t seed)
{
	size_t n;

	set_fault_timeout(50);
	n = touch_pages(p, npages);
	pattern_fill(p, n * PAGE, seed, 0);
	return n;
}

static void mapping_takes_its_pages_at_once(void)
{
	const long npages = page_count();
	const int fd = dev_open();
	char *p = dev_map(fd, 8 * MIB, 0);

	CHECK(free_count() == npages - 2048);
	memset(p, 1, 8 * MIB);
	CHECK(free_count() == npages - 2048);
	MUST(munmap(p, 8 * MIB));
	CHECK(free_count() == npages - 2048);
	close(fd);
	CHECK(free_count() == npages);
}

static void untouched_mapping_gives_its_pages_back(void)
{
	const long npages = page_count();
	char *p = dev_map_new(64 * MIB);

	CHECK(free_count() == npages - 16384);
	p[5 * MIB] = 1;
	MUST(munmap(p, 64 * MIB));
	CHECK(free_count() == npages);
}

/* What is resident or reserved already is not reserved again. */
static void second_mapping_of_a_range_is_free(void)
{
	const long npages = page_count();
	const int fd = dev_open();
	char *p = dev_map(fd, 4 * MIB, 0);

	memset(p, 1, MIB);
	dev_map(fd, 4 * MIB, 0);
	CHECK(free_count() == npages - 1024);
	dev_map(fd, 4 * MIB, 2 * MIB);
	CHECK(free_count() == npages - 1536);
}

/*
 * A mapping right behind another of the same file: the kernel makes one of the
 * two, and has to ask all the same.
 */
static void adjacent_mapping_is_reserved_too(void)
{
	const long npages = page_count();
	const int fd = dev_open();
	char *hole = MUST(mmap(NULL, 128 * MIB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));

	for (size_t off = 0; off < 12 * MIB; off += 4 * MIB) {
		MUST(mmap(hole + off, 4 * MIB, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd,
			  (off_t)off));
		CHECK(free_count() == npages - (long)((off + 4 * MIB) / PAGE));
	}
	CHECK_ERRNO(mmap(hole + 12 * MIB, 96 * MIB, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_FIXED, fd, 12 * MIB), ENOMEM);
	CHECK(free_count() == npages - (long)(12 * MIB / PAGE));
	memset(hole, 1, 12 * MIB);
	CHECK(free_count() == npages - (long)(12 * MIB / PAGE));
}

static void more_than_the_pool_is_enomem(void)
{
	const int fd = dev_open();
	const size_t npages = (size_t)page_count();

	CHECK_ERRNO(mmap(NULL, (npages + 1) * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0),
		    ENOMEM);
	/* A refused mapping took nothing. */
	CHECK(free_count() == (long)npages);
}

static void what_others_reserved_is_enomem(void)
{
	const long npages = page_count();
	char *p = dev_map_new(64 * MIB);
	const int fd = dev_open();

	CHECK_ERRNO(mmap(NULL, (size_t)(npages - 16384 + 1) * PAGE, PROT_READ | PROT_WRITE,
			 MAP_SHARED, fd, 0), ENOMEM);
	CHECK(free_count() == npages - 16384);
	MUST(munmap(p, 64 * MIB));
	dev_map(fd, 80 * MIB, 0);
}

static void noreserve_takes_nothing_until_touched(void)
{
	const long npages = page_count();
	char *p = dev_map_noreserve(16 * (size_t)npages * PAGE);

	CHECK(free_count() == npages);
	for (size_t i = 0; i < 100; i++)
		p[i * 16 * PAGE] = 1;
	CHECK(free_count() == npages - 100);
}

static void noreserve_beyond_the_pool_is_sigbus(void)
{
	const size_t npages = (size_t)page_count();
	char *p = dev_map_noreserve(2 * npages * PAGE);
	const size_t n = fill_until_sigbus(p, 2 * npages, 30);

	CHECK(n > npages / 2);
	CHECK(n <= npages);
	CHECK(pattern_check(p, n * PAGE, 30, 0) == -1);
}

static void reserving_program_never_sees_sigbus(void)
{
	const size_t npages = (size_t)page_count(), len = 32 * MIB;
	char *mine = dev_map_new(len);
	char *other = dev_map_noreserve(2 * npages * PAGE);
	const size_t n = fill_until_sigbus(other, 2 * npages, 31);

	CHECK(n < npages - len / PAGE + 1);
	CHECK(fill_until_sigbus(mine, len / PAGE, 32) == len / PAGE);
	CHECK(pattern_check(mine, len, 32, 0) == -1);
	CHECK(pattern_check(other, n * PAGE, 31, 0) == -1);
}

/* Reserving for a range that was overcommitted makes the rest of it safe. */
static void mapping_again_reserves_an_overcommitted_range(void)
{
	const long npages = page_count();
	const int fd = dev_open();
	char *p = MUST(mmap(NULL, 8 * MIB, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE,
			    fd, 0));

	memset(p, 1, MIB);
	CHECK(free_count() == npages - 256);
	dev_map(fd, 8 * MIB, 0);
	CHECK(free_count() == npages - 2048);
}

static void memory_after_sigbus_can_be_had_again(void)
{
	const size_t npages = (size_t)page_count();
	char *other = dev_map_new(64 * MIB);
	char *p = dev_map_noreserve(2 * npages * PAGE);
	const size_t n = fill_until_sigbus(p, 2 * npages, 33);

	CHECK(n < npages);
	MUST(munmap(other, 64 * MIB));
	CHECK(!touch_signal(p + n * PAGE, true));
}

static void refused_mappings_cost_no_memory(void)
{
	const size_t len = (size_t)page_count() * PAGE;
	const int fd = dev_open();
	long before;

	dev_map(fd, CHUNK, 0);
	before = file_value("/proc/meminfo", "SUnreclaim");
	for (off_t i = 1; i <= 2000; i++)
		CHECK_ERRNO(mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
				 i * (off_t)len), ENOMEM);
	CHECK(file_value("/proc/meminfo", "SUnreclaim") - before < 2048);
}

#define PROMISED	(8 * MIB)	/* each of two mappings of a range */
#define APART		(3 * MIB)
#define PROMISED_PAGES	((long)((PROMISED + APART) / PAGE))

static void fill_promised(char *p, char *q)
{
	CHECK(touch_pages(q, PROMISED / PAGE) == PROMISED / PAGE);
	CHECK(touch_pages(p, PROMISED / PAGE) == PROMISED / PAGE);
	pattern_fill(p, PROMISED, 34, 0);
	CHECK(pattern_check(q, PROMISED - APART, 34, APART) == -1);
}

/*
 * What was promised is there when requests of a class have taken all but the pages that
 * they leave to others, which stand in the statistics; and nothing else is.
 */
static void kernel_takes_all_but(const char *limit, const char *class, unsigned int map_policy)
{
	const long npages = page_count(), nfree = npages - PROMISED_PAGES - 1;
	const long left = limit ? file_value(DEBUGFS "stats", limit) : 0;
	const int fd = dev_open_policy(map_policy);
	char *p = dev_map(fd, PROMISED, 0), *q = dev_map(fd, PROMISED, APART);
	char *other = dev_map_noreserve(CHUNK);

	set_fault_timeout(50);
	CHECK(!touch_signal(other, true));
	CHECK(free_count() == nfree);
	/* What another CPU keeps is free again a moment after a request has failed. */
	CHECK(EVENTUALLY(kernel_takes(class) == nfree - left));
	CHECK(free_count() == left);

	CHECK_ERRNO(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, dev_open(), 0), ENOMEM);
	CHECK(touch_signal(other + PAGE, true) == SIGBUS);
	fill_promised(p, q);
	CHECK(touch_signal(other + PAGE, true) == SIGBUS);
	CHECK(free_count() == left);
	CHECK(file_value(DEBUGFS "stats", "v_promised") == 0);

	kernel_takes("none");
	CHECK(free_count() == nfree);
	CHECK(!touch_signal(other + PAGE, true));
	CHECK(pattern_check(p, PROMISED, 34, 0) == -1);
	MUST(munmap(p, PROMISED));
	MUST(munmap(q, PROMISED));
	MUST(munmap(other, CHUNK));
	close(fd);
	CHECK(free_count() == npages);
}

static void promises_hold_when_normal_requests_take_all(void)
{
	kernel_takes_all_but("v_free_reserved", "normal", VMPAGE_MAP_DEMAND);
	kernel_takes_all_but("v_free_reserved", "normal", VMPAGE_MAP_EAGER);
}

static void promises_hold_when_system_requests_take_all(void)
{
	kernel_takes_all_but("v_interrupt_free_min", "system", VMPAGE_MAP_DEMAND);
}

static void promises_hold_when_interrupt_requests_take_all(void)
{
	kernel_takes_all_but(NULL, "interrupt", VMPAGE_MAP_DEMAND);
}

#define T(fn)	{ #fn, fn }

const struct test credit_tests[] = {
	T(mapping_takes_its_pages_at_once),
	T(untouched_mapping_gives_its_pages_back),
	T(second_mapping_of_a_range_is_free),
	T(adjacent_mapping_is_reserved_too),
	T(more_than_the_pool_is_enomem),
	T(what_others_reserved_is_enomem),
	T(noreserve_takes_nothing_until_touched),
	T(noreserve_beyond_the_pool_is_sigbus),
	T(reserving_program_never_sees_sigbus),
	T(mapping_again_reserves_an_overcommitted_range),
	T(memory_after_sigbus_can_be_had_again),
	T(refused_mappings_cost_no_memory),
	T(promises_hold_when_normal_requests_take_all),
	T(promises_hold_when_system_requests_take_all),
	T(promises_hold_when_interrupt_requests_take_all),
};

const size_t credit_ntests = ARRAY_SIZE(credit_tests);
