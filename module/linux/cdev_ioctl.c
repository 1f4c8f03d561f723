// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * ioctl() on /dev/vmpage; include/uapi/linux/vmpage.h says what each command does.
 */
#include <linux/capability.h>
#include <linux/jiffies.h>
#include <linux/nospec.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <uapi/linux/vmpage.h>
#include <vm/vm_pagequeue.h>
#include <vm/vm_reserv.h>
#include "cdev_memattr.h"
#include "mem_source.h"
#include "vm_machine.h"
#include "vmpage_dev.h"

#define QUERY_BATCH	64		/* pages that are looked at under one lock */
#define ALLOC_BATCH	512UL		/* pages that are allocated under one lock */

/* Whoever waits for pages looks again at this interval, should nobody wake it. */
#define WAIT_JIFFIES	HZ

/* The commands */

static int dev_info(struct file *filp, void *arg)
{
	struct vmpage_info *info = arg;

	info->abi_level = VMPAGE_ABI_LEVEL;
	info->page_size = PAGE_SIZE;
	info->superpage_npages = VM_LEVEL_0_NPAGES;
	info->ndomains = DOMAINSET_COUNT(&vm_all_domains);
	info->features = mem_source_is_pfn() ? 0 : VMPAGE_FEATURE_PINNABLE;
	if (vmpage_chunk_map && (!mem_source_is_pfn() || VMPAGE_PFN_PMD))
		info->features |= VMPAGE_FEATURE_SUPERPAGES;
	if (vm_machine_memattr_valid(VM_MEMATTR_WRITE_COMBINING))
		info->features |= VMPAGE_FEATURE_MEMATTR;
	info->npages = vmpage_pool_pages();
	return 0;
}

/* Returns the fill of a file, or a negative error. */
static int setup_fill(const struct vmpage_setup *setup)
{
	if (setup->map_policy != VMPAGE_MAP_THRESHOLD && setup->map_threshold)
		return -EINVAL;

	switch (setup->map_policy) {
	case VMPAGE_MAP_DEFAULT:
		return vmpage_fill_default;
	case VMPAGE_MAP_EAGER:
		return VMPAGE_FILL_EAGER;
	case VMPAGE_MAP_DEMAND:
		return VMPAGE_FILL_NEVER;
	case VMPAGE_MAP_THRESHOLD:
		if (!setup->map_threshold || setup->map_threshold > VM_LEVEL_0_NPAGES)
			return -EINVAL;
		return setup->map_threshold;
	default:
		return -EOPNOTSUPP;
	}
}

/* The UAPI's numbers are those of DOMAINSET_POLICY_*.  NULL stands for no policy. */
static struct domainset *setup_domains(const struct vmpage_setup *setup)
{
	struct domainset *ds, key = {
		.ds_policy = setup->domain_policy, .ds_prefer = -1,
	};

	if (setup->domain_policy > VMPAGE_DOMAIN_INTERLEAVE)
		return ERR_PTR(-EOPNOTSUPP);
	if (setup->domain_policy == VMPAGE_DOMAIN_PREFER) {
		if (setup->domain_prefer >= MAXMEMDOM ||
		    !vmpage_domain_exists(setup->domain_prefer))
			return ERR_PTR(-EINVAL);
		key.ds_prefer = setup->domain_prefer;
	} else if (setup->domain_prefer) {
		return ERR_PTR(-EINVAL);
	}
	if (setup->domain_policy == VMPAGE_DOMAIN_DEFAULT)
		return setup->domain_mask ? ERR_PTR(-EINVAL) : NULL;

	bitmap_from_arr64(key.ds_mask.bits, &setup->domain_mask, MAXMEMDOM);
	if (!DOMAINSET_SUBSET(&vm_all_domains, &key.ds_mask))
		return ERR_PTR(-EINVAL);
	if (!setup->domain_mask)
		DOMAINSET_COPY(&vm_all_domains, &key.ds_mask);
	ds = domainset_create(&key);
	return ds ? ds : ERR_PTR(-EINVAL);
}

static int setup_memattr(const struct vmpage_setup *setup, vm_memattr_t *memattr)
{
	switch (setup->memattr) {
	case VMPAGE_MEMATTR_DEFAULT:
		*memattr = VM_MEMATTR_DEFAULT;
		return 0;
	case VMPAGE_MEMATTR_WC:
		*memattr = VM_MEMATTR_WRITE_COMBINING;
		break;
	case VMPAGE_MEMATTR_UC:
		*memattr = VM_MEMATTR_UNCACHEABLE;
		break;
	default:
		return -EOPNOTSUPP;
	}
	if (!vm_machine_memattr_valid(*memattr))
		return -EOPNOTSUPP;
	/* What is reserved at once are windows of the file. */
	return setup->color ? -EINVAL : 0;
}

