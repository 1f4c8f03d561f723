// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Pages.
 *
 * A page is free, or allocated without an object, or resident in one.
 *
 *	free		busy FREED, ref 0, order and pool as the free lists say
 *	allocated	unbusied, ref = wire count, pindex the owner's
 *	resident	ref = OBJREF + wire count, found by (object, pindex)
 *
 * Allocation takes a page off the domain's count (vm_domain.c), then off its
 * free lists (vm_phys.c), then initialises it and makes it resident.  Each step
 * that fails undoes those before it.  Freeing is the same upwards.
 *
 * The busy word is the right to change what a page is; no try can get hold of
 * it while it is FREED.  So the owner of a page that is on its way in or out
 * may write its fields without a lock.
 */
#include <linux/export.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <sys/systm.h>
#include <sys/vmmeter.h>
#include <vm/pmap.h>
#include <vm/vm_domainset.h>
#include <vm/vm_page.h>
#include <vm/vm_pagequeue.h>

#include "vm_audit.h"
#include "vm_machine.h"

/* What a request may contain, by group of functions. */
#define VPANO_FLAGS	(VM_ALLOC_CLASS_MASK | VM_ALLOC_NOWAIT | VM_ALLOC_NOBUSY |	\
			 VM_ALLOC_WIRED | VM_ALLOC_NODUMP | VM_ALLOC_ZERO |		\
			 VM_ALLOC_COUNT_MASK)
#define VPA_FLAGS	(VPANO_FLAGS | VM_ALLOC_SBUSY)
#define VPANC_FLAGS	(VPANO_FLAGS | VM_ALLOC_NORECLAIM)

static bool vm_page_req_valid(unsigned int req, unsigned int accepted)
{
	return vm_assert(!(req & ~accepted)) &&
	       vm_assert((req & (VM_ALLOC_NOBUSY | VM_ALLOC_SBUSY)) !=
			 (VM_ALLOC_NOBUSY | VM_ALLOC_SBUSY));
}

/* A caller may name any domain; only those that have memory exist. */
static bool vm_page_domain_valid(int domain)
{
	return vm_assert(domain >= 0 && domain < MAXMEMDOM && VM_DOMAIN(domain));
}

/* Busy state */

static bool vm_page_xbusied_by_me(vm_page_t m)
{
	return (READ_ONCE(m->busy_lock) & ~VPB_BIT_WAITERS) == VPB_CURTHREAD_EXCLUSIVE;
}

/*
 * The object of a page cannot change while the page is busied, so it is looked
 * at only after the busy was obtained.
 */
static bool vm_page_object_busied(vm_page_t m)
{
	const vm_object_t object = READ_ONCE(m->object);

	return object && atomic_read(&object->busy);
}

int vm_page_tryxbusy(vm_page_t m)
{
	u_int x = VPB_UNBUSIED;

	if (!try_cmpxchg(&m->busy_lock, &x, VPB_CURTHREAD_EXCLUSIVE))
		return 0;
	if (vm_page_object_busied(m)) {
		vm_page_xunbusy(m);
		return 0;
	}
	return 1;
}
EXPORT_SYMBOL_GPL(vm_page_tryxbusy);

/* There is no fairness: sharers are let in although somebody may wait for the page. */
int vm_page_trysbusy(vm_page_t m)
{
	u_int x = READ_ONCE(m->busy_lock);

	do {
		if (!(x & VPB_BIT_SHARED))
			return 0;
	} while (!try_cmpxchg(&m->busy_lock, &x, x + VPB_ONE_SHARER));

	if (vm_page_object_busied(m)) {
		vm_page_sunbusy(m);
		return 0;
	}
	return 1;
}
EXPORT_SYMBOL_GPL(vm_page_trysbusy);

/* An exchange, not a store: what was done to the page comes before it is let go. */
void vm_page_xunbusy(vm_page_t m)
{
	if (vm_assert(vm_page_xbusied_by_me(m)))
		xchg(&m->busy_lock, VPB_UNBUSIED);
}
EXPORT_SYMBOL_GPL(vm_page_xunbusy);

