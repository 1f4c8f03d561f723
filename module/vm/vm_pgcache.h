/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Per-CPU page caches: free pages that a CPU keeps, of each domain and pool.
 *
 * A cache belongs to its CPU, and on it to whoever has set pg_owned, with preemption
 * disabled.  An interrupt that comes before pg_owned is set, or after it was cleared,
 * is over before the interrupted code goes on; one that finds it set does without the
 * cache.  So nothing here is atomic, and nobody but the CPU itself may touch its cache
 * while it is online.
 *
 * A page of a cache has PG_PCPU_CACHE, and keeps it for as long as its owner does not
 * give it to the free lists: with it a freed page finds its way back here.  Here it keeps
 * PG_NODUMP, if it has that, and its chunk counts it.
 *
 * Free pages of reservations are not kept here.  But their number, as far as the CPU has
 * taken them off the free count ahead, is: so CPUs that are at work on reservations of
 * their own do not share the count.
 */
#ifndef _VM_PGCACHE_H_
#define _VM_PGCACHE_H_

#include <linux/cache.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <vm/vm_page.h>
#include <vm/vm_pagequeue.h>

/* Pages that go from and to the free lists in one go. */
#define VM_PGCACHE_CHAIN	64

/*
 * struct vm_pgcache - the pages of one pool of a domain that a CPU keeps
 *
 * A chain is linked by plinks.s.ss.  Full ones are linked by plinks.s.pv of their first
 * pages.  (o) whoever owns the cache; (i) the CPU, with interrupts off.
 */
struct vm_pgcache {
	vm_page_t pg_top;		/* (o) the chain in use; the page freed last */
	vm_page_t pg_depot;		/* (o) full chains */
	u16 pg_n;			/* (o) pages of pg_top */
	u16 pg_chain;			/* (o) pages of a full chain; 0: nothing is kept */
	u16 pg_nfull;			/* (o) chains in pg_depot */
	u16 pg_maxfull;			/* (o) the same, at most */
	bool pg_owned;			/* of this CPU */
	u16 pg_ahead;			/* (i) pages taken off the count ahead; pool DEFAULT */
	s64 pg_nfreed;			/* (o) pages that were freed to it, for v_tfree */
} ____cacheline_aligned;

/* The most pages that a CPU keeps of each pool of a domain; 0 for none. */
extern unsigned int vm_pgcache_max_pcpu;

/* The domain of a page, whose number needs no check. */
static __always_inline struct vm_domain *vm_pagequeue_domain(vm_page_t m)
{
	return *(vm_dom + m->domain);
}

/* The end of what began with vm_pgcache_begin(). */
static __always_inline void vm_pgcache_end(struct vm_pgcache *pg)
{
	barrier();
	WRITE_ONCE(pg->pg_owned, false);
	preempt_enable();
}

/* Own the cache of the current CPU, *@pgp; false when that is not possible here. */
static __always_inline bool vm_pgcache_begin(struct vm_domain *vmd, int pool,
					     struct vm_pgcache **pgp)
{
	struct vm_pgcache *pg;

	preempt_disable();
	pg = this_cpu_ptr(vmd->vmd_pgcache) + pool;
	if (unlikely(pg->pg_owned)) {
		preempt_enable();
		return false;
	}
	WRITE_ONCE(pg->pg_owned, true);
	barrier();	/* what an interrupt has changed until now is seen */
	*pgp = pg;
	return true;
}

/* A page off the chain in use; NULL when there is none at hand. */
static __always_inline vm_page_t vm_pgcache_pop(struct vm_domain *vmd, int pool)
{
	struct vm_pgcache *pg;
	vm_page_t m;

	if (unlikely(!vm_pgcache_begin(vmd, pool, &pg)))
		return NULL;
	m = pg->pg_top;
	if (unlikely(!m)) {
		vm_pgcache_end(pg);
		return NULL;
	}
	pg->pg_top = m->plinks.s.ss;
	pg->pg_n--;
	vm_pgcache_end(pg);
	return m;
}

