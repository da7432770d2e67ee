#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Boots each kernel once, side by side, and runs every test that needs one: see guesttest/run.sh. A kernel
# warning fails the run: see `spotos lab exec`.
set -u
cd "$(dirname "$0")/.." || exit
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
files=""
for s in lab/guesttest/*.sh cli/testdata/guest-cli.sh; do files="$files --file $s:/test/${s##*/}"; done
for p in cli kmod patchset probe session/live ui; do
	CGO_ENABLED=0 go test -c -o "$tmp/${p##*/}.test" "./$p" || exit
	files="$files --file $tmp/${p##*/}.test:/test/${p##*/}.test"
done
for k in "$@"; do
	release=$(cat ".kernels/$k/release")
	# shellcheck disable=SC2086
	{ bin/spotos lab exec --kernel "$k" --memory 1G $files --share "build/$release:/build" --share build:/builds -- sh /test/run.sh; echo $? >"$tmp/$k.code"; } >"$tmp/$k.log" 2>&1 &
done
wait
bad=0
for k in "$@"; do
	echo "== kernel $k"
	cat "$tmp/$k.log"
	[ "$(cat "$tmp/$k.code")" = 0 ] || { echo "kernel $k: failed ($(cat "$tmp/$k.code"))"; bad=1; }
done
exit $bad
