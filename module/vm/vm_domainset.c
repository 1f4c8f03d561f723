// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The order in which a request visits the domains.
 *
 * The domain of the current CPU comes first, then the others in ascending
 * order.  Domains below free_min are put off, so that a domain that can spare
 * pages is asked before one that cannot.  With a single domain there is nothing
 * to choose from and it is visited once.
 */
#include <vm/vm_domainset.h>
#include <vm/vm_pagequeue.h>

#include "vm_machine.h"

static int vm_domainset_iter_first(const domainset_t *set)
{
	const int local = vm_machine_domain();

	if (local >= 0 && local < MAXMEMDOM && DOMAINSET_ISSET(local, set))
		return local;
	return find_first_bit(set->bits, MAXMEMDOM);
}

int vm_domainset_iter_page_init(struct vm_domainset_iter *di, int *domain)
{
	di->di_remain = vm_all_domains;
	DOMAINSET_ZERO(&di->di_min);
	if (vm_ndomains > 1)
		bitmap_and(di->di_min.bits, vm_all_domains.bits, vm_min_domains.bits, MAXMEMDOM);
	bitmap_andnot(di->di_remain.bits, di->di_remain.bits, di->di_min.bits, MAXMEMDOM);

	return vm_domainset_iter_page(di, domain);
}

int vm_domainset_iter_page(struct vm_domainset_iter *di, int *domain)
{
	if (DOMAINSET_EMPTY(&di->di_remain)) {
		di->di_remain = di->di_min;
		DOMAINSET_ZERO(&di->di_min);
	}
	if (DOMAINSET_EMPTY(&di->di_remain))
		return -ENOMEM;

	*domain = vm_domainset_iter_first(&di->di_remain);
	DOMAINSET_CLR(*domain, &di->di_remain);
	return 0;
}
