// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "harness.h"

unsigned int test_seconds = 180;

static char *reason;			/* shared with the children */
static sigjmp_buf touch_env;

void test_end(int result, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (!reason)
		vfprintf(stderr, fmt, ap);
	else if (!reason[0])
		vsnprintf(reason, PAGE, fmt, ap);
	va_end(ap);
	_exit(result);
}

uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

pid_t start_child(void (*fn)(void *), void *arg)
{
	pid_t pid;

	fflush(stdout);
	pid = MUST(fork());
	if (!pid) {
		fn(arg);
		_exit(TEST_PASS);
	}
	return pid;
}

void children_must_pass(const pid_t *pids, size_t npids)
{
	int status;

	for (size_t i = 0; i < npids; i++) {
		MUST(waitpid(pids[i], &status, 0));
		CHECK(WIFEXITED(status) && !WEXITSTATUS(status));
	}
}

int in_child(void (*fn)(void *), void *arg)
{
	const pid_t pid = start_child(fn, arg);
	int status;

	MUST(waitpid(pid, &status, 0));
	return status;
}

void child_must_pass(void (*fn)(void *), void *arg)
{
	const int status = in_child(fn, arg);

	if (WIFSIGNALED(status))
		FAIL("a child died of signal %d", WTERMSIG(status));
	if (WEXITSTATUS(status))
		_exit(WEXITSTATUS(status));
}

static void touch_handler(int sig)
{
	siglongjmp(touch_env, sig);
}

int touch_signal(volatile char *p, bool write)
{
	struct sigaction sa = { .sa_handler = touch_handler };
	struct sigaction old_bus, old_segv;
	int sig;

	sigaction(SIGBUS, &sa, &old_bus);
	sigaction(SIGSEGV, &sa, &old_segv);
	sig = sigsetjmp(touch_env, 1);
	if (!sig) {
		if (write)
			*p = 1;
		else
			(void)*p;
	}
	sigaction(SIGBUS, &old_bus, NULL);
	sigaction(SIGSEGV, &old_segv, NULL);
	return sig;
}

size_t touch_pages(char *p, size_t npages)
{
	struct sigaction sa = { .sa_handler = touch_handler };
	struct sigaction old;
	volatile size_t n = 0;

	sigaction(SIGBUS, &sa, &old);
	if (!sigsetjmp(touch_env, 1)) {
		for (; n < npages; n++)
			*(volatile char *)(p + n * PAGE) = 1;
	}
	sigaction(SIGBUS, &old, NULL);
	return n;
}

char *file_text(const char *path)
{
	const size_t size = MIB;
	size_t len = 0;
	char *buf;
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY);
	if (fd < 0)
		return NULL;
	buf = malloc(size);
	while (buf && (n = read(fd, buf + len, size - 1 - len)) > 0)
		len += (size_t)n;
	close(fd);
	if (buf)
		buf[len] = 0;
	return buf;
}

long file_value(const char *path, const char *name)
{
	const size_t len = strlen(name);
	char *text = file_text(path);
	char *line, *next;
	long value = -1;

	for (line = text; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = 0;
		if (!strncmp(line, name, len) && strchr(" \t:", line[len]) && line[len]) {
			value = strtol(line + len + strspn(line + len, " \t:"), NULL, 10);
			break;
		}
	}
	free(text);
	return value;
}

static uint64_t pattern_word(uint64_t seed, uint64_t pos)
{
	uint64_t x = (pos + seed * 0x9e3779b97f4a7c15ULL) * 0xbf58476d1ce4e5b9ULL;

	return x ^ x >> 31;
}

void pattern_fill(void *p, size_t len, uint64_t seed, uint64_t pos)
{
	uint64_t *w = p;

	for (size_t i = 0; i < len / 8; i++)
		w[i] = pattern_word(seed, pos / 8 + i);
}

long pattern_check(const void *p, size_t len, uint64_t seed, uint64_t pos)
{
	const uint64_t *w = p;

	for (size_t i = 0; i < len / 8; i++) {
		if (w[i] != pattern_word(seed, pos / 8 + i))
			return (long)(i * 8);
	}
	return -1;
}

bool is_zero(const void *p, size_t len)
{
	const uint64_t *w = p;

	for (size_t i = 0; i < len / 8; i++) {
		if (w[i])
			return false;
	}
	return true;
}

static int wait_with_limit(pid_t pid)
{
	const uint64_t end = now_ms() + test_seconds * 1000;
	int status;

	while (!waitpid(pid, &status, WNOHANG)) {
		if (now_ms() > end) {
			kill(-pid, SIGKILL);
			waitpid(pid, &status, 0);
			snprintf(reason, PAGE, "still running after %u s", test_seconds);
			return TEST_FAIL;
		}
		usleep(2000);
	}
	if (WIFSIGNALED(status)) {
		snprintf(reason, PAGE, "died of signal %d", WTERMSIG(status));
		return TEST_FAIL;
	}
	return WEXITSTATUS(status);
}

static int run_one(const struct test *test, const char *(*after)(void))
{
	const uint64_t start = now_ms();
	const char *wrong;
	int result;
	pid_t pid;

	reason[0] = 0;
	fflush(stdout);
	pid = fork();
	if (!pid) {
		setpgid(0, 0);
		test->run();
		_exit(TEST_PASS);
	}
	result = wait_with_limit(pid);
	kill(-pid, SIGKILL);
	wrong = after ? after() : NULL;
	if (wrong && result != TEST_FAIL) {
		snprintf(reason, PAGE, "afterwards: %s", wrong);
		result = TEST_FAIL;
	}
	if (result == TEST_PASS)
		printf("ok %s (%llu ms)\n", test->name,
		       (unsigned long long)(now_ms() - start));
	else if (result == TEST_SKIP)
		printf("skip %s: %s\n", test->name, reason);
	else
		printf("not ok %s: %s\n", test->name, reason);
	return result;
}

static bool is_wanted(const char *name, int argc, char **argv)
{
	for (int i = 0; i < argc; i++) {
		if (!strcmp(name, argv[i]))
			return true;
	}
	return !argc;
}

int run_tests(const struct test *tests, size_t ntests, int argc, char **argv,
	      const char *(*after)(void))
{
	int ran = 0, failed = 0, skipped = 0;

	reason = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (reason == MAP_FAILED)
		return TEST_FAIL;
	for (size_t i = 0; i < ntests; i++) {
		if (!is_wanted(tests[i].name, argc, argv))
			continue;
		switch (run_one(&tests[i], after)) {
		case TEST_PASS:
			break;
		case TEST_SKIP:
			skipped++;
			break;
		default:
			failed++;
		}
		ran++;
	}
	printf("tests %d ok %d failed %d skipped %d\n", ran, ran - failed - skipped, failed,
	       skipped);
	fflush(stdout);
	if (failed || !ran)
		return TEST_FAIL;
	return skipped == ran ? TEST_SKIP : TEST_PASS;
}
