// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The order in which a request visits the domains.
 *
 * A phase is one domain that the policy names, and then as many as the policy
 * has, by a cursor that goes round.  The first phase leaves out the domains below
 * free_min, so that one that can spare pages is asked before one that cannot; the
 * second asks all.  Only when that was in vain is it time to wait.
 *
 * The cursor outlives the request.  That of an object is guarded by the object's
 * lock and that of a task policy has one user.  Requests without either share
 * one, which others move at any time: so a phase counts on a copy of its own,
 * and what the others do changes where the next phase begins, never what this
 * one visits.
 */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <sys/systm.h>
#include <vm/vm_domainset.h>
#include <vm/vm_object.h>
#include <vm/vm_page.h>
#include <vm/vm_pagequeue.h>

#include "vm_machine.h"

/* INTERLEAVE without reservations changes domain after so many pages. */
#define VM_INTERLEAVE_NPAGES	64

struct domainset domainset_roundrobin;
EXPORT_SYMBOL_GPL(domainset_roundrobin);
struct domainset domainset_firsttouch;
EXPORT_SYMBOL_GPL(domainset_firsttouch);
struct domainset domainset_interleave;
EXPORT_SYMBOL_GPL(domainset_interleave);
struct domainset domainset_fixed[MAXMEMDOM];
EXPORT_SYMBOL_GPL(domainset_fixed);
struct domainset domainset_prefer[MAXMEMDOM];
EXPORT_SYMBOL_GPL(domainset_prefer);

static DEFINE_MUTEX(vm_policies_lock);
static LIST_HEAD(vm_policies);		/* vm_policies_lock; made by domainset_create() */

static DEFINE_RAW_SPINLOCK(vm_task_policies_lock);
static LIST_HEAD(vm_task_policies);	/* vm_task_policies_lock; the latest first */

/* Of requests that have neither an object's policy nor a task's. */
static struct domainset_ref vm_default_ref = { .dr_policy = &domainset_firsttouch };

/*
 * Policies
 */

/* Reduce a policy to the domains that have memory. */
static void vm_policy_settle(struct domainset *ds)
{
	int domain;

	DOMAINSET_AND2(&ds->ds_mask, &ds->ds_mask, &vm_all_domains);
	ds->ds_cnt = 0;
	DOMAINSET_FOREACH(domain, &ds->ds_mask)
		ds->ds_order[ds->ds_cnt++] = domain;

	if (ds->ds_policy == DOMAINSET_POLICY_PREFER &&
	    !DOMAINSET_ISSET(ds->ds_prefer, &ds->ds_mask))
		ds->ds_policy = DOMAINSET_POLICY_ROUNDROBIN;
	if (ds->ds_policy != DOMAINSET_POLICY_PREFER)
		ds->ds_prefer = -1;
}

/* Of what others say: the domains in the mask need not have memory yet. */
static bool vm_policy_valid(const struct domainset *ds)
{
	switch (ds->ds_policy) {
	case DOMAINSET_POLICY_PREFER:
		return ds->ds_prefer >= 0 && ds->ds_prefer < MAXMEMDOM &&
		       DOMAINSET_ISSET(ds->ds_prefer, &ds->ds_mask);
	case DOMAINSET_POLICY_ROUNDROBIN:
	case DOMAINSET_POLICY_FIRSTTOUCH:
	case DOMAINSET_POLICY_INTERLEAVE:
		return true;
	default:
		return false;
	}
}

/* Settled ones; the order and the count follow from the mask. */
static bool vm_policy_equal(const struct domainset *a, const struct domainset *b)
{
	return a->ds_policy == b->ds_policy && a->ds_prefer == b->ds_prefer &&
	       bitmap_equal(a->ds_mask.bits, b->ds_mask.bits, MAXMEMDOM);
}

/* The policy that equals @key, made if there is none yet. */
static struct domainset *vm_policy_intern(const struct domainset *key)
{
	struct domainset *ds;

	lockdep_assert_held(&vm_policies_lock);
	list_for_each_entry(ds, &vm_policies, ds_link) {
		if (vm_policy_equal(ds, key))
			return ds;
	}
	ds = kmemdup(key, sizeof(*key), GFP_KERNEL);
	if (ds)
		list_add(&ds->ds_link, &vm_policies);
	return ds;
}

struct domainset *domainset_create(const struct domainset *key)
{
	struct domainset *ds, settled = *key;

