// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Free lists and the buddy allocator.
 *
 * A block is on the list of its order and pool, of the domain and address range
 * that its segment belongs to.  Its first page has its order; all other pages,
 * free or not, have VM_NFREEORDER.  So a block's buddy is free exactly when the
 * buddy's first page has the block's order: a page that is in use, or left for
 * good with its chunk, never looks like one.
 *
 * Of a free block only the first page says in which pool it is.  A page that is
 * handed out is told its pool then, since it may come back alone.  So splitting
 * and merging touch one page for each order, whatever the size of the block.  But a
 * chunk that is handed out whole for pool DEFAULT is told nothing if it has served no
 * other since it was: then all of its pages have that pool, but perhaps the first, which
 * heads blocks.  Whoever gives pages another pool calls vm_phys_mix() for their chunk.
 *
 * What is taken or left over goes to the ends of the lists as FreeBSD does it,
 * since the order of reuse is part of the behaviour: blocks are taken from the
 * head; freed ones and what is left of a split one go to the tail; what is left
 * of a contiguous run, or of a block that a page was taken out of, to the head.
 */
#include <linux/bitmap.h>
#include <linux/bits.h>
#include <linux/export.h>
#include <linux/log2.h>
#include <linux/sched.h>
#include <sys/systm.h>
#include "vm_audit.h"
#include "vm_machine.h"
#include "vm_phys_priv.h"

#define VM_PHYS_ORDER_MAX	(VM_NFREEORDER - 1)
#define VM_PHYS_BLOCK_MAX	BIT(VM_PHYS_ORDER_MAX)	/* pages */

/*
 * A run of pages and where it may lie.
 */
struct vm_phys_want {
	u_long npages;
	vm_paddr_t size;	/* of the run, bytes */
	vm_paddr_t low;
	vm_paddr_t high;
	u_long alignment;
	vm_paddr_t boundary;
};

static inline bool vm_phys_pool_ok(int pool)
{
	return pool >= 0 && pool < VM_NFREEPOOL;
}

static inline bool vm_phys_order_ok(int order)
{
	return order >= 0 && order < VM_NFREEORDER;
}

/*
 * Chunks that a crash dump leaves out
 *
 * Only blocks of at least a chunk make one wholly free, so that smaller ones cost
 * a comparison.  Of a larger block that is split, the chunks that stay free keep
 * their mark.
 */

static bool vm_phys_all_dumped;		/* vm_phys_dump_all(): no chunk has a mark */

/* The first one to become free wakes who could clear it. */
static void vm_phys_count_unzeroed(struct vm_domain *vmd, bool more)
{
	if (!more)
		atomic_dec(&vmd->vmd_unzeroed);
	else if (atomic_inc_return(&vmd->vmd_unzeroed) == 1)
		rcuwait_wake_up(&vmd->vmd_zero_wait);
}

/* The state of a chunk was @old and is @new; the lock is held since before that. */
static void vm_phys_chunk_mark(struct vm_phys_seg *seg, unsigned int chunk, u16 old, u16 new)
{
	const bool was_hidden = vm_phys_chunk_hidden(old);

	if (vm_phys_chunk_hidden(new) != was_hidden && !READ_ONCE(vm_phys_all_dumped))
		vm_machine_chunk_nodump(vm_phys_chunk_pa(seg, chunk), !was_hidden);
}

void vm_phys_chunk_set(struct vm_phys_seg *seg, unsigned int chunk, u16 state)
{
	const u16 old = seg->chunks[chunk];

	WRITE_ONCE(seg->chunks[chunk], state);
	vm_phys_chunk_mark(seg, chunk, old, state);
	if (vm_phys_chunk_unzeroed(state) != vm_phys_chunk_unzeroed(old))
		vm_phys_count_unzeroed(VM_DOMAIN(seg->domain), vm_phys_chunk_unzeroed(state));
}

static void vm_phys_dump_seg(struct vm_phys_seg *seg, bool all)
{
	struct vm_domain *vmd = VM_DOMAIN(seg->domain);
	unsigned int chunk;
	unsigned long flags;

	for (chunk = 0; chunk <= vm_phys_chunk(seg, seg->end - 1); chunk++) {
		vm_domain_free_lock(vmd, flags);
		if (vm_phys_chunk_hidden(seg->chunks[chunk]))
			vm_machine_chunk_nodump(vm_phys_chunk_pa(seg, chunk), !all);
		vm_domain_free_unlock(vmd, flags);
	}
}

/* Who changes a chunk meanwhile does so under the lock, before or after this. */
void vm_phys_dump_all(bool all)
{
	const unsigned int nsegs = smp_load_acquire(&vm_phys_nsegs);	/* before the table */
	unsigned int segind;

	WRITE_ONCE(vm_phys_all_dumped, all);
	for (segind = 0; segind < nsegs; segind++)
		vm_phys_dump_seg(vm_phys_seg_at(segind), all);
}

void vm_phys_chunks_freed(struct vm_phys_seg *seg, vm_paddr_t pa, vm_paddr_t pa_end)
{
	unsigned int chunk = vm_phys_chunk(seg, pa);

	for (; chunk < vm_phys_chunk(seg, pa_end); chunk++)
		vm_phys_chunk_set(seg, chunk, seg->chunks[chunk] | VM_PHYS_CHUNK_FREE);
}

/* Pages of these chunks, not only the first, may now be of another pool than DEFAULT. */
static noinline void vm_phys_mix(struct vm_phys_seg *seg, vm_page_t m, u_long npages)
{
	const unsigned int first = vm_phys_chunk(seg, m->phys_addr);
	const unsigned int last = vm_phys_chunk(seg, m->phys_addr + ptoa(npages) - 1);

	bitmap_set(seg->mixed, first, last - first + 1);
}

