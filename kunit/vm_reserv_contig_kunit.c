// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Reservations: runs of their pages, for their object and for others.
 */
#include "vm_reserv_kunit.h"

#define NOT_THERE	(~0ULL)		/* the offset of no page */

/* vm_page_alloc_contig() with no constraint but a request of its own. */
static vm_page_t contig_req(vm_object_t object, vm_pindex_t pindex, u_long npages, int req)
{
	vm_page_t m;

	VM_OBJECT_WLOCK(object);
	m = vm_page_alloc_contig(object, pindex, req, npages, 0, ~(vm_paddr_t)0, 1, 0,
				 VM_MEMATTR_DEFAULT);
	VM_OBJECT_WUNLOCK(object);
	return m;
}

/* resv_contig_in(): its offset, with those of the range to lie in; @high 0 for none. */
static u64 contig_off(vm_object_t object, vm_pindex_t pindex, u_long npages, u64 low, u64 high,
		      u_long alignment, vm_paddr_t boundary)
{
	return vmk_off(resv_contig_in(object, pindex, npages, VMK_BASE + low,
				      high ? VMK_BASE + high : 0, alignment, boundary));
}

/* vmk_ncontig_in(), likewise */
static u64 ncontig_off(struct kunit *test, u_long npages, u64 low, u64 high, u_long alignment,
		       vm_paddr_t boundary)
{
	return vmk_off(vmk_ncontig_in(test, npages, VMK_BASE + low, high ? VMK_BASE + high : 0,
				      alignment, boundary));
}

static vm_object_t a64_object(struct kunit *test, enum vmk_kind kind, vm_pindex_t size)
{
	vmk_a64(test);
	return vmk_object(test, kind, size);
}

/* Runs for the object */

/* R28 */
static vm_object_t three_runs(struct kunit *test)
{
	const vm_object_t object = a64_object(test, VMK_O, 1024);

	KUNIT_EXPECT_EQ(test, vmk_off(resv_contig(object, 0, 8)), 0);
	KUNIT_EXPECT_EQ(test, vmk_off(resv_contig(object, 8, 8)), 0x8000);
	KUNIT_EXPECT_EQ(test, vmk_off(resv_contig(object, 100, 8)), 0x64000);
	return object;
}

static void R28_runs_are_at_their_places(struct kunit *test)
{
	three_runs(test);
	resv_expect_partpop(test, 0, 1952, 1);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 16360);
	KUNIT_EXPECT_EQ(test, resv_at(0)->popcnt, 24);
	resv_expect_counters(test, 0, 0, 0);
}

static void R29_run_across_the_end_comes_from_elsewhere(struct kunit *test)
{
	vm_object_t object = three_runs(test);

	KUNIT_EXPECT_EQ(test, vmk_off(resv_contig(object, 508, 8)), 0x200000);
	vmk_expect_free_lists(test, 0, "DEF{3..8:1,10:1,11:1,12:3}");
	resv_expect_partpop(test, 0, 1952, 1);
	KUNIT_EXPECT_EQ(test, vm_reserv_level(resv_page(0x200000)), -1);
}

static void run_up_to_the_end_is_in_it(struct kunit *test)
{
	vm_object_t object = three_runs(test);

	KUNIT_EXPECT_EQ(test, vmk_off(resv_contig(object, 504, 8)), 0x1f8000);
	resv_expect_partpop(test, 0, 1920, 1);
	KUNIT_EXPECT_EQ(test, vmk_off(resv_contig(object, 16, 84)), 0x10000);
	KUNIT_EXPECT_EQ(test, vmk_off(resv_contig(object, 108, 396)), 0x6c000);
	KUNIT_EXPECT_EQ(test, vm_reserv_fullpop(), 1);
	KUNIT_EXPECT_EQ(test, resv_page(0)->psind, 1);
	resv_expect_partpop(test, 0, 0, 0);
}

static void R30_long_run_fills_its_blocks(struct kunit *test)
{
	vm_object_t object = a64_object(test, VMK_O, 1024);
	u32 i;

	KUNIT_EXPECT_EQ(test, vmk_off(resv_contig(object, 0, 1024)), 0);
	KUNIT_EXPECT_EQ(test, vm_reserv_fullpop(), 2);
	vmk_expect_free_lists(test, 0, "DEF{10:1,11:1,12:3}");
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 15360);
	for (i = 0; i < 1024; i++)
		KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(object, i), resv_page(ptoa((u64)i)));
	KUNIT_EXPECT_EQ(test, resv_at(0)->pindex, 0);
	KUNIT_EXPECT_EQ(test, resv_at(RESV_SIZE)->pindex, 512);
	resv_expect_partpop(test, 0, 0, 0);
}

static void R32_last_block_passes_the_end_of_anonymous_memory(struct kunit *test)
{
	vm_object_t object = a64_object(test, VMK_O, 600);

	KUNIT_EXPECT_EQ(test, vmk_off(resv_contig(object, 0, 600)), 0);
	KUNIT_EXPECT_EQ(test, vm_reserv_fullpop(), 1);
	resv_expect_partpop(test, 0, 1696, 1);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 15784);
}

