// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The free count, its watermarks, the sets of short domains, and promises.
 */
#include "kunit_fixture.h"

static void W01_normal_leaves_the_reserve(struct kunit *test)
{
	vmk_b4(test);

	KUNIT_EXPECT_EQ(test, vmk_exhaust(test, VM_ALLOC_NORMAL), 981);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 43);
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), 1);
}

static void W02_system_goes_below_the_reserve(struct kunit *test)
{
	vmk_b4(test);
	vmk_exhaust(test, VM_ALLOC_NORMAL);

	KUNIT_EXPECT_EQ(test, vmk_exhaust(test, VM_ALLOC_SYSTEM), 41);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 2);
}

static void W03_interrupt_takes_the_last_page(struct kunit *test)
{
	vmk_b4(test);
	vmk_exhaust(test, VM_ALLOC_NORMAL);
	vmk_exhaust(test, VM_ALLOC_SYSTEM);

	KUNIT_EXPECT_EQ(test, vmk_exhaust(test, VM_ALLOC_INTERRUPT), 2);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 0);
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), 3);
}

static void W04_reserve_grows_with_the_domain(struct kunit *test)
{
	vmk_a64(test);

	KUNIT_EXPECT_EQ(test, vmk_exhaust(test, VM_ALLOC_NORMAL), 16297);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 87);
}

/* The number of the allocation that brings domain 0 into the min set. */
static unsigned int entering_allocation(struct kunit *test)
{
	unsigned int n = 0;

	do {
		vmk_noobj(test);
		n++;
		vmk_drain_short();
	} while (!vm_page_count_min());
	return n;
}

static void W06_min_set_is_entered_below_free_min(struct kunit *test)
{
	vmk_b4(test);
	KUNIT_EXPECT_EQ(test, entering_allocation(test), 977);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 47);
	KUNIT_EXPECT_TRUE(test, vm_page_count_min_domain(0));
	vmk_power_off(test);

	vmk_a64(test);
	KUNIT_EXPECT_EQ(test, entering_allocation(test), 16217);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 167);
	KUNIT_EXPECT_TRUE(test, vm_page_count_min_domain(0));
}

static void W07_runs_pass_the_gate_as_a_whole(struct kunit *test)
{
	vmk_b4(test);
	vmk_leave_free(test, 0, 58);

	KUNIT_EXPECT_NULL(test, vmk_ncontig(test, 16));
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 58);
	KUNIT_EXPECT_NOT_NULL(test, vmk_ncontig(test, 15));
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 43);
}

static void W09_count_joins_the_deficit(struct kunit *test)
{
	vmk_b4(test);
	KUNIT_EXPECT_NOT_NULL(test, vmk_noobj_req(test, VM_ALLOC_NORMAL | VM_ALLOC_COUNT(10)));
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), 0);
	vmk_leave_free(test, 0, 43);
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), 0);

	KUNIT_EXPECT_NULL(test, vmk_noobj_req(test, VM_ALLOC_NORMAL | VM_ALLOC_COUNT(10)));
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), 10);
	KUNIT_EXPECT_NULL(test, vmk_noobj_req(test, VM_ALLOC_NORMAL | VM_ALLOC_COUNT(0)));
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), 11);
	KUNIT_EXPECT_NULL(test, vmk_noobj_req(test, VM_ALLOC_NORMAL));
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), 12);
	KUNIT_EXPECT_NOT_NULL(test, vmk_noobj_req(test, VM_ALLOC_SYSTEM | VM_ALLOC_COUNT(10)));
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), 12);
}

static void deficit_takes_the_largest_count(struct kunit *test)
{
	vmk_b4(test);
	vmk_leave_free(test, 0, 43);

	KUNIT_EXPECT_NULL(test, vmk_noobj_req(test, VM_ALLOC_COUNT(VM_ALLOC_COUNT_MAX)));
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), VM_ALLOC_COUNT_MAX);
}

static void W10_failing_run_counts_once(struct kunit *test)
{
	vmk_b4(test);
	vmk_leave_free(test, 0, 43);

	KUNIT_EXPECT_NULL(test, vmk_ncontig(test, 100));
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), 1);
}

