#!/bin/bash
# SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#
# load-faults.sh [NAME]
#
# Load vmpage.ko under User-Mode Linux (default: um-6.12, where kmemleak sees
# every leak) again and again, with the first, the second, ... allocation of the
# load failing.  Nothing may be left behind.  The results go to
# .build/NAME/load-faults.txt, as lines "suite case result".

. "$(dirname "$0")/lib.sh"

name=${1:-um-6.12}
check_name "$name"
dir=$TOP/.build/$name.load-faults
out=$TOP/.build/$name/load-faults.txt

"$SCRIPTS/build.sh" "$name"
need_packages gcc libc6-dev make binutils
make -s -C "$TOP/tools/tests" O="$TOP/.build/tools"
guest_dir "$dir" "$TOP/.build/$name" vmpage
cp "$TOP/.build/tools/load_faults" "$dir/"
cp "$TOP/tools/tests/faults-guest.sh" "$dir/run.sh"


# User-Mode Linux itself does not survive a page table that cannot be allocated
# while the kernel touches user memory, as the self-check does.  Such a load is
# skipped: the next boot goes on behind it.
uml_gave_up()
{
	grep -q 'VM_FAULT_OOM leaked out' "$dir/console.log" &&
		grep -q 'RIP: .*:maybe_map+' "$dir/console.log"
}

# note_case NAME RESULT
note_case()
{
	echo "load-faults $1 $2" >>"$out"
}

status=0 first=1 given_up=0
: >"$out"
while :; do
	echo "$first" >"$dir/first"
	if "$SCRIPTS/uml.sh" "$name" -t 600 -m 1024M -a rcupdate.rcu_expedited=1 -- "$dir" \
		2>"$dir/log"; then
		break
	fi
	if ! uml_gave_up || grep -q '^not ok ' "$dir/result"; then
		cat "$dir/log"
		status=1
		break
	fi
	first=$(($(awk '$1 == "load" { n = $2 } END { print n }' "$dir/result") + 1))
	given_up=$((given_up + 1))
done

grep -E '^(not ok|loads|pages) ' "$dir/result" || :
echo "$name: User-Mode Linux gave up in $given_up loads; $SECONDS s"
if grep -q '^loads .* wrong 0$' "$dir/result"; then
	note_case every_load_without_memory_cleans_up ok
else
	note_case every_load_without_memory_cleans_up fail
fi
if grep -q '^ok no_memory_is_lost$' "$dir/result"; then
	note_case no_memory_is_lost ok
else
	note_case no_memory_is_lost fail
fi
exit "$status"
