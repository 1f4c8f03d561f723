// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Reservations: what they are to programs, in debugfs reserv/, and in the trace events. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/mempolicy.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "device.h"

#define TRACEFS		"/sys/kernel/tracing/"
#define MAX_EVENTS	1000
#define NCHILDREN	4

struct event {
	char name[16];			/* after vm_reserv_ */
	unsigned long long pa, pindex;
	unsigned int popcnt;
	int domain;
};

static struct event events[MAX_EVENTS];
static size_t nevents;

static void write_file(const char *path, const char *text)
{
	const int fd = MUST(open(path, O_WRONLY | O_TRUNC));

	CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

/* The events are enabled, by guest.sh. */
static void trace_start(void)
{
	write_file(TRACEFS "trace", " ");
	write_file(TRACEFS "tracing_on", "1");
}

static void trace_stop(void)
{
	char *text, *line;

	write_file(TRACEFS "tracing_on", "0");
	text = file_text(TRACEFS "trace");
	CHECK(text);
	nevents = 0;
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		struct event *event = &events[nevents];
		const char *p = strstr(line, ": vm_reserv_");

		if (!p)
			continue;
		CHECK(nevents < MAX_EVENTS);
		CHECK(sscanf(p, ": vm_reserv_%15[a-z]: pa=%llx pindex=%llu popcnt=%u domain=%d",
			     event->name, &event->pa, &event->pindex, &event->popcnt,
			     &event->domain) == 5);
		nevents++;
	}
	free(text);
}

static size_t count_events(const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < nevents; i++)
		n += !strcmp(events[i].name, name);
	return n;
}

static bool event_is(size_t i, const char *name, uint64_t pindex, unsigned int popcnt)
{
	return i < nevents && !strcmp(events[i].name, name) && events[i].pindex == pindex &&
	       events[i].popcnt == popcnt && (events[i].domain == 0 || events[i].domain == 1) &&
	       events[i].pa && !(events[i].pa % CHUNK);
}

/* The number that is all of a file of reserv/. */
static long reserv_value(const char *name)
{
	char path[64], *text, *end;
	long value;

	snprintf(path, sizeof(path), DEBUGFS "reserv/%s", name);
	text = file_text(path);
	CHECK(text);
	value = strtol(text, &end, 10);
	CHECK(end > text && !strcmp(end, "\n"));
	free(text);
	return value;
}

/* The table of the domains 0 and 1, with these sizes in KiB and numbers. */
static bool partpopq_is(int domain, long size, long number)
{
	char want[200], *text = file_text(DEBUGFS "reserv/partpopq");
	bool good;

	CHECK(text);
	snprintf(want, sizeof(want),
		 "\nDOMAIN    LEVEL     SIZE  NUMBER\n\n     0,      -1, %6ldK, %6ld\n     1,      -1, %6ldK, %6ld\n",
		 domain ? 0 : size, domain ? 0 : number, domain ? size : 0, domain ? number : 0);
	good = !strcmp(text, want);
	free(text);
	return good;
}

static void bind_to_node(unsigned long node)
{
	unsigned long mask = 1UL << node;

	MUST(syscall(SYS_set_mempolicy, MPOL_BIND, &mask, 8 * sizeof(mask)));
}

static void run_on_cpu_0(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	MUST(sched_setaffinity(0, sizeof(set), &set));
}

static void files_have_freebsds_form(void)
{
	CHECK(partpopq_is(0, 0, 0));
	CHECK(reserv_value("broken") >= 0);
	CHECK(reserv_value("freed") >= 0);
	CHECK(reserv_value("reclaimed") >= 0);
	CHECK(reserv_value("fullpop") == 0);
}

