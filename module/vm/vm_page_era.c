// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * What the interfaces of FreeBSD 12 and 9 need beyond the layers in their headers.
 *
 * This source is of era 14: without a prefix, functions and flags are those that
 * vm_page.h declares.  The bits that 12 and 9 have in common with 14 mean the same;
 * 9 is mostly 12 with less.
 */
#include <linux/export.h>
#include <linux/minmax.h>
#include <vm/vm_page_era12.h>
#include <vm/vm_page_era9.h>

#include "vm_page_priv.h"

/*
 * A page that the caller may have busied or not; reported if somebody else has, for more
 * than the moment that a lookup without a lock takes to find that it has the wrong page.
 */
static bool vmpage_era_busy(vm_page_t m)
{
	return vm_page_xbusied_by_me(m) || vmpage_xbusy_last(m);
}

/* Grab */

#define VPG12_FLAGS	(VM_ALLOC_CLASS_MASK | VM_ALLOC_WAITOK | VM_ALLOC_WAITFAIL |	\
			 VM_ALLOC_NOWAIT | VM_ALLOC_WIRED | VM_ALLOC_ZERO |		\
			 VM_ALLOC_NOBUSY | VM_ALLOC_SBUSY | VM_ALLOC_IGN_SBUSY |	\
			 VM_ALLOC_NODUMP | VM_ALLOC_COUNT_MASK)
#define VPGP12_FLAGS	(VPG12_FLAGS & ~VM_ALLOC_COUNT_MASK)
#define VPG9_FLAGS	(VM_ALLOC_CLASS_MASK | VMPAGE9_ALLOC_RETRY | VM_ALLOC_WIRED |	\
			 VM_ALLOC_ZERO | VM_ALLOC_NOBUSY | VM_ALLOC_IGN_SBUSY |		\
			 VM_ALLOC_NODUMP | VM_ALLOC_COUNT_MASK)

/* The rules of 14 that its own grab cannot see, as it is asked for something else. */
static bool vmpage12_grab_valid(int req, unsigned int accepted)
{
	return vm_page_req_valid(req, accepted) &&
	       vm_assert(!(req & VM_ALLOC_NOBUSY) || (req & VM_ALLOC_WIRED));
}

/* Is a page to be had exclusively although sharers are not waited for? */
static bool vmpage12_grab_insists(int req)
{
	return (req & (VM_ALLOC_IGN_SBUSY | VM_ALLOC_SBUSY | VM_ALLOC_NOBUSY)) ==
	       VM_ALLOC_IGN_SBUSY;
}

/*
 * What to ask the grab of 14 for.  Where sharers are waited for, it is the exclusive
 * busy, whatever the caller gets in the end.
 */
static int vmpage12_grab_req(int req)
{
	int grab_req = req & ~(VM_ALLOC_WAITOK | VM_ALLOC_WAITFAIL);

	if (!(req & VM_ALLOC_IGN_SBUSY))
		grab_req &= ~(VM_ALLOC_SBUSY | VM_ALLOC_NOBUSY);
	else if (vmpage12_grab_insists(req))
		grab_req &= ~VM_ALLOC_WIRED;
	return grab_req;
}

/* From what 14's grab gave to what was asked for; false, without the page, if that fails. */
static bool vmpage12_grab_finish(vm_page_t m, int req)
{
	if (vmpage12_grab_insists(req)) {
		if (!vm_assert(vm_page_busy_tryupgrade(m))) {
			vm_page_sunbusy(m);
			return false;
		}
		if (req & VM_ALLOC_WIRED)
			vm_page_wire(m);
	}
	vmpage12_finish(m, 1, req);
	if (req & VM_ALLOC_IGN_SBUSY)
		return true;

	if (req & VM_ALLOC_SBUSY)
		vm_page_busy_downgrade(m);
	else if (req & VM_ALLOC_NOBUSY)
		vm_page_xunbusy(m);
	return true;
}

