// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * FreeBSD's tables as text, compared character by character.
 */
#include <linux/seq_file.h>

#include "../module/vm/vm_meter.h"
#include "kunit_fixture.h"

#define METER_SIZE	8192		/* bytes of text */

static struct seq_file *meter_open(struct kunit *test)
{
	struct seq_file *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, s);
	s->buf = kunit_kzalloc(test, METER_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, s->buf);
	s->size = METER_SIZE;
	vmk_drain();
	return s;
}

/* What @show prints. */
static const char *meter_text(struct kunit *test, void (*show)(struct seq_file *s))
{
	struct seq_file *s = meter_open(test);

	show(s);
	KUNIT_ASSERT_LT(test, s->count, s->size);
	s->buf[s->count] = '\0';
	return s->buf;
}

static const char *meter_domain_text(struct kunit *test, int domain)
{
	struct seq_file *s = meter_open(test);

	vm_domain_stats_show(s, domain);
	KUNIT_ASSERT_LT(test, s->count, s->size);
	s->buf[s->count] = '\0';
	return s->buf;
}

#define METER_HEAD							\
	"  ORDER (SIZE)  |  NUMBER\n"					\
	"                |  POOL 0  |  POOL 1\n"			\
	"--            -- --      -- --      --\n"

static void T01_phys_free_is_the_sample(struct kunit *test)
{
	vmk_a64(test);
	vmk_noobj(test);
	KUNIT_EXPECT_STREQ(test, meter_text(test, vm_phys_free_show),
			   "\n"
			   "DOMAIN 0:\n"
			   "\n"
			   "FREE LIST 0:\n"
			   "\n"
			   METER_HEAD
			   "  12 ( 16384K)  |       3  |       0\n"
			   "  11 (  8192K)  |       0  |       1\n"
			   "  10 (  4096K)  |       0  |       1\n"
			   "   9 (  2048K)  |       0  |       1\n"
			   "   8 (  1024K)  |       0  |       1\n"
			   "   7 (   512K)  |       0  |       1\n"
			   "   6 (   256K)  |       0  |       1\n"
			   "   5 (   128K)  |       0  |       1\n"
			   "   4 (    64K)  |       0  |       1\n"
			   "   3 (    32K)  |       0  |       1\n"
			   "   2 (    16K)  |       0  |       1\n"
			   "   1 (     8K)  |       0  |       1\n"
			   "   0 (     4K)  |       0  |       1\n");
}

static void T02_phys_segs_shows_the_segment(struct kunit *test)
{
	vmk_a64(test);
	KUNIT_EXPECT_STREQ(test, meter_text(test, vm_phys_segs_show),
			   "\n"
			   "SEGMENT 0:\n"
			   "\n"
			   "start:     0x100000000\n"
			   "end:       0x104000000\n"
			   "domain:    0\n"
			   "free list: DEFAULT\n");
}

static void T06_ndomains_counts_domains_with_memory(struct kunit *test)
{
	vmk_a64(test);
	KUNIT_EXPECT_STREQ(test, meter_text(test, vm_ndomains_show), "1\n");
	vmk_power_off(test);
	vmk_c2x4(test);
	KUNIT_EXPECT_STREQ(test, meter_text(test, vm_ndomains_show), "2\n");
}

static void phys_locality_is_the_sample(struct kunit *test)
{
	vmk_c2x4(test);
	KUNIT_EXPECT_STREQ(test, meter_text(test, vm_phys_locality_show),
			   "\n"
			   "0: 10 20\x20\n"
			   "1: 20 10\x20\n");
}

static void phys_locality_of_distances_unknown(struct kunit *test)
{
	static const struct vm_mem_span spans[] = {
		VMK_SPAN(0, ptoa(1024), 2),
		VMK_SPAN(0x100000000ULL, 0x100000000ULL + ptoa(1024), MAXMEMDOM - 1),
	};

	vmk_machine(test, spans, ARRAY_SIZE(spans));
	vmk_set_distances_known(false);
	KUNIT_EXPECT_STREQ(test, meter_text(test, vm_phys_locality_show),
			   "\n"
			   "2: -1 -1\x20\n"
			   "63: -1 -1\x20\n");
}

