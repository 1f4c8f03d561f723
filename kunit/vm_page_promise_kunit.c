// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Promises: a promised page is had even when it is on no list at the moment.
 */
#include "kunit_fixture.h"

/* The free blocks of domain 0, while somebody has them in hands. */
struct in_hands {
	vm_page_t m[2];
};

static void take_blocks(struct kunit *test, struct in_hands *h)
{
	struct vm_domain *vmd = VM_DOMAIN(0);
	unsigned long flags;
	size_t i;

	vm_domain_free_lock(vmd, flags);
	for (i = 0; i < ARRAY_SIZE(h->m); i++)
		h->m[i] = vm_phys_alloc_pages(0, VM_FREEPOOL_DEFAULT, VM_LEVEL_0_ORDER);
	vm_domain_free_unlock(vmd, flags);
	KUNIT_ASSERT_NOT_NULL(test, h->m[0]);
	KUNIT_ASSERT_NOT_NULL(test, h->m[1]);
	vmk_expect_free_lists(test, 0, "DEF{} DIR{}");
}

static void put_blocks(const struct in_hands *h)
{
	struct vm_domain *vmd = VM_DOMAIN(0);
	unsigned long flags;
	size_t i;

	vm_domain_free_lock(vmd, flags);
	for (i = 0; i < ARRAY_SIZE(h->m); i++)
		vm_phys_free_pages(h->m[i], VM_LEVEL_0_ORDER);
	vm_domain_free_unlock(vmd, flags);
}

struct promised {
	vm_object_t object;
	vm_page_t m;
};

static void alloc_promised(void *arg)
{
	struct promised *p = arg;

	VM_OBJECT_WLOCK(p->object);
	p->m = vmpage_alloc_promised(p->object, 3, 0, VM_ALLOC_NOBUSY);
	VM_OBJECT_WUNLOCK(p->object);
}

static void expect_waits_for_blocks(struct kunit *test, enum vmk_kind kind)
{
	struct promised p = {};
	unsigned long begin;
	struct vmk_thread *t;
	struct in_hands h;

	vmk_b4(test);
	p.object = vmk_object(test, kind, 512);
	KUNIT_ASSERT_EQ(test, vmpage_promise(VM_DOMAIN(0), 1), 1);
	take_blocks(test, &h);
	t = vmk_thread_start(test, alloc_promised, &p);
	begin = jiffies;
	vmk_until(test, time_after(jiffies, begin + 5) && vmk_thread_is_asleep(t));
	put_blocks(&h);
	vmk_thread_join(test, t);
	KUNIT_EXPECT_NOT_NULL(test, p.m);
	KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(p.object, 3), p.m);
	KUNIT_EXPECT_EQ(test, atomic_read(&VM_DOMAIN(0)->vmd_promised), 0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1023);
}

static void promise_is_kept_while_another_has_the_blocks(struct kunit *test)
{
	expect_waits_for_blocks(test, VMK_U);
}

static void promise_is_kept_when_no_reservation_can_be_made(struct kunit *test)
{
	expect_waits_for_blocks(test, VMK_V);
}

static void promise_of_a_page_that_is_lost_is_reported(struct kunit *test)
{
	struct promised p = {};
	struct in_hands h;

	vmk_b4(test);
	p.object = vmk_object(test, VMK_U, 512);
	KUNIT_ASSERT_EQ(test, vmpage_promise(VM_DOMAIN(0), 1), 1);
	take_blocks(test, &h);
	vmk_refused(test, alloc_promised(&p));
	KUNIT_EXPECT_NULL(test, p.m);
	put_blocks(&h);
	KUNIT_EXPECT_EQ(test, atomic_read(&VM_DOMAIN(0)->vmd_promised), 1);
	vmpage_unpromise(VM_DOMAIN(0), 1);
}

static struct kunit_case vmpage_page_promise_cases[] = {
	KUNIT_CASE(promise_is_kept_while_another_has_the_blocks),
	KUNIT_CASE(promise_is_kept_when_no_reservation_can_be_made),
	KUNIT_CASE(promise_of_a_page_that_is_lost_is_reported),
	{}
};

static struct kunit_suite vmpage_page_promise_suite = {
	.name = "vmpage_page_promise",
	.init = vmk_init,
	.exit = vmk_exit,
	.test_cases = vmpage_page_promise_cases,
};

kunit_test_suite(vmpage_page_promise_suite);
