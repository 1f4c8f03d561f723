// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Pages: what they are when they come, what may be done with them, and what is
 * left when they go.
 */
#include "kunit_fixture.h"

/* Run an allocation that must be reported once, fail, and change nothing. */
#define REFUSED(test, call) do {					\
	struct kunit *__test = (test);					\
									\
	vmk_refused(__test, KUNIT_EXPECT_NULL(__test, call));		\
} while (0)

/* Initialisation */

static void P01_object_page_is_initialised(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	m = vmk_alloc(test, object, 3);

	KUNIT_EXPECT_PTR_EQ(test, m->object, object);
	KUNIT_EXPECT_EQ(test, m->pindex, 3);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_CURTHREAD_EXCLUSIVE);
	KUNIT_EXPECT_TRUE(test, vm_page_xbusied(m));
	KUNIT_EXPECT_EQ(test, m->ref_count, 0x80000000u);
	KUNIT_EXPECT_EQ(test, m->valid, 0);
	KUNIT_EXPECT_EQ(test, m->dirty, 0);
	KUNIT_EXPECT_EQ(test, vm_page_queue(m), PQ_NONE);
	KUNIT_EXPECT_EQ(test, m->a.queue, PQ_NONE);
	KUNIT_EXPECT_EQ(test, m->a.act_count, 0);
	KUNIT_EXPECT_EQ(test, m->a.flags, 0);
	KUNIT_EXPECT_EQ(test, m->oflags, 0);
	KUNIT_EXPECT_EQ(test, m->flags, 0);
	KUNIT_EXPECT_EQ(test, object->resident_page_count, 1);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1023);
}

static void P02_sbusy_gives_one_sharer(struct kunit *test)
{
	vm_page_t m;

	vmk_b4(test);
	m = vmk_alloc_req(test, vmk_object(test, VMK_O, 8), 0, VM_ALLOC_SBUSY);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, m->busy_lock, 0x9);
	KUNIT_EXPECT_TRUE(test, vm_page_sbusied(m));
}

static void P03_nobusy_leaves_the_page_unbusied(struct kunit *test)
{
	vm_page_t m;

	vmk_b4(test);
	m = vmk_alloc_req(test, vmk_object(test, VMK_O, 8), 0, VM_ALLOC_NOBUSY);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, m->busy_lock, 0x1);
	KUNIT_EXPECT_FALSE(test, vm_page_busied(m));
}

static void P04_wired_page_is_counted(struct kunit *test)
{
	vm_page_t m;

	vmk_b4(test);
	m = vmk_alloc_req(test, vmk_object(test, VMK_O, 8), 0, VM_ALLOC_WIRED);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, m->ref_count, 0x80000001u);
	KUNIT_EXPECT_EQ(test, vmk_wired(), 1);
	vm_page_unwire(m, PQ_INACTIVE);
}

static void expect_noobj_page(struct kunit *test, vm_page_t m)
{
	KUNIT_EXPECT_NULL(test, m->object);
	KUNIT_EXPECT_EQ(test, m->pindex, 0xdeadc0dedeadc0deULL);
	KUNIT_EXPECT_EQ(test, m->oflags, 0x04);
	KUNIT_EXPECT_EQ(test, m->busy_lock, 0x1);
	KUNIT_EXPECT_EQ(test, m->ref_count, 0);
	KUNIT_EXPECT_EQ(test, m->valid, 0);
	KUNIT_EXPECT_EQ(test, m->dirty, 0);
	KUNIT_EXPECT_EQ(test, vm_page_queue(m), PQ_NONE);
	KUNIT_EXPECT_EQ(test, m->a.flags, 0);
}

static void P05_noobj_page_is_initialised(struct kunit *test)
{
	vmk_b4(test);
	expect_noobj_page(test, vmk_noobj(test));
}

static void contig_pages_are_initialised_like_noobj(struct kunit *test)
{
	vm_page_t m;
	int i;

	vmk_b4(test);
	m = vm_page_alloc_noobj_contig(VM_ALLOC_WIRED | VM_ALLOC_NODUMP, 5, 0, ~0ULL, 1, 0,
				       VM_MEMATTR_DEFAULT);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, vmk_wired(), 5);
	for (i = 0; i < 5; i++) {
		KUNIT_EXPECT_EQ(test, m[i].phys_addr, m->phys_addr + i * PAGE_SIZE);
		KUNIT_EXPECT_EQ(test, m[i].flags, PG_NODUMP);
		KUNIT_EXPECT_EQ(test, m[i].ref_count, 1);
		KUNIT_EXPECT_TRUE(test, vm_page_unwire_noq(&m[i]));
		expect_noobj_page(test, &m[i]);
		vm_page_free(&m[i]);
	}
}

