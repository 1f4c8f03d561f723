// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Pages in no object: allocated in every way, held, and freed in every way.
 */
#include <vm/vm_reserv.h>

#include "exercise.h"

#define EX_NOOBJ_FLAGS	(VM_ALLOC_WAITOK | VM_ALLOC_WAITFAIL | VM_ALLOC_NOWAIT |		\
			 VM_ALLOC_NOBUSY | VM_ALLOC_WIRED | VM_ALLOC_NODUMP | VM_ALLOC_ZERO |	\
			 VM_ALLOC_COUNT_MASK)
#define EX_CONTIG_FLAGS	(EX_NOOBJ_FLAGS | VM_ALLOC_NORECLAIM)

#define EX_IRQ_RUN	4		/* pages, the longest run in hard interrupt */
#define EX_NWAITOK	2		/* pages; a run that can be had whatever the hands hold */

static enum ex_result ex_got_noobj(struct ex_thread *t, vm_page_t m, int req, u_long npages)
{
	u_long i;

	if (!m) {
		ex_check(t, !(req & VM_ALLOC_WAITOK));
		return EX_NONE;
	}
	for (i = 0; i < npages; i++) {
		ex_check_noobj(t, &m[i], req);
		ex_check(t, VM_PAGE_TO_PHYS(&m[i]) == VM_PAGE_TO_PHYS(m) + ptoa(i));
		ex_hold_noobj(t, &m[i], !!(req & VM_ALLOC_WIRED));
	}
	return EX_DONE;
}

static enum ex_result ex_noobj(struct ex_thread *t)
{
	const int req = ex_req(t, EX_NOOBJ_FLAGS);

	if (!ex_room(t, EX_NOOBJ, 1))
		return EX_SKIP;
	return ex_got_noobj(t, vm_page_alloc_noobj(req), req, 1);
}

static enum ex_result ex_got_from(struct ex_thread *t, vm_page_t m, int req, u_long npages,
				  int domain)
{
	if (m)
		ex_check(t, vm_page_domain(m) == domain);
	return ex_got_noobj(t, m, req, npages);
}

static enum ex_result ex_noobj_domain(struct ex_thread *t)
{
	const int req = ex_req(t, EX_NOOBJ_FLAGS);
	const int domain = ex_domain(t);

	if (!ex_room(t, EX_NOOBJ, 1))
		return EX_SKIP;
	return ex_got_from(t, vm_page_alloc_noobj_domain(domain, req), req, 1, domain);
}

static enum ex_result ex_freelist(struct ex_thread *t)
{
	const int req = ex_req(t, EX_NOOBJ_FLAGS);

	if (!ex_room(t, EX_NOOBJ, 1))
		return EX_SKIP;
	return ex_got_noobj(t, vm_page_alloc_freelist(ex_below(t, VM_NFREELIST), req), req, 1);
}

static enum ex_result ex_freelist_domain(struct ex_thread *t)
{
	const int req = ex_req(t, EX_NOOBJ_FLAGS);
	const int domain = ex_domain(t);
	const int freelist = ex_below(t, VM_NFREELIST);

	if (!ex_room(t, EX_NOOBJ, 1))
		return EX_SKIP;
	return ex_got_from(t, vm_page_alloc_freelist_domain(domain, freelist, req), req, 1,
			   domain);
}

/* Alone, a run might be waited for in vain, as nobody else frees anything. */
static int ex_contig_req(struct ex_thread *t, u_long *npages)
{
	const int req = ex_req(t, EX_CONTIG_FLAGS);

	*npages = 1 + ex_below(t, ex_one_in(t, 4) ? EX_NRANGE : 8);
	if (!(req & VM_ALLOC_WAITOK))
		return req;
	if (ex_alone())
		return req & ~VM_ALLOC_WAITOK;
	*npages = 1 + *npages % EX_NWAITOK;
	return req;
}

static void ex_check_run(struct ex_thread *t, vm_page_t m, u_long npages, u_long alignment,
			 vm_paddr_t boundary)
{
	const vm_paddr_t pa = VM_PAGE_TO_PHYS(m);

	ex_check(t, IS_ALIGNED(pa, alignment));
	if (boundary)
		ex_check(t, (pa & ~(boundary - 1)) == ((pa + ptoa(npages) - 1) & ~(boundary - 1)));
}

static enum ex_result ex_noobj_contig(struct ex_thread *t)
{
	const u_long alignment = PAGE_SIZE << ex_below(t, 3);
	const vm_paddr_t boundary = ex_one_in(t, 2) ? SZ_512K : 0;
	u_long npages;
	const int req = ex_contig_req(t, &npages);
	vm_page_t m;