static void affinity_is_of_domains_that_have_memory(struct kunit *test)
{
	vmk_c2x4(test);
	KUNIT_EXPECT_EQ(test, vm_phys_mem_affinity(0, 0), 10);
	KUNIT_EXPECT_EQ(test, vm_phys_mem_affinity(0, 1), 20);
	KUNIT_EXPECT_EQ(test, vm_phys_mem_affinity(0, 2), -1);
	KUNIT_EXPECT_EQ(test, vm_phys_mem_affinity(2, 0), -1);
	KUNIT_EXPECT_EQ(test, vm_phys_mem_affinity(-1, 0), -1);
	KUNIT_EXPECT_EQ(test, vm_phys_mem_affinity(0, MAXMEMDOM), -1);
	vmk_set_distances_known(false);
	KUNIT_EXPECT_EQ(test, vm_phys_mem_affinity(0, 1), -1);
}

#define METER_EMPTY_FROM_8						\
	"   8 (  1024K)  |       0  |       0\n"			\
	"   7 (   512K)  |       0  |       0\n"			\
	"   6 (   256K)  |       0  |       0\n"			\
	"   5 (   128K)  |       0  |       0\n"			\
	"   4 (    64K)  |       0  |       0\n"			\
	"   3 (    32K)  |       0  |       0\n"			\
	"   2 (    16K)  |       0  |       0\n"			\
	"   1 (     8K)  |       0  |       0\n"			\
	"   0 (     4K)  |       0  |       0\n"

#define METER_ONE_OF_9							\
	METER_HEAD							\
	"  12 ( 16384K)  |       0  |       0\n"			\
	"  11 (  8192K)  |       0  |       0\n"			\
	"  10 (  4096K)  |       0  |       0\n"			\
	"   9 (  2048K)  |       1  |       0\n"			\
	METER_EMPTY_FROM_8

#define METER_NONE							\
	METER_HEAD							\
	"  12 ( 16384K)  |       0  |       0\n"			\
	"  11 (  8192K)  |       0  |       0\n"			\
	"  10 (  4096K)  |       0  |       0\n"			\
	"   9 (  2048K)  |       0  |       0\n"			\
	METER_EMPTY_FROM_8

static const struct vm_mem_span lists_and_domains[] = {
	{ SZ_4M, SZ_4M + SZ_2M, 0 },
	{ SZ_1G, SZ_1G + SZ_2M, 3 },
	{ VMK_BASE, VMK_BASE + SZ_2M, 3 },
};

static void phys_free_has_a_part_for_every_domain_and_list(struct kunit *test)
{
	vmk_set_dma32_npages(0);
	vmk_machine(test, lists_and_domains, ARRAY_SIZE(lists_and_domains));
	KUNIT_EXPECT_STREQ(test, meter_text(test, vm_phys_free_show),
			   "\nDOMAIN 0:\n"
			   "\nFREE LIST 0:\n\n" METER_NONE
			   "\nFREE LIST 1:\n\n" METER_NONE
			   "\nFREE LIST 2:\n\n" METER_ONE_OF_9
			   "\nDOMAIN 3:\n"
			   "\nFREE LIST 0:\n\n" METER_ONE_OF_9
			   "\nFREE LIST 1:\n\n" METER_ONE_OF_9
			   "\nFREE LIST 2:\n\n" METER_NONE);
}

