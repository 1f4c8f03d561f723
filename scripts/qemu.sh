#!/bin/bash
# SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#
# qemu.sh NAME [-t SECONDS] [-m MEMORY] [-a "KERNEL ARGUMENTS"] [-s CPUS]
#	[-d DISK-IMAGE] [--nodes N] [--icount] -- DIR
#
# Boot the kernel NAME (stock or debug) in QEMU with a copy of DIR in /h and run
# /h/run.sh.  Leaves DIR/console.log (the kernel's words), DIR/result (what
# run.sh printed, then "status N") and DIR/status; nothing else comes back.
# The disk is /dev/vda.  2 CPUs and 2 NUMA nodes of half the memory (1024 MiB)
# each; --icount makes an instruction last 1 ns, on 1 CPU.  Fails on a
# time-out (120 s), a status other than 0, or a bad line in the log.

. "$(dirname "$0")/lib.sh"

[ $# -ge 1 ] || usage
name=$1
shift
timeout=120 memory=1024 words="" cpus=2 nodes="" disk="" icount=""
while [ $# -gt 0 ]; do
	case $1 in
	--) shift; break ;;
	--icount) icount=1 cpus=1; shift; continue ;;
	-t) timeout=${2:?} ;;
	-m) memory=${2:?} ;;
	-a) words=${2:?} ;;
	-s) cpus=${2:?} ;;
	-d) disk=${2:?} ;;
	--nodes) nodes=${2:?} ;;
	-*) usage ;;
	*) break ;;
	esac
	shift 2
done
[ $# = 1 ] || usage
[ -f "$1/run.sh" ] || die "no $1/run.sh"
check_kind "$name" stock debug
case $memory in
*G) memory=$((${memory%G} * 1024)) ;;
*) memory=${memory%M} ;;
esac
dir=$(cd "$1" && pwd)
[ -n "$nodes" ] || nodes=$((cpus < 2 ? 1 : 2))
[ "$cpus" -ge "$nodes" ] || die "fewer CPUs than nodes"
"$SCRIPTS/kernels.sh" ensure "$name"
need_packages qemu-system-x86 cpio
kernel=$CACHE/$name

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
rm -f "$dir/console.log" "$dir/result" "$dir/status"
mkdir -p "$tmp/root"
cp -a "$dir" "$tmp/root/h"
[ -z "$disk" ] || cp -a "$kernel/modules" "$tmp/root/modules"
pack "$tmp/root" | cat "$(base_initramfs)" - >"$tmp/initrd"

machine=(-cpu max -m "$memory" -smp "$cpus")
case $name in
# The other machine's method for the interrupts of PCI takes ACPI with checks 30 s.
debug-*) machine+=(-machine q35) ;;
esac
if [ -n "$icount" ]; then
	machine+=(-accel tcg -icount "shift=0,sleep=off")
else
	machine+=(-accel "tcg,thread=multi")
fi
if [ "$nodes" -gt 1 ]; then
	for ((i = 0; i < nodes; i++)); do
		machine+=(-object "memory-backend-ram,id=m$i,size=$((memory / nodes))M"
			-numa "node,memdev=m$i,cpus=$((i * cpus / nodes))-$(((i + 1) * cpus / nodes - 1))")
	done
fi
if [ -n "$disk" ]; then
	machine+=(-drive "file=$disk,format=raw,if=virtio")
	words="vmpage_disk=1 $words"
fi

# A busy host makes the kernel doubt the TSC, and patch its code, which QEMU 7.2 does
# not emulate faithfully with another CPU running; or doubt the timer, and panic.
status=0
: >"$dir/result"
timeout -k 5 "$timeout" qemu-system-x86_64 -nodefaults -no-user-config \
	-display none -no-reboot "${machine[@]}" \
	-kernel "$kernel/vmlinuz" -initrd "$tmp/initrd" \
	-append "console=ttyS0 panic=-1 quiet tsc=reliable no_timer_check printk.devkmsg=on $words" \
	-serial "file:$dir/console.log" -serial "file:$dir/result" \
	</dev/null >"$tmp/qemu.log" 2>&1 || status=$?
cat "$tmp/qemu.log" >&2
guest_status "$dir"
case $status in
124 | 137) note "$name: no end within $timeout s" ;;
esac
verdict "$dir"
