// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Runs by relocation: which pages move, where to, and what is left alone.
 */
#include <vm/vm_reserv.h>

#include "vm_page_reclaim_kunit.h"

/* The rows of the table */

#define G_PAGES		600

static vm_page_t g_pages[G_PAGES];
static vm_object_t g_object;

static vm_object_t plain_swap_object(struct kunit *test, vm_pindex_t size)
{
	const vm_object_t object = vmk_object_type(test, OBJT_SWAP, size);

	VM_OBJECT_WLOCK(object);
	object->flags &= ~OBJ_COLORED;
	VM_OBJECT_WUNLOCK(object);
	return object;
}

/* G12: every second page of 600 is there. */
static void g12(struct kunit *test)
{
	int i;

	vmk_b4(test);
	g_object = plain_swap_object(test, G_PAGES);
	KUNIT_ASSERT_TRUE(test, g_object->flags & OBJ_SWAP);
	KUNIT_ASSERT_FALSE(test, vm_object_reserv(g_object));
	for (i = 0; i < G_PAGES; i++) {
		g_pages[i] = vmk_alloc(test, g_object, i);
		make_movable(g_pages[i], i);
	}
	KUNIT_ASSERT_EQ(test, vmk_off(g_pages[0]), 0);
	KUNIT_ASSERT_EQ(test, vmk_off(g_pages[G_PAGES - 1]), ptoa(G_PAGES - 1));
	for (i = 1; i < G_PAGES; i += 2) {
		KUNIT_ASSERT_EQ(test, vm_page_tryxbusy(g_pages[i]), 1);
		vmk_free(test, g_pages[i]);
	}
}

static void G12_every_second_page_leaves_no_run(struct kunit *test)
{
	g12(test);
	KUNIT_EXPECT_NULL(test, vmk_ncontig(test, 512));
	vmk_expect_free_lists(test, 0, "DEF{0:300,3:1,5:1,7:1,8:1}");
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 724);
}

static void expect_moved(struct kunit *test, int i, u8 dirty, u16 aflags)
{
	const vm_page_t m = vmk_lookup(g_object, i);

	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_LT(test, vmk_off(m), 0x200000);
	KUNIT_EXPECT_TRUE(test, is_stamped(m, i));
	KUNIT_EXPECT_EQ(test, m->pindex, i);
	KUNIT_EXPECT_PTR_EQ(test, m->object, g_object);
	KUNIT_EXPECT_EQ(test, m->valid, VM_PAGE_BITS_ALL);
	KUNIT_EXPECT_EQ(test, m->dirty, dirty);
	KUNIT_EXPECT_EQ(test, m->a.flags, aflags);
	KUNIT_EXPECT_EQ(test, vm_page_queue(m), PQ_INACTIVE);
	KUNIT_EXPECT_EQ(test, m->oflags, 0);
	KUNIT_EXPECT_EQ(test, m->busy_lock, VPB_UNBUSIED);
	KUNIT_EXPECT_EQ(test, m->ref_count, VPRC_OBJREF);
}

static void G13_pages_above_index_512_move(struct kunit *test)
{
	int i, moved = 0;

	g12(test);
	g_pages[514]->dirty = 0x5a;
	vm_page_activate(g_pages[516]);
	vm_page_reference(g_pages[516]);
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), 0);
	KUNIT_EXPECT_EQ(test, vm_page_reclaim_contig(VM_ALLOC_NORMAL, 512, 0, ~(vm_paddr_t)0, 1, 0),
			0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 724);
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), 0);
	KUNIT_EXPECT_EQ(test, g_object->resident_page_count, 300);

	for (i = 0; i < G_PAGES; i += 2) {
		if (i < 512) {
			KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(g_object, i), g_pages[i]);
			KUNIT_EXPECT_TRUE(test, is_stamped(g_pages[i], i));
			continue;
		}
		expect_moved(test, i, i == 514 ? 0x5a : 0,
			     PGA_REQUEUE | (i == 516 ? PGA_REFERENCED : 0));
		moved++;
	}
	KUNIT_EXPECT_EQ(test, moved, 44);
	KUNIT_EXPECT_EQ(test, vmk_tfree(), 300 + 44);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_ncontig_in(test, 512, 0, 0, SZ_2M, 0)), 0x200000);
}

static const int classes[] = { VM_ALLOC_NORMAL, VM_ALLOC_SYSTEM, VM_ALLOC_INTERRUPT };

/* The reserve of 43 is left alone, whatever the class. */
static void G15_too_few_free_pages(struct kunit *test)
{
	struct vmk_counts before, after;
	int i;

	g12(test);
	vmk_set_free(test, 0, 512 + 43 - 1);
	vmk_counts(&before);
	for (i = 0; i < ARRAY_SIZE(classes); i++)
		KUNIT_EXPECT_EQ(test, vm_page_reclaim_contig(classes[i], 512, 0, ~(vm_paddr_t)0, 1,
							     0), ENOMEM);
	vmk_counts(&after);
	vmk_expect_same_counts(test, &before, &after);
	for (i = 0; i < G_PAGES; i += 2)
		KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(g_object, i), g_pages[i]);

	vmk_set_free(test, 0, 512 + 43);
	KUNIT_EXPECT_EQ(test, reclaim(512), 0);
	vmk_set_free(test, 0, 724);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_ncontig(test, 512)), 0x200000);
}

