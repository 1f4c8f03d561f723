// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Chance, claims, stamps, and what a thread holds.
 */
#include <linux/slab.h>
#include <vm/vm_reserv.h>

#include "exercise.h"

/* Chance */

u32 ex_below(struct ex_thread *t, u32 bound)
{
	return prandom_u32_state(&t->rnd) % bound;
}

int ex_domain(struct ex_thread *t)
{
	return ex_below(t, ex_ndomains());
}

/*
 * Alone, nobody would end a sleep: so there is none while a domain is short.
 */
static int ex_wait_flag(struct ex_thread *t, int flags)
{
	const u32 which = ex_below(t, 4);

	if (which == 0)
		return flags & VM_ALLOC_NOWAIT;
	if (ex_must_not_wait())
		return 0;
	if (which == 1)
		return flags & VM_ALLOC_WAITFAIL;
	return which == 2 ? flags & VM_ALLOC_WAITOK : 0;
}

int ex_req(struct ex_thread *t, int flags)
{
	static const int classes[] = {
		VM_ALLOC_NORMAL, VM_ALLOC_NORMAL, VM_ALLOC_SYSTEM, VM_ALLOC_INTERRUPT,
	};
	int req = classes[ex_below(t, ARRAY_SIZE(classes))];

	req |= ex_wait_flag(t, flags);
	if (ex_one_in(t, 3))
		req |= flags & VM_ALLOC_WIRED;
	if (ex_one_in(t, 4))
		req |= flags & VM_ALLOC_ZERO;
	if (ex_one_in(t, 8))
		req |= flags & VM_ALLOC_NODUMP;
	if (ex_one_in(t, 8) && flags & VM_ALLOC_COUNT_MASK)
		req |= VM_ALLOC_COUNT(ex_below(t, 4));
	if (!(req & VM_ALLOC_WAITOK) && ex_one_in(t, 4))
		req |= flags & VM_ALLOC_NORECLAIM;
	switch (ex_below(t, 4)) {
	case 0:
		return req | (flags & VM_ALLOC_NOBUSY);
	case 1:
		return req | (flags & VM_ALLOC_SBUSY);
	default:
		return req;
	}
}

bool ex_may_wait_for_busy(struct ex_thread *t)
{
	if (ex_one_in(t, 3))
		ex_unbusy_all(t);
	return !t->hand[EX_XBUSY].n && !t->hand[EX_SBUSY].n;
}

/* Claims: by page, which thread has it to itself, and since which step. */

#define EX_NCLAIMS	8192
#define EX_DOMAIN_SHIFT	12		/* pages of address space for each domain */

static u32 ex_claims[EX_NCLAIMS];
static void *ex_kvas[EX_NCLAIMS];	/* as the fixture has them, which takes longer */
static atomic_t ex_touched[EX_NCLAIMS];

static unsigned int ex_claim_index(vm_page_t m)
{
	const u64 off = VM_PAGE_TO_PHYS(m) - VMK_BASE;
	const u64 page = (off & (SZ_4G - 1)) >> PAGE_SHIFT;

	return ((off >> 32 << EX_DOMAIN_SHIFT) + page) % EX_NCLAIMS;
}

static u32 *ex_claim_of(vm_page_t m)
{
	return &ex_claims[ex_claim_index(m)];
}

u32 ex_touches(vm_page_t m)
{
	return atomic_read(&ex_touched[ex_claim_index(m)]);
}

void ex_touch(vm_page_t m)
{
	atomic_inc(&ex_touched[ex_claim_index(m)]);
}

void *ex_page_kva(vm_page_t m)
{
	void **kva = &ex_kvas[ex_claim_index(m)];

	if (!READ_ONCE(*kva))
		WRITE_ONCE(*kva, vmk_page_kva(m));
	return READ_ONCE(*kva);
}

static u32 ex_claim_word(const struct ex_thread *t)
{
	return (t->id + 1) << 28 | (t->step & GENMASK(27, 0));
}

