// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Grab: find the page at an index or allocate one, and busy it.
 *
 * Whoever has the page busied is waited for with the object unlocked, so after
 * every sleep the page is looked up again: it may have been freed, or another may
 * be there.
 */
#include <linux/export.h>
#include <linux/minmax.h>
#include <vm/pmap.h>

#include "vm_page_priv.h"

#define VPG_FLAGS	(VM_ALLOC_CLASS_MASK | VM_ALLOC_NOBUSY | VM_ALLOC_SBUSY |	\
			 VM_ALLOC_IGN_SBUSY | VM_ALLOC_WIRED | VM_ALLOC_ZERO |		\
			 VM_ALLOC_NODUMP | VM_ALLOC_NOWAIT | VM_ALLOC_WAITOK |		\
			 VM_ALLOC_WAITFAIL | VM_ALLOC_NOCREAT | VM_ALLOC_COUNT_MASK)
#define VPGP_FLAGS	(VPG_FLAGS & ~VM_ALLOC_COUNT_MASK)
#define VPGV_FLAGS	(VPG_FLAGS & ~(VM_ALLOC_NOWAIT | VM_ALLOC_WAITFAIL | VM_ALLOC_ZERO))

/* An unbusied page that is not wired could be gone before the caller looks at it. */
static bool vm_page_grab_req_valid(unsigned int req, unsigned int accepted)
{
	return vm_page_req_valid(req, accepted) &&
	       vm_assert(!(req & VM_ALLOC_NOBUSY) || (req & VM_ALLOC_WIRED)) &&
	       vm_assert(!(req & VM_ALLOC_SBUSY) || (req & VM_ALLOC_IGN_SBUSY));
}

/* What a grab asks of the allocation: it sleeps there, too, but only once at a time. */
static int vm_page_grab_alloc_req(int req)
{
	int alloc_req = req & ~(VM_ALLOC_NOWAIT | VM_ALLOC_WAITOK | VM_ALLOC_WAITFAIL |
				VM_ALLOC_NOBUSY | VM_ALLOC_IGN_SBUSY | VM_ALLOC_NOCREAT);

	if (!(req & VM_ALLOC_NOWAIT))
		alloc_req |= VM_ALLOC_WAITFAIL;
	if (req & VM_ALLOC_IGN_SBUSY)
		alloc_req |= VM_ALLOC_SBUSY;
	return alloc_req;
}

/* A sharer is one however the busy came about: by SBUSY or by IGN_SBUSY alone. */
static void vm_page_grab_unbusy(vm_page_t m, int req)
{
	if (vm_page_req_shared(req))
		vm_page_sunbusy(m);
	else
		vm_page_xunbusy(m);
}

/* The last step, for a page that is busied and, if asked for, wired. */
static vm_page_t vm_page_grab_finish(vm_page_t m, int req)
{
	if (m && (req & VM_ALLOC_NOBUSY))
		vm_page_grab_unbusy(m, req);
	return m;
}

/*
 * Wait for who has the page busied, or its object.  Returns false, with the object
 * locked again, when the request is to give up.  That there are waiters shows that
 * the page is in use, unless they only ask whether it is there.
 */
static bool vm_page_grab_sleep(vm_page_t m, vm_object_t object, int req)
{
	if (req & VM_ALLOC_NOWAIT)
		return false;
	if (!(req & VM_ALLOC_NOCREAT))
		vm_page_reference(m);
	if (!vm_page_busy_wait(m, object, req))
		return true;
	VM_OBJECT_WLOCK(object);
	return !(req & VM_ALLOC_WAITFAIL);
}

/*
 * PG_ZERO tells of the content at the allocation; the page has held none since.  One
 * that was cached comes with its content.
 */
static void vm_page_grab_zero(vm_page_t m)
{
	if (vm_page_none_valid(m) && !(m->flags & PG_ZERO))
		pmap_zero_page(m);
}

/*
 * With @mpred, the resident page before it, the place in the index need not be looked
 * for.  Nobody shares a page before it is filled.
 */
static vm_page_t vm_page_grab_alloc(vm_object_t object, vm_pindex_t pindex, int req,
				    vm_page_t mpred)
{
	int alloc_req = vm_page_grab_alloc_req(req);
	vm_page_t m;

	if (req & VM_ALLOC_ZERO)
		alloc_req &= ~VM_ALLOC_SBUSY;
	if (mpred)
		m = vm_page_alloc_after(object, pindex, alloc_req, mpred);
	else
		m = vm_page_alloc(object, pindex, alloc_req);
	if (m && (req & VM_ALLOC_ZERO)) {
		vm_page_grab_zero(m);
		if (vm_page_req_shared(req))
			vm_page_busy_downgrade(m);
	}
	return m;
}

