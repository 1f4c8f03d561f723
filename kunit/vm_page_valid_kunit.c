// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Valid and dirty bits.
 */
#include "kunit_fixture.h"

/* Page 0 of a new object, exclusively busied by the case. */
static vm_page_t busied_page(struct kunit *test)
{
	vmk_b4(test);
	return vmk_alloc(test, vmk_object(test, VMK_O, 8), 0);
}

/* Is this what the bytes from @from up to @to hold? */
static bool is_filled(vm_page_t m, int from, int to, u8 value)
{
	const u8 *kva = vmk_page_kva(m);

	return kva && !memchr_inv(kva + from, value, to - from);
}

static void L21_bits_of_parts_of_a_page(struct kunit *test)
{
	vmk_b4(test);
	KUNIT_EXPECT_EQ(test, vm_page_bits(0, 4096), 0xff);
	KUNIT_EXPECT_EQ(test, vm_page_bits(0, 512), 0x01);
	KUNIT_EXPECT_EQ(test, vm_page_bits(511, 2), 0x03);
	KUNIT_EXPECT_EQ(test, vm_page_bits(512, 1), 0x02);
	KUNIT_EXPECT_EQ(test, vm_page_bits(4095, 1), 0x80);
	KUNIT_EXPECT_EQ(test, vm_page_bits(100, 1000), 0x07);
	KUNIT_EXPECT_EQ(test, vm_page_bits(100, 0), 0);
	KUNIT_EXPECT_EQ(test, vm_page_bits(4096, 0), 0);
}

static void ranges_outside_the_page_are_refused(struct kunit *test)
{
	static const int ranges[][2] = {
		{ 0, 4097 }, { 1, 4096 }, { 4096, 1 }, { -1, 1 }, { 0, -1 }, { INT_MAX, INT_MAX },
	};
	unsigned int i;
	vm_page_t m = busied_page(test);

	for (i = 0; i < ARRAY_SIZE(ranges); i++) {
		const int base = ranges[i][0], size = ranges[i][1];

		vmk_refused(test, KUNIT_EXPECT_EQ(test, vm_page_bits(base, size), 0));
		vmk_refused(test, vm_page_set_valid_range(m, base, size));
		vmk_refused(test, vm_page_set_validclean(m, base, size));
		vmk_refused(test, vm_page_clear_dirty(m, base, size));
	}
	KUNIT_EXPECT_EQ(test, m->valid, 0);
	KUNIT_EXPECT_EQ(test, m->dirty, 0);
	KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(m, VMK_POISON));
}

static void L23_zero_invalid_fills_the_gaps(struct kunit *test)
{
	vm_page_t m = busied_page(test);

	vm_page_set_valid_range(m, 1536, 1024);
	KUNIT_EXPECT_EQ(test, m->valid, 0x18);
	vm_page_zero_invalid(m, true);
	KUNIT_EXPECT_TRUE(test, is_filled(m, 0, 1536, 0));
	KUNIT_EXPECT_TRUE(test, is_filled(m, 1536, 2560, VMK_POISON));
	KUNIT_EXPECT_TRUE(test, is_filled(m, 2560, 4096, 0));
	KUNIT_EXPECT_EQ(test, m->valid, 0xff);
}

static void zero_invalid_can_leave_the_bits(struct kunit *test)
{
	vm_page_t m = busied_page(test);

	vm_page_set_valid_range(m, 512, 512);
	vm_page_set_valid_range(m, 2048, 512);
	vm_page_zero_invalid(m, false);
	KUNIT_EXPECT_EQ(test, m->valid, 0x12);
	KUNIT_EXPECT_TRUE(test, is_filled(m, 0, 512, 0));
	KUNIT_EXPECT_TRUE(test, is_filled(m, 512, 1024, VMK_POISON));
	KUNIT_EXPECT_TRUE(test, is_filled(m, 1024, 2048, 0));
	KUNIT_EXPECT_TRUE(test, is_filled(m, 2048, 2560, VMK_POISON));
	KUNIT_EXPECT_TRUE(test, is_filled(m, 2560, 4096, 0));
}

