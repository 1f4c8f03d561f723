// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Tests of the allocator on real memory, by a module that uses it as any other
 * would.  They run at load; each prints "vmpage_test: ok NAME" or "vmpage_test:
 * not ok NAME: line", and the last line counts them.  The load itself succeeds,
 * so that the lines are the result.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/highmem.h>
#include <linux/irq_work.h>
#include <linux/kthread.h>
#include <linux/mempolicy.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/topology.h>
#include <sys/param.h>
#include <vm/vm_domainset.h>
#include <vm/vm_object.h>
#include <vm/vm_page.h>
#include <vm/vm_pagequeue.h>
#include <vm/vm_phys.h>
#include <vm/vm_reserv.h>

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

/* NUMA: the guest has two nodes. */

/* The node that a page is on, as Linux and as the allocator say; -1 for none. */
static int node_of(vm_page_t m)
{
	if (!m)
		return -1;
	REQUIRE(page_to_nid(linux_page(m)) == vm_page_domain(m));
	return page_to_nid(linux_page(m));
}

static int node_of_new_page(int req)
{
	vm_page_t m = vm_page_alloc_noobj(req);
	const int node = node_of(m);

	if (m)
		vm_page_free(m);
	return node;
}

static void page_comes_from_the_node_asked_for(void)
{
	int node;

	REQUIRE(vm_ndomains == 2);
	DOMAINSET_FOREACH(node, &vm_all_domains) {
		vm_page_t m = vm_page_alloc_noobj_domain(node, VM_ALLOC_NORMAL);

		if (REQUIRE(node_of(m) == node))
			vm_page_free(m);
		m = vm_page_alloc_noobj_contig_domain(node, VM_ALLOC_NORMAL, CHUNK_PAGES, 0, ~0ULL,
						      PAGE_SIZE, 0, VM_MEMATTR_DEFAULT);
		if (!REQUIRE(m))
			return;
		for (u_long i = 0; i < CHUNK_PAGES; i++)
			REQUIRE(node_of(&m[i]) == node);
		free_run(m, CHUNK_PAGES);
	}
}

static void policy_of_the_task_holds(void)
{
	struct vmpage_task_policy outer, inner;
	int node;

	DOMAINSET_FOREACH(node, &vm_all_domains) {
		vmpage_task_policy_begin(&outer, DOMAINSET_FIXED(node));
		for (int i = 0; i < 100; i++)
			REQUIRE(node_of_new_page(VM_ALLOC_NORMAL) == node);
		vmpage_task_policy_begin(&inner, DOMAINSET_PREF(!node));
		for (int i = 0; i < 100; i++)
			REQUIRE(node_of_new_page(VM_ALLOC_NORMAL) == !node);
		vmpage_task_policy_end(&inner);
		REQUIRE(node_of_new_page(VM_ALLOC_NORMAL) == node);
		vmpage_task_policy_end(&outer);
	}

	vmpage_task_policy_begin(&outer, DOMAINSET_RR());
	for (int i = 0; i < 100; i++)
		REQUIRE(node_of_new_page(VM_ALLOC_NORMAL) == !(i & 1));
	vmpage_task_policy_end(&outer);
}

static void take_first_touch(void *node)
{
	*(int *)node = node_of_new_page(VM_ALLOC_NOWAIT);
}

static void first_touch_is_the_node_of_the_cpu(void)
{
	int cpu, node, nodes = 0;

	for_each_online_cpu(cpu) {
		node = -1;
		smp_call_function_single(cpu, take_first_touch, &node, 1);
		REQUIRE(node == cpu_to_node(cpu));
		nodes |= 1 << node;
	}
	REQUIRE(nodes == 3);
}

/* The node of a new page at an index of the object, where it stays. */
static int node_in_object(vm_object_t object, vm_pindex_t pindex)
{
	vm_page_t m;

	VM_OBJECT_WLOCK(object);
	m = vm_page_alloc(object, pindex, VM_ALLOC_NORMAL | VM_ALLOC_NOBUSY);
	VM_OBJECT_WUNLOCK(object);
	return node_of(m);
}

static void policy_of_the_object_holds(void)
{
	struct vmpage_task_policy tp;
	vm_object_t object = vm_object_allocate(OBJT_PHYS, 2048);
	int first;

	if (!REQUIRE(object))
		return;
	vmpage_task_policy_begin(&tp, DOMAINSET_FIXED(0));
	REQUIRE(node_in_object(object, 0) == 0);
	object->domain.dr_policy = DOMAINSET_FIXED(1);
	REQUIRE(node_in_object(object, 1) == 1);
	object->domain.dr_policy = DOMAINSET_IL();
	first = node_in_object(object, 512);
	for (vm_pindex_t i = 513; i < 1024; i++)
		REQUIRE(node_in_object(object, i) == (first ^ (i / 64 & 1)));
	vmpage_task_policy_end(&tp);
	vm_object_deallocate(object);
}

