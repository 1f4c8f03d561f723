/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * A small test harness.  Each test runs in a process of its own, so that a
 * signal or an exit is the result of one test only.  One line is printed for
 * each test, "ok NAME (TIME)", "not ok NAME: why" or "skip NAME: why", and at the end
 * "tests N ok N failed N skipped N".
 */
#ifndef HARNESS_H
#define HARNESS_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define TEST_PASS	0
#define TEST_FAIL	1
#define TEST_SKIP	77

#define PAGE		4096UL
#define KIB		1024UL
#define MIB		(1024UL * KIB)
#define CHUNK		(2 * MIB)	/* what one huge entry would map */
#define CHUNK_PAGES	(CHUNK / PAGE)

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* A test that takes longer hangs. */
extern unsigned int test_seconds;

struct test {
	const char *name;
	void (*run)(void);
};

/* End the running test. */
void test_end(int result, const char *fmt, ...) __attribute__((noreturn, format(printf, 2, 3)));

#define FAIL(...)	test_end(TEST_FAIL, __VA_ARGS__)
#define SKIP(...)	test_end(TEST_SKIP, __VA_ARGS__)

#define CHECK(cond)							\
	do {								\
		if (!(cond))						\
			FAIL("line %d: %s", __LINE__, #cond);		\
	} while (0)

/* The call returns -1 with exactly this errno. */
#define CHECK_ERRNO(call, err)						\
	do {								\
		errno = 0;						\
		if ((long)(call) != -1 || errno != (err))		\
			FAIL("line %d: %s: errno %d, not %s", __LINE__, #call, errno, #err); \
	} while (0)

/* The call does not return -1. */
#define MUST(call) ({							\
	__typeof__(call) __r = (call);					\
									\
	if ((long)__r == -1)						\
		FAIL("line %d: %s: %s", __LINE__, #call, strerror(errno)); \
	__r;								\
})

#define PATIENCE_MS	60000		/* for what others are at work on */

/* Does it come true, sooner or later? */
#define EVENTUALLY(cond) ({						\
	const uint64_t __end = now_ms() + PATIENCE_MS;			\
	bool __true;							\
									\
	while (!(__true = (cond)) && now_ms() < __end)			\
		usleep(10000);						\
	__true;								\
})

/*
 * Run all tests whose name is in argv, or all; "after" runs in the parent
 * after each and returns NULL or what is wrong.  Returns the exit code.
 */
int run_tests(const struct test *tests, size_t ntests, int argc, char **argv,
	      const char *(*after)(void));

/* Begin to run a function in a child. */
pid_t start_child(void (*fn)(void *), void *arg);

/* Each child ends with exit code 0, else the test fails. */
void children_must_pass(const pid_t *pids, size_t npids);

/* Run a function in a child; returns the wait status. */
int in_child(void (*fn)(void *), void *arg);

/* The child ended with exit code 0, else the test fails with its reason. */
void child_must_pass(void (*fn)(void *), void *arg);

/* Does touching this address end in this signal?  0 when it does not fault. */
int touch_signal(volatile char *p, bool write);

/* Write to page after page until one is SIGBUS; returns how many were not. */
size_t touch_pages(char *p, size_t npages);

/* The number after a name in a file of "name number" lines; -1 if absent. */
long file_value(const char *path, const char *name);

/* Everything in a small file, as a string; NULL if it cannot be read. */
char *file_text(const char *path);

uint64_t now_ms(void);

/* A pattern that differs in every 8 bytes, by seed and position. */
void pattern_fill(void *p, size_t len, uint64_t seed, uint64_t pos);

/* Offset of the first wrong byte, or -1. */
long pattern_check(const void *p, size_t len, uint64_t seed, uint64_t pos);

bool is_zero(const void *p, size_t len);

#endif /* HARNESS_H */
