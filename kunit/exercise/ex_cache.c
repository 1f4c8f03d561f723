// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The page cache.
 *
 * Whoever caches a page has it busied first, and notes what is valid of it and a sum
 * of that.  Nobody can have changed it in between unless he touched it, which is
 * counted.  So a page that comes back is known to be the one, and whole.
 */
#include <linux/jhash.h>
#include <vm/vm_page_cache.h>

#include "exercise.h"

/* What is known */

static u32 ex_sum(vm_page_t m, vm_page_bits_t valid)
{
	const u8 *kva = ex_page_kva(m);
	unsigned int block;
	u32 sum = 0;

	for (block = 0; kva && block < PAGE_SIZE / DEV_BSIZE; block++) {
		if (valid & BIT(block))
			sum = jhash(kva + block * DEV_BSIZE, DEV_BSIZE, sum);
	}
	return sum;
}

void ex_forget_kept(struct ex_object *xo, vm_pindex_t pindex)
{
	WRITE_ONCE(xo->kept[pindex].m, NULL);
}

void ex_check_superseded(struct ex_thread *t, struct ex_object *xo, vm_pindex_t pindex)
{
	ex_check(t, !vm_page_is_cached(xo->object, pindex));
	if (xo->kept[pindex].m)
		t->superseded++;
	ex_forget_kept(xo, pindex);
}

void ex_check_kept(struct ex_thread *t, vm_page_t m, const struct ex_kept *kept)
{
	if (!kept->m)
		return;
	ex_check(t, m == kept->m);
	if (!kept->exact)
		return;
	ex_check(t, (m->valid & kept->valid) == kept->valid);
	ex_check(t, ex_sum(m, kept->valid) == kept->sum);
}

/* A page without content is a new one, even if it is the same. */
void ex_check_reactivated(struct ex_thread *t, vm_page_t m, struct ex_object *xo,
			  vm_pindex_t pindex, int req)
{
	struct ex_kept kept = xo->kept[pindex];

	ex_check(t, !vm_page_is_cached(xo->object, pindex));
	ex_forget_kept(xo, pindex);
	/* Others may have such a page busied already. */
	if (!ex_alone() && (req & (VM_ALLOC_NOBUSY | VM_ALLOC_SBUSY)))
		return;
	if (!m->valid)
		return;
	ex_check(t, kept.m);
	ex_check_kept(t, m, &kept);
	if (kept.exact)
		ex_check(t, m->valid == kept.valid);
	t->reactivated++;
}

/* Does the object have a page cached there that is the one that was noted? */
static bool ex_has_cached(struct ex_object *xo, vm_pindex_t pindex)
{
	return xo->kept[pindex].m && vm_page_is_cached(xo->object, pindex);
}

struct ex_kept ex_certain(struct ex_thread *t, struct ex_object *xo, vm_pindex_t pindex)
{
	const bool locked = VM_OBJECT_WOWNED(xo->object);
	struct ex_kept kept = {};

	if (!ex_alone())
		return kept;
	if (!locked)
		VM_OBJECT_RLOCK(xo->object);
	/* For want of a node it would be freed, and another one tried. */
	if (ex_has_cached(xo, pindex) && ex_one_in(t, 2)) {
		vmk_fail_node(0);
		kept = xo->kept[pindex];
	}
	if (!locked)
		VM_OBJECT_RUNLOCK(xo->object);
	return kept;
}

/* Coming */

static void ex_try_to_cache(vm_page_t m)
{
	vm_page_try_to_cache(m);
}

/*
 * Cache a page that the thread has busied, though not claimed any more, and whose
 * object is locked.  Somebody else may busy it again first.
 */
static bool ex_cache_page(struct ex_thread *t, vm_page_t m, struct ex_object *xo,
			  void (*cache)(vm_page_t m))
{
	const bool can = m->valid && xo->object->type != OBJT_SWAP;
	const struct ex_kept kept = { m, m->valid, true, ex_sum(m, m->valid) };
	const vm_pindex_t pindex = m->pindex;
	const u32 touches = ex_touches(m);
	bool cached;

	vm_page_xunbusy(m);
	cache(m);
	if (vm_page_lookup(xo->object, pindex)) {
		ex_check(t, !vm_page_is_cached(xo->object, pindex));
		return false;
	}
	cached = vm_page_is_cached(xo->object, pindex);
	xo->kept[pindex] = kept;
	xo->kept[pindex].exact = ex_touches(m) == touches;
	if (!cached)
		ex_forget_kept(xo, pindex);
	ex_check(t, can || !cached || !xo->kept[pindex].exact);
	return cached;
}

