#!/bin/bash
# SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#
# ageing.sh [-p PHASES]
#
# What a long life at 90 % use does to the 2 MiB blocks of vmpage and of Linux.  Boots
# the kernel $KERNEL (default: stock-6.12) in QEMU with kunit/ageing/, which plays the
# trace of the seed $SEED (1).  Leaves .build/ageing/ageing.txt, a table, which it also
# prints, ageing.json with all figures, and ageing.svg, a chart.
#
# What is compared: the share of free memory that can be had in blocks of 2 MiB, and
# the share of live memory that lies in such blocks as a whole.  All play the same
# trace in as much memory, at first in blocks of 2 MiB:
#	vmpage		objects with reservations; no page moves
#	moving		the same, and vm_page_reclaim_contig() before a measurement
#	Linux		alloc_page() for every page: never a block for an object, hence
#			no live memory in blocks, and nothing that uses the free ones up
#	huge		alloc_pages(order 9) for each 2 MiB of an object with its first
#			page, else alloc_page(): as transparent huge pages are had
# "could be" is the live memory of objects that fills 2 MiB from a multiple of 2 MiB on.
#
# What is not compared: Linux could move the pages of programs (compaction), but not
# those of a module, which these are; so nothing stands against "moving".  Speed, of which
# emulation says nothing.  Other memory use of Linux: the guest is idle.
#
# The clock of the guest counts instructions, and the trace gives vmpage a tick for each
# step: with one seed its figures are the same every time, those of Linux nearly so.

. "$(dirname "$0")/lib.sh"

phases=10
while getopts p: opt; do
	case $opt in
	p) phases=$OPTARG ;;
	*) usage ;;
	esac
