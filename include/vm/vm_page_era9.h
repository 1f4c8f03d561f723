/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * FreeBSD 9's pages.  A source gets them by
 *
 *	#define VMPAGE_KPI_ERA 9
 *
 * before it includes <vm/vm_page.h>, which includes this.  The names are FreeBSD's;
 * behind them are thin layers over what vm_page.h and vm_page_cache.h declare, and what
 * is not below is as it is there.  What the era changes:
 *
 *	vm_page_alloc()		never sleeps; pages without object with NOOBJ; IFCACHED
 *				and IFNOTCACHED
 *	vm_page_alloc_contig()	objects of type PHYS; a failure counts as npages
 *	vm_page_alloc_freelist() lists DEFAULT and ISADMA
 *	vm_page_grab()		must be asked to RETRY, and always returns a page
 *	vm_page_insert(), vm_page_rename()	never fail: they wait for memory
 *	vm_page_remove(), vm_page_rename(), vm_page_free()	the page may be unbusied
 *	vm_page_unwire()	active queue or not; frees nothing
 *	PG_ZERO			only on pages that were asked for with ZERO
 *	the page cache		vm_page_cache(), and vm_page_cache.h as a whole
 *	busy			VPO_BUSY is the exclusive busy, m->busy the sharers: a page
 *				has either, and anybody may end the exclusive one
 *	the lock of an object	VM_OBJECT_LOCK() is the write lock; of two objects,
 *				vmpage_object_wlock_two()
 *	valid and dirty bits	the page is busied to change them, as in 14; one that was
 *				renamed is not
 *	the locks of pages and queues	there are none: vm_page_lock() does nothing
 *
 * A page has no hold count beside the wirings, so there is no vm_page_hold(), nor are there
 * m->wire_count, m->hold_count, m->busy and VPO_BUSY: vm_page_wired(), vm_page_sbusied() and
 * vm_page_xbusied() tell.  What 14 has and 9 did not, such as vm_page_replace(), is 14's.
 * Constants of pages, PG_*, PGA_*, VPO_* and PQ_*, and the fields of struct vm_page are
 * those of vm_page.h in every era.
 */
#ifndef _VM_PAGE_ERA9_H_
#define _VM_PAGE_ERA9_H_

#include <vm/vm_page.h>
#include <vm/vm_page_cache.h>

#if VMPAGE_KPI_ERA == 12
#error "a source has one era"
#endif

/*
 * Requests: one class, or'ed with flags.
 *
 *			alloc	contig	freelist grab
 *	class		yes	yes	yes	yes	how far the free count may fall
 *	RETRY		no	no	no	must	sleep until there is a page
 *	NOOBJ		(1)	(1)	yes	no	the page belongs to no object
 *	WIRED		yes	yes	yes	yes	wire count 1
 *	ZERO		a wish	a wish	a wish	(2)	the content is zero
 *	NOBUSY		yes	yes	yes	yes	not busied, as without object
 *	IFCACHED	yes	no	no	no	only a page that is cached
 *	IFNOTCACHED	yes	no	no	no	only a page that is not cached
 *	IGN_SBUSY	no	no	no	yes	with NOBUSY: wait for no sharer
 *	NODUMP		yes	yes	yes	yes	PG_NODUMP
 *	COUNT(n)	yes	(3)	yes	yes	a hint: n pages will be asked for
 *
 * A wish: the content is zero if PG_ZERO is set afterwards.  (1) with, and only with, no
 * object.  (2) a new page, but not one that was cached.  (3) ignored.  Anything else is
 * reported once and refused, and so is NOBUSY without WIRED in a grab.
 */
#define VMPAGE9_ALLOC_RETRY		0x0080
#define VMPAGE9_ALLOC_NOOBJ		0x0100
#define VMPAGE9_ALLOC_IFCACHED		0x0400
#define VMPAGE9_ALLOC_IFNOTCACHED	0x0800
#define VMPAGE9_LIST_FLAGS	(VM_ALLOC_CLASS_MASK | VMPAGE9_ALLOC_NOOBJ | VM_ALLOC_WIRED |	\
				 VM_ALLOC_ZERO | VM_ALLOC_NOBUSY | VM_ALLOC_NODUMP |		\
				 VM_ALLOC_COUNT_MASK)

