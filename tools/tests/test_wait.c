// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* A touch of overcommitted memory waits when the pool has run dry. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>
#include "device.h"

#define LONG	60000			/* a wait that nothing but a page ends, ms */
#define SHORT	300			/* a wait that is meant to be in vain, ms */
#define SOON	(LONG / 3)		/* what did not wait is done by then, ms */
#define AMPLE	4000			/* a wait in vain that leaves time for something else, ms */

/* A process that holds all that can be reserved: children of others share nothing of it. */
struct hog {
	pid_t pid;
	int ready, release;		/* pipes from and to it */
};

/* Map piece by piece in one hole of the address space; returns its length. */
static size_t hog_map(int fd, char **hole)
{
	const size_t len = (size_t)page_count() * PAGE;
	size_t off = 0, step = 64 * MIB;

	*hole = MUST(mmap(NULL, len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	while (step >= PAGE) {
		if (off + step <= len &&
		    mmap(*hole + off, step, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd,
			 (off_t)off) != MAP_FAILED)
			off += step;
		else
			step /= 2;
	}
	CHECK(off > len / 4);
	return len;
}

static void hog_run(int ready, int release)
{
	const int fd = dev_open();
	char *hole, byte = 0;
	size_t len;

	len = hog_map(fd, &hole);
	CHECK(write(ready, &byte, 1) == 1);
	CHECK(read(release, &byte, 1) == 1);
	MUST(munmap(hole, len));
	close(fd);
	CHECK(write(ready, &byte, 1) == 1);
	pause();
}

static struct hog hog_everything(void)
{
	int ready[2], release[2];
	struct hog hog;
	char byte;

	MUST(pipe(ready));
	MUST(pipe(release));
	hog.pid = MUST(fork());
	if (!hog.pid) {
		hog_run(ready[1], release[0]);
		_exit(TEST_PASS);
	}
	close(ready[1]);
	hog.ready = ready[0];
	hog.release = release[1];
	CHECK(read(hog.ready, &byte, 1) == 1);
	return hog;
}

/* It unmaps, closes, and lives on. */
static void hog_release(const struct hog *hog)
{
	char byte = 0;

	CHECK(write(hog->release, &byte, 1) == 1);
	CHECK(read(hog->ready, &byte, 1) == 1);
}

static void hog_kill(const struct hog *hog)
{
	kill(hog->pid, SIGKILL);
	MUST(waitpid(hog->pid, NULL, 0));
}

/* Is the task in the list of those that wait for pages, for a page fault? */
static bool is_waiting(pid_t tid)
{
	char *text = file_text(DEBUGFS "waiters"), *line;
	char message[16];
	bool found = false;
	int pid;

	CHECK(text);
	for (line = strtok(text, "\n"); line && !found; line = strtok(NULL, "\n"))
		found = sscanf(line, "%15s %d", message, &pid) == 2 && pid == tid &&
			!strcmp(message, "pfault");
	free(text);
	return found;
}

static void must_wait(pid_t tid)
{
	const uint64_t end = now_ms() + SOON;

	while (!is_waiting(tid)) {
		if (now_ms() > end)
			FAIL("task %d does not wait", tid);
		usleep(2000);
	}
	/* It is not about to go on by itself. */
	usleep(20000);
	CHECK(is_waiting(tid));
}

/* A child that writes one page of the mapping and exits. */
static pid_t toucher(char *p)
{
	const pid_t pid = MUST(fork());

	if (!pid) {
		CHECK(p[8] == 0);
		p[0] = 1;
		_exit(TEST_PASS);
	}
	return pid;
}

static void must_pass(pid_t pid)
{
	int status;

	MUST(waitpid(pid, &status, 0));
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == TEST_PASS);
}

static void touch_goes_on_after_a_close(void)
{
	struct hog hog = hog_everything();
	char *p = dev_map_noreserve(MIB);
	pid_t pid;

	set_fault_timeout(LONG);
	pid = toucher(p);
	must_wait(pid);
	CHECK(!waitpid(pid, NULL, WNOHANG));
	hog_release(&hog);
	must_pass(pid);
	CHECK(p[0] == 1);
	CHECK(free_count() == page_count() - 1);
}

static void touch_goes_on_after_an_exit(void)
{
	struct hog hog = hog_everything();
	pid_t pid;

	set_fault_timeout(LONG);
	pid = toucher(dev_map_noreserve(MIB));
	must_wait(pid);
	hog_kill(&hog);
	must_pass(pid);
}

/* All of them are let go, and each gets its page. */
static void many_touchers_go_on_together(void)
{
	struct hog hog = hog_everything();
	char *p = dev_map_noreserve(MIB);
	pid_t pids[8];

	set_fault_timeout(LONG);
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++)
		pids[i] = toucher(p + i * PAGE);
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++)
		must_wait(pids[i]);
	hog_release(&hog);
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++)
		must_pass(pids[i]);
	CHECK(free_count() == page_count() - (long)ARRAY_SIZE(pids));
}

