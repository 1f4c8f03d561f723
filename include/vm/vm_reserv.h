/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Superpage reservations.
 *
 * With the first page of an object in an aligned window of 512 indexes, the whole
 * 2 MiB block around it is set aside for that window.  The object's other pages
 * there come from the block, so that it becomes one superpage once it is full; until
 * then its unpopulated pages count as free, and whoever finds no other page breaks the
 * reservation that was idle longest and takes them.
 *
 * What has FreeBSD 14's name has its meaning; no manual page describes it.  A
 * consumer asks how large the pages of an object are; all else is for the other
 * layers of the allocator.
 */
#ifndef _VM_RESERV_H_
#define _VM_RESERV_H_

#include <sys/types.h>

struct vm_audit;

/**
 * vm_reserv_level() - is a page part of a reservation?
 * @m: page
 *
 * Context: Any context.  The answer may be out of date at once: a reservation can be
 * broken at any time.
 * Return: 0, the level of reservations of 2 MiB; -1 when it is not.
 */
int vm_reserv_level(vm_page_t m);

/**
 * vmpage_reserv_popcnt() - how full is the reservation of a page?
 * @m: page; its object is locked
 *
 * Context: Process context.  As vm_reserv_level().
 * Return: its populated pages, pages; 0 when the page is part of none that its object has.
 */
unsigned int vmpage_reserv_popcnt(vm_page_t m);

/**
 * vm_reserv_level_iffullpop() - is a page part of a full reservation?
 * @m: page
 *
 * Context: Any context.
 * Return: 0 when all 512 pages are allocated; else -1.  Who maps them at once still has
 * to see that each is resident in his object: it can have been cached, or renamed.
 */
int vm_reserv_level_iffullpop(vm_page_t m);

/**
 * vm_reserv_size() - the size of a reservation
 * @level: what vm_reserv_level() returned
 *
 * Context: Any context.
 * Return: bytes: 2 MiB for level 0, PAGE_SIZE for -1, 0 for any other.
 */
int vm_reserv_size(int level);

/**
 * vm_reserv_to_superpage() - the superpage that a page is part of
 * @m: page; its object is locked
 *
 * Context: Process context.
 * Return: the first page of the full reservation that @m and its object have, or NULL.
 */
vm_page_t vm_reserv_to_superpage(vm_page_t m);

/**
 * vm_reserv_is_page_free() - is a page an unpopulated one of a reservation?
 * @m: page
 *
 * Context: Any context.
 * Return: true when it is: then it is free, though on no free list.  False in one with a
 * memory attribute, of which only its object gets pages.
 */
bool vm_reserv_is_page_free(vm_page_t m);

/**
 * vm_reserv_rename() - give a reservation to another object
 * @m: page; nothing happens unless @old_object has the reservation around it
 * @new_object: object, write-locked
 * @old_object: object
 * @old_object_offset: index in @old_object that becomes index 0 of @new_object, pages;
 *	by the colours of both, a window of 512 becomes a window
 *
 * For who moves pages from one object to the other with vm_page_rename(), which does
 * not do it.  No page changes its object or index.  A reservation whose memory attribute
 * is not that of @new_object stays.
 *
 * Context: Process context.  Does not sleep.
 */
void vm_reserv_rename(vm_page_t m, vm_object_t new_object, vm_object_t old_object,
		      vm_pindex_t old_object_offset);

/**
 * vm_reserv_alloc_page() - allocate a page from a reservation
 * @object: object that vm_object_reserv() is true for, write-locked
 * @pindex: index in @object, pages; no page is resident there
 * @domain: domain of a new reservation; an existing one is used wherever it is
 * @req: VM_ALLOC_* request; only its class matters
 * @mpred: the resident page with the largest index below @pindex, or NULL
 *
 * Takes the page off the free count.  For an object with a memory attribute a new
 * reservation takes all of its 512 pages, and sets their attribute.
 *
 * Context: Process context.  Does not sleep, but for a memory attribute, which is refused
 * where that is not possible.
 * Return: the page, as it was freed; NULL when it must come from elsewhere.
 */
vm_page_t vm_reserv_alloc_page(vm_object_t object, vm_pindex_t pindex, int domain, int req,
			       vm_page_t mpred);

