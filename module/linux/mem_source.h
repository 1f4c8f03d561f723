/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Memory taken from Linux.
 *
 * The unit is a chunk: 2 MiB, one folio, or 512 single pages where the kernel
 * offers no safe way to map a part of a folio, or its source no folios.  Each
 * folio and each single page carries one reference of ours from the moment it is
 * taken until it goes back.
 *
 * Where chunks come from is a matter of the sources, which mem_source.c asks in
 * the order that the user prefers.
 */
#ifndef _VMPAGE_MEM_SOURCE_H_
#define _VMPAGE_MEM_SOURCE_H_

#include <linux/types.h>

#define MEM_SOURCES	3	/* that there are */

struct mem_source;
struct page;
struct seq_file;
struct vm_mem_span;
struct vmpage_chunk_map;

/*
 * struct mem_source_request - what to take
 */
struct mem_source_request {
	u64 size;			/* bytes in all; 0 when size_per_node is given */
	u64 size_per_node;		/* bytes from each node with memory, or 0 */
	bool strict;			/* take everything or nothing */
	/* whom to ask, first the one to ask first; ends with NULL */
	const struct mem_source *sources[MEM_SOURCES + 1];
	/* how folios are kept from being mapped too far; NULL: take single pages */
	const struct vmpage_chunk_map *map;
};

/**
 * mem_source_choose() - set whom to ask
 * @req: receives the sources
 * @list: names of sources, separated by commas, in order of preference
 *
 * A source that this kernel does not offer is left out, which is said.
 *
 * Context: Process context.  May sleep.
 * Return: 0; -EINVAL for a name that is unknown or there twice; -EOPNOTSUPP when
 * the kernel offers none of them; -ENOMEM.
 */
int mem_source_choose(struct mem_source_request *req, const char *list);

/**
 * mem_source_take() - take chunks from Linux
 * @req: how much
 *
 * Prints one line per node and source: what was asked of it, and what it gave.
 *
 * Context: Process context.  May sleep; a fatal signal ends it.
 * Return: 0; -EINVAL for a size that cannot be; -ENOMEM for no memory, or not
 * enough of it when @req->strict; -EINTR.  On failure nothing is kept.
 */
int mem_source_take(const struct mem_source_request *req);

/**
 * mem_source_release() - give all chunks back
 *
 * Context: Process context.  May sleep.  Nothing uses the memory any more.
 */
void mem_source_release(void);

/**
 * mem_source_spans() - the taken memory as ranges
 * @spans: receives an array, ascending, adjacent chunks of a node merged; to be
 *	freed with kvfree()
 * @nspans: receives its length
 *
 * Context: Process context.  May sleep.
 * Return: 0 or -ENOMEM.
 */
int mem_source_spans(struct vm_mem_span **spans, unsigned int *nspans);

/**
 * mem_source_is_pfn() - must users be kept from referring to the pages?
 *
 * Context: Any context, between mem_source_take() and mem_source_release().
 * Return: true when some of the memory can only be mapped by page numbers.
 */
bool mem_source_is_pfn(void);

/**
 * mem_source_has_folios() - does a pin of one page hold others?
 *
 * Context: Any context, as mem_source_is_pfn().
 * Return: true when users can refer to pages of chunks that are one folio each.
 */
bool mem_source_has_folios(void);

/**
 * mem_source_has_bad_page() - has the hardware found an error in a chunk?
 * @chunk: the first of its 512 pages
 *
 * Context: Any context.  A page may become bad right after this.
 * Return: true when a page of it must not be used.
 */
bool mem_source_has_bad_page(struct page *chunk);

/*
 * One line per node and source: chunks, how many of them somebody else refers to,
 * and how many a crash dump leaves out, which is none of those that are single
 * pages.
 */
void mem_source_show(struct seq_file *s);

/* What follows is between mem_source.c and the sources. */

/*
 * struct mem_source_order - chunks wanted of a source
 */
struct mem_source_order {
	const struct mem_source *source;
	int nid;
	bool compound;			/* as folios, if the source has them */
	unsigned long want;		/* chunks that are still to be taken */
	unsigned long got;		/* chunks taken */
};

/*
 * struct mem_source - a way to get chunks
 */
struct mem_source {
	const char *name;
	/* what it takes is set apart by Linux for what can be moved away */
	bool cma;
	/* why this kernel does not offer it, or NULL; no function: every kernel does */
	const char *(*missing)(void);
	/*
	 * Hand as many chunks as are wanted to mem_source_took(), while there is
	 * mem_source_spare() memory.  Returns NULL, or why it ended early.
	 */
	const char *(*take)(struct mem_source_order *order);
	/* Take a chunk of single pages back; no function: free each of them. */
	void (*give)(struct page *page);
};

extern const struct mem_source mem_source_buddy, mem_source_contig, mem_source_cma;

/**
 * mem_source_spare() - how much may a source still take?
 * @order: what it is taking
 * @why: receives why it is nothing, and is set only then
 *
 * Context: Process context.
 * Return: chunks.
 */
unsigned long mem_source_spare(const struct mem_source_order *order, const char **why);

/**
 * mem_source_took() - hand in a chunk
 * @order: what it was taken for
 * @page: its first page, of order->nid, aligned to 2 MiB
 *
 * Context: Process context.  May sleep.
 */
void mem_source_took(struct mem_source_order *order, struct page *page);

/**
 * mem_source_untake() - give back what was handed in last
 * @order: what it was taken for
 * @nchunks: how many, no more than order->got
 *
 * Context: Process context.  May sleep.
 */
void mem_source_untake(struct mem_source_order *order, unsigned long nchunks);

#endif /* _VMPAGE_MEM_SOURCE_H_ */
