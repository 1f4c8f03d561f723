#!/bin/bash
# SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#
# ageing-maps.sh [-p PHASES]
#
# How much of a program's memory is mapped by entries of 2 MiB as it ages at 90 % use:
# memory of /dev/vmpage beside transparent huge pages.  Boots the kernel $KERNEL (default:
# stock-6.12) in QEMU twice, with the same memory, and plays the trace of the seed $SEED
# (1) on one side each.  With vmpage the pool is all that the trace may use, and Linux
# has the rest; without, Linux has all, and compacts memory for a touch, too.  Prints a
# table, which it leaves in .build/ageing-maps/NAME.txt.
#
# What could be are the windows of 2 MiB that a mapping covers, of which some is touched
# and nothing was freed.  khugepaged can exceed it, as it fills others again.

. "$(dirname "$0")/lib.sh"

phases=8
while getopts p: opt; do
	case $opt in
	p) phases=$OPTARG ;;
	*) usage ;;
	esac
done
if [ "$OPTIND" -le $# ] || [ "$phases" -le 0 ]; then
	usage
fi
seed=${SEED:-1} name=${KERNEL:-stock-6.12}
check_kind "$name" stock
memory=640 mib=384
out=$TOP/.build/ageing-maps

# play SIDE - one boot
play()
{
	local dir=$TOP/.build/$name.ageing-$1

	guest_dir "$dir" "$TOP/.build/$name" vmpage
	cp "$TOP/.build/tools/ageing_maps" "$dir/"
	cp "$TOP/tools/tests/ageing-maps-guest.sh" "$dir/run.sh"
	echo "$1 $seed $phases $mib" >"$dir/trace.txt"
	"$SCRIPTS/qemu.sh" "$name" -t 900 -m "$memory" --nodes 1 -- "$dir"
	tr -d '\r' <"$dir/result" | grep -q '^done$' || die "$1 did not come to its end"
	tr -d '\r' <"$dir/result" | grep "^$1 phase " >>"$out/lines.txt"
}

"$SCRIPTS/kernels.sh" ensure "$name"
need_packages gcc libc6-dev make binutils
"$SCRIPTS/build.sh" "$name"
make -s -C "$TOP/tools/tests" O="$TOP/.build/tools"
mkdir -p "$out"
rm -f "$out/lines.txt"
play vmpage
play thp

awk -v phases="$phases" -v mib="$mib" '
	function share(kib) { return sprintf("%.1f", 100 * kib / $5) }
	{ part[$1, $3] = share($7); possible[$3] = share($9); n++; failed += $11 }
	$5 < mib * 1024 * 0.85 { print "only " $5 " KiB in use"; bad = 1 }
	END {
		if (n != 2 * (phases + 1) || bad)
			exit 1
		print "        mapped by 2 MiB entries, %"
		print "phase   could be   vmpage   huge pages"
		for (p = 0; p <= phases; p++)
			printf "%5d %10s %8s %12s\n", p, possible[p], part["vmpage", p],
				part["thp", p]
		if (failed)
			print failed " pages could not be had"
		exit failed > 0
	}' "$out/lines.txt" | tee "$out/$name.txt"
