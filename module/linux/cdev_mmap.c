// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Mappings of /dev/vmpage: pages with a struct page behind them, in an ordinary
 * VMA.
 *
 * All pages of a chunk share one folio lock.  A fault holds it from the moment it
 * has found or made its page until the kernel has made the entry, and takes it
 * before it drops the object lock.  A page leaves its object under both locks, so
 * it cannot change hands in between.
 */
#include <linux/mm.h>
#include <linux/pagemap.h>
#include "vm_compat.h"
#include "vmpage_dev.h"

/* The object is locked; on VM_FAULT_LOCKED the folio is, too. */
static vm_fault_t vmpage_fault_page(struct vm_fault *vmf, vm_page_t m)
{
	struct page *page = vmpage_to_page(m);

	/* Somebody is about to move or free it: fault again. */
	if (vm_page_xbusied(m))
		return VM_FAULT_NOPAGE;
	/* The kernel's own handling of this needs an address_space in the folio. */
	if (PageHWPoison(page))
		return VM_FAULT_HWPOISON;

	folio_lock(page_folio(page));
	return vmpage_chunk_fault(vmpage_chunk_map, vmf, page, false);
}

/* The page at an index, allocated if there is none; its object is write-locked. */
static vm_page_t vmpage_fault_get(struct vmpage_file *vf, vm_pindex_t pindex)
{
	vm_page_t m;

	m = vm_page_lookup(vf->object, pindex);
	if (!m && pindex < vf->object->size)
		m = vmpage_credit_alloc(vf, pindex);
	return m;
}

/*
 * An index node is allocated without sleeping while the object is locked.  It may
 * be what is missing, which looks the same as a lack of pages: so it is reserved
 * with the object unlocked, and the page tried once more.
 */
static vm_fault_t vmpage_fault_alloc(struct vm_fault *vmf, struct vmpage_file *vf)
{
	const vm_object_t object = vf->object;
	const vm_pindex_t pindex = vmf->pgoff;
	bool reserved = false;
	vm_fault_t ret;
	vm_page_t m;

	VM_OBJECT_WLOCK(object);
	m = vmpage_fault_get(vf, pindex);
	if (!m && pindex < object->size) {
		VM_OBJECT_WUNLOCK(object);
		if (xa_reserve(&object->rtree, pindex, GFP_KERNEL))
			return VM_FAULT_OOM;
		reserved = true;
		VM_OBJECT_WLOCK(object);
		m = vmpage_fault_get(vf, pindex);
	}
	ret = m ? vmpage_fault_page(vmf, m) : VM_FAULT_SIGBUS;
	if (reserved)
		xa_release(&object->rtree, pindex);
	VM_OBJECT_WUNLOCK(object);
	return ret;
}

static vm_fault_t vmpage_fault(struct vm_fault *vmf)
{
	struct vmpage_file *vf = vmf->vma->vm_file->private_data;
	vm_fault_t ret;
	vm_page_t m;

	VM_OBJECT_RLOCK(vf->object);
	m = vm_page_lookup(vf->object, vmf->pgoff);
	if (m)
		ret = vmpage_fault_page(vmf, m);
	VM_OBJECT_RUNLOCK(vf->object);

	return m ? ret : vmpage_fault_alloc(vmf, vf);
}

/* Called by fork, among others, before it copies page table entries. */
static void vmpage_vma_open(struct vm_area_struct *vma)
{
	if ((vma->vm_flags & VM_COPY_ON_FORK) || vma->anon_vma)
		vmpage_mark_forked(vma->vm_file->private_data);
}

/* Neither ->close, which keeps VMAs from merging, nor ->map_pages. */
static const struct vm_operations_struct vmpage_vm_ops = {
	.open = vmpage_vma_open,
	.fault = vmpage_fault,
};

int vmpage_mmap(struct vmpage_mmap_desc *desc)
{
	struct vmpage_file *vf = vmpage_mmap_file(desc)->private_data;
	int ret;

	/*
	 * Private mappings are not proven safe.  A shared one through a descriptor
	 * that is only open for reading is VM_MAYSHARE without VM_SHARED, and can
	 * never become writable.
	 */
	if (!vmpage_mmap_shared(desc))
		return -EINVAL;

	ret = vmpage_credit_range(vf, vmpage_mmap_pgoff(desc), vmpage_mmap_npages(desc),
				  !vmpage_mmap_noreserve(desc));
	if (!ret)
		vmpage_mmap_accept(desc, &vmpage_vm_ops);
	return ret;
}
