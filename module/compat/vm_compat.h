/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What kernels spell differently.  The only file that reads the answers of the
 * probes, beside the code in this folder.
 */
#ifndef _VM_COMPAT_H_
#define _VM_COMPAT_H_

#include <linux/mm.h>
#include <linux/pfn.h>
#include <vm/vm_page.h>
#include "features.h"
#include "memattr.h"

#if HAVE_VMF_INSERT_PFN_PMD_PFN_T
#include <linux/pfn_t.h>
#endif

/* Linux's own description of a page. */
static inline struct page *vmpage_to_page(vm_page_t m)
{
	return pfn_to_page(PHYS_PFN(VM_PAGE_TO_PHYS(m)));
}

/**
 * vmpage_folio_mapcount() - count the page table entries that map a folio
 * @folio: folio of a device file, locked: no fault adds one meanwhile
 *
 * Context: Process context.
 * Return: entries; one of 2 MiB counts as one.
 */
static inline int vmpage_folio_mapcount(struct folio *folio)
{
#if HAVE_FOLIO_MAPCOUNT
	return folio_mapcount(folio);
#else
	const long npages = folio_nr_pages(folio);
	int entire, count = 0;
	long i;

	/* A file's 2 MiB entry is counted in the folio and in each of its pages. */
	entire = folio_test_large(folio) ? folio_entire_mapcount(folio) : 0;
	for (i = 0; i < npages; i++)
		count += atomic_read(&folio_page(folio, i)->_mapcount) + 1 - entire;
	return count + entire;
#endif
}

/*
 * VMAs with one of these flags have their page tables copied by fork; others
 * have them filled by faults.
 */
#ifndef VM_COPY_ON_FORK
#define VM_COPY_ON_FORK	(VM_PFNMAP | VM_MIXEDMAP | VM_UFFD_WP)
#endif

#if !HAVE_VM_FLAGS_SET
static inline void vm_flags_set(struct vm_area_struct *vma, unsigned long flags)
{
	vma->vm_flags |= flags;
}
#endif

/* A fault handler that waits runs under the lock of the address space, never a VMA's. */
#if !HAVE_RELEASE_FAULT_LOCK
static inline void release_fault_lock(struct vm_fault *vmf)
{
	mmap_read_unlock(vmf->vma->vm_mm);
}
#endif

#if !HAVE_CLEAR_PAGES
static inline void clear_pages(void *addr, unsigned int npages)
{
	while (npages--) {
		clear_page(addr);
		addr += PAGE_SIZE;
	}
}
#endif

/*
 * Can page numbers be mapped by 2 MiB?  Only where such an entry is marked as special:
 * elsewhere users could pin the pages through it.
 */
#define VMPAGE_PFN_PMD	(HAVE_VMF_INSERT_PFN_PMD || HAVE_VMF_INSERT_PFN_PMD_PFN_T)

static inline vm_fault_t vmpage_insert_pfn_pmd(struct vm_fault *vmf, unsigned long pfn)
{
#if HAVE_VMF_INSERT_PFN_PMD
	return vmf_insert_pfn_pmd(vmf, pfn, vmf->flags & FAULT_FLAG_WRITE);
#elif HAVE_VMF_INSERT_PFN_PMD_PFN_T
	return vmf_insert_pfn_pmd(vmf, __pfn_to_pfn_t(pfn, PFN_DEV),
				  vmf->flags & FAULT_FLAG_WRITE);
#else
	return VM_FAULT_SIGBUS;
#endif
}

/* What a mapping by page number has beside the flags of others. */
#define VMPAGE_PFN_FLAGS	(VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP)

/*
 * A mapping that is being made.  A kernel that can extend the VMA beside the new
 * range does so without asking ->mmap, and then nobody has promised its pages.
 * ->mmap_prepare is asked before.  Where there is none, our VMAs have a flag that
 * no new mapping has and that a user can only replace by its opposite, so that
 * the kernel compares them after it has asked.  VMPAGE_FRESH_FLAGS are those of a new
 * VMA of ours that depend on no argument of mmap().
 */
#if HAVE_MMAP_PREPARE

#define VMPAGE_FRESH_FLAGS	0
#define vmpage_mmap_op		mmap_prepare
#define vmpage_mmap_desc	vm_area_desc
#define VMPAGE_MMAP_ARGS	struct vm_area_desc *desc

static inline struct file *vmpage_mmap_file(const struct vm_area_desc *desc)
{
	return desc->file;
}

static inline pgoff_t vmpage_mmap_pgoff(const struct vm_area_desc *desc)
{
	return desc->pgoff;
}

static inline unsigned long vmpage_mmap_npages(const struct vm_area_desc *desc)
{
	return (desc->end - desc->start) >> PAGE_SHIFT;
}

static inline bool vmpage_mmap_shared(const struct vm_area_desc *desc)
{
	return vma_desc_test(desc, VMA_MAYSHARE_BIT);
}

static inline bool vmpage_mmap_noreserve(const struct vm_area_desc *desc)
{
	return vma_desc_test(desc, VMA_NORESERVE_BIT);
}

static inline void vmpage_mmap_accept(struct vm_area_desc *desc,
				      const struct vm_operations_struct *vm_ops)
{
	desc->vm_ops = vm_ops;
}

/* The pages are mapped by their numbers, with their attribute. */
static inline void vmpage_mmap_pfn(struct vm_area_desc *desc, vm_memattr_t memattr)
{
	desc->page_prot = vmpage_memattr_pgprot(desc->page_prot, memattr);
	vma_desc_set_flags(desc, VMA_PFNMAP_BIT, VMA_DONTEXPAND_BIT, VMA_DONTDUMP_BIT);
}

#else

#define VMPAGE_FRESH_FLAGS	VM_HUGEPAGE
#define vmpage_mmap_op		mmap
#define vmpage_mmap_desc	vm_area_struct
#define VMPAGE_MMAP_ARGS	struct file *filp, struct vm_area_struct *desc

static inline struct file *vmpage_mmap_file(const struct vm_area_struct *vma)
{
	return vma->vm_file;
}

static inline pgoff_t vmpage_mmap_pgoff(const struct vm_area_struct *vma)
{
	return vma->vm_pgoff;
}

static inline unsigned long vmpage_mmap_npages(const struct vm_area_struct *vma)
{
	return (vma->vm_end - vma->vm_start) >> PAGE_SHIFT;
}

static inline bool vmpage_mmap_shared(const struct vm_area_struct *vma)
{
	return vma->vm_flags & VM_MAYSHARE;
}

static inline bool vmpage_mmap_noreserve(const struct vm_area_struct *vma)
{
	return vma->vm_flags & VM_NORESERVE;
}

static inline void vmpage_mmap_accept(struct vm_area_struct *vma,
				      const struct vm_operations_struct *vm_ops)
{
	vma->vm_ops = vm_ops;
	vm_flags_set(vma, VMPAGE_FRESH_FLAGS);
}

static inline void vmpage_mmap_pfn(struct vm_area_struct *vma, vm_memattr_t memattr)
{
	vma->vm_page_prot = vmpage_memattr_pgprot(vma->vm_page_prot, memattr);
	vm_flags_set(vma, VMPAGE_PFN_FLAGS);
}

#endif

#endif /* _VM_COMPAT_H_ */
