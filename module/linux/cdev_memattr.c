// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Files whose memory has an attribute.
 *
 * What others map as ordinary memory must not be mapped otherwise at the same time.  So
 * the attribute belongs to whole reservations, and mappings are made by page number: the
 * kernel then sees to it that an entry has the attribute of its page.
 */
#include <linux/bitmap.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <vm/vm_pagequeue.h>
#include <vm/vm_reserv.h>
#include "cdev_memattr.h"

/* Of an index no more than one node is missing, and that is the one of its neighbours. */
#define NODE_NPAGES	XA_CHUNK_SIZE

/* While the object is locked there is no sleeping for nodes. */
static int reserve_nodes(struct vmpage_file *vf, vm_pindex_t first, vm_pindex_t end)
{
	int ret = 0;

	for (; first < end && !ret; first += NODE_NPAGES)
		ret = vm_radix_reserve(vf->object, first);
	return ret;
}

static void unreserve_nodes(struct vmpage_file *vf, vm_pindex_t first, vm_pindex_t end)
{
	VM_OBJECT_WLOCK(vf->object);
	for (; first < end; first += NODE_NPAGES)
		vm_radix_unreserve(vf->object, first);
	VM_OBJECT_WUNLOCK(vf->object);
}

/* Fill [first, end), and note in @made what was not there.  Returns how many of it. */
static long make_pages(struct vmpage_file *vf, vm_pindex_t first, vm_pindex_t end,
		       unsigned long *made)
{
	vm_pindex_t pindex;
	long count = 0;

	for (pindex = first; pindex < end; pindex++) {
		if (vm_page_lookup(vf->object, pindex))
			continue;
		if (fatal_signal_pending(current))
			return -EINTR;
		if (!vmpage_credit_alloc(vf, pindex, -1))
			return -ENOMEM;
		__set_bit(pindex - first, made);
		count++;
		cond_resched();
	}
	return count;
}

/* Nobody has seen them: the object was locked all the time. */
static void unmake_pages(struct vmpage_file *vf, vm_pindex_t first, unsigned long npages,
			 const unsigned long *made, struct list_head *pages)
{
	unsigned long from, to;

	for_each_set_bitrange(from, to, made, npages) {
		vm_pindex_t next = first + from;

		vmpage_file_take(vf, &next, first + to, ULONG_MAX, pages);
	}
}

static long fill_windows(struct vmpage_file *vf, vm_pindex_t first, vm_pindex_t end,
			 unsigned long *made)
{
	const vm_object_t object = vf->object;
	vm_pindex_t old_size;
	LIST_HEAD(pages);
	long ret;

	VM_OBJECT_WLOCK(object);
	old_size = object->size;
	object->size = max(old_size, end);
	ret = make_pages(vf, first, end, made);
	if (ret < 0) {
		unmake_pages(vf, first, end - first, made, &pages);
		object->size = old_size;
	} else {
		vf->size = ALIGN(object->size, VM_LEVEL_0_NPAGES);
	}
	VM_OBJECT_WUNLOCK(object);
	vmpage_quarantine_free(vf->user, &pages);
	return ret;
}

/* A hopeless request is refused before it takes pages that others could have. */
static bool is_worth_it(struct vmpage_file *vf, vm_pindex_t start, vm_pindex_t end)
{
	unsigned long missing;

	if (end - start > vmpage_pool_pages())
		return false;
	VM_OBJECT_WLOCK(vf->object);
	missing = vmpage_credit_missing(vf, start, end);
	VM_OBJECT_WUNLOCK(vf->object);
	return missing <= vmpage_spare_pages();
}

static long reserve_windows(struct vmpage_file *vf, vm_pindex_t first, vm_pindex_t npages)
{
	const vm_pindex_t start = ALIGN_DOWN(first, VM_LEVEL_0_NPAGES);
	const vm_pindex_t end = ALIGN(first + npages, VM_LEVEL_0_NPAGES);
	unsigned long *made;
	long ret = -ENOMEM;

	if (!is_worth_it(vf, start, end))
		return -ENOMEM;
	made = kvcalloc(BITS_TO_LONGS(end - start), sizeof(*made), GFP_KERNEL_ACCOUNT);
	if (!made)
		return -ENOMEM;

	if (!reserve_nodes(vf, start, end))
		ret = fill_windows(vf, start, end, made);
	unreserve_nodes(vf, start, end);
	kvfree(made);
	return ret == -ENOMEM ? vmpage_credit_check(vf) ?: ret : ret;
}

/* What others have given back may wait for the page daemon still. */
static void restore_all(void)
{
	int domain;

	DOMAINSET_FOREACH(domain, &vm_all_domains)
		vmpage_reserv_restore(domain);
}

static long reserve(struct vmpage_file *vf, vm_pindex_t first, vm_pindex_t npages)
{
	if (vmpage_file_has_memattr(vf))
		return reserve_windows(vf, first, npages);
	return vmpage_credit_range(vf, first, npages, true);
}

long vmpage_file_reserve(struct vmpage_file *vf, vm_pindex_t first, vm_pindex_t npages)
{
	long ret = reserve(vf, first, npages);

	if (ret == -ENOMEM) {
		restore_all();
		ret = reserve(vf, first, npages);
	}
	return ret;
}
