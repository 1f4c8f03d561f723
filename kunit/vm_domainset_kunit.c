// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Policies, and the order in which a request visits the domains.
 *
 * A walk in these cases gets no page anywhere, so it is both phases: the domains
 * that are not short, then all of them.
 */
#include <vm/vm_domainset.h>

#include "kunit_fixture.h"

#define LAST	(MAXMEMDOM - 1)

/* Sparse: domains 0, 2, 5 and the last one, 1024 pages each. */
static void sparse_machine(struct kunit *test)
{
	static const struct vm_mem_span spans[] = {
		VMK_SPAN(0, ptoa(1024), 5),
		VMK_SPAN(0x100000000ULL, 0x100000000ULL + ptoa(1024), 0),
		VMK_SPAN(0x200000000ULL, 0x200000000ULL + ptoa(1024), LAST),
		VMK_SPAN(0x300000000ULL, 0x300000000ULL + ptoa(1024), 2),
	};

	vmk_machine(test, spans, ARRAY_SIZE(spans));
}

static void make_short(struct kunit *test, int domain)
{
	vmk_leave_free(test, domain, VM_DOMAIN(domain)->vmd_free_min - 1);
}

/* Walk once and compare with @expected, which ends with -1. */
static void expect_walk_of(struct kunit *test, vm_object_t object, vm_pindex_t pindex,
			   const int *expected)
{
	struct vm_domainset_iter di;
	int req = VM_ALLOC_NORMAL;
	int domain = -1;
	int ret = vm_domainset_iter_page_init(&di, object, pindex, &domain, &req);

	while (*expected >= 0) {
		KUNIT_EXPECT_EQ(test, ret, 0);
		KUNIT_EXPECT_EQ(test, domain, *expected++);
		if (ret)
			return;
		ret = vm_domainset_iter_page(&di, object, &domain);
	}
	KUNIT_EXPECT_EQ(test, ret, ENOMEM);
}

#define EXPECT_WALK(test, ...) \
	expect_walk_of(test, NULL, 0, (const int []) { __VA_ARGS__, -1 })
#define EXPECT_WALK_OF(test, object, pindex, ...) \
	expect_walk_of(test, object, pindex, (const int []) { __VA_ARGS__, -1 })

/* The domain that a request visits first, -1 for none. */
static int first_domain(vm_object_t object, vm_pindex_t pindex)
{
	struct vm_domainset_iter di;
	int req = VM_ALLOC_NORMAL;
	int domain;

	if (vm_domainset_iter_page_init(&di, object, pindex, &domain, &req))
		return -1;
	return domain;
}

static int page_domain(vm_page_t m)
{
	return m ? vm_page_domain(m) : -1;
}

static struct domainset *create(const domainset_t *mask, int policy, int prefer)
{
	const struct domainset key = {
		.ds_mask = *mask, .ds_policy = policy, .ds_prefer = prefer,
	};

	return domainset_create(&key);
}

static domainset_t mask_of(u64 bits)
{
	domainset_t mask;

	bitmap_from_u64(mask.bits, bits);
	return mask;
}

static u64 bits_of(const domainset_t *mask)
{
	return bitmap_get_value8(mask->bits, 0) | (u64)DOMAINSET_ISSET(LAST, mask) << LAST;
}

/* Policies one by one */

static void D02_roundrobin_moves_on_before_it_visits(struct kunit *test)
{
	struct vmpage_task_policy tp;

	vmk_c2x4(test);
	vmpage_task_policy_begin(&tp, DOMAINSET_RR());
	KUNIT_EXPECT_EQ(test, page_domain(vmk_noobj_req(test, VM_ALLOC_NORMAL)), 1);
	KUNIT_EXPECT_EQ(test, page_domain(vmk_noobj_req(test, VM_ALLOC_NORMAL)), 0);
	KUNIT_EXPECT_EQ(test, page_domain(vmk_noobj_req(test, VM_ALLOC_NORMAL)), 1);
	KUNIT_EXPECT_EQ(test, page_domain(vmk_noobj_req(test, VM_ALLOC_NORMAL)), 0);
	KUNIT_EXPECT_EQ(test, tp.tp_ref.dr_iter, 4);
	vmpage_task_policy_end(&tp);
}

static void roundrobin_goes_round_in_each_phase(struct kunit *test)
{
	struct vmpage_task_policy tp;

	sparse_machine(test);
	vmpage_task_policy_begin(&tp, DOMAINSET_RR());
	EXPECT_WALK(test, 2, 5, LAST, 0, 2, 5, LAST, 0);
	KUNIT_EXPECT_EQ(test, tp.tp_ref.dr_iter, 8);
	tp.tp_ref.dr_iter = 2;
	EXPECT_WALK(test, LAST, 0, 2, 5, LAST, 0, 2, 5);
	KUNIT_EXPECT_EQ(test, tp.tp_ref.dr_iter, 10);
	vmpage_task_policy_end(&tp);
}

static void firsttouch_visits_the_local_domain_twice(struct kunit *test)
{
	struct vmpage_task_policy tp;

	sparse_machine(test);
	vmk_set_domain(5);
	vmpage_task_policy_begin(&tp, DOMAINSET_FT());
	EXPECT_WALK(test, 5, 2, 5, LAST, 0, 5, 2, 5, LAST, 0);
	KUNIT_EXPECT_EQ(test, tp.tp_ref.dr_iter, 8);
	vmk_set_domain(LAST);
	EXPECT_WALK(test, LAST, 2, 5, LAST, 0, LAST, 2, 5, LAST, 0);
	vmpage_task_policy_end(&tp);
}

static void firsttouch_without_local_memory_goes_round(struct kunit *test)
{
	static const int locals[] = { -1, 3, MAXMEMDOM };
	struct vmpage_task_policy tp;
	size_t i;

	sparse_machine(test);
	for (i = 0; i < ARRAY_SIZE(locals); i++) {
		vmk_set_domain(locals[i]);
		vmpage_task_policy_begin(&tp, DOMAINSET_FT());
		EXPECT_WALK(test, 2, 5, LAST, 0, 2, 5, LAST, 0);
		vmpage_task_policy_end(&tp);
	}
}

