// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Zeroing ahead: a thread for each domain, while vm_zero_ahead is on.
 *
 * A chunk of 2 MiB that is free as a whole is cleared page by page, each under the free
 * lock.  It stays on the free lists: no request can miss it, and who takes it half
 * cleared gets pages of which some have PG_ZERO.  That a chunk was not taken meanwhile
 * its state tells, and that all of it is zero.
 *
 * This is for a machine that is idle.  A thread is SCHED_IDLE, and pauses when its CPU has
 * other work or when somebody else has used the domain, as he might have had to wait for
 * the lock.  While every free chunk is zero it sleeps without a timer.
 */
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/nodemask.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/sched/stat.h>
#include <sys/vmmeter.h>
#include <uapi/linux/sched/types.h>
#include <vm/pmap.h>
#include <vm/vm_page.h>

#include "vm_phys_priv.h"
#include "vm_zero.h"

#define VM_ZERO_PAUSE	(HZ / 10)	/* jiffies */

bool vm_zero_ahead;

/* Held while threads come and go. */
static DEFINE_MUTEX(vm_zero_lock);
static bool vm_zero_running;

/* Requests take blocks from the head of a list, and the first chunk of a block. */
static void vm_zero_prefer(struct vm_phys_seg *seg, vm_paddr_t pa)
{
	const vm_page_t m = vm_phys_covering_block(seg, pa, VM_LEVEL_0_ORDER);

	if (m && (seg->chunks[vm_phys_chunk(seg, m->phys_addr)] & VM_PHYS_CHUNK_ZERO))
		list_move(&m->plinks.q, &seg->free_queues[m->pool][m->order].pl);
}

static void vm_zero_page(vm_page_t m)
{
	if (m->flags & PG_ZERO)
		return;
	pmap_zero_page(m);
	m->flags |= PG_ZERO;
	VM_CNT_INC(v_zeroed_ahead);
}

/* Returns false when the chunk is in use, or has become zero. */
static bool vm_zero_chunk(struct vm_phys_seg *seg, struct vm_zero_hand *hand)
{
	const vm_paddr_t pa = vm_phys_chunk_pa(seg, hand->chunk);
	u16 state = seg->chunks[hand->chunk];

	vm_domain_free_assert_locked(VM_DOMAIN(seg->domain));

	if (!vm_phys_chunk_unzeroed(state))
		return false;
	if (!(state & VM_PHYS_CHUNK_ZEROING)) {
		state |= VM_PHYS_CHUNK_ZEROING;
		vm_phys_chunk_set(seg, hand->chunk, state);
		hand->page = 0;
	}
	vm_zero_page(vm_phys_seg_page(seg, pa) + hand->page);
	if (++hand->page < VM_LEVEL_0_NPAGES)
		return true;

	state ^= VM_PHYS_CHUNK_ZEROING | VM_PHYS_CHUNK_ZERO;
	vm_phys_chunk_set(seg, hand->chunk, state);
	vm_zero_prefer(seg, pa);
	return false;
}

/* A guess, as the lock is not held. */
static bool vm_zero_find_in(const struct vm_phys_seg *seg, struct vm_zero_hand *hand)
{
	const unsigned int last = vm_phys_chunk(seg, seg->end - 1);

	for (hand->page = 0; hand->chunk <= last; hand->chunk++) {
		if (vm_phys_chunk_unzeroed(READ_ONCE(seg->chunks[hand->chunk])))
			return true;
	}
	hand->chunk = 0;
	return false;
}

/* The segment at hand comes first and last, as the walk begins in the middle of it. */
static bool vm_zero_find(struct vm_domain *vmd, struct vm_zero_hand *hand)
{
	const unsigned int nsegs = smp_load_acquire(&vm_phys_nsegs);	/* before the table */
	unsigned int i;

	if (!atomic_read(&vmd->vmd_unzeroed))
		return false;
	for (i = 0; i <= nsegs; i++) {
		const struct vm_phys_seg *seg = vm_phys_seg_at(hand->segind);

		if (seg->domain == vmd->vmd_domain && vm_zero_find_in(seg, hand))
			return true;
		hand->segind = (hand->segind + 1) % nsegs;
		hand->chunk = 0;
	}
	return false;
}

bool vm_zero_step(struct vm_domain *vmd, struct vm_zero_hand *hand)
{
	struct vm_phys_seg *seg;
	unsigned long flags;
	bool more;

	if (!hand->page && !vm_zero_find(vmd, hand))
		return false;
	seg = vm_phys_seg_at(hand->segind);
	if (!raw_spin_trylock_irqsave(&vmd->vmd_free_lock, flags))
		return false;
	more = vm_zero_chunk(seg, hand);
	vm_domain_free_unlock(vmd, flags);
	if (!more)
		hand->page = 0;
	return true;
}

