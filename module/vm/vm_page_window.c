// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Windows: all pages of a reservation of an object at once, ready for a first touch.
 *
 * Each step is one loop over the pages, of which none is seen as the object's before the
 * last.  What is not simple is left to who allocates page by page.
 */
#include <sys/vmmeter.h>
#include <vm/pmap.h>
#include <vm/vm_domainset.h>
#include <vm/vm_reserv.h>

#include "vm_page_priv.h"

#define VM_PAGE_WINDOW		VM_LEVEL_0_NPAGES

/* m->state of a page in use: valid, and active. */
#define VM_PAGE_STATE_USED \
	(((struct vm_page) { \
		.a.queue = PQ_ACTIVE, .a.flags = PGA_REQUEUE, .a.act_count = ACT_INIT, \
		.valid = VM_PAGE_BITS_ALL \
	}).state)

/* Do the pages need nothing but what all get, and do they fill leaves of the index? */
static bool vm_page_window_simple(vm_object_t object, vm_pindex_t pindex)
{
	return !(object->flags & (OBJ_CACHED | OBJ_UNMANAGED)) && vm_object_reserv(object) &&
	       !object->loose && object->memattr == VM_MEMATTR_DEFAULT &&
	       IS_ALIGNED(pindex, XA_CHUNK_SIZE);
}

/* Clear what is not known to be zero.  Returns how many pages were. */
static u_long vm_page_window_zero(vm_page_t m_run)
{
	const vm_page_t end = m_run + VM_PAGE_WINDOW;
	u_long nzero = 0;
	vm_page_t m, m_next;

	for (m = m_run; m < end; m = m_next) {
		const u_int zero = m->flags & PG_ZERO;

		for (m_next = m + 1; m_next < end && (m_next->flags & PG_ZERO) == zero; m_next++)
			;
		if (zero)
			nzero += m_next - m;
		else
			vmpage_zero_pages(m, m_next - m);
	}
	return nzero;
}

/*
 * Whose the pages of a window become.
 */
struct vm_page_using {
	vm_object_t object;
	vm_pindex_t pindex;		/* of the next page */
};

static __always_inline bool vm_page_use_some(vm_page_t m, u_long npages, void *arg)
{
	struct vm_page_using *use = arg;
	u_long i;

#pragma GCC unroll 32
	for (i = 0; i < npages; i++) {
		m[i].state = VM_PAGE_STATE_USED;
		m[i].pindex = use->pindex + i;
		WRITE_ONCE(m[i].object, use->object);
		/* As vm_page_publish() */
		smp_store_release(&m[i].hold, VM_PAGE_HOLD(VPB_UNBUSIED, VPRC_OBJREF));
	}
	use->pindex += npages;
	return true;
}

/* In the index they are as pages that are about to be freed: nobody gets hold of one. */
static bool vm_page_window_insert(vm_page_t m_run, vm_object_t object, vm_pindex_t pindex)
{
	const u_long n = vm_radix_insert_leaves(&object->rtree, pindex, m_run, VM_PAGE_WINDOW);
	struct vm_page_using use = { object, pindex };
	u_long i;

	if (n < VM_PAGE_WINDOW) {
		for (i = 0; i < n; i++)
			vm_radix_remove(&object->rtree, pindex + i);
		for (i = 0; i < VM_PAGE_WINDOW; i++)
			vm_page_free_uncounted(&m_run[i]);
		return false;
	}
	vm_phys_run_steps(m_run, VM_PAGE_WINDOW, vm_page_use_some, &use);
	object->resident_page_count += VM_PAGE_WINDOW;
	return true;
}

vm_page_t vmpage_alloc_window(vm_object_t object, vm_pindex_t pindex, int domain, bool promised)
{
	struct vm_radix_place rp;
	struct vm_domain *vmd;
	u_long nzero = 0;
	vm_page_t m_run;

	if (!VM_OBJECT_ASSERT_WLOCKED(object) || !vm_assert(vmpage_domain_exists(domain)) ||
	    !vm_page_window_simple(object, pindex))
		return NULL;
	vmd = VM_DOMAIN(domain);
	if (promised && !vm_assert(atomic_read(&vmd->vmd_promised) >= (int)VM_PAGE_WINDOW))
		return NULL;

	vm_radix_find_place(&object->rtree, pindex, &rp);
	m_run = vmpage_reserv_alloc_whole(object, pindex, domain, promised,
					  vm_radix_place_prev(&object->rtree, &rp));
	if (!m_run)
		return NULL;
	if (likely(vm_page_run_usual(m_run, VM_PAGE_WINDOW)))
		vmpage_zero_pages(m_run, VM_PAGE_WINDOW);
	else if (vm_page_alloc_check_run(m_run, VM_PAGE_WINDOW))
		nzero = vm_page_window_zero(m_run);
	else
		return NULL;
	if (!vm_page_window_insert(m_run, object, pindex)) {
		if (!promised)
			vm_domain_freecnt_inc(vmd, VM_PAGE_WINDOW);
		return NULL;
	}
	if (promised)
		atomic_sub(VM_PAGE_WINDOW, &vmd->vmd_promised);
	VM_CNT_ADD(v_zfod, VM_PAGE_WINDOW);
	VM_CNT_ADD(v_ozfod, nzero);
	return m_run;
}