static void firsttouch_outside_the_mask_goes_round(struct kunit *test)
{
	const domainset_t mask = mask_of(BIT(2) | BIT(5));
	struct vmpage_task_policy tp;

	sparse_machine(test);
	vmpage_task_policy_begin(&tp, create(&mask, DOMAINSET_POLICY_FIRSTTOUCH, -1));
	EXPECT_WALK(test, 5, 2, 5, 2);
	vmk_set_domain(2);
	EXPECT_WALK(test, 2, 5, 2, 2, 5, 2);
	vmpage_task_policy_end(&tp);
}

static void D03_preferred_domain_until_it_is_short(struct kunit *test)
{
	struct vmpage_task_policy tp;
	int n;

	vmk_c2x4(test);
	vmpage_task_policy_begin(&tp, DOMAINSET_PREF(1));
	for (n = 0; n < 953; n++)
		KUNIT_EXPECT_EQ(test, page_domain(vmk_noobj_req(test, VM_ALLOC_NORMAL)), 1);
	KUNIT_EXPECT_EQ(test, page_domain(vmk_noobj_req(test, VM_ALLOC_NORMAL)), 0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(1), 1024 - 953);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1023);
	vmpage_task_policy_end(&tp);
}

static void prefer_leaves_the_preferred_out_of_the_round(struct kunit *test)
{
	struct vmpage_task_policy tp;

	sparse_machine(test);
	vmpage_task_policy_begin(&tp, DOMAINSET_PREF(5));
	EXPECT_WALK(test, 5, 2, LAST, 0, 5, 2, LAST, 0);
	KUNIT_EXPECT_EQ(test, tp.tp_ref.dr_iter, 8);
	vmpage_task_policy_end(&tp);
}

static void prefer_of_a_domain_without_memory_is_roundrobin(struct kunit *test)
{
	struct vmpage_task_policy tp;

	sparse_machine(test);
	vmpage_task_policy_begin(&tp, DOMAINSET_PREF(3));
	EXPECT_WALK(test, 2, 5, LAST, 0, 2, 5, LAST, 0);
	vmpage_task_policy_end(&tp);
}

static void prefer_of_the_only_domain_visits_it_in_both_phases(struct kunit *test)
{
	const domainset_t mask = mask_of(BIT(5));
	struct vmpage_task_policy tp;

	sparse_machine(test);
	vmpage_task_policy_begin(&tp, create(&mask, DOMAINSET_POLICY_PREFER, 5));
	EXPECT_WALK(test, 5, 5);
	vmpage_task_policy_end(&tp);
}

static void D04_interleave_keeps_a_window_in_one_domain(struct kunit *test)
{
	vm_object_t object;
	vm_pindex_t i;
	int first;

	vmk_c2x4(test);
	object = vmk_object(test, VMK_O, 2048);
	object->domain.dr_policy = DOMAINSET_IL();
	first = vm_page_domain(vmk_alloc(test, object, 0));
	for (i = 1; i < 512; i++)
		KUNIT_EXPECT_EQ(test, vm_page_domain(vmk_alloc(test, object, i)), first);
	for (i = 512; i < 1024; i++)
		KUNIT_EXPECT_EQ(test, vm_page_domain(vmk_alloc(test, object, i)), !first);
}

static void interleave_without_reservations_goes_by_64_pages(struct kunit *test)
{
	vm_object_t object;
	vm_pindex_t i;
	int first;

	vmk_c2x4(test);
	object = vmk_object(test, VMK_U, 256);
	object->domain.dr_policy = DOMAINSET_IL();
	first = first_domain(object, 0);
	for (i = 0; i < 256; i++)
		KUNIT_EXPECT_EQ(test, first_domain(object, i), first ^ ((i / 64) & 1));
}

static void interleave_counts_from_the_colour(struct kunit *test)
{
	vm_object_t object;

	vmk_c2x4(test);
	object = vmk_object(test, VMK_V, 1024);
	object->domain.dr_policy = DOMAINSET_IL();
	object->pg_color = 100;
	KUNIT_EXPECT_EQ(test, first_domain(object, 412), !first_domain(object, 411));
	KUNIT_EXPECT_EQ(test, first_domain(object, 412), first_domain(object, 923));
	KUNIT_EXPECT_EQ(test, first_domain(object, 924), first_domain(object, 0));
}

static void interleave_begins_by_the_address_of_the_object(struct kunit *test)
{
	vm_object_t objects[8];
	size_t i;

	vmk_c2x4(test);
	for (i = 0; i < ARRAY_SIZE(objects); i++) {
		objects[i] = vmk_object(test, VMK_O, 1);
		objects[i]->domain.dr_policy = DOMAINSET_IL();
		KUNIT_EXPECT_EQ(test, first_domain(objects[i], 0),
				(int)((unsigned long)objects[i] / sizeof(*objects[i]) % 2));
	}
}

static void interleave_sets_the_cursor(struct kunit *test)
{
	struct vmpage_task_policy tp;

	sparse_machine(test);
	vmpage_task_policy_begin(&tp, DOMAINSET_IL());
	tp.tp_ref.dr_iter = 17;
	KUNIT_EXPECT_EQ(test, first_domain(NULL, 64), 2);
	KUNIT_EXPECT_EQ(test, tp.tp_ref.dr_iter, 1);
	/* Without an object the index is what the caller says, and that is 0. */
	EXPECT_WALK(test, 0, 2, 5, LAST, 0, 2, 5, LAST);
	KUNIT_EXPECT_EQ(test, tp.tp_ref.dr_iter, 3);
	vmpage_task_policy_end(&tp);
}

/* Phases */

static void short_domains_come_last(struct kunit *test)
{
	struct vmpage_task_policy tp;

	sparse_machine(test);
	make_short(test, 2);
	make_short(test, LAST);
	vmpage_task_policy_begin(&tp, DOMAINSET_RR());
	EXPECT_WALK(test, 5, 0, 2, 5, LAST, 0);
	vmpage_task_policy_end(&tp);

	vmpage_task_policy_begin(&tp, DOMAINSET_PREF(2));
	EXPECT_WALK(test, 5, 0, 2, 5, LAST, 0);
	vmpage_task_policy_end(&tp);

	vmk_set_domain(2);
	vmpage_task_policy_begin(&tp, DOMAINSET_FT());
	EXPECT_WALK(test, 5, 0, 2, 2, 5, LAST, 0);
	vmpage_task_policy_end(&tp);
}

