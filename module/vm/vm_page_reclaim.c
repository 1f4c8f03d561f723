// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Runs of free pages by relocation: vm_page_reclaim_contig().
 *
 * A scan looks, without a lock, for places where a run could be if all pages that can
 * move did.  The highest of them are then cleared, page by page with the locks that it
 * takes; whoever changes a page in between ends the work on that run.  What was cleared
 * is freed at the end of a run, lest others take some of it before, or it merges with
 * the free blocks that are still to be recognised.
 */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/log2.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <sys/vmmeter.h>
#include <vm/vm_domainset.h>
#include <vm/vm_reserv.h>

#include "vm_page_priv.h"
#include "vm_pgcache.h"
#include "vm_phys_priv.h"

#define VM_PAGE_RECLAIM_RUNS	16	/* places that are remembered, for one run */
#define VM_PAGE_BLOCK_LOOKS	1024	/* blocks of which the best is searched, at most */
#define VM_PAGE_BLOCK_PLACES	16	/* of them, blocks that could be cleared */
#define VM_PAGE_BLOCK_COST	768	/* pages of several blocks that are cleared at most */
#define VM_PAGE_BLOCK_BACKOFF	6	/* log2 of how many calls at most come to nothing */
#define VM_PAGE_RECLAIM_MIN	8	/* pages, below which it is not worth stopping */

/* What is left alone, from one pass to the next. */
enum vm_page_spare {
	VM_PAGE_SPARE_RESERVS,
	VM_PAGE_SPARE_SUPERPAGES,
	VM_PAGE_SPARE_NONE,
};

/*
 * What is wanted, the places for it, and what was cleared of the current one.
 */
struct vm_page_reclaim {
	struct vm_domain *vmd;
	int req;			/* the class alone */
	bool taken;			/* the run's free pages are on no list */
	u_long npages;			/* pages */
	vm_paddr_t low;			/* bytes */
	vm_paddr_t high;		/* bytes */
	u_long alignment;		/* bytes */
	vm_paddr_t boundary;		/* bytes, or 0 */
	vm_page_t *m_runs;		/* a ring: those found last */
	unsigned int nslots;		/* of m_runs */
	unsigned int nfound;		/* ever */
	struct spglist cleared;		/* pages of no object */
};

/* Looking for places */

/* Pages of other types have their place for a reason that is not known here. */
static bool vm_page_object_movable(vm_object_t object)
{
	return ((object->flags & OBJ_SWAP) || object->type == OBJT_VNODE) &&
	       object->memattr == VM_MEMATTR_DEFAULT;
}

/* A page on its way out of its object keeps that in place no longer: hence RCU. */
static bool vm_page_movable(vm_page_t m)
{
	vm_object_t object;
	bool movable;

	rcu_read_lock();
	object = READ_ONCE(m->object);
	movable = object && vm_page_object_movable(object) && !vm_page_wired(m) &&
		  !vm_page_busied(m) && vm_page_queue(m) != PQ_NONE &&
		  READ_ONCE(m->memattr) == VM_MEMATTR_DEFAULT;
	rcu_read_unlock();
	return movable;
}

static bool vm_page_spared(vm_page_t m, enum vm_page_spare spare)
{
	switch (spare) {
	case VM_PAGE_SPARE_RESERVS:
		return vm_reserv_level(m) >= 0;
	case VM_PAGE_SPARE_SUPERPAGES:
		return vm_reserv_level_iffullpop(m) >= 0;
	default:
		return false;
	}
}

/* How many pages from @m on a run may go over; 0 when it ends before @m. */
static u_long vm_page_scan_extend(vm_page_t m, enum vm_page_spare spare)
{
	const unsigned int order = READ_ONCE(m->order);

	if (vm_page_wired(m) || vm_page_spared(m, spare))
		return 0;
	if (order < VM_NFREEORDER)
		return 1UL << order;
	return vm_page_movable(m) || (READ_ONCE(m->flags) & PG_CACHED) ||
	       vm_reserv_is_page_free(m);
}

/* The end of the run that begins at @m, or the page that is in its way. */
static vm_page_t vm_page_scan_run(const struct vm_page_reclaim *pr, vm_page_t m,
				  enum vm_page_spare spare)
{
	const vm_page_t m_end = m + pr->npages;
	u_long npages;

