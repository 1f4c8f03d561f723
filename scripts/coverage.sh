#!/bin/bash
# SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#
# coverage.sh [MINIMUM]
#
# Which lines of module/vm does the KUnit run on um-7.3 execute?  Prints the
# lines that did not run, the share of each file, and the total; fails when that
# is below MINIMUM per cent (default: 93).

. "$(dirname "$0")/lib.sh"

minimum=${1:-93}
name=um-7.3
tree=$TOP/.build/coverage
out=$TOP/.build/coverage.gcov

need_packages gcc rsync
copy_tree "$tree"
VMPAGE_TOP=$tree VMPAGE_GCOV=1 "$SCRIPTS/kunit.sh" "$name"

objects=$tree/.build/$name/kunit/copy
data=("$objects"/*.gcda)
[ -e "${data[0]}" ] || die "the run left no counts"
rm -rf "$out"
mkdir -p "$out"
(cd "$tree/.build/$name" && gcov --stdout "${data[@]}" 2>"$out/errors" >"$out/all")

# A line is "count:number:text"; a header line, of number 0, names the source.
# Sorted by file, as an inline function may be counted in several objects.
awk -F: '
	{ count = $1; gsub(/[ \t]/, "", count); number = $2 + 0 }
	number == 0 {
		if ($3 == "Source") {
			file = $4
			if (!sub(/.*module\/vm\//, "module/vm/", file) || file !~ /\.c$/)
				file = ""
		}
		next
	}
	file != "" && count != "-" {
		print file "\t" number "\t" (count ~ /^[#=]/ ? 0 : 1)
	}' "$out/all" | sort -t "$(printf '\t')" -k 1,1 -k 2,2n -k 3,3nr >"$out/lines"

cd "$tree"
awk -v minimum="$minimum" -F '\t' '
	# gcov does not find the sources, which the kernel gives it by other paths.
	function show(path, number,	text, i) {
		for (i = 0; i < number; i++)
			getline text <path
		close(path)
		print path ":" number ":" text
	}
	function end_of_file() {
		if (file == "")
			return
		table = table sprintf("%6.1f %%  %4d of %4d  %s\n", 100 * ran / lines, ran, lines, file)
		all += lines
		all_ran += ran
		nfiles++
		lines = ran = 0
	}
	$1 != file { end_of_file(); file = $1; last = 0 }
	$2 == last { next }
	{
		last = $2
		lines++
		if ($3)
			ran++
		else
			show($1, $2)
	}
	END {
		end_of_file()
		printf "\n%s", table
		if (nfiles < 8) {
			print "only " nfiles " files of module/vm have counts"
			exit 1
		}
		printf "%6.1f %%  %4d of %4d  in all; %s %% are wanted\n", 100 * all_ran / all,
			all_ran, all, minimum
		exit 100 * all_ran / all < minimum
	}' "$out/lines"
