// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The audits find what they are there to find.
 *
 * Each case breaks an invariant by hand, looks for the finding, and repairs the
 * damage, after which the audit is silent again.
 */
#include "kunit_fixture.h"

#define FOUND_WHEN(test, words, corrupt, repair) do {			\
	struct kunit *__test = (test);					\
									\
	vmk_drain();							\
	corrupt;							\
	vmk_expect_audit_finds(__test, words);				\
	repair;								\
	vmk_expect_audit_clean(__test);					\
} while (0)

/* The first page of the first block of an order; gives up without one. */
static vm_page_t free_block(struct kunit *test, int pool, int order)
{
	vm_page_t m = vmk_block(0, pool, order, 0);

	KUNIT_ASSERT_NOT_NULL(test, m);
	return m;
}

static void queue_block(vm_page_t m, int pool, int order)
{
	struct vm_freelist *fl = &VM_DOMAIN(0)->vm_phys_free_queues[0][pool][order];

	list_add(&m->plinks.q, &fl->pl);
	fl->lcnt++;
	m->order = order;
	m->pool = pool;
}

static void unqueue_block(vm_page_t m, int pool, int order)
{
	list_del(&m->plinks.q);
	VM_DOMAIN(0)->vm_phys_free_queues[0][pool][order].lcnt--;
	m->order = VM_NFREEORDER;
}

static void machines_in_order_are_clean(struct kunit *test)
{
	vm_object_t object;

	vmk_expect_audit_clean(test);
	vmk_c2x4(test);
	vmk_expect_audit_clean(test);

	object = vmk_object(test, VMK_O, 8);
	vmk_alloc(test, object, 0);
	vmk_free(test, vmk_alloc(test, object, 1));
	vmk_ncontig(test, 100);
	KUNIT_ASSERT_EQ(test, vmpage_promise(VM_DOMAIN(1), 10), 1);
	vmk_expect_audit_clean(test);
	vmk_exhaust(test, VM_ALLOC_INTERRUPT);
	vmk_expect_audit_clean(test);
	vmpage_unpromise(VM_DOMAIN(1), 10);
}

/* Invariant 1 */
static void free_count_is_the_sum_of_the_blocks(struct kunit *test)
{
	struct vm_domain *vmd;

	vmk_b4(test);
	vmd = VM_DOMAIN(0);
	FOUND_WHEN(test, "1024 pages in free blocks, 0 unpopulated, 1025 free, 0 promised",
		   atomic_inc(&vmd->vmd_free_count), atomic_dec(&vmd->vmd_free_count));
	FOUND_WHEN(test, "1024 pages in free blocks, 0 unpopulated, 1023 free, 0 promised",
		   atomic_dec(&vmd->vmd_free_count), atomic_inc(&vmd->vmd_free_count));
	FOUND_WHEN(test, "1024 pages in free blocks, 0 unpopulated, 1024 free, 1 promised",
		   atomic_inc(&vmd->vmd_promised), atomic_dec(&vmd->vmd_promised));
}

/* Invariant 2 */
static void page_count_is_what_there_is(struct kunit *test)
{
	struct vm_domain *vmd;
	vm_page_t m;

	vmk_b4(test);
	vmd = VM_DOMAIN(0);
	m = vmk_ncontig(test, 1);
	KUNIT_ASSERT_NOT_NULL(test, m);
	FOUND_WHEN(test, "1024 pages, 1025 counted",
		   vmd->vmd_page_count++, vmd->vmd_page_count--);
	FOUND_WHEN(test, "1024 pages, 1023 counted",
		   vmd->vmd_page_count--, vmd->vmd_page_count++);
	/* A page that is neither free nor anybody's. */
	FOUND_WHEN(test, "1024 pages are free, 1023 counted",
		   m->busy_lock = VPB_FREED, m->busy_lock = VPB_UNBUSIED);
}

