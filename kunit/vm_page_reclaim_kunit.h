/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Machines of which every page is what a case wants it to be, for the suites about
 * reclaiming.
 *
 * lay(test, "n4 m8 .20 | m8 .8") makes a machine of two segments: four pages of nobody,
 * eight that may move, twenty free ones, and so on.  Pages are numbered in this order,
 * over all segments, and those of an object have their number as index, and as content.
 * A slash instead of the bar begins another domain, too.  Any class takes the last page.
 */
#ifndef _VM_PAGE_RECLAIM_KUNIT_H_
#define _VM_PAGE_RECLAIM_KUNIT_H_

#include "kunit_fixture.h"

#define LAID_PAGES	2048
#define LAID_SEGS	4

static vm_page_t pages[LAID_PAGES];
static char kinds[LAID_PAGES];
static vm_object_t movable;		/* of type VNODE, without colour */
static vm_object_t other;		/* one whose pages do not move */

/* Content by number. */
static inline void stamp(vm_page_t m, u32 number)
{
	u32 *kva = vmk_page_kva(m);
	unsigned int i;

	for (i = 0; i < PAGE_SIZE / sizeof(*kva); i++)
		kva[i] = number + i;
}

static inline bool is_stamped(vm_page_t m, u32 number)
{
	const u32 *kva = vmk_page_kva(m);
	unsigned int i;

	for (i = 0; i < PAGE_SIZE / sizeof(*kva); i++) {
		if (kva[i] != number + i)
			return false;
	}
	return true;
}

/* A page that the case has busied is as one that may move. */
static inline void make_movable(vm_page_t m, u32 number)
{
	stamp(m, number);
	vm_page_valid(m);
	vm_page_deactivate(m);
	vm_page_xunbusy(m);
}

static inline void put(struct kunit *test, vm_page_t m, vm_object_t object, u32 number)
{
	KUNIT_ASSERT_EQ(test, vm_page_tryxbusy(m), 1);
	VM_OBJECT_WLOCK(object);
	KUNIT_ASSERT_EQ(test, vm_page_insert(m, object, number), 0);
	VM_OBJECT_WUNLOCK(object);
}

static inline void put_movable(struct kunit *test, u32 number)
{
	put(test, pages[number], movable, number);
	make_movable(pages[number], number);
}

/*
 * .	free
 * n	allocated without object
 * m	may move
 * i	the same, of which no part is valid
 * c	cached
 *
 * and what may not move:
 *
 * b	busied
 * s	busied by a sharer
 * w	wired
 * q	on no queue
 * p	with a memory attribute of its own
 * o	of the other object
 */
static inline void make_page(struct kunit *test, u32 number)
{
	const vm_page_t m = pages[number];

	switch (kinds[number]) {
	case '.':
		vmk_free(test, m);
		break;
	case 'n':
		break;
	case 'i':
		put_movable(test, number);
		m->valid = 0;
		break;
	case 'c':
		put(test, m, movable, number);
		vmk_cache(test, m, number);
		break;
	case 'o':
		put(test, m, other, number);
		make_movable(m, number);
		break;
	default:
		put_movable(test, number);
		if (kinds[number] == 'b')
			KUNIT_ASSERT_EQ(test, vm_page_tryxbusy(m), 1);
		else if (kinds[number] == 's')
			KUNIT_ASSERT_EQ(test, vm_page_trysbusy(m), 1);
		else if (kinds[number] == 'w')
			KUNIT_ASSERT_TRUE(test, vm_page_wire_mapped(m));
		else if (kinds[number] == 'q')
			m->a.queue = PQ_NONE;
		else if (kinds[number] == 'p')
			pmap_page_set_memattr(m, VM_MEMATTR_WRITE_COMBINING);
		else
			KUNIT_ASSERT_EQ(test, kinds[number], 'm');
	}
}

struct laid_seg {
	u32 first;
	u32 end;
	int domain;
};

static inline unsigned int read_layout(struct kunit *test, const char *layout,
				       struct laid_seg *segs)
{
	unsigned int count, nsegs = 0;
	int len;
	u32 n = 0;

