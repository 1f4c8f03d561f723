// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Cached pages: how they come, and come back with their content.
 *
 * Objects are of vnodes, unless a case is about others: those keep their pages.
 */
#include "kunit_fixture.h"

#define B4_RESERVED	43		/* B4: pages that NORMAL requests leave */

static vm_object_t cache_object(struct kunit *test)
{
	return vmk_object(test, VMK_U, 64);
}

/* An allocated page, wholly valid, clean, and nobody's. */
static vm_page_t idle_page(struct kunit *test, vm_object_t object, vm_pindex_t pindex)
{
	vm_page_t m = vmk_alloc(test, object, pindex);

	vm_page_valid(m);
	vm_page_xunbusy(m);
	return m;
}

static void cache_page(vm_page_t m)
{
	const vm_object_t object = m->object;

	VM_OBJECT_WLOCK(object);
	vm_page_cache(m);
	VM_OBJECT_WUNLOCK(object);
}

static int try_to_cache(vm_page_t m)
{
	const vm_object_t object = m->object;
	int ret;

	VM_OBJECT_WLOCK(object);
	ret = vm_page_try_to_cache(m);
	VM_OBJECT_WUNLOCK(object);
	return ret;
}

static vm_page_t alloc_ifcached(vm_object_t object, vm_pindex_t pindex, int req)
{
	vm_page_t m;

	VM_OBJECT_WLOCK(object);
	m = vmpage_alloc_ifcached(object, pindex, req);
	VM_OBJECT_WUNLOCK(object);
	return m;
}

/* Coming */

static void K01_page_becomes_cached(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = cache_object(test);
	m = idle_page(test, object, 3);
	KUNIT_EXPECT_FALSE(test, vmk_is_cached(object, 3));
	cache_page(m);
	KUNIT_EXPECT_NULL(test, vmk_lookup(object, 3));
	KUNIT_EXPECT_TRUE(test, vmk_is_cached(object, 3));
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0), 1);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1023);
	KUNIT_EXPECT_EQ(test, object->resident_page_count, 0);

	KUNIT_EXPECT_EQ(test, VM_CNT_FETCH(v_tcached), 1);
	KUNIT_EXPECT_EQ(test, vmk_tfree(), 0);
	KUNIT_EXPECT_FALSE(test, vmk_is_cached(object, 2));
	KUNIT_EXPECT_FALSE(test, vmk_is_cached(object, 4));
	KUNIT_EXPECT_FALSE(test, vmk_is_cached(object, ULONG_MAX));
	KUNIT_EXPECT_FALSE(test, vmk_is_cached(cache_object(test), 3));
	vmk_expect_audit_clean(test);
}

static void cached_page_is_nobodys(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = cache_object(test);
	m = vmk_alloc(test, object, 3);
	m->flags |= PG_ZERO;
	vm_page_aflag_set(m, PGA_REFERENCED);
	m->a.queue = PQ_ACTIVE;
	m->a.act_count = 7;
	vmk_cache(test, m, 0x5a);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_FREED);
	KUNIT_EXPECT_EQ(test, m->ref_count, 0);
	KUNIT_EXPECT_PTR_EQ(test, m->object, object);
	KUNIT_EXPECT_EQ(test, m->pindex, 3);
	KUNIT_EXPECT_EQ(test, m->valid, VM_PAGE_BITS_ALL);
	KUNIT_EXPECT_EQ(test, m->a.flags, 0);
	KUNIT_EXPECT_EQ(test, m->a.act_count, 0);
	KUNIT_EXPECT_EQ(test, m->a.queue, PQ_NONE);
	KUNIT_EXPECT_EQ(test, m->flags, PG_CACHED);
	KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(m, 0x5a));

	/* Who tries to get hold of it gets nothing. */
	KUNIT_EXPECT_EQ(test, vm_page_tryxbusy(m), 0);
	KUNIT_EXPECT_EQ(test, vm_page_trysbusy(m), 0);
	vmk_refused(test, vm_page_wire(m));
	VM_OBJECT_WLOCK(object);
	vmk_refused(test, vm_page_free(m));
	vmk_refused(test, vm_page_remove(m));
	VM_OBJECT_WUNLOCK(object);
}

