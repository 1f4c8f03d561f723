// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "device.h"

#define DRAIN_MS	10000		/* for a worker to find that pins are gone */

const char *disk;

int dev_open(void)
{
	return MUST(open(DEVICE, O_RDWR | O_CLOEXEC));
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

long free_count(void)
{
	return file_value(DEBUGFS "stats", "v_free_count");
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

const char *pool_is_whole(void)
{
	const uint64_t end = now_ms() + DRAIN_MS;
	const char *why;

	while ((why = pool_state()) && now_ms() < end)
		usleep(10000);
	if (!why)
		why = chunk_references();
	if (!why)
		why = reservations_left();
	if (!why)
		why = audit_result();
	return why;
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
