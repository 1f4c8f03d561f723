// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Superpage reservations.
 *
 *	  free block of 2 MiB
 *	    | first page of an object's window
 *	    v
 *	partly populated <------> full
 *	    |        |              | object
 *	    | broken | last page    | ends
 *	    v        v  freed       v
 *	  pages    free block     pages
 *
 * A record of a block, made with its segment, is active while it has an object.  Its
 * pages are then on no free list; those that are not populated look like free pages,
 * and are in the free count, but for what CPUs have taken off it ahead.  A page of the
 * object at an index of the window is the one at the same place of the block; in a
 * reservation of a loose object, pages of others lie in any order.
 *
 * Who allocates has the object locked; who breaks a reservation has not, and may do so
 * at any time, even in interrupt.  So whatever was seen without the record's lock is
 * looked at again under it.  A record becomes active only for who has taken its whole
 * block off the free lists, so never while a page of the block is in use.
 *
 * Reservations with unpopulated pages are queued by domain, in the order of the last
 * change with a resolution of one tick.  One that was full and loses a page in the same
 * tick as its previous change is not queued until it changes in a later one.
 */
#include <linux/align.h>
#include <linux/bitmap.h>
#include <linux/export.h>
#include <sys/systm.h>
#include <sys/vmmeter.h>
#include <vm/vm_pagequeue.h>
#include <vm/vm_reserv.h>

#include "trace.h"
#include "vm_machine.h"
#include "vm_pgcache.h"
#include "vm_reserv_priv.h"

#define VM_RESERV_SIZE		VM_PHYS_FRAME_SIZE	/* bytes */

/* Ticks after which a change moves a reservation to the tail of its queue. */
#define PARTPOPSLOP	1

static bool vm_reserv_has_pindex(const struct vm_reserv *rv, vm_pindex_t pindex)
{
	return pindex - READ_ONCE(rv->pindex) < VM_LEVEL_0_NPAGES;
}

/* Its number needs no check. */
static struct vm_domain *vm_reserv_domain(const struct vm_reserv *rv)
{
	return *(vm_dom + rv->domain);
}

/* The queue of those that have pages to give */

/* To the tail, or off the queue if it has none. */
static void vm_reserv_requeue(struct vm_reserv *rv)
{
	const bool queue = rv->object && rv->popcnt && !vm_reserv_is_full(rv) &&
			   vm_reserv_is_plain(rv);
	struct vm_domain *vmd = vm_reserv_domain(rv);

	lockdep_assert_held(&rv->lock);

	if (!rv->inpartpopq && !queue)
		return;
	raw_spin_lock(&vmd->vmd_partpopq_lock);
	if (rv->inpartpopq)
		list_del(&rv->partpopq);
	rv->inpartpopq = queue;
	if (queue)
		list_add_tail(&rv->partpopq, &vmd->vmd_partpopq);
	raw_spin_unlock(&vmd->vmd_partpopq_lock);
}

/*
 * Those with room come first in the list of an object; so one that fills up moves before
 * it is full, and one that is not full any more afterwards.
 */
static void vm_reserv_sort(struct vm_reserv *rv, bool room)
{
	const vm_object_t object = rv->object;

	lockdep_assert_held(&rv->lock);

	raw_spin_lock(&object->rvq_lock);
	if (room)
		list_move(&rv->objq, &object->rvq);
	else
		list_move_tail(&rv->objq, &object->rvq);
	raw_spin_unlock(&object->rvq_lock);
}

static bool vm_reserv_ticked(const struct vm_reserv *rv)
{
	return vm_machine_ticks() - rv->lasttick >= PARTPOPSLOP;
}

/*
 * A walk over the queue of a domain that holds the lock only from one record to the
 * next: the marker, a record without a block, keeps its place.  What is queued anew
 * behind it meanwhile is met, too.
 */
static void vm_reserv_walk_begin(struct vm_domain *vmd, struct vm_reserv *marker)
{
	unsigned long flags;

	marker->pages = NULL;
	raw_spin_lock_irqsave(&vmd->vmd_partpopq_lock, flags);
	list_add(&marker->partpopq, &vmd->vmd_partpopq);
	raw_spin_unlock_irqrestore(&vmd->vmd_partpopq_lock, flags);
}

/* The next record, which may have left the queue by now; NULL at the end. */
static struct vm_reserv *vm_reserv_walk_next(struct vm_domain *vmd, struct vm_reserv *marker)
{
	struct vm_reserv *rv = marker;
	unsigned long flags;

	raw_spin_lock_irqsave(&vmd->vmd_partpopq_lock, flags);
	list_for_each_entry_continue(rv, &vmd->vmd_partpopq, partpopq) {
		if (rv->pages)
			break;
	}
	if (list_entry_is_head(rv, &vmd->vmd_partpopq, partpopq))
		rv = NULL;
	else
		list_move(&marker->partpopq, &rv->partpopq);
	raw_spin_unlock_irqrestore(&vmd->vmd_partpopq_lock, flags);
	return rv;
}

static void vm_reserv_walk_end(struct vm_domain *vmd, struct vm_reserv *marker)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&vmd->vmd_partpopq_lock, flags);
	list_del(&marker->partpopq);
	raw_spin_unlock_irqrestore(&vmd->vmd_partpopq_lock, flags);
}

