// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Pages: in objects, held, and freed.
 *
 * A page is free, or allocated without an object, or resident in one.
 *
 *	free		busy FREED, ref 0, order and pool as the free lists say
 *	allocated	unbusied, ref = wire count, pindex the owner's
 *	resident	ref = OBJREF + wire count, found by (object, pindex)
 *
 * The busy word is the right to change what a page is; no try can get hold of
 * it while it is FREED.  So the owner of a page that is on its way in or out
 * may write its fields without a lock.
 */
#include <linux/export.h>
#include <sys/vmmeter.h>
#include <vm/vm_reserv.h>

#include "vm_page_priv.h"
#include "vm_pgcache.h"
#include "vm_reserv_priv.h"

/* The usual end of a page without an object */

/*
 * Take a page of a per-CPU cache from its owner, who has it wired @ref times and made
 * nothing special of it.  That nobody has it busied, and that it is in no object, and
 * not free, follows from the one word.
 */
static __always_inline bool vm_page_tryfree(vm_page_t m, u64 state, u_int ref)
{
	u64 hold = VM_PAGE_HOLD(VPB_UNBUSIED, ref);

	return state == VM_PAGE_STATE(PG_PCPU_CACHE) &&
	       try_cmpxchg(&m->hold, &hold, VM_PAGE_HOLD(VPB_FREED, 0));
}

static __always_inline void vm_page_free_pcpu(vm_page_t m)
{
	struct vm_domain *vmd = vm_pagequeue_domain(m);

	if (unlikely(!vm_pgcache_push(vmd, m)))
		vm_pgcache_put(vmd, m);
}

/*
 * The same for a page of an object that is locked, which leaves a leaf that is at hand.
 * Nobody else may hold it.
 */
static __always_inline bool vm_page_tryfree_resident(vm_page_t m, vm_object_t object, u8 flags)
{
	u64 hold = VM_PAGE_HOLD(VPB_CURTHREAD_EXCLUSIVE, VPRC_OBJREF);

	if (!vm_radix_leaf_gives(&object->rtree) ||
	    !try_cmpxchg(&m->hold, &hold, VM_PAGE_HOLD(VPB_FREED, 0)))
		return false;
	vm_radix_leaf_remove(&object->rtree, m->pindex);
	object->resident_page_count--;
	WRITE_ONCE(m->object, NULL);
	m->state = VM_PAGE_STATE(flags);
	return true;
}

/* References */

/*
 * Something must keep the page in place while it gets its holder.  A page of no
 * object has an owner, who sees to that.
 */
static bool vm_page_wirable(vm_page_t m)
{
	const vm_object_t object = READ_ONCE(m->object);

	return vm_assert(!vm_page_busy_freed(m)) &&
	       vm_assert(!object || vm_page_busied(m) || rwsem_is_locked(&object->lock) ||
			 atomic_read(&object->busy));
}

/* Add a wiring, unless one of the bits in @refused is set. */
static bool vm_page_add_wiring(vm_page_t m, u_int refused)
{
	u_int old = READ_ONCE(m->ref_count);

	do {
		if (old & refused)
			return false;
		if (!vm_assert(VPRC_WIRE_COUNT(old) < VPRC_WIRE_COUNT_MAX))
			return false;
	} while (!try_cmpxchg(&m->ref_count, &old, old + 1));

	if (VPRC_WIRE_COUNT(old))
		return true;
	if (vm_page_managed(m))
		vm_page_aflag_set(m, PGA_DEQUEUE);
	VM_CNT_INC(v_wire_count);
	return true;
}

void vm_page_wire(vm_page_t m)
{
	if (vm_page_wirable(m))
		vm_page_add_wiring(m, 0);
}
EXPORT_SYMBOL_GPL(vm_page_wire);

bool vm_page_wire_mapped(vm_page_t m)
{
	return vm_assert(!vm_page_busy_freed(m)) && vm_page_add_wiring(m, VPRC_BLOCKED);
}
EXPORT_SYMBOL_GPL(vm_page_wire_mapped);

