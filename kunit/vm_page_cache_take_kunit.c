// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Cached pages that are taken for somebody else, the oldest first.
 */
#include "kunit_fixture.h"

#define B4_RESERVED	43		/* B4: pages that NORMAL requests leave */

static const struct take_class {
	const char *name;
	int req;
	int limit;			/* B4: pages that it leaves */
} take_classes[] = {
	{ "NORMAL", VM_ALLOC_NORMAL, B4_RESERVED },
	{ "SYSTEM", VM_ALLOC_SYSTEM, 2 },
	{ "INTERRUPT", VM_ALLOC_INTERRUPT, 0 },
};

static void take_class_desc(const struct take_class *class, char *desc)
{
	strscpy(desc, class->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(take_class, take_classes, take_class_desc);

/* An object with its first @n pages cached, in the order of their indexes. */
static vm_object_t cached_object(struct kunit *test, int n)
{
	vm_object_t object = vmk_object(test, VMK_U, 1024);
	int i;

	for (i = 0; i < n; i++)
		vmk_cached(test, object, i, i);
	return object;
}

static vm_page_t noobj_run(struct kunit *test, int req, u_long npages)
{
	vm_page_t m = vm_page_alloc_noobj_contig(req, npages, 0, ~(vm_paddr_t)0, PAGE_SIZE, 0,
						 VM_MEMATTR_DEFAULT);

	if (m)
		vmk_hold(test, m, npages);
	return m;
}

/* Who takes how many */

static void K11_admission_counts_cached_pages(struct kunit *test)
{
	const struct take_class *class = test->param_value;
	vm_object_t object;

	vmk_b4(test);
	object = cached_object(test, 3);
	vmk_leave_free(test, 0, class->limit);

	/* free + cache = limit + 3, + 2, + 1 */
	KUNIT_EXPECT_NOT_NULL(test, vmk_noobj_req(test, class->req));
	KUNIT_EXPECT_EQ(test, vmk_cached_map(object), 0x6);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), class->limit);
	KUNIT_EXPECT_NOT_NULL(test, vmk_noobj_req(test, class->req));
	KUNIT_EXPECT_EQ(test, vmk_cached_map(object), 0x4);
	KUNIT_EXPECT_NOT_NULL(test, vmk_noobj_req(test, class->req));
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0), 0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), class->limit);
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), 0);

	/* free + cache = limit */
	KUNIT_EXPECT_NULL(test, vmk_noobj_req(test, class->req));
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), 1);
}

static void K11_admission_of_a_run(struct kunit *test)
{
	const struct take_class *class = test->param_value;
	vm_object_t object;

	vmk_b4(test);
	object = cached_object(test, 8);
	vmk_leave_free(test, 0, class->limit);
	/* One more than there are: none is taken for nothing. */
	KUNIT_EXPECT_NULL(test, noobj_run(test, class->req, 9));
	KUNIT_EXPECT_EQ(test, vmk_cached_map(object), 0xff);
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), 1);
	/* Just as many, and they are in a row. */
	KUNIT_EXPECT_NOT_NULL(test, noobj_run(test, class->req, 8));
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0), 0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), class->limit);
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), 1);
}

static void nothing_is_taken_while_pages_are_free(struct kunit *test)
{
	vm_object_t object;

	vmk_b4(test);
	object = cached_object(test, 3);
	vmk_leave_free(test, 0, B4_RESERVED + 1);
	KUNIT_EXPECT_NOT_NULL(test, vmk_noobj_req(test, VM_ALLOC_NORMAL));
	KUNIT_EXPECT_EQ(test, vmk_cached_map(object), 0x7);
	KUNIT_EXPECT_NOT_NULL(test, vmk_noobj_req(test, VM_ALLOC_SYSTEM));
	KUNIT_EXPECT_EQ(test, vmk_cached_map(object), 0x7);
	KUNIT_EXPECT_EQ(test, vmk_tfree(), 0);
}