/* The 88 pages after the first block are part of none. */
static void last_block_that_does_not_fit_the_object_is_none(struct kunit *test)
{
	vm_object_t object = a64_object(test, VMK_V, 612);

	KUNIT_EXPECT_EQ(test, vmk_off(resv_contig(object, 0, 600)), 0);
	KUNIT_EXPECT_EQ(test, vm_reserv_fullpop(), 1);
	resv_expect_partpop(test, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, vm_reserv_level(resv_page(0x1ff000)), 0);
	KUNIT_EXPECT_EQ(test, vm_reserv_level(resv_page(0x200000)), -1);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 15784);
	vmk_expect_free_lists(test, 0, "DEF{3:1,5:1,7:1,8:1,10:1,11:1,12:3}");
	resv_free(test, object, 599, 1);
	vmk_expect_free_lists(test, 0, "DEF{0:1,3:1,5:1,7:1,8:1,10:1,11:1,12:3}");
}

static void R33_place_that_cannot_be_aligned_is_refused(struct kunit *test)
{
	vm_object_t object = a64_object(test, VMK_O, 1024);

	KUNIT_EXPECT_EQ(test, contig_off(object, 8, 4, 0, 0, SZ_1M, 0), 0);
	resv_expect_partpop(test, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, vm_reserv_level(resv_page(0)), -1);
}

static void R34_run_fills_a_block_beside_another(struct kunit *test)
{
	vm_object_t object = a64_object(test, VMK_O, 1024);

	vmk_alloc(test, object, 0);
	KUNIT_EXPECT_EQ(test, vmk_off(resv_contig(object, 512, 512)), 0x200000);
	KUNIT_EXPECT_EQ(test, vm_reserv_fullpop(), 1);
	resv_expect_partpop(test, 0, 2044, 1);
}

static void R35_run_of_two_blocks_is_before_another(struct kunit *test)
{
	vm_object_t object = a64_object(test, VMK_O, 2048);

	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 1024)), 0);
	KUNIT_EXPECT_EQ(test, vmk_off(resv_contig(object, 0, 1024)), 0x400000);
	KUNIT_EXPECT_EQ(test, vm_reserv_fullpop(), 2);
	resv_expect_partpop(test, 0, 2044, 1);
}

/* It begins and ends somewhere within the blocks. */
static void long_run_populates_what_is_asked_for(struct kunit *test)
{
	vm_object_t object = a64_object(test, VMK_O, 4096);

	KUNIT_EXPECT_EQ(test, vmk_off(resv_contig(object, 100, 1200)), 0x64000);
	KUNIT_EXPECT_EQ(test, resv_at(0)->popcnt, 412);
	KUNIT_EXPECT_EQ(test, find_first_bit(resv_at(0)->popmap, 512), 100);
	KUNIT_EXPECT_EQ(test, resv_at(RESV_SIZE)->popcnt, 512);
	KUNIT_EXPECT_EQ(test, resv_at(2 * RESV_SIZE)->popcnt, 276);
	KUNIT_EXPECT_EQ(test, find_first_zero_bit(resv_at(2 * RESV_SIZE)->popmap, 512), 276);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 16384 - 1200);
	resv_expect_partpop(test, 0, (100 + 236) * 4, 2);
	/* What is beside it comes from the same blocks. */
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 99)), 0x63000);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, object, 1300)), 1300 * 4096);
	vmk_expect_audit_clean(test);
}

/* A bit may be set where no page is resident, as that was renamed. */
static void run_takes_no_page_that_is_populated(struct kunit *test)
{
	vm_object_t object = a64_object(test, VMK_O, 1024);

	vmk_alloc(test, object, 10);
	vmk_alloc(test, object, 100);
	resv_move(test, vmk_lookup(object, 10), vmk_object(test, VMK_U, 8), 0);
	KUNIT_EXPECT_EQ(test, vmk_off(resv_contig(object, 6, 2)), 0x6000);
	KUNIT_EXPECT_EQ(test, vmk_off(resv_contig(object, 12, 4)), 0xc000);
	KUNIT_EXPECT_EQ(test, vmk_off(resv_contig(object, 8, 4)), 0x200000);
	KUNIT_EXPECT_EQ(test, resv_at(0)->popcnt, 8);
	vmk_power_off(test);

	object = a64_object(test, VMK_O, 1024);
	vmk_alloc(test, object, 10);
	vmk_alloc(test, object, 100);
	resv_move(test, vmk_lookup(object, 10), vmk_object(test, VMK_U, 8), 0);
	KUNIT_EXPECT_EQ(test, vmk_off(resv_contig(object, 6, 4)), 0x6000);
	KUNIT_EXPECT_EQ(test, vmk_off(resv_contig(object, 11, 4)), 0xb000);
	KUNIT_EXPECT_EQ(test, vmk_off(resv_contig(object, 10, 1)), 0x200000);
}

/* In one that is there, the run's own addresses count; none is broken for others. */
static void run_in_a_reservation_meets_the_constraints(struct kunit *test)
{
	vm_object_t object = a64_object(test, VMK_O, 1024);

	vmk_alloc(test, object, 0);
	vmk_alloc(test, object, 511);
	KUNIT_EXPECT_EQ(test, contig_off(object, 8, 4, 0x8000, 0xc000, 0x8000, 0x8000), 0x8000);
	KUNIT_EXPECT_EQ(test, contig_off(object, 20, 4, 0x14000, 0x18000, 1, 0), 0x14000);
	KUNIT_EXPECT_EQ(test, contig_off(object, 16, 4, 0x10001, 0, 1, 0), 0x200000);
	/* Not aligned as asked; or across a boundary */
	KUNIT_EXPECT_EQ(test, contig_off(object, 40, 4, 0, 0, 0x10000, 0), 0x210000);
	KUNIT_EXPECT_EQ(test, contig_off(object, 54, 4, 0, 0, 1, 0x8000), 0x214000);
	KUNIT_EXPECT_EQ(test, contig_off(object, 70, 4, 0, 0, 1, 0x10000), 0x46000);
	resv_expect_counters(test, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, resv_at(0)->popcnt, 14);

	/* It would have to end a byte earlier: then it is taken out of the reservation. */
	KUNIT_EXPECT_EQ(test, contig_off(object, 80, 4, 0, 0x53fff, 1, 0), 0x1000);
	resv_expect_counters(test, 1, 0, 1);
}

