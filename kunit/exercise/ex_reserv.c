// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Reservations: windows of objects filled and emptied in all orders, given to other
 * objects, broken, and asked about.
 */
#include <vm/vm_reserv.h>

#include "../module/vm/vm_reserv_priv.h"
#include "exercise.h"

/* As they have to be */

/*
 * Without the lock a reservation that is being broken can be seen as one that still has
 * what others have got of it by now.
 */
bool ex_is_reserved(struct ex_thread *t, vm_page_t m)
{
	struct vm_reserv *rv = vm_reserv_from_page(m);
	bool reserved, populated;
	unsigned long flags;

	raw_spin_lock_irqsave(&rv->lock, flags);
	reserved = rv->object;
	populated = reserved && test_bit(m - rv->pages, rv->popmap);
	raw_spin_unlock_irqrestore(&rv->lock, flags);
	ex_check(t, populated == reserved);
	return reserved;
}

/*
 * While somebody has a page, its block cannot be reserved anew.  So a page of a
 * reservation was taken from it, and is where the index says.
 */
void ex_check_place(struct ex_thread *t, vm_page_t m, struct ex_object *xo, vm_pindex_t pindex)
{
	if (!ex_is_reserved(t, m))
		return;
	ex_check(t, vm_object_reserv(xo->object));
	ex_check(t, atop(VM_PAGE_TO_PHYS(m)) % VM_LEVEL_0_NPAGES ==
		    vm_reserv_index(xo->object, pindex));
}

/* The reservation around a page of the object, if an index is in it, too. */
static struct vm_reserv *ex_reserv_around(struct ex_object *xo, vm_page_t m, vm_pindex_t pindex)
{
	struct vm_reserv *rv = m ? vm_reserv_from_page(m) : NULL;

	if (!rv || rv->object != xo->object || pindex - rv->pindex >= VM_LEVEL_0_NPAGES)
		return NULL;
	return rv;
}

vm_page_t ex_reserved(struct ex_object *xo, vm_pindex_t pindex)
{
	const unsigned int index = vm_reserv_index(xo->object, pindex);
	struct vm_radix_place rp;
	struct vm_reserv *rv;

	if (!ex_alone() || !vm_object_reserv(xo->object) || pindex >= xo->object->size ||
	    vm_page_is_cached(xo->object, pindex))
		return NULL;
	vm_radix_find_place(&xo->object->rtree, pindex, &rp);
	rv = ex_reserv_around(xo, vm_radix_place_prev(&xo->object->rtree, &rp), pindex);
	if (!rv)
		rv = ex_reserv_around(xo, vm_page_find_least(xo->object, pindex), pindex);
	return rv && !test_bit(index, rv->popmap) ? rv->pages + index : NULL;
}

/* Only its domain may have been too short for it. */
void ex_check_reserved(struct ex_thread *t, vm_page_t m, vm_page_t reserved)
{
	if (reserved && vm_page_domain(m) == vm_page_domain(reserved))
		ex_check(t, m == reserved);
}

/* Coming */

/* A part stays invalid, and may be freed instead of moved. */
void ex_settle(struct ex_thread *t, vm_page_t m, struct ex_object *xo)
{
	const u32 chance = ex_below(t, 64);

	ex_claim(t, m);
	ex_check_resident_stamp(t, m, xo);
	if (chance % 8)
		ex_stamp_resident(t, m, xo);
	if (chance % 8 == 1) {
		vm_page_valid(m);
		vm_page_dirty(m);
	}
	ex_disclaim(t, m);
	if (chance < 48)
		vm_page_deactivate(m);
	vm_page_xunbusy(m);
}

/* The index at which a window begins, the first one or one of the next. */
static vm_pindex_t ex_window(struct ex_thread *t, struct ex_object *xo)
{
	const vm_pindex_t first = -(vm_pindex_t)xo->object->pg_color % VM_LEVEL_0_NPAGES;
	const vm_pindex_t n = (EX_OBJECT_SIZE - 1 - first) / VM_LEVEL_0_NPAGES + 1;

	return first + ex_below(t, n) * VM_LEVEL_0_NPAGES;
}

