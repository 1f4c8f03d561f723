// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * What holds a page where it is: wirings, the busy word, and its object.
 */
#include "kunit_fixture.h"

/* Wiring */

static void P21_unwire_noq_then_free(struct kunit *test)
{
	vm_page_t m;

	vmk_b4(test);
	m = vm_page_alloc_noobj(VM_ALLOC_WIRED);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, vmk_wired(), 1);
	KUNIT_EXPECT_TRUE(test, vm_page_unwire_noq(m));
	vm_page_free(m);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
	KUNIT_EXPECT_EQ(test, vmk_wired(), 0);
}

static void P22_last_unwire_frees_a_noobj_page(struct kunit *test)
{
	vm_page_t m;

	vmk_b4(test);
	m = vm_page_alloc_noobj(VM_ALLOC_WIRED);
	KUNIT_ASSERT_NOT_NULL(test, m);
	vm_page_wire(m);
	vm_page_unwire(m, PQ_NONE);
	KUNIT_EXPECT_FALSE(test, vm_page_busy_freed(m));
	vm_page_unwire(m, PQ_NONE);
	KUNIT_EXPECT_TRUE(test, vm_page_busy_freed(m));
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
	KUNIT_EXPECT_EQ(test, vmk_wired(), 0);
}

static void L09_wirings_of_a_page_count_once(struct kunit *test)
{
	vm_page_t m;

	vmk_b4(test);
	m = vmk_noobj(test);
	vm_page_wire(m);
	KUNIT_EXPECT_EQ(test, vmk_wired(), 1);
	vm_page_wire(m);
	KUNIT_EXPECT_EQ(test, vmk_wired(), 1);
	KUNIT_EXPECT_FALSE(test, vm_page_unwire_noq(m));
	KUNIT_EXPECT_TRUE(test, vm_page_wired(m));
	KUNIT_EXPECT_EQ(test, vmk_wired(), 1);
	KUNIT_EXPECT_TRUE(test, vm_page_unwire_noq(m));
	KUNIT_EXPECT_FALSE(test, vm_page_wired(m));
}

static void L10_last_unwire_puts_a_page_on_its_queue(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	m = vmk_alloc_req(test, object, 0, VM_ALLOC_WIRED);
	KUNIT_ASSERT_NOT_NULL(test, m);
	m->valid = VM_PAGE_BITS_ALL;
	vm_page_unwire(m, PQ_ACTIVE);
	KUNIT_EXPECT_EQ(test, vm_page_queue(m), PQ_ACTIVE);
	KUNIT_EXPECT_EQ(test, vmk_wired(), 0);
	KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(object, 0), m);

	/* A wired page is on its way off the queue. */
	vm_page_wire(m);
	KUNIT_EXPECT_EQ(test, vm_page_queue(m), PQ_NONE);
	m->valid = 0;
	vm_page_unwire(m, PQ_ACTIVE);
	KUNIT_EXPECT_EQ(test, vm_page_queue(m), PQ_INACTIVE);
}

static void wiring_nonsense_is_refused(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	m = vmk_noobj(test);
	vmk_refused(test, KUNIT_EXPECT_FALSE(test, vm_page_unwire_noq(m)));
	vmk_refused(test, vm_page_unwire(m, PQ_NONE));
	KUNIT_EXPECT_EQ(test, m->ref_count, 0);

	m->ref_count = VPRC_WIRE_COUNT_MAX;
	vmk_refused(test, vm_page_wire(m));
	KUNIT_EXPECT_EQ(test, m->ref_count, VPRC_WIRE_COUNT_MAX);
	m->ref_count = 0;

	object = vmk_object(test, VMK_O, 8);
	m = vmk_alloc_req(test, object, 0, VM_ALLOC_WIRED);
	KUNIT_ASSERT_NOT_NULL(test, m);
	vmk_refused(test, vm_page_unwire(m, PQ_NONE));
	KUNIT_EXPECT_TRUE(test, vm_page_wired(m));
	vm_page_unwire(m, PQ_INACTIVE);

	vmk_free(test, m);
	vmk_refused(test, vm_page_wire(m));
	KUNIT_EXPECT_EQ(test, m->ref_count, 0);
}

/* Busy */

