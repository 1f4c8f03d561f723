// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Free lists, buddy allocator, contiguous search.
 */
#include <linux/log2.h>

#include "vm_phys_kunit.h"

/*
 * Rows: buddy
 */

static void B01_fresh_memory_is_four_largest_blocks(struct kunit *test)
{
	vmk_a64(test);
	vmk_expect_free_lists(test, 0, "DEF{12:4} DIR{}");
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 16384);
}

static void B02_noobj_takes_the_largest_block(struct kunit *test)
{
	vmk_a64(test);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_noobj(test)), 0);
	vmk_expect_free_lists(test, 0, "DEF{12:3}");
	vmk_expect_free_lists(test, 0, "DIR{0..11:1}");
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 16383);
}

static void B03_object_page_opens_a_block_of_its_own_pool(struct kunit *test)
{
	vm_page_t m;

	vmk_a64(test);
	vmk_noobj(test);
	m = vmk_alloc(test, vmk_object(test, VMK_U, 1), 0);
	KUNIT_EXPECT_EQ(test, vmk_off(m), 0x1000000);
	vmk_expect_free_lists(test, 0, "DEF{0..11:1,12:2}");
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 16382);
}

static void B04_freed_pages_merge_to_the_tail_of_their_pool(struct kunit *test)
{
	vm_page_t m, m_object;

	vmk_a64(test);
	m = vmk_noobj(test);
	m_object = vmk_alloc(test, vmk_object(test, VMK_U, 1), 0);
	vmk_free(test, m);
	vmk_free(test, m_object);
	vmk_expect_free_lists(test, 0, "DIR{12:1}");
	vmk_expect_free_lists(test, 0, "DEF{12:3}");
	KUNIT_EXPECT_EQ(test, phys_block_off(DEF, 12, 0), 0x2000000);
	KUNIT_EXPECT_EQ(test, phys_block_off(DEF, 12, 1), 0x3000000);
	KUNIT_EXPECT_EQ(test, phys_block_off(DEF, 12, 2), 0x1000000);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 16384);
}

/* Machine A64 and B06's eight pages. */
static void phys_eight_pages(struct kunit *test, vm_page_t m[8])
{
	int i;

	vmk_a64(test);
	for (i = 0; i < 8; i++)
		m[i] = vmk_noobj(test);
}

static void B06_noobj_pages_ascend(struct kunit *test)
{
	vm_page_t m[8];
	int i;

	phys_eight_pages(test, m);
	for (i = 0; i < 8; i++)
		KUNIT_EXPECT_EQ(test, vmk_off(m[i]), ptoa(i));
}

static void B08_freed_buddies_merge_and_are_reused(struct kunit *test)
{
	vm_page_t m[8];

	phys_eight_pages(test, m);
	vmk_free(test, m[0]);
	vmk_free(test, m[1]);
	vmk_expect_free_lists(test, 0, "DIR{1:1,3..11:1}");
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_noobj(test)), 0);
}

static void B09_neighbours_that_are_no_buddies_stay_apart(struct kunit *test)
{
	vm_page_t m[8];

	phys_eight_pages(test, m);
	vmk_free(test, m[1]);
	vmk_free(test, m[2]);
	vmk_expect_free_lists(test, 0, "DIR{0:2,3..11:1}");
}

static void B10_unaligned_segment_becomes_growing_blocks(struct kunit *test)
{
	static const struct vm_mem_span span = VMK_SPAN(0x3000, 0x3000 + ptoa(1021), 0);
	static const struct {
		int order;
		u64 off;
	} blocks[] = {
		{ 0, 0x0 }, { 2, 0x1000 }, { 3, 0x5000 }, { 4, 0xd000 }, { 5, 0x1d000 },
		{ 6, 0x3d000 }, { 7, 0x7d000 }, { 8, 0xfd000 }, { 9, 0x1fd000 },
	};
	int i;

	vmk_machine(test, &span, 1);
	vmk_expect_free_lists(test, 0, "DEF{0:1,2..9:1}");
	for (i = 0; i < ARRAY_SIZE(blocks); i++)
		KUNIT_EXPECT_EQ(test, phys_block_off(DEF, blocks[i].order, 0) - 0x3000,
				blocks[i].off);
	KUNIT_EXPECT_NULL(test, vmk_block(0, DEF, 1, 0));
}

static void B12_alloc_npages_returns_the_rest_of_the_block(struct kunit *test)
{
	vm_page_t ma[10];
	int i, got;

	vmk_a64(test);
	got = phys_alloc_npages(0, DIR, 10, ma);
	KUNIT_ASSERT_EQ(test, got, 10);
	for (i = 0; i < 10; i++)
		KUNIT_EXPECT_EQ(test, vmk_off(ma[i]), ptoa(i));
	vmk_expect_free_lists(test, 0, "DIR{1:1,2:1,4..11:1}");
	KUNIT_EXPECT_EQ(test, phys_block_off(DIR, 1, 0), 0xa000);
	KUNIT_EXPECT_EQ(test, phys_block_off(DIR, 2, 0), 0xc000);
	vmk_expect_free_lists(test, 0, "DEF{12:3}");
	phys_free_contig(ma[0], 10);
}

static void B15_blocks_never_merge_over_a_domain_border(struct kunit *test)
{
	static const struct vm_mem_span spans[] = {
		VMK_SPAN(0, ptoa(1024), 0), VMK_SPAN(0x400000, 0x400000 + ptoa(1024), 1),
	};
	vm_page_t m0, m1;

	vmk_machine(test, spans, ARRAY_SIZE(spans));
	m0 = phys_alloc(0, DEF, 10);
	m1 = phys_alloc(1, DEF, 10);
	KUNIT_ASSERT_PTR_EQ(test, m0, phys_at(test, 0));
	KUNIT_ASSERT_PTR_EQ(test, m1, phys_at(test, 0x400000));

	phys_free(m0 + 1023, 0);
	phys_free(m1, 0);
	vmk_expect_free_lists(test, 0, "DEF{0:1}");
	vmk_expect_free_lists(test, 1, "DEF{0:1}");

	phys_free_contig(m0, 1023);
	phys_free_contig(m1 + 1, 1023);
	vmk_expect_free_lists(test, 0, "DEF{10:1}");
	vmk_expect_free_lists(test, 1, "DEF{10:1}");
}

