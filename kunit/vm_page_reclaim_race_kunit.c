// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Runs by relocation while something happens: what the owner of an object is asked, and
 * what others do between two pages of a run, or at the same time.
 */
#include <linux/prandom.h>

#include "vm_page_reclaim_kunit.h"

/* The owner of the object: what it was asked, and what it does then. */
static struct {
	vm_page_t asked[LAID_PAGES];	/* by index of the page: how often, and which */
	u8 times[LAID_PAGES];
	unsigned int calls;
	bool wrong;			/* the page was not as it should be */
	u32 stays_from, stays_end;	/* indexes that must stay */
	u32 act_at;			/* index at which ... */
	void (*act)(struct kunit *test, vm_page_t m);	/* ... this happens */
	struct kunit *test;
} owner;

static bool owner_unmap(vm_object_t object, vm_page_t m)
{
	owner.calls++;
	owner.times[m->pindex]++;
	owner.asked[m->pindex] = m;
	if (!VM_OBJECT_WOWNED(object) || m->object != object || vm_page_tryxbusy(m) ||
	    vm_page_trysbusy(m) || m->ref_count != (VPRC_OBJREF | VPRC_BLOCKED) ||
	    vm_radix_lookup(&object->rtree, m->pindex) != m)
		owner.wrong = true;
	if (owner.act && owner.act_at == m->pindex)
		owner.act(owner.test, m);
	return m->pindex < owner.stays_from || m->pindex >= owner.stays_end;
}

static const struct vmpage_object_ops owner_ops = { .unmap = owner_unmap };

static void lay_owned(struct kunit *test, const char *layout)
{
	memset(&owner, 0, sizeof(owner));
	owner.test = test;
	lay(test, layout);
	VM_OBJECT_WLOCK(movable);
	movable->ops = &owner_ops;
	VM_OBJECT_WUNLOCK(movable);
}

static void act_at(u32 pindex, void (*act)(struct kunit *test, vm_page_t m))
{
	owner.act_at = pindex;
	owner.act = act;
}

static void the_owner_is_asked_once(struct kunit *test)
{
	u32 n;

	lay_owned(test, ".4 n4 .4 n4 m6 i2 n8");
	KUNIT_EXPECT_EQ(test, reclaim(8), 0);
	KUNIT_EXPECT_FALSE(test, owner.wrong);
	KUNIT_EXPECT_EQ(test, owner.calls, 8);
	for (n = 16; n < 24; n++) {
		KUNIT_EXPECT_EQ(test, owner.times[n], 1);
		KUNIT_EXPECT_PTR_EQ(test, owner.asked[n], pages[n]);
	}
	KUNIT_EXPECT_EQ(test, count_moved(test, 0, 32), 6);
	expect_free_run(test, 16, 8);
}

/* Each of the three passes asks for the first page. */
static void a_page_that_has_to_stay(struct kunit *test)
{
	struct vmk_counts before, after;

	lay_owned(test, ".4 n4 .4 n4 m6 i2 n8");
	owner.stays_from = 16;
	owner.stays_end = 24;
	vmk_counts(&before);
	KUNIT_EXPECT_EQ(test, reclaim(8), ENOMEM);
	vmk_counts(&after);
	KUNIT_EXPECT_EQ(test, after.free, before.free);
	KUNIT_EXPECT_EQ(test, after.resident, before.resident);
	KUNIT_EXPECT_FALSE(test, owner.wrong);
	KUNIT_EXPECT_EQ(test, owner.calls, 3);
	KUNIT_EXPECT_EQ(test, owner.times[16], 3);
	KUNIT_EXPECT_EQ(test, count_moved(test, 0, 32), 0);
	vmk_expect_audit_clean(test);
}

static void an_invalid_page_that_has_to_stay(struct kunit *test)
{
	struct vmk_counts before, after;

	lay_owned(test, ".4 n4 .4 n4 i8 n8");
	owner.stays_from = 16;
	owner.stays_end = 24;
	vmk_counts(&before);
	KUNIT_EXPECT_EQ(test, reclaim(8), ENOMEM);
	vmk_counts(&after);
	vmk_expect_same_counts(test, &before, &after);
	KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(movable, 16), pages[16]);
	KUNIT_EXPECT_EQ(test, pages[16]->busy_lock, VPB_UNBUSIED);
	KUNIT_EXPECT_EQ(test, pages[16]->ref_count, VPRC_OBJREF);
}

