// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The index of an object.  It stores pointers and looks at none, so the pages here
 * are only addresses.
 */
#include <linux/irq_work.h>
#include "kunit_fixture.h"

#define NPAGES	600

/* One index, and what should be in it. */
struct model {
	struct vm_object object;	/* only its lock and its index */
	struct vm_radix *rt;
	struct vm_page pages[NPAGES];
	vm_pindex_t pindexes[NPAGES];	/* ascending */
	bool present[NPAGES];
};

static struct model *model_create(struct kunit *test)
{
	struct model *model = kvzalloc(sizeof(*model), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, model);
	init_rwsem(&model->object.lock);
	model->rt = &model->object.rtree;
	vm_radix_init(model->rt);
	return model;
}

static void model_destroy(struct model *model)
{
	vm_radix_fini(model->rt);
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

	return vm_radix_find_place(rt, pindex, &rp) ?: vm_radix_place_prev(rt, &rp);
}

static void model_insert(struct kunit *test, struct model *model, unsigned int i)
{
	KUNIT_EXPECT_EQ(test, insert(model->rt, model->pindexes[i], &model->pages[i]), 0);
	model->present[i] = true;
}

static void model_remove(struct model *model, unsigned int i)
{
	vm_radix_remove(model->rt, model->pindexes[i]);
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
	const vm_page_t m = model->present[i] ? &model->pages[i] : NULL;
	const vm_pindex_t pindex = model->pindexes[i];
	struct vm_radix_place rp;

	KUNIT_EXPECT_PTR_EQ(test, vm_radix_lookup(model->rt, pindex), m);
	KUNIT_EXPECT_PTR_EQ(test, vm_radix_lookup_locked(model->rt, pindex), m);
	KUNIT_EXPECT_PTR_EQ(test, (vm_page_t)xa_load(&model->rt->rt_xa, pindex), m);
	KUNIT_EXPECT_PTR_EQ(test, lookup_le(model->rt, pindex), model_le(model, i));
	KUNIT_EXPECT_PTR_EQ(test, vm_radix_lookup_ge(model->rt, pindex), model_ge(model, i));
	KUNIT_EXPECT_PTR_EQ(test, vm_radix_lookup_in(model->rt, pindex, ~(vm_pindex_t)0),
			    model_ge(model, i));
	KUNIT_EXPECT_PTR_EQ(test, vm_radix_lookup_in(model->rt, pindex, pindex), m);
	vm_radix_find_place(model->rt, pindex, &rp);
	KUNIT_EXPECT_PTR_EQ(test, vm_radix_place_prev(model->rt, &rp), model_le(model, i - 1));
}

/* What a walk over the index finds. */
static void model_check_walk(struct kunit *test, struct model *model)
{
	unsigned long pindex;
	vm_page_t m;
	int i = 0;

	VM_RADIX_FOREACH(m, pindex, model->rt) {
		const vm_page_t next = model_ge(model, i);

		KUNIT_ASSERT_PTR_EQ(test, m, next);
		i = next - model->pages + 1;
		KUNIT_EXPECT_EQ(test, pindex, model->pindexes[i - 1]);
	}
	KUNIT_EXPECT_NULL(test, model_ge(model, i));
}

/* Pages at the indexes [0, @n). */
static void model_fill(struct kunit *test, struct model *model, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		model->pindexes[i] = i;
		model_insert(test, model, i);
	}
}

static int reserve(struct model *model, vm_pindex_t pindex)
{
	return vm_radix_reserve(&model->object, pindex);
}

static void unreserve(struct model *model, vm_pindex_t pindex)
{
	VM_OBJECT_WLOCK(&model->object);
	vm_radix_unreserve(&model->object, pindex);
	VM_OBJECT_WUNLOCK(&model->object);
}

static void empty_index_has_nothing(struct kunit *test)
{
	struct model *model = model_create(test);

	KUNIT_EXPECT_NULL(test, vm_radix_lookup(model->rt, 0));
	KUNIT_EXPECT_NULL(test, lookup_le(model->rt, ULONG_MAX));
	KUNIT_EXPECT_NULL(test, vm_radix_lookup_ge(model->rt, 0));
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
		if (round % 500 == 0)
			model_check_walk(test, model);
	}
	for (i = 0; i < NPAGES; i++)
		if (model->present[i])
			model_remove(model, i);
	KUNIT_EXPECT_TRUE(test, xa_empty(&model->rt->rt_xa));
	model_destroy(model);
}

