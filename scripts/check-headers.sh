#!/bin/bash
# SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#
# check-headers.sh [NAME]
#
# Does every header of include/ compile first, without what others include, then
# again, and with every other both before and after it?  So for each era of
# vm_page.h, of which a source has one.  Compiled for the kernel NAME (default:
# um-7.3), with its warnings.

. "$(dirname "$0")/lib.sh"

name=${1:-um-7.3}
check_name "$name"
tree=$TOP/.build/headers

mapfile -t headers < <(cd "$TOP/include" && find . -name '*.h' ! -path './uapi/*' -printf '%P\n' | sort)
for h in sys/param.h vm/vm.h vm/vm_page.h vm/vm_object.h vm/vm_phys.h vm/vm_pageout.h \
	 vm/vm_param.h vm/pmap.h vm/vm_domainset.h vm/vm_radix.h vm/vm_pagequeue.h \
	 vm/vm_page_era12.h vm/vm_page_era9.h vm/vm_reserv.h; do
	[ -e "$TOP/include/$h" ] || die "no include/$h"
done

mkdir -p "$tree"
rm -rf "$tree/include" "$tree"/h*.c
cp -r "$TOP/include" "$tree/"

n=-1

# source_file ERA FIRST... - the next source, which includes these in this order
source_file()
{
	local era=$1 h

	shift
	n=$((n + 1))
	{
		echo '// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)'
		echo "#define VMPAGE_KPI_ERA $era"
		for h; do
			echo "#include <$h>"
		done
		if [ "$n" = 0 ]; then
			echo '#include <linux/module.h>'
			echo 'MODULE_DESCRIPTION("headers");'
			echo 'MODULE_LICENSE("Dual BSD/GPL");'
		fi
	} >"$tree/h$n.c"
}

# era_headers ERA - all headers but those of the other old era
era_headers()
{
	case $1 in
	9) printf '%s\n' "${headers[@]}" | grep -vx vm/vm_page_era12.h ;;
	12) printf '%s\n' "${headers[@]}" | grep -vx vm/vm_page_era9.h ;;
	*) printf '%s\n' "${headers[@]}" ;;
	esac
}

for era in 14 12 9; do
	mapfile -t ours < <(era_headers "$era")
	mapfile -t backwards < <(printf '%s\n' "${ours[@]}" | sort -r)
	source_file "$era" "${ours[@]}"
	for h in "${ours[@]}"; do
		source_file "$era" "$h" "$h" "${backwards[@]}"
	done
done
{
	# shellcheck disable=SC2016
	echo 'ccflags-y += -I$(src)/include'
	echo 'obj-m := vmpage.o'
	printf 'vmpage-y +='
	printf ' h%d.o' $(seq 0 "$n")
	echo
} >"$tree/Kbuild"

VMPAGE_TOP=$tree "$SCRIPTS/build.sh" "$name"
built=$(find "$tree/.build/$name" -maxdepth 1 -name 'h*.o' | wc -l)
[ "$built" = $((n + 1)) ] || die "$built of $((n + 1)) sources were compiled"

# What programs include must be plain C and C++ too.
nuapi=0
for h in "$TOP"/include/uapi/linux/*.h; do
	[ -e "$h" ] || continue
	gcc -std=c11 -pedantic -Wall -Wextra -Werror -I"$TOP/include/uapi" -fsyntax-only -x c "$h"
	g++ -std=c++17 -pedantic -Wall -Wextra -Werror -I"$TOP/include/uapi" -fsyntax-only -x c++ "$h"
	nuapi=$((nuapi + 1))
done
echo "${#headers[@]} kernel headers in $built orders, $nuapi for programs, for $name"
