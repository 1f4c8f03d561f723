// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * /dev/vmpage: each open is a fresh object.
 */
#include <linux/cred.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/pagemap.h>
#include <linux/pseudo_fs.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>
#include "vmpage_dev.h"

#define VMPAGE_FS_MAGIC	0x766d7067	/* "vmpg" */

#define FREE_BATCH	4096		/* pages that leave a file under one lock */

struct vfsmount *vmpage_mnt;
const struct vmpage_chunk_map *vmpage_chunk_map;

static atomic_t nfiles = ATOMIC_INIT(0);	/* open files */

static int vmpage_init_fs_context(struct fs_context *fc)
{
	return init_pseudo(fc, VMPAGE_FS_MAGIC) ? 0 : -ENOMEM;
}

/* Without an owner: its own mount would keep the module loaded for ever. */
static struct file_system_type vmpage_fs = {
	.name = "vmpage",
	.init_fs_context = vmpage_init_fs_context,
	.kill_sb = kill_anon_super,
};

int vmpage_fs_init(void)
{
	vmpage_mnt = kern_mount(&vmpage_fs);
	return PTR_ERR_OR_ZERO(vmpage_mnt);
}

void vmpage_fs_exit(void)
{
	kern_unmount(vmpage_mnt);
}

/*
 * Whoever faults looks a page up and maps it, and whoever judges a chunk reads
 * m->object, under the folio lock.
 */
unsigned long vmpage_file_take(struct vmpage_file *vf, vm_pindex_t *first, vm_pindex_t end,
			       unsigned long max, struct list_head *pages)
{
	struct vm_radix *const rtree = &vf->object->rtree;
	unsigned long count = 0;
	struct folio *folio;
	vm_page_t m;
	bool ours;

	for (; *first < end && count < max; ++*first) {
		m = vm_radix_lookup_ge(rtree, *first);
		*first = m && m->pindex < end ? m->pindex : end;
		if (*first == end)
			break;
		if (!vmpage_xbusy_last(m))
			continue;
		folio = page_folio(vmpage_to_page(m));
		folio_lock(folio);
		if (vmpage_chunk_is_whole(folio))
			vmpage_chunk_set_one(vmpage_chunk_map, folio);
		ours = vm_page_remove(m);
		folio_unlock(folio);
		/* Else somebody in the kernel has it wired, and frees it. */
		if (ours)
			list_add_tail(&m->plinks.q, pages);
		else
			vmpage_user_uncharge(vf->user, m);
		count++;
		cond_resched();
	}
	return count;
}

/* Nothing is mapped any more. */
static void vmpage_file_empty(struct vmpage_file *vf)
{
	vm_pindex_t first = 0;
	LIST_HEAD(pages);

	VM_OBJECT_WLOCK(vf->object);
	vf->object->ops = NULL;
	vmpage_file_take(vf, &first, ULONG_MAX, ULONG_MAX, &pages);
	VM_OBJECT_WUNLOCK(vf->object);

	vmpage_quarantine_free(vf->user, &pages);
}

/* A touch in between finds a new page, and may have to do so again. */
static unsigned long vmpage_file_free_some(struct vmpage_file *vf, vm_pindex_t *first,
					   vm_pindex_t end)
{
	const vm_pindex_t begin = *first;
	unsigned long count;
	LIST_HEAD(pages);

	vmpage_unmap_begin();
	VM_OBJECT_WLOCK(vf->object);
	count = vmpage_file_take(vf, first, end, FREE_BATCH, &pages);
	VM_OBJECT_WUNLOCK(vf->object);

	if (count)
		unmap_mapping_pages(vf->inode->i_mapping, begin, *first - begin, true);
	vmpage_unmap_end();
	vmpage_quarantine_free(vf->user, &pages);
	return count;
}

unsigned long vmpage_file_free_range(struct vmpage_file *vf, vm_pindex_t first, vm_pindex_t end)
{
	unsigned long count = 0;

	while (first < end && !fatal_signal_pending(current)) {
		count += vmpage_file_free_some(vf, &first, end);
		cond_resched();
	}
	return count;
}

static void vmpage_file_free(struct vmpage_file *vf)
{
	struct vmpage_window *win;
	unsigned long index;

	xa_for_each(&vf->windows, index, win)
		kfree(win);
	xa_destroy(&vf->windows);
	vm_object_deallocate(vf->object);
	vmpage_user_put(vf->user);
	kfree(vf);
}

/*
 * A page that is to be moved.  Nobody maps it anew, as that takes the object's lock; but
 * what others do with the rest of its chunk may look like a pin, and then it stays.
 */
