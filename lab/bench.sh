#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Runs benchmarks on each kernel, one after the other. Each prints a table and ends with a line of JSON.
#   bench.sh "KERNEL…" "NAME…"
# ROW="idle blocked" has peers run these rows only.
# ICOUNT=1 has stop-window and long-arming count instructions, a nanosecond each: the host's caches have no part in it.
set -eu -o pipefail
cd "$(dirname "$0")/.."
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
for p in probe session/live; do CGO_ENABLED=0 go test -c -o "$tmp/${p##*/}.test" "./$p"; done
tests="--file $tmp/probe.test:/test/probe.test --file $tmp/live.test:/test/live.test"
tests="$tests --env SPOTOS_TIME_SCALE=${SPOTOS_TIME_SCALE:-1}"
for s in lab/guesttest/*.sh; do tests="$tests --file $s:/test/${s##*/}"; done
scale=${SPOTOS_TIME_SCALE:-1}
case $scale in *.*) scale=$((${scale%.*} + 1)) ;; esac # the shell counts in whole numbers
run() { # flags and command
	bin/spotos lab exec --kernel "$k" --timeout "$((120 * scale))m" "$@"
}
json_last() { awk '/^\{"bench"/ { json = json $0 "\n"; next } { print } END { printf "%s", json }'; }
for k in $1; do
	for name in $2; do
		# shellcheck disable=SC2086
		case $name in
		overhead) run --icount -- spotos lab bench overhead ;;
		stop-window | long-arming) run ${ICOUNT:+--icount} --memory 2G -- spotos lab bench "$name" ;;
		crowd) run --memory 6G ${TRIALS:+--env SPOTOS_TRIALS="$TRIALS"} -- spotos lab bench crowd ;;
		stall) run --icount --memory 5G -- spotos lab bench stall ;;
		peers)
			files=$(lab/peers.sh build/kpatch)
			run --timeout "$((60 * scale * ${TRIALS:-20}))m" --icount --memory 5G $files \
				--env SPOTOS_TRIALS="${TRIALS:-20}" --env SPOTOS_ROW="${ROW:-}" -- spotos lab bench peers
			;;
		exact) run $tests --env "SPOTOS_ROUNDS=${ROUNDS:-250}" -- sh /test/exact.sh | json_last ;;
		torture) run $tests --env "SPOTOS_ROUNDS=${ROUNDS:-2000}" -- sh /test/torture.sh | json_last ;;
		*) run --env SPOTOS_TRIALS="${TRIALS:-100}" -- spotos lab bench "$name" ;;
		esac
	done
done
