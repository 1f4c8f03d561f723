/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The integer and handle types of FreeBSD's virtual memory interface.
 */
#ifndef _SYS_TYPES_H_
#define _SYS_TYPES_H_

#include <linux/types.h>

struct vm_object;
struct vm_page;

typedef u64 vm_paddr_t;			/* physical address, bytes */
typedef u64 vm_pindex_t;		/* index in an object, pages */
typedef struct vm_page *vm_page_t;
typedef struct vm_object *vm_object_t;
typedef char vm_memattr_t;		/* cacheability, VM_MEMATTR_* */
typedef int boolean_t;

#endif /* _SYS_TYPES_H_ */
