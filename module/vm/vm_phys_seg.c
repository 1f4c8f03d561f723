// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Segments: which physical memory there is, and the page of an address.
 *
 * A page is found from its address through an index of 2 MiB frames, so that a
 * machine may have thousands of segments at any addresses, and the lookup takes
 * no lock.  Segments are only added; a chunk that was given back leaves the
 * frame index and keeps its slots in the page array, in use for ever as far as
 * its neighbours can see.  When the same memory comes again it is in a new
 * segment.
 *
 * Segments are added and chunks removed under vm_mem_lock, while others allocate
 * and look up.  An addition is first built where nobody can see it, down to the
 * nodes of the frame index, so that publishing it cannot fail and a failure has
 * nothing to take back that somebody may have seen.
 */
#include <linux/export.h>
#include <linux/gfp.h>
#include <linux/kmemleak.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/overflow.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/xarray.h>
#include <sys/systm.h>
#include "vm_machine.h"
#include "vm_pgcache.h"
#include "vm_phys_priv.h"
#include "vm_reserv_priv.h"

#define VM_PHYS_NSEGS_MAX	(U16_MAX + 1)
#define VM_PHYS_NSLOTS_MIN	64
/* Larger segments are cut: their page arrays would pass what kvmalloc gives. */
#define VM_PHYS_SEG_SIZE_MAX	((vm_paddr_t)SZ_1G * 64)

struct vm_phys_seg **vm_phys_segs;
EXPORT_SYMBOL_GPL(vm_phys_segs);
unsigned int vm_phys_nsegs;
EXPORT_SYMBOL_GPL(vm_phys_nsegs);
int vm_nfreelists;
EXPORT_SYMBOL_GPL(vm_nfreelists);
int vm_freelist_to_flind[VM_NFREELIST];
EXPORT_SYMBOL_GPL(vm_freelist_to_flind);

struct vm_domain *vm_dom[MAXMEMDOM];
EXPORT_SYMBOL_GPL(vm_dom);
domainset_t vm_all_domains;
EXPORT_SYMBOL_GPL(vm_all_domains);
int vm_ndomains;
EXPORT_SYMBOL_GPL(vm_ndomains);
struct vm_domain *vm_domain_only;

static unsigned int vm_phys_nslots;		/* room in vm_phys_segs */
static bool vm_phys_ready;			/* vm_phys_init() has run */
static bool vm_phys_dma32;			/* memory below 4 GiB has its own list */
static DEFINE_XARRAY(vm_phys_frames);		/* 2 MiB frame to its segment */

/*
 * What vm_phys_add_seg() builds before anybody can see it.
 */
struct vm_phys_addition {
	struct vm_phys_seg **segs;	/* the table, or its larger successor */
	unsigned int nslots;		/* room in segs */
	unsigned int nsegs;		/* entries of segs */
	struct vm_domain *vmd;		/* domain that did not exist, or NULL */
	int domain;
};

/*
 * Questions
 */

vm_page_t vm_phys_paddr_to_vm_page(vm_paddr_t pa)
{
	const struct vm_phys_seg *seg = xa_load(&vm_phys_frames, pa >> VM_PHYS_FRAME_SHIFT);

	if (!seg || pa < seg->start || pa >= seg->end)
		return NULL;
	return vm_phys_seg_page(seg, pa);
}
EXPORT_SYMBOL_GPL(vm_phys_paddr_to_vm_page);

int vm_phys_domain(vm_paddr_t pa)
{
	vm_page_t m = vm_phys_paddr_to_vm_page(pa);

	return m ? m->domain : -1;
}
EXPORT_SYMBOL_GPL(vm_phys_domain);

bool vm_phys_is_dumpable(vm_paddr_t pa)
{
	vm_page_t m = vm_phys_paddr_to_vm_page(pa);

	return m ? !(READ_ONCE(m->flags) & PG_NODUMP) : vm_machine_is_memory(pa);
}
EXPORT_SYMBOL_GPL(vm_phys_is_dumpable);

