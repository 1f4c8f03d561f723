// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * What users may have of a pool with uid_max=8M, four chunks: a pin of one user costs
 * the others no more than that.  Charged is the real uid of who opens the device, so the
 * tests stay root otherwise.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>
#include "device.h"

#define LIMIT		(4 * CHUNK_PAGES)
#define LIMIT_BYTES	(LIMIT * PAGE)
#define ALICE		1001
#define BOB		2000		/* and those after him */
#define PIPE_PAGES	16		/* that a pipe takes unasked */

/* struct row - a line of the table of users */
struct row {
	long uid, pages, promised, charged, limit, scattered;
};

static bool find_row(long uid, struct row *row)
{
	char *text = file_text(DEBUGFS "users"), *line;
	bool found = false;

	if (!text)
		FAIL("no " DEBUGFS "users");
	for (line = strtok(text, "\n"); line && !found; line = strtok(NULL, "\n")) {
		found = sscanf(line, "%ld %ld %ld %ld %ld %ld", &row->uid, &row->pages,
			       &row->promised, &row->charged, &row->limit,
			       &row->scattered) == 6 && row->uid == uid;
	}
	free(text);
	return found;
}

static struct row row_of(long uid)
{
	struct row row = {};

	if (!find_row(uid, &row))
		FAIL("no user %ld", uid);
	return row;
}

/* Open the device as a user. */
static int open_as(uid_t uid, int (*opener)(void))
{
	int fd;

	MUST(setresuid(uid, 0, 0));
	fd = opener();
	MUST(setresuid(0, 0, 0));
	return fd;
}

static int open_eager(void)
{
	return dev_open_policy(VMPAGE_MAP_EAGER);
}

static char *map_noreserve(int fd, size_t len)
{
	return dev_map_aligned(fd, len, 0, MAP_NORESERVE);
}

/* Touch the first page of each of some windows. */
static void touch_windows(char *p, size_t nwindows)
{
	for (size_t i = 0; i < nwindows; i++)
		CHECK(!touch_signal(p + i * CHUNK, true));
}

static void user_is_there_while_he_has_something(void)
{
	struct row row;
	int fd;

	CHECK(!find_row(ALICE, &row));
	fd = open_as(ALICE, dev_open);
	row = row_of(ALICE);
	CHECK(!row.pages && !row.promised && !row.charged && !row.scattered);
	CHECK(row.limit == (long)LIMIT);
	close(fd);
	CHECK(!find_row(ALICE, &row));
}

static void more_than_the_limit_is_EDQUOT(void)
{
	const int fd = open_as(ALICE, dev_open), fd2 = open_as(ALICE, dev_open);
	char *p = dev_map(fd, LIMIT_BYTES, 0);

	CHECK(row_of(ALICE).promised == (long)LIMIT);
	CHECK_ERRNO((long)mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd2, 0), EDQUOT);
	CHECK_ERRNO(dev_reserve(fd2, 0, 1), EDQUOT);
	CHECK_ERRNO(dev_alloc(fd2, 0, 1), EDQUOT);
	memset(p, 1, LIMIT_BYTES);
	CHECK(row_of(ALICE).promised == 0 && row_of(ALICE).pages == (long)LIMIT);
	CHECK_ERRNO(dev_reserve(fd2, 0, 1), EDQUOT);
	CHECK_ERRNO(dev_alloc(fd2, 0, 1), EDQUOT);
	CHECK(row_of(ALICE).charged == (long)LIMIT && !row_of(ALICE).scattered);
	/* What is there already costs nothing again. */
	CHECK(dev_reserve(fd, 0, LIMIT) == 0);
	CHECK(dev_free(fd, 100, 1) == 1);
	CHECK(dev_reserve(fd2, 0, 1) == 1);
}

/* No matter how often: a refusal leaves no trace. */
static void refusal_changes_nothing(void)
{
	const int fd = open_as(ALICE, dev_open);
	const long nfree = free_count();

	for (int i = 0; i < 100; i++) {
		CHECK_ERRNO((long)mmap(NULL, LIMIT_BYTES + PAGE, PROT_READ, MAP_SHARED, fd, 0),
			    EDQUOT);
		CHECK_ERRNO(dev_reserve(fd, 0, LIMIT + 1), EDQUOT);
	}
	CHECK(free_count() == nfree);
	CHECK(!row_of(ALICE).promised && !row_of(ALICE).charged);
	CHECK(dev_reserve(fd, 0, LIMIT) == (long)LIMIT);
}

