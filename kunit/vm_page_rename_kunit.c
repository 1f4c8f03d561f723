// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Pages and their indexes: neighbours, and pages that change places.
 */
#include "kunit_fixture.h"

static void L12_lookup_and_neighbours(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m2, m9;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 16);
	m2 = vmk_alloc(test, object, 2);
	m9 = vmk_alloc(test, object, 9);
	VM_OBJECT_RLOCK(object);
	KUNIT_EXPECT_PTR_EQ(test, vm_page_lookup(object, 2), m2);
	KUNIT_EXPECT_NULL(test, vm_page_lookup(object, 3));
	KUNIT_EXPECT_PTR_EQ(test, vm_page_find_least(object, 5), m9);
	KUNIT_EXPECT_NULL(test, vm_page_next(m9));
	KUNIT_EXPECT_NULL(test, vm_page_prev(m9));
	KUNIT_EXPECT_PTR_EQ(test, vm_page_find_least(object, 9), m9);
	KUNIT_EXPECT_NULL(test, vm_page_find_least(object, 10));
	VM_OBJECT_RUNLOCK(object);
	KUNIT_EXPECT_PTR_EQ(test, vm_page_lookup_unlocked(object, 9), m9);
	KUNIT_EXPECT_NULL(test, vm_page_lookup_unlocked(object, 10));
	KUNIT_EXPECT_PTR_EQ(test, vm_page_relookup(object, 9), m9);
}

static void neighbours_are_at_the_very_next_index(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m0, m1, last;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 16);
	m0 = vmk_alloc(test, object, 0);
	m1 = vmk_alloc(test, object, 1);
	last = vmk_alloc(test, object, ULONG_MAX);
	VM_OBJECT_RLOCK(object);
	KUNIT_EXPECT_PTR_EQ(test, vm_page_next(m0), m1);
	KUNIT_EXPECT_PTR_EQ(test, vm_page_prev(m1), m0);
	KUNIT_EXPECT_NULL(test, vm_page_prev(m0));
	KUNIT_EXPECT_NULL(test, vm_page_next(last));
	VM_OBJECT_RUNLOCK(object);
}

static void lookups_need_a_lock(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 16);
	m = vmk_alloc(test, object, 0);
	vmk_alloc(test, object, 1);
	vmk_refused(test, KUNIT_EXPECT_NULL(test, vm_page_find_least(object, 0)));
	vmk_refused(test, KUNIT_EXPECT_NULL(test, vm_page_next(m)));
	vmk_refused(test, KUNIT_EXPECT_NULL(test, vm_page_prev(vm_page_relookup(object, 1))));
	m = vmk_noobj(test);
	vmk_refused(test, KUNIT_EXPECT_NULL(test, vm_page_next(m)));
	vmk_refused(test, KUNIT_EXPECT_NULL(test, vm_page_prev(m)));
	vmk_refused(test, KUNIT_EXPECT_NULL(test, vm_page_relookup(object, 7)));
}

/* Replace */

/* A page without an object that may take the place of one of @object. */
static vm_page_t substitute(struct kunit *test, vm_object_t object)
{
	const vm_page_t m = vmk_noobj(test);

	m->oflags = object->flags & OBJ_UNMANAGED ? VPO_UNMANAGED : 0;
	KUNIT_EXPECT_EQ(test, vm_page_tryxbusy(m), 1);
	return m;
}

static void L16_replace_puts_a_page_in_the_place_of_another(struct kunit *test)
{
	vm_object_t object;
	vm_page_t mold, mnew;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 16);
	mold = vmk_alloc(test, object, 4);
	mnew = substitute(test, object);
	VM_OBJECT_WLOCK(object);
	vm_page_replace(mnew, object, 4, mold);
	KUNIT_EXPECT_PTR_EQ(test, vm_page_lookup(object, 4), mnew);
	VM_OBJECT_WUNLOCK(object);
	KUNIT_EXPECT_EQ(test, object->resident_page_count, 1);
	KUNIT_EXPECT_EQ(test, mold->busy_lock, VPB_FREED);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1023);
	KUNIT_EXPECT_EQ(test, mnew->ref_count, VPRC_OBJREF);
	KUNIT_EXPECT_EQ(test, mnew->pindex, 4);
	KUNIT_EXPECT_EQ(test, mnew->busy_lock, VPB_CURTHREAD_EXCLUSIVE);
}

