// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The free count of a domain and its watermarks.
 *
 * The count is what requests compete for, not the free lists: a request first
 * takes its pages off the count, by one compare-and-swap and without a lock,
 * and only then off the lists.  So the lists always hold at least the pages
 * that the count still offers, plus those promised to somebody.
 *
 * A domain whose count falls below free_min joins vm_min_domains, below
 * free_severe vm_severe_domains.  Membership is looked at again only when a
 * step crosses a watermark; both directions re-test under vm_domainset_lock, so
 * the order in which two crossings get there does not matter.
 *
 * Who cannot have pages sleeps until a domain leaves its set.  A wake-up is an
 * event and not a promise: it lets go everybody who sleeps at that moment, and
 * each returns from its one sleep whatever the counts are by then.  Sleepers are
 * on a list of their own under the lock of the sets.  So the decision to sleep
 * and the change that ends it exclude each other, and no wake-up is lost; and as
 * that lock is a raw one, waking is legal wherever freeing is.
 */
#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <sys/systm.h>
#include <sys/vmmeter.h>
#include <vm/vm_object.h>
#include <vm/vm_page.h>
#include <vm/vm_pagequeue.h>

#include "vm_audit.h"
#include "vm_machine.h"

DEFINE_PER_CPU(struct vmmeter, vm_cnt);
EXPORT_PER_CPU_SYMBOL_GPL(vm_cnt);

domainset_t vm_min_domains;
EXPORT_SYMBOL_GPL(vm_min_domains);
domainset_t vm_severe_domains;
EXPORT_SYMBOL_GPL(vm_severe_domains);

static DEFINE_RAW_SPINLOCK(vm_domainset_lock);

/*
 * struct vm_waiter - a task that sleeps until there are pages, on its stack
 *
 * (c) constant while the task sleeps; (d) vm_domainset_lock.
 */
struct vm_waiter {
	struct list_head link;		/* (d) in vm_waiters; empty once woken */
	const void *channel;		/* (c) what wakes it, an address as in sleep(9) */
	const char *message;		/* (c) FreeBSD's word for the wait */
	struct task_struct *task;	/* (c) */
	unsigned long since;		/* (c) jiffies */
};

static LIST_HEAD(vm_waiters);		/* (d) who sleeps, the longest first */

/*
 * Channels.  The others are &vm_min_domains, &vm_severe_domains and, for a page
 * daemon, &vmd->vmd_pageout_free_min.
 */
static const char vm_pfault_channel;
static const char vm_pageproc_channel;

/* A woken task leaves its wait by this lock, so its record and it are there. */
static void vm_wakeup(const void *channel)
{
	struct vm_waiter *w, *next;

	lockdep_assert_held(&vm_domainset_lock);

	list_for_each_entry_safe(w, next, &vm_waiters, link) {
		if (w->channel == channel) {
			list_del_init(&w->link);
			wake_up_process(w->task);
		}
	}
}

/* Who leaves a set lets its sleepers go, page faults last. */
static void vm_domain_update_sets(struct vm_domain *vmd)
{
	const bool min = vm_paging_min(vmd);
	const bool severe = vm_paging_severe(vmd);

	lockdep_assert_held(&vm_domainset_lock);

	if (vmd->vmd_minset && !min) {
		vm_wakeup(&vm_min_domains);
		vm_wakeup(&vm_pfault_channel);
	}
	vmd->vmd_minset = min;
	WRITE_ONCE(vmd->vmd_ahead_max, min ? 0 : READ_ONCE(vmd->vmd_pgcache_chain));
	__assign_bit(vmd->vmd_domain, vm_min_domains.bits, min);

	if (vmd->vmd_severeset && !severe)
		vm_wakeup(&vm_severe_domains);
	vmd->vmd_severeset = severe;
	__assign_bit(vmd->vmd_domain, vm_severe_domains.bits, severe);
}

/* An allocation crossed a mark. */
static void vm_domain_set(struct vm_domain *vmd)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&vm_domainset_lock, flags);
	vm_domain_update_sets(vmd);
	raw_spin_unlock_irqrestore(&vm_domainset_lock, flags);
}

/* Too few pages even for the page daemon? */
static bool vm_domain_pageproc_short(const struct vm_domain *vmd)
{
	return atomic_read(&vmd->vmd_free_count) < (int)vmd->vmd_pageout_free_min;
}

/* Pages came back across a mark, or the marks have moved. */
static void vm_domain_clear(struct vm_domain *vmd)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&vm_domainset_lock, flags);
	vm_domain_update_sets(vmd);
	vm_wakeup(&vm_pageproc_channel);
	if (!vm_domain_pageproc_short(vmd))
		vm_wakeup(&vmd->vmd_pageout_free_min);
	raw_spin_unlock_irqrestore(&vm_domainset_lock, flags);
}

