// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The index of an object.  It stores pointers and looks at none, so the pages here
 * are only addresses.
 */
#include "kunit_fixture.h"

#define NPAGES	600

/* One index, and what should be in it. */
struct model {
	struct vm_radix rt;
	struct vm_page pages[NPAGES];
	vm_pindex_t pindexes[NPAGES];	/* ascending */
	bool present[NPAGES];
};

static struct model *model_create(struct kunit *test)
{
	struct model *model = kvzalloc(sizeof(*model), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, model);
	vm_radix_init(&model->rt);
	return model;
}

static void model_destroy(struct model *model)
{
	vm_radix_fini(&model->rt);
	kvfree(model);
}

/* As vm_page_insert() does it; 0, or 1 without a node. */
static int insert(struct vm_radix *rt, vm_pindex_t pindex, vm_page_t m)
{
	struct vm_radix_place rp;

	vm_radix_find_place(rt, pindex, &rp);
	return vm_radix_insert_at(rt, &rp, m);
}

static vm_page_t lookup_le(struct vm_radix *rt, vm_pindex_t pindex)
{
	struct vm_radix_place rp;

	vm_radix_find_place(rt, pindex, &rp);
	return rp.rp_page ?: vm_radix_place_prev(rt, &rp);
}

static void model_insert(struct kunit *test, struct model *model, unsigned int i)
{
	KUNIT_EXPECT_EQ(test, insert(&model->rt, model->pindexes[i], &model->pages[i]), 0);
	model->present[i] = true;
}

static void model_remove(struct model *model, unsigned int i)
{
	vm_radix_remove(&model->rt, model->pindexes[i]);
	model->present[i] = false;
}

/* The page in @model at or below, or at or above, entry @i. */
static vm_page_t model_le(struct model *model, int i)
{
	while (i >= 0 && !model->present[i])
		i--;
	return i >= 0 ? &model->pages[i] : NULL;
}

static vm_page_t model_ge(struct model *model, int i)
{
	while (i < NPAGES && !model->present[i])
		i++;
	return i < NPAGES ? &model->pages[i] : NULL;
}

static void model_check(struct kunit *test, struct model *model, unsigned int i)
{
	const vm_pindex_t pindex = model->pindexes[i];
	struct vm_radix_place rp;

	KUNIT_EXPECT_PTR_EQ(test, vm_radix_lookup(&model->rt, pindex),
			    model->present[i] ? &model->pages[i] : NULL);
	KUNIT_EXPECT_PTR_EQ(test, lookup_le(&model->rt, pindex), model_le(model, i));
	KUNIT_EXPECT_PTR_EQ(test, vm_radix_lookup_ge(&model->rt, pindex), model_ge(model, i));
	vm_radix_find_place(&model->rt, pindex, &rp);
	KUNIT_EXPECT_PTR_EQ(test, vm_radix_place_prev(&model->rt, &rp), model_le(model, i - 1));
}

static void empty_index_has_nothing(struct kunit *test)
{
	struct model *model = model_create(test);

	KUNIT_EXPECT_NULL(test, vm_radix_lookup(&model->rt, 0));
	KUNIT_EXPECT_NULL(test, lookup_le(&model->rt, ULONG_MAX));
	KUNIT_EXPECT_NULL(test, vm_radix_lookup_ge(&model->rt, 0));
	model_destroy(model);
}

/* Indexes of every height of the tree, random ones among them. */
static void fill_indexes(struct model *model)
{
	vm_pindex_t pindex = 0;
	unsigned int i;

	for (i = 0; i < NPAGES; i++) {
		model->pindexes[i] = pindex;
		pindex += i < 200 ? 1 : 1 + vmk_random_below(1U << (4 + i % 27));
	}
	model->pindexes[NPAGES - 1] = ULONG_MAX;
}

static void random_changes_agree_with_a_model(struct kunit *test)
{
	struct model *model = model_create(test);
	unsigned int round, i;

	fill_indexes(model);
	for (round = 0; round < 6000; round++) {
		i = vmk_random_below(NPAGES);
		if (model->present[i])
			model_remove(model, i);
		else
			model_insert(test, model, i);
		model_check(test, model, vmk_random_below(NPAGES));
	}
	for (i = 0; i < NPAGES; i++)
		if (model->present[i])
			model_remove(model, i);
	KUNIT_EXPECT_TRUE(test, xa_empty(&model->rt.rt_xa));
	model_destroy(model);
}

/* Ascending, as most objects are filled: a walk for each leaf. */
static void sequential_inserts_share_the_walk_to_a_leaf(struct kunit *test)
{
	struct model *model = model_create(test);
	s64 before = VM_CNT_FETCH(v_index_walks);
	unsigned int i;

	for (i = 0; i < NPAGES; i++) {
		model->pindexes[i] = i;
		model_insert(test, model, i);
	}
	KUNIT_EXPECT_LE(test, VM_CNT_FETCH(v_index_walks) - before,
			2 * DIV_ROUND_UP(NPAGES, XA_CHUNK_SIZE));
	for (i = 0; i < NPAGES; i += 7)
		model_check(test, model, i);
	model_destroy(model);
}

