/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
struct page;

void vmpage_no_such_export(struct page *page);
