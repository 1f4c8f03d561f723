// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Reservations for loose pages: those of objects that share a loose one.
 */
#include "vm_reserv_kunit.h"

/* An object whose loose pages come from the reservations of @loose. */
static vm_object_t loose_member(struct kunit *test, vm_object_t loose, enum vmk_kind kind,
				vm_pindex_t size)
{
	const vm_object_t object = vmk_object(test, kind, size);

	VM_OBJECT_WLOCK(object);
	vmpage_object_set_loose(object, loose);
	VM_OBJECT_WUNLOCK(object);
	return object;
}

static void set_noreserv(vm_object_t object)
{
	VM_OBJECT_WLOCK(object);
	object->flags |= OBJ_NORESERV;
	VM_OBJECT_WUNLOCK(object);
}

static vm_object_t loose_object(struct kunit *test)
{
	return vmk_object_type(test, OBJT_PHYS, 0);
}

/* Nothing is to be had, and nothing changes. */
static void expect_none(struct kunit *test, vm_object_t object, vm_pindex_t pindex)
{
	struct vmk_counts before, after;

	vmk_counts(&before);
	KUNIT_EXPECT_NULL(test, vmk_alloc_req(test, object, pindex, VM_ALLOC_NORMAL));
	vmk_counts(&after);
	vmk_expect_same_counts(test, &before, &after);
}

static void pages_of_several_objects_share_one(struct kunit *test)
{
	vm_object_t loose, a, b;

	vmk_b4(test);
	loose = loose_object(test);
	a = loose_member(test, loose, VMK_U, 8);
	b = loose_member(test, loose, VMK_U, 8);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, a, 5)), 0);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, b, 2)), ptoa(1));
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, a, 1)), ptoa(2));
	resv_expect_partpop(test, 0, (RESV_NPAGES - 3) * 4, 1);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024 - 3);
	vmk_expect_free_lists(test, 0, "DEF{9:1} DIR{}");
}

static void pages_of_another_are_apart(struct kunit *test)
{
	vm_object_t a, b;

	vmk_b4(test);
	a = loose_member(test, loose_object(test), VMK_U, 8);
	b = loose_member(test, loose_object(test), VMK_U, 8);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, a, 0)), 0);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, b, 0)), RESV_SIZE);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, a, 1)), ptoa(1));
}

static void object_has_reservations_of_its_own_first(struct kunit *test)
{
	vm_object_t loose, object;

	vmk_b4(test);
	loose = loose_object(test);
	object = loose_member(test, loose, VMK_V, 512 + 8);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 512)), 0);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 7)), RESV_SIZE + ptoa(7));
	KUNIT_EXPECT_PTR_EQ(test, resv_at(0)->object, loose);
	KUNIT_EXPECT_PTR_EQ(test, resv_at(RESV_SIZE)->object, object);
}

static void full_one_is_followed_by_another(struct kunit *test)
{
	vm_object_t object;

	vmk_b4(test);
	object = loose_member(test, loose_object(test), VMK_U, 1024);
	resv_fill(test, object, 0, 512);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 900)), RESV_SIZE);
	resv_expect_partpop(test, 0, 511 * 4, 1);
}

static void page_that_was_freed_is_found_again(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	vmk_thresholds_off(test);
	object = loose_member(test, loose_object(test), VMK_U, 1100);
	resv_fill(test, object, 0, 1000);
	m = vmk_lookup(object, 100);
	vmk_free(test, m);
	KUNIT_EXPECT_PTR_EQ(test, vmk_alloc(test, object, 1050), m);
	/* In the same tick in which it became full, too. */
	resv_fill(test, object, 1060, 24);
	m = vmk_lookup(object, 1060);
	vmk_free(test, m);
	KUNIT_EXPECT_PTR_EQ(test, vmk_alloc(test, object, 1000), m);
}

static void block_goes_back_with_the_last_page(struct kunit *test)
{
	vm_object_t object;

	vmk_b4(test);
	object = loose_member(test, loose_object(test), VMK_U, 8);
	resv_fill(test, object, 0, 3);
	resv_free(test, object, 0, 3);
	vmk_expect_free_lists(test, 0, "DEF{10:1} DIR{}");
	resv_expect_counters(test, 0, 1, 0);
}