/**
 * vmpage9_alloc() - vm_page_alloc() of FreeBSD 9
 * @object: object, write-locked; or NULL, with NOOBJ
 * @pindex: index in @object, pages, at which no page is resident; without object it
 *	is stored in the page
 * @req: VM_ALLOC_* request
 *
 * A page that is cached at @pindex comes back, with its content: m->valid tells which
 * part of it counts, and is 0 for any other page.  What IFCACHED and IFNOTCACHED miss
 * changes no count; both together always miss.
 *
 * Context: Process context with an object, else any context.  Does not sleep.
 * Return: the page, in an object exclusively busied unless NOBUSY is asked for; or NULL.
 *
 * Follows vm_page_alloc(9) of FreeBSD 9.
 */
vm_page_t vmpage9_alloc(vm_object_t object, vm_pindex_t pindex, int req);

/**
 * vmpage9_alloc_contig() - vm_page_alloc_contig() of FreeBSD 9
 * @object: object of type PHYS, write-locked; or NULL, with NOOBJ
 * @pindex: index of the first page, pages; the next page has the next one
 * @req: VM_ALLOC_* request
 * @npages: length, pages; the result is m[0] to m[npages - 1]
 * @low: lowest address of the first byte, bytes
 * @high: highest address, bytes; the run ends at or below it
 * @alignment: of the first byte, bytes; a power of two
 * @boundary: bytes, a power of two; the run does not cross a multiple of it; 0 for none
 * @memattr: as in vm_page_alloc_contig() of FreeBSD 14
 *
 * Context: Process context with an object, else any context.  Does not sleep.
 * Return: the first page of the run, or NULL, which adds @npages, or what COUNT can say
 * of them, to the deficit of the page daemon.
 *
 * Follows vm_page_alloc_contig(9) of FreeBSD 9.
 */
vm_page_t vmpage9_alloc_contig(vm_object_t object, vm_pindex_t pindex, int req, u_long npages,
			       vm_paddr_t low, vm_paddr_t high, u_long alignment, u_long boundary,
			       vm_memattr_t memattr);

/**
 * vmpage9_alloc_freelist() - vm_page_alloc_freelist() of FreeBSD 9
 * @flind: VM_FREELIST_DEFAULT; or VM_FREELIST_ISADMA for memory below 16 MiB, which
 *	stands for the next higher memory where there is none
 * @req: VM_ALLOC_* request, with or without NOOBJ
 *
 * Context: Any context.  Does not sleep.
 * Return: the page, or NULL.
 *
 * Follows vm_page_alloc_freelist(9) of FreeBSD 9.
 */
static inline vm_page_t vmpage9_alloc_freelist(int flind, int req)
{
	vm_page_t m;

	if (!vm_assert(!(req & ~VMPAGE9_LIST_FLAGS)) || !vm_assert(flind == 0 || flind == 1))
		return NULL;
	m = vm_page_alloc_freelist(flind ? VM_FREELIST_LOWMEM : VM_FREELIST_DEFAULT,
				   req & ~(VMPAGE9_ALLOC_NOOBJ | VM_ALLOC_ZERO));
	if (m && !(req & VM_ALLOC_ZERO))
		m->flags &= ~PG_ZERO;
	return m;
}

/**
 * vmpage9_grab() - vm_page_grab() of FreeBSD 9
 * @object: object, write-locked on return, too
 * @pindex: index, pages
 * @req: VM_ALLOC_* request with RETRY
 *
 * A page that was there, or was cached, keeps its content, also with ZERO; a new one
 * has valid 0.
 *
 * Context: Process context.  May sleep, with @object unlocked.
 * Return: the page, exclusively busied or with NOBUSY unbusied; NULL only if refused.
 *
 * Follows vm_page_grab(9) of FreeBSD 9.
 */
vm_page_t vmpage9_grab(vm_object_t object, vm_pindex_t pindex, int req);

