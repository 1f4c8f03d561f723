/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Object types and memory attributes.
 */
#ifndef _VM_H_
#define _VM_H_

#include <sys/types.h>

typedef u8 objtype_t;

enum obj_type {
	OBJT_RESERVED = 0,
	OBJT_SWAP,
	OBJT_DEFAULT = OBJT_SWAP,
	OBJT_VNODE,
	OBJT_DEVICE,
	OBJT_PHYS,
	OBJT_DEAD,
	OBJT_SG,
	OBJT_MGTDEVICE,
};

/* The codes are those of x86's page attribute table; DEFAULT is write-back. */
#define VM_MEMATTR_UNCACHEABLE		((vm_memattr_t)0)
#define VM_MEMATTR_WRITE_COMBINING	((vm_memattr_t)1)
#define VM_MEMATTR_WRITE_THROUGH	((vm_memattr_t)4)
#define VM_MEMATTR_WRITE_PROTECTED	((vm_memattr_t)5)
#define VM_MEMATTR_WRITE_BACK		((vm_memattr_t)6)
#define VM_MEMATTR_WEAK_UNCACHEABLE	((vm_memattr_t)7)
#define VM_MEMATTR_DEVICE		VM_MEMATTR_UNCACHEABLE
#define VM_MEMATTR_DEFAULT		VM_MEMATTR_WRITE_BACK

#endif /* _VM_H_ */