/* Write to a page, free it, and take pages until that one comes back. */
static void P06_zero_clears_what_was_written(struct kunit *test)
{
	vm_page_t m, dirty;

	vmk_b4(test);
	vmk_thresholds_off(test);
	dirty = vmk_noobj(test);
	memset(vmk_page_kva(dirty), 0x5a, PAGE_SIZE);
	vmk_free(test, dirty);

	do {
		m = vmk_noobj_req(test, VM_ALLOC_ZERO);
		KUNIT_ASSERT_NOT_NULL(test, m);
	} while (m != dirty);
	KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(m, 0));
	KUNIT_EXPECT_EQ(test, m->flags & PG_ZERO, 0);
}

static void P07_zero_page_keeps_its_flag(struct kunit *test)
{
	static const int reqs[] = { VM_ALLOC_NORMAL, VM_ALLOC_ZERO };
	vm_page_t m, again;
	unsigned int i;

	vmk_b4(test);
	for (i = 0; i < ARRAY_SIZE(reqs); i++) {
		m = vm_page_alloc_noobj(VM_ALLOC_NORMAL);
		KUNIT_ASSERT_NOT_NULL(test, m);
		pmap_zero_page(m);
		vm_page_free_zero(m);
		KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);

		again = vm_page_alloc_noobj(reqs[i]);
		KUNIT_EXPECT_PTR_EQ(test, again, m);
		KUNIT_EXPECT_EQ(test, again->flags, PG_ZERO);
		vm_page_free(again);
	}
}

/* A page that is known to be zero is not cleared again. */
static void zero_trusts_the_flag(struct kunit *test)
{
	vm_page_t m, again;

	vmk_b4(test);
	m = vm_page_alloc_noobj(VM_ALLOC_NORMAL);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(m, VMK_POISON));
	vm_page_free_zero(m);
	again = vmk_noobj_req(test, VM_ALLOC_ZERO);
	KUNIT_EXPECT_PTR_EQ(test, again, m);
	KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(again, VMK_POISON));
}

static void P09_free_forgets_that_a_page_is_zero(struct kunit *test)
{
	vm_page_t m;

	vmk_b4(test);
	m = vm_page_alloc_noobj(VM_ALLOC_NORMAL);
	KUNIT_ASSERT_NOT_NULL(test, m);
	vm_page_free_zero(m);
	KUNIT_EXPECT_PTR_EQ(test, vm_page_alloc_noobj(VM_ALLOC_NORMAL), m);
	KUNIT_EXPECT_EQ(test, m->flags & PG_ZERO, PG_ZERO);
	vm_page_free(m);
	KUNIT_EXPECT_PTR_EQ(test, vmk_noobj(test), m);
	KUNIT_EXPECT_EQ(test, m->flags & PG_ZERO, 0);
}

static void zero_is_ignored_for_an_object_page(struct kunit *test)
{
	vm_page_t m;

	vmk_b4(test);
	m = vmk_alloc_req(test, vmk_object(test, VMK_O, 8), 0, VM_ALLOC_ZERO);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(m, VMK_POISON));
	KUNIT_EXPECT_EQ(test, m->flags & PG_ZERO, 0);
}

static void zero_run_is_zero_throughout(struct kunit *test)
{
	vm_page_t m;
	int i;

	vmk_b4(test);
	m = vm_page_alloc_noobj_contig(VM_ALLOC_ZERO, 9, 0, ~0ULL, 1, 0, VM_MEMATTR_DEFAULT);
	KUNIT_ASSERT_NOT_NULL(test, m);
	vmk_hold(test, m, 9);
	for (i = 0; i < 9; i++)
		KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(&m[i], 0));
	KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(&m[9], VMK_POISON));
}

static void nodump_lasts_until_the_next_allocation(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	m = vmk_alloc_req(test, object, 0, VM_ALLOC_NODUMP);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, m->flags, PG_NODUMP);
	vmk_free(test, m);
	KUNIT_EXPECT_PTR_EQ(test, vmk_alloc(test, object, 0), m);
	KUNIT_EXPECT_EQ(test, m->flags, 0);
}

static void P13_unmanaged_object_has_unmanaged_pages(struct kunit *test)
{
	vm_page_t m;

	vmk_b4(test);
	m = vmk_alloc(test, vmk_object_type(test, OBJT_PHYS, 8), 0);
	KUNIT_EXPECT_EQ(test, m->oflags, VPO_UNMANAGED);
}

static void P14_resident_index_is_refused(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	m = vmk_alloc(test, object, 3);

	REFUSED(test, vmk_alloc_req(test, object, 3, 0));
	KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(object, 3), m);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_CURTHREAD_EXCLUSIVE);
	KUNIT_EXPECT_EQ(test, object->resident_page_count, 1);
}

/* Requests */

enum alloc_function {
	ALLOC_OBJECT,
	ALLOC_OBJECT_DOMAIN,
	ALLOC_OBJECT_PROMISED,
	ALLOC_NOOBJ,
	ALLOC_NOOBJ_DOMAIN,
	ALLOC_CONTIG,
	ALLOC_CONTIG_DOMAIN,
};

struct function_case {
	const char *name;
	enum alloc_function function;
	unsigned int accepted;		/* request bits */
};

