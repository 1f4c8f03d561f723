// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * FreeBSD 12's interface, as a source of that era sees it.
 */
#define VMPAGE_KPI_ERA 12
#include "kunit_fixture.h"

/* What the era has, and what it has not */

#if defined(VM_ALLOC_NORECLAIM) || defined(VM_ALLOC_AVAIL0) || defined(VM_ALLOC_AVAIL1) || \
	defined(VM_ALLOC_NOCREAT) || defined(VM_ALLOC_COUNT_MAX) || defined(VM_ALLOC_RETRY) || \
	defined(VM_ALLOC_IFCACHED) || defined(VM_ALLOC_IFNOTCACHED)
#error "flags of another era"
#endif

static_assert(VM_ALLOC_NORMAL == 0 && VM_ALLOC_INTERRUPT == 1 && VM_ALLOC_SYSTEM == 2 &&
	      VM_ALLOC_CLASS_MASK == 3);
static_assert(VM_ALLOC_WAITOK == 0x0008 && VM_ALLOC_WAITFAIL == 0x0010);
static_assert(VM_ALLOC_WIRED == 0x0020 && VM_ALLOC_ZERO == 0x0040);
static_assert(VM_ALLOC_NOOBJ == 0x0100 && VM_ALLOC_NOBUSY == 0x0200);
static_assert(VM_ALLOC_IGN_SBUSY == 0x1000 && VM_ALLOC_NODUMP == 0x2000);
static_assert(VM_ALLOC_SBUSY == 0x4000 && VM_ALLOC_NOWAIT == 0x8000);
static_assert(VM_ALLOC_COUNT_SHIFT == 16 && VM_ALLOC_COUNT(3) == 0x30000);

#define HAS_TYPE(function, ...)	static_assert(__same_type(&(function), __VA_ARGS__))

HAS_TYPE(vm_page_alloc, vm_page_t (*)(vm_object_t, vm_pindex_t, int));
HAS_TYPE(vm_page_alloc_domain, vm_page_t (*)(vm_object_t, vm_pindex_t, int, int));
HAS_TYPE(vm_page_alloc_after, vm_page_t (*)(vm_object_t, vm_pindex_t, int, vm_page_t));
HAS_TYPE(vm_page_alloc_domain_after, vm_page_t (*)(vm_object_t, vm_pindex_t, int, int, vm_page_t));
HAS_TYPE(vm_page_alloc_contig,
	 vm_page_t (*)(vm_object_t, vm_pindex_t, int, u_long, vm_paddr_t, vm_paddr_t, u_long,
		       vm_paddr_t, vm_memattr_t));
HAS_TYPE(vm_page_alloc_contig_domain,
	 vm_page_t (*)(vm_object_t, vm_pindex_t, int, int, u_long, vm_paddr_t, vm_paddr_t, u_long,
		       vm_paddr_t, vm_memattr_t));
HAS_TYPE(vm_page_alloc_freelist, vm_page_t (*)(int, int));
HAS_TYPE(vm_page_alloc_freelist_domain, vm_page_t (*)(int, int, int));
HAS_TYPE(vm_page_grab, vm_page_t (*)(vm_object_t, vm_pindex_t, int));
HAS_TYPE(vm_page_grab_pages, int (*)(vm_object_t, vm_pindex_t, int, vm_page_t *, int));
HAS_TYPE(vm_page_unwire, bool (*)(vm_page_t, u8));
HAS_TYPE(vm_page_free_toq, void (*)(vm_page_t));
HAS_TYPE(vm_page_replace, vm_page_t (*)(vm_page_t, vm_object_t, vm_pindex_t));
HAS_TYPE(vm_page_rename, int (*)(vm_page_t, vm_object_t, vm_pindex_t));
HAS_TYPE(vm_page_insert, int (*)(vm_page_t, vm_object_t, vm_pindex_t));
HAS_TYPE(vm_page_remove, bool (*)(vm_page_t));
HAS_TYPE(vm_page_busy_sleep, void (*)(vm_page_t, const char *, bool));
HAS_TYPE(vm_page_sleep_if_busy, int (*)(vm_page_t, const char *));
HAS_TYPE(vm_page_xbusy, void (*)(vm_page_t));
HAS_TYPE(vm_page_sbusy, void (*)(vm_page_t));
HAS_TYPE(vm_page_reclaim_contig,
	 bool (*)(int, u_long, vm_paddr_t, vm_paddr_t, u_long, vm_paddr_t));
HAS_TYPE(vm_page_reclaim_contig_domain,
	 bool (*)(int, int, u_long, vm_paddr_t, vm_paddr_t, u_long, vm_paddr_t));

/* Requests */

enum era_function {
	ALLOC,
	ALLOC_DOMAIN,
	ALLOC_AFTER,
	ALLOC_DOMAIN_AFTER,
	ALLOC_CONTIG,
	ALLOC_CONTIG_DOMAIN,
	ALLOC_FREELIST,
	ALLOC_FREELIST_DOMAIN,
	GRAB,
	GRAB_PAGES,
};

struct function_case {
	const char *name;
	enum era_function function;
	bool object;
	unsigned int accepted;		/* request bits */
};

#define ACCEPT_ALL	(VM_ALLOC_CLASS_MASK | VM_ALLOC_WAITFAIL | VM_ALLOC_NOWAIT |	\
			 VM_ALLOC_WIRED | VM_ALLOC_ZERO | VM_ALLOC_NODUMP)
#define ACCEPT_COUNT	VM_ALLOC_COUNT(0xffff)
#define ACCEPT_OBJECT	(ACCEPT_ALL | VM_ALLOC_NOBUSY | VM_ALLOC_SBUSY | ACCEPT_COUNT)
#define ACCEPT_NOOBJ	(ACCEPT_ALL | VM_ALLOC_NOBUSY | VM_ALLOC_WAITOK | VM_ALLOC_NOOBJ | \
			 ACCEPT_COUNT)
#define ACCEPT_RANGE	(ACCEPT_ALL | VM_ALLOC_WAITOK | VM_ALLOC_SBUSY | VM_ALLOC_IGN_SBUSY)
#define ACCEPT_GRAB	(ACCEPT_RANGE | ACCEPT_COUNT)