/* Where a managed page goes with its last wiring; PQ_NONE is nowhere. */
static void vm_page_choose_queue(vm_page_t m, u8 queue, bool noreuse)
{
	if (queue == PQ_NONE)
		vm_page_set_queue(m, 0, PQ_NONE);
	else if (!m->valid || noreuse)
		vm_page_set_queue(m, PGA_REQUEUE_HEAD, PQ_INACTIVE);
	else if (queue == PQ_ACTIVE && m->a.queue == PQ_ACTIVE)
		vm_page_set_queue(m, PGA_REFERENCED, PQ_ACTIVE);
	else
		vm_page_set_queue(m, PGA_REQUEUE, queue);
}

/*
 * Afterwards the page may be gone, unless an object or the caller holds it: so the
 * queue is set before, and unset if another wiring comes in between.
 */
u_int vm_page_drop_wiring(vm_page_t m, u8 queue, bool noreuse)
{
	const bool queued = vm_page_managed(m) && READ_ONCE(m->object);
	u_int old = READ_ONCE(m->ref_count);

	do {
		if (!vm_assert(VPRC_WIRE_COUNT(old)))
			return 0;
		if (queued && VPRC_WIRE_COUNT(old) == 1)
			vm_page_choose_queue(m, queue, noreuse);
		else if (queued)
			vm_page_aflag_set(m, PGA_DEQUEUE);
	} while (!try_cmpxchg(&m->ref_count, &old, old - 1));

	if (VPRC_WIRE_COUNT(old) == 1)
		VM_CNT_ADD(v_wire_count, -1);
	return old;
}

static noinline bool vm_page_unwire_noq_other(vm_page_t m)
{
	return VPRC_WIRE_COUNT(vm_page_drop_wiring(m, PQ_NONE, false)) == 1;
}

/* With one wiring and no object there is no queue to leave. */
bool vm_page_unwire_noq(vm_page_t m)
{
	u_int old = 1;

	if (unlikely(!try_cmpxchg(&m->ref_count, &old, 0)))
		return vm_page_unwire_noq_other(m);
	VM_CNT_ADD(v_wire_count, -1);
	return true;
}
EXPORT_SYMBOL_GPL(vm_page_unwire_noq);

static void vm_page_unwire_to(vm_page_t m, u8 queue, bool noreuse)
{
	const u_int old = vm_page_drop_wiring(m, queue, noreuse);

	if (VPRC_WIRE_COUNT(old) == 1 && !(old & VPRC_OBJREF))
		vm_page_free(m);
}

void vm_page_unwire(vm_page_t m, u8 queue)
{
	if (likely(vm_page_tryfree(m, m->state, 1))) {
		VM_CNT_ADD(v_wire_count, -1);
		vm_page_free_pcpu(m);
	} else if (!vm_page_managed(m) || vm_assert(queue < PQ_COUNT)) {
		vm_page_unwire_to(m, queue, false);
	}
}
EXPORT_SYMBOL_GPL(vm_page_unwire);

/*
 * Lock the object of a page that may leave it at any moment.  RCU keeps the object
 * there until it is known to have the page, which it then cannot lose.
 */
static vm_object_t vm_page_trylock_object(vm_page_t m)
{
	vm_object_t object;

	rcu_read_lock();
	object = READ_ONCE(m->object);
	if (object && !VM_OBJECT_TRYWLOCK(object))
		object = NULL;
	if (object && m->object != object) {
		VM_OBJECT_WUNLOCK(object);
		object = NULL;
	}
	rcu_read_unlock();
	return object;
}

/* Drop a wiring if it is all that holds a page beside its object. */
static bool vm_page_drop_last_wiring(vm_page_t m)
{
	if (cmpxchg(&m->ref_count, VPRC_OBJREF | 1, VPRC_OBJREF) != (VPRC_OBJREF | 1))
		return false;
	VM_CNT_ADD(v_wire_count, -1);
	return true;
}

/* Free a page of an object with its last wiring, if nothing is in the way. */
static bool vm_page_release_free(vm_page_t m)
{
	const vm_object_t object = vm_page_trylock_object(m);
	bool last = false;

	if (!object)
		return false;
	/* Only the busy keeps the page clean. */
	if (vm_page_tryxbusy(m)) {
		last = !m->dirty && vm_page_drop_last_wiring(m);
		if (last)
			vm_page_free(m);
		else
			vm_page_xunbusy(m);
	}
	VM_OBJECT_WUNLOCK(object);
	return last;
}

