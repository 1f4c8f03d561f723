// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Several processes do all there is to do with their mappings at once, at random.
 *
 * Each object is a user's.  All words that are ever written to a page tell the user,
 * the index and the place in the page.  So whatever the others do meanwhile, a word
 * that is read is zero or the one that belongs there; anything else is somebody
 * else's, or was left behind.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>
#include "device.h"

#define NPROCS		4
#define NWINDOWS	10UL		/* of each object */
#define LEN		(NWINDOWS * CHUNK)
#define WORDS		(PAGE / sizeof(uint64_t))
#define DISK_STEP	(8 * MIB)	/* of the disk, for each process */
#define PIPE_PAGES	8UL
#define IO_PAGES	32UL
#define MISSING		4		/* touches of a range that may fail */

/* What a process works with. */
static struct {
	unsigned int user;		/* whose object it is, from 1 on */
	unsigned int self;		/* number of the process */
	int fd, disk;
	int pipe[2];
	char *p, *elsewhere;		/* the mapping, and room to move a window to */
	uint64_t random;
	uint64_t nchecked;		/* pages */
} me;

static sigjmp_buf no_page;

static uint64_t any(uint64_t below)
{
	me.random ^= me.random << 13;
	me.random ^= me.random >> 7;
	me.random ^= me.random << 17;
	return (me.random >> 11) % below;
}

static uint64_t first_word(uint64_t pindex)
{
	return (uint64_t)me.user << 56 | pindex << 12;
}

static void on_sigbus(int sig)
{
	siglongjmp(no_page, sig);
}

/* Look at a page, wherever it is mapped or was copied to; false if there is none. */
static bool check_page(const volatile uint64_t *w, uint64_t pindex)
{
	const uint64_t word = first_word(pindex);

	if (sigsetjmp(no_page, 0))
		return false;
	for (size_t i = 0; i < WORDS; i++) {
		const uint64_t found = w[i];

		if (found && found != word + i)
			FAIL("user %u finds %#llx in word %zu of page %llu", me.user,
			     (unsigned long long)found, i, (unsigned long long)pindex);
	}
	me.nchecked++;
	return true;
}

/* Touches that fail are slow: a few will do. */
static void check_range(const char *p, uint64_t pindex, size_t npages)
{
	unsigned int missing = 0;

	for (size_t i = 0; i < npages && missing < MISSING; i++)
		missing += !check_page((const volatile uint64_t *)(p + i * PAGE), pindex + i);
}

static bool write_page(uint64_t pindex)
{
	volatile uint64_t *w = (volatile uint64_t *)(me.p + pindex * PAGE);
	const uint64_t word = first_word(pindex);

	if (sigsetjmp(no_page, 0))
		return false;
	for (size_t i = 0; i < WORDS; i++)
		w[i] = word + i;
	return true;
}

/* A random range of up to so many pages. */
static uint64_t any_range(size_t most, size_t *npages)
{
	*npages = 1 + any(most);
	return any(NWINDOWS * CHUNK_PAGES - *npages + 1);
}

static uint64_t any_window(void)
{
	return any(NWINDOWS) * CHUNK_PAGES;
}

static void touch_some(void)
{
	size_t n;
	const uint64_t pindex = any_range(8, &n);

	for (size_t i = 0; i < n; i++) {
		check_range(me.p + (pindex + i) * PAGE, pindex + i, 1);
		write_page(pindex + i);
		check_range(me.p + (pindex + i) * PAGE, pindex + i, 1);
	}
}

static void write_window(void)
{
	const uint64_t first = any_window();
	unsigned int missing = 0;

	for (size_t i = 0; i < CHUNK_PAGES && missing < MISSING; i++)
		missing += !write_page(first + i);
}

static void look_at_window(void)
{
	const uint64_t first = any_window();

	check_range(me.p + first * PAGE, first, CHUNK_PAGES);
}

static void drop_entries(void)
{
	size_t n;
	const uint64_t pindex = any_range(2 * CHUNK_PAGES, &n);

	MUST(madvise(me.p + pindex * PAGE, n * PAGE, MADV_DONTNEED));
	check_range(me.p + pindex * PAGE, pindex, 1);
}

static void promote_window(void)
{
	const uint64_t first = any_window();

	/* The windows of a mapping that was cut are not all in one. */
	if (dev_promote(me.fd, me.p + first * PAGE, CHUNK) == -1)
		CHECK(errno == EBUSY || errno == EFAULT);
	check_range(me.p + first * PAGE, first, CHUNK_PAGES);
}

