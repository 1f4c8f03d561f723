// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Control: no kernel declares this.  "Yes" means that errors go unnoticed. */
#include <linux/mm.h>

void probe(struct page *page);
void probe(struct page *page)
{
	vmpage_no_such_function(page);
}
