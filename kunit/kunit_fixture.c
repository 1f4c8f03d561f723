// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Made-up machines for the suites; see kunit_fixture.h.
 *
 * One case runs at a time, so the state of the fixture is global.  It does not
 * hang off the case: the allocator's questions and reports come without one,
 * and from any context.
 */
#define pr_fmt(fmt) "vmpage_kunit: " fmt

#include <linux/cpumask.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "kunit_fixture.h"

#define VMK_AUDIT_TEXT	1024		/* bytes of an audit's findings that are printed */
#define VMK_NCHUNKS	BIT(40 - 21)	/* 2 MiB chunks below 1 TiB */

struct vmk_held_object {
	struct list_head list;
	vm_object_t object;
};

/*
 * struct vmk - the running case
 *
 * What the allocator asks or reports may come from an interrupt; report_lock
 * guards the reports, the rest changes only while nothing else runs.
 */
struct vmk {
	bool powered;			/* a machine is there */
	bool pages_stay;
	bool drains;			/* what CPUs keep is not what a case looks at */
	int domain;
	const struct task_struct *pageproc;	/* who passes for a page daemon */
	const struct domainset *task_policy;
	bool is_memory;
	bool distances_known;
	DECLARE_BITMAP(nodump, VMK_NCHUNKS);	/* by address */
	struct xarray memattr;		/* VM_MEMATTR_* of chunks that have one, by address */
	atomic_t memattrs_left;		/* attributes set until one cannot be; 0 for never */
	void (*at_node)(void);
	unsigned long dma32_npages;
	unsigned long ticks;
	atomic_t nodes_left;		/* index nodes until one fails; 0 for never */
	struct list_head objects;	/* vmk_held_object */
	struct xarray held;		/* pfn to page: pages to free at the end */
	struct xarray memory;		/* pfn to kernel memory behind the page */
	struct rnd_state chance;
	bool chance_told;

	raw_spinlock_t report_lock;
	bool armed;
	unsigned int announced;		/* reports since it was armed */
	unsigned int unannounced;	/* reports in the whole case */
	const char *last_func;
	const char *last_rule;
};

static struct vmk vmk = {
	.report_lock = __RAW_SPIN_LOCK_UNLOCKED(vmk.report_lock),
};

/*
 * Kernels that run the suites before they read parameters choose one every time,
 * or have what the build says.
 */
#ifndef VMK_SEED
#define VMK_SEED	0
#endif

static unsigned long long seed = VMK_SEED;
module_param(seed, ullong, 0444);
MODULE_PARM_DESC(seed, "seed of the random cases (default 0: any)");

#ifndef VMK_PGCACHE
#define VMK_PGCACHE	0
#endif

static unsigned int pgcache = VMK_PGCACHE;
module_param(pgcache, uint, 0444);
MODULE_PARM_DESC(pgcache, "pages that a CPU keeps of each pool (default 0: none)");

/* What vm_machine.h and sys/systm.h ask of a machine. */

int vm_machine_domain(void)
{
	return READ_ONCE(vmk.domain);
}

bool vm_machine_is_pageproc(void)
{
	return in_task() && READ_ONCE(vmk.pageproc) == current;
}

bool vm_machine_fail_node(void)
{
	if (vmk.at_node)
		vmk.at_node();
	return atomic_dec_if_positive(&vmk.nodes_left) == 0;
}

unsigned long vm_machine_dma32_npages(void)
{
	return vmk.dma32_npages;
}

unsigned long vm_machine_ticks(void)
{
	return READ_ONCE(vmk.ticks);
}

bool vm_machine_has_task_policy(void)
{
	return vmk.task_policy;
}

bool vm_machine_task_policy(struct domainset *ds)
{
	const struct domainset *policy = READ_ONCE(vmk.task_policy);

	if (!policy)
		return false;
	DOMAINSET_COPY(&policy->ds_mask, &ds->ds_mask);
	ds->ds_policy = policy->ds_policy;
	ds->ds_prefer = policy->ds_prefer;
	return true;
}

bool vm_machine_memattr_valid(vm_memattr_t memattr)
{
	return memattr == VM_MEMATTR_DEFAULT || memattr == VM_MEMATTR_UNCACHEABLE ||
	       memattr == VM_MEMATTR_WRITE_COMBINING;
}

