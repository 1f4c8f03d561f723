// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The objects that the threads share, and the reaper.
 */
#include <linux/hash.h>
#include <linux/slab.h>

#include "exercise.h"

static struct ex_slot {
	spinlock_t lock;		/* of the pointer */
	struct ex_object *xo;
} ex_slots[EX_NSLOTS];

static atomic_t ex_serial;

/* Indexes below EX_NEAR, and as many around EX_MIDDLE, are used most, so that threads meet. */
#define EX_NEAR		80
#define EX_MIDDLE	512

#define EX_ANY_COLOR	(-1)		/* that follows from the number, or none */

/* With the second one a window begins in the middle of the indexes that are used most. */
static void ex_color(vm_object_t object, u32 chance)
{
	const u_short colors[] = { 0, VM_LEVEL_0_NPAGES - EX_NEAR / 2, chance >> 16, chance >> 16 };
	const u32 which = chance % (ARRAY_SIZE(colors) + 1);

	if (which < ARRAY_SIZE(colors))
		vm_object_color(object, colors[which]);
}

/*
 * Every other object can have cached pages; one is unmanaged.  What else they are
 * follows from the number.
 */
static vm_object_t ex_make_object(unsigned int slot, vm_pindex_t size, int color, u32 serial)
{
	const u32 chance = hash_32(serial, 32);
	vm_object_t object;

	if (slot & 1)
		object = vm_object_allocate(OBJT_VNODE, size);
	else if (!slot)
		object = vm_object_allocate(OBJT_PHYS, size);
	else
		object = chance & BIT(8) ? vm_object_allocate(OBJT_SWAP, size) :
					   vm_object_allocate_anon(size);
	if (!object)
		return NULL;

	VM_OBJECT_WLOCK(object);
	if (color == EX_ANY_COLOR)
		ex_color(object, chance);
	else
		vm_object_color(object, color);
	if (chance & BIT(9))
		object->ops = &ex_object_ops_unmap;
	VM_OBJECT_WUNLOCK(object);
	return object;
}

static struct ex_object *ex_make(unsigned int slot, vm_pindex_t size, int color)
{
	struct ex_object *xo = kvzalloc(sizeof(*xo), GFP_KERNEL);

	if (!xo)
		return NULL;
	xo->serial = atomic_inc_return(&ex_serial);
	xo->object = ex_make_object(slot, size, color, xo->serial);
	if (!xo->object) {
		kvfree(xo);
		return NULL;
	}
	refcount_set(&xo->refs, 1);
	xo->unmanaged = xo->object->flags & OBJ_UNMANAGED;
	return xo;
}

void ex_slots_init(struct kunit *test)
{
	unsigned int i;

	atomic_set(&ex_serial, 0);
	for (i = 0; i < EX_NSLOTS; i++) {
		spin_lock_init(&ex_slots[i].lock);
		ex_slots[i].xo = ex_make(i, EX_OBJECT_SIZE, EX_ANY_COLOR);
		KUNIT_ASSERT_NOT_NULL(test, ex_slots[i].xo);
	}
}

struct ex_object *ex_ref(struct ex_object *xo)
{
	refcount_inc(&xo->refs);
	return xo;
}

void ex_put(struct ex_object *xo)
{
	if (refcount_dec_and_test(&xo->refs)) {
		vm_object_deallocate(xo->object);
		kvfree(xo);
	}
}

struct ex_object *ex_get_slot(unsigned int i)
{
	struct ex_slot *slot = &ex_slots[i];
	struct ex_object *xo;

	spin_lock(&slot->lock);
	xo = ex_ref(slot->xo);
	spin_unlock(&slot->lock);
	return xo;
}

struct ex_object *ex_get_any(struct ex_thread *t)
{
	return ex_get_slot(ex_below(t, EX_NSLOTS));
}

struct ex_object *ex_get(struct ex_thread *t)
{
	return t->aim ? ex_ref(t->aim) : ex_get_any(t);
}

static void ex_replace(unsigned int i, struct ex_object *xo)
{
	struct ex_slot *slot = &ex_slots[i];

	spin_lock(&slot->lock);
	swap(xo, slot->xo);
	spin_unlock(&slot->lock);
	ex_put(xo);
}

enum ex_result ex_renew(struct ex_thread *t)
{
	const unsigned int i = ex_below(t, EX_NSLOTS);
	struct ex_object *xo = ex_make(i, EX_OBJECT_SIZE, EX_ANY_COLOR);

	if (!xo)
		return EX_NONE;
	ex_replace(i, xo);
	return EX_DONE;
}

struct ex_object *ex_make_cacheable(vm_pindex_t size)
{
	return ex_make(1, size, EX_ANY_COLOR);
}

struct ex_object *ex_make_colored(u_short color)
{
	return ex_make(1, EX_OBJECT_SIZE, color);
}

void ex_install_cacheable(struct ex_thread *t, struct ex_object *xo)
{
	ex_replace(ex_below(t, EX_NSLOTS) | 1, xo);
}

void ex_slots_fini(void)
{
	unsigned int i;

	for (i = 0; i < EX_NSLOTS; i++) {
		if (ex_slots[i].xo)
			ex_put(ex_slots[i].xo);
		ex_slots[i].xo = NULL;
	}
}

vm_pindex_t ex_pindex(struct ex_thread *t)
{
	const u32 where = ex_below(t, 4);
	const vm_pindex_t pindex = ex_below(t, where ? EX_NEAR : EX_OBJECT_SIZE);

	if (t->aim)
		return t->aim_pindex;
	return where == 1 ? EX_MIDDLE - EX_NEAR / 2 + pindex : pindex;
}

bool ex_take_idle(vm_page_t m)
{
	if (vm_page_wired(m) || !vm_page_tryxbusy(m))
		return false;
	if (!vm_page_wired(m))
		return true;
	vm_page_xunbusy(m);
	return false;
}

static unsigned long ex_reap_object(struct ex_object *xo)
{
	unsigned long pindex, npages = 0;
	vm_page_t m;

	VM_OBJECT_WLOCK(xo->object);
	VM_RADIX_FOREACH(m, pindex, &xo->object->rtree) {
		if (!ex_take_idle(m))
			continue;
		vm_page_free(m);
		npages++;
	}
	VM_OBJECT_WUNLOCK(xo->object);
	return npages;
}

unsigned long ex_reap(bool all)
{
	unsigned long npages = 0;
	unsigned int i;

	for (i = 0; i < EX_NSLOTS && (all || vm_wait_count()); i++) {
		struct ex_object *xo = ex_get_slot(i);

		npages += ex_reap_object(xo);
		ex_put(xo);
	}
	return npages;
}
