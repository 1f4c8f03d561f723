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
#include "charge.h"
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
 * From how many populated pages of a window on a touch populates the rest.
 */
#define VMPAGE_FILL_EAGER	1
#define VMPAGE_FILL_NEVER	(VM_LEVEL_0_NPAGES + 1)

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
	struct vmpage_object_ops ops;	/* (c) of the object, and so the way back from it */
	vm_object_t object;		/* (c) */
	struct inode *inode;		/* (c) */
	struct vmpage_user *user;	/* (c) who opened it, and is charged */
	unsigned int fill;		/* (o) VMPAGE_FILL_* or pages */
	bool overcommit;		/* (o) mmap() promises nothing */
	vm_pindex_t size;		/* (o) pages below it may be touched, pages */
	struct xarray windows;		/* (o) struct vmpage_window with credits, by pindex / 512 */
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

/**
 * vmpage_file_take() - take pages of a range out of a file
 * @vf: file, its object write-locked
 * @first: first index, pages; receives where it ended
 * @end: index after the last, pages
 * @max: most pages to take
 * @pages: receives them, by plinks.q; still mapped
 *
 * Context: Process context.  Takes folio locks.  May sleep.
 * Return: how many left the object; somebody else may hold some of them.
 */
unsigned long vmpage_file_take(struct vmpage_file *vf, vm_pindex_t *first, vm_pindex_t end,
			       unsigned long max, struct list_head *pages);

/**
 * vmpage_file_free_range() - take the pages of a range away from a file
 * @vf: file
 * @first: first index, pages
 * @end: index after the last, pages
 *
 * They are unmapped, and freed once nobody refers to them.
 *
 * Context: Process context.  Takes the object lock.  May sleep; a fatal signal ends it.
 * Return: how many pages there were.
 */
unsigned long vmpage_file_free_range(struct vmpage_file *vf, vm_pindex_t first, vm_pindex_t end);

/* cdev_mmap.c */
extern const struct vm_operations_struct vmpage_vm_ops;
int vmpage_mmap(struct vmpage_mmap_desc *desc);
void vmpage_forget_timeouts(struct vmpage_file *vf);	/* the file is closed */

/**
 * vmpage_file_page() - the page at an index, allocated if there is none
 * @vf: file, its object write-locked; the lock is dropped and taken again when memory
 *	for an index node is short
 * @pindex: index below the file's size, pages
 * @domain: domain of a new page, or -1 for what the policy says
 *
 * Context: Process context.  May sleep.
 * Return: the page; NULL when no page can be had; -ENOMEM without memory for a node.
 */
vm_page_t vmpage_file_page(struct vmpage_file *vf, vm_pindex_t pindex, int domain);

/**
 * vmpage_wait_for_page() - wait until there is a page at an index
 * @vf: file, its object unlocked
 * @pindex: index below the file's size, pages
 * @domain: domain of a new page, or -1 for what the policy says
 * @wait: longest wait, jiffies
 *
 * Context: Process context.  Sleeps.
 * Return: false when time is up, or the user's limit is in the way; true also when only the
 * caller can tell how to go on: after a fatal signal or for want of memory for a node.
 */
bool vmpage_wait_for_page(struct vmpage_file *vf, vm_pindex_t pindex, int domain,
			  unsigned long wait);

/* cdev_superpage.c: windows of 512 pages that are mapped by one entry */
int vmpage_map_policy_init(void);	/* read the module parameter */
extern unsigned int vmpage_fill_default;	/* as a file's fill */

/**
 * vmpage_window_fits() - could one entry map the window around a fault?
 * @vf: file
 * @vmf: fault
 *
 * Context: Process context of a fault.
 * Return: false when a part of the window is outside of the VMA, its address is not
 * congruent with the offset, or the user does not want it.
 */
bool vmpage_window_fits(const struct vmpage_file *vf, const struct vm_fault *vmf);

/**
 * vmpage_window_domain() - where does a fault want 2 MiB in one piece?
 * @vf: file, its object locked
 * @vmf: fault of a page that is not resident
 *
 * Context: Process context of a fault.
 * Return: the domain, when this is the first touch of a window that is to be populated as
 * a whole; else -1.
 */
int vmpage_window_domain(struct vmpage_file *vf, const struct vm_fault *vmf);

/**
 * vmpage_window_alloc() - populate a window all of which is missing, at once
 * @vf: file, its object write-locked
 * @vmf: fault of a page below the file's size
 * @domain: domain of the pages, or -1 for what the policy says
 *
 * Context: Process context of a fault.
 * Return: the page of the fault; NULL, and nothing happened, when that is not simple, or
 * not wanted.
 */
vm_page_t vmpage_window_alloc(struct vmpage_file *vf, const struct vm_fault *vmf, int domain);

/**
 * vmpage_window_fill() - populate the rest of a window, if memory allows
 * @vf: file, its object write-locked
 * @m: a page of the window
 * @threshold: populated pages below which nothing happens, pages
 *
 * Each missing page has its credit, or the domain has enough for all of them above its
 * target; and all come from the reservation that @m is part of.
 *
 * Context: Process context.
 */
void vmpage_window_fill(struct vmpage_file *vf, vm_page_t m, unsigned int threshold);

/**
 * vmpage_window_settled() - is a window one chunk?
 * @vf: file, its object locked
 * @m: page of the window
 *
 * Context: Process context.
 * Return: true when all pages of the chunk are the file's, at their natural places, and
 * nobody works on any.
 */
bool vmpage_window_settled(struct vmpage_file *vf, vm_page_t m);

