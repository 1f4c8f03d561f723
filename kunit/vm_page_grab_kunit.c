// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Grab.
 */
#include "kunit_fixture.h"

static vm_object_t an_object(struct kunit *test)
{
	vmk_b4(test);
	return vmk_object(test, VMK_O, 64);
}

static vm_page_t grab(vm_object_t object, vm_pindex_t pindex, int req)
{
	vm_page_t m;

	VM_OBJECT_WLOCK(object);
	m = vm_page_grab(object, pindex, req);
	VM_OBJECT_WUNLOCK(object);
	return m;
}

static int grab_pages(vm_object_t object, vm_pindex_t pindex, int req, vm_page_t *ma, int count)
{
	int n;

	VM_OBJECT_WLOCK(object);
	n = vm_page_grab_pages(object, pindex, req, ma, count);
	VM_OBJECT_WUNLOCK(object);
	return n;
}

static int grab_valid(vm_page_t *mp, vm_object_t object, vm_pindex_t pindex, int req)
{
	int result;

	VM_OBJECT_WLOCK(object);
	result = vm_page_grab_valid(mp, object, pindex, req);
	VM_OBJECT_WUNLOCK(object);
	return result;
}

/* A resident page, unbusied, of which everything is valid and @fill. */
static vm_page_t filled_page(struct kunit *test, vm_object_t object, vm_pindex_t pindex, u8 fill)
{
	vm_page_t m = vmk_alloc(test, object, pindex);

	memset(vmk_page_kva(m), fill, PAGE_SIZE);
	vm_page_valid(m);
	vm_page_xunbusy(m);
	return m;
}

/* A thread that grabs one page, as a case asks, and lets it go. */
struct grabber {
	vm_page_t (*grab)(vm_object_t object, vm_pindex_t pindex, int req);
	vm_object_t object;
	vm_pindex_t pindex;
	int req;
	vm_page_t m;
	u_int word;			/* of the page, when the thread got it */
	vm_page_bits_t valid;
	bool owned;			/* the object was locked afterwards */
};

static vm_page_t grab_and_look(struct grabber *g)
{
	vm_page_t m;

	if (g->grab)
		return g->grab(g->object, g->pindex, g->req);
	VM_OBJECT_WLOCK(g->object);
	m = vm_page_grab(g->object, g->pindex, g->req);
	g->owned = VM_OBJECT_WOWNED(g->object);
	VM_OBJECT_WUNLOCK(g->object);
	return m;
}

static void grab_and_let_go(void *arg)
{
	struct grabber *g = arg;

	g->m = grab_and_look(g);
	if (!g->m)
		return;
	g->word = g->m->busy_lock;
	g->valid = g->m->valid;
	if (g->req & VM_ALLOC_NOBUSY)
		return;
	if (g->req & VM_ALLOC_IGN_SBUSY)
		vm_page_sunbusy(g->m);
	else
		vm_page_xunbusy(g->m);
}

/* One page */

static void G01_grab_makes_a_page(struct kunit *test)
{
	vm_object_t object = an_object(test);
	vm_page_t m = grab(object, 3, VM_ALLOC_NORMAL);

	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(object, 3), m);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1023);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_CURTHREAD_EXCLUSIVE);
	KUNIT_EXPECT_EQ(test, m->valid, 0);
	KUNIT_EXPECT_FALSE(test, vm_page_wired(m));
}

static void G02_only_a_new_page_is_zeroed(struct kunit *test)
{
	vm_object_t object = an_object(test);
	vm_page_t m, there = filled_page(test, object, 1, 0x77);

	m = grab(object, 0, VM_ALLOC_NORMAL | VM_ALLOC_ZERO);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(m, 0));
	KUNIT_EXPECT_EQ(test, m->valid, 0);

	m = grab(object, 1, VM_ALLOC_NORMAL | VM_ALLOC_ZERO);
	KUNIT_EXPECT_PTR_EQ(test, m, there);
	KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(m, 0x77));

	/* Also one of which nothing is valid. */
	m->valid = 0;
	vm_page_xunbusy(m);
	m = grab(object, 1, VM_ALLOC_NORMAL | VM_ALLOC_ZERO);
	KUNIT_EXPECT_PTR_EQ(test, m, there);
	KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(m, 0x77));
}

/* Every free page is said to be zero, which none is. */
static void a_page_known_to_be_zero_is_not_zeroed(struct kunit *test)
{
	vm_object_t object = an_object(test);
	vm_page_t m;
	int i;

	m = vm_page_alloc_noobj_contig(VM_ALLOC_INTERRUPT, 1000, 0, ~(vm_paddr_t)0, 1, 0,
				       VM_MEMATTR_DEFAULT);
	KUNIT_ASSERT_NOT_NULL(test, m);
	vmk_exhaust(test, VM_ALLOC_INTERRUPT);
	for (i = 0; i < 1000; i++)
		vm_page_free_zero(&m[i]);
	m = grab(object, 0, VM_ALLOC_NORMAL | VM_ALLOC_ZERO);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(m, VMK_POISON));
}

static void G03_nocreat_makes_nothing(struct kunit *test)
{
	vm_object_t object = an_object(test);
	struct vmk_counts before, after;

	vmk_counts(&before);
	KUNIT_EXPECT_NULL(test, grab(object, 0, VM_ALLOC_NORMAL | VM_ALLOC_NOCREAT));
	KUNIT_EXPECT_NULL(test, vm_page_grab_unlocked(object, 0,
						      VM_ALLOC_NORMAL | VM_ALLOC_NOCREAT));
	vmk_counts(&after);
	vmk_expect_same_counts(test, &before, &after);
}