/* In company somebody may find the page at once, and wire it or write to it. */
static enum ex_result ex_cache(struct ex_thread *t)
{
	struct ex_item *item = ex_pick(t, EX_XBUSY);
	enum ex_result result = EX_NONE;
	struct ex_object *xo;
	vm_page_t m;

	if (!item || item->xo->unmanaged)
		return EX_SKIP;
	xo = item->xo;
	m = item->m;
	VM_OBJECT_WLOCK(xo->object);
	if (!ex_unwire_for_free(t, item)) {
		VM_OBJECT_WUNLOCK(xo->object);
		return EX_NONE;
	}
	ex_let_go(t, item);
	vm_page_undirty(m);
	if (ex_cache_page(t, m, xo, ex_alone() ? vm_page_cache : ex_try_to_cache))
		result = EX_DONE;
	VM_OBJECT_WUNLOCK(xo->object);
	ex_put(xo);
	return result;
}

static bool ex_is_wired_by(struct ex_thread *t, vm_page_t m)
{
	const struct ex_hand *hand = &t->hand[EX_WIRED];
	unsigned int i;

	for (i = 0; i < hand->n; i++) {
		if (hand->items[i].m == m)
			return true;
	}
	return false;
}

/* What must not be cached, whatever others do to it meanwhile. */
static bool ex_must_not_cache(struct ex_thread *t, vm_page_t m, struct ex_object *xo)
{
	if (xo->unmanaged || ex_find(t, EX_XBUSY, xo, m->pindex) ||
	    ex_find(t, EX_SBUSY, xo, m->pindex) || ex_is_wired_by(t, m))
		return true;
	return ex_alone() && (m->dirty || vm_page_wired(m) || vm_page_busied(m));
}

static enum ex_result ex_try_in_vain(struct ex_thread *t, vm_page_t m, struct ex_object *xo)
{
	const vm_pindex_t pindex = m->pindex;

	ex_check(t, !vm_page_try_to_cache(m));
	ex_check(t, vm_page_lookup(xo->object, pindex) == m);
	ex_check(t, !vm_page_is_cached(xo->object, pindex));
	return EX_DONE;
}

/* A page of others, as far as they let go of it in time. */
static enum ex_result ex_try_theirs(struct ex_thread *t, vm_page_t m, struct ex_object *xo)
{
	const vm_pindex_t pindex = m->pindex;

	if (!vm_page_try_to_cache(m)) {
		ex_check(t, vm_page_lookup(xo->object, pindex) == m);
		return EX_NONE;
	}
	ex_check(t, !vm_page_lookup(xo->object, pindex));
	xo->kept[pindex].exact = false;
	xo->kept[pindex].m = m;
	return EX_DONE;
}

static enum ex_result ex_try_any(struct ex_thread *t, vm_page_t m, struct ex_object *xo)
{
	bool clean;

	if (!vm_page_tryxbusy(m))
		return ex_try_theirs(t, m, xo);
	ex_claim(t, m);
	ex_check_resident_stamp(t, m, xo);
	if (!m->valid && !ex_one_in(t, 4))
		ex_stamp_resident(t, m, xo);
	if (ex_one_in(t, 2))
		vm_page_undirty(m);
	clean = !m->dirty && !vm_page_wired(m);
	ex_disclaim(t, m);
	if (ex_cache_page(t, m, xo, ex_try_to_cache))
		return EX_DONE;
	if (ex_alone())
		ex_check(t, clean == !vm_page_lookup(xo->object, m->pindex));
	return EX_NONE;
}

static enum ex_result ex_try(struct ex_thread *t, bool in_vain)
{
	const vm_pindex_t pindex = ex_pindex(t);
	enum ex_result result = EX_NONE;
	struct ex_object *xo = ex_get(t);
	vm_page_t m;