static void free_some(void)
{
	size_t n;
	const uint64_t pindex = any_range(any(8) ? 4 : CHUNK_PAGES, &n);

	CHECK(dev_free(me.fd, pindex, n) <= (long)n);
	check_range(me.p + pindex * PAGE, pindex, 1);
}

static void reserve_some(void)
{
	size_t n;
	const uint64_t pindex = any_range(CHUNK_PAGES, &n);

	if (dev_reserve(me.fd, pindex, n) == -1)
		CHECK(errno == ENOMEM);
}

static void alloc_some(void)
{
	size_t n;
	const uint64_t pindex = any_range(64, &n);

	if (dev_alloc(me.fd, pindex, n) == -1)
		CHECK(errno == ENOMEM);
	check_range(me.p + pindex * PAGE, pindex, n);
}

/* Unmap a part, now and then after an advice, and map it again. */
static void map_part_again(void)
{
	size_t n;
	const uint64_t pindex = any_range(any(2) ? 16 : 2 * CHUNK_PAGES, &n);
	char *p = me.p + pindex * PAGE;

	if (!any(4)) {
		MUST(madvise(p, n * PAGE, MADV_NOHUGEPAGE));
		check_range(p, pindex, 1);
	}
	MUST(munmap(p, n * PAGE));
	MUST(mmap(p, n * PAGE, PROT_READ | PROT_WRITE,
		  MAP_SHARED | MAP_FIXED | MAP_NORESERVE, me.fd, (off_t)(pindex * PAGE)));
	check_range(p, pindex, 1);
}

static void protect_part(void)
{
	size_t n;
	const uint64_t pindex = any_range(16, &n);
	char *p = me.p + pindex * PAGE;

	MUST(mprotect(p, n * PAGE, PROT_READ));
	check_range(p, pindex, n);
	MUST(mprotect(p, n * PAGE, PROT_READ | PROT_WRITE));
	write_page(pindex);
}

static void move_window(void)
{
	const uint64_t first = any_window();
	char *p = me.p + first * PAGE, *to = me.elsewhere + any(2) * 5 * PAGE;

	MUST(mremap(p, CHUNK, CHUNK, MREMAP_MAYMOVE | MREMAP_FIXED, to));
	check_range(to, first, 20);
	MUST(mremap(to, CHUNK, CHUNK, MREMAP_MAYMOVE | MREMAP_FIXED, p));
	check_range(p, first, 2);
}

static void fork_and_touch(void)
{
	int status;
	pid_t pid;

	pid = MUST(fork());
	if (!pid) {
		touch_some();
		look_at_window();
		_exit(TEST_PASS);
	}
	MUST(waitpid(pid, &status, 0));
	if (WIFEXITED(status) && WEXITSTATUS(status) == TEST_FAIL)
		_exit(TEST_FAIL);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == TEST_PASS);
}

/* To the disk, from there to other memory, and back to the mapping. */
static void direct_io(void)
{
	static char buf[IO_PAGES * PAGE] __attribute__((aligned(4096)));
	const off_t at = (off_t)(me.self * DISK_STEP);
	size_t n;
	const uint64_t pindex = any_range(IO_PAGES, &n);
	const ssize_t len = (ssize_t)(n * PAGE);
	char *p = me.p + pindex * PAGE;

	if (me.disk == -1 || pwrite(me.disk, p, n * PAGE, at) != len)
		return;
	CHECK(pread(me.disk, buf, n * PAGE, at) == len);
	check_range(buf, pindex, n);
	if (pread(me.disk, p, n * PAGE, at) == len)
		check_range(p, pindex, n);
}

static void pin_and_free(void)
{
	static char buf[PIPE_PAGES * PAGE] __attribute__((aligned(4096)));
	size_t n, len = 0;
	const uint64_t pindex = any_range(PIPE_PAGES, &n);
	struct iovec iov = { me.p + pindex * PAGE, n * PAGE };
	const ssize_t pinned = vmsplice(me.pipe[1], &iov, 1, 0);

	if (pinned == -1)
		return;
	CHECK(dev_free(me.fd, pindex, n) <= (long)n);
	touch_some();
	look_at_window();
	while (len < (size_t)pinned) {
		const ssize_t got = read(me.pipe[0], buf + len, (size_t)pinned - len);

		CHECK(got > 0);
		len += (size_t)got;
	}
	check_range(buf, pindex, len / PAGE);
}