/*
 * Rows: contiguous runs
 */

static void C01_run_comes_from_block_start_and_leaves_growing_blocks(struct kunit *test)
{
	vmk_a64(test);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_ncontig(test, 3)), 0);
	vmk_expect_free_lists(test, 0, "DEF{0:1,2..11:1,12:3}");
	KUNIT_EXPECT_EQ(test, phys_block_off(DEF, 0, 0), 0x3000);
	vmk_expect_free_lists(test, 0, "DIR{}");
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 16381);
}

static void C02_freed_run_returns_to_the_default_pool(struct kunit *test)
{
	vm_page_t m;

	vmk_a64(test);
	m = vmk_ncontig(test, 3);
	KUNIT_ASSERT_NOT_NULL(test, m);
	vmk_free_run(test, m, 3);
	vmk_expect_free_lists(test, 0, "DEF{12:4}");
}

static void C03_only_block_starts_qualify(struct kunit *test)
{
	vm_page_t m;

	vmk_a64(test);
	m = vmk_ncontig_in(test, 1, VMK_BASE + 0x1000, 0, 1, 0);
	KUNIT_EXPECT_EQ(test, vmk_off(m), 0x1000000);
}

static void C04_interior_of_a_block_is_not_searched(struct kunit *test)
{
	vm_page_t m;

	vmk_a64(test);
	m = vmk_ncontig_in(test, 1, VMK_BASE + 0x1000, VMK_BASE + 0x1000000, 1, 0);
	KUNIT_EXPECT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 16384);
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), 1);
}

static void C05_run_of_two_largest_blocks(struct kunit *test)
{
	vmk_a64(test);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_ncontig(test, 8192)), 0);
	vmk_expect_free_lists(test, 0, "DEF{12:2}");
}

static void C09_run_longer_than_its_boundary_never_fits(struct kunit *test)
{
	vmk_a64(test);
	KUNIT_EXPECT_NULL(test, vmk_ncontig_in(test, 2, 0, 0, 1, 4096));
	/* A page off the block start leaves blocks of every order to try. */
	vmk_noobj(test);
	KUNIT_EXPECT_NULL(test, vmk_ncontig_in(test, 2, 0, 0, 1, 4096));
	KUNIT_EXPECT_NULL(test, vmk_ncontig_in(test, 2, 0, 0, 0x2000, 4096));
}

static void C10_run_as_long_as_its_boundary_fits_aligned(struct kunit *test)
{
	vmk_a64(test);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_ncontig_in(test, 512, 0, 0, 1, 0x200000)), 0);
}

static void C11_run_one_page_longer_than_a_block(struct kunit *test)
{
	vmk_a64(test);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_ncontig(test, 4096)), 0);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_ncontig(test, 4097)), 0x1000000);
	vmk_expect_free_lists(test, 0, "DEF{0..11:1,12:1}");
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 8191);
}

static void C13_high_bounds_the_end_of_the_run(struct kunit *test)
{
	vmk_a64(test);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_ncontig_in(test, 16, 0, VMK_BASE + SZ_16M, 1, 0)), 0);
	KUNIT_EXPECT_NULL(test, vmk_ncontig_in(test, 16, 0, VMK_BASE + SZ_64K, 1, 0));
	KUNIT_EXPECT_NULL(test, vmk_ncontig_in(test, 16, 0, VMK_BASE, 1, 0));
}

static void C15_empty_address_range_gives_nothing(struct kunit *test)
{
	vmk_a64(test);
	KUNIT_EXPECT_NULL(test, vmk_ncontig_in(test, 1, VMK_BASE, VMK_BASE, 1, 0));
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 16384);
}

static void phys_expect_noobj_run(struct kunit *test, vm_page_t m, u_long npages)
{
	u_long i;

	for (i = 0; i < npages; i++) {
		KUNIT_EXPECT_EQ(test, m[i].phys_addr, m[0].phys_addr + ptoa(i));
		KUNIT_EXPECT_NULL(test, m[i].object);
		KUNIT_EXPECT_EQ(test, m[i].pindex, 0xdeadc0dedeadc0deULL);
		KUNIT_EXPECT_EQ(test, m[i].oflags, 0x04);
		KUNIT_EXPECT_EQ(test, m[i].busy_lock, 0x1);
		KUNIT_EXPECT_EQ(test, m[i].ref_count, 0);
	}
}

static void C16_every_page_of_a_run_is_adjacent_and_initialised(struct kunit *test)
{
	static const u_long lengths[] = { 1, 7, 512, 4500 };
	vm_page_t m;
	int i;

	vmk_a64(test);
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		m = vmk_ncontig(test, lengths[i]);
		KUNIT_ASSERT_NOT_NULL(test, m);
		phys_expect_noobj_run(test, m, lengths[i]);
	}
}

/*
 * Power-of-two runs
 */

static void alloc_prefers_the_smallest_block_of_its_pool(struct kunit *test)
{
	vm_page_t m, m_small;

	vmk_a64(test);
	m = phys_alloc(0, DIR, 3);		/* DIR{3..11:1} */
	m_small = phys_alloc(0, DIR, 4);
	KUNIT_EXPECT_EQ(test, vmk_off(m), 0);
	KUNIT_EXPECT_EQ(test, vmk_off(m_small), 0x10000);
	vmk_expect_free_lists(test, 0, "DIR{3:1,5..11:1} DEF{12:3}");
	phys_free(m, 3);
	phys_free(m_small, 4);
}

