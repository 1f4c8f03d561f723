// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * What page is where: insertion, removal, replacement, renaming, freeing.
 */
#include <linux/slab.h>

#include "exercise.h"

/* Nobody can wire it before it is unbusied. */
bool ex_unwire_for_free(struct ex_thread *t, struct ex_item *item)
{
	while (item->wires) {
		item->wires--;
		vm_page_unwire_noq(item->m);
	}
	return !vm_page_wired(item->m);
}

struct ex_object *ex_let_go(struct ex_thread *t, struct ex_item *item)
{
	struct ex_object *xo = item->xo;
	vm_page_t m = item->m;

	ex_check_resident_stamp(t, m, xo);
	ex_disclaim(t, m);
	ex_take_out(t, EX_XBUSY, item);
	return xo;
}

static void ex_forget_content(vm_page_t m)
{
	vm_page_undirty(m);
	vm_page_invalid(m);
}

static enum ex_result ex_free_by(struct ex_thread *t, void (*free)(vm_page_t m))
{
	struct ex_item *item = ex_pick(t, EX_XBUSY);
	enum ex_result result = EX_NONE;
	struct ex_object *xo;
	vm_page_t m;

	if (!item)
		return EX_SKIP;
	xo = item->xo;
	m = item->m;
	VM_OBJECT_WLOCK(xo->object);
	if (ex_unwire_for_free(t, item)) {
		ex_let_go(t, item);
		free(m);
		ex_check(t, vm_page_lookup(xo->object, m->pindex) != m);
		result = EX_DONE;
	}
	VM_OBJECT_WUNLOCK(xo->object);
	if (result == EX_DONE)
		ex_put(xo);
	return result;
}

static enum ex_result ex_free(struct ex_thread *t)
{
	return ex_free_by(t, vm_page_free);
}

static void ex_zero_and_free(vm_page_t m)
{
	pmap_zero_page(m);
	vm_page_free_zero(m);
}

static enum ex_result ex_free_zero(struct ex_thread *t)
{
	return ex_free_by(t, ex_zero_and_free);
}

/* A wired page leaves its object only, and the last unwiring frees it. */
static enum ex_result ex_free_invalid(struct ex_thread *t)
{
	struct ex_item *item = ex_pick(t, EX_XBUSY);
	struct ex_object *xo;
	unsigned int wires;
	vm_page_t m;

	if (!item)
		return EX_SKIP;
	m = item->m;
	wires = item->wires;
	xo = item->xo;
	VM_OBJECT_WLOCK(xo->object);
	ex_let_go(t, item);
	ex_forget_content(m);
	vm_page_free_invalid(m);
	VM_OBJECT_WUNLOCK(xo->object);
	if (wires)
		ex_put_in(t, EX_WIRED, m, NULL, wires);
	ex_put(xo);
	return EX_DONE;
}

/* Insertion */

static enum ex_result ex_insert_locked(struct ex_thread *t, struct ex_item *item,
				       struct ex_object *xo, vm_pindex_t pindex)
{
	const vm_pindex_t old = item->m->pindex;
	vm_page_t m = item->m;
	unsigned int wires = item->wires;

	/* A page that is not wired becomes managed or unmanaged as the object is. */
	if ((wires && !ex_fits(m, xo)) || vm_page_lookup(xo->object, pindex))
		return EX_NONE;
	ex_check_noobj_stamp(t, m);
	/* Before it can be found, and so that nobody else takes it then. */
	if (!vm_page_tryxbusy(m))
		return EX_NONE;
	if (vm_page_insert(m, xo->object, pindex)) {
		ex_check(t, !m->object && m->pindex == old);
		vm_page_xunbusy(m);
		return EX_NONE;
	}
	ex_check(t, vm_page_lookup(xo->object, pindex) == m);
	ex_check_superseded(t, xo, pindex);
	ex_take_out(t, EX_NOOBJ, item);
	ex_stamp_resident(t, m, xo);
	ex_put_in(t, EX_XBUSY, m, ex_ref(xo), wires);
	return EX_DONE;
}

enum ex_result ex_insert(struct ex_thread *t)
{
	struct ex_item *item = ex_pick(t, EX_NOOBJ);
	const vm_pindex_t pindex = ex_pindex(t);
	enum ex_result result;
	struct ex_object *xo;

	if (!item || !ex_room(t, EX_XBUSY, 1))
		return EX_SKIP;
	xo = ex_get(t);
	VM_OBJECT_WLOCK(xo->object);
	result = ex_insert_locked(t, item, xo, pindex);
	VM_OBJECT_WUNLOCK(xo->object);
	ex_put(xo);
	return result;
}

/* Removal: the page is ours unless others have it wired, and then theirs. */

static void ex_keep_removed(struct ex_thread *t, vm_page_t m, unsigned int wires, bool free)
{
	ex_check(t, !free || !wires);
	if (free)
		ex_hold_noobj(t, m, 0);
	else if (wires)
		ex_put_in(t, EX_WIRED, m, NULL, wires);
}

