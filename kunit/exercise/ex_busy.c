// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Busying, with and without sleep.
 */
#include "exercise.h"

static enum ex_result ex_try(struct ex_thread *t, int req)
{
	const vm_pindex_t pindex = ex_pindex(t);
	const enum ex_kind kind = req & VM_ALLOC_SBUSY ? EX_SBUSY : EX_XBUSY;
	enum ex_result result = EX_NONE;
	struct ex_object *xo;
	vm_page_t m;

	if (!ex_room(t, kind, 1))
		return EX_SKIP;
	xo = ex_get(t);
	VM_OBJECT_RLOCK(xo->object);
	m = vm_page_lookup(xo->object, pindex);
	if (m && (kind == EX_SBUSY ? vm_page_trysbusy(m) : vm_page_tryxbusy(m))) {
		ex_hold_resident(t, m, xo, req);
		result = EX_DONE;
	}
	VM_OBJECT_RUNLOCK(xo->object);
	ex_put(xo);
	return result;
}

static enum ex_result ex_tryxbusy(struct ex_thread *t)
{
	return ex_try(t, 0);
}

static enum ex_result ex_trysbusy(struct ex_thread *t)
{
	return ex_try(t, VM_ALLOC_SBUSY);
}

static enum ex_result ex_unbusy(struct ex_thread *t, enum ex_kind kind)
{
	struct ex_item *item = ex_pick(t, kind);

	if (!item || !ex_room(t, EX_WIRED, 1))
		return EX_SKIP;
	ex_unbusy_item(t, kind, item);
	return EX_DONE;
}

static enum ex_result ex_xunbusy(struct ex_thread *t)
{
	return ex_unbusy(t, EX_XBUSY);
}

static enum ex_result ex_sunbusy(struct ex_thread *t)
{
	return ex_unbusy(t, EX_SBUSY);
}

static enum ex_result ex_downgrade(struct ex_thread *t)
{
	struct ex_item *item = ex_pick(t, EX_XBUSY), was;

	if (!item || !ex_room(t, EX_SBUSY, 1))
		return EX_SKIP;
	was = *item;
	ex_disclaim(t, was.m);
	ex_take_out(t, EX_XBUSY, item);
	vm_page_busy_downgrade(was.m);
	vm_page_assert_sbusied(was.m);
	ex_put_in(t, EX_SBUSY, was.m, was.xo, was.wires);
	return EX_DONE;
}

static enum ex_result ex_tryupgrade(struct ex_thread *t)
{
	struct ex_item *item = ex_pick(t, EX_SBUSY), was;

	if (!item || !ex_room(t, EX_XBUSY, 1))
		return EX_SKIP;
	was = *item;
	if (!vm_page_busy_tryupgrade(was.m))
		return EX_NONE;
	vm_page_assert_xbusied(was.m);
	ex_claim(t, was.m);
	ex_take_out(t, EX_SBUSY, item);
	ex_put_in(t, EX_XBUSY, was.m, was.xo, was.wires);
	return EX_DONE;
}

/* A page that is wired can be waited for without a lock; it may leave its object. */
static bool ex_acquire_flags(struct ex_thread *t, int *flags)
{
	static const int busies[] = { 0, VM_ALLOC_SBUSY, VM_ALLOC_IGN_SBUSY };
	static const int waits[] = { 0, VM_ALLOC_NOWAIT, VM_ALLOC_WAITFAIL };

	*flags = busies[ex_below(t, 3)] | waits[ex_below(t, 3)];
	if (ex_one_in(t, 3))
		*flags |= VM_ALLOC_WIRED;
	if (*flags & VM_ALLOC_NOWAIT)
		return true;
	return ex_may_wait_for_busy(t);
}

/* It may have left the object. */
static enum ex_result ex_acquired(struct ex_thread *t, vm_page_t m, struct ex_object *xo,
				  int flags)
{
	if (m->object == xo->object) {
		ex_hold_resident(t, m, xo, flags);
		return EX_DONE;
	}
	if (flags & VM_ALLOC_WIRED)
		ex_put_in(t, EX_WIRED, m, NULL, 1);
	if (flags & (VM_ALLOC_SBUSY | VM_ALLOC_IGN_SBUSY))
		vm_page_sunbusy(m);
	else
		vm_page_xunbusy(m);
	return EX_NONE;
}

/* Wired meanwhile, the page cannot be freed while it is waited for. */
static enum ex_result ex_acquire(struct ex_thread *t)
{
	const vm_pindex_t pindex = ex_pindex(t);
	enum ex_result result = EX_NONE;
	struct ex_object *xo;
	vm_page_t m;
	int flags;

