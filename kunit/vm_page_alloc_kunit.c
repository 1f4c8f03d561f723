// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The allocation functions: what they accept, where they look, and what is left
 * when they fail.
 */
#include "kunit_fixture.h"

/* Requests */

enum alloc_function {
	ALLOC_OBJECT,
	ALLOC_OBJECT_DOMAIN,
	ALLOC_OBJECT_AFTER,
	ALLOC_OBJECT_DOMAIN_AFTER,
	ALLOC_OBJECT_PROMISED,
	ALLOC_OBJECT_CONTIG,
	ALLOC_OBJECT_CONTIG_DOMAIN,
	ALLOC_NOOBJ,
	ALLOC_NOOBJ_DOMAIN,
	ALLOC_FREELIST,
	ALLOC_FREELIST_DOMAIN,
	ALLOC_CONTIG,
	ALLOC_CONTIG_DOMAIN,
};

struct function_case {
	const char *name;
	enum alloc_function function;
	unsigned int accepted;		/* request bits */
};

#define ACCEPT_ALL	(VM_ALLOC_CLASS_MASK | VM_ALLOC_WIRED | VM_ALLOC_ZERO |	\
			 VM_ALLOC_NOBUSY | VM_ALLOC_NODUMP | VM_ALLOC_NOWAIT |	\
			 VM_ALLOC_WAITFAIL | VM_ALLOC_COUNT(VM_ALLOC_COUNT_MAX))
#define ACCEPT_OBJECT	(ACCEPT_ALL | VM_ALLOC_SBUSY)
#define ACCEPT_OBJCONT	(ACCEPT_OBJECT | VM_ALLOC_NORECLAIM)
#define ACCEPT_NOOBJ	(ACCEPT_ALL | VM_ALLOC_WAITOK)
#define ACCEPT_CONTIG	(ACCEPT_NOOBJ | VM_ALLOC_NORECLAIM)

static const struct function_case function_cases[] = {
	{ "vm_page_alloc", ALLOC_OBJECT, ACCEPT_OBJECT },
	{ "vm_page_alloc_domain", ALLOC_OBJECT_DOMAIN, ACCEPT_OBJECT },
	{ "vm_page_alloc_after", ALLOC_OBJECT_AFTER, ACCEPT_OBJECT },
	{ "vm_page_alloc_domain_after", ALLOC_OBJECT_DOMAIN_AFTER, ACCEPT_OBJECT },
	{ "vmpage_alloc_promised", ALLOC_OBJECT_PROMISED, ACCEPT_OBJCONT },
	{ "vm_page_alloc_contig", ALLOC_OBJECT_CONTIG, ACCEPT_OBJCONT },
	{ "vm_page_alloc_contig_domain", ALLOC_OBJECT_CONTIG_DOMAIN, ACCEPT_OBJCONT },
	{ "vm_page_alloc_noobj", ALLOC_NOOBJ, ACCEPT_NOOBJ },
	{ "vm_page_alloc_noobj_domain", ALLOC_NOOBJ_DOMAIN, ACCEPT_NOOBJ },
	{ "vm_page_alloc_freelist", ALLOC_FREELIST, ACCEPT_NOOBJ },
	{ "vm_page_alloc_freelist_domain", ALLOC_FREELIST_DOMAIN, ACCEPT_NOOBJ },
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
	case ALLOC_OBJECT_AFTER:
		return vm_page_alloc_after(object, 0, req, NULL);
	case ALLOC_OBJECT_DOMAIN_AFTER:
		return vm_page_alloc_domain_after(object, 0, 0, req, NULL);
	case ALLOC_OBJECT_CONTIG:
		return vm_page_alloc_contig(object, 0, req, 1, 0, ~0ULL, 1, 0, VM_MEMATTR_DEFAULT);
	case ALLOC_OBJECT_CONTIG_DOMAIN:
		return vm_page_alloc_contig_domain(object, 0, 0, req, 1, 0, ~0ULL, 1, 0,
						   VM_MEMATTR_DEFAULT);
	case ALLOC_OBJECT_PROMISED:
		return vmpage_alloc_promised(object, 0, 0, req);
	case ALLOC_NOOBJ:
		return vm_page_alloc_noobj(req);
	case ALLOC_NOOBJ_DOMAIN:
		return vm_page_alloc_noobj_domain(0, req);
	case ALLOC_FREELIST:
		return vm_page_alloc_freelist(VM_FREELIST_DEFAULT, req);
	case ALLOC_FREELIST_DOMAIN:
		return vm_page_alloc_freelist_domain(0, VM_FREELIST_DEFAULT, req);
	case ALLOC_CONTIG:
		return vm_page_alloc_noobj_contig(req, 1, 0, ~0ULL, 1, 0, VM_MEMATTR_DEFAULT);
	case ALLOC_CONTIG_DOMAIN:
		return vm_page_alloc_noobj_contig_domain(0, req, 1, 0, ~0ULL, 1, 0,
							 VM_MEMATTR_DEFAULT);
	}
	return NULL;
}

