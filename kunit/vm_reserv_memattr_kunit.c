// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Reservations with a memory attribute.
 */
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <vm/vm_pageout.h>

#include "../module/vm/vm_meter.h"
#include "vm_reserv_kunit.h"

#define WC		RESV_MEMATTR
#define TEXT_SIZE	256		/* bytes */

static vm_object_t b4_object(struct kunit *test)
{
	vmk_b4(test);
	return resv_memattr_object(test, 1024);
}

static vm_memattr_t memattr_at(u64 off)
{
	return vmk_chunk_memattr(VMK_BASE + off);
}

/* What there is in domain 0. */
static void expect_sum(struct kunit *test, unsigned int reservs, unsigned int restoring,
		       unsigned long unused)
{
	struct vmpage_reserv_memattr sum;

	vmpage_reserv_memattr(0, &sum);
	KUNIT_EXPECT_EQ(test, sum.reservs, reservs);
	KUNIT_EXPECT_EQ(test, sum.restoring, restoring);
	KUNIT_EXPECT_EQ(test, sum.unused, unused);
}

/* Coming */

static void all_512_pages_leave_the_count_at_once(struct kunit *test)
{
	vm_object_t object = b4_object(test);
	vm_page_t m = vmk_alloc(test, object, 3);

	KUNIT_EXPECT_EQ(test, vmk_off(m), ptoa(3));
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 512);
	KUNIT_EXPECT_EQ(test, memattr_at(0), WC);
	KUNIT_EXPECT_EQ(test, memattr_at(RESV_SIZE), VM_MEMATTR_DEFAULT);
	expect_sum(test, 1, 0, 511);
	vmk_expect_audit_clean(test);

	KUNIT_EXPECT_PTR_EQ(test, vmk_alloc(test, object, 500), m + 497);
	KUNIT_EXPECT_EQ(test, pmap_page_get_memattr(m + 497), WC);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 512);
	expect_sum(test, 1, 0, 510);
	KUNIT_EXPECT_FALSE(test, vm_reserv_is_page_free(m + 1));
	resv_expect_partpop(test, 0, 0, 0);
	vmk_expect_audit_clean(test);

	/* The last pages of a domain, all of which are spoken for. */
	KUNIT_EXPECT_PTR_EQ(test, vmk_alloc_req(test, object, 512, VM_ALLOC_INTERRUPT),
			    resv_page(RESV_SIZE));
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 0);
	KUNIT_EXPECT_NOT_NULL(test, vmk_alloc_req(test, object, 4, VM_ALLOC_NORMAL));
	vmk_expect_audit_clean(test);
}

static void its_pages_are_zero_before_they_have_it(struct kunit *test)
{
	vm_object_t object = b4_object(test);
	vm_page_t m = vmk_alloc(test, object, 0);

	KUNIT_EXPECT_TRUE(test, m->flags & PG_ZERO);
	KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(m, 0));
	KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(m + 511, 0));
	KUNIT_EXPECT_TRUE(test, vmk_alloc(test, object, 511)->flags & PG_ZERO);
	/* Of a page that was in use nobody knows. */
	vmk_free(test, m);
	KUNIT_EXPECT_FALSE(test, vmk_alloc(test, object, 0)->flags & PG_ZERO);
}

static void pages_known_to_be_zero_are_left_alone(struct kunit *test)
{
	vm_object_t object = b4_object(test);
	vm_page_t m;
	int i;

	for (i = 0; i < 512; i++)
		resv_page(ptoa(i))->flags |= PG_ZERO;
	m = vmk_alloc(test, object, 0);
	KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(m, VMK_POISON));
}

static void class_of_the_request_is_that_of_512_pages(struct kunit *test)
{
	vm_object_t object = b4_object(test);

	vmk_alloc(test, object, 0);
	vmk_set_free(test, 0, VM_DOMAIN(0)->vmd_free_reserved + 511);
	KUNIT_EXPECT_NULL(test, vmk_alloc_req(test, object, 512, VM_ALLOC_NORMAL));
	vmk_set_free(test, 0, VM_DOMAIN(0)->vmd_free_reserved + 512);
	KUNIT_EXPECT_NOT_NULL(test, vmk_alloc_req(test, object, 512, VM_ALLOC_NORMAL));
	vmk_set_free(test, 0, 0);
}