static void window_fills_one_superpage(void)
{
	const long freed = reserv_value("freed"), broken = reserv_value("broken");
	const int fd = dev_open();
	uint64_t pa;
	char *p;

	bind_to_node(1);
	trace_start();
	p = dev_map_aligned(fd, CHUNK, 0, 0);
	p[9 * PAGE] = 1;
	CHECK(partpopq_is(1, 2044, 1));
	CHECK(reserv_value("fullpop") == 0);
	memset(p, 1, CHUNK);
	CHECK(partpopq_is(1, 0, 0));
	CHECK(reserv_value("fullpop") == 1);
	pa = phys_addr(p);
	for (size_t i = 0; i < CHUNK_PAGES; i++)
		CHECK(phys_addr(p + i * PAGE) == pa + i * PAGE);
	MUST(munmap(p, CHUNK));
	CHECK(reserv_value("fullpop") == 1);
	close(fd);
	trace_stop();

	CHECK(nevents == 2);
	CHECK(event_is(0, "new", 0, 0));
	CHECK(event_is(1, "full", 0, CHUNK_PAGES));
	CHECK(events[0].pa == pa && events[1].pa == pa);
	CHECK(events[0].domain == 1 && events[1].domain == 1);
	CHECK(reserv_value("fullpop") == 0);
	CHECK(reserv_value("freed") == freed + 1);
	CHECK(reserv_value("broken") == broken);
}

/* Of an object of many windows each has a reservation of its own. */
static void each_window_has_its_reservation(void)
{
	const long npages = page_count();
	const int fd = dev_open();
	char *p;

	bind_to_node(0);
	trace_start();
	p = dev_map_aligned(fd, 4 * CHUNK, CHUNK, 0);
	for (size_t i = 0; i < 4; i++)
		p[i * CHUNK + 7 * PAGE] = 1;
	trace_stop();
	CHECK(nevents == 4);
	for (size_t i = 0; i < 4; i++)
		CHECK(event_is(i, "new", (i + 1) * CHUNK_PAGES, 0));
	CHECK(partpopq_is(0, 4L * 2044, 4));
	CHECK(free_count() == npages - 4 * (long)CHUNK_PAGES);
}

static void fill_all(char *p, size_t len)
{
	set_fault_timeout(50);
	touch_pages(p, len / PAGE);
}

/* Each reservation that a request without a page chooses is broken at once. */
static void pressure_reclaims_and_breaks(void)
{
	const long reclaimed = reserv_value("reclaimed"), broken = reserv_value("broken");
	const size_t len = (size_t)page_count() * PAGE;
	char *idle, *greedy;
	size_t n;

	run_on_cpu_0();
	idle = dev_map_noreserve(8 * CHUNK + CHUNK);
	for (size_t i = 0; i < 8; i++)
		idle[i * CHUNK] = 1;
	greedy = dev_map_noreserve(2 * len);
	trace_start();
	fill_all(greedy, 2 * len);
	trace_stop();

	n = count_events("reclaim");
	CHECK(n >= 7);
	CHECK(count_events("break") == n);
	for (size_t i = 0; i < nevents; i++) {
		if (strcmp(events[i].name, "reclaim"))
			continue;
		CHECK(event_is(i + 1, "break", events[i].pindex, events[i].popcnt));
		CHECK(events[i + 1].pa == events[i].pa);
		CHECK(events[i].popcnt > 0 && events[i].popcnt < CHUNK_PAGES);
	}
	CHECK(reserv_value("reclaimed") == reclaimed + (long)n);
	CHECK(reserv_value("broken") == broken + (long)n);
	for (size_t i = 0; i < 8; i++)
		CHECK(idle[i * CHUNK] == 1);
}

struct share {
	size_t len;
	int ready, start;		/* pipes from and to the child */
	uint64_t seed;
};

/* Touch one page of each window, then the next of each: all are broken in the end. */
static void touch_across(void *arg)
{
	const struct share *share = arg;
	char *p = dev_map_new(share->len), byte = 0;

	CHECK(write(share->ready, &byte, 1) == 1);
	CHECK(read(share->start, &byte, 1) == 1);
	for (size_t i = 0; i < CHUNK_PAGES; i++) {
		for (size_t off = i * PAGE; off < share->len; off += CHUNK) {
			CHECK(is_zero(p + off, PAGE));
			pattern_fill(p + off, PAGE, share->seed, off);
		}
	}
	CHECK(pattern_check(p, share->len, share->seed, 0) == -1);
}

static void start_share(struct share *share)
{
	const pid_t pid = MUST(fork());

	if (!pid) {
		touch_across(share);
		_exit(TEST_PASS);
	}
}