/* Invariant 3 */
static void order_marks_the_head_of_a_block(struct kunit *test)
{
	vm_page_t m, head;

	vmk_b4(test);
	m = vmk_noobj(test);
	FOUND_WHEN(test, "allocated, but of order 0", m->order = 0, m->order = VM_NFREEORDER);

	head = free_block(test, VM_FREEPOOL_DIRECT, 9);
	FOUND_WHEN(test, "lies in another block",
		   head[1].order = 0, head[1].order = VM_NFREEORDER);
	FOUND_WHEN(test, "pages head one",
		   head[1].order = 0, head[1].order = VM_NFREEORDER);
	FOUND_WHEN(test, "queued as", head->order = 8, head->order = 9);
	FOUND_WHEN(test, "queued as",
		   head->pool = VM_FREEPOOL_DEFAULT, head->pool = VM_FREEPOOL_DIRECT);
}

/* Invariant 4 */
static void free_pages_belong_to_nobody(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	m = free_block(test, VM_FREEPOOL_DEFAULT, 10) + 77;
	FOUND_WHEN(test, "free page 0x10004d000", m->object = object, m->object = NULL);
	FOUND_WHEN(test, "free page 0x10004d000", m->ref_count = 1, m->ref_count = 0);
	FOUND_WHEN(test, "free page 0x10004d000", m->valid = 1, m->valid = 0);
	FOUND_WHEN(test, "free page 0x10004d000", m->dirty = 1, m->dirty = 0);
	FOUND_WHEN(test, "free page 0x10004d000",
		   m->busy_lock = VPB_UNBUSIED, m->busy_lock = VPB_FREED);
	FOUND_WHEN(test, "free, but still in use", m->a.queue = PQ_ACTIVE, m->a.queue = PQ_NONE);
}

static void blocks_are_aligned(struct kunit *test)
{
	vm_page_t m;

	vmk_a64(test);
	m = free_block(test, VM_FREEPOOL_DEFAULT, 12);
	unqueue_block(m, VM_FREEPOOL_DEFAULT, 12);
	queue_block(m + 1, VM_FREEPOOL_DEFAULT, 12);
	vmk_expect_audit_finds(test, "block 0x100001000 of order 12 is no block");
	unqueue_block(m + 1, VM_FREEPOOL_DEFAULT, 12);
	m[1].pool = VM_FREEPOOL_DEFAULT;
	queue_block(m, VM_FREEPOOL_DEFAULT, 12);
	vmk_expect_audit_clean(test);
}

/* Invariant 5 */
static void buddies_are_one_block(struct kunit *test)
{
	vm_page_t m;

	vmk_a64(test);
	m = free_block(test, VM_FREEPOOL_DEFAULT, 12);
	unqueue_block(m, VM_FREEPOOL_DEFAULT, 12);
	queue_block(m, VM_FREEPOOL_DEFAULT, 11);
	queue_block(m + 2048, VM_FREEPOOL_DIRECT, 11);
	vmk_expect_audit_finds(test, "block 0x100000000 and its buddy of order 11 are both free");
	unqueue_block(m, VM_FREEPOOL_DEFAULT, 11);
	unqueue_block(m + 2048, VM_FREEPOOL_DIRECT, 11);
	queue_block(m, VM_FREEPOOL_DEFAULT, 12);
	vmk_expect_audit_clean(test);
}

/* Invariant 6 */
static void lists_are_as_long_as_they_say(struct kunit *test)
{
	struct vm_freelist *fl;

	vmk_a64(test);
	fl = &VM_DOMAIN(0)->vm_phys_free_queues[0][VM_FREEPOOL_DEFAULT][12];
	FOUND_WHEN(test, "3 blocks counted, more queued", fl->lcnt--, fl->lcnt++);
	FOUND_WHEN(test, "5 blocks counted, fewer queued", fl->lcnt++, fl->lcnt--);
}

static void blocks_are_on_the_list_of_their_segment(struct kunit *test)
{
	struct vm_freelist *fl;
	vm_page_t m;

	vmk_c2x4(test);
	m = free_block(test, VM_FREEPOOL_DEFAULT, 10);
	unqueue_block(m, VM_FREEPOOL_DEFAULT, 10);
	fl = &VM_DOMAIN(1)->vm_phys_free_queues[0][VM_FREEPOOL_DEFAULT][10];
	list_add(&m->plinks.q, &fl->pl);
	fl->lcnt++;
	m->order = 10;
	vmk_expect_audit_finds(test, "queued as");
	vmk_expect_audit_finds(test, "is on a list of another segment");
	list_del(&m->plinks.q);
	fl->lcnt--;
	queue_block(m, VM_FREEPOOL_DEFAULT, 10);
	vmk_expect_audit_clean(test);
}

