// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * FreeBSD 9's interface, as a source of that era sees it.
 */
#define VMPAGE_KPI_ERA 9
#include <linux/sizes.h>
#include "kunit_fixture.h"

/* What the era has, and what it has not */

#if defined(VM_ALLOC_AVAIL0) || defined(VM_ALLOC_AVAIL1) || defined(VM_ALLOC_WAITOK) || \
	defined(VM_ALLOC_WAITFAIL) || defined(VM_ALLOC_NOWAIT) || \
	defined(VM_ALLOC_NORECLAIM) || defined(VM_ALLOC_NOCREAT) || \
	defined(VM_ALLOC_SBUSY) || defined(VM_ALLOC_COUNT_MAX) || \
	defined(VM_FREELIST_LOWMEM) || defined(VM_FREELIST_DMA32)
#error "flags of another era"
#endif
#ifndef vm_page_alloc_freelist_domain
#error "1 is another list there"
#endif

static_assert(VM_ALLOC_NORMAL == 0 && VM_ALLOC_INTERRUPT == 1 && VM_ALLOC_SYSTEM == 2 &&
	      VM_ALLOC_CLASS_MASK == 3);
static_assert(VM_ALLOC_WIRED == 0x0020 && VM_ALLOC_ZERO == 0x0040);
static_assert(VM_ALLOC_RETRY == 0x0080 && VM_ALLOC_NOOBJ == 0x0100);
static_assert(VM_ALLOC_NOBUSY == 0x0200 && VM_ALLOC_IFCACHED == 0x0400);
static_assert(VM_ALLOC_IFNOTCACHED == 0x0800 && VM_ALLOC_IGN_SBUSY == 0x1000);
static_assert(VM_ALLOC_NODUMP == 0x2000);
static_assert(VM_ALLOC_COUNT_SHIFT == 16 && VM_ALLOC_COUNT(3) == 0x30000);
static_assert(VM_FREELIST_DEFAULT == 0 && VM_FREELIST_ISADMA == 1);

#define HAS_TYPE(function, ...)	static_assert(__same_type(&(function), __VA_ARGS__))

HAS_TYPE(vm_page_alloc, vm_page_t (*)(vm_object_t, vm_pindex_t, int));
HAS_TYPE(vm_page_alloc_contig,
	 vm_page_t (*)(vm_object_t, vm_pindex_t, int, u_long, vm_paddr_t, vm_paddr_t, u_long,
		       u_long, vm_memattr_t));
HAS_TYPE(vm_page_alloc_freelist, vm_page_t (*)(int, int));
HAS_TYPE(vm_page_grab, vm_page_t (*)(vm_object_t, vm_pindex_t, int));
HAS_TYPE(vm_page_insert, void (*)(vm_page_t, vm_object_t, vm_pindex_t));
HAS_TYPE(vm_page_remove, void (*)(vm_page_t));
HAS_TYPE(vm_page_rename, void (*)(vm_page_t, vm_object_t, vm_pindex_t));
HAS_TYPE(vm_page_unwire, void (*)(vm_page_t, int));
HAS_TYPE(vm_page_free, void (*)(vm_page_t));
HAS_TYPE(vm_page_free_zero, void (*)(vm_page_t));
HAS_TYPE(vm_page_free_toq, void (*)(vm_page_t));
HAS_TYPE(vm_page_try_to_free, int (*)(vm_page_t));
HAS_TYPE(vm_page_dontneed, void (*)(vm_page_t));
HAS_TYPE(vm_page_busy, void (*)(vm_page_t));
HAS_TYPE(vm_page_wakeup, void (*)(vm_page_t));
HAS_TYPE(vm_page_flash, void (*)(vm_page_t));
HAS_TYPE(vm_page_io_start, void (*)(vm_page_t));
HAS_TYPE(vm_page_io_finish, void (*)(vm_page_t));
HAS_TYPE(vm_page_sleep_if_busy, int (*)(vm_page_t, int, const char *));
HAS_TYPE(vm_page_cache, void (*)(vm_page_t));
HAS_TYPE(vm_page_is_cached, boolean_t (*)(vm_object_t, vm_pindex_t));
HAS_TYPE(vm_page_try_to_cache, int (*)(vm_page_t));

/* Requests */

enum era_function {
	ALLOC,
	ALLOC_CONTIG,
	ALLOC_FREELIST,
	GRAB,
};

struct function_case {
	const char *name;
	enum era_function function;
	bool object;
	int req;			/* what every request has */
	unsigned int accepted;		/* request bits that give a page */
	unsigned int missing;		/* request bits that are accepted, and give none */
};

#define ACCEPT_ALL	(VM_ALLOC_CLASS_MASK | VM_ALLOC_WIRED | VM_ALLOC_ZERO |	\
			 VM_ALLOC_NODUMP | VM_ALLOC_COUNT(0xffff))
#define ACCEPT_OBJECT	(ACCEPT_ALL | VM_ALLOC_NOBUSY)
#define ACCEPT_NOOBJ	(ACCEPT_OBJECT | VM_ALLOC_NOOBJ)
#define ACCEPT_GRAB	(ACCEPT_ALL | VM_ALLOC_RETRY | VM_ALLOC_IGN_SBUSY)

static const struct function_case function_cases[] = {
	{ "vm_page_alloc", ALLOC, true, 0, ACCEPT_OBJECT | VM_ALLOC_IFNOTCACHED,
	  VM_ALLOC_IFCACHED },
	{ "vm_page_alloc_noobj", ALLOC, false, VM_ALLOC_NOOBJ, ACCEPT_NOOBJ | VM_ALLOC_IFNOTCACHED,
	  VM_ALLOC_IFCACHED },
	{ "vm_page_alloc_contig", ALLOC_CONTIG, true, 0, ACCEPT_OBJECT },
	{ "vm_page_alloc_contig_noobj", ALLOC_CONTIG, false, VM_ALLOC_NOOBJ, ACCEPT_NOOBJ },
	{ "vm_page_alloc_freelist", ALLOC_FREELIST, false, VM_ALLOC_NOOBJ, ACCEPT_NOOBJ },
	{ "vm_page_grab", GRAB, true, VM_ALLOC_RETRY, ACCEPT_GRAB },
};

