// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Valid and dirty bits: which parts of a page hold its content, and which of these
 * have been written to since.
 *
 * Whoever has the page busied may change them: alone by plain stores, among other
 * sharers by atomic steps.  Pages whose bits are kept here are in no page table, so
 * nothing is asked of mappings.
 */
#include <linux/bitmap.h>
#include <linux/export.h>
#include <linux/math.h>
#include <machine/vmparam.h>
#include <sys/param.h>
#include <vm/pmap.h>

#include "vm_page_priv.h"

/* A free page is busied by nobody, whatever its word looks like. */
static bool vm_page_bits_writable(vm_page_t m)
{
	return vm_page_assert_busied(m) && vm_assert(!vm_page_busy_freed(m));
}

/*
 * Clear the bits @clear, then set the bits @set; returns what was there.  Readers
 * hold no lock in either case.
 */
static vm_page_bits_t vm_page_bits_change(vm_page_t m, vm_page_bits_t *bits, vm_page_bits_t clear,
					  vm_page_bits_t set)
{
	vm_page_bits_t old = READ_ONCE(*bits);

	if (vm_page_xbusied(m)) {
		WRITE_ONCE(*bits, (old & ~clear) | set);
		return old;
	}
	while (!try_cmpxchg(bits, &old, (vm_page_bits_t)((old & ~clear) | set)))
		;
	return old;
}

static vm_page_bits_t vm_page_block_bit(int offset)
{
	return BIT(offset / DEV_BSIZE);
}

/* All bits below the end of the last block, less those below the first. */
vm_page_bits_t vm_page_bits(int base, int size)
{
	if (!vm_assert(base >= 0 && size >= 0 && base <= PAGE_SIZE && size <= PAGE_SIZE - base))
		return 0;
	if (!size)
		return 0;
	return 2 * vm_page_block_bit(base + size - 1) - vm_page_block_bit(base);
}
EXPORT_SYMBOL_GPL(vm_page_bits);

/* Valid parts */

/*
 * Blocks become valid as a whole: what the range leaves of its first and last block
 * is zeroed, unless the block is valid already and so holds something there.
 */
static void vm_page_zero_fragments(vm_page_t m, int base, int size)
{
	const int end = base + size;
	const int first = round_down(base, DEV_BSIZE);
	const int last = round_up(end, DEV_BSIZE);

	if (first < base && !(m->valid & vm_page_block_bit(base)))
		pmap_zero_page_area(m, first, base - first);
	if (last > end && !(m->valid & vm_page_block_bit(end)))
		pmap_zero_page_area(m, end, last - end);
}

/*
 * A block that is dirty but not valid was written to by somebody who did not say
 * so; whether what it holds is worth anything nobody knows.
 */
void vm_page_set_valid_range(vm_page_t m, int base, int size)
{
	const vm_page_bits_t bits = vm_page_bits(base, size);

	if (!bits || !vm_page_bits_writable(m) || !vm_assert(!(bits & ~m->valid & m->dirty)))
		return;
	vm_page_zero_fragments(m, base, size);
	vm_page_bits_change(m, &m->valid, 0, bits);
}
EXPORT_SYMBOL_GPL(vm_page_set_valid_range);

/*
 * Here dirty blocks are no obstacle, as the range has just been filled from where
 * it would be written to.  NOSYNC put off the writing of the page, of which nothing
 * is left to be written.
 */
void vm_page_set_validclean(vm_page_t m, int base, int size)
{
	const vm_page_bits_t bits = vm_page_bits(base, size);

	if (!bits || !vm_page_bits_writable(m))
		return;
	vm_page_zero_fragments(m, base, size);
	vm_page_bits_change(m, &m->valid, 0, bits);
	vm_page_bits_change(m, &m->dirty, bits, 0);
	if (size == PAGE_SIZE)
		vm_page_aflag_clear(m, PGA_NOSYNC);
}
EXPORT_SYMBOL_GPL(vm_page_set_validclean);

/* Content is taken away only under the lock, so that lookups may rely on it. */
static bool vm_page_invalidable(vm_page_t m)
{
	return vm_assert(m->object) && VM_OBJECT_ASSERT_WLOCKED(m->object) &&
	       vm_page_bits_writable(m);
}

/* What a file's page holds beyond the end of the file goes with its first byte. */
static bool vm_page_beyond_end(vm_page_t m, int base)
{
	return m->object->type == OBJT_VNODE && !base && m->pindex >= m->object->size;
}

/* The dirty bits go first: no block is ever dirty without being valid. */
static void vm_page_invalidate(vm_page_t m, vm_page_bits_t bits)
{
	vm_page_bits_change(m, &m->dirty, bits, 0);
	vm_page_bits_change(m, &m->valid, bits, 0);
}

