// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Busy pages and locks in FreeBSD 9's interface, as a source of that era sees them.
 */
#define VMPAGE_KPI_ERA 9
#include "kunit_fixture.h"

static vm_object_t an_object(struct kunit *test)
{
	vmk_b4(test);
	return vmk_object(test, VMK_V, 8);
}

/* A page that is resident and unbusied. */
static vm_page_t a_page(struct kunit *test, vm_object_t object)
{
	const vm_page_t m = vmk_alloc(test, object, 0);

	vm_page_wakeup(m);
	return m;
}

/* Busy */

static void wake_page(void *m)
{
	vm_page_wakeup(m);
}

static void anybody_ends_an_exclusive_busy(struct kunit *test)
{
	vm_page_t m;

	an_object(test);
	m = vmk_noobj(test);
	vm_page_busy(m);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_CURTHREAD_EXCLUSIVE);
	vmk_refused(test, vm_page_busy(m));
	vmk_refused(test, vm_page_io_start(m));
	vmk_in_thread(test, wake_page, m);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_UNBUSIED);
	vmk_refused(test, vm_page_wakeup(m));
	vmk_free(test, m);
	vmk_refused(test, vm_page_wakeup(m));
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_FREED);
}

static void io_is_counted(struct kunit *test)
{
	vm_page_t m;

	an_object(test);
	m = vmk_noobj(test);
	vm_page_io_start(m);
	vm_page_io_start(m);
	KUNIT_EXPECT_EQ(test, m->busy_lock, 0x11);
	vmk_refused(test, vm_page_busy(m));
	vm_page_io_finish(m);
	KUNIT_EXPECT_EQ(test, m->busy_lock, 0x9);
	vm_page_io_finish(m);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_UNBUSIED);
	vmk_refused(test, vm_page_io_finish(m));
}

struct sleeper {
	vm_object_t object;
	vm_page_t m;
	int also_m_busy;
	int slept;
	bool owned;			/* the object was locked afterwards */
};

static void sleep_for_page(void *arg)
{
	struct sleeper *s = arg;

	VM_OBJECT_LOCK(s->object);
	s->slept = vm_page_sleep_if_busy(s->m, s->also_m_busy, "test");
	s->owned = VM_OBJECT_WOWNED(s->object);
	VM_OBJECT_UNLOCK(s->object);
}

enum waker {
	WAKEUP,
	FLASH,
	IO_FINISH,
};

/* Who is flashed looks again, and finds that nothing has changed. */
static void sleepers_are_woken(struct kunit *test)
{
	static const enum waker wakers[] = { WAKEUP, FLASH, IO_FINISH };
	vm_object_t object = an_object(test);
	vm_page_t m = a_page(test, object);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wakers); i++) {
		const bool io = wakers[i] == IO_FINISH;
		struct sleeper s = { .object = object, .m = m, .also_m_busy = io };
		struct vmk_thread *t;

		if (io)
			vm_page_io_start(m);
		else
			vm_page_busy(m);
		t = vmk_thread_start(test, sleep_for_page, &s);
		vmk_until(test, vmk_page_is_waited_for(m) && vmk_thread_is_asleep(t));
		if (wakers[i] == FLASH)
			vm_page_flash(m);
		else if (io)
			vm_page_io_finish(m);
		else
			vm_page_wakeup(m);
		vmk_thread_join(test, t);
		KUNIT_EXPECT_EQ(test, s.slept, 1);
		KUNIT_EXPECT_TRUE(test, s.owned);
		if (wakers[i] == FLASH) {
			KUNIT_EXPECT_TRUE(test, vm_page_xbusied(m));
			vm_page_wakeup(m);
		}
	}
}

static void nobody_sleeps_for_what_he_does_not_mind(struct kunit *test)
{
	vm_object_t object = an_object(test);
	vm_page_t m = a_page(test, object);

	VM_OBJECT_LOCK(object);
	KUNIT_EXPECT_EQ(test, vm_page_sleep_if_busy(m, true, "test"), 0);
	vm_page_io_start(m);
	KUNIT_EXPECT_EQ(test, vm_page_sleep_if_busy(m, false, "test"), 0);
	vm_page_io_finish(m);
	KUNIT_EXPECT_TRUE(test, VM_OBJECT_WOWNED(object));
	VM_OBJECT_UNLOCK(object);
	vmk_refused(test, KUNIT_EXPECT_EQ(test, vm_page_sleep_if_busy(m, true, "test"), 0));
	m = vmk_noobj(test);
	vmk_refused(test, KUNIT_EXPECT_EQ(test, vm_page_sleep_if_busy(m, true, "test"), 0));
}

/* Locks */

struct locker {
	vm_object_t object;
	bool locked;
};

static void try_object_lock(void *arg)
{
	struct locker *l = arg;

	l->locked = VM_OBJECT_TRYLOCK(l->object);
	if (l->locked)
		VM_OBJECT_UNLOCK(l->object);
}

static void the_lock_of_an_object_is_the_write_lock(struct kunit *test)
{
	vm_object_t object = an_object(test);
	struct locker l = { .object = object, .locked = true };

	VM_OBJECT_LOCK(object);
	KUNIT_EXPECT_TRUE(test, VM_OBJECT_WOWNED(object));
	KUNIT_EXPECT_TRUE(test, VM_OBJECT_LOCK_ASSERT(object, MA_OWNED));
	vmk_refused(test, KUNIT_EXPECT_FALSE(test, VM_OBJECT_LOCK_ASSERT(object, MA_NOTOWNED)));
	vmk_in_thread(test, try_object_lock, &l);
	KUNIT_EXPECT_FALSE(test, l.locked);
	VM_OBJECT_UNLOCK(object);
	KUNIT_EXPECT_TRUE(test, VM_OBJECT_LOCK_ASSERT(object, MA_NOTOWNED));
	vmk_refused(test, KUNIT_EXPECT_FALSE(test, VM_OBJECT_LOCK_ASSERT(object, MA_OWNED)));
	KUNIT_EXPECT_TRUE(test, VM_OBJECT_TRYLOCK(object));
	VM_OBJECT_UNLOCK(object);
}

static void the_locks_of_pages_and_queues_are_nothing(struct kunit *test)
{
	vm_page_t m;

	vmk_b4(test);
	m = vmk_noobj(test);
	vm_page_lock(m);
	vm_page_lock_queues();
	vm_page_lock_assert(m, MA_OWNED);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_UNBUSIED);
	vm_page_unlock_queues();
	vm_page_unlock(m);
}

static struct kunit_case vmpage_page_era9_busy_cases[] = {
	KUNIT_CASE(anybody_ends_an_exclusive_busy),
	KUNIT_CASE(io_is_counted),
	KUNIT_CASE(sleepers_are_woken),
	KUNIT_CASE(nobody_sleeps_for_what_he_does_not_mind),
	KUNIT_CASE(the_lock_of_an_object_is_the_write_lock),
	KUNIT_CASE(the_locks_of_pages_and_queues_are_nothing),
	{}
};

static struct kunit_suite vmpage_page_era9_busy_suite = {
	.name = "vmpage_page_era9_busy",
	.init = vmk_init,
	.exit = vmk_exit,
	.test_cases = vmpage_page_era9_busy_cases,
};

kunit_test_suite(vmpage_page_era9_busy_suite);
