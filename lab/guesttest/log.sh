#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs inside the VM, last: our modules said nothing worse than info in the kernel's log.
. "${0%/*}/lib.sh"
worse() { # lines of priority notice or worse that name us, but for the kernel's own about unsigned modules
	dmesg -r | sed -n 's/^<\([0-9]*\)>/\1 /p' | while read -r prio line; do
		case $line in
		*taints\ kernel* | *verification\ failed*) continue ;;
		*spotos* | *pair* | *no_oob* | *version_banner*) [ $((prio % 8)) -le 5 ] && echo "$prio $line" ;;
		esac
	done
}
quiet() {
	lines=$(worse)
	[ -z "$lines" ] || { echo "$lines"; return 1; }
}
check "no kernel message worse than info" quiet
finish