#define ACCEPT_NOOBJ	(VM_ALLOC_CLASS_MASK | VM_ALLOC_WIRED | VM_ALLOC_ZERO |	\
			 VM_ALLOC_NOBUSY | VM_ALLOC_NODUMP | VM_ALLOC_NOWAIT |	\
			 VM_ALLOC_COUNT(VM_ALLOC_COUNT_MAX))
#define ACCEPT_OBJECT	(ACCEPT_NOOBJ | VM_ALLOC_SBUSY)
#define ACCEPT_CONTIG	(ACCEPT_NOOBJ | VM_ALLOC_NORECLAIM)

static const struct function_case function_cases[] = {
	{ "vm_page_alloc", ALLOC_OBJECT, ACCEPT_OBJECT },
	{ "vm_page_alloc_domain", ALLOC_OBJECT_DOMAIN, ACCEPT_OBJECT },
	{ "vmpage_alloc_promised", ALLOC_OBJECT_PROMISED, ACCEPT_OBJECT },
	{ "vm_page_alloc_noobj", ALLOC_NOOBJ, ACCEPT_NOOBJ },
	{ "vm_page_alloc_noobj_domain", ALLOC_NOOBJ_DOMAIN, ACCEPT_NOOBJ },
	{ "vm_page_alloc_noobj_contig", ALLOC_CONTIG, ACCEPT_CONTIG },
	{ "vm_page_alloc_noobj_contig_domain", ALLOC_CONTIG_DOMAIN, ACCEPT_CONTIG },
};

static void function_desc(const struct function_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(function, function_cases, function_desc);

/* Call a function for one page, of an object at index 0 if it takes one. */
static vm_page_t call_alloc(enum alloc_function function, vm_object_t object, int req)
{
	switch (function) {
	case ALLOC_OBJECT:
		return vm_page_alloc(object, 0, req);
	case ALLOC_OBJECT_DOMAIN:
		return vm_page_alloc_domain(object, 0, 0, req);
	case ALLOC_OBJECT_PROMISED:
		return vmpage_alloc_promised(object, 0, 0, req);
	case ALLOC_NOOBJ:
		return vm_page_alloc_noobj(req);
	case ALLOC_NOOBJ_DOMAIN:
		return vm_page_alloc_noobj_domain(0, req);
	case ALLOC_CONTIG:
		return vm_page_alloc_noobj_contig(req, 1, 0, ~0ULL, 1, 0, VM_MEMATTR_DEFAULT);
	case ALLOC_CONTIG_DOMAIN:
		return vm_page_alloc_noobj_contig_domain(0, req, 1, 0, ~0ULL, 1, 0,
							 VM_MEMATTR_DEFAULT);
	}
	return NULL;
}

/* Free whatever the page is. */
static void free_any(struct kunit *test, vm_page_t m)
{
	if (vm_page_wired(m))
		KUNIT_EXPECT_TRUE(test, vm_page_unwire_noq(m));
	if (m->object) {
		if (vm_page_sbusied(m))
			vm_page_sunbusy(m);
		if (!vm_page_busied(m))
			KUNIT_EXPECT_EQ(test, vm_page_tryxbusy(m), 1);
	}
	vm_page_free(m);
}

/* A machine, a locked object, and one promise for the function that needs it. */
static vm_object_t function_setup(struct kunit *test, const struct function_case *c)
{
	vm_object_t object;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	if (c->function == ALLOC_OBJECT_PROMISED)
		KUNIT_ASSERT_EQ(test, vmpage_promise(VM_DOMAIN(0), 1), 1);
	VM_OBJECT_WLOCK(object);
	return object;
}

static void forbidden_flags_are_refused(struct kunit *test)
{
	const struct function_case *c = test->param_value;
	vm_object_t object = function_setup(test, c);
	unsigned int bit;

	for (bit = 0; bit < 32; bit++) {
		const int req = 1u << bit;

		if (!(req & c->accepted))
			REFUSED(test, call_alloc(c->function, object, req));
	}
	VM_OBJECT_WUNLOCK(object);
	if (c->function == ALLOC_OBJECT_PROMISED)
		vmpage_unpromise(VM_DOMAIN(0), 1);
}

static void accepted_flags_give_a_page(struct kunit *test)
{
	const struct function_case *c = test->param_value;
	vm_object_t object = function_setup(test, c);
	const bool promised = c->function == ALLOC_OBJECT_PROMISED;
	unsigned int bit;
	vm_page_t m;

	for (bit = 0; bit < 32; bit++) {
		const int req = 1u << bit;

		if (!(req & c->accepted))
			continue;
		m = call_alloc(c->function, object, req);
		KUNIT_EXPECT_NOT_NULL_MSG(test, m, "req %#x", req);
		if (m)
			free_any(test, m);
		if (promised)
			KUNIT_EXPECT_EQ(test, vmpage_promise(VM_DOMAIN(0), 1), 1);
	}
	VM_OBJECT_WUNLOCK(object);
	if (promised)
		vmpage_unpromise(VM_DOMAIN(0), 1);
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), 0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
}

