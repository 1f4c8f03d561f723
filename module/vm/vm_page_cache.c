// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The page cache.
 *
 * A cached page stays where it is: it is on no free list, and its busy word is
 * FREED, so that nobody can get hold of it.  Its domain has it on a FIFO, under the
 * free lock, and its object in an index of its own, object->cache.
 *
 * The FIFO decides.  Whoever takes a page off it, and with that clears PG_CACHED and
 * the page's object, owns the page: one who needs memory and takes the oldest, in any
 * context and without a look at the object; or one who has the object locked and
 * wants just this page.  So the index is a hint, which counts only if the page says
 * the same of itself under the free lock.  Whoever has the object locked and meets an
 * entry that no longer holds removes it.
 */
#include <linux/export.h>
#include <linux/lockdep.h>
#include <linux/xarray.h>
#include <sys/vmmeter.h>
#include <vm/vm_page_cache.h>

#include "vm_audit.h"
#include "vm_machine.h"
#include "vm_page_priv.h"

static struct vm_domain *vm_page_cache_domain(vm_page_t m)
{
	return VM_DOMAIN(vm_page_domain(m));
}

/* The index of an object */

static bool vm_page_cache_index(vm_object_t object, vm_pindex_t pindex, vm_page_t m)
{
	lockdep_assert_held_write(&object->lock);

	return !vm_machine_fail_node() &&
	       !xa_is_err(xa_store(&object->cache, pindex, m, GFP_NOWAIT | __GFP_NOWARN));
}

/* Once the index is empty the object has none, as only its locker can add some. */
static void vm_page_cache_unindex(vm_object_t object, vm_pindex_t pindex)
{
	lockdep_assert_held_write(&object->lock);

	xa_erase(&object->cache, pindex);
	if (xa_empty(&object->cache))
		object->flags &= ~OBJ_CACHED;
}

/* The FIFO of a domain */

static void vm_page_cache_enqueue(vm_page_t m)
{
	struct vm_domain *vmd = vm_page_cache_domain(m);
	unsigned long flags;

	vm_domain_free_lock(vmd, flags);
	m->flags |= PG_CACHED;
	list_add_tail(&m->plinks.q, &vmd->vmd_cacheq);
	WRITE_ONCE(vmd->vmd_cache_count, vmd->vmd_cache_count + 1);
	vm_domain_free_unlock(vmd, flags);
}

static void vm_page_cache_dequeue(struct vm_domain *vmd, vm_page_t m)
{
	vm_domain_free_assert_locked(vmd);

	m->flags &= ~PG_CACHED;
	WRITE_ONCE(m->object, NULL);
	list_del(&m->plinks.q);
	WRITE_ONCE(vmd->vmd_cache_count, vmd->vmd_cache_count - 1);
}

static bool vm_page_cached_at(vm_page_t m, vm_object_t object, vm_pindex_t pindex)
{
	vm_domain_free_assert_locked(vm_page_cache_domain(m));

	return (m->flags & PG_CACHED) && m->object == object && m->pindex == pindex;
}

/* Take a page off the FIFO, for who has its object locked. */
static bool vm_page_cache_claim(vm_page_t m, vm_object_t object, vm_pindex_t pindex)
{
	struct vm_domain *vmd = vm_page_cache_domain(m);
	unsigned long flags;
	bool cached;

	vm_domain_free_lock(vmd, flags);
	cached = vm_page_cached_at(m, object, pindex);
	if (cached)
		vm_page_cache_dequeue(vmd, m);
	vm_domain_free_unlock(vmd, flags);
	return cached;
}

/* A page that was taken off the FIFO becomes a free page. */
static void vm_page_cache_release(vm_page_t m)
{
	vm_page_free_uncounted(m);
	vm_domain_freecnt_inc(vm_page_cache_domain(m), 1);
}

/* Take a page off the FIFO, the oldest for NULL, wherever it belongs; NULL if it is not there. */
static vm_page_t vm_page_cache_pick(struct vm_domain *vmd, vm_page_t m)
{
	unsigned long flags;

	vm_domain_free_lock(vmd, flags);
	if (!m)
		m = list_first_entry_or_null(&vmd->vmd_cacheq, struct vm_page, plinks.q);
	if (m && !(m->flags & PG_CACHED))
		m = NULL;
	if (m)
		vm_page_cache_dequeue(vmd, m);
	vm_domain_free_unlock(vmd, flags);
	return m;
}

bool vm_page_cache_evict(struct vm_domain *vmd, vm_page_t m)
{
	if (!READ_ONCE(vmd->vmd_cache_count))
		return false;
	m = vm_page_cache_pick(vmd, m);
	if (m)
		vm_page_cache_release(m);
	return m;
}

