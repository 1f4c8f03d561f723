// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Can a task's pages be spread over nodes by weight? */
#include <linux/mempolicy.h>

int probe(void);
int probe(void)
{
	return MPOL_WEIGHTED_INTERLEAVE;
}
