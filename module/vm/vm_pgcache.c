// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Per-CPU page caches.
 *
 *	alloc <- chain in use <- depot <- free lists
 *	free  -> chain in use -> depot -> free lists
 *
 * Pages come and go as chains of a fixed length: from chain to chain by one step,
 * between the depot and the free lists under one hold of the free lock.  They are not in
 * the free count, so a request that is served from a cache asks no gate: whoever fetched
 * the chain has, of class NORMAL.
 *
 * What is kept here blocks the merging of blocks and is of no use to other CPUs.  So it
 * goes back while a domain is short, when a request failed, before pages are moved to
 * make room for a run, and with its CPU.
 */
#include <linux/compiler.h>
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/minmax.h>
#include <linux/workqueue.h>
#include <sys/systm.h>
#include <sys/vmmeter.h>
#include <vm/vm_phys.h>

#include "vm_pgcache.h"
#include "vm_phys_priv.h"

/* All caches together have at most this part of a domain, beside pages of reservations. */
#define VM_PGCACHE_SHARE	8

unsigned int vm_pgcache_max_pcpu = 16 * VM_PGCACHE_CHAIN;

/* To the free lists */

/*
 * Pages of a chain that lie next to each other, linked by plinks.s.ss of their first
 * pages, which have the length as plinks.s.pv.
 */
struct vm_pgcache_runs {
	vm_page_t first;
	vm_page_t *last;
};

static void vm_pgcache_add_run(struct vm_pgcache_runs *runs, vm_page_t m, unsigned long npages)
{
	m->plinks.s.pv = (void *)npages;
	*runs->last = m;
	runs->last = &m->plinks.s.ss;
}

/* Pages of two segments are no neighbours, wherever their arrays lie. */
static bool vm_pgcache_adjacent(vm_page_t m, vm_page_t m_next)
{
	return m + 1 == m_next && m->segind == m_next->segind;
}

/* On a free list no page is marked. */
static noinline void vm_pgcache_unmark(vm_page_t m)
{
	vm_phys_nodump(m, false);
	m->flags &= ~PG_NODUMP;
}

/* Most chains were freed in one direction, so that most of their merging is done here. */
static void vm_pgcache_sort(vm_page_t m, struct vm_pgcache_runs *runs)
{
	vm_page_t m_low = m, m_high = m, m_next;

	runs->last = &runs->first;
	for (; m; m = m_next) {
		m_next = m->plinks.s.ss;
		if (unlikely(m->flags & PG_NODUMP))
			vm_pgcache_unmark(m);
		m->flags &= ~PG_PCPU_CACHE;
		if (m_next && vm_pgcache_adjacent(m_next, m_low)) {
			m_low = m_next;
		} else if (m_next && vm_pgcache_adjacent(m_high, m_next)) {
			m_high = m_next;
		} else {
			vm_pgcache_add_run(runs, m_low, m_high - m_low + 1);
			m_low = m_next;
			m_high = m_next;
		}
	}
	*runs->last = NULL;
}

/* Give a chain of @npages back. */
static void vm_pgcache_release(struct vm_domain *vmd, vm_page_t m, unsigned int npages)
{
	struct vm_pgcache_runs runs;
	unsigned long flags;

	vm_pgcache_sort(m, &runs);
	vm_domain_free_lock(vmd, flags);
	vm_phys_free_runs(runs.first);
	vm_domain_free_unlock(vmd, flags);
	vm_domain_freecnt_inc(vmd, npages);
}

/* From the free lists */

/* Link pages to a chain that begins with the first one; returns how many. */
static unsigned int vm_pgcache_link(vm_page_t *m, vm_page_t ma[], unsigned int npages)
{
	unsigned int i, nlost = 0;

	for (i = 0; i < npages; i++) {
		const vm_page_t m_next = ma[i];

		if (!vm_phys_page_intact(m_next, PG_ZERO)) {
			nlost++;
			continue;
		}
		m_next->flags |= PG_PCPU_CACHE;
		*m = m_next;
		m = &m_next->plinks.s.ss;
	}
	*m = NULL;
	return npages - nlost;
}

/* Who asks for the page daemon, or while there are hardly any pages, gets none to spare. */
static unsigned int vm_pgcache_import(struct vm_domain *vmd, int pool, int npages, vm_page_t *m)
{
	vm_page_t ma[VM_PGCACHE_CHAIN];
	unsigned long flags;
	int n;

	if (vm_page_count_severe_domain(vmd->vmd_domain) || vm_curthread_is_pageproc() ||
	    !vm_domain_allocate(vmd, VM_ALLOC_NORMAL, npages))
		return 0;

	vm_domain_free_lock(vmd, flags);
	n = vm_phys_alloc_npages(vmd->vmd_domain, pool, npages, ma);
	vm_domain_free_unlock(vmd, flags);
	if (n < npages)
		vm_domain_freecnt_inc(vmd, npages - n);
	return vm_pgcache_link(m, ma, n);
}

/* Chains */

