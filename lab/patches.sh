#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Builds the patches of the catalogue's recipes for the kernels that they are for, into build/RELEASE/catalogue.
#
#   patches.sh CACHE NAME=RELEASE…     CACHE keeps the sources; NAME is the kernel's directory under .kernels
#
# Versions leave Debian's archive with time. A kernel that is not here and cannot be fetched any more is reported, and
# so is a recipe whose source is gone; neither is an error. Exits with 5 if a recipe is refused, with 1 if one fails.
set -eu -o pipefail
cd "$(dirname "$0")/.."
cache=$1
shift
worst=0
for want in "$@"; do
	k=${want%%=*}
	release=${want#*=}
	if [ "$(cat ".kernels/$k/release" 2>/dev/null)" != "$release" ] && ! lab/fetch-kernels.sh .kernels "$want"; then
		echo "patches: kernel $release cannot be had any more: its recipes are skipped"
		continue
	fi
	lab/toolchain.sh ".kernels/$k/build"
	out=$PWD/build/$release
	lab/toolchain.sh ".kernels/$k/build" make -s -C kmod "KDIR=$PWD/.kernels/$k/build" "OUT=$out" W=1 KCFLAGS=-Werror
	code=0
	mkdir -p "$out/catalogue"
	# shellcheck disable=SC2016
	lab/step.sh "building the catalogue's patches for $release" bash -o pipefail -c '"$@" 2>&1 | tee "$0"' "$out/catalogue/log" \
		bin/spotos patch recipes --build "$out/catalogue" --kernel "$PWD/.kernels/$k" --cache "$cache" \
		--symvers "$out/Module.symvers.spotos" || code=$?
	grep -E '^(built|skipped|refused|failed) ' "$out/catalogue/log" || true
	if [ "$code" = 1 ] || [ "$worst" = 0 ]; then worst=$code; fi
	[ "$code" -le 5 ] || exit "$code"
done
exit "$worst"