/* Put a policy where set_mempolicy(2) would, and see where pages come from. */
static int node_by_mempolicy(unsigned short mode, int node)
{
	struct mempolicy pol = { .refcnt = ATOMIC_INIT(1), .mode = mode };
	struct mempolicy *old = current->mempolicy;

	node_set(node, pol.nodes);
	current->mempolicy = &pol;
	node = node_of_new_page(VM_ALLOC_NORMAL);
	current->mempolicy = old;
	return node;
}

static void mempolicy_of_the_task_is_followed(void)
{
	struct vmpage_task_policy tp;

	for (int node = 0; node < 2; node++) {
		REQUIRE(node_by_mempolicy(MPOL_BIND, node) == node);
		REQUIRE(node_by_mempolicy(MPOL_PREFERRED, node) == node);
		REQUIRE(node_by_mempolicy(MPOL_PREFERRED_MANY, node) == node);
		REQUIRE(node_by_mempolicy(MPOL_INTERLEAVE, node) == node);
		vmpage_task_policy_begin(&tp, DOMAINSET_FIXED(!node));
		REQUIRE(node_by_mempolicy(MPOL_BIND, node) == !node);
		vmpage_task_policy_end(&tp);
	}
}

static void locality_is_the_distance_of_the_nodes(void)
{
	for (int from = 0; from < 2; from++)
		for (int to = 0; to < 2; to++)
			REQUIRE(vm_phys_mem_affinity(from, to) == node_distance(from, to));
	REQUIRE(vm_phys_mem_affinity(0, 1) > vm_phys_mem_affinity(0, 0));
	REQUIRE(vm_phys_mem_affinity(0, 2) == -1);
}

/* Many pages, in the order in which they were taken. */
struct hoard {
	unsigned long n;
	unsigned long max;
	vm_page_t m[];
};

static struct hoard *hoard_new(void)
{
	const unsigned long max = vm_dom[0]->vmd_page_count + vm_dom[1]->vmd_page_count;
	struct hoard *hoard = kvzalloc(struct_size(hoard, m, max), GFP_KERNEL);

	if (REQUIRE(hoard))
		hoard->max = max;
	return hoard;
}

static vm_page_t hoard_take(struct hoard *hoard)
{
	vm_page_t m = vm_page_alloc_noobj(VM_ALLOC_NORMAL);

	if (m && REQUIRE(hoard->n < hoard->max))
		hoard->m[hoard->n++] = m;
	return m;
}

/* What another CPU kept at hand is free again a moment after a request has failed. */
static void hoard_take_all(struct hoard *hoard)
{
	do {
		while (hoard_take(hoard))
			;
		msleep(500);
	} while (hoard_take(hoard));
}

static void hoard_put(struct hoard *hoard, unsigned long n)
{
	while (n-- && hoard->n)
		vm_page_free(hoard->m[--hoard->n]);
}

static void short_node_spills_to_the_other(void)
{
	struct hoard *hoard = hoard_new();
	struct vmpage_task_policy tp;
	unsigned int free;
	int node;

	if (!hoard)
		return;
	DOMAINSET_FOREACH(node, &vm_all_domains) {
		struct vm_domain *vmd = vm_dom[node];

		vmpage_task_policy_begin(&tp, DOMAINSET_PREF(node));
		while (node_of(hoard_take(hoard)) == node)
			;
		vmpage_task_policy_end(&tp);
		/* The step below the mark is as long as what the CPU fetches in one go. */
		free = atomic_read(&vmd->vmd_free_count);
		REQUIRE(free < vmd->vmd_free_min);
		REQUIRE(free + max(vmd->vmd_pgcache_chain, 1U) >= vmd->vmd_free_min);
		REQUIRE(node_of(hoard->m[hoard->n - 1]) == !node);
		hoard_put(hoard, hoard->n);
	}
	kvfree(hoard);
}

struct waiter {
	struct completion done;
	vm_page_t m;
};

static int wait_for_a_page(void *arg)
{
	struct waiter *waiter = arg;

	waiter->m = vm_page_alloc_noobj(VM_ALLOC_NORMAL | VM_ALLOC_WAITOK | VM_ALLOC_ZERO);
	/* Past this line nothing of the module runs in the thread. */
	kthread_complete_and_exit(&waiter->done, 0);
}