static void W11_page_daemon_is_system(struct kunit *test)
{
	vmk_b4(test);
	vmk_leave_free(test, 0, 43);
	vmk_set_pageproc(true);

	KUNIT_EXPECT_EQ(test, vmk_exhaust(test, VM_ALLOC_NORMAL), 41);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 2);
	KUNIT_EXPECT_EQ(test, vmk_exhaust(test, VM_ALLOC_INTERRUPT), 2);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 0);
}

static void W12_without_thresholds_normal_takes_the_last_page(struct kunit *test)
{
	vmk_b4(test);
	vmk_thresholds_off(test);

	KUNIT_EXPECT_EQ(test, vmk_exhaust(test, VM_ALLOC_NORMAL), 1024);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 0);
}

struct threshold_case {
	const char *name;
	unsigned int npages, ndomains;	/* of each domain, and how many */
	unsigned int reserved, severe, min, target, thresh;
	unsigned int inactive, launder;
};

/* Table 8.1; the last two columns by its formulas. */
static const struct threshold_case threshold_cases[] = {
	{ "P=16384", 16384, 1, 87, 127, 168, 411, 369, 616, 24 },
	{ "P=32768", 32768, 1, 108, 189, 271, 760, 684, 1140, 48 },
	{ "P=262144", 262144, 1, 407, 1062, 1717, 5647, 5076, 8470, 393 },
	{ "P=1024", 1024, 1, 43, 45, 48, 63, 54, 94, 1 },
	{ "P=4096", 4096, 1, 71, 81, 91, 151, 135, 226, 6 },
	{ "P=2x1024", 1024, 2, 67, 69, 72, 87, 72, 130, 1 },
	/* inactive_target is at most a third of what is free. */
	{ "P=64", 64, 1, 42, 42, 42, 42, 36, 21, 0 },
};

static void threshold_desc(const struct threshold_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(threshold, threshold_cases, threshold_desc);

static void W22_thresholds(struct kunit *test)
{
	const struct threshold_case *c = test->param_value;
	const struct vm_mem_span spans[] = {
		VMK_SPAN(0, ptoa(c->npages), 0),
		VMK_SPAN(0x100000000ULL, 0x100000000ULL + ptoa(c->npages), 1),
	};
	unsigned int domain;

	vmk_machine(test, spans, c->ndomains);
	for (domain = 0; domain < c->ndomains; domain++) {
		const struct vm_domain *vmd = VM_DOMAIN(domain);

		KUNIT_EXPECT_EQ(test, vmd->vmd_page_count, c->npages);
		KUNIT_EXPECT_EQ(test, vmd->vmd_interrupt_free_min, 2);
		KUNIT_EXPECT_EQ(test, vmd->vmd_pageout_free_min, 34);
		KUNIT_EXPECT_EQ(test, vmd->vmd_free_reserved, c->reserved);
		KUNIT_EXPECT_EQ(test, vmd->vmd_free_severe, c->severe);
		KUNIT_EXPECT_EQ(test, vmd->vmd_free_min, c->min);
		KUNIT_EXPECT_EQ(test, vmd->vmd_free_target, c->target);
		KUNIT_EXPECT_EQ(test, vmd->vmd_pageout_wakeup_thresh, c->thresh);
		KUNIT_EXPECT_EQ(test, vmd->vmd_inactive_target, c->inactive);
		KUNIT_EXPECT_EQ(test, vmd->vmd_background_launder_target, c->launder);
	}
}

static void take_in_atomic(void *arg)
{
	vm_page_t *ma = arg;

	ma[0] = vm_page_alloc_noobj(VM_ALLOC_NORMAL);
	ma[1] = vm_page_alloc_noobj(VM_ALLOC_NORMAL | VM_ALLOC_NOWAIT);
}

static void W23_failure_does_not_sleep(struct kunit *test)
{
	vm_page_t ma[2];
	unsigned long flags;

	vmk_b4(test);
	vmk_leave_free(test, 0, 43);

	local_irq_save(flags);
	take_in_atomic(ma);
	local_irq_restore(flags);
	KUNIT_EXPECT_NULL(test, ma[0]);
	KUNIT_EXPECT_NULL(test, ma[1]);

	vmk_in_hardirq(test, take_in_atomic, ma);
	KUNIT_EXPECT_NULL(test, ma[0]);
	KUNIT_EXPECT_NULL(test, ma[1]);
}

static void class_three_is_normal(struct kunit *test)
{
	vmk_b4(test);

	KUNIT_EXPECT_EQ(test, vmk_exhaust(test, VM_ALLOC_CLASS_MASK), 981);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 43);
}

