// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Ageing: what a long life does to the large blocks of an allocator.
 *
 * A seeded trace fills objects of random size, several at a time and a few pages by
 * turns, frees the middle of some, and lets each live for a random time.  Once 90 % of
 * the memory is in use, others have to go for every object that comes.  After each
 * phase it is measured how much of the free memory can be had in blocks of 2 MiB, and
 * how much of the live memory lies in such blocks as a whole.
 *
 * The same trace is played on four sides, one after the other: vmpage; vmpage that
 * moves pages before each measurement; Linux's page allocator, page by page; and that
 * with each 2 MiB of an object asked for as one block first, as for a huge page.
 * Linux has as many pages for it as the pool, at first in blocks of 2 MiB, above its
 * watermarks: all others are held meanwhile.  What the trace does next never depends
 * on what an allocator did.
 *
 * A line is printed for each measurement, and "done" at the end.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bits.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/vmalloc.h>
#include <sys/param.h>
#include <sys/vmmeter.h>
#include <vm/vm_object.h>
#include <vm/vm_page.h>
#include <vm/vm_pagequeue.h>
#include <vm/vm_reserv.h>

#define BLOCK_PAGES	VM_LEVEL_0_NPAGES
#define BLOCK_ORDER	VM_LEVEL_0_ORDER
#define USE_PERCENT	90
#define MAX_OBJECTS	16384
#define WIDTH		8	/* objects that are being filled */
#define STEP_PAGES	32	/* what one of them gets by turns */

/* Lifetimes are counted in pages that are allocated meanwhile; times the memory: */
#define LIFETIME	2	/* at most */
#define LONG_LIFETIME	8	/* of one object in 16 */

static unsigned int seed = 1;
module_param(seed, uint, 0444);

static unsigned int phases = 10;
module_param(phases, uint, 0444);

static unsigned int turnover = 2;
module_param(turnover, uint, 0444);
MODULE_PARM_DESC(turnover, "how often a phase allocates all of the memory (default 2)");

/*
 * struct age_object - an object of the trace, and what it has on one side
 */
struct age_object {
	struct list_head link;		/* in a list of the trace */
	unsigned int npages;
	unsigned int filled;		/* pages [0, filled) were allocated */
	unsigned int hole, hole_end;	/* but those [hole, hole_end) freed again */
	u64 death;			/* by the clock of the trace */

	unsigned int used;		/* pages that it has at this moment */
	vm_object_t object;		/* vmpage */
	struct list_head pages;		/* Linux: by lru, in the order of their index */
	unsigned long blocks;		/* Linux: bit n: its n-th 2 MiB came as a block */
};

/*
 * struct age_side - an allocator
 * @create: make an empty object
 * @add: give an object the page with the index @filled
 * @punch: free the pages of the hole
 * @destroy: free all that is left
 * @whole: pages of an object that lie in whole blocks; NULL: not known
 * @runs: free pages that can be had in blocks
 * @timed: reservations are ordered by the tick in which they last changed
 */
struct age_side {
	const char *name;
	bool timed;
	bool (*create)(struct age_object *ao);
	bool (*add)(struct age_object *ao);
	void (*punch)(struct age_object *ao);
	void (*destroy)(struct age_object *ao);
	unsigned long (*whole)(struct age_object *ao);
	unsigned long (*runs)(void);
};

/*
 * struct age_trace - how far the trace is
 */
struct age_trace {
	const struct age_side *side;
	struct rnd_state rnd;
	struct list_head idle;		/* objects that do not exist */
	struct list_head grown;		/* those that were filled */
	struct list_head growing;	/* WIDTH others */
	u64 clock;			/* pages that were asked for so far */
	unsigned long live;		/* of them, not freed again */
	unsigned long failed;		/* of them, not granted */
};

static unsigned long pool_pages;

/* vmpage: objects as those of the device, but not longer than what they hold */

