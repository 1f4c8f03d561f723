/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Sets of memory domains, and the policy that orders them.
 */
#ifndef _SYS_DOMAINSET_H_
#define _SYS_DOMAINSET_H_

#include <linux/bitmap.h>
#include <sys/param.h>

typedef struct { DECLARE_BITMAP(bits, MAXMEMDOM); } domainset_t;

#define DOMAINSET_SETSIZE	MAXMEMDOM

#define DOMAINSET_ISSET(n, p)	test_bit((n), (p)->bits)
#define DOMAINSET_SET(n, p)	__set_bit((n), (p)->bits)
#define DOMAINSET_CLR(n, p)	__clear_bit((n), (p)->bits)
#define DOMAINSET_ZERO(p)	bitmap_zero((p)->bits, MAXMEMDOM)
#define DOMAINSET_EMPTY(p)	bitmap_empty((p)->bits, MAXMEMDOM)
#define DOMAINSET_COUNT(p)	bitmap_weight((p)->bits, MAXMEMDOM)
#define DOMAINSET_SUBSET(p, c)	bitmap_subset((c)->bits, (p)->bits, MAXMEMDOM)

#define DOMAINSET_FOREACH(n, p)	for_each_set_bit(n, (p)->bits, MAXMEMDOM)

#endif /* _SYS_DOMAINSET_H_ */
