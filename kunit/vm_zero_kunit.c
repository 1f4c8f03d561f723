// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Zeroing ahead: what is cleared, what is known of it, and the threads that do it.
 *
 * Most cases do the work of a thread themselves, step by step.
 */
#include <linux/kthread.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "../module/vm/vm_zero.h"
#include "kunit_fixture.h"

#define CHUNK	VM_LEVEL_0_NPAGES
#define DIRTY	0x5a

static struct vm_zero_hand hand;

static int vm_zero_init(struct kunit *test)
{
	memset(&hand, 0, sizeof(hand));
	return vmk_init(test);
}

static void vm_zero_exit(struct kunit *test)
{
	vm_zero_set(false);
	vm_zero_stop();
	vmk_exit(test);
}

/* B4, of which every page has been written to. */
static void zero_b4(struct kunit *test)
{
	vmk_b4(test);
	vmk_use_memory(VMK_BASE, VMK_BASE + ptoa(1024));
}

static vm_page_t zero_page(unsigned int i)
{
	return PHYS_TO_VM_PAGE(VMK_BASE + ptoa(i));
}

static int unzeroed(int domain)
{
	vmk_drain();
	return atomic_read(&VM_DOMAIN(domain)->vmd_unzeroed);
}

/* Up to @max steps in domain 0; the pages that were cleared. */
static s64 steps(unsigned int max)
{
	const s64 before = VM_CNT_FETCH(v_zeroed_ahead);

	vmk_drain();
	while (max-- && vm_zero_step(VM_DOMAIN(0), &hand))
		cond_resched();
	return VM_CNT_FETCH(v_zeroed_ahead) - before;
}

static s64 all_steps(void)
{
	return steps(UINT_MAX);
}

/* Pages of a range that are known to be zero; what is known has to be true. */
static unsigned int known_zero(struct kunit *test, vm_page_t m, unsigned int npages)
{
	unsigned int n = 0;

	for (; npages--; m++) {
		if (!(m->flags & PG_ZERO))
			continue;
		KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(m, 0));
		n++;
	}
	return n;
}

static void make_dirty(vm_page_t m, unsigned int npages)
{
	for (; npages--; m++)
		memset(vmk_page_kva(m), DIRTY, PAGE_SIZE);
}

/* What is cleared */

static void free_superpages_are_cleared(struct kunit *test)
{
	zero_b4(test);
	KUNIT_EXPECT_EQ(test, unzeroed(0), 2);
	KUNIT_EXPECT_EQ(test, steps(512), 512);
	KUNIT_EXPECT_EQ(test, unzeroed(0), 1);
	KUNIT_EXPECT_EQ(test, all_steps(), 512);
	KUNIT_EXPECT_EQ(test, unzeroed(0), 0);
	KUNIT_EXPECT_EQ(test, known_zero(test, zero_page(0), 1024), 1024);
	vmk_expect_free_lists(test, 0, "DEF{10:1} DIR{}");
	KUNIT_EXPECT_EQ(test, vmk_free_count(0), 1024);
	KUNIT_EXPECT_FALSE(test, vm_zero_step(VM_DOMAIN(0), &hand));
}

static void only_what_was_used_is_cleared_again(struct kunit *test)
{
	vm_page_t m;

	zero_b4(test);
	all_steps();
	m = vmk_noobj(test);
	KUNIT_EXPECT_TRUE(test, m->flags & PG_ZERO);
	KUNIT_EXPECT_EQ(test, unzeroed(0), 0);
	make_dirty(m, 1);
	vmk_free(test, m);
	KUNIT_EXPECT_EQ(test, unzeroed(0), 1);
	KUNIT_EXPECT_EQ(test, known_zero(test, zero_page(0), 1024), 1023);
	KUNIT_EXPECT_EQ(test, all_steps(), 1);
	KUNIT_EXPECT_EQ(test, known_zero(test, zero_page(0), 1024), 1024);
}

static void smaller_blocks_are_left_alone(struct kunit *test)
{
	vm_page_t m;

	zero_b4(test);
	m = vmk_noobj(test);
	KUNIT_ASSERT_PTR_EQ(test, m, zero_page(0));
	KUNIT_EXPECT_EQ(test, unzeroed(0), 1);
	KUNIT_EXPECT_EQ(test, all_steps(), 512);
	KUNIT_EXPECT_EQ(test, known_zero(test, zero_page(0), 512), 0);
	KUNIT_EXPECT_EQ(test, known_zero(test, zero_page(512), 512), 512);
	KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(m + 1, VMK_POISON));
}

