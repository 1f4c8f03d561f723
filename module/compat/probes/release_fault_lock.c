// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Is the lock under which a fault runs dropped by a function? */
#include <linux/mm.h>

void probe(struct vm_fault *vmf);
void probe(struct vm_fault *vmf)
{
	release_fault_lock(vmf);
}
