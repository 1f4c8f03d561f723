/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The record of a reservation, for vm_reserv.c, its audit, and vm_phys_seg.c, which
 * makes the records of a segment.
 */
#ifndef _VM_RESERV_PRIV_H_
#define _VM_RESERV_PRIV_H_

#include <linux/bitmap.h>
#include <linux/cache.h>
#include <vm/vm_object.h>
#include <vm/vm_page.h>

#include "vm_phys_priv.h"

/*
 * struct vm_reserv - a 2 MiB block that is, or could be, reserved
 *
 * Active while it has an object.  (c) constant; (q) vmd_partpopq_lock of the domain;
 * (r) lock; (v) rvq_lock of the object.  Two letters: both to write, either to read.
 */
struct vm_reserv {
	raw_spinlock_t lock;
	u16 popcnt;			/* (r) pages that are populated */
	u8 domain;			/* (c) NUMA node id */
	bool inpartpopq;		/* (rq) in the domain's vmd_partpopq */
	vm_memattr_t memattr;		/* (r) VM_MEMATTR_* of the whole block */
	vm_object_t object;		/* (rv) whose pages it is for; NULL: inactive */
	vm_pindex_t pindex;		/* (r) index in the object of the first page; loose: 0 */
	vm_page_t pages;		/* (c) first page; NULL: the segment has no such block */
	unsigned long lasttick;		/* (r) when it last moved in the queue, ticks */
	struct list_head partpopq;	/* (q) in vmd_partpopq or vmd_restoreq */
	struct list_head objq;		/* (v) link of the object's rvq */
	DECLARE_BITMAP(popmap, VM_LEVEL_0_NPAGES);	/* (r) populated pages */
} ____cacheline_aligned;

static inline struct vm_reserv *vm_reserv_in_seg(const struct vm_phys_seg *seg, vm_page_t m)
{
	return &seg->first_reserv[vm_phys_chunk(seg, m->phys_addr)];
}

/* The record of the block that a page lies in. */
static inline struct vm_reserv *vm_reserv_from_page(vm_page_t m)
{
	return vm_reserv_in_seg(vm_phys_seg_at(m->segind), m);
}

/*
 * What became of a page that was to go back to its reservation.
 */
enum vm_reserv_freed {
	VM_RESERV_NONE,			/* nothing: it is part of none */
	VM_RESERV_ORDINARY,		/* it is a free page of its reservation, or block */
	VM_RESERV_KEPT,			/* likewise, and the count has lost a page for it */
};

/* vm_reserv.c: vm_reserv_free_page(), once there is a reservation around the page. */
enum vm_reserv_freed vm_reserv_put_page(struct vm_reserv *rv, vm_page_t m);

/*
 * Give a page that nobody has any more back to its reservation; with the last one the
 * block goes back to the free lists.  The free count is the caller's.  Interrupts are off.
 */
static inline enum vm_reserv_freed vm_reserv_free_page(vm_page_t m)
{
	struct vm_reserv *rv = vm_reserv_in_seg(vm_phys_seg(m), m);

	return READ_ONCE(rv->object) ? vm_reserv_put_page(rv, m) : VM_RESERV_NONE;
}

/* One past the last record of a segment. */
static inline struct vm_reserv *vm_reserv_seg_end(const struct vm_phys_seg *seg)
{
	return seg->first_reserv + vm_phys_chunk(seg, seg->end - 1) + 1;
}

/*
 * Whose a reservation with an attribute is that has lost its object: it stays active,
 * until its last page is freed and the attribute is restored.
 */
#define VM_RESERV_NOBODY	((vm_object_t)1UL)

/* Is it one of ordinary memory?  Else it is never broken, and none of its pages counts as free. */
static inline bool vm_reserv_is_plain(const struct vm_reserv *rv)
{
	return READ_ONCE(rv->memattr) == VM_MEMATTR_DEFAULT;
}

/* vm_reserv_memattr.c: the object gives the reservation up, or ends.  It is locked. */
void vm_reserv_disown(struct vm_reserv *rv);

/*
 * vm_reserv_memattr.c: a page of a reservation with an attribute was freed, and the
 * caller is about to count it as free.  It is locked.
 */
void vm_reserv_keep_page(struct vm_reserv *rv);

/*
 * vm_reserv_memattr.c: set the attribute of blocks that were taken off the free lists
 * and the count, and let them be filled with zeros.  If that fails they go back there,
 * by and by.  May sleep.
 */
bool vm_reserv_set_memattr(vm_page_t m, u_long npages, vm_memattr_t memattr);

/* The place that an index has in a reservation of its object. */
static inline unsigned int vm_reserv_index(vm_object_t object, vm_pindex_t pindex)
{
	return (object->pg_color + pindex) % VM_LEVEL_0_NPAGES;
}

static inline bool vm_reserv_is_full(const struct vm_reserv *rv)
{
	return READ_ONCE(rv->popcnt) == VM_LEVEL_0_NPAGES;
}

#endif /* _VM_RESERV_PRIV_H_ */