/* Coming and going of records */

/* To the head of the object's list. */
static void vm_reserv_insert(struct vm_reserv *rv, vm_object_t object, vm_pindex_t pindex)
{
	lockdep_assert_held(&rv->lock);

	raw_spin_lock(&object->rvq_lock);
	WRITE_ONCE(rv->pindex, pindex);
	WRITE_ONCE(rv->object, object);
	list_add(&rv->objq, &object->rvq);
	raw_spin_unlock(&object->rvq_lock);
	rv->lasttick = vm_machine_ticks();
	trace_vm_reserv_new(rv);
}

/* It is on no queue after this; who it belonged to may be gone. */
static void vm_reserv_remove(struct vm_reserv *rv)
{
	const vm_object_t object = rv->object;

	lockdep_assert_held(&rv->lock);

	raw_spin_lock(&object->rvq_lock);
	list_del(&rv->objq);
	WRITE_ONCE(rv->object, NULL);
	raw_spin_unlock(&object->rvq_lock);
	vm_reserv_requeue(rv);
}

/* Pages */

static noinline void vm_reserv_populated(struct vm_reserv *rv, unsigned int npages)
{
	if (rv->popcnt + npages == VM_LEVEL_0_NPAGES)
		vm_reserv_sort(rv, false);
	WRITE_ONCE(rv->popcnt, rv->popcnt + npages);
	if (vm_reserv_is_full(rv)) {
		rv->pages->psind = 1;
		trace_vm_reserv_full(rv);
	} else if (rv->inpartpopq && !vm_reserv_ticked(rv)) {
		return;
	}
	rv->lasttick = vm_machine_ticks();
	vm_reserv_requeue(rv);
}

/*
 * Within a tick a reservation keeps its place in the queue: who fills one page after the
 * other takes the lock of the queue once a tick, and not for each page.
 */
static __always_inline void vm_reserv_populate(struct vm_reserv *rv, unsigned int index,
					       unsigned int npages)
{
	lockdep_assert_held(&rv->lock);

	if (npages == 1)
		__set_bit(index, rv->popmap);
	else
		bitmap_set(rv->popmap, index, npages);
	if (likely(rv->inpartpopq && rv->popcnt + npages < VM_LEVEL_0_NPAGES &&
		   !vm_reserv_ticked(rv)))
		WRITE_ONCE(rv->popcnt, rv->popcnt + npages);
	else
		vm_reserv_populated(rv, npages);
}

/* As when it is broken, the object goes last. */
static void vm_reserv_free_block(struct vm_reserv *rv)
{
	struct vm_domain *vmd = vm_reserv_domain(rv);

	raw_spin_lock(&vmd->vmd_free_lock);
	vm_phys_free_pages(rv->pages, VM_LEVEL_0_ORDER);
	raw_spin_unlock(&vmd->vmd_free_lock);
	vm_reserv_remove(rv);
	VM_CNT_INC(v_reserv_freed);
}

/*
 * One that was full is on no queue, and comes onto it only if a tick has passed.  FreeBSD
 * has it so; what it hides is found by vmpage_reserv_reclaim_any().
 */
static noinline enum vm_reserv_freed vm_reserv_depopulated(struct vm_reserv *rv)
{
	const bool full = rv->popcnt == VM_LEVEL_0_NPAGES - 1;

	if (full)
		rv->pages->psind = 0;
	if (!vm_reserv_is_plain(rv)) {
		vm_reserv_keep_page(rv);
		return VM_RESERV_KEPT;
	}
	if (full)
		vm_reserv_sort(rv, true);
	if (!rv->popcnt) {
		vm_reserv_free_block(rv);
	} else if (vm_reserv_ticked(rv)) {
		rv->lasttick = vm_machine_ticks();
		vm_reserv_requeue(rv);
	}
	return VM_RESERV_ORDINARY;
}

/* Since the caller looked it may have been broken, and then the page is as any other. */
enum vm_reserv_freed vm_reserv_put_page(struct vm_reserv *rv, vm_page_t m)
{
	enum vm_reserv_freed freed = VM_RESERV_NONE;

	lockdep_assert_irqs_disabled();

	raw_spin_lock(&rv->lock);
	if (likely(rv->object)) {
		freed = VM_RESERV_ORDINARY;
		if (vm_assert(__test_and_clear_bit(m - rv->pages, rv->popmap))) {
			WRITE_ONCE(rv->popcnt, rv->popcnt - 1);
			/* Was it neither full, nor is it empty? */
			if (unlikely(rv->popcnt - 1U >= VM_LEVEL_0_NPAGES - 2 ||
				     !vm_reserv_is_plain(rv) || vm_reserv_ticked(rv)))
				freed = vm_reserv_depopulated(rv);
		}
	}
	raw_spin_unlock(&rv->lock);
	return freed;
}

/* Breaking */

/*
 * The unpopulated pages go to the free lists; the others are as any from now on.  The
 * object goes last: until then whoever frees one of those waits for the lock, and then
 * finds its neighbours on the lists, to merge with them.
 */
