// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Windows of 512 pages that are mapped by one entry of 2 MiB.
 *
 * A chunk is whole while all of its pages are those of one window of one file, and a
 * fault has found it so.  It stops being whole, under the same locks, before the first
 * of them leaves the file; entries over it are then removed before that page can become
 * somebody else's.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kernel.h>
#include <linux/mman.h>
#include <linux/module.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <vm/vm_pagequeue.h>
#include <vm/vm_reserv.h>
#include "cdev_memattr.h"
#include "mem_source.h"
#include "vm_compat.h"
#include "vmpage_dev.h"

static char *map_policy = "eager";
module_param(map_policy, charp, 0444);
MODULE_PARM_DESC(map_policy, "what a first touch populates: eager (2 MiB if possible), demand (one page), or a number of pages from which on the rest of 2 MiB is populated (default eager)");

static bool map_reclaim = true;
module_param(map_reclaim, bool, 0644);
MODULE_PARM_DESC(map_reclaim, "move pages to make room for 2 MiB that a first touch is to populate, when none are free in one piece (default on)");

unsigned int vmpage_fill_default;

int vmpage_map_policy_init(void)
{
	unsigned int threshold;

	if (!strcmp(map_policy, "eager")) {
		threshold = VMPAGE_FILL_EAGER;
	} else if (!strcmp(map_policy, "demand")) {
		threshold = VMPAGE_FILL_NEVER;
	} else if (kstrtouint(map_policy, 10, &threshold) || !threshold ||
		   threshold > VM_LEVEL_0_NPAGES) {
		pr_err("map_policy=%s is unknown; give eager, demand, or a number from 1 to %lu\n",
		       map_policy, VM_LEVEL_0_NPAGES);
		return -EINVAL;
	}
	vmpage_fill_default = threshold;
	return 0;
}

static vm_pindex_t window_start(vm_pindex_t pindex)
{
	return ALIGN_DOWN(pindex, VM_LEVEL_0_NPAGES);
}

/* Can the windows that a VMA covers be mapped by one entry each? */
static bool vma_has_windows(const struct vmpage_file *vf, const struct vm_area_struct *vma)
{
	return vmpage_chunk_map && !vf->object->pg_color &&
	       IS_ALIGNED((vma->vm_start >> PAGE_SHIFT) - vma->vm_pgoff, VMPAGE_CHUNK_NPAGES);
}

bool vmpage_window_fits(const struct vmpage_file *vf, const struct vm_fault *vmf)
{
	const unsigned long addr = ALIGN_DOWN(vmf->address, VMPAGE_CHUNK_SIZE);
	const struct vm_area_struct *vma = vmf->vma;

	return vma_has_windows(vf, vma) && !(vma->vm_flags & VM_NOHUGEPAGE) &&
	       addr >= vma->vm_start && vma->vm_end - addr >= VMPAGE_CHUNK_SIZE;
}

int vmpage_window_domain(struct vmpage_file *vf, const struct vm_fault *vmf)
{
	const vm_pindex_t first = window_start(vmf->pgoff);
	const vm_object_t object = vf->object;

	lockdep_assert_held(&object->lock);

	if (!map_reclaim || vf->fill != VMPAGE_FILL_EAGER || !vmpage_window_fits(vf, vmf) ||
	    (vmf->flags & FAULT_FLAG_RETRY_NOWAIT) || (current->flags & PF_DUMPCORE) ||
	    first + VM_LEVEL_0_NPAGES > object->size)
		return -1;
	if (vm_radix_lookup_in(&object->rtree, first, first + VM_LEVEL_0_NPAGES - 1))
		return -1;
	return vmpage_credit_window_domain(vf, vmf->pgoff);
}

vm_page_t vmpage_window_alloc(struct vmpage_file *vf, const struct vm_fault *vmf, int domain)
{
	const vm_pindex_t first = window_start(vmf->pgoff);
	vm_page_t m;

	lockdep_assert_held_write(&vf->object->lock);

	if (vf->fill != VMPAGE_FILL_EAGER || !vmpage_window_fits(vf, vmf))
		return NULL;
	if (domain < 0)
		domain = vmpage_credit_window_domain(vf, vmf->pgoff);
	m = domain < 0 ? NULL : vmpage_credit_alloc_window(vf, first, domain);
	return m ? m + (vmf->pgoff - first) : NULL;
}