/* A count that offers more than the lists hold is a broken count, not a crash. */
static void empty_lists_give_the_count_back(struct kunit *test)
{
	vmk_b4(test);
	vmk_leave_free(test, 0, 0);
	vm_domain_freecnt_inc(VM_DOMAIN(0), 1);
	KUNIT_EXPECT_NULL(test, vm_page_alloc_noobj(VM_ALLOC_INTERRUPT));
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1);
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), 1);
	KUNIT_EXPECT_EQ(test, vm_domain_allocate(VM_DOMAIN(0), VM_ALLOC_INTERRUPT, 1), 1);
}

/* Make a page that was lost a page of the case's again, and free it. */
static void recover_page(vm_page_t m)
{
	m->valid = 0;
	m->busy_lock = VPB_UNBUSIED;
	vm_page_free(m);
}

static void page_written_to_while_free_is_not_handed_out(struct kunit *test)
{
	const struct function_case *c = test->param_value;
	vm_object_t object = function_setup(test, c);
	vm_page_t m = vmk_block(0, VM_FREEPOOL_DEFAULT, 10, 0);

	if (!m)
		goto unlock;
	m->valid = 1;
	vmk_reported(test, KUNIT_EXPECT_NULL(test, call_alloc(c->function, object, 0)));
	KUNIT_EXPECT_EQ(test, object->resident_page_count, 0);
	recover_page(m);
	/* A promise outlives the page that was lost for it, so that page counts twice. */
	if (c->function == ALLOC_OBJECT_PROMISED)
		atomic_dec(&VM_DOMAIN(0)->vmd_promised);
unlock:
	VM_OBJECT_WUNLOCK(object);
	KUNIT_EXPECT_NOT_NULL(test, m);
}

static void P15_forbidden_combinations_are_refused(struct kunit *test)
{
	vm_object_t object;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	REFUSED(test, vmk_alloc_req(test, object, 0, VM_ALLOC_NOBUSY | VM_ALLOC_SBUSY));
	REFUSED(test, vmk_alloc_req(test, object, 0, VM_ALLOC_WAITOK));
	REFUSED(test, call_alloc(ALLOC_CONTIG, NULL, VM_ALLOC_WAITOK | VM_ALLOC_NORECLAIM));
	REFUSED(test, vm_page_alloc_noobj(VM_ALLOC_SBUSY));
}

static void object_requests_need_the_write_lock(struct kunit *test)
{
	vm_object_t object;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	REFUSED(test, vm_page_alloc(object, 0, 0));
	REFUSED(test, vm_page_alloc_domain(object, 0, 0, 0));
	VM_OBJECT_RLOCK(object);
	REFUSED(test, vm_page_alloc(object, 0, 0));
	VM_OBJECT_RUNLOCK(object);
}

static void domains_that_are_none_are_refused(struct kunit *test)
{
	static const int domains[] = { -1, 1, MAXMEMDOM - 1, MAXMEMDOM, INT_MAX, INT_MIN };
	vm_object_t object;
	unsigned int i;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	VM_OBJECT_WLOCK(object);
	for (i = 0; i < ARRAY_SIZE(domains); i++) {
		const int domain = domains[i];

		REFUSED(test, vm_page_alloc_domain(object, 0, domain, 0));
		REFUSED(test, vmpage_alloc_promised(object, 0, domain, 0));
		REFUSED(test, vm_page_alloc_noobj_domain(domain, 0));
		REFUSED(test, vm_page_alloc_noobj_contig_domain(domain, 0, 1, 0, ~0ULL, 1, 0,
								VM_MEMATTR_DEFAULT));
	}
	VM_OBJECT_WUNLOCK(object);
}

struct contig_case {
	const char *name;
	u_long npages, alignment;
	vm_paddr_t boundary;
	vm_memattr_t memattr;
};

static const struct contig_case contig_cases[] = {
	{ "no_pages", 0, 1, 0, VM_MEMATTR_DEFAULT },
	{ "alignment_0", 1, 0, 0, VM_MEMATTR_DEFAULT },
	{ "alignment_12288", 1, 12288, 0, VM_MEMATTR_DEFAULT },
	{ "boundary_12288", 1, 1, 12288, VM_MEMATTR_DEFAULT },
	{ "uncacheable", 1, 1, 0, VM_MEMATTR_UNCACHEABLE },
	{ "write_combining", 1, 1, 0, VM_MEMATTR_WRITE_COMBINING },
};

