// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Pages without an object, allocated and freed in hard interrupt while tasks do the
 * same.
 *
 * The interrupts are irq_work on each CPU, which raises itself again; on a kernel
 * without a way to raise one at once it comes with the next tick.
 */
#include <linux/cpumask.h>
#include <linux/irq_work.h>
#include <linux/prandom.h>
#include <linux/smp.h>

#include "kunit_fixture.h"

#define IRQ_PAGES	64		/* that one context holds */
#define IRQ_ROUNDS	16		/* interrupts of a CPU */
#define IRQ_TURNS	20000		/* of a task, at least */

/* What one context does to pages, and what it saw; no other one touches it. */
struct irq_user {
	struct irq_work work;
	struct rnd_state chance;
	vm_page_t pages[IRQ_PAGES];
	unsigned int n;
	unsigned long allocated;	/* pages */
	unsigned long runs;		/* of more than a page */
	unsigned long freed;		/* pages */
	unsigned long wrong;		/* pages that were not as they should be */
	atomic_t rounds;		/* interrupts that came */
	bool in_task;			/* where it was not to be */
	int cpu;
};

static const int irq_classes[] = { VM_ALLOC_NORMAL, VM_ALLOC_SYSTEM, VM_ALLOC_INTERRUPT };

static u32 irq_below(struct irq_user *user, u32 bound)
{
	return prandom_u32_state(&user->chance) % bound;
}

/* The page's index is its owner's: who finds another one's there has a page of two. */
static void irq_take(struct irq_user *user)
{
	const int req = irq_classes[irq_below(user, 3)] | VM_ALLOC_NOWAIT;
	const unsigned int npages = irq_below(user, 4) ? 1 : 1 + irq_below(user, 8);
	unsigned int i;
	vm_page_t m;

	if (user->n + npages > IRQ_PAGES)
		return;
	m = npages == 1 ? vm_page_alloc_noobj(req) :
	    vm_page_alloc_noobj_contig(req, npages, 0, ~(vm_paddr_t)0, PAGE_SIZE, 0,
				       VM_MEMATTR_DEFAULT);
	if (!m)
		return;
	user->allocated += npages;
	user->runs += npages > 1;
	for (i = 0; i < npages; i++) {
		user->wrong += m[i].pindex != VM_PAGE_NOOBJ_PINDEX;
		m[i].pindex = (uintptr_t)user;
		user->pages[user->n++] = &m[i];
	}
}

static void irq_give(struct irq_user *user)
{
	unsigned int i;
	vm_page_t m;

	if (!user->n)
		return;
	i = irq_below(user, user->n);
	m = user->pages[i];
	user->pages[i] = user->pages[--user->n];
	user->wrong += m->pindex != (uintptr_t)user;
	vm_page_free(m);
	user->freed++;
}

static void irq_turn(struct irq_user *user)
{
	if (irq_below(user, 2))
		irq_take(user);
	else
		irq_give(user);
}

static void irq_func(struct irq_work *work)
{
	struct irq_user *user = container_of(work, struct irq_user, work);
	unsigned int i;

	user->in_task |= !in_hardirq();
	user->cpu = smp_processor_id();
	for (i = 0; i < 128; i++)
		irq_turn(user);
	if (atomic_inc_return(&user->rounds) < IRQ_ROUNDS)
		irq_work_queue(work);
}

/* Until the interrupts of both CPUs have come as often as they should. */
struct irq_task {
	struct irq_user user;
	struct irq_user *irqs;
	unsigned int nirqs;
	bool starts;			/* the interrupts */
};

static bool irq_all_came(const struct irq_user *irqs, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (atomic_read(&irqs[i].rounds) < IRQ_ROUNDS)
			return false;
	}
	return true;
}

static void irq_start(void *info)
{
	struct irq_user *irqs = info;

	irq_work_queue(&irqs[smp_processor_id()].work);
}

static void irq_task_func(void *arg)
{
	struct irq_task *task = arg;
	const unsigned long until = jiffies + VMK_PATIENCE / 2;
	unsigned long turns;

	for (turns = 0; turns < IRQ_TURNS / 2; turns++)
		irq_turn(&task->user);
	/* In the middle of the turns, so that they meet. */
	if (task->starts)
		on_each_cpu(irq_start, task->irqs, 1);
	while (turns < IRQ_TURNS || (!irq_all_came(task->irqs, task->nirqs) &&
				     time_before(jiffies, until))) {
		irq_turn(&task->user);
		if (!(++turns % 256))
			cond_resched();
	}
}

static void irq_user_init(struct irq_user *user)
{
	prandom_seed_state(&user->chance, vmk_seed() + vmk_random_below(1 << 30));
	user->work = IRQ_WORK_INIT_HARD(irq_func);
	user->cpu = -1;
}

