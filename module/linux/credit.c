// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Credits: pages that are promised when a range is mapped, so that a lack of
 * pages is an error of mmap() and not a signal at the first touch.
 */
#include <linux/slab.h>
#include <sys/vmmeter.h>
#include <vm/pmap.h>
#include <vm/vm_domainset.h>
#include <vm/vm_pagequeue.h>
#include "vm_pgcache.h"
#include "cdev_memattr.h"
#include "vmpage_dev.h"

#define VMPAGE_REQ	(VM_ALLOC_NORMAL | VM_ALLOC_NOBUSY | VM_ALLOC_NOWAIT)

#define WINDOW(pindex)		((pindex) / VM_LEVEL_0_NPAGES)
#define WINDOW_BIT(pindex)	((pindex) % VM_LEVEL_0_NPAGES)

/* Pages promised while a range is being credited, by domain. */
struct promise {
	unsigned int npages[MAXMEMDOM];
};

/* Promise as many of @npages as the domain has.  Returns how many. */
static unsigned long promise_domain(struct promise *p, int domain, unsigned long npages)
{
	unsigned long step = min_t(unsigned long, npages, INT_MAX), got = 0;

	/* What CPUs keep at hand could be promised, too. */
	if (vm_domain_shortfall(VM_DOMAIN(domain), VM_ALLOC_NORMAL, step) > 0)
		vm_pgcache_drain_all(VM_DOMAIN(domain));
	while (step) {
		if (vmpage_promise(VM_DOMAIN(domain), step)) {
			got += step;
			step = min(step, npages - got);
		} else {
			step /= 2;
		}
	}
	p->npages[domain] += got;
	return got;
}

static void unpromise(const struct promise *p)
{
	int domain;

	DOMAINSET_FOREACH(domain, &vm_all_domains)
		if (p->npages[domain])
			vmpage_unpromise(VM_DOMAIN(domain), p->npages[domain]);
}

unsigned long vmpage_spare_pages(void)
{
	unsigned long spare = 0;
	int domain;

	DOMAINSET_FOREACH(domain, &vm_all_domains) {
		struct vm_domain *vmd = VM_DOMAIN(domain);

		spare += max(atomic_read(&vmd->vmd_free_count) +
			     (int)READ_ONCE(vmd->vmd_cache_count) +
			     (int)vm_pgcache_count(vmd) - (int)vmd->vmd_free_reserved, 0);
	}
	return spare;
}

/*
 * Promise pages for a range from @first on, in the domains of its policy.  A
 * hopeless request is refused before it takes pages that others could have.
 */
static int promise(struct promise *p, vm_object_t object, vm_pindex_t first, unsigned long npages)
{
	struct vm_domainset_iter di;
	int domain, ret, req = VMPAGE_REQ;

	memset(p, 0, sizeof(*p));
	if (npages > vmpage_spare_pages())
		return -ENOMEM;
	ret = vm_domainset_iter_page_init(&di, object, first, &domain, &req);
	while (npages && !ret) {
		npages -= promise_domain(p, domain, npages);
		ret = vm_domainset_iter_page(&di, object, &domain);
	}
	if (!npages)
		return 0;

	unpromise(p);
	return -ENOMEM;
}

/* Indices of one window, or of none yet, that lie in [first, end) and need a credit. */
static unsigned int window_missing(struct vmpage_file *vf, const struct vmpage_window *win,
				   vm_pindex_t first, vm_pindex_t end, unsigned long *missing)
{
	struct vm_radix *const rtree = &vf->object->rtree;
	vm_page_t m;

	bitmap_zero(missing, VM_LEVEL_0_NPAGES);
	bitmap_set(missing, WINDOW_BIT(first), end - first);
	if (win)
		bitmap_andnot(missing, missing, win->credited, VM_LEVEL_0_NPAGES);
	for (m = vm_radix_lookup_ge(rtree, first); m && m->pindex < end;
	     m = vm_radix_lookup_ge(rtree, m->pindex + 1))
		__clear_bit(WINDOW_BIT(m->pindex), missing);
	return bitmap_weight(missing, VM_LEVEL_0_NPAGES);
}

/*
 * Count the indices of a range that need a credit, or give each its credit, for
 * which the windows exist.  The object is write-locked.
 */