/* An allocation in several domains does not sleep for want of a node in the index. */
static void vm_page_grab_pause(vm_object_t object)
{
	VM_OBJECT_WUNLOCK(object);
	vm_radix_wait();
	VM_OBJECT_WLOCK(object);
}

/*
 * Grab one page, up to the busy and the wiring.  @mpred is the page before it where
 * that is known; once the object was unlocked it no longer is.
 */
static vm_page_t vm_page_grab_locked(vm_object_t object, vm_pindex_t pindex, int req,
				     vm_page_t mpred)
{
	unsigned int tries = 0;
	vm_page_t m;

	for (;; mpred = NULL) {
		m = vm_page_lookup(object, pindex);
		if (m && vm_page_trybusy(m, req)) {
			if (req & VM_ALLOC_WIRED)
				vm_page_wire(m);
			return m;
		}
		if (m) {
			if (!vm_page_grab_sleep(m, object, req))
				return NULL;
			continue;
		}
		if (req & VM_ALLOC_NOCREAT)
			return NULL;
		m = vm_page_grab_alloc(object, pindex, req, mpred);
		if (m || (req & (VM_ALLOC_NOWAIT | VM_ALLOC_WAITFAIL)))
			return m;
		if (tries++)
			vm_page_grab_pause(object);
	}
}

vm_page_t vm_page_grab(vm_object_t object, vm_pindex_t pindex, int req)
{
	if (!vm_page_grab_req_valid(req, VPG_FLAGS) || !VM_OBJECT_ASSERT_WLOCKED(object))
		return NULL;
	return vm_page_grab_finish(vm_page_grab_locked(object, pindex, req, NULL), req);
}
EXPORT_SYMBOL_GPL(vm_page_grab);

/*
 * Grab one page without the lock of the object, up to the busy and the wiring.  Only
 * with the page busied is it certain what it is.  Returns false when the lock is
 * needed: to wait, to allocate, or to look again at what is just changing.
 */
static bool vm_page_grab_lockless(vm_object_t object, vm_pindex_t pindex, int req, vm_page_t *mp)
{
	const vm_page_t m = vm_page_lookup_unlocked(object, pindex);

	*mp = NULL;
	if (!m)
		return req & VM_ALLOC_NOCREAT;
	if (!vm_page_trybusy(m, req))
		return false;
	if (m->object != object || m->pindex != pindex) {
		vm_page_grab_unbusy(m, req);
		return false;
	}
	if (req & VM_ALLOC_WIRED)
		vm_page_wire(m);
	*mp = m;
	return true;
}

/* The lock is held for the first look again: much may have changed since. */
vm_page_t vm_page_grab_unlocked(vm_object_t object, vm_pindex_t pindex, int req)
{
	vm_page_t m;

	if (!vm_page_grab_req_valid(req, VPG_FLAGS) || !VM_OBJECT_ASSERT_UNLOCKED(object))
		return NULL;
	if (!vm_page_grab_lockless(object, pindex, req, &m)) {
		VM_OBJECT_WLOCK(object);
		m = vm_page_grab_locked(object, pindex, req, NULL);
		VM_OBJECT_WUNLOCK(object);
	}
	return vm_page_grab_finish(m, req);
}
EXPORT_SYMBOL_GPL(vm_page_grab_unlocked);

/* Ranges */

static bool vm_page_grab_pages_valid(vm_pindex_t pindex, int req, int count)
{
	return vm_page_grab_req_valid(req, VPGP_FLAGS) && vm_assert(count > 0) &&
	       vm_assert(pindex <= ULONG_MAX && count - 1 <= ULONG_MAX - pindex);
}

/*
 * Filling a page with zeros needs it exclusively.  A sharer who is not alone has to
 * let go of it and to wait for the others, and may be given another page then.
 */
static vm_page_t vm_page_grab_exclusive(vm_page_t m, vm_object_t object, vm_pindex_t pindex,
					int req)
{
	if (!vm_page_req_shared(req) || vm_page_busy_tryupgrade(m))
		return m;
	vm_page_sunbusy(m);
	return vm_page_grab_locked(object, pindex,
				   req & ~(VM_ALLOC_SBUSY | VM_ALLOC_IGN_SBUSY), NULL);
}

/* ZERO means more here: it makes a page that was there without content valid, too. */
static vm_page_t vm_page_grab_zeroed(vm_page_t m, vm_object_t object, vm_pindex_t pindex, int req)
{
	m = vm_page_grab_exclusive(m, object, pindex, req);
	if (m && vm_page_none_valid(m)) {
		vm_page_grab_zero(m);
		vm_page_valid(m);
	}
	if (m && vm_page_req_shared(req))
		vm_page_busy_downgrade(m);
	return m;
}

