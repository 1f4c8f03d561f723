// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The content of physical pages.
 */
#include <linux/export.h>
#include <linux/highmem.h>
#include <linux/pfn.h>
#include <vm/pmap.h>
#include <vm/vm_page.h>

void pmap_zero_page(vm_page_t m)
{
	clear_highpage(pfn_to_page(PHYS_PFN(VM_PAGE_TO_PHYS(m))));
}
EXPORT_SYMBOL_GPL(pmap_zero_page);
