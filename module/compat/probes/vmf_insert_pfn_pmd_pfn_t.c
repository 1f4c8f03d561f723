// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* The same, where a page number has a type of its own. */
#include <linux/mm.h>
#include <linux/pfn_t.h>

#ifndef CONFIG_ARCH_SUPPORTS_PMD_PFNMAP
#error "entries of 2 MiB are not marked as special"
#endif

vm_fault_t probe(struct vm_fault *vmf, unsigned long pfn);
vm_fault_t probe(struct vm_fault *vmf, unsigned long pfn)
{
	return vmf_insert_pfn_pmd(vmf, __pfn_to_pfn_t(pfn, PFN_DEV), true);
}