static void touchers_of_one_page_share_it(void)
{
	struct hog hog = hog_everything();
	char *p = dev_map_noreserve(MIB);
	pid_t one, two;

	set_fault_timeout(LONG);
	one = toucher(p);
	two = toucher(p);
	must_wait(one);
	must_wait(two);
	hog_release(&hog);
	must_pass(one);
	must_pass(two);
	CHECK(free_count() == page_count() - 1);
}

static void waiting_touch_can_be_killed(void)
{
	struct hog hog = hog_everything();
	const uint64_t start = now_ms();
	int status;
	pid_t pid;

	set_fault_timeout(LONG);
	pid = toucher(dev_map_noreserve(MIB));
	must_wait(pid);
	kill(pid, SIGKILL);
	MUST(waitpid(pid, &status, 0));
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	CHECK(now_ms() - start < SOON);
	CHECK(!is_waiting(pid));
	hog_release(&hog);
}

/* Each touch waits for its own time, and a page that is there in the end is taken. */
static void touch_that_waits_in_vain_is_sigbus(void)
{
	struct hog hog = hog_everything();
	char *p = dev_map_noreserve(MIB);

	set_fault_timeout(SHORT);
	for (size_t i = 0; i < 4; i++) {
		const uint64_t start = now_ms();

		CHECK(touch_signal(p + i / 2 * PAGE, i & 1) == SIGBUS);
		CHECK(now_ms() - start >= SHORT);
		CHECK(now_ms() - start < SOON);
	}
	CHECK(pages_present(p, MIB) == 0);
	hog_release(&hog);
	CHECK(!touch_signal(p, true));
	CHECK(free_count() == page_count() - 1);
}

static void no_time_to_wait_is_sigbus_at_once(void)
{
	struct hog hog = hog_everything();
	char *p = dev_map_noreserve(MIB);
	const uint64_t start = now_ms();

	set_fault_timeout(0);
	for (size_t i = 0; i < 20; i++)
		CHECK(touch_signal(p + i * PAGE, true) == SIGBUS);
	CHECK(now_ms() - start < SOON);
	hog_release(&hog);
}

static void touch_past_the_object_does_not_wait(void)
{
	struct hog hog = hog_everything();
	char *p = dev_map_noreserve(CHUNK);
	const uint64_t start = now_ms();

	set_fault_timeout(LONG);
	p = MUST(mremap(p, CHUNK, 2 * CHUNK, MREMAP_MAYMOVE));
	CHECK(touch_signal(p + CHUNK, true) == SIGBUS);
	CHECK(now_ms() - start < SOON);
	hog_release(&hog);
}

static volatile sig_atomic_t nalarms;

static void alarm_handler(int sig)
{
	(void)sig;
	nalarms++;
}

/* The kernel goes to user mode for the handler before it tries again. */
static void caught_signals_do_not_prolong_the_wait(void)
{
	const struct itimerval every = { { 0, 50000 }, { 0, 50000 } };
	struct hog hog = hog_everything();
	char *p = dev_map_noreserve(MIB);
	const uint64_t start = now_ms();

	set_fault_timeout(SHORT);
	signal(SIGALRM, alarm_handler);
	MUST(setitimer(ITIMER_REAL, &every, NULL));
	CHECK(touch_signal(p, true) == SIGBUS);
	CHECK(nalarms > 0);
	CHECK(now_ms() - start < SOON);
	hog_release(&hog);
}

/* What was reserved is there at once, however many wait for what was not. */
static void reserved_memory_is_not_delayed(void)
{
	char *mine = dev_map_new(4 * MIB);
	struct hog hog = hog_everything();
	const uint64_t start = now_ms();
	pid_t pid;

	set_fault_timeout(LONG);
	pid = toucher(dev_map_noreserve(MIB));
	must_wait(pid);
	pattern_fill(mine, 4 * MIB, 40, 0);
	CHECK(now_ms() - start < SOON);
	CHECK(is_waiting(pid));
	CHECK(pattern_check(mine, 4 * MIB, 40, 0) == -1);
	hog_release(&hog);
	must_pass(pid);
}

