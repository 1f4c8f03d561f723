// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Reservations: one CPU breaks what another gives pages back to.
 */
#include <linux/cpumask.h>

#include "vm_reserv_kunit.h"

#define RACE_NPAGES	64		/* every second index of a reservation */

/*
 * A race of many rounds.  In each, one thread frees the pages of a reservation while the
 * other breaks it, a little later every time.
 */
struct race {
	vm_object_t object;
	int nrounds;			/* at least */
	bool wanted;			/* one reservation broken, however many rounds it takes */
	atomic_t begun;			/* rounds */
	atomic_t broken;		/* rounds in which the breaker is done */
	unsigned int nbroken;		/* reservations */
	bool apart;			/* free pages were left that did not merge */
	bool done;
};

static void race_break(void *arg)
{
	struct race *r = arg;
	int round = 0, i;

	while (!READ_ONCE(r->done)) {
		if (atomic_read(&r->begun) == round) {
			cond_resched();
			continue;
		}
		round = atomic_read(&r->begun);
		for (i = 0; i < round * 37 % 3000; i++)
			cpu_relax();
		r->nbroken += vm_reserv_reclaim_inactive(0);
		atomic_set(&r->broken, round);
	}
}

static void race_free_round(struct race *r, int round)
{
	vm_page_t ma[RACE_NPAGES];
	int i;

	VM_OBJECT_WLOCK(r->object);
	for (i = 0; i < RACE_NPAGES; i++)
		ma[i] = vm_page_alloc(r->object, 2 * i, VM_ALLOC_NORMAL);
	atomic_set(&r->begun, round);
	for (i = 0; i < RACE_NPAGES; i++)
		vm_page_free(ma[i]);
	VM_OBJECT_WUNLOCK(r->object);
	while (atomic_read(&r->broken) != round)
		cond_resched();
	r->apart = !vmk_block(0, VM_FREEPOOL_DEFAULT, 10, 0);
}

static void race_free(void *arg)
{
	const unsigned long end = jiffies + VMK_PATIENCE / 2;
	struct race *r = arg;
	int round;

	for (round = 1; round <= r->nrounds || (r->wanted && !READ_ONCE(r->nbroken)); round++) {
		race_free_round(r, round);
		if (r->apart || time_after(jiffies, end))
			break;
	}
	WRITE_ONCE(r->done, true);
}

static void pages_freed_while_it_is_broken_merge(struct kunit *test)
{
	struct race *r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);
	struct vmk_thread *breaker;

	KUNIT_ASSERT_NOT_NULL(test, r);
	/* One CPU alone changes from one thread to the other now and then only. */
	r->wanted = num_online_cpus() > 1;
	r->nrounds = r->wanted ? 400 : 20;
	vmk_b4(test);
	r->object = vmk_object(test, VMK_O, RESV_NPAGES);
	breaker = vmk_thread_start(test, race_break, r);
	vmk_in_thread(test, race_free, r);
	vmk_thread_join(test, breaker);
	KUNIT_EXPECT_FALSE(test, r->apart);
	if (r->wanted)
		KUNIT_EXPECT_GT(test, r->nbroken, 0);
	vmk_expect_free_lists(test, 0, "DEF{10:1} DIR{}");
}

static struct kunit_case vmpage_reserv_race_cases[] = {
	KUNIT_CASE(pages_freed_while_it_is_broken_merge),
	{}
};

static struct kunit_suite vmpage_reserv_race_suite = {
	.name = "vmpage_reserv_race",
	.init = vmk_init,
	.exit = vmk_exit,
	.test_cases = vmpage_reserv_race_cases,
};

kunit_test_suite(vmpage_reserv_race_suite);
