// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Segments, their lists, and chunks that come and go.
 */
#include <linux/kthread.h>
#include <linux/mm.h>

#include "vm_phys_kunit.h"

/*
 * Segments and lists
 */

/* Pages of a domain, by its segments and what they gave back. */
static unsigned long seg_npages(int domain)
{
	unsigned long npages = 0;
	unsigned int i;

	for (i = 0; i < vm_phys_nsegs; i++) {
		const struct vm_phys_seg *seg = vm_phys_seg_at(i);

		if (seg->domain == domain)
			npages += atop(seg->end - seg->start) -
				  ((unsigned long)seg->nabsent << VM_LEVEL_0_ORDER);
	}
	return npages;
}

static void page_is_found_by_any_address_inside_it(struct kunit *test)
{
	static const struct vm_mem_span span = VMK_SPAN(0x3000, 0x3000 + ptoa(1020), 3);
	vm_page_t m;

	vmk_machine(test, &span, 1);
	m = PHYS_TO_VM_PAGE(VMK_BASE + 0x3000);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, VM_PAGE_TO_PHYS(m), VMK_BASE + 0x3000);
	KUNIT_EXPECT_PTR_EQ(test, PHYS_TO_VM_PAGE(VMK_BASE + 0x3fff), m);
	KUNIT_EXPECT_PTR_EQ(test, PHYS_TO_VM_PAGE(VMK_BASE + 0x3fefff), m + 1019);
	/* Outside, but in a 2 MiB frame of the segment; and in another. */
	KUNIT_EXPECT_NULL(test, PHYS_TO_VM_PAGE(VMK_BASE + 0x2fff));
	KUNIT_EXPECT_NULL(test, PHYS_TO_VM_PAGE(VMK_BASE + 0x3ff000));
	KUNIT_EXPECT_NULL(test, PHYS_TO_VM_PAGE(VMK_BASE + 0x400000));
	KUNIT_EXPECT_NULL(test, PHYS_TO_VM_PAGE(0));
	KUNIT_EXPECT_NULL(test, PHYS_TO_VM_PAGE(~0ULL));

	KUNIT_EXPECT_EQ(test, vm_page_domain(m), 3);
	KUNIT_EXPECT_EQ(test, vm_phys_domain(VMK_BASE + 0x3001), 3);
	KUNIT_EXPECT_EQ(test, vm_phys_domain(VMK_BASE), -1);
	KUNIT_EXPECT_EQ(test, seg_npages(3), 1020);
	KUNIT_EXPECT_EQ(test, seg_npages(0), 0);
	KUNIT_EXPECT_EQ(test, vm_ndomains, 1);
	KUNIT_EXPECT_TRUE(test, DOMAINSET_ISSET(3, &vm_all_domains));
}

static void range_is_cut_where_lists_meet_and_where_arrays_end(struct kunit *test)
{
	static const struct vm_mem_span spans[] = {
		{ SZ_16M - 0x400000, SZ_16M + 0x400000, 0 },
		{ 0x100000000ULL - 0x200000, 0x100000000ULL + 0x200000, 0 },
		{ 0x1000000000ULL - 0x200000, 0x1000000000ULL + 0x200000, 0 },
	};
	static const vm_paddr_t ends[] = {
		SZ_16M, SZ_16M + 0x400000, 0x100000000ULL, 0x100000000ULL + 0x200000,
		0x1000000000ULL, 0x1000000000ULL + 0x200000,
	};
	int i;

	vmk_machine(test, spans, ARRAY_SIZE(spans));
	KUNIT_ASSERT_EQ(test, vm_phys_nsegs, ARRAY_SIZE(ends));
	for (i = 0; i < ARRAY_SIZE(ends); i++)
		KUNIT_EXPECT_EQ(test, vm_phys_segs[i]->end, ends[i]);
	KUNIT_EXPECT_EQ(test, seg_npages(0), 4096);
}

