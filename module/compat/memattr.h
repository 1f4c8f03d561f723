/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The memory attribute of chunks, as Linux's own mapping of all memory has it.
 */
#ifndef _VMPAGE_MEMATTR_H_
#define _VMPAGE_MEMATTR_H_

#include <linux/mm.h>
#include <vm/vm.h>
#include <vm/vm_page.h>

/**
 * vmpage_page_has_memattr() - was the attribute of the chunk around a page changed?
 * @m: page
 * @memattr: VM_MEMATTR_*, not the default
 *
 * Context: Any context.
 * Return: true when it was changed to this one.
 */
bool vmpage_page_has_memattr(vm_page_t m, vm_memattr_t memattr);

/**
 * vmpage_chunk_give_memattr() - let a chunk be ordinary memory again
 * @page: first page of the 2 MiB, which nobody uses any more
 *
 * Context: Process context.  May sleep.
 * Return: false when it has another attribute, and that is not to be changed: Linux must
 * not get it back.
 */
bool vmpage_chunk_give_memattr(struct page *page);

/**
 * vmpage_memattr_pgprot() - what a mapping of memory with an attribute has
 * @prot: of an ordinary mapping
 * @memattr: VM_MEMATTR_* that vm_machine_memattr_valid() is true for
 *
 * Context: Any context.
 * Return: the same with the attribute.
 */
static inline pgprot_t vmpage_memattr_pgprot(pgprot_t prot, vm_memattr_t memattr)
{
	if (memattr == VM_MEMATTR_WRITE_COMBINING)
		return pgprot_writecombine(prot);
	if (memattr == VM_MEMATTR_UNCACHEABLE)
		return pgprot_noncached(prot);
	return prot;
}

#endif /* _VMPAGE_MEMATTR_H_ */