static void absent_chunks_are_counted(struct kunit *test)
{
	vmk_a64(test);
	KUNIT_ASSERT_EQ(test, vm_mem_remove_chunk(VMK_BASE + SZ_2M), 0);
	vmk_expect_audit_clean(test);

	vm_phys_segs[0]->nabsent++;
	vmk_expect_audit_finds(test, "segment 0: 1 chunks were given back, 2 counted");
	vm_phys_segs[0]->nabsent--;
}

/* Invariant 11 */
static void objects_and_pages_agree(struct kunit *test)
{
	vm_object_t object, other;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	other = vmk_object(test, VMK_O, 8);
	m = vmk_alloc(test, object, 3);
	FOUND_WHEN(test, "object and reference do not match", m->ref_count = 0,
		   m->ref_count = VPRC_OBJREF);
	FOUND_WHEN(test, "not the page of the index it is at", m->pindex = 4, m->pindex = 3);
	FOUND_WHEN(test, "not the page of the index it is at", m->object = other,
		   m->object = object);
	FOUND_WHEN(test, "1 resident, 2 counted", object->resident_page_count++,
		   object->resident_page_count--);
	FOUND_WHEN(test, "0 resident, 1 counted", other->resident_page_count++,
		   other->resident_page_count--);
}

static void page_of_an_object_is_in_its_index(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	m = vmk_noobj(test);
	m->object = object;
	m->ref_count = VPRC_OBJREF;
	vmk_expect_audit_finds(test, "1 pages have an object, objects have 0");
	m->object = NULL;
	m->ref_count = 0;
	FOUND_WHEN(test, "object and reference do not match", m->ref_count = VPRC_OBJREF,
		   m->ref_count = 0);
}

/* Invariant 12 */
static void wired_counter_is_the_number_of_wired_pages(struct kunit *test)
{
	vm_page_t m;

	vmk_b4(test);
	m = vmk_noobj(test);
	FOUND_WHEN(test, "0 pages are wired, 1 counted", VM_CNT_INC(v_wire_count),
		   VM_CNT_ADD(v_wire_count, -1));
	FOUND_WHEN(test, "1 pages are wired, 0 counted", m->ref_count = 1, m->ref_count = 0);
	vm_page_wire(m);
	vm_page_wire(m);
	vmk_expect_audit_clean(test);
	vm_page_unwire_noq(m);
	vm_page_unwire_noq(m);
}

/* Invariant 13 */
static void sets_hold_the_short_domains(struct kunit *test)
{
	struct vm_domain *vmd;

	vmk_c2x4(test);
	vmd = VM_DOMAIN(1);
	FOUND_WHEN(test, "domain 1: min set", vmd->vmd_minset = true, vmd->vmd_minset = false);
	FOUND_WHEN(test, "domain 1: min set", DOMAINSET_SET(1, &vm_min_domains),
		   DOMAINSET_CLR(1, &vm_min_domains));
	FOUND_WHEN(test, "domain 1: severe set", vmd->vmd_severeset = true,
		   vmd->vmd_severeset = false);
	FOUND_WHEN(test, "domain 1: severe set", DOMAINSET_SET(1, &vm_severe_domains),
		   DOMAINSET_CLR(1, &vm_severe_domains));

	vmk_leave_free(test, 1, 0);
	FOUND_WHEN(test, "domain 1: min set", vmd->vmd_minset = false, vmd->vmd_minset = true);
	FOUND_WHEN(test, "domain 1: severe set", DOMAINSET_CLR(1, &vm_severe_domains),
		   DOMAINSET_SET(1, &vm_severe_domains));
}

/* Invariant 14 */
static void dirty_is_within_valid(struct kunit *test)
{
	vm_page_t m;

	vmk_b4(test);
	m = vmk_alloc(test, vmk_object(test, VMK_O, 8), 0);
	m->valid = 0x0f;
	m->dirty = 0x09;
	vmk_expect_audit_clean(test);
	FOUND_WHEN(test, "dirty 0x18, but valid 0xf", m->dirty = 0x18, m->dirty = 0);
}

