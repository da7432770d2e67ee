#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Runs the experiments in the lab's VM: fetches servers and kpatch, builds what is applied, and goes on where the last
# run ended. docs/experiments.md says what they are.
#
#   experiments.sh CACHE "KERNEL…" [flags of bin/experiments]
set -eu -o pipefail
cd "$(dirname "$0")/.."
cache=$1
kernels=$2
shift 2
lab/servers.sh build/servers
for k in $kernels; do lab/again.sh "$cache" "$k"; done
kpatch=$(lab/peers.sh build/kpatch)
go build -o bin/experiments ./internal/experiments
# shellcheck disable=SC2086
exec bin/experiments -kernels "$kernels" "$@" -- --root build/servers/root $kpatch