static void K07_page_without_content_is_freed(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = cache_object(test);
	m = vmk_alloc(test, object, 0);
	vm_page_xunbusy(m);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1023);
	cache_page(m);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
	KUNIT_EXPECT_FALSE(test, vmk_is_cached(object, 0));
	KUNIT_EXPECT_NULL(test, vmk_lookup(object, 0));
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0), 0);
	KUNIT_EXPECT_EQ(test, VM_CNT_FETCH(v_tcached), 0);
	KUNIT_EXPECT_EQ(test, vmk_tfree(), 1);
}

static void K07_page_that_cannot_be_made_again_is_freed(struct kunit *test)
{
	vm_object_t objects[2];
	vm_page_t m;
	int i;

	vmk_b4(test);
	objects[0] = vmk_object_type(test, OBJT_DEFAULT, 8);
	objects[1] = vmk_object(test, VMK_O, 8);
	for (i = 0; i < 2; i++) {
		m = idle_page(test, objects[i], 5);
		cache_page(m);
		KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
		KUNIT_EXPECT_FALSE(test, vmk_is_cached(objects[i], 5));
		KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_FREED);

		m = idle_page(test, objects[i], 5);
		KUNIT_EXPECT_EQ(test, try_to_cache(m), 1);
		KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
		KUNIT_EXPECT_FALSE(test, vmk_is_cached(objects[i], 5));
	}
}

static void K07_page_that_finds_no_node_is_freed(struct kunit *test)
{
	vm_object_t object;

	vmk_b4(test);
	object = cache_object(test);
	vmk_fail_node(0);
	idle_page(test, object, 5);
	vmk_fail_node(1);
	cache_page(vmk_lookup(object, 5));
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
	KUNIT_EXPECT_FALSE(test, vmk_is_cached(object, 5));
	KUNIT_EXPECT_NULL(test, vmk_lookup(object, 5));
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0), 0);
}

static void K08_page_that_is_dirty_or_held_is_refused(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = cache_object(test);
	m = vmk_alloc(test, object, 0);
	vm_page_valid(m);
	VM_OBJECT_WLOCK(object);
	/* Busied by the caller */
	vmk_refused(test, vm_page_cache(m));
	KUNIT_EXPECT_TRUE(test, vm_page_xbusied(m));
	vm_page_xunbusy(m);

	m->dirty = 0x10;
	vmk_refused(test, vm_page_cache(m));
	KUNIT_EXPECT_EQ(test, m->dirty, 0x10);
	m->dirty = 0;

	vm_page_wire(m);
	vmk_refused(test, vm_page_cache(m));
	KUNIT_EXPECT_TRUE(test, vm_page_wired(m));
	vm_page_unwire_noq(m);

	KUNIT_EXPECT_PTR_EQ(test, vm_page_lookup(object, 0), m);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_UNBUSIED);
	KUNIT_EXPECT_FALSE(test, vm_page_is_cached(object, 0));
	VM_OBJECT_WUNLOCK(object);
}

static void K08_page_of_the_wrong_kind_is_refused(struct kunit *test)
{
	vm_object_t object, phys;
	vm_page_t m;

	vmk_b4(test);
	phys = vmk_object_type(test, OBJT_PHYS, 8);
	m = idle_page(test, phys, 0);
	KUNIT_EXPECT_TRUE(test, m->oflags & VPO_UNMANAGED);
	VM_OBJECT_WLOCK(phys);
	vmk_refused(test, vm_page_cache(m));
	KUNIT_EXPECT_EQ(test, vm_page_try_to_cache(m), 0);
	VM_OBJECT_WUNLOCK(phys);
	KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(phys, 0), m);

	/* Without an object */
	m = vmk_noobj(test);
	vmk_refused(test, vm_page_cache(m));
	vmk_refused(test, KUNIT_EXPECT_EQ(test, vm_page_try_to_cache(m), 0));

	/* Cached already; then with its object not locked, or for reading only */
	object = cache_object(test);
	m = vmk_cached(test, object, 1, 1);
	VM_OBJECT_WLOCK(object);
	vmk_refused(test, vm_page_cache(m));
	VM_OBJECT_WUNLOCK(object);
	KUNIT_EXPECT_TRUE(test, vmk_is_cached(object, 1));
	m = idle_page(test, object, 2);
	vmk_refused(test, vm_page_cache(m));
	vmk_refused(test, KUNIT_EXPECT_EQ(test, vm_page_try_to_cache(m), 0));
	VM_OBJECT_RLOCK(object);
	vmk_refused(test, vm_page_cache(m));
	VM_OBJECT_RUNLOCK(object);
	KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(object, 2), m);
}

