/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Trace events.  A physical address tells which page, and a domain is a NUMA node.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM vmpage

#if !defined(_VMPAGE_TRACE_H_) || defined(TRACE_HEADER_MULTI_READ)
#define _VMPAGE_TRACE_H_

#include <linux/tracepoint.h>

#include "vm_reserv_priv.h"

DECLARE_EVENT_CLASS(vm_reserv,
		    TP_PROTO(const struct vm_reserv *rv),
		    TP_ARGS(rv),
		    TP_STRUCT__entry(__field(u64, phys_addr)
				     __field(u64, pindex)
				     __field(unsigned int, popcnt)
				     __field(int, domain)),
		    TP_fast_assign(__entry->phys_addr = rv->pages->phys_addr;
				   __entry->pindex = rv->pindex;
				   __entry->popcnt = rv->popcnt;
				   __entry->domain = rv->domain;),
		    TP_printk("pa=%#llx pindex=%llu popcnt=%u domain=%d", __entry->phys_addr,
			      __entry->pindex, __entry->popcnt, __entry->domain));

/* A 2 MiB block was set aside for an object; none of its pages is populated yet. */
DEFINE_EVENT(vm_reserv, vm_reserv_new, TP_PROTO(const struct vm_reserv *rv), TP_ARGS(rv));

/* The last page of a reservation was populated. */
DEFINE_EVENT(vm_reserv, vm_reserv_full, TP_PROTO(const struct vm_reserv *rv), TP_ARGS(rv));

/* A request that lacks pages has chosen a reservation; the next event breaks it. */
DEFINE_EVENT(vm_reserv, vm_reserv_reclaim, TP_PROTO(const struct vm_reserv *rv), TP_ARGS(rv));

/* A reservation is given up; its unpopulated pages go to the free lists. */
DEFINE_EVENT(vm_reserv, vm_reserv_break, TP_PROTO(const struct vm_reserv *rv), TP_ARGS(rv));

#endif /* _VMPAGE_TRACE_H_ */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
