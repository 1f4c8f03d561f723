#!/bin/bash
# SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#
# check-api.sh
#
# Is every function that include/vm, include/sys and include/machine declare
# exported by the file that defines it, and documented, with its context and with
# what it follows in FreeBSD?  A header may say at its head, for all of its
# functions, that no manual page describes them.  The internal ones below are not
# exported.

. "$(dirname "$0")/lib.sh"

cd "$TOP" || exit

# Bring-up and tear-down, audits, what debugfs shows, promises of the device, the
# index of an object, the taking of cached pages, reservations but for what a mapper asks:
# the calls between the layers.
internal="
pagedaemon_wakeup vm_curthread_is_pageproc vm_domain_alloc_fail vm_domain_allocate vm_domain_audit
vm_domain_freecnt_inc vm_domain_reset vm_domain_set_thresholds vm_domain_shortfall
vm_domainset_home vm_domainset_mask vm_domainset_reset vm_domainset_update vm_kunit_report
vm_object_audit vm_page_audit vm_page_cache_audit vm_page_cache_evict
vm_page_cache_reclaim
vm_pageout_pause vm_pageout_resume vm_pageout_start vm_pageout_stop vm_pageout_update
vm_phys_add_seg vm_phys_audit vm_phys_dump_all
vm_phys_fini vm_phys_free_runs vm_phys_init vm_phys_nodump vm_phys_remove_chunk
vm_radix_fini vm_radix_init vm_radix_lookup vm_radix_lookup_ge vm_radix_lookup_in
vm_radix_reserve vm_radix_unreserve vm_radix_wait
vmpage_reserv_alloc_next vm_reserv_alloc_contig vm_reserv_alloc_page vm_reserv_audit vm_reserv_audit_object
vm_reserv_break_all vm_reserv_fullpop vm_reserv_partpop
vm_reserv_reclaim_contig vm_reserv_reclaim_inactive vm_waiters_show
vmpage_alloc_promised vmpage_alloc_window vmpage_busy_sleep_killable vmpage_object_set_loose vmpage_promise
vmpage_reclaim_block vmpage_reserv_adopt vmpage_reserv_alloc_loose
vmpage_reserv_alloc_promised vmpage_reserv_alloc_room vmpage_reserv_alloc_whole vmpage_reserv_memattr
vmpage_reserv_reclaim_any vmpage_reserv_restore vmpage_unpromise vmpage_xbusy_last
vmpage_zero_pages
"

# declarations - "name header documentation", where the last is ok or what is missing
declarations()
{
	awk '
	FNR == 1 { doc = name = ""; all = 0 }
	/^ \* .* no manual page describes it/ { all = 1 }
	/^\/\*\*$/ { doc = "\n"; name = ""; next }
	doc != "" && name == "" && /^ \* [a-z_0-9]+\(\) - / { name = $2; sub(/\(\)/, "", name) }
	doc != "" { doc = doc $0 "\n" }
	doc != "" && /^ \*\/$/ { docs[name] = doc; doc = ""; next }

	/^[a-z].*[a-z_0-9]\(/ && !/^(static|typedef|extern|union|enum)/ && !/[{}]/ {
		decl = $0
		while (decl !~ /;/ && (getline line) > 0)
			decl = decl line
		match(decl, /[a-z_0-9]+\(/)
		f = substr(decl, RSTART, RLENGTH - 1)
		if (!(f in docs))
			lacks = "no-documentation"
		else if (docs[f] !~ /\n \* Context: /)
			lacks = "no-Context"
		else if (f !~ /^vmpage_/ && !all && docs[f] !~ /(Follows|Unlike FreeBSD)/)
			lacks = "no-Follows"
		else
			lacks = "ok"
		print f, FILENAME, lacks
	}' "$@"
}

# exports - "name file" of each export that stands in the file of its definition
exports()
{
	awk '
	/^[a-z].*[a-z_0-9]\(/ && !/^static/ {
		match($0, /[a-z_0-9]+\(/)
		defined[FILENAME, substr($0, RSTART, RLENGTH - 1)] = 1
	}
	/^EXPORT_SYMBOL_GPL\(/ {
		f = $0
		gsub(/^EXPORT_SYMBOL_GPL\(|\);$/, "", f)
		if ((FILENAME, f) in defined)
			print f, FILENAME
	}' "$@"
}

is_internal()
{
	case " ${internal//$'\n'/ } " in
	*" $1 "*) return 0 ;;
	esac
	return 1
}

npublic=0 ninternal=0 bad=0
exported=$(exports module/*/*.c)
declared=$(declarations include/sys/*.h include/machine/*.h include/vm/*.h)
while read -r f header lacks; do
	if is_internal "$f"; then
		ninternal=$((ninternal + 1))
		if grep -q "^$f " <<<"$exported"; then
			echo "$header: $f() is internal, but exported"
			bad=1
		fi
		continue
	fi
	npublic=$((npublic + 1))
	if ! grep -q "^$f " <<<"$exported"; then
		echo "$header: $f() is not exported where it is defined"
		bad=1
	fi
	if [ "$lacks" != ok ]; then
		echo "$header: $f(): $lacks"
		bad=1
	fi
done <<<"$declared"
for f in $internal; do
	if ! grep -q "^$f " <<<"$declared"; then
		echo "${0##*/}: $f() is internal, but not declared"
		bad=1
	fi
done
[ "$npublic" -ge 80 ] || die "found only $npublic public functions"
[ "$bad" = 0 ] || die "the public interface is not as it should be"
echo "$npublic public functions exported and documented, $ninternal internal ones"