/* Ascending, as most objects are filled: a walk for each leaf. */
static void sequential_inserts_share_the_walk_to_a_leaf(struct kunit *test)
{
	struct model *model = model_create(test);
	s64 before = VM_CNT_FETCH(v_index_walks);
	unsigned int i;

	model_fill(test, model, NPAGES);
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
	vm_radix_replace(model->rt, 70, &model->pages[1]);
	KUNIT_EXPECT_PTR_EQ(test, vm_radix_lookup(model->rt, 70), &model->pages[1]);
	vm_radix_remove(model->rt, 70);
	KUNIT_EXPECT_TRUE(test, xa_empty(&model->rt->rt_xa));
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
		KUNIT_EXPECT_EQ(test, reserve(model, reserved[i]), 0);
	KUNIT_EXPECT_NULL(test, vm_radix_lookup(model->rt, 5));
	KUNIT_EXPECT_NULL(test, lookup_le(model->rt, ULONG_MAX));
	KUNIT_EXPECT_NULL(test, vm_radix_lookup_ge(model->rt, 0));
	KUNIT_EXPECT_NULL(test, vm_radix_find_place(model->rt, 5, &rp));

	KUNIT_EXPECT_EQ(test, vm_radix_insert_at(model->rt, &rp, &model->pages[0]), 0);
	KUNIT_EXPECT_PTR_EQ(test, lookup_le(model->rt, 1 << 21), &model->pages[0]);
	for (i = 0; i < ARRAY_SIZE(reserved); i++)
		unreserve(model, reserved[i]);
	KUNIT_EXPECT_PTR_EQ(test, vm_radix_lookup(model->rt, 5), &model->pages[0]);
	vm_radix_remove(model->rt, 5);
	KUNIT_EXPECT_TRUE(test, xa_empty(&model->rt->rt_xa));
	model_destroy(model);
}

/* The leaf has counted a reserved index, which others may reserve, too. */
static void page_takes_the_place_of_a_reservation(struct kunit *test)
{
	struct model *model = model_create(test);
	struct xa_node *leaf;

	model_fill(test, model, 2);
	leaf = model->rt->rt_leaf;
	KUNIT_ASSERT_NOT_NULL(test, leaf);
	KUNIT_EXPECT_EQ(test, reserve(model, 2), 0);
	KUNIT_EXPECT_EQ(test, reserve(model, 2), 0);
	KUNIT_EXPECT_EQ(test, reserve(model, 1), 0);
	KUNIT_EXPECT_EQ(test, leaf->count, 3);
	KUNIT_EXPECT_NULL(test, vm_radix_lookup_locked(model->rt, 2));
	KUNIT_EXPECT_PTR_EQ(test, lookup_le(model->rt, 3), &model->pages[1]);

	model->pindexes[2] = 2;
	model_insert(test, model, 2);
	KUNIT_EXPECT_EQ(test, leaf->count, 3);
	unreserve(model, 2);
	unreserve(model, 1);
	model_check_walk(test, model);
	model_destroy(model);
}

static void unreserve_needs_the_lock(struct kunit *test)
{
	struct model *model = model_create(test);

	KUNIT_EXPECT_EQ(test, reserve(model, 2), 0);
	vmk_reported(test, vm_radix_unreserve(&model->object, 2));
	KUNIT_EXPECT_FALSE(test, xa_empty(&model->rt->rt_xa));
	unreserve(model, 2);
	KUNIT_EXPECT_TRUE(test, xa_empty(&model->rt->rt_xa));
	model_destroy(model);
}