static void contig_desc(const struct contig_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(contig, contig_cases, contig_desc);

static void contig_nonsense_is_refused(struct kunit *test)
{
	const struct contig_case *c = test->param_value;

	vmk_b4(test);
	REFUSED(test, vm_page_alloc_noobj_contig(0, c->npages, 0, ~0ULL, c->alignment,
						 c->boundary, c->memattr));
	REFUSED(test, vm_page_alloc_noobj_contig_domain(0, 0, c->npages, 0, ~0ULL, c->alignment,
							c->boundary, c->memattr));
}

/* Lengths that would be small once cut to 32 bits. */
static void contig_longer_than_memory_fails(struct kunit *test)
{
	static const u_long npages[] = { 1025, INT_MAX, 1UL << 31, 1UL << 32, (1UL << 32) + 1,
					 1UL << 52, ULONG_MAX };
	unsigned int i;

	vmk_b4(test);
	for (i = 0; i < ARRAY_SIZE(npages); i++) {
		KUNIT_EXPECT_NULL(test, vmk_ncontig(test, npages[i]));
		KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
		KUNIT_EXPECT_EQ(test, vmk_deficit(0), i + 1);
	}
	vmk_expect_free_lists(test, 0, "DEF{10:1} DIR{}");
}

static void contig_takes_the_other_domain_for_its_range(struct kunit *test)
{
	vm_page_t m;

	vmk_c2x4(test);
	m = vmk_ncontig_in(test, 1, VMK_BASE + 0x100000000ULL, 0, 1, 0);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, vm_page_domain(m), 1);
	KUNIT_EXPECT_EQ(test, vmk_off(m), 0x100000000ULL);

	KUNIT_EXPECT_NULL(test, vm_page_alloc_noobj_contig_domain(0, 0, 1,
								  VMK_BASE + 0x100000000ULL, ~0ULL,
								  1, 0, VM_MEMATTR_DEFAULT));
	m = vm_page_alloc_noobj_contig_domain(1, 0, 3, 0, ~0ULL, 1, 0, VM_MEMATTR_DEFAULT);
	KUNIT_ASSERT_NOT_NULL(test, m);
	vmk_hold(test, m, 3);
	KUNIT_EXPECT_EQ(test, vm_page_domain(m), 1);
}

/* Insertion failure */

static void P16_node_failure_undoes_the_allocation(struct kunit *test)
{
	struct vmk_counts before, after;
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	m = vmk_alloc(test, object, 0);
	vmk_free(test, m);

	vmk_counts(&before);
	vmk_fail_node(1);
	KUNIT_EXPECT_NULL(test, vmk_alloc_req(test, object, 3, VM_ALLOC_WIRED));
	vmk_counts(&after);
	KUNIT_EXPECT_EQ(test, after.free, before.free);
	KUNIT_EXPECT_EQ(test, after.resident, before.resident);
	KUNIT_EXPECT_EQ(test, after.wired, before.wired);
	KUNIT_EXPECT_EQ(test, after.deficit, before.deficit);
	KUNIT_EXPECT_NULL(test, vmk_lookup(object, 3));
	vmk_expect_audit_clean(test);

	KUNIT_EXPECT_PTR_EQ(test, vmk_alloc(test, object, 3), m);
	KUNIT_EXPECT_EQ(test, m->ref_count, VPRC_OBJREF);
}

static void node_failure_keeps_a_zero_page_zero(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	m = vmk_alloc(test, object, 0);
	VM_OBJECT_WLOCK(object);
	vm_page_free_zero(m);
	VM_OBJECT_WUNLOCK(object);

	vmk_fail_node(1);
	KUNIT_EXPECT_NULL(test, vmk_alloc_req(test, object, 3, 0));
	KUNIT_EXPECT_PTR_EQ(test, vmk_alloc(test, object, 3), m);
	KUNIT_EXPECT_EQ(test, m->flags, PG_ZERO);
}

static void node_failure_of_insert_changes_nothing(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	m = vmk_noobj(test);
	m->pindex = 42;
	VM_OBJECT_WLOCK(object);
	vmk_fail_node(1);
	KUNIT_EXPECT_EQ(test, vm_page_insert(m, object, 4), 1);
	VM_OBJECT_WUNLOCK(object);

	KUNIT_EXPECT_NULL(test, m->object);
	KUNIT_EXPECT_EQ(test, m->pindex, 42);
	KUNIT_EXPECT_EQ(test, m->ref_count, 0);
	KUNIT_EXPECT_EQ(test, object->resident_page_count, 0);
	KUNIT_EXPECT_NULL(test, vmk_lookup(object, 4));
}

/* Promises */

static void promised_page_uses_up_one_promise(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	KUNIT_ASSERT_EQ(test, vmpage_promise(VM_DOMAIN(0), 2), 1);
	vmk_leave_free(test, 0, 0);

	VM_OBJECT_WLOCK(object);
	m = vmpage_alloc_promised(object, 5, 0, VM_ALLOC_WIRED);
	VM_OBJECT_WUNLOCK(object);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_PTR_EQ(test, m->object, object);
	KUNIT_EXPECT_EQ(test, m->pindex, 5);
	KUNIT_EXPECT_EQ(test, m->ref_count, VPRC_OBJREF | 1);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_CURTHREAD_EXCLUSIVE);
	KUNIT_EXPECT_EQ(test, vmk_wired(), 1);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&VM_DOMAIN(0)->vmd_promised), 1);

	/* A freed page is anybody's, its promise is gone. */
	KUNIT_EXPECT_TRUE(test, vm_page_unwire_noq(m));
	vmk_free(test, m);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&VM_DOMAIN(0)->vmd_promised), 1);
	vmpage_unpromise(VM_DOMAIN(0), 1);
}

