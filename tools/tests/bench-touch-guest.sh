#!/bin/sh
# SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#
# bench-touch-guest.sh - what scripts/bench-touch.sh runs in the guest.  Beside it lie the
# module, the program, and in touch.txt: MIB ROUNDS.

# zero_pool - have all of it cleared ahead of time
zero_pool()
{
	tries=600

	echo 1 >/sys/module/vmpage/parameters/zero_ahead || return
	while ! grep -q '^v_unzeroed 0$' /sys/kernel/debug/vmpage/stats; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return
		sleep 0.2
	done
	echo 0 >/sys/module/vmpage/parameters/zero_ahead
}

read -r mib rounds <touch.txt
insmod vmpage.ko size=$((mib + 64))M strict=1 || exit
for _ in $(seq "$rounds"); do
	for step in 2048 4; do
		./bench_touch hugetlb "$mib" "$step" || exit
		# What is still known to be zero is used up before that counts.
		./bench_touch vmpage "$mib" 2048 >/dev/null || exit
		./bench_touch vmpage "$mib" "$step" || exit
		zero_pool || exit
		./bench_touch vmpage "$mib" "$step" >zeroed.txt || exit
		sed 's/^vmpage/zeroed/' zeroed.txt
	done
done
rmmod vmpage || exit
echo "done"