static void replaced_page_that_is_wired_stays_with_its_holder(struct kunit *test)
{
	vm_object_t object;
	vm_page_t mold, mnew;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 16);
	mold = vmk_alloc_req(test, object, 4, VM_ALLOC_WIRED);
	KUNIT_ASSERT_NOT_NULL(test, mold);
	mnew = substitute(test, object);
	VM_OBJECT_WLOCK(object);
	vm_page_replace(mnew, object, 4, mold);
	VM_OBJECT_WUNLOCK(object);
	KUNIT_EXPECT_NULL(test, mold->object);
	KUNIT_EXPECT_EQ(test, mold->busy_lock, VPB_UNBUSIED);
	KUNIT_EXPECT_EQ(test, mold->ref_count, 1);
	vm_page_unwire(mold, PQ_INACTIVE);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1023);
}

static void replace_nonsense_is_refused(struct kunit *test)
{
	vm_object_t object;
	vm_page_t mold, mnew;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 16);
	mold = vmk_alloc(test, object, 4);
	mnew = substitute(test, object);
	vmk_refused(test, vm_page_replace(mnew, object, 4, mold));
	VM_OBJECT_WLOCK(object);
	vmk_refused(test, vm_page_replace(mnew, object, 5, mold));
	vmk_refused(test, vm_page_replace(mold, object, 4, mold));
	mnew->oflags = VPO_UNMANAGED;
	vmk_refused(test, vm_page_replace(mnew, object, 4, mold));
	mnew->oflags = 0;
	vm_page_xunbusy(mnew);
	vmk_refused(test, vm_page_replace(mnew, object, 4, mold));
	KUNIT_EXPECT_PTR_EQ(test, vm_page_lookup(object, 4), mold);
	KUNIT_EXPECT_NULL(test, mnew->object);
	VM_OBJECT_WUNLOCK(object);
}

/* Rename */

struct two_objects {
	vm_object_t o, o2;
	vm_page_t m;			/* valid and clean, in o at 3 */
};

static void two_objects(struct kunit *test, struct two_objects *two, int req)
{
	vmk_b4(test);
	two->o = vmk_object(test, VMK_O, 16);
	two->o2 = vmk_object(test, VMK_O, 16);
	two->m = vmk_alloc_req(test, two->o, 3, req);
	KUNIT_ASSERT_NOT_NULL(test, two->m);
	two->m->valid = VM_PAGE_BITS_ALL;
	vmpage_object_wlock_two(two->o, two->o2);
}

static void two_objects_unlock(struct two_objects *two)
{
	vmpage_object_wunlock_two(two->o2, two->o);
}

static void L17_rename_moves_a_page_and_dirties_it(struct kunit *test)
{
	struct two_objects two;
	vm_paddr_t pa;

	two_objects(test, &two, VM_ALLOC_NORMAL);
	pa = VM_PAGE_TO_PHYS(two.m);
	KUNIT_EXPECT_EQ(test, vm_page_rename(two.m, two.o2, 7), 0);
	KUNIT_EXPECT_EQ(test, two.m->dirty, 0xff);
	KUNIT_EXPECT_EQ(test, VM_PAGE_TO_PHYS(two.m), pa);
	KUNIT_EXPECT_EQ(test, two.o->resident_page_count, 0);
	KUNIT_EXPECT_EQ(test, two.o2->resident_page_count, 1);
	KUNIT_EXPECT_EQ(test, two.m->busy_lock, VPB_CURTHREAD_EXCLUSIVE);
	KUNIT_EXPECT_PTR_EQ(test, vm_page_lookup(two.o2, 7), two.m);
	KUNIT_EXPECT_NULL(test, vm_page_lookup(two.o, 3));
	KUNIT_EXPECT_PTR_EQ(test, two.m->object, two.o2);
	KUNIT_EXPECT_EQ(test, two.m->pindex, 7);
	two_objects_unlock(&two);
}