	for (; m < m_end; m += npages) {
		npages = vm_page_scan_extend(m, spare);
		if (!npages)
			return m;
		cond_resched();
	}
	return m_end;
}

/* Note the places in [m, m_end), one after the other. */
static void vm_page_scan(struct vm_page_reclaim *pr, vm_page_t m, vm_page_t m_end,
			 enum vm_page_spare spare)
{
	vm_page_t m_stop;

	while (m_end - m >= (long)pr->npages) {
		cond_resched();
		if (!vm_addr_ok(m->phys_addr, ptoa(pr->npages), pr->alignment, pr->boundary)) {
			m += atop(ALIGN(m->phys_addr + 1, pr->alignment) - m->phys_addr);
			continue;
		}
		m_stop = vm_page_scan_run(pr, m, spare);
		if (m_stop == m + pr->npages) {
			pr->m_runs[pr->nfound++ % pr->nslots] = m;
			m = m_stop;
		} else {
			m = m_stop + 1;
		}
	}
}

/* Returns false when no segment of the domain could ever hold the run. */
static bool vm_page_scan_domain(struct vm_page_reclaim *pr, enum vm_page_spare spare)
{
	vm_page_t bounds[2];
	bool possible = false;
	int segind;

	if (pr->boundary && ptoa(pr->npages) > pr->boundary)
		return false;

	pr->nfound = 0;
	for (segind = 0;; segind++) {
		segind = vm_phys_find_range(bounds, segind, pr->vmd->vmd_domain, pr->npages,
					    pr->low, pr->high);
		if (segind < 0)
			return possible;
		possible = true;
		vm_page_scan(pr, bounds[0], bounds[1], spare);
	}
}

/* Clearing one */

/* Where there is no memory is not asked: a request that fails counts as a shortage. */
static vm_page_t vm_page_alloc_between(int domain, int req, vm_paddr_t low, vm_paddr_t high)
{
	vm_page_t bounds[2];

	if (vm_phys_find_range(bounds, 0, domain, 1, low, high) < 0)
		return NULL;
	return vm_page_alloc_noobj_contig_domain(domain, req, 1, low, high, PAGE_SIZE, 0,
						 VM_MEMATTR_DEFAULT);
}

/*
 * Where the object's loose pages are, if there is room; else any page outside the run,
 * above the highest address if there is one.
 */
static vm_page_t vm_page_replacement(const struct vm_page_reclaim *pr, vm_page_t m_run,
				     vm_page_t m, vm_object_t object)
{
	const vm_paddr_t pa = m_run->phys_addr, pa_end = pa + ptoa(pr->npages);
	const int domain = pr->vmd->vmd_domain;
	const int req = pr->req | (m->flags & PG_NODUMP ? VM_ALLOC_NODUMP : 0);
	vm_page_t m_new = NULL;

	if (object->loose)
		m_new = vmpage_alloc_room(object->loose, domain, req, pa, pa_end);
	if (!m_new && pr->taken)
		return vm_page_alloc_noobj_domain(domain, req);
	if (!m_new)
		m_new = vm_page_alloc_between(domain, req, pr->high, ~(vm_paddr_t)0);
	if (!m_new)
		m_new = vm_page_alloc_between(domain, req, 0, pa);
	if (!m_new)
		m_new = vm_page_alloc_between(domain, req, pa_end, pr->high);
	return m_new;
}

/* Take a page out of all mappings.  False when somebody has it wired, or it has to stay. */
static bool vm_page_unmap(vm_page_t m, vm_object_t object)
{
	bool unmapped = true;

	/* From now on nobody can wire it through a mapping. */
	if (cmpxchg(&m->ref_count, VPRC_OBJREF, VPRC_OBJREF | VPRC_BLOCKED) != VPRC_OBJREF)
		return false;
	if (object->ops && object->ops->unmap)
		unmapped = object->ops->unmap(object, m);
	/* Somebody may have wired it otherwise meanwhile. */
	return vm_page_clear_ref(m, VPRC_BLOCKED) == (VPRC_OBJREF | VPRC_BLOCKED) && unmapped;
}

static bool vm_page_may_replace(vm_page_t m, vm_page_t m_new, vm_object_t object)
{
	return !object->ops || !object->ops->replace || object->ops->replace(object, m, m_new);
}