	segs[0].first = 0;
	segs[0].domain = 0;
	while (*layout) {
		const char kind = *layout++;

		if (kind == ' ')
			continue;
		if (kind == '|' || kind == '/') {
			KUNIT_ASSERT_LT(test, nsegs, LAID_SEGS - 1);
			segs[nsegs++].end = n;
			segs[nsegs].first = n;
			segs[nsegs].domain = segs[nsegs - 1].domain + (kind == '/');
			continue;
		}
		KUNIT_ASSERT_EQ(test, sscanf(layout, "%u%n", &count, &len), 1);
		KUNIT_ASSERT_LE(test, n + count, LAID_PAGES);
		memset(&kinds[n], kind, count);
		n += count;
		layout += len;
	}
	segs[nsegs++].end = n;
	return nsegs;
}

/* A small machine begins below its marks, which are then off: it is short no more. */
static inline void leave_short_sets(struct kunit *test)
{
	int domain;

	DOMAINSET_FOREACH(domain, &vm_all_domains) {
		VM_DOMAIN(domain)->vmd_free_min = 1;
		vmk_set_free(test, domain, 1);
		VM_DOMAIN(domain)->vmd_free_min = 0;
		vmk_set_free(test, domain, 0);
	}
}

static inline void lay(struct kunit *test, const char *layout)
{
	struct vm_mem_span spans[LAID_SEGS];
	struct laid_seg segs[LAID_SEGS];
	const unsigned int nsegs = read_layout(test, layout, segs);
	unsigned int i;
	u32 n;

	for (i = 0; i < nsegs; i++) {
		spans[i].start = VMK_BASE + i * SZ_64M;
		spans[i].end = spans[i].start + ptoa(segs[i].end - segs[i].first);
		spans[i].domain = segs[i].domain;
	}
	vmk_machine(test, spans, nsegs);
	vmk_thresholds_off(test);
	movable = vmk_object(test, VMK_U, LAID_PAGES);

	for (i = 0; i < nsegs; i++) {
		for (n = segs[i].first; n < segs[i].end; n++)
			pages[n] = PHYS_TO_VM_PAGE(spans[i].start + ptoa(n - segs[i].first));
	}
	KUNIT_ASSERT_EQ(test, vmk_exhaust(test, VM_ALLOC_NORMAL), segs[nsegs - 1].end);
	leave_short_sets(test);
	for (n = 0; n < segs[nsegs - 1].end; n++)
		make_page(test, n);
	vmk_drain();
}

/* The number of the page at an index of the object, or -1. */
static inline int number_at(vm_object_t object, vm_pindex_t pindex)
{
	const vm_page_t m = vmk_lookup(object, pindex);
	int n;

	for (n = 0; m && n < LAID_PAGES; n++) {
		if (pages[n] == m)
			return n;
	}
	return -1;
}

/* The pages that may move, or did, are all there; how many of [first, end) are elsewhere. */
static inline unsigned int count_moved(struct kunit *test, u32 first, u32 end)
{
	unsigned int moved = 0;
	u32 n;

	for (n = first; n < end; n++) {
		vm_page_t m;

		if (kinds[n] != 'm')
			continue;
		m = vmk_lookup(movable, n);
		KUNIT_ASSERT_NOT_NULL(test, m);
		KUNIT_EXPECT_TRUE_MSG(test, is_stamped(m, n), "page %u", n);
		KUNIT_EXPECT_TRUE(test, vm_page_all_valid(m));
		KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_UNBUSIED);
		KUNIT_EXPECT_EQ(test, m->ref_count, VPRC_OBJREF);
		KUNIT_EXPECT_EQ(test, m->pindex, n);
		KUNIT_EXPECT_EQ(test, vm_page_queue(m), PQ_INACTIVE);
		moved += m != pages[n];
	}
	return moved;
}

static inline int reclaim(u_long npages)
{
	return vm_page_reclaim_contig(VM_ALLOC_NORMAL, npages, 0, ~(vm_paddr_t)0, 1, 0);
}

/* The pages [@first, @first + npages) are free, and can be had as one run. */
static inline void expect_free_run(struct kunit *test, u32 first, u_long npages)
{
	const vm_paddr_t pa = VM_PAGE_TO_PHYS(pages[first]);
	const vm_page_t m = vmk_ncontig_in(test, npages, pa, pa + ptoa(npages), 1, 0);

	KUNIT_EXPECT_PTR_EQ(test, m, pages[first]);
}

#endif /* _VM_PAGE_RECLAIM_KUNIT_H_ */