	VM_OBJECT_WLOCK(xo->object);
	m = vm_page_lookup(xo->object, pindex);
	if (m && ex_must_not_cache(t, m, xo) == in_vain)
		result = in_vain ? ex_try_in_vain(t, m, xo) : ex_try_any(t, m, xo);
	VM_OBJECT_WUNLOCK(xo->object);
	ex_put(xo);
	return result;
}

static enum ex_result ex_try_one(struct ex_thread *t)
{
	return ex_try(t, false);
}

static enum ex_result ex_try_refused(struct ex_thread *t)
{
	return ex_try(t, true);
}

/* Of an object that nobody else knows yet; what is cached there may come back. */
static bool ex_cache_new_page(struct ex_thread *t, struct ex_object *xo, vm_pindex_t pindex)
{
	const vm_page_t m = vm_page_alloc(xo->object, pindex, VM_ALLOC_NORMAL);

	if (!m)
		return false;
	ex_claim(t, m);
	ex_check_resident(t, m, xo, pindex, VM_ALLOC_NORMAL, true);
	ex_check_resident_stamp(t, m, xo);
	ex_stamp_resident(t, m, xo);
	if (ex_one_in(t, 2))
		vm_page_zero_invalid(m, true);
	ex_disclaim(t, m);
	return ex_cache_page(t, m, xo, vm_page_cache);
}

static struct ex_object *ex_make_cached(struct ex_thread *t, unsigned int *count)
{
	struct ex_object *xo = ex_make_cacheable(EX_OBJECT_SIZE);
	unsigned int n = 1 + ex_below(t, ex_one_in(t, 4) ? 256 : 32);

	*count = 0;
	if (!xo)
		return NULL;
	VM_OBJECT_WLOCK(xo->object);
	while (n--) {
		const vm_pindex_t pindex = ex_pindex(t);

		if (!vm_page_lookup(xo->object, pindex))
			*count += ex_cache_new_page(t, xo, pindex);
	}
	VM_OBJECT_WUNLOCK(xo->object);
	return xo;
}

static enum ex_result ex_cache_new_object(struct ex_thread *t)
{
	unsigned int count;
	struct ex_object *xo = ex_make_cached(t, &count);

	if (!xo)
		return EX_NONE;
	ex_install_cacheable(t, xo);
	return count ? EX_DONE : EX_NONE;
}

/* While pages of it are being taken elsewhere. */
static enum ex_result ex_end_cached(struct ex_thread *t)
{
	unsigned int count;
	struct ex_object *xo = ex_make_cached(t, &count);

	if (!xo)
		return EX_NONE;
	ex_put(xo);
	return count ? EX_DONE : EX_NONE;
}

/* Staying */

/* One that is cached is known, and is not resident. */
static bool ex_check_cached(struct ex_thread *t, struct ex_object *xo, vm_pindex_t pindex)
{
	if (!vm_page_is_cached(xo->object, pindex))
		return false;
	ex_check(t, xo->kept[pindex].m);
	ex_check(t, !vm_page_lookup(xo->object, pindex));
	return true;
}

static enum ex_result ex_is_cached(struct ex_thread *t)
{
	vm_pindex_t pindex = ex_pindex(t);
	const vm_pindex_t end = min_t(vm_pindex_t, pindex + 16, EX_NINDEXES);
	struct ex_object *xo = ex_get(t);
	enum ex_result result = EX_NONE;

	VM_OBJECT_RLOCK(xo->object);
	for (; pindex < end; pindex++) {
		if (ex_check_cached(t, xo, pindex))
			result = EX_DONE;
	}
	VM_OBJECT_RUNLOCK(xo->object);
	ex_put(xo);
	return result;
}

/* Which indexes of an object that is locked have a cached page. */
static unsigned int ex_cached_map(struct ex_object *xo, unsigned long *map)
{
	unsigned int pindex;

	bitmap_zero(map, EX_NINDEXES);
	for (pindex = 0; pindex < EX_NINDEXES; pindex++) {
		if (vm_page_is_cached(xo->object, pindex))
			__set_bit(pindex, map);
	}
	return bitmap_weight(map, EX_NINDEXES);
}

