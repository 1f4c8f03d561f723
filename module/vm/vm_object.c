// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Objects.
 *
 * An object maps page indexes to pages (vm_radix.c).  Its write lock makes changes
 * exclusive, so a lookup followed by a store is one step; readers under RCU may
 * see a page that leaves at this moment.  The nodes of the index are all that an
 * allocation of pages ever asks of Linux, and running out of them is the
 * insertion failure of vm_page_insert(9).
 */
#include <linux/export.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <vm/vm_object.h>
#include <vm/vm_page_cache.h>
#include <vm/vm_param.h>
#include <vm/vm_reserv.h>

#include "vm_audit.h"
#include "vm_machine.h"

static DEFINE_MUTEX(vm_object_list_lock);
static LIST_HEAD(vm_object_list);

static u_short vm_object_type_flags(objtype_t type)
{
	switch (type) {
	case OBJT_SWAP:
		return OBJ_COLORED | OBJ_SWAP;
	case OBJT_DEVICE:
	case OBJT_SG:
		return OBJ_FICTITIOUS | OBJ_UNMANAGED;
	case OBJT_MGTDEVICE:
		return OBJ_FICTITIOUS;
	case OBJT_PHYS:
		return OBJ_UNMANAGED;
	default:
		return 0;
	}
}

static vm_object_t vm_object_create(objtype_t type, u_short flags, vm_pindex_t size)
{
	vm_object_t object = kzalloc(sizeof(*object), GFP_KERNEL);

	if (!object)
		return NULL;

	init_rwsem(&object->lock);
	vm_radix_init(&object->rtree);
	xa_init(&object->cache);
	raw_spin_lock_init(&object->rvq_lock);
	INIT_LIST_HEAD(&object->rvq);
	object->size = size;
	object->flags = flags;
	object->type = type;
	object->memattr = VM_MEMATTR_DEFAULT;
	atomic_set(&object->ref_count, 1);

	mutex_lock(&vm_object_list_lock);
	list_add_tail(&object->object_list, &vm_object_list);
	mutex_unlock(&vm_object_list_lock);
	return object;
}

vm_object_t vm_object_allocate(objtype_t type, vm_pindex_t size)
{
	if (!vm_assert(type > OBJT_RESERVED && type <= OBJT_MGTDEVICE && type != OBJT_DEAD))
		return NULL;
	return vm_object_create(type, vm_object_type_flags(type), size);
}
EXPORT_SYMBOL_GPL(vm_object_allocate);

vm_object_t vm_object_allocate_anon(vm_pindex_t size)
{
	return vm_object_create(OBJT_SWAP, OBJ_ANON | OBJ_ONEMAPPING | OBJ_SWAP, size);
}
EXPORT_SYMBOL_GPL(vm_object_allocate_anon);

void vm_object_reference(vm_object_t object)
{
	atomic_inc(&object->ref_count);
}
EXPORT_SYMBOL_GPL(vm_object_reference);

/*
 * A page that somebody has busied is still in use: it stays, and so does the
 * object.
 */
static bool vm_object_terminate_pages(vm_object_t object)
{
	unsigned long pindex;
	bool gone;
	vm_page_t m;

	VM_OBJECT_WLOCK(object);
	object->flags |= OBJ_DEAD;
	VM_RADIX_FOREACH(m, pindex, &object->rtree) {
		if (!vmpage_xbusy_last(m))
			break;
		/* The last wiring may go at this moment, and then the page is ours. */
		if (!vm_page_wired(m) || vm_page_remove(m))
			vm_page_free(m);
		cond_resched();
	}
	vm_page_cache_free(object, 0, 0);
	gone = !object->resident_page_count;
	/* Reservations are left around pages that are wired, or another object's by now. */
	if (gone)
		vm_reserv_break_all(object);
	else
		object->flags &= ~OBJ_DEAD;
	VM_OBJECT_WUNLOCK(object);
	return gone;
}

void vm_object_deallocate(vm_object_t object)
{
	if (!object || !atomic_dec_and_test(&object->ref_count))
		return;
	if (!vm_object_terminate_pages(object)) {
		vm_object_reference(object);
		return;
	}

	vm_object_deallocate(object->loose);
	mutex_lock(&vm_object_list_lock);
	list_del(&object->object_list);
	mutex_unlock(&vm_object_list_lock);
	vm_radix_fini(&object->rtree);
	xa_destroy(&object->cache);
	/* Who has a page of it, resident or cached, looks at it without holding it. */
	kfree_rcu(object, rcu);
}
EXPORT_SYMBOL_GPL(vm_object_deallocate);

void vm_object_color(vm_object_t object, u_short color)
{
	if (!VM_OBJECT_ASSERT_WLOCKED(object) || (object->flags & OBJ_COLORED))
		return;
	object->pg_color = color;
	object->flags |= OBJ_COLORED;
}
EXPORT_SYMBOL_GPL(vm_object_color);

void vmpage_object_set_loose(vm_object_t object, vm_object_t loose)
{
	if (!VM_OBJECT_ASSERT_WLOCKED(object) || !vm_assert(!object->loose) ||
	    !vm_assert(!object->resident_page_count) || !vm_assert(!loose->loose))
		return;
	vm_object_reference(loose);
	object->loose = loose;
	object->flags |= OBJ_LOOSE;
}

/* Real memory has it by reservations alone. */
static bool vm_object_memattr_valid(vm_object_t object, vm_memattr_t memattr)
{
	return memattr == VM_MEMATTR_DEFAULT ||
	       (vm_machine_memattr_valid(memattr) &&
		((object->flags & OBJ_FICTITIOUS) || vm_object_reserv(object)));
}

int vm_object_set_memattr(vm_object_t object, vm_memattr_t memattr)
{
	if (!VM_OBJECT_ASSERT_WLOCKED(object) || (object->flags & OBJ_DEAD) ||
	    !vm_object_memattr_valid(object, memattr))
		return KERN_INVALID_ARGUMENT;
	if (object->resident_page_count)
		return KERN_FAILURE;
	/* As ordinary memory they would come back. */
	if (memattr != VM_MEMATTR_DEFAULT)
		vm_page_cache_free(object, 0, ULONG_MAX);
	object->memattr = memattr;
	return KERN_SUCCESS;
}
EXPORT_SYMBOL_GPL(vm_object_set_memattr);

static unsigned long vm_object_audit_one(struct vm_audit *audit, vm_object_t object)
{
	unsigned long pindex, resident = 0;
	vm_page_t m;

	VM_RADIX_FOREACH(m, pindex, &object->rtree) {
		resident++;
		if (m->object != object || m->pindex != pindex)
			vm_audit_fail(audit, "page %#llx: not the page of the index it is at\n",
				      VM_PAGE_TO_PHYS(m));
	}
	if (resident != object->resident_page_count)
		vm_audit_fail(audit, "object of %llu pages: %lu resident, %u counted\n",
			      object->size, resident, object->resident_page_count);
	return resident;
}

void vm_object_audit(struct vm_audit *audit, struct vm_object_census *census)
{
	vm_object_t object;

	memset(census, 0, sizeof(*census));
	mutex_lock(&vm_object_list_lock);
	list_for_each_entry(object, &vm_object_list, object_list) {
		VM_OBJECT_RLOCK(object);
		census->resident += vm_object_audit_one(audit, object);
		census->cached += vm_page_cache_audit(audit, object);
		census->reservs += vm_reserv_audit_object(audit, object);
		VM_OBJECT_RUNLOCK(object);
	}
	mutex_unlock(&vm_object_list_lock);
}
