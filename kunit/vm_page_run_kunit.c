// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Runs that are freed as one: vmpage_free_contig().
 */
#include <linux/cpumask.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "kunit_fixture.h"
#include "vm_pgcache.h"

#define ALL	1024		/* pages of B4 */
#define RUN	37		/* two whole steps of the loops, and a rest */

static vm_page_t alloc_run(struct kunit *test, int req, u_long npages)
{
	vm_page_t m = vm_page_alloc_noobj_contig(req, npages, 0, ~0ULL, PAGE_SIZE, 0,
						 VM_MEMATTR_DEFAULT);

	KUNIT_ASSERT_NOT_NULL(test, m);
	return m;
}

static void expect_free(struct kunit *test, vm_page_t m, u_long npages)
{
	u_long i;

	for (i = 0; i < npages; i++) {
		KUNIT_EXPECT_EQ(test, m[i].hold, VM_PAGE_HOLD(VPB_FREED, 0));
		KUNIT_EXPECT_EQ(test, m[i].state, VM_PAGE_STATE(0));
	}
	vmk_expect_audit_clean(test);
}

static const u_long lengths[] = { 1, 15, 16, 17, RUN, 512, 600, ALL - 1, ALL };

static void length_desc(const u_long *length, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%lu pages", *length);
}

KUNIT_ARRAY_PARAM(length, lengths, length_desc);

static void run_comes_back_as_it_was(struct kunit *test)
{
	const u_long npages = *(const u_long *)test->param_value;
	vm_page_t m;

	vmk_b4(test);
	vmk_thresholds_off(test);
	m = alloc_run(test, VM_ALLOC_NORMAL, npages);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), ALL - npages);
	vmpage_free_contig(m, npages);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), ALL);
	expect_free(test, m, npages);
	/* The largest blocks are whole again. */
	KUNIT_EXPECT_PTR_EQ(test, alloc_run(test, VM_ALLOC_NORMAL, ALL), &m[0]);
	vmpage_free_contig(m, ALL);
}

/* Whatever the owner made of a page is forgotten. */
static void run_of_special_pages_comes_back_plain(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	m = alloc_run(test, VM_ALLOC_NORMAL, RUN);
	m[0].flags |= PG_ZERO;
	m[17].valid = VM_PAGE_BITS_ALL;
	m[17].dirty = 1;
	m[18].a.act_count = 5;
	m[RUN - 1].oflags = 0;
	vmpage_free_contig(m, RUN);
	expect_free(test, m, RUN);

	/* Managed, and out of an object. */
	m = vmk_alloc(test, object, 0);
	KUNIT_ASSERT_NOT_NULL(test, m);
	VM_OBJECT_WLOCK(object);
	KUNIT_EXPECT_TRUE(test, vm_page_remove(m));
	VM_OBJECT_WUNLOCK(object);
	vmpage_free_contig(m, 1);
	expect_free(test, m, 1);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), ALL);
}

static void run_without_a_dump_leaves_no_count(struct kunit *test)
{
	vm_page_t m, other;

	vmk_b4(test);
	vmk_thresholds_off(test);
	m = alloc_run(test, VM_ALLOC_NODUMP, 600);
	other = alloc_run(test, VM_ALLOC_NODUMP, RUN);
	KUNIT_EXPECT_TRUE(test, vmk_chunk_is_nodump(m->phys_addr));
	vmpage_free_contig(m, 600);
	expect_free(test, m, 600);
	KUNIT_EXPECT_TRUE(test, other->flags & PG_NODUMP);
	/* Beside pages that are marked one that is not. */
	m = alloc_run(test, VM_ALLOC_NORMAL, RUN);
	vmpage_free_contig(m, RUN);
	expect_free(test, m, RUN);
	vmpage_free_contig(other, RUN);
	expect_free(test, other, RUN);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), ALL);
}

static void pages_of_a_cpu_leave_it_with_their_run(struct kunit *test)
{
	vm_page_t m[8], first;
	int i;

	KUNIT_ASSERT_EQ(test, set_cpus_allowed_ptr(current, cpumask_of(0)), 0);
	vmk_set_pgcache(16);
	vmk_b4(test);
	for (i = 0; i < 8; i++)
		m[i] = vmk_noobj_req(test, i % 2 ? VM_ALLOC_NODUMP : VM_ALLOC_NORMAL);
	first = m[0];
	for (i = 0; i < 8; i++) {
		KUNIT_ASSERT_PTR_EQ(test, m[i], &first[i]);
		KUNIT_EXPECT_TRUE(test, m[i]->flags & PG_PCPU_CACHE);
	}
	vmpage_free_contig(first, 8);
	expect_free(test, first, 8);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), ALL);
}

/* All or nothing */

static void wire(vm_page_t m)
{
	vm_page_wire(m);
}

static void unwire(vm_page_t m)
{
	vm_page_unwire_noq(m);
}

static void busy(vm_page_t m)
{
	vm_page_tryxbusy(m);
}

static const struct held_case {
	const char *name;
	void (*hold)(vm_page_t m);
	void (*let_go)(vm_page_t m);
	unsigned int index;
} held_cases[] = {
	{ "wired, the first", wire, unwire, 0 },
	{ "wired, the last of a step", wire, unwire, 15 },
	{ "wired, the first of a step", wire, unwire, 16 },
	{ "wired, in the rest", wire, unwire, 33 },
	{ "wired, the last", wire, unwire, RUN - 1 },
	{ "busied by the caller", busy, vm_page_xunbusy, 5 },
};

