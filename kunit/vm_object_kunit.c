// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Objects.
 */
#include <vm/vm_param.h>

#include "kunit_fixture.h"

struct type_case {
	const char *name;
	objtype_t type;
	u_short flags;
};

static const struct type_case type_cases[] = {
	{ "SWAP", OBJT_SWAP, OBJ_COLORED | OBJ_SWAP },
	{ "VNODE", OBJT_VNODE, 0 },
	{ "DEVICE", OBJT_DEVICE, OBJ_FICTITIOUS | OBJ_UNMANAGED },
	{ "PHYS", OBJT_PHYS, OBJ_UNMANAGED },
	{ "SG", OBJT_SG, OBJ_FICTITIOUS | OBJ_UNMANAGED },
	{ "MGTDEVICE", OBJT_MGTDEVICE, OBJ_FICTITIOUS },
};

static void type_desc(const struct type_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(type, type_cases, type_desc);

static void flags_follow_from_the_type(struct kunit *test)
{
	const struct type_case *c = test->param_value;
	vm_object_t object = vmk_object_type(test, c->type, 7);

	KUNIT_EXPECT_EQ(test, object->type, c->type);
	KUNIT_EXPECT_EQ(test, object->flags, c->flags);
}

static void new_object_is_empty(struct kunit *test)
{
	vm_object_t object = vmk_object_type(test, OBJT_VNODE, 1ULL << 40);

	KUNIT_EXPECT_EQ(test, object->size, 1ULL << 40);
	KUNIT_EXPECT_EQ(test, object->pg_color, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&object->ref_count), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&object->busy), 0);
	KUNIT_EXPECT_EQ(test, object->resident_page_count, 0);
	KUNIT_EXPECT_FALSE(test, rwsem_is_locked(&object->lock));
	KUNIT_EXPECT_NULL(test, vmk_lookup(object, 0));
}

static void anonymous_object_is_not_coloured(struct kunit *test)
{
	vm_object_t object = vm_object_allocate_anon(3);

	KUNIT_ASSERT_NOT_NULL(test, object);
	KUNIT_EXPECT_EQ(test, object->type, OBJT_SWAP);
	KUNIT_EXPECT_EQ(test, object->flags, OBJ_ANON | OBJ_ONEMAPPING | OBJ_SWAP);
	KUNIT_EXPECT_EQ(test, object->size, 3);
	vm_object_deallocate(object);
}

static void types_that_are_none_are_refused(struct kunit *test)
{
	static const objtype_t types[] = { OBJT_RESERVED, OBJT_DEAD, OBJT_MGTDEVICE + 1, 255 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(types); i++)
		vmk_reported(test, KUNIT_EXPECT_NULL(test, vm_object_allocate(types[i], 1)));
}

static void last_reference_frees_the_pages(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;
	int i;

	vmk_b4(test);
	object = vm_object_allocate(OBJT_VNODE, 16);
	KUNIT_ASSERT_NOT_NULL(test, object);
	for (i = 0; i < 10; i++) {
		m = vmk_alloc_req(test, object, i * 1000, VM_ALLOC_NOBUSY);
		KUNIT_EXPECT_NOT_NULL(test, m);
	}
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1014);

	vm_object_reference(object);
	KUNIT_EXPECT_EQ(test, atomic_read(&object->ref_count), 2);
	vm_object_deallocate(object);
	KUNIT_EXPECT_EQ(test, atomic_read(&object->ref_count), 1);
	KUNIT_EXPECT_EQ(test, object->resident_page_count, 10);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1014);

	vm_object_deallocate(object);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
	KUNIT_EXPECT_TRUE(test, vm_page_busy_freed(m));
	KUNIT_EXPECT_NULL(test, m->object);
}

static void deallocate_of_nothing_does_nothing(struct kunit *test)
{
	vm_object_deallocate(NULL);
}

static void wired_page_survives_its_object(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object_type(test, OBJT_PHYS, 4);
	m = vmk_alloc_req(test, object, 2, VM_ALLOC_NOBUSY | VM_ALLOC_WIRED);
	KUNIT_ASSERT_NOT_NULL(test, m);
	vmk_object_drop(test, object);

	KUNIT_EXPECT_NULL(test, m->object);
	KUNIT_EXPECT_EQ(test, m->ref_count, 1);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_UNBUSIED);
	KUNIT_EXPECT_TRUE(test, vm_page_wired(m));
	KUNIT_EXPECT_EQ(test, vmk_wired(), 1);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1023);

	vm_page_unwire(m, PQ_NONE);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
	KUNIT_EXPECT_EQ(test, vmk_wired(), 0);
}

