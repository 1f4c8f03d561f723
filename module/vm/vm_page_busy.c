// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The busy word of a page: the right to change what the page is.
 *
 * Who has to wait for it sleeps on the kernel's hashed wait queues, by the address
 * of the word.  He queues up first and puts the WAITERS bit into the word second;
 * whoever ends the busy takes the bit out with the same step and then wakes all
 * who are queued for that address.  So no wake-up is lost, and without waiters no
 * queue is looked at.  A FREED word has the bit by its value only: nobody sleeps
 * on it.
 */
#include <linux/export.h>
#include <linux/sched/signal.h>
#include <linux/rcupdate.h>
#include <linux/wait_bit.h>

#include "vm_page_priv.h"

void vm_page_busy_wakeup(vm_page_t m)
{
	wake_up_var(&m->busy_lock);
}

/*
 * The object of a page cannot change while the page is busied, so it is looked
 * at only after the busy was obtained.
 */
static bool vm_page_object_busied(vm_page_t m)
{
	const vm_object_t object = READ_ONCE(m->object);

	return object && atomic_read(&object->busy);
}

int vm_page_tryxbusy(vm_page_t m)
{
	u_int x = VPB_UNBUSIED;

	if (!try_cmpxchg(&m->busy_lock, &x, VPB_CURTHREAD_EXCLUSIVE))
		return 0;
	if (vm_page_object_busied(m)) {
		vm_page_xunbusy(m);
		return 0;
	}
	return 1;
}
EXPORT_SYMBOL_GPL(vm_page_tryxbusy);

/* There is no fairness: sharers are let in although somebody may wait for the page. */
int vm_page_trysbusy(vm_page_t m)
{
	u_int x = READ_ONCE(m->busy_lock);

	do {
		if (!(x & VPB_BIT_SHARED))
			return 0;
	} while (!try_cmpxchg(&m->busy_lock, &x, x + VPB_ONE_SHARER));

	if (vm_page_object_busied(m)) {
		vm_page_sunbusy(m);
		return 0;
	}
	return 1;
}
EXPORT_SYMBOL_GPL(vm_page_trysbusy);

/* An exchange, not a store: what was done to the page comes before it is let go. */
void vm_page_xunbusy(vm_page_t m)
{
	if (!vm_page_assert_xbusied(m))
		return;
	if (xchg(&m->busy_lock, VPB_UNBUSIED) & VPB_BIT_WAITERS)
		vm_page_busy_wakeup(m);
	vm_page_check_pending(m);
}
EXPORT_SYMBOL_GPL(vm_page_xunbusy);

/* Only the last sharer takes the WAITERS bit with him, and only he wakes. */
void vm_page_sunbusy(vm_page_t m)
{
	u_int new, x = READ_ONCE(m->busy_lock);

	do {
		if (!vm_assert((x & VPB_BIT_SHARED) && VPB_SHARERS(x)))
			return;
		new = VPB_SHARERS(x) > 1 ? x - VPB_ONE_SHARER : VPB_UNBUSIED;
	} while (!try_cmpxchg(&m->busy_lock, &x, new));

	if (new != VPB_UNBUSIED)
		return;
	if (x & VPB_BIT_WAITERS)
		vm_page_busy_wakeup(m);
	vm_page_check_pending(m);
}
EXPORT_SYMBOL_GPL(vm_page_sunbusy);

/* All who wait are woken, as sharers may get in now; the others go back to sleep. */
void vm_page_busy_downgrade(vm_page_t m)
{
	if (!vm_page_assert_xbusied(m))
		return;
	if (xchg(&m->busy_lock, VPB_SHARERS_WORD(1)) & VPB_BIT_WAITERS)
		vm_page_busy_wakeup(m);
}
EXPORT_SYMBOL_GPL(vm_page_busy_downgrade);

/* Those who wait go on waiting, for the same caller. */
int vm_page_busy_tryupgrade(vm_page_t m)
{
	u_int x = READ_ONCE(m->busy_lock);

	do {
		if (!vm_assert((x & VPB_BIT_SHARED) && VPB_SHARERS(x)))
			return 0;
		if (VPB_SHARERS(x) > 1)
			return 0;
	} while (!try_cmpxchg(&m->busy_lock, &x,
			      VPB_CURTHREAD_EXCLUSIVE | (x & VPB_BIT_WAITERS)));
	return 1;
}
EXPORT_SYMBOL_GPL(vm_page_busy_tryupgrade);

void vm_page_xbusy_claim(vm_page_t m)
{
	u_int x = READ_ONCE(m->busy_lock);

	do {
		if (!vm_assert((x & VPB_BIT_EXCLUSIVE) && x != VPB_FREED))
			return;
	} while (!try_cmpxchg(&m->busy_lock, &x,
			      VPB_CURTHREAD_EXCLUSIVE | (x & VPB_BIT_WAITERS)));
}
EXPORT_SYMBOL_GPL(vm_page_xbusy_claim);

