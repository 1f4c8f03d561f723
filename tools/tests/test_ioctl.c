// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* The commands of /dev/vmpage: what they refuse, and what they do. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "device.h"

#define NO_DOMAIN	63		/* a number that no node has */
#define LAST_PINDEX	UINT64_MAX

union argument {
	uint32_t size;
	struct {
		uint32_t size, flags;
	} head;
	struct vmpage_info info;
	struct vmpage_setup setup;
	struct vmpage_alloc alloc;
	struct vmpage_range range;
	struct vmpage_promote promote;
	struct vmpage_query query;
	char bytes[256];
};

/* A command with an argument that it accepts. */
struct sample {
	unsigned long cmd;
	uint32_t size;
	int fd;
	union argument arg;
};

enum { INFO, SETUP, ALLOC, FREE, RESERVE, PROMOTE, QUERY, NSAMPLES };

static struct sample samples[NSAMPLES];
static struct vmpage_page queried;

static void add_sample(int which, unsigned long cmd, size_t size, int fd)
{
	struct sample *sample = &samples[which];

	sample->cmd = cmd;
	sample->size = (uint32_t)size;
	sample->fd = fd;
	sample->arg.size = sample->size;
}

/* Two objects: one that stays new, and one with a mapping of 2 MiB at index 0. */
static void make_samples(void)
{
	const int fresh = MUST(open(DEVICE, O_RDWR)), used = dev_open();
	char *p = dev_map_aligned(used, CHUNK, 0, 0);

	memset(samples, 0, sizeof(samples));
	add_sample(INFO, VMPAGE_IOC_INFO, sizeof(struct vmpage_info), fresh);
	add_sample(SETUP, VMPAGE_IOC_SETUP, sizeof(struct vmpage_setup), fresh);
	add_sample(ALLOC, VMPAGE_IOC_ALLOC, sizeof(struct vmpage_alloc), used);
	samples[ALLOC].arg.alloc.npages = 1;
	samples[ALLOC].arg.alloc.domain = -1;
	add_sample(FREE, VMPAGE_IOC_FREE, sizeof(struct vmpage_range), used);
	samples[FREE].arg.range.npages = 1;
	add_sample(RESERVE, VMPAGE_IOC_RESERVE, sizeof(struct vmpage_range), used);
	samples[RESERVE].arg.range.npages = 1;
	add_sample(PROMOTE, VMPAGE_IOC_PROMOTE, sizeof(struct vmpage_promote), used);
	samples[PROMOTE].arg.promote.addr = (uintptr_t)p;
	samples[PROMOTE].arg.promote.length = CHUNK;
	add_sample(QUERY, VMPAGE_IOC_QUERY, sizeof(struct vmpage_query), used);
	samples[QUERY].arg.query.npages = 1;
	samples[QUERY].arg.query.pages = (uintptr_t)&queried;
}

static int call(const struct sample *sample, const void *arg)
{
	return ioctl(sample->fd, sample->cmd, arg);
}

/* The command fails in this way, whichever it is. */
static void check_call(const struct sample *sample, const void *arg, int err)
{
	errno = 0;
	if (call(sample, arg) != -1 || errno != err)
		FAIL("command %lu: errno %d, not %d", sample->cmd & 0xff, errno, err);
}

static void samples_are_accepted(void)
{
	make_samples();
	for (int i = 0; i < NSAMPLES; i++) {
		if (call(&samples[i], &samples[i].arg))
			FAIL("command %d: %s", i, strerror(errno));
	}
}

static void unknown_command_is_enotty(void)
{
	const int fd = dev_open();
	union argument arg = { .size = sizeof(arg) };

	CHECK_ERRNO(ioctl(fd, _IO(VMPAGE_IOC_MAGIC, NSAMPLES), &arg), ENOTTY);
	CHECK_ERRNO(ioctl(fd, _IO(VMPAGE_IOC_MAGIC, 0xff), &arg), ENOTTY);
	CHECK_ERRNO(ioctl(fd, _IO(VMPAGE_IOC_MAGIC + 1, 0), &arg), ENOTTY);
	CHECK_ERRNO(ioctl(fd, _IOR(VMPAGE_IOC_MAGIC, 0, struct vmpage_info), &arg), ENOTTY);
	CHECK_ERRNO(ioctl(fd, VMPAGE_IOC_INFO | 1UL << 31, &arg), ENOTTY);
}

static void size_too_small_is_einval(void)
{
	make_samples();
	for (int i = 0; i < NSAMPLES; i++) {
		const uint32_t sizes[] = { 0, 4, 8, samples[i].size - 1 };

		for (size_t j = 0; j < ARRAY_SIZE(sizes); j++) {
			samples[i].arg.size = sizes[j];
			check_call(&samples[i], &samples[i].arg, EINVAL);
		}
	}
}

