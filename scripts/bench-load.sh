#!/bin/bash
# SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#
# bench-load.sh [NAME]
#
# What loading vmpage with pools of 1, 2 and 4 GiB costs on the kernel NAME (stock-6.12), in
# instructions, beside taking as many chunks from the same allocator alone, and beside loading
# it with 2 MiB, which is what the kernel has to do for any module of its size; and how much
# memory vmpage then uses beside the pool.  Once on the kernel as it is, which clears the
# memory that it gives away: a byte is an instruction.  Once where it does not.  All three
# take turns, and the least of 3 counts, as other tasks of the kernel get in between; of the
# memory the one in the middle.  Prints a table with the goals; leaves it in
# .build/bench/load.txt, and the figures in load.json.

. "$(dirname "$0")/lib.sh"

[ $# -le 1 ] || usage
name=${1:-stock-6.12}
check_kind "$name" stock
dir=$TOP/.build/$name.load out=$TOP/.build/bench

# boot CLEARS - prints "CLEARS MIB LOAD-US CHUNKS-US SMALL-US KIB" lines
boot()
{
	guest_dir "$dir" "$TOP/.build/$name" vmpage vmpage_bench
	cp "$TOP/.build/tools/bench_load" "$dir/"
	cp "$TOP/tools/tests/bench-load-guest.sh" "$dir/run.sh"
	echo "1024 2048 4096" >"$dir/load.txt"
	"$SCRIPTS/qemu.sh" "$name" -t 600 -m 5120 --icount -a "nokaslr init_on_alloc=$1" -- "$dir"
	tr -d '\r' <"$dir/result" | awk -v clears="$1" '
		function least(what, us) {
			if (!((what, $2) in cost) || us < cost[what, $2])
				cost[what, $2] = us
		}
		$1 == "load" && NF == 6 {
			least("load", $3)
			least("chunks", $4)
			least("small", $5)
			if (++rounds[$2] == 1)
				size[++n] = $2
			kib[$2, rounds[$2]] = $6
		}
		function middle(a, b, c) {
			return a < b ? (b < c ? b : a < c ? c : a) : (a < c ? a : b < c ? c : b)
		}
		/^done$/ { done = 1 }
		END {
			for (i = 1; i <= n; i++) {
				mib = size[i]
				print clears, mib, cost["load", mib], cost["chunks", mib],
					cost["small", mib],
					middle(kib[mib, 1], kib[mib, 2], kib[mib, 3])
				done = done && rounds[mib] == 3
			}
			exit !(n == 3 && done)
		}' || die "it did not come to its end; see $dir/result"
}

json()
{
	awk '
	BEGIN { print "[" }
	{
		printf "%s  { \"init_on_alloc\": %s, \"pool_mib\": %s, \"load_us\": %s, \"chunks_us\": %s, \"load_2_mib_us\": %s, \"used_kib\": %s }",
			(NR > 1 ? ",\n" : ""), $1, $2, $3, $4, $5, $6
	}
	END { print "\n]" }' "$1"
}

table()
{
	awk '
	function verdict(part, goal) { return part > goal ? "missed" : "met" }
	BEGIN {
		printf "%-13s %9s %8s %8s %8s %13s %9s %7s %15s\n", "init_on_alloc", "pool, MiB",
			"vmpage", "per GiB", "chunks", "factor", "of 2 MiB", "without", "beside pool"
	}
	{
		beside = 100 * ($6 - $2 * 1024) / ($2 * 1024)
		printf "%-13s %9d %8.1f %8.1f %8.1f %6.2f %-6s %9.1f %7.2f %6.2f %% %s\n", $1, $2,
			$3 / 1000, $3 / 1000 * 1024 / $2, $4 / 1000, $3 / $4, verdict($3 / $4, 2),
			$5 / 1000, ($3 - $5) / $4, beside, verdict(beside, 1.7)
	}' "$1"
}

"$SCRIPTS/kernels.sh" ensure "$name"
need_packages gcc libc6-dev make binutils
"$SCRIPTS/build.sh" "$name" -- VMPAGE_BENCH=1
make -s -C "$TOP/tools/tests" O="$TOP/.build/tools"
mkdir -p "$out"
boot 1 >"$out/load.all"
boot 0 >>"$out/load.all"
json "$out/load.all" >"$out/load.json"
{
	echo "Loading on $name, in millions of instructions.  Goals: 2 times the chunks, 1.7 % of memory."
	table "$out/load.all"
} | tee "$out/load.txt"
