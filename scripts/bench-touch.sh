#!/bin/bash
# SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#
# bench-touch.sh [-n ROUNDS] [NAME]
#
# What the first touch of 1 GiB costs a program: from hugetlbfs; from /dev/vmpage; and from
# there when the pool was cleared ahead of time, in the same boot of the kernel NAME
# (stock-6.12), by turns: the least of ROUNDS (3).  Once it touches each 2 MiB, once each
# page.  Then the same, twice, where the clock counts instructions: there a byte that is
# cleared is one, for all of them.  Prints a table with the goals, which are of time; leaves
# it in .build/bench/touch.txt, and all figures in touch.json.

. "$(dirname "$0")/lib.sh"

rounds=3 mib=1024
while getopts n: opt; do
	case $opt in
	n) rounds=$OPTARG ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
[ $# -le 1 ] || usage
name=${1:-stock-6.12}
check_kind "$name" stock
dir=$TOP/.build/$name.touch out=$TOP/.build/bench

"$SCRIPTS/kernels.sh" ensure "$name"
need_packages gcc libc6-dev make binutils
"$SCRIPTS/build.sh" "$name"
make -s -C "$TOP/tools/tests" O="$TOP/.build/tools"
mkdir -p "$out"

# boot UNIT ROUNDS [QEMU.SH-OPTION] - prints "UNIT SIDE STEP-KIB FAULTS COST" lines
boot()
{
	local unit=$1

	guest_dir "$dir" "$TOP/.build/$name" vmpage
	cp "$TOP/.build/tools/bench_touch" "$dir/"
	cp "$TOP/tools/tests/bench-touch-guest.sh" "$dir/run.sh"
	echo "$mib $2" >"$dir/touch.txt"
	shift 2
	"$SCRIPTS/qemu.sh" "$name" -t 600 -m $((2 * mib + 768)) -s 1 "$@" \
		-a "hugepages=$((mib / 2)) init_on_alloc=0" -- "$dir"
	tr -d '\r' <"$dir/result" | awk -v unit="$unit" '
		NF == 4 { print unit, $0; n++ }
		/^done$/ { done = 1 }
		END { exit !(n && done) }' || die "it did not come to its end; see $dir/result"
}

# table - from the lines of both boots
table()
{
	awk '
	{ key = $1 " " $2 " " $3 }
	!(key in least) || $5 < least[key] { least[key] = $5 }
	$4 > faults[key] { faults[key] = $4 }
	function verdict(part, goal) {
		return sprintf("%.1f ", goal) (part > goal ? "missed" : "met")
	}
	function line(by, step,   ms, insns, factor) {
		ms = least["ms " by " " step]
		factor = ms / least["ms hugetlb " step]
		printf "%-10s %6d %8d %9.1f", by, step, faults["ms " by " " step], ms / 1000
		printf " %7.3f  %-10s", factor, \
			by in goal ? verdict(factor, goal[by]) : ""
		insns = least["instructions " by " " step]
		printf " %9.1f", insns / 1000
		printf " %7.3f\n", insns / least["instructions hugetlb " step]
	}
	END {
		goal["vmpage"] = 1.0
		goal["zeroed"] = 0.8
		printf "%-10s %6s %8s %9s %7s  %-10s %9s %7s\n", "by", "KiB", "faults", "ms", \
			"factor", "goal", "Minstr.", "factor"
		line("hugetlb", 2048)
		line("vmpage", 2048)
		line("zeroed", 2048)
		line("hugetlb", 4)
		line("vmpage", 4)
		line("zeroed", 4)
	}' "$1"
}

json()
{
	awk '
	BEGIN { print "[" }
	{
		printf "%s  { \"by\": \"%s\", \"step_kib\": %s, \"faults\": %s, \"%s\": %s }",
			(NR > 1 ? ",\n" : ""), $2, $3, $4, $1, ($1 == "ms" ? $5 / 1000 : $5 * 1000)
	}
	END { print "\n]" }' "$1"
}

boot ms "$rounds" >"$out/touch.all"
boot instructions 2 --icount >>"$out/touch.all"
json "$out/touch.all" >"$out/touch.json"
{
	echo "First touch of $mib MiB on $name; the least of $rounds, of instructions of 2."
	table "$out/touch.all"
} | tee "$out/touch.txt"
