// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Waiting for a busied page.
 */
#include <linux/sched/signal.h>
#include <linux/wait_bit.h>
#include "kunit_fixture.h"

/* A thread that waits for a page, and what became of it. */
struct waiter {
	vm_object_t object;
	vm_page_t m;
	int req;
	atomic_t *begun;		/* counts those that have the lock, or NULL */
	bool result;
	bool owned;			/* the object was locked afterwards */
	u_int word;			/* the busy word afterwards */
};

static void wait_by_sleep(void *arg)
{
	struct waiter *w = arg;

	VM_OBJECT_WLOCK(w->object);
	if (w->begun)
		atomic_inc(w->begun);
	w->result = vm_page_busy_sleep(w->m, "test", w->req);
	w->owned = VM_OBJECT_WOWNED(w->object);
	if (w->owned)
		VM_OBJECT_WUNLOCK(w->object);
}

static void wait_by_acquire(void *arg)
{
	struct waiter *w = arg;

	VM_OBJECT_WLOCK(w->object);
	w->result = vm_page_busy_acquire(w->m, w->req);
	w->word = w->m->busy_lock;
	w->owned = VM_OBJECT_WOWNED(w->object);
	if (w->result && (w->req & (VM_ALLOC_SBUSY | VM_ALLOC_IGN_SBUSY)))
		vm_page_sunbusy(w->m);
	else if (w->result)
		vm_page_xunbusy(w->m);
	VM_OBJECT_WUNLOCK(w->object);
}

/* Page 0 of a new object, busied by the case, and a thread that waits for it. */
static struct vmk_thread *start_waiter(struct kunit *test, struct waiter *w,
				       void (*func)(void *arg))
{
	struct vmk_thread *t;

	w->object = vmk_object(test, VMK_O, 8);
	w->m = vmk_alloc(test, w->object, 0);
	t = vmk_thread_start(test, func, w);
	vmk_until(test, vmk_page_is_waited_for(w->m));
	return t;
}

static void free_page_of(vm_page_t m)
{
	const vm_object_t object = m->object;

	VM_OBJECT_WLOCK(object);
	vm_page_free(m);
	VM_OBJECT_WUNLOCK(object);
}

static void remove_and_free(vm_page_t m)
{
	const vm_object_t object = m->object;

	VM_OBJECT_WLOCK(object);
	vm_page_remove(m);
	VM_OBJECT_WUNLOCK(object);
	vm_page_free(m);
}

static void replace_by_another(vm_page_t m)
{
	const vm_object_t object = m->object;
	vm_page_t mnew;

	VM_OBJECT_WLOCK(object);
	mnew = vm_page_alloc(object, 1, VM_ALLOC_NORMAL);
	if (mnew) {
		vm_page_remove_xbusy(mnew);
		vm_page_replace(mnew, object, 0, m);
	}
	VM_OBJECT_WUNLOCK(object);
}

static void downgrade_and_drop(vm_page_t m)
{
	vm_page_busy_downgrade(m);
	vm_page_sunbusy(m);
}

static void downgrade_and_upgrade(vm_page_t m)
{
	vm_page_busy_downgrade(m);
	vm_page_busy_tryupgrade(m);
	vm_page_xunbusy(m);
}

static const struct end_case {
	const char *name;
	void (*end)(vm_page_t m);
} end_cases[] = {
	{ "xunbusy", vm_page_xunbusy },
	{ "downgrade_and_sunbusy", downgrade_and_drop },
	{ "downgrade_and_upgrade", downgrade_and_upgrade },
	{ "free", free_page_of },
	{ "remove", remove_and_free },
	{ "replace", replace_by_another },
};