static void vm_pgcache_stash(struct vm_pgcache *pg)
{
	pg->pg_top->plinks.s.pv = pg->pg_depot;
	pg->pg_depot = pg->pg_top;
	pg->pg_nfull++;
	pg->pg_top = NULL;
	pg->pg_n = 0;
}

static vm_page_t vm_pgcache_unstash(struct vm_pgcache *pg)
{
	const vm_page_t m = pg->pg_depot;

	if (m) {
		pg->pg_depot = m->plinks.s.pv;
		pg->pg_nfull--;
	}
	return m;
}

/* Put an empty chain in the place of one that is full, and that others may wait for. */
static void vm_pgcache_make_room(struct vm_domain *vmd, struct vm_pgcache *pg)
{
	vm_page_t m = NULL;

	if (!pg->pg_maxfull || vm_page_count_min_domain(vmd->vmd_domain)) {
		m = pg->pg_top;
		pg->pg_top = NULL;
		pg->pg_n = 0;
	} else {
		if (pg->pg_nfull == pg->pg_maxfull)
			m = vm_pgcache_unstash(pg);
		vm_pgcache_stash(pg);
	}
	if (m)
		vm_pgcache_release(vmd, m, pg->pg_chain);
}

/* Have a chain in use that is not empty, if possible. */
static void vm_pgcache_fill(struct vm_domain *vmd, int pool, struct vm_pgcache *pg)
{
	if (!pg->pg_top) {
		pg->pg_top = vm_pgcache_unstash(pg);
		pg->pg_n = pg->pg_top ? pg->pg_chain : 0;
	}
	if (!pg->pg_top && pg->pg_chain)
		pg->pg_n = vm_pgcache_import(vmd, pool, pg->pg_chain, &pg->pg_top);
}

vm_page_t vm_pgcache_refill(struct vm_domain *vmd, int pool)
{
	struct vm_pgcache *pg;
	vm_page_t m;

	if (!vm_pgcache_begin(vmd, pool, &pg))
		return NULL;
	vm_pgcache_fill(vmd, pool, pg);
	m = pg->pg_top;
	if (m) {
		pg->pg_top = m->plinks.s.ss;
		pg->pg_n--;
	}
	vm_pgcache_end(pg);
	return m;
}

static void vm_pgcache_free_page(struct vm_domain *vmd, vm_page_t m)
{
	m->plinks.s.ss = NULL;
	vm_pgcache_release(vmd, m, 1);
	VM_CNT_INC(v_tfree);
}

void vm_pgcache_put(struct vm_domain *vmd, vm_page_t m)
{
	struct vm_pgcache *pg;

	if (vm_pgcache_begin(vmd, m->pool, &pg)) {
		if (pg->pg_n && pg->pg_n == pg->pg_chain)
			vm_pgcache_make_room(vmd, pg);
		vm_pgcache_end(pg);
	}
	if (!vm_pgcache_push(vmd, m))
		vm_pgcache_free_page(vmd, m);
}

/* Pages of reservations */

/* Half of what there may be is taken, and given back, at once; ahead only of plenty. */
bool vm_pgcache_take_count_more(struct vm_domain *vmd, int req)
{
	struct vm_pgcache *pg = vm_pgcache_ahead(vmd);
	const int npages = READ_ONCE(vmd->vmd_ahead_max) / 2;

	lockdep_assert_irqs_disabled();

	if (!npages || !vm_domain_plenty(vmd, atomic_read(&vmd->vmd_free_count) - npages) ||
	    !vm_domain_allocate(vmd, VM_ALLOC_NORMAL, npages))
		return vm_domain_allocate(vmd, req, 1);
	pg->pg_ahead = npages - 1;
	return true;
}

void vm_pgcache_give_count_more(struct vm_domain *vmd)
{
	struct vm_pgcache *pg = vm_pgcache_ahead(vmd);
	const unsigned int npages = pg->pg_ahead + 1;

	lockdep_assert_irqs_disabled();

	pg->pg_ahead = min(npages, READ_ONCE(vmd->vmd_ahead_max)) / 2;
	vm_domain_freecnt_inc(vmd, npages - pg->pg_ahead);
}

/* It needs no owner, so this is possible anywhere. */
static unsigned int vm_pgcache_give_ahead(struct vm_domain *vmd, struct vm_pgcache *pg)
{
	unsigned long flags;
	unsigned int npages;

	local_irq_save(flags);
	npages = pg->pg_ahead;
	pg->pg_ahead = 0;
	local_irq_restore(flags);
	if (npages)
		vm_domain_freecnt_inc(vmd, npages);
	return npages;
}

/* Questions */

unsigned long vm_pgcache_nahead(struct vm_domain *vmd)
{
	unsigned long npages = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		const struct vm_pgcache *pg = per_cpu_ptr(vmd->vmd_pgcache, cpu);

		npages += READ_ONCE((pg + VM_FREEPOOL_DEFAULT)->pg_ahead);
	}
	return npages;
}

