#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2317 # check calls the functions
# Runs inside the VM, on the debug kernel: one half of the tests (the main job, or all others), then what kmemleak has
# found meanwhile. What KASAN, lockdep and the others find is in the kernel's log, and fails `spotos lab exec`.
#
# usage: debug.sh main-job|others
# shellcheck source=lab/guesttest/lib.sh
. "${0%/*}/lib.sh"
kmemleak=/sys/kernel/debug/kmemleak
suspects() { # kmemleak reports what is older than 5 s and was found unreferenced and the same in two scans
	sleep 6
	echo scan >$kmemleak
	sleep 6
	echo scan >$kmemleak
	cat $kmemleak
}
no_leak() {
	suspects >/tmp/suspects
	[ ! -s /tmp/suspects ] || { cat /tmp/suspects; return 1; }
}
run() { # what, command…
	what=$1
	shift
	begin=$(date +%s)
	echo "== $what"
	check "$what" "$@"
	echo "== $(($(date +%s) - begin)) s"
}
scripts() { # those of cli/testdata/lab whose names begin so
	SPOTOS_PAIR_ROUNDS=2 ./cli.test -test.run "LabScript/^$1" -test.v -test.timeout "$(limit)"
}
lockdep_works() { grep -q 'debug_locks: *1$' /proc/lockdep_stats; }

cd "${0%/*}" || exit
echo "the kernel's own, before: $(suspects | grep -c unreferenced) suspected leaks"
echo clear >$kmemleak
setsid sh ./tell.sh &
telling=$!
export SPOTOS_IDLE_US=4000 # with less of a rest the hammer threads would leave nothing of the time to others
case $1 in
main-job)
	run "main job" scripts main
	;;
others)
	# A watch takes a minute of this kernel's time to load.
	run "torture, $SPOTOS_ROUNDS rounds" env WATCH_PAUSE=60 sh ./torture.sh
	run "what the module's ioctls make of nonsense" ./kmod.test -test.run Lab -test.v -test.timeout "$(limit)"
	insmod /lib/spotos/spotos.ko
	run "nudges" scripts nudge
	run "exact counts, $EXACT_ROUNDS watches" env "SPOTOS_ROUNDS=$EXACT_ROUNDS" sh ./exact.sh
	check "rmmod spotos works" rmmod spotos
	;;
*)
	echo "debug.sh: which half of the tests?" >&2
	exit 2
	;;
esac
run "nothing has leaked" no_leak
run "lockdep was at work to the end" lockdep_works
run "no kernel message worse than info" ./labtest.test -test.run LabKernelLog
kill -- -$telling
finish
