#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Fetches a package of Debian 13 and unpacks it under DIR, unless it is there already. Nothing is installed, and of the
# host's apt only the mirror is used. apt verifies the package: its checksum stands in an index that Debian has signed.
#
#   debian13.sh PACKAGE DIR
set -eu -o pipefail
package=$1
mkdir -p "$(dirname "$2")"
dir=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
[ -d "$dir" ] && exit

tmp=$(mktemp -d "$dir.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
# shellcheck disable=SC2016
mirror=$(apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' |
	sed -n 's,^Debian ,,p' | sed -n 1p)
[ -n "$mirror" ] || { echo "apt's sources name no Debian mirror" >&2; exit 1; }
mkdir -p "$tmp/lists/partial" "$tmp/archives/partial"
printf '%s\n' "Types: deb" "URIs: $mirror" "Suites: trixie" "Components: main" \
	"Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg" >"$tmp/trixie.sources"
options=(-q -o "Dir::State=$tmp" -o "Dir::Cache=$tmp" -o Dir::State::status=/dev/null -o APT::Sandbox::User=root
	-o "Dir::Etc::SourceList=$tmp/trixie.sources" -o Dir::Etc::SourceParts=/dev/null -o Acquire::Languages=none
	-o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false)
apt-get "${options[@]}" update >&2
(cd "$tmp" && apt-get "${options[@]}" download "$package" >&2)
dpkg-deb -x "$tmp/$package"_*.deb "$tmp/root"
mv "$tmp/root" "$dir"
