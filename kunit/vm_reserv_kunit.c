// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Reservations: single pages, the order of the queue, and where one may be.
 */
#include "vm_reserv_kunit.h"

/* One page after the other */

/* R01: object of 1024 pages with page 0 on A64. */
static vm_object_t one_page(struct kunit *test)
{
	vm_object_t object;

	vmk_a64(test);
	object = vmk_object(test, VMK_O, 1024);
	KUNIT_ASSERT_EQ(test, vmk_off(vmk_alloc(test, object, 0)), 0);
	return object;
}

/* R02: with pages 0 to 511. */
static vm_object_t full_one(struct kunit *test)
{
	const vm_object_t object = one_page(test);

	resv_fill(test, object, 1, RESV_NPAGES - 1);
	return object;
}

/* R03: and with page 512. */
static vm_object_t full_one_and_page(struct kunit *test)
{
	const vm_object_t object = full_one(test);

	KUNIT_ASSERT_EQ(test, vmk_off(vmk_alloc(test, object, 512)), RESV_SIZE);
	return object;
}

static void R01_first_page_reserves_a_block(struct kunit *test)
{
	vm_object_t object;
	struct vm_reserv *rv;
	vm_page_t m;

	vmk_a64(test);
	object = vmk_object(test, VMK_O, 1024);
	m = vmk_alloc(test, object, 0);
	KUNIT_EXPECT_EQ(test, vmk_off(m), 0);
	vmk_expect_free_lists(test, 0, "DEF{9:1,10:1,11:1,12:3} DIR{}");
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 16383);
	resv_expect_partpop(test, 0, 2044, 1);

	rv = resv_at(0);
	KUNIT_EXPECT_PTR_EQ(test, rv->object, object);
	KUNIT_EXPECT_EQ(test, rv->pindex, 0);
	KUNIT_EXPECT_EQ(test, rv->popcnt, 1);
	KUNIT_EXPECT_EQ(test, m->psind, 0);
	KUNIT_EXPECT_EQ(test, vm_reserv_fullpop(), 0);
	KUNIT_EXPECT_EQ(test, resv_queued(0, 0), 0);
	KUNIT_EXPECT_NULL(test, resv_at(RESV_SIZE)->object);
	resv_expect_counters(test, 0, 0, 0);
}

static void R02_pages_are_in_a_row_until_it_is_full(struct kunit *test)
{
	vm_object_t object;
	u32 i;

	vmk_a64(test);
	object = vmk_object(test, VMK_O, 1024);
	for (i = 0; i < RESV_NPAGES; i++) {
		KUNIT_EXPECT_EQ(test, vm_reserv_fullpop(), 0);
		KUNIT_ASSERT_EQ(test, vmk_off(vmk_alloc(test, object, i)), ptoa((u64)i));
	}
	KUNIT_EXPECT_EQ(test, vm_reserv_fullpop(), 1);
	resv_expect_partpop(test, 0, 0, 0);
	for (i = 0; i < RESV_NPAGES; i++)
		KUNIT_EXPECT_EQ(test, resv_page(ptoa((u64)i))->psind, i ? 0 : 1);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 15872);
	vmk_expect_audit_clean(test);
}

static void R03_next_page_reserves_the_next_block(struct kunit *test)
{
	vm_object_t object = full_one(test);

	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 512)), RESV_SIZE);
	vmk_expect_free_lists(test, 0, "DEF{10:1,11:1,12:3}");
	resv_expect_partpop(test, 0, 2044, 1);
	KUNIT_EXPECT_EQ(test, resv_at(RESV_SIZE)->pindex, 512);
}

static void R04_full_one_that_loses_a_page_is_queued_last(struct kunit *test)
{
	vm_object_t object = full_one_and_page(test);

	vmk_tick();
	resv_free(test, object, 7, 1);
	KUNIT_EXPECT_EQ(test, vm_reserv_fullpop(), 0);
	KUNIT_EXPECT_EQ(test, resv_page(0)->psind, 0);
	resv_expect_partpop(test, 0, 2048, 2);
	KUNIT_EXPECT_EQ(test, resv_queued(0, 0), RESV_SIZE);
	KUNIT_EXPECT_EQ(test, resv_queued(0, 1), 0);
	vmk_expect_free_lists(test, 0, "DEF{10:1,11:1,12:3}");
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 15872);
}

static void R05_page_comes_back_to_its_place(struct kunit *test)
{
	vm_object_t object = full_one_and_page(test);

	vmk_tick();
	resv_free(test, object, 7, 1);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 7)), 0x7000);
	KUNIT_EXPECT_EQ(test, vm_reserv_fullpop(), 1);
	KUNIT_EXPECT_EQ(test, resv_page(0)->psind, 1);
	resv_expect_partpop(test, 0, 2044, 1);
}

static void R06_block_is_freed_with_its_last_page(struct kunit *test)
{
	vm_object_t object = full_one_and_page(test);

	vmk_tick();
	resv_free(test, object, 0, 511);
	resv_expect_counters(test, 0, 0, 0);
	resv_free(test, object, 511, 1);
	resv_expect_counters(test, 0, 1, 0);
	vmk_expect_free_lists(test, 0, "DEF{9:1,10:1,11:1,12:3}");
	KUNIT_EXPECT_NULL(test, resv_at(0)->object);
	resv_free(test, object, 512, 1);
	resv_expect_counters(test, 0, 2, 0);
	vmk_expect_free_lists(test, 0, "DEF{12:4}");
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 16384);
	resv_expect_partpop(test, 0, 0, 0);
}