static void L01_exclusive_busy_excludes(struct kunit *test)
{
	vm_page_t m;

	vmk_b4(test);
	m = vmk_noobj(test);
	KUNIT_EXPECT_EQ(test, vm_page_tryxbusy(m), 1);
	KUNIT_EXPECT_EQ(test, vm_page_tryxbusy(m), 0);
	KUNIT_EXPECT_EQ(test, vm_page_trysbusy(m), 0);
	vm_page_xunbusy(m);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_UNBUSIED);
}

static void L02_sharers_are_counted_in_the_word(struct kunit *test)
{
	static const u_int up[] = { 0x9, 0x11, 0x19 }, down[] = { 0x11, 0x9, 0x1 };
	vm_page_t m;
	int i;

	vmk_b4(test);
	m = vmk_noobj(test);
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ(test, vm_page_trysbusy(m), 1);
		KUNIT_EXPECT_EQ(test, m->busy_lock, up[i]);
	}
	KUNIT_EXPECT_EQ(test, vm_page_tryxbusy(m), 0);
	for (i = 0; i < 3; i++) {
		vm_page_sunbusy(m);
		KUNIT_EXPECT_EQ(test, m->busy_lock, down[i]);
	}
}

static void L03_downgrade_and_upgrade(struct kunit *test)
{
	vm_page_t m;

	vmk_b4(test);
	m = vmk_noobj(test);
	KUNIT_EXPECT_EQ(test, vm_page_tryxbusy(m), 1);
	vm_page_busy_downgrade(m);
	KUNIT_EXPECT_EQ(test, m->busy_lock, 0x9);
	KUNIT_EXPECT_EQ(test, vm_page_busy_tryupgrade(m), 1);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_CURTHREAD_EXCLUSIVE);

	vm_page_busy_downgrade(m);
	KUNIT_EXPECT_EQ(test, vm_page_trysbusy(m), 1);
	KUNIT_EXPECT_EQ(test, vm_page_busy_tryupgrade(m), 0);
	KUNIT_EXPECT_EQ(test, m->busy_lock, 0x11);
	vm_page_sunbusy(m);
	vm_page_sunbusy(m);
}

static void upgrade_keeps_the_waiters_bit(struct kunit *test)
{
	vm_page_t m;

	vmk_b4(test);
	m = vmk_noobj(test);
	KUNIT_EXPECT_EQ(test, vm_page_trysbusy(m), 1);
	m->busy_lock |= VPB_BIT_WAITERS;
	KUNIT_EXPECT_EQ(test, vm_page_busy_tryupgrade(m), 1);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_CURTHREAD_EXCLUSIVE | VPB_BIT_WAITERS);
	vm_page_xunbusy(m);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_UNBUSIED);
}

static void L07_busied_object_lets_no_page_be_busied(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	m = vmk_alloc_req(test, object, 0, VM_ALLOC_NOBUSY);
	KUNIT_ASSERT_NOT_NULL(test, m);
	atomic_inc(&object->busy);
	KUNIT_EXPECT_EQ(test, vm_page_tryxbusy(m), 0);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_UNBUSIED);
	KUNIT_EXPECT_EQ(test, vm_page_trysbusy(m), 0);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_UNBUSIED);
	atomic_dec(&object->busy);
	KUNIT_EXPECT_EQ(test, vm_page_tryxbusy(m), 1);
}

static void L08_freed_page_cannot_be_busied(struct kunit *test)
{
	vm_page_t m;

	vmk_b4(test);
	m = vmk_noobj(test);
	vmk_free(test, m);
	KUNIT_EXPECT_EQ(test, vm_page_tryxbusy(m), 0);
	KUNIT_EXPECT_EQ(test, vm_page_trysbusy(m), 0);
	vmk_reported(test, KUNIT_EXPECT_EQ(test, vm_page_busy_tryupgrade(m), 0));
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_FREED);
	KUNIT_EXPECT_TRUE(test, vm_page_busied(m));
	KUNIT_EXPECT_TRUE(test, vm_page_xbusied(m));
	KUNIT_EXPECT_FALSE(test, vm_page_sbusied(m));
	KUNIT_EXPECT_TRUE(test, vm_page_busy_freed(m));
}

static void xunbusy_in_thread(void *arg)
{
	vm_page_xunbusy(arg);
}

