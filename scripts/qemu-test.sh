#!/bin/bash
# SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#
# qemu-test.sh [-a] [NAME...]
#
# Build for the kernels (stock or debug; default: all stock ones), boot each in
# QEMU with a raw disk, and run the tests of loading, of the device and of the kernel
# interface.  Exactly the tests that exist must have run.  The results go to
# .build/NAME/qemu.txt, as lines "suite case result".  A debug kernel takes ten times
# as long for a test: without -a it only runs those of mappings, and of the interface.

. "$(dirname "$0")/lib.sh"

[ "${1:-}" != -h ] || usage
all=""
if [ "${1:-}" = -a ]; then
	all=1
	shift
fi
[ $# -gt 0 ] || set -- stock-6.1 stock-6.12 stock-7.3
programs=$TOP/.build/tools

# suites NAME - what runs in the guest: lines "suite group..."
suites()
{
	if [ "${1%%-*}$all" = debug ]; then
		echo "device map io ioctl huge move race"
		return
	fi
	echo "load"
	[ "$1" != stock-7.3 ] || echo "cma pfn"
	echo "uid uid"
	echo "device all"
	echo "device-memattr memattr"
	[ "$1" != stock-7.3 ] || echo "device-numa-balancing huge race"
	echo "device-thp-madvise huge race"
	echo "device-thp-never huge race"
}

# expected_tests NAME - "suite case" of all that there are
expected_tests()
{
	local suite groups group

	suites "$1" | while read -r suite groups; do
		[ "$suite" != load ] || "$programs/load_test" -l | sed 's/^/load /'
		for group in $groups; do
			group=${group#all}
			"$programs/vmpage_test" ${group:+-g "$group"} -l | sed "s/^/$suite /"
		done
	done
	sed -n 's/^\t{ "\([a-z0-9_]*\)",.*/kernel \1/p' "$TOP/kunit/qemu/vmpage_test.c"
	printf 'reload unload_and_reload_%s\n' 1 2
}

# results FILE - "suite case result" from what the guest printed
results()
{
	tr -d '\r' <"$1" | awk '
		$1 == "suite" { suite = $2 }
		$1 == "ok" { print suite, $2, "ok" }
		$1 == "skip" { sub(/:$/, "", $2); print suite, $2, "skip" }
		/^not ok / { sub(/:$/, "", $3); print suite, $3, "fail" }'
}

# guest_files NAME DIR - what the guest needs
guest_files()
{
	guest_dir "$2" "$TOP/.build/$1" vmpage vmpage_test vmpage_move vmpage_entry
	cp "$programs/load_test" "$programs/vmpage_test" "$2/"
	cp "$TOP/tools/tests/guest.sh" "$2/run.sh"
	suites "$1" >"$2/suites"
	case $1 in
	debug-*) echo 16 ;;
	*) echo 64 ;;
	esac >"$2/large"
}

# test_kernel NAME - build, boot, judge
test_kernel()
{
	local name=$1 dir=$TOP/.build/$1.qemu status=0 start=$SECONDS words=() out
	local timeout=900

	# Of the kernels, this one gives a module what was set aside.
	[ "$name" != stock-7.3 ] || words=(-a "cma=64M cma_pernuma=0")
	"$SCRIPTS/build.sh" "$name" -- VMPAGE_TEST=1
	guest_files "$name" "$dir"
	truncate -s 64M "$dir.disk"
	[ "${name%%-*}" != debug ] || timeout=2400
	"$SCRIPTS/qemu.sh" "$name" -t "$timeout" -m 512 -d "$dir.disk" "${words[@]}" -- "$dir" || status=1
	rm -f "$dir.disk"

	out=$TOP/.build/$name/qemu.txt
	results "$dir/result" >"$out"
	tr -d '\r' <"$dir/result" | grep '^skip ' || :
	if ! diff <(expected_tests "$name" | sort) <(cut -d ' ' -f 1,2 "$out" | sort) >"$dir/diff"; then
		echo "$(grep -c '^<' "$dir/diff") tests did not run, $(grep -c '^>' "$dir/diff")" \
			"that are none, or ran before; the first:"
		expected_tests "$name" | grep -vxFf <(cut -d ' ' -f 1,2 "$out") | head -n 3
		grep -m 3 '^>' "$dir/diff" || :
		status=1
	fi
	! grep -q ' fail$' "$out" || status=1
	! grep -E '^(cma|uid) .* skip$' "$out" || status=1
	printf '%s %s (%s): %d passed, %d failed, %d skipped, %d s\n' "${0##*/}" "$name" \
		"$(tr -d '\r' <"$dir/result" | sed -n 's/^chunk_map //p')" \
		"$(grep -c ' ok$' "$out")" "$(grep -c ' fail$' "$out")" \
		"$(grep -c ' skip$' "$out")" "$((SECONDS - start))"
	return "$status"
}

for name; do
	check_kind "$name" stock debug
done
"$SCRIPTS/kernels.sh" ensure "$@"
need_packages gcc libc6-dev make binutils
make -s -C "$TOP/tools/tests" O="$programs"

failed=""
for name; do
	# In the background, as a condition would switch off the stop at an error.
	test_kernel "$name" &
	wait $! || failed="$failed $name"
done
[ -z "$failed" ] || die "failed on:$failed"
