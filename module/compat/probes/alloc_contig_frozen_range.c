// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Are folios at an address taken by a function of their own? */
#include <linux/gfp.h>

int probe(unsigned long pfn);
int probe(unsigned long pfn)
{
	return alloc_contig_frozen_range(pfn, pfn + 1, ACR_FLAGS_NONE, GFP_KERNEL | __GFP_COMP);
}
