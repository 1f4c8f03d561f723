// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Windows: all pages of a reservation come at once, ready for a first touch, or none.
 */
#include "../module/vm/vm_page_priv.h"
#include "../module/vm/vm_zero.h"
#include "kunit_fixture.h"

#define WINDOW	VM_LEVEL_0_NPAGES
#define LEAVES	(WINDOW / XA_CHUNK_SIZE)

static vm_page_t alloc_window(vm_object_t object, vm_pindex_t pindex, bool promised)
{
	vm_page_t m;

	VM_OBJECT_WLOCK(object);
	m = vmpage_alloc_window(object, pindex, 0, promised);
	VM_OBJECT_WUNLOCK(object);
	return m;
}

/* Nothing is had, and nothing changes. */
static void expect_none(struct kunit *test, vm_object_t object, vm_pindex_t pindex)
{
	struct vmk_counts before, after;

	vmk_counts(&before);
	KUNIT_EXPECT_NULL(test, alloc_window(object, pindex, false));
	vmk_counts(&after);
	vmk_expect_same_counts(test, &before, &after);
	vmk_expect_audit_clean(test);
}

static void expect_ready(struct kunit *test, vm_object_t object, vm_pindex_t pindex, vm_page_t m)
{
	KUNIT_EXPECT_PTR_EQ(test, m->object, object);
	KUNIT_EXPECT_EQ(test, m->pindex, pindex);
	KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(object, pindex), m);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_UNBUSIED);
	KUNIT_EXPECT_EQ(test, m->ref_count, VPRC_OBJREF);
	KUNIT_EXPECT_EQ(test, m->valid, VM_PAGE_BITS_ALL);
	KUNIT_EXPECT_EQ(test, m->dirty, 0);
	KUNIT_EXPECT_EQ(test, m->flags | m->oflags, 0);
	KUNIT_EXPECT_EQ(test, m->a.queue, PQ_ACTIVE);
	KUNIT_EXPECT_EQ(test, m->a.flags, PGA_REQUEUE);
	KUNIT_EXPECT_EQ(test, m->a.act_count, ACT_INIT);
	KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(m, 0));
}

static void expect_window(struct kunit *test, vm_object_t object, vm_pindex_t pindex, vm_page_t m)
{
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, vmk_off(m) % ptoa(WINDOW), 0);
	KUNIT_EXPECT_EQ(test, vm_reserv_level_iffullpop(m), 0);
	for (i = 0; i < WINDOW; i++)
		expect_ready(test, object, pindex + i, &m[i]);
	vmk_expect_audit_clean(test);
}

static void window_is_ready_for_use(struct kunit *test)
{
	const s64 zfod = VM_CNT_FETCH(v_zfod), ozfod = VM_CNT_FETCH(v_ozfod);
	vm_object_t object;

	vmk_b4(test);
	vmk_use_memory(VMK_BASE, VMK_BASE + ptoa(2 * WINDOW));
	object = vmk_object(test, VMK_V, 3 * WINDOW);
	expect_window(test, object, WINDOW, alloc_window(object, WINDOW, false));
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), WINDOW);
	KUNIT_EXPECT_EQ(test, object->resident_page_count, WINDOW);
	KUNIT_EXPECT_EQ(test, VM_CNT_FETCH(v_zfod) - zfod, WINDOW);
	KUNIT_EXPECT_EQ(test, VM_CNT_FETCH(v_ozfod) - ozfod, 0);
}

/* The other one stays as it is; the first window of all has no leaf before. */
static void windows_lie_side_by_side(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m[2];

	vmk_b4(test);
	vmk_thresholds_off(test);
	object = vmk_object(test, VMK_V, 2 * WINDOW);
	m[0] = alloc_window(object, 0, false);
	m[1] = alloc_window(object, WINDOW, false);
	expect_window(test, object, 0, m[0]);
	expect_window(test, object, WINDOW, m[1]);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 0);
}

/* Only those that are not known to be zero are cleared. */
static void zero_pages_are_left_alone(struct kunit *test)
{
	const s64 ozfod = VM_CNT_FETCH(v_ozfod);
	struct vm_zero_hand hand = {};
	vm_object_t object;
	unsigned int i;

	vmk_b4(test);
	vmk_use_memory(VMK_BASE, VMK_BASE + ptoa(2 * WINDOW));
	for (i = 0; i < 5; i++)
		KUNIT_EXPECT_TRUE(test, vm_zero_step(VM_DOMAIN(0), &hand));
	object = vmk_object(test, VMK_V, WINDOW);
	expect_window(test, object, 0, alloc_window(object, 0, false));
	KUNIT_EXPECT_EQ(test, VM_CNT_FETCH(v_ozfod) - ozfod, 5);
}

