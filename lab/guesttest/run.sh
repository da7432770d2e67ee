#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs inside the VM: every test there is for it, one after the other. /build has the modules built for this kernel.
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
run sh ./main.sh
run ./patchset.test -test.run Lab
run ./kmod.test -test.run Lab -test.v
run ./probe.test -test.run Lab -test.v
insmod /build/spotos.ko
run sh ./bad-input.sh
run sh ./nudge.sh
run sh ./guest-cli.sh
run ./cli.test -test.run Lab
run ./live.test -test.run Lab -test.v -test.timeout 20m
run env SPOTOS_TIME_SCALE=3 ./ui.test -test.run Lab -test.v
run sh ./log.sh
exit $bad