int vm_phys_mem_affinity(int f, int t)
{
	if (!vmpage_domain_exists(f) || !vmpage_domain_exists(t))
		return -1;
	return vm_machine_distance(f, t);
}
EXPORT_SYMBOL_GPL(vm_phys_mem_affinity);

int vm_phys_find_range(vm_page_t bounds[], int segind, int domain, u_long npages,
		       vm_paddr_t low, vm_paddr_t high)
{
	const int nsegs = smp_load_acquire(&vm_phys_nsegs);	/* pairs with vm_phys_commit() */
	int ret = -1;

	if (!vm_assert(segind >= 0) || !vm_assert(npages > 0) || round_page(low) < low)
		return -1;

	for (; segind < nsegs && ret < 0; segind++) {
		const struct vm_phys_seg *seg = vm_phys_seg_at(segind);
		const vm_paddr_t start = max(round_page(low), seg->start);
		const vm_paddr_t end = min(trunc_page(high), seg->end);

		if (seg->domain != domain || start >= end || atop(end - start) < npages)
			continue;
		bounds[0] = vm_phys_seg_page(seg, start);
		bounds[1] = vm_phys_seg_page(seg, end);
		ret = segind;
	}
	return ret;
}
EXPORT_SYMBOL_GPL(vm_phys_find_range);

vm_page_t vm_phys_next_frame(int domain, vm_page_t m)
{
	const unsigned int nsegs = smp_load_acquire(&vm_phys_nsegs);	/* before the table */
	unsigned int i, segind = m ? m->segind : 0;
	vm_paddr_t pa = m ? m->phys_addr + 1 : 0;

	/* The segment of @m comes last, too: from its start. */
	for (i = 0; i <= nsegs; i++) {
		const struct vm_phys_seg *seg = vm_phys_seg_at(segind);

		pa = ALIGN(max(pa, seg->start), VM_PHYS_FRAME_SIZE);
		if (seg->domain == domain && pa < seg->end && seg->end - pa >= VM_PHYS_FRAME_SIZE)
			return vm_phys_seg_page(seg, pa);
		segind = (segind + 1) % nsegs;
		pa = 0;
	}
	return NULL;
}

/*
 * Segments that come
 */

/* A NUMA node for kmalloc; a made-up domain has none. */
static int vm_phys_node(int domain)
{
	return domain < MAX_NUMNODES && node_online(domain) ? domain : NUMA_NO_NODE;
}

/* The first address after @pa at which a segment has to end. */
static vm_paddr_t vm_phys_next_cut(vm_paddr_t pa)
{
	if (pa < VM_LOWMEM_BOUNDARY)
		return VM_LOWMEM_BOUNDARY;
	if (pa < VM_DMA32_BOUNDARY)
		return VM_DMA32_BOUNDARY;
	return (pa | (VM_PHYS_SEG_SIZE_MAX - 1)) + 1;
}

static void vm_phys_release_frames(vm_paddr_t start, vm_paddr_t end)
{
	unsigned long frame = start >> VM_PHYS_FRAME_SHIFT;

	for (; frame <= (end - 1) >> VM_PHYS_FRAME_SHIFT; frame++)
		xa_release(&vm_phys_frames, frame);
}

/*
 * Make room in the index, so that publishing cannot fail.  A reserved frame
 * reads as empty, also here: two additions at a time would not see each other.
 */
static int vm_phys_reserve_frames(vm_paddr_t start, vm_paddr_t end)
{
	unsigned long frame = start >> VM_PHYS_FRAME_SHIFT;
	int ret = 0;

	for (; !ret && frame <= (end - 1) >> VM_PHYS_FRAME_SHIFT; frame++) {
		if (xa_load(&vm_phys_frames, frame))
			ret = -EEXIST;
		else if (vm_machine_fail_node())
			ret = -ENOMEM;
		else
			ret = xa_reserve(&vm_phys_frames, frame, GFP_KERNEL);
	}
	if (ret)
		vm_phys_release_frames(start, end);
	return ret;
}

static size_t vm_phys_array_size(const struct vm_phys_seg *seg)
{
	return array_size(atop(seg->end - seg->start), sizeof(struct vm_page));
}

/*
 * The page array.  kmalloc() would round it up to a power of two of pages, so what such a
 * block has beyond it goes back.
 */
