#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Runs a tool of apt on the archive of Debian 13 and its backports, whatever Debian this is: of the host's apt only the
# mirror is used, and nothing is installed. apt verifies what it downloads: checksums stand in indices that Debian has
# signed. STATE is a directory for what apt keeps; `update` fills it.
#
#   apt13.sh STATE update
#   apt13.sh STATE apt-get download PACKAGE…
#   apt13.sh STATE apt-cache depends PACKAGE
set -eu -o pipefail
mkdir -p "$1/lists/partial" "$1/archives/partial"
state=$(cd "$1" && pwd)
tool=$2
shift 2
options=(-q -o "Dir::State=$state" -o "Dir::Cache=$state" -o Dir::State::status=/dev/null -o APT::Sandbox::User=root
	-o "Dir::Etc::SourceList=$state/trixie.sources" -o Dir::Etc::SourceParts=/dev/null -o Acquire::Languages=none
	-o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false)
if [ "$tool" != update ]; then
	exec "$tool" "${options[@]}" "$@"
fi
# shellcheck disable=SC2016
mirror=$(apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' |
	sed -n 's,^Debian ,,p' | sed -n 1p)
[ -n "$mirror" ] || { echo "apt's sources name no Debian mirror" >&2; exit 1; }
printf '%s\n' "Types: deb" "URIs: $mirror" "Suites: trixie trixie-backports" "Components: main" \
	"Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg" >"$state/trixie.sources"
# A mirror that cannot be reached is an error, and not a warning.
exec apt-get "${options[@]}" -o APT::Update::Error-Mode=any update
