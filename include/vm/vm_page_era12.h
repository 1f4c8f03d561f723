/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * FreeBSD 12's pages.  A source gets them by
 *
 *	#define VMPAGE_KPI_ERA 12
 *
 * before it includes <vm/vm_page.h>, which includes this.  The names are FreeBSD's;
 * behind them are thin layers over what vm_page.h declares, and what is not below is
 * as it is there.  What the era changes:
 *
 *	pages without object	vm_page_alloc() and its kin with NOOBJ and no object
 *	their pindex		the caller's, not VM_PAGE_NOOBJ_PINDEX
 *	ZERO			a wish: the content is zero if PG_ZERO is set afterwards
 *	PG_ZERO			only on pages that were asked for with ZERO
 *	vm_page_grab()		NULL with NOWAIT only; SBUSY without IGN_SBUSY
 *	vm_page_unwire()	frees nothing, and tells of the last wiring
 *	vm_page_replace()	three arguments; gives the old page back
 *	vm_page_rename()	the page may be unbusied
 *	valid and dirty bits	the page is busied to change them, as in 14
 *	sleeping		vm_page_busy_sleep(), vm_page_sleep_if_busy()
 *	the lock of a page	there is none: vm_page_lock() does nothing
 *	making room for a run	tells only whether it was of use
 *
 * Constants of pages, PG_*, PGA_*, VPO_* and PQ_*, and the fields of struct vm_page
 * are those of vm_page.h in every era.
 */
#ifndef _VM_PAGE_ERA12_H_
#define _VM_PAGE_ERA12_H_

#include <vm/vm_page.h>

#if VMPAGE_KPI_ERA == 9
#error "a source has one era"
#endif

/*
 * Requests: one class, or'ed with flags.
 *
 *	alloc	vm_page_alloc(), _domain(), _after(), _domain_after()
 *	contig	vm_page_alloc_contig(), _domain()
 *	list	vm_page_alloc_freelist(), _domain()
 *	grab	vm_page_grab(), vm_page_grab_pages()
 *
 *			alloc	contig	list	grab
 *	class		yes	yes	yes	yes	how far the free count may fall
 *	NOOBJ		(1)	(1)	yes	no	the page belongs to no object
 *	WAITOK		NOOBJ	NOOBJ	yes	yes	sleep until there are pages
 *	WAITFAIL	yes	yes	yes	ignored	sleep, then fail
 *	NOWAIT		yes	yes	yes	yes	do not sleep
 *	WIRED		yes	yes	yes	yes	wire count 1
 *	ZERO		a wish	a wish	a wish	yes	the content is zero
 *	NOBUSY		yes	yes	yes	yes	not busied, as without object
 *	SBUSY		object	object	no	yes	busied shared instead of exclusive
 *	IGN_SBUSY	no	no	no	yes	wait for no sharer
 *	NODUMP		yes	yes	yes	yes	PG_NODUMP
 *	COUNT(n)	yes	yes	yes	(2)	a hint: n pages will be asked for
 *
 * (1) with, and only with, no object.  (2) not for vm_page_grab_pages().  Anything else
 * is reported once and refused, and so are NOBUSY with SBUSY, and in a grab NOBUSY
 * without WIRED.
 */
#define VMPAGE12_ALLOC_NOOBJ	0x0100
#define VMPAGE12_LIST_FLAGS	(VM_ALLOC_CLASS_MASK | VMPAGE12_ALLOC_NOOBJ | VM_ALLOC_WAITOK | \
				 VM_ALLOC_WAITFAIL | VM_ALLOC_NOWAIT | VM_ALLOC_WIRED |		\
				 VM_ALLOC_ZERO | VM_ALLOC_NOBUSY | VM_ALLOC_NODUMP |		\
				 VM_ALLOC_COUNT_MASK)
#define VMPAGE12_ALLOC_FLAGS	(VMPAGE12_LIST_FLAGS | VM_ALLOC_SBUSY)

/* Is the request one of 12, and is there an object if it does not say NOOBJ? */
static inline bool vmpage12_alloc_valid(vm_object_t object, int req)
{
	return vm_assert(!(req & ~VMPAGE12_ALLOC_FLAGS)) &&
	       vm_assert(!object == !!(req & VMPAGE12_ALLOC_NOOBJ));
}