static void noreserv_object_gets_no_new_one(struct kunit *test)
{
	vm_object_t loose, object;

	vmk_b4(test);
	loose = loose_object(test);
	object = loose_member(test, loose, VMK_V, 1024);
	set_noreserv(object);
	expect_none(test, object, 0);
}

static void noreserv_object_has_what_is_there(struct kunit *test)
{
	vm_object_t loose, object;

	vmk_b4(test);
	loose = loose_object(test);
	object = loose_member(test, loose, VMK_V, 512 + 8);
	vmk_alloc(test, object, 0);
	vmk_alloc(test, object, 512);
	set_noreserv(object);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 9)), ptoa(9));
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 513)), RESV_SIZE + ptoa(1));
}

static void reservation_of_a_member_can_be_adopted(struct kunit *test)
{
	vm_object_t loose, a, b;
	vm_page_t m;

	vmk_b4(test);
	loose = loose_object(test);
	a = loose_member(test, loose, VMK_V, 1024);
	b = loose_member(test, loose, VMK_U, 8);
	resv_two_of_b4(test, a);
	m = vmk_lookup(a, 0);
	expect_none(test, b, 3);
	KUNIT_EXPECT_TRUE(test, vmpage_reserv_adopt(m, loose));
	KUNIT_EXPECT_FALSE(test, vmpage_reserv_adopt(m, loose));
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, b, 3)), ptoa(1));
	KUNIT_EXPECT_PTR_EQ(test, resv_at(0)->object, loose);
	KUNIT_EXPECT_PTR_EQ(test, resv_at(RESV_SIZE)->object, a);
	/* The page of its object stays what it is. */
	KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(a, 0), m);
	KUNIT_EXPECT_EQ(test, vmpage_reserv_popcnt(m), 0);
	KUNIT_EXPECT_EQ(test, vmpage_reserv_popcnt(vmk_lookup(a, 512)), 1);
	resv_expect_counters(test, 0, 0, 0);
	/* Its object has no more right to the rest than others. */
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, a, 100)), ptoa(2));
	resv_expect_partpop(test, 0, (509 + 511) * 4, 2);
}

static void full_reservation_is_not_adopted(struct kunit *test)
{
	vm_object_t loose, a;

	vmk_b4(test);
	vmk_thresholds_off(test);
	loose = loose_object(test);
	a = loose_member(test, loose, VMK_V, 1024);
	resv_fill(test, a, 0, 512);
	KUNIT_EXPECT_FALSE(test, vmpage_reserv_adopt(vmk_lookup(a, 5), loose));
	/* In the tick in which it was full, too. */
	vmk_free(test, vmk_lookup(a, 7));
	KUNIT_EXPECT_TRUE(test, vmpage_reserv_adopt(vmk_lookup(a, 5), loose));
}

/* Such a one may be nobody's, too. */
static void reservation_with_an_attribute_is_not_adopted(struct kunit *test)
{
	vm_object_t loose, object;
	vm_page_t m;

	vmk_b4(test);
	loose = loose_object(test);
	object = loose_member(test, loose, VMK_V, 1024);
	VM_OBJECT_WLOCK(object);
	KUNIT_ASSERT_EQ(test, vm_object_set_memattr(object, VM_MEMATTR_UNCACHEABLE),
			KERN_SUCCESS);
	VM_OBJECT_WUNLOCK(object);
	m = vmk_alloc(test, object, 0);
	KUNIT_EXPECT_FALSE(test, vmpage_reserv_adopt(m, loose));
	vmk_free(test, m);
	KUNIT_EXPECT_FALSE(test, vmpage_reserv_adopt(m, loose));
}

static void reservation_of_a_stranger_is_not_taken(struct kunit *test)
{
	vm_object_t stranger, loose, object;
	vm_page_t m;

	vmk_b4(test);
	stranger = loose_member(test, loose_object(test), VMK_V, 1024);
	resv_two_of_b4(test, stranger);
	m = vmk_lookup(stranger, 0);
	loose = loose_object(test);
	object = loose_member(test, loose, VMK_U, 8);
	KUNIT_EXPECT_FALSE(test, vmpage_reserv_adopt(m, loose));
	expect_none(test, object, 0);
	KUNIT_EXPECT_PTR_EQ(test, resv_at(0)->object, stranger);
	KUNIT_EXPECT_PTR_EQ(test, resv_at(RESV_SIZE)->object, stranger);
}

