#!/bin/sh
# SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#
# guest.sh - what scripts/qemu-test.sh runs in the guest: the tests of loading and
# of the device that the lines "suite group..." of a file name, those of the kernel
# interface, then loading once more.  Beside it lie that file, suites, the modules,
# the programs, and in the file large how much memory a large mapping is, in MiB.

failed=0
cpu1=/sys/devices/system/cpu/cpu1/online

# patch FILE VALUE - write what makes the kernel patch its code.  That crashes the other
# CPU now and then, as QEMU 7.2 does not emulate it faithfully.
patch()
{
	echo 0 >$cpu1 && echo "$2" >"$1" && echo 1 >$cpu1 || failed=1
}

# trace_events 0|1 - disable or enable those of vmpage
trace_events()
{
	patch /sys/kernel/tracing/events/vmpage/enable "$1"
}

# thp always|madvise|never - where the kernel may use huge pages; never is what it
# chooses on a machine this small
thp()
{
	echo "$1" >/sys/kernel/mm/transparent_hugepage/enabled || failed=1
}

# numa_balancing 0|1 - whether pages follow the program that uses them.  A program that
# went to the other node then has faults of its pages, which some tests would count.
numa_balancing()
{
	[ "$(cat /proc/sys/kernel/numa_balancing)" = "$1" ] ||
		patch /proc/sys/kernel/numa_balancing "$1"
}

# numa_scan FILE VALUE - how often page tables are searched for pages to migrate
numa_scan()
{
	echo "$2" >"/sys/kernel/debug/sched/numa_balancing/$1" || failed=1
}

# device_tests SUITE GROUP... - in the state of the machine that the suite names
device_tests()
{
	case $1 in
	*-thp-*) thp "${1#*-thp-}" ;;
	*) thp always ;;
	esac
	case $1 in
	*-numa-balancing)
		numa_balancing 1
		numa_scan scan_delay_ms 1
		numa_scan scan_period_min_ms 10
		;;
	*) numa_balancing 0 ;;
	esac
	shift
	for group; do
		case $group in
		all) ./vmpage_test -d /dev/vda -m "$(cat large)" ;;
		*) ./vmpage_test -d /dev/vda -m "$(cat large)" -g "$group" ;;
		esac || failed=1
	done </dev/null
}

if grep -q '^load$' suites; then
	echo "suite load"
	./load_test vmpage.ko || failed=1
fi

insmod vmpage.ko size=96M || exit 1
insmod vmpage_move.ko || exit 1
insmod vmpage_entry.ko || exit 1
grep chunk_map /sys/kernel/debug/vmpage/device
mount -t tracefs nodev /sys/kernel/tracing || failed=1
echo 0 >/sys/kernel/tracing/tracing_on
trace_events 1
while read -r suite groups; do
	case $suite in
	load | cma | uid) continue ;;
	esac
	echo "suite $suite"
	# shellcheck disable=SC2086
	device_tests "$suite" $groups
done <suites
trace_events 0
rmmod vmpage_entry vmpage_move || failed=1

echo "suite kernel"
insmod vmpage_test.ko || failed=1
dmesg | sed -n 's/.*vmpage_test: \(\(not \)\{0,1\}ok .*\)/\1/p'
dmesg | grep -q 'vmpage_test: tests [0-9]* failed 0$' || failed=1
rmmod vmpage_test || failed=1

echo "suite reload"
stats=/sys/kernel/debug/vmpage/stats
for i in 1 2; do
	if [ "$(cat /sys/kernel/debug/vmpage/audit)" = ok ] &&
	   [ "$(awk '/^v_(free|pgcache)_count / { n += $2 } END { print n }' $stats)" = 24576 ] &&
	   rmmod vmpage && [ ! -e /dev/vmpage ] && insmod vmpage.ko size=96M; then
		echo "ok unload_and_reload_$i"
	else
		echo "not ok unload_and_reload_$i: see the kernel log"
		failed=1
	fi
done
rmmod vmpage || failed=1

if grep -q '^uid ' suites; then
	echo "suite uid"
	insmod vmpage.ko size=96M uid_max=8M || exit 1
	insmod vmpage_move.ko || exit 1
	device_tests uid uid
	rmmod vmpage_move || failed=1
	rmmod vmpage || failed=1
fi

if grep -q '^cma ' suites; then
	echo "suite cma"
	insmod vmpage.ko size=48M source=cma strict=1 || exit 1
	device_tests cma pfn
	rmmod vmpage || failed=1
fi
exit $failed
