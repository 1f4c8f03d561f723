#!/bin/bash
# SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#
# bench.sh [-c|-w|-g] [NAME...]
#
# What operations of vmpage cost, in instructions, beside those of others that do the same,
# on the kernels NAME (default: all stock ones).  Boots each in QEMU with kunit/bench/,
# where an instruction takes one cycle of the clock: the figures are exact, and nearly the
# same every time.  They say nothing of cache misses.  The loop around an operation
# counts: two instructions.  Prints a table with the goals; leaves it in
# .build/bench/bench.txt, and all figures in bench.json.
#
# With -g it compares a pool of 64 MiB with one of 8 GiB on one kernel (stock-6.12), and
# leaves that in growth.txt and growth.json.
#
# With -c it only measures vmpage, shortly, and holds each figure to its limit in
# scripts/bench-limits.txt; with -w it writes the limits of these kernels anew, 3 % above
# what it measures.

. "$(dirname "$0")/lib.sh"

mode=table pools=64 names="stock-6.1 stock-6.12 stock-7.3" words="rounds=2 peers=0"
while getopts cwg opt; do
	case $opt in
	c) mode=check ;;
	w) mode="write" ;;
	g) mode=growth pools="64 8192" names=stock-6.12 ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
# shellcheck disable=SC2086
[ $# -gt 0 ] || set -- $names
out=$TOP/.build/bench
limits=$SCRIPTS/bench-limits.txt
[ "$mode" != table ] || words=""

# goals - "OPERATION INSTRUCTIONS": what vmpage may need, on any kernel
goals()
{
	cat <<-EOF2
		pair 80
		pair_wired 85
		pair_wired_noq 85
		pair_system 140
		pair_interrupt 140
		pair_nobusy 140
		pair_count 140
		pair_nodump 140
		pair_waitok 140
		pair_waitfail 140
		pair_zero 140
		pair_clear 140+clear_page
		pair_irq 90
		batch 100
		batch_random 100
		many 150
		many_random 300
		object 220
		object_random 260
		object_reserv 400
		lookup 60
		lookup_unlocked 90
		superpage 5500
		run_16_half_full gen_pool/2
	EOF2
}

# boot NAME POOL - measure in a guest; leaves "NAME POOL OPERATION BY COST" lines
boot()
{
	local name=$1 pool=$2 dir=$TOP/.build/$1.bench

	guest_dir "$dir" "$TOP/.build/$name" vmpage vmpage_bench
	cat >"$dir/run.sh" <<-EOF2
		echo "runs \$(uname -r)"
		insmod vmpage.ko size=${pool}M strict=1 || exit
		# By then the console has printed all that was said.
		sleep 1
		insmod vmpage_bench.ko pool_mib=$pool $words || exit
		dmesg | sed -n 's/.*vmpage_bench: bench //p'
		[ "\$(cat /sys/kernel/debug/vmpage/audit)" = ok ] || exit
		rmmod vmpage_bench && rmmod vmpage
	EOF2
	"$SCRIPTS/qemu.sh" "$name" -t 600 -m $((pool + 800)) --icount \
		-a "nokaslr init_on_alloc=0" -- "$dir"
	tr -d '\r' <"$dir/result" | awk -v name="$name" -v pool="$pool" \
		-v sizes="$out/$name-$pool.sizes" '
		$1 == "runs" { runs = $2 }
		$1 == "keeps" { keeps = $2 }
		$1 == "done" { done = $2 }
		NF == 4 { printf "%s %s %s %s %.1f\n", name, pool, $1, $2, $3 / $4; n++ }
		END {
			printf "%s: pool of %d MiB, a CPU keeps %d pages of each pool\n", runs, \
				pool, keeps >sizes
			exit !(done && n == done && keeps != "")
		}' >"$out/$name-$pool.txt" ||
		die "$name: not all was measured; see $dir/console.log"
}

# table FILE... - the figures side by side; for a peer, too, how many times that of vmpage
table()
{
	awk '
	function goal_of(row, k,   part, base) {
		if (split(goal[row], part, "+") == 2)
			return part[1] + cost[row, part[2], k]
		if (split(goal[row], part, "/") == 2)
			return cost[row, part[1], k] / part[2]
		return goal[row]
	}
	function verdict(row,   j, missed) {
		for (j = 1; j <= nk; j++)
			if (cost[row, "vmpage", kernel[j]] > goal_of(row, kernel[j]))
				missed = missed " " substr(kernel[j], 7)
		return sprintf("  %-14s %s", goal[row], missed ? "missed:" missed : "met")
	}
	function line(row, by,   j) {
		printf "%-21s %-16s", by == "vmpage" ? row : "", by
		for (j = 1; j <= nk; j++) {
			printf " %9.1f", cost[row, by, kernel[j]]
			if (by == "vmpage")
				printf "      "
			else
				printf " x%-4.3g", cost[row, by, kernel[j]] / cost[row, "vmpage", kernel[j]]
		}
		print by == "vmpage" && row in goal ? verdict(row) : ""
	}
	FILENAME == "-" { goal[$1] = $2; next }
	{
		if (!($1 in known)) {
			known[$1] = 1
			kernel[++nk] = $1
		}
		if (!(($3, $4) in done)) {
			done[$3, $4] = 1
			if (!($3 in peers))
				rows[++n] = $3
			peers[$3] = peers[$3] " " $4
		}
		cost[$3, $4, $1] = $5
	}
	END {
		printf "%-21s %-16s", "operation", "by"
		for (j = 1; j <= nk; j++)
			printf " %9s      ", substr(kernel[j], 7)
		print "  goal"
		for (i = 1; i <= n; i++) {
			np = split(peers[rows[i]], by, " ")
			for (p = 1; p <= np; p++)
				line(rows[i], by[p])
		}
	}' - "$@" < <(goals)
}

# json FILE... - the same as a list of objects
json()
{
	awk '
	BEGIN { print "[" }
	{
		printf "%s  { \"kernel\": \"%s\", \"pool_mib\": %s, \"operation\": \"%s\", \"by\": \"%s\", \"instructions\": %s }",
			(NR > 1 ? ",\n" : ""), $1, $2, $3, $4, $5
	}
	END { print "\n]" }' "$@"
}

# check FILE... - is each figure within its limit, and has each limit its figure?
check()
{
	awk '
	function wrong(text) { print "bench: " text > "/dev/stderr"; bad = 1 }
	FILENAME == ARGV[1] { if (!/^#/) limit[$1, $2] = $3; next }
	{
		measured[$1, $3] = 1
		kernels[$1] = 1
		if (!(($1, $3) in limit))
			wrong($1 ": " $3 " has no limit")
		else if ($5 > limit[$1, $3])
			wrong($1 ": " $3 " costs " $5 ", more than " limit[$1, $3])
		n++
	}
	END {
		for (key in limit) {
			split(key, part, SUBSEP)
			if (part[1] in kernels && !(key in measured))
				wrong(part[1] ": " part[2] " was not measured")
		}
		if (!bad)
			print n + 0 " figures within their limits"
		exit bad || !n
	}' "$limits" "$@"
}

# write FILE... - put the limits of these kernels in the place of the old ones
write()
{
	touch "$limits"
	{
		echo "# SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)"
		echo "#"
		echo "# Kernel, operation, and how many instructions it may take; for scripts/bench.sh."
		awk '
		FILENAME == ARGV[1] { if (!/^#/) old[++n] = $0; next }
		{ anew[$1] = 1; printf "%s %s %.1f\n", $1, $3, $5 * 1.03 }
		END {
			for (i = 1; i <= n; i++) {
				split(old[i], part)
				if (!(part[1] in anew))
					print old[i]
			}
		}' "$limits" "$@" | sort -s -k 1,1V
	} >"$limits.new"
	mv "$limits.new" "$limits"
}

# growth FILE... - what the larger pool costs beside the smaller
growth()
{
	awk '
	!($3 in small) { rows[++n] = $3; small[$3] = $5; next }
	{ large[$3] = $5 }
	END {
		printf "%-21s %9s %9s %8s  %s\n", "operation", "64 MiB", "8 GiB", "factor", "goal 1.2"
		for (i = 1; i <= n; i++) {
			factor = large[rows[i]] / small[rows[i]]
			printf "%-21s %9.1f %9.1f %8.2f  %s\n", rows[i], small[rows[i]],
				large[rows[i]], factor, (factor > 1.2 ? "missed" : "met")
		}
	}' "$@"
}

# sizes FILE... - what was measured with
sizes()
{
	cat "${@/%.txt/.sizes}"
}

for name; do
	check_kind "$name" stock
done
"$SCRIPTS/kernels.sh" ensure "$@"
need_packages binutils
mkdir -p "$out"
files=()
for name; do
	"$SCRIPTS/build.sh" "$name" -- VMPAGE_BENCH=1
	for pool in $pools; do
		boot "$name" "$pool"
		files+=("$out/$name-$pool.txt")
	done
done
case $mode in
check)
	check "${files[@]}"
	;;
write)
	write "${files[@]}"
	;;
table)
	json "${files[@]}" >"$out/bench.json"
	{
		echo "Instructions."
		sizes "${files[@]}"
		table "${files[@]}"
	} | tee "$out/bench.txt"
	;;
growth)
	json "${files[@]}" >"$out/growth.json"
	{
		echo "Instructions."
		sizes "${files[@]}"
		growth "${files[@]}"
	} | tee "$out/growth.txt"
	;;
esac
