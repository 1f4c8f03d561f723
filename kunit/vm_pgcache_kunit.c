// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The per-CPU page caches: what goes through them, and what does not.
 */
#include <linux/seq_file.h>

#include "../module/vm/vm_meter.h"
#include "vm_pgcache_kunit.h"

/* What is allocated and freed */

static void W24_a_cached_page_below_the_reserve(struct kunit *test)
{
	vm_page_t m;

	kept_a64(test, KEPT);
	vmk_noobj(test);
	expect_kept(test, CHAIN - 1, 0, ALL - CHAIN);
	vmk_set_free(test, 0, VM_DOMAIN(0)->vmd_free_reserved - 1);
	KUNIT_EXPECT_EQ(test, vm_domain_allocate(VM_DOMAIN(0), VM_ALLOC_NORMAL, 1), 0);
	m = vmk_noobj_req(test, VM_ALLOC_NORMAL);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, m->flags, PG_PCPU_CACHE);
	KUNIT_EXPECT_EQ(test, kept_direct(), CHAIN - 2);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), VM_DOMAIN(0)->vmd_free_reserved - 1);
	vmk_set_free(test, 0, ALL - CHAIN);
}

static void nothing_is_kept_without_room(struct kunit *test)
{
	vm_page_t m;

	kept_a64(test, 0);
	m = vmk_noobj(test);
	KUNIT_EXPECT_EQ(test, m->flags, 0);
	expect_kept(test, 0, 0, ALL - 1);
	vmk_free(test, m);
	expect_kept(test, 0, 0, ALL);
	vmk_expect_free_lists(test, 0, "DEF{12:3} DIR{12:1}");
}

static void last_freed_is_first_allocated(struct kunit *test)
{
	vm_page_t m[3];

	kept_a64(test, KEPT);
	take(test, m, 3);
	vmk_free(test, m[0]);
	vmk_free(test, m[2]);
	vmk_free(test, m[1]);
	KUNIT_EXPECT_PTR_EQ(test, vmk_noobj(test), m[1]);
	KUNIT_EXPECT_PTR_EQ(test, vmk_noobj(test), m[2]);
	KUNIT_EXPECT_PTR_EQ(test, vmk_noobj(test), m[0]);
	expect_kept(test, 1, 0, ALL - CHAIN);
}

static void page_from_the_free_lists_goes_back_there(struct kunit *test)
{
	vm_page_t m, m_run;

	kept_a64(test, KEPT);
	m = vm_page_alloc_freelist(VM_FREELIST_DEFAULT, VM_ALLOC_NORMAL);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, m->flags, 0);
	m_run = vmk_ncontig(test, 2);
	KUNIT_ASSERT_NOT_NULL(test, m_run);
	KUNIT_EXPECT_EQ(test, m_run[0].flags | m_run[1].flags, 0);
	expect_kept(test, 0, 0, ALL - 3);
	vmk_free(test, m);
	vmk_free_run(test, m_run, 2);
	expect_kept(test, 0, 0, ALL);
}

static void pools_do_not_mix(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m, m_object;

	kept_a64(test, KEPT);
	object = vmk_object(test, VMK_U, 8);
	m = vmk_noobj(test);
	KUNIT_EXPECT_EQ(test, m->pool, VM_FREEPOOL_DIRECT);
	expect_kept(test, CHAIN - 1, 0, ALL - CHAIN);
	m_object = vmk_alloc(test, object, 0);
	KUNIT_EXPECT_EQ(test, m_object->pool, VM_FREEPOOL_DEFAULT);
	expect_kept(test, CHAIN - 1, CHAIN - 1, ALL - 2 * CHAIN);
	vmk_free(test, m_object);
	expect_kept(test, CHAIN - 1, CHAIN, ALL - 2 * CHAIN);
	vmk_free(test, m);
	expect_kept(test, CHAIN, CHAIN, ALL - 2 * CHAIN);
}