static void vm_phys_alloc_array(struct vm_phys_seg *seg)
{
	const gfp_t gfp = GFP_KERNEL | __GFP_NOWARN;
	const int node = vm_phys_node(seg->domain);
	const size_t size = vm_phys_array_size(seg);
	const unsigned int order = get_order(size);
	struct page *page = NULL;

	if (size > KMALLOC_MAX_CACHE_SIZE && size <= KMALLOC_MAX_SIZE)
		page = alloc_pages_node(node, gfp | __GFP_NORETRY, order);
	if (!page) {
		seg->first_page = kvmalloc_node(size, gfp, node);
		return;
	}
	split_page(page, order);
	seg->first_page = page_address(page);
	seg->exact = true;
	kmemleak_alloc(seg->first_page, size, 1, gfp);
	free_pages_exact((void *)seg->first_page + PAGE_ALIGN(size),
			 (PAGE_SIZE << order) - PAGE_ALIGN(size));
}

static void vm_phys_free_array(struct vm_phys_seg *seg)
{
	if (!seg->exact) {
		kvfree(seg->first_page);
		return;
	}
	kmemleak_free(seg->first_page);
	free_pages_exact(seg->first_page, vm_phys_array_size(seg));
}

static void vm_phys_free_seg(struct vm_phys_seg *seg)
{
	vm_phys_free_array(seg);
	kvfree(seg->chunks);
	kvfree(seg->mixed);
	kvfree(seg->first_reserv);
	kfree(seg);
}

/*
 * What pages of a segment are made with.
 */
struct vm_phys_making {
	vm_paddr_t pa;		/* of the next page */
	u64 place;		/* of each */
};

/* The array was not zeroed; nobody reads the links and the index of a page that is free. */
static __always_inline bool vm_phys_init_some(vm_page_t m, u_long npages, void *arg)
{
	struct vm_phys_making *making = arg;
	u_long i;

#pragma GCC unroll 32
	for (i = 0; i < npages; i++) {
		m[i].object = NULL;
		m[i].phys_addr = making->pa + ptoa(i);
		m[i].hold = VM_PAGE_HOLD(VPB_FREED, 0);
		m[i].state = VM_PAGE_STATE(0);
		m[i].place = making->place;
	}
	making->pa += ptoa(npages);
	if (IS_ALIGNED(making->pa, VM_PHYS_FRAME_SIZE))
		cond_resched();
	return true;
}

/* The state of a free page outside a block. */
static void vm_phys_init_pages(struct vm_phys_seg *seg)
{
	const struct vm_page free = {
		.segind = seg->segind,
		.domain = seg->domain,
		.order = VM_NFREEORDER,
		.pool = VM_FREEPOOL_DEFAULT,
		.memattr = VM_MEMATTR_DEFAULT,
	};
	struct vm_phys_making making = { seg->start, free.place };

	vm_phys_run_steps(seg->first_page, atop(seg->end - seg->start), vm_phys_init_some, &making);
}

/* Only a block that lies wholly in the segment can be reserved. */
static void vm_phys_init_reservs(struct vm_phys_seg *seg)
{
	struct vm_reserv *rv = seg->first_reserv;
	vm_paddr_t pa, pa_end;

	for (pa = seg->start; pa < seg->end; pa = pa_end, rv++) {
		pa_end = vm_phys_chunk_end(seg, pa);
		raw_spin_lock_init(&rv->lock);
		rv->domain = seg->domain;
		rv->memattr = VM_MEMATTR_DEFAULT;
		if (pa_end - pa == VM_PHYS_FRAME_SIZE)
			rv->pages = vm_phys_seg_page(seg, pa);
	}
}

