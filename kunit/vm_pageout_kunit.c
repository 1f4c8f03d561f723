// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The page daemon, the low-memory notifiers, and waiting by policy.
 *
 * A case that wants page daemons starts them; the end of the case stops them.
 */
#include <linux/kthread.h>
#include <linux/notifier.h>
#include <linux/sched/signal.h>
#include <vm/vm_pageout.h>

#include "kunit_fixture.h"

#define NCALLS		8		/* calls of a notifier that are remembered */

/* B4: a domain is asked for pages below these. */
#define B4_THRESH	54
#define B4_TARGET	63

/* A notifier and what it saw; func is what it does beside. */
struct listener {
	struct notifier_block nb;
	void (*func)(struct listener *l);
	bool registered;

	unsigned long event;
	int domain[NCALLS];
	unsigned long when[NCALLS];	/* jiffies */
	bool is_pageproc;
	vm_page_t m[NCALLS];
	atomic_t ncalls;
};

static struct listener listener;

static int listen(struct notifier_block *nb, unsigned long event, void *data)
{
	struct listener *l = container_of(nb, struct listener, nb);
	const unsigned int n = atomic_read(&l->ncalls);

	if (n < NCALLS) {
		l->domain[n] = *(int *)data;
		l->when[n] = jiffies;
	}
	l->event = event;
	l->is_pageproc = vm_curthread_is_pageproc();
	if (l->func)
		l->func(l);
	atomic_inc(&l->ncalls);
	return NOTIFY_OK;
}

static void listener_register(struct kunit *test, void (*func)(struct listener *l))
{
	memset(&listener, 0, sizeof(listener));
	listener.nb.notifier_call = listen;
	listener.func = func;
	KUNIT_ASSERT_EQ(test, vmpage_lowmem_register(&listener.nb), 0);
	listener.registered = true;
}

static void listener_unregister(void)
{
	if (listener.registered)
		vmpage_lowmem_unregister(&listener.nb);
	listener.registered = false;
}

static int listener_calls(void)
{
	return atomic_read(&listener.ncalls);
}

static int vm_pageout_init(struct kunit *test)
{
	vm_lowmem_period = 10;
	return vmk_init(test);
}

static void vm_pageout_exit(struct kunit *test)
{
	vm_pageout_stop();
	listener_unregister();
	vmk_exit(test);
}

static struct task_struct *daemon(int domain)
{
	return VM_DOMAIN(domain)->vmd_pageproc;
}

/* Has it done its work?  What follows will wake it. */
static bool is_napping(int domain)
{
	return rcuwait_active(&VM_DOMAIN(domain)->vmd_pageout_wait);
}

/* How often a daemon has gone to sleep. */
static unsigned long naps(int domain)
{
	return READ_ONCE(daemon(domain)->nvcsw);
}

/* Start and stop */

static void every_domain_has_its_daemon(struct kunit *test)
{
	struct task_struct *first;

	vmk_c2x4(test);
	KUNIT_EXPECT_NULL(test, daemon(0));
	KUNIT_EXPECT_EQ(test, vm_pageout_start(), 0);
	KUNIT_ASSERT_NOT_NULL(test, daemon(0));
	KUNIT_ASSERT_NOT_NULL(test, daemon(1));
	KUNIT_EXPECT_STREQ(test, daemon(0)->comm, "vmpaged/0");
	KUNIT_EXPECT_STREQ(test, daemon(1)->comm, "vmpaged/1");

	/* Those that run stay. */
	first = daemon(0);
	KUNIT_EXPECT_EQ(test, vm_pageout_start(), 0);
	KUNIT_EXPECT_PTR_EQ(test, daemon(0), first);

	vm_pageout_stop();
	KUNIT_EXPECT_NULL(test, daemon(0));
	KUNIT_EXPECT_NULL(test, daemon(1));
	vm_pageout_stop();
	KUNIT_EXPECT_NULL(test, daemon(0));
	KUNIT_EXPECT_EQ(test, vm_pageout_start(), 0);
	KUNIT_EXPECT_NOT_NULL(test, daemon(0));
}

