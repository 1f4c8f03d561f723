// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * What a crash dump leaves out: 2 MiB chunks that are wholly free, or of which
 * every page was allocated with NODUMP.
 */
#include <linux/cpumask.h>
#include <linux/sched.h>

#include "kunit_fixture.h"
#include "vm_pgcache.h"

#define CHUNK		VM_LEVEL_0_NPAGES
#define NODUMP		(VM_ALLOC_NORMAL | VM_ALLOC_NODUMP)

/* Which of the @n chunks from VMK_BASE on are left out: bit i is the i-th. */
static u64 hidden(unsigned int n)
{
	u64 bits = 0;
	unsigned int i;

	vmk_drain();
	for (i = 0; i < n; i++)
		bits |= (u64)vmk_chunk_is_nodump(VMK_BASE + i * (u64)SZ_2M) << i;
	return bits;
}

/* A run that begins at the @chunk-th chunk. */
static vm_page_t run_at(struct kunit *test, int req, unsigned int chunk, u_long npages)
{
	const vm_paddr_t pa = VMK_BASE + chunk * (u64)SZ_2M;
	vm_page_t m = vm_page_alloc_noobj_contig(req, npages, pa, pa + ptoa(npages), PAGE_SIZE, 0,
						 VM_MEMATTR_DEFAULT);

	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_ASSERT_EQ(test, VM_PAGE_TO_PHYS(m), pa);
	vmk_hold(test, m, npages);
	return m;
}

static void P10_page_without_a_dump(struct kunit *test)
{
	vm_page_t m, again;

	vmk_b4(test);
	m = vmk_noobj_req(test, NODUMP);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_TRUE(test, m->flags & PG_NODUMP);
	KUNIT_EXPECT_FALSE(test, vm_phys_is_dumpable(VM_PAGE_TO_PHYS(m)));
	KUNIT_EXPECT_FALSE(test, vm_phys_is_dumpable(VM_PAGE_TO_PHYS(m) + 123));
	KUNIT_EXPECT_TRUE(test, vm_phys_is_dumpable(VM_PAGE_TO_PHYS(m) + PAGE_SIZE));

	vmk_free(test, m);
	again = vmk_noobj_req(test, VM_ALLOC_NORMAL);
	KUNIT_ASSERT_PTR_EQ(test, again, m);
	KUNIT_EXPECT_FALSE(test, m->flags & PG_NODUMP);
	KUNIT_EXPECT_TRUE(test, vm_phys_is_dumpable(VM_PAGE_TO_PHYS(m)));
}

static void addresses_of_others_are_dumpable_where_there_is_memory(struct kunit *test)
{
	vmk_b4(test);
	KUNIT_EXPECT_FALSE(test, vm_phys_is_dumpable(VMK_BASE - 1));
	KUNIT_EXPECT_FALSE(test, vm_phys_is_dumpable(VMK_BASE + ptoa(1024)));
	vmk_set_is_memory(true);
	KUNIT_EXPECT_TRUE(test, vm_phys_is_dumpable(VMK_BASE - 1));
	KUNIT_EXPECT_TRUE(test, vm_phys_is_dumpable(VMK_BASE + ptoa(1024)));
	KUNIT_EXPECT_TRUE(test, vm_phys_is_dumpable(VMK_BASE));
}

/* Chunks of which nothing is in use */

static void free_chunks_are_left_out_from_the_start(struct kunit *test)
{
	/* Neither the first nor the last chunk is there as a whole. */
	static const struct vm_mem_span span = VMK_SPAN(SZ_4K, 4 * SZ_2M - SZ_4K, 0);

	vmk_a64(test);
	KUNIT_EXPECT_EQ(test, hidden(34), 0xffffffff);
	vmk_power_off(test);
	KUNIT_EXPECT_EQ(test, hidden(34), 0);

	vmk_machine(test, &span, 1);
	KUNIT_EXPECT_EQ(test, hidden(5), 0x6);
}

