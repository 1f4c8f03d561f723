/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What each user has of the pool, against uid_max=.
 *
 * Whoever pins one page of a chunk keeps all of its pages from being handed out again
 * after they were mapped.  So a user is charged 512 pages for each chunk that holds a
 * page of his, and the pages of a user are kept together: those that have no
 * reservation of their object come from reservations that all of his files share.
 */
#ifndef _CHARGE_H_
#define _CHARGE_H_

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/uidgid.h>
#include <linux/xarray.h>
#include <vm/vm_object.h>
#include <vm/vm_page.h>

struct seq_file;

/*
 * struct vmpage_user - what a user has
 *
 * A page counts until it is free: also while it waits for the end of a pin.
 *
 * (c) constant; (l) lock; (q) quarantine_lock; (u) vmpage_users_lock.
 */
struct vmpage_user {
	struct list_head link;		/* (u) */
	refcount_t nrefs;		/* files, and the quarantine */
	kuid_t uid;			/* (c) */
	vm_object_t loose;		/* (c) where his loose pages are, or NULL */
	bool limited;			/* (c) else nothing is counted */
	struct mutex alloc_lock;	/* while a page is allocated for him */
	spinlock_t lock;
	unsigned long npages;		/* (l) pages */
	unsigned long npromised;	/* (l) that files hold credits for, pages */
	unsigned long charge;		/* (l) pages */
	unsigned long nscattered;	/* (l) chunks that he has got into without a reservation */
	struct xarray chunks;		/* (l) his pages in a chunk, by address / 2 MiB */
	struct list_head quarantined;	/* (q) link among those with quarantined pages */
	struct list_head quarantine;	/* (q) pages by plinks.q */
};

/* uid_max=: the most that a user is charged, pages; 0 for no limit. */
extern unsigned long vmpage_uid_max;

/**
 * vmpage_user_get() - refer to a user
 * @uid: user
 *
 * Context: Process context.  May sleep.
 * Return: what the user has, or NULL without memory for it.
 */
struct vmpage_user *vmpage_user_get(kuid_t uid);
void vmpage_user_hold(struct vmpage_user *user);
void vmpage_user_put(struct vmpage_user *user);

/**
 * vmpage_user_promise() - count pages that are promised to a user
 * @user: user
 * @npages: pages
 *
 * Context: Process context.
 * Return: 0, or -EDQUOT and nothing changed.
 */
int vmpage_user_promise(struct vmpage_user *user, unsigned long npages);
void vmpage_user_unpromise(struct vmpage_user *user, unsigned long npages);

/**
 * vmpage_user_check() - is it the limit that keeps a user from another page?
 * @user: user
 * @spare: there are pages that others could have
 *
 * Context: Process context.
 * Return: -EDQUOT if it is, else 0.
 */
int vmpage_user_check(struct vmpage_user *user, bool spare);

/**
 * vmpage_user_begin() - begin to allocate a page for a user
 * @user: user
 * @object: where the page is to be, write-locked; may it get new reservations, is noted
 * @promised: the page was promised
 *
 * Context: Process context.  May sleep.  Nothing else is allocated for the user until
 * vmpage_user_end(), which follows if this returns true.
 * Return: false when the user may have no other page.
 */
bool vmpage_user_begin(struct vmpage_user *user, vm_object_t object, bool promised);

/**
 * vmpage_user_end() - charge the page
 * @user: user
 * @m: page, or NULL if there was none
 * @promised: as before
 *
 * Context: Process context, after vmpage_user_begin().
 */
void vmpage_user_end(struct vmpage_user *user, vm_page_t m, bool promised);

/**
 * vmpage_user_adopt() - make room in a chunk that a user has pages in already
 * @user: user
 * @domains: domains of the chunk
 *
 * The reservation that one of his files has there is given up for it.
 *
 * Context: Process context, after vmpage_user_begin().  O(his chunks).
 * Return: the domain of the room; -1 when there is no such chunk.
 */
int vmpage_user_adopt(struct vmpage_user *user, const domainset_t *domains);

/**
 * vmpage_user_replace() - charge a page instead of another
 * @user: user
 * @m: page that is charged
 * @m_new: page that takes its place
 *
 * Context: Process context.  May sleep.
 * Return: false, and nothing changed, when that were beyond the limit.
 */
bool vmpage_user_replace(struct vmpage_user *user, vm_page_t m, vm_page_t m_new);

/**
 * vmpage_user_uncharge() - a page is not the user's any more
 * @user: user
 * @m: page
 *
 * Context: Process context.
 */
void vmpage_user_uncharge(struct vmpage_user *user, vm_page_t m);

/**
 * vmpage_user_free() - free a page of a user
 * @user: user
 * @m: page
 *
 * Nobody gets another page of its reservation in between, which were not charged.
 *
 * Context: Process context.
 */
void vmpage_user_free(struct vmpage_user *user, vm_page_t m);

void vmpage_users_show(struct seq_file *s);

#endif /* _CHARGE_H_ */