static bool pool_create(struct age_object *ao)
{
	ao->object = vm_object_allocate(OBJT_VNODE, ao->npages);
	if (!ao->object)
		return false;
	VM_OBJECT_WLOCK(ao->object);
	vm_object_color(ao->object, 0);
	VM_OBJECT_WUNLOCK(ao->object);
	return true;
}

/* It has content, and is on a queue: it may be moved. */
static bool pool_add(struct age_object *ao)
{
	vm_page_t m;

	VM_OBJECT_WLOCK(ao->object);
	m = vm_page_alloc(ao->object, ao->filled, VM_ALLOC_NORMAL);
	if (m) {
		vm_page_valid(m);
		vm_page_activate(m);
		vm_page_xunbusy(m);
		ao->used++;
	}
	VM_OBJECT_WUNLOCK(ao->object);
	return m;
}

static void pool_punch(struct age_object *ao)
{
	unsigned int i;
	vm_page_t m;

	VM_OBJECT_WLOCK(ao->object);
	for (i = ao->hole; i < ao->hole_end; i++) {
		m = vm_page_lookup(ao->object, i);
		if (m && vm_page_tryxbusy(m)) {
			vm_page_free(m);
			ao->used--;
		}
	}
	VM_OBJECT_WUNLOCK(ao->object);
}

static void pool_destroy(struct age_object *ao)
{
	vm_object_deallocate(ao->object);
}

static unsigned long pool_whole(struct age_object *ao)
{
	unsigned long npages = 0;
	unsigned int i;
	vm_page_t m;

	VM_OBJECT_RLOCK(ao->object);
	for (i = 0; i < ao->filled; i++) {
		m = vm_page_lookup(ao->object, i);
		npages += m && !vm_reserv_level_iffullpop(m);
	}
	VM_OBJECT_RUNLOCK(ao->object);
	return npages;
}

static vm_page_t pool_block(void)
{
	return vm_page_alloc_noobj_contig(VM_ALLOC_INTERRUPT, BLOCK_PAGES, 0, ~0ULL,
					  ptoa(BLOCK_PAGES), 0, VM_MEMATTR_DEFAULT);
}

static bool pool_move(void)
{
	return !vm_page_reclaim_contig(VM_ALLOC_INTERRUPT, BLOCK_PAGES, 0, ~0ULL,
				       ptoa(BLOCK_PAGES), 0);
}

static unsigned long pool_take_runs(bool move)
{
	unsigned long npages = 0, i;
	struct spglist taken;
	vm_page_t m;

	vmpage_spglist_init(&taken);
	do {
		while ((m = pool_block())) {
			vmpage_spglist_insert(&taken, m);
			npages += BLOCK_PAGES;
		}
	} while (move && pool_move());

	while ((m = taken.slh_first)) {
		taken.slh_first = m->plinks.s.ss;
		for (i = 0; i < BLOCK_PAGES; i++)
			vm_page_free(&m[i]);
	}
	return npages;
}

static unsigned long pool_runs(void)
{
	return pool_take_runs(false);
}

static unsigned long pool_runs_moving(void)
{
	return pool_take_runs(true);
}

/* Linux: pages that a module has for itself, which nobody can move */

static struct page *linux_alloc(unsigned int order)
{
	return alloc_pages(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN, order);
}

/* Put what can be had into a list.  Returns how many. */
static unsigned long linux_take(struct list_head *list, unsigned int order, unsigned long max)
{
	unsigned long n;
	struct page *page;

	for (n = 0; n < max; n++) {
		page = linux_alloc(order);
		if (!page)
			break;
		list_add(&page->lru, list);
		cond_resched();
	}
	return n;
}

static void linux_give(struct list_head *list, unsigned int order)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, list, lru) {
		list_del(&page->lru);
		__free_pages(page, order);
		cond_resched();
	}
}

static bool linux_create(struct age_object *ao)
{
	INIT_LIST_HEAD(&ao->pages);
	return true;
}

static bool linux_add(struct age_object *ao)
{
	struct page *page = linux_alloc(0);

	if (!page)
		return false;
	list_add_tail(&page->lru, &ao->pages);
	ao->used++;
	return true;
}