/* Put a page that nobody has onto the chain in use; false when that has no room. */
static __always_inline bool vm_pgcache_push(struct vm_domain *vmd, vm_page_t m)
{
	struct vm_pgcache *pg;

	if (unlikely(!vm_pgcache_begin(vmd, m->pool, &pg)))
		return false;
	if (unlikely(pg->pg_n >= pg->pg_chain)) {
		vm_pgcache_end(pg);
		return false;
	}
	m->plinks.s.ss = pg->pg_top;
	pg->pg_top = m;
	pg->pg_n++;
	pg->pg_nfreed++;
	vm_pgcache_end(pg);
	return true;
}

/*
 * When vm_pgcache_pop() had none: a page off another chain, or off one that is fetched
 * from the free lists; NULL when the domain has none to spare for that, or an
 * interrupt came upon the owner of the cache.  Any context.
 */
vm_page_t vm_pgcache_refill(struct vm_domain *vmd, int pool);

/* A page that nobody has, which keeps PG_PCPU_CACHE; or NULL. */
static inline vm_page_t vm_pgcache_alloc(struct vm_domain *vmd, int pool)
{
	const vm_page_t m = vm_pgcache_pop(vmd, pool);

	return likely(m) ? m : vm_pgcache_refill(vmd, pool);
}

/*
 * When vm_pgcache_push() had no room: make some, or give the page to the free lists
 * and the count.  Any context.
 */
void vm_pgcache_put(struct vm_domain *vmd, vm_page_t m);

/* The slow halves of the functions below. */
bool vm_pgcache_take_count_more(struct vm_domain *vmd, int req);
void vm_pgcache_give_count_more(struct vm_domain *vmd);

/* Where the current CPU has what it took ahead. */
static __always_inline struct vm_pgcache *vm_pgcache_ahead(struct vm_domain *vmd)
{
	return this_cpu_ptr(vmd->vmd_pgcache) + VM_FREEPOOL_DEFAULT;
}

/*
 * vm_domain_allocate() of a page of a reservation.  One that was taken ahead asks no gate,
 * as one of a chain.  Interrupts are off.
 */
static __always_inline bool vm_pgcache_take_count(struct vm_domain *vmd, int req)
{
	struct vm_pgcache *pg = vm_pgcache_ahead(vmd);

	if (unlikely(!pg->pg_ahead))
		return vm_pgcache_take_count_more(vmd, req);
	pg->pg_ahead--;
	return true;
}

/* vm_domain_freecnt_inc() of a page of an ordinary reservation.  Interrupts are off. */
static __always_inline void vm_pgcache_give_count(struct vm_domain *vmd)
{
	struct vm_pgcache *pg = vm_pgcache_ahead(vmd);

	if (likely(pg->pg_ahead < READ_ONCE(vmd->vmd_ahead_max)))
		pg->pg_ahead++;
	else
		vm_pgcache_give_count_more(vmd);
}

/*
 * Give what the current CPU keeps of a domain back; false when that was nothing.  Any
 * context.
 */
bool vm_pgcache_drain_local(struct vm_domain *vmd);
/*
 * Give back what any CPU keeps of a domain; false when that was nothing.  May sleep, and
 * with mmap_lock, too.
 */
bool vm_pgcache_drain_all(struct vm_domain *vmd);
/* The same with nobody else there who uses the allocator. */
void vm_pgcache_drain_idle(void);
/* Give back what a CPU keeps that is offline; when it comes back, it begins anew. */
int vm_pgcache_cpu_reset(unsigned int cpu);

/*
 * Let the caches be as large as the domains are now.  What is taken ahead follows with
 * vm_domain_set_thresholds().  May sleep, but not with mmap_lock.
 */
void vm_pgcache_update(void);

/* Pages that are kept of a domain, or taken off its count ahead; without a lock. */
unsigned long vm_pgcache_count(struct vm_domain *vmd);
/* Only the latter. */
unsigned long vm_pgcache_nahead(struct vm_domain *vmd);
/* Pages that were freed to caches. */
s64 vm_pgcache_nfreed(void);

#endif /* _VM_PGCACHE_H_ */