/* In company what is cached may have been taken. */
static void ex_check_remains(struct ex_thread *t, bool was, bool is)
{
	ex_check(t, was || !is);
	if (ex_alone())
		ex_check(t, is == was);
}

/*
 * Index @from of @orig was cached, and its page moved to @to of @new.  Returns
 * whether it is cached there.
 */
static bool ex_follow(struct ex_thread *t, struct ex_object *orig, vm_pindex_t from,
		      struct ex_object *new, vm_pindex_t to)
{
	ex_check(t, !vm_page_is_cached(orig->object, from));
	if (vm_page_is_cached(new->object, to)) {
		ex_check(t, !vm_page_lookup(new->object, to));
		new->kept[to] = orig->kept[from];
		WRITE_ONCE(new->alias[to], ex_stamp_at(orig, from));
	}
	ex_forget_kept(orig, from);
	return vm_page_is_cached(new->object, to);
}

/* Alone, one page can be lost for want of a node. */
static enum ex_result ex_transfer_locked(struct ex_thread *t, struct ex_object *orig,
					 struct ex_object *new, vm_pindex_t offset)
{
	DECLARE_BITMAP(map, EX_NINDEXES);
	unsigned int pindex, moved = 0, lost = 0;

	if (ex_cached_map(new, map) || !ex_cached_map(orig, map))
		return EX_NONE;
	vm_page_cache_transfer(orig->object, offset, new->object);
	for (pindex = 0; pindex < EX_NINDEXES; pindex++) {
		const vm_pindex_t to = pindex - offset;
		const bool goes = pindex >= offset && to < new->object->size;

		if (!goes)
			ex_check_remains(t, test_bit(pindex, map),
					 vm_page_is_cached(orig->object, pindex));
		else if (test_bit(pindex, map) && ex_follow(t, orig, pindex, new, to))
			moved++;
		else if (test_bit(pindex, map) && !vm_page_lookup(new->object, to))
			lost++;
	}
	ex_check(t, !ex_alone() || lost <= 1);
	return moved ? EX_DONE : EX_NONE;
}

static struct ex_object *ex_make_smaller(struct ex_thread *t)
{
	return ex_make_cacheable(1 + ex_below(t, EX_OBJECT_SIZE));
}

/* A resident page is in the way of a cached one. */
static void ex_occupy(struct ex_thread *t, struct ex_object *xo, vm_pindex_t pindex)
{
	vm_page_t m;

	if (vm_page_lookup(xo->object, pindex))
		return;
	m = vm_page_alloc(xo->object, pindex, VM_ALLOC_NORMAL | VM_ALLOC_NOBUSY);
	if (m)
		ex_check_resident(t, m, xo, pindex, VM_ALLOC_NOBUSY, true);
}

/* Another thread may go the other way, so the second lock is only tried. */
static enum ex_result ex_transfer(struct ex_thread *t)
{
	const vm_pindex_t pindex = ex_pindex(t);
	const vm_pindex_t offset = pindex - ex_below(t, pindex + 1) / (ex_one_in(t, 2) ? 1 : 16);
	const bool fresh = ex_one_in(t, 2);
	struct ex_object *orig = ex_get(t);
	struct ex_object *new = fresh ? ex_make_smaller(t) : ex_get_any(t);
	enum ex_result result = EX_NONE;

	if (new && new != orig) {
		VM_OBJECT_WLOCK(orig->object);
		if (VM_OBJECT_TRYWLOCK(new->object)) {
			if (ex_one_in(t, 3))
				ex_occupy(t, new, pindex - offset);
			result = ex_transfer_locked(t, orig, new, offset);
			VM_OBJECT_WUNLOCK(new->object);
		}
		VM_OBJECT_WUNLOCK(orig->object);
	}
	ex_put(orig);
	if (new && fresh)
		ex_install_cacheable(t, new);
	else if (new)
		ex_put(new);
	return result;
}

/* Going */

static enum ex_result ex_cache_free(struct ex_thread *t)
{
	const vm_pindex_t start = ex_pindex(t);
	const vm_pindex_t end = ex_one_in(t, 4) ? 0 : start + ex_below(t, 32);
	struct ex_object *xo = ex_get(t);
	DECLARE_BITMAP(map, EX_NINDEXES);
	enum ex_result result = EX_NONE;
	unsigned int pindex;

