#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Runs the experiments in the lab's VM: fetches servers and kpatch, builds what is applied, and goes on where the last
# run ended. docs/experiments.md says what they are.
#
#   experiments.sh CACHE "KERNEL…" [flags of bin/experiments]
#
# With ICOUNT in the environment, the guests' time counts instructions: only baselines mean anything then.
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
		lab/toolchain.sh ".kernels/$name/build"
		lab/toolchain.sh ".kernels/$name/build" make -s -C kmod "KDIR=$PWD/.kernels/$name/build" "OUT=$PWD/build/${k#*=}" W=1 KCFLAGS=-Werror
	fi
	kernels="$kernels $name"
done
only= # the patches that -names asks for, if it names them all
previous=
for a in "$@"; do
	[ "$previous" != -names ] || for n in $a; do
		case $n in */*) only="$only ${n#*/}" ;; *) only= && break ;; esac
	done
	previous=$a
done
lab/servers.sh build/servers
# shellcheck disable=SC2086
for k in $kernels; do lab/again.sh "$cache" "$k" $only; done
kpatch=$(lab/peers.sh build/kpatch)
go build -o bin/experiments ./internal/experiments
# shellcheck disable=SC2086
exec bin/experiments -kernels "$kernels" "$@" -- --root build/servers/root ${ICOUNT:+--icount} $kpatch