/* A machine, a locked object, and one promise for the function that needs it. */
static vm_object_t function_setup(struct kunit *test, const struct function_case *c)
{
	vm_object_t object;

	vmk_b4(test);
	object = vmk_object(test, VMK_U, 8);
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
			vmk_alloc_refused(test, call_alloc(c->function, object, req));
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
			vmk_free_any(test, m);
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
	vm_page_t other;

	if (!m)
		goto unlock;
	m->valid = 1;
	vmk_reported(test, other = call_alloc(c->function, object, 0));
	if (other) {
		/* The page was lost from those that the CPU fetched for itself. */
		KUNIT_EXPECT_PTR_NE(test, other, m);
		KUNIT_EXPECT_TRUE(test, other->flags & PG_PCPU_CACHE);
		vmk_free_any(test, other);
	}
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
	vmk_alloc_refused(test, vmk_alloc_req(test, object, 0, VM_ALLOC_NOBUSY | VM_ALLOC_SBUSY));
	VM_OBJECT_WLOCK(object);
	vmk_alloc_refused(test, call_alloc(ALLOC_OBJECT, object, VM_ALLOC_WAITOK));
	vmk_alloc_refused(test, call_alloc(ALLOC_OBJECT_AFTER, object, VM_ALLOC_WAITOK));
	vmk_alloc_refused(test, call_alloc(ALLOC_OBJECT_CONTIG, object, VM_ALLOC_WAITOK));
	vmk_alloc_refused(test, call_alloc(ALLOC_OBJECT_CONTIG, object,
					   VM_ALLOC_NOBUSY | VM_ALLOC_SBUSY));
	VM_OBJECT_WUNLOCK(object);
	vmk_alloc_refused(test, call_alloc(ALLOC_CONTIG, NULL,
					   VM_ALLOC_WAITOK | VM_ALLOC_NORECLAIM));
	vmk_alloc_refused(test, vm_page_alloc_noobj(VM_ALLOC_SBUSY));
}