/* What is written here directly is what the xarray would have written. */
static void leaf_is_as_the_xarray_has_it(struct kunit *test)
{
	struct model *model = model_create(test);
	struct xa_node *leaf, *root;
	unsigned int i;

	model_fill(test, model, XA_CHUNK_SIZE + 3);
	model_remove(model, XA_CHUNK_SIZE + 1);
	leaf = model->rt->rt_leaf;
	KUNIT_ASSERT_NOT_NULL(test, leaf);
	KUNIT_EXPECT_EQ(test, leaf->shift, 0);
	KUNIT_EXPECT_EQ(test, leaf->offset, 1);
	KUNIT_EXPECT_EQ(test, leaf->count, 2);
	KUNIT_EXPECT_EQ(test, leaf->nr_values, 0);
	for (i = 0; i < XA_CHUNK_SIZE; i++)
		KUNIT_EXPECT_PTR_EQ(test, vm_radix_slot(leaf, i),
				    (void *)(i == 0 || i == 2 ? &model->pages[XA_CHUNK_SIZE + i] :
					     NULL));
	root = rcu_dereference_raw(leaf->parent);
	KUNIT_ASSERT_NOT_NULL(test, root);
	KUNIT_EXPECT_EQ(test, root->shift, XA_CHUNK_SHIFT);
	KUNIT_EXPECT_EQ(test, root->count, 2);
	KUNIT_EXPECT_PTR_EQ(test, vm_radix_slot(root, 1), xa_mk_node(leaf));
	KUNIT_EXPECT_NULL(test, rcu_dereference_raw(root->parent));
	model_destroy(model);
}

static void last_page_takes_its_leaf_along(struct kunit *test)
{
	struct model *model = model_create(test);
	struct xa_node *root;
	u32 i, order[XA_CHUNK_SIZE];

	model_fill(test, model, 2 * XA_CHUNK_SIZE);
	root = rcu_dereference_raw(model->rt->rt_leaf->parent);
	vmk_permutation(order, XA_CHUNK_SIZE);
	for (i = 0; i < XA_CHUNK_SIZE; i++) {
		KUNIT_EXPECT_EQ(test, root->count, 2);
		model_remove(model, XA_CHUNK_SIZE + order[i]);
	}
	KUNIT_EXPECT_NULL(test, model->rt->rt_leaf);
	for (i = 0; i < 2 * XA_CHUNK_SIZE; i += 7)
		model_check(test, model, i);

	for (i = 0; i < XA_CHUNK_SIZE; i++)
		model_remove(model, order[i]);
	KUNIT_EXPECT_TRUE(test, xa_empty(&model->rt->rt_xa));
	model_destroy(model);
}

/* With the second leaf the tree loses all its nodes, the leaf used last among them. */
static void leaf_that_is_gone_is_not_used(struct kunit *test)
{
	struct model *model = model_create(test);

	model->pindexes[1] = XA_CHUNK_SIZE;
	model_insert(test, model, 1);
	model_insert(test, model, 0);
	KUNIT_EXPECT_NOT_NULL(test, model->rt->rt_leaf);
	model_remove(model, 1);
	KUNIT_EXPECT_NULL(test, model->rt->rt_leaf);
	model_check(test, model, 0);

	model->pindexes[1] = 1;
	model_insert(test, model, 1);
	model_check_walk(test, model);
	model_destroy(model);
}

/* The short ways need a leaf, and not only to have looked for one. */
static void short_ways_keep_to_the_last_leaf(struct kunit *test)
{
	struct model *model = model_create(test);
	struct vm_radix *rt = model->rt;
	struct vm_radix_place rp;

	model_fill(test, model, XA_CHUNK_SIZE + 2);
	KUNIT_EXPECT_EQ(test, reserve(model, XA_CHUNK_SIZE + 2), 0);
	KUNIT_EXPECT_FALSE(test, vm_radix_leaf_takes(rt, XA_CHUNK_SIZE + 1));
	KUNIT_EXPECT_FALSE(test, vm_radix_leaf_takes(rt, XA_CHUNK_SIZE + 2));
	KUNIT_EXPECT_TRUE(test, vm_radix_leaf_takes(rt, XA_CHUNK_SIZE + 3));
	KUNIT_EXPECT_FALSE(test, vm_radix_leaf_takes(rt, 3 * XA_CHUNK_SIZE));
	KUNIT_EXPECT_NULL(test, vm_radix_find_place(rt, 3 * XA_CHUNK_SIZE + 5, &rp));
	KUNIT_EXPECT_FALSE(test, vm_radix_leaf_takes(rt, 3 * XA_CHUNK_SIZE + 5));

	vm_radix_walk_to_leaf(rt, 3);
	KUNIT_EXPECT_PTR_EQ(test, vm_radix_leaf_before(rt, 4), &model->pages[3]);
	KUNIT_EXPECT_TRUE(test, vm_radix_leaf_follows(rt, 4, &model->pages[3]));
	KUNIT_EXPECT_FALSE(test, vm_radix_leaf_follows(rt, 4, &model->pages[2]));
	KUNIT_EXPECT_NULL(test, vm_radix_leaf_before(rt, 0));
	KUNIT_EXPECT_NULL(test, vm_radix_leaf_before(rt, XA_CHUNK_SIZE + 1));
	KUNIT_EXPECT_FALSE(test, vm_radix_leaf_follows(rt, 0, NULL));
	model_destroy(model);
}