static void unbusy_of_what_is_not_mine_is_refused(struct kunit *test)
{
	vm_page_t m;

	vmk_b4(test);
	m = vmk_noobj(test);
	vmk_refused(test, vm_page_xunbusy(m));
	vmk_refused(test, vm_page_sunbusy(m));
	vmk_refused(test, vm_page_busy_downgrade(m));
	vmk_refused(test, KUNIT_EXPECT_EQ(test, vm_page_busy_tryupgrade(m), 0));
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_UNBUSIED);

	KUNIT_EXPECT_EQ(test, vm_page_tryxbusy(m), 1);
	vmk_refused(test, vm_page_sunbusy(m));
	vmk_refused(test, KUNIT_EXPECT_EQ(test, vm_page_busy_tryupgrade(m), 0));
	vmk_refused(test, vmk_in_thread(test, xunbusy_in_thread, m));
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_CURTHREAD_EXCLUSIVE);
	vm_page_xunbusy(m);
}

/* Objects */

static void L13_insert_makes_a_page_resident(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	m = vm_page_alloc_noobj(VM_ALLOC_NORMAL);
	KUNIT_ASSERT_NOT_NULL(test, m);
	VM_OBJECT_WLOCK(object);
	KUNIT_EXPECT_EQ(test, vm_page_insert(m, object, 4), 0);
	VM_OBJECT_WUNLOCK(object);

	KUNIT_EXPECT_EQ(test, object->resident_page_count, 1);
	KUNIT_EXPECT_EQ(test, m->ref_count & VPRC_OBJREF, VPRC_OBJREF);
	KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(object, 4), m);
	KUNIT_EXPECT_PTR_EQ(test, m->object, object);
	KUNIT_EXPECT_EQ(test, m->pindex, 4);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_UNBUSIED);
}

static void insert_keeps_the_wirings(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object_type(test, OBJT_PHYS, 8);
	m = vm_page_alloc_noobj(VM_ALLOC_WIRED);
	KUNIT_ASSERT_NOT_NULL(test, m);
	VM_OBJECT_WLOCK(object);
	KUNIT_EXPECT_EQ(test, vm_page_insert(m, object, 4), 0);
	VM_OBJECT_WUNLOCK(object);
	KUNIT_EXPECT_EQ(test, m->ref_count, VPRC_OBJREF | 1);
	KUNIT_EXPECT_EQ(test, vmk_wired(), 1);
	vm_page_unwire(m, PQ_NONE);
	KUNIT_EXPECT_EQ(test, m->ref_count, VPRC_OBJREF);
	KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(object, 4), m);
}

static void L14_insert_at_an_occupied_index_is_refused(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m, resident;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	resident = vmk_alloc(test, object, 4);
	m = vmk_noobj(test);
	VM_OBJECT_WLOCK(object);
	vmk_refused(test, KUNIT_EXPECT_EQ(test, vm_page_insert(m, object, 4), 1));
	VM_OBJECT_WUNLOCK(object);
	KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(object, 4), resident);
	KUNIT_EXPECT_NULL(test, m->object);
	KUNIT_EXPECT_EQ(test, m->ref_count, 0);
}

static void insert_nonsense_is_refused(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	m = vmk_noobj(test);
	vmk_refused(test, KUNIT_EXPECT_EQ(test, vm_page_insert(m, object, 0), 1));

	VM_OBJECT_WLOCK(object);
	KUNIT_EXPECT_EQ(test, vm_page_insert(m, object, 0), 0);
	vmk_refused(test, KUNIT_EXPECT_EQ(test, vm_page_insert(m, object, 1), 1));
	KUNIT_EXPECT_EQ(test, vm_page_tryxbusy(m), 1);
	vm_page_free(m);
	vmk_refused(test, KUNIT_EXPECT_EQ(test, vm_page_insert(m, object, 0), 1));
	VM_OBJECT_WUNLOCK(object);
}

