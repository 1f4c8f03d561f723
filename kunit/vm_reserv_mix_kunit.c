// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Reservations with cached pages, in interrupt, on more than one CPU, and at random.
 */
#include "vm_reserv_kunit.h"

/* Cached pages */

/* An object of a vnode on A64 with pages 0 to 3, of which 1 and 2 are cached. */
static vm_object_t two_cached(struct kunit *test)
{
	vm_object_t object;

	vmk_a64(test);
	object = vmk_object(test, VMK_V, 1024);
	KUNIT_ASSERT_EQ(test, vmk_off(resv_fill(test, object, 0, 4)), 0);
	vmk_cache(test, vmk_lookup(object, 1), 0x11);
	vmk_cache(test, vmk_lookup(object, 2), 0x22);
	return object;
}

static void cached_page_stays_populated(struct kunit *test)
{
	two_cached(test);
	KUNIT_EXPECT_EQ(test, resv_at(0)->popcnt, 4);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 16380);
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0), 2);
	KUNIT_EXPECT_FALSE(test, vm_reserv_is_page_free(resv_page(0x1000)));
	resv_expect_partpop(test, 0, 508 * 4, 1);
	vmk_expect_audit_clean(test);
}

static void cached_page_comes_back_to_its_place(struct kunit *test)
{
	vm_object_t object = two_cached(test);
	vm_page_t m = vmk_alloc(test, object, 1);

	KUNIT_EXPECT_EQ(test, vmk_off(m), 0x1000);
	KUNIT_EXPECT_EQ(test, m->valid, VM_PAGE_BITS_ALL);
	KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(m, 0x11));
	KUNIT_EXPECT_EQ(test, resv_at(0)->popcnt, 4);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 16380);
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0), 1);
}

static void full_one_stays_full_with_a_cached_page(struct kunit *test)
{
	vm_object_t object = two_cached(test);

	resv_fill(test, object, 4, 508);
	KUNIT_EXPECT_EQ(test, vm_reserv_fullpop(), 1);
	KUNIT_EXPECT_EQ(test, resv_page(0)->psind, 1);
	KUNIT_EXPECT_NULL(test, vm_reserv_to_superpage(vmk_noobj(test)));
	vmk_expect_audit_clean(test);
	vmk_cache_free(object, 1, 2);
	KUNIT_EXPECT_EQ(test, vm_reserv_fullpop(), 0);
	KUNIT_EXPECT_EQ(test, resv_page(0)->psind, 0);
}

static void cached_page_is_freed_into_its_reservation(struct kunit *test)
{
	vm_object_t object = two_cached(test);

	KUNIT_EXPECT_TRUE(test, vm_page_cache_evict(VM_DOMAIN(0), NULL));
	KUNIT_EXPECT_EQ(test, resv_at(0)->popcnt, 3);
	KUNIT_EXPECT_TRUE(test, vm_reserv_is_page_free(resv_page(0x1000)));
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 16381);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 1)), 0x1000);
	KUNIT_EXPECT_EQ(test, resv_page(0x1000)->valid, 0);

	/* Of all pages, only the cached one keeps the block. */
	resv_free(test, object, 0, 2);
	resv_free(test, object, 3, 1);
	resv_expect_counters(test, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, resv_at(0)->popcnt, 1);
	vmk_expect_audit_clean(test);
	vmk_cache_free(object, 0, 0);
	resv_expect_counters(test, 0, 1, 0);
	vmk_expect_free_lists(test, 0, "DEF{12:4}");
}

static void cached_page_outlives_its_reservation(struct kunit *test)
{
	vm_object_t object = two_cached(test);

	KUNIT_EXPECT_TRUE(test, vm_reserv_reclaim_inactive(0));
	KUNIT_EXPECT_TRUE(test, vmk_is_cached(object, 1));
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 16380);
	vmk_expect_audit_clean(test);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 1)), 0x1000);
	KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(resv_page(0x1000), 0x11));
	KUNIT_EXPECT_TRUE(test, vm_page_cache_evict(VM_DOMAIN(0), NULL));
	vmk_expect_free_lists(test, 0, "DEF{0:1,2..8:1,9:1,10:1,11:1,12:3}");
}