static void what_was_cleared_stays_free(struct kunit *test)
{
	lay_owned(test, ".4 n4 .4 n4 m8 n8");
	owner.stays_from = 20;
	owner.stays_end = 24;
	KUNIT_EXPECT_EQ(test, reclaim(8), ENOMEM);
	KUNIT_EXPECT_EQ(test, count_moved(test, 0, 32), 4);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 8);
	expect_free_run(test, 16, 4);
}

/* What happens between two pages of a run */

static void try_to_wire(struct kunit *test, vm_page_t m)
{
	owner.wrong |= vm_page_wire_mapped(m);
}

static void a_mapping_does_not_wire_it_any_more(struct kunit *test)
{
	lay_owned(test, ".4 n4 .4 n4 m8 n8");
	act_at(20, try_to_wire);
	KUNIT_EXPECT_EQ(test, reclaim(8), 0);
	KUNIT_EXPECT_FALSE(test, owner.wrong);
	KUNIT_EXPECT_EQ(test, owner.times[20], 1);
	KUNIT_EXPECT_EQ(test, count_moved(test, 0, 32), 8);
	/* The new one can be wired. */
	KUNIT_EXPECT_TRUE(test, vm_page_wire_mapped(vmk_lookup(movable, 20)));
	KUNIT_EXPECT_TRUE(test, vm_page_unwire_noq(vmk_lookup(movable, 20)));
	expect_free_run(test, 16, 8);
}

static void wire(struct kunit *test, vm_page_t m)
{
	vm_page_wire(m);
	owner.act = NULL;
}

static void a_page_that_was_wired_stays(struct kunit *test)
{
	lay_owned(test, ".4 n4 .4 n4 m8 n8");
	act_at(20, wire);
	KUNIT_EXPECT_EQ(test, reclaim(8), ENOMEM);
	KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(movable, 20), pages[20]);
	KUNIT_EXPECT_EQ(test, pages[20]->ref_count, VPRC_OBJREF | 1);
	KUNIT_EXPECT_EQ(test, pages[20]->busy_lock, VPB_UNBUSIED);
	KUNIT_EXPECT_TRUE(test, is_stamped(pages[20], 20));
	KUNIT_EXPECT_EQ(test, vmk_wired(), 1);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 8);
	vm_page_unwire(pages[20], PQ_INACTIVE);
	KUNIT_EXPECT_EQ(test, count_moved(test, 0, 32), 4);
}

static void wire_next(struct kunit *test, vm_page_t m)
{
	vm_page_wire(pages[m->pindex + 1]);
}

static void unwire_next(struct kunit *test)
{
	vm_page_unwire(pages[owner.act_at + 1], PQ_INACTIVE);
}

static void busy_next(struct kunit *test, vm_page_t m)
{
	owner.wrong |= !vm_page_tryxbusy(pages[m->pindex + 1]);
}

static void unbusy_next(struct kunit *test)
{
	vm_page_xunbusy(pages[owner.act_at + 1]);
}

static void busy_object(struct kunit *test, vm_page_t m)
{
	vm_object_busy(movable);
}

static void unbusy_object(struct kunit *test)
{
	vm_object_unbusy(movable);
}

static void dequeue_next(struct kunit *test, vm_page_t m)
{
	vm_page_aflag_set(pages[m->pindex + 1], PGA_DEQUEUE);
}

static void queue_next(struct kunit *test)
{
	vm_page_aflag_clear(pages[owner.act_at + 1], PGA_DEQUEUE);
}

static void take_all_below(struct kunit *test, vm_page_t m)
{
	while (vmk_ncontig_in(test, 1, 0, VM_PAGE_TO_PHYS(pages[16]), 1, 0))
		;
}

static void nothing(struct kunit *test)
{
}

struct change {
	const char *name;
	void (*act)(struct kunit *test, vm_page_t m);
	void (*undo)(struct kunit *test);
};