static void function_desc(const struct function_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(function, function_cases, function_desc);

/* Call a function for one page at index 3, of an object or of none. */
static vm_page_t call_function(enum era_function function, vm_object_t object, int req)
{
	switch (function) {
	case ALLOC:
		return vm_page_alloc(object, 3, req);
	case ALLOC_CONTIG:
		return vm_page_alloc_contig(object, 3, req, 1, 0, ~0ULL, 1, 0, VM_MEMATTR_DEFAULT);
	case ALLOC_FREELIST:
		return vm_page_alloc_freelist(VM_FREELIST_DEFAULT, req);
	case GRAB:
		return vm_page_grab(object, 3, req);
	}
	return NULL;
}

/* A machine, and a locked object, or NULL for a function that is called without. */
static vm_object_t function_setup(struct kunit *test, const struct function_case *c)
{
	vm_object_t object;

	vmk_b4(test);
	if (!c->object)
		return NULL;
	object = vmk_object_type(test, OBJT_PHYS, 8);
	VM_OBJECT_LOCK(object);
	return object;
}

static void function_end(vm_object_t object)
{
	if (object)
		VM_OBJECT_UNLOCK(object);
}

static void foreign_flags_are_refused(struct kunit *test)
{
	const struct function_case *c = test->param_value;
	vm_object_t object = function_setup(test, c);
	unsigned int bit, nrefused = 0;

	for (bit = 0; bit < 32; bit++) {
		const int req = 1u << bit;

		if (req & (c->accepted | c->missing))
			continue;
		vmk_alloc_refused(test, call_function(c->function, object, c->req | req));
		nrefused++;
	}
	function_end(object);
	KUNIT_EXPECT_GE(test, nrefused, 7);
}

static void era_flags_give_a_page(struct kunit *test)
{
	const struct function_case *c = test->param_value;
	vm_object_t object = function_setup(test, c);
	unsigned int bit;
	vm_page_t m;

	for (bit = 0; bit < 32; bit++) {
		const int req = 1u << bit;

		if (!(req & (c->accepted | c->missing)))
			continue;
		m = call_function(c->function, object, c->req | req);
		KUNIT_EXPECT_EQ_MSG(test, !m, !!(req & c->missing), "req %#x", req);
		if (!m)
			continue;
		KUNIT_EXPECT_EQ(test, vm_page_wired(m), req == VM_ALLOC_WIRED);
		KUNIT_EXPECT_EQ(test, !!(m->flags & PG_NODUMP), req == VM_ALLOC_NODUMP);
		KUNIT_EXPECT_EQ(test, vm_page_xbusied(m), object && req != VM_ALLOC_NOBUSY);
		vmk_free_any(test, m);
	}
	function_end(object);
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), 0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
}

/* Not a grab, which waits. */
static const struct function_case alloc_cases[] = {
	{ "vm_page_alloc", ALLOC, true, 0 },
	{ "vm_page_alloc_noobj", ALLOC, false, VM_ALLOC_NOOBJ },
	{ "vm_page_alloc_contig", ALLOC_CONTIG, true, 0 },
	{ "vm_page_alloc_contig_noobj", ALLOC_CONTIG, false, VM_ALLOC_NOOBJ },
	{ "vm_page_alloc_freelist", ALLOC_FREELIST, false, VM_ALLOC_NOOBJ },
};

KUNIT_ARRAY_PARAM(alloc, alloc_cases, function_desc);

static void allocation_never_sleeps(struct kunit *test)
{
	const struct function_case *c = test->param_value;
	vm_object_t object = function_setup(test, c);

	vmk_leave_free(test, 0, 43);
	KUNIT_EXPECT_NULL(test, call_function(c->function, object, c->req));
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), 1);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 43);
	function_end(object);
}

static void P07_era9_zero_only_when_asked(struct kunit *test)
{
	static const int reqs[] = { 0, VM_ALLOC_ZERO };
	const struct function_case *c = test->param_value;
	vm_object_t object = function_setup(test, c);
	unsigned int i;
	vm_page_t m;

	for (i = 0; i < ARRAY_SIZE(reqs); i++) {
		m = call_function(c->function, object, c->req);
		KUNIT_ASSERT_NOT_NULL(test, m);
		pmap_zero_page(m);
		vm_page_free_zero(m);
		KUNIT_EXPECT_PTR_EQ(test, call_function(c->function, object, c->req | reqs[i]), m);
		KUNIT_EXPECT_EQ(test, m->flags & PG_ZERO, reqs[i] ? PG_ZERO : 0);
		vmk_free_any(test, m);
	}
	function_end(object);
}

static void P06_era9_zero_is_only_a_wish(struct kunit *test)
{
	const struct function_case *c = test->param_value;
	vm_object_t object = function_setup(test, c);
	vm_page_t m = call_function(c->function, object, c->req);

	KUNIT_ASSERT_NOT_NULL(test, m);
	memset(vmk_page_kva(m), 0x77, PAGE_SIZE);
	vm_page_free(m);
	KUNIT_EXPECT_PTR_EQ(test, call_function(c->function, object, c->req | VM_ALLOC_ZERO), m);
	KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(m, 0x77));
	KUNIT_EXPECT_EQ(test, vmk_flags(m), 0);
	vm_page_free(m);
	function_end(object);
}