/* Another object, of which a page in each of some windows is touched: they break. */
static void small_object(void)
{
	const int fd = dev_open_policy(any(2) ? VMPAGE_MAP_EAGER : VMPAGE_MAP_DEMAND);
	const size_t nwindows = 1 + any(4);
	char *p = dev_map_aligned(fd, nwindows * CHUNK, 0, MAP_NORESERVE);

	for (size_t i = 0; i < nwindows * 4; i++) {
		const uint64_t pindex = any(nwindows * CHUNK_PAGES);

		check_page((volatile uint64_t *)(p + pindex * PAGE), pindex);
		if (!sigsetjmp(no_page, 0))
			*(volatile uint64_t *)(p + pindex * PAGE) = first_word(pindex);
	}
	MUST(munmap(p, nwindows * CHUNK));
	close(fd);
}

/* If vmpage_move.ko is loaded. */
static void have_pages_moved(void)
{
	const int fd = open(RECLAIM, O_WRONLY);

	if (fd == -1)
		return;
	(void)!write(fd, "64\n", 3);
	close(fd);
}

static void (*const deeds[])(void) = {
	touch_some, touch_some, write_window, look_at_window, drop_entries, promote_window,
	free_some, free_some, reserve_some, alloc_some, map_part_again, protect_part,
	move_window, fork_and_touch, direct_io, pin_and_free, small_object,
	have_pages_moved,
};

static void catch_sigbus(void)
{
	struct sigaction sa = { .sa_handler = on_sigbus, .sa_flags = SA_NODEFER };

	MUST(sigaction(SIGBUS, &sa, NULL));
}

static void race(unsigned int self, unsigned int user, int fd)
{
	const uint64_t end = now_ms() + stress_seconds * 1000;

	me.self = self;
	me.user = user;
	me.fd = fd;
	me.random = 0x9e3779b97f4a7c15ULL * (self + 1) ^ now_ms();
	me.disk = disk ? MUST(open(disk, O_RDWR | O_DIRECT)) : -1;
	MUST(pipe(me.pipe));
	me.elsewhere = dev_map_aligned(fd, 2 * CHUNK, 0, MAP_NORESERVE);
	me.p = dev_map_aligned(fd, LEN, 0, MAP_NORESERVE);
	catch_sigbus();
	do {
		deeds[any(ARRAY_SIZE(deeds))]();
	} while (now_ms() < end || !me.nchecked);
}

static void start(unsigned int self, unsigned int user, int fd)
{
	if (MUST(fork()))
		return;
	race(self, user, fd);
	_exit(TEST_PASS);
}

static void wait_for_all(void)
{
	int status, failed = 0;

	for (int i = 0; i < NPROCS; i++) {
		MUST(wait(&status));
		if (WIFSIGNALED(status))
			FAIL("a process died of signal %d", WTERMSIG(status));
		failed |= WEXITSTATUS(status);
	}
	if (failed)
		_exit(TEST_FAIL);
}

static void processes_that_share_an_object(void)
{
	const int fd = dev_open_policy(VMPAGE_MAP_EAGER);

	set_fault_timeout(0);
	for (unsigned int i = 0; i < NPROCS; i++)
		start(i, 1, fd);
	wait_for_all();
}

/*
 * Two users, and not enough for both of them: the superpages of the one break, and
 * the other gets pages of them.
 */
static void users_never_see_each_others_pages(void)
{
	const int fds[] = { dev_open_policy(VMPAGE_MAP_EAGER), dev_open() };
	const long left = 12 * (long)CHUNK_PAGES;
	const int hog = dev_open();
	long most;

	set_fault_timeout(0);
	most = free_count() - file_value(DEBUGFS "stats", "v_free_reserved") - left;
	CHECK(dev_alloc(hog, 0, (uint64_t)most) == most);
	for (unsigned int i = 0; i < NPROCS; i++)
		start(i, 1 + i % 2, fds[i % 2]);
	wait_for_all();
	close(hog);
}

#define T(fn)	{ #fn, fn }

const struct test race_tests[] = {
	T(processes_that_share_an_object),
	T(users_never_see_each_others_pages),
};

const size_t race_ntests = ARRAY_SIZE(race_tests);