/**
 * vmpage_reserv_alloc_next() - vm_reserv_alloc_page() from a reservation that is there
 * @object: object, write-locked, that may have reservations
 * @pindex: index, pages; no page is resident there
 * @req: VM_ALLOC_* request
 * @mpred: resident page of @object with a smaller index; not NULL
 *
 * A page that the CPU has taken off the count ahead is had whatever the class.
 *
 * Context: Process context.
 * Return: the page; NULL when @mpred and @pindex are in no reservation, or it cannot be had
 * at once.
 */
vm_page_t vmpage_reserv_alloc_next(vm_object_t object, vm_pindex_t pindex, int req,
				   vm_page_t mpred);

/**
 * vmpage_reserv_alloc_promised() - vm_reserv_alloc_page() for a promised page
 * @object: object that vm_object_reserv() is true for, write-locked
 * @pindex: index in @object, pages; no page is resident there
 * @domain: domain that the page was promised in
 * @req: VM_ALLOC_* request; its class matters for a page of another domain
 * @mpred: the resident page with the largest index below @pindex, or NULL
 *
 * A page of @domain is off the free count already.  That of a reservation in another
 * domain is taken off its count as usual, and the promise is not used.
 *
 * Context: Process context.  Does not sleep.
 * Return: the page, as it was freed, or NULL.
 */
vm_page_t vmpage_reserv_alloc_promised(vm_object_t object, vm_pindex_t pindex, int domain,
				       int req, vm_page_t mpred);

/**
 * vmpage_reserv_alloc_whole() - allocate all pages of a new reservation
 * @object: object that vm_object_reserv() is true for, write-locked
 * @pindex: index of the first page, pages
 * @domain: domain to take from
 * @promised: the pages were promised there, and are off the free count already
 * @mpred: the resident page with the largest index below @pindex, or NULL
 *
 * Context: Process context.  Does not sleep, but as vm_reserv_alloc_page() does.
 * Return: the first page, all as they were freed; NULL when the domain has no such block, one
 * of the 512 is resident, or no reservation can begin at @pindex and lie below the end of the
 * object.
 */
vm_page_t vmpage_reserv_alloc_whole(vm_object_t object, vm_pindex_t pindex, int domain,
				    bool promised, vm_page_t mpred);

/**
 * vm_reserv_alloc_contig() - allocate a run from reservations
 * @object: object that vm_object_reserv() is true for, write-locked
 * @pindex: index of the first page, pages; none of the run's is resident
 * @domain: domain of new reservations
 * @req: VM_ALLOC_* request; only its class matters
 * @npages: length, pages
 * @low: lowest address of the first byte, bytes; of a new reservation as a whole
 * @high: highest address, bytes; likewise
 * @alignment: of the first byte, bytes; a power of two
 * @boundary: bytes, a power of two; 0 for none
 * @mpred: the resident page with the largest index below @pindex, or NULL
 *
 * The run lies in one existing reservation, or fills new ones, of which the last may
 * be an incomplete block that is none.
 *
 * Context: Process context.  Does not sleep.
 * Return: the first page of the run, as they were freed; or NULL.
 */
vm_page_t vm_reserv_alloc_contig(vm_object_t object, vm_pindex_t pindex, int domain, int req,
				 u_long npages, vm_paddr_t low, vm_paddr_t high,
				 u_long alignment, vm_paddr_t boundary, vm_page_t mpred);

/**
 * vmpage_reserv_alloc_loose() - allocate a page that the object has no reservation for
 * @object: object with a loose one, write-locked
 * @domain: domain
 * @req: VM_ALLOC_* request; only its class matters
 * @promised: the page is off the free count already
 *
 * Room in a reservation of the loose object, or else a new one, unless @object is
 * NORESERV.
 *
 * Context: Process context.  Does not sleep.
 * Return: the page, as it was freed, or NULL.
 */
vm_page_t vmpage_reserv_alloc_loose(vm_object_t object, int domain, int req, bool promised);

/**
 * vmpage_reserv_adopt() - let loose pages use the rest of an object's reservation
 * @m: page in use, of anybody
 * @loose: object
 *
 * If the reservation around @m has room, and is that of an object whose loose one is
 * @loose, it becomes that one's.  Its object keeps its pages, and gets no more of them.
 *
 * Context: Process context.  Does not sleep.
 * Return: true when there is room now that was not @loose's before.
 */
bool vmpage_reserv_adopt(vm_page_t m, vm_object_t loose);

