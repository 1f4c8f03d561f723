#!/bin/bash
# SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#
# check.sh [CHECK...]
#
# Checks of the sources: licences style headers layers docs shell faults builds
# sparse (default: all).  Each prints what it looked at; one that looked at nothing
# fails.

. "$(dirname "$0")/lib.sh"

cd "$TOP" || exit
linux=$CACHE/src/linux-7.3	# its scripts/ has the checkers

# files PATTERN... - of the tree
files()
{
	git ls-files -co --exclude-standard -- "$@" | while read -r f; do
		[ ! -e "$f" ] || echo "$f"
	done | sort -u
}

# at_least N WHAT COUNT
at_least()
{
	[ "$3" -ge "$1" ] || die "only $3 $2"
}

check_licences()
{
	local f n=0 bad=0

	while read -r f; do
		n=$((n + 1))
		if ! head -n 2 "$f" | grep -q 'SPDX-License-Identifier: (\{0,2\}GPL-2\.0-only'; then
			echo "$f: no SPDX line at its head"
			bad=1
		fi
	done < <(files '*.[chS]' '*.sh' '*Makefile' '*Kbuild*' '*.txt' 'scripts/**' '.ci/*' |
		 grep -v -e '^LICENSES/' -e '/um-absent$' -e '\.patch$')
	at_least 60 files "$n"
	echo "$n files have a licence line"
	return "$bad"
}

# checkpatch ARGUMENT... - of files on standard input
checkpatch()
{
	xargs -P "$(nproc)" -n 16 "$linux/scripts/checkpatch.pl" --root "$linux" --no-tree --strict --terse \
		--no-summary --show-types "$@" -f
}

check_style()
{
	local list out

	need_packages perl
	"$SCRIPTS/kernels.sh" ensure um-7.3
	list=$(files '*.[ch]')
	at_least 40 "C files" "$(wc -l <<<"$list")"
	out=$(grep -v '^tools/' <<<"$list" | checkpatch) || :
	# In a program volatile has its uses, and the kernel's attributes are not there.
	out+=$(grep '^tools/' <<<"$list" |
		checkpatch --ignore VOLATILE,PREFER_DEFINED_ATTRIBUTE_MACRO) || :
	if [ -n "$out" ]; then
		echo "$out"
		return 1
	fi
	echo "$(wc -l <<<"$list") files are clean to checkpatch --strict"
	check_sizes
}

# No file of more than 1,200 lines, and no include of what is not its layer's.
check_sizes()
{
	local bad=0 f

	for f in $(files '*.c'); do
		if [ "$(wc -l <"$f")" -gt 1200 ]; then
			echo "$f has more than 1200 lines"
			bad=1
		fi
	done
	if files 'module/vm/*' 'include/*/*.h' |
	   xargs grep -nE 'include <linux/(fs|debugfs|miscdevice|version)\.h>'; then
		echo "only module/linux and module/compat may include these"
		bad=1
	fi
	if files '*.[ch]' '*Kbuild*' | xargs grep -nE 'LINUX_VERSION_CODE|KERNEL_VERSION\('; then
		echo "kernels are asked, not recognised by their number"
		bad=1
	fi
	return "$bad"
}

check_headers()
{
	local name

	for name in um-7.3 stock-6.1 stock-6.12 stock-7.3; do
		"$SCRIPTS/check-headers.sh" "$name"
	done
}

check_layers()
{
	local name

	for name in um-7.3 stock-6.1; do
		"$SCRIPTS/build.sh" "$name"
		"$SCRIPTS/check-layers.sh" "$name"
	done
}

check_docs()
{
	local list n

	need_packages python3
	"$SCRIPTS/kernels.sh" ensure um-7.3
	list=$(files 'include/*.h' 'module/*.[ch]' 'kunit/*.[ch]')
	# shellcheck disable=SC2086
	n=$(grep -lE '^/\*\*$' $list | wc -l)
	at_least 8 "files with documentation" "$n"
	# shellcheck disable=SC2086
	"$linux/scripts/kernel-doc" -none -Werror $list
	# shellcheck disable=SC2086
	echo "$(cat $list | grep -cE '^ \* [a-z_]+\(\) - ') functions documented, in $n files"
	"$SCRIPTS/check-api.sh"
	check_listing kunit/consumer/consumer.c
	check_listing kunit/consumer/Kbuild
	check_excerpt kunit/consumer9/consumer9.c
}

