#!/bin/bash
# SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#
# kernels.sh ensure [NAME...]	fetch or build the kernels that are not cached yet
# kernels.sh list		names, releases, and whether they are cached
# kernels.sh dir NAME		the folder that holds a kernel
# kernels.sh build-dir NAME	what to give to make -C (for a stock kernel of
#				6.12 and 7.3: as seen from the build chroot)
#
# The cache is ~/.cache/vmpage, or $VMPAGE_CACHE.  A kernel counts as cached
# only while the sums in its manifest, which is written last, are right.

. "$(dirname "$0")/lib.sh"

# Raise this when what is done here changes a cached kernel.
RECIPE=1

APT=$CACHE/apt
CHROOT=$CACHE/trixie

# ---- Debian's archive -------------------------------------------------------

apt_opts()
{
	echo "-qq -o Dir::Etc::sourcelist=$APT/all.list" \
		"-o Dir::Etc::sourceparts=/dev/null" \
		"-o Dir::State=$APT/state -o Dir::State::status=$APT/status" \
		"-o Dir::Cache=$APT/cache -o APT::Sandbox::User=root"
}

# mirror SUFFIX - from where this machine gets its own suite
mirror()
{
	local codename

	codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
	# shellcheck disable=SC2016
	apt-get indextargets --format '$(REPO_URI) $(RELEASE)' \
		'Created-By: Packages' | sed -n "s/ $codename$1\$//p" | sort -u | head -n 1
}

# apt_setup - a private package index over the three suites
apt_setup()
{
	local key="[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]"
	local main security s

	[ -z "$(find "$APT/ready" -mmin -60 2>/dev/null)" ] || return 0
	[ -n "$(mirror "")" ] || apt-get -qq update
	main=$(mirror "")
	security=$(mirror -security)
	[ -n "$main" ] || die "no Debian mirror in this machine's apt sources"
	rm -rf "$APT"
	mkdir -p "$APT/state/lists/partial" "$APT/cache/archives/partial"
	: >"$APT/status"
	for s in bookworm trixie trixie-backports; do
		echo "deb $key $main $s main"
		case $s in
		*-backports) ;;
		*) [ -z "$security" ] || echo "deb $key $security $s-security main" ;;
		esac
	done >"$APT/all.list"
	grep trixie "$APT/all.list" >"$APT/trixie.list"
	# shellcheck disable=SC2046
	apt-get $(apt_opts) update
	touch "$APT/ready"
}