static void end_desc(const struct end_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(end, end_cases, end_desc);

static void every_end_of_a_busy_wakes(struct kunit *test)
{
	const struct end_case *c = test->param_value;
	struct waiter w = {};
	struct vmk_thread *t;

	vmk_b4(test);
	t = start_waiter(test, &w, wait_by_sleep);
	KUNIT_EXPECT_FALSE(test, vmk_thread_done(t));
	c->end(w.m);
	vmk_thread_join(test, t);
	KUNIT_EXPECT_TRUE(test, w.result);
	KUNIT_EXPECT_FALSE(test, w.owned);
	KUNIT_EXPECT_FALSE(test, vmk_page_is_waited_for(w.m));
}

static void L04_downgrade_lets_a_waiting_sharer_in(struct kunit *test)
{
	struct waiter w = { .req = VM_ALLOC_SBUSY };
	struct vmk_thread *t;

	vmk_b4(test);
	t = start_waiter(test, &w, wait_by_acquire);
	vm_page_busy_downgrade(w.m);
	vmk_thread_join(test, t);
	KUNIT_EXPECT_TRUE(test, w.result);
	KUNIT_EXPECT_EQ(test, w.word, 0x11);
	KUNIT_EXPECT_EQ(test, w.m->busy_lock, 0x9);
	vm_page_sunbusy(w.m);
}

static void L06_acquire_may_fail(struct kunit *test)
{
	struct waiter w = { .req = VM_ALLOC_WAITFAIL };
	struct vmk_thread *t;
	u_int word;

	vmk_b4(test);
	t = start_waiter(test, &w, wait_by_acquire);
	word = w.m->busy_lock;
	VM_OBJECT_WLOCK(w.object);
	KUNIT_EXPECT_FALSE(test, vm_page_busy_acquire(w.m, VM_ALLOC_NOWAIT));
	KUNIT_EXPECT_TRUE(test, VM_OBJECT_WOWNED(w.object));
	VM_OBJECT_WUNLOCK(w.object);
	KUNIT_EXPECT_EQ(test, w.m->busy_lock, word);

	KUNIT_EXPECT_FALSE(test, vmk_thread_done(t));
	vm_page_xunbusy(w.m);
	vmk_thread_join(test, t);
	KUNIT_EXPECT_FALSE(test, w.result);
	KUNIT_EXPECT_TRUE(test, w.owned);
	KUNIT_EXPECT_EQ(test, w.m->busy_lock, VPB_UNBUSIED);
}

static void earlier_sharers_do_not_wake(struct kunit *test)
{
	struct waiter w = {};
	struct vmk_thread *t;

	vmk_b4(test);
	w.object = vmk_object(test, VMK_O, 8);
	w.m = vmk_alloc_req(test, w.object, 0, VM_ALLOC_SBUSY);
	KUNIT_ASSERT_NOT_NULL(test, w.m);
	t = vmk_thread_start(test, wait_by_acquire, &w);
	vmk_until(test, vmk_page_is_waited_for(w.m) && vmk_thread_is_asleep(t));

	/* Sharers are let in while somebody waits; nobody else is. */
	KUNIT_EXPECT_EQ(test, vm_page_trysbusy(w.m), 1);
	KUNIT_EXPECT_EQ(test, vm_page_tryxbusy(w.m), 0);
	KUNIT_EXPECT_EQ(test, w.m->busy_lock, 0x11 | VPB_BIT_WAITERS);
	vm_page_sunbusy(w.m);
	KUNIT_EXPECT_EQ(test, w.m->busy_lock, 0x9 | VPB_BIT_WAITERS);
	KUNIT_EXPECT_TRUE(test, vmk_thread_is_asleep(t));

	vm_page_sunbusy(w.m);
	vmk_thread_join(test, t);
	KUNIT_EXPECT_TRUE(test, w.result);
	KUNIT_EXPECT_EQ(test, w.m->busy_lock, VPB_UNBUSIED);
}

#define NWAITERS 3

static void all_waiters_wake_together(struct kunit *test)
{
	struct vmk_thread *t[NWAITERS];
	struct waiter w[NWAITERS] = {};
	atomic_t begun = ATOMIC_INIT(0);
	vm_object_t object;
	vm_page_t m;
	int i;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	m = vmk_alloc(test, object, 0);
	for (i = 0; i < NWAITERS; i++) {
		w[i].object = object;
		w[i].m = m;
		w[i].begun = &begun;
		t[i] = vmk_thread_start(test, wait_by_sleep, &w[i]);
	}
	vmk_until(test, atomic_read(&begun) == NWAITERS);
	/* Whoever has counted himself unlocks the object once he is queued. */
	VM_OBJECT_WLOCK(object);
	VM_OBJECT_WUNLOCK(object);

	vm_page_xunbusy(m);
	for (i = 0; i < NWAITERS; i++) {
		vmk_thread_join(test, t[i]);
		KUNIT_EXPECT_TRUE(test, w[i].result);
	}
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_UNBUSIED);
}

static void unbusy_in_hard_interrupt(void *arg)
{
	vm_page_sunbusy(arg);
}

