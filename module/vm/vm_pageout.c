// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The page daemon: a thread for each domain.
 *
 * There is nothing here to page out.  A daemon lets blocks that had a memory attribute
 * be ordinary memory again, takes note of what requests had to go without (the
 * deficit), for which the CPUs give back what they keep, and while its domain is further
 * from free_target than it should be it frees cached pages, and then asks those who keep
 * pages they could do without to give some back: the low-memory notifiers.  They run in
 * the daemon, and so may allocate what they need for that down to the last two pages.
 *
 * It is woken when the free count sinks below the wakeup threshold and by the
 * first page of a deficit.  From then on it looks again ten times a second
 * until the target is reached; after that it sleeps without a timer.
 */
#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/nodemask.h>
#include <linux/notifier.h>
#include <linux/printk.h>
#include <linux/rwsem.h>
#include <sys/vmmeter.h>
#include <vm/vm_domainset.h>
#include <vm/vm_page_cache.h>
#include <vm/vm_pageout.h>
#include <vm/vm_reserv.h>

#include "vm_pgcache.h"

#define VM_PAGEOUT_RATE	10		/* looks in a second, while pages are short */

unsigned int vm_lowmem_period = 10;

static BLOCKING_NOTIFIER_HEAD(vm_lowmem_chain);

/* Held while page daemons come and go. */
static DEFINE_MUTEX(vm_pageout_lock);
static bool vm_pageout_running;

/* Held for reading where a daemon moves pages. */
static DECLARE_RWSEM(vm_pageout_scan_lock);

int vmpage_lowmem_register(struct notifier_block *nb)
{
	return blocking_notifier_chain_register(&vm_lowmem_chain, nb);
}
EXPORT_SYMBOL_GPL(vmpage_lowmem_register);

int vmpage_lowmem_unregister(struct notifier_block *nb)
{
	return blocking_notifier_chain_unregister(&vm_lowmem_chain, nb);
}
EXPORT_SYMBOL_GPL(vmpage_lowmem_unregister);

static int vm_wait_policy(vm_object_t object, int mflags)
{
	domainset_t wdoms;

	vm_domainset_mask(object, &wdoms);
	return vm_wait_doms(&wdoms, mflags);
}

void vm_wait(vm_object_t object)
{
	vm_wait_policy(object, 0);
}
EXPORT_SYMBOL_GPL(vm_wait);

int vm_wait_intr(vm_object_t object)
{
	return vm_wait_policy(object, PCATCH);
}
EXPORT_SYMBOL_GPL(vm_wait_intr);

/* Tell the notifiers, unless it was done less than a period ago. */
static void vm_pageout_lowmem(struct vm_domain *vmd, u64 *next)
{
	const u64 now = get_jiffies_64();
	const unsigned int period = READ_ONCE(vm_lowmem_period);
	int domain = vmd->vmd_domain;

	if (!period || now < *next)
		return;
	*next = now + (u64)period * HZ;
	blocking_notifier_call_chain(&vm_lowmem_chain, VM_LOW_PAGES, &domain);
}

/* The cached pages go first.  Returns whether the domain is short without them, too. */
static bool vm_pageout_scan_cache(struct vm_domain *vmd, int deficit)
{
	while (vm_paging_target(vmd) + deficit > 0) {
		if (!vm_page_cache_evict(vmd, NULL))
			return true;
		cond_resched();
	}
	return false;
}

/* Free what nobody has to be asked for.  Returns whether the domain is short all the same. */
static bool vm_pageout_scan(struct vm_domain *vmd, bool *restored)
{
	bool short_of_pages;
	int deficit;

	down_read(&vm_pageout_scan_lock);
	*restored = vmpage_reserv_restore(vmd->vmd_domain);
	deficit = atomic_xchg(&vmd->vmd_pageout_deficit, 0);
	VM_CNT_ADD(v_pdpages, deficit);
	/* What is freed now may be what somebody waits for, but not on its CPU. */
	if (deficit || vm_paging_min(vmd))
		vm_pgcache_drain_all(vmd);
	short_of_pages = vm_pageout_scan_cache(vmd, deficit);
	up_read(&vm_pageout_scan_lock);
	return short_of_pages;
}

