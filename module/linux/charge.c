// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * What each user has of the pool, against uid_max=.
 *
 * Counted are pages, and chunks.  Pages that are there or promised never exceed the
 * limit, so as many chunks as it allows could hold them; that they lie in no more is up to
 * where they come from, and not always possible: a promised page has to be somewhere.
 *
 * alloc_lock keeps what is charged from growing while it is decided where a page comes
 * from; who gives pages back does not wait for it.
 */
#include <linux/mm.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>
#include <vm/vm_reserv.h>
#include "charge.h"
#include "chunk_map.h"
#include "mem_source.h"
#include "vm_compat.h"

unsigned long vmpage_uid_max;

static DEFINE_MUTEX(vmpage_users_lock);
static LIST_HEAD(users);

/* Without a limit all users are this one. */
static struct vmpage_user everybody = {
	.quarantined = LIST_HEAD_INIT(everybody.quarantined),
	.quarantine = LIST_HEAD_INIT(everybody.quarantine),
};

/* Users */

static struct vmpage_user *user_alloc(kuid_t uid)
{
	struct vmpage_user *user = kzalloc(sizeof(*user), GFP_KERNEL_ACCOUNT);

	if (!user)
		return NULL;
	if (mem_source_has_folios()) {
		user->loose = vm_object_allocate(OBJT_PHYS, 0);
		if (!user->loose) {
			kfree(user);
			return NULL;
		}
	}
	refcount_set(&user->nrefs, 1);
	user->uid = uid;
	user->limited = true;
	mutex_init(&user->alloc_lock);
	spin_lock_init(&user->lock);
	xa_init_flags(&user->chunks, XA_FLAGS_ACCOUNT);
	INIT_LIST_HEAD(&user->quarantined);
	INIT_LIST_HEAD(&user->quarantine);
	return user;
}

static void user_free(struct vmpage_user *user)
{
	if (!user)
		return;
	xa_destroy(&user->chunks);
	vm_object_deallocate(user->loose);
	kfree(user);
}

static struct vmpage_user *user_find(kuid_t uid)
{
	struct vmpage_user *user;

	list_for_each_entry(user, &users, link)
		if (uid_eq(user->uid, uid))
			return user;
	return NULL;
}

struct vmpage_user *vmpage_user_get(kuid_t uid)
{
	struct vmpage_user *user, *new;

	if (!vmpage_uid_max)
		return &everybody;

	new = user_alloc(uid);
	mutex_lock(&vmpage_users_lock);
	user = user_find(uid);
	if (user) {
		refcount_inc(&user->nrefs);
	} else if (new) {
		list_add_tail(&new->link, &users);
		user = new;
	}
	mutex_unlock(&vmpage_users_lock);
	if (user != new)
		user_free(new);
	return user;
}

void vmpage_user_hold(struct vmpage_user *user)
{
	if (user->limited)
		refcount_inc(&user->nrefs);
}

void vmpage_user_put(struct vmpage_user *user)
{
	if (!user->limited ||
	    !refcount_dec_and_mutex_lock(&user->nrefs, &vmpage_users_lock))
		return;
	list_del(&user->link);
	mutex_unlock(&vmpage_users_lock);

	WARN_ON_ONCE(user->npages || user->npromised || user->charge);
	user_free(user);
}

/* Pages */

/* Does a pin of a page hold all of its chunk, or its attribute keep others from that? */
static bool page_is_shared(vm_page_t m)
{
	if (m->memattr != VM_MEMATTR_DEFAULT)
		return true;
	return mem_source_has_folios() && folio_test_large(page_folio(vmpage_to_page(m)));
}

static unsigned long chunk_of(vm_page_t m)
{
	return VM_PAGE_TO_PHYS(m) / VMPAGE_CHUNK_SIZE;
}

static unsigned long chunk_npages(struct vmpage_user *user, vm_page_t m)
{
	const void *npages = xa_load(&user->chunks, chunk_of(m));

	return npages ? xa_to_value(npages) : 0;
}

/* Once there is a place for its chunk the page can be charged without a sleep. */
static bool try_charge_page(struct vmpage_user *user, vm_page_t m)
{
	const bool shared = page_is_shared(m);
	const unsigned long npages = shared ? chunk_npages(user, m) : 0;

	lockdep_assert_held(&user->lock);

	if (shared && xa_is_err(xa_store(&user->chunks, chunk_of(m), xa_mk_value(npages + 1),
					 GFP_NOWAIT | __GFP_NOWARN)))
		return false;
	user->npages++;
	if (!shared) {
		user->charge++;
	} else if (!npages) {
		user->charge += VMPAGE_CHUNK_NPAGES;
		user->nscattered += vm_reserv_level(m) < 0;
	}
	return true;
}

/* The page is there, and there is no good way back: so nothing may fail. */
static void charge_page(struct vmpage_user *user, vm_page_t m)
{
	bool charged = false;

	lockdep_assert_held(&user->alloc_lock);

	while (!charged) {
		if (page_is_shared(m) &&
		    xa_reserve(&user->chunks, chunk_of(m), GFP_KERNEL | __GFP_NOFAIL))
			continue;
		spin_lock(&user->lock);
		charged = try_charge_page(user, m);
		spin_unlock(&user->lock);
	}
}

