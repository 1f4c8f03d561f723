/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The page cache: pages whose content is kept while nobody needs the memory.
 *
 * A cached page still belongs to an index of its object, but it is not resident:
 * no lookup finds it.  It has valid bits, is clean, and nobody has it wired,
 * busied or mapped.  Allocating at its index brings it back with its content;
 * until then any request that lacks pages may take it, the oldest first, even in
 * hard interrupt.  Whoever wants to know whether the content was kept looks at
 * the page's valid bits, or uses vmpage_alloc_ifcached().
 *
 * Cached pages are in v_cache_count, and in neither the free count nor the
 * object's resident_page_count.
 */
#ifndef _VM_PAGE_CACHE_H_
#define _VM_PAGE_CACHE_H_

#include <vm/vm_page.h>

/**
 * vm_page_cache() - let others have the memory of a page, and else keep its content
 * @m: page, clean, managed, neither wired nor mapped nor busied by the caller; its
 *	object is write-locked
 *
 * A page of which no part is valid, or of an object of type SWAP or DEFAULT, whose
 * content nobody could fetch again, is freed instead; so is one for which the index
 * of cached pages has no memory.  A page that somebody else has busied stays as it
 * is.
 *
 * Context: Process context.  Does not sleep.
 *
 * Follows vm_page_cache(9) of FreeBSD 9.
 */
void vm_page_cache(vm_page_t m);

/**
 * vm_page_try_to_cache() - vm_page_cache() a page if that can be done
 * @m: page, not mapped; its object is write-locked
 *
 * Context: Process context.  Does not sleep.
 * Return: 1; or 0, and nothing changed, for a page that is dirty, wired, busied or
 * unmanaged.
 *
 * Follows FreeBSD 9; it has no manual page.
 */
int vm_page_try_to_cache(vm_page_t m);

/**
 * vm_page_is_cached() - is the page at an index cached?
 * @object: object, locked for reading or writing
 * @pindex: index, pages
 *
 * Context: Process context.
 * Return: true when it is; it may be taken the next moment.
 *
 * Follows FreeBSD 9; it has no manual page.
 */
boolean_t vm_page_is_cached(vm_object_t object, vm_pindex_t pindex);

/**
 * vm_page_cache_free() - free the cached pages of a range
 * @object: object, write-locked
 * @start: first index, pages
 * @end: one past the last, pages; 0 for no limit
 *
 * Context: Process context.  May sleep.
 *
 * Follows FreeBSD 9; it has no manual page.
 */
void vm_page_cache_free(vm_object_t object, vm_pindex_t start, vm_pindex_t end);

/**
 * vm_page_cache_transfer() - move cached pages to another object
 * @orig_object: object, write-locked
 * @offidxstart: first index, pages; it becomes index 0
 * @new_object: object without cached pages, write-locked
 *
 * Pages whose new index is not below the size of @new_object stay.  The age of the
 * pages does not change.  A page is freed if another one is resident at its new
 * index, or the index has no memory.
 *
 * Context: Process context.  Does not sleep.
 *
 * Follows FreeBSD 9; it has no manual page.
 */
void vm_page_cache_transfer(vm_object_t orig_object, vm_pindex_t offidxstart,
			    vm_object_t new_object);

/**
 * vmpage_alloc_ifcached() - bring a cached page back, and allocate none
 * @object: object, write-locked on return, too
 * @pindex: index, pages; no page is resident there
 * @req: VM_ALLOC_* request, as for vm_page_alloc()
 *
 * The content is what it was and m->valid tells which part of it counts.  The
 * class of the request must allow for a page, cached pages counting as free.
 *
 * Context: Process context.  Sleeps for WAITFAIL only.
 * Return: the page, busied as asked for; NULL when it was taken meanwhile, was
 * never cached, or is refused to this class by every domain; also when the index has
 * no memory for a node, and then the page is freed.
 *
 * FreeBSD 9's VM_ALLOC_IFCACHED.
 */
vm_page_t vmpage_alloc_ifcached(vm_object_t object, vm_pindex_t pindex, int req);

/**
 * vm_page_cache_reclaim() - free the cached pages that are the oldest
 * @vmd: domain
 * @npages: pages, at most
 *
 * Context: Any context.
 * Return: pages that were freed.
 */
unsigned int vm_page_cache_reclaim(struct vm_domain *vmd, unsigned int npages);

/**
 * vm_page_cache_evict() - free a page if it is cached
 * @vmd: domain
 * @m: page of that domain; NULL for the one cached longest ago
 *
 * Context: Any context.
 * Return: true when a page was freed.
 */
bool vm_page_cache_evict(struct vm_domain *vmd, vm_page_t m);

/**
 * vm_page_cache_audit() - check the cached pages of an object
 * @audit: receives what is broken
 * @object: object, locked for reading or writing
 *
 * Context: Process context.  May sleep.
 * Return: the number of cached pages.
 */
unsigned long vm_page_cache_audit(struct vm_audit *audit, vm_object_t object);

#endif /* _VM_PAGE_CACHE_H_ */