	if (!vm_policy_valid(key))
		return NULL;
	/* What differs only in domains without memory is the same policy. */
	vm_policy_settle(&settled);
	if (!settled.ds_cnt)
		return NULL;

	mutex_lock(&vm_policies_lock);
	ds = vm_policy_intern(&settled);
	mutex_unlock(&vm_policies_lock);
	return ds;
}
EXPORT_SYMBOL_GPL(domainset_create);

/*
 * Others may be reading it.  Domains are only added then, so that whatever they
 * find in the order exists; how many there are, and PREFER, is seen last.
 */
static void vm_policy_update(struct domainset *ds, const domainset_t *mask, int policy, int prefer)
{
	struct domainset new = { .ds_mask = *mask, .ds_policy = policy, .ds_prefer = prefer };

	vm_policy_settle(&new);
	memcpy(ds->ds_order, new.ds_order, sizeof(ds->ds_order));
	ds->ds_mask = new.ds_mask;
	ds->ds_prefer = new.ds_prefer;
	smp_wmb();	/* pairs with vm_domainset_iter_read_policy() */
	WRITE_ONCE(ds->ds_cnt, new.ds_cnt);
	WRITE_ONCE(ds->ds_policy, new.ds_policy);
}

void vm_domainset_update(void)
{
	const domainset_t all = vm_all_domains;
	domainset_t one;
	int domain;

	vm_policy_update(&domainset_roundrobin, &all, DOMAINSET_POLICY_ROUNDROBIN, -1);
	vm_policy_update(&domainset_firsttouch, &all, DOMAINSET_POLICY_FIRSTTOUCH, -1);
	vm_policy_update(&domainset_interleave, &all, DOMAINSET_POLICY_INTERLEAVE, -1);
	for (domain = 0; domain < MAXMEMDOM; domain++) {
		DOMAINSET_ZERO(&one);
		DOMAINSET_SET(domain, &one);
		vm_policy_update(&domainset_fixed[domain], &one, DOMAINSET_POLICY_ROUNDROBIN, -1);
		vm_policy_update(&domainset_prefer[domain], &all, DOMAINSET_POLICY_PREFER, domain);
	}
}

void vm_domainset_reset(void)
{
	struct domainset *ds, *next;

	mutex_lock(&vm_policies_lock);
	list_for_each_entry_safe(ds, next, &vm_policies, ds_link) {
		list_del(&ds->ds_link);
		kfree(ds);
	}
	mutex_unlock(&vm_policies_lock);
	vm_domainset_update();
	vm_default_ref.dr_iter = 0;
}

/*
 * Who decides
 */

void vmpage_task_policy_begin(struct vmpage_task_policy *tp, struct domainset *policy)
{
	unsigned long flags;

	tp->tp_task = current;
	tp->tp_ref.dr_policy = policy;
	tp->tp_ref.dr_iter = 0;
	INIT_LIST_HEAD(&tp->tp_link);
	if (!vm_assert(in_task()) || !vm_assert(policy))
		return;

	raw_spin_lock_irqsave(&vm_task_policies_lock, flags);
	list_add(&tp->tp_link, &vm_task_policies);
	raw_spin_unlock_irqrestore(&vm_task_policies_lock, flags);
}
EXPORT_SYMBOL_GPL(vmpage_task_policy_begin);

void vmpage_task_policy_end(struct vmpage_task_policy *tp)
{
	unsigned long flags;

	if (!vm_assert(tp->tp_task == current))
		return;

	raw_spin_lock_irqsave(&vm_task_policies_lock, flags);
	list_del_init(&tp->tp_link);
	raw_spin_unlock_irqrestore(&vm_task_policies_lock, flags);
}
EXPORT_SYMBOL_GPL(vmpage_task_policy_end);

/*
 * The innermost policy that the current task has set.  What it finds outlives
 * the lock: only this task ends it.
 */
static struct domainset_ref *vm_task_policy(void)
{
	struct domainset_ref *ref = NULL;
	struct vmpage_task_policy *tp;
	unsigned long flags;

	/* Others' come and go, but the task's own are seen without the lock. */
	if (list_empty(&vm_task_policies))
		return NULL;

	raw_spin_lock_irqsave(&vm_task_policies_lock, flags);
	list_for_each_entry(tp, &vm_task_policies, tp_link) {
		if (tp->tp_task == current) {
			ref = &tp->tp_ref;
			break;
		}
	}
	raw_spin_unlock_irqrestore(&vm_task_policies_lock, flags);
	return ref;
}