static int dev_setup(struct file *filp, void *arg)
{
	struct vmpage_file *vf = filp->private_data;
	const struct vmpage_setup *setup = arg;
	const int fill = setup_fill(setup);
	vm_memattr_t memattr;
	struct domainset *ds;
	int ret;

	if (fill < 0)
		return fill;
	ret = setup_memattr(setup, &memattr);
	if (ret)
		return ret;
	if (setup->color >= VM_LEVEL_0_NPAGES)
		return -EINVAL;
	ds = setup_domains(setup);
	if (IS_ERR(ds))
		return PTR_ERR(ds);

	VM_OBJECT_WLOCK(vf->object);
	if (vf->object->size || vm_object_set_memattr(vf->object, memattr) != KERN_SUCCESS) {
		ret = -EBUSY;
	} else {
		vf->fill = fill;
		vf->overcommit = setup->flags & VMPAGE_SETUP_OVERCOMMIT;
		vf->object->domain.dr_policy = ds;
		vf->object->pg_color = setup->color;
	}
	VM_OBJECT_WUNLOCK(vf->object);
	return ret;
}

/* An object has no more indexes than a file has pages. */
static bool range_valid(u64 pindex, u64 npages)
{
	return npages && pindex < MAX_LFS_FILESIZE >> PAGE_SHIFT &&
	       npages <= (MAX_LFS_FILESIZE >> PAGE_SHIFT) - pindex;
}

static int dev_reserve(struct file *filp, void *arg)
{
	struct vmpage_file *vf = filp->private_data;
	struct vmpage_range *range = arg;
	long ret;

	if (!range_valid(range->pindex, range->npages))
		return -EINVAL;
	ret = vmpage_file_reserve(vf, range->pindex, range->npages);
	if (ret < 0)
		return ret;
	range->ndone = ret;
	return 0;
}

static int dev_free(struct file *filp, void *arg)
{
	struct vmpage_range *range = arg;

	if (!range_valid(range->pindex, range->npages))
		return -EINVAL;
	range->ndone = vmpage_file_free_range(filp->private_data, range->pindex,
					      range->pindex + range->npages);
	return 0;
}

/* Returns how many pages from @first on are resident; fewer than asked for: no more. */
static long alloc_some(struct vmpage_file *vf, vm_pindex_t first, unsigned long npages, int domain)
{
	unsigned long i;
	vm_page_t m = NULL;

	VM_OBJECT_WLOCK(vf->object);
	for (i = 0; i < npages; i++) {
		m = vmpage_file_page(vf, first + i, domain);
		if (IS_ERR_OR_NULL(m))
			break;
	}
	VM_OBJECT_WUNLOCK(vf->object);
	return i ? i : PTR_ERR_OR_ZERO(m);
}

static int dev_alloc(struct file *filp, void *arg)
{
	struct vmpage_file *vf = filp->private_data;
	struct vmpage_alloc *alloc = arg;
	u64 done = 0;
	long ret;

	if (!range_valid(alloc->pindex, alloc->npages) || alloc->domain < -1 ||
	    alloc->domain >= MAXMEMDOM || alloc->reserved ||
	    (alloc->domain >= 0 && !vmpage_domain_exists(alloc->domain)))
		return -EINVAL;

	ret = vmpage_credit_range(vf, alloc->pindex, alloc->npages, false);
	while (ret >= 0 && done < alloc->npages) {
		ret = alloc_some(vf, alloc->pindex + done,
				 min_t(u64, alloc->npages - done, ALLOC_BATCH), alloc->domain);
		if (!ret)
			ret = vmpage_credit_check(vf);
		if (ret > 0)
			done += ret;
		else if (!ret && (alloc->flags & VMPAGE_ALLOC_WAIT))
			vmpage_wait_for_page(vf, alloc->pindex + done, alloc->domain,
					     WAIT_JIFFIES);
		else if (!ret)
			ret = -ENOMEM;
		if (fatal_signal_pending(current))
			ret = -EINTR;
		cond_resched();
	}
	alloc->npages = done;
	return done ? 0 : ret;
}

static int dev_promote(struct file *filp, void *arg)
{
	struct vmpage_promote *promote = arg;
	unsigned long end;

	if (!promote->length || promote->addr != (unsigned long)promote->addr ||
	    promote->length != (unsigned long)promote->length ||
	    check_add_overflow((unsigned long)promote->addr, (unsigned long)promote->length,
			       &end) ||
	    !IS_ALIGNED(promote->addr | promote->length, VMPAGE_CHUNK_SIZE))
		return -EINVAL;
	promote->npromoted = 0;
	return vmpage_promote(filp, promote->addr, promote->length, &promote->npromoted);
}

static void query_page(struct vmpage_file *vf, vm_pindex_t pindex, bool phys,
		       struct vmpage_page *out)
{
	const vm_page_t m = vm_page_lookup(vf->object, pindex);

