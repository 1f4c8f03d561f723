/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The random exerciser: threads that do anything the interface allows, in an
 * order of chance, and an audit every few steps.
 *
 * What a thread gets it holds in its hand, and gives back later.  Whoever has a
 * page to himself, because it is in no object or because he has it busied
 * exclusively, claims it in a table of its own, so that a page with two owners is
 * found when the second one claims it; and whoever fills a page leaves a stamp in
 * its memory, which the next one to look at it checks.  Of a page that is cached the
 * object notes what it holds, for when it comes back.
 *
 * The choices of a step follow from the seed, the thread and the number of the
 * step alone.  With one thread so does all that comes of them.
 *
 * Nobody waits forever.  A thread that sleeps until a page is unbusied has none
 * busied itself.  When somebody waits for pages, the reaper takes some from the
 * objects, in which most of the memory is: a hand holds a part of it only.
 *
 * A page that nobody has busied or wired may be moved at any time that its object is
 * not locked: what is known of it goes by its object and index, not by its place.
 */
#ifndef _EXERCISE_H_
#define _EXERCISE_H_

#include <linux/irq_work.h>
#include <linux/prandom.h>
#include <linux/refcount.h>

#include "../kunit_fixture.h"

#define EX_NOPS		160		/* operations, at most */
#define EX_NTHREADS	2
#define EX_NSLOTS	6		/* objects at a time */
#define EX_OBJECT_SIZE	1300		/* pages; two windows of reservations, and some */
#define EX_NINDEXES	(EX_OBJECT_SIZE + EX_NRANGE)	/* that may have a page */
#define EX_NCHUNKS	8		/* of 2 MiB, where a domain may have memory */
#define EX_NRANGE	64		/* pages, the longest run asked for */

/* Where a page can be in a hand. */
enum ex_kind {
	EX_NOOBJ,			/* in no object, claimed */
	EX_XBUSY,			/* exclusively busied in an object, claimed */
	EX_SBUSY,			/* shared busied in an object */
	EX_WIRED,			/* wired, and was in an object */
	EX_NKINDS
};

#define EX_HAND_MAX	256

/* The page that was cached at an index last, if it did not come back yet. */
struct ex_kept {
	vm_page_t m;			/* or NULL */
	vm_page_bits_t valid;
	bool exact;			/* the rest is known to be right */
	u32 sum;			/* of what is valid */
};

/*
 * An object that several threads use; the last one to put it ends it.
 *
 * (o) the lock of the object; without it one may be forgotten by who has a page of
 * that index busied.
 */
struct ex_object {
	vm_object_t object;
	refcount_t refs;
	u32 serial;
	bool unmanaged;
	struct ex_kept kept[EX_NINDEXES];	/* (o) */
	u64 alias[EX_NINDEXES];		/* (o) stamp of a page that came here cached, or 0 */
};

struct ex_item {
	vm_page_t m;
	struct ex_object *xo;		/* a reference; XBUSY and SBUSY only */
	unsigned int wires;		/* wirings that are ours */
};

struct ex_hand {
	struct ex_item items[EX_HAND_MAX];
	unsigned int n;
};

struct ex_count {
	unsigned long runs;
	unsigned long done;
};

/*
 * Pages that are allocated and freed in hard interrupt.  While one is on its way,
 * all of this is the interrupt's; a thread with company does not wait for it.
 */
#define EX_IRQ_MAX	32

struct ex_irq {
	struct irq_work work;
	struct ex_thread *t;
	void (*func)(struct ex_irq *irq);
	int req;
	int domain;
	unsigned int npages;		/* of each run to take */
	unsigned int times;
	vm_page_t pages[EX_IRQ_MAX];
	unsigned int n;
	unsigned long moved;		/* pages, so far */
};

/* One thread; all but what reports a failure is its own. */
struct ex_thread {
	unsigned int id;
	struct task_struct *task;
	struct rnd_state rnd;
	unsigned long step;
	const struct ex_op *op;		/* the one that runs */
	unsigned long began;		/* its begin, jiffies */
	struct ex_hand hand[EX_NKINDS];
	unsigned int promised[EX_NTHREADS];	/* pages, by domain */
	struct ex_irq irq;
	struct ex_object *aim;		/* the object that chance has to choose, or NULL */
	vm_pindex_t aim_pindex;		/* and the index */
	unsigned long reactivated;	/* pages that came back with their content, so far */
	unsigned long superseded;	/* cached pages that a resident one took the place of */
	struct ex_count counts[EX_NOPS];
	u32 digest;			/* of all results */
};

enum ex_result {
	EX_SKIP,			/* there was nothing to do it with: not counted */
	EX_NONE,			/* it gave nothing, as it may */
	EX_DONE,
};

struct ex_op {
	const char *name;
	unsigned int weight;		/* how often, against the others */
	enum ex_result (*func)(struct ex_thread *t);
};

