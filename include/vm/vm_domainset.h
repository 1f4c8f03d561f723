/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Which domain next.
 */
#ifndef _VM_DOMAINSET_H_
#define _VM_DOMAINSET_H_

#include <sys/domainset.h>

/*
 * struct vm_domainset_iter - a walk over the domains of a request
 *
 * The local domain first, then the others in ascending order; domains below
 * free_min are left for a second pass.
 */
struct vm_domainset_iter {
	domainset_t di_remain;		/* domains of this pass not visited yet */
	domainset_t di_min;		/* domains put off to the second pass */
};

/**
 * vm_domainset_iter_page_init() - begin a walk
 * @di: the walk
 * @domain: receives the first domain
 *
 * Context: Any context.
 * Return: 0, or -ENOMEM when there is no domain.
 */
int vm_domainset_iter_page_init(struct vm_domainset_iter *di, int *domain);

/**
 * vm_domainset_iter_page() - go on to the next domain
 * @di: the walk
 * @domain: receives the domain
 *
 * Context: Any context.
 * Return: 0, or -ENOMEM when every domain was visited.
 */
int vm_domainset_iter_page(struct vm_domainset_iter *di, int *domain);

#endif /* _VM_DOMAINSET_H_ */