static void run_in_a_new_one_makes_the_block_meet_them(struct kunit *test)
{
	vm_object_t object = a64_object(test, VMK_O, 8192);

	/* Page 100 would do, but not the page before it. */
	KUNIT_EXPECT_EQ(test, contig_off(object, 100, 8, 0x64000, 0, 1, 0), 0x1064000);
	KUNIT_EXPECT_EQ(test, contig_off(object, 1024, 8, 0, 0x1ff000, 1, 0), 0);
	KUNIT_EXPECT_EQ(test, vm_reserv_level(resv_page(0)), -1);
	KUNIT_EXPECT_EQ(test, contig_off(object, 2048, 8, 0, 0, 2 * RESV_SIZE, 0), 2 * RESV_SIZE);
	KUNIT_EXPECT_EQ(test, vm_reserv_level(resv_page(2 * RESV_SIZE)), 0);
	KUNIT_EXPECT_EQ(test, contig_off(object, 3072, 8, 0, 0, 1, 0x8000), 3 * RESV_SIZE);
	KUNIT_EXPECT_EQ(test, vm_reserv_level(resv_page(3 * RESV_SIZE)), 0);
	/* Inside a window no page is aligned to its size. */
	KUNIT_EXPECT_EQ(test, contig_off(object, 4097, 8, 0, 0, RESV_SIZE, 0), RESV_SIZE);
	KUNIT_EXPECT_EQ(test, vm_reserv_level(resv_page(RESV_SIZE)), -1);
	resv_expect_partpop(test, 0, 3 * 504 * 4, 3);
}

/* Blocks at 4 and 6 MiB are free, and three from 8 MiB on. */
static void run_of_blocks_does_not_cross_a_boundary(struct kunit *test)
{
	static const struct vm_mem_span span = VMK_SPAN(2 * RESV_SIZE, 7 * RESV_SIZE, 0);
	vm_object_t object;

	vmk_machine(test, &span, 1);
	object = vmk_object(test, VMK_O, 8192);
	KUNIT_EXPECT_EQ(test, contig_off(object, 0, 1536, 0, 0, 1, 4 * RESV_SIZE), NOT_THERE);
	KUNIT_EXPECT_EQ(test, contig_off(object, 0, 1024, 0, 0, 1, 2 * RESV_SIZE), 2 * RESV_SIZE);
	KUNIT_EXPECT_EQ(test, contig_off(object, 1024, 1024, 0, 0, 1, RESV_SIZE), NOT_THERE);
	KUNIT_EXPECT_EQ(test, contig_off(object, 1024, 512, 0, 0, 1, RESV_SIZE), 6 * RESV_SIZE);
	KUNIT_EXPECT_EQ(test, vm_reserv_fullpop(), 3);
}

/* From the second block of the largest size on, 20 MiB would cross the boundary at 32. */
static void run_of_largest_blocks_crosses_no_boundary(struct kunit *test)
{
	vm_object_t object = a64_object(test, VMK_O, 8192);

	KUNIT_EXPECT_EQ(test, vmk_off(vmk_noobj(test)), 0);
	KUNIT_EXPECT_EQ(test, contig_off(object, 0, 5120, 0, 0, 1, SZ_32M), SZ_32M);
	KUNIT_EXPECT_EQ(test, vm_reserv_fullpop(), 10);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 16383 - 5120);
}

static void run_outside_the_object_has_no_reservation(struct kunit *test)
{
	vm_object_t object = a64_object(test, VMK_O, 600);

	KUNIT_EXPECT_EQ(test, vmk_off(resv_contig(object, 596, 8)), 0);
	resv_expect_partpop(test, 0, 0, 0);
	vmk_power_off(test);
	object = a64_object(test, VMK_O, 600);
	KUNIT_EXPECT_EQ(test, vmk_off(resv_contig(object, 592, 8)), 80 * 4096);
	resv_expect_partpop(test, 0, 504 * 4, 1);
	KUNIT_EXPECT_EQ(test, vmk_off(resv_contig(object, 600, 8)), 0x200000);
	resv_expect_partpop(test, 0, 504 * 4, 1);
	vmk_power_off(test);

	/* Its window would begin before the object. */
	object = resv_color(a64_object(test, VMK_O, 4096), 5);
	KUNIT_EXPECT_EQ(test, vmk_off(resv_contig(object, 0, 8)), 0);
	resv_expect_partpop(test, 0, 0, 0);
	vmk_power_off(test);
	object = a64_object(test, VMK_V, 511);
	KUNIT_EXPECT_EQ(test, vmk_off(resv_contig(object, 0, 511)), 0);
	resv_expect_partpop(test, 0, 0, 0);
	vmk_power_off(test);
	object = a64_object(test, VMK_V, 512);
	KUNIT_EXPECT_EQ(test, vmk_off(resv_contig(object, 0, 512)), 0);
	KUNIT_EXPECT_EQ(test, vm_reserv_fullpop(), 1);
}