struct ex_group {
	const struct ex_op *ops;
	unsigned int n;
};

extern const struct ex_group ex_noobj_group;
extern const struct ex_group ex_object_group;
extern const struct ex_group ex_identity_group;
extern const struct ex_group ex_busy_group;
extern const struct ex_group ex_wire_group;
extern const struct ex_group ex_valid_group;
extern const struct ex_group ex_grab_group;
extern const struct ex_group ex_cache_group;
extern const struct ex_group ex_reserv_group;
extern const struct ex_group ex_reclaim_group;
extern const struct ex_group ex_machine_group;

/*
 * exercise.c: the run.
 */

/* Is there a second thread, which may have or do anything? */
bool ex_alone(void);
/* The thread that runs. */
struct ex_thread *ex_current(void);
/* Would a thread that is alone have to sleep, if it asked for a few pages? */
bool ex_must_not_wait(void);
unsigned int ex_ndomains(void);
/* May CPUs keep pages? */
bool ex_pgcache(void);
/* Something is wrong: say where, and stop at the next meeting. */
__printf(2, 3) void ex_fail(struct ex_thread *t, const char *fmt, ...);
#define ex_check(t, cond) do {						\
	if (!(cond))							\
		ex_fail(t, "%s:%d: \"%s\" is false", __func__, __LINE__, #cond); \
} while (0)

/*
 * ex_hand.c: chance, claims, stamps and hands.
 */

u32 ex_below(struct ex_thread *t, u32 bound);
static inline bool ex_one_in(struct ex_thread *t, u32 n)
{
	return !ex_below(t, n);
}

int ex_domain(struct ex_thread *t);
/* A class and, by chance, any of @flags; never two wait flags, nor any if it might not end. */
int ex_req(struct ex_thread *t, int flags);
/* May the thread sleep until somebody else unbusies a page?  Lets go of its own, by chance. */
bool ex_may_wait_for_busy(struct ex_thread *t);

void ex_claims_init(void);
void ex_claim(struct ex_thread *t, vm_page_t m);
void ex_disclaim(struct ex_thread *t, vm_page_t m);
/* Nobody has the page to himself: for whoever has it busied shared. */
void ex_check_unclaimed(struct ex_thread *t, vm_page_t m);
/* vmk_page_kva() */
void *ex_page_kva(vm_page_t m);
/* How often somebody could have changed the content, or what is valid of it. */
u32 ex_touches(vm_page_t m);
void ex_touch(vm_page_t m);

/* A page that was just allocated is as it should be. */
void ex_check_noobj(struct ex_thread *t, vm_page_t m, int req);
/* Its object is still locked, since before the allocation.  Could it have been cached? */
void ex_check_resident(struct ex_thread *t, vm_page_t m, struct ex_object *xo, vm_pindex_t pindex,
		       int req, bool reactivates);
void ex_stamp_noobj(struct ex_thread *t, vm_page_t m);
void ex_check_noobj_stamp(struct ex_thread *t, vm_page_t m);
/* Of a page that the thread has busied exclusively; makes its first block valid. */
void ex_stamp_resident(struct ex_thread *t, vm_page_t m, struct ex_object *xo);
void ex_check_resident_stamp(struct ex_thread *t, vm_page_t m, struct ex_object *xo);
/* What the page at an index has for a stamp that is not 0. */
u64 ex_stamp_at(const struct ex_object *xo, vm_pindex_t pindex);

/* Is there room for @n more, so that the hand holds only a part of all memory? */
bool ex_room(struct ex_thread *t, enum ex_kind kind, unsigned int n);
struct ex_item *ex_put_in(struct ex_thread *t, enum ex_kind kind, vm_page_t m,
			  struct ex_object *xo, unsigned int wires);
/* Any item of a kind, or NULL; it stays in the hand. */
struct ex_item *ex_pick(struct ex_thread *t, enum ex_kind kind);
void ex_take_out(struct ex_thread *t, enum ex_kind kind, struct ex_item *item);
/* An item of @kind with @xo's page at @pindex, or NULL. */
struct ex_item *ex_find(struct ex_thread *t, enum ex_kind kind, struct ex_object *xo,
			vm_pindex_t pindex);

/* A page in no object is now the thread's: claim it, stamp it, hold it. */
void ex_hold_noobj(struct ex_thread *t, vm_page_t m, unsigned int wires);
/* The way back: what is left is the page, unwired. */
vm_page_t ex_unhold_noobj(struct ex_thread *t, struct ex_item *item);

/* Whatever request @req left of a page of @xo that it returned, hold that. */
void ex_hold_resident(struct ex_thread *t, vm_page_t m, struct ex_object *xo, int req);

/* Unbusy whatever is busied. */
void ex_unbusy_item(struct ex_thread *t, enum ex_kind kind, struct ex_item *item);
void ex_unbusy_all(struct ex_thread *t);
void ex_unwire_item(struct ex_thread *t, struct ex_item *item);
/* Give back all there is. */
void ex_drop_all(struct ex_thread *t);