/* A run is freed to the pool of its first page, whatever chunks it reaches into. */
static void vm_phys_mix_run(struct vm_phys_seg *seg, vm_page_t m, u_long npages)
{
	const u_long lo = atop(m->phys_addr);

	if (m->pool != VM_FREEPOOL_DEFAULT && (lo ^ (lo + npages - 1)) >= VM_LEVEL_0_NPAGES)
		vm_phys_mix(seg, m, npages);
}

/* The pages from @m on were taken for a pool, out of blocks of whatever size. */
static void vm_phys_chunks_taken(vm_page_t m, u_long npages, int pool)
{
	struct vm_phys_seg *seg = vm_phys_seg(m);
	const unsigned int last = vm_phys_chunk(seg, m->phys_addr + ptoa(npages) - 1);
	unsigned int chunk = vm_phys_chunk(seg, m->phys_addr);

	for (; chunk <= last; chunk++) {
		if (seg->chunks[chunk] & VM_PHYS_CHUNK_FREE)
			vm_phys_chunk_set(seg, chunk, 0);
	}
	if (pool != VM_FREEPOOL_DEFAULT)
		vm_phys_mix(seg, m, npages);
}

/*
 * While a chunk has a page that is in use, its state is the count of those with
 * PG_NODUMP.  So it may be changed without the lock, unless that changes the mark.
 */
static bool vm_phys_nodump_quick(u16 *state, int n)
{
	u16 old = READ_ONCE(*state);

	while (!vm_phys_chunk_hidden(old) && !vm_phys_chunk_hidden(old + n)) {
		if (try_cmpxchg(state, &old, old + n))
			return true;
	}
	return false;
}

void vm_phys_nodump(vm_page_t m, bool nodump)
{
	struct vm_domain *vmd = VM_DOMAIN(m->domain);
	struct vm_phys_seg *seg = vm_phys_seg(m);
	const unsigned int chunk = vm_phys_chunk(seg, m->phys_addr);
	u16 *state = &seg->chunks[chunk];
	const int n = nodump ? 1 : -1;
	unsigned long flags;
	u16 old, count;

	if (vm_phys_nodump_quick(state, n))
		return;
	vm_domain_free_lock(vmd, flags);
	old = READ_ONCE(*state);
	do {
		count = old & ~VM_PHYS_CHUNK_FREE;
		if (!vm_assert(nodump ? count < VM_LEVEL_0_NPAGES : count > 0))
			break;
		if (try_cmpxchg(state, &old, old + n)) {
			vm_phys_chunk_mark(seg, chunk, old, old + n);
			break;
		}
	} while (true);
	vm_domain_free_unlock(vmd, flags);
}

/*
 * Free lists
 */

/* One of the queues of a list.  Of a pointer no bounds are checked, which costs. */
static __always_inline struct vm_freelist *
vm_phys_queue(struct vm_freelist (*queues)[VM_NFREEORDER], int pool, int order)
{
	return *(queues + pool) + order;
}

static inline void vm_freelist_add(struct vm_freelist *fl, vm_page_t m, int order, int pool,
				   bool tail)
{
	m->order = order;
	m->pool = pool;
	if (tail)
		list_add_tail(&m->plinks.q, &fl->pl);
	else
		list_add(&m->plinks.q, &fl->pl);
	fl->lcnt++;
}

/* Its links are written before they are read again, by whoever gets it. */
static inline void vm_freelist_rem(struct vm_freelist *fl, vm_page_t m)
{
	__list_del_entry(&m->plinks.q);
	fl->lcnt--;
	m->order = VM_NFREEORDER;
}

static inline vm_page_t vm_freelist_first(struct vm_freelist *fl)
{
	return list_first_entry_or_null(&fl->pl, struct vm_page, plinks.q);
}

static __always_inline bool vm_phys_set_pool_some(vm_page_t m, u_long npages, void *pool)
{
	u_long i;

#pragma GCC unroll 32
	for (i = 0; i < npages; i++)
		m[i].pool = *(int *)pool;
	return true;
}

/* A run that begins with a chunk.  Of most chunks only the first page need be written. */
static noinline void vm_phys_set_pool_default(vm_page_t m, u_long npages)
{
	struct vm_phys_seg *seg = vm_phys_seg(m);
	unsigned int chunk = vm_phys_chunk(seg, m->phys_addr);
	int pool = VM_FREEPOOL_DEFAULT;

	for (; npages >= VM_LEVEL_0_NPAGES; npages -= VM_LEVEL_0_NPAGES) {
		m->pool = pool;
		if (__test_and_clear_bit(chunk++, seg->mixed))
			vm_phys_run_steps(m, VM_LEVEL_0_NPAGES, vm_phys_set_pool_some, &pool);
		m += VM_LEVEL_0_NPAGES;
	}
	vm_phys_run_steps(m, npages, vm_phys_set_pool_some, &pool);
}

static void vm_phys_set_pool(vm_page_t m, u_long npages, int pool)
{
	if (npages >= VM_LEVEL_0_NPAGES && pool == VM_FREEPOOL_DEFAULT)
		vm_phys_set_pool_default(m, npages);
	else
		vm_phys_run_steps(m, npages, vm_phys_set_pool_some, &pool);
}