static void vm_reserv_break(struct vm_reserv *rv)
{
	struct vm_domain *vmd = vm_reserv_domain(rv);
	unsigned long first, end;

	lockdep_assert_held(&rv->lock);

	trace_vm_reserv_break(rv);
	rv->pages->psind = 0;
	raw_spin_lock(&vmd->vmd_free_lock);
	for_each_clear_bitrange(first, end, rv->popmap, VM_LEVEL_0_NPAGES)
		vm_phys_enqueue_contig(rv->pages + first, end - first);
	raw_spin_unlock(&vmd->vmd_free_lock);
	vm_reserv_remove(rv);
	bitmap_zero(rv->popmap, VM_LEVEL_0_NPAGES);
	WRITE_ONCE(rv->popcnt, 0);
	VM_CNT_INC(v_reserv_broken);
}

/* The caller lacks pages, and has chosen this one. */
static void vm_reserv_reclaim(struct vm_reserv *rv)
{
	trace_vm_reserv_reclaim(rv);
	vm_reserv_break(rv);
	VM_CNT_INC(v_reserv_reclaimed);
}

/* Not one that has left the queue by now, nor one that somebody works on. */
static bool vm_reserv_reclaim_idle(struct vm_reserv *rv)
{
	unsigned long flags;
	bool found;

	if (!raw_spin_trylock_irqsave(&rv->lock, flags))
		return false;
	found = rv->inpartpopq;
	if (found)
		vm_reserv_reclaim(rv);
	raw_spin_unlock_irqrestore(&rv->lock, flags);
	return found;
}

bool vm_reserv_reclaim_inactive(int domain)
{
	struct vm_domain *vmd = VM_DOMAIN(domain);
	struct vm_reserv marker, *rv;
	bool found = false;

	if (list_empty(&vmd->vmd_partpopq))
		return false;

	vm_reserv_walk_begin(vmd, &marker);
	while (!found && (rv = vm_reserv_walk_next(vmd, &marker)))
		found = vm_reserv_reclaim_idle(rv);
	vm_reserv_walk_end(vmd, &marker);
	return found;
}

static bool vm_reserv_reclaim_one(struct vm_reserv *rv)
{
	unsigned long flags;
	bool found;

	if (!READ_ONCE(rv->object))
		return false;

	raw_spin_lock_irqsave(&rv->lock, flags);
	found = rv->object && !vm_reserv_is_full(rv) && vm_reserv_is_plain(rv);
	if (found)
		vm_reserv_reclaim(rv);
	raw_spin_unlock_irqrestore(&rv->lock, flags);
	return found;
}

bool vmpage_reserv_reclaim_any(int domain)
{
	const unsigned int nsegs = smp_load_acquire(&vm_phys_nsegs);	/* before the table */
	unsigned int segind;

	for (segind = 0; segind < nsegs; segind++) {
		const struct vm_phys_seg *seg = vm_phys_seg_at(segind);
		struct vm_reserv *rv = seg->first_reserv;

		if (seg->domain != domain)
			continue;
		for (; rv < vm_reserv_seg_end(seg); rv++) {
			if (vm_reserv_reclaim_one(rv))
				return true;
		}
	}
	return false;
}

/* It goes to the place that it has by its room. */
static void vm_reserv_give(struct vm_reserv *rv, vm_object_t object, vm_pindex_t pindex)
{
	const vm_object_t old_object = rv->object;

	lockdep_assert_held(&rv->lock);

	raw_spin_lock(&old_object->rvq_lock);
	list_del(&rv->objq);
	raw_spin_unlock(&old_object->rvq_lock);
	raw_spin_lock(&object->rvq_lock);
	WRITE_ONCE(rv->object, object);
	WRITE_ONCE(rv->pindex, pindex);
	if (vm_reserv_is_full(rv))
		list_add_tail(&rv->objq, &object->rvq);
	else
		list_add(&rv->objq, &object->rvq);
	raw_spin_unlock(&object->rvq_lock);
}

static struct vm_reserv *vm_reserv_first(vm_object_t object)
{
	struct vm_reserv *rv;
	unsigned long flags;

	raw_spin_lock_irqsave(&object->rvq_lock, flags);
	rv = list_first_entry_or_null(&object->rvq, struct vm_reserv, objq);
	raw_spin_unlock_irqrestore(&object->rvq_lock, flags);
	return rv;
}

/*
 * Between the look and the lock another may have broken it.  Those with pages left go to
 * the loose object, if there is one: so the rest of their blocks stays with it.
 */
void vm_reserv_break_all(vm_object_t object)
{
	struct vm_reserv *rv;
	unsigned long flags;

	while ((rv = vm_reserv_first(object))) {
		raw_spin_lock_irqsave(&rv->lock, flags);
		if (rv->object == object && !vm_reserv_is_plain(rv))
			vm_reserv_disown(rv);
		else if (rv->object == object && object->loose)
			vm_reserv_give(rv, object->loose, 0);
		else if (rv->object == object)
			vm_reserv_break(rv);
		raw_spin_unlock_irqrestore(&rv->lock, flags);
	}
}

/* Runs out of reservations */