static void without_a_block_there_is_no_page(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	object = b4_object(test);
	m = vmk_ncontig_in(test, 1, VMK_BASE, VMK_BASE + SZ_2M, 1, 0);
	KUNIT_ASSERT_NOT_NULL(test, m);
	m = vmk_ncontig_in(test, 1, VMK_BASE + SZ_2M, 0, 1, 0);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_NULL(test, vmk_alloc_req(test, object, 0, VM_ALLOC_NORMAL));
	KUNIT_EXPECT_NULL(test, resv_contig(object, 0, 4));
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1022);
	expect_sum(test, 0, 0, 0);

	vmk_free(test, m);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 0)), RESV_SIZE);
}

static void cached_pages_make_room(struct kunit *test)
{
	vm_object_t object = b4_object(test), other = vmk_object(test, VMK_U, 1024);
	int i;

	for (i = 0; i < 1000; i++)
		vmk_cached(test, other, i, 0x11);
	KUNIT_EXPECT_NOT_NULL(test, vmk_alloc_req(test, object, 0, VM_ALLOC_NORMAL));
	KUNIT_EXPECT_NOT_NULL(test, resv_contig(object, 8, 4));
	KUNIT_EXPECT_EQ(test, vmk_free_count(0) + vmk_cache_count(0), 512);
	vmk_cache_free(other, 0, 0);
}

static void cached_pages_that_would_not_do_are_kept(struct kunit *test)
{
	vm_object_t object = b4_object(test), other = vmk_object(test, VMK_U, 8);
	long free;
	int i;

	for (i = 0; i < 8; i++)
		vmk_cached(test, other, i, 0x11);
	free = vmk_free_count(0);
	vmk_set_free(test, 0, VM_DOMAIN(0)->vmd_free_reserved + 512 - 9);
	KUNIT_EXPECT_NULL(test, vmk_alloc_req(test, object, 0, VM_ALLOC_NORMAL));
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0), 8);
	vmk_set_free(test, 0, free);
	vmk_cache_free(other, 0, 0);
}

static void window_may_go_over_the_end_of_its_object(struct kunit *test)
{
	vm_object_t object;

	vmk_b4(test);
	object = resv_memattr_object(test, 10);
	KUNIT_EXPECT_NOT_NULL(test, vmk_alloc_req(test, object, 9, VM_ALLOC_NORMAL));
	KUNIT_EXPECT_NULL(test, vmk_alloc_req(test, object, 10, VM_ALLOC_NORMAL));
}

static void page_of_another_kind_keeps_the_window(struct kunit *test)
{
	vm_object_t object = b4_object(test);
	vm_page_t m = vm_page_alloc_noobj(VM_ALLOC_NORMAL);

	KUNIT_ASSERT_NOT_NULL(test, m);
	VM_OBJECT_WLOCK(object);
	KUNIT_ASSERT_EQ(test, vm_page_insert(m, object, 7), 0);
	VM_OBJECT_WUNLOCK(object);
	KUNIT_EXPECT_NULL(test, vmk_alloc_req(test, object, 8, VM_ALLOC_NORMAL));
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1023);
	KUNIT_EXPECT_NOT_NULL(test, vmk_alloc_req(test, object, 512, VM_ALLOC_NORMAL));
	KUNIT_ASSERT_EQ(test, vm_page_tryxbusy(m), 1);
}

static void run_fills_whole_blocks(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;
	int i;

	vmk_a64(test);
	object = resv_memattr_object(test, 1300);
	m = resv_contig(object, 500, 700);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, vmk_off(m) % RESV_SIZE, ptoa(500));
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 16384 - 1536);
	expect_sum(test, 3, 0, 1536 - 700);
	for (i = 0; i < 700; i++) {
		KUNIT_EXPECT_EQ(test, m[i].pindex, 500 + i);
		KUNIT_EXPECT_EQ(test, pmap_page_get_memattr(m + i), WC);
		KUNIT_EXPECT_EQ(test, vmk_chunk_memattr(m[i].phys_addr), WC);
	}
	KUNIT_EXPECT_PTR_EQ(test, vmk_alloc(test, object, 1200), m + 700);
	vmk_expect_audit_clean(test);
}

