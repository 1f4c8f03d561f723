// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * FreeBSD's tables as text, for debugfs.
 */
#include <linux/rcupdate.h>
#include <linux/seq_file.h>
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/vmmeter.h>
#include <vm/vm_page.h>
#include <vm/vm_pagequeue.h>
#include <vm/vm_phys.h>
#include <vm/vm_reserv.h>
#include "vm_meter.h"
#include "vm_pgcache.h"

/* Blocks of one domain, as vm_phys_free_queues has them. */
struct vm_meter_blocks {
	unsigned int n[VM_NFREELIST][VM_NFREEPOOL][VM_NFREEORDER];
};

/* All lists of a domain in one go, so that the numbers add up. */
static void vm_meter_count_blocks(struct vm_domain *vmd, struct vm_meter_blocks *blocks)
{
	unsigned long flags;
	int flind, pool, order;

	vm_domain_free_lock(vmd, flags);
	for (flind = 0; flind < vm_nfreelists; flind++) {
		for (pool = 0; pool < VM_NFREEPOOL; pool++) {
			for (order = 0; order < VM_NFREEORDER; order++)
				blocks->n[flind][pool][order] =
					vmd->vm_phys_free_queues[flind][pool][order].lcnt;
		}
	}
	vm_domain_free_unlock(vmd, flags);
}

/* Widths and rules are FreeBSD's, for programs that read its sysctl. */
static void vm_meter_show_list(struct seq_file *s, int flind,
			       unsigned int n[VM_NFREEPOOL][VM_NFREEORDER])
{
	int pool, order;

	seq_printf(s, "\nFREE LIST %d:\n\n  ORDER (SIZE)  |  NUMBER\n%14s", flind, "");
	for (pool = 0; pool < VM_NFREEPOOL; pool++)
		seq_printf(s, "  |  POOL %d", pool);
	seq_printf(s, "\n--%12s", "");
	for (pool = 0; pool < VM_NFREEPOOL; pool++)
		seq_printf(s, "-- --%6s", "");
	seq_puts(s, "--\n");

	for (order = VM_NFREEORDER - 1; order >= 0; order--) {
		seq_printf(s, "  %2d (%6luK)", order, (PAGE_SIZE / SZ_1K) << order);
		for (pool = 0; pool < VM_NFREEPOOL; pool++)
			seq_printf(s, "  |  %6u", n[pool][order]);
		seq_putc(s, '\n');
	}
}

void vm_phys_free_show(struct seq_file *s)
{
	struct vm_meter_blocks blocks;
	int domain, flind;

	DOMAINSET_FOREACH(domain, &vm_all_domains) {
		vm_meter_count_blocks(VM_DOMAIN(domain), &blocks);
		seq_printf(s, "\nDOMAIN %d:\n", domain);
		for (flind = 0; flind < vm_nfreelists; flind++)
			vm_meter_show_list(s, flind, blocks.n[flind]);
	}
}

/* FreeBSD prints the address of the queues last; here is the name of their list. */
void vm_phys_segs_show(struct seq_file *s)
{
	static const char * const lists[VM_NFREELIST] = {
		[VM_FREELIST_DEFAULT] = "DEFAULT",
		[VM_FREELIST_DMA32] = "DMA32",
		[VM_FREELIST_LOWMEM] = "LOWMEM",
	};
	const unsigned int nsegs = smp_load_acquire(&vm_phys_nsegs);	/* before the table */
	unsigned int i;

	for (i = 0; i < nsegs; i++) {
		const struct vm_phys_seg *seg = vm_phys_seg_at(i);

		seq_printf(s, "\nSEGMENT %u:\n\n", i);
		seq_printf(s, "%-11s%#llx\n", "start:", seg->start);
		seq_printf(s, "%-11s%#llx\n", "end:", seg->end);
		seq_printf(s, "%-11s%u\n", "domain:", seg->domain);
		seq_printf(s, "%-11s%s\n", "free list:", lists[seg->freelist]);
	}
}

