// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The per-CPU page caches: pages of reservations that a CPU takes off the free count ahead.
 */
#include "vm_pgcache_kunit.h"
#include "vm_reserv_kunit.h"

#define MOST	8			/* pages that can be ahead */
#define STEP	(MOST / 2)		/* that come and go at once */

static unsigned int ahead(void)
{
	return cache_of(0, VM_FREEPOOL_DEFAULT)->pg_ahead;
}

static void expect_ahead(struct kunit *test, unsigned int npages, long nfree)
{
	KUNIT_EXPECT_EQ(test, ahead(), npages);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), nfree);
	vmk_expect_audit_clean(test);
}

static vm_object_t ahead_object(struct kunit *test)
{
	kept_a64(test, 2 * MOST);
	return vmk_object(test, VMK_O, RESV_NPAGES);
}

/* An object with 2 * STEP pages of a reservation, and MOST others off the count. */
static vm_object_t most_ahead(struct kunit *test)
{
	const vm_object_t object = ahead_object(test);

	resv_fill(test, object, 0, 2 * STEP + MOST);
	resv_free(test, object, 2 * STEP, MOST);
	expect_ahead(test, MOST, ALL - 2 * STEP - MOST);
	return object;
}

static void pages_are_taken_off_the_count_ahead(struct kunit *test)
{
	const vm_object_t object = ahead_object(test);

	resv_fill(test, object, 0, 1);
	expect_ahead(test, STEP - 1, ALL - STEP);
	resv_fill(test, object, 1, STEP - 1);
	expect_ahead(test, 0, ALL - STEP);
	resv_fill(test, object, STEP, 1);
	expect_ahead(test, STEP - 1, ALL - 2 * STEP);
}

static void any_domain_has_its_own_ahead(struct kunit *test)
{
	vm_object_t object;

	vmk_set_pgcache(2 * MOST);
	vmk_c2x4(test);
	object = vmk_object(test, VMK_O, RESV_NPAGES);
	VM_OBJECT_WLOCK(object);
	KUNIT_EXPECT_NOT_NULL(test, vm_page_alloc_domain(object, 0, 1, VM_ALLOC_NORMAL));
	/* Of the reservation that there is, whichever domain is asked. */
	KUNIT_EXPECT_NOT_NULL(test, vm_page_alloc_domain(object, 1, 0, VM_ALLOC_NORMAL));
	VM_OBJECT_WUNLOCK(object);
	KUNIT_EXPECT_EQ(test, ahead(), 0);
	KUNIT_EXPECT_EQ(test, cache_of(1, VM_FREEPOOL_DEFAULT)->pg_ahead, STEP - 2);
	KUNIT_EXPECT_EQ(test, vmk_free_count(1), 1024 - STEP);
	vmk_expect_audit_clean(test);
}

static void freed_pages_stay_off_the_count_up_to_a_limit(struct kunit *test)
{
	const vm_object_t object = most_ahead(test);

	resv_free(test, object, 0, 1);
	expect_ahead(test, STEP, ALL - 2 * STEP - MOST + STEP + 1);
}

static void drains_count_them_again(struct kunit *test)
{
	most_ahead(test);
	KUNIT_EXPECT_EQ(test, vm_pgcache_count(VM_DOMAIN(0)), MOST);
	KUNIT_EXPECT_TRUE(test, vm_pgcache_drain_local(VM_DOMAIN(0)));
	expect_ahead(test, 0, ALL - 2 * STEP);
	KUNIT_EXPECT_FALSE(test, vm_pgcache_drain_all(VM_DOMAIN(0)));
}

static void drain_of_all_cpus_counts_them_again(struct kunit *test)
{
	most_ahead(test);
	KUNIT_EXPECT_TRUE(test, vm_pgcache_drain_all(VM_DOMAIN(0)));
	expect_ahead(test, 0, ALL - 2 * STEP);
}

/* As for an interrupt that comes upon the owner. */
static void drain_needs_no_owner_to_count_them(struct kunit *test)
{
	struct vm_pgcache *pg;

	most_ahead(test);
	pg = cache_of(0, VM_FREEPOOL_DEFAULT);
	WRITE_ONCE(pg->pg_owned, true);
	KUNIT_EXPECT_TRUE(test, vm_pgcache_drain_local(VM_DOMAIN(0)));
	WRITE_ONCE(pg->pg_owned, false);
	expect_ahead(test, 0, ALL - 2 * STEP);
}

static void cpu_that_goes_offline_leaves_none(struct kunit *test)
{
	most_ahead(test);
	vm_pgcache_cpu_reset(raw_smp_processor_id());
	expect_ahead(test, 0, ALL - 2 * STEP);
}

static void without_caches_all_are_counted(struct kunit *test)
{
	vm_object_t object;

	kept_a64(test, 0);
	object = vmk_object(test, VMK_O, RESV_NPAGES);
	resv_fill(test, object, 0, 10);
	expect_ahead(test, 0, ALL - 10);
	resv_free(test, object, 5, 5);
	expect_ahead(test, 0, ALL - 5);
}