/* How long a run is, and where it may lie. */
struct vm_reserv_want {
	u_long npages;			/* pages */
	vm_paddr_t low;			/* bytes */
	vm_paddr_t high;		/* bytes */
	u_long alignment;		/* bytes */
	vm_paddr_t boundary;		/* bytes, or 0 */
};

static bool vm_reserv_addr_ok(const struct vm_reserv_want *want, vm_paddr_t pa)
{
	return vm_addr_ok(pa, ptoa(want->npages), want->alignment, want->boundary);
}

/* The lowest place of the run among the unpopulated pages, or VM_LEVEL_0_NPAGES. */
static unsigned long vm_reserv_find_run(struct vm_reserv *rv, const struct vm_reserv_want *want)
{
	const vm_paddr_t base = rv->pages->phys_addr;
	const unsigned long mask = max(want->alignment >> PAGE_SHIFT, 1UL) - 1;
	unsigned long index, end;

	if (want->low >= base + VM_RESERV_SIZE || want->high <= base ||
	    (base & (want->alignment - 1) & -VM_RESERV_SIZE))
		return VM_LEVEL_0_NPAGES;

	index = want->low > base ? atop(round_page(want->low - base)) : 0;
	end = min_t(unsigned long, atop(want->high - base), VM_LEVEL_0_NPAGES);
	for (;;) {
		index = bitmap_find_next_zero_area(rv->popmap, end, index, want->npages, mask);
		if (index + want->npages > end)
			return VM_LEVEL_0_NPAGES;
		if (vm_reserv_addr_ok(want, base + ptoa(index)))
			return index;
		/* It crosses a boundary: on from there. */
		index = ALIGN(index + 1, atop(want->boundary));
	}
}

/*
 * The run is marked as populated first: so it never gets to the free lists, where others
 * could take it.
 */
static vm_page_t vm_reserv_reclaim_run(struct vm_reserv *rv, const struct vm_reserv_want *want)
{
	unsigned long flags, index;
	vm_page_t m_run = NULL;

	raw_spin_lock_irqsave(&rv->lock, flags);
	if (rv->inpartpopq) {
		index = vm_reserv_find_run(rv, want);
		if (index < VM_LEVEL_0_NPAGES) {
			m_run = rv->pages + index;
			bitmap_set(rv->popmap, index, want->npages);
			vm_reserv_reclaim(rv);
		}
	}
	raw_spin_unlock_irqrestore(&rv->lock, flags);
	return m_run;
}

vm_page_t vm_reserv_reclaim_contig(int domain, u_long npages, vm_paddr_t low, vm_paddr_t high,
				   u_long alignment, vm_paddr_t boundary)
{
	const struct vm_reserv_want want = { npages, low, high, alignment, boundary };
	struct vm_domain *vmd = VM_DOMAIN(domain);
	struct vm_reserv marker, *rv;
	vm_page_t m_run = NULL;

	if (npages >= VM_LEVEL_0_NPAGES || (boundary && ptoa(npages) > boundary) ||
	    list_empty(&vmd->vmd_partpopq))
		return NULL;

	vm_reserv_walk_begin(vmd, &marker);
	while (!m_run && (rv = vm_reserv_walk_next(vmd, &marker)))
		m_run = vm_reserv_reclaim_run(rv, &want);
	vm_reserv_walk_end(vmd, &marker);
	return m_run;
}

/* Allocation */

/*
 * What a page or a run is asked for.
 */
struct vm_reserv_request {
	vm_object_t object;
	vm_pindex_t pindex;		/* of the first page, pages */
	int domain;			/* of new reservations */
	int req;			/* VM_ALLOC_* */
	enum {
		VM_RESERV_PAGE,		/* one page or all, wherever they lie */
		VM_RESERV_PROMISED,	/* the same, off the count of the domain already */
		VM_RESERV_RUN,
	} kind;
	struct vm_reserv_want want;
};

/*
 * Take what is asked for off the free count of a domain: that of the reservation, which
 * need not be the one that was asked for.  Interrupts are off.
 */
static bool vm_reserv_gate(const struct vm_reserv_request *rr, int domain)
{
	if (rr->kind == VM_RESERV_PROMISED && domain == rr->domain)
		return true;
	if (rr->want.npages == 1)
		return vm_pgcache_take_count(VM_DOMAIN(domain), rr->req);
	return vm_domain_allocate(VM_DOMAIN(domain), rr->req, rr->want.npages);
}

/* Take back what vm_reserv_gate() did for the domain of the request. */
static void vm_reserv_ungate(const struct vm_reserv_request *rr)
{
	if (rr->kind != VM_RESERV_PROMISED)
		vm_domain_freecnt_inc(VM_DOMAIN(rr->domain), rr->want.npages);
}

/* Is it for ordinary memory? */
static bool vm_reserv_wants_plain(const struct vm_reserv_request *rr)
{
	return rr->object->memattr == VM_MEMATTR_DEFAULT;
}

/* Could any block have the pages at these indexes, all of them below the object's end? */
static bool vm_reserv_possible(const struct vm_reserv_request *rr, unsigned int index)
{
	return rr->pindex < rr->object->size &&
	       rr->want.npages <= rr->object->size - rr->pindex &&
	       vm_reserv_addr_ok(&rr->want, ptoa(index));
}