static void irq_expect(struct kunit *test, struct irq_user *user)
{
	KUNIT_EXPECT_EQ(test, user->wrong, 0);
	KUNIT_EXPECT_EQ(test, user->allocated, user->freed + user->n);
	KUNIT_EXPECT_GT(test, user->allocated, 0);
	KUNIT_EXPECT_GT(test, user->runs, 0);
	while (user->n)
		vm_page_free(user->pages[--user->n]);
}

static void irqs_and_tasks_share_the_pages(struct kunit *test)
{
	struct irq_user *irqs = kunit_kcalloc(test, nr_cpu_ids, sizeof(*irqs), GFP_KERNEL);
	struct irq_task *tasks = kunit_kcalloc(test, 2, sizeof(*tasks), GFP_KERNEL);
	unsigned int cpu, i;

	KUNIT_ASSERT_NOT_NULL(test, irqs);
	KUNIT_ASSERT_NOT_NULL(test, tasks);
	vmk_c2x4(test);
	for (cpu = 0; cpu < nr_cpu_ids; cpu++)
		irq_user_init(&irqs[cpu]);
	for (i = 0; i < 2; i++) {
		irq_user_init(&tasks[i].user);
		tasks[i].irqs = irqs;
		tasks[i].nirqs = nr_cpu_ids;
	}

	tasks[0].starts = true;
	vmk_in_two_threads(test, irq_task_func, &tasks[0], &tasks[1]);
	for (cpu = 0; cpu < nr_cpu_ids; cpu++) {
		irq_work_sync(&irqs[cpu].work);
		KUNIT_EXPECT_EQ(test, atomic_read(&irqs[cpu].rounds), IRQ_ROUNDS);
		KUNIT_EXPECT_FALSE(test, irqs[cpu].in_task);
		KUNIT_EXPECT_EQ(test, irqs[cpu].cpu, (int)cpu);
		irq_expect(test, &irqs[cpu]);
	}
	for (i = 0; i < 2; i++)
		irq_expect(test, &tasks[i].user);
}

/* The last page, which no other class may have. */
static void irq_exhaust(void *arg)
{
	struct irq_user *user = arg;

	for (;;) {
		vm_page_t m = vm_page_alloc_noobj(VM_ALLOC_INTERRUPT | VM_ALLOC_NOWAIT);

		if (!m)
			break;
		m->pindex = user->allocated++;
		m->plinks.s.ss = user->pages[0];
		user->pages[0] = m;
	}
}

static void irq_free_all(void *arg)
{
	struct irq_user *user = arg;

	while (user->pages[0]) {
		vm_page_t m = user->pages[0];

		user->pages[0] = m->plinks.s.ss;
		vm_page_free(m);
		user->freed++;
	}
}

static void interrupt_takes_the_last_page(struct kunit *test)
{
	struct irq_user *user = kunit_kzalloc(test, sizeof(*user), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, user);
	vmk_b4(test);
	vmk_in_hardirq(test, irq_exhaust, user);
	KUNIT_EXPECT_EQ(test, user->allocated, 1024);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 0);
	KUNIT_EXPECT_TRUE(test, vm_page_count_min() && vm_page_count_severe());
	vmk_in_hardirq(test, irq_free_all, user);
	KUNIT_EXPECT_EQ(test, user->freed, 1024);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
	KUNIT_EXPECT_FALSE(test, vm_page_count_min() || vm_page_count_severe());
}

static void irq_wait(void *arg)
{
	vm_page_t *m = arg;

	*m = vm_page_alloc_noobj(VM_ALLOC_NORMAL | VM_ALLOC_WAITOK);
}

static void interrupt_wakes_who_waits(struct kunit *test)
{
	struct irq_user *user = kunit_kzalloc(test, sizeof(*user), GFP_KERNEL);
	vm_page_t *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	struct vmk_thread *t;

	KUNIT_ASSERT_NOT_NULL(test, user);
	KUNIT_ASSERT_NOT_NULL(test, m);
	vmk_b4(test);
	vmk_in_hardirq(test, irq_exhaust, user);
	t = vmk_thread_start(test, irq_wait, m);
	vmk_until(test, vm_wait_count() == 1);
	KUNIT_EXPECT_FALSE(test, vmk_thread_done(t));
	vmk_in_hardirq(test, irq_free_all, user);
	vmk_thread_join(test, t);
	KUNIT_ASSERT_NOT_NULL(test, *m);
	vm_page_free(*m);
}

static struct kunit_case vmpage_page_irq_cases[] = {
	KUNIT_CASE(irqs_and_tasks_share_the_pages),
	KUNIT_CASE(interrupt_takes_the_last_page),
	KUNIT_CASE(interrupt_wakes_who_waits),
	{}
};

static struct kunit_suite vmpage_page_irq_suite = {
	.name = "vmpage_page_irq",
	.init = vmk_init,
	.exit = vmk_exit,
	.test_cases = vmpage_page_irq_cases,
};

kunit_test_suite(vmpage_page_irq_suite);