/* Everything but its place that a page is. */
static void vm_page_copy(vm_page_t m, vm_page_t m_new)
{
	pmap_copy_page(m, m_new);
	m_new->flags &= ~PG_ZERO;
	m_new->valid = m->valid;
	m_new->dirty = m->dirty;
	m_new->oflags &= ~VPO_UNMANAGED;
	vm_page_aflag_set(m_new, m->a.flags & ~(PGA_QUEUE_OP_MASK | PGA_ENQUEUED));
}

/* A page that left its object is free, unless somebody else holds it: then it is his. */
static int vm_page_cleared(struct vm_page_reclaim *pr, vm_page_t m, bool last)
{
	if (!last)
		return EBUSY;
	/* In a per-CPU cache it would be missing from the run. */
	m->flags &= ~(PG_ZERO | PG_PCPU_CACHE);
	vmpage_spglist_insert(&pr->cleared, m);
	return 0;
}

/* The page is busied by the caller; it is not any more afterwards. */
static int vm_page_relocate(struct vm_page_reclaim *pr, vm_page_t m_run, vm_page_t m,
			    vm_object_t object)
{
	const vm_page_t m_new = vm_page_replacement(pr, m_run, m, object);
	int ret;

	if (!m_new) {
		vm_page_xunbusy(m);
		return ENOMEM;
	}
	/* A lookup without a lock can have found the page while it was another's. */
	if (!vm_page_tryxbusy(m_new))
		goto err_free;
	if (!vm_page_unmap(m, object) || !vm_page_may_replace(m, m_new, object))
		goto err_unbusy;

	vm_page_copy(m, m_new);
	ret = vm_page_cleared(pr, m, vm_page_replace_keep(m_new, object, m->pindex, m));
	vm_page_deactivate(m_new);
	vm_page_xunbusy(m_new);
	return ret;

err_unbusy:
	vm_page_xunbusy(m_new);
err_free:
	vm_page_free(m_new);
	vm_page_xunbusy(m);
	return EBUSY;
}

/*
 * Look again at what the scan saw without the lock.  A page of which nothing is valid
 * needs no other in its place.
 */
static int vm_page_clear_object(struct vm_page_reclaim *pr, vm_page_t m_run, vm_page_t m,
				vm_object_t object)
{
	if (READ_ONCE(m->object) != object || !vm_page_movable(m) || !vm_page_tryxbusy(m))
		return EBUSY;
	if (vm_page_any_valid(m))
		return vm_page_relocate(pr, m_run, m, object);
	if (!vm_page_unmap(m, object)) {
		vm_page_xunbusy(m);
		return EBUSY;
	}
	return vm_page_cleared(pr, m, vm_page_remove(m));
}

/* The object of a page, with a reference; NULL when it has none, or that is ending. */
static vm_object_t vm_page_hold_object(vm_page_t m)
{
	vm_object_t object;

	rcu_read_lock();
	object = READ_ONCE(m->object);
	if (object && !atomic_inc_not_zero(&object->ref_count))
		object = NULL;
	rcu_read_unlock();
	return object;
}

/* How many pages from @m on are free; 0 when @m is not. */
static u_long vm_page_free_extent(const struct vm_page_reclaim *pr, vm_page_t m)
{
	unsigned long flags;
	unsigned int order;

	vm_domain_free_lock(pr->vmd, flags);
	order = m->order;
	vm_domain_free_unlock(pr->vmd, flags);
	if (order < VM_NFREEORDER)
		return 1UL << order;
	return vm_reserv_is_page_free(m);
}

/* Clear the page at @m, and find out how many are free from there on. */
static int vm_page_clear(struct vm_page_reclaim *pr, vm_page_t m_run, vm_page_t m,
			 u_long *nfree)
{
	vm_object_t object;
	int ret = 0;

	*nfree = 1;
	if (vm_page_wired(m))
		return EBUSY;
	if ((READ_ONCE(m->flags) & PG_CACHED) && vm_page_cache_seize(pr->vmd, m))
		return vm_page_cleared(pr, m, true);
	object = vm_page_hold_object(m);
	if (!object) {
		*nfree = vm_page_free_extent(pr, m);
		return *nfree ? 0 : EINVAL;
	}
	VM_OBJECT_WLOCK(object);
	ret = vm_page_clear_object(pr, m_run, m, object);
	VM_OBJECT_WUNLOCK(object);
	vm_object_deallocate(object);
	return ret;
}