static void parts_of_a_chunk_are_left_alone(struct kunit *test)
{
	/* Neither the first nor the last chunk is there as a whole. */
	static const struct vm_mem_span span = VMK_SPAN(SZ_4K, 4 * SZ_2M - SZ_4K, 0);

	vmk_machine(test, &span, 1);
	vmk_use_memory(VMK_BASE, VMK_BASE + 4 * SZ_2M);
	KUNIT_EXPECT_EQ(test, unzeroed(0), 2);
	KUNIT_EXPECT_EQ(test, all_steps(), 1024);
	KUNIT_EXPECT_EQ(test, known_zero(test, zero_page(1), 511), 0);
	KUNIT_EXPECT_EQ(test, known_zero(test, zero_page(512), 1024), 1024);
	KUNIT_EXPECT_EQ(test, known_zero(test, zero_page(1536), 511), 0);
}

static void every_segment_of_the_domain_has_its_turn(struct kunit *test)
{
	static const struct vm_mem_span spans[] = {
		VMK_SPAN(0, SZ_2M, 0),
		VMK_SPAN(2 * SZ_2M, 3 * SZ_2M, 1),
		VMK_SPAN(4 * SZ_2M, 5 * SZ_2M, 0),
	};

	vmk_machine(test, spans, ARRAY_SIZE(spans));
	vmk_use_memory(VMK_BASE, VMK_BASE + 5 * SZ_2M);
	KUNIT_EXPECT_EQ(test, all_steps(), 1024);
	KUNIT_EXPECT_EQ(test, unzeroed(0), 0);
	KUNIT_EXPECT_EQ(test, unzeroed(1), 1);
	KUNIT_EXPECT_EQ(test, known_zero(test, zero_page(1024), 512), 0);

	/* From the last one it goes on with the first. */
	vmk_free(test, vmk_noobj(test));
	KUNIT_EXPECT_EQ(test, unzeroed(0), 1);
	KUNIT_EXPECT_EQ(test, all_steps(), 1);
	KUNIT_EXPECT_EQ(test, unzeroed(0), 0);
}

/* Taken meanwhile */

static void chunk_that_was_taken_is_looked_at_anew(struct kunit *test)
{
	vm_page_t m;

	zero_b4(test);
	KUNIT_EXPECT_EQ(test, steps(100), 100);
	m = vmk_ncontig(test, CHUNK);
	KUNIT_ASSERT_PTR_EQ(test, m, zero_page(0));
	KUNIT_EXPECT_EQ(test, known_zero(test, m, CHUNK), 100);
	make_dirty(m, CHUNK);
	vmk_free_run(test, m, CHUNK);
	KUNIT_EXPECT_EQ(test, known_zero(test, m, CHUNK), 0);
	KUNIT_EXPECT_EQ(test, all_steps(), 1024);
	KUNIT_EXPECT_EQ(test, known_zero(test, m, 1024), 1024);
}

static void page_that_was_taken_is_not_forgotten(struct kunit *test)
{
	vm_page_t m;

	zero_b4(test);
	steps(100);
	m = vmk_noobj(test);
	KUNIT_ASSERT_PTR_EQ(test, m, zero_page(0));
	make_dirty(m, 1);
	vmk_free(test, m);
	/* 99 pages are known already. */
	KUNIT_EXPECT_EQ(test, all_steps(), 1024 - 99);
	KUNIT_EXPECT_EQ(test, known_zero(test, m, 1024), 1024);
}

static void chunk_in_use_is_left_alone(struct kunit *test)
{
	vm_page_t m;

	zero_b4(test);
	steps(100);
	m = vmk_ncontig(test, CHUNK);
	make_dirty(m, CHUNK);
	KUNIT_EXPECT_EQ(test, all_steps(), 512);
	KUNIT_EXPECT_EQ(test, known_zero(test, zero_page(512), 512), 512);
	KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(m, DIRTY));
	KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(m + 511, DIRTY));
}

static void chunk_that_is_given_back_is_not_counted(struct kunit *test)
{
	zero_b4(test);
	steps(512);
	KUNIT_EXPECT_EQ(test, vm_mem_remove_chunk(VMK_BASE), 0);
	KUNIT_EXPECT_EQ(test, unzeroed(0), 1);
	vmk_expect_audit_clean(test);
	KUNIT_EXPECT_EQ(test, vm_mem_remove_chunk(VMK_BASE + SZ_2M), -ENOMEM);
	KUNIT_EXPECT_EQ(test, all_steps(), 512);
}

