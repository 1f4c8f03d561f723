/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Made-up machines for the suites.
 *
 * The test module holds its own copy of module/vm, so whatever a case does
 * stays in that copy.  A suite names vmk_init() and vmk_exit() as its init and
 * exit; a case builds one machine, uses it, and leaves it to vmk_exit() to
 * clear up and to find what is broken:
 *
 *	static void B02_noobj_takes_the_largest_block(struct kunit *test)
 *	{
 *		vmk_a64(test);
 *		KUNIT_EXPECT_EQ(test, vmk_off(vmk_noobj(test)), 0);
 *		vmk_expect_free_lists(test, 0, "DEF{12:3} DIR{0..11:1}");
 *		KUNIT_EXPECT_EQ(test, vmk_free_count(0), 16383);
 *	}
 *
 *	static struct kunit_suite vmpage_phys_suite = {
 *		.name = "vmpage_phys",
 *		.init = vmk_init,
 *		.exit = vmk_exit,
 *		.test_cases = vmpage_phys_cases,
 *	};
 *
 *	kunit_test_suite(vmpage_phys_suite);
 *
 * Every case ends with these checks: vm_audit_all() finds nothing, before and
 * after the clearing up; every report was announced; all pages are free or
 * promised, and none is cached; no page is wired; every thread of the case has
 * ended; nobody waits for pages, and no domain is left in a set of short domains.
 *
 * The suites run with and without per-CPU page caches (pgcache=).  What a case asks for
 * by the vmk_ helpers is as it is with empty ones: those that look at free pages have what
 * CPUs keep given back first, and those that free some do while a domain is short, as the
 * page daemon does.  A case that looks in another way calls vmk_drain() before.
 *
 * Pages from the vmk_ helpers are held by the fixture, which frees them at the
 * end unless the case did.  Pages that a case gets from the allocator itself
 * are the case's to free: what it forgets fails it.  A case unlocks its objects
 * before it ends, since vmk_exit() may run in another thread.
 */
#ifndef _KUNIT_FIXTURE_H_
#define _KUNIT_FIXTURE_H_

#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/vmmeter.h>
#include <vm/pmap.h>
#include <vm/vm_object.h>
#include <vm/vm_page_cache.h>
#include <vm/vm_pagequeue.h>
#include <vm/vm_phys.h>
#include <vm/vm_reserv.h>

#include "../module/vm/vm_audit.h"
#include "../module/vm/vm_init.h"
#include "../module/vm/vm_machine.h"
#include "../module/vm/vm_pgcache.h"
#include "../module/vm/vm_radix_priv.h"

/* Where the memory of the ready-made machines begins, bytes. */
#define VMK_BASE	0x100000000ULL

/* A range from @from to @to, bytes above VMK_BASE. */
#define VMK_SPAN(from, to, dom) {	\
	.start = VMK_BASE + (from),	\
	.end = VMK_BASE + (to),		\
	.domain = (dom),		\
}

/* The life of a case. */
int vmk_init(struct kunit *test);
void vmk_exit(struct kunit *test);

/*
 * Machines.  One for each case, or one after the other with vmk_power_off() in
 * between, which makes the checks of vmk_exit().
 */

/* Any machine; the case is given up when the allocator does not start. */
void vmk_machine(struct kunit *test, const struct vm_mem_span *spans, unsigned int nspans);
/* A64: domain 0 has 16384 pages at VMK_BASE. */
void vmk_a64(struct kunit *test);
/* B4: domain 0 has 1024 pages at VMK_BASE. */
void vmk_b4(struct kunit *test);
/* C2x4: domains 0 and 1 have 1024 pages each, at VMK_BASE and 4 GiB above. */
void vmk_c2x4(struct kunit *test);
/*
 * How many pages a CPU keeps of each pool in machines that are made from now on, instead
 * of what the module parameter pgcache= says.  Whoever calls this empties the per-CPU
 * caches himself: the fixture leaves them alone until the case has ended.
 */