static void xbusy(void *arg)
{
	vm_page_t m = arg;

	vm_page_tryxbusy(m);
}

static void busied_page_stays(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = cache_object(test);
	m = idle_page(test, object, 0);
	KUNIT_ASSERT_EQ(test, vm_page_trysbusy(m), 1);
	cache_page(m);
	KUNIT_EXPECT_EQ(test, try_to_cache(m), 0);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_SHARERS_WORD(1));
	vm_page_sunbusy(m);

	/* By another one, whom the end of the case will clear away */
	vmk_in_thread(test, xbusy, m);
	cache_page(m);
	KUNIT_EXPECT_EQ(test, try_to_cache(m), 0);
	KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(object, 0), m);
	KUNIT_EXPECT_FALSE(test, vmk_is_cached(object, 0));

	/* With its object */
	m = idle_page(test, object, 1);
	VM_OBJECT_WLOCK(object);
	vm_object_busy(object);
	vm_page_cache(m);
	KUNIT_EXPECT_EQ(test, vm_page_try_to_cache(m), 0);
	vm_object_unbusy(object);
	VM_OBJECT_WUNLOCK(object);
	KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(object, 1), m);
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0), 0);
}

static void try_to_cache_tells_whether_it_did(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = cache_object(test);
	m = vmk_alloc(test, object, 0);
	vm_page_valid(m);
	KUNIT_EXPECT_EQ(test, try_to_cache(m), 0);
	KUNIT_EXPECT_TRUE(test, vm_page_xbusied(m));
	vm_page_xunbusy(m);

	m->dirty = 1;
	KUNIT_EXPECT_EQ(test, try_to_cache(m), 0);
	KUNIT_EXPECT_EQ(test, m->dirty, 1);
	m->dirty = 0;

	KUNIT_ASSERT_EQ(test, vm_page_tryxbusy(m), 1);
	vm_page_wire(m);
	vm_page_xunbusy(m);
	KUNIT_EXPECT_EQ(test, try_to_cache(m), 0);
	KUNIT_EXPECT_TRUE(test, vm_page_wired(m));
	vm_page_unwire_noq(m);
	KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(object, 0), m);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_UNBUSIED);

	KUNIT_EXPECT_EQ(test, try_to_cache(m), 1);
	KUNIT_EXPECT_TRUE(test, vmk_is_cached(object, 0));
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0), 1);
	/* It has no lock to be asked under that it could lack. */
	KUNIT_EXPECT_EQ(test, try_to_cache(m), 0);
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0), 1);
}

struct busy_waiter {
	vm_object_t object;
	vm_page_t m;
	struct kunit *test;
	bool done;
};

/* From the moment that the page is busied */
static void wait_for_busy(void *arg)
{
	struct busy_waiter *w = arg;

	while (!vm_page_xbusied(w->m))
		cond_resched();
	vm_page_busy_sleep_unlocked(w->object, w->m, 0, "cached", 0);
	w->done = true;
}

static struct busy_waiter busy_waiter;

static void until_somebody_waits(void)
{
	vmk_until(busy_waiter.test, READ_ONCE(busy_waiter.m->busy_lock) & VPB_BIT_WAITERS);
}

static void who_waits_for_the_page_is_woken(struct kunit *test)
{
	struct busy_waiter *w = &busy_waiter;
	struct vmk_thread *t;

	vmk_b4(test);
	w->object = cache_object(test);
	w->test = test;
	w->done = false;
	w->m = idle_page(test, w->object, 0);
	t = vmk_thread_start(test, wait_for_busy, w);
	vmk_at_node(until_somebody_waits);
	cache_page(w->m);
	vmk_at_node(NULL);
	vmk_thread_join(test, t);
	KUNIT_EXPECT_TRUE(test, w->done);
	KUNIT_EXPECT_EQ(test, w->m->busy_lock, VPB_FREED);
	KUNIT_EXPECT_TRUE(test, vmk_is_cached(w->object, 0));
}

/* Back */