vm_page_t vmpage12_grab(vm_object_t object, vm_pindex_t pindex, int req)
{
	vm_page_t m;

	if (!vmpage12_grab_valid(req, VPG12_FLAGS))
		return NULL;
	m = vm_page_grab(object, pindex, vmpage12_grab_req(req));
	return m && vmpage12_grab_finish(m, req) ? m : NULL;
}
EXPORT_SYMBOL_GPL(vmpage12_grab);

static bool vmpage12_range_valid(vm_pindex_t pindex, int count)
{
	return vm_assert(count >= 0) &&
	       (!count || vm_assert(pindex <= ULONG_MAX && count - 1 <= ULONG_MAX - pindex));
}

/*
 * Page by page, so that none is busied exclusively during the sleep for a later one unless
 * the caller wants it so: somebody may wait for it who has that later one.
 */
int vmpage12_grab_pages(vm_object_t object, vm_pindex_t pindex, int req, vm_page_t *ma, int count)
{
	const int grab_req = vmpage12_grab_req(req);
	int i;

	if (!vmpage12_grab_valid(req, VPGP12_FLAGS) || !VM_OBJECT_ASSERT_WLOCKED(object) ||
	    !vmpage12_range_valid(pindex, count))
		return 0;
	for (i = 0; i < count; i++) {
		if (!vm_page_grab_pages(object, pindex + i, grab_req, &ma[i], 1) ||
		    !vmpage12_grab_finish(ma[i], req))
			break;
	}
	return i;
}
EXPORT_SYMBOL_GPL(vmpage12_grab_pages);

/* A page that is busied exclusively has no sharers here, so they are waited for. */
vm_page_t vmpage9_grab(vm_object_t object, vm_pindex_t pindex, int req)
{
	if (!vm_assert(!(req & ~VPG9_FLAGS)) || !vm_assert(req & VMPAGE9_ALLOC_RETRY))
		return NULL;
	req &= ~VMPAGE9_ALLOC_RETRY;
	if (!(req & VM_ALLOC_NOBUSY))
		req &= ~VM_ALLOC_IGN_SBUSY;
	return vmpage12_grab(object, pindex, req);
}
EXPORT_SYMBOL_GPL(vmpage9_grab);

/* Allocation of 9 */

#define VPA9_FLAGS	(VMPAGE9_LIST_FLAGS | VMPAGE9_ALLOC_IFCACHED | VMPAGE9_ALLOC_IFNOTCACHED)

/*
 * What the two flags rule out is no shortage: it is found before anything is counted.
 * A page without object is never cached.
 */
vm_page_t vmpage9_alloc(vm_object_t object, vm_pindex_t pindex, int req)
{
	const int alloc_req = req & VMPAGE9_LIST_FLAGS;

	if (!vm_assert(!(req & ~VPA9_FLAGS)) || !vmpage12_alloc_valid(object, alloc_req) ||
	    (object && !VM_OBJECT_ASSERT_WLOCKED(object)))
		return NULL;

	switch (req & (VMPAGE9_ALLOC_IFCACHED | VMPAGE9_ALLOC_IFNOTCACHED)) {
	case 0:
		break;
	case VMPAGE9_ALLOC_IFCACHED:
		return object ? vmpage_alloc_ifcached(object, pindex, alloc_req) : NULL;
	case VMPAGE9_ALLOC_IFNOTCACHED:
		if (object && vm_page_is_cached(object, pindex))
			return NULL;
		break;
	default:
		return NULL;
	}
	return vmpage12_alloc(object, pindex, alloc_req);
}
EXPORT_SYMBOL_GPL(vmpage9_alloc);

/* The deficit grows by the run, which 14 does for a hint only. */
vm_page_t vmpage9_alloc_contig(vm_object_t object, vm_pindex_t pindex, int req, u_long npages,
			       vm_paddr_t low, vm_paddr_t high, u_long alignment, u_long boundary,
			       vm_memattr_t memattr)
{
	if (!vm_assert(!(req & ~VMPAGE9_LIST_FLAGS)) ||
	    !vm_assert(!object || object->type == OBJT_PHYS))
		return NULL;
	req &= ~VM_ALLOC_COUNT_MASK;
	req |= VM_ALLOC_COUNT(min_t(u_long, npages, VM_ALLOC_COUNT_MAX));
	return vmpage12_alloc_contig(object, pindex, req, npages, low, high, alignment, boundary,
				     memattr);
}
EXPORT_SYMBOL_GPL(vmpage9_alloc_contig);

