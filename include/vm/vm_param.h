/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Return values of the calls that follow Mach's convention.
 */
#ifndef _VM_PARAM_H_
#define _VM_PARAM_H_

#include <machine/vmparam.h>

#define KERN_SUCCESS		0
#define KERN_INVALID_ARGUMENT	4
#define KERN_FAILURE		5

#endif /* _VM_PARAM_H_ */