static void G16_range_outside_all_segments(struct kunit *test)
{
	const vm_paddr_t end = VMK_BASE + ptoa(1024);
	struct vmk_counts before, after;

	g12(test);
	vmk_counts(&before);
#define IN(low, high)	vm_page_reclaim_contig(VM_ALLOC_NORMAL, 512, low, high, 1, 0)
	KUNIT_EXPECT_EQ(test, IN(0, VMK_BASE), ERANGE);
	KUNIT_EXPECT_EQ(test, IN(end, ~(vm_paddr_t)0), ERANGE);
	KUNIT_EXPECT_EQ(test, IN(0, VMK_BASE + ptoa(511)), ERANGE);
	KUNIT_EXPECT_EQ(test, IN(end - ptoa(511), ~(vm_paddr_t)0), ERANGE);
	KUNIT_EXPECT_EQ(test, IN(end, VMK_BASE), ERANGE);
	/* All pages are never free, as there is the reserve. */
	KUNIT_EXPECT_EQ(test, reclaim(1024), ERANGE);
	vmk_counts(&after);
	vmk_expect_same_counts(test, &before, &after);
	KUNIT_EXPECT_EQ(test, IN(end - ptoa(512), ~(vm_paddr_t)0), 0);
#undef IN
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_ncontig(test, 512)), 0x200000);
}

static void G17_pages_without_object_stay(struct kunit *test)
{
	struct vmk_counts before, after;
	int i;

	vmk_b4(test);
	for (i = 0; i < 64; i++)
		KUNIT_ASSERT_EQ(test, vmk_off(vmk_noobj(test)), ptoa(i));
	vmk_counts(&before);
	KUNIT_EXPECT_EQ(test, vm_page_reclaim_contig(VM_ALLOC_NORMAL, 8, VMK_BASE,
						     VMK_BASE + ptoa(64), 1, 0), ENOMEM);
	vmk_counts(&after);
	vmk_expect_same_counts(test, &before, &after);
}

/* Where pages move to, and what moves with them */

/* Three pages have to go, and there is one free page in each of three places. */
static void above_high_then_below_then_between(struct kunit *test)
{
	const u32 high = 48;
	long deficit;

	lay(test, "n3 .1 n20 m3 .5 n13 .1 n14 .1 n3");
	deficit = vmk_deficit(0);
	KUNIT_EXPECT_EQ(test, vm_page_reclaim_contig(VM_ALLOC_NORMAL, 8, 0,
						     VM_PAGE_TO_PHYS(pages[high]), 1, 0), 0);
	KUNIT_EXPECT_EQ(test, count_moved(test, 0, 64), 3);
	KUNIT_EXPECT_EQ(test, number_at(movable, 24), 60);
	KUNIT_EXPECT_EQ(test, number_at(movable, 25), 3);
	KUNIT_EXPECT_EQ(test, number_at(movable, 26), 45);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 8);
	KUNIT_EXPECT_EQ(test, vmk_deficit(0), deficit + 2 + 1);
	expect_free_run(test, 24, 8);
}

static void attributes_move_too(struct kunit *test)
{
	vm_page_t m[3];
	int i;

	lay(test, "n8 .8 n8 .3 n5");
	for (i = 0; i < 3; i++) {
		m[i] = vm_page_alloc_noobj_contig(i ? VM_ALLOC_NORMAL : VM_ALLOC_NODUMP, 1,
						  VM_PAGE_TO_PHYS(pages[24 + i]),
						  VM_PAGE_TO_PHYS(pages[25 + i]), 1, 0,
						  VM_MEMATTR_DEFAULT);
		KUNIT_ASSERT_PTR_EQ(test, m[i], pages[24 + i]);
		put_movable(test, 24 + i);
	}
	vmk_free_run(test, pages[27], 5);
	m[1]->valid = 0x0f;
	m[1]->flags |= PG_ZERO;
	vm_page_aflag_set(m[2], PGA_NOSYNC | PGA_REFERENCED | PGA_WRITEABLE);
	/* The pages that they get are zero. */
	for (i = 8; i < 16; i++)
		pages[i]->flags |= PG_ZERO;

	KUNIT_EXPECT_EQ(test, vm_page_reclaim_contig(VM_ALLOC_NORMAL, 8,
						     VM_PAGE_TO_PHYS(pages[24]), ~(vm_paddr_t)0, 1,
						     0), 0);
	for (i = 0; i < 3; i++) {
		const vm_page_t m_new = vmk_lookup(movable, 24 + i);

		KUNIT_ASSERT_NOT_NULL(test, m_new);
		KUNIT_EXPECT_EQ(test, number_at(movable, 24 + i), 8 + i);
		KUNIT_EXPECT_TRUE(test, is_stamped(m_new, 24 + i));
		KUNIT_EXPECT_EQ(test, m_new->flags, i ? 0 : PG_NODUMP);
		KUNIT_EXPECT_EQ(test, m_new->valid, i == 1 ? 0x0f : VM_PAGE_BITS_ALL);
		KUNIT_EXPECT_EQ(test, m_new->a.flags,
				PGA_REQUEUE | (i == 2 ? PGA_NOSYNC | PGA_REFERENCED |
							PGA_WRITEABLE : 0));
	}
	KUNIT_EXPECT_FALSE(test, m[0]->flags & PG_NODUMP);
	/* It was zero once, and is not known to be so any more. */
	KUNIT_EXPECT_FALSE(test, m[1]->flags & PG_ZERO);
	expect_free_run(test, 24, 8);
}