/* Does a step between these two counts, in either direction, cross @mark? */
static bool vm_domain_crosses(int high, int low, unsigned int mark)
{
	return high >= (int)mark && low < (int)mark;
}

/* Asked by every NORMAL request, so tasks that cannot be one are let off first. */
bool vm_curthread_is_pageproc(void)
{
	int domain;

	if (vm_machine_is_pageproc())
		return true;
	if (!in_task() || !(current->flags & PF_KTHREAD))
		return false;
	DOMAINSET_FOREACH(domain, &vm_all_domains) {
		if (READ_ONCE(VM_DOMAIN(domain)->vmd_pageproc) == current)
			return true;
	}
	return false;
}

/* It finds its work in the counts, or sleeps; it cannot miss both. */
void pagedaemon_wakeup(int domain)
{
	struct vm_domain *vmd = VM_DOMAIN(domain);

	WRITE_ONCE(vmd->vmd_pageout_wanted, true);
	rcuwait_wake_up(&vmd->vmd_pageout_wait);
}

static int vm_domain_limit(struct vm_domain *vmd, int req)
{
	switch (req & VM_ALLOC_CLASS_MASK) {
	case VM_ALLOC_INTERRUPT:
		return 0;
	case VM_ALLOC_SYSTEM:
		return vmd->vmd_interrupt_free_min;
	default:
		return vm_curthread_is_pageproc() ? vmd->vmd_interrupt_free_min :
						    vmd->vmd_free_reserved;
	}
}

int vm_domain_shortfall(struct vm_domain *vmd, int req, int npages)
{
	return vm_domain_limit(vmd, req) + npages - atomic_read(&vmd->vmd_free_count);
}

static noinline void vm_domain_fell(struct vm_domain *vmd, int old, int new)
{
	if (vm_domain_crosses(old, new, vmd->vmd_pageout_wakeup_thresh) &&
	    !vm_curthread_is_pageproc()) {
		VM_CNT_INC(v_pdwakeups);
		pagedaemon_wakeup(vmd->vmd_domain);
	}
	if (vm_domain_crosses(old, new, vmd->vmd_free_min) ||
	    vm_domain_crosses(old, new, vmd->vmd_free_severe))
		vm_domain_set(vmd);
}

int vm_domain_allocate(struct vm_domain *vmd, int req, int npages)
{
	int old, new;

	if (!vm_assert(npages >= 0))
		return 0;

	old = atomic_read(&vmd->vmd_free_count);
	do {
		new = old - npages;
		if (!vm_domain_plenty(vmd, new) && new < vm_domain_limit(vmd, req))
			return 0;
	} while (!atomic_try_cmpxchg(&vmd->vmd_free_count, &old, new));

	if (!vm_domain_plenty(vmd, new))
		vm_domain_fell(vmd, old, new);
	return 1;
}

static noinline void vm_domain_rose(struct vm_domain *vmd, int old, int new)
{
	if (vm_domain_crosses(new, old, vmd->vmd_free_min) ||
	    vm_domain_crosses(new, old, vmd->vmd_free_severe) ||
	    vm_domain_crosses(new, old, vmd->vmd_pageout_free_min))
		vm_domain_clear(vmd);
}

void vm_domain_freecnt_inc(struct vm_domain *vmd, int npages)
{
	const int new = atomic_add_return(npages, &vmd->vmd_free_count);

	if (!vm_domain_plenty(vmd, new - npages))
		vm_domain_rose(vmd, new - npages, new);
}

static void vm_waiter_join(struct vm_waiter *w, const void *channel, const char *message)
{
	lockdep_assert_held(&vm_domainset_lock);

	w->channel = channel;
	w->message = message;
	w->task = current;
	w->since = jiffies;
	list_add_tail(&w->link, &vm_waiters);
}

/* Sleep until woken, whatever else may stir the task; 0, or EINTR for a signal. */
static int vm_waiter_sleep(struct vm_waiter *w, unsigned int state, long timo)
{
	int ret = 0;

	for (;;) {
		set_current_state(state);
		if (list_empty_careful(&w->link) || !timo)
			break;
		if (signal_pending_state(state, current)) {
			ret = EINTR;
			break;
		}
		timo = schedule_timeout(timo);
	}
	__set_current_state(TASK_RUNNING);

	raw_spin_lock_irq(&vm_domainset_lock);
	list_del_init(&w->link);
	raw_spin_unlock_irq(&vm_domainset_lock);
	return ret;
}

