// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Allocation into objects, and lookups.
 */
#include "exercise.h"

#define EX_OBJECT_FLAGS	(VM_ALLOC_WAITFAIL | VM_ALLOC_NOWAIT | VM_ALLOC_NOBUSY |		\
			 VM_ALLOC_SBUSY | VM_ALLOC_WIRED | VM_ALLOC_NODUMP | VM_ALLOC_ZERO |	\
			 VM_ALLOC_COUNT_MASK)

/* One request for one page. */
struct ex_want {
	struct ex_object *xo;
	vm_pindex_t pindex;
	int req;
	int domain;
	vm_page_t mpred;
	bool reactivates;		/* a page that is cached there */
};

static vm_page_t ex_page_alloc(const struct ex_want *w)
{
	return vm_page_alloc(w->xo->object, w->pindex, w->req);
}

static vm_page_t ex_page_alloc_domain(const struct ex_want *w)
{
	return vm_page_alloc_domain(w->xo->object, w->pindex, w->domain, w->req);
}

static vm_page_t ex_page_alloc_after(const struct ex_want *w)
{
	return vm_page_alloc_after(w->xo->object, w->pindex, w->req, w->mpred);
}

static vm_page_t ex_page_alloc_domain_after(const struct ex_want *w)
{
	return vm_page_alloc_domain_after(w->xo->object, w->pindex, w->domain, w->req, w->mpred);
}

static vm_page_t ex_page_alloc_promised(const struct ex_want *w)
{
	return vmpage_alloc_promised(w->xo->object, w->pindex, w->domain, w->req);
}

static vm_page_t ex_pred(vm_object_t object, vm_pindex_t pindex)
{
	struct vm_radix_place rp;

	vm_radix_find_place(&object->rtree, pindex, &rp);
	return vm_radix_place_prev(&object->rtree, &rp);
}

/* Still locked, so what was inserted is still there. */
static void ex_got_resident(struct ex_thread *t, vm_page_t m, const struct ex_want *w)
{
	ex_check_resident(t, m, w->xo, w->pindex, w->req, w->reactivates);
	ex_check(t, vm_page_lookup(w->xo->object, w->pindex) == m);
	ex_hold_resident(t, m, w->xo, w->req);
}

static enum ex_result ex_alloc_by(struct ex_thread *t, struct ex_want *w,
				  vm_page_t (*alloc)(const struct ex_want *w))
{
	vm_object_t object = w->xo->object;
	vm_page_t m = NULL, reserved;
	struct ex_kept kept;

	VM_OBJECT_WLOCK(object);
	if (!vm_page_lookup(object, w->pindex)) {
		w->mpred = ex_pred(object, w->pindex);
		kept = ex_certain(t, w->xo, w->pindex);
		reserved = ex_reserved(w->xo, w->pindex);
		m = alloc(w);
		ex_check(t, VM_OBJECT_WOWNED(object));
		if (m && w->reactivates)
			ex_check_kept(t, m, &kept);
		if (m)
			ex_check_reserved(t, m, reserved);
		if (m)
			ex_got_resident(t, m, w);
	}
	VM_OBJECT_WUNLOCK(object);
	return m ? EX_DONE : EX_NONE;
}

static bool ex_room_for_any(struct ex_thread *t, unsigned int n)
{
	return ex_room(t, EX_XBUSY, n) && ex_room(t, EX_SBUSY, n) && ex_room(t, EX_WIRED, n);
}

static enum ex_result ex_alloc_one(struct ex_thread *t,
				   vm_page_t (*alloc)(const struct ex_want *w), int flags)
{
	struct ex_want w = {
		.pindex = ex_pindex(t),
		.req = ex_req(t, flags),
		.domain = ex_domain(t),
		.reactivates = true,
	};
	enum ex_result result;

	if (!ex_room_for_any(t, 1))
		return EX_SKIP;
	w.xo = ex_get(t);
	result = ex_alloc_by(t, &w, alloc);
	ex_put(w.xo);
	return result;
}

enum ex_result ex_alloc(struct ex_thread *t)
{
	return ex_alloc_one(t, ex_page_alloc, EX_OBJECT_FLAGS);
}

static enum ex_result ex_alloc_domain(struct ex_thread *t)
{
	return ex_alloc_one(t, ex_page_alloc_domain, EX_OBJECT_FLAGS);
}

static enum ex_result ex_alloc_after(struct ex_thread *t)
{
	return ex_alloc_one(t, ex_page_alloc_after, EX_OBJECT_FLAGS);
}

