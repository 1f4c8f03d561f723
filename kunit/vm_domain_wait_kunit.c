// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Waiting for pages: who sleeps, what wakes them, and in what order.
 *
 * A sleeper is taken off the list of sleepers by the step that wakes it, before
 * that step returns.  So right after a step vm_wait_count() says whether it woke
 * anybody, without waiting for the sleeper to run.
 */
#include <linux/cpumask.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>

#include "kunit_fixture.h"

#define TEXT_SIZE	1024		/* bytes of vm_waiters_show() */

/* B4, and its free count by class: free_reserved, free_min, free_severe. */
#define B4_RESERVED	43
#define B4_SEVERE	45
#define B4_MIN		48

/* What a thread is to do, and what came of it. */
struct call {
	void (*func)(struct call *c);
	int domain, timo;
	domainset_t wdoms;
	struct domainset dset;
	vm_object_t object;

	vm_page_t m;
	int ret;
	bool locked, slept;
	unsigned long ticks;
};

/* Giving up the CPU to wait is counted, being preempted is not. */
static void call_thread(void *arg)
{
	const unsigned long switches = current->nvcsw;
	const unsigned long start = jiffies;
	struct call *c = arg;

	c->func(c);
	c->slept = current->nvcsw != switches;
	c->ticks = jiffies - start;
}

static struct vmk_thread *call_start(struct kunit *test, struct call *c)
{
	return vmk_thread_start(test, call_thread, c);
}

/* Start a thread and let it fall asleep as the @nth sleeper. */
static struct vmk_thread *call_asleep(struct kunit *test, struct call *c, int nth)
{
	struct vmk_thread *t = call_start(test, c);

	KUNIT_ASSERT_TRUE(test, vmk_until(test, vm_wait_count() == nth));
	return t;
}

static void call_join(struct kunit *test, struct call *c)
{
	vmk_thread_join(test, call_start(test, c));
}

static void do_wait_domain(struct call *c)
{
	vm_wait_domain(c->domain);
}

static void do_wait_doms(struct call *c)
{
	c->ret = vm_wait_doms(&c->wdoms, 0);
}

static void do_wait_min(struct call *c)
{
	vm_wait_min();
}

static void do_wait_severe(struct call *c)
{
	vm_wait_severe();
}

static void do_waitpfault(struct call *c)
{
	vm_waitpfault(&c->dset, c->timo);
}

static void do_noobj_waitfail(struct call *c)
{
	c->m = vm_page_alloc_noobj(VM_ALLOC_NORMAL | VM_ALLOC_WAITFAIL);
}

static void do_noobj_waitok(struct call *c)
{
	c->m = vm_page_alloc_noobj(VM_ALLOC_NORMAL | VM_ALLOC_WAITOK);
}

static void do_run_waitfail(struct call *c)
{
	c->m = vm_page_alloc_noobj_contig(VM_ALLOC_NORMAL | VM_ALLOC_WAITFAIL, 2, 0, ~0ULL, 1, 0,
					  VM_MEMATTR_DEFAULT);
}

static void do_alloc_waitfail(struct call *c)
{
	VM_OBJECT_WLOCK(c->object);
	c->m = vm_page_alloc(c->object, 3, VM_ALLOC_NORMAL | VM_ALLOC_WAITFAIL);
	c->locked = VM_OBJECT_WOWNED(c->object);
	VM_OBJECT_WUNLOCK(c->object);
}

static void do_lock(struct call *c)
{
	VM_OBJECT_WLOCK(c->object);
	VM_OBJECT_WUNLOCK(c->object);
}

/* W01: B4 without a page left for class NORMAL; @m receives pages to free. */
static void b4_exhausted(struct kunit *test, vm_page_t *m, int n)
{
	vmk_b4(test);
	while (n-- > 0)
		*m++ = vmk_noobj(test);
	vmk_exhaust(test, VM_ALLOC_NORMAL);
	KUNIT_ASSERT_EQ(test, vmk_free_count(0), B4_RESERVED);
}

static void W13_asleep_until_free_min(struct kunit *test)
{
	struct call c = { .func = do_noobj_waitfail };
	struct vmk_thread *t;
	vm_page_t m[5];
	int i;

	b4_exhausted(test, m, 5);
	t = call_asleep(test, &c, 1);
	for (i = 0; i < 4; i++)
		vmk_free(test, m[i]);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 47);
	KUNIT_EXPECT_EQ(test, vm_wait_count(), 1);
	KUNIT_EXPECT_FALSE(test, vmk_thread_done(t));

	vmk_free(test, m[4]);
	KUNIT_EXPECT_EQ(test, vm_wait_count(), 0);
	vmk_thread_join(test, t);
	KUNIT_EXPECT_NULL(test, c.m);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 48);
}

