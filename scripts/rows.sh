#!/bin/bash
# SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#
# rows.sh - which rows of the behaviour table have cases, and their results
#
# Reads kunit/rows.txt and what scripts/kunit.sh left in .build/KERNEL/kunit.txt, and
# with -c in kunit-cached.txt.  Prints a line "row | case | result | kernel" for each
# case of a row, with "cached" where CPUs kept pages, then the rows without a case.
# Fails when a row that is required now has no case that passed, without such pages and,
# if there were runs with them, with them, or a case names a row that does not exist.

. "$(dirname "$0")/lib.sh"

cd "$TOP"
shopt -s nullglob
results=(.build/*/kunit.txt .build/*/kunit-cached.txt)
[ ${#results[@]} -gt 0 ] || die "no results; run make kunit first"

awk -F '[ \t]+' -v OFS=' | ' '
function is_cached(path) { return path ~ /-cached\.txt$/ }

function kernel(path,	words)
{
	words = is_cached(path) ? " cached" : ""
	sub(/\/[^\/]*$/, "", path)
	sub(/.*\//, "", path)
	return path words
}

FILENAME == "kunit/rows.txt" {
	if (/^#/ || !NF)
		next
	order[++nrows] = $1
	required[$1] = $2 == "now"
	words[$1] = $0
	sub(/^[^\t]*\t[^\t]*\t/, "", words[$1])
	next
}
{
	ncases++
	ncached += is_cached(FILENAME)
	name = $2
	# Parameterised cases and plain ones alike begin with the id.
	if (name !~ /^[A-Z][0-9][0-9]_/)
		next
	id = substr(name, 1, 3)
	if (!(id in required)) {
		print "no row " id ": " name > "/dev/stderr"
		bad = 1
		next
	}
	lines[id] = lines[id] id OFS name OFS $3 OFS kernel(FILENAME) "\n"
	if ($3 == "ok") {
		passed[id, is_cached(FILENAME)]++
	} else if ($3 != "skip") {
		failed[id]++
	}
}
END {
	if (!nrows || !ncases) {
		print "nothing was read" > "/dev/stderr"
		exit 1
	}
	print "row", "case", "result", "kernel"
	for (i = 1; i <= nrows; i++)
		printf "%s", lines[order[i]]
	print "\nrows without a case:"
	for (i = 1; i <= nrows; i++) {
		id = order[i]
		if (lines[id] == "")
			printf "  %s %s%s\n", id, words[id], required[id] ? "  <-- required" : ""
		if (required[id]) {
			nrequired++
			if (passed[id, 0] && (passed[id, 1] || !ncached) && !failed[id])
				ndone++
			else
				print id ": required, and no case of it passes" > "/dev/stderr"
		}
	}
	printf "\n%d of %d required rows have passing cases%s\n", ndone, nrequired,
		ncached ? ", with and without per-CPU page caches" : ""
	exit bad || ndone != nrequired
}' kunit/rows.txt "${results[@]}"