/* What is made resident in its place is elsewhere, and frees it. */
static void cached_page_is_superseded_into_its_reservation(struct kunit *test)
{
	vm_object_t object = two_cached(test);
	vm_page_t m;

	KUNIT_ASSERT_EQ(test, vmpage_promise(VM_DOMAIN(0), 1), 1);
	VM_OBJECT_WLOCK(object);
	m = vmpage_alloc_promised(object, 1, 0, VM_ALLOC_NORMAL);
	VM_OBJECT_WUNLOCK(object);
	KUNIT_EXPECT_EQ(test, vmk_off(m), RESV_SIZE);
	KUNIT_EXPECT_EQ(test, resv_at(0)->popcnt, 3);
	KUNIT_EXPECT_TRUE(test, vm_reserv_is_page_free(resv_page(0x1000)));
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0), 1);

	/* A run across the other one, likewise */
	resv_free(test, object, 1, 1);
	KUNIT_EXPECT_EQ(test, vmk_off(resv_contig(object, 1, 2)), RESV_SIZE);
	KUNIT_EXPECT_EQ(test, resv_at(0)->popcnt, 2);
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0), 0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 16380);
}

/* They are what is left when all else is gone. */
static void cached_pages_of_a_reservation_are_taken_last(struct kunit *test)
{
	vm_object_t object;
	u32 i;

	vmk_b4(test);
	vmk_thresholds_off(test);
	object = vmk_object(test, VMK_V, 512);
	resv_fill(test, object, 0, 512);
	for (i = 0; i < 512; i++)
		vmk_cache(test, vmk_lookup(object, i), i);
	KUNIT_EXPECT_EQ(test, vm_reserv_fullpop(), 1);
	vmk_leave_free(test, 0, 0);
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0), 512);
	vmk_tick();
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_noobj(test)), 0);
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0), 511);
	KUNIT_EXPECT_EQ(test, vmk_exhaust(test, VM_ALLOC_NORMAL), 511);
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0), 0);
}

static void object_with_cached_pages_ends(struct kunit *test)
{
	vm_object_t object = two_cached(test);

	vmk_object_drop(test, object);
	resv_expect_counters(test, 0, 1, 0);
	vmk_expect_free_lists(test, 0, "DEF{12:4}");
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 16384);
}

/* In hard interrupt */

struct irq_request {
	vm_page_t m;
	u_long npages;			/* 0 to free the page */
};

static void irq_request(void *arg)
{
	struct irq_request *r = arg;

	if (!r->npages)
		vm_page_free(r->m);
	else if (r->npages == 1)
		r->m = vm_page_alloc_noobj(VM_ALLOC_INTERRUPT | VM_ALLOC_NOWAIT);
	else
		r->m = vm_page_alloc_noobj_contig(VM_ALLOC_INTERRUPT | VM_ALLOC_NOWAIT, r->npages,
						  0, ~(vm_paddr_t)0, 1, 0, VM_MEMATTR_DEFAULT);
}

/* The object being locked is in nobody's way. */
static void interrupt_breaks_a_reservation(struct kunit *test)
{
	struct irq_request page = { .npages = 1 }, run = { .npages = 8 }, give = {};
	vm_object_t object;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 1024);
	resv_two_of_b4(test, object);
	VM_OBJECT_WLOCK(object);
	vmk_in_hardirq(test, irq_request, &page);
	KUNIT_EXPECT_EQ(test, vmk_off(page.m), 0x100000);
	resv_expect_counters(test, 1, 0, 1);
	KUNIT_ASSERT_EQ(test, vmk_free_count(0), 1021);
	give.m = page.m;
	vmk_in_hardirq(test, irq_request, &give);
	VM_OBJECT_WUNLOCK(object);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1022);

	vmk_leave_free(test, 0, 511);
	resv_expect_counters(test, 1, 0, 1);
	vmk_in_hardirq(test, irq_request, &run);
	KUNIT_EXPECT_EQ(test, vmk_off(run.m), RESV_SIZE + 0x1000);
	resv_expect_counters(test, 2, 0, 2);
	KUNIT_ASSERT_NOT_NULL(test, run.m);
	vmk_hold(test, run.m, 8);
	vmk_expect_audit_clean(test);
}