static void lists_without_memory_stand_for_the_next_lower(struct kunit *test)
{
	static const struct vm_mem_span spans[] = {
		{ SZ_16M - 0x400000, SZ_16M + 0x400000, 0 },
	};
	vm_page_t m[4];
	int i;

	vmk_machine(test, spans, 1);
	KUNIT_EXPECT_EQ(test, vm_nfreelists, 2);
	KUNIT_EXPECT_EQ(test, vm_freelist_to_flind[VM_FREELIST_DEFAULT], 0);
	KUNIT_EXPECT_EQ(test, vm_freelist_to_flind[VM_FREELIST_DMA32], 0);
	KUNIT_EXPECT_EQ(test, vm_freelist_to_flind[VM_FREELIST_LOWMEM], 1);

	m[0] = phys_alloc_freelist(0, VM_FREELIST_LOWMEM, DEF, 9);
	m[1] = phys_alloc_freelist(0, VM_FREELIST_DMA32, DEF, 9);
	m[2] = phys_alloc(0, DEF, 9);
	m[3] = phys_alloc(0, DEF, 9);
	KUNIT_EXPECT_EQ(test, VM_PAGE_TO_PHYS(m[0]), SZ_16M - 0x400000);
	KUNIT_EXPECT_EQ(test, VM_PAGE_TO_PHYS(m[1]), SZ_16M);
	KUNIT_EXPECT_EQ(test, VM_PAGE_TO_PHYS(m[2]), SZ_16M + 0x200000);
	/* The low list is the last to be opened. */
	KUNIT_EXPECT_EQ(test, VM_PAGE_TO_PHYS(m[3]), SZ_16M - 0x200000);
	for (i = 0; i < 4; i++)
		phys_free(m[i], 9);
}

static void without_low_memory_its_list_is_the_default_one(struct kunit *test)
{
	vm_page_t m;

	vmk_a64(test);
	KUNIT_EXPECT_EQ(test, vm_nfreelists, 1);
	m = phys_alloc_freelist(0, VM_FREELIST_LOWMEM, DIR, 0);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, vmk_off(m), 0);
	phys_free(m, 0);
}

static void list_without_lower_memory_gives_nothing(struct kunit *test)
{
	static const struct vm_mem_span low = { SZ_4M, SZ_8M, 0 };
	static const struct vm_mem_span late = VMK_SPAN(0, ptoa(512), 0);
	vm_page_t m;

	vmk_machine(test, &low, 1);
	KUNIT_EXPECT_EQ(test, vm_nfreelists, 1);
	KUNIT_EXPECT_EQ(test, vm_freelist_to_flind[VM_FREELIST_DEFAULT], -1);
	KUNIT_EXPECT_EQ(test, vm_freelist_to_flind[VM_FREELIST_DMA32], -1);
	KUNIT_EXPECT_NULL(test, phys_alloc_freelist(0, VM_FREELIST_DEFAULT, DEF, 0));
	KUNIT_EXPECT_NULL(test, phys_alloc_freelist(0, VM_FREELIST_DMA32, DEF, 0));
	m = phys_alloc(0, DEF, 10);
	KUNIT_EXPECT_EQ(test, VM_PAGE_TO_PHYS(m), SZ_4M);

	/* What comes later has to go somewhere: onto the one list there is. */
	KUNIT_ASSERT_EQ(test, vm_mem_add_span(&late), 0);
	KUNIT_EXPECT_EQ(test, vm_phys_segs[1]->freelist, VM_FREELIST_LOWMEM);
	vmk_expect_free_lists(test, 0, "DEF{9:1} DIR{}");
	phys_free(m, 10);
}

static void low_memory_added_late_joins_the_default_list(struct kunit *test)
{
	static const struct vm_mem_span late = { SZ_4M, SZ_8M, 0 };

	vmk_a64(test);
	KUNIT_ASSERT_EQ(test, vm_mem_add_span(&late), 0);
	KUNIT_EXPECT_EQ(test, vm_nfreelists, 1);
	KUNIT_EXPECT_EQ(test, vm_phys_segs[1]->freelist, VM_FREELIST_DEFAULT);
	vmk_expect_free_lists(test, 0, "DEF{10:1,12:4}");
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 16384 + 1024);
}