static void new_domain_gets_its_daemon(struct kunit *test)
{
	static const struct vm_mem_span spans[] = {
		VMK_SPAN(SZ_64M, SZ_64M + ptoa(1024), 1),
		VMK_SPAN(SZ_128M, SZ_128M + ptoa(1024), 3),
	};

	vmk_b4(test);
	KUNIT_EXPECT_EQ(test, vm_mem_add_span(&spans[0]), 0);
	KUNIT_EXPECT_NULL(test, daemon(1));
	KUNIT_EXPECT_EQ(test, vm_pageout_start(), 0);
	KUNIT_EXPECT_EQ(test, vm_mem_add_span(&spans[1]), 0);
	KUNIT_ASSERT_NOT_NULL(test, daemon(3));
	KUNIT_EXPECT_STREQ(test, daemon(3)->comm, "vmpaged/3");
	vm_pageout_stop();
	KUNIT_EXPECT_NULL(test, daemon(3));
}

/*
 * A thread that is being killed does not wait for the ones it makes, unless they
 * are made at once: then it has to try again.
 */
static void start_while_killed(void *arg)
{
	int *ret = arg;

	sched_set_fifo(current);
	allow_signal(SIGKILL);
	send_sig(SIGKILL, current, 0);
	*ret = vm_pageout_start();
}

static void failed_start_leaves_no_daemon(struct kunit *test)
{
	static const struct vm_mem_span span = VMK_SPAN(SZ_64M, SZ_64M + ptoa(1024), 1);
	int tries, ret = 0;

	vmk_b4(test);
	KUNIT_ASSERT_EQ(test, vm_mem_add_span(&span), 0);
	for (tries = 0; tries < 1000 && !ret; tries++) {
		/* One is there, and one is missing. */
		KUNIT_ASSERT_EQ(test, vm_pageout_start(), 0);
		KUNIT_ASSERT_NOT_NULL(test, daemon(1));
		kthread_stop(VM_DOMAIN(1)->vmd_pageproc);
		VM_DOMAIN(1)->vmd_pageproc = NULL;

		vmk_in_thread(test, start_while_killed, &ret);
		if (!ret)
			vm_pageout_stop();
	}
	KUNIT_EXPECT_EQ(test, ret, -EINTR);
	KUNIT_EXPECT_NULL(test, daemon(0));
	KUNIT_EXPECT_NULL(test, daemon(1));
}

static void give_work(void *arg)
{
	struct vm_domain *vmd = VM_DOMAIN(0);
	bool *stop = arg;

	while (!READ_ONCE(*stop)) {
		vm_domain_alloc_fail(vmd, NULL, VM_ALLOC_NORMAL);
		if (vm_domain_allocate(vmd, VM_ALLOC_INTERRUPT, 5))
			vm_domain_freecnt_inc(vmd, 5);
		cond_resched();
	}
}

static void start_and_stop_meet_work(struct kunit *test)
{
	bool stop = false;
	struct vmk_thread *t;
	int i;

	vmk_b4(test);
	vmk_set_free(test, 0, B4_THRESH + 2);
	t = vmk_thread_start(test, give_work, &stop);
	for (i = 0; i < 50; i++) {
		KUNIT_EXPECT_EQ(test, vm_pageout_start(), 0);
		if (i & 1)
			usleep_range(100, 1000);
		vm_pageout_stop();
	}
	WRITE_ONCE(stop, true);
	vmk_thread_join(test, t);
	KUNIT_EXPECT_NULL(test, daemon(0));
	vmk_set_free(test, 0, 1024);
}

/* The deficit */

static void deficit_is_consumed(struct kunit *test)
{
	vmk_b4(test);
	vmk_leave_free(test, 0, 43);
	KUNIT_EXPECT_NULL(test, vmk_noobj_req(test, VM_ALLOC_NORMAL | VM_ALLOC_COUNT(10)));
	KUNIT_EXPECT_EQ(test, VM_CNT_FETCH(v_pdpages), 0);

	/* What was there before the daemon. */
	KUNIT_ASSERT_EQ(test, vm_pageout_start(), 0);
	vmk_until(test, VM_CNT_FETCH(v_pdpages) == 10);
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), 0);
}

