// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Memory taken from Linux, in chunks of 2 MiB.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bits.h>
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
#include <linux/string.h>
#include <linux/vmstat.h>
#include <sys/param.h>
#include "chunk_map.h"
#include "mem_source.h"
#include "memattr.h"
#include "vm_init.h"

/* Not below this part of a node's memory, whatever its watermarks are. */
#define HEADROOM_PERCENT	5

#define chunks_to_mib(n)	((unsigned long)(n) * (VMPAGE_CHUNK_SIZE / SZ_1M))

/* The memory of one node that an allocation like ours can use, in pages. */
struct node_memory {
	unsigned long managed;		/* without CMA memory */
	unsigned long free;		/* without CMA memory */
	unsigned long cma;
	unsigned long free_cma;
	unsigned long headroom;		/* that must stay free */
};

struct chunk {
	struct page *page;		/* the first one */
	const struct mem_source *source;
};

/*
 * Written by mem_source_take() and mem_source_release(), which the load and the
 * unload call, and constant in between.
 */
static struct chunk *chunks;		/* ascending by address */
static unsigned long nchunks;
static bool any_cma;
static const struct vmpage_chunk_map *chunk_map;
static const struct mem_source *sources[MEM_SOURCES + 1];	/* asked; ends with NULL */

static const struct mem_source *const all_sources[MEM_SOURCES] = {
	&mem_source_buddy, &mem_source_contig, &mem_source_cma,
};

static int choose_source(struct mem_source_request *req, const char *name, unsigned long *seen)
{
	const struct mem_source **slot = req->sources;
	const char *missing = NULL;
	unsigned int i;

	for (i = 0; i < MEM_SOURCES && strcmp(name, all_sources[i]->name); i++)
		;
	if (i == MEM_SOURCES) {
		pr_err("source: \"%s\" is unknown; known are buddy, contig and cma\n", name);
		return -EINVAL;
	}
	if (__test_and_set_bit(i, seen)) {
		pr_err("source: %s is there twice\n", name);
		return -EINVAL;
	}

	if (all_sources[i]->missing)
		missing = all_sources[i]->missing();
	if (missing) {
		pr_warn("source %s is left out: %s\n", name, missing);
		return 0;
	}
	while (*slot)
		slot++;
	*slot = all_sources[i];
	return 0;
}

int mem_source_choose(struct mem_source_request *req, const char *list)
{
	char *copy = kstrdup(list, GFP_KERNEL), *names = copy;
	unsigned long seen = 0;
	const char *name;
	int ret = 0;

	if (!copy)
		return -ENOMEM;
	while (!ret && (name = strsep(&names, ",")))
		ret = choose_source(req, name, &seen);
	kfree(copy);
	if (!ret && !req->sources[0]) {
		pr_err("source=%s is not to be had here; give source=buddy\n", list);
		ret = -EOPNOTSUPP;
	}
	return ret;
}

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
		mem.cma += zone_cma_pages(zone);
		mem.free_cma += zone_page_state(zone, NR_FREE_CMA_PAGES);
		high += high_wmark_pages(zone);
	}
	mem.headroom = max(high, mem.managed / 100 * HEADROOM_PERCENT);
	return mem;
}

unsigned long mem_source_spare(const struct mem_source_order *order, const char **why)
{
	const struct node_memory mem = node_memory(order->nid);
	const unsigned long free = mem.free + (order->source->cma ? mem.free_cma : 0);

	if (fatal_signal_pending(current)) {
		*why = "interrupted";
		return 0;
	}
	if (free < mem.headroom + VMPAGE_CHUNK_NPAGES) {
		*why = "the rest is left to Linux";
		return 0;
	}
	return (free - mem.headroom) >> VMPAGE_CHUNK_ORDER;
}

void mem_source_took(struct mem_source_order *order, struct page *page)
{
	vmpage_chunk_switch(chunk_map, page_folio(page), false, 0);
	chunks[nchunks++] = (struct chunk){ page, order->source };
	order->want--;
	order->got++;
}

bool mem_source_has_bad_page(struct page *chunk)
{
	unsigned long i;

#pragma GCC unroll 16
	for (i = 0; i < VMPAGE_CHUNK_NPAGES; i++) {
		if (PageHWPoison(chunk + i))
			return true;
	}
	return false;
}

/*
 * Linux expects its pages as it gave them: whole, and with nothing set.  It does
 * not look for a memory error inside of what it gets back.
 */
static void give_chunk(const struct chunk *chunk)
{
	struct page *page = chunk->page;
	unsigned long i;

	if (!vmpage_chunk_give_memattr(page)) {
		pr_warn("the 2 MiB at %#llx cannot be made ordinary memory and are not given back\n",
			(u64)page_to_phys(page));
		return;
	}
	if (mem_source_has_bad_page(page)) {
		pr_warn("the 2 MiB at %#llx have a memory error and are not given back\n",
			(u64)page_to_phys(page));
		return;
	}
	if (PageHead(page)) {
		vmpage_chunk_reset(page_folio(page));
		__free_pages(page, VMPAGE_CHUNK_ORDER);
		return;
	}
	for (i = 0; i < VMPAGE_CHUNK_NPAGES; i++) {
		vmpage_chunk_reset(page_folio(page + i));
		if (!chunk->source->give)
			__free_page(page + i);
	}
	if (chunk->source->give)
		chunk->source->give(page);
}

