#!/bin/bash
# SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#
# mutate.sh [-n] [NUMBER...]
#
# Plant the faults of scripts/mutants.txt (or those with these numbers) in a
# copy of the tree, one at a time, and run the KUnit suites on um-7.3: those that
# should see it first, and all if they do not.  Each fault must make a case fail,
# the kernel complain, or the run hang; one that survives, does not build or does not
# apply fails this script, and so does a file of module/vm with fewer than three
# faults.  With -n it only looks whether each applies.

. "$(dirname "$0")/lib.sh"

apply_only=""
while getopts n opt; do
	case $opt in
	n) apply_only=1 ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))

list=$SCRIPTS/mutants.txt
name=um-7.3
jobs=$((2 * $(nproc)))	# a run of suites sleeps for half of its time
work=$TOP/.build/mutate

# fields N - "file", "old", "new" and "suites", if there are, of fault N, a line each
fields()
{
	awk -v n="$1" '
		/^file: / { i++ }
		i == n && /^suites: / { suites = $2 }
		i == n && /^(file|old|new): ?/ { sub(/^[a-z]*: ?/, ""); print }
		END { if (suites) print suites }' "$list"
}

# is_silent LOG - has nothing been written to it for much longer than a case takes?
is_silent()
{
	[ -n "$(find "$1" ! -newermt "40 seconds ago" 2>/dev/null)" ]
}

# run_suites TREE SUITES - until a case fails or hangs, or the time is up; false then
run_suites()
{
	local dir=$1/.build/$name.kunit end=$((SECONDS + limit)) pid

	hung=""
	rm -f "$dir/console.log"
	VMPAGE_TOP=$1 "$1/scripts/kunit.sh" -s "$2" "$name" >"$1.log" 2>&1 &
	pid=$!
	while kill -0 "$pid" 2>/dev/null; do
		if [ "$SECONDS" -ge "$end" ] || is_silent "$dir/console.log"; then
			hung=1
		fi
		if [ -n "$hung" ] || [ -n "$(failed_case "$1")" ]; then
			pkill -KILL -f "^$CACHE/$name/linux .*vmpage_dir=$dir " || :
		fi
		sleep 0.2
	done
	wait "$pid" 2>/dev/null
}

# failed_case TREE - the first one of the last run, if there is one
failed_case()
{
	sed -n 's/^\[[^]]*\]  *not ok [0-9]* -* *//p' "$1/.build/$name.kunit/console.log" 2>/dev/null |
		tr -d '\r' | head -n 1
}

# ending TREE - why the last run ended in which no case failed, if that is known
ending()
{
	local log=$1/.build/$name.kunit/console.log

	if [ -n "$hung" ]; then
		echo "hung in $(tr -d '\r' <"$log" | sed -n 's/.*# Subtest: //p' | tail -n 1)"
	else
		"$SCRIPTS/scan-log.sh" "$log" | sed -n '1s/^scan-log: //p'
	fi
}

# judge TREE SUITES - build and run; prints what happened
judge()
{
	local failed

	if ! VMPAGE_TOP=$1 "$1/scripts/build.sh" "$name" >"$1.log" 2>&1; then
		echo "does not build"
	elif run_suites "$1" "$2"; then
		echo "SURVIVED"
	elif failed=$(failed_case "$1") && [ -n "$failed" ]; then
		echo "killed by $failed"
	elif failed=$(ending "$1") && [ -n "$failed" ]; then
		echo "killed: $failed"
	else
		echo "ENDED, nobody knows why"
	fi
}

# has_suites SUITES - is there a suite of such a name?
has_suites()
{
	compgen -G "$TOP/kunit/vm_${1#vmpage_}_kunit.c" >/dev/null
}

# plant TREE N - sets f to its fields; false if it does not apply
plant()
{
	mapfile -t f < <(fields "$2")
	[ ${#f[@]} -ge 3 ] && replace_line "$1/${f[0]}" "${f[1]}" "${f[2]}"
}

# one_fault TREE N - plant it, judge it, print a line
one_fault()
{
	local tree=$1 n=$2 f verdict suites

	copy_tree "$tree"
	if ! plant "$tree" "$n"; then
		verdict="does not apply"
	else
		suites=${f[0]##*/vm_}
		suites=${f[3]:-vmpage_${suites%.[ch]}*}
		verdict=SURVIVED
		! has_suites "$suites" || verdict=$(judge "$tree" "$suites")
		[ "$verdict" != SURVIVED ] || verdict=$(judge "$tree" "*")
	fi
	printf '%3d %-26s %-50s %s\n' "$n" "${f[0]:-}" "${f[2]:-}" "$verdict" |
		tee -a "$work/verdicts"
}

# worker I - every jobs-th of the faults
worker()
{
	local tree=$work/tree$1 k=0 n

	for n in $numbers; do
		[ $((k % jobs)) != "$1" ] || one_fault "$tree" "$n"
		k=$((k + 1))
	done
}

# apply_all - plant each fault, and take it away again
apply_all()
{
	local tree=$work/tree0 n f bad=0

	copy_tree "$tree"
	for n in $numbers; do
		if ! plant "$tree" "$n"; then
			echo "fault $n does not apply: ${f[*]}"
			bad=1
		fi
		cp "$TOP/${f[0]}" "$tree/${f[0]}"
	done
	[ "$bad" = 0 ] || return
	echo "$(wc -w <<<"$numbers") faults apply"
}

need_packages rsync
all=$(grep -c '^file: ' "$list")
numbers=${*:-$(seq "$all")}

for f in "$TOP"/module/vm/*.c; do
	n=$(grep -cx "file: module/vm/${f##*/}" "$list") || :
	[ "$n" -ge 3 ] || die "only $n faults for ${f##*/}"
done

mkdir -p "$work"
if [ -n "$apply_only" ]; then
	apply_all
	exit
fi
"$SCRIPTS/kernels.sh" ensure "$name"
rm -f "$work/verdicts"
copy_tree "$work/tree0"
VMPAGE_TOP=$work/tree0 "$work/tree0/scripts/build.sh" "$name"
limit=600
begun=$SECONDS
run_suites "$work/tree0" "*" || die "the suites fail without a fault"
limit=$((30 + 2 * (SECONDS - begun)))

for ((i = 0; i < jobs; i++)); do
	worker "$i" &
done
wait
killed=$(grep -c 'killed' "$work/verdicts") || :
wanted=$(wc -w <<<"$numbers")
echo "$killed of $wanted faults were seen, $SECONDS s"
[ "$killed" = "$wanted" ]