/* If @cond holds under the lock of the sets, sleep once on @channel. */
#define vm_wait_once(cond, channel, message, state, timo) ({		\
	struct vm_waiter __w;						\
	bool __asleep;							\
									\
	raw_spin_lock_irq(&vm_domainset_lock);				\
	__asleep = (cond);						\
	if (__asleep)							\
		vm_waiter_join(&__w, channel, message);			\
	raw_spin_unlock_irq(&vm_domainset_lock);			\
	__asleep ? vm_waiter_sleep(&__w, state, timo) : 0;		\
})

/* Nobody would wake who waits for no domain at all. */
static bool vm_doms_min(const domainset_t *wdoms)
{
	return !DOMAINSET_EMPTY(wdoms) && vm_page_count_min_set(wdoms);
}

int vm_wait_doms(const domainset_t *wdoms, int mflags)
{
	might_sleep();

	if (vm_curthread_is_pageproc())
		return vm_wait_once(true, &vm_pageproc_channel, "pageprocwait", TASK_IDLE, 1);

	return vm_wait_once(vm_doms_min(wdoms), &vm_min_domains, "vmwait",
			    mflags & PCATCH ? TASK_INTERRUPTIBLE : TASK_IDLE,
			    MAX_SCHEDULE_TIMEOUT);
}
EXPORT_SYMBOL_GPL(vm_wait_doms);

void vm_wait_domain(int domain)
{
	struct vm_domain *vmd;
	domainset_t wdoms;

	might_sleep();
	if (!vm_assert(vmpage_domain_exists(domain)))
		return;

	if (vm_curthread_is_pageproc()) {
		vmd = VM_DOMAIN(domain);
		vm_wait_once(vm_domain_pageproc_short(vmd), &vmd->vmd_pageout_free_min,
			     "VMWait", TASK_IDLE, MAX_SCHEDULE_TIMEOUT);
		return;
	}

	DOMAINSET_ZERO(&wdoms);
	DOMAINSET_SET(domain, &wdoms);
	vm_wait_doms(&wdoms, 0);
}
EXPORT_SYMBOL_GPL(vm_wait_domain);

void vm_wait_min(void)
{
	might_sleep();

	while (vm_page_count_min())
		vm_wait_once(vm_page_count_min(), &vm_min_domains, "vmwait", TASK_IDLE,
			     MAX_SCHEDULE_TIMEOUT);
}
EXPORT_SYMBOL_GPL(vm_wait_min);

void vm_wait_severe(void)
{
	might_sleep();

	while (vm_page_count_severe())
		vm_wait_once(vm_page_count_severe(), &vm_severe_domains, "vmwait", TASK_IDLE,
			     MAX_SCHEDULE_TIMEOUT);
}
EXPORT_SYMBOL_GPL(vm_wait_severe);

void vm_waitpfault(struct domainset *dset, int timo)
{
	might_sleep();

	if (timo > 0)
		vm_wait_once(vm_doms_min(&dset->ds_mask), &vm_pfault_channel, "pfault",
			     TASK_KILLABLE, timo);
}
EXPORT_SYMBOL_GPL(vm_waitpfault);

int vm_wait_count(void)
{
	struct vm_waiter *w;
	unsigned long flags;
	int count = 0;

	raw_spin_lock_irqsave(&vm_domainset_lock, flags);
	list_for_each_entry(w, &vm_waiters, link)
		count++;
	raw_spin_unlock_irqrestore(&vm_domainset_lock, flags);
	return count;
}
EXPORT_SYMBOL_GPL(vm_wait_count);

void vm_waiters_show(struct seq_file *s)
{
	struct vm_waiter *w;

	seq_printf(s, "%-14s %7s %-15s %10s\n", "MESSAGE", "PID", "COMM", "MS");

	raw_spin_lock_irq(&vm_domainset_lock);
	list_for_each_entry(w, &vm_waiters, link)
		seq_printf(s, "%-14s %7d %-15s %10u\n", w->message, task_pid_nr(w->task),
			   w->task->comm, jiffies_to_msecs(jiffies - w->since));
	raw_spin_unlock_irq(&vm_domainset_lock);
}