static void steal_takes_the_largest_block_and_its_rest(struct kunit *test)
{
	vm_page_t m_def, m_dir;

	vmk_b4(test);				/* DEF{10:1} */
	m_dir = phys_alloc(0, DIR, 0);
	vmk_expect_free_lists(test, 0, "DIR{0..9:1} DEF{}");
	m_def = phys_alloc(0, DEF, 2);
	KUNIT_EXPECT_EQ(test, vmk_off(m_def), 0x200000);
	vmk_expect_free_lists(test, 0, "DIR{0..8:1} DEF{2..8:1}");
	phys_free(m_def, 2);
	phys_free(m_dir, 0);
	vmk_expect_free_lists(test, 0, "DIR{10:1} DEF{}");
}

static void same_order_blocks_are_reused_in_the_order_of_freeing(struct kunit *test)
{
	static const int order_of_freeing[] = { 4, 0, 6, 2 };
	vm_page_t m[8];
	int i;

	phys_eight_pages(test, m);
	for (i = 0; i < 4; i++) {
		vmk_free(test, m[order_of_freeing[i]]);
		vmk_drain();
	}
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_PTR_EQ(test, vmk_noobj(test), m[order_of_freeing[i]]);
}

static void pages_of_a_run_may_come_back_one_by_one(struct kunit *test)
{
	vm_page_t m;
	int i;

	vmk_a64(test);
	m = phys_alloc(0, DIR, 5);
	for (i = 0; i < 32; i++)
		KUNIT_EXPECT_EQ(test, m[i].pool, DIR);
	for (i = 31; i >= 0; i--)
		phys_free(&m[i], 0);
	vmk_expect_free_lists(test, 0, "DIR{12:1} DEF{12:3}");
}

static void only_the_first_page_of_a_block_carries_its_order(struct kunit *test)
{
	vm_page_t m;
	int i;

	vmk_b4(test);
	m = phys_at(test, 0);
	KUNIT_EXPECT_EQ(test, m->order, 10);
	for (i = 1; i < 1024; i++)
		KUNIT_EXPECT_EQ(test, m[i].order, VM_NFREEORDER);
}

static void alloc_from_an_empty_domain_gives_nothing(struct kunit *test)
{
	vm_page_t m, ma[1];

	vmk_b4(test);
	m = phys_alloc(0, DEF, 10);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_NULL(test, phys_alloc(0, DEF, 0));
	KUNIT_EXPECT_NULL(test, phys_alloc(0, DIR, 12));
	KUNIT_EXPECT_NULL(test, phys_alloc_freelist(0, VM_FREELIST_DEFAULT, DEF, 0));
	KUNIT_EXPECT_NULL(test, phys_contig(0, 1, 0, ~0ULL, 1, 0));
	KUNIT_EXPECT_EQ(test, phys_alloc_npages(0, DEF, 1, ma), 0);
	phys_free(m, 10);
}

/*
 * Any pages
 */

static void npages_drains_small_blocks_of_its_pool_first(struct kunit *test)
{
	vm_page_t *ma = kunit_kcalloc(test, 4096, sizeof(*ma), GFP_KERNEL);
	vm_page_t m;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, ma);
	vmk_a64(test);
	m = phys_alloc(0, DIR, 0);		/* DIR{0..11:1}: 4095 pages */
	KUNIT_ASSERT_EQ(test, phys_alloc_npages(0, DIR, 4096, ma), 4096);
	for (i = 0; i < 4095; i++)
		KUNIT_EXPECT_EQ(test, vmk_off(ma[i]), ptoa(i + 1));
	KUNIT_EXPECT_EQ(test, vmk_off(ma[4095]), BLOCK);
	for (i = 0; i < 4096; i++)
		KUNIT_EXPECT_EQ(test, ma[i]->pool, DIR);
	vmk_expect_free_lists(test, 0, "DIR{0..11:1} DEF{12:2}");

	phys_free(m, 0);
	for (i = 0; i < 4096; i++)
		phys_free(ma[i], 0);
	vmk_expect_free_lists(test, 0, "DIR{12:2} DEF{12:2}");
}

static void npages_gives_what_there_is(struct kunit *test)
{
	vm_page_t *ma = kunit_kcalloc(test, 4096, sizeof(*ma), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, ma);
	vmk_b4(test);
	KUNIT_EXPECT_EQ(test, phys_alloc_npages(0, DEF, 4096, ma), 1024);
	vmk_expect_free_lists(test, 0, "DEF{} DIR{}");
	KUNIT_EXPECT_PTR_EQ(test, ma[1023], ma[0] + 1023);
	phys_free_contig(ma[0], 1024);
	vmk_expect_free_lists(test, 0, "DEF{10:1}");
}

/*
 * Contiguous search
 */

static void contig_prefers_order_then_pool_then_age(struct kunit *test)
{
	vm_page_t m, m_dir, m_run;

	vmk_a64(test);
	m_dir = phys_alloc(0, DIR, 12);
	m = phys_alloc(0, DEF, 12);
	phys_free(m_dir + 8, 1);		/* DIR{1}: +0x8000 */
	phys_free(m + 4, 1);			/* DEF{1}: +0x1004000 */
	phys_free(m, 1);			/* DEF{1}: +0x1000000 */

	m_run = phys_contig(0, 2, 0, ~0ULL, 1, 0);
	KUNIT_EXPECT_EQ(test, vmk_off(m_run), 0x1004000);
	m_run = phys_contig(0, 2, 0, ~0ULL, 1, 0);
	KUNIT_EXPECT_EQ(test, vmk_off(m_run), 0x1000000);
	m_run = phys_contig(0, 2, 0, ~0ULL, 1, 0);
	KUNIT_EXPECT_EQ(test, vmk_off(m_run), 0x8000);
	KUNIT_EXPECT_EQ(test, m_run->pool, DEF);
	m_run = phys_contig(0, 2, 0, ~0ULL, 1, 0);
	KUNIT_EXPECT_EQ(test, vmk_off(m_run), 0x2000000);

	phys_free_contig(m_run, 2);
	phys_free_contig(m_dir, 4096);
	phys_free_contig(m, 4096);
}