/* As Linux does, refuse to replace an attribute by another. */
int vm_machine_chunk_set_memattr(vm_paddr_t pa, vm_memattr_t memattr)
{
	const unsigned long index = pa >> 21;

	might_sleep();
	if (atomic_dec_if_positive(&vmk.memattrs_left) == 0)
		return -ENOMEM;
	if (memattr != VM_MEMATTR_DEFAULT)
		return xa_insert(&vmk.memattr, index, xa_mk_value(memattr), GFP_KERNEL);
	xa_erase(&vmk.memattr, index);
	return 0;
}

bool vm_machine_is_memory(vm_paddr_t pa)
{
	return READ_ONCE(vmk.is_memory);
}

int vm_machine_distance(int from, int to)
{
	if (!READ_ONCE(vmk.distances_known))
		return -1;
	return from == to ? 10 : 20;
}

void vm_machine_chunk_nodump(vm_paddr_t pa, bool nodump)
{
	if (!WARN_ON_ONCE(pa >> 21 >= VMK_NCHUNKS))
		assign_bit(pa >> 21, vmk.nodump, nodump);
}

void vmk_set_domain(int domain)
{
	WRITE_ONCE(vmk.domain, domain);
}

void vmk_set_pageproc(bool is_pageproc)
{
	WRITE_ONCE(vmk.pageproc, is_pageproc ? current : NULL);
}

void vmk_set_task_policy(const struct domainset *ds)
{
	WRITE_ONCE(vmk.task_policy, ds);
}

void vmk_set_is_memory(bool is_memory)
{
	WRITE_ONCE(vmk.is_memory, is_memory);
}

void vmk_set_distances_known(bool known)
{
	WRITE_ONCE(vmk.distances_known, known);
}

bool vmk_chunk_is_nodump(vm_paddr_t pa)
{
	return test_bit(pa >> 21, vmk.nodump);
}

void vmk_tick(void)
{
	WRITE_ONCE(vmk.ticks, vmk.ticks + 1);
}

void vmk_set_dma32_npages(unsigned long npages)
{
	vmk.dma32_npages = npages;
}

vm_memattr_t vmk_chunk_memattr(vm_paddr_t pa)
{
	const void *entry = xa_load(&vmk.memattr, pa >> 21);

	return entry ? xa_to_value(entry) : VM_MEMATTR_DEFAULT;
}

void vmk_fail_memattr(unsigned int nth)
{
	atomic_set(&vmk.memattrs_left, nth);
}

void vmk_at_node(void (*func)(void))
{
	vmk.at_node = func;
}

void vmk_fail_node(unsigned int nth)
{
	atomic_set(&vmk.nodes_left, nth);
}

/*
 * Failing a case allocates memory that may sleep, so an unannounced report is
 * only noted here and fails the case at its end.
 */
void vm_kunit_report(const char *func, const char *rule)
{
	unsigned long flags;
	bool armed;

	raw_spin_lock_irqsave(&vmk.report_lock, flags);
	armed = vmk.armed;
	if (armed)
		vmk.announced++;
	else
		vmk.unannounced++;
	vmk.last_func = func;
	vmk.last_rule = rule;
	raw_spin_unlock_irqrestore(&vmk.report_lock, flags);

	if (!armed)
		pr_err("unannounced report: %s: \"%s\" is false\n", func, rule);
}

void vmk_expect_report(struct kunit *test)
{
	unsigned long flags;

	KUNIT_EXPECT_FALSE_MSG(test, vmk.armed, "a report is announced already");

	raw_spin_lock_irqsave(&vmk.report_lock, flags);
	vmk.armed = true;
	vmk.announced = 0;
	vmk.last_func = "";
	vmk.last_rule = "";
	raw_spin_unlock_irqrestore(&vmk.report_lock, flags);
}

void vmk_expect_report_done(struct kunit *test)
{
	unsigned long flags;
	unsigned int announced;

	raw_spin_lock_irqsave(&vmk.report_lock, flags);
	announced = vmk.announced;
	vmk.armed = false;
	raw_spin_unlock_irqrestore(&vmk.report_lock, flags);

	KUNIT_EXPECT_EQ_MSG(test, announced, 1, "one report was announced, last: %s: %s",
			    vmk.last_func, vmk.last_rule);
}

unsigned int vmk_unannounced_reports(void)
{
	return READ_ONCE(vmk.unannounced);
}

