// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Memory by address: long runs, out of which Linux moves what it can move.
 *
 * A run is taken chunk by chunk, since that is how it becomes folios of 2 MiB.
 * The longest runs are looked for first.  A chunk that Linux would not clear is
 * not asked for again, so a node is searched in little more than one go.
 */
#include <linux/bitmap.h>
#include <linux/log2.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/vmstat.h>
#include "chunk_map.h"
#include "contig.h"
#include "mem_source.h"

/* In chunks: where the largest block of the allocator, 16 MiB, may begin. */
#define RUN_ALIGN	8UL

/*
 * struct search - the search of one zone
 */
struct search {
	struct mem_source_order *order;
	struct zone *zone;
	unsigned long first, end;	/* chunks by address, pfn >> VMPAGE_CHUNK_ORDER */
	unsigned long *useless;		/* bit by chunk from first on: taken or not to be had */
	const char *why;		/* set: stop */
};

/* What the page allocator would leave alone, if it were asked for this memory. */
static bool zone_can_spare(struct zone *zone, unsigned long npages)
{
	const unsigned long reserve = high_wmark_pages(zone) +
				      zone->lowmem_reserve[gfp_zone(GFP_HIGHUSER)];

	return zone_page_state(zone, NR_FREE_PAGES) >=
	       zone_page_state(zone, NR_FREE_CMA_PAGES) + reserve + npages;
}

/* Holes have no description, or a reserved one. */
static bool chunk_is_memory(const struct zone *zone, unsigned long chunk)
{
	unsigned long pfn = chunk << VMPAGE_CHUNK_ORDER;
	const unsigned long end = pfn + VMPAGE_CHUNK_NPAGES;
	struct page *page;

	for (; pfn < end; pfn++) {
		page = pfn_to_online_page(pfn);
		if (!page || page_zone(page) != zone || PageReserved(page))
			return false;
	}
	return true;
}

static struct page *take_chunk(struct search *s, unsigned long chunk)
{
	struct page *page = NULL;

	if (!mem_source_spare(s->order, &s->why))
		return NULL;
	if (chunk_is_memory(s->zone, chunk) && zone_can_spare(s->zone, VMPAGE_CHUNK_NPAGES))
		page = vmpage_contig_take(chunk << VMPAGE_CHUNK_ORDER, s->order->compound);
	__set_bit(chunk - s->first, s->useless);
	cond_resched();
	return page;
}

/*
 * Take a run.  One that breaks off is given back, as it may be the beginning of
 * what a shorter run can use better; but not when it is the last.
 */
static void take_run(struct search *s, unsigned long first, unsigned long nchunks)
{
	const unsigned long before = s->order->got;
	struct page *page;
	unsigned long i;

	for (i = 0; i < nchunks; i++) {
		page = take_chunk(s, first + i);
		if (!page)
			break;
		mem_source_took(s->order, page);
	}
	if (i == nchunks || s->why)
		return;

	mem_source_untake(s->order, s->order->got - before);
	bitmap_clear(s->useless, first - s->first, i);
}

/* The next run of this length that nothing is known against, or the zone's end. */
static unsigned long next_run(const struct search *s, unsigned long from, unsigned long nchunks)
{
	const unsigned long align = min(rounddown_pow_of_two(nchunks), RUN_ALIGN);
	unsigned long first, bad;

	for (first = ALIGN(from, align); first + nchunks <= s->end; first = ALIGN(bad + 1, align)) {
		bad = s->first + find_next_bit(s->useless, first + nchunks - s->first,
					       first - s->first);
		if (bad >= first + nchunks)
			return first;
	}
	return s->end;
}

static void search_for_runs(struct search *s, unsigned long nchunks)
{
	unsigned long first = next_run(s, s->first, nchunks);

	while (first < s->end && s->order->want >= nchunks && !s->why) {
		take_run(s, first, nchunks);
		first = next_run(s, first + 1, nchunks);
	}
}

static const char *search_zone(struct mem_source_order *order, struct zone *zone)
{
	struct search s = { .order = order, .zone = zone };
	unsigned long run;

	s.first = DIV_ROUND_UP(zone->zone_start_pfn, VMPAGE_CHUNK_NPAGES);
	s.end = zone_end_pfn(zone) >> VMPAGE_CHUNK_ORDER;
	if (s.first >= s.end)
		return NULL;
	s.useless = kvcalloc(BITS_TO_LONGS(s.end - s.first), sizeof(long), GFP_KERNEL);
	if (!s.useless)
		return "no memory for the search";

	for (run = order->want; run && !s.why; run = min(run / 2, order->want))
		search_for_runs(&s, run);
	kvfree(s.useless);
	return s.why;
}

static const char *contig_take(struct mem_source_order *order)
{
	struct zone *zones = NODE_DATA(order->nid)->node_zones;
	const char *why = NULL;
	int i;

	for (i = gfp_zone(GFP_HIGHUSER); i >= 0 && order->want && !why; i--)
		if (populated_zone(&zones[i]))
			why = search_zone(order, &zones[i]);
	return why ?: order->want ? "no more memory that can be cleared" : NULL;
}

const struct mem_source mem_source_contig = {
	.name = "contig",
	.missing = vmpage_contig_missing,
	.take = contig_take,
};