static void each_user_has_a_limit_of_his_own(void)
{
	for (uid_t uid = BOB; uid < BOB + 5; uid++)
		memset(dev_map(open_as(uid, open_eager), LIMIT_BYTES, 0), 1, LIMIT_BYTES);
	for (uid_t uid = BOB; uid < BOB + 5; uid++)
		CHECK(row_of(uid).charged == (long)LIMIT && !row_of(uid).scattered);
}

/* At once, however long a touch may wait for pages. */
static void overcommitted_touch_beyond_it_is_sigbus(void)
{
	const int fd = open_as(ALICE, dev_open);
	char *p = map_noreserve(fd, 8 * CHUNK);

	set_fault_timeout(100000000);
	for (size_t i = 0; i < LIMIT; i++)
		CHECK(!touch_signal(p + i * PAGE, true));
	CHECK(touch_signal(p + LIMIT * PAGE, true) == SIGBUS);
	CHECK(dev_free(fd, 7, 1) == 1);
	CHECK(!touch_signal(p + LIMIT * PAGE, true));
	CHECK(row_of(ALICE).charged == (long)LIMIT);
}

/* On one CPU: pages of different nodes cannot lie in one chunk. */
static void small_files_share_a_chunk(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	MUST(sched_setaffinity(0, sizeof(one), &one));
	for (int i = 0; i < 200; i++)
		*dev_map(open_as(ALICE, dev_open), PAGE, 0) = 1;
	CHECK(row_of(ALICE).pages == 200);
	CHECK(row_of(ALICE).charged == (long)CHUNK_PAGES);
	CHECK(!row_of(ALICE).scattered);
}

/* What does not fit into chunks of their own goes into those that there are. */
static void windows_beyond_it_share_chunks(void)
{
	const int fd = open_as(ALICE, open_eager);
	char *p = map_noreserve(fd, 32 * CHUNK);

	touch_windows(p, 3);
	CHECK(row_of(ALICE).charged == 3 * (long)CHUNK_PAGES);
	MUST(munmap(p, 32 * CHUNK));
	close(fd);

	p = map_noreserve(open_as(ALICE, dev_open), 32 * CHUNK);
	touch_windows(p, 32);
	CHECK(row_of(ALICE).pages == 32);
	CHECK(row_of(ALICE).charged == (long)LIMIT && !row_of(ALICE).scattered);
	for (size_t i = 0; i < 32; i++)
		pattern_fill(p + i * CHUNK, PAGE, 3, i);
	for (size_t i = 0; i < 32; i++)
		CHECK(pattern_check(p + i * CHUNK, PAGE, 3, i) == -1);
}

/* Have a pipe refer to some pages, each apart from the next. */
static int pin_pages(char *p, size_t npages, size_t stride)
{
	struct iovec iov[PIPE_PAGES];
	int pipefd[2];

	for (size_t i = 0; i < npages; i++)
		iov[i] = (struct iovec){ p + i * stride, PAGE };
	MUST(pipe(pipefd));
	CHECK(vmsplice(pipefd[1], iov, npages, 0) == (ssize_t)(npages * PAGE));
	return pipefd[0];
}

/* Pages of ALICE, in as many chunks as she can get into, pinned and freed. */
static size_t pin_all_over(int *pipes, size_t npipes)
{
	const int fd = open_as(ALICE, dev_open);
	char *p = map_noreserve(fd, npipes * PIPE_PAGES * CHUNK), *q;
	size_t nsmall = 0;

	touch_windows(p, npipes * PIPE_PAGES);
	for (size_t i = 0; i < npipes; i++)
		pipes[i] = pin_pages(p + i * PIPE_PAGES * CHUNK, PIPE_PAGES, CHUNK);
	for (; nsmall < 20; nsmall++) {
		const int small_fd = open_as(ALICE, dev_open);

		q = dev_map(small_fd, PAGE, 0);
		*q = 1;
		pin_pages(q, 1, PAGE);
		MUST(munmap(q, PAGE));
		close(small_fd);
	}
	MUST(munmap(p, npipes * PIPE_PAGES * CHUNK));
	close(fd);
	return npipes * PIPE_PAGES + nsmall;
}

/* Open the device for pages of one domain; -1 for one without memory. */
static int open_in_domain(uid_t uid, unsigned int domain, unsigned int map_policy)
{
	struct vmpage_setup setup = {
		.size = sizeof(setup), .map_policy = map_policy,
		.domain_policy = VMPAGE_DOMAIN_ROUNDROBIN, .domain_mask = 1ULL << domain,
	};
	const int fd = open_as(uid, open_eager);

	if (!ioctl(fd, VMPAGE_IOC_SETUP, &setup))
		return fd;
	CHECK(errno == EINVAL);
	close(fd);
	return -1;
}