static void W15_waitok_returns_a_page(struct kunit *test)
{
	struct call c = { .func = do_noobj_waitok };
	struct vmk_thread *t;
	vm_page_t m[5];
	int i;

	b4_exhausted(test, m, 5);
	t = call_asleep(test, &c, 1);
	for (i = 0; i < 5; i++)
		vmk_free(test, m[i]);
	vmk_thread_join(test, t);
	KUNIT_ASSERT_NOT_NULL(test, c.m);
	vmk_hold(test, c.m, 1);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 47);
}

static void waitfail_fails_although_there_is_plenty_by_now(struct kunit *test)
{
	struct call c = { .func = do_noobj_waitfail };
	struct vmk_thread *t;
	vm_page_t m;

	vmk_b4(test);
	m = vmk_ncontig(test, 512);
	KUNIT_ASSERT_NOT_NULL(test, m);
	vmk_exhaust(test, VM_ALLOC_NORMAL);
	t = call_asleep(test, &c, 1);
	vmk_free_run(test, m, 512);
	vmk_thread_join(test, t);
	KUNIT_EXPECT_NULL(test, c.m);
}

static void W17_fragmentation_does_not_sleep(struct kunit *test)
{
	struct call c = { .func = do_run_waitfail };
	vm_page_t m;
	int i;

	vmk_b4(test);
	m = vmk_ncontig(test, 512);
	KUNIT_ASSERT_NOT_NULL(test, m);
	vmk_leave_free(test, 0, 0);
	for (i = 0; i < 512; i += 2)
		vmk_free(test, &m[i]);
	KUNIT_ASSERT_GE(test, vmk_free_count(0), B4_MIN);

	call_join(test, &c);
	KUNIT_EXPECT_NULL(test, c.m);
	KUNIT_EXPECT_FALSE(test, c.slept);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 256);
}

static void W18_object_is_unlocked_while_asleep(struct kunit *test)
{
	struct call c = { .func = do_alloc_waitfail };
	struct vmk_thread *t;
	bool obtained;
	vm_page_t m[5];
	int i;

	b4_exhausted(test, m, 5);
	c.object = vmk_object(test, VMK_U, 8);
	t = call_asleep(test, &c, 1);

	obtained = VM_OBJECT_TRYWLOCK(c.object);
	KUNIT_EXPECT_TRUE(test, obtained);
	for (i = 0; i < 5; i++)
		vm_page_free(m[i]);
	vmk_drain();
	KUNIT_EXPECT_EQ(test, vm_wait_count(), 0);
	/* Awake, but not back: the lock is this case's. */
	KUNIT_EXPECT_FALSE(test, vmk_thread_done(t));
	if (obtained)
		VM_OBJECT_WUNLOCK(c.object);

	vmk_thread_join(test, t);
	KUNIT_EXPECT_NULL(test, c.m);
	KUNIT_EXPECT_TRUE(test, c.locked);
}

/* Even with nothing to wait for, another thread gets its turn at the object. */
static void object_is_unlocked_without_a_wait(struct kunit *test)
{
	struct call c = { .func = do_lock };
	struct vm_domain *vmd;
	struct vmk_thread *t;

	vmk_b4(test);
	vmd = VM_DOMAIN(0);
	c.object = vmk_object(test, VMK_U, 8);
	VM_OBJECT_WLOCK(c.object);
	t = call_start(test, &c);
	vmk_until(test, !vm_domain_alloc_fail(vmd, c.object, VM_ALLOC_WAITFAIL) &&
		  vmk_thread_done(t));
	KUNIT_EXPECT_TRUE(test, VM_OBJECT_WOWNED(c.object));
	VM_OBJECT_WUNLOCK(c.object);
	vmk_thread_join(test, t);
}

static void only_waitok_is_tried_again(struct kunit *test)
{
	struct vm_domain *vmd;

	vmk_b4(test);
	vmd = VM_DOMAIN(0);
	KUNIT_EXPECT_EQ(test, vm_domain_alloc_fail(vmd, NULL, VM_ALLOC_NORMAL), 0);
	KUNIT_EXPECT_EQ(test, vm_domain_alloc_fail(vmd, NULL, VM_ALLOC_NOWAIT), 0);
	KUNIT_EXPECT_EQ(test, vm_domain_alloc_fail(vmd, NULL, VM_ALLOC_WAITFAIL), 0);
	KUNIT_EXPECT_EQ(test, vm_domain_alloc_fail(vmd, NULL, VM_ALLOC_WAITOK), 1);
	KUNIT_EXPECT_EQ(test, vm_domain_alloc_fail(vmd, NULL, VM_ALLOC_COUNT(9)), 0);
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), 4 + 9);
}

static void W19_no_wait_at_free_min(struct kunit *test)
{
	struct call c = { .func = do_wait_domain };

	vmk_b4(test);
	vmk_leave_free(test, 0, 48);
	call_join(test, &c);
	KUNIT_EXPECT_FALSE(test, c.slept);
}

