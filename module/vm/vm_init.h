/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Bring-up and tear-down of the allocator, and chunks that come and go.
 */
#ifndef _VM_INIT_H_
#define _VM_INIT_H_

#include <sys/types.h>

/* A physically contiguous range of one domain. */
struct vm_mem_span {
	vm_paddr_t start;		/* bytes, page-aligned */
	vm_paddr_t end;			/* bytes, one past the last */
	int domain;			/* NUMA node id */
};

/**
 * vm_mem_startup() - start the allocator on these spans
 * @spans: ranges, ascending
 * @nspans: number of @spans
 *
 * Context: Process context.  May sleep.
 * Return: 0 or the error of vm_phys_add_seg(); on failure nothing is left.
 */
int vm_mem_startup(const struct vm_mem_span *spans, unsigned int nspans);

/**
 * vm_mem_shutdown() - forget all memory
 *
 * Nobody else uses the allocator; every page is free.
 *
 * Context: Process context.  May sleep.
 */
void vm_mem_shutdown(void);

/**
 * vm_mem_add_span() - add a range to the running allocator
 * @span: range
 *
 * Context: Process context.  May sleep.
 * Return: 0 or the error of vm_phys_add_seg(); on failure nothing was added.
 */
int vm_mem_add_span(const struct vm_mem_span *span);

/**
 * vm_mem_remove_chunk() - take a free chunk out of the running allocator
 * @pa: address of the chunk, bytes, 2 MiB-aligned
 *
 * Context: Process context.  May sleep.
 * Return: 0; -ENOMEM when the domain cannot spare 512 pages; -EBUSY when a page
 * of the chunk is in use; -EINVAL when there is no such chunk.
 */
int vm_mem_remove_chunk(vm_paddr_t pa);

/**
 * vm_mem_dump_all() - vm_phys_dump_all()
 * @all: true, or false for as usual
 *
 * Context: Process context.  May sleep.
 */
void vm_mem_dump_all(bool all);

#endif /* _VM_INIT_H_ */