bool vm_page_cache_seize(struct vm_domain *vmd, vm_page_t m)
{
	if (!vm_page_cache_pick(vmd, m))
		return false;
	m->oflags = VPO_UNMANAGED;
	/* From here on a lookup that is out of date can get hold of it again. */
	smp_store_release(&m->busy_lock, VPB_UNBUSIED);
	return true;
}

unsigned int vm_page_cache_reclaim(struct vm_domain *vmd, unsigned int npages)
{
	unsigned int n = 0;

	while (n < npages && vm_page_cache_evict(vmd, NULL))
		n++;
	return n;
}

/* To free many pages takes long. */
static bool vm_page_cache_may_linger(void)
{
	return in_task() && !irqs_disabled();
}

/* What others took of what was freed for this request is freed once more. */
bool vm_page_cache_cover(struct vm_domain *vmd, int req, int npages)
{
	const unsigned int count = READ_ONCE(vmd->vmd_cache_count);
	const int lack = vm_domain_shortfall(vmd, req, npages);

	if (!count || lack > (int)count)
		return false;
	if (lack > VM_LEVEL_0_NPAGES && !vm_page_cache_may_linger())
		return false;
	return lack <= 0 || vm_page_cache_reclaim(vmd, lack);
}

bool vm_page_cache_relieve(struct vm_domain *vmd, int req, int npages, unsigned int *tries)
{
	if (vm_domain_shortfall(vmd, req, npages) > 0)
		return vm_page_cache_cover(vmd, req, npages);
	if ((*tries)++ && !vm_page_cache_may_linger())
		return false;
	return vm_page_cache_reclaim(vmd, npages);
}

/* Coming */

static bool vm_page_cacheable(vm_page_t m)
{
	return vm_assert(m->object) && VM_OBJECT_ASSERT_WLOCKED(m->object) &&
	       vm_assert(!vm_page_busy_freed(m)) && vm_assert(vm_page_managed(m)) &&
	       vm_assert(!vm_page_wired(m)) && vm_assert(!m->dirty) &&
	       vm_assert(!vm_page_xbusied_by_me(m));
}

/*
 * Of no object is there a copy elsewhere; the others' pages can be made again.  A page
 * with a memory attribute is of use to nobody else.
 */
static bool vm_page_cache_worthwhile(vm_page_t m)
{
	return vm_page_any_valid(m) && m->object->type != OBJT_SWAP &&
	       m->memattr == VM_MEMATTR_DEFAULT && m->object->memattr == VM_MEMATTR_DEFAULT;
}

/* From resident to cached; the page is busied, and indexed already. */
static void vm_page_cache_enter(vm_page_t m, vm_object_t object)
{
	vm_radix_remove(&object->rtree, m->pindex);
	object->resident_page_count--;
	object->flags |= OBJ_CACHED;

	vm_page_disown(m);
	/* Whoever needs memory gets it, on any CPU. */
	m->flags &= ~(PG_ZERO | PG_PCPU_CACHE);
	m->ref_count = 0;
	vm_page_busy_free(m);
	vm_page_cache_enqueue(m);
	VM_CNT_INC(v_tcached);
}

/*
 * Returns false for a page that somebody has busied.  Who found it without the lock
 * may have written to it or wired it, until it is busied here.
 */
static bool vm_page_cache_locked(vm_page_t m, vm_object_t object)
{
	struct vm_domain *vmd = vm_page_cache_domain(m);

	if (!vm_page_tryxbusy(m))
		return false;
	if (m->dirty || vm_page_wired(m)) {
		vm_page_xunbusy(m);
		return false;
	}
	if (!vm_page_cache_worthwhile(m) || !vm_page_cache_index(object, m->pindex, m)) {
		vm_page_free(m);
		return true;
	}
	vm_page_cache_enter(m, object);
	/* The daemon frees the oldest pages for those who sleep. */
	if (vm_paging_min(vmd) || vm_paging_needed(vmd, atomic_read(&vmd->vmd_free_count)))
		pagedaemon_wakeup(vmd->vmd_domain);
	return true;
}

void vm_page_cache(vm_page_t m)
{
	if (vm_page_cacheable(m))
		vm_page_cache_locked(m, m->object);
}
EXPORT_SYMBOL_GPL(vm_page_cache);

int vm_page_try_to_cache(vm_page_t m)
{
	if (!vm_assert(m->object) || !VM_OBJECT_ASSERT_WLOCKED(m->object) ||
	    !vm_page_managed(m))
		return 0;
	return vm_page_cache_locked(m, m->object);
}
EXPORT_SYMBOL_GPL(vm_page_try_to_cache);

/* Staying */

vm_page_t vm_page_cache_lookup(vm_object_t object, vm_pindex_t pindex)
{
	vm_page_t m = pindex <= ULONG_MAX ? xa_load(&object->cache, pindex) : NULL;
	struct vm_domain *vmd;
	unsigned long flags;

	lockdep_assert_held(&object->lock);

	if (!m)
		return NULL;
	vmd = vm_page_cache_domain(m);
	vm_domain_free_lock(vmd, flags);
	if (!vm_page_cached_at(m, object, pindex))
		m = NULL;
	vm_domain_free_unlock(vmd, flags);
	return m;
}

