// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Is alloc_contig_range() told what for, rather than a migrate type? */
#include <linux/gfp.h>

acr_flags_t probe(void);
acr_flags_t probe(void)
{
	return ACR_FLAGS_NONE;
}
