// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * A free block of 2 MiB by relocation, in little time: which block it is, and when
 * nothing is done.
 */
#include <vm/vm_reserv.h>

#include "vm_page_reclaim_kunit.h"

#define BLOCK	VM_LEVEL_0_NPAGES

static void expect_counts(struct kunit *test, s64 reclaimed, s64 failed, s64 moved)
{
	KUNIT_EXPECT_EQ(test, VM_CNT_FETCH(v_block_reclaimed), reclaimed);
	KUNIT_EXPECT_EQ(test, VM_CNT_FETCH(v_block_failed), failed);
	KUNIT_EXPECT_EQ(test, VM_CNT_FETCH(v_block_moved), moved);
}

static void the_block_in_least_use_is_cleared(struct kunit *test)
{
	lay(test, "m100 .412 | m40 .472 | m200 .312");
	KUNIT_EXPECT_TRUE(test, vmpage_reclaim_block(0));
	KUNIT_EXPECT_EQ(test, count_moved(test, 0, 512), 0);
	KUNIT_EXPECT_EQ(test, count_moved(test, 512, 1024), 40);
	KUNIT_EXPECT_EQ(test, count_moved(test, 1024, 1536), 0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 412 + 472 + 312);
	expect_counts(test, 1, 0, 40);
	expect_free_run(test, 512, BLOCK);
}

static void nothing_moves_while_there_is_a_block(struct kunit *test)
{
	lay(test, "m100 .412 | m40 .472 | .512");
	KUNIT_EXPECT_TRUE(test, vmpage_reclaim_block(0));
	KUNIT_EXPECT_EQ(test, count_moved(test, 0, 1024), 0);
	expect_counts(test, 0, 0, 0);
}

static void block_that_a_cpu_keeps_in_part_is_one(struct kunit *test)
{
	vmk_set_pgcache(8);
	lay(test, "m100 .412 | m40 .472 | .512");
	KUNIT_EXPECT_NULL(test, vmk_block(0, VM_FREEPOOL_DEFAULT, VM_LEVEL_0_ORDER, 0));
	KUNIT_EXPECT_NULL(test, vmk_block(0, VM_FREEPOOL_DIRECT, VM_LEVEL_0_ORDER, 0));
	KUNIT_EXPECT_TRUE(test, vmpage_reclaim_block(0));
	KUNIT_EXPECT_EQ(test, count_moved(test, 0, 1024), 0);
	expect_counts(test, 0, 0, 0);
	expect_free_run(test, 1024, BLOCK);
}

static void only_the_domain_is_looked_at(struct kunit *test)
{
	lay(test, "m100 .412 | m90 .422 / m40 .472 | m50 .462");
	KUNIT_EXPECT_TRUE(test, vmpage_reclaim_block(0));
	KUNIT_EXPECT_EQ(test, count_moved(test, 512, 1024), 90);
	KUNIT_EXPECT_EQ(test, count_moved(test, 1024, 2048), 0);
	KUNIT_EXPECT_TRUE(test, vmpage_reclaim_block(1));
	KUNIT_EXPECT_EQ(test, count_moved(test, 1024, 2048), 40);
	expect_counts(test, 2, 0, 130);
}

/* What is left over at the end of a segment is no block. */
static void blocks_are_whole(struct kunit *test)
{
	lay(test, "m500 .12 m1 .300 | m1 .400");
	KUNIT_EXPECT_TRUE(test, vmpage_reclaim_block(0));
	KUNIT_EXPECT_EQ(test, count_moved(test, 0, 512), 500);
	KUNIT_EXPECT_EQ(test, count_moved(test, 512, 1214), 0);
	expect_free_run(test, 0, BLOCK);
}