/* In the same tick */
static void R07_full_one_that_loses_a_page_at_once_is_not_queued(struct kunit *test)
{
	vm_object_t object = full_one(test);

	resv_free(test, object, 3, 1);
	KUNIT_EXPECT_EQ(test, vm_reserv_fullpop(), 0);
	resv_expect_partpop(test, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, resv_page(0)->psind, 0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 15873);
	vmk_expect_audit_clean(test);
	KUNIT_EXPECT_FALSE(test, vm_reserv_reclaim_inactive(0));

	vmk_tick();
	resv_expect_partpop(test, 0, 0, 0);
	resv_free(test, object, 4, 1);
	resv_expect_partpop(test, 0, 8, 1);
	KUNIT_EXPECT_EQ(test, resv_queued(0, 0), 0);
}

static void R07_and_is_queued_by_the_next_page_that_comes(struct kunit *test)
{
	vm_object_t object = full_one(test);

	resv_free(test, object, 3, 2);
	resv_expect_partpop(test, 0, 0, 0);
	vmk_alloc(test, object, 4);
	resv_expect_partpop(test, 0, 4, 1);
	vmk_alloc(test, object, 3);
	resv_expect_partpop(test, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, vm_reserv_fullpop(), 1);
}

static void R08_first_page_may_be_any_of_its_window(struct kunit *test)
{
	vm_object_t object;

	vmk_a64(test);
	object = vmk_object(test, VMK_O, 1024);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 700)), 0xbc000);
	KUNIT_EXPECT_EQ(test, resv_at(0)->pindex, 512);
	KUNIT_EXPECT_EQ(test, resv_at(0)->popcnt, 1);
	/* The others from both sides */
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 1023)), 0x1ff000);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 512)), 0);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 511)), RESV_SIZE + 0x1ff000);
	resv_expect_partpop(test, 0, (509 + 511) * 4, 2);
}

static void R27_block_of_one_of_two_is_freed(struct kunit *test)
{
	vm_object_t object = one_page(test);

	vmk_alloc(test, object, 512);
	vmk_tick();
	resv_free(test, object, 0, 1);
	resv_expect_counters(test, 0, 1, 0);
	vmk_expect_free_lists(test, 0, "DEF{9:1,10:1,11:1,12:3}");
	resv_expect_partpop(test, 0, 2044, 1);
	KUNIT_EXPECT_EQ(test, resv_queued(0, 0), RESV_SIZE);
}

/* The order of the queue */

static void expect_queue(struct kunit *test, unsigned int a, unsigned int b, unsigned int c)
{
	KUNIT_EXPECT_EQ(test, resv_queued(0, 0), a * RESV_SIZE);
	KUNIT_EXPECT_EQ(test, resv_queued(0, 1), b * RESV_SIZE);
	KUNIT_EXPECT_EQ(test, resv_queued(0, 2), c * RESV_SIZE);
	KUNIT_EXPECT_EQ(test, resv_queued(0, 3), vmk_off(NULL));
}

static vm_object_t three_windows(struct kunit *test)
{
	vm_object_t object;
	int i;

	vmk_a64(test);
	object = vmk_object(test, VMK_O, 2048);
	for (i = 0; i < 3; i++)
		KUNIT_ASSERT_EQ(test, vmk_off(resv_fill(test, object, i * 512, 2)), i * RESV_SIZE);
	return object;
}

static void change_in_a_later_tick_moves_to_the_tail(struct kunit *test)
{
	vm_object_t object = three_windows(test);

	expect_queue(test, 0, 1, 2);
	vmk_alloc(test, object, 2);
	expect_queue(test, 0, 1, 2);
	resv_free(test, object, 2, 1);
	expect_queue(test, 0, 1, 2);

	vmk_tick();
	vmk_alloc(test, object, 2);
	expect_queue(test, 1, 2, 0);
	vmk_alloc(test, object, 514);
	expect_queue(test, 2, 0, 1);
	vmk_alloc(test, object, 3);
	expect_queue(test, 2, 0, 1);
	resv_free(test, object, 3, 1);
	expect_queue(test, 2, 0, 1);

	vmk_tick();
	resv_free(test, object, 514, 1);
	expect_queue(test, 2, 0, 1);
	resv_free(test, object, 1024, 1);
	expect_queue(test, 0, 1, 2);
	resv_free(test, object, 513, 1);
	vmk_alloc(test, object, 513);
	expect_queue(test, 0, 1, 2);
}

/* A change that does not move it does not make it younger. */
static void rank_is_that_of_the_first_change_of_a_tick(struct kunit *test)
{
	vm_object_t object = three_windows(test);
	unsigned long tick = resv_at(0)->lasttick;

	vmk_alloc(test, object, 2);
	KUNIT_EXPECT_EQ(test, resv_at(0)->lasttick, tick);
	vmk_tick();
	resv_free(test, object, 2, 1);
	KUNIT_EXPECT_EQ(test, resv_at(0)->lasttick, tick + 1);
	vmk_tick();
	vmk_tick();
	vmk_alloc(test, object, 2);
	KUNIT_EXPECT_EQ(test, resv_at(0)->lasttick, tick + 3);
}