/* The gate itself: the last amount that passes, and the first that does not. */
static void gate_leaves_exactly_the_limit(struct kunit *test)
{
	static const int limits[][2] = {
		{ VM_ALLOC_NORMAL, 43 }, { VM_ALLOC_SYSTEM, 2 }, { VM_ALLOC_INTERRUPT, 0 },
	};
	struct vm_domain *vmd;
	unsigned int i;

	vmk_b4(test);
	vmd = VM_DOMAIN(0);
	for (i = 0; i < ARRAY_SIZE(limits); i++) {
		const int most = 1024 - limits[i][1];

		KUNIT_EXPECT_EQ(test, vm_domain_allocate(vmd, limits[i][0], most + 1), 0);
		KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
		KUNIT_EXPECT_EQ(test, vm_domain_allocate(vmd, limits[i][0], most), 1);
		KUNIT_EXPECT_EQ(test, vmk_free_count(0), limits[i][1]);
		vm_domain_freecnt_inc(vmd, most);
	}
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), 0);
}

static void gate_ignores_count(struct kunit *test)
{
	vmk_b4(test);
	KUNIT_EXPECT_EQ(test, vm_domain_allocate(VM_DOMAIN(0), VM_ALLOC_COUNT(5000), 1), 1);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1023);
	vm_domain_freecnt_inc(VM_DOMAIN(0), 1);
}