/* A program built for a later kernel, which uses nothing of what is new. */
static void longer_structure_of_zeros_is_accepted(void)
{
	make_samples();
	for (int i = 0; i < NSAMPLES; i++) {
		const uint32_t sizes[] = { samples[i].size + 1, samples[i].size + 8,
					   sizeof(union argument) };

		for (size_t j = 0; j < ARRAY_SIZE(sizes); j++) {
			union argument arg = samples[i].arg;

			arg.size = sizes[j];
			if (call(&samples[i], &arg))
				FAIL("command %d of %u bytes: %s", i, sizes[j], strerror(errno));
			CHECK(arg.size == sizes[j]);
			CHECK(!memcmp(arg.bytes + samples[i].size,
				      samples[i].arg.bytes + samples[i].size,
				      sizeof(arg) - samples[i].size));
		}
	}
}

static void longer_structure_with_more_is_e2big(void)
{
	make_samples();
	for (int i = 0; i < NSAMPLES; i++) {
		const uint32_t places[] = { samples[i].size, samples[i].size + 9,
					    sizeof(union argument) - 1 };

		for (size_t j = 0; j < ARRAY_SIZE(places); j++) {
			union argument arg = samples[i].arg;

			arg.size = sizeof(arg);
			arg.bytes[places[j]] = 1;
			check_call(&samples[i], &arg, E2BIG);
			/* What lies past the size is nobody's business. */
			arg.size = places[j];
			if (call(&samples[i], &arg))
				FAIL("command %d: read past its size", i);
		}
	}
}

static void bad_address_is_efault(void)
{
	char *end = MUST(mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));

	end += PAGE;
	MUST(munmap(end, PAGE));
	make_samples();
	for (int i = 0; i < NSAMPLES; i++) {
		const struct sample *sample = &samples[i];
		char *tail = end - sample->size + 4;

		check_call(sample, NULL, EFAULT);
		check_call(sample, end, EFAULT);
		check_call(sample, end - 2, EFAULT);
		memcpy(tail, &sample->arg, sample->size - 4);
		check_call(sample, tail, EFAULT);
	}
}

/* A longer structure, of which the part that the kernel does not know is not there. */
static void bad_address_of_the_tail_is_efault(void)
{
	char *end = MUST(mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));

	end += PAGE;
	MUST(munmap(end, PAGE));
	make_samples();
	for (int i = 0; i < NSAMPLES; i++) {
		char *arg = end - samples[i].size;

		memcpy(arg, &samples[i].arg, samples[i].size);
		*(uint32_t *)arg += 8;
		check_call(&samples[i], arg, EFAULT);
	}
}

/* What comes out cannot be written. */
static void read_only_structure_is_efault(void)
{
	static const int outs[] = { INFO, ALLOC, FREE, RESERVE, PROMOTE };
	char *page = MUST(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			       -1, 0));

	make_samples();
	for (size_t i = 0; i < ARRAY_SIZE(outs); i++) {
		const struct sample *sample = &samples[outs[i]];

		MUST(mprotect(page, PAGE, PROT_READ | PROT_WRITE));
		memcpy(page, &sample->arg, sample->size);
		MUST(mprotect(page, PAGE, PROT_READ));
		check_call(sample, page, EFAULT);
	}
}

/* Of these nothing comes out: a program may keep them with its constants. */
static void constant_structures_are_accepted(void)
{
	static const int ins[] = { SETUP, QUERY };
	char *page;

	make_samples();
	for (size_t i = 0; i < ARRAY_SIZE(ins); i++) {
		page = MUST(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
				 -1, 0));
		memcpy(page, &samples[ins[i]].arg, samples[ins[i]].size);
		MUST(mprotect(page, PAGE, PROT_READ));
		MUST(call(&samples[ins[i]], page));
	}
}

static void unknown_flags_are_eopnotsupp(void)
{
	make_samples();
	for (int i = 0; i < NSAMPLES; i++) {
		const uint32_t flags[] = { 1U << 31, 1U << 1 };

		for (size_t j = 0; j < ARRAY_SIZE(flags); j++) {
			union argument arg = samples[i].arg;

			arg.head.flags = flags[j];
			check_call(&samples[i], &arg, EOPNOTSUPP);
		}
	}
}

/* Without the header's flags the first is unknown, too. */
static void commands_without_flags_have_none(void)
{
	static const int none[] = { INFO, FREE, RESERVE, PROMOTE };

	make_samples();
	for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
		samples[none[i]].arg.head.flags = 1;
		check_call(&samples[none[i]], &samples[none[i]].arg, EOPNOTSUPP);
	}
}

static void unknown_policies_are_eopnotsupp(void)
{
	union argument *arg = &samples[SETUP].arg;

	make_samples();
	arg->setup.map_policy = VMPAGE_MAP_THRESHOLD + 1;
	check_call(&samples[SETUP], arg, EOPNOTSUPP);
	arg->setup.map_policy = 0;
	arg->setup.domain_policy = VMPAGE_DOMAIN_INTERLEAVE + 1;
	check_call(&samples[SETUP], arg, EOPNOTSUPP);
	arg->setup.domain_policy = 0;
	arg->setup.memattr = 1000;
	check_call(&samples[SETUP], arg, EOPNOTSUPP);
}

