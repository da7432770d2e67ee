#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs inside the VM: the counts compared with a module's own, when nothing moves and when the machine is stopped.
# SPOTOS_ROUNDS is how many watches, of 40 comparisons each, and how often to apply and revert.
# shellcheck source=lab/guesttest/lib.sh
. "${0%/*}/lib.sh"
cd "${0%/*}" || exit
check "counts at quiet moments, $SPOTOS_ROUNDS watches" ./probe.test -test.run LabExact -test.v -test.timeout "$(limit)"
check "counts while all CPUs are stopped, $SPOTOS_ROUNDS rounds" \
	./live.test -test.run LabStops -test.v -test.timeout "$(limit)"
finish
