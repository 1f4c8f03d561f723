#!/bin/sh
# SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#
# ageing-maps-guest.sh - what scripts/ageing-maps.sh runs in the guest.  Beside it lie
# the module, the program, and what to play in trace.txt: SIDE SEED PHASES MIB.

read -r side seed phases mib <trace.txt
echo always >/sys/kernel/mm/transparent_hugepage/enabled
echo always >/sys/kernel/mm/transparent_hugepage/defrag
if [ "$side" = vmpage ]; then
	insmod vmpage.ko size="${mib}M" strict=1 || exit
fi
./ageing_maps "$side" "$seed" "$phases" "$mib" || exit
[ "$side" = thp ] || rmmod vmpage || exit
echo "done"