/* When pages are not what is missing, nothing is done to have more of them. */
static void cached_pages_are_not_given_up_for_nothing(struct kunit *test)
{
	vm_object_t stranger, object;

	vmk_b4(test);
	stranger = loose_member(test, loose_object(test), VMK_V, 1024);
	resv_two_of_b4(test, stranger);
	vmk_cached(test, stranger, 1, 7);
	object = loose_member(test, loose_object(test), VMK_U, 8);
	expect_none(test, object, 0);
	KUNIT_EXPECT_TRUE(test, vmk_is_cached(stranger, 1));
}

/* Around a page that somebody else has by now. */
static void reservation_of_an_object_that_ends_stays_with_the_loose_one(struct kunit *test)
{
	vm_object_t loose, object, b;
	vm_page_t m;

	vmk_b4(test);
	loose = loose_object(test);
	object = loose_member(test, loose, VMK_V, 512);
	m = vmk_alloc(test, object, 9);
	VM_OBJECT_WLOCK(object);
	vm_page_wire(m);
	vm_page_xunbusy(m);
	VM_OBJECT_WUNLOCK(object);
	vmk_object_drop(test, object);
	KUNIT_EXPECT_PTR_EQ(test, resv_at(0)->object, loose);
	resv_expect_counters(test, 0, 0, 0);
	b = loose_member(test, loose, VMK_U, 8);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, b, 0)), 0);
	KUNIT_EXPECT_TRUE(test, vm_page_unwire_noq(m));
	vm_page_free(m);
}

/* Who looks for room stops at the first that is full. */
static void full_reservation_of_an_object_that_ends_hides_no_room(struct kunit *test)
{
	vm_object_t loose, object, b;
	vm_page_t m;
	int i;

	vmk_b4(test);
	loose = loose_object(test);
	b = loose_member(test, loose, VMK_U, 8);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, b, 0)), 0);
	object = loose_member(test, loose, VMK_V, RESV_NPAGES);
	m = resv_fill(test, object, 0, RESV_NPAGES);
	VM_OBJECT_WLOCK(object);
	for (i = 0; i < RESV_NPAGES; i++) {
		vm_page_wire(m + i);
		vm_page_xunbusy(m + i);
	}
	VM_OBJECT_WUNLOCK(object);
	vmk_object_drop(test, object);
	KUNIT_EXPECT_PTR_EQ(test, resv_at(RESV_SIZE)->object, loose);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, b, 1)), ptoa(1));
	for (i = 0; i < RESV_NPAGES; i++)
		vm_page_unwire(m + i, PQ_INACTIVE);
}

static void loose_object_lives_as_long_as_its_members(struct kunit *test)
{
	vm_object_t loose, object;

	vmk_b4(test);
	loose = loose_object(test);
	object = loose_member(test, loose, VMK_U, 8);
	vmk_object_drop(test, loose);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 0)), 0);
	KUNIT_EXPECT_PTR_EQ(test, resv_at(0)->object, loose);
}

static void loose_one_is_set_once(struct kunit *test)
{
	vm_object_t loose, object;

	vmk_b4(test);
	loose = loose_object(test);
	object = loose_member(test, loose, VMK_U, 8);
	VM_OBJECT_WLOCK(object);
	vmk_reported(test, vmpage_object_set_loose(object, loose));
	VM_OBJECT_WUNLOCK(object);
	object = vmk_object(test, VMK_U, 8);
	vmk_alloc(test, object, 0);
	VM_OBJECT_WLOCK(object);
	vmk_reported(test, vmpage_object_set_loose(object, loose));
	VM_OBJECT_WUNLOCK(object);
	KUNIT_EXPECT_NULL(test, object->loose);
}