static void K14_era9_page_without_object_keeps_its_index(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;
	int i;

	vmk_b4(test);
	object = vmk_object(test, VMK_V, 64);
	m = vm_page_alloc(NULL, 42, VM_ALLOC_NORMAL | VM_ALLOC_NOOBJ);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, m->pindex, 42);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_UNBUSIED);
	KUNIT_EXPECT_NULL(test, m->object);
	KUNIT_EXPECT_EQ(test, m->oflags, VPO_UNMANAGED);
	vm_page_free(m);

	VM_OBJECT_LOCK(object);
	vmk_alloc_refused(test, vm_page_alloc(object, 42, VM_ALLOC_NORMAL | VM_ALLOC_NOOBJ));
	VM_OBJECT_UNLOCK(object);
	vmk_alloc_refused(test, vm_page_alloc(NULL, 42, VM_ALLOC_NORMAL));
	vmk_alloc_refused(test, vm_page_alloc(object, 42, VM_ALLOC_NORMAL));

	m = vm_page_alloc_contig(NULL, 42, VM_ALLOC_NOOBJ, 5, 0, ~0ULL, 1, 0, VM_MEMATTR_DEFAULT);
	KUNIT_ASSERT_NOT_NULL(test, m);
	for (i = 0; i < 5; i++)
		KUNIT_EXPECT_EQ(test, m[i].pindex, 42 + i);
	vmk_hold(test, m, 5);
}

/* Runs */

static void W10_era9_failing_run_counts_its_pages(struct kunit *test)
{
	vm_object_t object;

	vmk_b4(test);
	object = vmk_object_type(test, OBJT_PHYS, 128);
	vmk_leave_free(test, 0, 43);
	KUNIT_EXPECT_NULL(test, vm_page_alloc_contig(NULL, 0, VM_ALLOC_NOOBJ, 100, 0, ~0ULL, 1, 0,
						     VM_MEMATTR_DEFAULT));
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), 100);
	VM_OBJECT_LOCK(object);
	KUNIT_EXPECT_NULL(test, vm_page_alloc_contig(object, 0, VM_ALLOC_COUNT(7), 100, 0, ~0ULL, 1,
						     0, VM_MEMATTR_DEFAULT));
	VM_OBJECT_UNLOCK(object);
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), 200);
	KUNIT_EXPECT_NULL(test, vm_page_alloc_contig(NULL, 0, VM_ALLOC_NOOBJ, 0x10001, 0, ~0ULL, 1,
						     0, VM_MEMATTR_DEFAULT));
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), 200 + 0xffff);
}

static void runs_go_to_objects_of_type_phys(struct kunit *test)
{
	vm_object_t phys, vnode;
	vm_page_t m;

	vmk_b4(test);
	phys = vmk_object_type(test, OBJT_PHYS, 8);
	vnode = vmk_object(test, VMK_V, 8);
	VM_OBJECT_LOCK(vnode);
	vmk_alloc_refused(test, vm_page_alloc_contig(vnode, 0, 0, 4, 0, ~0ULL, 1, 0,
						     VM_MEMATTR_DEFAULT));
	VM_OBJECT_UNLOCK(vnode);
	VM_OBJECT_LOCK(phys);
	m = vm_page_alloc_contig(phys, 2, 0, 4, VMK_BASE, ~0ULL, SZ_8K, SZ_64K,
				 VM_MEMATTR_DEFAULT);
	KUNIT_EXPECT_PTR_EQ(test, vm_page_lookup(phys, 2), m);
	VM_OBJECT_UNLOCK(phys);
	KUNIT_EXPECT_EQ(test, phys->resident_page_count, 4);
	KUNIT_EXPECT_NULL(test, vm_page_alloc_contig(NULL, 0, VM_ALLOC_NOOBJ, 4, 0, ~0ULL, 1,
						     SZ_8K, VM_MEMATTR_DEFAULT));
}

/* Free lists */

static void P25_era9_isadma_is_below_16_mib(struct kunit *test)
{
	static const struct vm_mem_span spans[] = {
		{ SZ_4M, SZ_8M, 0 },
		VMK_SPAN(0, SZ_4M, 0),
	};
	vm_page_t m;

	vmk_machine(test, spans, 2);
	m = vm_page_alloc_freelist(VM_FREELIST_ISADMA, VM_ALLOC_NORMAL);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_LE(test, VM_PAGE_TO_PHYS(m), SZ_8M - PAGE_SIZE);
	vm_page_free(m);
	m = vm_page_alloc_freelist(VM_FREELIST_DEFAULT, VM_ALLOC_NORMAL | VM_ALLOC_NOOBJ);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, vmk_off(m), 0);
	vm_page_free(m);
	vmk_alloc_refused(test, vm_page_alloc_freelist(2, VM_ALLOC_NORMAL));
	vmk_alloc_refused(test, vm_page_alloc_freelist(-1, VM_ALLOC_NORMAL));
}

static void P25_era9_isadma_without_memory_is_default(struct kunit *test)
{
	vm_page_t m;

	vmk_b4(test);
	m = vm_page_alloc_freelist(VM_FREELIST_ISADMA, VM_ALLOC_NORMAL);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, vmk_off(m), 0);
	vm_page_free(m);
}

/* Cached pages */

static vm_object_t an_object(struct kunit *test)
{
	vmk_b4(test);
	return vmk_object(test, VMK_V, 64);
}

/* A page that is resident, valid, unbusied and filled with @fill. */
static vm_page_t filled_page(struct kunit *test, vm_object_t object, vm_pindex_t pindex, u8 fill)
{
	vm_page_t m = vmk_alloc(test, object, pindex);

	memset(vmk_page_kva(m), fill, PAGE_SIZE);
	vm_page_valid(m);
	vm_page_wakeup(m);
	return m;
}

static vm_page_t cached_page(struct kunit *test, vm_object_t object, vm_pindex_t pindex, u8 fill)
{
	vm_page_t m = filled_page(test, object, pindex, fill);

	VM_OBJECT_LOCK(object);
	vm_page_cache(m);
	KUNIT_EXPECT_TRUE(test, vm_page_is_cached(object, pindex));
	VM_OBJECT_UNLOCK(object);
	return m;
}

static vm_page_t alloc(vm_object_t object, vm_pindex_t pindex, int req)
{
	vm_page_t m;

	VM_OBJECT_LOCK(object);
	m = vm_page_alloc(object, pindex, req);
	VM_OBJECT_UNLOCK(object);
	return m;
}

static bool is_cached(vm_object_t object, vm_pindex_t pindex)
{
	bool cached;

	VM_OBJECT_LOCK(object);
	cached = vm_page_is_cached(object, pindex);
	VM_OBJECT_UNLOCK(object);
	return cached;
}