/* What ends a run */

struct obstacle {
	const char *name;
	const char *layout;
	objtype_t type;			/* of the other object */
	vm_memattr_t memattr;
};

static const struct obstacle obstacles[] = {
	{ "wired", ".4 n4 .4 n4 m6 w1 m1 n8" },
	{ "busied", ".4 n4 .4 n4 m6 b1 m1 n8" },
	{ "busied by a sharer", ".4 n4 .4 n4 m6 s1 m1 n8" },
	{ "on no queue", ".4 n4 .4 n4 m6 q1 m1 n8" },
	{ "memory attribute of the page", ".4 n4 .4 n4 m6 p1 m1 n8" },
	{ "without object", ".4 n4 .4 n4 m6 n1 m1 n8" },
	{ "without object, as the first", ".4 n4 .4 n4 n1 m7 n8" },
	{ "without object, as the last", ".4 n4 .4 n4 m7 n1 n8" },
	{ "other type", ".4 n4 .4 n4 m6 o1 m1 n8", OBJT_MGTDEVICE },
	{ "unmanaged", ".4 n4 .4 n4 m6 o1 m1 n8", OBJT_PHYS },
	{ "memory attribute of the object", ".4 n4 .4 n4 m6 o1 m1 n8", OBJT_VNODE,
	  VM_MEMATTR_WRITE_COMBINING },
	{ "end of the segment", ".4 n4 .4 n4 m4 | m4 n12" },
};

static void obstacle_desc(const struct obstacle *o, char *desc)
{
	strscpy(desc, o->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(obstacle, obstacles, obstacle_desc);

static void lay_with_other(struct kunit *test, const struct obstacle *o)
{
	other = NULL;
	if (o->type)
		other = vmk_object_type(test, o->type, LAID_PAGES);
	if (o->memattr) {
		VM_OBJECT_WLOCK(other);
		vm_object_color(other, 0);
		KUNIT_ASSERT_EQ(test, vm_object_set_memattr(other, o->memattr), KERN_SUCCESS);
		VM_OBJECT_WUNLOCK(other);
	}
	lay(test, o->layout);
}

static void a_page_that_cannot_move_ends_the_run(struct kunit *test)
{
	const struct obstacle *o = test->param_value;
	struct vmk_counts before, after;
	vm_page_t m = NULL;
	int i;

	lay_with_other(test, o);
	for (i = 16; i < 24; i++) {
		if (kinds[i] != 'm')
			m = pages[i];
	}
	vmk_counts(&before);
	KUNIT_EXPECT_EQ(test, reclaim(8), ENOMEM);
	vmk_counts(&after);
	vmk_expect_same_counts(test, &before, &after);
	for (i = 16; i < 24; i++) {
		if (kinds[i] == 'm')
			KUNIT_EXPECT_PTR_EQ(test, vmk_lookup(movable, i), pages[i]);
	}
	if (m && vm_page_wired(m))
		KUNIT_EXPECT_TRUE(test, vm_page_unwire_noq(m));
}

static void invalid_pages_are_freed(struct kunit *test)
{
	lay(test, ".4 n4 .4 n4 i8 n8");
	KUNIT_EXPECT_EQ(test, reclaim(8), 0);
	KUNIT_EXPECT_EQ(test, movable->resident_page_count, 0);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 16);
	expect_free_run(test, 16, 8);
}

static void cached_pages_are_freed(struct kunit *test)
{
	const u32 n = 16;

	lay(test, ".4 n4 .4 n4 c3 m2 c3 n7 c1");
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0), 7);
	KUNIT_EXPECT_EQ(test, reclaim(8), 0);
	KUNIT_EXPECT_EQ(test, vmk_cache_count(0), 1);
	KUNIT_EXPECT_TRUE(test, vmk_is_cached(movable, 31));
	KUNIT_EXPECT_FALSE(test, vmk_is_cached(movable, n));
	KUNIT_EXPECT_EQ(test, count_moved(test, 0, 32), 2);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 8 + 6);
	expect_free_run(test, n, 8);
}

