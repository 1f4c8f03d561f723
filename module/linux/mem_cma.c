// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Memory that was set aside for contiguous allocation when Linux started.
 *
 * Linux uses it for what it can move away, and must be able to: a user's long-term
 * pin of such a page would have to move it first, and would try for ever.
 */
#include <linux/mm.h>
#include <linux/sched.h>
#include "chunk_map.h"
#include "contig.h"
#include "mem_source.h"

/* The area may be on another node, or on several. */
static bool run_is_on_node(const struct page *page, unsigned long nchunks, int nid)
{
	unsigned long i;

	for (i = 0; i < nchunks; i++)
		if (page_to_nid(page + i * VMPAGE_CHUNK_NPAGES) != nid)
			return false;
	return true;
}

/* Take a run, or nothing.  Returns whether it came. */
static bool cma_take_run(struct mem_source_order *order, unsigned long nchunks)
{
	const unsigned long npages = nchunks * VMPAGE_CHUNK_NPAGES;
	struct page *page = vmpage_cma_take(npages);
	unsigned long i;

	if (!page)
		return false;
	if (!run_is_on_node(page, nchunks, order->nid)) {
		vmpage_cma_give(page, npages);
		return false;
	}

	for (i = 0; i < nchunks; i++)
		mem_source_took(order, page + i * VMPAGE_CHUNK_NPAGES);
	return true;
}

static const char *cma_take(struct mem_source_order *order)
{
	unsigned long run = order->want, spare;
	const char *why;

	while (order->want) {
		spare = mem_source_spare(order, &why);
		if (!spare)
			return why;
		run = min3(run, order->want, spare);
		if (!cma_take_run(order, run))
			run /= 2;
		if (!run)
			return "no more CMA memory of this node";
		cond_resched();
	}
	return NULL;
}

/* A part of a run may go back by itself. */
static void cma_give(struct page *page)
{
	vmpage_cma_give(page, VMPAGE_CHUNK_NPAGES);
}

const struct mem_source mem_source_cma = {
	.name = "cma",
	.cma = true,
	.missing = vmpage_cma_missing,
	.take = cma_take,
	.give = cma_give,
};