static void check_range_errors(int which, __u64 *pindex, __u64 *npages)
{
	static const struct {
		uint64_t pindex, npages;
	} bad[] = {
		{ 0, 0 },
		{ 5, 0 },
		{ LAST_PINDEX, 1 },
		{ LAST_PINDEX, 2 },
		{ 1, LAST_PINDEX },
		{ 2, LAST_PINDEX },
		{ 0, LAST_PINDEX },
		{ 1ULL << 63, 1ULL << 63 },
		{ (1ULL << 63) + 1, (1ULL << 63) + 1 },
		{ 1ULL << 52, 1 },		/* beyond the last offset of mmap() */
		{ (1ULL << 52) - 1, 2 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		*pindex = bad[i].pindex;
		*npages = bad[i].npages;
		errno = 0;
		if (call(&samples[which], &samples[which].arg) != -1 || errno != EINVAL)
			FAIL("command %d, range %zu: errno %d", which, i, errno);
	}
}

static void ranges_that_wrap_are_einval(void)
{
	static const int ranges[] = { FREE, RESERVE };

	make_samples();
	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++) {
		struct vmpage_range *range = &samples[ranges[i]].arg.range;

		check_range_errors(ranges[i], &range->pindex, &range->npages);
	}
	check_range_errors(ALLOC, &samples[ALLOC].arg.alloc.pindex,
			   &samples[ALLOC].arg.alloc.npages);
	check_range_errors(QUERY, &samples[QUERY].arg.query.pindex,
			   &samples[QUERY].arg.query.npages);
}

static void info_agrees_with_debugfs(void)
{
	const int fd = MUST(open(DEVICE, O_RDONLY));
	struct vmpage_info info;
	char *ndomains;

	memset(&info, 0x55, sizeof(info));
	info.size = sizeof(info);
	info.flags = 0;
	MUST(ioctl(fd, VMPAGE_IOC_INFO, &info));
	CHECK(info.size == sizeof(info));
	CHECK(info.flags == 0);
	CHECK(info.abi_level == VMPAGE_ABI_LEVEL);
	CHECK(info.page_size == PAGE);
	CHECK(info.superpage_npages == CHUNK_PAGES);
	CHECK(info.npages == (uint64_t)page_count());
	ndomains = file_text(DEBUGFS "ndomains");
	CHECK(ndomains && info.ndomains == (uint32_t)atoi(ndomains));
	CHECK(info.features == (VMPAGE_FEATURE_SUPERPAGES | VMPAGE_FEATURE_PINNABLE |
				VMPAGE_FEATURE_MEMATTR));
}

static struct vmpage_setup *new_setup(struct vmpage_setup *setup)
{
	memset(setup, 0, sizeof(*setup));
	setup->size = sizeof(*setup);
	return setup;
}

/* Set up a new object; returns its descriptor, or -1. */
static int try_setup(const struct vmpage_setup *setup)
{
	const int fd = MUST(open(DEVICE, O_RDWR));
	int err;

	if (!ioctl(fd, VMPAGE_IOC_SETUP, setup))
		return fd;
	err = errno;
	close(fd);
	errno = err;
	return -1;
}

static void setup_checks_the_values(void)
{
	struct vmpage_setup setup;

	new_setup(&setup)->map_threshold = 1;
	CHECK_ERRNO(try_setup(&setup), EINVAL);
	setup.map_policy = VMPAGE_MAP_EAGER;
	CHECK_ERRNO(try_setup(&setup), EINVAL);
	setup.map_policy = VMPAGE_MAP_THRESHOLD;
	MUST(try_setup(&setup));
	setup.map_threshold = 0;
	CHECK_ERRNO(try_setup(&setup), EINVAL);
	setup.map_threshold = CHUNK_PAGES;
	MUST(try_setup(&setup));
	setup.map_threshold = CHUNK_PAGES + 1;
	CHECK_ERRNO(try_setup(&setup), EINVAL);

	new_setup(&setup)->color = CHUNK_PAGES - 1;
	MUST(try_setup(&setup));
	setup.color = CHUNK_PAGES;
	CHECK_ERRNO(try_setup(&setup), EINVAL);
}

static void setup_checks_the_domains(void)
{
	struct vmpage_setup setup;

	new_setup(&setup)->domain_prefer = 1;
	CHECK_ERRNO(try_setup(&setup), EINVAL);
	setup.domain_policy = VMPAGE_DOMAIN_PREFER;
	MUST(try_setup(&setup));
	setup.domain_prefer = NO_DOMAIN;
	CHECK_ERRNO(try_setup(&setup), EINVAL);
	setup.domain_prefer = UINT32_MAX;
	CHECK_ERRNO(try_setup(&setup), EINVAL);

	new_setup(&setup)->domain_mask = 1ULL << NO_DOMAIN;
	setup.domain_policy = VMPAGE_DOMAIN_INTERLEAVE;
	CHECK_ERRNO(try_setup(&setup), EINVAL);
	setup.domain_mask |= 1;
	CHECK_ERRNO(try_setup(&setup), EINVAL);
	setup.domain_mask = 3;
	MUST(try_setup(&setup));
}