/*
 * The policy of a request, and whose cursor it moves.  @machine is room for what
 * the machine says, whose domains need not have memory of ours: a policy that has
 * nothing left is as none.
 */
static const struct domainset *vm_domainset_policy(vm_object_t object, struct domainset *machine,
						   struct domainset_ref **ref)
{
	struct domainset *policy = object ? READ_ONCE(object->domain.dr_policy) : NULL;
	struct domainset_ref *task_ref;

	*ref = &vm_default_ref;
	if (policy && policy->ds_cnt) {
		*ref = &object->domain;
		return policy;
	}
	/* What an interrupt needs is not for the task that it came upon to decide. */
	if (!in_task())
		return vm_default_ref.dr_policy;

	task_ref = vm_task_policy();
	if (task_ref && task_ref->dr_policy->ds_cnt) {
		*ref = task_ref;
		return task_ref->dr_policy;
	}
	if (vm_machine_task_policy(machine) && vm_policy_valid(machine)) {
		vm_policy_settle(machine);
		if (machine->ds_cnt)
			return machine;
	}
	return vm_default_ref.dr_policy;
}

struct vm_domain *vm_domainset_home(void)
{
	const int domain = vm_machine_domain();

	if (in_task() && (!list_empty(&vm_task_policies) || vm_machine_has_task_policy()))
		return NULL;
	if (!vmpage_domain_exists(domain) || vm_page_count_min_domain(domain))
		return NULL;
	return VM_DOMAIN(domain);
}

void vm_domainset_mask(vm_object_t object, domainset_t *mask)
{
	struct domainset_ref *ref;
	struct domainset machine;

	*mask = vm_ndomains == 1 ? vm_all_domains :
				   vm_domainset_policy(object, &machine, &ref)->ds_mask;
}

/*
 * Walks
 */

/* Go round by one. */
static int vm_domainset_iter_rr(struct vm_domainset_iter *di)
{
	WRITE_ONCE(di->di_ref->dr_iter, ++di->di_iter);
	return di->di_domain->ds_order[di->di_iter % di->di_cnt];
}

/*
 * Not the first of a phase.  The order has each domain once, so that the one
 * after the preferred domain is another; with one domain there is no next.
 */
static int vm_domainset_iter_next(struct vm_domainset_iter *di)
{
	int domain = vm_domainset_iter_rr(di);

	/* The preferred domain was the first one. */
	if (di->di_policy == DOMAINSET_POLICY_PREFER && domain == di->di_prefer)
		domain = vm_domainset_iter_rr(di);
	return domain;
}

/* Begin a phase with the domain that the policy names. */
static int vm_domainset_iter_first(struct vm_domainset_iter *di)
{
	int domain;

	di->di_iter = READ_ONCE(di->di_ref->dr_iter);
	di->di_n = di->di_cnt;

	switch (di->di_policy) {
	case DOMAINSET_POLICY_PREFER:
		return di->di_prefer;
	case DOMAINSET_POLICY_INTERLEAVE:
		di->di_iter = di->di_offset % di->di_cnt;
		WRITE_ONCE(di->di_ref->dr_iter, di->di_iter);
		return di->di_domain->ds_order[di->di_iter];
	case DOMAINSET_POLICY_FIRSTTOUCH:
		domain = vm_machine_domain();
		if (domain >= 0 && domain < MAXMEMDOM &&
		    DOMAINSET_ISSET(domain, &di->di_valid_mask)) {
			/* The round that follows passes by here again. */
			di->di_n++;
			return domain;
		}
		fallthrough;
	default:
		return vm_domainset_iter_rr(di);
	}
}

/*
 * From @domain on, find one to visit.  False at the end of the phase.  A domain
 * that is passed over counts as a visit, or a phase might never end.
 */
static bool vm_domainset_iter_settle(struct vm_domainset_iter *di, int *domain)
{
	int next = *domain;

	while (!DOMAINSET_ISSET(next, &di->di_valid_mask) ||
	       (di->di_minskip && vm_page_count_min_domain(next))) {
		if (--di->di_n <= 0)
			return false;
		next = vm_domainset_iter_next(di);
	}
	*domain = next;
	return true;
}

/* The first domain of the first phase, or of the second when all are short. */
static int vm_domainset_iter_start(struct vm_domainset_iter *di, int *domain)
{
	int first;

	di->di_minskip = true;
	first = vm_domainset_iter_first(di);
	if (!vm_domainset_iter_settle(di, &first)) {
		di->di_minskip = false;
		first = vm_domainset_iter_first(di);
		if (!vm_domainset_iter_settle(di, &first))
			return ENOMEM;
	}
	*domain = first;
	return 0;
}