static long cache_count(void)
{
	return VM_DOMAIN(0)->vmd_cache_count;
}

static void K02_era9_cached_page_comes_back(struct kunit *test)
{
	static const int reqs[] = { 0, VM_ALLOC_IFCACHED, VM_ALLOC_ZERO,
				    VM_ALLOC_IFCACHED | VM_ALLOC_NOBUSY };
	vm_object_t object = an_object(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(reqs); i++) {
		vm_page_t m = cached_page(test, object, i, 0x10 + i);
		const s64 reactivated = VM_CNT_FETCH(v_reactivated);

		KUNIT_EXPECT_PTR_EQ(test, alloc(object, i, reqs[i]), m);
		KUNIT_EXPECT_EQ(test, m->valid, VM_PAGE_BITS_ALL);
		KUNIT_EXPECT_EQ(test, cache_count(), 0);
		KUNIT_EXPECT_EQ(test, VM_CNT_FETCH(v_reactivated), reactivated + 1);
		KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(m, 0x10 + i));
		KUNIT_EXPECT_EQ(test, m->busy_lock, reqs[i] & VM_ALLOC_NOBUSY ?
				VPB_UNBUSIED : VPB_CURTHREAD_EXCLUSIVE);
		KUNIT_EXPECT_EQ(test, m->flags, 0);
	}
}

static void K03_only_a_page_that_is_not_cached(struct kunit *test)
{
	vm_object_t object = an_object(test);
	vm_page_t m = cached_page(test, object, 0, 0x11);
	const long free = vmk_free_count(0);

	KUNIT_EXPECT_NULL(test, alloc(object, 0, VM_ALLOC_IFNOTCACHED));
	KUNIT_EXPECT_TRUE(test, is_cached(object, 0));
	KUNIT_EXPECT_EQ(test, m->valid, VM_PAGE_BITS_ALL);
	KUNIT_EXPECT_EQ(test, cache_count(), 1);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), free);
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), 0);

	/* Elsewhere it is an allocation. */
	KUNIT_EXPECT_NOT_NULL(test, alloc(object, 1, VM_ALLOC_IFNOTCACHED));
	KUNIT_EXPECT_EQ(test, cache_count(), 1);
}

static void K04_only_a_page_that_is_cached(struct kunit *test)
{
	vm_object_t object = an_object(test);

	KUNIT_EXPECT_NULL(test, alloc(object, 0, VM_ALLOC_IFCACHED));
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), 0);

	/* Nor does it matter that nothing is free. */
	vmk_leave_free(test, 0, 43);
	KUNIT_EXPECT_NULL(test, alloc(object, 0, VM_ALLOC_IFCACHED));
	KUNIT_EXPECT_NULL(test, vm_page_alloc(NULL, 0, VM_ALLOC_NOOBJ | VM_ALLOC_IFCACHED));
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 43);
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), 0);
}

static void K06_both_is_nothing(struct kunit *test)
{
	vm_object_t object = an_object(test);
	const int both = VM_ALLOC_IFCACHED | VM_ALLOC_IFNOTCACHED;
	long free;

	cached_page(test, object, 0, 0x11);
	free = vmk_free_count(0);
	KUNIT_EXPECT_NULL(test, alloc(object, 0, both));
	KUNIT_EXPECT_NULL(test, alloc(object, 1, both));
	KUNIT_EXPECT_NULL(test, vm_page_alloc(NULL, 0, VM_ALLOC_NOOBJ | both));
	KUNIT_EXPECT_TRUE(test, is_cached(object, 0));
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), free);
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), 0);
}

static void allocation_needs_the_lock(struct kunit *test)
{
	static const int reqs[] = { 0, VM_ALLOC_IFCACHED, VM_ALLOC_IFNOTCACHED,
				    VM_ALLOC_IFCACHED | VM_ALLOC_IFNOTCACHED };
	vm_object_t object = an_object(test);
	unsigned int i;

	cached_page(test, object, 0, 0x11);
	for (i = 0; i < ARRAY_SIZE(reqs); i++)
		vmk_alloc_refused(test, vm_page_alloc(object, 0, reqs[i]));
	KUNIT_EXPECT_TRUE(test, is_cached(object, 0));
}

/* Grab */

static vm_page_t grab(vm_object_t object, vm_pindex_t pindex, int req)
{
	vm_page_t m;

	VM_OBJECT_LOCK(object);
	m = vm_page_grab(object, pindex, req);
	VM_OBJECT_UNLOCK(object);
	return m;
}

static void grab_must_be_asked_to_retry(struct kunit *test)
{
	vm_object_t object = an_object(test);
	vm_page_t m;

	vmk_alloc_refused(test, grab(object, 0, VM_ALLOC_NORMAL));
	vmk_alloc_refused(test, grab(object, 0, VM_ALLOC_RETRY | VM_ALLOC_NOBUSY));
	vmk_alloc_refused(test, vm_page_grab(object, 0, VM_ALLOC_RETRY));
	m = grab(object, 0, VM_ALLOC_NORMAL | VM_ALLOC_RETRY);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_CURTHREAD_EXCLUSIVE);
	KUNIT_EXPECT_EQ(test, m->valid, 0);
	vm_page_wakeup(m);
	KUNIT_EXPECT_PTR_EQ(test, grab(object, 0, VM_ALLOC_RETRY | VM_ALLOC_NOBUSY |
				       VM_ALLOC_WIRED), m);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_UNBUSIED);
	KUNIT_EXPECT_EQ(test, m->ref_count, VPRC_OBJREF | 1);
	vm_page_unwire(m, 0);
}

static void G02_era9_a_page_from_the_cache_is_not_zeroed(struct kunit *test)
{
	const int req = VM_ALLOC_RETRY | VM_ALLOC_ZERO;
	vm_object_t object = an_object(test);
	vm_page_t cached = cached_page(test, object, 1, 0x11);
	vm_page_t there = filled_page(test, object, 2, 0x22);
	vm_page_t m = grab(object, 0, req);

	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(m, 0));
	KUNIT_EXPECT_EQ(test, m->valid, 0);
	KUNIT_EXPECT_PTR_EQ(test, grab(object, 1, req), cached);
	KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(cached, 0x11));
	KUNIT_EXPECT_EQ(test, cached->valid, VM_PAGE_BITS_ALL);
	KUNIT_EXPECT_PTR_EQ(test, grab(object, 2, req), there);
	KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(there, 0x22));
}

