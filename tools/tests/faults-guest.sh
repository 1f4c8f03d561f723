#!/bin/sh
# SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#
# faults-guest.sh - what scripts/load-faults.sh runs in the guest

kmemleak=/sys/kernel/debug/kmemleak

# What the first load leaves in caches of the kernel is no leak.
insmod vmpage.ko size=4M && rmmod vmpage || exit 1

# Pages that are free or in slabs, KiB: KASAN keeps freed slab objects for a while,
# and what leaks of those kmemleak finds.
pages()
{
	awk '$1 == "MemFree:" || $1 == "Slab:" { n += $2 } END { print n }' /proc/meminfo
}
before=$(pages)

# The loader of modules complains, with a trace, of allocations that fail.
echo 'vmpage-test: expect 0 warnings' >/dev/kmsg
./load_faults vmpage.ko size=4M "$(cat first)" || exit 1
echo 'vmpage-test: end expect' >/dev/kmsg
insmod vmpage.ko size=4M && rmmod vmpage || exit 1

# Twice: what was allocated in the last seconds is not looked at.
echo scan >$kmemleak
sleep 6
echo scan >$kmemleak
if grep -B 2 -A 20 -E 'vmpage|mem_source|vm_phys|vm_mem' $kmemleak; then
	echo "not ok no_memory_is_lost: see above"
	exit 1
fi
after=$(pages)
echo "pages $before KiB before, $after KiB after"
if [ $((before - after)) -gt 8192 ]; then
	echo "not ok no_memory_is_lost: $((before - after)) KiB"
	exit 1
fi
echo "ok no_memory_is_lost"