/**
 * vmpage9_insert() - vm_page_insert() of FreeBSD 9
 * @m: page without an object
 * @object: object, write-locked
 * @pindex: index, pages; no page is resident there
 *
 * Nothing is inserted if the page is put elsewhere, or freed, during the sleep.
 *
 * Context: Process context.  Sleeps, with @object locked, while the index has no memory
 * for a node.
 *
 * Follows vm_page_insert(9) of FreeBSD 9.
 */
void vmpage9_insert(vm_page_t m, vm_object_t object, vm_pindex_t pindex);

/**
 * vmpage9_remove() - vm_page_remove() of FreeBSD 9
 * @m: page, not busied by others for more than a moment; its object is write-locked
 *
 * The page is unbusied.  Does nothing to a page without an object.
 *
 * Context: Process context.
 *
 * Follows vm_page_insert(9) of FreeBSD 9.
 */
void vmpage9_remove(vm_page_t m);

/**
 * vmpage9_rename() - vm_page_rename() of FreeBSD 9
 * @m: page, resident and not busied by others for more than a moment, or cached; its
 *	object is write-locked
 * @new_object: object, write-locked; vmpage_object_wlock_two() locks both
 * @new_pindex: index in @new_object, pages; no page is resident there
 *
 * The page is unbusied, and what is valid of it becomes dirty.  A page that was cached
 * is resident afterwards, on the inactive queue unless it is unmanaged now.  Nothing is
 * moved if it was taken meanwhile, which any shortage of memory may do: m->object tells.
 * That is also why a page of no object, or of one that the caller has not locked, is left
 * alone without a report.
 *
 * Context: Process context.  Sleeps, with both objects locked, while the index has no
 * memory for a node.
 *
 * Follows vm_page_rename(9) of FreeBSD 9.
 */
void vmpage9_rename(vm_page_t m, vm_object_t new_object, vm_pindex_t new_pindex);

/**
 * vmpage9_unwire() - vm_page_unwire() of FreeBSD 9
 * @m: wired page
 * @activate: a managed page goes to the active queue with its last wiring, else to the
 *	inactive one
 *
 * A page of no object is not freed: that is left to the caller.
 *
 * Context: Any context.
 *
 * Follows vm_page_wire(9) of FreeBSD 9.
 */
void vmpage9_unwire(vm_page_t m, int activate);

/**
 * vmpage9_free() - vm_page_free() of FreeBSD 9
 * @m: page, not wired; in an object: write-locked object, and not busied by others for
 *	more than a moment
 *
 * Context: Any context for a page without an object, else process context.
 *
 * Follows vm_page_free(9) of FreeBSD 9.
 */
void vmpage9_free(vm_page_t m);

/**
 * vmpage9_free_zero() - vm_page_free_zero() of FreeBSD 9
 * @m: page that is known to be zero, as for vmpage9_free()
 *
 * Context: As vmpage9_free().
 *
 * Follows vm_page_free(9) of FreeBSD 9.
 */
void vmpage9_free_zero(vm_page_t m);

/**
 * vmpage9_free_toq() - vm_page_free_toq() of FreeBSD 9
 * @m: page whose PG_ZERO is right, as for vmpage9_free()
 *
 * Context: As vmpage9_free().
 *
 * Follows vm_page_free(9) of FreeBSD 9.
 */
static inline void vmpage9_free_toq(vm_page_t m)
{
	if (m->flags & PG_ZERO)
		vmpage9_free_zero(m);
	else
		vmpage9_free(m);
}

/**
 * vmpage9_try_to_free() - vm_page_try_to_free() of FreeBSD 9
 * @m: page; its object is write-locked
 *
 * Context: Process context.
 * Return: 1; or 0, and nothing changed, for a page that is dirty, wired, busied or
 * unmanaged.
 *
 * Follows vm_page_free(9) of FreeBSD 9.
 */
int vmpage9_try_to_free(vm_page_t m);

/**
 * vmpage9_dontneed() - vm_page_dontneed() of FreeBSD 9
 * @m: page; its object is write-locked
 *
 * The page goes to the inactive queue, and a clean one near its head.
 *
 * Context: Process context.
 *
 * Follows vm_page_dontneed(9) of FreeBSD 9.
 */
