/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Objects: containers that map a page index to a page.
 *
 * What has FreeBSD 14's name has its meaning; no manual page describes it.
 *
 * Lock order of the whole allocator, outermost first.  A lock is taken only
 * while locks above it are held.  Lockdep checks this in the tests, but for the
 * folio lock, which it does not know.
 *
 *	vm_mem_lock		mutex: chunks come and go
 *	cpu_hotplug_lock	by the kernel: CPUs come and go
 *	mmap_lock		of a process, by the kernel
 *	vm_pageout_lock		mutex: page daemons come and go
 *	vm_policies_lock	mutex: policies that were made
 *	lowmem chain		rw_semaphore: while notifiers run, by the kernel
 *	quarantine_lock		mutex: pages that wait for the end of a pin
 *	vmpage_users_lock	mutex: users that are charged
 *	vm_object_list_lock	mutex: the list of all objects
 *	object->lock		rw_semaphore: what the object holds
 *	alloc_lock		mutex: a page is allocated for a user
 *	vm_reserv_restore_lock	mutex: memory attributes become the default again
 *	folio lock		of a chunk: what user space may map of it
 *	vmpage_forked_lock	mutex: files of which fork may copy entries
 *	user lock		spinlock: what a user is charged
 *	index lock		spinlock inside object->rtree and object->cache
 *	reservation lock	raw spinlock, irqsave: a superpage reservation
 *	vmd_partpopq_lock	raw spinlock, irqsave: reservations with free pages
 *	rvq_lock		raw spinlock, irqsave: the reservations of an object
 *	vmd_free_lock		raw spinlock, irqsave: free lists of a domain
 *	vm_domainset_lock	raw spinlock, irqsave: sets of short domains
 *	vm_task_policies_lock	raw spinlock, irqsave: policies of tasks
 *	wait queue locks	spinlocks, irqsave: by the kernel
 */
#ifndef _VM_OBJECT_H_
#define _VM_OBJECT_H_

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/rcupdate.h>
#include <linux/rwsem.h>
#include <linux/sched.h>
#include <linux/wait_bit.h>
#include <linux/xarray.h>
#include <sys/domainset.h>
#include <sys/systm.h>
#include <sys/types.h>
#include <vm/vm.h>
#include <vm/vm_radix.h>

struct vm_audit;

/*
 * struct vmpage_object_ops - what only the owner of an object can do with its pages
 * @unmap: take a page out of every mapping, as it is about to be moved, and note in
 *	its dirty bits what was written through them; false when it has to stay, since
 *	somebody who is not counted here refers to it.  Process context; the object is
 *	write-locked, the page exclusively busied.  NULL: the pages are not mapped.
 * @replace: a page that was unmapped is about to be replaced by another; false when its
 *	owner may not have that one.  As @unmap.  NULL: any will do.
 *
 * Others may hold references, and lock the object, when its owner drops his own: so he
 * unmaps the pages and sets ops to NULL, under the write lock, before that.
 */
struct vmpage_object_ops {
	bool (*unmap)(vm_object_t object, vm_page_t m);
	bool (*replace)(vm_object_t object, vm_page_t m, vm_page_t m_new);
};

/*
 * struct vm_object - pages by index
 *
 * (a) atomic; (c) constant after vm_object_allocate(); (l) vm_object_list_lock;
 * (o) object->lock; (v) rvq_lock.  Freed after a grace period of RCU.
 */
struct vm_object {
	struct rw_semaphore lock;
	struct task_struct *lock_owner;	/* the writer, or NULL */
	struct vm_radix rtree;		/* (o) pindex to page; read under RCU too */
	struct xarray cache;		/* (o) pindex to page that may be cached */
	raw_spinlock_t rvq_lock;
	struct list_head rvq;		/* (v) reservations */
	const struct vmpage_object_ops *ops;	/* (o) or NULL */
	vm_object_t loose;		/* (o) whose reservations loose pages come from, or NULL */
	struct list_head object_list;	/* (l) */
	struct rcu_head rcu;
	struct domainset_ref domain;	/* (o) policy; set dr_policy to choose one */
	vm_pindex_t size;		/* (o) pages */
	u_int resident_page_count;	/* (o) entries of rtree */
	atomic_t ref_count;		/* (a) */
	atomic_t busy;			/* (a) while not 0, no page may be newly busied */
	u_short flags;			/* (o) OBJ_* */
	u_short pg_color;		/* (o) pages */
	objtype_t type;			/* (o) OBJT_* */
	vm_memattr_t memattr;		/* (o) VM_MEMATTR_* of its pages */
};