void mem_source_untake(struct mem_source_order *order, unsigned long n)
{
	order->want += n;
	order->got -= n;
	while (n--) {
		give_chunk(&chunks[--nchunks]);
		cond_resched();
	}
}

/* Ask a source of a node for up to @want chunks.  Returns how many came. */
static unsigned long take_from_source(const struct mem_source *source, int nid, unsigned long want)
{
	const bool named = source != &mem_source_buddy;
	struct mem_source_order order = {
		.source = source,
		.nid = nid,
		.compound = chunk_map,
		.want = want,
	};
	const char *why;

	why = nid < MAXMEMDOM ? source->take(&order) : "its number is too large for a domain";
	any_cma |= order.got && source->cma;
	pr_info("node %d: asked %lu MiB%s%s, got %lu MiB%s%s\n", nid, chunks_to_mib(want),
		named ? " of " : "", named ? source->name : "", chunks_to_mib(order.got),
		why ? "; " : "", why ?: "");
	return order.got;
}

/* What one source does not have, the next is asked for. */
static unsigned long take_from_node(int nid, unsigned long want)
{
	const struct mem_source *const *source;
	unsigned long got = 0;

	for (source = sources; *source && got < want && !fatal_signal_pending(current); source++)
		got += take_from_source(*source, nid, want - got);
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
	int nid;

	for_each_node_mask(nid, *nodes) {
		share = equal_shares ? DIV_ROUND_UP(want - total, left) : want;
		left--;
		got = take_from_node(nid, share);
		total += got;
		if (got < share)
			node_clear(nid, *nodes);
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

/* The memory of a node that the sources choose from, in pages. */
static unsigned long node_pages(int nid)
{
	const struct node_memory mem = node_memory(nid);
	const struct mem_source *const *source;
	unsigned long ordinary = 0, cma = 0;

	for (source = sources; *source; source++) {
		if ((*source)->cma)
			cma = mem.cma;
		else
			ordinary = mem.managed;
	}
	return ordinary + cma;
}

/* The most that could be asked for, in chunks: of all nodes, or of the smallest. */
static unsigned long most_chunks(bool per_node)
{
	unsigned long total = 0, least = ULONG_MAX, most;
	int nid;

	for_each_node_state(nid, N_MEMORY) {
		most = node_pages(nid) >> VMPAGE_CHUNK_ORDER;
		total += most;
		least = min(least, most);
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
	const unsigned long pfn_a = page_to_pfn(((const struct chunk *)a)->page);
	const unsigned long pfn_b = page_to_pfn(((const struct chunk *)b)->page);

	return pfn_a < pfn_b ? -1 : pfn_a > pfn_b;
}

static unsigned long count_singles(const struct mem_source *source)
{
	unsigned long i, count = 0;

	for (i = 0; i < nchunks; i++)
		count += chunks[i].source == source && !PageHead(chunks[i].page);
	return count;
}

/* Why there are fewer 2 MiB mappings than the kernel could make. */
static void say_what_is_mapped_less(void)
{
	const struct mem_source *const *source;
	unsigned long singles;

	for (source = sources; *source && chunk_map; source++) {
		singles = (*source)->cma ? 0 : count_singles(*source);
		if (singles)
			pr_info("%lu MiB of %s are single pages on this kernel: 4 KiB mappings only\n",
				chunks_to_mib(singles), (*source)->name);
	}
	if (any_cma)
		pr_info("with CMA memory, all is mapped by page number: users cannot pin it\n");
}

int mem_source_take(const struct mem_source_request *req)
{
	const bool per_node = req->size_per_node;
	nodemask_t nodes = node_states[N_MEMORY];
	unsigned long total;
	long want;
	int ret;

	memcpy(sources, req->sources, sizeof(sources));
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
	say_what_is_mapped_less();
	return 0;
}

void mem_source_release(void)
{
	while (nchunks) {
		give_chunk(&chunks[--nchunks]);
		cond_resched();
	}
	any_cma = false;
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
		const vm_paddr_t pa = PFN_PHYS(page_to_pfn(chunks[i].page));
		const int domain = page_to_nid(chunks[i].page);

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

bool mem_source_is_pfn(void)
{
	return any_cma;
}

bool mem_source_has_folios(void)
{
	return chunk_map && !any_cma;
}

static bool chunk_is_shared(struct page *page)
{
	const unsigned long npages = PageHead(page) ? 1 : VMPAGE_CHUNK_NPAGES;
	unsigned long i;

	for (i = 0; i < npages; i++)
		if (page_count(page + i) != 1)
			return true;
	return false;
}

static void show_source(struct seq_file *s, int nid, const struct mem_source *source)
{
	unsigned long i, count = 0, shared = 0, undumped = 0;

	for (i = 0; i < nchunks; i++) {
		struct page *page = chunks[i].page;

		if (chunks[i].source != source || page_to_nid(page) != nid)
			continue;
		count++;
		shared += chunk_is_shared(page);
		undumped += PageOffline(page);
	}
	seq_printf(s, "%4d %6lu %10lu %10lu %s\n", nid, count, shared, undumped, source->name);
}

void mem_source_show(struct seq_file *s)
{
	const struct mem_source *const *source;
	int nid;

	seq_puts(s, "node chunks referenced not_dumped source\n");
	for_each_node_state(nid, N_MEMORY)
		for (source = sources; *source; source++)
			show_source(s, nid, *source);
}
