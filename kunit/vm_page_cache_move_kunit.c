// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Cached pages: how they are replaced, freed, and moved to another object.
 */
#include <linux/spinlock.h>

#include "kunit_fixture.h"

static vm_object_t cache_object(struct kunit *test)
{
	return vmk_object(test, VMK_U, 64);
}

static void transfer(vm_object_t from, vm_pindex_t start, vm_object_t to)
{
	vmpage_object_wlock_two(from, to);
	vm_page_cache_transfer(from, start, to);
	vmpage_object_wunlock_two(from, to);
}

/* Superseded */

static vm_page_t contig(vm_object_t object, vm_pindex_t pindex, u_long npages)
{
	vm_page_t m;

	VM_OBJECT_WLOCK(object);
	m = vm_page_alloc_contig(object, pindex, VM_ALLOC_NORMAL, npages, 0, ~(vm_paddr_t)0,
				 PAGE_SIZE, 0, VM_MEMATTR_DEFAULT);
	VM_OBJECT_WUNLOCK(object);
	return m;
}

static vm_page_t promised(vm_object_t object, vm_pindex_t pindex)
{
	vm_page_t m;

	VM_OBJECT_WLOCK(object);
	m = vmpage_alloc_promised(object, pindex, 0, VM_ALLOC_NORMAL);
	VM_OBJECT_WUNLOCK(object);
	return m;
}

static int insert(vm_page_t m, vm_object_t object, vm_pindex_t pindex)
{
	int ret;

	VM_OBJECT_WLOCK(object);
	ret = vm_page_insert(m, object, pindex);
	VM_OBJECT_WUNLOCK(object);
	return ret;
}

static int rename_page(vm_page_t m, vm_object_t to, vm_pindex_t pindex)
{
	const vm_object_t from = m->object;
	int ret;

	vmpage_object_wlock_two(from, to);
	ret = vm_page_rename(m, to, pindex);
	vmpage_object_wunlock_two(from, to);
	return ret;
}

static void new_page_replaces_the_cached_one(struct kunit *test)
{
	vm_object_t object, other;
	vm_page_t m, old[8];
	int i;

	vmk_b4(test);
	object = cache_object(test);
	other = cache_object(test);
	for (i = 0; i < 8; i++)
		old[i] = vmk_cached(test, object, i, i);

	m = vmk_noobj(test);
	KUNIT_EXPECT_EQ(test, insert(m, object, 1), 0);
	KUNIT_EXPECT_EQ(test, vmk_cached_map(object), 0xfd);
	KUNIT_EXPECT_TRUE(test, vm_page_none_valid(m));
	KUNIT_EXPECT_PTR_EQ(test, old[1]->object, NULL);
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0), 7);
	vmk_expect_audit_clean(test);

	m = vmk_alloc(test, other, 0);
	vm_page_valid(m);
	KUNIT_EXPECT_EQ(test, rename_page(m, object, 2), 0);
	KUNIT_EXPECT_EQ(test, vmk_cached_map(object), 0xf9);
	vmk_expect_audit_clean(test);

	KUNIT_ASSERT_EQ(test, vmpage_promise(VM_DOMAIN(0), 1), 1);
	m = promised(object, 3);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_TRUE(test, vm_page_none_valid(m));
	KUNIT_EXPECT_EQ(test, vmk_cached_map(object), 0xf1);
	vmk_expect_audit_clean(test);

	KUNIT_EXPECT_NOT_NULL(test, contig(object, 5, 2));
	KUNIT_EXPECT_EQ(test, vmk_cached_map(object), 0x91);
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0), 3);
	KUNIT_EXPECT_EQ(test, VM_CNT_FETCH(v_reactivated), 0);
	KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(object, 3), m);
}