static void rename_keeps_the_wiring_and_moves_within_an_object(struct kunit *test)
{
	struct two_objects two;

	two_objects(test, &two, VM_ALLOC_WIRED);
	KUNIT_EXPECT_EQ(test, vm_page_rename(two.m, two.o, 12), 0);
	KUNIT_EXPECT_EQ(test, two.m->ref_count, VPRC_OBJREF | 1);
	KUNIT_EXPECT_EQ(test, two.o->resident_page_count, 1);
	KUNIT_EXPECT_PTR_EQ(test, vm_page_lookup(two.o, 12), two.m);
	KUNIT_EXPECT_NULL(test, vm_page_lookup(two.o, 3));
	two_objects_unlock(&two);
	vm_page_unwire(two.m, PQ_INACTIVE);
}

static void L18_rename_without_a_node_changes_nothing(struct kunit *test)
{
	struct two_objects two;

	two_objects(test, &two, VM_ALLOC_NORMAL);
	vmk_fail_node(1);
	KUNIT_EXPECT_EQ(test, vm_page_rename(two.m, two.o2, 7), 1);
	KUNIT_EXPECT_PTR_EQ(test, two.m->object, two.o);
	KUNIT_EXPECT_EQ(test, two.m->pindex, 3);
	KUNIT_EXPECT_EQ(test, two.m->dirty, 0);
	KUNIT_EXPECT_PTR_EQ(test, vm_page_lookup(two.o, 3), two.m);
	KUNIT_EXPECT_EQ(test, two.o->resident_page_count, 1);
	KUNIT_EXPECT_EQ(test, two.o2->resident_page_count, 0);
	two_objects_unlock(&two);
}

static void L19_rename_to_an_occupied_index_is_refused(struct kunit *test)
{
	struct two_objects two;
	vm_page_t m7;

	two_objects(test, &two, VM_ALLOC_NORMAL);
	m7 = vm_page_alloc(two.o2, 7, VM_ALLOC_NORMAL);
	KUNIT_EXPECT_NOT_NULL(test, m7);
	vmk_refused(test, KUNIT_EXPECT_EQ(test, vm_page_rename(two.m, two.o2, 7), 1));
	KUNIT_EXPECT_PTR_EQ(test, vm_page_lookup(two.o2, 7), m7);
	KUNIT_EXPECT_PTR_EQ(test, vm_page_lookup(two.o, 3), two.m);
	KUNIT_EXPECT_EQ(test, two.m->dirty, 0);
	two_objects_unlock(&two);
}

static void rename_nonsense_is_refused(struct kunit *test)
{
	struct two_objects two;

	two_objects(test, &two, VM_ALLOC_NORMAL);
	two.m->valid = 0x7f;
	vmk_refused(test, KUNIT_EXPECT_EQ(test, vm_page_rename(two.m, two.o2, 7), 1));
	two.m->valid = VM_PAGE_BITS_ALL;
	vm_page_xunbusy(two.m);
	vmk_refused(test, KUNIT_EXPECT_EQ(test, vm_page_rename(two.m, two.o2, 7), 1));
	KUNIT_EXPECT_EQ(test, vm_page_tryxbusy(two.m), 1);
	VM_OBJECT_WUNLOCK(two.o2);
	vmk_refused(test, KUNIT_EXPECT_EQ(test, vm_page_rename(two.m, two.o2, 7), 1));
	VM_OBJECT_WUNLOCK(two.o);
	VM_OBJECT_WLOCK(two.o2);
	vmk_refused(test, KUNIT_EXPECT_EQ(test, vm_page_rename(two.m, two.o2, 7), 1));
	VM_OBJECT_WUNLOCK(two.o2);
	KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(two.o, 3), two.m);
}

