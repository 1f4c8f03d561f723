#!/bin/sh
# SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#
# demo-guest.sh - what scripts/demo.sh runs in the guest

debugfs=/sys/kernel/debug/vmpage

show()
{
	echo
	echo "== phys_free $1: $(awk '$1 == "v_free_count" { print $2 }' $debugfs/stats) pages free"
	cat $debugfs/phys_free
}

echo "Linux $(uname -r), $(grep -c ^processor /proc/cpuinfo) CPUs"
echo '# insmod vmpage.ko size=256M'
insmod vmpage.ko size=256M || exit 1
dmesg | sed -n 's/.*\(vmpage: node\)/\1/p'
show before

echo
echo '# direct_io /dev/vmpage /dev/vda 200'
mkfifo /tmp/hold
./direct_io /dev/vmpage /dev/vda 200 </tmp/hold >/tmp/out &
exec 3>/tmp/hold
while ! grep -q differ /tmp/out; do
	kill -0 $! 2>/dev/null || break
	usleep 10000
done
cat /tmp/out
echo
echo "# grep -E '^(Rss|FilePmdMapped)' /proc/$!/smaps_rollup"
grep -E '^(Rss|FilePmdMapped)' /proc/$!/smaps_rollup
show during

exec 3>&-
wait $! || exit 1
show after
rmmod vmpage