static void chunk_with_a_page_in_use_is_dumped(struct kunit *test)
{
	vm_page_t m;

	vmk_a64(test);
	m = vmk_noobj(test);
	KUNIT_EXPECT_EQ(test, hidden(32), 0xfffffffe);
	vmk_free(test, m);
	KUNIT_EXPECT_EQ(test, hidden(32), 0xffffffff);
}

static void chunk_is_left_out_again_with_the_last_page(struct kunit *test)
{
	static u32 order[CHUNK];
	vm_page_t m;
	u_long i;

	vmk_b4(test);
	m = run_at(test, VM_ALLOC_NORMAL, 0, CHUNK);
	KUNIT_EXPECT_EQ(test, hidden(2), 2);
	vmk_permutation(order, CHUNK);
	for (i = 0; i < CHUNK; i++) {
		KUNIT_EXPECT_EQ(test, hidden(2), 2);
		vmk_free(test, &m[order[i]]);
	}
	KUNIT_EXPECT_EQ(test, hidden(2), 3);
}

/* As while the machine hibernates: what happens meanwhile is not forgotten. */
static void nothing_is_left_out_while_all_is_dumped(struct kunit *test)
{
	vm_page_t m;

	vmk_b4(test);
	m = vmk_noobj(test);
	KUNIT_EXPECT_EQ(test, hidden(2), 2);
	vm_mem_dump_all(true);
	KUNIT_EXPECT_EQ(test, hidden(2), 0);
	vmk_free(test, m);
	KUNIT_EXPECT_EQ(test, hidden(2), 0);
	vm_mem_dump_all(false);
	KUNIT_EXPECT_EQ(test, hidden(2), 3);

	vm_mem_dump_all(true);
	m = vmk_noobj(test);
	vm_mem_dump_all(false);
	KUNIT_EXPECT_EQ(test, hidden(2), 2);
}

static void runs_take_the_chunks_they_touch(struct kunit *test)
{
	vm_page_t m;

	vmk_a64(test);
	m = run_at(test, VM_ALLOC_NORMAL, 0, 3 * CHUNK + 1);
	KUNIT_EXPECT_EQ(test, hidden(32), 0xfffffff0);
	vmk_free_run(test, m, 3 * CHUNK);
	KUNIT_EXPECT_EQ(test, hidden(32), 0xfffffff7);
	vmk_free(test, &m[3 * CHUNK]);
	KUNIT_EXPECT_EQ(test, hidden(32), 0xffffffff);

	/* Longer than the largest block. */
	m = run_at(test, VM_ALLOC_NORMAL, 8, 8 * CHUNK + 1);
	KUNIT_EXPECT_EQ(test, hidden(32), 0xfffe00ff);
	vmk_free_run(test, m, 8 * CHUNK + 1);
	KUNIT_EXPECT_EQ(test, hidden(32), 0xffffffff);
}

/* The free lists alone, which have no pages and requests. */
static void free_lists_keep_the_marks(struct kunit *test)
{
	static vm_page_t ma[CHUNK + 10];
	struct vm_domain *vmd;
	unsigned long flags;
	u64 after[6];
	bool unfreed;
	vm_page_t m;
	int got;

	vmk_a64(test);
	vmd = VM_DOMAIN(0);
	vm_domain_free_lock(vmd, flags);
	m = vm_phys_alloc_pages(0, VM_FREEPOOL_DIRECT, 10);
	after[0] = hidden(32);
	vm_phys_free_pages(m, 10);
	after[1] = hidden(32);
	/* The rest of the second chunk stays free, but no block has all of it. */
	got = vm_phys_alloc_npages(0, VM_FREEPOOL_DEFAULT, ARRAY_SIZE(ma), ma);
	after[2] = hidden(32);
	vm_phys_free_contig(ma[0], CHUNK + 10);
	after[3] = hidden(32);
	m = &vm_phys_segs[0]->first_page[5 * CHUNK + 7];
	unfreed = vm_phys_unfree_page(m);
	after[4] = hidden(32);
	vm_phys_free_pages(m, 0);
	after[5] = hidden(32);
	vm_domain_free_unlock(vmd, flags);

	KUNIT_EXPECT_EQ(test, got, (int)ARRAY_SIZE(ma));
	KUNIT_EXPECT_TRUE(test, unfreed);
	KUNIT_EXPECT_EQ(test, after[0], 0xfffffffc);
	KUNIT_EXPECT_EQ(test, after[1], 0xffffffff);
	KUNIT_EXPECT_EQ(test, hweight64(after[2]), 30);
	KUNIT_EXPECT_EQ(test, after[3], 0xffffffff);
	KUNIT_EXPECT_EQ(test, after[4], 0xffffffdf);
	KUNIT_EXPECT_EQ(test, after[5], 0xffffffff);
}