static const struct vm_mem_span three_lists[] = {
	{ SZ_4M, SZ_8M, 0 }, { SZ_1G, SZ_1G + SZ_4M, 0 }, VMK_SPAN(0, ptoa(1024), 0),
};

static void much_high_memory_gives_dma32_its_own_list(struct kunit *test)
{
	vmk_set_dma32_npages(1023);
	vmk_machine(test, three_lists, ARRAY_SIZE(three_lists));
	KUNIT_EXPECT_EQ(test, vm_nfreelists, 3);
	KUNIT_EXPECT_EQ(test, vm_freelist_to_flind[VM_FREELIST_DEFAULT], 0);
	KUNIT_EXPECT_EQ(test, vm_freelist_to_flind[VM_FREELIST_DMA32], 1);
	KUNIT_EXPECT_EQ(test, vm_freelist_to_flind[VM_FREELIST_LOWMEM], 2);
	vmk_power_off(test);

	vmk_set_dma32_npages(1024);
	vmk_machine(test, three_lists, ARRAY_SIZE(three_lists));
	KUNIT_EXPECT_EQ(test, vm_nfreelists, 2);
	KUNIT_EXPECT_EQ(test, vm_freelist_to_flind[VM_FREELIST_DMA32], 0);
	KUNIT_EXPECT_EQ(test, vm_freelist_to_flind[VM_FREELIST_LOWMEM], 1);
}

static void searches_go_through_the_lists_from_the_highest_down(struct kunit *test)
{
	vm_page_t m[6];
	int i;

	vmk_set_dma32_npages(0);
	vmk_machine(test, three_lists, ARRAY_SIZE(three_lists));
	m[0] = phys_alloc(0, DEF, 9);
	m[1] = phys_contig(0, 512, 0, ~0ULL, 1, 0);
	m[2] = phys_contig(0, 512, 0, ~0ULL, 1, 0);
	m[3] = phys_alloc(0, DIR, 9);
	m[4] = phys_contig(0, 512, 0, ~0ULL, 1, 0);
	m[5] = phys_alloc(0, DEF, 9);
	KUNIT_EXPECT_EQ(test, vmk_off(m[0]), 0);
	KUNIT_EXPECT_EQ(test, vmk_off(m[1]), 0x200000);
	KUNIT_EXPECT_EQ(test, VM_PAGE_TO_PHYS(m[2]), SZ_1G);
	KUNIT_EXPECT_EQ(test, VM_PAGE_TO_PHYS(m[3]), SZ_1G + 0x200000);
	KUNIT_EXPECT_EQ(test, VM_PAGE_TO_PHYS(m[4]), SZ_4M);
	KUNIT_EXPECT_EQ(test, VM_PAGE_TO_PHYS(m[5]), SZ_4M + 0x200000);
	for (i = 0; i < 6; i++)
		phys_free(m[i], 9);

	m[0] = phys_contig(0, 2, 0, SZ_16M, 1, 0);
	KUNIT_EXPECT_EQ(test, VM_PAGE_TO_PHYS(m[0]), SZ_4M);
	phys_free(m[0], 1);
}

static void npages_goes_on_in_the_next_list(struct kunit *test)
{
	vm_page_t *ma = kunit_kcalloc(test, 4096, sizeof(*ma), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, ma);
	vmk_set_dma32_npages(0);
	vmk_machine(test, three_lists, ARRAY_SIZE(three_lists));
	KUNIT_ASSERT_EQ(test, phys_alloc_npages(0, DEF, 4096, ma), 3072);
	KUNIT_EXPECT_EQ(test, vmk_off(ma[0]), 0);
	KUNIT_EXPECT_EQ(test, VM_PAGE_TO_PHYS(ma[1024]), SZ_1G);
	KUNIT_EXPECT_EQ(test, VM_PAGE_TO_PHYS(ma[2048]), SZ_4M);
	for (i = 0; i < 3; i++)
		phys_free_contig(ma[i * 1024], 1024);
}