static void contig_puts_the_rest_at_the_head_of_the_default_pool(struct kunit *test)
{
	vm_page_t m, m_old, m_run;

	vmk_a64(test);
	m_old = phys_alloc(0, DEF, 12);
	phys_free(m_old + 1, 0);		/* DEF{0}: a page freed earlier */
	m = phys_alloc(0, DIR, 12);
	phys_free(m, 2);			/* DIR{2}: to be cut */
	m_run = phys_contig(0, 3, 0, ~0ULL, 1, 0);
	KUNIT_EXPECT_PTR_EQ(test, m_run, m);
	vmk_expect_free_lists(test, 0, "DEF{0:2,12:2} DIR{}");
	KUNIT_EXPECT_PTR_EQ(test, vmk_block(0, DEF, 0, 0), m + 3);
	KUNIT_EXPECT_PTR_EQ(test, vmk_block(0, DEF, 0, 1), m_old + 1);

	phys_free_contig(m, 3);
	phys_free_contig(m + 4, 4092);
	phys_free(m_old, 0);
	phys_free_contig(m_old + 2, 4094);
}

static void contig_keeps_alignment_and_boundary(struct kunit *test)
{
	vm_page_t m, m_run;

	vmk_a64(test);
	m = phys_alloc(0, DEF, 0);		/* DEF{0..11:1}: a block at each power of two */
	m_run = phys_contig(0, 1, 0, ~0ULL, 0x8000, 0);
	KUNIT_EXPECT_EQ(test, vmk_off(m_run), 0x8000);
	phys_free(m_run, 0);
	/* +0x1000 is a block of one page, +0x2000 of two. */
	m_run = phys_contig(0, 2, 0, ~0ULL, 1, 0x4000);
	KUNIT_EXPECT_EQ(test, vmk_off(m_run), 0x2000);
	phys_free_contig(m_run, 2);
	/* Three pages cross a boundary of 8 KiB wherever they lie. */
	KUNIT_EXPECT_NULL(test, phys_contig(0, 3, 0, ~0ULL, 1, 0x2000));
	phys_free(m, 0);
}

static void chain_starts_at_its_first_fitting_block(struct kunit *test)
{
	vm_page_t m;

	vmk_a64(test);
	m = phys_contig(0, 4097, VMK_BASE + 1, ~0ULL, 1, 0);
	KUNIT_EXPECT_EQ(test, vmk_off(m), BLOCK);
	phys_free_contig(m, 4097);
	m = phys_contig(0, 4097, VMK_BASE + BLOCK, ~0ULL, 2 * BLOCK, 0);
	KUNIT_EXPECT_EQ(test, vmk_off(m), 2 * BLOCK);
	phys_free_contig(m, 4097);
	m = phys_contig(0, 8192, VMK_BASE + BLOCK, ~0ULL, 1, 2 * BLOCK);
	KUNIT_EXPECT_EQ(test, vmk_off(m), 2 * BLOCK);
	phys_free_contig(m, 8192);
	vmk_expect_free_lists(test, 0, "DEF{12:4}");
}

static void chain_is_searched_from_its_start(struct kunit *test)
{
	vm_page_t m;

	vmk_a64(test);
	m = phys_alloc(0, DEF, 12);
	phys_free(m, 12);			/* now last on the list */
	KUNIT_ASSERT_EQ(test, phys_block_off(DEF, 12, 0), BLOCK);
	m = phys_contig(0, 4097, VMK_BASE, ~0ULL, 1, 0);
	KUNIT_EXPECT_EQ(test, vmk_off(m), 0);
	phys_free_contig(m, 4097);
}

static void chain_ends_at_high_and_at_a_used_block(struct kunit *test)
{
	vm_page_t m, m_used;

	vmk_a64(test);
	KUNIT_EXPECT_NULL(test, phys_contig(0, 16385, 0, ~0ULL, 1, 0));
	KUNIT_EXPECT_NULL(test, phys_contig(0, 8192, 0, VMK_BASE + 2 * BLOCK - 1, 1, 0));
	KUNIT_EXPECT_NULL(test, phys_contig(0, 8192, 0, ~0ULL, 4 * BLOCK, BLOCK));

	m_used = phys_contig(0, 1, VMK_BASE + BLOCK, ~0ULL, 1, 0);
	KUNIT_ASSERT_EQ(test, vmk_off(m_used), BLOCK);
	KUNIT_EXPECT_NULL(test, phys_contig(0, 8193, 0, ~0ULL, 1, 0));
	m = phys_contig(0, 8192, 0, ~0ULL, 1, 0);
	KUNIT_EXPECT_EQ(test, vmk_off(m), 2 * BLOCK);
	phys_free_contig(m, 8192);
	phys_free(m_used, 0);
}

static void chain_may_mix_pools(struct kunit *test)
{
	vm_page_t m;
	int i;

	vmk_a64(test);
	m = phys_alloc(0, DIR, 12);
	phys_free(m, 12);
	vmk_expect_free_lists(test, 0, "DEF{12:3} DIR{12:1}");
	m = phys_contig(0, 4 * 4096 - 1, 0, ~0ULL, 1, 0);
	KUNIT_EXPECT_EQ(test, vmk_off(m), 0);
	vmk_expect_free_lists(test, 0, "DEF{0:1} DIR{}");
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, m[i * 4096].pool, DEF);
	phys_free_contig(m, 4 * 4096 - 1);
}

