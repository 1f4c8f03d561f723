// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Tests of the allocator on real memory, by a module that uses it as any other
 * would.  They run at load; each prints "vmpage_test: ok NAME" or "vmpage_test:
 * not ok NAME: line", and the last line counts them.  The load itself succeeds,
 * so that the lines are the result.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/completion.h>
#include <linux/highmem.h>
#include <linux/irq_work.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/smp.h>
#include <sys/param.h>
#include <vm/vm_page.h>

#define CHUNK_PAGES	VM_LEVEL_0_NPAGES
#define RUN_PAGES	(2 * CHUNK_PAGES + 1)	/* in three chunks at least */
#define IRQ_PAGES	16
#define IRQ_ROUNDS	2000

static int failed_line;			/* of the running test; 0 while all is well */

static bool require_at(bool cond, int line)
{
	if (!cond && !failed_line)
		failed_line = line;
	return cond;
}

#define REQUIRE(cond)	require_at(cond, __LINE__)

static struct page *linux_page(vm_page_t m)
{
	return pfn_to_page(VM_PAGE_TO_PHYS(m) >> PAGE_SHIFT);
}

static void store(vm_page_t m, u64 value)
{
	u64 *p = kmap_local_page(linux_page(m));

	p[0] = value;
	p[PAGE_SIZE / sizeof(u64) - 1] = ~value;
	kunmap_local(p);
}

static bool holds(vm_page_t m, u64 value)
{
	u64 *p = kmap_local_page(linux_page(m));
	const bool good = p[0] == value && p[PAGE_SIZE / sizeof(u64) - 1] == ~value;

	kunmap_local(p);
	return good;
}

static bool zero(vm_page_t m)
{
	void *p = kmap_local_page(linux_page(m));
	const bool good = !memchr_inv(p, 0, PAGE_SIZE);

	kunmap_local(p);
	return good;
}

static vm_page_t contig(int req, u_long npages)
{
	return vm_page_alloc_noobj_contig(req, npages, 0, ~0ULL, PAGE_SIZE, 0, VM_MEMATTR_DEFAULT);
}

static void free_run(vm_page_t m, u_long npages)
{
	for (u_long i = 0; i < npages; i++)
		vm_page_free(&m[i]);
}

static void run_over_adjacent_chunks_is_walked_by_index(void)
{
	vm_page_t m = contig(VM_ALLOC_NORMAL, RUN_PAGES);

	if (!REQUIRE(m))
		return;
	for (u_long i = 0; i < RUN_PAGES; i++) {
		REQUIRE(VM_PAGE_TO_PHYS(&m[i]) == VM_PAGE_TO_PHYS(m) + ptoa(i));
		store(&m[i], i);
	}
	for (u_long i = 0; i < RUN_PAGES; i++)
		REQUIRE(holds(&m[i], i));
	/* It lies in chunks of their own, not in one large block of Linux's. */
	REQUIRE(compound_head(linux_page(m)) != compound_head(linux_page(&m[CHUNK_PAGES])));
	free_run(m, RUN_PAGES);
}

static void zeroed_run_is_zero(void)
{
	vm_page_t m = contig(VM_ALLOC_NORMAL, RUN_PAGES);

	if (!REQUIRE(m))
		return;
	for (u_long i = 0; i < RUN_PAGES; i++)
		store(&m[i], 1);
	free_run(m, RUN_PAGES);
	m = contig(VM_ALLOC_NORMAL | VM_ALLOC_ZERO, RUN_PAGES);
	if (!REQUIRE(m))
		return;
	for (u_long i = 0; i < RUN_PAGES; i++)
		REQUIRE(zero(&m[i]));
	free_run(m, RUN_PAGES);
}

static void aligned_run_is_aligned(void)
{
	vm_page_t m = vm_page_alloc_noobj_contig(VM_ALLOC_NORMAL, CHUNK_PAGES, 0, ~0ULL, SZ_2M,
						 SZ_2M, VM_MEMATTR_DEFAULT);

	if (!REQUIRE(m))
		return;
	REQUIRE(IS_ALIGNED(VM_PAGE_TO_PHYS(m), SZ_2M));
	free_run(m, CHUNK_PAGES);
}

static void address_finds_the_page(void)
{
	vm_page_t m = vm_page_alloc_noobj(VM_ALLOC_NORMAL);

	if (!REQUIRE(m))
		return;
	REQUIRE(PHYS_TO_VM_PAGE(VM_PAGE_TO_PHYS(m) + 123) == m);
	REQUIRE(!PHYS_TO_VM_PAGE(0));
	vm_page_free(m);
}