static void promised_page_needs_a_promise(struct kunit *test)
{
	vm_object_t object;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	VM_OBJECT_WLOCK(object);
	REFUSED(test, vmpage_alloc_promised(object, 0, 0, 0));
	VM_OBJECT_WUNLOCK(object);
}

static void promise_survives_failure(struct kunit *test)
{
	vm_object_t object;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	KUNIT_ASSERT_EQ(test, vmpage_promise(VM_DOMAIN(0), 1), 1);

	VM_OBJECT_WLOCK(object);
	vmk_fail_node(1);
	KUNIT_EXPECT_NULL(test, vmpage_alloc_promised(object, 3, 0, VM_ALLOC_WIRED));
	VM_OBJECT_WUNLOCK(object);
	KUNIT_EXPECT_EQ(test, atomic_read(&VM_DOMAIN(0)->vmd_promised), 1);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1023);
	KUNIT_EXPECT_EQ(test, vmk_wired(), 0);
	KUNIT_EXPECT_EQ(test, object->resident_page_count, 0);
	vmk_expect_audit_clean(test);
	vmpage_unpromise(VM_DOMAIN(0), 1);
}

/* Freeing */

static void P18_free_of_a_wired_page_is_refused(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m, mo;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	m = vm_page_alloc_noobj(VM_ALLOC_WIRED);
	mo = vmk_alloc_req(test, object, 0, VM_ALLOC_WIRED);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_ASSERT_NOT_NULL(test, mo);

	vmk_refused(test, vm_page_free(m));
	KUNIT_EXPECT_EQ(test, m->ref_count, 1);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_UNBUSIED);
	vmk_refused(test, vmk_free(test, mo));
	KUNIT_EXPECT_EQ(test, mo->ref_count, VPRC_OBJREF | 1);
	KUNIT_EXPECT_EQ(test, mo->busy_lock, VPB_CURTHREAD_EXCLUSIVE);
	KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(object, 0), mo);

	vm_page_unwire(m, PQ_NONE);
	vm_page_unwire(mo, PQ_INACTIVE);
}

static void free_in_thread(void *arg)
{
	vm_page_t m = arg;
	vm_object_t object = m->object;

	VM_OBJECT_WLOCK(object);
	vm_page_free(m);
	VM_OBJECT_WUNLOCK(object);
}

static void P19_free_needs_the_callers_exclusive_busy(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	m = vmk_alloc(test, object, 0);

	/* Busied, but by somebody else. */
	vmk_refused(test, vmk_in_thread(test, free_in_thread, m));
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_CURTHREAD_EXCLUSIVE);

	vm_page_busy_downgrade(m);
	vmk_refused(test, vmk_free(test, m));
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_SHARERS_WORD(1));

	vm_page_sunbusy(m);
	vmk_refused(test, vmk_free(test, m));
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_UNBUSIED);
	KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(object, 0), m);
	KUNIT_EXPECT_EQ(test, m->ref_count, VPRC_OBJREF);
}

static void free_needs_the_write_lock(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	m = vmk_alloc(test, object, 0);
	vmk_refused(test, vm_page_free(m));
	VM_OBJECT_RLOCK(object);
	vmk_refused(test, vm_page_free(m));
	VM_OBJECT_RUNLOCK(object);
	KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(object, 0), m);
}

static void free_of_a_busied_page_without_object_is_refused(struct kunit *test)
{
	vm_page_t m;

	vmk_b4(test);
	m = vmk_noobj(test);
	KUNIT_EXPECT_EQ(test, vm_page_tryxbusy(m), 1);
	vmk_refused(test, vm_page_free(m));
	vm_page_xunbusy(m);
	KUNIT_EXPECT_EQ(test, vm_page_trysbusy(m), 1);
	vmk_refused(test, vm_page_free(m));
	vm_page_sunbusy(m);
}

static void second_free_is_refused(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	m = vm_page_alloc_noobj(VM_ALLOC_NORMAL);
	KUNIT_ASSERT_NOT_NULL(test, m);
	vm_page_free(m);
	vmk_refused(test, vm_page_free(m));
	vmk_refused(test, vm_page_free_zero(m));

	object = vmk_object(test, VMK_O, 8);
	m = vmk_alloc(test, object, 0);
	vmk_free(test, m);
	vmk_refused(test, vm_page_free(m));
}

