// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Load and unload.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bits.h>
#include <linux/cpuhotplug.h>
#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/suspend.h>
#include <linux/string.h>
#include <vm/vm_pageout.h>
#include "mem_source.h"
#include "vm_init.h"
#include "vm_zero.h"
#include "vm_pgcache.h"
#include "vmpage_dev.h"

static char *size = "64M";
module_param(size, charp, 0444);
MODULE_PARM_DESC(size, "memory to take from all nodes together, in bytes or with K, M, G; a multiple of 2M (default 64M)");

static char *size_per_node;
module_param(size_per_node, charp, 0444);
MODULE_PARM_DESC(size_per_node, "memory to take from each node, instead of size=");

static bool strict;
module_param(strict, bool, 0444);
MODULE_PARM_DESC(strict, "fail when the size is not reached (default: take what can be had)");

static char *source = "buddy";
module_param(source, charp, 0444);
MODULE_PARM_DESC(source, "where the memory comes from: buddy (the page allocator), contig (long runs, cleared if need be), cma (set aside with cma=), or several, the first preferred; what the kernel does not offer is left out (default buddy)");

static char *uid_max;
module_param(uid_max, charp, 0444);
MODULE_PARM_DESC(uid_max, "the most that one user's files may hold; each 2M of which a user has a page count as a whole; a multiple of 2M (default: no limit)");

module_param_named(pgcache_max_pcpu, vm_pgcache_max_pcpu, uint, 0444);
MODULE_PARM_DESC(pgcache_max_pcpu, "the most pages that a CPU keeps at hand of each pool of a node; 0 for none (default 1024; all CPUs together an eighth of the node's pages, beside up to 64 each of reservations)");

module_param_named(lowmem_period, vm_lowmem_period, uint, 0644);
MODULE_PARM_DESC(lowmem_period, "seconds between two calls of the low-memory notifiers of a node; 0 for none (default 10)");

/* The threads that do it come and go with it. */
static int zero_ahead_set(const char *value, const struct kernel_param *kp)
{
	bool on;
	int ret;

	ret = kstrtobool(value, &on);
	return ret ? ret : vm_zero_set(on);
}

static const struct kernel_param_ops zero_ahead_ops = {
	.set = zero_ahead_set,
	.get = param_get_bool,
};
module_param_cb(zero_ahead, &zero_ahead_ops, &vm_zero_ahead, 0644);
MODULE_PARM_DESC(zero_ahead, "clear free superpages while the machine is idle, so that a first touch of 2 MiB need not (default off)");

/* log2 of a size suffix, or -1 */
static int suffix_shift(char c)
{
	switch (toupper(c)) {
	case '\0':
		return 0;
	case 'K':
		return 10;
	case 'M':
		return 20;
	case 'G':
		return 30;
	default:
		return -1;
	}
}

/* As memparse() reads it, but nothing may follow and nothing may overflow. */
static int parse_size(const char *name, const char *value, u64 *bytes)
{
	const size_t ndigits = strspn(value, "0123456789");
	char digits[24] = "";
	int shift = -1;
	u64 number;

	if (ndigits && ndigits < sizeof(digits) && strlen(value) <= ndigits + 1)
		shift = suffix_shift(value[ndigits]);
	if (shift >= 0) {
		memcpy(digits, value, ndigits);
		if (!kstrtou64(digits, 10, &number) && !check_shl_overflow(number, shift, bytes))
			return 0;
	}
	pr_err("%s=%s is not a size; give a number with K, M or G, such as 64M\n", name, value);
	return -EINVAL;
}

static int parse_request(struct mem_source_request *req)
{
	int ret;

	ret = mem_source_choose(req, source);
	if (ret)
		return ret;
	req->strict = strict;
	if (!size_per_node)
		return parse_size("size", size, &req->size);

	ret = parse_size("size_per_node", size_per_node, &req->size_per_node);
	if (!ret && !req->size_per_node) {
		pr_err("size_per_node=0 asks for nothing; give at least 2M\n");
		ret = -EINVAL;
	}
	return ret;
}

