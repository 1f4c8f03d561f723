// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Page queues, as far as they are visible: which queue a page is on, and advice.
 *
 * No page is linked to any other here.  REQUEUE and REQUEUE_HEAD, which would wait
 * for the lists to be put in order, stay to say where in its queue a page belongs:
 * at the tail or near the head.
 */
#include <linux/export.h>
#include <linux/mman.h>

#include "vm_page_priv.h"

/* Changes are left out that were asked for earlier and that this one overtakes. */
void vm_page_set_queue(vm_page_t m, u16 flags, u8 queue)
{
	union vm_page_astate old, new;

	old._bits = READ_ONCE(m->a._bits);
	do {
		new = old;
		new.flags = (old.flags & ~PGA_QUEUE_OP_MASK) | flags;
		new.queue = queue;
	} while (!try_cmpxchg(&m->a._bits, &old._bits, new._bits));
}

/*
 * Put a page on a queue at its owner's wish.  One that is wired leaves the queues,
 * and the step must not undo that: who wires a page counts the wiring first and sets
 * DEQUEUE second, so either is seen here, or DEQUEUE comes on top of this.
 */
static void vm_page_enqueue(vm_page_t m, u16 flags, u8 queue, u8 act_count)
{
	union vm_page_astate old, new;

	if (!vm_page_managed(m) || vm_page_wired(m))
		return;

	old._bits = READ_ONCE(m->a._bits);
	do {
		if (old.flags & PGA_DEQUEUE)
			return;
		new = old;
		new.flags = (old.flags & ~PGA_QUEUE_OP_MASK) | flags;
		new.queue = queue;
		new.act_count = max(old.act_count, act_count);
	} while (!try_cmpxchg(&m->a._bits, &old._bits, new._bits));
}

void vm_page_activate(vm_page_t m)
{
	vm_page_enqueue(m, PGA_REQUEUE, PQ_ACTIVE, ACT_INIT);
}
EXPORT_SYMBOL_GPL(vm_page_activate);

void vm_page_deactivate(vm_page_t m)
{
	vm_page_enqueue(m, PGA_REQUEUE, PQ_INACTIVE, 0);
}
EXPORT_SYMBOL_GPL(vm_page_deactivate);

void vm_page_deactivate_noreuse(vm_page_t m)
{
	vm_page_enqueue(m, PGA_REQUEUE_HEAD, PQ_INACTIVE, 0);
}
EXPORT_SYMBOL_GPL(vm_page_deactivate_noreuse);

void vm_page_launder(vm_page_t m)
{
	vm_page_enqueue(m, PGA_REQUEUE, PQ_LAUNDRY, 0);
}
EXPORT_SYMBOL_GPL(vm_page_launder);

void vm_page_unswappable(vm_page_t m)
{
	vm_page_enqueue(m, PGA_REQUEUE, PQ_UNSWAPPABLE, 0);
}
EXPORT_SYMBOL_GPL(vm_page_unswappable);

void vm_page_reference(vm_page_t m)
{
	vm_page_aflag_set(m, PGA_REFERENCED);
}
EXPORT_SYMBOL_GPL(vm_page_reference);

/*
 * The flags share a word with the queue, so that both can change in one step; others
 * may change the rest of the word meanwhile.
 */
static void vm_page_aflag_change(vm_page_t m, u16 clear, u16 set)
{
	union vm_page_astate old, new;

	old._bits = READ_ONCE(m->a._bits);
	do {
		new = old;
		new.flags = (old.flags & ~clear) | set;
	} while (!try_cmpxchg(&m->a._bits, &old._bits, new._bits));
}

void vm_page_aflag_set(vm_page_t m, u16 bits)
{
	vm_page_aflag_change(m, 0, bits);
}
EXPORT_SYMBOL_GPL(vm_page_aflag_set);

void vm_page_aflag_clear(vm_page_t m, u16 bits)
{
	vm_page_aflag_change(m, bits, 0);
}
EXPORT_SYMBOL_GPL(vm_page_aflag_clear);

/*
 * What may be thrown away needs no laundering, so FREE forgets what was written, for
 * which the page must be the caller's.  DONTNEED keeps it: the content is wanted
 * again, though not soon.
 */
void vm_page_advise(vm_page_t m, int advice)
{
	if (!vm_assert(m->object) || !VM_OBJECT_ASSERT_WLOCKED(m->object) ||
	    !vm_assert(advice == MADV_WILLNEED || advice == MADV_FREE ||
		       advice == MADV_DONTNEED))
		return;

	switch (advice) {
	case MADV_WILLNEED:
		vm_page_activate(m);
		break;
	case MADV_FREE:
		if (!vm_page_assert_busied(m))
			return;
		vm_page_undirty(m);
		vm_page_deactivate_noreuse(m);
		break;
	case MADV_DONTNEED:
		if (m->dirty)
			vm_page_launder(m);
		else
			vm_page_deactivate_noreuse(m);
		break;
	}
}
EXPORT_SYMBOL_GPL(vm_page_advise);