static void held_desc(const struct held_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(held, held_cases, held_desc);

static void run_with_a_held_page_is_refused(struct kunit *test)
{
	const struct held_case *c = test->param_value;
	vm_page_t m;
	int i;

	vmk_b4(test);
	m = alloc_run(test, VM_ALLOC_NODUMP, RUN);
	for (i = 0; i < RUN; i++)
		m[i].flags |= PG_ZERO;
	c->hold(&m[c->index]);
	vmk_refused(test, vmpage_free_contig(m, RUN));
	c->let_go(&m[c->index]);
	for (i = 0; i < RUN; i++) {
		KUNIT_EXPECT_EQ(test, m[i].hold, VM_PAGE_HOLD(VPB_UNBUSIED, 0));
		KUNIT_EXPECT_EQ(test, m[i].flags, PG_NODUMP | PG_ZERO);
	}
	vmk_expect_audit_clean(test);
	vmpage_free_contig(m, RUN);
	expect_free(test, m, RUN);
}

static void run_with_a_free_page_is_refused(struct kunit *test)
{
	vm_page_t m;
	int i;

	vmk_b4(test);
	m = alloc_run(test, VM_ALLOC_NORMAL, RUN);
	vmpage_free_contig(&m[20], 1);
	vmk_refused(test, vmpage_free_contig(m, RUN));
	for (i = 0; i < RUN; i++)
		KUNIT_EXPECT_EQ(test, m[i].busy_lock, i == 20 ? VPB_FREED : VPB_UNBUSIED);
	vmk_expect_audit_clean(test);
	vmpage_free_contig(m, 20);
	vmpage_free_contig(&m[21], RUN - 21);
	vmk_refused(test, vmpage_free_contig(m, RUN));
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), ALL);
}

static void run_that_is_none_is_refused(struct kunit *test)
{
	vm_page_t m;

	vmk_b4(test);
	m = alloc_run(test, VM_ALLOC_NORMAL, 512);
	vmk_refused(test, vmpage_free_contig(m, 0));
	vmk_refused(test, vmpage_free_contig(m, ALL + 1));
	vmpage_free_contig(m, 512);
}

/* A page that somebody else has for a moment follows the others when he lets go of it. */
static void page_busied_in_passing_follows_its_run(struct kunit *test)
{
	vm_page_t m;

	vmk_b4(test);
	m = alloc_run(test, VM_ALLOC_NORMAL, RUN);
	KUNIT_EXPECT_EQ(test, vm_page_trysbusy(&m[18]), 1);
	vmpage_free_contig(m, RUN);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), ALL - 1);
	vm_page_sunbusy(&m[18]);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), ALL);
	expect_free(test, m, RUN);
}

static void pages_of_an_object_are_freed_one_by_one(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 64);
	VM_OBJECT_WLOCK(object);
	m = vm_page_alloc_contig(object, 0, VM_ALLOC_NORMAL, RUN, 0, ~0ULL, PAGE_SIZE, 0,
				 VM_MEMATTR_DEFAULT);
	if (m) {
		vm_page_wire(&m[7]);
		vmk_refused(test, vmpage_free_contig(m, RUN));
		KUNIT_EXPECT_EQ(test, object->resident_page_count, RUN);
		vm_page_unwire_noq(&m[7]);
		vmpage_free_contig(m, RUN);
	}
	VM_OBJECT_WUNLOCK(object);
	KUNIT_EXPECT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, object->resident_page_count, 0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), ALL);
}

#define TURNS	2000

static void busy_in_passing(void *arg)
{
	vm_page_t m = arg;
	int i;

	for (i = 0; i < 20 * TURNS; i++) {
		if (vm_page_trysbusy(&m[i % RUN]))
			vm_page_sunbusy(&m[i % RUN]);
		if (vm_page_tryxbusy(&m[i % RUN]))
			vm_page_xunbusy(&m[i % RUN]);
	}
}

static void runs_busied_in_passing_are_never_lost(struct kunit *test)
{
	struct vmk_thread *t;
	vm_page_t m, other;
	int i;

	vmk_b4(test);
	m = alloc_run(test, VM_ALLOC_NORMAL, RUN);
	t = vmk_thread_start(test, busy_in_passing, m);
	for (i = 0, other = m; i < TURNS && other; i++) {
		vmpage_free_contig(other, RUN);
		other = vm_page_alloc_noobj_contig(VM_ALLOC_NORMAL, RUN, 0, ~0ULL, PAGE_SIZE, 0,
						   VM_MEMATTR_DEFAULT);
	}
	vmk_thread_join(test, t);
	KUNIT_ASSERT_NOT_NULL(test, other);
	vmpage_free_contig(other, RUN);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), ALL);
	expect_free(test, m, RUN);
}

static struct kunit_case vmpage_page_run_cases[] = {
	KUNIT_CASE_PARAM(run_comes_back_as_it_was, length_gen_params),
	KUNIT_CASE(run_of_special_pages_comes_back_plain),
	KUNIT_CASE(run_without_a_dump_leaves_no_count),
	KUNIT_CASE(pages_of_a_cpu_leave_it_with_their_run),
	KUNIT_CASE_PARAM(run_with_a_held_page_is_refused, held_gen_params),
	KUNIT_CASE(run_with_a_free_page_is_refused),
	KUNIT_CASE(run_that_is_none_is_refused),
	KUNIT_CASE(page_busied_in_passing_follows_its_run),
	KUNIT_CASE(pages_of_an_object_are_freed_one_by_one),
	KUNIT_CASE(runs_busied_in_passing_are_never_lost),
	{}
};

static struct kunit_suite vmpage_page_run_suite = {
	.name = "vmpage_page_run",
	.init = vmk_init,
	.exit = vmk_exit,
	.test_cases = vmpage_page_run_cases,
};

kunit_test_suite(vmpage_page_run_suite);