	if (!ex_room(t, EX_NOOBJ, npages))
		return EX_SKIP;
	m = vm_page_alloc_noobj_contig(req, npages, 0, ~(vm_paddr_t)0, alignment, boundary,
				       VM_MEMATTR_DEFAULT);
	if (m)
		ex_check_run(t, m, npages, alignment, boundary);
	return ex_got_noobj(t, m, req, npages);
}

static enum ex_result ex_noobj_contig_domain(struct ex_thread *t)
{
	const u_long alignment = PAGE_SIZE << ex_below(t, 3);
	const vm_paddr_t boundary = ex_one_in(t, 2) ? SZ_512K : 0;
	const int domain = ex_domain(t);
	u_long npages;
	const int req = ex_contig_req(t, &npages);
	vm_page_t m;

	if (!ex_room(t, EX_NOOBJ, npages))
		return EX_SKIP;
	m = vm_page_alloc_noobj_contig_domain(domain, req, npages, 0, ~(vm_paddr_t)0, alignment,
					      boundary, VM_MEMATTR_DEFAULT);
	if (m)
		ex_check_run(t, m, npages, alignment, boundary);
	return ex_got_from(t, m, req, npages, domain);
}

/* Freeing */

static enum ex_result ex_free_noobj(struct ex_thread *t)
{
	unsigned int n = 1 + ex_below(t, 8);

	if (!t->hand[EX_NOOBJ].n)
		return EX_SKIP;
	while (n-- && t->hand[EX_NOOBJ].n)
		vm_page_free(ex_unhold_noobj(t, ex_pick(t, EX_NOOBJ)));
	return EX_DONE;
}

static enum ex_result ex_free_zero_noobj(struct ex_thread *t)
{
	struct ex_item *item = ex_pick(t, EX_NOOBJ);
	vm_page_t m;

	if (!item)
		return EX_SKIP;
	m = ex_unhold_noobj(t, item);
	pmap_zero_page(m);
	vm_page_free_zero(m);
	return EX_DONE;
}

/* PG_ZERO is the caller's to keep right: nothing here is zero any more. */
static enum ex_result ex_free_pages_toq(struct ex_thread *t)
{
	unsigned int n = 1 + ex_below(t, 12);
	struct spglist list;

	if (!t->hand[EX_NOOBJ].n)
		return EX_SKIP;
	vmpage_spglist_init(&list);
	while (n-- && t->hand[EX_NOOBJ].n) {
		vm_page_t m = ex_unhold_noobj(t, ex_pick(t, EX_NOOBJ));

		m->flags &= ~PG_ZERO;
		vmpage_spglist_insert(&list, m);
	}
	vm_page_free_pages_toq(&list, false);
	ex_check(t, !list.slh_first);
	return EX_DONE;
}

/* The same of pages that are counted as wired and are not any more. */
static enum ex_result ex_free_wired_toq(struct ex_thread *t)
{
	struct ex_item *item = ex_pick(t, EX_NOOBJ);
	struct spglist list;
	vm_page_t m;

	if (!item)
		return EX_SKIP;
	m = ex_unhold_noobj(t, item);
	m->flags &= ~PG_ZERO;
	vm_page_wire(m);
	WRITE_ONCE(m->ref_count, READ_ONCE(m->ref_count) - 1);
	vmpage_spglist_init(&list);
	vmpage_spglist_insert(&list, m);
	vm_page_free_pages_toq(&list, true);
	return EX_DONE;
}

/* Wiring */

static enum ex_result ex_wire_noobj(struct ex_thread *t)
{
	struct ex_item *item = ex_pick(t, EX_NOOBJ);

	if (!item)
		return EX_SKIP;
	vm_page_wire(item->m);
	item->wires++;
	ex_check(t, vm_page_wired(item->m));
	return EX_DONE;
}

static enum ex_result ex_unwire_noq(struct ex_thread *t)
{
	struct ex_item *item = ex_pick(t, EX_NOOBJ);

	if (!item || !item->wires)
		return EX_SKIP;
	item->wires--;
	ex_check(t, vm_page_unwire_noq(item->m) == !item->wires);
	return EX_DONE;
}

/* The last unwiring frees it. */
static enum ex_result ex_unwire_frees(struct ex_thread *t)
{
	struct ex_item *item = ex_pick(t, EX_NOOBJ);
	vm_page_t m;

	if (!item || !item->wires)
		return EX_SKIP;
	m = ex_unhold_noobj(t, item);
	vm_page_wire(m);
	vm_page_unwire(m, m->oflags & VPO_UNMANAGED ? PQ_NONE : PQ_ACTIVE);
	return EX_DONE;
}