unsigned long vm_pgcache_count(struct vm_domain *vmd)
{
	unsigned long npages = 0;
	int cpu, pool;

	for_each_possible_cpu(cpu) {
		for (pool = 0; pool < VM_NFREEPOOL; pool++) {
			const struct vm_pgcache *pg = per_cpu_ptr(vmd->vmd_pgcache, cpu) + pool;

			npages += READ_ONCE(pg->pg_n) + READ_ONCE(pg->pg_ahead) +
				  READ_ONCE(pg->pg_nfull) * READ_ONCE(pg->pg_chain);
		}
	}
	return npages;
}

s64 vm_pgcache_nfreed(void)
{
	int cpu, pool, domain;
	s64 npages = 0;

	DOMAINSET_FOREACH(domain, &vm_all_domains) {
		for_each_possible_cpu(cpu) {
			for (pool = 0; pool < VM_NFREEPOOL; pool++)
				npages += READ_ONCE((per_cpu_ptr(VM_DOMAIN(domain)->vmd_pgcache,
								 cpu) + pool)->pg_nfreed);
		}
	}
	return npages;
}

/* Draining */

/* From now on it is as large as the domain says. */
static unsigned int vm_pgcache_empty(struct vm_domain *vmd, struct vm_pgcache *pg)
{
	const unsigned int npages = pg->pg_n + pg->pg_nfull * pg->pg_chain;
	vm_page_t m;

	if (pg->pg_top)
		vm_pgcache_release(vmd, pg->pg_top, pg->pg_n);
	pg->pg_top = NULL;
	pg->pg_n = 0;
	while ((m = vm_pgcache_unstash(pg)))
		vm_pgcache_release(vmd, m, pg->pg_chain);
	pg->pg_chain = READ_ONCE(vmd->vmd_pgcache_chain);
	pg->pg_maxfull = READ_ONCE(vmd->vmd_pgcache_maxfull);
	return npages;
}

bool vm_pgcache_drain_local(struct vm_domain *vmd)
{
	unsigned int npages;
	int pool;

	preempt_disable();
	npages = vm_pgcache_give_ahead(vmd, vm_pgcache_ahead(vmd));
	preempt_enable();
	for (pool = 0; pool < VM_NFREEPOOL; pool++) {
		struct vm_pgcache *pg;

		if (!vm_pgcache_begin(vmd, pool, &pg))
			continue;
		npages += vm_pgcache_empty(vmd, pg);
		vm_pgcache_end(pg);
	}
	return npages;
}

static long vm_pgcache_drain_work(void *vmd)
{
	return vm_pgcache_drain_local(vmd);
}

/*
 * Callers may hold mmap_lock, for which a task may wait that keeps CPUs from going; so this
 * does not do so.  The work for one that goes meanwhile is done by another, and what it kept
 * comes back by vm_pgcache_cpu_reset().
 */
static void vm_pgcache_drain_cpus(struct vm_domain *vmd)
{
	int cpu;

	for_each_online_cpu(cpu)
		work_on_cpu(cpu, vm_pgcache_drain_work, vmd);
}

bool vm_pgcache_drain_all(struct vm_domain *vmd)
{
	if (!vm_pgcache_count(vmd))
		return false;
	vm_pgcache_drain_cpus(vmd);
	return true;
}

int vm_pgcache_cpu_reset(unsigned int cpu)
{
	int domain, pool;

	DOMAINSET_FOREACH(domain, &vm_all_domains) {
		struct vm_domain *vmd = VM_DOMAIN(domain);

		for (pool = 0; pool < VM_NFREEPOOL; pool++)
			vm_pgcache_empty(vmd, per_cpu_ptr(vmd->vmd_pgcache, cpu) + pool);
		vm_pgcache_give_ahead(vmd, per_cpu_ptr(vmd->vmd_pgcache, cpu) +
					   VM_FREEPOOL_DEFAULT);
	}
	return 0;
}

void vm_pgcache_drain_idle(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		vm_pgcache_cpu_reset(cpu);
}

/* Sizes */

/* A chain of half of what may be kept, so that there can be two. */
static void vm_pgcache_set_size(struct vm_domain *vmd)
{
	const unsigned int share = vmd->vmd_page_count / VM_PGCACHE_SHARE / VM_NFREEPOOL /
				   num_possible_cpus();
	const unsigned int npages = min(READ_ONCE(vm_pgcache_max_pcpu), share);
	const unsigned int chain = npages > 1 ? min_t(unsigned int, npages / 2, VM_PGCACHE_CHAIN) :
						npages;

	WRITE_ONCE(vmd->vmd_pgcache_chain, chain);
	WRITE_ONCE(vmd->vmd_pgcache_maxfull, chain ? npages / chain - 1 : 0);
}

void vm_pgcache_update(void)
{
	int domain;

	/* A CPU that comes back has the sizes of when it went. */
	cpus_read_lock();
	DOMAINSET_FOREACH(domain, &vm_all_domains) {
		vm_pgcache_set_size(VM_DOMAIN(domain));
		vm_pgcache_drain_cpus(VM_DOMAIN(domain));
	}
	cpus_read_unlock();
}