static void allocator_without_memory_takes_some_later(struct kunit *test)
{
	static const struct vm_mem_span late = VMK_SPAN(0, ptoa(512), 1);

	vmk_machine(test, NULL, 0);
	KUNIT_EXPECT_EQ(test, vm_ndomains, 0);
	KUNIT_EXPECT_EQ(test, vm_nfreelists, 1);
	KUNIT_EXPECT_EQ(test, vm_mem_add_span(&late), 0);
	KUNIT_EXPECT_EQ(test, vm_ndomains, 1);
	vmk_expect_free_lists(test, 1, "DEF{9:1} DIR{}");
}

static void find_range_returns_segments_in_turn(struct kunit *test)
{
	static const struct vm_mem_span spans[] = {
		VMK_SPAN(0, SZ_4M, 0), VMK_SPAN(SZ_8M, SZ_8M + SZ_4M, 1),
		VMK_SPAN(SZ_16M, SZ_16M + SZ_2M, 0),
	};
	vm_page_t bounds[2];

	vmk_machine(test, spans, ARRAY_SIZE(spans));
	KUNIT_EXPECT_EQ(test, vm_phys_find_range(bounds, 0, 0, 1, 0, ~0ULL), 0);
	KUNIT_EXPECT_EQ(test, vmk_off(bounds[0]), 0);
	KUNIT_EXPECT_PTR_EQ(test, bounds[1], bounds[0] + 1024);
	KUNIT_EXPECT_EQ(test, vm_phys_find_range(bounds, 1, 0, 1, 0, ~0ULL), 2);
	KUNIT_EXPECT_EQ(test, vmk_off(bounds[0]), 0x1000000);
	KUNIT_EXPECT_EQ(test, vm_phys_find_range(bounds, 0, 1, 1, 0, ~0ULL), 1);
	KUNIT_EXPECT_EQ(test, vm_phys_find_range(bounds, 3, 0, 1, 0, ~0ULL), -1);
	KUNIT_EXPECT_EQ(test, vm_phys_find_range(bounds, 1, 0, 513, 0, ~0ULL), -1);
	KUNIT_EXPECT_EQ(test, vm_phys_find_range(bounds, 0, 2, 1, 0, ~0ULL), -1);
}

static void find_range_clips_to_the_addresses_given(struct kunit *test)
{
	vm_page_t bounds[2];

	vmk_a64(test);
	KUNIT_EXPECT_EQ(test, vm_phys_find_range(bounds, 0, 0, 7, VMK_BASE + 0x1001,
						 VMK_BASE + 0x9fff), 0);
	KUNIT_EXPECT_EQ(test, vmk_off(bounds[0]), 0x2000);
	KUNIT_EXPECT_PTR_EQ(test, bounds[1], bounds[0] + 7);
	KUNIT_EXPECT_EQ(test, vm_phys_find_range(bounds, 0, 0, 8, VMK_BASE + 0x1001,
						 VMK_BASE + 0x9fff), -1);
	KUNIT_EXPECT_EQ(test, vm_phys_find_range(bounds, 0, 0, 1, 0, VMK_BASE), -1);
	KUNIT_EXPECT_EQ(test, vm_phys_find_range(bounds, 0, 0, 1, VMK_BASE + SZ_64M, ~0ULL), -1);
}

/*
 * Chunks that come and go
 */

/* The nth of many one-chunk ranges that do not touch. */
static struct vm_mem_span phys_scattered(u32 nth)
{
	return (struct vm_mem_span)VMK_SPAN(nth * 3 * CHUNK, nth * 3 * CHUNK + ptoa(512), 0);
}

static void phys_expect_chunk(struct kunit *test, u32 nth, bool there)
{
	const vm_paddr_t pa = phys_scattered(nth).start;
	vm_page_t m = PHYS_TO_VM_PAGE(pa + CHUNK - 1);

	if (there) {
		KUNIT_ASSERT_NOT_NULL(test, m);
		KUNIT_EXPECT_EQ(test, VM_PAGE_TO_PHYS(m), pa + CHUNK - PAGE_SIZE);
	} else {
		KUNIT_EXPECT_NULL(test, m);
	}
	KUNIT_EXPECT_NULL(test, PHYS_TO_VM_PAGE(pa - 1));
	KUNIT_EXPECT_NULL(test, PHYS_TO_VM_PAGE(pa + CHUNK));
}