/* Halve a block until its lower part has @order; the upper halves become free. */
static inline void vm_phys_split_pages(vm_page_t m, int oind, struct vm_freelist *fl, int pool,
				       int order)
{
	if (oind >= VM_LEVEL_0_ORDER)
		vm_phys_chunks_taken(m, 1UL << order, pool);
	while (oind > order) {
		oind--;
		vm_freelist_add(&fl[oind], &m[1UL << oind], oind, pool, true);
	}
}

/*
 * Free [m, m + npages), whose end is aligned to the largest power of two in
 * npages, as blocks of growing size.
 */
static void vm_phys_enq_range(vm_page_t m, u_long npages, struct vm_freelist *fl, int pool,
			      bool tail)
{
	while (npages > 0) {
		const int order = __ffs(npages);

		vm_freelist_add(&fl[order], m, order, pool, tail);
		m += 1UL << order;
		npages -= 1UL << order;
	}
}

/* Free [m, m + npages), whose start is aligned, as blocks of shrinking size. */
static void vm_phys_enq_beg(vm_page_t m, u_long npages, struct vm_freelist *fl, int pool)
{
	while (npages > 0) {
		const int order = min_t(int, __fls(npages), VM_PHYS_ORDER_MAX);

		vm_freelist_add(&fl[order], m, order, pool, true);
		m += 1UL << order;
		npages -= 1UL << order;
	}
}

/* Free a run as the largest aligned blocks it consists of. */
static void vm_phys_enqueue_seg_contig(struct vm_phys_seg *seg, vm_page_t m, u_long npages,
				       int pool)
{
	struct vm_freelist *fl = seg->free_queues[pool];
	const u_long lo = atop(m->phys_addr);
	u_long diff = lo ^ (lo + npages - 1);
	u_long head = 0;

	/* Up to where the largest block of the run can start, blocks grow. */
	if (diff) {
		const int top = min_t(int, __fls(diff), VM_PHYS_ORDER_MAX);

		head = -lo & ((1UL << top) - 1);
	}
	vm_phys_enq_range(m, head, fl, pool, true);
	vm_phys_enq_beg(m + head, npages - head, fl, pool);
	if (npages >= VM_LEVEL_0_NPAGES)
		vm_phys_chunks_freed(seg, ALIGN(ptoa(lo), VM_PHYS_FRAME_SIZE), ptoa(lo + npages));
}

/* Free a block and merge it with its buddies; the pool is that of @m. */
static inline void vm_phys_free_seg_pages(struct vm_phys_seg *seg, vm_page_t m, int order)
{
	struct vm_freelist (*queues)[VM_NFREEORDER] = seg->free_queues;
	const vm_paddr_t pa_end = m->phys_addr + ((vm_paddr_t)PAGE_SIZE << order);
	const vm_paddr_t pa_start = m->phys_addr;
	const int pool = m->pool;
	vm_paddr_t pa = m->phys_addr;

	while (order < VM_PHYS_ORDER_MAX) {
		const vm_paddr_t pa_buddy = pa ^ ((vm_paddr_t)PAGE_SIZE << order);
		vm_page_t m_buddy;

		if (pa_buddy < seg->start || pa_buddy >= seg->end)
			break;
		m_buddy = vm_phys_seg_page(seg, pa_buddy);
		if (m_buddy->order != order)
			break;
		vm_freelist_rem(vm_phys_queue(queues, m_buddy->pool, order), m_buddy);
		if (pa_buddy < pa) {
			pa = pa_buddy;
			m = m_buddy;
		}
		order++;
	}
	vm_freelist_add(vm_phys_queue(queues, pool, order), m, order, pool, true);
	/* Of the chunks of the block, those that the freed pages are in are new. */
	if (order >= VM_LEVEL_0_ORDER)
		vm_phys_chunks_freed(seg, pa_start, ALIGN(pa_end, VM_PHYS_FRAME_SIZE));
}

void vm_phys_free_pages(vm_page_t m, int order)
{
	struct vm_phys_seg *seg = vm_phys_seg(m);

	vm_domain_free_assert_locked(VM_DOMAIN(m->domain));
	if (!vm_assert(vm_phys_order_ok(order)))
		return;
	if (!vm_assert(m->order == VM_NFREEORDER))
		return;
	if (!vm_assert(IS_ALIGNED(m->phys_addr, (vm_paddr_t)PAGE_SIZE << order) &&
		       vm_phys_run_ok(seg, m, 1UL << order)))
		return;
	vm_phys_free_seg_pages(seg, m, order);
}
EXPORT_SYMBOL_GPL(vm_phys_free_pages);

void vm_phys_enqueue_seg(struct vm_phys_seg *seg)
{
	vm_domain_free_assert_locked(VM_DOMAIN(seg->domain));
	vm_phys_enqueue_seg_contig(seg, seg->first_page, atop(seg->end - seg->start),
				   VM_FREEPOOL_DEFAULT);
}

void vm_phys_enqueue_contig(vm_page_t m, u_long npages)
{
	struct vm_phys_seg *seg = vm_phys_seg(m);

	vm_domain_free_assert_locked(VM_DOMAIN(m->domain));
	if (!vm_assert(m->order == VM_NFREEORDER && vm_phys_run_ok(seg, m, npages)))
		return;
	vm_phys_mix_run(seg, m, npages);
	vm_phys_enqueue_seg_contig(seg, m, npages, m->pool);
}
EXPORT_SYMBOL_GPL(vm_phys_enqueue_contig);

/*
 * Free a run of more than one block.  Only the outer two can have a free buddy: that of
 * any other lies inside the run and would be one block with it.  They come last, when
 * what they may grow into is on the lists.
 */
