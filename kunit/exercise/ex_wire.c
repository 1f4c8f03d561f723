// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Wirings of pages in objects, which several threads share, and the queues.
 */
#include <linux/mman.h>

#include "exercise.h"

static enum ex_result ex_wire_found(struct ex_thread *t, bool mapped)
{
	const vm_pindex_t pindex = ex_pindex(t);
	enum ex_result result = EX_NONE;
	struct ex_object *xo;
	vm_page_t m;

	if (!ex_room(t, EX_WIRED, 1))
		return EX_SKIP;
	xo = ex_get(t);
	VM_OBJECT_RLOCK(xo->object);
	m = vm_page_lookup(xo->object, pindex);
	if (m) {
		result = EX_DONE;
		if (!mapped)
			vm_page_wire(m);
		else if (!vm_page_wire_mapped(m))
			result = EX_NONE;
	}
	if (result == EX_DONE)
		ex_put_in(t, EX_WIRED, m, NULL, 1);
	VM_OBJECT_RUNLOCK(xo->object);
	ex_put(xo);
	return result;
}

static enum ex_result ex_wire(struct ex_thread *t)
{
	return ex_wire_found(t, false);
}

static enum ex_result ex_wire_mapped(struct ex_thread *t)
{
	return ex_wire_found(t, true);
}

static enum ex_result ex_unwire(struct ex_thread *t)
{
	struct ex_item *item = ex_pick(t, EX_WIRED);

	if (!item)
		return EX_SKIP;
	ex_unwire_item(t, item);
	return EX_DONE;
}

/* Of managed pages, with one wiring of ours. */
static struct ex_item *ex_pick_managed(struct ex_thread *t)
{
	struct ex_item *item = ex_pick(t, EX_WIRED);

	return item && !(item->m->oflags & VPO_UNMANAGED) && item->wires == 1 ? item : NULL;
}

static enum ex_result ex_release(struct ex_thread *t)
{
	struct ex_item *item = ex_pick_managed(t);
	vm_page_t m;

	if (!item)
		return EX_SKIP;
	m = item->m;
	ex_take_out(t, EX_WIRED, item);
	vm_page_release(m, (ex_one_in(t, 2) ? VPR_TRYFREE : 0) |
			   (ex_one_in(t, 2) ? VPR_NOREUSE : 0));
	return EX_DONE;
}

static enum ex_result ex_unhold_pages(struct ex_thread *t)
{
	struct ex_item *item;
	vm_page_t ma[4];
	int n;

	for (n = 0; n < ARRAY_SIZE(ma); n++) {
		item = ex_pick_managed(t);
		if (!item)
			break;
		ma[n] = item->m;
		ex_take_out(t, EX_WIRED, item);
	}
	if (!n)
		return EX_SKIP;
	vm_page_unhold_pages(ma, n);
	return EX_DONE;
}

/* Queues */

static enum ex_result ex_queue(struct ex_thread *t)
{
	static void (* const funcs[])(vm_page_t m) = {
		vm_page_activate, vm_page_deactivate, vm_page_deactivate_noreuse, vm_page_launder,
		vm_page_unswappable, vm_page_reference,
	};
	const vm_pindex_t pindex = ex_pindex(t);
	struct ex_object *xo = ex_get(t);
	vm_page_t m;

	VM_OBJECT_WLOCK(xo->object);
	m = vm_page_lookup(xo->object, pindex);
	if (m)
		funcs[ex_below(t, ARRAY_SIZE(funcs))](m);
	if (m && xo->unmanaged)
		ex_check(t, vm_page_queue(m) == PQ_NONE);
	VM_OBJECT_WUNLOCK(xo->object);
	ex_put(xo);
	return m ? EX_DONE : EX_NONE;
}

/* What MADV_FREE forgets may be written by nobody: busied, and valid. */
static enum ex_result ex_advise(struct ex_thread *t)
{
	static const int advices[] = { MADV_WILLNEED, MADV_FREE, MADV_DONTNEED };
	struct ex_item *item = ex_pick(t, EX_XBUSY);

	if (!item)
		return EX_SKIP;
	VM_OBJECT_WLOCK(item->xo->object);
	vm_page_advise(item->m, advices[ex_below(t, ARRAY_SIZE(advices))]);
	VM_OBJECT_WUNLOCK(item->xo->object);
	return EX_DONE;
}

static enum ex_result ex_aflags(struct ex_thread *t)
{
	struct ex_item *item = ex_pick(t, EX_XBUSY);

	if (!item)
		return EX_SKIP;
	vm_page_aflag_set(item->m, PGA_REFERENCED | PGA_NOSYNC);
	ex_check(t, item->m->a.flags & PGA_NOSYNC);
	vm_page_aflag_clear(item->m, PGA_NOSYNC);
	ex_check(t, !(item->m->a.flags & PGA_NOSYNC));
	return EX_DONE;
}

static const struct ex_op ex_wire_ops[] = {
	{ "wire", 8, ex_wire },
	{ "wire_mapped", 4, ex_wire_mapped },
	{ "unwire", 8, ex_unwire },
	{ "release", 8, ex_release },
	{ "unhold_pages", 3, ex_unhold_pages },
	{ "activate and the like", 8, ex_queue },
	{ "advise", 6, ex_advise },
	{ "aflag_set, _clear", 2, ex_aflags },
};

const struct ex_group ex_wire_group = { ex_wire_ops, ARRAY_SIZE(ex_wire_ops) };
