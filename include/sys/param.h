/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Machine-independent parameters and unit conversions.
 *
 * There is no PAGE_MASK here: FreeBSD's is PAGE_SIZE - 1 and Linux's is its
 * complement.  Code for both writes PAGE_SIZE - 1.
 */
#ifndef _SYS_PARAM_H_
#define _SYS_PARAM_H_

#include <linux/mm.h>
#include <sys/types.h>

#define MAXMEMDOM	64		/* memory domains; a domain is a NUMA node id */

#define DEV_BSIZE	512		/* bytes per bit of valid and dirty */

#define ptoa(x)		((vm_paddr_t)(x) << PAGE_SHIFT)	/* pages to bytes */
#define atop(x)		((vm_paddr_t)(x) >> PAGE_SHIFT)	/* bytes to pages */
#define trunc_page(x)	((x) & ~((vm_paddr_t)PAGE_SIZE - 1))
#define round_page(x)	trunc_page((x) + PAGE_SIZE - 1)

#endif /* _SYS_PARAM_H_ */
