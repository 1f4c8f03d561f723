// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The per-CPU page caches: the ways back to the free lists.
 */
#include "vm_page_reclaim_kunit.h"
#include "vm_pgcache_kunit.h"

/* Draining */

/* Let this CPU keep a chain of each pool. */
static void fill_caches(struct kunit *test)
{
	const vm_object_t object = vmk_object(test, VMK_U, 8);

	vmk_free(test, vmk_noobj(test));
	vmk_alloc(test, object, 0);
	vmk_object_drop(test, object);
	expect_kept(test, CHAIN, CHAIN, VM_DOMAIN(0)->vmd_page_count - 2 * CHAIN);
}

static void local_drain_gives_both_pools_back(struct kunit *test)
{
	kept_a64(test, KEPT);
	KUNIT_EXPECT_FALSE(test, vm_pgcache_drain_local(VM_DOMAIN(0)));
	fill_caches(test);
	KUNIT_EXPECT_TRUE(test, vm_pgcache_drain_local(VM_DOMAIN(0)));
	expect_kept(test, 0, 0, ALL);
	KUNIT_EXPECT_FALSE(test, vm_pgcache_drain_local(VM_DOMAIN(0)));
}

static void local_drain_gives_every_chain_back(struct kunit *test)
{
	static vm_page_t m[4 * VM_PGCACHE_CHAIN];

	kept_a64(test, ARRAY_SIZE(m));
	take(test, m, ARRAY_SIZE(m));
	give(test, m, ARRAY_SIZE(m));
	KUNIT_EXPECT_EQ(test, cache_of(0, VM_FREEPOOL_DIRECT)->pg_nfull, 3);
	KUNIT_EXPECT_TRUE(test, vm_pgcache_drain_local(VM_DOMAIN(0)));
	expect_kept(test, 0, 0, ALL);
}

static void drain_on_the_owner_leaves_his_alone(struct kunit *test)
{
	struct vm_pgcache *pg;

	kept_a64(test, KEPT);
	fill_caches(test);
	pg = cache_of(0, VM_FREEPOOL_DIRECT);
	WRITE_ONCE(pg->pg_owned, true);
	KUNIT_EXPECT_TRUE(test, vm_pgcache_drain_local(VM_DOMAIN(0)));
	KUNIT_EXPECT_FALSE(test, vm_pgcache_drain_local(VM_DOMAIN(0)));
	WRITE_ONCE(pg->pg_owned, false);
	expect_kept(test, CHAIN, 0, ALL - CHAIN);
}

/* Each online CPU keeps a chain. */
static void fill_all_cpus(struct kunit *test)
{
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		stay_on(test, cpu);
		vmk_free(test, vmk_noobj(test));
		KUNIT_EXPECT_EQ(test, kept_direct(), CHAIN);
	}
	KUNIT_EXPECT_EQ(test, vm_pgcache_count(VM_DOMAIN(0)), num_online_cpus() * CHAIN);
	vmk_expect_audit_clean(test);
}

static void page_goes_to_the_cpu_that_frees_it(struct kunit *test)
{
	const unsigned int last = cpumask_last(cpu_online_mask);
	const struct vm_pgcache *pg, *pg_last;
	vm_page_t m;

	kept_a64(test, KEPT);
	m = vmk_noobj(test);
	pg = cache_of(0, VM_FREEPOOL_DIRECT);
	stay_on(test, last);
	pg_last = cache_of(0, VM_FREEPOOL_DIRECT);
	vmk_free(test, m);
	KUNIT_EXPECT_EQ(test, pg_last->pg_n, pg == pg_last ? CHAIN : 1);
	KUNIT_EXPECT_EQ(test, pg->pg_n, pg == pg_last ? CHAIN : CHAIN - 1);
	KUNIT_EXPECT_PTR_EQ(test, vmk_noobj(test), m);
	vmk_expect_audit_clean(test);
}

static void drain_reaches_every_cpu(struct kunit *test)
{
	kept_a64(test, KEPT);
	fill_all_cpus(test);
	vm_pgcache_drain_all(VM_DOMAIN(0));
	KUNIT_EXPECT_EQ(test, vm_pgcache_count(VM_DOMAIN(0)), 0);
	expect_kept(test, 0, 0, ALL);
}

