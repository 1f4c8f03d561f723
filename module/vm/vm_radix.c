// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The index of an object, over an xarray.
 *
 * The leaf that was used last is remembered, as pages mostly come and go one
 * after the other.  Only the xarray frees leaves, and only when an entry is taken out;
 * it may be another leaf than that of the entry, when the tree becomes lower.  So
 * whoever has the xarray take one out forgets the leaf.
 *
 * A slot holds a page, a node, or the zero entry of a reserved index.  An index that is
 * only reserved counts as empty.  Who looks without the lock may find the retry entry
 * in a leaf that is no longer part of the tree.
 */
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <sys/systm.h>
#include <sys/vmmeter.h>
#include <vm/vm_object.h>
#include <vm/vm_page.h>
#include <vm/vm_radix.h>

#include "vm_radix_priv.h"

/* As rt_leaf_index, what no index has. */
#define VM_RADIX_NO_LEAF	(~(vm_pindex_t)0)

static void vm_radix_forget_leaf(struct vm_radix *rt)
{
	rt->rt_leaf = NULL;
	rt->rt_leaf_index = VM_RADIX_NO_LEAF;
}

void vm_radix_init(struct vm_radix *rt)
{
	xa_init(&rt->rt_xa);
	vm_radix_forget_leaf(rt);
}

void vm_radix_fini(struct vm_radix *rt)
{
	vm_radix_forget_leaf(rt);
	xa_destroy(&rt->rt_xa);
}

vm_page_t vm_radix_lookup(struct vm_radix *rt, vm_pindex_t pindex)
{
	struct xa_node *node;
	void *entry;

	if (pindex > ULONG_MAX)
		return NULL;
	rcu_read_lock();
	do {
		entry = vm_radix_walk(rt, pindex, &node);
	} while (xa_is_retry(entry));
	rcu_read_unlock();
	return vm_radix_page(entry);
}

/* Readers are here at the same time: so the leaf is not noted. */
vm_page_t vm_radix_walk_to_page(struct vm_radix *rt, vm_pindex_t pindex)
{
	struct xa_node *node;

	return pindex <= ULONG_MAX ? vm_radix_page(vm_radix_walk(rt, pindex, &node)) : NULL;
}

vm_page_t vm_radix_lookup_ge(struct vm_radix *rt, vm_pindex_t pindex)
{
	unsigned long index = pindex;

	return pindex <= ULONG_MAX ? xa_find(&rt->rt_xa, &index, ULONG_MAX, XA_PRESENT) : NULL;
}

vm_page_t vm_radix_lookup_in(struct vm_radix *rt, vm_pindex_t first, vm_pindex_t last)
{
	unsigned long index = first;

	return first <= ULONG_MAX ? xa_find(&rt->rt_xa, &index, min_t(vm_pindex_t, last, ULONG_MAX),
					    XA_PRESENT) : NULL;
}

vm_page_t vm_radix_walk_to_place(struct vm_radix *rt, struct vm_radix_place *rp)
{
	void *entry = vm_radix_walk(rt, rp->rp_pindex, &rp->rp_node);

	vm_radix_note_leaf(rt, rp->rp_node, rp->rp_pindex);
	VM_CNT_INC(v_index_walks);
	return vm_radix_page(entry);
}

static struct xa_node *vm_radix_parent(const struct xa_node *node)
{
	return rcu_dereference_raw(node->parent);
}

/* The last page below @entry, a node or what a slot holds otherwise. */
static vm_page_t vm_radix_last(void *entry)
{
	struct xa_node *top, *node;
	int offset = XA_CHUNK_SIZE;

	if (!xa_is_node(entry))
		return vm_radix_page(entry);

	/* Down to the last leaf, then back up and left past what is only reserved. */
	top = xa_to_node(entry);
	for (node = top;; node = vm_radix_parent(node)) {
		while (--offset >= 0) {
			entry = vm_radix_slot(node, offset);
			if (xa_is_node(entry)) {
				node = xa_to_node(entry);
				offset = XA_CHUNK_SIZE;
			} else if (vm_radix_page(entry)) {
				return entry;
			}
		}
		if (node == top)
			return NULL;
		offset = node->offset;
	}
}