/* The pages of a block are there when the first is asked for, and can be freed singly. */
static bool linux_add_block(struct age_object *ao)
{
	struct page *page = linux_alloc(BLOCK_ORDER);
	unsigned int i;

	if (!page)
		return false;
	split_page(page, BLOCK_ORDER);
	for (i = 0; i < BLOCK_PAGES; i++)
		list_add_tail(&page[i].lru, &ao->pages);
	ao->used += BLOCK_PAGES;
	ao->blocks |= BIT(ao->filled / BLOCK_PAGES);
	return true;
}

static bool linux_add_huge(struct age_object *ao)
{
	const bool first = !(ao->filled % BLOCK_PAGES);

	if (ao->blocks & BIT(ao->filled / BLOCK_PAGES))
		return true;
	if (first && ao->filled + BLOCK_PAGES <= ao->npages && linux_add_block(ao))
		return true;
	return linux_add(ao);
}

static void linux_punch(struct age_object *ao)
{
	struct page *page, *next;
	unsigned int i = 0;

	list_for_each_entry_safe(page, next, &ao->pages, lru) {
		if (i >= ao->hole && i < ao->hole_end) {
			list_del(&page->lru);
			__free_page(page);
			ao->used--;
			ao->blocks &= ~BIT(i / BLOCK_PAGES);
		}
		i++;
	}
}

static void linux_destroy(struct age_object *ao)
{
	linux_give(&ao->pages, 0);
}

static unsigned long linux_whole(struct age_object *ao)
{
	return hweight_long(ao->blocks & (BIT(ao->filled / BLOCK_PAGES) - 1)) * BLOCK_PAGES;
}

static unsigned long linux_runs(void)
{
	LIST_HEAD(taken);
	unsigned long n = linux_take(&taken, BLOCK_ORDER, ULONG_MAX);

	linux_give(&taken, BLOCK_ORDER);
	return n * BLOCK_PAGES;
}

static LIST_HEAD(held_blocks);
static LIST_HEAD(held_pages);

/* Hold all free memory above the watermarks but as many blocks as the pool has. */
static bool linux_hold(void)
{
	const unsigned long want = pool_pages / BLOCK_PAGES;
	LIST_HEAD(left);
	unsigned long n;

	rcu_barrier();		/* what was freed becomes free */
	n = linux_take(&left, BLOCK_ORDER, want);
	linux_take(&held_blocks, BLOCK_ORDER, ULONG_MAX);
	linux_take(&held_pages, 0, ULONG_MAX);
	linux_give(&left, BLOCK_ORDER);
	if (n < want)
		pr_err("only %lu blocks of %lu\n", n, want);
	return n == want;
}

static void linux_unhold(void)
{
	linux_give(&held_pages, 0);
	linux_give(&held_blocks, BLOCK_ORDER);
}

/* The trace */

static unsigned int age_random(struct age_trace *at, unsigned int limit)
{
	return prandom_u32_state(&at->rnd) % limit;
}

/* Many small ones; most of the memory is in the few large ones. */
static unsigned int age_random_size(struct age_trace *at)
{
	const unsigned int kind = age_random(at, 100);

	if (kind < 85)
		return 1 + age_random(at, 1 << (1 + age_random(at, 6)));
	if (kind < 95)
		return 64 + age_random(at, BLOCK_PAGES - 64);
	return BLOCK_PAGES + age_random(at, 3 * BLOCK_PAGES);
}

static bool age_create(struct age_trace *at)
{
	struct age_object *ao = list_first_entry_or_null(&at->idle, struct age_object, link);

	if (!ao)
		return false;
	list_del(&ao->link);
	memset(ao, 0, sizeof(*ao));
	ao->npages = age_random_size(at);
	if (!at->side->create(ao)) {
		list_add(&ao->link, &at->idle);
		return false;
	}
	list_add_tail(&ao->link, &at->growing);
	return true;
}

