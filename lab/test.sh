#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Boots each kernel once and runs guest-test.sh in it. A kernel warning fails the run: see `spotos lab exec`.
set -u
bad=0
for k in "$@"; do
	echo "== kernel $k"
	bin/spotos lab exec --kernel "$k" --file lab/guest-test.sh:/guest-test.sh -- sh /guest-test.sh || { echo "kernel $k: failed ($?)"; bad=1; }
done
exit $bad
