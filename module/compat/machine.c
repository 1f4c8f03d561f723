// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * What the allocator asks of Linux (module/vm/vm_machine.h), beyond one line.
 */
#include <linux/mempolicy.h>
#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/pfn.h>
#include <linux/sched.h>
#include <linux/topology.h>
#include "vm_compat.h"
#include "vm_machine.h"

#ifdef CONFIG_NUMA

static void nodes_to_mask(const nodemask_t *nodes, domainset_t *mask)
{
	int nid;

	DOMAINSET_ZERO(mask);
	for_each_node_mask(nid, *nodes) {
		if (nid < MAXMEMDOM)
			DOMAINSET_SET(nid, mask);
	}
}

/* One node first, and then any: what Linux calls preferred is never a limit. */
static bool prefer_node(int nid, struct domainset *ds)
{
	if (nid >= MAXMEMDOM)
		return false;
	bitmap_fill(ds->ds_mask.bits, MAXMEMDOM);
	ds->ds_policy = DOMAINSET_POLICY_PREFER;
	ds->ds_prefer = nid;
	return true;
}

/*
 * Only the task itself replaces its policy, so no lock is needed.  A change of
 * its cpuset may rewrite the nodes meanwhile; then some of the old ones are seen.
 */
bool vm_machine_task_policy(struct domainset *ds)
{
	const struct mempolicy *pol = current->mempolicy;

	if (!pol)
		return false;

	switch (pol->mode) {
	case MPOL_PREFERRED:
		return prefer_node(first_node(pol->nodes), ds);
	case MPOL_PREFERRED_MANY:
		if (node_isset(numa_node_id(), pol->nodes))
			return prefer_node(numa_node_id(), ds);
		return prefer_node(first_node(pol->nodes), ds);
	case MPOL_BIND:
		nodes_to_mask(&pol->nodes, &ds->ds_mask);
		ds->ds_policy = DOMAINSET_POLICY_FIRSTTOUCH;
		return true;
#if HAVE_MPOL_WEIGHTED_INTERLEAVE
	case MPOL_WEIGHTED_INTERLEAVE:
#endif
	case MPOL_INTERLEAVE:
		nodes_to_mask(&pol->nodes, &ds->ds_mask);
		ds->ds_policy = DOMAINSET_POLICY_INTERLEAVE;
		return true;
	default:
		return false;
	}
}

#else

bool vm_machine_task_policy(struct domainset *ds)
{
	return false;
}

#endif

/*
 * A crash dump looks at the first page of a compound one.  Single pages would
 * have to be marked one by one, in the middle of an allocation: they are dumped.
 *
 * The mark shares a word with the page's mapcount, which nobody uses while it is
 * there: no page of the chunk is in use, or none that can be mapped.  An
 * up-to-date page is left alone, since with the mark Linux may take it for one of
 * a balloon's and try to move it.
 */
void vm_machine_chunk_nodump(vm_paddr_t pa, bool nodump)
{
	struct page *page = pfn_to_page(PHYS_PFN(pa));

	if (!PageHead(page))
		return;
	if (!nodump && PageOffline(page))
		__ClearPageOffline(page);
	else if (nodump && !page_has_type(page) && !PageUptodate(page))
		__SetPageOffline(page);
}