static int parse_uid_max(void)
{
	u64 bytes;
	int ret;

	if (!uid_max)
		return 0;
	ret = parse_size("uid_max", uid_max, &bytes);
	if (!ret && (!bytes || !IS_ALIGNED(bytes, VMPAGE_CHUNK_SIZE))) {
		pr_err("uid_max=%s is not a multiple of 2M; give at least 2M\n", uid_max);
		ret = -EINVAL;
	}
	if (!ret)
		vmpage_uid_max = bytes >> PAGE_SHIFT;
	return ret;
}

static int start_memory(void)
{
	struct vm_mem_span *spans;
	unsigned int nspans;
	int ret;

	ret = mem_source_spans(&spans, &nspans);
	if (ret)
		return ret;

	ret = vm_mem_startup(spans, nspans);
	kvfree(spans);
	return ret;
}

/*
 * What a crash dump may leave out, a machine that hibernates has to save: its owner
 * wants it back, and what was free may be known to be zero.
 */
static int hibernation_event(struct notifier_block *nb, unsigned long event, void *unused)
{
	if (event == PM_HIBERNATION_PREPARE)
		vm_mem_dump_all(true);
	else if (event == PM_POST_HIBERNATION)
		vm_mem_dump_all(false);
	return NOTIFY_OK;
}

static struct notifier_block hibernation_nb = {
	.notifier_call = hibernation_event,
};

static int cpu_state;			/* of vm_pgcache_cpu_reset() */

static int register_cpus(void)
{
	cpu_state = cpuhp_setup_state_nocalls(CPUHP_BP_PREPARE_DYN, "vmpage:pgcache",
					      vm_pgcache_cpu_reset, vm_pgcache_cpu_reset);
	return min(cpu_state, 0);
}

static int __init vmpage_init(void)
{
	struct mem_source_request req = {};
	int ret;

	ret = parse_request(&req);
	if (ret)
		return ret;

	ret = parse_uid_max();
	if (ret)
		return ret;

	ret = vmpage_map_policy_init();
	if (ret)
		return ret;

	ret = vmpage_fs_init();
	if (ret)
		return ret;

	vmpage_chunk_map = vmpage_selfcheck();
	if (!vmpage_chunk_map)
		pr_warn("no safe way to map parts of a 2 MiB folio on this kernel: chunks are split into single pages\n");
	req.map = vmpage_chunk_map;

	ret = mem_source_take(&req);
	if (ret)
		goto err_fs;

	ret = start_memory();
	if (ret)
		goto err_source;

	ret = register_cpus();
	if (ret)
		goto err_memory;

	ret = register_pm_notifier(&hibernation_nb);
	if (ret)
		goto err_cpus;

	ret = vm_pageout_start();
	if (ret)
		goto err_pm;

	ret = vm_zero_start();
	if (ret)
		goto err_pageout;

	ret = vmpage_quarantine_init();
	if (ret)
		goto err_zero;

	ret = vmpage_dev_init();
	if (ret)
		goto err_quarantine;

	vmpage_debugfs_init();
	return 0;

err_quarantine:
	vmpage_quarantine_exit();
err_zero:
	vm_zero_stop();
err_pageout:
	vm_pageout_stop();
err_pm:
	unregister_pm_notifier(&hibernation_nb);
err_cpus:
	cpuhp_remove_state_nocalls(cpu_state);
err_memory:
	vm_mem_shutdown();
err_source:
	mem_source_release();
err_fs:
	vmpage_fs_exit();
	return ret;
}
module_init(vmpage_init);

static void __exit vmpage_exit(void)
{
	vmpage_debugfs_exit();
	vmpage_dev_exit();
	vmpage_quarantine_exit();
	vm_zero_stop();
	vm_pageout_stop();
	unregister_pm_notifier(&hibernation_nb);
	cpuhp_remove_state_nocalls(cpu_state);
	vm_mem_shutdown();
	mem_source_release();
	vmpage_fs_exit();
}
module_exit(vmpage_exit);

MODULE_DESCRIPTION("FreeBSD's physical page allocator");
MODULE_LICENSE("Dual BSD/GPL");