/* All that can be reserved is reserved, by several; each finds all of its pages. */
static void whole_pool_is_touched_by_several(void)
{
	const long reserved = file_value(DEBUGFS "stats", "v_free_reserved");
	const size_t npages = (size_t)(page_count() - reserved);
	struct share share = { .len = npages / NCHILDREN * PAGE };
	int ready[2], start[2], status;
	char bytes[NCHILDREN] = {};

	MUST(pipe(ready));
	MUST(pipe(start));
	share.ready = ready[1];
	share.start = start[0];
	for (share.seed = 60; share.seed < 60 + NCHILDREN; share.seed++)
		start_share(&share);
	for (size_t i = 0; i < NCHILDREN; i++)
		CHECK(read(ready[0], bytes, 1) == 1);
	CHECK(free_count() < page_count() - (long)npages + NCHILDREN);
	CHECK(write(start[1], bytes, NCHILDREN) == NCHILDREN);
	for (size_t i = 0; i < NCHILDREN; i++) {
		MUST(wait(&status));
		CHECK(WIFEXITED(status) && WEXITSTATUS(status) == TEST_PASS);
	}
}

/* The promise is of one node, the reservation on the other: no page is paid for twice. */
static void credit_of_one_node_and_reservation_of_the_other(void)
{
	const long npages = page_count();
	const int fd = dev_open();
	uint64_t pa;
	char *p;

	bind_to_node(1);
	p = dev_map_aligned(fd, CHUNK, 0, MAP_NORESERVE);
	p[0] = 1;
	pa = phys_addr(p);
	bind_to_node(0);
	p = dev_map_aligned(fd, CHUNK, 0, 0);
	CHECK(free_count() == npages - (long)CHUNK_PAGES);
	memset(p, 1, CHUNK);
	CHECK(free_count() == npages - (long)CHUNK_PAGES);
	CHECK(phys_addr(p + CHUNK - PAGE) == pa + CHUNK - PAGE);
	CHECK(reserv_value("fullpop") == 1);
}

/* The same, but the other node has no page left, nor has anybody to wait. */
static void credit_serves_when_the_other_node_is_full(void)
{
	const size_t len = (size_t)page_count() * PAGE;
	const int fd = dev_open();
	char *p, *greedy;

	bind_to_node(1);
	p = dev_map_aligned(fd, CHUNK, 0, MAP_NORESERVE);
	p[0] = 1;
	bind_to_node(0);
	p = dev_map_aligned(fd, CHUNK, 0, 0);
	bind_to_node(1);
	greedy = dev_map_noreserve(len);
	fill_all(greedy, len);
	bind_to_node(0);
	for (size_t off = 0; off < CHUNK; off += PAGE)
		CHECK(!touch_signal(p + off, true));
}

/* Pages with a pin stay when the file goes; the reservation does not. */
static void pins_outlive_their_reservation(void)
{
	const long broken = reserv_value("broken"), freed = reserv_value("freed");
	const int fd = dev_open();
	char *p = dev_map_aligned(fd, CHUNK, 0, 0);
	struct iovec iov = { p + 3 * PAGE, 16 * PAGE };
	int pipefd[2];

	memset(p, 1, CHUNK);
	CHECK(reserv_value("fullpop") == 1);
	MUST(pipe(pipefd));
	CHECK(vmsplice(pipefd[1], &iov, 1, 0) == 16 * (ssize_t)PAGE);
	MUST(munmap(p, CHUNK));
	close(fd);
	CHECK(quarantined() > 0);
	CHECK(free_count() + quarantined() == page_count());
	CHECK(reserv_value("fullpop") == 0);
	CHECK(partpopq_is(0, 0, 0));
	CHECK(reserv_value("broken") == broken + 1);
	CHECK(reserv_value("freed") == freed);
}

#define T(fn)	{ #fn, fn }

const struct test reserv_tests[] = {
	T(files_have_freebsds_form),
	T(window_fills_one_superpage),
	T(each_window_has_its_reservation),
	T(pressure_reclaims_and_breaks),
	T(whole_pool_is_touched_by_several),
	T(credit_of_one_node_and_reservation_of_the_other),
	T(credit_serves_when_the_other_node_is_full),
	T(pins_outlive_their_reservation),
};

const size_t reserv_ntests = ARRAY_SIZE(reserv_tests);
