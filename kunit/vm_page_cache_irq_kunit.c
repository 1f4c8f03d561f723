// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Cached pages, taken in hard interrupt while tasks cache and reactivate them.
 *
 * Most pages of the machine are cached ones of two tasks, each of which knows what
 * its pages hold.  Interrupts on every CPU, irq_work that raises itself again, allocate
 * pages all the while, and have to take cached ones for that.
 */
#include <linux/cpumask.h>
#include <linux/irq_work.h>
#include <linux/prandom.h>
#include <linux/smp.h>

#include "kunit_fixture.h"

#define CIRQ_PAGES	48		/* that an interrupt holds */
#define CIRQ_ROUNDS	24		/* interrupts of a CPU */
#define CIRQ_MORE	2400		/* the most, if there was nothing to take in these */
#define CIRQ_TURNS	12000		/* of a task, at least */
#define CIRQ_SIZE	1024		/* pages of an object */
#define CIRQ_TRANSFER	3000		/* turns from one to the next */
#define CIRQ_END	5000		/* turns of an object */

/* What the interrupts of a CPU do to pages, and what they saw. */
struct cirq_irq {
	struct irq_work work;
	struct rnd_state chance;
	vm_page_t pages[CIRQ_PAGES];
	unsigned int n;
	unsigned long stamp;
	unsigned long allocated;	/* pages */
	unsigned long runs;		/* of more than a page */
	unsigned long taken;		/* pages that were cached */
	unsigned long wrong;		/* pages that were not as they should be */
	atomic_t rounds;		/* interrupts that came */
	bool in_task;			/* where it was not to be */
};

/* What a task knows of an index of an object. */
struct cirq_index {
	vm_page_t m;			/* resident, busied by the task; or NULL */
	unsigned long stamp;		/* that is in the page; 0 for no page */
};

struct cirq_object {
	vm_object_t object;
	struct cirq_index index[CIRQ_SIZE];
};

struct cirq_task {
	struct rnd_state chance;
	struct cirq_object objects[2];
	unsigned long stamp;
	struct cirq_irq *irqs;
	bool starts;			/* the interrupts */

	unsigned long cached;		/* pages */
	unsigned long kept;		/* pages that came back */
	unsigned long lost;		/* pages that were taken meanwhile */
	unsigned long moved;		/* pages, to the other object */
	unsigned long ended;		/* objects */
	unsigned long wrong;		/* pages that did not hold what they should */
};

static u32 cirq_below(struct rnd_state *chance, u32 bound)
{
	return prandom_u32_state(chance) % bound;
}

/* The first and the last word of a page */
static void cirq_stamp(vm_page_t m, unsigned long stamp)
{
	unsigned long *kva = vmk_page_kva(m);

	kva[0] = stamp;
	kva[PAGE_SIZE / sizeof(*kva) - 1] = stamp;
}

static bool cirq_is_stamped(vm_page_t m, unsigned long stamp)
{
	const unsigned long *kva = vmk_page_kva(m);

	return kva[0] == stamp && kva[PAGE_SIZE / sizeof(*kva) - 1] == stamp;
}

/* Interrupts */

static void cirq_take(struct cirq_irq *irq)
{
	static const int classes[] = { VM_ALLOC_NORMAL, VM_ALLOC_SYSTEM, VM_ALLOC_INTERRUPT };
	const int req = classes[cirq_below(&irq->chance, 3)] | VM_ALLOC_NOWAIT;
	const int domain = cirq_below(&irq->chance, 2);
	const unsigned int npages = cirq_below(&irq->chance, 4) ? 1 : 2;
	const s64 freed = this_cpu_read(vm_cnt.v_tfree);
	unsigned int i;
	vm_page_t m;

	if (irq->n + npages > CIRQ_PAGES)
		return;
	m = npages == 1 ? vm_page_alloc_noobj_domain(domain, req) :
	    vm_page_alloc_noobj_contig_domain(domain, req, npages, 0, ~(vm_paddr_t)0, PAGE_SIZE,
					      0, VM_MEMATTR_DEFAULT);
	irq->taken += this_cpu_read(vm_cnt.v_tfree) - freed;
	if (!m)
		return;
	irq->allocated += npages;
	irq->runs += npages > 1;
	for (i = 0; i < npages; i++) {
		irq->wrong += m[i].pindex != VM_PAGE_NOOBJ_PINDEX || m[i].object ||
			      m[i].valid || m[i].flags & PG_CACHED;
		m[i].pindex = (uintptr_t)irq + irq->stamp;
		cirq_stamp(&m[i], m[i].pindex);
		irq->stamp++;
		irq->pages[irq->n++] = &m[i];
	}
}

