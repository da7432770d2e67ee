#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Boots each kernel twice, all side by side, and runs every test that needs one, half in each: see guesttest/run.sh.
# A VM waits for much of its time, so two share a CPU well. A kernel warning fails the run: see `spotos lab exec`.
set -u
cd "$(dirname "$0")/.." || exit
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
files=""
for s in lab/guesttest/*.sh cli/testdata/guest-cli.sh; do files="$files --file $s:/test/${s##*/}"; done
for p in cli kmod patchset probe session ui; do
	CGO_ENABLED=0 go test -c -o "$tmp/$p.test" "./$p" || exit
	files="$files --file $tmp/$p.test:/test/$p.test"
done
halves="commands engine"
for k in "$@"; do
	release=$(cat ".kernels/$k/release")
	for half in $halves; do
		# shellcheck disable=SC2086
		{ bin/spotos lab exec --kernel "$k" --memory 1G $files --share "build/$release:/build" --share build:/builds -- sh /test/run.sh $half; echo $? >"$tmp/$k-$half.code"; } >"$tmp/$k-$half.log" 2>&1 &
	done
done
wait
bad=0
for k in "$@"; do
	for half in $halves; do
		echo "== kernel $k, $half"
		cat "$tmp/$k-$half.log"
		[ "$(cat "$tmp/$k-$half.code")" = 0 ] || { echo "kernel $k, $half: failed ($(cat "$tmp/$k-$half.code"))"; bad=1; }
	done
done
exit $bad
