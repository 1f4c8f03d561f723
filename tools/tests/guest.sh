#!/bin/sh
# SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#
# guest.sh - what scripts/qemu-test.sh runs in the guest: the tests of loading,
# of the device, and of the kernel interface, then loading once more.  Beside
# it lie the modules and the programs.

failed=0

echo "suite load"
./load_test vmpage.ko || failed=1

echo "suite device"
insmod vmpage.ko size=96M || exit 1
grep chunk_map /sys/kernel/debug/vmpage/device
./vmpage_test -d /dev/vda || failed=1

echo "suite kernel"
insmod vmpage_test.ko || failed=1
dmesg | sed -n 's/.*vmpage_test: \(\(not \)\{0,1\}ok .*\)/\1/p'
dmesg | grep -q 'vmpage_test: tests [0-9]* failed 0$' || failed=1
rmmod vmpage_test || failed=1

echo "suite reload"
stats=/sys/kernel/debug/vmpage/stats
for i in 1 2; do
	if [ "$(cat /sys/kernel/debug/vmpage/audit)" = ok ] &&
	   [ "$(awk '$1 == "v_free_count" { print $2 }' $stats)" = 24576 ] &&
	   rmmod vmpage && [ ! -e /dev/vmpage ] && insmod vmpage.ko size=96M; then
		echo "ok unload_and_reload_$i"
	else
		echo "not ok unload_and_reload_$i: see the kernel log"
		failed=1
	fi
done
rmmod vmpage || failed=1
exit $failed