static void chunk_that_leaves_is_dumped(struct kunit *test)
{
	vmk_b4(test);
	vmk_thresholds_off(test);
	KUNIT_EXPECT_EQ(test, vm_mem_remove_chunk(VMK_BASE), 0);
	KUNIT_EXPECT_EQ(test, hidden(2), 2);
}

static void chunk_that_comes_is_left_out(struct kunit *test)
{
	static const struct vm_mem_span more = VMK_SPAN(ptoa(2048), ptoa(2048) + SZ_4M, 0);

	vmk_b4(test);
	KUNIT_ASSERT_EQ(test, vm_mem_add_span(&more), 0);
	KUNIT_EXPECT_EQ(test, hidden(8), 0x33);
}

/* Chunks of which nothing shall be dumped */

static void chunk_of_nodump_pages_is_left_out(struct kunit *test)
{
	vm_page_t m;

	vmk_b4(test);
	m = run_at(test, NODUMP, 0, CHUNK);
	KUNIT_EXPECT_EQ(test, hidden(2), 3);
	KUNIT_EXPECT_FALSE(test, vm_phys_is_dumpable(VM_PAGE_TO_PHYS(&m[CHUNK - 1])));

	/* One page less ... */
	vmk_free(test, &m[17]);
	KUNIT_EXPECT_EQ(test, hidden(2), 2);
	/* ... and then all are free. */
	vmk_free_run(test, m, 17);
	vmk_free_run(test, m + 18, CHUNK - 18);
	KUNIT_EXPECT_EQ(test, hidden(2), 3);
}

static void one_page_to_dump_is_enough(struct kunit *test)
{
	vm_page_t m, last;

	vmk_b4(test);
	m = run_at(test, NODUMP, 0, CHUNK - 1);
	KUNIT_EXPECT_EQ(test, hidden(2), 2);
	last = m + CHUNK - 1;
	run_at(test, VM_ALLOC_INTERRUPT, 1, CHUNK);
	KUNIT_EXPECT_EQ(test, hidden(2), 0);
	KUNIT_ASSERT_PTR_EQ(test, vmk_noobj_req(test, VM_ALLOC_INTERRUPT), last);
	KUNIT_EXPECT_EQ(test, hidden(2), 0);
	vmk_free(test, last);
	KUNIT_ASSERT_PTR_EQ(test, vmk_noobj_req(test, VM_ALLOC_INTERRUPT | VM_ALLOC_NODUMP), last);
	KUNIT_EXPECT_EQ(test, hidden(2), 1);
}

static void pages_of_objects_count(struct kunit *test)
{
	vm_object_t object;
	vm_pindex_t i;

	vmk_b4(test);
	object = vmk_object(test, VMK_U, CHUNK);
	for (i = 0; i < CHUNK; i++)
		KUNIT_ASSERT_NOT_NULL(test, vmk_alloc_req(test, object, i, NODUMP));
	KUNIT_EXPECT_EQ(test, hidden(2), 3);
	vmk_free(test, vmk_lookup(object, 3));
	KUNIT_EXPECT_EQ(test, hidden(2), 2);
	vmk_object_drop(test, object);
	KUNIT_EXPECT_EQ(test, hidden(2), 3);
}