void vm_page_sunbusy(vm_page_t m)
{
	u_int x = READ_ONCE(m->busy_lock);

	do {
		if (!vm_assert((x & VPB_BIT_SHARED) && VPB_SHARERS(x)))
			return;
	} while (!try_cmpxchg(&m->busy_lock, &x, x - VPB_ONE_SHARER));
}
EXPORT_SYMBOL_GPL(vm_page_sunbusy);

void vm_page_busy_downgrade(vm_page_t m)
{
	if (vm_assert(vm_page_xbusied_by_me(m)))
		xchg(&m->busy_lock, VPB_SHARERS_WORD(1));
}
EXPORT_SYMBOL_GPL(vm_page_busy_downgrade);

int vm_page_busy_tryupgrade(vm_page_t m)
{
	u_int x = READ_ONCE(m->busy_lock);

	do {
		if (!vm_assert((x & VPB_BIT_SHARED) && VPB_SHARERS(x)))
			return 0;
		if (VPB_SHARERS(x) > 1)
			return 0;
	} while (!try_cmpxchg(&m->busy_lock, &x,
			      VPB_CURTHREAD_EXCLUSIVE | (x & VPB_BIT_WAITERS)));
	return 1;
}
EXPORT_SYMBOL_GPL(vm_page_busy_tryupgrade);

/* References */

static bool vm_page_managed(vm_page_t m)
{
	return !(m->oflags & VPO_UNMANAGED);
}

/* Change the queue state in one step: set @flags and @queue, or leave the queue. */
static void vm_page_set_queue(vm_page_t m, u16 flags, u8 queue)
{
	union vm_page_astate old, new;

	old._bits = READ_ONCE(m->a._bits);
	do {
		new = old;
		new.flags = (old.flags & ~PGA_DEQUEUE) | flags;
		new.queue = queue;
	} while (!try_cmpxchg(&m->a._bits, &old._bits, new._bits));
}

void vm_page_wire(vm_page_t m)
{
	u_int old = READ_ONCE(m->ref_count);

	if (!vm_assert(!vm_page_busy_freed(m)))
		return;
	do {
		if (!vm_assert(VPRC_WIRE_COUNT(old) < VPRC_WIRE_COUNT_MAX))
			return;
	} while (!try_cmpxchg(&m->ref_count, &old, old + 1));

	if (VPRC_WIRE_COUNT(old))
		return;
	if (vm_page_managed(m))
		vm_page_set_queue(m, PGA_DEQUEUE, m->a.queue);
	VM_CNT_INC(v_wire_count);
}
EXPORT_SYMBOL_GPL(vm_page_wire);

/*
 * Drop one wiring.  Afterwards the page may be gone, unless an object or the
 * caller holds it.  Returns the references before, 0 for a refused call.
 */
static u_int vm_page_drop_wiring(vm_page_t m)
{
	u_int old = READ_ONCE(m->ref_count);

	do {
		if (!vm_assert(VPRC_WIRE_COUNT(old)))
			return 0;
	} while (!try_cmpxchg(&m->ref_count, &old, old - 1));

	if (VPRC_WIRE_COUNT(old) == 1)
		VM_CNT_ADD(v_wire_count, -1);
	return old;
}

bool vm_page_unwire_noq(vm_page_t m)
{
	return VPRC_WIRE_COUNT(vm_page_drop_wiring(m)) == 1;
}
EXPORT_SYMBOL_GPL(vm_page_unwire_noq);

/*
 * The queue is set before the wiring goes, as a page of an object may be freed
 * by somebody else as soon as it is unwired.
 */
void vm_page_unwire(vm_page_t m, u8 queue)
{
	u_int old;

	if (vm_page_managed(m)) {
		if (!vm_assert(queue < PQ_COUNT))
			return;
		if (m->object && VPRC_WIRE_COUNT(READ_ONCE(m->ref_count)) == 1)
			vm_page_set_queue(m, 0, m->valid ? queue : PQ_INACTIVE);
	}

	old = vm_page_drop_wiring(m);
	if (VPRC_WIRE_COUNT(old) == 1 && !(old & VPRC_OBJREF))
		vm_page_free(m);
}
EXPORT_SYMBOL_GPL(vm_page_unwire);

/* Objects */