static void wired_managed_page_survives_its_object(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_V, 4);
	m = vmk_alloc_req(test, object, 0, VM_ALLOC_NOBUSY | VM_ALLOC_WIRED);
	KUNIT_ASSERT_NOT_NULL(test, m);
	vmk_object_drop(test, object);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1023);
	KUNIT_EXPECT_EQ(test, m->ref_count, 1);

	vm_page_unwire(m, PQ_INACTIVE);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
	KUNIT_EXPECT_TRUE(test, vm_page_busy_freed(m));
}

static void busied_page_keeps_its_object(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vm_object_allocate(OBJT_VNODE, 4);
	KUNIT_ASSERT_NOT_NULL(test, object);
	m = vmk_alloc_req(test, object, 1, VM_ALLOC_SBUSY);
	KUNIT_ASSERT_NOT_NULL(test, m);

	vmk_reported(test, vm_object_deallocate(object));
	KUNIT_EXPECT_EQ(test, atomic_read(&object->ref_count), 1);
	KUNIT_EXPECT_FALSE(test, object->flags & OBJ_DEAD);
	KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(object, 1), m);

	vm_page_sunbusy(m);
	vm_object_deallocate(object);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
}

static void let_go_of_the_page(void *arg)
{
	const vm_page_t m = arg;

	schedule_timeout_uninterruptible(2);
	vm_page_sunbusy(m);
}

/* Somebody who came to the page by mistake delays the end, and no more. */
static void page_busied_in_passing_does_not_keep_its_object(struct kunit *test)
{
	struct vmk_thread *t;
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vm_object_allocate(OBJT_VNODE, 4);
	KUNIT_ASSERT_NOT_NULL(test, object);
	m = vmk_alloc_req(test, object, 1, VM_ALLOC_SBUSY);
	KUNIT_ASSERT_NOT_NULL(test, m);
	t = vmk_thread_start(test, let_go_of_the_page, m);
	vm_object_deallocate(object);
	vmk_thread_join(test, t);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
}

static void colour_is_set_once(struct kunit *test)
{
	vm_object_t object = vmk_object_type(test, OBJT_VNODE, 1024);

	VM_OBJECT_WLOCK(object);
	vm_object_color(object, 5);
	KUNIT_EXPECT_EQ(test, object->pg_color, 5);
	KUNIT_EXPECT_EQ(test, object->flags, OBJ_COLORED);
	vm_object_color(object, 6);
	KUNIT_EXPECT_EQ(test, object->pg_color, 5);
	VM_OBJECT_WUNLOCK(object);
}

static void colour_needs_the_write_lock(struct kunit *test)
{
	vm_object_t object = vmk_object_type(test, OBJT_VNODE, 1024);

	vmk_reported(test, vm_object_color(object, 5));
	VM_OBJECT_RLOCK(object);
	vmk_reported(test, vm_object_color(object, 5));
	VM_OBJECT_RUNLOCK(object);
	KUNIT_EXPECT_EQ(test, object->pg_color, 0);
	KUNIT_EXPECT_EQ(test, object->flags, 0);
}

static void reservations_need_a_colour_and_real_memory(struct kunit *test)
{
	vm_object_t object;

	KUNIT_EXPECT_FALSE(test, vm_object_reserv(NULL));
	KUNIT_EXPECT_TRUE(test, vm_object_reserv(vmk_object(test, VMK_O, 1)));
	KUNIT_EXPECT_TRUE(test, vm_object_reserv(vmk_object(test, VMK_V, 1)));
	KUNIT_EXPECT_FALSE(test, vm_object_reserv(vmk_object(test, VMK_U, 1)));

	object = vmk_object_type(test, OBJT_DEVICE, 1);
	VM_OBJECT_WLOCK(object);
	vm_object_color(object, 0);
	VM_OBJECT_WUNLOCK(object);
	KUNIT_EXPECT_FALSE(test, vm_object_reserv(object));
}

