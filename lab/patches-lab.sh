#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Applies and reverts the catalogue's patches, which patches.sh has built, in a VM of the kernel that they are for, and
# writes what was measured into patchset/catalogue/measured and docs/catalogue.md.
#
#   patches-lab.sh NAME=RELEASE…
#
# TRIALS is how often each is applied and reverted at safe points (20), and a quarter of it with retry. A warning of the guest's kernel, or another
# answer of a recipe's program than the recipe says, is an error.
set -eu -o pipefail
cd "$(dirname "$0")/.."
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
recipes=patchset/catalogue/recipes
measured=patchset/catalogue/measured
failed=
for program in "$recipes"/*/show.c; do
	gcc -static -O2 -Wall -Werror -o "$tmp/$(basename "$(dirname "$program")")" "$program"
done
mkdir -p "$measured"
for want in "$@"; do
	k=${want%%=*}
	release=${want#*=}
	built=build/$release/catalogue
	[ -f "$built/built.json" ] || { echo "patches-lab: nothing was built for $release: it is skipped"; continue; }
	files=()
	for f in "$built"/*.ko; do files+=(--file "$PWD/$f:/lib/spotos/patches/${f##*/}"); done
	for f in "$tmp"/*; do [ ! -x "$f" ] || files+=(--file "$f:/test/show/${f##*/}"); done
	for m in $(sed -n 's/^modules = \[\(.*\)\]/\1/p' "$recipes"/*/recipe.toml | tr -d '",' | tr ' ' '\n' | sort -u); do
		f=$PWD/.kernels/$k/modules/kernel/$m.ko
		if [ -f "$f.xz" ]; then xz -dc "$f.xz" >"$tmp/${m##*/}.ko" && f=$tmp/${m##*/}.ko; fi
		[ ! -f "$f" ] || files+=(--file "$f:/test/modules/${m##*/}.ko")
	done
	bin/spotos lab exec --kernel "$k" --timeout 60m "${files[@]}" --env "SPOTOS_TRIALS=${TRIALS:-20}" -- \
		spotos lab bench patches | tee "$tmp/said"
	tail -n 1 "$tmp/said" >"$measured/$release.json"
	cp "$built/built.json" "$measured/$release.built.json"
	! grep -q '_failed"' "$measured/$release.json" || failed="$failed $release"
done
CGO_ENABLED=0 go test ./patchset/catalogue -run Doc -update
[ -z "$failed" ] || { echo "patches-lab: patches failed on$failed" >&2; exit 1; }