static void domains_do_not_mix(struct kunit *test)
{
	vm_page_t m;

	vmk_set_pgcache(KEPT);
	vmk_c2x4(test);
	m = vm_page_alloc_noobj_domain(1, VM_ALLOC_NORMAL);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, vm_page_domain(m), 1);
	KUNIT_EXPECT_EQ(test, m->flags, PG_PCPU_CACHE);
	expect_kept(test, 0, 0, 1024);
	KUNIT_EXPECT_EQ(test, cache_of(1, VM_FREEPOOL_DIRECT)->pg_n, CHAIN - 1);
	vmk_free(test, m);
	KUNIT_EXPECT_EQ(test, cache_of(1, VM_FREEPOOL_DIRECT)->pg_n, CHAIN);
	KUNIT_EXPECT_EQ(test, vmk_free_count(1), 1024 - CHAIN);
	KUNIT_EXPECT_EQ(test, vm_page_domain(vmk_noobj(test)), 0);
	KUNIT_EXPECT_PTR_EQ(test, vm_page_alloc_noobj_domain(1, VM_ALLOC_NORMAL), m);
	vmk_free(test, m);
}

/* Owners of every kind */

struct object_case {
	const char *name;
	objtype_t type;
	int req;
};

static const struct object_case object_cases[] = {
	{ "managed", OBJT_VNODE, VM_ALLOC_NORMAL },
	{ "managed, wired", OBJT_VNODE, VM_ALLOC_WIRED },
	{ "managed, not busied", OBJT_VNODE, VM_ALLOC_NOBUSY },
	{ "managed, not dumped", OBJT_VNODE, VM_ALLOC_NODUMP },
	{ "managed, zero", OBJT_VNODE, VM_ALLOC_ZERO },
	{ "unmanaged", OBJT_PHYS, VM_ALLOC_NORMAL },
	{ "unmanaged, wired", OBJT_PHYS, VM_ALLOC_WIRED },
	{ "unmanaged, shared", OBJT_PHYS, VM_ALLOC_SBUSY },
};

static void object_desc(const struct object_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(object, object_cases, object_desc);

/* The second one finds the leaf of the index at hand. */
static void page_of_an_object_comes_back(struct kunit *test)
{
	const struct object_case *c = test->param_value;
	const u8 flags = PG_PCPU_CACHE | (c->req & VM_ALLOC_NODUMP ? PG_NODUMP : 0);
	vm_object_t object;
	vm_page_t m[2];
	int i;

	kept_a64(test, KEPT);
	object = vmk_object_type(test, c->type, 8);
	for (i = 0; i < 2; i++) {
		m[i] = vmk_alloc_req(test, object, i, c->req);
		KUNIT_ASSERT_NOT_NULL(test, m[i]);
		KUNIT_EXPECT_EQ(test, m[i]->flags, flags);
		KUNIT_EXPECT_EQ(test, m[i]->oflags, c->type == OBJT_PHYS ? VPO_UNMANAGED : 0);
	}
	expect_kept(test, 0, CHAIN - 2, ALL - CHAIN);
	VM_OBJECT_WLOCK(object);
	for (i = 0; i < 2; i++)
		vmk_free_any(test, m[i]);
	VM_OBJECT_WUNLOCK(object);
	expect_kept(test, 0, CHAIN, ALL - CHAIN);
	KUNIT_EXPECT_EQ(test, object->resident_page_count, 0);
	KUNIT_EXPECT_EQ(test, vmk_wired(), 0);
	KUNIT_EXPECT_EQ(test, m[1]->flags, flags);
	KUNIT_EXPECT_PTR_EQ(test, vmk_alloc(test, object, 3), m[1]);
	KUNIT_EXPECT_EQ(test, m[1]->flags, PG_PCPU_CACHE);
	KUNIT_EXPECT_PTR_EQ(test, vmk_alloc(test, object, 4), m[0]);
}

static void pages_of_an_object_that_ends_come_back(struct kunit *test)
{
	vm_object_t object;
	int i;

	kept_a64(test, KEPT);
	object = vmk_object(test, VMK_U, 8);
	for (i = 0; i < CHAIN; i++)
		vmk_alloc(test, object, i);
	expect_kept(test, 0, 0, ALL - CHAIN);
	vmk_object_drop(test, object);
	expect_kept(test, 0, CHAIN, ALL - CHAIN);
}

static void last_unwiring_gives_the_page_back(struct kunit *test)
{
	vm_page_t m;

	kept_a64(test, KEPT);
	m = vm_page_alloc_noobj(VM_ALLOC_WIRED);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, vmk_wired(), 1);
	vm_page_wire(m);
	vm_page_unwire(m, PQ_NONE);
	KUNIT_EXPECT_EQ(test, vmk_wired(), 1);
	expect_kept(test, CHAIN - 1, 0, ALL - CHAIN);
	vm_page_unwire(m, PQ_NONE);
	KUNIT_EXPECT_EQ(test, vmk_wired(), 0);
	expect_kept(test, CHAIN, 0, ALL - CHAIN);
	KUNIT_EXPECT_PTR_EQ(test, vmk_noobj(test), m);
}

