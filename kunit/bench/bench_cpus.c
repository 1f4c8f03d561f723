// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * What operations of vmpage cost when two CPUs do them at once.
 *
 * One CPU repeats an operation, then two do, on pages and objects of their own, and so on
 * by turns.  The cost of two is the time from when the first begins to when the last ends:
 * had one not run for a while, the other would not seem faster.  The least of each is
 * printed:
 *
 *	bench ROW ONE TWO COUNT
 *
 * for COUNT operations, or pages, of each CPU.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/processor.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/workqueue.h>
#include "bench.h"

#define TURNS		10
#define ROUNDS		10		/* of a turn */
#define ROUND_COST	2000000		/* about; ns */

/*
 * struct cpus_worker - one of those that run at once
 */
struct cpus_worker {
	struct work_struct work;
	struct cpus_team *team;
	struct bench_state *state;
	u64 begin, end;			/* of the last round */
	int ret;
};

/*
 * struct cpus_team - an operation, and those that do it
 */
struct cpus_team {
	const struct bench_contender *c;
	unsigned int repeats;		/* of a run, in a round */
	unsigned int n;			/* workers */
	atomic_t met;			/* how often one of them came to meet() */
	u64 best[3];			/* cost of a round, by their number */
	struct cpus_worker workers[2];
};

static const char * const rows[] = {
	"pair", "batch", "batch_random", "object", "object_reserv", "many", "many_random",
};

/* All go on when the last has come. */
static void meet(struct cpus_team *team, int *meetings)
{
	const int all = ++*meetings * team->n;

	atomic_inc(&team->met);
	while (atomic_read(&team->met) < all)
		cpu_relax();
}

static void run_round(struct cpus_worker *worker)
{
	const struct cpus_team *team = worker->team;
	unsigned int i;

	worker->begin = bench_now();
	for (i = 0; i < team->repeats && !worker->ret; i++)
		worker->ret = team->c->run(worker->state);
	worker->end = bench_now();
}

static void note_round(struct cpus_team *team)
{
	u64 begin = U64_MAX, end = 0;
	unsigned int i;

	for (i = 0; i < team->n; i++) {
		begin = min(begin, team->workers[i].begin);
		end = max(end, team->workers[i].end);
	}
	team->best[team->n] = min(team->best[team->n], end - begin);
}

static void run_rounds(struct work_struct *work)
{
	struct cpus_worker *worker = container_of(work, struct cpus_worker, work);
	struct cpus_team *team = worker->team;
	int round, meetings = 0;

	for (round = 0; round < ROUNDS; round++) {
		meet(team, &meetings);
		run_round(worker);
		meet(team, &meetings);
		if (worker == team->workers)
			note_round(team);
		cond_resched();
	}
}

static int run_turn(struct cpus_team *team, unsigned int n)
{
	unsigned int i;
	int ret = 0;

	team->n = n;
	atomic_set(&team->met, 0);
	for (i = 0; i < n; i++)
		queue_work_on(i, system_highpri_wq, &team->workers[i].work);
	for (i = 0; i < n; i++) {
		flush_work(&team->workers[i].work);
		ret = ret ?: team->workers[i].ret;
	}
	return ret;
}

static int worker_begin(struct cpus_team *team, struct cpus_worker *worker)
{
	INIT_WORK(&worker->work, run_rounds);
	worker->team = team;
	worker->state = bench_state_create();
	if (!worker->state)
		return -ENOMEM;
	return team->c->begin ? team->c->begin(worker->state) : 0;
}

static void worker_end(struct cpus_team *team, struct cpus_worker *worker)
{
	if (worker->state && team->c->end)
		team->c->end(worker->state);
	bench_state_free(worker->state);
}

/* How often is a run to be repeated, so that a round is long beside what surrounds it? */
static int choose_repeats(struct cpus_team *team)
{
	struct cpus_worker *worker = &team->workers[0];
	u64 took;

	team->repeats = 10;
	run_round(worker);
	took = worker->end - worker->begin;
	team->repeats = max_t(u64, 1, div64_u64(10ULL * ROUND_COST, took));
	return worker->ret;
}

static int measure(struct cpus_team *team)
{
	unsigned int i;
	int ret = 0;

	team->best[1] = U64_MAX;
	team->best[2] = U64_MAX;
	for (i = 0; i < ARRAY_SIZE(team->workers) && !ret; i++)
		ret = worker_begin(team, &team->workers[i]);
	ret = ret ?: choose_repeats(team);
	for (i = 0; i < 2 * TURNS && !ret; i++)
		ret = run_turn(team, 1 + i % 2);
	for (i = 0; i < ARRAY_SIZE(team->workers); i++)
		worker_end(team, &team->workers[i]);
	return ret;
}

static int measure_row(const char *row)
{
	struct cpus_team team = { .c = bench_vmpage };
	int ret;

	while (team.c->row && strcmp(team.c->row, row))
		team.c++;
	ret = team.c->row ? measure(&team) : -EINVAL;
	if (ret)
		pr_err("%s: error %d\n", row, ret);
	else
		pr_info("bench %s %llu %llu %u\n", row, team.best[1], team.best[2],
			team.repeats * team.c->count);
	return ret;
}

int bench_cpus(void)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < ARRAY_SIZE(rows) && !ret; i++)
		ret = measure_row(rows[i]);
	if (!ret)
		pr_info("bench done %zu\n", ARRAY_SIZE(rows));
	return ret;
}