struct grabber {
	vm_object_t object;
	int req;
	vm_page_t m;
};

static void grab_and_let_go(void *arg)
{
	struct grabber *g = arg;

	g->m = grab(g->object, 0, g->req);
	if (g->m)
		vm_page_wakeup(g->m);
}

static void G04_era9_grab_always_returns_a_page(struct kunit *test)
{
	struct grabber g = { .req = VM_ALLOC_RETRY };
	struct vmk_thread *t;
	vm_page_t m, ma[8];
	unsigned int i;

	g.object = an_object(test);
	for (i = 0; i < ARRAY_SIZE(ma); i++)
		ma[i] = vmk_noobj(test);
	m = vmk_alloc(test, g.object, 0);
	t = vmk_thread_start(test, grab_and_let_go, &g);
	vmk_until(test, vmk_page_is_waited_for(m));
	vm_page_wakeup(m);
	vmk_thread_join(test, t);
	KUNIT_EXPECT_PTR_EQ(test, g.m, m);

	VM_OBJECT_LOCK(g.object);
	vm_page_free(m);
	VM_OBJECT_UNLOCK(g.object);
	vmk_exhaust(test, VM_ALLOC_NORMAL);
	t = vmk_thread_start(test, grab_and_let_go, &g);
	vmk_until(test, vm_wait_count() == 1);
	for (i = 0; i < ARRAY_SIZE(ma); i++)
		vmk_free(test, ma[i]);
	vmk_thread_join(test, t);
	KUNIT_EXPECT_NOT_NULL(test, g.m);
}

static void grab_waits_for_io_unless_told(struct kunit *test)
{
	static const int reqs[] = { VM_ALLOC_RETRY, VM_ALLOC_RETRY | VM_ALLOC_IGN_SBUSY };
	vm_object_t object = an_object(test);
	vm_page_t m = filled_page(test, object, 0, 0x11);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(reqs); i++) {
		struct grabber g = { .object = object, .req = reqs[i] };
		struct vmk_thread *t;

		vm_page_io_start(m);
		KUNIT_EXPECT_PTR_EQ(test, grab(object, 0, VM_ALLOC_RETRY | VM_ALLOC_IGN_SBUSY |
					       VM_ALLOC_NOBUSY | VM_ALLOC_WIRED), m);
		KUNIT_EXPECT_EQ(test, m->busy_lock, 0x9);
		vm_page_unwire(m, 0);
		t = vmk_thread_start(test, grab_and_let_go, &g);
		vmk_until(test, vmk_page_is_waited_for(m) && vmk_thread_is_asleep(t));
		vm_page_io_finish(m);
		vmk_thread_join(test, t);
		KUNIT_EXPECT_PTR_EQ(test, g.m, m);
	}
}

/* Rename */

struct two_objects {
	vm_object_t o, o2;
};

static struct two_objects two_objects(struct kunit *test)
{
	struct two_objects two = { .o = an_object(test) };

	two.o2 = vmk_object(test, VMK_V, 64);
	return two;
}

static void rename_locked(struct two_objects *two, vm_page_t m, vm_pindex_t pindex)
{
	vmpage_object_wlock_two(two->o, two->o2);
	vm_page_rename(m, two->o2, pindex);
	vmpage_object_wunlock_two(two->o, two->o2);
}

static void K13_a_cached_page_is_renamed_and_deactivated(struct kunit *test)
{
	struct two_objects two = two_objects(test);
	vm_page_t m = cached_page(test, two.o, 3, 0x11);

	rename_locked(&two, m, 7);
	KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(two.o2, 7), m);
	KUNIT_EXPECT_NULL(test, vmk_lookup(two.o, 3));
	KUNIT_EXPECT_FALSE(test, is_cached(two.o, 3));
	KUNIT_EXPECT_EQ(test, vm_page_queue(m), PQ_INACTIVE);
	KUNIT_EXPECT_EQ(test, m->dirty, VM_PAGE_BITS_ALL);
	KUNIT_EXPECT_EQ(test, m->valid, VM_PAGE_BITS_ALL);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_UNBUSIED);
	KUNIT_EXPECT_EQ(test, m->ref_count, VPRC_OBJREF);
	KUNIT_EXPECT_EQ(test, m->oflags, 0);
	KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(m, 0x11));
	KUNIT_EXPECT_EQ(test, cache_count(), 0);
	KUNIT_EXPECT_EQ(test, two.o->resident_page_count, 0);
	KUNIT_EXPECT_EQ(test, two.o2->resident_page_count, 1);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1023);
}

static void K13_a_wired_page_is_not_deactivated(struct kunit *test)
{
	struct two_objects two = two_objects(test);
	vm_page_t m = filled_page(test, two.o, 3, 0x11);

	vm_page_busy(m);
	vm_page_wire(m);
	rename_locked(&two, m, 7);
	KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(two.o2, 7), m);
	KUNIT_EXPECT_EQ(test, vm_page_queue(m), PQ_NONE);
	KUNIT_EXPECT_EQ(test, m->dirty, VM_PAGE_BITS_ALL);
	KUNIT_EXPECT_EQ(test, m->ref_count, VPRC_OBJREF | 1);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_UNBUSIED);
	vm_page_unwire(m, 0);
}

static void K13_an_unmanaged_page_is_not_deactivated(struct kunit *test)
{
	struct two_objects two = two_objects(test);
	vm_page_t m = cached_page(test, two.o, 3, 0x11);
	int i;

	/* Cached, and unmanaged where it goes; then unmanaged from the start. */
	two.o2 = vmk_object_type(test, OBJT_PHYS, 64);
	for (i = 0; i < 2; i++) {
		rename_locked(&two, m, 7 + i);
		KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(two.o2, 7 + i), m);
		KUNIT_EXPECT_EQ(test, m->oflags, VPO_UNMANAGED);
		KUNIT_EXPECT_EQ(test, vm_page_queue(m), PQ_NONE);
		KUNIT_EXPECT_EQ(test, m->dirty, VM_PAGE_BITS_ALL);
		m->dirty = 0;
	}
}

