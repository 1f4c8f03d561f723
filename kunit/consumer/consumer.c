// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * A module that uses vmpage.  While it is loaded it holds a page of zeros, a run
 * that a simple device could use for DMA, and an object with its pages.
 */
#include <linux/highmem.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <sys/param.h>
#include <vm/vm.h>
#include <vm/vm_page.h>

#define OBJECT_PAGES	8

static unsigned long run_pages = 16;
module_param(run_pages, ulong, 0444);

static vm_page_t page, run;
static vm_object_t object;

/* A vm_page_t describes a page; this is its content. */
static bool is_zero(vm_page_t m)
{
	void *p = kmap_local_page(pfn_to_page(atop(VM_PAGE_TO_PHYS(m))));
	const bool zero = !memchr_inv(p, 0, PAGE_SIZE);

	kunmap_local(p);
	return zero;
}

/* One page that belongs to no object.  May be done in interrupt, too. */
static int get_page_of_zeros(void)
{
	page = vm_page_alloc_noobj(VM_ALLOC_NORMAL | VM_ALLOC_NOWAIT | VM_ALLOC_WIRED |
				   VM_ALLOC_ZERO);
	if (!page)
		return -ENOMEM;
	return is_zero(page) ? 0 : -EIO;
}

static void put_page_of_zeros(void)
{
	if (page && vm_page_unwire_noq(page))
		vm_page_free(page);
}

/* Pages in a row, beginning at a multiple of 64 KiB and crossing none of 1 MiB. */
static int get_run(void)
{
	run = vm_page_alloc_noobj_contig(VM_ALLOC_NORMAL | VM_ALLOC_NOWAIT, run_pages,
					 0, ~0ULL, SZ_64K, SZ_1M, VM_MEMATTR_DEFAULT);
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

/*
 * Pages of an object, each found by its index.  WAITFAIL: if there are none, sleep
 * until others have freed some, then fail, and let the caller decide.
 */
static int get_object(void)
{
	vm_page_t ma[OBJECT_PAGES];
	int i, n;

	object = vm_object_allocate(OBJT_PHYS, OBJECT_PAGES);
	if (!object)
		return -ENOMEM;

	VM_OBJECT_WLOCK(object);
	n = vm_page_grab_pages(object, 0, VM_ALLOC_NORMAL | VM_ALLOC_WAITFAIL | VM_ALLOC_ZERO,
			       ma, OBJECT_PAGES);
	for (i = 0; i < n; i++)
		vm_page_xunbusy(ma[i]);
	VM_OBJECT_WUNLOCK(object);
	return n == OBJECT_PAGES ? 0 : -ENOMEM;
}

/* With the last reference the object gives its pages back. */
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
	pr_info("consumer: a page of zeros, %lu pages in a row, an object of %d pages\n",
		run_pages, OBJECT_PAGES);
	return 0;
}
module_init(consumer_init);

MODULE_DESCRIPTION("A module that uses vmpage");
MODULE_LICENSE("Dual BSD/GPL");