static void W20_pfault_waits_no_longer_than_told(struct kunit *test)
{
	struct call c = { .func = do_waitpfault, .timo = 10 };

	vmk_b4(test);
	vmk_leave_free(test, 0, B4_MIN - 1);
	DOMAINSET_SET(0, &c.dset.ds_mask);
	call_join(test, &c);
	KUNIT_EXPECT_GE(test, c.ticks, 10);
	KUNIT_EXPECT_EQ(test, vm_wait_count(), 0);

	for (c.timo = -1; c.timo <= 0; c.timo++) {
		call_join(test, &c);
		KUNIT_EXPECT_FALSE(test, c.slept);
	}
}

static void pfault_ends_with_the_wake(struct kunit *test)
{
	struct call c = { .func = do_waitpfault, .timo = INT_MAX };
	struct vmk_thread *t;

	vmk_b4(test);
	vmk_set_free(test, 0, 47);
	DOMAINSET_SET(0, &c.dset.ds_mask);
	t = call_asleep(test, &c, 1);
	vmk_set_free(test, 0, 48);
	KUNIT_EXPECT_EQ(test, vm_wait_count(), 0);
	vmk_thread_join(test, t);

	/* Above the mark it does not wait at all. */
	call_join(test, &c);
	KUNIT_EXPECT_FALSE(test, c.slept);
	vmk_set_free(test, 0, 1024);
}

static void all_sleepers_are_released_together(struct kunit *test)
{
	struct call c[] = {
		{ .func = do_wait_domain }, { .func = do_wait_doms }, { .func = do_wait_min },
		{ .func = do_noobj_waitfail }, { .func = do_waitpfault, .timo = INT_MAX },
		{ .func = do_wait_domain },
	};
	struct vmk_thread *t[ARRAY_SIZE(c)];
	unsigned int i;

	vmk_b4(test);
	vmk_set_free(test, 0, B4_RESERVED);
	for (i = 0; i < ARRAY_SIZE(c); i++) {
		DOMAINSET_SET(0, &c[i].wdoms);
		DOMAINSET_SET(0, &c[i].dset.ds_mask);
		t[i] = call_asleep(test, &c[i], i + 1);
	}
	vmk_set_free(test, 0, 47);
	KUNIT_EXPECT_EQ(test, vm_wait_count(), 6);
	vmk_set_free(test, 0, 48);
	KUNIT_EXPECT_EQ(test, vm_wait_count(), 0);
	for (i = 0; i < ARRAY_SIZE(c); i++)
		vmk_thread_join(test, t[i]);
	vmk_set_free(test, 0, 1024);
}

static unsigned int number_done(struct vmk_thread **t, unsigned int n)
{
	unsigned int done = 0;

	while (n-- > 0)
		done += vmk_thread_done(t[n]);
	return done;
}

/* Five pages are there for six who were woken for them; the last one sleeps again. */
static void nobody_is_promised_a_page(struct kunit *test)
{
	struct call c[6] = {};
	struct vmk_thread *t[6];
	vm_page_t m[10];
	int i;

	b4_exhausted(test, m, 10);
	for (i = 0; i < 6; i++) {
		c[i].func = do_noobj_waitok;
		t[i] = call_asleep(test, &c[i], i + 1);
	}
	for (i = 0; i < 5; i++)
		vmk_free(test, m[i]);
	vmk_until(test, number_done(t, 6) == 5 && vm_wait_count() == 1);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), B4_RESERVED);

	for (i = 5; i < 10; i++)
		vmk_free(test, m[i]);
	for (i = 0; i < 6; i++) {
		vmk_thread_join(test, t[i]);
		KUNIT_ASSERT_NOT_NULL(test, c[i].m);
		vmk_hold(test, c[i].m, 1);
	}
}

static void pin_to_cpu0(void)
{
	WARN_ON(set_cpus_allowed_ptr(current, cpumask_of(0)));
}

static void do_wait_domain_on_cpu0(struct call *c)
{
	pin_to_cpu0();
	vm_wait_domain(c->domain);
}

/* Above the mark and below it again, before a sleeper of this CPU can run. */
static void do_recover_for_a_moment(struct call *c)
{
	pin_to_cpu0();
	preempt_disable();
	vm_domain_freecnt_inc(VM_DOMAIN(0), 1);
	c->ret = vm_domain_allocate(VM_DOMAIN(0), VM_ALLOC_INTERRUPT, 1);
	preempt_enable();
}

static void one_wake_is_one_return(struct kunit *test)
{
	struct call sleeper = { .func = do_wait_domain_on_cpu0 };
	struct call waker = { .func = do_recover_for_a_moment };
	struct vmk_thread *t;

	vmk_b4(test);
	vmk_set_free(test, 0, 47);
	t = call_asleep(test, &sleeper, 1);
	call_join(test, &waker);
	KUNIT_EXPECT_EQ(test, waker.ret, 1);
	KUNIT_EXPECT_TRUE(test, vm_page_count_min());
	vmk_thread_join(test, t);
	KUNIT_EXPECT_EQ(test, vm_wait_count(), 0);
	vmk_set_free(test, 0, 1024);
}

