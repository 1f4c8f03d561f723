/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Memory domains: free pages, their count and its watermarks.
 *
 * Lock order: see vm_object.h.
 *
 * What has FreeBSD 14's name has its meaning; no manual page describes it.
 */
#ifndef _VM_PAGEQUEUE_H_
#define _VM_PAGEQUEUE_H_

#include <linux/mutex.h>
#include <linux/rcuwait.h>
#include <linux/spinlock.h>
#include <sys/domainset.h>
#include <vm/_vm_phys.h>

struct seq_file;
struct task_struct;
struct vm_audit;
struct vm_pgcache;

/*
 * struct vm_domain - one NUMA node that contributes memory
 *
 * (a) atomic; (b) vmd_block_lock; (c) constant once vm_mem_startup() has returned; (d)
 * vm_domainset_lock; (f) vmd_free_lock; (i) written by vm_init.c alone, under
 * vm_mem_lock, and read without a lock; (p) written by vm_pageout.c alone,
 * under vm_pageout_lock, and read without a lock; (q) vmd_partpopq_lock; (z)
 * vm_zero_lock.
 */
struct vm_domain {
	raw_spinlock_t vmd_free_lock ____cacheline_aligned;
	/* (f) by index of the free list */
	struct vm_freelist vm_phys_free_queues[VM_NFREELIST][VM_NFREEPOOL][VM_NFREEORDER];
	struct list_head vmd_cacheq;	/* (f) cached pages by plinks.q, the oldest first */
	unsigned int vmd_cache_count;	/* (f) pages of vmd_cacheq; a guess without the lock */

	raw_spinlock_t vmd_partpopq_lock ____cacheline_aligned;
	struct list_head vmd_partpopq;	/* (q) partly populated reservations, the idlest first */
	struct list_head vmd_restoreq;	/* (q) blocks that wait for the default attribute */

	atomic_t vmd_free_count ____cacheline_aligned;	/* (a) pages */
	atomic_t vmd_promised;		/* (a) pages taken off the count for vmpage_promise() */
	atomic_t vmd_pageout_deficit;	/* (a) pages that failing requests asked for */
	bool vmd_minset;		/* (d) member of vm_min_domains */
	bool vmd_severeset;		/* (d) member of vm_severe_domains */
	bool vmd_pageout_wanted;	/* (a) the page daemon has work */

	struct mutex vmd_block_lock;	/* held while vmpage_reclaim_block() looks for a block */
	vm_page_t vmd_block_hand;	/* (b) block that was looked at last, or NULL */
	unsigned int vmd_block_skip;	/* (b) calls that are to fail at once */
	unsigned int vmd_block_failed;	/* (b) failures in a row, up to a limit; read without */

	struct rcuwait vmd_pageout_wait;	/* where the page daemon waits for work */
	struct task_struct *vmd_pageproc;	/* (p) the page daemon, or NULL */

	atomic_t vmd_unzeroed;		/* (a) free 2 MiB chunks not known to be zero */
	struct rcuwait vmd_zero_wait;	/* where who clears them waits for the first */
	struct task_struct *vmd_zeroproc;	/* (z) who clears them, or NULL */

	/* (c) [pool] of each CPU; see vm_pgcache.h */
	struct vm_pgcache __percpu *vmd_pgcache ____cacheline_aligned;
	unsigned int vmd_domain;	/* (c) NUMA node id */
	unsigned int vmd_page_count;	/* (i) pages */
	unsigned int vmd_interrupt_free_min;	/* (i) pages, as all below */
	unsigned int vmd_pageout_free_min;	/* (i) */
	unsigned int vmd_free_reserved;		/* (i) */
	unsigned int vmd_free_severe;		/* (i) */
	unsigned int vmd_free_min;		/* (i) */
	unsigned int vmd_free_target;		/* (i) */
	unsigned int vmd_inactive_target;	/* (i) */
	unsigned int vmd_background_launder_target;	/* (i) */
	unsigned int vmd_pageout_wakeup_thresh;	/* (i) */
	unsigned int vmd_free_plenty;		/* (i) the highest of those that requests watch */
	unsigned int vmd_pgcache_chain;		/* (i) of a per-CPU cache, see there */
	unsigned int vmd_pgcache_maxfull;	/* (i) chains */
	unsigned int vmd_ahead_max;		/* (d) off the count by CPU; 0 in vm_min_domains */
};

extern struct vm_domain *vm_dom[MAXMEMDOM];	/* NULL for a node without memory */
extern domainset_t vm_all_domains;		/* domains that have memory */
extern int vm_ndomains;				/* members of vm_all_domains */
extern struct vm_domain *vm_domain_only;	/* the one domain; NULL if there are more */
extern domainset_t vm_min_domains;		/* free < free_min */
extern domainset_t vm_severe_domains;		/* free < free_severe */

#define VM_DOMAIN(n)		(vm_dom[(n)])
#define VM_DOMAIN_EMPTY(n)	(!vm_dom[(n)])