/* Wirings */

/* Not of a page that is on another queue by now, or gone. */
static void vmpage12_raise_act_count(vm_page_t m)
{
	union vm_page_astate old, new;

	old._bits = READ_ONCE(m->a._bits);
	do {
		if (old.queue != PQ_ACTIVE)
			return;
		new = old;
		new.act_count = max_t(u8, old.act_count, ACT_INIT);
	} while (!try_cmpxchg(&m->a._bits, &old._bits, new._bits));
}

/*
 * Without a reference left, and without object, 14 would free the page.  Here it has an
 * owner who does that, or goes on using it.
 */
bool vmpage12_unwire(vm_page_t m, u8 queue)
{
	u_int old;

	if (vm_page_managed(m) && !vm_assert(queue < PQ_COUNT || queue == PQ_NONE))
		return false;
	old = vm_page_drop_wiring(m, queue, false);
	if (VPRC_WIRE_COUNT(old) != 1)
		return false;
	if (old & VPRC_OBJREF)
		vmpage12_raise_act_count(m);
	return true;
}
EXPORT_SYMBOL_GPL(vmpage12_unwire);

void vmpage9_unwire(vm_page_t m, int activate)
{
	vm_page_drop_wiring(m, activate ? PQ_ACTIVE : PQ_INACTIVE, false);
}
EXPORT_SYMBOL_GPL(vmpage9_unwire);

/* Coming and going */

/*
 * A page without object comes unbusied from its allocation in 12, so it may be that
 * here; it must not change hands on the way.
 */
vm_page_t vmpage12_replace(vm_page_t mnew, vm_object_t object, vm_pindex_t pindex)
{
	const bool busied = vm_page_xbusied_by_me(mnew);
	vm_page_t mold;

	if (!VM_OBJECT_ASSERT_WLOCKED(object) || !vm_assert(!mnew->object))
		return NULL;
	mold = vm_page_lookup(object, pindex);
	if (!vm_assert(mold) || !vmpage_era_busy(mnew))
		return NULL;

	vm_page_replace_keep(mnew, object, pindex, mold);
	if (!busied)
		vm_page_xunbusy(mnew);
	return mnew->object ? mold : NULL;
}
EXPORT_SYMBOL_GPL(vmpage12_replace);

/* Busied for the move only, unless the caller has it busied: it stays as it was. */
int vmpage12_rename(vm_page_t m, vm_object_t new_object, vm_pindex_t new_pindex)
{
	const bool busied = vm_page_xbusied_by_me(m);
	int ret;

	if (!vmpage_era_busy(m))
		return 1;
	ret = vm_page_rename(m, new_object, new_pindex);
	if (!busied)
		vm_page_xunbusy(m);
	return ret;
}
EXPORT_SYMBOL_GPL(vmpage12_rename);

/*
 * What 14 would refuse is looked at first: after that only a node can be wanting, unless
 * the page is put elsewhere or freed during the wait.
 */
void vmpage9_insert(vm_page_t m, vm_object_t object, vm_pindex_t pindex)
{
	struct vm_radix_place rp;

	if (!vm_page_find_place(object, pindex, &rp) ||
	    !vm_assert(!m->object && !vm_page_busy_freed(m)))
		return;
	while (!m->object && !vm_page_busy_freed(m) && vm_page_insert(m, object, pindex))
		vm_radix_wait();
}
EXPORT_SYMBOL_GPL(vmpage9_insert);

/* The busy that is taken here ends with the removal, as one of the caller's does. */
void vmpage9_remove(vm_page_t m)
{
	if (m->object && VM_OBJECT_ASSERT_WLOCKED(m->object) && vmpage_era_busy(m))
		vm_page_remove(m);
}
EXPORT_SYMBOL_GPL(vmpage9_remove);

/*
 * Busy the page that is to be moved.  One that is cached comes back to the place that
 * it still has, which takes a node: for want of one it is taken as by anybody else.
 * What is at neither place was taken, and belongs to nobody or to somebody else.
 */