/*
 * Somebody whom a lookup without a lock has led to the wrong page may have it busied
 * for a moment; nobody else may.
 */
bool vmpage_xbusy_last(vm_page_t m)
{
	int ticks;

	for (ticks = 0; ticks < HZ; ticks++) {
		if (vm_page_tryxbusy(m))
			return true;
		schedule_timeout_uninterruptible(1);
	}
	return vm_assert(vm_page_tryxbusy(m));
}

/*
 * Assertions.  A free page counts as busied, since nobody else may touch it.
 */

bool vm_page_assert_busied(vm_page_t m)
{
	return vm_assert(vm_page_busied(m));
}
EXPORT_SYMBOL_GPL(vm_page_assert_busied);

bool vm_page_assert_sbusied(vm_page_t m)
{
	return vm_assert(vm_page_sbusied(m));
}
EXPORT_SYMBOL_GPL(vm_page_assert_sbusied);

bool vm_page_assert_xbusied(vm_page_t m)
{
	return vm_assert(vm_page_xbusied_by_me(m));
}
EXPORT_SYMBOL_GPL(vm_page_assert_xbusied);

bool vm_page_assert_unbusied(vm_page_t m)
{
	return vm_assert(!vm_page_xbusied_by_me(m));
}
EXPORT_SYMBOL_GPL(vm_page_assert_unbusied);

/* Sleeping */

/* A task on the queue of an address. */
struct vm_page_sleeper {
	struct wait_bit_queue_entry wbq;
	struct wait_queue_head *wqh;
	unsigned int state;		/* TASK_* */
};

/*
 * Queues are shared between addresses.  That it was woken is noted in the entry,
 * since a sleeper may be made to run for any reason.
 */
static int vm_page_wake_sleeper(struct wait_queue_entry *wq, unsigned int mode, int sync,
				void *key)
{
	const struct wait_bit_key *mine, *woken = key;

	mine = &container_of(wq, struct wait_bit_queue_entry, wq_entry)->key;
	if (mine->flags != woken->flags || mine->bit_nr != woken->bit_nr)
		return 0;
	WRITE_ONCE(wq->flags, wq->flags | WQ_FLAG_WOKEN);
	return default_wake_function(wq, mode, sync, key);
}

/*
 * From here on a wake-up is noticed.  Nobody holds a busy for long, so the sleep
 * usually takes no signals, and the kernel's detector of hung tasks may well tell of
 * one that lasts for minutes: the busy was forgotten.
 */
static void vm_page_sleeper_queue(struct vm_page_sleeper *sleeper, void *address,
				  unsigned int state)
{
	sleeper->state = state;
	sleeper->wqh = __var_waitqueue(address);
	init_wait_var_entry(&sleeper->wbq, address, 0);
	sleeper->wbq.wq_entry.func = vm_page_wake_sleeper;
	prepare_to_wait(sleeper->wqh, &sleeper->wbq.wq_entry, state);
}

static void vm_page_sleeper_leave(struct vm_page_sleeper *sleeper)
{
	finish_wait(sleeper->wqh, &sleeper->wbq.wq_entry);
}

static void vm_page_sleeper_sleep(struct vm_page_sleeper *sleeper)
{
	while (!(READ_ONCE(sleeper->wbq.wq_entry.flags) & WQ_FLAG_WOKEN) &&
	       !signal_pending_state(sleeper->state, current)) {
		schedule();
		set_current_state(sleeper->state);
	}
	vm_page_sleeper_leave(sleeper);
}

/* Does a page with this word have to be waited for? */
static bool vm_page_busy_blocks(u_int x, int req)
{
	if (x == VPB_UNBUSIED || x == VPB_FREED)
		return false;
	return (x & VPB_BIT_EXCLUSIVE) || !vm_page_req_shared(req);
}

/* Announce a sleeper; false when there is nothing to wait for. */
static bool vm_page_busy_set_waiters(vm_page_t m, int req)
{
	u_int x = READ_ONCE(m->busy_lock);

	do {
		if (!vm_page_busy_blocks(x, req))
			return false;
	} while (!try_cmpxchg(&m->busy_lock, &x, x | VPB_BIT_WAITERS));
	return true;
}

/* Whichever way the caller has it locked. */
static void vm_page_unlock_object(vm_object_t object)
{
	if (VM_OBJECT_WOWNED(object))
		VM_OBJECT_WUNLOCK(object);
	else
		VM_OBJECT_RUNLOCK(object);
}

/*
 * The common end of all sleeps for @m: false if there is none.  @locked is the
 * object to unlock, or NULL.
 */