/**
 * vmpage_reserv_alloc_room() - allocate a page from what a loose object has
 * @loose: object
 * @domain: domain
 * @req: VM_ALLOC_* request; only its class matters
 * @pa: first address that the page must not have, bytes
 * @pa_end: address after the last of them, bytes
 *
 * Context: Process context.  Does not sleep.
 * Return: the page, as it was freed, or NULL.
 */
vm_page_t vmpage_reserv_alloc_room(vm_object_t loose, int domain, int req, vm_paddr_t pa,
				   vm_paddr_t pa_end);

/**
 * vm_reserv_reclaim_inactive() - break the reservation that was idle longest
 * @domain: domain
 *
 * One that somebody works on at this moment is passed over.
 *
 * Context: Any context.
 * Return: true when there are pages on the free lists now.
 */
bool vm_reserv_reclaim_inactive(int domain);

/**
 * vmpage_reserv_reclaim_any() - break any reservation that has a free page
 * @domain: domain
 *
 * Finds those, too, that vm_reserv_reclaim_inactive() does not: one that was full and
 * lost a page in the tick in which it became so.  O(reservations).
 *
 * Waits for whoever is at work on one.
 *
 * Context: Any context.
 * Return: true when there are pages on the free lists now.
 */
bool vmpage_reserv_reclaim_any(int domain);

/**
 * vm_reserv_reclaim_contig() - take a run out of a reservation, and break that
 * @domain: domain
 * @npages: length, pages; the caller took as many off the free count
 * @low: lowest address of the first byte, bytes
 * @high: highest address, bytes
 * @alignment: of the first byte, bytes; a power of two
 * @boundary: bytes, a power of two; 0 for none
 *
 * Context: Any context.  O(queued reservations).
 * Return: the first page of the run, or NULL when no reservation has one.
 */
vm_page_t vm_reserv_reclaim_contig(int domain, u_long npages, vm_paddr_t low, vm_paddr_t high,
				   u_long alignment, vm_paddr_t boundary);

/**
 * vm_reserv_break_all() - break every reservation of an object, or give it to its loose one
 * @object: object, write-locked
 *
 * One with a memory attribute gives no page to others, and lasts as long as its pages.
 *
 * Context: Process context.  Does not sleep.
 */
void vm_reserv_break_all(vm_object_t object);

/**
 * vmpage_reserv_restore() - let memory that had an attribute be ordinary memory again
 * @domain: domain
 *
 * Blocks that were reserved with a memory attribute, and of which no page is left, go to
 * the free lists and back into the free count.  The page daemon does this for everybody.
 *
 * Context: Process context.  May sleep.
 * Return: false when that was not possible for one of them, and is to be tried again.
 */
bool vmpage_reserv_restore(int domain);

/*
 * struct vmpage_reserv_memattr - reservations with a memory attribute
 */
struct vmpage_reserv_memattr {
	unsigned int reservs;		/* that have pages */
	unsigned int restoring;		/* that wait for vmpage_reserv_restore() */
	unsigned long unused;		/* pages of both that are not populated */
};

/**
 * vmpage_reserv_memattr() - count the reservations with a memory attribute
 * @domain: domain
 * @sum: receives what there is
 *
 * Context: Process context.  O(reservations).
 */
void vmpage_reserv_memattr(int domain, struct vmpage_reserv_memattr *sum);

/**
 * vm_reserv_partpop() - what the partly populated reservations of a domain have left
 * @domain: domain
 * @unused: receives their unpopulated pages
 *
 * Context: Any context.
 * Return: the number of reservations.
 */
unsigned int vm_reserv_partpop(int domain, unsigned long *unused);

/**
 * vm_reserv_fullpop() - how many reservations are full at this moment
 *
 * Context: Process context.  O(reservations).
 * Return: their number.
 */
unsigned int vm_reserv_fullpop(void);

/**
 * vm_reserv_audit() - check every reservation
 * @audit: receives what is broken
 *
 * Invariants 1, 7, 8 and 10.  O(pages).
 *
 * Context: Process context.  May sleep.
 * Return: the number of active reservations.
 */
unsigned long vm_reserv_audit(struct vm_audit *audit);

/**
 * vm_reserv_audit_object() - check the reservations of an object
 * @audit: receives what is broken
 * @object: object, locked
 *
 * Invariant 9.
 *
 * Context: Process context.
 * Return: the number of its reservations.
 */
unsigned long vm_reserv_audit_object(struct vm_audit *audit, vm_object_t object);

#endif /* _VM_RESERV_H_ */