static void promised_page_comes_from_anywhere_at_last(struct kunit *test)
{
	vm_object_t stranger, object;
	vm_page_t m;

	vmk_b4(test);
	stranger = loose_member(test, loose_object(test), VMK_V, 1024);
	resv_two_of_b4(test, stranger);
	object = loose_member(test, loose_object(test), VMK_U, 8);
	KUNIT_ASSERT_EQ(test, vmpage_promise(VM_DOMAIN(0), 1), 1);
	VM_OBJECT_WLOCK(object);
	KUNIT_EXPECT_NULL(test, vmpage_alloc_promised(object, 0, 0,
						      VM_ALLOC_NORMAL | VM_ALLOC_NORECLAIM));
	m = vmpage_alloc_promised(object, 0, 0, VM_ALLOC_NORMAL);
	VM_OBJECT_WUNLOCK(object);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, vm_reserv_level(m), -1);
	resv_expect_counters(test, 1, 0, 1);
}

static void promised_page_is_loose_first(struct kunit *test)
{
	vm_object_t loose, object;
	vm_page_t m;

	vmk_b4(test);
	loose = loose_object(test);
	object = loose_member(test, loose, VMK_U, 8);
	KUNIT_ASSERT_EQ(test, vmpage_promise(VM_DOMAIN(0), 1), 1);
	VM_OBJECT_WLOCK(object);
	m = vmpage_alloc_promised(object, 0, 0, VM_ALLOC_NORMAL);
	VM_OBJECT_WUNLOCK(object);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_PTR_EQ(test, vm_reserv_from_page(m)->object, loose);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1023);
	KUNIT_EXPECT_EQ(test, atomic_read(&VM_DOMAIN(0)->vmd_promised), 0);
}

static void reserve_is_left_alone(struct kunit *test)
{
	vm_object_t object;
	long free;

	vmk_b4(test);
	object = loose_member(test, loose_object(test), VMK_U, 8);
	vmk_alloc(test, object, 0);
	free = vmk_free_count(0);
	vmk_set_free(test, 0, VM_DOMAIN(0)->vmd_free_reserved);
	KUNIT_EXPECT_NULL(test, vmk_alloc_req(test, object, 1, VM_ALLOC_NORMAL));
	KUNIT_EXPECT_GT(test, vmk_deficit(0), 0);
	vmk_set_free(test, 0, free);
	KUNIT_EXPECT_NOT_NULL(test, vmk_alloc_req(test, object, 1, VM_ALLOC_NORMAL));
}

static void who_lacks_pages_breaks_it(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = loose_member(test, loose_object(test), VMK_U, 8);
	m = vmk_alloc(test, object, 0);
	KUNIT_EXPECT_EQ(test, vmk_exhaust(test, VM_ALLOC_INTERRUPT), 1023);
	KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(object, 0), m);
	KUNIT_EXPECT_EQ(test, vm_reserv_level(m), -1);
	resv_expect_counters(test, 1, 0, 1);
}

static void domain_is_the_one_asked_for(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_c2x4(test);
	object = loose_member(test, loose_object(test), VMK_U, 8);
	vmk_alloc(test, object, 0);
	VM_OBJECT_WLOCK(object);
	m = vm_page_alloc_domain(object, 1, 1, VM_ALLOC_NORMAL);
	VM_OBJECT_WUNLOCK(object);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, vm_page_domain(m), 1);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 2)), ptoa(1));
}

/* Relocation */

static unsigned int nreplaced;
static bool may_replace;

static bool loose_replace(vm_object_t object, vm_page_t m, vm_page_t m_new)
{
	nreplaced++;
	return may_replace;
}

static const struct vmpage_object_ops loose_ops = { .replace = loose_replace };

static void make_movable(vm_page_t m)
{
	const vm_object_t object = m->object;

	VM_OBJECT_WLOCK(object);
	object->ops = &loose_ops;
	m->valid = VM_PAGE_BITS_ALL;
	vm_page_activate(m);
	vm_page_xunbusy(m);
	VM_OBJECT_WUNLOCK(object);
	nreplaced = 0;
}

/* A movable page at 0, beside one that is loose in the other block of B4. */
static vm_page_t movable_beside_loose(struct kunit *test, vm_object_t loose)
{
	const vm_object_t a = loose_member(test, loose, VMK_V, 512);
	const vm_object_t b = loose_member(test, loose, VMK_U, 8);
	const vm_page_t m = vmk_alloc(test, a, 0);

	KUNIT_ASSERT_EQ(test, vmk_off(vmk_alloc(test, b, 0)), RESV_SIZE);
	make_movable(m);
	return m;
}

