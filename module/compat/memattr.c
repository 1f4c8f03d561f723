// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Memory attributes.
 *
 * Two mappings of a page that differ in their attribute are not coherent, so the one
 * that Linux has of all memory is changed, a whole chunk at a time, before any other is
 * made, and changed back before the chunk is ordinary memory again.  The chunks that
 * are not are remembered here: whatever goes wrong elsewhere, none of them gets back to
 * Linux.
 */
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/xarray.h>
#include "chunk_map.h"
#include "memattr.h"
#include "vm_compat.h"
#include "vm_machine.h"

#if HAVE_SET_MEMORY
#include <linux/set_memory.h>
#endif

/* Chunks with an attribute: VM_MEMATTR_* by pfn / 512. */
static DEFINE_XARRAY(changed);

#if HAVE_SET_MEMORY

bool vm_machine_memattr_valid(vm_memattr_t memattr)
{
	return memattr == VM_MEMATTR_DEFAULT || memattr == VM_MEMATTR_WRITE_COMBINING ||
	       memattr == VM_MEMATTR_UNCACHEABLE;
}

static int set_range(unsigned long addr, vm_memattr_t memattr)
{
	switch (memattr) {
	case VM_MEMATTR_DEFAULT:
		return set_memory_wb(addr, VMPAGE_CHUNK_NPAGES);
	case VM_MEMATTR_WRITE_COMBINING:
		return set_memory_wc(addr, VMPAGE_CHUNK_NPAGES);
	case VM_MEMATTR_UNCACHEABLE:
		return set_memory_uc(addr, VMPAGE_CHUNK_NPAGES);
	default:
		return -EOPNOTSUPP;
	}
}

#else

bool vm_machine_memattr_valid(vm_memattr_t memattr)
{
	return memattr == VM_MEMATTR_DEFAULT;
}

static int set_range(unsigned long addr, vm_memattr_t memattr)
{
	return -EOPNOTSUPP;
}

#endif

static unsigned long chunk_index(unsigned long pfn)
{
	return pfn >> VMPAGE_CHUNK_ORDER;
}

/* When that fails a part of the range may have been changed. */
static int make_other(struct page *page, vm_memattr_t memattr)
{
	const int ret = xa_insert(&changed, chunk_index(page_to_pfn(page)),
				  xa_mk_value((unsigned char)memattr), GFP_KERNEL);

	return ret ? ret : set_range((unsigned long)page_address(page), memattr);
}

static int make_default(struct page *page)
{
	const int ret = set_range((unsigned long)page_address(page), VM_MEMATTR_DEFAULT);

	if (!ret)
		xa_erase(&changed, chunk_index(page_to_pfn(page)));
	return ret;
}

int vm_machine_chunk_set_memattr(vm_paddr_t pa, vm_memattr_t memattr)
{
	struct page *page = pfn_to_page(PHYS_PFN(pa));

	if (PageHighMem(page))
		return -EOPNOTSUPP;
	return memattr == VM_MEMATTR_DEFAULT ? make_default(page) : make_other(page, memattr);
}

bool vmpage_page_has_memattr(vm_page_t m, vm_memattr_t memattr)
{
	const void *entry = xa_load(&changed, chunk_index(PHYS_PFN(VM_PAGE_TO_PHYS(m))));

	return entry == xa_mk_value((unsigned char)memattr);
}

bool vmpage_chunk_give_memattr(struct page *page)
{
	return !xa_load(&changed, chunk_index(page_to_pfn(page))) || !make_default(page);
}