static noinline void vm_phys_free_blocks(struct vm_phys_seg *seg, vm_page_t m, u_long npages)
{
	const u_long lo = atop(m->phys_addr), hi = lo + npages;
	const u_long most = rounddown_pow_of_two(npages);
	const u_long first = min(1UL << __ffs(lo | VM_PHYS_BLOCK_MAX), most);
	const u_long last = min(1UL << __ffs(hi | VM_PHYS_BLOCK_MAX), most);
	vm_page_t m_last = m + npages - last;

	vm_phys_mix_run(seg, m, npages);
	if (first + last < npages)
		vm_phys_enqueue_seg_contig(seg, m + first, npages - first - last, m->pool);
	m_last->pool = m->pool;
	vm_phys_free_seg_pages(seg, m, __fls(first));
	vm_phys_free_seg_pages(seg, m_last, __fls(last));
}

void vm_phys_free_contig(vm_page_t m, u_long npages)
{
	struct vm_phys_seg *seg = vm_phys_seg(m);
	const u_long lo = atop(m->phys_addr);

	vm_domain_free_assert_locked(VM_DOMAIN(m->domain));
	if (!vm_assert(m->order == VM_NFREEORDER && vm_phys_run_ok(seg, m, npages)))
		return;

	if (is_power_of_2(npages) && npages <= VM_PHYS_BLOCK_MAX && IS_ALIGNED(lo, npages))
		vm_phys_free_seg_pages(seg, m, __fls(npages));
	else
		vm_phys_free_blocks(seg, m, npages);
}
EXPORT_SYMBOL_GPL(vm_phys_free_contig);

void vm_phys_free_runs(vm_page_t m)
{
	vm_page_t m_next;

	for (; m; m = m_next) {
		const u_long npages = (u_long)m->plinks.s.pv;

		m_next = m->plinks.s.ss;
		if (npages > 1)
			vm_phys_free_contig(m, npages);
		else if (vm_assert(m->order == VM_NFREEORDER))
			vm_phys_free_seg_pages(vm_phys_seg(m), m, 0);
	}
}

/*
 * Power-of-two runs
 */

/*
 * The largest block of another pool; the rest of it changes pool too.  With the
 * largest, one theft serves long and the pools mix in as few places as can be.
 */
static vm_page_t vm_phys_steal_pages(struct vm_freelist (*queues)[VM_NFREEORDER], int pool,
				     int order)
{
	int oind, pind;

	for (oind = VM_PHYS_ORDER_MAX; oind >= order; oind--) {
		for (pind = 0; pind < VM_NFREEPOOL; pind++) {
			vm_page_t m = vm_freelist_first(vm_phys_queue(queues, pind, oind));

			if (!m)
				continue;
			vm_freelist_rem(vm_phys_queue(queues, pind, oind), m);
			vm_phys_split_pages(m, oind, queues[pool], pool, order);
			if (oind < VM_LEVEL_0_ORDER && pool != VM_FREEPOOL_DEFAULT)
				vm_phys_mix(vm_phys_seg(m), m, 1);
			return m;
		}
	}
	return NULL;
}

/*
 * From one list.  The smallest block that is large enough keeps the larger ones
 * whole.
 */
static inline vm_page_t vm_phys_alloc_queues_pages(struct vm_freelist (*queues)[VM_NFREEORDER],
						   int pool, int order)
{
	struct vm_freelist *fl = queues[pool];
	vm_page_t m = NULL;
	int oind;

	for (oind = order; oind < VM_NFREEORDER; oind++) {
		m = vm_freelist_first(&fl[oind]);
		if (m) {
			vm_freelist_rem(&fl[oind], m);
			vm_phys_split_pages(m, oind, fl, pool, order);
			break;
		}
	}
	if (!m)
		m = vm_phys_steal_pages(queues, pool, order);
	if (m)
		vm_phys_set_pool(m, 1UL << order, pool);
	return m;
}

vm_page_t vm_phys_alloc_pages(int domain, int pool, int order)
{
	struct vm_domain *vmd;
	vm_page_t m;
	int flind;

	if (!vm_assert(vmpage_domain_exists(domain)))
		return NULL;
	if (!vm_assert(vm_phys_pool_ok(pool) && vm_phys_order_ok(order)))
		return NULL;
	vmd = VM_DOMAIN(domain);
	vm_domain_free_assert_locked(vmd);

	for (flind = 0; flind < vm_nfreelists; flind++) {
		m = vm_phys_alloc_queues_pages(vm_phys_queues(vmd, flind), pool, order);
		if (m)
			return m;
	}
	return NULL;
}
EXPORT_SYMBOL_GPL(vm_phys_alloc_pages);

vm_page_t vm_phys_alloc_freelist_pages(int domain, int freelist, int pool, int order)
{
	struct vm_domain *vmd;
	int flind;

	if (!vm_assert(vmpage_domain_exists(domain)))
		return NULL;
	if (!vm_assert(freelist >= 0 && freelist < VM_NFREELIST))
		return NULL;
	if (!vm_assert(vm_phys_pool_ok(pool) && vm_phys_order_ok(order)))
		return NULL;
	vmd = VM_DOMAIN(domain);
	vm_domain_free_assert_locked(vmd);

	flind = vm_freelist_to_flind[freelist];
	if (flind < 0)
		return NULL;
	return vm_phys_alloc_queues_pages(vm_phys_queues(vmd, flind), pool, order);
}
EXPORT_SYMBOL_GPL(vm_phys_alloc_freelist_pages);

/*
 * Any pages
 */

/*
 * Move up to @want pages of the first blocks of one queue into @ma.  What the
 * last block has too much goes to the queues @fl of @pool.
 */