/* Does the object have a reservation around a page of its, and with @pindex in it? */
static struct vm_reserv *vm_reserv_near(vm_object_t object, vm_pindex_t pindex, vm_page_t m)
{
	struct vm_reserv *rv = vm_reserv_from_page(m);

	if (READ_ONCE(rv->object) != object || !vm_reserv_has_pindex(rv, pindex))
		return NULL;
	return rv;
}

/* The first index that a page, or the reservation around it, leaves to what is after it. */
static vm_pindex_t vm_reserv_left_end(vm_object_t object, vm_page_t m)
{
	const struct vm_reserv *rv = vm_reserv_from_page(m);

	if (READ_ONCE(rv->object) != object)
		return m->pindex + 1;
	return READ_ONCE(rv->pindex) + VM_LEVEL_0_NPAGES;
}

/* The first index that a page, or the reservation around it, takes. */
static vm_pindex_t vm_reserv_right_start(vm_object_t object, vm_page_t m)
{
	const struct vm_reserv *rv = vm_reserv_from_page(m);

	return READ_ONCE(rv->object) == object ? READ_ONCE(rv->pindex) : m->pindex;
}

/*
 * How many pages to take for the indexes from @first on: whole blocks; if another
 * page or the end of the object is in the way of the last, no more of it than what is
 * asked for; 0 when not even one block fits.  With a memory attribute all are whole, and
 * the last may go over the end.
 */
static u_long vm_reserv_npages(const struct vm_reserv_request *rr, vm_pindex_t first,
			       vm_page_t mpred, vm_page_t msucc)
{
	const vm_object_t object = rr->object;
	const u_long minpages = rr->pindex + rr->want.npages - first;
	const u_long maxpages = ALIGN(minpages, VM_LEVEL_0_NPAGES);
	const bool plain = vm_reserv_wants_plain(rr);

	/* It would begin before index 0, or end after the largest. */
	if (first + (maxpages - 1) < first)
		return 0;
	if (mpred && vm_reserv_left_end(object, mpred) > first)
		return 0;
	if ((!msucc || first + (maxpages - 1) < vm_reserv_right_start(object, msucc)) &&
	    ((object->flags & OBJ_ANON) || first + (maxpages - 1) < object->size || !plain))
		return maxpages;
	return maxpages == VM_LEVEL_0_NPAGES || !plain ? 0 : minpages;
}

/* Take the pages off the free lists, beginning with a whole block.  Interrupts are off. */
static vm_page_t vm_reserv_take(const struct vm_reserv_request *rr, u_long npages)
{
	const struct vm_reserv_want *want = &rr->want;
	struct vm_domain *vmd = VM_DOMAIN(rr->domain);
	vm_page_t m;

	lockdep_assert_irqs_disabled();

	if (npages > vmd->vmd_page_count || !vm_reserv_gate(rr, rr->domain))
		return NULL;
	raw_spin_lock(&vmd->vmd_free_lock);
	if (rr->kind == VM_RESERV_RUN)
		m = vm_phys_alloc_contig(rr->domain, npages, want->low, want->high,
					 max_t(u_long, want->alignment, VM_RESERV_SIZE),
					 want->boundary > VM_RESERV_SIZE ? want->boundary : 0);
	else
		m = vm_phys_alloc_pages(rr->domain, VM_FREEPOOL_DEFAULT, VM_LEVEL_0_ORDER);
	raw_spin_unlock(&vmd->vmd_free_lock);
	if (!m)
		vm_reserv_ungate(rr);
	return m;
}

/*
 * Whole blocks with the attribute of the object, off the count for as long as they have
 * it.  To set it may sleep.
 */
static vm_page_t vm_reserv_take_memattr(const struct vm_reserv_request *rr, u_long npages)
{
	struct vm_reserv_request whole = *rr;
	unsigned long flags;
	vm_page_t m;

	if (preempt_count() || irqs_disabled())
		return NULL;

	whole.kind = VM_RESERV_RUN;
	whole.want.npages = npages;
	local_irq_save(flags);
	m = vm_reserv_take(&whole, npages);
	local_irq_restore(flags);
	return m && vm_reserv_set_memattr(m, npages, rr->object->memattr) ? m : NULL;
}

/* Make a reservation of a block that was taken, and populate [index, end) of it. */
static void vm_reserv_open(vm_page_t m, vm_object_t object, vm_pindex_t pindex,
			   unsigned int index, unsigned int end)
{
	struct vm_reserv *rv = vm_reserv_from_page(m);

	lockdep_assert_irqs_disabled();

	raw_spin_lock(&rv->lock);
	WRITE_ONCE(rv->memattr, object->memattr);
	vm_reserv_insert(rv, object, pindex);
	vm_reserv_populate(rv, index, end - index);
	raw_spin_unlock(&rv->lock);
}

/* Reservations of the blocks from @m on.  A rest after the last whole one is part of none. */
static void vm_reserv_open_all(const struct vm_reserv_request *rr, vm_page_t m, u_long npages,
			       unsigned int index)
{
	const u_long end = index + rr->want.npages;
	u_long i;

	for (i = 0; i + VM_LEVEL_0_NPAGES <= npages; i += VM_LEVEL_0_NPAGES)
		vm_reserv_open(m + i, rr->object, rr->pindex - index + i, i ? 0 : index,
			       min(end - i, VM_LEVEL_0_NPAGES));
}

