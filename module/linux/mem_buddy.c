// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Memory from the page allocator: free blocks, wherever they are.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include "chunk_map.h"
#include "mem_source.h"

/*
 * First without an effort, so that a machine with free blocks is not disturbed;
 * then Linux may reclaim and compact, but not kill for it.
 */
static struct page *buddy_take_chunk(int nid, bool compound)
{
	const gfp_t comp = compound ? __GFP_COMP : 0;
	const gfp_t gfp = GFP_HIGHUSER | comp | __GFP_THISNODE | __GFP_NOWARN;
	struct page *page;

	page = alloc_pages_node(nid, gfp | __GFP_NORETRY, VMPAGE_CHUNK_ORDER);
	if (!page)
		page = alloc_pages_node(nid, gfp | __GFP_RETRY_MAYFAIL, VMPAGE_CHUNK_ORDER);
	if (page && !compound)
		split_page(page, VMPAGE_CHUNK_ORDER);
	return page;
}

static const char *buddy_take(struct mem_source_order *order)
{
	struct page *page;
	const char *why;

	while (order->want) {
		if (!mem_source_spare(order, &why))
			return why;
		page = buddy_take_chunk(order->nid, order->compound);
		if (!page)
			return "no more free blocks of 2 MiB";
		mem_source_took(order, page);
		cond_resched();
	}
	return NULL;
}

const struct mem_source mem_source_buddy = {
	.name = "buddy",
	.take = buddy_take,
};
