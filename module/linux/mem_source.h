/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Memory taken from Linux.
 *
 * The unit is a chunk: 2 MiB, one folio, or 512 single pages where the kernel
 * offers no safe way to map a part of a folio.  Each chunk carries one reference
 * of ours from the moment it is taken until it goes back.
 */
#ifndef _VMPAGE_MEM_SOURCE_H_
#define _VMPAGE_MEM_SOURCE_H_

#include <linux/types.h>

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
	/* how folios are kept from being mapped too far; NULL: take single pages */
	const struct vmpage_chunk_map *map;
};

/**
 * mem_source_take() - take chunks from Linux
 * @req: how much
 *
 * Prints one line per node: what was asked of it, and what it gave.
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

/*
 * One line per node: chunks, how many of them somebody else refers to, and how
 * many a crash dump leaves out, which is none of those that are single pages.
 */
void mem_source_show(struct seq_file *s);

#endif /* _VMPAGE_MEM_SOURCE_H_ */