/* In which order two threads of the highest, equal priority went on. */
static atomic_t went_on;

static void do_note_order(struct call *c)
{
	pin_to_cpu0();
	sched_set_fifo(current);
	if (c->timo)
		vm_waitpfault(&c->dset, c->timo);
	else
		vm_wait_domain(0);
	c->ret = atomic_inc_return(&went_on);
}

static void do_recover(struct call *c)
{
	pin_to_cpu0();
	vm_domain_freecnt_inc(VM_DOMAIN(0), 1);
}

static void pfault_sleepers_are_woken_last(struct kunit *test)
{
	struct call fault = { .func = do_note_order, .timo = INT_MAX };
	struct call other = { .func = do_note_order };
	struct call waker = { .func = do_recover };
	struct vmk_thread *t[2];

	vmk_b4(test);
	vmk_set_free(test, 0, 47);
	atomic_set(&went_on, 0);
	DOMAINSET_SET(0, &fault.dset.ds_mask);
	t[0] = call_asleep(test, &fault, 1);
	t[1] = call_asleep(test, &other, 2);
	call_join(test, &waker);
	vmk_thread_join(test, t[0]);
	vmk_thread_join(test, t[1]);
	KUNIT_EXPECT_EQ(test, other.ret, 1);
	KUNIT_EXPECT_EQ(test, fault.ret, 2);
	vmk_set_free(test, 0, 1024);
}

/* A stray wake-up, or a signal nobody asked for, is not the end of a wait. */
static void stray_wakeups_do_not_end_a_wait(struct kunit *test)
{
	struct call c = { .func = do_wait_domain };
	struct task_struct *task;
	unsigned long switches;
	struct vmk_thread *t;
	int i;

	vmk_b4(test);
	vmk_set_free(test, 0, 47);
	t = call_asleep(test, &c, 1);
	task = vmk_thread_task(t);
	for (i = 0; i < 5; i++) {
		switches = READ_ONCE(task->nvcsw);
		vmk_until(test, wake_up_process(task) && READ_ONCE(task->nvcsw) > switches);
		KUNIT_EXPECT_EQ(test, vm_wait_count(), 1);
		KUNIT_EXPECT_FALSE(test, vmk_thread_done(t));
	}
	vmk_set_free(test, 0, 48);
	vmk_thread_join(test, t);
	vmk_set_free(test, 0, 1024);
}

static void do_wait_catching(struct call *c)
{
	allow_signal(SIGUSR1);
	c->ret = vm_wait_doms(&c->wdoms, PCATCH);
}

static void signal_ends_a_wait_that_catches_it(struct kunit *test)
{
	struct call c = { .func = do_wait_catching };
	struct vmk_thread *t;

	vmk_b4(test);
	vmk_set_free(test, 0, 47);
	DOMAINSET_SET(0, &c.wdoms);
	t = call_asleep(test, &c, 1);
	KUNIT_EXPECT_EQ(test, send_sig(SIGUSR1, vmk_thread_task(t), 0), 0);
	vmk_thread_join(test, t);
	KUNIT_EXPECT_EQ(test, c.ret, EINTR);
	KUNIT_EXPECT_EQ(test, vm_wait_count(), 0);

	t = call_asleep(test, &c, 1);
	vmk_set_free(test, 0, 48);
	vmk_thread_join(test, t);
	KUNIT_EXPECT_EQ(test, c.ret, 0);
	vmk_set_free(test, 0, 1024);
}

static void do_wait_not_catching(struct call *c)
{
	allow_signal(SIGUSR1);
	c->ret = vm_wait_doms(&c->wdoms, 0);
	c->locked = signal_pending(current);
}

static void signal_does_not_end_other_waits(struct kunit *test)
{
	struct call c = { .func = do_wait_not_catching };
	struct task_struct *task;
	unsigned long switches;
	struct vmk_thread *t;

	vmk_b4(test);
	vmk_set_free(test, 0, 47);
	DOMAINSET_SET(0, &c.wdoms);
	t = call_asleep(test, &c, 1);
	task = vmk_thread_task(t);
	KUNIT_EXPECT_EQ(test, send_sig(SIGUSR1, task, 0), 0);
	switches = READ_ONCE(task->nvcsw);
	vmk_until(test, wake_up_process(task) && READ_ONCE(task->nvcsw) > switches);
	KUNIT_EXPECT_EQ(test, vm_wait_count(), 1);
	vmk_set_free(test, 0, 48);
	vmk_thread_join(test, t);
	KUNIT_EXPECT_EQ(test, c.ret, 0);
	KUNIT_EXPECT_TRUE(test, c.locked);
	vmk_set_free(test, 0, 1024);
}

static void do_waitpfault_mortally(struct call *c)
{
	allow_signal(SIGKILL);
	vm_waitpfault(&c->dset, c->timo);
}

