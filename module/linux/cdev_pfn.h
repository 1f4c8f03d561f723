/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Mappings by page number, for memory that nobody may refer to: what cannot be
 * pinned for long, or is not ordinary memory to the CPU.
 */
#ifndef _VMPAGE_CDEV_PFN_H_
#define _VMPAGE_CDEV_PFN_H_

#include <linux/mm.h>
#include <vm/vm_page.h>

struct vmpage_file;

/**
 * vmpage_pfn_fault() - map a page by its number, or the 2 MiB around it
 * @vmf: fault in a VMA with VM_PFNMAP, shared
 * @vf: file, its object locked
 * @m: page of the file at the index of the fault, not busied
 *
 * Context: Process context of a fault.  Takes a folio lock.  May sleep.
 * Return: VM_FAULT_NOPAGE, or an error.
 */
vm_fault_t vmpage_pfn_fault(struct vm_fault *vmf, struct vmpage_file *vf, vm_page_t m);

#endif /* _VMPAGE_CDEV_PFN_H_ */