static void gate_refuses_negative_and_huge_amounts(struct kunit *test)
{
	struct vm_domain *vmd;

	vmk_b4(test);
	vmd = VM_DOMAIN(0);
	vmk_refused(test, KUNIT_EXPECT_EQ(test, vm_domain_allocate(vmd, VM_ALLOC_NORMAL, -1), 0));
	vmk_refused(test, KUNIT_EXPECT_EQ(test, vmpage_promise(vmd, -1), 0));
	KUNIT_EXPECT_EQ(test, vm_domain_allocate(vmd, VM_ALLOC_INTERRUPT, INT_MAX), 0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
}

static void every_crossing_of_the_threshold_wakes_once(struct kunit *test)
{
	vmk_b4(test);

	vmk_set_free(test, 0, 54);
	KUNIT_EXPECT_EQ(test, VM_CNT_FETCH(v_pdwakeups), 0);
	vmk_set_free(test, 0, 53);
	KUNIT_EXPECT_EQ(test, VM_CNT_FETCH(v_pdwakeups), 1);
	vmk_set_free(test, 0, 10);
	KUNIT_EXPECT_EQ(test, VM_CNT_FETCH(v_pdwakeups), 1);
	vmk_set_free(test, 0, 53);
	vmk_set_free(test, 0, 52);
	KUNIT_EXPECT_EQ(test, VM_CNT_FETCH(v_pdwakeups), 1);
	vmk_set_free(test, 0, 54);
	vmk_set_free(test, 0, 20);
	KUNIT_EXPECT_EQ(test, VM_CNT_FETCH(v_pdwakeups), 2);
	vmk_set_free(test, 0, 1024);
}

/* Whether the page daemon has work, as it would find it; it then begins anew. */
static bool daemon_is_wanted(void)
{
	return xchg(&VM_DOMAIN(0)->vmd_pageout_wanted, false);
}

static void page_daemon_is_wanted_below_the_threshold(struct kunit *test)
{
	vmk_b4(test);
	vmk_set_free(test, 0, 54);
	KUNIT_EXPECT_FALSE(test, daemon_is_wanted());
	vmk_set_free(test, 0, 53);
	KUNIT_EXPECT_TRUE(test, daemon_is_wanted());
	vmk_set_free(test, 0, 40);
	KUNIT_EXPECT_FALSE(test, daemon_is_wanted());
	vmk_set_free(test, 0, 1024);
	KUNIT_EXPECT_FALSE(test, daemon_is_wanted());
}

static void page_daemon_is_wanted_by_the_first_of_a_deficit(struct kunit *test)
{
	vmk_b4(test);
	vm_domain_alloc_fail(VM_DOMAIN(0), NULL, VM_ALLOC_NORMAL);
	KUNIT_EXPECT_TRUE(test, daemon_is_wanted());
	vm_domain_alloc_fail(VM_DOMAIN(0), NULL, VM_ALLOC_NORMAL);
	KUNIT_EXPECT_FALSE(test, daemon_is_wanted());
	KUNIT_EXPECT_EQ(test, VM_CNT_FETCH(v_pdwakeups), 0);
}

static void page_daemon_does_not_wake_itself(struct kunit *test)
{
	vmk_b4(test);
	vmk_set_pageproc(true);
	vmk_set_free(test, 0, 20);
	KUNIT_EXPECT_EQ(test, VM_CNT_FETCH(v_pdwakeups), 0);
	KUNIT_EXPECT_FALSE(test, daemon_is_wanted());
	vmk_set_free(test, 0, 1024);
}

static void expect_sets(struct kunit *test, int free, bool min, bool severe)
{
	vmk_set_free(test, 0, free);
	KUNIT_EXPECT_EQ_MSG(test, vm_page_count_min(), min, "free %d", free);
	KUNIT_EXPECT_EQ_MSG(test, vm_page_count_min_domain(0), min, "free %d", free);
	KUNIT_EXPECT_EQ_MSG(test, VM_DOMAIN(0)->vmd_minset, min, "free %d", free);
	KUNIT_EXPECT_EQ_MSG(test, vm_page_count_severe(), severe, "free %d", free);
	KUNIT_EXPECT_EQ_MSG(test, vm_page_count_severe_domain(0), severe, "free %d", free);
	KUNIT_EXPECT_EQ_MSG(test, VM_DOMAIN(0)->vmd_severeset, severe, "free %d", free);
}

static void sets_are_entered_and_left_at_their_marks(struct kunit *test)
{
	vmk_b4(test);

	expect_sets(test, 48, false, false);
	expect_sets(test, 47, true, false);
	expect_sets(test, 45, true, false);
	expect_sets(test, 44, true, true);
	expect_sets(test, 0, true, true);
	expect_sets(test, 44, true, true);
	expect_sets(test, 45, true, false);
	expect_sets(test, 47, true, false);
	expect_sets(test, 48, false, false);
	/* Both marks in one step, each way. */
	expect_sets(test, 3, true, true);
	expect_sets(test, 1024, false, false);
}

static void sets_are_per_domain(struct kunit *test)
{
	vmk_c2x4(test);
	vmk_leave_free(test, 1, 68);

	KUNIT_EXPECT_TRUE(test, vm_page_count_min());
	KUNIT_EXPECT_TRUE(test, vm_page_count_severe());
	KUNIT_EXPECT_FALSE(test, vm_page_count_min_domain(0));
	KUNIT_EXPECT_TRUE(test, vm_page_count_min_domain(1));
	KUNIT_EXPECT_FALSE(test, vm_page_count_severe_domain(0));
	KUNIT_EXPECT_TRUE(test, vm_page_count_severe_domain(1));
}

static void sets_forget_a_machine_that_is_gone(struct kunit *test)
{
	vmk_b4(test);
	vmk_set_free(test, 0, 3);
	KUNIT_EXPECT_TRUE(test, vm_page_count_min());
	vm_domain_reset();
	KUNIT_EXPECT_FALSE(test, vm_page_count_min());
	KUNIT_EXPECT_FALSE(test, vm_page_count_severe());

	vm_domain_set_thresholds();
	KUNIT_EXPECT_TRUE(test, vm_page_count_min());
	KUNIT_EXPECT_TRUE(test, vm_page_count_severe());
	vmk_set_free(test, 0, 1024);
}

static void promise_leaves_the_count_and_stays_on_the_lists(struct kunit *test)
{
	struct vm_domain *vmd;

	vmk_b4(test);
	vmd = VM_DOMAIN(0);
	KUNIT_EXPECT_EQ(test, vmpage_promise(vmd, 100), 1);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 924);
	KUNIT_EXPECT_EQ(test, atomic_read(&vmd->vmd_promised), 100);
	vmk_expect_free_lists(test, 0, "DEF{10:1} DIR{}");

	KUNIT_EXPECT_EQ(test, vmpage_promise(vmd, 0), 1);
	KUNIT_EXPECT_EQ(test, vmpage_promise(vmd, 11), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&vmd->vmd_promised), 111);
	vmpage_unpromise(vmd, 110);
	KUNIT_EXPECT_EQ(test, atomic_read(&vmd->vmd_promised), 1);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1023);
	vmpage_unpromise(vmd, 1);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
}