static void all_short_is_the_second_phase_alone(struct kunit *test)
{
	struct vmpage_task_policy tp;

	vmk_c2x4(test);
	make_short(test, 0);
	make_short(test, 1);
	vmpage_task_policy_begin(&tp, DOMAINSET_FT());
	EXPECT_WALK(test, 0, 1, 0);
	vmpage_task_policy_end(&tp);
	vmpage_task_policy_begin(&tp, DOMAINSET_RR());
	EXPECT_WALK(test, 1, 0);
	vmpage_task_policy_end(&tp);
}

static void domain_that_falls_short_on_the_way_is_put_off(struct kunit *test)
{
	struct vmpage_task_policy tp;
	struct vm_domainset_iter di;
	int req = VM_ALLOC_NORMAL;
	int domain;

	sparse_machine(test);
	vmpage_task_policy_begin(&tp, DOMAINSET_RR());
	KUNIT_EXPECT_EQ(test, vm_domainset_iter_page_init(&di, NULL, 0, &domain, &req), 0);
	KUNIT_EXPECT_EQ(test, domain, 2);
	make_short(test, 5);
	KUNIT_EXPECT_EQ(test, vm_domainset_iter_page(&di, NULL, &domain), 0);
	KUNIT_EXPECT_EQ(test, domain, LAST);
	vmpage_task_policy_end(&tp);
}

static void end_of_a_walk_stays_the_end(struct kunit *test)
{
	struct vm_domainset_iter di;
	int req = VM_ALLOC_NORMAL;
	int domain, n;

	vmk_c2x4(test);
	KUNIT_EXPECT_EQ(test, vm_domainset_iter_page_init(&di, NULL, 0, &domain, &req), 0);
	for (n = 0; n < 5; n++)
		KUNIT_EXPECT_EQ(test, vm_domainset_iter_page(&di, NULL, &domain), 0);
	for (n = 0; n < 5; n++)
		KUNIT_EXPECT_EQ(test, vm_domainset_iter_page(&di, NULL, &domain), ENOMEM);
}

static void walks_that_share_a_cursor_visit_every_domain(struct kunit *test)
{
	struct vm_domainset_iter di, other;
	int req = VM_ALLOC_NORMAL;
	int domain, other_domain, n;
	unsigned int seen = 0;

	vmk_c2x4(test);
	vmk_set_domain(-1);
	KUNIT_EXPECT_EQ(test, vm_domainset_iter_page_init(&di, NULL, 0, &domain, &req), 0);
	for (n = 0; n < 2; n++) {
		seen |= BIT(domain);
		/* Another one moves the cursor in between. */
		vm_domainset_iter_page_init(&other, NULL, 0, &other_domain, &req);
		KUNIT_EXPECT_EQ(test, vm_domainset_iter_page(&di, NULL, &domain), 0);
	}
	KUNIT_EXPECT_EQ(test, seen, 3);
}

/* One domain, or none */

static void single_domain_is_visited_once_and_waits_itself(struct kunit *test)
{
	const int reqs[] = { VM_ALLOC_NORMAL, VM_ALLOC_WAITOK, VM_ALLOC_WAITFAIL };
	struct vm_domainset_iter di;
	domainset_t mask;
	size_t i;

	vmk_b4(test);
	for (i = 0; i < ARRAY_SIZE(reqs); i++) {
		int req = reqs[i], domain = -1;

		KUNIT_EXPECT_EQ(test, vm_domainset_iter_page_init(&di, NULL, 0, &domain, &req), 0);
		KUNIT_EXPECT_EQ(test, domain, 0);
		KUNIT_EXPECT_EQ(test, req, reqs[i]);
		KUNIT_EXPECT_EQ(test, vm_domainset_iter_page(&di, NULL, &domain), ENOMEM);
		KUNIT_EXPECT_EQ(test, vm_domainset_iter_page(&di, NULL, &domain), ENOMEM);
	}
	vm_domainset_mask(NULL, &mask);
	KUNIT_EXPECT_EQ(test, bits_of(&mask), BIT(0));
}

static void single_domain_need_not_be_the_first(struct kunit *test)
{
	static const struct vm_mem_span span = VMK_SPAN(0, ptoa(1024), 7);

	vmk_machine(test, &span, 1);
	KUNIT_EXPECT_EQ(test, first_domain(NULL, 0), 7);
	KUNIT_EXPECT_EQ(test, page_domain(vmk_noobj(test)), 7);
}

static void single_domain_is_not_chosen_by_policy(struct kunit *test)
{
	vm_object_t object;
	domainset_t mask;

	vmk_b4(test);
	object = vmk_object(test, VMK_U, 8);
	object->domain.dr_policy = DOMAINSET_FIXED(1);
	KUNIT_EXPECT_EQ(test, page_domain(vmk_alloc(test, object, 0)), 0);
	vm_domainset_mask(object, &mask);
	KUNIT_EXPECT_EQ(test, bits_of(&mask), BIT(0));
}

static void visits_of_several_domains_do_not_wait(struct kunit *test)
{
	static const int waits[] = { 0, VM_ALLOC_WAITOK, VM_ALLOC_WAITFAIL, VM_ALLOC_NOWAIT };
	struct vm_domainset_iter di;
	size_t i;
	int domain;

	vmk_c2x4(test);
	for (i = 0; i < ARRAY_SIZE(waits); i++) {
		int req = VM_ALLOC_SYSTEM | VM_ALLOC_ZERO | waits[i];

		KUNIT_EXPECT_EQ(test, vm_domainset_iter_page_init(&di, NULL, 0, &domain, &req), 0);
		KUNIT_EXPECT_EQ(test, req, VM_ALLOC_SYSTEM | VM_ALLOC_ZERO | VM_ALLOC_NOWAIT);
	}
}

static void no_domain_is_an_error(struct kunit *test)
{
	struct vm_domainset_iter di;
	int req = VM_ALLOC_NORMAL;
	int domain = 17;

	KUNIT_EXPECT_EQ(test, vm_domainset_iter_page_init(&di, NULL, 0, &domain, &req), ENOMEM);
	KUNIT_EXPECT_EQ(test, vm_domainset_iter_page(&di, NULL, &domain), ENOMEM);
	KUNIT_EXPECT_EQ(test, domain, 17);
	KUNIT_EXPECT_NULL(test, vm_page_alloc_noobj(VM_ALLOC_INTERRUPT));
	KUNIT_EXPECT_NULL(test, vm_page_alloc_noobj_contig(VM_ALLOC_INTERRUPT, 1, 0, ~0ULL, 1, 0,
							   VM_MEMATTR_DEFAULT));
}