static const struct function_case function_cases[] = {
	{ "vm_page_alloc", ALLOC, true, ACCEPT_OBJECT },
	{ "vm_page_alloc_domain", ALLOC_DOMAIN, true, ACCEPT_OBJECT },
	{ "vm_page_alloc_after", ALLOC_AFTER, true, ACCEPT_OBJECT },
	{ "vm_page_alloc_domain_after", ALLOC_DOMAIN_AFTER, true, ACCEPT_OBJECT },
	{ "vm_page_alloc_contig", ALLOC_CONTIG, true, ACCEPT_OBJECT },
	{ "vm_page_alloc_contig_domain", ALLOC_CONTIG_DOMAIN, true, ACCEPT_OBJECT },
	{ "vm_page_alloc_noobj", ALLOC, false, ACCEPT_NOOBJ },
	{ "vm_page_alloc_domain_noobj", ALLOC_DOMAIN, false, ACCEPT_NOOBJ },
	{ "vm_page_alloc_after_noobj", ALLOC_AFTER, false, ACCEPT_NOOBJ },
	{ "vm_page_alloc_domain_after_noobj", ALLOC_DOMAIN_AFTER, false, ACCEPT_NOOBJ },
	{ "vm_page_alloc_contig_noobj", ALLOC_CONTIG, false, ACCEPT_NOOBJ },
	{ "vm_page_alloc_contig_domain_noobj", ALLOC_CONTIG_DOMAIN, false, ACCEPT_NOOBJ },
	{ "vm_page_alloc_freelist", ALLOC_FREELIST, false, ACCEPT_NOOBJ },
	{ "vm_page_alloc_freelist_domain", ALLOC_FREELIST_DOMAIN, false, ACCEPT_NOOBJ },
	{ "vm_page_grab", GRAB, true, ACCEPT_GRAB },
	{ "vm_page_grab_pages", GRAB_PAGES, true, ACCEPT_RANGE },
};

static void function_desc(const struct function_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(function, function_cases, function_desc);

/* Those of them that are called without object. */
static const struct function_case noobj_cases[] = {
	{ "vm_page_alloc", ALLOC },
	{ "vm_page_alloc_domain", ALLOC_DOMAIN },
	{ "vm_page_alloc_after", ALLOC_AFTER },
	{ "vm_page_alloc_domain_after", ALLOC_DOMAIN_AFTER },
	{ "vm_page_alloc_contig", ALLOC_CONTIG },
	{ "vm_page_alloc_contig_domain", ALLOC_CONTIG_DOMAIN },
	{ "vm_page_alloc_freelist", ALLOC_FREELIST },
	{ "vm_page_alloc_freelist_domain", ALLOC_FREELIST_DOMAIN },
};

KUNIT_ARRAY_PARAM(noobj, noobj_cases, function_desc);

/* Call a function for one page at index 3, of an object or of none. */
static vm_page_t call_function(enum era_function function, vm_object_t object, int req)
{
	vm_page_t m = NULL;

	switch (function) {
	case ALLOC:
		return vm_page_alloc(object, 3, req);
	case ALLOC_DOMAIN:
		return vm_page_alloc_domain(object, 3, 0, req);
	case ALLOC_AFTER:
		return vm_page_alloc_after(object, 3, req, NULL);
	case ALLOC_DOMAIN_AFTER:
		return vm_page_alloc_domain_after(object, 3, 0, req, NULL);
	case ALLOC_CONTIG:
		return vm_page_alloc_contig(object, 3, req, 1, 0, ~0ULL, 1, 0, VM_MEMATTR_DEFAULT);
	case ALLOC_CONTIG_DOMAIN:
		return vm_page_alloc_contig_domain(object, 3, 0, req, 1, 0, ~0ULL, 1, 0,
						   VM_MEMATTR_DEFAULT);
	case ALLOC_FREELIST:
		return vm_page_alloc_freelist(VM_FREELIST_DEFAULT, req);
	case ALLOC_FREELIST_DOMAIN:
		return vm_page_alloc_freelist_domain(0, VM_FREELIST_DEFAULT, req);
	case GRAB:
		return vm_page_grab(object, 3, req);
	case GRAB_PAGES:
		return vm_page_grab_pages(object, 3, req, &m, 1) ? m : NULL;
	}
	return NULL;
}

static int base_req(const struct function_case *c)
{
	return c->object ? 0 : VM_ALLOC_NOOBJ;
}

/* A machine, and a locked object, or NULL for a function that is called without. */
static vm_object_t function_setup(struct kunit *test, const struct function_case *c)
{
	vm_object_t object;

	vmk_b4(test);
	if (!c->object)
		return NULL;
	object = vmk_object(test, VMK_O, 8);
	VM_OBJECT_WLOCK(object);
	return object;
}

static void function_end(vm_object_t object)
{
	if (object)
		VM_OBJECT_WUNLOCK(object);
}

static void foreign_flags_are_refused(struct kunit *test)
{
	const struct function_case *c = test->param_value;
	vm_object_t object = function_setup(test, c);
	unsigned int bit, nrefused = 0;

	for (bit = 0; bit < 32; bit++) {
		const int req = 1u << bit;

		if (req & c->accepted)
			continue;
		vmk_alloc_refused(test, call_function(c->function, object, base_req(c) | req));
		nrefused++;
	}
	function_end(object);
	KUNIT_EXPECT_GE(test, nrefused, 5);
}

static void era_flags_give_a_page(struct kunit *test)
{
	const struct function_case *c = test->param_value;
	vm_object_t object = function_setup(test, c);
	unsigned int bit;
	vm_page_t m;

	for (bit = 0; bit < 32; bit++) {
		const int req = 1u << bit;

		if (!(req & c->accepted))
			continue;
		m = call_function(c->function, object, base_req(c) | req);
		KUNIT_EXPECT_NOT_NULL_MSG(test, m, "req %#x", req);
		if (!m)
			continue;
		KUNIT_EXPECT_EQ(test, vm_page_wired(m), req == VM_ALLOC_WIRED);
		KUNIT_EXPECT_EQ(test, !!(m->flags & PG_NODUMP), req == VM_ALLOC_NODUMP);
		KUNIT_EXPECT_EQ(test, vm_page_sbusied(m), req == VM_ALLOC_SBUSY);
		vmk_free_any(test, m);
	}
	function_end(object);
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), 0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
}

static void no_page_is_null_and_counts(struct kunit *test)
{
	const struct function_case *c = test->param_value;
	vm_object_t object = function_setup(test, c);

	vmk_leave_free(test, 0, 43);
	KUNIT_EXPECT_NULL(test, call_function(c->function, object, base_req(c) | VM_ALLOC_NOWAIT));
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), 1);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 43);
	if (object)
		KUNIT_EXPECT_EQ(test, object->resident_page_count, 0);
	function_end(object);
}

static void P07_era12_zero_only_when_asked(struct kunit *test)
{
	const struct function_case *c = test->param_value;
	vm_object_t object = function_setup(test, c);
	static const int reqs[] = { 0, VM_ALLOC_ZERO };
	unsigned int i;
	vm_page_t m;

	for (i = 0; i < ARRAY_SIZE(reqs); i++) {
		m = call_function(c->function, object, base_req(c));
		KUNIT_ASSERT_NOT_NULL(test, m);
		pmap_zero_page(m);
		vm_page_free_zero(m);
		KUNIT_EXPECT_PTR_EQ(test, call_function(c->function, object, base_req(c) | reqs[i]),
				    m);
		KUNIT_EXPECT_EQ(test, m->flags & PG_ZERO, reqs[i] ? PG_ZERO : 0);
		vmk_free_any(test, m);
	}
	function_end(object);
}

/* Pages without object */