const char *vmk_last_rule(void)
{
	return vmk.last_rule;
}

static void vmk_check_reports(struct kunit *test)
{
	KUNIT_EXPECT_FALSE_MSG(test, vmk.armed, "an announced report was not waited for");
	KUNIT_EXPECT_EQ_MSG(test, vmk.unannounced, 0, "unannounced reports, last: %s: %s",
			    vmk.last_func, vmk.last_rule);
	vmk.armed = false;
	vmk.unannounced = 0;
}

/* Memory behind pages. */

void *vmk_page_kva(vm_page_t m)
{
	const unsigned long pfn = m->phys_addr >> PAGE_SHIFT;
	void *kva = xa_load(&vmk.memory, pfn);

	if (kva)
		return kva;

	kva = (void *)__get_free_page(GFP_ATOMIC);
	if (WARN_ON_ONCE(!kva))
		return NULL;
	memset(kva, VMK_POISON, PAGE_SIZE);
	if (WARN_ON_ONCE(xa_err(xa_store_bh(&vmk.memory, pfn, kva, GFP_ATOMIC)))) {
		free_page((unsigned long)kva);
		return NULL;
	}
	return kva;
}

void vmk_use_memory(vm_paddr_t start, vm_paddr_t end)
{
	struct vm_page m = {};

	for (m.phys_addr = start; m.phys_addr < end; m.phys_addr += PAGE_SIZE)
		vmk_page_kva(&m);
}

void pmap_zero_page(vm_page_t m)
{
	void *kva = vmk_page_kva(m);

	if (kva)
		memset(kva, 0, PAGE_SIZE);
}

void vmpage_zero_pages(vm_page_t m_run, u_long npages)
{
	for (; npages; npages--)
		pmap_zero_page(m_run++);
}

void pmap_zero_page_area(vm_page_t m, int off, int size)
{
	void *kva = vmk_page_kva(m);

	if (kva)
		memset(kva + off, 0, size);
}

void pmap_copy_page(vm_page_t src, vm_page_t dst)
{
	const void *from = vmk_page_kva(src);
	void *to = vmk_page_kva(dst);

	if (from && to)
		memcpy(to, from, PAGE_SIZE);
}

void pmap_page_set_memattr(vm_page_t m, vm_memattr_t memattr)
{
	m->memattr = memattr;
}

vm_memattr_t pmap_page_get_memattr(vm_page_t m)
{
	return m->memattr;
}

bool vmk_page_is_filled(vm_page_t m, u8 value)
{
	const u8 *kva = vmk_page_kva(m);

	return kva && !memchr_inv(kva, value, PAGE_SIZE);
}

static void vmk_forget_memory(void)
{
	unsigned long pfn;
	void *kva;

	xa_for_each(&vmk.memory, pfn, kva)
		free_page((unsigned long)kva);
	xa_destroy(&vmk.memory);
}

/* Audits. */

static unsigned int vmk_audit(char *text)
{
	struct vm_audit audit = { .buf = text, .size = VMK_AUDIT_TEXT };

	vm_audit_all(&audit);
	return audit.failures;
}

static char *vmk_audit_text(struct kunit *test)
{
	char *text = kunit_kzalloc(test, VMK_AUDIT_TEXT, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, text);
	return text;
}

void vmk_expect_audit_clean(struct kunit *test)
{
	char *text = vmk_audit_text(test);
	const unsigned int failures = vmk_audit(text);

	KUNIT_EXPECT_EQ_MSG(test, failures, 0, "the audit finds:\n%s", text);
	kunit_kfree(test, text);
}

void vmk_expect_audit_finds(struct kunit *test, const char *words)
{
	char *text = vmk_audit_text(test);
	const unsigned int failures = vmk_audit(text);

	KUNIT_EXPECT_GT_MSG(test, failures, 0, "the audit should find: %s", words);
	KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(text, words),
				  "the audit should find: %s; found:\n%s", words, text);
	kunit_kfree(test, text);
}

/* Machines. */

static void vmk_reset_counters(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		memset(per_cpu_ptr(&vm_cnt, cpu), 0, sizeof(struct vmmeter));
}