static void object_requests_need_the_write_lock(struct kunit *test)
{
	vm_object_t object;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	vmk_alloc_refused(test, vm_page_alloc(object, 0, 0));
	vmk_alloc_refused(test, vm_page_alloc_domain(object, 0, 0, 0));
	vmk_alloc_refused(test, vm_page_alloc_after(object, 0, 0, NULL));
	vmk_alloc_refused(test, vm_page_alloc_contig(object, 0, 0, 1, 0, ~0ULL, 1, 0,
						     VM_MEMATTR_DEFAULT));
	VM_OBJECT_RLOCK(object);
	vmk_alloc_refused(test, vm_page_alloc(object, 0, 0));
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

		vmk_alloc_refused(test, vm_page_alloc_domain(object, 0, domain, 0));
		vmk_alloc_refused(test, vm_page_alloc_domain_after(object, 0, domain, 0, NULL));
		vmk_alloc_refused(test, vm_page_alloc_contig_domain(object, 0, domain, 0, 1, 0,
								    ~0ULL, 1, 0,
								    VM_MEMATTR_DEFAULT));
		vmk_alloc_refused(test, vm_page_alloc_freelist_domain(domain, VM_FREELIST_DEFAULT,
								      0));
		vmk_alloc_refused(test, vmpage_alloc_promised(object, 0, domain, 0));
		vmk_alloc_refused(test, vm_page_alloc_noobj_domain(domain, 0));
		vmk_alloc_refused(test, vm_page_alloc_noobj_contig_domain(domain, 0, 1, 0, ~0ULL, 1,
									  0, VM_MEMATTR_DEFAULT));
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
	{ "write_through", 1, 1, 0, VM_MEMATTR_WRITE_THROUGH },
};

static void contig_desc(const struct contig_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(contig, contig_cases, contig_desc);

static void contig_nonsense_is_refused(struct kunit *test)
{
	const struct contig_case *c = test->param_value;
	vm_object_t object;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	VM_OBJECT_WLOCK(object);
	vmk_alloc_refused(test, vm_page_alloc_contig(object, 0, 0, c->npages, 0, ~0ULL,
						     c->alignment, c->boundary, c->memattr));
	vmk_alloc_refused(test, vm_page_alloc_contig_domain(object, 0, 0, 0, c->npages, 0, ~0ULL,
							    c->alignment, c->boundary, c->memattr));
	VM_OBJECT_WUNLOCK(object);
	vmk_alloc_refused(test, vm_page_alloc_noobj_contig(0, c->npages, 0, ~0ULL, c->alignment,
							   c->boundary, c->memattr));
	vmk_alloc_refused(test, vm_page_alloc_noobj_contig_domain(0, 0, c->npages, 0, ~0ULL,
								  c->alignment, c->boundary,
								  c->memattr));
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
	object = vmk_object(test, VMK_U, 8);
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
	object = vmk_object(test, VMK_U, 8);
	m = vmk_alloc(test, object, 0);
	VM_OBJECT_WLOCK(object);
	vm_page_free_zero(m);
	VM_OBJECT_WUNLOCK(object);

	vmk_fail_node(1);
	KUNIT_EXPECT_NULL(test, vmk_alloc_req(test, object, 3, 0));
	KUNIT_EXPECT_PTR_EQ(test, vmk_alloc(test, object, 3), m);
	KUNIT_EXPECT_EQ(test, vmk_flags(m), PG_ZERO);
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
	vmk_alloc_refused(test, vmpage_alloc_promised(object, 0, 0, 0));
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

/* Next to a page that is known */

static s64 walks(void)
{
	return VM_CNT_FETCH(v_index_walks);
}

/* 200 pages one after the other: a walk for each leaf of 64, not for each page. */
static void after_spares_the_search_of_the_index(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m = NULL;
	s64 before;
	int i;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 256);
	VM_OBJECT_WLOCK(object);
	before = walks();
	for (i = 0; i < 200; i++) {
		m = vm_page_alloc_after(object, i, VM_ALLOC_NOBUSY, m);
		if (!m)
			break;
	}
	KUNIT_EXPECT_EQ(test, i, 200);
	KUNIT_EXPECT_LE(test, walks() - before, 2 * DIV_ROUND_UP(200, XA_CHUNK_SIZE));
	VM_OBJECT_WUNLOCK(object);
}

/* Wherever the page before is, finding the place and checking it is one walk at most. */
static void after_never_searches_twice(struct kunit *test)
{
	static const vm_pindex_t pindexes[] = { 0, 1, 63, 64, 4095, 4096, 1 << 20, 1ULL << 40 };
	vm_object_t object;
	vm_page_t m = NULL;
	unsigned int i;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 1ULL << 41);
	VM_OBJECT_WLOCK(object);
	for (i = 0; i < ARRAY_SIZE(pindexes); i++) {
		const s64 before = walks();

		m = vm_page_alloc_after(object, pindexes[i], VM_ALLOC_NOBUSY, m);
		KUNIT_EXPECT_NOT_NULL_MSG(test, m, "index %llu", pindexes[i]);
		KUNIT_EXPECT_LE(test, walks() - before, 1);
	}
	VM_OBJECT_WUNLOCK(object);
}