static void L24_an_empty_range_asks_for_any_valid_part(struct kunit *test)
{
	vm_page_t m = busied_page(test);

	KUNIT_EXPECT_FALSE(test, vm_page_is_valid(m, 0, 0));
	vm_page_set_valid_range(m, 0, 512);
	KUNIT_EXPECT_EQ(test, m->valid, 0x01);
	KUNIT_EXPECT_TRUE(test, vm_page_is_valid(m, 0, 0));
}

static void is_valid_asks_for_the_whole_range(struct kunit *test)
{
	vm_page_t m = busied_page(test);

	vm_page_set_valid_range(m, 512, 1024);
	vm_page_xunbusy(m);
	KUNIT_EXPECT_TRUE(test, vm_page_is_valid(m, 512, 1024));
	KUNIT_EXPECT_TRUE(test, vm_page_is_valid(m, 700, 1));
	KUNIT_EXPECT_FALSE(test, vm_page_is_valid(m, 511, 2));
	KUNIT_EXPECT_FALSE(test, vm_page_is_valid(m, 1535, 2));
	KUNIT_EXPECT_FALSE(test, vm_page_is_valid(m, 0, 4096));
	KUNIT_EXPECT_TRUE(test, vm_page_any_valid(m));
	KUNIT_EXPECT_FALSE(test, vm_page_all_valid(m));
	KUNIT_EXPECT_FALSE(test, vm_page_none_valid(m));
}

static void L25_validclean_of_a_dirty_page(struct kunit *test)
{
	vm_page_t m = busied_page(test);

	vm_page_valid(m);
	vm_page_dirty(m);
	KUNIT_EXPECT_EQ(test, m->dirty, 0xff);
	vm_page_aflag_set(m, PGA_NOSYNC | PGA_REFERENCED);
	vm_page_set_validclean(m, 0, 2048);
	KUNIT_EXPECT_EQ(test, m->dirty, 0xf0);
	KUNIT_EXPECT_TRUE(test, m->a.flags & PGA_NOSYNC);

	vm_page_dirty(m);
	vm_page_set_validclean(m, 0, 4096);
	KUNIT_EXPECT_EQ(test, m->valid, 0xff);
	KUNIT_EXPECT_EQ(test, m->dirty, 0);
	KUNIT_EXPECT_EQ(test, m->a.flags, PGA_REFERENCED);
}

static void validclean_makes_a_dirty_block_valid(struct kunit *test)
{
	vm_page_t m = busied_page(test);

	KUNIT_EXPECT_EQ(test, vm_page_set_dirty(m), 0);
	vm_page_set_validclean(m, 0, 4096);
	KUNIT_EXPECT_EQ(test, m->valid, 0xff);
	KUNIT_EXPECT_EQ(test, m->dirty, 0);
}

static void valid_range_zeroes_the_rest_of_its_blocks(struct kunit *test)
{
	vm_page_t m = busied_page(test);

	vm_page_set_valid_range(m, 600, 1000);
	KUNIT_EXPECT_EQ(test, m->valid, 0x0e);
	KUNIT_EXPECT_TRUE(test, is_filled(m, 0, 512, VMK_POISON));
	KUNIT_EXPECT_TRUE(test, is_filled(m, 512, 600, 0));
	KUNIT_EXPECT_TRUE(test, is_filled(m, 600, 1600, VMK_POISON));
	KUNIT_EXPECT_TRUE(test, is_filled(m, 1600, 2048, 0));
	KUNIT_EXPECT_TRUE(test, is_filled(m, 2048, 4096, VMK_POISON));

	/* The rest of a block that is valid already stays. */
	memset(vmk_page_kva(m), 0x11, PAGE_SIZE);
	vm_page_set_validclean(m, 700, 700);
	KUNIT_EXPECT_EQ(test, m->valid, 0x0e);
	KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(m, 0x11));

	/* Both ends in one block. */
	vm_page_set_validclean(m, 2100, 100);
	KUNIT_EXPECT_EQ(test, m->valid, 0x1e);
	KUNIT_EXPECT_TRUE(test, is_filled(m, 2048, 2100, 0));
	KUNIT_EXPECT_TRUE(test, is_filled(m, 2100, 2200, 0x11));
	KUNIT_EXPECT_TRUE(test, is_filled(m, 2200, 2560, 0));
}