/* CPUs keep all pages there are to go to. */
static void pages_that_cpus_keep_are_enough(struct kunit *test)
{
	vmk_set_pgcache(8);
	lay(test, ".4 n4 .4 n4 m8 n1000");
	KUNIT_EXPECT_EQ(test, vm_pgcache_count(VM_DOMAIN(0)), 8);
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 0);
	KUNIT_EXPECT_EQ(test, reclaim(8), 0);
	KUNIT_EXPECT_EQ(test, count_moved(test, 16, 24), 8);
	expect_free_run(test, 16, 8);
}

/* Which runs */

static void the_highest_run_is_cleared(struct kunit *test)
{
	lay(test, ".3 n1 .3 n1 .2 n6 m8 n8 m8 n8 | n8 m8 n8");
	KUNIT_EXPECT_EQ(test, reclaim(8), 0);
	KUNIT_EXPECT_EQ(test, count_moved(test, 0, 48), 0);
	KUNIT_EXPECT_EQ(test, count_moved(test, 48, 72), 8);
	expect_free_run(test, 56, 8);
}

static void alignment_is_kept(struct kunit *test)
{
	/* From 24 on it would fit better, were it not for the alignment. */
	lay(test, ".3 n1 .3 n1 .2 n6 m8 n8 n8 m8 n8");
	KUNIT_EXPECT_EQ(test, vm_page_reclaim_contig(VM_ALLOC_NORMAL, 8, 0, ~(vm_paddr_t)0,
						     ptoa(16), 0), 0);
	KUNIT_EXPECT_EQ(test, count_moved(test, 16, 24), 8);
	KUNIT_EXPECT_EQ(test, count_moved(test, 40, 48), 0);
	KUNIT_EXPECT_PTR_EQ(test, vmk_ncontig_in(test, 8, 0, 0, ptoa(16), 0), pages[16]);
}

/* What is freed must be the start of a block, since no other place is looked at. */
static void the_length_is_rounded_up(struct kunit *test)
{
	lay(test, ".3 n1 .3 n1 .2 n6 n2 m6 m8 n2 m6");
	KUNIT_EXPECT_EQ(test, reclaim(5), 0);
	KUNIT_EXPECT_EQ(test, count_moved(test, 0, 40), 8);
	KUNIT_EXPECT_EQ(test, count_moved(test, 24, 32), 8);
	KUNIT_EXPECT_PTR_EQ(test, vmk_ncontig(test, 5), pages[24]);
}

static void the_range_is_kept(struct kunit *test)
{
	lay(test, ".3 n1 .3 n1 .2 n6 m8 m8 m8");
	KUNIT_EXPECT_EQ(test, vm_page_reclaim_contig(VM_ALLOC_NORMAL, 8,
						     VM_PAGE_TO_PHYS(pages[17]),
						     VM_PAGE_TO_PHYS(pages[39]), 1, 0), 0);
	KUNIT_EXPECT_EQ(test, count_moved(test, 16, 24), 0);
	KUNIT_EXPECT_EQ(test, count_moved(test, 24, 32), 8);
	KUNIT_EXPECT_EQ(test, count_moved(test, 32, 40), 0);
	expect_free_run(test, 24, 8);
}

#define BIG_PAGES	4096

/*
 * Three blocks of the largest order, with a page in each of 0 to 6: without a boundary
 * the highest of the places that do not overlap is 3; with one after four, 4.
 */
static void boundary_is_kept(struct kunit *test)
{
	static const struct vm_mem_span span = VMK_SPAN(0, ptoa(7 * BIG_PAGES), 0);
	const vm_paddr_t boundary = ptoa(4 * BIG_PAGES);
	vm_object_t object;
	vm_page_t m[7];
	int i;

	vmk_machine(test, &span, 1);
	object = vmk_object(test, VMK_U, 7);
	for (i = 0; i < 7; i++) {
		VM_OBJECT_WLOCK(object);
		m[i] = vm_page_alloc_contig(object, i, VM_ALLOC_NORMAL, 1,
					    VMK_BASE + ptoa(i * BIG_PAGES), ~(vm_paddr_t)0, SZ_16M,
					    0, VM_MEMATTR_DEFAULT);
		VM_OBJECT_WUNLOCK(object);
		KUNIT_ASSERT_NOT_NULL(test, m[i]);
		KUNIT_ASSERT_EQ(test, vmk_off(m[i]), ptoa(i * BIG_PAGES));
		make_movable(m[i], i);
	}
	KUNIT_EXPECT_EQ(test, vm_page_reclaim_contig(VM_ALLOC_NORMAL, 9000, 0, ~(vm_paddr_t)0, 1,
						     boundary), 0);
	for (i = 0; i < 7; i++) {
		KUNIT_EXPECT_EQ(test, vmk_lookup(object, i) == m[i], i < 4);
		KUNIT_EXPECT_TRUE(test, is_stamped(vmk_lookup(object, i), i));
	}
	KUNIT_EXPECT_PTR_EQ(test, vmk_ncontig_in(test, 9000, 0, 0, 1, boundary), m[4]);
}

