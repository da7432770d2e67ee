#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Fetches a package of Debian 13 and unpacks it under DIR, unless it is there already. Nothing is installed.
#
#   debian13.sh PACKAGE DIR
set -eu -o pipefail
package=$1
apt13=$(cd "$(dirname "$0")" && pwd)/apt13.sh
mkdir -p "$(dirname "$2")"
dir=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
[ -d "$dir" ] && exit

tmp=$(mktemp -d "$dir.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
"$apt13" "$tmp" update >&2
(cd "$tmp" && "$apt13" "$tmp" apt-get download "$package" >&2)
dpkg-deb -x "$tmp/$package"_*.deb "$tmp/root"
mv "$tmp/root" "$dir"