/* The gate lacks more than the page itself when others went below its limit. */
static void gate_takes_what_it_lacks(struct kunit *test)
{
	vm_object_t object;

	vmk_b4(test);
	object = cached_object(test, 6);
	vmk_leave_free(test, 0, B4_RESERVED - 6);
	KUNIT_EXPECT_NULL(test, vmk_noobj_req(test, VM_ALLOC_NORMAL));
	KUNIT_EXPECT_EQ(test, vmk_cached_map(object), 0x3f);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), B4_RESERVED - 6);
	vmk_free(test, vm_phys_segs[0]->first_page + 500);
	KUNIT_EXPECT_NOT_NULL(test, vmk_noobj_req(test, VM_ALLOC_NORMAL));
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0), 0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), B4_RESERVED);
}

static void oldest_goes_first(struct kunit *test)
{
	vm_object_t objects[2];
	vm_page_t m;

	vmk_b4(test);
	objects[0] = cached_object(test, 4);
	objects[1] = cached_object(test, 4);
	/* One that was in use again is young again. */
	m = vmk_alloc(test, objects[0], 1);
	vmk_cache(test, m, 1);
	vmk_leave_free(test, 0, B4_RESERVED);
	vmk_noobj(test);
	vmk_noobj(test);
	KUNIT_EXPECT_EQ(test, vmk_cached_map(objects[0]), 0xa);
	vmk_noobj(test);
	vmk_noobj(test);
	vmk_noobj(test);
	KUNIT_EXPECT_EQ(test, vmk_cached_map(objects[0]), 0x2);
	KUNIT_EXPECT_EQ(test, vmk_cached_map(objects[1]), 0xc);
	vmk_noobj(test);
	vmk_noobj(test);
	KUNIT_EXPECT_EQ(test, vmk_cached_map(objects[0]), 0x2);
	KUNIT_EXPECT_EQ(test, vmk_cached_map(objects[1]), 0);
	vmk_noobj(test);
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0), 0);
	KUNIT_EXPECT_PTR_EQ(test, m->object, NULL);
	KUNIT_EXPECT_EQ(test, m->valid, 0);
}

/* Whoever lost it gets another page, of which nothing is valid. */
static void taken_page_is_told_from_one_that_was_kept(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = cached_object(test, 2);
	vmk_leave_free(test, 0, B4_RESERVED);
	m = vmk_noobj(test);
	vmk_free(test, vmk_noobj(test));
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0), 0);
	KUNIT_EXPECT_PTR_NE(test, vmk_alloc(test, object, 0), m);
	KUNIT_EXPECT_EQ(test, vmk_lookup(object, 0)->valid, 0);
	KUNIT_EXPECT_EQ(test, VM_CNT_FETCH(v_reactivated), 0);
}

static void object_allocation_takes_them(struct kunit *test)
{
	vm_object_t object;

	vmk_b4(test);
	object = cached_object(test, 4);
	vmk_leave_free(test, 0, B4_RESERVED);
	/* Of the same object, even */
	vmk_alloc(test, object, 40);
	KUNIT_EXPECT_EQ(test, vmk_cached_map(object), 0xe);
	vmk_alloc(test, object, 0);
	KUNIT_EXPECT_EQ(test, vmk_cached_map(object), 0xc);
	vmk_alloc(test, object, 3);
	KUNIT_EXPECT_EQ(test, vmk_cached_map(object), 0x4);
	KUNIT_EXPECT_EQ(test, VM_CNT_FETCH(v_reactivated), 1);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), B4_RESERVED);
}

static void domain_takes_its_own(struct kunit *test)
{
	vm_object_t objects[2];

	vmk_c2x4(test);
	objects[0] = cached_object(test, 2);
	vmk_set_domain(1);
	objects[1] = cached_object(test, 2);
	KUNIT_EXPECT_EQ(test, vmk_cache_count(1), 2);
	vmk_leave_free(test, 1, 0);
	vmk_hold(test, vm_page_alloc_noobj_domain(1, VM_ALLOC_INTERRUPT), 1);
	vmk_hold(test, vm_page_alloc_noobj_domain(1, VM_ALLOC_INTERRUPT), 1);
	KUNIT_EXPECT_NULL(test, vm_page_alloc_noobj_domain(1, VM_ALLOC_INTERRUPT));
	KUNIT_EXPECT_EQ(test, vmk_cached_map(objects[0]), 0x3);
	KUNIT_EXPECT_EQ(test, vmk_cached_map(objects[1]), 0);
}

