// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The operations of vmpage that are measured.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <sys/param.h>
#include <vm/vm.h>
#include <vm/vm_object.h>
#include <vm/vm_page.h>
#include "bench.h"

#define REQ	(VM_ALLOC_NORMAL | VM_ALLOC_NOWAIT)

/* One page, again and again */

static __always_inline int pair(int req, void (*give)(vm_page_t m))
{
	vm_page_t m;
	int i;

	for (i = 0; i < BENCH_PAIRS; i++) {
		m = vm_page_alloc_noobj(req);
		if (!m)
			return -ENOMEM;
		give(m);
	}
	return 0;
}

static __always_inline void unwire(vm_page_t m)
{
	vm_page_unwire(m, PQ_NONE);
}

static __always_inline void unwire_noq_and_free(vm_page_t m)
{
	vm_page_unwire_noq(m);
	vm_page_free(m);
}

static int pair_normal(struct bench_state *state)
{
	return pair(REQ, vm_page_free);
}

static int pair_wired(struct bench_state *state)
{
	return pair(REQ | VM_ALLOC_WIRED, unwire);
}

static int pair_wired_noq(struct bench_state *state)
{
	return pair(REQ | VM_ALLOC_WIRED, unwire_noq_and_free);
}

static int pair_system(struct bench_state *state)
{
	return pair(VM_ALLOC_SYSTEM | VM_ALLOC_NOWAIT, vm_page_free);
}

static int pair_interrupt(struct bench_state *state)
{
	return pair(VM_ALLOC_INTERRUPT | VM_ALLOC_NOWAIT, vm_page_free);
}

static int pair_nobusy(struct bench_state *state)
{
	return pair(REQ | VM_ALLOC_NOBUSY, vm_page_free);
}

static int pair_count(struct bench_state *state)
{
	return pair(REQ | VM_ALLOC_COUNT(8), vm_page_free);
}

static int pair_nodump(struct bench_state *state)
{
	return pair(REQ | VM_ALLOC_NODUMP, vm_page_free);
}

static int pair_waitok(struct bench_state *state)
{
	return pair(VM_ALLOC_NORMAL | VM_ALLOC_WAITOK, vm_page_free);
}

static int pair_waitfail(struct bench_state *state)
{
	return pair(VM_ALLOC_NORMAL | VM_ALLOC_WAITFAIL, vm_page_free);
}

static int pair_zero(struct bench_state *state)
{
	return pair(REQ | VM_ALLOC_ZERO, vm_page_free_zero);
}

static int pair_clear(struct bench_state *state)
{
	return pair(REQ | VM_ALLOC_ZERO, vm_page_free);
}

/* Many pages, then all of them freed */

static __always_inline int batch(struct bench_state *state, unsigned int n,
				 const unsigned int *order)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		state->slots[i] = vm_page_alloc_noobj(REQ);
		if (!state->slots[i])
			return -ENOMEM;
	}
	for (i = 0; i < n; i++)
		vm_page_free(state->slots[order ? order[i] : i]);
	return 0;
}

static int batch_in_order(struct bench_state *state)
{
	return batch(state, BENCH_BATCH, NULL);
}

static int batch_random(struct bench_state *state)
{
	return batch(state, BENCH_BATCH, bench_order_batch);
}

static int many_in_order(struct bench_state *state)
{
	return batch(state, BENCH_MANY, NULL);
}

static int many_random(struct bench_state *state)
{
	return batch(state, BENCH_MANY, bench_order_many);
}

/* Pages of an object */

static __always_inline int object(struct bench_state *state, const unsigned int *order)
{
	vm_page_t mpred = NULL;
	unsigned int i;
	int ret = 0;

	VM_OBJECT_WLOCK(state->object);
	for (i = 0; i < BENCH_BATCH && !ret; i++) {
		mpred = vm_page_alloc_after(state->object, i, REQ, mpred);
		state->slots[i] = mpred;
		if (!mpred)
			ret = -ENOMEM;
	}
	for (i = 0; i < BENCH_BATCH && !ret; i++)
		vm_page_free(state->slots[order ? order[i] : i]);
	VM_OBJECT_WUNLOCK(state->object);
	return ret;
}

