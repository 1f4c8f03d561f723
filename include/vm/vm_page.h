/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Pages: vm_page_alloc(9) and what can be done with a page.
 *
 * Names used throughout the allocator:
 *
 *	m, m_run	page, first page of a run
 *	object, pindex	container, and a page's index in it (pages)
 *	vmd, domain	struct vm_domain, and its number
 *	seg, segind	struct vm_phys_seg, and its number
 *	fl, flind	free list of one order, and index of a set of them
 *	order, pool	log2 of a block's pages, and where a free block is kept
 *	req, npages	VM_ALLOC_* request, and a length (pages)
 *	pa, pfn, size	physical address (bytes), page frame number, length (bytes)
 *
 * A call that breaks a rule stated here is reported once in the kernel log and
 * refused: it changes nothing and returns what a failure returns.
 */
#ifndef _VM_PAGE_H_
#define _VM_PAGE_H_

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/list.h>
#include <linux/stddef.h>
#include <vm/vm.h>
#include <vm/vm_object.h>
#include <vm/vm_param.h>
#include <vm/vm_phys.h>

typedef u8 vm_page_bits_t;		/* one bit for each 512 bytes */
#define VM_PAGE_BITS_ALL	0xff

/* The part of a page that changes without a lock, as one word. */
union vm_page_astate {
	struct {
		u16 flags;		/* PGA_* */
		u8 queue;		/* PQ_* */
		u8 act_count;		/* how much it is used */
	};
	u32 _bits;
};

/*
 * struct vm_page - one page of physical memory
 *
 * (a) atomic; (b) whoever has the page busied; (c) constant once the segment is
 * there; (f) vmd_free_lock of the page's domain; (o) lock of the page's object;
 * (r) lock of the reservation around it; (w) whoever owns the page: the free list, or
 * the caller that allocated it.
 */
struct vm_page {
	union {
		struct list_head q;	/* (w) free list; the owner's */
		struct {
			struct vm_page *ss;	/* (w) singly linked list */
			void *pv;	/* (w) private to the owner */
		} s;
	} plinks;
	vm_object_t object;		/* (o) NULL outside an object */
	vm_pindex_t pindex;		/* (o) pages; the owner's outside an object */
	vm_paddr_t phys_addr;		/* (c) bytes */
	union {
		struct {
			u_int busy_lock;	/* (a) VPB_* */
			u_int ref_count;	/* (a) VPRC_OBJREF and the wire count */
		};
		u64 hold;		/* both, to be compared and changed in one step */
	};
	union {
		struct {
			union vm_page_astate a;	/* (a) */
			u8 flags;	/* (w) PG_* */
			u8 oflags;	/* (o) VPO_* */
			vm_page_bits_t valid;	/* (b) */
			vm_page_bits_t dirty;	/* (b) */
		};
		u64 state;		/* all of them, for who has the page to himself */
	};
	union {
		struct {
			u16 segind;	/* (c) index of the segment */
			u8 domain;	/* (c) NUMA node id */
			u8 order;	/* (f) of the block it heads, or VM_NFREEORDER */
			u8 pool;	/* (f) VM_FREEPOOL_* */
			s8 psind;	/* (r) 1 for the first page of a full reservation */
			vm_memattr_t memattr;	/* (b) VM_MEMATTR_* */
		};
		u64 place;		/* all of them, for who makes the page */
	};
};

static_assert(sizeof(struct vm_page) <= 64);
static_assert(offsetof(struct vm_page, state) % sizeof(u64) == 0);

/* m->hold for a busy word and references */
#define VM_PAGE_HOLD(_busy, _ref) \
	((_busy) * ((struct vm_page) { .busy_lock = 1 }).hold + \
	 (_ref) * ((struct vm_page) { .ref_count = 1 }).hold)
/* m->state of a page that nobody has, or nobody but the caller without an object */
#define VM_PAGE_STATE(_flags) \
	(((struct vm_page) { \
		.a.queue = PQ_NONE, .flags = (_flags), .oflags = VPO_UNMANAGED \
	}).state)
/* The place of PG_* in m->state */
#define VM_PAGE_FLAG(_flags)	(((struct vm_page) { .flags = (_flags) }).state)

/*
 * struct spglist - pages in a singly linked list, by plinks.s.ss
 */
struct spglist {
	vm_page_t slh_first;
};

static inline void vmpage_spglist_init(struct spglist *list)
{
	list->slh_first = NULL;
}

static inline void vmpage_spglist_insert(struct spglist *list, vm_page_t m)
{
	m->plinks.s.ss = list->slh_first;
	list->slh_first = m;
}

/* m->flags */
#define PG_PCPU_CACHE	0x01		/* from a per-CPU page cache */
#define PG_FICTITIOUS	0x02		/* no real page behind */
#define PG_ZERO		0x04		/* content known to be zero */
#define PG_MARKER	0x08		/* not a page: a place in a queue */
#define PG_NODUMP	0x10		/* not for a crash dump */
#define PG_CACHED	0x40		/* (f) content kept while nobody needs the memory */

/* m->a.flags */
#define PGA_WRITEABLE		0x0001
#define PGA_REFERENCED		0x0002
#define PGA_EXECUTABLE		0x0004
#define PGA_ENQUEUED		0x0008
#define PGA_DEQUEUE		0x0010
#define PGA_REQUEUE		0x0020
#define PGA_REQUEUE_HEAD	0x0040
#define PGA_NOSYNC		0x0080
#define PGA_SWAP_FREE		0x0100
#define PGA_SWAP_SPACE		0x0200

/* What may be asked of a queue and is taken back by the next such request. */
#define PGA_QUEUE_OP_MASK	(PGA_DEQUEUE | PGA_REQUEUE | PGA_REQUEUE_HEAD)

/* m->oflags */
#define VPO_KMEM_EXEC	0x01
#define VPO_SWAPSLEEP	0x02
#define VPO_UNMANAGED	0x04		/* never on a page queue */
#define VPO_SWAPINPROG	0x08

/* m->a.queue */
#define PQ_INACTIVE	0
#define PQ_ACTIVE	1
#define PQ_LAUNDRY	2
#define PQ_UNSWAPPABLE	3
#define PQ_COUNT	4
#define PQ_NONE		255

/* m->ref_count */
#define VPRC_BLOCKED		0x40000000u	/* refuse wirings through mappings */
#define VPRC_OBJREF		0x80000000u	/* held by the object */
#define VPRC_WIRE_COUNT(c)	((c) & ~(VPRC_BLOCKED | VPRC_OBJREF))
#define VPRC_WIRE_COUNT_MAX	VPRC_WIRE_COUNT(~0u)

/*
 * m->busy_lock: who may change what the page is.
 *
 *	unbusied	0x1
 *	n sharers	n << 3 | 0x1
 *	exclusive	0x2, and the upper bits of the owner's task pointer
 *	waited for	| 0x4
 *	free page	0xfffffffe, in which every try fails
 */
