// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Valid and dirty bits of pages that the thread has busied exclusively.
 */
#include "exercise.h"

/* An exclusively busied page, and a range of it. */
struct ex_range {
	vm_page_t m;
	struct ex_object *xo;
	int base;
	int size;
};

static bool ex_pick_range(struct ex_thread *t, struct ex_range *r)
{
	struct ex_item *item = ex_pick(t, EX_XBUSY);

	if (!item)
		return false;
	r->m = item->m;
	r->xo = item->xo;
	r->base = ex_below(t, PAGE_SIZE);
	r->size = ex_below(t, PAGE_SIZE - r->base + 1);
	return true;
}

/* A block that becomes valid has to hold what it should. */
static void ex_fill_range(struct ex_thread *t, const struct ex_range *r)
{
	if (r->base < 512)
		ex_stamp_resident(t, r->m, r->xo);
}

static enum ex_result ex_set_valid_range(struct ex_thread *t)
{
	struct ex_range r;

	if (!ex_pick_range(t, &r))
		return EX_SKIP;
	ex_fill_range(t, &r);
	vm_page_set_valid_range(r.m, r.base, r.size);
	ex_check(t, (r.m->valid & vm_page_bits(r.base, r.size)) == vm_page_bits(r.base, r.size));
	return EX_DONE;
}

static enum ex_result ex_set_validclean(struct ex_thread *t)
{
	struct ex_range r;

	if (!ex_pick_range(t, &r))
		return EX_SKIP;
	ex_fill_range(t, &r);
	vm_page_set_validclean(r.m, r.base, r.size);
	ex_check(t, !(r.m->dirty & vm_page_bits(r.base, r.size)));
	return EX_DONE;
}

static enum ex_result ex_set_invalid(struct ex_thread *t)
{
	struct ex_range r;

	if (!ex_pick_range(t, &r))
		return EX_SKIP;
	VM_OBJECT_WLOCK(r.xo->object);
	vm_page_set_invalid(r.m, r.base, r.size);
	VM_OBJECT_WUNLOCK(r.xo->object);
	ex_check(t, !((r.m->valid | r.m->dirty) & vm_page_bits(r.base, r.size)));
	return EX_DONE;
}

static enum ex_result ex_clear_dirty(struct ex_thread *t)
{
	struct ex_range r;

	if (!ex_pick_range(t, &r))
		return EX_SKIP;
	vm_page_clear_dirty(r.m, r.base, r.size);
	ex_check(t, !(r.m->dirty & vm_page_bits(r.base, r.size)));
	return EX_DONE;
}

static enum ex_result ex_zero_invalid(struct ex_thread *t)
{
	struct ex_range r;

	if (!ex_pick_range(t, &r))
		return EX_SKIP;
	vm_page_zero_invalid(r.m, true);
	ex_check(t, vm_page_all_valid(r.m));
	ex_check(t, vm_page_is_valid(r.m, r.base, r.size));
	ex_check_resident_stamp(t, r.m, r.xo);
	return EX_DONE;
}

static enum ex_result ex_dirty(struct ex_thread *t)
{
	struct ex_range r;

	if (!ex_pick_range(t, &r))
		return EX_SKIP;
	ex_stamp_resident(t, r.m, r.xo);
	vm_page_valid(r.m);
	if (ex_one_in(t, 2)) {
		vm_page_dirty(r.m);
	} else {
		const vm_page_bits_t before = r.m->dirty;

		ex_check(t, vm_page_set_dirty(r.m) == before);
	}
	ex_check(t, r.m->dirty == VM_PAGE_BITS_ALL);
	return EX_DONE;
}

static enum ex_result ex_undirty(struct ex_thread *t)
{
	struct ex_range r;

	if (!ex_pick_range(t, &r))
		return EX_SKIP;
	vm_page_undirty(r.m);
	vm_page_test_dirty(r.m);
	ex_check(t, !r.m->dirty);
	return EX_DONE;
}

static enum ex_result ex_invalid(struct ex_thread *t)
{
	struct ex_range r;

	if (!ex_pick_range(t, &r))
		return EX_SKIP;
	vm_page_undirty(r.m);
	VM_OBJECT_WLOCK(r.xo->object);
	vm_page_invalid(r.m);
	VM_OBJECT_WUNLOCK(r.xo->object);
	ex_check(t, vm_page_none_valid(r.m));
	return EX_DONE;
}

/* What another thread has shared busied may change under it, but for the first block. */
static enum ex_result ex_shared_valid(struct ex_thread *t)
{
	struct ex_item *item = ex_pick(t, EX_SBUSY);
	const int base = 512 + ex_below(t, PAGE_SIZE - 512);

	if (!item)
		return EX_SKIP;
	ex_touch(item->m);
	vm_page_set_valid_range(item->m, base, ex_below(t, PAGE_SIZE - base + 1));
	ex_check_resident_stamp(t, item->m, item->xo);
	return EX_DONE;
}

static enum ex_result ex_ps_test(struct ex_thread *t)
{
	struct ex_range r;

	if (!ex_pick_range(t, &r))
		return EX_SKIP;
	VM_OBJECT_RLOCK(r.xo->object);
	if (vm_page_ps_test(r.m, PS_ALL_VALID, NULL))
		ex_check(t, vm_page_all_valid(r.m));
	VM_OBJECT_RUNLOCK(r.xo->object);
	return EX_DONE;
}

static const struct ex_op ex_valid_ops[] = {
	{ "set_valid_range", 5, ex_set_valid_range },
	{ "set_validclean", 4, ex_set_validclean },
	{ "set_invalid", 4, ex_set_invalid },
	{ "clear_dirty", 3, ex_clear_dirty },
	{ "zero_invalid", 3, ex_zero_invalid },
	{ "dirty, set_dirty", 4, ex_dirty },
	{ "undirty, test_dirty", 3, ex_undirty },
	{ "invalid", 3, ex_invalid },
	{ "set_valid_range shared", 4, ex_shared_valid },
	{ "ps_test", 2, ex_ps_test },
};

const struct ex_group ex_valid_group = { ex_valid_ops, ARRAY_SIZE(ex_valid_ops) };