static void page_that_does_not_come_leaves_the_cached_one(struct kunit *test)
{
	vm_object_t object, other;
	vm_page_t m, renamed;
	int i;

	vmk_b4(test);
	object = cache_object(test);
	other = cache_object(test);
	for (i = 0; i < 8; i++)
		vmk_cached(test, object, i, i);
	m = vmk_noobj(test);
	renamed = vmk_alloc(test, other, 0);
	vm_page_valid(renamed);

	vmk_fail_node(1);
	KUNIT_EXPECT_EQ(test, insert(m, object, 1), 1);
	vmk_fail_node(1);
	KUNIT_EXPECT_EQ(test, rename_page(renamed, object, 2), 1);
	KUNIT_ASSERT_EQ(test, vmpage_promise(VM_DOMAIN(0), 1), 1);
	vmk_fail_node(1);
	KUNIT_EXPECT_NULL(test, promised(object, 3));
	vmpage_unpromise(VM_DOMAIN(0), 1);
	vmk_fail_node(3);
	KUNIT_EXPECT_NULL(test, contig(object, 4, 4));
	KUNIT_EXPECT_EQ(test, vmk_cached_map(object), 0xff);
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0), 8);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024 - 8 - 2);
}

/* Neither of these may sleep, so they may be called with a spinlock held. */
static void pages_are_replaced_under_a_spinlock(struct kunit *test)
{
	static DEFINE_SPINLOCK(lock);
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = cache_object(test);
	vmk_cached(test, object, 1, 1);
	vmk_cached(test, object, 2, 2);
	m = vmk_noobj(test);
	VM_OBJECT_WLOCK(object);
	spin_lock(&lock);
	KUNIT_EXPECT_EQ(test, vm_page_insert(m, object, 1), 0);
	spin_unlock(&lock);
	VM_OBJECT_WUNLOCK(object);
	KUNIT_EXPECT_EQ(test, vmk_cached_map(object), 0x4);
}

/* Going */

static void K10_freeing_all(struct kunit *test)
{
	struct vmk_counts before;
	vm_object_t object, other;
	int i;

	vmk_c2x4(test);
	object = cache_object(test);
	other = cache_object(test);
	vmk_counts(&before);
	for (i = 0; i < 10; i++) {
		vmk_set_domain(i & 1);
		vmk_cached(test, object, i * 7 % 64, i);
	}
	vmk_cached(test, object, ULONG_MAX, 0);
	vmk_cached(test, other, 0, 0);
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0) + vmk_cache_count(1), 12);
	KUNIT_EXPECT_GE(test, vmk_cache_count(0), 5);
	KUNIT_EXPECT_GE(test, vmk_cache_count(1), 5);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0) + vmk_free_count(1), 2048 - 12);

	vmk_cache_free(object, 0, 0);
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0) + vmk_cache_count(1), 1);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0) + vmk_free_count(1), 2048 - 1);
	KUNIT_EXPECT_EQ(test, vmk_cached_map(object), 0);
	KUNIT_EXPECT_FALSE(test, vmk_is_cached(object, ULONG_MAX));
	KUNIT_EXPECT_TRUE(test, vmk_is_cached(other, 0));
	KUNIT_EXPECT_EQ(test, vmk_tfree(), 11);
	KUNIT_EXPECT_FALSE(test, object->flags & OBJ_CACHED);
	KUNIT_EXPECT_TRUE(test, other->flags & OBJ_CACHED);

	/* There are none left to free. */
	vmk_cache_free(object, 0, 0);
	KUNIT_EXPECT_EQ(test, vmk_tfree(), 11);
}