#define VPB_BIT_SHARED		0x01u
#define VPB_BIT_EXCLUSIVE	0x02u
#define VPB_BIT_WAITERS		0x04u
#define VPB_BIT_FLAGMASK	(VPB_BIT_SHARED | VPB_BIT_EXCLUSIVE | VPB_BIT_WAITERS)
#define VPB_SHARERS_SHIFT	3
#define VPB_SHARERS(x)		(((x) & ~VPB_BIT_FLAGMASK) >> VPB_SHARERS_SHIFT)
#define VPB_SHARERS_WORD(x)	((u_int)(x) << VPB_SHARERS_SHIFT | VPB_BIT_SHARED)
#define VPB_ONE_SHARER		((u_int)BIT(VPB_SHARERS_SHIFT))
#define VPB_SINGLE_EXCLUSIVE	VPB_BIT_EXCLUSIVE
#define VPB_CURTHREAD_EXCLUSIVE	\
	(VPB_BIT_EXCLUSIVE | ((u_int)(uintptr_t)current & ~VPB_BIT_FLAGMASK))
#define VPB_UNBUSIED		VPB_SHARERS_WORD(0)
#define VPB_FREED		(0xffffffffu - VPB_BIT_SHARED)

/* What the allocator stores as the index of a page without an object. */
#define VM_PAGE_NOOBJ_PINDEX	0xdeadc0dedeadc0deULL

/*
 * Requests: one class, or'ed with flags.
 *
 *	object	vm_page_alloc(), _domain(), _after(), _domain_after()
 *	contig	vm_page_alloc_contig(), _domain()
 *	noobj	vm_page_alloc_noobj(), _domain(), vm_page_alloc_freelist(), _domain()
 *	nocont	vm_page_alloc_noobj_contig(), _domain()
 *	grab	vm_page_grab() and its kin
 *
 *			object	contig	noobj	nocont	grab
 *	class		yes	yes	yes	yes	yes	how far the free count may fall
 *	WAITOK		no	no	yes	yes	yes	sleep until there are pages
 *	WAITFAIL	yes	yes	yes	yes	yes	sleep, then fail
 *	NOWAIT		yes	yes	yes	yes	yes	do not sleep
 *	WIRED		yes	yes	yes	yes	yes	wire count 1
 *	ZERO		ignored	ignored	yes	yes	yes	the content is zero
 *	NORECLAIM	no	yes	no	yes	no	break no reservation for it
 *	NOBUSY		yes	yes	yes	yes	yes	not busied, as without object
 *	SBUSY		yes	yes	no	no	yes	busied shared instead of exclusive
 *	IGN_SBUSY	no	no	no	no	yes	a shared busy is no obstacle
 *	NOCREAT		no	no	no	no	yes	allocate nothing
 *	NODUMP		yes	yes	yes	yes	yes	PG_NODUMP
 *	COUNT(n)	yes	yes	yes	yes	(1)	a hint: n pages will be asked for
 *
 * (1) not for vm_page_grab_pages().  Without a wait flag an allocation does not
 * sleep, and a grab does.  Anything else is reported once and refused, and so are
 * NOBUSY with SBUSY, WAITOK with NORECLAIM, and in a grab NOBUSY without WIRED or
 * SBUSY without IGN_SBUSY.
 *
 * Pages with NODUMP are never mapped into user space: Linux may have a mark on the
 * chunk that they fill.
 *
 * A request that sleeps unlocks its object meanwhile and locks it again.  It
 * sleeps once until a domain that was short has recovered; WAITFAIL then fails
 * even if there are pages by now, WAITOK tries again.  No signal and no
 * kthread_stop() ends that sleep: who may have to give up asks with NOWAIT and
 * sleeps in vm_wait_intr().
 */
#define VM_ALLOC_NORMAL		0	/* leaves vmd_free_reserved pages */
#define VM_ALLOC_INTERRUPT	1	/* may take the last page */
#define VM_ALLOC_SYSTEM		2	/* leaves vmd_interrupt_free_min pages */
#define VM_ALLOC_CLASS_MASK	3
#define VM_ALLOC_WAITOK		0x0008
#define VM_ALLOC_WAITFAIL	0x0010
#define VM_ALLOC_WIRED		0x0020
#define VM_ALLOC_ZERO		0x0040
#define VM_ALLOC_NORECLAIM	0x0080
#define VM_ALLOC_AVAIL0		0x0100
#define VM_ALLOC_NOBUSY		0x0200
#define VM_ALLOC_NOCREAT	0x0400
#define VM_ALLOC_AVAIL1		0x0800
#define VM_ALLOC_IGN_SBUSY	0x1000
#define VM_ALLOC_NODUMP		0x2000
#define VM_ALLOC_SBUSY		0x4000
#define VM_ALLOC_NOWAIT		0x8000
#define VM_ALLOC_COUNT_MAX	0xffff
#define VM_ALLOC_COUNT_SHIFT	16
#define VM_ALLOC_COUNT_MASK	((u_int)VM_ALLOC_COUNT_MAX << VM_ALLOC_COUNT_SHIFT)
#define VM_ALLOC_COUNT(n)	((u_int)(n) << VM_ALLOC_COUNT_SHIFT)

/**
 * vm_page_alloc() - allocate a page into an object
 * @object: object, write-locked on return, too
 * @pindex: index in @object, pages; no page is resident there
 * @req: VM_ALLOC_* request
 *
 * The page is exclusively busied unless SBUSY or NOBUSY is asked for.  Its
 * content is undefined unless PG_ZERO is set in its flags.
 *
 * Context: Process context.  Sleeps for WAITFAIL only.
 * Return: the page, or NULL when no domain can give one or the index has no
 * memory for a node.
 *
 * Follows vm_page_alloc(9) of FreeBSD 14.
 */
vm_page_t vm_page_alloc(vm_object_t object, vm_pindex_t pindex, int req);

/**
 * vm_page_alloc_domain() - vm_page_alloc() from one domain
 * @object: object, write-locked on return, too
 * @pindex: index in @object, pages; no page is resident there
 * @domain: domain to take from
 * @req: VM_ALLOC_* request
 *
 * Context: Process context.  Sleeps for WAITFAIL only.
 * Return: the page, or NULL.
 *
 * Follows vm_page_alloc(9) of FreeBSD 14.
 */
vm_page_t vm_page_alloc_domain(vm_object_t object, vm_pindex_t pindex, int domain, int req);

/**
 * vm_page_alloc_after() - vm_page_alloc() next to a page that is known
 * @object: object, write-locked on return, too
 * @pindex: index in @object, pages; no page is resident there
 * @req: VM_ALLOC_* request
 * @mpred: the resident page with the largest index below @pindex, or NULL when
 *	there is none; any other is reported and refused
 *
 * Spares the search of the object's index where @mpred and @pindex are near each
 * other.
 *
 * Context: Process context.  Sleeps for WAITFAIL only.
 * Return: the page, or NULL.
 *
 * Follows vm_page_alloc(9) of FreeBSD 14.
 */
vm_page_t vm_page_alloc_after(vm_object_t object, vm_pindex_t pindex, int req, vm_page_t mpred);

