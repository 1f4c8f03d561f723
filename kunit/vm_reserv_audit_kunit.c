// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * What the audit finds broken in reservations, one thing at a time.
 */
#include "vm_reserv_kunit.h"

struct audited {
	vm_object_t object;		/* with pages 0 and 1 of A64 and what is reserved for it */
	struct vm_reserv *rv;		/* active, at 0 */
	struct vm_reserv *idle;		/* inactive, at 2 MiB */
};

static void audited(struct kunit *test, struct audited *a)
{
	vmk_a64(test);
	a->object = vmk_object(test, VMK_O, 1024);
	KUNIT_ASSERT_EQ(test, vmk_off(resv_fill(test, a->object, 0, 2)), 0);
	a->rv = resv_at(0);
	a->idle = resv_at(RESV_SIZE);
	vmk_expect_audit_clean(test);
}

static void page_of_a_reservation_on_a_free_list(struct kunit *test)
{
	struct audited a;

	audited(test, &a);
	a.rv->pages[100].order = 3;
	vmk_expect_audit_finds(test, "page 0x100064000: reserved, but of order 3");
	a.rv->pages[100].order = VM_NFREEORDER;
	a.rv->pages[1].order = 0;
	vmk_expect_audit_finds(test, "page 0x100001000: reserved, but of order 0");
	a.rv->pages[1].order = VM_NFREEORDER;
}

static void bit_of_a_free_page(struct kunit *test)
{
	struct audited a;

	audited(test, &a);
	__set_bit(511, a.rv->popmap);
	a.rv->popcnt++;
	vmk_expect_audit_finds(test, "page 0x1001ff000: populated 1, object");
	a.rv->popcnt--;
	__clear_bit(511, a.rv->popmap);
}

static void page_without_its_bit(struct kunit *test)
{
	struct audited a;

	audited(test, &a);
	__clear_bit(0, a.rv->popmap);
	a.rv->popcnt--;
	vmk_expect_audit_finds(test, "page 0x100000000: populated 0, object");
	a.rv->popcnt++;
	__set_bit(0, a.rv->popmap);
}

/* A cached page keeps its bit, as it is not free. */
static void cached_page_without_its_bit(struct kunit *test)
{
	vm_object_t object;
	struct vm_reserv *rv;

	vmk_a64(test);
	object = vmk_object(test, VMK_V, 1024);
	vmk_alloc(test, object, 0);
	vmk_cached(test, object, 1, 1);
	rv = resv_at(0);
	vmk_expect_audit_clean(test);
	__clear_bit(1, rv->popmap);
	rv->popcnt--;
	vmk_expect_audit_finds(test, "page 0x100001000: populated 0, object");
	rv->popcnt++;
	__set_bit(1, rv->popmap);
}

static void free_page_that_has_an_object(struct kunit *test)
{
	struct audited a;

	audited(test, &a);
	a.rv->pages[7].object = a.object;
	vmk_expect_audit_finds(test, "page 0x100007000: populated 0, object");
	a.rv->pages[7].object = NULL;
}

static void page_that_passes_for_a_superpage(struct kunit *test)
{
	struct audited a;

	audited(test, &a);
	a.rv->pages->psind = 1;
	vmk_expect_audit_finds(test, "page 0x100000000: psind 1");
	a.rv->pages->psind = 0;
	a.rv->pages[1].psind = 1;
	vmk_expect_audit_finds(test, "page 0x100001000: psind 1");
	a.rv->pages[1].psind = 0;

	resv_fill(test, a.object, 2, 510);
	vmk_expect_audit_clean(test);
	a.rv->pages->psind = 0;
	vmk_expect_audit_finds(test, "page 0x100000000: psind 0");
	a.rv->pages->psind = 1;
}

static void number_of_pages_that_is_not_that_of_the_bits(struct kunit *test)
{
	struct audited a;

	audited(test, &a);
	a.rv->popcnt++;
	vmk_expect_audit_finds(test, "reservation 0x100000000: 2 pages populated, 3 counted\n");
	a.rv->popcnt--;
}

