// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * What operations of vmpage cost, and those of others that do the same.
 *
 * Each contender of a row of the table repeats the operation of the row, after it has
 * done so once unmeasured: whatever that has to make, the second finds.  All contenders
 * take turns, several times, and the least cost of each is printed when the module is
 * loaded:
 *
 *	bench ROW BY COST COUNT
 *
 * The cost is that of COUNT operations, or of as many pages in the rows that have many,
 * in units of bench_now(), the loop around them included.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bits.h>
#include <linux/delay.h>
#include <linux/find.h>
#include <linux/gfp.h>
#include <linux/irq_work.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/timex.h>
#include <linux/vmalloc.h>
#include <vm/vm_page.h>
#include <vm/vm_pagequeue.h>
#include "bench.h"

#define BLOCK_PAGES	32		/* at most, in a half full pool */

unsigned long bench_pool_mib = 64;
module_param_named(pool_mib, bench_pool_mib, ulong, 0444);
MODULE_PARM_DESC(pool_mib, "size of the pool that vmpage has, and others get, in MiB (default 64)");

static unsigned int rounds = 5;
module_param(rounds, uint, 0444);
MODULE_PARM_DESC(rounds, "how often each contender is measured (default 5)");

static bool peers = true;
module_param(peers, bool, 0444);
MODULE_PARM_DESC(peers, "measure others, too (default on)");

static bool cpus;
module_param(cpus, bool, 0444);
MODULE_PARM_DESC(cpus, "measure one CPU and two at once instead (default off)");

static unsigned long take_mib;
module_param(take_mib, ulong, 0444);
MODULE_PARM_DESC(take_mib, "only measure how long it takes to get so many MiB as vmpage does when it is loaded");

unsigned int bench_order_batch[BENCH_BATCH];
unsigned int bench_order_many[BENCH_MANY];

u64 bench_now(void)
{
	const u64 cycles = get_cycles();

	return cycles ?: ktime_get_ns();
}

struct bench_state *bench_state_create(void)
{
	struct bench_state *state = kzalloc(sizeof(*state), GFP_KERNEL);

	if (!state)
		return NULL;
	state->slots = vcalloc(BENCH_MANY, sizeof(*state->slots));
	if (state->slots)
		return state;
	kfree(state);
	return NULL;
}

void bench_state_free(struct bench_state *state)
{
	if (!state)
		return;
	vfree(state->slots);
	kfree(state);
}

static void shuffle(unsigned int *order, unsigned int n, struct rnd_state *rnd)
{
	unsigned int i, other;

	for (i = 0; i < n; i++)
		order[i] = i;
	for (i = n - 1; i; i--) {
		other = prandom_u32_state(rnd) % (i + 1);
		swap(order[i], order[other]);
	}
}

/* A half full pool */

static struct block {
	unsigned long where;
	unsigned int npages;
} *blocks;
static unsigned long nblocks;

static void free_half(void (*give)(unsigned long where, unsigned int npages),
		      struct rnd_state *rnd)
{
	unsigned long i, kept = 0;

	for (i = 0; i < nblocks; i++) {
		if (prandom_u32_state(rnd) & BIT(0))
			give(blocks[i].where, blocks[i].npages);
		else
			blocks[kept++] = blocks[i];
		cond_resched();
	}
	nblocks = kept;
}

/* A smaller one if there is none of this size. */
static bool take_block(struct block *block, unsigned int npages,
		       unsigned long (*take)(unsigned int npages))
{
	for (; npages; npages /= 2) {
		block->npages = npages;
		block->where = take(npages);
		if (block->where)
			return true;
	}
	return false;
}

int bench_half_full(unsigned long (*take)(unsigned int npages),
		    void (*give)(unsigned long where, unsigned int npages))
{
	const unsigned long max = bench_pool_mib * (SZ_1M >> PAGE_SHIFT);
	unsigned long used = 0;
	unsigned int npages;
	struct rnd_state rnd;

	nblocks = 0;
	blocks = vcalloc(max, sizeof(*blocks));
	if (!blocks)
		return -ENOMEM;
	prandom_seed_state(&rnd, 1);
	while (nblocks < max) {
		npages = 1 + prandom_u32_state(&rnd) % BLOCK_PAGES;
		if (!take_block(&blocks[nblocks], npages, take))
			break;
		used += blocks[nblocks].npages;
		nblocks++;
		cond_resched();
	}
	free_half(give, &rnd);
	/* Whoever was woken because there was little left is to sleep again. */
	msleep(20);
	if (used < max * 9 / 10) {
		pr_err("a pool of %lu pages gave only %lu\n", max, used);
		return -ENOMEM;
	}
	return 0;
}

void bench_empty(void (*give)(unsigned long where, unsigned int npages))
{
	while (nblocks) {
		nblocks--;
		give(blocks[nblocks].where, blocks[nblocks].npages);
	}
	vfree(blocks);
	blocks = NULL;
}

/* Measuring */

/*
 * struct bench_result - what a contender needed
 */
struct bench_result {
	const struct bench_contender *c;
	u64 best;			/* cost of a run */
};

/*
 * struct bench_run - a run of a contender
 */
struct bench_run {
	struct irq_work work;
	struct bench_result *result;
	struct bench_state *state;
	int ret;
};

