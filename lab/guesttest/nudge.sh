#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs inside the VM: threads that are blocked for good in the function are made to leave, and notice nothing.
. "${0%/*}/lib.sh"
frozen() { cat /sys/fs/cgroup/traffic/cgroup.freeze; }
frozen_now() { [ "$(frozen)" = 1 ]; }
thawed() { [ "$(frozen)" = 0 ]; }
signal_guard() {
	for dir in /proc/[0-9]*; do
		grep -qs SPOTOS_GUARD= "$dir/environ" && kill -"$1" "${dir#/proc/}"
	done
}
start() { # name, flags: a workload in a session of its own, so that it may be frozen
	name=$1
	shift
	setsid spotos lab traffic --busy 0 --acceptors 0 --control "/tmp/$name.ctl" "$@" >"/tmp/$name" 2>&1 &
	check "workload $name runs" within 60 grep -qs ready "/tmp/$name"
}
unharmed() { # each thread gets a message, and no call was interrupted
	echo wake >"/tmp/$1.ctl"
	sleep 1
	echo stop >"/tmp/$1.ctl"
	within 20 grep -q '"done":true.*"eintr":0,"wrong_messages":0,"errors":\[\]' "/tmp/$1"
}

start traffic --idle 4
check "without a nudge it is stuck" exits 3 spotos apply no-oob --timeout 1s
for how in freeze signal; do
	for direction in apply revert; do
		check "$direction --nudge $how" exits 0 spotos $direction no-oob --timeout 20s --nudge $how --json
		check "it says whom it nudged" grep -q "\"how\":\"$how\",\"pids\":\[[0-9]" /tmp/out
		check "nothing stays frozen" thawed
	done
done

start rooted --idle 1 --cgroup ''
rm -f /tmp/armed
spotos apply no-oob --timeout 0 --nudge freeze --json >/tmp/armed 2>&1 &
armed=$!
check "the cgroup is frozen" within 30 frozen_now
signal_guard STOP
check "its guard hangs: the console thaws" within 8 thawed
check "and freezes anew" within 30 frozen_now
signal_guard KILL
check "its guard is killed: the console thaws" within 2 thawed
check "and freezes anew, with another" within 30 frozen_now
kill -9 $armed
wait $armed 2>/dev/null
check "killed while frozen: it thaws" within 10 thawed
check "who was left out is named" grep -q '"left_out":\["consumer/0 (pid [0-9]*): it is in the root cgroup' /tmp/armed
check "nothing stays armed" within 10 sh -c 'spotos status | grep -q "no-oob *loaded"'
echo 1 >/sys/fs/cgroup/traffic/cgroup.freeze
check "what somebody else froze" exits 3 spotos apply no-oob --timeout 2s --nudge freeze --json
check "stays frozen" not thawed
echo 0 >/sys/fs/cgroup/traffic/cgroup.freeze
check "the threads of traffic noticed nothing" unharmed traffic
check "nor that of the other" unharmed rooted
rmmod no_oob 2>/dev/null
finish