static void policy_without_domains_is_as_none(struct kunit *test)
{
	struct vmpage_task_policy tp;
	vm_object_t object;
	domainset_t mask;

	vmk_c2x4(test);
	object = vmk_object(test, VMK_O, 8);
	object->domain.dr_policy = DOMAINSET_FIXED(8);
	vmpage_task_policy_begin(&tp, DOMAINSET_FIXED(9));
	KUNIT_EXPECT_EQ(test, page_domain(vmk_noobj_req(test, VM_ALLOC_WAITOK)), 0);
	KUNIT_EXPECT_EQ(test, page_domain(vmk_alloc(test, object, 0)), 0);
	vm_domainset_mask(object, &mask);
	KUNIT_EXPECT_TRUE(test, bitmap_equal(mask.bits, vm_all_domains.bits, MAXMEMDOM));
	vmpage_task_policy_end(&tp);
}

/* Who decides */

static void D06_policy_of_the_object_comes_first(struct kunit *test)
{
	struct vmpage_task_policy tp;
	vm_object_t object;

	vmk_c2x4(test);
	object = vmk_object(test, VMK_O, 8);
	object->domain.dr_policy = DOMAINSET_FIXED(1);
	vmpage_task_policy_begin(&tp, DOMAINSET_FT());
	KUNIT_EXPECT_EQ(test, page_domain(vmk_alloc_req(test, object, 0, VM_ALLOC_NORMAL)), 1);
	KUNIT_EXPECT_EQ(test, tp.tp_ref.dr_iter, 0);
	KUNIT_EXPECT_EQ(test, object->domain.dr_iter, 1);
	vmpage_task_policy_end(&tp);
}

static void object_without_a_policy_follows_the_task(struct kunit *test)
{
	struct vmpage_task_policy tp;
	vm_object_t object;

	vmk_c2x4(test);
	object = vmk_object(test, VMK_U, 8);
	vmpage_task_policy_begin(&tp, DOMAINSET_FIXED(1));
	KUNIT_EXPECT_EQ(test, page_domain(vmk_alloc_req(test, object, 0, VM_ALLOC_NORMAL)), 1);
	KUNIT_EXPECT_EQ(test, object->domain.dr_iter, 0);
	vmpage_task_policy_end(&tp);
	KUNIT_EXPECT_EQ(test, vm_page_domain(vmk_alloc(test, object, 1)), 0);
}

static void inner_task_policy_holds_until_its_end(struct kunit *test)
{
	struct vmpage_task_policy outer, inner;

	vmk_c2x4(test);
	KUNIT_EXPECT_EQ(test, first_domain(NULL, 0), 0);
	vmpage_task_policy_begin(&outer, DOMAINSET_RR());
	KUNIT_EXPECT_EQ(test, first_domain(NULL, 0), 1);
	vmpage_task_policy_begin(&inner, DOMAINSET_RR());
	KUNIT_EXPECT_EQ(test, first_domain(NULL, 0), 1);
	KUNIT_EXPECT_EQ(test, first_domain(NULL, 0), 0);
	KUNIT_EXPECT_EQ(test, first_domain(NULL, 0), 1);
	vmpage_task_policy_end(&inner);
	/* The outer one goes on where it was. */
	KUNIT_EXPECT_EQ(test, outer.tp_ref.dr_iter, 1);
	KUNIT_EXPECT_EQ(test, first_domain(NULL, 0), 0);
	vmpage_task_policy_end(&outer);
	KUNIT_EXPECT_EQ(test, first_domain(NULL, 0), 0);
}

static void record_first_domain(void *arg)
{
	*(int *)arg = first_domain(NULL, 0);
}

static void task_policy_is_of_one_task(struct kunit *test)
{
	struct vmpage_task_policy tp;
	int domain = -1;

	vmk_c2x4(test);
	vmpage_task_policy_begin(&tp, DOMAINSET_FIXED(1));
	vmk_in_thread(test, record_first_domain, &domain);
	KUNIT_EXPECT_EQ(test, domain, 0);
	KUNIT_EXPECT_EQ(test, first_domain(NULL, 0), 1);
	vmpage_task_policy_end(&tp);
}

static void interrupt_ignores_the_policies_of_the_task(struct kunit *test)
{
	struct vmpage_task_policy tp;
	const struct domainset machine = {
		.ds_mask = mask_of(BIT(1)), .ds_policy = DOMAINSET_POLICY_FIRSTTOUCH,
	};
	int domain = -1;

	vmk_c2x4(test);
	vmpage_task_policy_begin(&tp, DOMAINSET_FIXED(1));
	vmk_in_hardirq(test, record_first_domain, &domain);
	KUNIT_EXPECT_EQ(test, domain, 0);
	vmpage_task_policy_end(&tp);

	domain = -1;
	vmk_set_task_policy(&machine);
	vmk_in_hardirq(test, record_first_domain, &domain);
	KUNIT_EXPECT_EQ(test, domain, 0);
}

static void policy_of_the_machine_comes_after_that_of_the_task(struct kunit *test)
{
	const struct domainset machine = {
		.ds_mask = mask_of(BIT(1) | BIT(40)), .ds_policy = DOMAINSET_POLICY_FIRSTTOUCH,
	};
	struct vmpage_task_policy tp;
	domainset_t mask;

	vmk_c2x4(test);
	vmk_set_task_policy(&machine);
	EXPECT_WALK(test, 1, 1);
	KUNIT_EXPECT_EQ(test, page_domain(vmk_noobj(test)), 1);
	vm_domainset_mask(NULL, &mask);
	KUNIT_EXPECT_EQ(test, bits_of(&mask), BIT(1));

	vmpage_task_policy_begin(&tp, DOMAINSET_FIXED(0));
	KUNIT_EXPECT_EQ(test, first_domain(NULL, 0), 0);
	vmpage_task_policy_end(&tp);
}

static void preference_of_the_machine_is_followed(struct kunit *test)
{
	struct domainset machine = { .ds_policy = DOMAINSET_POLICY_PREFER, .ds_prefer = LAST };

	sparse_machine(test);
	bitmap_fill(machine.ds_mask.bits, MAXMEMDOM);
	vmk_set_task_policy(&machine);
	KUNIT_EXPECT_EQ(test, first_domain(NULL, 0), LAST);
	machine.ds_prefer = 2;
	EXPECT_WALK(test, 2, 5, LAST, 0, 2, 5, LAST, 0);
}