static void K02_reactivation(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = cache_object(test);
	m = vmk_cached(test, object, 3, 0x5a);
	KUNIT_EXPECT_PTR_EQ(test, vmk_alloc_req(test, object, 3, VM_ALLOC_NORMAL), m);
	KUNIT_EXPECT_EQ(test, m->valid, VM_PAGE_BITS_ALL);
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0), 0);
	KUNIT_EXPECT_EQ(test, VM_CNT_FETCH(v_reactivated), 1);

	KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(m, 0x5a));
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1023);
	KUNIT_EXPECT_EQ(test, object->resident_page_count, 1);
	KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(object, 3), m);
	KUNIT_EXPECT_FALSE(test, vmk_is_cached(object, 3));
	KUNIT_EXPECT_FALSE(test, object->flags & OBJ_CACHED);
	KUNIT_EXPECT_TRUE(test, vm_page_xbusied(m));
	KUNIT_EXPECT_EQ(test, m->ref_count, VPRC_OBJREF);
	KUNIT_EXPECT_EQ(test, m->flags, 0);
	KUNIT_EXPECT_EQ(test, m->dirty, 0);
}

/* As often as one likes, and next to other pages. */
static void content_survives(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m[4];
	int i, round;

	vmk_b4(test);
	object = cache_object(test);
	for (i = 0; i < 4; i++)
		m[i] = vmk_cached(test, object, i * 5, i);
	for (round = 0; round < 3; round++) {
		for (i = 3; i >= 0; i--) {
			KUNIT_ASSERT_PTR_EQ(test, vmk_alloc(test, object, i * 5), m[i]);
			KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(m[i], i + round));
			vmk_cache(test, m[i], i + round + 1);
		}
	}
	KUNIT_EXPECT_EQ(test, VM_CNT_FETCH(v_tcached), 16);
	KUNIT_EXPECT_EQ(test, VM_CNT_FETCH(v_reactivated), 12);
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0), 4);
}

static void valid_bits_tell_what_counts(struct kunit *test)
{
	static const u8 valid[] = { 0x01, 0x80, 0x3c, 0xff };
	vm_object_t object;
	vm_page_t m;
	int i;

	vmk_b4(test);
	object = cache_object(test);
	for (i = 0; i < ARRAY_SIZE(valid); i++) {
		m = vmk_alloc(test, object, i);
		m->valid = valid[i];
		vm_page_xunbusy(m);
		cache_page(m);
		KUNIT_EXPECT_TRUE(test, vmk_is_cached(object, i));
		m = i & 1 ? alloc_ifcached(object, i, VM_ALLOC_NORMAL) : vmk_alloc(test, object, i);
		KUNIT_ASSERT_NOT_NULL(test, m);
		KUNIT_EXPECT_EQ(test, m->valid, valid[i]);
	}
}

/* The flags of a request mean what they mean for a new page. */
static void reactivated_as_asked_for(struct kunit *test, bool ifcached)
{
	vm_object_t object = cache_object(test);
	vm_page_t m;
	int i;
	static const struct {
		int req;
		u_int busy_lock;
	} cases[] = {
		{ VM_ALLOC_NORMAL | VM_ALLOC_NOBUSY, VPB_UNBUSIED },
		{ VM_ALLOC_SYSTEM | VM_ALLOC_SBUSY, VPB_SHARERS_WORD(1) },
		{ VM_ALLOC_INTERRUPT | VM_ALLOC_NOBUSY | VM_ALLOC_WIRED, VPB_UNBUSIED },
		{ VM_ALLOC_SBUSY | VM_ALLOC_NOWAIT | VM_ALLOC_COUNT(3), VPB_SHARERS_WORD(1) },
		{ VM_ALLOC_NOBUSY | VM_ALLOC_WAITFAIL | VM_ALLOC_ZERO, VPB_UNBUSIED },
	};

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		vmk_cached(test, object, i, 0x77);
		if (ifcached)
			m = alloc_ifcached(object, i, cases[i].req);
		else
			m = vmk_alloc_req(test, object, i, cases[i].req);
		KUNIT_ASSERT_NOT_NULL(test, m);
		KUNIT_EXPECT_EQ(test, m->busy_lock, cases[i].busy_lock);
		KUNIT_EXPECT_EQ(test, vm_page_wired(m), !!(cases[i].req & VM_ALLOC_WIRED));
		KUNIT_EXPECT_EQ(test, vmk_wired(), !!(cases[i].req & VM_ALLOC_WIRED));
		KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(m, 0x77));
		KUNIT_EXPECT_EQ(test, m->a.queue, PQ_NONE);
		KUNIT_EXPECT_EQ(test, m->a.act_count, 0);
		if (vm_page_wired(m))
			vm_page_unwire_noq(m);
	}
	KUNIT_EXPECT_EQ(test, VM_CNT_FETCH(v_reactivated), ARRAY_SIZE(cases));
}

