// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Reporting that every layer uses, hence below all of them.
 */
#include <linux/kernel.h>
#include <linux/stdarg.h>

#include "vm_audit.h"

/**
 * vm_audit_fail() - note a broken invariant
 * @audit: where to note it
 * @fmt: what is broken, one line with its newline
 *
 * What does not fit in the buffer is counted all the same.
 *
 * Context: Any context.
 */
void vm_audit_fail(struct vm_audit *audit, const char *fmt, ...)
{
	va_list args;

	audit->failures++;
	if (audit->len >= audit->size)
		return;

	va_start(args, fmt);
	audit->len += vscnprintf(audit->buf + audit->len, audit->size - audit->len, fmt, args);
	va_end(args);
}
