#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Fetches what the benchmark "peers" compares with: Debian 13's script kpatch, which loads livepatch modules. Prints the
# flags of `spotos lab exec` that put it into the VM, with bash and readelf of this host. Nothing is installed.
#
#   peers.sh DIR     keeps the script under DIR
#
# apt verifies the package: its checksum stands in an index that Debian has signed. Where there is no such package, it
# says so and prints no flags; the benchmark leaves livepatch out then. The modules themselves come with the patches
# (patchset/Makefile).
set -eu -o pipefail
dir=$(mkdir -p "$1" && cd "$1" && pwd)

# fetch TMP: leaves the script in TMP/kpatch
fetch() {
	local mirror options
	# shellcheck disable=SC2016
	mirror=$(apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' |
		sed -n 's,^Debian ,,p' | sed -n 1p)
	[ -n "$mirror" ] || { echo "peers: apt's sources name no Debian mirror" >&2; return 1; }
	mkdir -p "$1/lists/partial" "$1/archives/partial" "$1/root"
	printf '%s\n' "Types: deb" "URIs: $mirror" "Suites: trixie" "Components: main" \
		"Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg" >"$1/trixie.sources"
	# Of the host's apt it has the mirror only, and touches nothing of it.
	options=(-q -o "Dir::State=$1" -o "Dir::Cache=$1" -o Dir::State::status=/dev/null -o APT::Sandbox::User=root
		-o "Dir::Etc::SourceList=$1/trixie.sources" -o Dir::Etc::SourceParts=/dev/null -o Acquire::Languages=none
		-o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false)
	apt-get "${options[@]}" update >&2 || return
	(cd "$1" && apt-get "${options[@]}" download kpatch >&2) || return
	dpkg-deb -x "$1"/kpatch_*.deb "$1/root" && mv "$1/root/usr/sbin/kpatch" "$1/kpatch"
}

if [ ! -f "$dir/kpatch" ]; then
	tmp=$(mktemp -d "$dir/tmp.XXXXXX")
	trap 'rm -rf "$tmp"' EXIT
	if ! fetch "$tmp"; then
		echo "peers: Debian 13's package kpatch cannot be had: livepatch is left out" >&2
		exit
	fi
	mv "$tmp/kpatch" "$dir/kpatch"
fi
echo "--file $dir/kpatch:/usr/sbin/kpatch"
programs="/bin/bash /usr/bin/readelf"
for p in $programs; do echo "--file $p:$p"; done
# shellcheck disable=SC2086
ldd $programs | sed -nE 's,^\t(.* => )?(/[^ ]+) .*,\2,p' | sort -u | while read -r lib; do echo "--file $lib:$lib"; done