static int object_in_order(struct bench_state *state)
{
	return object(state, NULL);
}

static int object_random(struct bench_state *state)
{
	return object(state, bench_order_batch);
}

static int object_begin(struct bench_state *state)
{
	state->object = vm_object_allocate(OBJT_PHYS, BENCH_BATCH);
	return state->object ? 0 : -ENOMEM;
}

static int object_reserv_begin(struct bench_state *state)
{
	state->object = vm_object_allocate(OBJT_SWAP, round_up(BENCH_BATCH, BENCH_SUPERPAGE));
	return state->object ? 0 : -ENOMEM;
}

static void object_end(struct bench_state *state)
{
	if (state->object)
		vm_object_deallocate(state->object);
	state->object = NULL;
}

/* Looking pages up */

static int lookup_begin(struct bench_state *state)
{
	int i, ret = object_begin(state);

	if (ret)
		return ret;
	VM_OBJECT_WLOCK(state->object);
	for (i = 0; i < BENCH_BATCH && !ret; i++)
		ret = vm_page_alloc(state->object, i, REQ | VM_ALLOC_NOBUSY) ? 0 : -ENOMEM;
	VM_OBJECT_WUNLOCK(state->object);
	return ret;
}

static int lookup_locked(struct bench_state *state)
{
	int i, ret = 0;

	VM_OBJECT_RLOCK(state->object);
	for (i = 0; i < BENCH_BATCH; i++) {
		if (!vm_page_lookup(state->object, i))
			ret = -ENOENT;
	}
	VM_OBJECT_RUNLOCK(state->object);
	return ret;
}

static int lookup_unlocked(struct bench_state *state)
{
	int i, ret = 0;

	for (i = 0; i < BENCH_BATCH; i++) {
		if (!vm_page_lookup_unlocked(state->object, i))
			ret = -ENOENT;
	}
	return ret;
}

/* Runs */

static vm_page_t run_alloc(u_long npages, u_long alignment)
{
	return vm_page_alloc_noobj_contig(REQ, npages, 0, ~0ULL, alignment, 0,
					  VM_MEMATTR_DEFAULT);
}

static void free_each(vm_page_t m, u_long npages)
{
	u_long i;

	for (i = 0; i < npages; i++)
		vm_page_free(m + i);
}

static __always_inline int superpages(void (*give)(vm_page_t m, u_long npages))
{
	vm_page_t m;
	int i;

	for (i = 0; i < BENCH_RUNS; i++) {
		m = run_alloc(BENCH_SUPERPAGE, PAGE_SIZE);
		if (!m)
			return -ENOMEM;
		give(m, BENCH_SUPERPAGE);
	}
	return 0;
}

static int superpage(struct bench_state *state)
{
	return superpages(vmpage_free_contig);
}

static int superpage_each(struct bench_state *state)
{
	return superpages(free_each);
}

/* Blocks are as large as they can be once CPUs have given back what they keep of them. */
static int small_runs_begin(struct bench_state *state)
{
	vm_page_reclaim_contig(VM_ALLOC_NORMAL, BENCH_SUPERPAGE, 0, ~0ULL, PAGE_SIZE, 0);
	return 0;
}

static int small_runs(struct bench_state *state)
{
	int i;

	for (i = 0; i < BENCH_SMALL_RUNS; i++) {
		state->slots[i] = run_alloc(BENCH_SMALL_RUN, BENCH_SMALL_RUN * PAGE_SIZE);
		if (!state->slots[i])
			return -ENOMEM;
	}
	for (i = 0; i < BENCH_SMALL_RUNS; i++)
		vmpage_free_contig(state->slots[i], BENCH_SMALL_RUN);
	return 0;
}