static int vm_phys_drain_queue(struct vm_freelist *queue, int order, struct vm_freelist *fl,
			       int pool, int want, vm_page_t ma[])
{
	int i, n, got = 0;
	vm_page_t m;

	while (got < want && (m = vm_freelist_first(queue))) {
		vm_freelist_rem(queue, m);
		if (!order) {
			m->pool = pool;
			ma[got++] = m;
			continue;
		}
		n = min(want - got, 1 << order);
		if (order >= VM_LEVEL_0_ORDER)
			vm_phys_chunks_taken(m, n, pool);
		for (i = 0; i < n; i++) {
			m[i].pool = pool;
			ma[got++] = m + i;
		}
		vm_phys_enq_range(m + n, (1 << order) - n, fl, pool, true);
	}
	return got;
}

/* Pages of smaller blocks than a chunk, which were of another pool. */
static void vm_phys_mix_each(vm_page_t ma[], int npages)
{
	int i;

	for (i = 0; i < npages; i++)
		vm_phys_mix(vm_phys_seg(ma[i]), ma[i], 1);
}

/*
 * From one list.  Small blocks go first: whoever wants single pages uses up what
 * is of no use to others.
 */
static int vm_phys_drain_queues(struct vm_freelist (*queues)[VM_NFREEORDER], int pool, int want,
				vm_page_t ma[])
{
	struct vm_freelist *fl = queues[pool];
	int order, pind, n, got = 0;

	for (order = 0; order < VM_NFREEORDER && got < want; order++)
		got += vm_phys_drain_queue(&fl[order], order, fl, pool, want - got, ma + got);
	for (order = VM_PHYS_ORDER_MAX; order >= 0 && got < want; order--) {
		for (pind = 0; pind < VM_NFREEPOOL && got < want; pind++) {
			n = vm_phys_drain_queue(vm_phys_queue(queues, pind, order), order, fl, pool,
						want - got, ma + got);
			if (order < VM_LEVEL_0_ORDER && pool != VM_FREEPOOL_DEFAULT)
				vm_phys_mix_each(ma + got, n);
			got += n;
		}
	}
	return got;
}

int vm_phys_alloc_npages(int domain, int pool, int npages, vm_page_t ma[])
{
	struct vm_domain *vmd;
	int flind, got = 0;

	if (!vm_assert(vmpage_domain_exists(domain)))
		return 0;
	if (!vm_assert(vm_phys_pool_ok(pool)))
		return 0;
	if (!vm_assert(npages > 0 && npages <= (int)VM_PHYS_BLOCK_MAX))
		return 0;
	vmd = VM_DOMAIN(domain);
	vm_domain_free_assert_locked(vmd);

	for (flind = 0; flind < vm_nfreelists && got < npages; flind++)
		got += vm_phys_drain_queues(vm_phys_queues(vmd, flind), pool, npages - got,
					    ma + got);
	return got;
}
EXPORT_SYMBOL_GPL(vm_phys_alloc_npages);

/*
 * Contiguous runs
 */

static inline bool vm_phys_addr_ok(const struct vm_phys_want *want, vm_paddr_t pa)
{
	return vm_addr_ok(pa, want->size, want->alignment, want->boundary);
}

/* The first block of at least the run's size that starts where the run may. */
static vm_page_t vm_phys_find_block(struct vm_freelist (*queues)[VM_NFREEORDER], int order,
				    const struct vm_phys_want *want)
{
	int oind, pind;
	vm_page_t m;

	for (oind = order; oind < VM_NFREEORDER; oind++) {
		for (pind = 0; pind < VM_NFREEPOOL; pind++) {
			list_for_each_entry(m, &vm_phys_queue(queues, pind, oind)->pl, plinks.q) {
				if (m->phys_addr >= want->low &&
				    m->phys_addr + want->size <= want->high &&
				    vm_phys_addr_ok(want, m->phys_addr))
					return m;
			}
		}
	}
	return NULL;
}

/* Is there a free block of the largest order at @pa? */
static bool vm_phys_largest_at(const struct vm_phys_seg *seg, vm_paddr_t pa)
{
	return pa >= seg->start && pa < seg->end &&
	       vm_phys_seg_page(seg, pa)->order == VM_PHYS_ORDER_MAX;
}

/*
 * The first place for the run in the chain of adjacent largest blocks that
 * starts at @m.
 */
static vm_page_t vm_phys_find_in_chain(const struct vm_phys_seg *seg, vm_page_t m,
				       const struct vm_phys_want *want)
{
	const vm_paddr_t step = ptoa(VM_PHYS_BLOCK_MAX);
	vm_paddr_t pa_run = m->phys_addr;
	vm_paddr_t pa;

	for (pa = pa_run; vm_phys_largest_at(seg, pa); pa += step) {
		while (pa_run <= pa && !vm_phys_addr_ok(want, pa_run))
			pa_run += step;
		if (want->size > want->high - min(pa_run, want->high))
			return NULL;
		if (pa_run + want->size <= pa + step)
			return vm_phys_seg_page(seg, pa_run);
	}
	return NULL;
}

/* A run longer than the largest block: a chain of those. */
static vm_page_t vm_phys_find_chain(struct vm_freelist (*queues)[VM_NFREEORDER],
				    const struct vm_phys_want *want)
{
	const vm_paddr_t step = ptoa(VM_PHYS_BLOCK_MAX);
	vm_page_t m, m_run;
	int pind;

	for (pind = 0; pind < VM_NFREEPOOL; pind++) {
		list_for_each_entry(m, &queues[pind][VM_PHYS_ORDER_MAX].pl, plinks.q) {
			const struct vm_phys_seg *seg = vm_phys_seg(m);

			if (m->phys_addr < want->low)
				continue;
			/* Each chain is walked once, from its start. */
			if (m->phys_addr >= want->low + step &&
			    vm_phys_largest_at(seg, m->phys_addr - step))
				continue;
			m_run = vm_phys_find_in_chain(seg, m, want);
			if (m_run)
				return m_run;
		}
	}
	return NULL;
}

