// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Pages: what they are when they come, what may be done with them, and what is
 * left when they go.
 */
#include "kunit_fixture.h"

/* Initialisation */

static void P01_object_page_is_initialised(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	m = vmk_alloc(test, object, 3);

	KUNIT_EXPECT_PTR_EQ(test, m->object, object);
	KUNIT_EXPECT_EQ(test, m->pindex, 3);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_CURTHREAD_EXCLUSIVE);
	KUNIT_EXPECT_TRUE(test, vm_page_xbusied(m));
	KUNIT_EXPECT_EQ(test, m->ref_count, 0x80000000u);
	KUNIT_EXPECT_EQ(test, m->valid, 0);
	KUNIT_EXPECT_EQ(test, m->dirty, 0);
	KUNIT_EXPECT_EQ(test, vm_page_queue(m), PQ_NONE);
	KUNIT_EXPECT_EQ(test, m->a.queue, PQ_NONE);
	KUNIT_EXPECT_EQ(test, m->a.act_count, 0);
	KUNIT_EXPECT_EQ(test, m->a.flags, 0);
	KUNIT_EXPECT_EQ(test, m->oflags, 0);
	KUNIT_EXPECT_EQ(test, m->flags, 0);
	KUNIT_EXPECT_EQ(test, object->resident_page_count, 1);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1023);
}

static void P02_sbusy_gives_one_sharer(struct kunit *test)
{
	vm_page_t m;

	vmk_b4(test);
	m = vmk_alloc_req(test, vmk_object(test, VMK_O, 8), 0, VM_ALLOC_SBUSY);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, m->busy_lock, 0x9);
	KUNIT_EXPECT_TRUE(test, vm_page_sbusied(m));
}

static void P03_nobusy_leaves_the_page_unbusied(struct kunit *test)
{
	vm_page_t m;

	vmk_b4(test);
	m = vmk_alloc_req(test, vmk_object(test, VMK_O, 8), 0, VM_ALLOC_NOBUSY);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, m->busy_lock, 0x1);
	KUNIT_EXPECT_FALSE(test, vm_page_busied(m));
}

static void P04_wired_page_is_counted(struct kunit *test)
{
	vm_page_t m;

	vmk_b4(test);
	m = vmk_alloc_req(test, vmk_object(test, VMK_O, 8), 0, VM_ALLOC_WIRED);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, m->ref_count, 0x80000001u);
	KUNIT_EXPECT_EQ(test, vmk_wired(), 1);
	vm_page_unwire(m, PQ_INACTIVE);
}

static void expect_noobj_page(struct kunit *test, vm_page_t m)
{
	KUNIT_EXPECT_NULL(test, m->object);
	KUNIT_EXPECT_EQ(test, m->pindex, 0xdeadc0dedeadc0deULL);
	KUNIT_EXPECT_EQ(test, m->oflags, 0x04);
	KUNIT_EXPECT_EQ(test, m->busy_lock, 0x1);
	KUNIT_EXPECT_EQ(test, m->ref_count, 0);
	KUNIT_EXPECT_EQ(test, m->valid, 0);
	KUNIT_EXPECT_EQ(test, m->dirty, 0);
	KUNIT_EXPECT_EQ(test, vm_page_queue(m), PQ_NONE);
	KUNIT_EXPECT_EQ(test, m->a.flags, 0);
}

static void P05_noobj_page_is_initialised(struct kunit *test)
{
	vmk_b4(test);
	expect_noobj_page(test, vmk_noobj(test));
}