static void cirq_give(struct cirq_irq *irq)
{
	const unsigned int i = cirq_below(&irq->chance, irq->n);
	const vm_page_t m = irq->pages[i];

	irq->pages[i] = irq->pages[--irq->n];
	irq->wrong += !cirq_is_stamped(m, m->pindex) || m->object;
	vm_page_free(m);
}

/* Have there been enough interrupts of a CPU? */
static bool cirq_is_done(const struct cirq_irq *irq)
{
	const int rounds = atomic_read(&irq->rounds);

	return rounds >= CIRQ_MORE || (rounds >= CIRQ_ROUNDS && READ_ONCE(irq->taken));
}

static void cirq_func(struct irq_work *work)
{
	struct cirq_irq *irq = container_of(work, struct cirq_irq, work);
	unsigned int i;

	irq->in_task |= !in_hardirq();
	for (i = 0; i < 64; i++) {
		if (irq->n && cirq_below(&irq->chance, 2))
			cirq_give(irq);
		else
			cirq_take(irq);
	}
	atomic_inc(&irq->rounds);
	if (!cirq_is_done(irq))
		irq_work_queue(work);
}

static void cirq_start(void *info)
{
	struct cirq_irq *irqs = info;

	irq_work_queue(&irqs[smp_processor_id()].work);
}

static bool cirq_all_came(const struct cirq_irq *irqs)
{
	unsigned int cpu;

	for (cpu = 0; cpu < nr_cpu_ids; cpu++) {
		if (!cirq_is_done(&irqs[cpu]))
			return false;
	}
	return true;
}

/* Tasks; all of these have the object locked */

static void cirq_cache(struct cirq_task *task, struct cirq_index *index)
{
	const vm_page_t m = index->m;

	task->wrong += !cirq_is_stamped(m, index->stamp) || m->valid != VM_PAGE_BITS_ALL;
	index->stamp = ++task->stamp;
	cirq_stamp(m, index->stamp);
	vm_page_xunbusy(m);
	if (cirq_below(&task->chance, 2))
		vm_page_cache(m);
	else
		task->wrong += !vm_page_try_to_cache(m);
	index->m = NULL;
	task->cached++;
}

/* A page that came: either it was kept, and holds what it held, or it is new. */
static void cirq_came(struct cirq_task *task, struct cirq_index *index, vm_page_t m)
{
	if (m->valid) {
		task->kept++;
		task->wrong += !index->stamp || m->valid != VM_PAGE_BITS_ALL ||
			       !cirq_is_stamped(m, index->stamp);
	} else {
		task->lost += !!index->stamp;
		index->stamp = ++task->stamp;
		cirq_stamp(m, index->stamp);
		vm_page_valid(m);
	}
	index->m = m;
}

static void cirq_alloc(struct cirq_task *task, struct cirq_object *o, unsigned int i)
{
	struct cirq_index *index = &o->index[i];
	const bool ifcached = !cirq_below(&task->chance, 4);
	vm_page_t m;

	if (ifcached)
		m = vmpage_alloc_ifcached(o->object, i, VM_ALLOC_INTERRUPT);
	else
		m = vm_page_alloc_domain(o->object, i, cirq_below(&task->chance, 2),
					 VM_ALLOC_NORMAL);
	if (m) {
		task->wrong += ifcached && !m->valid;
		cirq_came(task, index, m);
	} else if (ifcached) {
		/* A class that no cached page is refused to */
		task->lost += !!index->stamp;
		index->stamp = 0;
	}
}

static void cirq_free_cached(struct cirq_object *o, unsigned int start, unsigned int end)
{
	unsigned int i;

	vm_page_cache_free(o->object, start, end);
	for (i = start; i < end; i++) {
		if (!o->index[i].m)
			o->index[i].stamp = 0;
	}
}

static void cirq_transfer(struct cirq_task *task, struct cirq_object *from,
			  struct cirq_object *to)
{
	const unsigned int start = cirq_below(&task->chance, CIRQ_SIZE);
	unsigned int i;