static void policy_of_the_machine_without_our_memory_is_none(struct kunit *test)
{
	const struct domainset elsewhere = {
		.ds_mask = mask_of(BIT(9)), .ds_policy = DOMAINSET_POLICY_FIRSTTOUCH,
	};
	const struct domainset unknown = { .ds_mask = mask_of(BIT(1)), .ds_policy = 77 };

	vmk_c2x4(test);
	vmk_set_task_policy(&elsewhere);
	EXPECT_WALK(test, 0, 1, 0, 0, 1, 0);
	vmk_set_task_policy(&unknown);
	KUNIT_EXPECT_EQ(test, first_domain(NULL, 0), 0);
}

static void end_task_policy(void *arg)
{
	vmpage_task_policy_end(arg);
}

static void begin_task_policy(void *arg)
{
	vmpage_task_policy_begin(arg, DOMAINSET_FIXED(1));
}

static void task_policy_refuses_nonsense(struct kunit *test)
{
	struct vmpage_task_policy tp;

	vmk_c2x4(test);
	vmk_refused(test, vmpage_task_policy_begin(&tp, NULL));
	KUNIT_EXPECT_EQ(test, first_domain(NULL, 0), 0);
	vmpage_task_policy_end(&tp);

	vmk_refused(test, vmk_in_hardirq(test, begin_task_policy, &tp));
	KUNIT_EXPECT_EQ(test, first_domain(NULL, 0), 0);

	vmpage_task_policy_begin(&tp, DOMAINSET_FIXED(1));
	vmk_refused(test, vmk_in_thread(test, end_task_policy, &tp));
	KUNIT_EXPECT_EQ(test, first_domain(NULL, 0), 1);
	vmpage_task_policy_end(&tp);
	/* Twice is once. */
	vmpage_task_policy_end(&tp);
	KUNIT_EXPECT_EQ(test, first_domain(NULL, 0), 0);
}

static void mask_is_that_of_the_policy(struct kunit *test)
{
	struct vmpage_task_policy tp;
	vm_object_t object;
	domainset_t mask;

	sparse_machine(test);
	object = vmk_object(test, VMK_U, 1);
	vm_domainset_mask(object, &mask);
	KUNIT_EXPECT_EQ(test, bits_of(&mask), BIT(0) | BIT(2) | BIT(5) | BIT(LAST));
	object->domain.dr_policy = DOMAINSET_FIXED(5);
	vmpage_task_policy_begin(&tp, DOMAINSET_FIXED(2));
	vm_domainset_mask(object, &mask);
	KUNIT_EXPECT_EQ(test, bits_of(&mask), BIT(5));
	vm_domainset_mask(NULL, &mask);
	KUNIT_EXPECT_EQ(test, bits_of(&mask), BIT(2));
	vmpage_task_policy_end(&tp);
}

/* Making policies */

static void create_returns_one_policy_for_equal_requests(struct kunit *test)
{
	const domainset_t mask = mask_of(BIT(2) | BIT(3) | BIT(5));
	const domainset_t same = mask_of(BIT(2) | BIT(5));
	struct domainset *ds;

	sparse_machine(test);
	ds = create(&mask, DOMAINSET_POLICY_ROUNDROBIN, -1);
	KUNIT_ASSERT_NOT_NULL(test, ds);
	KUNIT_EXPECT_EQ(test, ds->ds_policy, DOMAINSET_POLICY_ROUNDROBIN);
	KUNIT_EXPECT_EQ(test, ds->ds_prefer, -1);
	KUNIT_EXPECT_EQ(test, ds->ds_cnt, 2);
	KUNIT_EXPECT_EQ(test, ds->ds_order[0], 2);
	KUNIT_EXPECT_EQ(test, ds->ds_order[1], 5);
	KUNIT_EXPECT_EQ(test, bits_of(&ds->ds_mask), BIT(2) | BIT(5));

	KUNIT_EXPECT_PTR_EQ(test, create(&same, DOMAINSET_POLICY_ROUNDROBIN, -1), ds);
	/* Who is preferred matters to PREFER alone. */
	KUNIT_EXPECT_PTR_EQ(test, create(&same, DOMAINSET_POLICY_ROUNDROBIN, 9), ds);
	KUNIT_EXPECT_PTR_EQ(test, create(&mask, DOMAINSET_POLICY_PREFER, 3), ds);
}

static void create_tells_policies_apart(struct kunit *test)
{
	const domainset_t masks[] = { mask_of(BIT(2) | BIT(5)), mask_of(BIT(2)) };
	struct domainset *made[6];
	size_t i, j;

	sparse_machine(test);
	made[0] = create(&masks[0], DOMAINSET_POLICY_ROUNDROBIN, -1);
	made[1] = create(&masks[1], DOMAINSET_POLICY_ROUNDROBIN, -1);
	made[2] = create(&masks[0], DOMAINSET_POLICY_INTERLEAVE, -1);
	made[3] = create(&masks[0], DOMAINSET_POLICY_FIRSTTOUCH, -1);
	made[4] = create(&masks[0], DOMAINSET_POLICY_PREFER, 2);
	made[5] = create(&masks[0], DOMAINSET_POLICY_PREFER, 5);
	for (i = 0; i < ARRAY_SIZE(made); i++) {
		KUNIT_EXPECT_NOT_NULL(test, made[i]);
		for (j = 0; j < i; j++)
			KUNIT_EXPECT_PTR_NE(test, made[i], made[j]);
	}
}

static void create_refuses_nonsense(struct kunit *test)
{
	const domainset_t none = mask_of(0), empty = mask_of(BIT(1) | BIT(3));
	const domainset_t good = mask_of(BIT(0) | BIT(2));

	sparse_machine(test);
	KUNIT_EXPECT_NULL(test, create(&none, DOMAINSET_POLICY_ROUNDROBIN, -1));
	KUNIT_EXPECT_NULL(test, create(&empty, DOMAINSET_POLICY_FIRSTTOUCH, -1));
	KUNIT_EXPECT_NULL(test, create(&empty, DOMAINSET_POLICY_PREFER, 3));
	KUNIT_EXPECT_NULL(test, create(&good, DOMAINSET_POLICY_INVALID, -1));
	KUNIT_EXPECT_NULL(test, create(&good, DOMAINSET_POLICY_INTERLEAVE + 1, -1));
	KUNIT_EXPECT_NULL(test, create(&good, DOMAINSET_POLICY_PREFER, -1));
	KUNIT_EXPECT_NULL(test, create(&good, DOMAINSET_POLICY_PREFER, 5));
	KUNIT_EXPECT_NULL(test, create(&good, DOMAINSET_POLICY_PREFER, MAXMEMDOM));
}

