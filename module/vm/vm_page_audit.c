// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The audit of pages.
 */
#include <linux/minmax.h>
#include <linux/slab.h>
#include <sys/vmmeter.h>

#include "vm_audit.h"
#include "vm_page_priv.h"
#include "vm_pgcache.h"
#include "vm_reserv_priv.h"

static bool vm_page_is_cached_page(vm_page_t m)
{
	return m->flags & PG_CACHED;
}

/* Is it in a per-CPU cache? */
static bool vm_page_is_pcpu_page(vm_page_t m)
{
	return vm_page_busy_freed(m) && (m->flags & PG_PCPU_CACHE);
}

/*
 * A page that nobody has keeps nothing of its last owner but what is known of its
 * content; a cached one its place and its content, too.
 */
static bool vm_page_free_state_clean(vm_page_t m)
{
	const bool cached = vm_page_is_cached_page(m);

	return !!m->object == cached && !!m->valid == cached && !m->ref_count && !m->dirty &&
	       m->a.queue == PQ_NONE && m->memattr == VM_MEMATTR_DEFAULT;
}

static void vm_page_audit_one(struct vm_audit *audit, vm_page_t m)
{
	const bool objref = READ_ONCE(m->ref_count) & VPRC_OBJREF;

	if (vm_page_is_cached_page(m) && (!vm_page_busy_freed(m) || m->order != VM_NFREEORDER))
		vm_audit_fail(audit, "page %#llx: cached, but busied or on a free list\n",
			      VM_PAGE_TO_PHYS(m));
	if (vm_page_busy_freed(m)) {
		if (!vm_page_free_state_clean(m))
			vm_audit_fail(audit, "page %#llx: %s, but still in use\n",
				      VM_PAGE_TO_PHYS(m),
				      vm_page_is_cached_page(m) ? "cached" : "free");
		return;
	}
	if (m->order != VM_NFREEORDER)
		vm_audit_fail(audit, "page %#llx: allocated, but of order %u\n",
			      VM_PAGE_TO_PHYS(m), m->order);
	if (objref != !!m->object)
		vm_audit_fail(audit, "page %#llx: object and reference do not match\n",
			      VM_PAGE_TO_PHYS(m));
	if (m->dirty & ~m->valid)
		vm_audit_fail(audit, "page %#llx: dirty %#x, but valid %#x\n",
			      VM_PAGE_TO_PHYS(m), m->dirty, m->valid);
}

/* What vm_page_audit() counts. */
struct vm_page_census {
	long npages[MAXMEMDOM];		/* pages */
	long nfree[MAXMEMDOM];		/* pages */
	long ncached[MAXMEMDOM];	/* pages */
	long npcpu[MAXMEMDOM];		/* pages of per-CPU caches */
	long nwired;			/* pages */
	unsigned long nresident;	/* pages */
};

/* All pages of a run lie in one block; one with a memory attribute has no free pages. */
static void vm_page_audit_run(struct vm_audit *audit, vm_page_t m_run, u_long npages,
			      struct vm_page_census *census)
{
	const bool plain = vm_reserv_is_plain(vm_reserv_from_page(m_run));
	const unsigned int domain = vm_page_domain(m_run);
	vm_page_t m;

	for (m = m_run; m < m_run + npages; m++) {
		vm_page_audit_one(audit, m);
		census->npages[domain]++;
		census->ncached[domain] += vm_page_is_cached_page(m);
		census->npcpu[domain] += vm_page_is_pcpu_page(m);
		census->nfree[domain] += plain && vm_page_busy_freed(m) &&
					 !vm_page_is_cached_page(m) && !vm_page_is_pcpu_page(m);
		census->nwired += vm_page_wired(m);
		census->nresident += m->object && !vm_page_is_cached_page(m);
	}
}

