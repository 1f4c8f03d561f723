// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Allocation: the vm_page_alloc(9) family.
 *
 * Takes pages off the domain's count (vm_domain.c), then off its free lists
 * (vm_phys.c), then initialises them and makes them resident.  Each step that
 * fails undoes those before it.
 *
 * The functions without a domain ask one domain after the other
 * (vm_domainset.c), which is also where they sleep when there is more than one;
 * those with a domain sleep for it (vm_domain.c).
 */
#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/log2.h>
#include <linux/sched.h>
#include <sys/vmmeter.h>
#include <vm/pmap.h>
#include <vm/vm_domainset.h>
#include <vm/vm_reserv.h>

#include "vm_machine.h"
#include "vm_page_priv.h"
#include "vm_pgcache.h"

/* What a request may contain, by group of functions. */
#define VPA_FLAGS	(VM_ALLOC_CLASS_MASK | VM_ALLOC_WAITFAIL | VM_ALLOC_NOWAIT |	\
			 VM_ALLOC_NOBUSY | VM_ALLOC_SBUSY | VM_ALLOC_WIRED |		\
			 VM_ALLOC_NODUMP | VM_ALLOC_ZERO | VM_ALLOC_COUNT_MASK)
#define VPAC_FLAGS	(VPA_FLAGS | VM_ALLOC_NORECLAIM)
#define VPANO_FLAGS	((VPA_FLAGS & ~VM_ALLOC_SBUSY) | VM_ALLOC_WAITOK)
#define VPANC_FLAGS	(VPANO_FLAGS | VM_ALLOC_NORECLAIM)

/* What is more than a page of a per-CPU cache gets at once. */
#define VPANO_EXTRA	(VM_ALLOC_NODUMP | VM_ALLOC_ZERO)

static bool vm_page_req_excludes(unsigned int req, unsigned int flags)
{
	return vm_assert((req & flags) != flags);
}

bool vm_page_req_valid(unsigned int req, unsigned int accepted)
{
	return vm_assert(!(req & ~accepted)) &&
	       vm_page_req_excludes(req, VM_ALLOC_NOBUSY | VM_ALLOC_SBUSY) &&
	       vm_page_req_excludes(req, VM_ALLOC_WAITOK | VM_ALLOC_NORECLAIM);
}

/* A caller may name any domain; only those that have memory exist. */
static bool vm_page_domain_valid(int domain)
{
	return vm_assert(vmpage_domain_exists(domain));
}

/* Where a run may lie, and how long it is. */
struct vm_page_run {
	u_long npages;			/* pages */
	vm_paddr_t low;			/* bytes */
	vm_paddr_t high;		/* bytes */
	u_long alignment;		/* bytes */
	vm_paddr_t boundary;		/* bytes, or 0 */
};

static inline bool vm_page_run_valid(const struct vm_page_run *run)
{
	return vm_page_bounds_valid(run->npages, run->alignment, run->boundary);
}

/*
 * The attribute of an object's pages.  Those of a fictitious object have their own.
 */
static vm_memattr_t vm_page_object_memattr(vm_object_t object)
{
	return object->flags & OBJ_FICTITIOUS ? VM_MEMATTR_DEFAULT : object->memattr;
}

/* Can pages for an object, or for none, be any?  With an attribute only reserved ones can. */
static bool vm_page_object_plain(vm_object_t object)
{
	return !object || vm_page_object_memattr(object) == VM_MEMATTR_DEFAULT;
}

/* How many pages have to be there for a run of @npages. */
static u_long vm_page_object_needs(vm_object_t object, u_long npages)
{
	return vm_page_object_plain(object) ? npages : ALIGN(npages, VM_LEVEL_0_NPAGES);
}

/* Could the domain ever hold the run, if all of its pages were free? */
static noinline bool vm_page_run_possible(int domain, const struct vm_page_run *run)
{
	vm_page_t bounds[2];

	if (run->boundary && run->npages > atop(run->boundary))
		return false;
	return vm_phys_find_range(bounds, 0, domain, run->npages, run->low, run->high) != -1;
}

/* Pages that nobody has yet */

/* Is a page of a per-CPU cache as it was freed? */
static __always_inline bool vm_page_pcpu_check(vm_page_t m)
{
	return vm_phys_page_intact(m, PG_ZERO | PG_PCPU_CACHE | PG_NODUMP);
}

static bool vm_page_alloc_check(vm_page_t m)
{
	return m->flags & PG_PCPU_CACHE ? vm_page_pcpu_check(m) : vm_phys_page_intact(m, PG_ZERO);
}

/*
 * Is a page, which is of a per-CPU cache or not, so that nothing of it has to be set but
 * for what its owner makes it?
 */
static __always_inline bool vm_page_usual(vm_page_t m, u8 pcpu)
{
	return m->state == VM_PAGE_STATE(pcpu) && m->hold == VM_PAGE_HOLD(VPB_FREED, 0);
}

static __always_inline bool vm_page_add_words(vm_page_t m, u_long npages, void *arg)
{
	u64 *sum = arg;
	u_long i;

#pragma GCC unroll 32
	for (i = 0; i < npages; i++)
		*sum += m[i].state + m[i].hold;
	return true;
}

/* A page that differs shows in the sum, which takes half as long as comparing all. */
bool vm_page_run_usual(vm_page_t m, u_long npages)
{
	u64 sum = 0;

	vm_phys_run_steps(m, npages, vm_page_add_words, &sum);
	return sum == npages * (VM_PAGE_STATE(0) + VM_PAGE_HOLD(VPB_FREED, 0));
}

bool vm_page_alloc_check_run(vm_page_t m_run, u_long npages)
{
	vm_page_t m;

	if (likely(vm_page_run_usual(m_run, npages)))
		return true;
	for (m = m_run; m < m_run + npages; m++) {
		if (!vm_page_alloc_check(m))
			return false;
	}
	return true;
}

/* Which free lists a single page comes from, beside the pool. */
#define VM_FREELIST_ANY		(-1)