#define OBJ_FICTITIOUS	0x0001		/* pages are not real memory */
#define OBJ_UNMANAGED	0x0002		/* pages are not on page queues */
#define OBJ_POPULATE	0x0004		/* pages are mapped ahead of use */
#define OBJ_DEAD	0x0008		/* being destroyed */
#define OBJ_ANON	0x0010		/* anonymous memory; may grow past its size */
#define OBJ_LOOSE	0x0040		/* has a loose object; not FreeBSD's */
#define OBJ_PG_DTOR	0x0080		/* pages are torn down by the owner */
#define OBJ_SWAP	0x0200		/* pages may be paged out */
#define OBJ_COLORED	0x1000		/* pg_color is defined: may have reservations */
#define OBJ_ONEMAPPING	0x2000		/* each page is mapped at most once */
#define OBJ_NORESERV	0x4000		/* gets no new reservations; not FreeBSD's */
#define OBJ_CACHED	0x8000		/* may have cached pages; not FreeBSD's */

static inline void VM_OBJECT_WLOCK(vm_object_t object)
{
	down_write(&object->lock);
	WRITE_ONCE(object->lock_owner, current);
}

static inline void VM_OBJECT_WUNLOCK(vm_object_t object)
{
	WRITE_ONCE(object->lock_owner, NULL);
	up_write(&object->lock);
}

/*
 * Write-lock two objects, as vm_page_rename() needs it, in an order that is the same
 * for everybody.  They may be one.
 */
static inline void vmpage_object_wlock_two(vm_object_t a, vm_object_t b)
{
	if (a > b)
		swap(a, b);
	VM_OBJECT_WLOCK(a);
	if (a == b)
		return;
	down_write_nested(&b->lock, SINGLE_DEPTH_NESTING);
	WRITE_ONCE(b->lock_owner, current);
}

static inline void vmpage_object_wunlock_two(vm_object_t a, vm_object_t b)
{
	VM_OBJECT_WUNLOCK(a);
	if (a != b)
		VM_OBJECT_WUNLOCK(b);
}

/* FreeBSD's names for unlocking and locking again around a sleep. */
#define VM_OBJECT_DROP(object)		VM_OBJECT_WUNLOCK(object)
#define VM_OBJECT_PICKUP(object)	VM_OBJECT_WLOCK(object)

static inline bool VM_OBJECT_TRYWLOCK(vm_object_t object)
{
	if (!down_write_trylock(&object->lock))
		return false;
	WRITE_ONCE(object->lock_owner, current);
	return true;
}

static inline void VM_OBJECT_RLOCK(vm_object_t object)
{
	down_read(&object->lock);
}

static inline void VM_OBJECT_RUNLOCK(vm_object_t object)
{
	up_read(&object->lock);
}

static inline bool VM_OBJECT_TRYRLOCK(vm_object_t object)
{
	return down_read_trylock(&object->lock);
}

static inline void VM_OBJECT_LOCK_DOWNGRADE(vm_object_t object)
{
	WRITE_ONCE(object->lock_owner, NULL);
	downgrade_write(&object->lock);
}

/* Does the current task hold the write lock? */
static inline bool VM_OBJECT_WOWNED(vm_object_t object)
{
	return READ_ONCE(object->lock_owner) == current;
}

#define VM_OBJECT_ASSERT_WLOCKED(object)	vm_assert(VM_OBJECT_WOWNED(object))
#define VM_OBJECT_ASSERT_LOCKED(object)		vm_assert(rwsem_is_locked(&(object)->lock))
#define VM_OBJECT_ASSERT_UNLOCKED(object)	vm_assert(!VM_OBJECT_WOWNED(object))

/**
 * vm_object_allocate() - make an empty object
 * @type: OBJT_*
 * @size: pages; no limit to the indexes that pages may have
 *
 * The flags follow from the type: SWAP is COLORED, DEVICE and SG are FICTITIOUS
 * and UNMANAGED, MGTDEVICE is FICTITIOUS, PHYS is UNMANAGED, VNODE has none.  PHYS
 * is for pages that are simply used; the pages of the others have page queues.
 *
 * Context: Process context.  May sleep.
 * Return: the object with one reference, or NULL without memory.
 */