static void wrong_mpred_is_refused(struct kunit *test)
{
	vm_object_t object, other;
	vm_page_t m2, m5, m9, foreign;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8192);
	other = vmk_object(test, VMK_O, 8);
	m2 = vmk_alloc(test, object, 2);
	m5 = vmk_alloc(test, object, 5);
	m9 = vmk_alloc(test, object, 4999);
	foreign = vmk_alloc(test, other, 5);
	VM_OBJECT_WLOCK(object);
	vmk_alloc_refused(test, vm_page_alloc_after(object, 7, 0, NULL));
	vmk_alloc_refused(test, vm_page_alloc_after(object, 7, 0, m2));
	vmk_alloc_refused(test, vm_page_alloc_after(object, 7, 0, m9));
	vmk_alloc_refused(test, vm_page_alloc_after(object, 7, 0, foreign));
	vmk_alloc_refused(test, vm_page_alloc_after(object, 1, 0, m2));
	vmk_alloc_refused(test, vm_page_alloc_after(object, 5, 0, m2));
	vmk_alloc_refused(test, vm_page_alloc_domain_after(object, 5000, 0, 0, m5));
	vmk_alloc_refused(test, vm_page_alloc_domain_after(object, 1ULL << 40, 0, 0, m5));
	KUNIT_EXPECT_NOT_NULL(test, vm_page_alloc_domain_after(object, 7, 0, 0, m5));
	KUNIT_EXPECT_NOT_NULL(test, vm_page_alloc_after(object, 1, 0, NULL));
	KUNIT_EXPECT_NOT_NULL(test, vm_page_alloc_after(object, 8000, 0, m9));
	VM_OBJECT_WUNLOCK(object);
}

/* One free list */

static void P25_freelists_alias_the_nearest_lower_one(struct kunit *test)
{
	vm_page_t m;

	vmk_a64(test);
	m = vm_page_alloc_freelist(VM_FREELIST_DEFAULT, VM_ALLOC_NORMAL);
	KUNIT_EXPECT_EQ(test, vmk_off(m), 0);
	KUNIT_ASSERT_NOT_NULL(test, m);
	vmk_hold(test, m, 1);
	m = vm_page_alloc_freelist(VM_FREELIST_LOWMEM, VM_ALLOC_NORMAL);
	KUNIT_EXPECT_EQ(test, vmk_off(m), 0x1000);
	KUNIT_ASSERT_NOT_NULL(test, m);
	vmk_hold(test, m, 1);
	vmk_alloc_refused(test, vm_page_alloc_freelist(3, VM_ALLOC_NORMAL));
	vmk_alloc_refused(test, vm_page_alloc_freelist(-1, VM_ALLOC_NORMAL));
	vmk_alloc_refused(test, vm_page_alloc_freelist_domain(0, 3, VM_ALLOC_NORMAL));
}

