// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * What happens to the machine: promises, shortages, policies, chunks that come and
 * go, nodes of an index that cannot be had.
 */
#include <vm/vm_domainset.h>
#include <vm/vm_pageout.h>

#include "exercise.h"

/* Promises */

#define EX_PROMISES	32		/* pages of a domain, for one thread */

static enum ex_result ex_promise(struct ex_thread *t)
{
	const int domain = ex_domain(t);
	const int npages = 1 + ex_below(t, 4);

	if (t->promised[domain] + npages > EX_PROMISES)
		return EX_SKIP;
	if (!vmpage_promise(VM_DOMAIN(domain), npages))
		return EX_NONE;
	t->promised[domain] += npages;
	return EX_DONE;
}

static enum ex_result ex_unpromise(struct ex_thread *t)
{
	const int domain = ex_domain(t);
	unsigned int npages;

	if (!t->promised[domain])
		return EX_SKIP;
	npages = 1 + ex_below(t, t->promised[domain]);
	vmpage_unpromise(VM_DOMAIN(domain), npages);
	t->promised[domain] -= npages;
	return EX_DONE;
}

/* Does a domain have nothing to give, or little?  Who waits is helped, and is not to be fought. */
static bool ex_is_exhausted(int domain, bool wholly)
{
	struct vm_domain *vmd = VM_DOMAIN(domain);

	return (wholly ? !atomic_read(&vmd->vmd_free_count) : vm_paging_min(vmd)) ||
	       vm_wait_count();
}

static void ex_fill_object(struct ex_thread *t, struct ex_object *xo, int domain, bool wholly)
{
	vm_pindex_t pindex;
	vm_page_t m;

	VM_OBJECT_WLOCK(xo->object);
	for (pindex = 0; pindex < EX_OBJECT_SIZE; pindex++) {
		if (ex_is_exhausted(domain, wholly))
			break;
		if (vm_page_lookup(xo->object, pindex))
			continue;
		m = vm_page_alloc_domain(xo->object, pindex, domain,
					 VM_ALLOC_INTERRUPT | VM_ALLOC_NOBUSY);
		if (m)
			ex_check_resident(t, m, xo, pindex, VM_ALLOC_NOBUSY, true);
		if (m && ex_one_in(t, 8) && ex_take_idle(m))
			ex_settle(t, m, xo);
	}
	VM_OBJECT_WUNLOCK(xo->object);
}

static bool ex_fill_objects(struct ex_thread *t, int domain, bool wholly)
{
	unsigned int i;

	for (i = 0; i < EX_NSLOTS && !ex_is_exhausted(domain, wholly); i++) {
		struct ex_object *xo = ex_get(t);

		ex_fill_object(t, xo, domain, wholly);
		ex_put(xo);
	}
	return ex_is_exhausted(domain, wholly);
}

/* The next requests find the domain short, or without any page. */
static enum ex_result ex_exhaust(struct ex_thread *t)
{
	const int domain = ex_domain(t);
	const bool wholly = ex_one_in(t, 4);

	return ex_fill_objects(t, domain, wholly) ? EX_DONE : EX_NONE;
}

/* What is promised is all there is, and lies wherever it was left. */
static enum ex_result ex_exhaust_but_promised(struct ex_thread *t)
{
	unsigned int n = 0, times;

	if (ex_one_in(t, 2))
		return EX_SKIP;
	for (times = 0; times < 4; times++)
		ex_promise(t);
	ex_fill_objects(t, ex_domain(t), true);
	for (times = 0; times < EX_PROMISES; times++)
		n += ex_alloc_promised(t) == EX_DONE;
	return n ? EX_DONE : EX_NONE;
}

static enum ex_result ex_reap_all(struct ex_thread *t)
{
	return ex_reap(true) ? EX_DONE : EX_NONE;
}

static enum ex_result ex_let_recover(struct ex_thread *t)
{
	if (t->hand[EX_NOOBJ].n < EX_HAND_MAX / 4)
		return EX_SKIP;
	while (t->hand[EX_NOOBJ].n > EX_HAND_MAX / 8)
		vm_page_free(ex_unhold_noobj(t, ex_pick(t, EX_NOOBJ)));
	return EX_DONE;
}

/* Waits: alone only when they would not sleep. */

static enum ex_result ex_wait_for(struct ex_thread *t, unsigned int how)
{
	const vm_pindex_t which = ex_below(t, 3);
	struct ex_object *xo;