static void G04_grab_of_a_busied_page(struct kunit *test)
{
	static const int reqs[] = { VM_ALLOC_WAITFAIL, 0 };
	vm_object_t object = an_object(test);
	vm_page_t m = vmk_alloc(test, object, 0);
	unsigned int i;

	KUNIT_EXPECT_NULL(test, grab(object, 0, VM_ALLOC_NOWAIT));
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_CURTHREAD_EXCLUSIVE);

	for (i = 0; i < ARRAY_SIZE(reqs); i++) {
		struct grabber g = { .object = object, .req = reqs[i] };
		struct vmk_thread *t = vmk_thread_start(test, grab_and_let_go, &g);

		vmk_until(test, vmk_page_is_waited_for(m));
		KUNIT_EXPECT_FALSE(test, vmk_thread_done(t));
		vm_page_xunbusy(m);
		vmk_thread_join(test, t);
		KUNIT_EXPECT_PTR_EQ(test, g.m, reqs[i] ? NULL : m);
		KUNIT_EXPECT_TRUE(test, g.owned);
		KUNIT_EXPECT_EQ(test, vm_page_tryxbusy(m), 1);
	}
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1023);
}

static void G06_grab_unbusied(struct kunit *test)
{
	vm_object_t object = an_object(test);
	vm_page_t m = grab(object, 0, VM_ALLOC_NOBUSY | VM_ALLOC_WIRED);

	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_UNBUSIED);
	KUNIT_EXPECT_EQ(test, VPRC_WIRE_COUNT(m->ref_count), 1);
	vmk_refused(test, KUNIT_EXPECT_NULL(test, grab(object, 1, VM_ALLOC_NOBUSY)));
	KUNIT_EXPECT_NULL(test, vmk_lookup(object, 1));
	vm_page_unwire(m, PQ_INACTIVE);
}

static void frees_the_awaited_page(struct kunit *test,
				   vm_page_t (*func)(vm_object_t, vm_pindex_t, int))
{
	vm_object_t object = an_object(test);
	struct grabber g = { .grab = func, .object = object };
	struct vmk_thread *t;
	vm_page_t m = vmk_alloc(test, object, 0);

	vm_page_valid(m);
	t = vmk_thread_start(test, grab_and_let_go, &g);
	vmk_until(test, vmk_page_is_waited_for(m));
	vmk_free(test, m);
	vmk_thread_join(test, t);
	KUNIT_ASSERT_NOT_NULL(test, g.m);
	KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(object, 0), g.m);
	KUNIT_EXPECT_EQ(test, g.valid, 0);
	KUNIT_EXPECT_TRUE(test, g.word & VPB_BIT_EXCLUSIVE);
	KUNIT_EXPECT_EQ(test, object->resident_page_count, 1);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1023);
}

static void G11_the_awaited_page_is_freed(struct kunit *test)
{
	frees_the_awaited_page(test, NULL);
}

static void unlocked_grab_of_a_page_that_is_freed(struct kunit *test)
{
	frees_the_awaited_page(test, vm_page_grab_unlocked);
}

/* What the caller gets, for a new page and for one that is there. */
static const struct mode_case {
	const char *name;
	int req;
	u_int word;			/* 0: exclusive */
	u_int wired;
} mode_cases[] = {
	{ "exclusive", 0, 0, 0 },
	{ "exclusive_wired", VM_ALLOC_WIRED, 0, 1 },
	{ "exclusive_nowait", VM_ALLOC_NOWAIT, 0, 0 },
	{ "exclusive_waitok", VM_ALLOC_WAITOK | VM_ALLOC_COUNT(3), 0, 0 },
	{ "shared", VM_ALLOC_IGN_SBUSY, 0x9, 0 },
	{ "shared_both", VM_ALLOC_SBUSY | VM_ALLOC_IGN_SBUSY, 0x9, 0 },
	{ "shared_wired", VM_ALLOC_IGN_SBUSY | VM_ALLOC_WIRED, 0x9, 1 },
	{ "unbusied", VM_ALLOC_NOBUSY | VM_ALLOC_WIRED, VPB_UNBUSIED, 1 },
	{ "unbusied_shared", VM_ALLOC_NOBUSY | VM_ALLOC_WIRED | VM_ALLOC_IGN_SBUSY,
	  VPB_UNBUSIED, 1 },
};

static void mode_desc(const struct mode_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(mode, mode_cases, mode_desc);

static void expect_mode(struct kunit *test, vm_page_t m)
{
	const struct mode_case *c = test->param_value;

	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, m->busy_lock, c->word ?: VPB_CURTHREAD_EXCLUSIVE);
	KUNIT_EXPECT_EQ(test, m->ref_count, VPRC_OBJREF | c->wired);
	KUNIT_EXPECT_EQ(test, m->flags & PG_NODUMP, 0);
	if (c->wired)
		vm_page_unwire(m, PQ_INACTIVE);
}

static void a_page_is_busied_and_wired_as_asked(struct kunit *test)
{
	const struct mode_case *c = test->param_value;
	const int pages_req = c->req & ~VM_ALLOC_COUNT_MASK;
	vm_object_t object = an_object(test);
	vm_page_t m;
	int i;

	for (i = 0; i < 5; i++)
		filled_page(test, object, i, 0x11);
	expect_mode(test, grab(object, 0, c->req));
	expect_mode(test, grab(object, 10, c->req));
	expect_mode(test, vm_page_grab_unlocked(object, 1, c->req));
	expect_mode(test, vm_page_grab_unlocked(object, 11, c->req));
	KUNIT_EXPECT_EQ(test, grab_pages(object, 2, pages_req, &m, 1), 1);
	expect_mode(test, m);
	KUNIT_EXPECT_EQ(test, grab_pages(object, 12, pages_req, &m, 1), 1);
	expect_mode(test, m);
	KUNIT_EXPECT_EQ(test, vm_page_grab_pages_unlocked(object, 3, pages_req, &m, 1), 1);
	expect_mode(test, m);
	KUNIT_EXPECT_EQ(test, vm_page_grab_pages_unlocked(object, 13, pages_req, &m, 1), 1);
	expect_mode(test, m);
	if (c->req & VM_ALLOC_NOWAIT)
		return;
	KUNIT_EXPECT_EQ(test, grab_valid(&m, object, 4, c->req), VM_PAGER_OK);
	expect_mode(test, m);
	KUNIT_EXPECT_EQ(test, grab_valid(&m, object, 14, c->req), VM_PAGER_OK);
	expect_mode(test, m);
}