static void age_destroy(struct age_trace *at, struct age_object *ao)
{
	at->live -= ao->filled - (ao->hole_end - ao->hole);
	at->side->destroy(ao);
	list_move(&ao->link, &at->idle);
}

/* The one whose time comes first has to make room. */
static bool age_destroy_first(struct age_trace *at)
{
	struct age_object *ao, *first = NULL;

	list_for_each_entry(ao, &at->grown, link) {
		if (!first || ao->death < first->death)
			first = ao;
	}
	if (!first)
		return false;
	age_destroy(at, first);
	return true;
}

/* It has all of its pages: when does it die, and is its middle freed before? */
static void age_finish(struct age_trace *at, struct age_object *ao)
{
	const unsigned int quarter = ao->npages / 4;
	const unsigned int times = age_random(at, 16) ? LIFETIME : LONG_LIFETIME;

	ao->death = at->clock + age_random(at, times * pool_pages);
	if (quarter && !age_random(at, 4)) {
		ao->hole = quarter + age_random(at, quarter);
		ao->hole_end = ao->hole + 1 + age_random(at, quarter);
		at->side->punch(ao);
		at->live -= ao->hole_end - ao->hole;
	}
	list_move(&ao->link, &at->grown);
}

/* What it does next is not to depend on how fast the machine is. */
static void age_tick(const struct age_trace *at)
{
	if (at->side->timed)
		schedule_timeout_uninterruptible(1);
	else
		cond_resched();
}

static struct age_object *age_random_growing(struct age_trace *at)
{
	unsigned int n = age_random(at, WIDTH);
	struct age_object *ao;

	list_for_each_entry(ao, &at->growing, link) {
		if (!n--)
			break;
	}
	return ao;
}

/* Fill a little of an object.  Returns false when the trace cannot go on. */
static bool age_step(struct age_trace *at, bool *crowded)
{
	struct age_object *ao = age_random_growing(at);
	unsigned int n = min_t(unsigned int, STEP_PAGES, ao->npages - ao->filled);

	while (at->live + n > pool_pages / 100 * USE_PERCENT) {
		*crowded = true;
		if (!age_destroy_first(at))
			return false;
	}
	at->clock += n;
	at->live += n;
	for (; n; n--) {
		at->failed += !at->side->add(ao);
		ao->filled++;
	}
	age_tick(at);
	if (ao->filled < ao->npages)
		return true;
	age_finish(at, ao);
	return age_create(at);
}

/* Measuring */

/* Pages of an object that every allocator could have in whole blocks. */
static unsigned long age_possible(const struct age_object *ao)
{
	unsigned long npages = 0;
	unsigned int i;

	for (i = 0; i + BLOCK_PAGES <= ao->filled; i += BLOCK_PAGES) {
		if (ao->hole_end <= i || ao->hole >= i + BLOCK_PAGES)
			npages += BLOCK_PAGES;
	}
	return npages;
}

/* What the objects use of the memory, and lies in whole blocks, in pages. */
struct age_sum {
	unsigned long used;
	unsigned long whole;
	unsigned long possible;
};

static void age_sum_list(const struct age_trace *at, struct list_head *list, struct age_sum *sum)
{
	struct age_object *ao;

	list_for_each_entry(ao, list, link) {
		sum->used += ao->used;
		sum->possible += age_possible(ao);
		if (at->side->whole)
			sum->whole += at->side->whole(ao);
		cond_resched();
	}
}

static long age_pool_free(void)
{
	long npages = 0;
	int domain;

	DOMAINSET_FOREACH(domain, &vm_all_domains)
		npages += atomic_read(&VM_DOMAIN(domain)->vmd_free_count);
	return npages;
}