void ex_claims_init(void)
{
	memset(ex_claims, 0, sizeof(ex_claims));
	memset(ex_kvas, 0, sizeof(ex_kvas));
}

void ex_claim(struct ex_thread *t, vm_page_t m)
{
	const u32 old = cmpxchg(ex_claim_of(m), 0, ex_claim_word(t));

	ex_touch(m);
	t->digest = t->digest * 31 + (u32)(vmk_off(m) >> PAGE_SHIFT);
	if (old)
		ex_fail(t, "page +%#llx has an owner, since step %u of thread %u", vmk_off(m),
			old & (u32)GENMASK(27, 0), (old >> 28) - 1);
}

void ex_disclaim(struct ex_thread *t, vm_page_t m)
{
	const u32 old = xchg(ex_claim_of(m), 0);

	if (old >> 28 != t->id + 1)
		ex_fail(t, "page +%#llx was not this thread's, but %#x", vmk_off(m), old);
}

void ex_check_unclaimed(struct ex_thread *t, vm_page_t m)
{
	const u32 old = READ_ONCE(*ex_claim_of(m));

	if (old)
		ex_fail(t, "page +%#llx is had by %#x alone, and by others", vmk_off(m), old);
}

/* Stamps: the first and the last word of a page. */

#define EX_LAST		(PAGE_SIZE / sizeof(u64) - 1)

static void ex_write(vm_page_t m, u64 stamp)
{
	u64 *kva = ex_page_kva(m);

	if (kva) {
		kva[0] = stamp;
		kva[EX_LAST] = stamp;
	}
}

static void ex_check_stamp(struct ex_thread *t, vm_page_t m, u64 found, u64 stamp)
{
	if (found != stamp)
		ex_fail(t, "page +%#llx holds %#llx instead of %#llx", vmk_off(m), found, stamp);
}

/* A page in no object: its index is the owner's, too. */
void ex_stamp_noobj(struct ex_thread *t, vm_page_t m)
{
	m->pindex = ex_claim_word(t);
	ex_write(m, ~m->pindex);
}

void ex_check_noobj_stamp(struct ex_thread *t, vm_page_t m)
{
	const u64 *kva = ex_page_kva(m);

	ex_check(t, !m->object);
	if (kva) {
		ex_check_stamp(t, m, kva[0], ~m->pindex);
		ex_check_stamp(t, m, kva[EX_LAST], ~m->pindex);
	}
}

static u64 ex_resident_stamp(const struct ex_object *xo, vm_pindex_t pindex)
{
	return (u64)xo->serial << 32 | (u32)pindex;
}

/* One that moves while it is cached cannot be stamped anew. */
u64 ex_stamp_at(const struct ex_object *xo, vm_pindex_t pindex)
{
	return READ_ONCE(xo->alias[pindex]) ?: ex_resident_stamp(xo, pindex);
}

/* The second word makes each content another one. */
void ex_stamp_resident(struct ex_thread *t, vm_page_t m, struct ex_object *xo)
{
	u64 *kva = ex_page_kva(m);

	if (kva) {
		kva[0] = ex_resident_stamp(xo, m->pindex);
		kva[1] = ex_claim_word(t);
	}
	WRITE_ONCE(xo->alias[m->pindex], 0);
	vm_page_set_valid_range(m, 0, 512);
}

/* Zeros are a stamp, too: of a page that the allocator has filled. */
void ex_check_resident_stamp(struct ex_thread *t, vm_page_t m, struct ex_object *xo)
{
	const u64 *kva = ex_page_kva(m);

	ex_check(t, m->object == xo->object);
	if (kva && m->valid & 1 && kva[0] && kva[0] != ex_resident_stamp(xo, m->pindex))
		ex_check_stamp(t, m, kva[0], ex_stamp_at(xo, m->pindex));
}