static void alloc_busies_and_wires_as_asked_for(struct kunit *test)
{
	vmk_b4(test);
	reactivated_as_asked_for(test, false);
}

static void ifcached_busies_and_wires_as_asked_for(struct kunit *test)
{
	vmk_b4(test);
	reactivated_as_asked_for(test, true);
}

static void every_allocation_at_the_index_brings_it_back(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m[6];
	int i;

	vmk_c2x4(test);
	object = cache_object(test);
	vmk_alloc(test, object, 0);
	for (i = 1; i < 6; i++)
		m[i] = vmk_cached(test, object, i, i);
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0), 5);

	/* Its own domain is where it comes from, whichever one was asked. */
	VM_OBJECT_WLOCK(object);
	KUNIT_EXPECT_PTR_EQ(test, vm_page_alloc_domain(object, 1, 1, VM_ALLOC_NORMAL), m[1]);
	KUNIT_EXPECT_PTR_EQ(test, vm_page_alloc_after(object, 2, VM_ALLOC_NORMAL, m[1]), m[2]);
	KUNIT_EXPECT_PTR_EQ(test, vm_page_alloc_domain_after(object, 3, 1, VM_ALLOC_NORMAL, m[2]),
			    m[3]);
	KUNIT_EXPECT_PTR_EQ(test, vm_page_grab(object, 4, VM_ALLOC_NORMAL), m[4]);
	KUNIT_EXPECT_PTR_EQ(test, vmpage_alloc_ifcached(object, 5, VM_ALLOC_NORMAL), m[5]);
	VM_OBJECT_WUNLOCK(object);
	for (i = 1; i < 6; i++) {
		KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(m[i], i));
		KUNIT_EXPECT_EQ(test, m[i]->valid, VM_PAGE_BITS_ALL);
	}
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0), 0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024 - 6);
	KUNIT_EXPECT_EQ(test, vmk_free_count(1), 1024);
	KUNIT_EXPECT_EQ(test, VM_CNT_FETCH(v_reactivated), 5);
}

static void page_with_an_attribute_is_freed(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = cache_object(test);
	m = idle_page(test, object, 0);
	m->memattr = VM_MEMATTR_UNCACHEABLE;
	cache_page(m);
	KUNIT_EXPECT_FALSE(test, vmk_is_cached(object, 0));
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
	KUNIT_EXPECT_EQ(test, pmap_page_get_memattr(m), VM_MEMATTR_DEFAULT);
}

static void object_with_an_attribute_has_no_cached_pages(struct kunit *test)
{
	vm_object_t object, other;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_V, 1024);
	vmk_cached(test, object, 0, 0x5a);
	VM_OBJECT_WLOCK(object);
	KUNIT_EXPECT_EQ(test, vm_object_set_memattr(object, VM_MEMATTR_DEFAULT), KERN_SUCCESS);
	KUNIT_EXPECT_TRUE(test, vm_page_is_cached(object, 0));
	KUNIT_EXPECT_EQ(test, vm_object_set_memattr(object, VM_MEMATTR_UNCACHEABLE), KERN_SUCCESS);
	KUNIT_EXPECT_FALSE(test, vm_page_is_cached(object, 0));
	VM_OBJECT_WUNLOCK(object);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);

	/* Neither what is moved to it, nor ordinary pages that it was given. */
	other = cache_object(test);
	vmk_cached(test, other, 3, 0x5a);
	vmpage_object_wlock_two(other, object);
	vm_page_cache_transfer(other, 0, object);
	vmpage_object_wunlock_two(other, object);
	KUNIT_EXPECT_FALSE(test, vmk_is_cached(object, 3));
	m = vm_page_alloc_noobj(VM_ALLOC_NORMAL);
	KUNIT_ASSERT_NOT_NULL(test, m);
	VM_OBJECT_WLOCK(object);
	KUNIT_ASSERT_EQ(test, vm_page_insert(m, object, 4), 0);
	KUNIT_ASSERT_EQ(test, vm_page_tryxbusy(m), 1);
	vm_page_valid(m);
	vm_page_xunbusy(m);
	VM_OBJECT_WUNLOCK(object);
	cache_page(m);
	KUNIT_EXPECT_FALSE(test, vmk_is_cached(object, 4));
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
}