/* The machine has 4 MiB below 16 MiB and 4 MiB above 4 GiB. */
static void freelist_keeps_to_its_addresses(struct kunit *test)
{
	static const struct vm_mem_span spans[] = {
		{ .start = SZ_4M, .end = SZ_8M, .domain = 0 },
		VMK_SPAN(0, SZ_4M, 0),
	};
	struct vmk_counts before, after;
	vm_page_t m;

	vmk_machine(test, spans, ARRAY_SIZE(spans));
	m = vm_page_alloc_freelist_domain(0, VM_FREELIST_LOWMEM, VM_ALLOC_NORMAL);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, VM_PAGE_TO_PHYS(m), SZ_4M);
	vmk_hold(test, m, 1);
	m = vm_page_alloc_noobj_contig(VM_ALLOC_NORMAL, 1023, 0, SZ_8M, 1, 0, VM_MEMATTR_DEFAULT);
	KUNIT_EXPECT_NULL(test, m);
	while ((m = vm_page_alloc_freelist(VM_FREELIST_LOWMEM, VM_ALLOC_NORMAL))) {
		KUNIT_EXPECT_LT(test, VM_PAGE_TO_PHYS(m), SZ_8M);
		vmk_hold(test, m, 1);
	}
	/* The list is empty, the domain is not: the count was given back. */
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
	vmk_counts(&before);
	KUNIT_EXPECT_NULL(test, vm_page_alloc_freelist(VM_FREELIST_LOWMEM, VM_ALLOC_WAITFAIL));
	vmk_counts(&after);
	KUNIT_EXPECT_EQ(test, after.free, before.free);
	KUNIT_EXPECT_EQ(test, after.deficit, before.deficit + 1);
	KUNIT_EXPECT_NOT_NULL(test, vmk_noobj(test));
}

/* Without memory above, and none that is lower-numbered to stand for it. */
static void freelist_without_index_has_nothing(struct kunit *test)
{
	static const struct vm_mem_span low = { .start = SZ_4M, .end = SZ_8M, .domain = 0 };

	vmk_machine(test, &low, 1);
	KUNIT_EXPECT_NULL(test, vm_page_alloc_freelist(VM_FREELIST_DEFAULT, VM_ALLOC_WAITOK));
	KUNIT_EXPECT_NULL(test, vm_page_alloc_freelist_domain(0, VM_FREELIST_DEFAULT, 0));
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), 0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
}

/* Runs in an object */

static vm_page_t object_contig(vm_object_t object, vm_pindex_t pindex, int req, u_long npages,
			       vm_memattr_t memattr)
{
	vm_page_t m;

	VM_OBJECT_WLOCK(object);
	m = vm_page_alloc_contig(object, pindex, req, npages, 0, ~0ULL, 1, 0, memattr);
	VM_OBJECT_WUNLOCK(object);
	return m;
}

static void object_run_is_resident_page_by_page(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;
	int i;

	vmk_b4(test);
	object = vmk_object(test, VMK_U, 256);
	m = object_contig(object, 60, VM_ALLOC_WIRED | VM_ALLOC_SBUSY, 100, VM_MEMATTR_DEFAULT);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, object->resident_page_count, 100);
	KUNIT_EXPECT_EQ(test, vmk_wired(), 100);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 924);
	for (i = 0; i < 100; i++) {
		KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(object, 60 + i), &m[i]);
		KUNIT_EXPECT_EQ(test, m[i].pindex, 60 + i);
		KUNIT_EXPECT_EQ(test, m[i].busy_lock, 0x9);
		KUNIT_EXPECT_EQ(test, m[i].ref_count, VPRC_OBJREF | 1);
		KUNIT_EXPECT_EQ(test, m[i].oflags, 0);
		KUNIT_EXPECT_EQ(test, m[i].pool, VM_FREEPOOL_DEFAULT);
		vm_page_unwire(&m[i], PQ_INACTIVE);
	}
}

static void object_run_needs_empty_indexes(struct kunit *test)
{
	vm_object_t object;

	vmk_b4(test);
	object = vmk_object(test, VMK_U, 256);
	vmk_alloc(test, object, 10);
	vmk_alloc_refused(test, object_contig(object, 10, 0, 1, VM_MEMATTR_DEFAULT));
	vmk_alloc_refused(test, object_contig(object, 3, 0, 8, VM_MEMATTR_DEFAULT));
	vmk_alloc_refused(test, object_contig(object, ULONG_MAX, 0, 2, VM_MEMATTR_DEFAULT));
	KUNIT_EXPECT_NOT_NULL(test, object_contig(object, 3, 0, 7, VM_MEMATTR_DEFAULT));
	KUNIT_EXPECT_NOT_NULL(test, object_contig(object, 11, 0, 7, VM_MEMATTR_DEFAULT));
}

