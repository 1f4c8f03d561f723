// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * vmpage_test - tests of /dev/vmpage, as a program sees it
 *
 *	vmpage_test [-d DISK] [-l] [NAME...]
 *
 * Runs as root on a machine with the module loaded and debugfs mounted; nobody
 * else uses the device.  DISK is a raw block device of at least 64 MiB whose
 * content is lost.  -l lists the names.  Exits 0 when all passed, 1 when one
 * failed, 77 when none could run.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "device.h"

static const struct {
	const struct test *tests;
	const size_t *ntests;
} groups[] = {
	{ map_tests, &map_ntests },
	{ io_tests, &io_ntests },
	{ credit_tests, &credit_ntests },
	{ wait_tests, &wait_ntests },
	{ reserv_tests, &reserv_ntests },
};

static struct test *all_tests(size_t *ntests)
{
	struct test *all = NULL;

	*ntests = 0;
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
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
	size_t ntests;
	struct test *all = all_tests(&ntests);
	int opt;

	while ((opt = getopt(argc, argv, "d:l")) != -1) {
		switch (opt) {
		case 'd':
			disk = optarg;
			break;
		case 'l':
			for (size_t i = 0; i < ntests; i++)
				puts(all[i].name);
			return TEST_PASS;
		default:
			return TEST_FAIL;
		}
	}
	if (access(DEVICE, F_OK)) {
		puts("no " DEVICE);
		return TEST_SKIP;
	}
	return run_tests(all, ntests, argc - optind, argv + optind, pool_is_whole);
}