static vm_page_t vm_page_alloc_phys(struct vm_domain *vmd, int freelist, int pool)
{
	const int domain = vmd->vmd_domain;
	unsigned long flags;
	vm_page_t m;

	vm_domain_free_lock(vmd, flags);
	if (freelist == VM_FREELIST_ANY)
		m = vm_phys_alloc_pages(domain, pool, 0);
	else
		m = vm_phys_alloc_freelist_pages(domain, freelist, pool, 0);
	vm_domain_free_unlock(vmd, flags);
	return m;
}

/*
 * The usual way: what this CPU keeps, which is off the count already; then count first,
 * lists second.  What the count has and the lists have not is in reservations, one of
 * which is then broken, but not for a certain list.
 */
static vm_page_t vm_page_alloc_gated(struct vm_domain *vmd, int freelist, int pool, int req)
{
	vm_page_t m = NULL;

	if (freelist == VM_FREELIST_ANY)
		m = vm_pgcache_alloc(vmd, pool);
	if (likely(m))
		return vm_page_alloc_check(m) ? m : NULL;
	do {
		if (!vm_domain_allocate(vmd, req, 1))
			return NULL;
		m = vm_page_alloc_phys(vmd, freelist, pool);
		if (likely(m))
			return vm_page_alloc_check(m) ? m : NULL;
		vm_domain_freecnt_inc(vmd, 1);
	} while (freelist == VM_FREELIST_ANY && vm_reserv_reclaim_inactive(vmd->vmd_domain));
	return NULL;
}

/* When that has failed: what this CPU keeps otherwise, or cached pages, may be missing. */
static noinline vm_page_t vm_page_alloc_uncached(struct vm_domain *vmd, int freelist, int pool,
						 int req)
{
	unsigned int tries = 0;
	vm_page_t m = NULL;

	if (vm_pgcache_drain_local(vmd))
		m = vm_page_alloc_gated(vmd, freelist, pool, req);
	while (!m && vm_page_cache_relieve(vmd, req, 1, &tries))
		m = vm_page_alloc_gated(vmd, freelist, pool, req);
	return m;
}

static inline vm_page_t vm_page_alloc_single(struct vm_domain *vmd, int freelist, int pool,
					     int req)
{
	const vm_page_t m = vm_page_alloc_gated(vmd, freelist, pool, req);

	return likely(m) ? m : vm_page_alloc_uncached(vmd, freelist, pool, req);
}

/* The count knows of pages only: that there are enough says nothing of a run. */
static inline vm_page_t vm_page_contig_gated(struct vm_domain *vmd, int req,
					     const struct vm_page_run *run)
{
	unsigned long flags;
	vm_page_t m_run;

	if (run->npages > vmd->vmd_page_count ||
	    !vm_domain_allocate_quick(vmd, req, run->npages))
		return NULL;

	vm_domain_free_lock(vmd, flags);
	m_run = vm_phys_alloc_contig(vmd->vmd_domain, run->npages, run->low, run->high,
				     run->alignment, run->boundary);
	vm_domain_free_unlock(vmd, flags);
	if (!m_run && !(req & VM_ALLOC_NORECLAIM))
		m_run = vm_reserv_reclaim_contig(vmd->vmd_domain, run->npages, run->low,
						 run->high, run->alignment, run->boundary);
	if (!m_run) {
		vm_domain_freecnt_inc(vmd, run->npages);
		return NULL;
	}
	return vm_page_alloc_check_run(m_run, run->npages) ? m_run : NULL;
}

/*
 * Reservations of the object, if there is one, first; then the free lists, then any
 * reservation.
 */
static vm_page_t vm_page_contig_once(vm_object_t object, vm_pindex_t pindex,
				     struct vm_domain *vmd, int req,
				     const struct vm_page_run *run)
{
	struct vm_radix_place rp;
	vm_page_t m_run = NULL;

	if (vm_object_reserv(object)) {
		vm_radix_find_place(&object->rtree, pindex, &rp);
		m_run = vm_reserv_alloc_contig(object, pindex, vmd->vmd_domain, req, run->npages,
					       run->low, run->high, run->alignment,
					       run->boundary,
					       vm_radix_place_prev(&object->rtree, &rp));
	}
	if (!m_run && vm_page_object_plain(object))
		return vm_page_contig_gated(vmd, req, run);
	return m_run && vm_page_alloc_check_run(m_run, run->npages) ? m_run : NULL;
}

/* Have per-CPU caches given pages back, those of other CPUs if the request may sleep? */
static bool vm_page_contig_drain(struct vm_domain *vmd, int req)
{
	if (req & (VM_ALLOC_WAITOK | VM_ALLOC_WAITFAIL))
		return vm_pgcache_drain_all(vmd);
	return vm_pgcache_drain_local(vmd);
}

/* When that has failed: what CPUs keep, or cached pages, may be in the way. */
static noinline vm_page_t vm_page_contig_once_more(vm_object_t object, vm_pindex_t pindex,
						   struct vm_domain *vmd, int req,
						   const struct vm_page_run *run)
{
	unsigned int tries = 0;
	vm_page_t m_run = NULL;

	if (vm_page_contig_drain(vmd, req))
		m_run = vm_page_contig_once(object, pindex, vmd, req, run);
	if (m_run || !READ_ONCE(vmd->vmd_cache_count) ||
	    !vm_page_run_possible(vmd->vmd_domain, run))
		return m_run;
	while (!m_run && vm_page_cache_relieve(vmd, req, vm_page_object_needs(object, run->npages),
					       &tries))
		m_run = vm_page_contig_once(object, pindex, vmd, req, run);
	return m_run;
}

static vm_page_t vm_page_find_contig(vm_object_t object, vm_pindex_t pindex,
				     struct vm_domain *vmd, int req,
				     const struct vm_page_run *run)
{
	const vm_page_t m_run = vm_page_contig_once(object, pindex, vmd, req, run);

	return likely(m_run) ? m_run : vm_page_contig_once_more(object, pindex, vmd, req, run);
}