static void what_cannot_move_is_left(struct kunit *test)
{
	lay(test, "n1 .511 | b1 m1 .510 | m300 .211 q1 | m400 .112");
	KUNIT_EXPECT_TRUE(test, vmpage_reclaim_block(0));
	KUNIT_EXPECT_EQ(test, count_moved(test, 0, 1536), 0);
	KUNIT_EXPECT_EQ(test, count_moved(test, 1536, 2048), 400);
	vm_page_xunbusy(pages[512]);
}

/* The owner of the pages: how often it was asked, and which it wants to stay. */
static unsigned int asked;
static vm_pindex_t stays_from, stays_end;

static bool owner_unmap(vm_object_t object, vm_page_t m)
{
	asked++;
	return m->pindex < stays_from || m->pindex >= stays_end;
}

static const struct vmpage_object_ops owner_ops = { .unmap = owner_unmap };

static void own(vm_object_t object, vm_pindex_t from, vm_pindex_t end)
{
	asked = 0;
	stays_from = from;
	stays_end = end;
	VM_OBJECT_WLOCK(object);
	object->ops = &owner_ops;
	VM_OBJECT_WUNLOCK(object);
}

static void next_best(struct kunit *test)
{
	lay(test, "m100 .412 | m40 .472 | m50 .462");
	own(movable, 512, 1024);
	KUNIT_EXPECT_TRUE(test, vmpage_reclaim_block(0));
	KUNIT_EXPECT_EQ(test, asked, 1 + 50);
	KUNIT_EXPECT_EQ(test, count_moved(test, 0, 1024), 0);
	KUNIT_EXPECT_EQ(test, count_moved(test, 1024, 1536), 50);
	expect_counts(test, 1, 0, 50);
}

static void the_next_best_comes_after_the_best(struct kunit *test)
{
	next_best(test);
}

/* What a CPU fetched for the best, and did not need, is of the next one. */
static void what_was_not_needed_for_the_best_is_no_hindrance(struct kunit *test)
{
	vmk_set_pgcache(8);
	next_best(test);
	expect_free_run(test, 1024, BLOCK);
}

/* The third would be one too many. */
static void the_work_is_bounded(struct kunit *test)
{
	struct vmk_counts before, after;

	lay(test, "m257 .255 | m256 .256 | m258 .254");
	own(movable, 0, LAID_PAGES);
	vmk_counts(&before);
	KUNIT_EXPECT_FALSE(test, vmpage_reclaim_block(0));
	vmk_counts(&after);
	vmk_expect_same_counts(test, &before, &after);
	KUNIT_EXPECT_EQ(test, asked, 2);
	KUNIT_EXPECT_EQ(test, count_moved(test, 0, 1536), 0);
	expect_counts(test, 0, 1, 0);
}

/* Of the first block half is cleared, and then used for what was in the second. */
static void half_of_the_work_is_undone(struct kunit *test)
{
	lay(test, "m8 .248 m8 .248 | m300 .212");
	own(movable, 256, 257);
	KUNIT_EXPECT_TRUE(test, vmpage_reclaim_block(0));
	KUNIT_EXPECT_EQ(test, count_moved(test, 256, 264), 0);
	KUNIT_EXPECT_EQ(test, count_moved(test, 512, 1024), 300);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 496 + 212);
	expect_counts(test, 1, 0, 300);
	expect_free_run(test, 512, BLOCK);
}

#define NBLOCKS	20

/* Those of the blocks that are looked at first stay. */
static bool first_stay(vm_object_t object, vm_page_t m)
{
	asked++;
	return vmk_off(m) >= 16 * SZ_2M;
}

