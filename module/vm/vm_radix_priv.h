/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Pages coming to an index and going from it, in a few instructions when that happens
 * in the leaf that was used last.
 *
 * There are neither marks nor values nor entries of more than one index, and whoever
 * changes the index has the object write-locked.  So a page comes and goes by its slot
 * and the count of the leaf, without the lock of the xarray; only making a leaf, and
 * taking out the last entry of one, is left to the xarray.
 */
#ifndef _VM_RADIX_PRIV_H_
#define _VM_RADIX_PRIV_H_

#include <linux/rcupdate.h>
#include <vm/vm_radix.h>

#include "vm_machine.h"

/*
 * struct vm_radix_place - where a page goes; good until the index changes or the
 * object is unlocked
 */
struct vm_radix_place {
	struct xa_node *rp_node;	/* the lowest node on the way there, or NULL */
	vm_pindex_t rp_pindex;
};

/* The slow halves of the functions below. */
vm_page_t vm_radix_walk_to_place(struct vm_radix *rt, struct vm_radix_place *rp);
vm_page_t vm_radix_walk_to_prev(struct vm_radix *rt, const struct vm_radix_place *rp);
int vm_radix_insert_node(struct vm_radix *rt, const struct vm_radix_place *rp, vm_page_t m);
void vm_radix_walk_to_remove(struct vm_radix *rt, vm_pindex_t pindex);
vm_page_t vm_radix_walk_to_page(struct vm_radix *rt, vm_pindex_t pindex);

/* Is this the leaf that was used last? */
static inline bool vm_radix_leaf_has(const struct vm_radix *rt, vm_pindex_t pindex)
{
	return rt->rt_leaf_index == pindex >> XA_CHUNK_SHIFT;
}

/*
 * Is an entry something else than a page, or NULL?  The general question takes more
 * instructions: it has to tell values, too.
 */
static inline bool vm_radix_is_internal(const void *entry)
{
	return (unsigned long)entry & 2;
}

/* An entry that is a page, or NULL. */
static inline vm_page_t vm_radix_page(void *entry)
{
	return vm_radix_is_internal(entry) ? NULL : entry;
}

/* Under RCU, or with the object locked.  Of a pointer no bounds are checked, which costs. */
static inline void *vm_radix_slot(const struct xa_node *node, unsigned int offset)
{
	void __rcu * const *slots = node->slots;

	return rcu_dereference_raw(slots[offset]);
}

/* A shift that is visibly in range needs no check of that. */
static inline unsigned long vm_radix_shift(unsigned long index, unsigned int shift)
{
	return index >> (shift & (BITS_PER_LONG - 1));
}

static inline unsigned int vm_radix_offset(const struct xa_node *node, unsigned long index)
{
	return vm_radix_shift(index, node->shift) & XA_CHUNK_MASK;
}

/* The entries below that are no nodes are all below any address. */
static inline bool vm_radix_is_low(const void *entry)
{
	return (unsigned long)entry <= (unsigned long)XA_ZERO_ENTRY;
}

/*
 * What the slot of an index has, or the one above which its own would be.  @nodep is
 * the node of that slot; NULL when no node is on the way to the index.
 */
static __always_inline void *vm_radix_walk(const struct vm_radix *rt, unsigned long index,
					   struct xa_node **nodep)
{
	void *entry = rcu_dereference_raw(rt->rt_xa.xa_head);
	unsigned int shift;

	*nodep = NULL;
	if (!vm_radix_is_internal(entry) || vm_radix_is_low(entry))
		return index ? NULL : entry;
	shift = xa_to_node(entry)->shift;
	if (vm_radix_shift(index, shift) > XA_CHUNK_MASK)
		return NULL;
	for (;;) {
		*nodep = xa_to_node(entry);
		entry = vm_radix_slot(*nodep, vm_radix_shift(index, shift) & XA_CHUNK_MASK);
		if (!shift || vm_radix_is_low(entry))
			return entry;
		shift -= XA_CHUNK_SHIFT;
	}
}

/* @node is on the way to @pindex, or none of the tree's.  Is it a leaf? */
static inline bool vm_radix_note_leaf(struct vm_radix *rt, struct xa_node *node,
				      vm_pindex_t pindex)
{
	if (!node || node->shift)
		return false;
	rt->rt_leaf = node;
	rt->rt_leaf_index = pindex >> XA_CHUNK_SHIFT;
	return true;
}

/* The page at an index, or NULL.  Object locked. */
static inline vm_page_t vm_radix_lookup_locked(struct vm_radix *rt, vm_pindex_t pindex)
{
	if (likely(vm_radix_leaf_has(rt, pindex)))
		return vm_radix_page(vm_radix_slot(rt->rt_leaf, pindex & XA_CHUNK_MASK));
	return vm_radix_walk_to_page(rt, pindex);
}

/*
 * Find the place of an index, by one walk from the root, or by none when it lies
 * in the leaf that was used last.  v_index_walks counts the walks.  Returns the page
 * that is there already, or NULL.
 */