static void unwired_page_that_is_special_comes_back_plain(struct kunit *test)
{
	vm_page_t m;

	kept_a64(test, KEPT);
	m = vm_page_alloc_noobj(VM_ALLOC_WIRED | VM_ALLOC_NODUMP);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, m->flags, PG_PCPU_CACHE | PG_NODUMP);
	vm_page_unwire(m, PQ_NONE);
	KUNIT_EXPECT_EQ(test, vmk_wired(), 0);
	expect_kept(test, CHAIN, 0, ALL - CHAIN);
	KUNIT_EXPECT_PTR_EQ(test, vmk_noobj(test), m);
	KUNIT_EXPECT_EQ(test, m->flags, PG_PCPU_CACHE);
}

static void zero_page_is_known_to_be_zero(struct kunit *test)
{
	vm_page_t m;

	kept_a64(test, KEPT);
	m = vmk_noobj_req(test, VM_ALLOC_ZERO);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(m, 0));
	KUNIT_EXPECT_EQ(test, m->flags, PG_PCPU_CACHE);

	vm_page_free_zero(m);
	KUNIT_EXPECT_EQ(test, kept_direct(), CHAIN);
	/* Its content is believed, and not written again. */
	memset(vmk_page_kva(m), 7, PAGE_SIZE);
	KUNIT_EXPECT_PTR_EQ(test, vm_page_alloc_noobj(VM_ALLOC_ZERO), m);
	KUNIT_EXPECT_EQ(test, m->flags, PG_PCPU_CACHE | PG_ZERO);
	KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(m, 7));

	vm_page_free(m);
	KUNIT_EXPECT_PTR_EQ(test, vm_page_alloc_noobj(VM_ALLOC_ZERO), m);
	KUNIT_EXPECT_EQ(test, m->flags, PG_PCPU_CACHE);
	KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(m, 0));
}

/* Also when nobody asks for that. */
static void zero_page_stays_one_until_it_is_freed(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	kept_a64(test, KEPT);
	m = vmk_noobj(test);
	pmap_zero_page(m);
	vm_page_free_zero(m);
	KUNIT_EXPECT_PTR_EQ(test, vm_page_alloc_noobj(VM_ALLOC_NORMAL), m);
	KUNIT_EXPECT_EQ(test, m->flags, PG_PCPU_CACHE | PG_ZERO);

	object = vmk_object(test, VMK_U, 8);
	m = vmk_alloc(test, object, 0);
	pmap_zero_page(m);
	VM_OBJECT_WLOCK(object);
	vm_page_free_zero(m);
	KUNIT_EXPECT_PTR_EQ(test, vm_page_alloc(object, 1, VM_ALLOC_ZERO), m);
	KUNIT_EXPECT_EQ(test, m->flags, PG_PCPU_CACHE | PG_ZERO);
	vm_page_free(m);
	KUNIT_EXPECT_PTR_EQ(test, vm_page_alloc(object, 2, VM_ALLOC_NORMAL), m);
	VM_OBJECT_WUNLOCK(object);
	KUNIT_EXPECT_EQ(test, m->flags, PG_PCPU_CACHE);
}

static void list_of_pages_comes_back(struct kunit *test)
{
	struct spglist list;
	vm_page_t m[2];

	kept_a64(test, KEPT);
	m[0] = vm_page_alloc_noobj(VM_ALLOC_NORMAL);
	m[1] = vm_page_alloc_noobj(VM_ALLOC_NODUMP);
	vmpage_spglist_init(&list);
	vmpage_spglist_insert(&list, m[0]);
	vmpage_spglist_insert(&list, m[1]);
	vm_page_free_pages_toq(&list, false);
	expect_kept(test, CHAIN, 0, ALL - CHAIN);
}

/* A cached page is the domain's, which must be able to take it. */
static void page_that_was_cached_goes_to_the_free_lists(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	kept_a64(test, KEPT);
	object = vmk_object(test, VMK_U, 8);
	m = vmk_cached(test, object, 0, 7);
	KUNIT_EXPECT_EQ(test, m->flags, PG_CACHED);
	vmk_cache_free(object, 0, 0);
	expect_kept(test, 0, CHAIN - 1, ALL - CHAIN + 1);
}

