/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What the suites of reservations share.
 *
 * Offsets are bytes above VMK_BASE.  Pages that a resv_ helper allocates are those of an
 * object, which frees them at the end of the case.
 */
#ifndef _VM_RESERV_KUNIT_H_
#define _VM_RESERV_KUNIT_H_

#include "../module/vm/vm_reserv_priv.h"
#include <vm/vm_reserv.h>
#include "kunit_fixture.h"

#define RESV_NPAGES	VM_LEVEL_0_NPAGES
#define RESV_SIZE	ptoa(RESV_NPAGES)	/* bytes */

/* What resv_memattr_object() has. */
#define RESV_MEMATTR	VM_MEMATTR_WRITE_COMBINING

static inline vm_object_t resv_memattr_object(struct kunit *test, vm_pindex_t size)
{
	vm_object_t object = vmk_object(test, VMK_V, size);

	VM_OBJECT_WLOCK(object);
	KUNIT_ASSERT_EQ(test, vm_object_set_memattr(object, RESV_MEMATTR), KERN_SUCCESS);
	VM_OBJECT_WUNLOCK(object);
	return object;
}

/* The page at an offset. */
static inline vm_page_t resv_page(u64 off)
{
	return PHYS_TO_VM_PAGE(VMK_BASE + off);
}

/* The record of the block at an offset. */
static inline struct vm_reserv *resv_at(u64 off)
{
	return vm_reserv_from_page(resv_page(off));
}

/* Where the @nth record of a domain's queue has its block; all ones for no record. */
static inline u64 resv_queued(int domain, unsigned int nth)
{
	struct vm_reserv *rv;

	list_for_each_entry(rv, &VM_DOMAIN(domain)->vmd_partpopq, partpopq) {
		if (!nth--)
			return vmk_off(rv->pages);
	}
	return vmk_off(NULL);
}

/* Allocate the indexes from @first on, one by one; returns the first page. */
static inline vm_page_t resv_fill(struct kunit *test, vm_object_t object, vm_pindex_t first,
				  u_long npages)
{
	const vm_page_t m = vmk_alloc(test, object, first);
	u_long i;

	for (i = 1; i < npages; i++)
		vmk_alloc(test, object, first + i);
	return m;
}

static inline void resv_free(struct kunit *test, vm_object_t object, vm_pindex_t first,
			     u_long npages)
{
	u_long i;

	for (i = 0; i < npages; i++)
		vmk_free(test, vmk_lookup(object, first + i));
}

/* Wherever an object begins in a block, whatever it was before. */
static inline vm_object_t resv_color(vm_object_t object, u_short color)
{
	VM_OBJECT_WLOCK(object);
	object->flags &= ~OBJ_COLORED;
	vm_object_color(object, color);
	VM_OBJECT_WUNLOCK(object);
	return object;
}

/* vm_page_alloc_contig(); @high 0 stands for no limit. */
static inline vm_page_t resv_contig_in(vm_object_t object, vm_pindex_t pindex, u_long npages,
				       vm_paddr_t low, vm_paddr_t high, u_long alignment,
				       vm_paddr_t boundary)
{
	vm_page_t m;

	VM_OBJECT_WLOCK(object);
	m = vm_page_alloc_contig(object, pindex, VM_ALLOC_NORMAL, npages, low,
				 high ?: ~(vm_paddr_t)0, alignment, boundary, VM_MEMATTR_DEFAULT);
	VM_OBJECT_WUNLOCK(object);
	return m;
}

/* contig(object, pindex, npages) of the test table. */
static inline vm_page_t resv_contig(vm_object_t object, vm_pindex_t pindex, u_long npages)
{
	return resv_contig_in(object, pindex, npages, 0, 0, 1, 0);
}

/* vm_page_rename() of a page that becomes wholly valid with it. */
static inline void resv_move(struct kunit *test, vm_page_t m, vm_object_t new_object,
			     vm_pindex_t new_pindex)
{
	const vm_object_t old_object = m->object;

	vmpage_object_wlock_two(old_object, new_object);
	m->valid = VM_PAGE_BITS_ALL;
	KUNIT_EXPECT_EQ(test, vm_page_rename(m, new_object, new_pindex), 0);
	vmpage_object_wunlock_two(old_object, new_object);
}

/* vm_reserv_rename() */
static inline void resv_rename(vm_page_t m, vm_object_t new_object, vm_object_t old_object,
			       vm_pindex_t offset)
{
	VM_OBJECT_WLOCK(new_object);
	vm_reserv_rename(m, new_object, old_object, offset);
	VM_OBJECT_WUNLOCK(new_object);
}

/* vm_reserv_free_page() */
static inline bool resv_put(vm_page_t m)
{
	unsigned long flags;
	bool put;

	local_irq_save(flags);
	put = vm_reserv_free_page(m);
	local_irq_restore(flags);
	return put;
}

/* All of B4 is reserved for @object, whose pages 0 and 512 are there. */
static inline void resv_two_of_b4(struct kunit *test, vm_object_t object)
{
	KUNIT_ASSERT_EQ(test, vmk_off(vmk_alloc(test, object, 0)), 0);
	vmk_tick();
	KUNIT_ASSERT_EQ(test, vmk_off(vmk_alloc(test, object, 512)), RESV_SIZE);
}

/* What vm.reserv.partpopq says of a domain: KiB and number. */
#define resv_expect_partpop(test, domain, kib, number) do {			\
	struct kunit *__resv_test = (test);					\
	unsigned long __unused_pages;						\
										\
	KUNIT_EXPECT_EQ(__resv_test, vm_reserv_partpop(domain, &__unused_pages),	\
			(unsigned int)(number));				\
	KUNIT_EXPECT_EQ(__resv_test, __unused_pages * 4, (unsigned long)(kib));	\
} while (0)

/* vm.reserv.broken, freed and reclaimed */
#define resv_expect_counters(test, brk, frd, rcl) do {				\
	struct kunit *__resv_test = (test);					\
	const s64 __brk = VM_CNT_FETCH(v_reserv_broken);			\
	const s64 __frd = VM_CNT_FETCH(v_reserv_freed);				\
	const s64 __rcl = VM_CNT_FETCH(v_reserv_reclaimed);			\
										\
	KUNIT_EXPECT_EQ(__resv_test, __brk, brk);				\
	KUNIT_EXPECT_EQ(__resv_test, __frd, frd);				\
	KUNIT_EXPECT_EQ(__resv_test, __rcl, rcl);				\
} while (0)

#endif /* _VM_RESERV_KUNIT_H_ */