vm_page_t vm_page_lookup(vm_object_t object, vm_pindex_t pindex)
{
	if (!VM_OBJECT_ASSERT_LOCKED(object))
		return NULL;
	return xa_load(&object->rtree, pindex);
}
EXPORT_SYMBOL_GPL(vm_page_lookup);

/*
 * Indexes are longs in an xarray.  A second page at an index would be lost to
 * everybody, so it is looked for although the store would tell.
 */
static bool vm_page_insert_valid(vm_object_t object, vm_pindex_t pindex)
{
	return VM_OBJECT_ASSERT_WLOCKED(object) && vm_assert(pindex <= ULONG_MAX) &&
	       vm_assert(!xa_load(&object->rtree, pindex));
}

/* Returns 0, or 1 when the index has no memory for a node; @m is as before then. */
static int vm_page_insert_checked(vm_page_t m, vm_object_t object, vm_pindex_t pindex)
{
	const vm_pindex_t old_pindex = m->pindex;

	m->pindex = pindex;
	WRITE_ONCE(m->object, object);
	if (vm_machine_fail_node() ||
	    xa_err(xa_store(&object->rtree, pindex, m, GFP_NOWAIT | __GFP_NOWARN))) {
		WRITE_ONCE(m->object, NULL);
		m->pindex = old_pindex;
		return 1;
	}

	object->resident_page_count++;
	return 0;
}

static void vm_page_set_objref(vm_page_t m)
{
	u_int old = READ_ONCE(m->ref_count);

	while (!try_cmpxchg(&m->ref_count, &old, old | VPRC_OBJREF))
		;
}

int vm_page_insert(vm_page_t m, vm_object_t object, vm_pindex_t pindex)
{
	if (!vm_page_insert_valid(object, pindex) ||
	    !vm_assert(!m->object && !vm_page_busy_freed(m)))
		return 1;
	if (vm_page_insert_checked(m, object, pindex))
		return 1;
	vm_page_set_objref(m);
	return 0;
}
EXPORT_SYMBOL_GPL(vm_page_insert);

/* Both the object and the page must be the caller's to change. */
static bool vm_page_removable(vm_page_t m)
{
	return vm_assert(m->object) && VM_OBJECT_ASSERT_WLOCKED(m->object) &&
	       vm_assert(vm_page_xbusied_by_me(m));
}

static void vm_page_object_remove(vm_page_t m)
{
	const vm_object_t object = m->object;

	xa_erase(&object->rtree, m->pindex);
	object->resident_page_count--;
	WRITE_ONCE(m->object, NULL);
}

/*
 * The reference of the object goes last: until then nobody's unwiring can free
 * the page.
 */
bool vm_page_remove(vm_page_t m)
{
	u_int old;

	if (!vm_page_removable(m))
		return false;

	vm_page_object_remove(m);
	vm_page_xunbusy(m);
	old = READ_ONCE(m->ref_count);
	while (!try_cmpxchg(&m->ref_count, &old, old & ~VPRC_OBJREF))
		;
	return old == VPRC_OBJREF;
}
EXPORT_SYMBOL_GPL(vm_page_remove);

/* Freeing */

/* In its object only the object may hold the page; outside nobody may. */
static bool vm_page_freeable(vm_page_t m)
{
	if (m->object)
		return vm_page_removable(m) && vm_assert(m->ref_count == VPRC_OBJREF);
	return vm_assert(!vm_page_busied(m)) && vm_assert(!m->ref_count);
}

/* Put a page that nobody holds on the free lists; the count is the caller's. */
static void vm_page_free_phys(vm_page_t m)
{
	struct vm_domain *vmd = VM_DOMAIN(vm_page_domain(m));
	unsigned long flags;

	vm_domain_free_lock(vmd, flags);
	vm_phys_free_pages(m, 0);
	vm_domain_free_unlock(vmd, flags);
}

/*
 * Only one of two callers that free the same page wins the step to FREED, and
 * only if nobody has busied the page meanwhile.
 */