/* Without a promise others come first: what they need soon is not used up ahead of time. */
static bool may_fill(struct vmpage_file *vf, vm_page_t m, vm_pindex_t first)
{
	const int missing = vmpage_credit_missing(vf, first, first + VM_LEVEL_0_NPAGES);

	return !missing || vmpage_file_has_memattr(vf) ||
	       vmpage_domain_spares(vm_page_domain(m), missing);
}

void vmpage_window_fill(struct vmpage_file *vf, vm_page_t m, unsigned int threshold)
{
	const vm_pindex_t first = window_start(m->pindex);
	const unsigned int populated = vmpage_reserv_popcnt(m);
	const vm_object_t object = vf->object;
	vm_pindex_t pindex;

	lockdep_assert_held_write(&object->lock);

	if (!populated || populated == VM_LEVEL_0_NPAGES ||
	    populated < threshold || !may_fill(vf, m, first))
		return;

	/* The reservation may be broken meanwhile; then the rest is not worth it. */
	for (pindex = first; pindex < first + VM_LEVEL_0_NPAGES; pindex++) {
		const vm_page_t m_next = vm_page_lookup(object, pindex) ?:
					 vmpage_credit_alloc(vf, pindex, -1);

		if (m_next != m + (long)(pindex - m->pindex))
			return;
	}
}

/* Are the pages of a chunk what a file has at given places, and does nobody work on any? */
static bool pages_are_settled(vm_object_t object, vm_page_t m, vm_pindex_t pindex)
{
	unsigned int i;

#pragma GCC unroll 16
	for (i = 0; i < VM_LEVEL_0_NPAGES; i++) {
		if (m[i].object != object || m[i].pindex != pindex + i || vm_page_xbusied(&m[i]))
			return false;
	}
	return true;
}

/* Does a page lie in its chunk where its index lies in the window? */
static bool page_is_in_place(vm_page_t m)
{
	return (PHYS_PFN(VM_PAGE_TO_PHYS(m)) - m->pindex) % VM_LEVEL_0_NPAGES == 0;
}

bool vmpage_window_settled(struct vmpage_file *vf, vm_page_t m)
{
	const vm_pindex_t pindex = window_start(m->pindex);
	const vm_page_t first = m - (m->pindex - pindex);

	lockdep_assert_held(&vf->object->lock);

	return vm_reserv_level_iffullpop(m) >= 0 && page_is_in_place(m) &&
	       pages_are_settled(vf->object, first, pindex) &&
	       !mem_source_has_bad_page(vmpage_to_page(first));
}

bool vmpage_window_whole(struct vmpage_file *vf, vm_page_t m, struct folio *folio, bool fresh)
{
	const bool whole = folio_test_large(folio) &&
			   (fresh ? !mem_source_has_bad_page(&folio->page) :
				    vmpage_window_settled(vf, m));

	if (whole)
		vmpage_chunk_set_whole(vmpage_chunk_map, folio, window_start(m->pindex));
	else if (vmpage_chunk_is_whole(folio))
		vmpage_chunk_set_one(vmpage_chunk_map, folio);
	return whole;
}

/* Promotion */

/* What one mmap() of the device gives its VMA, or leaves to its caller. */
#define FRESH_FLAGS	(VM_READ | VM_WRITE | VM_EXEC | VM_SHARED | VM_MAYREAD | VM_MAYWRITE | \
			 VM_MAYEXEC | VM_MAYSHARE | VM_NORESERVE | VM_SOFTDIRTY | \
			 VMPAGE_FRESH_FLAGS)

/*
 * struct vmpage_remap - how a window was mapped
 */
struct vmpage_remap {
	unsigned long addr;		/* bytes */
	unsigned long prot;		/* PROT_* */
	unsigned long flags;		/* MAP_* */
	pgoff_t pgoff;			/* pages */
	bool possible;			/* to map by one entry */
};

static bool vma_has_policy(const struct vm_area_struct *vma)
{
#ifdef CONFIG_NUMA
	return vma->vm_policy;
#else
	return false;
#endif
}

