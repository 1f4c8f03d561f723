/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Zeroing ahead: free superpages are cleared while the machine is idle.
 */
#ifndef _VM_ZERO_H_
#define _VM_ZERO_H_

#include <vm/vm_pagequeue.h>

/*
 * struct vm_zero_hand - how far the clearing of a domain has got; 0 at first
 *
 * Of one thread alone.
 */
struct vm_zero_hand {
	unsigned int segind;	/* segment */
	unsigned int chunk;	/* of the segment */
	unsigned int page;	/* of the chunk; those before it are zero */
};

extern bool vm_zero_ahead;	/* what vm_zero_set() was told last */

/**
 * vm_zero_step() - see to one free page
 * @vmd: domain
 * @hand: where to go on; moved
 *
 * Unless the page is known to be zero it is cleared.  Pages of free blocks that are
 * smaller than 2 MiB are left out.
 *
 * Context: Any context.
 * Return: false when all are zero, or somebody else uses the free lists at the moment.
 */
bool vm_zero_step(struct vm_domain *vmd, struct vm_zero_hand *hand);

/**
 * vm_zero_set() - clear free superpages ahead of time, or stop it
 * @on: true or false
 *
 * It happens between vm_zero_start() and vm_zero_stop() only.
 *
 * Context: Process context.  May sleep.
 * Return: 0, or a negative errno when a thread could not be started; it is then off.
 */
int vm_zero_set(bool on);

/**
 * vm_zero_start() - from now on vm_zero_set() is followed
 *
 * Context: Process context.  May sleep.
 * Return: 0, or a negative errno; on failure nothing is cleared.
 */
int vm_zero_start(void);

/**
 * vm_zero_stop() - the opposite
 *
 * Context: Process context.  May sleep.
 */
void vm_zero_stop(void);

/* vm_init.c: see to domains that are new, too. */
void vm_zero_update(void);

#endif /* _VM_ZERO_H_ */