static unsigned long half_take(unsigned int npages)
{
	return (unsigned long)run_alloc(npages, PAGE_SIZE);
}

static void half_give(unsigned long where, unsigned int npages)
{
	vmpage_free_contig((vm_page_t)where, npages);
}

static int half_full_begin(struct bench_state *state)
{
	return bench_half_full(half_take, half_give);
}

static void half_full_end(struct bench_state *state)
{
	bench_empty(half_give);
}

#define PAIR_ROW(row, context, run) \
	{ row, "vmpage", context, BENCH_PAIRS, run }

const struct bench_contender bench_vmpage[] = {
	PAIR_ROW("pair", BENCH_IRQS_OFF, pair_normal),
	PAIR_ROW("pair_wired", BENCH_IRQS_OFF, pair_wired),
	PAIR_ROW("pair_wired_noq", BENCH_IRQS_OFF, pair_wired_noq),
	PAIR_ROW("pair_system", BENCH_IRQS_OFF, pair_system),
	PAIR_ROW("pair_interrupt", BENCH_IRQS_OFF, pair_interrupt),
	PAIR_ROW("pair_nobusy", BENCH_IRQS_OFF, pair_nobusy),
	PAIR_ROW("pair_count", BENCH_IRQS_OFF, pair_count),
	PAIR_ROW("pair_nodump", BENCH_IRQS_OFF, pair_nodump),
	PAIR_ROW("pair_waitok", BENCH_MAY_SLEEP, pair_waitok),
	PAIR_ROW("pair_waitfail", BENCH_MAY_SLEEP, pair_waitfail),
	PAIR_ROW("pair_zero", BENCH_IRQS_OFF, pair_zero),
	PAIR_ROW("pair_clear", BENCH_IRQS_OFF, pair_clear),
	PAIR_ROW("pair_irq", BENCH_HARD_IRQ, pair_normal),
	{ "batch", "vmpage", BENCH_IRQS_OFF, BENCH_BATCH, batch_in_order },
	{ "batch_random", "vmpage", BENCH_IRQS_OFF, BENCH_BATCH, batch_random },
	{ "many", "vmpage", BENCH_IRQS_OFF, BENCH_MANY, many_in_order },
	{ "many_random", "vmpage", BENCH_IRQS_OFF, BENCH_MANY, many_random },
	{ "object", "vmpage", BENCH_IRQS_OFF, BENCH_BATCH, object_in_order, object_begin,
	  object_end },
	{ "object_random", "vmpage", BENCH_IRQS_OFF, BENCH_BATCH, object_random, object_begin,
	  object_end },
	{ "object_reserv", "vmpage", BENCH_IRQS_OFF, BENCH_BATCH, object_in_order,
	  object_reserv_begin, object_end },
	{ "object_reserv_random", "vmpage", BENCH_IRQS_OFF, BENCH_BATCH, object_random,
	  object_reserv_begin, object_end },
	{ "lookup", "vmpage", BENCH_IRQS_OFF, BENCH_BATCH, lookup_locked, lookup_begin,
	  object_end },
	{ "lookup_unlocked", "vmpage", BENCH_IRQS_OFF, BENCH_BATCH, lookup_unlocked,
	  lookup_begin, object_end },
	{ "superpage", "vmpage", BENCH_IRQS_OFF, BENCH_RUNS, superpage },
	{ "superpage_each", "vmpage", BENCH_IRQS_OFF, BENCH_RUNS, superpage_each },
	{ "run_16", "vmpage", BENCH_IRQS_OFF, BENCH_SMALL_RUNS, small_runs, small_runs_begin },
	{ "run_16_half_full", "vmpage", BENCH_IRQS_OFF, BENCH_SMALL_RUNS, small_runs,
	  half_full_begin, half_full_end },
	{}
};