/*
 * Take the blocks that begin inside the run off their queues.  They are of one order, for
 * several make a run only if it is longer than the largest block.
 */
static void vm_phys_take_run(struct vm_freelist (*queues)[VM_NFREEORDER], vm_page_t m,
			     u_long npages)
{
	u_long taken = 0;
	int order;

	do {
		vm_page_t m_block = m + taken;

		order = m_block->order;
		taken += 1UL << order;
		vm_freelist_rem(vm_phys_queue(queues, m_block->pool, order), m_block);
	} while (taken < npages);
	if (order >= VM_LEVEL_0_ORDER)
		vm_phys_chunks_taken(m, npages, VM_FREEPOOL_DEFAULT);
	if (taken > npages)
		vm_phys_enq_range(m + npages, taken - npages, queues[VM_FREEPOOL_DEFAULT],
				  VM_FREEPOOL_DEFAULT, false);
	vm_phys_set_pool(m, npages, VM_FREEPOOL_DEFAULT);
}

/*
 * The search is by queue sets, highest addresses first, and does not look at
 * segments.  A walk of the segments from the highest down, searching the set of
 * each that overlaps [low, high) enough, gives the same: the lists' address
 * ranges do not interleave, a set is searched without regard to the segment it
 * was reached by, and whatever is found in it lies in a segment that overlaps
 * enough.  There may be thousands of segments, and the lock is held.
 */
vm_page_t vm_phys_alloc_contig(int domain, u_long npages, vm_paddr_t low, vm_paddr_t high,
			       u_long alignment, vm_paddr_t boundary)
{
	struct vm_phys_want want = {
		.npages = npages, .size = ptoa(npages), .low = low, .high = high,
		.alignment = alignment, .boundary = boundary,
	};
	struct vm_domain *vmd;
	vm_page_t m = NULL;
	int flind;

	if (!vm_assert(vmpage_domain_exists(domain)) || !vm_assert(npages > 0))
		return NULL;
	if (!vm_assert(is_power_of_2(alignment)) || !vm_assert(!(boundary & (boundary - 1))))
		return NULL;
	vmd = VM_DOMAIN(domain);
	vm_domain_free_assert_locked(vmd);
	if (low >= high || npages > atop(high - low))
		return NULL;

	for (flind = 0; flind < vm_nfreelists && !m; flind++) {
		struct vm_freelist (*queues)[VM_NFREEORDER] = vm_phys_queues(vmd, flind);

		if (npages <= VM_PHYS_BLOCK_MAX)
			m = vm_phys_find_block(queues, order_base_2(npages), &want);
		else
			m = vm_phys_find_chain(queues, &want);
		if (m)
			vm_phys_take_run(queues, m, npages);
	}
	return m;
}
EXPORT_SYMBOL_GPL(vm_phys_alloc_contig);

/*
 * Pages and chunks taken out of free blocks
 */

vm_page_t vm_phys_covering_block(const struct vm_phys_seg *seg, vm_paddr_t pa, int order)
{
	for (; order < VM_NFREEORDER; order++) {
		const vm_paddr_t pa_block = pa & -((vm_paddr_t)PAGE_SIZE << order);

		if (pa_block < seg->start)
			return NULL;
		if (vm_phys_seg_page(seg, pa_block)->order == order)
			return vm_phys_seg_page(seg, pa_block);
	}
	return NULL;
}

/*
 * Take the aligned run of 2^order pages at @m out of the block that covers it.
 * The other parts of the block stay free.
 */
static bool vm_phys_carve(struct vm_phys_seg *seg, vm_page_t m, int order)
{
	vm_page_t m_block = vm_phys_covering_block(seg, m->phys_addr, order);
	struct vm_freelist *fl;
	int oind, pool;

	if (!m_block)
		return false;

	oind = m_block->order;
	pool = m_block->pool;
	fl = seg->free_queues[pool];
	vm_freelist_rem(&fl[oind], m_block);
	while (oind > order) {
		vm_page_t m_half = m_block + (1UL << --oind);

		if (m >= m_half)
			swap(m_block, m_half);
		vm_freelist_add(&fl[oind], m_half, oind, pool, false);
	}
	vm_phys_set_pool(m, 1UL << order, pool);
	vm_phys_chunks_taken(m, 1UL << order, pool);
	return true;
}

bool vm_phys_unfree_page(vm_page_t m)
{
	vm_domain_free_assert_locked(VM_DOMAIN(m->domain));
	return vm_phys_carve(vm_phys_seg(m), m, 0);
}
EXPORT_SYMBOL_GPL(vm_phys_unfree_page);

/* Take the small blocks that a chunk consists of, if they are all free. */
static bool vm_phys_gather(struct vm_phys_seg *seg, vm_page_t m)
{
	int i, order;

	for (i = 0; i < VM_LEVEL_0_NPAGES; i += 1 << m[i].order) {
		if (m[i].order == VM_NFREEORDER)
			return false;
	}
	for (i = 0; i < VM_LEVEL_0_NPAGES; i += 1 << order) {
		order = m[i].order;
		vm_freelist_rem(&seg->free_queues[m[i].pool][order], &m[i]);
	}
	return true;
}

