/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Files whose memory has an attribute.
 */
#ifndef _VMPAGE_CDEV_MEMATTR_H_
#define _VMPAGE_CDEV_MEMATTR_H_

#include "vmpage_dev.h"

static inline bool vmpage_file_has_memattr(const struct vmpage_file *vf)
{
	return vf->object->memattr != VM_MEMATTR_DEFAULT;
}

/**
 * vmpage_file_reserve() - let a file grow over a range, and reserve memory for it
 * @vf: file
 * @first: first index, pages
 * @npages: length, pages
 *
 * By promises; but for memory with an attribute, that is of use to its file alone, by
 * making pages resident in all windows that the range touches.
 *
 * Context: Process context.  Takes the object lock.  May sleep.
 * Return: how many pages were promised or made; -ENOMEM or -EDQUOT, and nothing changed.
 */
long vmpage_file_reserve(struct vmpage_file *vf, vm_pindex_t first, vm_pindex_t npages);

#endif /* _VMPAGE_CDEV_MEMATTR_H_ */