/* The page daemon takes the deficit as a whole, so the first of it wakes it. */
int vm_domain_alloc_fail(struct vm_domain *vmd, vm_object_t object, int req)
{
	const unsigned int count = (unsigned int)req >> VM_ALLOC_COUNT_SHIFT;

	if (!atomic_fetch_add(max(count, 1u), &vmd->vmd_pageout_deficit))
		pagedaemon_wakeup(vmd->vmd_domain);
	if (!(req & (VM_ALLOC_WAITOK | VM_ALLOC_WAITFAIL)))
		return 0;

	if (object)
		VM_OBJECT_DROP(object);
	/* It has pages, only not the ones that are wanted: nobody would wake this task. */
	if ((req & VM_ALLOC_WAITOK) && !vm_page_count_min_domain(vmd->vmd_domain))
		schedule_timeout_idle(1);
	else
		vm_wait_domain(vmd->vmd_domain);
	if (object)
		VM_OBJECT_PICKUP(object);
	return !!(req & VM_ALLOC_WAITOK);
}

/*
 * Of FreeBSD 14.  The first term of free_reserved keeps the page daemon and
 * interrupts going; a machine of less than 2000 pages makes do with less.
 */
static void vm_domain_set_thresholds_of(struct vm_domain *vmd, unsigned int total)
{
	const unsigned int npages = vmd->vmd_page_count;
	const unsigned int base = npages / 200;
	const unsigned int free_count = atomic_read(&vmd->vmd_free_count);

	vmd->vmd_interrupt_free_min = 2;
	vmd->vmd_pageout_free_min = 2 * SZ_64K / PAGE_SIZE + vmd->vmd_interrupt_free_min;
	vmd->vmd_free_reserved = (total < 2000 ? 8 : 32) + vmd->vmd_pageout_free_min + npages / 768;
	vmd->vmd_free_severe = base / 2 + vmd->vmd_free_reserved;
	vmd->vmd_free_min = base + vmd->vmd_free_reserved;
	vmd->vmd_free_target = 4 * base + vmd->vmd_free_reserved;
	vmd->vmd_pageout_wakeup_thresh = vmd->vmd_free_target / 10 * 9;
	WRITE_ONCE(vmd->vmd_free_plenty, max(vmd->vmd_free_min, vmd->vmd_pageout_wakeup_thresh));
	vmd->vmd_inactive_target = min(3 * vmd->vmd_free_target / 2, free_count / 3);
	vmd->vmd_background_launder_target = (vmd->vmd_free_target - vmd->vmd_free_min) / 10;
}

void vm_domain_set_thresholds(void)
{
	unsigned int total = 0;
	int domain;

	DOMAINSET_FOREACH(domain, &vm_all_domains)
		total += VM_DOMAIN(domain)->vmd_page_count;

	DOMAINSET_FOREACH(domain, &vm_all_domains) {
		vm_domain_set_thresholds_of(VM_DOMAIN(domain), total);
		vm_domain_clear(VM_DOMAIN(domain));
		/* The marks may have risen above a count that no request moves. */
		if (vm_paging_needed(VM_DOMAIN(domain),
				     atomic_read(&VM_DOMAIN(domain)->vmd_free_count)))
			pagedaemon_wakeup(domain);
	}
}

void vm_domain_reset(void)
{
	vm_assert(list_empty(&vm_waiters));
	DOMAINSET_ZERO(&vm_min_domains);
	DOMAINSET_ZERO(&vm_severe_domains);
}

/* A sleeper whose set is empty has missed its wake-up. */
static void vm_domain_audit_waiters(struct vm_audit *audit)
{
	struct vm_waiter *w;

	raw_spin_lock_irq(&vm_domainset_lock);
	list_for_each_entry(w, &vm_waiters, link) {
		const bool min = w->channel == &vm_min_domains ||
				 w->channel == &vm_pfault_channel;

		if ((min && !vm_page_count_min()) ||
		    (w->channel == &vm_severe_domains && !vm_page_count_severe()))
			vm_audit_fail(audit, "pid %d sleeps in %s and no domain is short\n",
				      task_pid_nr(w->task), w->message);
	}
	raw_spin_unlock_irq(&vm_domainset_lock);
}

void vm_domain_audit(struct vm_audit *audit)
{
	int domain;

	vm_domain_audit_waiters(audit);
	DOMAINSET_FOREACH(domain, &vm_all_domains) {
		struct vm_domain *vmd = VM_DOMAIN(domain);
		const bool min = vm_paging_min(vmd);
		const bool severe = vm_paging_severe(vmd);

		if (vmd->vmd_minset != min || DOMAINSET_ISSET(domain, &vm_min_domains) != min)
			vm_audit_fail(audit, "domain %d: min set does not match the count\n",
				      domain);
		if (vmd->vmd_severeset != severe ||
		    DOMAINSET_ISSET(domain, &vm_severe_domains) != severe)
			vm_audit_fail(audit, "domain %d: severe set does not match the count\n",
				      domain);
	}
}