static void L15_remove_tells_whether_a_wiring_is_left(struct kunit *test)
{
	vm_page_t unwired, wired;
	vm_object_t object;

	vmk_b4(test);
	object = vmk_object_type(test, OBJT_PHYS, 8);
	unwired = vmk_alloc(test, object, 0);
	wired = vmk_alloc_req(test, object, 1, VM_ALLOC_WIRED);
	KUNIT_ASSERT_NOT_NULL(test, wired);

	VM_OBJECT_WLOCK(object);
	KUNIT_EXPECT_TRUE(test, vm_page_remove(unwired));
	KUNIT_EXPECT_EQ(test, object->resident_page_count, 1);
	KUNIT_EXPECT_FALSE(test, vm_page_remove(wired));
	KUNIT_EXPECT_EQ(test, object->resident_page_count, 0);
	VM_OBJECT_WUNLOCK(object);

	KUNIT_EXPECT_EQ(test, unwired->busy_lock, VPB_UNBUSIED);
	KUNIT_EXPECT_EQ(test, wired->busy_lock, VPB_UNBUSIED);
	KUNIT_EXPECT_NULL(test, unwired->object);
	KUNIT_EXPECT_NULL(test, wired->object);
	KUNIT_EXPECT_EQ(test, unwired->pindex, 0);
	KUNIT_EXPECT_EQ(test, wired->pindex, 1);
	KUNIT_EXPECT_NULL(test, vmk_lookup(object, 0));
	KUNIT_EXPECT_NULL(test, vmk_lookup(object, 1));

	vm_page_free(unwired);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1023);
	vm_page_unwire(wired, PQ_NONE);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
}

static void remove_nonsense_is_refused(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m, mo;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	m = vmk_noobj(test);
	mo = vmk_alloc(test, object, 0);
	vmk_refused(test, KUNIT_EXPECT_FALSE(test, vm_page_remove(m)));
	vmk_refused(test, KUNIT_EXPECT_FALSE(test, vm_page_remove(mo)));
	VM_OBJECT_WLOCK(object);
	vm_page_xunbusy(mo);
	vmk_refused(test, KUNIT_EXPECT_FALSE(test, vm_page_remove(mo)));
	VM_OBJECT_WUNLOCK(object);
	KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(object, 0), mo);
}

static void lookup_needs_a_lock_and_changes_nothing(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	m = vmk_alloc_req(test, object, 3, VM_ALLOC_NOBUSY);
	vmk_refused(test, KUNIT_EXPECT_NULL(test, vm_page_lookup(object, 3)));

	VM_OBJECT_WLOCK(object);
	KUNIT_EXPECT_PTR_EQ(test, vm_page_lookup(object, 3), m);
	KUNIT_EXPECT_NULL(test, vm_page_lookup(object, 2));
	VM_OBJECT_WUNLOCK(object);
	KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(object, 3), m);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_UNBUSIED);
	KUNIT_EXPECT_EQ(test, m->ref_count, VPRC_OBJREF);
}

static void P24_addresses_and_pages_name_each_other(struct kunit *test)
{
	static const vm_paddr_t foreign[] = {
		0, VMK_BASE - 1, VMK_BASE + ptoa(1024), ~(vm_paddr_t)0,
	};
	vm_page_t m;
	unsigned int i;

	vmk_b4(test);
	m = vmk_noobj(test);
	KUNIT_EXPECT_PTR_EQ(test, PHYS_TO_VM_PAGE(VM_PAGE_TO_PHYS(m)), m);
	KUNIT_EXPECT_PTR_EQ(test, PHYS_TO_VM_PAGE(VM_PAGE_TO_PHYS(m) + 123), m);
	KUNIT_EXPECT_PTR_EQ(test, PHYS_TO_VM_PAGE(VM_PAGE_TO_PHYS(m) + PAGE_SIZE), m + 1);
	for (i = 0; i < ARRAY_SIZE(foreign); i++)
		KUNIT_EXPECT_NULL(test, PHYS_TO_VM_PAGE(foreign[i]));
}

static void wiring_needs_something_that_keeps_the_page(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	m = vmk_alloc_req(test, object, 0, VM_ALLOC_NOBUSY);
	KUNIT_ASSERT_NOT_NULL(test, m);
	vmk_refused(test, vm_page_wire(m));
	KUNIT_EXPECT_EQ(test, m->ref_count, VPRC_OBJREF);

	vm_object_busy(object);
	vm_page_wire(m);
	vm_object_unbusy(object);
	VM_OBJECT_RLOCK(object);
	vm_page_wire(m);
	VM_OBJECT_RUNLOCK(object);
	KUNIT_EXPECT_EQ(test, vm_page_trysbusy(m), 1);
	vm_page_wire(m);
	vm_page_sunbusy(m);
	KUNIT_EXPECT_EQ(test, m->ref_count, VPRC_OBJREF | 3);
	vm_page_unhold_pages((vm_page_t []){ m, m, m }, 3);
}