vm_object_t vm_object_allocate(objtype_t type, vm_pindex_t size);

/**
 * vm_object_allocate_anon() - make an object for anonymous memory
 * @size: pages
 *
 * Context: Process context.  May sleep.
 * Return: the object with one reference, or NULL without memory.
 */
vm_object_t vm_object_allocate_anon(vm_pindex_t size);

/**
 * vm_object_reference() - take one more reference
 * @object: object the caller has a reference to
 *
 * Context: Any context.
 */
void vm_object_reference(vm_object_t object);

/**
 * vm_object_deallocate() - drop a reference
 * @object: object, not locked by the caller; NULL does nothing
 *
 * With the last reference the object's pages are freed, of which nobody may have one
 * busied; a wired page leaves the object and is freed by its last unwiring.
 *
 * Context: Process context.  May sleep.
 */
void vm_object_deallocate(vm_object_t object);

/**
 * vm_object_color() - set the colour of an object that has none
 * @object: object, write-locked
 * @color: pages
 *
 * Context: Process context.
 */
void vm_object_color(vm_object_t object, u_short color);

/**
 * vm_object_set_memattr() - set the memory attribute of an object's pages
 * @object: object without resident pages, write-locked
 * @memattr: VM_MEMATTR_*
 *
 * The attribute belongs to whole reservations.  So the object gets pages from its own
 * reservations and from nowhere else: who makes one asks for 512 pages at once, may sleep
 * even if the request says that it must not, and gets none where that is not allowed.
 * The rest of a reservation is there for the object alone until its last page is freed.
 * Its pages are never moved or cached.
 *
 * Context: Process context.
 * Return: KERN_SUCCESS; KERN_INVALID_ARGUMENT for a dead object, an attribute other than
 * VM_MEMATTR_UNCACHEABLE and VM_MEMATTR_WRITE_COMBINING, or any but the default on a
 * machine that has no others, or for an object that has no reservations; KERN_FAILURE
 * when pages are resident.
 *
 * Follows FreeBSD 14; it has no manual page.
 */
int vm_object_set_memattr(vm_object_t object, vm_memattr_t memattr);

/**
 * vm_object_busy() - let no page of the object be busied from now on
 * @object: object
 *
 * Busies that are held stay.
 *
 * Context: Any context.
 */
static inline void vm_object_busy(vm_object_t object)
{
	atomic_inc(&object->busy);
	/* Whoever busies a page from here on sees it. */
	smp_mb__after_atomic();
}

/**
 * vm_object_unbusy() - end a vm_object_busy()
 * @object: object
 *
 * With the last one whoever waits to busy a page of the object is woken.
 *
 * Context: Any context.
 */
static inline void vm_object_unbusy(vm_object_t object)
{
	if (atomic_dec_and_test(&object->busy))
		wake_up_var(&object->busy);
}

/**
 * vmpage_object_set_loose() - let the pages of an object lie with those of others
 * @object: object without pages, write-locked
 * @loose: object, which has reservations and no pages of its own; referred to by @object
 *
 * What @object has no reservation for then comes from those of @loose, and from nowhere
 * else, but for promised pages.
 *
 * Context: Process context.
 */
void vmpage_object_set_loose(vm_object_t object, vm_object_t loose);

/**
 * vm_object_reserv() - may the object have superpage reservations?
 * @object: object or NULL
 *
 * Context: Any context.
 * Return: true for an object that is COLORED and not FICTITIOUS.
 */
static inline bool vm_object_reserv(vm_object_t object)
{
	return object && (object->flags & (OBJ_FICTITIOUS | OBJ_COLORED)) == OBJ_COLORED;
}

/*
 * struct vm_object_census - what all objects have together
 */
struct vm_object_census {
	unsigned long resident;		/* pages */
	unsigned long cached;		/* pages */
	unsigned long reservs;		/* reservations */
};

/**
 * vm_object_audit() - check every object against its pages
 * @audit: receives what is broken
 * @census: receives what there is
 *
 * Invariants 9, 11 and 15, from the side of the objects.
 *
 * Context: Process context.  May sleep.
 */
void vm_object_audit(struct vm_audit *audit, struct vm_object_census *census);

#endif /* _VM_OBJECT_H_ */