/* What vm_machine.h asks, as it is before a case changes it. */
static void vmk_reset_machine(void)
{
	vmk_set_domain(0);
	vmk_set_pageproc(false);
	vmk_set_task_policy(NULL);
	vmk_set_is_memory(false);
	vmk_set_distances_known(true);
	vmk_set_dma32_npages(VM_DMA32_NPAGES_THRESHOLD);
	/* Soon to wrap around, as jiffies are. */
	WRITE_ONCE(vmk.ticks, -1UL);
	vmk_at_node(NULL);
	vmk_fail_memattr(0);
	vmk_fail_node(0);
	vm_pgcache_max_pcpu = pgcache;
	vmk.drains = true;
	bitmap_zero(vmk.nodump, VMK_NCHUNKS);
}

/* Which page comes next is known only as long as it is this CPU that keeps some. */
static int vmk_stay_on_cpu(void)
{
	return set_cpus_allowed_ptr(current, cpumask_of(raw_smp_processor_id()));
}

int vmk_init(struct kunit *test)
{
	vmk.powered = false;
	vmk.pages_stay = false;
	vmk_reset_machine();
	INIT_LIST_HEAD(&vmk.objects);
	xa_init(&vmk.held);
	xa_init(&vmk.memattr);
	xa_init_flags(&vmk.memory, XA_FLAGS_LOCK_BH);
	if (!seed)
		seed = get_random_u64();
	prandom_seed_state(&vmk.chance, seed);
	vmk.chance_told = false;
	vmk.armed = false;
	vmk.unannounced = 0;
	vmk.last_func = "";
	vmk.last_rule = "";
	pr_info_once("pgcache=%u\n", pgcache);
	return pgcache ? vmk_stay_on_cpu() : 0;
}

void vmk_machine(struct kunit *test, const struct vm_mem_span *spans, unsigned int nspans)
{
	KUNIT_ASSERT_FALSE_MSG(test, vmk.powered, "a machine is there already");
	vmk_reset_counters();
	KUNIT_ASSERT_EQ(test, vm_mem_startup(spans, nspans), 0);
	vmk.powered = true;
}

void vmk_set_pgcache(unsigned int npages)
{
	WARN_ON(vmk_stay_on_cpu());
	vm_pgcache_max_pcpu = npages;
	vmk.drains = false;
}

bool vmk_drain(void)
{
	bool drained = false;
	int domain;

	if (!vmk.drains || !in_task() || irqs_disabled())
		return false;
	DOMAINSET_FOREACH(domain, &vm_all_domains)
		drained |= vm_pgcache_drain_all(VM_DOMAIN(domain));
	return drained;
}

void vmk_drain_short(void)
{
	if (vm_page_count_min())
		vmk_drain();
}

void vmk_a64(struct kunit *test)
{
	static const struct vm_mem_span a64 = VMK_SPAN(0, ptoa(16384), 0);

	vmk_machine(test, &a64, 1);
}

void vmk_b4(struct kunit *test)
{
	static const struct vm_mem_span b4 = VMK_SPAN(0, ptoa(1024), 0);

	vmk_machine(test, &b4, 1);
}

void vmk_c2x4(struct kunit *test)
{
	static const struct vm_mem_span c2x4[] = {
		VMK_SPAN(0, ptoa(1024), 0),
		VMK_SPAN(0x100000000ULL, 0x100000000ULL + ptoa(1024), 1),
	};

	vmk_machine(test, c2x4, ARRAY_SIZE(c2x4));
}

void vmk_thresholds_off(struct kunit *test)
{
	int domain;

	DOMAINSET_FOREACH(domain, &vm_all_domains) {
		struct vm_domain *vmd = VM_DOMAIN(domain);

		vmd->vmd_interrupt_free_min = 0;
		vmd->vmd_pageout_free_min = 0;
		vmd->vmd_free_reserved = 0;
		vmd->vmd_free_severe = 0;
		vmd->vmd_free_min = 0;
		vmd->vmd_free_target = 0;
		vmd->vmd_pageout_wakeup_thresh = 0;
		/* Cases may set a mark of their own. */
		vmd->vmd_free_plenty = INT_MAX;
	}
}

void vmk_pages_stay(struct kunit *test)
{
	vmk.pages_stay = true;
}

static void vmk_release_held(void)
{
	unsigned long pfn;
	vm_page_t m;

	xa_for_each(&vmk.held, pfn, m) {
		if (!vm_page_busy_freed(m) && !m->object)
			vm_page_free(m);
	}
	xa_destroy(&vmk.held);
}

