// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * ageing_maps vmpage|thp SEED PHASES MIB - how much of a program's memory is mapped by
 * entries of 2 MiB, as it ages
 *
 * A seeded trace of mappings of random sizes and lifetimes, several filled at a time and
 * a few pages by turns, the middle of some freed early.  Once 90 % of MIB are in use,
 * others have to go for every one that comes.  What the trace does next does not depend
 * on what the memory comes from: /dev/vmpage, or anonymous memory with transparent huge
 * pages.  Prints a line after each phase, in which twice the memory is touched anew:
 * "SIDE phase N live KIB huge KIB possible KIB failed PAGES".  Possible are the 2 MiB of
 * which the mapping covers all, some is touched, and nothing was freed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>
#include "device.h"

#define USE_PERCENT	90
#define MAX_OBJECTS	16384
#define WIDTH		8	/* objects that are being filled */
#define STEP_PAGES	32	/* what one of them gets by turns */
#define TURNOVER	2	/* of all memory in a phase */

/* Lifetimes are counted in pages that are touched meanwhile; times the memory: */
#define LIFETIME	2	/* at most */
#define LONG_LIFETIME	8	/* of one object in 16 */

struct object {
	size_t npages, filled;
	size_t freed, nfreed;	/* from where on, and how many */
	uint64_t death;		/* by the clock */
	char *p;
	int fd;			/* -1: anonymous memory */
};

static struct object *growing[WIDTH];
static struct object *grown[MAX_OBJECTS];
static size_t ngrown;
static uint64_t state, now;
static size_t live, failed, all_pages;
static bool anonymous;

static size_t random_below(size_t limit)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (size_t)(state % limit);
}

/* Many small ones; most of the memory is in the few large ones. */
static size_t random_size(void)
{
	const size_t kind = random_below(100);

	if (kind < 85)
		return 1 + random_below((size_t)1 << (1 + random_below(6)));
	if (kind < 95)
		return 64 + random_below(CHUNK_PAGES - 64);
	return CHUNK_PAGES + random_below(3 * CHUNK_PAGES);
}

/* Either side gets an address at which it can have entries of 2 MiB. */
static void map_object(struct object *o)
{
	const size_t len = o->npages * PAGE;
	const int flags = anonymous ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
	char *hole = MUST(mmap(NULL, len + CHUNK, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));

	o->p = (char *)(((uintptr_t)hole + CHUNK - 1) & ~(CHUNK - 1));
	if (o->p > hole)
		MUST(munmap(hole, (size_t)(o->p - hole)));
	if (hole + CHUNK > o->p)
		MUST(munmap(o->p + len, (size_t)(hole + CHUNK - o->p)));
	o->fd = anonymous ? -1 : dev_open_policy(VMPAGE_MAP_DEFAULT);
	MUST(mmap(o->p, len, PROT_READ | PROT_WRITE, flags | MAP_FIXED | MAP_NORESERVE, o->fd, 0));
}

static struct object *create(void)
{
	struct object *o = calloc(1, sizeof(*o));

	CHECK(o);
	o->npages = random_size();
	map_object(o);
	return o;
}

static void destroy(struct object *o)
{
	live -= o->filled - o->nfreed;
	MUST(munmap(o->p, o->npages * PAGE));
	if (o->fd >= 0)
		close(o->fd);
	free(o);
}

static void destroy_first(void)
{
	size_t first = 0;

	CHECK(ngrown);
	for (size_t i = 1; i < ngrown; i++)
		if (grown[i]->death < grown[first]->death)
			first = i;
	destroy(grown[first]);
	grown[first] = grown[--ngrown];
}

static void free_middle(struct object *o, size_t first, size_t npages)
{
	struct vmpage_range range = {
		.size = sizeof(range), .pindex = first, .npages = npages,
	};

	if (o->fd >= 0)
		MUST(ioctl(o->fd, VMPAGE_IOC_FREE, &range));
	else
		MUST(madvise(o->p + first * PAGE, npages * PAGE, MADV_DONTNEED));
	o->freed = first;
	o->nfreed = npages;
	live -= npages;
}

/* It has all of its pages: when does it die, and is its middle freed before? */
static void finish(struct object *o)
{
	const size_t quarter = o->npages / 4;
	const size_t times = random_below(16) ? LIFETIME : LONG_LIFETIME;

	o->death = now + random_below(times * all_pages);
	if (quarter && !random_below(4)) {
		const size_t first = quarter + random_below(quarter);

		free_middle(o, first, 1 + random_below(quarter));
	}
	CHECK(ngrown < MAX_OBJECTS);
	grown[ngrown++] = o;
}

/* Fill a little of an object.  Returns whether others had to go. */
static bool step(void)
{
	struct object **slot = &growing[random_below(WIDTH)], *o = *slot;
	const size_t left = o->npages - o->filled, n = left < STEP_PAGES ? left : STEP_PAGES;
	bool crowded = false;

	while (live + n > all_pages / 100 * USE_PERCENT) {
		crowded = true;
		destroy_first();
	}
	now += n;
	live += n;
	for (size_t end = o->filled + n; o->filled < end; o->filled++)
		failed += touch_signal(o->p + o->filled * PAGE, true) != 0;
	if (o->filled == o->npages) {
		finish(o);
		*slot = create();
	}
	return crowded;
}

/* Windows of an object that one entry each could map. */
static size_t count_possible(const struct object *o)
{
	size_t n = 0;

	for (size_t end = CHUNK_PAGES; end <= o->npages; end += CHUNK_PAGES) {
		const size_t first = end - CHUNK_PAGES;

		if (o->filled > first &&
		    (!o->nfreed || o->freed >= end || o->freed + o->nfreed <= first))
			n++;
	}
	return n;
}

static size_t count_all_possible(void)
{
	size_t n = 0;

	for (size_t i = 0; i < WIDTH; i++)
		n += count_possible(growing[i]);
	for (size_t i = 0; i < ngrown; i++)
		n += count_possible(grown[i]);
	return n;
}

static void print_phase(const char *side, unsigned int phase)
{
	const long huge = file_value("/proc/self/smaps_rollup",
				     anonymous ? "AnonHugePages" : "FilePmdMapped");

	printf("%s phase %u live %zu huge %ld possible %zu failed %zu\n", side, phase,
	       live * PAGE / KIB, huge, count_all_possible() * CHUNK / KIB, failed);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	const struct rlimit files = { MAX_OBJECTS + 100, MAX_OBJECTS + 100 };
	unsigned int phases;

	if (argc != 5 || (strcmp(argv[1], "vmpage") && strcmp(argv[1], "thp"))) {
		fprintf(stderr, "usage: ageing_maps vmpage|thp SEED PHASES MIB\n");
		return 2;
	}
	anonymous = !strcmp(argv[1], "thp");
	state = strtoull(argv[2], NULL, 10) * 0x9e3779b97f4a7c15ULL + 1;
	phases = (unsigned int)atoi(argv[3]);
	all_pages = (size_t)atol(argv[4]) * MIB / PAGE;
	MUST(setrlimit(RLIMIT_NOFILE, &files));

	for (size_t i = 0; i < WIDTH; i++)
		growing[i] = create();
	/* Phase 0 lasts until the memory is in use. */
	while (!step())
		;
	print_phase(argv[1], 0);
	for (unsigned int phase = 1; phase <= phases; phase++) {
		const uint64_t end = now + TURNOVER * all_pages;

		while (now < end)
			step();
		print_phase(argv[1], phase);
	}
	return 0;
}