static bool someone_waits(void)
{
	for (int i = 0; i < 2000 && !vm_wait_count(); i++)
		usleep_range(5000, 10000);
	return vm_wait_count() == 1;
}

static void sleeper_gets_a_page_that_another_frees(void)
{
	struct hoard *hoard = hoard_new();
	static struct waiter waiter;
	struct task_struct *thread;

	if (!hoard)
		return;
	hoard_take_all(hoard);
	REQUIRE(vm_page_count_min_set(&vm_all_domains));

	init_completion(&waiter.done);
	thread = kthread_run(wait_for_a_page, &waiter, "vmpage_test/wait");
	if (REQUIRE(!IS_ERR(thread))) {
		REQUIRE(someone_waits());
		REQUIRE(!try_wait_for_completion(&waiter.done));
		/* Below free_min all the same. */
		hoard_put(hoard, 1);
		REQUIRE(vm_wait_count() == 1);
		hoard_put(hoard, vm_dom[0]->vmd_free_min + vm_dom[1]->vmd_free_min);
		wait_for_completion(&waiter.done);
		REQUIRE(!vm_wait_count());
		if (REQUIRE(waiter.m)) {
			REQUIRE(zero(waiter.m));
			vm_page_free(waiter.m);
		}
	}
	hoard_put(hoard, hoard->n);
	kvfree(hoard);
}

/* What makedumpfile looks at: the first page of a compound one. */
static bool left_out(vm_page_t m)
{
	return PageOffline(compound_head(linux_page(m)));
}

static void free_and_nodump_chunks_are_left_out_of_a_dump(void)
{
	vm_page_t m = vm_page_alloc_noobj_contig(VM_ALLOC_NORMAL | VM_ALLOC_NODUMP, CHUNK_PAGES, 0,
						 ~0ULL, SZ_2M, 0, VM_MEMATTR_DEFAULT);
	bool compound;

	if (!REQUIRE(m))
		return;
	/* Single pages are dumped, whatever their owner wants. */
	compound = PageHead(linux_page(m));
	REQUIRE(left_out(m) == compound);
	REQUIRE(!vm_phys_is_dumpable(VM_PAGE_TO_PHYS(&m[7])));

	vm_page_free(&m[0]);
	REQUIRE(!left_out(m));
	free_run(m + 1, CHUNK_PAGES - 1);
	REQUIRE(left_out(m) == compound);

	m = vm_page_alloc_noobj(VM_ALLOC_NORMAL);
	if (!REQUIRE(m))
		return;
	REQUIRE(!left_out(m));
	REQUIRE(vm_phys_is_dumpable(VM_PAGE_TO_PHYS(m)));
	vm_page_free(m);
	REQUIRE(vm_phys_is_dumpable(0x1000));
}

/* Reservations */

/* An object whose pages can move, with some of them, which hold their index. */
static vm_object_t object_with_pages(vm_pindex_t first, vm_pindex_t npages)
{
	vm_object_t object = vm_object_allocate(OBJT_SWAP, 2 * CHUNK_PAGES);
	vm_pindex_t i;
	vm_page_t m;

	if (!REQUIRE(object))
		return NULL;
	VM_OBJECT_WLOCK(object);
	for (i = first; i < first + npages; i++) {
		m = vm_page_alloc(object, i, VM_ALLOC_NORMAL);
		if (!REQUIRE(m))
			break;
		store(m, i);
		vm_page_valid(m);
		vm_page_activate(m);
		vm_page_xunbusy(m);
	}
	VM_OBJECT_WUNLOCK(object);
	return object;
}

static bool object_holds(vm_object_t object, vm_pindex_t first, vm_pindex_t npages)
{
	bool good = true;
	vm_pindex_t i;
	vm_page_t m;

	VM_OBJECT_RLOCK(object);
	for (i = first; i < first + npages; i++) {
		m = vm_page_lookup(object, i);
		good = good && m && holds(m, i);
	}
	VM_OBJECT_RUNLOCK(object);
	return good;
}