static void boundary_below_the_length_is_never_met(struct kunit *test)
{
	lay(test, ".3 n1 .3 n1 .2 n6 m8 n8");
	KUNIT_EXPECT_EQ(test, vm_page_reclaim_contig(VM_ALLOC_NORMAL, 8, 0, ~(vm_paddr_t)0, 1,
						     ptoa(4)), ERANGE);
	KUNIT_EXPECT_EQ(test, vm_page_reclaim_contig(VM_ALLOC_NORMAL, 8, 0, ~(vm_paddr_t)0, 1,
						     ptoa(8)), 0);
	expect_free_run(test, 16, 8);
}

/* How many */

static void as_many_runs_as_desired(struct kunit *test)
{
	int i;

	lay(test, ".4 n4 .4 n4 .4 n4 .4 n4 .4 n4 .4 n4 .4 n4 m8 m8 m8 m8 n8");
	KUNIT_EXPECT_EQ(test, vm_page_reclaim_contig_domain_ext(0, VM_ALLOC_NORMAL, 8, 0,
								~(vm_paddr_t)0, 1, 0, 3), 0);
	KUNIT_EXPECT_EQ(test, count_moved(test, 56, 64), 0);
	for (i = 64; i < 88; i += 8)
		KUNIT_EXPECT_EQ(test, count_moved(test, i, i + 8), 8);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_NOT_NULL(test, vmk_ncontig(test, 8));
}

struct amount {
	u_long npages;
	unsigned int moved;
};

static const struct amount amounts[] = {
	{ 1, 8 }, { 2, 8 }, { 3, 8 }, { 4, 8 }, { 8, 8 }, { 16, 16 },
};

static void amount_desc(const struct amount *a, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%lu pages", a->npages);
}

KUNIT_ARRAY_PARAM(amount, amounts, amount_desc);

static void eight_pages_at_least(struct kunit *test)
{
	const struct amount *a = test->param_value;

	lay(test, ".7 n1 .7 n1 .7 n9 m32");
	KUNIT_EXPECT_EQ(test, reclaim(a->npages), 0);
	KUNIT_EXPECT_EQ(test, count_moved(test, 0, 64), a->moved);
	KUNIT_EXPECT_EQ(test, count_moved(test, 64 - a->moved, 64), a->moved);
	expect_free_run(test, 64 - a->moved, a->moved);
}

/* More runs than there could be are only desired. */
static void desire_without_bounds(struct kunit *test)
{
	lay(test, ".4 n4 .4 n4 .4 n4 m8 n8");
	KUNIT_EXPECT_EQ(test, vm_page_reclaim_contig_domain_ext(0, VM_ALLOC_NORMAL, 8, 0,
								~(vm_paddr_t)0, 1, 0, INT_MAX), 0);
	KUNIT_EXPECT_EQ(test, count_moved(test, 24, 32), 8);
	expect_free_run(test, 24, 8);
}

/* Reservations */

static void fill_reservation(struct kunit *test, vm_object_t object, u64 off, u32 npages)
{
	u32 i;

	for (i = 0; i < npages; i++) {
		const vm_page_t m = vmk_alloc(test, object, i);

		KUNIT_ASSERT_PTR_EQ(test, m, pages[off + i]);
		make_movable(m, i);
	}
	KUNIT_ASSERT_EQ(test, vm_reserv_level(pages[off]), 0);
}

static void expect_stamps(struct kunit *test, vm_object_t object, u32 npages)
{
	u32 i;

	KUNIT_EXPECT_EQ(test, object->resident_page_count, npages);
	for (i = 0; i < npages; i++)
		KUNIT_EXPECT_TRUE(test, is_stamped(vmk_lookup(object, i), i));
}

static void expect_reserv_counts(struct kunit *test, u64 broken, u64 freed, u64 reclaimed)
{
	KUNIT_EXPECT_EQ(test, VM_CNT_FETCH(v_reserv_broken), broken);
	KUNIT_EXPECT_EQ(test, VM_CNT_FETCH(v_reserv_freed), freed);
	KUNIT_EXPECT_EQ(test, VM_CNT_FETCH(v_reserv_reclaimed), reclaimed);
}

static void reservations_are_spared_at_first(struct kunit *test)
{
	vm_object_t object;

	lay(test, "n1 .511 m4 .508 .512");
	object = vmk_object(test, VMK_O, 512);
	fill_reservation(test, object, 1024, 3);
	vmk_tick();
	KUNIT_EXPECT_EQ(test, reclaim(512), 0);
	KUNIT_EXPECT_EQ(test, count_moved(test, 512, 1024), 4);
	KUNIT_EXPECT_EQ(test, vm_reserv_level(pages[1024]), 0);
	KUNIT_EXPECT_EQ(test, number_at(object, 2), 1024 + 2);
	expect_reserv_counts(test, 0, 0, 0);
	expect_free_run(test, 512, 512);
}

