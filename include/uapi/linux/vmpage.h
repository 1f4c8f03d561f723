/* SPDX-License-Identifier: ((GPL-2.0-only WITH Linux-syscall-note) OR BSD-2-Clause) */
/*
 * /dev/vmpage for programs.
 *
 * Each open of the device is an object of its own: pages of 4 KiB by their index,
 * which is the offset in the mapping divided by the size of a page.  The object
 * grows with what is mapped, allocated or reserved, in steps of 512 indexes, and
 * lives until the last mapping and descriptor are gone.  Its memory is all zeros at
 * first.  Aligned windows of 512 indexes are backed by superpages of 2 MiB as far as
 * there are any, and are mapped by one entry once all of their pages are there.
 *
 * Every structure begins with its size, as the program was built with.  A shorter
 * one than the kernel knows reads as if it went on with zeros, and a longer one is
 * accepted if it does.  What is not used must be 0.
 *
 * Errors that every command has:
 *
 *	EFAULT		the structure cannot be read or written
 *	EINVAL		a size that is too small, or a value out of its range
 *	E2BIG		a field that this kernel does not know is not 0
 *	EOPNOTSUPP	a flag or a policy that this kernel does not know
 *	ENOTTY		a command that this kernel does not know
 *
 * mmap(), VMPAGE_IOC_RESERVE and VMPAGE_IOC_ALLOC fail with EDQUOT for what is more than the
 * module's parameter uid_max= allows the user who opened the device.
 */
#ifndef _UAPI_LINUX_VMPAGE_H
#define _UAPI_LINUX_VMPAGE_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* Raised when something is added; what was there stays as it is. */
#define VMPAGE_ABI_LEVEL	1

#define VMPAGE_IOC_MAGIC	0xBD

/* vmpage_info.features */
#define VMPAGE_FEATURE_SUPERPAGES	(1ULL << 0)	/* mappings of 2 MiB by one entry */
#define VMPAGE_FEATURE_PINNABLE		(1ULL << 1)	/* direct I/O and the like on mappings */
#define VMPAGE_FEATURE_MEMATTR		(1ULL << 2)	/* vmpage_setup.memattr */

/**
 * struct vmpage_info - VMPAGE_IOC_INFO: what this kernel and pool offer
 * @size: sizeof(struct vmpage_info)
 * @flags: 0
 * @abi_level: out; VMPAGE_ABI_LEVEL of the kernel
 * @page_size: out; of a page, bytes
 * @superpage_npages: out; of a superpage, pages
 * @ndomains: out; memory domains with pages, each a NUMA node
 * @features: out; VMPAGE_FEATURE_*
 * @npages: out; pages of the pool, pages
 */
struct vmpage_info {
	__u32 size;
	__u32 flags;
	__u32 abi_level;
	__u32 page_size;
	__u32 superpage_npages;
	__u32 ndomains;
	__aligned_u64 features;
	__aligned_u64 npages;
};

/* vmpage_setup.flags */
#define VMPAGE_SETUP_OVERCOMMIT	(1U << 0)	/* mmap() reserves no memory */

/* vmpage_setup.map_policy: how much a first touch populates */
#define VMPAGE_MAP_DEFAULT	0	/* as the module's parameter map_policy says */
#define VMPAGE_MAP_EAGER	1	/* the whole superpage */
#define VMPAGE_MAP_DEMAND	2	/* the page */
#define VMPAGE_MAP_THRESHOLD	3	/* the page; the rest once map_threshold are there */

/* vmpage_setup.domain_policy: from which domains pages come */
#define VMPAGE_DOMAIN_DEFAULT		0	/* as the policy of the task says */
#define VMPAGE_DOMAIN_ROUNDROBIN	1
#define VMPAGE_DOMAIN_FIRSTTOUCH	2	/* where the CPU is that touches */
#define VMPAGE_DOMAIN_PREFER		3	/* domain_prefer while it has pages */
#define VMPAGE_DOMAIN_INTERLEAVE	4	/* superpage by superpage */

