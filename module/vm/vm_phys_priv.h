/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What vm_phys.c, the free lists, and vm_phys_seg.c, the segments, share.
 */
#ifndef _VM_PHYS_PRIV_H_
#define _VM_PHYS_PRIV_H_

#include <sys/param.h>
#include <vm/vm_page.h>
#include <vm/vm_pagequeue.h>
#include <vm/vm_phys.h>

#define VM_PHYS_FRAME_SHIFT	(PAGE_SHIFT + VM_LEVEL_0_ORDER)
#define VM_PHYS_FRAME_SIZE	((vm_paddr_t)1 << VM_PHYS_FRAME_SHIFT)

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

/* The page at an address inside the segment. */
static inline vm_page_t vm_phys_seg_page(const struct vm_phys_seg *seg, vm_paddr_t pa)
{
	return seg->first_page + atop(pa - seg->start);
}

#endif /* _VM_PHYS_PRIV_H_ */