/* Invariant 15 */
static void cached_page_is_nobodys(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_U, 8);
	m = vmk_cached(test, object, 3, 0);
	vmk_expect_audit_clean(test);
	FOUND_WHEN(test, "cached, but busied or on a free list",
		   m->busy_lock = VPB_UNBUSIED, m->busy_lock = VPB_FREED);
	FOUND_WHEN(test, "cached, but busied or on a free list",
		   m->order = 0, m->order = VM_NFREEORDER);
	FOUND_WHEN(test, "cached, but still in use", m->valid = 0, m->valid = VM_PAGE_BITS_ALL);
	FOUND_WHEN(test, "cached, but still in use", m->dirty = 1, m->dirty = 0);
	FOUND_WHEN(test, "cached, but still in use", m->ref_count = 1, m->ref_count = 0);
	FOUND_WHEN(test, "cached, but still in use",
		   m->a.queue = PQ_INACTIVE, m->a.queue = PQ_NONE);
	FOUND_WHEN(test, "cached, but still in use", m->memattr = VM_MEMATTR_UNCACHEABLE,
		   m->memattr = VM_MEMATTR_DEFAULT);
	FOUND_WHEN(test, "cached, but still in use", m->object = NULL, m->object = object);
}

static void cached_page_is_in_the_index_of_its_object(struct kunit *test)
{
	vm_object_t object, other;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_U, 8);
	other = vmk_object(test, VMK_U, 8);
	m = vmk_cached(test, object, 3, 0);
	FOUND_WHEN(test, "1 pages are cached, objects have 0", m->pindex = 4, m->pindex = 3);
	FOUND_WHEN(test, "1 pages are cached, objects have 0", m->object = other,
		   m->object = object);
	FOUND_WHEN(test, "object of 8 pages: 1 cached, and does not know",
		   object->flags &= ~OBJ_CACHED, object->flags |= OBJ_CACHED);
	FOUND_WHEN(test, "1 pages are cached, objects have 0",
		   xa_erase(&object->cache, 3), xa_store(&object->cache, 3, m, GFP_KERNEL));

	/* That of a page which was taken may stay. */
	xa_store(&object->cache, 7, m, GFP_KERNEL);
	vmk_expect_audit_clean(test);

	/* Nodes need not have any. */
	KUNIT_ASSERT_EQ(test, xa_reserve(&other->cache, 7, GFP_KERNEL), 0);
	vmk_expect_audit_clean(test);
	xa_release(&other->cache, 7);
}

static void cached_page_is_in_the_queue_of_its_domain(struct kunit *test)
{
	struct vm_domain *vmd;
	vm_object_t object;
	vm_page_t m;

	vmk_c2x4(test);
	vmk_set_domain(1);
	vmd = VM_DOMAIN(1);
	object = vmk_object(test, VMK_U, 8);
	m = vmk_cached(test, object, 3, 0);
	vmk_expect_audit_clean(test);
	FOUND_WHEN(test, "domain 1: 1 pages in the cache queue, 2 counted",
		   vmd->vmd_cache_count++, vmd->vmd_cache_count--);
	FOUND_WHEN(test, "domain 1: 0 pages in the cache queue, 1 counted",
		   list_del_init(&m->plinks.q), list_add(&m->plinks.q, &vmd->vmd_cacheq));
	FOUND_WHEN(test, "domain 1: 1 pages are cached, 0 in the queue",
		   list_del_init(&m->plinks.q), list_add(&m->plinks.q, &vmd->vmd_cacheq));
	FOUND_WHEN(test, "domain 0: 0 pages are cached, 1 in the queue",
		   list_move(&m->plinks.q, &VM_DOMAIN(0)->vmd_cacheq),
		   list_move(&m->plinks.q, &vmd->vmd_cacheq));
	/* A page that lost the flag is in the way of everything. */
	FOUND_WHEN(test, "domain 1: 0 pages in the cache queue, 1 counted",
		   m->flags &= ~PG_CACHED, m->flags |= PG_CACHED);
	FOUND_WHEN(test, "domain 1: 1024 pages are free, 1023 counted",
		   m->flags &= ~PG_CACHED, m->flags |= PG_CACHED);
}