static void ready_made_policies_follow_the_domains(struct kunit *test)
{
	static const struct vm_mem_span more =
		VMK_SPAN(0x200000000ULL, 0x200000000ULL + ptoa(1024), 2);

	vmk_c2x4(test);
	KUNIT_EXPECT_EQ(test, bits_of(&DOMAINSET_RR()->ds_mask), BIT(0) | BIT(1));
	KUNIT_EXPECT_EQ(test, DOMAINSET_RR()->ds_policy, DOMAINSET_POLICY_ROUNDROBIN);
	KUNIT_EXPECT_EQ(test, DOMAINSET_FT()->ds_policy, DOMAINSET_POLICY_FIRSTTOUCH);
	KUNIT_EXPECT_EQ(test, DOMAINSET_IL()->ds_policy, DOMAINSET_POLICY_INTERLEAVE);
	KUNIT_EXPECT_EQ(test, DOMAINSET_FIXED(1)->ds_policy, DOMAINSET_POLICY_ROUNDROBIN);
	KUNIT_EXPECT_EQ(test, bits_of(&DOMAINSET_FIXED(1)->ds_mask), BIT(1));
	KUNIT_EXPECT_EQ(test, DOMAINSET_PREF(1)->ds_policy, DOMAINSET_POLICY_PREFER);
	KUNIT_EXPECT_EQ(test, DOMAINSET_PREF(1)->ds_prefer, 1);
	KUNIT_EXPECT_EQ(test, DOMAINSET_PREF(2)->ds_policy, DOMAINSET_POLICY_ROUNDROBIN);
	KUNIT_EXPECT_EQ(test, DOMAINSET_PREF(2)->ds_prefer, -1);
	KUNIT_EXPECT_EQ(test, DOMAINSET_FIXED(2)->ds_cnt, 0);

	KUNIT_ASSERT_EQ(test, vm_mem_add_span(&more), 0);
	KUNIT_EXPECT_EQ(test, DOMAINSET_RR()->ds_cnt, 3);
	KUNIT_EXPECT_EQ(test, DOMAINSET_RR()->ds_order[2], 2);
	KUNIT_EXPECT_EQ(test, bits_of(&DOMAINSET_IL()->ds_mask), 7);
	KUNIT_EXPECT_EQ(test, DOMAINSET_FIXED(2)->ds_cnt, 1);
	KUNIT_EXPECT_EQ(test, DOMAINSET_PREF(2)->ds_policy, DOMAINSET_POLICY_PREFER);
	KUNIT_EXPECT_EQ(test, DOMAINSET_PREF(2)->ds_prefer, 2);

	vmk_power_off(test);
	KUNIT_EXPECT_EQ(test, DOMAINSET_FT()->ds_cnt, 0);
	KUNIT_EXPECT_EQ(test, DOMAINSET_FIXED(1)->ds_cnt, 0);
}

/* Domains that are left out */

static void ignored_domain_is_visited_no_more(struct kunit *test)
{
	struct vmpage_task_policy tp;
	struct vm_domainset_iter di;
	int req = VM_ALLOC_NORMAL;
	int domain, n, visits = 0;

	sparse_machine(test);
	vmpage_task_policy_begin(&tp, DOMAINSET_RR());
	KUNIT_EXPECT_EQ(test, vm_domainset_iter_page_init(&di, NULL, 0, &domain, &req), 0);
	vm_domainset_iter_ignore(&di, domain);
	vm_domainset_iter_ignore(&di, 5);
	for (n = 0; n < 20 && !vm_domainset_iter_page(&di, NULL, &domain); n++) {
		KUNIT_EXPECT_TRUE(test, domain == LAST || domain == 0);
		visits++;
	}
	KUNIT_EXPECT_EQ(test, visits, 4);
	vmpage_task_policy_end(&tp);
}

static void walk_without_domains_left_ends_without_waiting(struct kunit *test)
{
	static const int reqs[] = { VM_ALLOC_NOWAIT, VM_ALLOC_WAITFAIL, VM_ALLOC_WAITOK };
	struct vm_domainset_iter di;
	size_t i;
	int domain;

	vmk_c2x4(test);
	make_short(test, 0);
	make_short(test, 1);
	for (i = 0; i < ARRAY_SIZE(reqs); i++) {
		int req = reqs[i];

		KUNIT_EXPECT_EQ(test, vm_domainset_iter_page_init(&di, NULL, 0, &domain, &req), 0);
		vm_domainset_iter_ignore(&di, 0);
		vm_domainset_iter_ignore(&di, 1);
		KUNIT_EXPECT_EQ(test, vm_domainset_iter_page(&di, NULL, &domain), ENOMEM);
	}
}

static void D08_range_of_another_domain_is_found(struct kunit *test)
{
	vm_page_t m;

	vmk_c2x4(test);
	m = vmk_ncontig_in(test, 1, VMK_BASE + 0x100000000ULL, 0, 1, 0);
	KUNIT_EXPECT_EQ(test, page_domain(m), 1);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
	KUNIT_EXPECT_EQ(test, vmk_free_count(1), 1023);
}

struct contig_request {
	vm_object_t object;
	vm_page_t m;
	bool owned;
};

/* In a range that no domain has, when every domain is short. */
static void contig_nowhere(void *arg)
{
	struct contig_request *request = arg;

	VM_OBJECT_WLOCK(request->object);
	request->m = vm_page_alloc_contig(request->object, 0, VM_ALLOC_NORMAL | VM_ALLOC_WAITFAIL,
					  4, 0, VMK_BASE, PAGE_SIZE, 0, VM_MEMATTR_DEFAULT);
	request->owned = VM_OBJECT_WOWNED(request->object);
	VM_OBJECT_WUNLOCK(request->object);
}