static enum ex_result ex_alloc_domain_after(struct ex_thread *t)
{
	return ex_alloc_one(t, ex_page_alloc_domain_after, EX_OBJECT_FLAGS);
}

enum ex_result ex_alloc_promised(struct ex_thread *t)
{
	struct ex_want w = {
		.pindex = ex_pindex(t),
		.req = ex_req(t, EX_OBJECT_FLAGS & ~VM_ALLOC_WAITFAIL),
		.domain = ex_domain(t),
	};
	enum ex_result result;

	if (!t->promised[w.domain] || !ex_room_for_any(t, 1))
		return EX_SKIP;
	w.xo = ex_get(t);
	result = ex_alloc_by(t, &w, ex_page_alloc_promised);
	if (result == EX_DONE)
		t->promised[w.domain]--;
	ex_put(w.xo);
	return result;
}

/* Fill a stretch with pages that nobody holds: the reaper's memory. */
static enum ex_result ex_populate(struct ex_thread *t)
{
	vm_pindex_t pindex = ex_pindex(t);
	struct ex_object *xo = ex_get(t);
	unsigned int n = 1 + ex_below(t, 64);
	enum ex_result result = EX_NONE;
	vm_page_t m;

	VM_OBJECT_WLOCK(xo->object);
	for (; n-- && pindex < EX_OBJECT_SIZE; pindex++) {
		if (vm_page_lookup(xo->object, pindex))
			continue;
		m = vm_page_alloc(xo->object, pindex, VM_ALLOC_NORMAL | VM_ALLOC_NOBUSY);
		if (!m)
			break;
		ex_check_resident(t, m, xo, pindex, VM_ALLOC_NOBUSY, true);
		result = EX_DONE;
	}
	VM_OBJECT_WUNLOCK(xo->object);
	ex_put(xo);
	return result;
}

/* Runs */

static bool ex_range_is_empty(vm_object_t object, vm_pindex_t pindex, u_long npages)
{
	vm_page_t m = vm_page_find_least(object, pindex);

	return !m || m->pindex >= pindex + npages;
}

static vm_page_t ex_contig_from(const struct ex_want *w, u_long npages, bool domain)
{
	if (domain)
		return vm_page_alloc_contig_domain(w->xo->object, w->pindex, w->domain, w->req,
						   npages, 0, ~(vm_paddr_t)0, PAGE_SIZE, 0,
						   VM_MEMATTR_DEFAULT);
	return vm_page_alloc_contig(w->xo->object, w->pindex, w->req, npages, 0, ~(vm_paddr_t)0,
				    2 * PAGE_SIZE, SZ_1M, VM_MEMATTR_DEFAULT);
}

static enum ex_result ex_contig_locked(struct ex_thread *t, struct ex_want *w, u_long npages,
				       bool domain)
{
	vm_page_t m;
	u_long i;

	if (!ex_range_is_empty(w->xo->object, w->pindex, npages))
		return EX_NONE;
	m = ex_contig_from(w, npages, domain);
	ex_check(t, VM_OBJECT_WOWNED(w->xo->object));
	if (!m)
		return EX_NONE;
	for (i = 0; i < npages; i++) {
		ex_check(t, VM_PAGE_TO_PHYS(&m[i]) == VM_PAGE_TO_PHYS(m) + ptoa(i));
		ex_got_resident(t, &m[i], w);
		w->pindex++;
	}
	return EX_DONE;
}

static enum ex_result ex_alloc_run(struct ex_thread *t, bool domain)
{
	struct ex_want w = {
		.pindex = ex_pindex(t),
		.req = ex_req(t, EX_OBJECT_FLAGS | VM_ALLOC_NORECLAIM),
		.domain = ex_domain(t),
	};
	const u_long npages = 1 + ex_below(t, 12);
	enum ex_result result;

	if (!ex_room_for_any(t, npages))
		return EX_SKIP;
	w.xo = ex_get(t);
	VM_OBJECT_WLOCK(w.xo->object);
	result = ex_contig_locked(t, &w, npages, domain);
	VM_OBJECT_WUNLOCK(w.xo->object);
	ex_put(w.xo);
	return result;
}

enum ex_result ex_contig(struct ex_thread *t)
{
	return ex_alloc_run(t, false);
}

static enum ex_result ex_contig_domain(struct ex_thread *t)
{
	return ex_alloc_run(t, true);
}

