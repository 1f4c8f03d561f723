// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Can a module take memory that was set aside with cma=? */
#include <linux/cma.h>
#include <linux/dma-map-ops.h>
#include <linux/mm.h>

bool probe(void);
bool probe(void)
{
	struct cma *cma = dev_get_cma_area(NULL);
	const bool no_warn = true;

	return cma_release(cma, cma_alloc(cma, 512UL, 9U, no_warn), 512UL);
}