static const struct change changes[] = {
	{ "wired", wire_next, unwire_next },
	{ "busied", busy_next, unbusy_next },
	{ "object busied", busy_object, unbusy_object },
	{ "on no queue", dequeue_next, queue_next },
	{ "no replacement", take_all_below, nothing },
};

static void change_desc(const struct change *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(change, changes, change_desc);

/* The fifth page of the run cannot move any more when the fourth does. */
static void a_page_that_changes_ends_the_work(struct kunit *test)
{
	const struct change *c = test->param_value;

	lay_owned(test, ".4 n4 .4 n4 m8");
	act_at(19, c->act);
	KUNIT_EXPECT_EQ(test, reclaim(8), ENOMEM);
	KUNIT_EXPECT_FALSE(test, owner.wrong);
	KUNIT_EXPECT_EQ(test, owner.times[20], 0);
	c->undo(test);
	KUNIT_EXPECT_EQ(test, count_moved(test, 0, 24), 4);
	KUNIT_EXPECT_EQ(test, count_moved(test, 20, 24), 0);
	expect_free_run(test, 16, 4);
}

static vm_object_t ending;

static void end_object(void *arg)
{
	vm_object_deallocate(arg);
}

static void drop_ending(struct kunit *test, vm_page_t m)
{
	vmk_in_thread(test, end_object, ending);
}

/* Its pages are free by the time they are looked at. */
static void an_object_that_ends_is_no_obstacle(struct kunit *test)
{
	u32 n;

	lay_owned(test, ".4 n4 .4 n4 m4 n4 n8");
	ending = vm_object_allocate(OBJT_VNODE, LAID_PAGES);
	KUNIT_ASSERT_NOT_NULL(test, ending);
	for (n = 20; n < 24; n++) {
		put(test, pages[n], ending, n);
		make_movable(pages[n], n);
	}
	act_at(19, drop_ending);
	KUNIT_EXPECT_EQ(test, reclaim(8), 0);
	KUNIT_EXPECT_EQ(test, count_moved(test, 0, 32), 4);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 8 + 4);
	expect_free_run(test, 16, 8);
}

static bool end_own(vm_object_t object, vm_page_t m)
{
	if (m->pindex == 17)
		vm_object_deallocate(object);
	return true;
}

/* The last reference is then that of the reclaiming. */
static void the_object_itself_ends(struct kunit *test)
{
	static const struct vmpage_object_ops ops = { .unmap = end_own };
	u32 n;

	lay(test, ".4 n4 .4 n4 n8 n8");
	ending = vm_object_allocate(OBJT_VNODE, LAID_PAGES);
	KUNIT_ASSERT_NOT_NULL(test, ending);
	for (n = 16; n < 24; n++) {
		put(test, pages[n], ending, n);
		make_movable(pages[n], n);
	}
	VM_OBJECT_WLOCK(ending);
	ending->ops = &ops;
	VM_OBJECT_WUNLOCK(ending);
	KUNIT_EXPECT_EQ(test, reclaim(8), 0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 8 + 8);
	expect_free_run(test, 16, 8);
}

/* What is remembered */

/* All but the lowest of 20 have to stay, and that is not remembered. */
static void sixteen_places_are_remembered(struct kunit *test)
{
	lay_owned(test, "n1 .7 n1 .7 n8 m160");
	owner.stays_from = 32;
	owner.stays_end = 184;
	KUNIT_EXPECT_EQ(test, reclaim(8), ENOMEM);
	KUNIT_EXPECT_EQ(test, owner.calls, 3 * 16);
	KUNIT_EXPECT_EQ(test, owner.times[24 + 4 * 8], 3);
	KUNIT_EXPECT_EQ(test, owner.times[24 + 3 * 8], 0);
	KUNIT_EXPECT_EQ(test, count_moved(test, 0, 184), 0);
}

static int reclaim_runs(int desired_runs)
{
	return vm_page_reclaim_contig_domain_ext(0, VM_ALLOC_NORMAL, 8, 0, ~(vm_paddr_t)0, 1, 0,
						 desired_runs);
}