/* Then only the full ones are; what is lower is not needed any more. */
static void partly_populated_reservations_move_then(struct kunit *test)
{
	vm_object_t low, high, full;

	lay(test, "n1 .511 .512 .512 .512");
	low = vmk_object(test, VMK_O, 512);
	high = vmk_object(test, VMK_V, 512);
	full = vmk_object(test, VMK_O, 512);
	/* The largest block comes first. */
	fill_reservation(test, high, 1024, 3);
	fill_reservation(test, full, 1536, 512);
	fill_reservation(test, low, 512, 3);
	vmk_tick();
	KUNIT_EXPECT_EQ(test, reclaim(512), 0);
	KUNIT_EXPECT_EQ(test, vm_reserv_level(pages[512]), 0);
	KUNIT_EXPECT_EQ(test, vm_reserv_level(pages[1024]), -1);
	KUNIT_EXPECT_EQ(test, vm_reserv_level_iffullpop(pages[1536]), 0);
	expect_reserv_counts(test, 0, 1, 0);
	expect_stamps(test, low, 3);
	expect_stamps(test, high, 3);
	expect_stamps(test, full, 512);
	KUNIT_EXPECT_EQ(test, number_at(low, 0), 512);
	KUNIT_EXPECT_LT(test, number_at(high, 0), 512);
	KUNIT_EXPECT_EQ(test, number_at(full, 0), 1536);
	expect_free_run(test, 1024, 512);
}

static void full_reservations_move_last(struct kunit *test)
{
	vm_object_t full;
	int i;

	lay(test, "n1 .511 n1 .511 n1 .511 .512");
	full = vmk_object(test, VMK_O, 512);
	fill_reservation(test, full, 1536, 512);
	vmk_tick();
	KUNIT_EXPECT_EQ(test, reclaim(512), 0);
	KUNIT_EXPECT_EQ(test, vm_reserv_level(pages[1536]), -1);
	KUNIT_EXPECT_EQ(test, pages[1536]->psind, 0);
	expect_reserv_counts(test, 0, 1, 0);
	expect_stamps(test, full, 512);
	for (i = 0; i < 512; i++)
		KUNIT_EXPECT_LT(test, number_at(full, i), 1536);
	expect_free_run(test, 1536, 512);
}

/* A run inside one: its unpopulated pages count as free, and the caller breaks it. */
static void part_of_a_reservation_moves(struct kunit *test)
{
	vm_object_t object;
	int i;

	lay(test, "n1 .7 n504 .512");
	object = vmk_object(test, VMK_O, 512);
	fill_reservation(test, object, 512, 512);
	vmk_tick();
	for (i = 504; i < 512; i += 2) {
		const vm_page_t m = vmk_lookup(object, i);

		KUNIT_ASSERT_EQ(test, vm_page_tryxbusy(m), 1);
		vmk_free(test, m);
	}
	vmk_tick();
	KUNIT_EXPECT_EQ(test, reclaim(8), 0);
	expect_reserv_counts(test, 0, 0, 0);
	for (i = 505; i < 512; i += 2) {
		KUNIT_EXPECT_LT(test, number_at(object, i), 8);
		KUNIT_EXPECT_TRUE(test, is_stamped(vmk_lookup(object, i), i));
	}
	KUNIT_EXPECT_PTR_EQ(test, vmk_ncontig(test, 8), pages[512 + 504]);
	expect_reserv_counts(test, 1, 0, 1);
}

/* Domains */

static int reclaim_in(struct domainset *policy, int req, vm_paddr_t low, vm_paddr_t high)
{
	int ret;

	vmk_set_task_policy(policy);
	ret = vm_page_reclaim_contig(req, 8, low, high, 1, 0);
	vmk_set_task_policy(NULL);
	return ret;
}

static void the_policy_names_the_domain(struct kunit *test)
{
	lay(test, ".4 n4 .4 n4 m8 m8 / .4 n4 .4 n4 m8 m8");
	KUNIT_EXPECT_EQ(test, reclaim_in(DOMAINSET_PREF(1), VM_ALLOC_NORMAL, 0, ~(vm_paddr_t)0), 0);
	KUNIT_EXPECT_EQ(test, count_moved(test, 0, 32), 0);
	KUNIT_EXPECT_EQ(test, count_moved(test, 56, 64), 8);
	KUNIT_EXPECT_EQ(test, reclaim_in(DOMAINSET_PREF(0), VM_ALLOC_NORMAL, 0, ~(vm_paddr_t)0), 0);
	KUNIT_EXPECT_EQ(test, count_moved(test, 24, 32), 8);
	KUNIT_EXPECT_EQ(test, count_moved(test, 48, 56), 0);
	expect_free_run(test, 56, 8);
	expect_free_run(test, 24, 8);
}