static void refused_setup_changes_nothing(void)
{
	const int fd = MUST(open(DEVICE, O_RDWR));
	const long nfree = free_count();
	struct vmpage_setup setup;

	new_setup(&setup)->flags = VMPAGE_SETUP_OVERCOMMIT;
	setup.color = CHUNK_PAGES;
	CHECK_ERRNO(ioctl(fd, VMPAGE_IOC_SETUP, &setup), EINVAL);
	dev_map(fd, MIB, 0);
	CHECK(free_count() == nfree - 256);
}

static void setup_after_use_is_ebusy(void)
{
	struct vmpage_setup setup;
	int fd;

	new_setup(&setup);
	fd = dev_open();
	MUST(ioctl(fd, VMPAGE_IOC_SETUP, &setup));
	dev_map(fd, PAGE, 0);
	CHECK_ERRNO(ioctl(fd, VMPAGE_IOC_SETUP, &setup), EBUSY);

	fd = dev_open();
	munmap(MUST(mmap(NULL, PAGE, PROT_READ, MAP_SHARED | MAP_NORESERVE, fd, 0)), PAGE);
	CHECK_ERRNO(ioctl(fd, VMPAGE_IOC_SETUP, &setup), EBUSY);

	fd = dev_open();
	CHECK(dev_alloc(fd, 0, 1) == 1);
	CHECK_ERRNO(ioctl(fd, VMPAGE_IOC_SETUP, &setup), EBUSY);

	fd = dev_open();
	CHECK(dev_reserve(fd, 0, 1) == 1);
	CHECK_ERRNO(ioctl(fd, VMPAGE_IOC_SETUP, &setup), EBUSY);
}

static void overcommitted_object_reserves_nothing(void)
{
	const long npages = page_count();
	struct vmpage_setup setup;
	char *p;
	int fd;

	new_setup(&setup)->flags = VMPAGE_SETUP_OVERCOMMIT;
	setup.map_policy = VMPAGE_MAP_DEMAND;
	fd = MUST(try_setup(&setup));
	p = dev_map(fd, 2 * (size_t)npages * PAGE, 0);
	CHECK(free_count() == npages);
	p[0] = 1;
	CHECK(free_count() == npages - 1);
	/* What is asked for explicitly is reserved all the same. */
	CHECK(dev_reserve(fd, 0, 10) == 9);
	CHECK(free_count() == npages - 10);
}

static void alloc_makes_pages_resident(void)
{
	const long npages = page_count();
	const int fd = dev_open();
	char *p;

	CHECK(dev_alloc(fd, 100, 1000) == 1000);
	CHECK(free_count() == npages - 1000);
	for (uint64_t i = 99; i <= 1100; i++) {
		const bool there = i >= 100 && i < 1100;

		CHECK(dev_query(fd, i).state == (there ? VMPAGE_PAGE_RESIDENT : 0));
	}
	CHECK(dev_alloc(fd, 50, 100) == 100);
	CHECK(dev_alloc(fd, 50, 100) == 100);
	CHECK(free_count() == npages - 1050);
	p = dev_map(fd, 1536 * PAGE, 0);
	CHECK(free_count() == npages - 1536);
	CHECK(is_zero(p, 1536 * PAGE));
}

static void alloc_uses_up_the_promise(void)
{
	const long npages = page_count();
	const int fd = dev_open();

	CHECK(dev_reserve(fd, 0, 512) == 512);
	CHECK(dev_alloc(fd, 0, 512) == 512);
	CHECK(free_count() == npages - 512);
	CHECK(dev_reserve(fd, 0, 512) == 0);
}

static void alloc_keeps_content(void)
{
	const int fd = dev_open();
	char *p = dev_map(fd, 4 * MIB, 0);

	pattern_fill(p, MIB, 50, 0);
	CHECK(dev_alloc(fd, 0, 1024) == 1024);
	CHECK(pattern_check(p, MIB, 50, 0) == -1);
	CHECK(is_zero(p + MIB, 3 * MIB));
}

static void alloc_from_a_domain(void)
{
	const int fd = dev_open();
	struct vmpage_alloc arg = { .size = sizeof(arg) };

	for (arg.domain = 0; arg.domain < 2; arg.domain++) {
		arg.pindex = (uint64_t)arg.domain * 2 * CHUNK_PAGES;
		arg.npages = 600;
		MUST(ioctl(fd, VMPAGE_IOC_ALLOC, &arg));
		CHECK(arg.npages == 600);
		for (uint64_t i = 0; i < 600; i++)
			CHECK(dev_query(fd, arg.pindex + i).domain == arg.domain);
	}
	arg.npages = 1;
	arg.domain = NO_DOMAIN;
	CHECK_ERRNO(ioctl(fd, VMPAGE_IOC_ALLOC, &arg), EINVAL);
	arg.domain = -2;
	CHECK_ERRNO(ioctl(fd, VMPAGE_IOC_ALLOC, &arg), EINVAL);
	arg.domain = INT32_MAX;
	CHECK_ERRNO(ioctl(fd, VMPAGE_IOC_ALLOC, &arg), EINVAL);
	arg.domain = -1;
	arg.reserved = 1;
	CHECK_ERRNO(ioctl(fd, VMPAGE_IOC_ALLOC, &arg), EINVAL);
}

