// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Memory for the nodes of an index that is not to be had, by the kernel's own fault
 * injection.
 *
 * A sweep does one thing again and again: the first time every allocation of the
 * task fails, the second time every one but the first, and so on until the thing is
 * done before an allocation fails.  It needs scripts/kunit.sh, which arms failslab
 * for tasks that ask for it: failing one allocation is not enough, as a node that
 * cannot be had at once is asked for a second time.
 */
#include "kunit_fixture.h"

#ifdef CONFIG_FAULT_INJECTION

/* From the @nth allocation of this task on, all fail (1 is the next). */
static void fault_begin(unsigned int nth)
{
	current->make_it_fail = 1;
	current->fail_nth = nth;
}

/* Has it come so far? */
static bool fault_end(void)
{
	const bool injected = !current->fail_nth;

	current->make_it_fail = 0;
	current->fail_nth = 0;
	return injected;
}

static void fault_end_of(struct task_struct *task)
{
	WRITE_ONCE(task->make_it_fail, 0);
}

static void needs_faults(struct kunit *test)
{
}

#else

static void fault_begin(unsigned int nth)
{
}

static bool fault_end(void)
{
	return false;
}

static void fault_end_of(struct task_struct *task)
{
}

static void needs_faults(struct kunit *test)
{
	kunit_skip(test, "the kernel has no fault injection");
}

#endif

#define SWEEP_DEEP	BIT_ULL(24)	/* an index, several nodes deep */
#define SWEEP_NPAGES	140		/* in four leaves, from an index just before the second */
#define SWEEP_FIRST	60
#define SWEEP_MAX	64		/* allocations; none needs as many */

/* What a sweep does; all of it is made anew for each turn. */
struct sweep {
	struct kunit *test;
	vm_object_t object;
	vm_object_t other;		/* of a rename */
	vm_page_t m;			/* a page that is there before */
	vm_page_t ma[SWEEP_NPAGES];
	int n;				/* of ma, by a grab */
};

struct sweep_op {
	void (*prepare)(struct sweep *s);	/* or NULL */
	bool (*run)(struct sweep *s);		/* true: done */
	void (*failed)(struct sweep *s);	/* look at what is left, or NULL */
	bool partial;				/* some of it may be done */
};

static void sweep_free_all(struct sweep *s, vm_object_t object)
{
	unsigned long pindex;
	vm_page_t m;

	VM_OBJECT_WLOCK(object);
	VM_RADIX_FOREACH(m, pindex, &object->rtree) {
		if (vm_page_wired(m))
			vm_page_unwire_noq(m);
	}
	VM_OBJECT_WUNLOCK(object);
	vmk_object_drop(s->test, object);
}

/* One turn; returns whether an allocation failed. */
static bool sweep_turn(struct sweep *s, const struct sweep_op *op, unsigned int nth, bool *done)
{
	struct vmk_counts before, prepared, after;
	bool injected;

	vmk_counts(&before);
	s->object = vmk_object(s->test, VMK_U, 2 * SWEEP_DEEP);
	s->other = vmk_object(s->test, VMK_U, 2 * SWEEP_DEEP);
	s->m = NULL;
	if (op->prepare)
		op->prepare(s);
	vmk_counts(&prepared);

	fault_begin(nth);
	*done = op->run(s);
	injected = fault_end();

	vmk_counts(&after);
	if (!*done && !op->partial)
		vmk_expect_same_counts(s->test, &prepared, &after);
	if (!*done && op->failed)
		op->failed(s);
	vmk_expect_audit_clean(s->test);
	sweep_free_all(s, s->object);
	sweep_free_all(s, s->other);
	if (s->m && !vm_page_busy_freed(s->m))
		vm_page_free(s->m);
	vmk_counts(&after);
	vmk_expect_same_counts(s->test, &before, &after);
	return injected;
}

static void sweep(struct kunit *test, const struct sweep_op *op)
{
	struct sweep *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);
	unsigned int nth, failures = 0;
	bool injected, done;

	needs_faults(test);
	KUNIT_ASSERT_NOT_NULL(test, s);
	s->test = test;
	for (nth = 1; nth <= SWEEP_MAX; nth++) {
		injected = sweep_turn(s, op, nth, &done);
		failures += !done;
		if (!injected)
			break;
	}
	KUNIT_EXPECT_LE(test, nth, SWEEP_MAX);
	KUNIT_EXPECT_TRUE_MSG(test, done, "fails although no allocation does");
	KUNIT_EXPECT_GT_MSG(test, failures, 0, "no failure was seen: is failslab armed?");
}

/* Allocation */