static void short_ways_leave_what_the_long_ones_do(struct kunit *test)
{
	struct model *model = model_create(test);
	struct vm_radix *rt = model->rt;
	unsigned int i;

	model_fill(test, model, 2);
	for (i = 2; i < XA_CHUNK_SIZE; i++) {
		model->pindexes[i] = i;
		KUNIT_EXPECT_TRUE(test, vm_radix_leaf_takes(rt, i));
		vm_radix_leaf_insert(rt, i, &model->pages[i]);
		model->present[i] = true;
	}
	model_check_walk(test, model);
	KUNIT_EXPECT_EQ(test, rt->rt_leaf->count, XA_CHUNK_SIZE);
	for (i = 0; vm_radix_leaf_gives(rt); i++) {
		vm_radix_leaf_remove(rt, i);
		model->present[i] = false;
	}
	KUNIT_EXPECT_EQ(test, i, XA_CHUNK_SIZE - 1);
	model_check_walk(test, model);
	model_remove(model, i);
	KUNIT_EXPECT_TRUE(test, xa_empty(&rt->rt_xa));
	model_destroy(model);
}

/* Leaves that are filled at once, above what is there already, and reserved in part. */
static void filled_leaves_are_as_the_xarray_has_them(struct kunit *test)
{
	static const vm_pindex_t firsts[] = { 0, 10 * XA_CHUNK_SIZE, 100 * XA_CHUNK_SIZE };
	const unsigned int npages = 2 * XA_CHUNK_SIZE;
	struct model *model = model_create(test);
	unsigned int i, j, n = 0;

	KUNIT_EXPECT_EQ(test, reserve(model, firsts[1] + 3), 0);
	for (i = 0; i < ARRAY_SIZE(firsts); i++) {
		KUNIT_EXPECT_EQ(test, vm_radix_insert_leaves(model->rt, firsts[i], &model->pages[n],
							     npages), npages);
		KUNIT_EXPECT_EQ(test, model->rt->rt_leaf->count, XA_CHUNK_SIZE);
		KUNIT_EXPECT_EQ(test, model->rt->rt_leaf->nr_values, 0);
		for (j = 0; j < npages; j++, n++) {
			model->pindexes[n] = firsts[i] + j;
			model->present[n] = true;
		}
	}
	unreserve(model, firsts[1] + 3);
	for (i = 0; i < n; i += 7)
		model_check(test, model, i);
	model_check_walk(test, model);
	KUNIT_EXPECT_NULL(test, vm_radix_lookup_in(model->rt, npages, firsts[1] - 1));
	for (i = 0; i < n; i++)
		model_remove(model, i);
	KUNIT_EXPECT_TRUE(test, xa_empty(&model->rt->rt_xa));
	model_destroy(model);
}

static void removal_of_nothing_changes_nothing(struct kunit *test)
{
	static const vm_pindex_t absent[] = { 3, 64, 65, 4096, ULONG_MAX };
	struct model *model = model_create(test);
	unsigned int i;

	model_fill(test, model, 3);
	for (i = 0; i < ARRAY_SIZE(absent); i++) {
		model_check(test, model, 2);
		vm_radix_remove(model->rt, absent[i]);
		model_check_walk(test, model);
	}
	for (i = 0; i < 3; i++)
		model_remove(model, i);
	KUNIT_EXPECT_TRUE(test, xa_empty(&model->rt->rt_xa));
	model_destroy(model);
}

/* A slot of a leaf that has left the tree, until the reader looks again. */
static struct {
	struct irq_work work;
	struct xa_node *leaf;
	vm_page_t m;
} stale;

static void stale_no_more(struct irq_work *work)
{
	rcu_assign_pointer(stale.leaf->slots[1], stale.m);
}