/* Pages of the first chunk that a dump is to leave out */
static unsigned int nodump_count(void)
{
	return vm_phys_segs[0]->chunks[0] & GENMASK(9, 0);
}

static void dump_leaves_out_what_is_asked_for(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = cache_object(test);
	m = vmk_alloc_req(test, object, 0, VM_ALLOC_NODUMP);
	KUNIT_ASSERT_NOT_NULL(test, m);
	vmk_cache(test, m, 1);
	KUNIT_EXPECT_EQ(test, m->flags, PG_CACHED | PG_NODUMP);
	KUNIT_EXPECT_EQ(test, nodump_count(), 1);

	KUNIT_EXPECT_PTR_EQ(test, vmk_alloc_req(test, object, 0, VM_ALLOC_NODUMP), m);
	KUNIT_EXPECT_EQ(test, m->flags, PG_NODUMP);
	KUNIT_EXPECT_EQ(test, nodump_count(), 1);
	vmk_cache(test, m, 2);
	KUNIT_EXPECT_PTR_EQ(test, vmk_alloc(test, object, 0), m);
	KUNIT_EXPECT_EQ(test, m->flags, 0);
	KUNIT_EXPECT_EQ(test, nodump_count(), 0);

	/* Taken for somebody else */
	vmk_free(test, m);
	m = vmk_alloc_req(test, object, 0, VM_ALLOC_NODUMP);
	vmk_cache(test, m, 3);
	vmk_cache_free(object, 0, 0);
	KUNIT_EXPECT_EQ(test, nodump_count(), 0);
}

static void K11_below_the_reserve_no_page_comes_back(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = cache_object(test);
	m = vmk_cached(test, object, 0, 9);
	vmk_leave_free(test, 0, B4_RESERVED - 1);
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), 0);
	KUNIT_EXPECT_NULL(test, vmk_alloc_req(test, object, 0, VM_ALLOC_NORMAL));
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), 1);
	KUNIT_EXPECT_NULL(test, alloc_ifcached(object, 0, VM_ALLOC_NORMAL | VM_ALLOC_COUNT(4)));
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), 5);
	KUNIT_EXPECT_TRUE(test, vmk_is_cached(object, 0));
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0), 1);
	KUNIT_EXPECT_EQ(test, VM_CNT_FETCH(v_reactivated), 0);

	/* Other classes may go lower, and one page more is enough for this one. */
	KUNIT_EXPECT_PTR_EQ(test, alloc_ifcached(object, 0, VM_ALLOC_SYSTEM), m);
	vmk_cache(test, m, 9);
	KUNIT_EXPECT_PTR_EQ(test, vmk_alloc_req(test, object, 0, VM_ALLOC_INTERRUPT), m);
	vmk_cache(test, m, 9);
	vmk_free(test, vm_phys_segs[0]->first_page + 1023);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), B4_RESERVED);
	KUNIT_EXPECT_PTR_EQ(test, vmk_alloc_req(test, object, 0, VM_ALLOC_NORMAL), m);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), B4_RESERVED);
	KUNIT_EXPECT_EQ(test, m->valid, VM_PAGE_BITS_ALL);
	KUNIT_EXPECT_EQ(test, VM_CNT_FETCH(v_reactivated), 3);
	KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(m, 9));
}

