#!/bin/bash
# SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#
# kunit.sh [-v] [-c] [-s SUITES] NAME...
#
# Build the tree for each User-Mode Linux kernel NAME, run the KUnit suites in
# it, and judge: every suite that kunit/ has must have run all of its cases, all
# of them passed, none was skipped that kunit/skips.txt ("NAME suite case" lines,
# if there is such a file) does not excuse, and the kernel log must be clean.
# Prints the cases of each suite and the total, with -v every case.  With -c CPUs
# keep free pages, with -s only the suites whose names match SUITES, a pattern, are
# run (not on 6.1).  Leaves .build/NAME/kunit.txt, with -c kunit-cached.txt, with one
# line "suite case result" for each case, result being ok, fail or skip.
#
# SEED in the environment is given to the random cases (not on 6.1, which reads
# parameters after the suites ran); .build/NAME.kunit/console.log, with -c that of
# NAME.kunit-cached, names the seed of each.  With VMPAGE_GCOV=1 lines are counted, and
# the counts put beside the objects.

. "$(dirname "$0")/lib.sh"

# count_cases FILE - how many cases a suite's list has
count_cases()
{
	grep -cE '^[[:space:]]*KUNIT_CASE(_PARAM)?\(' "$1" || :
}

# expected_suites - a line "suite cases" for each suite of the tree
expected_suites()
{
	local f suite

	for f in "$TOP"/kunit/vm_*_kunit.c; do
		suite=${f##*/vm_}
		suite=vmpage_${suite%_kunit.c}
		# shellcheck disable=SC2254
		case $suite in
		$suites) echo "$suite $(count_cases "$f")" ;;
		esac
	done
}

