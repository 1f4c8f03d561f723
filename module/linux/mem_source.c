// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Memory taken from Linux, in chunks of 2 MiB.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/pfn.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/vmstat.h>
#include <sys/param.h>
#include "chunk_map.h"
#include "mem_source.h"
#include "vm_init.h"

/* Not below this part of a node's memory, whatever its watermarks are. */
#define HEADROOM_PERCENT	5

#define chunks_to_mib(n)	((unsigned long)(n) * (VMPAGE_CHUNK_SIZE / SZ_1M))

/* The memory of one node that an allocation like ours can use, in pages. */
struct node_memory {
	unsigned long managed;
	unsigned long free;
	unsigned long headroom;		/* that must stay free */
};

/*
 * Written by mem_source_take() and mem_source_release(), which the load and the
 * unload call, and constant in between.
 */
static struct page **chunks;		/* first pages, ascending by address */
static unsigned long nchunks;
static const struct vmpage_chunk_map *chunk_map;

static struct node_memory node_memory(int nid)
{
	struct zone *zone = NODE_DATA(nid)->node_zones;
	struct node_memory mem = {};
	unsigned long high = 0;
	int i;

	for (i = 0; i <= gfp_zone(GFP_HIGHUSER); i++, zone++) {
		if (!populated_zone(zone))
			continue;
		mem.managed += zone_managed_pages(zone) - zone_cma_pages(zone);
		mem.free += zone_page_state(zone, NR_FREE_PAGES) -
			    zone_page_state(zone, NR_FREE_CMA_PAGES);
		high += high_wmark_pages(zone);
	}
	mem.headroom = max(high, mem.managed / 100 * HEADROOM_PERCENT);
	return mem;
}

/*
 * First without an effort, so that a machine with free blocks is not disturbed;
 * then Linux may reclaim and compact, but not kill for it.
 */
static struct page *take_chunk(int nid)
{
	const gfp_t comp = chunk_map ? __GFP_COMP : 0;
	const gfp_t gfp = GFP_HIGHUSER | comp | __GFP_THISNODE | __GFP_NOWARN;
	struct page *page;

	page = alloc_pages_node(nid, gfp | __GFP_NORETRY, VMPAGE_CHUNK_ORDER);
	if (!page)
		page = alloc_pages_node(nid, gfp | __GFP_RETRY_MAYFAIL, VMPAGE_CHUNK_ORDER);
	if (!page)
		return NULL;

	if (!chunk_map)
		split_page(page, VMPAGE_CHUNK_ORDER);
	vmpage_chunk_switch(chunk_map, page_folio(page), false, 0);
	return page;
}

static bool chunk_has_bad_page(struct page *page)
{
	unsigned long i;

	for (i = 0; i < VMPAGE_CHUNK_NPAGES; i++)
		if (PageHWPoison(page + i))
			return true;
	return false;
}

/*
 * Linux expects its pages as it gave them: whole, and with nothing set.  It does
 * not look for a memory error inside of what it gets back.
 */
static void give_chunk(struct page *page)
{
	unsigned long i;

	if (chunk_has_bad_page(page)) {
		pr_warn("the 2 MiB at %#llx have a memory error and are not given back\n",
			(u64)page_to_phys(page));
		return;
	}
	if (chunk_map) {
		vmpage_chunk_reset(page_folio(page));
		__free_pages(page, VMPAGE_CHUNK_ORDER);
		return;
	}
	for (i = 0; i < VMPAGE_CHUNK_NPAGES; i++) {
		vmpage_chunk_reset(page_folio(page + i));
		__free_page(page + i);
	}
}

/*
 * Take up to @want chunks from a node.  Returns how many, and says why it ended
 * early.
 */
static unsigned long take_from_node(int nid, unsigned long want, const char **why)
{
	struct node_memory mem;
	unsigned long got;

	if (nid >= MAXMEMDOM) {
		*why = "; its number is too large for a domain";
		return 0;
	}

	*why = "";
	for (got = 0; got < want; got++) {
		mem = node_memory(nid);
		if (mem.free < mem.headroom + VMPAGE_CHUNK_NPAGES) {
			*why = "; the rest is left to Linux";
			break;
		}
		if (fatal_signal_pending(current)) {
			*why = "; interrupted";
			break;
		}
		chunks[nchunks] = take_chunk(nid);
		if (!chunks[nchunks]) {
			*why = "; no more free blocks of 2 MiB";
			break;
		}
		nchunks++;
		cond_resched();
	}
	return got;
}

/*
 * Ask each of the nodes for an equal share of @want, or for all of it.  A node
 * that gives less has no more, and leaves the set.  Returns how many chunks came.
 */
static unsigned long take_from_nodes(nodemask_t *nodes, unsigned long want, bool equal_shares)
{
	unsigned int left = nodes_weight(*nodes);
	unsigned long share, got, total = 0;
	const char *why;
	int nid;

	for_each_node_mask(nid, *nodes) {
		share = equal_shares ? DIV_ROUND_UP(want - total, left) : want;
		left--;
		got = take_from_node(nid, share, &why);
		total += got;
		if (got < share)
			node_clear(nid, *nodes);
		pr_info("node %d: asked %lu MiB, got %lu MiB%s\n", nid, chunks_to_mib(share),
			chunks_to_mib(got), why);
	}
	return total;
}