static void empty_ranges_change_nothing(struct kunit *test)
{
	vm_page_t m = busied_page(test);

	vm_page_set_valid_range(m, 0, 512);
	KUNIT_EXPECT_EQ(test, vm_page_set_dirty(m), 0);
	vm_page_clear_dirty(m, 512, 3584);
	vm_page_set_valid_range(m, 700, 0);
	vm_page_set_validclean(m, 100, 0);
	vm_page_clear_dirty(m, 100, 0);
	VM_OBJECT_WLOCK(m->object);
	vm_page_set_invalid(m, 100, 0);
	VM_OBJECT_WUNLOCK(m->object);
	KUNIT_EXPECT_EQ(test, m->valid, 0x01);
	KUNIT_EXPECT_EQ(test, m->dirty, 0x01);
	KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(m, VMK_POISON));
}

static void a_dirty_block_cannot_become_valid(struct kunit *test)
{
	vm_page_t m = busied_page(test);

	KUNIT_EXPECT_EQ(test, vm_page_set_dirty(m), 0);
	vmk_refused(test, vm_page_set_valid_range(m, 0, 100));
	KUNIT_EXPECT_EQ(test, m->valid, 0);
	KUNIT_EXPECT_EQ(test, m->dirty, 0xff);
	KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(m, VMK_POISON));
	vm_page_undirty(m);
}

static void dirty_bits_are_set_and_cleared(struct kunit *test)
{
	vm_page_t m = busied_page(test);

	vmk_refused(test, vm_page_dirty(m));
	KUNIT_EXPECT_EQ(test, m->dirty, 0);
	vm_page_valid(m);
	KUNIT_EXPECT_EQ(test, m->valid, 0xff);
	vm_page_test_dirty(m);
	KUNIT_EXPECT_EQ(test, m->dirty, 0);
	vm_page_dirty(m);
	KUNIT_EXPECT_EQ(test, m->dirty, 0xff);
	vm_page_clear_dirty(m, 100, 1000);
	KUNIT_EXPECT_EQ(test, m->dirty, 0xf8);
	KUNIT_EXPECT_EQ(test, vm_page_set_dirty(m), 0xf8);
	KUNIT_EXPECT_EQ(test, vm_page_set_dirty(m), 0xff);
	vm_page_undirty(m);
	KUNIT_EXPECT_EQ(test, m->dirty, 0);
	KUNIT_EXPECT_EQ(test, m->valid, 0xff);
}

static void invalid_parts_are_clean(struct kunit *test)
{
	vm_page_t m = busied_page(test);
	vm_object_t object = m->object;

	vm_page_valid(m);
	vm_page_dirty(m);
	VM_OBJECT_WLOCK(object);
	vm_page_set_invalid(m, 1024, 1);
	KUNIT_EXPECT_EQ(test, m->valid, 0xfb);
	KUNIT_EXPECT_EQ(test, m->dirty, 0xfb);
	vm_page_undirty(m);
	vm_page_invalid(m);
	KUNIT_EXPECT_EQ(test, m->valid, 0);
	VM_OBJECT_WUNLOCK(object);

	vm_page_valid(m);
	vmk_refused(test, vm_page_set_invalid(m, 0, 4096));
	vmk_refused(test, vm_page_invalid(m));
	KUNIT_EXPECT_EQ(test, m->valid, 0xff);
}

/* A file of two pages has something left at index 2. */
static void what_lies_beyond_the_end_goes_as_a_whole(struct kunit *test)
{
	vm_object_t object;
	vm_page_t inside, beyond;

	vmk_b4(test);
	object = vmk_object(test, VMK_V, 2);
	inside = vmk_alloc(test, object, 1);
	beyond = vmk_alloc(test, object, 2);
	vm_page_valid(inside);
	vm_page_valid(beyond);
	VM_OBJECT_WLOCK(object);
	vm_page_set_invalid(inside, 0, 512);
	KUNIT_EXPECT_EQ(test, inside->valid, 0xfe);
	vm_page_set_invalid(beyond, 512, 512);
	KUNIT_EXPECT_EQ(test, beyond->valid, 0xfd);
	vm_page_set_invalid(beyond, 0, 512);
	KUNIT_EXPECT_EQ(test, beyond->valid, 0);
	VM_OBJECT_WUNLOCK(object);

	/* Other objects have no end of file. */
	object = vmk_object(test, VMK_O, 2);
	beyond = vmk_alloc(test, object, 2);
	vm_page_valid(beyond);
	VM_OBJECT_WLOCK(object);
	vm_page_set_invalid(beyond, 0, 512);
	VM_OBJECT_WUNLOCK(object);
	KUNIT_EXPECT_EQ(test, beyond->valid, 0xfe);
}