static void idle_drain_reaches_every_cpu(struct kunit *test)
{
	kept_a64(test, KEPT);
	fill_all_cpus(test);
	vm_pgcache_drain_idle();
	KUNIT_EXPECT_EQ(test, vm_pgcache_count(VM_DOMAIN(0)), 0);
	expect_kept(test, 0, 0, ALL);
}

static void drain_is_of_one_domain(struct kunit *test)
{
	vmk_set_pgcache(KEPT);
	vmk_c2x4(test);
	vmk_free(test, vmk_noobj(test));
	vm_page_free(vm_page_alloc_noobj_domain(1, VM_ALLOC_NORMAL));
	vm_pgcache_drain_all(VM_DOMAIN(1));
	KUNIT_EXPECT_EQ(test, vm_pgcache_count(VM_DOMAIN(0)), CHAIN);
	KUNIT_EXPECT_EQ(test, vm_pgcache_count(VM_DOMAIN(1)), 0);
	vmk_expect_audit_clean(test);
}

/* As when it goes offline: the others keep theirs, and all of its domains are cleared. */
static void reset_is_of_one_cpu(struct kunit *test)
{
	const unsigned int first = cpumask_first(cpu_online_mask);

	vmk_set_pgcache(KEPT);
	vmk_c2x4(test);
	fill_all_cpus(test);
	stay_on(test, first);
	vm_page_free(vm_page_alloc_noobj_domain(1, VM_ALLOC_NORMAL));
	KUNIT_EXPECT_EQ(test, vm_pgcache_count(VM_DOMAIN(1)), CHAIN);
	KUNIT_EXPECT_EQ(test, vm_pgcache_cpu_reset(first), 0);
	KUNIT_EXPECT_EQ(test, vm_pgcache_count(VM_DOMAIN(0)), (num_online_cpus() - 1) * CHAIN);
	KUNIT_EXPECT_EQ(test, vm_pgcache_count(VM_DOMAIN(1)), 0);
	vmk_expect_audit_clean(test);
	/* It begins anew. */
	KUNIT_EXPECT_EQ(test, vmk_noobj(test)->flags, PG_PCPU_CACHE);
	KUNIT_EXPECT_EQ(test, kept_direct(), CHAIN - 1);
}

/* When pages are missing */

static void single_request_gets_what_another_pool_keeps(struct kunit *test)
{
	kept_a64(test, KEPT);
	vmk_thresholds_off(test);
	fill_caches(test);
	KUNIT_EXPECT_EQ(test, vmk_exhaust(test, VM_ALLOC_NORMAL), ALL);
	expect_kept(test, 0, 0, 0);
}

static void request_of_an_object_gets_what_another_pool_keeps(struct kunit *test)
{
	vm_object_t object;
	vm_pindex_t n = 0;

	vmk_set_pgcache(KEPT);
	vmk_b4(test);
	vmk_thresholds_off(test);
	fill_caches(test);
	object = vmk_object(test, VMK_U, 1025);
	while (vmk_alloc_req(test, object, n, VM_ALLOC_NORMAL))
		n++;
	KUNIT_EXPECT_EQ(test, n, 1024);
	expect_kept(test, 0, 0, 0);
}

static void run_gets_what_is_kept(struct kunit *test)
{
	kept_a64(test, KEPT);
	vmk_thresholds_off(test);
	fill_caches(test);
	KUNIT_EXPECT_PTR_EQ(test, vmk_ncontig(test, ALL), PHYS_TO_VM_PAGE(VMK_BASE));
	expect_kept(test, 0, 0, 0);
}

/* A caller that may sleep waits for the other CPUs, too. */
static void run_that_may_wait_gets_what_every_cpu_keeps(struct kunit *test)
{
	vm_page_t m_run;

	kept_a64(test, KEPT);
	vmk_thresholds_off(test);
	fill_all_cpus(test);
	m_run = vm_page_alloc_noobj_contig(VM_ALLOC_WAITFAIL, ALL, 0, ~(vm_paddr_t)0, 1, 0,
					   VM_MEMATTR_DEFAULT);
	KUNIT_ASSERT_PTR_EQ(test, m_run, PHYS_TO_VM_PAGE(VMK_BASE));
	vmk_hold(test, m_run, ALL);
	expect_kept(test, 0, 0, 0);
}