static void nodump_is_for_new_pages(struct kunit *test)
{
	vm_object_t object = an_object(test);
	vm_page_t m;

	filled_page(test, object, 0, 0x11);
	m = grab(object, 0, VM_ALLOC_NODUMP);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_FALSE(test, m->flags & PG_NODUMP);
	m = grab(object, 1, VM_ALLOC_NODUMP);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_TRUE(test, m->flags & PG_NODUMP);
}

static void sharers_are_no_obstacle_to_a_sharer(struct kunit *test)
{
	vm_object_t object = an_object(test);
	struct grabber g = { .object = object };
	struct vmk_thread *t;
	vm_page_t m = vmk_alloc_req(test, object, 0, VM_ALLOC_SBUSY);

	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_NULL(test, grab(object, 0, VM_ALLOC_NOWAIT));
	KUNIT_EXPECT_PTR_EQ(test, grab(object, 0, VM_ALLOC_NOWAIT | VM_ALLOC_IGN_SBUSY), m);
	KUNIT_EXPECT_EQ(test, m->busy_lock, 0x11);
	KUNIT_EXPECT_PTR_EQ(test, vm_page_grab_unlocked(object, 0, VM_ALLOC_IGN_SBUSY), m);
	KUNIT_EXPECT_EQ(test, m->busy_lock, 0x19);

	t = vmk_thread_start(test, grab_and_let_go, &g);
	vmk_until(test, vmk_page_is_waited_for(m));
	vm_page_sunbusy(m);
	vm_page_sunbusy(m);
	KUNIT_EXPECT_FALSE(test, vmk_thread_done(t));
	vm_page_sunbusy(m);
	vmk_thread_join(test, t);
	KUNIT_EXPECT_PTR_EQ(test, g.m, m);
}

static void who_waits_for_a_page_has_use_for_it(struct kunit *test)
{
	static const int reqs[] = { VM_ALLOC_NOCREAT, 0 };
	vm_object_t object = an_object(test);
	vm_page_t m = vmk_alloc(test, object, 0);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(reqs); i++) {
		struct grabber g = { .object = object, .req = reqs[i] };
		struct vmk_thread *t = vmk_thread_start(test, grab_and_let_go, &g);

		vmk_until(test, vmk_page_is_waited_for(m));
		KUNIT_EXPECT_EQ(test, !!(m->a.flags & PGA_REFERENCED), !reqs[i]);
		vm_page_xunbusy(m);
		vmk_thread_join(test, t);
		KUNIT_EXPECT_PTR_EQ(test, g.m, m);
		KUNIT_EXPECT_EQ(test, vm_page_tryxbusy(m), 1);
	}
}

static void grab_waits_for_a_busied_object(struct kunit *test)
{
	vm_object_t object = an_object(test);
	struct grabber g = { .object = object };
	struct vmk_thread *t;
	vm_page_t m = filled_page(test, object, 0, 0x11);

	vm_object_busy(object);
	KUNIT_EXPECT_NULL(test, grab(object, 0, VM_ALLOC_NOWAIT));
	t = vmk_thread_start(test, grab_and_let_go, &g);
	vmk_until(test, vmk_thread_is_asleep(t));
	VM_OBJECT_WLOCK(object);
	KUNIT_EXPECT_FALSE(test, vmk_thread_done(t));
	VM_OBJECT_WUNLOCK(object);
	vm_object_unbusy(object);
	vmk_thread_join(test, t);
	KUNIT_EXPECT_PTR_EQ(test, g.m, m);
}

/* Without memory */

static void grab_waits_for_pages(struct kunit *test)
{
	static const int reqs[] = { VM_ALLOC_WAITFAIL, 0, VM_ALLOC_WAITOK };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(reqs); i++) {
		struct grabber g = { .object = an_object(test), .req = reqs[i] };
		vm_page_t m = vmk_ncontig(test, 512);
		struct vmk_thread *t;

		KUNIT_ASSERT_NOT_NULL(test, m);
		vmk_exhaust(test, VM_ALLOC_INTERRUPT);
		KUNIT_EXPECT_NULL(test, grab(g.object, 0, VM_ALLOC_NOWAIT));
		KUNIT_EXPECT_EQ(test, vm_wait_count(), 0);

		t = vmk_thread_start(test, grab_and_let_go, &g);
		vmk_until(test, vm_wait_count() == 1);
		vmk_free_run(test, m, 512);
		vmk_thread_join(test, t);
		KUNIT_EXPECT_TRUE(test, g.owned);
		KUNIT_EXPECT_EQ(test, !g.m, reqs[i] == VM_ALLOC_WAITFAIL);
		KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(g.object, 0), g.m);
		vmk_power_off(test);
	}
	vmk_b4(test);
}