static void run_without_room_for_its_last_block_is_refused(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_a64(test);
	object = resv_memattr_object(test, 1024);
	m = vm_page_alloc_noobj(VM_ALLOC_NORMAL);
	KUNIT_ASSERT_NOT_NULL(test, m);
	VM_OBJECT_WLOCK(object);
	KUNIT_ASSERT_EQ(test, vm_page_insert(m, object, 1000), 0);
	VM_OBJECT_WUNLOCK(object);
	KUNIT_EXPECT_NULL(test, resv_contig(object, 0, 600));
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 16383);
	KUNIT_EXPECT_NOT_NULL(test, resv_contig(object, 0, 512));
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 16383 - 512);
}

static void promise_cannot_be_used(struct kunit *test)
{
	vm_object_t object = b4_object(test);

	KUNIT_ASSERT_EQ(test, vmpage_promise(VM_DOMAIN(0), 1), 1);
	VM_OBJECT_WLOCK(object);
	vmk_alloc_refused(test, vmpage_alloc_promised(object, 0, 0, VM_ALLOC_NORMAL));
	VM_OBJECT_WUNLOCK(object);
	vmpage_unpromise(VM_DOMAIN(0), 1);
}

static void who_cannot_sleep_gets_none_but_of_what_is_there(struct kunit *test)
{
	vm_object_t object = b4_object(test);
	vm_page_t m[4] = {};
	unsigned long flags;

	VM_OBJECT_WLOCK(object);
	/* Else nobody can know. */
	if (IS_ENABLED(CONFIG_PREEMPT_COUNT)) {
		preempt_disable();
		m[0] = vm_page_alloc(object, 0, VM_ALLOC_NORMAL);
		preempt_enable();
	}
	local_irq_save(flags);
	m[1] = vm_page_alloc(object, 0, VM_ALLOC_INTERRUPT);
	local_irq_restore(flags);
	m[2] = vm_page_alloc(object, 0, VM_ALLOC_NORMAL);
	preempt_disable();
	m[3] = vm_page_alloc(object, 1, VM_ALLOC_NORMAL);
	preempt_enable();
	VM_OBJECT_WUNLOCK(object);
	KUNIT_EXPECT_NULL(test, m[0]);
	KUNIT_EXPECT_NULL(test, m[1]);
	KUNIT_EXPECT_NOT_NULL(test, m[2]);
	KUNIT_EXPECT_PTR_EQ(test, m[3], m[2] + 1);
}

/* Failures */

static void block_that_cannot_have_it_goes_back(struct kunit *test)
{
	vm_object_t object = b4_object(test);

	vmk_fail_memattr(1);
	KUNIT_EXPECT_NULL(test, vmk_alloc_req(test, object, 0, VM_ALLOC_NORMAL));
	KUNIT_EXPECT_EQ(test, object->resident_page_count, 0);
	expect_sum(test, 0, 1, 512);
	vmk_expect_audit_clean(test);
	KUNIT_EXPECT_TRUE(test, vmpage_reserv_restore(0));
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
	vmk_expect_free_lists(test, 0, "DEF{10:1} DIR{}");
	vmk_expect_audit_clean(test);
	KUNIT_EXPECT_NOT_NULL(test, vmk_alloc_req(test, object, 0, VM_ALLOC_NORMAL));
}

static void run_that_cannot_have_it_goes_back(struct kunit *test)
{
	vm_object_t object;
	unsigned int nth;

	vmk_a64(test);
	object = resv_memattr_object(test, 2048);
	for (nth = 1; nth <= 3; nth++) {
		vmk_fail_memattr(nth);
		KUNIT_EXPECT_NULL(test, resv_contig(object, 0, 1500));
		expect_sum(test, 0, 3, 1536);
		KUNIT_EXPECT_TRUE(test, vmpage_reserv_restore(0));
		KUNIT_EXPECT_EQ(test, vmk_free_count(0), 16384);
		vmk_expect_audit_clean(test);
	}
	KUNIT_EXPECT_NOT_NULL(test, resv_contig(object, 0, 1500));
}

static void page_without_an_index_goes_back(struct kunit *test)
{
	vm_object_t object = b4_object(test);

	vmk_fail_node(1);
	KUNIT_EXPECT_NULL(test, vmk_alloc_req(test, object, 100, VM_ALLOC_NORMAL));
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 512);
	expect_sum(test, 0, 1, 512);
	vmk_expect_audit_clean(test);
	vmk_fail_node(3);
	KUNIT_EXPECT_NULL(test, resv_contig(object, 10, 100));
	KUNIT_EXPECT_TRUE(test, vmpage_reserv_restore(0));
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
	vmk_expect_audit_clean(test);
}