static unsigned long range_missing(struct vmpage_file *vf, vm_pindex_t first, vm_pindex_t end,
				   bool credit)
{
	DECLARE_BITMAP(missing, VM_LEVEL_0_NPAGES);
	unsigned long count = 0;
	struct vmpage_window *win;
	vm_pindex_t next;

	for (; first < end; first = next) {
		next = min_t(vm_pindex_t, end, ALIGN(first + 1, VM_LEVEL_0_NPAGES));
		win = xa_load(&vf->windows, WINDOW(first));
		count += window_missing(vf, win, first, next, missing);
		if (credit)
			bitmap_or(win->credited, win->credited, missing, VM_LEVEL_0_NPAGES);
		cond_resched();
	}
	return count;
}

/* Forget the windows of a range that hold no credit. */
static void drop_windows(struct vmpage_file *vf, vm_pindex_t first, vm_pindex_t end)
{
	struct vmpage_window *win;
	unsigned long index;

	xa_for_each_range(&vf->windows, index, win, WINDOW(first), WINDOW(end - 1)) {
		if (!bitmap_empty(win->credited, VM_LEVEL_0_NPAGES))
			continue;
		xa_erase(&vf->windows, index);
		kfree(win);
	}
}

static int add_windows(struct vmpage_file *vf, vm_pindex_t first, vm_pindex_t end)
{
	struct vmpage_window *win;
	vm_pindex_t index;
	int ret = 0;

	for (index = WINDOW(first); index <= WINDOW(end - 1) && !ret; index++) {
		if (xa_load(&vf->windows, index))
			continue;
		win = kzalloc(sizeof(*win), GFP_KERNEL_ACCOUNT);
		ret = win ? xa_insert(&vf->windows, index, win, GFP_KERNEL) : -ENOMEM;
		if (ret)
			kfree(win);
		cond_resched();
	}
	if (ret)
		drop_windows(vf, first, end);
	return ret;
}

/*
 * The pages come first: with them the windows are no more than the pool is worth,
 * however often a range is refused.
 */
static long credit_locked(struct vmpage_file *vf, vm_pindex_t first, vm_pindex_t end)
{
	const unsigned long missing = range_missing(vf, first, end, false);
	struct promise p;
	int domain, ret;

	ret = vmpage_user_promise(vf->user, missing);
	if (ret)
		return ret;
	ret = promise(&p, vf->object, first, missing);
	if (ret)
		goto err_user;
	ret = add_windows(vf, first, end);
	if (ret)
		goto err_promise;

	range_missing(vf, first, end, true);
	DOMAINSET_FOREACH(domain, &vm_all_domains)
		vf->credits[domain] += p.npages[domain];
	return missing;

err_promise:
	unpromise(&p);
err_user:
	vmpage_user_unpromise(vf->user, missing);
	return ret;
}

unsigned long vmpage_credit_missing(struct vmpage_file *vf, vm_pindex_t first, vm_pindex_t end)
{
	return range_missing(vf, first, end, false);
}

unsigned long vmpage_pool_pages(void)
{
	unsigned long npages = 0;
	int domain;

	DOMAINSET_FOREACH(domain, &vm_all_domains)
		npages += VM_DOMAIN(domain)->vmd_page_count;
	return npages;
}

long vmpage_credit_range(struct vmpage_file *vf, vm_pindex_t first, vm_pindex_t npages,
			 bool reserve)
{
	const vm_object_t object = vf->object;
	const vm_pindex_t end = first + npages;
	long ret = 0;

	/* A range longer than the pool is not worth the search for what it lacks. */
	if (reserve && npages > vmpage_pool_pages())
		return -ENOMEM;

	VM_OBJECT_WLOCK(object);
	/* It may have become such a file since the caller looked. */
	if (reserve && vmpage_file_has_memattr(vf))
		ret = -EBUSY;
	else if (reserve)
		ret = credit_locked(vf, first, end);
	if (ret >= 0) {
		/* A window of which only a part is used gets no reservation. */
		object->size = max_t(vm_pindex_t, object->size, end);
		vf->size = ALIGN(object->size, VM_LEVEL_0_NPAGES);
	}
	VM_OBJECT_WUNLOCK(object);
	return ret;
}

int vmpage_credit_check(struct vmpage_file *vf)
{
	return vmpage_user_check(vf->user, vmpage_spare_pages());
}

void vmpage_file_domains(struct vmpage_file *vf, int domain, domainset_t *domains)
{
	if (domain < 0) {
		vm_domainset_mask(vf->object, domains);
		return;
	}
	DOMAINSET_ZERO(domains);
	DOMAINSET_SET(domain, domains);
}

