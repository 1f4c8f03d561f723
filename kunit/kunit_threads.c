// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * What runs beside a case: hard interrupts and threads; see kunit_fixture.h.
 */
#include <linux/completion.h>
#include <linux/irq_work.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "kunit_fixture.h"

/* Hard interrupt. */

struct vmk_hardirq {
	struct irq_work work;
	void (*func)(void *arg);
	void *arg;
	bool was_hardirq;
};

static void vmk_hardirq_func(struct irq_work *work)
{
	struct vmk_hardirq *hardirq = container_of(work, struct vmk_hardirq, work);

	hardirq->was_hardirq = in_hardirq();
	hardirq->func(hardirq->arg);
}

void vmk_in_hardirq(struct kunit *test, void (*func)(void *arg), void *arg)
{
	struct vmk_hardirq hardirq = {
		.work = IRQ_WORK_INIT_HARD(vmk_hardirq_func),
		.func = func,
		.arg = arg,
	};

	KUNIT_ASSERT_TRUE(test, irq_work_queue(&hardirq.work));
	irq_work_sync(&hardirq.work);
	KUNIT_EXPECT_TRUE(test, hardirq.was_hardirq);
}

/* Other threads. */

struct vmk_thread {
	struct list_head list;		/* in vmk_threads */
	struct task_struct *task;	/* with a reference */
	struct completion done;
	void (*func)(void *arg);
	void *arg;
};

static LIST_HEAD(vmk_threads);	/* of the case */

static int vmk_thread_func(void *data)
{
	struct vmk_thread *t = data;

	t->func(t->arg);
	kthread_complete_and_exit(&t->done, 0);
}

struct vmk_thread *vmk_thread_start(struct kunit *test, void (*func)(void *arg), void *arg)
{
	struct vmk_thread *t = kzalloc(sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	init_completion(&t->done);
	t->func = func;
	t->arg = arg;
	t->task = kthread_create(vmk_thread_func, t, "vmk");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t->task);
	get_task_struct(t->task);
	list_add_tail(&t->list, &vmk_threads);
	wake_up_process(t->task);
	return t;
}

bool vmk_thread_done(struct vmk_thread *t)
{
	return completion_done(&t->done);
}

struct task_struct *vmk_thread_task(struct vmk_thread *t)
{
	return t->task;
}

bool vmk_thread_is_asleep(struct vmk_thread *t)
{
	return READ_ONCE(vmk_thread_task(t)->__state) & TASK_UNINTERRUPTIBLE;
}

bool vmk_page_is_waited_for(vm_page_t m)
{
	const u_int x = READ_ONCE(m->busy_lock);

	return x != VPB_FREED && (x & VPB_BIT_WAITERS);
}

void vmk_thread_join(struct kunit *test, struct vmk_thread *t)
{
	list_del(&t->list);
	if (!wait_for_completion_timeout(&t->done, VMK_PATIENCE)) {
		__module_get(THIS_MODULE);
		KUNIT_FAIL(test, "a thread does not end");
		return;
	}
	put_task_struct(t->task);
	kfree(t);
}

void vmk_in_thread(struct kunit *test, void (*func)(void *arg), void *arg)
{
	vmk_thread_join(test, vmk_thread_start(test, func, arg));
}

void vmk_in_two_threads(struct kunit *test, void (*func)(void *arg), void *arg1, void *arg2)
{
	struct vmk_thread *t1 = vmk_thread_start(test, func, arg1);
	struct vmk_thread *t2 = vmk_thread_start(test, func, arg2);

	vmk_thread_join(test, t1);
	vmk_thread_join(test, t2);
}

void vmk_join_threads(struct kunit *test)
{
	struct vmk_thread *t, *next;

	list_for_each_entry_safe(t, next, &vmk_threads, list)
		vmk_thread_join(test, t);
}
