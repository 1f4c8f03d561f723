#!/bin/sh
# SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#
# consumer-guest.sh - what scripts/consumer.sh runs in the guest

# Its functions are called by check.
# shellcheck disable=SC2317

stats=/sys/kernel/debug/vmpage/stats audit=/sys/kernel/debug/vmpage/audit
failed=0

# stat NAME - the number on a line of the statistics
stat()
{
	awk -v name="$1" '$1 == name { print $2 }' "$stats"
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

# says WORDS - the last thing that the module in front of the colon said
says()
{
	dmesg | grep "${1%%:*}: " | tail -n 1 | grep "$1"
}

# holds N - so many pages of the pool are not free
holds()
{
	[ "$(($(stat v_free_count) + $(stat v_pgcache_count)))" = $((8192 - $1)) ]
}

# cached NOW EVER BACK - so many pages are, have become so, and were brought back
cached()
{
	echo "$(stat v_cache_count) $(stat v_tcached) $(stat v_reactivated)"
	[ "$(stat v_cache_count) $(stat v_tcached) $(stat v_reactivated)" = "$*" ]
}

audit_is_ok()
{
	[ "$(cat "$audit")" = ok ]
}

# used_by N - so many modules use vmpage
used_by()
{
	[ "$(awk '$1 == "vmpage" { print $3 }' /proc/modules)" = "$1" ]
}

# crowd_was_told - some tables were taken for the crowd, and each was told of
crowd_was_told()
{
	says 'consumer9: 64 tables' >/tmp/said
	cat /tmp/said
	sed 's/.* made, \([0-9]*\) kept, \([0-9]*\) made again.*/\1 \2/' /tmp/said |
		awk '{ exit !($1 + $2 == 64 && $2 > 0) }'
}

no_memory='allocate memory\|ut of memory'

check does_not_load_alone fails 'nknown symbol\|No such file' insmod consumer.ko
insmod vmpage.ko size=32M || exit 1

check loads insmod consumer.ko
check says_what_it_holds says 'consumer: a page of zeros, 16 pages in a row, an object of 8 pages'
check holds_its_pages holds 25
check audit_is_ok audit_is_ok
check vmpage_stays_meanwhile fails 'n use\|unavailable' rmmod vmpage

check era_12_loads_beside_it insmod consumer12.ko
check era_12_says_the_same says \
	'consumer12: a page of zeros, 16 pages in a row, an object of 8 pages'
check era_12_holds_as_many holds 50

check era_9_loads_beside_both insmod consumer9.ko
check era_9_keeps_what_it_cached says 'consumer9: 64 tables made, 64 kept, 0 made again'
check era_9_cached_pages_are_not_free holds 115
check era_9_cached_pages_are_counted cached 63 127 64
check audit_is_ok_with_cached_pages audit_is_ok
check vmpage_is_used_by_all_three used_by 3

check era_9_unloads rmmod consumer9
check era_9_gives_everything_back holds 50
check nothing_is_cached_any_more cached 0 127 64
check era_9_loads_in_a_crowd insmod consumer9.ko crowd=8000
check era_9_is_told_what_the_crowd_took crowd_was_told
check audit_is_ok_after_the_crowd audit_is_ok
check era_9_unloads_again rmmod consumer9
check too_large_a_crowd_is_enomem fails "$no_memory" insmod consumer9.ko crowd=9000
check era_9_keeps_nothing_after_a_failure holds 50

check era_12_unloads rmmod consumer12
check era_12_gives_everything_back holds 25
check era_12_too_long_a_run_is_enomem fails "$no_memory" insmod consumer12.ko run_pages=9000
check era_12_keeps_nothing_after_a_failure holds 25

check unloads rmmod consumer
check gives_everything_back holds 0
check too_long_a_run_is_enomem fails "$no_memory" insmod consumer.ko run_pages=9000
check keeps_nothing_after_a_failure holds 0
check audit_is_ok_in_the_end audit_is_ok
check nobody_uses_vmpage used_by 0
check vmpage_unloads rmmod vmpage
exit $failed