static struct vm_phys_seg *vm_phys_new_seg(vm_paddr_t start, vm_paddr_t end, int domain,
					   unsigned int segind)
{
	const gfp_t gfp = GFP_KERNEL | __GFP_NOWARN;
	const int node = vm_phys_node(domain);
	struct vm_phys_seg *seg;
	size_t nchunks;

	seg = kmalloc_node(sizeof(*seg), gfp | __GFP_ZERO, node);
	if (!seg)
		return NULL;
	seg->start = start;
	seg->end = end;
	seg->segind = segind;
	seg->domain = domain;
	vm_phys_alloc_array(seg);
	nchunks = vm_phys_chunk(seg, end - 1) + 1;
	seg->chunks = kvmalloc_node(array_size(nchunks, sizeof(*seg->chunks)),
				    gfp | __GFP_ZERO, node);
	seg->mixed = kvmalloc_node(array_size(BITS_TO_LONGS(nchunks), sizeof(*seg->mixed)),
				   gfp | __GFP_ZERO, node);
	seg->first_reserv = kvmalloc_node(array_size(nchunks, sizeof(*seg->first_reserv)),
					  gfp | __GFP_ZERO, node);
	if (!seg->first_page || !seg->chunks || !seg->mixed || !seg->first_reserv) {
		vm_phys_free_seg(seg);
		return NULL;
	}
	vm_phys_init_pages(seg);
	vm_phys_init_reservs(seg);
	return seg;
}

static struct vm_domain *vm_phys_new_domain(int domain)
{
	struct vm_freelist *fl, *fl_end;
	struct vm_domain *vmd;

	vmd = kzalloc_node(sizeof(*vmd), GFP_KERNEL, vm_phys_node(domain));
	if (!vmd)
		return NULL;
	vmd->vmd_pgcache = __alloc_percpu(VM_NFREEPOOL * sizeof(struct vm_pgcache),
					  __alignof__(struct vm_pgcache));
	if (!vmd->vmd_pgcache) {
		kfree(vmd);
		return NULL;
	}
	raw_spin_lock_init(&vmd->vmd_free_lock);
	fl = &vmd->vm_phys_free_queues[0][0][0];
	fl_end = fl + sizeof(vmd->vm_phys_free_queues) / sizeof(*fl);
	for (; fl < fl_end; fl++)
		INIT_LIST_HEAD(&fl->pl);
	INIT_LIST_HEAD(&vmd->vmd_cacheq);
	raw_spin_lock_init(&vmd->vmd_partpopq_lock);
	INIT_LIST_HEAD(&vmd->vmd_partpopq);
	INIT_LIST_HEAD(&vmd->vmd_restoreq);
	mutex_init(&vmd->vmd_block_lock);
	vmd->vmd_domain = domain;
	return vmd;
}

static void vm_phys_free_domain(struct vm_domain *vmd)
{
	if (vmd)
		free_percpu(vmd->vmd_pgcache);
	kfree(vmd);
}

/* Nothing of the addition was seen by anybody. */
static void vm_phys_discard(struct vm_phys_addition *add)
{
	while (add->nsegs > vm_phys_nsegs)
		vm_phys_free_seg(add->segs[--add->nsegs]);
	if (add->segs != vm_phys_segs)
		kvfree(add->segs);
	vm_phys_free_domain(add->vmd);
}

/* Make sure that @nnew more segments fit into the table. */
static int vm_phys_grow_table(struct vm_phys_addition *add, vm_paddr_t nnew)
{
	const vm_paddr_t need = vm_phys_nsegs + nnew;

	add->segs = vm_phys_segs;
	add->nslots = vm_phys_nslots;
	add->nsegs = vm_phys_nsegs;
	if (need > VM_PHYS_NSEGS_MAX)
		return -ENOSPC;
	if (need <= vm_phys_nslots)
		return 0;

	add->nslots = max_t(unsigned int, roundup_pow_of_two(need), VM_PHYS_NSLOTS_MIN);
	add->segs = kvcalloc(add->nslots, sizeof(*add->segs), GFP_KERNEL);
	if (!add->segs) {
		add->segs = vm_phys_segs;
		return -ENOMEM;
	}
	if (vm_phys_nsegs)
		memcpy(add->segs, vm_phys_segs, vm_phys_nsegs * sizeof(*add->segs));
	return 0;
}