static bool ex_fill_index(struct ex_thread *t, struct ex_object *xo, vm_pindex_t pindex)
{
	const vm_page_t reserved = ex_reserved(xo, pindex);
	const vm_page_t m = vm_page_alloc(xo->object, pindex, VM_ALLOC_NORMAL);

	if (!m)
		return false;
	ex_check_reserved(t, m, reserved);
	ex_check_resident(t, m, xo, pindex, VM_ALLOC_NORMAL, true);
	ex_settle(t, m, xo);
	return true;
}

/*
 * An odd step goes through all of a window, in an order that looks like chance.  With a
 * tick each page moves the reservation in its queue.
 */
static enum ex_result ex_fill_window(struct ex_thread *t, struct ex_object *xo, unsigned int n,
				     unsigned int step)
{
	const vm_pindex_t base = ex_window(t, xo);
	const bool ticks = ex_one_in(t, 3);
	enum ex_result result = EX_NONE;
	vm_pindex_t pindex;
	unsigned int i;

	VM_OBJECT_WLOCK(xo->object);
	for (i = ex_below(t, VM_LEVEL_0_NPAGES); n; n--, i += step) {
		pindex = base + i % VM_LEVEL_0_NPAGES;
		if (pindex >= EX_NINDEXES || vm_page_lookup(xo->object, pindex))
			continue;
		if (ticks)
			vmk_tick();
		if (!ex_fill_index(t, xo, pindex))
			break;
		result = EX_DONE;
	}
	VM_OBJECT_WUNLOCK(xo->object);
	return result;
}

static unsigned int ex_length(struct ex_thread *t)
{
	return ex_one_in(t, 12) ? VM_LEVEL_0_NPAGES : 1 + ex_below(t, 64);
}

static unsigned int ex_odd(struct ex_thread *t)
{
	return 2 * ex_below(t, VM_LEVEL_0_NPAGES / 2) + 1;
}

static enum ex_result ex_fill_in_sequence(struct ex_thread *t)
{
	struct ex_object *xo = ex_get(t);
	const enum ex_result result = ex_fill_window(t, xo, ex_length(t), 1);

	ex_put(xo);
	return result;
}

static enum ex_result ex_fill_at_random(struct ex_thread *t)
{
	struct ex_object *xo = ex_get(t);
	const enum ex_result result = ex_fill_window(t, xo, ex_length(t), ex_odd(t));

	ex_put(xo);
	return result;
}

/* With nothing in the way yet the reservation becomes full. */
static enum ex_result ex_fill_new(struct ex_thread *t)
{
	struct ex_object *xo = ex_make_colored(ex_below(t, 2 * VM_LEVEL_0_NPAGES));
	enum ex_result result;

	if (!xo)
		return EX_NONE;
	result = ex_fill_window(t, xo, VM_LEVEL_0_NPAGES, ex_one_in(t, 2) ? 1 : ex_odd(t));
	ex_install_cacheable(t, xo);
	return result;
}

/* Runs, often as long as a window or nearly so. */

struct ex_run {
	vm_pindex_t pindex;
	u_long npages;
	vm_paddr_t low;
	vm_paddr_t high;
	u_long alignment;
	vm_paddr_t boundary;
};

static void ex_choose_run(struct ex_thread *t, struct ex_object *xo, struct ex_run *run)
{
	const u_long npages = ex_length(t);
	const vm_paddr_t low = VMK_BASE + ex_below(t, EX_NCHUNKS) * SZ_1M;

	run->pindex = ex_one_in(t, 2) ? ex_window(t, xo) : ex_pindex(t);
	run->npages = min(npages + ex_below(t, 3), EX_NINDEXES - run->pindex);
	run->low = ex_one_in(t, 4) ? low : 0;
	run->high = ex_one_in(t, 4) ? low + 8 * SZ_1M : ~(vm_paddr_t)0;
	run->alignment = PAGE_SIZE << (ex_one_in(t, 4) ? ex_below(t, 10) : 0);
	run->boundary = ex_one_in(t, 4) ? SZ_512K << ex_below(t, 5) : 0;
}

