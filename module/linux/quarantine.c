// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Pages that were freed while somebody still referred to their folio.
 *
 * Direct I/O and the like pin pages by a reference to the folio, which is shared
 * by all 512 pages of a chunk.  A page that was mapped may be handed out again
 * only when no reference to its folio can be such a pin.
 */
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pagemap.h>
#include <linux/workqueue.h>
#include "vm_compat.h"
#include "vmpage_dev.h"

/* Nothing tells when a pin ends, so it is looked for at this interval. */
#define RETRY_JIFFIES	max(HZ / 20, 1)

static DEFINE_MUTEX(quarantine_lock);
static LIST_HEAD(quarantine);		/* quarantine_lock; users by quarantined */
static unsigned long nquarantined;	/* quarantine_lock; pages */
static atomic_long_t nretired;		/* pages with a memory error */

static DEFINE_MUTEX(vmpage_forked_lock);
static LIST_HEAD(forked_files);		/* vmpage_forked_lock */

/*
 * Ranges that are being freed: pages that have left their object, so that no mark tells
 * of them, and are still mapped.
 */
static atomic_t nunmapping;

static struct workqueue_struct *wq;

static void quarantine_work_fn(struct work_struct *work);
static DECLARE_DELAYED_WORK(quarantine_work, quarantine_work_fn);

void vmpage_mark_forked(struct vmpage_file *vf)
{
	mutex_lock(&vmpage_forked_lock);
	if (list_empty(&vf->forked))
		list_add(&vf->forked, &forked_files);
	mutex_unlock(&vmpage_forked_lock);
	/* The mark is seen by whoever sees the entries that fork makes next. */
	smp_mb();
}

void vmpage_unmark_forked(struct vmpage_file *vf)
{
	mutex_lock(&vmpage_forked_lock);
	list_del_init(&vf->forked);
	mutex_unlock(&vmpage_forked_lock);
}

/* Does a chunk hold a page of this file?  The folio is locked: pages stay put. */
static bool chunk_has_page_of(struct folio *folio, const struct vmpage_file *vf)
{
	const long npages = folio_nr_pages(folio);
	const vm_page_t m = PHYS_TO_VM_PAGE(PFN_PHYS(folio_pfn(folio)));
	long i;

	for (i = 0; i < npages; i++)
		if (READ_ONCE(m[i].object) == vf->object)
			return true;
	return false;
}

static bool chunk_is_marked(struct folio *folio)
{
	struct vmpage_file *vf;
	bool marked = false;

	mutex_lock(&vmpage_forked_lock);
	list_for_each_entry(vf, &forked_files, forked) {
		marked = chunk_has_page_of(folio, vf);
		if (marked)
			break;
	}
	mutex_unlock(&vmpage_forked_lock);
	return marked;
}

void vmpage_unmap_begin(void)
{
	atomic_inc(&nunmapping);
}

void vmpage_unmap_end(void)
{
	atomic_dec(&nunmapping);
}

static bool any_marked(void)
{
	bool any;

	mutex_lock(&vmpage_forked_lock);
	any = !list_empty(&forked_files);
	mutex_unlock(&vmpage_forked_lock);
	return any;
}

/*
 * Is every reference to the folio ours or that of a mapping?  The folio lock
 * keeps faults out, so mappings can only become fewer, which errs to the safe
 * side when the references are read first; except for those that fork copies,
 * and then there is a mark.  Whoever takes a page out of its object has said so
 * before, and needs the folio lock for it.
 */
bool vmpage_chunk_is_unpinned(struct folio *folio)
{
	bool unpinned = true, unmapping;
	int refs;

	folio_lock(folio);
	unmapping = atomic_read(&nunmapping);
	smp_rmb();	/* pages without an object, then references */
	refs = folio_ref_count(folio);
	if (refs != 1) {
		smp_rmb();	/* references, then mappings */
		unpinned = refs == 1 + vmpage_folio_mapcount(folio);
		smp_rmb();	/* mappings, then marks; pairs with vmpage_mark_forked() */
		unpinned = unpinned && !(unmapping && any_marked()) && !chunk_is_marked(folio);
	}
	folio_unlock(folio);
	return unpinned;
}

/* A page with a memory error stays allocated, to nobody. */
static void free_or_retire(struct vmpage_user *user, vm_page_t m)
{
	if (PageHWPoison(vmpage_to_page(m))) {
		vmpage_user_uncharge(user, m);
		atomic_long_inc(&nretired);
	} else {
		vmpage_user_free(user, m);
	}
}

/*
 * Free the pages of a list that are not pinned.  Pages of one chunk tend to be
 * neighbours, and were all unmapped before: one look at the folio does for them.
 * Returns how many were freed.
 */
static unsigned long free_unpinned(struct vmpage_user *user, struct list_head *pages)
{
	struct folio *folio, *last = NULL;
	bool unpinned = false;
	unsigned long count = 0;
	vm_page_t m, next;

	list_for_each_entry_safe(m, next, pages, plinks.q) {
		folio = page_folio(vmpage_to_page(m));
		if (folio != last)
			unpinned = vmpage_chunk_is_unpinned(folio);
		last = folio;
		if (unpinned) {
			list_del(&m->plinks.q);
			free_or_retire(user, m);
			count++;
		}
		cond_resched();
	}
	return count;
}

void vmpage_quarantine_free(struct vmpage_user *user, struct list_head *pages)
{
	vm_page_t m;

	free_unpinned(user, pages);
	if (list_empty(pages))
		return;

	mutex_lock(&quarantine_lock);
	list_for_each_entry(m, pages, plinks.q) {
		__module_get(THIS_MODULE);
		nquarantined++;
	}
	list_splice_tail_init(pages, &user->quarantine);
	if (list_empty(&user->quarantined)) {
		vmpage_user_hold(user);
		list_add_tail(&user->quarantined, &quarantine);
	}
	mutex_unlock(&quarantine_lock);
	queue_delayed_work(wq, &quarantine_work, RETRY_JIFFIES);
}

static void quarantine_work_fn(struct work_struct *work)
{
	struct vmpage_user *user, *next;
	unsigned long count = 0, i;
	bool again;

	mutex_lock(&quarantine_lock);
	list_for_each_entry_safe(user, next, &quarantine, quarantined) {
		count += free_unpinned(user, &user->quarantine);
		if (list_empty(&user->quarantine)) {
			list_del_init(&user->quarantined);
			vmpage_user_put(user);
		}
	}
	nquarantined -= count;
	again = nquarantined;
	mutex_unlock(&quarantine_lock);

	if (again)
		queue_delayed_work(wq, &quarantine_work, RETRY_JIFFIES);
	/* The module may go from here on, but its exit waits for the end of this. */
	for (i = 0; i < count; i++)
		module_put(THIS_MODULE);
}

unsigned long vmpage_quarantined(void)
{
	return READ_ONCE(nquarantined);
}

int vmpage_quarantine_init(void)
{
	wq = alloc_workqueue("vmpage", WQ_UNBOUND, 0);
	return wq ? 0 : -ENOMEM;
}

unsigned long vmpage_retired(void)
{
	return atomic_long_read(&nretired);
}

void vmpage_quarantine_exit(void)
{
	cancel_delayed_work_sync(&quarantine_work);
	destroy_workqueue(wq);
}