static void vm_page_free_toq(vm_page_t m, u8 zero)
{
	u_int x;

	if (!vm_page_freeable(m))
		return;

	x = m->object ? VPB_CURTHREAD_EXCLUSIVE : VPB_UNBUSIED;
	if (m->object) {
		vm_page_object_remove(m);
		m->ref_count = 0;
	}
	if (!vm_assert(cmpxchg(&m->busy_lock, x, VPB_FREED) == x))
		return;

	m->flags = (m->flags & ~PG_ZERO) | zero;
	m->a._bits = 0;
	m->a.queue = PQ_NONE;
	m->valid = 0;
	m->dirty = 0;
	VM_CNT_INC(v_tfree);
	vm_page_free_phys(m);
	vm_domain_freecnt_inc(VM_DOMAIN(vm_page_domain(m)), 1);
}

void vm_page_free(vm_page_t m)
{
	vm_page_free_toq(m, 0);
}
EXPORT_SYMBOL_GPL(vm_page_free);

void vm_page_free_zero(vm_page_t m)
{
	vm_page_free_toq(m, PG_ZERO);
}
EXPORT_SYMBOL_GPL(vm_page_free_zero);

/* Allocation */

/*
 * A page off the free lists that is not in the state in which it was freed was
 * written to by somebody who no longer owns it.  It is lost rather than handed
 * out.
 */
static bool vm_page_alloc_check(vm_page_t m)
{
	return vm_assert(!m->object && !m->ref_count && vm_page_busy_freed(m)) &&
	       vm_assert(!m->valid && !m->dirty && m->a.queue == PQ_NONE);
}

/* Take one page off the free lists; it was taken off the count before. */
static vm_page_t vm_page_alloc_phys(struct vm_domain *vmd, int pool)
{
	unsigned long flags;
	vm_page_t m;

	vm_domain_free_lock(vmd, flags);
	m = vm_phys_alloc_pages(vmd->vmd_domain, pool, 0);
	vm_domain_free_unlock(vmd, flags);
	return m;
}

/*
 * The usual way: count first, lists second.  The lists hold what the count offers,
 * so a miss there means wrong accounts: the request fails, they stay as they were.
 */
static vm_page_t vm_page_alloc_gated(struct vm_domain *vmd, int pool, int req)
{
	vm_page_t m = NULL;

	if (vm_domain_allocate(vmd, req, 1)) {
		m = vm_page_alloc_phys(vmd, pool);
		if (!m)
			vm_domain_freecnt_inc(vmd, 1);
	}
	if (!m)
		vm_domain_alloc_fail(vmd, req);
	return m;
}

/* What every kind of page gets; the caller then makes it busy or unbusied. */
static void vm_page_init(vm_page_t m, int req, u8 oflags)
{
	m->flags = (m->flags & PG_ZERO) | (req & VM_ALLOC_NODUMP ? PG_NODUMP : 0);
	m->oflags = oflags;
	m->a._bits = 0;
	m->a.queue = PQ_NONE;
	if (req & VM_ALLOC_WIRED) {
		m->ref_count = 1;
		VM_CNT_INC(v_wire_count);
	}
}

/* The busy word that a request asks for. */
static u_int vm_page_req_busy(int req)
{
	if (req & VM_ALLOC_NOBUSY)
		return VPB_UNBUSIED;
	return req & VM_ALLOC_SBUSY ? VPB_SHARERS_WORD(1) : VPB_CURTHREAD_EXCLUSIVE;
}

/* The way back from vm_page_init(), to the free lists but not to the count. */
static void vm_page_uninit(vm_page_t m, int req)
{
	if (req & VM_ALLOC_WIRED)
		VM_CNT_ADD(v_wire_count, -1);
	m->ref_count = 0;
	m->oflags = VPO_UNMANAGED;
	vm_page_free_phys(m);
}

/*
 * The insertion makes the page visible to lookups without a lock.  They cannot
 * get hold of it before the busy word is set, which is the last step.
 */
static bool vm_page_make_resident(vm_page_t m, vm_object_t object, vm_pindex_t pindex, int req)
{
	vm_page_init(m, req, object->flags & OBJ_UNMANAGED ? VPO_UNMANAGED : 0);
	m->ref_count |= VPRC_OBJREF;
	if (vm_page_insert_checked(m, object, pindex)) {
		vm_page_uninit(m, req);
		return false;
	}
	/* The fields above come before the right to look at them. */
	smp_store_release(&m->busy_lock, vm_page_req_busy(req));
	return true;
}

