#!/bin/bash
# SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#
# leak-proof.sh [-n] [-s SECONDS] [NAME...]
#
# Show that the races of vmpage_test see a leak: take away, in a copy of the tree
# and one at a time, what keeps a page from being seen by others than its owner,
# and run them for SECONDS (10) each on the stock kernel NAME (default: all).  They
# must find a word that is not theirs.  For what no race will hit, a test of its own
# must fail.  Not every kernel can show every fault.  With -n it only looks whether
# each applies.

. "$(dirname "$0")/lib.sh"

seconds=10 apply_only=""
while getopts ns: opt; do
	case $opt in
	n) apply_only=1 ;;
	s) seconds=$OPTARG ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || set -- stock-6.1 stock-6.12 stock-7.3
work=$TOP/.build/leak-proof

# replace FILE OLD NEW - in the copy
replace()
{
	replace_line "$work/$1" "$2" "$3" || die "$1 has no line '$2'"
}

# A chunk stays whole when a page of it goes to somebody else, and afterwards.
fault_not_switched()
{
	replace module/linux/cdev.c "if (vmpage_chunk_is_whole(folio))" "if (false)"
	replace module/linux/cdev_superpage.c "else if (vmpage_chunk_is_whole(folio))" \
		"else if (false)"
}

# A chunk becomes whole with whatever pages are in it.
fault_not_looked_at()
{
	replace module/linux/cdev_superpage.c \
		"return vm_reserv_level_iffullpop(m) >= 0 && page_is_in_place(m) &&" \
		"return page_is_in_place(m) &&"
	replace module/linux/cdev_superpage.c \
		"pages_are_settled(vf->object, first, pindex) &&" \
		"(pages_are_settled(vf->object, first, pindex) || true) &&"
}

# A page that was freed is still mapped.
fault_not_unmapped()
{
	replace module/linux/cdev.c "if (count)" "if (count && false)"
}

# A page that was freed while a pipe held it is given away.
fault_not_quarantined()
{
	replace module/linux/quarantine.c "unpinned = refs == 1 + vmpage_folio_mapcount(folio);" ";"
}

# A pin is overlooked when fork copies entries at the wrong moment, made longer here.
fault_not_marked()
{
	replace module/linux/quarantine.c "#include <linux/list.h>" "#include <linux/delay.h>"
	replace module/linux/quarantine.c "smp_rmb();	/* references, then mappings */" \
		"udelay(200);"
	replace module/linux/quarantine.c "marked = chunk_has_page_of(folio, vf);" \
		"marked = chunk_has_page_of(folio, vf) && false;"
}

# runs FAULT - what the guest is to run
runs()
{
	case $1 in
	not_marked)
		echo "i=0; while [ \$i -lt 8 ]; do i=\$((i + 1))"
		echo "./vmpage_test -g huge forks_do_not_hide_a_pin; done"
		;;
	*) echo "./vmpage_test -d /dev/vda -g race -s $seconds" ;;
	esac
}

# shows FAULT - pattern of what it then prints
shows()
{
	case $1 in
	not_marked) echo "forks_do_not_hide_a_pin: .*quarantined().*" ;;
	*) echo "[a-z_]*: user .* finds .*" ;;
	esac
}

# faults NAME - those that the kernel can show: the first one is seen where the kernel
# maps a whole chunk by itself, and not where the driver does, after a look at it
faults()
{
	case $1 in
	stock-6.*) echo not_switched ;;
	esac
	printf '%s\n' not_looked_at not_unmapped not_quarantined
	[ "$1" != stock-7.3 ] || echo not_marked
}

# judge NAME FAULT - build the copy, boot it and run the tests; prints what they found
judge()
{
	local name=$1 fault=$2 dir=$work.$1

	VMPAGE_TOP=$work "$work/scripts/build.sh" "$name" >"$dir.log" 2>&1 || {
		note "$name $fault: does not build; see $dir.log"
		return
	}
	guest_dir "$dir" "$work/.build/$name" vmpage
	cp "$TOP/.build/tools/vmpage_test" "$dir/"
	cat >"$dir/run.sh" <<-EOF
	insmod vmpage.ko size=96M || exit 1
	$(runs "$fault")
	EOF
	truncate -s 64M "$dir.disk"
	"$SCRIPTS/qemu.sh" "$name" -t $((seconds * 10 + 200)) -m 512 -d "$dir.disk" -- "$dir" \
		>"$dir.log" 2>&1 || :
	rm -f "$dir.disk"
	tr -d '\r' <"$dir/result" | sed -n "s/^not ok \($(shows "$fault")\)/\1/p" | head -n 1
}

need_packages gcc libc6-dev make binutils rsync
for name; do
	check_name "$name"
done
if [ -n "$apply_only" ]; then
	applied=$(for name; do faults "$name"; done | sort -u)
	for fault in $applied; do
		copy_tree "$work"
		"fault_$fault"
	done
	echo "$(wc -w <<<"$applied") faults that leak apply"
	exit
fi
"$SCRIPTS/kernels.sh" ensure "$@"
make -s -C "$TOP/tools/tests" O="$TOP/.build/tools"

unseen=0
for name; do
	for fault in $(faults "$name"); do
		copy_tree "$work"
		"fault_$fault"
		found=$(judge "$name" "$fault")
		[ -n "$found" ] || unseen=$((unseen + 1))
		printf '%-10s %-16s %s\n' "$name" "$fault" "${found:-NOT SEEN}"
	done
done
[ "$unseen" = 0 ] || die "$unseen faults were not seen"