static void chain_does_not_leave_its_segment(struct kunit *test)
{
	static const struct vm_mem_span spans[] = {
		VMK_SPAN(0, ptoa(4096), 0), VMK_SPAN(BLOCK, BLOCK + ptoa(4096), 0),
	};

	vmk_machine(test, spans, ARRAY_SIZE(spans));
	vmk_expect_free_lists(test, 0, "DEF{12:2}");
	KUNIT_EXPECT_NULL(test, phys_contig(0, 4097, 0, ~0ULL, 1, 0));
}

/*
 * Ranges of any length
 */

/* The order of the largest aligned block at @lo that ends by @hi. */
static int phys_greedy_order(u_long lo, u_long hi)
{
	int order = 12;

	while ((lo & ((1UL << order) - 1)) || lo + (1UL << order) > hi)
		order--;
	return order;
}

/* Are the pages [lo, hi) of the block at @m free, as its largest aligned blocks? */
static void phys_expect_greedy_blocks(struct kunit *test, vm_page_t m, u_long lo, u_long hi)
{
	const u_long start = lo;

	while (lo < hi) {
		const int order = phys_greedy_order(lo, hi);

		KUNIT_EXPECT_EQ_MSG(test, m[lo].order, order, "page %lu of %lu to %lu", lo, start,
				    hi);
		lo += 1UL << order;
	}
}

static void enqueued_range_becomes_its_largest_aligned_blocks(struct kunit *test)
{
	vm_page_t m;
	u_long lo, hi, i;
	int round;

	vmk_a64(test);
	for (round = 0; round < 200; round++) {
		m = phys_alloc(0, DEF, 12);
		lo = vmk_random_below(4096);
		hi = lo + 1 + vmk_random_below(4096 - lo);
		phys_enqueue_contig(m + lo, hi - lo);
		phys_expect_greedy_blocks(test, m, lo, hi);

		for (i = lo; i < hi; i++)
			KUNIT_ASSERT_TRUE(test, phys_unfree(m + i));
		phys_free(m, 12);
	}
	vmk_expect_free_lists(test, 0, "DEF{12:4}");
}

static void enqueued_range_may_hold_many_largest_blocks(struct kunit *test)
{
	vm_page_t m;

	vmk_a64(test);
	m = phys_contig(0, 16384, 0, ~0ULL, 1, 0);
	KUNIT_ASSERT_NOT_NULL(test, m);
	phys_enqueue_contig(m + 4095, 4096 * 2 + 3);
	vmk_expect_free_lists(test, 0, "DEF{0:1,1:1,12:2} DIR{}");
	phys_expect_greedy_blocks(test, m, 4095, 4095 + 4096 * 2 + 3);
	phys_free_contig(m, 4095);
	phys_free_contig(m + 4096 * 3 + 2, 4094);
	vmk_expect_free_lists(test, 0, "DEF{12:4} DIR{}");
}

static void enqueued_ranges_do_not_merge(struct kunit *test)
{
	vm_page_t m;

	vmk_a64(test);
	m = phys_alloc(0, DEF, 9);
	phys_enqueue_contig(m, 256);
	phys_enqueue_contig(m + 256, 256);
	vmk_expect_free_lists(test, 0, "DEF{8:2,9..11:1,12:3} DIR{}");
	vmk_expect_audit_finds(test, "buddy of order 8");

	/* All of the chunk is free, though no block covers it. */
	KUNIT_EXPECT_EQ(test, vm_mem_remove_chunk(VMK_BASE), 0);
	vmk_expect_free_lists(test, 0, "DEF{9..11:1,12:3} DIR{}");
}

static void freed_ranges_merge_whatever_their_order(struct kunit *test)
{
	u32 cut[4] = { 0 }, turn[3];
	vm_page_t m;
	int round, i;

	vmk_a64(test);
	for (round = 0; round < 200; round++) {
		m = phys_alloc(0, DIR, 12);
		cut[1] = 1 + vmk_random_below(4094);
		cut[2] = cut[1] + 1 + vmk_random_below(4095 - cut[1]);
		cut[3] = 4096;
		vmk_permutation(turn, 3);
		for (i = 0; i < 3; i++)
			phys_free_contig(m + cut[turn[i]], cut[turn[i] + 1] - cut[turn[i]]);
		KUNIT_EXPECT_EQ_MSG(test, m->order, 12, "cut at %u and %u", cut[1], cut[2]);
	}
	vmk_expect_audit_clean(test);
}

static void freed_range_gets_the_pool_of_its_first_page(struct kunit *test)
{
	vm_page_t m, m_dir;

	vmk_a64(test);
	m = phys_alloc(0, DEF, 12);
	m_dir = phys_alloc(0, DIR, 12);
	m[7].pool = DIR;
	phys_free_contig(m + 7, 4089 - 7);
	/* 1 + 8 + ... + 2048 up, then 1024 + ... + 8 + 1 down from page 4096 - 7. */
	KUNIT_EXPECT_EQ(test, m[7].order, 0);
	KUNIT_EXPECT_EQ(test, m[8].order, 3);
	KUNIT_EXPECT_EQ(test, m[4088].order, 0);
	KUNIT_EXPECT_EQ(test, m[4088].pool, DIR);
	vmk_expect_free_lists(test, 0, "DEF{12:2}");
	phys_free_contig(m, 7);
	phys_free_contig(m + 4089, 7);
	phys_free_contig(m_dir, 4096);
}

