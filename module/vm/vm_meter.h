/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * FreeBSD's tables as text.  Each takes its numbers in one go under the lock
 * that guards them and prints afterwards.
 */
#ifndef _VM_METER_H_
#define _VM_METER_H_

struct seq_file;

/* vm.phys_free: free blocks by domain, list, order and pool. */
void vm_phys_free_show(struct seq_file *s);

/* vm.phys_segs: one paragraph for each segment. */
void vm_phys_segs_show(struct seq_file *s);

/* vm.phys_locality: a line for each domain, how far it is from each. */
void vm_phys_locality_show(struct seq_file *s);

/* vm.ndomains */
void vm_ndomains_show(struct seq_file *s);

/* vm.stats.vm: one "name value" line for each counter and watermark, all domains. */
void vm_stats_show(struct seq_file *s);

/* vm.domain.N.stats: the same for one domain. */
void vm_domain_stats_show(struct seq_file *s, int domain);

/* vm.reserv.partpopq: partly populated reservations of each domain. */
void vm_reserv_partpopq_show(struct seq_file *s);

/* Reservations of each domain with a memory attribute; not FreeBSD's. */
void vm_reserv_memattr_show(struct seq_file *s);

/* vm.reserv.broken, freed, reclaimed: counters; fullpop: full ones at this moment. */
void vm_reserv_broken_show(struct seq_file *s);
void vm_reserv_freed_show(struct seq_file *s);
void vm_reserv_reclaimed_show(struct seq_file *s);
void vm_reserv_fullpop_show(struct seq_file *s);

#endif /* _VM_METER_H_ */