static void contig_pages_are_initialised_like_noobj(struct kunit *test)
{
	vm_page_t m;
	int i;

	vmk_b4(test);
	m = vm_page_alloc_noobj_contig(VM_ALLOC_WIRED | VM_ALLOC_NODUMP, 5, 0, ~0ULL, 1, 0,
				       VM_MEMATTR_DEFAULT);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, vmk_wired(), 5);
	for (i = 0; i < 5; i++) {
		KUNIT_EXPECT_EQ(test, m[i].phys_addr, m->phys_addr + i * PAGE_SIZE);
		KUNIT_EXPECT_EQ(test, m[i].flags, PG_NODUMP);
		KUNIT_EXPECT_EQ(test, m[i].ref_count, 1);
		KUNIT_EXPECT_TRUE(test, vm_page_unwire_noq(&m[i]));
		expect_noobj_page(test, &m[i]);
		vm_page_free(&m[i]);
	}
}

/* Write to a page, free it, and take pages until that one comes back. */
static void P06_zero_clears_what_was_written(struct kunit *test)
{
	vm_page_t m, dirty;

	vmk_b4(test);
	vmk_thresholds_off(test);
	dirty = vmk_noobj(test);
	memset(vmk_page_kva(dirty), 0x5a, PAGE_SIZE);
	vmk_free(test, dirty);

	do {
		m = vmk_noobj_req(test, VM_ALLOC_ZERO);
		KUNIT_ASSERT_NOT_NULL(test, m);
	} while (m != dirty);
	KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(m, 0));
	KUNIT_EXPECT_EQ(test, m->flags & PG_ZERO, 0);
}

static void P07_zero_page_keeps_its_flag(struct kunit *test)
{
	static const int reqs[] = { VM_ALLOC_NORMAL, VM_ALLOC_ZERO };
	vm_page_t m, again;
	unsigned int i;

	vmk_b4(test);
	for (i = 0; i < ARRAY_SIZE(reqs); i++) {
		m = vm_page_alloc_noobj(VM_ALLOC_NORMAL);
		KUNIT_ASSERT_NOT_NULL(test, m);
		pmap_zero_page(m);
		vm_page_free_zero(m);
		KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);

		again = vm_page_alloc_noobj(reqs[i]);
		KUNIT_EXPECT_PTR_EQ(test, again, m);
		KUNIT_EXPECT_EQ(test, vmk_flags(again), PG_ZERO);
		vm_page_free(again);
	}
}

/* A page that is known to be zero is not cleared again. */
static void zero_trusts_the_flag(struct kunit *test)
{
	vm_page_t m, again;

	vmk_b4(test);
	m = vm_page_alloc_noobj(VM_ALLOC_NORMAL);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(m, VMK_POISON));
	vm_page_free_zero(m);
	again = vmk_noobj_req(test, VM_ALLOC_ZERO);
	KUNIT_EXPECT_PTR_EQ(test, again, m);
	KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(again, VMK_POISON));
}

static void P09_free_forgets_that_a_page_is_zero(struct kunit *test)
{
	vm_page_t m;

	vmk_b4(test);
	m = vm_page_alloc_noobj(VM_ALLOC_NORMAL);
	KUNIT_ASSERT_NOT_NULL(test, m);
	vm_page_free_zero(m);
	KUNIT_EXPECT_PTR_EQ(test, vm_page_alloc_noobj(VM_ALLOC_NORMAL), m);
	KUNIT_EXPECT_EQ(test, m->flags & PG_ZERO, PG_ZERO);
	vm_page_free(m);
	KUNIT_EXPECT_PTR_EQ(test, vmk_noobj(test), m);
	KUNIT_EXPECT_EQ(test, m->flags & PG_ZERO, 0);
}

static void zero_is_ignored_for_an_object_page(struct kunit *test)
{
	vm_page_t m;

	vmk_b4(test);
	m = vmk_alloc_req(test, vmk_object(test, VMK_O, 8), 0, VM_ALLOC_ZERO);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(m, VMK_POISON));
	KUNIT_EXPECT_EQ(test, m->flags & PG_ZERO, 0);
}

static void zero_run_is_zero_throughout(struct kunit *test)
{
	vm_page_t m;
	int i;

	vmk_b4(test);
	m = vm_page_alloc_noobj_contig(VM_ALLOC_ZERO, 9, 0, ~0ULL, 1, 0, VM_MEMATTR_DEFAULT);
	KUNIT_ASSERT_NOT_NULL(test, m);
	vmk_hold(test, m, 9);
	for (i = 0; i < 9; i++)
		KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(&m[i], 0));
	KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(&m[9], VMK_POISON));
}

