// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Read-only views in debugfs vmpage/, named as FreeBSD names them.
 */
#include <linux/debugfs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <vm/vm_pagequeue.h>
#include "mem_source.h"
#include "vm_audit.h"
#include "vm_meter.h"
#include "vmpage_dev.h"

#define AUDIT_BYTES	SZ_64K

static struct dentry *root;

/* A file that one function prints. */
#define SHOW_FILE(name, show)						\
static int name##_show(struct seq_file *s, void *unused)		\
{									\
	show(s);							\
	return 0;							\
}									\
DEFINE_SHOW_ATTRIBUTE(name)

SHOW_FILE(phys_free, vm_phys_free_show);
SHOW_FILE(phys_segs, vm_phys_segs_show);
SHOW_FILE(phys_locality, vm_phys_locality_show);
SHOW_FILE(ndomains, vm_ndomains_show);
SHOW_FILE(stats, vm_stats_show);
SHOW_FILE(waiters, vm_waiters_show);
SHOW_FILE(chunks, mem_source_show);
SHOW_FILE(device, vmpage_dev_show);
SHOW_FILE(users, vmpage_users_show);
SHOW_FILE(reserv_broken, vm_reserv_broken_show);
SHOW_FILE(reserv_freed, vm_reserv_freed_show);
SHOW_FILE(reserv_reclaimed, vm_reserv_reclaimed_show);
SHOW_FILE(reserv_fullpop, vm_reserv_fullpop_show);
SHOW_FILE(reserv_partpopq, vm_reserv_partpopq_show);
SHOW_FILE(reserv_memattr, vm_reserv_memattr_show);

static int domain_stats_show(struct seq_file *s, void *unused)
{
	vm_domain_stats_show(s, (int)(long)s->private);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(domain_stats);

static void create_reserv(void)
{
	struct dentry *dir = debugfs_create_dir("reserv", root);

	debugfs_create_file("broken", 0444, dir, NULL, &reserv_broken_fops);
	debugfs_create_file("freed", 0444, dir, NULL, &reserv_freed_fops);
	debugfs_create_file("reclaimed", 0444, dir, NULL, &reserv_reclaimed_fops);
	debugfs_create_file("fullpop", 0444, dir, NULL, &reserv_fullpop_fops);
	debugfs_create_file("partpopq", 0444, dir, NULL, &reserv_partpopq_fops);
	debugfs_create_file("memattr", 0444, dir, NULL, &reserv_memattr_fops);
}

static int audit_show(struct seq_file *s, void *unused)
{
	struct vm_audit audit = { .size = AUDIT_BYTES };

	audit.buf = kvzalloc(audit.size, GFP_KERNEL);
	if (!audit.buf)
		return -ENOMEM;

	vm_audit_all(&audit);
	seq_puts(s, audit.failures ? audit.buf : "ok\n");
	kvfree(audit.buf);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(audit);

static void create_domains(void)
{
	struct dentry *domains = debugfs_create_dir("domain", root);
	struct dentry *dir;
	char name[12];
	int domain;

	DOMAINSET_FOREACH(domain, &vm_all_domains) {
		snprintf(name, sizeof(name), "%d", domain);
		dir = debugfs_create_dir(name, domains);
		debugfs_create_file("stats", 0444, dir, (void *)(long)domain, &domain_stats_fops);
	}
}

void vmpage_debugfs_init(void)
{
	root = debugfs_create_dir("vmpage", NULL);
	debugfs_create_file("phys_free", 0444, root, NULL, &phys_free_fops);
	debugfs_create_file("phys_segs", 0444, root, NULL, &phys_segs_fops);
	debugfs_create_file("phys_locality", 0444, root, NULL, &phys_locality_fops);
	debugfs_create_file("ndomains", 0444, root, NULL, &ndomains_fops);
	debugfs_create_file("stats", 0444, root, NULL, &stats_fops);
	debugfs_create_file("waiters", 0444, root, NULL, &waiters_fops);
	debugfs_create_file("chunks", 0444, root, NULL, &chunks_fops);
	debugfs_create_file("device", 0444, root, NULL, &device_fops);
	debugfs_create_file("users", 0444, root, NULL, &users_fops);
	debugfs_create_file("audit", 0444, root, NULL, &audit_fops);
	create_reserv();
	create_domains();
}

void vmpage_debugfs_exit(void)
{
	debugfs_remove_recursive(root);
}
