/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Which domain next.
 *
 * The policy of a request is its object's, else the current task's: the one it
 * set with vmpage_task_policy_begin(), else what Linux has for it
 * (set_mempolicy(2)), else first touch.
 *
 * What has FreeBSD 14's name has its meaning; no manual page describes it.
 */
#ifndef _VM_DOMAINSET_H_
#define _VM_DOMAINSET_H_

#include <linux/list.h>
#include <sys/domainset.h>

struct task_struct;
struct vm_domain;

/*
 * struct vm_domainset_iter - a walk over the domains of a request
 *
 * Domains below free_min are left out of the first phase; the second visits all.
 */
struct vm_domainset_iter {
	const struct domainset *di_domain;	/* policy */
	struct domainset_ref *di_ref;	/* whose cursor moves */
	domainset_t di_valid_mask;	/* domains that may be used */
	unsigned long di_offset;	/* of INTERLEAVE */
	unsigned int di_iter;		/* cursor of this phase */
	unsigned int di_cnt;		/* domains of the policy */
	int di_policy;			/* DOMAINSET_POLICY_* */
	int di_prefer;			/* of PREFER */
	int di_flags;			/* wait flags of the request */
	int di_n;			/* visits left in this phase */
	bool di_minskip;		/* first phase */
	bool di_one;			/* one domain: one visit, which waits itself */
	struct domainset di_machine;	/* room for the machine's policy */
};

/**
 * vm_domainset_iter_page_init() - begin a walk
 * @di: the walk
 * @object: object, write-locked, or NULL
 * @pindex: index in @object, pages
 * @domain: receives the first domain
 * @req: VM_ALLOC_* request; its wait flags are taken over by the walk, so that
 *	no visit sleeps.  With a single domain they stay.
 *
 * Context: Any context.
 * Return: 0, or ENOMEM when there is no domain.
 */
int vm_domainset_iter_page_init(struct vm_domainset_iter *di, vm_object_t object,
				vm_pindex_t pindex, int *domain, int *req);

/**
 * vm_domainset_iter_page() - go on to the next domain
 * @di: the walk
 * @object: object of the request, write-locked, or NULL
 * @domain: receives the domain
 *
 * When every domain was visited and the request may wait, this waits, with
 * @object unlocked, until one has pages; with WAITOK the walk then begins anew.
 *
 * Context: Any context; may sleep for WAITOK and WAITFAIL.
 * Return: 0, or ENOMEM when the walk is over.
 */
int vm_domainset_iter_page(struct vm_domainset_iter *di, vm_object_t object, int *domain);

/**
 * vm_domainset_iter_ignore() - visit a domain no more
 * @di: the walk
 * @domain: domain
 *
 * When no domain is left the walk is over, without waiting.
 *
 * Context: Any context.
 */
void vm_domainset_iter_ignore(struct vm_domainset_iter *di, int domain);

/*
 * struct vmpage_task_policy - a policy of the current task, on its stack
 */
struct vmpage_task_policy {
	struct list_head tp_link;
	struct task_struct *tp_task;
	struct domainset_ref tp_ref;
};

/**
 * vmpage_task_policy_begin() - set the policy of the current task
 * @tp: on the caller's stack, until vmpage_task_policy_end()
 * @policy: a policy
 *
 * Holds for requests from task context without an object, or whose object has
 * no policy.  The inner one of two holds.  Its cursor begins at 0.
 *
 * Context: Process context.
 */
void vmpage_task_policy_begin(struct vmpage_task_policy *tp, struct domainset *policy);

/**
 * vmpage_task_policy_end() - back to the policy before
 * @tp: as given to vmpage_task_policy_begin()
 *
 * Context: Process context, the same task.
 */
void vmpage_task_policy_end(struct vmpage_task_policy *tp);

/*
 * The domain that a request without an object visits first, if that is where the CPU is
 * and it is not short of pages; NULL when there is more to it.
 */
struct vm_domain *vm_domainset_home(void);
/* The domains that a request with this object, or NULL, may use. */
void vm_domainset_mask(vm_object_t object, domainset_t *mask);

/* vm_init.c: the domains that have memory have changed. */
void vm_domainset_update(void);
/* vm_init.c: forget every policy that was made. */
void vm_domainset_reset(void);

#endif /* _VM_DOMAINSET_H_ */