static void K13_a_resident_page_stays_on_its_queue(struct kunit *test)
{
	struct two_objects two = two_objects(test);
	vm_page_t m = filled_page(test, two.o, 3, 0x11);

	vm_page_activate(m);
	rename_locked(&two, m, 7);
	KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(two.o2, 7), m);
	KUNIT_EXPECT_EQ(test, vm_page_queue(m), PQ_ACTIVE);
}

static void what_is_valid_of_a_renamed_page_is_dirty(struct kunit *test)
{
	struct two_objects two = two_objects(test);
	vm_page_t m = vmk_alloc(test, two.o, 3);
	int i;

	m->valid = 0x0f;
	for (i = 0; i < 2; i++) {
		rename_locked(&two, m, 7 + i);
		KUNIT_EXPECT_EQ(test, m->pindex, 7 + i);
		KUNIT_EXPECT_EQ(test, m->dirty, 0x0f);
		KUNIT_EXPECT_EQ(test, m->valid, 0x0f);
		KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_UNBUSIED);
		m->dirty = 0;
		VM_OBJECT_LOCK(two.o2);
		vm_page_cache(m);
		VM_OBJECT_UNLOCK(two.o2);
		two.o = two.o2;
	}
	VM_OBJECT_LOCK(two.o2);
	vm_page_cache_free(two.o2, 0, 0);
	VM_OBJECT_UNLOCK(two.o2);
}

static void L18_era9_rename_waits_for_a_node(struct kunit *test)
{
	struct two_objects two = two_objects(test);
	vm_page_t m = filled_page(test, two.o, 3, 0x11);

	vmk_fail_node(1);
	rename_locked(&two, m, 7);
	KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(two.o2, 7), m);

	/* A cached page takes one where it was, and one where it goes. */
	m = cached_page(test, two.o, 4, 0x22);
	vmk_fail_node(2);
	rename_locked(&two, m, 8);
	KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(two.o2, 8), m);
	KUNIT_EXPECT_EQ(test, vm_page_queue(m), PQ_INACTIVE);

	m = cached_page(test, two.o, 5, 0x33);
	vmk_fail_node(1);
	rename_locked(&two, m, 9);
	KUNIT_EXPECT_NULL(test, vmk_lookup(two.o2, 9));
	KUNIT_EXPECT_NULL(test, m->object);
	KUNIT_EXPECT_FALSE(test, is_cached(two.o, 5));
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1022);
}

static void a_page_that_was_taken_is_not_renamed(struct kunit *test)
{
	struct two_objects two = two_objects(test);
	vm_page_t other, m = cached_page(test, two.o, 3, 0x11);
	vm_object_t object = vmk_object(test, VMK_V, 8);

	/* Taken, and free. */
	KUNIT_EXPECT_EQ(test, vm_page_cache_reclaim(VM_DOMAIN(0), 1), 1);
	rename_locked(&two, m, 7);
	KUNIT_EXPECT_NULL(test, m->object);
	KUNIT_EXPECT_EQ(test, two.o2->resident_page_count, 0);

	/* Taken, and somebody else's, of no object and of another. */
	vmk_drain();
	other = vmk_noobj(test);
	KUNIT_EXPECT_PTR_EQ(test, other, m);
	rename_locked(&two, m, 7);
	vmk_free(test, other);
	vmk_drain();
	other = filled_page(test, object, 3, 0x22);
	KUNIT_EXPECT_PTR_EQ(test, other, m);
	rename_locked(&two, m, 7);
	KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(object, 3), m);
	KUNIT_EXPECT_EQ(test, m->dirty, 0);
	KUNIT_EXPECT_EQ(test, two.o2->resident_page_count, 0);
}

static void rename_nonsense_is_refused(struct kunit *test)
{
	struct two_objects two = two_objects(test);
	vm_page_t m = filled_page(test, two.o, 3, 0x11), cached = cached_page(test, two.o, 4, 0x22);

	filled_page(test, two.o2, 7, 0x33);
	vmk_refused(test, rename_locked(&two, m, 7));
	vmk_refused(test, rename_locked(&two, cached, 7));
	VM_OBJECT_LOCK(two.o);
	vmk_refused(test, vm_page_rename(m, two.o2, 8));
	vmk_refused(test, vm_page_rename(m, two.o, 3));
	vmk_refused(test, vm_page_rename(cached, two.o, 4));
	VM_OBJECT_UNLOCK(two.o);
	vm_page_io_start(m);
	vmk_refused(test, rename_locked(&two, m, 8));
	KUNIT_EXPECT_EQ(test, m->busy_lock, 0x9);
	vm_page_io_finish(m);
	KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(two.o, 3), m);
	KUNIT_EXPECT_EQ(test, m->dirty, 0);
	KUNIT_EXPECT_TRUE(test, is_cached(two.o, 4));
}

/* Insert and remove */

static void insert_waits_for_a_node(struct kunit *test)
{
	vm_object_t object = an_object(test);
	vm_page_t m = vmk_noobj(test), again = vmk_noobj(test);

	vmk_fail_node(1);
	VM_OBJECT_LOCK(object);
	vm_page_insert(m, object, 4);
	KUNIT_EXPECT_PTR_EQ(test, vm_page_lookup(object, 4), m);
	KUNIT_EXPECT_EQ(test, m->ref_count, VPRC_OBJREF);
	vmk_refused(test, vm_page_insert(m, object, 5));
	vmk_refused(test, vm_page_insert(again, object, 4));
	VM_OBJECT_UNLOCK(object);
	vmk_refused(test, vm_page_insert(again, object, 5));
	vmk_free(test, again);
	VM_OBJECT_LOCK(object);
	vmk_refused(test, vm_page_insert(again, object, 5));
	vm_page_remove(m);
	VM_OBJECT_UNLOCK(object);
	KUNIT_EXPECT_EQ(test, object->resident_page_count, 0);
}