done
if [ "$OPTIND" -le $# ] || [ "$phases" -le 0 ]; then
	usage
fi
seed=${SEED:-1} name=${KERNEL:-stock-6.12}
check_kind "$name" stock
dir=$TOP/.build/$name.ageing out=$TOP/.build/ageing

# boot - build, and play the trace in a guest
boot()
{
	"$SCRIPTS/build.sh" "$name" -- VMPAGE_AGEING=1
	guest_dir "$dir" "$TOP/.build/$name" vmpage vmpage_ageing
	cp "$TOP/tools/tests/ageing-guest.sh" "$dir/run.sh"
	echo "size=256M strict=1" >"$dir/pool.txt"
	echo "seed=$seed phases=$phases" >"$dir/ageing.txt"
	"$SCRIPTS/qemu.sh" "$name" -t 600 -m 800 --icount -a "nokaslr init_on_alloc=0" -- "$dir"
}

# lines - "SIDE PHASE NAME VALUE..." of each measurement
lines()
{
	tr -d '\r' <"$dir/result" | sed -n 's/^\([a-z-]*\) phase \([0-9]* free .*\)/\1 \2/p'
}

# judge - is this a measurement at all?
judge()
{
	local pages

	pages=$(tr -d '\r' <"$dir/result" | sed -n 's/^seed .* pages \([0-9]*\)$/\1/p')
	tr -d '\r' <"$dir/result" | grep -q '^done$' || die "it did not come to its end"
	lines | awk -v phases="$phases" -v pages="$pages" '
		function bad(why) { print "ageing: " $1 ", phase " $2 ": " why; failed = 1 }
		{
			for (i = 3; i < NF; i += 2)
				v[$i] = $(i + 1)
			n++
			blocks[$1] += v["runs"] + v["whole"]
			if (v["live"] < pages * 0.85)
				bad("only " v["live"] " of " pages " pages in use")
			if (v["failed"] > ($1 ~ /^linux/ ? v["clock"] / 100 : 0))
				bad(v["failed"] " pages could not be had")
			# Linux itself may have freed a block since the others were held.
			if (v["runs"] > v["free"] + ($1 ~ /^linux/ ? 512 : 0) ||
			    v["whole"] > v["possible"])
				bad("more blocks than there can be")
			if ($1 !~ /^linux/ && v["pool"] != v["free"])
				bad(v["pool"] " pages free, not " v["free"])
		}
		END {
			if (n != 4 * (phases + 1))
				bad(n " measurements")
			for (side in blocks)
				if (!blocks[side])
					bad("not one block on " side)
			exit failed
		}'
}

table()
{
	lines | awk '
		function share(a, b) { return b ? sprintf("%.0f", 100 * a / b) : "-" }
		{
			for (i = 3; i < NF; i += 2)
				v[$1, $2, $i] = $(i + 1)
			if ($2 > last)
				last = $2
		}
		function runs(s, n) {
			n = v[s, p, "free"]
			return share(v[s, p, "runs"] < n ? v[s, p, "runs"] : n, n)
		}
		function live(s, what) { return share(v[s, p, what], v[s, p, "live"]) }
		function more(what) {
			return p ? v["vmpage-moving", p, what] - v["vmpage-moving", p - 1, what] : "-"
		}
		END {
			print "        free memory in 2 MiB runs, %   live memory in 2 MiB blocks, %     moving: reservations"
			print "phase   vmpage  moving  Linux   huge   could be  vmpage  moving   huge   broken  freed  reclaimed"
			for (p = 0; p <= last; p++)
				printf "%5d %8s %7s %6s %6s %10s %7s %7s %6s %8s %6s %10s\n", p,
					runs("vmpage"), runs("vmpage-moving"), runs("linux"),
					runs("linux-huge"), live("vmpage", "possible"),
					live("vmpage", "whole"), live("vmpage-moving", "whole"),
					live("linux-huge", "whole"), more("broken"),
					more("freed"), more("reclaimed")
		}'
}

json()
{
	lines | awk -v seed="$seed" -v kernel="$name" '
		BEGIN { printf "{ \"seed\": %s, \"kernel\": \"%s\", \"measurements\": [", seed, kernel }
		{
			printf "%s\n  { \"side\": \"%s\", \"phase\": %s", n++ ? "," : "", $1, $2
			for (i = 3; i < NF; i += 2)
				printf ", \"%s\": %s", $i, $(i + 1)
			printf " }"
		}
		END { print "\n] }" }'
}

# svg - two charts, one above the other
svg()
{
	lines | awk -v phases="$phases" '
		function x(phase) { return 60 + phase * 560 / phases }
		function y(percent) { return top + 200 - percent * 2 }
		function text(at, px, py, words) {
			printf "<text x=\"%g\" y=\"%g\" text-anchor=\"%s\">%s</text>\n", px, py, at, words
		}
		function line(colour, points) {
			printf "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2.5\" points=\"%s\"/>\n",
				colour, points
		}
		function chart(title, i) {
			text("start\" font-weight=\"bold", 60, top - 12, title)
			for (i = 0; i <= 100; i += 25) {
				printf "<path stroke=\"#ddd\" d=\"M60 %gH620\"/>\n", y(i)
				text("end", 52, y(i) + 4, i " %")
			}
			for (i = 0; i <= phases; i++)
				text("middle", x(i), top + 218, i)
		}
		function key(row, colour, words) {
			line(colour, "640," top + 20 * row " 670," top + 20 * row)
			text("start", 678, top + 20 * row + 4, words)
		}
		function curve(side, colour, what, whole, p, points, part) {
			for (p = 0; p <= phases; p++) {
				part = v[side, p, what] / v[side, p, whole]
				points = points x(p) "," y(part < 1 ? 100 * part : 100) " "
			}
			line(colour, points)
		}
		{
			for (i = 3; i < NF; i += 2)
				v[$1, $2, $i] = $(i + 1)
		}
		END {
			print "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"880\" height=\"580\"" \
				" font-family=\"sans-serif\" font-size=\"13\">"
			print "<rect width=\"880\" height=\"580\" fill=\"white\"/>"
			blue = "#1f5fbf"; sky = "#57b0e8"; red = "#c8402c"; orange = "#e8a33d"
			top = 50
			chart("Free memory that can be had in runs of 2 MiB, by phase")
			curve("linux", orange, "runs", "free")
			curve("linux-huge", red, "runs", "free")
			curve("vmpage", blue, "runs", "free")
			curve("vmpage-moving", sky, "runs", "free")
			key(1, blue, "vmpage"); key(2, sky, "vmpage, moving pages")
			key(3, orange, "Linux, order 0 only"); key(4, red, "Linux, order 9 first")
			top = 330
			chart("Live memory in whole blocks of 2 MiB, by phase")
			curve("vmpage", "#bbb", "possible", "live")
			curve("linux-huge", red, "whole", "live")
			curve("vmpage-moving", sky, "whole", "live")
			curve("vmpage", blue, "whole", "live")
			key(1, "#bbb", "could be"); key(2, blue, "vmpage")
			key(3, sky, "vmpage, moving pages"); key(4, red, "Linux, order 9 first")
			print "</svg>"
		}'
}

"$SCRIPTS/kernels.sh" ensure "$name"
need_packages binutils
rm -rf "$out"
boot
judge || die "this measured nothing; see $dir/result"
mkdir -p "$out"
table >"$out/ageing.txt"
json >"$out/ageing.json"
svg >"$out/ageing.svg"
cat "$out/ageing.txt"
note "$name, seed $seed, $SECONDS s; see $out"