static bool vma_maps(const struct vm_area_struct *vma, unsigned long addr, const struct file *filp)
{
	return vma && addr >= vma->vm_start && vma->vm_ops == &vmpage_vm_ops &&
	       vma->vm_file->private_data == filp->private_data;
}

/* Mapping a window anew would undo whatever a new mapping does not have. */
static int remap_check(const struct vm_area_struct *vma, struct vmpage_remap *remap)
{
	const unsigned long addr = remap->addr;
	unsigned long fresh = FRESH_FLAGS;

	if (vma->vm_flags & VM_PFNMAP)
		fresh |= VMPAGE_PFN_FLAGS;
	if ((vma->vm_flags & ~fresh) || vma_has_policy(vma) || vma->anon_vma ||
	    (vma->vm_flags & VMPAGE_FRESH_FLAGS) != VMPAGE_FRESH_FLAGS)
		return -EBUSY;

	remap->prot = (vma->vm_flags & VM_READ ? PROT_READ : 0) |
		      (vma->vm_flags & VM_WRITE ? PROT_WRITE : 0) |
		      (vma->vm_flags & VM_EXEC ? PROT_EXEC : 0);
	remap->flags = MAP_SHARED | MAP_FIXED |
		       (vma->vm_flags & VM_NORESERVE ? MAP_NORESERVE : 0);
	remap->pgoff = vma->vm_pgoff + ((addr - vma->vm_start) >> PAGE_SHIFT);
	remap->possible = vma_has_windows(vma->vm_file->private_data, vma);
	return 0;
}

static int remap_find(struct file *filp, struct vmpage_remap *remap)
{
	const unsigned long end = remap->addr + VMPAGE_CHUNK_SIZE;
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	unsigned long addr;
	int ret;

	mmap_read_lock(mm);
	vma = find_vma(mm, remap->addr);
	ret = vma_maps(vma, remap->addr, filp) ? remap_check(vma, remap) : -EFAULT;
	/* The rest of it may be mapped otherwise. */
	while (ret != -EFAULT && vma->vm_end < end) {
		addr = vma->vm_end;
		vma = find_vma(mm, addr);
		ret = vma_maps(vma, addr, filp) ? -EBUSY : -EFAULT;
	}
	mmap_read_unlock(mm);
	return ret;
}

/* Populate a window.  Returns whether it is worth mapping anew. */
static bool window_complete(struct vmpage_file *vf, vm_pindex_t pindex)
{
	bool complete = false;
	vm_page_t m;

	VM_OBJECT_WLOCK(vf->object);
	m = vmpage_file_page(vf, pindex, -1);
	if (!IS_ERR_OR_NULL(m)) {
		vmpage_window_fill(vf, m, VMPAGE_FILL_EAGER);
		complete = vmpage_window_settled(vf, m) &&
			   (mem_source_is_pfn() || folio_test_large(page_folio(vmpage_to_page(m))));
	}
	VM_OBJECT_WUNLOCK(vf->object);
	return complete;
}

/* Only a new mapping is sure to have no page table in the way of the entry. */
static int remap_window(struct file *filp, const struct vmpage_remap *remap)
{
	unsigned long addr;

	addr = vm_mmap(filp, remap->addr, VMPAGE_CHUNK_SIZE, remap->prot, remap->flags,
		       (unsigned long)remap->pgoff << PAGE_SHIFT);
	if (IS_ERR_VALUE(addr))
		return addr;
	/* The entry comes with a touch; a window without access has to wait for one. */
	fault_in_readable((char __user *)remap->addr, 1);
	return 0;
}

int vmpage_promote(struct file *filp, unsigned long addr, unsigned long len, u64 *npromoted)
{
	struct vmpage_file *vf = filp->private_data;
	struct vmpage_remap remap;
	int ret;

	for (remap.addr = addr; remap.addr < addr + len; remap.addr += VMPAGE_CHUNK_SIZE) {
		if (fatal_signal_pending(current))
			return -EINTR;
		ret = remap_find(filp, &remap);
		if (ret)
			return ret;
		if (remap.possible && window_complete(vf, remap.pgoff)) {
			ret = remap_window(filp, &remap);
			if (ret)
				return ret;
			++*npromoted;
		}
		cond_resched();
	}
	return 0;
}