/* Whoever else wants the CPU comes first.  False when it is busy all the same. */
static bool vm_zero_cpu_idle(void)
{
	if (!single_task_running())
		schedule();
	return single_task_running();
}

/* Until all is zero, or somebody has something better to do. */
static void vm_zero_pass(struct vm_domain *vmd, struct vm_zero_hand *hand)
{
	const int free_count = atomic_read(&vmd->vmd_free_count);

	while (vm_zero_cpu_idle() && atomic_read(&vmd->vmd_free_count) == free_count &&
	       !kthread_should_stop() && vm_zero_step(vmd, hand))
		cond_resched();
}

/* Who frees a chunk when all others are zero wakes the thread. */
static void vm_zero_wait(struct vm_domain *vmd)
{
	prepare_to_rcuwait(&vmd->vmd_zero_wait);
	set_current_state(TASK_IDLE);
	if (!atomic_read(&vmd->vmd_unzeroed) && !kthread_should_stop())
		schedule();
	finish_rcuwait(&vmd->vmd_zero_wait);
}

/* What was freed a moment ago may be wanted again. */
static void vm_zero_pause(void)
{
	set_current_state(TASK_IDLE);
	if (!kthread_should_stop())
		schedule_timeout(VM_ZERO_PAUSE);
	__set_current_state(TASK_RUNNING);
}

static int vm_zero_worker(void *arg)
{
	struct vm_zero_hand hand = {};
	struct vm_domain *vmd = arg;

	while (!kthread_should_stop()) {
		vm_zero_wait(vmd);
		vm_zero_pause();
		vm_zero_pass(vmd, &hand);
	}
	return 0;
}

static int vm_zero_start_domain(struct vm_domain *vmd)
{
	const struct sched_attr attr = { .sched_policy = SCHED_IDLE };
	const int domain = vmd->vmd_domain;
	struct task_struct *task;

	if (vmd->vmd_zeroproc)
		return 0;

	task = kthread_create_on_node(vm_zero_worker, vmd,
				      node_online(domain) ? domain : NUMA_NO_NODE,
				      "vmpagezero/%d", domain);
	if (IS_ERR(task))
		return PTR_ERR(task);

	sched_setattr_nocheck(task, &attr);
	vmd->vmd_zeroproc = task;
	wake_up_process(task);
	return 0;
}

static int vm_zero_start_missing(void)
{
	int domain, ret;

	lockdep_assert_held(&vm_zero_lock);

	DOMAINSET_FOREACH(domain, &vm_all_domains) {
		ret = vm_zero_start_domain(VM_DOMAIN(domain));
		if (ret)
			return ret;
	}
	return 0;
}

/* On a busy CPU an idle task could be long in coming to its end. */
static void vm_zero_stop_all(void)
{
	int domain;

	lockdep_assert_held(&vm_zero_lock);

	DOMAINSET_FOREACH(domain, &vm_all_domains) {
		struct vm_domain *vmd = VM_DOMAIN(domain);

		if (!vmd->vmd_zeroproc)
			continue;
		sched_set_normal(vmd->vmd_zeroproc, 0);
		kthread_stop(vmd->vmd_zeroproc);
		vmd->vmd_zeroproc = NULL;
	}
}

/* Threads are there when they are wanted, and may be. */
static int vm_zero_follow(void)
{
	int ret = 0;

	lockdep_assert_held(&vm_zero_lock);

	if (vm_zero_running && vm_zero_ahead)
		ret = vm_zero_start_missing();
	if (ret)
		vm_zero_ahead = false;
	if (!vm_zero_running || !vm_zero_ahead)
		vm_zero_stop_all();
	return ret;
}

int vm_zero_set(bool on)
{
	int ret;

	mutex_lock(&vm_zero_lock);
	vm_zero_ahead = on;
	ret = vm_zero_follow();
	mutex_unlock(&vm_zero_lock);
	return ret;
}

int vm_zero_start(void)
{
	int ret;

	mutex_lock(&vm_zero_lock);
	vm_zero_running = true;
	ret = vm_zero_follow();
	vm_zero_running = !ret;
	mutex_unlock(&vm_zero_lock);
	return ret;
}

void vm_zero_stop(void)
{
	mutex_lock(&vm_zero_lock);
	vm_zero_running = false;
	vm_zero_follow();
	mutex_unlock(&vm_zero_lock);
}

void vm_zero_update(void)
{
	mutex_lock(&vm_zero_lock);
	if (vm_zero_follow())
		pr_warn("vmpage: zeroing ahead is off, as a thread could not be started\n");
	mutex_unlock(&vm_zero_lock);
}