	*out = (struct vmpage_page){ .level = -1, .domain = -1 };
	if (!m) {
		out->state = vmpage_credited(vf, pindex) ? VMPAGE_PAGE_RESERVED : 0;
		return;
	}
	out->state = VMPAGE_PAGE_RESIDENT;
	out->level = vm_reserv_level(m);
	out->domain = vm_page_domain(m);
	if (phys)
		out->pa = VM_PAGE_TO_PHYS(m);
}

static int dev_query(struct file *filp, void *arg)
{
	struct vmpage_file *vf = filp->private_data;
	const struct vmpage_query *query = arg;
	const bool phys = query->flags & VMPAGE_QUERY_PHYS;
	struct vmpage_page __user *to = u64_to_user_ptr(query->pages);
	struct vmpage_page *batch;
	unsigned int i, n;
	int ret = 0;
	u64 done;

	if (!range_valid(query->pindex, query->npages))
		return -EINVAL;
	if (phys && !capable(CAP_SYS_RAWIO))
		return -EPERM;
	batch = kmalloc_array(QUERY_BATCH, sizeof(*batch), GFP_KERNEL);
	if (!batch)
		return -ENOMEM;

	for (done = 0; done < query->npages && !ret; done += n) {
		n = min_t(u64, query->npages - done, QUERY_BATCH);
		VM_OBJECT_RLOCK(vf->object);
		for (i = 0; i < n; i++)
			query_page(vf, query->pindex + done + i, phys, &batch[i]);
		VM_OBJECT_RUNLOCK(vf->object);
		if (copy_to_user(to + done, batch, n * sizeof(*batch)))
			ret = -EFAULT;
		else if (fatal_signal_pending(current))
			ret = -EINTR;
		cond_resched();
	}
	kfree(batch);
	return ret;
}

/* The table of them */

/*
 * struct dev_op - a command
 *
 * Every structure begins with its size and flags, both __u32.
 */
struct dev_op {
	int (*func)(struct file *filp, void *arg);
	size_t size;			/* of the structure, bytes */
	size_t min_size;		/* of its first version, bytes */
	u32 flags;			/* those that are known */
	bool out;			/* the structure is written back */
};

#define DEV_OP(nr, fn, type, last, known, is_out)						\
	[_IOC_NR(nr)] = {									\
		.func = fn, .size = sizeof(struct type),					\
		.min_size = offsetofend(struct type, last), .flags = known, .out = is_out,	\
	}

static const struct dev_op dev_ops[] = {
	DEV_OP(VMPAGE_IOC_INFO, dev_info, vmpage_info, npages, 0, true),
	DEV_OP(VMPAGE_IOC_SETUP, dev_setup, vmpage_setup, memattr, VMPAGE_SETUP_OVERCOMMIT, false),
	DEV_OP(VMPAGE_IOC_ALLOC, dev_alloc, vmpage_alloc, reserved, VMPAGE_ALLOC_WAIT, true),
	DEV_OP(VMPAGE_IOC_FREE, dev_free, vmpage_range, ndone, 0, true),
	DEV_OP(VMPAGE_IOC_RESERVE, dev_reserve, vmpage_range, ndone, 0, true),
	DEV_OP(VMPAGE_IOC_PROMOTE, dev_promote, vmpage_promote, npromoted, 0, true),
	DEV_OP(VMPAGE_IOC_QUERY, dev_query, vmpage_query, pages, VMPAGE_QUERY_PHYS, false),
};

static const struct dev_op *find_op(unsigned int cmd)
{
	const unsigned int nr = _IOC_NR(cmd);

	if (nr >= ARRAY_SIZE(dev_ops) || cmd != _IO(VMPAGE_IOC_MAGIC, nr))
		return NULL;
	return &dev_ops[array_index_nospec(nr, ARRAY_SIZE(dev_ops))];
}

long vmpage_ioctl(struct file *filp, unsigned int cmd, unsigned long arg)
{
	const struct dev_op *op = find_op(cmd);
	void __user *user = (void __user *)arg;
	union {
		struct { u32 size, flags; } head;
		struct vmpage_info info;
		struct vmpage_setup setup;
		struct vmpage_range range;
		struct vmpage_alloc alloc;
		struct vmpage_promote promote;
		struct vmpage_query query;
	} kernel;
	u32 size;
	int ret;

	if (!op)
		return -ENOTTY;
	if (get_user(size, (u32 __user *)user))
		return -EFAULT;
	if (size < op->min_size)
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	ret = copy_struct_from_user(&kernel, op->size, user, size);
	if (ret)
		return ret;
	if (kernel.head.flags & ~op->flags)
		return -EOPNOTSUPP;

	ret = op->func(filp, &kernel);
	/* What was done before an error is told, too. */
	kernel.head.size = size;
	if (op->out && copy_to_user(user, &kernel, min_t(size_t, size, op->size)))
		return -EFAULT;
	return ret;
}