/* Pages without a dump are counted where it is noted that a chunk is zero. */
static void zero_chunk_may_be_without_a_dump(struct kunit *test)
{
	vm_page_t m;

	zero_b4(test);
	all_steps();
	m = vm_page_alloc_noobj_contig(VM_ALLOC_NORMAL | VM_ALLOC_NODUMP, CHUNK, 0,
				       ~(vm_paddr_t)0, 1, 0, VM_MEMATTR_DEFAULT);
	KUNIT_ASSERT_NOT_NULL(test, m);
	vmk_hold(test, m, CHUNK);
	vmk_expect_audit_clean(test);
	KUNIT_EXPECT_TRUE(test, vmk_chunk_is_nodump(m->phys_addr));
	vmk_free(test, m + 7);
	vmk_expect_audit_clean(test);
	KUNIT_EXPECT_FALSE(test, vmk_chunk_is_nodump(m->phys_addr));
}

/* Who gets it */

static void zero_block_is_taken_first(struct kunit *test)
{
	vm_page_t m[5];
	unsigned int i;

	vmk_a64(test);
	for (i = 0; i < ARRAY_SIZE(m); i++)
		m[i] = vmk_ncontig(test, CHUNK);
	vmk_use_memory(VMK_BASE, VMK_BASE + ptoa(16384));
	vmk_free_run(test, m[2], CHUNK);
	vmk_free_run(test, m[4], CHUNK);
	vmk_free_run(test, m[0], CHUNK);
	KUNIT_EXPECT_PTR_EQ(test, vmk_block(0, VM_FREEPOOL_DEFAULT, 9, 0), m[2]);
	KUNIT_EXPECT_EQ(test, steps(512), 512);
	KUNIT_EXPECT_PTR_EQ(test, vmk_block(0, VM_FREEPOOL_DEFAULT, 9, 0), m[0]);
	KUNIT_EXPECT_PTR_EQ(test, vmk_block(0, VM_FREEPOOL_DEFAULT, 9, 1), m[2]);

	m[1] = vmk_ncontig(test, CHUNK);
	KUNIT_EXPECT_PTR_EQ(test, m[1], m[0]);
	KUNIT_EXPECT_EQ(test, known_zero(test, m[0], CHUNK), CHUNK);
}

/* Of a larger block its first chunk is the one that is taken. */
static void larger_block_goes_by_its_first_chunk(struct kunit *test)
{
	const u_long block = BIT(VM_NFREEORDER - 1);

	vmk_a64(test);
	vmk_use_memory(VMK_BASE, VMK_BASE + ptoa(16384));
	KUNIT_EXPECT_EQ(test, steps(block), block);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_block(0, VM_FREEPOOL_DEFAULT, VM_NFREEORDER - 1, 0)), 0);
	KUNIT_EXPECT_EQ(test, steps(CHUNK), CHUNK);
	KUNIT_EXPECT_EQ(test, vmk_off(vmk_block(0, VM_FREEPOOL_DEFAULT, VM_NFREEORDER - 1, 0)),
			ptoa(block));
	vmk_expect_free_lists(test, 0, "DEF{12:4} DIR{}");
}

static void reservation_has_zero_pages(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	zero_b4(test);
	all_steps();
	object = vmk_object(test, VMK_O, CHUNK);
	m = vmk_alloc(test, object, 5);
	KUNIT_EXPECT_PTR_EQ(test, m, zero_page(5));
	KUNIT_EXPECT_TRUE(test, m->flags & PG_ZERO);
	make_dirty(m, 1);
	vmk_free(test, m);
	vmk_object_drop(test, object);
	KUNIT_EXPECT_EQ(test, unzeroed(0), 1);
	KUNIT_EXPECT_EQ(test, all_steps(), 1);
	KUNIT_EXPECT_EQ(test, known_zero(test, zero_page(0), 1024), 1024);
}

/* The audit */

static void audit_finds_what_is_not_zero(struct kunit *test)
{
	zero_b4(test);
	all_steps();
	zero_page(700)->flags &= ~PG_ZERO;
	vmk_expect_audit_finds(test, "is not zero");
	zero_page(700)->flags |= PG_ZERO;
	vmk_expect_audit_clean(test);

	atomic_inc(&VM_DOMAIN(0)->vmd_unzeroed);
	vmk_expect_audit_finds(test, "0 free chunks are not zero, 1 counted");
	atomic_dec(&VM_DOMAIN(0)->vmd_unzeroed);
}