static inline void vmpage9_dontneed(vm_page_t m)
{
	if (!vm_assert(m->object) || !VM_OBJECT_ASSERT_WLOCKED(m->object))
		return;
	if (m->dirty)
		vm_page_deactivate(m);
	else
		vm_page_deactivate_noreuse(m);
}

/**
 * vmpage9_busy() - vm_page_busy() of FreeBSD 9
 * @m: page, not busied, which is reported otherwise
 *
 * A lookup without a lock of a place where the page was may have it busied for a moment,
 * which is reported, too: who expects that uses vm_page_tryxbusy().
 *
 * Context: Any context.
 *
 * Follows vm_page_busy(9) of FreeBSD 9.
 */
static inline void vmpage9_busy(vm_page_t m)
{
	vm_assert(vm_page_tryxbusy(m));
}

/**
 * vmpage9_wakeup() - vm_page_wakeup() of FreeBSD 9
 * @m: exclusively busied page; it need not be the caller who busied it
 *
 * The page is unbusied, and who waits for that is woken.
 *
 * Context: Any context.
 *
 * Follows vm_page_busy(9) of FreeBSD 9.
 */
void vmpage9_wakeup(vm_page_t m);

/**
 * vmpage9_flash() - vm_page_flash() of FreeBSD 9
 * @m: page
 *
 * Whoever waits for the page looks again; its busy does not change.
 *
 * Context: Any context.
 *
 * Follows vm_page_busy(9) of FreeBSD 9.
 */
void vmpage9_flash(vm_page_t m);

/**
 * vmpage9_io_start() - vm_page_io_start() of FreeBSD 9
 * @m: page, not exclusively busied, which is reported otherwise
 *
 * As for vmpage9_busy(), also for a moment; who expects that uses vm_page_trysbusy().
 *
 * Context: Any context.
 *
 * Follows vm_page_io(9) of FreeBSD 9.
 */
static inline void vmpage9_io_start(vm_page_t m)
{
	vm_assert(vm_page_trysbusy(m));
}

/**
 * vmpage9_io_finish() - vm_page_io_finish() of FreeBSD 9
 * @m: page of which an I/O was started
 *
 * With the last one whoever waits for the page is woken.
 *
 * Context: Any context.
 *
 * Follows vm_page_io(9) of FreeBSD 9.
 */
static inline void vmpage9_io_finish(vm_page_t m)
{
	vm_page_sunbusy(m);
}

/**
 * vmpage9_sleep_if_busy() - vm_page_sleep_if_busy() of FreeBSD 9
 * @m: page; its object is write-locked
 * @also_m_busy: wait for I/O, too
 * @msg: what the sleeper waits for, a string constant
 *
 * The object is unlocked for the sleep and locked again.
 *
 * Context: Process context.  May sleep.
 * Return: true after a sleep: the caller looks the page up again.
 *
 * Follows vm_page_sleep_if_busy(9) of FreeBSD 9.
 */
static inline int vmpage9_sleep_if_busy(vm_page_t m, int also_m_busy, const char *msg)
{
	const vm_object_t object = m->object;

	if (!vm_assert(object) || !VM_OBJECT_ASSERT_WLOCKED(object) ||
	    !vm_page_busy_sleep(m, msg, also_m_busy ? 0 : VM_ALLOC_IGN_SBUSY))
		return false;
	VM_OBJECT_WLOCK(object);
	return true;
}

/**
 * vmpage9_lock() - vm_page_lock() and vm_page_unlock() of FreeBSD 9: nothing to do
 * @m: page
 *
 * What FreeBSD's lock of a page guards is atomic here.
 *
 * Context: Any context.
 *
 * Follows vm_page_lock(9) of FreeBSD 9.
 */
static inline void vmpage9_lock(vm_page_t m)
{
}

/**
 * vmpage9_lock_assert() - vm_page_lock_assert() of FreeBSD 9: nothing to do
 * @m: page
 * @what: MA_OWNED or MA_NOTOWNED
 *
 * Context: Any context.
 *
 * Follows vm_page_lock(9) of FreeBSD 9.
 */
static inline void vmpage9_lock_assert(vm_page_t m, int what)
{
}