/* vmpage_setup.memattr: as what the memory is accessed */
#define VMPAGE_MEMATTR_DEFAULT		0	/* write-back */
#define VMPAGE_MEMATTR_WC		1	/* write-combining */
#define VMPAGE_MEMATTR_UC		2	/* uncacheable */

/**
 * struct vmpage_setup - VMPAGE_IOC_SETUP: how a new object is to behave
 * @size: sizeof(struct vmpage_setup)
 * @flags: VMPAGE_SETUP_*
 * @map_policy: VMPAGE_MAP_*
 * @map_threshold: pages, 1 to 512, with VMPAGE_MAP_THRESHOLD; else 0
 * @domain_policy: VMPAGE_DOMAIN_*
 * @domain_prefer: domain, with VMPAGE_DOMAIN_PREFER; else 0
 * @domain_mask: domains that may be used, a bit each; 0 for all, and with
 *	VMPAGE_DOMAIN_DEFAULT
 * @color: place of index 0 within its superpage, pages, below 512; superpages of an
 *	object whose colour is not 0 are mapped page by page
 * @memattr: VMPAGE_MEMATTR_*; but for VMPAGE_MEMATTR_DEFAULT only with colour 0
 *
 * An object with a memory attribute has superpages of its own, that nobody else gets a
 * page of.  What would promise pages to it brings them at once: all 512 of each aligned
 * window that is touched by the range, or ENOMEM.  Without that a touch needs a whole
 * superpage unless the window has one.  Its mappings cannot be pinned, whatever
 * VMPAGE_FEATURE_PINNABLE says.
 *
 * EBUSY: the object is not new: something was mapped, allocated or reserved.
 * EINVAL: also a domain without memory.
 * EOPNOTSUPP: also an attribute without VMPAGE_FEATURE_MEMATTR.
 */
struct vmpage_setup {
	__u32 size;
	__u32 flags;
	__u32 map_policy;
	__u32 map_threshold;
	__u32 domain_policy;
	__u32 domain_prefer;
	__aligned_u64 domain_mask;
	__u32 color;
	__u32 memattr;
};

/**
 * struct vmpage_range - VMPAGE_IOC_RESERVE, VMPAGE_IOC_FREE: a range of indexes
 * @size: sizeof(struct vmpage_range)
 * @flags: 0
 * @pindex: first index, pages
 * @npages: length, pages; not 0
 * @ndone: out; pages that were reserved or freed
 *
 * VMPAGE_IOC_RESERVE promises a page to each index of the range that has neither a
 * page nor a promise, so that no touch there can fail for want of memory; the object
 * grows to include the range.  ENOMEM: not so much is to be had; nothing changed.
 *
 * VMPAGE_IOC_FREE takes the pages of the range away from the object.  Nobody sees
 * their content any more; a new touch finds zeros.  A page that a device or a pipe
 * still refers to is kept apart until it does not.  The range may be touched again,
 * but is overcommitted from then on, until it is reserved anew.
 */
struct vmpage_range {
	__u32 size;
	__u32 flags;
	__aligned_u64 pindex;
	__aligned_u64 npages;
	__aligned_u64 ndone;
};

/* vmpage_alloc.flags */
#define VMPAGE_ALLOC_WAIT	(1U << 0)	/* wait for pages; a fatal signal ends it */

/**
 * struct vmpage_alloc - VMPAGE_IOC_ALLOC: make pages resident ahead of their touch
 * @size: sizeof(struct vmpage_alloc)
 * @flags: VMPAGE_ALLOC_*
 * @pindex: first index, pages
 * @npages: in, pages wanted, not 0; out, pages of the range that are resident now,
 *	from the first on without a gap
 * @domain: domain to take them from; -1 as the object's policy says
 * @reserved: 0
 *
 * Pages that are there count, and stay.  A page that was promised comes from where that
 * was if @domain has none.  The object grows to include the range.
 * ENOMEM: not even the first page could be had.  EINTR: a fatal signal.
 */
