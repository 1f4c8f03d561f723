// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Bring-up and tear-down, and chunks that come and go.
 */
#include "kunit_fixture.h"

#define CHUNK	ptoa(VM_LEVEL_0_NPAGES)		/* bytes */

static void expect_nothing_is_left(struct kunit *test)
{
	int domain;

	KUNIT_EXPECT_EQ(test, vm_phys_nsegs, 0);
	KUNIT_EXPECT_EQ(test, vm_ndomains, 0);
	KUNIT_EXPECT_TRUE(test, DOMAINSET_EMPTY(&vm_all_domains));
	KUNIT_EXPECT_FALSE(test, vm_page_count_min());
	KUNIT_EXPECT_FALSE(test, vm_page_count_severe());
	for (domain = 0; domain < MAXMEMDOM; domain++)
		KUNIT_EXPECT_TRUE(test, VM_DOMAIN_EMPTY(domain));
	KUNIT_EXPECT_NULL(test, PHYS_TO_VM_PAGE(VMK_BASE));
}

struct bad_span_case {
	const char *name;
	struct vm_mem_span span;
	int error;
};

/* Each comes after a good span of 1024 pages at VMK_BASE. */
static const struct bad_span_case bad_span_cases[] = {
	{ "empty", { VMK_BASE + SZ_64M, VMK_BASE + SZ_64M, 0 }, -EINVAL },
	{ "backwards", { VMK_BASE + SZ_64M, VMK_BASE + SZ_32M, 0 }, -EINVAL },
	{ "start_in_a_page", { VMK_BASE + SZ_64M + 1, VMK_BASE + SZ_128M, 0 }, -EINVAL },
	{ "end_in_a_page", { VMK_BASE + SZ_64M, VMK_BASE + SZ_128M - 1, 0 }, -EINVAL },
	{ "domain_-1", { VMK_BASE + SZ_64M, VMK_BASE + SZ_128M, -1 }, -EINVAL },
	{ "domain_64", { VMK_BASE + SZ_64M, VMK_BASE + SZ_128M, MAXMEMDOM }, -EINVAL },
	{ "same", { VMK_BASE, VMK_BASE + SZ_4M, 0 }, -EEXIST },
	{ "overlap", { VMK_BASE + SZ_2M, VMK_BASE + SZ_8M, 1 }, -EEXIST },
};

static void bad_span_desc(const struct bad_span_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(bad_span, bad_span_cases, bad_span_desc);

static void failed_startup_leaves_nothing(struct kunit *test)
{
	const struct bad_span_case *c = test->param_value;
	const struct vm_mem_span spans[] = {
		VMK_SPAN(0, ptoa(1024), 0),
		c->span,
		VMK_SPAN(0x100000000ULL, 0x100000000ULL + ptoa(1024), 1),
	};

	KUNIT_EXPECT_EQ(test, vm_mem_startup(spans, ARRAY_SIZE(spans)), c->error);
	expect_nothing_is_left(test);

	/* And it does not stand in the way of the next. */
	vmk_b4(test);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
}

static void startup_without_memory_for_a_node_leaves_nothing(struct kunit *test)
{
	const struct vm_mem_span spans[] = {
		VMK_SPAN(0, ptoa(1024), 0),
		VMK_SPAN(0x100000000ULL, 0x100000000ULL + ptoa(1024), 1),
	};
	unsigned int nth;

	for (nth = 1; nth <= 4; nth++) {
		vmk_fail_node(nth);
		KUNIT_EXPECT_EQ(test, vm_mem_startup(spans, ARRAY_SIZE(spans)), -ENOMEM);
		expect_nothing_is_left(test);
	}
	vmk_c2x4(test);
}

static void startup_counts_every_page(struct kunit *test)
{
	static const struct vm_mem_span spans[] = {
		VMK_SPAN(0, ptoa(512), 3),
		VMK_SPAN(SZ_2M, SZ_2M + ptoa(512), 3),
		VMK_SPAN(SZ_64M, SZ_64M + ptoa(1021), 3),
		VMK_SPAN(0x100000000ULL, 0x100000000ULL + ptoa(7), 0),
	};

	vmk_machine(test, spans, ARRAY_SIZE(spans));
	KUNIT_EXPECT_EQ(test, vm_ndomains, 2);
	KUNIT_EXPECT_EQ(test, VM_DOMAIN(3)->vmd_page_count, 2045);
	KUNIT_EXPECT_EQ(test, vmk_free_count(3), 2045);
	KUNIT_EXPECT_EQ(test, VM_DOMAIN(0)->vmd_page_count, 7);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 7);
	KUNIT_EXPECT_EQ(test, VM_DOMAIN(3)->vmd_free_reserved, 32 + 34 + 2);
	/* Nobody takes a page of a domain that is all reserve. */
	KUNIT_EXPECT_TRUE(test, vm_page_count_min_domain(0));
	KUNIT_EXPECT_TRUE(test, vm_page_count_severe_domain(0));
	KUNIT_EXPECT_FALSE(test, vm_page_count_min_domain(3));
}