static void freeing_a_range(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m[10];
	int i;

	vmk_b4(test);
	object = cache_object(test);
	for (i = 0; i < 10; i++)
		m[i] = vmk_cached(test, object, i, i);
	vmk_cache_free(object, 3, 5);
	KUNIT_EXPECT_EQ(test, vmk_cached_map(object), 0x3e7);
	KUNIT_EXPECT_EQ(test, m[3]->valid, 0);
	KUNIT_EXPECT_PTR_EQ(test, m[3]->object, NULL);
	KUNIT_EXPECT_EQ(test, m[3]->flags, 0);
	KUNIT_EXPECT_TRUE(test, object->flags & OBJ_CACHED);

	/* Nothing lies in these. */
	vmk_cache_free(object, 3, 5);
	vmk_cache_free(object, 6, 6);
	vmk_cache_free(object, 7, 6);
	vmk_cache_free(object, 9, 1);
	vmk_cache_free(object, 10, 64);
	vmk_cache_free(object, 10, 0);
	KUNIT_EXPECT_EQ(test, vmk_cached_map(object), 0x3e7);
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0), 8);

	vmk_cache_free(object, 0, 1);
	KUNIT_EXPECT_EQ(test, vmk_cached_map(object), 0x3e6);
	vmk_cache_free(object, 8, 0);
	KUNIT_EXPECT_EQ(test, vmk_cached_map(object), 0xe6);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024 - 5);
	/* Resident pages are not meant. */
	KUNIT_ASSERT_PTR_EQ(test, vmk_alloc(test, object, 7), m[7]);
	vmk_cache_free(object, 0, 0);
	KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(object, 7), m[7]);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1023);

	vmk_refused(test, vm_page_cache_free(object, 0, 0));
	VM_OBJECT_RLOCK(object);
	vmk_refused(test, vm_page_cache_free(object, 0, 0));
	VM_OBJECT_RUNLOCK(object);
}

static void is_cached_needs_a_lock(struct kunit *test)
{
	vm_object_t object;

	vmk_b4(test);
	object = cache_object(test);
	vmk_cached(test, object, 0, 0);
	vmk_refused(test, KUNIT_EXPECT_FALSE(test, vm_page_is_cached(object, 0)));
	VM_OBJECT_RLOCK(object);
	KUNIT_EXPECT_EQ(test, vm_page_is_cached(object, 0), 1);
	VM_OBJECT_RUNLOCK(object);
	VM_OBJECT_WLOCK(object);
	KUNIT_EXPECT_EQ(test, vm_page_is_cached(object, 0), 1);
	KUNIT_EXPECT_EQ(test, vm_page_is_cached(object, 1), 0);
	VM_OBJECT_WUNLOCK(object);
}

static void pages_end_with_their_object(struct kunit *test)
{
	vm_object_t object;
	int i;

	vmk_c2x4(test);
	object = cache_object(test);
	for (i = 0; i < 20; i++) {
		vmk_set_domain(i & 1);
		vmk_cached(test, object, i * 1000, i);
	}
	vmk_alloc(test, object, 1);
	vmk_object_drop(test, object);
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0) + vmk_cache_count(1), 0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0) + vmk_free_count(1), 2048);
	vmk_expect_audit_clean(test);
}

/* Moving */

static void transfer_moves_what_fits(struct kunit *test)
{
	vm_object_t from, to;
	vm_page_t m[10];
	int i;

	vmk_b4(test);
	from = cache_object(test);
	to = vmk_object(test, VMK_U, 4);
	for (i = 0; i < 10; i++)
		m[i] = vmk_cached(test, from, i, i);
	transfer(from, 3, to);
	KUNIT_EXPECT_EQ(test, vmk_cached_map(from), 0x387);
	KUNIT_EXPECT_EQ(test, vmk_cached_map(to), 0xf);
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0), 10);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1014);
	vmk_expect_audit_clean(test);

	for (i = 0; i < 4; i++) {
		KUNIT_EXPECT_PTR_EQ(test, vmk_alloc(test, to, i), m[i + 3]);
		KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(m[i + 3], i + 3));
		KUNIT_EXPECT_EQ(test, m[i + 3]->valid, VM_PAGE_BITS_ALL);
	}
	KUNIT_EXPECT_PTR_EQ(test, vmk_alloc(test, from, 7), m[7]);
	KUNIT_EXPECT_NE(test, vmk_alloc(test, from, 3)->valid, VM_PAGE_BITS_ALL);
}