static void blocked_page_is_not_wired_through_a_mapping(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	m = vmk_alloc_req(test, object, 0, VM_ALLOC_NOBUSY);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_TRUE(test, vm_page_wire_mapped(m));
	KUNIT_EXPECT_EQ(test, vmk_wired(), 1);
	m->ref_count |= VPRC_BLOCKED;
	KUNIT_EXPECT_FALSE(test, vm_page_wire_mapped(m));
	KUNIT_EXPECT_EQ(test, m->ref_count, VPRC_OBJREF | VPRC_BLOCKED | 1);
	m->ref_count &= ~VPRC_BLOCKED;
	vm_page_unwire(m, PQ_INACTIVE);
}

static void last_hold_leaves_pages_on_the_active_queue(struct kunit *test)
{
	vm_object_t object;
	vm_page_t ma[3];
	int i;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	for (i = 0; i < 3; i++) {
		ma[i] = vmk_alloc_req(test, object, i, VM_ALLOC_WIRED);
		KUNIT_ASSERT_NOT_NULL(test, ma[i]);
		ma[i]->valid = VM_PAGE_BITS_ALL;
	}
	vm_page_unhold_pages(ma, 3);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, vm_page_queue(ma[i]), PQ_ACTIVE);
	KUNIT_EXPECT_EQ(test, vmk_wired(), 0);
}

static void unwiring_chooses_the_place_in_the_queue(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	m = vmk_alloc_req(test, object, 0, VM_ALLOC_WIRED);
	KUNIT_ASSERT_NOT_NULL(test, m);

	/* Nothing of it is valid: whatever is asked for, it is of no use. */
	vm_page_unwire(m, PQ_ACTIVE);
	KUNIT_EXPECT_EQ(test, vm_page_queue(m), PQ_INACTIVE);
	KUNIT_EXPECT_TRUE(test, m->a.flags & PGA_REQUEUE_HEAD);

	m->valid = VM_PAGE_BITS_ALL;
	vm_page_wire(m);
	KUNIT_EXPECT_EQ(test, vm_page_queue(m), PQ_NONE);
	vm_page_unwire(m, PQ_ACTIVE);
	KUNIT_EXPECT_EQ(test, vm_page_queue(m), PQ_ACTIVE);
	KUNIT_EXPECT_FALSE(test, m->a.flags & PGA_REFERENCED);

	/* There already: it was used, and that is all. */
	vm_page_wire(m);
	vm_page_unwire(m, PQ_ACTIVE);
	KUNIT_EXPECT_EQ(test, vm_page_queue(m), PQ_ACTIVE);
	KUNIT_EXPECT_TRUE(test, m->a.flags & PGA_REFERENCED);
}

/* Release */

/* A valid page of @object at 0, wired @nwirings times and not busied. */
static vm_page_t wired_page(struct kunit *test, vm_object_t object, int nwirings)
{
	const vm_page_t m = vmk_alloc_req(test, object, 0, VM_ALLOC_WIRED);

	KUNIT_ASSERT_NOT_NULL(test, m);
	m->valid = VM_PAGE_BITS_ALL;
	while (--nwirings)
		vm_page_wire(m);
	vm_page_xunbusy(m);
	return m;
}

static void release_leaves_a_page_on_the_inactive_queue(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	m = wired_page(test, object, 1);
	vm_page_release(m, 0);
	KUNIT_EXPECT_EQ(test, vm_page_queue(m), PQ_INACTIVE);
	KUNIT_EXPECT_FALSE(test, m->a.flags & PGA_REQUEUE_HEAD);
	KUNIT_EXPECT_EQ(test, vmk_wired(), 0);

	VM_OBJECT_WLOCK(object);
	vm_page_wire(m);
	VM_OBJECT_WUNLOCK(object);
	vm_page_release(m, VPR_NOREUSE);
	KUNIT_EXPECT_EQ(test, vm_page_queue(m), PQ_INACTIVE);
	KUNIT_EXPECT_TRUE(test, m->a.flags & PGA_REQUEUE_HEAD);
}

