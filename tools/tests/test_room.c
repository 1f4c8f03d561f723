// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Room for entries of 2 MiB, made by moving pages when a first touch needs it. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/mempolicy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "device.h"

#define PIECE_PAGES	100UL		/* too few for a reservation */
#define MAX_PIECES	4096
#define MAP_RECLAIM	"/sys/module/vmpage/parameters/map_reclaim"

static struct piece {
	int fd;
	char *p;
} pieces[MAX_PIECES];

static size_t npieces;

/* Touch some windows, that nothing is promised to, once.  Returns how many are huge. */
static long touch_windows(unsigned int policy, size_t nwindows)
{
	char *p = dev_map_aligned(dev_open_policy(policy), nwindows * CHUNK, 0, MAP_NORESERVE);
	const long before = huge_mapped_kib();

	for (size_t i = 0; i < nwindows; i++)
		CHECK(is_zero(p + i * CHUNK + 5 * PAGE, PAGE));
	return (huge_mapped_kib() - before) / (long)(CHUNK / KIB);
}

/*
 * Map pieces until there are no pages.  A touch that finds 2 MiB in its node comes first:
 * after others that did not, the next ones would not move pages.
 */
static void fill_pool(void)
{
	const struct rlimit files = { MAX_PIECES + 100, MAX_PIECES + 100 };

	MUST(setrlimit(RLIMIT_NOFILE, &files));
	/* So the kernel does not unmap pages to learn who touches them. */
	MUST(syscall(SYS_set_mempolicy, MPOL_LOCAL, NULL, 0));
	run_on_cpu(1);
	CHECK(touch_windows(VMPAGE_MAP_EAGER, 1) == 1);
	for (npieces = 0; npieces < MAX_PIECES; npieces++) {
		struct piece *piece = &pieces[npieces];

		piece->fd = dev_open();
		piece->p = mmap(NULL, PIECE_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
				piece->fd, 0);
		if (piece->p == MAP_FAILED)
			break;
		pattern_fill(piece->p, PIECE_PAGES * PAGE, npieces, 0);
	}
	CHECK(npieces >= 2 * CHUNK_PAGES / PIECE_PAGES && npieces < MAX_PIECES);
}

/* Half of the pool is free then, but nowhere 2 MiB in a row. */
static void free_every_second(void)
{
	for (size_t i = 1; i < npieces; i += 2) {
		MUST(munmap(pieces[i].p, PIECE_PAGES * PAGE));
		close(pieces[i].fd);
	}
}

static void check_the_others(void)
{
	for (size_t i = 0; i < npieces; i += 2)
		CHECK(pattern_check(pieces[i].p, PIECE_PAGES * PAGE, i, 0) < 0);
}

static long blocks_reclaimed(void)
{
	return file_value(DEBUGFS "stats", "v_block_reclaimed");
}

static void set_map_reclaim(const char *value)
{
	const int fd = MUST(open(MAP_RECLAIM, O_WRONLY));

	CHECK(write(fd, value, 1) == 1);
	close(fd);
}

static void first_touch_makes_room(void)
{
	const long before = blocks_reclaimed();

	fill_pool();
	free_every_second();
	CHECK(touch_windows(VMPAGE_MAP_EAGER, 4) == 4);
	CHECK(blocks_reclaimed() >= before + 4);
	check_the_others();
}

static void nobody_makes_room_for_single_pages(void)
{
	const long before = blocks_reclaimed();

	fill_pool();
	free_every_second();
	CHECK(!touch_windows(VMPAGE_MAP_DEMAND, 4));
	CHECK(blocks_reclaimed() == before);
}

static void making_room_can_be_switched_off(void)
{
	const long before = blocks_reclaimed();
	long huge;

	fill_pool();
	free_every_second();
	set_map_reclaim("N");
	huge = touch_windows(VMPAGE_MAP_EAGER, 4);
	set_map_reclaim("Y");
	CHECK(!huge);
	CHECK(blocks_reclaimed() == before);
	check_the_others();
}

const struct test room_tests[] = {
	{ "first_touch_makes_room", first_touch_makes_room },
	{ "nobody_makes_room_for_single_pages", nobody_makes_room_for_single_pages },
	{ "making_room_can_be_switched_off", making_room_can_be_switched_off },
};

const size_t room_ntests = ARRAY_SIZE(room_tests);
