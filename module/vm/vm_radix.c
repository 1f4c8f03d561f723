// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The index of an object, over an xarray.
 *
 * The leaf that was used last is remembered, as pages mostly come and go one
 * after the other.  Only a removal can free a leaf, and only removals make the
 * tree lower; both are done with the object write-locked and forget the leaf.
 * vm_radix_reserve() adds nodes without that lock, which leaves the leaf where it
 * is.  An index that is only reserved counts as empty.
 *
 * There are neither marks nor entries of more than one index, so a slot holds a
 * page, a node, or the zero entry of a reserved index.
 */
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <sys/systm.h>
#include <sys/vmmeter.h>
#include <vm/vm_page.h>
#include <vm/vm_radix.h>

#include "vm_machine.h"

void vm_radix_init(struct vm_radix *rt)
{
	xa_init(&rt->rt_xa);
	rt->rt_leaf = NULL;
	rt->rt_leaf_index = 0;
}

void vm_radix_fini(struct vm_radix *rt)
{
	rt->rt_leaf = NULL;
	xa_destroy(&rt->rt_xa);
}

vm_page_t vm_radix_lookup(struct vm_radix *rt, vm_pindex_t pindex)
{
	return pindex <= ULONG_MAX ? xa_load(&rt->rt_xa, pindex) : NULL;
}

vm_page_t vm_radix_lookup_ge(struct vm_radix *rt, vm_pindex_t pindex)
{
	unsigned long index = pindex;

	return pindex <= ULONG_MAX ? xa_find(&rt->rt_xa, &index, ULONG_MAX, XA_PRESENT) : NULL;
}

/* An entry that is a page, or NULL. */
static vm_page_t vm_radix_page(void *entry)
{
	return xa_is_internal(entry) ? NULL : entry;
}

static void *vm_radix_slot(struct vm_radix *rt, struct xa_node *node, unsigned int offset)
{
	return rcu_dereference_check(node->slots[offset], lockdep_is_held(&rt->rt_xa.xa_lock));
}

/* The last page below @entry, a node or what a slot holds otherwise. */
static vm_page_t vm_radix_last(struct vm_radix *rt, void *entry)
{
	struct xa_node *top, *node;
	int offset = XA_CHUNK_SIZE;

	if (!xa_is_node(entry))
		return vm_radix_page(entry);

	/* Down to the last leaf, then back up and left past what is only reserved. */
	top = xa_to_node(entry);
	for (node = top;; node = xa_parent_locked(&rt->rt_xa, node)) {
		while (--offset >= 0) {
			entry = vm_radix_slot(rt, node, offset);
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
static vm_page_t vm_radix_before(struct vm_radix *rt, struct xa_node *node, int offset)
{
	vm_page_t m;

	for (; node; node = xa_parent_locked(&rt->rt_xa, node)) {
		while (--offset >= 0) {
			m = vm_radix_last(rt, vm_radix_slot(rt, node, offset));
			if (m)
				return m;
		}
		offset = node->offset;
	}
	return NULL;
}

static void vm_radix_note_leaf(struct vm_radix *rt, const struct xa_state *xas)
{
	if (xas->xa_node && !xas_invalid(xas) && !xas->xa_node->shift) {
		rt->rt_leaf = xas->xa_node;
		rt->rt_leaf_index = xas->xa_index >> XA_CHUNK_SHIFT;
	}
}

void vm_radix_find_place(struct vm_radix *rt, vm_pindex_t pindex, struct vm_radix_place *rp)
{
	struct xa_state *xas = &rp->rp_xas;

	*xas = (struct xa_state)__XA_STATE(&rt->rt_xa, pindex, 0, 0);
	xas_lock(xas);
	if (rt->rt_leaf && rt->rt_leaf_index == pindex >> XA_CHUNK_SHIFT) {
		xas->xa_node = rt->rt_leaf;
		xas->xa_offset = pindex & XA_CHUNK_MASK;
		rp->rp_page = vm_radix_page(vm_radix_slot(rt, rt->rt_leaf, xas->xa_offset));
	} else {
		rp->rp_page = vm_radix_page(xas_load(xas));
		vm_radix_note_leaf(rt, xas);
		VM_CNT_INC(v_index_walks);
	}
	xas_unlock(xas);
}

vm_page_t vm_radix_place_prev(struct vm_radix *rt, struct vm_radix_place *rp)
{
	struct xa_state *xas = &rp->rp_xas;
	vm_page_t m;

	xas_lock(xas);
	if (xas->xa_node == XAS_BOUNDS)		/* above all that the tree reaches */
		m = vm_radix_last(rt, xa_head_locked(&rt->rt_xa));
	else
		m = vm_radix_before(rt, xas->xa_node, xas->xa_offset);
	xas_unlock(xas);
	return m;
}

int vm_radix_insert_at(struct vm_radix *rt, struct vm_radix_place *rp, vm_page_t m)
{
	struct xa_state *xas = &rp->rp_xas;

	if (vm_machine_fail_node())
		return 1;

	do {
		xas_lock(xas);
		xas_store(xas, m);
		vm_radix_note_leaf(rt, xas);
		xas_unlock(xas);
	} while (xas_nomem(xas, GFP_NOWAIT | __GFP_NOWARN));
	return !!xas_error(xas);
}

void vm_radix_replace(struct vm_radix *rt, vm_pindex_t pindex, vm_page_t m)
{
	xa_store(&rt->rt_xa, pindex, m, 0);
}

void vm_radix_remove(struct vm_radix *rt, vm_pindex_t pindex)
{
	rt->rt_leaf = NULL;
	xa_erase(&rt->rt_xa, pindex);
}

int vm_radix_reserve(struct vm_radix *rt, vm_pindex_t pindex)
{
	return xa_reserve(&rt->rt_xa, pindex, GFP_KERNEL);
}

void vm_radix_unreserve(struct vm_radix *rt, vm_pindex_t pindex)
{
	rt->rt_leaf = NULL;
	xa_release(&rt->rt_xa, pindex);
}

void vm_radix_wait(void)
{
	schedule_timeout_idle(1);
}
