#!/bin/bash
# SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#
# uml.sh NAME [-t SECONDS] [-m MEMORY] [-a "KERNEL ARGUMENTS"] -- DIR
#
# Boot the User-Mode Linux kernel NAME with DIR mounted on /h (read and write)
# and run DIR/run.sh in it.  Leaves DIR/console.log (the kernel's words),
# DIR/result (what run.sh printed, then "status N") and DIR/status.  Fails on
# a time-out (60 s), a status other than 0, or a bad line in the log.

. "$(dirname "$0")/lib.sh"

[ $# -ge 1 ] || usage
name=$1
shift
timeout=60 memory=512M words=""
while getopts t:m:a: opt; do
	case $opt in
	t) timeout=$OPTARG ;;
	m) memory=$OPTARG ;;
	a) words=$OPTARG ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
[ $# = 1 ] || usage
[ -f "$1/run.sh" ] || die "no $1/run.sh"
check_kind "$name" um
dir=$(cd "$1" && pwd)
case $dir in
*[[:space:],]*) die "a kernel argument cannot hold the name '$dir'" ;;
esac
"$SCRIPTS/kernels.sh" ensure "$name"
initrd=$(base_initramfs)

smp=""
case $name in
um-7.3*) smp="ncpus=2 seccomp=on" ;;
esac

rm -f "$dir/console.log" "$dir/result" "$dir/status"
: >"$dir/result"
status=0
# No SIGTERM: it would begin an orderly end, and a noisy one.  And no word from
# bash when 7.3 aborts after "Power down", as it does now and then: it does not
# stop its second CPU before it takes the memory away.
# shellcheck disable=SC2086
{
	timeout -s KILL "$timeout" "$CACHE/$name/linux" "mem=$memory" $smp con=null \
		con0=fd:0,fd:1 "initrd=$initrd" "vmpage_dir=$dir" slab_debug=- printk.time=1 \
		kasan_multi_shot printk.devkmsg=on $words \
		</dev/null >"$dir/console.log" 2>&1 || status=$?
} 2>/dev/null
guest_status "$dir"
case $status in
124 | 137) note "$name: no end within $timeout s" ;;
esac
verdict "$dir"