/*
 * Others take all of a domain, each his whole limit, and touch all of it; the number of
 * users that could.
 */
static unsigned int others_take_domain(unsigned int domain)
{
	const uid_t first = BOB + domain * 100;
	uid_t uid;

	for (uid = first;; uid++) {
		const int fd = open_in_domain(uid, domain, VMPAGE_MAP_EAGER);
		void *p;

		if (fd == -1)
			return 0;
		p = mmap(NULL, LIMIT_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (p == MAP_FAILED)
			break;
		memset(p, (int)uid, LIMIT_BYTES);
	}
	CHECK(errno == ENOMEM);
	for (uid_t other = first; other < uid; other++)
		CHECK(row_of(other).charged == (long)LIMIT && !row_of(other).scattered);
	return uid - first;
}

static void others_take(void *arg)
{
	unsigned int *nusers = arg;

	*nusers = 0;
	for (unsigned int domain = 0; domain < 8; domain++)
		*nusers += others_take_domain(domain);
}

static bool soon_free(long npages)
{
	return EVENTUALLY(free_count() == npages);
}

static void pins_cost_others_no_more_than_the_limit(void)
{
	unsigned int *nusers = MUST(mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
					 MAP_SHARED | MAP_ANONYMOUS, -1, 0));
	const long npages = page_count();
	unsigned int nusers_before;
	size_t npinned;
	int pipes[2];

	child_must_pass(others_take, nusers);
	nusers_before = *nusers;
	CHECK(nusers_before);
	CHECK(soon_free(npages));

	npinned = pin_all_over(pipes, ARRAY_SIZE(pipes));
	CHECK(quarantined() == (long)npinned);
	CHECK(row_of(ALICE).pages == (long)npinned);
	CHECK(row_of(ALICE).charged == (long)LIMIT && !row_of(ALICE).scattered);
	/* What they had is free again, and not kept by her pins. */
	for (int i = 0; i < 3; i++) {
		child_must_pass(others_take, nusers);
		CHECK(*nusers >= nusers_before - 1);
		CHECK(soon_free(npages - (long)npinned));
	}
	CHECK(quarantined() == (long)npinned);
	CHECK(row_of(ALICE).charged == (long)LIMIT && !row_of(ALICE).scattered);
	CHECK_ERRNO(dev_reserve(open_as(ALICE, dev_open), 0, LIMIT), EDQUOT);
}

/* Of the domain that she asks for she may have no chunk any more. */
static void promised_pages_lie_in_her_chunks_in_any_domain(void)
{
	const int fd = open_in_domain(ALICE, 0, VMPAGE_MAP_DEMAND);
	const int fd2 = open_in_domain(ALICE, 1, VMPAGE_MAP_DEMAND);

	if (fd == -1 || fd2 == -1)
		SKIP("one domain");
	touch_windows(map_noreserve(fd, 4 * CHUNK), 4);
	CHECK(row_of(ALICE).charged == (long)LIMIT);
	CHECK_ERRNO(dev_alloc(fd2, 0, 1), EDQUOT);
	memset(dev_map(fd2, LIMIT_BYTES / 2, 0), 1, LIMIT_BYTES / 2);
	CHECK(row_of(ALICE).pages == 4 + (long)LIMIT / 2);
	CHECK(row_of(ALICE).charged == (long)LIMIT && !row_of(ALICE).scattered);
}

static long free_in_domain(unsigned int domain)
{
	char path[100];

	snprintf(path, sizeof(path), DEBUGFS "domain/%u/stats", domain);
	return file_value(path, "free_count");
}

/* Take pages of a domain little by little, but for as many as one user may hold up. */
static void take_little_by_little(unsigned int domain)
{
	const long keep = (long)LIMIT + page_count() / 20;
	unsigned int n;

	for (n = 0; free_in_domain(domain) > keep; n++) {
		const uid_t uid = BOB + domain * 100 + n / 16;
		const int fd = open_in_domain(uid, domain, VMPAGE_MAP_DEMAND);

		memset(dev_map(fd, CHUNK / 4, 0), 1, CHUNK / 4);
		CHECK(!row_of(uid).scattered);
	}
	CHECK(n > 16);
}