/* Both blocks of B4, the lower one first. */
static void two_to_be_restored(struct kunit *test)
{
	vm_object_t object = b4_object(test);
	vm_page_t m[2];

	m[0] = vmk_alloc(test, object, 0);
	m[1] = vmk_alloc_req(test, object, 512, VM_ALLOC_INTERRUPT);
	KUNIT_ASSERT_NOT_NULL(test, m[1]);
	vmk_free(test, m[0]);
	vmk_free(test, m[1]);
}

static void who_waited_first_is_restored_first(struct kunit *test)
{
	two_to_be_restored(test);
	vmk_fail_memattr(2);
	KUNIT_EXPECT_FALSE(test, vmpage_reserv_restore(0));
	KUNIT_EXPECT_EQ(test, memattr_at(0), VM_MEMATTR_DEFAULT);
	KUNIT_EXPECT_EQ(test, memattr_at(RESV_SIZE), WC);
	KUNIT_EXPECT_TRUE(test, vmpage_reserv_restore(0));
}

static void what_cannot_be_restored_waits(struct kunit *test)
{
	two_to_be_restored(test);
	vmk_fail_memattr(1);
	KUNIT_EXPECT_FALSE(test, vmpage_reserv_restore(0));
	expect_sum(test, 0, 2, 1024);
	KUNIT_EXPECT_EQ(test, memattr_at(0), WC);
	vmk_expect_audit_clean(test);
	/* It does not keep the other one from being restored. */
	vmk_fail_memattr(2);
	KUNIT_EXPECT_FALSE(test, vmpage_reserv_restore(0));
	KUNIT_EXPECT_EQ(test, memattr_at(0), WC);
	KUNIT_EXPECT_EQ(test, memattr_at(RESV_SIZE), VM_MEMATTR_DEFAULT);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 512);
	KUNIT_EXPECT_TRUE(test, vmpage_reserv_restore(0));
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
}

/* Staying */

static void free_page_of_it_is_nobody_elses(struct kunit *test)
{
	vm_object_t object = b4_object(test);
	vm_page_t m = resv_fill(test, object, 0, 512);

	KUNIT_EXPECT_EQ(test, m->psind, 1);
	vmk_free(test, m + 7);
	KUNIT_EXPECT_EQ(test, m->psind, 0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 512);
	expect_sum(test, 1, 0, 1);
	vmk_tick();
	vmk_free(test, m + 8);
	resv_expect_partpop(test, 0, 0, 0);
	vmk_expect_audit_clean(test);
	KUNIT_EXPECT_PTR_EQ(test, vmk_alloc(test, object, 7), m + 7);
}

static void it_is_never_broken(struct kunit *test)
{
	vm_object_t object = b4_object(test);
	vm_page_t m = vmk_alloc(test, object, 0);

	KUNIT_EXPECT_FALSE(test, vm_reserv_reclaim_inactive(0));
	KUNIT_EXPECT_FALSE(test, vmpage_reserv_reclaim_any(0));
	KUNIT_EXPECT_NULL(test, vm_reserv_reclaim_contig(0, 1, 0, ~(vm_paddr_t)0, 1, 0));
	KUNIT_EXPECT_EQ(test, vmk_exhaust(test, VM_ALLOC_INTERRUPT), 512);
	KUNIT_EXPECT_PTR_EQ(test, vmk_alloc_req(test, object, 1, VM_ALLOC_NORMAL), m + 1);
	KUNIT_EXPECT_EQ(test, memattr_at(0), WC);
	resv_expect_counters(test, 0, 0, 0);
}

static void its_free_pages_are_in_the_way_of_a_run(struct kunit *test)
{
	vm_object_t object = b4_object(test), other = vmk_object(test, VMK_U, 1024);
	vm_page_t m;
	int i;

	vmk_alloc(test, object, 0);
	vmk_thresholds_off(test);
	for (i = 0; i < 512; i += 2) {
		m = vmk_alloc(test, other, i);
		vmk_noobj(test);
		VM_OBJECT_WLOCK(other);
		vm_page_valid(m);
		vm_page_activate(m);
		vm_page_xunbusy(m);
		VM_OBJECT_WUNLOCK(other);
	}
	KUNIT_EXPECT_NE(test, vm_page_reclaim_contig(VM_ALLOC_NORMAL, 8, 0, ~0ULL, 1, 0), 0);
}

