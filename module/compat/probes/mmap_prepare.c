// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Is a driver asked before the kernel tries to merge a new mapping? */
#include <linux/fs.h>
#include <linux/mm.h>

bool probe(const struct file_operations *fops, struct vm_area_desc *desc);
bool probe(const struct file_operations *fops, struct vm_area_desc *desc)
{
	return fops->mmap_prepare(desc) && vma_desc_test(desc, VMA_MAYSHARE_BIT);
}