static void nodump_lasts_until_the_next_allocation(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	m = vmk_alloc_req(test, object, 0, VM_ALLOC_NODUMP);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, m->flags, PG_NODUMP);
	vmk_free(test, m);
	KUNIT_EXPECT_PTR_EQ(test, vmk_alloc(test, object, 0), m);
	KUNIT_EXPECT_EQ(test, m->flags, 0);
}

static void P13_unmanaged_object_has_unmanaged_pages(struct kunit *test)
{
	vm_page_t m;

	vmk_b4(test);
	m = vmk_alloc(test, vmk_object_type(test, OBJT_PHYS, 8), 0);
	KUNIT_EXPECT_EQ(test, m->oflags, VPO_UNMANAGED);
}

static void P14_resident_index_is_refused(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	m = vmk_alloc(test, object, 3);

	vmk_alloc_refused(test, vmk_alloc_req(test, object, 3, 0));
	KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(object, 3), m);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_CURTHREAD_EXCLUSIVE);
	KUNIT_EXPECT_EQ(test, object->resident_page_count, 1);
}

/* Freeing */

static void P18_free_of_a_wired_page_is_refused(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m, mo;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	m = vm_page_alloc_noobj(VM_ALLOC_WIRED);
	mo = vmk_alloc_req(test, object, 0, VM_ALLOC_WIRED);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_ASSERT_NOT_NULL(test, mo);

	vmk_refused(test, vm_page_free(m));
	KUNIT_EXPECT_EQ(test, m->ref_count, 1);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_UNBUSIED);
	vmk_refused(test, vmk_free(test, mo));
	KUNIT_EXPECT_EQ(test, mo->ref_count, VPRC_OBJREF | 1);
	KUNIT_EXPECT_EQ(test, mo->busy_lock, VPB_CURTHREAD_EXCLUSIVE);
	KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(object, 0), mo);

	vm_page_unwire(m, PQ_NONE);
	vm_page_unwire(mo, PQ_INACTIVE);
}

static void free_in_thread(void *arg)
{
	vm_page_t m = arg;
	vm_object_t object = m->object;

	VM_OBJECT_WLOCK(object);
	vm_page_free(m);
	VM_OBJECT_WUNLOCK(object);
}

static void P19_free_needs_the_callers_exclusive_busy(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	m = vmk_alloc(test, object, 0);

	/* Busied, but by somebody else. */
	vmk_refused(test, vmk_in_thread(test, free_in_thread, m));
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_CURTHREAD_EXCLUSIVE);

	vm_page_busy_downgrade(m);
	vmk_refused(test, vmk_free(test, m));
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_SHARERS_WORD(1));

	vm_page_sunbusy(m);
	vmk_refused(test, vmk_free(test, m));
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_UNBUSIED);
	KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(object, 0), m);
	KUNIT_EXPECT_EQ(test, m->ref_count, VPRC_OBJREF);
}

static void free_needs_the_write_lock(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	m = vmk_alloc(test, object, 0);
	vmk_refused(test, vm_page_free(m));
	VM_OBJECT_RLOCK(object);
	vmk_refused(test, vm_page_free(m));
	VM_OBJECT_RUNLOCK(object);
	KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(object, 0), m);
}

static void free_of_a_page_the_caller_has_busied_is_refused(struct kunit *test)
{
	vm_page_t m;

	vmk_b4(test);
	m = vmk_noobj(test);
	KUNIT_EXPECT_EQ(test, vm_page_tryxbusy(m), 1);
	vmk_refused(test, vm_page_free(m));
	vm_page_xunbusy(m);
}