static void it_outlives_its_object(struct kunit *test)
{
	vm_object_t object = b4_object(test);
	vm_page_t m = vmk_alloc(test, object, 0);

	vmk_alloc(test, object, 1);
	vm_page_wire(m);
	vmk_object_drop(test, object);
	KUNIT_EXPECT_EQ(test, vm_reserv_level(m), 0);
	expect_sum(test, 1, 0, 511);
	KUNIT_EXPECT_EQ(test, memattr_at(0), WC);
	KUNIT_EXPECT_FALSE(test, vmpage_reserv_reclaim_any(0));
	vmk_expect_audit_clean(test);

	vm_page_unwire(m, PQ_INACTIVE);
	expect_sum(test, 0, 1, 512);
	vmk_expect_audit_clean(test);
}

static void object_that_gives_it_up_gets_no_other_there(struct kunit *test)
{
	vm_object_t object = b4_object(test);
	vm_page_t m = vmk_alloc(test, object, 0);

	VM_OBJECT_WLOCK(object);
	vm_reserv_break_all(object);
	VM_OBJECT_WUNLOCK(object);
	vmk_expect_audit_clean(test);
	KUNIT_EXPECT_TRUE(test, list_empty(&object->rvq));
	KUNIT_EXPECT_NULL(test, vmk_alloc_req(test, object, 1, VM_ALLOC_NORMAL));
	vmk_free(test, m);
	expect_sum(test, 0, 1, 512);
}

static void it_stays_with_who_has_the_attribute(struct kunit *test)
{
	vm_object_t object = b4_object(test), plain = vmk_object(test, VMK_V, 1024), other;
	vm_page_t m = vmk_alloc(test, object, 0), m_next;

	resv_move(test, m, plain, 0);
	resv_rename(m, plain, object, 0);
	KUNIT_EXPECT_PTR_EQ(test, resv_at(0)->object, object);
	KUNIT_EXPECT_EQ(test, pmap_page_get_memattr(m), WC);
	m_next = vmk_alloc(test, plain, 1);
	KUNIT_EXPECT_EQ(test, pmap_page_get_memattr(m_next), VM_MEMATTR_DEFAULT);
	KUNIT_EXPECT_EQ(test, vmk_chunk_memattr(m_next->phys_addr), VM_MEMATTR_DEFAULT);

	other = resv_memattr_object(test, 512);
	resv_rename(m, other, object, 0);
	KUNIT_EXPECT_PTR_EQ(test, resv_at(0)->object, other);
	resv_move(test, m, other, 0);
	KUNIT_EXPECT_PTR_EQ(test, vmk_alloc(test, other, 1), m + 1);
	vmk_expect_audit_clean(test);
}

/* Without its first page an object that changes its attribute has none of the old pages. */
static void changed_object_gets_no_page_of_before(struct kunit *test)
{
	vm_object_t object = b4_object(test), other = vmk_object(test, VMK_U, 8);
	vm_page_t m = vmk_alloc(test, object, 0), m_new;

	resv_move(test, m, other, 0);
	VM_OBJECT_WLOCK(object);
	KUNIT_ASSERT_EQ(test, vm_object_set_memattr(object, VM_MEMATTR_DEFAULT), KERN_SUCCESS);
	VM_OBJECT_WUNLOCK(object);
	resv_move(test, m, object, 0);
	m_new = vmk_alloc(test, object, 1);
	KUNIT_EXPECT_EQ(test, vmk_chunk_memattr(m_new->phys_addr), VM_MEMATTR_DEFAULT);
	vmk_expect_audit_clean(test);
}

/* Going */

