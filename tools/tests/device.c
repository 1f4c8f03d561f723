// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include "device.h"

const char *disk;
unsigned int stress_seconds = 3;
size_t large_len = 64 * MIB;

int dev_open_policy(unsigned int map_policy)
{
	struct vmpage_setup setup = { .size = sizeof(setup), .map_policy = map_policy };
	const int fd = MUST(open(DEVICE, O_RDWR | O_CLOEXEC));

	MUST(ioctl(fd, VMPAGE_IOC_SETUP, &setup));
	return fd;
}

int dev_open(void)
{
	return dev_open_policy(VMPAGE_MAP_DEMAND);
}

char *dev_map(int fd, size_t len, uint64_t off)
{
	return MUST(mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)off));
}

char *dev_map_aligned(int fd, size_t len, uint64_t off, int flags)
{
	char *hole, *p;

	hole = MUST(mmap(NULL, len + CHUNK, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	p = (char *)(((uintptr_t)hole + CHUNK - 1) & ~(CHUNK - 1));
	MUST(mmap(p, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED | flags, fd, (off_t)off));
	return p;
}

char *dev_map_new(size_t len)
{
	const int fd = dev_open();
	char *p = dev_map(fd, len, 0);

	close(fd);
	return p;
}

char *dev_map_noreserve(size_t len)
{
	const int fd = dev_open();
	char *p = MUST(mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0));

	close(fd);
	return p;
}

long dev_alloc(int fd, uint64_t pindex, uint64_t npages)
{
	struct vmpage_alloc arg = {
		.size = sizeof(arg), .pindex = pindex, .npages = npages, .domain = -1,
	};

	return ioctl(fd, VMPAGE_IOC_ALLOC, &arg) ? -1 : (long)arg.npages;
}

static long dev_range(int fd, unsigned long cmd, uint64_t pindex, uint64_t npages)
{
	struct vmpage_range arg = { .size = sizeof(arg), .pindex = pindex, .npages = npages };

	return ioctl(fd, cmd, &arg) ? -1 : (long)arg.ndone;
}

long dev_free(int fd, uint64_t pindex, uint64_t npages)
{
	return dev_range(fd, VMPAGE_IOC_FREE, pindex, npages);
}

long dev_reserve(int fd, uint64_t pindex, uint64_t npages)
{
	return dev_range(fd, VMPAGE_IOC_RESERVE, pindex, npages);
}

long dev_promote(int fd, const void *p, size_t len)
{
	struct vmpage_promote arg = {
		.size = sizeof(arg), .addr = (uintptr_t)p, .length = len,
	};

	return ioctl(fd, VMPAGE_IOC_PROMOTE, &arg) ? -1 : (long)arg.npromoted;
}

void dev_query_range(int fd, uint64_t pindex, size_t npages, struct vmpage_page *pages)
{
	struct vmpage_query arg = {
		.size = sizeof(arg), .flags = VMPAGE_QUERY_PHYS, .pindex = pindex,
		.npages = npages, .pages = (uintptr_t)pages,
	};

	memset(pages, 0x55, npages * sizeof(*pages));
	MUST(ioctl(fd, VMPAGE_IOC_QUERY, &arg));
}

struct vmpage_page dev_query(int fd, uint64_t pindex)
{
	struct vmpage_page page;

	dev_query_range(fd, pindex, 1, &page);
	return page;
}

void run_on_cpu(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	MUST(sched_setaffinity(0, sizeof(set), &set));
}

int dev_take_all(void)
{
	const int fd = dev_open();
	uint64_t pindex = 0, step = (uint64_t)page_count();

	while (step) {
		if (dev_reserve(fd, pindex, step) == -1)
			step /= 2;
		else
			pindex += step;
	}
	return fd;
}

void dev_overwrite_all(void *arg)
{
	const int fd = dev_open();
	const long npages = page_count(), n = dev_alloc(fd, 0, (uint64_t)npages);
	char *p = dev_map_aligned(fd, (size_t)npages * PAGE, 0, MAP_NORESERVE);

	(void)arg;
	CHECK(n > npages / 2 && n < npages);
	memset(p, 0xff, (size_t)n * PAGE);
}

void set_fault_timeout(unsigned int ms)
{
	const int fd = MUST(open("/sys/module/vmpage/parameters/fault_timeout", O_WRONLY));

	CHECK(dprintf(fd, "%u\n", ms) > 0);
	close(fd);
}

long page_count(void)
{
	return file_value(DEBUGFS "stats", "v_page_count");
}

/* What CPUs keep at hand is as free, and may go back while somebody counts. */
long free_count_of(const char *stats, const char *free, const char *pgcache)
{
	long kept = file_value(stats, pgcache), before, nfree;

	do {
		before = kept;
		nfree = file_value(stats, free);
		kept = file_value(stats, pgcache);
	} while (kept != before);
	return nfree + kept;
}

long free_count(void)
{
	return free_count_of(DEBUGFS "stats", "v_free_count", "v_pgcache_count");
}

long quarantined(void)
{
	return file_value(DEBUGFS "device", "quarantined_pages");
}

/* No chunk has a reference besides ours, and the chunks are the pool. */
static const char *chunk_references(void)
{
	char *text = file_text(DEBUGFS "chunks");
	long nchunks = 0, nreferenced = 0;
	long node, count, referenced;
	char *line;

	if (!text)
		return "no " DEBUGFS "chunks";
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		if (sscanf(line, "%ld %ld %ld", &node, &count, &referenced) != 3)
			continue;
		nchunks += count;
		nreferenced += referenced;
	}
	free(text);
	if (page_count() != nchunks * (long)CHUNK_PAGES)
		return "the chunks are not the pages of the pool";
	return nreferenced ? "a chunk has references besides ours" : NULL;
}

