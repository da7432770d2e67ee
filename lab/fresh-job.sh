#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What fresh.sh runs in a fresh root, in a clone of the project: builds and lints everything, and applies and reverts
# version-banner on each kernel of this Debian; /proc/version must change and change back. The linters are what
# `make test` needs beyond the builds.
set -eu
make all
make lint
# shellcheck disable=SC2016
check='
	patched() { grep -q "patched by SPOTOS" /proc/version; }
	uname -r
	! patched || exit 91
	spotos apply version-banner || exit 92
	cat /proc/version
	patched || exit 93
	spotos revert version-banner || exit 94
	! patched || exit 95'
kernels=$(lab/fetch-kernels.sh .kernels --series)
[ -n "$kernels" ] || { echo "fresh-job: this Debian has no kernel that SPOTOS supports" >&2; exit 1; }
for k in $kernels; do
	begin=$(date +%s)
	bin/spotos lab exec --kernel "$k" --timeout 5m -- sh -c "$check"
	echo "fresh: $k booted, version-banner applied and reverted: $(($(date +%s) - begin)) s"
done