	if (!ex_acquire_flags(t, &flags) || !ex_room(t, EX_XBUSY, 1) ||
	    !ex_room(t, EX_SBUSY, 1) || !ex_room(t, EX_WIRED, 1))
		return EX_SKIP;
	xo = ex_get(t);
	VM_OBJECT_WLOCK(xo->object);
	m = vm_page_lookup(xo->object, pindex);
	if (m) {
		vm_page_wire(m);
		ex_put_in(t, EX_WIRED, m, NULL, 1);
		if (vm_page_busy_acquire(m, flags))
			result = ex_acquired(t, m, xo, flags);
	}
	ex_check(t, VM_OBJECT_WOWNED(xo->object));
	VM_OBJECT_WUNLOCK(xo->object);
	ex_put(xo);
	return result;
}

static enum ex_result ex_acquire_wired(struct ex_thread *t)
{
	struct ex_item *item = ex_pick(t, EX_WIRED);
	vm_page_t m;
	int flags;

	if (!item || !ex_acquire_flags(t, &flags))
		return EX_SKIP;
	m = item->m;
	if (!vm_page_busy_acquire(m, flags))
		return EX_NONE;
	if (flags & VM_ALLOC_WIRED)
		item->wires++;
	vm_page_assert_busied(m);
	if (flags & (VM_ALLOC_SBUSY | VM_ALLOC_IGN_SBUSY)) {
		vm_page_sunbusy(m);
	} else {
		ex_claim(t, m);
		ex_disclaim(t, m);
		vm_page_xunbusy(m);
	}
	return EX_DONE;
}

/* Wait for one that another thread has busied. */
static enum ex_result ex_sleep(struct ex_thread *t)
{
	const vm_pindex_t pindex = ex_pindex(t);
	const int flags = ex_one_in(t, 2) ? VM_ALLOC_IGN_SBUSY : 0;
	struct ex_object *xo;
	bool locked = true;
	vm_page_t m;

	if (!ex_may_wait_for_busy(t))
		return EX_SKIP;
	xo = ex_get(t);
	VM_OBJECT_WLOCK(xo->object);
	m = vm_page_lookup(xo->object, pindex);
	if (m)
		locked = !vm_page_busy_sleep(m, "exslp", flags);
	ex_check(t, VM_OBJECT_WOWNED(xo->object) == locked);
	if (locked)
		VM_OBJECT_WUNLOCK(xo->object);
	ex_put(xo);
	return m ? EX_DONE : EX_NONE;
}

static enum ex_result ex_sleep_unlocked(struct ex_thread *t)
{
	const vm_pindex_t pindex = ex_pindex(t);
	const int flags = ex_one_in(t, 2) ? VM_ALLOC_IGN_SBUSY : 0;
	struct ex_object *xo;
	vm_page_t m;

	if (!ex_may_wait_for_busy(t))
		return EX_SKIP;
	xo = ex_get(t);
	m = vm_page_lookup_unlocked(xo->object, pindex);
	if (m)
		vm_page_busy_sleep_unlocked(xo->object, m, pindex, "exslu", flags);
	ex_put(xo);
	return m ? EX_DONE : EX_NONE;
}

static enum ex_result ex_claim_busy(struct ex_thread *t)
{
	struct ex_item *item = ex_pick(t, EX_XBUSY);

	if (!item)
		return EX_SKIP;
	vm_page_xbusy_claim(item->m);
	ex_check(t, vm_page_assert_xbusied(item->m));
	return EX_DONE;
}

static const struct ex_op ex_busy_ops[] = {
	{ "tryxbusy", 10, ex_tryxbusy },
	{ "trysbusy", 10, ex_trysbusy },
	{ "xunbusy", 8, ex_xunbusy },
	{ "sunbusy", 8, ex_sunbusy },
	{ "busy_downgrade", 4, ex_downgrade },
	{ "busy_tryupgrade", 4, ex_tryupgrade },
	{ "busy_acquire", 6, ex_acquire },
	{ "busy_acquire wired", 6, ex_acquire_wired },
	{ "busy_sleep", 6, ex_sleep },
	{ "busy_sleep_unlocked", 6, ex_sleep_unlocked },
	{ "xbusy_claim", 1, ex_claim_busy },
};

const struct ex_group ex_busy_group = { ex_busy_ops, ARRAY_SIZE(ex_busy_ops) };