static void startup_without_spans_can_be_added_to(struct kunit *test)
{
	static const struct vm_mem_span span = VMK_SPAN(0, ptoa(1024), 2);

	vmk_machine(test, NULL, 0);
	KUNIT_EXPECT_EQ(test, vm_ndomains, 0);
	KUNIT_EXPECT_NULL(test, vm_page_alloc_noobj(VM_ALLOC_INTERRUPT));
	KUNIT_EXPECT_EQ(test, vm_mem_add_span(&span), 0);
	KUNIT_EXPECT_EQ(test, vm_ndomains, 1);
	KUNIT_EXPECT_EQ(test, vm_page_domain(vmk_noobj(test)), 2);
}

static void shutdown_leaves_nothing(struct kunit *test)
{
	vmk_c2x4(test);
	vmk_leave_free(test, 1, 3);
	vmk_power_off(test);
	expect_nothing_is_left(test);
}

/* A domain that is all reserve is short although every page is free. */
static void shutdown_forgets_a_domain_that_was_always_short(struct kunit *test)
{
	static const struct vm_mem_span spans[] = {
		VMK_SPAN(0, ptoa(1024), 0),
		VMK_SPAN(0x100000000ULL, 0x100000000ULL + ptoa(7), 1),
	};

	vmk_machine(test, spans, ARRAY_SIZE(spans));
	KUNIT_EXPECT_TRUE(test, vm_page_count_min_domain(1));
	KUNIT_EXPECT_TRUE(test, vm_page_count_severe_domain(1));
	vmk_power_off(test);
	expect_nothing_is_left(test);
}

static void added_span_joins_its_domain(struct kunit *test)
{
	static const struct vm_mem_span span = VMK_SPAN(SZ_64M, SZ_64M + ptoa(15360), 0);
	vm_page_t m;

	vmk_b4(test);
	KUNIT_EXPECT_EQ(test, vm_mem_add_span(&span), 0);
	KUNIT_EXPECT_EQ(test, VM_DOMAIN(0)->vmd_page_count, 16384);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 16384);
	/* As if it had been there from the start: table 8.1. */
	KUNIT_EXPECT_EQ(test, VM_DOMAIN(0)->vmd_free_reserved, 87);
	KUNIT_EXPECT_EQ(test, VM_DOMAIN(0)->vmd_free_severe, 127);
	KUNIT_EXPECT_EQ(test, VM_DOMAIN(0)->vmd_free_min, 168);
	KUNIT_EXPECT_EQ(test, VM_DOMAIN(0)->vmd_free_target, 411);
	KUNIT_EXPECT_EQ(test, VM_DOMAIN(0)->vmd_pageout_wakeup_thresh, 369);

	/* The smallest block that will do: its last 1024 pages. */
	m = vmk_ncontig_in(test, 1024, span.start, 0, 1, 0);
	KUNIT_EXPECT_EQ(test, vmk_off(m), SZ_64M + ptoa(15360 - 1024));
}