static void grab_waits_for_nodes(struct kunit *test)
{
	vm_object_t object = an_object(test);
	struct vmk_counts before, after;

	vmk_counts(&before);
	vmk_fail_node(1);
	KUNIT_EXPECT_NULL(test, grab(object, 0, VM_ALLOC_NOWAIT | VM_ALLOC_WIRED));
	vmk_fail_node(1);
	KUNIT_EXPECT_NULL(test, grab(object, 0, VM_ALLOC_WAITFAIL));
	vmk_counts(&after);
	vmk_expect_same_counts(test, &before, &after);
	vmk_fail_node(1);
	KUNIT_EXPECT_NOT_NULL(test, grab(object, 0, VM_ALLOC_NORMAL));
	vmk_fail_node(1);
	KUNIT_EXPECT_NOT_NULL(test, vm_page_grab_unlocked(object, 1, VM_ALLOC_NORMAL));
}

/* Without the lock */

static void a_page_that_is_there_needs_no_lock(struct kunit *test)
{
	static const int reqs[] = { 0, VM_ALLOC_IGN_SBUSY, VM_ALLOC_NOBUSY | VM_ALLOC_WIRED };
	vm_object_t object = an_object(test);
	vm_page_t m = filled_page(test, object, 0, 0x11);
	struct grabber g = { .grab = vm_page_grab_unlocked, .object = object };
	unsigned int i;

	VM_OBJECT_WLOCK(object);
	for (i = 0; i < ARRAY_SIZE(reqs); i++) {
		g.req = reqs[i];
		vmk_in_thread(test, grab_and_let_go, &g);
		KUNIT_EXPECT_PTR_EQ(test, g.m, m);
	}
	g.pindex = 1;
	g.req = VM_ALLOC_NOCREAT;
	vmk_in_thread(test, grab_and_let_go, &g);
	KUNIT_EXPECT_NULL(test, g.m);
	VM_OBJECT_WUNLOCK(object);
	KUNIT_EXPECT_EQ(test, vmk_wired(), 1);
	vm_page_unwire(m, PQ_INACTIVE);
}

static void unlocked_grab_waits_like_the_other(struct kunit *test)
{
	static const int reqs[] = { VM_ALLOC_WAITFAIL, 0, VM_ALLOC_NOCREAT };
	vm_object_t object = an_object(test);
	vm_page_t m = vmk_alloc(test, object, 0);
	unsigned int i;

	KUNIT_EXPECT_NULL(test, vm_page_grab_unlocked(object, 0, VM_ALLOC_NOWAIT));
	for (i = 0; i < ARRAY_SIZE(reqs); i++) {
		struct grabber g = {
			.grab = vm_page_grab_unlocked, .object = object, .req = reqs[i],
		};
		struct vmk_thread *t = vmk_thread_start(test, grab_and_let_go, &g);

		vmk_until(test, vmk_page_is_waited_for(m));
		KUNIT_EXPECT_FALSE(test, vmk_thread_done(t));
		vm_page_xunbusy(m);
		vmk_thread_join(test, t);
		KUNIT_EXPECT_PTR_EQ(test, g.m, reqs[i] == VM_ALLOC_WAITFAIL ? NULL : m);
		KUNIT_EXPECT_EQ(test, vm_page_tryxbusy(m), 1);
	}
}

/* Two threads at one index */

#define RACE_ROUNDS 500

struct racer {
	vm_object_t object;
	int *holders;			/* that have the page at an index now */
	unsigned long *got;		/* how often the pages were had */
	unsigned long broken;
	bool unlocked;
};

static void race_for_pages(void *arg)
{
	struct racer *r = arg;
	int i;

	for (i = 0; i < RACE_ROUNDS; i++) {
		const vm_pindex_t pindex = i % 8;
		vm_page_t m;

		m = r->unlocked ? vm_page_grab_unlocked(r->object, pindex, VM_ALLOC_NORMAL) :
				  grab(r->object, pindex, VM_ALLOC_NORMAL);
		if (!m || m->object != r->object || m->pindex != pindex) {
			r->broken++;
			continue;
		}
		r->broken += r->holders[pindex]++;
		r->got[pindex]++;
		if (i % 32 == 5)
			usleep_range(1, 20);
		r->broken += --r->holders[pindex];

		/* Now and then the page goes, and the next one makes it again. */
		VM_OBJECT_WLOCK(r->object);
		if (i % 3)
			vm_page_xunbusy(m);
		else
			vm_page_free(m);
		VM_OBJECT_WUNLOCK(r->object);
	}
}

static void racers_get_one_page_in_turn(struct kunit *test)
{
	unsigned long got[8] = {}, sum = 0;
	int i, holders[8] = {};
	struct racer one = { .holders = holders, .got = got };
	struct racer two = { .holders = holders, .got = got, .unlocked = true };

	one.object = an_object(test);
	two.object = one.object;
	vmk_in_two_threads(test, race_for_pages, &one, &two);
	KUNIT_EXPECT_EQ(test, one.broken, 0);
	KUNIT_EXPECT_EQ(test, two.broken, 0);
	for (i = 0; i < 8; i++)
		sum += got[i];
	KUNIT_EXPECT_EQ(test, sum, 2 * RACE_ROUNDS);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024 - (int)one.object->resident_page_count);
}

/* Ranges */

static void expect_range(struct kunit *test, vm_object_t object, vm_page_t *ma, int count)
{
	int i;

	for (i = 0; i < count; i++) {
		const u8 fill = i == 2 || i == 5 ? 0x20 + i : 0;

		KUNIT_EXPECT_PTR_EQ(test, ma[i], vmk_lookup(object, i));
		KUNIT_EXPECT_EQ(test, ma[i]->valid, 0xff);
		KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(ma[i], fill));
		KUNIT_EXPECT_EQ(test, ma[i]->busy_lock, VPB_CURTHREAD_EXCLUSIVE);
	}
}