static void others_take_little_by_little(void *unused)
{
	(void)unused;
	for (unsigned int domain = 0; domain < 2; domain++)
		take_little_by_little(domain);
}

/* What she pinned and freed is not what others get, however little they take at a time. */
static void little_by_little_others_get_no_pinned_chunk(void)
{
	const long npages = page_count();
	int pipes[2];
	long npinned;

	if (free_in_domain(0) == npages)
		SKIP("one domain");
	npinned = (long)pin_all_over(pipes, ARRAY_SIZE(pipes));
	for (int i = 0; i < 2; i++) {
		child_must_pass(others_take_little_by_little, NULL);
		CHECK(soon_free(npages - npinned));
	}
}

/* A page of another user in each chunk: only who was promised one gets a page there. */
static void promised_page_is_had_when_all_chunks_are_others(void)
{
	const size_t nwindows = (size_t)page_count() / CHUNK_PAGES;
	const int fd = open_as(ALICE, dev_open), fd2 = open_as(ALICE + 1, dev_open);
	char *p = dev_map(fd, PAGE, 0);
	char *q = MUST(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE,
			    fd2, 0));

	for (size_t n = 0; n < nwindows; n += 4)
		touch_windows(map_noreserve(open_as(BOB + (uid_t)n, dev_open), 4 * CHUNK),
			      nwindows - n < 4 ? nwindows - n : 4);
	CHECK(free_count() > page_count() / 2);
	set_fault_timeout(50);
	CHECK(touch_signal(q, true) == SIGBUS);
	CHECK(!row_of(ALICE + 1).pages && !row_of(ALICE + 1).charged);
	CHECK(!touch_signal(p, true));
	CHECK(row_of(ALICE).charged == (long)CHUNK_PAGES && row_of(ALICE).scattered == 1);
}

/*
 * Users have a page in each of @each windows, so that none is free.  Have pages moved, and
 * return how many were.
 */
static size_t move_pages(size_t each)
{
	const size_t nusers = (size_t)page_count() / CHUNK_PAGES / each;
	uint64_t before[nusers][each];
	size_t nmoved = 0;
	char *p[nusers];
	int fds[nusers];

	for (size_t u = 0; u < nusers; u++) {
		fds[u] = open_as(BOB + (uid_t)u, dev_open);
		p[u] = map_noreserve(fds[u], each * CHUNK);
		touch_windows(p[u], each);
		for (size_t i = 0; i < each; i++) {
			pattern_fill(p[u] + i * CHUNK, PAGE, u, i);
			before[u][i] = dev_query(fds[u], i * CHUNK_PAGES).pa;
		}
	}
	for (size_t i = 0; i < 2 * each; i++)
		(void)clear_run(CHUNK_PAGES);
	for (size_t u = 0; u < nusers; u++) {
		for (size_t i = 0; i < each; i++) {
			CHECK(pattern_check(p[u] + i * CHUNK, PAGE, u, i) == -1);
			nmoved += dev_query(fds[u], i * CHUNK_PAGES).pa != before[u][i];
		}
		CHECK(row_of(BOB + (long)u).pages == (long)each);
		CHECK(row_of(BOB + (long)u).charged <= (long)(each * CHUNK_PAGES));
		CHECK(dev_free(fds[u], 0, each * CHUNK_PAGES) == (long)each);
		CHECK(!row_of(BOB + (long)u).pages && !row_of(BOB + (long)u).charged);
	}
	return nmoved;
}

static void charge_follows_pages_that_are_moved(void)
{
	CHECK(move_pages(2));
}

/* They move within chunks of the same user, or not at all. */
static void moves_do_not_lead_beyond_the_limit(void)
{
	move_pages(LIMIT / CHUNK_PAGES);
}

#define T(fn)	{ #fn, fn }

const struct test uid_tests[] = {
	T(user_is_there_while_he_has_something),
	T(more_than_the_limit_is_EDQUOT),
	T(refusal_changes_nothing),
	T(each_user_has_a_limit_of_his_own),
	T(overcommitted_touch_beyond_it_is_sigbus),
	T(small_files_share_a_chunk),
	T(windows_beyond_it_share_chunks),
	T(pins_cost_others_no_more_than_the_limit),
	T(promised_pages_lie_in_her_chunks_in_any_domain),
	T(little_by_little_others_get_no_pinned_chunk),
	T(promised_page_is_had_when_all_chunks_are_others),
	T(charge_follows_pages_that_are_moved),
	T(moves_do_not_lead_beyond_the_limit),
};

const size_t uid_ntests = ARRAY_SIZE(uid_tests);
