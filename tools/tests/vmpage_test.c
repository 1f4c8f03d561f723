// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * vmpage_test - tests of /dev/vmpage, as a program sees it
 *
 *	vmpage_test [-d DISK] [-g GROUP] [-m MIB] [-s SECONDS] [-l] [NAME...]
 *
 * Runs as root on a machine with the module loaded and debugfs mounted; nobody
 * else uses the device.  DISK is a raw block device of at least 64 MiB whose
 * content is lost.  -g takes the tests of one group only, -l lists the names; each
 * of the races lasts SECONDS (3).  Where a fault takes long, a lower MIB (64), for what
 * is large, saves time.  Exits 0 when all passed, 1 when one failed, 77 when none could
 * run.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "device.h"

static const struct {
	const char *name;
	const struct test *tests;
	const size_t *ntests;
	/* Those that are apart need the module loaded in another way. */
	enum { USUAL, APART } with;
} groups[] = {
	{ "map", map_tests, &map_ntests, USUAL },
	{ "io", io_tests, &io_ntests, USUAL },
	{ "credit", credit_tests, &credit_ntests, USUAL },
	{ "wait", wait_tests, &wait_ntests, USUAL },
	{ "reserv", reserv_tests, &reserv_ntests, USUAL },
	{ "ioctl", ioctl_tests, &ioctl_ntests, USUAL },
	{ "huge", huge_tests, &huge_ntests, USUAL },
	{ "move", move_tests, &move_ntests, USUAL },
	{ "room", room_tests, &room_ntests, USUAL },
	{ "zero", zero_tests, &zero_ntests, USUAL },
	{ "race", race_tests, &race_ntests, USUAL },
	{ "pfn", pfn_tests, &pfn_ntests, APART },
	{ "uid", uid_tests, &uid_ntests, APART },
	{ "memattr", memattr_tests, &memattr_ntests, APART },
};

/* The tests of a group, or, if it is NULL, of all groups that are not apart. */
static struct test *find_tests(const char *group, size_t *ntests)
{
	struct test *all = NULL;

	*ntests = 0;
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		if (group ? strcmp(group, groups[i].name) : groups[i].with == APART)
			continue;
		all = realloc(all, (*ntests + *groups[i].ntests) * sizeof(*all));
		if (!all)
			exit(TEST_FAIL);
		memcpy(all + *ntests, groups[i].tests, *groups[i].ntests * sizeof(*all));
		*ntests += *groups[i].ntests;
	}
	return all;
}

int main(int argc, char **argv)
{
	const char *group = NULL;
	bool list = false;
	struct test *tests;
	size_t ntests;
	int opt;

	while ((opt = getopt(argc, argv, "d:g:m:s:l")) != -1) {
		switch (opt) {
		case 'd':
			disk = optarg;
			break;
		case 'g':
			group = optarg;
			break;
		case 'm':
			large_len = (size_t)atoi(optarg) * MIB;
			break;
		case 's':
			stress_seconds = (unsigned int)atoi(optarg);
			test_seconds += stress_seconds;
			break;
		case 'l':
			list = true;
			break;
		default:
			return TEST_FAIL;
		}
	}
	tests = find_tests(group, &ntests);
	if (!ntests) {
		printf("no tests in the group %s\n", group);
		return TEST_FAIL;
	}
	if (list) {
		for (size_t i = 0; i < ntests; i++)
			puts(tests[i].name);
		return TEST_PASS;
	}
	if (access(DEVICE, F_OK)) {
		puts("no " DEVICE);
		return TEST_SKIP;
	}
	return run_tests(tests, ntests, argc - optind, argv + optind, pool_is_whole);
}