static void promised_window_uses_up_its_promises(struct kunit *test)
{
	vm_object_t object;

	vmk_b4(test);
	object = vmk_object(test, VMK_V, WINDOW);
	KUNIT_ASSERT_EQ(test, vmpage_promise(VM_DOMAIN(0), WINDOW + 1), 1);
	expect_window(test, object, 0, alloc_window(object, 0, true));
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), WINDOW - 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&VM_DOMAIN(0)->vmd_promised), 1);
	vmpage_unpromise(VM_DOMAIN(0), 1);
}

static void promised_window_needs_its_promises(struct kunit *test)
{
	vm_object_t object;

	vmk_b4(test);
	object = vmk_object(test, VMK_V, WINDOW);
	KUNIT_ASSERT_EQ(test, vmpage_promise(VM_DOMAIN(0), WINDOW - 1), 1);
	vmk_alloc_refused(test, alloc_window(object, 0, true));
	vmpage_unpromise(VM_DOMAIN(0), WINDOW - 1);
}

static void window_needs_the_lock_and_a_domain(struct kunit *test)
{
	vm_object_t object;

	vmk_b4(test);
	object = vmk_object(test, VMK_V, WINDOW);
	vmk_alloc_refused(test, vmpage_alloc_window(object, 0, 0, false));
	VM_OBJECT_WLOCK(object);
	vmk_alloc_refused(test, vmpage_alloc_window(object, 0, 1, false));
	VM_OBJECT_WUNLOCK(object);
}

/* Whichever leaf it is that finds no node. */
static void expect_node_failures_undone(struct kunit *test, vm_object_t object, bool promised)
{
	struct vmk_counts before, after;
	unsigned int nth;

	for (nth = 1; nth <= LEAVES; nth++) {
		vmk_counts(&before);
		vmk_fail_node(nth);
		KUNIT_EXPECT_NULL(test, alloc_window(object, WINDOW, promised));
		vmk_counts(&after);
		vmk_expect_same_counts(test, &before, &after);
		KUNIT_EXPECT_NULL(test, vmk_lookup(object, WINDOW));
		vmk_expect_audit_clean(test);
	}
	vmk_fail_node(0);
	expect_window(test, object, WINDOW, alloc_window(object, WINDOW, promised));
}

static void node_failure_undoes_the_window(struct kunit *test)
{
	vm_object_t object;

	vmk_b4(test);
	object = vmk_object(test, VMK_V, 2 * WINDOW);
	expect_node_failures_undone(test, object, false);
}

static void node_failure_leaves_the_promises(struct kunit *test)
{
	vm_object_t object;

	vmk_b4(test);
	object = vmk_object(test, VMK_V, 2 * WINDOW);
	KUNIT_ASSERT_EQ(test, vmpage_promise(VM_DOMAIN(0), WINDOW), 1);
	expect_node_failures_undone(test, object, true);
	KUNIT_EXPECT_EQ(test, atomic_read(&VM_DOMAIN(0)->vmd_promised), 0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), WINDOW);
}

static void window_with_a_page_is_left_alone(struct kunit *test)
{
	static const vm_pindex_t places[] = { WINDOW, WINDOW + 200, 2 * WINDOW - 1 };
	vm_object_t object;
	unsigned int i;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_V, 3 * WINDOW);
	for (i = 0; i < ARRAY_SIZE(places); i++) {
		m = vmk_alloc(test, object, places[i]);
		expect_none(test, object, WINDOW);
		vmk_free(test, m);
	}
}

/* A reservation begins at a multiple of 512, and ends below the end of the object. */
static void window_has_its_place(struct kunit *test)
{
	vm_object_t object;

	vmk_b4(test);
	object = vmk_object(test, VMK_V, 2 * WINDOW - 1);
	expect_none(test, object, 1);
	expect_none(test, object, XA_CHUNK_SIZE);
	expect_none(test, object, WINDOW);
	expect_none(test, object, -(vm_pindex_t)WINDOW);
}

static void window_is_taken_whole_or_not_at_all(struct kunit *test)
{
	vm_object_t object;

	vmk_b4(test);
	object = vmk_object(test, VMK_V, WINDOW);
	vmk_leave_free(test, 0, VM_DOMAIN(0)->vmd_free_reserved + WINDOW - 1);
	expect_none(test, object, 0);
}