static void page_daemon_gathers_what_is_missing(struct kunit *test)
{
	kept_a64(test, KEPT);
	fill_all_cpus(test);
	KUNIT_ASSERT_EQ(test, vm_pageout_start(), 0);
	vm_domain_alloc_fail(VM_DOMAIN(0), NULL, VM_ALLOC_COUNT(1));
	vmk_until(test, !vm_pgcache_count(VM_DOMAIN(0)));
	vm_pageout_stop();
	expect_kept(test, 0, 0, ALL);
}

static void page_daemon_gathers_when_severely_short(struct kunit *test)
{
	kept_a64(test, KEPT);
	fill_all_cpus(test);
	KUNIT_ASSERT_EQ(test, vm_pageout_start(), 0);
	vmk_set_free(test, 0, VM_DOMAIN(0)->vmd_free_severe - 1);
	vmk_until(test, !vm_pgcache_count(VM_DOMAIN(0)));
	vm_pageout_stop();
	vmk_set_free(test, 0, ALL);
	expect_kept(test, 0, 0, ALL);
}

static void run_by_relocation_has_what_was_kept(struct kunit *test)
{
	vmk_set_pgcache(KEPT);
	lay(test, ".255 m1 .255 m1 .255 m1 .256");
	KUNIT_EXPECT_EQ(test, pages[255]->flags, PG_PCPU_CACHE);
	KUNIT_EXPECT_NULL(test, vmk_ncontig(test, 300));
	vmk_free(test, vmk_noobj(test));
	KUNIT_EXPECT_GT(test, vm_pgcache_count(VM_DOMAIN(0)), 0);
	KUNIT_EXPECT_EQ(test, reclaim(300), 0);
	KUNIT_EXPECT_EQ(test, vm_pgcache_count(VM_DOMAIN(0)), 0);
	KUNIT_EXPECT_EQ(test, count_moved(test, 0, 1024), 1);
	KUNIT_EXPECT_NOT_NULL(test, vmk_ncontig(test, 300));
	vmk_expect_audit_clean(test);
}

/* Other sizes */

static void caches_grow_with_the_domain(struct kunit *test)
{
	static const struct vm_mem_span span = VMK_SPAN(SZ_64M, SZ_64M + ptoa(15360), 0);
	vm_page_t m;
	unsigned int before;

	vmk_set_pgcache(UINT_MAX);
	vmk_b4(test);
	before = cache_of(0, VM_FREEPOOL_DIRECT)->pg_chain;
	m = vmk_noobj(test);
	KUNIT_EXPECT_EQ(test, kept_direct(), before - 1);
	KUNIT_EXPECT_EQ(test, vm_mem_add_span(&span), 0);
	expect_kept(test, 0, 0, ALL - 1);
	KUNIT_EXPECT_GT(test, cache_of(0, VM_FREEPOOL_DIRECT)->pg_chain, before);
	vmk_free(test, m);
	expect_kept(test, 1, 0, ALL - 1);
}

/* What is kept of a chunk does not hold it. */
static void caches_shrink_with_the_domain(struct kunit *test)
{
	unsigned int before;

	vmk_set_pgcache(128);
	vmk_b4(test);
	before = cache_of(0, VM_FREEPOOL_DIRECT)->pg_chain;
	vmk_free(test, vmk_noobj(test));
	KUNIT_EXPECT_EQ(test, kept_direct(), before);
	KUNIT_EXPECT_EQ(test, vm_mem_remove_chunk(VMK_BASE), 0);
	KUNIT_EXPECT_EQ(test, VM_DOMAIN(0)->vmd_page_count, 512);
	expect_kept(test, 0, 0, 512);
	KUNIT_EXPECT_EQ(test, cache_of(0, VM_FREEPOOL_DIRECT)->pg_chain, before / 2);
}

