#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs go generate and fails if that changes a committed file. The eBPF objects among them were made by the clang of
# Debian 12; another clang makes others of the same sources, so there only the Go files are compared.
#
#   generated.sh DIRECTORY…
set -eu
clang=$(clang -dumpversion | cut -d . -f 1)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
# shellcheck disable=SC2046
cp --parents $(find "$@" -name '*_bpfel*.o') "$tmp"
for d in "$@"; do go generate "./$d"; done
if [ "$clang" != 14 ]; then
	echo "generated.sh: the eBPF objects are not compared: they were made by clang 14, and here is clang $clang"
	cp -r "$tmp/." .
fi
git diff --exit-code --stat -- "$@" || { echo "generated files are not up to date: commit what go generate made" >&2; exit 1; }