/* Far above its target a daemon sleeps without a timer, so it must be woken. */
static void deficit_wakes_the_daemon(struct kunit *test)
{
	struct vm_domain *vmd;
	int i;

	vmk_b4(test);
	vmd = VM_DOMAIN(0);
	KUNIT_ASSERT_EQ(test, vm_pageout_start(), 0);
	for (i = 1; i <= 20; i++) {
		vm_domain_alloc_fail(vmd, NULL, VM_ALLOC_COUNT(7));
		vmk_until(test, VM_CNT_FETCH(v_pdpages) == 7 * i);
		KUNIT_EXPECT_EQ(test, vmk_deficit(0), 0);
	}
	/* No domain fell short. */
	KUNIT_EXPECT_EQ(test, VM_CNT_FETCH(v_pdwakeups), 0);
}

static void deficit_alone_is_a_shortage(struct kunit *test)
{
	vmk_b4(test);
	listener_register(test, NULL);
	KUNIT_ASSERT_EQ(test, vm_pageout_start(), 0);
	vmk_set_free(test, 0, 70);
	vm_domain_alloc_fail(VM_DOMAIN(0), NULL, VM_ALLOC_COUNT(7));
	vmk_until(test, VM_CNT_FETCH(v_pdpages) == 7);
	vm_domain_alloc_fail(VM_DOMAIN(0), NULL, VM_ALLOC_COUNT(8));
	vmk_until(test, listener_calls() == 1);
	KUNIT_EXPECT_EQ(test, VM_CNT_FETCH(v_pdpages), 15);
	vmk_set_free(test, 0, 1024);
}

/* An audit would take the pages that it moves for lost. */
static void paused_daemon_moves_no_pages(struct kunit *test)
{
	vmk_b4(test);
	KUNIT_ASSERT_EQ(test, vm_pageout_start(), 0);
	vm_pageout_pause();
	vm_domain_alloc_fail(VM_DOMAIN(0), NULL, VM_ALLOC_COUNT(7));
	schedule_timeout_uninterruptible(HZ / 5);
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), 7);
	vm_pageout_resume();
	vmk_until(test, VM_CNT_FETCH(v_pdpages) == 7);
}

/* Sleep and work */

static void idle_daemon_sleeps(struct kunit *test)
{
	unsigned long before;

	vmk_b4(test);
	listener_register(test, NULL);
	KUNIT_ASSERT_EQ(test, vm_pageout_start(), 0);
	vmk_until(test, is_napping(0));
	vmk_set_free(test, 0, B4_THRESH);
	before = naps(0);
	/* Time enough to be seen at work, if it were. */
	schedule_timeout_uninterruptible(HZ / 2);
	KUNIT_EXPECT_LE(test, naps(0), before + 1);
	KUNIT_EXPECT_EQ(test, listener_calls(), 0);
	vmk_set_free(test, 0, 1024);
}

static void short_domain_is_looked_at_ten_times_a_second(struct kunit *test)
{
	unsigned long before, start;

	vmk_b4(test);
	KUNIT_ASSERT_EQ(test, vm_pageout_start(), 0);
	vmk_set_free(test, 0, B4_THRESH - 1);
	vmk_until(test, naps(0) > 1);
	start = jiffies;
	before = naps(0);
	vmk_until(test, naps(0) >= before + 4);
	KUNIT_EXPECT_GE(test, jiffies - start, 3 * HZ / 10);

	/* The target, not the threshold, is the end of it. */
	vmk_set_free(test, 0, B4_TARGET - 1);
	before = naps(0);
	vmk_until(test, naps(0) >= before + 3);
	vmk_set_free(test, 0, 1024);
}

