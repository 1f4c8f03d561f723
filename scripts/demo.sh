#!/bin/bash
# SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#
# demo.sh [NAME]
#
# Build vmpage.ko for a stock kernel (default: stock-6.1), boot that in QEMU
# with two memory nodes and a raw disk, load a pool of 256 MiB, and let a program
# that knows nothing of the module do direct I/O in memory from /dev/vmpage.
# Prints the free lists before, during and after, and how much of the memory is mapped
# by entries of 2 MiB.

. "$(dirname "$0")/lib.sh"

name=${1:-stock-6.1}
check_name "$name"
dir=$TOP/.build/$name.demo

"$SCRIPTS/kernels.sh" ensure "$name"
need_packages gcc libc6-dev make binutils
"$SCRIPTS/build.sh" "$name"
make -s -C "$TOP/tools/tests" O="$TOP/.build/tools"

guest_dir "$dir" "$TOP/.build/$name" vmpage
cp "$TOP/.build/tools/direct_io" "$dir/"
cp "$TOP/tools/tests/demo-guest.sh" "$dir/run.sh"
truncate -s 256M "$dir.disk"
"$SCRIPTS/qemu.sh" "$name" -d "$dir.disk" -- "$dir"
rm -f "$dir.disk"
tr -d '\r' <"$dir/result" | sed '/^status /d'