# shown FILE - the block that README has below its first link to it
shown()
{
	awk -v link="]($1)" '
		index($0, link) { found = 1; next }
		found && /^$/ { if (shown) blank = blank "\n"; next }
		found && /^    / { printf "%s", blank; blank = ""; shown = 1; print substr($0, 5); next }
		shown { exit }' README.md
}

# check_listing FILE - README shows all of it
check_listing()
{
	if ! shown "$1" | diff - "$1"; then
		echo "README.md shows another $1 than this one (< shown, > file)"
		return 1
	fi
	echo "README.md shows $1 as it is"
}

# check_excerpt FILE - README shows some of it
check_excerpt()
{
	local block

	block=$(shown "$1")
	at_least 10 "lines of $1 in README.md" "$(wc -l <<<"$block")"
	if [[ $(<"$1") != *"$block"* ]]; then
		echo "README.md shows lines of $1 that are not there"
		return 1
	fi
	echo "README.md shows $(wc -l <<<"$block") lines of $1 as they are"
}

check_shell()
{
	local list

	need_packages shellcheck
	list=$(files '*.sh' '.ci/run' 'scripts/initramfs/init')
	at_least 12 scripts "$(wc -l <<<"$list")"
	# shellcheck disable=SC2086
	shellcheck -x -P SCRIPTDIR $list
	echo "$(wc -l <<<"$list") scripts are clean to shellcheck"
}

# Each fault that mutate.sh and leak-proof.sh plant must have its line.
check_faults()
{
	"$SCRIPTS/mutate.sh" -n
	"$SCRIPTS/leak-proof.sh" -n
}

# sparse_build NAME [VARIABLE...] - every C file of the modules, counted
sparse_build()
{
	local name=$1 wanted checked log=$TOP/.build/$1.log

	"$SCRIPTS/kernels.sh" ensure "$name"
	case $name in
	stock-6.12) install -D /usr/bin/sparse "$CACHE/trixie/usr/local/bin/sparse" ;;
	esac
	shift
	rm -f "$TOP/.build/$name"/*.mod	# some are of other builds
	"$SCRIPTS/build.sh" "$name" -- VMPAGE_TEST=1 VMPAGE_AGEING=1 C=2 CHECK=sparse "$@"
	wanted=$(cat "$TOP/.build/$name"/*.mod | tr ' ' '\n' | grep -c '\.o$')
	checked=$(grep -c '^  CHECK ' "$log") || :
	at_least 15 "C files in $name" "$wanted"
	[ "$checked" = "$wanted" ] || die "$name: sparse saw $checked of $wanted C files"
	echo "$checked C files are clean to sparse on $name"
}

check_sparse()
{
	need_packages sparse
	sparse_build stock-6.1
	sparse_build stock-6.12
	sparse_build um-6.12 VMPAGE_EXERCISE=1	# the suites, which need KUnit
}

check_builds()
{
	local name

	for name in stock-6.1 stock-6.12 stock-7.3 um-7.3 um-6.12 um-6.1; do
		"$SCRIPTS/build.sh" "$name" -- VMPAGE_TEST=1 VMPAGE_AGEING=1
	done
	echo "builds without a warning at W=1 on six kernels"
}

all="licences style headers layers docs shell faults builds sparse"
# shellcheck disable=SC2086
[ $# -gt 0 ] || set -- $all
failed=""
for check; do
	case " $all " in
	*" $check "*) ;;
	*) usage ;;
	esac
	# In the background, as a condition would switch off the stop at an error.
	"check_$check" &
	wait $! || failed="$failed $check"
done
[ -z "$failed" ] || die "failed:$failed"
echo "all checks passed: $*"