void vm_page_release(vm_page_t m, int flags)
{
	if (!vm_assert(vm_page_managed(m)) || !vm_assert(vm_page_wired(m)))
		return;
	if (!(flags & VPR_TRYFREE) || !vm_page_release_free(m))
		vm_page_unwire_to(m, PQ_INACTIVE, flags & VPR_NOREUSE);
}
EXPORT_SYMBOL_GPL(vm_page_release);

void vm_page_unhold_pages(vm_page_t *ma, int count)
{
	while (count-- > 0)
		vm_page_unwire(*ma++, PQ_ACTIVE);
}
EXPORT_SYMBOL_GPL(vm_page_unhold_pages);

/* Lookup */

vm_page_t vm_page_lookup(vm_object_t object, vm_pindex_t pindex)
{
	if (!VM_OBJECT_ASSERT_LOCKED(object))
		return NULL;
	return vm_radix_lookup_locked(&object->rtree, pindex);
}
EXPORT_SYMBOL_GPL(vm_page_lookup);

vm_page_t vm_page_lookup_unlocked(vm_object_t object, vm_pindex_t pindex)
{
	return vm_radix_lookup(&object->rtree, pindex);
}
EXPORT_SYMBOL_GPL(vm_page_lookup_unlocked);

vm_page_t vm_page_relookup(vm_object_t object, vm_pindex_t pindex)
{
	const vm_page_t m = vm_radix_lookup(&object->rtree, pindex);

	if (!vm_assert(m && (vm_page_busied(m) || vm_page_wired(m)) && m->pindex == pindex))
		return NULL;
	return m;
}
EXPORT_SYMBOL_GPL(vm_page_relookup);

vm_page_t vm_page_find_least(vm_object_t object, vm_pindex_t pindex)
{
	if (!VM_OBJECT_ASSERT_LOCKED(object))
		return NULL;
	return vm_radix_lookup_ge(&object->rtree, pindex);
}
EXPORT_SYMBOL_GPL(vm_page_find_least);

vm_page_t vm_page_next(vm_page_t m)
{
	if (!vm_assert(m->object) || m->pindex == ULONG_MAX)
		return NULL;
	return vm_page_lookup(m->object, m->pindex + 1);
}
EXPORT_SYMBOL_GPL(vm_page_next);

vm_page_t vm_page_prev(vm_page_t m)
{
	if (!vm_assert(m->object) || !m->pindex)
		return NULL;
	return vm_page_lookup(m->object, m->pindex - 1);
}
EXPORT_SYMBOL_GPL(vm_page_prev);

/* Coming and going */

/*
 * Indexes are longs in an xarray.  A second page at an index would be lost to
 * everybody.
 */
bool vm_page_find_place(vm_object_t object, vm_pindex_t pindex, struct vm_radix_place *rp)
{
	if (!VM_OBJECT_ASSERT_WLOCKED(object) || !vm_assert(pindex <= ULONG_MAX))
		return false;
	return vm_assert(!vm_radix_find_place(&object->rtree, pindex, rp));
}

static void vm_page_set_objref(vm_page_t m)
{
	u_int old = READ_ONCE(m->ref_count);

	while (!try_cmpxchg(&m->ref_count, &old, old | VPRC_OBJREF))
		;
}

/* Returns true when nothing else holds the page. */
static bool vm_page_clear_objref(vm_page_t m)
{
	return vm_page_clear_ref(m, VPRC_OBJREF) == VPRC_OBJREF;
}

/* Pages of an object are all managed, or none is. */
static void vm_page_adopt(vm_page_t m, vm_object_t object)
{
	if (object->flags & OBJ_UNMANAGED) {
		m->oflags |= VPO_UNMANAGED;
		vm_page_set_queue(m, 0, PQ_NONE);
	} else {
		m->oflags &= ~VPO_UNMANAGED;
	}
}

