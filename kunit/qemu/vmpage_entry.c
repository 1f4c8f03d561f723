// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Looks at page table entries for a test in user space, on x86: after an address of its
 * own was written to the parameter "addr", that reads as the size of the entry that maps
 * it, in KiB, its memory type, and the type in the kernel's mapping of all memory.
 */
#include <linux/kstrtox.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pgtable.h>
#include <linux/sched.h>

static char answer[32] = "none";

/* What the bits PAT, PCD and PWT of an entry mean to this kernel. */
static const char *const types[8] = { "wb", "wc", "uc", "uc", "wb", "wp", "uc", "wt" };

static const char *entry_type(unsigned long entry, unsigned long pat)
{
	return types[(entry & _PAGE_PWT ? 1 : 0) | (entry & _PAGE_PCD ? 2 : 0) |
		     (entry & pat ? 4 : 0)];
}

static const char *direct_type(unsigned long pfn)
{
	unsigned int level;
	pte_t *pte = lookup_address((unsigned long)pfn_to_kaddr(pfn), &level);

	if (!pte)
		return "none";
	return entry_type(pte_val(*pte), level == PG_LEVEL_4K ? _PAGE_PAT : _PAGE_PAT_LARGE);
}

static void look_at_pmd(pmd_t *pmd, unsigned long addr)
{
	const pte_t *pte;

	if (pmd_none(*pmd))
		return;
	if (pmd_trans_huge(*pmd)) {
		snprintf(answer, sizeof(answer), "%lu %s %s", PMD_SIZE / 1024,
			 entry_type(pmd_val(*pmd), _PAGE_PAT_LARGE), direct_type(pmd_pfn(*pmd)));
		return;
	}
	pte = pte_offset_kernel(pmd, addr);
	if (pte_present(*pte))
		snprintf(answer, sizeof(answer), "%lu %s %s", PAGE_SIZE / 1024,
			 entry_type(pte_val(*pte), _PAGE_PAT), direct_type(pte_pfn(*pte)));
}

static void look_at(struct mm_struct *mm, unsigned long addr)
{
	pgd_t *pgd = pgd_offset(mm, addr);
	p4d_t *p4d = pgd_none(*pgd) ? NULL : p4d_offset(pgd, addr);
	pud_t *pud = !p4d || p4d_none(*p4d) ? NULL : pud_offset(p4d, addr);

	strscpy(answer, "none", sizeof(answer));
	if (pud && !pud_none(*pud))
		look_at_pmd(pmd_offset(pud, addr), addr);
}

static int set_addr(const char *text, const struct kernel_param *kp)
{
	unsigned long addr;
	int ret;

	ret = kstrtoul(text, 0, &addr);
	if (ret)
		return ret;
	if (addr >= TASK_SIZE || !current->mm)
		return -EINVAL;
	mmap_read_lock(current->mm);
	look_at(current->mm, addr);
	mmap_read_unlock(current->mm);
	return 0;
}

static int get_addr(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%s\n", answer);
}

static const struct kernel_param_ops addr_ops = {
	.set = set_addr,
	.get = get_addr,
};
module_param_cb(addr, &addr_ops, NULL, 0600);
MODULE_PARM_DESC(addr, "address of the writer to look at");

static int __init vmpage_entry_init(void)
{
	return 0;
}

static void __exit vmpage_entry_exit(void)
{
}

module_init(vmpage_entry_init);
module_exit(vmpage_entry_exit);
MODULE_DESCRIPTION("Page table entries, for tests");
MODULE_LICENSE("Dual BSD/GPL");