static void run_that_fails_leaves_no_count(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;
	int nth;

	vmk_b4(test);
	object = vmk_object(test, VMK_U, CHUNK);
	/* Every page has the flag of its last owner. */
	m = run_at(test, NODUMP, 0, CHUNK);
	vmk_free_run(test, m, CHUNK);
	for (nth = 1; nth <= 4; nth++) {
		VM_OBJECT_WLOCK(object);
		vmk_fail_node(nth);
		m = vm_page_alloc_contig(object, 0, NODUMP, CHUNK, 0, ~0ULL, PAGE_SIZE, 0,
					 VM_MEMATTR_DEFAULT);
		vmk_fail_node(0);
		VM_OBJECT_WUNLOCK(object);
		KUNIT_EXPECT_NULL(test, m);
		KUNIT_EXPECT_EQ(test, hidden(2), 3);
		vmk_expect_audit_clean(test);
	}
}

static void nodump_of_more_or_fewer_pages_than_there_are_is_refused(struct kunit *test)
{
	vm_page_t m;
	u_long i;

	vmk_b4(test);
	m = run_at(test, VM_ALLOC_NORMAL, 0, CHUNK);
	vmk_refused(test, vm_phys_nodump(m, false));
	for (i = 0; i < CHUNK; i++)
		vm_phys_nodump(&m[i], true);
	KUNIT_EXPECT_EQ(test, hidden(2), 3);
	vmk_refused(test, vm_phys_nodump(m, true));
	KUNIT_EXPECT_EQ(test, hidden(2), 3);
	for (i = 0; i < CHUNK; i++)
		vm_phys_nodump(&m[i], false);
	KUNIT_EXPECT_EQ(test, hidden(2), 2);
}

static void audit_compares_the_chunks_with_their_pages(struct kunit *test)
{
	vm_page_t m;

	vmk_b4(test);
	m = run_at(test, NODUMP, 0, 3);
	m[1].flags &= ~PG_NODUMP;
	vmk_expect_audit_finds(test, "state 0x3 instead of 0x2");
	m[1].flags |= PG_NODUMP;

	vm_phys_segs[0]->chunks[1] &= 0xff;
	vmk_expect_audit_finds(test, "state 0x0 instead of 0x8000");
	vm_phys_segs[0]->chunks[1] |= 0x8000;
}

static void random_requests_keep_the_marks(struct kunit *test)
{
	static vm_page_t ma[4096];
	unsigned int n = 0, i, round;

	vmk_a64(test);
	for (round = 0; round < 4096; round++) {
		if (n && vmk_random_below(3) == 0) {
			i = vmk_random_below(n);
			vmk_free(test, ma[i]);
			ma[i] = ma[--n];
			continue;
		}
		ma[n] = vmk_noobj_req(test, vmk_random_below(2) ? NODUMP : VM_ALLOC_NORMAL);
		if (ma[n])
			n++;
		if (round % 512 == 0)
			vmk_expect_audit_clean(test);
	}
	while (n)
		vmk_free(test, ma[--n]);
	KUNIT_EXPECT_EQ(test, hidden(32), 0xffffffff);
}

/* In per-CPU caches */

static void expect_marked(struct kunit *test, vm_page_t m, bool marked)
{
	KUNIT_EXPECT_EQ(test, m->flags, PG_PCPU_CACHE | (marked ? PG_NODUMP : 0));
	KUNIT_EXPECT_EQ(test, vm_phys_is_dumpable(VM_PAGE_TO_PHYS(m)), !marked);
	vmk_expect_audit_clean(test);
}