/* New reservations. */
static vm_page_t vm_reserv_create(const struct vm_reserv_request *rr, unsigned int index,
				  vm_page_t mpred, vm_page_t msucc)
{
	const u_long npages = vm_reserv_npages(rr, rr->pindex - index, mpred, msucc);
	const bool plain = vm_reserv_wants_plain(rr);
	vm_page_t m = NULL;
	unsigned long flags;

	if (!npages)
		return NULL;
	if (!plain)
		m = vm_reserv_take_memattr(rr, npages);
	/* In between nobody finds the unpopulated pages, so it has to be quick. */
	local_irq_save(flags);
	if (plain)
		m = vm_reserv_take(rr, npages);
	if (m)
		vm_reserv_open_all(rr, m, npages, index);
	local_irq_restore(flags);
	return m ? m + index : NULL;
}

/* May the pages from @index on be handed out for the request? */
static bool vm_reserv_has_run(const struct vm_reserv *rv, unsigned int index,
			      const struct vm_reserv_want *want)
{
	const vm_paddr_t pa = rv->pages->phys_addr + ptoa(index);
	const u_long end = index + want->npages;

	return end <= VM_LEVEL_0_NPAGES && find_next_bit(rv->popmap, end, index) >= end &&
	       pa >= want->low && pa + ptoa(want->npages) <= want->high &&
	       vm_reserv_addr_ok(want, pa);
}

/* From a reservation that the object has, unless that was broken meanwhile. */
static vm_page_t vm_reserv_extend(struct vm_reserv *rv, const struct vm_reserv_request *rr,
				  unsigned int index)
{
	vm_page_t m = NULL;
	unsigned long flags;

	raw_spin_lock_irqsave(&rv->lock, flags);
	if (rv->object == rr->object && rv->memattr == rr->object->memattr &&
	    vm_reserv_has_pindex(rv, rr->pindex) && vm_reserv_has_run(rv, index, &rr->want) &&
	    (!vm_reserv_is_plain(rv) || vm_reserv_gate(rr, rv->domain))) {
		m = rv->pages + index;
		vm_reserv_populate(rv, index, rr->want.npages);
	}
	raw_spin_unlock_irqrestore(&rv->lock, flags);
	return m;
}

/*
 * The first page from the index on in the windows that the request touches.  What is
 * behind them has no reservation that begins before.
 */
static vm_page_t vm_reserv_succ(const struct vm_reserv_request *rr, unsigned int index)
{
	const vm_pindex_t last = rr->pindex +
		(ALIGN(index + rr->want.npages, VM_LEVEL_0_NPAGES) - index - 1);

	return vm_radix_lookup_in(&rr->object->rtree, rr->pindex, max(rr->pindex, last));
}

/* An existing reservation is found only through the resident page before or after the index. */
static vm_page_t vm_reserv_alloc(const struct vm_reserv_request *rr, vm_page_t mpred)
{
	const vm_object_t object = rr->object;
	const unsigned int index = vm_reserv_index(object, rr->pindex);
	struct vm_reserv *rv = NULL;
	vm_page_t msucc = NULL;

	lockdep_assert_held_write(&object->lock);

	if (!vm_reserv_possible(rr, index))
		return NULL;

	if (mpred)
		rv = vm_reserv_near(object, rr->pindex, mpred);
	if (!rv) {
		msucc = vm_reserv_succ(rr, index);
		if (msucc)
			rv = vm_reserv_near(object, rr->pindex, msucc);
	}
	if (rv)
		return vm_reserv_extend(rv, rr, index);
	if (object->flags & OBJ_NORESERV)
		return NULL;
	return vm_reserv_create(rr, index, mpred, msucc);
}

/* The next page of a reservation that is locked, unless it is another's by now. */
static __always_inline vm_page_t vm_reserv_extend_one(struct vm_reserv *rv, vm_object_t object,
						      vm_pindex_t pindex, int req)
{
	const unsigned int index = vm_reserv_index(object, pindex);

	if (rv->object != object || !vm_reserv_is_plain(rv) || !vm_reserv_has_pindex(rv, pindex) ||
	    test_bit(index, rv->popmap) || !vm_pgcache_take_count(vm_reserv_domain(rv), req))
		return NULL;
	vm_reserv_populate(rv, index, 1);
	return rv->pages + index;
}

vm_page_t vmpage_reserv_alloc_next(vm_object_t object, vm_pindex_t pindex, int req,
				   vm_page_t mpred)
{
	struct vm_reserv *rv;
	unsigned long flags;
	vm_page_t m = NULL;

	lockdep_assert_held_write(&object->lock);

	if (pindex >= object->size)
		return NULL;
	local_irq_save(flags);
	rv = vm_reserv_in_seg(vm_phys_seg(mpred), mpred);
	if (READ_ONCE(rv->object) == object) {
		raw_spin_lock(&rv->lock);
		m = vm_reserv_extend_one(rv, object, pindex, req);
		raw_spin_unlock(&rv->lock);
	}
	local_irq_restore(flags);
	return m;
}