static vm_object_t page_then_colour(struct kunit *test, vm_pindex_t pindex)
{
	const vm_object_t object = a64_object(test, VMK_U, 4096);

	KUNIT_ASSERT_EQ(test, vmk_off(vmk_alloc(test, object, pindex)), 0);
	return resv_color(object, 0);
}

static void neighbours_of_a_run_are_in_the_way(struct kunit *test)
{
	vm_object_t object = page_then_colour(test, 10);

	resv_contig(object, 20, 8);
	resv_contig(object, 400, 300);
	resv_expect_partpop(test, 0, 0, 0);
	vmk_power_off(test);

	object = page_then_colour(test, 300);
	resv_contig(object, 0, 8);
	resv_expect_partpop(test, 0, 0, 0);
	vmk_power_off(test);

	object = page_then_colour(test, 511);
	resv_contig(object, 512, 8);
	resv_expect_partpop(test, 0, 504 * 4, 1);
	vmk_power_off(test);

	object = page_then_colour(test, 512);
	resv_contig(object, 0, 512);
	KUNIT_EXPECT_EQ(test, vm_reserv_fullpop(), 1);
}

/* Only its last block is in the way: the others are reserved. */
static void neighbour_takes_the_last_block_of_a_run(struct kunit *test)
{
	vm_object_t object = page_then_colour(test, 600);

	KUNIT_EXPECT_EQ(test, vmk_off(resv_contig(object, 100, 450)), 0x400000 + 100 * 4096);
	KUNIT_EXPECT_EQ(test, resv_at(0x400000)->popcnt, 412);
	KUNIT_EXPECT_EQ(test, vm_reserv_level(resv_page(0x600000)), -1);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 16384 - 451);
	resv_expect_partpop(test, 0, 400, 1);
	vmk_power_off(test);

	/* The same with one that is reserved; and with one that ends the blocks */
	object = a64_object(test, VMK_O, 4096);
	vmk_alloc(test, object, 700);
	KUNIT_EXPECT_EQ(test, vmk_off(resv_contig(object, 0, 600)), 0x400000);
	KUNIT_EXPECT_EQ(test, vm_reserv_fullpop(), 1);
	KUNIT_EXPECT_EQ(test, vm_reserv_level(resv_page(0x600000)), -1);
	vmk_power_off(test);
	object = a64_object(test, VMK_O, 4096);
	vmk_alloc(test, object, 1100);
	KUNIT_EXPECT_EQ(test, vmk_off(resv_contig(object, 0, 600)), 0x400000);
	KUNIT_EXPECT_EQ(test, vm_reserv_level(resv_page(0x600000)), 0);
	resv_expect_partpop(test, 0, 2044 + 424 * 4, 2);
}

/* The gate is for the pages of the run, not for those of its block. */
static void run_leaves_the_reserve_of_pages(struct kunit *test)
{
	vm_object_t object;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 4096);
	vmk_set_free(test, 0, 50);
	KUNIT_EXPECT_NULL(test, resv_contig(object, 0, 8));
	vmk_expect_free_lists(test, 0, "DEF{10:1}");
	vmk_set_free(test, 0, 51);
	KUNIT_EXPECT_EQ(test, vmk_off(resv_contig(object, 0, 8)), 0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 43);
	KUNIT_EXPECT_NULL(test, resv_contig(object, 8, 1));
	KUNIT_EXPECT_EQ(test, resv_at(0)->popcnt, 8);
	KUNIT_EXPECT_EQ(test, vmk_off(contig_req(object, 8, 41, VM_ALLOC_SYSTEM)), 0x8000);
	KUNIT_EXPECT_NULL(test, contig_req(object, 49, 3, VM_ALLOC_INTERRUPT));
	KUNIT_EXPECT_EQ(test, vmk_off(contig_req(object, 49, 2, VM_ALLOC_INTERRUPT)), 0x31000);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 0);
	resv_expect_counters(test, 0, 0, 0);
	vmk_set_free(test, 0, 1024 - 51);
}

/* More pages than a count can hold, in an object that has as many. */
static void enormous_runs_are_not_there(struct kunit *test)
{
	static const u_long npages[] = {
		1025, BIT(31) - 1, BIT(31), BIT(32) - 1, BIT(32), BIT(32) + 1, BIT(52), BIT(62),
	};
	vm_object_t objects[2];
	struct vmk_counts before, after;
	int i, k;

	vmk_b4(test);
	objects[0] = vmk_object(test, VMK_O, BIT(62) + 8);
	objects[1] = vmk_object(test, VMK_V, ULONG_MAX);
	for (k = 0; k < 2; k++) {
		resv_fill(test, objects[k], 0, 2);
		vmk_counts(&before);
		for (i = 0; i < ARRAY_SIZE(npages); i++) {
			KUNIT_EXPECT_NULL(test, contig_req(objects[k], 2, npages[i],
							   VM_ALLOC_INTERRUPT));
			KUNIT_EXPECT_NULL(test, contig_req(objects[k], 1024, npages[i],
							   VM_ALLOC_INTERRUPT));
		}
		vmk_counts(&after);
		after.deficit = before.deficit;
		vmk_expect_same_counts(test, &before, &after);
	}
	resv_expect_counters(test, 0, 0, 0);
}