static void the_search_goes_on_where_it_ended(struct kunit *test)
{
	static const struct vm_mem_span span = VMK_SPAN(0, ptoa(NBLOCKS * BLOCK), 0);
	static const struct vmpage_object_ops ops = { .unmap = first_stay };
	vm_object_t object;
	vm_page_t m;
	int i;

	vmk_machine(test, &span, 1);
	object = vmk_object(test, VMK_O, NBLOCKS * BLOCK);
	for (i = 0; i < NBLOCKS; i++) {
		m = vmk_alloc(test, object, i * BLOCK);
		KUNIT_ASSERT_EQ(test, vm_reserv_level(m), 0);
		make_movable(m, i);
	}
	vm_reserv_break_all(object);
	object->ops = &ops;
	asked = 0;
	KUNIT_EXPECT_FALSE(test, vmpage_reclaim_block(0));
	KUNIT_EXPECT_EQ(test, asked, 16);
	KUNIT_EXPECT_FALSE(test, vmpage_reclaim_block(0));
	KUNIT_EXPECT_EQ(test, asked, 16);
	KUNIT_EXPECT_TRUE(test, vmpage_reclaim_block(0));
	expect_counts(test, 1, 1, 1);
}

static void reservations_are_not_broken(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	lay(test, ".512 | m300 .212 | m200 .312");
	object = vmk_object(test, VMK_O, 512);
	m = vmk_alloc(test, object, 7);
	KUNIT_ASSERT_EQ(test, vm_reserv_level(m), 0);
	make_movable(m, 7);
	KUNIT_EXPECT_TRUE(test, vmpage_reclaim_block(0));
	KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(object, 7), m);
	KUNIT_EXPECT_EQ(test, vm_reserv_level(m), 0);
	KUNIT_EXPECT_EQ(test, count_moved(test, 1024, 1536), 200);
	KUNIT_EXPECT_EQ(test, VM_CNT_FETCH(v_reserv_broken), 0);
}

static void the_target_is_left_alone(struct kunit *test)
{
	lay(test, "m100 .412 | m40 .472");
	VM_DOMAIN(0)->vmd_free_target = 412 + 472 - BLOCK + 1;
	KUNIT_EXPECT_FALSE(test, vmpage_reclaim_block(0));
	KUNIT_EXPECT_EQ(test, count_moved(test, 0, 1024), 0);
	VM_DOMAIN(0)->vmd_free_target--;
	KUNIT_EXPECT_TRUE(test, vmpage_reclaim_block(0));
	KUNIT_EXPECT_EQ(test, count_moved(test, 0, 1024), 40);
	expect_counts(test, 1, 0, 40);
}

/* Fewer pages are free than a block has. */
static void a_block_has_to_be_free_somewhere(struct kunit *test)
{
	lay(test, "m300 .212 | m213 .299");
	KUNIT_EXPECT_FALSE(test, vmpage_reclaim_block(0));
	expect_counts(test, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, count_moved(test, 0, 1024), 0);
	KUNIT_ASSERT_EQ(test, vm_page_tryxbusy(pages[512]), 1);
	vmk_free(test, pages[512]);
	vmk_drain();
	KUNIT_EXPECT_TRUE(test, vmpage_reclaim_block(0));
	expect_counts(test, 1, 0, 212);
}

/* Failures that follow each other keep 1, 3, 7, ... calls from trying, at most 63. */
static void failures_put_off_the_next_try(struct kunit *test)
{
	unsigned int i, skip = 1, failed = 0;

	lay(test, "m1 .511 | m1 .511 | m1 .511");
	own(movable, 0, LAID_PAGES);
	while (failed < 8) {
		KUNIT_EXPECT_FALSE(test, vmpage_reclaim_block(0));
		expect_counts(test, 0, ++failed, 0);
		for (i = 0; i < skip; i++)
			KUNIT_EXPECT_FALSE(test, vmpage_reclaim_block(0));
		expect_counts(test, 0, failed, 0);
		skip = min(2 * skip + 1, 63U);
	}
	own(movable, 0, 0);
	KUNIT_EXPECT_TRUE(test, vmpage_reclaim_block(0));
	expect_counts(test, 1, failed, 1);
}

