// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The run: threads, their meetings, the audits and the accounts.  See exercise.h.
 */
#define pr_fmt(fmt) "vmpage_exercise: " fmt

#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/hash.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include <vm/vm_pageout.h>

#include "../module/vm/vm_phys_priv.h"
#include "exercise.h"

#define EX_SPAN		(EX_NCHUNKS * SZ_2M)	/* bytes */
#define EX_STEPS	128		/* between two meetings */
#define EX_REPLAY_STEPS	4096
#define EX_MANY		100000		/* steps in which each operation succeeds at least once */
#define EX_NRARE	6		/* operations that may fail always in fewer */
#define EX_FEW		6000		/* steps of a thread, however slow it is */
#define EX_AFRESH	2		/* meetings, of which one empties the machine */
#define EX_MARGIN	16		/* pages; more than one request takes */
#define EX_PATIENCE	(HZ / 20)	/* jiffies; who waits longer than this is stuck */
#define EX_AUDITS	10		/* before what they find counts */
#define EX_PGCACHE	64		/* pages, the most that a CPU is to keep of a pool */
#define EX_GRACE	60		/* seconds, for a thread to come to its end */

/* As the build says, for kernels that run suites before they read parameters. */
#ifndef EX_SECONDS
#define EX_SECONDS	10
#endif

static unsigned int seconds = EX_SECONDS;
module_param(seconds, uint, 0444);
MODULE_PARM_DESC(seconds, "how long all cases last together");

static unsigned int threads = EX_NTHREADS;
module_param(threads, uint, 0444);
MODULE_PARM_DESC(threads, "most threads at a time, 1 or 2 (default 2)");

static const struct ex_group * const ex_groups[] = {
	&ex_noobj_group, &ex_object_group, &ex_identity_group, &ex_busy_group, &ex_wire_group,
	&ex_valid_group, &ex_grab_group, &ex_cache_group, &ex_reserv_group, &ex_reclaim_group,
	&ex_machine_group,
};

/*
 * struct ex - the run
 *
 * (m) the last thread to come to a meeting, while all others wait there.
 */
static struct ex {
	const struct ex_op *ops[EX_NOPS];
	unsigned int nops;
	unsigned int weights;		/* of all operations */

	u64 seed;
	unsigned int nthreads;
	unsigned int ndomains;
	bool pgcache;			/* do CPUs keep pages? */
	unsigned long limit;		/* steps, or 0 */
	unsigned long end;		/* jiffies */
	struct ex_thread *threads[EX_NTHREADS];

	atomic_t arrived;		/* threads that are at the meeting */
	unsigned int meetings;		/* (m) */
	bool over;			/* (m) */
	wait_queue_head_t meeting;
	struct mutex reap_lock;		/* no audit while the reaper works */
	bool reaper_stops;

	atomic_t failures;
	unsigned long reaped;		/* pages; the reaper's */
	unsigned long reliefs;		/* times that somebody waited for pages; the reaper's */
	unsigned long calls;		/* of the low-memory notifier; under reap_lock */
	struct ex_count totals[EX_NOPS];	/* of all cases */
	u64 freed;			/* reservations; of all cases */
	u64 broken;			/* the same */
	u64 steps;			/* of all cases */
	u64 msecs;			/* of all cases */
	char text[1024];		/* (m) */
} ex;

bool ex_alone(void)
{
	return ex.nthreads == 1;
}

struct ex_thread *ex_current(void)
{
	return ex.threads[ex.nthreads > 1 && ex.threads[1]->task == current];
}

/* Pages of reservations do not count: not every request finds them. */
bool ex_must_not_wait(void)
{
	int domain;

	if (!ex_alone())
		return false;
	for (domain = 0; domain < ex.ndomains; domain++) {
		struct vm_domain *vmd = VM_DOMAIN(domain);
		const long npages = min_t(long, atomic_read(&vmd->vmd_free_count),
					  vm_phys_listed_pages(vmd));

		if (npages < (long)vmd->vmd_free_min + EX_MARGIN)
			return true;
	}
	return false;
}

unsigned int ex_ndomains(void)
{
	return ex.ndomains;
}

bool ex_pgcache(void)
{
	return ex.pgcache;
}

static void ex_tell_threads(void)
{
	unsigned int i;

	for (i = 0; i < ex.nthreads; i++)
		pr_err("seed=%#llx threads=%u domains=%u: thread %u in step %lu: %s\n", ex.seed,
		       ex.nthreads, ex.ndomains, i, ex.threads[i]->step,
		       ex.threads[i]->op ? ex.threads[i]->op->name : "meeting");
}

