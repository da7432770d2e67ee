#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Runs a command where there is the compiler that a kernel was built with, or only sees to it that there is such a
# place. That is this machine, if it has the compiler or its Debian has it to install. Where it has not, as Debian 12
# has no gcc-14, it is a /usr of Debian 13's packages: they are unpacked under .kernels/debian13, nothing of them is
# installed, and only the command sees them, in a mount namespace of its own. All other paths are the host's.
#
#   toolchain.sh KDIR             see to it
#   toolchain.sh KDIR COMMAND…    run a command there; the place must be there already
set -eu -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
packages=(base-files bash coreutils dash diffutils findutils grep sed tar gzip xz-utils bsdextrautils cpio mawk make
	binutils pahole kmod perl dpkg)

# unpack ROOT COMPILER: what the packages and all that they depend on contain. Their scripts do not run; of what those
# would make, a kernel's build misses only awk.
unpack() {
	local apt=$1/apt deb
	"$here/apt13.sh" "$apt" update
	"$here/apt13.sh" "$apt" apt-get install -y --no-install-recommends --download-only "${packages[@]}" "$2"
	for deb in "$apt"/archives/*.deb; do dpkg-deb -x "$deb" "$1"; done
	ln -s mawk "$1/usr/bin/awk"
	rm -rf "$apt"
}

# host_has COMPILER: whether it is installed, or can be.
host_has() {
	[ -n "$(apt-cache pkgnames gcc-)" ] || apt-get update -q >/dev/null
	command -v "$1" >/dev/null || [ -n "$(apt-cache search --names-only "^$1\$")" ]
}

if [ "$1" = --unpack ]; then
	exec 2>&1
	unpack "$2" "$3"
	exit
fi

compiler=$("$here/compiler.sh" "$1")
root=$(dirname "$here")/.kernels/debian13-$compiler
shift
if [ $# = 0 ] && host_has "$compiler"; then
	exec "$here/install.sh" "$compiler"
elif [ $# = 0 ] && [ ! -d "$root" ]; then
	tmp=$(mktemp -d "$root.tmp.XXXXXX")
	trap 'rm -rf "$tmp"' EXIT
	"$here/step.sh" "unpacking Debian 13's $compiler" "$here/toolchain.sh" --unpack "$tmp" "$compiler"
	mv "$tmp" "$root"
elif [ $# -gt 0 ] && command -v "$compiler" >/dev/null; then
	exec "$@"
elif [ $# -gt 0 ]; then
	[ "$(id -u)" = 0 ] || { echo "toolchain.sh: only root can mount the unpacked $compiler" >&2; exit 1; }
	# shellcheck disable=SC2016
	exec unshare --mount sh -c 'mount --bind "$0/usr" /usr && exec "$@"' "$root" "$@"
fi
