/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What kernels spell differently.  The only file that reads the answers of the
 * probes, beside the code in this folder.
 */
#ifndef _VM_COMPAT_H_
#define _VM_COMPAT_H_

#include <linux/mm.h>
#include "features.h"

/**
 * vmpage_folio_mapcount() - count the page table entries that map a folio
 * @folio: folio of a device file, locked: no fault adds one meanwhile
 *
 * Context: Process context.
 * Return: entries; one of 2 MiB counts as one.
 */
static inline int vmpage_folio_mapcount(struct folio *folio)
{
#if HAVE_FOLIO_MAPCOUNT
	return folio_mapcount(folio);
#else
	const long npages = folio_nr_pages(folio);
	int entire, count = 0;
	long i;

	/* A file's 2 MiB entry is counted in the folio and in each of its pages. */
	entire = folio_test_large(folio) ? folio_entire_mapcount(folio) : 0;
	for (i = 0; i < npages; i++)
		count += atomic_read(&folio_page(folio, i)->_mapcount) + 1 - entire;
	return count + entire;
#endif
}

/*
 * VMAs with one of these flags have their page tables copied by fork; others
 * have them filled by faults.
 */
#ifndef VM_COPY_ON_FORK
#define VM_COPY_ON_FORK	(VM_PFNMAP | VM_MIXEDMAP | VM_UFFD_WP)
#endif

#endif /* _VM_COMPAT_H_ */