static void full_one_leaves_the_queue_in_any_tick(struct kunit *test)
{
	vm_object_t object = three_windows(test);

	resv_fill(test, object, 514, 510);
	KUNIT_EXPECT_EQ(test, vm_reserv_fullpop(), 1);
	KUNIT_EXPECT_EQ(test, resv_queued(0, 0), 0);
	KUNIT_EXPECT_EQ(test, resv_queued(0, 1), 2 * RESV_SIZE);
	KUNIT_EXPECT_EQ(test, resv_queued(0, 2), vmk_off(NULL));
	vmk_tick();
	resv_free(test, object, 600, 1);
	expect_queue(test, 0, 2, 1);
}

static void freed_block_leaves_the_queue_in_any_tick(struct kunit *test)
{
	vm_object_t object = three_windows(test);

	resv_free(test, object, 512, 2);
	resv_expect_counters(test, 0, 1, 0);
	KUNIT_EXPECT_EQ(test, resv_queued(0, 0), 0);
	KUNIT_EXPECT_EQ(test, resv_queued(0, 1), 2 * RESV_SIZE);
	KUNIT_EXPECT_EQ(test, resv_queued(0, 2), vmk_off(NULL));
	/* The next one is another block, as that was freed before. */
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 513)), 3 * RESV_SIZE + 0x1000);
	expect_queue(test, 0, 2, 3);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 1536)), RESV_SIZE);
}

/* Where one may be */

static void expect_no_reservation(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, list_empty(&VM_DOMAIN(0)->vmd_partpopq));
	KUNIT_EXPECT_EQ(test, vm_reserv_fullpop(), 0);
}

static void R09_window_before_the_object_is_none(struct kunit *test)
{
	vm_object_t object;

	vmk_a64(test);
	object = resv_color(vmk_object(test, VMK_O, 2048), 5);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 0)), 0);
	vmk_expect_free_lists(test, 0, "DEF{0..11:1,12:3}");
	expect_no_reservation(test);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 16383);
}

/* The first window begins at 507 */
static void colour_shifts_the_windows(struct kunit *test)
{
	vm_object_t object;

	vmk_a64(test);
	object = resv_color(vmk_object(test, VMK_O, 2048), 5);
	vmk_alloc(test, object, 506);
	expect_no_reservation(test);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 508)), RESV_SIZE + 0x1000);
	KUNIT_EXPECT_EQ(test, resv_at(RESV_SIZE)->pindex, 507);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 507)), RESV_SIZE);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 1018)), RESV_SIZE + 0x1ff000);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 1019)), 2 * RESV_SIZE);
}

static void colour_has_sixteen_bits(struct kunit *test)
{
	vm_object_t object;

	vmk_a64(test);
	object = resv_color(vmk_object(test, VMK_O, 2048), 0xffff);
	vmk_alloc(test, object, 0);
	expect_no_reservation(test);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 1)), RESV_SIZE);
	KUNIT_EXPECT_EQ(test, resv_at(RESV_SIZE)->pindex, 1);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 512)), RESV_SIZE + 0x1ff000);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 513)), 2 * RESV_SIZE);
}

static void R11_block_does_not_fit_a_smaller_object(struct kunit *test)
{
	vm_object_t object;

	vmk_a64(test);
	object = vmk_object(test, VMK_V, 511);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 0)), 0);
	vmk_expect_free_lists(test, 0, "DEF{0..11:1,12:3}");
	expect_no_reservation(test);
}

static void R12_block_may_pass_the_end_of_anonymous_memory(struct kunit *test)
{
	vm_object_t object;

	vmk_a64(test);
	object = vmk_object(test, VMK_O, 511);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 0)), 0);
	resv_expect_partpop(test, 0, 2044, 1);
	/* Past the size there is none, be the reservation there. */
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 511)), RESV_SIZE);
	resv_expect_partpop(test, 0, 2044, 1);
}

static void R13_block_may_end_with_the_object(struct kunit *test)
{
	vm_object_t object;

	vmk_a64(test);
	object = vmk_object(test, VMK_V, 512);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 511)), 0x1ff000);
	resv_expect_partpop(test, 0, 2044, 1);
	KUNIT_EXPECT_EQ(test, resv_at(0)->pindex, 0);
}

static void last_window_of_an_object_must_fit_as_well(struct kunit *test)
{
	vm_object_t object;

	vmk_a64(test);
	object = vmk_object(test, VMK_V, 1023);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 512)), 0);
	expect_no_reservation(test);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 511)), RESV_SIZE + 0x1ff000);
	resv_expect_partpop(test, 0, 2044, 1);

	/* Neither of its halves does here. */
	object = resv_color(vmk_object(test, VMK_V, 512), 256);
	vmk_alloc(test, object, 255);
	vmk_alloc(test, object, 256);
	resv_expect_partpop(test, 0, 2044, 1);
}

static void R14_index_past_the_end_has_none(struct kunit *test)
{
	vm_object_t object;

	vmk_a64(test);
	object = vmk_object(test, VMK_O, 10);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 10)), 0);
	expect_no_reservation(test);

	object = vmk_object(test, VMK_O, 10);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 9)), RESV_SIZE + 0x9000);
	resv_expect_partpop(test, 0, 2044, 1);
}