static atomic_t failures;

/* One for each CPU that takes part. */
struct worker {
	struct irq_work work;
	struct completion done;
	atomic_t irq_runs;
};

static struct worker workers[8];

/* In a hard interrupt: take pages, free them in another order. */
static void alloc_in_interrupt(void)
{
	vm_page_t ma[IRQ_PAGES];
	int n = 0;

	while (n < IRQ_PAGES) {
		ma[n] = vm_page_alloc_noobj(n & 1 ? VM_ALLOC_INTERRUPT : VM_ALLOC_NOWAIT);
		if (!ma[n]) {
			atomic_inc(&failures);
			break;
		}
		n++;
	}
	for (int i = 0; i < n; i += 2)
		vm_page_free(ma[i]);
	for (int i = 1; i < n; i += 2)
		vm_page_free(ma[i]);
}

/* An interrupt that the CPU sends to itself. */
static void on_irq_work(struct irq_work *work)
{
	struct worker *worker = container_of(work, struct worker, work);

	alloc_in_interrupt();
	if (in_hardirq())
		atomic_inc(&worker->irq_runs);
}

/* An interrupt from another CPU, at any point of what this one does. */
static void on_call(void *unused)
{
	alloc_in_interrupt();
}

static int alloc_in_thread(void *arg)
{
	struct worker *worker = arg;

	for (int round = 0; round < IRQ_ROUNDS; round++) {
		vm_page_t m;

		irq_work_queue(&worker->work);
		m = vm_page_alloc_noobj(VM_ALLOC_NORMAL | VM_ALLOC_ZERO);
		if (m)
			vm_page_free(m);
		else
			atomic_inc(&failures);
		irq_work_sync(&worker->work);
		cond_resched();
	}
	/* Past this line nothing of the module runs in the thread. */
	kthread_complete_and_exit(&worker->done, 0);
}

static bool start_worker(int cpu)
{
	struct worker *worker = &workers[cpu];
	struct task_struct *thread;

	worker->work = IRQ_WORK_INIT_HARD(on_irq_work);
	init_completion(&worker->done);
	thread = kthread_create(alloc_in_thread, worker, "vmpage_test/%d", cpu);
	if (IS_ERR(thread))
		return false;
	kthread_bind(thread, cpu);
	wake_up_process(thread);
	return true;
}

static void interrupts_allocate_and_free_on_every_cpu(void)
{
	const int ncpus = min_t(int, num_online_cpus(), ARRAY_SIZE(workers));
	int started = 0;

	while (started < ncpus && start_worker(started))
		started++;
	for (int cpu = 0; cpu < started; cpu++) {
		while (!try_wait_for_completion(&workers[cpu].done)) {
			for (int other = 0; other < started; other++)
				smp_call_function_single(other, on_call, NULL, 1);
			cond_resched();
		}
	}
	REQUIRE(started == ncpus);
	REQUIRE(!atomic_read(&failures));
	for (int cpu = 0; cpu < ncpus; cpu++)
		REQUIRE(atomic_read(&workers[cpu].irq_runs) == IRQ_ROUNDS);
}

static const struct {
	const char *name;
	void (*run)(void);
} tests[] = {
	{ "run_over_adjacent_chunks_is_walked_by_index",
	  run_over_adjacent_chunks_is_walked_by_index },
	{ "zeroed_run_is_zero", zeroed_run_is_zero },
	{ "aligned_run_is_aligned", aligned_run_is_aligned },
	{ "address_finds_the_page", address_finds_the_page },
	{ "interrupts_allocate_and_free_on_every_cpu",
	  interrupts_allocate_and_free_on_every_cpu },
};

static int __init vmpage_test_init(void)
{
	int nfailed = 0;

	for (size_t i = 0; i < ARRAY_SIZE(tests); i++) {
		failed_line = 0;
		tests[i].run();
		if (failed_line)
			pr_info("not ok %s: line %d\n", tests[i].name, failed_line);
		else
			pr_info("ok %s\n", tests[i].name);
		nfailed += !!failed_line;
	}
	pr_info("tests %zu failed %d\n", ARRAY_SIZE(tests), nfailed);
	return 0;
}

static void __exit vmpage_test_exit(void)
{
}

module_init(vmpage_test_init);
module_exit(vmpage_test_exit);
MODULE_DESCRIPTION("Tests of vmpage on real memory");
MODULE_LICENSE("Dual BSD/GPL");