static u64 contig_in_domain(vm_object_t object, vm_pindex_t pindex, int domain, u_long npages)
{
	vm_page_t m;

	VM_OBJECT_WLOCK(object);
	m = vm_page_alloc_contig_domain(object, pindex, domain, VM_ALLOC_NORMAL, npages, 0,
					~(vm_paddr_t)0, 1, 0, VM_MEMATTR_DEFAULT);
	VM_OBJECT_WUNLOCK(object);
	return vmk_off(m);
}

static void run_has_the_domain_of_its_reservation(struct kunit *test)
{
	vm_object_t object;

	vmk_c2x4(test);
	object = vmk_object(test, VMK_O, 4096);
	KUNIT_EXPECT_EQ(test, contig_in_domain(object, 0, 1, 8), SZ_4G);
	KUNIT_EXPECT_EQ(test, contig_in_domain(object, 8, 0, 8), SZ_4G + 0x8000);
	KUNIT_EXPECT_EQ(test, contig_in_domain(object, 512, 0, 600), 0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 424);
	KUNIT_EXPECT_EQ(test, vmk_free_count(1), 1008);
	resv_expect_partpop(test, 0, 424 * 4, 1);
	resv_expect_partpop(test, 1, 496 * 4, 1);
	KUNIT_EXPECT_EQ(test, resv_at(RESV_SIZE)->pindex, 1024);
}

/* Runs for others */

/* R37: all of B4 is reserved; page 5 of both blocks is allocated. */
static vm_object_t fifths(struct kunit *test)
{
	vm_object_t object;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 4096);
	KUNIT_ASSERT_EQ(test, vmk_off(vmk_alloc(test, object, 5)), 0x5000);
	vmk_tick();
	KUNIT_ASSERT_EQ(test, vmk_off(vmk_alloc(test, object, 517)), RESV_SIZE + 0x5000);
	return object;
}

static void R37_none_is_broken_for_who_asks_for_that(struct kunit *test)
{
	vm_object_t u;

	fifths(test);
	KUNIT_EXPECT_NULL(test, vm_page_alloc_noobj_contig(VM_ALLOC_NORMAL | VM_ALLOC_NORECLAIM,
							   8, 0, ~(vm_paddr_t)0, 1, 0,
							   VM_MEMATTR_DEFAULT));
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1022);
	resv_expect_counters(test, 0, 0, 0);
	KUNIT_EXPECT_NULL(test, vm_page_alloc_noobj_contig_domain(0, VM_ALLOC_INTERRUPT |
								  VM_ALLOC_NORECLAIM, 8, 0,
								  ~(vm_paddr_t)0, 1, 0,
								  VM_MEMATTR_DEFAULT));
	u = vmk_object(test, VMK_U, 64);
	KUNIT_EXPECT_NULL(test, contig_req(u, 0, 8, VM_ALLOC_NORMAL | VM_ALLOC_NORECLAIM));
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1022);
	resv_expect_counters(test, 0, 0, 0);
	resv_expect_partpop(test, 0, 2 * 2044, 2);
}

static void R38_run_is_taken_out_of_the_idlest_one(struct kunit *test)
{
	vm_page_t m;

	fifths(test);
	m = vmk_ncontig(test, 8);
	KUNIT_EXPECT_EQ(test, vmk_off(m), 0x6000);
	resv_expect_counters(test, 1, 0, 1);
	vmk_expect_free_lists(test, 0, "DEF{0:1,1:1,2:1,4..8:1}");
	resv_expect_partpop(test, 0, 2044, 1);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1014);
	KUNIT_EXPECT_NULL(test, resv_at(0)->object);
	KUNIT_EXPECT_EQ(test, resv_at(0)->popcnt, 0);
	KUNIT_EXPECT_TRUE(test, bitmap_empty(resv_at(0)->popmap, RESV_NPAGES));
	vmk_expect_audit_clean(test);
	vmk_free_run(test, m, 8);
	vmk_expect_free_lists(test, 0, "DEF{0:1,1:1,2:1,3..8:1}");
}

static void R41_run_lies_where_it_has_to(struct kunit *test)
{
	fifths(test);
	KUNIT_EXPECT_EQ(test, ncontig_off(test, 8, 0x100000, 0x180000, 1, 0), 0x100000);
	resv_expect_counters(test, 1, 0, 1);
}

static void R43_longest_run_is_what_one_has_in_a_row(struct kunit *test)
{
	fifths(test);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_ncontig(test, 506)), 0x6000);
	KUNIT_EXPECT_NULL(test, vmk_ncontig(test, 507));
	KUNIT_EXPECT_NULL(test, vmk_ncontig(test, 512));
	resv_expect_counters(test, 1, 0, 1);
	vmk_power_off(test);

	/* Nor is it for want of free pages. */
	fifths(test);
	KUNIT_EXPECT_NULL(test, vmk_ncontig(test, 507));
	KUNIT_EXPECT_NULL(test, vmk_ncontig(test, 511));
	KUNIT_EXPECT_NULL(test, vmk_ncontig(test, 512));
	KUNIT_EXPECT_NULL(test, vmk_ncontig(test, 900));
	resv_expect_counters(test, 0, 0, 0);
	resv_expect_partpop(test, 0, 2 * 2044, 2);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1022);
}

