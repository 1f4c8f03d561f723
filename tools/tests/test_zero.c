// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Free superpages that are cleared before somebody touches them. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "device.h"

#define ZERO_AHEAD	"/sys/module/vmpage/parameters/zero_ahead"
#define WINDOWS		4
#define USERS		2

static void set_zero_ahead(const char *value)
{
	const int fd = MUST(open(ZERO_AHEAD, O_WRONLY));

	CHECK(write(fd, value, 1) == 1);
	close(fd);
}

static long stat_of(const char *name)
{
	return file_value(DEBUGFS "stats", name);
}

/* Have all of the pool written to, and free again. */
static void make_pool_dirty(void)
{
	const char *why;

	child_must_pass(dev_overwrite_all, NULL);
	why = pool_is_whole();
	if (why)
		FAIL("%s", why);
}

/* The machine is idle meanwhile. */
static void zero_the_pool(void)
{
	set_zero_ahead("1");
	CHECK(EVENTUALLY(!stat_of("v_unzeroed")));
}

/* Touch some windows; returns how many of their pages were cleared for it. */
static long touch_windows(char **p)
{
	const long zfod = stat_of("v_zfod"), ozfod = stat_of("v_ozfod");

	*p = dev_map_aligned(dev_open_policy(VMPAGE_MAP_EAGER), WINDOWS * CHUNK, 0, 0);
	for (size_t i = 0; i < WINDOWS; i++)
		CHECK(!touch_signal(*p + i * CHUNK, false));
	CHECK(huge_mapped_kib() == WINDOWS * CHUNK / KIB);
	CHECK(is_zero(*p, WINDOWS * CHUNK));
	CHECK(stat_of("v_zfod") - zfod == WINDOWS * CHUNK_PAGES);
	return WINDOWS * CHUNK_PAGES - (stat_of("v_ozfod") - ozfod);
}

static void first_touch_finds_zeros(void)
{
	long before;
	char *p;

	make_pool_dirty();
	CHECK(touch_windows(&p) > 0);
	MUST(munmap(p, WINDOWS * CHUNK));
	before = stat_of("v_zeroed_ahead");
	zero_the_pool();
	CHECK(stat_of("v_zeroed_ahead") - before >= WINDOWS * (long)CHUNK_PAGES);
	CHECK(touch_windows(&p) == 0);
	set_zero_ahead("0");
}

static void check_all_is_zero(void *arg)
{
	const int fd = dev_open();
	const long npages = page_count(), n = dev_alloc(fd, 0, (uint64_t)npages);
	char *p = dev_map_aligned(fd, (size_t)npages * PAGE, 0, MAP_NORESERVE);

	(void)arg;
	CHECK(n > npages / 2 && n < npages);
	CHECK(is_zero(p, (size_t)n * PAGE));
}

static void what_was_written_is_zero_again(void)
{
	for (int i = 0; i < 3; i++) {
		make_pool_dirty();
		zero_the_pool();
		child_must_pass(check_all_is_zero, NULL);
	}
	set_zero_ahead("0");
}

static void off_clears_nothing(void)
{
	long before;

	set_zero_ahead("0");
	make_pool_dirty();
	before = stat_of("v_zeroed_ahead");
	CHECK(stat_of("v_unzeroed") > 0);
	/* Time enough for some of it. */
	usleep(500000);
	CHECK(stat_of("v_zeroed_ahead") == before);
}

/* Use windows, and let the machine be idle now and then. */
static void use_windows(void *arg)
{
	const uint64_t end = now_ms() + stress_seconds * 1000;

	srandom((unsigned int)(uintptr_t)arg);
	while (now_ms() < end) {
		const size_t len = (1 + (size_t)random() % WINDOWS) * CHUNK;
		const int fd = dev_open_policy(VMPAGE_MAP_EAGER);
		char *p = dev_map_aligned(fd, len, 0, 0);

		CHECK(is_zero(p, len));
		memset(p, 0xff, len);
		MUST(munmap(p, len));
		close(fd);
		usleep((useconds_t)random() % 300000);
	}
}

static void users_meet_the_clearing(void)
{
	const long before = stat_of("v_zeroed_ahead");
	pid_t pids[USERS];

	make_pool_dirty();
	set_zero_ahead("1");
	for (size_t i = 0; i < USERS; i++)
		pids[i] = start_child(use_windows, (void *)(uintptr_t)(i + 1));
	children_must_pass(pids, USERS);
	CHECK(EVENTUALLY(stat_of("v_zeroed_ahead") > before));
	set_zero_ahead("0");
}

#define T(fn)	{ #fn, fn }

const struct test zero_tests[] = {
	T(first_touch_finds_zeros),
	T(what_was_written_is_zero_again),
	T(off_clears_nothing),
	T(users_meet_the_clearing),
};

const size_t zero_ntests = ARRAY_SIZE(zero_tests);