static void hard_interrupt_wakes(struct kunit *test)
{
	struct waiter w = {};
	struct vmk_thread *t;

	vmk_b4(test);
	w.object = vmk_object(test, VMK_O, 8);
	w.m = vmk_alloc_req(test, w.object, 0, VM_ALLOC_SBUSY);
	KUNIT_ASSERT_NOT_NULL(test, w.m);
	t = vmk_thread_start(test, wait_by_sleep, &w);
	vmk_until(test, vmk_page_is_waited_for(w.m));
	vmk_in_hardirq(test, unbusy_in_hard_interrupt, w.m);
	vmk_thread_join(test, t);
	KUNIT_EXPECT_TRUE(test, w.result);
}

static void only_the_page_itself_wakes(struct kunit *test)
{
	struct waiter w = {};
	struct vmk_thread *t;
	vm_page_t other;
	int i;

	vmk_b4(test);
	t = start_waiter(test, &w, wait_by_sleep);
	vmk_until(test, vmk_thread_is_asleep(t));

	/* Made to run for no reason. */
	for (i = 0; i < 3; i++) {
		wake_up_process(vmk_thread_task(t));
		vmk_until(test, vmk_thread_is_asleep(t) || vmk_thread_done(t));
	}
	KUNIT_EXPECT_FALSE(test, vmk_thread_done(t));

	/* A page whose sleepers share the queue. */
	for (other = w.m + 1; __var_waitqueue(&other->busy_lock) !=
			      __var_waitqueue(&w.m->busy_lock); other++)
		KUNIT_ASSERT_LT(test, vmk_off(other), ptoa(1023));
	wake_up_var(&other->busy_lock);
	KUNIT_EXPECT_TRUE(test, vmk_thread_is_asleep(t));
	KUNIT_EXPECT_FALSE(test, vmk_thread_done(t));

	vm_page_xunbusy(w.m);
	vmk_thread_join(test, t);
	KUNIT_EXPECT_TRUE(test, w.result);
}

static void nothing_to_wait_for_keeps_the_lock(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m, shared;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	m = vmk_alloc_req(test, object, 0, VM_ALLOC_NOBUSY);
	shared = vmk_alloc_req(test, object, 1, VM_ALLOC_SBUSY);
	KUNIT_ASSERT_TRUE(test, m && shared);

	VM_OBJECT_WLOCK(object);
	KUNIT_EXPECT_FALSE(test, vm_page_busy_sleep(m, "test", 0));
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_UNBUSIED);
	KUNIT_EXPECT_FALSE(test, vm_page_busy_sleep(shared, "test", VM_ALLOC_SBUSY));
	KUNIT_EXPECT_FALSE(test, vm_page_busy_sleep(shared, "test", VM_ALLOC_IGN_SBUSY));
	KUNIT_EXPECT_EQ(test, shared->busy_lock, 0x9);
	KUNIT_EXPECT_TRUE(test, VM_OBJECT_WOWNED(object));
	VM_OBJECT_WUNLOCK(object);

	vmk_refused(test, KUNIT_EXPECT_FALSE(test, vm_page_busy_sleep(shared, "test", 0)));
	KUNIT_EXPECT_EQ(test, shared->busy_lock, 0x9);
}

/* Waiting without a lock */

static void wait_unlocked(void *arg)
{
	struct waiter *w = arg;

	vm_page_busy_sleep_unlocked(w->object, w->m, 0, "test", w->req);
	w->result = true;
}

static void unlocked_sleep_ends_with_the_busy(struct kunit *test)
{
	struct waiter w = {};
	struct vmk_thread *t;

	vmk_b4(test);
	t = start_waiter(test, &w, wait_unlocked);
	vmk_until(test, vmk_thread_is_asleep(t));

	/* The page goes elsewhere first: the sleeper learns of that when it is unbusied. */
	VM_OBJECT_WLOCK(w.object);
	vm_page_valid(w.m);
	KUNIT_EXPECT_EQ(test, vm_page_rename(w.m, w.object, 5), 0);
	VM_OBJECT_WUNLOCK(w.object);
	KUNIT_EXPECT_FALSE(test, vmk_thread_done(t));
	vm_page_xunbusy(w.m);
	vmk_thread_join(test, t);
	KUNIT_EXPECT_TRUE(test, w.result);
}

