// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Can a driver map a folio by one 2 MiB entry itself? */
#include <linux/mm.h>

vm_fault_t probe(struct vm_fault *vmf, struct folio *folio, bool write);
vm_fault_t probe(struct vm_fault *vmf, struct folio *folio, bool write)
{
	return vmf_insert_folio_pmd(vmf, folio, write);
}