/* No window is there that would end after the largest index. */
static void largest_indexes_have_none(struct kunit *test)
{
	vm_object_t object;

	vmk_a64(test);
	object = vmk_object(test, VMK_V, ULONG_MAX);
	vmk_alloc(test, object, ULONG_MAX - 1);
	expect_no_reservation(test);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, ULONG_MAX - 512)),
			RESV_SIZE + 0x1ff000);

	object = vmk_object(test, VMK_U, ULONG_MAX);
	vmk_alloc(test, object, ULONG_MAX);
	resv_color(object, 0)->flags |= OBJ_ANON;
	vmk_alloc(test, object, ULONG_MAX - 1);
	resv_expect_partpop(test, 0, 2044, 1);

	object = vmk_object(test, VMK_O, ULONG_MAX);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, ULONG_MAX - 1)),
			2 * RESV_SIZE + 0x1fe000);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, ULONG_MAX - 5)),
			2 * RESV_SIZE + 0x1fa000);
	resv_expect_partpop(test, 0, 2044 + 2040, 2);
}

/* An object of which a page was there before it got its colour */
static vm_object_t page_then_colour(struct kunit *test, vm_pindex_t pindex)
{
	vm_object_t object;

	vmk_a64(test);
	object = vmk_object(test, VMK_U, 2048);
	KUNIT_ASSERT_EQ(test, vmk_off(vmk_alloc(test, object, pindex)), 0);
	expect_no_reservation(test);
	return resv_color(object, 0);
}

static void R15_right_neighbour_is_in_the_way(struct kunit *test)
{
	vm_object_t object = page_then_colour(test, 300);

	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 0)), 0x1000);
	expect_no_reservation(test);
}

static void right_neighbour_is_not_in_the_way_of_the_window_before(struct kunit *test)
{
	vm_object_t object = page_then_colour(test, 512);

	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 0)), RESV_SIZE);
	resv_expect_partpop(test, 0, 2044, 1);
	vmk_power_off(test);

	object = page_then_colour(test, 511);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 0)), 0x1000);
	expect_no_reservation(test);
}

static void R17_left_neighbour_is_in_the_way(struct kunit *test)
{
	vm_object_t object = page_then_colour(test, 10);

	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 20)), 0x1000);
	expect_no_reservation(test);
}

static void left_neighbour_is_not_in_the_way_of_the_next_window(struct kunit *test)
{
	vm_object_t object = page_then_colour(test, 511);

	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 512)), RESV_SIZE);
	resv_expect_partpop(test, 0, 2044, 1);
	vmk_power_off(test);

	object = page_then_colour(test, 512);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 1023)), 0x1000);
	expect_no_reservation(test);
}

/* The windows, not their pages, are the neighbours. */
static void reserved_neighbours_end_with_their_windows(struct kunit *test)
{
	vm_object_t object;

	vmk_a64(test);
	object = vmk_object(test, VMK_O, 2048);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 100)), 0x64000);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 1124)), RESV_SIZE + 0x64000);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 600)), 2 * RESV_SIZE + 0x58000);
	expect_queue(test, 0, 1, 2);
	KUNIT_EXPECT_EQ(test, resv_at(2 * RESV_SIZE)->pindex, 512);
}

/* A page that another object's reservation is around: it ends with itself. */
static void neighbour_in_anothers_reservation_is_a_page(struct kunit *test)
{
	vm_object_t object = one_page(test);
	vm_object_t other = vmk_object(test, VMK_O, 2048);

	vmk_alloc(test, object, 1);
	vmk_alloc(test, object, 2);
	resv_move(test, vmk_lookup(object, 0), other, 512);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, other, 513)), RESV_SIZE);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, other, 511)), 2 * RESV_SIZE + 0x1ff000);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, other, 1024)), 3 * RESV_SIZE);
	resv_expect_partpop(test, 0, (509 + 511 + 511) * 4, 3);
}

static void objects_without_a_colour_or_without_memory_have_none(struct kunit *test)
{
	vm_object_t object;

	vmk_a64(test);
	vmk_alloc(test, vmk_object(test, VMK_U, 1024), 0);
	object = vmk_object_type(test, OBJT_PHYS, 1024);
	vmk_alloc(test, object, 0);
	object = resv_color(vmk_object_type(test, OBJT_DEVICE, 1024), 0);
	vmk_alloc(test, object, 0);
	expect_no_reservation(test);
	vmk_expect_free_lists(test, 0, "DEF{0:1,2..11:1,12:3}");

	object = vmk_object_type(test, OBJT_SWAP, 1024);
	vmk_alloc(test, object, 0);
	object = resv_color(vmk_object_type(test, OBJT_PHYS, 1024), 0);
	vmk_alloc(test, object, 0);
	resv_expect_partpop(test, 0, 2 * 2044, 2);
}

/* Where its block comes from */

static void R18_pages_beside_a_reservation(struct kunit *test)
{
	vmk_a64(test);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, vmk_object(test, VMK_O, 1024), 0)), 0);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, vmk_object(test, VMK_U, 1024), 0)),
			0x200000);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_noobj(test)), 0x1000000);
}

static void R19_without_a_whole_block_there_is_none(struct kunit *test)
{
	vm_object_t object;

	vmk_b4(test);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, vmk_object(test, VMK_U, 8), 0)), 0);
	object = vmk_object(test, VMK_O, 2048);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 0)), 0x200000);
	resv_expect_partpop(test, 0, 2044, 1);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 512)), 0x1000);
	resv_expect_partpop(test, 0, 2044, 1);
	KUNIT_EXPECT_EQ(test, resv_at(0x200000)->popcnt, 1);
	resv_expect_counters(test, 0, 0, 0);
}