static void crossing_the_threshold_tells_the_notifiers(struct kunit *test)
{
	vmk_c2x4(test);
	listener_register(test, NULL);
	KUNIT_ASSERT_EQ(test, vm_pageout_start(), 0);
	vmk_set_free(test, 1, 71);
	vmk_until(test, listener_calls() == 1);
	KUNIT_EXPECT_EQ(test, listener.event, VM_LOW_PAGES);
	KUNIT_EXPECT_EQ(test, listener.domain[0], 1);
	KUNIT_EXPECT_TRUE(test, listener.is_pageproc);

	/* Each domain has its own period. */
	vmk_set_free(test, 0, 71);
	vmk_until(test, listener_calls() == 2);
	KUNIT_EXPECT_EQ(test, listener.domain[1], 0);
	vmk_set_free(test, 0, 1024);
	vmk_set_free(test, 1, 1024);
}

static void notifiers_are_told_once_in_a_period(struct kunit *test)
{
	unsigned long before, start = jiffies;

	vmk_b4(test);
	vm_lowmem_period = 1;
	listener_register(test, NULL);
	KUNIT_ASSERT_EQ(test, vm_pageout_start(), 0);
	vmk_set_free(test, 0, 50);
	vmk_until(test, listener_calls() >= 2);
	KUNIT_EXPECT_GE(test, listener.when[1] - start, HZ);
	vm_pageout_stop();

	/* Falling short again is no new reason, but the next period is. */
	vmk_set_free(test, 0, 1024);
	listener_unregister();
	listener_register(test, NULL);
	start = jiffies;
	KUNIT_ASSERT_EQ(test, vm_pageout_start(), 0);
	vmk_set_free(test, 0, 50);
	vmk_until(test, listener_calls() >= 1);
	vmk_set_free(test, 0, 1024);
	vmk_set_free(test, 0, 50);
	before = naps(0);
	vmk_until(test, naps(0) > before + 1);
	KUNIT_EXPECT_LE(test, listener_calls(), 1 + (jiffies - start) / HZ);
	vmk_set_free(test, 0, 1024);
}

static void period_of_zero_is_never(struct kunit *test)
{
	vmk_b4(test);
	vm_lowmem_period = 0;
	listener_register(test, NULL);
	KUNIT_ASSERT_EQ(test, vm_pageout_start(), 0);
	vmk_set_free(test, 0, 50);
	vmk_until(test, naps(0) > 3);
	KUNIT_EXPECT_EQ(test, listener_calls(), 0);
	vmk_set_free(test, 0, 1024);
}

static void take_and_give_back(struct listener *l)
{
	int i;

	for (i = 0; i < 3; i++)
		l->m[i] = vm_page_alloc_noobj(VM_ALLOC_NORMAL);
	for (i = 0; i < 3; i++)
		if (l->m[i])
			vm_page_free(l->m[i]);
}

static void notifier_may_allocate_as_system(struct kunit *test)
{
	vmk_b4(test);
	listener_register(test, take_and_give_back);
	vmk_leave_free(test, 0, 4);
	KUNIT_ASSERT_EQ(test, vm_pageout_start(), 0);
	vmk_until(test, listener_calls() == 1);
	KUNIT_EXPECT_NOT_NULL(test, listener.m[0]);
	KUNIT_EXPECT_NOT_NULL(test, listener.m[1]);
	KUNIT_EXPECT_NULL(test, listener.m[2]);
	KUNIT_EXPECT_FALSE(test, vm_curthread_is_pageproc());
	KUNIT_EXPECT_NULL(test, vmk_noobj_req(test, VM_ALLOC_NORMAL));
}

static void daemon_does_not_wake_itself(struct kunit *test)
{
	s64 wakeups;

	vmk_b4(test);
	listener_register(test, take_and_give_back);
	vmk_leave_free(test, 0, B4_THRESH + 1);
	wakeups = VM_CNT_FETCH(v_pdwakeups);
	KUNIT_ASSERT_EQ(test, vm_pageout_start(), 0);
	vm_domain_alloc_fail(VM_DOMAIN(0), NULL, VM_ALLOC_NORMAL);
	vmk_until(test, listener_calls() == 1);
	KUNIT_EXPECT_NOT_NULL(test, listener.m[2]);
	KUNIT_EXPECT_EQ(test, VM_CNT_FETCH(v_pdwakeups), wakeups);
}

/* Pages that nobody misses, for who is told that they are needed. */
static vm_page_t hoard;