static vm_page_t vm_page_alloc_domain_checked(vm_object_t object, vm_pindex_t pindex, int domain,
					      int req)
{
	struct vm_domain *vmd = VM_DOMAIN(domain);
	vm_page_t m;

	m = vm_page_alloc_gated(vmd, VM_FREEPOOL_DEFAULT, req);
	if (!m || !vm_page_alloc_check(m))
		return NULL;
	if (!vm_page_make_resident(m, object, pindex, req)) {
		vm_domain_freecnt_inc(vmd, 1);
		return NULL;
	}
	return m;
}

vm_page_t vm_page_alloc_domain(vm_object_t object, vm_pindex_t pindex, int domain, int req)
{
	if (!vm_page_req_valid(req, VPA_FLAGS) || !vm_page_domain_valid(domain) ||
	    !vm_page_insert_valid(object, pindex))
		return NULL;
	return vm_page_alloc_domain_checked(object, pindex, domain, req);
}
EXPORT_SYMBOL_GPL(vm_page_alloc_domain);

vm_page_t vm_page_alloc(vm_object_t object, vm_pindex_t pindex, int req)
{
	struct vm_domainset_iter di;
	vm_page_t m = NULL;
	int domain;

	if (!vm_page_req_valid(req, VPA_FLAGS) || !vm_page_insert_valid(object, pindex) ||
	    vm_domainset_iter_page_init(&di, &domain))
		return NULL;

	do {
		m = vm_page_alloc_domain_checked(object, pindex, domain, req);
	} while (!m && !vm_domainset_iter_page(&di, &domain));
	return m;
}
EXPORT_SYMBOL_GPL(vm_page_alloc);

vm_page_t vmpage_alloc_promised(vm_object_t object, vm_pindex_t pindex, int domain, int req)
{
	struct vm_domain *vmd;
	vm_page_t m;

	if (!vm_page_req_valid(req, VPA_FLAGS) || !vm_page_domain_valid(domain) ||
	    !vm_page_insert_valid(object, pindex))
		return NULL;

	vmd = VM_DOMAIN(domain);
	if (!vm_assert(atomic_read(&vmd->vmd_promised) > 0))
		return NULL;
	m = vm_page_alloc_phys(vmd, VM_FREEPOOL_DEFAULT);
	if (!vm_assert(m) || !vm_page_alloc_check(m) ||
	    !vm_page_make_resident(m, object, pindex, req))
		return NULL;

	atomic_dec(&vmd->vmd_promised);
	return m;
}

/* Zeroing does not set PG_ZERO: the caller is about to write to the page. */
static void vm_page_init_noobj(vm_page_t m, int req)
{
	m->pindex = VM_PAGE_NOOBJ_PINDEX;
	if ((req & VM_ALLOC_ZERO) && !(m->flags & PG_ZERO))
		pmap_zero_page(m);
	vm_page_init(m, req, VPO_UNMANAGED);
	/* The fields above come before the right to look at them. */
	smp_store_release(&m->busy_lock, VPB_UNBUSIED);
}

static vm_page_t vm_page_alloc_noobj_checked(int domain, int req)
{
	vm_page_t m = vm_page_alloc_gated(VM_DOMAIN(domain), VM_FREEPOOL_DIRECT, req);

	if (!m || !vm_page_alloc_check(m))
		return NULL;
	vm_page_init_noobj(m, req);
	return m;
}

vm_page_t vm_page_alloc_noobj_domain(int domain, int req)
{
	if (!vm_page_req_valid(req, VPANO_FLAGS) || !vm_page_domain_valid(domain))
		return NULL;
	return vm_page_alloc_noobj_checked(domain, req);
}
EXPORT_SYMBOL_GPL(vm_page_alloc_noobj_domain);

