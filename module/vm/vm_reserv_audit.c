// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The audit of reservations.
 */
#include <linux/sched.h>
#include <linux/slab.h>
#include <vm/vm_pagequeue.h>
#include <vm/vm_reserv.h>

#include "vm_audit.h"
#include "vm_pgcache.h"
#include "vm_reserv_priv.h"

/* What vm_reserv_audit() counts. */
struct vm_reserv_census {
	unsigned long active;
	unsigned long unpopulated[MAXMEMDOM];	/* pages */
	unsigned long queued[MAXMEMDOM];
};

/* An unpopulated page is free, and on no list; a populated one is not free. */
static void vm_reserv_audit_pages(struct vm_audit *audit, const struct vm_reserv *rv)
{
	unsigned int i;

	for (i = 0; i < VM_LEVEL_0_NPAGES; i++) {
		const vm_page_t m = rv->pages + i;
		const bool free = vm_page_busy_freed(m) && !(m->flags & PG_CACHED);

		if (m->order != VM_NFREEORDER)
			vm_audit_fail(audit, "page %#llx: reserved, but of order %u\n",
				      m->phys_addr, m->order);
		if (test_bit(i, rv->popmap) == free || (free && m->object))
			vm_audit_fail(audit, "page %#llx: populated %d, object %p, busy %#x\n",
				      m->phys_addr, test_bit(i, rv->popmap), m->object,
				      m->busy_lock);
		if (m->psind != (!i && vm_reserv_is_full(rv)))
			vm_audit_fail(audit, "page %#llx: psind %d\n", m->phys_addr, m->psind);
	}
}

/* With a memory attribute it is active until that is restored, if need be without an object. */
static bool vm_reserv_audit_owner(const struct vm_reserv *rv, unsigned int weight)
{
	if (vm_reserv_is_plain(rv))
		return rv->object != VM_RESERV_NOBODY && !rv->object == !weight;
	return rv->object && (weight || rv->object == VM_RESERV_NOBODY);
}

/* An inactive record has nothing but its block. */
static void vm_reserv_audit_one(struct vm_audit *audit, struct vm_reserv *rv,
				struct vm_reserv_census *census)
{
	const unsigned int weight = bitmap_weight(rv->popmap, VM_LEVEL_0_NPAGES);

	if (rv->popcnt != weight || !vm_reserv_audit_owner(rv, weight))
		vm_audit_fail(audit, "reservation %#llx: %u pages populated, %u counted%s\n",
			      rv->pages->phys_addr, weight, rv->popcnt,
			      rv->object ? "" : ", inactive");
	if (rv->inpartpopq && (!rv->object || !rv->popcnt || vm_reserv_is_full(rv) ||
			       !vm_reserv_is_plain(rv)))
		vm_audit_fail(audit, "reservation %#llx: queued with %u pages\n",
			      rv->pages->phys_addr, rv->popcnt);
	census->queued[rv->domain] += rv->inpartpopq;
	if (!rv->object)
		return;
	census->active += rv->object != VM_RESERV_NOBODY;
	if (vm_reserv_is_plain(rv))
		census->unpopulated[rv->domain] += VM_LEVEL_0_NPAGES - weight;
	vm_reserv_audit_pages(audit, rv);
}

static void vm_reserv_audit_seg(struct vm_audit *audit, const struct vm_phys_seg *seg,
				struct vm_reserv_census *census)
{
	struct vm_reserv *rv = seg->first_reserv;

	for (; rv < vm_reserv_seg_end(seg); rv++) {
		if (rv->pages)
			vm_reserv_audit_one(audit, rv, census);
		else if (rv->object)
			vm_audit_fail(audit, "segment %u: a reservation without a block\n",
				      seg->segind);
		cond_resched();
	}
}