/* The reader goes on as long as the interrupt has not come; with the next tick it does. */
static void reader_looks_again_where_told_to(struct kunit *test)
{
	struct model *model = model_create(test);

	model_fill(test, model, 2);
	stale.leaf = model->rt->rt_leaf;
	stale.m = &model->pages[1];
	KUNIT_ASSERT_NOT_NULL(test, stale.leaf);
	rcu_assign_pointer(stale.leaf->slots[1], XA_RETRY_ENTRY);
	init_irq_work(&stale.work, stale_no_more);
	irq_work_queue(&stale.work);
	KUNIT_EXPECT_PTR_EQ(test, vm_radix_lookup(model->rt, 1), &model->pages[1]);
	irq_work_sync(&stale.work);
	model_destroy(model);
}

/* One page stays, all the others come and go, and with them every level of the tree. */
struct reading {
	struct model *model;
	bool stop;
	unsigned long missed, wrong;
	atomic_t rounds;
};

static void read_on(void *arg)
{
	struct reading *r = arg;
	struct model *model = r->model;
	unsigned int i;
	vm_page_t m;

	while (!READ_ONCE(r->stop)) {
		r->missed += vm_radix_lookup(model->rt, model->pindexes[0]) != &model->pages[0];
		for (i = 1; i < NPAGES; i += 13) {
			m = vm_radix_lookup(model->rt, model->pindexes[i]);
			r->wrong += m && m != &model->pages[i];
		}
		atomic_inc(&r->rounds);
		cond_resched();
	}
}

static void change_under_readers(struct kunit *test, struct model *model, struct reading *r)
{
	unsigned int round, i;

	for (round = 0; round < 20; round++) {
		const int seen = atomic_read(&r->rounds);

		for (i = 1; i < NPAGES; i++) {
			model_insert(test, model, i);
			cond_resched();
		}
		vmk_until(test, atomic_read(&r->rounds) > seen);
		for (i = 1; i < NPAGES; i++) {
			model_remove(model, i);
			cond_resched();
		}
	}
}

static void reader_finds_what_stays(struct kunit *test)
{
	struct reading r = { .model = model_create(test) };
	struct model *model = r.model;
	struct vmk_thread *t;

	fill_indexes(model);
	model_insert(test, model, 0);
	t = vmk_thread_start(test, read_on, &r);
	change_under_readers(test, model, &r);
	WRITE_ONCE(r.stop, true);
	vmk_thread_join(test, t);
	KUNIT_EXPECT_EQ(test, r.missed, 0);
	KUNIT_EXPECT_EQ(test, r.wrong, 0);
	model_remove(model, 0);
	KUNIT_EXPECT_TRUE(test, xa_empty(&model->rt->rt_xa));
	model_destroy(model);
}

static void node_failure_leaves_the_index_as_it_was(struct kunit *test)
{
	struct model *model = model_create(test);

	vmk_fail_node(1);
	KUNIT_EXPECT_EQ(test, insert(model->rt, 100, &model->pages[0]), 1);
	KUNIT_EXPECT_TRUE(test, xa_empty(&model->rt->rt_xa));
	KUNIT_EXPECT_EQ(test, insert(model->rt, 100, &model->pages[0]), 0);
	vm_radix_remove(model->rt, 100);
	model_destroy(model);
}

static void last_index_of_all_is_an_index(struct kunit *test)
{
	struct model *model = model_create(test);

	model->pindexes[0] = ULONG_MAX;
	model_insert(test, model, 0);
	KUNIT_EXPECT_PTR_EQ(test, lookup_le(model->rt, ULONG_MAX), &model->pages[0]);
	vm_radix_remove(model->rt, ULONG_MAX);
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
	KUNIT_CASE(page_takes_the_place_of_a_reservation),
	KUNIT_CASE(unreserve_needs_the_lock),
	KUNIT_CASE(leaf_is_as_the_xarray_has_it),
	KUNIT_CASE(last_page_takes_its_leaf_along),
	KUNIT_CASE(leaf_that_is_gone_is_not_used),
	KUNIT_CASE(short_ways_keep_to_the_last_leaf),
	KUNIT_CASE(short_ways_leave_what_the_long_ones_do),
	KUNIT_CASE(filled_leaves_are_as_the_xarray_has_them),
	KUNIT_CASE(removal_of_nothing_changes_nothing),
	KUNIT_CASE(reader_looks_again_where_told_to),
	KUNIT_CASE(reader_finds_what_stays),
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
