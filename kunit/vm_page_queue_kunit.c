// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Page queues and advice.
 */
#include <linux/mman.h>
#include "kunit_fixture.h"

#define PLACES	(PGA_REQUEUE | PGA_REQUEUE_HEAD)

static const struct queue_case {
	const char *name;
	void (*put)(vm_page_t m);
	u8 queue;
	u8 act_count;			/* at least */
	u16 place;
} queue_cases[] = {
	{ "activate", vm_page_activate, PQ_ACTIVE, ACT_INIT, PGA_REQUEUE },
	{ "deactivate", vm_page_deactivate, PQ_INACTIVE, 0, PGA_REQUEUE },
	{ "noreuse", vm_page_deactivate_noreuse, PQ_INACTIVE, 0, PGA_REQUEUE_HEAD },
	{ "launder", vm_page_launder, PQ_LAUNDRY, 0, PGA_REQUEUE },
	{ "unswappable", vm_page_unswappable, PQ_UNSWAPPABLE, 0, PGA_REQUEUE },
};

static void queue_desc(const struct queue_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(queue, queue_cases, queue_desc);

static vm_page_t managed_page(struct kunit *test)
{
	vmk_b4(test);
	return vmk_alloc(test, vmk_object(test, VMK_O, 8), 0);
}

static void a_page_goes_where_it_is_put(struct kunit *test)
{
	const struct queue_case *c = test->param_value;
	vm_page_t m = managed_page(test);
	unsigned int i;

	KUNIT_EXPECT_EQ(test, vm_page_queue(m), PQ_NONE);
	for (i = 0; i < ARRAY_SIZE(queue_cases); i++) {
		queue_cases[i].put(m);
		m->a.act_count = 0;
		c->put(m);
		KUNIT_EXPECT_EQ(test, vm_page_queue(m), c->queue);
		KUNIT_EXPECT_EQ(test, m->a.flags & PLACES, c->place);
		KUNIT_EXPECT_EQ(test, m->a.act_count, c->act_count);
	}

	/* What was used more than that stays so. */
	m->a.act_count = ACT_MAX;
	c->put(m);
	KUNIT_EXPECT_EQ(test, m->a.act_count, ACT_MAX);
}

static void some_pages_stay_where_they_are(struct kunit *test)
{
	const struct queue_case *c = test->param_value;
	vm_page_t wired, unmanaged, leaving = managed_page(test);

	wired = vmk_alloc_req(test, leaving->object, 1, VM_ALLOC_WIRED);
	KUNIT_ASSERT_NOT_NULL(test, wired);
	c->put(wired);
	KUNIT_EXPECT_EQ(test, vm_page_queue(wired), PQ_NONE);
	KUNIT_EXPECT_EQ(test, wired->a.act_count, 0);
	vm_page_unwire(wired, PQ_INACTIVE);

	unmanaged = vmk_alloc(test, vmk_object_type(test, OBJT_PHYS, 8), 0);
	c->put(unmanaged);
	KUNIT_EXPECT_EQ(test, vm_page_queue(unmanaged), PQ_NONE);
	KUNIT_EXPECT_EQ(test, unmanaged->a.flags, 0);

	vm_page_launder(leaving);
	vm_page_aflag_set(leaving, PGA_DEQUEUE);
	c->put(leaving);
	KUNIT_EXPECT_EQ(test, vm_page_queue(leaving), PQ_NONE);
	KUNIT_EXPECT_EQ(test, leaving->a.queue, PQ_LAUNDRY);
	KUNIT_EXPECT_TRUE(test, leaving->a.flags & PGA_DEQUEUE);
}

static void flags_come_and_go_alone(struct kunit *test)
{
	vm_page_t m = managed_page(test);

	vm_page_activate(m);
	vm_page_aflag_set(m, PGA_NOSYNC | PGA_SWAP_SPACE);
	vm_page_reference(m);
	KUNIT_EXPECT_EQ(test, m->a.flags,
			PGA_NOSYNC | PGA_SWAP_SPACE | PGA_REFERENCED | PGA_REQUEUE);
	vm_page_aflag_clear(m, PGA_SWAP_SPACE | PGA_WRITEABLE);
	KUNIT_EXPECT_EQ(test, m->a.flags, PGA_NOSYNC | PGA_REFERENCED | PGA_REQUEUE);
	KUNIT_EXPECT_EQ(test, vm_page_queue(m), PQ_ACTIVE);
	KUNIT_EXPECT_EQ(test, m->a.act_count, ACT_INIT);
	vm_page_deactivate(m);
	KUNIT_EXPECT_EQ(test, m->a.flags, PGA_NOSYNC | PGA_REFERENCED | PGA_REQUEUE);
}

#define FLAG_ROUNDS 5000

struct flagger {
	vm_page_t m;
	u16 bit;
	unsigned long lost;
};

static void flip_a_flag(void *arg)
{
	struct flagger *f = arg;
	int i;

	for (i = 0; i < FLAG_ROUNDS; i++) {
		vm_page_aflag_set(f->m, f->bit);
		f->lost += !(READ_ONCE(f->m->a.flags) & f->bit);
		vm_page_aflag_clear(f->m, f->bit);
		f->lost += !!(READ_ONCE(f->m->a.flags) & f->bit);
	}
}

static void flags_are_atomic(struct kunit *test)
{
	struct flagger one = { .bit = PGA_WRITEABLE }, two = { .bit = PGA_EXECUTABLE };

	one.m = managed_page(test);
	two.m = one.m;
	vmk_in_two_threads(test, flip_a_flag, &one, &two);
	KUNIT_EXPECT_EQ(test, one.lost, 0);
	KUNIT_EXPECT_EQ(test, two.lost, 0);
	KUNIT_EXPECT_EQ(test, one.m->a.flags, 0);
}

/* Advice */

static void advise(vm_page_t m, int advice)
{
	VM_OBJECT_WLOCK(m->object);
	vm_page_advise(m, advice);
	VM_OBJECT_WUNLOCK(m->object);
}

static void advice_chooses_the_queue(struct kunit *test)
{
	vm_page_t m = managed_page(test);

	vm_page_valid(m);
	advise(m, MADV_WILLNEED);
	KUNIT_EXPECT_EQ(test, vm_page_queue(m), PQ_ACTIVE);
	KUNIT_EXPECT_EQ(test, m->a.act_count, ACT_INIT);

	advise(m, MADV_DONTNEED);
	KUNIT_EXPECT_EQ(test, vm_page_queue(m), PQ_INACTIVE);
	KUNIT_EXPECT_EQ(test, m->a.flags & PLACES, PGA_REQUEUE_HEAD);

	vm_page_dirty(m);
	advise(m, MADV_DONTNEED);
	KUNIT_EXPECT_EQ(test, vm_page_queue(m), PQ_LAUNDRY);
	KUNIT_EXPECT_EQ(test, m->dirty, 0xff);

	advise(m, MADV_FREE);
	KUNIT_EXPECT_EQ(test, vm_page_queue(m), PQ_INACTIVE);
	KUNIT_EXPECT_EQ(test, m->a.flags & PLACES, PGA_REQUEUE_HEAD);
	KUNIT_EXPECT_EQ(test, m->dirty, 0);
	KUNIT_EXPECT_EQ(test, m->valid, 0xff);
}

static void bad_advice_is_refused(struct kunit *test)
{
	static const int advices[] = {
		MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL, MADV_REMOVE, -1, INT_MAX,
	};
	vm_page_t noobj, m = managed_page(test);
	unsigned int i;

	vm_page_launder(m);
	for (i = 0; i < ARRAY_SIZE(advices); i++)
		vmk_refused(test, advise(m, advices[i]));
	KUNIT_EXPECT_EQ(test, vm_page_queue(m), PQ_LAUNDRY);

	vmk_refused(test, vm_page_advise(m, MADV_WILLNEED));
	KUNIT_EXPECT_EQ(test, vm_page_queue(m), PQ_LAUNDRY);

	vm_page_xunbusy(m);
	vmk_refused(test, advise(m, MADV_FREE));
	KUNIT_EXPECT_EQ(test, vm_page_queue(m), PQ_LAUNDRY);

	noobj = vmk_noobj(test);
	vmk_refused(test, vm_page_advise(noobj, MADV_WILLNEED));
	KUNIT_EXPECT_EQ(test, vm_page_queue(noobj), PQ_NONE);
}

static struct kunit_case vmpage_page_queue_cases[] = {
	KUNIT_CASE_PARAM(a_page_goes_where_it_is_put, queue_gen_params),
	KUNIT_CASE_PARAM(some_pages_stay_where_they_are, queue_gen_params),
	KUNIT_CASE(flags_come_and_go_alone),
	KUNIT_CASE(flags_are_atomic),
	KUNIT_CASE(advice_chooses_the_queue),
	KUNIT_CASE(bad_advice_is_refused),
	{}
};

static struct kunit_suite vmpage_page_queue_suite = {
	.name = "vmpage_page_queue",
	.init = vmk_init,
	.exit = vmk_exit,
	.test_cases = vmpage_page_queue_cases,
};

kunit_test_suite(vmpage_page_queue_suite);
