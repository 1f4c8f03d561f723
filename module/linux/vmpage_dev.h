/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What the files behind /dev/vmpage share with each other.
 *
 * An open file has an object, which holds its pages, and an inode of its own,
 * through which the kernel finds the mappings of them.
 */
#ifndef _VMPAGE_DEV_H_
#define _VMPAGE_DEV_H_

#include <linux/bitmap.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/xarray.h>
#include <sys/param.h>
#include <vm/vm_object.h>
#include <vm/vm_page.h>
#include "chunk_map.h"
#include "vm_compat.h"

struct seq_file;

/*
 * struct vmpage_window - the credits of 512 pages of a file
 *
 * (o) lock of the file's object.
 */
struct vmpage_window {
	DECLARE_BITMAP(credited, VM_LEVEL_0_NPAGES);	/* (o) */
};

/*
 * struct vmpage_file - an open file
 *
 * A credit is a page that was promised to an index when it was mapped: a fault
 * there cannot fail for want of pages.
 *
 * (c) constant while the file is open; (f) vmpage_forked_lock; (o) lock of the
 * object.
 */
struct vmpage_file {
	vm_object_t object;		/* (c) */
	struct inode *inode;		/* (c) */
	struct xarray windows;		/* (o) struct vmpage_window by pindex / 512; only added */
	unsigned int credits[MAXMEMDOM];	/* (o) promises held in each domain, pages */
	struct list_head timeouts;	/* (o) faults that waited for a page in vain */
	struct list_head forked;	/* (f) in a list when fork may have copied entries */
};

/* How chunks are kept from being mapped too far; NULL: they are single pages. */
extern const struct vmpage_chunk_map *vmpage_chunk_map;

/* cdev.c: the file system of the inodes, and the device */
extern struct vfsmount *vmpage_mnt;
int vmpage_fs_init(void);
void vmpage_fs_exit(void);
int vmpage_dev_init(void);
void vmpage_dev_exit(void);
void vmpage_dev_show(struct seq_file *s);

/* cdev_mmap.c */
int vmpage_mmap(struct vmpage_mmap_desc *desc);
void vmpage_forget_timeouts(struct vmpage_file *vf);	/* the file is closed */

/* selfcheck.c */

/**
 * vmpage_selfcheck() - find out how chunks are kept from being mapped too far
 *
 * Context: Process context of a task with an address space.  May sleep.
 * Return: the way that works on this kernel, or NULL when none does: chunks must
 * then be single pages.
 */
const struct vmpage_chunk_map *vmpage_selfcheck(void);

/* credit.c */

/**
 * vmpage_credit_range() - let a file grow over a range and promise its pages
 * @vf: file
 * @first: first index, pages
 * @npages: length, pages
 * @reserve: promise each page that is neither resident nor promised already
 *
 * Context: Process context.  Takes the object lock.  May sleep.
 * Return: 0, or -ENOMEM and nothing changed.
 */
int vmpage_credit_range(struct vmpage_file *vf, vm_pindex_t first, vm_pindex_t npages,
			bool reserve);

/**
 * vmpage_credit_alloc() - allocate the page at an index
 * @vf: file, its object write-locked
 * @pindex: index without a resident page
 *
 * Uses up the credit of the index, if it has one.
 *
 * Context: Process context.
 * Return: a page of zeros, not busied; NULL when there is none, or the index has
 * no memory for a node.
 */
vm_page_t vmpage_credit_alloc(struct vmpage_file *vf, vm_pindex_t pindex);

/**
 * vmpage_credit_release() - give all credits of a file back
 * @vf: file nobody uses any more
 *
 * Context: Process context.
 */
void vmpage_credit_release(struct vmpage_file *vf);

/* quarantine.c: pages that were freed while somebody still referred to their folio */
int vmpage_quarantine_init(void);
void vmpage_quarantine_exit(void);
unsigned long vmpage_quarantined(void);		/* pages */
unsigned long vmpage_retired(void);		/* pages with a memory error, never freed */

/**
 * vmpage_quarantine_free() - free pages that users had mapped
 * @pages: pages by plinks.q, of no object, not mapped; empty on return
 *
 * A page whose folio may be pinned is kept until it is not.
 *
 * Context: Process context.  May sleep.  The caller keeps the module loaded.
 */
void vmpage_quarantine_free(struct list_head *pages);

/**
 * vmpage_mark_forked() - note that fork may copy page table entries of a file
 * @vf: file
 *
 * Such a copy looks like a new mapping and hides a pin, so chunks with pages of
 * the file do not pass for unpinned while they are mapped.
 *
 * Context: Process context.  May sleep.
 */
void vmpage_mark_forked(struct vmpage_file *vf);

/* The file is closed: forget its mark. */
void vmpage_unmark_forked(struct vmpage_file *vf);

/* debugfs.c */
void vmpage_debugfs_init(void);
void vmpage_debugfs_exit(void);

#endif /* _VMPAGE_DEV_H_ */
