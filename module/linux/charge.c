// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * What each user has of the pool, against uid_max=.
 *
 * Counted are pages, and chunks.  Pages that are there or promised never exceed the
 * limit, so they fit into as many chunks as it allows; that they are in no more is up to
 * where they come from, and not always possible: a promised page has to be somewhere.
 */
#include <linux/mm.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>
#include <vm/vm_reserv.h>
#include "charge.h"
#include "mem_source.h"
#include "vm_compat.h"
#include "vmpage_dev.h"

unsigned long vmpage_uid_max;

static DEFINE_MUTEX(vmpage_users_lock);
static LIST_HEAD(users);

/* Without a limit all users are this one. */
static struct vmpage_user everybody = {
	.quarantined = LIST_HEAD_INIT(everybody.quarantined),
	.quarantine = LIST_HEAD_INIT(everybody.quarantine),
};

/* Users */

/* Is there a chunk of which a pin of one page holds the others? */
static bool any_compound(void)
{
	return vmpage_chunk_map && !mem_source_is_pfn();
}

static struct vmpage_user *user_alloc(kuid_t uid)
{
	struct vmpage_user *user = kzalloc(sizeof(*user), GFP_KERNEL_ACCOUNT);

	if (!user)
		return NULL;
	if (any_compound()) {
		user->loose = vm_object_allocate(OBJT_PHYS, 0);
		if (!user->loose) {
			kfree(user);
			return NULL;
		}
	}
	refcount_set(&user->nrefs, 1);
	user->uid = uid;
	user->limited = true;
	mutex_init(&user->lock);
	xa_init_flags(&user->chunks, XA_FLAGS_ACCOUNT);
	INIT_LIST_HEAD(&user->quarantined);
	INIT_LIST_HEAD(&user->quarantine);
	return user;
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
	struct vmpage_user *user;

	if (!vmpage_uid_max)
		return &everybody;

	mutex_lock(&vmpage_users_lock);
	user = user_find(uid);
	if (user) {
		refcount_inc(&user->nrefs);
	} else {
		user = user_alloc(uid);
		if (user)
			list_add_tail(&user->link, &users);
	}
	mutex_unlock(&vmpage_users_lock);
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
	xa_destroy(&user->chunks);
	vm_object_deallocate(user->loose);
	kfree(user);
}

/* Pages */

/* Does a pin of a page hold all of its chunk? */
static bool page_is_shared(vm_page_t m)
{
	return any_compound() && folio_test_large(page_folio(vmpage_to_page(m)));
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

/* There are more pages now than there is a good way back from. */
static void charge_page(struct vmpage_user *user, vm_page_t m)
{
	const bool shared = page_is_shared(m);
	const unsigned long npages = shared ? chunk_npages(user, m) : 0;

	lockdep_assert_held(&user->lock);

	user->npages++;
	if (!shared) {
		user->charge++;
		return;
	}
	if (!npages) {
		user->charge += VMPAGE_CHUNK_NPAGES;
		user->nscattered += vm_reserv_level(m) < 0;
	}
	xa_store(&user->chunks, chunk_of(m), xa_mk_value(npages + 1), GFP_KERNEL | __GFP_NOFAIL);
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
		xa_store(&user->chunks, chunk_of(m), xa_mk_value(npages - 1), GFP_KERNEL);
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
	return !any_compound() || user->charge + VMPAGE_CHUNK_NPAGES <= vmpage_uid_max;
}

int vmpage_user_promise(struct vmpage_user *user, unsigned long npages)
{
	int ret = 0;

	if (!user->limited)
		return 0;
	mutex_lock(&user->lock);
	if (may_have(user, npages))
		user->npromised += npages;
	else
		ret = -EDQUOT;
	mutex_unlock(&user->lock);
	return ret;
}

void vmpage_user_unpromise(struct vmpage_user *user, unsigned long npages)
{
	if (!user->limited)
		return;
	mutex_lock(&user->lock);
	user->npromised -= npages;
	mutex_unlock(&user->lock);
}

int vmpage_user_check(struct vmpage_user *user)
{
	bool room;

	if (!user->limited)
		return 0;
	mutex_lock(&user->lock);
	room = may_have(user, 1) && may_have_chunk(user);
	mutex_unlock(&user->lock);
	return room ? 0 : -EDQUOT;
}

bool vmpage_user_begin(struct vmpage_user *user, vm_object_t object, bool promised)
{
	lockdep_assert_held_write(&object->lock);

	if (!user->limited)
		return true;
	mutex_lock(&user->lock);
	if (!promised && !may_have(user, 1)) {
		mutex_unlock(&user->lock);
		return false;
	}
	if (may_have_chunk(user))
		object->flags &= ~OBJ_NORESERV;
	else
		object->flags |= OBJ_NORESERV;
	return true;
}

void vmpage_user_end(struct vmpage_user *user, vm_page_t m, bool promised)
{
	if (!user->limited)
		return;
	if (m) {
		user->npromised -= promised;
		charge_page(user, m);
	}
	mutex_unlock(&user->lock);
}

bool vmpage_user_replace(struct vmpage_user *user, vm_page_t m, vm_page_t m_new)
{
	bool fits;

	if (!user->limited)
		return true;
	mutex_lock(&user->lock);
	fits = !page_is_shared(m_new) || chunk_npages(user, m_new) || may_have_chunk(user);
	if (fits) {
		uncharge_page(user, m);
		charge_page(user, m_new);
	}
	mutex_unlock(&user->lock);
	return fits;
}

void vmpage_user_uncharge(struct vmpage_user *user, vm_page_t m)
{
	if (!user->limited)
		return;
	mutex_lock(&user->lock);
	uncharge_page(user, m);
	mutex_unlock(&user->lock);
}

void vmpage_users_show(struct seq_file *s)
{
	struct vmpage_user *user;

	seq_printf(s, "%10s %10s %10s %10s %10s %10s\n", "uid", "pages", "promised", "charged",
		   "limit", "scattered");
	mutex_lock(&vmpage_users_lock);
	list_for_each_entry(user, &users, link) {
		mutex_lock(&user->lock);
		seq_printf(s, "%10u %10lu %10lu %10lu %10lu %10lu\n",
			   from_kuid_munged(seq_user_ns(s), user->uid), user->npages,
			   user->npromised, user->charge, vmpage_uid_max, user->nscattered);
		mutex_unlock(&user->lock);
	}
	mutex_unlock(&vmpage_users_lock);
}