static void release_frees_a_clean_page_with_its_last_wiring(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	m = wired_page(test, object, 2);
	vm_page_release(m, VPR_TRYFREE);
	KUNIT_EXPECT_EQ(test, m->ref_count, VPRC_OBJREF | 1);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_UNBUSIED);
	vm_page_release(m, VPR_TRYFREE);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_FREED);
	KUNIT_EXPECT_EQ(test, object->resident_page_count, 0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
	KUNIT_EXPECT_FALSE(test, VM_OBJECT_WOWNED(object));
}

/* The page keeps its place, and is wired once more for the next try. */
static void release_keeps(struct kunit *test, vm_page_t m, vm_object_t object)
{
	vm_page_release(m, VPR_TRYFREE);
	KUNIT_EXPECT_EQ(test, m->ref_count, VPRC_OBJREF);
	KUNIT_EXPECT_PTR_EQ(test, vm_page_lookup_unlocked(object, 0), m);
	KUNIT_EXPECT_EQ(test, vm_page_queue(m), PQ_INACTIVE);
	vm_object_busy(object);
	vm_page_wire(m);
	vm_object_unbusy(object);
}

static void release_keeps_a_page_that_is_dirty_busied_or_locked(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	m = wired_page(test, object, 1);
	m->dirty = 1;
	release_keeps(test, m, object);
	m->dirty = 0;
	KUNIT_EXPECT_EQ(test, vm_page_trysbusy(m), 1);
	release_keeps(test, m, object);
	vm_page_sunbusy(m);
	VM_OBJECT_RLOCK(object);
	release_keeps(test, m, object);
	VM_OBJECT_RUNLOCK(object);
	vm_page_release(m, VPR_TRYFREE);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_FREED);
}

static void release_of_a_page_that_left_its_object_frees_it(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	m = wired_page(test, object, 1);
	VM_OBJECT_WLOCK(object);
	KUNIT_EXPECT_EQ(test, vm_page_tryxbusy(m), 1);
	KUNIT_EXPECT_FALSE(test, vm_page_remove(m));
	VM_OBJECT_WUNLOCK(object);
	vm_page_release(m, VPR_TRYFREE);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_FREED);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
}

static void release_nonsense_is_refused(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	m = vmk_alloc(test, object, 0);
	vmk_refused(test, vm_page_release(m, 0));
	m = vmk_noobj_req(test, VM_ALLOC_WIRED);
	KUNIT_ASSERT_NOT_NULL(test, m);
	vmk_refused(test, vm_page_release(m, 0));
	vm_page_unwire_noq(m);
}

struct release_race {
	vm_page_t m;
	vm_object_t object;
};

static void release_the_page(void *arg)
{
	struct release_race *race = arg;

	vm_page_release(race->m, VPR_TRYFREE);
}

static void drop_the_object(void *arg)
{
	struct release_race *race = arg;

	vm_object_deallocate(race->object);
}

/* The last holder asks for the object of the page while the object goes away. */
static void release_races_with_the_end_of_the_object(struct kunit *test)
{
	struct release_race race;
	struct vmk_thread *t;
	int i;

	vmk_b4(test);
	for (i = 0; i < 50; i++) {
		race.object = vm_object_allocate(OBJT_VNODE, 8);
		KUNIT_ASSERT_NOT_NULL(test, race.object);
		race.m = wired_page(test, race.object, 1);
		t = vmk_thread_start(test, release_the_page, &race);
		drop_the_object(&race);
		vmk_thread_join(test, t);
	}
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
	KUNIT_EXPECT_EQ(test, vmk_wired(), 0);
}

/* What unwire_noq leaves behind is a page of no queue, which can be put on one. */
static void unwire_noq_leaves_the_page_free_to_be_queued(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	m = wired_page(test, object, 1);
	vm_page_unwire(m, PQ_ACTIVE);
	VM_OBJECT_WLOCK(object);
	vm_page_wire(m);
	VM_OBJECT_WUNLOCK(object);
	KUNIT_EXPECT_TRUE(test, vm_page_unwire_noq(m));
	KUNIT_EXPECT_EQ(test, vm_page_queue(m), PQ_NONE);
	KUNIT_EXPECT_FALSE(test, m->a.flags & PGA_DEQUEUE);
	vm_page_deactivate(m);
	KUNIT_EXPECT_EQ(test, vm_page_queue(m), PQ_INACTIVE);
}

