// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * What others need for the same.
 */
#include <linux/errno.h>
#include <linux/genalloc.h>
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/xarray.h>
#include "bench.h"

static struct kmem_cache *cache;
static struct gen_pool *pool;
static DEFINE_XARRAY(xa);

/* alloc_page(), alloc_pages() */

static int pair_alloc_page(struct bench_state *state)
{
	struct page *page;
	int i;

	for (i = 0; i < BENCH_PAIRS; i++) {
		page = alloc_page(GFP_ATOMIC);
		if (!page)
			return -ENOMEM;
		__free_page(page);
	}
	return 0;
}

static __always_inline int batch_alloc_page(struct bench_state *state, unsigned int n,
					    const unsigned int *order)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		state->slots[i] = alloc_page(GFP_ATOMIC);
		if (!state->slots[i])
			return -ENOMEM;
	}
	for (i = 0; i < n; i++)
		__free_page(state->slots[order ? order[i] : i]);
	return 0;
}

static int batch_page_in_order(struct bench_state *state)
{
	return batch_alloc_page(state, BENCH_BATCH, NULL);
}

static int batch_page_random(struct bench_state *state)
{
	return batch_alloc_page(state, BENCH_BATCH, bench_order_batch);
}

static int many_page_in_order(struct bench_state *state)
{
	return batch_alloc_page(state, BENCH_MANY, NULL);
}

static int many_page_random(struct bench_state *state)
{
	return batch_alloc_page(state, BENCH_MANY, bench_order_many);
}

static __always_inline int superpage(gfp_t gfp)
{
	const unsigned int order = get_order(BENCH_SUPERPAGE * PAGE_SIZE);
	struct page *page;
	int i;

	for (i = 0; i < BENCH_RUNS; i++) {
		page = alloc_pages(gfp, order);
		if (!page)
			return -ENOMEM;
		__free_pages(page, order);
	}
	return 0;
}

static int superpage_compound(struct bench_state *state)
{
	return superpage(GFP_ATOMIC | __GFP_COMP);
}

static int superpage_plain(struct bench_state *state)
{
	return superpage(GFP_ATOMIC);
}

static int clear_one(struct bench_state *state)
{
	int i;

	for (i = 0; i < BENCH_PAIRS; i++)
		clear_page(state->slots[0]);
	return 0;
}

static int clear_begin(struct bench_state *state)
{
	state->slots[0] = (void *)__get_free_page(GFP_KERNEL);
	return state->slots[0] ? 0 : -ENOMEM;
}

static void clear_end(struct bench_state *state)
{
	free_page((unsigned long)state->slots[0]);
}

/* kmem_cache_alloc() */

static int pair_kmem_cache(struct bench_state *state)
{
	void *p;
	int i;

	for (i = 0; i < BENCH_PAIRS; i++) {
		p = kmem_cache_alloc(cache, GFP_ATOMIC);
		if (!p)
			return -ENOMEM;
		kmem_cache_free(cache, p);
	}
	return 0;
}

static __always_inline int batch_kmem_cache(struct bench_state *state, unsigned int n,
					    const unsigned int *order)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		state->slots[i] = kmem_cache_alloc(cache, GFP_ATOMIC);
		if (!state->slots[i])
			return -ENOMEM;
	}
	for (i = 0; i < n; i++)
		kmem_cache_free(cache, state->slots[order ? order[i] : i]);
	return 0;
}

static int batch_kmem_in_order(struct bench_state *state)
{
	return batch_kmem_cache(state, BENCH_BATCH, NULL);
}

static int batch_kmem_random(struct bench_state *state)
{
	return batch_kmem_cache(state, BENCH_BATCH, bench_order_batch);
}

static int many_kmem_in_order(struct bench_state *state)
{
	return batch_kmem_cache(state, BENCH_MANY, NULL);
}

static int many_kmem_random(struct bench_state *state)
{
	return batch_kmem_cache(state, BENCH_MANY, bench_order_many);
}

static int cache_begin(size_t size)
{
	cache = kmem_cache_create("vmpage_bench", size, 0, 0, NULL);
	return cache ? 0 : -ENOMEM;
}

static int cache_64(struct bench_state *state)
{
	return cache_begin(64);
}

static int cache_4096(struct bench_state *state)
{
	return cache_begin(4096);
}

static void cache_end(struct bench_state *state)
{
	kmem_cache_destroy(cache);
	cache = NULL;
}

/* xa_store() and its kin: the index of an object alone */

static __always_inline int store_and_erase(struct bench_state *state, const unsigned int *order)
{
	int i;

	for (i = 0; i < BENCH_BATCH; i++) {
		if (xa_is_err(xa_store(&xa, i, &state->slots[i], GFP_ATOMIC)))
			return -ENOMEM;
	}
	for (i = 0; i < BENCH_BATCH; i++)
		xa_erase(&xa, order ? order[i] : i);
	return 0;
}

static int store_in_order(struct bench_state *state)
{
	return store_and_erase(state, NULL);
}

static int store_random(struct bench_state *state)
{
	return store_and_erase(state, bench_order_batch);
}

static int load_begin(struct bench_state *state)
{
	int i;

	for (i = 0; i < BENCH_BATCH; i++) {
		if (xa_is_err(xa_store(&xa, i, &state->slots[i], GFP_KERNEL)))
			return -ENOMEM;
	}
	return 0;
}

