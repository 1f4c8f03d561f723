/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What the suites of the physical memory layer share.
 *
 * Each phys_ helper calls one function of vm_phys.h under the free lock and keeps
 * the free count in step, as the layers above do.
 */
#ifndef _VM_PHYS_KUNIT_H_
#define _VM_PHYS_KUNIT_H_

#include "kunit_fixture.h"

#define DEF	VM_FREEPOOL_DEFAULT
#define DIR	VM_FREEPOOL_DIRECT
#define CHUNK	ptoa(VM_LEVEL_0_NPAGES)		/* bytes */
#define BLOCK	ptoa(4096)			/* of order 12, bytes */

static inline void phys_count(int domain, long npages)
{
	if (npages < 0)
		vm_domain_allocate(VM_DOMAIN(domain), VM_ALLOC_INTERRUPT, -npages);
	else
		vm_domain_freecnt_inc(VM_DOMAIN(domain), npages);
}

/* This one leaves the count alone. */
static inline vm_page_t phys_take(int domain, int pool, int order)
{
	unsigned long flags;
	vm_page_t m;

	vm_domain_free_lock(VM_DOMAIN(domain), flags);
	m = vm_phys_alloc_pages(domain, pool, order);
	vm_domain_free_unlock(VM_DOMAIN(domain), flags);
	return m;
}

static inline vm_page_t phys_alloc(int domain, int pool, int order)
{
	vm_page_t m = phys_take(domain, pool, order);

	if (m)
		phys_count(domain, -(1L << order));
	return m;
}

static inline vm_page_t phys_alloc_freelist(int domain, int freelist, int pool, int order)
{
	unsigned long flags;
	vm_page_t m;

	vm_domain_free_lock(VM_DOMAIN(domain), flags);
	m = vm_phys_alloc_freelist_pages(domain, freelist, pool, order);
	vm_domain_free_unlock(VM_DOMAIN(domain), flags);
	if (m)
		phys_count(domain, -(1L << order));
	return m;
}

static inline int phys_alloc_npages(int domain, int pool, int npages, vm_page_t ma[])
{
	unsigned long flags;
	int got;

	vm_domain_free_lock(VM_DOMAIN(domain), flags);
	got = vm_phys_alloc_npages(domain, pool, npages, ma);
	vm_domain_free_unlock(VM_DOMAIN(domain), flags);
	phys_count(domain, -got);
	return got;
}

static inline vm_page_t phys_contig(int domain, u_long npages, vm_paddr_t low, vm_paddr_t high,
				    u_long alignment, vm_paddr_t boundary)
{
	unsigned long flags;
	vm_page_t m;

	vm_domain_free_lock(VM_DOMAIN(domain), flags);
	m = vm_phys_alloc_contig(domain, npages, low, high, alignment, boundary);
	vm_domain_free_unlock(VM_DOMAIN(domain), flags);
	if (m)
		phys_count(domain, -(long)npages);
	return m;
}

static inline void phys_free(vm_page_t m, int order)
{
	unsigned long flags;

	vm_domain_free_lock(VM_DOMAIN(m->domain), flags);
	vm_phys_free_pages(m, order);
	vm_domain_free_unlock(VM_DOMAIN(m->domain), flags);
	phys_count(m->domain, 1L << order);
}

static inline void phys_free_contig(vm_page_t m, u_long npages)
{
	unsigned long flags;

	vm_domain_free_lock(VM_DOMAIN(m->domain), flags);
	vm_phys_free_contig(m, npages);
	vm_domain_free_unlock(VM_DOMAIN(m->domain), flags);
	phys_count(m->domain, npages);
}

static inline void phys_enqueue_contig(vm_page_t m, u_long npages)
{
	unsigned long flags;

	vm_domain_free_lock(VM_DOMAIN(m->domain), flags);
	vm_phys_enqueue_contig(m, npages);
	vm_domain_free_unlock(VM_DOMAIN(m->domain), flags);
	phys_count(m->domain, npages);
}

static inline bool phys_unfree(vm_page_t m)
{
	unsigned long flags;
	bool taken;

	vm_domain_free_lock(VM_DOMAIN(m->domain), flags);
	taken = vm_phys_unfree_page(m);
	vm_domain_free_unlock(VM_DOMAIN(m->domain), flags);
	if (taken)
		phys_count(m->domain, -1);
	return taken;
}

/* The page @off bytes above VMK_BASE. */
static inline vm_page_t phys_at(struct kunit *test, u64 off)
{
	vm_page_t m = PHYS_TO_VM_PAGE(VMK_BASE + off);

	KUNIT_ASSERT_NOT_NULL(test, m);
	return m;
}

/* Where the nth block of a list of domain 0 begins. */
static inline u64 phys_block_off(int pool, int order, unsigned int nth)
{
	return vmk_off(vmk_block(0, pool, order, nth));
}

#endif /* _VM_PHYS_KUNIT_H_ */