static void page_without_an_index_node_goes_back(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	kept_a64(test, KEPT);
	object = vmk_object(test, VMK_U, 8);
	m = vmk_alloc(test, object, 0);
	vmk_free(test, m);
	expect_kept(test, 0, CHAIN, ALL - CHAIN);

	vmk_object_drop(test, object);
	object = vmk_object(test, VMK_U, 8);
	vmk_fail_node(1);
	KUNIT_EXPECT_NULL(test, vmk_alloc_req(test, object, 0, VM_ALLOC_WIRED));
	expect_kept(test, 0, CHAIN, ALL - CHAIN);
	KUNIT_EXPECT_EQ(test, object->resident_page_count, 0);
	KUNIT_EXPECT_EQ(test, vmk_wired(), 0);
	KUNIT_EXPECT_PTR_EQ(test, vmk_alloc(test, object, 0), m);
}

/* From the free lists */

/* More than severe, so that the gate alone decides. */
static void import_asks_normals_gate_for_a_whole_chain(struct kunit *test)
{
	const int chain = VM_PGCACHE_CHAIN;
	vm_page_t m;
	int limit;

	kept_a64(test, 2 * VM_PGCACHE_CHAIN);
	KUNIT_ASSERT_EQ(test, cache_of(0, VM_FREEPOOL_DIRECT)->pg_chain, chain);
	limit = VM_DOMAIN(0)->vmd_free_reserved + chain;
	KUNIT_ASSERT_GT(test, limit, VM_DOMAIN(0)->vmd_free_severe);

	vmk_set_free(test, 0, limit - 1);
	m = vmk_noobj_req(test, VM_ALLOC_INTERRUPT);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, m->flags, 0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), limit - 2);

	vmk_set_free(test, 0, limit);
	m = vmk_noobj(test);
	KUNIT_EXPECT_EQ(test, m->flags, PG_PCPU_CACHE);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), limit - chain);
	KUNIT_EXPECT_EQ(test, kept_direct(), chain - 1);
	vmk_set_free(test, 0, ALL - chain - 1);
}

/* Then it is the request's own class that counts. */
static void nothing_is_imported_when_severely_short(struct kunit *test)
{
	vm_page_t m;

	kept_a64(test, KEPT);
	vmk_set_free(test, 0, VM_DOMAIN(0)->vmd_free_severe - 1);
	KUNIT_EXPECT_TRUE(test, vm_page_count_severe_domain(0));
	m = vmk_noobj(test);
	KUNIT_EXPECT_EQ(test, m->flags, 0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), VM_DOMAIN(0)->vmd_free_severe - 2);

	vmk_set_free(test, 0, 1);
	KUNIT_EXPECT_NULL(test, vm_page_alloc_noobj(VM_ALLOC_NORMAL));
	KUNIT_EXPECT_NULL(test, vm_page_alloc_noobj(VM_ALLOC_SYSTEM));
	m = vmk_noobj_req(test, VM_ALLOC_INTERRUPT);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, m->flags, 0);
	KUNIT_EXPECT_EQ(test, kept_direct(), 0);
	vmk_set_free(test, 0, ALL - 2);
}

static void page_daemon_imports_nothing(struct kunit *test)
{
	vm_page_t m;

	kept_a64(test, KEPT);
	vmk_set_pageproc(true);
	m = vmk_noobj(test);
	vmk_set_pageproc(false);
	KUNIT_EXPECT_EQ(test, m->flags, 0);
	expect_kept(test, 0, 0, ALL - 1);
}

/* What the lists do not have goes back to the count. */
static void import_takes_what_there_is(struct kunit *test)
{
	kept_a64(test, KEPT);
	vmk_thresholds_off(test);
	KUNIT_ASSERT_NOT_NULL(test, vmk_ncontig(test, 4096));
	KUNIT_ASSERT_NOT_NULL(test, vmk_ncontig(test, 4096));
	KUNIT_ASSERT_NOT_NULL(test, vmk_ncontig(test, 4096));
	KUNIT_ASSERT_NOT_NULL(test, vmk_ncontig(test, 4096 - 2));
	vm_domain_freecnt_inc(VM_DOMAIN(0), CHAIN);
	vmk_noobj(test);
	KUNIT_EXPECT_EQ(test, kept_direct(), 1);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), CHAIN);
	KUNIT_EXPECT_EQ(test, vm_domain_allocate(VM_DOMAIN(0), VM_ALLOC_NORMAL, CHAIN), 1);
}

/* A page that was written to by somebody who had freed it */