static void K14_page_without_object_keeps_its_index(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 64);
	m = vm_page_alloc(NULL, 42, VM_ALLOC_NORMAL | VM_ALLOC_NOOBJ);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, m->pindex, 42);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_UNBUSIED);
	KUNIT_EXPECT_NULL(test, m->object);
	vm_page_free(m);

	VM_OBJECT_WLOCK(object);
	vmk_alloc_refused(test, vm_page_alloc(object, 42, VM_ALLOC_NORMAL | VM_ALLOC_NOOBJ));
	VM_OBJECT_WUNLOCK(object);
	vmk_alloc_refused(test, vm_page_alloc(NULL, 42, VM_ALLOC_NORMAL));
}

static void K14_every_page_without_object_is_initialised(struct kunit *test)
{
	const struct function_case *c = test->param_value;
	const bool list = c->function == ALLOC_FREELIST || c->function == ALLOC_FREELIST_DOMAIN;
	vm_page_t m;

	vmk_b4(test);
	m = call_function(c->function, NULL, VM_ALLOC_NOOBJ | VM_ALLOC_WIRED | VM_ALLOC_NODUMP);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_NULL(test, m->object);
	if (!list)
		KUNIT_EXPECT_EQ(test, m->pindex, 3);
	KUNIT_EXPECT_EQ(test, m->oflags, VPO_UNMANAGED);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_UNBUSIED);
	KUNIT_EXPECT_EQ(test, m->a.flags, 0);
	KUNIT_EXPECT_EQ(test, vmk_flags(m), PG_NODUMP);
	KUNIT_EXPECT_EQ(test, m->ref_count, 1);
	KUNIT_EXPECT_EQ(test, vmk_wired(), 1);
	vmk_free_any(test, m);
}

static void K14_a_run_without_object_counts_its_indexes_up(struct kunit *test)
{
	vm_page_t m;
	int i;

	vmk_b4(test);
	m = vm_page_alloc_contig(NULL, 42, VM_ALLOC_NOOBJ, 5, 0, ~0ULL, 1, 0, VM_MEMATTR_DEFAULT);
	KUNIT_ASSERT_NOT_NULL(test, m);
	for (i = 0; i < 5; i++)
		KUNIT_EXPECT_EQ(test, m[i].pindex, 42 + i);
	vmk_hold(test, m, 5);
	m = vm_page_alloc_contig_domain(NULL, 7, 0, VM_ALLOC_NOOBJ, 2, 0, ~0ULL, 1, 0,
					VM_MEMATTR_DEFAULT);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, m[0].pindex, 7);
	KUNIT_EXPECT_EQ(test, m[1].pindex, 8);
	vmk_hold(test, m, 2);
}

/* A run of pages whose last owner left them zero, of an object or of none. */
static vm_page_t run_of_zero_pages(vm_object_t object, int req)
{
	vm_page_t m = vm_page_alloc_contig(NULL, 0, VM_ALLOC_NOOBJ, 4, 0, ~0ULL, 1, 0,
					   VM_MEMATTR_DEFAULT);
	int i;

	for (i = 0; m && i < 4; i++)
		vm_page_free_zero(&m[i]);
	return vm_page_alloc_contig(object, 0, object ? req : req | VM_ALLOC_NOOBJ, 4, 0, ~0ULL, 1,
				    0, VM_MEMATTR_DEFAULT);
}

static void P07_era12_a_run_is_zero_only_when_asked(struct kunit *test)
{
	unsigned int i, j;
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 64);
	VM_OBJECT_WLOCK(object);
	for (i = 0; i < 4; i++) {
		const bool zero = i & 1;

		m = run_of_zero_pages(i & 2 ? object : NULL, zero ? VM_ALLOC_ZERO : 0);
		KUNIT_EXPECT_NOT_NULL(test, m);
		for (j = 0; m && j < 4; j++) {
			KUNIT_EXPECT_EQ(test, m[j].flags, zero ? PG_ZERO : 0);
			vmk_free_any(test, &m[j]);
		}
	}
	VM_OBJECT_WUNLOCK(object);
}

/* 14 would fill the page with zeros. */
static void P06_era12_zero_is_only_a_wish(struct kunit *test)
{
	const struct function_case *c = test->param_value;
	vm_page_t m;

	vmk_b4(test);
	m = call_function(c->function, NULL, VM_ALLOC_NOOBJ);
	KUNIT_ASSERT_NOT_NULL(test, m);
	memset(vmk_page_kva(m), 0x77, PAGE_SIZE);
	vm_page_free(m);
	KUNIT_EXPECT_PTR_EQ(test, call_function(c->function, NULL,
						VM_ALLOC_NOOBJ | VM_ALLOC_ZERO), m);
	KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(m, 0x77));
	KUNIT_EXPECT_EQ(test, vmk_flags(m), 0);
	vm_page_free(m);
}

static void P15_era12_forbidden_combinations_are_refused(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 64);
	m = vmk_alloc(test, object, 0);
	VM_OBJECT_WLOCK(object);
	vmk_alloc_refused(test, vm_page_alloc(object, 3, VM_ALLOC_NOBUSY | VM_ALLOC_SBUSY));
	vmk_alloc_refused(test, vm_page_alloc(object, 3, VM_ALLOC_WAITOK));
	vmk_alloc_refused(test, vm_page_alloc(NULL, 3, VM_ALLOC_NOOBJ | VM_ALLOC_SBUSY));
	vmk_alloc_refused(test, vm_page_alloc_after(NULL, 3, VM_ALLOC_NOOBJ, m));
	vmk_alloc_refused(test, vm_page_alloc_domain_after(NULL, 3, 0, VM_ALLOC_NOOBJ, m));
	vmk_alloc_refused(test, vm_page_alloc_after(object, 3, VM_ALLOC_NOOBJ, m));
	vmk_alloc_refused(test, vm_page_alloc_domain(NULL, 3, 1, VM_ALLOC_NOOBJ));
	vmk_alloc_refused(test, vm_page_grab(object, 3, VM_ALLOC_NOBUSY));
	vmk_alloc_refused(test, vm_page_grab(object, 3, VM_ALLOC_WIRED | VM_ALLOC_NOBUSY |
					     VM_ALLOC_SBUSY));
	VM_OBJECT_WUNLOCK(object);
	vmk_alloc_refused(test, vm_page_alloc(object, 3, 0));
	vmk_alloc_refused(test, vm_page_grab(object, 3, 0));
}

static void after_takes_the_page_before(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m0, m1;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 64);
	m0 = vmk_alloc(test, object, 0);
	VM_OBJECT_WLOCK(object);
	m1 = vm_page_alloc_after(object, 1, VM_ALLOC_NORMAL, m0);
	KUNIT_EXPECT_PTR_EQ(test, vm_page_lookup(object, 1), m1);
	KUNIT_EXPECT_NOT_NULL(test, vm_page_alloc_domain_after(object, 2, 0, VM_ALLOC_NORMAL, m1));
	vmk_alloc_refused(test, vm_page_alloc_after(object, 3, VM_ALLOC_NORMAL, m0));
	VM_OBJECT_WUNLOCK(object);
	KUNIT_EXPECT_EQ(test, object->resident_page_count, 3);
}

