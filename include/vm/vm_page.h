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
 */
#ifndef _VM_PAGE_H_
#define _VM_PAGE_H_

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/list.h>
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
 * (w) whoever owns the page: the free list, or the caller that allocated it.
 */
struct vm_page {
	union {
		struct list_head q;	/* (w) free list */
		struct {
			struct vm_page *ss;	/* (w) singly linked list */
			void *pv;	/* (w) private to the owner */
		} s;
	} plinks;
	vm_object_t object;		/* (o) NULL outside an object */
	vm_pindex_t pindex;		/* (o) pages; the owner's outside an object */
	vm_paddr_t phys_addr;		/* (c) bytes */
	u_int busy_lock;		/* (a) VPB_* */
	u_int ref_count;		/* (a) VPRC_OBJREF and the wire count */
	union vm_page_astate a;		/* (a) */
	u8 flags;			/* (w) PG_* */
	u8 oflags;			/* (o) VPO_* */
	vm_page_bits_t valid;		/* (b) */
	vm_page_bits_t dirty;		/* (b) */
	u16 segind;			/* (c) index of the segment */
	u8 domain;			/* (c) NUMA node id */
	u8 order;			/* (f) of the block it heads, or VM_NFREEORDER */
	u8 pool;			/* (f) VM_FREEPOOL_* */
	s8 psind;			/* (o) 1 for the first page of a full reservation */
	vm_memattr_t memattr;		/* (b) VM_MEMATTR_* */
};

static_assert(sizeof(struct vm_page) <= 64);

/* m->flags */
#define PG_PCPU_CACHE	0x01		/* from a per-CPU page cache */
#define PG_FICTITIOUS	0x02		/* no real page behind */
#define PG_ZERO		0x04		/* content known to be zero */
#define PG_MARKER	0x08		/* not a page: a place in a queue */
#define PG_NODUMP	0x10		/* not for a crash dump */

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
 *	object	accepted by vm_page_alloc(), _domain()
 *	noobj	accepted by vm_page_alloc_noobj(), _domain()
 *	contig	accepted by vm_page_alloc_noobj_contig(), _domain()
 *
 *			object	noobj	contig
 *	class		yes	yes	yes	how far the free count may fall
 *	WIRED		yes	yes	yes	wire count 1
 *	ZERO		ignored	yes	yes	the content is zero
 *	NORECLAIM	no	no	yes	break no reservation for it
 *	NOBUSY		yes	yes	yes	not busied; no page without object is
 *	NODUMP		yes	yes	yes	PG_NODUMP
 *	SBUSY		yes	no	no	busied shared instead of exclusive
 *	NOWAIT		yes	yes	yes	do not sleep; nothing sleeps so far
 *	COUNT(n)	yes	yes	yes	a hint: n pages will be asked for
 *
 * Anything else, and NOBUSY with SBUSY, is reported once and refused.
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
 * @object: object, write-locked; it stays locked
 * @pindex: index in @object, pages; no page is resident there
 * @req: VM_ALLOC_* request
 *
 * The page is exclusively busied unless SBUSY or NOBUSY is asked for.  Its
 * content is undefined unless PG_ZERO is set in its flags.
 *
 * Context: Process context.  Does not sleep.
 * Return: the page, or NULL when no domain can give one or the index has no
 * memory for a node.
 *
 * Follows vm_page_alloc(9) of FreeBSD 14.
 */
vm_page_t vm_page_alloc(vm_object_t object, vm_pindex_t pindex, int req);

/**
 * vm_page_alloc_domain() - vm_page_alloc() from one domain
 * @object: object, write-locked; it stays locked
 * @pindex: index in @object, pages; no page is resident there
 * @domain: domain to take from
 * @req: VM_ALLOC_* request
 *
 * Context: Process context.  Does not sleep.
 * Return: the page, or NULL.
 *
 * Follows vm_page_alloc(9) of FreeBSD 14.
 */
vm_page_t vm_page_alloc_domain(vm_object_t object, vm_pindex_t pindex, int domain, int req);

/**
 * vmpage_alloc_promised() - allocate a page that was promised
 * @object: object, write-locked; it stays locked
 * @pindex: index in @object, pages; no page is resident there
 * @domain: domain in which the caller holds at least one vmpage_promise()
 * @req: VM_ALLOC_* request; its class does not matter
 *
 * One promise is used up when, and only when, a page is returned.
 *
 * Context: Process context.  Does not sleep.
 * Return: the page, or NULL when the index has no memory for a node.
 */
vm_page_t vmpage_alloc_promised(vm_object_t object, vm_pindex_t pindex, int domain, int req);

/**
 * vm_page_alloc_noobj() - allocate a page that belongs to no object
 * @req: VM_ALLOC_* request
 *
 * The page is not busied; its pindex is free for the caller to use.  With ZERO
 * the content is zero, else undefined unless PG_ZERO is set in its flags.
 *
 * Context: Any context, hard interrupt included.
 * Return: the page, or NULL when no domain can give one.
 *
 * Follows vm_page_alloc(9) of FreeBSD 14.
 */
vm_page_t vm_page_alloc_noobj(int req);

/**
 * vm_page_alloc_noobj_domain() - vm_page_alloc_noobj() from one domain
 * @domain: domain to take from
 * @req: VM_ALLOC_* request
 *
 * Context: Any context, hard interrupt included.
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
 * @memattr: VM_MEMATTR_DEFAULT; nothing else is accepted so far
 *
 * Context: Any context, hard interrupt included.
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
 * Context: Any context, hard interrupt included.
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
 * vm_page_insert() - put a page into an object
 * @m: page without an object
 * @object: object, write-locked
 * @pindex: index, pages; no page is resident there
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
 * vm_page_audit() - check every page
 * @audit: receives what is broken
 * @resident: pages that the objects hold, from vm_object_audit()
 *
 * Invariants 2, 11, 12 and 14.  O(pages).
 *
 * Context: Process context.  May sleep.
 */
void vm_page_audit(struct vm_audit *audit, unsigned long resident);

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

/* The queue a page is on, or PQ_NONE when it is about to leave it. */
static inline u8 vm_page_queue(vm_page_t m)
{
	return m->a.flags & PGA_DEQUEUE ? PQ_NONE : m->a.queue;
}

#endif /* _VM_PAGE_H_ */