static void vm_page_audit_seg(struct vm_audit *audit, const struct vm_phys_seg *seg,
			      struct vm_page_census *census)
{
	const vm_paddr_t size = ptoa(VM_LEVEL_0_NPAGES);
	vm_paddr_t pa, end;

	for (pa = seg->start; pa < seg->end; pa = end) {
		const vm_page_t m = PHYS_TO_VM_PAGE(pa);

		end = min(seg->end, (pa | (size - 1)) + 1);
		cond_resched();
		/* The chunk was given back, and may be there again in another segment. */
		if (m && m->segind == seg->segind)
			vm_page_audit_run(audit, m, atop(end - pa), census);
	}
}

/* Cached pages that are on the domain's FIFO. */
static long vm_page_audit_cacheq(struct vm_audit *audit, struct vm_domain *vmd)
{
	unsigned long flags;
	long count = 0;
	vm_page_t m;

	vm_domain_free_lock(vmd, flags);
	list_for_each_entry(m, &vmd->vmd_cacheq, plinks.q)
		count += vm_page_is_cached_page(m);
	if (count != vmd->vmd_cache_count)
		vm_audit_fail(audit, "domain %u: %ld pages in the cache queue, %u counted\n",
			      vmd->vmd_domain, count, vmd->vmd_cache_count);
	vm_domain_free_unlock(vmd, flags);
	return count;
}

static void vm_page_audit_domain(struct vm_audit *audit, struct vm_domain *vmd,
				 const struct vm_page_census *census)
{
	const unsigned int domain = vmd->vmd_domain;
	const long queued = vm_page_audit_cacheq(audit, vmd);
	const long uncounted = vm_pgcache_nahead(vmd);
	const long counted = atomic_read(&vmd->vmd_free_count) +
			     atomic_read(&vmd->vmd_promised) + uncounted;
	const long kept = vm_pgcache_count(vmd) - uncounted;

	if (census->npages[domain] != vmd->vmd_page_count)
		vm_audit_fail(audit, "domain %u: %ld pages, %u counted\n", domain,
			      census->npages[domain], vmd->vmd_page_count);
	if (census->ncached[domain] != queued)
		vm_audit_fail(audit, "domain %u: %ld pages are cached, %ld in the queue\n",
			      domain, census->ncached[domain], queued);
	if (census->npcpu[domain] != kept)
		vm_audit_fail(audit, "domain %u: %ld pages are of per-CPU caches, %ld counted\n",
			      domain, census->npcpu[domain], kept);
	if (census->nfree[domain] != counted)
		vm_audit_fail(audit, "domain %u: %ld pages are free, %ld counted\n", domain,
			      census->nfree[domain], counted);
}

void vm_page_audit(struct vm_audit *audit, unsigned long resident, unsigned long cached)
{
	struct vm_page_census *census = kzalloc(sizeof(*census), GFP_KERNEL);
	const unsigned int nsegs = smp_load_acquire(&vm_phys_nsegs);	/* before the table */
	unsigned int segind;
	unsigned long ncached = 0;
	int domain;

	if (!census) {
		vm_audit_fail(audit, "pages: not checked, no memory\n");
		return;
	}

	for (segind = 0; segind < nsegs; segind++)
		vm_page_audit_seg(audit, vm_phys_seg_at(segind), census);
	DOMAINSET_FOREACH(domain, &vm_all_domains) {
		vm_page_audit_domain(audit, VM_DOMAIN(domain), census);
		ncached += census->ncached[domain];
	}
	if (ncached != cached)
		vm_audit_fail(audit, "%lu pages are cached, objects have %lu\n", ncached, cached);
	if (census->nwired != VM_CNT_FETCH(v_wire_count))
		vm_audit_fail(audit, "%ld pages are wired, %lld counted\n", census->nwired,
			      VM_CNT_FETCH(v_wire_count));
	if (census->nresident != resident)
		vm_audit_fail(audit, "%lu pages have an object, objects have %lu\n",
			      census->nresident, resident);
	kfree(census);
}