static void a_named_domain_gives_the_page(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_c2x4(test);
	object = vmk_object(test, VMK_O, 64);
	VM_OBJECT_WLOCK(object);
	m = vm_page_alloc_domain(object, 0, 1, VM_ALLOC_NORMAL);
	VM_OBJECT_WUNLOCK(object);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, vm_page_domain(m), 1);
	m = vm_page_alloc_domain(NULL, 0, 1, VM_ALLOC_NOOBJ);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, vm_page_domain(m), 1);
	vm_page_free(m);
	m = vm_page_alloc_freelist_domain(1, VM_FREELIST_DEFAULT, 0);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, vm_page_domain(m), 1);
	vm_page_free(m);
}

static void W10_era12_failing_run_counts_once(struct kunit *test)
{
	vmk_b4(test);
	vmk_leave_free(test, 0, 43);
	KUNIT_EXPECT_NULL(test, vm_page_alloc_contig(NULL, 0, VM_ALLOC_NOOBJ, 100, 0, ~0ULL, 1, 0,
						     VM_MEMATTR_DEFAULT));
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), 1);
}

/* Waiting */

struct asker {
	int req;
	vm_page_t m;
};

static void ask_without_object(void *arg)
{
	struct asker *a = arg;

	a->m = vm_page_alloc(NULL, 9, a->req);
}

static void wait_flags_are_those_of_14(struct kunit *test)
{
	static const int reqs[] = { VM_ALLOC_WAITFAIL, VM_ALLOC_WAITOK };
	unsigned int i, j;

	vmk_b4(test);
	for (i = 0; i < ARRAY_SIZE(reqs); i++) {
		struct asker a = { .req = VM_ALLOC_NOOBJ | reqs[i] };
		struct vmk_thread *t;
		vm_page_t ma[8];

		for (j = 0; j < ARRAY_SIZE(ma); j++)
			ma[j] = vmk_noobj(test);
		vmk_exhaust(test, VM_ALLOC_NORMAL);
		KUNIT_EXPECT_NULL(test, vm_page_alloc(NULL, 9, VM_ALLOC_NOOBJ | VM_ALLOC_NOWAIT));
		t = vmk_thread_start(test, ask_without_object, &a);
		vmk_until(test, vm_wait_count() == 1);
		for (j = 0; j < ARRAY_SIZE(ma); j++)
			vmk_free(test, ma[j]);
		vmk_thread_join(test, t);
		KUNIT_EXPECT_EQ(test, !!a.m, reqs[i] == VM_ALLOC_WAITOK);
		if (a.m) {
			KUNIT_EXPECT_EQ(test, a.m->pindex, 9);
			vm_page_free(a.m);
		}
	}
}

static void take_and_free_in_hardirq(void *arg)
{
	vm_page_t *mp = arg;

	*mp = vm_page_alloc(NULL, 9, VM_ALLOC_INTERRUPT | VM_ALLOC_NOOBJ | VM_ALLOC_NOWAIT);
	if (*mp)
		vm_page_free(*mp);
}

static void pages_without_object_in_hard_interrupt(struct kunit *test)
{
	vm_page_t m = NULL;

	vmk_b4(test);
	vmk_in_hardirq(test, take_and_free_in_hardirq, &m);
	KUNIT_EXPECT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
}

/* Grab */

static vm_object_t an_object(struct kunit *test)
{
	vmk_b4(test);
	return vmk_object(test, VMK_O, 64);
}

static vm_page_t grab(vm_object_t object, vm_pindex_t pindex, int req)
{
	vm_page_t m;

	VM_OBJECT_WLOCK(object);
	m = vm_page_grab(object, pindex, req);
	VM_OBJECT_WUNLOCK(object);
	return m;
}

static int grab_pages(vm_object_t object, vm_pindex_t pindex, int req, vm_page_t *ma, int count)
{
	int n;

	VM_OBJECT_WLOCK(object);
	n = vm_page_grab_pages(object, pindex, req, ma, count);
	VM_OBJECT_WUNLOCK(object);
	return n;
}

struct grab_case {
	const char *name;
	int req;
	u_int word;			/* of the page afterwards */
};

/* An exclusive word tells who has the page; that is checked otherwise. */
static const struct grab_case grab_cases[] = {
	{ "exclusive", 0, VPB_BIT_EXCLUSIVE },
	{ "shared", VM_ALLOC_SBUSY, 0x9 },
	{ "shared_beside_others", VM_ALLOC_SBUSY | VM_ALLOC_IGN_SBUSY, 0x9 },
	{ "exclusive_beside_none", VM_ALLOC_IGN_SBUSY, VPB_BIT_EXCLUSIVE },
	{ "unbusied", VM_ALLOC_NOBUSY | VM_ALLOC_WIRED, VPB_UNBUSIED },
	{ "unbusied_beside_others", VM_ALLOC_NOBUSY | VM_ALLOC_WIRED | VM_ALLOC_IGN_SBUSY,
	  VPB_UNBUSIED },
	{ "exclusive_wired", VM_ALLOC_WIRED, VPB_BIT_EXCLUSIVE },
	{ "shared_wired", VM_ALLOC_SBUSY | VM_ALLOC_WIRED, 0x9 },
	{ "exclusive_beside_none_wired", VM_ALLOC_IGN_SBUSY | VM_ALLOC_WIRED, VPB_BIT_EXCLUSIVE },
};

static void grab_desc(const struct grab_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(grab, grab_cases, grab_desc);

static void expect_grabbed(struct kunit *test, vm_page_t m, const struct grab_case *c)
{
	const u_int word = c->word == VPB_BIT_EXCLUSIVE ? VPB_CURTHREAD_EXCLUSIVE : c->word;

	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, m->busy_lock, word);
	KUNIT_EXPECT_EQ(test, m->ref_count,
			VPRC_OBJREF | (c->req & VM_ALLOC_WIRED ? 1 : 0));
}

static void unbusy(vm_page_t m)
{
	if (vm_page_sbusied(m))
		vm_page_sunbusy(m);
	else if (vm_page_xbusied(m))
		vm_page_xunbusy(m);
}

static void unwire(vm_page_t m)
{
	if (vm_page_wired(m))
		vm_page_unwire(m, PQ_INACTIVE);
}

/* The first time the page is new, the second time it is there. */
static void grab_busies_as_asked(struct kunit *test)
{
	const struct grab_case *c = test->param_value;
	vm_object_t object = an_object(test);
	vm_page_t m[2];
	int i;

	for (i = 0; i < 2; i++) {
		m[i] = grab(object, 3, c->req);
		expect_grabbed(test, m[i], c);
		unbusy(m[i]);
		unwire(m[i]);
	}
	KUNIT_EXPECT_PTR_EQ(test, m[0], m[1]);
	KUNIT_EXPECT_EQ(test, vmk_wired(), 0);
}