struct remover {
	vm_object_t object;
	vm_page_t m;
	bool owned;			/* the object is locked */
};

static void remove_page(void *arg)
{
	struct remover *r = arg;

	VM_OBJECT_LOCK(r->object);
	WRITE_ONCE(r->owned, true);
	vm_page_remove(r->m);
	VM_OBJECT_UNLOCK(r->object);
}

/* As a lookup without a lock makes it that was led to the wrong page. */
static void a_stranger_is_waited_out(struct kunit *test)
{
	struct remover r = { .object = an_object(test) };
	struct vmk_thread *t;

	r.m = filled_page(test, r.object, 0, 0x11);
	vm_page_io_start(r.m);
	t = vmk_thread_start(test, remove_page, &r);
	vmk_until(test, READ_ONCE(r.owned) && vmk_thread_is_asleep(t));
	vm_page_io_finish(r.m);
	vmk_thread_join(test, t);
	KUNIT_EXPECT_NULL(test, r.m->object);
	KUNIT_EXPECT_EQ(test, r.m->busy_lock, VPB_UNBUSIED);
	vm_page_free(r.m);
}

static void L15_era9_remove_takes_an_unbusied_page(struct kunit *test)
{
	vm_object_t object = an_object(test);
	vm_page_t ma[2];
	int i;

	for (i = 0; i < 2; i++) {
		ma[i] = filled_page(test, object, i, 0x11);
		if (i)
			vm_page_busy(ma[i]);
	}
	vmk_refused(test, vm_page_remove(ma[0]));
	VM_OBJECT_LOCK(object);
	vm_page_io_start(ma[0]);
	vmk_refused(test, vm_page_remove(ma[0]));
	vm_page_io_finish(ma[0]);
	for (i = 0; i < 2; i++) {
		vm_page_remove(ma[i]);
		KUNIT_EXPECT_NULL(test, ma[i]->object);
		KUNIT_EXPECT_EQ(test, ma[i]->busy_lock, VPB_UNBUSIED);
		KUNIT_EXPECT_EQ(test, ma[i]->ref_count, 0);
	}
	VM_OBJECT_UNLOCK(object);
	KUNIT_EXPECT_EQ(test, object->resident_page_count, 0);

	/* Without an object there is nothing to do, and nothing to report. */
	for (i = 0; i < 2; i++) {
		vm_page_remove(ma[i]);
		vm_page_free(ma[i]);
	}
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
}

/* Wirings, and freeing */

static void L10_era9_last_unwire_chooses_the_queue(struct kunit *test)
{
	vm_object_t object = an_object(test);
	vm_page_t m = filled_page(test, object, 0, 0x11);
	int activate;

	for (activate = 0; activate < 2; activate++) {
		vm_page_busy(m);
		vm_page_wire(m);
		vm_page_wire(m);
		vm_page_wakeup(m);
		vm_page_unwire(m, activate);
		KUNIT_EXPECT_EQ(test, vm_page_queue(m), PQ_NONE);
		KUNIT_EXPECT_EQ(test, vmk_wired(), 1);
		vm_page_unwire(m, activate);
		KUNIT_EXPECT_EQ(test, vm_page_queue(m), activate ? PQ_ACTIVE : PQ_INACTIVE);
		KUNIT_EXPECT_EQ(test, vmk_wired(), 0);
	}
	vmk_refused(test, vm_page_unwire(m, 1));
}

static void P22_era9_unwire_frees_nothing(struct kunit *test)
{
	vm_page_t m;

	vmk_b4(test);
	m = vm_page_alloc(NULL, 0, VM_ALLOC_NOOBJ | VM_ALLOC_WIRED);
	KUNIT_ASSERT_NOT_NULL(test, m);
	vm_page_unwire(m, 0);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_UNBUSIED);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1023);
	vm_page_free(m);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
}

static void free_toq_keeps_what_is_known(struct kunit *test)
{
	vm_object_t object = an_object(test);
	vm_page_t m;
	int i;

	for (i = 0; i < 2; i++) {
		m = filled_page(test, object, 0, 0);
		m->flags = i ? PG_ZERO : 0;
		VM_OBJECT_LOCK(object);
		vm_page_free_toq(m);
		VM_OBJECT_UNLOCK(object);
		KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_FREED);
		KUNIT_EXPECT_EQ(test, m->flags, i ? PG_ZERO : 0);
		KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
	}
}

static void P19_era9_an_unbusied_page_is_freed(struct kunit *test)
{
	vm_object_t object = an_object(test);
	vm_page_t m;
	int i;

	for (i = 0; i < 4; i++) {
		m = filled_page(test, object, 0, 0);
		if (i & 1)
			vm_page_busy(m);
		vmk_refused(test, vm_page_free(m));
		VM_OBJECT_LOCK(object);
		if (i & 2)
			vm_page_free_zero(m);
		else
			vm_page_free(m);
		VM_OBJECT_UNLOCK(object);
		KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_FREED);
		KUNIT_EXPECT_EQ(test, vmk_flags(m), i & 2 ? PG_ZERO : 0);
		KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
	}
}

static void P18_era9_a_page_in_use_is_not_freed(struct kunit *test)
{
	vm_object_t object = an_object(test);
	vm_page_t m = filled_page(test, object, 0, 0x11);

	VM_OBJECT_LOCK(object);
	vm_page_wire(m);
	vmk_refused(test, vm_page_free(m));
	vmk_refused(test, vm_page_free_zero(m));
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_UNBUSIED);
	vm_page_busy(m);
	vmk_refused(test, vm_page_free(m));
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_CURTHREAD_EXCLUSIVE);
	vm_page_wakeup(m);
	vm_page_unwire(m, 0);
	vm_page_io_start(m);
	vmk_refused(test, vm_page_free(m));
	KUNIT_EXPECT_EQ(test, m->busy_lock, 0x9);
	vm_page_io_finish(m);
	vm_page_free(m);
	vmk_refused(test, vm_page_free(m));
	VM_OBJECT_UNLOCK(object);
}