/*
 * A page may still be busied by the case, whose thread is gone; nobody else is
 * there to end that.
 */
static void vmk_unbusy_all(vm_object_t object)
{
	unsigned long pindex;
	vm_page_t m;

	VM_RADIX_FOREACH(m, pindex, &object->rtree)
		WRITE_ONCE(m->busy_lock, VPB_UNBUSIED);
}

static void vmk_release_object(struct kunit *test, vm_object_t object)
{
	if (rwsem_is_locked(&object->lock)) {
		KUNIT_FAIL(test, "an object was left locked");
		VM_OBJECT_WUNLOCK(object);
	}
	VM_OBJECT_WLOCK(object);
	vmk_unbusy_all(object);
	VM_OBJECT_WUNLOCK(object);
	vm_object_deallocate(object);
}

static void vmk_release_objects(struct kunit *test)
{
	struct vmk_held_object *held, *next;

	list_for_each_entry_safe(held, next, &vmk.objects, list) {
		list_del(&held->list);
		vmk_release_object(test, held->object);
		kfree(held);
	}
}

static void vmk_check_all_free(struct kunit *test)
{
	int domain;

	DOMAINSET_FOREACH(domain, &vm_all_domains) {
		struct vm_domain *vmd = VM_DOMAIN(domain);

		KUNIT_EXPECT_EQ_MSG(test,
				    atomic_read(&vmd->vmd_free_count) +
				    atomic_read(&vmd->vmd_promised),
				    (int)vmd->vmd_page_count,
				    "pages of domain %d are not given back", domain);
		KUNIT_EXPECT_EQ_MSG(test, vmk_cache_count(domain), 0,
				    "pages of domain %d are cached", domain);
	}
	KUNIT_EXPECT_EQ_MSG(test, vmk_wired(), 0, "pages are wired");
}

/* What has an attribute is not free until that is restored. */
static void vmk_restore_memattr(void)
{
	int domain;

	DOMAINSET_FOREACH(domain, &vm_all_domains)
		vmpage_reserv_restore(domain);
}

/* Clear up and check; a case without a machine may still have objects. */
void vmk_power_off(struct kunit *test)
{
	vmk_join_threads(test);
	KUNIT_EXPECT_EQ_MSG(test, vm_wait_count(), 0, "somebody waits for pages");
	vmk_set_pageproc(false);
	vmk_fail_node(0);
	vmk_fail_memattr(0);
	vmk_check_reports(test);
	vmk_expect_audit_clean(test);
	vmk_release_objects(test);
	vmk_release_held();
	vmk_expect_audit_clean(test);
	vmk_restore_memattr();
	vm_pgcache_drain_idle();
	vmk_expect_audit_clean(test);
	if (!vmk.pages_stay)
		vmk_check_all_free(test);
	vmk_check_reports(test);

	if (vmk.powered)
		vm_mem_shutdown();
	KUNIT_EXPECT_EQ(test, vm_ndomains, 0);
	KUNIT_EXPECT_EQ(test, vm_phys_nsegs, 0);
	KUNIT_EXPECT_FALSE(test, vm_page_count_min());
	KUNIT_EXPECT_FALSE(test, vm_page_count_severe());
	KUNIT_EXPECT_TRUE_MSG(test, xa_empty(&vmk.memattr),
			      "memory that is not ours any more has an attribute");
	xa_destroy(&vmk.memattr);
	KUNIT_EXPECT_TRUE_MSG(test, bitmap_empty(vmk.nodump, VMK_NCHUNKS),
			      "dumps leave out memory that is not ours any more");
	vmk_reset_machine();
	vmk_forget_memory();
	vmk.powered = false;
	vmk.pages_stay = false;
}

void vmk_exit(struct kunit *test)
{
	vmk_power_off(test);
}

/* Objects. */

static vm_object_t vmk_hold_object(struct kunit *test, vm_object_t object)
{
	struct vmk_held_object *held;

	KUNIT_ASSERT_NOT_NULL(test, object);
	held = kmalloc(sizeof(*held), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, held);
	held->object = object;
	list_add(&held->list, &vmk.objects);
	return object;
}

vm_object_t vmk_object_type(struct kunit *test, objtype_t type, vm_pindex_t size)
{
	return vmk_hold_object(test, vm_object_allocate(type, size));
}

