#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Fetches what the benchmark "peers" compares with: Debian 13's script kpatch, which loads livepatch modules. Prints the
# flags of `spotos lab exec` that put it into the VM, with bash and readelf of this host. Nothing is installed.
#
#   peers.sh DIR     keeps the script under DIR
#
# Where there is no such package, it says so and prints no flags; the benchmark leaves livepatch out then. The modules
# themselves come with the patches (patchset/Makefile).
set -eu -o pipefail
dir=$(mkdir -p "$1" && cd "$1" && pwd)

if [ ! -f "$dir/kpatch" ]; then
	if ! "$(dirname "$0")/debian13.sh" kpatch "$dir/unpacked"; then
		echo "peers: Debian 13's package kpatch cannot be had: livepatch is left out" >&2
		exit
	fi
	mv "$dir/unpacked/usr/sbin/kpatch" "$dir/kpatch"
fi
echo "--file $dir/kpatch:/usr/sbin/kpatch"
programs="/bin/bash /usr/bin/readelf"
for p in $programs; do echo "--file $p:$p"; done
# shellcheck disable=SC2086
ldd $programs | sed -nE 's,^\t(.* => )?(/[^ ]+) .*,\2,p' | sort -u | while read -r lib; do echo "--file $lib:$lib"; done