/* All but page 0 or page 511 */
static void run_may_be_all_that_is_left(struct kunit *test)
{
	vm_object_t object;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 1024);
	vmk_alloc(test, object, 0);
	vmk_alloc(test, object, 1023);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_ncontig(test, 511)), 0x1000);
	vmk_expect_free_lists(test, 0, "DEF{} DIR{}");
	resv_expect_partpop(test, 0, 2044, 1);
	vmk_thresholds_off(test);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_ncontig(test, 511)), RESV_SIZE);
	vmk_expect_free_lists(test, 0, "DEF{} DIR{}");
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 0);
	resv_expect_counters(test, 2, 0, 2);
	KUNIT_EXPECT_EQ(test, vm_reserv_fullpop(), 0);
	vmk_expect_audit_clean(test);
}

/* The queue decides, and not the address. */
static void run_is_the_first_that_fits(struct kunit *test)
{
	vm_object_t object = fifths(test);

	vmk_tick();
	vmk_alloc(test, object, 12);
	KUNIT_EXPECT_EQ(test, resv_queued(0, 0), RESV_SIZE);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_ncontig(test, 6)), RESV_SIZE + 0x6000);
	vmk_power_off(test);

	/* The first has 6 in a row at most, and page 508. */
	object = fifths(test);
	vmk_power_off(test);
	vmk_b4(test);
	object = vmk_object(test, VMK_O, 4096);
	resv_fill(test, object, 0, 500);
	KUNIT_ASSERT_EQ(test, resv_queued(0, 0), 0);
	resv_fill(test, object, 506, 2);
	vmk_tick();
	vmk_alloc(test, object, 512);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_ncontig(test, 7)), RESV_SIZE + 0x1000);
	KUNIT_EXPECT_PTR_EQ(test, resv_at(0)->object, object);
	resv_expect_counters(test, 1, 0, 1);
}

/* Up to which of the four can a run of @npages be had at each place? */
static void limits_are_kept_to_the_page(struct kunit *test)
{
	fifths(test);
	KUNIT_EXPECT_EQ(test, ncontig_off(test, 4, 0x6001, 0xafff, 1, 0), NOT_THERE);
	KUNIT_EXPECT_EQ(test, ncontig_off(test, 4, 0x2000, 0x9fff, 1, 0), NOT_THERE);
	KUNIT_EXPECT_EQ(test, ncontig_off(test, 4, 0x1ff000, RESV_SIZE + 0x3fff, 1, 0),
			NOT_THERE);
	resv_expect_counters(test, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, ncontig_off(test, 4, 0x6001, 0xb000, 1, 0), 0x7000);
	KUNIT_EXPECT_EQ(test, ncontig_off(test, 4, RESV_SIZE - 0x3000, RESV_SIZE + 0x4000, 1, 0),
			RESV_SIZE);
	resv_expect_counters(test, 2, 0, 2);
}

static void ones_outside_the_limits_are_passed_over(struct kunit *test)
{
	fifths(test);
	/* Below the first, and above the last; and between two that are neighbours */
	KUNIT_EXPECT_NULL(test, vmk_ncontig_in(test, 4, 0, VMK_BASE, 1, 0));
	KUNIT_EXPECT_NULL(test, vmk_ncontig_in(test, 4, 0, VMK_BASE + 0x3fff, 1, 0));
	KUNIT_EXPECT_EQ(test, ncontig_off(test, 4, 2 * RESV_SIZE, 0, 1, 0), NOT_THERE);
	KUNIT_EXPECT_NULL(test, vmk_ncontig_in(test, 4, ~(vm_paddr_t)0 - 10, ~(vm_paddr_t)0, 1, 0));
	/* The wrong way round */
	KUNIT_EXPECT_EQ(test, ncontig_off(test, 4, 0x20000, 0x10000, 1, 0), NOT_THERE);
	resv_expect_counters(test, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, ncontig_off(test, 4, RESV_SIZE, 0, 1, 0), RESV_SIZE);
	KUNIT_EXPECT_EQ(test, ncontig_off(test, 4, 0, RESV_SIZE, 1, 0), 0x0);
	resv_expect_counters(test, 2, 0, 2);
}

static void run_is_aligned(struct kunit *test)
{
	fifths(test);
	KUNIT_EXPECT_EQ(test, ncontig_off(test, 8, 0, 0, 0x4000, 0), 0x8000);
	KUNIT_EXPECT_EQ(test, ncontig_off(test, 8, 0x100001, 0, SZ_1M, 0), RESV_SIZE + SZ_1M);
	vmk_power_off(test);

	/* To the size of a block: page 5 is in the way of 6 pages, but not of 5. */
	fifths(test);
	KUNIT_EXPECT_EQ(test, ncontig_off(test, 6, 0, 0, RESV_SIZE, 0), NOT_THERE);
	resv_expect_counters(test, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, ncontig_off(test, 5, 0x1000, 0, RESV_SIZE, 0), RESV_SIZE);
	KUNIT_EXPECT_EQ(test, ncontig_off(test, 5, 0, 0, RESV_SIZE, 0), 0);
}

/* Only the first block begins at a multiple of 4 MiB. */
static void run_may_be_aligned_to_more_than_a_block(struct kunit *test)
{
	fifths(test);
	KUNIT_EXPECT_EQ(test, ncontig_off(test, 5, RESV_SIZE, 0, 2 * RESV_SIZE, 0), NOT_THERE);
	KUNIT_EXPECT_EQ(test, ncontig_off(test, 6, 0, 0, 2 * RESV_SIZE, 0), NOT_THERE);
	resv_expect_counters(test, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, ncontig_off(test, 5, 0, 0, 2 * RESV_SIZE, 0), 0);
	KUNIT_EXPECT_EQ(test, ncontig_off(test, 2, 0x1000, 0, 2 * RESV_SIZE, 0), NOT_THERE);
	resv_expect_counters(test, 1, 0, 1);
}

