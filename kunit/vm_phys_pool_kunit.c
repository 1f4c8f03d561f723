// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Pools of pages: whatever a chunk was used for, all pages of a run that is taken of it
 * are of pool DEFAULT, also those that nothing has to be written to for that.
 */
#include "vm_phys_kunit.h"

/* One chunk, so that nothing else can serve. */
static void pool_machine(struct kunit *test)
{
	static const struct vm_mem_span span = VMK_SPAN(0, CHUNK, 0);

	vmk_machine(test, &span, 1);
}

static void pool_expect_all(struct kunit *test, vm_page_t m, u_long npages, int pool)
{
	u_long i;

	for (i = 0; i < npages; i++)
		KUNIT_EXPECT_EQ_MSG(test, m[i].pool, pool, "page %lu", i);
}

/* Take the pages at @m, which must be free, as a run, and give them back. */
static void pool_expect_default_run(struct kunit *test, vm_page_t m, u_long npages)
{
	const vm_paddr_t pa = m->phys_addr;

	vmk_expect_audit_clean(test);
	KUNIT_ASSERT_PTR_EQ(test, phys_contig(0, npages, pa, pa + ptoa(npages), 1, 0), m);
	pool_expect_all(test, m, npages, DEF);
	phys_free_contig(m, npages);
	vmk_expect_audit_clean(test);
}

static void block_of_another_pool_becomes_default(struct kunit *test)
{
	vm_page_t m;

	pool_machine(test);
	m = phys_alloc(0, DIR, VM_LEVEL_0_ORDER);
	KUNIT_ASSERT_NOT_NULL(test, m);
	pool_expect_all(test, m, VM_LEVEL_0_NPAGES, DIR);
	phys_free(m, VM_LEVEL_0_ORDER);
	pool_expect_default_run(test, m, VM_LEVEL_0_NPAGES);
	pool_expect_default_run(test, m, VM_LEVEL_0_NPAGES);
}

static void split_block_of_another_pool_becomes_default(struct kunit *test)
{
	vm_page_t m;

	pool_machine(test);
	m = phys_alloc(0, DIR, 0);
	KUNIT_ASSERT_NOT_NULL(test, m);
	phys_free(phys_alloc(0, DIR, 3), 3);
	phys_free(m, 0);
	pool_expect_default_run(test, m, VM_LEVEL_0_NPAGES);
}

static void stolen_part_of_a_chunk_becomes_default(struct kunit *test)
{
	vm_page_t m, m_stolen;

	pool_machine(test);
	m = phys_alloc(0, DEF, 0);
	m_stolen = phys_alloc(0, DIR, 4);
	KUNIT_ASSERT_PTR_EQ(test, m_stolen, m + 256);
	phys_free(m_stolen, 4);
	phys_free(m, 0);
	pool_expect_default_run(test, m, VM_LEVEL_0_NPAGES);
}

static void stolen_pages_of_a_chunk_become_default(struct kunit *test)
{
	vm_page_t m, ma[16];
	int i;

	pool_machine(test);
	m = phys_alloc(0, DEF, 0);
	KUNIT_ASSERT_EQ(test, phys_alloc_npages(0, DIR, 16, ma), 16);
	for (i = 0; i < 16; i++)
		phys_free(ma[i], 0);
	phys_free(m, 0);
	pool_expect_default_run(test, m, VM_LEVEL_0_NPAGES);
}

/* Its parts in the second chunk head blocks of the pool of its first page. */
static void run_freed_into_another_chunk_becomes_default(struct kunit *test)
{
	vm_page_t m, m_next;

	vmk_a64(test);
	m = phys_alloc(0, DIR, VM_LEVEL_0_ORDER);
	m_next = m + VM_LEVEL_0_NPAGES;
	KUNIT_ASSERT_PTR_EQ(test, phys_contig(0, VM_LEVEL_0_NPAGES, m_next->phys_addr,
					      m_next->phys_addr + CHUNK, 1, 0), m_next);
	phys_free_contig(m + 256, 512);
	KUNIT_EXPECT_EQ(test, m_next->pool, DIR);
	phys_free_contig(m_next + 256, 255);
	phys_free_contig(m, 256);
	phys_free(m_next + 511, 0);
	pool_expect_default_run(test, m, 2 * VM_LEVEL_0_NPAGES);
}

/* The head of a block of several chunks may be of any pool, and its chunk is not mixed. */
static void first_page_of_a_chunk_becomes_default(struct kunit *test)
{
	vm_page_t m, m_next;

	vmk_a64(test);
	m = phys_alloc(0, DEF, VM_LEVEL_0_ORDER);
	m_next = phys_contig(0, VM_LEVEL_0_NPAGES, m->phys_addr + CHUNK,
			     m->phys_addr + 2 * CHUNK, 1, 0);
	KUNIT_ASSERT_PTR_EQ(test, m_next, m + VM_LEVEL_0_NPAGES);
	phys_free(m, VM_LEVEL_0_ORDER);
	m_next->pool = DIR;
	phys_free(m_next, VM_LEVEL_0_ORDER);
	KUNIT_EXPECT_EQ(test, m->pool, DIR);
	pool_expect_default_run(test, m, 2 * VM_LEVEL_0_NPAGES);
}

static void run_of_several_chunks_becomes_default(struct kunit *test)
{
	vm_page_t m;

	vmk_a64(test);
	m = phys_alloc(0, DIR, VM_LEVEL_0_ORDER + 1);
	phys_free(m, VM_LEVEL_0_ORDER + 1);
	pool_expect_default_run(test, m, 3 * VM_LEVEL_0_NPAGES + 16);
}

static void audit_finds_a_page_of_another_pool(struct kunit *test)
{
	vm_page_t m;

	pool_machine(test);
	m = phys_alloc(0, DEF, 0);
	m[5].pool = DIR;
	vmk_expect_audit_finds(test, "page 0x100005000 of pool 1, and its chunk is not mixed");
	m[5].pool = DEF;
	phys_free(m, 0);
}

static struct kunit_case vmpage_phys_pool_cases[] = {
	KUNIT_CASE(block_of_another_pool_becomes_default),
	KUNIT_CASE(split_block_of_another_pool_becomes_default),
	KUNIT_CASE(stolen_part_of_a_chunk_becomes_default),
	KUNIT_CASE(stolen_pages_of_a_chunk_become_default),
	KUNIT_CASE(run_freed_into_another_chunk_becomes_default),
	KUNIT_CASE(first_page_of_a_chunk_becomes_default),
	KUNIT_CASE(run_of_several_chunks_becomes_default),
	KUNIT_CASE(audit_finds_a_page_of_another_pool),
	{}
};

static struct kunit_suite vmpage_phys_pool_suite = {
	.name = "vmpage_phys_pool",
	.init = vmk_init,
	.exit = vmk_exit,
	.test_cases = vmpage_phys_pool_cases,
};

kunit_test_suite(vmpage_phys_pool_suite);