/* @m is all that a page of the object is before it can be found; set back on failure. */
int vm_page_insert(vm_page_t m, vm_object_t object, vm_pindex_t pindex)
{
	const vm_pindex_t old_pindex = m->pindex;
	const u8 old_oflags = m->oflags;
	struct vm_radix_place rp;

	if (!vm_page_find_place(object, pindex, &rp) ||
	    !vm_assert(!m->object && !vm_page_busy_freed(m)))
		return 1;

	m->pindex = pindex;
	WRITE_ONCE(m->object, object);
	vm_page_adopt(m, object);
	vm_page_set_objref(m);
	if (vm_radix_insert_at(&object->rtree, &rp, m)) {
		WRITE_ONCE(m->object, NULL);
		m->pindex = old_pindex;
		m->oflags = old_oflags;
		vm_page_clear_objref(m);
		return 1;
	}
	object->resident_page_count++;
	vm_page_supersede(object, pindex, 1);
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

	vm_radix_remove(&object->rtree, m->pindex);
	object->resident_page_count--;
	WRITE_ONCE(m->object, NULL);
}

/*
 * The reference of the object goes last: until then nobody's unwiring can free
 * the page.
 */
bool vm_page_remove(vm_page_t m)
{
	if (!vm_page_removable(m))
		return false;
	vm_page_object_remove(m);
	vm_page_xunbusy(m);
	return vm_page_clear_objref(m);
}
EXPORT_SYMBOL_GPL(vm_page_remove);

bool vm_page_remove_xbusy(vm_page_t m)
{
	if (!vm_page_removable(m))
		return false;
	vm_page_object_remove(m);
	return vm_page_clear_objref(m);
}
EXPORT_SYMBOL_GPL(vm_page_remove_xbusy);

bool vm_page_replace_keep(vm_page_t mnew, vm_object_t object, vm_pindex_t pindex, vm_page_t mold)
{
	if (!vm_page_removable(mold) ||
	    !vm_assert(mold->object == object && mold->pindex == pindex) ||
	    !vm_assert(!mnew->object && vm_page_xbusied_by_me(mnew)) ||
	    !vm_assert(vm_page_managed(mnew) == vm_page_managed(mold)))
		return false;

	mnew->pindex = pindex;
	WRITE_ONCE(mnew->object, object);
	vm_page_set_objref(mnew);
	vm_radix_replace(&object->rtree, pindex, mnew);

	WRITE_ONCE(mold->object, NULL);
	vm_page_xunbusy(mold);
	return vm_page_clear_objref(mold);
}

void vm_page_replace(vm_page_t mnew, vm_object_t object, vm_pindex_t pindex, vm_page_t mold)
{
	if (vm_page_replace_keep(mnew, object, pindex, mold))
		vm_page_free(mold);
}
EXPORT_SYMBOL_GPL(vm_page_replace);

/*
 * The new place comes first, as only that can fail.  The page is busied, so whoever
 * finds it at either place meanwhile has to wait and look again.
 */
int vm_page_move(vm_page_t m, vm_object_t new_object, vm_pindex_t new_pindex)
{
	struct vm_radix_place rp;

	if (!vm_page_removable(m) || !vm_page_find_place(new_object, new_pindex, &rp))
		return 1;
	if (vm_radix_insert_at(&new_object->rtree, &rp, m))
		return 1;

	vm_page_object_remove(m);
	m->pindex = new_pindex;
	WRITE_ONCE(m->object, new_object);
	new_object->resident_page_count++;
	vm_page_adopt(m, new_object);
	vm_page_supersede(new_object, new_pindex, 1);
	return 0;
}

int vm_page_rename(vm_page_t m, vm_object_t new_object, vm_pindex_t new_pindex)
{
	if (!vm_assert(vm_page_all_valid(m)) || vm_page_move(m, new_object, new_pindex))
		return 1;
	vm_page_dirty(m);
	return 0;
}
EXPORT_SYMBOL_GPL(vm_page_rename);

/* Freeing */

/* In its object only the object may hold the page; outside nobody may. */
static __always_inline bool vm_page_freeable(vm_page_t m)
{
	if (m->object)
		return vm_page_removable(m) && vm_assert(m->ref_count == VPRC_OBJREF);
	return vm_assert(!vm_page_busy_freed(m)) && vm_assert(!vm_page_xbusied_by_me(m)) &&
	       vm_assert(!m->ref_count);
}