/* Returns 0 when all of the run was cleared; what was before a failure is free, too. */
static int vm_page_clear_run(struct vm_page_reclaim *pr, vm_page_t m_run)
{
	vm_page_t m;
	u_long nfree;
	int ret = 0;

	vmpage_spglist_init(&pr->cleared);
	for (m = m_run; m < m_run + pr->npages && !ret; m += nfree) {
		ret = vm_page_clear(pr, m_run, m, &nfree);
		cond_resched();
	}
	vm_page_free_pages_toq(&pr->cleared, false);
	return ret;
}

/* All of it */

/* The places that were found last are the highest, and come first. */
static int vm_page_reclaim_passes(struct vm_page_reclaim *pr, u_long min_reclaim)
{
	enum vm_page_spare spare;
	u_long reclaimed = 0;
	unsigned int i;

	for (spare = VM_PAGE_SPARE_RESERVS; spare <= VM_PAGE_SPARE_NONE; spare++) {
		if (!vm_page_scan_domain(pr, spare))
			return ERANGE;
		for (i = 0; i < min(pr->nfound, pr->nslots) && reclaimed < min_reclaim; i++) {
			if (!vm_page_clear_run(pr, pr->m_runs[(pr->nfound - 1 - i) % pr->nslots]))
				reclaimed += pr->npages;
		}
		if (reclaimed >= min_reclaim)
			return 0;
	}
	return reclaimed ? 0 : ENOMEM;
}

/* Is there enough to move pages to?  The reserve is left alone for every class. */
static bool vm_page_reclaim_affordable(const struct vm_page_reclaim *pr)
{
	return atomic_read(&pr->vmd->vmd_free_count) >= (long)(pr->npages +
							       pr->vmd->vmd_free_reserved) &&
	       vm_domain_shortfall(pr->vmd, pr->req, pr->npages) <= 0;
}

/*
 * Only the starts of free blocks are candidates for a run, hence the alignment: what
 * is freed here must be found there.
 */
int vm_page_reclaim_contig_domain_ext(int domain, int req, u_long npages, vm_paddr_t low,
				      vm_paddr_t high, u_long alignment, vm_paddr_t boundary,
				      int desired_runs)
{
	const u_long wanted = max_t(u_long, desired_runs * npages, VM_PAGE_RECLAIM_MIN);
	struct vm_page_reclaim pr = {
		.req = req & VM_ALLOC_CLASS_MASK, .low = low, .high = high, .boundary = boundary,
	};
	u_long minalign, page_count;
	int ret;

	if (!vm_page_bounds_valid(npages, alignment, boundary) ||
	    !vm_assert(vmpage_domain_exists(domain)) || !vm_assert(desired_runs > 0))
		return ERANGE;

	pr.vmd = VM_DOMAIN(domain);
	page_count = READ_ONCE(pr.vmd->vmd_page_count);
	if (npages > page_count)
		return ERANGE;
	minalign = 1UL << min(order_base_2(npages), VM_NFREEORDER - 1);
	pr.npages = ALIGN(npages, minalign);
	pr.alignment = max(alignment, ptoa(minalign));
	if (pr.npages + pr.vmd->vmd_free_reserved > page_count)
		return ERANGE;
	/* What CPUs keep is in the way, and is where pages can go. */
	vm_pgcache_drain_all(pr.vmd);
	if (!vm_page_reclaim_affordable(&pr))
		return ENOMEM;

	/* There are no more places than that, whatever is desired. */
	pr.nslots = min_t(u_long, VM_PAGE_RECLAIM_RUNS + (u_long)desired_runs - 1,
			  page_count / pr.npages);
	pr.m_runs = kvmalloc_array(pr.nslots, sizeof(*pr.m_runs), GFP_KERNEL);
	if (!pr.m_runs)
		return ENOMEM;
	ret = vm_page_reclaim_passes(&pr, wanted);
	kvfree(pr.m_runs);
	return ret;
}
EXPORT_SYMBOL_GPL(vm_page_reclaim_contig_domain_ext);