static void B13_block_is_stolen_from_the_other_pool(struct kunit *test)
{
	vmk_b4(test);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_noobj(test)), 0);
	vmk_expect_free_lists(test, 0, "DEF{} DIR{0..9:1}");
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, vmk_object(test, VMK_O, 1024), 0)),
			0x200000);
	vmk_expect_free_lists(test, 0, "DEF{} DIR{0..8:1}");
	resv_expect_partpop(test, 0, 2044, 1);
	/* It is this pool's from then on. */
	KUNIT_EXPECT_TRUE(test, vm_reserv_reclaim_inactive(0));
	vmk_expect_free_lists(test, 0, "DEF{0..8:1} DIR{0..8:1}");
}

static vm_page_t alloc_in_domain(vm_object_t object, vm_pindex_t pindex, int domain)
{
	vm_page_t m;

	VM_OBJECT_WLOCK(object);
	m = vm_page_alloc_domain(object, pindex, domain, VM_ALLOC_NORMAL);
	VM_OBJECT_WUNLOCK(object);
	return m;
}

static void D12_reservation_goes_before_the_domain(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_c2x4(test);
	object = vmk_object(test, VMK_O, 1024);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 0)), 0);
	m = alloc_in_domain(object, 1, 1);
	KUNIT_EXPECT_EQ(test, vmk_off(m), 0x1000);
	KUNIT_EXPECT_EQ(test, vm_page_domain(m), 0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1022);
	KUNIT_EXPECT_EQ(test, vmk_free_count(1), 1024);
}

/* A new one is made where it was asked for; the queues are the domains' own. */
static void every_domain_has_its_own_queue(struct kunit *test)
{
	vm_object_t object;

	vmk_c2x4(test);
	object = vmk_object(test, VMK_O, 2048);
	KUNIT_EXPECT_EQ(test, vmk_off(alloc_in_domain(object, 0, 1)), SZ_4G);
	KUNIT_EXPECT_EQ(test, vmk_off(alloc_in_domain(object, 512, 0)), 0);
	KUNIT_EXPECT_EQ(test, vmk_off(alloc_in_domain(object, 1, 0)), SZ_4G + 0x1000);
	resv_expect_partpop(test, 0, 2044, 1);
	resv_expect_partpop(test, 1, 2040, 1);
	KUNIT_EXPECT_EQ(test, resv_queued(0, 0), 0);
	KUNIT_EXPECT_EQ(test, resv_queued(1, 0), SZ_4G);
	KUNIT_EXPECT_EQ(test, resv_at(SZ_4G)->domain, 1);

	KUNIT_EXPECT_TRUE(test, vm_reserv_reclaim_inactive(1));
	KUNIT_EXPECT_FALSE(test, vm_reserv_reclaim_inactive(1));
	resv_expect_partpop(test, 0, 2044, 1);
	resv_expect_partpop(test, 1, 0, 0);
	KUNIT_EXPECT_TRUE(test, vm_reserv_reclaim_inactive(0));
	resv_expect_counters(test, 2, 0, 2);
}

/* The domain of the reservation is short: then the page is the other's. */
static void reservation_has_its_domains_count(struct kunit *test)
{
	vm_object_t object;

	vmk_c2x4(test);
	object = vmk_object(test, VMK_O, 1024);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 0)), 0);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 9)), 0x9000);
	vmk_set_free(test, 0, 67);
	KUNIT_EXPECT_EQ(test, vmk_off(alloc_in_domain(object, 1, 1)), SZ_4G);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 67);
	KUNIT_EXPECT_EQ(test, vmk_free_count(1), 1023);
	KUNIT_EXPECT_EQ(test, resv_at(0)->popcnt, 2);
	vmk_set_free(test, 0, 68);
	/* Page 1 being elsewhere, only page 9 leads there. */
	KUNIT_EXPECT_EQ(test, vmk_off(alloc_in_domain(object, 8, 1)), 0x8000);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 67);
	vmk_set_free(test, 0, 1021);
}

/* The blocks at both ends of the first segment are incomplete. */
static const struct vm_mem_span uneven_spans[] = {
	VMK_SPAN(RESV_SIZE - 0x10000, 2 * RESV_SIZE + 0x10000, 0),
	VMK_SPAN(8 * RESV_SIZE, 9 * RESV_SIZE, 0),
};