static void more_places_for_more_runs(struct kunit *test)
{
	lay_owned(test, "n1 .7 n1 .7 n8 m160");
	owner.stays_from = 32;
	owner.stays_end = 184;
	KUNIT_EXPECT_EQ(test, reclaim_runs(4), ENOMEM);
	KUNIT_EXPECT_EQ(test, owner.calls, 3 * 19);
	KUNIT_EXPECT_EQ(test, count_moved(test, 0, 184), 0);
	/* One is less than five, but better than none. */
	KUNIT_EXPECT_EQ(test, reclaim_runs(5), 0);
	KUNIT_EXPECT_EQ(test, count_moved(test, 0, 184), 8);
	expect_free_run(test, 24, 8);
}

/* Others at the same time */

#define RACE_OBJECTS	4
#define RACE_INDEXES	64
#define RACE_ROUNDS	4000
#define RACE_PATIENCE	100		/* times as many rounds, at most */

struct race {
	vm_object_t objects[RACE_OBJECTS];
	struct rnd_state chance;
	unsigned int wrong;		/* pages with a content that is not theirs */
	unsigned int reclaimed;		/* runs */
	unsigned int taken;		/* runs that were then had */
	bool done;
};

static u32 race_below(struct race *race, u32 bound)
{
	return prandom_u32_state(&race->chance) % bound;
}

static u32 race_stamp(u32 object, u32 pindex)
{
	return object << 16 | pindex;
}

static void race_change(struct race *race, vm_object_t object, u32 number, u32 pindex)
{
	const vm_page_t m = vm_page_lookup(object, pindex);

	if (!m || !vm_page_tryxbusy(m))
		return;
	race->wrong += !is_stamped(m, number);
	switch (race_below(race, 8)) {
	case 0:
		vm_page_free(m);
		return;
	case 1:
		vm_page_activate(m);
		break;
	case 2:
		vm_page_wire(m);
		vm_page_unwire(m, PQ_INACTIVE);
		break;
	default:
		vm_page_deactivate(m);
	}
	vm_page_xunbusy(m);
}

static void race_step(struct race *race)
{
	const u32 i = race_below(race, RACE_OBJECTS), pindex = race_below(race, RACE_INDEXES);
	const vm_object_t object = race->objects[i];
	const u32 number = race_stamp(i, pindex);
	vm_page_t m = NULL;

	VM_OBJECT_WLOCK(object);
	if (vm_page_lookup(object, pindex))
		race_change(race, object, number, pindex);
	else
		m = vm_page_alloc(object, pindex, VM_ALLOC_NORMAL);
	if (m)
		make_movable(m, number);
	VM_OBJECT_WUNLOCK(object);

	/* Without the lock it may be the wrong page, which is then busied for a moment. */
	m = vm_page_lookup_unlocked(object, pindex);
	if (m && vm_page_trysbusy(m))
		vm_page_sunbusy(m);
}

/* The other one may be long in getting a CPU. */
static bool race_is_over(const struct race *race, int round)
{
	return round >= RACE_ROUNDS * RACE_PATIENCE ||
	       (round >= RACE_ROUNDS && READ_ONCE(race->reclaimed) && READ_ONCE(race->taken));
}

static void race_use(void *arg)
{
	struct race *race = arg;
	int i;

	for (i = 0; !race_is_over(race, i); i++) {
		race_step(race);
		cond_resched();
	}
	WRITE_ONCE(race->done, true);
}

static void race_free_run(vm_page_t m, u_long npages)
{
	u_long i;

	for (i = 0; i < npages; i++)
		vm_page_free(&m[i]);
}

static void race_reclaim(void *arg)
{
	struct race *race = arg;
	u_long npages = 1;
	vm_page_t m;

	while (!READ_ONCE(race->done)) {
		npages = npages < 64 ? npages * 2 : 2;
		if (!reclaim(npages))
			race->reclaimed++;
		m = vm_page_alloc_noobj_contig(VM_ALLOC_NORMAL, npages, 0, ~(vm_paddr_t)0,
					       PAGE_SIZE, 0, VM_MEMATTR_DEFAULT);
		if (m) {
			race->taken++;
			race_free_run(m, npages);
		}
		cond_resched();
	}
}

static void race_audit(struct kunit *test, struct race *race)
{
	unsigned long pindex;
	vm_page_t m;
	u32 i;

	for (i = 0; i < RACE_OBJECTS; i++) {
		VM_RADIX_FOREACH(m, pindex, &race->objects[i]->rtree)
			KUNIT_EXPECT_TRUE(test, is_stamped(m, race_stamp(i, pindex)));
	}
}

