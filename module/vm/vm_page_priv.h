/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What the files of the page layer share.
 */
#ifndef _VM_PAGE_PRIV_H_
#define _VM_PAGE_PRIV_H_

#include <linux/log2.h>
#include <linux/sched.h>
#include <sys/systm.h>
#include <vm/pmap.h>
#include <vm/vm_page_cache.h>
#include <vm/vm_pagequeue.h>

#include "vm_phys_priv.h"
#include "vm_radix_priv.h"

static inline bool vm_page_managed(vm_page_t m)
{
	return !(m->oflags & VPO_UNMANAGED);
}

static inline bool vm_page_xbusied_by_me(vm_page_t m)
{
	return (READ_ONCE(m->busy_lock) & ~VPB_BIT_WAITERS) == VPB_CURTHREAD_EXCLUSIVE;
}

/* vm_page_alloc.c: is the request one that the function accepts?  Reported if not. */
bool vm_page_req_valid(unsigned int req, unsigned int accepted);

/* Can there be such a run at all?  Reported if not. */
static inline bool vm_page_bounds_valid(u_long npages, u_long alignment, vm_paddr_t boundary)
{
	return vm_assert(npages > 0) && vm_assert(is_power_of_2(alignment)) &&
	       vm_assert(!boundary || is_power_of_2(boundary));
}

/* vm_page_alloc.c: are all pages of a run as most free ones are: nothing known of any? */
bool vm_page_run_usual(vm_page_t m_run, u_long npages);

/*
 * vm_page_alloc.c: are the pages of a run, which nobody has, as they were freed?  Reported if
 * not; the run is then lost.
 */
bool vm_page_alloc_check_run(vm_page_t m_run, u_long npages);

/* Does a request ask for a shared busy? */
static inline bool vm_page_req_shared(int req)
{
	return req & (VM_ALLOC_SBUSY | VM_ALLOC_IGN_SBUSY);
}

/* Busy a page as a request asks for, if that can be done at once. */
static inline bool vm_page_trybusy(vm_page_t m, int req)
{
	return vm_page_req_shared(req) ? vm_page_trysbusy(m) : vm_page_tryxbusy(m);
}

/* vm_page_busy.c: wake everybody who sleeps until the page is unbusied. */
void vm_page_busy_wakeup(vm_page_t m);

/* From now on every try to busy the page fails, and who waits for it looks elsewhere. */
static inline void vm_page_busy_free(vm_page_t m)
{
	if (xchg(&m->busy_lock, VPB_FREED) & VPB_BIT_WAITERS)
		vm_page_busy_wakeup(m);
}

/*
 * vm_page_busy.c: the object of a page, if the current task has write-locked it: then it
 * stays that.
 */
vm_object_t vm_page_locked_object(vm_page_t m);

/*
 * vm_page_busy.c: sleep once for what keeps vm_page_trybusy() from busying a page,
 * with @locked, its object, unlocked, or NULL.  Returns true after a sleep, which
 * leaves @locked unlocked, and false when there was nothing to wait for.
 */
bool vm_page_busy_wait(vm_page_t m, vm_object_t locked, int req);

/* Clear bits of the references, which others may count meanwhile; returns what was there. */
static inline u_int vm_page_clear_ref(vm_page_t m, u_int bits)
{
	u_int old = READ_ONCE(m->ref_count);

	while (!try_cmpxchg(&m->ref_count, &old, old & ~bits))
		;
	return old;
}

/* vm_page_queue.c: change the queue state in one step: set @flags and @queue. */
void vm_page_set_queue(vm_page_t m, u16 flags, u8 queue);

/* Forget what the owner of a page made of it, but for its content. */
static inline void vm_page_disown(vm_page_t m)
{
	if (m->memattr != VM_MEMATTR_DEFAULT)
		pmap_page_set_memattr(m, VM_MEMATTR_DEFAULT);
	m->a._bits = 0;
	m->a.queue = PQ_NONE;
}