static int load_all(struct bench_state *state)
{
	int i, ret = 0;

	for (i = 0; i < BENCH_BATCH; i++) {
		if (!xa_load(&xa, i))
			ret = -ENOENT;
	}
	return ret;
}

static void xa_end(struct bench_state *state)
{
	xa_destroy(&xa);
}

/* gen_pool_alloc(); an address in it is only a number */

static int pool_begin(struct bench_state *state)
{
	pool = gen_pool_create(PAGE_SHIFT, NUMA_NO_NODE);
	return pool ? gen_pool_add(pool, SZ_1G, bench_pool_mib * SZ_1M, NUMA_NO_NODE) : -ENOMEM;
}

static void pool_end(struct bench_state *state)
{
	if (pool)
		gen_pool_destroy(pool);
	pool = NULL;
}

static unsigned long pool_take(unsigned int npages)
{
	return gen_pool_alloc(pool, npages * PAGE_SIZE);
}

static void pool_give(unsigned long where, unsigned int npages)
{
	gen_pool_free(pool, where, npages * PAGE_SIZE);
}

static int half_full_begin(struct bench_state *state)
{
	return pool_begin(state) ?: bench_half_full(pool_take, pool_give);
}

static void half_full_end(struct bench_state *state)
{
	bench_empty(pool_give);
	pool_end(state);
}

static int pair_gen_pool(struct bench_state *state)
{
	unsigned long where;
	int i;

	for (i = 0; i < BENCH_PAIRS; i++) {
		where = pool_take(1);
		if (!where)
			return -ENOMEM;
		pool_give(where, 1);
	}
	return 0;
}

static int small_runs(struct bench_state *state)
{
	struct genpool_data_align align = { .align = BENCH_SMALL_RUN * PAGE_SIZE };
	unsigned long where[BENCH_SMALL_RUNS];
	int i;

	for (i = 0; i < BENCH_SMALL_RUNS; i++) {
		where[i] = gen_pool_alloc_algo(pool, BENCH_SMALL_RUN * PAGE_SIZE,
					       gen_pool_first_fit_align, &align);
		if (!where[i])
			return -ENOMEM;
	}
	for (i = 0; i < BENCH_SMALL_RUNS; i++)
		pool_give(where[i], BENCH_SMALL_RUN);
	return 0;
}

const struct bench_contender bench_peers[] = {
	/* First: after many pages a list of the CPU is full, and they would cost more. */
	{ "superpage", "compound", BENCH_IRQS_OFF, BENCH_RUNS, superpage_compound },
	{ "superpage", "plain", BENCH_IRQS_OFF, BENCH_RUNS, superpage_plain },
	{ "pair", "alloc_page", BENCH_IRQS_OFF, BENCH_PAIRS, pair_alloc_page },
	{ "pair", "kmem_cache_64", BENCH_IRQS_OFF, BENCH_PAIRS, pair_kmem_cache, cache_64,
	  cache_end },
	{ "pair", "gen_pool", BENCH_IRQS_OFF, BENCH_PAIRS, pair_gen_pool, pool_begin, pool_end },
	{ "pair_clear", "clear_page", BENCH_IRQS_OFF, BENCH_PAIRS, clear_one, clear_begin,
	  clear_end },
	{ "pair_irq", "alloc_page", BENCH_HARD_IRQ, BENCH_PAIRS, pair_alloc_page },
	{ "batch", "alloc_page", BENCH_IRQS_OFF, BENCH_BATCH, batch_page_in_order },
	{ "batch", "kmem_cache_4096", BENCH_IRQS_OFF, BENCH_BATCH, batch_kmem_in_order,
	  cache_4096, cache_end },
	{ "batch_random", "alloc_page", BENCH_IRQS_OFF, BENCH_BATCH, batch_page_random },
	{ "batch_random", "kmem_cache_4096", BENCH_IRQS_OFF, BENCH_BATCH, batch_kmem_random,
	  cache_4096, cache_end },
	{ "many", "alloc_page", BENCH_IRQS_OFF, BENCH_MANY, many_page_in_order },
	{ "many", "kmem_cache_4096", BENCH_IRQS_OFF, BENCH_MANY, many_kmem_in_order,
	  cache_4096, cache_end },
	{ "many_random", "alloc_page", BENCH_IRQS_OFF, BENCH_MANY, many_page_random },
	{ "many_random", "kmem_cache_4096", BENCH_IRQS_OFF, BENCH_MANY, many_kmem_random,
	  cache_4096, cache_end },
	{ "object", "xa_store", BENCH_IRQS_OFF, BENCH_BATCH, store_in_order, NULL, xa_end },
	{ "object_random", "xa_store", BENCH_IRQS_OFF, BENCH_BATCH, store_random, NULL, xa_end },
	{ "lookup", "xa_load", BENCH_IRQS_OFF, BENCH_BATCH, load_all, load_begin, xa_end },
	{ "run_16", "gen_pool", BENCH_IRQS_OFF, BENCH_SMALL_RUNS, small_runs, pool_begin,
	  pool_end },
	{ "run_16_half_full", "gen_pool", BENCH_IRQS_OFF, BENCH_SMALL_RUNS, small_runs,
	  half_full_begin, half_full_end },
	{}
};
