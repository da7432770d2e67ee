#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Boots the debug kernel twice, side by side, and runs a half of guesttest/debug.sh on each; they take about as long,
# since a program's start takes minutes of this kernel's time: the verifier and the list of symbols. ROUNDS of torture,
# EXACT_ROUNDS of watches. It is preempted as Debian's kernel of that series is by default; PREEMPT=full is harder on
# the module, but most counts are in doubt then, and all takes longer. no5lvl: while identify_cpu() clears the CPU's
# features, KASAN takes the direct map of five page table levels for wild memory, and an interrupt at that moment is
# reported.
#
# usage: test-debug.sh KERNEL      under .kernels: debug, or debug-7.3
set -eu
kernel=$1
usual=voluntary
[ "$kernel" = debug ] || usual=lazy
cd "$(dirname "$0")/.."
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
files=""
for s in lab/guesttest/*.sh; do files="$files --file $s:/test/${s##*/}"; done
for s in cli/testdata/lab/*.txtar; do files="$files --file $s:/test/${s#cli/}"; done
for p in cli internal/labtest kmod probe session/live; do
	CGO_ENABLED=0 go test -c -o "$tmp/${p##*/}.test" "./$p"
	files="$files --file $tmp/${p##*/}.test:/test/${p##*/}.test"
done
# On a slow host a start of the program takes six minutes of this kernel's, and the scripts wait 30 s for it.
export SPOTOS_TIME_SCALE="${SPOTOS_TIME_SCALE:-20}"
half() {
	code=0
	# shellcheck disable=SC2086
	bin/spotos lab exec --kernel "$kernel" --append "no5lvl preempt=${PREEMPT:-$usual}" --memory 2G $files \
		--timeout "$((120 * ${SPOTOS_TIME_SCALE%.*}))m" --env SPOTOS_TIME_SCALE --env "SPOTOS_ROUNDS=${ROUNDS:-200}" \
		--env "EXACT_ROUNDS=${EXACT_ROUNDS:-6}" -- sh /test/debug.sh "$1" || code=$?
	echo $code >"$tmp/$1.code"
}
halves="main-job others"
# What they print comes as they print it, since it takes long.
for h in $halves; do half "$h" 2>&1 | sed -u "s/^/$h: /" & done
wait
bad=0
for h in $halves; do
	[ "$(cat "$tmp/$h.code")" = 0 ] || { echo "$h: failed ($(cat "$tmp/$h.code"))"; bad=1; }
done
exit $bad
