// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * vm_page_grab() and its kin.
 */
#include "exercise.h"

/*
 * A grab may sleep, until a page is unbusied or there are pages, unless it is told
 * not to.  Alone, nobody would end that.
 */
static int ex_grab_wait(struct ex_thread *t)
{
	static const int waits[] = { 0, VM_ALLOC_WAITFAIL, VM_ALLOC_WAITOK, VM_ALLOC_NOWAIT };

	if (!ex_may_wait_for_busy(t) || ex_must_not_wait())
		return VM_ALLOC_NOWAIT;
	return waits[ex_below(t, ARRAY_SIZE(waits))];
}

static int ex_grab_req(struct ex_thread *t, int flags)
{
	static const int kinds[] = {
		0, 0, VM_ALLOC_IGN_SBUSY, VM_ALLOC_IGN_SBUSY | VM_ALLOC_SBUSY,
		VM_ALLOC_NOBUSY | VM_ALLOC_WIRED,
		VM_ALLOC_NOBUSY | VM_ALLOC_WIRED | VM_ALLOC_IGN_SBUSY,
	};
	int req = ex_req(t, flags & (VM_ALLOC_ZERO | VM_ALLOC_NODUMP | VM_ALLOC_WIRED |
				     VM_ALLOC_COUNT_MASK));

	req |= kinds[ex_below(t, ARRAY_SIZE(kinds))] | ex_grab_wait(t);
	if (ex_one_in(t, 4))
		req |= flags & VM_ALLOC_NOCREAT;
	return req;
}

#define EX_GRAB_FLAGS	(VM_ALLOC_ZERO | VM_ALLOC_NODUMP | VM_ALLOC_WIRED | VM_ALLOC_NOCREAT)

static bool ex_may_fail(int req)
{
	return req & (VM_ALLOC_NOWAIT | VM_ALLOC_WAITFAIL | VM_ALLOC_NOCREAT);
}

static void ex_grabbed(struct ex_thread *t, vm_page_t m, struct ex_object *xo, vm_pindex_t pindex,
		       int req)
{
	if (!(req & VM_ALLOC_NOBUSY)) {
		ex_check(t, m->object == xo->object && m->pindex == pindex);
		ex_check(t, vm_page_assert_busied(m));
	}
	if (req & VM_ALLOC_WIRED)
		ex_check(t, vm_page_wired(m));
	if (!(req & VM_ALLOC_NOBUSY))
		ex_forget_kept(xo, pindex);
	ex_hold_resident(t, m, xo, req);
}

static bool ex_room_to_grab(struct ex_thread *t, unsigned int n)
{
	return ex_room(t, EX_XBUSY, n) && ex_room(t, EX_SBUSY, n) && ex_room(t, EX_WIRED, n);
}

static enum ex_result ex_grab_one(struct ex_thread *t, bool unlocked)
{
	const vm_pindex_t pindex = ex_pindex(t);
	const int req = ex_grab_req(t, EX_GRAB_FLAGS | VM_ALLOC_COUNT_MASK);
	struct ex_object *xo;
	struct ex_kept kept;
	vm_page_t m;

	if (!ex_room_to_grab(t, 1))
		return EX_SKIP;
	xo = ex_get(t);
	kept = ex_certain(t, xo, pindex);
	if (unlocked) {
		m = vm_page_grab_unlocked(xo->object, pindex, req);
	} else {
		VM_OBJECT_WLOCK(xo->object);
		m = vm_page_grab(xo->object, pindex, req);
		ex_check(t, VM_OBJECT_WOWNED(xo->object));
	}
	if (m) {
		ex_check_kept(t, m, &kept);
		ex_grabbed(t, m, xo, pindex, req);
	} else {
		ex_check(t, ex_may_fail(req));
	}
	if (!unlocked)
		VM_OBJECT_WUNLOCK(xo->object);
	ex_put(xo);
	return m ? EX_DONE : EX_NONE;
}