/* What every kind of page gets; the caller then makes it busy or unbusied. */
static void vm_page_init(vm_page_t m, int req, u8 oflags, vm_memattr_t memattr)
{
	m->flags &= PG_ZERO | PG_PCPU_CACHE | PG_NODUMP;
	m->oflags = oflags;
	m->a._bits = 0;
	m->a.queue = PQ_NONE;
	vm_page_set_nodump(m, req & VM_ALLOC_NODUMP);
	if (req & VM_ALLOC_WIRED) {
		m->ref_count = 1;
		VM_CNT_INC(v_wire_count);
	}
	if (memattr != VM_MEMATTR_DEFAULT)
		pmap_page_set_memattr(m, memattr);
}

/* The way back from vm_page_init(). */
static void vm_page_uninit(vm_page_t m, int req)
{
	if (req & VM_ALLOC_WIRED)
		VM_CNT_ADD(v_wire_count, -1);
	m->ref_count = 0;
}

/* Pages of an object */

/* The busy word that a request asks for. */
static u_int vm_page_req_busy(int req)
{
	if (req & VM_ALLOC_NOBUSY)
		return VPB_UNBUSIED;
	return req & VM_ALLOC_SBUSY ? VPB_SHARERS_WORD(1) : VPB_CURTHREAD_EXCLUSIVE;
}

/* The last step: until then a lookup without a lock finds the page, but cannot get it. */
static __always_inline void vm_page_publish(vm_page_t m, int req)
{
	/* The fields come before the right to look at them. */
	smp_store_release(&m->busy_lock, vm_page_req_busy(req));
}

/* Failing for want of a node, it leaves a page that nobody has. */
static bool vm_page_make_resident(vm_page_t m, vm_object_t object, struct vm_radix_place *rp,
				  vm_pindex_t pindex, int req, vm_memattr_t memattr)
{
	vm_page_init(m, req, object->flags & OBJ_UNMANAGED ? VPO_UNMANAGED : 0, memattr);
	m->ref_count |= VPRC_OBJREF;
	m->pindex = pindex;
	WRITE_ONCE(m->object, object);
	if (vm_radix_insert_at(&object->rtree, rp, m)) {
		WRITE_ONCE(m->object, NULL);
		vm_page_uninit(m, req);
		return false;
	}
	object->resident_page_count++;
	return true;
}

/* Without memory for a node WAITFAIL sleeps, too. */
static void vm_page_node_wait(vm_object_t object, int req)
{
	if (!(req & VM_ALLOC_WAITFAIL))
		return;
	VM_OBJECT_WUNLOCK(object);
	vm_radix_wait();
	VM_OBJECT_WLOCK(object);
}

/*
 * Make a page that is off the count resident.  Failing that, it is free again.  The
 * usual caller has most of the arguments at hand: inline, it is as if it stood there.
 */
static __always_inline vm_page_t vm_page_settle(vm_page_t m, vm_object_t object,
						vm_pindex_t pindex, int req,
						struct vm_radix_place *rp, vm_memattr_t memattr)
{
	if (!vm_page_make_resident(m, object, rp, pindex, req, memattr)) {
		vm_page_free_finish(m);
		vm_page_node_wait(object, req);
		return NULL;
	}
	vm_page_publish(m, req);
	return m;
}

/* A page of the object's own reservation, which it may get now. */
static noinline vm_page_t vm_page_alloc_reserved(vm_object_t object, vm_pindex_t pindex,
						 int domain, int req, struct vm_radix_place *rp)
{
	const vm_page_t mpred = vm_radix_place_prev(&object->rtree, rp);
	const vm_page_t m = vm_reserv_alloc_page(object, pindex, domain, req, mpred);

	return m && vm_page_alloc_check(m) ? m : NULL;
}

static noinline vm_page_t vm_page_alloc_loose(vm_object_t object, int domain, int req)
{
	const vm_page_t m = vmpage_reserv_alloc_loose(object, domain, req, false);

	return m && vm_page_alloc_check(m) ? m : NULL;
}

/*
 * Reservation first, then the free lists, then what breaking another reservation gives.
 * An object with a loose one gets nothing but pages of their reservations, one with a
 * memory attribute nothing but those of its own.
 */
static inline vm_page_t vm_page_alloc_once(vm_object_t object, vm_pindex_t pindex, int domain,
					   int req, struct vm_radix_place *rp)
{
	vm_page_t m = NULL;

	if (vm_object_reserv(object))
		m = vm_page_alloc_reserved(object, pindex, domain, req, rp);
	if (m || unlikely(!vm_page_object_plain(object)))
		return m;
	if (unlikely(object->loose))
		return vm_page_alloc_loose(object, domain, req);
	return vm_page_alloc_gated(VM_DOMAIN(domain), VM_FREELIST_ANY, VM_FREEPOOL_DEFAULT, req);
}

/* When that has failed: cached pages may be what is missing. */
static noinline vm_page_t vm_page_alloc_once_more(vm_object_t object, vm_pindex_t pindex,
						  int domain, int req, struct vm_radix_place *rp)
{
	unsigned int tries = 0;
	vm_page_t m = NULL;

	if (vm_pgcache_drain_local(VM_DOMAIN(domain)))
		m = vm_page_alloc_once(object, pindex, domain, req, rp);
	while (!m && vm_page_cache_relieve(VM_DOMAIN(domain), req, vm_page_object_needs(object, 1),
					   &tries))
		m = vm_page_alloc_once(object, pindex, domain, req, rp);
	return m;
}

/* Any of these, or the failure is noted, and waited for if the request says so. */
static inline vm_page_t vm_page_alloc_fresh(vm_object_t object, vm_pindex_t pindex, int domain,
					    int req, struct vm_radix_place *rp)
{
	vm_page_t m = vm_page_alloc_once(object, pindex, domain, req, rp);

	/* If pages are not what is missing, more of them would not help. */
	if (unlikely(!m && object->loose) && vm_domain_shortfall(VM_DOMAIN(domain), req, 1) <= 0)
		return NULL;
	if (unlikely(!m))
		m = vm_page_alloc_once_more(object, pindex, domain, req, rp);
	if (!m)
		vm_domain_alloc_fail(VM_DOMAIN(domain), object, req);
	return m;
}