static void two_thousand_scattered_chunks_come_and_go(struct kunit *test)
{
	const u32 n = 2000;
	u32 *turn = kunit_kcalloc(test, n, sizeof(*turn), GFP_KERNEL);
	struct vm_mem_span span;
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, turn);
	vmk_permutation(turn, n);
	span = phys_scattered(turn[0]);
	vmk_machine(test, &span, 1);
	for (i = 1; i < n; i++) {
		span = phys_scattered(turn[i]);
		KUNIT_ASSERT_EQ(test, vm_mem_add_span(&span), 0);
	}
	KUNIT_EXPECT_EQ(test, vm_phys_nsegs, n);
	vmk_expect_free_lists(test, 0, "DEF{9:2000} DIR{}");
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), n * 512);

	vmk_shuffle(turn, n);
	for (i = 0; i < n / 2; i++)
		KUNIT_ASSERT_EQ(test, vm_mem_remove_chunk(phys_scattered(turn[i]).start), 0);
	vmk_expect_free_lists(test, 0, "DEF{9:1000} DIR{}");
	for (i = 0; i < n; i++)
		phys_expect_chunk(test, turn[i], i >= n / 2);
	KUNIT_EXPECT_EQ(test, seg_npages(0), n / 2 * 512);
	KUNIT_EXPECT_EQ(test, VM_DOMAIN(0)->vmd_page_count, n / 2 * 512);
	KUNIT_EXPECT_NULL(test, phys_contig(0, 513, 0, ~0ULL, 1, 0));
}

static void chunk_that_left_may_come_back(struct kunit *test)
{
	static const struct vm_mem_span back = VMK_SPAN(0x400000, 0x400000 + ptoa(512), 0);
	vm_page_t m_old, m;

	vmk_a64(test);
	m_old = phys_at(test, 0x400000);
	KUNIT_ASSERT_EQ(test, vm_mem_remove_chunk(back.start), 0);
	KUNIT_ASSERT_EQ(test, vm_mem_add_span(&back), 0);
	m = phys_at(test, 0x400000);
	KUNIT_EXPECT_PTR_NE(test, m, m_old);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 16384);
	KUNIT_EXPECT_EQ(test, seg_npages(0), 16384);
	vmk_expect_free_lists(test, 0, "DEF{9:2,10:1,11:1,12:3} DIR{}");
	vmk_expect_audit_clean(test);
	KUNIT_EXPECT_EQ(test, vm_mem_remove_chunk(back.start), 0);
}

static void chunk_is_cut_out_of_the_largest_block(struct kunit *test)
{
	vm_page_t m;

	vmk_a64(test);
	KUNIT_EXPECT_EQ(test, vm_mem_remove_chunk(VMK_BASE + 0x400000), 0);
	vmk_expect_free_lists(test, 0, "DEF{9:1,10:1,11:1,12:3} DIR{}");
	KUNIT_EXPECT_EQ(test, phys_block_off(DEF, 9, 0), 0x600000);
	KUNIT_EXPECT_EQ(test, phys_block_off(DEF, 10, 0), 0);
	KUNIT_EXPECT_EQ(test, phys_block_off(DEF, 11, 0), 0x800000);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 16384 - 512);
	KUNIT_EXPECT_NULL(test, PHYS_TO_VM_PAGE(VMK_BASE + 0x400000));
	KUNIT_EXPECT_NULL(test, PHYS_TO_VM_PAGE(VMK_BASE + 0x5fffff));
	KUNIT_EXPECT_EQ(test, vm_phys_domain(VMK_BASE + 0x400000), -1);
	KUNIT_EXPECT_EQ(test, vm_phys_segs[0]->nabsent, 1);

	/* Its buddy finds nobody to merge with. */
	m = phys_alloc(0, DEF, 9);
	KUNIT_EXPECT_EQ(test, vmk_off(m), 0x600000);
	phys_free(m, 9);
	vmk_expect_free_lists(test, 0, "DEF{9:1,10:1,11:1,12:3} DIR{}");
	KUNIT_EXPECT_EQ(test, vm_mem_remove_chunk(VMK_BASE + 0x400000), -EINVAL);
}

