// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * A module that was written for FreeBSD 9 and uses its page cache.  It keeps tables
 * that take long to make in pages that anybody may have who needs memory; a table
 * that is gone when it is wanted is made again.  One table is too dear for that.
 */
#define VMPAGE_KPI_ERA 9

#include <linux/highmem.h>
#include <linux/module.h>
#include <sys/param.h>
#include <vm/vm.h>
#include <vm/pmap.h>
#include <vm/vm_page.h>

#define TABLES		64	/* one page each */
#define TABLE_WORDS	(PAGE_SIZE / sizeof(u32))
#define DEAR_TABLE	7

static unsigned long crowd;
module_param(crowd, ulong, 0444);
MODULE_PARM_DESC(crowd, "pages to ask for while the tables are cached");

static vm_page_t page;
static vm_object_t tables, dear;
static unsigned int kept, made_again;

static u32 table_word(u32 table, u32 i)
{
	return (table * TABLE_WORDS + i) * 0x9e3779b1u;
}

static void make_table(vm_page_t m, u32 table)
{
	u32 *word = kmap_local_page(pfn_to_page(atop(VM_PAGE_TO_PHYS(m))));
	u32 i;

	for (i = 0; i < TABLE_WORDS; i++)
		word[i] = table_word(table, i);
	kunmap_local(word);
	m->valid = VM_PAGE_BITS_ALL;
}

static bool is_table(vm_page_t m, u32 table)
{
	u32 *word = kmap_local_page(pfn_to_page(atop(VM_PAGE_TO_PHYS(m))));
	u32 i;

	for (i = 0; i < TABLE_WORDS && word[i] == table_word(table, i); i++)
		;
	kunmap_local(word);
	return i == TABLE_WORDS;
}

/* A new page, even if the table is cached: IFNOTCACHED fails then. */
static int new_table(u32 table)
{
	vm_page_t m;

	m = vm_page_alloc(tables, table, VM_ALLOC_NORMAL | VM_ALLOC_IFNOTCACHED);
	if (!m)
		return vm_page_is_cached(tables, table) ? -EEXIST : -ENOMEM;
	make_table(m, table);
	vm_page_wakeup(m);
	return 0;
}

/* Make a table resident, with the content it had if nobody took its page. */
static int get_table(u32 table)
{
	vm_page_t m;
	bool good;

	m = vm_page_alloc(tables, table, VM_ALLOC_NORMAL | VM_ALLOC_IFCACHED);
	if (!m) {
		made_again++;
		return new_table(table);
	}
	kept++;
	good = m->valid == VM_PAGE_BITS_ALL && is_table(m, table);
	vm_page_wakeup(m);
	return good ? 0 : -EIO;
}

/* From here on it is anybody's, until somebody gets it back. */
static void put_table(u32 table)
{
	vm_page_t m = vm_page_lookup(tables, table);

	vm_page_lock(m);
	vm_page_cache(m);
	vm_page_unlock(m);
}

static int make_tables(void)
{
	int ret = 0;
	u32 i;

	VM_OBJECT_LOCK(tables);
	for (i = 0; i < TABLES && !ret; i++) {
		ret = new_table(i);
		if (!ret)
			put_table(i);
	}
	if (!ret && new_table(0) != -EEXIST)
		ret = -EIO;
	VM_OBJECT_UNLOCK(tables);
	return ret;
}

/* Others need memory: they get what is cached when nothing else is left. */
static int be_a_crowd(void)
{
	vm_object_t object = vm_object_allocate(OBJT_PHYS, crowd);
	unsigned long i;
	vm_page_t m;

	if (!object)
		return -ENOMEM;
	VM_OBJECT_LOCK(object);
	for (i = 0; i < crowd; i++) {
		m = vm_page_alloc(object, i, VM_ALLOC_NORMAL);
		if (!m)
			break;
		vm_page_wakeup(m);
	}
	VM_OBJECT_UNLOCK(object);
	vm_object_deallocate(object);
	return i == crowd ? 0 : -ENOMEM;
}

/* A table moves to an object of its own, where nobody takes its page. */
static int keep_table(u32 table)
{
	vm_page_t m = vm_page_lookup(tables, table);

	vm_page_rename(m, dear, 0);
	m = vm_page_lookup(dear, 0);
	return m && is_table(m, table) ? 0 : -EIO;
}

static int look_at_tables(void)
{
	int ret = 0;
	u32 i;

	vmpage_object_wlock_two(tables, dear);
	for (i = 0; i < TABLES && !ret; i++) {
		ret = get_table(i);
		if (!ret && i == DEAR_TABLE)
			ret = keep_table(i);
		else if (!ret)
			put_table(i);
	}
	vmpage_object_wunlock_two(tables, dear);
	return ret;
}

/* Any page of ordinary memory, filled with zeros. */
static int get_page_of_zeros(void)
{
	page = vm_page_alloc_freelist(VM_FREELIST_DEFAULT, VM_ALLOC_NORMAL | VM_ALLOC_WIRED |
				      VM_ALLOC_ZERO);
	if (!page)
		return -ENOMEM;
	if (!(page->flags & PG_ZERO))
		pmap_zero_page(page);
	return 0;
}

static void put_page_of_zeros(void)
{
	if (!page)
		return;
	vm_page_unwire(page, 0);
	vm_page_free(page);
}

static int consumer_fill(void)
{
	int ret;

	tables = vm_object_allocate(OBJT_VNODE, TABLES);
	dear = vm_object_allocate(OBJT_VNODE, 1);
	if (!tables || !dear)
		return -ENOMEM;

	ret = make_tables();
	if (!ret)
		ret = be_a_crowd();
	if (!ret)
		ret = look_at_tables();
	if (!ret)
		ret = get_page_of_zeros();
	return ret;
}

static void consumer_exit(void)
{
	put_page_of_zeros();
	vm_object_deallocate(dear);
	vm_object_deallocate(tables);
}
module_exit(consumer_exit);

static int __init consumer_init(void)
{
	const int ret = consumer_fill();

	if (ret) {
		consumer_exit();
		return ret;
	}
	pr_info("consumer9: %d tables made, %u kept, %u made again, one is safe\n", TABLES, kept,
		made_again);
	return 0;
}
module_init(consumer_init);

MODULE_DESCRIPTION("A module that uses vmpage as FreeBSD 9 had it");
MODULE_LICENSE("Dual BSD/GPL");