static struct race *race_new(struct kunit *test)
{
	struct race *race = kunit_kzalloc(test, sizeof(*race), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, race);
	prandom_seed_state(&race->chance, vmk_seed());
	for (i = 0; i < RACE_OBJECTS; i++)
		race->objects[i] = vmk_object(test, i & 1 ? VMK_U : VMK_O, RACE_INDEXES);
	return race;
}

/* Content stays with its index, whatever moves. */
static void use_and_reclaim_at_once(struct kunit *test)
{
	struct vmk_thread *user, *reclaimer;
	struct race *race;

	vmk_b4(test);
	vmk_use_memory(VMK_BASE, VMK_BASE + ptoa(1024));
	race = race_new(test);
	vmk_leave_free(test, 0, 300);
	user = vmk_thread_start(test, race_use, race);
	reclaimer = vmk_thread_start(test, race_reclaim, race);
	vmk_thread_join(test, user);
	vmk_thread_join(test, reclaimer);
	KUNIT_EXPECT_EQ(test, race->wrong, 0);
	KUNIT_EXPECT_GT(test, race->reclaimed, 0);
	KUNIT_EXPECT_GT(test, race->taken, 0);
	race_audit(test, race);
}

struct ends {
	unsigned int rounds;
	bool failed;			/* an object could not be made */
	bool done;
};

static bool end_round(void)
{
	const vm_object_t object = vm_object_allocate(OBJT_VNODE, 32);
	vm_page_t m;
	u32 i;

	if (!object)
		return false;
	VM_OBJECT_WLOCK(object);
	for (i = 0; i < 32; i++) {
		m = vm_page_alloc(object, i, VM_ALLOC_NORMAL);
		if (m)
			make_movable(m, i);
	}
	VM_OBJECT_WUNLOCK(object);
	cond_resched();
	vm_object_deallocate(object);
	return true;
}

static void make_and_end(void *arg)
{
	struct ends *ends = arg;

	while (ends->rounds < 200 && !ends->failed) {
		ends->failed = !end_round();
		ends->rounds++;
	}
	WRITE_ONCE(ends->done, true);
}

/* Every page comes back, whoever drops the last reference. */
static void objects_end_at_the_same_time(struct kunit *test)
{
	struct ends ends = {};
	struct vmk_thread *t;

	lay(test, "n1 .7 n1 .7 n1 .7 n1 .7 .64 n32");
	t = vmk_thread_start(test, make_and_end, &ends);
	while (!READ_ONCE(ends.done)) {
		reclaim(16);
		cond_resched();
	}
	vmk_thread_join(test, t);
	KUNIT_EXPECT_FALSE(test, ends.failed);
	KUNIT_EXPECT_EQ(test, ends.rounds, 200);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 4 * 7 + 64);
}

static struct kunit_case vmpage_page_reclaim_race_cases[] = {
	KUNIT_CASE(the_owner_is_asked_once),
	KUNIT_CASE(a_page_that_has_to_stay),
	KUNIT_CASE(an_invalid_page_that_has_to_stay),
	KUNIT_CASE(what_was_cleared_stays_free),
	KUNIT_CASE(a_mapping_does_not_wire_it_any_more),
	KUNIT_CASE(a_page_that_was_wired_stays),
	KUNIT_CASE_PARAM(a_page_that_changes_ends_the_work, change_gen_params),
	KUNIT_CASE(an_object_that_ends_is_no_obstacle),
	KUNIT_CASE(the_object_itself_ends),
	KUNIT_CASE(sixteen_places_are_remembered),
	KUNIT_CASE(more_places_for_more_runs),
	KUNIT_CASE(use_and_reclaim_at_once),
	KUNIT_CASE(objects_end_at_the_same_time),
	{}
};

static struct kunit_suite vmpage_page_reclaim_race_suite = {
	.name = "vmpage_page_reclaim_race",
	.init = vmk_init,
	.exit = vmk_exit,
	.test_cases = vmpage_page_reclaim_race_cases,
};

kunit_test_suite(vmpage_page_reclaim_race_suite);
