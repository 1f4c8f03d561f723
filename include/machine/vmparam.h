/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Shape of the free lists and of a reservation.
 */
#ifndef _MACHINE_VMPARAM_H_
#define _MACHINE_VMPARAM_H_

#include <linux/bits.h>
#include <linux/sizes.h>

/* Buddy orders 0 to 12: 4 KiB to 16 MiB. */
#define VM_NFREEORDER		13
#define VM_NFREEORDER_MAX	VM_NFREEORDER

/* Pools: pages of objects, and pages used through the direct map. */
#define VM_NFREEPOOL		2
#define VM_FREEPOOL_DEFAULT	0
#define VM_FREEPOOL_DIRECT	1

/* Free lists by address, in the order in which they are searched. */
#define VM_NFREELIST		3
#define VM_FREELIST_DEFAULT	0
#define VM_FREELIST_DMA32	1
#define VM_FREELIST_LOWMEM	2

#define VM_LOWMEM_BOUNDARY	SZ_16M
#define VM_DMA32_BOUNDARY	0x100000000ULL
/* Pages above 4 GiB from which the memory below it has a list of its own. */
#define VM_DMA32_NPAGES_THRESHOLD	16777216

/* A superpage reservation: one level of 512 pages. */
#define VM_NRESERVLEVEL		1
#define VM_LEVEL_0_ORDER	9
#define VM_LEVEL_0_NPAGES	BIT(VM_LEVEL_0_ORDER)

#endif /* _MACHINE_VMPARAM_H_ */