/* Pages that are out still have the flag. */
static void page_of_a_cache_that_is_no_more(struct kunit *test)
{
	vm_page_t m[2];

	kept_a64(test, KEPT);
	take(test, m, 2);
	vmk_set_pgcache(0);
	vm_pgcache_update();
	expect_kept(test, 0, 0, ALL - 2);
	give(test, m, 2);
	KUNIT_EXPECT_EQ(test, m[0]->flags, 0);
	expect_kept(test, 0, 0, ALL);
	vmk_expect_free_lists(test, 0, "DEF{12:3} DIR{12:1}");
}

/* Two threads and the drains */

#define RACE_ROUNDS	2000
#define RACE_PAGES	(3 * CHAIN)

struct race {
	int cpu;
	bool failed;
};

static void race_func(void *arg)
{
	struct race *race = arg;
	vm_page_t m[RACE_PAGES];
	int i, n;

	race->failed = set_cpus_allowed_ptr(current, cpumask_of(race->cpu));
	for (i = 0; i < RACE_ROUNDS; i++) {
		for (n = 0; n < RACE_PAGES; n++) {
			m[n] = vm_page_alloc_noobj(VM_ALLOC_NORMAL);
			race->failed |= !m[n];
		}
		while (n--) {
			if (m[n])
				vm_page_free(m[n]);
		}
	}
}

static void drains_race_with_the_owners(struct kunit *test)
{
	struct race races[2] = {
		{ cpumask_first(cpu_online_mask) }, { cpumask_last(cpu_online_mask) },
	};
	struct vmk_thread *t1, *t2;

	kept_a64(test, KEPT);
	t1 = vmk_thread_start(test, race_func, &races[0]);
	t2 = vmk_thread_start(test, race_func, &races[1]);
	do {
		vm_pgcache_drain_all(VM_DOMAIN(0));
		cond_resched();
	} while (!vmk_thread_done(t1) || !vmk_thread_done(t2));
	vmk_thread_join(test, t1);
	vmk_thread_join(test, t2);
	KUNIT_EXPECT_FALSE(test, races[0].failed || races[1].failed);
	vm_pgcache_drain_all(VM_DOMAIN(0));
	expect_kept(test, 0, 0, ALL);
	KUNIT_EXPECT_EQ(test, vmk_tfree(), 2 * RACE_ROUNDS * RACE_PAGES);
}

static struct kunit_case vmpage_pgcache_drain_cases[] = {
	KUNIT_CASE(local_drain_gives_both_pools_back),
	KUNIT_CASE(local_drain_gives_every_chain_back),
	KUNIT_CASE(drain_on_the_owner_leaves_his_alone),
	KUNIT_CASE(page_goes_to_the_cpu_that_frees_it),
	KUNIT_CASE(drain_reaches_every_cpu),
	KUNIT_CASE(idle_drain_reaches_every_cpu),
	KUNIT_CASE(drain_is_of_one_domain),
	KUNIT_CASE(reset_is_of_one_cpu),
	KUNIT_CASE(single_request_gets_what_another_pool_keeps),
	KUNIT_CASE(request_of_an_object_gets_what_another_pool_keeps),
	KUNIT_CASE(run_gets_what_is_kept),
	KUNIT_CASE(run_that_may_wait_gets_what_every_cpu_keeps),
	KUNIT_CASE(page_daemon_gathers_what_is_missing),
	KUNIT_CASE(page_daemon_gathers_when_severely_short),
	KUNIT_CASE(run_by_relocation_has_what_was_kept),
	KUNIT_CASE(caches_grow_with_the_domain),
	KUNIT_CASE(caches_shrink_with_the_domain),
	KUNIT_CASE(page_of_a_cache_that_is_no_more),
	KUNIT_CASE(drains_race_with_the_owners),
	{}
};

static struct kunit_suite vmpage_pgcache_drain_suite = {
	.name = "vmpage_pgcache_drain",
	.init = vm_pgcache_init,
	.exit = vm_pgcache_exit,
	.test_cases = vmpage_pgcache_drain_cases,
};

kunit_test_suite(vmpage_pgcache_drain_suite);