/* The request that is to be made for pages without object: they are not zeroed. */
static inline int vmpage12_noobj_req(int req)
{
	return req & ~(VMPAGE12_ALLOC_NOOBJ | VM_ALLOC_ZERO);
}

/* PG_ZERO is for those who asked. */
static inline vm_page_t vmpage12_finish(vm_page_t m_run, u_long npages, int req)
{
	vm_page_t m;

	for (m = m_run; m_run && !(req & VM_ALLOC_ZERO) && m < m_run + npages; m++)
		m->flags &= ~PG_ZERO;
	return m_run;
}

/* Pages without object have the index that was asked for. */
static inline vm_page_t vmpage12_finish_noobj(vm_page_t m_run, vm_pindex_t pindex, u_long npages,
					      int req)
{
	u_long i;

	for (i = 0; m_run && i < npages; i++)
		m_run[i].pindex = pindex + i;
	return vmpage12_finish(m_run, npages, req);
}

/**
 * vmpage12_alloc() - vm_page_alloc() of FreeBSD 12
 * @object: object, write-locked on return, too; or NULL, with NOOBJ
 * @pindex: index in @object, pages, at which no page is resident; without object it
 *	is stored in the page
 * @req: VM_ALLOC_* request
 *
 * Context: Process context with an object, which is unlocked while WAITFAIL sleeps; else
 * any context, but for WAITOK and WAITFAIL, which sleep.
 * Return: the page, in an object exclusively busied unless SBUSY or NOBUSY is asked
 * for; or NULL.
 *
 * Follows vm_page_alloc(9) of FreeBSD 12.
 */
static inline vm_page_t vmpage12_alloc(vm_object_t object, vm_pindex_t pindex, int req)
{
	if (!vmpage12_alloc_valid(object, req))
		return NULL;
	if (!object)
		return vmpage12_finish_noobj(vm_page_alloc_noobj(vmpage12_noobj_req(req)),
					     pindex, 1, req);
	return vmpage12_finish(vm_page_alloc(object, pindex, req), 1, req);
}

/**
 * vmpage12_alloc_domain() - vm_page_alloc_domain() of FreeBSD 12
 * @object: object, write-locked on return, too; or NULL, with NOOBJ
 * @pindex: index, pages
 * @domain: domain to take from
 * @req: VM_ALLOC_* request
 *
 * Context: As vmpage12_alloc().
 * Return: the page, or NULL.
 *
 * Follows vm_page_alloc(9) of FreeBSD 12.
 */
static inline vm_page_t vmpage12_alloc_domain(vm_object_t object, vm_pindex_t pindex, int domain,
					      int req)
{
	if (!vmpage12_alloc_valid(object, req))
		return NULL;
	if (!object)
		return vmpage12_finish_noobj(vm_page_alloc_noobj_domain(domain,
									vmpage12_noobj_req(req)),
					     pindex, 1, req);
	return vmpage12_finish(vm_page_alloc_domain(object, pindex, domain, req), 1, req);
}

/**
 * vmpage12_alloc_after() - vm_page_alloc_after() of FreeBSD 12
 * @object: object, write-locked on return, too; or NULL, with NOOBJ
 * @pindex: index, pages
 * @req: VM_ALLOC_* request
 * @mpred: the resident page with the largest index below @pindex, or NULL when there is
 *	none, as without object
 *
 * Context: As vmpage12_alloc().
 * Return: the page, or NULL.
 *
 * Follows vm_page_alloc(9) of FreeBSD 12.
 */
static inline vm_page_t vmpage12_alloc_after(vm_object_t object, vm_pindex_t pindex, int req,
					     vm_page_t mpred)
{
	if (object && vmpage12_alloc_valid(object, req))
		return vmpage12_finish(vm_page_alloc_after(object, pindex, req, mpred), 1, req);
	return object || !vm_assert(!mpred) ? NULL : vmpage12_alloc(NULL, pindex, req);
}

/**
 * vmpage12_alloc_domain_after() - vm_page_alloc_domain_after() of FreeBSD 12
 * @object: object, write-locked on return, too; or NULL, with NOOBJ
 * @pindex: index, pages
 * @domain: domain to take from
 * @req: VM_ALLOC_* request
 * @mpred: as for vmpage12_alloc_after()
 *
 * Context: As vmpage12_alloc().
 * Return: the page, or NULL.
 *
 * Follows vm_page_alloc(9) of FreeBSD 12.
 */