static void a_domain_that_admits_a_page_brings_any_back(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_c2x4(test);
	object = cache_object(test);
	m = vmk_cached(test, object, 0, 9);
	vmk_leave_free(test, 0, 66);
	VM_OBJECT_WLOCK(object);
	KUNIT_EXPECT_NULL(test, vm_page_alloc_domain(object, 0, 0, VM_ALLOC_NORMAL));
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), 1);
	KUNIT_EXPECT_PTR_EQ(test, vm_page_alloc_domain(object, 0, 1, VM_ALLOC_NORMAL), m);
	VM_OBJECT_WUNLOCK(object);
	vmk_cache(test, m, 9);
	KUNIT_EXPECT_PTR_EQ(test, vmk_alloc_req(test, object, 0, VM_ALLOC_NORMAL), m);
	vmk_cache(test, m, 9);
	KUNIT_EXPECT_PTR_EQ(test, alloc_ifcached(object, 0, VM_ALLOC_NORMAL), m);
	vmk_cache(test, m, 9);

	/* Not one of them is left. */
	vmk_leave_free(test, 1, 67);
	KUNIT_EXPECT_NULL(test, alloc_ifcached(object, 0, VM_ALLOC_NORMAL));
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), 2);
	KUNIT_EXPECT_EQ(test, vmk_deficit(1), 0);
	KUNIT_EXPECT_NULL(test, vmk_alloc_req(test, object, 0, VM_ALLOC_NORMAL));
	KUNIT_EXPECT_TRUE(test, vmk_is_cached(object, 0));
}

static void what_is_left_of_pages_that_were_taken_goes(struct kunit *test)
{
	vm_object_t object;

	vmk_b4(test);
	object = cache_object(test);
	vmk_cached(test, object, 0, 9);
	vmk_cached(test, object, 1, 9);
	KUNIT_EXPECT_EQ(test, vm_page_cache_reclaim(VM_DOMAIN(0), 2), 2);
	KUNIT_EXPECT_TRUE(test, object->flags & OBJ_CACHED);
	KUNIT_EXPECT_NOT_NULL(test, vmk_alloc_req(test, object, 0, VM_ALLOC_NORMAL));
	KUNIT_EXPECT_TRUE(test, object->flags & OBJ_CACHED);
	KUNIT_EXPECT_NULL(test, alloc_ifcached(object, 1, VM_ALLOC_NORMAL));
	KUNIT_EXPECT_FALSE(test, object->flags & OBJ_CACHED);
	KUNIT_EXPECT_TRUE(test, xa_empty(&object->cache));
}

static void ifcached_allocates_no_page(struct kunit *test)
{
	struct vmk_counts before, after;
	vm_object_t object;

	vmk_b4(test);
	object = cache_object(test);
	vmk_cached(test, object, 1, 1);
	vmk_counts(&before);
	KUNIT_EXPECT_NULL(test, alloc_ifcached(object, 0, VM_ALLOC_NORMAL));
	KUNIT_EXPECT_NULL(test, alloc_ifcached(object, 2, VM_ALLOC_INTERRUPT | VM_ALLOC_WIRED));
	KUNIT_EXPECT_NULL(test, alloc_ifcached(object, 3, VM_ALLOC_WAITFAIL));
	KUNIT_EXPECT_NULL(test, alloc_ifcached(cache_object(test), 1, VM_ALLOC_NORMAL));
	vmk_counts(&after);
	vmk_expect_same_counts(test, &before, &after);

	/* Taken meanwhile */
	KUNIT_EXPECT_EQ(test, vm_page_cache_reclaim(VM_DOMAIN(0), 1), 1);
	KUNIT_EXPECT_NULL(test, alloc_ifcached(object, 1, VM_ALLOC_NORMAL));
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
}

static void ifcached_is_given_nonsense(struct kunit *test)
{
	vm_object_t object;

	vmk_b4(test);
	object = cache_object(test);
	idle_page(test, object, 0);
	vmk_cached(test, object, 1, 1);
	VM_OBJECT_WLOCK(object);
	/* A page is resident there. */
	vmk_alloc_refused(test, vmpage_alloc_ifcached(object, 0, VM_ALLOC_NORMAL));
	vmk_alloc_refused(test, vmpage_alloc_ifcached(object, 1, VM_ALLOC_WAITOK));
	vmk_alloc_refused(test, vmpage_alloc_ifcached(object, 1, VM_ALLOC_NORECLAIM));
	vmk_alloc_refused(test, vmpage_alloc_ifcached(object, 1, VM_ALLOC_NOCREAT));
	vmk_alloc_refused(test, vmpage_alloc_ifcached(object, 1,
						      VM_ALLOC_NOBUSY | VM_ALLOC_SBUSY));
	VM_OBJECT_WUNLOCK(object);
	vmk_alloc_refused(test, vmpage_alloc_ifcached(object, 1, VM_ALLOC_NORMAL));
	KUNIT_EXPECT_TRUE(test, vmk_is_cached(object, 1));
}

