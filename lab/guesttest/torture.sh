#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2317 # check calls the functions
# Runs inside the VM: rounds of the pair under 16 threads while CPUs go off- and online, tasks fork and exit, and
# watches come and go. Two processes sleep inside now and then, so that nudges meet somebody who can be woken.
# SPOTOS_ROUNDS is how many, WATCH_PAUSE how many seconds lie between two watches, each of which takes some to start.
# shellcheck source=lab/guesttest/lib.sh
. "${0%/*}/lib.sh"
forks() { while :; do sh -c 'sh -c : & sh -c : | sh -c :; wait'; done; }
hotplug() {
	while :; do
		echo 0 >/sys/devices/system/cpu/cpu1/online
		sleep 0.3
		echo 1 >/sys/devices/system/cpu/cpu1/online
		sleep 0.7
	done
}
sleepers() {
	while :; do
		[ -e /proc/pair_target ] && sh -c 'echo hold 20 >/proc/pair_target' 2>/dev/null
		sleep 0.1
	done
}
watches() { # ahead of the load: while the verifier waits for its turn, so does everybody who waits for RCU's tasks
	echo 0 >/sys/fs/cgroup/favoured/cgroup.procs
	while :; do
		spotos watch pair_encode pair_decode -n 2 --journal '' >/dev/null 2>&1
		sleep "${WATCH_PAUSE:-8}"
	done
}
watched() { grep -qs 'pair_encod[e]' /proc/[0-9]*/cmdline; }
kernel_kb() { # what the kernel has taken for itself, the caches of files aside
	sync
	echo 3 >/proc/sys/vm/drop_caches
	awk '/^(SUnreclaim|KernelStack|VmallocUsed|Percpu):/ { sum += $2 } END { print sum }' /proc/meminfo
}
# KASAN keeps what was freed for a while, up to a 32nd of all memory.
allowed=8192
case $(uname -r) in *-kasan) allowed=$((allowed + $(awk '/^MemTotal:/ { print $2 }' /proc/meminfo) / 32)) ;; esac
little() { [ $((after - before)) -lt $allowed ]; }

cd "${0%/*}" || exit
export SPOTOS_THREADS=16
SPOTOS_ROUNDS=3 ./live.test -test.run "LabPair$" >/dev/null # what is taken once
before=$(kernel_kb)
favoured true
forks &
hotplug &
sleepers &
sleepers &
watches &
check "rounds of the pair, 0 violations" favoured ./live.test -test.run "LabPair$" -test.v -test.timeout "$(limit)"
kill %1 %2 %3 %4 %5
wait 2>/dev/null
echo 1 >/sys/devices/system/cpu/cpu1/online 2>/dev/null
check "the last watch ends by itself" within 60 not watched
after=$(kernel_kb)
echo "kernel memory: $before KiB before, $after KiB after"
check "the kernel's memory has not grown by $((allowed / 1024)) MiB" little
check "rmmod spotos works" rmmod spotos
check "no redirection is left" not grep . /sys/kernel/tracing/enabled_functions
finish