void ex_fail(struct ex_thread *t, const char *fmt, ...)
{
	struct va_format vaf;
	va_list args;

	/* What follows the first failures is of no use. */
	if (atomic_inc_return(&ex.failures) > 4)
		return;
	va_start(args, fmt);
	vaf.fmt = fmt;
	vaf.va = &args;
	pr_err("thread %u: %pV\n", t->id, &vaf);
	va_end(args);
	ex_tell_threads();
}

/* Steps */

static unsigned int ex_choose(struct ex_thread *t)
{
	u32 left = ex_below(t, ex.weights);
	unsigned int i;

	for (i = 0; left >= ex.ops[i]->weight; i++)
		left -= ex.ops[i]->weight;
	return i;
}

/* Whatever was drawn before does not matter. */
static void ex_seed_step(struct ex_thread *t)
{
	prandom_seed_state(&t->rnd, ex.seed + t->step * 0x9e3779b97f4a7c15ULL +
				    (u64)(t->id + 1) * 0xd1b54a32d192ed03ULL);
}

static void ex_step(struct ex_thread *t)
{
	const unsigned int reports = vmk_unannounced_reports();
	enum ex_result result;
	unsigned int i;

	ex_seed_step(t);
	i = ex_choose(t);
	WRITE_ONCE(t->began, jiffies);
	WRITE_ONCE(t->op, ex.ops[i]);
	result = ex.ops[i]->func(t);
	if (result != EX_SKIP)
		t->counts[i].runs++;
	if (result == EX_DONE)
		t->counts[i].done++;
	t->digest = t->digest * 31 + i * 4 + result;
	if (vmk_unannounced_reports() != reports)
		ex_fail(t, "a broken rule was reported");
	WRITE_ONCE(t->op, NULL);
	t->step++;
}

/* Meetings */

static bool ex_audit_finds(void)
{
	struct vm_audit audit = { .buf = ex.text, .size = sizeof(ex.text) };

	mutex_lock(&ex.reap_lock);
	ex.text[0] = 0;
	vm_audit_all(&audit);
	mutex_unlock(&ex.reap_lock);
	return audit.failures;
}

/*
 * Page daemons do not come to the meeting, and may be freeing cached pages: what is
 * broken is so still when they are done.
 */
static void ex_audit(struct ex_thread *t)
{
	unsigned int tries = ex_alone() ? 1 : EX_AUDITS;

	while (ex_audit_finds()) {
		if (!--tries) {
			ex_fail(t, "the audit finds:\n%s", ex.text);
			break;
		}
		msleep(20);
	}

	if ((time_after(jiffies, ex.end) && t->step >= EX_FEW) || atomic_read(&ex.failures) ||
	    (ex.limit && t->step >= ex.limit))
		WRITE_ONCE(ex.over, true);
}

static void ex_meet(struct ex_thread *t)
{
	const unsigned int meetings = ex.meetings;
	const bool afresh = !(hash_64(ex.seed + t->step, 32) % EX_AFRESH);

	/* Whoever sleeps until one of our pages is unbusied could not come. */
	ex_unbusy_all(t);
	ex_irq_sync(t);
	if (afresh)
		ex_drop_all(t);
	if (atomic_inc_return(&ex.arrived) < ex.nthreads) {
		wait_event(ex.meeting, READ_ONCE(ex.meetings) != meetings);
		return;
	}
	ex_audit(t);
	if (afresh)
		ex_reap(true);
	atomic_set(&ex.arrived, 0);
	WRITE_ONCE(ex.meetings, meetings + 1);
	wake_up_all(&ex.meeting);
}

static void ex_thread_func(void *arg)
{
	struct ex_thread *t = arg;
	unsigned int i;

	t->task = current;
	/* What it finds is what its CPU keeps. */
	if (ex_alone())
		ex_check(t, !set_cpus_allowed_ptr(current, cpumask_of(raw_smp_processor_id())));
	do {
		for (i = 0; i < EX_STEPS; i++)
			ex_step(t);
		ex_meet(t);
	} while (!READ_ONCE(ex.over));
	ex_drop_all(t);
}

/* A run may be waited for although there are pages, which then lie too scattered. */
static bool ex_somebody_is_stuck(void)
{
	unsigned int i;

	for (i = 0; i < ex.nthreads; i++) {
		const struct ex_thread *t = ex.threads[i];

		if (READ_ONCE(t->op) && time_after(jiffies, READ_ONCE(t->began) + EX_PATIENCE))
			return true;
	}
	return false;
}

/* Nobody but this thread gives pages to those who wait for some. */
static void ex_reaper_func(void *arg)
{
	while (!READ_ONCE(ex.reaper_stops)) {
		const bool stuck = ex_somebody_is_stuck();

		usleep_range(500, 1000);
		if (!vm_wait_count() && !stuck)
			continue;
		mutex_lock(&ex.reap_lock);
		ex.reliefs++;
		ex.reaped += ex_reap(stuck);
		mutex_unlock(&ex.reap_lock);
	}
}

