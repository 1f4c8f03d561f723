#!/bin/bash
# SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#
# consumer.sh [NAME...]
#
# Build kunit/consumer, consumer12 and consumer9, modules that use vmpage as FreeBSD
# 14, 12 and 9 had it, for the stock kernels (default: all of them) as their own user
# would, boot each in QEMU, load them beside vmpage.ko and see what they do.  The
# results go to .build/NAME/consumer.txt, as lines "suite case result".

. "$(dirname "$0")/lib.sh"

[ "${1:-}" != -h ] || usage
[ $# -gt 0 ] || set -- stock-6.1 stock-6.12 stock-7.3

# test_kernel NAME - build, boot, judge
test_kernel()
{
	local name=$1 dir=$TOP/.build/$1.consumer status=0 start=$SECONDS out f

	"$SCRIPTS/build.sh" "$name"
	for f in consumer consumer12 consumer9; do
		"$SCRIPTS/build.sh" "$name" -m "kunit/$f"
	done
	guest_dir "$dir" "$TOP/.build/$name" vmpage kunit/consumer/consumer \
		kunit/consumer12/consumer12 kunit/consumer9/consumer9
	cp "$TOP/tools/tests/consumer-guest.sh" "$dir/run.sh"
	"$SCRIPTS/qemu.sh" "$name" -t 300 -m 256 -- "$dir" || status=1

	out=$TOP/.build/$name/consumer.txt
	tr -d '\r' <"$dir/result" | awk '
		$1 == "ok" { print "consumer", $2, "ok" }
		/^not ok / { print "consumer", $3, "fail" }' >"$out"
	! grep -q ' fail$' "$out" || status=1
	if [ "$(wc -l <"$out")" != "$(grep -c '^check ' "$dir/run.sh")" ]; then
		echo "not all cases ran"
		status=1
	fi
	printf '%s %s: %d passed, %d failed, %d s\n' "${0##*/}" "$name" \
		"$(grep -c ' ok$' "$out")" "$(grep -c ' fail$' "$out")" "$((SECONDS - start))"
	return "$status"
}

for name; do
	check_kind "$name" stock
done
"$SCRIPTS/kernels.sh" ensure "$@"
need_packages binutils

failed=""
for name; do
	# In the background, as a condition would switch off the stop at an error.
	test_kernel "$name" &
	wait $! || failed="$failed $name"
done
[ -z "$failed" ] || die "failed on:$failed"
