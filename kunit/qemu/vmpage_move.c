// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Has pages moved, or takes them, when a test in user space asks for it.
 *
 * A number written to the parameter "reclaim" is the length of a run, in pages, that is
 * then cleared by relocation.  The write succeeds when a run was cleared, which is free
 * afterwards.
 *
 * The name of a class written to "take" has all pages taken that a request of this class
 * can have, beside those taken before; "none" has them freed.  Who reads it learns how
 * many there are.
 */
#include <linux/kstrtox.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/string.h>
#include <sys/param.h>
#include <vm/vm_domainset.h>
#include <vm/vm_page.h>
#include <vm/vm_pagequeue.h>

static const char *const class_names[] = {
	[VM_ALLOC_NORMAL] = "normal",
	[VM_ALLOC_INTERRUPT] = "interrupt",
	[VM_ALLOC_SYSTEM] = "system",
};

/* Guarded by the lock of the parameters. */
static vm_page_t *taken;
static unsigned long ntaken;

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

static void give_all(void)
{
	while (ntaken) {
		vm_page_free(taken[--ntaken]);
		cond_resched();
	}
	kvfree(taken);
	taken = NULL;
}

static int take_all(int class)
{
	unsigned long most = 0;
	int domain;

	DOMAINSET_FOREACH(domain, &vm_all_domains)
		most += vm_dom[domain]->vmd_page_count;
	if (!taken)
		taken = kvcalloc(most, sizeof(*taken), GFP_KERNEL);
	if (!taken)
		return -ENOMEM;
	while (ntaken < most) {
		taken[ntaken] = vm_page_alloc_noobj(class | VM_ALLOC_NOWAIT);
		if (!taken[ntaken])
			break;
		ntaken++;
		cond_resched();
	}
	return 0;
}

static int set_take(const char *text, const struct kernel_param *kp)
{
	const int class = sysfs_match_string(class_names, text);

	if (class >= 0)
		return take_all(class);
	if (!sysfs_streq(text, "none"))
		return class;
	give_all();
	return 0;
}

static int get_take(char *text, const struct kernel_param *kp)
{
	return sysfs_emit(text, "%lu\n", ntaken);
}

static const struct kernel_param_ops take_ops = {
	.set = set_take,
	.get = get_take,
};
module_param_cb(take, &take_ops, NULL, 0600);
MODULE_PARM_DESC(take, "class of requests by which all pages are taken, or none");

static int __init vmpage_move_init(void)
{
	return 0;
}

static void __exit vmpage_move_exit(void)
{
	give_all();
}

module_init(vmpage_move_init);
module_exit(vmpage_move_exit);
MODULE_DESCRIPTION("Moves and takes pages on demand, for tests");
MODULE_LICENSE("Dual BSD/GPL");
