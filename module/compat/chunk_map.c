// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The switch "whole / one page only" of a chunk, per kernel.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/pagemap.h>
#include "chunk_map.h"
#include "vm_compat.h"

/*
 * Past the end of every file, and such that adding a chunk does not wrap.  The index
 * of a chunk is this or, as long as it is whole, its place in the file.
 */
#define INDEX_PAST_EOF	(1UL << (BITS_PER_LONG - 4))

/*
 * A kernel without transparent huge pages has no 2 MiB entries to offer, and may
 * never have mapped a large folio: no way is tried on it.
 */
#ifdef CONFIG_TRANSPARENT_HUGEPAGE

#if HAVE_VMF_INSERT_FOLIO_PMD

/*
 * A kernel that compares a folio with the size of the file maps one page of a
 * file of size 0 and never more.  The driver then maps whole chunks itself.  Any
 * index is past such an end; but not what the last owner of the memory left.
 */
static void insert_set_one(struct folio *folio)
{
	folio->index = INDEX_PAST_EOF;
}

static void insert_set_whole(struct folio *folio, pgoff_t pgoff)
{
	folio->index = pgoff;
}

/*
 * The entry is as writable as the VMA's are.  To ask for more is an error for the
 * kernel when others put something else in its place meanwhile, which they can.
 */
static vm_fault_t insert_insert_whole(struct vm_fault *vmf, struct folio *folio)
{
	return vmf_insert_folio_pmd(vmf, folio, false);
}

static const struct vmpage_chunk_map chunk_map_insert = {
	.name = "insert",
	.i_size = 0,
	.set_one = insert_set_one,
	.set_whole = insert_set_whole,
	.insert_whole = insert_insert_whole,
};

#endif

/*
 * Two barriers at once.  A kernel that compares the folio's index with the size
 * of the file takes it for one past the end, of which it maps single pages only;
 * one that does not still refuses a 2 MiB entry over a folio with a bad page.
 */
static void index_set_one(struct folio *folio)
{
	folio->index = INDEX_PAST_EOF;
	folio_set_has_hwpoisoned(folio);
}

static void index_set_whole(struct folio *folio, pgoff_t pgoff)
{
	folio->index = pgoff;
	folio_clear_has_hwpoisoned(folio);
}

static const struct vmpage_chunk_map chunk_map_index = {
	.name = "index",
	.i_size = MAX_LFS_FILESIZE,
	.set_one = index_set_one,
	.set_whole = index_set_whole,
};

#endif /* CONFIG_TRANSPARENT_HUGEPAGE */

const struct vmpage_chunk_map *const vmpage_chunk_maps[] = {
#ifdef CONFIG_TRANSPARENT_HUGEPAGE
#if HAVE_VMF_INSERT_FOLIO_PMD
	&chunk_map_insert,
#endif
	&chunk_map_index,
#endif
	NULL
};

bool vmpage_chunk_is_whole(struct folio *folio)
{
	return folio_test_large(folio) && folio->index != INDEX_PAST_EOF;
}

void vmpage_chunk_set_whole(const struct vmpage_chunk_map *map, struct folio *folio,
			    pgoff_t pgoff)
{
	map->set_whole(folio, pgoff);
}

void vmpage_chunk_set_one(const struct vmpage_chunk_map *map, struct folio *folio)
{
	if (map && folio_test_large(folio))
		map->set_one(folio);
}

void vmpage_chunk_switch(const struct vmpage_chunk_map *map, struct folio *folio, bool whole,
			 pgoff_t pgoff)
{
	folio_lock(folio);
	if (whole)
		vmpage_chunk_set_whole(map, folio, pgoff);
	else
		vmpage_chunk_set_one(map, folio);
	folio_unlock(folio);
}

void vmpage_chunk_reset(struct folio *folio)
{
	folio_lock(folio);
	/* Set by the kernel when a user wrote to a page or looked at it. */
	folio_clear_dirty(folio);
	folio_clear_referenced(folio);
	folio->index = 0;
	if (folio_test_large(folio))
		folio_clear_has_hwpoisoned(folio);
	folio_unlock(folio);
}

vm_fault_t vmpage_chunk_fault(const struct vmpage_chunk_map *map, struct vm_fault *vmf,
			      struct page *page, bool whole)
{
	struct folio *folio = page_folio(page);
	vm_fault_t ret;

	/*
	 * An entry that another thread made meanwhile must not be replaced; and one that
	 * a write finds unwritable, as while writes are tracked, would fault for ever.
	 */
	if (whole && map && map->insert_whole && pmd_none(*vmf->pmd) &&
	    (!(vmf->flags & FAULT_FLAG_WRITE) ||
	     pte_write(pfn_pte(0, vmf->vma->vm_page_prot)))) {
		ret = map->insert_whole(vmf, folio);
		folio_unlock(folio);
		return ret;
	}

	get_page(page);
	vmf->page = page;
	return VM_FAULT_LOCKED;
}