static void unfree_page_halves_the_block_around_it(struct kunit *test)
{
	vm_page_t m, m_old;

	vmk_a64(test);
	m_old = phys_alloc(0, DEF, 12);
	phys_free(m_old + 1, 0);
	m = phys_at(test, BLOCK + 0x5000);
	KUNIT_EXPECT_TRUE(test, phys_unfree(m));
	vmk_expect_free_lists(test, 0, "DEF{0:2,1..11:1,12:2} DIR{}");
	KUNIT_EXPECT_EQ(test, phys_block_off(DEF, 0, 0), BLOCK + 0x4000);
	KUNIT_EXPECT_PTR_EQ(test, vmk_block(0, DEF, 0, 1), m_old + 1);
	KUNIT_EXPECT_EQ(test, phys_block_off(DEF, 1, 0), BLOCK + 0x6000);
	KUNIT_EXPECT_EQ(test, phys_block_off(DEF, 2, 0), BLOCK);
	KUNIT_EXPECT_EQ(test, phys_block_off(DEF, 11, 0), BLOCK + BLOCK / 2);

	KUNIT_EXPECT_FALSE(test, phys_unfree(m));
	KUNIT_EXPECT_FALSE(test, phys_unfree(m_old));
	phys_free(m, 0);
	phys_free(m_old, 0);
	phys_free_contig(m_old + 2, 4094);
	vmk_expect_free_lists(test, 0, "DEF{12:4}");
}

static void unfreed_page_keeps_the_pool_of_its_block(struct kunit *test)
{
	static const struct vm_mem_span span = VMK_SPAN(0x3000, 0x3000 + ptoa(1021), 0);
	vm_page_t m;

	vmk_machine(test, &span, 1);
	m = phys_alloc(0, DIR, 9);
	phys_free(m, 9);
	vmk_expect_free_lists(test, 0, "DIR{9:1}");
	KUNIT_EXPECT_TRUE(test, phys_unfree(m + 3));
	KUNIT_EXPECT_EQ(test, m[3].pool, DIR);
	phys_free(m + 3, 0);
	vmk_expect_free_lists(test, 0, "DIR{9:1}");

	/* Where a larger block would begin before the segment. */
	m = phys_at(test, 0x3000);
	KUNIT_EXPECT_TRUE(test, phys_unfree(m));
	KUNIT_EXPECT_FALSE(test, phys_unfree(m));
	phys_free(m, 0);
}

/*
 * Nonsense
 */

static void bad_domain_pool_or_order_is_reported(struct kunit *test)
{
	vm_page_t ma[1];

	vmk_a64(test);
	vmk_refused(test, KUNIT_EXPECT_NULL(test, vm_phys_alloc_pages(-1, DEF, 0)));
	vmk_refused(test, KUNIT_EXPECT_NULL(test, vm_phys_alloc_pages(MAXMEMDOM, DEF, 0)));
	vmk_refused(test, KUNIT_EXPECT_NULL(test, vm_phys_alloc_pages(1, DEF, 0)));
	vmk_refused(test, KUNIT_EXPECT_NULL(test, phys_take(0, -1, 0)));
	vmk_refused(test, KUNIT_EXPECT_NULL(test, phys_take(0, VM_NFREEPOOL, 0)));
	vmk_refused(test, KUNIT_EXPECT_NULL(test, phys_take(0, DEF, -1)));
	vmk_refused(test, KUNIT_EXPECT_NULL(test, phys_take(0, DEF, VM_NFREEORDER)));

	vmk_refused(test, KUNIT_EXPECT_NULL(test, vm_phys_alloc_freelist_pages(1, 0, DEF, 0)));
	vmk_refused(test, KUNIT_EXPECT_NULL(test, phys_alloc_freelist(0, -1, DEF, 0)));
	vmk_refused(test, KUNIT_EXPECT_NULL(test, phys_alloc_freelist(0, VM_NFREELIST, DEF, 0)));
	vmk_refused(test, KUNIT_EXPECT_NULL(test, phys_alloc_freelist(0, 0, VM_NFREEPOOL, 0)));
	vmk_refused(test, KUNIT_EXPECT_NULL(test, phys_alloc_freelist(0, 0, DEF, VM_NFREEORDER)));

	vmk_refused(test, KUNIT_EXPECT_EQ(test, vm_phys_alloc_npages(1, DEF, 1, ma), 0));
	vmk_refused(test, KUNIT_EXPECT_EQ(test, phys_alloc_npages(0, VM_NFREEPOOL, 1, ma), 0));
	vmk_refused(test, KUNIT_EXPECT_EQ(test, phys_alloc_npages(0, DEF, 0, ma), 0));
	vmk_refused(test, KUNIT_EXPECT_EQ(test, phys_alloc_npages(0, DEF, -1, ma), 0));
	vmk_refused(test, KUNIT_EXPECT_EQ(test, phys_alloc_npages(0, DEF, 4097, ma), 0));
}

static void bad_run_is_reported(struct kunit *test)
{
	vm_page_t bounds[2];

	vmk_a64(test);
	vmk_refused(test, KUNIT_EXPECT_NULL(test, vm_phys_alloc_contig(1, 1, 0, ~0ULL, 1, 0)));
	vmk_refused(test, KUNIT_EXPECT_NULL(test, phys_contig(0, 0, 0, ~0ULL, 1, 0)));
	vmk_refused(test, KUNIT_EXPECT_NULL(test, phys_contig(0, 1, 0, ~0ULL, 0, 0)));
	vmk_refused(test, KUNIT_EXPECT_NULL(test, phys_contig(0, 1, 0, ~0ULL, 3, 0)));
	vmk_refused(test, KUNIT_EXPECT_NULL(test, phys_contig(0, 1, 0, ~0ULL, 1, 0x3000)));
	vmk_refused(test, KUNIT_EXPECT_EQ(test, vm_phys_find_range(bounds, -1, 0, 1, 0, ~0ULL),
					  -1));
	vmk_refused(test, KUNIT_EXPECT_EQ(test, vm_phys_find_range(bounds, 0, 0, 0, 0, ~0ULL),
					  -1));
	/* Not nonsense, only too much. */
	KUNIT_EXPECT_NULL(test, phys_contig(0, ~0UL, 0, ~0ULL, 1, 0));
	KUNIT_EXPECT_NULL(test, phys_contig(0, 1, ~0ULL - 1, ~0ULL, 1, 0));
	KUNIT_EXPECT_NULL(test, phys_contig(0, 1, VMK_BASE, 0, 1, 0));
}

