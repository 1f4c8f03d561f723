// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Are pages in a row cleared by one call? */
#include <linux/mm.h>

void probe(void *addr);
void probe(void *addr)
{
	clear_pages(addr, 2);
}