static void run_crosses_no_boundary(struct kunit *test)
{
	vm_object_t object;

	fifths(test);
	KUNIT_EXPECT_EQ(test, ncontig_off(test, 8, 0, 0, 1, 0x8000), 0x8000);
	KUNIT_EXPECT_EQ(test, ncontig_off(test, 8, 0, 0, 1, 0x4000), NOT_THERE);
	vmk_power_off(test);

	/* One that a boundary does not come in between; then pages 6 to 11 are too few. */
	fifths(test);
	KUNIT_EXPECT_EQ(test, ncontig_off(test, 8, 0, 0, 1, 0x10000), 0x6000);
	vmk_power_off(test);
	object = fifths(test);
	vmk_alloc(test, object, 12);
	KUNIT_EXPECT_EQ(test, ncontig_off(test, 8, 0, 0x16000, 1, 0x10000), NOT_THERE);
	KUNIT_EXPECT_EQ(test, ncontig_off(test, 8, 0, 0, 1, 0x10000), RESV_SIZE + 0x6000);
	KUNIT_EXPECT_EQ(test, ncontig_off(test, 8, 0, 0x18000, 1, 0x10000), 0x10000);
	vmk_power_off(test);

	/* Larger than a block */
	fifths(test);
	KUNIT_EXPECT_EQ(test, ncontig_off(test, 506, 0, 0, 1, RESV_SIZE), 0x6000);
	KUNIT_EXPECT_EQ(test, ncontig_off(test, 400, 0, 0, 0x2000, SZ_1G), RESV_SIZE + 0x6000);
}

/* Alignment and boundary at once: what one moves the run to, the other may refuse. */
static void run_is_aligned_and_crosses_no_boundary(struct kunit *test)
{
	vm_object_t object = fifths(test);

	vmk_alloc(test, object, 9);
	KUNIT_EXPECT_EQ(test, ncontig_off(test, 5, 0, 0, 0x2000, 0x8000), RESV_SIZE);
	KUNIT_EXPECT_EQ(test, ncontig_off(test, 5, 0x1000, RESV_SIZE, 0x2000, 0x8000), 0xa000);
	vmk_power_off(test);

	object = fifths(test);
	vmk_alloc(test, object, 1);
	/* Pages 6 to 10 cross the boundary at 8, as 2 to 6 have page 5; 8 is free. */
	KUNIT_EXPECT_EQ(test, ncontig_off(test, 5, 0, RESV_SIZE, 0x2000, 0x8000), 0x8000);
	vmk_power_off(test);

	object = fifths(test);
	vmk_alloc(test, object, 8);
	vmk_alloc(test, object, 17);
	/* 9 to 15 are 7 pages; 18 to 25 cross at 24; 24 has room. */
	KUNIT_EXPECT_EQ(test, ncontig_off(test, 8, 0, RESV_SIZE, 1, 0x8000), 0x18000);
}

static void full_or_hidden_ones_give_no_run(struct kunit *test)
{
	vm_object_t object;

	vmk_b4(test);
	vmk_thresholds_off(test);
	object = vmk_object(test, VMK_O, 1024);
	resv_fill(test, object, 0, 1024);
	resv_free(test, object, 100, 20);
	KUNIT_EXPECT_NULL(test, vmk_ncontig(test, 8));
	resv_expect_counters(test, 0, 0, 0);
	vmk_tick();
	resv_free(test, object, 120, 1);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_ncontig(test, 8)), 0x64000);
	resv_expect_counters(test, 1, 0, 1);
	KUNIT_EXPECT_EQ(test, vm_reserv_fullpop(), 1);
}

static void other_domains_are_left_alone(struct kunit *test)
{
	vm_object_t object;

	vmk_c2x4(test);
	object = vmk_object(test, VMK_O, 4096);
	KUNIT_EXPECT_EQ(test, contig_in_domain(object, 0, 1, 8), SZ_4G);
	KUNIT_EXPECT_NULL(test, vm_reserv_reclaim_contig(0, 8, 0, ~(vm_paddr_t)0, 1, 0));
	resv_expect_partpop(test, 1, 504 * 4, 1);
	resv_expect_counters(test, 0, 0, 0);
}

/* The functions that give a run, to an object or to none */

enum run { CONTIG, CONTIG_DOMAIN, NCONTIG, NCONTIG_DOMAIN, RUN_ALL };

static u64 run_by(struct kunit *test, enum run func, vm_object_t object, vm_pindex_t pindex,
		  u_long npages)
{
	const vm_memattr_t memattr = VM_MEMATTR_DEFAULT;
	const vm_paddr_t high = ~(vm_paddr_t)0;
	const int req = VM_ALLOC_NORMAL;
	vm_page_t m;

	VM_OBJECT_WLOCK(object);
	if (func == CONTIG)
		m = vm_page_alloc_contig(object, pindex, req, npages, 0, high, 1, 0, memattr);
	else if (func == CONTIG_DOMAIN)
		m = vm_page_alloc_contig_domain(object, pindex, 0, req, npages, 0, high, 1, 0,
						memattr);
	else if (func == NCONTIG)
		m = vm_page_alloc_noobj_contig(req, npages, 0, high, 1, 0, memattr);
	else
		m = vm_page_alloc_noobj_contig_domain(0, req, npages, 0, high, 1, 0, memattr);
	VM_OBJECT_WUNLOCK(object);
	if (m && !m->object)
		vmk_hold(test, m, npages);
	return vmk_off(m);
}