int vmpage_policy_domain(struct vmpage_file *vf, vm_pindex_t pindex)
{
	struct vm_domainset_iter di;
	int domain, req = VMPAGE_REQ;

	return vm_domainset_iter_page_init(&di, vf->object, pindex, &domain, &req) ? -1 : domain;
}

int vmpage_credit_window_domain(struct vmpage_file *vf, vm_pindex_t pindex)
{
	const int prefer = vmpage_policy_domain(vf, pindex);
	int domain;

	if (prefer < 0 || vf->credits[prefer] >= VM_LEVEL_0_NPAGES ||
	    vm_domain_shortfall(VM_DOMAIN(prefer), VM_ALLOC_NORMAL, VM_LEVEL_0_NPAGES) <= 0 ||
	    !vmpage_credited(vf, pindex))
		return prefer;
	DOMAINSET_FOREACH(domain, &vm_all_domains)
		if (vf->credits[domain] >= VM_LEVEL_0_NPAGES)
			return domain;
	return prefer;
}

/* A domain in which the file holds a credit; the one given, if possible. */
static int credit_domain(const struct vmpage_file *vf, int prefer)
{
	int domain;

	if (prefer >= 0 && vf->credits[prefer])
		return prefer;
	DOMAINSET_FOREACH(domain, &vm_all_domains)
		if (vf->credits[domain])
			return domain;
	return -1;
}

/* Allocate where the user has other pages, or can have some. */
static vm_page_t alloc_beside(struct vmpage_file *vf, vm_pindex_t pindex,
			      const domainset_t *domains)
{
	vm_page_t m = NULL;
	int domain;

	DOMAINSET_FOREACH(domain, domains) {
		m = vm_page_alloc_domain(vf->object, pindex, domain, VMPAGE_REQ);
		if (m)
			return m;
	}
	domain = vmpage_user_adopt(vf->user, domains);
	if (domain >= 0)
		m = vm_page_alloc_domain(vf->object, pindex, domain, VMPAGE_REQ);
	return m;
}

/* Allocate at an index that has a credit, where it is wanted if possible. */
static vm_page_t alloc_credited(struct vmpage_file *vf, vm_pindex_t pindex, int first)
{
	const int domain = credit_domain(vf, first);
	vm_page_t m = NULL;

	if (!vm_assert(domain >= 0))
		return NULL;

	if (domain != first && first >= 0) {
		m = vm_page_alloc_domain(vf->object, pindex, first, VMPAGE_REQ);
		if (m)
			vmpage_unpromise(VM_DOMAIN(domain), 1);
	}
	if (!m)
		m = vmpage_alloc_promised(vf->object, pindex, domain,
					  VMPAGE_REQ | VM_ALLOC_NORECLAIM);
	if (!m && vf->object->loose) {
		m = alloc_beside(vf, pindex, &vm_all_domains);
		if (m)
			vmpage_unpromise(VM_DOMAIN(domain), 1);
		else
			m = vmpage_alloc_promised(vf->object, pindex, domain, VMPAGE_REQ);
	}
	if (m)
		vf->credits[domain]--;
	return m;
}

static vm_page_t alloc_uncredited(struct vmpage_file *vf, vm_pindex_t pindex, int domain)
{
	domainset_t domains;
	vm_page_t m;

	if (domain >= 0)
		m = vm_page_alloc_domain(vf->object, pindex, domain, VMPAGE_REQ);
	else
		m = vm_page_alloc(vf->object, pindex, VMPAGE_REQ);
	if (m || !vf->object->loose || vmpage_file_has_memattr(vf))
		return m;

	vmpage_file_domains(vf, domain, &domains);
	return alloc_beside(vf, pindex, &domains);
}

/* Have CPUs give back what they keep at hand; false when that was nothing. */
static bool drain_cpus(void)
{
	bool drained = false;
	int domain;

	DOMAINSET_FOREACH(domain, &vm_all_domains)
		drained |= vm_pgcache_drain_all(VM_DOMAIN(domain));
	return drained;
}

static void use_credit(struct vmpage_file *vf, struct vmpage_window *win, vm_pindex_t pindex)
{
	__clear_bit(WINDOW_BIT(pindex), win->credited);
	if (bitmap_empty(win->credited, VM_LEVEL_0_NPAGES)) {
		xa_erase(&vf->windows, WINDOW(pindex));
		kfree(win);
	}
}

bool vmpage_credited(struct vmpage_file *vf, vm_pindex_t pindex)
{
	const struct vmpage_window *win = xa_load(&vf->windows, WINDOW(pindex));

	return win && test_bit(WINDOW_BIT(pindex), win->credited);
}