	cirq_free_cached(to, 0, CIRQ_SIZE);
	vm_page_cache_transfer(from->object, start, to->object);
	for (i = start; i < CIRQ_SIZE; i++) {
		if (from->index[i].m)
			continue;
		if (!to->index[i - start].m) {
			to->index[i - start].stamp = from->index[i].stamp;
			task->moved += !!from->index[i].stamp;
		}
		from->index[i].stamp = 0;
	}
}

/* Without the lock */
static void cirq_end_object(struct cirq_task *task, struct cirq_object *o)
{
	unsigned int i;

	VM_OBJECT_WLOCK(o->object);
	for (i = 0; i < CIRQ_SIZE; i++) {
		if (o->index[i].m)
			vm_page_xunbusy(o->index[i].m);
	}
	VM_OBJECT_WUNLOCK(o->object);
	vm_object_deallocate(o->object);
	memset(o, 0, sizeof(*o));
	task->ended++;
}

static void cirq_turn_locked(struct cirq_task *task, struct cirq_object *o)
{
	const unsigned int i = cirq_below(&task->chance, CIRQ_SIZE);

	if (!cirq_below(&task->chance, 64))
		cirq_free_cached(o, i, min_t(unsigned int, i + 4, CIRQ_SIZE));
	else if (o->index[i].m)
		cirq_cache(task, &o->index[i]);
	else
		cirq_alloc(task, o, i);
}

static void cirq_turn(struct cirq_task *task)
{
	struct cirq_object *o = &task->objects[cirq_below(&task->chance, 2)];

	VM_OBJECT_WLOCK(o->object);
	cirq_turn_locked(task, o);
	VM_OBJECT_WUNLOCK(o->object);
}

/* Afterwards there is hardly a free page. */
static void cirq_fill(struct cirq_task *task, struct cirq_object *o)
{
	unsigned int i;

	VM_OBJECT_WLOCK(o->object);
	for (i = 0; i < CIRQ_SIZE; i++) {
		if (o->index[i].m)
			continue;
		cirq_alloc(task, o, i);
		if (o->index[i].m)
			cirq_cache(task, &o->index[i]);
	}
	VM_OBJECT_WUNLOCK(o->object);
}

static void cirq_big_turn(struct cirq_task *task, unsigned long turns)
{
	struct cirq_object *o = task->objects;

	if (!(turns % CIRQ_END)) {
		cirq_end_object(task, &o[0]);
		o[0].object = vm_object_allocate(OBJT_VNODE, CIRQ_SIZE);
		cirq_fill(task, &o[0]);
	} else if (!(turns % CIRQ_TRANSFER)) {
		vmpage_object_wlock_two(o[0].object, o[1].object);
		cirq_transfer(task, &o[0], &o[1]);
		vmpage_object_wunlock_two(o[0].object, o[1].object);
		cirq_fill(task, &o[0]);
	}
}

static atomic_t cirq_filled;		/* tasks that have used their pages up */

/* The interrupts begin once both tasks have. */
static void cirq_task_func(void *arg)
{
	struct cirq_task *task = arg;
	const unsigned long until = jiffies + VMK_PATIENCE / 2;
	unsigned long turns = 0;

	cirq_fill(task, &task->objects[0]);
	atomic_inc(&cirq_filled);
	while (atomic_read(&cirq_filled) < 2 && time_before(jiffies, until))
		cond_resched();
	if (task->starts)
		on_each_cpu(cirq_start, task->irqs, 1);
	while (turns < CIRQ_TURNS ||
	       (!cirq_all_came(task->irqs) && time_before(jiffies, until))) {
		cirq_turn(task);
		cirq_big_turn(task, ++turns);
		if (!(turns % 64))
			cond_resched();
	}
	cirq_end_object(task, &task->objects[0]);
	cirq_end_object(task, &task->objects[1]);
}

static void cirq_seed(struct rnd_state *chance)
{
	prandom_seed_state(chance, vmk_seed() + vmk_random_below(1 << 30));
}

static struct cirq_irq *cirq_irqs(struct kunit *test)
{
	struct cirq_irq *irqs = kunit_kcalloc(test, nr_cpu_ids, sizeof(*irqs), GFP_KERNEL);
	unsigned int cpu;

	KUNIT_ASSERT_NOT_NULL(test, irqs);
	for (cpu = 0; cpu < nr_cpu_ids; cpu++) {
		cirq_seed(&irqs[cpu].chance);
		irqs[cpu].work = IRQ_WORK_INIT_HARD(cirq_func);
	}
	return irqs;
}