/* Lookups */

static enum ex_result ex_lookup(struct ex_thread *t)
{
	const vm_pindex_t pindex = ex_pindex(t);
	struct ex_object *xo = ex_get(t);
	vm_page_t m;

	VM_OBJECT_RLOCK(xo->object);
	m = vm_page_lookup(xo->object, pindex);
	if (m)
		ex_check(t, m->object == xo->object && m->pindex == pindex);
	VM_OBJECT_RUNLOCK(xo->object);
	ex_put(xo);
	return m ? EX_DONE : EX_NONE;
}

/* What is found is busied first, and only then known to be the page. */
static enum ex_result ex_lookup_unlocked(struct ex_thread *t)
{
	const vm_pindex_t pindex = ex_pindex(t);
	struct ex_object *xo = ex_get(t);
	vm_page_t m = vm_page_lookup_unlocked(xo->object, pindex);
	enum ex_result result = EX_NONE;

	if (m && vm_page_trysbusy(m)) {
		if (READ_ONCE(m->object) == xo->object && m->pindex == pindex) {
			ex_check_unclaimed(t, m);
			ex_check(t, vm_page_relookup(xo->object, pindex) == m);
			result = EX_DONE;
		}
		vm_page_sunbusy(m);
	}
	ex_put(xo);
	return result;
}

static enum ex_result ex_neighbours(struct ex_thread *t)
{
	const vm_pindex_t pindex = ex_pindex(t);
	struct ex_object *xo = ex_get(t);
	vm_page_t m, next, prev;

	VM_OBJECT_RLOCK(xo->object);
	m = vm_page_find_least(xo->object, pindex);
	if (m) {
		ex_check(t, m->object == xo->object && m->pindex >= pindex);
		next = vm_page_next(m);
		ex_check(t, next == vm_page_lookup(xo->object, m->pindex + 1));
		prev = vm_page_prev(m);
		ex_check(t, prev == (m->pindex ? vm_page_lookup(xo->object, m->pindex - 1) : NULL));
		if (m->pindex > pindex)
			ex_check(t, !vm_page_lookup(xo->object, pindex));
	}
	VM_OBJECT_RUNLOCK(xo->object);
	ex_put(xo);
	return m ? EX_DONE : EX_NONE;
}

static enum ex_result ex_memattr(struct ex_thread *t)
{
	struct ex_object *xo = ex_get(t);
	int ret;

	VM_OBJECT_WLOCK(xo->object);
	ret = vm_object_set_memattr(xo->object, VM_MEMATTR_DEFAULT);
	ex_check(t, ret == (xo->object->resident_page_count ? KERN_FAILURE : KERN_SUCCESS));
	VM_OBJECT_WUNLOCK(xo->object);
	ex_put(xo);
	return EX_DONE;
}

/* No page of it can be busied meanwhile. */
static enum ex_result ex_object_busy(struct ex_thread *t)
{
	const vm_pindex_t pindex = ex_pindex(t);
	struct ex_object *xo = ex_get(t);
	vm_page_t m;

	vm_object_busy(xo->object);
	VM_OBJECT_RLOCK(xo->object);
	m = vm_page_find_least(xo->object, pindex);
	if (m)
		ex_check(t, !vm_page_tryxbusy(m) && !vm_page_trysbusy(m));
	VM_OBJECT_RUNLOCK(xo->object);
	vm_object_unbusy(xo->object);
	ex_put(xo);
	return m ? EX_DONE : EX_NONE;
}

static const struct ex_op ex_object_ops[] = {
	{ "alloc", 12, ex_alloc },
	{ "alloc_domain", 6, ex_alloc_domain },
	{ "alloc_after", 8, ex_alloc_after },
	{ "alloc_domain_after", 6, ex_alloc_domain_after },
	{ "alloc_contig", 6, ex_contig },
	{ "alloc_contig_domain", 6, ex_contig_domain },
	{ "alloc_promised", 6, ex_alloc_promised },
	{ "alloc, a stretch", 8, ex_populate },
	{ "lookup", 4, ex_lookup },
	{ "lookup_unlocked", 8, ex_lookup_unlocked },
	{ "find_least, next, prev", 6, ex_neighbours },
	{ "object_set_memattr", 1, ex_memattr },
	{ "object_busy", 3, ex_object_busy },
	{ "object renewed", 3, ex_renew },
};

const struct ex_group ex_object_group = { ex_object_ops, ARRAY_SIZE(ex_object_ops) };
