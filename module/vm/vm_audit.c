// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Runs every layer's own audit.
 */
#include <vm/vm_object.h>
#include <vm/vm_page.h>
#include <vm/vm_pagequeue.h>
#include <vm/vm_phys.h>

#include "vm_audit.h"

void vm_audit_all(struct vm_audit *audit)
{
	unsigned long resident, cached;

	vm_phys_audit(audit);
	vm_domain_audit(audit);
	resident = vm_object_audit(audit, &cached);
	vm_page_audit(audit, resident, cached);
}