static inline vm_page_t vmpage12_alloc_domain_after(vm_object_t object, vm_pindex_t pindex,
						    int domain, int req, vm_page_t mpred)
{
	if (object && vmpage12_alloc_valid(object, req))
		return vmpage12_finish(vm_page_alloc_domain_after(object, pindex, domain, req,
								  mpred), 1, req);
	return object || !vm_assert(!mpred) ? NULL :
					      vmpage12_alloc_domain(NULL, pindex, domain, req);
}

/**
 * vmpage12_alloc_contig() - vm_page_alloc_contig() of FreeBSD 12
 * @object: object, write-locked on return, too; or NULL, with NOOBJ
 * @pindex: index of the first page, pages; the next page has the next one
 * @req: VM_ALLOC_* request
 * @npages: length, pages; the result is m[0] to m[npages - 1]
 * @low: lowest address of the first byte, bytes
 * @high: highest address, bytes; the run ends at or below it
 * @alignment: of the first byte, bytes; a power of two
 * @boundary: bytes, a power of two; the run does not cross a multiple of it; 0 for none
 * @memattr: as in vm_page_alloc_contig(); VM_MEMATTR_DEFAULT with NOOBJ
 *
 * Context: As vmpage12_alloc().
 * Return: the first page of the run, or NULL.
 *
 * Follows vm_page_alloc(9) of FreeBSD 12.
 */
static inline vm_page_t vmpage12_alloc_contig(vm_object_t object, vm_pindex_t pindex, int req,
					      u_long npages, vm_paddr_t low, vm_paddr_t high,
					      u_long alignment, vm_paddr_t boundary,
					      vm_memattr_t memattr)
{
	vm_page_t m;

	if (!vmpage12_alloc_valid(object, req))
		return NULL;
	if (object) {
		m = vm_page_alloc_contig(object, pindex, req, npages, low, high, alignment,
					 boundary, memattr);
		return vmpage12_finish(m, npages, req);
	}
	m = vm_page_alloc_noobj_contig(vmpage12_noobj_req(req), npages, low, high, alignment,
				       boundary, memattr);
	return vmpage12_finish_noobj(m, pindex, npages, req);
}

/**
 * vmpage12_alloc_contig_domain() - vm_page_alloc_contig_domain() of FreeBSD 12
 * @object: object, write-locked on return, too; or NULL, with NOOBJ
 * @pindex: index of the first page, pages
 * @domain: domain to take from
 * @req: VM_ALLOC_* request
 * @npages: length, pages
 * @low: lowest address of the first byte, bytes
 * @high: highest address, bytes; the run ends at or below it
 * @alignment: of the first byte, bytes; a power of two
 * @boundary: bytes, a power of two; 0 for none
 * @memattr: as in vmpage12_alloc_contig()
 *
 * Context: As vmpage12_alloc().
 * Return: the first page of the run, or NULL.
 *
 * Follows vm_page_alloc(9) of FreeBSD 12.
 */
static inline vm_page_t vmpage12_alloc_contig_domain(vm_object_t object, vm_pindex_t pindex,
						     int domain, int req, u_long npages,
						     vm_paddr_t low, vm_paddr_t high,
						     u_long alignment, vm_paddr_t boundary,
						     vm_memattr_t memattr)
{
	vm_page_t m;

	if (!vmpage12_alloc_valid(object, req))
		return NULL;
	if (object) {
		m = vm_page_alloc_contig_domain(object, pindex, domain, req, npages, low, high,
						alignment, boundary, memattr);
		return vmpage12_finish(m, npages, req);
	}
	m = vm_page_alloc_noobj_contig_domain(domain, vmpage12_noobj_req(req), npages, low, high,
					      alignment, boundary, memattr);
	return vmpage12_finish_noobj(m, pindex, npages, req);
}

/**
 * vmpage12_alloc_freelist() - vm_page_alloc_freelist() of FreeBSD 12
 * @freelist: VM_FREELIST_*
 * @req: VM_ALLOC_* request, with or without NOOBJ
 *
 * Context: Any context; process context for WAITOK and WAITFAIL, which sleep.
 * Return: the page, or NULL.
 *
 * Follows vm_page_alloc(9) of FreeBSD 12.
 */