/* Threads */

static struct task_struct *zeroproc(int domain)
{
	return READ_ONCE(VM_DOMAIN(domain)->vmd_zeroproc);
}

static void threads_come_and_go_with_the_setting(struct kunit *test)
{
	struct task_struct *first;

	vmk_c2x4(test);
	KUNIT_EXPECT_EQ(test, vm_zero_set(true), 0);
	KUNIT_EXPECT_NULL(test, zeroproc(0));
	KUNIT_EXPECT_EQ(test, vm_zero_start(), 0);
	KUNIT_ASSERT_NOT_NULL(test, zeroproc(0));
	KUNIT_ASSERT_NOT_NULL(test, zeroproc(1));
	KUNIT_EXPECT_STREQ(test, zeroproc(0)->comm, "vmpagezero/0");
	KUNIT_EXPECT_STREQ(test, zeroproc(1)->comm, "vmpagezero/1");
	KUNIT_EXPECT_EQ(test, zeroproc(0)->policy, (unsigned int)SCHED_IDLE);

	/* Those that run stay. */
	first = zeroproc(0);
	KUNIT_EXPECT_EQ(test, vm_zero_set(true), 0);
	KUNIT_EXPECT_PTR_EQ(test, zeroproc(0), first);

	KUNIT_EXPECT_EQ(test, vm_zero_set(false), 0);
	KUNIT_EXPECT_NULL(test, zeroproc(0));
	KUNIT_EXPECT_NULL(test, zeroproc(1));
	KUNIT_EXPECT_EQ(test, vm_zero_set(true), 0);
	KUNIT_EXPECT_NOT_NULL(test, zeroproc(1));
	vm_zero_stop();
	KUNIT_EXPECT_NULL(test, zeroproc(1));
	KUNIT_EXPECT_TRUE(test, vm_zero_ahead);
}

static void new_domain_gets_its_thread(struct kunit *test)
{
	static const struct vm_mem_span span = VMK_SPAN(SZ_64M, SZ_64M + ptoa(1024), 1);

	zero_b4(test);
	vmk_use_memory(span.start, span.end);
	KUNIT_EXPECT_EQ(test, vm_zero_start(), 0);
	KUNIT_ASSERT_EQ(test, vm_mem_add_span(&span), 0);
	KUNIT_EXPECT_NULL(test, zeroproc(1));
	KUNIT_EXPECT_EQ(test, vm_zero_set(true), 0);
	vmk_until(test, !unzeroed(0) && !unzeroed(1));
	KUNIT_EXPECT_EQ(test, VM_CNT_FETCH(v_zeroed_ahead), 2048);
}

/* A thread that is being killed does not wait for one that it makes. */
static void set_while_killed(void *arg)
{
	int *ret = arg;

	sched_set_fifo(current);
	allow_signal(SIGKILL);
	send_sig(SIGKILL, current, 0);
	*ret = vm_zero_set(true);
}

static void failed_start_leaves_it_off(struct kunit *test)
{
	int tries, ret = 0;

	zero_b4(test);
	KUNIT_ASSERT_EQ(test, vm_zero_start(), 0);
	for (tries = 0; tries < 1000 && !ret; tries++) {
		vm_zero_set(false);
		vmk_in_thread(test, set_while_killed, &ret);
	}
	KUNIT_EXPECT_EQ(test, ret, -EINTR);
	KUNIT_EXPECT_NULL(test, zeroproc(0));
	KUNIT_EXPECT_FALSE(test, vm_zero_ahead);
}

/* Is its thread asleep until a chunk is freed? */
static bool is_done(int domain)
{
	return !unzeroed(domain) && rcuwait_active(&VM_DOMAIN(domain)->vmd_zero_wait);
}

static void thread_sleeps_until_there_is_work(struct kunit *test)
{
	unsigned long before;
	vm_page_t m;

	zero_b4(test);
	KUNIT_EXPECT_EQ(test, vm_zero_set(true), 0);
	KUNIT_ASSERT_EQ(test, vm_zero_start(), 0);
	vmk_until(test, is_done(0));
	KUNIT_EXPECT_EQ(test, known_zero(test, zero_page(0), 1024), 1024);

	before = READ_ONCE(zeroproc(0)->nvcsw);
	/* Time enough to be seen at work, if it were. */
	schedule_timeout_uninterruptible(HZ / 2);
	KUNIT_EXPECT_LE(test, READ_ONCE(zeroproc(0)->nvcsw), before + 1);

	m = vmk_ncontig(test, CHUNK);
	make_dirty(m, CHUNK);
	vmk_free_run(test, m, CHUNK);
	vmk_until(test, is_done(0));
	KUNIT_EXPECT_EQ(test, known_zero(test, zero_page(0), 1024), 1024);
	KUNIT_EXPECT_EQ(test, VM_CNT_FETCH(v_zeroed_ahead), 1024 + CHUNK);
}