static bool ex_fill_run(struct ex_thread *t, struct ex_object *xo, const struct ex_run *run)
{
	const vm_page_t next = vm_page_find_least(xo->object, run->pindex);
	vm_page_t m;
	u_long i;

	if (next && next->pindex - run->pindex < run->npages)
		return false;
	m = vm_page_alloc_contig(xo->object, run->pindex, VM_ALLOC_NORMAL, run->npages, run->low,
				 run->high, run->alignment, run->boundary, VM_MEMATTR_DEFAULT);
	if (!m)
		return false;
	ex_check(t, VM_PAGE_TO_PHYS(m) >= run->low);
	ex_check(t, VM_PAGE_TO_PHYS(m) + ptoa(run->npages) <= run->high);
	ex_check(t, IS_ALIGNED(VM_PAGE_TO_PHYS(m), run->alignment));
	for (i = 0; i < run->npages; i++) {
		ex_check(t, VM_PAGE_TO_PHYS(&m[i]) == VM_PAGE_TO_PHYS(m) + ptoa(i));
		ex_check_resident(t, &m[i], xo, run->pindex + i, VM_ALLOC_NORMAL, false);
		ex_settle(t, &m[i], xo);
	}
	return true;
}

static enum ex_result ex_fill_in_runs(struct ex_thread *t)
{
	struct ex_object *xo = ex_get(t);
	enum ex_result result = EX_NONE;
	struct ex_run run;

	ex_choose_run(t, xo, &run);
	VM_OBJECT_WLOCK(xo->object);
	if (ex_fill_run(t, xo, &run))
		result = EX_DONE;
	VM_OBJECT_WUNLOCK(xo->object);
	ex_put(xo);
	return result;
}

/* Going */

static void ex_free_idle(struct ex_thread *t, vm_page_t m, struct ex_object *xo)
{
	ex_claim(t, m);
	ex_check_resident_stamp(t, m, xo);
	ex_disclaim(t, m);
	vm_page_free(m);
	if (ex_alone())
		ex_check(t, vm_reserv_level(m) < 0 || vm_reserv_is_page_free(m));
}

static enum ex_result ex_free_stretch(struct ex_thread *t)
{
	struct ex_object *xo = ex_get(t);
	const vm_pindex_t start = ex_one_in(t, 2) ? ex_window(t, xo) : ex_pindex(t);
	const vm_pindex_t end = min(start + ex_length(t), EX_NINDEXES);
	const unsigned int step = 1 + ex_below(t, 3);
	const bool ticks = ex_one_in(t, 3);
	enum ex_result result = EX_NONE;
	vm_pindex_t pindex;
	vm_page_t m;

	VM_OBJECT_WLOCK(xo->object);
	for (pindex = start; pindex < end; pindex += step) {
		m = vm_page_lookup(xo->object, pindex);
		if (!m || !ex_take_idle(m))
			continue;
		if (ticks)
			vmk_tick();
		ex_free_idle(t, m, xo);
		result = EX_DONE;
	}
	VM_OBJECT_WUNLOCK(xo->object);
	ex_put(xo);
	return result;
}

static enum ex_result ex_tick(struct ex_thread *t)
{
	vmk_tick();
	return EX_DONE;
}

/* To another object */

/*
 * Has the object the reservation that a page of its lies in, with nothing below an
 * index?  Not so when the page came there from elsewhere.
 */
static bool ex_reserv_above(struct ex_object *xo, vm_page_t m, vm_pindex_t pindex)
{
	const struct vm_reserv *rv = vm_reserv_from_page(m);

	return READ_ONCE(rv->object) == xo->object && READ_ONCE(rv->pindex) >= pindex;
}