#define VM_RESERV_ANYWHERE { .npages = 1, .high = ~(vm_paddr_t)0, .alignment = 1 }

vm_page_t vm_reserv_alloc_page(vm_object_t object, vm_pindex_t pindex, int domain, int req,
			       vm_page_t mpred)
{
	const struct vm_reserv_request rr = { object, pindex, domain, req, VM_RESERV_PAGE,
					      VM_RESERV_ANYWHERE };

	return vm_reserv_alloc(&rr, mpred);
}

vm_page_t vmpage_reserv_alloc_promised(vm_object_t object, vm_pindex_t pindex, int domain,
				       int req, vm_page_t mpred)
{
	const struct vm_reserv_request rr = { object, pindex, domain, req, VM_RESERV_PROMISED,
					      VM_RESERV_ANYWHERE };

	return vm_reserv_alloc(&rr, mpred);
}

vm_page_t vmpage_reserv_alloc_whole(vm_object_t object, vm_pindex_t pindex, int domain,
				    bool promised, vm_page_t mpred)
{
	const struct vm_reserv_request rr = {
		object, pindex, domain, VM_ALLOC_NORMAL,
		promised ? VM_RESERV_PROMISED : VM_RESERV_PAGE,
		{ .npages = VM_LEVEL_0_NPAGES, .high = ~(vm_paddr_t)0, .alignment = 1 },
	};

	return vm_reserv_index(object, pindex) ? NULL : vm_reserv_alloc(&rr, mpred);
}

vm_page_t vm_reserv_alloc_contig(vm_object_t object, vm_pindex_t pindex, int domain, int req,
				 u_long npages, vm_paddr_t low, vm_paddr_t high,
				 u_long alignment, vm_paddr_t boundary, vm_page_t mpred)
{
	const struct vm_reserv_request rr = { object, pindex, domain, req, VM_RESERV_RUN,
					      { npages, low, high, alignment, boundary } };

	return vm_reserv_alloc(&rr, mpred);
}

/* Another owner */

/* The windows of both objects begin at the same places of a block. */
static bool vm_reserv_rename_ok(const struct vm_reserv *rv, vm_object_t new_object,
				vm_pindex_t offset)
{
	return vm_assert(VM_OBJECT_WOWNED(new_object)) && vm_assert(rv->pindex >= offset) &&
	       vm_assert(!vm_reserv_index(new_object, rv->pindex - offset)) &&
	       rv->memattr == new_object->memattr;
}

void vm_reserv_rename(vm_page_t m, vm_object_t new_object, vm_object_t old_object,
		      vm_pindex_t old_object_offset)
{
	struct vm_reserv *rv = vm_reserv_from_page(m);
	unsigned long flags;

	raw_spin_lock_irqsave(&rv->lock, flags);
	if (rv->object == old_object && vm_reserv_rename_ok(rv, new_object, old_object_offset))
		vm_reserv_give(rv, new_object, rv->pindex - old_object_offset);
	raw_spin_unlock_irqrestore(&rv->lock, flags);
}
EXPORT_SYMBOL_GPL(vm_reserv_rename);

/* Loose pages */

/*
 * Pages of objects that share a @loose one, at indexes that have no reservation.  Any
 * page of its reservations does for any of them, so all that is asked of one is room.
 */

/* The first with room that does not lie in [pa, pa_end). */
static struct vm_reserv *vm_reserv_with_room(vm_object_t loose, int domain, vm_paddr_t pa,
					     vm_paddr_t pa_end)
{
	struct vm_reserv *rv, *found = NULL;
	unsigned long flags;

	raw_spin_lock_irqsave(&loose->rvq_lock, flags);
	list_for_each_entry(rv, &loose->rvq, objq) {
		const vm_paddr_t base = rv->pages->phys_addr;

		if (vm_reserv_is_full(rv))
			break;
		if (rv->domain == domain && (base >= pa_end || base + VM_RESERV_SIZE <= pa)) {
			found = rv;
			break;
		}
	}
	raw_spin_unlock_irqrestore(&loose->rvq_lock, flags);
	return found;
}

/* It may have been broken, or filled, since the look. */
static vm_page_t vm_reserv_take_room(struct vm_reserv *rv, vm_object_t loose)
{
	unsigned long flags, index;
	vm_page_t m = NULL;

	raw_spin_lock_irqsave(&rv->lock, flags);
	if (rv->object == loose && !vm_reserv_is_full(rv)) {
		index = find_first_zero_bit(rv->popmap, VM_LEVEL_0_NPAGES);
		vm_reserv_populate(rv, index, 1);
		m = rv->pages + index;
	}
	raw_spin_unlock_irqrestore(&rv->lock, flags);
	return m;
}

/* The caller has taken the page off the count. */
static vm_page_t vm_reserv_find_room(vm_object_t loose, int domain, vm_paddr_t pa,
				     vm_paddr_t pa_end)
{
	struct vm_reserv *rv;
	vm_page_t m = NULL;

	while (!m && (rv = vm_reserv_with_room(loose, domain, pa, pa_end)))
		m = vm_reserv_take_room(rv, loose);
	return m;
}

