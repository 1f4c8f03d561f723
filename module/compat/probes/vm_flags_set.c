// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Are the flags of a VMA changed by a function? */
#include <linux/mm.h>

void probe(struct vm_area_struct *vma);
void probe(struct vm_area_struct *vma)
{
	vm_flags_set(vma, VM_HUGEPAGE);
}
