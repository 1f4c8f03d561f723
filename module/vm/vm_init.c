// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Bring-up order: segments, free lists, counts, watermarks.
 */
#include <vm/vm_domainset.h>
#include <vm/vm_page_cache.h>
#include <vm/vm_pageout.h>
#include <vm/vm_pagequeue.h>
#include <vm/vm_phys.h>
#include <vm/vm_reserv.h>

#include "vm_init.h"
#include "vm_zero.h"
#include "vm_pgcache.h"

/* Held while chunks come and go. */
static DEFINE_MUTEX(vm_mem_lock);

static int vm_mem_span_npages(const struct vm_mem_span *span)
{
	return (span->end - span->start) >> PAGE_SHIFT;
}

static void vm_mem_count(const struct vm_mem_span *span)
{
	struct vm_domain *vmd = VM_DOMAIN(span->domain);

	vmd->vmd_page_count += vm_mem_span_npages(span);
	vm_domain_freecnt_inc(vmd, vm_mem_span_npages(span));
}

int vm_mem_startup(const struct vm_mem_span *spans, unsigned int nspans)
{
	unsigned int i;
	int ret = 0;

	mutex_lock(&vm_mem_lock);
	for (i = 0; i < nspans && !ret; i++)
		ret = vm_phys_add_seg(spans[i].start, spans[i].end, spans[i].domain);
	if (ret) {
		vm_phys_fini();
		goto unlock;
	}

	vm_phys_init();
	for (i = 0; i < nspans; i++)
		vm_mem_count(&spans[i]);
	vm_pgcache_update();
	vm_domain_set_thresholds();
	vm_domainset_update();
unlock:
	mutex_unlock(&vm_mem_lock);
	return ret;
}

void vm_mem_shutdown(void)
{
	int domain;

	mutex_lock(&vm_mem_lock);
	vm_pgcache_drain_idle();
	DOMAINSET_FOREACH(domain, &vm_all_domains)
		vmpage_reserv_restore(domain);
	vm_phys_fini();
	vm_domain_reset();
	vm_domainset_reset();
	mutex_unlock(&vm_mem_lock);
}

int vm_mem_add_span(const struct vm_mem_span *span)
{
	int ret;

	mutex_lock(&vm_mem_lock);
	ret = vm_phys_add_seg(span->start, span->end, span->domain);
	if (!ret) {
		vm_mem_count(span);
		vm_pgcache_update();
		vm_domain_set_thresholds();
		vm_domainset_update();
		vm_pageout_update();
		vm_zero_update();
	}
	mutex_unlock(&vm_mem_lock);
	return ret;
}

static void vm_mem_uncache_chunk(struct vm_domain *vmd, vm_paddr_t pa)
{
	const vm_paddr_t end = pa + ptoa(VM_LEVEL_0_NPAGES);
	vm_page_t m;

	for (; pa < end; pa += PAGE_SIZE) {
		m = PHYS_TO_VM_PAGE(pa);
		if (m)
			vm_page_cache_evict(vmd, m);
	}
}

/*
 * The pages leave the count first: they may be somebody's promise, and then the
 * chunk has to stay although nobody has taken a page of it yet.
 */
static int vm_mem_remove_chunk_locked(vm_paddr_t pa)
{
	const int domain = vm_phys_domain(pa);
	struct vm_domain *vmd;
	int ret;

	if (domain < 0)
		return -EINVAL;

	vmd = VM_DOMAIN(domain);
	vm_mem_uncache_chunk(vmd, pa);
	vm_pgcache_drain_all(vmd);
	vmpage_reserv_restore(domain);
	if (!vm_domain_allocate(vmd, VM_ALLOC_NORMAL, VM_LEVEL_0_NPAGES))
		return -ENOMEM;

	ret = vm_phys_remove_chunk(pa);
	if (ret) {
		vm_domain_freecnt_inc(vmd, VM_LEVEL_0_NPAGES);
		return ret;
	}

	vmd->vmd_page_count -= VM_LEVEL_0_NPAGES;
	vm_pgcache_update();
	vm_domain_set_thresholds();
	return 0;
}

int vm_mem_remove_chunk(vm_paddr_t pa)
{
	int ret;

	mutex_lock(&vm_mem_lock);
	ret = vm_mem_remove_chunk_locked(pa);
	mutex_unlock(&vm_mem_lock);
	return ret;
}

void vm_mem_dump_all(bool all)
{
	mutex_lock(&vm_mem_lock);
	vm_phys_dump_all(all);
	mutex_unlock(&vm_mem_lock);
}