static void ex_check_new(struct ex_thread *t, vm_page_t m, int req)
{
	ex_check(t, !!(m->flags & PG_NODUMP) == !!(req & VM_ALLOC_NODUMP));
	ex_check(t, !(m->flags & ~(PG_PCPU_CACHE | PG_ZERO | PG_NODUMP)));
	ex_check(t, ex_pgcache() || !(m->flags & PG_PCPU_CACHE));
	ex_check(t, !m->dirty);
	ex_check(t, m->a.queue == PQ_NONE);
	if (m->flags & PG_ZERO)
		ex_check(t, vmk_page_is_filled(m, 0));
}

void ex_check_noobj(struct ex_thread *t, vm_page_t m, int req)
{
	ex_check_new(t, m, req);
	ex_check(t, !m->valid);
	ex_check(t, !m->object);
	ex_check(t, m->pindex == VM_PAGE_NOOBJ_PINDEX);
	ex_check(t, m->ref_count == !!(req & VM_ALLOC_WIRED));
	ex_check(t, m->oflags == VPO_UNMANAGED);
	ex_check(t, !ex_is_reserved(t, m));
	if (req & VM_ALLOC_ZERO)
		ex_check(t, vmk_page_is_filled(m, 0));
}

/* A page that nobody has busied may be anything by now. */
void ex_check_resident(struct ex_thread *t, vm_page_t m, struct ex_object *xo, vm_pindex_t pindex,
		       int req, bool reactivates)
{
	ex_check(t, m->object == xo->object);
	ex_check(t, m->pindex == pindex);
	if (!reactivates || xo->kept[pindex].m != m)
		ex_check_place(t, m, xo, pindex);
	if (reactivates)
		ex_check_reactivated(t, m, xo, pindex, req);
	else
		ex_check_superseded(t, xo, pindex);
	if (!reactivates && !(req & (VM_ALLOC_NOBUSY | VM_ALLOC_SBUSY)))
		ex_check(t, !m->valid);
	if (req & VM_ALLOC_NOBUSY)
		return;
	ex_check(t, ex_fits(m, xo));
	ex_check(t, !!(req & VM_ALLOC_SBUSY) == !vm_page_xbusied(m));
	if (!(req & VM_ALLOC_SBUSY))
		ex_check_new(t, m, req);
}

/* Hands */

/* Of busied and wired pages only as many as leave runs between them. */
static const unsigned int ex_hand_max[EX_NKINDS] = {
	[EX_NOOBJ] = EX_HAND_MAX,
	[EX_XBUSY] = 40,
	[EX_SBUSY] = 16,
	[EX_WIRED] = 24,
};

bool ex_room(struct ex_thread *t, enum ex_kind kind, unsigned int n)
{
	return t->hand[kind].n + n <= ex_hand_max[kind];
}

struct ex_item *ex_put_in(struct ex_thread *t, enum ex_kind kind, vm_page_t m,
			  struct ex_object *xo, unsigned int wires)
{
	struct ex_hand *hand = &t->hand[kind];
	struct ex_item *item;

	if (WARN_ON_ONCE(hand->n == EX_HAND_MAX))
		return NULL;
	item = &hand->items[hand->n++];
	item->m = m;
	item->xo = xo;
	item->wires = wires;
	return item;
}

struct ex_item *ex_pick(struct ex_thread *t, enum ex_kind kind)
{
	struct ex_hand *hand = &t->hand[kind];

	return hand->n ? &hand->items[ex_below(t, hand->n)] : NULL;
}

void ex_take_out(struct ex_thread *t, enum ex_kind kind, struct ex_item *item)
{
	struct ex_hand *hand = &t->hand[kind];

	*item = hand->items[--hand->n];
}

struct ex_item *ex_find(struct ex_thread *t, enum ex_kind kind, struct ex_object *xo,
			vm_pindex_t pindex)
{
	struct ex_hand *hand = &t->hand[kind];
	unsigned int i;

	for (i = 0; i < hand->n; i++) {
		struct ex_item *item = &hand->items[i];

		if (item->xo == xo && item->m->pindex == pindex)
			return item;
	}
	return NULL;
}

