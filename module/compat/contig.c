// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Memory at an address, and memory that was set aside, per kernel.
 */
#include <linux/cma.h>
#include <linux/dma-map-ops.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include "chunk_map.h"
#include "contig.h"
#include "features.h"

#if HAVE_ALLOC_CONTIG_RANGE

#if HAVE_ACR_FLAGS
#define CONTIG_PURPOSE	ACR_FLAGS_NONE
#else
#define CONTIG_PURPOSE	MIGRATE_MOVABLE
#endif

const char *vmpage_contig_missing(void)
{
	return NULL;
}

static int take_range(unsigned long pfn, unsigned long end, gfp_t gfp)
{
#if HAVE_ALLOC_CONTIG_FROZEN_RANGE
	if (gfp & __GFP_COMP) {
		const int ret = alloc_contig_frozen_range(pfn, end, CONTIG_PURPOSE, gfp);

		if (!ret)
			init_page_count(pfn_to_page(pfn));
		return ret;
	}
#endif
	/* A kernel that cannot make a folio here takes no notice of __GFP_COMP. */
	return alloc_contig_range(pfn, end, CONTIG_PURPOSE, gfp);
}

struct page *vmpage_contig_take(unsigned long pfn, bool compound)
{
	const gfp_t gfp = GFP_KERNEL | __GFP_NOWARN | (compound ? __GFP_COMP : 0);

	return take_range(pfn, pfn + VMPAGE_CHUNK_NPAGES, gfp) ? NULL : pfn_to_page(pfn);
}

#else

const char *vmpage_contig_missing(void)
{
	return "this kernel does not give memory by address to modules";
}

struct page *vmpage_contig_take(unsigned long pfn, bool compound)
{
	return NULL;
}

#endif

#if HAVE_CMA_ALLOC

const char *vmpage_cma_missing(void)
{
	return dev_get_cma_area(NULL) ? NULL : "no memory was set aside; boot with cma=SIZE";
}

struct page *vmpage_cma_take(unsigned long npages)
{
	return cma_alloc(dev_get_cma_area(NULL), npages, VMPAGE_CHUNK_ORDER, true);
}

void vmpage_cma_give(struct page *page, unsigned long npages)
{
	WARN_ON_ONCE(!cma_release(dev_get_cma_area(NULL), page, npages));
}

#else

const char *vmpage_cma_missing(void)
{
	return "this kernel does not give CMA memory to modules";
}

struct page *vmpage_cma_take(unsigned long npages)
{
	return NULL;
}

void vmpage_cma_give(struct page *page, unsigned long npages)
{
}

#endif
