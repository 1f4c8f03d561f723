#!/bin/bash
# SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#
# bench-cpus.sh [-n BOOTS]
#
# How long operations of vmpage take on one CPU, and on each of two that do them at once, in
# nanoseconds: the least over BOOTS (3) boots of User-Mode Linux 7.3, optimised, each of
# its CPUs pinned to one of this machine.  No peers: there, turning interrupts off costs
# others a system call, and vmpage nothing.  Prints a table with the goals; leaves it in
# .build/bench/cpus.txt, and the figures in cpus.json.

. "$(dirname "$0")/lib.sh"

boots=3
while getopts n: opt; do
	case $opt in
	n) boots=$OPTARG ;;
	*) usage ;;
	esac
done
[ "$OPTIND" -gt $# ] || usage
name=um-7.3-opt
dir=$TOP/.build/$name.bench out=$TOP/.build/bench
pool=256
[ "$(nproc)" -ge 2 ] || die "this machine has one CPU"

# pin - give each CPU of the guest one of ours, once it runs
pin()
{
	local pid thread cpu=0

	while ! [ -e "$dir/ready" ]; do
		sleep 0.1
	done
	pid=$(pgrep -f "^[^ ]*/linux .*vmpage_dir=$dir( |\$)") || return
	# The first is the first CPU.
	for thread in "/proc/$pid/task/"*; do
		taskset -p -c "$cpu" "${thread##*/}" >/dev/null
		cpu=1
	done
	touch "$dir/pinned"
}

# boot - measure once; prints "OPERATION ONE TWO" lines, in nanoseconds
boot()
{
	local pinning

	rm -f "$dir/ready" "$dir/pinned"
	pin &
	pinning=$!
	"$SCRIPTS/uml.sh" "$name" -t 120 -m 640M -- "$dir" || {
		kill "$pinning" 2>/dev/null
		return 1
	}
	wait "$pinning"
	tr -d '\r' <"$dir/result" | awk -v sizes="$out/cpus.keeps" '
		$1 == "keeps" { keeps = $2 }
		$1 == "done" { done = $2 }
		NF == 4 { printf "%s %.2f %.2f\n", $1, $2 / $4, $3 / $4; n++ }
		END {
			print keeps >sizes
			exit !(done && n == done && keeps != "")
		}'
}

# table FILE - the least of each
table()
{
	awk '
	BEGIN {
		goal["pair"] = goal["batch"] = goal["batch_random"] = 1.15
		goal["object"] = goal["object_reserv"] = 1.15
	}
	!($1 in one) { rows[++n] = $1; one[$1] = $2; two[$1] = $3 }
	$2 < one[$1] { one[$1] = $2 }
	$3 < two[$1] { two[$1] = $3 }
	END {
		printf "%-16s %9s %9s %8s  %s\n", "operation", "one CPU", "of two", "factor", "goal"
		for (i = 1; i <= n; i++) {
			row = rows[i]
			factor = two[row] / one[row]
			printf "%-16s %9.1f %9.1f %8.2f", row, one[row], two[row], factor
			print row in goal ? "  " goal[row] (factor > goal[row] ? " missed" : " met") : ""
		}
	}' "$1"
}

json()
{
	awk '
	BEGIN { print "[" }
	{
		printf "%s  { \"operation\": \"%s\", \"one_ns\": %s, \"of_two_ns\": %s }",
			(NR > 1 ? ",\n" : ""), $1, $2, $3
	}
	END { print "\n]" }' "$1"
}

"$SCRIPTS/kernels.sh" ensure "$name"
need_packages binutils procps util-linux
"$SCRIPTS/build.sh" "$name" -- VMPAGE_BENCH=1
mkdir -p "$out"
guest_dir "$dir" "$TOP/.build/$name" vmpage vmpage_bench
cat >"$dir/run.sh" <<-EOF2
	cd /h || exit
	insmod vmpage.ko size=${pool}M strict=1 || exit
	touch ready
	while ! [ -e pinned ]; do sleep 0.1; done
	insmod vmpage_bench.ko pool_mib=$pool cpus=1 || exit
	dmesg | sed -n 's/.*vmpage_bench: bench //p'
	rmmod vmpage_bench && rmmod vmpage
EOF2
: >"$out/cpus.all"
for ((i = 0; i < boots; i++)); do
	boot >>"$out/cpus.all"
done
json "$out/cpus.all" >"$out/cpus.json"
{
	echo "Nanoseconds; User-Mode Linux 7.3; the least of $boots boots."
	echo "Pool of $pool MiB, a CPU keeps $(cat "$out/cpus.keeps") pages of each pool."
	table "$out/cpus.all"
} | tee "$out/cpus.txt"