/* Make a page that was lost the case's again. */
static void recover(struct kunit *test, vm_page_t m)
{
	m->valid = 0;
	m->ref_count = 0;
	m->busy_lock = VPB_UNBUSIED;
	vmk_hold(test, m, 1);
}

/* A page that is kept gets these. */
static void expect_found(struct kunit *test, vm_page_bits_t valid, u_int ref_count)
{
	vm_page_t m;

	kept_a64(test, KEPT);
	m = vmk_noobj(test);
	vmk_free(test, m);
	m->valid = valid;
	m->ref_count = ref_count;
	vmk_reported(test, KUNIT_EXPECT_PTR_NE(test, vmk_noobj(test), m));
	KUNIT_EXPECT_EQ(test, kept_direct(), CHAIN - 2);
	recover(test, m);
}

static void changed_state_is_found(struct kunit *test)
{
	expect_found(test, 1, 0);
}

static void changed_hold_is_found(struct kunit *test)
{
	expect_found(test, 0, 1);
}

static void changed_page_is_not_given_to_an_object(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	kept_a64(test, KEPT);
	object = vmk_object(test, VMK_U, 8);
	vmk_alloc(test, object, 0);
	m = vmk_alloc(test, object, 1);
	vmk_free(test, m);
	m->valid = 1;
	vmk_reported(test, KUNIT_EXPECT_NULL(test, vmk_alloc_req(test, object, 1,
								 VM_ALLOC_NORMAL)));
	KUNIT_EXPECT_EQ(test, object->resident_page_count, 1);
	KUNIT_EXPECT_EQ(test, kept_default(), CHAIN - 2);
	KUNIT_EXPECT_PTR_NE(test, vmk_alloc(test, object, 1), m);
	recover(test, m);
}

static void changed_page_is_not_imported(struct kunit *test)
{
	vm_page_t m, first;

	kept_a64(test, KEPT);
	first = vmk_block(0, VM_FREEPOOL_DEFAULT, 12, 0);
	KUNIT_ASSERT_NOT_NULL(test, first);
	first[1].valid = 1;
	vmk_reported(test, m = vmk_noobj(test));
	KUNIT_EXPECT_PTR_EQ(test, m, first);
	KUNIT_EXPECT_EQ(test, kept_direct(), CHAIN - 2);
	recover(test, first + 1);
	expect_kept(test, CHAIN - 2, 0, ALL - CHAIN);
	vmk_free(test, first + 1);
	expect_kept(test, CHAIN - 2, 0, ALL - CHAIN + 1);
}

/* Limits */

static const unsigned int limits[] = { 0, 1, 2, 3, 64, 100, 128, 1024, UINT_MAX };

static void no_cpu_keeps_more_than_it_may(struct kunit *test)
{
	unsigned int i, pool;

	for (i = 0; i < ARRAY_SIZE(limits); i++) {
		kept_a64(test, limits[i]);
		for (pool = 0; pool < VM_NFREEPOOL; pool++) {
			const struct vm_pgcache *pg = cache_of(0, pool);
			const u64 npages = (pg->pg_maxfull + 1) * pg->pg_chain;

			KUNIT_EXPECT_LE(test, npages, limits[i]);
			KUNIT_EXPECT_LE(test, pg->pg_chain, VM_PGCACHE_CHAIN);
			KUNIT_EXPECT_LE(test, npages * VM_NFREEPOOL * num_possible_cpus(), ALL / 8);
			KUNIT_EXPECT_EQ(test, !pg->pg_chain, !limits[i]);
			/* Two chains, so that one page more does not cost a whole one. */
			KUNIT_EXPECT_EQ(test, pg->pg_maxfull > 0, limits[i] > 1);
		}
		vmk_power_off(test);
	}
}

/* Small domains have small caches. */
static void caches_together_keep_an_eighth_at_most(struct kunit *test)
{
	vm_page_t *m = kunit_kcalloc(test, 512, sizeof(*m), GFP_KERNEL);
	vm_object_t object;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, m);
	vmk_set_pgcache(UINT_MAX);
	vmk_b4(test);
	object = vmk_object(test, VMK_U, 512);
	take(test, m, 400);
	for (i = 0; i < 400; i++)
		vmk_alloc(test, object, i);
	give(test, m, 400);
	vmk_object_drop(test, object);
	KUNIT_EXPECT_GT(test, kept_direct(), 0);
	KUNIT_EXPECT_GT(test, kept_default(), 0);
	KUNIT_EXPECT_LE(test, vm_pgcache_count(VM_DOMAIN(0)) * num_possible_cpus(), 1024 / 8);
	KUNIT_EXPECT_EQ(test, vm_pgcache_count(VM_DOMAIN(0)) + vmk_free_count(0), 1024);
}

