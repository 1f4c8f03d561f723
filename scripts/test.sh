#!/bin/bash
# SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#
# test.sh
#
# Every test on every kernel.  Prints one line for each step, with its time and
# the number of cases, for one that failed its failed cases and the end of its log,
# and ends with the steps and cases that failed and the line "N passed, N failed,
# N skipped".

. "$(dirname "$0")/lib.sh"

[ $# = 0 ] || usage
logs=$TOP/.build/test
passed=0 failed=0 skipped=0 failures=""

# start NAME COMMAND... - begin a step
start()
{
	local name=$1

	shift
	{
		local begin=$SECONDS status=0

		"$@" >"$logs/$name.log" 2>&1 </dev/null || status=$?
		echo "$status $((SECONDS - begin))" >"$logs/$name.tmp"
		mv "$logs/$name.tmp" "$logs/$name.end"
	} &
}

# count FILE - add up the results in a file of "suite case result" lines
count()
{
	local ok bad skip

	ok=$(grep -c ' ok$' "$1") || :
	skip=$(grep -c ' skip$' "$1") || :
	bad=$(($(wc -l <"$1") - ok - skip))
	passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + skip))
	cases="$ok passed, $bad failed, $skip skipped"
}

# failed_cases [RESULTS-FILE] - the first few of them, in one line
failed_cases()
{
	[ $# = 0 ] || ! [ -e "$1" ] || awk '
		$3 != "ok" && $3 != "skip" && ++n <= 5 { printf " %s %s;", $1, $2 }
		END { if (n > 5) printf " and %d more", n - 5 }' "$1"
}

# show_failure NAME [RESULTS-FILE] - the failed cases, and the end of the log but for what
# passed
show_failure()
{
	local name=$1 cases

	shift
	cases=$(failed_cases "$@")
	failures="$failures$name:$cases"$'\n'
	[ -z "$cases" ] || echo "not ok:$cases"
	grep -avE '^ok |^ +[a-z0-9_]+ +[0-9]+ cases, +[0-9]+ results$' "$logs/$name.log" |
		tail -n 24
}

# finish NAME [RESULTS-FILE] - wait for a step and print its line; without
# results of its own it counts as one
finish()
{
	local name=$1 status seconds cases="" before=$failed

	while ! [ -e "$logs/$name.end" ]; do
		sleep 0.2
	done
	read -r status seconds <"$logs/$name.end"
	if [ $# = 1 ]; then
		[ "$status" != 0 ] || passed=$((passed + 1))
	elif [ -s "$2" ]; then
		count "$2"
	else
		cases="no results"
		status=1
	fi
	# What went wrong beside the cases is a failure, too.
	[ "$status" = 0 ] || [ "$failed" != "$before" ] || failed=$((failed + 1))
	printf '%-6s %-20s %5d s  %s\n' "$([ "$status" = 0 ] && echo ok || echo FAILED)" \
		"$name" "$seconds" "$cases"
	[ "$status" = 0 ] || show_failure "$@"
}

# soak - the random exerciser for a short time
soak()
{
	"$SCRIPTS/soak.sh" -s 12 um-7.3 && "$SCRIPTS/soak.sh" -s 8 um-6.12 um-6.1
}

# step NAME RESULTS-FILE|- COMMAND...
step()
{
	local name=$1 results=$2

	shift 2
	[ "$results" = - ] || rm -f "$results"
	start "$name" "$@"
	if [ "$results" = - ]; then
		finish "$name"
	else
		finish "$name" "$results"
	fi
}

rm -rf "$logs"
mkdir -p "$logs"
built=$TOP/.build
stock="stock-6.1 stock-6.12 stock-7.3"
um="um-7.3 um-6.12 um-6.1"
cached="um-7.3"	# where CPUs keep pages in another run of the suites
debug="debug-7.3"
faults=$built/um-6.12/load-faults.txt

echo "The first run installs tools and builds kernels, which takes long; they are kept."
# shellcheck disable=SC2086
step kernels - "$SCRIPTS/kernels.sh" ensure $stock $um $debug
step check - "$SCRIPTS/check.sh" licences style docs shell faults builds headers layers
# Two of these kernels have one CPU.
for name in $um; do
	rm -f "$built/$name"/kunit*.txt
	start "kunit-$name" "$SCRIPTS/kunit.sh" "$name"
done
start "kunit-cached-$cached" "$SCRIPTS/kunit.sh" -c "$cached"
for name in $um; do
	finish "kunit-$name" "$built/$name/kunit.txt"
done
finish "kunit-cached-$cached" "$built/$cached/kunit-cached.txt"
step rows - "$SCRIPTS/rows.sh"

# These mostly wait.
rm -f "$faults" "$built/$debug/qemu.txt"
start load-faults "$SCRIPTS/load-faults.sh" um-6.12
start soak soak
# This takes as long as all that follows.
start "qemu-$debug" "$SCRIPTS/qemu-test.sh" "$debug"
for name in $stock; do
	step "qemu-$name" "$built/$name/qemu.txt" "$SCRIPTS/qemu-test.sh" "$name"
	step "consumer-$name" "$built/$name/consumer.txt" "$SCRIPTS/consumer.sh" "$name"
	step "bench-$name" - "$SCRIPTS/bench.sh" -c "$name"
done
finish load-faults "$faults"
finish soak
finish "qemu-$debug" "$built/$debug/qemu.txt"

printf '%s' "${failures:+failed:$'\n'$failures}"
echo "total $SECONDS s"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
