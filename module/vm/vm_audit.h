/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Audits: each layer checks its own invariants, all in one call.
 */
#ifndef _VM_AUDIT_H_
#define _VM_AUDIT_H_

#include <linux/compiler_attributes.h>
#include <linux/types.h>

/*
 * struct vm_audit - what an audit found
 */
struct vm_audit {
	char *buf;			/* receives one line for each finding, or NULL */
	size_t size;			/* of buf, bytes */
	size_t len;			/* used of buf, bytes */
	unsigned int failures;		/* broken invariants */
};

__printf(2, 3) void vm_audit_fail(struct vm_audit *audit, const char *fmt, ...);

/**
 * vm_audit_all() - check every invariant of the allocator
 * @audit: zeroed, with buf and size set; receives what is broken
 *
 * Meant for a quiet allocator: on one in use a finding may be a request caught
 * halfway.  Page daemons wait meanwhile.  O(pages).
 *
 * Context: Process context.  May sleep.
 */
void vm_audit_all(struct vm_audit *audit);

#endif /* _VM_AUDIT_H_ */
