#!/bin/bash
# SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#
# soak.sh [-s SECONDS] NAME...
#
# Build the random exerciser (kunit/exercise/) for each User-Mode Linux kernel NAME
# and run it for SECONDS (10): as often as needed, since a KUnit case has its limit,
# and every time with the next seed.  Judges the results and the kernel log, and
# prints the first seed and the operations per second.  SEED in the environment
# chooses the first seed, to replay what failed; 6.1 reads parameters after the
# suites ran, so there it is built in and the same every time.
#
# On any other kernel NAME, run the races of programs that map the device, each of
# them for SECONDS.  Leaves .build/NAME.soak/console.log.

. "$(dirname "$0")/lib.sh"

round=120	# seconds, at most

# guest_script ROUNDS SECONDS SEED - what the guest does
guest_script()
{
	cat <<-EOF
	i=0
	while [ \$i -lt $1 ]; do
		insmod /h/vmpage_exercise.ko seconds=$2 seed=\$(($3 + i)) || exit
		rmmod vmpage_exercise || exit
		i=\$((i + 1))
	done
	EOF
}

# judge LOG ROUNDS - did the suite pass as often as it was loaded?
judge()
{
	local passed counted failed

	passed=$(grep -E '^(\[ *[0-9.]+\] )?ok [0-9]+ (- )?vmpage_exercise' "$1" |
		grep -cv SKIP) || :
	failed=$(grep -cE '^(\[ *[0-9.]+\] )? *not ok ' "$1") || :
	counted=$(grep -cE ': [1-9][0-9]* operations in ' "$1") || :
	[ "$passed" = "$2" ] && [ "$counted" = "$2" ] && [ "$failed" = 0 ] && return
	note "$passed of $2 runs passed, $failed cases failed"
	grep -aE 'vmpage_exercise: |EXPECTATION FAILED|ASSERTION FAILED' "$1" |
		grep -av ' runs .* done$' | head -n 16 >&2
	return 1
}

# rate LOG - operations, milliseconds and operations per second over all runs
rate()
{
	sed -n 's/.*: \([0-9]*\) operations in \([0-9]*\) ms.*/\1 \2/p' "$1" |
		awk '{ n += $1; ms += $2 } END { print n, ms, ms ? int(n * 1000 / ms) : 0 }'
}

# run NAME - build, boot, judge
run()
{
	local name=$1 dir=$TOP/.build/$1.soak rounds each failed=0 words="" seed=$first
	local build=(VMPAGE_EXERCISE=1) n rate

	rounds=$(((seconds + round - 1) / round))
	each=$(((seconds + rounds - 1) / rounds))
	if [ "$(kernel_version "$name")" = 6.1 ]; then
		build+=("VMPAGE_SECONDS=$each" "VMPAGE_SEED=${SEED:-}")
		seed=0
	fi
	"$SCRIPTS/build.sh" "$name" -- "${build[@]}" || return
	rm -rf "$dir"
	mkdir -p "$dir"
	cp "$TOP/.build/$name/vmpage_exercise.ko" "$dir/" || return
	guest_script "$rounds" "$each" "$seed" >"$dir/run.sh"
	[ "$name" != um-7.3 ] || words="kmemleak=off"
	"$SCRIPTS/uml.sh" "$name" -t $((seconds * 3 + rounds * 60 + 240)) -a "$words" -- "$dir" ||
		failed=1
	judge "$dir/console.log" "$rounds" || failed=1
	seed=$(sed -n 's/.*seed=\(0x[0-9a-f]*\).*/\1/p' "$dir/console.log" | head -n 1)
	if [ "$failed" != 0 ]; then
		note "$name: FAILED, first seed $seed; see $dir/console.log"
		return 1
	fi
	read -r n _ rate < <(rate "$dir/console.log")
	echo "kernel $name: seed $seed, $rounds runs, $n operations, $rate per second"
}

# races NAME - build, boot, and run them
races()
{
	local name=$1 dir=$TOP/.build/$1.soak failed=0

	"$SCRIPTS/build.sh" "$name" -- VMPAGE_TEST=1 || return
	need_packages gcc libc6-dev make binutils || return
	make -s -C "$TOP/tools/tests" O="$TOP/.build/tools" || return
	guest_dir "$dir" "$TOP/.build/$name" vmpage vmpage_move || return
	cp "$TOP/.build/tools/vmpage_test" "$dir/" || return
	cat >"$dir/run.sh" <<-EOF
	echo always >/sys/kernel/mm/transparent_hugepage/enabled
	insmod vmpage.ko size=96M && insmod vmpage_move.ko &&
		./vmpage_test -d /dev/vda -g race -s $seconds
	EOF
	truncate -s 64M "$dir.disk"
	"$SCRIPTS/qemu.sh" "$name" -t $((seconds * 4 + 400)) -m 512 -d "$dir.disk" -- "$dir" ||
		failed=1
	rm -f "$dir.disk"
	tr -d '\r' <"$dir/result" | grep -E '^(not )?ok ' | sed "s/^/kernel $name: /"
	return "$failed"
}

seconds=10
while getopts s: opt; do
	case $opt in
	s) seconds=$OPTARG ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
if [ $# = 0 ] || [ "$seconds" -le 0 ]; then
	usage
fi

first=${SEED:-$((RANDOM << 15 | RANDOM | 1))}
mkdir -p "$TOP/.build"
status=0
for name; do
	check_kind "$name" um stock debug
	(
		flock 9
		case $name in
		um-*) run "$name" ;;
		*) races "$name" ;;
		esac
	) 9>"$TOP/.build/$name.soak.lock" || status=1
done
exit $status