void vmk_set_pgcache(unsigned int npages);
/* All watermarks are 0, as before they are computed: any class takes the last page. */
void vmk_thresholds_off(struct kunit *test);
void vmk_power_off(struct kunit *test);
/*
 * Give back what CPUs keep, unless the case has set how many; false when that was nothing.
 * Does nothing where it cannot sleep.
 */
bool vmk_drain(void);
/* As the page daemon does: while a domain is short. */
void vmk_drain_short(void);
/* This case leaves pages allocated on purpose. */
void vmk_pages_stay(struct kunit *test);

/*
 * What vm_machine.h asks; reset to domain 0, no page daemon, no failure, no
 * policy, no memory beside the machine's, and distances that are known (10 from a
 * domain to itself, 20 to any other).
 */

void vmk_set_domain(int domain);
/* Does the current task pass for a page daemon?  No other one does. */
void vmk_set_pageproc(bool is_pageproc);
/* The machine's policy for every task, which stays the caller's; NULL for none. */
void vmk_set_task_policy(const struct domainset *ds);
/* Is there memory wherever the allocator has none? */
void vmk_set_is_memory(bool is_memory);
void vmk_set_distances_known(bool known);
/* Let the clock tick, which stands still otherwise. */
void vmk_tick(void);
/* Is the 2 MiB chunk at this address left out of crash dumps? */
bool vmk_chunk_is_nodump(vm_paddr_t pa);
/* Memory below 4 GiB gets its own list when more pages than this lie above. */
void vmk_set_dma32_npages(unsigned long npages);
/* The memory attribute of the 2 MiB chunk at this address. */
vm_memattr_t vmk_chunk_memattr(vm_paddr_t pa);
/* The @nth next chunk whose attribute is set cannot have it (1 is the next); 0 for none. */
void vmk_fail_memattr(unsigned int nth);
/* Call @func, which may sleep where the caller may, before an index node is asked for. */
void vmk_at_node(void (*func)(void));
/* The @nth next node of an index is not to be had (1 is the next); 0 for none. */
void vmk_fail_node(unsigned int nth);

/*
 * Reports of broken rules.  One that was not announced fails the case.
 */

/* Announce exactly one report ... */
void vmk_expect_report(struct kunit *test);
/* ... and require that it came. */
void vmk_expect_report_done(struct kunit *test);
/* Reports that were not announced, so far. */
unsigned int vmk_unannounced_reports(void);
/* The rule of the last report, as written in the source, or "". */
const char *vmk_last_rule(void);

/* Run a statement that must be reported once. */
#define vmk_reported(test, ...) do {				\
	struct kunit *__reported = (test);			\
								\
	vmk_expect_report(__reported);				\
	__VA_ARGS__;						\
	vmk_expect_report_done(__reported);			\
} while (0)

/* Run a statement that must be reported once and change no count or list. */
#define vmk_refused(test, ...) do {				\
	struct kunit *__refused = (test);			\
	struct vmk_counts __before, __after;			\
								\
	vmk_counts(&__before);					\
	vmk_reported(__refused, __VA_ARGS__);			\
	vmk_counts(&__after);					\
	vmk_expect_same_counts(__refused, &__before, &__after);	\
} while (0)

/* Run an allocation that must be refused and give nothing. */
#define vmk_alloc_refused(test, call) do {				\
	struct kunit *__test = (test);					\
									\
	vmk_refused(__test, KUNIT_EXPECT_NULL(__test, call));		\
} while (0)

/* Sums over all domains, and over all lists. */
struct vmk_counts {
	long free;			/* pages */
	long promised;			/* pages */
	long deficit;			/* pages */
	long wired;			/* pages */
	long cached;			/* pages */
	long resident;			/* pages of the fixture's objects */
	long blocks[VM_NFREEPOOL][VM_NFREEORDER];
};

void vmk_counts(struct vmk_counts *counts);
void vmk_expect_same_counts(struct kunit *test, const struct vmk_counts *before,
			    const struct vmk_counts *after);