static inline vm_page_t vmpage12_alloc_freelist(int freelist, int req)
{
	if (!vm_assert(!(req & ~VMPAGE12_LIST_FLAGS)))
		return NULL;
	return vmpage12_finish(vm_page_alloc_freelist(freelist, vmpage12_noobj_req(req)), 1, req);
}

/**
 * vmpage12_alloc_freelist_domain() - vm_page_alloc_freelist_domain() of FreeBSD 12
 * @domain: domain to take from
 * @freelist: VM_FREELIST_*
 * @req: VM_ALLOC_* request, with or without NOOBJ
 *
 * Context: Any context; process context for WAITOK and WAITFAIL, which sleep.
 * Return: the page, or NULL.
 *
 * Follows vm_page_alloc(9) of FreeBSD 12.
 */
static inline vm_page_t vmpage12_alloc_freelist_domain(int domain, int freelist, int req)
{
	if (!vm_assert(!(req & ~VMPAGE12_LIST_FLAGS)))
		return NULL;
	return vmpage12_finish(vm_page_alloc_freelist_domain(domain, freelist,
							     vmpage12_noobj_req(req)), 1, req);
}

/**
 * vmpage12_grab() - vm_page_grab() of FreeBSD 12
 * @object: object, write-locked on return, too
 * @pindex: index, pages
 * @req: VM_ALLOC_* request
 *
 * A page that was there keeps its content, also with ZERO; a new one has valid 0.  With
 * IGN_SBUSY alone, which waits for no sharer, there must be none.
 *
 * Context: Process context.  May sleep, with @object unlocked, unless NOWAIT.
 * Return: the page: exclusively busied; with SBUSY shared busied; with NOBUSY unbusied.
 * NULL with NOWAIT only.
 *
 * Follows vm_page_grab(9) of FreeBSD 12.
 */
vm_page_t vmpage12_grab(vm_object_t object, vm_pindex_t pindex, int req);

/**
 * vmpage12_grab_pages() - vm_page_grab_pages() of FreeBSD 12
 * @object: object, write-locked on return, too
 * @pindex: first index, pages
 * @req: VM_ALLOC_* request without COUNT
 * @ma: receives the pages
 * @count: pages; 0 does nothing
 *
 * With ZERO a page of which no part was valid is zeroed and becomes valid.  During a sleep
 * for a later page those before it are already as they were asked for.
 *
 * Context: Process context.  May sleep, with @object unlocked, unless NOWAIT.
 * Return: pages stored, which is less than @count only with NOWAIT.
 *
 * Follows vm_page_grab_pages(9) of FreeBSD 12.
 */
int vmpage12_grab_pages(vm_object_t object, vm_pindex_t pindex, int req, vm_page_t *ma, int count);

/**
 * vmpage12_unwire() - vm_page_unwire() of FreeBSD 12
 * @m: wired page
 * @queue: where a managed page goes with its last wiring, or PQ_NONE; on PQ_ACTIVE its
 *	act_count is at least ACT_INIT
 *
 * A page of no object is not freed: that is left to the caller.
 *
 * Context: Any context.
 * Return: true when it was the last wiring.
 *
 * Follows vm_page_wire(9) of FreeBSD 12.
 */
bool vmpage12_unwire(vm_page_t m, u8 queue);

/**
 * vmpage12_free_toq() - free a page, with what is known of its content
 * @m: page, as for vm_page_free(), whose PG_ZERO is right
 *
 * Context: As vm_page_free().
 *
 * Follows vm_page_free(9) of FreeBSD 12.
 */
static inline void vmpage12_free_toq(vm_page_t m)
{
	if (m->flags & PG_ZERO)
		vm_page_free_zero(m);
	else
		vm_page_free(m);
}

/**
 * vmpage12_replace() - vm_page_replace() of FreeBSD 12
 * @mnew: page without an object, not busied by others for more than a moment, managed as
 *	the page it replaces
 * @object: object, write-locked
 * @pindex: index, pages, of a page that the caller has exclusively busied
 *
 * Cannot fail for want of memory.
 *
 * Context: Process context.
 * Return: the page that was there, without an object and unbusied; NULL if refused.
 *
 * Follows vm_page_replace(9) of FreeBSD 12.
 */