bool vm_phys_take_chunk(struct vm_phys_seg *seg, vm_page_t m)
{
	vm_domain_free_assert_locked(VM_DOMAIN(seg->domain));
	if (!vm_phys_carve(seg, m, VM_LEVEL_0_ORDER) && !vm_phys_gather(seg, m))
		return false;
	seg->nabsent++;
	return true;
}

unsigned long vm_phys_listed_pages(struct vm_domain *vmd)
{
	unsigned long npages = 0;
	int flind, pool, order;

	for (flind = 0; flind < vm_nfreelists; flind++) {
		for (pool = 0; pool < VM_NFREEPOOL; pool++) {
			for (order = 0; order < VM_NFREEORDER; order++)
				npages += (unsigned long)
					  vm_phys_queues(vmd, flind)[pool][order].lcnt << order;
		}
	}
	return npages;
}

void vm_phys_take_frame(vm_page_t m_frame, unsigned long *taken)
{
	const struct vm_phys_seg *seg = vm_phys_seg(m_frame);
	unsigned int i, order;

	vm_domain_free_assert_locked(VM_DOMAIN(seg->domain));
	bitmap_zero(taken, VM_LEVEL_0_NPAGES);
	for (i = 0; i < VM_LEVEL_0_NPAGES; i++) {
		const vm_page_t m = m_frame + i;

		order = m->order;
		if (order >= VM_LEVEL_0_ORDER)
			continue;
		vm_freelist_rem(&seg->free_queues[m->pool][order], m);
		vm_phys_set_pool(m, 1UL << order, m->pool);
		bitmap_set(taken, i, 1U << order);
	}
}

void vm_phys_put_frame(vm_page_t m_frame, const unsigned long *taken)
{
	unsigned long first, end;

	for_each_set_bitrange(first, end, taken, VM_LEVEL_0_NPAGES)
		vm_phys_free_contig(m_frame + first, end - first);
}

bool vm_phys_has_block(struct vm_domain *vmd, int order)
{
	int flind, pool, oind;

	for (flind = 0; flind < vm_nfreelists; flind++) {
		for (pool = 0; pool < VM_NFREEPOOL; pool++) {
			for (oind = order; oind < VM_NFREEORDER; oind++)
				if (READ_ONCE(vm_phys_queues(vmd, flind)[pool][oind].lcnt))
					return true;
		}
	}
	return false;
}

/*
 * Audit
 */

/* One block: is it what its queue says, and is it as large as it could be? */
static void vm_phys_audit_block(struct vm_audit *audit, vm_page_t m, int domain, int order,
				int pool, const struct vm_freelist *fl)
{
	const struct vm_phys_seg *seg = vm_phys_seg(m);
	const vm_paddr_t size = (vm_paddr_t)PAGE_SIZE << order;
	const vm_paddr_t pa = m->phys_addr;
	const vm_paddr_t pa_buddy = pa ^ size;

	if (m->order != order || m->pool != pool || m->domain != domain)
		vm_audit_fail(audit, "block %#llx, %u %u %u is queued as %d %d %d\n", pa,
			      m->domain, m->order, m->pool, domain, order, pool);
	if (fl != &seg->free_queues[pool][order])
		vm_audit_fail(audit, "block %#llx is on a list of another segment\n", pa);
	if (!IS_ALIGNED(pa, size) || pa < seg->start || pa + size > seg->end)
		vm_audit_fail(audit, "block %#llx of order %d is no block\n", pa, order);
	/*
	 * No exception for ranges that touched at the start: a segment is one
	 * range, and what is freed later merges.
	 */
	if (order < VM_PHYS_ORDER_MAX && pa < pa_buddy && pa_buddy < seg->end &&
	    pa >= seg->start && vm_phys_seg_page(seg, pa_buddy)->order == order)
		vm_audit_fail(audit, "block %#llx and its buddy of order %d are both free\n", pa,
			      order);
}

/* One queue, under the free lock; returns its blocks. */
static unsigned long vm_phys_audit_queue(struct vm_audit *audit, int domain, int flind, int pool,
					 int order)
{
	struct vm_freelist *fl = &vm_phys_queues(VM_DOMAIN(domain), flind)[pool][order];
	unsigned int n = 0;
	vm_page_t m;

	list_for_each_entry(m, &fl->pl, plinks.q) {
		/* A list that a foreign page is on might not end. */
		if (n++ == fl->lcnt)
			break;
		vm_phys_audit_block(audit, m, domain, order, pool, fl);
	}
	if (n != fl->lcnt)
		vm_audit_fail(audit, "queue %d %d %d %d: %u blocks counted, %s queued\n", domain,
			      flind, pool, order, fl->lcnt, n < fl->lcnt ? "fewer" : "more");
	return fl->lcnt;
}

/* All queues of a domain; returns the blocks. */
static unsigned long vm_phys_audit_queues(struct vm_audit *audit, int domain)
{
	struct vm_domain *vmd = VM_DOMAIN(domain);
	unsigned long flags, nblocks = 0;
	int flind, pool, order;

	vm_domain_free_lock(vmd, flags);
	for (flind = 0; flind < vm_nfreelists; flind++) {
		for (pool = 0; pool < VM_NFREEPOOL; pool++) {
			for (order = 0; order < VM_NFREEORDER; order++)
				nblocks += vm_phys_audit_queue(audit, domain, flind, pool, order);
		}
	}
	vm_domain_free_unlock(vmd, flags);
	return nblocks;
}