/* As after a lookup without a lock that came too late: he who has it busied frees it. */
static void free_of_a_page_busied_in_passing_waits_for_the_unbusy(struct kunit *test)
{
	vm_page_t m;

	vmk_b4(test);
	m = vm_page_alloc_noobj(VM_ALLOC_NORMAL);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, vm_page_trysbusy(m), 1);
	KUNIT_EXPECT_EQ(test, vm_page_trysbusy(m), 1);
	vm_page_free(m);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1023);
	vm_page_sunbusy(m);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1023);
	vm_page_sunbusy(m);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_FREED);
	KUNIT_EXPECT_EQ(test, m->ref_count, 0);

	/* It is given up: a second free is the caller's mistake. */
	m = vm_page_alloc_noobj(VM_ALLOC_NORMAL);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, vm_page_trysbusy(m), 1);
	vm_page_free_zero(m);
	vmk_refused(test, vm_page_free(m));
	vm_page_sunbusy(m);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
	KUNIT_EXPECT_EQ(test, m->flags, PG_ZERO);
}

static void busy_in_passing(void *arg)
{
	vm_page_t m = arg;
	int i;

	for (i = 0; i < 20000; i++) {
		if (vm_page_trysbusy(m))
			vm_page_sunbusy(m);
		if (vm_page_tryxbusy(m))
			vm_page_xunbusy(m);
	}
}

static void free_and_take_again(void *arg)
{
	unsigned int *failures = arg;
	int i;

	for (i = 0; i < 20000; i++) {
		const vm_page_t m = vm_page_alloc_noobj(VM_ALLOC_INTERRUPT);

		if (m)
			vm_page_free(m);
		else
			++*failures;
	}
}

static void pages_busied_in_passing_are_never_lost(struct kunit *test)
{
	unsigned int failures = 0;
	struct vmk_thread *t;
	vm_page_t m;

	vmk_b4(test);
	vmk_leave_free(test, 0, 1);
	m = vmk_block(0, VM_FREEPOOL_DIRECT, 0, 0);
	KUNIT_ASSERT_NOT_NULL(test, m);
	t = vmk_thread_start(test, busy_in_passing, m);
	free_and_take_again(&failures);
	vmk_thread_join(test, t);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_FREED);
}

static vm_page_t alloc_to_list(struct kunit *test, struct spglist *list, int req)
{
	const vm_page_t m = vm_page_alloc_noobj(req);

	KUNIT_ASSERT_NOT_NULL(test, m);
	vmpage_spglist_insert(list, m);
	return m;
}

static void list_of_pages_is_freed(struct kunit *test)
{
	struct spglist list;
	vm_page_t m, zero;
	int i;

	vmk_b4(test);
	vmpage_spglist_init(&list);
	vm_page_free_pages_toq(&list, true);
	KUNIT_EXPECT_EQ(test, vmk_wired(), 0);

	zero = alloc_to_list(test, &list, VM_ALLOC_NORMAL);
	zero->flags |= PG_ZERO;
	m = alloc_to_list(test, &list, VM_ALLOC_NORMAL);
	vm_page_free_pages_toq(&list, false);
	KUNIT_EXPECT_NULL(test, list.slh_first);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
	KUNIT_EXPECT_EQ(test, zero->flags, PG_ZERO);
	KUNIT_EXPECT_EQ(test, m->flags, 0);

	/* Pages whose wiring went without the count being told. */
	for (i = 0; i < 3; i++) {
		m = alloc_to_list(test, &list, VM_ALLOC_WIRED);
		m->ref_count = 0;
	}
	KUNIT_EXPECT_EQ(test, vmk_wired(), 3);
	vm_page_free_pages_toq(&list, true);
	KUNIT_EXPECT_EQ(test, vmk_wired(), 0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
}

static void free_invalid_leaves_a_wired_page_to_its_holder(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m, wired;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	m = vmk_alloc(test, object, 0);
	wired = vmk_alloc_req(test, object, 1, VM_ALLOC_WIRED);
	KUNIT_ASSERT_NOT_NULL(test, wired);
	VM_OBJECT_WLOCK(object);
	vm_page_free_invalid(m);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_FREED);
	vm_page_free_invalid(wired);
	VM_OBJECT_WUNLOCK(object);
	KUNIT_EXPECT_EQ(test, wired->busy_lock, VPB_UNBUSIED);
	KUNIT_EXPECT_NULL(test, wired->object);
	KUNIT_EXPECT_EQ(test, object->resident_page_count, 0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1023);
	vm_page_unwire(wired, PQ_INACTIVE);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
}