static void full_chains_wait_in_the_depot(struct kunit *test)
{
	const struct vm_pgcache *pg;
	vm_page_t m[3 * CHAIN];
	int i;

	kept_a64(test, KEPT);
	pg = cache_of(0, VM_FREEPOOL_DIRECT);
	take(test, m, 3 * CHAIN);
	expect_kept(test, 0, 0, ALL - 3 * CHAIN);
	KUNIT_EXPECT_EQ(test, pg->pg_maxfull, 1);

	give(test, m, CHAIN);
	KUNIT_EXPECT_EQ(test, pg->pg_nfull, 0);
	give(test, m + CHAIN, 1);
	KUNIT_EXPECT_EQ(test, pg->pg_nfull, 1);
	KUNIT_EXPECT_EQ(test, pg->pg_n, 1);
	give(test, m + CHAIN + 1, CHAIN - 1);
	expect_kept(test, KEPT, 0, ALL - 3 * CHAIN);

	/* The older one makes room. */
	give(test, m + 2 * CHAIN, 1);
	KUNIT_EXPECT_EQ(test, pg->pg_nfull, 1);
	expect_kept(test, CHAIN + 1, 0, ALL - 2 * CHAIN);

	KUNIT_EXPECT_PTR_EQ(test, vmk_noobj(test), m[2 * CHAIN]);
	for (i = 2 * CHAIN; i > CHAIN; i--)
		KUNIT_EXPECT_PTR_EQ(test, vmk_noobj(test), m[i - 1]);
	expect_kept(test, 0, 0, ALL - 2 * CHAIN);
}

/* Somebody may wait for it. */
static void full_chain_goes_back_while_pages_are_short(struct kunit *test)
{
	const long nfree = 100;
	vm_page_t m[KEPT];

	kept_a64(test, KEPT);
	take(test, m, KEPT);
	give(test, m, CHAIN);
	KUNIT_ASSERT_LE(test, nfree + CHAIN, VM_DOMAIN(0)->vmd_free_min);
	vmk_set_free(test, 0, nfree);
	give(test, m + CHAIN, 1);
	KUNIT_EXPECT_EQ(test, kept_direct(), 1);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), nfree + CHAIN);
	vmk_set_free(test, 0, ALL - CHAIN);
}

static void what_is_too_much_merges(struct kunit *test)
{
	vm_page_t m[64];

	kept_a64(test, KEPT);
	take(test, m, 64);
	expect_kept(test, 0, 0, ALL - 64);
	give(test, m, 64);
	expect_kept(test, KEPT, 0, ALL - KEPT);
	KUNIT_EXPECT_TRUE(test, vm_pgcache_drain_local(VM_DOMAIN(0)));
	expect_kept(test, 0, 0, ALL);
	vmk_expect_free_lists(test, 0, "DEF{12:3} DIR{12:1}");
}

/* Chains are given back as runs, in whatever order they were freed. */
static void chain_in_any_order_merges(struct kunit *test)
{
	vm_page_t m[128];
	u32 order[128];
	int i;

	kept_a64(test, 2 * 128);
	take(test, m, 128);
	vmk_permutation(order, 128);
	for (i = 0; i < 128; i++)
		vmk_free(test, m[order[i]]);
	KUNIT_EXPECT_EQ(test, kept_direct(), 128);
	vm_pgcache_drain_local(VM_DOMAIN(0));
	expect_kept(test, 0, 0, ALL);
	vmk_expect_free_lists(test, 0, "DEF{12:3} DIR{12:1}");
}

static void single_page_is_a_chain(struct kunit *test)
{
	vm_page_t m[3];

	kept_a64(test, 1);
	take(test, m, 3);
	expect_kept(test, 0, 0, ALL - 3);
	give(test, m, 3);
	expect_kept(test, 1, 0, ALL - 1);
	KUNIT_EXPECT_PTR_EQ(test, vmk_noobj(test), m[2]);
}

/* Interrupts */

struct irq_pages {
	vm_page_t m;
	int req;
};

static void irq_take(void *arg)
{
	struct irq_pages *irq = arg;

	irq->m = vm_page_alloc_noobj(irq->req);
}

static void irq_give(void *arg)
{
	struct irq_pages *irq = arg;

	vm_page_free(irq->m);
}