/* The content is lost, and the page not. */
static void page_that_finds_no_node_coming_back_is_free(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = cache_object(test);
	m = vmk_cached(test, object, 0, 1);
	vmk_fail_node(1);
	KUNIT_EXPECT_NULL(test, alloc_ifcached(object, 0, VM_ALLOC_NORMAL | VM_ALLOC_WIRED));
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0), 0);
	KUNIT_EXPECT_EQ(test, vmk_wired(), 0);
	KUNIT_EXPECT_EQ(test, object->resident_page_count, 0);
	KUNIT_EXPECT_PTR_EQ(test, m->object, NULL);
	vmk_expect_audit_clean(test);

	vmk_cached(test, object, 0, 1);
	vmk_fail_node(1);
	KUNIT_EXPECT_NULL(test, vmk_alloc_req(test, object, 0, VM_ALLOC_NORMAL));
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0), 0);
	KUNIT_EXPECT_FALSE(test, vmk_is_cached(object, 0));
}

static void ifcached_waits_and_fails(void *arg)
{
	vm_object_t object = arg;

	VM_OBJECT_WLOCK(object);
	vmpage_alloc_ifcached(object, 0, VM_ALLOC_NORMAL | VM_ALLOC_WAITFAIL);
	VM_OBJECT_WUNLOCK(object);
}

static void refused_waitfail_sleeps_with_the_object_unlocked(struct kunit *test)
{
	struct vmk_thread *t;
	vm_object_t object;

	vmk_b4(test);
	object = cache_object(test);
	vmk_cached(test, object, 0, 1);
	vmk_leave_free(test, 0, 40);
	t = vmk_thread_start(test, ifcached_waits_and_fails, object);
	vmk_until(test, vm_wait_count() == 1);
	VM_OBJECT_WLOCK(object);
	VM_OBJECT_WUNLOCK(object);
	KUNIT_EXPECT_FALSE(test, vmk_thread_done(t));
	vmk_free_run(test, vm_phys_segs[0]->first_page + 1000, 20);
	vmk_thread_join(test, t);
	KUNIT_EXPECT_TRUE(test, vmk_is_cached(object, 0));
}

static struct kunit_case vmpage_page_cache_cases[] = {
	KUNIT_CASE(K01_page_becomes_cached),
	KUNIT_CASE(cached_page_is_nobodys),
	KUNIT_CASE(K07_page_without_content_is_freed),
	KUNIT_CASE(K07_page_that_cannot_be_made_again_is_freed),
	KUNIT_CASE(K07_page_that_finds_no_node_is_freed),
	KUNIT_CASE(K08_page_that_is_dirty_or_held_is_refused),
	KUNIT_CASE(K08_page_of_the_wrong_kind_is_refused),
	KUNIT_CASE(busied_page_stays),
	KUNIT_CASE(try_to_cache_tells_whether_it_did),
	KUNIT_CASE(who_waits_for_the_page_is_woken),
	KUNIT_CASE(K02_reactivation),
	KUNIT_CASE(content_survives),
	KUNIT_CASE(valid_bits_tell_what_counts),
	KUNIT_CASE(alloc_busies_and_wires_as_asked_for),
	KUNIT_CASE(ifcached_busies_and_wires_as_asked_for),
	KUNIT_CASE(every_allocation_at_the_index_brings_it_back),
	KUNIT_CASE(page_with_an_attribute_is_freed),
	KUNIT_CASE(object_with_an_attribute_has_no_cached_pages),
	KUNIT_CASE(dump_leaves_out_what_is_asked_for),
	KUNIT_CASE(K11_below_the_reserve_no_page_comes_back),
	KUNIT_CASE(a_domain_that_admits_a_page_brings_any_back),
	KUNIT_CASE(what_is_left_of_pages_that_were_taken_goes),
	KUNIT_CASE(ifcached_allocates_no_page),
	KUNIT_CASE(ifcached_is_given_nonsense),
	KUNIT_CASE(page_that_finds_no_node_coming_back_is_free),
	KUNIT_CASE(refused_waitfail_sleeps_with_the_object_unlocked),
	{}
};

static struct kunit_suite vmpage_page_cache_suite = {
	.name = "vmpage_page_cache",
	.init = vmk_init,
	.exit = vmk_exit,
	.test_cases = vmpage_page_cache_cases,
};

kunit_test_suite(vmpage_page_cache_suite);