/* What one node cannot give, those that still can are asked for. */
static void take_total(nodemask_t *nodes, unsigned long want)
{
	unsigned long got = 1;

	while (want && got && !nodes_empty(*nodes)) {
		got = take_from_nodes(nodes, want, true);
		want -= got;
	}
}

/* The most that could be asked for, in chunks: of all nodes, or of the smallest. */
static unsigned long most_chunks(bool per_node)
{
	unsigned long total = 0, least = ULONG_MAX, managed;
	int nid;

	for_each_node_state(nid, N_MEMORY) {
		managed = node_memory(nid).managed >> VMPAGE_CHUNK_ORDER;
		total += managed;
		least = min(least, managed);
	}
	return per_node ? least : total;
}

/* Returns the chunks that a size stands for, or a negative error. */
static long check_size(const char *name, u64 size, bool per_node)
{
	const unsigned long most = most_chunks(per_node);

	if (!size) {
		pr_err("%s=0 asks for nothing; give at least 2M\n", name);
		return -EINVAL;
	}
	if (size >> VMPAGE_CHUNK_SHIFT > most) {
		pr_err("%s=%llu is more than the memory of %s; give at most %luM\n", name, size,
		       per_node ? "the smallest node" : "all nodes", chunks_to_mib(most));
		return -EINVAL;
	}
	if (!IS_ALIGNED(size, VMPAGE_CHUNK_SIZE)) {
		pr_err("%s=%llu is not a multiple of 2 MiB; try %llu\n", name, size,
		       ALIGN(size, VMPAGE_CHUNK_SIZE));
		return -EINVAL;
	}
	return size >> VMPAGE_CHUNK_SHIFT;
}

static int cmp_chunks(const void *a, const void *b)
{
	const unsigned long pfn_a = page_to_pfn(*(struct page *const *)a);
	const unsigned long pfn_b = page_to_pfn(*(struct page *const *)b);

	return pfn_a < pfn_b ? -1 : pfn_a > pfn_b;
}

int mem_source_take(const struct mem_source_request *req)
{
	const bool per_node = req->size_per_node;
	nodemask_t nodes = node_states[N_MEMORY];
	unsigned long total;
	long want;
	int ret;

	if (per_node)
		want = check_size("size_per_node", req->size_per_node, true);
	else
		want = check_size("size", req->size, false);
	if (want < 0)
		return want;

	total = per_node ? want * nodes_weight(nodes) : want;
	chunks = kvmalloc_array(total, sizeof(*chunks), GFP_KERNEL);
	if (!chunks)
		return -ENOMEM;
	chunk_map = req->map;

	if (per_node)
		take_from_nodes(&nodes, want, false);
	else
		take_total(&nodes, want);
	ret = fatal_signal_pending(current) ? -EINTR : 0;
	if (!ret && (!nchunks || (req->strict && nchunks < total))) {
		pr_err("got %lu MiB of %lu MiB; give a smaller size%s\n", chunks_to_mib(nchunks),
		       chunks_to_mib(total), nchunks ? " or strict=0" : "");
		ret = -ENOMEM;
	}
	if (ret) {
		mem_source_release();
		return ret;
	}

	sort(chunks, nchunks, sizeof(*chunks), cmp_chunks, NULL);
	return 0;
}

void mem_source_release(void)
{
	while (nchunks) {
		give_chunk(chunks[--nchunks]);
		cond_resched();
	}
	kvfree(chunks);
	chunks = NULL;
}

/* As many spans as chunks at the most: on an aged machine few are adjacent. */
int mem_source_spans(struct vm_mem_span **spans, unsigned int *nspans)
{
	struct vm_mem_span *s, *last = NULL;
	unsigned long i;

	s = kvmalloc_array(nchunks, sizeof(*s), GFP_KERNEL);
	if (!s)
		return -ENOMEM;

	*spans = s;
	for (i = 0; i < nchunks; i++) {
		const vm_paddr_t pa = PFN_PHYS(page_to_pfn(chunks[i]));
		const int domain = page_to_nid(chunks[i]);

		if (!last || last->end != pa || last->domain != domain) {
			last = s++;
			last->start = pa;
			last->domain = domain;
		}
		last->end = pa + VMPAGE_CHUNK_SIZE;
	}
	*nspans = s - *spans;
	return 0;
}

static bool chunk_is_shared(struct page *page)
{
	const unsigned long npages = chunk_map ? 1 : VMPAGE_CHUNK_NPAGES;
	unsigned long i;

	for (i = 0; i < npages; i++)
		if (page_count(page + i) != 1)
			return true;
	return false;
}

void mem_source_show(struct seq_file *s)
{
	unsigned long i, count, shared, undumped;
	int nid;

	seq_puts(s, "node chunks referenced not_dumped\n");
	for_each_node_state(nid, N_MEMORY) {
		count = 0;
		shared = 0;
		undumped = 0;
		for (i = 0; i < nchunks; i++) {
			if (page_to_nid(chunks[i]) != nid)
				continue;
			count++;
			shared += chunk_is_shared(chunks[i]);
			undumped += PageOffline(chunks[i]);
		}
		seq_printf(s, "%4d %6lu %10lu %10lu\n", nid, count, shared, undumped);
	}
}