vm_page_t vm_page_alloc_noobj(int req)
{
	struct vm_domainset_iter di;
	vm_page_t m = NULL;
	int domain;

	if (!vm_page_req_valid(req, VPANO_FLAGS) || vm_domainset_iter_page_init(&di, &domain))
		return NULL;

	do {
		m = vm_page_alloc_noobj_checked(domain, req);
	} while (!m && !vm_domainset_iter_page(&di, &domain));
	return m;
}
EXPORT_SYMBOL_GPL(vm_page_alloc_noobj);

/* Where a run may lie, and how long it is. */
struct vm_page_run {
	u_long npages;			/* pages */
	vm_paddr_t low;			/* bytes */
	vm_paddr_t high;		/* bytes */
	u_long alignment;		/* bytes */
	vm_paddr_t boundary;		/* bytes, or 0 */
};

static bool vm_page_contig_valid(int req, const struct vm_page_run *run, vm_memattr_t memattr)
{
	return vm_page_req_valid(req, VPANC_FLAGS) && vm_assert(run->npages > 0) &&
	       vm_assert(is_power_of_2(run->alignment)) &&
	       vm_assert(!run->boundary || is_power_of_2(run->boundary)) &&
	       vm_assert(memattr == VM_MEMATTR_DEFAULT);
}

/* The count knows of pages only: that there are enough says nothing of a run. */
static vm_page_t vm_page_find_contig(struct vm_domain *vmd, int req, const struct vm_page_run *run)
{
	unsigned long flags;
	vm_page_t m_run;

	if (run->npages > vmd->vmd_page_count || !vm_domain_allocate(vmd, req, run->npages))
		return NULL;

	vm_domain_free_lock(vmd, flags);
	m_run = vm_phys_alloc_contig(vmd->vmd_domain, run->npages, run->low, run->high,
				     run->alignment, run->boundary);
	vm_domain_free_unlock(vmd, flags);
	if (!m_run)
		vm_domain_freecnt_inc(vmd, run->npages);
	return m_run;
}

static vm_page_t vm_page_alloc_noobj_contig_checked(int domain, int req,
						    const struct vm_page_run *run)
{
	struct vm_domain *vmd = VM_DOMAIN(domain);
	vm_page_t m, m_run = vm_page_find_contig(vmd, req, run);

	if (!m_run) {
		vm_domain_alloc_fail(vmd, req);
		return NULL;
	}
	for (m = m_run; m < m_run + run->npages; m++)
		if (!vm_page_alloc_check(m))
			return NULL;
	for (m = m_run; m < m_run + run->npages; m++)
		vm_page_init_noobj(m, req);
	return m_run;
}

vm_page_t vm_page_alloc_noobj_contig_domain(int domain, int req, u_long npages, vm_paddr_t low,
					    vm_paddr_t high, u_long alignment,
					    vm_paddr_t boundary, vm_memattr_t memattr)
{
	const struct vm_page_run run = { npages, low, high, alignment, boundary };

	if (!vm_page_contig_valid(req, &run, memattr) || !vm_page_domain_valid(domain))
		return NULL;
	return vm_page_alloc_noobj_contig_checked(domain, req, &run);
}
EXPORT_SYMBOL_GPL(vm_page_alloc_noobj_contig_domain);

vm_page_t vm_page_alloc_noobj_contig(int req, u_long npages, vm_paddr_t low, vm_paddr_t high,
				     u_long alignment, vm_paddr_t boundary, vm_memattr_t memattr)
{
	const struct vm_page_run run = { npages, low, high, alignment, boundary };
	struct vm_domainset_iter di;
	vm_page_t m_run = NULL;
	int domain;

	if (!vm_page_contig_valid(req, &run, memattr) ||
	    vm_domainset_iter_page_init(&di, &domain))
		return NULL;

	do {
		m_run = vm_page_alloc_noobj_contig_checked(domain, req, &run);
	} while (!m_run && !vm_domainset_iter_page(&di, &domain));
	return m_run;
}
EXPORT_SYMBOL_GPL(vm_page_alloc_noobj_contig);

/* Auditing */

/* A page keeps nothing of its last owner but what is known of its content. */
static bool vm_page_free_state_clean(vm_page_t m)
{
	return !m->object && !m->ref_count && !m->valid && !m->dirty && m->a.queue == PQ_NONE;
}