vm_page_t vmpage12_replace(vm_page_t mnew, vm_object_t object, vm_pindex_t pindex);

/**
 * vmpage12_rename() - vm_page_rename() of FreeBSD 12
 * @m: page, wholly valid, not busied by others for more than a moment; its object is
 *	write-locked
 * @new_object: object, write-locked; vmpage_object_wlock_two() locks both
 * @new_pindex: index in @new_object, pages; no page is resident there
 *
 * The page stays busied, or unbusied, and wired as it is, and becomes dirty.
 *
 * Context: Process context.  May sleep until such a moment is over.
 * Return: 0, or 1 when the index has no memory for a node; nothing changed then.
 *
 * Follows vm_page_rename(9) of FreeBSD 12.
 */
int vmpage12_rename(vm_page_t m, vm_object_t new_object, vm_pindex_t new_pindex);

/**
 * vmpage12_busy_sleep() - vm_page_busy_sleep() of FreeBSD 12
 * @m: page; its object is not write-locked by the caller
 * @wmesg: what the sleeper waits for, a string constant
 * @nonshared: wait for an exclusive busy only
 *
 * Wakes with the next unbusy, downgrade or freeing; returns at once from a page that
 * is not busied.  The page may then be somewhere else: the caller looks it up again.
 *
 * Context: Process context.  May sleep.
 *
 * Follows vm_page_busy(9) of FreeBSD 12.
 */
void vmpage12_busy_sleep(vm_page_t m, const char *wmesg, bool nonshared);

/**
 * vmpage12_sleep_if_busy() - vm_page_sleep_if_busy() of FreeBSD 12
 * @m: page; its object is write-locked
 * @msg: what the sleeper waits for, a string constant
 *
 * The object is unlocked for the sleep and locked again.
 *
 * Context: Process context.  May sleep.
 * Return: true after a sleep: the caller looks the page up again.
 *
 * Follows vm_page_busy(9) of FreeBSD 12.
 */
static inline int vmpage12_sleep_if_busy(vm_page_t m, const char *msg)
{
	const vm_object_t object = m->object;

	if (!vm_assert(object) || !VM_OBJECT_ASSERT_WLOCKED(object) ||
	    !vm_page_busy_sleep(m, msg, 0))
		return false;
	VM_OBJECT_WLOCK(object);
	return true;
}

/**
 * vmpage12_xbusy() - busy a page exclusively that can be
 * @m: page, not busied, which is reported otherwise
 *
 * A lookup without a lock of a place where the page was may have it busied for a moment,
 * which is reported, too: who expects that uses vm_page_tryxbusy().
 *
 * Context: Any context.
 *
 * Follows vm_page_busy(9) of FreeBSD 12.
 */
static inline void vmpage12_xbusy(vm_page_t m)
{
	vm_assert(vm_page_tryxbusy(m));
}

/**
 * vmpage12_sbusy() - busy a page shared that can be
 * @m: page, not exclusively busied, which is reported otherwise
 *
 * As for vmpage12_xbusy(), also for a moment; who expects that uses vm_page_trysbusy().
 *
 * Context: Any context.
 *
 * Follows vm_page_busy(9) of FreeBSD 12.
 */
static inline void vmpage12_sbusy(vm_page_t m)
{
	vm_assert(vm_page_trysbusy(m));
}

/**
 * vmpage12_assert_unbusied() - report a page that anybody has busied
 * @m: page
 *
 * Context: Any context.
 * Return: true, or false after a report.
 *
 * Follows vm_page_busy(9) of FreeBSD 12.
 */
static inline bool vmpage12_assert_unbusied(vm_page_t m)
{
	return vm_assert(!vm_page_busied(m));
}

/**
 * vmpage12_lock() - vm_page_lock() and the like of FreeBSD 12: nothing to do
 * @m: page
 *
 * What FreeBSD's lock of a page guards is atomic here.
 *
 * Context: Any context.
 *
 * Follows vm_page_lock(9) of FreeBSD 12.
 */
static inline void vmpage12_lock(vm_page_t m)
{
}

/**
 * vmpage12_lock_assert() - vm_page_lock_assert() of FreeBSD 12: nothing to do
 * @m: page
 * @what: MA_OWNED or MA_NOTOWNED
 *
 * Context: Any context.
 *
 * Follows vm_page_lock(9) of FreeBSD 12.
 */