bool vmpage_reserv_adopt(vm_page_t m, vm_object_t loose)
{
	struct vm_reserv *rv = vm_reserv_from_page(m);
	unsigned long flags;
	bool adopted;

	raw_spin_lock_irqsave(&rv->lock, flags);
	adopted = rv->object && vm_reserv_is_plain(rv) && !vm_reserv_is_full(rv) &&
		  rv->object->loose == loose;
	if (adopted)
		vm_reserv_give(rv, loose, 0);
	raw_spin_unlock_irqrestore(&rv->lock, flags);
	return adopted;
}

/* The caller has taken the page off the count. */
static vm_page_t vm_reserv_open_loose(vm_object_t loose, int domain)
{
	const struct vm_reserv_request rr = { loose, 0, domain, VM_ALLOC_NORMAL,
					      VM_RESERV_PROMISED, VM_RESERV_ANYWHERE };
	unsigned long flags;
	vm_page_t m;

	local_irq_save(flags);
	m = vm_reserv_take(&rr, VM_LEVEL_0_NPAGES);
	if (m)
		vm_reserv_open(m, loose, 0, 0, 1);
	local_irq_restore(flags);
	return m;
}

vm_page_t vmpage_reserv_alloc_loose(vm_object_t object, int domain, int req, bool promised)
{
	const vm_object_t loose = object->loose;
	vm_page_t m;

	lockdep_assert_held_write(&object->lock);

	if (!promised && !vm_domain_allocate(VM_DOMAIN(domain), req, 1))
		return NULL;
	m = vm_reserv_find_room(loose, domain, 0, 0);
	if (!m && !(object->flags & OBJ_NORESERV))
		m = vm_reserv_open_loose(loose, domain);
	if (!m && !promised)
		vm_domain_freecnt_inc(VM_DOMAIN(domain), 1);
	return m;
}

vm_page_t vmpage_reserv_alloc_room(vm_object_t loose, int domain, int req, vm_paddr_t pa,
				   vm_paddr_t pa_end)
{
	vm_page_t m;

	if (!vm_domain_allocate(VM_DOMAIN(domain), req, 1))
		return NULL;
	m = vm_reserv_find_room(loose, domain, pa, pa_end);
	if (!m)
		vm_domain_freecnt_inc(VM_DOMAIN(domain), 1);
	return m;
}

/* Questions */

int vm_reserv_level(vm_page_t m)
{
	return READ_ONCE(vm_reserv_from_page(m)->object) ? 0 : -1;
}
EXPORT_SYMBOL_GPL(vm_reserv_level);

unsigned int vmpage_reserv_popcnt(vm_page_t m)
{
	const struct vm_reserv *rv = vm_reserv_from_page(m);

	return READ_ONCE(rv->object) == m->object ? READ_ONCE(rv->popcnt) : 0;
}
EXPORT_SYMBOL_GPL(vmpage_reserv_popcnt);

int vm_reserv_level_iffullpop(vm_page_t m)
{
	return vm_reserv_is_full(vm_reserv_from_page(m)) ? 0 : -1;
}
EXPORT_SYMBOL_GPL(vm_reserv_level_iffullpop);

int vm_reserv_size(int level)
{
	switch (level) {
	case 0:
		return VM_RESERV_SIZE;
	case -1:
		return PAGE_SIZE;
	default:
		return 0;
	}
}
EXPORT_SYMBOL_GPL(vm_reserv_size);

vm_page_t vm_reserv_to_superpage(vm_page_t m)
{
	const struct vm_reserv *rv = vm_reserv_from_page(m);

	if (!m->object || READ_ONCE(rv->object) != m->object || !vm_reserv_is_full(rv))
		return NULL;
	return rv->pages;
}
EXPORT_SYMBOL_GPL(vm_reserv_to_superpage);

bool vm_reserv_is_page_free(vm_page_t m)
{
	const struct vm_reserv *rv = vm_reserv_from_page(m);

	return READ_ONCE(rv->object) && vm_reserv_is_plain(rv) &&
	       !test_bit(m - rv->pages, rv->popmap);
}
EXPORT_SYMBOL_GPL(vm_reserv_is_page_free);

unsigned int vm_reserv_partpop(int domain, unsigned long *unused)
{
	struct vm_domain *vmd = VM_DOMAIN(domain);
	struct vm_reserv marker, *rv;
	unsigned int n = 0;

	*unused = 0;
	vm_reserv_walk_begin(vmd, &marker);
	while ((rv = vm_reserv_walk_next(vmd, &marker))) {
		*unused += VM_LEVEL_0_NPAGES - READ_ONCE(rv->popcnt);
		n++;
	}
	vm_reserv_walk_end(vmd, &marker);
	return n;
}

unsigned int vm_reserv_fullpop(void)
{
	const unsigned int nsegs = smp_load_acquire(&vm_phys_nsegs);	/* before the table */
	unsigned int segind, n = 0;

	for (segind = 0; segind < nsegs; segind++) {
		const struct vm_phys_seg *seg = vm_phys_seg_at(segind);
		const struct vm_reserv *rv = seg->first_reserv;

		for (; rv < vm_reserv_seg_end(seg); rv++)
			n += vm_reserv_is_full(rv);
	}
	return n;
}
