// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The order in which a request visits the domains.
 */
#include <vm/vm_domainset.h>

#include "kunit_fixture.h"

/* Walk once and compare with @expected, which ends with -1. */
static void expect_walk(struct kunit *test, const int *expected)
{
	struct vm_domainset_iter di;
	int domain = -1;
	int ret = vm_domainset_iter_page_init(&di, &domain);

	while (*expected >= 0) {
		KUNIT_ASSERT_EQ(test, ret, 0);
		KUNIT_EXPECT_EQ(test, domain, *expected++);
		ret = vm_domainset_iter_page(&di, &domain);
	}
	KUNIT_EXPECT_EQ(test, ret, -ENOMEM);
}

#define EXPECT_WALK(test, ...) expect_walk(test, (const int []) { __VA_ARGS__, -1 })

/* Sparse: domains 0, 2, 5 and the last one, 1024 pages each. */
static void sparse_machine(struct kunit *test)
{
	static const struct vm_mem_span spans[] = {
		VMK_SPAN(0, ptoa(1024), 5),
		VMK_SPAN(0x100000000ULL, 0x100000000ULL + ptoa(1024), 0),
		VMK_SPAN(0x200000000ULL, 0x200000000ULL + ptoa(1024), MAXMEMDOM - 1),
		VMK_SPAN(0x300000000ULL, 0x300000000ULL + ptoa(1024), 2),
	};

	vmk_machine(test, spans, ARRAY_SIZE(spans));
}

static void make_short(struct kunit *test, int domain)
{
	vmk_leave_free(test, domain, VM_DOMAIN(domain)->vmd_free_min - 1);
}

static void local_comes_first_then_ascending(struct kunit *test)
{
	sparse_machine(test);
	EXPECT_WALK(test, 0, 2, 5, MAXMEMDOM - 1);
	vmk_set_domain(2);
	EXPECT_WALK(test, 2, 0, 5, MAXMEMDOM - 1);
	vmk_set_domain(MAXMEMDOM - 1);
	EXPECT_WALK(test, MAXMEMDOM - 1, 0, 2, 5);
}

static void local_without_memory_is_passed_over(struct kunit *test)
{
	sparse_machine(test);
	vmk_set_domain(3);
	EXPECT_WALK(test, 0, 2, 5, MAXMEMDOM - 1);
	vmk_set_domain(-1);
	EXPECT_WALK(test, 0, 2, 5, MAXMEMDOM - 1);
	vmk_set_domain(MAXMEMDOM);
	EXPECT_WALK(test, 0, 2, 5, MAXMEMDOM - 1);
}

static void short_domains_come_last(struct kunit *test)
{
	sparse_machine(test);
	make_short(test, 0);
	EXPECT_WALK(test, 2, 5, MAXMEMDOM - 1, 0);
	make_short(test, 5);
	EXPECT_WALK(test, 2, MAXMEMDOM - 1, 0, 5);
	/* Local goes first among its equals. */
	vmk_set_domain(5);
	EXPECT_WALK(test, 2, MAXMEMDOM - 1, 5, 0);
}

static void all_short_is_as_none_short(struct kunit *test)
{
	vmk_c2x4(test);
	make_short(test, 0);
	make_short(test, 1);
	EXPECT_WALK(test, 0, 1);
	vmk_set_domain(1);
	EXPECT_WALK(test, 1, 0);
}

static void single_domain_is_visited_once(struct kunit *test)
{
	vmk_b4(test);
	EXPECT_WALK(test, 0);
	make_short(test, 0);
	EXPECT_WALK(test, 0);
}

static void no_domain_is_an_error(struct kunit *test)
{
	struct vm_domainset_iter di;
	int domain = 17;

	KUNIT_EXPECT_EQ(test, vm_domainset_iter_page_init(&di, &domain), -ENOMEM);
	KUNIT_EXPECT_EQ(test, vm_domainset_iter_page(&di, &domain), -ENOMEM);
	KUNIT_EXPECT_EQ(test, domain, 17);
	KUNIT_EXPECT_NULL(test, vm_page_alloc_noobj(VM_ALLOC_INTERRUPT));
	KUNIT_EXPECT_NULL(test, vm_page_alloc_noobj_contig(VM_ALLOC_INTERRUPT, 1, 0, ~0ULL, 1, 0,
							   VM_MEMATTR_DEFAULT));
}