/* The count of a chunk changes before the flag of the page does. */
static inline void vm_page_set_nodump(vm_page_t m, bool nodump)
{
	if (nodump == !!(m->flags & PG_NODUMP))
		return;
	vm_phys_nodump(m, nodump);
	m->flags ^= PG_NODUMP;
}

/*
 * vm_page.c: put a page on the free lists that nobody has: busy FREED, ref 0, in no
 * object, and of no per-CPU cache.  The count is the caller's.
 */
void vm_page_free_uncounted(vm_page_t m);

/* vm_page.c: the same with the count, or back to a per-CPU cache. */
void vm_page_free_finish(vm_page_t m);

/*
 * vm_page.c: drop one wiring; a managed page goes to @queue with the last, for
 * @noreuse near its head.  Returns the references before, 0 for a refused call.
 */
u_int vm_page_drop_wiring(vm_page_t m, u8 queue, bool noreuse);

/*
 * vm_page.c: vm_page_replace() that leaves @mold to the caller: unbusied, and in no
 * object.  Returns true when nothing else holds it.
 */
bool vm_page_replace_keep(vm_page_t mnew, vm_object_t object, vm_pindex_t pindex, vm_page_t mold);

/* vm_page.c: vm_page_rename() that leaves the valid and dirty bits to the caller. */
int vm_page_move(vm_page_t m, vm_object_t new_object, vm_pindex_t new_pindex);

/* vm_page.c: free a page that its owner freed while somebody else had it busied. */
void vm_page_free_pending(vm_page_t m);

/* After every step that leaves the page unbusied. */
static inline void vm_page_check_pending(vm_page_t m)
{
	if (unlikely(READ_ONCE(m->ref_count) == VPRC_BLOCKED))
		vm_page_free_pending(m);
}

/* vm_page_cache.c: the cached page at an index of an object that is locked, or NULL. */
vm_page_t vm_page_cache_lookup(vm_object_t object, vm_pindex_t pindex);

/*
 * vm_page_cache.c: take the cached page at an index: busy FREED, ref 0, in no object, its
 * content and its valid bits as they were.  NULL when there is none.
 */
vm_page_t vm_page_cache_take(vm_object_t object, vm_pindex_t pindex);

/*
 * vm_page_cache.c: take a page if it is cached: as one that was allocated without an
 * object.  False when it is not.
 */
bool vm_page_cache_seize(struct vm_domain *vmd, vm_page_t m);

/*
 * vm_page_cache.c: vm_domain_allocate() refused a request: free as many cached pages as
 * it takes, but none if it would be refused all the same.  Returns whether to try again.
 */
bool vm_page_cache_cover(struct vm_domain *vmd, int req, int npages);

/*
 * vm_page_cache.c: the same for a request of which the count may have the pages, but not
 * on the list that is wanted or not in a row.  *@tries is 0 at first.
 */
bool vm_page_cache_relieve(struct vm_domain *vmd, int req, int npages, unsigned int *tries);

/*
 * vm_page_cache.c: pages became resident, and those that are cached at the same indexes
 * are of no use.  Does not sleep.
 */
void vm_page_cache_supersede(vm_object_t object, vm_pindex_t start, u_long npages);

static inline void vm_page_supersede(vm_object_t object, vm_pindex_t pindex, u_long npages)
{
	if (unlikely(object->flags & OBJ_CACHED))
		vm_page_cache_supersede(object, pindex, npages);
}

/*
 * vm_page_alloc.c: a page without an object, of a reservation that @loose has with room
 * outside of [pa, pa_end), or NULL.
 */
vm_page_t vmpage_alloc_room(vm_object_t loose, int domain, int req, vm_paddr_t pa,
			    vm_paddr_t pa_end);

/*
 * vm_page.c: may a page go to this index?  Reported if not; otherwise @rp is the
 * place.
 */
bool vm_page_find_place(vm_object_t object, vm_pindex_t pindex, struct vm_radix_place *rp);

#endif /* _VM_PAGE_PRIV_H_ */
