#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Runs benchmarks on each kernel, one after the other. Each prints a table and ends with a line of JSON.
#   bench.sh "KERNEL…" "NAME…"
# ICOUNT=1 has stop-window count instructions, a nanosecond each, so that the host's caches have no part in it.
set -eu -o pipefail
cd "$(dirname "$0")/.."
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
for p in probe session/live; do CGO_ENABLED=0 go test -c -o "$tmp/${p##*/}.test" "./$p"; done
tests="--file $tmp/probe.test:/test/probe.test --file $tmp/live.test:/test/live.test"
for s in lab/guesttest/*.sh; do tests="$tests --file $s:/test/${s##*/}"; done
tests="$tests --env SPOTOS_LAB=1 --env SPOTOS_BUILD=/build"
json_last() { awk '/^\{"bench"/ { json = json $0 "\n"; next } { print } END { printf "%s", json }'; }
for k in $1; do
	build="--share build/$(cat ".kernels/$k/release"):/build"
	for name in $2; do
		# shellcheck disable=SC2086
		case $name in
		overhead) bin/spotos lab exec --kernel "$k" --icount -- spotos lab bench overhead ;;
		stop-window) bin/spotos lab exec --kernel "$k" ${ICOUNT:+--icount} --memory 2G -- spotos lab bench stop-window ;;
		exact) bin/spotos lab exec --kernel "$k" $tests $build --env "SPOTOS_ROUNDS=${ROUNDS:-250}" -- sh /test/exact.sh | json_last ;;
		torture) bin/spotos lab exec --kernel "$k" $tests $build --env "SPOTOS_ROUNDS=${ROUNDS:-2000}" -- sh /test/torture.sh | json_last ;;
		*) bin/spotos lab exec --kernel "$k" --env SPOTOS_TRIALS="${TRIALS:-100}" -- spotos lab bench "$name" ;;
		esac
	done
done