/* Does a domain have a page for this class of request, cached pages counting as free? */
static bool vm_page_cached_admits(struct vm_domain *vmd, int req)
{
	return vm_domain_shortfall(vmd, req, 1) <= (int)READ_ONCE(vmd->vmd_cache_count);
}

/*
 * For an object that may have cached pages, or whose pages are not real memory.  A page
 * that comes back costs no domain one, so it may be any domain's.
 */
static noinline vm_page_t vm_page_alloc_special(vm_object_t object, vm_pindex_t pindex, int domain,
						int req, struct vm_radix_place *rp)
{
	const bool admits = vm_page_cached_admits(VM_DOMAIN(domain), req);
	vm_page_t m = admits ? vm_page_cache_take(object, pindex) : NULL;

	/* What a CPU keeps at hand would take the place of the cached page. */
	if (!admits && vm_page_cache_lookup(object, pindex)) {
		vm_domain_alloc_fail(VM_DOMAIN(domain), object, req);
		return NULL;
	}
	if (!m)
		m = vm_page_alloc_fresh(object, pindex, domain, req, rp);
	if (!m)
		return NULL;
	m = vm_page_settle(m, object, pindex, req, rp, vm_page_object_memattr(object));
	if (m)
		vm_page_supersede(object, pindex, 1);
	return m;
}

/* Once the request has slept @rp no longer holds; it has failed by then. */
static vm_page_t vm_page_alloc_domain_at(vm_object_t object, vm_pindex_t pindex, int domain,
					 int req, struct vm_radix_place *rp)
{
	vm_page_t m;

	if (unlikely(object->flags & (OBJ_FICTITIOUS | OBJ_CACHED)))
		return vm_page_alloc_special(object, pindex, domain, req, rp);
	m = vm_page_alloc_fresh(object, pindex, domain, req, rp);
	if (!m)
		return NULL;
	return vm_page_settle(m, object, pindex, req, rp, object->memattr);
}

static vm_page_t vm_page_alloc_at(vm_object_t object, vm_pindex_t pindex, int req,
				  struct vm_radix_place *rp)
{
	struct vm_domainset_iter di;
	vm_page_t m;
	int domain;

	if (vm_domainset_iter_page_init(&di, object, pindex, &domain, &req))
		return NULL;
	do {
		m = vm_page_alloc_domain_at(object, pindex, domain, req, rp);
	} while (!m && !vm_domainset_iter_page(&di, object, &domain));
	return m;
}

/* Is @mpred what comes before the place?  Told without another walk of the index. */
static bool vm_page_mpred_valid(vm_object_t object, struct vm_radix_place *rp, vm_page_t mpred)
{
	return vm_assert(vm_radix_place_prev(&object->rtree, rp) == mpred);
}

/* The usual request, which is answered without a call that returns */

/* Is nothing asked for but what every page of an object gets? */
static __always_inline bool vm_page_req_quick(int req)
{
	return !(req & ~(VPA_FLAGS & ~VM_ALLOC_NODUMP)) &&
	       (req & (VM_ALLOC_NOBUSY | VM_ALLOC_SBUSY)) != (VM_ALLOC_NOBUSY | VM_ALLOC_SBUSY);
}

/* For objects with these nothing is quick; without those, any page will do. */
#define OBJ_NOT_QUICK	(OBJ_FICTITIOUS | OBJ_CACHED)
#define OBJ_NOT_ANY	(OBJ_COLORED | OBJ_LOOSE)

/* Is it an object without anything special, and the leaf of an empty index at hand? */
static __always_inline bool vm_page_object_quick(vm_object_t object, vm_pindex_t pindex)
{
	return VM_OBJECT_WOWNED(object) && !(object->flags & OBJ_NOT_QUICK) &&
	       vm_radix_leaf_takes(&object->rtree, pindex);
}

/* Nobody can get hold of it before it is published, so its words come in any order. */
static __always_inline vm_page_t vm_page_settle_quick(vm_page_t m, vm_object_t object,
						      vm_pindex_t pindex, int req)
{
	u_int ref = VPRC_OBJREF;

	if (req & VM_ALLOC_WIRED) {
		VM_CNT_INC(v_wire_count);
		ref++;
	}
	if (!(object->flags & OBJ_UNMANAGED))
		m->oflags = 0;
	m->pindex = pindex;
	m->ref_count = ref;
	WRITE_ONCE(m->object, object);
	object->resident_page_count++;
	vm_radix_leaf_insert(&object->rtree, pindex, m);
	vm_page_publish(m, req);
	return m;
}

static noinline vm_page_t vm_page_alloc_found(vm_page_t m, vm_object_t object,
					      vm_pindex_t pindex, int req)
{
	if (!vm_page_alloc_check(m))
		return NULL;
	vm_page_set_nodump(m, false);
	return vm_page_settle_quick(m, object, pindex, req);
}

static __always_inline vm_page_t vm_page_alloc_popped(vm_page_t m, vm_object_t object,
						      vm_pindex_t pindex, int req)
{
	if (likely(vm_page_usual(m, PG_PCPU_CACHE)))
		return vm_page_settle_quick(m, object, pindex, req);
	return vm_page_alloc_found(m, object, pindex, req);
}

static noinline vm_page_t vm_page_alloc_any(vm_object_t object, vm_pindex_t pindex, int req)
{
	struct vm_radix_place rp;

	if (!vm_page_req_valid(req, VPA_FLAGS) || !vm_page_find_place(object, pindex, &rp))
		return NULL;
	return vm_page_alloc_at(object, pindex, req, &rp);
}

