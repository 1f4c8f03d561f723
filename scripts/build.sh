#!/bin/bash
# SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#
# build.sh NAME [-m DIR] [-- MAKE-ARGUMENT...]
#
# Build the modules against the kernel NAME (see kernels.sh), in a copy of the
# tree, .build/NAME/.  A compiler or modpost warning is a failure.  Prints only
# warnings and errors, or everything with V=1 in the environment.  With -m, build
# the module in this folder of the tree instead, which uses the vmpage that was
# built before.

. "$(dirname "$0")/lib.sh"

[ $# -ge 1 ] || usage
name=$1
shift
module=""
if [ "${1:-}" = -m ]; then
	module=${2:?}
	shift 2
fi
[ "${1:-}" != -- ] || shift
check_name "$name"
"$SCRIPTS/kernels.sh" ensure "$name"
need_packages rsync make
# The log is read: no "make -s" around this script may silence it.
unset MAKEFLAGS MFLAGS

copy=$TOP/.build/$name
result=${module:+$module/${module##*/}.ko}
result=${result:-vmpage.ko}
log=$copy${module:+.${module##*/}}.log
kdir=$("$SCRIPTS/kernels.sh" build-dir "$name")

# tree_files - what belongs to the tree: not what it is built into
tree_files()
{
	cd "$TOP"
	if [ -e .git ]; then
		git ls-files -co --exclude-standard -x .build | while read -r f; do
			[ ! -e "$f" ] || echo "$f"
		done
	else
		find . -path ./.build -prune -o -type f -printf '%P\n'
	fi | sort -u
}

# update_copy - bring it up to date; by content, so that make sees real changes
update_copy()
{
	mkdir -p "$copy"
	tree_files >"$copy.files.new"
	# An object outlives its source: start anew when a file has gone, and
	# after a failure, or make would not repeat the warning.
	if ! [ -e "$copy.good" ] ||
	   [ -n "$(comm -23 "$copy.files" "$copy.files.new")" ]; then
		rm -rf "$copy"
		mkdir -p "$copy"
	fi
	rm -f "$copy.good"
	mv "$copy.files.new" "$copy.files"
	rsync -rlpc --files-from="$copy.files" "$TOP/" "$copy/"
}

# run_make - the headers of 6.12 and 7.3 are used inside the chroot; its mounts
# are in a name space of their own, which goes when make does
run_make()
{
	local args

	local src=$copy

	case $name in
	stock-6.1 | debug-* | um-*) ;;
	*) src=/src ;;
	esac
	args=("-j$(nproc)" -C "$kdir" "M=$src${module:+/$module}" W=1 "V=${V:-0}" "$@" modules)
	[ -z "$module" ] || args+=("KBUILD_EXTRA_SYMBOLS=$src/Module.symvers")
	case $name in
	um-*)
		make ARCH=um "${args[@]}"
		;;
	stock-6.1 | debug-*)
		make "${args[@]}"
		;;
	*)
		need_packages mount
		# shellcheck disable=SC2016
		unshare --mount --propagation private sh -euc '
			root=$1 copy=$2; shift 2
			mkdir -p "$root/src"
			mount --bind "$copy" "$root/src"
			mount -t proc proc "$root/proc"
			exec chroot "$root" /usr/bin/env LC_ALL=C "$@"
			' sh "$CACHE/trixie" "$copy" make "${args[@]}"
		;;
	esac
}

# complaints - the lines of the log that make the build fail
complaints()
{
	grep -E 'warning:|WARNING:|error:|ERROR:|\*\*\* ' "$log" |
		grep -v 'warning: the compiler differs from the one used to build the kernel'
}

build()
{
	local status=0

	update_copy
	rm -f "$copy/$result"
	run_make "$@" >"$log" 2>&1 </dev/null || status=$?
	sed -i "s,$copy/,,g; s,^/src/,," "$log"
	[ "${V:-0}" = 0 ] || cat "$log"
	if [ "$status" != 0 ] || complaints >/dev/null; then
		grep -vE '^ +[A-Z]+ |^make.*: (Entering|Leaving)|BTF' "$log" >&2 || :
		die "$name: failed; see $log"
	fi
	[ -e "$copy/$result" ] || die "$name: no $result was built"
	touch "$copy.good"
}

mkdir -p "$TOP/.build"
(
	flock 9
	build "$@"
) 9>"$copy.lock"
