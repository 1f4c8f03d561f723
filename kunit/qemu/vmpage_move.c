// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Has pages moved when a test in user space asks for it: a number written to the
 * parameter "reclaim" is the length of a run, in pages, that is then cleared by
 * relocation.  The write succeeds when a run was cleared, which is free afterwards.
 */
#include <linux/kstrtox.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <sys/param.h>
#include <vm/vm_page.h>

static int set_reclaim(const char *text, const struct kernel_param *kp)
{
	unsigned long npages;
	int ret;

	ret = kstrtoul(text, 10, &npages);
	if (ret)
		return ret;
	if (!npages)
		return -EINVAL;
	return -vm_page_reclaim_contig(VM_ALLOC_NORMAL, npages, 0, ~0ULL, PAGE_SIZE, 0);
}

static const struct kernel_param_ops reclaim_ops = {
	.set = set_reclaim,
};
module_param_cb(reclaim, &reclaim_ops, NULL, 0200);
MODULE_PARM_DESC(reclaim, "length of a run to clear, pages");

static int __init vmpage_move_init(void)
{
	return 0;
}

static void __exit vmpage_move_exit(void)
{
}

module_init(vmpage_move_init);
module_exit(vmpage_move_exit);
MODULE_DESCRIPTION("Relocation of pages on demand, for tests");
MODULE_LICENSE("Dual BSD/GPL");