static void grab_pages_busies_as_asked(struct kunit *test)
{
	const struct grab_case *c = test->param_value;
	vm_object_t object = an_object(test);
	vm_page_t ma[3];
	int i, j;

	for (i = 0; i < 2; i++) {
		KUNIT_ASSERT_EQ(test, grab_pages(object, 3, c->req | VM_ALLOC_ZERO, ma, 3), 3);
		for (j = 0; j < 3; j++) {
			expect_grabbed(test, ma[j], c);
			KUNIT_EXPECT_EQ(test, ma[j]->pindex, 3 + j);
			KUNIT_EXPECT_EQ(test, ma[j]->valid, VM_PAGE_BITS_ALL);
			unbusy(ma[j]);
			unwire(ma[j]);
		}
	}
	KUNIT_EXPECT_EQ(test, vmk_wired(), 0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1021);
}

static void G10_era12_bad_requests_for_a_range(struct kunit *test)
{
	vm_object_t object = an_object(test);
	vm_page_t ma[2] = {};

	KUNIT_EXPECT_EQ(test, grab_pages(object, 0, VM_ALLOC_NORMAL, ma, 0), 0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
	vmk_refused(test, KUNIT_EXPECT_EQ(test, grab_pages(object, 0, VM_ALLOC_COUNT(2), ma, 2),
					  0));
	vmk_refused(test, KUNIT_EXPECT_EQ(test, grab_pages(object, 0, VM_ALLOC_COUNT(2), ma, 0),
					  0));
	vmk_refused(test, KUNIT_EXPECT_EQ(test, grab_pages(object, 0, VM_ALLOC_NORMAL, ma, -1),
					  0));
	vmk_refused(test, KUNIT_EXPECT_EQ(test, vm_page_grab_pages(object, 0, VM_ALLOC_NORMAL, ma,
								   0), 0));
	KUNIT_EXPECT_NULL(test, ma[0]);
	KUNIT_EXPECT_EQ(test, object->resident_page_count, 0);
}

/* A thread that grabs a page, or two, and lets go. */
struct grabber {
	vm_object_t object;
	int req;
	int count;
	int n;
	vm_page_t ma[2];
	u_int word;			/* of the first page, when the thread got it */
};

static void grab_and_let_go(void *arg)
{
	struct grabber *g = arg;
	int i;

	if (g->count) {
		g->n = grab_pages(g->object, 0, g->req, g->ma, g->count);
	} else {
		g->ma[0] = grab(g->object, 0, g->req);
		g->n = !!g->ma[0];
	}
	if (g->n)
		g->word = g->ma[0]->busy_lock;
	for (i = 0; i < g->n; i++)
		unbusy(g->ma[i]);
}

static void G04_era12_only_nowait_gives_up(struct kunit *test)
{
	static const int reqs[] = { 0, VM_ALLOC_WAITFAIL, VM_ALLOC_WAITOK };
	vm_object_t object = an_object(test);
	vm_page_t ma[1], m = vmk_alloc(test, object, 0);
	unsigned int i;

	KUNIT_EXPECT_NULL(test, grab(object, 0, VM_ALLOC_NOWAIT));
	KUNIT_EXPECT_EQ(test, grab_pages(object, 0, VM_ALLOC_NOWAIT, ma, 1), 0);
	for (i = 0; i < 2 * ARRAY_SIZE(reqs); i++) {
		struct grabber g = { .object = object, .req = reqs[i / 2], .count = i % 2 };
		struct vmk_thread *t = vmk_thread_start(test, grab_and_let_go, &g);

		vmk_until(test, vmk_page_is_waited_for(m));
		vm_page_xunbusy(m);
		vmk_thread_join(test, t);
		KUNIT_EXPECT_EQ(test, g.n, 1);
		KUNIT_EXPECT_PTR_EQ(test, g.ma[0], m);
		KUNIT_EXPECT_EQ(test, vm_page_tryxbusy(m), 1);
	}
}

/* Also for memory a grab waits as long as it takes, whatever it was asked. */
static void grab_waits_for_memory_in_spite_of_waitfail(struct kunit *test)
{
	struct grabber g = { .req = VM_ALLOC_WAITFAIL };
	struct vmk_thread *t;
	vm_page_t ma[8];
	unsigned int i;

	g.object = an_object(test);
	for (i = 0; i < ARRAY_SIZE(ma); i++)
		ma[i] = vmk_noobj(test);
	vmk_exhaust(test, VM_ALLOC_NORMAL);
	KUNIT_EXPECT_NULL(test, grab(g.object, 0, VM_ALLOC_NOWAIT));
	t = vmk_thread_start(test, grab_and_let_go, &g);
	vmk_until(test, vm_wait_count() == 1);
	for (i = 0; i < ARRAY_SIZE(ma); i++)
		vmk_free(test, ma[i]);
	vmk_thread_join(test, t);
	KUNIT_EXPECT_EQ(test, g.n, 1);
}

static void shared_grab_waits_for_sharers_unless_told(struct kunit *test)
{
	struct grabber g = { .req = VM_ALLOC_SBUSY };
	struct vmk_thread *t;
	vm_page_t m;

	g.object = an_object(test);
	m = grab(g.object, 0, VM_ALLOC_SBUSY);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_NULL(test, grab(g.object, 0, VM_ALLOC_SBUSY | VM_ALLOC_NOWAIT));
	KUNIT_EXPECT_PTR_EQ(test, grab(g.object, 0, VM_ALLOC_SBUSY | VM_ALLOC_IGN_SBUSY), m);
	KUNIT_EXPECT_EQ(test, m->busy_lock, 0x11);
	vm_page_sunbusy(m);

	t = vmk_thread_start(test, grab_and_let_go, &g);
	vmk_until(test, vmk_page_is_waited_for(m) && vmk_thread_is_asleep(t));
	vm_page_sunbusy(m);
	vmk_thread_join(test, t);
	KUNIT_EXPECT_PTR_EQ(test, g.ma[0], m);
	KUNIT_EXPECT_EQ(test, g.word, 0x9);
}

static void exclusive_grab_beside_a_sharer_is_reported(struct kunit *test)
{
	vm_object_t object = an_object(test);
	vm_page_t ma[3], m = grab(object, 1, VM_ALLOC_SBUSY);

	KUNIT_ASSERT_NOT_NULL(test, m);
	vmk_alloc_refused(test, grab(object, 1, VM_ALLOC_IGN_SBUSY | VM_ALLOC_WIRED));
	KUNIT_EXPECT_EQ(test, m->busy_lock, 0x9);
	KUNIT_EXPECT_EQ(test, m->ref_count, VPRC_OBJREF);

	/* The page before it is the caller's, the one behind it not. */
	vmk_reported(test, KUNIT_EXPECT_EQ(test, grab_pages(object, 0, VM_ALLOC_IGN_SBUSY, ma, 3),
					   1));
	KUNIT_EXPECT_EQ(test, m->busy_lock, 0x9);
	KUNIT_EXPECT_EQ(test, vmk_lookup(object, 0)->busy_lock, VPB_CURTHREAD_EXCLUSIVE);
	KUNIT_EXPECT_NULL(test, vmk_lookup(object, 2));
}

/* No page is busied exclusively during the sleep for a later one. */
static void grab_pages_lets_sharers_in_while_it_sleeps(struct kunit *test)
{
	static const int reqs[] = { VM_ALLOC_SBUSY, VM_ALLOC_NOBUSY | VM_ALLOC_WIRED };
	vm_object_t object = an_object(test);
	vm_page_t shared, m = vmk_alloc(test, object, 1);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(reqs); i++) {
		struct grabber g = { .object = object, .req = reqs[i], .count = 2 };
		struct vmk_thread *t = vmk_thread_start(test, grab_and_let_go, &g);

		vmk_until(test, vmk_page_is_waited_for(m) && vmk_thread_is_asleep(t));
		shared = grab(object, 0, VM_ALLOC_SBUSY | VM_ALLOC_IGN_SBUSY | VM_ALLOC_NOWAIT);
		KUNIT_EXPECT_NOT_NULL(test, shared);
		if (shared)
			vm_page_sunbusy(shared);
		vm_page_xunbusy(m);
		vmk_thread_join(test, t);
		KUNIT_EXPECT_EQ(test, g.n, 2);
		KUNIT_EXPECT_EQ(test, vm_page_tryxbusy(m), 1);
	}
	unwire(m);
	unwire(vmk_lookup(object, 0));
}