/**
 * vm_page_alloc_domain_after() - vm_page_alloc_after() from one domain
 * @object: object, write-locked on return, too
 * @pindex: index in @object, pages; no page is resident there
 * @domain: domain to take from
 * @req: VM_ALLOC_* request
 * @mpred: as for vm_page_alloc_after()
 *
 * Context: Process context.  Sleeps for WAITFAIL only.
 * Return: the page, or NULL.
 *
 * Follows vm_page_alloc(9) of FreeBSD 14.
 */
vm_page_t vm_page_alloc_domain_after(vm_object_t object, vm_pindex_t pindex, int domain, int req,
				     vm_page_t mpred);

/**
 * vm_page_alloc_contig() - allocate a run into an object
 * @object: object, write-locked on return, too; not FICTITIOUS
 * @pindex: index of the first page, pages; none of the run's is resident
 * @req: VM_ALLOC_* request
 * @npages: length, pages; the result is m[0] to m[npages - 1]
 * @low: lowest address of the first byte, bytes
 * @high: highest address, bytes; the run ends at or below it
 * @alignment: of the first byte, bytes; a power of two
 * @boundary: bytes, a power of two; the run does not cross a multiple of it;
 *	0 for none
 * @memattr: the object's attribute; VM_MEMATTR_DEFAULT stands for it, too
 *
 * All or nothing.  The pages are not zeroed.
 *
 * Context: Process context.  Sleeps for WAITFAIL only, and for an object with a memory
 * attribute (vm_object_set_memattr()).
 * Return: the first page of the run, or NULL.
 *
 * Follows vm_page_alloc(9) of FreeBSD 14.
 */
vm_page_t vm_page_alloc_contig(vm_object_t object, vm_pindex_t pindex, int req, u_long npages,
			       vm_paddr_t low, vm_paddr_t high, u_long alignment,
			       vm_paddr_t boundary, vm_memattr_t memattr);

/**
 * vm_page_alloc_contig_domain() - vm_page_alloc_contig() from one domain
 * @object: object, write-locked on return, too; not FICTITIOUS
 * @pindex: index of the first page, pages
 * @domain: domain to take from
 * @req: VM_ALLOC_* request
 * @npages: length, pages
 * @low: lowest address of the first byte, bytes
 * @high: highest address, bytes; the run ends at or below it
 * @alignment: of the first byte, bytes; a power of two
 * @boundary: bytes, a power of two; 0 for none
 * @memattr: as in vm_page_alloc_contig()
 *
 * Context: Process context.  Sleeps as vm_page_alloc_contig() does.
 * Return: the first page of the run, or NULL.
 *
 * Follows vm_page_alloc(9) of FreeBSD 14, whose text forgets @domain.
 */
vm_page_t vm_page_alloc_contig_domain(vm_object_t object, vm_pindex_t pindex, int domain, int req,
				      u_long npages, vm_paddr_t low, vm_paddr_t high,
				      u_long alignment, vm_paddr_t boundary,
				      vm_memattr_t memattr);

/**
 * vm_page_alloc_freelist() - allocate a page from one range of addresses
 * @freelist: VM_FREELIST_*; a list without memory stands for the nearest
 *	lower-numbered one that has some
 * @req: VM_ALLOC_* request
 *
 * As vm_page_alloc_noobj(), but breaks no reservation.  With WAITOK this tries again,
 * tick by tick, while there are pages but none on the list.
 *
 * Context: Any context; process context for WAITOK and WAITFAIL, which sleep.
 * Return: the page, or NULL.
 *
 * Follows vm_page_alloc(9) of FreeBSD 14.
 */
vm_page_t vm_page_alloc_freelist(int freelist, int req);

/**
 * vm_page_alloc_freelist_domain() - vm_page_alloc_freelist() from one domain
 * @domain: domain to take from
 * @freelist: VM_FREELIST_*
 * @req: VM_ALLOC_* request
 *
 * Context: Any context; process context for WAITOK and WAITFAIL, which sleep.
 * Return: the page, or NULL.
 *
 * Follows vm_page_alloc(9) of FreeBSD 14.
 */
vm_page_t vm_page_alloc_freelist_domain(int domain, int freelist, int req);

/**
 * vmpage_promise() - reserve pages for a later vmpage_alloc_promised()
 * @vmd: domain
 * @npages: pages
 *
 * The pages leave the free count and stay on the free lists: no request that
 * passes the gate can take the last of them.
 *
 * Context: Any context.
 * Return: 1, or 0 when the gate refused @npages of class NORMAL.
 */
int vmpage_promise(struct vm_domain *vmd, int npages);

/**
 * vmpage_unpromise() - give reserved pages back to the free count
 * @vmd: domain
 * @npages: pages, no more than are promised
 *
 * Context: Any context.
 */
void vmpage_unpromise(struct vm_domain *vmd, int npages);

/**
 * vmpage_alloc_promised() - allocate a page that was promised
 * @object: object, write-locked; it stays locked
 * @pindex: index in @object, pages; no page is resident there
 * @domain: domain in which the caller holds at least one vmpage_promise()
 * @req: VM_ALLOC_* request; its class does not matter; NORECLAIM: if @object
 *	has a loose one, only a page of a reservation of theirs
 *
 * One promise is used up when, and only when, a page is returned.
 *
 * Context: Process context.  May sleep, for up to a second, until others have put back
 * what they hold of the free pages for a moment.
 * Return: the page, or NULL when the index has no memory for a node, or with NORECLAIM
 * there is none.
 */
vm_page_t vmpage_alloc_promised(vm_object_t object, vm_pindex_t pindex, int domain, int req);

/**
 * vmpage_alloc_window() - allocate all pages of a reservation of an object
 * @object: object, write-locked; it stays locked
 * @pindex: index in @object of the first page, pages
 * @domain: domain to take from
 * @promised: the caller holds a vmpage_promise() of 512 pages in @domain
 *
 * For a first touch: the pages are filled with zeros, valid, active and not busied.  A
 * request of class NORMAL; a promise of 512 pages is used up when, and only when, they are
 * returned.  What is not simple is not done: that an object has a loose one, a memory
 * attribute, or cached pages, or is not managed; that a page is resident there; that the
 * reservation would not lie below the end of the object, or @pindex is not a multiple of 64
 * because of its colour.
 *
 * Context: Process context.  Does not sleep.
 * Return: the first of 512 pages, or NULL; to ask for one page may help then.
 */
vm_page_t vmpage_alloc_window(vm_object_t object, vm_pindex_t pindex, int domain, bool promised);

/**
 * vm_page_alloc_noobj() - allocate a page that belongs to no object
 * @req: VM_ALLOC_* request
 *
 * The page is not busied; its pindex is free for the caller to use.  With ZERO
 * the content is zero, else undefined unless PG_ZERO is set in its flags.
 *
 * Context: Any context, hard interrupt included; process context for WAITOK and
 * WAITFAIL, which sleep.
 * Return: the page, or NULL when no domain can give one; never NULL with WAITOK.
 *
 * Follows vm_page_alloc(9) of FreeBSD 14.
 */