/*
 * Objects, dropped at the end of the case.  The kinds are those of the test
 * table.
 */
enum vmk_kind {
	VMK_O,				/* ANON, COLORED, colour 0 */
	VMK_U,				/* not COLORED, managed */
	VMK_V,				/* COLORED, colour 0, not ANON */
};

vm_object_t vmk_object(struct kunit *test, enum vmk_kind kind, vm_pindex_t size);
vm_object_t vmk_object_type(struct kunit *test, objtype_t type, vm_pindex_t size);
/* Drop the fixture's reference now. */
void vmk_object_drop(struct kunit *test, vm_object_t object);

/*
 * Pages.  Those that cannot fail give the case up when they do.  Objects must
 * be unlocked.
 */

/* vm_page_alloc(object, pindex, NORMAL); cannot fail.  Busied by the caller. */
vm_page_t vmk_alloc(struct kunit *test, vm_object_t object, vm_pindex_t pindex);
/* vm_page_alloc(object, pindex, req) */
vm_page_t vmk_alloc_req(struct kunit *test, vm_object_t object, vm_pindex_t pindex, int req);
/* vm_page_lookup() under the read lock */
vm_page_t vmk_lookup(vm_object_t object, vm_pindex_t pindex);
/* vm_page_alloc_noobj(NORMAL); cannot fail. */
vm_page_t vmk_noobj(struct kunit *test);
/* vm_page_alloc_noobj(req) */
vm_page_t vmk_noobj_req(struct kunit *test, int req);
/* ncontig(npages) of the test table */
vm_page_t vmk_ncontig(struct kunit *test, u_long npages);
/* ncontig() with every constraint given; high 0 stands for no limit */
vm_page_t vmk_ncontig_in(struct kunit *test, u_long npages, vm_paddr_t low, vm_paddr_t high,
			 u_long alignment, vm_paddr_t boundary);
/* Fill a page that the caller has busied with @value, and cache it, wholly valid. */
void vmk_cache(struct kunit *test, vm_page_t m, u8 value);
/* vmk_alloc() and vmk_cache() */
vm_page_t vmk_cached(struct kunit *test, vm_object_t object, vm_pindex_t pindex, u8 value);
/* vm_page_is_cached() under the read lock */
bool vmk_is_cached(vm_object_t object, vm_pindex_t pindex);
/* Which of the first 64 pages are cached, a bit for each. */
u64 vmk_cached_map(vm_object_t object);
/* vm_page_cache_free() */
void vmk_cache_free(vm_object_t object, vm_pindex_t start, vm_pindex_t end);
/* Hold @npages pages from @m on, which the case allocated itself. */
void vmk_hold(struct kunit *test, vm_page_t m, u_long npages);
/* Free a page, held or not; in an object: one that is exclusively busied. */
void vmk_free(struct kunit *test, vm_page_t m);
/* Free a page that the case holds itself, whatever it is; its object is locked. */
void vmk_free_any(struct kunit *test, vm_page_t m);
void vmk_free_run(struct kunit *test, vm_page_t m, u_long npages);
/* vmk_noobj_req(req) until it fails; the number of pages. */
unsigned int vmk_exhaust(struct kunit *test, int req);
/* Let domain @domain have @free pages, by the count alone. */
void vmk_set_free(struct kunit *test, int domain, int free);
/* Take pages of domain @domain until @npages are left in the free count. */
void vmk_leave_free(struct kunit *test, int domain, unsigned int npages);

/*
 * Ordinary memory behind a page, there from the first use to the end of the
 * machine; filled with VMK_POISON until something else is written.  In hard
 * interrupt only for a page that was used before.
 */
#define VMK_POISON	0xa5

void *vmk_page_kva(vm_page_t m);
/* Use each page of a range, which need not be the machine's yet, for the first time. */
void vmk_use_memory(vm_paddr_t start, vm_paddr_t end);
/* Does each byte of the page have this value? */
bool vmk_page_is_filled(vm_page_t m, u8 value);

/* Looking. */