/* In the order in which they were cached, wherever they are now. */
static void transfer_makes_no_page_younger(struct kunit *test)
{
	vm_object_t from, to;
	int i;

	vmk_b4(test);
	from = cache_object(test);
	to = cache_object(test);
	for (i = 0; i < 6; i++)
		vmk_cached(test, from, (i * 5 + 2) % 6, i);
	/* Cached at 2, 1, 0, 5, 4, 3. */
	transfer(from, 4, to);
	KUNIT_EXPECT_EQ(test, vm_page_cache_reclaim(VM_DOMAIN(0), 3), 3);
	KUNIT_EXPECT_EQ(test, vmk_cached_map(from), 0x8);
	KUNIT_EXPECT_EQ(test, vmk_cached_map(to), 0x3);
	KUNIT_EXPECT_EQ(test, vm_page_cache_reclaim(VM_DOMAIN(0), 1), 1);
	KUNIT_EXPECT_EQ(test, vmk_cached_map(to), 0x1);
	KUNIT_EXPECT_EQ(test, vm_page_cache_reclaim(VM_DOMAIN(0), 1), 1);
	KUNIT_EXPECT_EQ(test, vmk_cached_map(to), 0);
	KUNIT_EXPECT_EQ(test, vmk_cached_map(from), 0x8);
	KUNIT_EXPECT_EQ(test, vm_page_cache_reclaim(VM_DOMAIN(0), 9), 1);
}

static void transfer_of_nothing(struct kunit *test)
{
	vm_object_t from, to, empty;

	vmk_b4(test);
	from = cache_object(test);
	to = cache_object(test);
	empty = vmk_object(test, VMK_U, 0);
	vmk_cached(test, from, 3, 0);
	transfer(from, 4, to);
	transfer(from, 0, empty);
	KUNIT_EXPECT_EQ(test, vmk_cached_map(from), 0x8);
	transfer(to, 0, empty);
	KUNIT_EXPECT_EQ(test, vmk_cached_map(to), 0);
	transfer(from, 3, to);
	KUNIT_EXPECT_EQ(test, vmk_cached_map(to), 0x1);
	/* Taken meanwhile: the object counts as one without. */
	KUNIT_EXPECT_EQ(test, vm_page_cache_reclaim(VM_DOMAIN(0), 1), 1);
	vmk_cached(test, from, 3, 0);
	transfer(from, 2, to);
	KUNIT_EXPECT_EQ(test, vmk_cached_map(to), 0x2);
}

static void transfer_is_refused(struct kunit *test)
{
	vm_object_t from, to;

	vmk_b4(test);
	from = cache_object(test);
	to = cache_object(test);
	vmk_cached(test, from, 3, 0);
	vmk_cached(test, to, 50, 0);
	/* The new object has cached pages. */
	vmk_refused(test, transfer(from, 0, to));
	vmk_refused(test, transfer(from, 0, from));
	vmk_cache_free(to, 0, 0);

	vmk_refused(test, vm_page_cache_transfer(from, 0, to));
	VM_OBJECT_WLOCK(from);
	vmk_refused(test, vm_page_cache_transfer(from, 0, to));
	VM_OBJECT_WUNLOCK(from);
	KUNIT_EXPECT_EQ(test, vmk_cached_map(from), 0x8);
	KUNIT_EXPECT_EQ(test, vmk_cached_map(to), 0);
}

static void transfer_frees_what_finds_no_node(struct kunit *test)
{
	vm_object_t from, to;
	int i;

	vmk_b4(test);
	from = cache_object(test);
	to = cache_object(test);
	for (i = 0; i < 4; i++)
		vmk_cached(test, from, i, i);
	vmk_fail_node(2);
	transfer(from, 0, to);
	KUNIT_EXPECT_EQ(test, vmk_cached_map(from), 0);
	KUNIT_EXPECT_EQ(test, vmk_cached_map(to), 0xd);
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0), 3);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1021);
	vmk_expect_audit_clean(test);
}