enum ex_result ex_grab(struct ex_thread *t)
{
	return ex_grab_one(t, false);
}

static enum ex_result ex_grab_unlocked(struct ex_thread *t)
{
	return ex_grab_one(t, true);
}

#define EX_NGRAB	8		/* pages of one call */

/*
 * While the later pages are waited for, the earlier ones are busied already: two
 * threads that wait go the same way, upwards, in the same object, or each has none
 * of the other's.
 */
static enum ex_result ex_grab_several(struct ex_thread *t, bool unlocked)
{
	const vm_pindex_t pindex = ex_pindex(t);
	const int req = ex_grab_req(t, EX_GRAB_FLAGS);
	const int count = 1 + ex_below(t, EX_NGRAB);
	vm_page_t ma[EX_NGRAB];
	struct ex_object *xo;
	struct ex_kept kept;
	int i, n;

	if (!ex_room_to_grab(t, count))
		return EX_SKIP;
	xo = ex_get(t);
	kept = ex_certain(t, xo, pindex);
	if (unlocked) {
		n = vm_page_grab_pages_unlocked(xo->object, pindex, req, ma, count);
	} else {
		VM_OBJECT_WLOCK(xo->object);
		n = vm_page_grab_pages(xo->object, pindex, req, ma, count);
		VM_OBJECT_WUNLOCK(xo->object);
	}
	ex_check(t, n >= 0 && n <= count && (n == count || ex_may_fail(req)));
	/* The others may have been taken for the first ones. */
	if (n > 0)
		ex_check_kept(t, ma[0], &kept);
	for (i = 0; i < n; i++) {
		if (req & VM_ALLOC_ZERO && !(req & VM_ALLOC_NOBUSY))
			ex_check(t, ma[i]->valid);
		ex_grabbed(t, ma[i], xo, pindex + i, req);
	}
	ex_put(xo);
	return n ? EX_DONE : EX_NONE;
}

enum ex_result ex_grab_pages(struct ex_thread *t)
{
	return ex_grab_several(t, false);
}

static enum ex_result ex_grab_pages_unlocked(struct ex_thread *t)
{
	return ex_grab_several(t, true);
}

/* It has no request that does not sleep. */
enum ex_result ex_grab_valid(struct ex_thread *t)
{
	const vm_pindex_t pindex = ex_pindex(t);
	const int req = (ex_grab_req(t, EX_GRAB_FLAGS & ~VM_ALLOC_ZERO) &
			 ~(VM_ALLOC_NOWAIT | VM_ALLOC_WAITFAIL | VM_ALLOC_WAITOK));
	struct ex_object *xo;
	struct ex_kept kept;
	vm_page_t m = NULL;
	int ret;

	if (!ex_room_to_grab(t, 1) || !ex_may_wait_for_busy(t) ||
	    ex_must_not_wait())
		return EX_SKIP;
	xo = ex_get(t);
	kept = ex_certain(t, xo, pindex);
	VM_OBJECT_WLOCK(xo->object);
	ret = vm_page_grab_valid(&m, xo->object, pindex, req);
	ex_check(t, (ret == VM_PAGER_OK) == !!m);
	if (m) {
		ex_check(t, vm_page_all_valid(m));
		ex_check_kept(t, m, &kept);
		ex_grabbed(t, m, xo, pindex, req);
	} else {
		ex_check(t, req & VM_ALLOC_NOCREAT);
	}
	VM_OBJECT_WUNLOCK(xo->object);
	ex_put(xo);
	return m ? EX_DONE : EX_NONE;
}

static const struct ex_op ex_grab_ops[] = {
	{ "grab", 10, ex_grab },
	{ "grab_unlocked", 10, ex_grab_unlocked },
	{ "grab_pages", 6, ex_grab_pages },
	{ "grab_pages_unlocked", 6, ex_grab_pages_unlocked },
	{ "grab_valid", 8, ex_grab_valid },
};

const struct ex_group ex_grab_group = { ex_grab_ops, ARRAY_SIZE(ex_grab_ops) };