/* Is this the number of a domain that has memory?  A caller may give any number. */
static inline bool vmpage_domain_exists(int domain)
{
	return domain >= 0 && domain < MAXMEMDOM && !VM_DOMAIN_EMPTY(domain);
}

#define vm_domain_free_lock(vmd, flags) \
	raw_spin_lock_irqsave(&(vmd)->vmd_free_lock, flags)
#define vm_domain_free_unlock(vmd, flags) \
	raw_spin_unlock_irqrestore(&(vmd)->vmd_free_lock, flags)
#define vm_domain_free_assert_locked(vmd) \
	lockdep_assert_held(&(vmd)->vmd_free_lock)

/**
 * vm_domain_allocate() - the admission test: take pages off the free count
 * @vmd: domain
 * @req: VM_ALLOC_* request; only its class matters
 * @npages: pages
 *
 * A NORMAL request leaves vmd_free_reserved pages, SYSTEM
 * vmd_interrupt_free_min, INTERRUPT none; the page daemon's NORMAL is SYSTEM.
 * The pages are then there to be taken from the free lists; what is not taken
 * goes back with vm_domain_freecnt_inc().
 *
 * Context: Any context.
 * Return: 1 when the pages were taken off the count, 0 when nothing changed.
 */
int vm_domain_allocate(struct vm_domain *vmd, int req, int npages);

/* With so many pages left all marks are below: no class is refused, and none was crossed. */
static __always_inline bool vm_domain_plenty(const struct vm_domain *vmd, int count)
{
	return likely(count >= (int)READ_ONCE(vmd->vmd_free_plenty));
}

/* vm_domain_allocate() of 0 or more pages, without a call when there are plenty. */
static __always_inline bool vm_domain_allocate_quick(struct vm_domain *vmd, int req, int npages)
{
	int old = atomic_read(&vmd->vmd_free_count);

	return (vm_domain_plenty(vmd, old - npages) &&
		likely(atomic_try_cmpxchg(&vmd->vmd_free_count, &old, old - npages))) ||
	       vm_domain_allocate(vmd, req, npages);
}

/**
 * vm_domain_shortfall() - how many free pages vm_domain_allocate() would lack
 * @vmd: domain
 * @req: VM_ALLOC_* request; only its class matters
 * @npages: pages
 *
 * Context: Any context.
 * Return: pages; 0 or less when there are enough at this moment.
 */
int vm_domain_shortfall(struct vm_domain *vmd, int req, int npages);

/**
 * vm_domain_freecnt_inc() - add pages to the free count
 * @vmd: domain
 * @npages: pages
 *
 * Context: Any context.
 */
void vm_domain_freecnt_inc(struct vm_domain *vmd, int npages);

/**
 * vm_domain_alloc_fail() - note a request that could not be met, and wait
 * @vmd: domain
 * @object: object of the request, write-locked, or NULL
 * @req: VM_ALLOC_* request; its COUNT, at least 1, joins the deficit
 *
 * With WAITOK or WAITFAIL this is vm_wait_domain() with @object unlocked; it is
 * unlocked for a moment even when there is nothing to wait for.
 *
 * Context: Any context; process context for WAITOK and WAITFAIL, which may sleep.
 * Return: 1 when the request is to be tried again, which is so with WAITOK.
 */
int vm_domain_alloc_fail(struct vm_domain *vmd, vm_object_t object, int req);

/**
 * vm_curthread_is_pageproc() - is the caller a page daemon?
 *
 * Context: Any context; in interrupt the answer is no.
 * Return: true for a task that vm_pageout.c started.
 */
bool vm_curthread_is_pageproc(void);

/**
 * pagedaemon_wakeup() - give the page daemon of a domain something to do
 * @domain: domain
 *
 * Context: Any context.
 */
void pagedaemon_wakeup(int domain);

/* What vm_wait_doms() may be told: end the wait for a signal. */
#define PCATCH		0x100

/**
 * vm_wait_doms() - wait until one of these domains has pages
 * @wdoms: domains
 * @mflags: PCATCH, or 0
 *
 * Sleeps once, and only when all domains are below free_min; wakes when any
 * domain leaves that state, all sleepers together.  Nobody is promised a page.
 * The page daemon always sleeps, for at most a tick.  An empty set does not wait.
 *
 * Context: Process context.  May sleep.
 * Return: 0, or EINTR when a signal ended the wait.
 *
 * Follows FreeBSD 14.
 */
int vm_wait_doms(const domainset_t *wdoms, int mflags);

/**
 * vm_wait_domain() - wait until a domain has pages
 * @domain: domain
 *
 * As vm_wait_doms(); the page daemon sleeps until there are pageout_free_min.
 *
 * Context: Process context.  May sleep.
 */
void vm_wait_domain(int domain);

/**
 * vm_wait_min() - wait until no domain is below free_min
 *
 * Context: Process context.  May sleep.
 */
void vm_wait_min(void);

/**
 * vm_wait_severe() - wait until no domain is below free_severe
 *
 * Context: Process context.  May sleep.
 */
