/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Physical memory: segments, free lists and the buddy allocator.
 *
 * Free blocks are 2^order pages, naturally aligned, inside one segment.  A
 * block's first page carries its order; every other page carries VM_NFREEORDER.
 * Nothing here counts: vmd_free_count is the caller's, see vm_pagequeue.h.
 *
 * Functions that take or give pages need the free lock of the domain.
 *
 * What has FreeBSD 14's name has its meaning; no manual page describes it.
 */
#ifndef _VM_PHYS_H_
#define _VM_PHYS_H_

#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <vm/_vm_phys.h>
#include <vm/vm.h>
#include <vm/vm_pagequeue.h>

struct seq_file;
struct vm_audit;

extern struct vm_phys_seg **vm_phys_segs;	/* vm_phys_nsegs entries; see vm_phys_seg() */
extern unsigned int vm_phys_nsegs;
extern int vm_nfreelists;			/* lists that have an index */
extern int vm_freelist_to_flind[VM_NFREELIST];	/* VM_FREELIST_* to index, or -1 */

/*
 * A segment by its index, for a walk over all of them; the walk loads
 * vm_phys_nsegs first.  The table may be replaced by a larger one at any time,
 * the segment itself stays until vm_phys_fini().
 */
static inline struct vm_phys_seg *vm_phys_seg_at(unsigned int segind)
{
	struct vm_phys_seg *seg;

	rcu_read_lock_sched();	/* inline on any kernel */
	seg = READ_ONCE(vm_phys_segs)[segind];
	rcu_read_unlock_sched();
	return seg;
}

/**
 * vm_addr_ok() - may a run begin at an address, as far as alignment and boundary go?
 * @pa: bytes
 * @size: of the run, bytes
 * @alignment: bytes, a power of two
 * @boundary: bytes, a power of two; 0 for none
 *
 * Context: Any context.
 * Return: true when it may.
 */
static inline bool vm_addr_ok(vm_paddr_t pa, vm_paddr_t size, u_long alignment,
			      vm_paddr_t boundary)
{
	return !(pa & (alignment - 1)) && !((pa ^ (pa + size - 1)) & -boundary);
}

/**
 * vm_phys_add_seg() - make a range of physical memory known
 * @start: first byte, page-aligned
 * @end: one past the last byte, page-aligned
 * @domain: NUMA node id, less than MAXMEMDOM
 *
 * The range is split at 16 MiB, 4 GiB and multiples of 64 GiB.  Before vm_phys_init() the pages are
 * only described; after it they go to the free lists at once, and the caller
 * then counts them.  Two ranges may touch, but may not share a 2 MiB frame.
 *
 * Context: Process context.  May sleep.  One caller at a time.
 * Return: 0; -EINVAL for a bad range or domain; -EEXIST when the range shares a
 * 2 MiB frame with a known one; -ENOSPC when there are too many segments;
 * -ENOMEM.  On failure nothing was added.
 */
int vm_phys_add_seg(vm_paddr_t start, vm_paddr_t end, int domain);

/**
 * vm_phys_init() - decide the free lists and fill them
 *
 * Called once, after the ranges that are known at the start were added.
 *
 * Context: Process context.
 */
void vm_phys_init(void);

/**
 * vm_phys_fini() - forget all segments and domains
 *
 * Context: Process context.  May sleep.  Nobody else uses the allocator.
 */
void vm_phys_fini(void);

/**
 * vm_phys_remove_chunk() - take a free 2 MiB chunk out for good
 * @pa: physical address of the chunk, bytes, 2 MiB-aligned
 *
 * The caller has already taken 512 pages from vmd_free_count.  Afterwards
 * PHYS_TO_VM_PAGE() of the chunk is NULL and no block spans it.
 *
 * Context: Process context.  One caller at a time, vm_phys_add_seg() included.
 * Takes the free lock of the domain.
 * Return: 0; -EBUSY when a page of the chunk is in use; -EINVAL when @pa is not
 * the address of a whole chunk of one segment.
 */
int vm_phys_remove_chunk(vm_paddr_t pa);

/**
 * vm_phys_alloc_pages() - take a power-of-two run of pages off the free lists
 * @domain: domain to take from
 * @pool: VM_FREEPOOL_*
 * @order: log2 of the number of pages; less than VM_NFREEORDER
 *
 * The smallest sufficient block of @pool is split; without one the largest
 * block of another pool is taken over.  The run is naturally aligned.
 *
 * Context: Any context.  The caller holds the domain's free lock.
 * Return: the first page of the run, or NULL when no block is large enough.
 */
vm_page_t vm_phys_alloc_pages(int domain, int pool, int order);

/**
 * vm_phys_alloc_freelist_pages() - vm_phys_alloc_pages() from one list
 * @domain: domain to take from
 * @freelist: VM_FREELIST_*; a list without memory stands for the nearest
 *	lower-numbered one that has some
 * @pool: VM_FREEPOOL_*
 * @order: log2 of the number of pages; less than VM_NFREEORDER
 *
 * Context: Any context.  The caller holds the domain's free lock.
 * Return: the first page of the run, or NULL.
 */
vm_page_t vm_phys_alloc_freelist_pages(int domain, int freelist, int pool, int order);