static void run_here(struct bench_run *run)
{
	u64 begin, took;

	begin = bench_now();
	run->ret = run->result->c->run(run->state);
	took = bench_now() - begin;
	run->result->best = min(run->result->best, took);
}

static void run_in_interrupt(struct irq_work *work)
{
	run_here(container_of(work, struct bench_run, work));
}

static int run_in_context(struct bench_result *result, struct bench_state *state)
{
	struct bench_run run = { .result = result, .state = state };
	unsigned long flags;
	int i;

	switch (result->c->context) {
	case BENCH_HARD_IRQ:
		init_irq_work(&run.work, run_in_interrupt);
		irq_work_queue(&run.work);
		irq_work_sync(&run.work);
		break;
	case BENCH_MAY_SLEEP:
		/* One of them is not interrupted. */
		for (i = 0; i < 5 && !run.ret; i++)
			run_here(&run);
		break;
	case BENCH_IRQS_OFF:
		local_irq_save(flags);
		run_here(&run);
		local_irq_restore(flags);
		break;
	}
	return run.ret;
}

/* Again while another task is to run: each preempt_enable() would cost more. */
static int warm_up(const struct bench_contender *c, struct bench_state *state)
{
	int ret, tries = 10;

	do {
		cond_resched();
		ret = c->run(state);
	} while (!ret && need_resched() && --tries);
	return ret;
}

static int measure(struct bench_result *result, struct bench_state *state)
{
	const struct bench_contender *c = result->c;
	int ret = 0;

	if (c->begin)
		ret = c->begin(state);
	if (!ret)
		ret = warm_up(c, state);
	if (!ret)
		ret = run_in_context(result, state);
	if (c->end)
		c->end(state);
	if (ret)
		pr_err("%s %s: error %d\n", c->row, c->by, ret);
	cond_resched();
	return ret;
}

static int measure_all(struct bench_result *results, unsigned int n)
{
	struct bench_state *state = bench_state_create();
	unsigned int round, i;
	int ret = state ? 0 : -ENOMEM;

	for (round = 0; round < rounds; round++) {
		for (i = 0; i < n && !ret; i++)
			ret = measure(&results[i], state);
	}
	bench_state_free(state);
	return ret;
}

static void print_all(const struct bench_result *results, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		const struct bench_contender *c = results[i].c;

		pr_info("bench %s %s %llu %u\n", c->row, c->by, results[i].best, c->count);
	}
	pr_info("bench done %u\n", n);
}

static unsigned int add_results(struct bench_result *results, unsigned int n,
				const struct bench_contender *c)
{
	for (; c->row; c++, n++) {
		if (!results)
			continue;
		results[n].c = c;
		results[n].best = U64_MAX;
	}
	return n;
}

/* Count them if @results is NULL. */
static unsigned int list_results(struct bench_result *results)
{
	unsigned int n = add_results(results, 0, bench_vmpage);

	if (IS_ENABLED(CONFIG_GENERIC_ALLOCATOR) && peers)
		n = add_results(results, n, bench_peers);
	return n;
}

static int bench_rows(void)
{
	const unsigned int n = list_results(NULL);
	struct bench_result *results = kcalloc(n, sizeof(*results), GFP_KERNEL);
	int ret;

	if (!results)
		return -ENOMEM;
	list_results(results);
	ret = measure_all(results, n);
	if (!ret)
		print_all(results, n);
	kfree(results);
	return ret;
}

/* As whole blocks of 2 MiB, without an effort. */
static int bench_take(void)
{
	const gfp_t gfp = GFP_HIGHUSER | __GFP_COMP | __GFP_NOWARN | __GFP_NORETRY;
	const unsigned int order = get_order(SZ_2M);
	struct page *page, *next;
	unsigned long taken;
	LIST_HEAD(chunks);
	u64 begin, took;

	begin = bench_now();
	for (taken = 0; taken < take_mib; taken += SZ_2M / SZ_1M) {
		page = alloc_pages(gfp, order);
		if (!page)
			break;
		list_add(&page->lru, &chunks);
		cond_resched();
	}
	took = bench_now() - begin;
	list_for_each_entry_safe(page, next, &chunks, lru)
		__free_pages(page, order);
	if (taken < take_mib)
		return -ENOMEM;
	pr_info("bench take %llu\n", took);
	return 0;
}

/* What a CPU keeps of each pool of the first domain, in pages. */
static void print_kept(void)
{
	const struct vm_domain *vmd = vm_dom[find_first_bit(vm_all_domains.bits, MAXMEMDOM)];

	pr_info("bench keeps %u\n", vmd->vmd_pgcache_chain * (vmd->vmd_pgcache_maxfull + 1));
}

static int __init vmpage_bench_init(void)
{
	struct rnd_state rnd;

	if (take_mib)
		return bench_take();
	print_kept();
	prandom_seed_state(&rnd, 1);
	shuffle(bench_order_batch, BENCH_BATCH, &rnd);
	shuffle(bench_order_many, BENCH_MANY, &rnd);
	return cpus ? bench_cpus() : bench_rows();
}
module_init(vmpage_bench_init);

static void __exit vmpage_bench_exit(void)
{
}
module_exit(vmpage_bench_exit);

MODULE_DESCRIPTION("Cost of vmpage beside that of other allocators");
MODULE_LICENSE("Dual BSD/GPL");