static int reclaim_first_block(void)
{
	return vm_page_reclaim_contig_domain(0, VM_ALLOC_NORMAL, 512, VMK_BASE,
					     VMK_BASE + RESV_SIZE, PAGE_SIZE, 0);
}

static void moved_page_goes_where_the_loose_ones_are(struct kunit *test)
{
	vm_object_t loose, object;
	vm_page_t m;

	vmk_b4(test);
	loose = loose_object(test);
	object = movable_beside_loose(test, loose)->object;
	may_replace = true;
	KUNIT_EXPECT_EQ(test, reclaim_first_block(), 0);
	m = vmk_lookup(object, 0);
	KUNIT_EXPECT_EQ(test, vmk_off(m), RESV_SIZE + ptoa(1));
	KUNIT_EXPECT_EQ(test, nreplaced, 1);
	vmk_expect_free_lists(test, 0, "DEF{9:1}");
}

static void page_stays_if_its_owner_may_not_have_the_other(struct kunit *test)
{
	vm_object_t loose;
	vm_page_t m;

	vmk_b4(test);
	loose = loose_object(test);
	m = movable_beside_loose(test, loose);
	may_replace = false;
	KUNIT_EXPECT_NE(test, reclaim_first_block(), 0);
	KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(m->object, 0), m);
	KUNIT_EXPECT_EQ(test, vmk_off(m), 0);
	KUNIT_EXPECT_GT(test, nreplaced, 0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1022);
}

static void block_that_is_cleared_is_not_moved_to(struct kunit *test)
{
	vm_object_t loose, object;
	vm_page_t m;

	vmk_b4(test);
	loose = loose_object(test);
	object = loose_member(test, loose, VMK_U, 8);
	m = vmk_alloc(test, object, 0);
	KUNIT_ASSERT_EQ(test, vmk_off(m), 0);
	make_movable(m);
	may_replace = true;
	KUNIT_EXPECT_EQ(test, reclaim_first_block(), 0);
	KUNIT_EXPECT_GE(test, vmk_off(vmk_lookup(object, 0)), RESV_SIZE);
	KUNIT_EXPECT_EQ(test, nreplaced, 1);
}

static struct kunit_case vmpage_reserv_loose_cases[] = {
	KUNIT_CASE(pages_of_several_objects_share_one),
	KUNIT_CASE(pages_of_another_are_apart),
	KUNIT_CASE(object_has_reservations_of_its_own_first),
	KUNIT_CASE(full_one_is_followed_by_another),
	KUNIT_CASE(page_that_was_freed_is_found_again),
	KUNIT_CASE(block_goes_back_with_the_last_page),
	KUNIT_CASE(noreserv_object_gets_no_new_one),
	KUNIT_CASE(noreserv_object_has_what_is_there),
	KUNIT_CASE(reservation_of_a_member_can_be_adopted),
	KUNIT_CASE(full_reservation_is_not_adopted),
	KUNIT_CASE(reservation_with_an_attribute_is_not_adopted),
	KUNIT_CASE(reservation_of_a_stranger_is_not_taken),
	KUNIT_CASE(cached_pages_are_not_given_up_for_nothing),
	KUNIT_CASE(reservation_of_an_object_that_ends_stays_with_the_loose_one),
	KUNIT_CASE(full_reservation_of_an_object_that_ends_hides_no_room),
	KUNIT_CASE(loose_object_lives_as_long_as_its_members),
	KUNIT_CASE(loose_one_is_set_once),
	KUNIT_CASE(promised_page_comes_from_anywhere_at_last),
	KUNIT_CASE(promised_page_is_loose_first),
	KUNIT_CASE(reserve_is_left_alone),
	KUNIT_CASE(who_lacks_pages_breaks_it),
	KUNIT_CASE(domain_is_the_one_asked_for),
	KUNIT_CASE(moved_page_goes_where_the_loose_ones_are),
	KUNIT_CASE(page_stays_if_its_owner_may_not_have_the_other),
	KUNIT_CASE(block_that_is_cleared_is_not_moved_to),
	{}
};

static struct kunit_suite vmpage_reserv_loose_suite = {
	.name = "vmpage_reserv_loose",
	.init = vmk_init,
	.exit = vmk_exit,
	.test_cases = vmpage_reserv_loose_cases,
};

kunit_test_suite(vmpage_reserv_loose_suite);