static void object_run_needs_real_memory(struct kunit *test)
{
	vmk_b4(test);
	vmk_alloc_refused(test, object_contig(vmk_object_type(test, OBJT_DEVICE, 8), 0, 0, 1,
					      VM_MEMATTR_DEFAULT));
}

static void object_run_that_is_not_there_fails(struct kunit *test)
{
	vm_object_t object;

	vmk_b4(test);
	object = vmk_object(test, VMK_U, 2048);
	KUNIT_EXPECT_NULL(test, object_contig(object, 0, VM_ALLOC_COUNT(7), 1000,
					      VM_MEMATTR_DEFAULT));
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), 7);
	KUNIT_EXPECT_NULL(test, object_contig(object, 0, VM_ALLOC_COUNT(7), 1025,
					      VM_MEMATTR_DEFAULT));
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), 14);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
	KUNIT_EXPECT_EQ(test, object->resident_page_count, 0);
}

/* Whichever page of the run it is that finds no node, all of them come back. */
static void node_failure_undoes_the_whole_run(struct kunit *test)
{
	struct vmk_counts before, after;
	vm_object_t object;
	unsigned int nth;

	vmk_b4(test);
	object = vmk_object(test, VMK_U, 256);
	for (nth = 1; nth <= 20; nth++) {
		vmk_counts(&before);
		vmk_fail_node(nth);
		KUNIT_EXPECT_NULL(test,
				  object_contig(object, 60, VM_ALLOC_WIRED | VM_ALLOC_WAITFAIL, 20,
						VM_MEMATTR_DEFAULT));
		vmk_counts(&after);
		vmk_expect_same_counts(test, &before, &after);
		KUNIT_EXPECT_NULL(test, vmk_lookup(object, 60));
		vmk_expect_audit_clean(test);
	}
	KUNIT_EXPECT_NOT_NULL(test, object_contig(object, 60, 0, 20, VM_MEMATTR_DEFAULT));
}

/* Memory attributes */

static void P11_pages_get_the_attribute_of_their_object(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 64);
	VM_OBJECT_WLOCK(object);
	KUNIT_EXPECT_EQ(test, vm_object_set_memattr(object, VM_MEMATTR_UNCACHEABLE), 0);
	VM_OBJECT_WUNLOCK(object);
	m = vmk_alloc(test, object, 0);
	KUNIT_EXPECT_EQ(test, pmap_page_get_memattr(m), VM_MEMATTR_UNCACHEABLE);
	vmk_free(test, m);
	KUNIT_EXPECT_EQ(test, pmap_page_get_memattr(m), VM_MEMATTR_DEFAULT);

	KUNIT_EXPECT_TRUE(test, vmpage_reserv_restore(0));
	m = object_contig(object, 8, 0, 4, VM_MEMATTR_DEFAULT);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, pmap_page_get_memattr(&m[3]), VM_MEMATTR_UNCACHEABLE);
	m = object_contig(object, 16, 0, 4, VM_MEMATTR_UNCACHEABLE);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, pmap_page_get_memattr(&m[3]), VM_MEMATTR_UNCACHEABLE);
}

/* They bring their own, and come from anywhere. */
static void pages_of_a_fictitious_object_have_none(struct kunit *test)
{
	vm_object_t object;

	vmk_b4(test);
	object = vmk_object_type(test, OBJT_DEVICE, 8);
	VM_OBJECT_WLOCK(object);
	KUNIT_EXPECT_EQ(test, vm_object_set_memattr(object, VM_MEMATTR_UNCACHEABLE), 0);
	VM_OBJECT_WUNLOCK(object);
	KUNIT_EXPECT_EQ(test, pmap_page_get_memattr(vmk_alloc(test, object, 0)),
			VM_MEMATTR_DEFAULT);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1023);
}