vm_object_t vmk_object(struct kunit *test, enum vmk_kind kind, vm_pindex_t size)
{
	vm_object_t object;

	if (kind == VMK_O)
		object = vmk_hold_object(test, vm_object_allocate_anon(size));
	else
		object = vmk_object_type(test, OBJT_VNODE, size);

	if (kind != VMK_U) {
		VM_OBJECT_WLOCK(object);
		vm_object_color(object, 0);
		VM_OBJECT_WUNLOCK(object);
	}
	return object;
}

void vmk_object_drop(struct kunit *test, vm_object_t object)
{
	struct vmk_held_object *held;

	list_for_each_entry(held, &vmk.objects, list) {
		if (held->object == object) {
			list_del(&held->list);
			kfree(held);
			vmk_release_object(test, object);
			return;
		}
	}
	KUNIT_FAIL(test, "the object is not the fixture's");
}

/* Pages. */

vm_page_t vmk_alloc_req(struct kunit *test, vm_object_t object, vm_pindex_t pindex, int req)
{
	vm_page_t m;

	VM_OBJECT_WLOCK(object);
	m = vm_page_alloc(object, pindex, req);
	VM_OBJECT_WUNLOCK(object);
	return m;
}

vm_page_t vmk_alloc(struct kunit *test, vm_object_t object, vm_pindex_t pindex)
{
	vm_page_t m = vmk_alloc_req(test, object, pindex, VM_ALLOC_NORMAL);

	KUNIT_ASSERT_NOT_NULL(test, m);
	return m;
}

vm_page_t vmk_lookup(vm_object_t object, vm_pindex_t pindex)
{
	vm_page_t m;

	VM_OBJECT_RLOCK(object);
	m = vm_page_lookup(object, pindex);
	VM_OBJECT_RUNLOCK(object);
	return m;
}

void vmk_cache(struct kunit *test, vm_page_t m, u8 value)
{
	const vm_object_t object = m->object;
	void *kva = vmk_page_kva(m);

	KUNIT_ASSERT_NOT_NULL(test, kva);
	memset(kva, value, PAGE_SIZE);
	VM_OBJECT_WLOCK(object);
	vm_page_valid(m);
	vm_page_xunbusy(m);
	vm_page_cache(m);
	VM_OBJECT_WUNLOCK(object);
	KUNIT_ASSERT_TRUE(test, m->flags & PG_CACHED);
}

vm_page_t vmk_cached(struct kunit *test, vm_object_t object, vm_pindex_t pindex, u8 value)
{
	vm_page_t m = vmk_alloc(test, object, pindex);

	vmk_cache(test, m, value);
	return m;
}

bool vmk_is_cached(vm_object_t object, vm_pindex_t pindex)
{
	bool cached;

	VM_OBJECT_RLOCK(object);
	cached = vm_page_is_cached(object, pindex);
	VM_OBJECT_RUNLOCK(object);
	return cached;
}

u64 vmk_cached_map(vm_object_t object)
{
	u64 map = 0;
	int i;

	for (i = 0; i < 64; i++)
		map |= (u64)vmk_is_cached(object, i) << i;
	return map;
}

void vmk_cache_free(vm_object_t object, vm_pindex_t start, vm_pindex_t end)
{
	VM_OBJECT_WLOCK(object);
	vm_page_cache_free(object, start, end);
	VM_OBJECT_WUNLOCK(object);
}

void vmk_hold(struct kunit *test, vm_page_t m, u_long npages)
{
	u_long i;

	for (i = 0; i < npages; i++)
		KUNIT_ASSERT_EQ(test, xa_err(xa_store(&vmk.held, m[i].phys_addr >> PAGE_SHIFT,
						      &m[i], GFP_KERNEL)), 0);
}

vm_page_t vmk_noobj_req(struct kunit *test, int req)
{
	vm_page_t m = vm_page_alloc_noobj(req);

	if (m)
		vmk_hold(test, m, 1);
	return m;
}

vm_page_t vmk_noobj(struct kunit *test)
{
	vm_page_t m = vmk_noobj_req(test, VM_ALLOC_NORMAL);

	KUNIT_ASSERT_NOT_NULL(test, m);
	return m;
}

vm_page_t vmk_ncontig_in(struct kunit *test, u_long npages, vm_paddr_t low, vm_paddr_t high,
			 u_long alignment, vm_paddr_t boundary)
{
	vm_page_t m = vm_page_alloc_noobj_contig(VM_ALLOC_NORMAL, npages, low,
						 high ?: ~(vm_paddr_t)0, alignment, boundary,
						 VM_MEMATTR_DEFAULT);

	if (m)
		vmk_hold(test, m, npages);
	return m;
}