static noinline vm_page_t vm_page_alloc_after_any(vm_object_t object, vm_pindex_t pindex,
						  int req, vm_page_t mpred)
{
	struct vm_radix_place rp;

	if (!vm_page_req_valid(req, VPA_FLAGS) || !vm_page_find_place(object, pindex, &rp) ||
	    !vm_page_mpred_valid(object, &rp, mpred))
		return NULL;
	return vm_page_alloc_at(object, pindex, req, &rp);
}

/*
 * From the reservation around the page before, which is all that is looked for here.
 * The caller has seen that there is one domain, as with more the request would have moved
 * the cursor of the policy, and that the object is not FICTITIOUS.
 */
static noinline vm_page_t vm_page_alloc_next(vm_object_t object, vm_pindex_t pindex, int req,
					     vm_page_t mpred)
{
	vm_page_t m = NULL;

	if (object->flags & OBJ_COLORED)
		m = vmpage_reserv_alloc_next(object, pindex, req, mpred);
	if (unlikely(!m))
		return vm_page_alloc_any(object, pindex, req);
	if (likely(vm_page_usual(m, 0)))
		return vm_page_settle_quick(m, object, pindex, req);
	return vm_page_alloc_found(m, object, pindex, req);
}

vm_page_t vm_page_alloc(vm_object_t object, vm_pindex_t pindex, int req)
{
	struct vm_domain *vmd = READ_ONCE(vm_domain_only);
	vm_page_t m;

	if (unlikely(!vmd || !vm_page_req_quick(req) || !vm_page_object_quick(object, pindex)))
		return vm_page_alloc_any(object, pindex, req);
	if (object->flags & OBJ_NOT_ANY) {
		m = vm_radix_leaf_before(&object->rtree, pindex);
		return m ? vm_page_alloc_next(object, pindex, req, m) :
			   vm_page_alloc_any(object, pindex, req);
	}
	m = vm_pgcache_pop(vmd, VM_FREEPOOL_DEFAULT);
	if (unlikely(!m))
		return vm_page_alloc_any(object, pindex, req);
	return vm_page_alloc_popped(m, object, pindex, req);
}
EXPORT_SYMBOL_GPL(vm_page_alloc);

vm_page_t vm_page_alloc_domain(vm_object_t object, vm_pindex_t pindex, int domain, int req)
{
	struct vm_radix_place rp;

	if (!vm_page_req_valid(req, VPA_FLAGS) || !vm_page_domain_valid(domain) ||
	    !vm_page_find_place(object, pindex, &rp))
		return NULL;
	return vm_page_alloc_domain_at(object, pindex, domain, req, &rp);
}
EXPORT_SYMBOL_GPL(vm_page_alloc_domain);

vm_page_t vm_page_alloc_after(vm_object_t object, vm_pindex_t pindex, int req, vm_page_t mpred)
{
	struct vm_domain *vmd = READ_ONCE(vm_domain_only);
	vm_page_t m;

	if (unlikely(!vmd || !vm_page_req_quick(req) || !vm_page_object_quick(object, pindex) ||
		     !vm_radix_leaf_follows(&object->rtree, pindex, mpred)))
		return vm_page_alloc_after_any(object, pindex, req, mpred);
	if (object->flags & OBJ_NOT_ANY)
		return vm_page_alloc_next(object, pindex, req, mpred);
	m = vm_pgcache_pop(vmd, VM_FREEPOOL_DEFAULT);
	if (unlikely(!m))
		return vm_page_alloc_after_any(object, pindex, req, mpred);
	return vm_page_alloc_popped(m, object, pindex, req);
}
EXPORT_SYMBOL_GPL(vm_page_alloc_after);

vm_page_t vm_page_alloc_domain_after(vm_object_t object, vm_pindex_t pindex, int domain, int req,
				     vm_page_t mpred)
{
	struct vm_radix_place rp;

	if (!vm_page_req_valid(req, VPA_FLAGS) || !vm_page_domain_valid(domain) ||
	    !vm_page_find_place(object, pindex, &rp) || !vm_page_mpred_valid(object, &rp, mpred))
		return NULL;
	return vm_page_alloc_domain_at(object, pindex, domain, req, &rp);
}
EXPORT_SYMBOL_GPL(vm_page_alloc_domain_after);

static bool vm_page_cached_admits_any(int req)
{
	int domain;

	DOMAINSET_FOREACH(domain, &vm_all_domains) {
		if (vm_page_cached_admits(VM_DOMAIN(domain), req))
			return true;
	}
	return false;
}

vm_page_t vmpage_alloc_ifcached(vm_object_t object, vm_pindex_t pindex, int req)
{
	struct vm_radix_place rp;
	vm_page_t m;

	if (!vm_page_req_valid(req, VPA_FLAGS) || !vm_page_find_place(object, pindex, &rp))
		return NULL;

	m = vm_page_cache_lookup(object, pindex);
	if (m && !vm_page_cached_admits_any(req)) {
		vm_domain_alloc_fail(VM_DOMAIN(vm_page_domain(m)), object, req);
		return NULL;
	}
	m = vm_page_cache_take(object, pindex);
	if (!m)
		return NULL;
	return vm_page_settle(m, object, pindex, req, &rp, vm_page_object_memattr(object));
}
EXPORT_SYMBOL_GPL(vmpage_alloc_ifcached);

/* Promises: pages that are off the count already */

/* How long a promised page may be nowhere to be seen before the count must be wrong. */
#define VM_PAGE_PROMISE_TICKS	HZ

int vmpage_promise(struct vm_domain *vmd, int npages)
{
	while (!vm_domain_allocate(vmd, VM_ALLOC_NORMAL, npages))
		if (!vm_page_cache_cover(vmd, VM_ALLOC_NORMAL, npages))
			return 0;

	atomic_add(npages, &vmd->vmd_promised);
	return 1;
}

void vmpage_unpromise(struct vm_domain *vmd, int npages)
{
	if (!vm_assert(npages >= 0 && atomic_read(&vmd->vmd_promised) >= npages))
		return;

	atomic_sub(npages, &vmd->vmd_promised);
	vm_domain_freecnt_inc(vmd, npages);
}

