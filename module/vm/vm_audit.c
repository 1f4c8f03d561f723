// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Runs every layer's own audit.
 */
#include <vm/vm_object.h>
#include <vm/vm_page.h>
#include <vm/vm_pagequeue.h>
#include <vm/vm_pageout.h>
#include <vm/vm_phys.h>
#include <vm/vm_reserv.h>

#include "vm_audit.h"

void vm_audit_all(struct vm_audit *audit)
{
	struct vm_object_census census;
	unsigned long reservs;

	vm_pageout_pause();
	vm_phys_audit(audit);
	vm_domain_audit(audit);
	reservs = vm_reserv_audit(audit);
	vm_object_audit(audit, &census);
	if (reservs != census.reservs)
		vm_audit_fail(audit, "%lu reservations are active, objects have %lu\n", reservs,
			      census.reservs);
	vm_page_audit(audit, census.resident, census.cached);
	vm_pageout_resume();
}