static void chunk_in_use_stays(struct kunit *test)
{
	vm_page_t m;

	vmk_a64(test);
	m = vmk_ncontig_in(test, 1, VMK_BASE, 0, 1, 0);
	KUNIT_ASSERT_EQ(test, vmk_off(m), 0);
	KUNIT_EXPECT_EQ(test, vm_mem_remove_chunk(VMK_BASE), -EBUSY);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 16383);
	KUNIT_EXPECT_PTR_EQ(test, phys_at(test, 0), m);
	KUNIT_EXPECT_EQ(test, vm_phys_segs[0]->nabsent, 0);
	vmk_free(test, m);

	/* The last page decides as well as the first. */
	m = phys_at(test, CHUNK - PAGE_SIZE);
	KUNIT_ASSERT_TRUE(test, phys_unfree(m));
	KUNIT_EXPECT_EQ(test, vm_mem_remove_chunk(VMK_BASE), -EBUSY);
	phys_free(m, 0);
	KUNIT_EXPECT_EQ(test, vm_mem_remove_chunk(VMK_BASE), 0);
}

static void only_a_whole_chunk_of_a_segment_can_go(struct kunit *test)
{
	static const struct vm_mem_span span = VMK_SPAN(0x3000, 0x3000 + ptoa(1533), 0);
	static const struct vm_mem_span brief = VMK_SPAN(0, ptoa(511), 0);

	vmk_machine(test, &span, 1);
	vmk_thresholds_off(test);
	KUNIT_EXPECT_EQ(test, vm_phys_remove_chunk(VMK_BASE), -EINVAL);
	KUNIT_EXPECT_EQ(test, vm_phys_remove_chunk(VMK_BASE + 0x3000), -EINVAL);
	KUNIT_EXPECT_EQ(test, vm_phys_remove_chunk(VMK_BASE + 0x201000), -EINVAL);
	KUNIT_EXPECT_EQ(test, vm_phys_remove_chunk(VMK_BASE + SZ_1G), -EINVAL);
	KUNIT_EXPECT_EQ(test, vm_mem_remove_chunk(VMK_BASE + 0x200000), 0);
	vmk_power_off(test);

	vmk_machine(test, &brief, 1);
	KUNIT_EXPECT_EQ(test, vm_phys_remove_chunk(VMK_BASE), -EINVAL);
}

static int phys_churn(void *data)
{
	while (!kthread_should_stop()) {
		vm_page_t m = vm_page_alloc_noobj(VM_ALLOC_NORMAL);

		if (m)
			vm_page_free(m);
		cond_resched();
	}
	return 0;
}

static void segment_table_grows_under_a_running_allocator(struct kunit *test)
{
	struct task_struct *task;
	struct vm_mem_span span;
	u32 i;

	span = phys_scattered(0);
	vmk_machine(test, &span, 1);
	task = kthread_run(phys_churn, NULL, "vmpage_churn");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	for (i = 1; i < 130; i++) {
		span = phys_scattered(i);
		KUNIT_EXPECT_EQ(test, vm_mem_add_span(&span), 0);
	}
	kthread_stop(task);
	KUNIT_EXPECT_EQ(test, vm_phys_nsegs, 130);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 130 * 512);
}

/*
 * What cannot be added
 */