/*
 * ex_noobj.c: hard interrupts.
 */

/* Call @func in one, some times; EX_DONE when pages have moved by the time it returns. */
enum ex_result ex_interrupt(struct ex_thread *t, void (*func)(struct ex_irq *irq));
/* Wait for the one that is on its way. */
void ex_irq_sync(struct ex_thread *t);

/*
 * Operations that ex_cache.c aims at cached pages.
 */

enum ex_result ex_alloc(struct ex_thread *t);
enum ex_result ex_alloc_promised(struct ex_thread *t);
enum ex_result ex_contig(struct ex_thread *t);
enum ex_result ex_grab(struct ex_thread *t);
enum ex_result ex_grab_pages(struct ex_thread *t);
enum ex_result ex_grab_valid(struct ex_thread *t);
enum ex_result ex_insert(struct ex_thread *t);
enum ex_result ex_rename(struct ex_thread *t);

/* ex_identity.c: drop our wirings of a page that is busied and locked: is there no other? */
bool ex_unwire_for_free(struct ex_thread *t, struct ex_item *item);
/* The page is about to be unbusied by what the caller does with it. */
struct ex_object *ex_let_go(struct ex_thread *t, struct ex_item *item);

/*
 * ex_cache.c: what is known of cached pages.  The object is locked, but see
 * ex_forget_kept().
 */

/* The page at @pindex was just allocated, and may have come back. */
void ex_check_reactivated(struct ex_thread *t, vm_page_t m, struct ex_object *xo,
			  vm_pindex_t pindex, int req);
/* A page went to @pindex that did not come from there: what was cached is gone. */
void ex_check_superseded(struct ex_thread *t, struct ex_object *xo, vm_pindex_t pindex);
/* The page at @pindex is resident; locked, or busied by the caller. */
void ex_forget_kept(struct ex_object *xo, vm_pindex_t pindex);
/* Alone, one knows for certain: the page that an allocation has to bring back. */
struct ex_kept ex_certain(struct ex_thread *t, struct ex_object *xo, vm_pindex_t pindex);
/* @m is that page, and holds what it held, if not more. */
void ex_check_kept(struct ex_thread *t, vm_page_t m, const struct ex_kept *kept);

/*
 * ex_slots.c: the objects, and the reaper.
 */

void ex_slots_init(struct kunit *test);
void ex_slots_fini(void);
/* An object by chance, unless one is aimed at; and by chance alone. */
struct ex_object *ex_get(struct ex_thread *t);
struct ex_object *ex_get_any(struct ex_thread *t);
struct ex_object *ex_get_slot(unsigned int i);
struct ex_object *ex_ref(struct ex_object *xo);
void ex_put(struct ex_object *xo);
/* A new object that can have cached pages, and the place for it in some slot. */
struct ex_object *ex_make_cacheable(vm_pindex_t size);
void ex_install_cacheable(struct ex_thread *t, struct ex_object *xo);
/* The same with a colour, pages. */
struct ex_object *ex_make_colored(u_short color);
/* Put a new object in a slot; the old one ends when the last user has put it. */
enum ex_result ex_renew(struct ex_thread *t);
vm_pindex_t ex_pindex(struct ex_thread *t);
static inline bool ex_fits(vm_page_t m, const struct ex_object *xo)
{
	return !!(m->oflags & VPO_UNMANAGED) == xo->unmanaged;
}

/* Busy a page of an object that is locked, unless somebody has it busied or wired. */
bool ex_take_idle(vm_page_t m);
/* Free what nobody holds, of all objects or until nobody waits; the number of pages. */
unsigned long ex_reap(bool all);

/*
 * ex_reserv.c: reservations, as they have to be.
 */

/* Is a page that somebody has part of a reservation?  Then it is populated. */
bool ex_is_reserved(struct ex_thread *t, vm_page_t m);
/* A page that was just allocated at @pindex, and did not come back, is in its place. */
void ex_check_place(struct ex_thread *t, vm_page_t m, struct ex_object *xo, vm_pindex_t pindex);
/* Alone, one knows which page of the object's own reservation it has to be, or NULL. */
vm_page_t ex_reserved(struct ex_object *xo, vm_pindex_t pindex);
void ex_check_reserved(struct ex_thread *t, vm_page_t m, vm_page_t reserved);
/* Use a new page that is busied, and let go of it, so that it may be moved. */
void ex_settle(struct ex_thread *t, vm_page_t m, struct ex_object *xo);

/*
 * ex_reclaim.c: what the owner of an object does when a page of it is to be moved.
 */
extern const struct vmpage_object_ops ex_object_ops_unmap;
void ex_reclaim_init(void);

#endif /* _EXERCISE_H_ */