static void pfault_ends_with_the_task(struct kunit *test)
{
	struct call c = { .func = do_waitpfault_mortally, .timo = INT_MAX };
	struct vmk_thread *t;

	vmk_b4(test);
	vmk_set_free(test, 0, 47);
	DOMAINSET_SET(0, &c.dset.ds_mask);
	t = call_asleep(test, &c, 1);
	KUNIT_EXPECT_EQ(test, send_sig(SIGKILL, vmk_thread_task(t), 0), 0);
	vmk_thread_join(test, t);
	KUNIT_EXPECT_EQ(test, vm_wait_count(), 0);
	KUNIT_EXPECT_TRUE(test, vm_page_count_min());
	vmk_set_free(test, 0, 1024);
}

static void waits_only_when_all_domains_are_short(struct kunit *test)
{
	struct call c = { .func = do_wait_doms };
	struct vmk_thread *t;

	vmk_c2x4(test);
	DOMAINSET_SET(0, &c.wdoms);
	DOMAINSET_SET(1, &c.wdoms);
	vmk_set_free(test, 0, 71);
	call_join(test, &c);
	KUNIT_EXPECT_FALSE(test, c.slept);

	vmk_set_free(test, 1, 71);
	t = call_asleep(test, &c, 1);
	vmk_set_free(test, 1, 72);
	KUNIT_EXPECT_EQ(test, vm_wait_count(), 0);
	vmk_thread_join(test, t);
	KUNIT_EXPECT_EQ(test, c.ret, 0);
	vmk_set_free(test, 0, 1024);
	vmk_set_free(test, 1, 1024);
}

/* As FreeBSD has it: all that sleep for pages sleep on the same channel. */
static void recovery_of_any_domain_wakes(struct kunit *test)
{
	struct call c = { .func = do_wait_domain, .domain = 0 };
	struct vmk_thread *t;

	vmk_c2x4(test);
	vmk_set_free(test, 0, 71);
	vmk_set_free(test, 1, 71);
	t = call_asleep(test, &c, 1);
	vmk_set_free(test, 1, 72);
	KUNIT_EXPECT_EQ(test, vm_wait_count(), 0);
	vmk_thread_join(test, t);
	KUNIT_EXPECT_TRUE(test, vm_page_count_min_domain(0));
	vmk_set_free(test, 0, 1024);
	vmk_set_free(test, 1, 1024);
}

static void empty_set_does_not_wait(struct kunit *test)
{
	struct call doms = { .func = do_wait_doms };
	struct call fault = { .func = do_waitpfault, .timo = INT_MAX };

	vmk_b4(test);
	call_join(test, &doms);
	KUNIT_EXPECT_FALSE(test, doms.slept);
	vmk_set_free(test, 0, 3);
	call_join(test, &doms);
	KUNIT_EXPECT_FALSE(test, doms.slept);
	call_join(test, &fault);
	KUNIT_EXPECT_FALSE(test, fault.slept);

	/* Nor does one with a domain that has no memory and is never short. */
	DOMAINSET_SET(0, &doms.wdoms);
	DOMAINSET_SET(5, &doms.wdoms);
	call_join(test, &doms);
	KUNIT_EXPECT_FALSE(test, doms.slept);
	vmk_set_free(test, 0, 1024);
}

static void domains_that_are_none_are_refused(struct kunit *test)
{
	static const int bad[] = { -1, 1, MAXMEMDOM, INT_MAX, INT_MIN };
	unsigned int i;

	vmk_b4(test);
	vmk_set_free(test, 0, 3);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		vmk_refused(test, vm_wait_domain(bad[i]));
	vmk_set_free(test, 0, 1024);
}

static void wait_min_goes_on_while_any_domain_is_short(struct kunit *test)
{
	struct call c = { .func = do_wait_min };
	struct vmk_thread *t;

	vmk_c2x4(test);
	call_join(test, &c);
	KUNIT_EXPECT_FALSE(test, c.slept);

	vmk_set_free(test, 0, 71);
	vmk_set_free(test, 1, 71);
	t = call_asleep(test, &c, 1);
	vmk_set_free(test, 0, 72);
	vmk_until(test, vm_wait_count() == 1);
	KUNIT_EXPECT_FALSE(test, vmk_thread_done(t));
	vmk_set_free(test, 1, 72);
	vmk_thread_join(test, t);
	vmk_set_free(test, 0, 1024);
	vmk_set_free(test, 1, 1024);
}

static void wait_severe_goes_on_while_any_domain_is_so(struct kunit *test)
{
	struct call c = { .func = do_wait_severe };
	struct vmk_thread *t;

	vmk_c2x4(test);
	vmk_set_free(test, 0, 69);
	vmk_set_free(test, 1, 69);
	call_join(test, &c);
	KUNIT_EXPECT_FALSE(test, c.slept);

	vmk_set_free(test, 0, 68);
	vmk_set_free(test, 1, 68);
	t = call_asleep(test, &c, 1);
	vmk_set_free(test, 0, 69);
	vmk_until(test, vm_wait_count() == 1);
	KUNIT_EXPECT_FALSE(test, vmk_thread_done(t));
	vmk_set_free(test, 1, 69);
	vmk_thread_join(test, t);
	vmk_set_free(test, 0, 1024);
	vmk_set_free(test, 1, 1024);
}