static void only_a_whole_block_of_a_segment_is_reserved(struct kunit *test)
{
	vm_object_t object;
	u64 off;

	vmk_machine(test, uneven_spans, ARRAY_SIZE(uneven_spans));
	vmk_thresholds_off(test);
	KUNIT_EXPECT_NULL(test, resv_at(RESV_SIZE - 0x1000)->pages);
	KUNIT_EXPECT_PTR_EQ(test, resv_at(RESV_SIZE)->pages, resv_page(RESV_SIZE));
	KUNIT_EXPECT_NULL(test, resv_at(2 * RESV_SIZE)->pages);
	KUNIT_EXPECT_PTR_EQ(test, resv_at(8 * RESV_SIZE)->pages, resv_page(8 * RESV_SIZE));

	object = vmk_object(test, VMK_O, 4096);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 511)), 2 * RESV_SIZE - 0x1000);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 1000)), 8 * RESV_SIZE + 488 * 4096);
	resv_expect_partpop(test, 0, 2 * 2044, 2);
	off = vmk_off(vmk_alloc(test, object, 1024));
	KUNIT_EXPECT_TRUE(test, off < RESV_SIZE || (off >= 2 * RESV_SIZE && off < 3 * RESV_SIZE));
	KUNIT_EXPECT_EQ(test, vm_reserv_level(resv_page(off)), -1);
	KUNIT_EXPECT_FALSE(test, resv_put(resv_page(2 * RESV_SIZE)));

	/* Both of them, of either segment, give their pages when it comes to that. */
	KUNIT_EXPECT_EQ(test, vmk_exhaust(test, VM_ALLOC_INTERRUPT), 16 + 16 + 1024 - 3);
	resv_expect_counters(test, 2, 0, 2);
}

/* What happens when there is no page */

static void R22_idle_one_is_broken_for_its_pages(struct kunit *test)
{
	vm_object_t object;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 2048);
	vmk_alloc(test, object, 0);
	vmk_alloc(test, object, 512);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 1024)), 0x1000);
	resv_expect_counters(test, 1, 0, 1);
	KUNIT_EXPECT_NULL(test, resv_at(0)->object);
	KUNIT_EXPECT_PTR_EQ(test, resv_at(RESV_SIZE)->object, object);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1021);
}

static void R23_all_are_broken_until_there_is_no_page(struct kunit *test)
{
	vmk_b4(test);
	resv_two_of_b4(test, vmk_object(test, VMK_O, 1024));
	KUNIT_EXPECT_EQ(test, vmk_exhaust(test, VM_ALLOC_INTERRUPT), 1022);
	resv_expect_counters(test, 2, 0, 2);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 0);
}

static void R24_none_is_broken_for_a_request_that_is_refused(struct kunit *test)
{
	int i;

	vmk_b4(test);
	resv_fill(test, vmk_object(test, VMK_O, 1024), 0, 469);
	for (i = 0; i < 512; i++)
		vmk_noobj(test);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 43);
	KUNIT_EXPECT_NULL(test, vmk_noobj_req(test, VM_ALLOC_NORMAL));
	resv_expect_counters(test, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 43);
	/* Another class gets what is left. */
	KUNIT_EXPECT_NOT_NULL(test, vmk_noobj_req(test, VM_ALLOC_SYSTEM));
	resv_expect_counters(test, 1, 0, 1);
}

/* The functions that give one page, to an object or to none. */
enum single {
	ALLOC, ALLOC_DOMAIN, ALLOC_AFTER, ALLOC_DOMAIN_AFTER, SINGLE_OBJECT,
	NOOBJ = SINGLE_OBJECT, NOOBJ_DOMAIN, SINGLE_ALL,
};

static vm_page_t alloc_by(struct kunit *test, enum single func, vm_object_t object,
			  vm_pindex_t pindex)
{
	vm_page_t m = NULL, mpred = NULL;
	vm_pindex_t i;

	VM_OBJECT_WLOCK(object);
	for (i = pindex; i > 0 && !mpred; i--)
		mpred = vm_page_lookup(object, i - 1);
	if (func == ALLOC)
		m = vm_page_alloc(object, pindex, VM_ALLOC_NORMAL);
	else if (func == ALLOC_DOMAIN)
		m = vm_page_alloc_domain(object, pindex, 0, VM_ALLOC_NORMAL);
	else if (func == ALLOC_AFTER)
		m = vm_page_alloc_after(object, pindex, VM_ALLOC_NORMAL, mpred);
	else if (func == ALLOC_DOMAIN_AFTER)
		m = vm_page_alloc_domain_after(object, pindex, 0, VM_ALLOC_NORMAL, mpred);
	else if (func == NOOBJ)
		m = vm_page_alloc_noobj(VM_ALLOC_NORMAL);
	else
		m = vm_page_alloc_noobj_domain(0, VM_ALLOC_NORMAL);
	VM_OBJECT_WUNLOCK(object);
	if (m && !m->object)
		vmk_hold(test, m, 1);
	return m;
}

/* A reservation, then the free lists, then a broken reservation, then none */
static void check_order_in_objects(struct kunit *test, enum single func)
{
	vm_object_t o, u;

	vmk_b4(test);
	o = vmk_object(test, VMK_O, 4096);
	u = vmk_object(test, VMK_U, 64);
	KUNIT_EXPECT_EQ(test, vmk_off(alloc_by(test, func, u, 0)), 0);
	KUNIT_EXPECT_EQ(test, vmk_off(alloc_by(test, func, o, 0)), RESV_SIZE);
	KUNIT_EXPECT_EQ(test, vmk_off(alloc_by(test, func, o, 1)), RESV_SIZE + 0x1000);
	KUNIT_EXPECT_EQ(test, vmk_off(alloc_by(test, func, o, 1024)), 0x1000);
	resv_expect_counters(test, 0, 0, 0);

	vmk_leave_free(test, 0, 510);
	resv_expect_counters(test, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, vmk_off(alloc_by(test, func, o, 2)), RESV_SIZE + 0x2000);
	resv_expect_counters(test, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, vmk_off(alloc_by(test, func, o, 1025)), RESV_SIZE + 0x3000);
	resv_expect_counters(test, 1, 0, 1);
	KUNIT_EXPECT_EQ(test, vmk_off(alloc_by(test, func, u, 1)), RESV_SIZE + 0x4000);

	vmk_set_free(test, 0, 43);
	KUNIT_EXPECT_NULL(test, alloc_by(test, func, o, 3));
	resv_expect_counters(test, 1, 0, 1);
	vmk_set_free(test, 0, 507);
	vmk_power_off(test);
}

