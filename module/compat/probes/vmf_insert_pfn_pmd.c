// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Can page numbers be mapped by 2 MiB so that nobody pins the pages by that? */
#include <linux/mm.h>

#ifndef CONFIG_ARCH_SUPPORTS_PMD_PFNMAP
#error "entries of 2 MiB are not marked as special"
#endif

vm_fault_t probe(struct vm_fault *vmf, unsigned long pfn);
vm_fault_t probe(struct vm_fault *vmf, unsigned long pfn)
{
	return vmf_insert_pfn_pmd(vmf, pfn, true);
}