/* What is in the queue says so of itself; returns how many there are. */
static unsigned long vm_reserv_audit_queue(struct vm_audit *audit, struct vm_domain *vmd)
{
	struct vm_reserv *rv;
	unsigned long flags, n = 0;

	raw_spin_lock_irqsave(&vmd->vmd_partpopq_lock, flags);
	list_for_each_entry(rv, &vmd->vmd_partpopq, partpopq) {
		if (!rv->pages)		/* somebody's place in the queue */
			continue;
		n++;
		if (!rv->inpartpopq || rv->domain != vmd->vmd_domain)
			vm_audit_fail(audit, "domain %u: a reservation is queued that is not\n",
				      vmd->vmd_domain);
	}
	raw_spin_unlock_irqrestore(&vmd->vmd_partpopq_lock, flags);
	return n;
}

/* What waits for its attribute to be restored has one, and no pages. */
static void vm_reserv_audit_restoreq(struct vm_audit *audit, struct vm_domain *vmd)
{
	struct vm_reserv *rv;
	unsigned long flags;

	raw_spin_lock_irqsave(&vmd->vmd_partpopq_lock, flags);
	list_for_each_entry(rv, &vmd->vmd_restoreq, partpopq) {
		if (vm_reserv_is_plain(rv) || rv->popcnt || rv->domain != vmd->vmd_domain)
			vm_audit_fail(audit, "reservation %#llx: to be restored, with %u pages\n",
				      rv->pages->phys_addr, rv->popcnt);
	}
	raw_spin_unlock_irqrestore(&vmd->vmd_partpopq_lock, flags);
}

/* The free pages are those of the free lists, and those of reservations. */
static void vm_reserv_audit_domain(struct vm_audit *audit, struct vm_domain *vmd,
				   const struct vm_reserv_census *census)
{
	const unsigned int domain = vmd->vmd_domain;
	const unsigned long queued = vm_reserv_audit_queue(audit, vmd);
	unsigned long blocks, flags;
	int free_count, promised;

	vm_reserv_audit_restoreq(audit, vmd);
	vm_domain_free_lock(vmd, flags);
	blocks = vm_phys_listed_pages(vmd);
	free_count = atomic_read(&vmd->vmd_free_count) + vm_pgcache_nahead(vmd);
	promised = atomic_read(&vmd->vmd_promised);
	vm_domain_free_unlock(vmd, flags);

	if (queued != census->queued[domain])
		vm_audit_fail(audit, "domain %u: %lu reservations queued, %lu say so\n", domain,
			      queued, census->queued[domain]);
	if (free_count + promised != blocks + census->unpopulated[domain])
		vm_audit_fail(audit,
			      "domain %u: %lu pages in free blocks, %lu unpopulated, %d free, %d promised\n",
			      domain, blocks, census->unpopulated[domain], free_count, promised);
}

unsigned long vm_reserv_audit(struct vm_audit *audit)
{
	const unsigned int nsegs = smp_load_acquire(&vm_phys_nsegs);	/* before the table */
	struct vm_reserv_census *census = kzalloc(sizeof(*census), GFP_KERNEL);
	unsigned long active;
	unsigned int segind;
	int domain;

	if (!census) {
		vm_audit_fail(audit, "reservations: not checked, no memory\n");
		return 0;
	}

	for (segind = 0; segind < nsegs; segind++)
		vm_reserv_audit_seg(audit, vm_phys_seg_at(segind), census);
	DOMAINSET_FOREACH(domain, &vm_all_domains)
		vm_reserv_audit_domain(audit, VM_DOMAIN(domain), census);
	active = census->active;
	kfree(census);
	return active;
}

unsigned long vm_reserv_audit_object(struct vm_audit *audit, vm_object_t object)
{
	struct vm_reserv *rv;
	unsigned long flags, n = 0;

	raw_spin_lock_irqsave(&object->rvq_lock, flags);
	list_for_each_entry(rv, &object->rvq, objq) {
		n++;
		if (rv->object != object || vm_reserv_index(object, rv->pindex))
			vm_audit_fail(audit, "reservation %#llx: index %llu, not its object's\n",
				      rv->pages->phys_addr, rv->pindex);
	}
	raw_spin_unlock_irqrestore(&object->rvq_lock, flags);
	return n;
}
