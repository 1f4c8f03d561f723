/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Assertions.  A broken rule is reported once and the call that broke it is
 * refused; it never stops the machine.
 */
#ifndef _SYS_SYSTM_H_
#define _SYS_SYSTM_H_

#include <linux/bug.h>

#ifdef VM_KUNIT
void vm_kunit_report(const char *func, const char *rule);
#endif

/**
 * vm_assert() - report a broken rule once
 * @cond: what must hold
 *
 * Never BUG(): the page accounts are suspect, the machine is not.  In the KUnit
 * build a case may announce the report it provokes; one that was not announced
 * fails the case.
 *
 * Context: Any context.
 * Return: true when @cond holds.  The caller refuses the request when it does
 * not.
 */
#ifdef VM_KUNIT
#define vm_assert(cond) ({						\
	const bool __vm_good = (cond);					\
									\
	if (unlikely(!__vm_good))					\
		vm_kunit_report(__func__, #cond);			\
	__vm_good;							\
})
#else
#define vm_assert(cond) ({						\
	const bool __vm_good = (cond);					\
									\
	WARN_ONCE(!__vm_good, "vmpage: %s: \"%s\" is false\n", __func__, #cond);	\
	__vm_good;							\
})
#endif

#endif /* _SYS_SYSTM_H_ */
