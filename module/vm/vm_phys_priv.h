/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What vm_phys.c, the free lists, and vm_phys_seg.c, the segments, share.
 */
#ifndef _VM_PHYS_PRIV_H_
#define _VM_PHYS_PRIV_H_

#include <linux/math.h>
#include <sys/param.h>
#include <sys/systm.h>
#include <vm/vm_page.h>
#include <vm/vm_pagequeue.h>
#include <vm/vm_phys.h>

#define VM_PHYS_FRAME_SHIFT	(PAGE_SHIFT + VM_LEVEL_0_ORDER)
#define VM_PHYS_FRAME_SIZE	((vm_paddr_t)1 << VM_PHYS_FRAME_SHIFT)

/*
 * The state of a 2 MiB chunk: how many of its pages have PG_NODUMP, and whether
 * it is part of a free block.  A crash dump leaves it out in either of the cases
 * that vm_phys_chunk_hidden() tells.  Of one that is part of a free block: whether each of
 * its pages has PG_ZERO, or vm_zero.c is at work on it.
 */
#define VM_PHYS_CHUNK_FREE	0x8000
#define VM_PHYS_CHUNK_ZERO	0x4000
#define VM_PHYS_CHUNK_ZEROING	0x2000
#define VM_PHYS_CHUNK_FLAGS	\
	(VM_PHYS_CHUNK_FREE | VM_PHYS_CHUNK_ZERO | VM_PHYS_CHUNK_ZEROING)

static inline bool vm_phys_chunk_hidden(u16 state)
{
	return state >= VM_LEVEL_0_NPAGES;
}

/* Could it be cleared? */
static inline bool vm_phys_chunk_unzeroed(u16 state)
{
	return (state & (VM_PHYS_CHUNK_FREE | VM_PHYS_CHUNK_ZERO)) == VM_PHYS_CHUNK_FREE;
}

/*
 * A loop over a long run takes more time for counting than for the pages.  So this calls
 * @some, an inline function with an unrolled loop, for pieces whose lengths are constants,
 * until that returns false.  True if it never did.
 */
#define VM_PHYS_RUN_STEP	32	/* pages */

static __always_inline bool vm_phys_run_steps(vm_page_t m, u_long npages,
					      bool (*some)(vm_page_t m, u_long npages, void *arg),
					      void *arg)
{
	bool ok = true;

	if (npages >= VM_PHYS_RUN_STEP) {
		const vm_page_t m_rest = m + round_down(npages, VM_PHYS_RUN_STEP);

		do {
			ok = some(m, VM_PHYS_RUN_STEP, arg);
			m += VM_PHYS_RUN_STEP;
		} while (ok && m < m_rest);
	}
	if (ok && npages & (VM_PHYS_RUN_STEP / 2))
		ok = some(m, VM_PHYS_RUN_STEP / 2, arg);
	if (unlikely(npages % (VM_PHYS_RUN_STEP / 2))) {
		m += npages & (VM_PHYS_RUN_STEP / 2);
		for (npages %= VM_PHYS_RUN_STEP / 2; ok && npages; npages--)
			ok = some(m++, 1, arg);
	}
	return ok;
}

/* Chunks are counted from the one in which the segment begins. */
static inline unsigned int vm_phys_chunk(const struct vm_phys_seg *seg, vm_paddr_t pa)
{
	return (pa >> VM_PHYS_FRAME_SHIFT) - (seg->start >> VM_PHYS_FRAME_SHIFT);
}

static inline vm_paddr_t vm_phys_chunk_pa(const struct vm_phys_seg *seg, unsigned int chunk)
{
	return (seg->start & ~(VM_PHYS_FRAME_SIZE - 1)) + chunk * VM_PHYS_FRAME_SIZE;
}

/* Where the chunk that @pa is in ends, or the segment. */
static inline vm_paddr_t vm_phys_chunk_end(const struct vm_phys_seg *seg, vm_paddr_t pa)
{
	return min(seg->end, (pa | (VM_PHYS_FRAME_SIZE - 1)) + 1);
}

/* Does the run that begins at @m end inside its segment? */
static inline bool vm_phys_run_ok(const struct vm_phys_seg *seg, vm_page_t m, u_long npages)
{
	return npages > 0 && npages <= atop(seg->end - m->phys_addr);
}

/*
 * A page off the free lists that is not in the state in which it was freed, but for
 * @flags, was written to by somebody who no longer owns it.  It is lost rather than
 * handed out.
 */
static inline bool vm_phys_page_intact(vm_page_t m, u8 flags)
{
	return vm_assert((m->state & ~VM_PAGE_FLAG(flags)) == VM_PAGE_STATE(0) &&
			 m->hold == VM_PAGE_HOLD(VPB_FREED, 0) && !m->object &&
			 m->memattr == VM_MEMATTR_DEFAULT);
}

/* Change the state of a chunk, and tell the machine what follows from it. */
void vm_phys_chunk_set(struct vm_phys_seg *seg, unsigned int chunk, u16 state);

/* The chunks from @pa to @pa_end are in free blocks of their size, or about to be. */
void vm_phys_chunks_freed(struct vm_phys_seg *seg, vm_paddr_t pa, vm_paddr_t pa_end);

/* Make a block of every free page of a new segment; it has its free_queues. */
void vm_phys_enqueue_seg(struct vm_phys_seg *seg);

/*
 * Take the chunk that begins at @m off the free lists, for good.  False, and
 * nothing changed, when a page of it is in use.
 */
bool vm_phys_take_chunk(struct vm_phys_seg *seg, vm_page_t m);

/* The queues of one list; plain pointers, which need no bounds checks. */
static inline struct vm_freelist (*vm_phys_queues(struct vm_domain *vmd, int flind))[VM_NFREEORDER]
{
	return *(vmd->vm_phys_free_queues + flind);
}

/*
 * vm_phys.c: the free block, of 2^order pages or more, that @pa lies in; NULL for none.
 */
vm_page_t vm_phys_covering_block(const struct vm_phys_seg *seg, vm_paddr_t pa, int order);

/* vm_phys.c: pages in the free blocks of a domain.  A guess without the free lock. */
unsigned long vm_phys_listed_pages(struct vm_domain *vmd);

/*
 * vm_phys.c: is there a free block of 2^order pages or more?  A guess without the free
 * lock.
 */
bool vm_phys_has_block(struct vm_domain *vmd, int order);

/*
 * vm_phys.c: take the free blocks that the 2 MiB at @m_frame consist of off the lists,
 * with the free lock held, and set the bits of their pages in @taken; a larger block
 * that it is part of stays.  And put them back.
 */
void vm_phys_take_frame(vm_page_t m_frame, unsigned long *taken);
void vm_phys_put_frame(vm_page_t m_frame, const unsigned long *taken);

/*
 * vm_phys_seg.c: the whole 2 MiB frame of a domain that comes after @m; the first one
 * after the last, or if @m is NULL; NULL when there is none.
 */
vm_page_t vm_phys_next_frame(int domain, vm_page_t m);

/* The page at an address inside the segment. */
static inline vm_page_t vm_phys_seg_page(const struct vm_phys_seg *seg, vm_paddr_t pa)
{
	return seg->first_page + atop(pa - seg->start);
}

#endif /* _VM_PHYS_PRIV_H_ */