static bool run_alloc(struct sweep *s)
{
	vm_page_t m = vmk_alloc_req(s->test, s->object, SWEEP_DEEP, VM_ALLOC_WIRED);

	return m;
}

static void alloc_leaves_nothing(struct kunit *test)
{
	static const struct sweep_op op = { .run = run_alloc };

	vmk_b4(test);
	sweep(test, &op);
}

static void alloc_in_two_domains_leaves_nothing(struct kunit *test)
{
	static const struct sweep_op op = { .run = run_alloc };

	vmk_c2x4(test);
	sweep(test, &op);
}

static bool run_alloc_waitfail(struct sweep *s)
{
	bool owned, done;

	VM_OBJECT_WLOCK(s->object);
	done = vm_page_alloc_domain(s->object, SWEEP_DEEP, 0, VM_ALLOC_WAITFAIL);
	owned = VM_OBJECT_WOWNED(s->object);
	if (owned)
		VM_OBJECT_WUNLOCK(s->object);
	return done && owned;
}

static void alloc_waitfail_has_its_lock_again(struct kunit *test)
{
	static const struct sweep_op op = { .run = run_alloc_waitfail };

	vmk_b4(test);
	sweep(test, &op);
}

static void prepare_first_page(struct sweep *s)
{
	s->ma[0] = vmk_alloc(s->test, s->object, 0);
}

static bool run_alloc_after(struct sweep *s)
{
	vm_page_t m;

	VM_OBJECT_WLOCK(s->object);
	m = vm_page_alloc_after(s->object, SWEEP_DEEP, VM_ALLOC_NORMAL, s->ma[0]);
	VM_OBJECT_WUNLOCK(s->object);
	return m;
}

static void alloc_after_leaves_nothing(struct kunit *test)
{
	static const struct sweep_op op = { .prepare = prepare_first_page, .run = run_alloc_after };

	vmk_b4(test);
	sweep(test, &op);
}

static bool run_contig(struct sweep *s)
{
	vm_page_t m;

	VM_OBJECT_WLOCK(s->object);
	m = vm_page_alloc_contig(s->object, SWEEP_FIRST, VM_ALLOC_WIRED, SWEEP_NPAGES, 0,
				 ~(vm_paddr_t)0, PAGE_SIZE, 0, VM_MEMATTR_DEFAULT);
	VM_OBJECT_WUNLOCK(s->object);
	return m;
}

static void contig_is_all_or_nothing(struct kunit *test)
{
	static const struct sweep_op op = { .run = run_contig };

	vmk_b4(test);
	sweep(test, &op);
}

static bool run_promised(struct sweep *s)
{
	vm_page_t m;

	vmpage_promise(VM_DOMAIN(0), 1);
	VM_OBJECT_WLOCK(s->object);
	m = vmpage_alloc_promised(s->object, SWEEP_DEEP, 0, VM_ALLOC_NORMAL);
	VM_OBJECT_WUNLOCK(s->object);
	/* What was not used up can be given back. */
	if (!m)
		vmpage_unpromise(VM_DOMAIN(0), 1);
	return m;
}

static void promise_outlives_a_failure(struct kunit *test)
{
	static const struct sweep_op op = { .run = run_promised };

	vmk_b4(test);
	sweep(test, &op);
}

/* Insertion and renaming */

static void prepare_noobj(struct sweep *s)
{
	s->m = vm_page_alloc_noobj(VM_ALLOC_NORMAL);
	KUNIT_ASSERT_NOT_NULL(s->test, s->m);
	s->m->pindex = 0x5eed;
}

static bool run_insert(struct sweep *s)
{
	int ret;

	vm_page_tryxbusy(s->m);
	VM_OBJECT_WLOCK(s->object);
	ret = vm_page_insert(s->m, s->object, SWEEP_DEEP);
	VM_OBJECT_WUNLOCK(s->object);
	vm_page_xunbusy(s->m);
	return !ret;
}

static void insert_failed(struct sweep *s)
{
	KUNIT_EXPECT_PTR_EQ(s->test, s->m->object, NULL);
	KUNIT_EXPECT_EQ(s->test, s->m->pindex, 0x5eed);
	KUNIT_EXPECT_EQ(s->test, s->m->ref_count, 0);
	KUNIT_EXPECT_PTR_EQ(s->test, vmk_lookup(s->object, SWEEP_DEEP), NULL);
}

static void insert_leaves_the_page_alone(struct kunit *test)
{
	static const struct sweep_op op = {
		.prepare = prepare_noobj, .run = run_insert, .failed = insert_failed,
	};

	vmk_b4(test);
	/* The first page in no object moves blocks to its pool. */
	vmk_free(test, vmk_noobj(test));
	sweep(test, &op);
}