/* They prefer the largest block, which is what a half of it is now. */
static void check_order_without_objects(struct kunit *test, enum single func)
{
	vm_object_t u;

	vmk_b4(test);
	u = vmk_object(test, VMK_U, 64);
	resv_two_of_b4(test, vmk_object(test, VMK_O, 1024));
	vmk_set_free(test, 0, 43);
	KUNIT_EXPECT_NULL(test, alloc_by(test, func, u, 0));
	resv_expect_counters(test, 0, 0, 0);
	vmk_set_free(test, 0, 1022);
	KUNIT_EXPECT_EQ(test, vmk_off(alloc_by(test, func, u, 0)), 0x100000);
	resv_expect_counters(test, 1, 0, 1);
	vmk_leave_free(test, 0, 512);
	resv_expect_counters(test, 1, 0, 1);
	KUNIT_EXPECT_NOT_NULL(test, alloc_by(test, func, u, 0));
	resv_expect_counters(test, 1, 0, 1);
	KUNIT_EXPECT_EQ(test, vmk_off(alloc_by(test, func, u, 0)), RESV_SIZE + 0x100000);
	resv_expect_counters(test, 2, 0, 2);
	vmk_power_off(test);
}

static void every_function_tries_the_same_in_the_same_order(struct kunit *test)
{
	enum single func;

	for (func = 0; func < SINGLE_OBJECT; func++)
		check_order_in_objects(test, func);
	for (func = SINGLE_OBJECT; func < SINGLE_ALL; func++)
		check_order_without_objects(test, func);
}

static void P26_certain_list_breaks_no_reservation(struct kunit *test)
{
	vmk_b4(test);
	resv_two_of_b4(test, vmk_object(test, VMK_O, 1024));
	KUNIT_EXPECT_NULL(test, vm_page_alloc_freelist(VM_FREELIST_DEFAULT, VM_ALLOC_NORMAL));
	KUNIT_EXPECT_NULL(test, vm_page_alloc_freelist_domain(0, VM_FREELIST_DEFAULT,
							      VM_ALLOC_INTERRUPT));
	resv_expect_counters(test, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1022);
	resv_expect_partpop(test, 0, 2 * 2044, 2);
}

/* It has the class of the request, for a new one and for one that is there. */
static void reservation_leaves_the_reserve_of_pages(struct kunit *test)
{
	vm_object_t object;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 4096);
	vmk_set_free(test, 0, 43);
	KUNIT_EXPECT_NULL(test, vmk_alloc_req(test, object, 0, VM_ALLOC_NORMAL));
	vmk_expect_free_lists(test, 0, "DEF{10:1}");
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc_req(test, object, 0, VM_ALLOC_SYSTEM)), 0);
	KUNIT_EXPECT_NULL(test, vmk_alloc_req(test, object, 1, VM_ALLOC_NORMAL));
	KUNIT_EXPECT_EQ(test, resv_at(0)->popcnt, 1);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc_req(test, object, 1, VM_ALLOC_SYSTEM)), 0x1000);
	vmk_set_free(test, 0, 2);
	KUNIT_EXPECT_NULL(test, vmk_alloc_req(test, object, 2, VM_ALLOC_SYSTEM));
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc_req(test, object, 2, VM_ALLOC_INTERRUPT)), 0x2000);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc_req(test, object, 3, VM_ALLOC_INTERRUPT)), 0x3000);
	KUNIT_EXPECT_NULL(test, vmk_alloc_req(test, object, 4, VM_ALLOC_INTERRUPT));
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 0);
	KUNIT_EXPECT_NULL(test, vmk_alloc_req(test, object, 600, VM_ALLOC_INTERRUPT));
	vmk_expect_free_lists(test, 0, "DEF{9:1}");
	resv_expect_counters(test, 0, 0, 0);
	vmk_set_free(test, 0, 1020);
}

/* Without a block the count is as it was. */
static void miss_costs_nothing(struct kunit *test)
{
	vm_object_t object;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 4096);
	vmk_alloc(test, vmk_object(test, VMK_U, 8), 0);
	vmk_alloc(test, object, 0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1022);
	VM_OBJECT_WLOCK(object);
	KUNIT_EXPECT_NULL(test, vm_reserv_alloc_page(object, 512, 0, VM_ALLOC_NORMAL,
						     vm_page_lookup(object, 0)));
	VM_OBJECT_WUNLOCK(object);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1022);
	resv_expect_partpop(test, 0, 2044, 1);
	resv_expect_counters(test, 0, 0, 0);
}

/* A page that is not allocated is freed twice: the reservation stays as it is. */
static void free_page_of_a_reservation_cannot_be_freed(struct kunit *test)
{
	one_page(test);
	vmk_refused(test, KUNIT_EXPECT_TRUE(test, resv_put(resv_page(0x1000))));
	KUNIT_EXPECT_EQ(test, resv_at(0)->popcnt, 1);
	KUNIT_EXPECT_FALSE(test, resv_put(resv_page(RESV_SIZE)));
}