/* Not the last one: the page stays off the queues. */
static void unwiring_one_of_two_keeps_the_page_off_its_queue(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	m = wired_page(test, object, 2);
	m->a.flags = 0;
	vm_page_unwire(m, PQ_ACTIVE);
	KUNIT_EXPECT_TRUE(test, m->a.flags & PGA_DEQUEUE);
	KUNIT_EXPECT_EQ(test, vm_page_queue(m), PQ_NONE);
	vm_page_unwire(m, PQ_ACTIVE);
	KUNIT_EXPECT_EQ(test, vm_page_queue(m), PQ_ACTIVE);
}

static void node_failure_of_insert_leaves_the_page_unmanaged(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	m = vmk_noobj(test);
	VM_OBJECT_WLOCK(object);
	vmk_fail_node(1);
	KUNIT_EXPECT_EQ(test, vm_page_insert(m, object, 0), 1);
	VM_OBJECT_WUNLOCK(object);
	KUNIT_EXPECT_EQ(test, m->oflags, VPO_UNMANAGED);
	KUNIT_EXPECT_EQ(test, m->ref_count, 0);
}

static struct kunit_case vmpage_page_hold_cases[] = {
	KUNIT_CASE(P21_unwire_noq_then_free),
	KUNIT_CASE(P22_last_unwire_frees_a_noobj_page),
	KUNIT_CASE(L09_wirings_of_a_page_count_once),
	KUNIT_CASE(L10_last_unwire_puts_a_page_on_its_queue),
	KUNIT_CASE(wiring_nonsense_is_refused),
	KUNIT_CASE(L01_exclusive_busy_excludes),
	KUNIT_CASE(L02_sharers_are_counted_in_the_word),
	KUNIT_CASE(L03_downgrade_and_upgrade),
	KUNIT_CASE(upgrade_keeps_the_waiters_bit),
	KUNIT_CASE(L07_busied_object_lets_no_page_be_busied),
	KUNIT_CASE(L08_freed_page_cannot_be_busied),
	KUNIT_CASE(unbusy_of_what_is_not_mine_is_refused),
	KUNIT_CASE(L13_insert_makes_a_page_resident),
	KUNIT_CASE(insert_keeps_the_wirings),
	KUNIT_CASE(L14_insert_at_an_occupied_index_is_refused),
	KUNIT_CASE(insert_nonsense_is_refused),
	KUNIT_CASE(L15_remove_tells_whether_a_wiring_is_left),
	KUNIT_CASE(remove_nonsense_is_refused),
	KUNIT_CASE(lookup_needs_a_lock_and_changes_nothing),
	KUNIT_CASE(P24_addresses_and_pages_name_each_other),
	KUNIT_CASE(wiring_needs_something_that_keeps_the_page),
	KUNIT_CASE(blocked_page_is_not_wired_through_a_mapping),
	KUNIT_CASE(last_hold_leaves_pages_on_the_active_queue),
	KUNIT_CASE(unwiring_chooses_the_place_in_the_queue),
	KUNIT_CASE(release_leaves_a_page_on_the_inactive_queue),
	KUNIT_CASE(release_frees_a_clean_page_with_its_last_wiring),
	KUNIT_CASE(release_keeps_a_page_that_is_dirty_busied_or_locked),
	KUNIT_CASE(release_of_a_page_that_left_its_object_frees_it),
	KUNIT_CASE(release_nonsense_is_refused),
	KUNIT_CASE(release_races_with_the_end_of_the_object),
	KUNIT_CASE(unwire_noq_leaves_the_page_free_to_be_queued),
	KUNIT_CASE(unwiring_one_of_two_keeps_the_page_off_its_queue),
	KUNIT_CASE(node_failure_of_insert_leaves_the_page_unmanaged),
	{}
};

static struct kunit_suite vmpage_page_hold_suite = {
	.name = "vmpage_page_hold",
	.init = vmk_init,
	.exit = vmk_exit,
	.test_cases = vmpage_page_hold_cases,
};

kunit_test_suite(vmpage_page_hold_suite);
