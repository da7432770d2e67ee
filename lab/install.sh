#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Installs those of the named Debian packages that are missing, and prints their names before.
#
#   install.sh PACKAGE…
set -eu
here=$(dirname "$0")
missing=
for p in "$@"; do
	case $(dpkg-query -W -f '${Status}' "$p" 2>/dev/null) in
	*" installed") ;;
	*) missing="$missing $p" ;;
	esac
done
[ -n "$missing" ] || exit 0
echo "installing from Debian:$missing" >&2
[ "$(id -u)" = 0 ] || { echo "install.sh: only root can install them: run as root, or have them installed" >&2; exit 1; }
# shellcheck disable=SC2016,SC2086
"$here/step.sh" "installing packages" sh -c 'exec 2>&1; apt-get update -q &&
	DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"' sh $missing