static void free_invalid_nonsense_is_refused(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	m = vmk_alloc(test, object, 0);
	vmk_refused(test, vm_page_free_invalid(m));
	VM_OBJECT_WLOCK(object);
	m->valid = 1;
	vmk_refused(test, vm_page_free_invalid(m));
	m->valid = 0;
	vm_page_xunbusy(m);
	vmk_refused(test, vm_page_free_invalid(m));
	VM_OBJECT_WUNLOCK(object);
	KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(object, 0), m);
}

static void sleep_on_busy(void *arg)
{
	const vm_page_t m = arg;

	vm_page_busy_sleep_unlocked(m->object, m, m->pindex, "test", 0);
}

static void second_free_is_refused(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	m = vm_page_alloc_noobj(VM_ALLOC_NORMAL);
	KUNIT_ASSERT_NOT_NULL(test, m);
	vm_page_free(m);
	vmk_refused(test, vm_page_free(m));
	vmk_refused(test, vm_page_free_zero(m));

	object = vmk_object(test, VMK_O, 8);
	m = vmk_alloc(test, object, 0);
	vmk_free(test, m);
	vmk_refused(test, vm_page_free(m));
}

static void P20_free_of_a_busied_object_page(struct kunit *test)
{
	struct vmk_thread *t;
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	vmk_alloc(test, object, 1);
	m = vmk_alloc(test, object, 0);
	m->valid = VM_PAGE_BITS_ALL;
	m->dirty = VM_PAGE_BITS_ALL;
	m->a.act_count = 5;
	KUNIT_EXPECT_EQ(test, vmk_tfree(), 0);
	t = vmk_thread_start(test, sleep_on_busy, m);
	vmk_until(test, READ_ONCE(m->busy_lock) & VPB_BIT_WAITERS);
	KUNIT_EXPECT_FALSE(test, vmk_thread_done(t));
	vmk_free(test, m);
	vmk_thread_join(test, t);

	KUNIT_EXPECT_EQ(test, object->resident_page_count, 1);
	KUNIT_EXPECT_EQ(test, m->busy_lock, 0xfffffffe);
	KUNIT_EXPECT_NULL(test, vmk_lookup(object, 0));
	KUNIT_EXPECT_NULL(test, m->object);
	KUNIT_EXPECT_EQ(test, m->ref_count, 0);
	KUNIT_EXPECT_EQ(test, m->valid, 0);
	KUNIT_EXPECT_EQ(test, m->dirty, 0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1023);
	KUNIT_EXPECT_EQ(test, vmk_tfree(), 1);
	/* Nothing of it is left for the next owner. */
	vmk_alloc(test, object, 0);
	KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(object, 0), m);
	KUNIT_EXPECT_EQ(test, m->a.act_count, 0);
}

static void free_leaves_the_content_alone(struct kunit *test)
{
	vm_page_t m;

	vmk_b4(test);
	m = vmk_noobj(test);
	memset(vmk_page_kva(m), 0x5a, PAGE_SIZE);
	vmk_free(test, m);
	KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(m, 0x5a));
}

/* Contexts */

struct atomic_run {
	vm_page_t m, run, wired;
};

static void allocate_in_atomic(void *arg)
{
	struct atomic_run *r = arg;

	r->m = vm_page_alloc_noobj(VM_ALLOC_INTERRUPT | VM_ALLOC_NOWAIT);
	r->run = vm_page_alloc_noobj_contig(VM_ALLOC_INTERRUPT, 8, 0, ~0ULL, 1, 0,
					    VM_MEMATTR_DEFAULT);
	r->wired = vm_page_alloc_noobj_domain(0, VM_ALLOC_INTERRUPT | VM_ALLOC_WIRED);
}