/**
 * vmpage_window_whole() - may the chunk of a page be mapped by one entry?
 * @vf: file, its object locked
 * @m: page of it
 * @folio: the chunk, locked
 * @fresh: since the object was locked the whole window was populated by one allocation
 *
 * If so it is switched to whole.
 *
 * Context: Process context.
 * Return: true when all pages of the chunk are the file's, at their natural places.
 */
bool vmpage_window_whole(struct vmpage_file *vf, vm_page_t m, struct folio *folio, bool fresh);

/**
 * vmpage_promote() - map a range of the caller's by entries of 2 MiB, where possible
 * @filp: open device
 * @addr: first byte, a multiple of 2 MiB
 * @len: bytes, a multiple of 2 MiB
 * @npromoted: receives how many windows were
 *
 * Context: Process context, for the current task's address space.
 * Return: 0; -EFAULT when something else is mapped there; -EBUSY when the mapping has
 * properties that a new one has not; -EINTR; what mmap() fails with.
 */
int vmpage_promote(struct file *filp, unsigned long addr, unsigned long len, u64 *npromoted);

/* cdev_ioctl.c */
long vmpage_ioctl(struct file *filp, unsigned int cmd, unsigned long arg);

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
 * Return: how many pages were promised; or, and nothing changed, -ENOMEM, -EDQUOT beyond the
 * user's limit, -EBUSY for a file with a memory attribute.
 */
long vmpage_credit_range(struct vmpage_file *vf, vm_pindex_t first, vm_pindex_t npages,
			 bool reserve);

/**
 * vmpage_credit_alloc() - allocate the page at an index
 * @vf: file, its object write-locked
 * @pindex: index without a resident page
 * @domain: domain of the page, or -1 for what the policy says
 *
 * Uses up the credit of the index, if it has one; such a page can come from the domain
 * of the credit, when @domain has none.
 *
 * Context: Process context.
 * Return: a valid page of zeros, in use, not busied; NULL when there is none, the user
 * may have no more, or the index has no memory for a node.
 */
vm_page_t vmpage_credit_alloc(struct vmpage_file *vf, vm_pindex_t pindex, int domain);

/* Could a domain give pages ahead of use, and others still have what they need soon? */
bool vmpage_domain_spares(int domain, int npages);

/**
 * vmpage_credit_alloc_window() - allocate all pages of a window at once
 * @vf: file, its object write-locked
 * @first: index of the first page, pages; none of the window is resident
 * @domain: preferred domain
 *
 * As vmpage_credit_alloc() for each, but only where that is simple: for a user without a limit;
 * and when each page has its credit, or none has one, and the domain has enough for all of
 * them above its target.  With credits they come from another domain of the policy when
 * @domain has no 512 pages in a row.
 *
 * Context: Process context.
 * Return: the first of 512 pages in a row, or NULL: then they are to be had one by one, if
 * at all.
 */
vm_page_t vmpage_credit_alloc_window(struct vmpage_file *vf, vm_pindex_t first, int domain);

/* The domains that a new page may come from: @domain, or if it is -1 what the policy says. */
void vmpage_file_domains(struct vmpage_file *vf, int domain, domainset_t *domains);

/* The domain that the policy asks first for a page at an index, or -1. */
int vmpage_policy_domain(struct vmpage_file *vf, vm_pindex_t pindex);

/* The same for a window; when that has too few pages, one where all of them are promised. */
int vmpage_credit_window_domain(struct vmpage_file *vf, vm_pindex_t pindex);

/**
 * vmpage_credit_check() - is it the limit of its user that keeps a file from another page?
 * @vf: file that got none
 *
 * Context: Process context.
 * Return: -EDQUOT if it is, else 0.
 */
int vmpage_credit_check(struct vmpage_file *vf);

/* What could be promised at this moment, in pages. */
unsigned long vmpage_spare_pages(void);

/* All pages that there are. */
unsigned long vmpage_pool_pages(void);

/**
 * vmpage_credit_missing() - count the indexes of a range without a page and a credit
 * @vf: file, its object locked
 * @first: first index, pages
 * @end: index after the last, pages
 *
 * Context: Process context.
 * Return: their number.
 */
unsigned long vmpage_credit_missing(struct vmpage_file *vf, vm_pindex_t first, vm_pindex_t end);

/**
 * vmpage_credited() - does an index have a credit?
 * @vf: file, its object locked
 * @pindex: index, pages
 *
 * Context: Process context.
 * Return: true when it has.
 */
bool vmpage_credited(struct vmpage_file *vf, vm_pindex_t pindex);

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
 * vmpage_chunk_is_unpinned() - is a chunk referred to by its mappings alone?
 * @folio: chunk, unlocked
 *
 * What is true of a page that is not mapped stays true, whatever becomes of the
 * other pages of the chunk.
 *
 * Context: Process context.  Takes the folio lock.
 * Return: true when nobody can hold a pin of any of its pages.
 */
bool vmpage_chunk_is_unpinned(struct folio *folio);

/**
 * vmpage_quarantine_free() - free pages that a user had mapped
 * @user: user, who is charged until they are free
 * @pages: pages by plinks.q, of no object, not mapped; empty on return
 *
 * A page whose folio may be pinned is kept until it is not.
 *
 * Context: Process context.  May sleep.  The caller keeps the module loaded.
 */
void vmpage_quarantine_free(struct vmpage_user *user, struct list_head *pages);

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

/* Pages leave their objects between these while they are mapped. */
void vmpage_unmap_begin(void);
void vmpage_unmap_end(void);

/* The file is closed: forget its mark. */
void vmpage_unmark_forked(struct vmpage_file *vf);

/* debugfs.c */
void vmpage_debugfs_init(void);
void vmpage_debugfs_exit(void);

#endif /* _VMPAGE_DEV_H_ */