/* A domain's number is a node's, so there may be gaps. */
void vm_phys_locality_show(struct seq_file *s)
{
	int from, to;

	seq_putc(s, '\n');
	DOMAINSET_FOREACH(from, &vm_all_domains) {
		seq_printf(s, "%d: ", from);
		DOMAINSET_FOREACH(to, &vm_all_domains)
			seq_printf(s, "%d ", vm_phys_mem_affinity(from, to));
		seq_putc(s, '\n');
	}
}

void vm_ndomains_show(struct seq_file *s)
{
	seq_printf(s, "%d\n", vm_ndomains);
}

/*
 * What a domain says of itself, or all of them together: the numbers of struct
 * vm_domain, wide enough for a sum.  Each is read by itself, without a lock.
 */
struct vm_meter_stats {
	long free_count;
	long promised;
	long cache_count;
	long pgcache_count;
	long pageout_deficit;
	long unzeroed;
	unsigned long page_count;
	unsigned long interrupt_free_min;
	unsigned long pageout_free_min;
	unsigned long free_reserved;
	unsigned long free_severe;
	unsigned long free_min;
	unsigned long free_target;
	unsigned long inactive_target;
	unsigned long background_launder_target;
	unsigned long pageout_wakeup_thresh;
};

static void vm_meter_add_domain(struct vm_meter_stats *stats, struct vm_domain *vmd)
{
	stats->free_count += atomic_read(&vmd->vmd_free_count);
	stats->promised += atomic_read(&vmd->vmd_promised);
	stats->cache_count += READ_ONCE(vmd->vmd_cache_count);
	stats->pgcache_count += vm_pgcache_count(vmd);
	stats->pageout_deficit += atomic_read(&vmd->vmd_pageout_deficit);
	stats->unzeroed += atomic_read(&vmd->vmd_unzeroed);
	stats->page_count += vmd->vmd_page_count;
	stats->interrupt_free_min += vmd->vmd_interrupt_free_min;
	stats->pageout_free_min += vmd->vmd_pageout_free_min;
	stats->free_reserved += vmd->vmd_free_reserved;
	stats->free_severe += vmd->vmd_free_severe;
	stats->free_min += vmd->vmd_free_min;
	stats->free_target += vmd->vmd_free_target;
	stats->inactive_target += vmd->vmd_inactive_target;
	stats->background_launder_target += vmd->vmd_background_launder_target;
	stats->pageout_wakeup_thresh += vmd->vmd_pageout_wakeup_thresh;
}

/* The names of vm.stats.vm begin with v_, those of vm.domain.N.stats do not. */
static void vm_meter_show_stats(struct seq_file *s, const char *prefix,
				const struct vm_meter_stats *stats)
{
	seq_printf(s, "%spage_count %lu\n", prefix, stats->page_count);
	seq_printf(s, "%sfree_count %ld\n", prefix, stats->free_count);
	seq_printf(s, "%spromised %ld\n", prefix, stats->promised);
	seq_printf(s, "%scache_count %ld\n", prefix, stats->cache_count);
	seq_printf(s, "%spgcache_count %ld\n", prefix, stats->pgcache_count);
	seq_printf(s, "%spageout_deficit %ld\n", prefix, stats->pageout_deficit);
	seq_printf(s, "%sunzeroed %ld\n", prefix, stats->unzeroed);
	seq_printf(s, "%sinterrupt_free_min %lu\n", prefix, stats->interrupt_free_min);
	seq_printf(s, "%spageout_free_min %lu\n", prefix, stats->pageout_free_min);
	seq_printf(s, "%sfree_reserved %lu\n", prefix, stats->free_reserved);
	seq_printf(s, "%sfree_severe %lu\n", prefix, stats->free_severe);
	seq_printf(s, "%sfree_min %lu\n", prefix, stats->free_min);
	seq_printf(s, "%sfree_target %lu\n", prefix, stats->free_target);
	seq_printf(s, "%sinactive_target %lu\n", prefix, stats->inactive_target);
	seq_printf(s, "%sbackground_launder_target %lu\n", prefix,
		   stats->background_launder_target);
	seq_printf(s, "%spageout_wakeup_thresh %lu\n", prefix, stats->pageout_wakeup_thresh);
}