/* Two failures, of which the first puts off one call; the next three are put off, too. */
static void fail_twice(struct kunit *test)
{
	lay(test, "m1 .511 | m1 .511 | m1 .511");
	own(movable, 0, LAID_PAGES);
	KUNIT_EXPECT_FALSE(test, vmpage_reclaim_block(0));
	KUNIT_EXPECT_FALSE(test, vmpage_reclaim_block(0));
	KUNIT_EXPECT_FALSE(test, vmpage_reclaim_block(0));
	expect_counts(test, 0, 2, 0);
}

/* Success ends that. */
static void a_success_is_a_new_beginning(struct kunit *test)
{
	fail_twice(test);
	own(movable, 0, 0);
	KUNIT_EXPECT_FALSE(test, vmpage_reclaim_block(0));
	KUNIT_EXPECT_FALSE(test, vmpage_reclaim_block(0));
	KUNIT_EXPECT_FALSE(test, vmpage_reclaim_block(0));
	KUNIT_EXPECT_TRUE(test, vmpage_reclaim_block(0));
	KUNIT_EXPECT_NOT_NULL(test, vmk_ncontig(test, BLOCK));
	own(movable, 0, LAID_PAGES);
	KUNIT_EXPECT_FALSE(test, vmpage_reclaim_block(0));
	KUNIT_EXPECT_FALSE(test, vmpage_reclaim_block(0));
	KUNIT_EXPECT_FALSE(test, vmpage_reclaim_block(0));
	expect_counts(test, 1, 4, 1);
}

/* So does a block that somebody freed. */
static void a_free_block_is_a_new_beginning(struct kunit *test)
{
	fail_twice(test);
	KUNIT_ASSERT_EQ(test, vm_page_tryxbusy(pages[512]), 1);
	vmk_free(test, pages[512]);
	vmk_drain();
	KUNIT_EXPECT_TRUE(test, vmpage_reclaim_block(0));
	KUNIT_EXPECT_NOT_NULL(test, vmk_ncontig(test, BLOCK));
	KUNIT_EXPECT_FALSE(test, vmpage_reclaim_block(0));
	expect_counts(test, 0, 3, 0);
	KUNIT_EXPECT_FALSE(test, vmpage_reclaim_block(0));
	expect_counts(test, 0, 3, 0);
	own(movable, 0, 0);
	KUNIT_EXPECT_TRUE(test, vmpage_reclaim_block(0));
	expect_counts(test, 1, 3, 1);
}

static struct kunit_case vmpage_page_reclaim_block_cases[] = {
	KUNIT_CASE(the_block_in_least_use_is_cleared),
	KUNIT_CASE(nothing_moves_while_there_is_a_block),
	KUNIT_CASE(block_that_a_cpu_keeps_in_part_is_one),
	KUNIT_CASE(only_the_domain_is_looked_at),
	KUNIT_CASE(blocks_are_whole),
	KUNIT_CASE(what_cannot_move_is_left),
	KUNIT_CASE(the_next_best_comes_after_the_best),
	KUNIT_CASE(what_was_not_needed_for_the_best_is_no_hindrance),
	KUNIT_CASE(the_work_is_bounded),
	KUNIT_CASE(half_of_the_work_is_undone),
	KUNIT_CASE(the_search_goes_on_where_it_ended),
	KUNIT_CASE(reservations_are_not_broken),
	KUNIT_CASE(the_target_is_left_alone),
	KUNIT_CASE(a_block_has_to_be_free_somewhere),
	KUNIT_CASE(failures_put_off_the_next_try),
	KUNIT_CASE(a_success_is_a_new_beginning),
	KUNIT_CASE(a_free_block_is_a_new_beginning),
	{}
};

static struct kunit_suite vmpage_page_reclaim_block_suite = {
	.name = "vmpage_page_reclaim_block",
	.init = vmk_init,
	.exit = vmk_exit,
	.test_cases = vmpage_page_reclaim_block_cases,
};

kunit_test_suite(vmpage_page_reclaim_block_suite);