static void grab_pages_beyond_the_last_index_is_refused(struct kunit *test)
{
	vm_object_t object = an_object(test);
	vm_page_t ma[2];

	vmk_refused(test, KUNIT_EXPECT_EQ(test, grab_pages(object, ULONG_MAX, 0, ma, 2), 0));
	KUNIT_EXPECT_EQ(test, object->resident_page_count, 0);
}

static void P07_era12_shared_grab_is_zero_only_when_asked(struct kunit *test)
{
	static const int reqs[] = { VM_ALLOC_SBUSY, VM_ALLOC_NOBUSY | VM_ALLOC_WIRED };
	vm_object_t object = an_object(test);
	unsigned int i;
	vm_page_t m;

	for (i = 0; i < 2 * ARRAY_SIZE(reqs); i++) {
		const int zero = i & 1 ? VM_ALLOC_ZERO : 0;

		VM_OBJECT_WLOCK(object);
		m = vm_page_grab(object, 0, 0);
		pmap_zero_page(m);
		vm_page_free_zero(m);
		KUNIT_EXPECT_PTR_EQ(test, vm_page_grab(object, 0, reqs[i / 2] | VM_ALLOC_IGN_SBUSY |
						       zero), m);
		KUNIT_EXPECT_EQ(test, m->flags & PG_ZERO, zero ? PG_ZERO : 0);
		vmk_free_any(test, m);
		VM_OBJECT_WUNLOCK(object);
	}
}

/* Wirings */

static vm_page_t wired_page(struct kunit *test, vm_object_t object)
{
	vm_page_t m = vmk_alloc_req(test, object, 0, VM_ALLOC_WIRED);

	KUNIT_ASSERT_NOT_NULL(test, m);
	m->valid = VM_PAGE_BITS_ALL;
	return m;
}

static void L10_era12_active_page_has_been_used(struct kunit *test)
{
	vm_page_t m = wired_page(test, an_object(test));

	KUNIT_EXPECT_EQ(test, m->a.act_count, 0);
	KUNIT_EXPECT_TRUE(test, vm_page_unwire(m, PQ_ACTIVE));
	KUNIT_EXPECT_EQ(test, vm_page_queue(m), PQ_ACTIVE);
	KUNIT_EXPECT_EQ(test, vmk_wired(), 0);
	KUNIT_EXPECT_EQ(test, m->a.act_count, ACT_INIT);

	/* More is left as it is. */
	m->a.act_count = ACT_INIT + 1;
	vm_page_wire(m);
	KUNIT_EXPECT_TRUE(test, vm_page_unwire(m, PQ_ACTIVE));
	KUNIT_EXPECT_EQ(test, m->a.act_count, ACT_INIT + 1);
}

static void unwire_tells_of_the_last_wiring(struct kunit *test)
{
	vm_page_t m = wired_page(test, an_object(test));

	vm_page_wire(m);
	KUNIT_EXPECT_FALSE(test, vm_page_unwire(m, PQ_ACTIVE));
	KUNIT_EXPECT_EQ(test, vmk_wired(), 1);
	KUNIT_EXPECT_EQ(test, m->a.act_count, 0);
	KUNIT_EXPECT_EQ(test, vm_page_queue(m), PQ_NONE);
	KUNIT_EXPECT_TRUE(test, vm_page_unwire(m, PQ_INACTIVE));
	KUNIT_EXPECT_EQ(test, vm_page_queue(m), PQ_INACTIVE);
	KUNIT_EXPECT_EQ(test, m->a.act_count, 0);
	vm_page_wire(m);
	KUNIT_EXPECT_TRUE(test, vm_page_unwire(m, PQ_NONE));
	KUNIT_EXPECT_EQ(test, vm_page_queue(m), PQ_NONE);
	vm_page_wire(m);
	m->valid = 0;
	KUNIT_EXPECT_TRUE(test, vm_page_unwire(m, PQ_ACTIVE));
	KUNIT_EXPECT_EQ(test, vm_page_queue(m), PQ_INACTIVE);
	KUNIT_EXPECT_EQ(test, m->a.act_count, 0);
	vmk_refused(test, KUNIT_EXPECT_FALSE(test, vm_page_unwire(m, PQ_ACTIVE)));
	vm_page_wire(m);
	vmk_refused(test, KUNIT_EXPECT_FALSE(test, vm_page_unwire(m, PQ_COUNT)));
	KUNIT_EXPECT_TRUE(test, vm_page_unwire(m, PQ_LAUNDRY));
}

static void P22_era12_unwire_frees_nothing(struct kunit *test)
{
	vm_page_t m;

	vmk_b4(test);
	m = vm_page_alloc(NULL, 0, VM_ALLOC_NOOBJ | VM_ALLOC_WIRED);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_TRUE(test, vm_page_unwire(m, PQ_NONE));
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_UNBUSIED);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1023);
	KUNIT_EXPECT_EQ(test, vmk_wired(), 0);
	vm_page_free(m);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
}

/* Coming and going */

static void free_toq_keeps_what_is_known(struct kunit *test)
{
	static const u8 flags[] = { PG_ZERO, 0 };
	unsigned int i;
	vm_page_t m;

	vmk_b4(test);
	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		m = vm_page_alloc(NULL, 0, VM_ALLOC_NOOBJ);
		KUNIT_ASSERT_NOT_NULL(test, m);
		m->flags = flags[i];
		vm_page_free_toq(m);
		KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
		KUNIT_EXPECT_PTR_EQ(test, vm_page_alloc(NULL, 0, VM_ALLOC_NOOBJ | VM_ALLOC_ZERO),
				    m);
		KUNIT_EXPECT_EQ(test, vmk_flags(m), flags[i]);
		vm_page_free(m);
	}
	vmk_refused(test, vm_page_free_toq(m));
}