/* A page that left its object, and is its reservation's last */
static void interrupt_frees_a_page_of_a_reservation(struct kunit *test)
{
	struct irq_request give = {};
	vm_object_t object;
	vm_page_t m;

	vmk_a64(test);
	object = vmk_object(test, VMK_O, 1024);
	resv_fill(test, object, 0, 2);
	VM_OBJECT_WLOCK(object);
	for (m = resv_page(0); m < resv_page(0x2000); m++)
		KUNIT_EXPECT_TRUE(test, vm_page_remove(m));
	VM_OBJECT_WUNLOCK(object);
	vmk_expect_audit_clean(test);
	give.m = resv_page(0x1000);
	vmk_in_hardirq(test, irq_request, &give);
	KUNIT_EXPECT_EQ(test, resv_at(0)->popcnt, 1);
	give.m = resv_page(0);
	vmk_in_hardirq(test, irq_request, &give);
	resv_expect_counters(test, 0, 1, 0);
	vmk_expect_free_lists(test, 0, "DEF{12:4}");
}

/* On more than one CPU */

#define ROUNDS	500

struct promiser {
	vm_object_t object;
	unsigned int missed;
};

/* What is promised is there, whoever reserves or breaks at this moment. */
static void use_promises(void *arg)
{
	struct promiser *p = arg;
	unsigned int i;
	vm_page_t m;

	for (i = 0; i < ROUNDS; i++) {
		if (!vmpage_promise(VM_DOMAIN(0), 1))
			continue;
		VM_OBJECT_WLOCK(p->object);
		m = vmpage_alloc_promised(p->object, 0, 0, VM_ALLOC_NORMAL);
		if (m)
			vm_page_free(m);
		else
			p->missed++;
		VM_OBJECT_WUNLOCK(p->object);
		cond_resched();
	}
}

static void reserve_and_free(void *arg)
{
	const vm_object_t object = arg;
	unsigned int i;
	vm_page_t m;

	for (i = 0; i < ROUNDS; i++) {
		VM_OBJECT_WLOCK(object);
		m = vm_page_alloc(object, i % 512, VM_ALLOC_NORMAL);
		if (m)
			vm_page_free(m);
		VM_OBJECT_WUNLOCK(object);
		vm_reserv_reclaim_inactive(0);
		cond_resched();
	}
}

static void promised_page_is_there_while_others_reserve(struct kunit *test)
{
	static const struct vm_mem_span chunk = VMK_SPAN(0, RESV_SIZE, 0);
	struct vmk_thread *threads[3];
	struct promiser p[2] = {};
	int i;

	vmk_machine(test, &chunk, 1);
	vmk_thresholds_off(test);
	for (i = 0; i < 2; i++) {
		p[i].object = vmk_object(test, i ? VMK_O : VMK_U, 512);
		threads[i] = vmk_thread_start(test, use_promises, &p[i]);
	}
	threads[2] = vmk_thread_start(test, reserve_and_free, vmk_object(test, VMK_O, 512));
	for (i = 0; i < 3; i++)
		vmk_thread_join(test, threads[i]);
	KUNIT_EXPECT_EQ(test, p[0].missed, 0);
	KUNIT_EXPECT_EQ(test, p[1].missed, 0);
	vmk_expect_free_lists(test, 0, "DEF{9:1}");
}

/* At random */

#define NOBJECTS	6
#define NLOOSE		8
#define STEPS		4000

static const struct vm_mem_span world_spans[] = {
	VMK_SPAN(RESV_SIZE - 0x20000, 6 * RESV_SIZE + 0x8000, 0),
	VMK_SPAN(16 * RESV_SIZE, 18 * RESV_SIZE, 0),
	VMK_SPAN(SZ_4G, SZ_4G + 3 * RESV_SIZE, 1),
};

struct world {
	vm_object_t objects[NOBJECTS];
	vm_page_t loose[NLOOSE];	/* of no object */
	unsigned int nloose;
};

static vm_object_t world_object(struct kunit *test)
{
	static const u_short colors[] = { 0, 0, 5, 511, 0xfe03 };
	const enum vmk_kind kind = vmk_random_below(3) ? VMK_O : VMK_V;

	return resv_color(vmk_object(test, kind, 1 + vmk_random_below(2500)),
			  colors[vmk_random_below(ARRAY_SIZE(colors))]);
}

