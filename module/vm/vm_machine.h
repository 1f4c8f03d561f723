/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What the allocator asks of the machine it runs on.  In the KUnit build a
 * made-up machine answers (kunit/kunit_fixture.h).
 */
#ifndef _VM_MACHINE_H_
#define _VM_MACHINE_H_

#ifdef VM_KUNIT

/* The domain of the current CPU. */
int vm_machine_domain(void);

/* Is the current task a page daemon? */
bool vm_machine_is_pageproc(void);

/* Shall the next node of an index fail to be allocated? */
bool vm_machine_fail_node(void);

/* Pages above 4 GiB from which the memory below it has a list of its own. */
unsigned long vm_machine_dma32_npages(void);

#else

#include <linux/topology.h>
#include <linux/types.h>
#include <machine/vmparam.h>

static inline int vm_machine_domain(void)
{
	return numa_node_id();
}

static inline bool vm_machine_is_pageproc(void)
{
	return false;
}

static inline bool vm_machine_fail_node(void)
{
	return false;
}

static inline unsigned long vm_machine_dma32_npages(void)
{
	return VM_DMA32_NPAGES_THRESHOLD;
}

#endif /* VM_KUNIT */

#endif /* _VM_MACHINE_H_ */