int vm_page_reclaim_contig_domain(int domain, int req, u_long npages, vm_paddr_t low,
				  vm_paddr_t high, u_long alignment, vm_paddr_t boundary)
{
	return vm_page_reclaim_contig_domain_ext(domain, req, npages, low, high, alignment,
						 boundary, 1);
}
EXPORT_SYMBOL_GPL(vm_page_reclaim_contig_domain);

/* Of several domains none is waited for before all were asked, and @req then says so. */
static int vm_page_reclaim_contig_wait(int domain, int req, u_long npages, vm_paddr_t low,
				       vm_paddr_t high, u_long alignment, vm_paddr_t boundary)
{
	int ret;

	do {
		ret = vm_page_reclaim_contig_domain(domain, req, npages, low, high, alignment,
						    boundary);
	} while (ret == ENOMEM && (req & (VM_ALLOC_WAITOK | VM_ALLOC_WAITFAIL)) &&
		 vm_domain_alloc_fail(VM_DOMAIN(domain), NULL, req));
	return ret;
}

int vm_page_reclaim_contig(int req, u_long npages, vm_paddr_t low, vm_paddr_t high,
			   u_long alignment, vm_paddr_t boundary)
{
	struct vm_domainset_iter di;
	int domain, status, ret = ERANGE;

	if (!vm_page_bounds_valid(npages, alignment, boundary) ||
	    vm_domainset_iter_page_init(&di, NULL, 0, &domain, &req))
		return ret;
	do {
		status = vm_page_reclaim_contig_wait(domain, req, npages, low, high, alignment,
						     boundary);
		if (!status)
			return 0;
		if (status == ERANGE)
			vm_domainset_iter_ignore(&di, domain);
		else
			ret = status;
	} while (!vm_domainset_iter_page(&di, NULL, &domain));
	return ret;
}
EXPORT_SYMBOL_GPL(vm_page_reclaim_contig);

/* One block of 2 MiB, in little time */

/* A block that could be cleared, and how many of its pages are in use. */
struct vm_page_place {
	vm_page_t m;
	unsigned int cost;		/* pages */
};

static int vm_page_place_cmp(const void *a, const void *b)
{
	const struct vm_page_place *x = a, *y = b;

	return (int)x->cost - (int)y->cost;
}

/* Could the block be cleared without breaking a reservation, and is there a reason to? */
static bool vm_page_weigh_block(struct vm_page_place *place, vm_page_t m)
{
	const vm_page_t m_end = m + VM_LEVEL_0_NPAGES;
	u_long npages;

	place->m = m;
	place->cost = 0;
	for (; m < m_end; m += npages) {
		npages = vm_page_scan_extend(m, VM_PAGE_SPARE_RESERVS);
		if (!npages)
			return false;
		place->cost += READ_ONCE(m->order) >= VM_NFREEORDER;
	}
	return place->cost;
}

/* From where the last search ended on, lest one that stays in use is met every time. */
static unsigned int vm_page_find_places(struct vm_domain *vmd, struct vm_page_place *places)
{
	unsigned int looks = min_t(u_long, VM_PAGE_BLOCK_LOOKS,
				   vmd->vmd_page_count / VM_LEVEL_0_NPAGES);
	unsigned int n = 0;

	while (looks-- && n < VM_PAGE_BLOCK_PLACES) {
		vmd->vmd_block_hand = vm_phys_next_frame(vmd->vmd_domain, vmd->vmd_block_hand);
		if (!vmd->vmd_block_hand)
			break;
		n += vm_page_weigh_block(&places[n], vmd->vmd_block_hand);
		cond_resched();
	}
	sort(places, n, sizeof(*places), vm_page_place_cmp, NULL);
	return n;
}

/* Take what is free of the block, so that nobody gets any of it meanwhile. */
static bool vm_page_take_block(struct vm_domain *vmd, vm_page_t m_block, unsigned long *taken)
{
	unsigned long flags;

	if (!vm_domain_allocate(vmd, VM_ALLOC_NORMAL, VM_LEVEL_0_NPAGES))
		return false;
	vm_domain_free_lock(vmd, flags);
	vm_phys_take_frame(m_block, taken);
	vm_domain_free_unlock(vmd, flags);
	vm_domain_freecnt_inc(vmd, VM_LEVEL_0_NPAGES - bitmap_weight(taken, VM_LEVEL_0_NPAGES));
	return true;
}