static void G07_grab_of_a_range(struct kunit *test)
{
	vm_object_t object = an_object(test);
	vm_page_t ma[8], two = filled_page(test, object, 2, 0x22);
	vm_page_t five = filled_page(test, object, 5, 0x25);

	KUNIT_ASSERT_EQ(test, grab_pages(object, 0, VM_ALLOC_NORMAL | VM_ALLOC_ZERO, ma, 8), 8);
	KUNIT_EXPECT_PTR_EQ(test, ma[2], two);
	KUNIT_EXPECT_PTR_EQ(test, ma[5], five);
	expect_range(test, object, ma, 8);
	KUNIT_EXPECT_EQ(test, object->resident_page_count, 8);
}

static void unlocked_grab_of_a_range(struct kunit *test)
{
	const int req = VM_ALLOC_NORMAL | VM_ALLOC_ZERO;
	vm_object_t object = an_object(test);
	vm_page_t ma[8];
	int i;

	/* All that is there is found without the lock, and made valid, too. */
	for (i = 0; i < 4; i++)
		filled_page(test, object, i, 0x20 + i);
	vmk_lookup(object, 0)->valid = 0;
	vmk_lookup(object, 1)->valid = 0;
	vmk_lookup(object, 3)->valid = 0;
	filled_page(test, object, 5, 0x25);
	KUNIT_ASSERT_EQ(test, vm_page_grab_pages_unlocked(object, 0, req, ma, 8), 8);
	expect_range(test, object, ma, 8);
	KUNIT_EXPECT_EQ(test, object->resident_page_count, 8);
}

static void a_range_without_zeroing_is_left_alone(struct kunit *test)
{
	vm_object_t object = an_object(test);
	vm_page_t ma[4];
	int i;

	KUNIT_ASSERT_EQ(test, grab_pages(object, 0, VM_ALLOC_NORMAL, ma, 4), 4);
	for (i = 0; i < 4; i++) {
		KUNIT_EXPECT_EQ(test, ma[i]->valid, 0);
		KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(ma[i], VMK_POISON));
	}

	/* Of a page that is valid in part nothing is zeroed either. */
	vm_page_set_valid_range(ma[0], 0, 512);
	vm_page_xunbusy(ma[0]);
	KUNIT_ASSERT_EQ(test, grab_pages(object, 0, VM_ALLOC_ZERO, ma, 1), 1);
	KUNIT_EXPECT_EQ(test, ma[0]->valid, 0x01);
	KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(ma[0], VMK_POISON));
}

static void G08_grab_of_a_range_up_to_a_hole(struct kunit *test)
{
	const int req = VM_ALLOC_NORMAL | VM_ALLOC_NOCREAT;
	vm_object_t object = an_object(test);
	vm_page_t zero = filled_page(test, object, 0, 0x20);
	vm_page_t one = filled_page(test, object, 1, 0x21);
	vm_page_t ma[4] = {};

	KUNIT_EXPECT_EQ(test, grab_pages(object, 0, req, ma, 4), 2);
	KUNIT_EXPECT_PTR_EQ(test, ma[0], zero);
	KUNIT_EXPECT_PTR_EQ(test, ma[1], one);
	KUNIT_EXPECT_NULL(test, ma[2]);
	vm_page_xunbusy(zero);
	vm_page_xunbusy(one);
	KUNIT_EXPECT_EQ(test, vm_page_grab_pages_unlocked(object, 0, req, ma, 4), 2);
	KUNIT_EXPECT_NULL(test, ma[2]);
	KUNIT_EXPECT_EQ(test, object->resident_page_count, 2);
}

static void G10_bad_requests_for_a_range(struct kunit *test)
{
	vm_object_t object = an_object(test);
	vm_page_t ma[2] = {};

	vmk_refused(test, KUNIT_EXPECT_EQ(test, grab_pages(object, 0, VM_ALLOC_COUNT(2), ma, 2),
					  0));
	vmk_refused(test, KUNIT_EXPECT_EQ(test, grab_pages(object, 0, VM_ALLOC_NORMAL, ma, 0),
					  0));
	vmk_refused(test, KUNIT_EXPECT_EQ(test, grab_pages(object, 0, VM_ALLOC_NORMAL, ma, -1),
					  0));
	vmk_refused(test, KUNIT_EXPECT_EQ(test, vm_page_grab_pages_unlocked(object, 0, 0, ma, 0),
					  0));
	KUNIT_EXPECT_NULL(test, ma[0]);
	KUNIT_EXPECT_EQ(test, object->resident_page_count, 0);
}

static void a_range_ends_early(struct kunit *test)
{
	vm_object_t object = an_object(test);
	vm_page_t ma[4], busied = vmk_alloc(test, object, 2);
	int i;

	for (i = 0; i < 2; i++) {
		const bool unlocked = i;

		KUNIT_EXPECT_EQ(test, unlocked ?
				vm_page_grab_pages_unlocked(object, 0, VM_ALLOC_NOWAIT, ma, 4) :
				grab_pages(object, 0, VM_ALLOC_NOWAIT, ma, 4), 2);
		KUNIT_EXPECT_EQ(test, ma[1]->busy_lock, VPB_CURTHREAD_EXCLUSIVE);
		vm_page_xunbusy(ma[0]);
		vm_page_xunbusy(ma[1]);
	}
	KUNIT_EXPECT_NULL(test, vmk_lookup(object, 3));
	vm_page_xunbusy(busied);

	/* One page is left to be had. */
	vmk_leave_free(test, 0, 1);
	KUNIT_EXPECT_EQ(test, grab_pages(object, 10, VM_ALLOC_INTERRUPT | VM_ALLOC_NOWAIT, ma, 4),
			1);
	KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(object, 10), ma[0]);
}