/**
 * vm_phys_alloc_npages() - take any pages
 * @domain: domain to take from
 * @pool: VM_FREEPOOL_*
 * @npages: pages wanted; at most 2^(VM_NFREEORDER - 1)
 * @ma: receives the pages; those of one block ascend by address
 *
 * Context: Any context.  The caller holds the domain's free lock.
 * Return: the number of pages stored in @ma.
 */
int vm_phys_alloc_npages(int domain, int pool, int npages, vm_page_t ma[]);

/**
 * vm_phys_alloc_contig() - take a physically contiguous run
 * @domain: domain to take from
 * @npages: length of the run, pages; not 0
 * @low: lowest address of the first byte, bytes
 * @high: highest address, bytes; the run ends at or below it
 * @alignment: of the first byte, bytes; a power of two
 * @boundary: bytes, a power of two; the run does not cross a multiple of it;
 *	0 for none
 *
 * Only the starts of free blocks are candidates.  The pages get pool DEFAULT.
 *
 * Context: Any context.  The caller holds the domain's free lock.
 * Return: the first page of the run, or NULL.
 */
vm_page_t vm_phys_alloc_contig(int domain, u_long npages, vm_paddr_t low, vm_paddr_t high,
			       u_long alignment, vm_paddr_t boundary);

/**
 * vm_phys_free_pages() - give a block back, merging it with its buddies
 * @m: first page of the block; its pool receives the block
 * @order: log2 of the number of pages
 *
 * Context: Any context.  The caller holds the free lock of the page's domain.
 */
void vm_phys_free_pages(vm_page_t m, int order);

/**
 * vm_phys_free_contig() - give a run of any length back, merging its ends
 * @m: first page; its pool receives the run
 * @npages: length, pages
 *
 * Context: Any context.  The caller holds the free lock of the page's domain.
 */
void vm_phys_free_contig(vm_page_t m, u_long npages);

/**
 * vm_phys_free_runs() - vm_phys_free_contig() for a list of runs
 * @m: first pages, linked by plinks.s.ss, with the length of each as plinks.s.pv, pages
 *
 * Context: Any context.  The caller holds the free lock of the domain of all pages.
 */
void vm_phys_free_runs(vm_page_t m);

/**
 * vm_phys_enqueue_contig() - put a run on the free lists as it is
 * @m: first page; its pool receives the run
 * @npages: length, pages
 *
 * The run becomes the largest aligned blocks it can; they are not merged with
 * their neighbours.
 *
 * Context: Any context.  The caller holds the free lock of the page's domain.
 */
void vm_phys_enqueue_contig(vm_page_t m, u_long npages);

/**
 * vm_phys_unfree_page() - take one page out of the free block it lies in
 * @m: the page
 *
 * Context: Any context.  The caller holds the free lock of the page's domain.
 * Return: true; false, and nothing changed, when no queued block covers @m.
 */
bool vm_phys_unfree_page(vm_page_t m);

/**
 * vm_phys_find_range() - find a segment that could hold a run
 * @bounds: receives the first page and one past the last page of the overlap,
 *	which includes chunks that were taken out
 * @segind: first segment to look at
 * @domain: domain of the segment
 * @npages: least number of pages in [@low, @high)
 * @low: bytes
 * @high: bytes
 *
 * Context: Any context.
 * Return: the index of the segment, or -1.
 */
int vm_phys_find_range(vm_page_t bounds[], int segind, int domain, u_long npages,
		       vm_paddr_t low, vm_paddr_t high);

/**
 * vm_phys_paddr_to_vm_page() - the page at a physical address
 * @pa: bytes; the offset in the page is ignored
 *
 * Context: Any context.
 * Return: the page, or NULL when the allocator does not manage the address.
 */
vm_page_t vm_phys_paddr_to_vm_page(vm_paddr_t pa);

/**
 * vm_phys_domain() - the domain of a physical address
 * @pa: bytes
 *
 * Context: Any context.
 * Return: the domain, or -1 when the allocator does not manage the address.
 */
int vm_phys_domain(vm_paddr_t pa);

/**
 * vm_phys_is_dumpable() - does a crash dump hold this address?
 * @pa: bytes
 *
 * Context: Any context.
 * Return: false for a page allocated with NODUMP; for an address that the
 * allocator does not manage, whether there is memory.
 *
 * Follows FreeBSD 14; it has no manual page.
 */
bool vm_phys_is_dumpable(vm_paddr_t pa);

/**
 * vm_phys_dump_all() - let dumps have every chunk, whatever is in it
 * @all: true, or false for as usual
 *
 * What a crash dump leaves out is not saved by a machine that hibernates either,
 * and that may be missed.
 *
 * Context: Process context.  No segment is added meanwhile.
 */
void vm_phys_dump_all(bool all);

/**
 * vm_phys_mem_affinity() - how far one domain is from another
 * @f: domain
 * @t: domain
 *
 * Context: Any context.
 * Return: 10 for a domain to itself, more for a farther one; -1 when unknown.
 *
 * Follows numa(4).
 */
int vm_phys_mem_affinity(int f, int t);

/* vm_page: PG_NODUMP of an allocated page was set, or is about to be cleared. */
void vm_phys_nodump(vm_page_t m, bool nodump);

/**
 * vm_phys_audit() - check the free lists and the state of every free page
 * @audit: receives what is broken
 *
 * Invariants 3 to 6 of the free lists.  O(pages): for tests and debugfs.
 *
 * Context: Process context.  May sleep.
 */
void vm_phys_audit(struct vm_audit *audit);

#endif /* _VM_PHYS_H_ */