static void give_up_the_hoard(struct listener *l)
{
	int i;

	for (i = 0; i < 64 && hoard; i++)
		vm_page_free(&hoard[i]);
	hoard = NULL;
}

static void notifier_helps_who_waits(struct kunit *test)
{
	vm_page_t m;

	vmk_b4(test);
	hoard = vm_page_alloc_noobj_contig(VM_ALLOC_NORMAL, 64, 0, ~0ULL, 1, 0,
					   VM_MEMATTR_DEFAULT);
	KUNIT_ASSERT_NOT_NULL(test, hoard);
	listener_register(test, give_up_the_hoard);
	vmk_exhaust(test, VM_ALLOC_NORMAL);
	KUNIT_ASSERT_EQ(test, vm_pageout_start(), 0);

	m = vm_page_alloc_noobj(VM_ALLOC_NORMAL | VM_ALLOC_WAITOK);
	KUNIT_ASSERT_NOT_NULL(test, m);
	vmk_hold(test, m, 1);
	vmk_until(test, listener_calls() == 1);
	KUNIT_EXPECT_NULL(test, hoard);
	KUNIT_EXPECT_GE(test, vmk_free_count(0), B4_TARGET);
}

/* Cached pages */

static vm_object_t cached_object(struct kunit *test, int n)
{
	vm_object_t object = vmk_object(test, VMK_U, 1024);
	int i;

	for (i = 0; i < n; i++)
		vmk_cached(test, object, i, i);
	return object;
}

static void cached_pages_go_before_anybody_is_told(struct kunit *test)
{
	vm_object_t object;

	vmk_b4(test);
	listener_register(test, NULL);
	object = cached_object(test, 20);
	vmk_leave_free(test, 0, B4_THRESH - 1);
	KUNIT_ASSERT_EQ(test, vm_pageout_start(), 0);
	/* The oldest 10 are what is wanting to the target. */
	vmk_until(test, vmk_free_count(0) == B4_TARGET);
	vmk_until(test, is_napping(0));
	KUNIT_EXPECT_EQ(test, vmk_cached_map(object), 0xffc00);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), B4_TARGET);

	/* A deficit is another reason. */
	vm_domain_alloc_fail(VM_DOMAIN(0), NULL, VM_ALLOC_COUNT(4));
	vmk_until(test, vmk_free_count(0) == B4_TARGET + 4);
	vmk_until(test, is_napping(0));
	KUNIT_EXPECT_EQ(test, vmk_cached_map(object), 0xfc000);
	KUNIT_EXPECT_EQ(test, listener_calls(), 0);
}

static int cached_when_told;

static void look_at_the_cached(struct listener *l)
{
	cached_when_told = vmk_cache_count(0);
}

static void notifiers_are_told_when_no_page_is_cached(struct kunit *test)
{
	vmk_b4(test);
	listener_register(test, look_at_the_cached);
	cached_when_told = -1;
	cached_object(test, 9);
	vmk_leave_free(test, 0, B4_THRESH - 1);
	KUNIT_ASSERT_EQ(test, vm_pageout_start(), 0);
	vmk_until(test, listener_calls() == 1);
	KUNIT_EXPECT_EQ(test, cached_when_told, 0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), B4_TARGET - 1);
}

static void daemon_frees_the_pages_of_its_own_domain(struct kunit *test)
{
	vmk_c2x4(test);
	cached_object(test, 9);
	vmk_set_domain(1);
	cached_object(test, 9);
	vmk_leave_free(test, 1, 71);
	KUNIT_ASSERT_EQ(test, vm_pageout_start(), 0);
	vmk_until(test, vmk_cache_count(1) < 9);
	vmk_until(test, is_napping(0));
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0), 9);
}