/* A page of no object that may take the place of a managed one. */
static vm_page_t substitute(struct kunit *test)
{
	const vm_page_t m = vmk_noobj(test);

	m->oflags = 0;
	return m;
}

static void L16_era12_replace_gives_the_old_page_back(struct kunit *test)
{
	vm_object_t object = an_object(test);
	vm_page_t mnew, mold;
	int i;

	for (i = 0; i < 2; i++) {
		mold = vmk_alloc_req(test, object, i, i ? VM_ALLOC_WIRED : 0);
		KUNIT_ASSERT_NOT_NULL(test, mold);
		mnew = substitute(test);
		if (i)
			vm_page_xbusy(mnew);
		VM_OBJECT_WLOCK(object);
		KUNIT_EXPECT_PTR_EQ(test, vm_page_replace(mnew, object, i), mold);
		KUNIT_EXPECT_PTR_EQ(test, vm_page_lookup(object, i), mnew);
		VM_OBJECT_WUNLOCK(object);
		KUNIT_EXPECT_EQ(test, object->resident_page_count, i + 1);
		KUNIT_EXPECT_NULL(test, mold->object);
		KUNIT_EXPECT_EQ(test, mold->busy_lock, VPB_UNBUSIED);
		KUNIT_EXPECT_EQ(test, mold->ref_count, i);
		KUNIT_EXPECT_EQ(test, mnew->ref_count, VPRC_OBJREF);
		KUNIT_EXPECT_EQ(test, mnew->busy_lock,
				i ? VPB_CURTHREAD_EXCLUSIVE : VPB_UNBUSIED);
		vmk_free_any(test, mold);
	}
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1022);
}

static void replace_nonsense_is_refused(struct kunit *test)
{
	vm_object_t object = an_object(test);
	vm_page_t mnew, mold = vmk_alloc(test, object, 4);

	mnew = substitute(test);
	vmk_alloc_refused(test, vm_page_replace(mnew, object, 4));
	VM_OBJECT_WLOCK(object);
	vmk_alloc_refused(test, vm_page_replace(mnew, object, 5));
	vmk_alloc_refused(test, vm_page_replace(mold, object, 4));
	vm_page_xunbusy(mold);
	vmk_alloc_refused(test, vm_page_replace(mnew, object, 4));
	vm_page_xbusy(mold);
	vm_page_sbusy(mnew);
	vmk_alloc_refused(test, vm_page_replace(mnew, object, 4));
	vm_page_sunbusy(mnew);
	mnew->oflags = VPO_UNMANAGED;
	vmk_alloc_refused(test, vm_page_replace(mnew, object, 4));
	VM_OBJECT_WUNLOCK(object);
	KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(object, 4), mold);
	KUNIT_EXPECT_EQ(test, mold->busy_lock, VPB_CURTHREAD_EXCLUSIVE);
	KUNIT_EXPECT_EQ(test, mnew->busy_lock, VPB_UNBUSIED);
}

static void L17_era12_an_unbusied_page_is_renamed(struct kunit *test)
{
	vm_object_t object = an_object(test);
	vm_page_t m = vmk_alloc(test, object, 4);
	int i;

	vm_page_valid(m);
	VM_OBJECT_WLOCK(object);
	for (i = 0; i < 2; i++) {
		const u_int word = m->busy_lock;

		m->dirty = 0;
		KUNIT_EXPECT_EQ(test, vm_page_rename(m, object, 10 + i), 0);
		KUNIT_EXPECT_EQ(test, m->pindex, 10 + i);
		KUNIT_EXPECT_EQ(test, m->dirty, VM_PAGE_BITS_ALL);
		KUNIT_EXPECT_EQ(test, m->busy_lock, word);
		unbusy(m);
	}
	vmk_fail_node(1);
	KUNIT_EXPECT_EQ(test, vm_page_rename(m, object, 20), 1);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_UNBUSIED);
	vm_page_sbusy(m);
	vmk_refused(test, KUNIT_EXPECT_EQ(test, vm_page_rename(m, object, 20), 1));
	vm_page_sunbusy(m);
	VM_OBJECT_WUNLOCK(object);
	KUNIT_EXPECT_EQ(test, m->pindex, 11);
}

/* Busy */

static void busying_what_is_busied_is_reported(struct kunit *test)
{
	vm_page_t m;

	an_object(test);
	m = vmk_noobj(test);
	KUNIT_EXPECT_TRUE(test, vm_page_assert_unbusied(m));
	vm_page_xbusy(m);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_CURTHREAD_EXCLUSIVE);
	vmk_refused(test, vm_page_xbusy(m));
	vmk_refused(test, vm_page_sbusy(m));
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_CURTHREAD_EXCLUSIVE);
	vm_page_xunbusy(m);
	vm_page_sbusy(m);
	vm_page_sbusy(m);
	KUNIT_EXPECT_EQ(test, m->busy_lock, 0x11);
	vmk_refused(test, vm_page_xbusy(m));
	/* 14's asks for an exclusive busy of the caller's only. */
	vmk_refused(test, KUNIT_EXPECT_FALSE(test, vm_page_assert_unbusied(m)));
	vm_page_sunbusy(m);
	vm_page_sunbusy(m);
}

struct sleeper {
	vm_object_t object;
	vm_page_t m;
	bool nonshared;
	bool if_busy;
	int slept;
	bool owned;			/* the object was locked afterwards */
};

static void sleep_for_page(void *arg)
{
	struct sleeper *s = arg;

	if (!s->if_busy) {
		vm_page_busy_sleep(s->m, "test", s->nonshared);
		return;
	}
	VM_OBJECT_WLOCK(s->object);
	s->slept = vm_page_sleep_if_busy(s->m, "test");
	s->owned = VM_OBJECT_WOWNED(s->object);
	VM_OBJECT_WUNLOCK(s->object);
}

static void sleepers_wake_with_the_unbusying(struct kunit *test)
{
	vm_object_t object = an_object(test);
	vm_page_t m = vmk_alloc(test, object, 0);
	int i;

	for (i = 0; i < 3; i++) {
		struct sleeper s = { .object = object, .m = m, .nonshared = i == 1,
				     .if_busy = i == 2 };
		struct vmk_thread *t = vmk_thread_start(test, sleep_for_page, &s);

		vmk_until(test, vmk_page_is_waited_for(m) && vmk_thread_is_asleep(t));
		/* The object is not locked meanwhile. */
		VM_OBJECT_WLOCK(object);
		VM_OBJECT_WUNLOCK(object);
		vm_page_xunbusy(m);
		vmk_thread_join(test, t);
		KUNIT_EXPECT_EQ(test, s.slept, s.if_busy);
		KUNIT_EXPECT_EQ(test, s.owned, s.if_busy);
		vm_page_xbusy(m);
	}
}