/* Unbusied, and free: whose bits are nobody's. */
static void bits_of_an_unbusied_page_are_left_alone(struct kunit *test)
{
	vm_page_t m = busied_page(test);
	int i;

	vm_page_xunbusy(m);
	for (i = 0; i < 2; i++) {
		vmk_refused(test, vm_page_valid(m));
		vmk_refused(test, vm_page_set_valid_range(m, 0, 512));
		vmk_refused(test, vm_page_set_validclean(m, 0, 512));
		vmk_refused(test, vm_page_zero_invalid(m, true));
		vmk_refused(test, KUNIT_EXPECT_EQ(test, vm_page_set_dirty(m), 0));
		vmk_refused(test, vm_page_dirty(m));
		vmk_refused(test, vm_page_undirty(m));
		vmk_refused(test, vm_page_clear_dirty(m, 0, 512));
		vmk_refused(test, vm_page_test_dirty(m));
		KUNIT_EXPECT_EQ(test, m->valid, 0);
		KUNIT_EXPECT_EQ(test, m->dirty, 0);
		KUNIT_EXPECT_TRUE(test, vmk_page_is_filled(m, VMK_POISON));
		if (!i) {
			KUNIT_ASSERT_EQ(test, vm_page_tryxbusy(m), 1);
			vmk_free(test, m);
		}
	}
}

/* Sharers */

#define SHARED_ROUNDS 5000

struct sharer {
	vm_page_t m;
	int block;
	unsigned long lost;
};

static void change_one_block(void *arg)
{
	struct sharer *s = arg;
	const int base = s->block * DEV_BSIZE;
	const vm_page_bits_t bit = BIT(s->block);
	int i;

	for (i = 0; i < SHARED_ROUNDS; i++) {
		vm_page_set_validclean(s->m, base, DEV_BSIZE);
		s->lost += !(READ_ONCE(s->m->valid) & bit);
		vm_page_clear_dirty(s->m, base, DEV_BSIZE);
		s->lost += !!(READ_ONCE(s->m->dirty) & bit);
	}
}

static void sharers_lose_no_bit(struct kunit *test)
{
	struct sharer one = { .block = 1 }, two = { .block = 6 };
	vm_page_t m = busied_page(test);

	vm_page_busy_downgrade(m);
	KUNIT_ASSERT_EQ(test, vm_page_trysbusy(m), 1);
	one.m = m;
	two.m = m;
	vmk_in_two_threads(test, change_one_block, &one, &two);
	KUNIT_EXPECT_EQ(test, one.lost, 0);
	KUNIT_EXPECT_EQ(test, two.lost, 0);
	KUNIT_EXPECT_EQ(test, m->valid, BIT(1) | BIT(6));
	KUNIT_EXPECT_EQ(test, m->dirty, 0);
	KUNIT_EXPECT_EQ(test, vm_page_set_dirty(m), 0);
	KUNIT_EXPECT_EQ(test, m->dirty, 0xff);
	vm_page_undirty(m);
	vm_page_sunbusy(m);
	vm_page_sunbusy(m);
}

/* A model that keeps a flag for each byte */

#define MODEL_ROUNDS 400

struct model {
	bool valid[PAGE_SIZE];
	bool dirty[PAGE_SIZE];
	u8 data[PAGE_SIZE];
};

static int block_of(int byte)
{
	return byte & ~(DEV_BSIZE - 1);
}

static bool model_bit(const bool *flags, int byte)
{
	return flags[block_of(byte)];
}

/* Bytes of the blocks that a range touches. */
static void model_set(bool *flags, int base, int size, bool value)
{
	int i;

	for (i = base; i < base + size; i++)
		memset(&flags[block_of(i)], value, DEV_BSIZE);
}

static void model_fill(struct model *model, int base, int size)
{
	int i, from = block_of(base), to = block_of(base + size - 1) + DEV_BSIZE;

	for (i = from; size && i < to; i++) {
		if ((i < base || i >= base + size) && !model_bit(model->valid, i))
			model->data[i] = 0;
	}
	model_set(model->valid, base, size, true);
}