static void unlocked_sleep_is_for_the_page_at_its_place(struct kunit *test)
{
	vm_object_t object, other;
	vm_page_t m, shared;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	other = vmk_object(test, VMK_O, 8);
	m = vmk_alloc(test, object, 0);
	shared = vmk_alloc_req(test, object, 1, VM_ALLOC_SBUSY);
	KUNIT_ASSERT_NOT_NULL(test, shared);

	/* Each of these would sleep for ever. */
	vm_page_busy_sleep_unlocked(other, m, 0, "test", 0);
	vm_page_busy_sleep_unlocked(object, m, 1, "test", 0);
	vm_page_busy_sleep_unlocked(object, shared, 1, "test", VM_ALLOC_IGN_SBUSY);
	KUNIT_EXPECT_EQ(test, shared->busy_lock, 0x9);

	/* On its way in a page has its place before it has a busy word. */
	m->busy_lock = VPB_FREED;
	vm_page_busy_sleep_unlocked(object, m, 0, "test", 0);
	KUNIT_EXPECT_TRUE(test, vm_page_busy_freed(m));
	m->busy_lock = VPB_CURTHREAD_EXCLUSIVE;

	vmk_free(test, m);
	vm_page_busy_sleep_unlocked(object, m, 0, "test", 0);
	KUNIT_EXPECT_TRUE(test, vm_page_busy_freed(m));

	VM_OBJECT_WLOCK(object);
	vmk_refused(test, vm_page_busy_sleep_unlocked(object, shared, 1, "test", 0));
	VM_OBJECT_WUNLOCK(object);
	KUNIT_EXPECT_EQ(test, shared->busy_lock, 0x9);
}

/* Acquiring */

static void acquire_unlocks_the_object_while_it_sleeps(struct kunit *test)
{
	struct waiter w = { .req = VM_ALLOC_WIRED };
	struct vmk_thread *t;

	vmk_b4(test);
	t = start_waiter(test, &w, wait_by_acquire);
	VM_OBJECT_WLOCK(w.object);
	KUNIT_EXPECT_FALSE(test, vm_page_wired(w.m));
	vm_page_xunbusy(w.m);
	VM_OBJECT_WUNLOCK(w.object);
	vmk_thread_join(test, t);
	KUNIT_EXPECT_TRUE(test, w.result);
	KUNIT_EXPECT_TRUE(test, w.owned);
	KUNIT_EXPECT_TRUE(test, w.word & VPB_BIT_EXCLUSIVE);
	KUNIT_EXPECT_EQ(test, vmk_wired(), 1);
	vm_page_unwire(w.m, PQ_INACTIVE);
}

static void acquire_busies_as_asked(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	m = vmk_alloc_req(test, object, 0, VM_ALLOC_NOBUSY);
	KUNIT_ASSERT_NOT_NULL(test, m);

	VM_OBJECT_WLOCK(object);
	KUNIT_EXPECT_TRUE(test, vm_page_busy_acquire(m, VM_ALLOC_NOWAIT));
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_CURTHREAD_EXCLUSIVE);
	vm_page_xunbusy(m);
	KUNIT_EXPECT_TRUE(test, vm_page_busy_acquire(m, VM_ALLOC_SBUSY));
	KUNIT_EXPECT_TRUE(test, vm_page_busy_acquire(m, VM_ALLOC_IGN_SBUSY));
	KUNIT_EXPECT_EQ(test, m->busy_lock, 0x11);
	KUNIT_EXPECT_FALSE(test, vm_page_busy_acquire(m, VM_ALLOC_NOWAIT));
	VM_OBJECT_WUNLOCK(object);
	vm_page_sunbusy(m);
	vm_page_sunbusy(m);
	KUNIT_EXPECT_FALSE(test, vm_page_wired(m));

	/* Without the lock only a wiring keeps the page. */
	vmk_refused(test, KUNIT_EXPECT_FALSE(test, vm_page_busy_acquire(m, 0)));
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_UNBUSIED);
	KUNIT_EXPECT_EQ(test, vm_page_tryxbusy(m), 1);
	vm_page_wire(m);
	vm_page_xunbusy(m);
	KUNIT_EXPECT_TRUE(test, vm_page_busy_acquire(m, 0));
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_CURTHREAD_EXCLUSIVE);
	vm_page_unwire(m, PQ_INACTIVE);
}