static void none_are_taken_ahead_near_a_mark(struct kunit *test)
{
	const vm_object_t object = ahead_object(test);
	const int plenty = VM_DOMAIN(0)->vmd_free_plenty;

	vmk_set_free(test, 0, plenty + STEP - 1);
	resv_fill(test, object, 0, 1);
	KUNIT_EXPECT_EQ(test, ahead(), 0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), plenty + STEP - 2);
	vmk_set_free(test, 0, plenty + STEP);
	resv_fill(test, object, 1, 1);
	KUNIT_EXPECT_EQ(test, ahead(), STEP - 1);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), plenty);
	vmk_set_free(test, 0, ALL - 2 - (STEP - 1));
}

/* What is missing from the count is that of other requests. */
static void freed_pages_are_counted_while_others_wait(struct kunit *test)
{
	const vm_object_t object = ahead_object(test);
	struct vm_domain *vmd = VM_DOMAIN(0);
	long others;

	resv_fill(test, object, 0, STEP);
	others = vmk_free_count(0);
	KUNIT_ASSERT_EQ(test, vm_domain_allocate(vmd, VM_ALLOC_INTERRUPT, others), 1);
	KUNIT_EXPECT_TRUE(test, vmd->vmd_minset);
	resv_free(test, object, 0, 1);
	KUNIT_EXPECT_EQ(test, ahead(), 0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1);
	vm_domain_freecnt_inc(vmd, others);
	KUNIT_EXPECT_FALSE(test, vmd->vmd_minset);
	resv_free(test, object, 1, 1);
	expect_ahead(test, 1, others + 1);
}

static void pages_that_were_ahead_are_counted_while_others_wait(struct kunit *test)
{
	const vm_object_t object = most_ahead(test);
	struct vm_domain *vmd = VM_DOMAIN(0);
	const long others = vmk_free_count(0);

	KUNIT_ASSERT_EQ(test, vm_domain_allocate(vmd, VM_ALLOC_INTERRUPT, others), 1);
	resv_free(test, object, 0, 1);
	KUNIT_EXPECT_EQ(test, ahead(), 0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), MOST + 1);
	vm_domain_freecnt_inc(vmd, others);
}

static void request_that_lacks_a_page_has_them_counted(struct kunit *test)
{
	struct vm_domain *vmd;
	long others;
	vm_page_t m;

	most_ahead(test);
	vmd = VM_DOMAIN(0);
	others = vmk_free_count(0);
	KUNIT_ASSERT_EQ(test, vm_domain_allocate(vmd, VM_ALLOC_INTERRUPT, others), 1);
	m = vm_page_alloc_noobj(VM_ALLOC_INTERRUPT | VM_ALLOC_NOWAIT);
	KUNIT_EXPECT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, ahead(), 0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), MOST - 1);
	vm_domain_freecnt_inc(vmd, others);
	vmk_free(test, m);
}

/* A reservation that ends is a free block, whatever of it is counted. */
static void block_of_pages_that_are_ahead_is_free(struct kunit *test)
{
	const vm_object_t object = most_ahead(test);

	resv_free(test, object, 0, 2 * STEP);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0) + ahead(), ALL);
	vmk_expect_audit_clean(test);
	vmk_expect_free_lists(test, 0, "DEF{12:4}");
}

/* All of a reservation with an attribute is off the count already. */
static void pages_with_an_attribute_are_never_ahead(struct kunit *test)
{
	vm_object_t object;

	kept_a64(test, 2 * MOST);
	object = resv_memattr_object(test, RESV_NPAGES);
	resv_fill(test, object, 0, 10);
	expect_ahead(test, 0, ALL - RESV_NPAGES);
	resv_free(test, object, 2, 8);
	expect_ahead(test, 0, ALL - RESV_NPAGES);
}

static struct kunit_case vmpage_pgcache_ahead_cases[] = {
	KUNIT_CASE(pages_are_taken_off_the_count_ahead),
	KUNIT_CASE(any_domain_has_its_own_ahead),
	KUNIT_CASE(freed_pages_stay_off_the_count_up_to_a_limit),
	KUNIT_CASE(drains_count_them_again),
	KUNIT_CASE(drain_of_all_cpus_counts_them_again),
	KUNIT_CASE(drain_needs_no_owner_to_count_them),
	KUNIT_CASE(cpu_that_goes_offline_leaves_none),
	KUNIT_CASE(without_caches_all_are_counted),
	KUNIT_CASE(none_are_taken_ahead_near_a_mark),
	KUNIT_CASE(freed_pages_are_counted_while_others_wait),
	KUNIT_CASE(pages_that_were_ahead_are_counted_while_others_wait),
	KUNIT_CASE(request_that_lacks_a_page_has_them_counted),
	KUNIT_CASE(block_of_pages_that_are_ahead_is_free),
	KUNIT_CASE(pages_with_an_attribute_are_never_ahead),
	{}
};

static struct kunit_suite vmpage_pgcache_ahead_suite = {
	.name = "vmpage_pgcache_ahead",
	.init = vm_pgcache_init,
	.exit = vm_pgcache_exit,
	.test_cases = vmpage_pgcache_ahead_cases,
};

kunit_test_suite(vmpage_pgcache_ahead_suite);