static void try_to_free_leaves_what_is_in_use(struct kunit *test)
{
	vm_object_t object = an_object(test), phys = vmk_object_type(test, OBJT_PHYS, 8);
	vm_page_t m = filled_page(test, object, 0, 0x11), unmanaged = filled_page(test, phys, 0, 0);

	vmk_refused(test, KUNIT_EXPECT_EQ(test, vm_page_try_to_free(m), 0));
	VM_OBJECT_LOCK(phys);
	KUNIT_EXPECT_EQ(test, vm_page_try_to_free(unmanaged), 0);
	VM_OBJECT_UNLOCK(phys);
	VM_OBJECT_LOCK(object);
	m->dirty = 1;
	KUNIT_EXPECT_EQ(test, vm_page_try_to_free(m), 0);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_UNBUSIED);
	m->dirty = 0;
	vm_page_wire(m);
	KUNIT_EXPECT_EQ(test, vm_page_try_to_free(m), 0);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_UNBUSIED);
	vm_page_unwire(m, 0);
	vm_page_busy(m);
	KUNIT_EXPECT_EQ(test, vm_page_try_to_free(m), 0);
	vm_page_wakeup(m);
	vm_page_io_start(m);
	KUNIT_EXPECT_EQ(test, vm_page_try_to_free(m), 0);
	vm_page_io_finish(m);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1022);
	KUNIT_EXPECT_EQ(test, vm_page_try_to_free(m), 1);
	KUNIT_EXPECT_NULL(test, vm_page_lookup(object, 0));
	VM_OBJECT_UNLOCK(object);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1023);
	m = vmk_noobj(test);
	vmk_refused(test, KUNIT_EXPECT_EQ(test, vm_page_try_to_free(m), 0));
}

static void dontneed_deactivates(struct kunit *test)
{
	vm_object_t object = an_object(test);
	vm_page_t m = filled_page(test, object, 0, 0x11);

	vmk_refused(test, vm_page_dontneed(m));
	VM_OBJECT_LOCK(object);
	vm_page_activate(m);
	vm_page_dontneed(m);
	KUNIT_EXPECT_EQ(test, vm_page_queue(m), PQ_INACTIVE);
	KUNIT_EXPECT_EQ(test, m->a.flags, PGA_REQUEUE_HEAD);
	m->dirty = VM_PAGE_BITS_ALL;
	vm_page_dontneed(m);
	KUNIT_EXPECT_EQ(test, vm_page_queue(m), PQ_INACTIVE);
	KUNIT_EXPECT_EQ(test, m->a.flags, PGA_REQUEUE);
	KUNIT_EXPECT_EQ(test, m->dirty, VM_PAGE_BITS_ALL);
	VM_OBJECT_UNLOCK(object);
	m = vmk_noobj(test);
	vmk_refused(test, vm_page_dontneed(m));
}

static struct kunit_case vmpage_page_era9_cases[] = {
	KUNIT_CASE_PARAM(foreign_flags_are_refused, function_gen_params),
	KUNIT_CASE_PARAM(era_flags_give_a_page, function_gen_params),
	KUNIT_CASE_PARAM(allocation_never_sleeps, alloc_gen_params),
	KUNIT_CASE_PARAM(P07_era9_zero_only_when_asked, function_gen_params),
	KUNIT_CASE_PARAM(P06_era9_zero_is_only_a_wish, alloc_gen_params),
	KUNIT_CASE(K14_era9_page_without_object_keeps_its_index),
	KUNIT_CASE(W10_era9_failing_run_counts_its_pages),
	KUNIT_CASE(runs_go_to_objects_of_type_phys),
	KUNIT_CASE(P25_era9_isadma_is_below_16_mib),
	KUNIT_CASE(P25_era9_isadma_without_memory_is_default),
	KUNIT_CASE(K02_era9_cached_page_comes_back),
	KUNIT_CASE(K03_only_a_page_that_is_not_cached),
	KUNIT_CASE(K04_only_a_page_that_is_cached),
	KUNIT_CASE(K06_both_is_nothing),
	KUNIT_CASE(allocation_needs_the_lock),
	KUNIT_CASE(grab_must_be_asked_to_retry),
	KUNIT_CASE(G02_era9_a_page_from_the_cache_is_not_zeroed),
	KUNIT_CASE(G04_era9_grab_always_returns_a_page),
	KUNIT_CASE(grab_waits_for_io_unless_told),
	KUNIT_CASE(K13_a_cached_page_is_renamed_and_deactivated),
	KUNIT_CASE(K13_a_wired_page_is_not_deactivated),
	KUNIT_CASE(K13_an_unmanaged_page_is_not_deactivated),
	KUNIT_CASE(K13_a_resident_page_stays_on_its_queue),
	KUNIT_CASE(what_is_valid_of_a_renamed_page_is_dirty),
	KUNIT_CASE(L18_era9_rename_waits_for_a_node),
	KUNIT_CASE(a_page_that_was_taken_is_not_renamed),
	KUNIT_CASE(rename_nonsense_is_refused),
	KUNIT_CASE(insert_waits_for_a_node),
	KUNIT_CASE(a_stranger_is_waited_out),
	KUNIT_CASE(L15_era9_remove_takes_an_unbusied_page),
	KUNIT_CASE(L10_era9_last_unwire_chooses_the_queue),
	KUNIT_CASE(P22_era9_unwire_frees_nothing),
	KUNIT_CASE(free_toq_keeps_what_is_known),
	KUNIT_CASE(P19_era9_an_unbusied_page_is_freed),
	KUNIT_CASE(P18_era9_a_page_in_use_is_not_freed),
	KUNIT_CASE(try_to_free_leaves_what_is_in_use),
	KUNIT_CASE(dontneed_deactivates),
	{}
};

static struct kunit_suite vmpage_page_era9_suite = {
	.name = "vmpage_page_era9",
	.init = vmk_init,
	.exit = vmk_exit,
	.test_cases = vmpage_page_era9_cases,
};

kunit_test_suite(vmpage_page_era9_suite);