static void read_a_page(void *p)
{
	const int fd = MUST(open("/dev/zero", O_RDONLY));

	CHECK(read(fd, p, PAGE) == (ssize_t)PAGE);
}

/* A system call that copies to memory without pages. */
static void read_waits_for_its_buffer(void)
{
	struct hog hog = hog_everything();
	char *p = dev_map_noreserve(MIB);
	const int fd = MUST(open("/dev/zero", O_RDONLY));
	pid_t pid;

	set_fault_timeout(SHORT);
	CHECK_ERRNO(read(fd, p, PAGE), EFAULT);
	set_fault_timeout(LONG);
	pid = MUST(fork());
	if (!pid) {
		read_a_page(p + PAGE);
		_exit(TEST_PASS);
	}
	must_wait(pid);
	hog_release(&hog);
	must_pass(pid);
}

static void odirect_waits_for_its_buffer(void)
{
	char *source = dev_map_new(MIB), *p = dev_map_noreserve(MIB);
	struct hog hog = hog_everything();
	int fd;
	pid_t pid;

	if (!disk)
		SKIP("no disk given");
	fd = MUST(open(disk, O_RDWR | O_DIRECT));
	pattern_fill(source, MIB, 41, 0);
	CHECK(pwrite(fd, source, MIB, 0) == (ssize_t)MIB);
	set_fault_timeout(SHORT);
	CHECK_ERRNO(pread(fd, p, MIB, 0), EFAULT);
	set_fault_timeout(LONG);
	pid = MUST(fork());
	if (!pid)
		_exit(pread(fd, p, MIB, 0) == (ssize_t)MIB ? TEST_PASS : TEST_FAIL);
	must_wait(pid);
	hog_release(&hog);
	must_pass(pid);
	CHECK(pattern_check(p, MIB, 41, 0) == -1);
}

/* Pages of another process's memory are made in the same way. */
static void remote_write_waits_too(void)
{
	struct hog hog = hog_everything();
	char *p = dev_map_noreserve(MIB);
	struct iovec local = { &(char){ 7 }, 1 }, remote = { p, 1 };
	pid_t pid;

	set_fault_timeout(SHORT);
	CHECK_ERRNO(process_vm_writev(getpid(), &local, 1, &remote, 1, 0), EFAULT);
	set_fault_timeout(LONG);
	pid = MUST(fork());
	if (!pid)
		_exit(process_vm_writev(getppid(), &local, 1, &remote, 1, 0) == 1 ? TEST_PASS :
		      TEST_FAIL);
	must_wait(pid);
	hog_release(&hog);
	must_pass(pid);
	CHECK(p[0] == 7);
}

static void populate_waits_and_fails(void)
{
	struct hog hog = hog_everything();
	char *p = dev_map_noreserve(MIB);
	const uint64_t start = now_ms();

	set_fault_timeout(SHORT);
	CHECK_ERRNO(madvise(p, MIB, MADV_POPULATE_WRITE), EFAULT);
	CHECK(now_ms() - start >= SHORT);
	hog_release(&hog);
	MUST(madvise(p, MIB, MADV_POPULATE_WRITE));
	CHECK(pages_present(p, MIB) == MIB / PAGE);
}

/* A thread of this process that touches a page. */
struct touch_thread {
	pthread_t thread;
	char *p;
	volatile pid_t tid;
	volatile int sig;
};

static void *touch_thread_fn(void *arg)
{
	struct touch_thread *t = arg;

	t->tid = (pid_t)syscall(SYS_gettid);
	t->sig = touch_signal(t->p, true);
	return NULL;
}

static void touch_thread_start(struct touch_thread *t, char *p)
{
	t->p = p;
	t->tid = 0;
	CHECK(!pthread_create(&t->thread, NULL, touch_thread_fn, t));
	while (!t->tid)
		usleep(500);
	must_wait(t->tid);
}