/* On failure the caller discards what there is. */
static int vm_phys_prepare(struct vm_phys_addition *add, vm_paddr_t start, vm_paddr_t end)
{
	vm_paddr_t pa, cut, nnew = 0;
	int ret;

	for (pa = start; pa < end; pa = vm_phys_next_cut(pa))
		nnew++;
	ret = vm_phys_grow_table(add, nnew);
	if (ret)
		return ret;

	if (VM_DOMAIN_EMPTY(add->domain)) {
		add->vmd = vm_phys_new_domain(add->domain);
		if (!add->vmd)
			return -ENOMEM;
	}
	for (pa = start; pa < end; pa = cut) {
		cut = min(end, vm_phys_next_cut(pa));
		add->segs[add->nsegs] = vm_phys_new_seg(pa, cut, add->domain, add->nsegs);
		if (!add->segs[add->nsegs])
			return -ENOMEM;
		add->nsegs++;
	}
	return 0;
}

/* Give the segment its queues and put its pages there. */
static void vm_phys_open_seg(struct vm_phys_seg *seg)
{
	struct vm_domain *vmd = VM_DOMAIN(seg->domain);
	const int flind = max(vm_freelist_to_flind[seg->freelist], 0);
	unsigned long flags;

	/* A list without an index stands for another: name that one. */
	seg->freelist = VM_FREELIST_DEFAULT;
	while (vm_freelist_to_flind[seg->freelist] != flind)
		seg->freelist++;

	/* It takes a while in a large segment, whose pages nobody can get at yet. */
	vm_phys_chunks_freed(seg, ALIGN(seg->start, VM_PHYS_FRAME_SIZE), seg->end);

	vm_domain_free_lock(vmd, flags);
	seg->free_queues = vm_phys_queues(vmd, flind);
	vm_phys_enqueue_seg(seg);
	vm_domain_free_unlock(vmd, flags);
}

/* The list that a segment belongs to by its address. */
static void vm_phys_classify_seg(struct vm_phys_seg *seg)
{
	if (seg->end <= VM_LOWMEM_BOUNDARY)
		seg->freelist = VM_FREELIST_LOWMEM;
	else if (seg->end <= VM_DMA32_BOUNDARY && vm_phys_dma32)
		seg->freelist = VM_FREELIST_DMA32;
	else
		seg->freelist = VM_FREELIST_DEFAULT;
}

/* Before vm_phys_init() the lists are not known, so the pages have to wait. */
static void vm_phys_publish_seg(struct vm_phys_seg *seg)
{
	unsigned long frame = seg->start >> VM_PHYS_FRAME_SHIFT;

	for (; frame <= (seg->end - 1) >> VM_PHYS_FRAME_SHIFT; frame++)
		xa_store(&vm_phys_frames, frame, seg, GFP_KERNEL);
	if (!vm_phys_ready)
		return;
	vm_phys_classify_seg(seg);
	vm_phys_open_seg(seg);
}

/*
 * From here on the addition is seen.  Readers load the number of segments
 * before the table, and the set of domains before the domain: each is stored
 * after what it leads to.
 */
static void vm_phys_commit(struct vm_phys_addition *add)
{
	struct vm_phys_seg **old = vm_phys_segs;
	unsigned int i = vm_phys_nsegs;

	if (add->vmd) {
		/* Its lists are seen before the domain is. */
		smp_store_release(&vm_dom[add->domain], add->vmd);
		/* It is seen before its membership is. */
		smp_wmb();
		DOMAINSET_SET(add->domain, &vm_all_domains);
		vm_ndomains++;
		WRITE_ONCE(vm_domain_only, vm_ndomains == 1 ? add->vmd : NULL);
	}
	/* What the table holds is seen before the table is ... */
	smp_store_release(&vm_phys_segs, add->segs);
	/* ... and the table before its length. */
	smp_store_release(&vm_phys_nsegs, add->nsegs);
	vm_phys_nslots = add->nslots;

	for (; i < add->nsegs; i++)
		vm_phys_publish_seg(add->segs[i]);
	/* Whoever loaded the old table is done with it when interrupts are on again. */
	if (old && old != add->segs) {
		synchronize_rcu();
		kvfree(old);
	}
}