static void memattr_is_for_objects_without_pages(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	vmk_refused(test, KUNIT_EXPECT_EQ(test, vm_object_set_memattr(object, VM_MEMATTR_DEFAULT),
					  KERN_INVALID_ARGUMENT));
	m = vmk_alloc(test, object, 0);
	VM_OBJECT_WLOCK(object);
	KUNIT_EXPECT_EQ(test, vm_object_set_memattr(object, VM_MEMATTR_UNCACHEABLE), KERN_FAILURE);
	KUNIT_EXPECT_EQ(test, object->memattr, VM_MEMATTR_DEFAULT);
	vm_page_free(m);
	KUNIT_EXPECT_EQ(test, vm_object_set_memattr(object, VM_MEMATTR_WRITE_THROUGH),
			KERN_INVALID_ARGUMENT);
	KUNIT_EXPECT_EQ(test, vm_object_set_memattr(object, VM_MEMATTR_UNCACHEABLE), KERN_SUCCESS);
	KUNIT_EXPECT_EQ(test, object->memattr, VM_MEMATTR_UNCACHEABLE);
	object->flags |= OBJ_DEAD;
	KUNIT_EXPECT_EQ(test, vm_object_set_memattr(object, VM_MEMATTR_DEFAULT),
			KERN_INVALID_ARGUMENT);
	object->flags &= ~OBJ_DEAD;
	VM_OBJECT_WUNLOCK(object);
}

/* Real pages have it by reservations, the others bring their own. */
static void memattr_is_for_objects_with_reservations(struct kunit *test)
{
	static const struct {
		objtype_t type;
		int expected;
	} objects[] = {
		{ OBJT_VNODE, KERN_INVALID_ARGUMENT },
		{ OBJT_PHYS, KERN_INVALID_ARGUMENT },
		{ OBJT_SWAP, KERN_SUCCESS },
		{ OBJT_DEVICE, KERN_SUCCESS },
	};
	size_t i;

	vmk_b4(test);
	for (i = 0; i < ARRAY_SIZE(objects); i++) {
		vm_object_t object = vmk_object_type(test, objects[i].type, 8);

		VM_OBJECT_WLOCK(object);
		KUNIT_EXPECT_EQ(test, vm_object_set_memattr(object, VM_MEMATTR_UNCACHEABLE),
				objects[i].expected);
		KUNIT_EXPECT_EQ(test, vm_object_set_memattr(object, VM_MEMATTR_WEAK_UNCACHEABLE),
				KERN_INVALID_ARGUMENT);
		KUNIT_EXPECT_EQ(test, vm_object_set_memattr(object, VM_MEMATTR_DEFAULT),
				KERN_SUCCESS);
		VM_OBJECT_WUNLOCK(object);
	}
}

static void lock_knows_its_writer(struct kunit *test)
{
	vm_object_t object = vmk_object_type(test, OBJT_VNODE, 1);

	KUNIT_EXPECT_FALSE(test, VM_OBJECT_WOWNED(object));
	VM_OBJECT_ASSERT_UNLOCKED(object);

	VM_OBJECT_WLOCK(object);
	KUNIT_EXPECT_TRUE(test, VM_OBJECT_WOWNED(object));
	VM_OBJECT_ASSERT_WLOCKED(object);
	VM_OBJECT_ASSERT_LOCKED(object);
	KUNIT_EXPECT_FALSE(test, VM_OBJECT_TRYRLOCK(object));
	VM_OBJECT_LOCK_DOWNGRADE(object);
	KUNIT_EXPECT_FALSE(test, VM_OBJECT_WOWNED(object));
	VM_OBJECT_ASSERT_LOCKED(object);
	KUNIT_EXPECT_FALSE(test, VM_OBJECT_TRYWLOCK(object));
	VM_OBJECT_RUNLOCK(object);

	KUNIT_EXPECT_TRUE(test, VM_OBJECT_TRYRLOCK(object));
	VM_OBJECT_RUNLOCK(object);
	KUNIT_EXPECT_TRUE(test, VM_OBJECT_TRYWLOCK(object));
	KUNIT_EXPECT_TRUE(test, VM_OBJECT_WOWNED(object));
	VM_OBJECT_WUNLOCK(object);
	KUNIT_EXPECT_FALSE(test, VM_OBJECT_WOWNED(object));
}

static void ask_wowned(void *arg)
{
	vm_object_t object = *(vm_object_t *)arg;

	if (VM_OBJECT_WOWNED(object))
		*(vm_object_t *)arg = NULL;
}

static void lock_of_another_thread_is_not_mine(struct kunit *test)
{
	vm_object_t object = vmk_object_type(test, OBJT_VNODE, 1);
	vm_object_t asked = object;

	VM_OBJECT_WLOCK(object);
	vmk_in_thread(test, ask_wowned, &asked);
	VM_OBJECT_WUNLOCK(object);
	KUNIT_EXPECT_PTR_EQ(test, asked, object);
}