vm_page_t vmk_ncontig(struct kunit *test, u_long npages)
{
	return vmk_ncontig_in(test, npages, 0, 0, 1, 0);
}

void vmk_free(struct kunit *test, vm_page_t m)
{
	vm_object_t object = m->object;

	xa_erase(&vmk.held, m->phys_addr >> PAGE_SHIFT);
	if (object)
		VM_OBJECT_WLOCK(object);
	vm_page_free(m);
	if (object)
		VM_OBJECT_WUNLOCK(object);
	vmk_drain_short();
}

void vmk_free_any(struct kunit *test, vm_page_t m)
{
	if (vm_page_wired(m))
		KUNIT_EXPECT_TRUE(test, vm_page_unwire_noq(m));
	if (m->object) {
		if (vm_page_sbusied(m))
			vm_page_sunbusy(m);
		if (!vm_page_busied(m))
			KUNIT_EXPECT_EQ(test, vm_page_tryxbusy(m), 1);
	}
	vm_page_free(m);
}

void vmk_free_run(struct kunit *test, vm_page_t m, u_long npages)
{
	u_long i;

	for (i = 0; i < npages; i++)
		vmk_free(test, &m[i]);
}

unsigned int vmk_exhaust(struct kunit *test, int req)
{
	unsigned int npages = 0;

	do {
		while (vmk_noobj_req(test, req))
			npages++;
	} while (vmk_drain());
	return npages;
}

void vmk_set_free(struct kunit *test, int domain, int free)
{
	const int have = vmk_free_count(domain);

	if (have > free)
		KUNIT_ASSERT_EQ(test, vm_domain_allocate(VM_DOMAIN(domain), VM_ALLOC_INTERRUPT,
							 have - free), 1);
	else
		vm_domain_freecnt_inc(VM_DOMAIN(domain), free - have);
}

void vmk_leave_free(struct kunit *test, int domain, unsigned int npages)
{
	while (vmk_free_count(domain) > npages) {
		vm_page_t m = vm_page_alloc_noobj_domain(domain, VM_ALLOC_INTERRUPT);

		KUNIT_ASSERT_NOT_NULL(test, m);
		vmk_hold(test, m, 1);
	}
	KUNIT_ASSERT_EQ(test, vmk_free_count(domain), npages);
}

/* Looking. */

u64 vmk_off(vm_page_t m)
{
	return m ? VM_PAGE_TO_PHYS(m) - VMK_BASE : ~0ULL;
}

long vmk_free_count(int domain)
{
	vmk_drain();
	return atomic_read(&VM_DOMAIN(domain)->vmd_free_count);
}

long vmk_cache_count(int domain)
{
	return READ_ONCE(VM_DOMAIN(domain)->vmd_cache_count);
}

long vmk_deficit(int domain)
{
	return atomic_read(&VM_DOMAIN(domain)->vmd_pageout_deficit);
}

long vmk_wired(void)
{
	return VM_CNT_FETCH(v_wire_count);
}

long vmk_tfree(void)
{
	return VM_CNT_FETCH(v_tfree) + vm_pgcache_nfreed();
}

u8 vmk_flags(vm_page_t m)
{
	return m->flags & ~PG_PCPU_CACHE;
}

static struct vm_freelist *vmk_freelist(int domain, int flind, int pool, int order)
{
	return &VM_DOMAIN(domain)->vm_phys_free_queues[flind][pool][order];
}

vm_page_t vmk_block(int domain, int pool, int order, unsigned int nth)
{
	vm_page_t m;
	int flind;

	vmk_drain();
	for (flind = 0; flind < VM_NFREELIST; flind++) {
		list_for_each_entry(m, &vmk_freelist(domain, flind, pool, order)->pl, plinks.q) {
			if (!nth--)
				return m;
		}
	}
	return NULL;
}

static long vmk_nblocks(int domain, int pool, int order)
{
	long n = 0;
	int flind;

	for (flind = 0; flind < VM_NFREELIST; flind++)
		n += vmk_freelist(domain, flind, pool, order)->lcnt;
	return n;
}