	if (ex_must_not_wait())
		return EX_SKIP;
	switch (how) {
	case 0:
		xo = ex_get(t);
		vm_wait(which ? xo->object : NULL);
		ex_put(xo);
		break;
	case 1:
		ex_check(t, !vm_wait_intr(NULL));
		break;
	case 2:
		ex_check(t, !vm_wait_doms(&vm_all_domains, 0));
		break;
	case 3:
		vm_wait_domain(ex_domain(t));
		break;
	case 4:
		vm_wait_min();
		break;
	case 5:
		vm_wait_severe();
		break;
	default:
		vm_waitpfault(DOMAINSET_RR(), 1 + ex_below(t, 3));
		break;
	}
	return EX_DONE;
}

static enum ex_result ex_wait(struct ex_thread *t)
{
	return ex_wait_for(t, 0);
}

static enum ex_result ex_wait_intr(struct ex_thread *t)
{
	return ex_wait_for(t, 1);
}

static enum ex_result ex_wait_doms(struct ex_thread *t)
{
	return ex_wait_for(t, 2);
}

static enum ex_result ex_wait_domain(struct ex_thread *t)
{
	return ex_wait_for(t, 3);
}

static enum ex_result ex_wait_min(struct ex_thread *t)
{
	return ex_wait_for(t, 4);
}

static enum ex_result ex_wait_severe(struct ex_thread *t)
{
	return ex_wait_for(t, 5);
}

static enum ex_result ex_waitpfault(struct ex_thread *t)
{
	return ex_wait_for(t, 6);
}

/* Policies */

static struct domainset *ex_policy(struct ex_thread *t)
{
	switch (ex_below(t, 6)) {
	case 0:
		return DOMAINSET_RR();
	case 1:
		return DOMAINSET_FT();
	case 2:
		/* This one goes by the address of the object. */
		return ex_alone() ? NULL : DOMAINSET_IL();
	case 3:
		return DOMAINSET_FIXED(ex_domain(t));
	case 4:
		return DOMAINSET_PREF(ex_domain(t));
	default:
		return NULL;
	}
}

static enum ex_result ex_object_policy(struct ex_thread *t)
{
	struct domainset *policy = ex_policy(t);
	struct ex_object *xo = ex_get(t);

	VM_OBJECT_WLOCK(xo->object);
	xo->object->domain.dr_policy = policy;
	VM_OBJECT_WUNLOCK(xo->object);
	ex_put(xo);
	return EX_DONE;
}

static enum ex_result ex_task_policy(struct ex_thread *t)
{
	const int domain = ex_domain(t);
	struct vmpage_task_policy tp;
	vm_page_t m;

	if (!ex_room(t, EX_NOOBJ, 1))
		return EX_SKIP;
	vmpage_task_policy_begin(&tp, DOMAINSET_FIXED(domain));
	m = vm_page_alloc_noobj(VM_ALLOC_NORMAL);
	vmpage_task_policy_end(&tp);
	if (!m)
		return EX_NONE;
	ex_check(t, vm_page_domain(m) == domain);
	ex_hold_noobj(t, m, 0);
	return EX_DONE;
}

static enum ex_result ex_create_policy(struct ex_thread *t)
{
	struct domainset key = {
		.ds_policy = DOMAINSET_POLICY_PREFER,
		.ds_prefer = ex_domain(t),
	};
	const struct domainset *policy;

	DOMAINSET_COPY(&vm_all_domains, &key.ds_mask);
	policy = domainset_create(&key);
	ex_check(t, policy && policy == domainset_create(&key));
	return EX_DONE;
}

static enum ex_result ex_move(struct ex_thread *t)
{
	vmk_set_domain(ex_domain(t));
	return EX_DONE;
}

static enum ex_result ex_node_failure(struct ex_thread *t)
{
	vmk_fail_node(1 + ex_below(t, 4));
	return EX_DONE;
}

/* Chunks: one that is free is taken away, and comes back. */

static DEFINE_MUTEX(ex_chunk_lock);

/* The hands could hold all of a machine that is smaller than this. */
#define EX_KEEP		1536		/* pages */

static int ex_try_remove(struct ex_thread *t, vm_paddr_t pa)
{
	const int ret = VM_DOMAIN(0)->vmd_page_count > EX_KEEP ? vm_mem_remove_chunk(pa) : -EBUSY;

	ex_check(t, !ret || ret == -ENOMEM || ret == -EBUSY || ret == -EINVAL);
	return ret;
}