static void each_mark_wakes_its_own_sleepers(struct kunit *test)
{
	struct call severe = { .func = do_wait_severe };
	struct call min = { .func = do_wait_domain };
	struct vmk_thread *t[2];

	vmk_b4(test);
	vmk_set_free(test, 0, 44);
	t[0] = call_asleep(test, &severe, 1);
	t[1] = call_asleep(test, &min, 2);
	vmk_set_free(test, 0, 45);
	KUNIT_EXPECT_EQ(test, vm_wait_count(), 1);
	vmk_thread_join(test, t[0]);
	KUNIT_EXPECT_FALSE(test, vmk_thread_done(t[1]));
	vmk_set_free(test, 0, 48);
	KUNIT_EXPECT_EQ(test, vm_wait_count(), 0);
	vmk_thread_join(test, t[1]);

	/* Both marks in one step. */
	vmk_set_free(test, 0, 3);
	t[0] = call_asleep(test, &severe, 1);
	t[1] = call_asleep(test, &min, 2);
	vmk_set_free(test, 0, 1024);
	KUNIT_EXPECT_EQ(test, vm_wait_count(), 0);
	vmk_thread_join(test, t[0]);
	vmk_thread_join(test, t[1]);
}

static void free_in_hardirq(void *arg)
{
	vm_page_free(arg);
}

static void page_freed_in_hard_interrupt_wakes(struct kunit *test)
{
	struct call c[] = {
		{ .func = do_wait_domain }, { .func = do_wait_severe },
		{ .func = do_waitpfault, .timo = INT_MAX },
	};
	struct vmk_thread *t[ARRAY_SIZE(c)];
	unsigned int i;
	vm_page_t m;

	vmk_b4(test);
	/* One that no CPU keeps. */
	m = vm_page_alloc_freelist(VM_FREELIST_DEFAULT, VM_ALLOC_NORMAL);
	KUNIT_ASSERT_NOT_NULL(test, m);
	vmk_set_free(test, 0, 44);
	DOMAINSET_SET(0, &c[2].dset.ds_mask);
	for (i = 0; i < ARRAY_SIZE(c); i++)
		t[i] = call_asleep(test, &c[i], i + 1);
	/* Both marks at once, so that one page is enough. */
	VM_DOMAIN(0)->vmd_free_min = B4_SEVERE;
	vmk_in_hardirq(test, free_in_hardirq, m);
	KUNIT_EXPECT_EQ(test, vm_wait_count(), 0);
	for (i = 0; i < ARRAY_SIZE(c); i++)
		vmk_thread_join(test, t[i]);
	VM_DOMAIN(0)->vmd_free_min = B4_MIN;
	vmk_set_free(test, 0, 1024);
}

static void new_marks_wake_who_is_above_them(struct kunit *test)
{
	struct call c = { .func = do_wait_domain };
	struct vmk_thread *t;

	vmk_c2x4(test);
	vmk_set_free(test, 0, 71);
	t = call_asleep(test, &c, 1);
	/* Less than 2000 pages in all: the marks go down by 24. */
	KUNIT_EXPECT_EQ(test, vm_mem_remove_chunk(VMK_BASE + 0x100000000ULL), 0);
	KUNIT_EXPECT_EQ(test, vm_wait_count(), 0);
	vmk_thread_join(test, t);
	vmk_set_free(test, 0, 1024);
}

/* What vm_waiters_show() prints. */
static const char *waiters_text(struct kunit *test)
{
	struct seq_file *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, s);
	s->buf = kunit_kzalloc(test, TEXT_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, s->buf);
	s->size = TEXT_SIZE;
	vm_waiters_show(s);
	KUNIT_ASSERT_LT(test, s->count, s->size);
	return s->buf;
}

#define WAITERS_HEAD	"MESSAGE            PID COMM                    MS\n"

/* The line of a waiter: its fields, and what follows it. */
static const char *expect_waiter(struct kunit *test, const char *line, const char *message,
				 struct vmk_thread *t)
{
	char msg[16], comm[16], again[64];
	unsigned int ms;
	int n, pid, len;

	n = sscanf(line, "%15s %d %15s %u", msg, &pid, comm, &ms);
	KUNIT_ASSERT_EQ(test, n, 4);
	KUNIT_EXPECT_STREQ(test, msg, message);
	KUNIT_EXPECT_EQ(test, pid, task_pid_nr(vmk_thread_task(t)));
	KUNIT_EXPECT_STREQ(test, comm, "vmk");
	KUNIT_EXPECT_LT(test, ms, 60 * MSEC_PER_SEC);
	len = scnprintf(again, sizeof(again), "%-14s %7d %-15s %10u\n", msg, pid, comm, ms);
	KUNIT_EXPECT_EQ(test, strncmp(line, again, len), 0);
	return line + len;
}