static void transfer_does_not_hide_a_page_behind_a_resident_one(struct kunit *test)
{
	vm_object_t from, to;
	vm_page_t m;
	int i;

	vmk_b4(test);
	from = cache_object(test);
	to = cache_object(test);
	for (i = 0; i < 4; i++)
		vmk_cached(test, from, i, 0x11);
	m = vmk_alloc(test, to, 2);
	transfer(from, 0, to);
	KUNIT_EXPECT_EQ(test, vmk_cached_map(to), 0xb);
	KUNIT_EXPECT_EQ(test, vmk_cached_map(from), 0);
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0), 3);

	/* The old content does not come back after the new one. */
	vmk_cache(test, m, 0x22);
	KUNIT_EXPECT_EQ(test, vmk_cached_map(to), 0xf);
	KUNIT_EXPECT_PTR_EQ(test, vmk_alloc(test, to, 2), m);
	KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(m, 0x22));
	vmk_expect_audit_clean(test);
}

static void transfer_leaves_a_page_that_was_taken_to_its_owner(struct kunit *test)
{
	vm_object_t from, to;
	vm_page_t m;

	vmk_b4(test);
	from = cache_object(test);
	to = cache_object(test);
	m = vmk_cached(test, from, 0, 0x11);
	vmk_cached(test, from, 1, 0x22);
	KUNIT_EXPECT_TRUE(test, vm_page_cache_evict(VM_DOMAIN(0), m));
	transfer(from, 0, to);
	KUNIT_EXPECT_NULL(test, m->object);
	KUNIT_EXPECT_EQ(test, vmk_cached_map(to), 0x2);
	KUNIT_EXPECT_TRUE(test, xa_empty(&from->cache));
	KUNIT_EXPECT_FALSE(test, from->flags & OBJ_CACHED);
}

static void transfer_takes_pages_of_all_domains(struct kunit *test)
{
	vm_object_t from, to;
	int i;

	vmk_c2x4(test);
	from = cache_object(test);
	to = cache_object(test);
	for (i = 0; i < 8; i++) {
		vmk_set_domain(i & 1);
		vmk_cached(test, from, i, i);
	}
	transfer(from, 2, to);
	KUNIT_EXPECT_EQ(test, vmk_cached_map(from), 0x3);
	KUNIT_EXPECT_EQ(test, vmk_cached_map(to), 0x3f);
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0), 4);
	KUNIT_EXPECT_EQ(test, vmk_cache_count(1), 4);
	for (i = 0; i < 6; i++)
		KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(vmk_alloc(test, to, i), i + 2));
}

static struct kunit_case vmpage_page_cache_move_cases[] = {
	KUNIT_CASE(new_page_replaces_the_cached_one),
	KUNIT_CASE(page_that_does_not_come_leaves_the_cached_one),
	KUNIT_CASE(pages_are_replaced_under_a_spinlock),
	KUNIT_CASE(K10_freeing_all),
	KUNIT_CASE(freeing_a_range),
	KUNIT_CASE(is_cached_needs_a_lock),
	KUNIT_CASE(pages_end_with_their_object),
	KUNIT_CASE(transfer_moves_what_fits),
	KUNIT_CASE(transfer_makes_no_page_younger),
	KUNIT_CASE(transfer_of_nothing),
	KUNIT_CASE(transfer_is_refused),
	KUNIT_CASE(transfer_frees_what_finds_no_node),
	KUNIT_CASE(transfer_does_not_hide_a_page_behind_a_resident_one),
	KUNIT_CASE(transfer_leaves_a_page_that_was_taken_to_its_owner),
	KUNIT_CASE(transfer_takes_pages_of_all_domains),
	{}
};

static struct kunit_suite vmpage_page_cache_move_suite = {
	.name = "vmpage_page_cache_move",
	.init = vmk_init,
	.exit = vmk_exit,
	.test_cases = vmpage_page_cache_move_cases,
};

kunit_test_suite(vmpage_page_cache_move_suite);