static void alloc_says_how_far_it_came(void)
{
	const long npages = page_count();
	const int fd = dev_open();
	long n;

	n = dev_alloc(fd, 3, (uint64_t)npages + 1);
	CHECK(n > npages / 2 && n <= npages);
	CHECK(free_count() == npages - n);
	CHECK(dev_query(fd, 3 + (uint64_t)n - 1).state == VMPAGE_PAGE_RESIDENT);
	CHECK(dev_query(fd, 3 + (uint64_t)n).state == 0);
	CHECK_ERRNO(dev_alloc(fd, 3 + (uint64_t)n, 1), ENOMEM);
	CHECK(dev_alloc(fd, 0, 4) == -1 && errno == ENOMEM);
	CHECK(dev_alloc(fd, 3, 1) == 1);
}

static void alloc_does_not_take_what_is_reserved(void)
{
	const int hog = dev_take_all(), fd = dev_open();
	char *p;

	CHECK_ERRNO(dev_alloc(fd, 0, 1), ENOMEM);
	close(hog);
	CHECK(dev_alloc(fd, 0, 1) == 1);
	p = dev_map(fd, PAGE, 0);
	CHECK(is_zero(p, PAGE));
}

static long wait_count(void)
{
	return file_value(DEBUGFS "stats", "v_wait_count");
}

/* A child that waits for what the hog has; it exits with 0 when it got pages. */
static pid_t start_waiting(int fd, int hog)
{
	const pid_t pid = MUST(fork());
	struct vmpage_alloc arg = {
		.size = sizeof(arg), .flags = VMPAGE_ALLOC_WAIT, .npages = 10, .domain = -1,
	};

	if (!pid) {
		close(hog);
		if (ioctl(fd, VMPAGE_IOC_ALLOC, &arg))
			FAIL("waiting for pages: %s", strerror(errno));
		_exit(arg.npages == 10 ? TEST_PASS : TEST_FAIL);
	}
	while (wait_count() <= 0)
		usleep(1000);
	return pid;
}

static void alloc_waits_for_pages(void)
{
	const int hog = dev_take_all(), fd = dev_open();
	const pid_t pid = start_waiting(fd, hog);
	int status;

	usleep(100000);
	CHECK(!waitpid(pid, &status, WNOHANG));
	close(hog);
	MUST(waitpid(pid, &status, 0));
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == TEST_PASS);
	CHECK(dev_alloc(fd, 0, 10) == 10);
}

static void sigkill_ends_a_waiting_alloc(void)
{
	const int hog = dev_take_all(), fd = dev_open();
	const pid_t pid = start_waiting(fd, hog);
	int status;

	MUST(kill(pid, SIGKILL));
	MUST(waitpid(pid, &status, 0));
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	CHECK(wait_count() == 0);
	/* Nothing of the file is left locked. */
	CHECK_ERRNO(dev_alloc(fd, 0, 1), ENOMEM);
	close(hog);
}

static void freed_range_reads_zero(void)
{
	const int fd = dev_open();
	char *p = dev_map(fd, 4 * MIB, 0);

	pattern_fill(p, 4 * MIB, 51, 0);
	CHECK(dev_free(fd, 10, 500) == 500);
	CHECK(pages_present(p + 10 * PAGE, 500 * PAGE) == 0);
	CHECK(pattern_check(p, 10 * PAGE, 51, 0) == -1);
	CHECK(pattern_check(p + 510 * PAGE, 514 * PAGE, 51, 510 * PAGE) == -1);
	CHECK(is_zero(p + 10 * PAGE, 500 * PAGE));
	CHECK(pattern_check(p, 10 * PAGE, 51, 0) == -1);
	CHECK(pattern_check(p + 510 * PAGE, 514 * PAGE, 51, 510 * PAGE) == -1);
}

static void freed_pages_are_counted(void)
{
	const long npages = page_count(), freed = file_value(DEBUGFS "stats", "v_tfree");
	const int fd = dev_open();
	char *p = dev_map(fd, 4 * MIB, 0);

	memset(p, 1, 4 * MIB);
	CHECK(dev_free(fd, 10, 500) == 500);
	CHECK(file_value(DEBUGFS "stats", "v_tfree") == freed + 500);
	CHECK(free_count() == npages - 524);
	CHECK(quarantined() == 0);
	CHECK(dev_free(fd, 10, 500) == 0);
	CHECK(dev_free(fd, 9, 502) == 2);
	CHECK(free_count() == npages - 522);
}