/* Has the object the reservation around a page of its, and with that page in its place? */
static bool ex_in_place(struct ex_object *xo, vm_page_t m)
{
	const struct vm_reserv *rv = vm_reserv_from_page(m);

	return READ_ONCE(rv->object) == xo->object &&
	       READ_ONCE(rv->pindex) + (m - rv->pages) == m->pindex;
}

/* A page in its place stays so, unless the reservation is broken at this moment. */
static bool ex_split_page(struct ex_thread *t, vm_page_t m, struct ex_object *from,
			  struct ex_object *to, vm_pindex_t offset)
{
	const vm_pindex_t pindex = m->pindex - offset;
	const bool in_place = ex_in_place(from, m);
	struct ex_object *has;
	bool moved;

	if (!vm_page_tryxbusy(m))
		return false;
	ex_claim(t, m);
	ex_check_resident_stamp(t, m, from);
	vm_page_valid(m);
	moved = !vm_page_rename(m, to->object, pindex);
	if (moved && ex_reserv_above(from, m, offset))
		vm_reserv_rename(m, to->object, from->object, offset);
	has = moved ? to : from;
	ex_check(t, m->object == has->object && vm_page_lookup(has->object, m->pindex) == m);
	if (in_place)
		ex_check(t, !moved || ex_in_place(to, m) || vm_reserv_level(m) < 0);
	ex_stamp_resident(t, m, has);
	ex_disclaim(t, m);
	vm_page_xunbusy(m);
	return moved;
}

/* A window of the one is a window of the other. */
static enum ex_result ex_split(struct ex_thread *t)
{
	struct ex_object *from = ex_get(t), *to;
	const vm_pindex_t offset = ex_window(t, from);
	const vm_pindex_t end = offset + (ex_one_in(t, 4) ? EX_OBJECT_SIZE : VM_LEVEL_0_NPAGES);
	enum ex_result result = EX_NONE;
	vm_pindex_t pindex;
	vm_page_t m;

	to = from->unmanaged ? NULL : ex_make_colored(from->object->pg_color + offset);
	if (!to) {
		ex_put(from);
		return EX_SKIP;
	}
	vmpage_object_wlock_two(from->object, to->object);
	for (pindex = offset; pindex < min(end, EX_NINDEXES); pindex++) {
		m = vm_page_lookup(from->object, pindex);
		if (m && ex_split_page(t, m, from, to, offset))
			result = EX_DONE;
	}
	vmpage_object_wunlock_two(from->object, to->object);
	ex_put(from);
	ex_install_cacheable(t, to);
	return result;
}

/* Broken */

static enum ex_result ex_break_idle(struct ex_thread *t)
{
	return vm_reserv_reclaim_inactive(ex_domain(t)) ? EX_DONE : EX_NONE;
}

static enum ex_result ex_break_any(struct ex_thread *t)
{
	const int domain = ex_domain(t);
	const bool all = ex_one_in(t, 2);
	enum ex_result result = EX_NONE;

	while (vmpage_reserv_reclaim_any(domain)) {
		result = EX_DONE;
		if (!all)
			break;
	}
	return result;
}

static enum ex_result ex_break_all(struct ex_thread *t)
{
	struct ex_object *xo = ex_get(t);
	bool had;

	VM_OBJECT_WLOCK(xo->object);
	had = !list_empty_careful(&xo->object->rvq);
	vm_reserv_break_all(xo->object);
	ex_check(t, list_empty_careful(&xo->object->rvq));
	VM_OBJECT_WUNLOCK(xo->object);
	ex_put(xo);
	return had ? EX_DONE : EX_NONE;
}

/* Asked */

static void ex_check_had(struct ex_thread *t, vm_page_t m)
{
	ex_is_reserved(t, m);
	if (ex_alone() && !vm_reserv_level_iffullpop(m))
		ex_check(t, !vm_reserv_level(m));
}