/* The chunks of a domain that are free, but not known to be zero. */
static void vm_phys_audit_unzeroed(struct vm_audit *audit, int domain, unsigned int nsegs)
{
	struct vm_domain *vmd = VM_DOMAIN(domain);
	unsigned int i, chunk, n = 0, counted;
	unsigned long flags;

	vm_domain_free_lock(vmd, flags);
	counted = atomic_read(&vmd->vmd_unzeroed);
	for (i = 0; i < nsegs; i++) {
		const struct vm_phys_seg *seg = vm_phys_seg_at(i);

		if (seg->domain != domain)
			continue;
		for (chunk = 0; chunk <= vm_phys_chunk(seg, seg->end - 1); chunk++)
			n += vm_phys_chunk_unzeroed(seg->chunks[chunk]);
	}
	vm_domain_free_unlock(vmd, flags);
	if (n != counted)
		vm_audit_fail(audit, "domain %d: %u free chunks are not zero, %u counted\n",
			      domain, n, counted);
}

/* A page of a free block belongs to nobody. */
static void vm_phys_audit_free_page(struct vm_audit *audit, vm_page_t m, u16 state)
{
	if ((state & VM_PHYS_CHUNK_ZERO) && !(m->flags & PG_ZERO))
		vm_audit_fail(audit, "free page %#llx is not zero\n", m->phys_addr);
	if (m->object || m->ref_count || m->valid || m->dirty || !vm_page_busy_freed(m))
		vm_audit_fail(audit, "free page %#llx: object %p, ref %#x, %#x %#x, busy %#x\n",
			      m->phys_addr, m->object, m->ref_count, m->valid, m->dirty,
			      m->busy_lock);
}

/* Once a chunk was given back, its address may be that of another page. */
static bool vm_phys_chunk_present(const struct vm_phys_seg *seg, vm_paddr_t pa)
{
	return vm_phys_paddr_to_vm_page(pa) == vm_phys_seg_page(seg, pa);
}

/*
 * The pages of a chunk, and what is known of it as a whole; returns the blocks
 * they head.  @block_end is where the last block seen so far ends.
 */
static unsigned long vm_phys_audit_chunk(struct vm_audit *audit, const struct vm_phys_seg *seg,
					 vm_paddr_t pa, vm_paddr_t *block_end)
{
	const bool free = vm_phys_covering_block(seg, pa, VM_LEVEL_0_ORDER);
	const vm_paddr_t pa_end = vm_phys_chunk_end(seg, pa);
	const bool present = vm_phys_chunk_present(seg, pa);
	const u16 state = READ_ONCE(seg->chunks[vm_phys_chunk(seg, pa)]);
	const bool mixed = test_bit(vm_phys_chunk(seg, pa), seg->mixed);
	u16 expected = free ? (state & VM_PHYS_CHUNK_FLAGS) | VM_PHYS_CHUNK_FREE : 0;
	unsigned long nblocks = 0;

	for (; pa < pa_end; pa += PAGE_SIZE) {
		vm_page_t m = vm_phys_seg_page(seg, pa);

		if (!mixed && pa % VM_PHYS_FRAME_SIZE && m->pool != VM_FREEPOOL_DEFAULT)
			vm_audit_fail(audit, "page %#llx of pool %u, and its chunk is not mixed\n",
				      pa, m->pool);
		if (m->order < VM_NFREEORDER) {
			nblocks++;
			if (pa < *block_end)
				vm_audit_fail(audit, "block %#llx lies in another block\n", pa);
			*block_end = max(*block_end, pa + ((vm_paddr_t)PAGE_SIZE << m->order));
		}
		if (pa >= *block_end)
			expected += present && (m->flags & PG_NODUMP);
		else if (present)
			vm_phys_audit_free_page(audit, m, state);
		else
			vm_audit_fail(audit, "free page %#llx was given back\n", pa);
	}
	if (state != expected)
		vm_audit_fail(audit, "chunk before %#llx: state %#x instead of %#x\n", pa_end,
			      state, expected);
	return nblocks;
}

/*
 * The pages of one segment; returns the blocks they head.  Without the lock,
 * since there may be millions: on an allocator in use a block can be caught
 * halfway between two states.
 */
static unsigned long vm_phys_audit_seg(struct vm_audit *audit, const struct vm_phys_seg *seg)
{
	vm_paddr_t pa, block_end = seg->start;
	unsigned long nblocks = 0;
	unsigned int nabsent = 0;

	for (pa = seg->start; pa < seg->end; pa = vm_phys_chunk_end(seg, pa)) {
		cond_resched();
		nabsent += !vm_phys_chunk_present(seg, pa);
		nblocks += vm_phys_audit_chunk(audit, seg, pa, &block_end);
	}
	if (nabsent != seg->nabsent)
		vm_audit_fail(audit, "segment %u: %u chunks were given back, %u counted\n",
			      seg->segind, nabsent, seg->nabsent);
	return nblocks;
}

void vm_phys_audit(struct vm_audit *audit)
{
	const unsigned int nsegs = smp_load_acquire(&vm_phys_nsegs);	/* before the table */
	unsigned long nqueued = 0, nblocks = 0;
	unsigned int i;
	int domain;

	DOMAINSET_FOREACH(domain, &vm_all_domains) {
		nqueued += vm_phys_audit_queues(audit, domain);
		vm_phys_audit_unzeroed(audit, domain, nsegs);
	}
	for (i = 0; i < nsegs; i++)
		nblocks += vm_phys_audit_seg(audit, vm_phys_seg_at(i));
	if (nqueued != nblocks)
		vm_audit_fail(audit, "%lu blocks are queued, %lu pages head one\n", nqueued,
			      nblocks);
}
