// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Mappings of /dev/vmpage: pages with a struct page behind them, in an ordinary
 * VMA.
 *
 * All pages of a chunk share one folio lock.  A fault holds it from the moment it
 * has found or made its page until the kernel has made the entry, and takes it
 * before it drops the object lock.  A page leaves its object under both locks, so
 * it cannot change hands in between.
 *
 * A fault that finds no page, or a busied one, lets go of the mapping, waits, and
 * has the kernel begin it anew; others can map and unmap meanwhile.  It allocates
 * the page itself once it can, or it might come too late every time.  The new
 * fault knows nothing of the old one: that its time is up is left in the file.
 */
#include <linux/file.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <vm/vm_domainset.h>
#include <vm/vm_pagequeue.h>
#include "cdev_memattr.h"
#include "cdev_pfn.h"
#include "mem_source.h"
#include "vm_compat.h"
#include "vmpage_dev.h"

static unsigned int fault_timeout = 10000;
module_param(fault_timeout, uint, 0644);
MODULE_PARM_DESC(fault_timeout, "how long a touch of overcommitted memory waits for a page before it is SIGBUS, in ms (default 10000)");

/* A fault that is tried again for so long finds that it has waited already. */
#define TIMEOUT_JIFFIES	HZ

/*
 * struct vmpage_timeout - a fault that waited for a page in vain
 *
 * Guarded by the lock of the file's object, once it is in the list.
 */
struct vmpage_timeout {
	struct list_head link;
	const struct task_struct *task;	/* only compared */
	vm_pindex_t pindex;
	unsigned long expires;		/* jiffies */
};

static void forget_timeout(struct vmpage_timeout *timeout)
{
	list_del(&timeout->link);
	kfree(timeout);
}

void vmpage_forget_timeouts(struct vmpage_file *vf)
{
	struct vmpage_timeout *timeout, *next;

	list_for_each_entry_safe(timeout, next, &vf->timeouts, link)
		forget_timeout(timeout);
}

static void note_timeout(struct vmpage_file *vf, vm_pindex_t pindex,
			 struct vmpage_timeout *timeout)
{
	timeout->task = current;
	timeout->pindex = pindex;
	timeout->expires = jiffies + TIMEOUT_JIFFIES;
	VM_OBJECT_WLOCK(vf->object);
	list_add(&timeout->link, &vf->timeouts);
	VM_OBJECT_WUNLOCK(vf->object);
}

/*
 * Has the current task waited for this page in vain?  Says so once, and forgets
 * the faults that nobody tried again: a task has one fault at a time.
 */
static bool has_timed_out(struct vmpage_file *vf, vm_pindex_t pindex)
{
	struct vmpage_timeout *timeout, *next;
	bool found = false;

	lockdep_assert_held_write(&vf->object->lock);

	list_for_each_entry_safe(timeout, next, &vf->timeouts, link) {
		const bool expired = time_after(jiffies, timeout->expires);

		if (timeout->task == current && timeout->pindex == pindex && !expired)
			found = true;
		if (timeout->task == current || expired)
			forget_timeout(timeout);
	}
	return found;
}

/*
 * The object is locked; on VM_FAULT_LOCKED the folio is, too.  A fresh page is of a window
 * that was populated at once, by this fault.  Returns 0 for a page that somebody is about to
 * move or free.
 */
static vm_fault_t vmpage_fault_page(struct vm_fault *vmf, struct vmpage_file *vf, vm_page_t m,
				    bool fresh)
{
	struct page *page = vmpage_to_page(m);
	struct folio *folio = page_folio(page);
	bool whole;

	if (vm_page_xbusied(m))
		return 0;
	if (vmf->vma->vm_flags & VM_PFNMAP)
		return vmpage_pfn_fault(vmf, vf, m);

	folio_lock(folio);
	/* The kernel's own handling of this needs an address_space in the folio. */
	if (PageHWPoison(page)) {
		folio_unlock(folio);
		return VM_FAULT_HWPOISON;
	}
	whole = pmd_none(*vmf->pmd) && vmpage_window_fits(vf, vmf) &&
		vmpage_window_whole(vf, m, folio, fresh);
	return vmpage_chunk_fault(vmpage_chunk_map, vmf, page, whole);
}