void vm_wait_severe(void);

/**
 * vm_waitpfault() - wait for pages on behalf of a page fault
 * @dset: policy of the fault
 * @timo: longest wait, ticks (jiffies)
 *
 * As vm_wait_doms() of the policy's domains, of which only ds_mask is looked at,
 * but woken after all others, and a fatal signal ends the wait.  With a @timo of
 * 0 or less there is no wait.
 *
 * Context: Process context.  May sleep.
 */
void vm_waitpfault(struct domainset *dset, int timo);

/**
 * vm_wait_count() - how many tasks wait for pages
 *
 * Context: Any context.
 * Return: sleepers of all functions above.
 */
int vm_wait_count(void);

/* A headline, and a line for each task that waits: for what, pid, name, since when. */
void vm_waiters_show(struct seq_file *s);

/**
 * vm_domain_set_thresholds() - compute the watermarks of every domain
 *
 * From vmd_page_count.  Until the first call all are 0 and every class may take
 * the last page.
 *
 * Context: Process context.  The caller holds vm_mem_lock.
 */
void vm_domain_set_thresholds(void);

/**
 * vm_domain_reset() - empty the sets of short domains
 *
 * Nobody waits for pages any more.
 *
 * Context: Process context, after vm_phys_fini().
 */
void vm_domain_reset(void);

/**
 * vm_domain_audit() - check the free count against the sets
 * @audit: receives what is broken
 *
 * Invariant 13, and that nobody waits for a set that is empty.
 *
 * Context: Process context.
 */
void vm_domain_audit(struct vm_audit *audit);

/**
 * vm_page_count_min() - is some domain short of pages?
 *
 * Context: Any context.
 * Return: true when a domain has fewer than vmd_free_min free pages.
 */
static inline bool vm_page_count_min(void)
{
	return !DOMAINSET_EMPTY(&vm_min_domains);
}

/**
 * vm_page_count_min_domain() - is this domain short of pages?
 * @domain: domain
 *
 * Context: Any context.
 * Return: true when it has fewer than vmd_free_min free pages.
 */
static inline bool vm_page_count_min_domain(int domain)
{
	return DOMAINSET_ISSET(domain, &vm_min_domains);
}

/**
 * vm_page_count_min_set() - are all of these domains short of pages?
 * @mask: domains
 *
 * Context: Any context.
 * Return: true when each has fewer than vmd_free_min free pages.
 */
static inline bool vm_page_count_min_set(const domainset_t *mask)
{
	return DOMAINSET_SUBSET(&vm_min_domains, mask);
}

/**
 * vm_page_count_severe() - is some domain severely short of pages?
 *
 * Context: Any context.
 * Return: true when a domain has fewer than vmd_free_severe free pages.
 */
static inline bool vm_page_count_severe(void)
{
	return !DOMAINSET_EMPTY(&vm_severe_domains);
}

/**
 * vm_page_count_severe_domain() - is this domain severely short of pages?
 * @domain: domain
 *
 * Context: Any context.
 * Return: true when it has fewer than vmd_free_severe free pages.
 */
static inline bool vm_page_count_severe_domain(int domain)
{
	return DOMAINSET_ISSET(domain, &vm_severe_domains);
}

/**
 * vm_page_count_severe_set() - are all of these domains severely short of pages?
 * @mask: domains
 *
 * Context: Any context.
 * Return: true when each has fewer than vmd_free_severe free pages.
 */
static inline bool vm_page_count_severe_set(const domainset_t *mask)
{
	return DOMAINSET_SUBSET(&vm_severe_domains, mask);
}

/**
 * vm_paging_needed() - should the page daemon work?
 * @vmd: domain
 * @free_count: pages
 *
 * Context: Any context.
 * Return: true when @free_count is below the wakeup threshold.
 */
static inline bool vm_paging_needed(const struct vm_domain *vmd, u_int free_count)
{
	return free_count < vmd->vmd_pageout_wakeup_thresh;
}

/**
 * vm_paging_min() - is the domain below free_min?
 * @vmd: domain
 *
 * Context: Any context.
 * Return: true when it is.
 */
static inline bool vm_paging_min(const struct vm_domain *vmd)
{
	return atomic_read(&vmd->vmd_free_count) < (int)vmd->vmd_free_min;
}

/**
 * vm_paging_severe() - is the domain below free_severe?
 * @vmd: domain
 *
 * Context: Any context.
 * Return: true when it is.
 */
static inline bool vm_paging_severe(const struct vm_domain *vmd)
{
	return atomic_read(&vmd->vmd_free_count) < (int)vmd->vmd_free_severe;
}

/**
 * vm_paging_target() - how far the domain is from its target
 * @vmd: domain
 *
 * Context: Any context.
 * Return: pages missing to free_target; negative when there are more.
 */
static inline int vm_paging_target(const struct vm_domain *vmd)
{
	return (int)vmd->vmd_free_target - atomic_read(&vmd->vmd_free_count);
}

#endif /* _VM_PAGEQUEUE_H_ */