static void last_page_has_it_restored(struct kunit *test)
{
	vm_object_t object = b4_object(test);
	vm_page_t m = vmk_alloc(test, object, 0);

	vmk_alloc(test, object, 1);
	vmk_free(test, m);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 512);
	expect_sum(test, 1, 0, 511);
	vmk_free(test, m + 1);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 512);
	KUNIT_EXPECT_EQ(test, memattr_at(0), WC);
	KUNIT_EXPECT_TRUE(test, list_empty(&object->rvq));
	expect_sum(test, 0, 1, 512);
	vmk_expect_audit_clean(test);

	KUNIT_EXPECT_TRUE(test, vmpage_reserv_restore(0));
	KUNIT_EXPECT_EQ(test, memattr_at(0), VM_MEMATTR_DEFAULT);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
	vmk_expect_free_lists(test, 0, "DEF{10:1} DIR{}");
	resv_expect_counters(test, 0, 1, 0);
	expect_sum(test, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, vm_reserv_level(m), -1);
	vmk_expect_audit_clean(test);
}

static void free_in_irq(void *arg)
{
	vm_page_free(arg);
}

static void last_page_can_be_freed_in_interrupt(struct kunit *test)
{
	vm_object_t object = b4_object(test);
	vm_page_t m = vmk_alloc(test, object, 0);

	VM_OBJECT_WLOCK(object);
	KUNIT_EXPECT_TRUE(test, vm_page_remove(m));
	VM_OBJECT_WUNLOCK(object);
	vmk_in_hardirq(test, free_in_irq, m);
	expect_sum(test, 0, 1, 512);
	vmk_expect_audit_clean(test);
}

static void page_daemon_restores_it(struct kunit *test)
{
	vm_object_t object = b4_object(test);
	unsigned int i;

	KUNIT_ASSERT_EQ(test, vm_pageout_start(), 0);
	for (i = 0; i < 2; i++) {
		vm_page_t m = vmk_alloc(test, object, 0);

		/* The second time it has to try twice. */
		vmk_fail_memattr(i);
		vmk_free(test, m);
		vmk_until(test, vmk_free_count(0) == 1024);
		KUNIT_EXPECT_EQ(test, memattr_at(0), VM_MEMATTR_DEFAULT);
	}
}

static void memory_that_is_given_back_has_none(struct kunit *test)
{
	vm_object_t object = b4_object(test);
	vm_page_t m = vmk_alloc(test, object, 0);

	vmk_thresholds_off(test);
	KUNIT_EXPECT_NE(test, vm_mem_remove_chunk(VMK_BASE), 0);
	vmk_free(test, m);
	KUNIT_EXPECT_EQ(test, vm_mem_remove_chunk(VMK_BASE), 0);
	KUNIT_EXPECT_EQ(test, memattr_at(0), VM_MEMATTR_DEFAULT);

	m = vmk_alloc_req(test, object, 0, VM_ALLOC_INTERRUPT);
	KUNIT_EXPECT_EQ(test, memattr_at(RESV_SIZE), WC);
	vmk_free(test, m);
	vmk_object_drop(test, object);
	vm_mem_shutdown();
	KUNIT_EXPECT_EQ(test, memattr_at(RESV_SIZE), VM_MEMATTR_DEFAULT);
}

/* Domains, and what is told */

static const char *text(struct kunit *test)
{
	struct seq_file *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, s);
	s->buf = kunit_kzalloc(test, TEXT_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, s->buf);
	s->size = TEXT_SIZE;
	vm_reserv_memattr_show(s);
	KUNIT_ASSERT_LT(test, s->count, s->size);
	s->buf[s->count] = '\0';
	return s->buf;
}

static void every_domain_restores_its_own(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m[2];

	vmk_c2x4(test);
	object = resv_memattr_object(test, 1024);
	VM_OBJECT_WLOCK(object);
	m[0] = vm_page_alloc_domain(object, 0, 0, VM_ALLOC_NORMAL);
	m[1] = vm_page_alloc_domain(object, 512, 1, VM_ALLOC_NORMAL);
	KUNIT_ASSERT_NOT_NULL(test, m[0]);
	KUNIT_ASSERT_NOT_NULL(test, m[1]);
	vm_page_free(m[1]);
	VM_OBJECT_WUNLOCK(object);
	KUNIT_EXPECT_STREQ(test, text(test), "\nDOMAIN   NUMBER  RESTORING   UNUSED\n\n"
					     "     0,       1,         0,   2044K\n"
					     "     1,       0,         1,   2048K\n");
	KUNIT_EXPECT_TRUE(test, vmpage_reserv_restore(0));
	KUNIT_EXPECT_EQ(test, vmk_free_count(1), 512);
	KUNIT_EXPECT_TRUE(test, vmpage_reserv_restore(1));
	KUNIT_EXPECT_EQ(test, vmk_free_count(1), 1024);
}