/* Neighbours go together: of a reservation, or of a stretch of pages. */
static unsigned long vm_domainset_interleave_offset(vm_object_t object, vm_pindex_t pindex)
{
	if (!object)
		return pindex / VM_INTERLEAVE_NPAGES;
	/* Objects that all begin at 0 do not all begin in the same domain. */
	return (unsigned long)object / sizeof(*object) +
	       (vm_object_reserv(object) ? (pindex + object->pg_color) >> VM_LEVEL_0_ORDER :
					   pindex / VM_INTERLEAVE_NPAGES);
}

/* What the walk needs of its policy, which may be of those that follow the domains. */
static void vm_domainset_iter_read_policy(struct vm_domainset_iter *di)
{
	di->di_cnt = READ_ONCE(di->di_domain->ds_cnt);
	di->di_policy = READ_ONCE(di->di_domain->ds_policy);
	smp_rmb();	/* pairs with vm_policy_update() */
	di->di_valid_mask = di->di_domain->ds_mask;
	di->di_prefer = di->di_domain->ds_prefer;
}

int vm_domainset_iter_page_init(struct vm_domainset_iter *di, vm_object_t object,
				vm_pindex_t pindex, int *domain, int *req)
{
	di->di_one = vm_ndomains == 1;
	if (di->di_one) {
		di->di_valid_mask = vm_all_domains;
		*domain = find_first_bit(vm_all_domains.bits, MAXMEMDOM);
		return 0;
	}

	di->di_domain = vm_domainset_policy(object, &di->di_machine, &di->di_ref);
	vm_domainset_iter_read_policy(di);
	if (!di->di_cnt) {
		DOMAINSET_ZERO(&di->di_valid_mask);
		return ENOMEM;
	}
	di->di_offset = vm_domainset_interleave_offset(object, pindex);
	di->di_flags = *req;
	*req = (*req & ~(VM_ALLOC_WAITOK | VM_ALLOC_WAITFAIL)) | VM_ALLOC_NOWAIT;
	return vm_domainset_iter_start(di, domain);
}
EXPORT_SYMBOL_GPL(vm_domainset_iter_page_init);

/* Wait for any of the domains that are still visited. */
static void vm_domainset_iter_wait(struct vm_domainset_iter *di, vm_object_t object)
{
	if (object)
		VM_OBJECT_WUNLOCK(object);
	/* As in vm_domain_alloc_fail(). */
	if ((di->di_flags & VM_ALLOC_WAITOK) && !vm_page_count_min_set(&di->di_valid_mask))
		schedule_timeout_idle(1);
	else
		vm_wait_doms(&di->di_valid_mask, 0);
	if (object)
		VM_OBJECT_WLOCK(object);
}

/*
 * Phase, phase, wait.  Whoever waits for pages has by then asked every domain in
 * vain, each of which has counted the request in its deficit.
 */
int vm_domainset_iter_page(struct vm_domainset_iter *di, vm_object_t object, int *domain)
{
	int next;

	if (di->di_one || DOMAINSET_EMPTY(&di->di_valid_mask))
		return ENOMEM;

	if (--di->di_n > 0) {
		next = vm_domainset_iter_next(di);
		if (vm_domainset_iter_settle(di, &next))
			goto found;
	}
	if (di->di_minskip) {
		di->di_minskip = false;
		next = vm_domainset_iter_first(di);
		if (vm_domainset_iter_settle(di, &next))
			goto found;
	}

	if (!(di->di_flags & (VM_ALLOC_WAITOK | VM_ALLOC_WAITFAIL)))
		return ENOMEM;
	vm_domainset_iter_wait(di, object);
	return di->di_flags & VM_ALLOC_WAITOK ? vm_domainset_iter_start(di, domain) : ENOMEM;
found:
	*domain = next;
	return 0;
}
EXPORT_SYMBOL_GPL(vm_domainset_iter_page);

/* The one domain of a machine is not asked twice anyway. */
void vm_domainset_iter_ignore(struct vm_domainset_iter *di, int domain)
{
	if (!di->di_one)
		DOMAINSET_CLR(domain, &di->di_valid_mask);
}
EXPORT_SYMBOL_GPL(vm_domainset_iter_ignore);