static void P20_free_of_a_busied_object_page(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	vmk_alloc(test, object, 1);
	m = vmk_alloc(test, object, 0);
	m->valid = VM_PAGE_BITS_ALL;
	m->dirty = VM_PAGE_BITS_ALL;
	m->a.act_count = 5;
	KUNIT_EXPECT_EQ(test, VM_CNT_FETCH(v_tfree), 0);
	vmk_free(test, m);

	KUNIT_EXPECT_EQ(test, object->resident_page_count, 1);
	KUNIT_EXPECT_EQ(test, m->busy_lock, 0xfffffffe);
	KUNIT_EXPECT_NULL(test, vmk_lookup(object, 0));
	KUNIT_EXPECT_NULL(test, m->object);
	KUNIT_EXPECT_EQ(test, m->ref_count, 0);
	KUNIT_EXPECT_EQ(test, m->valid, 0);
	KUNIT_EXPECT_EQ(test, m->dirty, 0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1023);
	KUNIT_EXPECT_EQ(test, VM_CNT_FETCH(v_tfree), 1);
	/* Nothing of it is left for the next owner. */
	vmk_alloc(test, object, 0);
	KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(object, 0), m);
	KUNIT_EXPECT_EQ(test, m->a.act_count, 0);
}

static void free_leaves_the_content_alone(struct kunit *test)
{
	vm_page_t m;

	vmk_b4(test);
	m = vmk_noobj(test);
	memset(vmk_page_kva(m), 0x5a, PAGE_SIZE);
	vmk_free(test, m);
	KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(m, 0x5a));
}

/* Contexts */

struct atomic_run {
	vm_page_t m, run, wired;
};

static void allocate_in_atomic(void *arg)
{
	struct atomic_run *r = arg;

	r->m = vm_page_alloc_noobj(VM_ALLOC_INTERRUPT | VM_ALLOC_NOWAIT);
	r->run = vm_page_alloc_noobj_contig(VM_ALLOC_INTERRUPT, 8, 0, ~0ULL, 1, 0,
					    VM_MEMATTR_DEFAULT);
	r->wired = vm_page_alloc_noobj_domain(0, VM_ALLOC_INTERRUPT | VM_ALLOC_WIRED);
}

static void free_in_atomic(void *arg)
{
	struct atomic_run *r = arg;
	int i;

	vm_page_wire(r->m);
	if (vm_page_unwire_noq(r->m))
		vm_page_free(r->m);
	for (i = 0; i < 8; i++)
		vm_page_free_zero(&r->run[i]);
	vm_page_unwire(r->wired, PQ_NONE);
}

static void pages_come_and_go_in_hard_interrupt(struct kunit *test)
{
	struct atomic_run r = {};

	vmk_b4(test);
	vmk_in_hardirq(test, allocate_in_atomic, &r);
	KUNIT_ASSERT_NOT_NULL(test, r.m);
	KUNIT_ASSERT_NOT_NULL(test, r.run);
	KUNIT_ASSERT_NOT_NULL(test, r.wired);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1014);
	KUNIT_EXPECT_EQ(test, vmk_wired(), 1);
	vmk_in_hardirq(test, free_in_atomic, &r);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
	KUNIT_EXPECT_EQ(test, vmk_wired(), 0);
}

static void pages_come_and_go_with_interrupts_off(struct kunit *test)
{
	struct atomic_run r = {};
	unsigned long flags;
	bool off;

	vmk_b4(test);
	local_irq_save(flags);
	allocate_in_atomic(&r);
	if (r.m && r.run && r.wired)
		free_in_atomic(&r);
	off = irqs_disabled();
	local_irq_restore(flags);
	KUNIT_EXPECT_TRUE(test, off);
	KUNIT_EXPECT_NOT_NULL(test, r.wired);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
}

/* The interrupt finds the allocator at work in the thread it interrupted. */
static void hard_interrupts_mix_with_a_thread(struct kunit *test)
{
	struct atomic_run r = {};
	int i;

	vmk_b4(test);
	for (i = 0; i < 4; i++) {
		vm_page_t m = vm_page_alloc_noobj(VM_ALLOC_NORMAL);

		KUNIT_ASSERT_NOT_NULL(test, m);
		vmk_in_hardirq(test, allocate_in_atomic, &r);
		KUNIT_ASSERT_NOT_NULL(test, r.wired);
		vm_page_free(m);
		vmk_in_hardirq(test, free_in_atomic, &r);
	}
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
}

struct churn {
	vm_object_t object;
	unsigned int failures;
	u32 order[200];
};

static void churn_pages(void *arg)
{
	struct churn *c = arg;
	unsigned int i, round;

	for (round = 0; round < 10; round++) {
		for (i = 0; i < ARRAY_SIZE(c->order); i++) {
			VM_OBJECT_WLOCK(c->object);
			c->failures += !vm_page_alloc(c->object, c->order[i], 0);
			VM_OBJECT_WUNLOCK(c->object);
		}
		for (i = 0; i < ARRAY_SIZE(c->order); i++) {
			VM_OBJECT_WLOCK(c->object);
			vm_page_free(vm_page_lookup(c->object, i));
			VM_OBJECT_WUNLOCK(c->object);
		}
	}
}