static const char *audit_result(void)
{
	static char first[200];
	char *text = file_text(DEBUGFS "audit");

	if (!text)
		return "no " DEBUGFS "audit";
	snprintf(first, sizeof(first), "audit: %s", text);
	free(text);
	first[strcspn(first, "\n")] = 0;
	return strcmp(first, "audit: ok") ? first : NULL;
}

static const char *pool_state(void)
{
	static char why[100];
	const long npages = page_count(), nfree = free_count(), nquarantined = quarantined();

	if (npages <= 0)
		return "no v_page_count in stats";
	if (nfree == npages && !nquarantined)
		return NULL;
	snprintf(why, sizeof(why), "%ld of %ld pages free, %ld quarantined", nfree, npages,
		 nquarantined);
	return why;
}

/* The heading of the table, then a line for each domain. */
static const char *reservations_left(void)
{
	char *text = file_text(DEBUGFS "reserv/partpopq");
	long domain, level, size, number, left = 0;
	char *line;

	if (!text)
		return "no " DEBUGFS "reserv/partpopq";
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		if (sscanf(line, "%ld, %ld, %ldK, %ld", &domain, &level, &size, &number) == 4)
			left += number + size;
	}
	free(text);
	text = file_text(DEBUGFS "reserv/fullpop");
	left += text ? strcmp(text, "0\n") : 1;
	free(text);
	return left ? "there are reservations" : NULL;
}

/* Of vmpage_move.ko: takes all that a class of requests of the kernel's can have. */
#define TAKE	"/sys/module/vmpage_move/parameters/take"

static long kernel_holds(void)
{
	char *text = file_text(TAKE);
	const long n = text ? atol(text) : 0;

	free(text);
	return n;
}

long kernel_takes(const char *class)
{
	const int fd = MUST(open(TAKE, O_WRONLY));

	CHECK(dprintf(fd, "%s\n", class) > 0);
	close(fd);
	return kernel_holds();
}

const char *pool_is_whole(void)
{
	const char *why;

	if (kernel_holds())
		kernel_takes("none");
	/* A worker has to find that pins are gone. */
	(void)EVENTUALLY(!pool_state());
	why = pool_state();
	if (!why)
		why = chunk_references();
	if (!why)
		why = reservations_left();
	if (!why)
		why = audit_result();
	return why;
}

int clear_run(unsigned int npages)
{
	const int fd = MUST(open(RECLAIM, O_WRONLY));
	const int ret = dprintf(fd, "%u\n", npages) > 0 ? 0 : errno;

	close(fd);
	return ret;
}

void touch_ours(void *arg)
{
	const uint64_t end = now_ms() + stress_seconds * 1000;
	const struct touched *t = arg;
	volatile unsigned char *p = (volatile unsigned char *)t->p;
	uint64_t x = (uint64_t)getpid();

	while (now_ms() < end) {
		for (int i = 0; i < 500; i++) {
			unsigned char seen;
			size_t at;

			x = x * 6364136223846793005ULL + 1442695040888963407ULL;
			at = (x >> 33) % t->npages * PAGE + (x >> 20) % TOUCH_BYTES;
			seen = p[at];
			if (seen && seen != 0x11)
				FAIL("%#x at %#zx", seen, at);
			p[at] = 0x11;
		}
	}
}

/* Bit 63 of an entry of pagemap: the page is mapped. */
static uint64_t *read_pagemap(const void *p, size_t npages)
{
	const size_t size = npages * sizeof(uint64_t);
	uint64_t *entries = malloc(size);
	const int fd = MUST(open("/proc/self/pagemap", O_RDONLY));

	if (pread(fd, entries, size, (off_t)((uintptr_t)p / PAGE * sizeof(uint64_t))) !=
	    (ssize_t)size)
		FAIL("pagemap: %s", strerror(errno));
	close(fd);
	return entries;
}

uint64_t phys_addr(const void *p)
{
	uint64_t *entry = read_pagemap(p, 1);
	const uint64_t pa = (*entry & ((1ULL << 55) - 1)) * PAGE;

	CHECK(*entry >> 63);
	free(entry);
	return pa;
}

size_t pages_present(const void *p, size_t len)
{
	uint64_t *entries = read_pagemap(p, len / PAGE);
	size_t n = 0;

	for (size_t i = 0; i < len / PAGE; i++)
		n += entries[i] >> 63;
	free(entries);
	return n;
}

long first_present(const void *p, size_t len)
{
	uint64_t *entries = read_pagemap(p, len / PAGE);
	long first = -1;

	for (size_t i = 0; i < len / PAGE && first < 0; i++) {
		if (entries[i] >> 63)
			first = (long)i;
	}
	free(entries);
	return first;
}

long huge_mapped_kib(void)
{
	return file_value("/proc/self/smaps_rollup", "FilePmdMapped");
}