# parse LOG - the results as "suite case result" lines, and on standard error
# what is wrong with the document.  Kernels differ in what they print around
# it: 6.1 has no outer header and plan for a module, and no kernel has a plan
# for the values of a parameterised case.
parse()
{
	awk '
	function wrong(text) { print "kunit: " text > "/dev/stderr"; bad = 1 }

	# A plan or a result at one depth: the numbers must run from 1 to the plan.
	function finish(depth, what) {
		if (depth in plan && plan[depth] != seen[depth])
			wrong(what ": " plan[depth] " planned, " seen[depth] + 0 " seen")
		if (!seen[depth])
			wrong(what ": no results")
		delete plan[depth]
		seen[depth] = 0
		subtest[depth] = ""
	}

	{ sub(/\r$/, ""); sub(/^\[ *[0-9.]+\] /, "") }
	/^vmpage-kunit: load$/ { begun = 1; next }
	!begun { next }

	{ match($0, /^ */); depth = int(RLENGTH / 4); line = substr($0, RLENGTH + 1) }

	line ~ /^# Subtest: / { subtest[depth] = substr(line, 12); next }
	line ~ /^1\.\.[0-9]+$/ { plan[depth] = substr(line, 4) + 0; next }

	line ~ /^(not )?ok [0-9]+ / {
		result = line ~ /^not/ ? "fail" : "ok"
		sub(/^not /, "", line)
		number = line
		sub(/^ok /, "", number); sub(/ .*/, "", number)
		name = line
		sub(/^ok [0-9]+ (- )?/, "", name)
		if (name ~ / # [Ss][Kk][Ii][Pp]/)
			result = "skip"
		sub(/ # .*/, "", name)
		gsub(/ /, "_", name)
		if (number != ++seen[depth])
			wrong(name ": number " number " instead of " seen[depth])

		if (depth == 2) {
			print subtest[1], subtest[2] ":" name, result
			if (result == "fail")
				failed_value = 1
		} else if (depth == 1 && subtest[2] != "") {
			if (subtest[2] != name)
				wrong(subtest[2] " ended as " name)
			if (failed_value != (result == "fail"))
				wrong(name ": " result " does not fit its values")
			failed_value = 0
			finish(2, name)
		} else if (depth == 1) {
			print subtest[1], name, result
		}
		if (depth == 1 && result == "fail")
			failed_case = 1
		if (depth == 0) {
			if (subtest[1] != name)
				wrong(subtest[1] " ended as " name)
			if (result == "skip" || failed_case != (result == "fail"))
				wrong(name ": " result " does not fit its cases")
			failed_case = 0
			finish(1, name)
		}
	}
	END {
		if (!begun)
			wrong("the module was not loaded")
		if (subtest[1] != "")
			wrong(subtest[1] " did not end")
		finish(0, "suites")
		exit bad
	}' "$1"
}

# judge NAME RESULTS - compare with what the tree has, print the table
judge()
{
	local skips=$TOP/kunit/skips.txt

	[ -e "$skips" ] || skips=/dev/null
	awk -v name="$1" -v skips="$skips" -v words="${cached:+, with per-CPU page caches}" '
	function wrong(text) { print "kunit: " text > "/dev/stderr"; bad = 1 }

	BEGIN {
		while ((getline line <skips) > 0)
			excused[line] = 1
	}
	FILENAME == ARGV[1] { expected[$1] = $2; next }
	{
		value = $2
		sub(/:.*/, "", value)
		total++
		values[$1]++
		if (!(($1, value) in known)) {
			known[$1, value] = 1
			cases[$1]++
		}
		if ($3 == "fail")
			wrong("not ok: " $1 " " $2)
		if ($3 == "skip" && !((name " " $1 " " $2) in excused))
			wrong("skipped: " $1 " " $2)
		passed += $3 == "ok"
	}
	END {
		for (suite in expected) {
			if (!expected[suite])
				wrong(suite ": the file has no cases")
			if (cases[suite] + 0 != expected[suite])
				wrong(suite ": " cases[suite] + 0 " of " expected[suite] " cases ran")
		}
		for (suite in cases) {
			if (!(suite in expected))
				wrong(suite ": no such suite in kunit/")
			line = sprintf("  %-24s %4d cases, %4d results\n", suite, cases[suite], values[suite])
			table = table line
		}
		if (!total)
			wrong("no results")
		if (bad)
			exit 1
		printf "%s", table | "sort"
		close("sort")
		printf "kernel %s%s: %d cases passed", name, words, passed
	}' <(expected_suites) "$2"
}

# guest_script - what the guest does; failslab is for tasks that ask for it alone
guest_script()
{
	cat <<-EOF
	if cd /sys/kernel/debug/failslab; then
		echo Y >task-filter && echo N >ignore-gfp-wait && echo 0 >verbose &&
			echo -1 >times && echo 100 >probability || exit
	fi
	echo 'vmpage-kunit: load' >/dev/kmsg
	insmod /h/vmpage_kunit.ko ${SEED:+seed=$SEED} ${cached:+pgcache=$cached} || exit
	rmmod vmpage_kunit || exit
	[ -d /h/gcov ] || exit 0
	cd /sys/kernel/debug/gcov || exit
	find . -name '*.gcda' | grep kunit/copy/ | while read -r f; do
		cat "\$f" >"/h/gcov/\${f##*/}" || exit
	done
	EOF
}

# build NAME DIR - build the suites, and copy them to DIR; on 6.1 how many pages CPUs keep
# is built in, so one at a time
build()
{
	local name=$1 dir=$2 args=()

	[ "${VMPAGE_GCOV:-0}" = 0 ] || args+=("VMPAGE_GCOV=1")
	[ "$name" != um-6.1 ] || args+=("VMPAGE_PGCACHE=$cached")
	(
		flock 9
		"$SCRIPTS/build.sh" "$name" -- "${args[@]}" || exit
		[ -e "$TOP/.build/$name/vmpage_kunit.ko" ] ||
			die "$name: no vmpage_kunit.ko was built"
		cp "$TOP/.build/$name/vmpage_kunit.ko" "$dir/"
	) 9>"$TOP/.build/$name.kunit.lock"
}

# run NAME - build, boot, judge
run()
{
	local name=$1 copy=$TOP/.build/$1 start=$SECONDS failed=0 words=""
	local dir=$copy.kunit${cached:+-cached} results=$copy/kunit${cached:+-cached}.txt

	rm -f "$results"
	rm -rf "$dir"
	mkdir -p "$dir"
	[ "${VMPAGE_GCOV:-0}" = 0 ] || mkdir "$dir/gcov"
	build "$name" "$dir" || return
	guest_script >"$dir/run.sh"
	# The leak detector takes half of the time there, and finds nothing small.
	[ "$name" != um-7.3 ] || words="kmemleak=off"
	[ "$suites" = "*" ] || words="$words kunit.filter_glob=$suites"
	"$SCRIPTS/uml.sh" "$name" -t 1200 -a "$words" -- "$dir" || failed=1
	[ "${VMPAGE_GCOV:-0}" = 0 ] || cp "$dir"/gcov/*.gcda "$copy/kunit/copy/" || failed=1

	if ! grep -q "vmpage_kunit: pgcache=${cached:-0}$" <(tr -d '\r' <"$dir/console.log"); then
		note "$name: CPUs did not keep ${cached:-0} pages"
		failed=1
	fi
	parse "$dir/console.log" >"$results" || failed=1
	[ "$verbose" = 0 ] || sed 's/^/  /' "$results"
	if ! judge "$name" "$results" || [ "$failed" != 0 ]; then
		grep -aE -A 4 'EXPECTATION FAILED|ASSERTION FAILED|unannounced' "$dir/console.log" |
			head -n 16 >&2
		note "$name: FAILED; see $dir/console.log"
		return 1
	fi
	echo " in $((SECONDS - start)) s"
}

verbose=0
cached=""	# pages that a CPU keeps of each pool
suites="*"
while getopts vcs: opt; do
	case $opt in
	v) verbose=1 ;;
	c) cached=64 ;;
	s) suites=$OPTARG ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
[ $# -ge 1 ] || usage

mkdir -p "$TOP/.build"
status=0
for name; do
	check_kind "$name" um
	(
		flock 8
		run "$name"
	) 8>"$TOP/.build/$name.kunit${cached:+-cached}.run.lock" || status=1
done
exit $status
