#!/bin/sh
# SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#
# consumer-guest.sh - what scripts/consumer.sh runs in the guest

# Its functions are called by check.
# shellcheck disable=SC2317

stats=/sys/kernel/debug/vmpage/stats audit=/sys/kernel/debug/vmpage/audit
failed=0

# free - pages in the pool that are free
free()
{
	awk '$1 == "v_free_count" { print $2 }' "$stats"
}

# check NAME COMMAND... - a case, which passes when the command succeeds
check()
{
	name=$1
	shift
	if "$@"; then
		echo "ok $name"
	else
		echo "not ok $name"
		failed=1
	fi
}

# fails WORDS COMMAND... - it does, and says so in these words
fails()
{
	words=$1
	shift
	if "$@" 2>/tmp/words; then
		return 1
	fi
	cat /tmp/words
	grep -q "$words" /tmp/words
}

says()
{
	dmesg | grep 'consumer: a page of zeros, 16 pages in a row, an object of 8 pages'
}

# holds N - so many pages are not free
holds()
{
	[ "$(free)" = $((8192 - $1)) ]
}

audit_is_ok()
{
	[ "$(cat "$audit")" = ok ]
}

check does_not_load_alone fails 'nknown symbol\|No such file' insmod consumer.ko
insmod vmpage.ko size=32M || exit 1
check loads insmod consumer.ko
check says_what_it_holds says
check holds_its_pages holds 25
check audit_is_ok audit_is_ok
check vmpage_stays_meanwhile fails 'n use\|unavailable' rmmod vmpage
check unloads rmmod consumer
check gives_everything_back holds 0
check too_long_a_run_is_enomem fails 'allocate memory\|ut of memory' insmod consumer.ko run_pages=9000
check keeps_nothing_after_a_failure holds 0
check audit_is_ok_in_the_end audit_is_ok
check vmpage_unloads rmmod vmpage
exit $failed
