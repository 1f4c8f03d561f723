// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Can a module take pages at an address? */
#include <linux/gfp.h>

int probe(unsigned long pfn);
int probe(unsigned long pfn)
{
	return alloc_contig_range(pfn, pfn + 1, 0, GFP_KERNEL);
}