	VM_OBJECT_WLOCK(xo->object);
	ex_cached_map(xo, map);
	vm_page_cache_free(xo->object, start, end);
	for (pindex = 0; pindex < EX_NINDEXES; pindex++) {
		const bool cached = vm_page_is_cached(xo->object, pindex);

		if (pindex < start || (end && pindex >= end)) {
			ex_check_remains(t, test_bit(pindex, map), cached);
			continue;
		}
		ex_check(t, !cached);
		if (test_bit(pindex, map)) {
			ex_forget_kept(xo, pindex);
			result = EX_DONE;
		}
	}
	VM_OBJECT_WUNLOCK(xo->object);
	ex_put(xo);
	return result;
}

static enum ex_result ex_reclaim(struct ex_thread *t)
{
	struct vm_domain *vmd = VM_DOMAIN(ex_domain(t));
	const unsigned int npages = 1 + ex_below(t, 16);
	const unsigned int count = READ_ONCE(vmd->vmd_cache_count);
	const int free = atomic_read(&vmd->vmd_free_count);
	const unsigned int n = vm_page_cache_reclaim(vmd, npages);

	ex_check(t, n <= npages);
	if (ex_alone()) {
		ex_check(t, n == min(npages, count));
		ex_check(t, atomic_read(&vmd->vmd_free_count) == free + (int)n);
	}
	return n ? EX_DONE : EX_NONE;
}

static void ex_irq_reclaim(struct ex_irq *irq)
{
	irq->moved += vm_page_cache_reclaim(VM_DOMAIN(irq->domain), irq->npages);
}

static enum ex_result ex_reclaim_in_hardirq(struct ex_thread *t)
{
	return ex_interrupt(t, ex_irq_reclaim);
}

/* Coming back */

#define EX_IFCACHED_FLAGS	(VM_ALLOC_WAITFAIL | VM_ALLOC_NOWAIT | VM_ALLOC_NOBUSY |	\
				 VM_ALLOC_SBUSY | VM_ALLOC_WIRED | VM_ALLOC_NODUMP |		\
				 VM_ALLOC_ZERO)

static bool ex_ifcached_locked(struct ex_thread *t, struct ex_object *xo, vm_pindex_t pindex,
			       int req)
{
	const bool has = vm_page_is_cached(xo->object, pindex);
	const struct ex_kept kept = xo->kept[pindex];
	const vm_page_t m = vmpage_alloc_ifcached(xo->object, pindex, req);

	ex_check(t, VM_OBJECT_WOWNED(xo->object));
	if (!m)
		return false;
	ex_check(t, has && m == kept.m);
	if (ex_alone() || !(req & VM_ALLOC_NOBUSY))
		ex_check(t, m->valid);
	if (ex_alone() || !(req & (VM_ALLOC_NOBUSY | VM_ALLOC_SBUSY)))
		ex_check_kept(t, m, &kept);
	ex_check_resident(t, m, xo, pindex, req, true);
	ex_check(t, vm_page_lookup(xo->object, pindex) == m);
	ex_hold_resident(t, m, xo, req);
	return true;
}

static enum ex_result ex_ifcached(struct ex_thread *t)
{
	const vm_pindex_t pindex = ex_pindex(t);
	const int req = ex_req(t, EX_IFCACHED_FLAGS);
	enum ex_result result = EX_NONE;
	struct ex_object *xo;

	if (!ex_room(t, EX_XBUSY, 1) || !ex_room(t, EX_SBUSY, 1) || !ex_room(t, EX_WIRED, 1))
		return EX_SKIP;
	xo = ex_get(t);
	VM_OBJECT_WLOCK(xo->object);
	if (!vm_page_lookup(xo->object, pindex) && ex_ifcached_locked(t, xo, pindex, req))
		result = EX_DONE;
	VM_OBJECT_WUNLOCK(xo->object);
	ex_put(xo);
	return result;
}

/* Chance finds few cached pages: look for one, and let it choose that. */