static void waiters_are_shown_and_counted(struct kunit *test)
{
	struct call c[] = {
		{ .func = do_wait_severe }, { .func = do_waitpfault, .timo = INT_MAX },
		{ .func = do_noobj_waitok },
	};
	struct vmk_thread *t[ARRAY_SIZE(c)];
	const char *line;
	unsigned int i;

	vmk_b4(test);
	KUNIT_EXPECT_EQ(test, vm_wait_count(), 0);
	KUNIT_EXPECT_STREQ(test, waiters_text(test), WAITERS_HEAD);
	vmk_set_free(test, 0, B4_RESERVED);
	DOMAINSET_SET(0, &c[1].dset.ds_mask);
	for (i = 0; i < ARRAY_SIZE(c); i++)
		t[i] = call_asleep(test, &c[i], i + 1);

	line = waiters_text(test);
	KUNIT_EXPECT_EQ(test, strncmp(line, WAITERS_HEAD, strlen(WAITERS_HEAD)), 0);
	line += strlen(WAITERS_HEAD);
	line = expect_waiter(test, line, "vmwait", t[0]);
	line = expect_waiter(test, line, "pfault", t[1]);
	line = expect_waiter(test, line, "vmwait", t[2]);
	KUNIT_EXPECT_STREQ(test, line, "");

	vmk_set_free(test, 0, 1024);
	KUNIT_EXPECT_STREQ(test, waiters_text(test), WAITERS_HEAD);
	vmk_thread_join(test, t[2]);
	vmk_thread_join(test, t[0]);
	vmk_thread_join(test, t[1]);
	KUNIT_ASSERT_NOT_NULL(test, c[2].m);
	vmk_hold(test, c[2].m, 1);
}

static void waiting_time_is_shown(struct kunit *test)
{
	struct call c = { .func = do_wait_domain };
	struct vmk_thread *t;
	unsigned int ms = 0;

	vmk_b4(test);
	vmk_set_free(test, 0, 47);
	t = call_asleep(test, &c, 1);
	vmk_until(test, sscanf(waiters_text(test) + strlen(WAITERS_HEAD), "%*s %*d %*s %u",
			       &ms) == 1 && ms >= 30);
	vmk_set_free(test, 0, 1024);
	vmk_thread_join(test, t);
}

/* The page daemon */

static void do_wait_domain_as_pageproc(struct call *c)
{
	vmk_set_pageproc(true);
	vm_wait_domain(c->domain);
}

static void do_wait_doms_as_pageproc(struct call *c)
{
	vmk_set_pageproc(true);
	c->ret = vm_wait_doms(&c->wdoms, 0);
}

static void page_daemon_waits_for_pageout_free_min(struct kunit *test)
{
	struct call c = { .func = do_wait_domain_as_pageproc };
	struct vmk_thread *t;

	vmk_c2x4(test);
	vmk_set_free(test, 0, 34);
	call_join(test, &c);
	KUNIT_EXPECT_FALSE(test, c.slept);

	vmk_set_free(test, 0, 33);
	vmk_set_free(test, 1, 33);
	t = call_asleep(test, &c, 1);
	expect_waiter(test, waiters_text(test) + strlen(WAITERS_HEAD), "VMWait", t);
	/* The other domain's pages are not what it waits for. */
	vmk_set_free(test, 1, 1024);
	KUNIT_EXPECT_EQ(test, vm_wait_count(), 1);
	vmk_set_free(test, 0, 34);
	KUNIT_EXPECT_EQ(test, vm_wait_count(), 0);
	vmk_thread_join(test, t);
	KUNIT_EXPECT_TRUE(test, vm_page_count_severe_domain(0));
	vmk_set_free(test, 0, 1024);
}

static void page_daemon_always_waits_a_tick_for_domains(struct kunit *test)
{
	struct call c = { .func = do_wait_doms_as_pageproc };

	vmk_b4(test);
	/* Who is preempted while the tick ends does not fall asleep any more. */
	call_join(test, &c);
	KUNIT_EXPECT_GE(test, c.ticks, 1);
	KUNIT_EXPECT_EQ(test, c.ret, 0);

	/* A short domain makes no difference. */
	vmk_set_free(test, 0, 3);
	DOMAINSET_SET(0, &c.wdoms);
	call_join(test, &c);
	KUNIT_EXPECT_GE(test, c.ticks, 1);
	vmk_set_free(test, 0, 1024);
}

/* Many */

#define NSLEEPERS	4

static void do_wait_often(struct call *c)
{
	int i;

	for (i = 0; i < 300; i++) {
		vm_wait_domain(0);
		vm_wait_severe();
		vm_waitpfault(&c->dset, INT_MAX);
	}
}