struct range_grabber {
	vm_object_t object;
	vm_page_t ma[3];
	int count;
};

static void grab_range_wired(void *arg)
{
	struct range_grabber *g = arg;

	g->count = grab_pages(g->object, 0, VM_ALLOC_NOBUSY | VM_ALLOC_WIRED, g->ma, 3);
}

/* What was the page before may be elsewhere after a sleep. */
static void a_range_survives_what_happens_while_it_sleeps(struct kunit *test)
{
	vm_object_t object = an_object(test);
	struct range_grabber g = { .object = object };
	vm_page_t first, second = vmk_alloc(test, object, 1);
	struct vmk_thread *t = vmk_thread_start(test, grab_range_wired, &g);

	vmk_until(test, vmk_page_is_waited_for(second));
	VM_OBJECT_WLOCK(object);
	first = vm_page_lookup(object, 0);
	KUNIT_EXPECT_NOT_NULL(test, first);
	KUNIT_EXPECT_EQ(test, vm_page_tryxbusy(first), 1);
	KUNIT_EXPECT_FALSE(test, vm_page_remove(first));
	vm_page_free(second);
	VM_OBJECT_WUNLOCK(object);
	vmk_thread_join(test, t);

	KUNIT_EXPECT_EQ(test, g.count, 3);
	KUNIT_EXPECT_PTR_EQ(test, g.ma[0], first);
	KUNIT_EXPECT_NULL(test, vmk_lookup(object, 0));
	KUNIT_EXPECT_PTR_EQ(test, g.ma[1], vmk_lookup(object, 1));
	KUNIT_EXPECT_PTR_EQ(test, g.ma[2], vmk_lookup(object, 2));
	vm_page_unhold_pages(g.ma, 3);
	KUNIT_EXPECT_TRUE(test, vm_page_busy_freed(first));
}

/* Valid pages */

static void grab_valid_makes_a_page_valid(struct kunit *test)
{
	vm_object_t object = an_object(test);
	vm_page_t m, part;

	KUNIT_EXPECT_EQ(test, grab_valid(&m, object, 0, VM_ALLOC_NORMAL), VM_PAGER_OK);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, m->valid, 0xff);
	KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(m, 0));

	part = vmk_alloc(test, object, 1);
	memset(vmk_page_kva(part), 0x33, PAGE_SIZE);
	vm_page_set_valid_range(part, 0, 2048);
	vm_page_xunbusy(part);
	KUNIT_EXPECT_EQ(test, grab_valid(&m, object, 1, VM_ALLOC_COUNT(16)), VM_PAGER_OK);
	KUNIT_ASSERT_PTR_EQ(test, m, part);
	KUNIT_EXPECT_EQ(test, m->valid, 0xff);
	KUNIT_EXPECT_NULL(test, memchr_inv(vmk_page_kva(m), 0x33, 2048));
	KUNIT_EXPECT_NULL(test, memchr_inv(vmk_page_kva(m) + 2048, 0, 2048));

	part = filled_page(test, object, 2, 0x44);
	KUNIT_EXPECT_EQ(test, grab_valid(&m, object, 2, VM_ALLOC_NORMAL), VM_PAGER_OK);
	KUNIT_EXPECT_PTR_EQ(test, m, part);
	KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(m, 0x44));
}

static void grab_valid_can_leave_what_is_not(struct kunit *test)
{
	const int req = VM_ALLOC_NOCREAT | VM_ALLOC_WIRED;
	vm_object_t object = an_object(test);
	vm_page_t m, part = vmk_alloc(test, object, 1), all = filled_page(test, object, 2, 0x44);

	m = all;
	KUNIT_EXPECT_EQ(test, grab_valid(&m, object, 0, req), VM_PAGER_FAIL);
	KUNIT_EXPECT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, object->resident_page_count, 2);

	vm_page_set_valid_range(part, 0, 3584);
	vm_page_xunbusy(part);
	m = all;
	KUNIT_EXPECT_EQ(test, grab_valid(&m, object, 1, req), VM_PAGER_FAIL);
	KUNIT_EXPECT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, part->busy_lock, VPB_UNBUSIED);
	KUNIT_EXPECT_EQ(test, part->valid, 0x7f);
	KUNIT_EXPECT_FALSE(test, vm_page_wired(part));

	KUNIT_EXPECT_EQ(test, grab_valid(&m, object, 2, req), VM_PAGER_OK);
	KUNIT_EXPECT_PTR_EQ(test, m, all);
	vm_page_unwire(all, PQ_INACTIVE);
}

static vm_page_t grab_valid_shared(vm_object_t object, vm_pindex_t pindex, int req)
{
	vm_page_t m;

	grab_valid(&m, object, pindex, req);
	return m;
}

static void a_sharer_fills_a_page_alone(struct kunit *test)
{
	vm_object_t object = an_object(test);
	struct grabber g = {
		.grab = grab_valid_shared, .object = object, .req = VM_ALLOC_IGN_SBUSY,
	};
	vm_page_t m = vmk_alloc_req(test, object, 0, VM_ALLOC_SBUSY);
	struct vmk_thread *t;

	KUNIT_ASSERT_NOT_NULL(test, m);
	t = vmk_thread_start(test, grab_and_let_go, &g);
	vmk_until(test, vmk_page_is_waited_for(m));
	KUNIT_EXPECT_EQ(test, m->valid, 0);
	KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(m, VMK_POISON));
	vm_page_sunbusy(m);
	vmk_thread_join(test, t);
	KUNIT_EXPECT_PTR_EQ(test, g.m, m);
	KUNIT_EXPECT_EQ(test, g.word, 0x9);
	KUNIT_EXPECT_EQ(test, g.valid, 0xff);
	KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(m, 0));
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_UNBUSIED);
}