static void free_in_atomic(void *arg)
{
	struct atomic_run *r = arg;
	int i;

	vm_page_wire(r->m);
	if (vm_page_unwire_noq(r->m))
		vm_page_free(r->m);
	for (i = 0; i < 8; i++)
		vm_page_free_zero(&r->run[i]);
	vm_page_unwire(r->wired, PQ_NONE);
}

static void pages_come_and_go_in_hard_interrupt(struct kunit *test)
{
	struct atomic_run r = {};

	vmk_b4(test);
	vmk_in_hardirq(test, allocate_in_atomic, &r);
	KUNIT_ASSERT_NOT_NULL(test, r.m);
	KUNIT_ASSERT_NOT_NULL(test, r.run);
	KUNIT_ASSERT_NOT_NULL(test, r.wired);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1014);
	KUNIT_EXPECT_EQ(test, vmk_wired(), 1);
	vmk_in_hardirq(test, free_in_atomic, &r);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
	KUNIT_EXPECT_EQ(test, vmk_wired(), 0);
}

static void pages_come_and_go_with_interrupts_off(struct kunit *test)
{
	struct atomic_run r = {};
	unsigned long flags;
	bool off;

	vmk_b4(test);
	local_irq_save(flags);
	allocate_in_atomic(&r);
	if (r.m && r.run && r.wired)
		free_in_atomic(&r);
	off = irqs_disabled();
	local_irq_restore(flags);
	KUNIT_EXPECT_TRUE(test, off);
	KUNIT_EXPECT_NOT_NULL(test, r.wired);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
}

/* The interrupt finds the allocator at work in the thread it interrupted. */
static void hard_interrupts_mix_with_a_thread(struct kunit *test)
{
	struct atomic_run r = {};
	int i;

	vmk_b4(test);
	for (i = 0; i < 4; i++) {
		vm_page_t m = vm_page_alloc_noobj(VM_ALLOC_NORMAL);

		KUNIT_ASSERT_NOT_NULL(test, m);
		vmk_in_hardirq(test, allocate_in_atomic, &r);
		KUNIT_ASSERT_NOT_NULL(test, r.wired);
		vm_page_free(m);
		vmk_in_hardirq(test, free_in_atomic, &r);
	}
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
}

struct churn {
	vm_object_t object;
	unsigned int failures;
	u32 order[200];
};

static void churn_pages(void *arg)
{
	struct churn *c = arg;
	unsigned int i, round;

	for (round = 0; round < 10; round++) {
		for (i = 0; i < ARRAY_SIZE(c->order); i++) {
			VM_OBJECT_WLOCK(c->object);
			c->failures += !vm_page_alloc(c->object, c->order[i], 0);
			VM_OBJECT_WUNLOCK(c->object);
		}
		for (i = 0; i < ARRAY_SIZE(c->order); i++) {
			VM_OBJECT_WLOCK(c->object);
			vm_page_free(vm_page_lookup(c->object, i));
			VM_OBJECT_WUNLOCK(c->object);
		}
	}
}