static void acquire_gives_up_when_the_page_goes(struct kunit *test)
{
	static void (* const go[])(vm_page_t m) = { free_page_of, remove_and_free };
	unsigned int i;

	vmk_b4(test);
	for (i = 0; i < ARRAY_SIZE(go); i++) {
		struct waiter w = {};
		struct vmk_thread *t = start_waiter(test, &w, wait_by_acquire);

		go[i](w.m);
		vmk_thread_join(test, t);
		KUNIT_EXPECT_FALSE(test, w.result);
		KUNIT_EXPECT_TRUE(test, w.owned);
	}
}

static void acquire_gives_up_when_the_page_moves(struct kunit *test)
{
	int i;

	vmk_b4(test);
	for (i = 0; i < 2; i++) {
		struct waiter w = {};
		struct vmk_thread *t = start_waiter(test, &w, wait_by_acquire);
		vm_object_t to = i ? vmk_object(test, VMK_O, 8) : w.object;

		/* To another index, or to the same one of another object. */
		VM_OBJECT_WLOCK(w.object);
		KUNIT_EXPECT_TRUE(test, to == w.object || VM_OBJECT_TRYWLOCK(to));
		vm_page_valid(w.m);
		KUNIT_EXPECT_EQ(test, vm_page_rename(w.m, to, i ? 0 : 5), 0);
		vm_page_xunbusy(w.m);
		if (to != w.object)
			VM_OBJECT_WUNLOCK(to);
		VM_OBJECT_WUNLOCK(w.object);
		vmk_thread_join(test, t);
		KUNIT_EXPECT_FALSE(test, w.result);
		KUNIT_EXPECT_TRUE(test, w.owned);
		KUNIT_EXPECT_EQ(test, w.m->busy_lock, VPB_UNBUSIED);
	}
}

static void busied_object_is_waited_for(struct kunit *test)
{
	struct waiter w = {};
	struct vmk_thread *t;

	vmk_b4(test);
	w.object = vmk_object(test, VMK_O, 8);
	w.m = vmk_alloc_req(test, w.object, 0, VM_ALLOC_NOBUSY);
	KUNIT_ASSERT_NOT_NULL(test, w.m);
	vm_object_busy(w.object);
	vm_object_busy(w.object);
	VM_OBJECT_WLOCK(w.object);
	KUNIT_EXPECT_FALSE(test, vm_page_busy_acquire(w.m, VM_ALLOC_NOWAIT));
	VM_OBJECT_WUNLOCK(w.object);

	t = vmk_thread_start(test, wait_by_acquire, &w);
	vmk_until(test, vmk_thread_is_asleep(t));
	/* It has the lock until it waits for the object, and not for the page. */
	VM_OBJECT_WLOCK(w.object);
	VM_OBJECT_WUNLOCK(w.object);
	vm_object_unbusy(w.object);
	KUNIT_EXPECT_TRUE(test, vmk_thread_is_asleep(t));
	KUNIT_EXPECT_EQ(test, w.m->busy_lock, VPB_UNBUSIED);
	vm_object_unbusy(w.object);
	vmk_thread_join(test, t);
	KUNIT_EXPECT_TRUE(test, w.result);
}

/* Owners and assertions */

static void busy_page(void *arg)
{
	vm_page_tryxbusy(arg);
}

static void claim_makes_a_busy_mine(struct kunit *test)
{
	vm_page_t m;

	vmk_b4(test);
	m = vmk_noobj(test);
	vmk_refused(test, vm_page_xbusy_claim(m));
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_UNBUSIED);

	vmk_in_thread(test, busy_page, m);
	m->busy_lock |= VPB_BIT_WAITERS;
	vmk_refused(test, vm_page_xunbusy(m));
	vm_page_xbusy_claim(m);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_CURTHREAD_EXCLUSIVE | VPB_BIT_WAITERS);
	vm_page_xunbusy(m);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_UNBUSIED);

	vmk_free(test, m);
	vmk_refused(test, vm_page_xbusy_claim(m));
	KUNIT_EXPECT_TRUE(test, vm_page_busy_freed(m));
}