static void full_reservation_is_one_folio(void)
{
	vm_object_t object = object_with_pages(CHUNK_PAGES, CHUNK_PAGES);
	vm_page_t first, m;
	vm_pindex_t i;

	if (!object)
		return;
	VM_OBJECT_RLOCK(object);
	first = vm_page_lookup(object, CHUNK_PAGES);
	REQUIRE(vm_reserv_size(vm_reserv_level(first)) == SZ_2M);
	REQUIRE(IS_ALIGNED(VM_PAGE_TO_PHYS(first), SZ_2M));
	for (i = 0; i < CHUNK_PAGES; i++) {
		m = vm_page_lookup(object, CHUNK_PAGES + i);
		REQUIRE(m == first + i);
		REQUIRE(!vm_reserv_level_iffullpop(m));
		REQUIRE(vm_reserv_to_superpage(m) == first);
		if (PageCompound(linux_page(first)))
			REQUIRE(compound_head(linux_page(m)) == linux_page(first));
	}
	VM_OBJECT_RUNLOCK(object);
	REQUIRE(object_holds(object, CHUNK_PAGES, CHUNK_PAGES));
	vm_object_deallocate(object);
}

/*
 * The run of a chunk, at an address where all of it is free.  Only the start of a free
 * block can become one, and the block may begin with other chunks.
 */
static vm_page_t chunk_at(vm_paddr_t pa)
{
	const vm_paddr_t low = round_down(pa, (vm_paddr_t)SZ_16M);
	vm_page_t m, before[SZ_16M / SZ_2M];
	unsigned int n = 0;

	while ((m = vm_page_alloc_noobj_contig(VM_ALLOC_NORMAL, CHUNK_PAGES, low, pa + SZ_2M, SZ_2M,
					       0, VM_MEMATTR_DEFAULT)) &&
	       VM_PAGE_TO_PHYS(m) != pa && n < ARRAY_SIZE(before))
		before[n++] = m;
	while (n)
		vmpage_free_contig(before[--n], CHUNK_PAGES);
	return m;
}

static void moved_pages_keep_their_content(void)
{
	vm_object_t object = object_with_pages(0, CHUNK_PAGES);
	vm_paddr_t pa;
	vm_page_t m;

	if (!object)
		return;
	VM_OBJECT_RLOCK(object);
	pa = VM_PAGE_TO_PHYS(vm_page_lookup(object, 0));
	VM_OBJECT_RUNLOCK(object);
	/* Just where the object is. */
	REQUIRE(!vm_page_reclaim_contig(VM_ALLOC_NORMAL, CHUNK_PAGES, pa, pa + SZ_2M, SZ_2M, 0));
	m = chunk_at(pa);
	REQUIRE(m && VM_PAGE_TO_PHYS(m) == pa);
	for (u_long i = 0; m && i < CHUNK_PAGES; i++)
		store(&m[i], ~i);
	REQUIRE(object_holds(object, 0, CHUNK_PAGES));
	if (m)
		free_run(m, CHUNK_PAGES);
	vm_object_deallocate(object);
}

/*
 * mmap() and faults do that.  The kernel takes the lock while it keeps CPUs from going, for
 * cpuset.mems, as is done here; lockdep tells if a drain does it the other way round.
 */
static void cpus_are_drained_under_mmap_lock(void)
{
	struct mm_struct *mm = current->mm;
	vm_page_t m = vm_page_alloc_noobj(VM_ALLOC_NORMAL);
	int domain;

	if (!REQUIRE(m))
		return;
	cpus_read_lock();
	mmap_write_lock(mm);
	mmap_write_unlock(mm);
	cpus_read_unlock();

	domain = vm_page_domain(m);
	vm_page_free(m);
	mmap_write_lock(mm);
	vm_page_reclaim_contig_domain(domain, VM_ALLOC_NORMAL, 1, 0, ~0ULL, PAGE_SIZE, 0);
	mmap_write_unlock(mm);
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
	{ "page_comes_from_the_node_asked_for", page_comes_from_the_node_asked_for },
	{ "policy_of_the_task_holds", policy_of_the_task_holds },
	{ "first_touch_is_the_node_of_the_cpu", first_touch_is_the_node_of_the_cpu },
	{ "policy_of_the_object_holds", policy_of_the_object_holds },
	{ "mempolicy_of_the_task_is_followed", mempolicy_of_the_task_is_followed },
	{ "locality_is_the_distance_of_the_nodes", locality_is_the_distance_of_the_nodes },
	{ "short_node_spills_to_the_other", short_node_spills_to_the_other },
	{ "sleeper_gets_a_page_that_another_frees", sleeper_gets_a_page_that_another_frees },
	{ "free_and_nodump_chunks_are_left_out_of_a_dump",
	  free_and_nodump_chunks_are_left_out_of_a_dump },
	{ "full_reservation_is_one_folio", full_reservation_is_one_folio },
	{ "moved_pages_keep_their_content", moved_pages_keep_their_content },
	{ "cpus_are_drained_under_mmap_lock", cpus_are_drained_under_mmap_lock },
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