static void one_domain_by_name(struct kunit *test)
{
	lay(test, ".4 n4 .4 n4 m8 / .4 n4 .4 n4 m8");
	KUNIT_EXPECT_EQ(test, vm_page_reclaim_contig_domain(1, VM_ALLOC_NORMAL, 8, 0,
							    ~(vm_paddr_t)0, 1, 0), 0);
	KUNIT_EXPECT_EQ(test, count_moved(test, 0, 24), 0);
	KUNIT_EXPECT_EQ(test, count_moved(test, 24, 48), 8);
	/* Pages move within their domain. */
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 8);
	KUNIT_EXPECT_EQ(test, vm_page_reclaim_contig_domain(1, VM_ALLOC_NORMAL, 8, 0,
							    VM_PAGE_TO_PHYS(pages[24]), 1, 0),
			ERANGE);
	expect_free_run(test, 40, 8);
}

static void the_next_domain_is_asked(struct kunit *test)
{
	const vm_paddr_t max = ~(vm_paddr_t)0;
	vm_paddr_t first, end;

	lay(test, ".4 n4 .4 n4 m8 / .4 n4 .4 n4 n8");
	first = VM_PAGE_TO_PHYS(pages[0]);
	end = first + ptoa(24);
	KUNIT_EXPECT_EQ(test, reclaim_in(DOMAINSET_FIXED(1), VM_ALLOC_NORMAL, 0, max), ENOMEM);
	KUNIT_EXPECT_EQ(test, reclaim_in(DOMAINSET_FIXED(1), VM_ALLOC_NORMAL, 0, end), ERANGE);
	/* One that could, though not now, makes it ENOMEM, whichever comes first. */
	KUNIT_EXPECT_EQ(test, reclaim_in(DOMAINSET_PREF(0), VM_ALLOC_NORMAL, end, max), ENOMEM);
	KUNIT_EXPECT_EQ(test, reclaim_in(DOMAINSET_PREF(1), VM_ALLOC_NORMAL, end, max), ENOMEM);
	KUNIT_EXPECT_EQ(test, reclaim_in(DOMAINSET_PREF(1), VM_ALLOC_NORMAL, 0, first), ERANGE);
	KUNIT_EXPECT_EQ(test, count_moved(test, 0, 48), 0);
	KUNIT_EXPECT_EQ(test, reclaim_in(DOMAINSET_PREF(1), VM_ALLOC_NORMAL, 0, max), 0);
	KUNIT_EXPECT_EQ(test, count_moved(test, 0, 48), 8);
	expect_free_run(test, 16, 8);
}

/* Waiting */

struct waiter {
	int req;
	int ret;
};

static void reclaim_waiting(void *arg)
{
	struct waiter *w = arg;

	w->ret = vm_page_reclaim_contig(w->req, 8, 0, ~(vm_paddr_t)0, 1, 0);
}

static void wait_flags_are_honoured(struct kunit *test, int req, int expected)
{
	struct waiter w = { .req = req, .ret = -1 };
	struct vmk_thread *t;
	int domain;

	/* Nobody has a page to spare, though all but eight could move. */
	DOMAINSET_FOREACH(domain, &vm_all_domains) {
		VM_DOMAIN(domain)->vmd_free_min = 8;
		VM_DOMAIN(domain)->vmd_free_severe = 4;
		vmk_set_free(test, domain, 9);
		vmk_set_free(test, domain, 4);
	}
	t = vmk_thread_start(test, reclaim_waiting, &w);
	vmk_until(test, vm_wait_count() == 1);
	DOMAINSET_FOREACH(domain, &vm_all_domains)
		vmk_set_free(test, domain, 12);
	vmk_thread_join(test, t);
	KUNIT_EXPECT_EQ(test, w.ret, expected);
}

static void waiting_for_one_domain(struct kunit *test)
{
	lay(test, ".4 n4 .4 n4 .4 n4 m8 n8");
	wait_flags_are_honoured(test, VM_ALLOC_WAITFAIL, ENOMEM);
	KUNIT_EXPECT_EQ(test, count_moved(test, 0, 40), 0);
	wait_flags_are_honoured(test, VM_ALLOC_WAITOK, 0);
	expect_free_run(test, 24, 8);
}

static void waiting_for_several_domains(struct kunit *test)
{
	lay(test, ".4 n4 .4 n4 .4 n4 m8 n8 / .4 n4 .4 n4 .4 n12");
	wait_flags_are_honoured(test, VM_ALLOC_WAITFAIL, ENOMEM);
	KUNIT_EXPECT_EQ(test, count_moved(test, 0, 80), 0);
	wait_flags_are_honoured(test, VM_ALLOC_WAITOK, 0);
	expect_free_run(test, 24, 8);
}