static void promise_takes_them(struct kunit *test)
{
	struct vm_domain *vmd;
	vm_object_t object;

	vmk_b4(test);
	vmd = VM_DOMAIN(0);
	object = cached_object(test, 8);
	vmk_leave_free(test, 0, B4_RESERVED);
	KUNIT_EXPECT_EQ(test, vmpage_promise(vmd, 9), 0);
	KUNIT_EXPECT_EQ(test, vmk_cached_map(object), 0xff);
	KUNIT_EXPECT_EQ(test, vmpage_promise(vmd, 3), 1);
	KUNIT_EXPECT_EQ(test, vmk_cached_map(object), 0xf8);
	KUNIT_EXPECT_EQ(test, atomic_read(&vmd->vmd_promised), 3);
	VM_OBJECT_WLOCK(object);
	KUNIT_EXPECT_NOT_NULL(test, vmpage_alloc_promised(object, 20, 0, VM_ALLOC_NORMAL));
	VM_OBJECT_WUNLOCK(object);
	vmpage_unpromise(vmd, 2);
}

/* Pages that are free, but not where they are wanted */

/* All of B4 but 60 pages at its end in an object, page i at the index i. */
static vm_object_t full_object(struct kunit *test)
{
	vm_object_t object = vmk_object(test, VMK_U, 1024);
	int i;

	for (i = 0; i < 964; i++)
		KUNIT_ASSERT_EQ(test, vmk_off(vmk_alloc(test, object, i)), ptoa(i));
	return object;
}

static void cache_at(struct kunit *test, vm_object_t object, vm_pindex_t pindex)
{
	vmk_cache(test, vmk_lookup(object, pindex), pindex);
}

static void run_is_made_of_cached_pages(struct kunit *test)
{
	vm_object_t object;
	int i;

	vmk_b4(test);
	object = full_object(test);
	for (i = 0; i < 128; i++)
		cache_at(test, object, i);
	/* The gate takes 47; they and the 60 that are free are no row of 64. */
	KUNIT_EXPECT_EQ(test, vmk_off(noobj_run(test, VM_ALLOC_NORMAL, 64)), 0);
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0), 128 - 47 - 64);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 60 + 47);
	KUNIT_EXPECT_TRUE(test, vmk_is_cached(object, 111));
	KUNIT_EXPECT_FALSE(test, vmk_is_cached(object, 110));
}

static void run_looks_again_until_it_finds_one(struct kunit *test)
{
	vm_object_t object;
	int i;

	vmk_b4(test);
	object = full_object(test);
	for (i = 0; i < 400; i += 2)
		cache_at(test, object, i);
	for (i = 1; i < 64; i += 2)
		cache_at(test, object, i);
	KUNIT_EXPECT_EQ(test, vmk_off(noobj_run(test, VM_ALLOC_NORMAL, 64)), 0);
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0), 0);
}

static void run_that_fails_takes_all_or_none(struct kunit *test)
{
	vm_object_t object;
	int i;

	vmk_b4(test);
	object = full_object(test);
	for (i = 0; i < 400; i += 2)
		cache_at(test, object, i);
	/* A range that holds no such run: cached pages would not help. */
	KUNIT_EXPECT_NULL(test, vmk_ncontig_in(test, 64, VMK_BASE + SZ_2M + SZ_1M, 0, PAGE_SIZE,
					       SZ_128K));
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0), 200);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 60);
	KUNIT_EXPECT_NULL(test, noobj_run(test, VM_ALLOC_NORMAL, 64));
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0), 0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 60 + 200);
}

struct run_in_irq {
	vm_page_t m;
	u_long npages;
};