static void promise_passes_the_gate_as_normal(struct kunit *test)
{
	struct vm_domain *vmd;

	vmk_b4(test);
	vmd = VM_DOMAIN(0);
	KUNIT_EXPECT_EQ(test, vmpage_promise(vmd, 982), 0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
	KUNIT_EXPECT_EQ(test, atomic_read(&vmd->vmd_promised), 0);
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), 0);

	KUNIT_EXPECT_EQ(test, vmpage_promise(vmd, 981), 1);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 43);
	KUNIT_EXPECT_EQ(test, vmpage_promise(vmd, 1), 0);
	vmpage_unpromise(vmd, 981);
}

static void promised_pages_are_nobody_elses(struct kunit *test)
{
	struct vm_domain *vmd;

	vmk_b4(test);
	vmd = VM_DOMAIN(0);
	KUNIT_ASSERT_EQ(test, vmpage_promise(vmd, 981), 1);

	KUNIT_EXPECT_EQ(test, vmk_exhaust(test, VM_ALLOC_NORMAL), 0);
	KUNIT_EXPECT_EQ(test, vmk_exhaust(test, VM_ALLOC_INTERRUPT), 43);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 0);
	KUNIT_EXPECT_NULL(test, vmk_ncontig(test, 1));

	vmpage_unpromise(vmd, 981);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 981);
}

static void promise_moves_the_sets(struct kunit *test)
{
	struct vm_domain *vmd;

	vmk_b4(test);
	vmd = VM_DOMAIN(0);
	KUNIT_ASSERT_EQ(test, vmpage_promise(vmd, 980), 1);
	KUNIT_EXPECT_TRUE(test, vm_page_count_min());
	KUNIT_EXPECT_TRUE(test, vm_page_count_severe());
	KUNIT_EXPECT_EQ(test, VM_CNT_FETCH(v_pdwakeups), 1);
	vmpage_unpromise(vmd, 980);
	KUNIT_EXPECT_FALSE(test, vm_page_count_min());
	KUNIT_EXPECT_FALSE(test, vm_page_count_severe());
}

static void unpromise_more_than_promised_is_refused(struct kunit *test)
{
	struct vm_domain *vmd;

	vmk_b4(test);
	vmd = VM_DOMAIN(0);
	vmk_refused(test, vmpage_unpromise(vmd, 1));
	KUNIT_ASSERT_EQ(test, vmpage_promise(vmd, 5), 1);
	vmk_refused(test, vmpage_unpromise(vmd, 6));
	vmk_refused(test, vmpage_unpromise(vmd, -1));
	vmpage_unpromise(vmd, 5);
}

static void promise_and_take_in_hardirq(void *arg)
{
	int *ok = arg;

	ok[0] = vmpage_promise(VM_DOMAIN(0), 3);
	vmpage_unpromise(VM_DOMAIN(0), 2);
	ok[1] = vm_domain_allocate(VM_DOMAIN(0), VM_ALLOC_INTERRUPT, 1000);
	vm_domain_freecnt_inc(VM_DOMAIN(0), 1000);
}

static void counts_work_in_hard_interrupt(struct kunit *test)
{
	int ok[2] = {};

	vmk_b4(test);
	vmk_in_hardirq(test, promise_and_take_in_hardirq, ok);
	KUNIT_EXPECT_EQ(test, ok[0], 1);
	KUNIT_EXPECT_EQ(test, ok[1], 1);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1023);
	vmpage_unpromise(VM_DOMAIN(0), 1);
}

static void cross_the_marks(void *arg)
{
	struct vm_domain *vmd = arg;
	int i;

	for (i = 0; i < 1000; i++) {
		const int n = 1 + i % 5;

		if (vm_domain_allocate(vmd, VM_ALLOC_INTERRUPT, n))
			vm_domain_freecnt_inc(vmd, n);
	}
}