static void model_zero_invalid(struct model *model)
{
	int i;

	for (i = 0; i < PAGE_SIZE; i++) {
		if (!model->valid[i])
			model->data[i] = 0;
	}
}

static void model_expect(struct kunit *test, const struct model *model, vm_page_t m)
{
	int i;

	for (i = 0; i < PAGE_SIZE; i++) {
		if (model->valid[i] != !!(m->valid & BIT(i / DEV_BSIZE)) ||
		    model->dirty[i] != !!(m->dirty & BIT(i / DEV_BSIZE)))
			break;
	}
	KUNIT_EXPECT_EQ_MSG(test, i, (int)PAGE_SIZE, "valid %#x, dirty %#x", m->valid, m->dirty);
	KUNIT_EXPECT_EQ(test, memcmp(vmk_page_kva(m), model->data, PAGE_SIZE), 0);
}

static void model_step(struct model *model, vm_page_t m, int base, int size)
{
	switch (vmk_random_below(6)) {
	case 0:
		vm_page_set_valid_range(m, base, size);
		model_fill(model, base, size);
		break;
	case 1:
		vm_page_set_validclean(m, base, size);
		model_fill(model, base, size);
		model_set(model->dirty, base, size, false);
		break;
	case 2:
		vm_page_clear_dirty(m, base, size);
		model_set(model->dirty, base, size, false);
		break;
	case 3:
		vm_page_set_invalid(m, base, size);
		model_set(model->valid, base, size, false);
		model_set(model->dirty, base, size, false);
		break;
	case 4:
		if (vm_page_all_valid(m)) {
			vm_page_dirty(m);
			memset(model->dirty, true, PAGE_SIZE);
		}
		break;
	case 5:
		vm_page_zero_invalid(m, size % 2);
		model_zero_invalid(model);
		if (size % 2)
			memset(model->valid, true, PAGE_SIZE);
		break;
	}
}

static void random_ranges_agree_with_a_model(struct kunit *test)
{
	struct model *model = kunit_kzalloc(test, sizeof(*model), GFP_KERNEL);
	vm_page_t m = busied_page(test);
	int round;

	KUNIT_ASSERT_NOT_NULL(test, model);
	for (round = 0; round < MODEL_ROUNDS; round++) {
		const int base = vmk_random_below(PAGE_SIZE + 1);
		const int size = vmk_random_below(PAGE_SIZE + 1 - base);
		const u8 fill = round;

		/* Content that a wrong zeroing would be seen in. */
		memset(vmk_page_kva(m), fill, PAGE_SIZE);
		memset(model->data, fill, PAGE_SIZE);
		VM_OBJECT_WLOCK(m->object);
		model_step(model, m, base, size);
		VM_OBJECT_WUNLOCK(m->object);
		model_expect(test, model, m);
	}
}

/* Superpages */

static void ps_test_asks_the_page(struct kunit *test)
{
	vm_page_t m = busied_page(test);
	vm_object_t object = m->object;

	vmk_refused(test, KUNIT_EXPECT_FALSE(test, vm_page_ps_test(m, 0, NULL)));
	VM_OBJECT_RLOCK(object);
	KUNIT_EXPECT_TRUE(test, vm_page_ps_test(m, 0, NULL));
	KUNIT_EXPECT_FALSE(test, vm_page_ps_test(m, PS_NONE_BUSY, NULL));
	KUNIT_EXPECT_TRUE(test, vm_page_ps_test(m, PS_NONE_BUSY, m));
	KUNIT_EXPECT_FALSE(test, vm_page_ps_test(m, PS_ALL_VALID, NULL));
	vm_page_valid(m);
	KUNIT_EXPECT_TRUE(test, vm_page_ps_test(m, PS_ALL_VALID, NULL));
	KUNIT_EXPECT_FALSE(test, vm_page_ps_test(m, PS_ALL_DIRTY, NULL));
	vm_page_dirty(m);
	KUNIT_EXPECT_TRUE(test, vm_page_ps_test(m, PS_ALL_VALID | PS_ALL_DIRTY, NULL));
	VM_OBJECT_RUNLOCK(object);
}

