// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Pages that are moved under running programs; vmpage_move.ko, which has them moved, is
 * loaded by guest.sh.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>
#include "device.h"

/*
 * Leave a page of each window resident, so that no window is free, and return how many
 * windows there are.
 */
static size_t fragment(int *fd, char **map)
{
	const size_t nwindows = (size_t)page_count() / CHUNK_PAGES;
	long n;

	*fd = dev_open();
	*map = MUST(mmap(NULL, nwindows * CHUNK, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_NORESERVE, *fd, 0));
	n = dev_alloc(*fd, 0, nwindows * CHUNK_PAGES);
	CHECK(n > 0);
	pattern_fill(*map, (size_t)n * PAGE, 1, 0);
	for (size_t i = 0; i < nwindows; i++)
		CHECK(dev_free(*fd, i * CHUNK_PAGES, CHUNK_PAGES - 1) != -1);
	return nwindows;
}

static void check_fragments(const char *map, size_t nwindows)
{
	for (size_t i = 0; i < nwindows; i++) {
		const size_t off = (i + 1) * CHUNK - PAGE;

		if (!is_zero(map + off, PAGE))
			CHECK(pattern_check(map + off, PAGE, 1, off) < 0);
	}
}

/* Of the pages that fragment() left, how many are not where they were? */
static size_t count_moved(int fd, const uint64_t *before, size_t nwindows)
{
	size_t moved = 0;

	for (size_t i = 0; i < nwindows; i++)
		moved += before[i] != dev_query(fd, (i + 1) * CHUNK_PAGES - 1).pa;
	return moved;
}

/*
 * Have longer and longer runs cleared until a page had to move: some windows are free,
 * as nobody gets the last pages of the pool.
 */
static size_t move_some(int fd, const uint64_t *before, size_t nwindows)
{
	size_t moved = 0;

	for (unsigned int n = 1; n <= nwindows / 2 && !moved; n *= 2) {
		(void)clear_run(n * CHUNK_PAGES);
		moved = count_moved(fd, before, nwindows);
	}
	return moved;
}

static void moved_pages_keep_their_content(void)
{
	size_t nwindows;
	uint64_t *before;
	char *map;
	int fd;

	nwindows = fragment(&fd, &map);
	before = calloc(nwindows, sizeof(*before));
	for (size_t i = 0; i < nwindows; i++)
		before[i] = dev_query(fd, (i + 1) * CHUNK_PAGES - 1).pa;
	CHECK(move_some(fd, before, nwindows) > 0);
	check_fragments(map, nwindows);
	free(before);
}

/* What was mapped by 2 MiB is mapped by 4 KiB where a page of it was moved. */
static void superpages_move_page_by_page(void)
{
	const long npages = page_count();
	const size_t len = (size_t)npages / 2 / CHUNK_PAGES * CHUNK;
	const int fd = dev_open_policy(VMPAGE_MAP_EAGER);
	char *p = dev_map(fd, len, 0);

	pattern_fill(p, len, 2, 0);
	/* Longer than what is free, so that some of it has to move. */
	for (unsigned int i = 0; i < 4; i++)
		(void)clear_run(4 * CHUNK_PAGES);
	CHECK(pattern_check(p, len, 2, 0) < 0);
}

struct writer {
	pthread_t thread;
	char *p;
	size_t npages;
	volatile bool stop;
	volatile bool wrong;
};

/* Each word counts the rounds: none may be lost. */
static void *writer_fn(void *arg)
{
	struct writer *w = arg;

	for (uint64_t round = 0; !w->stop; round++) {
		for (size_t i = 0; i < w->npages; i++) {
			volatile uint64_t *word = (volatile uint64_t *)(w->p + i * PAGE);

			if (*word != round)
				w->wrong = true;
			*word = round + 1;
		}
	}
	return NULL;
}

static void writers_lose_nothing_while_pages_move(void)
{
	struct writer writers[2] = {};
	size_t nwindows, cleared = 0;
	char *map;
	int fd;

	nwindows = fragment(&fd, &map);
	for (size_t i = 0; i < ARRAY_SIZE(writers); i++) {
		writers[i].p = dev_map_new(64 * PAGE);
		writers[i].npages = 64;
		CHECK(!pthread_create(&writers[i].thread, NULL, writer_fn, &writers[i]));
	}
	for (unsigned int i = 0; i < 60; i++)
		cleared += !clear_run(i % 2 ? CHUNK_PAGES : 64);
	for (size_t i = 0; i < ARRAY_SIZE(writers); i++) {
		writers[i].stop = true;
		pthread_join(writers[i].thread, NULL);
		CHECK(!writers[i].wrong);
	}
	CHECK(cleared > 0);
	check_fragments(map, nwindows);
}

/* A pipe refers to the page that is left of each window. */
static void pinned_pages_stay(void)
{
	size_t nwindows;
	uint64_t *before;
	int fd, pipes[2];
	char *map;

	nwindows = fragment(&fd, &map);
	before = calloc(nwindows, sizeof(*before));
	MUST(pipe(pipes));
	MUST(fcntl(pipes[1], F_SETPIPE_SZ, (int)(2 * nwindows * PAGE)));
	for (size_t i = 0; i < nwindows; i++) {
		struct iovec iov = { map + (i + 1) * CHUNK - PAGE, PAGE };

		CHECK(vmsplice(pipes[1], &iov, 1, 0) == PAGE);
		before[i] = dev_query(fd, (i + 1) * CHUNK_PAGES - 1).pa;
	}
	CHECK(move_some(fd, before, nwindows) == 0);
	check_fragments(map, nwindows);
	close(pipes[0]);
	close(pipes[1]);
	CHECK(move_some(fd, before, nwindows) > 0);
	check_fragments(map, nwindows);
	free(before);
}

#define T(fn)	{ #fn, fn }

const struct test move_tests[] = {
	T(moved_pages_keep_their_content),
	T(superpages_move_page_by_page),
	T(writers_lose_nothing_while_pages_move),
	T(pinned_pages_stay),
};

const size_t move_ntests = ARRAY_SIZE(move_tests);