static bool ex_find_cached(struct ex_object *xo, vm_pindex_t *pindex)
{
	const vm_pindex_t start = *pindex;
	vm_pindex_t i;

	VM_OBJECT_RLOCK(xo->object);
	for (i = start; i < EX_OBJECT_SIZE && !ex_has_cached(xo, i); i++)
		;
	VM_OBJECT_RUNLOCK(xo->object);
	*pindex = i;
	return i < EX_OBJECT_SIZE;
}

static bool ex_aim(struct ex_thread *t)
{
	unsigned int tries;

	for (tries = 0; tries < EX_NSLOTS; tries++) {
		vm_pindex_t pindex = ex_one_in(t, 2) ? ex_pindex(t) : 0;
		struct ex_object *xo = ex_get(t);

		if (ex_find_cached(xo, &pindex)) {
			t->aim = xo;
			t->aim_pindex = pindex;
			return true;
		}
		ex_put(xo);
	}
	return false;
}

/* Done is what made @count, if there is one, grow. */
static enum ex_result ex_aimed(struct ex_thread *t, enum ex_result (*func)(struct ex_thread *t),
			       const unsigned long *count)
{
	const unsigned long before = count ? *count : 0;
	enum ex_result result;
	struct ex_object *xo;

	if (!ex_aim(t))
		return EX_SKIP;
	result = func(t);
	xo = t->aim;
	t->aim = NULL;
	ex_put(xo);
	return result == EX_DONE && count && *count == before ? EX_NONE : result;
}

static enum ex_result ex_reactivate(struct ex_thread *t)
{
	return ex_aimed(t, ex_alloc, &t->reactivated);
}

static enum ex_result ex_is_cached_aimed(struct ex_thread *t)
{
	return ex_one_in(t, 2) ? ex_is_cached(t) : ex_aimed(t, ex_is_cached, NULL);
}

static enum ex_result ex_ifcached_aimed(struct ex_thread *t)
{
	return ex_aimed(t, ex_ifcached, NULL);
}

static enum ex_result ex_grab_aimed(struct ex_thread *t)
{
	static enum ex_result (* const grabs[])(struct ex_thread *t) = {
		ex_grab, ex_grab_pages, ex_grab_valid,
	};

	return ex_aimed(t, grabs[ex_below(t, ARRAY_SIZE(grabs))], NULL);
}

static enum ex_result ex_transfer_aimed(struct ex_thread *t)
{
	return ex_aimed(t, ex_transfer, NULL);
}

static enum ex_result ex_cache_free_aimed(struct ex_thread *t)
{
	return ex_aimed(t, ex_cache_free, NULL);
}

static enum ex_result ex_insert_over(struct ex_thread *t)
{
	return ex_aimed(t, ex_insert, &t->superseded);
}

static enum ex_result ex_rename_over(struct ex_thread *t)
{
	return ex_aimed(t, ex_rename, &t->superseded);
}

static enum ex_result ex_contig_over(struct ex_thread *t)
{
	return ex_aimed(t, ex_contig, &t->superseded);
}

static enum ex_result ex_promised_over(struct ex_thread *t)
{
	return ex_aimed(t, ex_alloc_promised, &t->superseded);
}

static const struct ex_op ex_cache_ops[] = {
	{ "cache", 12, ex_cache },
	{ "try_to_cache", 12, ex_try_one },
	{ "try_to_cache refused", 6, ex_try_refused },
	{ "cache of a new object", 2, ex_cache_new_object },
	{ "object ended, cached pages", 1, ex_end_cached },
	{ "is_cached", 6, ex_is_cached_aimed },
	{ "cache_transfer", 4, ex_transfer_aimed },
	{ "cache_free", 2, ex_cache_free_aimed },
	{ "cache_reclaim", 2, ex_reclaim },
	{ "cache_reclaim in hardirq", 1, ex_reclaim_in_hardirq },
	{ "alloc reactivates", 8, ex_reactivate },
	{ "alloc_ifcached", 8, ex_ifcached_aimed },
	{ "grab over cached", 6, ex_grab_aimed },
	{ "insert over cached", 4, ex_insert_over },
	{ "rename over cached", 4, ex_rename_over },
	{ "alloc_contig over cached", 3, ex_contig_over },
	{ "alloc_promised over cached", 3, ex_promised_over },
};

const struct ex_group ex_cache_group = { ex_cache_ops, ARRAY_SIZE(ex_cache_ops) };