/* Somebody who uses chunks while they are cleared, and what he found wrong. */
struct zero_user {
	unsigned int seed, nruns, nzero, nbad;
};

static bool user_run_ok(struct zero_user *u, vm_page_t m, u_long npages)
{
	bool ok = true;

	for (; npages--; m++) {
		if (!(m->flags & PG_ZERO))
			continue;
		u->nzero++;
		ok &= vmk_page_is_filled(m, 0);
	}
	return ok;
}

static void use_chunks(void *arg)
{
	struct zero_user *u = arg;
	u_long i, npages;
	vm_page_t m;

	for (u->nruns = 0; u->nruns < 300; u->nruns++) {
		u->seed = u->seed * 1103515245 + 12345;
		npages = 1 + (u->seed >> 16) % CHUNK;
		m = vm_page_alloc_noobj_contig(VM_ALLOC_NORMAL, npages, 0, ~(vm_paddr_t)0, 1, 0,
					       VM_MEMATTR_DEFAULT);
		if (!m)
			continue;
		u->nbad += !user_run_ok(u, m, npages);
		make_dirty(m, npages);
		/* Whoever else writes to them now is found out. */
		cond_resched();
		for (i = 0; i < npages; i++) {
			u->nbad += !vmk_page_is_filled(m + i, DIRTY);
			vm_page_free(m + i);
		}
		cond_resched();
	}
}

static void users_meet_the_clearing(struct kunit *test)
{
	struct zero_user *u = kunit_kcalloc(test, 2, sizeof(*u), GFP_KERNEL);
	struct vmk_thread *t[2];
	int i;

	KUNIT_ASSERT_NOT_NULL(test, u);
	zero_b4(test);
	for (i = 0; i < 2; i++) {
		u[i].seed = vmk_random_below(U32_MAX);
		t[i] = vmk_thread_start(test, use_chunks, &u[i]);
	}
	while (!vmk_thread_done(t[0]) || !vmk_thread_done(t[1])) {
		vm_zero_step(VM_DOMAIN(0), &hand);
		cond_resched();
	}
	for (i = 0; i < 2; i++) {
		vmk_thread_join(test, t[i]);
		KUNIT_EXPECT_EQ(test, u[i].nbad, 0);
	}
	KUNIT_EXPECT_GT(test, u[0].nzero + u[1].nzero, 0);
	all_steps();
	KUNIT_EXPECT_EQ(test, known_zero(test, zero_page(0), 1024), 1024);
}

static struct kunit_case vmpage_zero_cases[] = {
	KUNIT_CASE(free_superpages_are_cleared),
	KUNIT_CASE(only_what_was_used_is_cleared_again),
	KUNIT_CASE(smaller_blocks_are_left_alone),
	KUNIT_CASE(parts_of_a_chunk_are_left_alone),
	KUNIT_CASE(every_segment_of_the_domain_has_its_turn),
	KUNIT_CASE(chunk_that_was_taken_is_looked_at_anew),
	KUNIT_CASE(page_that_was_taken_is_not_forgotten),
	KUNIT_CASE(chunk_in_use_is_left_alone),
	KUNIT_CASE(chunk_that_is_given_back_is_not_counted),
	KUNIT_CASE(zero_chunk_may_be_without_a_dump),
	KUNIT_CASE(zero_block_is_taken_first),
	KUNIT_CASE(larger_block_goes_by_its_first_chunk),
	KUNIT_CASE(reservation_has_zero_pages),
	KUNIT_CASE(audit_finds_what_is_not_zero),
	KUNIT_CASE(threads_come_and_go_with_the_setting),
	KUNIT_CASE(new_domain_gets_its_thread),
	KUNIT_CASE(failed_start_leaves_it_off),
	KUNIT_CASE(thread_sleeps_until_there_is_work),
	KUNIT_CASE(users_meet_the_clearing),
	{}
};

static struct kunit_suite vmpage_zero_suite = {
	.name = "vmpage_zero",
	.init = vm_zero_init,
	.exit = vm_zero_exit,
	.test_cases = vmpage_zero_cases,
};

kunit_test_suite(vmpage_zero_suite);