static void two_threads_restore_every_count(struct kunit *test)
{
	struct churn *c;
	int i;

	vmk_b4(test);
	c = kunit_kcalloc(test, 2, sizeof(*c), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, c);
	for (i = 0; i < 2; i++) {
		c[i].object = vmk_object(test, VMK_O, ARRAY_SIZE(c->order));
		vmk_permutation(c[i].order, ARRAY_SIZE(c->order));
	}
	vmk_in_two_threads(test, churn_pages, &c[0], &c[1]);
	KUNIT_EXPECT_EQ(test, c[0].failures + c[1].failures, 0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
	vmk_expect_free_lists(test, 0, "DEF{10:1} DIR{}");
}

/* Random pages of every kind, in and out; at the end all is as it was. */
static void random_pages_restore_every_count(struct kunit *test)
{
	const unsigned int npages = 400;
	unsigned int i, round;
	vm_page_t *ma;
	int req;

	vmk_c2x4(test);
	ma = kunit_kcalloc(test, npages, sizeof(*ma), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, ma);
	for (round = 0; round < 3000; round++) {
		i = vmk_random_below(npages);
		if (!ma[i]) {
			req = vmk_random_below(2) ? VM_ALLOC_WIRED : VM_ALLOC_NORMAL;
			ma[i] = vm_page_alloc_noobj_domain(vmk_random_below(2), req);
			KUNIT_ASSERT_NOT_NULL(test, ma[i]);
			continue;
		}
		free_any(test, ma[i]);
		ma[i] = NULL;
	}
	vmk_expect_audit_clean(test);
	for (i = 0; i < npages; i++)
		if (ma[i])
			free_any(test, ma[i]);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
	KUNIT_EXPECT_EQ(test, vmk_free_count(1), 1024);
	KUNIT_EXPECT_EQ(test, vmk_wired(), 0);
	vmk_expect_free_lists(test, 0, "DEF{} DIR{10:1}");
	vmk_expect_free_lists(test, 1, "DEF{} DIR{10:1}");
}

static struct kunit_case vmpage_page_cases[] = {
	KUNIT_CASE(P01_object_page_is_initialised),
	KUNIT_CASE(P02_sbusy_gives_one_sharer),
	KUNIT_CASE(P03_nobusy_leaves_the_page_unbusied),
	KUNIT_CASE(P04_wired_page_is_counted),
	KUNIT_CASE(P05_noobj_page_is_initialised),
	KUNIT_CASE(contig_pages_are_initialised_like_noobj),
	KUNIT_CASE(P06_zero_clears_what_was_written),
	KUNIT_CASE(P07_zero_page_keeps_its_flag),
	KUNIT_CASE(zero_trusts_the_flag),
	KUNIT_CASE(P09_free_forgets_that_a_page_is_zero),
	KUNIT_CASE(zero_is_ignored_for_an_object_page),
	KUNIT_CASE(zero_run_is_zero_throughout),
	KUNIT_CASE(nodump_lasts_until_the_next_allocation),
	KUNIT_CASE(P13_unmanaged_object_has_unmanaged_pages),
	KUNIT_CASE(P14_resident_index_is_refused),
	KUNIT_CASE_PARAM(forbidden_flags_are_refused, function_gen_params),
	KUNIT_CASE_PARAM(accepted_flags_give_a_page, function_gen_params),
	KUNIT_CASE(empty_lists_give_the_count_back),
	KUNIT_CASE_PARAM(page_written_to_while_free_is_not_handed_out, function_gen_params),
	KUNIT_CASE(P15_forbidden_combinations_are_refused),
	KUNIT_CASE(object_requests_need_the_write_lock),
	KUNIT_CASE(domains_that_are_none_are_refused),
	KUNIT_CASE_PARAM(contig_nonsense_is_refused, contig_gen_params),
	KUNIT_CASE(contig_longer_than_memory_fails),
	KUNIT_CASE(contig_takes_the_other_domain_for_its_range),
	KUNIT_CASE(P16_node_failure_undoes_the_allocation),
	KUNIT_CASE(node_failure_keeps_a_zero_page_zero),
	KUNIT_CASE(node_failure_of_insert_changes_nothing),
	KUNIT_CASE(promised_page_uses_up_one_promise),
	KUNIT_CASE(promised_page_needs_a_promise),
	KUNIT_CASE(promise_survives_failure),
	KUNIT_CASE(P18_free_of_a_wired_page_is_refused),
	KUNIT_CASE(P19_free_needs_the_callers_exclusive_busy),
	KUNIT_CASE(free_needs_the_write_lock),
	KUNIT_CASE(free_of_a_busied_page_without_object_is_refused),
	KUNIT_CASE(second_free_is_refused),
	KUNIT_CASE(P20_free_of_a_busied_object_page),
	KUNIT_CASE(free_leaves_the_content_alone),
	KUNIT_CASE(pages_come_and_go_in_hard_interrupt),
	KUNIT_CASE(pages_come_and_go_with_interrupts_off),
	KUNIT_CASE(hard_interrupts_mix_with_a_thread),
	KUNIT_CASE(two_threads_restore_every_count),
	KUNIT_CASE(random_pages_restore_every_count),
	{}
};

static struct kunit_suite vmpage_page_suite = {
	.name = "vmpage_page",
	.init = vmk_init,
	.exit = vmk_exit,
	.test_cases = vmpage_page_cases,
};

kunit_test_suite(vmpage_page_suite);