/**
 * vmpage9_lock_queues() - vm_page_lock_queues() and the like of FreeBSD 9: nothing to do
 *
 * Context: Any context.
 *
 * Follows FreeBSD 9; it has no manual page.
 */
static inline void vmpage9_lock_queues(void)
{
}

#if VMPAGE_KPI_ERA == 9
/* Requests that 9 does not have, and those that it has. */
#undef VM_ALLOC_AVAIL0
#undef VM_ALLOC_WAITOK
#undef VM_ALLOC_WAITFAIL
#undef VM_ALLOC_NORECLAIM
#undef VM_ALLOC_NOCREAT
#undef VM_ALLOC_AVAIL1
#undef VM_ALLOC_SBUSY
#undef VM_ALLOC_NOWAIT
#undef VM_ALLOC_COUNT_MAX
#undef VM_ALLOC_COUNT_MASK
#define VM_ALLOC_RETRY			VMPAGE9_ALLOC_RETRY
#define VM_ALLOC_NOOBJ			VMPAGE9_ALLOC_NOOBJ
#define VM_ALLOC_IFCACHED		VMPAGE9_ALLOC_IFCACHED
#define VM_ALLOC_IFNOTCACHED		VMPAGE9_ALLOC_IFNOTCACHED

#undef VM_FREELIST_DMA32
#undef VM_FREELIST_LOWMEM
#define VM_FREELIST_ISADMA		1

#define vm_page_alloc			vmpage9_alloc
#define vm_page_alloc_contig		vmpage9_alloc_contig
#define vm_page_alloc_freelist		vmpage9_alloc_freelist
#define vm_page_grab			vmpage9_grab
#define vm_page_insert			vmpage9_insert
#define vm_page_remove			vmpage9_remove
#define vm_page_rename			vmpage9_rename
#define vm_page_unwire			vmpage9_unwire
#define vm_page_free			vmpage9_free
#define vm_page_free_zero		vmpage9_free_zero
#define vm_page_free_toq		vmpage9_free_toq
#define vm_page_try_to_free		vmpage9_try_to_free
#define vm_page_dontneed		vmpage9_dontneed
#define vm_page_busy			vmpage9_busy
#define vm_page_wakeup			vmpage9_wakeup
#define vm_page_flash			vmpage9_flash
#define vm_page_io_start		vmpage9_io_start
#define vm_page_io_finish		vmpage9_io_finish
#define vm_page_sleep_if_busy		vmpage9_sleep_if_busy
#define vm_page_lock			vmpage9_lock
#define vm_page_unlock			vmpage9_lock
#define vm_page_lock_assert		vmpage9_lock_assert
#define vm_page_lock_queues		vmpage9_lock_queues
#define vm_page_unlock_queues		vmpage9_lock_queues

#define VM_OBJECT_LOCK			VM_OBJECT_WLOCK
#define VM_OBJECT_UNLOCK		VM_OBJECT_WUNLOCK
#define VM_OBJECT_TRYLOCK		VM_OBJECT_TRYWLOCK
#define MA_OWNED			1
#define MA_NOTOWNED			2
#define VM_OBJECT_LOCK_ASSERT(object, what) \
	vm_assert(VM_OBJECT_WOWNED(object) == ((what) == MA_OWNED))

/*
 * Later functions that take a request in which RETRY or IFCACHED would mean something
 * else, or a list in which ISADMA would, are not to be had.
 */
#define vm_page_alloc_freelist_domain		vmpage9_has_no_alloc_freelist_domain
#define vm_page_alloc_contig_domain		vmpage9_has_no_alloc_contig_domain
#define vm_page_alloc_noobj_contig		vmpage9_has_no_alloc_noobj_contig
#define vm_page_alloc_noobj_contig_domain	vmpage9_has_no_alloc_noobj_contig_domain
#define vm_page_grab_pages			vmpage9_has_no_grab_pages
#define vm_page_grab_pages_unlocked		vmpage9_has_no_grab_pages_unlocked
#define vm_page_grab_unlocked			vmpage9_has_no_grab_unlocked
#define vm_page_grab_valid			vmpage9_has_no_grab_valid
#endif

#endif /* _VM_PAGE_ERA9_H_ */
