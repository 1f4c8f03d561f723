// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Mappings by page number.
 *
 * Such an entry holds no reference to its page, and users cannot get one through
 * it.  So the lock of the object is held until the entry is there: a page leaves
 * its object under that lock, and is unmapped afterwards, before it is freed or
 * copied.
 */
#include <linux/mm.h>
#include <linux/pagemap.h>
#include "cdev_pfn.h"
#include "vm_compat.h"
#include "vmpage_dev.h"

/*
 * Faults in one window must agree on the size of its entries, while pages become
 * busied without a lock that they hold.  The chunk need not be a folio, so the
 * lock is that of its first page.
 */
static struct folio *lock_chunk(unsigned long pfn)
{
	struct folio *folio = page_folio(pfn_to_page(ALIGN_DOWN(pfn, VMPAGE_CHUNK_NPAGES)));

	folio_lock(folio);
	return folio;
}

vm_fault_t vmpage_pfn_fault(struct vm_fault *vmf, struct vmpage_file *vf, vm_page_t m)
{
	const unsigned long pfn = PHYS_PFN(VM_PAGE_TO_PHYS(m));
	struct folio *folio;
	vm_fault_t ret;

	lockdep_assert_held(&vf->object->lock);

	if (PageHWPoison(pfn_to_page(pfn)))
		return VM_FAULT_HWPOISON;

	folio = lock_chunk(pfn);
	if (pmd_none(*vmf->pmd) && VMPAGE_PFN_PMD && vmpage_window_fits(vf, vmf) &&
	    vmpage_window_settled(vf, m))
		ret = vmpage_insert_pfn_pmd(vmf, ALIGN_DOWN(pfn, VMPAGE_CHUNK_NPAGES));
	else if (pmd_trans_huge(*vmf->pmd))
		ret = VM_FAULT_NOPAGE;	/* made since the fault began, or about to go */
	else
		ret = vmf_insert_pfn(vmf->vma, vmf->address, pfn);
	folio_unlock(folio);
	return ret;
}