static void uncharge_page(struct vmpage_user *user, vm_page_t m)
{
	const bool shared = page_is_shared(m);
	const unsigned long npages = shared ? chunk_npages(user, m) : 0;

	lockdep_assert_held(&user->lock);

	user->npages--;
	if (!shared) {
		user->charge--;
	} else if (npages > 1) {
		/* There is a node for it. */
		xa_store(&user->chunks, chunk_of(m), xa_mk_value(npages - 1), GFP_NOWAIT);
	} else {
		user->charge -= VMPAGE_CHUNK_NPAGES;
		xa_erase(&user->chunks, chunk_of(m));
	}
}

static bool may_have(const struct vmpage_user *user, unsigned long npages)
{
	const unsigned long used = user->npages + user->npromised;

	return used <= vmpage_uid_max && npages <= vmpage_uid_max - used;
}

static bool may_have_chunk(const struct vmpage_user *user)
{
	return user->charge + VMPAGE_CHUNK_NPAGES <= vmpage_uid_max;
}

int vmpage_user_promise(struct vmpage_user *user, unsigned long npages)
{
	int ret = 0;

	if (!user->limited)
		return 0;
	spin_lock(&user->lock);
	if (may_have(user, npages))
		user->npromised += npages;
	else
		ret = -EDQUOT;
	spin_unlock(&user->lock);
	return ret;
}

void vmpage_user_unpromise(struct vmpage_user *user, unsigned long npages)
{
	if (!user->limited)
		return;
	spin_lock(&user->lock);
	user->npromised -= npages;
	spin_unlock(&user->lock);
}

int vmpage_user_check(struct vmpage_user *user, bool spare)
{
	bool over;

	if (!user->limited)
		return 0;
	spin_lock(&user->lock);
	over = !may_have(user, 1) || (spare && !may_have_chunk(user));
	spin_unlock(&user->lock);
	return over ? -EDQUOT : 0;
}

bool vmpage_user_begin(struct vmpage_user *user, vm_object_t object, bool promised)
{
	bool fits, chunk;

	lockdep_assert_held_write(&object->lock);

	if (!user->limited)
		return true;
	mutex_lock(&user->alloc_lock);
	spin_lock(&user->lock);
	fits = promised || may_have(user, 1);
	chunk = may_have_chunk(user);
	spin_unlock(&user->lock);
	if (!fits)
		mutex_unlock(&user->alloc_lock);
	else if (chunk)
		object->flags &= ~OBJ_NORESERV;
	else
		object->flags |= OBJ_NORESERV;
	return fits;
}

void vmpage_user_end(struct vmpage_user *user, vm_page_t m, bool promised)
{
	if (!user->limited)
		return;
	if (m) {
		charge_page(user, m);
		if (promised)
			vmpage_user_unpromise(user, 1);
	}
	mutex_unlock(&user->alloc_lock);
}

int vmpage_user_adopt(struct vmpage_user *user, const domainset_t *domains)
{
	unsigned long index;
	void *entry;
	vm_page_t m;

	lockdep_assert_held(&user->alloc_lock);

	xa_for_each(&user->chunks, index, entry) {
		m = PHYS_TO_VM_PAGE((vm_paddr_t)index * VMPAGE_CHUNK_SIZE);
		if (DOMAINSET_ISSET(vm_page_domain(m), domains) &&
		    vmpage_reserv_adopt(m, user->loose))
			return vm_page_domain(m);
		cond_resched();
	}
	return -1;
}

bool vmpage_user_replace(struct vmpage_user *user, vm_page_t m, vm_page_t m_new)
{
	bool fits;

	if (!user->limited)
		return true;
	mutex_lock(&user->alloc_lock);
	spin_lock(&user->lock);
	fits = !page_is_shared(m_new) || chunk_npages(user, m_new) || may_have_chunk(user) ||
	       chunk_npages(user, m) == 1;
	if (fits)
		uncharge_page(user, m);
	spin_unlock(&user->lock);
	if (fits)
		charge_page(user, m_new);
	mutex_unlock(&user->alloc_lock);
	return fits;
}

void vmpage_user_uncharge(struct vmpage_user *user, vm_page_t m)
{
	if (!user->limited)
		return;
	spin_lock(&user->lock);
	uncharge_page(user, m);
	spin_unlock(&user->lock);
}

void vmpage_user_free(struct vmpage_user *user, vm_page_t m)
{
	if (!user->limited) {
		vm_page_free(m);
		return;
	}
	spin_lock(&user->lock);
	uncharge_page(user, m);
	vm_page_free(m);
	spin_unlock(&user->lock);
}

void vmpage_users_show(struct seq_file *s)
{
	struct vmpage_user *user;

	seq_printf(s, "%10s %10s %10s %10s %10s %10s\n", "uid", "pages", "promised", "charged",
		   "limit", "scattered");
	mutex_lock(&vmpage_users_lock);
	list_for_each_entry(user, &users, link) {
		spin_lock(&user->lock);
		seq_printf(s, "%10u %10lu %10lu %10lu %10lu %10lu\n",
			   from_kuid_munged(seq_user_ns(s), user->uid), user->npages,
			   user->npromised, user->charge, vmpage_uid_max, user->nscattered);
		spin_unlock(&user->lock);
	}
	mutex_unlock(&vmpage_users_lock);
}
