// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Control: a declared and exported function.  "No" means that nothing compiles. */
#include <linux/mm.h>

void probe(struct page *page);
void probe(struct page *page)
{
	split_page(page, 9);
}
