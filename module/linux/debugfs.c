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

static int phys_free_show(struct seq_file *s, void *unused)
{
	vm_phys_free_show(s);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(phys_free);

static int phys_segs_show(struct seq_file *s, void *unused)
{
	vm_phys_segs_show(s);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(phys_segs);

static int phys_locality_show(struct seq_file *s, void *unused)
{
	vm_phys_locality_show(s);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(phys_locality);

static int ndomains_show(struct seq_file *s, void *unused)
{
	vm_ndomains_show(s);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(ndomains);

static int stats_show(struct seq_file *s, void *unused)
{
	vm_stats_show(s);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stats);

static int domain_stats_show(struct seq_file *s, void *unused)
{
	vm_domain_stats_show(s, (int)(long)s->private);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(domain_stats);

static int waiters_show(struct seq_file *s, void *unused)
{
	vm_waiters_show(s);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(waiters);

static int chunks_show(struct seq_file *s, void *unused)
{
	mem_source_show(s);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(chunks);

static int device_show(struct seq_file *s, void *unused)
{
	vmpage_dev_show(s);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(device);

/* One table that vm_meter.c has, as a file of the directory "reserv". */
#define RESERV_FILE(name)							\
static int reserv_##name##_show(struct seq_file *s, void *unused)		\
{										\
	vm_reserv_##name##_show(s);						\
	return 0;								\
}										\
DEFINE_SHOW_ATTRIBUTE(reserv_##name)

RESERV_FILE(broken);
RESERV_FILE(freed);
RESERV_FILE(reclaimed);
RESERV_FILE(fullpop);
RESERV_FILE(partpopq);

static void create_reserv(void)
{
	struct dentry *dir = debugfs_create_dir("reserv", root);

	debugfs_create_file("broken", 0444, dir, NULL, &reserv_broken_fops);
	debugfs_create_file("freed", 0444, dir, NULL, &reserv_freed_fops);
	debugfs_create_file("reclaimed", 0444, dir, NULL, &reserv_reclaimed_fops);
	debugfs_create_file("fullpop", 0444, dir, NULL, &reserv_fullpop_fops);
	debugfs_create_file("partpopq", 0444, dir, NULL, &reserv_partpopq_fops);
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
	debugfs_create_file("audit", 0444, root, NULL, &audit_fops);
	create_reserv();
	create_domains();
}

void vmpage_debugfs_exit(void)
{
	debugfs_remove_recursive(root);
}
