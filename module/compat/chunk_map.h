/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The switch "whole / one page only" of a chunk.
 *
 * A fault handler names one page, and the kernel decides whether it maps that
 * page or the whole folio around it.  Pages of other owners lie in the same
 * folio, so a chunk must be made unable to be mapped beyond the one page.  How
 * that is done depends on the kernel; which of the ways works is found out by
 * vmpage_selfcheck(), not assumed.
 */
#ifndef _VMPAGE_CHUNK_MAP_H_
#define _VMPAGE_CHUNK_MAP_H_

#include <linux/bits.h>
#include <linux/mm.h>

#define VMPAGE_CHUNK_ORDER	9
#define VMPAGE_CHUNK_NPAGES	BIT(VMPAGE_CHUNK_ORDER)
#define VMPAGE_CHUNK_SHIFT	(PAGE_SHIFT + VMPAGE_CHUNK_ORDER)
#define VMPAGE_CHUNK_SIZE	BIT(VMPAGE_CHUNK_SHIFT)	/* bytes */

/*
 * struct vmpage_chunk_map - one way to throw the switch
 */
struct vmpage_chunk_map {
	const char *name;
	loff_t i_size;			/* bytes; of the inode behind a mapping */
	/* for chunks that may only be mapped one page at a time; folio locked */
	void (*set_one)(struct folio *folio);
	/* for a chunk whose pages are those from @pgoff on of one file; folio locked */
	void (*set_whole)(struct folio *folio, pgoff_t pgoff);
	/* maps a whole chunk; NULL when the kernel does so by itself */
	vm_fault_t (*insert_whole)(struct vm_fault *vmf, struct folio *folio);
};

/* The ways this kernel may have, best first; ends with NULL. */
extern const struct vmpage_chunk_map *const vmpage_chunk_maps[];

/**
 * vmpage_chunk_is_whole() - was a chunk switched to whole?
 * @folio: the chunk, locked
 *
 * Context: Process context.
 * Return: true when it was, and not switched back since.
 */
bool vmpage_chunk_is_whole(struct folio *folio);

/**
 * vmpage_chunk_set_whole() - let a chunk be mapped by one entry
 * @map: way to throw the switch
 * @folio: the chunk, locked; all of its pages belong to one file at their natural
 *	offsets
 * @pgoff: offset of the first page in that file, pages
 *
 * Context: Process context.
 */
void vmpage_chunk_set_whole(const struct vmpage_chunk_map *map, struct folio *folio,
			    pgoff_t pgoff);

/**
 * vmpage_chunk_set_one() - let a chunk be mapped one page at a time
 * @map: way to throw the switch, or NULL
 * @folio: the chunk, locked; nothing happens to a folio of one page
 *
 * Entries that map all of it stay.
 *
 * Context: Process context.
 */
void vmpage_chunk_set_one(const struct vmpage_chunk_map *map, struct folio *folio);

/**
 * vmpage_chunk_switch() - set how far a chunk can be mapped
 * @map: way to throw the switch, or NULL
 * @folio: the chunk, unlocked; nothing happens to a folio of one page
 * @whole: all of its pages belong to one file at their natural offsets
 * @pgoff: offset of the first page in that file, pages; ignored unless @whole
 *
 * Context: Process context.  Takes the folio lock.
 */
void vmpage_chunk_switch(const struct vmpage_chunk_map *map, struct folio *folio, bool whole,
			 pgoff_t pgoff);

/**
 * vmpage_chunk_reset() - undo every switch before a chunk goes back to Linux
 * @folio: the chunk, not mapped, unlocked
 *
 * Context: Process context.  Takes the folio lock.
 */
void vmpage_chunk_reset(struct folio *folio);

/**
 * vmpage_chunk_fault() - end a fault by mapping a page
 * @map: way to throw the switch, or NULL for a folio of one page
 * @vmf: the fault
 * @page: the page; its folio is locked
 * @whole: the chunk was switched to whole, and the 2 MiB around the fault lie in
 *	the VMA and are congruent with it
 *
 * Context: Process context.  The folio lock passes to the kernel or is released.
 * Return: what the fault handler returns.
 */
vm_fault_t vmpage_chunk_fault(const struct vmpage_chunk_map *map, struct vm_fault *vmf,
			      struct page *page, bool whole);

#endif /* _VMPAGE_CHUNK_MAP_H_ */