static void bad_ranges_are_refused(struct kunit *test)
{
	vmk_a64(test);
	KUNIT_EXPECT_EQ(test, vm_phys_add_seg(0x1000, 0x1000, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, vm_phys_add_seg(0x2000, 0x1000, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, vm_phys_add_seg(0x1001, 0x3000, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, vm_phys_add_seg(0x1000, 0x3001, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, vm_phys_add_seg(0x1000, 0x2000, -1), -EINVAL);
	KUNIT_EXPECT_EQ(test, vm_phys_add_seg(0x1000, 0x2000, MAXMEMDOM), -EINVAL);
	KUNIT_EXPECT_EQ(test, vm_phys_nsegs, 1);
	KUNIT_EXPECT_EQ(test, vm_ndomains, 1);
}

static void shared_frame_is_refused(struct kunit *test)
{
	static const struct vm_mem_span span = VMK_SPAN(0x200000, 0x200000 + ptoa(700), 0);
	static const struct vm_mem_span touching = VMK_SPAN(0x600000, 0x600000 + ptoa(512), 0);

	vmk_machine(test, &span, 1);
	KUNIT_EXPECT_EQ(test, vm_phys_add_seg(VMK_BASE + 0x200000, VMK_BASE + 0x201000, 0),
			-EEXIST);
	KUNIT_EXPECT_EQ(test, vm_phys_add_seg(VMK_BASE + 0x5ff000, VMK_BASE + 0x800000, 0),
			-EEXIST);
	KUNIT_EXPECT_EQ(test, vm_phys_add_seg(VMK_BASE, VMK_BASE + 0x201000, 1), -EEXIST);
	KUNIT_EXPECT_EQ(test, vm_phys_nsegs, 1);
	KUNIT_EXPECT_TRUE(test, VM_DOMAIN_EMPTY(1));
	KUNIT_EXPECT_NULL(test, PHYS_TO_VM_PAGE(VMK_BASE));
	KUNIT_EXPECT_NULL(test, PHYS_TO_VM_PAGE(VMK_BASE + 0x600000));
	KUNIT_EXPECT_EQ(test, vm_mem_add_span(&touching), 0);
}

static void failed_add_leaves_nothing(struct kunit *test)
{
	static const struct vm_mem_span span = VMK_SPAN(0x10000000, 0x10000000 + ptoa(2048), 1);
	struct vm_phys_seg **segs;
	int nth;

	vmk_a64(test);
	segs = vm_phys_segs;
	for (nth = 1; nth <= 4; nth++) {
		vmk_fail_node(nth);
		KUNIT_EXPECT_EQ(test, vm_mem_add_span(&span), -ENOMEM);
		KUNIT_EXPECT_TRUE(test, VM_DOMAIN_EMPTY(1));
	}
	vmk_fail_node(0);
	/* A page array larger than the machine; the new domain is made before. */
	KUNIT_EXPECT_EQ(test, vm_phys_add_seg(VMK_BASE << 8, (VMK_BASE << 8) + SZ_1G * 64ULL, 1),
			-ENOMEM);
	/* The same in the second part of a range. */
	KUNIT_EXPECT_EQ(test, vm_phys_add_seg((VMK_BASE << 8) - SZ_4M,
					      (VMK_BASE << 8) + SZ_1G * 64ULL, 1), -ENOMEM);
	KUNIT_EXPECT_PTR_EQ(test, vm_phys_segs, segs);
	KUNIT_EXPECT_EQ(test, vm_phys_nsegs, 1);
	KUNIT_EXPECT_EQ(test, vm_ndomains, 1);
	KUNIT_EXPECT_FALSE(test, DOMAINSET_ISSET(1, &vm_all_domains));
	KUNIT_EXPECT_TRUE(test, VM_DOMAIN_EMPTY(1));
	KUNIT_EXPECT_NULL(test, PHYS_TO_VM_PAGE((VMK_BASE << 8) - SZ_4M));

	KUNIT_EXPECT_EQ(test, vm_mem_add_span(&span), 0);
	vmk_expect_free_lists(test, 1, "DEF{11:1} DIR{}");
}

static void failed_start_leaves_nothing(struct kunit *test)
{
	static const struct vm_mem_span spans[] = {
		VMK_SPAN(0, ptoa(1024), 0), VMK_SPAN(0x3ff000, 0x3ff000 + ptoa(1024), 1),
	};

	KUNIT_EXPECT_EQ(test, vm_mem_startup(spans, ARRAY_SIZE(spans)), -EEXIST);
	KUNIT_EXPECT_EQ(test, vm_phys_nsegs, 0);
	KUNIT_EXPECT_EQ(test, vm_ndomains, 0);
	KUNIT_EXPECT_TRUE(test, DOMAINSET_EMPTY(&vm_all_domains));
	KUNIT_EXPECT_NULL(test, PHYS_TO_VM_PAGE(VMK_BASE));
	vmk_a64(test);
}

/* 18 chunks need 576 KiB of records, for which kmalloc() would take 1 MiB. */
static void rest_of_a_page_arrays_block_goes_back(struct kunit *test)
{
	static const struct vm_mem_span span = VMK_SPAN(0, 18 * SZ_2M, 0);
	const size_t size = atop(18 * SZ_2M) * sizeof(struct vm_page);
	int npages = 0, nfree = 0;
	size_t at;
	void *p;

	vmk_machine(test, &span, 1);
	p = vm_phys_segs[0]->first_page;
	KUNIT_ASSERT_FALSE(test, is_vmalloc_addr(p));
	for (at = size; at < SZ_1M; at += PAGE_SIZE, npages++)
		nfree += !page_count(virt_to_page(p + at));
	/* The kernel may have made use of some. */
	KUNIT_EXPECT_GT(test, nfree, npages / 2);
}

/* 65,536 segments take seconds to make, so the table is only said to be full. */
static void segment_numbers_run_out(struct kunit *test)
{
	vmk_b4(test);
	vm_phys_nsegs = U16_MAX;
	KUNIT_EXPECT_EQ(test, vm_phys_add_seg(SZ_16M - SZ_2M, SZ_16M + SZ_2M, 1), -ENOSPC);
	vm_phys_nsegs = U16_MAX + 1;
	KUNIT_EXPECT_EQ(test, vm_phys_add_seg(SZ_16M, SZ_16M + SZ_2M, 1), -ENOSPC);
	KUNIT_EXPECT_EQ(test, vm_phys_nsegs, U16_MAX + 1);
	vm_phys_nsegs = 1;
	KUNIT_EXPECT_NULL(test, PHYS_TO_VM_PAGE(SZ_16M));
	KUNIT_EXPECT_TRUE(test, VM_DOMAIN_EMPTY(1));
}

static struct kunit_case vmpage_phys_seg_cases[] = {
	KUNIT_CASE(page_is_found_by_any_address_inside_it),
	KUNIT_CASE(range_is_cut_where_lists_meet_and_where_arrays_end),
	KUNIT_CASE(lists_without_memory_stand_for_the_next_lower),
	KUNIT_CASE(without_low_memory_its_list_is_the_default_one),
	KUNIT_CASE(list_without_lower_memory_gives_nothing),
	KUNIT_CASE(low_memory_added_late_joins_the_default_list),
	KUNIT_CASE(much_high_memory_gives_dma32_its_own_list),
	KUNIT_CASE(searches_go_through_the_lists_from_the_highest_down),
	KUNIT_CASE(npages_goes_on_in_the_next_list),
	KUNIT_CASE(allocator_without_memory_takes_some_later),
	KUNIT_CASE(find_range_returns_segments_in_turn),
	KUNIT_CASE(find_range_clips_to_the_addresses_given),
	KUNIT_CASE(two_thousand_scattered_chunks_come_and_go),
	KUNIT_CASE(chunk_that_left_may_come_back),
	KUNIT_CASE(chunk_is_cut_out_of_the_largest_block),
	KUNIT_CASE(chunk_in_use_stays),
	KUNIT_CASE(only_a_whole_chunk_of_a_segment_can_go),
	KUNIT_CASE(segment_table_grows_under_a_running_allocator),
	KUNIT_CASE(bad_ranges_are_refused),
	KUNIT_CASE(shared_frame_is_refused),
	KUNIT_CASE(failed_add_leaves_nothing),
	KUNIT_CASE(failed_start_leaves_nothing),
	KUNIT_CASE(rest_of_a_page_arrays_block_goes_back),
	KUNIT_CASE(segment_numbers_run_out),
	{}
};

static struct kunit_suite vmpage_phys_seg_suite = {
	.name = "vmpage_phys_seg",
	.init = vmk_init,
	.exit = vmk_exit,
	.test_cases = vmpage_phys_seg_cases,
};

kunit_test_suite(vmpage_phys_seg_suite);
