/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What the tests share: the device, its debugfs files, the page table of this
 * process.
 */
#ifndef DEVICE_H
#define DEVICE_H

#include <linux/vmpage.h>
#include "harness.h"

#define DEVICE		"/dev/vmpage"
#define DEBUGFS		"/sys/kernel/debug/vmpage/"

/* Of vmpage_move.ko: have pages moved until so many are free in a row. */
#define RECLAIM		"/sys/module/vmpage_move/parameters/reclaim"

extern const char *disk;		/* raw block device, or NULL */
extern unsigned int stress_seconds;	/* that each of the races lasts */
extern size_t large_len;		/* of a mapping of which each page is touched */

/* Open the device; its object has one of VMPAGE_MAP_*. */
int dev_open_policy(unsigned int map_policy);

/* A touch populates the page and no more. */
int dev_open(void);

/* Map pages of an open device, shared and writable, at an offset in bytes. */
char *dev_map(int fd, size_t len, uint64_t off);

/* mmap() of the device at an address that is a multiple of 2 MiB. */
char *dev_map_aligned(int fd, size_t len, uint64_t off, int flags);

/* Open the device and map it; the descriptor is closed. */
char *dev_map_new(size_t len);

/* As dev_map_new(), but nothing is reserved. */
char *dev_map_noreserve(size_t len);

/*
 * The commands that take a range, of an open device.  They return what was done, in
 * pages and for a promotion in superpages, or -1 with errno set.
 */
long dev_alloc(int fd, uint64_t pindex, uint64_t npages);
long dev_free(int fd, uint64_t pindex, uint64_t npages);
long dev_reserve(int fd, uint64_t pindex, uint64_t npages);
long dev_promote(int fd, const void *p, size_t len);

/* What VMPAGE_IOC_QUERY says of an index or a range, with physical addresses. */
struct vmpage_page dev_query(int fd, uint64_t pindex);
void dev_query_range(int fd, uint64_t pindex, size_t npages, struct vmpage_page *pages);

/* Have this process run on one CPU only; the nearest memory is then always the same. */
void run_on_cpu(int cpu);

/* Reserve all pages that can be had, in an object of its own; returns its descriptor. */
int dev_take_all(void);

/* For a child: make all pages that can be had resident, and write all over them. */
void dev_overwrite_all(void *arg);

/* Have a run of pages cleared.  Returns 0 or an errno. */
int clear_run(unsigned int npages);

#define TOUCH_BYTES	64		/* of each page that touch_ours() looks at */

/* What touch_ours() touches. */
struct touched {
	char *p;
	size_t npages;
};

/* Touch pages at random as long as a race lasts: each is zero or ours, whoever frees it. */
void touch_ours(void *touched);

/* The physical address that an address is mapped to. */
uint64_t phys_addr(const void *p);

/* How long a touch waits for a page, ms. */
void set_fault_timeout(unsigned int ms);

long page_count(void);
long free_count(void);
long free_count_of(const char *stats, const char *free, const char *pgcache);
/* All that a class of requests of the kernel's can have; "none" frees it.  Returns what it has. */
long kernel_takes(const char *class);
long quarantined(void);

/* Wait for all pages to be free again; NULL or what is wrong. */
const char *pool_is_whole(void);

/* Pages of the range that have an entry in this process's page table. */
size_t pages_present(const void *p, size_t len);

/* The first of them, counted in pages from p; -1 if none. */
long first_present(const void *p, size_t len);

/* KiB of this process's file mappings that are mapped by huge entries. */
long huge_mapped_kib(void);

extern const struct test map_tests[], io_tests[], credit_tests[], wait_tests[],
	reserv_tests[], ioctl_tests[], huge_tests[], move_tests[], race_tests[], pfn_tests[],
	room_tests[], zero_tests[], uid_tests[], memattr_tests[];
extern const size_t map_ntests, io_ntests, credit_ntests, wait_ntests, reserv_ntests,
	ioctl_ntests, huge_ntests, move_ntests, race_ntests, pfn_ntests,
	room_ntests, zero_ntests, uid_ntests, memattr_ntests;

#endif /* DEVICE_H */