/* The last page in the slots of @node before @offset, or anywhere left of them. */
static vm_page_t vm_radix_before(const struct xa_node *node, int offset)
{
	vm_page_t m;

	for (; node; node = vm_radix_parent(node)) {
		while (--offset >= 0) {
			m = vm_radix_last(vm_radix_slot(node, offset));
			if (m)
				return m;
		}
		offset = node->offset;
	}
	return NULL;
}

vm_page_t vm_radix_walk_to_prev(struct vm_radix *rt, const struct vm_radix_place *rp)
{
	if (rp->rp_node)
		return vm_radix_before(rp->rp_node, vm_radix_offset(rp->rp_node, rp->rp_pindex));
	if (!rp->rp_pindex)
		return NULL;
	/* The place is above all that the tree reaches. */
	return vm_radix_last(rcu_dereference_raw(rt->rt_xa.xa_head));
}

int vm_radix_insert_node(struct vm_radix *rt, const struct vm_radix_place *rp, vm_page_t m)
{
	XA_STATE(xas, &rt->rt_xa, rp->rp_pindex);

	if (rp->rp_node) {
		xas.xa_node = rp->rp_node;
		xas.xa_offset = vm_radix_offset(rp->rp_node, rp->rp_pindex);
	}
	do {
		xas_lock(&xas);
		xas_store(&xas, m);
		xas_unlock(&xas);
	} while (xas_nomem(&xas, GFP_NOWAIT | __GFP_NOWARN));
	if (xas_error(&xas))
		return 1;
	vm_radix_note_leaf(rt, xas.xa_node, rp->rp_pindex);
	return 0;
}

/* What was reserved is counted already; in the end all is. */
static void vm_radix_fill_leaf(struct xa_node *leaf, vm_page_t m_run)
{
	void __rcu **const slots = leaf->slots;
	unsigned int offset;

#pragma GCC unroll 16
	for (offset = 0; offset < XA_CHUNK_SIZE; offset++)
		rcu_assign_pointer(slots[offset], &m_run[offset]);
	leaf->count = XA_CHUNK_SIZE;
}

/* The last page of a leaf makes it, which the first of all indexes would not do. */
u_long vm_radix_insert_leaves(struct vm_radix *rt, vm_pindex_t pindex, vm_page_t m_run,
			      u_long npages)
{
	const u_long last = XA_CHUNK_SIZE - 1;
	struct vm_radix_place rp;
	u_long i;

	for (i = 0; i < npages; i += XA_CHUNK_SIZE) {
		vm_radix_find_place(rt, pindex + i + last, &rp);
		if (vm_radix_insert_at(rt, &rp, &m_run[i + last]))
			break;
		vm_radix_fill_leaf(rt->rt_leaf, &m_run[i]);
	}
	return i;
}

void vm_radix_replace(struct vm_radix *rt, vm_pindex_t pindex, vm_page_t m)
{
	xa_store(&rt->rt_xa, pindex, m, 0);
}

/* The next to be taken out is probably of the same leaf. */
void vm_radix_walk_to_remove(struct vm_radix *rt, vm_pindex_t pindex)
{
	struct xa_node *leaf;

	if (vm_radix_page(vm_radix_walk(rt, pindex, &leaf)) && leaf && leaf->count > 1) {
		rt->rt_leaf = leaf;
		rt->rt_leaf_index = pindex >> XA_CHUNK_SHIFT;
		vm_radix_clear_slot(leaf, pindex & XA_CHUNK_MASK);
	} else {
		vm_radix_forget_leaf(rt);
		xa_erase(&rt->rt_xa, pindex);
	}
}

int vm_radix_reserve(vm_object_t object, vm_pindex_t pindex)
{
	XA_STATE(xas, &object->rtree.rt_xa, pindex);

	/* The lock is given up for each node, which is all that one round may want. */
	do {
		VM_OBJECT_WLOCK(object);
		xas_lock(&xas);
		if (!xas_load(&xas))
			xas_store(&xas, XA_ZERO_ENTRY);
		xas_unlock(&xas);
		VM_OBJECT_WUNLOCK(object);
	} while (xas_nomem(&xas, GFP_KERNEL));
	return xas_error(&xas);
}

void vm_radix_unreserve(vm_object_t object, vm_pindex_t pindex)
{
	if (!VM_OBJECT_ASSERT_WLOCKED(object))
		return;
	vm_radix_forget_leaf(&object->rtree);
	xa_release(&object->rtree.rt_xa, pindex);
}

void vm_radix_wait(void)
{
	schedule_timeout_idle(1);
}
