#!/bin/bash
# SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#
# bench-load.sh [NAME]
#
# What loading vmpage with pools of 1, 2 and 4 GiB costs on the kernel NAME (stock-6.12), in
# instructions, beside taking as many chunks from the same allocator alone, and beside loading
# it with 2 MiB, which is what the kernel has to do for any module of its size; and how much
# memory vmpage then uses beside the pool.  Once on the kernel as it is, which clears the
# memory that it gives away: a byte is an instruction.  Once where it does not.  Prints a
# table; leaves it in .build/bench/load.txt, and the figures in load.json.

. "$(dirname "$0")/lib.sh"

[ $# -le 1 ] || usage
name=${1:-stock-6.12}
check_kind "$name" stock
dir=$TOP/.build/$name.load out=$TOP/.build/bench

# boot CLEARS - prints "CLEARS MIB ELAPSED-US LOAD-US CHUNKS-US KIB LEAST-US" lines
boot()
{
	guest_dir "$dir" "$TOP/.build/$name" vmpage vmpage_bench
	cp "$TOP/.build/tools/bench_load" "$dir/"
	cp "$TOP/tools/tests/bench-load-guest.sh" "$dir/run.sh"
	echo "1024 2048 4096" >"$dir/load.txt"
	"$SCRIPTS/qemu.sh" "$name" -t 600 -m 5120 --icount -a "nokaslr init_on_alloc=$1" -- "$dir"
	tr -d '\r' <"$dir/result" | awk -v clears="$1" '
		$1 == "load" { $1 = clears; print; n++ }
		/^done$/ { done = 1 }
		END { exit !(n == 3 && done) }' || die "it did not come to its end; see $dir/result"
}

json()
{
	awk '
	BEGIN { print "[" }
	{
		printf "%s  { \"init_on_alloc\": %s, \"pool_mib\": %s, \"elapsed_us\": %s, \"load_us\": %s, \"chunks_us\": %s, \"used_kib\": %s, \"load_2_mib_us\": %s }",
			(NR > 1 ? ",\n" : ""), $1, $2, $3, $4, $5, $6, $7
	}
	END { print "\n]" }' "$1"
}

table()
{
	awk '
	BEGIN {
		printf "%-13s %9s %10s %10s %10s %7s %10s %7s %12s\n", "init_on_alloc", "pool, MiB",
			"vmpage", "per GiB", "chunks", "factor", "of 2 MiB", "without", "beside pool"
	}
	{
		printf "%-13s %9d %10.1f %10.1f %10.1f %7.2f %10.1f %7.2f %10.2f %%\n", $1, $2, $4 / 1000,
			$4 / 1000 * 1024 / $2, $5 / 1000, $4 / $5, $7 / 1000, ($4 - $7) / $5,
			100 * ($6 - $2 * 1024) / ($2 * 1024)
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