static void pages_stand_at_any_index(struct kunit *test)
{
	static const vm_pindex_t at[] = { 0, 1, 63, 64, 511, 512, 1ULL << 32, ULONG_MAX };
	vm_object_t object;
	vm_page_t ma[ARRAY_SIZE(at)];
	unsigned int i;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 1);
	for (i = 0; i < ARRAY_SIZE(at); i++)
		ma[i] = vmk_alloc(test, object, at[i]);
	KUNIT_EXPECT_EQ(test, object->resident_page_count, ARRAY_SIZE(at));
	for (i = 0; i < ARRAY_SIZE(at); i++) {
		KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(object, at[i]), ma[i]);
		KUNIT_EXPECT_EQ(test, ma[i]->pindex, at[i]);
	}
	KUNIT_EXPECT_NULL(test, vmk_lookup(object, 2));
	KUNIT_EXPECT_NULL(test, vmk_lookup(object, ULONG_MAX - 1));
}

static void random_pages_come_and_go(struct kunit *test)
{
	const unsigned int npages = 300;
	vm_object_t object;
	vm_page_t m;
	unsigned int i;
	u32 *at;

	vmk_b4(test);
	at = kunit_kcalloc(test, npages, sizeof(*at), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, at);
	object = vmk_object(test, VMK_O, npages);

	vmk_permutation(at, npages);
	for (i = 0; i < npages; i++)
		vmk_alloc(test, object, at[i] * 37);
	KUNIT_EXPECT_EQ(test, object->resident_page_count, npages);

	vmk_shuffle(at, npages);
	for (i = 0; i < npages / 2; i++) {
		m = vmk_lookup(object, at[i] * 37);
		KUNIT_ASSERT_NOT_NULL(test, m);
		vmk_free(test, m);
		KUNIT_EXPECT_NULL(test, vmk_lookup(object, at[i] * 37));
	}
	KUNIT_EXPECT_EQ(test, object->resident_page_count, npages - npages / 2);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024 - (npages - npages / 2));
	vmk_expect_audit_clean(test);
}

static void audit_counts_the_pages_of_all_objects(struct kunit *test)
{
	struct vm_audit audit = {};
	vm_object_t objects[2];
	struct vm_object_census census;

	vmk_b4(test);
	objects[0] = vmk_object(test, VMK_O, 8);
	objects[1] = vmk_object(test, VMK_V, 8);
	vm_object_audit(&audit, &census);
	KUNIT_EXPECT_EQ(test, census.resident, 0);
	vmk_alloc(test, objects[0], 0);
	vmk_alloc(test, objects[1], 0);
	vmk_alloc(test, objects[1], 5);
	vm_object_audit(&audit, &census);
	KUNIT_EXPECT_EQ(test, census.resident, 3);
	KUNIT_EXPECT_EQ(test, audit.failures, 0);
}

static struct kunit_case vmpage_object_cases[] = {
	KUNIT_CASE_PARAM(flags_follow_from_the_type, type_gen_params),
	KUNIT_CASE(new_object_is_empty),
	KUNIT_CASE(anonymous_object_is_not_coloured),
	KUNIT_CASE(types_that_are_none_are_refused),
	KUNIT_CASE(last_reference_frees_the_pages),
	KUNIT_CASE(deallocate_of_nothing_does_nothing),
	KUNIT_CASE(wired_page_survives_its_object),
	KUNIT_CASE(wired_managed_page_survives_its_object),
	KUNIT_CASE(busied_page_keeps_its_object),
	KUNIT_CASE(page_busied_in_passing_does_not_keep_its_object),
	KUNIT_CASE(colour_is_set_once),
	KUNIT_CASE(colour_needs_the_write_lock),
	KUNIT_CASE(reservations_need_a_colour_and_real_memory),
	KUNIT_CASE(memattr_is_for_objects_without_pages),
	KUNIT_CASE(memattr_is_for_objects_with_reservations),
	KUNIT_CASE(lock_knows_its_writer),
	KUNIT_CASE(lock_of_another_thread_is_not_mine),
	KUNIT_CASE(pages_stand_at_any_index),
	KUNIT_CASE(random_pages_come_and_go),
	KUNIT_CASE(audit_counts_the_pages_of_all_objects),
	{}
};

static struct kunit_suite vmpage_object_suite = {
	.name = "vmpage_object",
	.init = vmk_init,
	.exit = vmk_exit,
	.test_cases = vmpage_object_cases,
};

kunit_test_suite(vmpage_object_suite);
