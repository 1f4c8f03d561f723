/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The content of physical pages.
 */
#ifndef _VM_PMAP_H_
#define _VM_PMAP_H_

#include <sys/types.h>

/**
 * pmap_zero_page() - fill a page with zeros
 * @m: page, owned by the caller
 *
 * Context: Any context.
 */
void pmap_zero_page(vm_page_t m);

#endif /* _VM_PMAP_H_ */