static bool vm_page_busy_sleep_for(vm_page_t m, vm_object_t locked, int req)
{
	struct vm_page_sleeper sleeper;

	vm_page_sleeper_queue(&sleeper, &m->busy_lock, TASK_UNINTERRUPTIBLE);
	if (!vm_page_busy_set_waiters(m, req)) {
		vm_page_sleeper_leave(&sleeper);
		return false;
	}
	if (locked)
		vm_page_unlock_object(locked);
	vm_page_sleeper_sleep(&sleeper);
	return true;
}

bool vm_page_busy_sleep(vm_page_t m, const char *wmesg, int allocflags)
{
	const vm_object_t object = m->object;

	if (!vm_assert(object) || !VM_OBJECT_ASSERT_LOCKED(object))
		return false;
	return vm_page_busy_wait(m, object, allocflags);
}
EXPORT_SYMBOL_GPL(vm_page_busy_sleep);

/*
 * A page becomes another only while it is exclusively busied, and that ends with a
 * wake-up.  So it is enough that it was the right one with the WAITERS bit set.
 */
static void vm_page_busy_sleep_at(vm_object_t object, vm_page_t m, vm_pindex_t pindex, int req,
				  unsigned int state)
{
	struct vm_page_sleeper sleeper;

	if (!VM_OBJECT_ASSERT_UNLOCKED(object))
		return;
	vm_page_sleeper_queue(&sleeper, &m->busy_lock, state);
	if (vm_page_busy_set_waiters(m, req) &&
	    READ_ONCE(m->object) == object && READ_ONCE(m->pindex) == pindex)
		vm_page_sleeper_sleep(&sleeper);
	else
		vm_page_sleeper_leave(&sleeper);
}

void vm_page_busy_sleep_unlocked(vm_object_t obj, vm_page_t m, vm_pindex_t pindex,
				 const char *wmesg, int allocflags)
{
	vm_page_busy_sleep_at(obj, m, pindex, allocflags, TASK_UNINTERRUPTIBLE);
}
EXPORT_SYMBOL_GPL(vm_page_busy_sleep_unlocked);

void vmpage_busy_sleep_killable(vm_object_t obj, vm_page_t m, vm_pindex_t pindex, int allocflags)
{
	vm_page_busy_sleep_at(obj, m, pindex, allocflags, TASK_KILLABLE);
}

/*
 * Sleep while the object of a page is busied; false if it is not.  Without its
 * lock RCU keeps the object until the number was read.  Afterwards only its
 * address is used, which vm_object_unbusy() wakes.
 */
static bool vm_page_object_sleep(vm_page_t m, vm_object_t locked)
{
	struct vm_page_sleeper sleeper;
	vm_object_t object;
	bool busied;

	rcu_read_lock();
	object = READ_ONCE(m->object);
	if (!object) {
		rcu_read_unlock();
		return false;
	}
	vm_page_sleeper_queue(&sleeper, &object->busy, TASK_UNINTERRUPTIBLE);
	busied = atomic_read(&object->busy);
	rcu_read_unlock();

	if (!busied) {
		vm_page_sleeper_leave(&sleeper);
		return false;
	}
	if (locked)
		vm_page_unlock_object(locked);
	vm_page_sleeper_sleep(&sleeper);
	return true;
}

bool vm_page_busy_wait(vm_page_t m, vm_object_t locked, int req)
{
	return vm_page_busy_sleep_for(m, locked, req) || vm_page_object_sleep(m, locked);
}

vm_object_t vm_page_locked_object(vm_page_t m)
{
	vm_object_t object;

	rcu_read_lock();
	object = READ_ONCE(m->object);
	if (object && !VM_OBJECT_WOWNED(object))
		object = NULL;
	rcu_read_unlock();
	return object;
}

/*
 * A page that left the locked object during a sleep is not the caller's page any
 * more.  Without the lock the caller has it wired and lives with wherever it goes,
 * but for a wiring that was taken from him: a free page would be waited for in vain.
 */
bool vm_page_busy_acquire(vm_page_t m, int allocflags)
{
	const vm_object_t object = vm_page_locked_object(m);
	const vm_pindex_t pindex = m->pindex;

	if (!vm_assert(object || vm_page_wired(m)))
		return false;

	while (!vm_page_trybusy(m, allocflags)) {
		bool slept;

		if (allocflags & VM_ALLOC_NOWAIT)
			return false;
		slept = vm_page_busy_wait(m, object, allocflags);
		if (slept && object)
			VM_OBJECT_WLOCK(object);
		if ((slept && (allocflags & VM_ALLOC_WAITFAIL)) || vm_page_busy_freed(m) ||
		    (object && (m->object != object || m->pindex != pindex)))
			return false;
	}

	if (allocflags & VM_ALLOC_WIRED)
		vm_page_wire(m);
	return true;
}
EXPORT_SYMBOL_GPL(vm_page_busy_acquire);