/* Of a range without an end: what is there goes, and the object does not grow. */
static void free_reaches_past_the_object(void)
{
	const long npages = page_count();
	const int fd = dev_open();
	char *p = dev_map(fd, MIB, 0);

	memset(p, 1, MIB);
	CHECK(dev_free(fd, 0, 1ULL << 40) == 256);
	CHECK(free_count() == npages);
	CHECK(is_zero(p, MIB));
}

/* Every process that maps it loses the page at once. */
static void freed_page_is_gone_for_everybody(void)
{
	const int fd = dev_open();
	char *p = dev_map(fd, MIB, 0);
	int to[2], from[2], status;
	char byte = 0;
	pid_t pid;

	MUST(pipe(to));
	MUST(pipe(from));
	memset(p, 7, MIB);
	pid = MUST(fork());
	if (!pid) {
		CHECK(p[5 * PAGE] == 7);
		CHECK(write(from[1], &byte, 1) == 1 && read(to[0], &byte, 1) == 1);
		_exit(is_zero(p + 5 * PAGE, PAGE) && p[6 * PAGE] == 7 ? TEST_PASS : TEST_FAIL);
	}
	CHECK(read(from[0], &byte, 1) == 1);
	CHECK(dev_free(fd, 5, 1) == 1);
	CHECK(write(to[1], &byte, 1) == 1);
	MUST(waitpid(pid, &status, 0));
	CHECK(WIFEXITED(status) && !WEXITSTATUS(status));
}

/* A freed page is nobody's promise: others can have it, and then a touch fails. */
static void freed_range_is_overcommitted(void)
{
	const int fd = dev_open();
	char *p = dev_map(fd, MIB, 0);
	int hog;

	set_fault_timeout(50);
	memset(p, 1, MIB);
	CHECK(dev_free(fd, 0, 16) == 16);
	hog = dev_take_all();
	CHECK(touch_signal(p, true) == SIGBUS);
	CHECK(!touch_signal(p + 16 * PAGE, true));
	CHECK_ERRNO(dev_reserve(fd, 0, 16), ENOMEM);
	close(hog);
	CHECK(!touch_signal(p, true));
}

static void reserve_makes_a_freed_range_safe(void)
{
	const long npages = page_count();
	const int fd = dev_open();
	char *p = dev_map(fd, MIB, 0);

	set_fault_timeout(50);
	memset(p, 1, MIB);
	CHECK(dev_free(fd, 0, 16) == 16);
	CHECK(free_count() == npages - 240);
	CHECK(dev_reserve(fd, 0, 256) == 16);
	CHECK(free_count() == npages - 256);
	CHECK(dev_reserve(fd, 0, 256) == 0);
	dev_take_all();
	for (size_t i = 0; i < 16; i++) {
		CHECK(!touch_signal(p + i * PAGE, true));
		CHECK(p[i * PAGE + 8] == 0);
	}
}

static void reserve_takes_all_or_nothing(void)
{
	const long npages = page_count();
	const int fd = dev_open();
	char *p = MUST(mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0));

	CHECK_ERRNO(dev_reserve(fd, 0, (uint64_t)npages + 1), ENOMEM);
	CHECK_ERRNO(dev_reserve(fd, 0, 1ULL << 40), ENOMEM);
	CHECK(free_count() == npages);
	CHECK(dev_query(fd, 0).state == 0);
	/* It did not grow, either. */
	p = MUST(mremap(p, MIB, 4 * MIB, MREMAP_MAYMOVE));
	CHECK(touch_signal(p + 2 * MIB, true) == SIGBUS);
}

static void reserve_and_alloc_grow_the_object(void)
{
	const int fd = dev_open();
	char *p = dev_map(fd, MIB, 0);

	p = MUST(mremap(p, MIB, 8 * MIB, MREMAP_MAYMOVE));
	CHECK(touch_signal(p + 2 * MIB, true) == SIGBUS);
	CHECK(dev_reserve(fd, 600, 1) == 1);
	CHECK(!touch_signal(p + 4 * MIB - PAGE, true));
	CHECK(touch_signal(p + 4 * MIB, true) == SIGBUS);
	CHECK(dev_alloc(fd, 1100, 1) == 1);
	CHECK(!touch_signal(p + 4 * MIB, true));
	CHECK(touch_signal(p + 6 * MIB, true) == SIGBUS);
}

static void query_tells_the_state(void)
{
	const int fd = dev_open();
	char *p = dev_map_aligned(fd, CHUNK, 0, 0);
	struct vmpage_page page;

	p[7 * PAGE] = 1;
	page = dev_query(fd, 7);
	CHECK(page.state == VMPAGE_PAGE_RESIDENT);
	CHECK(page.level == 0);
	CHECK(page.domain == 0 || page.domain == 1);
	CHECK(page.pa == phys_addr(p + 7 * PAGE));
	page = dev_query(fd, 8);
	CHECK(page.state == VMPAGE_PAGE_RESERVED);
	CHECK(page.level == -1 && page.domain == -1 && page.pa == 0);
	page = dev_query(fd, 4 * CHUNK_PAGES);
	CHECK(page.state == 0);
	CHECK(page.level == -1 && page.domain == -1 && page.pa == 0);
}

