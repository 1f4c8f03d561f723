/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Sets of memory domains, and the policy that orders them.
 */
#ifndef _SYS_DOMAINSET_H_
#define _SYS_DOMAINSET_H_

#include <linux/bitmap.h>
#include <linux/list.h>
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

#define DOMAINSET_COPY(f, t)	bitmap_copy((t)->bits, (f)->bits, MAXMEMDOM)
#define DOMAINSET_AND2(d, s1, s2) \
	bitmap_and((d)->bits, (s1)->bits, (s2)->bits, MAXMEMDOM)

#define DOMAINSET_FOREACH(n, p)	for_each_set_bit(n, (p)->bits, MAXMEMDOM)

/* ds_policy */
#define DOMAINSET_POLICY_INVALID	0
#define DOMAINSET_POLICY_ROUNDROBIN	1	/* one after the other */
#define DOMAINSET_POLICY_FIRSTTOUCH	2	/* the domain of the current CPU */
#define DOMAINSET_POLICY_PREFER		3	/* ds_prefer while it has pages */
#define DOMAINSET_POLICY_INTERLEAVE	4	/* by the index in the object, see below */

/*
 * INTERLEAVE goes on to the next domain every 64 indexes, or every 512 in an object
 * that may have superpage reservations (vm_object_reserv()), which then lie in one
 * domain.  Objects begin in different domains.  Pages without an object all come
 * from the first one.
 *
 * A policy of which no domain has memory is as none.
 */

/*
 * struct domainset - a policy: which domains, and in what order
 *
 * Made by domainset_create() and never changed or freed while the allocator
 * runs, but for the ready-made ones, which follow vm_all_domains.
 *
 * (d) vm_domainset.c alone; everybody else reads.
 */
struct domainset {
	struct list_head ds_link;	/* (d) all policies */
	domainset_t ds_mask;		/* (d) domains that may be used */
	u16 ds_policy;			/* (d) DOMAINSET_POLICY_* */
	s16 ds_prefer;			/* (d) preferred domain, or -1 */
	u16 ds_cnt;			/* (d) domains in ds_mask */
	u8 ds_order[MAXMEMDOM];		/* (d) the domains of ds_mask, ascending */
};

/*
 * struct domainset_ref - a policy and how far its round has come
 *
 * Guarded by what guards its container: of an object, the object's lock; of a
 * task, nothing, as only the task itself uses it.
 */
struct domainset_ref {
	struct domainset *dr_policy;	/* NULL for none */
	unsigned int dr_iter;		/* cursor */
};

/**
 * domainset_create() - the policy with these members
 * @key: ds_mask, ds_policy and ds_prefer; the rest is ignored
 *
 * Domains without memory are left out; PREFER of one of them is ROUNDROBIN.
 * Equal requests return the same policy.
 *
 * Context: Process context.  May sleep.
 * Return: the policy, or NULL for an unknown ds_policy, a mask in which no domain
 * has memory, a ds_prefer outside the mask, or when there is no memory for it.
 *
 * Follows domainset(9).
 */
struct domainset *domainset_create(const struct domainset *key);

/*
 * Ready-made policies over all domains that have memory: round-robin, first
 * touch, interleave, and for each domain: that one only, that one first.
 */
extern struct domainset domainset_roundrobin;
extern struct domainset domainset_firsttouch;
extern struct domainset domainset_interleave;
extern struct domainset domainset_fixed[MAXMEMDOM];
extern struct domainset domainset_prefer[MAXMEMDOM];

#define DOMAINSET_RR()		(&domainset_roundrobin)
#define DOMAINSET_FT()		(&domainset_firsttouch)
#define DOMAINSET_IL()		(&domainset_interleave)
#define DOMAINSET_FIXED(d)	(&domainset_fixed[(d)])
#define DOMAINSET_PREF(d)	(&domainset_prefer[(d)])

#endif /* _SYS_DOMAINSET_H_ */