/* Back to its reservation, or else to the free lists.  Interrupts are off. */
static __always_inline enum vm_reserv_freed vm_page_free_phys(struct vm_domain *vmd, vm_page_t m)
{
	const enum vm_reserv_freed freed = vm_reserv_free_page(m);

	if (unlikely(freed == VM_RESERV_NONE)) {
		raw_spin_lock(&vmd->vmd_free_lock);
		vm_phys_free_pages(m, 0);
		raw_spin_unlock(&vmd->vmd_free_lock);
	}
	return freed;
}

/*
 * Forget what the owner of a page made of it, but for its content.  In a per-CPU cache the
 * page stays marked: often the next request for it asks for the same.
 */
static void vm_page_reset(vm_page_t m)
{
	if (!(m->flags & PG_PCPU_CACHE))
		vm_page_set_nodump(m, false);
	if (m->memattr != VM_MEMATTR_DEFAULT)
		pmap_page_set_memattr(m, VM_MEMATTR_DEFAULT);
	m->state = VM_PAGE_STATE(0) |
		   (m->state & VM_PAGE_FLAG(PG_ZERO | PG_PCPU_CACHE | PG_NODUMP));
}

void vm_page_free_uncounted(vm_page_t m)
{
	unsigned long flags;

	vm_page_reset(m);
	VM_CNT_INC(v_tfree);
	local_irq_save(flags);
	vm_page_free_phys(vm_pagequeue_domain(m), m);
	local_irq_restore(flags);
}

static noinline void vm_page_free_counted(vm_page_t m)
{
	struct vm_domain *vmd = vm_pagequeue_domain(m);
	unsigned long flags;

	VM_CNT_INC(v_tfree);
	local_irq_save(flags);
	if (vm_page_free_phys(vmd, m) == VM_RESERV_ORDINARY)
		vm_pgcache_give_count(vmd);
	else
		vm_domain_freecnt_inc(vmd, 1);
	local_irq_restore(flags);
}

/* A page that nobody has goes where it came from. */
static __always_inline void vm_page_free_back(vm_page_t m)
{
	if (m->flags & PG_PCPU_CACHE)
		vm_page_free_pcpu(m);
	else
		vm_page_free_counted(m);
}

void vm_page_free_finish(vm_page_t m)
{
	vm_page_reset(m);
	vm_page_free_back(m);
}

/*
 * The right to free a page that its owner gave up is the step from BLOCKED to 0:
 * one of those who unbusy it gets it.  He may find that somebody else who looked the
 * page up without a lock has busied it by now, and leaves it to him.
 */
void vm_page_free_pending(vm_page_t m)
{
	do {
		if (cmpxchg(&m->ref_count, VPRC_BLOCKED, 0) != VPRC_BLOCKED)
			return;
		if (cmpxchg(&m->busy_lock, VPB_UNBUSIED, VPB_FREED) == VPB_UNBUSIED) {
			vm_page_free_finish(m);
			return;
		}
		xchg(&m->ref_count, VPRC_BLOCKED);
	} while (!vm_page_busied(m));
}

/*
 * A page without an object can be busied for a moment by somebody who looked it up
 * without a lock while it was in one.  The page is freed when he lets go of it.
 */
static bool vm_page_free_noobj(vm_page_t m)
{
	if (cmpxchg(&m->busy_lock, VPB_UNBUSIED, VPB_FREED) == VPB_UNBUSIED) {
		vm_page_free_finish(m);
		return true;
	}
	if (!vm_assert(!vm_page_busy_freed(m)) ||
	    !vm_assert(cmpxchg(&m->ref_count, 0, VPRC_BLOCKED) == 0))
		return false;
	if (!vm_page_busied(m))
		vm_page_free_pending(m);
	return true;
}