/* Free, but leave the count alone: the call is to be refused. */
static void phys_misfree(void (*func)(vm_page_t m, u_long npages), vm_page_t m, u_long npages)
{
	unsigned long flags;

	vm_domain_free_lock(VM_DOMAIN(m->domain), flags);
	func(m, npages);
	vm_domain_free_unlock(VM_DOMAIN(m->domain), flags);
}

static void phys_free_order(vm_page_t m, u_long order)
{
	vm_phys_free_pages(m, (int)order);
}

static void bad_free_is_reported(struct kunit *test)
{
	vm_page_t m;

	vmk_b4(test);
	m = phys_alloc(0, DEF, 9);		/* leaves DEF{9:1} at m + 512 */
	vmk_refused(test, phys_misfree(phys_free_order, m, VM_NFREEORDER));
	vmk_refused(test, phys_misfree(phys_free_order, m, (u_long)-1));
	vmk_refused(test, phys_misfree(phys_free_order, m + 1, 1));
	vmk_refused(test, phys_misfree(phys_free_order, m, 11));
	vmk_refused(test, phys_misfree(phys_free_order, m + 512, 9));
	vmk_refused(test, phys_misfree(vm_phys_free_contig, m, 0));
	vmk_refused(test, phys_misfree(vm_phys_free_contig, m, 1025));
	vmk_refused(test, phys_misfree(vm_phys_free_contig, m + 512, 1));
	vmk_refused(test, phys_misfree(vm_phys_enqueue_contig, m, 0));
	vmk_refused(test, phys_misfree(vm_phys_enqueue_contig, m, 1025));
	vmk_refused(test, phys_misfree(vm_phys_enqueue_contig, m + 512, 1));
	phys_free(m, 9);
}

/*
 * Chance
 */

#define NRUNS	200

struct phys_run {
	vm_page_t m;
	u_long npages;
};

static void phys_random_alloc(struct kunit *test, struct phys_run *run)
{
	const int pool = vmk_random_below(VM_NFREEPOOL);
	vm_page_t m;
	int order;

	if (vmk_random_below(2)) {
		order = vmk_random_below(VM_NFREEORDER);
		run->npages = 1UL << order;
		m = phys_alloc(0, pool, order);
	} else {
		run->npages = 1 + vmk_random_below(vmk_random_below(8) ? 40 : 6000);
		m = phys_contig(0, run->npages, 0, ~0ULL, PAGE_SIZE << vmk_random_below(5), 0);
	}
	run->m = m;
}

static void phys_random_free(struct phys_run *run)
{
	u_long i;

	if (is_power_of_2(run->npages) && vmk_random_below(2))
		phys_free(run->m, ilog2(run->npages));
	else if (run->npages > 100 || vmk_random_below(2))
		phys_free_contig(run->m, run->npages);
	else
		for (i = 0; i < run->npages; i++)
			phys_free(&run->m[i], 0);
	run->m = NULL;
}

/* Contig runs are aligned to their alignment only. */
static bool phys_run_is_block(const struct phys_run *run)
{
	return IS_ALIGNED(run->m->phys_addr, ptoa(run->npages)) && run->npages <= 4096;
}

static void phys_random_step(struct kunit *test, struct phys_run *run)
{
	if (!run->m) {
		phys_random_alloc(test, run);
		return;
	}
	if (phys_run_is_block(run)) {
		phys_random_free(run);
	} else {
		phys_free_contig(run->m, run->npages);
		run->m = NULL;
	}
}

static void random_traffic_ends_where_it_began(struct kunit *test)
{
	struct phys_run *runs = kunit_kcalloc(test, NRUNS, sizeof(*runs), GFP_KERNEL);
	int i, order;

	KUNIT_ASSERT_NOT_NULL(test, runs);
	vmk_a64(test);
	for (i = 0; i < 20000; i++)
		phys_random_step(test, &runs[vmk_random_below(NRUNS)]);
	for (i = 0; i < NRUNS; i++) {
		if (runs[i].m)
			phys_random_step(test, &runs[i]);
	}

	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 16384);
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, phys_at(test, i * BLOCK)->order, 12);
	for (order = 0; order < 12; order++) {
		KUNIT_EXPECT_NULL(test, vmk_block(0, DEF, order, 0));
		KUNIT_EXPECT_NULL(test, vmk_block(0, DIR, order, 0));
	}
}

/*
 * The audit
 */

static void audit_finds_broken_queues(struct kunit *test)
{
	struct vm_freelist *fl;
	vm_page_t m;

	vmk_a64(test);
	m = phys_at(test, 0);
	fl = &VM_DOMAIN(0)->vm_phys_free_queues[0][DEF][12];

	fl->lcnt--;
	vmk_expect_audit_finds(test, "3 blocks counted, more queued");
	fl->lcnt += 2;
	vmk_expect_audit_finds(test, "5 blocks counted, fewer queued");
	fl->lcnt--;

	m->pool = DIR;
	vmk_expect_audit_finds(test, "12 1 is queued as 0 12 0");
	m->pool = DEF;
	vm_phys_segs[0]->free_queues = VM_DOMAIN(0)->vm_phys_free_queues[1];
	vmk_expect_audit_finds(test, "is on a list of another segment");
	vm_phys_segs[0]->free_queues = VM_DOMAIN(0)->vm_phys_free_queues[0];
	m->order = 11;
	vmk_expect_audit_finds(test, "11 0 is queued as 0 12 0");
	m->order = 12;
	m->domain = 1;
	vmk_expect_audit_finds(test, "block 0x100000000, 1 12 0 is queued as 0 12 0");
	m->domain = 0;
	vm_domain_freecnt_inc(VM_DOMAIN(0), 1);
	vmk_expect_audit_finds(test, "16384 pages in free blocks, 0 unpopulated, 16385 free");
	phys_count(0, -1);
}

