// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Control: declared, not exported.  "Yes" means that exports are not looked up. */
#include <linux/mm.h>
#include "env_must_not_link.h"

void probe(struct page *page);
void probe(struct page *page)
{
	vmpage_no_such_export(page);
}