static void flags_beside_the_class_do_not_matter(struct kunit *test)
{
	lay(test, ".4 n4 .4 n4 .4 n4 m8 n8");
	KUNIT_EXPECT_EQ(test, vm_page_reclaim_contig(~(VM_ALLOC_CLASS_MASK | VM_ALLOC_WAITOK |
						       VM_ALLOC_WAITFAIL), 8, 0, ~(vm_paddr_t)0,
						     1, 0), 0);
	KUNIT_EXPECT_EQ(test, count_moved(test, 0, 40), 8);
	expect_free_run(test, 24, 8);
}

/* Nonsense */

static void nonsense_is_refused(struct kunit *test)
{
	const vm_paddr_t max = ~(vm_paddr_t)0;

	/* It is reported once, not for each domain. */
	lay(test, ".4 n4 .4 n4 m8 n8 / .8 n8");
#define REFUSED(which, ...)	\
	vmk_refused(test, KUNIT_EXPECT_EQ(test, vm_page_reclaim_contig##which(__VA_ARGS__), ERANGE))

	REFUSED(, VM_ALLOC_NORMAL, 0, 0, max, 1, 0);
	REFUSED(, VM_ALLOC_NORMAL, 8, 0, max, 0, 0);
	REFUSED(, VM_ALLOC_NORMAL, 8, 0, max, 3 * PAGE_SIZE, 0);
	REFUSED(, VM_ALLOC_NORMAL, 8, 0, max, 1, 3 * PAGE_SIZE);
	REFUSED(_domain, 2, VM_ALLOC_NORMAL, 8, 0, max, 1, 0);
	REFUSED(_domain, -1, VM_ALLOC_NORMAL, 8, 0, max, 1, 0);
	REFUSED(_domain, MAXMEMDOM, VM_ALLOC_NORMAL, 8, 0, max, 1, 0);
	REFUSED(_domain_ext, 0, VM_ALLOC_NORMAL, 8, 0, max, 1, 0, 0);
	REFUSED(_domain_ext, 0, VM_ALLOC_NORMAL, 8, 0, max, 1, 0, -1);
#undef REFUSED
	KUNIT_EXPECT_EQ(test, count_moved(test, 0, 32), 0);
	/* Only large: one domain has as many pages, though few are free, then none has. */
	KUNIT_EXPECT_EQ(test, reclaim(32), ENOMEM);
	KUNIT_EXPECT_EQ(test, reclaim(33), ERANGE);
	KUNIT_EXPECT_EQ(test, reclaim(ULONG_MAX), ERANGE);
	KUNIT_EXPECT_EQ(test, count_moved(test, 0, 32), 0);
}

static struct kunit_case vmpage_page_reclaim_cases[] = {
	KUNIT_CASE(G12_every_second_page_leaves_no_run),
	KUNIT_CASE(G13_pages_above_index_512_move),
	KUNIT_CASE(G15_too_few_free_pages),
	KUNIT_CASE(G16_range_outside_all_segments),
	KUNIT_CASE(G17_pages_without_object_stay),
	KUNIT_CASE(above_high_then_below_then_between),
	KUNIT_CASE(attributes_move_too),
	KUNIT_CASE_PARAM(a_page_that_cannot_move_ends_the_run, obstacle_gen_params),
	KUNIT_CASE(invalid_pages_are_freed),
	KUNIT_CASE(cached_pages_are_freed),
	KUNIT_CASE(pages_that_cpus_keep_are_enough),
	KUNIT_CASE(the_highest_run_is_cleared),
	KUNIT_CASE(alignment_is_kept),
	KUNIT_CASE(the_length_is_rounded_up),
	KUNIT_CASE(the_range_is_kept),
	KUNIT_CASE(boundary_is_kept),
	KUNIT_CASE(boundary_below_the_length_is_never_met),
	KUNIT_CASE(as_many_runs_as_desired),
	KUNIT_CASE_PARAM(eight_pages_at_least, amount_gen_params),
	KUNIT_CASE(desire_without_bounds),
	KUNIT_CASE(reservations_are_spared_at_first),
	KUNIT_CASE(partly_populated_reservations_move_then),
	KUNIT_CASE(full_reservations_move_last),
	KUNIT_CASE(part_of_a_reservation_moves),
	KUNIT_CASE(the_policy_names_the_domain),
	KUNIT_CASE(one_domain_by_name),
	KUNIT_CASE(the_next_domain_is_asked),
	KUNIT_CASE(waiting_for_one_domain),
	KUNIT_CASE(waiting_for_several_domains),
	KUNIT_CASE(flags_beside_the_class_do_not_matter),
	KUNIT_CASE(nonsense_is_refused),
	{}
};

static struct kunit_suite vmpage_page_reclaim_suite = {
	.name = "vmpage_page_reclaim",
	.init = vmk_init,
	.exit = vmk_exit,
	.test_cases = vmpage_page_reclaim_cases,
};

kunit_test_suite(vmpage_page_reclaim_suite);