void vm_stats_show(struct seq_file *s)
{
	struct vm_meter_stats stats = {};
	int domain;

	DOMAINSET_FOREACH(domain, &vm_all_domains)
		vm_meter_add_domain(&stats, VM_DOMAIN(domain));

	seq_printf(s, "v_page_size %lu\n", PAGE_SIZE);
	vm_meter_show_stats(s, "v_", &stats);
	seq_printf(s, "v_wire_count %lld\n", VM_CNT_FETCH(v_wire_count));
	seq_printf(s, "v_tfree %lld\n", VM_CNT_FETCH(v_tfree) + vm_pgcache_nfreed());
	seq_printf(s, "v_pdwakeups %lld\n", VM_CNT_FETCH(v_pdwakeups));
	seq_printf(s, "v_pdpages %lld\n", VM_CNT_FETCH(v_pdpages));
	seq_printf(s, "v_index_walks %lld\n", VM_CNT_FETCH(v_index_walks));
	seq_printf(s, "v_tcached %lld\n", VM_CNT_FETCH(v_tcached));
	seq_printf(s, "v_reactivated %lld\n", VM_CNT_FETCH(v_reactivated));
	seq_printf(s, "v_block_reclaimed %lld\n", VM_CNT_FETCH(v_block_reclaimed));
	seq_printf(s, "v_block_failed %lld\n", VM_CNT_FETCH(v_block_failed));
	seq_printf(s, "v_block_moved %lld\n", VM_CNT_FETCH(v_block_moved));
	seq_printf(s, "v_zeroed_ahead %lld\n", VM_CNT_FETCH(v_zeroed_ahead));
	seq_printf(s, "v_zfod %lld\n", VM_CNT_FETCH(v_zfod));
	seq_printf(s, "v_ozfod %lld\n", VM_CNT_FETCH(v_ozfod));
	seq_printf(s, "v_wait_count %d\n", vm_wait_count());
}

void vm_domain_stats_show(struct seq_file *s, int domain)
{
	struct vm_meter_stats stats = {};

	if (!vm_assert(vmpage_domain_exists(domain)))
		return;
	vm_meter_add_domain(&stats, VM_DOMAIN(domain));
	vm_meter_show_stats(s, "", &stats);
}

/* FreeBSD's levels go up from -1, the pages; there is no other with one kind of superpage. */
void vm_reserv_partpopq_show(struct seq_file *s)
{
	unsigned long unused;
	unsigned int number;
	int domain;

	seq_puts(s, "\nDOMAIN    LEVEL     SIZE  NUMBER\n\n");
	DOMAINSET_FOREACH(domain, &vm_all_domains) {
		number = vm_reserv_partpop(domain, &unused);
		seq_printf(s, "%6d, %7d, %6luK, %6u\n", domain, -1, unused * (PAGE_SIZE / SZ_1K),
			   number);
	}
}

void vm_reserv_memattr_show(struct seq_file *s)
{
	struct vmpage_reserv_memattr sum;
	int domain;

	seq_puts(s, "\nDOMAIN   NUMBER  RESTORING   UNUSED\n\n");
	DOMAINSET_FOREACH(domain, &vm_all_domains) {
		vmpage_reserv_memattr(domain, &sum);
		seq_printf(s, "%6d, %7u, %9u, %6luK\n", domain, sum.reservs, sum.restoring,
			   sum.unused * (PAGE_SIZE / SZ_1K));
	}
}

void vm_reserv_broken_show(struct seq_file *s)
{
	seq_printf(s, "%lld\n", VM_CNT_FETCH(v_reserv_broken));
}

void vm_reserv_freed_show(struct seq_file *s)
{
	seq_printf(s, "%lld\n", VM_CNT_FETCH(v_reserv_freed));
}

void vm_reserv_reclaimed_show(struct seq_file *s)
{
	seq_printf(s, "%lld\n", VM_CNT_FETCH(v_reserv_reclaimed));
}

void vm_reserv_fullpop_show(struct seq_file *s)
{
	seq_printf(s, "%u\n", vm_reserv_fullpop());
}
