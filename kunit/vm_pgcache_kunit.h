/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What the suites about the per-CPU page caches share: the thread of a case stays on one
 * CPU, and so has only one cache to look at.
 */
#ifndef _VM_PGCACHE_KUNIT_H_
#define _VM_PGCACHE_KUNIT_H_

#include <linux/cpumask.h>
#include <linux/sched.h>
#include <vm/vm_pageout.h>

#include "kunit_fixture.h"

#define KEPT	8		/* pages that a CPU keeps of a pool, unless a case wants others */
#define CHAIN	(KEPT / 2)

#define ALL	16384		/* pages of A64 */

static inline void stay_on(struct kunit *test, unsigned int cpu)
{
	KUNIT_ASSERT_EQ(test, set_cpus_allowed_ptr(current, cpumask_of(cpu)), 0);
}

static inline int vm_pgcache_init(struct kunit *test)
{
	stay_on(test, cpumask_first(cpu_online_mask));
	return vmk_init(test);
}

static inline void vm_pgcache_exit(struct kunit *test)
{
	vm_pageout_stop();
	vmk_exit(test);
}

static inline void kept_a64(struct kunit *test, unsigned int npages)
{
	vmk_set_pgcache(npages);
	vmk_a64(test);
}

static inline struct vm_pgcache *cache_on(unsigned int cpu, int domain, int pool)
{
	return per_cpu_ptr(VM_DOMAIN(domain)->vmd_pgcache, cpu) + pool;
}

static inline struct vm_pgcache *cache_of(int domain, int pool)
{
	return cache_on(raw_smp_processor_id(), domain, pool);
}

/* Pages of pool DIRECT of domain 0 that this CPU keeps. */
static inline unsigned int kept_direct(void)
{
	const struct vm_pgcache *pg = cache_of(0, VM_FREEPOOL_DIRECT);

	return pg->pg_n + pg->pg_nfull * pg->pg_chain;
}

static inline unsigned int kept_default(void)
{
	const struct vm_pgcache *pg = cache_of(0, VM_FREEPOOL_DEFAULT);

	return pg->pg_n + pg->pg_nfull * pg->pg_chain;
}

static inline void expect_kept(struct kunit *test, unsigned int ndirect, unsigned int ndefault,
			       long nfree)
{
	KUNIT_EXPECT_EQ(test, kept_direct(), ndirect);
	KUNIT_EXPECT_EQ(test, kept_default(), ndefault);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), nfree);
	vmk_expect_audit_clean(test);
}

static inline void take(struct kunit *test, vm_page_t *m, unsigned int npages)
{
	while (npages--)
		*m++ = vmk_noobj(test);
}

static inline void give(struct kunit *test, vm_page_t *m, unsigned int npages)
{
	while (npages--)
		vmk_free(test, *m++);
}

#endif /* _VM_PGCACHE_KUNIT_H_ */
