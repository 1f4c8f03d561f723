/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The page daemon, and waiting for pages by policy.
 *
 * What has FreeBSD 14's name has its meaning; no manual page describes it.
 */
#ifndef _VM_PAGEOUT_H_
#define _VM_PAGEOUT_H_

#include <linux/notifier.h>
#include <sys/domainset.h>
#include <vm/vm_pagequeue.h>

/* The events of the low-memory notifiers; here there is the second only. */
#define VM_LOW_KMEM	0x01
#define VM_LOW_PAGES	0x02

/**
 * vm_wait() - wait until the domains of a policy have pages
 * @object: object whose policy decides, or NULL for the task's; not locked
 *
 * As vm_wait_doms().
 *
 * Context: Process context.  May sleep.
 */
void vm_wait(vm_object_t object);

/**
 * vm_wait_intr() - vm_wait() that a signal ends
 * @object: object whose policy decides, or NULL for the task's; not locked
 *
 * Context: Process context.  May sleep.
 * Return: 0, or EINTR.
 */
int vm_wait_intr(vm_object_t object);

/**
 * vmpage_lowmem_register() - ask to be told when pages run short
 * @nb: its notifier_call gets VM_LOW_PAGES and a pointer to the domain, an int
 *
 * The page daemon of a domain, of which several may run at once, calls it once in
 * vm_lowmem_period while its domain is short: from when the free pages fall below
 * pageout_wakeup_thresh, or a request fails, until there are free_target (both in
 * domain/N/stats of debugfs).  It may sleep, free pages and allocate some, down to
 * the last two, but not register or unregister.  It returns NOTIFY_OK:
 *
 *	static int shrink(struct notifier_block *nb, unsigned long event, void *data)
 *	{
 *		free_some_pages_of(*(int *)data);
 *		return NOTIFY_OK;
 *	}
 *
 * FreeBSD's event handler vm_lowmem.
 *
 * Context: Process context.  May sleep.
 * Return: 0, or -EEXIST with a warning when @nb is registered already.
 */
int vmpage_lowmem_register(struct notifier_block *nb);

/**
 * vmpage_lowmem_unregister() - ask no more
 * @nb: as given to vmpage_lowmem_register(); it is not running afterwards
 *
 * Context: Process context.  May sleep.
 * Return: 0, or -ENOENT when @nb is not registered.
 */
int vmpage_lowmem_unregister(struct notifier_block *nb);

/* Seconds between two calls of the notifiers; 0 for none.  FreeBSD's vm.lowmem_period. */
extern unsigned int vm_lowmem_period;

/**
 * vm_pageout_start() - start the page daemon of every domain
 *
 * Those that run already stay.
 *
 * Context: Process context.  May sleep.
 * Return: 0, or a negative errno; on failure none runs.
 */
int vm_pageout_start(void);

/**
 * vm_pageout_stop() - stop all page daemons
 *
 * Context: Process context.  May sleep.
 */
void vm_pageout_stop(void);

/*
 * vm_audit.c: have no daemon move pages, until vm_pageout_resume().  Process context; may
 * sleep.
 */
void vm_pageout_pause(void);
void vm_pageout_resume(void);

/* vm_init.c: start the daemons of new domains, if those of the others run. */
void vm_pageout_update(void);

#endif /* _VM_PAGEOUT_H_ */