/* Whoever waits holds no lock that the other threads need. */
static void range_can_be_unmapped_during_the_wait(void)
{
	struct hog hog = hog_everything();
	char *p = dev_map_noreserve(MIB);
	struct touch_thread t;
	uint64_t start;

	set_fault_timeout(LONG);
	touch_thread_start(&t, p);
	start = now_ms();
	MUST(munmap(p, MIB));
	MUST(mmap(NULL, MIB, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	CHECK(now_ms() - start < SOON);
	CHECK(is_waiting(t.tid));
	hog_release(&hog);
	pthread_join(t.thread, NULL);
	CHECK(t.sig == SIGSEGV);
}

/* The file is closed, too: what waits is all that is left of it. */
static void unmapped_wait_in_vain_is_sigsegv(void)
{
	struct hog hog = hog_everything();
	char *p = dev_map_noreserve(MIB);
	struct touch_thread t;

	set_fault_timeout(AMPLE);
	touch_thread_start(&t, p);
	MUST(munmap(p, MIB));
	pthread_join(t.thread, NULL);
	CHECK(t.sig == SIGSEGV);
	hog_release(&hog);
}

static void range_can_be_replaced_during_the_wait(void)
{
	struct hog hog = hog_everything();
	char *p = dev_map_noreserve(MIB);
	struct touch_thread t;

	set_fault_timeout(AMPLE);
	touch_thread_start(&t, p);
	MUST(mmap(p, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
	pthread_join(t.thread, NULL);
	CHECK(!t.sig);
	CHECK(p[0] == 1);
	hog_release(&hog);
}

static void bind_to_node(unsigned long node)
{
	const unsigned long mask = 1UL << node;

	MUST(syscall(SYS_set_mempolicy, 2 /* MPOL_BIND */, &mask, 8 * sizeof(mask)));
}

static long node_free_count(int node)
{
	char path[64];

	snprintf(path, sizeof(path), DEBUGFS "domain/%d/stats", node);
	return free_count_of(path, "free_count", "pgcache_count");
}

static void pages_come_from_the_node_asked_for(void)
{
	if (node_free_count(1) < 0)
		SKIP("one node");
	for (int node = 0; node < 2; node++) {
		const long before = node_free_count(node);
		char *p;

		bind_to_node((unsigned long)node);
		p = dev_map_noreserve(MIB);
		memset(p, 1, MIB);
		CHECK(node_free_count(node) == before - 256);
		memset(dev_map_new(MIB), 1, MIB);
		CHECK(node_free_count(node) == before - 512);
	}
}

/* There are pages, but not where they would have to be. */
static void bound_touch_waits_for_its_node(void)
{
	struct hog hog;
	pid_t pid;

	if (node_free_count(1) < 0)
		SKIP("one node");
	set_fault_timeout(LONG);
	bind_to_node(1);
	hog = hog_everything();
	CHECK(node_free_count(0) == page_count() / 2);
	pid = toucher(dev_map_noreserve(MIB));
	must_wait(pid);
	hog_release(&hog);
	must_pass(pid);
}

/* Processes that fight for too few pages: each gets some or SIGBUS, none hangs. */
static void fight_for(char *p, size_t len)
{
	while (1) {
		for (size_t off = 0; off < len && !touch_signal(p + off, true); off += PAGE)
			p[off + 1] = 1;
		munmap(p, len);
		p = dev_map_noreserve(len);
	}
}

static void overcommitted_fight_leaves_the_pool_whole(void)
{
	const size_t len = (size_t)page_count() * PAGE * 2 / 3;
	pid_t pids[4];

	set_fault_timeout(20);
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
		pids[i] = MUST(fork());
		if (!pids[i])
			fight_for(dev_map_noreserve(len), len);
	}
	usleep(1500000);
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
		kill(pids[i], SIGKILL);
		MUST(waitpid(pids[i], NULL, 0));
	}
}

#define T(fn)	{ #fn, fn }

const struct test wait_tests[] = {
	T(touch_goes_on_after_a_close),
	T(touch_goes_on_after_an_exit),
	T(many_touchers_go_on_together),
	T(touchers_of_one_page_share_it),
	T(waiting_touch_can_be_killed),
	T(touch_that_waits_in_vain_is_sigbus),
	T(no_time_to_wait_is_sigbus_at_once),
	T(touch_past_the_object_does_not_wait),
	T(caught_signals_do_not_prolong_the_wait),
	T(reserved_memory_is_not_delayed),
	T(read_waits_for_its_buffer),
	T(odirect_waits_for_its_buffer),
	T(remote_write_waits_too),
	T(populate_waits_and_fails),
	T(range_can_be_unmapped_during_the_wait),
	T(unmapped_wait_in_vain_is_sigsegv),
	T(range_can_be_replaced_during_the_wait),
	T(pages_come_from_the_node_asked_for),
	T(bound_touch_waits_for_its_node),
	T(overcommitted_fight_leaves_the_pool_whole),
};

const size_t wait_ntests = ARRAY_SIZE(wait_tests);