static void caching_in_a_short_domain_wakes_the_daemon(struct kunit *test)
{
	struct vm_domain *vmd;
	vm_object_t object;

	vmk_b4(test);
	vmd = VM_DOMAIN(0);
	object = vmk_object(test, VMK_U, 64);
	vmk_alloc(test, object, 0);
	vmk_leave_free(test, 0, B4_THRESH);
	vmd->vmd_pageout_wanted = false;
	vmk_cache(test, vmk_lookup(object, 0), 0);
	KUNIT_EXPECT_FALSE(test, vmd->vmd_pageout_wanted);
	vmk_alloc(test, object, 0);
	vmk_leave_free(test, 0, B4_THRESH - 1);
	vmd->vmd_pageout_wanted = false;
	vmk_cache(test, vmk_lookup(object, 0), 0);
	KUNIT_EXPECT_TRUE(test, vmd->vmd_pageout_wanted);
}

static void wait_for_a_page(void *arg)
{
	vm_page_t *m = arg;

	*m = vm_page_alloc_noobj(VM_ALLOC_NORMAL | VM_ALLOC_WAITOK);
}

static void wait_for_min(void *arg)
{
	vm_wait_min();
}

/* The daemon may take the pages at once. */
static void cache_pages(vm_object_t object, int n)
{
	vm_page_t m;
	int i;

	for (i = 0; i < n; i++) {
		VM_OBJECT_WLOCK(object);
		m = vm_page_lookup(object, i);
		vm_page_valid(m);
		vm_page_xunbusy(m);
		vm_page_cache(m);
		VM_OBJECT_WUNLOCK(object);
	}
}

static void caching_helps_who_waits(struct kunit *test)
{
	vm_page_t *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	struct vmk_thread *t[2];
	vm_object_t object;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, m);
	vmk_b4(test);
	object = vmk_object(test, VMK_U, 64);
	for (i = 0; i < 40; i++)
		vmk_alloc(test, object, i);
	vmk_leave_free(test, 0, 43);
	KUNIT_ASSERT_EQ(test, vm_pageout_start(), 0);
	t[0] = vmk_thread_start(test, wait_for_a_page, m);
	t[1] = vmk_thread_start(test, wait_for_min, NULL);
	vmk_until(test, vm_wait_count() == 2);
	cache_pages(object, 40);
	vmk_thread_join(test, t[0]);
	vmk_thread_join(test, t[1]);
	KUNIT_ASSERT_NOT_NULL(test, *m);
	vmk_hold(test, *m, 1);
}

static void who_unregistered_is_not_told(struct kunit *test)
{
	struct notifier_block stranger = { .notifier_call = listen };

	vmk_b4(test);
	KUNIT_EXPECT_EQ(test, vmpage_lowmem_unregister(&stranger), -ENOENT);
	listener_register(test, NULL);
	KUNIT_EXPECT_EQ(test, vmpage_lowmem_unregister(&listener.nb), 0);
	KUNIT_EXPECT_EQ(test, vmpage_lowmem_unregister(&listener.nb), -ENOENT);
	listener.registered = false;
	KUNIT_ASSERT_EQ(test, vm_pageout_start(), 0);
	vmk_set_free(test, 0, 50);
	vmk_until(test, naps(0) > 3);
	KUNIT_EXPECT_EQ(test, listener_calls(), 0);
	vmk_set_free(test, 0, 1024);
}

/* Waiting by policy */

struct wait {
	vm_object_t object;
	bool intr, slept;
	int ret;
};

static void wait_thread(void *arg)
{
	const unsigned long switches = current->nvcsw;
	struct wait *w = arg;

	allow_signal(SIGUSR1);
	if (w->intr)
		w->ret = vm_wait_intr(w->object);
	else
		vm_wait(w->object);
	w->slept = current->nvcsw != switches;
}