/*
 * What is wanted is forgotten before the counts are read, so that who adds to
 * them afterwards is noticed.  Returns whether the domain is short of pages, or memory
 * is still to be restored.
 */
static bool vm_pageout_pass(struct vm_domain *vmd, u64 *next)
{
	bool restored;

	WRITE_ONCE(vmd->vmd_pageout_wanted, false);
	if (!vm_pageout_scan(vmd, &restored))
		return !restored;

	vm_pageout_lowmem(vmd, next);
	return true;
}

void vm_pageout_pause(void)
{
	down_write(&vm_pageout_scan_lock);
}

void vm_pageout_resume(void)
{
	up_write(&vm_pageout_scan_lock);
}

static void vm_pageout_sleep(struct vm_domain *vmd, long timo)
{
	prepare_to_rcuwait(&vmd->vmd_pageout_wait);
	set_current_state(TASK_IDLE);
	if (!READ_ONCE(vmd->vmd_pageout_wanted) && !kthread_should_stop())
		schedule_timeout(timo);
	finish_rcuwait(&vmd->vmd_pageout_wait);
}

static int vm_pageout_worker(void *arg)
{
	struct vm_domain *vmd = arg;
	u64 next = 0;

	while (!kthread_should_stop()) {
		const bool work = vm_pageout_pass(vmd, &next);

		vm_pageout_sleep(vmd, work ? HZ / VM_PAGEOUT_RATE : MAX_SCHEDULE_TIMEOUT);
	}
	return 0;
}

/* The daemon may ask who it is as soon as it runs. */
static int vm_pageout_start_domain(int domain)
{
	struct vm_domain *vmd = VM_DOMAIN(domain);
	struct task_struct *task;

	if (vmd->vmd_pageproc)
		return 0;

	task = kthread_create_on_node(vm_pageout_worker, vmd,
				      node_online(domain) ? domain : NUMA_NO_NODE,
				      "vmpaged/%d", domain);
	if (IS_ERR(task))
		return PTR_ERR(task);

	WRITE_ONCE(vmd->vmd_pageproc, task);
	wake_up_process(task);
	return 0;
}

static int vm_pageout_start_missing(void)
{
	int domain, ret;

	lockdep_assert_held(&vm_pageout_lock);

	DOMAINSET_FOREACH(domain, &vm_all_domains) {
		ret = vm_pageout_start_domain(domain);
		if (ret)
			return ret;
	}
	return 0;
}

static void vm_pageout_stop_all(void)
{
	int domain;

	lockdep_assert_held(&vm_pageout_lock);

	DOMAINSET_FOREACH(domain, &vm_all_domains) {
		struct vm_domain *vmd = VM_DOMAIN(domain);

		if (vmd->vmd_pageproc)
			kthread_stop(vmd->vmd_pageproc);
		WRITE_ONCE(vmd->vmd_pageproc, NULL);
	}
	vm_pageout_running = false;
}

int vm_pageout_start(void)
{
	int ret;

	mutex_lock(&vm_pageout_lock);
	ret = vm_pageout_start_missing();
	vm_pageout_running = !ret;
	if (ret)
		vm_pageout_stop_all();
	mutex_unlock(&vm_pageout_lock);
	return ret;
}

void vm_pageout_stop(void)
{
	mutex_lock(&vm_pageout_lock);
	vm_pageout_stop_all();
	mutex_unlock(&vm_pageout_lock);
}

/* A domain can do without: its deficit is not consumed and nobody is told. */
void vm_pageout_update(void)
{
	mutex_lock(&vm_pageout_lock);
	if (vm_pageout_running && vm_pageout_start_missing())
		pr_warn("vmpage: a domain has no page daemon, as none could be started\n");
	mutex_unlock(&vm_pageout_lock);
}
