/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Event counters, one copy per CPU.
 */
#ifndef _SYS_VMMETER_H_
#define _SYS_VMMETER_H_

#include <linux/percpu.h>
#include <sys/types.h>

/**
 * struct vmmeter - what the allocator counts
 * @v_wire_count: pages with at least one wiring, all domains
 * @v_tfree: pages freed since the load
 * @v_pdwakeups: times a domain's free count fell through its wakeup threshold
 * @v_pdpages: pages of deficit that the page daemons have taken note of
 * @v_index_walks: walks from the root of an object's index to place a page
 * @v_tcached: pages that became cached
 * @v_reactivated: cached pages that were brought back
 * @v_reserv_broken: reservations whose free pages went to the free lists
 * @v_reserv_freed: reservations that lost their last page
 * @v_reserv_reclaimed: reservations broken for a request that lacked pages
 * @v_block_reclaimed: blocks of 2 MiB that vmpage_reclaim_block() has cleared
 * @v_block_failed: times it cleared none
 * @v_block_moved: pages in use that were in those blocks
 * @v_zeroed_ahead: free pages that were cleared ahead of time
 * @v_zfod: pages that a first touch of the device wanted zero
 * @v_ozfod: those of them that were known to be zero
 *
 * One CPU's share may be negative, as a page can be wired on one CPU and
 * unwired on another; only the sum means something.
 */
struct vmmeter {
	s64 v_wire_count;
	s64 v_tfree;
	s64 v_pdwakeups;
	s64 v_pdpages;
	s64 v_index_walks;
	s64 v_tcached;
	s64 v_reactivated;
	s64 v_reserv_broken;
	s64 v_reserv_freed;
	s64 v_reserv_reclaimed;
	s64 v_block_reclaimed;
	s64 v_block_failed;
	s64 v_block_moved;
	s64 v_zeroed_ahead;
	s64 v_zfod;
	s64 v_ozfod;
};

DECLARE_PER_CPU(struct vmmeter, vm_cnt);

#define VM_CNT_ADD(var, x)	this_cpu_add(vm_cnt.var, (x))
#define VM_CNT_INC(var)		VM_CNT_ADD(var, 1)

#define VM_CNT_FETCH(var) ({						\
	s64 __sum = 0;							\
	int __cpu;							\
									\
	for_each_possible_cpu(__cpu)					\
		__sum += READ_ONCE(per_cpu(vm_cnt, __cpu).var);		\
	__sum;								\
})

#endif /* _SYS_VMMETER_H_ */