/* A reservation, then the free lists, then a broken reservation, then none */
static void check_order(struct kunit *test, enum run func)
{
	const bool reserves = func <= CONTIG_DOMAIN;
	vm_object_t o, u;

	vmk_b4(test);
	o = vmk_object(test, VMK_O, 4096);
	u = vmk_object(test, VMK_U, 64);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_alloc(test, o, 0)), 0);
	KUNIT_EXPECT_EQ(test, run_by(test, func, u, 0, 8), RESV_SIZE);
	if (reserves) {
		KUNIT_EXPECT_EQ(test, run_by(test, func, o, 8, 8), 0x8000);
		resv_expect_partpop(test, 0, 503 * 4, 1);
	}
	/* There is no whole block, but a run. */
	KUNIT_EXPECT_EQ(test, run_by(test, func, o, 512, 256), RESV_SIZE + 0x100000);
	resv_expect_counters(test, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, run_by(test, func, u, 8, 300), (reserves ? 16 : 1) * 4096);
	resv_expect_counters(test, 1, 0, 1);
	KUNIT_EXPECT_EQ(test, run_by(test, func, u, 308, 300), NOT_THERE);
	resv_expect_counters(test, 1, 0, 1);
	vmk_power_off(test);

	/* One may have the run, but who asks may not. */
	vmk_b4(test);
	u = vmk_object(test, VMK_U, 64);
	resv_two_of_b4(test, vmk_object(test, VMK_O, 1024));
	vmk_set_free(test, 0, 50);
	KUNIT_EXPECT_EQ(test, run_by(test, func, u, 0, 8), NOT_THERE);
	resv_expect_counters(test, 0, 0, 0);
	vmk_set_free(test, 0, 51);
	KUNIT_EXPECT_EQ(test, run_by(test, func, u, 0, 8), 0x1000);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 43);
	resv_expect_counters(test, 1, 0, 1);
	vmk_set_free(test, 0, 1014);
	vmk_power_off(test);
}

static void every_function_tries_the_same_in_the_same_order(struct kunit *test)
{
	enum run func;

	for (func = 0; func < RUN_ALL; func++)
		check_order(test, func);
}

static struct kunit_case vmpage_reserv_contig_cases[] = {
	KUNIT_CASE(R28_runs_are_at_their_places),
	KUNIT_CASE(R29_run_across_the_end_comes_from_elsewhere),
	KUNIT_CASE(run_up_to_the_end_is_in_it),
	KUNIT_CASE(R30_long_run_fills_its_blocks),
	KUNIT_CASE(R32_last_block_passes_the_end_of_anonymous_memory),
	KUNIT_CASE(last_block_that_does_not_fit_the_object_is_none),
	KUNIT_CASE(R33_place_that_cannot_be_aligned_is_refused),
	KUNIT_CASE(R34_run_fills_a_block_beside_another),
	KUNIT_CASE(R35_run_of_two_blocks_is_before_another),
	KUNIT_CASE(long_run_populates_what_is_asked_for),
	KUNIT_CASE(run_takes_no_page_that_is_populated),
	KUNIT_CASE(run_in_a_reservation_meets_the_constraints),
	KUNIT_CASE(run_in_a_new_one_makes_the_block_meet_them),
	KUNIT_CASE(run_of_blocks_does_not_cross_a_boundary),
	KUNIT_CASE(run_of_largest_blocks_crosses_no_boundary),
	KUNIT_CASE(run_outside_the_object_has_no_reservation),
	KUNIT_CASE(neighbours_of_a_run_are_in_the_way),
	KUNIT_CASE(neighbour_takes_the_last_block_of_a_run),
	KUNIT_CASE(run_leaves_the_reserve_of_pages),
	KUNIT_CASE(enormous_runs_are_not_there),
	KUNIT_CASE(run_has_the_domain_of_its_reservation),
	KUNIT_CASE(R37_none_is_broken_for_who_asks_for_that),
	KUNIT_CASE(R38_run_is_taken_out_of_the_idlest_one),
	KUNIT_CASE(R41_run_lies_where_it_has_to),
	KUNIT_CASE(R43_longest_run_is_what_one_has_in_a_row),
	KUNIT_CASE(run_may_be_all_that_is_left),
	KUNIT_CASE(run_is_the_first_that_fits),
	KUNIT_CASE(limits_are_kept_to_the_page),
	KUNIT_CASE(ones_outside_the_limits_are_passed_over),
	KUNIT_CASE(run_is_aligned),
	KUNIT_CASE(run_may_be_aligned_to_more_than_a_block),
	KUNIT_CASE(run_crosses_no_boundary),
	KUNIT_CASE(run_is_aligned_and_crosses_no_boundary),
	KUNIT_CASE(full_or_hidden_ones_give_no_run),
	KUNIT_CASE(other_domains_are_left_alone),
	KUNIT_CASE(every_function_tries_the_same_in_the_same_order),
	{}
};

static struct kunit_suite vmpage_reserv_contig_suite = {
	.name = "vmpage_reserv_contig",
	.init = vmk_init,
	.exit = vmk_exit,
	.test_cases = vmpage_reserv_contig_cases,
};

kunit_test_suite(vmpage_reserv_contig_suite);