static void vm_page_free_object(vm_page_t m)
{
	u64 hold;

	vm_page_object_remove(m);
	hold = xchg(&m->hold, VM_PAGE_HOLD(VPB_FREED, 0));
	if (unlikely(hold & VM_PAGE_HOLD(VPB_BIT_WAITERS, 0)))
		vm_page_busy_wakeup(m);
	vm_page_free_finish(m);
}

/* False when the caller may not free the page. */
static noinline bool vm_page_free_toq(vm_page_t m, u8 zero)
{
	if (!vm_page_freeable(m))
		return false;
	m->flags = (m->flags & ~PG_ZERO) | zero;
	if (!m->object)
		return vm_page_free_noobj(m);
	vm_page_free_object(m);
	return true;
}

/* A page that is of no per-CPU cache, in an object that is locked with the leaf at hand. */
static noinline void vm_page_free_resident(vm_page_t m)
{
	const vm_object_t object = m->object;

	if (!(m->flags & (PG_NODUMP | PG_PCPU_CACHE)) && m->memattr == VM_MEMATTR_DEFAULT &&
	    vm_page_tryfree_resident(m, object, 0))
		vm_page_free_counted(m);
	else
		vm_page_free_toq(m, 0);
}

static void vm_page_free_other(vm_page_t m);

/* The leaf of the index was not at hand. */
static noinline void vm_page_free_walk(vm_page_t m)
{
	if (vm_radix_walk_to_leaf(&m->object->rtree, m->pindex))
		vm_page_free_other(m);
	else
		vm_page_free_toq(m, 0);
}

/* A page of no object may only be marked. */
static noinline void vm_page_free_marked(vm_page_t m)
{
	if (likely(vm_page_tryfree(m, m->state & ~VM_PAGE_FLAG(PG_NODUMP), 0)))
		vm_page_free_pcpu(m);
	else
		vm_page_free_toq(m, 0);
}

static noinline void vm_page_free_other(vm_page_t m)
{
	const vm_object_t object = m->object;

	if (unlikely(!object || !VM_OBJECT_WOWNED(object)))
		vm_page_free_marked(m);
	else if (unlikely(!vm_radix_leaf_has(&object->rtree, m->pindex)))
		vm_page_free_walk(m);
	else if ((m->flags & (PG_NODUMP | PG_PCPU_CACHE)) == PG_PCPU_CACHE &&
		 vm_page_tryfree_resident(m, object, PG_PCPU_CACHE))
		vm_page_free_pcpu(m);
	else
		vm_page_free_resident(m);
}

noinline void vm_page_free(vm_page_t m)
{
	if (likely(vm_page_tryfree(m, m->state, 0)))
		vm_page_free_pcpu(m);
	else
		vm_page_free_other(m);
}
EXPORT_SYMBOL_GPL(vm_page_free);

void vm_page_free_zero(vm_page_t m)
{
	if (likely(vm_page_tryfree(m, m->state & ~VM_PAGE_FLAG(PG_ZERO), 0))) {
		m->state = VM_PAGE_STATE(PG_PCPU_CACHE | PG_ZERO);
		vm_page_free_pcpu(m);
	} else {
		vm_page_free_toq(m, PG_ZERO);
	}
}
EXPORT_SYMBOL_GPL(vm_page_free_zero);

void vm_page_free_pages_toq(struct spglist *free, bool update_wire_count)
{
	vm_page_t m;
	s64 count = 0;

	while ((m = free->slh_first)) {
		free->slh_first = m->plinks.s.ss;
		count += vm_page_free_toq(m, m->flags & PG_ZERO);
	}
	if (update_wire_count)
		VM_CNT_ADD(v_wire_count, -count);
}
EXPORT_SYMBOL_GPL(vm_page_free_pages_toq);

/* The page of a run that its owner could not give: m[i]. */
struct vm_page_ungiven {
	vm_page_t m;
	u_long i;
};

/* Take pages from their owner, up to the first that he cannot give. */
static __always_inline bool vm_page_tryfree_some(vm_page_t m, u_long npages, void *arg)
{
	struct vm_page_ungiven *ungiven = arg;
	u_long i;

#pragma GCC unroll 32
	for (i = 0; i < npages; i++) {
		u64 hold = VM_PAGE_HOLD(VPB_UNBUSIED, 0);

		if (unlikely(!try_cmpxchg(&m[i].hold, &hold, VM_PAGE_HOLD(VPB_FREED, 0)))) {
			*ungiven = (struct vm_page_ungiven) { m, i };
			return false;
		}
	}
	return true;
}