static void inactive_one_that_has_pages(struct kunit *test)
{
	struct audited a;

	audited(test, &a);
	__set_bit(9, a.idle->popmap);
	a.idle->popcnt = 1;
	vmk_expect_audit_finds(test,
			       "0x100200000: 1 pages populated, 1 counted, inactive");
	__clear_bit(9, a.idle->popmap);
	vmk_expect_audit_finds(test,
			       "0x100200000: 0 pages populated, 1 counted, inactive");
	a.idle->popcnt = 0;
}

static void active_one_that_has_no_page(struct kunit *test)
{
	struct audited a;

	audited(test, &a);
	__clear_bit(0, a.rv->popmap);
	__clear_bit(1, a.rv->popmap);
	a.rv->popcnt = 0;
	vmk_expect_audit_finds(test, "reservation 0x100000000: 0 pages populated, 0 counted\n");
	a.rv->popcnt = 2;
	__set_bit(0, a.rv->popmap);
	__set_bit(1, a.rv->popmap);
}

/* One that has nothing to give says that it is queued. */
static void queued_one_that_has_nothing(struct kunit *test)
{
	struct audited a;

	audited(test, &a);
	a.idle->inpartpopq = true;
	vmk_expect_audit_finds(test, "reservation 0x100200000: queued with 0 pages");
	a.idle->inpartpopq = false;

	resv_fill(test, a.object, 2, 510);
	a.rv->inpartpopq = true;
	vmk_expect_audit_finds(test, "reservation 0x100000000: queued with 512 pages");
	a.rv->inpartpopq = false;
}

static void queue_that_is_not_as_its_records_say(struct kunit *test)
{
	struct audited a;

	audited(test, &a);
	a.rv->inpartpopq = false;
	vmk_expect_audit_finds(test, "domain 0: a reservation is queued that is not");
	vmk_expect_audit_finds(test, "domain 0: 1 reservations queued, 0 say so");
	a.rv->inpartpopq = true;

	list_del(&a.rv->partpopq);
	vmk_expect_audit_finds(test, "domain 0: 0 reservations queued, 1 say so");
	list_add(&a.rv->partpopq, &VM_DOMAIN(0)->vmd_partpopq);
}

static void record_on_the_queue_of_another_domain(struct kunit *test)
{
	vm_object_t object;
	struct vm_reserv *rv;

	vmk_c2x4(test);
	object = vmk_object(test, VMK_O, 1024);
	vmk_alloc(test, object, 0);
	rv = resv_at(0);
	list_move(&rv->partpopq, &VM_DOMAIN(1)->vmd_partpopq);
	vmk_expect_audit_finds(test, "domain 1: a reservation is queued that is not");
	list_move(&rv->partpopq, &VM_DOMAIN(0)->vmd_partpopq);
}

/* Who walks the queue has his place in it, which is none of its records. */
static void place_in_the_queue_is_no_finding(struct kunit *test)
{
	struct vm_reserv place = { .domain = 5 };
	struct audited a;

	audited(test, &a);
	list_add(&place.partpopq, &VM_DOMAIN(0)->vmd_partpopq);
	vmk_expect_audit_clean(test);
	resv_expect_partpop(test, 0, 2040, 1);
	KUNIT_EXPECT_TRUE(test, vm_reserv_reclaim_inactive(0));
	KUNIT_EXPECT_NULL(test, a.rv->object);
	KUNIT_EXPECT_FALSE(test, vm_reserv_reclaim_inactive(0));
	resv_expect_partpop(test, 0, 0, 0);
	KUNIT_EXPECT_NULL(test, vm_reserv_reclaim_contig(0, 8, 0, ~(vm_paddr_t)0, 1, 0));
	list_del(&place.partpopq);
}

