// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The content of physical pages.
 */
#include <linux/export.h>
#include <linux/highmem.h>
#include <sys/systm.h>
#include <vm/pmap.h>
#include <vm/vm_page.h>

#include "memattr.h"
#include "vm_compat.h"

void pmap_zero_page(vm_page_t m)
{
	clear_highpage(vmpage_to_page(m));
}
EXPORT_SYMBOL_GPL(pmap_zero_page);

void vmpage_zero_pages(vm_page_t m_run, u_long npages)
{
	clear_pages(page_address(vmpage_to_page(m_run)), npages);
}

void pmap_zero_page_area(vm_page_t m, int off, int size)
{
	memzero_page(vmpage_to_page(m), off, size);
}
EXPORT_SYMBOL_GPL(pmap_zero_page_area);

void pmap_copy_page(vm_page_t src, vm_page_t dst)
{
	copy_highpage(vmpage_to_page(dst), vmpage_to_page(src));
}
EXPORT_SYMBOL_GPL(pmap_copy_page);

/* What is accepted leaves the direct map as it is. */
void pmap_page_set_memattr(vm_page_t m, vm_memattr_t memattr)
{
	if (vm_assert(memattr == VM_MEMATTR_DEFAULT || vmpage_page_has_memattr(m, memattr)))
		m->memattr = memattr;
}
EXPORT_SYMBOL_GPL(pmap_page_set_memattr);

vm_memattr_t pmap_page_get_memattr(vm_page_t m)
{
	return m->memattr;
}
EXPORT_SYMBOL_GPL(pmap_page_get_memattr);