void ex_hold_noobj(struct ex_thread *t, vm_page_t m, unsigned int wires)
{
	ex_claim(t, m);
	ex_stamp_noobj(t, m);
	ex_put_in(t, EX_NOOBJ, m, NULL, wires);
}

vm_page_t ex_unhold_noobj(struct ex_thread *t, struct ex_item *item)
{
	vm_page_t m = item->m;

	while (item->wires) {
		item->wires--;
		ex_check(t, vm_page_unwire_noq(m) == !item->wires);
	}
	ex_check_noobj_stamp(t, m);
	ex_take_out(t, EX_NOOBJ, item);
	ex_disclaim(t, m);
	return m;
}

void ex_hold_resident(struct ex_thread *t, vm_page_t m, struct ex_object *xo, int req)
{
	const unsigned int wires = !!(req & VM_ALLOC_WIRED);

	if (req & VM_ALLOC_NOBUSY) {
		if (wires)
			ex_put_in(t, EX_WIRED, m, NULL, 1);
	} else if (req & (VM_ALLOC_SBUSY | VM_ALLOC_IGN_SBUSY)) {
		ex_check_unclaimed(t, m);
		ex_check_resident_stamp(t, m, xo);
		ex_put_in(t, EX_SBUSY, m, ex_ref(xo), wires);
	} else {
		ex_claim(t, m);
		ex_check_resident_stamp(t, m, xo);
		if (!m->valid && !ex_one_in(t, 4))
			ex_stamp_resident(t, m, xo);
		ex_put_in(t, EX_XBUSY, m, ex_ref(xo), wires);
	}
}

/* A wiring that was ours goes on without the busy. */
void ex_unbusy_item(struct ex_thread *t, enum ex_kind kind, struct ex_item *item)
{
	struct ex_object *xo = item->xo;
	vm_page_t m = item->m;

	ex_check_resident_stamp(t, m, xo);
	if (item->wires)
		ex_put_in(t, EX_WIRED, m, NULL, item->wires);
	ex_take_out(t, kind, item);
	if (kind == EX_XBUSY) {
		ex_disclaim(t, m);
		vm_page_xunbusy(m);
	} else {
		vm_page_sunbusy(m);
	}
	ex_put(xo);
}

void ex_unbusy_all(struct ex_thread *t)
{
	enum ex_kind kind;

	for (kind = EX_XBUSY; kind <= EX_SBUSY; kind++)
		while (t->hand[kind].n)
			ex_unbusy_item(t, kind, &t->hand[kind].items[0]);
}

/* Unmanaged pages have no queue.  One that left its object is freed by this. */
void ex_unwire_item(struct ex_thread *t, struct ex_item *item)
{
	vm_page_t m = item->m;
	const u8 queue = m->oflags & VPO_UNMANAGED ? PQ_NONE : ex_below(t, PQ_COUNT);
	unsigned int wires = item->wires;

	ex_take_out(t, EX_WIRED, item);
	while (wires--)
		vm_page_unwire(m, queue);
}

void ex_drop_all(struct ex_thread *t)
{
	int domain;

	ex_unbusy_all(t);
	while (t->hand[EX_WIRED].n)
		ex_unwire_item(t, &t->hand[EX_WIRED].items[0]);
	while (t->hand[EX_NOOBJ].n)
		vm_page_free(ex_unhold_noobj(t, &t->hand[EX_NOOBJ].items[0]));
	ex_irq_sync(t);
	while (t->irq.n) {
		vm_page_t m = t->irq.pages[--t->irq.n];

		ex_disclaim(t, m);
		vm_page_free(m);
	}
	for (domain = 0; domain < ex_ndomains(); domain++) {
		if (t->promised[domain])
			vmpage_unpromise(VM_DOMAIN(domain), t->promised[domain]);
		t->promised[domain] = 0;
	}
}