static void sharers_are_waited_for_unless_told(struct kunit *test)
{
	struct sleeper s = {};
	struct vmk_thread *t;

	s.object = an_object(test);
	s.m = vmk_alloc_req(test, s.object, 0, VM_ALLOC_SBUSY);
	KUNIT_ASSERT_NOT_NULL(test, s.m);
	vm_page_busy_sleep(s.m, "test", true);
	t = vmk_thread_start(test, sleep_for_page, &s);
	vmk_until(test, vmk_page_is_waited_for(s.m) && vmk_thread_is_asleep(t));
	vm_page_sunbusy(s.m);
	vmk_thread_join(test, t);
}

static void nobody_sleeps_for_an_unbusied_page(struct kunit *test)
{
	vm_object_t object = an_object(test);
	vm_page_t m = vmk_alloc_req(test, object, 0, VM_ALLOC_NOBUSY);

	KUNIT_ASSERT_NOT_NULL(test, m);
	vm_page_busy_sleep(m, "test", false);
	VM_OBJECT_WLOCK(object);
	KUNIT_EXPECT_FALSE(test, vm_page_sleep_if_busy(m, "test"));
	KUNIT_EXPECT_TRUE(test, VM_OBJECT_WOWNED(object));
	vmk_refused(test, vm_page_busy_sleep(m, "test", false));
	VM_OBJECT_WUNLOCK(object);
	vmk_refused(test, KUNIT_EXPECT_FALSE(test, vm_page_sleep_if_busy(m, "test")));
	m = vmk_noobj(test);
	vmk_refused(test, KUNIT_EXPECT_FALSE(test, vm_page_sleep_if_busy(m, "test")));
}

static void the_lock_of_a_page_is_nothing(struct kunit *test)
{
	vm_page_t m;

	vmk_b4(test);
	m = vmk_noobj(test);
	vm_page_lock(m);
	vm_page_lock_assert(m, MA_OWNED);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_UNBUSIED);
	vm_page_unlock(m);
	vm_page_lock_assert(m, MA_NOTOWNED);
}

static void making_room_tells_of_success_only(struct kunit *test)
{
	const vm_paddr_t low = VMK_BASE, middle = low + ptoa(8), high = low + ptoa(16);
	vm_object_t object;
	vm_page_t m[16];
	int i;

	vmk_b4(test);
	object = vmk_object(test, VMK_U, 16);
	for (i = 0; i < 16; i++) {
		m[i] = vmk_alloc(test, object, i);
		vm_page_valid(m[i]);
		vm_page_deactivate(m[i]);
		vm_page_xunbusy(m[i]);
	}
	KUNIT_ASSERT_EQ(test, vmk_off(m[15]), ptoa(15));
	KUNIT_EXPECT_TRUE(test, vm_page_reclaim_contig(VM_ALLOC_NORMAL, 8, low, middle, 1, 0));
	KUNIT_EXPECT_TRUE(test, vm_page_reclaim_contig_domain(0, VM_ALLOC_NORMAL, 8, middle, high,
							      1, 0));
	for (i = 0; i < 16; i++)
		KUNIT_EXPECT_GE(test, vmk_off(vmk_lookup(object, i)), ptoa(16));
	KUNIT_EXPECT_PTR_EQ(test, vmk_ncontig_in(test, 16, low, high, 1, 0), m[0]);

	/* What is there now stays, and elsewhere there is nothing. */
	KUNIT_EXPECT_FALSE(test, vm_page_reclaim_contig(VM_ALLOC_NORMAL, 8, low, high, 1, 0));
	KUNIT_EXPECT_FALSE(test, vm_page_reclaim_contig(VM_ALLOC_NORMAL, 8, 0, low, 1, 0));
	KUNIT_EXPECT_FALSE(test, vm_page_reclaim_contig_domain(0, VM_ALLOC_NORMAL, 8, low, high, 1,
							       0));
}

static struct kunit_case vmpage_page_era12_cases[] = {
	KUNIT_CASE_PARAM(foreign_flags_are_refused, function_gen_params),
	KUNIT_CASE_PARAM(era_flags_give_a_page, function_gen_params),
	KUNIT_CASE_PARAM(no_page_is_null_and_counts, function_gen_params),
	KUNIT_CASE_PARAM(P07_era12_zero_only_when_asked, function_gen_params),
	KUNIT_CASE(K14_page_without_object_keeps_its_index),
	KUNIT_CASE_PARAM(K14_every_page_without_object_is_initialised, noobj_gen_params),
	KUNIT_CASE(K14_a_run_without_object_counts_its_indexes_up),
	KUNIT_CASE(P07_era12_a_run_is_zero_only_when_asked),
	KUNIT_CASE_PARAM(P06_era12_zero_is_only_a_wish, noobj_gen_params),
	KUNIT_CASE(P15_era12_forbidden_combinations_are_refused),
	KUNIT_CASE(after_takes_the_page_before),
	KUNIT_CASE(a_named_domain_gives_the_page),
	KUNIT_CASE(W10_era12_failing_run_counts_once),
	KUNIT_CASE(wait_flags_are_those_of_14),
	KUNIT_CASE(pages_without_object_in_hard_interrupt),
	KUNIT_CASE_PARAM(grab_busies_as_asked, grab_gen_params),
	KUNIT_CASE_PARAM(grab_pages_busies_as_asked, grab_gen_params),
	KUNIT_CASE(G10_era12_bad_requests_for_a_range),
	KUNIT_CASE(G04_era12_only_nowait_gives_up),
	KUNIT_CASE(grab_waits_for_memory_in_spite_of_waitfail),
	KUNIT_CASE(shared_grab_waits_for_sharers_unless_told),
	KUNIT_CASE(exclusive_grab_beside_a_sharer_is_reported),
	KUNIT_CASE(grab_pages_lets_sharers_in_while_it_sleeps),
	KUNIT_CASE(grab_pages_beyond_the_last_index_is_refused),
	KUNIT_CASE(P07_era12_shared_grab_is_zero_only_when_asked),
	KUNIT_CASE(L10_era12_active_page_has_been_used),
	KUNIT_CASE(unwire_tells_of_the_last_wiring),
	KUNIT_CASE(P22_era12_unwire_frees_nothing),
	KUNIT_CASE(free_toq_keeps_what_is_known),
	KUNIT_CASE(L16_era12_replace_gives_the_old_page_back),
	KUNIT_CASE(replace_nonsense_is_refused),
	KUNIT_CASE(L17_era12_an_unbusied_page_is_renamed),
	KUNIT_CASE(busying_what_is_busied_is_reported),
	KUNIT_CASE(sleepers_wake_with_the_unbusying),
	KUNIT_CASE(sharers_are_waited_for_unless_told),
	KUNIT_CASE(nobody_sleeps_for_an_unbusied_page),
	KUNIT_CASE(making_room_tells_of_success_only),
	KUNIT_CASE(the_lock_of_a_page_is_nothing),
	{}
};

static struct kunit_suite vmpage_page_era12_suite = {
	.name = "vmpage_page_era12",
	.init = vmk_init,
	.exit = vmk_exit,
	.test_cases = vmpage_page_era12_cases,
};

kunit_test_suite(vmpage_page_era12_suite);
