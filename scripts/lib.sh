# shellcheck shell=bash
# SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#
# What the scripts beside this file share.  Source it; it sets -eu.

set -eu
shopt -s inherit_errexit

SCRIPTS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2034
TOP=${VMPAGE_TOP:-$(dirname "$SCRIPTS")}
CACHE=${VMPAGE_CACHE:-$HOME/.cache/vmpage}

# In the order in which they are best made: quick ones first.
KERNELS="stock-6.1 stock-6.12 stock-7.3 um-7.3 um-6.1 um-6.12 debug-7.3 um-7.3-opt"

die()
{
	echo "${0##*/}: $*" >&2
	exit 1
}

note()
{
	echo "${0##*/}: $*" >&2
}

# usage - print the comment at the head of the running script
usage()
{
	sed -n '/^# SPDX/d; 2,/^$/s/^# \{0,1\}//p' "$0" >&2
	exit 2
}

# check_name NAME - only the names of $KERNELS are kernels
check_name()
{
	local k

	for k in $KERNELS; do
		[ "$k" != "$1" ] || return 0
	done
	die "no kernel named '$1' (known: $KERNELS)"
}

# check_kind NAME KIND... - only kernels of these kinds, such as stock, will do
check_kind()
{
	local name=$1 kind

	shift
	for kind; do
		case $name in
		"$kind"-*)
			check_name "$name"
			return
			;;
		esac
	done
	die "$name is not a kernel of this kind: $*"
}

# replace_line FILE OLD NEW - the one line that is OLD but for its indent
replace_line()
{
	OLD=$2 NEW=$3 awk '
		{ text = $0; sub(/^[ \t]+/, "", text) }
		text == ENVIRON["OLD"] {
			n++
			print substr($0, 1, length($0) - length(text)) ENVIRON["NEW"]
			next
		}
		{ print }
		END { if (n != 1) exit 1 }' "$1" >"$1.new" || return 1
	mv "$1.new" "$1"
}

# guest_dir DIR BUILD MODULE... - a new folder with these modules of a build, which a guest
# is to have
guest_dir()
{
	local dir=$1 build=$2 module

	shift 2
	rm -rf "$dir"
	mkdir -p "$dir" || return
	for module; do
		strip --strip-debug -o "$dir/${module##*/}.ko" "$build/$module.ko" || return
	done
}

# kernel_version NAME - 6.1, 6.12 or 7.3
kernel_version()
{
	local v=${1#*-}

	echo "${v%%-*}"
}

# need_packages PACKAGE... - have these Debian packages, or say how
need_packages()
{
	local p missing=""

	for p; do
		[ -e "/var/lib/dpkg/info/$p.list" ] ||
			[ -e "/var/lib/dpkg/info/$p:amd64.list" ] ||
			missing="$missing $p"
	done
	[ -n "$missing" ] || return 0
	if [ "$(id -u)" != 0 ]; then
		echo "apt-get install --no-install-recommends$missing" >&2
		exit 1
	fi
	note "installing$missing"
	# shellcheck disable=SC2086
	{
		apt-get -qq update
		DEBIAN_FRONTEND=noninteractive \
			apt-get -qq install -y --no-install-recommends $missing
	} >/dev/null
}

# with_lock NAME COMMAND... - one at a time over all processes
with_lock()
{
	local name=$1

	shift
	mkdir -p "$CACHE/locks"
	(
		flock 9
		"$@"
	) 9>"$CACHE/locks/$name"
}

# base_initramfs - print the path of the busybox initramfs, made once
base_initramfs()
{
	local busybox=/bin/busybox key file tmp

	[ -x "$busybox" ] || need_packages busybox-static cpio
	key=$(cat "$SCRIPTS/initramfs/init" "$busybox" | sha256sum | cut -c1-16)
	file=$CACHE/initramfs-$key.gz
	if ! [ -e "$file" ]; then
		need_packages busybox-static cpio
		mkdir -p "$CACHE"
		tmp=$(mktemp -d "$CACHE/tmp.XXXXXX")
		mkdir -p "$tmp/root/bin" "$tmp/root/h"
		cp "$busybox" "$tmp/root/bin/"
		cp "$SCRIPTS/initramfs/init" "$tmp/root/init"
		chmod 755 "$tmp/root/init"
		# Its shell and xargs know its other commands by themselves; 400
		# links would cost a kernel with checks two seconds to unpack.
		ln -s busybox "$tmp/root/bin/sh"
		pack "$tmp/root" >"$tmp/gz"
		mv "$tmp/gz" "$file"
		rm -rf "$tmp"
	fi
	echo "$file"
}

# pack DIR - its contents as a compressed cpio archive on standard output
pack()
{
	(cd "$1" && find . -print0 | sort -z |
		cpio --null -o -H newc --quiet -R 0:0) | gzip -1n
}

# guest_status DIR - note in DIR/status what the guest's run.sh ended with
guest_status()
{
	tr -d '\r' <"$1/result" | tail -n 1 |
		sed -n 's/^status \([0-9]*\)$/\1/p' >"$1/status"
	[ -s "$1/status" ] || rm "$1/status"
}

# verdict DIR - did the guest's run.sh succeed, and is the kernel log clean?
verdict()
{
	local dir=$1 status failed=0

	status=$(cat "$dir/status" 2>/dev/null) || status=missing
	if [ "$status" != 0 ]; then
		note "run.sh: exit status $status; what failed, and its last lines:"
		tr -d '\r' <"$dir/result" | awk '
			/^not ok/ && ++n <= 8 { print; next }
			/./ && !/^(not ok|status)/ { last[++m] = $0 }
			END { for (i = m > 4 ? m - 3 : 1; i <= m; i++) print last[i] }' >&2
		failed=1
	fi
	if ! "$SCRIPTS/scan-log.sh" "$dir/console.log" >"$dir/scan.log"; then
		head -n 20 "$dir/scan.log" >&2
		failed=1
	fi
	rm "$dir/scan.log"
	[ "$failed" = 0 ] || note "FAILED; see $dir/console.log and $dir/result"
	return "$failed"
}

# copy_tree DIR - make DIR the sources as they are now; what was built in it stays
copy_tree()
{
	mkdir -p "$1"
	rsync -rlpc --delete --exclude-from="$TOP/.gitignore" --exclude=/.git "$TOP/" "$1/"
}