vm_page_t vm_page_alloc_noobj(int req);

/**
 * vm_page_alloc_noobj_domain() - vm_page_alloc_noobj() from one domain
 * @domain: domain to take from
 * @req: VM_ALLOC_* request
 *
 * Context: Any context; process context for WAITOK and WAITFAIL, which sleep.
 * Return: the page, or NULL.
 *
 * Follows vm_page_alloc(9) of FreeBSD 14.
 */
vm_page_t vm_page_alloc_noobj_domain(int domain, int req);

/**
 * vm_page_alloc_noobj_contig() - allocate a run that belongs to no object
 * @req: VM_ALLOC_* request
 * @npages: length, pages; the result is m[0] to m[npages - 1]
 * @low: lowest address of the first byte, bytes
 * @high: highest address, bytes; the run ends at or below it
 * @alignment: of the first byte, bytes; a power of two
 * @boundary: bytes, a power of two; the run does not cross a multiple of it;
 *	0 for none
 * @memattr: VM_MEMATTR_DEFAULT; only objects can have others
 *
 * With WAITOK this tries again, tick by tick, for as long as the free pages lie
 * too scattered; only a run that no segment could ever hold fails.
 *
 * Context: Any context, hard interrupt included; process context for WAITOK and
 * WAITFAIL, which sleep.
 * Return: the first page of the run, or NULL.
 *
 * Follows vm_page_alloc(9) of FreeBSD 14.
 */
vm_page_t vm_page_alloc_noobj_contig(int req, u_long npages, vm_paddr_t low, vm_paddr_t high,
				     u_long alignment, vm_paddr_t boundary, vm_memattr_t memattr);

/**
 * vm_page_alloc_noobj_contig_domain() - the same from one domain
 * @domain: domain to take from
 * @req: VM_ALLOC_* request
 * @npages: length, pages
 * @low: lowest address of the first byte, bytes
 * @high: highest address, bytes; the run ends at or below it
 * @alignment: of the first byte, bytes; a power of two
 * @boundary: bytes, a power of two; 0 for none
 * @memattr: VM_MEMATTR_DEFAULT
 *
 * Context: Any context; process context for WAITOK and WAITFAIL, which sleep.
 * Return: the first page of the run, or NULL.
 *
 * Follows vm_page_alloc(9) of FreeBSD 14.
 */
vm_page_t vm_page_alloc_noobj_contig_domain(int domain, int req, u_long npages, vm_paddr_t low,
					    vm_paddr_t high, u_long alignment,
					    vm_paddr_t boundary, vm_memattr_t memattr);

/**
 * vm_page_free() - free a page
 * @m: page; in an object: write-locked object, exclusively busied, not wired;
 *	without one: not busied, not wired
 *
 * Removes the page from its object.  What is known of its content is forgotten.
 *
 * Context: Any context for a page without an object, else process context.
 *
 * Follows vm_page_free(9).
 */
void vm_page_free(vm_page_t m);

/**
 * vm_page_free_zero() - free a page that is known to be zero
 * @m: page, as for vm_page_free()
 *
 * Context: As vm_page_free().
 *
 * Follows vm_page_free(9).
 */
void vm_page_free_zero(vm_page_t m);

/**
 * vm_page_free_pages_toq() - free every page of a list
 * @free: list by plinks.s.ss, empty on return; pages as for vm_page_free(),
 *	whose PG_ZERO is right
 * @update_wire_count: the pages were counted as wired until now, and their wiring
 *	was taken away without vm_page_unwire()
 *
 * Context: As vm_page_free().
 *
 * Follows vm_page_free(9)'s family of FreeBSD 14.
 */
void vm_page_free_pages_toq(struct spglist *free, bool update_wire_count);

/**
 * vmpage_free_contig() - free a run of pages
 * @m: first page; each is as for vm_page_free()
 * @npages: length, pages; m[0] to m[npages - 1] are adjacent in memory
 *
 * All or nothing: when one of them cannot be freed, that is reported and none is.  A run as
 * it was allocated, without an object, goes back as one to the pool of its first page, in a
 * fraction of the time that vm_page_free() would take for each.
 *
 * Context: As vm_page_free().
 */
void vmpage_free_contig(vm_page_t m, u_long npages);

/**
 * vm_page_free_invalid() - free a page of which no part is valid
 * @m: page, exclusively busied, valid 0; its object is write-locked
 *
 * A wired page leaves its object and is freed by its last unwiring.
 *
 * Context: Process context.
 *
 * Follows FreeBSD 14; it has no manual page.
 */
void vm_page_free_invalid(vm_page_t m);

/**
 * vm_page_lookup() - the page at an index
 * @object: object, locked for reading or writing
 * @pindex: index, pages
 *
 * Context: Process context.
 * Return: the page, neither busied nor wired by this, or NULL.
 *
 * Follows vm_page_lookup(9).
 */
vm_page_t vm_page_lookup(vm_object_t object, vm_pindex_t pindex);

/**
 * vm_page_lookup_unlocked() - the page at an index, of this moment
 * @object: object
 * @pindex: index, pages
 *
 * The page may have left the object by the time the caller looks at it: it is
 * busied or wired first, and its object and index compared then.
 *
 * Context: Any context.
 * Return: the page, or NULL.
 *
 * Follows vm_page_lookup(9) of FreeBSD 14.
 */
vm_page_t vm_page_lookup_unlocked(vm_object_t object, vm_pindex_t pindex);

/**
 * vm_page_relookup() - a page that is known to be there
 * @object: object
 * @pindex: index of a page that the caller has busied or wired, pages
 *
 * Context: Any context.
 * Return: the page.
 *
 * Follows vm_page_lookup(9) of FreeBSD 14.
 */
vm_page_t vm_page_relookup(vm_object_t object, vm_pindex_t pindex);

/**
 * vm_page_find_least() - the first page at or after an index
 * @object: object, locked for reading or writing
 * @pindex: index, pages
 *
 * Context: Process context.
 * Return: the page with the smallest index that is not below @pindex, or NULL.
 *
 * Follows vm_page_find_least(9).
 */
vm_page_t vm_page_find_least(vm_object_t object, vm_pindex_t pindex);

/**
 * vm_page_next() - the page at the next index
 * @m: page of an object that is locked for reading or writing
 *
 * Context: Process context.
 * Return: the page at exactly @m->pindex + 1, or NULL.
 *
 * Follows vm_page_lookup(9)'s family of FreeBSD 14.
 */
vm_page_t vm_page_next(vm_page_t m);

/**
 * vm_page_prev() - the page at the index before
 * @m: page of an object that is locked for reading or writing
 *
 * Context: Process context.
 * Return: the page at exactly @m->pindex - 1, or NULL.
 *
 * Follows vm_page_lookup(9)'s family of FreeBSD 14.
 */
vm_page_t vm_page_prev(vm_page_t m);

