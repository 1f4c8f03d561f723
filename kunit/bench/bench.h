/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What the files of the benchmark share.
 */
#ifndef _BENCH_H_
#define _BENCH_H_

#include <linux/types.h>
#include <vm/vm_object.h>

#define BENCH_PAIRS	1000
#define BENCH_BATCH	1000		/* pages; a per-CPU cache holds them all */
#define BENCH_MANY	12000		/* pages; most do not fit into such a cache */
#define BENCH_RUNS	20		/* one after the other */
#define BENCH_SUPERPAGE	512		/* pages */
#define BENCH_SMALL_RUNS	32		/* at once */
#define BENCH_SMALL_RUN	16		/* pages */

enum bench_context {
	BENCH_IRQS_OFF,
	BENCH_MAY_SLEEP,
	BENCH_HARD_IRQ,
};

/*
 * struct bench_state - what somebody who repeats an operation has in hand
 */
struct bench_state {
	void **slots;			/* BENCH_MANY: pages and the like */
	vm_object_t object;
};

/*
 * struct bench_contender - an operation, and by whom it is done
 * @row: the operation
 * @by: "vmpage", or another that does the same
 * @context: in which it is measured
 * @count: operations, or pages, of one run
 * @run: what is measured
 * @begin: done before runs, or NULL
 * @end: undoes that, also when it failed half-way, or NULL
 *
 * The functions return 0 or a negative errno.
 */
struct bench_contender {
	const char *row;
	const char *by;
	enum bench_context context;
	unsigned int count;
	int (*run)(struct bench_state *state);
	int (*begin)(struct bench_state *state);
	void (*end)(struct bench_state *state);
};

/* Each ends with an empty one. */
extern const struct bench_contender bench_vmpage[];
extern const struct bench_contender bench_peers[];

extern unsigned long bench_pool_mib;

/* Random orders of so many slots, the same in each boot. */
extern unsigned int bench_order_batch[BENCH_BATCH];
extern unsigned int bench_order_many[BENCH_MANY];

/**
 * bench_half_full() - use half of a pool, in pieces
 * @take: allocate so many pages; 0 when there are none
 * @give: free them
 *
 * Fills the pool with blocks of 1 to 32 pages and frees a random half of them.
 * bench_empty() frees the others.
 *
 * Context: Process context.
 * Return: 0 or -ENOMEM.
 */
int bench_half_full(unsigned long (*take)(unsigned int npages),
		    void (*give)(unsigned long where, unsigned int npages));
void bench_empty(void (*give)(unsigned long where, unsigned int npages));

/**
 * bench_now() - the clock
 *
 * Context: Any context.
 * Return: cycles of the CPU's counter; nanoseconds where it has none.
 */
u64 bench_now(void);

struct bench_state *bench_state_create(void);
void bench_state_free(struct bench_state *state);

/**
 * bench_cpus() - measure operations of vmpage on one CPU and on two at once, and print
 *
 * Context: Process context.
 * Return: 0 or a negative errno.
 */
int bench_cpus(void);

#endif
