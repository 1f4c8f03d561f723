/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What the allocator asks of the machine it runs on.  In the KUnit build a
 * made-up machine answers (kunit/kunit_fixture.h).
 */
#ifndef _VM_MACHINE_H_
#define _VM_MACHINE_H_

#include <sys/domainset.h>

/* Can memory have this attribute? */
bool vm_machine_memattr_valid(vm_memattr_t memattr);

/*
 * Set the attribute of the 2 MiB chunk at this address, which is not mapped but by the
 * kernel itself.  May sleep.  A negative error leaves it unknown, unless the default was
 * to be set: then it is as before.
 */
int vm_machine_chunk_set_memattr(vm_paddr_t pa, vm_memattr_t memattr);

#ifdef VM_KUNIT

/* The domain of the current CPU. */
int vm_machine_domain(void);

/* Shall the current task pass for a page daemon? */
bool vm_machine_is_pageproc(void);

/* Shall the next node of an index fail to be allocated? */
bool vm_machine_fail_node(void);

/* Pages above 4 GiB from which the memory below it has a list of its own. */
unsigned long vm_machine_dma32_npages(void);

/* The machine's own policy for the current task: ds_mask, ds_policy, ds_prefer. */
bool vm_machine_task_policy(struct domainset *ds);

/* Does it have one? */
bool vm_machine_has_task_policy(void);

/* Is there memory at an address that the allocator does not manage? */
bool vm_machine_is_memory(vm_paddr_t pa);

/* The distance between two domains, 10 for none, or -1. */
int vm_machine_distance(int from, int to);

/* The clock that tells how long a reservation has been idle. */
unsigned long vm_machine_ticks(void);

/* A crash dump shall leave out the 2 MiB chunk at this address, or not any more. */
void vm_machine_chunk_nodump(vm_paddr_t pa, bool nodump);

#else

#include <linux/jiffies.h>
#include <linux/mmzone.h>
#include <linux/sched.h>
#include <linux/topology.h>
#include <linux/types.h>
#include <machine/vmparam.h>
#include <vm/vm.h>

bool vm_machine_task_policy(struct domainset *ds);
void vm_machine_chunk_nodump(vm_paddr_t pa, bool nodump);

static inline bool vm_machine_has_task_policy(void)
{
#ifdef CONFIG_NUMA
	return current->mempolicy;
#else
	return false;
#endif
}

static inline bool vm_machine_is_memory(vm_paddr_t pa)
{
	return pfn_valid(pa >> PAGE_SHIFT);
}

static inline int vm_machine_distance(int from, int to)
{
	return node_distance(from, to);
}

static inline unsigned long vm_machine_ticks(void)
{
	return jiffies;
}

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
