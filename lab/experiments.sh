#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Runs the experiments in the lab's VM: fetches servers and kpatch, builds what is applied, and goes on where the last
# run ended. docs/experiments.md says what they are.
#
#   experiments.sh CACHE "KERNEL…" [flags of bin/experiments]
#
# A kernel may be NAME=RELEASE: it is fetched if it is not there, and left out, and named, if it cannot be had any more.
set -eu -o pipefail
cd "$(dirname "$0")/.."
cache=$1
wanted=$2
shift 2
kernels=
for k in $wanted; do
	name=${k%%=*}
	if [ "$name" != "$k" ] && [ "$(cat ".kernels/$name/release" 2>/dev/null)" != "${k#*=}" ]; then
		lab/fetch-kernels.sh .kernels "$k" || { echo "experiments: kernel ${k#*=} cannot be had: it is left out"; continue; }
	fi
	if [ "$name" != "$k" ]; then
		lab/install.sh "$(lab/compiler.sh ".kernels/$name/build")"
		make -s -C kmod "KDIR=$PWD/.kernels/$name/build" "OUT=$PWD/build/${k#*=}" W=1 KCFLAGS=-Werror
	fi
	kernels="$kernels $name"
done
lab/servers.sh build/servers
for k in $kernels; do lab/again.sh "$cache" "$k"; done
kpatch=$(lab/peers.sh build/kpatch)
go build -o bin/experiments ./internal/experiments
# shellcheck disable=SC2086
exec bin/experiments -kernels "$kernels" "$@" -- --root build/servers/root $kpatch