static void phys_segs_names_every_list(struct kunit *test)
{
	vmk_set_dma32_npages(0);
	vmk_machine(test, lists_and_domains, ARRAY_SIZE(lists_and_domains));
	KUNIT_EXPECT_STREQ(test, meter_text(test, vm_phys_segs_show),
			   "\nSEGMENT 0:\n\n"
			   "start:     0x400000\n"
			   "end:       0x600000\n"
			   "domain:    0\n"
			   "free list: LOWMEM\n"
			   "\nSEGMENT 1:\n\n"
			   "start:     0x40000000\n"
			   "end:       0x40200000\n"
			   "domain:    3\n"
			   "free list: DMA32\n"
			   "\nSEGMENT 2:\n\n"
			   "start:     0x100000000\n"
			   "end:       0x100200000\n"
			   "domain:    3\n"
			   "free list: DEFAULT\n");
}

/* Does the text have this line? */
static void meter_expect_line(struct kunit *test, const char *text, const char *name, long value)
{
	char line[64];

	snprintf(line, sizeof(line), "\n%s %ld\n", name, value);
	KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(text, line), "no line \"%s %ld\" in:\n%s", name,
				  value, text);
}

static void stats_are_sums_over_the_domains(struct kunit *test)
{
	const char *text;
	vm_page_t m;

	vmk_c2x4(test);
	m = vm_page_alloc_noobj(VM_ALLOC_NORMAL | VM_ALLOC_WIRED);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_ASSERT_EQ(test, vmpage_promise(VM_DOMAIN(0), 3), 1);
	KUNIT_ASSERT_EQ(test, vmpage_promise(VM_DOMAIN(1), 5), 1);
	text = meter_text(test, vm_stats_show);
	KUNIT_EXPECT_EQ(test, strncmp(text, "v_page_size 4096\n", 17), 0);
	meter_expect_line(test, text, "v_page_count", 2048);
	meter_expect_line(test, text, "v_free_count", 2048 - 1 - 8);
	meter_expect_line(test, text, "v_promised", 8);
	meter_expect_line(test, text, "v_unzeroed", 3);
	meter_expect_line(test, text, "v_free_reserved", 2 * 67);
	meter_expect_line(test, text, "v_free_severe", 2 * 69);
	meter_expect_line(test, text, "v_free_min", 2 * 72);
	meter_expect_line(test, text, "v_pageout_wakeup_thresh", 2 * 72);
	meter_expect_line(test, text, "v_interrupt_free_min", 2 * 2);
	meter_expect_line(test, text, "v_wire_count", 1);
	meter_expect_line(test, text, "v_tfree", 0);
	meter_expect_line(test, text, "v_pdwakeups", 0);
	meter_expect_line(test, text, "v_pdpages", 0);
	meter_expect_line(test, text, "v_index_walks", VM_CNT_FETCH(v_index_walks));
	meter_expect_line(test, text, "v_wait_count", 0);
	vmpage_unpromise(VM_DOMAIN(0), 3);
	vmpage_unpromise(VM_DOMAIN(1), 5);
	vm_page_unwire(m, PQ_NONE);
}

static void wait_for_pages(void *unused)
{
	vm_wait_domain(0);
}

static void stats_count_events_and_waiters(struct kunit *test)
{
	struct vmk_thread *t;
	const char *text;

	vmk_b4(test);
	vmk_leave_free(test, 0, 43);
	VM_CNT_ADD(v_pdpages, 7);
	VM_CNT_ADD(v_index_walks, 3);
	VM_CNT_ADD(v_zeroed_ahead, 4);
	VM_CNT_ADD(v_zfod, 6);
	VM_CNT_ADD(v_ozfod, 5);
	t = vmk_thread_start(test, wait_for_pages, NULL);
	vmk_until(test, vm_wait_count() == 1);
	text = meter_text(test, vm_stats_show);
	meter_expect_line(test, text, "v_pdpages", 7);
	meter_expect_line(test, text, "v_index_walks", 3);
	meter_expect_line(test, text, "v_zeroed_ahead", 4);
	meter_expect_line(test, text, "v_zfod", 6);
	meter_expect_line(test, text, "v_ozfod", 5);
	meter_expect_line(test, text, "v_wait_count", 1);
	vmk_free_run(test, vm_phys_segs[0]->first_page, 5);
	vmk_thread_join(test, t);
}