/* An object at random, and a page of it; NULL when that has none from there on. */
static vm_page_t world_page(struct world *w)
{
	const vm_object_t object = w->objects[vmk_random_below(NOBJECTS)];
	vm_page_t m;

	VM_OBJECT_RLOCK(object);
	m = vm_page_find_least(object, vmk_random_below(object->size));
	VM_OBJECT_RUNLOCK(object);
	return m;
}

/* The neighbourhood of a few places is where most of it happens. */
static vm_pindex_t world_pindex(vm_object_t object)
{
	return min_t(vm_pindex_t, vmk_random_below(5) * 512 + vmk_random_below(64), object->size);
}

static void world_alloc(struct kunit *test, struct world *w)
{
	const vm_object_t object = w->objects[vmk_random_below(NOBJECTS)];
	const vm_pindex_t pindex = world_pindex(object);
	const u32 most = vmk_random_below(4) ? 1 : 1 + vmk_random_below(700);
	const u_long npages = 1 + vmk_random_below(most);
	vm_page_t m;

	VM_OBJECT_WLOCK(object);
	m = vm_page_find_least(object, pindex);
	if (!m || m->pindex - pindex >= npages) {
		if (npages == 1)
			vm_page_alloc_domain(object, pindex, vmk_random_below(2), VM_ALLOC_NORMAL);
		else
			vm_page_alloc_contig(object, pindex, VM_ALLOC_NORMAL, npages, 0,
					     ~(vm_paddr_t)0, 1 << vmk_random_below(14),
					     vmk_random_below(4) ? 0 : SZ_4M, VM_MEMATTR_DEFAULT);
	}
	VM_OBJECT_WUNLOCK(object);
}

/* As many as there are in a row, up to some number */
static void world_free(struct kunit *test, struct world *w)
{
	unsigned int n = 1 + vmk_random_below(vmk_random_below(3) ? 4 : 600);
	vm_page_t next, m = world_page(w);
	vm_object_t object;

	if (!m)
		return;
	object = m->object;
	VM_OBJECT_WLOCK(object);
	for (; m && n > 0; m = next, n--) {
		next = vm_page_next(m);
		vm_page_free(m);
	}
	VM_OBJECT_WUNLOCK(object);
}

static void world_loose(struct kunit *test, struct world *w)
{
	vm_page_t m;

	if (w->nloose < NLOOSE && vmk_random_below(2)) {
		if (vmk_random_below(2))
			m = vmk_noobj_req(test, VM_ALLOC_NORMAL);
		else
			m = vmk_ncontig_in(test, 1, 0, 0, 1 << vmk_random_below(22), 0);
		if (m)
			w->loose[w->nloose++] = m;
	} else if (w->nloose) {
		vmk_free(test, w->loose[--w->nloose]);
	}
}

static void world_move(struct kunit *test, struct world *w)
{
	const vm_object_t new_object = w->objects[vmk_random_below(NOBJECTS)];
	const vm_pindex_t new_pindex = world_pindex(new_object);
	const vm_page_t m = world_page(w);
	struct vm_reserv *rv;

	if (!m || vmk_lookup(new_object, new_pindex))
		return;
	rv = vm_reserv_from_page(m);
	/* Sometimes the reservation goes along. */
	if (vmk_random_below(2) && rv->object && rv->pindex >= 512 &&
	    !vm_reserv_index(new_object, rv->pindex - 512))
		resv_rename(m, new_object, rv->object, 512);
	resv_move(test, m, new_object, new_pindex);
}

static void world_cache(struct kunit *test, struct world *w)
{
	const vm_page_t m = world_page(w);

	if (m && m->object->type == OBJT_VNODE) {
		m->dirty = 0;
		vmk_cache(test, m, 1);
	}
}

static void world_end_object(struct kunit *test, struct world *w)
{
	vm_object_t *object = &w->objects[vmk_random_below(NOBJECTS)];

	if (vmk_random_below(2)) {
		vmk_object_drop(test, *object);
		*object = world_object(test);
	} else {
		VM_OBJECT_WLOCK(*object);
		vm_reserv_break_all(*object);
		VM_OBJECT_WUNLOCK(*object);
	}
}