/* Bytes above VMK_BASE; all ones for no page. */
u64 vmk_off(vm_page_t m);
long vmk_free_count(int domain);
long vmk_cache_count(int domain);
long vmk_deficit(int domain);
long vmk_wired(void);
/* Pages that were freed, also to per-CPU caches, which count their own. */
long vmk_tfree(void);
/* The flags of a page, but for the one of those that CPUs keep. */
u8 vmk_flags(vm_page_t m);
/* The @nth block (from 0) of a list in the order it is taken, over all lists of the domain. */
vm_page_t vmk_block(int domain, int pool, int order, unsigned int nth);
/*
 * Compare free blocks with the notation of the test table: pools DEF and DIR,
 * "DIR{0..11:1,12:3} DEF{}".  A named pool holds these blocks and nothing
 * else; a pool that is not named is not looked at.
 */
void vmk_expect_free_lists(struct kunit *test, int domain, const char *expected);
/* vm_audit_all() finds at least one broken invariant now. */
void vmk_expect_audit_finds(struct kunit *test, const char *words);
/* vm_audit_all() finds nothing. */
void vmk_expect_audit_clean(struct kunit *test);

/*
 * Chance.  Each case begins with the module parameter seed=, or with one that
 * the module chose at its load; the log names it.
 */
u64 vmk_seed(void);
u32 vmk_random_below(u32 bound);
void vmk_shuffle(u32 *array, size_t n);
/* array[i] = i, shuffled */
void vmk_permutation(u32 *array, size_t n);

/* Call a function in hard interrupt, or in another thread, and wait for it. */
void vmk_in_hardirq(struct kunit *test, void (*func)(void *arg), void *arg);
void vmk_in_thread(struct kunit *test, void (*func)(void *arg), void *arg);
/* The same in two threads at once, of which each has its own argument. */
void vmk_in_two_threads(struct kunit *test, void (*func)(void *arg), void *arg1, void *arg2);

/*
 * Threads that run beside the case.  What is to be expected of them they only
 * record: the case itself, not they, may use KUNIT_EXPECT and KUNIT_ASSERT, and
 * helpers that get @test.
 *
 *	struct vmk_thread *t = vmk_thread_start(test, wait_for_pages, &result);
 *
 *	if (vmk_until(test, vm_wait_count() == 1))
 *		vmk_free(test, m);
 *	vmk_thread_join(test, t);
 *	KUNIT_EXPECT_TRUE(test, result.woken);
 *
 * The case is failed by a thread that does not end within VMK_PATIENCE; it is
 * then left alone, and the module stays loaded for it.
 */
#define VMK_PATIENCE	(60 * HZ)	/* jiffies */

struct vmk_thread;

struct vmk_thread *vmk_thread_start(struct kunit *test, void (*func)(void *arg), void *arg);
/* Has its function returned? */
bool vmk_thread_done(struct vmk_thread *t);
/* Wait for its end and forget it; the end of the case does so with those left. */
void vmk_thread_join(struct kunit *test, struct vmk_thread *t);
/* Wait for all that are left. */
void vmk_join_threads(struct kunit *test);
/* Its task, which is there until it is joined. */
struct task_struct *vmk_thread_task(struct vmk_thread *t);

/* Is it asleep, and not for a signal? */
bool vmk_thread_is_asleep(struct vmk_thread *t);
/* Does anybody sleep until the page is unbusied? */
bool vmk_page_is_waited_for(vm_page_t m);

/* Wait until @cond is true, and whether it became so; fails the case if not. */
#define vmk_until(test, cond) ({						\
	const unsigned long __until = jiffies + VMK_PATIENCE;			\
	bool __reached;								\
										\
	while (!(__reached = (cond)) && time_before(jiffies, __until))		\
		usleep_range(500, 1000);					\
	KUNIT_EXPECT_TRUE_MSG(test, __reached, "not reached: %s", #cond);	\
	__reached;								\
})

#endif /* _KUNIT_FIXTURE_H_ */
