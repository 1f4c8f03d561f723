// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The free count of a domain and its watermarks.
 *
 * The count is what requests compete for, not the free lists: a request first
 * takes its pages off the count, by one compare-and-swap and without a lock,
 * and only then off the lists.  So the lists always hold at least the pages
 * that the count still offers, plus those promised to somebody.
 *
 * A domain whose count falls below free_min joins vm_min_domains, below
 * free_severe vm_severe_domains.  Membership is looked at again only when a
 * step crosses a watermark; both directions re-test under vm_domainset_lock, so
 * the order in which two crossings get there does not matter.
 */
#include <linux/export.h>
#include <linux/minmax.h>
#include <sys/systm.h>
#include <sys/vmmeter.h>
#include <vm/vm_page.h>
#include <vm/vm_pagequeue.h>

#include "vm_audit.h"
#include "vm_machine.h"

DEFINE_PER_CPU(struct vmmeter, vm_cnt);

domainset_t vm_min_domains;
EXPORT_SYMBOL_GPL(vm_min_domains);
domainset_t vm_severe_domains;
EXPORT_SYMBOL_GPL(vm_severe_domains);

static DEFINE_RAW_SPINLOCK(vm_domainset_lock);

static bool vm_paging_min(struct vm_domain *vmd)
{
	return atomic_read(&vmd->vmd_free_count) < (int)vmd->vmd_free_min;
}

static bool vm_paging_severe(struct vm_domain *vmd)
{
	return atomic_read(&vmd->vmd_free_count) < (int)vmd->vmd_free_severe;
}

static void vm_domain_update_sets(struct vm_domain *vmd)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&vm_domainset_lock, flags);
	vmd->vmd_minset = vm_paging_min(vmd);
	__assign_bit(vmd->vmd_domain, vm_min_domains.bits, vmd->vmd_minset);
	vmd->vmd_severeset = vm_paging_severe(vmd);
	__assign_bit(vmd->vmd_domain, vm_severe_domains.bits, vmd->vmd_severeset);
	raw_spin_unlock_irqrestore(&vm_domainset_lock, flags);
}

/* Does a step between these two counts, in either direction, cross @mark? */
static bool vm_domain_crosses(int high, int low, unsigned int mark)
{
	return high >= (int)mark && low < (int)mark;
}

static int vm_domain_limit(struct vm_domain *vmd, int req)
{
	switch (req & VM_ALLOC_CLASS_MASK) {
	case VM_ALLOC_INTERRUPT:
		return 0;
	case VM_ALLOC_SYSTEM:
		return vmd->vmd_interrupt_free_min;
	default:
		return vm_machine_is_pageproc() ? vmd->vmd_interrupt_free_min :
						  vmd->vmd_free_reserved;
	}
}

int vm_domain_allocate(struct vm_domain *vmd, int req, int npages)
{
	const int limit = vm_domain_limit(vmd, req);
	int old, new;

	if (!vm_assert(npages >= 0))
		return 0;

	old = atomic_read(&vmd->vmd_free_count);
	do {
		new = old - npages;
		if (new < limit)
			return 0;
	} while (!atomic_try_cmpxchg(&vmd->vmd_free_count, &old, new));

	if (vm_domain_crosses(old, new, vmd->vmd_pageout_wakeup_thresh) &&
	    !vm_machine_is_pageproc())
		VM_CNT_INC(v_pdwakeups);
	if (vm_domain_crosses(old, new, vmd->vmd_free_min) ||
	    vm_domain_crosses(old, new, vmd->vmd_free_severe))
		vm_domain_update_sets(vmd);
	return 1;
}

void vm_domain_freecnt_inc(struct vm_domain *vmd, int npages)
{
	const int new = atomic_add_return(npages, &vmd->vmd_free_count);
	const int old = new - npages;

	if (vm_domain_crosses(new, old, vmd->vmd_free_min) ||
	    vm_domain_crosses(new, old, vmd->vmd_free_severe))
		vm_domain_update_sets(vmd);
}

int vmpage_promise(struct vm_domain *vmd, int npages)
{
	if (!vm_domain_allocate(vmd, VM_ALLOC_NORMAL, npages))
		return 0;

	atomic_add(npages, &vmd->vmd_promised);
	return 1;
}

void vmpage_unpromise(struct vm_domain *vmd, int npages)
{
	if (!vm_assert(npages >= 0 && atomic_read(&vmd->vmd_promised) >= npages))
		return;

	atomic_sub(npages, &vmd->vmd_promised);
	vm_domain_freecnt_inc(vmd, npages);
}

void vm_domain_alloc_fail(struct vm_domain *vmd, int req)
{
	const unsigned int count = (unsigned int)req >> VM_ALLOC_COUNT_SHIFT;

	atomic_add(max(count, 1u), &vmd->vmd_pageout_deficit);
}

/*
 * Of FreeBSD 14.  The first term of free_reserved keeps the page daemon and
 * interrupts going; a machine of less than 2000 pages makes do with less.
 */
static void vm_domain_set_thresholds_of(struct vm_domain *vmd, unsigned int total)
{
	const unsigned int npages = vmd->vmd_page_count;
	const unsigned int base = npages / 200;
	const unsigned int free_count = atomic_read(&vmd->vmd_free_count);

	vmd->vmd_interrupt_free_min = 2;
	vmd->vmd_pageout_free_min = 2 * SZ_64K / PAGE_SIZE + vmd->vmd_interrupt_free_min;
	vmd->vmd_free_reserved = (total < 2000 ? 8 : 32) + vmd->vmd_pageout_free_min + npages / 768;
	vmd->vmd_free_severe = base / 2 + vmd->vmd_free_reserved;
	vmd->vmd_free_min = base + vmd->vmd_free_reserved;
	vmd->vmd_free_target = 4 * base + vmd->vmd_free_reserved;
	vmd->vmd_pageout_wakeup_thresh = vmd->vmd_free_target / 10 * 9;
	vmd->vmd_inactive_target = min(3 * vmd->vmd_free_target / 2, free_count / 3);
	vmd->vmd_background_launder_target = (vmd->vmd_free_target - vmd->vmd_free_min) / 10;
}

void vm_domain_set_thresholds(void)
{
	unsigned int total = 0;
	int domain;

	DOMAINSET_FOREACH(domain, &vm_all_domains)
		total += VM_DOMAIN(domain)->vmd_page_count;

	DOMAINSET_FOREACH(domain, &vm_all_domains) {
		vm_domain_set_thresholds_of(VM_DOMAIN(domain), total);
		vm_domain_update_sets(VM_DOMAIN(domain));
	}
}

void vm_domain_reset(void)
{
	DOMAINSET_ZERO(&vm_min_domains);
	DOMAINSET_ZERO(&vm_severe_domains);
}

void vm_domain_audit(struct vm_audit *audit)
{
	int domain;

	DOMAINSET_FOREACH(domain, &vm_all_domains) {
		struct vm_domain *vmd = VM_DOMAIN(domain);
		const bool min = vm_paging_min(vmd);
		const bool severe = vm_paging_severe(vmd);

		if (vmd->vmd_minset != min || DOMAINSET_ISSET(domain, &vm_min_domains) != min)
			vm_audit_fail(audit, "domain %d: min set does not match the count\n",
				      domain);
		if (vmd->vmd_severeset != severe ||
		    DOMAINSET_ISSET(domain, &vm_severe_domains) != severe)
			vm_audit_fail(audit, "domain %d: severe set does not match the count\n",
				      domain);
	}
}