static inline void vmpage12_lock_assert(vm_page_t m, int what)
{
}

/**
 * vmpage12_reclaim_contig() - vm_page_reclaim_contig() of FreeBSD 12
 * @req: VM_ALLOC_* request; its class, and whether it waits
 * @npages: length, pages
 * @low: lowest address of the first byte, bytes
 * @high: highest address, bytes
 * @alignment: of the first byte, bytes; a power of two
 * @boundary: bytes, a power of two; 0 for none
 *
 * Unlike FreeBSD 12, which clears just the pages that are asked for, it clears a whole
 * block of a power of two, as in 14: so the caller finds the run when it asks again.
 *
 * Context: Process context, without a locked object.  May sleep.
 * Return: true when something of use was freed; false when that cannot be done, now or
 * ever.
 *
 * Follows FreeBSD 12; it has no manual page.
 */
static inline bool vmpage12_reclaim_contig(int req, u_long npages, vm_paddr_t low,
					   vm_paddr_t high, u_long alignment,
					   vm_paddr_t boundary)
{
	return !vm_page_reclaim_contig(req, npages, low, high, alignment, boundary);
}

/**
 * vmpage12_reclaim_contig_domain() - vm_page_reclaim_contig_domain() of FreeBSD 12
 * @domain: domain
 * @req: VM_ALLOC_* request; only its class matters
 * @npages: length, pages
 * @low: lowest address of the first byte, bytes
 * @high: highest address, bytes
 * @alignment: of the first byte, bytes; a power of two
 * @boundary: bytes, a power of two; 0 for none
 *
 * Context: As vmpage12_reclaim_contig().
 * Return: true or false, likewise.
 *
 * Follows FreeBSD 12; it has no manual page.
 */
static inline bool vmpage12_reclaim_contig_domain(int domain, int req, u_long npages,
						  vm_paddr_t low, vm_paddr_t high,
						  u_long alignment, vm_paddr_t boundary)
{
	return !vm_page_reclaim_contig_domain(domain, req, npages, low, high, alignment,
					      boundary);
}

#if VMPAGE_KPI_ERA == 12
/* Requests that 12 does not have, and the one that it has. */
#undef VM_ALLOC_NORECLAIM
#undef VM_ALLOC_AVAIL0
#undef VM_ALLOC_NOCREAT
#undef VM_ALLOC_AVAIL1
#undef VM_ALLOC_COUNT_MAX
#undef VM_ALLOC_COUNT_MASK
#define VM_ALLOC_NOOBJ			VMPAGE12_ALLOC_NOOBJ

#define vm_page_alloc			vmpage12_alloc
#define vm_page_alloc_domain		vmpage12_alloc_domain
#define vm_page_alloc_after		vmpage12_alloc_after
#define vm_page_alloc_domain_after	vmpage12_alloc_domain_after
#define vm_page_alloc_contig		vmpage12_alloc_contig
#define vm_page_alloc_contig_domain	vmpage12_alloc_contig_domain
#define vm_page_alloc_freelist		vmpage12_alloc_freelist
#define vm_page_alloc_freelist_domain	vmpage12_alloc_freelist_domain
#define vm_page_grab			vmpage12_grab
#define vm_page_grab_pages		vmpage12_grab_pages
#define vm_page_unwire			vmpage12_unwire
#define vm_page_free_toq		vmpage12_free_toq
#define vm_page_replace			vmpage12_replace
#define vm_page_rename			vmpage12_rename
#define vm_page_busy_sleep		vmpage12_busy_sleep
#define vm_page_sleep_if_busy		vmpage12_sleep_if_busy
#define vm_page_xbusy			vmpage12_xbusy
#define vm_page_sbusy			vmpage12_sbusy
#define vm_page_assert_unbusied		vmpage12_assert_unbusied
#define vm_page_reclaim_contig		vmpage12_reclaim_contig
#define vm_page_reclaim_contig_domain	vmpage12_reclaim_contig_domain
#define vm_page_lock			vmpage12_lock
#define vm_page_unlock			vmpage12_lock
#define vm_page_lock_assert		vmpage12_lock_assert
#define MA_OWNED			1
#define MA_NOTOWNED			2
#endif

#endif /* _VM_PAGE_ERA12_H_ */