/* Hard interrupt */

static void ex_irq_take(struct ex_irq *irq)
{
	unsigned int i;
	vm_page_t m;

	/* Or what this would do first, if nothing else were left. */
	if (irq->npages == EX_IRQ_RUN)
		irq->moved += vm_reserv_reclaim_inactive(irq->domain);
	if (irq->n + irq->npages > EX_IRQ_MAX)
		return;
	m = irq->npages == 1 ? vm_page_alloc_noobj(irq->req) :
	    vm_page_alloc_noobj_contig(irq->req, irq->npages, 0, ~(vm_paddr_t)0, PAGE_SIZE, 0,
				       VM_MEMATTR_DEFAULT);
	for (i = 0; m && i < irq->npages; i++) {
		ex_check_noobj(irq->t, &m[i], irq->req);
		ex_claim(irq->t, &m[i]);
		irq->pages[irq->n++] = &m[i];
		irq->moved++;
	}
}

static void ex_irq_give(struct ex_irq *irq)
{
	vm_page_t m;

	/* What this CPU keeps may be what its owner is at. */
	if (irq->npages == EX_IRQ_RUN)
		vm_pgcache_drain_local(VM_DOMAIN(irq->domain));
	if (!irq->n)
		return;
	m = irq->pages[--irq->n];
	ex_disclaim(irq->t, m);
	vm_page_free(m);
	irq->moved++;
}

static void ex_irq_func(struct irq_work *work)
{
	struct ex_irq *irq = container_of(work, struct ex_irq, work);
	unsigned int i;

	ex_check(irq->t, in_hardirq());
	for (i = 0; i < irq->times; i++)
		irq->func(irq);
}

void ex_irq_sync(struct ex_thread *t)
{
	if (t->irq.t)
		irq_work_sync(&t->irq.work);
}

/* An interrupt may be 30 ms on its way. */
enum ex_result ex_interrupt(struct ex_thread *t, void (*func)(struct ex_irq *irq))
{
	struct ex_irq *irq = &t->irq;
	unsigned long before;

	if (irq->t && irq_work_is_busy(&irq->work))
		return EX_SKIP;
	before = irq->moved;
	irq->t = t;
	irq->work = IRQ_WORK_INIT_HARD(ex_irq_func);
	irq->func = func;
	irq->domain = ex_domain(t);
	irq->req = ex_req(t, VM_ALLOC_NOWAIT | VM_ALLOC_NODUMP | VM_ALLOC_ZERO);
	irq->npages = ex_one_in(t, 3) ? 1 + ex_below(t, EX_IRQ_RUN) : 1;
	irq->times = 1 + ex_below(t, 8);
	irq_work_queue(&irq->work);
	if (ex_alone())
		ex_irq_sync(t);
	return irq->moved > before ? EX_DONE : EX_NONE;
}

static enum ex_result ex_alloc_in_hardirq(struct ex_thread *t)
{
	return ex_interrupt(t, ex_irq_take);
}

/* Pages that were the thread's go this way, too. */
static enum ex_result ex_free_in_hardirq(struct ex_thread *t)
{
	struct ex_irq *irq = &t->irq;

	ex_irq_sync(t);
	while (irq->n < EX_IRQ_MAX / 4 && t->hand[EX_NOOBJ].n) {
		const vm_page_t m = ex_unhold_noobj(t, ex_pick(t, EX_NOOBJ));

		ex_claim(t, m);
		irq->pages[irq->n++] = m;
	}
	return ex_interrupt(t, ex_irq_give);
}

static const struct ex_op ex_noobj_ops[] = {
	{ "noobj", 12, ex_noobj },
	{ "noobj_domain", 6, ex_noobj_domain },
	{ "freelist", 4, ex_freelist },
	{ "freelist_domain", 4, ex_freelist_domain },
	{ "noobj_contig", 5, ex_noobj_contig },
	{ "noobj_contig_domain", 5, ex_noobj_contig_domain },
	{ "free", 14, ex_free_noobj },
	{ "free_zero", 6, ex_free_zero_noobj },
	{ "free_pages_toq", 6, ex_free_pages_toq },
	{ "free_pages_toq wired", 3, ex_free_wired_toq },
	{ "wire noobj", 5, ex_wire_noobj },
	{ "unwire_noq", 6, ex_unwire_noq },
	{ "unwire that frees", 3, ex_unwire_frees },
	{ "noobj in hardirq", 1, ex_alloc_in_hardirq },
	{ "free in hardirq", 1, ex_free_in_hardirq },
};

const struct ex_group ex_noobj_group = { ex_noobj_ops, ARRAY_SIZE(ex_noobj_ops) };