/* What a page of no object was before, and what its object's pages are. */
static void renamed_page_becomes_managed_as_its_object_is(struct kunit *test)
{
	vm_object_t managed, unmanaged;
	vm_page_t m;

	vmk_b4(test);
	managed = vmk_object(test, VMK_O, 8);
	unmanaged = vmk_object_type(test, OBJT_PHYS, 8);
	m = vmk_alloc(test, managed, 0);
	vmpage_object_wlock_two(managed, unmanaged);
	vm_page_valid(m);
	KUNIT_EXPECT_EQ(test, vm_page_rename(m, unmanaged, 0), 0);
	KUNIT_EXPECT_EQ(test, m->oflags & VPO_UNMANAGED, VPO_UNMANAGED);
	KUNIT_EXPECT_EQ(test, vm_page_rename(m, managed, 0), 0);
	KUNIT_EXPECT_EQ(test, m->oflags & VPO_UNMANAGED, 0);
	vmpage_object_wunlock_two(managed, unmanaged);
}

static void page_becomes_managed_as_its_object_is(struct kunit *test)
{
	vm_object_t managed, unmanaged;
	vm_page_t m;

	vmk_b4(test);
	managed = vmk_object(test, VMK_O, 8);
	unmanaged = vmk_object_type(test, OBJT_PHYS, 8);
	m = vmk_noobj(test);
	VM_OBJECT_WLOCK(managed);
	KUNIT_EXPECT_EQ(test, vm_page_insert(m, managed, 0), 0);
	KUNIT_EXPECT_EQ(test, m->oflags & VPO_UNMANAGED, 0);
	KUNIT_EXPECT_EQ(test, vm_page_tryxbusy(m), 1);
	KUNIT_EXPECT_TRUE(test, vm_page_remove(m));
	VM_OBJECT_WUNLOCK(managed);
	VM_OBJECT_WLOCK(unmanaged);
	KUNIT_EXPECT_EQ(test, vm_page_insert(m, unmanaged, 0), 0);
	KUNIT_EXPECT_EQ(test, m->oflags & VPO_UNMANAGED, VPO_UNMANAGED);
	VM_OBJECT_WUNLOCK(unmanaged);
}

static void remove_xbusy_keeps_the_busy(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	m = vmk_alloc(test, object, 0);
	VM_OBJECT_WLOCK(object);
	KUNIT_EXPECT_TRUE(test, vm_page_remove_xbusy(m));
	VM_OBJECT_WUNLOCK(object);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_CURTHREAD_EXCLUSIVE);
	KUNIT_EXPECT_NULL(test, m->object);
	KUNIT_EXPECT_EQ(test, m->ref_count, 0);
	vm_page_xunbusy(m);
	vm_page_free(m);
}

static struct kunit_case vmpage_page_rename_cases[] = {
	KUNIT_CASE(L12_lookup_and_neighbours),
	KUNIT_CASE(neighbours_are_at_the_very_next_index),
	KUNIT_CASE(lookups_need_a_lock),
	KUNIT_CASE(L16_replace_puts_a_page_in_the_place_of_another),
	KUNIT_CASE(replaced_page_that_is_wired_stays_with_its_holder),
	KUNIT_CASE(replace_nonsense_is_refused),
	KUNIT_CASE(L17_rename_moves_a_page_and_dirties_it),
	KUNIT_CASE(rename_keeps_the_wiring_and_moves_within_an_object),
	KUNIT_CASE(L18_rename_without_a_node_changes_nothing),
	KUNIT_CASE(L19_rename_to_an_occupied_index_is_refused),
	KUNIT_CASE(rename_nonsense_is_refused),
	KUNIT_CASE(page_becomes_managed_as_its_object_is),
	KUNIT_CASE(renamed_page_becomes_managed_as_its_object_is),
	KUNIT_CASE(remove_xbusy_keeps_the_busy),
	{}
};

static struct kunit_suite vmpage_page_rename_suite = {
	.name = "vmpage_page_rename",
	.init = vmk_init,
	.exit = vmk_exit,
	.test_cases = vmpage_page_rename_cases,
};

kunit_test_suite(vmpage_page_rename_suite);