static void reservation_without_a_block(struct kunit *test)
{
	static const struct vm_mem_span span = VMK_SPAN(0, 0x200000 + 0x10000, 0);
	vm_object_t object;

	vmk_machine(test, &span, 1);
	object = vmk_object(test, VMK_O, 1024);
	KUNIT_ASSERT_NULL(test, resv_at(RESV_SIZE)->pages);
	resv_at(RESV_SIZE)->object = object;
	vmk_expect_audit_finds(test, "segment 0: a reservation without a block");
	resv_at(RESV_SIZE)->object = NULL;
}

/* Unpopulated pages are free; promised ones are not counted. */
static void pages_that_are_not_where_the_count_has_them(struct kunit *test)
{
	struct audited a;

	audited(test, &a);
	KUNIT_ASSERT_EQ(test, vmpage_promise(VM_DOMAIN(0), 10), 1);
	vmk_expect_audit_clean(test);
	atomic_inc(&VM_DOMAIN(0)->vmd_free_count);
	vmk_expect_audit_finds(test,
			       "15872 pages in free blocks, 510 unpopulated, 16373 free, 10");
	atomic_sub(2, &VM_DOMAIN(0)->vmd_free_count);
	vmk_expect_audit_finds(test,
			       "15872 pages in free blocks, 510 unpopulated, 16371 free, 10");
	atomic_inc(&VM_DOMAIN(0)->vmd_free_count);
	vmpage_unpromise(VM_DOMAIN(0), 10);
}

static void window_that_is_not_the_objects(struct kunit *test)
{
	struct audited a;

	audited(test, &a);
	a.rv->pindex = 1;
	vmk_expect_audit_finds(test, "reservation 0x100000000: index 1, not its object's");
	a.rv->pindex = 0;
	a.object->pg_color = 3;
	vmk_expect_audit_finds(test, "reservation 0x100000000: index 0, not its object's");
	a.object->pg_color = 0;
}

static void record_on_the_list_of_another_object(struct kunit *test)
{
	struct audited a;
	vm_object_t other;

	audited(test, &a);
	other = vmk_object(test, VMK_O, 1024);
	a.rv->object = other;
	vmk_expect_audit_finds(test, "reservation 0x100000000: index 0, not its object's");
	a.rv->object = a.object;
}

static void active_one_on_no_objects_list(struct kunit *test)
{
	struct audited a;

	audited(test, &a);
	list_del(&a.rv->objq);
	vmk_expect_audit_finds(test, "1 reservations are active, objects have 0");
	list_add(&a.rv->objq, &a.object->rvq);
}

static struct kunit_case vmpage_reserv_audit_cases[] = {
	KUNIT_CASE(page_of_a_reservation_on_a_free_list),
	KUNIT_CASE(bit_of_a_free_page),
	KUNIT_CASE(page_without_its_bit),
	KUNIT_CASE(cached_page_without_its_bit),
	KUNIT_CASE(free_page_that_has_an_object),
	KUNIT_CASE(page_that_passes_for_a_superpage),
	KUNIT_CASE(number_of_pages_that_is_not_that_of_the_bits),
	KUNIT_CASE(inactive_one_that_has_pages),
	KUNIT_CASE(active_one_that_has_no_page),
	KUNIT_CASE(queued_one_that_has_nothing),
	KUNIT_CASE(queue_that_is_not_as_its_records_say),
	KUNIT_CASE(record_on_the_queue_of_another_domain),
	KUNIT_CASE(place_in_the_queue_is_no_finding),
	KUNIT_CASE(reservation_without_a_block),
	KUNIT_CASE(pages_that_are_not_where_the_count_has_them),
	KUNIT_CASE(window_that_is_not_the_objects),
	KUNIT_CASE(record_on_the_list_of_another_object),
	KUNIT_CASE(active_one_on_no_objects_list),
	{}
};

static struct kunit_suite vmpage_reserv_audit_suite = {
	.name = "vmpage_reserv_audit",
	.init = vmk_init,
	.exit = vmk_exit,
	.test_cases = vmpage_reserv_audit_cases,
};

kunit_test_suite(vmpage_reserv_audit_suite);
