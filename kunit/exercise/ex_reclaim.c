// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Pages that are moved to make room for a run.
 *
 * Alone, all objects hold after it what they held before.  In company only an object
 * that no other thread knows does, though its pages may be moved by all.
 */
#include <linux/errno.h>
#include <linux/jhash.h>
#include <vm/vm_reserv.h>

#include "exercise.h"

/* Leaving the mappings */

#define EX_REFUSE	8		/* one page of as many has to stay */

static atomic_t ex_unmapped;

void ex_reclaim_init(void)
{
	atomic_set(&ex_unmapped, 0);
}

/* Nobody else has the page, nor can get it. */
static bool ex_unmap(vm_object_t object, vm_page_t m)
{
	struct ex_thread *t = ex_current();

	ex_check(t, VM_OBJECT_WOWNED(object));
	ex_check(t, m->object == object && vm_page_assert_xbusied(m));
	ex_check(t, !vm_page_wire_mapped(m));
	ex_check_unclaimed(t, m);
	return atomic_inc_return(&ex_unmapped) % EX_REFUSE;
}

const struct vmpage_object_ops ex_object_ops_unmap = { .unmap = ex_unmap };

/* Requests */

struct ex_reclaim {
	int domain;
	int req;
	u_long npages;
	vm_paddr_t low;
	vm_paddr_t high;
	u_long alignment;
	vm_paddr_t boundary;
};

static void ex_choose_reclaim(struct ex_thread *t, struct ex_reclaim *r)
{
	const vm_paddr_t low = VMK_BASE + ex_below(t, ex_ndomains()) * SZ_4G +
			       ex_below(t, 2 * EX_NCHUNKS) * SZ_1M;

	r->domain = ex_domain(t);
	r->req = ex_req(t, 0) & VM_ALLOC_CLASS_MASK;
	r->npages = 1 + ex_below(t, ex_one_in(t, 4) ? VM_LEVEL_0_NPAGES : 40);
	r->low = ex_one_in(t, 2) ? low : 0;
	r->high = ex_one_in(t, 2) ? low + SZ_1M + ex_below(t, 8) * SZ_1M : ~(vm_paddr_t)0;
	r->alignment = PAGE_SIZE << (ex_one_in(t, 2) ? ex_below(t, 10) : 0);
	r->boundary = ex_one_in(t, 4) ? SZ_1M << ex_below(t, 3) : 0;
}

#define EX_AROUND	16		/* pages around one that has to move */

/* The same where a page lies: there it is in the way. */
static void ex_choose_around(struct ex_thread *t, vm_page_t m, struct ex_reclaim *r)
{
	ex_choose_reclaim(t, r);
	r->domain = vm_page_domain(m);
	r->npages = 1 + ex_below(t, EX_AROUND);
	r->low = rounddown(VM_PAGE_TO_PHYS(m), ptoa(EX_AROUND));
	r->high = r->low + ptoa(EX_AROUND);
}

static void ex_choose_some_page(struct ex_thread *t, struct ex_reclaim *r)
{
	const vm_pindex_t pindex = ex_pindex(t);
	struct ex_object *xo = ex_get(t);
	vm_page_t m;

	VM_OBJECT_RLOCK(xo->object);
	m = vm_page_find_least(xo->object, pindex);
	VM_OBJECT_RUNLOCK(xo->object);
	ex_put(xo);
	if (m)
		ex_choose_around(t, m, r);
	else
		ex_choose_reclaim(t, r);
}

static int ex_reclaim_any(struct ex_thread *t, const struct ex_reclaim *r)
{
	return vm_page_reclaim_contig(r->req, r->npages, r->low, r->high, r->alignment,
				      r->boundary);
}

static int ex_reclaim_domain(struct ex_thread *t, const struct ex_reclaim *r)
{
	if (ex_one_in(t, 3))
		return vm_page_reclaim_contig_domain(r->domain, r->req, r->npages, r->low, r->high,
						     r->alignment, r->boundary);
	return vm_page_reclaim_contig_domain_ext(r->domain, r->req, r->npages, r->low, r->high,
						 r->alignment, r->boundary, 1 + ex_below(t, 3));
}

/* What objects hold */

/* A page that somebody holds stays where it is; one without content may go. */
static u32 ex_sum_page(vm_page_t m, u32 sum)
{
	const bool held = vm_page_wired(m) || vm_page_busied(m);
	const u64 *kva = ex_page_kva(m);
	const u32 words[] = {
		m->pindex, m->valid, m->dirty, m->oflags, m->flags & PG_NODUMP,
		m->a.flags & (PGA_REFERENCED | PGA_NOSYNC), kva[0], kva[0] >> 32, kva[1],
		kva[1] >> 32, held ? atop(m->phys_addr) : 0,
	};

	if (!held && vm_page_none_valid(m))
		return sum;
	return jhash2(words, ARRAY_SIZE(words), sum);
}

static u32 ex_sum_object(struct ex_object *xo, u32 sum)
{
	unsigned long pindex;
	vm_page_t m;

	VM_OBJECT_RLOCK(xo->object);
	VM_RADIX_FOREACH(m, pindex, &xo->object->rtree)
		sum = ex_sum_page(m, sum);
	VM_OBJECT_RUNLOCK(xo->object);
	return sum;
}