static struct cirq_task *cirq_task(struct kunit *test, struct cirq_irq *irqs)
{
	struct cirq_task *task = kunit_kzalloc(test, sizeof(*task), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, task);
	cirq_seed(&task->chance);
	task->irqs = irqs;
	for (i = 0; i < 2; i++) {
		task->objects[i].object = vm_object_allocate(OBJT_VNODE, CIRQ_SIZE);
		KUNIT_ASSERT_NOT_NULL(test, task->objects[i].object);
	}
	return task;
}

static void cirq_expect_irq(struct kunit *test, struct cirq_irq *irq)
{
	irq_work_sync(&irq->work);
	KUNIT_EXPECT_GE(test, atomic_read(&irq->rounds), CIRQ_ROUNDS);
	KUNIT_EXPECT_FALSE(test, irq->in_task);
	KUNIT_EXPECT_EQ(test, irq->wrong, 0);
	KUNIT_EXPECT_GT(test, irq->allocated, 0);
	KUNIT_EXPECT_GT(test, irq->runs, 0);
	KUNIT_EXPECT_GT(test, irq->taken, 0);
	while (irq->n)
		vm_page_free(irq->pages[--irq->n]);
}

static void cirq_expect_task(struct kunit *test, const struct cirq_task *task)
{
	KUNIT_EXPECT_EQ(test, task->wrong, 0);
	KUNIT_EXPECT_GT(test, task->cached, 0);
	KUNIT_EXPECT_GT(test, task->kept, 0);
	KUNIT_EXPECT_GT(test, task->lost, 0);
	KUNIT_EXPECT_GT(test, task->moved, 0);
	KUNIT_EXPECT_GT(test, task->ended, 2);
}

static void interrupts_take_what_tasks_cache(struct kunit *test)
{
	struct cirq_irq *irqs = cirq_irqs(test);
	struct cirq_task *tasks[2];
	unsigned int cpu;
	int i;

	vmk_c2x4(test);
	for (i = 0; i < 2; i++) {
		tasks[i] = cirq_task(test, irqs);
		vmk_use_memory(vm_phys_segs[i]->start, vm_phys_segs[i]->end);
	}
	tasks[0]->starts = true;
	atomic_set(&cirq_filled, 0);
	vmk_in_two_threads(test, cirq_task_func, tasks[0], tasks[1]);
	for (cpu = 0; cpu < nr_cpu_ids; cpu++)
		cirq_expect_irq(test, &irqs[cpu]);
	for (i = 0; i < 2; i++)
		cirq_expect_task(test, tasks[i]);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0) + vmk_free_count(1), 2048);
}

/* Every page but those that a class must leave */

static void take_all(void *arg)
{
	struct cirq_irq *irq = arg;
	vm_page_t m;

	while ((m = vm_page_alloc_noobj(VM_ALLOC_INTERRUPT | VM_ALLOC_NOWAIT))) {
		m->plinks.s.ss = irq->pages[0];
		irq->pages[0] = m;
		irq->allocated++;
		irq->wrong += !in_hardirq();
	}
}

static void interrupt_takes_the_last_cached_page(struct kunit *test)
{
	struct cirq_irq *irq = kunit_kzalloc(test, sizeof(*irq), GFP_KERNEL);
	vm_object_t object;
	vm_page_t m;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, irq);
	vmk_b4(test);
	object = vmk_object(test, VMK_U, 1024);
	for (i = 0; i < 900; i++)
		vmk_cached(test, object, i, i);
	/* What another CPU keeps is out of its reach. */
	vmk_drain();
	vmk_in_hardirq(test, take_all, irq);
	KUNIT_EXPECT_EQ(test, irq->allocated, 1024);
	KUNIT_EXPECT_EQ(test, irq->wrong, 0);
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0), 0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 0);
	while ((m = irq->pages[0])) {
		irq->pages[0] = m->plinks.s.ss;
		vm_page_free(m);
	}
}

static struct kunit_case vmpage_page_cache_irq_cases[] = {
	KUNIT_CASE(interrupts_take_what_tasks_cache),
	KUNIT_CASE(interrupt_takes_the_last_cached_page),
	{}
};

static struct kunit_suite vmpage_page_cache_irq_suite = {
	.name = "vmpage_page_cache_irq",
	.init = vmk_init,
	.exit = vmk_exit,
	.test_cases = vmpage_page_cache_irq_cases,
};

kunit_test_suite(vmpage_page_cache_irq_suite);