/**
 * vm_page_insert() - put a page into an object
 * @m: page without an object
 * @object: object, write-locked
 * @pindex: index, pages; no page is resident there
 *
 * Unlike in FreeBSD the page becomes managed or unmanaged, as the object's are.
 *
 * Context: Process context.  Does not sleep.
 * Return: 0, or 1 when the index has no memory for a node; nothing changed then.
 *
 * Follows vm_page_insert(9).
 */
int vm_page_insert(vm_page_t m, vm_object_t object, vm_pindex_t pindex);

/**
 * vm_page_remove() - take a page out of its object
 * @m: page, exclusively busied; its object is write-locked
 *
 * The page is unbusied.
 *
 * Context: Process context.
 * Return: true when nothing else holds the page: the caller may free it; false
 * when a wiring keeps it.
 *
 * Follows vm_page_insert(9).
 */
bool vm_page_remove(vm_page_t m);

/**
 * vm_page_remove_xbusy() - vm_page_remove() that keeps the page busied
 * @m: page, exclusively busied; its object is write-locked
 *
 * The caller unbusies the page before a wiring that is left may end.
 *
 * Context: Process context.
 * Return: as vm_page_remove().
 *
 * Follows vm_page_insert(9) of FreeBSD 14.
 */
bool vm_page_remove_xbusy(vm_page_t m);

/**
 * vm_page_replace() - put a page in the place of another
 * @mnew: page without an object, exclusively busied, managed as @mold is
 * @object: object, write-locked
 * @pindex: index of @mold, pages
 * @mold: page, exclusively busied; unbusied by this, and freed unless it is wired
 *
 * Cannot fail for want of memory.
 *
 * Context: Process context.
 *
 * Follows vm_page_replace(9) of FreeBSD 14.
 */
void vm_page_replace(vm_page_t mnew, vm_object_t object, vm_pindex_t pindex, vm_page_t mold);

/**
 * vm_page_rename() - move a page to another object or index
 * @m: page, exclusively busied, wholly valid; its object is write-locked
 * @new_object: object, write-locked
 * @new_pindex: index in @new_object, pages; no page is resident there
 *
 * The page stays busied and wired as it is, and becomes dirty.
 * vmpage_object_wlock_two() locks both objects.
 *
 * Context: Process context.  Does not sleep.
 * Return: 0, or 1 when the index has no memory for a node; nothing changed then.
 *
 * Follows vm_page_rename(9) of FreeBSD 14.
 */
int vm_page_rename(vm_page_t m, vm_object_t new_object, vm_pindex_t new_pindex);

/**
 * vm_page_wire() - hold a page
 * @m: page; in an object: the object is locked or the page busied
 *
 * Context: Any context.
 *
 * Follows vm_page_wire(9).
 */
void vm_page_wire(vm_page_t m);

/**
 * vm_page_unwire() - drop a hold; a page nobody holds any more is freed
 * @m: wired page
 * @queue: where a managed page goes with its last wiring, or PQ_NONE
 *
 * Context: Any context for a page without an object, else process context.
 *
 * Follows vm_page_wire(9).
 */
void vm_page_unwire(vm_page_t m, u8 queue);

/**
 * vm_page_unwire_noq() - drop a hold and do nothing else
 * @m: wired page
 *
 * Context: Any context.
 * Return: true when it was the last wiring.
 *
 * Follows vm_page_wire(9).
 */
bool vm_page_unwire_noq(vm_page_t m);

/**
 * vm_page_wire_mapped() - hold a page that was found through a mapping
 * @m: page
 *
 * Context: Any context.
 * Return: true; false while the page's mappings are being removed.
 *
 * Follows vm_page_wire(9) of FreeBSD 14.
 */
bool vm_page_wire_mapped(vm_page_t m);

/* vm_page_release() */
#define VPR_TRYFREE	0x01		/* free it at once if that is possible */
#define VPR_NOREUSE	0x02		/* it will not be used again soon */

/**
 * vm_page_release() - drop a hold; the page is of little use now
 * @m: wired, managed page
 * @flags: VPR_*
 *
 * With its last wiring the page goes to the inactive queue, or is freed: with
 * VPR_TRYFREE, when its object can be locked and it is clean and not busied.
 *
 * Context: Process context.
 *
 * Follows FreeBSD 14; it has no manual page.
 */
void vm_page_release(vm_page_t m, int flags);

/**
 * vm_page_unhold_pages() - vm_page_unwire() pages to the active queue
 * @ma: wired pages
 * @count: number of pages
 *
 * Context: Process context.
 *
 * Follows vm_page_hold(9)'s family of FreeBSD 14.
 */
void vm_page_unhold_pages(vm_page_t *ma, int count);

/**
 * vm_page_grab() - find the page at an index, or allocate one, and busy it
 * @object: object, write-locked on return, too
 * @pindex: index, pages
 * @req: VM_ALLOC_* request
 *
 * A page that was there keeps its content, also with ZERO; a new one has valid 0.
 *
 * Context: Process context.  May sleep, with @object unlocked, unless NOWAIT.
 * Return: the page: exclusively busied; with IGN_SBUSY shared busied; with NOBUSY
 * unbusied.  NULL only with NOWAIT, WAITFAIL or NOCREAT.
 *
 * Follows vm_page_grab(9) of FreeBSD 14.
 */
vm_page_t vm_page_grab(vm_object_t object, vm_pindex_t pindex, int req);

/**
 * vm_page_grab_unlocked() - vm_page_grab() that takes the lock only if it must
 * @object: object, not locked
 * @pindex: index, pages
 * @req: VM_ALLOC_* request
 *
 * Context: Process context.  May sleep unless NOWAIT.
 * Return: as vm_page_grab().
 *
 * Follows vm_page_grab(9) of FreeBSD 14.
 */
vm_page_t vm_page_grab_unlocked(vm_object_t object, vm_pindex_t pindex, int req);

/**
 * vm_page_grab_pages() - vm_page_grab() a range
 * @object: object, write-locked on return, too
 * @pindex: first index, pages
 * @req: VM_ALLOC_* request without COUNT
 * @ma: receives the pages
 * @count: pages, not 0
 *
 * With ZERO a page of which no part was valid is zeroed and becomes valid.
 *
 * Context: Process context.  May sleep, with @object unlocked, unless NOWAIT.
 * Return: pages stored, which is less than @count only with NOWAIT, WAITFAIL or
 * NOCREAT.
 *
 * Follows vm_page_grab_pages(9) of FreeBSD 14.
 */
int vm_page_grab_pages(vm_object_t object, vm_pindex_t pindex, int req, vm_page_t *ma, int count);

/**
 * vm_page_grab_pages_unlocked() - the same, taking the lock only if it must
 * @object: object, not locked
 * @pindex: first index, pages
 * @req: VM_ALLOC_* request without COUNT
 * @ma: receives the pages
 * @count: pages, not 0
 *
 * Context: Process context.  May sleep unless NOWAIT.
 * Return: as vm_page_grab_pages().
 *
 * Follows vm_page_grab_pages(9) of FreeBSD 14.
 */
int vm_page_grab_pages_unlocked(vm_object_t object, vm_pindex_t pindex, int req, vm_page_t *ma,
				int count);

