// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Can a module set the memory attribute of a range of the direct map? */
#include <linux/set_memory.h>

int probe(unsigned long addr);
int probe(unsigned long addr)
{
	const int npages = 512;

	return set_memory_wc(addr, npages) || set_memory_uc(addr, npages) ||
	       set_memory_wb(addr, npages);
}