static void an_attribute_that_is_not_the_objects_is_refused(struct kunit *test)
{
	vm_object_t object;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 64);
	vmk_alloc_refused(test, object_contig(object, 8, 0, 4, VM_MEMATTR_WRITE_COMBINING));
	vmk_alloc_refused(test, vm_page_alloc_noobj_contig(0, 2, 0, ~0ULL, 1, 0,
							   VM_MEMATTR_WRITE_COMBINING));
	vmk_alloc_refused(test, vm_page_alloc_noobj_contig_domain(0, 0, 2, 0, ~0ULL, 1, 0,
								  VM_MEMATTR_WRITE_COMBINING));
}

/* Waiting for what cannot be */

static void waitok_for_a_run_that_no_segment_holds_fails(struct kunit *test)
{
	vmk_b4(test);
	KUNIT_EXPECT_NULL(test, vm_page_alloc_noobj_contig(VM_ALLOC_WAITOK, 1025, 0, ~0ULL, 1, 0,
							   VM_MEMATTR_DEFAULT));
	KUNIT_EXPECT_NULL(test, vm_page_alloc_noobj_contig(VM_ALLOC_WAITOK, 1, 0, VMK_BASE, 1, 0,
							   VM_MEMATTR_DEFAULT));
	KUNIT_EXPECT_NULL(test, vm_page_alloc_noobj_contig(VM_ALLOC_WAITOK, 2, 0, ~0ULL, 1, SZ_4K,
							   VM_MEMATTR_DEFAULT));
	vmk_power_off(test);
	vmk_c2x4(test);
	KUNIT_EXPECT_NULL(test, vm_page_alloc_noobj_contig(VM_ALLOC_WAITOK, 1025, 0, ~0ULL, 1, 0,
							   VM_MEMATTR_DEFAULT));
}

struct contig_waiter {
	vm_page_t m;
};

static void take_run_of_16(void *arg)
{
	struct contig_waiter *w = arg;

	w->m = vm_page_alloc_noobj_contig(VM_ALLOC_WAITOK, 16, 0, ~0ULL, 1, 0, VM_MEMATTR_DEFAULT);
}

/* Plenty is free, but no run; the waiter is not asleep for pages, yet it waits. */
static void waitok_waits_until_scattered_pages_are_a_run(struct kunit *test)
{
	struct contig_waiter w = {};
	struct vmk_thread *t;
	vm_page_t m;
	int i;

	vmk_b4(test);
	m = vmk_ncontig(test, 960);
	KUNIT_ASSERT_NOT_NULL(test, m);
	while (vmk_noobj_req(test, VM_ALLOC_INTERRUPT))
		;
	for (i = 0; i < 960; i += 2)
		vmk_free(test, &m[i]);
	t = vmk_thread_start(test, take_run_of_16, &w);
	vmk_until(test, vmk_deficit(0) > 3);
	KUNIT_EXPECT_FALSE(test, vmk_thread_done(t));
	KUNIT_EXPECT_EQ(test, vm_wait_count(), 0);
	for (i = 1; i < 64; i += 2)
		vmk_free(test, &m[i]);
	vmk_thread_join(test, t);
	KUNIT_ASSERT_NOT_NULL(test, w.m);
	vmk_hold(test, w.m, 16);
}

static void take_from_lowmem(void *arg)
{
	vm_page_t *m = arg;

	*m = vm_page_alloc_freelist_domain(0, VM_FREELIST_LOWMEM, VM_ALLOC_WAITOK);
}