static enum ex_result ex_remove_item(struct ex_thread *t, bool (*remove)(vm_page_t m), bool busied)
{
	struct ex_item *item = ex_pick(t, EX_XBUSY);
	struct ex_object *xo;
	unsigned int wires;
	vm_page_t m;
	bool free;

	if (!item || !ex_room(t, EX_NOOBJ, 1))
		return EX_SKIP;
	m = item->m;
	wires = item->wires;
	xo = item->xo;
	VM_OBJECT_WLOCK(xo->object);
	ex_let_go(t, item);
	ex_forget_content(m);
	free = remove(m);
	VM_OBJECT_WUNLOCK(xo->object);
	if (busied)
		vm_page_xunbusy(m);
	ex_keep_removed(t, m, wires, free);
	ex_put(xo);
	return EX_DONE;
}

static enum ex_result ex_remove(struct ex_thread *t)
{
	return ex_remove_item(t, vm_page_remove, false);
}

static enum ex_result ex_remove_xbusy(struct ex_thread *t)
{
	return ex_remove_item(t, vm_page_remove_xbusy, true);
}

/* Replacement */

static enum ex_result ex_replace_locked(struct ex_thread *t, struct ex_item *new,
					struct ex_item *old)
{
	const unsigned int new_wires = new->wires, old_wires = old->wires;
	struct ex_object *xo = old->xo;
	vm_page_t mnew = new->m, mold = old->m;
	const vm_pindex_t pindex = mold->pindex;

	if (!ex_fits(mnew, xo) || !vm_page_tryxbusy(mnew))
		return EX_NONE;
	ex_check_noobj_stamp(t, mnew);
	ex_take_out(t, EX_NOOBJ, new);
	ex_let_go(t, old);
	vm_page_replace(mnew, xo->object, pindex, mold);
	ex_check(t, vm_page_lookup(xo->object, pindex) == mnew);
	ex_stamp_resident(t, mnew, xo);
	ex_put_in(t, EX_XBUSY, mnew, xo, new_wires);
	if (old_wires)
		ex_put_in(t, EX_WIRED, mold, NULL, old_wires);
	return EX_DONE;
}

static enum ex_result ex_replace(struct ex_thread *t)
{
	struct ex_item *new = ex_pick(t, EX_NOOBJ), *old = ex_pick(t, EX_XBUSY);
	enum ex_result result;
	vm_object_t object;

	if (!new || !old)
		return EX_SKIP;
	object = old->xo->object;
	VM_OBJECT_WLOCK(object);
	result = ex_replace_locked(t, new, old);
	VM_OBJECT_WUNLOCK(object);
	return result;
}

/* Renaming */

static enum ex_result ex_rename_locked(struct ex_thread *t, struct ex_item *item,
				       struct ex_object *to, vm_pindex_t pindex)
{
	struct ex_object *from = item->xo;
	vm_page_t m = item->m;
	const vm_pindex_t old = m->pindex;

	if (!ex_fits(m, to) || vm_page_lookup(to->object, pindex))
		return EX_NONE;
	vm_page_valid(m);
	if (vm_page_rename(m, to->object, pindex)) {
		ex_check(t, m->object == from->object && m->pindex == old);
		ex_stamp_resident(t, m, from);
		return EX_NONE;
	}
	ex_check(t, vm_page_lookup(to->object, pindex) == m);
	ex_check_superseded(t, to, pindex);
	ex_check(t, m->dirty == VM_PAGE_BITS_ALL);
	ex_stamp_resident(t, m, to);
	item->xo = ex_ref(to);
	return EX_DONE;
}

/* Another thread may rename the other way, so the second lock is only tried. */
enum ex_result ex_rename(struct ex_thread *t)
{
	struct ex_item *item = ex_pick(t, EX_XBUSY);
	const vm_pindex_t pindex = ex_pindex(t);
	enum ex_result result = EX_NONE;
	struct ex_object *from, *to;

	if (!item)
		return EX_SKIP;
	from = item->xo;
	to = ex_get(t);
	VM_OBJECT_WLOCK(from->object);
	if (to == from || VM_OBJECT_TRYWLOCK(to->object)) {
		result = ex_rename_locked(t, item, to, pindex);
		if (to != from)
			VM_OBJECT_WUNLOCK(to->object);
	}
	VM_OBJECT_WUNLOCK(from->object);
	if (result == EX_DONE)
		ex_put(from);
	ex_put(to);
	return result;
}

static const struct ex_op ex_identity_ops[] = {
	{ "free resident", 8, ex_free },
	{ "free_zero resident", 5, ex_free_zero },
	{ "free_invalid", 4, ex_free_invalid },
	{ "insert", 8, ex_insert },
	{ "remove", 5, ex_remove },
	{ "remove_xbusy", 4, ex_remove_xbusy },
	{ "replace", 6, ex_replace },
	{ "rename", 8, ex_rename },
};

const struct ex_group ex_identity_group = { ex_identity_ops, ARRAY_SIZE(ex_identity_ops) };
