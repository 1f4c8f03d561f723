// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Can a module count the mappings of a folio? */
#include <linux/mm.h>

int probe(struct folio *folio);
int probe(struct folio *folio)
{
	return folio_mapcount(folio);
}