/* What a pager answers. */
#define VM_PAGER_OK	0
#define VM_PAGER_BAD	1
#define VM_PAGER_FAIL	2
#define VM_PAGER_PEND	3
#define VM_PAGER_ERROR	4
#define VM_PAGER_AGAIN	5

/**
 * vm_page_grab_valid() - grab a page and make all of it valid
 * @mp: receives the page, or NULL
 * @object: object, write-locked on return, too
 * @pindex: index, pages
 * @req: VM_ALLOC_* request without NOWAIT, WAITFAIL and ZERO
 *
 * No object has a pager: what is not valid is zeroed.
 *
 * Context: Process context.  May sleep, with @object unlocked.
 * Return: VM_PAGER_OK; VM_PAGER_FAIL with NOCREAT when the page is not resident
 * and valid.
 *
 * Follows vm_page_grab_valid(9) of FreeBSD 14.
 */
int vm_page_grab_valid(vm_page_t *mp, vm_object_t object, vm_pindex_t pindex, int req);

/**
 * vm_page_tryxbusy() - busy a page exclusively
 * @m: page
 *
 * Context: Any context.
 * Return: 1, or 0 when the page is busied or free, or its object is busied.
 *
 * Follows vm_page_busy(9).
 */
int vm_page_tryxbusy(vm_page_t m);

/**
 * vm_page_trysbusy() - busy a page shared
 * @m: page
 *
 * Context: Any context.
 * Return: 1, or 0 when the page is busied exclusively or free, or its object is
 * busied.
 *
 * Follows vm_page_busy(9).
 */
int vm_page_trysbusy(vm_page_t m);

/**
 * vm_page_xunbusy() - end an exclusive busy
 * @m: page the caller has busied exclusively
 *
 * Context: Any context.
 *
 * Follows vm_page_busy(9).
 */
void vm_page_xunbusy(vm_page_t m);

/**
 * vm_page_sunbusy() - end a shared busy
 * @m: page the caller has busied shared
 *
 * Context: Any context.
 *
 * Follows vm_page_busy(9).
 */
void vm_page_sunbusy(vm_page_t m);

/**
 * vm_page_busy_downgrade() - turn an exclusive busy into a shared one
 * @m: page the caller has busied exclusively
 *
 * Context: Any context.
 *
 * Follows vm_page_busy(9).
 */
void vm_page_busy_downgrade(vm_page_t m);

/**
 * vm_page_busy_tryupgrade() - turn a shared busy into an exclusive one
 * @m: page the caller has busied shared
 *
 * Context: Any context.
 * Return: 1, or 0 when there are other sharers; the shared busy stays then.
 *
 * Follows vm_page_busy(9).
 */
int vm_page_busy_tryupgrade(vm_page_t m);

/**
 * vm_page_busy_acquire() - busy a page, waiting for others
 * @m: page; its object is write-locked or the page is wired
 * @allocflags: SBUSY or IGN_SBUSY for a shared busy; WIRED to wire it, too; NOWAIT
 *	not to sleep; WAITFAIL to sleep once and then fail
 *
 * A write lock of the object is dropped for the sleep and taken again.
 *
 * Context: Process context.  May sleep unless NOWAIT.
 * Return: true when the page is busied; false with NOWAIT or WAITFAIL, or when the
 * page left its place in the object during a sleep.
 *
 * Follows vm_page_busy(9) of FreeBSD 14.
 */
bool vm_page_busy_acquire(vm_page_t m, int allocflags);

/**
 * vm_page_busy_sleep() - wait until somebody unbusies a page
 * @m: page; its object is locked for reading or writing
 * @wmesg: what the sleeper waits for, a string constant
 * @allocflags: with SBUSY or IGN_SBUSY only an exclusive busy is waited for
 *
 * Wakes with the next unbusy, downgrade or freeing.  The page may then be
 * somewhere else: the caller looks it up again.
 *
 * Context: Process context.  May sleep.
 * Return: true: slept, and the object is unlocked; false: the page was not busied,
 * and the object is still locked.
 *
 * Follows vm_page_busy(9) of FreeBSD 14.
 */
bool vm_page_busy_sleep(vm_page_t m, const char *wmesg, int allocflags);

/**
 * vm_page_busy_sleep_unlocked() - vm_page_busy_sleep() without a lock
 * @obj: object that had the page
 * @m: page
 * @pindex: index at which it was, pages
 * @wmesg: what the sleeper waits for, a string constant
 * @allocflags: with SBUSY or IGN_SBUSY only an exclusive busy is waited for
 *
 * Returns at once when the page is no longer there.
 *
 * Context: Process context.  May sleep.
 *
 * Follows vm_page_busy(9) of FreeBSD 14.
 */
void vm_page_busy_sleep_unlocked(vm_object_t obj, vm_page_t m, vm_pindex_t pindex,
				 const char *wmesg, int allocflags);

/**
 * vm_page_xbusy_claim() - take an exclusive busy over from another task
 * @m: exclusively busied page
 *
 * Context: Any context.
 *
 * Follows vm_page_busy(9) of FreeBSD 14.
 */
void vm_page_xbusy_claim(vm_page_t m);

/**
 * vm_page_assert_busied() - report a page that is not busied
 * @m: page
 *
 * Context: Any context.
 * Return: true, or false after a report.
 *
 * Follows vm_page_busy(9).
 */
bool vm_page_assert_busied(vm_page_t m);

/**
 * vm_page_assert_sbusied() - report a page that is not busied shared
 * @m: page
 *
 * Context: Any context.
 * Return: true, or false after a report.
 *
 * Follows vm_page_busy(9).
 */
bool vm_page_assert_sbusied(vm_page_t m);

/**
 * vm_page_assert_xbusied() - report a page that the caller has not busied exclusively
 * @m: page
 *
 * Context: Any context.
 * Return: true, or false after a report.
 *
 * Follows vm_page_busy(9).
 */
bool vm_page_assert_xbusied(vm_page_t m);

/**
 * vm_page_assert_unbusied() - report a page that the caller has busied exclusively
 * @m: page
 *
 * Context: Any context.
 * Return: true, or false after a report.
 *
 * Follows vm_page_busy(9).
 */
bool vm_page_assert_unbusied(vm_page_t m);

/*
 * Valid and dirty bits, one for each 512 bytes.  The page is busied by the caller
 * unless said otherwise; ranges are bytes and lie in the page.
 */

/**
 * vm_page_bits() - the bits of a part of a page
 * @base: offset, bytes
 * @size: bytes; @base + @size is at most PAGE_SIZE
 *
 * Context: Any context.
 * Return: a bit for each 512-byte block that the range touches.
 *
 * Follows vm_page_bits(9).
 */
vm_page_bits_t vm_page_bits(int base, int size);

/**
 * vm_page_set_valid_range() - a part of a page has been filled
 * @m: page
 * @base: offset, bytes
 * @size: bytes
 *
 * The rest of a block that becomes valid is zeroed.
 *
 * Context: Any context.
 *
 * Follows vm_page_bits(9).
 */