static vm_page_t vmpage_file_try(struct vmpage_file *vf, vm_pindex_t pindex, int domain)
{
	return vm_page_lookup(vf->object, pindex) ?: vmpage_credit_alloc(vf, pindex, domain);
}

/*
 * An index node is allocated without sleeping while the object is locked.  It may
 * be what is missing, which looks the same as a lack of pages: so it is reserved
 * with the object unlocked, and the page tried once more.
 */
vm_page_t vmpage_file_page(struct vmpage_file *vf, vm_pindex_t pindex, int domain)
{
	const vm_object_t object = vf->object;
	vm_page_t m = vmpage_file_try(vf, pindex, domain);
	int ret;

	if (m)
		return m;

	VM_OBJECT_WUNLOCK(object);
	ret = vm_radix_reserve(object, pindex);
	VM_OBJECT_WLOCK(object);
	if (ret)
		return ERR_PTR(-ENOMEM);
	m = vmpage_file_try(vf, pindex, domain);
	vm_radix_unreserve(object, pindex);
	return m;
}

/* Somebody who dumps core touches all there is, and wants none of what is not. */
static bool vmpage_fault_may_wait(void)
{
	return fault_timeout && !(current->flags & PF_DUMPCORE);
}

/*
 * Find or make the page, in @domain if that is not -1 and has one.  Returns 0 when the fault
 * has to wait: for *mp, or for pages.
 */
static vm_fault_t vmpage_fault_alloc(struct vm_fault *vmf, struct vmpage_file *vf, int domain,
				     vm_page_t *mp)
{
	const vm_pindex_t pindex = vmf->pgoff;
	vm_fault_t ret = 0;
	vm_page_t m = NULL;
	bool fresh;

	VM_OBJECT_WLOCK(vf->object);
	if (pindex < vf->size)
		m = vmpage_window_alloc(vf, vmf, domain);
	fresh = m;
	if (pindex < vf->size && !m && domain >= 0)
		m = vmpage_file_page(vf, pindex, domain);
	if (pindex < vf->size && !m)
		m = vmpage_file_page(vf, pindex, -1);
	if (!fresh && !IS_ERR_OR_NULL(m) && vmpage_window_fits(vf, vmf))
		vmpage_window_fill(vf, m, vf->fill);
	if (IS_ERR(m))
		ret = VM_FAULT_OOM;
	else if (m)
		ret = vmpage_fault_page(vmf, vf, m, fresh);
	else if (pindex >= vf->size || !vmpage_fault_may_wait() ||
		 vmpage_credit_check(vf) || has_timed_out(vf, pindex))
		ret = VM_FAULT_SIGBUS;
	VM_OBJECT_WUNLOCK(vf->object);
	*mp = m;
	return ret;
}

bool vmpage_wait_for_page(struct vmpage_file *vf, vm_pindex_t pindex, int domain,
			  unsigned long wait)
{
	const unsigned long end = jiffies + min_t(ulong, wait, INT_MAX);
	struct domainset policy = {};
	vm_page_t m = NULL;

	vmpage_file_domains(vf, domain, &policy.ds_mask);
	while (!m && time_before(jiffies, end)) {
		vm_waitpfault(&policy, end - jiffies);
		if (fatal_signal_pending(current))
			return true;

		VM_OBJECT_WLOCK(vf->object);
		m = vmpage_file_page(vf, pindex, domain);
		VM_OBJECT_WUNLOCK(vf->object);
		if (!m && vmpage_credit_check(vf))
			return false;
		/* There may be pages, but none that is for this file. */
		if (!m && (vf->object->loose || vmpage_file_has_memattr(vf)))
			schedule_timeout_killable(1);
		cond_resched();
	}
	return m;
}