static void replace_keeps_the_place(struct kunit *test)
{
	struct model *model = model_create(test);

	model->pindexes[0] = 70;
	model_insert(test, model, 0);
	vm_radix_replace(&model->rt, 70, &model->pages[1]);
	KUNIT_EXPECT_PTR_EQ(test, vm_radix_lookup(&model->rt, 70), &model->pages[1]);
	vm_radix_remove(&model->rt, 70);
	KUNIT_EXPECT_TRUE(test, xa_empty(&model->rt.rt_xa));
	model_destroy(model);
}

/* A reserved index is empty to everybody, whichever way it is looked for. */
static void reserved_index_counts_as_empty(struct kunit *test)
{
	static const vm_pindex_t reserved[] = { 0, 5, 63, 64, 4096, 1 << 20 };
	struct model *model = model_create(test);
	struct vm_radix_place rp;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(reserved); i++)
		KUNIT_EXPECT_EQ(test, vm_radix_reserve(&model->rt, reserved[i]), 0);
	KUNIT_EXPECT_NULL(test, vm_radix_lookup(&model->rt, 5));
	KUNIT_EXPECT_NULL(test, lookup_le(&model->rt, ULONG_MAX));
	KUNIT_EXPECT_NULL(test, vm_radix_lookup_ge(&model->rt, 0));
	vm_radix_find_place(&model->rt, 5, &rp);
	KUNIT_EXPECT_NULL(test, rp.rp_page);

	KUNIT_EXPECT_EQ(test, vm_radix_insert_at(&model->rt, &rp, &model->pages[0]), 0);
	KUNIT_EXPECT_PTR_EQ(test, lookup_le(&model->rt, 1 << 21), &model->pages[0]);
	for (i = 0; i < ARRAY_SIZE(reserved); i++)
		vm_radix_unreserve(&model->rt, reserved[i]);
	KUNIT_EXPECT_PTR_EQ(test, vm_radix_lookup(&model->rt, 5), &model->pages[0]);
	vm_radix_remove(&model->rt, 5);
	KUNIT_EXPECT_TRUE(test, xa_empty(&model->rt.rt_xa));
	model_destroy(model);
}

/* Somebody reserves indexes, without the lock, between the search and the insertion. */
static void place_stays_good_while_others_reserve(struct kunit *test)
{
	static const vm_pindex_t pindexes[] = { 0, 3, 64, 70, 5000, 1 << 19, 1ULL << 31 };
	struct model *model = model_create(test);
	struct vm_radix_place rp;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pindexes); i++) {
		model->pindexes[i] = pindexes[i];
		vm_radix_find_place(&model->rt, pindexes[i], &rp);
		KUNIT_EXPECT_EQ(test, vm_radix_reserve(&model->rt, pindexes[i]), 0);
		KUNIT_EXPECT_EQ(test, vm_radix_reserve(&model->rt, pindexes[i] * 64 + 9), 0);
		KUNIT_EXPECT_PTR_EQ(test, vm_radix_place_prev(&model->rt, &rp),
				    model_le(model, i - 1));
		KUNIT_EXPECT_EQ(test, vm_radix_insert_at(&model->rt, &rp, &model->pages[i]), 0);
		model->present[i] = true;
	}
	for (i = 0; i < ARRAY_SIZE(pindexes); i++)
		KUNIT_EXPECT_PTR_EQ(test, vm_radix_lookup(&model->rt, pindexes[i]),
				    &model->pages[i]);
	model_destroy(model);
}

static void node_failure_leaves_the_index_as_it_was(struct kunit *test)
{
	struct model *model = model_create(test);

	vmk_fail_node(1);
	KUNIT_EXPECT_EQ(test, insert(&model->rt, 100, &model->pages[0]), 1);
	KUNIT_EXPECT_TRUE(test, xa_empty(&model->rt.rt_xa));
	KUNIT_EXPECT_EQ(test, insert(&model->rt, 100, &model->pages[0]), 0);
	vm_radix_remove(&model->rt, 100);
	model_destroy(model);
}

static void last_index_of_all_is_an_index(struct kunit *test)
{
	struct model *model = model_create(test);

	model->pindexes[0] = ULONG_MAX;
	model_insert(test, model, 0);
	KUNIT_EXPECT_PTR_EQ(test, lookup_le(&model->rt, ULONG_MAX), &model->pages[0]);
	vm_radix_remove(&model->rt, ULONG_MAX);
	model_destroy(model);
}

static void wait_for_a_node(void *arg)
{
	vm_radix_wait();
}

/* It does so by itself, or the case has no end either. */
static void waiting_for_a_node_ends(struct kunit *test)
{
	vmk_in_thread(test, wait_for_a_node, NULL);
}

static struct kunit_case vmpage_radix_cases[] = {
	KUNIT_CASE(empty_index_has_nothing),
	KUNIT_CASE(random_changes_agree_with_a_model),
	KUNIT_CASE(sequential_inserts_share_the_walk_to_a_leaf),
	KUNIT_CASE(replace_keeps_the_place),
	KUNIT_CASE(reserved_index_counts_as_empty),
	KUNIT_CASE(place_stays_good_while_others_reserve),
	KUNIT_CASE(node_failure_leaves_the_index_as_it_was),
	KUNIT_CASE(last_index_of_all_is_an_index),
	KUNIT_CASE(waiting_for_a_node_ends),
	{}
};

static struct kunit_suite vmpage_radix_suite = {
	.name = "vmpage_radix",
	.init = vmk_init,
	.exit = vmk_exit,
	.test_cases = vmpage_radix_cases,
};

kunit_test_suite(vmpage_radix_suite);