static u32 ex_sum_objects(void)
{
	unsigned int i;
	u32 sum = 0;

	for (i = 0; i < EX_NSLOTS; i++) {
		struct ex_object *xo = ex_get_slot(i);

		sum = ex_sum_object(xo, sum);
		ex_put(xo);
	}
	return sum;
}

/* Who looks for a run leaves reservations alone that are not queued. */
static void ex_check_reclaimed(struct ex_thread *t, const struct ex_reclaim *r)
{
	vm_page_t m;
	u_long i;

	while (vmpage_reserv_reclaim_any(r->domain))
		;
	m = vm_page_alloc_noobj_contig_domain(r->domain, r->req, r->npages, r->low, r->high,
					      r->alignment, r->boundary, VM_MEMATTR_DEFAULT);
	ex_check(t, m);
	for (i = 0; m && i < r->npages; i++) {
		ex_check_noobj(t, &m[i], r->req);
		vm_page_free(&m[i]);
	}
}

static int ex_reclaim_checked(struct ex_thread *t, const struct ex_reclaim *r,
			      int (*reclaim)(struct ex_thread *t, const struct ex_reclaim *r))
{
	const u32 sum = ex_alone() ? ex_sum_objects() : 0;
	const int ret = reclaim(t, r);

	ex_check(t, !ret || ret == ENOMEM || ret == ERANGE);
	if (ex_alone())
		ex_check(t, ex_sum_objects() == sum);
	return ret;
}

static enum ex_result ex_reclaim_contig(struct ex_thread *t)
{
	struct ex_reclaim r;

	ex_choose_reclaim(t, &r);
	return ex_reclaim_checked(t, &r, ex_reclaim_any) ? EX_NONE : EX_DONE;
}

static enum ex_result ex_reclaim_contig_domain(struct ex_thread *t)
{
	struct ex_reclaim r;

	if (ex_one_in(t, 2))
		ex_choose_reclaim(t, &r);
	else
		ex_choose_some_page(t, &r);
	if (ex_reclaim_checked(t, &r, ex_reclaim_domain))
		return EX_NONE;
	/* Above a limit the run may lie in the middle of a free block, and is not found. */
	if (ex_alone() && !r.low)
		ex_check_reclaimed(t, &r);
	return EX_DONE;
}

/* An object of one's own */

/* Pages here and there, all of them with content. */
static vm_page_t ex_fill_own(struct ex_thread *t, struct ex_object *xo)
{
	unsigned int n = 1 + ex_below(t, 48);
	vm_page_t m, m_last = NULL;
	vm_pindex_t pindex;

	VM_OBJECT_WLOCK(xo->object);
	while (n--) {
		pindex = ex_pindex(t);
		if (vm_page_lookup(xo->object, pindex))
			continue;
		m = vm_page_alloc(xo->object, pindex, VM_ALLOC_NORMAL);
		if (!m)
			break;
		ex_claim(t, m);
		ex_check_resident(t, m, xo, pindex, VM_ALLOC_NORMAL, true);
		ex_stamp_resident(t, m, xo);
		if (ex_one_in(t, 2)) {
			vm_page_valid(m);
			vm_page_dirty(m);
		}
		ex_disclaim(t, m);
		vm_page_deactivate(m);
		vm_page_xunbusy(m);
		m_last = m;
	}
	VM_OBJECT_WUNLOCK(xo->object);
	return m_last;
}

/* Others may have moved the page meanwhile. */
static bool ex_has_left(struct ex_object *xo, vm_page_t m)
{
	bool left;

	VM_OBJECT_RLOCK(xo->object);
	left = m->object != xo->object;
	VM_OBJECT_RUNLOCK(xo->object);
	return left;
}

static enum ex_result ex_reclaim_contig_own(struct ex_thread *t)
{
	struct ex_object *xo = ex_make_colored(ex_below(t, 2 * VM_LEVEL_0_NPAGES));
	enum ex_result result = EX_NONE;
	struct ex_reclaim r;
	vm_page_t m;
	u32 sum;

	if (!xo)
		return EX_NONE;
	m = ex_fill_own(t, xo);
	if (m) {
		sum = ex_sum_object(xo, 0);
		ex_choose_around(t, m, &r);
		ex_reclaim_domain(t, &r);
		ex_check(t, ex_sum_object(xo, 0) == sum);
		if (ex_has_left(xo, m))
			result = EX_DONE;
	}
	ex_install_cacheable(t, xo);
	return result;
}

static const struct ex_op ex_reclaim_ops[] = {
	{ "reclaim_contig", 2, ex_reclaim_contig },
	{ "reclaim_contig_domain, _ext", 4, ex_reclaim_contig_domain },
	{ "reclaim_contig, own object", 4, ex_reclaim_contig_own },
};

const struct ex_group ex_reclaim_group = { ex_reclaim_ops, ARRAY_SIZE(ex_reclaim_ops) };