static void world_step(struct kunit *test, struct world *w)
{
	const u32 dice = vmk_random_below(100);

	if (dice < 40)
		world_alloc(test, w);
	else if (dice < 70)
		world_free(test, w);
	else if (dice < 78)
		world_loose(test, w);
	else if (dice < 84)
		vmk_tick();
	else if (dice < 89)
		world_move(test, w);
	else if (dice < 92)
		world_cache(test, w);
	else if (dice < 94)
		vm_reserv_reclaim_inactive(vmk_random_below(2));
	else if (dice < 96)
		vmpage_reserv_reclaim_any(vmk_random_below(2));
	else
		world_end_object(test, w);
}

/* Pages that active reservations have left */
static long unpopulated(void)
{
	unsigned int segind;
	long npages = 0;

	for (segind = 0; segind < vm_phys_nsegs; segind++) {
		const struct vm_phys_seg *seg = vm_phys_seg_at(segind);
		const struct vm_reserv *rv;

		for (rv = seg->first_reserv; rv < vm_reserv_seg_end(seg); rv++) {
			if (rv->object)
				npages += RESV_NPAGES - rv->popcnt;
		}
	}
	return npages;
}

static void expect_identity(struct kunit *test)
{
	struct vmk_counts counts;
	int pool, order;
	long npages = unpopulated();

	vmk_counts(&counts);
	for (pool = 0; pool < VM_NFREEPOOL; pool++) {
		for (order = 0; order < VM_NFREEORDER; order++)
			npages += counts.blocks[pool][order] << order;
	}
	KUNIT_ASSERT_EQ(test, counts.free, npages);
}

/* Have reservations been reclaimed, others broken by their objects, others emptied? */
static bool world_is_busy(void)
{
	const s64 reclaimed = VM_CNT_FETCH(v_reserv_reclaimed);

	return reclaimed > 0 && VM_CNT_FETCH(v_reserv_broken) > reclaimed &&
	       VM_CNT_FETCH(v_reserv_freed) > 0;
}

static void R49_free_count_is_the_blocks_and_what_is_unpopulated(struct kunit *test)
{
	struct world *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, w);
	vmk_machine(test, world_spans, ARRAY_SIZE(world_spans));
	for (i = 0; i < NOBJECTS; i++)
		w->objects[i] = world_object(test);
	for (i = 0; i < STEPS || (i < 10 * STEPS && !world_is_busy()); i++) {
		world_step(test, w);
		expect_identity(test);
		if (i % 100 == 0)
			vmk_expect_audit_clean(test);
	}
	kunit_info(test, "%lld broken, %lld freed, %lld reclaimed, %u full",
		   VM_CNT_FETCH(v_reserv_broken), VM_CNT_FETCH(v_reserv_freed),
		   VM_CNT_FETCH(v_reserv_reclaimed), vm_reserv_fullpop());
	KUNIT_EXPECT_TRUE(test, world_is_busy());
}

static struct kunit_case vmpage_reserv_mix_cases[] = {
	KUNIT_CASE(cached_page_stays_populated),
	KUNIT_CASE(cached_page_comes_back_to_its_place),
	KUNIT_CASE(full_one_stays_full_with_a_cached_page),
	KUNIT_CASE(cached_page_is_freed_into_its_reservation),
	KUNIT_CASE(cached_page_outlives_its_reservation),
	KUNIT_CASE(cached_page_is_superseded_into_its_reservation),
	KUNIT_CASE(cached_pages_of_a_reservation_are_taken_last),
	KUNIT_CASE(object_with_cached_pages_ends),
	KUNIT_CASE(interrupt_breaks_a_reservation),
	KUNIT_CASE(interrupt_frees_a_page_of_a_reservation),
	KUNIT_CASE(promised_page_is_there_while_others_reserve),
	KUNIT_CASE(R49_free_count_is_the_blocks_and_what_is_unpopulated),
	{}
};

static struct kunit_suite vmpage_reserv_mix_suite = {
	.name = "vmpage_reserv_mix",
	.init = vmk_init,
	.exit = vmk_exit,
	.test_cases = vmpage_reserv_mix_cases,
};

kunit_test_suite(vmpage_reserv_mix_suite);