static void added_span_makes_a_new_domain(struct kunit *test)
{
	static const struct vm_mem_span span = VMK_SPAN(SZ_64M, SZ_64M + ptoa(1024), 1);

	vmk_b4(test);
	KUNIT_EXPECT_NULL(test, VM_DOMAIN(1));
	KUNIT_EXPECT_EQ(test, vm_mem_add_span(&span), 0);
	KUNIT_EXPECT_EQ(test, vm_ndomains, 2);
	KUNIT_EXPECT_EQ(test, vmk_free_count(1), 1024);
	/* The machine is no small one any more, so the other's marks move too. */
	KUNIT_EXPECT_EQ(test, VM_DOMAIN(0)->vmd_free_reserved, 67);
	KUNIT_EXPECT_EQ(test, VM_DOMAIN(1)->vmd_free_reserved, 67);
	vmk_set_domain(1);
	KUNIT_EXPECT_EQ(test, vm_page_domain(vmk_noobj(test)), 1);
}

static void added_span_relieves_a_short_domain(struct kunit *test)
{
	static const struct vm_mem_span span = VMK_SPAN(SZ_64M, SZ_64M + ptoa(512), 0);

	vmk_b4(test);
	vmk_leave_free(test, 0, 0);
	KUNIT_EXPECT_TRUE(test, vm_page_count_severe());
	KUNIT_EXPECT_EQ(test, vm_mem_add_span(&span), 0);
	KUNIT_EXPECT_FALSE(test, vm_page_count_min());
	KUNIT_EXPECT_FALSE(test, vm_page_count_severe());
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_noobj(test)), SZ_64M);
}

static void failed_add_changes_nothing(struct kunit *test)
{
	const struct bad_span_case *c = test->param_value;
	struct vmk_counts before, after;

	vmk_b4(test);
	vmk_counts(&before);
	KUNIT_EXPECT_EQ(test, vm_mem_add_span(&c->span), c->error);
	vmk_counts(&after);
	vmk_expect_same_counts(test, &before, &after);
	KUNIT_EXPECT_EQ(test, vm_ndomains, 1);
	KUNIT_EXPECT_EQ(test, VM_DOMAIN(0)->vmd_page_count, 1024);
	KUNIT_EXPECT_EQ(test, VM_DOMAIN(0)->vmd_free_reserved, 43);
}

static void removed_chunk_leaves_the_counts(struct kunit *test)
{
	vm_page_t m;

	vmk_a64(test);
	KUNIT_EXPECT_EQ(test, vm_mem_remove_chunk(VMK_BASE + 3 * CHUNK), 0);
	KUNIT_EXPECT_EQ(test, VM_DOMAIN(0)->vmd_page_count, 16384 - 512);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 16384 - 512);
	KUNIT_EXPECT_EQ(test, VM_DOMAIN(0)->vmd_free_reserved, 32 + 34 + 20);
	KUNIT_EXPECT_EQ(test, VM_DOMAIN(0)->vmd_free_min, 79 + 86);
	KUNIT_EXPECT_NULL(test, PHYS_TO_VM_PAGE(VMK_BASE + 3 * CHUNK));
	KUNIT_EXPECT_NULL(test, PHYS_TO_VM_PAGE(VMK_BASE + 4 * CHUNK - 1));
	KUNIT_EXPECT_NOT_NULL(test, PHYS_TO_VM_PAGE(VMK_BASE + 3 * CHUNK - 1));
	KUNIT_EXPECT_NOT_NULL(test, PHYS_TO_VM_PAGE(VMK_BASE + 4 * CHUNK));

	vmk_thresholds_off(test);
	while ((m = vmk_noobj_req(test, VM_ALLOC_NORMAL)))
		KUNIT_ASSERT_NE(test, vmk_off(m) / CHUNK, 3);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 0);
	vm_domain_set_thresholds();
}

static void removed_chunk_may_come_back(struct kunit *test)
{
	static const struct vm_mem_span span = VMK_SPAN(SZ_2M, SZ_2M + ptoa(512), 0);
	vm_page_t m;

	vmk_b4(test);
	KUNIT_EXPECT_EQ(test, vm_mem_remove_chunk(span.start), 0);
	KUNIT_EXPECT_EQ(test, vm_mem_add_span(&span), 0);
	KUNIT_EXPECT_EQ(test, VM_DOMAIN(0)->vmd_page_count, 1024);
	KUNIT_EXPECT_EQ(test, VM_DOMAIN(0)->vmd_free_reserved, 43);
	m = vmk_ncontig_in(test, 512, span.start, 0, 1, 0);
	KUNIT_EXPECT_EQ(test, vmk_off(m), SZ_2M);
}