/*
 * A promised page is there, if nowhere else then in a reservation, of which any will
 * do: also one that is not queued, or that somebody is at work on.  While this looks at
 * one place after the other the page may go from one to the other, or be part of a
 * block that somebody is making a reservation of; so it is looked for again.
 */
static vm_page_t vm_page_alloc_ungated(struct vm_domain *vmd)
{
	const int domain = vmd->vmd_domain;
	unsigned int ticks = VM_PAGE_PROMISE_TICKS;
	vm_page_t m;

	while (!(m = vm_page_alloc_phys(vmd, VM_FREELIST_ANY, VM_FREEPOOL_DEFAULT)) && ticks) {
		if (vm_reserv_reclaim_inactive(domain) || vmpage_reserv_reclaim_any(domain))
			continue;
		schedule_timeout_uninterruptible(1);
		ticks--;
	}
	return m;
}

/* Returns NULL when no reservation of the object has the page. */
static vm_page_t vm_page_alloc_promised_reserved(vm_object_t object, vm_pindex_t pindex,
						 int domain, int req, struct vm_radix_place *rp)
{
	if (!vm_object_reserv(object))
		return NULL;
	return vmpage_reserv_alloc_promised(object, pindex, domain, req,
					    vm_radix_place_prev(&object->rtree, rp));
}

vm_page_t vmpage_alloc_promised(vm_object_t object, vm_pindex_t pindex, int domain, int req)
{
	struct vm_radix_place rp;
	struct vm_domain *vmd;
	vm_page_t m;

	if (!vm_page_req_valid(req, VPAC_FLAGS) || !vm_page_domain_valid(domain) ||
	    !vm_page_find_place(object, pindex, &rp) || !vm_assert(vm_page_object_plain(object)))
		return NULL;

	vmd = VM_DOMAIN(domain);
	if (!vm_assert(atomic_read(&vmd->vmd_promised) > 0))
		return NULL;
	m = vm_page_alloc_promised_reserved(object, pindex, domain, req, &rp);
	if (!m && object->loose)
		m = vmpage_reserv_alloc_loose(object, domain, req, true);
	if (!m && object->loose && (req & VM_ALLOC_NORECLAIM))
		return NULL;
	if (!m)
		m = vm_page_alloc_ungated(vmd);
	if (!vm_assert(m) || !vm_page_alloc_check(m))
		return NULL;
	if (!vm_page_make_resident(m, object, &rp, pindex, req, VM_MEMATTR_DEFAULT)) {
		vm_page_free_uncounted(m);
		if (vm_page_domain(m) != domain)
			vm_domain_freecnt_inc(VM_DOMAIN(vm_page_domain(m)), 1);
		return NULL;
	}

	/* Of another domain it was paid for, and the promise is given back. */
	if (vm_page_domain(m) == domain)
		atomic_dec(&vmd->vmd_promised);
	else
		vmpage_unpromise(vmd, 1);
	vm_page_supersede(object, pindex, 1);
	vm_page_publish(m, req);
	return m;
}

/* Runs in an object */

static bool vm_page_contig_valid(vm_object_t object, vm_pindex_t pindex, int req,
				 const struct vm_page_run *run, vm_memattr_t memattr)
{
	vm_page_t m;

	if (!vm_page_req_valid(req, VPAC_FLAGS) || !vm_page_run_valid(run) ||
	    !VM_OBJECT_ASSERT_WLOCKED(object) || !vm_assert(!(object->flags & OBJ_FICTITIOUS)) ||
	    !vm_assert(memattr == VM_MEMATTR_DEFAULT || memattr == object->memattr) ||
	    !vm_assert(pindex <= ULONG_MAX && run->npages - 1 <= ULONG_MAX - pindex))
		return false;
	m = vm_radix_lookup_ge(&object->rtree, pindex);
	return vm_assert(!m || m->pindex - pindex >= run->npages);
}

/* Take the pages of a run that became resident out of the object again, and free all. */
static void vm_page_contig_undo(vm_page_t m_run, u_long ninserted, u_long npages,
				vm_object_t object, int req)
{
	u_long i;

	for (i = 0; i < ninserted; i++) {
		vm_radix_remove(&object->rtree, m_run[i].pindex);
		object->resident_page_count--;
		WRITE_ONCE(m_run[i].object, NULL);
		vm_page_uninit(&m_run[i], req);
	}
	for (i = 0; i < npages; i++)
		vm_page_free_uncounted(&m_run[i]);
}

static bool vm_page_contig_insert(vm_page_t m_run, vm_object_t object, vm_pindex_t pindex, int req,
				  u_long npages, vm_memattr_t memattr)
{
	struct vm_radix_place rp;
	u_long i;

	for (i = 0; i < npages; i++) {
		vm_radix_find_place(&object->rtree, pindex + i, &rp);
		if (!vm_page_make_resident(&m_run[i], object, &rp, pindex + i, req, memattr)) {
			vm_page_contig_undo(m_run, i, npages, object, req);
			return false;
		}
	}
	vm_page_supersede(object, pindex, npages);
	for (i = 0; i < npages; i++)
		vm_page_publish(&m_run[i], req);
	return true;
}

static vm_page_t vm_page_alloc_contig_domain_checked(vm_object_t object, vm_pindex_t pindex,
						     int domain, int req,
						     const struct vm_page_run *run)
{
	struct vm_domain *vmd = VM_DOMAIN(domain);
	vm_page_t m_run = vm_page_find_contig(object, pindex, vmd, req, run);

	if (!m_run) {
		vm_domain_alloc_fail(vmd, object, req);
		return NULL;
	}
	/* In a reservation the run has its domain. */
	vmd = VM_DOMAIN(vm_page_domain(m_run));
	if (!vm_page_contig_insert(m_run, object, pindex, req, run->npages, object->memattr)) {
		vm_domain_freecnt_inc(vmd, run->npages);
		vm_page_node_wait(object, req);
		return NULL;
	}
	return m_run;
}