static void alloc_run_in_irq(void *arg)
{
	struct run_in_irq *run = arg;

	run->m = vm_page_alloc_noobj_contig(VM_ALLOC_NORMAL | VM_ALLOC_NOWAIT, run->npages, 0,
					    ~(vm_paddr_t)0, PAGE_SIZE, 0, VM_MEMATTR_DEFAULT);
}

static void run_in_interrupt_looks_once_more_only(struct kunit *test)
{
	struct run_in_irq *run = kunit_kzalloc(test, sizeof(*run), GFP_KERNEL);
	vm_object_t object;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, run);
	vmk_b4(test);
	object = full_object(test);
	for (i = 0; i < 300; i += 2)
		cache_at(test, object, i);
	for (i = 1; i < 300; i += 2)
		cache_at(test, object, i);
	run->npages = 64;
	vmk_in_hardirq(test, alloc_run_in_irq, run);
	KUNIT_EXPECT_NULL(test, run->m);
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0), 300 - 47 - 64);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 60 + 47 + 64);
}

/* Without a large reserve it takes a run to lack as many. */
static void interrupt_frees_no_more_pages_than_a_chunk_has(struct kunit *test)
{
	struct run_in_irq *run = kunit_kzalloc(test, sizeof(*run), GFP_KERNEL);
	vm_object_t object;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, run);
	vmk_a64(test);
	object = vmk_object(test, VMK_U, 1024);
	for (i = 0; i < 1024; i++)
		vmk_cached(test, object, i, 1);
	vmk_leave_free(test, 0, 87);
	run->npages = 513;
	vmk_in_hardirq(test, alloc_run_in_irq, run);
	KUNIT_EXPECT_NULL(test, run->m);
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0), 1024);
	run->npages = 512;
	vmk_in_hardirq(test, alloc_run_in_irq, run);
	KUNIT_EXPECT_NOT_NULL(test, run->m);
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0), 512);
	if (run->m)
		vmk_free_run(test, run->m, 512);
}

static void interrupt_gets_a_run_of_cached_pages(struct kunit *test)
{
	struct run_in_irq *run = kunit_kzalloc(test, sizeof(*run), GFP_KERNEL);
	vm_object_t object;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, run);
	vmk_b4(test);
	object = full_object(test);
	for (i = 0; i < 128; i++)
		cache_at(test, object, i);
	run->npages = 64;
	vmk_in_hardirq(test, alloc_run_in_irq, run);
	KUNIT_ASSERT_NOT_NULL(test, run->m);
	KUNIT_EXPECT_EQ(test, vmk_off(run->m), 0);
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0), 128 - 47 - 64);
	vmk_hold(test, run->m, 64);
}

static void alloc_page_in_irq(void *arg)
{
	struct run_in_irq *run = arg;

	run->m = vm_page_alloc_noobj(VM_ALLOC_NORMAL | VM_ALLOC_NOWAIT);
}

static void interrupt_takes_the_oldest_page(struct kunit *test)
{
	struct run_in_irq *run = kunit_kzalloc(test, sizeof(*run), GFP_KERNEL);
	vm_object_t object;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, run);
	vmk_b4(test);
	object = cached_object(test, 5);
	vmk_leave_free(test, 0, B4_RESERVED);
	for (i = 0; i < 5; i++) {
		vmk_in_hardirq(test, alloc_page_in_irq, run);
		KUNIT_ASSERT_NOT_NULL(test, run->m);
		vmk_hold(test, run->m, 1);
		KUNIT_EXPECT_EQ(test, vmk_cached_map(object), 0x1f & (~0u << (i + 1)));
	}
	vmk_in_hardirq(test, alloc_page_in_irq, run);
	KUNIT_EXPECT_NULL(test, run->m);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), B4_RESERVED);
}

/* Domain 0 with two lists of 512 pages: DMA32 and DEFAULT. */
static void two_lists(struct kunit *test)
{
	static const struct vm_mem_span spans[] = {
		{ SZ_1G, SZ_1G + SZ_2M, 0 },
		{ VMK_BASE, VMK_BASE + SZ_2M, 0 },
	};

	vmk_set_dma32_npages(0);
	vmk_machine(test, spans, ARRAY_SIZE(spans));
}

