// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * /dev/vmpage: each open is a fresh object.
 */
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/pagemap.h>
#include <linux/pseudo_fs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include "vmpage_dev.h"

#define VMPAGE_FS_MAGIC	0x766d7067	/* "vmpg" */

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

/* Take every page out of the object.  Nothing is mapped any more. */
static void vmpage_file_empty(struct vmpage_file *vf)
{
	const vm_object_t object = vf->object;
	LIST_HEAD(pages);
	unsigned long pindex;
	struct folio *folio;
	vm_page_t m;
	bool ours;

	VM_OBJECT_WLOCK(object);
	VM_RADIX_FOREACH(m, pindex, &object->rtree) {
		if (!vmpage_xbusy_last(m))
			continue;
		/* Whoever judges the chunk reads m->object under this lock. */
		folio = page_folio(vmpage_to_page(m));
		folio_lock(folio);
		ours = vm_page_remove(m);
		folio_unlock(folio);
		if (ours)
			list_add_tail(&m->plinks.q, &pages);
		cond_resched();
	}
	VM_OBJECT_WUNLOCK(object);

	vmpage_quarantine_free(&pages);
}

static void vmpage_file_free(struct vmpage_file *vf)
{
	struct vmpage_window *win;
	unsigned long index;

	xa_for_each(&vf->windows, index, win)
		kfree(win);
	xa_destroy(&vf->windows);
	vm_object_deallocate(vf->object);
	kfree(vf);
}

/* Pages that programs have mapped stay where they are. */
static bool vmpage_file_unmap(vm_object_t object, vm_page_t m)
{
	return false;
}

static const struct vmpage_object_ops vmpage_file_ops = {
	.unmap = vmpage_file_unmap,
};

static struct vmpage_file *vmpage_file_alloc(void)
{
	struct vmpage_file *vf;

	vf = kzalloc(sizeof(*vf), GFP_KERNEL_ACCOUNT);
	if (!vf)
		return NULL;

	vf->object = vm_object_allocate(OBJT_VNODE, 0);
	if (!vf->object) {
		kfree(vf);
		return NULL;
	}
	VM_OBJECT_WLOCK(vf->object);
	vm_object_color(vf->object, 0);
	vf->object->ops = &vmpage_file_ops;
	VM_OBJECT_WUNLOCK(vf->object);

	xa_init_flags(&vf->windows, XA_FLAGS_ACCOUNT);
	INIT_LIST_HEAD(&vf->timeouts);
	INIT_LIST_HEAD(&vf->forked);
	return vf;
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
