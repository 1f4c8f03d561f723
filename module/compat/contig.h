/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Memory at an address, and memory that was set aside when Linux started: what
 * there is of both differs between kernels.
 */
#ifndef _VMPAGE_CONTIG_H_
#define _VMPAGE_CONTIG_H_

#include <linux/types.h>

struct page;

/**
 * vmpage_contig_missing() - can memory be taken at an address?
 *
 * Context: Any context.
 * Return: NULL when it can; else why not.
 */
const char *vmpage_contig_missing(void);

/**
 * vmpage_contig_take() - take the 2 MiB at an address, whatever is there now
 * @pfn: first page, a multiple of 512; all 512 pages are online and in one zone
 * @compound: as one folio, on kernels that can
 *
 * What uses the memory is moved elsewhere.
 *
 * Context: Process context.  May sleep.
 * Return: one folio, or the first of 512 single pages, with one reference each;
 * NULL when the memory cannot be had.
 */
struct page *vmpage_contig_take(unsigned long pfn, bool compound);

/**
 * vmpage_cma_missing() - is there memory that was set aside?
 *
 * Context: Any context.
 * Return: NULL when there is; else why not.
 */
const char *vmpage_cma_missing(void);

/**
 * vmpage_cma_take() - take memory in one piece that was set aside
 * @npages: how much, pages
 *
 * Context: Process context.  May sleep.
 * Return: the first of @npages single pages with one reference each, aligned to
 * 2 MiB, or NULL.
 */
struct page *vmpage_cma_take(unsigned long npages);

/**
 * vmpage_cma_give() - give back all or a part of what vmpage_cma_take() gave
 * @page: first page
 * @npages: how much, pages
 *
 * Context: Process context.  May sleep.
 */
void vmpage_cma_give(struct page *page, unsigned long npages);

#endif /* _VMPAGE_CONTIG_H_ */