boolean_t vm_page_is_cached(vm_object_t object, vm_pindex_t pindex)
{
	return VM_OBJECT_ASSERT_LOCKED(object) && vm_page_cache_lookup(object, pindex);
}
EXPORT_SYMBOL_GPL(vm_page_is_cached);

/* Returns false for want of memory. */
static bool vm_page_cache_move(vm_page_t m, vm_object_t object, vm_pindex_t pindex,
			       vm_object_t new_object, vm_pindex_t new_pindex)
{
	struct vm_domain *vmd = vm_page_cache_domain(m);
	unsigned long flags;

	if (!vm_page_cache_index(new_object, new_pindex, m))
		return false;
	new_object->flags |= OBJ_CACHED;
	vm_domain_free_lock(vmd, flags);
	if (vm_page_cached_at(m, object, pindex)) {
		WRITE_ONCE(m->object, new_object);
		m->pindex = new_pindex;
	}
	vm_domain_free_unlock(vmd, flags);
	vm_page_cache_unindex(object, pindex);
	return true;
}

static bool vm_page_cache_has_any(vm_object_t object)
{
	unsigned long pindex;
	vm_page_t m;

	xa_for_each(&object->cache, pindex, m) {
		if (vm_page_cache_lookup(object, pindex))
			return true;
	}
	return false;
}

static void vm_page_cache_free_one(vm_page_t m, vm_object_t object, vm_pindex_t pindex)
{
	vm_page_cache_unindex(object, pindex);
	if (vm_page_cache_claim(m, object, pindex))
		vm_page_cache_release(m);
}

void vm_page_cache_transfer(vm_object_t orig_object, vm_pindex_t offidxstart,
			    vm_object_t new_object)
{
	unsigned long pindex;
	vm_page_t m;

	if (!VM_OBJECT_ASSERT_WLOCKED(orig_object) || !VM_OBJECT_ASSERT_WLOCKED(new_object) ||
	    !vm_assert(!vm_page_cache_has_any(new_object)))
		return;

	xa_for_each_start(&orig_object->cache, pindex, m, offidxstart) {
		const vm_pindex_t new_pindex = pindex - offidxstart;

		if (new_pindex >= new_object->size)
			break;
		/* What is resident there is newer. */
		if (vm_radix_lookup(&new_object->rtree, new_pindex) ||
		    new_object->memattr != VM_MEMATTR_DEFAULT ||
		    !vm_page_cache_move(m, orig_object, pindex, new_object, new_pindex))
			vm_page_cache_free_one(m, orig_object, pindex);
	}
}
EXPORT_SYMBOL_GPL(vm_page_cache_transfer);

/* Going */

vm_page_t vm_page_cache_take(vm_object_t object, vm_pindex_t pindex)
{
	const vm_page_t m = pindex <= ULONG_MAX ? xa_load(&object->cache, pindex) : NULL;

	if (!m)
		return NULL;
	vm_page_cache_unindex(object, pindex);
	if (!vm_page_cache_claim(m, object, pindex))
		return NULL;
	VM_CNT_INC(v_reactivated);
	return m;
}

/* Without a pause, since who makes pages resident may hold spinlocks. */
void vm_page_cache_supersede(vm_object_t object, vm_pindex_t start, u_long npages)
{
	unsigned long pindex;
	vm_page_t m;

	xa_for_each_range(&object->cache, pindex, m, start, start + npages - 1)
		vm_page_cache_free_one(m, object, pindex);
}

void vm_page_cache_free(vm_object_t object, vm_pindex_t start, vm_pindex_t end)
{
	unsigned long pindex;
	vm_page_t m;

	if (!VM_OBJECT_ASSERT_WLOCKED(object) || start > ULONG_MAX)
		return;
	xa_for_each_range(&object->cache, pindex, m, start, end - 1) {
		vm_page_cache_free_one(m, object, pindex);
		cond_resched();
	}
}
EXPORT_SYMBOL_GPL(vm_page_cache_free);

/*
 * Entries of pages that were taken stay until somebody meets them.  A node without entries is
 * what is left when there was no memory for one below it.
 */
unsigned long vm_page_cache_audit(struct vm_audit *audit, vm_object_t object)
{
	unsigned long pindex, nentries = 0, count = 0;
	vm_page_t m;

	xa_for_each(&object->cache, pindex, m) {
		nentries++;
		count += vm_page_cache_lookup(object, pindex) == m;
	}
	if (nentries && !(object->flags & OBJ_CACHED))
		vm_audit_fail(audit, "object of %llu pages: %lu cached, and does not know\n",
			      object->size, count);
	return count;
}