/* The wiring comes last, when it is certain which page it will be. */
static vm_page_t vm_page_grab_pages_finish(vm_page_t m, int req)
{
	if (req & VM_ALLOC_WIRED)
		vm_page_wire(m);
	return vm_page_grab_finish(m, req);
}

/*
 * Each allocation tells how many will follow.  The page that was just grabbed is the
 * one before the next, as long as the object stays locked.
 */
static int vm_page_grab_pages_locked(vm_object_t object, vm_pindex_t pindex, int req,
				     vm_page_t *ma, int count)
{
	vm_page_t m, mpred = NULL;
	int i;

	for (i = 0; i < count; i++) {
		const int left = min(count - i, VM_ALLOC_COUNT_MAX);
		const int busy_req = (req & ~(VM_ALLOC_ZERO | VM_ALLOC_WIRED)) |
				     VM_ALLOC_COUNT(left);

		m = vm_page_grab_locked(object, pindex + i, busy_req, mpred);
		if (m && (req & VM_ALLOC_ZERO) && vm_page_none_valid(m))
			m = vm_page_grab_zeroed(m, object, pindex + i, busy_req);
		if (!m)
			break;
		ma[i] = vm_page_grab_pages_finish(m, req);
		mpred = m;
	}
	return i;
}

int vm_page_grab_pages(vm_object_t object, vm_pindex_t pindex, int req, vm_page_t *ma, int count)
{
	if (!vm_page_grab_pages_valid(pindex, req, count) || !VM_OBJECT_ASSERT_WLOCKED(object))
		return 0;
	return vm_page_grab_pages_locked(object, pindex, req, ma, count);
}
EXPORT_SYMBOL_GPL(vm_page_grab_pages);

/* If not, its busy is given back: the page is grabbed again with the lock. */
static bool vm_page_grab_is_filled(vm_page_t m, int req)
{
	if (!m || !(req & VM_ALLOC_ZERO) || !vm_page_none_valid(m))
		return true;
	vm_page_grab_unbusy(m, req);
	return false;
}

/* Where one page is missing others mostly are, so the rest is done with the lock. */
int vm_page_grab_pages_unlocked(vm_object_t object, vm_pindex_t pindex, int req, vm_page_t *ma,
				int count)
{
	vm_page_t m;
	int i;

	if (!vm_page_grab_pages_valid(pindex, req, count) || !VM_OBJECT_ASSERT_UNLOCKED(object))
		return 0;

	for (i = 0; i < count; i++) {
		if (!vm_page_grab_lockless(object, pindex + i, req & ~VM_ALLOC_WIRED, &m) ||
		    !vm_page_grab_is_filled(m, req)) {
			VM_OBJECT_WLOCK(object);
			i += vm_page_grab_pages_locked(object, pindex + i, req, &ma[i], count - i);
			VM_OBJECT_WUNLOCK(object);
			return i;
		}
		if (!m)
			break;
		ma[i] = vm_page_grab_pages_finish(m, req);
	}
	return i;
}
EXPORT_SYMBOL_GPL(vm_page_grab_pages_unlocked);

/* Valid pages */

static vm_page_t vm_page_grab_filled(vm_object_t object, vm_pindex_t pindex, int req)
{
	vm_page_t m = vm_page_grab_locked(object, pindex, req, NULL);

	if (!m || vm_page_all_valid(m))
		return m;
	m = vm_page_grab_exclusive(m, object, pindex, req);
	vm_page_zero_invalid(m, true);
	if (vm_page_req_shared(req))
		vm_page_busy_downgrade(m);
	return m;
}

/* As the above, where nothing may be made. */
static vm_page_t vm_page_grab_if_valid(vm_object_t object, vm_pindex_t pindex, int req)
{
	const vm_page_t m = vm_page_grab_locked(object, pindex, req, NULL);

	if (!m || vm_page_all_valid(m))
		return m;
	vm_page_grab_unbusy(m, req);
	return NULL;
}

/* The wiring comes last, when it is certain which page it will be. */
int vm_page_grab_valid(vm_page_t *mp, vm_object_t object, vm_pindex_t pindex, int req)
{
	const int busy_req = req & ~VM_ALLOC_WIRED;
	vm_page_t m;

	*mp = NULL;
	if (!vm_page_grab_req_valid(req, VPGV_FLAGS) || !VM_OBJECT_ASSERT_WLOCKED(object))
		return VM_PAGER_FAIL;

	m = req & VM_ALLOC_NOCREAT ? vm_page_grab_if_valid(object, pindex, busy_req) :
				     vm_page_grab_filled(object, pindex, busy_req);
	if (!m)
		return VM_PAGER_FAIL;
	if (req & VM_ALLOC_WIRED)
		vm_page_wire(m);
	*mp = vm_page_grab_finish(m, req);
	return VM_PAGER_OK;
}
EXPORT_SYMBOL_GPL(vm_page_grab_valid);