static int ex_lowmem(struct notifier_block *nb, unsigned long event, void *domain)
{
	mutex_lock(&ex.reap_lock);
	ex.calls++;
	ex_reap(true);
	mutex_unlock(&ex.reap_lock);
	return NOTIFY_OK;
}

static struct notifier_block ex_lowmem_nb = { .notifier_call = ex_lowmem };

/* Alone, a thread waits for nothing, and does the same every time. */
static struct vmk_thread *ex_start_helpers(struct kunit *test)
{
	if (ex_alone())
		return NULL;
	KUNIT_EXPECT_EQ(test, vm_pageout_start(), 0);
	KUNIT_EXPECT_EQ(test, vmpage_lowmem_register(&ex_lowmem_nb), 0);
	ex.reaper_stops = false;
	return vmk_thread_start(test, ex_reaper_func, NULL);
}

static void ex_stop_helpers(struct kunit *test, struct vmk_thread *reaper)
{
	if (!reaper)
		return;
	WRITE_ONCE(ex.reaper_stops, true);
	vmk_thread_join(test, reaper);
	KUNIT_EXPECT_EQ(test, vmpage_lowmem_unregister(&ex_lowmem_nb), 0);
	vm_pageout_stop();
}

/* Cases */

/* Each case of a run draws its own. */
static unsigned int ex_pgcache_npages(void)
{
	const u32 chance = hash_64(ex.seed + ex.nthreads * 2 + ex.ndomains, 32);

	return ex.pgcache ? 1 + chance % EX_PGCACHE : 0;
}

static void ex_power_on(struct kunit *test, unsigned int ndomains)
{
	/* The second domain begins and ends with half a block, which is never reserved. */
	static const struct vm_mem_span spans[] = {
		VMK_SPAN(0, 4 * SZ_2M, 0),
		VMK_SPAN(SZ_4G + SZ_1M, SZ_4G + 9 * SZ_1M, 1),
	};

	vmk_set_pgcache(ex_pgcache_npages());
	vmk_machine(test, spans, ndomains);
	/* That of the chunks that come later, too: an interrupt cannot be the first. */
	vmk_use_memory(VMK_BASE, VMK_BASE + EX_SPAN);
	vmk_use_memory(spans[1].start, spans[1].end);
}

static void ex_add_up(void)
{
	unsigned int i, op;

	ex.freed += VM_CNT_FETCH(v_reserv_freed);
	ex.broken += VM_CNT_FETCH(v_reserv_broken);
	for (i = 0; i < ex.nthreads; i++) {
		const struct ex_thread *t = ex.threads[i];

		ex.steps += t->step;
		for (op = 0; op < ex.nops; op++) {
			ex.totals[op].runs += t->counts[op].runs;
			ex.totals[op].done += t->counts[op].done;
		}
	}
}

static void ex_wait_for_end(struct kunit *test, struct vmk_thread **vts)
{
	const unsigned long last = ex.end + EX_GRACE * HZ;
	unsigned int i;

	for (i = 0; i < ex.nthreads; i++) {
		while (!vmk_thread_done(vts[i]) && time_before(jiffies, last))
			msleep(20);
		if (!vmk_thread_done(vts[i]))
			ex_tell_threads();
		vmk_thread_join(test, vts[i]);
	}
}

/* What nobody has given back. */
static void ex_find_lost(struct kunit *test, vm_paddr_t start, vm_paddr_t end)
{
	vm_paddr_t pa;

	for (pa = start; pa < end; pa += PAGE_SIZE) {
		const vm_page_t m = PHYS_TO_VM_PAGE(pa);

		if (m && !vm_page_busy_freed(m))
			KUNIT_FAIL(test,
				   "page +%#llx is lost: busy %#x, ref %#x, index %llu; seed=%#llx",
				   vmk_off(m), m->busy_lock, m->ref_count, m->pindex, ex.seed);
	}
}

/* Run for a time, or for @limit steps; returns what the results add up to. */
static u32 ex_run(struct kunit *test, unsigned int nthreads, unsigned int ndomains,
		  unsigned int msecs, unsigned long limit)
{
	struct vmk_thread *vts[EX_NTHREADS], *reaper;
	const unsigned long begin = jiffies;
	unsigned int i;

	ex.nthreads = min(nthreads, threads);
	ex.ndomains = ndomains;
	ex.limit = limit;
	ex.end = begin + msecs_to_jiffies(msecs);
	ex.over = false;
	atomic_set(&ex.failures, 0);
	ex_power_on(test, ndomains);
	ex_claims_init();
	ex_reclaim_init();
	ex_slots_init(test);
	for (i = 0; i < ex.nthreads; i++) {
		ex.threads[i] = kunit_kzalloc(test, sizeof(**ex.threads), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, ex.threads[i]);
		ex.threads[i]->id = i;
	}

	reaper = ex_start_helpers(test);
	for (i = 0; i < ex.nthreads; i++)
		vts[i] = vmk_thread_start(test, ex_thread_func, ex.threads[i]);
	ex_wait_for_end(test, vts);
	ex_stop_helpers(test, reaper);

	KUNIT_EXPECT_EQ_MSG(test, atomic_read(&ex.failures), 0, "see the log; seed=%#llx", ex.seed);
	ex_slots_fini();
	ex_find_lost(test, VMK_BASE, VMK_BASE + EX_SPAN);
	ex_find_lost(test, VMK_BASE + SZ_4G, VMK_BASE + SZ_4G + EX_SPAN);
	ex_add_up();
	vmk_power_off(test);
	ex.msecs += jiffies_to_msecs(jiffies - begin);
	return ex.threads[0]->digest;
}