static void interrupt_uses_the_cache(struct kunit *test)
{
	struct irq_pages irq = {};
	vm_page_t m;

	kept_a64(test, KEPT);
	m = vmk_noobj(test);
	vmk_free(test, m);
	vmk_in_hardirq(test, irq_take, &irq);
	KUNIT_EXPECT_PTR_EQ(test, irq.m, m);
	expect_kept(test, CHAIN - 1, 0, ALL - CHAIN);
	vmk_in_hardirq(test, irq_give, &irq);
	expect_kept(test, CHAIN, 0, ALL - CHAIN);
	KUNIT_EXPECT_PTR_EQ(test, vmk_noobj(test), m);
}

static void interrupt_fetches_a_chain(struct kunit *test)
{
	struct irq_pages irq = {};

	kept_a64(test, KEPT);
	vmk_in_hardirq(test, irq_take, &irq);
	KUNIT_ASSERT_NOT_NULL(test, irq.m);
	KUNIT_EXPECT_EQ(test, irq.m->flags, PG_PCPU_CACHE);
	expect_kept(test, CHAIN - 1, 0, ALL - CHAIN);
	vmk_in_hardirq(test, irq_give, &irq);
}

static void interrupt_on_the_owner_asks_the_domain(struct kunit *test)
{
	struct irq_pages irq = {};
	struct vm_pgcache *pg;
	vm_page_t m;

	kept_a64(test, KEPT);
	m = vmk_noobj(test);
	pg = cache_of(0, VM_FREEPOOL_DIRECT);
	WRITE_ONCE(pg->pg_owned, true);
	vmk_in_hardirq(test, irq_take, &irq);
	WRITE_ONCE(pg->pg_owned, false);
	KUNIT_ASSERT_NOT_NULL(test, irq.m);
	KUNIT_EXPECT_EQ(test, irq.m->flags, 0);
	expect_kept(test, CHAIN - 1, 0, ALL - CHAIN - 1);
	vmk_in_hardirq(test, irq_give, &irq);
	expect_kept(test, CHAIN - 1, 0, ALL - CHAIN);

	irq.m = m;
	WRITE_ONCE(pg->pg_owned, true);
	vmk_in_hardirq(test, irq_give, &irq);
	WRITE_ONCE(pg->pg_owned, false);
	KUNIT_EXPECT_EQ(test, m->flags, 0);
	expect_kept(test, CHAIN - 1, 0, ALL - CHAIN + 1);
}

/* The other pool has an owner of its own. */
static void interrupt_on_the_owner_of_another_pool(struct kunit *test)
{
	struct irq_pages irq = {};
	struct vm_pgcache *pg;

	kept_a64(test, KEPT);
	pg = cache_of(0, VM_FREEPOOL_DEFAULT);
	WRITE_ONCE(pg->pg_owned, true);
	vmk_in_hardirq(test, irq_take, &irq);
	WRITE_ONCE(pg->pg_owned, false);
	KUNIT_ASSERT_NOT_NULL(test, irq.m);
	KUNIT_EXPECT_EQ(test, irq.m->flags, PG_PCPU_CACHE);
	vmk_in_hardirq(test, irq_give, &irq);
	expect_kept(test, CHAIN, 0, ALL - CHAIN);
}

static void interrupt_with_the_last_page(struct kunit *test)
{
	struct irq_pages irq = { .req = VM_ALLOC_INTERRUPT };

	kept_a64(test, KEPT);
	vmk_thresholds_off(test);
	KUNIT_EXPECT_EQ(test, vmk_exhaust(test, VM_ALLOC_NORMAL), ALL);
	vmk_in_hardirq(test, irq_take, &irq);
	KUNIT_EXPECT_NULL(test, irq.m);
	vmk_free(test, PHYS_TO_VM_PAGE(VMK_BASE));
	vmk_in_hardirq(test, irq_take, &irq);
	KUNIT_EXPECT_PTR_EQ(test, irq.m, PHYS_TO_VM_PAGE(VMK_BASE));
	vmk_in_hardirq(test, irq_give, &irq);
}

/* Accounts */

