/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What the tests share: the device, its debugfs files, the page table of this
 * process.
 */
#ifndef DEVICE_H
#define DEVICE_H

#include "harness.h"

#define DEVICE		"/dev/vmpage"
#define DEBUGFS		"/sys/kernel/debug/vmpage/"

extern const char *disk;		/* raw block device, or NULL */

int dev_open(void);

/* Map pages of an open device, shared and writable, at an offset in bytes. */
char *dev_map(int fd, size_t len, uint64_t off);

/* mmap() of the device at an address that is a multiple of 2 MiB. */
char *dev_map_aligned(int fd, size_t len, uint64_t off, int flags);

/* Open the device and map it; the descriptor is closed. */
char *dev_map_new(size_t len);

/* As dev_map_new(), but nothing is reserved. */
char *dev_map_noreserve(size_t len);

/* How long a touch waits for a page, ms. */
void set_fault_timeout(unsigned int ms);

long page_count(void);
long free_count(void);
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
	reserv_tests[];
extern const size_t map_ntests, io_ntests, credit_ntests, wait_ntests, reserv_ntests;

#endif /* DEVICE_H */