/* What is not valid and on no queue would be freed, or kept in place, by relocation. */
vm_page_t vmpage_credit_alloc(struct vmpage_file *vf, vm_pindex_t pindex, int domain)
{
	struct vmpage_window *win = xa_load(&vf->windows, WINDOW(pindex));
	const bool credited = win && test_bit(WINDOW_BIT(pindex), win->credited);
	vm_page_t m;

	lockdep_assert_held_write(&vf->object->lock);

	if (!vmpage_user_begin(vf->user, vf->object, credited))
		return NULL;
	if (credited) {
		if (domain < 0)
			domain = vmpage_policy_domain(vf, pindex);
		m = alloc_credited(vf, pindex, domain);
		if (m)
			use_credit(vf, win, pindex);
	} else {
		m = alloc_uncredited(vf, pindex, domain);
		if (!m && drain_cpus())
			m = alloc_uncredited(vf, pindex, domain);
	}
	vmpage_user_end(vf->user, m, credited);
	if (!m)
		return NULL;

	VM_CNT_INC(v_zfod);
	if (m->flags & PG_ZERO)
		VM_CNT_INC(v_ozfod);
	else
		pmap_zero_page(m);
	m->valid = VM_PAGE_BITS_ALL;
	vm_page_activate(m);
	return m;
}

bool vmpage_domain_spares(int domain, int npages)
{
	const struct vm_domain *vmd = VM_DOMAIN(domain);

	return atomic_read(&vmd->vmd_free_count) - npages >= (int)vmd->vmd_free_target;
}

/* Give back credits, those in @domain first. */
static void return_credits(struct vmpage_file *vf, int domain, unsigned int npages)
{
	unsigned int n;

	for (; npages; npages -= n) {
		domain = credit_domain(vf, domain);
		if (!vm_assert(domain >= 0))
			return;
		n = min_t(unsigned long, npages, vf->credits[domain]);
		vmpage_unpromise(VM_DOMAIN(domain), n);
		vf->credits[domain] -= n;
	}
}

/* All pages of a window, each of which has its credit somewhere. */
static vm_page_t alloc_credited_window_in(struct vmpage_file *vf, vm_pindex_t first, int domain)
{
	const bool promised = vf->credits[domain] >= VM_LEVEL_0_NPAGES;
	const vm_page_t m = vmpage_alloc_window(vf->object, first, domain, promised);

	if (m && promised)
		vf->credits[domain] -= VM_LEVEL_0_NPAGES;
	else if (m)
		return_credits(vf, domain, VM_LEVEL_0_NPAGES);
	return m;
}

/* A domain may have pages enough, but no 2 MiB in one piece, and another have them. */
static vm_page_t alloc_credited_window(struct vmpage_file *vf, vm_pindex_t first, int prefer)
{
	vm_page_t m = alloc_credited_window_in(vf, first, prefer);
	domainset_t domains;
	int domain;

	if (m)
		return m;
	vmpage_file_domains(vf, -1, &domains);
	DOMAINSET_FOREACH(domain, &domains) {
		m = alloc_credited_window_in(vf, first, domain);
		if (m)
			return m;
	}
	return NULL;
}

vm_page_t vmpage_credit_alloc_window(struct vmpage_file *vf, vm_pindex_t first, int domain)
{
	struct vmpage_window *win = xa_load(&vf->windows, WINDOW(first));
	vm_page_t m;

	lockdep_assert_held_write(&vf->object->lock);

	if (vf->user->limited)
		return NULL;
	if (!win)
		return vmpage_domain_spares(domain, VM_LEVEL_0_NPAGES) ?
		       vmpage_alloc_window(vf->object, first, domain, false) : NULL;
	if (!bitmap_full(win->credited, VM_LEVEL_0_NPAGES))
		return NULL;

	m = alloc_credited_window(vf, first, domain);
	if (m) {
		xa_erase(&vf->windows, WINDOW(first));
		kfree(win);
	}
	return m;
}

void vmpage_credit_release(struct vmpage_file *vf)
{
	int domain;

	DOMAINSET_FOREACH(domain, &vm_all_domains) {
		if (!vf->credits[domain])
			continue;
		vmpage_unpromise(VM_DOMAIN(domain), vf->credits[domain]);
		vmpage_user_unpromise(vf->user, vf->credits[domain]);
		vf->credits[domain] = 0;
	}
}