/*
 * Wait for a page to be unbusied, or for pages if @m is NULL.  With the lock goes
 * the VMA, so all that is needed comes from the file; the kernel takes the lock
 * again before it tries again.
 */
static vm_fault_t vmpage_fault_wait(struct vm_fault *vmf, struct vmpage_file *vf, vm_page_t m)
{
	/* Of the current tick a part is over. */
	const unsigned long wait = msecs_to_jiffies(fault_timeout) + 1;
	const vm_pindex_t pindex = vmf->pgoff;
	struct vmpage_timeout *timeout = NULL;
	struct file *filp;

	if (!(vmf->flags & FAULT_FLAG_ALLOW_RETRY))
		return m ? VM_FAULT_NOPAGE : VM_FAULT_SIGBUS;
	if (vmf->flags & FAULT_FLAG_RETRY_NOWAIT)
		return VM_FAULT_RETRY;
	if (!m) {
		timeout = kmalloc(sizeof(*timeout), GFP_KERNEL);
		if (!timeout)
			return VM_FAULT_OOM;
	}

	filp = get_file(vmf->vma->vm_file);
	release_fault_lock(vmf);

	if (m)
		vmpage_busy_sleep_killable(vf->object, m, pindex, VM_ALLOC_IGN_SBUSY);
	else if (vmpage_wait_for_page(vf, pindex, -1, wait))
		kfree(timeout);
	else
		note_timeout(vf, pindex, timeout);

	fput(filp);
	return VM_FAULT_RETRY;
}

static vm_fault_t vmpage_fault(struct vm_fault *vmf)
{
	struct vmpage_file *vf = vmf->vma->vm_file->private_data;
	vm_fault_t ret = 0;
	int domain = -1;
	vm_page_t m;

	VM_OBJECT_RLOCK(vf->object);
	m = vm_page_lookup(vf->object, vmf->pgoff);
	if (m)
		ret = vmpage_fault_page(vmf, vf, m, false);
	else
		domain = vmpage_window_domain(vf, vmf);
	VM_OBJECT_RUNLOCK(vf->object);

	if (domain >= 0)
		vmpage_reclaim_block(domain);
	if (!m)
		ret = vmpage_fault_alloc(vmf, vf, domain, &m);
	return ret ? ret : vmpage_fault_wait(vmf, vf, m);
}

/* Called by fork, among others, before it copies page table entries. */
static void vmpage_vma_open(struct vm_area_struct *vma)
{
	if ((vma->vm_flags & VM_COPY_ON_FORK) || vma->anon_vma)
		vmpage_mark_forked(vma->vm_file->private_data);
}

/* Neither ->close, which keeps VMAs from merging, nor ->map_pages. */
const struct vm_operations_struct vmpage_vm_ops = {
	.open = vmpage_vma_open,
	.fault = vmpage_fault,
};

int vmpage_mmap(struct vmpage_mmap_desc *desc)
{
	struct vmpage_file *vf = vmpage_mmap_file(desc)->private_data;
	const vm_pindex_t npages = vmpage_mmap_npages(desc);
	const vm_pindex_t first = vmpage_mmap_pgoff(desc);
	long ret;

	/*
	 * Private mappings are not proven safe.  A shared one through a descriptor
	 * that is only open for reading is VM_MAYSHARE without VM_SHARED, and can
	 * never become writable.
	 */
	if (!vmpage_mmap_shared(desc))
		return -EINVAL;

	if (vf->overcommit || vmpage_mmap_noreserve(desc))
		ret = vmpage_credit_range(vf, first, npages, false);
	else
		ret = vmpage_file_reserve(vf, first, npages);
	if (ret < 0)
		return ret;
	vmpage_mmap_accept(desc, &vmpage_vm_ops);
	if (mem_source_is_pfn() || vmpage_file_has_memattr(vf))
		vmpage_mmap_pfn(desc, vf->object->memattr);
	return 0;
}