static bool vmpage_file_unmap(vm_object_t object, vm_page_t m)
{
	struct vmpage_file *vf = container_of(object->ops, struct vmpage_file, ops);
	struct page *page = vmpage_to_page(m);

	vmpage_chunk_switch(vmpage_chunk_map, page_folio(page), false, 0);
	unmap_mapping_pages(vf->inode->i_mapping, m->pindex, 1, true);
	return !PageHWPoison(page) && vmpage_chunk_is_unpinned(page_folio(page));
}

static bool vmpage_file_replace(vm_object_t object, vm_page_t m, vm_page_t m_new)
{
	struct vmpage_file *vf = container_of(object->ops, struct vmpage_file, ops);

	return !PageHWPoison(vmpage_to_page(m_new)) && vmpage_user_replace(vf->user, m, m_new);
}

/* Who has user ids to give away cannot get more of the pool by them. */
static kuid_t vmpage_charged_uid(void)
{
	const struct user_namespace *ns = current_user_ns();
	kuid_t uid = current_uid();

	for (; ns != &init_user_ns; ns = ns->parent)
		uid = ns->owner;
	return uid;
}

static struct vmpage_file *vmpage_file_alloc(void)
{
	struct vmpage_file *vf;

	vf = kzalloc(sizeof(*vf), GFP_KERNEL_ACCOUNT);
	if (!vf)
		return NULL;

	vf->user = vmpage_user_get(vmpage_charged_uid());
	if (!vf->user)
		goto err_file;
	vf->object = vm_object_allocate(OBJT_VNODE, 0);
	if (!vf->object)
		goto err_user;

	VM_OBJECT_WLOCK(vf->object);
	vm_object_color(vf->object, 0);
	if (vf->user->loose)
		vmpage_object_set_loose(vf->object, vf->user->loose);
	vf->ops.unmap = vmpage_file_unmap;
	vf->ops.replace = vmpage_file_replace;
	vf->object->ops = &vf->ops;
	VM_OBJECT_WUNLOCK(vf->object);

	vf->fill = vmpage_fill_default;
	xa_init_flags(&vf->windows, XA_FLAGS_ACCOUNT);
	INIT_LIST_HEAD(&vf->timeouts);
	INIT_LIST_HEAD(&vf->forked);
	return vf;

err_user:
	vmpage_user_put(vf->user);
err_file:
	kfree(vf);
	return NULL;
}

static int vmpage_open(struct inode *inode, struct file *filp)
{
	struct vmpage_file *vf;

	vf = vmpage_file_alloc();
	if (!vf)
		return -ENOMEM;

	vf->inode = alloc_anon_inode(vmpage_mnt->mnt_sb);
	if (IS_ERR(vf->inode)) {
		const int ret = PTR_ERR(vf->inode);

		vmpage_file_free(vf);
		return ret;
	}
	if (vmpage_chunk_map)
		i_size_write(vf->inode, vmpage_chunk_map->i_size);

	filp->f_mapping = vf->inode->i_mapping;
	filp->private_data = vf;
	atomic_inc(&nfiles);
	return 0;
}

static int vmpage_release(struct inode *inode, struct file *filp)
{
	struct vmpage_file *vf = filp->private_data;

	vmpage_file_empty(vf);
	vmpage_unmark_forked(vf);
	vmpage_forget_timeouts(vf);
	vmpage_credit_release(vf);
	iput(vf->inode);
	vmpage_file_free(vf);
	atomic_dec(&nfiles);
	return 0;
}

static int vmpage_file_mmap(VMPAGE_MMAP_ARGS)
{
	return vmpage_mmap(desc);
}

static const struct file_operations vmpage_fops = {
	.owner = THIS_MODULE,
	.open = vmpage_open,
	.release = vmpage_release,
	.vmpage_mmap_op = vmpage_file_mmap,
	.unlocked_ioctl = vmpage_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	/* A 2 MiB entry needs an address congruent with the offset. */
	.get_unmapped_area = thp_get_unmapped_area,
	/* There is no store behind the pages, so msync() has nothing to do. */
	.fsync = noop_fsync,
};

static struct miscdevice vmpage_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "vmpage",
	.fops = &vmpage_fops,
	.mode = 0600,
};

int vmpage_dev_init(void)
{
	return misc_register(&vmpage_misc);
}

void vmpage_dev_exit(void)
{
	misc_deregister(&vmpage_misc);
}

void vmpage_dev_show(struct seq_file *s)
{
	seq_printf(s, "chunk_map %s\n", vmpage_chunk_map ? vmpage_chunk_map->name : "single");
	seq_printf(s, "open_files %d\n", atomic_read(&nfiles));
	seq_printf(s, "quarantined_pages %lu\n", vmpage_quarantined());
	seq_printf(s, "retired_pages %lu\n", vmpage_retired());
}