static void D09_range_of_no_domain_is_not_waited_for(struct kunit *test)
{
	struct contig_request request = { .m = (vm_page_t)1 };

	vmk_c2x4(test);
	make_short(test, 0);
	make_short(test, 1);
	request.object = vmk_object(test, VMK_U, 8);
	/* A thread that sleeps would not end. */
	vmk_in_thread(test, contig_nowhere, &request);
	KUNIT_EXPECT_NULL(test, request.m);
	KUNIT_EXPECT_TRUE(test, request.owned);
	KUNIT_EXPECT_EQ(test, vm_wait_count(), 0);
}

/* Waiting */

struct request {
	vm_object_t object;		/* or NULL */
	struct domainset *policy;	/* or NULL */
	int req;
	vm_page_t m;
	bool owned;
};

static void request_page(void *arg)
{
	struct request *request = arg;
	struct vmpage_task_policy tp;

	if (request->policy)
		vmpage_task_policy_begin(&tp, request->policy);
	if (request->object) {
		VM_OBJECT_WLOCK(request->object);
		request->m = vm_page_alloc(request->object, 0, request->req | VM_ALLOC_NOBUSY);
		request->owned = VM_OBJECT_WOWNED(request->object);
		VM_OBJECT_WUNLOCK(request->object);
	} else {
		request->m = vm_page_alloc_noobj(request->req);
	}
	if (request->policy)
		vmpage_task_policy_end(&tp);
}

/* Both domains have as few pages as NORMAL may leave. */
static void exhaust_both(struct kunit *test)
{
	vmk_c2x4(test);
	vmk_leave_free(test, 0, 67);
	vmk_leave_free(test, 1, 67);
}

/* Free as many pages as bring a domain from free_reserved to free_min. */
static void replenish(struct kunit *test, int domain)
{
	vm_page_t m = vm_phys_segs[domain]->first_page;
	int n = 0;

	for (; n < 5; m++) {
		if (!vm_page_busy_freed(m)) {
			vmk_free(test, m);
			n++;
		}
	}
}

static void waitok_goes_on_when_one_domain_has_pages(struct kunit *test)
{
	struct request request = { .req = VM_ALLOC_NORMAL | VM_ALLOC_WAITOK };
	struct vmk_thread *t;

	exhaust_both(test);
	t = vmk_thread_start(test, request_page, &request);
	if (vmk_until(test, vm_wait_count() == 1)) {
		KUNIT_EXPECT_FALSE(test, vmk_thread_done(t));
		/* The second phase asked the local domain twice, and then it slept. */
		KUNIT_EXPECT_EQ(test, vmk_deficit(0), 2);
		KUNIT_EXPECT_EQ(test, vmk_deficit(1), 1);
	}
	replenish(test, 1);
	vmk_thread_join(test, t);
	KUNIT_EXPECT_EQ(test, page_domain(request.m), 1);
	KUNIT_EXPECT_EQ(test, vmk_free_count(1), 71);
	if (request.m)
		vm_page_free(request.m);
}

static void waitfail_returns_nothing_although_there_are_pages(struct kunit *test)
{
	struct request request = {
		.req = VM_ALLOC_NORMAL | VM_ALLOC_WAITFAIL, .m = (vm_page_t)1,
	};
	struct vmk_thread *t;

	exhaust_both(test);
	t = vmk_thread_start(test, request_page, &request);
	if (vmk_until(test, vm_wait_count() == 1))
		KUNIT_EXPECT_FALSE(test, vmk_thread_done(t));
	replenish(test, 0);
	vmk_thread_join(test, t);
	KUNIT_EXPECT_NULL(test, request.m);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 72);
	KUNIT_EXPECT_EQ(test, vmk_free_count(1), 67);
}

static void object_is_unlocked_while_the_request_waits(struct kunit *test)
{
	struct request request = {
		.req = VM_ALLOC_NORMAL | VM_ALLOC_WAITFAIL, .m = (vm_page_t)1,
	};
	struct vmk_thread *t;

	exhaust_both(test);
	request.object = vmk_object(test, VMK_U, 8);
	t = vmk_thread_start(test, request_page, &request);
	if (vmk_until(test, vm_wait_count() == 1)) {
		VM_OBJECT_WLOCK(request.object);
		VM_OBJECT_WUNLOCK(request.object);
	}
	replenish(test, 0);
	vmk_thread_join(test, t);
	KUNIT_EXPECT_TRUE(test, request.owned);
	KUNIT_EXPECT_NULL(test, request.m);
}

static void domains_outside_the_policy_do_not_end_the_wait(struct kunit *test)
{
	struct request request = { .req = VM_ALLOC_NORMAL | VM_ALLOC_WAITOK };
	struct vmk_thread *t;

	exhaust_both(test);
	replenish(test, 0);
	request.policy = DOMAINSET_FIXED(1);
	t = vmk_thread_start(test, request_page, &request);
	vmk_until(test, vm_wait_count() == 1);
	/* Down and up again: whoever waits for this domain wakes. */
	vmk_leave_free(test, 0, 67);
	replenish(test, 0);
	KUNIT_EXPECT_FALSE(test, vmk_thread_done(t));
	replenish(test, 1);
	vmk_thread_join(test, t);
	KUNIT_EXPECT_EQ(test, page_domain(request.m), 1);
	if (request.m)
		vm_page_free(request.m);
}

static void D07_fixed_domain_without_pages_is_an_error(struct kunit *test)
{
	vm_object_t object;

	vmk_c2x4(test);
	object = vmk_object(test, VMK_U, 8);
	object->domain.dr_policy = DOMAINSET_FIXED(1);
	vmk_leave_free(test, 1, 67);
	KUNIT_EXPECT_NULL(test, vmk_alloc_req(test, object, 0, VM_ALLOC_NORMAL | VM_ALLOC_NOWAIT));
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
	KUNIT_EXPECT_EQ(test, vmk_free_count(1), 67);
}

/* Through the functions that allocate */

static void requests_take_from_the_local_domain(struct kunit *test)
{
	vm_object_t object;

	vmk_c2x4(test);
	object = vmk_object(test, VMK_U, 8);
	KUNIT_EXPECT_EQ(test, vm_page_domain(vmk_noobj(test)), 0);
	KUNIT_EXPECT_EQ(test, vm_page_domain(vmk_alloc(test, object, 0)), 0);
	vmk_set_domain(1);
	KUNIT_EXPECT_EQ(test, vm_page_domain(vmk_noobj(test)), 1);
	KUNIT_EXPECT_EQ(test, vm_page_domain(vmk_alloc(test, object, 1)), 1);
	KUNIT_EXPECT_EQ(test, vm_page_domain(vmk_ncontig(test, 4)), 1);
}

