/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The index of an object: from a page index to a page.
 *
 * Changes and the functions that say so need the object write-locked.  Readers
 * under RCU may see a page that leaves at this moment.
 */
#ifndef _VM_RADIX_H_
#define _VM_RADIX_H_

#include <linux/xarray.h>
#include <sys/types.h>

/*
 * struct vm_radix - an index
 *
 * (o) lock of the object.
 */
struct vm_radix {
	struct xarray rt_xa;
	struct xa_node *rt_leaf;	/* (o) the leaf used last, or NULL */
	vm_pindex_t rt_leaf_index;	/* (o) pindex / XA_CHUNK_SIZE of it, or no index at all */
};

void vm_radix_init(struct vm_radix *rt);
/* The index is empty, but for indexes that were reserved. */
void vm_radix_fini(struct vm_radix *rt);

/* The page at an index, or NULL.  Any context, under RCU. */
vm_page_t vm_radix_lookup(struct vm_radix *rt, vm_pindex_t pindex);
/* The page with the smallest index at or above, or NULL.  Object locked. */
vm_page_t vm_radix_lookup_ge(struct vm_radix *rt, vm_pindex_t pindex);
/* The same, from @first up to @last; NULL when none is there.  Object locked. */
vm_page_t vm_radix_lookup_in(struct vm_radix *rt, vm_pindex_t first, vm_pindex_t last);

/*
 * Allocate the nodes of an index, with the object unlocked; may sleep, and locks the
 * object meanwhile.  The next insertion there cannot fail until vm_radix_unreserve(),
 * which is called with the object write-locked.  0 or -ENOMEM.
 */
int vm_radix_reserve(vm_object_t object, vm_pindex_t pindex);
void vm_radix_unreserve(vm_object_t object, vm_pindex_t pindex);

/* Wait a moment for memory for nodes.  Process context. */
void vm_radix_wait(void);

/* Walk over the pages of an index in ascending order. */
#define VM_RADIX_FOREACH(m, pindex, rt) xa_for_each(&(rt)->rt_xa, pindex, m)

#endif /* _VM_RADIX_H_ */
