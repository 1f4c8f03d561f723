/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Data of the physical memory layer.
 */
#ifndef __VM_PHYS_H_
#define __VM_PHYS_H_

#include <linux/list.h>
#include <machine/vmparam.h>
#include <sys/types.h>

struct vm_reserv;

/*
 * struct vm_freelist - free blocks of one order
 *
 * (f) vmd_free_lock of the domain.
 */
struct vm_freelist {
	struct list_head pl;		/* (f) first pages, by plinks.q; taken from the head */
	unsigned int lcnt;		/* (f) blocks on pl */
};

/*
 * struct vm_phys_seg - a physically contiguous range of one domain
 *
 * A segment and its page array live until vm_phys_fini().
 *
 * (c) constant once vm_phys_init() has returned; (f) vmd_free_lock.
 */
struct vm_phys_seg {
	vm_paddr_t start;		/* (c) bytes */
	vm_paddr_t end;			/* (c) bytes, one past the last */
	vm_page_t first_page;		/* (c) one struct vm_page for each page */
	/* (c) [pool][order], shared by the segments of one domain and list */
	struct vm_freelist (*free_queues)[VM_NFREEORDER];
	u16 *chunks;			/* (f) VM_PHYS_CHUNK_*, one for each 2 MiB it touches */
	unsigned long *mixed;		/* (f) a bit for each of them; see vm_phys_mix() */
	struct vm_reserv *first_reserv;	/* (c) reservation records, likewise; see vm_reserv.h */
	unsigned int nabsent;		/* (f) 2 MiB chunks given back */
	u16 segind;			/* (c) index in vm_phys_segs[] */
	u8 domain;			/* (c) */
	u8 freelist;			/* (c) VM_FREELIST_* that free_queues belong to */
	bool exact;			/* (c) the page array is of single pages */
};

#endif /* __VM_PHYS_H_ */