static void prepare_rename(struct sweep *s)
{
	s->ma[0] = vmk_alloc(s->test, s->object, 7);
	vm_page_valid(s->ma[0]);
}

static bool run_rename(struct sweep *s)
{
	int ret = 1;

	VM_OBJECT_WLOCK(s->object);
	if (VM_OBJECT_TRYWLOCK(s->other)) {
		ret = vm_page_rename(s->ma[0], s->other, SWEEP_DEEP);
		VM_OBJECT_WUNLOCK(s->other);
	}
	VM_OBJECT_WUNLOCK(s->object);
	return !ret;
}

static void rename_failed(struct sweep *s)
{
	KUNIT_EXPECT_PTR_EQ(s->test, s->ma[0]->object, s->object);
	KUNIT_EXPECT_EQ(s->test, s->ma[0]->pindex, 7);
	KUNIT_EXPECT_EQ(s->test, s->ma[0]->dirty, 0);
	KUNIT_EXPECT_PTR_EQ(s->test, vmk_lookup(s->object, 7), s->ma[0]);
	KUNIT_EXPECT_PTR_EQ(s->test, vmk_lookup(s->other, SWEEP_DEEP), NULL);
}

static void rename_leaves_the_page_where_it_was(struct kunit *test)
{
	static const struct sweep_op op = {
		.prepare = prepare_rename, .run = run_rename, .failed = rename_failed,
	};

	vmk_b4(test);
	sweep(test, &op);
}

/* Grabbing */

static bool run_grab(struct sweep *s)
{
	vm_page_t m;

	VM_OBJECT_WLOCK(s->object);
	m = vm_page_grab(s->object, SWEEP_DEEP, VM_ALLOC_NOWAIT | VM_ALLOC_WIRED);
	VM_OBJECT_WUNLOCK(s->object);
	return m;
}

static void grab_leaves_nothing(struct kunit *test)
{
	static const struct sweep_op op = { .run = run_grab };

	vmk_b4(test);
	sweep(test, &op);
}

static bool run_grab_unlocked(struct sweep *s)
{
	return vm_page_grab_unlocked(s->object, SWEEP_DEEP, VM_ALLOC_NOWAIT);
}

static void grab_unlocked_leaves_nothing(struct kunit *test)
{
	static const struct sweep_op op = { .run = run_grab_unlocked };

	vmk_b4(test);
	sweep(test, &op);
}

static bool run_grab_pages(struct sweep *s)
{
	VM_OBJECT_WLOCK(s->object);
	s->n = vm_page_grab_pages(s->object, SWEEP_FIRST, VM_ALLOC_NOWAIT, s->ma, SWEEP_NPAGES);
	VM_OBJECT_WUNLOCK(s->object);
	return s->n == SWEEP_NPAGES;
}

static void grab_pages_failed(struct sweep *s)
{
	int i;

	KUNIT_EXPECT_EQ(s->test, s->object->resident_page_count, (unsigned int)s->n);
	for (i = 0; i < s->n; i++)
		KUNIT_EXPECT_PTR_EQ(s->test, vmk_lookup(s->object, SWEEP_FIRST + i), s->ma[i]);
}

static void grab_pages_says_how_many(struct kunit *test)
{
	static const struct sweep_op op = {
		.run = run_grab_pages, .failed = grab_pages_failed, .partial = true,
	};

	vmk_b4(test);
	sweep(test, &op);
}

struct patient {
	vm_object_t object;
	vm_page_t m;
	atomic_t begun;
};

static void grab_patiently(void *arg)
{
	struct patient *patient = arg;

	fault_begin(1);
	atomic_set(&patient->begun, 1);
	VM_OBJECT_WLOCK(patient->object);
	patient->m = vm_page_grab(patient->object, SWEEP_DEEP, VM_ALLOC_NORMAL);
	VM_OBJECT_WUNLOCK(patient->object);
	fault_end();
}

/* It is free to try as often as it needs; others get the lock meanwhile. */
static void grab_waits_until_there_is_a_node(struct kunit *test)
{
	struct patient *patient = kunit_kzalloc(test, sizeof(*patient), GFP_KERNEL);
	struct vmk_thread *t;

	needs_faults(test);
	KUNIT_ASSERT_NOT_NULL(test, patient);
	vmk_b4(test);
	patient->object = vmk_object(test, VMK_U, 2 * SWEEP_DEEP);
	t = vmk_thread_start(test, grab_patiently, patient);
	vmk_until(test, atomic_read(&patient->begun));
	VM_OBJECT_WLOCK(patient->object);
	KUNIT_EXPECT_EQ(test, patient->object->resident_page_count, 0);
	VM_OBJECT_WUNLOCK(patient->object);
	msleep(50);
	KUNIT_EXPECT_FALSE(test, vmk_thread_done(t));
	fault_end_of(vmk_thread_task(t));
	vmk_thread_join(test, t);
	KUNIT_EXPECT_NOT_NULL(test, patient->m);
	KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(patient->object, SWEEP_DEEP), patient->m);
}

