#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs inside a VM: half of the tests there are for it, one after the other: those of the commands, or those of the
# engine and the console. /build has the modules built for this kernel.
#   run.sh commands|engine
bad=0
run() {
	echo "== $*"
	rm -rf /tmp/* # what the one before left
	begin=$(date +%s)
	"$@" || bad=1
	echo "== $(($(date +%s) - begin)) s"
}
cd "${0%/*}" || exit
export SPOTOS_LAB=1 SPOTOS_BUILD=/build
dmesg -n 4
begun=$(date +%s)
case $1 in
commands)
	run sh ./main.sh
	run ./patchset.test -test.run Lab
	insmod /build/spotos.ko
	run sh ./bad-input.sh
	run sh ./nudge.sh
	run sh ./guest-cli.sh
	run ./cli.test -test.run Lab
	;;
engine)
	rmmod spotos
	run ./kmod.test -test.run Lab -test.v
	run ./probe.test -test.run Lab -test.v
	insmod /build/spotos.ko
	run ./session.test -test.run Lab -test.v -test.timeout 20m
	run env SPOTOS_TIME_SCALE=3 ./ui.test -test.run Lab -test.v
	;;
*)
	echo "run.sh: no such half: $1" >&2
	exit 2
	;;
esac
run sh ./log.sh
echo "== $1: $(($(date +%s) - begun)) s in all"
exit $bad