static void requests_spare_a_short_local_domain(struct kunit *test)
{
	vmk_c2x4(test);
	make_short(test, 0);
	KUNIT_EXPECT_EQ(test, vm_page_domain(vmk_noobj(test)), 1);
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), 0);
}

static void requests_fail_when_every_domain_did(struct kunit *test)
{
	struct vmpage_task_policy tp;

	vmk_c2x4(test);
	vmpage_task_policy_begin(&tp, DOMAINSET_RR());
	KUNIT_EXPECT_EQ(test, vmk_exhaust(test, VM_ALLOC_NORMAL), 2 * (1024 - 67));
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 67);
	KUNIT_EXPECT_EQ(test, vmk_free_count(1), 67);
	/* Both were short: the second phase alone, and each visit counts. */
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), 1);
	KUNIT_EXPECT_EQ(test, vmk_deficit(1), 1);
	KUNIT_EXPECT_NULL(test, vmk_ncontig(test, 2));
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), 2);
	KUNIT_EXPECT_EQ(test, vmk_deficit(1), 2);
	vmpage_task_policy_end(&tp);
}

static void D10_named_domain_is_the_only_one(struct kunit *test)
{
	struct vmpage_task_policy tp;
	vm_page_t m;
	int n;

	vmk_c2x4(test);
	vmpage_task_policy_begin(&tp, DOMAINSET_FIXED(0));
	for (n = 0; n < 1024 - 67; n++) {
		m = vm_page_alloc_noobj_domain(1, VM_ALLOC_NORMAL);
		KUNIT_EXPECT_EQ(test, page_domain(m), 1);
		if (m)
			vmk_hold(test, m, 1);
	}
	KUNIT_EXPECT_NULL(test, vm_page_alloc_noobj_domain(1, VM_ALLOC_NORMAL));
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
	vmpage_task_policy_end(&tp);
}

static struct kunit_case vmpage_domainset_cases[] = {
	KUNIT_CASE(D02_roundrobin_moves_on_before_it_visits),
	KUNIT_CASE(roundrobin_goes_round_in_each_phase),
	KUNIT_CASE(firsttouch_visits_the_local_domain_twice),
	KUNIT_CASE(firsttouch_without_local_memory_goes_round),
	KUNIT_CASE(firsttouch_outside_the_mask_goes_round),
	KUNIT_CASE(D03_preferred_domain_until_it_is_short),
	KUNIT_CASE(prefer_leaves_the_preferred_out_of_the_round),
	KUNIT_CASE(prefer_of_a_domain_without_memory_is_roundrobin),
	KUNIT_CASE(prefer_of_the_only_domain_visits_it_in_both_phases),
	KUNIT_CASE(D04_interleave_keeps_a_window_in_one_domain),
	KUNIT_CASE(interleave_without_reservations_goes_by_64_pages),
	KUNIT_CASE(interleave_counts_from_the_colour),
	KUNIT_CASE(interleave_begins_by_the_address_of_the_object),
	KUNIT_CASE(interleave_sets_the_cursor),
	KUNIT_CASE(short_domains_come_last),
	KUNIT_CASE(all_short_is_the_second_phase_alone),
	KUNIT_CASE(domain_that_falls_short_on_the_way_is_put_off),
	KUNIT_CASE(end_of_a_walk_stays_the_end),
	KUNIT_CASE(walks_that_share_a_cursor_visit_every_domain),
	KUNIT_CASE(single_domain_is_visited_once_and_waits_itself),
	KUNIT_CASE(single_domain_need_not_be_the_first),
	KUNIT_CASE(single_domain_is_not_chosen_by_policy),
	KUNIT_CASE(visits_of_several_domains_do_not_wait),
	KUNIT_CASE(no_domain_is_an_error),
	KUNIT_CASE(policy_without_domains_is_as_none),
	KUNIT_CASE(D06_policy_of_the_object_comes_first),
	KUNIT_CASE(object_without_a_policy_follows_the_task),
	KUNIT_CASE(inner_task_policy_holds_until_its_end),
	KUNIT_CASE(task_policy_is_of_one_task),
	KUNIT_CASE(interrupt_ignores_the_policies_of_the_task),
	KUNIT_CASE(policy_of_the_machine_comes_after_that_of_the_task),
	KUNIT_CASE(preference_of_the_machine_is_followed),
	KUNIT_CASE(policy_of_the_machine_without_our_memory_is_none),
	KUNIT_CASE(task_policy_refuses_nonsense),
	KUNIT_CASE(mask_is_that_of_the_policy),
	KUNIT_CASE(create_returns_one_policy_for_equal_requests),
	KUNIT_CASE(create_tells_policies_apart),
	KUNIT_CASE(create_refuses_nonsense),
	KUNIT_CASE(ready_made_policies_follow_the_domains),
	KUNIT_CASE(ignored_domain_is_visited_no_more),
	KUNIT_CASE(walk_without_domains_left_ends_without_waiting),
	KUNIT_CASE(D08_range_of_another_domain_is_found),
	KUNIT_CASE(D09_range_of_no_domain_is_not_waited_for),
	KUNIT_CASE(waitok_goes_on_when_one_domain_has_pages),
	KUNIT_CASE(waitfail_returns_nothing_although_there_are_pages),
	KUNIT_CASE(object_is_unlocked_while_the_request_waits),
	KUNIT_CASE(domains_outside_the_policy_do_not_end_the_wait),
	KUNIT_CASE(D07_fixed_domain_without_pages_is_an_error),
	KUNIT_CASE(requests_take_from_the_local_domain),
	KUNIT_CASE(requests_spare_a_short_local_domain),
	KUNIT_CASE(requests_fail_when_every_domain_did),
	KUNIT_CASE(D10_named_domain_is_the_only_one),
	{}
};

static struct kunit_suite vmpage_domainset_suite = {
	.name = "vmpage_domainset",
	.init = vmk_init,
	.exit = vmk_exit,
	.test_cases = vmpage_domainset_cases,
};

kunit_test_suite(vmpage_domainset_suite);