void vm_page_set_invalid(vm_page_t m, int base, int size)
{
	vm_page_bits_t bits;

	if (!vm_page_invalidable(m))
		return;
	bits = vm_page_bits(base, size);
	if (bits && vm_page_beyond_end(m, base))
		bits = VM_PAGE_BITS_ALL;
	vm_page_invalidate(m, bits);
}
EXPORT_SYMBOL_GPL(vm_page_set_invalid);

/* Dirty parts */

void vm_page_clear_dirty(vm_page_t m, int base, int size)
{
	const vm_page_bits_t bits = vm_page_bits(base, size);

	if (bits && vm_page_bits_writable(m))
		vm_page_bits_change(m, &m->dirty, bits, 0);
}
EXPORT_SYMBOL_GPL(vm_page_clear_dirty);

/* Other than vm_page_dirty() this is for callers that make the page valid later. */
vm_page_bits_t vm_page_set_dirty(vm_page_t m)
{
	if (!vm_page_bits_writable(m))
		return 0;
	return vm_page_bits_change(m, &m->dirty, 0, VM_PAGE_BITS_ALL);
}
EXPORT_SYMBOL_GPL(vm_page_set_dirty);

void vm_page_dirty(vm_page_t m)
{
	if (vm_page_bits_writable(m) && vm_assert(vm_page_all_valid(m)))
		vm_page_bits_change(m, &m->dirty, 0, VM_PAGE_BITS_ALL);
}
EXPORT_SYMBOL_GPL(vm_page_dirty);

void vm_page_undirty(vm_page_t m)
{
	if (vm_page_bits_writable(m))
		vm_page_bits_change(m, &m->dirty, VM_PAGE_BITS_ALL, 0);
}
EXPORT_SYMBOL_GPL(vm_page_undirty);

/* Only a mapping could have written to the page without telling. */
void vm_page_test_dirty(vm_page_t m)
{
	vm_page_bits_writable(m);
}
EXPORT_SYMBOL_GPL(vm_page_test_dirty);

/* Whole pages */

void vm_page_valid(vm_page_t m)
{
	if (vm_page_bits_writable(m))
		vm_page_bits_change(m, &m->valid, 0, VM_PAGE_BITS_ALL);
}
EXPORT_SYMBOL_GPL(vm_page_valid);

void vm_page_invalid(vm_page_t m)
{
	if (vm_page_invalidable(m))
		vm_page_invalidate(m, VM_PAGE_BITS_ALL);
}
EXPORT_SYMBOL_GPL(vm_page_invalid);

/* Each gap in one go, however many blocks it has. */
void vm_page_zero_invalid(vm_page_t m, boolean_t setvalid)
{
	const unsigned long valid = m->valid;
	unsigned int begin, end;

	if (!vm_page_bits_writable(m))
		return;
	for_each_clear_bitrange(begin, end, &valid, PAGE_SIZE / DEV_BSIZE)
		pmap_zero_page_area(m, begin * DEV_BSIZE, (end - begin) * DEV_BSIZE);
	if (setvalid)
		vm_page_valid(m);
}
EXPORT_SYMBOL_GPL(vm_page_zero_invalid);

bool vm_page_is_valid(vm_page_t m, int base, int size)
{
	const vm_page_bits_t bits = vm_page_bits(base, size), valid = READ_ONCE(m->valid);

	return valid && (valid & bits) == bits;
}
EXPORT_SYMBOL_GPL(vm_page_is_valid);

/* Superpages */

static bool vm_page_ps_test_one(vm_page_t m, int flags)
{
	return !((flags & PS_NONE_BUSY) && vm_page_busied(m)) &&
	       !((flags & PS_ALL_DIRTY) && m->dirty != VM_PAGE_BITS_ALL) &&
	       !((flags & PS_ALL_VALID) && m->valid != VM_PAGE_BITS_ALL);
}

/*
 * The object is asked for every page, @skip_m too: what is not wholly one object's
 * is no superpage.
 */
bool vm_page_ps_test(vm_page_t m, int flags, vm_page_t skip_m)
{
	const unsigned int npages = m->psind ? VM_LEVEL_0_NPAGES : 1;
	const vm_object_t object = m->object;
	unsigned int i;

	if (!vm_assert(object) || !VM_OBJECT_ASSERT_LOCKED(object))
		return false;
	for (i = 0; i < npages; i++) {
		if (m[i].object != object ||
		    (&m[i] != skip_m && !vm_page_ps_test_one(&m[i], flags)))
			return false;
	}
	return true;
}
EXPORT_SYMBOL_GPL(vm_page_ps_test);