static void pages_stay_marked_where_a_cpu_keeps_them(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	KUNIT_ASSERT_EQ(test, set_cpus_allowed_ptr(current, cpumask_of(0)), 0);
	vmk_set_pgcache(16);
	vmk_b4(test);

	/* Whoever asks for the same gets it as it is, and all others plain. */
	m = vmk_noobj_req(test, NODUMP);
	KUNIT_ASSERT_NOT_NULL(test, m);
	expect_marked(test, m, true);
	vmk_free(test, m);
	expect_marked(test, m, true);
	KUNIT_ASSERT_PTR_EQ(test, vmk_noobj_req(test, NODUMP | VM_ALLOC_WIRED), m);
	expect_marked(test, m, true);
	vm_page_unwire(m, PQ_NONE);
	expect_marked(test, m, true);
	KUNIT_ASSERT_PTR_EQ(test, vmk_noobj(test), m);
	expect_marked(test, m, false);

	/* With a leaf of the index at hand, as for the usual request. */
	object = vmk_object(test, VMK_U, 8);
	vmk_alloc(test, object, 6);
	vmk_alloc(test, object, 7);
	m = vmk_alloc_req(test, object, 0, NODUMP);
	KUNIT_ASSERT_NOT_NULL(test, m);
	vmk_free(test, m);
	expect_marked(test, m, true);
	KUNIT_ASSERT_PTR_EQ(test, vmk_alloc(test, object, 1), m);
	expect_marked(test, m, false);
	vmk_free(test, m);
	KUNIT_ASSERT_PTR_EQ(test, vmk_alloc_req(test, object, 2, NODUMP), m);
	expect_marked(test, m, true);
	vmk_free(test, m);
	expect_marked(test, m, true);
}

static void pages_that_a_cpu_gives_back_are_not_marked(struct kunit *test)
{
	vm_page_t m, zero;

	KUNIT_ASSERT_EQ(test, set_cpus_allowed_ptr(current, cpumask_of(0)), 0);
	vmk_set_pgcache(16);
	vmk_b4(test);
	m = vmk_noobj_req(test, NODUMP);
	zero = vmk_noobj_req(test, NODUMP | VM_ALLOC_ZERO);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_ASSERT_NOT_NULL(test, zero);
	vmk_free(test, m);
	vm_page_free_zero(zero);
	expect_marked(test, m, true);
	KUNIT_EXPECT_EQ(test, zero->flags, PG_PCPU_CACHE | PG_ZERO | PG_NODUMP);

	KUNIT_EXPECT_TRUE(test, vm_pgcache_drain_local(VM_DOMAIN(0)));
	KUNIT_EXPECT_EQ(test, m->flags, 0);
	KUNIT_EXPECT_EQ(test, zero->flags, PG_ZERO);
	KUNIT_EXPECT_EQ(test, hidden(2), 3);
	vmk_expect_audit_clean(test);
}

static struct kunit_case vmpage_phys_nodump_cases[] = {
	KUNIT_CASE(P10_page_without_a_dump),
	KUNIT_CASE(addresses_of_others_are_dumpable_where_there_is_memory),
	KUNIT_CASE(free_chunks_are_left_out_from_the_start),
	KUNIT_CASE(chunk_with_a_page_in_use_is_dumped),
	KUNIT_CASE(chunk_is_left_out_again_with_the_last_page),
	KUNIT_CASE(nothing_is_left_out_while_all_is_dumped),
	KUNIT_CASE(runs_take_the_chunks_they_touch),
	KUNIT_CASE(free_lists_keep_the_marks),
	KUNIT_CASE(chunk_that_leaves_is_dumped),
	KUNIT_CASE(chunk_that_comes_is_left_out),
	KUNIT_CASE(chunk_of_nodump_pages_is_left_out),
	KUNIT_CASE(one_page_to_dump_is_enough),
	KUNIT_CASE(pages_of_objects_count),
	KUNIT_CASE(run_that_fails_leaves_no_count),
	KUNIT_CASE(nodump_of_more_or_fewer_pages_than_there_are_is_refused),
	KUNIT_CASE(audit_compares_the_chunks_with_their_pages),
	KUNIT_CASE(random_requests_keep_the_marks),
	KUNIT_CASE(pages_stay_marked_where_a_cpu_keeps_them),
	KUNIT_CASE(pages_that_a_cpu_gives_back_are_not_marked),
	{}
};

static struct kunit_suite vmpage_phys_nodump_suite = {
	.name = "vmpage_phys_nodump",
	.init = vmk_init,
	.exit = vmk_exit,
	.test_cases = vmpage_phys_nodump_cases,
};

kunit_test_suite(vmpage_phys_nodump_suite);