static void audit_finds_a_wrong_number(struct kunit *test)
{
	struct vm_pgcache *pg;

	kept_a64(test, KEPT);
	vmk_noobj(test);
	vmk_expect_audit_clean(test);
	pg = cache_of(0, VM_FREEPOOL_DIRECT);
	pg->pg_n++;
	vmk_expect_audit_finds(test, "domain 0: 3 pages are of per-CPU caches, 4 counted");
	pg->pg_n--;
	pg->pg_top->flags &= ~PG_PCPU_CACHE;
	vmk_expect_audit_finds(test, "domain 0: 2 pages are of per-CPU caches, 3 counted");
	pg->pg_top->flags |= PG_PCPU_CACHE;
}

#define TEXT_SIZE	8192		/* bytes */

static void expect_stats(struct kunit *test, const char *line)
{
	struct seq_file s = { .size = TEXT_SIZE };

	s.buf = kunit_kzalloc(test, TEXT_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, s.buf);
	vm_stats_show(&s);
	KUNIT_ASSERT_LT(test, s.count, s.size);
	s.buf[s.count] = '\0';
	KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(s.buf, line), "no line %s in:\n%s", line, s.buf);
	kunit_kfree(test, s.buf);
}

/* Drained pages were not freed again. */
static void every_freed_page_is_counted_once(struct kunit *test)
{
	vm_page_t m[3 * CHAIN];

	kept_a64(test, KEPT);
	take(test, m, 3 * CHAIN);
	expect_stats(test, "\nv_tfree 0\n");
	give(test, m, 3 * CHAIN);
	expect_stats(test, "\nv_tfree 12\n");
	expect_stats(test, "pgcache_count 8\n");
	vm_pgcache_drain_all(VM_DOMAIN(0));
	expect_stats(test, "\nv_tfree 12\n");
	expect_stats(test, "pgcache_count 0\n");
}

static struct kunit_case vmpage_pgcache_cases[] = {
	KUNIT_CASE(W24_a_cached_page_below_the_reserve),
	KUNIT_CASE(nothing_is_kept_without_room),
	KUNIT_CASE(last_freed_is_first_allocated),
	KUNIT_CASE(page_from_the_free_lists_goes_back_there),
	KUNIT_CASE(pools_do_not_mix),
	KUNIT_CASE(domains_do_not_mix),
	KUNIT_CASE_PARAM(page_of_an_object_comes_back, object_gen_params),
	KUNIT_CASE(pages_of_an_object_that_ends_come_back),
	KUNIT_CASE(last_unwiring_gives_the_page_back),
	KUNIT_CASE(unwired_page_that_is_special_comes_back_plain),
	KUNIT_CASE(zero_page_is_known_to_be_zero),
	KUNIT_CASE(zero_page_stays_one_until_it_is_freed),
	KUNIT_CASE(list_of_pages_comes_back),
	KUNIT_CASE(page_that_was_cached_goes_to_the_free_lists),
	KUNIT_CASE(page_without_an_index_node_goes_back),
	KUNIT_CASE(import_asks_normals_gate_for_a_whole_chain),
	KUNIT_CASE(nothing_is_imported_when_severely_short),
	KUNIT_CASE(page_daemon_imports_nothing),
	KUNIT_CASE(import_takes_what_there_is),
	KUNIT_CASE(changed_state_is_found),
	KUNIT_CASE(changed_hold_is_found),
	KUNIT_CASE(changed_page_is_not_given_to_an_object),
	KUNIT_CASE(changed_page_is_not_imported),
	KUNIT_CASE(no_cpu_keeps_more_than_it_may),
	KUNIT_CASE(caches_together_keep_an_eighth_at_most),
	KUNIT_CASE(full_chains_wait_in_the_depot),
	KUNIT_CASE(full_chain_goes_back_while_pages_are_short),
	KUNIT_CASE(what_is_too_much_merges),
	KUNIT_CASE(chain_in_any_order_merges),
	KUNIT_CASE(single_page_is_a_chain),
	KUNIT_CASE(interrupt_uses_the_cache),
	KUNIT_CASE(interrupt_fetches_a_chain),
	KUNIT_CASE(interrupt_on_the_owner_asks_the_domain),
	KUNIT_CASE(interrupt_on_the_owner_of_another_pool),
	KUNIT_CASE(interrupt_with_the_last_page),
	KUNIT_CASE(audit_finds_a_wrong_number),
	KUNIT_CASE(every_freed_page_is_counted_once),
	{}
};

static struct kunit_suite vmpage_pgcache_suite = {
	.name = "vmpage_pgcache",
	.init = vm_pgcache_init,
	.exit = vm_pgcache_exit,
	.test_cases = vmpage_pgcache_cases,
};

kunit_test_suite(vmpage_pgcache_suite);
