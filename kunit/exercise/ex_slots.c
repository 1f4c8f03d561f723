// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The objects that the threads share, and the reaper.
 */
#include <linux/slab.h>

#include "exercise.h"

static struct ex_slot {
	spinlock_t lock;		/* of the pointer */
	struct ex_object *xo;
} ex_slots[EX_NSLOTS];

static atomic_t ex_serial;

/*
 * Every other object can have cached pages; one is unmanaged.  Of the managed ones
 * some have a colour.
 */
static vm_object_t ex_make_object(unsigned int slot, vm_pindex_t size)
{
	vm_object_t object;

	if (slot & 1)
		object = vm_object_allocate(OBJT_VNODE, size);
	else
		object = slot ? vm_object_allocate_anon(size) : vm_object_allocate(OBJT_PHYS, size);
	if (object && slot > EX_NSLOTS / 2) {
		VM_OBJECT_WLOCK(object);
		vm_object_color(object, 0);
		VM_OBJECT_WUNLOCK(object);
	}
	return object;
}

static struct ex_object *ex_make(unsigned int slot, vm_pindex_t size)
{
	struct ex_object *xo = kzalloc(sizeof(*xo), GFP_KERNEL);

	if (!xo)
		return NULL;
	xo->object = ex_make_object(slot, size);
	if (!xo->object) {
		kfree(xo);
		return NULL;
	}
	refcount_set(&xo->refs, 1);
	xo->serial = atomic_inc_return(&ex_serial);
	xo->unmanaged = xo->object->flags & OBJ_UNMANAGED;
	return xo;
}

void ex_slots_init(struct kunit *test)
{
	unsigned int i;

	atomic_set(&ex_serial, 0);
	for (i = 0; i < EX_NSLOTS; i++) {
		spin_lock_init(&ex_slots[i].lock);
		ex_slots[i].xo = ex_make(i, EX_OBJECT_SIZE);
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
		kfree(xo);
	}
}

static struct ex_object *ex_get_slot(unsigned int i)
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
	struct ex_object *xo = ex_make(i, EX_OBJECT_SIZE);

	if (!xo)
		return EX_NONE;
	ex_replace(i, xo);
	return EX_DONE;
}

struct ex_object *ex_make_cacheable(vm_pindex_t size)
{
	return ex_make(1, size);
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

/* Mostly near each other, so that threads meet. */
vm_pindex_t ex_pindex(struct ex_thread *t)
{
	const vm_pindex_t pindex = ex_below(t, ex_one_in(t, 4) ? EX_OBJECT_SIZE :
								 EX_OBJECT_SIZE / 4);

	return t->aim ? t->aim_pindex : pindex;
}

static unsigned long ex_reap_object(struct ex_object *xo)
{
	unsigned long pindex, npages = 0;
	vm_page_t m;

	VM_OBJECT_WLOCK(xo->object);
	VM_RADIX_FOREACH(m, pindex, &xo->object->rtree) {
		if (vm_page_wired(m) || !vm_page_tryxbusy(m))
			continue;
		if (vm_page_wired(m)) {
			vm_page_xunbusy(m);
		} else {
			vm_page_free(m);
			npages++;
		}
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
