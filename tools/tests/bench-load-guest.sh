#!/bin/sh
# SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#
# bench-load-guest.sh - what scripts/bench-load.sh runs in the guest.  Beside it lie the
# modules, the program, and in load.txt the sizes, in MiB.

# free_kib - once all that was freed until now is; with the pages in the lists of CPUs
free_kib()
{
	sleep 1
	echo 3 >/proc/sys/vm/drop_caches
	awk '$1 == "MemFree:" { kib += $2 } $1 == "count:" { kib += 4 * $2 } END { print kib }' \
		/proc/meminfo /proc/zoneinfo
}

read -r sizes <load.txt
# The first load has more to do.
insmod vmpage.ko && rmmod vmpage || exit
for mib in $sizes; do
	for _ in 1 2 3; do
		small=$(./bench_load vmpage.ko size=2M) || exit
		./bench_load vmpage_bench.ko "take_mib=$mib" >/dev/null || exit
		taken=$(dmesg | sed -n 's/.*vmpage_bench: bench take //p' | tail -n 1)
		rmmod vmpage_bench vmpage || exit
		before=$(free_kib)
		loaded=$(./bench_load vmpage.ko "size=${mib}M strict=1") || exit
		echo "load $mib $loaded $((taken / 1000)) $small $((before - $(free_kib)))"
		rmmod vmpage || exit
	done
done
echo "done"