static inline vm_page_t vm_radix_find_place(struct vm_radix *rt, vm_pindex_t pindex,
					    struct vm_radix_place *rp)
{
	rp->rp_pindex = pindex;
	if (unlikely(!vm_radix_leaf_has(rt, pindex)))
		return vm_radix_walk_to_place(rt, rp);
	rp->rp_node = rt->rt_leaf;
	return vm_radix_page(vm_radix_slot(rt->rt_leaf, pindex & XA_CHUNK_MASK));
}

/* The page with the largest index below a place, or NULL; no walk from the root. */
static inline vm_page_t vm_radix_place_prev(struct vm_radix *rt, const struct vm_radix_place *rp)
{
	const unsigned int offset = rp->rp_pindex & XA_CHUNK_MASK;
	const struct xa_node *leaf = rp->rp_node;
	vm_page_t m;

	if (likely(offset && leaf && !leaf->shift)) {
		m = vm_radix_page(vm_radix_slot(leaf, offset - 1));
		if (likely(m))
			return m;
	}
	return vm_radix_walk_to_prev(rt, rp);
}

/* Put a page at an empty place: 0, or 1 without memory for a node. */
static inline int vm_radix_insert_at(struct vm_radix *rt, const struct vm_radix_place *rp,
				     vm_page_t m)
{
	const unsigned int offset = rp->rp_pindex & XA_CHUNK_MASK;
	struct xa_node *leaf = rp->rp_node;

	if (vm_machine_fail_node())
		return 1;
	if (unlikely(!leaf || leaf->shift))
		return vm_radix_insert_node(rt, rp, m);
	/* A reserved index is counted already. */
	leaf->count += !vm_radix_slot(leaf, offset);
	rcu_assign_pointer(leaf->slots[offset], m);
	return 0;
}

/*
 * For who wants only what needs no call: is the index in the leaf that was used last, with
 * nothing there?
 */
static inline bool vm_radix_leaf_takes(const struct vm_radix *rt, vm_pindex_t pindex)
{
	return vm_radix_leaf_has(rt, pindex) &&
	       !vm_radix_slot(rt->rt_leaf, pindex & XA_CHUNK_MASK);
}

/* Of an index in that leaf: is @mpred right before it, in the same leaf? */
static inline bool vm_radix_leaf_follows(const struct vm_radix *rt, vm_pindex_t pindex,
					 vm_page_t mpred)
{
	const unsigned int offset = pindex & XA_CHUNK_MASK;

	return offset && mpred && vm_radix_slot(rt->rt_leaf, offset - 1) == mpred;
}

/* The page right before, if it is in that leaf; or NULL. */
static inline vm_page_t vm_radix_leaf_before(const struct vm_radix *rt, vm_pindex_t pindex)
{
	const unsigned int offset = pindex & XA_CHUNK_MASK;

	if (!vm_radix_leaf_has(rt, pindex) || !offset)
		return NULL;
	return vm_radix_page(vm_radix_slot(rt->rt_leaf, offset - 1));
}

/* Put a page where that leaf takes one. */
static inline void vm_radix_leaf_insert(struct vm_radix *rt, vm_pindex_t pindex, vm_page_t m)
{
	struct xa_node *leaf = rt->rt_leaf;

	leaf->count++;
	rcu_assign_pointer(leaf->slots[pindex & XA_CHUNK_MASK], m);
}

/*
 * Put pages in a row, where whole leaves have none.  Returns how many came to their
 * places: all, or fewer without memory for a node.
 */
u_long vm_radix_insert_leaves(struct vm_radix *rt, vm_pindex_t pindex, vm_page_t m_run,
			      u_long npages);

/* Put another page in the place of one; needs no memory. */
void vm_radix_replace(struct vm_radix *rt, vm_pindex_t pindex, vm_page_t m);

/* Not for the last entry of a leaf, with which that goes, too. */
static inline void vm_radix_clear_slot(struct xa_node *leaf, unsigned int offset)
{
	RCU_INIT_POINTER(leaf->slots[offset], NULL);
	leaf->count--;
}

/* Have the leaf of an index be the one that was used last; false if there is none. */
static __always_inline bool vm_radix_walk_to_leaf(struct vm_radix *rt, vm_pindex_t pindex)
{
	struct xa_node *node;

	vm_radix_walk(rt, pindex, &node);
	return vm_radix_note_leaf(rt, node, pindex);
}

/* Has that leaf more than one entry?  With the last one it goes, too. */
static inline bool vm_radix_leaf_gives(const struct vm_radix *rt)
{
	return rt->rt_leaf->count > 1;
}

/* Take out the page of an index in that leaf, if it gives one. */
static inline void vm_radix_leaf_remove(struct vm_radix *rt, vm_pindex_t pindex)
{
	vm_radix_clear_slot(rt->rt_leaf, pindex & XA_CHUNK_MASK);
}

/* Take out the page of an index. */
static inline void vm_radix_remove(struct vm_radix *rt, vm_pindex_t pindex)
{
	const unsigned int offset = pindex & XA_CHUNK_MASK;
	struct xa_node *leaf = rt->rt_leaf;

	if (likely(vm_radix_leaf_has(rt, pindex) && leaf->count > 1 &&
		   vm_radix_slot(leaf, offset))) {
		vm_radix_clear_slot(leaf, offset);
	} else {
		vm_radix_walk_to_remove(rt, pindex);
	}
}

#endif /* _VM_RADIX_PRIV_H_ */