# fetch DIR PACKAGE... - download packages and unpack them under DIR
fetch()
{
	local dir=$1 tmp deb

	shift
	note "fetching $*"
	with_lock apt apt_setup
	tmp=$(mktemp -d "$CACHE/tmp.XXXXXX")
	# shellcheck disable=SC2046
	(cd "$tmp" && apt-get $(apt_opts) download "$@")
	mkdir -p "$dir"
	for deb in "$tmp"/*.deb; do
		dpkg -x "$deb" "$dir"
	done
	rm -rf "$tmp"
}

# newest_release VERSION - such as 6.12.107+deb13-amd64
newest_release()
{
	with_lock apt apt_setup
	# shellcheck disable=SC2046
	apt-cache $(apt_opts) pkgnames "linux-headers-$1." |
		sed -n 's/^linux-headers-\(.*[0-9]-amd64\)$/\1/p' | sort -V | tail -n 1
}

# ---- stock kernels ----------------------------------------------------------

chroot_files()
{
	ls "$CHROOT/usr/bin/make" "$CHROOT/usr/bin/perl" "$CHROOT/usr/bin/pahole" \
		"$CHROOT/usr/bin/x86_64-linux-gnu-ld.bfd" \
		"$CHROOT/usr/bin/x86_64-linux-gnu-gcc-14" \
		"$CHROOT/usr/libexec/gcc/x86_64-linux-gnu/14/cc1"
}

# make_chroot - trixie's compiler, which the headers of 6.12 and 7.3 ask for
make_chroot()
{
	! sha256sum -c --status "$CHROOT/ready" 2>/dev/null || return 0
	[ "$(id -u)" = 0 ] || die "the build chroot for 6.12 and 7.3 needs root"
	need_packages mmdebstrap
	with_lock apt apt_setup
	note "making the trixie chroot"
	rm -rf "$CHROOT"
	mmdebstrap --quiet --variant=apt \
		--include=gcc-14,make,libc6-dev,kmod,libelf1t64,libssl3t64,binutils,perl,pahole \
		trixie "$CHROOT" "$APT/trixie.list"
	rm -rf "$CHROOT"/var/cache/apt/* "$CHROOT"/var/lib/apt/lists/*
	chroot_files | xargs -d '\n' sha256sum >"$CHROOT/ready"
}

# copy_module TREE NAME DIR - with all it depends on, in loading order
copy_module()
{
	local file dep

	file=$(find "$1" -name "$2.ko*" | head -n 1)
	[ -n "$file" ] || return 0	# built in
	for dep in $(modinfo -F depends "$file" | tr ',' ' '); do
		copy_module "$1" "$dep" "$3"
	done
	[ ! -e "$3/$2.ko" ] || return 0
	case $file in
	*.xz) xz -dc "$file" >"$3/$2.ko" ;;
	*) cp "$file" "$3/$2.ko" ;;
	esac
	echo "$2" >>"$3/order"
}

make_stock()
{
	local name=$1 dir=$CACHE/$1 version release headers kbuild root m

	version=$(kernel_version "$name")
	need_packages kmod xz-utils make debian-archive-keyring
	release=$(newest_release "$version")
	[ -n "$release" ] || die "the archive has no linux-headers-$version.*"
	rm -rf "$dir"
	mkdir -p "$dir/modules"

	# The headers, where their absolute paths hold: in the chroot.
	if [ "$version" = 6.1 ]; then
		need_packages gcc-12 libelf1
		root=$dir/root
		kbuild=linux-kbuild-6.1
	else
		with_lock trixie make_chroot
		root=$CHROOT
		kbuild=linux-kbuild-${release%-amd64}
	fi
	headers=$root/usr/src/linux-headers-$release
	rm -rf "$root/usr/src/linux-headers-${release%-amd64}-"*
	fetch "$root" "linux-headers-$release" \
		"linux-headers-${release%-amd64}-common" "$kbuild"
	if [ "$version" = 6.1 ]; then
		# shellcheck disable=SC2016
		sed -i 's,^include /usr/src,include $(dir $(lastword $(MAKEFILE_LIST)))..,' \
			"$headers/Makefile"
	fi
	ln -s "$headers" "$dir/headers"

	# The image and the few modules that a disk needs.
	if [ "$version" = 7.3 ]; then
		fetch "$dir/image" "linux-base-$release" \
			"linux-binary-$release" "linux-modules-$release"
	else
		fetch "$dir/image" "linux-image-$release"
	fi
	cp "$(find "$dir/image" -name 'vmlinuz*' | head -n 1)" "$dir/vmlinuz"
	: >"$dir/modules/order"
	for m in virtio_pci virtio_blk; do
		copy_module "$dir/image" "$m" "$dir/modules"
	done
	rm -rf "$dir/image"
	echo "$release" >"$dir/release"
}

# ---- kernels built here: User-Mode Linux, and one for QEMU ---------------------

fragments()
{
	local f=$SCRIPTS/config

	case $1 in
	um-7.3) echo "$f/um-base.config $f/um-debug.config $f/um-smp.config" ;;
	um-*-opt) echo "$f/um-base.config $f/um-opt.config $f/um-smp.config" ;;
	um-*) echo "$f/um-base.config $f/um-debug.config" ;;
	debug-*) echo "$f/debug-x86.config" ;;
	esac
}

# architecture NAME - what make calls it
architecture()
{
	case $1 in
	um-*) echo um ;;
	*) echo x86_64 ;;
	esac
}

# patches VERSION - all in one stream; there may be none
patches()
{
	find "$SCRIPTS/patches" -name "um-$1-*.patch" -print0 | sort -z |
		xargs -0r cat
}

# make_source VERSION - unpacked and patched; "ready" says with what
make_source()
{
	local version=$1 src=$CACHE/src/linux-$1 sum

	sum=$(patches "$version" | sha256sum)
	[ "$(cat "$src/ready" 2>/dev/null)" != "$sum" ] || return 0
	fetch "$CACHE/src/deb-$version" "linux-source-$version"
	note "unpacking linux-source-$version"
	rm -rf "$src.tmp"
	mkdir -p "$src.tmp"
	tar -C "$src.tmp" --strip-components=1 -xf \
		"$CACHE/src/deb-$version/usr/src/linux-source-$version.tar.xz"
	patches "$version" | patch -s -d "$src.tmp" -p1
	echo "$sum" >"$src.tmp/ready"
	rm -rf "$CACHE/src/deb-$version" "$src"
	mv "$src.tmp" "$src"
}

# check_config VERSION FRAGMENT CONFIG - is every line of the fragment in force?
check_config()
{
	local line lost=0

	while read -r line; do
		grep -qxF "$line" "$3" && continue
		grep -qxF "$1	${line%=*}" "$SCRIPTS/config/um-absent" && continue
		note "$1: not in .config: $line"
		lost=1
	done < <(grep -e '^CONFIG_' -e '^# CONFIG_' "$2")
	[ "$lost" = 0 ] || exit 1
}

make_built()
{
	local name=$1 dir=$CACHE/$1 src version arch goals=""

	version=$(kernel_version "$name")
	arch=$(architecture "$name")
	need_packages gcc make flex bison bc patch libc6-dev libelf-dev xz-utils \
		debian-archive-keyring
	with_lock "src-$version" make_source "$version"
	src=$CACHE/src/linux-$version

	# Go on with a build that was cut off, but only with the same one.
	if [ "$(cat "$dir/building" 2>/dev/null)" != "$(key "$name")" ]; then
		rm -rf "$dir"
		mkdir -p "$dir"
		key "$name" >"$dir/building"
	fi
	# shellcheck disable=SC2046
	cat $(fragments "$name") >"$dir/fragment"
	make -s -C "$src" ARCH="$arch" O="$dir" KCONFIG_ALLCONFIG="$dir/fragment" \
		allnoconfig >/dev/null
	check_config "$version" "$dir/fragment" "$dir/.config"
	note "building $name (minutes)"
	[ "$arch" = um ] || goals="vmlinux modules"
	# shellcheck disable=SC2086
	make -s -C "$dir" ARCH="$arch" -j"$(nproc)" $goals >"$dir/build.log" 2>&1 || {
		tail -n 30 "$dir/build.log" >&2
		die "$name does not build"
	}
	if [ "$arch" != um ]; then
		# QEMU loads it as it is (PVH); its drivers are built in.
		strip -o "$dir/vmlinuz" "$dir/vmlinux"
		mkdir -p "$dir/modules"
		: >"$dir/modules/order"
	fi
	cp "$dir/include/config/kernel.release" "$dir/release"
	rm -f "$dir/building"
}

# ---- the cache --------------------------------------------------------------

# key NAME - what a kernel is made from
key()
{
	{
		echo "$RECIPE $1"
		case $1 in
		um-* | debug-*)
			gcc -dumpfullversion
			patches "$(kernel_version "$1")"
			# shellcheck disable=SC2046
			cat $(fragments "$1")
			;;
		esac
	} | sha256sum | cut -c1-64
}

# files NAME - what the manifest vouches for
files()
{
	local dir=$CACHE/$1

	case $1 in
	um-* | debug-*)
		case $1 in
		um-*) ls "$dir/linux" ;;
		*) ls "$dir/vmlinuz" "$dir"/modules/* "$dir/tools/objtool/objtool" ;;
		esac
		ls "$dir/.config" "$dir/Makefile" "$dir/release" \
			"$dir/include/generated/autoconf.h" "$dir/Module.symvers" \
			"$dir/scripts/mod/modpost" "$CACHE/src/linux-$(kernel_version "$1")/Makefile"
		;;
	*)
		ls "$dir/vmlinuz" "$dir/release" "$dir"/modules/* "$dir/headers/.config" \
			"$dir/headers/Makefile" "$dir/headers/Module.symvers" \
			"$dir/headers/include/generated/autoconf.h" \
			"$dir/headers/scripts/mod/modpost"
		[ "$1" = stock-6.1 ] || chroot_files
		;;
	esac
}

verified()
{
	local manifest=$CACHE/$1/manifest

	[ -e "$manifest" ] && [ "$(head -n 1 "$manifest")" = "$(key "$1")" ] &&
		tail -n +2 "$manifest" | sha256sum -c --status 2>/dev/null
}

make_kernel()
{
	local name=$1 sums

	! verified "$name" || return 0	# another process was quicker
	rm -f "$CACHE/$name/manifest"
	case $name in
	um-* | debug-*) make_built "$name" ;;
	*) make_stock "$name" ;;
	esac
	sums=$(files "$name" | xargs -d '\n' sha256sum)
	printf '%s\n%s\n' "$(key "$name")" "$sums" >"$CACHE/$name/manifest.tmp"
	mv "$CACHE/$name/manifest.tmp" "$CACHE/$name/manifest"
	note "$name is ready: $(cat "$CACHE/$name/release")"
}

case ${1:-} in
ensure)
	shift
	[ $# -gt 0 ] || eval "set -- $KERNELS"
	for name; do
		check_name "$name"
	done
	for name; do
		verified "$name" || with_lock "$name" make_kernel "$name"
	done
	;;
list)
	for name in $KERNELS; do
		if verified "$name"; then
			printf '%-12s %s\n' "$name" "$(cat "$CACHE/$name/release")"
		else
			printf '%-12s %s\n' "$name" "not cached"
		fi
	done
	;;
dir)
	check_name "${2:-}"
	echo "$CACHE/$2"
	;;
build-dir)
	check_name "${2:-}"
	case $2 in
	um-* | debug-*) echo "$CACHE/$2" ;;
	stock-6.1) readlink "$CACHE/$2/headers" ;;
	*) readlink "$CACHE/$2/headers" | sed "s,^$CHROOT,," ;;
	esac
	;;
*)
	usage
	;;
esac