static void vm_page_put_block(struct vm_domain *vmd, vm_page_t m_block,
			      const unsigned long *taken)
{
	unsigned long flags;

	vm_domain_free_lock(vmd, flags);
	vm_phys_put_frame(m_block, taken);
	vm_domain_free_unlock(vmd, flags);
	vm_domain_freecnt_inc(vmd, bitmap_weight(taken, VM_LEVEL_0_NPAGES));
}

static int vm_page_clear_block(struct vm_page_reclaim *pr, vm_page_t m_block)
{
	DECLARE_BITMAP(taken, VM_LEVEL_0_NPAGES);
	u_long i, nfree;
	int ret = 0;

	if (!vm_page_take_block(pr->vmd, m_block, taken))
		return ENOMEM;
	vmpage_spglist_init(&pr->cleared);
	for (i = 0; i < VM_LEVEL_0_NPAGES && !ret; i += nfree) {
		nfree = 1;
		if (!test_bit(i, taken))
			ret = vm_page_clear(pr, m_block, m_block + i, &nfree);
		cond_resched();
	}
	vm_page_free_pages_toq(&pr->cleared, false);
	vm_page_put_block(pr->vmd, m_block, taken);
	return ret;
}

/* The cheapest of several blocks, or the next if somebody holds on to a page of that. */
static bool vm_page_clear_some_block(struct vm_domain *vmd)
{
	struct vm_page_place places[VM_PAGE_BLOCK_PLACES];
	struct vm_page_reclaim pr = {
		.vmd = vmd, .req = VM_ALLOC_NORMAL, .npages = VM_LEVEL_0_NPAGES, .taken = true,
	};
	const unsigned int n = vm_page_find_places(vmd, places);
	unsigned int i, cost = 0;

	for (i = 0; i < n; i++) {
		cost += places[i].cost;
		if (i && cost > VM_PAGE_BLOCK_COST)
			break;
		if (!vm_page_clear_block(&pr, places[i].m)) {
			VM_CNT_ADD(v_block_moved, places[i].cost);
			return true;
		}
		/* The pages that were fetched for it may be those of the next one. */
		vm_pgcache_drain_all(vmd);
	}
	return false;
}

static bool vm_page_has_block(struct vm_domain *vmd)
{
	return vm_phys_has_block(vmd, VM_LEVEL_0_ORDER);
}

/* What CPUs keep may be all that is missing of a block. */
static bool vm_page_make_block(struct vm_domain *vmd)
{
	if (vm_pgcache_drain_all(vmd) && vm_page_has_block(vmd))
		return true;
	if (!vm_page_clear_some_block(vmd))
		return false;
	VM_CNT_INC(v_block_reclaimed);
	return true;
}

/*
 * After failures in a row the next calls are in vain, too, most likely; until there is a
 * block again, however it came about.
 */
static bool vm_page_try_block(struct vm_domain *vmd)
{
	const bool found = vm_page_has_block(vmd);

	if (!found && vmd->vmd_block_skip) {
		vmd->vmd_block_skip--;
		return false;
	}
	if (found || vm_page_make_block(vmd)) {
		WRITE_ONCE(vmd->vmd_block_failed, 0);
		vmd->vmd_block_skip = 0;
		return true;
	}
	WRITE_ONCE(vmd->vmd_block_failed, min(vmd->vmd_block_failed + 1, VM_PAGE_BLOCK_BACKOFF));
	vmd->vmd_block_skip = (1U << vmd->vmd_block_failed) - 1;
	VM_CNT_INC(v_block_failed);
	return false;
}

bool vmpage_reclaim_block(int domain)
{
	struct vm_domain *vmd = VM_DOMAIN(domain);
	bool found = vm_page_has_block(vmd);

	if (found && !READ_ONCE(vmd->vmd_block_failed))
		return true;
	if (!found && atomic_read(&vmd->vmd_free_count) <
		      (long)(vmd->vmd_free_target + VM_LEVEL_0_NPAGES))
		return false;

	/* Who comes while another looks is not worth the wait. */
	if (!mutex_trylock(&vmd->vmd_block_lock))
		return found;
	found = vm_page_try_block(vmd);
	mutex_unlock(&vmd->vmd_block_lock);
	return found;
}
