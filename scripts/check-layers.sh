#!/bin/bash
# SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#
# check-layers.sh [NAME...]
#
# In the objects of .build/NAME (default: um-7.3), is every symbol defined in a
# file's own layer or below it?  The layers, lowest first, are the lines below;
# an object that is on none of them is an error, and so is finding nothing.

. "$(dirname "$0")/lib.sh"

layers="
compat/* vm/vm_debug linux/trace
linux/mem_source linux/mem_*
vm/vm_phys vm/vm_phys_seg
vm/vm_domain vm/vm_domainset
vm/vm_pgcache
vm/vm_radix
vm/vm_reserv vm/vm_reserv_audit vm/vm_reserv_memattr
vm/vm_object vm/vm_page vm/vm_page_*
vm/vm_pageout vm/vm_zero
vm/vm_init vm/vm_meter vm/vm_audit
linux/charge
linux/credit linux/quarantine
linux/cdev* linux/selfcheck linux/debugfs
linux/main
"

# layer FILE - the number of the line that has it; 0 for none
layer()
{
	local line pattern n=0

	while read -r line; do
		n=$((n + 1))
		set -f
		for pattern in $line; do
			# shellcheck disable=SC2254
			case $1 in
			$pattern)
				echo "$n"
				return
				;;
			esac
		done
	done <<<"${layers#?}"
	echo 0
}

# symbols DIR - "layer file type symbol" of every object of the module
symbols()
{
	local object file n

	while read -r object; do
		file=${object##*/module/}
		file=${file%.o}
		n=$(layer "$file")
		nm "$object" | awk -v n="$n" -v file="$file" '{ print n, file, $(NF - 1), $NF }'
	done < <(find "$1/module" -name '*.o' ! -name '.*' ! -name 'probe*' ! -path '*/probes/*')
}

check()
{
	symbols "$TOP/.build/$1" | awk -v kernel="$1" '
	$1 == 0 && !seen[$2]++ { print "no layer for " $2 ".c"; bad = 1 }
	$3 ~ /^[TDRBCV]$/ { defined[$4] = $1; where[$4] = $2; ndefined++ }
	$3 == "U" { used[$1 " " $2 " " $4] }
	END {
		for (key in used) {
			split(key, u)
			if (!(u[3] in defined))
				continue
			ncalls++
			if (defined[u[3]] > u[1]) {
				print u[2] ".o uses " u[3] " of " where[u[3]] ".o, which is above it"
				bad = 1
			}
		}
		printf "%s: %d symbols, %d uses between files\n", kernel, ndefined, ncalls
		if (ndefined < 50 || ncalls < 50) {
			print "that is too few: the objects were not read"
			bad = 1
		}
		exit bad
	}'
}

[ $# -gt 0 ] || set -- um-7.3
for name; do
	check_name "$name"
	check "$name"
done