static void wait_follows_the_policy(struct kunit *test)
{
	struct wait w = {};
	struct vmk_thread *t;
	int i;

	for (i = 0; i < 2; i++) {
		vmk_c2x4(test);
		w.intr = i;
		w.object = vmk_object(test, VMK_U, 8);
		w.object->domain.dr_policy = DOMAINSET_FIXED(1);

		vmk_set_free(test, 0, 3);
		vmk_in_thread(test, wait_thread, &w);
		KUNIT_EXPECT_FALSE(test, w.slept);
		vmk_set_free(test, 0, 1024);

		vmk_set_free(test, 1, 3);
		t = vmk_thread_start(test, wait_thread, &w);
		vmk_until(test, vm_wait_count() == 1);
		vmk_set_free(test, 1, 1024);
		vmk_thread_join(test, t);
		KUNIT_EXPECT_EQ(test, w.ret, 0);

		/* Without an object: all domains must be short. */
		w.object = NULL;
		vmk_set_free(test, 0, 3);
		vmk_in_thread(test, wait_thread, &w);
		KUNIT_EXPECT_FALSE(test, w.slept);
		vmk_set_free(test, 1, 3);
		t = vmk_thread_start(test, wait_thread, &w);
		vmk_until(test, vm_wait_count() == 1);
		vmk_set_free(test, 0, 1024);
		vmk_thread_join(test, t);
		vmk_set_free(test, 1, 1024);
		vmk_power_off(test);
	}
}

static void wait_intr_ends_with_a_signal(struct kunit *test)
{
	struct wait w = { .intr = true };
	struct task_struct *task;
	unsigned long switches;
	struct vmk_thread *t;

	vmk_b4(test);
	vmk_set_free(test, 0, 3);
	t = vmk_thread_start(test, wait_thread, &w);
	vmk_until(test, vm_wait_count() == 1);
	KUNIT_EXPECT_EQ(test, send_sig(SIGUSR1, vmk_thread_task(t), 0), 0);
	vmk_thread_join(test, t);
	KUNIT_EXPECT_EQ(test, w.ret, EINTR);

	/* vm_wait() does not. */
	w.intr = false;
	t = vmk_thread_start(test, wait_thread, &w);
	vmk_until(test, vm_wait_count() == 1);
	task = vmk_thread_task(t);
	KUNIT_EXPECT_EQ(test, send_sig(SIGUSR1, task, 0), 0);
	switches = READ_ONCE(task->nvcsw);
	vmk_until(test, wake_up_process(task) && READ_ONCE(task->nvcsw) > switches);
	KUNIT_EXPECT_EQ(test, vm_wait_count(), 1);
	vmk_set_free(test, 0, 1024);
	vmk_thread_join(test, t);
}

static struct kunit_case vmpage_pageout_cases[] = {
	KUNIT_CASE(every_domain_has_its_daemon),
	KUNIT_CASE(new_domain_gets_its_daemon),
	KUNIT_CASE(failed_start_leaves_no_daemon),
	KUNIT_CASE(start_and_stop_meet_work),
	KUNIT_CASE(deficit_is_consumed),
	KUNIT_CASE(deficit_wakes_the_daemon),
	KUNIT_CASE(deficit_alone_is_a_shortage),
	KUNIT_CASE(paused_daemon_moves_no_pages),
	KUNIT_CASE(idle_daemon_sleeps),
	KUNIT_CASE(short_domain_is_looked_at_ten_times_a_second),
	KUNIT_CASE(crossing_the_threshold_tells_the_notifiers),
	KUNIT_CASE(notifiers_are_told_once_in_a_period),
	KUNIT_CASE(period_of_zero_is_never),
	KUNIT_CASE(notifier_may_allocate_as_system),
	KUNIT_CASE(daemon_does_not_wake_itself),
	KUNIT_CASE(notifier_helps_who_waits),
	KUNIT_CASE(cached_pages_go_before_anybody_is_told),
	KUNIT_CASE(notifiers_are_told_when_no_page_is_cached),
	KUNIT_CASE(daemon_frees_the_pages_of_its_own_domain),
	KUNIT_CASE(caching_in_a_short_domain_wakes_the_daemon),
	KUNIT_CASE(caching_helps_who_waits),
	KUNIT_CASE(who_unregistered_is_not_told),
	KUNIT_CASE(wait_follows_the_policy),
	KUNIT_CASE(wait_intr_ends_with_a_signal),
	{}
};

static struct kunit_suite vmpage_pageout_suite = {
	.name = "vmpage_pageout",
	.init = vm_pageout_init,
	.exit = vm_pageout_exit,
	.test_cases = vmpage_pageout_cases,
};

kunit_test_suite(vmpage_pageout_suite);