static int ex_init(struct kunit *test)
{
	vmk_init(test);
	ex.seed = vmk_seed();
	return 0;
}

static unsigned int ex_msecs(void)
{
	return seconds * 1000 / 4;
}

/* Of two cases that go by the same bit of the seed one is with per-CPU page caches. */
static bool ex_coin(unsigned int bit)
{
	return ex.seed >> bit & 1;
}

/* The same again gives the same: a seed that failed with one thread can be replayed. */
static void one_thread_replays(struct kunit *test)
{
	u32 digest;

	ex.pgcache = ex_coin(0);
	digest = ex_run(test, 1, 2, 100000, EX_REPLAY_STEPS);

	KUNIT_EXPECT_EQ(test, ex_run(test, 1, 2, 100000, EX_REPLAY_STEPS), digest);
}

static void one_thread(struct kunit *test)
{
	ex.pgcache = !ex_coin(0);
	ex_run(test, 1, 1, ex_msecs(), 0);
}

static void one_domain(struct kunit *test)
{
	ex.pgcache = ex_coin(1);
	ex_run(test, 2, 1, ex_msecs(), 0);
}

static void two_domains(struct kunit *test)
{
	ex.pgcache = !ex_coin(1);
	ex_run(test, 2, 2, 2 * ex_msecs(), 0);
}

/* A check that checked nothing must fail; in a short run a few rare ones may. */
static void every_operation_ran(struct kunit *test)
{
	const unsigned int allowed = ex.steps < EX_MANY ? EX_NRARE : 0;
	unsigned int op, missed = 0;

	for (op = 0; op < ex.nops; op++) {
		const struct ex_count *total = &ex.totals[op];

		pr_info("%-28s %9lu runs %9lu done\n", ex.ops[op]->name, total->runs,
			total->done);
		missed += !total->done;
	}
	KUNIT_EXPECT_LE_MSG(test, missed, allowed, "operations that never succeeded");
	if (threads > 1)
		KUNIT_EXPECT_GT_MSG(test, ex.reliefs, 0, "nobody ever waited for pages");
	if (threads > 1)
		KUNIT_EXPECT_GT_MSG(test, ex.calls, 0, "no page daemon ever called for memory");
	KUNIT_EXPECT_GT(test, ex.freed, 0);
	KUNIT_EXPECT_GT(test, ex.broken, 0);
	pr_info("reservations: %llu freed, %llu broken\n", ex.freed, ex.broken);
	pr_info("seed=%#llx: %llu operations in %llu ms, %llu per second; %lu waits, %lu pages reaped, %lu calls for memory\n",
		ex.seed, ex.steps, ex.msecs, div64_u64(ex.steps * 1000, ex.msecs ?: 1),
		ex.reliefs, ex.reaped, ex.calls);
}

static int ex_suite_init(struct kunit_suite *suite)
{
	unsigned int g, i;

	init_waitqueue_head(&ex.meeting);
	mutex_init(&ex.reap_lock);
	for (g = 0; g < ARRAY_SIZE(ex_groups); g++) {
		for (i = 0; i < ex_groups[g]->n; i++) {
			if (WARN_ON(ex.nops == EX_NOPS))
				return -EINVAL;
			ex.ops[ex.nops++] = &ex_groups[g]->ops[i];
			ex.weights += ex_groups[g]->ops[i].weight;
		}
	}
	return 0;
}

static struct kunit_case vmpage_exercise_cases[] = {
	KUNIT_CASE(one_thread_replays),
	KUNIT_CASE(one_thread),
	KUNIT_CASE(one_domain),
	KUNIT_CASE(two_domains),
	KUNIT_CASE(every_operation_ran),
	{}
};

static struct kunit_suite vmpage_exercise_suite = {
	.name = "vmpage_exercise",
	.suite_init = ex_suite_init,
	.init = ex_init,
	.exit = vmk_exit,
	.test_cases = vmpage_exercise_cases,
};

kunit_test_suite(vmpage_exercise_suite);