/* "0..11:1,12:3}" into counts by order; what follows the brace, or NULL. */
static const char *vmk_parse_pool(const char *s, long blocks[VM_NFREEORDER])
{
	unsigned int first, last, order;
	long count;
	int len;

	memset(blocks, 0, VM_NFREEORDER * sizeof(*blocks));
	while (*s != '}') {
		if (sscanf(s, "%u..%u:%ld%n", &first, &last, &count, &len) != 3) {
			if (sscanf(s, "%u:%ld%n", &first, &count, &len) != 2)
				return NULL;
			last = first;
		}
		if (last >= VM_NFREEORDER)
			return NULL;
		for (order = first; order <= last; order++)
			blocks[order] = count;
		s += len;
		if (*s == ',')
			s++;
	}
	return s + 1;
}

static void vmk_expect_pool(struct kunit *test, int domain, int pool, const long *blocks)
{
	int order;

	for (order = 0; order < VM_NFREEORDER; order++)
		KUNIT_EXPECT_EQ_MSG(test, vmk_nblocks(domain, pool, order), blocks[order],
				    "domain %d, pool %d, order %d", domain, pool, order);
}

void vmk_expect_free_lists(struct kunit *test, int domain, const char *expected)
{
	static const char * const names[VM_NFREEPOOL] = { "DEF{", "DIR{" };
	const char *s = expected;

	vmk_drain();
	while (s && *s) {
		long blocks[VM_NFREEORDER];
		int pool;

		if (*s == ' ') {
			s++;
			continue;
		}
		for (pool = 0; pool < VM_NFREEPOOL; pool++) {
			if (!strncmp(s, names[pool], strlen(names[pool])))
				break;
		}
		if (pool == VM_NFREEPOOL)
			break;
		s = vmk_parse_pool(s + strlen(names[pool]), blocks);
		if (s)
			vmk_expect_pool(test, domain, pool, blocks);
	}
	KUNIT_EXPECT_TRUE_MSG(test, s && !*s, "cannot read \"%s\"", expected);
}

void vmk_counts(struct vmk_counts *counts)
{
	struct vmk_held_object *held;
	int domain, pool, order;

	vmk_drain();
	memset(counts, 0, sizeof(*counts));
	counts->wired = vmk_wired();
	list_for_each_entry(held, &vmk.objects, list)
		counts->resident += held->object->resident_page_count;

	DOMAINSET_FOREACH(domain, &vm_all_domains) {
		counts->free += vmk_free_count(domain);
		counts->promised += atomic_read(&VM_DOMAIN(domain)->vmd_promised);
		counts->deficit += vmk_deficit(domain);
		counts->cached += vmk_cache_count(domain);
		for (pool = 0; pool < VM_NFREEPOOL; pool++) {
			for (order = 0; order < VM_NFREEORDER; order++)
				counts->blocks[pool][order] += vmk_nblocks(domain, pool, order);
		}
	}
}

void vmk_expect_same_counts(struct kunit *test, const struct vmk_counts *before,
			    const struct vmk_counts *after)
{
	KUNIT_EXPECT_EQ(test, after->free, before->free);
	KUNIT_EXPECT_EQ(test, after->promised, before->promised);
	KUNIT_EXPECT_EQ(test, after->deficit, before->deficit);
	KUNIT_EXPECT_EQ(test, after->wired, before->wired);
	KUNIT_EXPECT_EQ(test, after->cached, before->cached);
	KUNIT_EXPECT_EQ(test, after->resident, before->resident);
	KUNIT_EXPECT_EQ(test, memcmp(after->blocks, before->blocks, sizeof(after->blocks)), 0);
}

/* Chance. */

u64 vmk_seed(void)
{
	if (!vmk.chance_told) {
		pr_info("seed=%#llx\n", seed);
		vmk.chance_told = true;
	}
	return seed;
}

u32 vmk_random_below(u32 bound)
{
	vmk_seed();
	return prandom_u32_state(&vmk.chance) % bound;
}

void vmk_shuffle(u32 *array, size_t n)
{
	while (n > 1) {
		const u32 i = vmk_random_below(n);

		n--;
		swap(array[i], array[n]);
	}
}

void vmk_permutation(u32 *array, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		array[i] = i;
	vmk_shuffle(array, n);
}

MODULE_DESCRIPTION("KUnit suites of vmpage");
MODULE_LICENSE("Dual BSD/GPL");
