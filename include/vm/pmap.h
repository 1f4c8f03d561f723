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
 *
 * Follows pmap_zero_page(9).
 */
void pmap_zero_page(vm_page_t m);

/**
 * vmpage_zero_pages() - fill pages in a row with zeros
 * @m_run: first page, all owned by the caller
 * @npages: length, pages
 *
 * Context: Any context.
 */
void vmpage_zero_pages(vm_page_t m_run, u_long npages);

/**
 * pmap_zero_page_area() - fill a part of a page with zeros
 * @m: page, owned by the caller
 * @off: offset, bytes
 * @size: bytes; the range lies in the page
 *
 * Context: Any context.
 *
 * Follows pmap_zero_page(9).
 */
void pmap_zero_page_area(vm_page_t m, int off, int size);

/**
 * pmap_copy_page() - copy the content of a page
 * @src: page
 * @dst: page, owned by the caller
 *
 * Context: Any context.
 *
 * Follows pmap_copy(9).
 */
void pmap_copy_page(vm_page_t src, vm_page_t dst);

/**
 * pmap_page_set_memattr() - set the memory attribute of a page
 * @m: page, owned by the caller
 * @memattr: VM_MEMATTR_*
 *
 * The attribute is recorded.  It belongs to the whole reservation that the page is part
 * of (vm_object_set_memattr()): another one, beside VM_MEMATTR_DEFAULT, is reported and
 * refused.
 *
 * Context: Any context.
 *
 * Follows FreeBSD 14; it has no manual page.
 */
void pmap_page_set_memattr(vm_page_t m, vm_memattr_t memattr);

/**
 * pmap_page_get_memattr() - the memory attribute of a page
 * @m: page
 *
 * Context: Any context.
 * Return: VM_MEMATTR_*
 *
 * Follows FreeBSD 14; it has no manual page.
 */
vm_memattr_t pmap_page_get_memattr(vm_page_t m);

#endif /* _VM_PMAP_H_ */