static void flags_of_a_page_from_a_reservation(struct kunit *test)
{
	vm_object_t object = one_page(test);
	vm_page_t m;

	m = vmk_alloc_req(test, object, 1, VM_ALLOC_NORMAL | VM_ALLOC_NOBUSY | VM_ALLOC_WIRED |
					   VM_ALLOC_NODUMP);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_UNBUSIED);
	KUNIT_EXPECT_EQ(test, m->ref_count, VPRC_OBJREF | 1);
	KUNIT_EXPECT_TRUE(test, m->flags & PG_NODUMP);
	KUNIT_EXPECT_EQ(test, m->pool, VM_FREEPOOL_DEFAULT);
	KUNIT_EXPECT_EQ(test, m->order, VM_NFREEORDER);
	VM_OBJECT_WLOCK(object);
	vmk_free_any(test, m);
	VM_OBJECT_WUNLOCK(object);
	KUNIT_EXPECT_FALSE(test, m->flags & PG_NODUMP);
	KUNIT_EXPECT_TRUE(test, vm_reserv_is_page_free(m));

	/* Its block is in use, and as a whole free again later. */
	KUNIT_EXPECT_FALSE(test, vmk_chunk_is_nodump(VMK_BASE));
	resv_free(test, object, 0, 1);
	KUNIT_EXPECT_TRUE(test, vmk_chunk_is_nodump(VMK_BASE));
}

static struct kunit_case vmpage_reserv_cases[] = {
	KUNIT_CASE(R01_first_page_reserves_a_block),
	KUNIT_CASE(R02_pages_are_in_a_row_until_it_is_full),
	KUNIT_CASE(R03_next_page_reserves_the_next_block),
	KUNIT_CASE(R04_full_one_that_loses_a_page_is_queued_last),
	KUNIT_CASE(R05_page_comes_back_to_its_place),
	KUNIT_CASE(R06_block_is_freed_with_its_last_page),
	KUNIT_CASE(R07_full_one_that_loses_a_page_at_once_is_not_queued),
	KUNIT_CASE(R07_and_is_queued_by_the_next_page_that_comes),
	KUNIT_CASE(R08_first_page_may_be_any_of_its_window),
	KUNIT_CASE(R27_block_of_one_of_two_is_freed),
	KUNIT_CASE(change_in_a_later_tick_moves_to_the_tail),
	KUNIT_CASE(rank_is_that_of_the_first_change_of_a_tick),
	KUNIT_CASE(full_one_leaves_the_queue_in_any_tick),
	KUNIT_CASE(freed_block_leaves_the_queue_in_any_tick),
	KUNIT_CASE(R09_window_before_the_object_is_none),
	KUNIT_CASE(colour_shifts_the_windows),
	KUNIT_CASE(colour_has_sixteen_bits),
	KUNIT_CASE(R11_block_does_not_fit_a_smaller_object),
	KUNIT_CASE(R12_block_may_pass_the_end_of_anonymous_memory),
	KUNIT_CASE(R13_block_may_end_with_the_object),
	KUNIT_CASE(last_window_of_an_object_must_fit_as_well),
	KUNIT_CASE(R14_index_past_the_end_has_none),
	KUNIT_CASE(largest_indexes_have_none),
	KUNIT_CASE(R15_right_neighbour_is_in_the_way),
	KUNIT_CASE(right_neighbour_is_not_in_the_way_of_the_window_before),
	KUNIT_CASE(R17_left_neighbour_is_in_the_way),
	KUNIT_CASE(left_neighbour_is_not_in_the_way_of_the_next_window),
	KUNIT_CASE(reserved_neighbours_end_with_their_windows),
	KUNIT_CASE(neighbour_in_anothers_reservation_is_a_page),
	KUNIT_CASE(objects_without_a_colour_or_without_memory_have_none),
	KUNIT_CASE(R18_pages_beside_a_reservation),
	KUNIT_CASE(R19_without_a_whole_block_there_is_none),
	KUNIT_CASE(B13_block_is_stolen_from_the_other_pool),
	KUNIT_CASE(D12_reservation_goes_before_the_domain),
	KUNIT_CASE(every_domain_has_its_own_queue),
	KUNIT_CASE(reservation_has_its_domains_count),
	KUNIT_CASE(only_a_whole_block_of_a_segment_is_reserved),
	KUNIT_CASE(R22_idle_one_is_broken_for_its_pages),
	KUNIT_CASE(R23_all_are_broken_until_there_is_no_page),
	KUNIT_CASE(R24_none_is_broken_for_a_request_that_is_refused),
	KUNIT_CASE(every_function_tries_the_same_in_the_same_order),
	KUNIT_CASE(P26_certain_list_breaks_no_reservation),
	KUNIT_CASE(reservation_leaves_the_reserve_of_pages),
	KUNIT_CASE(miss_costs_nothing),
	KUNIT_CASE(free_page_of_a_reservation_cannot_be_freed),
	KUNIT_CASE(flags_of_a_page_from_a_reservation),
	{}
};

static struct kunit_suite vmpage_reserv_suite = {
	.name = "vmpage_reserv",
	.init = vmk_init,
	.exit = vmk_exit,
	.test_cases = vmpage_reserv_cases,
};

kunit_test_suite(vmpage_reserv_suite);