static enum ex_result ex_ask_level(struct ex_thread *t)
{
	const enum ex_kind kind = ex_below(t, EX_NKINDS);
	struct ex_item *item = ex_pick(t, kind);
	const int domain = ex_domain(t);
	const vm_paddr_t pa = VMK_BASE + domain * SZ_4G +
			      ptoa(ex_below(t, EX_NCHUNKS * VM_LEVEL_0_NPAGES));
	const vm_page_t m = PHYS_TO_VM_PAGE(pa);

	if (item)
		ex_check_had(t, item->m);
	if (!m)
		return EX_NONE;
	if (vm_reserv_is_page_free(m) && ex_alone())
		ex_check(t, vm_page_busy_freed(m));
	return vm_reserv_level(m) < 0 ? EX_NONE : EX_DONE;
}

/* Others may free a page that is not this object's any more. */
static bool ex_check_superpage(struct ex_thread *t, vm_page_t m)
{
	const vm_page_t m_super = vm_reserv_to_superpage(m);

	if (!m_super)
		return false;
	ex_check(t, IS_ALIGNED(VM_PAGE_TO_PHYS(m_super), SZ_2M));
	ex_check(t, m >= m_super && m < m_super + VM_LEVEL_0_NPAGES);
	if (ex_alone())
		ex_check(t, m_super->psind == 1 && !vm_reserv_level_iffullpop(m));
	return true;
}

static bool ex_has_superpage(struct ex_thread *t, struct ex_object *xo)
{
	vm_pindex_t pindex = ex_pindex(t);
	bool found = false;
	vm_page_t m;

	VM_OBJECT_RLOCK(xo->object);
	while (!found && (m = vm_page_find_least(xo->object, pindex))) {
		found = ex_check_superpage(t, m);
		pindex = m->pindex + VM_LEVEL_0_NPAGES / 2;
	}
	VM_OBJECT_RUNLOCK(xo->object);
	return found;
}

static enum ex_result ex_ask_superpage(struct ex_thread *t)
{
	unsigned int tries;
	bool found = false;

	for (tries = 0; tries < EX_NSLOTS && !found; tries++) {
		struct ex_object *xo = ex_get(t);

		found = ex_has_superpage(t, xo);
		ex_put(xo);
	}
	return found ? EX_DONE : EX_NONE;
}

static enum ex_result ex_ask_population(struct ex_thread *t)
{
	struct vm_domain *vmd = VM_DOMAIN(ex_domain(t));
	const int free = atomic_read(&vmd->vmd_free_count) + atomic_read(&vmd->vmd_promised);
	unsigned long unused;
	const unsigned int partpop = vm_reserv_partpop(vmd->vmd_domain, &unused);

	ex_check(t, unused <= partpop * VM_LEVEL_0_NPAGES);
	ex_check(t, vm_reserv_fullpop() <= ex_ndomains() * EX_NCHUNKS);
	if (ex_alone())
		ex_check(t, unused >= partpop && (int)unused <= free);
	return partpop ? EX_DONE : EX_NONE;
}

static const struct ex_op ex_reserv_ops[] = {
	{ "fill, in sequence", 4, ex_fill_in_sequence },
	{ "fill, at random", 3, ex_fill_at_random },
	{ "fill, in runs", 4, ex_fill_in_runs },
	{ "fill, a new object", 3, ex_fill_new },
	{ "free, a stretch", 4, ex_free_stretch },
	{ "tick", 8, ex_tick },
	{ "split, reserv_rename", 2, ex_split },
	{ "reserv_reclaim_inactive", 2, ex_break_idle },
	{ "reserv_reclaim_any", 2, ex_break_any },
	{ "reserv_break_all", 1, ex_break_all },
	{ "reserv_level and the like", 8, ex_ask_level },
	{ "reserv_to_superpage", 8, ex_ask_superpage },
	{ "reserv_partpop, fullpop", 6, ex_ask_population },
};

const struct ex_group ex_reserv_group = { ex_reserv_ops, ARRAY_SIZE(ex_reserv_ops) };