/* Everybody gets through, however the marks are crossed in the meantime. */
static void no_wakeup_is_lost(struct kunit *test)
{
	struct call c[NSLEEPERS] = {};
	struct vmk_thread *t[NSLEEPERS];
	unsigned int i;

	vmk_b4(test);
	for (i = 0; i < NSLEEPERS; i++) {
		c[i].func = do_wait_often;
		DOMAINSET_SET(0, &c[i].dset.ds_mask);
		t[i] = call_start(test, &c[i]);
	}
	while (number_done(t, NSLEEPERS) < NSLEEPERS) {
		for (i = 0; i < 20; i++)
			vmk_set_free(test, 0, 42 + vmk_random_below(9));
		vmk_set_free(test, 0, 48);
		cond_resched();
	}
	for (i = 0; i < NSLEEPERS; i++)
		vmk_thread_join(test, t[i]);
	vmk_set_free(test, 0, 1024);
}

/* The audit and the end of the allocator notice who was forgotten. */

static void audit_finds_a_forgotten_sleeper(struct kunit *test)
{
	static void (*const func[])(struct call *c) = {
		do_wait_domain, do_wait_severe, do_waitpfault,
	};
	struct call c = { .timo = INT_MAX };
	struct vmk_thread *t;
	unsigned int i;

	vmk_b4(test);
	DOMAINSET_SET(0, &c.dset.ds_mask);
	for (i = 0; i < ARRAY_SIZE(func); i++) {
		vmk_set_free(test, 0, 3);
		c.func = func[i];
		t = call_asleep(test, &c, 1);
		DOMAINSET_CLR(0, &vm_min_domains);
		DOMAINSET_CLR(0, &vm_severe_domains);
		vmk_expect_audit_finds(test, "and no domain is short");
		DOMAINSET_SET(0, &vm_min_domains);
		DOMAINSET_SET(0, &vm_severe_domains);
		vmk_set_free(test, 0, 1024);
		vmk_thread_join(test, t);
	}
}

static void reset_reports_a_forgotten_sleeper(struct kunit *test)
{
	struct call c = { .func = do_wait_domain };
	struct vmk_thread *t;

	vmk_b4(test);
	vmk_set_free(test, 0, 3);
	t = call_asleep(test, &c, 1);
	vmk_reported(test, vm_domain_reset());
	vm_domain_set_thresholds();
	vmk_set_free(test, 0, 1024);
	vmk_thread_join(test, t);
}

static struct kunit_case vmpage_domain_wait_cases[] = {
	KUNIT_CASE(W13_asleep_until_free_min),
	KUNIT_CASE(W15_waitok_returns_a_page),
	KUNIT_CASE(waitfail_fails_although_there_is_plenty_by_now),
	KUNIT_CASE(W17_fragmentation_does_not_sleep),
	KUNIT_CASE(W18_object_is_unlocked_while_asleep),
	KUNIT_CASE(object_is_unlocked_without_a_wait),
	KUNIT_CASE(only_waitok_is_tried_again),
	KUNIT_CASE(W19_no_wait_at_free_min),
	KUNIT_CASE(W20_pfault_waits_no_longer_than_told),
	KUNIT_CASE(pfault_ends_with_the_wake),
	KUNIT_CASE(all_sleepers_are_released_together),
	KUNIT_CASE(nobody_is_promised_a_page),
	KUNIT_CASE(one_wake_is_one_return),
	KUNIT_CASE(pfault_sleepers_are_woken_last),
	KUNIT_CASE(stray_wakeups_do_not_end_a_wait),
	KUNIT_CASE(signal_ends_a_wait_that_catches_it),
	KUNIT_CASE(signal_does_not_end_other_waits),
	KUNIT_CASE(pfault_ends_with_the_task),
	KUNIT_CASE(waits_only_when_all_domains_are_short),
	KUNIT_CASE(recovery_of_any_domain_wakes),
	KUNIT_CASE(empty_set_does_not_wait),
	KUNIT_CASE(domains_that_are_none_are_refused),
	KUNIT_CASE(wait_min_goes_on_while_any_domain_is_short),
	KUNIT_CASE(wait_severe_goes_on_while_any_domain_is_so),
	KUNIT_CASE(each_mark_wakes_its_own_sleepers),
	KUNIT_CASE(page_freed_in_hard_interrupt_wakes),
	KUNIT_CASE(new_marks_wake_who_is_above_them),
	KUNIT_CASE(waiters_are_shown_and_counted),
	KUNIT_CASE(waiting_time_is_shown),
	KUNIT_CASE(page_daemon_waits_for_pageout_free_min),
	KUNIT_CASE(page_daemon_always_waits_a_tick_for_domains),
	KUNIT_CASE(no_wakeup_is_lost),
	KUNIT_CASE(audit_finds_a_forgotten_sleeper),
	KUNIT_CASE(reset_reports_a_forgotten_sleeper),
	{}
};

static struct kunit_suite vmpage_domain_wait_suite = {
	.name = "vmpage_domain_wait",
	.init = vmk_init,
	.exit = vmk_exit,
	.test_cases = vmpage_domain_wait_cases,
};

kunit_test_suite(vmpage_domain_wait_suite);