/* Requests that a grab does not know, or not together */

static const struct refusal_case {
	const char *name;
	int req;
	bool only_range, only_valid;
} refusal_cases[] = {
	{ "nobusy_alone", VM_ALLOC_NOBUSY },
	{ "nobusy_ign_sbusy", VM_ALLOC_NOBUSY | VM_ALLOC_IGN_SBUSY },
	{ "nobusy_sbusy", VM_ALLOC_NOBUSY | VM_ALLOC_SBUSY | VM_ALLOC_IGN_SBUSY | VM_ALLOC_WIRED },
	{ "sbusy_alone", VM_ALLOC_SBUSY },
	{ "noreclaim", VM_ALLOC_NORECLAIM },
	{ "avail0", VM_ALLOC_AVAIL0 },
	{ "avail1", VM_ALLOC_AVAIL1 },
	{ "bit_2", 0x4 },
	{ "range_count", VM_ALLOC_COUNT(1), .only_range = true },
	{ "valid_nowait", VM_ALLOC_NOWAIT, .only_valid = true },
	{ "valid_waitfail", VM_ALLOC_WAITFAIL, .only_valid = true },
	{ "valid_zero", VM_ALLOC_ZERO, .only_valid = true },
};

static void refusal_desc(const struct refusal_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(refusal, refusal_cases, refusal_desc);

static void expect_grab_refused(struct kunit *test, vm_object_t object, vm_pindex_t pindex,
				int req)
{
	vmk_refused(test, KUNIT_EXPECT_NULL(test, grab(object, pindex, req)));
	vmk_refused(test, KUNIT_EXPECT_NULL(test, vm_page_grab_unlocked(object, pindex, req)));
}

static void expect_range_refused(struct kunit *test, vm_object_t object, vm_pindex_t pindex,
				 int req)
{
	vm_page_t ma[1] = {};
	int n = -1;

	vmk_refused(test, n = grab_pages(object, pindex, req, ma, 1));
	KUNIT_EXPECT_EQ(test, n, 0);
	vmk_refused(test, n = vm_page_grab_pages_unlocked(object, pindex, req, ma, 1));
	KUNIT_EXPECT_EQ(test, n, 0);
	KUNIT_EXPECT_NULL(test, ma[0]);
}

static void expect_valid_refused(struct kunit *test, vm_object_t object, vm_pindex_t pindex,
				 int req)
{
	vm_page_t m = (vm_page_t)object;
	int result = VM_PAGER_OK;

	vmk_refused(test, result = grab_valid(&m, object, pindex, req));
	KUNIT_EXPECT_EQ(test, result, VM_PAGER_FAIL);
	KUNIT_EXPECT_NULL(test, m);
}

static void bad_requests_are_refused(struct kunit *test)
{
	const struct refusal_case *c = test->param_value;
	vm_object_t object = an_object(test);
	vm_page_t m = filled_page(test, object, 0, 0x11);
	vm_pindex_t i;

	/* Whether the page is there or not. */
	for (i = 0; i < 2; i++) {
		if (!c->only_range && !c->only_valid)
			expect_grab_refused(test, object, i, c->req);
		if (!c->only_valid)
			expect_range_refused(test, object, i, c->req);
		if (!c->only_range)
			expect_valid_refused(test, object, i, c->req);
	}
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_UNBUSIED);
	KUNIT_EXPECT_EQ(test, object->resident_page_count, 1);
}

static void the_object_is_locked_as_agreed(struct kunit *test)
{
	vm_object_t object = an_object(test);
	vm_page_t m;

	vmk_refused(test, KUNIT_EXPECT_NULL(test, vm_page_grab(object, 0, 0)));
	vmk_refused(test, KUNIT_EXPECT_EQ(test, vm_page_grab_pages(object, 0, 0, &m, 1), 0));
	vmk_refused(test, KUNIT_EXPECT_EQ(test, vm_page_grab_valid(&m, object, 0, 0),
					  VM_PAGER_FAIL));
	VM_OBJECT_WLOCK(object);
	vmk_refused(test, KUNIT_EXPECT_NULL(test, vm_page_grab_unlocked(object, 0, 0)));
	vmk_refused(test, KUNIT_EXPECT_EQ(test,
					  vm_page_grab_pages_unlocked(object, 0, 0, &m, 1), 0));
	VM_OBJECT_WUNLOCK(object);
	KUNIT_EXPECT_EQ(test, object->resident_page_count, 0);
}

/* Nobody may share what is not filled yet. */
static void shared_grab_fills_the_page_first(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m, ma[2];

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	VM_OBJECT_WLOCK(object);
	m = vm_page_grab(object, 0, VM_ALLOC_ZERO | VM_ALLOC_IGN_SBUSY);
	KUNIT_EXPECT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, vm_page_grab_pages(object, 1, VM_ALLOC_ZERO | VM_ALLOC_IGN_SBUSY, ma,
						 2), 2);
	VM_OBJECT_WUNLOCK(object);
	if (!m)
		return;
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_SHARERS_WORD(1));
	KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(m, 0));
	KUNIT_EXPECT_EQ(test, ma[1]->busy_lock, VPB_SHARERS_WORD(1));
	KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(ma[1], 0));
	KUNIT_EXPECT_TRUE(test, vm_page_all_valid(ma[1]));
}