void vm_page_set_valid_range(vm_page_t m, int base, int size);

/**
 * vm_page_set_validclean() - the same, and the part is clean
 * @m: page
 * @base: offset, bytes
 * @size: bytes
 *
 * Context: Any context.
 *
 * Follows vm_page_bits(9).
 */
void vm_page_set_validclean(vm_page_t m, int base, int size);

/**
 * vm_page_set_invalid() - forget a part of a page
 * @m: page; its object is write-locked
 * @base: offset, bytes
 * @size: bytes
 *
 * Context: Process context.
 *
 * Follows vm_page_bits(9).
 */
void vm_page_set_invalid(vm_page_t m, int base, int size);

/**
 * vm_page_clear_dirty() - a part of a page is clean
 * @m: page
 * @base: offset, bytes
 * @size: bytes
 *
 * Context: Any context.
 *
 * Follows vm_page_bits(9).
 */
void vm_page_clear_dirty(vm_page_t m, int base, int size);

/**
 * vm_page_set_dirty() - all of the page is dirty
 * @m: page
 *
 * Context: Any context.
 * Return: the dirty bits before.
 *
 * Follows vm_page_bits(9) of FreeBSD 14.
 */
vm_page_bits_t vm_page_set_dirty(vm_page_t m);

/**
 * vm_page_zero_invalid() - zero what is not valid
 * @m: page
 * @setvalid: all of it becomes valid
 *
 * Context: Any context.
 *
 * Follows vm_page_bits(9).
 */
void vm_page_zero_invalid(vm_page_t m, boolean_t setvalid);

/**
 * vm_page_is_valid() - is a part of a page valid?
 * @m: page, busied or not
 * @base: offset, bytes
 * @size: bytes
 *
 * Context: Any context.
 * Return: true when some bit is valid and all of the range's are; for @size 0,
 * other than the manual page says, when some bit is valid.
 *
 * Follows vm_page_bits(9).
 */
bool vm_page_is_valid(vm_page_t m, int base, int size);

/**
 * vm_page_valid() - all of a page is valid
 * @m: page
 *
 * Context: Any context.
 *
 * Follows vm_page_bits(9).
 */
void vm_page_valid(vm_page_t m);

/**
 * vm_page_invalid() - no part of a page is valid or dirty
 * @m: page; its object is write-locked
 *
 * Context: Process context.
 *
 * Follows vm_page_bits(9).
 */
void vm_page_invalid(vm_page_t m);

/**
 * vm_page_dirty() - all of a page is dirty
 * @m: page, wholly valid
 *
 * Context: Any context.
 *
 * Follows vm_page_bits(9).
 */
void vm_page_dirty(vm_page_t m);

/**
 * vm_page_undirty() - no part of a page is dirty
 * @m: page
 *
 * Context: Any context.
 *
 * Follows vm_page_bits(9).
 */
void vm_page_undirty(vm_page_t m);

/**
 * vm_page_test_dirty() - ask the mappings for what is dirty; there are none
 * @m: page
 *
 * Context: Any context.
 *
 * Follows vm_page_bits(9).
 */
void vm_page_test_dirty(vm_page_t m);

/* vm_page_ps_test() */
#define PS_ALL_DIRTY	0x1
#define PS_ALL_VALID	0x2
#define PS_NONE_BUSY	0x4

/**
 * vm_page_ps_test() - are all pages of a superpage in this state?
 * @m: first page of the superpage; its object is locked
 * @flags: PS_*
 * @skip_m: page that is not asked, or NULL
 *
 * Context: Process context.
 * Return: true when every page, but @skip_m, is as @flags say and of @m's object.
 *
 * Follows FreeBSD 14; it has no manual page.
 */
bool vm_page_ps_test(vm_page_t m, int flags, vm_page_t skip_m);

/*
 * Page queues.  A page is noted to be on a queue; nothing is linked.  Unmanaged
 * and wired pages, and those about to leave their queue, stay as they are.
 */

/* m->a.act_count */
#define ACT_DECLINE	1
#define ACT_ADVANCE	3
#define ACT_INIT	5
#define ACT_MAX		64

/**
 * vm_page_activate() - a page is in use; its act_count is at least ACT_INIT
 * @m: page
 *
 * Context: Any context.
 *
 * Follows FreeBSD 14; it has no manual page.
 */
void vm_page_activate(vm_page_t m);

/**
 * vm_page_deactivate() - a page goes to the tail of the inactive queue
 * @m: page
 *
 * Context: Any context.
 *
 * Follows vm_page_deactivate(9).
 */
void vm_page_deactivate(vm_page_t m);

/**
 * vm_page_deactivate_noreuse() - a page goes near the head of the inactive queue
 * @m: page
 *
 * Context: Any context.
 *
 * Follows FreeBSD 14; it has no manual page.
 */
void vm_page_deactivate_noreuse(vm_page_t m);

/**
 * vm_page_launder() - a page is to be cleaned
 * @m: page
 *
 * Context: Any context.
 *
 * Follows FreeBSD 14; it has no manual page.
 */
void vm_page_launder(vm_page_t m);

/**
 * vm_page_unswappable() - a page cannot be cleaned now
 * @m: page
 *
 * Context: Any context.
 *
 * Follows FreeBSD 14; it has no manual page.
 */
void vm_page_unswappable(vm_page_t m);

/**
 * vm_page_reference() - a page was used: PGA_REFERENCED
 * @m: page
 *
 * Context: Any context.
 *
 * Follows FreeBSD 14; it has no manual page.
 */
void vm_page_reference(vm_page_t m);

/**
 * vm_page_aflag_set() - set atomic flags
 * @m: page
 * @bits: PGA_*
 *
 * Context: Any context.
 *
 * Follows vm_page_aflag(9).
 */
void vm_page_aflag_set(vm_page_t m, u16 bits);

/**
 * vm_page_aflag_clear() - clear atomic flags
 * @m: page
 * @bits: PGA_*
 *
 * Context: Any context.
 *
 * Follows vm_page_aflag(9).
 */
void vm_page_aflag_clear(vm_page_t m, u16 bits);

/**
 * vm_page_advise() - apply madvise(2) to a page
 * @m: page, for MADV_FREE busied; its object is write-locked
 * @advice: MADV_WILLNEED: activate; MADV_FREE: forget what was written and
 *	deactivate near the head; MADV_DONTNEED: deactivate near the head if clean,
 *	else launder
 *
 * Context: Process context.
 *
 * Follows vm_page_advise(9).
 */
void vm_page_advise(vm_page_t m, int advice);

/**
 * vmpage_xbusy_last() - busy a page of an object that nobody uses any more
 * @m: page; its object is write-locked
 *
 * Waits out a moment in which a lookup without a lock has busied the wrong page.
 *
 * Context: Process context.  May sleep.
 * Return: true; false, and reported, when the page stays busied.
 */
bool vmpage_xbusy_last(vm_page_t m);