struct vmpage_alloc {
	__u32 size;
	__u32 flags;
	__aligned_u64 pindex;
	__aligned_u64 npages;
	__s32 domain;
	__u32 reserved;
};

/**
 * struct vmpage_promote - VMPAGE_IOC_PROMOTE: map by entries of 2 MiB
 * @size: sizeof(struct vmpage_promote)
 * @flags: 0
 * @addr: first byte of a mapping of this object, a multiple of 2 MiB
 * @length: bytes, a multiple of 2 MiB, not 0
 * @npromoted: out; windows of 2 MiB that are mapped by one entry now, or will be by
 *	the first touch that their protection allows
 *
 * Populates the windows of the range as VMPAGE_MAP_EAGER would, and maps those that
 * are complete anew.  The caller sees to it that none of its threads changes the
 * mappings of the range meanwhile; touching it is fine.
 *
 * EBUSY: the mapping was changed by madvise(), mlock(), mbind() and the like, which
 * would be undone, or a window is mapped in several parts.  EFAULT: not all of the range
 * maps this object.  ENOMEM: somebody freed pages of a window meanwhile, and they cannot
 * be reserved again; the window is not mapped any more.  EINTR: a fatal signal.
 */
struct vmpage_promote {
	__u32 size;
	__u32 flags;
	__aligned_u64 addr;
	__aligned_u64 length;
	__aligned_u64 npromoted;
};

/* vmpage_query.flags */
#define VMPAGE_QUERY_PHYS	(1U << 0)	/* fill in pa; needs CAP_SYS_RAWIO */

/* vmpage_page.state */
#define VMPAGE_PAGE_RESIDENT	(1U << 0)	/* there is a page */
#define VMPAGE_PAGE_RESERVED	(1U << 1)	/* there is none, but one is promised */

/**
 * struct vmpage_page - what VMPAGE_IOC_QUERY says of an index
 * @pa: physical address, bytes, if asked for; 0 without a page
 * @state: VMPAGE_PAGE_*
 * @level: of the reservation the page is part of: 0; -1 for none, or without a page
 * @domain: domain of the page; -1 without a page
 */
struct vmpage_page {
	__aligned_u64 pa;
	__u32 state;
	__s16 level;
	__s16 domain;
};

/**
 * struct vmpage_query - VMPAGE_IOC_QUERY: look at a range of indexes
 * @size: sizeof(struct vmpage_query)
 * @flags: VMPAGE_QUERY_*
 * @pindex: first index, pages
 * @npages: length, pages; not 0
 * @pages: address of @npages struct vmpage_page
 *
 * Pages can be moved, and reservations be broken, right after this.  EPERM:
 * VMPAGE_QUERY_PHYS without CAP_SYS_RAWIO.
 */
struct vmpage_query {
	__u32 size;
	__u32 flags;
	__aligned_u64 pindex;
	__aligned_u64 npages;
	__aligned_u64 pages;
};

/* The sizes travel in the structures. */
#define VMPAGE_IOC_INFO		_IO(VMPAGE_IOC_MAGIC, 0x00)
#define VMPAGE_IOC_SETUP	_IO(VMPAGE_IOC_MAGIC, 0x01)
#define VMPAGE_IOC_ALLOC	_IO(VMPAGE_IOC_MAGIC, 0x02)
#define VMPAGE_IOC_FREE		_IO(VMPAGE_IOC_MAGIC, 0x03)
#define VMPAGE_IOC_RESERVE	_IO(VMPAGE_IOC_MAGIC, 0x04)
#define VMPAGE_IOC_PROMOTE	_IO(VMPAGE_IOC_MAGIC, 0x05)
#define VMPAGE_IOC_QUERY	_IO(VMPAGE_IOC_MAGIC, 0x06)

#endif /* _UAPI_LINUX_VMPAGE_H */