/* A page of an object, of one of the two lists, cached. */
static void cache_from(struct kunit *test, vm_object_t object, vm_pindex_t pindex, bool low)
{
	vm_page_t m;

	VM_OBJECT_WLOCK(object);
	m = vm_page_alloc_contig(object, pindex, VM_ALLOC_NORMAL, 1, low ? 0 : VMK_BASE,
				 low ? VMK_BASE : ~(vm_paddr_t)0, PAGE_SIZE, 0,
				 VM_MEMATTR_DEFAULT);
	VM_OBJECT_WUNLOCK(object);
	KUNIT_ASSERT_NOT_NULL(test, m);
	vmk_cache(test, m, pindex);
}

static vm_page_t alloc_low(struct kunit *test, int req)
{
	vm_page_t m = vm_page_alloc_freelist(VM_FREELIST_DMA32, req);

	if (m)
		vmk_hold(test, m, 1);
	return m;
}

/* Cached pages of the list at the indexes 1 and 4, of the other one at 0, 2 and 3 */
static vm_object_t empty_low_list(struct kunit *test)
{
	vm_object_t object;
	int i;

	two_lists(test);
	object = vmk_object(test, VMK_U, 64);
	for (i = 0; i < 5; i++)
		cache_from(test, object, i, i == 1 || i == 4);
	for (i = 0; i < 510; i++)
		KUNIT_ASSERT_NOT_NULL(test, alloc_low(test, VM_ALLOC_NORMAL));
	KUNIT_EXPECT_EQ(test, vmk_cached_map(object), 0x1f);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 509);
	return object;
}

static void list_gets_its_cached_pages(struct kunit *test)
{
	vm_object_t object = empty_low_list(test);

	KUNIT_EXPECT_NOT_NULL(test, alloc_low(test, VM_ALLOC_NORMAL));
	KUNIT_EXPECT_EQ(test, vmk_cached_map(object), 0x1c);
	KUNIT_EXPECT_NOT_NULL(test, alloc_low(test, VM_ALLOC_NORMAL));
	KUNIT_EXPECT_EQ(test, vmk_cached_map(object), 0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 512);
	KUNIT_EXPECT_NULL(test, alloc_low(test, VM_ALLOC_NORMAL));
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 512);
}

static void alloc_low_in_irq(void *arg)
{
	struct run_in_irq *run = arg;

	run->m = vm_page_alloc_freelist(VM_FREELIST_DMA32, VM_ALLOC_NORMAL | VM_ALLOC_NOWAIT);
}

static void list_in_interrupt_looks_once_more_only(struct kunit *test)
{
	struct run_in_irq *run = kunit_kzalloc(test, sizeof(*run), GFP_KERNEL);
	vm_object_t object = empty_low_list(test);

	KUNIT_ASSERT_NOT_NULL(test, run);
	vmk_in_hardirq(test, alloc_low_in_irq, run);
	KUNIT_EXPECT_NULL(test, run->m);
	KUNIT_EXPECT_EQ(test, vmk_cached_map(object), 0x1e);
	vmk_in_hardirq(test, alloc_low_in_irq, run);
	KUNIT_EXPECT_NOT_NULL(test, run->m);
	KUNIT_EXPECT_EQ(test, vmk_cached_map(object), 0x1c);
	if (run->m)
		vmk_hold(test, run->m, 1);
}

static void list_with_interrupts_off_looks_once_more_only(struct kunit *test)
{
	vm_object_t object = empty_low_list(test);
	unsigned long flags;
	vm_page_t m;

	local_irq_save(flags);
	m = vm_page_alloc_freelist(VM_FREELIST_DMA32, VM_ALLOC_NORMAL | VM_ALLOC_NOWAIT);
	local_irq_restore(flags);
	KUNIT_EXPECT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, vmk_cached_map(object), 0x1e);
}

/* Reclaim, and a single page */