static void assertions_tell_the_states_apart(struct kunit *test)
{
	vm_page_t m;

	vmk_b4(test);
	m = vmk_noobj(test);
	vmk_refused(test, KUNIT_EXPECT_FALSE(test, vm_page_assert_busied(m)));
	vmk_refused(test, KUNIT_EXPECT_FALSE(test, vm_page_assert_sbusied(m)));
	vmk_refused(test, KUNIT_EXPECT_FALSE(test, vm_page_assert_xbusied(m)));
	KUNIT_EXPECT_TRUE(test, vm_page_assert_unbusied(m));

	KUNIT_EXPECT_EQ(test, vm_page_trysbusy(m), 1);
	KUNIT_EXPECT_TRUE(test, vm_page_assert_busied(m));
	KUNIT_EXPECT_TRUE(test, vm_page_assert_sbusied(m));
	vmk_refused(test, KUNIT_EXPECT_FALSE(test, vm_page_assert_xbusied(m)));
	KUNIT_EXPECT_TRUE(test, vm_page_assert_unbusied(m));
	KUNIT_EXPECT_EQ(test, vm_page_busy_tryupgrade(m), 1);

	KUNIT_EXPECT_TRUE(test, vm_page_assert_busied(m));
	vmk_refused(test, KUNIT_EXPECT_FALSE(test, vm_page_assert_sbusied(m)));
	KUNIT_EXPECT_TRUE(test, vm_page_assert_xbusied(m));
	vmk_refused(test, KUNIT_EXPECT_FALSE(test, vm_page_assert_unbusied(m)));
	vm_page_xunbusy(m);

	/* Another task's is busied, but not by me. */
	vmk_in_thread(test, busy_page, m);
	KUNIT_EXPECT_TRUE(test, vm_page_assert_busied(m));
	vmk_refused(test, KUNIT_EXPECT_FALSE(test, vm_page_assert_xbusied(m)));
	KUNIT_EXPECT_TRUE(test, vm_page_assert_unbusied(m));
	vm_page_xbusy_claim(m);
	vm_page_xunbusy(m);
}

/* Two threads */

#define HAMMER_ROUNDS 2000

struct hammer {
	vm_object_t object;
	vm_page_t m;
	unsigned long counter;		/* changed by whoever has the page exclusively */
};

struct hammer_thread {
	struct hammer *shared;
	unsigned long mine;		/* what this thread added to the counter */
	unsigned long broken;		/* changes while it had the page, and refusals */
	int seed;
};

/* Keep the page for a while, seldom long enough to make others sleep. */
static void hammer_pause(int round)
{
	if (round % 16)
		cpu_relax();
	else
		usleep_range(1, 10);
}

/* One more, by somebody who has the page exclusively. */
static void hammer_count(struct hammer_thread *h, int round)
{
	const unsigned long seen = READ_ONCE(h->shared->counter);

	hammer_pause(round);
	h->broken += READ_ONCE(h->shared->counter) != seen;
	WRITE_ONCE(h->shared->counter, seen + 1);
	h->mine++;
}

static void hammer_exclusively(struct hammer_thread *h, int round)
{
	hammer_count(h, round);
	if (round % 5) {
		vm_page_xunbusy(h->shared->m);
	} else {
		vm_page_busy_downgrade(h->shared->m);
		vm_page_sunbusy(h->shared->m);
	}
}

static void hammer_shared(struct hammer_thread *h, int round)
{
	const unsigned long seen = READ_ONCE(h->shared->counter);

	hammer_pause(round);
	h->broken += READ_ONCE(h->shared->counter) != seen;
	if (vm_page_busy_tryupgrade(h->shared->m))
		hammer_exclusively(h, round);
	else
		vm_page_sunbusy(h->shared->m);
}

static void hammer_func(void *arg)
{
	struct hammer_thread *h = arg;
	int i;

	for (i = 0; i < HAMMER_ROUNDS; i++) {
		const int req = (i + h->seed) % 3 ? 0 : VM_ALLOC_SBUSY;

		VM_OBJECT_WLOCK(h->shared->object);
		h->broken += !vm_page_busy_acquire(h->shared->m, req);
		VM_OBJECT_WUNLOCK(h->shared->object);
		if (req)
			hammer_shared(h, i);
		else
			hammer_exclusively(h, i);
	}
}