static void chunk_in_use_is_not_removed(struct kunit *test)
{
	struct vmk_counts before, after;
	vm_page_t m;

	vmk_a64(test);
	m = vmk_ncontig_in(test, 1, VMK_BASE + SZ_16M, 0, 1, 0);
	KUNIT_ASSERT_NOT_NULL(test, m);
	vmk_counts(&before);
	KUNIT_EXPECT_EQ(test, vm_mem_remove_chunk(VMK_BASE + SZ_16M), -EBUSY);
	vmk_counts(&after);
	vmk_expect_same_counts(test, &before, &after);
	KUNIT_EXPECT_EQ(test, VM_DOMAIN(0)->vmd_page_count, 16384);

	vmk_free(test, m);
	KUNIT_EXPECT_EQ(test, vm_mem_remove_chunk(VMK_BASE + SZ_16M), 0);
}

static void chunk_that_is_not_to_spare_is_not_removed(struct kunit *test)
{
	struct vmk_counts before, after;

	vmk_b4(test);
	vmk_leave_free(test, 0, 512 + 42);
	vmk_counts(&before);
	KUNIT_EXPECT_EQ(test, vm_mem_remove_chunk(VMK_BASE + CHUNK), -ENOMEM);
	vmk_counts(&after);
	vmk_expect_same_counts(test, &before, &after);
	vmk_power_off(test);

	/* One page more, and the chunk may go. */
	vmk_b4(test);
	vmk_leave_free(test, 0, 512 + 43);
	KUNIT_EXPECT_EQ(test, vm_mem_remove_chunk(VMK_BASE), -EBUSY);
	KUNIT_EXPECT_EQ(test, vm_mem_remove_chunk(VMK_BASE + CHUNK), 0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 43);
	vmk_power_off(test);

	/* Nobody has taken a page, but all are promised. */
	vmk_b4(test);
	KUNIT_ASSERT_EQ(test, vmpage_promise(VM_DOMAIN(0), 900), 1);
	KUNIT_EXPECT_EQ(test, vm_mem_remove_chunk(VMK_BASE), -ENOMEM);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 124);
	vmpage_unpromise(VM_DOMAIN(0), 900);
}

static void only_chunks_of_the_allocator_are_removed(struct kunit *test)
{
	static const struct vm_mem_span spans[] = {
		VMK_SPAN(0, ptoa(16384), 0),
		VMK_SPAN(SZ_256M + SZ_1M, SZ_256M + SZ_1M + ptoa(1024), 0),
	};
	static const vm_paddr_t bad[] = {
		0, VMK_BASE - CHUNK, VMK_BASE + SZ_64M, VMK_BASE + PAGE_SIZE, VMK_BASE + SZ_1M,
		VMK_BASE + SZ_256M, VMK_BASE + SZ_256M + SZ_4M, ~(vm_paddr_t)0 << 21,
	};
	struct vmk_counts before, after;
	unsigned int i;

	vmk_machine(test, spans, ARRAY_SIZE(spans));
	vmk_counts(&before);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_EQ_MSG(test, vm_mem_remove_chunk(bad[i]), -EINVAL, "%#llx", bad[i]);
	vmk_counts(&after);
	vmk_expect_same_counts(test, &before, &after);

	KUNIT_EXPECT_EQ(test, vm_mem_remove_chunk(VMK_BASE + SZ_256M + SZ_2M), 0);
	KUNIT_EXPECT_EQ(test, vm_mem_remove_chunk(VMK_BASE + SZ_256M + SZ_2M), -EINVAL);
}

