#!/bin/sh
# SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#
# ageing-guest.sh - what scripts/ageing.sh runs in the guest.  Beside it lie the two
# modules, and their parameters in pool.txt and ageing.txt.

read -r pool <pool.txt
read -r ageing <ageing.txt

# What Linux keeps below its watermarks would be free memory that the trace cannot use.
echo 1024 >/proc/sys/vm/min_free_kbytes
echo 0 >/proc/sys/vm/watermark_boost_factor
# Freed pages are not to linger in a list of the CPU, where no block can be made of them.
echo 100000 >/proc/sys/vm/percpu_pagelist_high_fraction

# shellcheck disable=SC2086
insmod vmpage.ko $pool || exit
# shellcheck disable=SC2086
insmod vmpage_ageing.ko $ageing || exit
dmesg | sed -n 's/^\(\[.*\] \)\{0,1\}vmpage_ageing: //p'
cat /sys/kernel/debug/vmpage/audit
[ "$(cat /sys/kernel/debug/vmpage/audit)" = ok ] || exit
rmmod vmpage_ageing && rmmod vmpage