/* Nodes that are there before */

static bool run_reserve(struct sweep *s)
{
	bool done = !vm_radix_reserve(s->object, SWEEP_DEEP);

	if (done) {
		VM_OBJECT_WLOCK(s->object);
		vm_radix_unreserve(s->object, SWEEP_DEEP);
		VM_OBJECT_WUNLOCK(s->object);
	}
	return done;
}

static void reserve_leaves_nothing(struct kunit *test)
{
	static const struct sweep_op op = { .run = run_reserve };

	vmk_b4(test);
	sweep(test, &op);
}

/* A node that is not to be had under the lock is allocated without it. */
static void reservation_waits_for_a_node(struct kunit *test)
{
	vm_object_t object;
	int ret;

	needs_faults(test);
	vmk_b4(test);
	object = vmk_object(test, VMK_U, 2 * SWEEP_DEEP);
	fault_begin(1);
	fault_end_of(current);	/* but for this one */
	ret = vm_radix_reserve(object, SWEEP_DEEP);
	KUNIT_EXPECT_TRUE(test, fault_end());
	KUNIT_EXPECT_EQ(test, ret, 0);
}

static void reserved_index_needs_no_memory(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	needs_faults(test);
	vmk_b4(test);
	object = vmk_object(test, VMK_U, 2 * SWEEP_DEEP);
	KUNIT_ASSERT_EQ(test, vm_radix_reserve(object, SWEEP_DEEP), 0);
	VM_OBJECT_WLOCK(object);
	fault_begin(1);
	m = vm_page_alloc(object, SWEEP_DEEP, VM_ALLOC_NORMAL);
	KUNIT_EXPECT_FALSE(test, fault_end());
	VM_OBJECT_WUNLOCK(object);
	KUNIT_EXPECT_NOT_NULL(test, m);
}

static void replace_needs_no_memory(struct kunit *test)
{
	vm_object_t object;
	vm_page_t mold, mnew;

	needs_faults(test);
	vmk_b4(test);
	object = vmk_object_type(test, OBJT_PHYS, 2 * SWEEP_DEEP);
	mold = vmk_alloc(test, object, SWEEP_DEEP);
	mnew = vm_page_alloc_noobj(VM_ALLOC_NORMAL);
	KUNIT_ASSERT_NOT_NULL(test, mnew);
	KUNIT_EXPECT_EQ(test, vm_page_tryxbusy(mnew), 1);
	VM_OBJECT_WLOCK(object);
	fault_begin(1);
	vm_page_replace(mnew, object, SWEEP_DEEP, mold);
	KUNIT_EXPECT_FALSE(test, fault_end());
	VM_OBJECT_WUNLOCK(object);
	KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(object, SWEEP_DEEP), mnew);
	KUNIT_EXPECT_TRUE(test, vm_page_busy_freed(mold));
}

static struct kunit_case vmpage_page_fault_cases[] = {
	KUNIT_CASE(alloc_leaves_nothing),
	KUNIT_CASE(alloc_in_two_domains_leaves_nothing),
	KUNIT_CASE(alloc_waitfail_has_its_lock_again),
	KUNIT_CASE(alloc_after_leaves_nothing),
	KUNIT_CASE(contig_is_all_or_nothing),
	KUNIT_CASE(promise_outlives_a_failure),
	KUNIT_CASE(insert_leaves_the_page_alone),
	KUNIT_CASE(rename_leaves_the_page_where_it_was),
	KUNIT_CASE(grab_leaves_nothing),
	KUNIT_CASE(grab_unlocked_leaves_nothing),
	KUNIT_CASE(grab_pages_says_how_many),
	KUNIT_CASE(grab_waits_until_there_is_a_node),
	KUNIT_CASE(reserve_leaves_nothing),
	KUNIT_CASE(reservation_waits_for_a_node),
	KUNIT_CASE(reserved_index_needs_no_memory),
	KUNIT_CASE(replace_needs_no_memory),
	{}
};

static struct kunit_suite vmpage_page_fault_suite = {
	.name = "vmpage_page_fault",
	.init = vmk_init,
	.exit = vmk_exit,
	.test_cases = vmpage_page_fault_cases,
};

kunit_test_suite(vmpage_page_fault_suite);