static void two_threads_leave_the_sets_right(struct kunit *test)
{
	static const int at[] = { 46, 48, 50 };
	unsigned int i;

	vmk_b4(test);
	for (i = 0; i < ARRAY_SIZE(at); i++) {
		vmk_set_free(test, 0, at[i]);
		vmk_in_two_threads(test, cross_the_marks, VM_DOMAIN(0), VM_DOMAIN(0));
		KUNIT_EXPECT_EQ(test, vmk_free_count(0), at[i]);
		KUNIT_EXPECT_EQ(test, vm_page_count_min(), at[i] < 48);
		KUNIT_EXPECT_EQ(test, vm_page_count_severe(), at[i] < 45);
	}
	vmk_set_free(test, 0, 1024);
}

static void random_takes_and_gives_keep_the_sum(struct kunit *test)
{
	struct vm_domain *vmd;
	long taken = 0;
	int i;

	vmk_b4(test);
	vmd = VM_DOMAIN(0);
	for (i = 0; i < 2000; i++) {
		const int n = vmk_random_below(200);

		if (vmk_random_below(2)) {
			taken += n * vm_domain_allocate(vmd, vmk_random_below(3), n);
		} else if (n <= taken) {
			vm_domain_freecnt_inc(vmd, n);
			taken -= n;
		}
		KUNIT_ASSERT_EQ(test, vmk_free_count(0) + taken, 1024);
		KUNIT_ASSERT_EQ(test, vm_page_count_min(), vmk_free_count(0) < 48);
		KUNIT_ASSERT_EQ(test, vm_page_count_severe(), vmk_free_count(0) < 45);
	}
	vm_domain_freecnt_inc(vmd, taken);
}

static struct kunit_case vmpage_domain_cases[] = {
	KUNIT_CASE(W01_normal_leaves_the_reserve),
	KUNIT_CASE(W02_system_goes_below_the_reserve),
	KUNIT_CASE(W03_interrupt_takes_the_last_page),
	KUNIT_CASE(W04_reserve_grows_with_the_domain),
	KUNIT_CASE(W06_min_set_is_entered_below_free_min),
	KUNIT_CASE(W07_runs_pass_the_gate_as_a_whole),
	KUNIT_CASE(W09_count_joins_the_deficit),
	KUNIT_CASE(deficit_takes_the_largest_count),
	KUNIT_CASE(W10_failing_run_counts_once),
	KUNIT_CASE(W11_page_daemon_is_system),
	KUNIT_CASE(W12_without_thresholds_normal_takes_the_last_page),
	KUNIT_CASE_PARAM(W22_thresholds, threshold_gen_params),
	KUNIT_CASE(W23_failure_does_not_sleep),
	KUNIT_CASE(class_three_is_normal),
	KUNIT_CASE(gate_leaves_exactly_the_limit),
	KUNIT_CASE(gate_ignores_count),
	KUNIT_CASE(gate_refuses_negative_and_huge_amounts),
	KUNIT_CASE(every_crossing_of_the_threshold_wakes_once),
	KUNIT_CASE(page_daemon_is_wanted_below_the_threshold),
	KUNIT_CASE(page_daemon_is_wanted_by_the_first_of_a_deficit),
	KUNIT_CASE(page_daemon_does_not_wake_itself),
	KUNIT_CASE(sets_are_entered_and_left_at_their_marks),
	KUNIT_CASE(sets_are_per_domain),
	KUNIT_CASE(sets_forget_a_machine_that_is_gone),
	KUNIT_CASE(promise_leaves_the_count_and_stays_on_the_lists),
	KUNIT_CASE(promise_passes_the_gate_as_normal),
	KUNIT_CASE(promised_pages_are_nobody_elses),
	KUNIT_CASE(promise_moves_the_sets),
	KUNIT_CASE(unpromise_more_than_promised_is_refused),
	KUNIT_CASE(counts_work_in_hard_interrupt),
	KUNIT_CASE(two_threads_leave_the_sets_right),
	KUNIT_CASE(random_takes_and_gives_keep_the_sum),
	{}
};

static struct kunit_suite vmpage_domain_suite = {
	.name = "vmpage_domain",
	.init = vmk_init,
	.exit = vmk_exit,
	.test_cases = vmpage_domain_cases,
};

kunit_test_suite(vmpage_domain_suite);