static void age_measure(const struct age_trace *at, unsigned int phase)
{
	struct age_sum sum = {};
	unsigned long runs;

	age_tick(at);
	runs = at->side->runs();
	age_sum_list(at, (struct list_head *)&at->grown, &sum);
	age_sum_list(at, (struct list_head *)&at->growing, &sum);
	pr_info("%s phase %u free %lu runs %lu live %lu possible %lu whole %lu failed %lu broken %lld freed %lld reclaimed %lld clock %llu pool %ld\n",
		at->side->name, phase, pool_pages - sum.used, runs, at->live, sum.possible,
		sum.whole, at->failed, VM_CNT_FETCH(v_reserv_broken),
		VM_CNT_FETCH(v_reserv_freed), VM_CNT_FETCH(v_reserv_reclaimed), at->clock,
		age_pool_free());
}

/* Phase 0 lasts until the memory is in use. */
static bool age_phase(struct age_trace *at, unsigned int phase)
{
	const u64 end = at->clock + (u64)turnover * pool_pages;
	bool crowded = false;

	while (phase ? at->clock < end : !crowded) {
		if (!age_step(at, &crowded)) {
			pr_err("%s: the trace cannot go on\n", at->side->name);
			return false;
		}
	}
	age_measure(at, phase);
	return true;
}

static void age_trace_init(struct age_trace *at, const struct age_side *side,
			   struct age_object *store)
{
	unsigned int i;

	memset(at, 0, sizeof(*at));
	at->side = side;
	prandom_seed_state(&at->rnd, seed);
	INIT_LIST_HEAD(&at->idle);
	INIT_LIST_HEAD(&at->grown);
	INIT_LIST_HEAD(&at->growing);
	for (i = 0; i < MAX_OBJECTS; i++)
		list_add_tail(&store[i].link, &at->idle);
}

static void age_trace_fini(struct age_trace *at)
{
	struct age_object *ao, *next;

	list_splice_init(&at->growing, &at->grown);
	list_for_each_entry_safe(ao, next, &at->grown, link)
		age_destroy(at, ao);
}

static bool age_play(const struct age_side *side, struct age_object *store)
{
	struct age_trace at;
	unsigned int i;
	bool good = true;

	age_trace_init(&at, side, store);
	for (i = 0; i < WIDTH && good; i++)
		good = age_create(&at);
	for (i = 0; i <= phases && good; i++)
		good = age_phase(&at, i);
	age_trace_fini(&at);
	return good;
}

static const struct age_side pool_sides[] = {
	{ "vmpage", true, pool_create, pool_add, pool_punch, pool_destroy, pool_whole,
	  pool_runs },
	{ "vmpage-moving", true, pool_create, pool_add, pool_punch, pool_destroy, pool_whole,
	  pool_runs_moving },
};

static const struct age_side linux_sides[] = {
	{ "linux", false, linux_create, linux_add, linux_punch, linux_destroy, NULL, linux_runs },
	{ "linux-huge", false, linux_create, linux_add_huge, linux_punch, linux_destroy,
	  linux_whole, linux_runs },
};

static bool age_play_all(struct age_object *store)
{
	bool good = true;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(pool_sides) && good; i++)
		good = age_play(&pool_sides[i], store);
	if (!good)
		return false;
	good = linux_hold();
	for (i = 0; i < ARRAY_SIZE(linux_sides) && good; i++)
		good = age_play(&linux_sides[i], store);
	linux_unhold();
	return good;
}

static int __init vmpage_ageing_init(void)
{
	struct age_object *store = vzalloc(array_size(MAX_OBJECTS, sizeof(*store)));
	int domain;

	if (!store)
		return -ENOMEM;
	DOMAINSET_FOREACH(domain, &vm_all_domains)
		pool_pages += VM_DOMAIN(domain)->vmd_page_count;
	pr_info("seed %u phases %u turnover %u pages %lu\n", seed, phases, turnover, pool_pages);
	if (age_play_all(store))
		pr_info("done\n");
	vfree(store);
	return 0;
}

static void __exit vmpage_ageing_exit(void)
{
}

module_init(vmpage_ageing_init);
module_exit(vmpage_ageing_exit);
MODULE_DESCRIPTION("How vmpage and Linux age");
MODULE_LICENSE("Dual BSD/GPL");