/* Few chunks are free by chance alone. */
static enum ex_result ex_remove_chunk(struct ex_thread *t)
{
	unsigned int i = ex_below(t, EX_NCHUNKS), n = EX_NCHUNKS;
	enum ex_result result = EX_NONE;

	if (ex_one_in(t, 4)) {
		while (t->hand[EX_NOOBJ].n)
			vm_page_free(ex_unhold_noobj(t, ex_pick(t, EX_NOOBJ)));
		ex_reap(true);
	}
	mutex_lock(&ex_chunk_lock);
	while (n-- && result == EX_NONE) {
		if (!ex_try_remove(t, VMK_BASE + i * SZ_2M))
			result = EX_DONE;
		i = (i + 1) % EX_NCHUNKS;
	}
	mutex_unlock(&ex_chunk_lock);
	return result;
}

static enum ex_result ex_add_chunk(struct ex_thread *t)
{
	const vm_paddr_t pa = VMK_BASE + ex_below(t, EX_NCHUNKS) * SZ_2M;
	const struct vm_mem_span span = { pa, pa + SZ_2M, 0 };
	enum ex_result result = EX_SKIP;

	int ret;

	mutex_lock(&ex_chunk_lock);
	if (!PHYS_TO_VM_PAGE(pa)) {
		ret = vm_mem_add_span(&span);
		result = ret ? EX_NONE : EX_DONE;
		/* The index of chunks has nodes, too, and one may be about to fail. */
		ex_check(t, !ret || ret == -ENOMEM);
	}
	mutex_unlock(&ex_chunk_lock);
	return result;
}

/* Per-CPU page caches */

#define EX_PGCACHE_RESIZED	100	/* pages, the most; a CPU may keep fewer of the domain */

static enum ex_result ex_drain_local(struct ex_thread *t)
{
	struct vm_domain *vmd = VM_DOMAIN(ex_domain(t));

	return vm_pgcache_drain_local(vmd) ? EX_DONE : EX_NONE;
}

static enum ex_result ex_drain_all(struct ex_thread *t)
{
	struct vm_domain *vmd = VM_DOMAIN(ex_domain(t));
	const unsigned long npages = vm_pgcache_count(vmd);

	vm_pgcache_drain_all(vmd);
	if (ex_alone())
		ex_check(t, !vm_pgcache_count(vmd));
	return npages ? EX_DONE : EX_NONE;
}

/* Under the lock of those who change what there is to keep. */
static enum ex_result ex_resize(struct ex_thread *t)
{
	const unsigned int npages = ex_one_in(t, 4) ? 0 : 1 + ex_below(t, EX_PGCACHE_RESIZED);

	if (!ex_pgcache())
		return EX_SKIP;
	mutex_lock(&ex_chunk_lock);
	vmk_set_pgcache(npages);
	vm_pgcache_update();
	mutex_unlock(&ex_chunk_lock);
	return EX_DONE;
}

static const struct ex_op ex_machine_ops[] = {
	{ "promise", 6, ex_promise },
	{ "unpromise", 3, ex_unpromise },
	{ "exhaust", 1, ex_exhaust },
	{ "exhaust but for promises", 1, ex_exhaust_but_promised },
	{ "reap", 1, ex_reap_all },
	{ "recover", 10, ex_let_recover },
	{ "wait", 2, ex_wait },
	{ "wait_intr", 2, ex_wait_intr },
	{ "wait_doms", 2, ex_wait_doms },
	{ "wait_domain", 2, ex_wait_domain },
	{ "wait_min", 2, ex_wait_min },
	{ "wait_severe", 2, ex_wait_severe },
	{ "waitpfault", 2, ex_waitpfault },
	{ "policy of an object", 4, ex_object_policy },
	{ "policy of a task", 4, ex_task_policy },
	{ "policy made", 1, ex_create_policy },
	{ "another domain's CPU", 2, ex_move },
	{ "node failure", 6, ex_node_failure },
	{ "chunk removed", 3, ex_remove_chunk },
	{ "chunk added", 6, ex_add_chunk },
	{ "pgcache drained, of a CPU", 4, ex_drain_local },
	{ "pgcache drained, of all", 2, ex_drain_all },
	{ "pgcache resized", 2, ex_resize },
};

const struct ex_group ex_machine_group = { ex_machine_ops, ARRAY_SIZE(ex_machine_ops) };
