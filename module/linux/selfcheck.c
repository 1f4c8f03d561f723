// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Before memory is taken: can a chunk be kept from being mapped too far?
 *
 * The answer rests on what the kernel does after a fault handler has returned,
 * which no header promises.  So one chunk is mapped into the loading task as the
 * device would map it, one page is touched, and what is mapped then is counted.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/file.h>
#include <linux/highmem.h>
#include <linux/mman.h>
#include <linux/pagemap.h>
#include <linux/sched.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>
#include "vm_compat.h"
#include "vmpage_dev.h"

#define MAP_BYTES	(2 * VMPAGE_CHUNK_SIZE)
#define TOUCHED		(VMPAGE_CHUNK_NPAGES / 2 + 1)	/* a page in the middle */

/*
 * struct selfcheck - one way being tried
 */
struct selfcheck {
	const struct vmpage_chunk_map *map;
	struct folio *folio;		/* page i begins with the number i */
	struct file *file;
	bool whole;			/* the state of the chunk */
};

static vm_fault_t selfcheck_fault(struct vm_fault *vmf)
{
	const struct selfcheck *check = vmf->vma->vm_file->private_data;
	struct page *page = folio_page(check->folio, vmf->pgoff % VMPAGE_CHUNK_NPAGES);

	folio_lock(check->folio);
	return vmpage_chunk_fault(check->map, vmf, page, check->whole);
}

static const struct vm_operations_struct selfcheck_vm_ops = {
	.fault = selfcheck_fault,
};

static int selfcheck_mmap(struct file *filp, struct vm_area_struct *vma)
{
	vma->vm_ops = &selfcheck_vm_ops;
	return 0;
}

static const struct file_operations selfcheck_fops = {
	.mmap = selfcheck_mmap,
};

static struct file *selfcheck_open(struct selfcheck *check)
{
	struct inode *inode;
	struct file *file;

	inode = alloc_anon_inode(vmpage_mnt->mnt_sb);
	if (IS_ERR(inode))
		return ERR_CAST(inode);
	i_size_write(inode, check->map->i_size);

	file = alloc_file_pseudo(inode, vmpage_mnt, "selfcheck", O_RDWR, &selfcheck_fops);
	if (IS_ERR(file)) {
		iput(inode);
		return file;
	}
	file->private_data = check;
	return file;
}

/*
 * Map the file so that the first aligned 2 MiB are congruent with it, wherever
 * the kernel puts 4 MiB.  Nothing was touched there, so no page table exists.
 */
static unsigned long selfcheck_map(struct file *file)
{
	const unsigned long prot = PROT_READ | PROT_WRITE;
	unsigned long addr;

	addr = vm_mmap(file, 0, MAP_BYTES, prot, MAP_SHARED, 0);
	if (IS_ERR_VALUE(addr))
		return addr;
	return vm_mmap(file, addr, MAP_BYTES, prot, MAP_SHARED | MAP_FIXED,
		       addr % VMPAGE_CHUNK_SIZE);
}

/* How many pages of the window can be read without a fault; -1 for a wrong one. */
static int selfcheck_count(unsigned long window)
{
	unsigned long i;
	int count = 0;
	u32 number;

	for (i = 0; i < VMPAGE_CHUNK_NPAGES; i++) {
		const void __user *p = (void __user *)(window + i * PAGE_SIZE);

		if (copy_from_user_nofault(&number, p, sizeof(number)))
			continue;
		if (number != i)
			return -1;
		count++;
	}
	return count;
}

static int selfcheck_touch(unsigned long window, bool write)
{
	u32 __user *p = (u32 __user *)(window + TOUCHED * PAGE_SIZE);
	u32 number = TOUCHED;

	return write ? put_user(number, p) : get_user(number, p);
}

/* Touch one page of a new mapping.  Are as many pages mapped as there should be? */
static bool selfcheck_run(struct selfcheck *check, bool whole, bool write)
{
	const int expected = whole ? VMPAGE_CHUNK_NPAGES : 1;
	unsigned long addr, window;
	bool good = false;

	addr = selfcheck_map(check->file);
	if (IS_ERR_VALUE(addr))
		return false;
	window = ALIGN(addr, VMPAGE_CHUNK_SIZE);

	check->whole = whole;
	vmpage_chunk_switch(check->map, check->folio, whole,
			    (window - addr + addr % VMPAGE_CHUNK_SIZE) >> PAGE_SHIFT);

	if (!selfcheck_touch(window, write)) {
		good = selfcheck_count(window) == expected;
		if (!whole && vmpage_folio_mapcount(check->folio) != 1)
			good = false;
	}
	if (vm_munmap(addr, MAP_BYTES))
		good = false;

	/* Whatever was mapped is gone, and took its references along. */
	return good && folio_ref_count(check->folio) == 1 &&
	       !vmpage_folio_mapcount(check->folio);
}

struct selfcheck_close {
	struct work_struct work;
	struct file *file;
};

static void selfcheck_close_fn(struct work_struct *work)
{
	__fput_sync(container_of(work, struct selfcheck_close, work)->file);
}

/*
 * Close the file now and not when the task returns to user space: its operations
 * are gone then if the load fails.  Only a kernel thread may do that.
 */
static void selfcheck_close(struct file *file)
{
	struct selfcheck_close close = { .file = file };

	INIT_WORK_ONSTACK(&close.work, selfcheck_close_fn);
	schedule_work(&close.work);
	flush_work(&close.work);
	destroy_work_on_stack(&close.work);
}

static bool selfcheck_one_map(struct selfcheck *check)
{
	bool can, cannot;

	check->file = selfcheck_open(check);
	if (IS_ERR(check->file))
		return false;

	/* Without the control, a chunk that can never be mapped whole would pass. */
	can = selfcheck_run(check, true, false) && selfcheck_run(check, true, true);
	cannot = selfcheck_run(check, false, false) && selfcheck_run(check, false, true);
	if (!can)
		pr_info("self-check \"%s\": the control did not map 2 MiB\n", check->map->name);
	else if (!cannot)
		pr_info("self-check \"%s\": one touch maps more than one page\n",
			check->map->name);

	selfcheck_close(check->file);
	return can && cannot;
}

const struct vmpage_chunk_map *vmpage_selfcheck(void)
{
	const struct vmpage_chunk_map *const *map, *found = NULL;
	struct selfcheck check = {};
	struct page *page;
	unsigned long i;

	page = alloc_pages(GFP_HIGHUSER | __GFP_COMP | __GFP_NOWARN | __GFP_ZERO,
			   VMPAGE_CHUNK_ORDER);
	if (!page || !current->mm) {
		pr_info("self-check: not run, for want of %s\n",
			page ? "an address space" : "2 MiB in one piece");
		if (page)
			__free_pages(page, VMPAGE_CHUNK_ORDER);
		return NULL;
	}
	for (i = 0; i < VMPAGE_CHUNK_NPAGES; i++)
		memcpy_to_page(page + i, 0, (char *)&(u32){ i }, sizeof(u32));

	check.folio = page_folio(page);
	for (map = vmpage_chunk_maps; *map && !found; map++) {
		check.map = *map;
		if (selfcheck_one_map(&check))
			found = *map;
	}

	vmpage_chunk_reset(check.folio);
	__free_pages(page, VMPAGE_CHUNK_ORDER);
	return found;
}