static void range_past_the_last_index_is_refused(struct kunit *test)
{
	vm_object_t object;
	vm_page_t ma[2];
	int n = -1;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	VM_OBJECT_WLOCK(object);
	vmk_refused(test, n = vm_page_grab_pages(object, ULONG_MAX, 0, ma, 2));
	VM_OBJECT_WUNLOCK(object);
	KUNIT_EXPECT_EQ(test, n, 0);
	vmk_refused(test, n = vm_page_grab_pages_unlocked(object, ULONG_MAX, 0, ma, 2));
	KUNIT_EXPECT_EQ(test, n, 0);
}

/* Cached pages */

static void grab_brings_cached_pages_back(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m[6], ma[4];
	int i;

	vmk_b4(test);
	object = vmk_object(test, VMK_U, 64);
	for (i = 0; i < 6; i++)
		m[i] = vmk_cached(test, object, i, 0x40 + i);
	VM_OBJECT_WLOCK(object);
	KUNIT_EXPECT_NULL(test, vm_page_grab(object, 0, VM_ALLOC_NOCREAT));
	KUNIT_EXPECT_PTR_EQ(test, vm_page_grab(object, 0, VM_ALLOC_ZERO), m[0]);
	KUNIT_EXPECT_PTR_EQ(test, vm_page_grab(object, 1, VM_ALLOC_ZERO | VM_ALLOC_NOBUSY |
					       VM_ALLOC_WIRED), m[1]);
	KUNIT_EXPECT_EQ(test, vm_page_grab_pages(object, 2, VM_ALLOC_ZERO, ma, 4), 4);
	VM_OBJECT_WUNLOCK(object);
	for (i = 0; i < 6; i++) {
		KUNIT_EXPECT_TRUE(test, i < 2 || ma[i - 2] == m[i]);
		KUNIT_EXPECT_EQ(test, m[i]->valid, VM_PAGE_BITS_ALL);
		KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(m[i], 0x40 + i));
	}
	KUNIT_EXPECT_TRUE(test, vm_page_wired(m[1]));
	vm_page_unwire_noq(m[1]);
	KUNIT_EXPECT_EQ(test, VM_CNT_FETCH(v_reactivated), 6);
}

/* What is not valid is not content. */
static void grab_valid_fills_a_cached_page_up(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m, found;
	u8 *kva;

	vmk_b4(test);
	object = vmk_object(test, VMK_U, 64);
	m = vmk_cached(test, object, 0, 0x55);
	m->valid = 0x01;
	VM_OBJECT_WLOCK(object);
	KUNIT_EXPECT_EQ(test, vm_page_grab_valid(&found, object, 0, VM_ALLOC_NORMAL), VM_PAGER_OK);
	VM_OBJECT_WUNLOCK(object);
	KUNIT_EXPECT_PTR_EQ(test, found, m);
	KUNIT_EXPECT_EQ(test, m->valid, VM_PAGE_BITS_ALL);
	kva = vmk_page_kva(m);
	KUNIT_EXPECT_NULL(test, memchr_inv(kva, 0x55, 512));
	KUNIT_EXPECT_NULL(test, memchr_inv(kva + 512, 0, PAGE_SIZE - 512));
}

static struct kunit_case vmpage_page_grab_cases[] = {
	KUNIT_CASE(G01_grab_makes_a_page),
	KUNIT_CASE(G02_only_a_new_page_is_zeroed),
	KUNIT_CASE(a_page_known_to_be_zero_is_not_zeroed),
	KUNIT_CASE(G03_nocreat_makes_nothing),
	KUNIT_CASE(G04_grab_of_a_busied_page),
	KUNIT_CASE(G06_grab_unbusied),
	KUNIT_CASE(G11_the_awaited_page_is_freed),
	KUNIT_CASE(unlocked_grab_of_a_page_that_is_freed),
	KUNIT_CASE_PARAM(a_page_is_busied_and_wired_as_asked, mode_gen_params),
	KUNIT_CASE(nodump_is_for_new_pages),
	KUNIT_CASE(sharers_are_no_obstacle_to_a_sharer),
	KUNIT_CASE(who_waits_for_a_page_has_use_for_it),
	KUNIT_CASE(grab_waits_for_a_busied_object),
	KUNIT_CASE(grab_waits_for_pages),
	KUNIT_CASE(grab_waits_for_nodes),
	KUNIT_CASE(a_page_that_is_there_needs_no_lock),
	KUNIT_CASE(unlocked_grab_waits_like_the_other),
	KUNIT_CASE(racers_get_one_page_in_turn),
	KUNIT_CASE(G07_grab_of_a_range),
	KUNIT_CASE(unlocked_grab_of_a_range),
	KUNIT_CASE(a_range_without_zeroing_is_left_alone),
	KUNIT_CASE(G08_grab_of_a_range_up_to_a_hole),
	KUNIT_CASE(G10_bad_requests_for_a_range),
	KUNIT_CASE(a_range_ends_early),
	KUNIT_CASE(a_range_survives_what_happens_while_it_sleeps),
	KUNIT_CASE(grab_valid_makes_a_page_valid),
	KUNIT_CASE(grab_valid_can_leave_what_is_not),
	KUNIT_CASE(a_sharer_fills_a_page_alone),
	KUNIT_CASE_PARAM(bad_requests_are_refused, refusal_gen_params),
	KUNIT_CASE(the_object_is_locked_as_agreed),
	KUNIT_CASE(shared_grab_fills_the_page_first),
	KUNIT_CASE(range_past_the_last_index_is_refused),
	KUNIT_CASE(grab_brings_cached_pages_back),
	KUNIT_CASE(grab_valid_fills_a_cached_page_up),
	{}
};

static struct kunit_suite vmpage_page_grab_suite = {
	.name = "vmpage_page_grab",
	.init = vmk_init,
	.exit = vmk_exit,
	.test_cases = vmpage_page_grab_cases,
};

kunit_test_suite(vmpage_page_grab_suite);