static void audit_finds_broken_pages(struct kunit *test)
{
	vm_page_t m;

	vmk_a64(test);
	m = phys_at(test, 0);
	m[5].order = 0;
	vmk_expect_audit_finds(test, "lies in another block");
	vmk_expect_audit_finds(test, "4 blocks are queued, 5 pages head one");
	m[5].order = VM_NFREEORDER;

	m[5].busy_lock = VPB_UNBUSIED;
	vmk_expect_audit_finds(test, "free page 0x100005000");
	m[5].busy_lock = VPB_FREED;
	m[5].ref_count = 1;
	vmk_expect_audit_finds(test, "ref 0x1");
	m[5].ref_count = 0;
	m[5].valid = 1;
	vmk_expect_audit_finds(test, "ref 0x0, 0x1 0x0, busy");
	m[5].valid = 0;
}

static void audit_finds_a_block_over_an_absent_chunk(struct kunit *test)
{
	struct vm_freelist *fl;
	vm_page_t m;

	vmk_a64(test);
	m = phys_at(test, 0);
	KUNIT_ASSERT_EQ(test, vm_mem_remove_chunk(VMK_BASE + CHUNK), 0);
	KUNIT_ASSERT_EQ(test, m->order, 9);

	fl = VM_DOMAIN(0)->vm_phys_free_queues[0][DEF];
	list_move(&m->plinks.q, &fl[10].pl);
	fl[9].lcnt--;
	fl[10].lcnt++;
	m->order = 10;
	vmk_expect_audit_finds(test, "was given back");
	list_move(&m->plinks.q, &fl[9].pl);
	fl[9].lcnt++;
	fl[10].lcnt--;
	m->order = 9;
}

static struct kunit_case vmpage_phys_cases[] = {
	KUNIT_CASE(B01_fresh_memory_is_four_largest_blocks),
	KUNIT_CASE(B02_noobj_takes_the_largest_block),
	KUNIT_CASE(B03_object_page_opens_a_block_of_its_own_pool),
	KUNIT_CASE(B04_freed_pages_merge_to_the_tail_of_their_pool),
	KUNIT_CASE(B06_noobj_pages_ascend),
	KUNIT_CASE(B08_freed_buddies_merge_and_are_reused),
	KUNIT_CASE(B09_neighbours_that_are_no_buddies_stay_apart),
	KUNIT_CASE(B10_unaligned_segment_becomes_growing_blocks),
	KUNIT_CASE(B12_alloc_npages_returns_the_rest_of_the_block),
	KUNIT_CASE(B15_blocks_never_merge_over_a_domain_border),
	KUNIT_CASE(C01_run_comes_from_block_start_and_leaves_growing_blocks),
	KUNIT_CASE(C02_freed_run_returns_to_the_default_pool),
	KUNIT_CASE(C03_only_block_starts_qualify),
	KUNIT_CASE(C04_interior_of_a_block_is_not_searched),
	KUNIT_CASE(C05_run_of_two_largest_blocks),
	KUNIT_CASE(C09_run_longer_than_its_boundary_never_fits),
	KUNIT_CASE(C10_run_as_long_as_its_boundary_fits_aligned),
	KUNIT_CASE(C11_run_one_page_longer_than_a_block),
	KUNIT_CASE(C13_high_bounds_the_end_of_the_run),
	KUNIT_CASE(C15_empty_address_range_gives_nothing),
	KUNIT_CASE(C16_every_page_of_a_run_is_adjacent_and_initialised),
	KUNIT_CASE(alloc_prefers_the_smallest_block_of_its_pool),
	KUNIT_CASE(steal_takes_the_largest_block_and_its_rest),
	KUNIT_CASE(same_order_blocks_are_reused_in_the_order_of_freeing),
	KUNIT_CASE(pages_of_a_run_may_come_back_one_by_one),
	KUNIT_CASE(only_the_first_page_of_a_block_carries_its_order),
	KUNIT_CASE(alloc_from_an_empty_domain_gives_nothing),
	KUNIT_CASE(npages_drains_small_blocks_of_its_pool_first),
	KUNIT_CASE(npages_gives_what_there_is),
	KUNIT_CASE(contig_prefers_order_then_pool_then_age),
	KUNIT_CASE(contig_puts_the_rest_at_the_head_of_the_default_pool),
	KUNIT_CASE(contig_keeps_alignment_and_boundary),
	KUNIT_CASE(chain_starts_at_its_first_fitting_block),
	KUNIT_CASE(chain_is_searched_from_its_start),
	KUNIT_CASE(chain_ends_at_high_and_at_a_used_block),
	KUNIT_CASE(chain_may_mix_pools),
	KUNIT_CASE(chain_does_not_leave_its_segment),
	KUNIT_CASE(enqueued_range_becomes_its_largest_aligned_blocks),
	KUNIT_CASE(enqueued_range_may_hold_many_largest_blocks),
	KUNIT_CASE(enqueued_ranges_do_not_merge),
	KUNIT_CASE(freed_ranges_merge_whatever_their_order),
	KUNIT_CASE(freed_range_gets_the_pool_of_its_first_page),
	KUNIT_CASE(unfree_page_halves_the_block_around_it),
	KUNIT_CASE(unfreed_page_keeps_the_pool_of_its_block),
	KUNIT_CASE(bad_domain_pool_or_order_is_reported),
	KUNIT_CASE(bad_run_is_reported),
	KUNIT_CASE(bad_free_is_reported),
	KUNIT_CASE(random_traffic_ends_where_it_began),
	KUNIT_CASE(audit_finds_broken_queues),
	KUNIT_CASE(audit_finds_broken_pages),
	KUNIT_CASE(audit_finds_a_block_over_an_absent_chunk),
	{}
};

static struct kunit_suite vmpage_phys_suite = {
	.name = "vmpage_phys",
	.init = vmk_init,
	.exit = vmk_exit,
	.test_cases = vmpage_phys_cases,
};

kunit_test_suite(vmpage_phys_suite);