static void two_threads_restore_every_count(struct kunit *test)
{
	struct churn *c;
	int i;

	vmk_b4(test);
	c = kunit_kcalloc(test, 2, sizeof(*c), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, c);
	for (i = 0; i < 2; i++) {
		c[i].object = vmk_object(test, VMK_O, ARRAY_SIZE(c->order));
		vmk_permutation(c[i].order, ARRAY_SIZE(c->order));
	}
	vmk_in_two_threads(test, churn_pages, &c[0], &c[1]);
	KUNIT_EXPECT_EQ(test, c[0].failures + c[1].failures, 0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
	vmk_expect_free_lists(test, 0, "DEF{10:1} DIR{}");
}

/* Random pages of every kind, in and out; at the end all is as it was. */
static void random_pages_restore_every_count(struct kunit *test)
{
	const unsigned int npages = 400;
	unsigned int i, round;
	vm_page_t *ma;
	int req;

	vmk_c2x4(test);
	ma = kunit_kcalloc(test, npages, sizeof(*ma), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, ma);
	for (round = 0; round < 3000; round++) {
		i = vmk_random_below(npages);
		if (!ma[i]) {
			req = vmk_random_below(2) ? VM_ALLOC_WIRED : VM_ALLOC_NORMAL;
			ma[i] = vm_page_alloc_noobj_domain(vmk_random_below(2), req);
			KUNIT_ASSERT_NOT_NULL(test, ma[i]);
			continue;
		}
		vmk_free_any(test, ma[i]);
		ma[i] = NULL;
	}
	vmk_expect_audit_clean(test);
	for (i = 0; i < npages; i++)
		if (ma[i])
			vmk_free_any(test, ma[i]);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
	KUNIT_EXPECT_EQ(test, vmk_free_count(1), 1024);
	KUNIT_EXPECT_EQ(test, vmk_wired(), 0);
	vmk_expect_free_lists(test, 0, "DEF{} DIR{10:1}");
	vmk_expect_free_lists(test, 1, "DEF{} DIR{10:1}");
}

static struct kunit_case vmpage_page_cases[] = {
	KUNIT_CASE(P01_object_page_is_initialised),
	KUNIT_CASE(P02_sbusy_gives_one_sharer),
	KUNIT_CASE(P03_nobusy_leaves_the_page_unbusied),
	KUNIT_CASE(P04_wired_page_is_counted),
	KUNIT_CASE(P05_noobj_page_is_initialised),
	KUNIT_CASE(contig_pages_are_initialised_like_noobj),
	KUNIT_CASE(P06_zero_clears_what_was_written),
	KUNIT_CASE(P07_zero_page_keeps_its_flag),
	KUNIT_CASE(zero_trusts_the_flag),
	KUNIT_CASE(P09_free_forgets_that_a_page_is_zero),
	KUNIT_CASE(zero_is_ignored_for_an_object_page),
	KUNIT_CASE(zero_run_is_zero_throughout),
	KUNIT_CASE(nodump_lasts_until_the_next_allocation),
	KUNIT_CASE(P13_unmanaged_object_has_unmanaged_pages),
	KUNIT_CASE(P14_resident_index_is_refused),
	KUNIT_CASE(P18_free_of_a_wired_page_is_refused),
	KUNIT_CASE(P19_free_needs_the_callers_exclusive_busy),
	KUNIT_CASE(free_needs_the_write_lock),
	KUNIT_CASE(free_of_a_page_the_caller_has_busied_is_refused),
	KUNIT_CASE(free_of_a_page_busied_in_passing_waits_for_the_unbusy),
	KUNIT_CASE(pages_busied_in_passing_are_never_lost),
	KUNIT_CASE(list_of_pages_is_freed),
	KUNIT_CASE(free_invalid_leaves_a_wired_page_to_its_holder),
	KUNIT_CASE(free_invalid_nonsense_is_refused),
	KUNIT_CASE(second_free_is_refused),
	KUNIT_CASE(P20_free_of_a_busied_object_page),
	KUNIT_CASE(free_leaves_the_content_alone),
	KUNIT_CASE(pages_come_and_go_in_hard_interrupt),
	KUNIT_CASE(pages_come_and_go_with_interrupts_off),
	KUNIT_CASE(hard_interrupts_mix_with_a_thread),
	KUNIT_CASE(two_threads_restore_every_count),
	KUNIT_CASE(random_pages_restore_every_count),
	{}
};

static struct kunit_suite vmpage_page_suite = {
	.name = "vmpage_page",
	.init = vmk_init,
	.exit = vmk_exit,
	.test_cases = vmpage_page_cases,
};

kunit_test_suite(vmpage_page_suite);
