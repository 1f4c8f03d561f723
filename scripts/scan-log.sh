#!/bin/bash
# SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#
# scan-log.sh LOG
#
# Print what a clean kernel log must not hold, and fail if there is any.  The first
# such line comes with some that follow it, but without registers and the like.  Only
# the part after the line "vmpage-test: begin" counts.  A test that provokes
# warnings writes to /dev/kmsg "vmpage-test: expect N warnings" before and
# "vmpage-test: end expect" after; there must then be exactly N between.

. "$(dirname "$0")/lib.sh"

[ $# = 1 ] || usage
[ -s "$1" ] || die "$1: empty or missing"

awk '
function bad(text)
{
	if (!context || text != $0)
		print "scan-log: " text
	if (!failed)
		context = 14
	failed = 1
}

{ sub(/\r$/, "") }

/vmpage-test: begin/ { begun = 1; next }
!begun { next }

context && !/Modules linked in|Code: |R[A-Z0-9]+: [0-9a-f]+ R|EFLAGS:|[FC]S: |[CD]R[03]: |TASK>/ {
	print "    " $0
	context--
}

/vmpage-test: expect [0-9]+ warnings?/ {
	if (expecting)
		bad("expect inside expect: " $0)
	match($0, /expect [0-9]+/)
	wanted = substr($0, RSTART + 7, RLENGTH - 7) + 0
	expecting = 1
	seen = 0
	next
}
/vmpage-test: end expect/ {
	if (!expecting)
		bad("end expect without expect")
	else if (seen != wanted)
		bad("expected " wanted " warnings, saw " seen)
	expecting = 0
	next
}

# Fault injection shows where it struck.
/FAULT_INJECTION: forcing a failure/ { injected = 1; next }
/Call Trace/ {
	if (injected || expecting)
		injected = 0
	else
		bad($0)
	next
}

# The kernel complains of itself when it lacks memory for the trace events of a module,
# as load-faults.sh brings about.
expecting && !wanted && /WARNING: .* at kernel\/trace\/trace_events\.c:[0-9]/ { next }

# A plain WARN(), as written up to 6.12 and since; lockdep has other words.
/WARNING: CPU: [0-9]|WARNING: [^ ]+:[0-9]+ at / {
	if (expecting)
		seen++
	else
		bad($0)
	next
}

/WARNING:|(^|[^A-Za-z_])BUG[: ]|(KASAN|UBSAN|KCSAN|KFENCE|KMSAN|ODEBUG):|Oops/ ||
/Bad rss|Bad page|Kernel panic|general protection|Unable to handle/ ||
/Internal error|divide error|invalid opcode|double fault|stack guard/ ||
/possible circular|possible recursive|possible irq lock|inconsistent lock/ ||
/suspicious RCU|held lock freed|bad unlock balance|still has locks held/ ||
/INFO: lockdep is turned off|non-static key|DEBUG_LOCKS_WARN_ON/ ||
/rcu: INFO|detected stall|soft lockup|hard LOCKUP|blocked for more than/ ||
/sleeping function called|scheduling while atomic|nobody cared/ ||
/refcount_t:|list_(add|del) corruption|corrupted (list|stack)/ ||
/kmemleak: [1-9]|unreferenced object|page allocation failure|oom-killer/ ||
/Out of memory|Redzone|Poison overwritten|[Oo]bjects remaining/ ||
/segfault at|traps: |Trying to vfree|Segfault with no mm|Kernel mode (fault|signal)/ {
	bad($0)
}

END {
	if (!begun)
		bad("no line \"vmpage-test: begin\"")
	if (expecting)
		bad("expect without end expect")
	exit failed
}' "$1"
