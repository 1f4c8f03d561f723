// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The module of consumer.c as it was written for FreeBSD 12: pages without an object
 * come from vm_page_alloc(), too, and whoever needs zeros sees to it.
 */
#define VMPAGE_KPI_ERA 12

#include <linux/module.h>
#include <linux/sizes.h>
#include <sys/param.h>
#include <vm/vm.h>
#include <vm/pmap.h>
#include <vm/vm_page.h>

#define OBJECT_PAGES	8

static unsigned long run_pages = 16;
module_param(run_pages, ulong, 0444);

static vm_page_t page, run;
static vm_object_t object;

/* VM_ALLOC_ZERO is a preference here; PG_ZERO says whether it was met. */
static void zero_fill(vm_page_t m)
{
	if (!(m->flags & PG_ZERO))
		pmap_zero_page(m);
}

static int get_page_of_zeros(void)
{
	page = vm_page_alloc(NULL, 0, VM_ALLOC_NORMAL | VM_ALLOC_NOOBJ | VM_ALLOC_NOWAIT |
			     VM_ALLOC_WIRED | VM_ALLOC_ZERO);
	if (!page)
		return -ENOMEM;
	zero_fill(page);
	return 0;
}

static void put_page_of_zeros(void)
{
	/* Unwiring frees nothing in FreeBSD 12. */
	if (page && vm_page_unwire(page, PQ_NONE))
		vm_page_free(page);
}

static int get_run(void)
{
	run = vm_page_alloc_contig(NULL, 0, VM_ALLOC_NORMAL | VM_ALLOC_NOOBJ | VM_ALLOC_NOWAIT,
				   run_pages, 0, ~0ULL, SZ_64K, SZ_1M, VM_MEMATTR_DEFAULT);
	if (!run)
		return -ENOMEM;
	return VM_PAGE_TO_PHYS(run) % SZ_64K ? -EIO : 0;
}

static void put_run(void)
{
	unsigned long i;

	for (i = 0; run && i < run_pages; i++)
		vm_page_free(&run[i]);
}

/* The first page of the object is allocated by hand, the others are grabbed. */
static int fill_object(void)
{
	vm_page_t m;
	int i;

	VM_OBJECT_ASSERT_WLOCKED(object);

	m = vm_page_alloc(object, 0, VM_ALLOC_NORMAL | VM_ALLOC_WAITFAIL | VM_ALLOC_ZERO);
	if (!m)
		return -ENOMEM;
	zero_fill(m);
	m->valid = VM_PAGE_BITS_ALL;
	vm_page_xunbusy(m);

	for (i = 1; i < OBJECT_PAGES; i++) {
		/* Sleeps for a page as long as it takes, and clears it. */
		m = vm_page_grab(object, i, VM_ALLOC_NORMAL | VM_ALLOC_ZERO);
		m->valid = VM_PAGE_BITS_ALL;
		vm_page_xunbusy(m);
	}
	return 0;
}

static int get_object(void)
{
	int ret;

	object = vm_object_allocate(OBJT_PHYS, OBJECT_PAGES);
	if (!object)
		return -ENOMEM;

	VM_OBJECT_WLOCK(object);
	ret = fill_object();
	VM_OBJECT_WUNLOCK(object);
	return ret;
}

static void put_object(void)
{
	vm_object_deallocate(object);
}

static void consumer_exit(void)
{
	put_object();
	put_run();
	put_page_of_zeros();
}
module_exit(consumer_exit);

static int __init consumer_init(void)
{
	int ret;

	ret = get_page_of_zeros();
	if (!ret)
		ret = get_run();
	if (!ret)
		ret = get_object();
	if (ret) {
		consumer_exit();
		return ret;
	}
	pr_info("consumer12: a page of zeros, %lu pages in a row, an object of %d pages\n",
		run_pages, OBJECT_PAGES);
	return 0;
}
module_init(consumer_init);

MODULE_DESCRIPTION("A module that uses vmpage as FreeBSD 12 had it");
MODULE_LICENSE("Dual BSD/GPL");