static void vm_page_audit_one(struct vm_audit *audit, vm_page_t m)
{
	const bool objref = READ_ONCE(m->ref_count) & VPRC_OBJREF;

	if (vm_page_busy_freed(m)) {
		if (!vm_page_free_state_clean(m))
			vm_audit_fail(audit, "page %#llx: free, but still in use\n",
				      VM_PAGE_TO_PHYS(m));
		return;
	}
	if (m->order != VM_NFREEORDER)
		vm_audit_fail(audit, "page %#llx: allocated, but of order %u\n",
			      VM_PAGE_TO_PHYS(m), m->order);
	if (objref != !!m->object)
		vm_audit_fail(audit, "page %#llx: object and reference do not match\n",
			      VM_PAGE_TO_PHYS(m));
	if (m->dirty & ~m->valid)
		vm_audit_fail(audit, "page %#llx: dirty %#x, but valid %#x\n",
			      VM_PAGE_TO_PHYS(m), m->dirty, m->valid);
}

/* What vm_page_audit() counts. */
struct vm_page_census {
	long npages[MAXMEMDOM];		/* pages */
	long nfree[MAXMEMDOM];		/* pages */
	long nwired;			/* pages */
	unsigned long nresident;	/* pages */
};

static void vm_page_audit_run(struct vm_audit *audit, vm_page_t m_run, u_long npages,
			      struct vm_page_census *census)
{
	const unsigned int domain = vm_page_domain(m_run);
	vm_page_t m;

	for (m = m_run; m < m_run + npages; m++) {
		vm_page_audit_one(audit, m);
		census->npages[domain]++;
		census->nfree[domain] += vm_page_busy_freed(m);
		census->nwired += vm_page_wired(m);
		census->nresident += !!m->object;
	}
}

static void vm_page_audit_seg(struct vm_audit *audit, const struct vm_phys_seg *seg,
			      struct vm_page_census *census)
{
	const vm_paddr_t size = ptoa(VM_LEVEL_0_NPAGES);
	vm_paddr_t pa, end;

	for (pa = seg->start; pa < seg->end; pa = end) {
		const vm_page_t m = PHYS_TO_VM_PAGE(pa);

		end = min(seg->end, (pa | (size - 1)) + 1);
		cond_resched();
		/* The chunk was given back, and may be there again in another segment. */
		if (m && m->segind == seg->segind)
			vm_page_audit_run(audit, m, atop(end - pa), census);
	}
}

static void vm_page_audit_domain(struct vm_audit *audit, const struct vm_domain *vmd,
				 const struct vm_page_census *census)
{
	const unsigned int domain = vmd->vmd_domain;
	const long counted = atomic_read(&vmd->vmd_free_count) + atomic_read(&vmd->vmd_promised);

	if (census->npages[domain] != vmd->vmd_page_count)
		vm_audit_fail(audit, "domain %u: %ld pages, %u counted\n", domain,
			      census->npages[domain], vmd->vmd_page_count);
	if (census->nfree[domain] != counted)
		vm_audit_fail(audit, "domain %u: %ld pages are free, %ld counted\n", domain,
			      census->nfree[domain], counted);
}

void vm_page_audit(struct vm_audit *audit, unsigned long resident)
{
	struct vm_page_census *census = kzalloc(sizeof(*census), GFP_KERNEL);
	const unsigned int nsegs = smp_load_acquire(&vm_phys_nsegs);	/* before the table */
	unsigned int segind;
	int domain;

	if (!census) {
		vm_audit_fail(audit, "pages: not checked, no memory\n");
		return;
	}

	for (segind = 0; segind < nsegs; segind++)
		vm_page_audit_seg(audit, vm_phys_seg_at(segind), census);
	DOMAINSET_FOREACH(domain, &vm_all_domains)
		vm_page_audit_domain(audit, VM_DOMAIN(domain), census);
	if (census->nwired != VM_CNT_FETCH(v_wire_count))
		vm_audit_fail(audit, "%ld pages are wired, %lld counted\n", census->nwired,
			      VM_CNT_FETCH(v_wire_count));
	if (census->nresident != resident)
		vm_audit_fail(audit, "%lu pages have an object, objects have %lu\n",
			      census->nresident, resident);
	kfree(census);
}