static void query_of_a_range_tells_of_each(void)
{
	const int fd = dev_open();
	const size_t n = 3 * CHUNK_PAGES;
	char *p = MUST(mmap(NULL, n * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE,
			    fd, 0));
	struct vmpage_page *pages = malloc(n * sizeof(*pages));
	struct vmpage_query arg = {
		.size = sizeof(arg), .flags = VMPAGE_QUERY_PHYS, .pindex = 5, .npages = n,
		.pages = (uintptr_t)pages,
	};

	CHECK(pages);
	for (size_t i = 0; i < n; i += 3)
		p[i * PAGE] = 1;
	MUST(ioctl(fd, VMPAGE_IOC_QUERY, &arg));
	for (size_t i = 0; i < n; i++) {
		const size_t at = i + 5;
		const bool there = at < n && at % 3 == 0;

		CHECK(pages[i].state == (there ? VMPAGE_PAGE_RESIDENT : 0));
		CHECK(pages[i].pa == (there ? phys_addr(p + at * PAGE) : 0));
	}
	free(pages);
}

static void query_to_a_bad_address_is_efault(void)
{
	const int fd = dev_open();
	struct vmpage_page *pages = MUST(mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
					      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	const size_t fit = PAGE / sizeof(*pages);
	struct vmpage_query arg = { .size = sizeof(arg), .npages = fit };

	MUST(munmap((char *)pages + PAGE, PAGE));
	CHECK_ERRNO(ioctl(fd, VMPAGE_IOC_QUERY, &arg), EFAULT);
	arg.pages = (uintptr_t)pages;
	MUST(ioctl(fd, VMPAGE_IOC_QUERY, &arg));
	arg.npages = fit + 1;
	CHECK_ERRNO(ioctl(fd, VMPAGE_IOC_QUERY, &arg), EFAULT);
	arg.npages = 1ULL << 40;
	CHECK_ERRNO(ioctl(fd, VMPAGE_IOC_QUERY, &arg), EFAULT);
	/* The address wraps. */
	arg.pages = UINT64_MAX - 15;
	arg.npages = 2;
	CHECK_ERRNO(ioctl(fd, VMPAGE_IOC_QUERY, &arg), EFAULT);
}

static void drop_rawio(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	MUST(syscall(SYS_capget, &head, data));
	data[CAP_TO_INDEX(CAP_SYS_RAWIO)].effective &= ~CAP_TO_MASK(CAP_SYS_RAWIO);
	MUST(syscall(SYS_capset, &head, data));
}

static void query_without_rawio(void *arg)
{
	const int fd = *(int *)arg;
	struct vmpage_page page = { .pa = 1 };
	struct vmpage_query query = {
		.size = sizeof(query), .flags = VMPAGE_QUERY_PHYS, .npages = 1,
		.pages = (uintptr_t)&page,
	};

	drop_rawio();
	CHECK_ERRNO(ioctl(fd, VMPAGE_IOC_QUERY, &query), EPERM);
	query.flags = 0;
	MUST(ioctl(fd, VMPAGE_IOC_QUERY, &query));
	CHECK(page.state == VMPAGE_PAGE_RESIDENT && page.pa == 0);
}

static void physical_addresses_need_rawio(void)
{
	int fd = dev_open();

	CHECK(dev_alloc(fd, 0, 1) == 1);
	CHECK(dev_query(fd, 0).pa != 0);
	child_must_pass(query_without_rawio, &fd);
}

/* Touch a page of each of some windows of an object set up so. */
static int touch_windows(const struct vmpage_setup *setup, size_t nwindows)
{
	const int fd = MUST(try_setup(setup));
	char *p = dev_map(fd, nwindows * CHUNK, 0);

	for (size_t i = 0; i < nwindows; i++)
		p[i * CHUNK] = 1;
	return fd;
}

static void check_domains(int fd, size_t nwindows, int first, int step)
{
	for (size_t i = 0; i < nwindows; i++)
		CHECK(dev_query(fd, i * CHUNK_PAGES).domain == ((first + (int)i * step) & 1));
}

/* CPU n is of node n in the machine of the tests. */
static void domain_policies_are_obeyed(void)
{
	struct vmpage_setup setup;

	new_setup(&setup)->map_policy = VMPAGE_MAP_DEMAND;
	for (int domain = 0; domain < 2; domain++) {
		run_on_cpu(domain);
		setup.domain_policy = VMPAGE_DOMAIN_FIRSTTOUCH;
		check_domains(touch_windows(&setup, 3), 3, domain, 0);
		setup.domain_policy = VMPAGE_DOMAIN_PREFER;
		setup.domain_prefer = !domain;
		check_domains(touch_windows(&setup, 3), 3, !domain, 0);
		setup.domain_prefer = 0;
		setup.domain_policy = VMPAGE_DOMAIN_FIRSTTOUCH;
		setup.domain_mask = 1ULL << !domain;
		check_domains(touch_windows(&setup, 3), 3, !domain, 0);
		setup.domain_mask = 0;
	}
}

static void interleave_goes_by_superpages(void)
{
	struct vmpage_setup setup;
	int fd, first;

	new_setup(&setup)->map_policy = VMPAGE_MAP_DEMAND;
	setup.domain_policy = VMPAGE_DOMAIN_INTERLEAVE;
	fd = touch_windows(&setup, 6);
	first = dev_query(fd, 0).domain;
	CHECK(first >= 0);
	check_domains(fd, 6, first, 1);
}

static void roundrobin_uses_all_domains(void)
{
	struct vmpage_setup setup;
	int fd, sum = 0;

	new_setup(&setup)->map_policy = VMPAGE_MAP_DEMAND;
	setup.domain_policy = VMPAGE_DOMAIN_ROUNDROBIN;
	fd = touch_windows(&setup, 6);
	for (uint64_t i = 0; i < 6; i++)
		sum += dev_query(fd, i * CHUNK_PAGES).domain;
	CHECK(sum == 3);
}

/* A mask leaves half of the pool: so much can be reserved, and no more. */
static void domain_mask_limits_what_can_be_had(void)
{
	const long npages = page_count();
	struct vmpage_setup setup;
	int fd;

	new_setup(&setup)->domain_mask = 2;
	setup.domain_policy = VMPAGE_DOMAIN_ROUNDROBIN;
	fd = MUST(try_setup(&setup));
	CHECK_ERRNO(dev_reserve(fd, 0, (uint64_t)npages / 4 * 3), ENOMEM);
	CHECK(free_count() == npages);
	CHECK(dev_reserve(fd, 0, (uint64_t)npages / 4) == npages / 4);
	CHECK(file_value(DEBUGFS "domain/0/stats", "promised") == 0);
	CHECK(file_value(DEBUGFS "domain/1/stats", "promised") == npages / 4);
}

static void color_shifts_the_superpages(void)
{
	struct vmpage_setup setup;
	char *p;
	int fd;

	new_setup(&setup)->map_policy = VMPAGE_MAP_DEMAND;
	setup.color = 100;
	fd = MUST(try_setup(&setup));
	p = dev_map(fd, 2 * CHUNK, 0);
	memset(p, 1, 2 * CHUNK);
	/* Below there is no whole superpage. */
	for (size_t i = CHUNK_PAGES - 100; i < 2 * CHUNK_PAGES - 100; i++)
		CHECK(phys_addr(p + i * PAGE) / PAGE % CHUNK_PAGES == (i + 100) % CHUNK_PAGES);
}

#define T(fn)	{ #fn, fn }

const struct test ioctl_tests[] = {
	T(samples_are_accepted),
	T(unknown_command_is_enotty),
	T(size_too_small_is_einval),
	T(longer_structure_of_zeros_is_accepted),
	T(longer_structure_with_more_is_e2big),
	T(bad_address_is_efault),
	T(bad_address_of_the_tail_is_efault),
	T(read_only_structure_is_efault),
	T(constant_structures_are_accepted),
	T(unknown_flags_are_eopnotsupp),
	T(commands_without_flags_have_none),
	T(unknown_policies_are_eopnotsupp),
	T(ranges_that_wrap_are_einval),
	T(info_agrees_with_debugfs),
	T(setup_checks_the_values),
	T(setup_checks_the_domains),
	T(refused_setup_changes_nothing),
	T(setup_after_use_is_ebusy),
	T(overcommitted_object_reserves_nothing),
	T(alloc_makes_pages_resident),
	T(alloc_uses_up_the_promise),
	T(alloc_keeps_content),
	T(alloc_from_a_domain),
	T(alloc_says_how_far_it_came),
	T(alloc_does_not_take_what_is_reserved),
	T(alloc_waits_for_pages),
	T(sigkill_ends_a_waiting_alloc),
	T(freed_range_reads_zero),
	T(freed_pages_are_counted),
	T(free_reaches_past_the_object),
	T(freed_page_is_gone_for_everybody),
	T(freed_range_is_overcommitted),
	T(reserve_makes_a_freed_range_safe),
	T(reserve_takes_all_or_nothing),
	T(reserve_and_alloc_grow_the_object),
	T(query_tells_the_state),
	T(query_of_a_range_tells_of_each),
	T(query_to_a_bad_address_is_efault),
	T(physical_addresses_need_rawio),
	T(domain_policies_are_obeyed),
	T(interleave_goes_by_superpages),
	T(roundrobin_uses_all_domains),
	T(domain_mask_limits_what_can_be_had),
	T(color_shifts_the_superpages),
};

const size_t ioctl_ntests = ARRAY_SIZE(ioctl_tests);