static void domain_stats_are_those_of_one_domain(struct kunit *test)
{
	const char *text;

	vmk_c2x4(test);
	vmk_noobj(test);
	vm_domain_alloc_fail(VM_DOMAIN(1), NULL, VM_ALLOC_NORMAL | VM_ALLOC_COUNT(7));
	text = meter_domain_text(test, 1);
	KUNIT_EXPECT_EQ(test, strncmp(text, "page_count 1024\n", 16), 0);
	meter_expect_line(test, text, "free_count", 1024);
	meter_expect_line(test, text, "promised", 0);
	meter_expect_line(test, text, "pageout_deficit", 7);
	meter_expect_line(test, text, "free_reserved", 67);
	meter_expect_line(test, text, "free_severe", 69);
	meter_expect_line(test, text, "free_min", 72);
	meter_expect_line(test, meter_domain_text(test, 0), "free_count", 1023);
}

static void stats_tell_of_cached_pages(struct kunit *test)
{
	vm_object_t object;
	const char *text;
	int i;

	vmk_c2x4(test);
	object = vmk_object(test, VMK_U, 64);
	for (i = 0; i < 9; i++) {
		vmk_set_domain(i < 3);
		vmk_cached(test, object, i, i);
	}
	vmk_alloc(test, object, 0);
	vmk_alloc(test, object, 8);
	vmk_cache_free(object, 7, 8);
	text = meter_text(test, vm_stats_show);
	meter_expect_line(test, text, "v_cache_count", 6);
	meter_expect_line(test, text, "v_tcached", 9);
	meter_expect_line(test, text, "v_reactivated", 2);
	meter_expect_line(test, text, "v_tfree", 1);
	meter_expect_line(test, text, "v_free_count", 2048 - 8);
	meter_expect_line(test, meter_domain_text(test, 0), "cache_count", 4);
	meter_expect_line(test, meter_domain_text(test, 1), "cache_count", 2);
}

static void stats_of_a_domain_without_memory_are_refused(struct kunit *test)
{
	const char *text = "";

	vmk_a64(test);
	vmk_reported(test, text = meter_domain_text(test, 1));
	KUNIT_EXPECT_STREQ(test, text, "");
	vmk_reported(test, text = meter_domain_text(test, -1));
	KUNIT_EXPECT_STREQ(test, text, "");
	vmk_reported(test, text = meter_domain_text(test, MAXMEMDOM));
	KUNIT_EXPECT_STREQ(test, text, "");
}

static struct kunit_case vmpage_meter_cases[] = {
	KUNIT_CASE(T01_phys_free_is_the_sample),
	KUNIT_CASE(T02_phys_segs_shows_the_segment),
	KUNIT_CASE(T06_ndomains_counts_domains_with_memory),
	KUNIT_CASE(phys_locality_is_the_sample),
	KUNIT_CASE(phys_locality_of_distances_unknown),
	KUNIT_CASE(affinity_is_of_domains_that_have_memory),
	KUNIT_CASE(phys_free_has_a_part_for_every_domain_and_list),
	KUNIT_CASE(phys_segs_names_every_list),
	KUNIT_CASE(stats_are_sums_over_the_domains),
	KUNIT_CASE(stats_count_events_and_waiters),
	KUNIT_CASE(domain_stats_are_those_of_one_domain),
	KUNIT_CASE(stats_tell_of_cached_pages),
	KUNIT_CASE(stats_of_a_domain_without_memory_are_refused),
	{}
};

static struct kunit_suite vmpage_meter_suite = {
	.name = "vmpage_meter",
	.init = vmk_init,
	.exit = vmk_exit,
	.test_cases = vmpage_meter_cases,
};

kunit_test_suite(vmpage_meter_suite);