/* The text of the findings */

static void findings_fit_the_buffer(struct kunit *test)
{
	char text[16];
	struct vm_audit audit = { .buf = text, .size = 8 };

	memset(text, 'x', sizeof(text));
	vm_audit_fail(&audit, "%s", "abc");
	KUNIT_EXPECT_STREQ(test, text, "abc");
	KUNIT_EXPECT_EQ(test, audit.len, 3);
	vm_audit_fail(&audit, "%s", "defghij");
	KUNIT_EXPECT_STREQ(test, text, "abcdefg");
	KUNIT_EXPECT_EQ(test, audit.len, 7);
	vm_audit_fail(&audit, "%s", "klm");
	KUNIT_EXPECT_STREQ(test, text, "abcdefg");
	KUNIT_EXPECT_EQ(test, audit.failures, 3);
	KUNIT_EXPECT_EQ(test, text[8], 'x');
}

static void findings_count_without_a_buffer(struct kunit *test)
{
	struct vm_audit audit = {};

	vmk_b4(test);
	atomic_inc(&VM_DOMAIN(0)->vmd_free_count);
	vm_audit_all(&audit);
	atomic_dec(&VM_DOMAIN(0)->vmd_free_count);
	KUNIT_EXPECT_GT(test, audit.failures, 0);
	KUNIT_EXPECT_EQ(test, audit.len, 0);
}

static void findings_of_every_layer_are_reported(struct kunit *test)
{
	vm_object_t object;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	atomic_inc(&VM_DOMAIN(0)->vmd_free_count);
	VM_DOMAIN(0)->vmd_minset = true;
	object->resident_page_count++;
	VM_CNT_INC(v_wire_count);
	vmk_expect_audit_finds(test, "pages in free blocks");
	vmk_expect_audit_finds(test, "min set");
	vmk_expect_audit_finds(test, "0 resident, 1 counted");
	vmk_expect_audit_finds(test, "pages are wired");
	atomic_dec(&VM_DOMAIN(0)->vmd_free_count);
	VM_DOMAIN(0)->vmd_minset = false;
	object->resident_page_count--;
	VM_CNT_ADD(v_wire_count, -1);
}

static struct kunit_case vmpage_audit_cases[] = {
	KUNIT_CASE(machines_in_order_are_clean),
	KUNIT_CASE(free_count_is_the_sum_of_the_blocks),
	KUNIT_CASE(page_count_is_what_there_is),
	KUNIT_CASE(order_marks_the_head_of_a_block),
	KUNIT_CASE(free_pages_belong_to_nobody),
	KUNIT_CASE(blocks_are_aligned),
	KUNIT_CASE(buddies_are_one_block),
	KUNIT_CASE(lists_are_as_long_as_they_say),
	KUNIT_CASE(blocks_are_on_the_list_of_their_segment),
	KUNIT_CASE(absent_chunks_are_counted),
	KUNIT_CASE(objects_and_pages_agree),
	KUNIT_CASE(page_of_an_object_is_in_its_index),
	KUNIT_CASE(wired_counter_is_the_number_of_wired_pages),
	KUNIT_CASE(sets_hold_the_short_domains),
	KUNIT_CASE(dirty_is_within_valid),
	KUNIT_CASE(cached_page_is_nobodys),
	KUNIT_CASE(cached_page_is_in_the_index_of_its_object),
	KUNIT_CASE(cached_page_is_in_the_queue_of_its_domain),
	KUNIT_CASE(findings_fit_the_buffer),
	KUNIT_CASE(findings_count_without_a_buffer),
	KUNIT_CASE(findings_of_every_layer_are_reported),
	{}
};

static struct kunit_suite vmpage_audit_suite = {
	.name = "vmpage_audit",
	.init = vmk_init,
	.exit = vmk_exit,
	.test_cases = vmpage_audit_cases,
};

kunit_test_suite(vmpage_audit_suite);