/* The domain is not short, so nobody wakes who waits for its list: he looks every tick. */
static void waitok_waits_for_a_list_and_does_not_spin(struct kunit *test)
{
	static const struct vm_mem_span spans[] = {
		{ .start = SZ_4M, .end = SZ_8M, .domain = 0 },
		VMK_SPAN(0, SZ_16M, 0),
	};
	struct vmk_thread *t;
	vm_page_t m, last, got = NULL;
	unsigned long before;
	long tries;

	vmk_machine(test, spans, ARRAY_SIZE(spans));
	for (last = NULL; (m = vm_page_alloc_freelist(VM_FREELIST_LOWMEM, 0)); last = m)
		vmk_hold(test, m, 1);
	KUNIT_ASSERT_NOT_NULL(test, last);
	tries = vmk_deficit(0);
	before = jiffies;
	t = vmk_thread_start(test, take_from_lowmem, &got);
	vmk_until(test, vmk_deficit(0) > tries + 3);
	tries = vmk_deficit(0) - tries;
	KUNIT_EXPECT_LE(test, tries, (long)(jiffies - before) + 2);
	KUNIT_EXPECT_EQ(test, vm_wait_count(), 0);
	vmk_free(test, last);
	vmk_thread_join(test, t);
	KUNIT_EXPECT_PTR_EQ(test, got, last);
	vmk_hold(test, got, 1);
}

/* Domain 0 cannot hold the run now: domain 1 is asked at once. */
static void waitok_run_comes_from_the_other_domain_at_once(struct kunit *test)
{
	unsigned long sleeps;
	vm_page_t m;
	int i;

	vmk_c2x4(test);
	m = vm_page_alloc_noobj_contig_domain(0, 0, 512, 0, ~0ULL, SZ_2M, 0, VM_MEMATTR_DEFAULT);
	KUNIT_ASSERT_NOT_NULL(test, m);
	vmk_hold(test, m, 512);
	for (i = 0; i < 50; i++) {
		sleeps = current->nvcsw;
		m = vm_page_alloc_noobj_contig(VM_ALLOC_WAITOK, 600, 0, ~0ULL, 1, 0,
					       VM_MEMATTR_DEFAULT);
		KUNIT_EXPECT_EQ(test, current->nvcsw, sleeps);
		KUNIT_ASSERT_NOT_NULL(test, m);
		KUNIT_EXPECT_EQ(test, vm_page_domain(m), 1);
		vmk_hold(test, m, 600);
		vmk_free_run(test, m, 600);
	}
}

static struct kunit_case vmpage_page_alloc_cases[] = {
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
	KUNIT_CASE(after_spares_the_search_of_the_index),
	KUNIT_CASE(after_never_searches_twice),
	KUNIT_CASE(wrong_mpred_is_refused),
	KUNIT_CASE(P25_freelists_alias_the_nearest_lower_one),
	KUNIT_CASE(freelist_keeps_to_its_addresses),
	KUNIT_CASE(freelist_without_index_has_nothing),
	KUNIT_CASE(object_run_is_resident_page_by_page),
	KUNIT_CASE(object_run_needs_empty_indexes),
	KUNIT_CASE(object_run_needs_real_memory),
	KUNIT_CASE(object_run_that_is_not_there_fails),
	KUNIT_CASE(node_failure_undoes_the_whole_run),
	KUNIT_CASE(P11_pages_get_the_attribute_of_their_object),
	KUNIT_CASE(pages_of_a_fictitious_object_have_none),
	KUNIT_CASE(an_attribute_that_is_not_the_objects_is_refused),
	KUNIT_CASE(waitok_for_a_run_that_no_segment_holds_fails),
	KUNIT_CASE(waitok_waits_until_scattered_pages_are_a_run),
	KUNIT_CASE(waitok_waits_for_a_list_and_does_not_spin),
	KUNIT_CASE(waitok_run_comes_from_the_other_domain_at_once),
	{}
};

static struct kunit_suite vmpage_page_alloc_suite = {
	.name = "vmpage_page_alloc",
	.init = vmk_init,
	.exit = vmk_exit,
	.test_cases = vmpage_page_alloc_cases,
};

kunit_test_suite(vmpage_page_alloc_suite);
