#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs inside the VM, in the background: prints where a task hangs, and who keeps others waiting for RCU's tasks, which
# the kernel reports below the level that the console shows.
tell() {
	lines=0
	while read -r line; do
		case $line in *"blocked for more than"* | *"detected stalls"*) lines=60 ;; esac
		[ $lines -gt 0 ] && echo "$line" && lines=$((lines - 1))
	done
}
# cat reads whole records, as the file wants it; it ends where it was too slow, and begins again.
# shellcheck disable=SC2002
while :; do cat /dev/kmsg 2>/dev/null | tell; done