int vm_phys_add_seg(vm_paddr_t start, vm_paddr_t end, int domain)
{
	struct vm_phys_addition add = { .domain = domain };
	int ret;

	if (domain < 0 || domain >= MAXMEMDOM || start >= end ||
	    !IS_ALIGNED(start | end, PAGE_SIZE))
		return -EINVAL;

	ret = vm_phys_reserve_frames(start, end);
	if (ret)
		return ret;
	ret = vm_phys_prepare(&add, start, end);
	if (ret) {
		vm_phys_discard(&add);
		vm_phys_release_frames(start, end);
		return ret;
	}
	vm_phys_commit(&add);
	return 0;
}

/*
 * Between the lists and the index the chunk is still found by its address, as a
 * page that is in use: harmless, and the index has a lock of its own that is not
 * to be taken inside the free lock.
 */
int vm_phys_remove_chunk(vm_paddr_t pa)
{
	struct vm_phys_seg *seg = xa_load(&vm_phys_frames, pa >> VM_PHYS_FRAME_SHIFT);
	struct vm_domain *vmd;
	unsigned long flags;
	bool taken;

	if (!IS_ALIGNED(pa, VM_PHYS_FRAME_SIZE) || !seg || pa < seg->start ||
	    seg->end - pa < VM_PHYS_FRAME_SIZE)
		return -EINVAL;

	vmd = VM_DOMAIN(seg->domain);
	vm_domain_free_lock(vmd, flags);
	taken = vm_phys_take_chunk(seg, vm_phys_seg_page(seg, pa));
	vm_domain_free_unlock(vmd, flags);
	if (!taken)
		return -EBUSY;

	xa_erase(&vm_phys_frames, pa >> VM_PHYS_FRAME_SHIFT);
	return 0;
}

/*
 * Bring-up and tear-down
 */

void vm_phys_init(void)
{
	bool exists[VM_NFREELIST] = {};
	unsigned long nhigh = 0;
	int freelist, flind = -1;
	unsigned int i;

	for (i = 0; i < vm_phys_nsegs; i++) {
		if (vm_phys_segs[i]->start >= VM_DMA32_BOUNDARY)
			nhigh += atop(vm_phys_segs[i]->end - vm_phys_segs[i]->start);
	}
	vm_phys_dma32 = nhigh > vm_machine_dma32_npages();

	for (i = 0; i < vm_phys_nsegs; i++) {
		vm_phys_classify_seg(vm_phys_segs[i]);
		exists[vm_phys_segs[i]->freelist] = true;
	}
	/* Without memory there still has to be a list for what is added later. */
	if (!vm_phys_nsegs)
		exists[VM_FREELIST_DEFAULT] = true;

	for (freelist = 0; freelist < VM_NFREELIST; freelist++) {
		if (exists[freelist])
			flind++;
		vm_freelist_to_flind[freelist] = flind;
	}
	vm_nfreelists = flind + 1;

	for (i = 0; i < vm_phys_nsegs; i++)
		vm_phys_open_seg(vm_phys_segs[i]);
	vm_phys_ready = true;
}

/* Nothing is left out of a dump because of us any more. */
static void vm_phys_forget_chunks(struct vm_phys_seg *seg)
{
	unsigned int chunk;

	for (chunk = 0; chunk <= vm_phys_chunk(seg, seg->end - 1); chunk++)
		vm_phys_chunk_set(seg, chunk, 0);
}

void vm_phys_fini(void)
{
	int domain;

	while (vm_phys_nsegs > 0) {
		struct vm_phys_seg *seg = vm_phys_segs[--vm_phys_nsegs];

		vm_phys_forget_chunks(seg);
		vm_phys_free_seg(seg);
	}
	kvfree(vm_phys_segs);
	vm_phys_segs = NULL;
	vm_phys_nslots = 0;
	xa_destroy(&vm_phys_frames);

	for (domain = 0; domain < MAXMEMDOM; domain++) {
		vm_phys_free_domain(vm_dom[domain]);
		vm_dom[domain] = NULL;
	}
	DOMAINSET_ZERO(&vm_all_domains);
	vm_ndomains = 0;
	vm_domain_only = NULL;
	vm_nfreelists = 0;
	vm_phys_ready = false;
	vm_phys_dma32 = false;
}