static void removal_moves_the_sets_with_the_marks(struct kunit *test)
{
	vmk_c2x4(test);
	/* 4 MiB in two domains are no small machine, 2 MiB less are one. */
	vmk_leave_free(test, 1, 71);
	KUNIT_EXPECT_TRUE(test, vm_page_count_min_domain(1));
	KUNIT_EXPECT_EQ(test, vm_mem_remove_chunk(VMK_BASE), 0);
	KUNIT_EXPECT_EQ(test, VM_DOMAIN(1)->vmd_free_min, 48);
	KUNIT_EXPECT_FALSE(test, vm_page_count_min_domain(1));
}

static void chunks_come_and_go_at_random(struct kunit *test)
{
	struct vm_mem_span span = { .domain = 0 };
	bool present[8] = {};
	unsigned int npages = 16384;
	int i, round;

	vmk_a64(test);
	for (round = 0; round < 60; round++) {
		i = vmk_random_below(ARRAY_SIZE(present));
		span.start = VMK_BASE + SZ_256M + i * CHUNK;
		span.end = span.start + CHUNK;
		if (present[i])
			KUNIT_ASSERT_EQ(test, vm_mem_remove_chunk(span.start), 0);
		else
			KUNIT_ASSERT_EQ(test, vm_mem_add_span(&span), 0);
		present[i] = !present[i];
		npages += present[i] ? 512 : -512;
		KUNIT_EXPECT_EQ(test, VM_DOMAIN(0)->vmd_page_count, npages);
		KUNIT_EXPECT_EQ(test, vmk_free_count(0), npages);
	}
}

static void chunk_is_given_back_with_its_cached_pages(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;
	int i;

	vmk_b4(test);
	object = vmk_object(test, VMK_U, 64);
	for (i = 0; i < 8; i++) {
		VM_OBJECT_WLOCK(object);
		m = vm_page_alloc_contig(object, i, VM_ALLOC_NORMAL, 1,
					 VMK_BASE + (i & 1) * CHUNK, VMK_BASE + (i % 2 + 1) * CHUNK,
					 PAGE_SIZE, 0, VM_MEMATTR_DEFAULT);
		VM_OBJECT_WUNLOCK(object);
		KUNIT_ASSERT_NOT_NULL(test, m);
		vmk_cache(test, m, i);
	}
	KUNIT_EXPECT_EQ(test, vm_mem_remove_chunk(VMK_BASE), 0);
	KUNIT_EXPECT_EQ(test, vmk_cached_map(object), 0xaa);
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0), 4);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 512 - 4);
	KUNIT_EXPECT_EQ(test, VM_DOMAIN(0)->vmd_page_count, 512);
	vmk_expect_audit_clean(test);
}

static struct kunit_case vmpage_init_cases[] = {
	KUNIT_CASE_PARAM(failed_startup_leaves_nothing, bad_span_gen_params),
	KUNIT_CASE(startup_without_memory_for_a_node_leaves_nothing),
	KUNIT_CASE(startup_counts_every_page),
	KUNIT_CASE(startup_without_spans_can_be_added_to),
	KUNIT_CASE(shutdown_leaves_nothing),
	KUNIT_CASE(shutdown_forgets_a_domain_that_was_always_short),
	KUNIT_CASE(added_span_joins_its_domain),
	KUNIT_CASE(added_span_makes_a_new_domain),
	KUNIT_CASE(added_span_relieves_a_short_domain),
	KUNIT_CASE_PARAM(failed_add_changes_nothing, bad_span_gen_params),
	KUNIT_CASE(removed_chunk_leaves_the_counts),
	KUNIT_CASE(removed_chunk_may_come_back),
	KUNIT_CASE(chunk_in_use_is_not_removed),
	KUNIT_CASE(chunk_that_is_not_to_spare_is_not_removed),
	KUNIT_CASE(only_chunks_of_the_allocator_are_removed),
	KUNIT_CASE(removal_moves_the_sets_with_the_marks),
	KUNIT_CASE(chunks_come_and_go_at_random),
	KUNIT_CASE(chunk_is_given_back_with_its_cached_pages),
	{}
};

static struct kunit_suite vmpage_init_suite = {
	.name = "vmpage_init",
	.init = vmk_init,
	.exit = vmk_exit,
	.test_cases = vmpage_init_cases,
};

kunit_test_suite(vmpage_init_suite);