/**
 * vmpage_busy_sleep_killable() - vm_page_busy_sleep_unlocked() that a fatal signal ends
 * @obj: object that had the page
 * @m: page
 * @pindex: index at which it was, pages
 * @allocflags: with SBUSY or IGN_SBUSY only an exclusive busy is waited for
 *
 * Context: Process context.  May sleep.
 */
void vmpage_busy_sleep_killable(vm_object_t obj, vm_page_t m, vm_pindex_t pindex, int allocflags);

/**
 * vmpage_reclaim_block() - see to it that there is a free block of 2 MiB
 * @domain: domain
 *
 * If there is none, pages are moved as by vm_page_reclaim_contig(), in little time, for
 * a caller who can do without: no reservation is in its way, only a part of the domain is
 * looked at, of that the block with the fewest pages in use is taken, and more than two
 * blocks' worth of pages are never moved.  After failures the next calls fail at once, until
 * one finds a block.  Less free memory than the target and a block is left alone.  The caller
 * has no object locked.
 *
 * Context: Process context.  May sleep.
 * Return: true when there is one at this moment; others may take it.
 */
bool vmpage_reclaim_block(int domain);

/**
 * vm_page_reclaim_contig() - make room for a run by moving pages
 * @req: VM_ALLOC_* request; its class, and whether it waits
 * @npages: length, pages
 * @low: lowest address of the first byte, bytes
 * @high: highest address, bytes
 * @alignment: of the first byte, bytes; a power of two
 * @boundary: bytes, a power of two; 0 for none
 *
 * Pages that may move are copied to others, their content and index kept: those of
 * objects of type VNODE or that can be swapped, on a page queue, neither wired nor
 * busied, and of the default memory attribute.  Cached ones, and those of which no part
 * is valid, are freed.  Reservations are spared at first, full ones longest.
 *
 * Nothing is allocated: what was freed is on the free lists, for anybody, and the
 * caller repeats its request.  It has no object locked.
 *
 * Context: Process context.  May sleep.
 * Return: 0 when something of use was freed; ENOMEM when that cannot be done now;
 * ERANGE when no segment could ever hold such a run, or the domain could never spare
 * it beside its reserve.
 *
 * Follows FreeBSD 14; it has no manual page.
 */
int vm_page_reclaim_contig(int req, u_long npages, vm_paddr_t low, vm_paddr_t high,
			   u_long alignment, vm_paddr_t boundary);

/**
 * vm_page_reclaim_contig_domain() - vm_page_reclaim_contig() in one domain
 * @domain: domain
 * @req: VM_ALLOC_* request; only its class matters
 * @npages: length, pages
 * @low: lowest address of the first byte, bytes
 * @high: highest address, bytes
 * @alignment: of the first byte, bytes; a power of two
 * @boundary: bytes, a power of two; 0 for none
 *
 * Context: Process context.  May sleep.
 * Return: 0, ENOMEM or ERANGE.
 *
 * Follows FreeBSD 14; it has no manual page.
 */
int vm_page_reclaim_contig_domain(int domain, int req, u_long npages, vm_paddr_t low,
				  vm_paddr_t high, u_long alignment, vm_paddr_t boundary);

/**
 * vm_page_reclaim_contig_domain_ext() - the same for more than one run
 * @domain: domain
 * @req: VM_ALLOC_* request; only its class matters
 * @npages: length of a run, pages
 * @low: lowest address of the first byte, bytes
 * @high: highest address, bytes
 * @alignment: of the first byte, bytes; a power of two
 * @boundary: bytes, a power of two; 0 for none
 * @desired_runs: runs that are wanted, at least 1
 *
 * Context: Process context.  May sleep.
 * Return: 0 when something of use was freed, be it for fewer runs; ENOMEM, ERANGE.
 *
 * Follows FreeBSD 14; it has no manual page.
 */
int vm_page_reclaim_contig_domain_ext(int domain, int req, u_long npages, vm_paddr_t low,
				      vm_paddr_t high, u_long alignment, vm_paddr_t boundary,
				      int desired_runs);

/**
 * vm_page_audit() - check every page
 * @audit: receives what is broken
 * @resident: pages that the objects hold, from vm_object_audit()
 * @cached: cached pages that the objects know of, from vm_object_audit()
 *
 * Invariants 2, 11, 12, 14 and 15.  O(pages).
 *
 * Context: Process context.  May sleep.
 */
void vm_page_audit(struct vm_audit *audit, unsigned long resident, unsigned long cached);

#define VM_PAGE_TO_PHYS(m)	((m)->phys_addr)	/* bytes, page-aligned */
#define PHYS_TO_VM_PAGE(pa)	vm_phys_paddr_to_vm_page(pa)

static inline int vm_page_domain(vm_page_t m)
{
	return m->domain;
}

/*
 * The segment of a page.  The table of segments may be replaced by a larger one
 * at any time: the caller holds a free lock or rcu_read_lock(), or runs with
 * interrupts off.  The segment itself stays until vm_phys_fini().
 */
static inline struct vm_phys_seg *vm_phys_seg(const struct vm_page *m)
{
	return READ_ONCE(vm_phys_segs)[m->segind];
}

static inline bool vm_page_busied(vm_page_t m)
{
	return READ_ONCE(m->busy_lock) != VPB_UNBUSIED;
}

static inline bool vm_page_xbusied(vm_page_t m)
{
	return READ_ONCE(m->busy_lock) & VPB_BIT_EXCLUSIVE;
}

static inline bool vm_page_sbusied(vm_page_t m)
{
	const u_int x = READ_ONCE(m->busy_lock);

	return (x & VPB_BIT_SHARED) && x != VPB_UNBUSIED;
}

static inline bool vm_page_busy_freed(vm_page_t m)
{
	return READ_ONCE(m->busy_lock) == VPB_FREED;
}

static inline bool vm_page_wired(vm_page_t m)
{
	return VPRC_WIRE_COUNT(READ_ONCE(m->ref_count)) > 0;
}

static inline bool vm_page_all_valid(vm_page_t m)
{
	return m->valid == VM_PAGE_BITS_ALL;
}

static inline bool vm_page_any_valid(vm_page_t m)
{
	return m->valid != 0;
}

static inline bool vm_page_none_valid(vm_page_t m)
{
	return m->valid == 0;
}

/* The queue a page is on, or PQ_NONE when it is about to leave it. */
static inline u8 vm_page_queue(vm_page_t m)
{
	return m->a.flags & PGA_DEQUEUE ? PQ_NONE : m->a.queue;
}

/*
 * Whose pages these are.  A source that defines VMPAGE_KPI_ERA as 12 or 9 before its
 * first include gets the requests, signatures and rules of that FreeBSD instead.
 */
#ifndef VMPAGE_KPI_ERA
#define VMPAGE_KPI_ERA	14
#endif
#if VMPAGE_KPI_ERA == 12
#include <vm/vm_page_era12.h>
#elif VMPAGE_KPI_ERA == 9
#include <vm/vm_page_era9.h>
#elif VMPAGE_KPI_ERA != 14
#error "VMPAGE_KPI_ERA is 14, 12 or 9"
#endif

#endif /* _VM_PAGE_H_ */