static bool vmpage9_rename_begin(vm_page_t m, vm_object_t object, vm_pindex_t pindex, bool cached)
{
	if (cached)
		return vmpage_alloc_ifcached(object, pindex, VM_ALLOC_INTERRUPT);
	return vm_page_lookup(object, pindex) == m && vmpage_era_busy(m);
}

/*
 * The objects stay locked all the time, so that what was looked at first still holds
 * when a node is to be had, and the loop ends.  Only after the move is it known whether
 * the page is managed.
 */
void vmpage9_rename(vm_page_t m, vm_object_t new_object, vm_pindex_t new_pindex)
{
	const vm_object_t object = vm_page_locked_object(m);
	const vm_pindex_t pindex = READ_ONCE(m->pindex);
	struct vm_radix_place rp;
	bool cached;

	if (!vm_page_find_place(new_object, new_pindex, &rp) || !object)
		return;
	cached = vm_page_cache_lookup(object, pindex) == m;
	if (!vm_assert(!cached || object != new_object || pindex != new_pindex) ||
	    !vmpage9_rename_begin(m, object, pindex, cached))
		return;

	while (vm_page_move(m, new_object, new_pindex))
		vm_radix_wait();
	m->dirty = m->valid;
	if (cached)
		vm_page_deactivate(m);
	vm_page_xunbusy(m);
}
EXPORT_SYMBOL_GPL(vmpage9_rename);

/* Freeing of 9 */

/*
 * A page without an object is not busied to be freed.  Only the busy keeps a grab without
 * a lock from wiring the page.
 */
static bool vmpage9_free_begin(vm_page_t m)
{
	const bool busied = vm_page_xbusied_by_me(m);

	if (!m->object)
		return true;
	if (!VM_OBJECT_ASSERT_WLOCKED(m->object) || !vmpage_era_busy(m))
		return false;
	if (vm_assert(!vm_page_wired(m)))
		return true;
	if (!busied)
		vm_page_xunbusy(m);
	return false;
}

void vmpage9_free(vm_page_t m)
{
	if (vmpage9_free_begin(m))
		vm_page_free(m);
}
EXPORT_SYMBOL_GPL(vmpage9_free);

void vmpage9_free_zero(vm_page_t m)
{
	if (vmpage9_free_begin(m))
		vm_page_free_zero(m);
}
EXPORT_SYMBOL_GPL(vmpage9_free_zero);

int vmpage9_try_to_free(vm_page_t m)
{
	if (!vm_assert(m->object) || !VM_OBJECT_ASSERT_WLOCKED(m->object) ||
	    !vm_page_managed(m) || !vm_page_tryxbusy(m))
		return 0;
	if (m->dirty || vm_page_wired(m)) {
		vm_page_xunbusy(m);
		return 0;
	}
	vm_page_free(m);
	return 1;
}
EXPORT_SYMBOL_GPL(vmpage9_try_to_free);

/* Busy */

/*
 * There is no lock that keeps the page what it is until the sleep: the wait is for the
 * busy word alone, and RCU guards the look at the object.
 */
void vmpage12_busy_sleep(vm_page_t m, const char *wmesg, bool nonshared)
{
	if (vm_assert(!vm_page_locked_object(m)))
		vm_page_busy_wait(m, NULL, nonshared ? VM_ALLOC_IGN_SBUSY : 0);
}
EXPORT_SYMBOL_GPL(vmpage12_busy_sleep);

/* The task that busied it may long be gone: what is awaited ends in another one. */
void vmpage9_wakeup(vm_page_t m)
{
	if (!vm_assert(vm_page_xbusied(m) && !vm_page_busy_freed(m)))
		return;
	vm_page_xbusy_claim(m);
	vm_page_xunbusy(m);
}
EXPORT_SYMBOL_GPL(vmpage9_wakeup);

/* Nothing says that nobody waits any more; the next unbusying wakes once in vain. */
void vmpage9_flash(vm_page_t m)
{
	vm_page_busy_wakeup(m);
}
EXPORT_SYMBOL_GPL(vmpage9_flash);