static void exclusive_busy_guards_a_counter(struct kunit *test)
{
	struct hammer shared = {};
	struct hammer_thread one = { .shared = &shared };
	struct hammer_thread two = { .shared = &shared, .seed = 1 };

	vmk_b4(test);
	shared.object = vmk_object(test, VMK_O, 8);
	shared.m = vmk_alloc_req(test, shared.object, 0, VM_ALLOC_NOBUSY);
	KUNIT_ASSERT_NOT_NULL(test, shared.m);
	vmk_in_two_threads(test, hammer_func, &one, &two);
	KUNIT_EXPECT_EQ(test, one.broken + two.broken, 0);
	KUNIT_EXPECT_EQ(test, shared.counter, one.mine + two.mine);
	KUNIT_EXPECT_GE(test, shared.counter, (unsigned long)HAMMER_ROUNDS);
	KUNIT_EXPECT_EQ(test, shared.m->busy_lock, VPB_UNBUSIED);
}

static void sleep_with_the_object_locked_for_reading(void *arg)
{
	const vm_page_t m = arg;
	const vm_object_t object = m->object;

	VM_OBJECT_RLOCK(object);
	if (!vm_page_busy_sleep(m, "test", 0))
		VM_OBJECT_RUNLOCK(object);
}

static void busy_sleep_unlocks_an_object_locked_for_reading(struct kunit *test)
{
	struct vmk_thread *t;
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	m = vmk_alloc(test, object, 0);
	t = vmk_thread_start(test, sleep_with_the_object_locked_for_reading, m);
	vmk_until(test, READ_ONCE(m->busy_lock) & VPB_BIT_WAITERS);
	VM_OBJECT_WLOCK(object);
	VM_OBJECT_WUNLOCK(object);
	KUNIT_EXPECT_FALSE(test, vmk_thread_done(t));
	vm_page_xunbusy(m);
	vmk_thread_join(test, t);
}

static void sleep_until_killed(void *arg)
{
	const vm_page_t m = arg;

	allow_signal(SIGKILL);
	vmpage_busy_sleep_killable(m->object, m, m->pindex, 0);
}

static void killable_sleep_ends_with_a_fatal_signal(struct kunit *test)
{
	struct vmk_thread *t;
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	m = vmk_alloc(test, object, 0);
	t = vmk_thread_start(test, sleep_until_killed, m);
	vmk_until(test, READ_ONCE(m->busy_lock) & VPB_BIT_WAITERS);
	KUNIT_EXPECT_FALSE(test, vmk_thread_done(t));
	KUNIT_EXPECT_EQ(test, send_sig(SIGKILL, vmk_thread_task(t), 0), 0);
	vmk_thread_join(test, t);
	KUNIT_EXPECT_EQ(test, m->busy_lock & ~VPB_BIT_WAITERS, VPB_CURTHREAD_EXCLUSIVE);
}

static struct kunit_case vmpage_page_busy_cases[] = {
	KUNIT_CASE_PARAM(every_end_of_a_busy_wakes, end_gen_params),
	KUNIT_CASE(L04_downgrade_lets_a_waiting_sharer_in),
	KUNIT_CASE(L06_acquire_may_fail),
	KUNIT_CASE(earlier_sharers_do_not_wake),
	KUNIT_CASE(all_waiters_wake_together),
	KUNIT_CASE(hard_interrupt_wakes),
	KUNIT_CASE(only_the_page_itself_wakes),
	KUNIT_CASE(nothing_to_wait_for_keeps_the_lock),
	KUNIT_CASE(unlocked_sleep_ends_with_the_busy),
	KUNIT_CASE(unlocked_sleep_is_for_the_page_at_its_place),
	KUNIT_CASE(acquire_unlocks_the_object_while_it_sleeps),
	KUNIT_CASE(acquire_busies_as_asked),
	KUNIT_CASE(acquire_gives_up_when_the_page_goes),
	KUNIT_CASE(acquire_gives_up_when_the_page_moves),
	KUNIT_CASE(busied_object_is_waited_for),
	KUNIT_CASE(claim_makes_a_busy_mine),
	KUNIT_CASE(assertions_tell_the_states_apart),
	KUNIT_CASE(exclusive_busy_guards_a_counter),
	KUNIT_CASE(busy_sleep_unlocks_an_object_locked_for_reading),
	KUNIT_CASE(killable_sleep_ends_with_a_fatal_signal),
	{}
};

static struct kunit_suite vmpage_page_busy_suite = {
	.name = "vmpage_page_busy",
	.init = vmk_init,
	.exit = vmk_exit,
	.test_cases = vmpage_page_busy_cases,
};

kunit_test_suite(vmpage_page_busy_suite);
