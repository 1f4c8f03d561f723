// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Reservations with a memory attribute other than the default.
 *
 *	  free block of 2 MiB
 *	    | first page of a window; the attribute is set, which may sleep
 *	    v
 *	of an object ----------------> of nobody
 *	    |         object ends,        |
 *	    | last    pages are wired     | last page freed
 *	    v page freed                  |
 *	to be restored <------------------'
 *	    | the page daemon sets the default attribute
 *	    v
 *	  free block
 *
 * The attribute is that of the whole block, so nobody else can have a page of it: such a
 * reservation is never broken.  Its 512 pages are taken off the free count at once, and
 * go back there at once when the attribute is restored; in between those that are not
 * populated do not count as free, nor as anybody's.
 */
#include <sys/systm.h>
#include <sys/vmmeter.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <vm/pmap.h>
#include <vm/vm_pagequeue.h>
#include <vm/vm_reserv.h>

#include "vm_machine.h"
#include "vm_reserv_priv.h"

static DEFINE_MUTEX(vm_reserv_restore_lock);

static void vm_reserv_enqueue_restore(struct vm_reserv *rv)
{
	struct vm_domain *vmd = VM_DOMAIN(rv->domain);
	unsigned long flags;

	raw_spin_lock_irqsave(&vmd->vmd_partpopq_lock, flags);
	list_add_tail(&rv->partpopq, &vmd->vmd_restoreq);
	raw_spin_unlock_irqrestore(&vmd->vmd_partpopq_lock, flags);
}

/* Nobody uses a page of it any more. */
static void vm_reserv_retire(struct vm_reserv *rv)
{
	lockdep_assert_held(&rv->lock);

	vm_reserv_enqueue_restore(rv);
	pagedaemon_wakeup(rv->domain);
}

void vm_reserv_disown(struct vm_reserv *rv)
{
	const vm_object_t object = rv->object;

	lockdep_assert_held(&rv->lock);

	if (object == VM_RESERV_NOBODY)
		return;
	raw_spin_lock(&object->rvq_lock);
	list_del(&rv->objq);
	WRITE_ONCE(rv->object, VM_RESERV_NOBODY);
	raw_spin_unlock(&object->rvq_lock);
}

/*
 * Until the caller counts the page, the count lacks one, which a request may see: it lacks
 * 512 already.
 */
void vm_reserv_keep_page(struct vm_reserv *rv)
{
	lockdep_assert_held(&rv->lock);

	atomic_dec(&VM_DOMAIN(rv->domain)->vmd_free_count);
	if (rv->popcnt)
		return;
	vm_reserv_disown(rv);
	vm_reserv_retire(rv);
}

/* The blocks are nobody's: what is not known of their attribute is found out by restoring it. */
static void vm_reserv_give_up(vm_page_t m, u_long npages, vm_memattr_t memattr)
{
	unsigned long flags;
	u_long i;

	for (i = 0; i < npages; i += VM_LEVEL_0_NPAGES) {
		struct vm_reserv *rv = vm_reserv_from_page(m + i);

		raw_spin_lock_irqsave(&rv->lock, flags);
		rv->memattr = memattr;
		WRITE_ONCE(rv->object, VM_RESERV_NOBODY);
		vm_reserv_retire(rv);
		raw_spin_unlock_irqrestore(&rv->lock, flags);
	}
}

/* To write to it as ordinary memory is much faster. */
static void vm_reserv_zero_pages(vm_page_t m, u_long npages)
{
	const vm_page_t m_end = m + npages;

	for (; m < m_end; m++) {
		if (!(m->flags & PG_ZERO))
			pmap_zero_page(m);
		m->flags |= PG_ZERO;
	}
}

bool vm_reserv_set_memattr(vm_page_t m, u_long npages, vm_memattr_t memattr)
{
	u_long i;

	might_sleep();

	for (i = 0; i < npages; i += VM_LEVEL_0_NPAGES) {
		vm_reserv_zero_pages(m + i, VM_LEVEL_0_NPAGES);
		if (vm_machine_chunk_set_memattr(m[i].phys_addr, memattr)) {
			vm_reserv_give_up(m, npages, memattr);
			return false;
		}
		cond_resched();
	}
	return true;
}

static struct vm_reserv *vm_reserv_next_restore(struct vm_domain *vmd)
{
	struct vm_reserv *rv;
	unsigned long flags;

	raw_spin_lock_irqsave(&vmd->vmd_partpopq_lock, flags);
	rv = list_first_entry_or_null(&vmd->vmd_restoreq, struct vm_reserv, partpopq);
	if (rv)
		list_del(&rv->partpopq);
	raw_spin_unlock_irqrestore(&vmd->vmd_partpopq_lock, flags);
	return rv;
}

/* As when any other is freed, it becomes inactive last. */
static void vm_reserv_restored(struct vm_reserv *rv)
{
	struct vm_domain *vmd = VM_DOMAIN(rv->domain);
	unsigned long flags;

	raw_spin_lock_irqsave(&rv->lock, flags);
	WRITE_ONCE(rv->memattr, VM_MEMATTR_DEFAULT);
	raw_spin_lock(&vmd->vmd_free_lock);
	vm_phys_free_pages(rv->pages, VM_LEVEL_0_ORDER);
	raw_spin_unlock(&vmd->vmd_free_lock);
	WRITE_ONCE(rv->object, NULL);
	raw_spin_unlock_irqrestore(&rv->lock, flags);

	vm_domain_freecnt_inc(vmd, VM_LEVEL_0_NPAGES);
	VM_CNT_INC(v_reserv_freed);
}

bool vmpage_reserv_restore(int domain)
{
	struct vm_domain *vmd = VM_DOMAIN(domain);
	bool restored = true;
	struct vm_reserv *rv;

	/* What another is at work on has been restored, too, when this returns. */
	mutex_lock(&vm_reserv_restore_lock);
	while (restored && (rv = vm_reserv_next_restore(vmd))) {
		restored = !vm_machine_chunk_set_memattr(rv->pages->phys_addr,
							 VM_MEMATTR_DEFAULT);
		if (restored)
			vm_reserv_restored(rv);
		else
			vm_reserv_enqueue_restore(rv);
		cond_resched();
	}
	mutex_unlock(&vm_reserv_restore_lock);
	return restored;
}

static void vm_reserv_memattr_add(struct vmpage_reserv_memattr *sum, const struct vm_reserv *rv)
{
	const unsigned int popcnt = READ_ONCE(rv->popcnt);

	if (vm_reserv_is_plain(rv))
		return;
	if (popcnt)
		sum->reservs++;
	else
		sum->restoring++;
	sum->unused += VM_LEVEL_0_NPAGES - popcnt;
}

void vmpage_reserv_memattr(int domain, struct vmpage_reserv_memattr *sum)
{
	const unsigned int nsegs = smp_load_acquire(&vm_phys_nsegs);	/* before the table */
	unsigned int segind;

	memset(sum, 0, sizeof(*sum));
	for (segind = 0; segind < nsegs; segind++) {
		const struct vm_phys_seg *seg = vm_phys_seg_at(segind);
		const struct vm_reserv *rv = seg->first_reserv;

		if (seg->domain != domain)
			continue;
		for (; rv < vm_reserv_seg_end(seg); rv++)
			vm_reserv_memattr_add(sum, rv);
	}
}