static void window_needs_a_block(struct kunit *test)
{
	vm_object_t object;
	unsigned int i;

	vmk_b4(test);
	vmk_thresholds_off(test);
	object = vmk_object(test, VMK_V, WINDOW);
	for (i = 0; i < 2; i++)
		KUNIT_ASSERT_NOT_NULL(test, vmk_ncontig_in(test, 1, VMK_BASE + ptoa(i * WINDOW), 0,
							   PAGE_SIZE, 0));
	expect_none(test, object, 0);
}

static void window_of_what_is_not_simple_is_left_alone(struct kunit *test)
{
	vm_object_t object, loose;

	vmk_b4(test);
	expect_none(test, vmk_object(test, VMK_U, WINDOW), 0);

	object = vmk_object_type(test, OBJT_PHYS, WINDOW);
	VM_OBJECT_WLOCK(object);
	vm_object_color(object, 0);
	VM_OBJECT_WUNLOCK(object);
	expect_none(test, object, 0);

	object = vmk_object(test, VMK_V, WINDOW);
	VM_OBJECT_WLOCK(object);
	KUNIT_EXPECT_EQ(test, vm_object_set_memattr(object, VM_MEMATTR_UNCACHEABLE), KERN_SUCCESS);
	VM_OBJECT_WUNLOCK(object);
	expect_none(test, object, 0);

	object = vmk_object(test, VMK_V, 2 * WINDOW);
	vmk_cached(test, object, WINDOW, 1);
	expect_none(test, object, 0);
	vmk_cache_free(object, 0, 0);

	object = vmk_object(test, VMK_V, WINDOW);
	loose = vmk_object_type(test, OBJT_PHYS, 0);
	VM_OBJECT_WLOCK(object);
	vmpage_object_set_loose(object, loose);
	VM_OBJECT_WUNLOCK(object);
	expect_none(test, object, 0);
}

/* Its reservations do not begin where leaves of the index do. */
static void window_of_another_color_is_left_alone(struct kunit *test)
{
	vm_object_t object;

	vmk_b4(test);
	object = vmk_object(test, VMK_U, 2 * WINDOW);
	VM_OBJECT_WLOCK(object);
	vm_object_color(object, 1);
	VM_OBJECT_WUNLOCK(object);
	expect_none(test, object, WINDOW - 1);
}

/* What somebody has written to since it was freed is given to nobody. */
static void damaged_page_is_not_handed_out(struct kunit *test)
{
	vm_object_t object;
	unsigned int i;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_V, WINDOW);
	m = vmk_block(0, VM_FREEPOOL_DEFAULT, VM_LEVEL_0_ORDER + 1, 0);
	KUNIT_ASSERT_NOT_NULL(test, m);
	m[7].valid = 1;
	vmk_reported(test, KUNIT_EXPECT_NULL(test, alloc_window(object, 0, false)));
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), WINDOW);

	m[7].valid = 0;
	for (i = 0; i < WINDOW; i++)
		vm_page_free_uncounted(&m[i]);
	vm_domain_freecnt_inc(VM_DOMAIN(0), WINDOW);
}

static struct kunit_case vmpage_page_window_cases[] = {
	KUNIT_CASE(window_is_ready_for_use),
	KUNIT_CASE(windows_lie_side_by_side),
	KUNIT_CASE(zero_pages_are_left_alone),
	KUNIT_CASE(promised_window_uses_up_its_promises),
	KUNIT_CASE(promised_window_needs_its_promises),
	KUNIT_CASE(window_needs_the_lock_and_a_domain),
	KUNIT_CASE(node_failure_undoes_the_window),
	KUNIT_CASE(node_failure_leaves_the_promises),
	KUNIT_CASE(window_with_a_page_is_left_alone),
	KUNIT_CASE(window_has_its_place),
	KUNIT_CASE(window_is_taken_whole_or_not_at_all),
	KUNIT_CASE(window_needs_a_block),
	KUNIT_CASE(window_of_what_is_not_simple_is_left_alone),
	KUNIT_CASE(window_of_another_color_is_left_alone),
	KUNIT_CASE(damaged_page_is_not_handed_out),
	{}
};

static struct kunit_suite vmpage_page_window_suite = {
	.name = "vmpage_page_window",
	.init = vmk_init,
	.exit = vmk_exit,
	.test_cases = vmpage_page_window_cases,
};

kunit_test_suite(vmpage_page_window_suite);