static void reclaim_takes_as_many_as_asked_for(struct kunit *test)
{
	struct vm_domain *vmd;
	vm_object_t object;

	vmk_b4(test);
	vmd = VM_DOMAIN(0);
	KUNIT_EXPECT_EQ(test, vm_page_cache_reclaim(vmd, 5), 0);
	KUNIT_EXPECT_FALSE(test, vm_page_cache_evict(vmd, NULL));
	object = cached_object(test, 8);
	KUNIT_EXPECT_EQ(test, vm_page_cache_reclaim(vmd, 0), 0);
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0), 8);
	KUNIT_EXPECT_EQ(test, vm_page_cache_reclaim(vmd, 3), 3);
	KUNIT_EXPECT_EQ(test, vmk_cached_map(object), 0xf8);
	KUNIT_EXPECT_TRUE(test, vm_page_cache_evict(vmd, NULL));
	KUNIT_EXPECT_EQ(test, vmk_cached_map(object), 0xf0);
	KUNIT_EXPECT_EQ(test, vm_page_cache_reclaim(vmd, 100), 4);
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0), 0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
	KUNIT_EXPECT_EQ(test, vmk_tfree(), 8);
}

static void page_is_evicted_if_it_is_cached(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m[4];
	int i;

	vmk_b4(test);
	object = vmk_object(test, VMK_U, 64);
	for (i = 0; i < 4; i++)
		m[i] = vmk_cached(test, object, i, i);
	KUNIT_EXPECT_TRUE(test, vm_page_cache_evict(VM_DOMAIN(0), m[2]));
	KUNIT_EXPECT_EQ(test, vmk_cached_map(object), 0xb);
	KUNIT_EXPECT_PTR_EQ(test, m[2]->object, NULL);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1021);

	/* Free, resident, or somebody's */
	KUNIT_EXPECT_FALSE(test, vm_page_cache_evict(VM_DOMAIN(0), m[2]));
	vmk_alloc(test, object, 0);
	KUNIT_EXPECT_FALSE(test, vm_page_cache_evict(VM_DOMAIN(0), m[0]));
	KUNIT_EXPECT_FALSE(test, vm_page_cache_evict(VM_DOMAIN(0), vmk_noobj(test)));
	KUNIT_EXPECT_EQ(test, vmk_cached_map(object), 0xa);
	KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(object, 0), m[0]);
}

static struct kunit_case vmpage_page_cache_take_cases[] = {
	KUNIT_CASE_PARAM(K11_admission_counts_cached_pages, take_class_gen_params),
	KUNIT_CASE_PARAM(K11_admission_of_a_run, take_class_gen_params),
	KUNIT_CASE(nothing_is_taken_while_pages_are_free),
	KUNIT_CASE(gate_takes_what_it_lacks),
	KUNIT_CASE(oldest_goes_first),
	KUNIT_CASE(taken_page_is_told_from_one_that_was_kept),
	KUNIT_CASE(object_allocation_takes_them),
	KUNIT_CASE(domain_takes_its_own),
	KUNIT_CASE(promise_takes_them),
	KUNIT_CASE(run_is_made_of_cached_pages),
	KUNIT_CASE(run_looks_again_until_it_finds_one),
	KUNIT_CASE(run_that_fails_takes_all_or_none),
	KUNIT_CASE(run_in_interrupt_looks_once_more_only),
	KUNIT_CASE(interrupt_frees_no_more_pages_than_a_chunk_has),
	KUNIT_CASE(interrupt_gets_a_run_of_cached_pages),
	KUNIT_CASE(interrupt_takes_the_oldest_page),
	KUNIT_CASE(list_gets_its_cached_pages),
	KUNIT_CASE(list_in_interrupt_looks_once_more_only),
	KUNIT_CASE(list_with_interrupts_off_looks_once_more_only),
	KUNIT_CASE(reclaim_takes_as_many_as_asked_for),
	KUNIT_CASE(page_is_evicted_if_it_is_cached),
	{}
};

static struct kunit_suite vmpage_page_cache_take_suite = {
	.name = "vmpage_page_cache_take",
	.init = vmk_init,
	.exit = vmk_exit,
	.test_cases = vmpage_page_cache_take_cases,
};

kunit_test_suite(vmpage_page_cache_take_suite);