vm_page_t vm_page_alloc_contig_domain(vm_object_t object, vm_pindex_t pindex, int domain, int req,
				      u_long npages, vm_paddr_t low, vm_paddr_t high,
				      u_long alignment, vm_paddr_t boundary, vm_memattr_t memattr)
{
	const struct vm_page_run run = { npages, low, high, alignment, boundary };

	if (!vm_page_contig_valid(object, pindex, req, &run, memattr) ||
	    !vm_page_domain_valid(domain))
		return NULL;
	return vm_page_alloc_contig_domain_checked(object, pindex, domain, req, &run);
}
EXPORT_SYMBOL_GPL(vm_page_alloc_contig_domain);

vm_page_t vm_page_alloc_contig(vm_object_t object, vm_pindex_t pindex, int req, u_long npages,
			       vm_paddr_t low, vm_paddr_t high, u_long alignment,
			       vm_paddr_t boundary, vm_memattr_t memattr)
{
	const struct vm_page_run run = { npages, low, high, alignment, boundary };
	struct vm_domainset_iter di;
	vm_page_t m_run = NULL;
	int domain;

	if (!vm_page_contig_valid(object, pindex, req, &run, memattr) ||
	    vm_domainset_iter_page_init(&di, object, pindex, &domain, &req))
		return NULL;
	do {
		m_run = vm_page_alloc_contig_domain_checked(object, pindex, domain, req, &run);
		if (!m_run && !vm_page_run_possible(domain, &run))
			vm_domainset_iter_ignore(&di, domain);
	} while (!m_run && !vm_domainset_iter_page(&di, object, &domain));
	return m_run;
}
EXPORT_SYMBOL_GPL(vm_page_alloc_contig);

/* Pages without an object */

/* Zeroing does not set PG_ZERO: the caller is about to write to the page. */
static void vm_page_init_noobj(vm_page_t m, int req)
{
	m->pindex = VM_PAGE_NOOBJ_PINDEX;
	if ((req & VM_ALLOC_ZERO) && !(m->flags & PG_ZERO))
		pmap_zero_page(m);
	vm_page_init(m, req, VPO_UNMANAGED, VM_MEMATTR_DEFAULT);
	vm_page_publish(m, VM_ALLOC_NOBUSY);
}

static vm_page_t vm_page_alloc_noobj_checked(int domain, int freelist, int req)
{
	struct vm_domain *vmd = VM_DOMAIN(domain);
	vm_page_t m;

	do {
		m = vm_page_alloc_single(vmd, freelist, VM_FREEPOOL_DIRECT, req);
	} while (!m && vm_domain_alloc_fail(vmd, NULL, req));
	if (m)
		vm_page_init_noobj(m, req);
	return m;
}

static vm_page_t vm_page_alloc_noobj_iter(int freelist, int req)
{
	struct vm_domainset_iter di;
	vm_page_t m;
	int domain;

	if (vm_domainset_iter_page_init(&di, NULL, 0, &domain, &req))
		return NULL;
	do {
		m = vm_page_alloc_noobj_checked(domain, freelist, req);
	} while (!m && !vm_domainset_iter_page(&di, NULL, &domain));
	return m;
}

vm_page_t vm_page_alloc_noobj_domain(int domain, int req)
{
	if (!vm_page_req_valid(req, VPANO_FLAGS) || !vm_page_domain_valid(domain))
		return NULL;
	return vm_page_alloc_noobj_checked(domain, VM_FREELIST_ANY, req);
}
EXPORT_SYMBOL_GPL(vm_page_alloc_noobj_domain);

vm_page_t vmpage_alloc_room(vm_object_t loose, int domain, int req, vm_paddr_t pa,
			    vm_paddr_t pa_end)
{
	const vm_page_t m = vmpage_reserv_alloc_room(loose, domain, req, pa, pa_end);

	if (!m || !vm_page_alloc_check(m))
		return NULL;
	vm_page_init_noobj(m, req);
	return m;
}

static noinline vm_page_t vm_page_alloc_noobj_any(int req)
{
	if (!vm_page_req_valid(req, VPANO_FLAGS))
		return NULL;
	return vm_page_alloc_noobj_iter(VM_FREELIST_ANY, req);
}

/* A page of this CPU's cache for whoever did not find it as usual. */
static noinline vm_page_t vm_page_alloc_noobj_found(vm_page_t m, int req)
{
	if (!vm_page_pcpu_check(m))
		return vm_page_alloc_noobj_any(req);
	vm_page_init_noobj(m, req);
	return m;
}

/* One of several domains, or with an empty cache. */
static noinline vm_page_t vm_page_alloc_noobj_home(int req)
{
	struct vm_domain *vmd = vm_domainset_home();
	vm_page_t m = NULL;

	if (vmd && !(req & ~VPANO_FLAGS))
		m = vm_pgcache_alloc(vmd, VM_FREEPOOL_DIRECT);
	return m ? vm_page_alloc_noobj_found(m, req) : vm_page_alloc_noobj_any(req);
}

/* A page for which more is to be done, or one of several domains. */
static noinline vm_page_t vm_page_alloc_noobj_other(int req)
{
	struct vm_domain *vmd = READ_ONCE(vm_domain_only);
	vm_page_t m = NULL;

	if (vmd && !(req & ~VPANO_FLAGS))
		m = vm_pgcache_pop(vmd, VM_FREEPOOL_DIRECT);
	return m ? vm_page_alloc_noobj_found(m, req) : vm_page_alloc_noobj_home(req);
}

/*
 * The usual request of the usual page changes two words of it.  All else is left to
 * others, at the end, as a call that returns would cost more than the rest.
 */