/* Give back what was taken.  Until now nobody else could change it. */
static noinline bool vm_page_untake_run(vm_page_t m_run, vm_page_t m_end)
{
	while (m_end-- > m_run)
		WRITE_ONCE(m_end->hold, VM_PAGE_HOLD(VPB_UNBUSIED, 0));
	return false;
}

/*
 * Take all pages of a run from their owner, or none.  That nobody has one of them busied
 * or wired, and that none is in an object, or free, follows from its one word.  To look
 * at it first and write later would not do: who finds a page by its address, or by an
 * index that is out of date, may busy it at any time.
 */
static bool vm_page_tryfree_run(vm_page_t m_run, u_long npages)
{
	struct vm_page_ungiven ungiven;

	return likely(vm_phys_run_steps(m_run, npages, vm_page_tryfree_some, &ungiven)) ||
	       vm_page_untake_run(m_run, ungiven.m + ungiven.i);
}

/* What vm_page_reset() does, for pages that were taken and keep nothing. */
static __always_inline bool vm_page_reset_some(vm_page_t m, u_long npages, void *arg)
{
	u_long i;

#pragma GCC unroll 32
	for (i = 0; i < npages; i++)
		m[i].state = VM_PAGE_STATE(0);
	return true;
}

static noinline void vm_page_unmark_run(vm_page_t m, u_long npages)
{
	u_long i;

	for (i = 0; i < npages; i++)
		vm_page_set_nodump(&m[i], false);
}

/*
 * What the chunks tell of a run that is the caller's: false if a page lies in a
 * reservation, or has a memory attribute; and in *@marked, can one have PG_NODUMP?
 */
static bool vm_page_run_loose(const struct vm_phys_seg *seg, vm_page_t m_run, u_long npages,
			      bool *marked)
{
	const unsigned int last = vm_phys_chunk(seg, m_run->phys_addr + ptoa(npages) - 1);
	unsigned int chunk = vm_phys_chunk(seg, m_run->phys_addr);
	u16 states = 0;

	for (; chunk <= last; chunk++) {
		if (READ_ONCE(seg->first_reserv[chunk].object))
			return false;
		states |= READ_ONCE(seg->chunks[chunk]);
	}
	*marked = states;
	return true;
}

/* Page by page, once it is known that each can be freed. */
static void vm_page_free_run(vm_page_t m_run, u_long npages)
{
	u_long i;

	for (i = 0; i < npages; i++) {
		if (!vm_page_freeable(&m_run[i]))
			return;
	}
	for (i = 0; i < npages; i++)
		vm_page_free_toq(&m_run[i], 0);
}

void vmpage_free_contig(vm_page_t m, u_long npages)
{
	const struct vm_phys_seg *seg = vm_phys_seg_at(m->segind);
	struct vm_domain *vmd = vm_pagequeue_domain(m);
	unsigned long flags;
	bool marked;

	if (!vm_assert(vm_phys_run_ok(seg, m, npages)))
		return;
	if (!vm_page_run_loose(seg, m, npages, &marked) || !vm_page_tryfree_run(m, npages)) {
		vm_page_free_run(m, npages);
		return;
	}
	if (unlikely(marked))
		vm_page_unmark_run(m, npages);
	vm_phys_run_steps(m, npages, vm_page_reset_some, NULL);
	vm_domain_free_lock(vmd, flags);
	vm_phys_free_contig(m, npages);
	vm_domain_free_unlock(vmd, flags);
	VM_CNT_ADD(v_tfree, npages);
	vm_domain_freecnt_inc(vmd, npages);
}
EXPORT_SYMBOL_GPL(vmpage_free_contig);

void vm_page_free_invalid(vm_page_t m)
{
	if (vm_assert(vm_page_none_valid(m)) && vm_page_removable(m) && vm_page_remove(m))
		vm_page_free(m);
}
EXPORT_SYMBOL_GPL(vm_page_free_invalid);