static void end_of_a_walk_stays_the_end(struct kunit *test)
{
	struct vm_domainset_iter di;
	int domain;

	vmk_b4(test);
	KUNIT_EXPECT_EQ(test, vm_domainset_iter_page_init(&di, &domain), 0);
	KUNIT_EXPECT_EQ(test, vm_domainset_iter_page(&di, &domain), -ENOMEM);
	KUNIT_EXPECT_EQ(test, vm_domainset_iter_page(&di, &domain), -ENOMEM);
}

static void requests_take_from_the_local_domain(struct kunit *test)
{
	vm_object_t object;

	vmk_c2x4(test);
	object = vmk_object(test, VMK_U, 8);
	KUNIT_EXPECT_EQ(test, vm_page_domain(vmk_noobj(test)), 0);
	KUNIT_EXPECT_EQ(test, vm_page_domain(vmk_alloc(test, object, 0)), 0);
	vmk_set_domain(1);
	KUNIT_EXPECT_EQ(test, vm_page_domain(vmk_noobj(test)), 1);
	KUNIT_EXPECT_EQ(test, vm_page_domain(vmk_alloc(test, object, 1)), 1);
	KUNIT_EXPECT_EQ(test, vm_page_domain(vmk_ncontig(test, 4)), 1);
}

static void requests_spare_a_short_local_domain(struct kunit *test)
{
	vmk_c2x4(test);
	make_short(test, 0);
	KUNIT_EXPECT_EQ(test, vm_page_domain(vmk_noobj(test)), 1);
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), 0);
}

static void requests_fail_when_every_domain_did(struct kunit *test)
{
	vmk_c2x4(test);
	KUNIT_EXPECT_EQ(test, vmk_exhaust(test, VM_ALLOC_NORMAL), 2 * (1024 - 67));
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 67);
	KUNIT_EXPECT_EQ(test, vmk_free_count(1), 67);

	/*
	 * A visit that fails counts in the domain that was visited.  Once both
	 * were short, the local one was asked first, in vain for the last four
	 * pages of the other and for the request that failed.
	 */
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), 5);
	KUNIT_EXPECT_EQ(test, vmk_deficit(1), 1);
	KUNIT_EXPECT_NULL(test, vmk_ncontig(test, 2));
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), 6);
	KUNIT_EXPECT_EQ(test, vmk_deficit(1), 2);
}

static void D10_named_domain_is_the_only_one(struct kunit *test)
{
	vm_page_t m;
	int n;

	vmk_c2x4(test);
	for (n = 0; n < 1024 - 67; n++) {
		m = vm_page_alloc_noobj_domain(1, VM_ALLOC_NORMAL);
		KUNIT_ASSERT_NOT_NULL(test, m);
		vmk_hold(test, m, 1);
		KUNIT_EXPECT_EQ(test, vm_page_domain(m), 1);
	}
	KUNIT_EXPECT_NULL(test, vm_page_alloc_noobj_domain(1, VM_ALLOC_NORMAL));
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
}

static struct kunit_case vmpage_domainset_cases[] = {
	KUNIT_CASE(local_comes_first_then_ascending),
	KUNIT_CASE(local_without_memory_is_passed_over),
	KUNIT_CASE(short_domains_come_last),
	KUNIT_CASE(all_short_is_as_none_short),
	KUNIT_CASE(single_domain_is_visited_once),
	KUNIT_CASE(no_domain_is_an_error),
	KUNIT_CASE(end_of_a_walk_stays_the_end),
	KUNIT_CASE(requests_take_from_the_local_domain),
	KUNIT_CASE(requests_spare_a_short_local_domain),
	KUNIT_CASE(requests_fail_when_every_domain_did),
	KUNIT_CASE(D10_named_domain_is_the_only_one),
	{}
};

static struct kunit_suite vmpage_domainset_suite = {
	.name = "vmpage_domainset",
	.init = vmk_init,
	.exit = vmk_exit,
	.test_cases = vmpage_domainset_cases,
};

kunit_test_suite(vmpage_domainset_suite);
