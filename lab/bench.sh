#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs benchmarks on each kernel, one after the other.
#   bench.sh "KERNEL…" "NAME…"
set -eu
cd "$(dirname "$0")/.."
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
for p in probe session; do CGO_ENABLED=0 go test -c -o "$tmp/$p.test" "./$p"; done
scripts="--file lab/guesttest/lib.sh:/test/lib.sh --file lab/guesttest/torture.sh:/test/torture.sh --file $tmp/probe.test:/test/probe.test --file $tmp/session.test:/test/session.test"
for k in $1; do
	build="--share build/$(cat ".kernels/$k/release"):/build"
	for name in $2; do
		# shellcheck disable=SC2086
		case $name in
		overhead) bin/spotos lab exec --kernel "$k" --icount -- spotos lab bench overhead ;;
		stop-window) bin/spotos lab exec --kernel "$k" --memory 2G -- spotos lab bench stop-window ;;
		exact) bin/spotos lab exec --kernel "$k" $scripts $build --load '' --env SPOTOS_LAB=1 --env SPOTOS_BUILD=/build --env "SPOTOS_ROUNDS=${ROUNDS:-190}" -- /test/probe.test -test.run LabExact -test.v -test.timeout 0 ;;
		torture) bin/spotos lab exec --kernel "$k" $scripts $build --env "SPOTOS_ROUNDS=${ROUNDS:-2000}" -- sh /test/torture.sh ;;
		*) bin/spotos lab exec --kernel "$k" --env SPOTOS_TRIALS="${TRIALS:-100}" -- spotos lab bench "$name" ;;
		esac
	done
done