static void ps_test_asks_every_page_of_a_superpage(struct kunit *test)
{
	const int req = VM_ALLOC_NORMAL | VM_ALLOC_NOBUSY;
	const u_long npages = VM_LEVEL_0_NPAGES;
	vm_object_t object;
	vm_page_t m;
	u_long i;

	vmk_b4(test);
	object = vmk_object(test, VMK_U, npages);
	VM_OBJECT_WLOCK(object);
	m = vm_page_alloc_contig(object, 0, req, npages, 0, ~(vm_paddr_t)0, ptoa(npages), 0,
				 VM_MEMATTR_DEFAULT);
	VM_OBJECT_WUNLOCK(object);
	KUNIT_ASSERT_NOT_NULL(test, m);
	m->psind = 1;
	for (i = 0; i < npages; i++)
		m[i].valid = VM_PAGE_BITS_ALL;

	VM_OBJECT_WLOCK(object);
	KUNIT_EXPECT_TRUE(test, vm_page_ps_test(m, PS_ALL_VALID | PS_NONE_BUSY, NULL));
	m[npages - 1].valid = 0;
	KUNIT_EXPECT_FALSE(test, vm_page_ps_test(m, PS_ALL_VALID, NULL));
	KUNIT_EXPECT_TRUE(test, vm_page_ps_test(m, PS_ALL_VALID, &m[npages - 1]));
	KUNIT_EXPECT_TRUE(test, vm_page_ps_test(m, PS_NONE_BUSY, NULL));

	/* A page that is not the object's is never left out. */
	KUNIT_EXPECT_EQ(test, vm_page_tryxbusy(&m[7]), 1);
	vm_page_free(&m[7]);
	KUNIT_EXPECT_FALSE(test, vm_page_ps_test(m, 0, &m[7]));
	m->psind = 0;
	KUNIT_EXPECT_TRUE(test, vm_page_ps_test(m, 0, NULL));
	VM_OBJECT_WUNLOCK(object);
}

static void invalid_page_is_not_dirty(struct kunit *test)
{
	vm_object_t object;
	vm_page_t m;

	vmk_b4(test);
	object = vmk_object(test, VMK_O, 8);
	m = vmk_alloc(test, object, 0);
	VM_OBJECT_WLOCK(object);
	vm_page_valid(m);
	vm_page_dirty(m);
	vm_page_invalid(m);
	VM_OBJECT_WUNLOCK(object);
	KUNIT_EXPECT_EQ(test, m->valid, 0);
	KUNIT_EXPECT_EQ(test, m->dirty, 0);
}

static struct kunit_case vmpage_page_valid_cases[] = {
	KUNIT_CASE(L21_bits_of_parts_of_a_page),
	KUNIT_CASE(ranges_outside_the_page_are_refused),
	KUNIT_CASE(L23_zero_invalid_fills_the_gaps),
	KUNIT_CASE(zero_invalid_can_leave_the_bits),
	KUNIT_CASE(L24_an_empty_range_asks_for_any_valid_part),
	KUNIT_CASE(is_valid_asks_for_the_whole_range),
	KUNIT_CASE(L25_validclean_of_a_dirty_page),
	KUNIT_CASE(validclean_makes_a_dirty_block_valid),
	KUNIT_CASE(valid_range_zeroes_the_rest_of_its_blocks),
	KUNIT_CASE(empty_ranges_change_nothing),
	KUNIT_CASE(a_dirty_block_cannot_become_valid),
	KUNIT_CASE(dirty_bits_are_set_and_cleared),
	KUNIT_CASE(invalid_parts_are_clean),
	KUNIT_CASE(what_lies_beyond_the_end_goes_as_a_whole),
	KUNIT_CASE(bits_of_an_unbusied_page_are_left_alone),
	KUNIT_CASE(sharers_lose_no_bit),
	KUNIT_CASE(random_ranges_agree_with_a_model),
	KUNIT_CASE(ps_test_asks_the_page),
	KUNIT_CASE(ps_test_asks_every_page_of_a_superpage),
	KUNIT_CASE(invalid_page_is_not_dirty),
	{}
};

static struct kunit_suite vmpage_page_valid_suite = {
	.name = "vmpage_page_valid",
	.init = vmk_init,
	.exit = vmk_exit,
	.test_cases = vmpage_page_valid_cases,
};

kunit_test_suite(vmpage_page_valid_suite);