static void audit_sees_what_is_nobodys_and_has_none(struct kunit *test)
{
	vm_object_t object = b4_object(test);
	struct vm_reserv *rv;
	vm_page_t m = vmk_alloc(test, object, 0);

	rv = resv_at(RESV_SIZE);
	rv->object = VM_RESERV_NOBODY;
	vmk_expect_audit_finds(test, "0 pages populated, 0 counted");
	rv->object = NULL;
	rv->memattr = WC;
	vmk_expect_audit_finds(test, ", inactive");
	rv->memattr = VM_MEMATTR_DEFAULT;

	rv = resv_at(0);
	list_add(&rv->partpopq, &VM_DOMAIN(0)->vmd_restoreq);
	vmk_expect_audit_finds(test, "to be restored, with 1 pages");
	list_del(&rv->partpopq);
	rv->inpartpopq = true;
	vmk_expect_audit_finds(test, "queued with 1 pages");
	rv->inpartpopq = false;
	vmk_expect_audit_clean(test);

	vmk_free(test, m);
	rv->object = object;
	vmk_expect_audit_finds(test, "0 pages populated, 0 counted");
	rv->object = VM_RESERV_NOBODY;
	rv->memattr = VM_MEMATTR_DEFAULT;
	vmk_expect_audit_finds(test, "to be restored, with 0 pages");
	rv->memattr = WC;
	vmk_expect_audit_clean(test);
}

static void exit_without_daemon(struct kunit *test)
{
	vm_pageout_stop();
	vmk_exit(test);
}

static struct kunit_case vmpage_reserv_memattr_cases[] = {
	KUNIT_CASE(all_512_pages_leave_the_count_at_once),
	KUNIT_CASE(its_pages_are_zero_before_they_have_it),
	KUNIT_CASE(pages_known_to_be_zero_are_left_alone),
	KUNIT_CASE(class_of_the_request_is_that_of_512_pages),
	KUNIT_CASE(without_a_block_there_is_no_page),
	KUNIT_CASE(cached_pages_make_room),
	KUNIT_CASE(cached_pages_that_would_not_do_are_kept),
	KUNIT_CASE(window_may_go_over_the_end_of_its_object),
	KUNIT_CASE(page_of_another_kind_keeps_the_window),
	KUNIT_CASE(run_fills_whole_blocks),
	KUNIT_CASE(run_without_room_for_its_last_block_is_refused),
	KUNIT_CASE(promise_cannot_be_used),
	KUNIT_CASE(who_cannot_sleep_gets_none_but_of_what_is_there),
	KUNIT_CASE(block_that_cannot_have_it_goes_back),
	KUNIT_CASE(run_that_cannot_have_it_goes_back),
	KUNIT_CASE(page_without_an_index_goes_back),
	KUNIT_CASE(who_waited_first_is_restored_first),
	KUNIT_CASE(what_cannot_be_restored_waits),
	KUNIT_CASE(free_page_of_it_is_nobody_elses),
	KUNIT_CASE(it_is_never_broken),
	KUNIT_CASE(its_free_pages_are_in_the_way_of_a_run),
	KUNIT_CASE(it_outlives_its_object),
	KUNIT_CASE(object_that_gives_it_up_gets_no_other_there),
	KUNIT_CASE(it_stays_with_who_has_the_attribute),
	KUNIT_CASE(changed_object_gets_no_page_of_before),
	KUNIT_CASE(last_page_has_it_restored),
	KUNIT_CASE(last_page_can_be_freed_in_interrupt),
	KUNIT_CASE(page_daemon_restores_it),
	KUNIT_CASE(memory_that_is_given_back_has_none),
	KUNIT_CASE(every_domain_restores_its_own),
	KUNIT_CASE(audit_sees_what_is_nobodys_and_has_none),
	{}
};

static struct kunit_suite vmpage_reserv_memattr_suite = {
	.name = "vmpage_reserv_memattr",
	.init = vmk_init,
	.exit = exit_without_daemon,
	.test_cases = vmpage_reserv_memattr_cases,
};

kunit_test_suite(vmpage_reserv_memattr_suite);