vm_page_t vm_page_alloc_noobj(int req)
{
	struct vm_domain *vmd = READ_ONCE(vm_domain_only);
	vm_page_t m;

	if (unlikely(!vmd || (req & ~(VPANO_FLAGS & ~VPANO_EXTRA))))
		return vm_page_alloc_noobj_other(req);
	m = vm_pgcache_pop(vmd, VM_FREEPOOL_DIRECT);
	if (unlikely(!m))
		return vm_page_alloc_noobj_home(req);
	if (unlikely(!vm_page_usual(m, PG_PCPU_CACHE)))
		return vm_page_alloc_noobj_found(m, req);
	m->pindex = VM_PAGE_NOOBJ_PINDEX;
	if (req & VM_ALLOC_WIRED) {
		VM_CNT_INC(v_wire_count);
		/* As vm_page_publish() */
		smp_store_release(&m->hold, VM_PAGE_HOLD(VPB_UNBUSIED, 1));
	} else {
		/* As vm_page_publish() */
		smp_store_release(&m->hold, VM_PAGE_HOLD(VPB_UNBUSIED, 0));
	}
	return m;
}
EXPORT_SYMBOL_GPL(vm_page_alloc_noobj);

/* A list without an index never has a page, however long one waits. */
static bool vm_page_freelist_valid(int freelist)
{
	return vm_assert(freelist >= 0 && freelist < VM_NFREELIST) &&
	       vm_freelist_to_flind[freelist] >= 0;
}

vm_page_t vm_page_alloc_freelist_domain(int domain, int freelist, int req)
{
	if (!vm_page_req_valid(req, VPANO_FLAGS) || !vm_page_domain_valid(domain) ||
	    !vm_page_freelist_valid(freelist))
		return NULL;
	return vm_page_alloc_noobj_checked(domain, freelist, req);
}
EXPORT_SYMBOL_GPL(vm_page_alloc_freelist_domain);

vm_page_t vm_page_alloc_freelist(int freelist, int req)
{
	if (!vm_page_req_valid(req, VPANO_FLAGS) || !vm_page_freelist_valid(freelist))
		return NULL;
	return vm_page_alloc_noobj_iter(freelist, req);
}
EXPORT_SYMBOL_GPL(vm_page_alloc_freelist);

/* Runs without an object */

/* What vm_page_init_noobj() does for pages of which nothing special is wanted. */
static __always_inline bool vm_page_init_some(vm_page_t m, u_long npages, void *arg)
{
	u_long i;

#pragma GCC unroll 32
	for (i = 0; i < npages; i++) {
		m[i].pindex = VM_PAGE_NOOBJ_PINDEX;
		/* As vm_page_publish() */
		smp_store_release(&m[i].hold, VM_PAGE_HOLD(VPB_UNBUSIED, 0));
	}
	return true;
}

static vm_page_t vm_page_alloc_noobj_contig_once(struct vm_domain *vmd, int req,
						 const struct vm_page_run *run)
{
	vm_page_t m, m_run = vm_page_find_contig(NULL, 0, vmd, req, run);

	if (m_run && !(req & (VPANO_EXTRA | VM_ALLOC_WIRED))) {
		vm_phys_run_steps(m_run, run->npages, vm_page_init_some, NULL);
		return m_run;
	}
	for (m = m_run; m_run && m < m_run + run->npages; m++)
		vm_page_init_noobj(m, req);
	return m_run;
}

static inline vm_page_t vm_page_alloc_noobj_contig_checked(int domain, int req,
							   const struct vm_page_run *run)
{
	struct vm_domain *vmd = VM_DOMAIN(domain);
	vm_page_t m_run;

	do {
		m_run = vm_page_alloc_noobj_contig_once(vmd, req, run);
	} while (!m_run && vm_domain_alloc_fail(vmd, NULL, req) &&
		 vm_page_run_possible(domain, run));
	return m_run;
}

vm_page_t vm_page_alloc_noobj_contig_domain(int domain, int req, u_long npages, vm_paddr_t low,
					    vm_paddr_t high, u_long alignment,
					    vm_paddr_t boundary, vm_memattr_t memattr)
{
	const struct vm_page_run run = { npages, low, high, alignment, boundary };

	if (!vm_page_req_valid(req, VPANC_FLAGS) || !vm_page_run_valid(&run) ||
	    !vm_assert(memattr == VM_MEMATTR_DEFAULT) ||
	    !vm_page_domain_valid(domain))
		return NULL;
	return vm_page_alloc_noobj_contig_checked(domain, req, &run);
}
EXPORT_SYMBOL_GPL(vm_page_alloc_noobj_contig_domain);

static noinline vm_page_t vm_page_alloc_noobj_contig_iter(int req, const struct vm_page_run *run)
{
	struct vm_domainset_iter di;
	vm_page_t m_run = NULL;
	int domain;

	if (vm_domainset_iter_page_init(&di, NULL, 0, &domain, &req))
		return NULL;
	do {
		m_run = vm_page_alloc_noobj_contig_checked(domain, req, run);
		if (!m_run && !vm_page_run_possible(domain, run))
			vm_domainset_iter_ignore(&di, domain);
	} while (!m_run && !vm_domainset_iter_page(&di, NULL, &domain));
	return m_run;
}

vm_page_t vm_page_alloc_noobj_contig(int req, u_long npages, vm_paddr_t low, vm_paddr_t high,
				     u_long alignment, vm_paddr_t boundary, vm_memattr_t memattr)
{
	const struct vm_page_run run = { npages, low, high, alignment, boundary };
	const struct vm_domain *vmd = READ_ONCE(vm_domain_only);

	/* Among these no two exclude each other. */
	if (unlikely(req & ~(VPANC_FLAGS & ~VM_ALLOC_WAITOK)) &&
	    !vm_page_req_valid(req, VPANC_FLAGS))
		return NULL;
	if (!vm_page_run_valid(&run) || !vm_assert(memattr == VM_MEMATTR_DEFAULT))
		return NULL;
	if (likely(vmd))
		return vm_page_alloc_noobj_contig_checked(vmd->vmd_domain, req, &run);
	return vm_page_alloc_noobj_contig_iter(req, &run);
}
EXPORT_SYMBOL_GPL(vm_page_alloc_noobj_contig);
