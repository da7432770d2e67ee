#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Proves that the project works on a fresh Debian: makes one that has only Go, gcc and make, clones HEAD into it, and
# runs fresh-job.sh there, which builds everything and applies a patch on each kernel. Needs root, and a Debian host
# whose apt sources name a mirror; nothing but the directory .fresh stays behind, and nothing stays mounted.
#
#   fresh.sh SUITE…     bookworm (Debian 12), trixie (Debian 13)
#
# FRESH is the directory for downloads and for the root of a run that failed (default .fresh). MIRROR and
# SECURITY_MIRROR replace what the host's apt sources say.
set -eu -o pipefail
cd "$(dirname "$0")/.."
dir=$(mkdir -p "${FRESH:-.fresh}" && cd "${FRESH:-.fresh}" && pwd)
[ "$(id -u)" = 0 ] || { echo "fresh.sh: only root can make a Debian root" >&2; exit 1; }

# The first of the host's sources with this label.
# shellcheck disable=SC2016
source_of() {
	apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' |
		sed -n "s,^$1 ,,p" | sed -n 1p
}

# make_root SUITE ROOT CACHE: bootstraps the suite, and adds what a machine is said to have.
make_root() {
	debootstrap --variant=minbase --cache-dir="$3" "$1" "$2" "$mirror" || return
	echo "deb $security $1-security main" >"$2/etc/apt/sources.list.d/security.list"
	cp /etc/resolv.conf "$2/etc/resolv.conf"
	in_root "$2" apt-get update -q || return
	in_root "$2" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
		gcc libc6-dev make ca-certificates || return
	cp -L /etc/ssl/certs/ca-certificates.crt "$2/etc/ssl/certs/ca-certificates.crt"
	cp -a "$(go env GOROOT)" "$2/usr/local/go"
	git clone -q . "$2/root/spotos"
}

# in_root ROOT COMMAND…: in namespaces of its own, so mounts and processes end with the command.
# shellcheck disable=SC2016
in_root() {
	local settings=() name
	for name in GOPROXY GOSUMDB GONOSUMDB GOPRIVATE GOINSECURE; do settings+=("$name=$(go env $name)"); done
	unshare --mount --pid --fork --kill-child sh -c '
		root=$1; shift
		mount -t proc proc "$root/proc" || mount --rbind /proc "$root/proc"
		mount --rbind /dev "$root/dev" && mount --rbind /sys "$root/sys" && exec chroot "$root" "$@"' sh \
		"$1" env -i HOME=/root TERM="${TERM:-dumb}" LANG=C.UTF-8 SPOTOS_TIME_SCALE="${SPOTOS_TIME_SCALE:-1}" "${settings[@]}" \
		PATH=/usr/local/go/bin:/usr/sbin:/usr/bin:/sbin:/bin "${@:2}"
}

# fresh SUITE
fresh() {
	local suite=$1 root=$dir/$1 begin=$SECONDS name
	rm -rf --one-file-system "$root"
	mkdir -p "$root" "$dir/debs-$suite"
	lab/step.sh "fresh: making a $suite root" lab/fresh.sh --make-root "$suite" "$root" "$dir/debs-$suite"
	# shellcheck disable=SC1091
	name=$(. "$root/etc/os-release" && echo "Debian ${VERSION_ID:-$suite}")
	in_root "$root" sh -c 'cd /root/spotos && exec lab/fresh-job.sh' </dev/null || {
		echo "fresh: $name: failed after $((SECONDS - begin)) s; its root is $root" >&2
		return 1
	}
	rm -rf --one-file-system "$root"
	echo "fresh: $name: ok ($((SECONDS - begin)) s)"
}

mirror=${MIRROR:-$(source_of Debian)}
security=${SECURITY_MIRROR:-$(source_of Debian-Security)}
: "${mirror:?fresh.sh: the apt sources of this host name no Debian mirror: set MIRROR}"
: "${security:=${mirror%/}-security}"
if [ "${1:-}" = --make-root ]; then
	exec 2>&1
	make_root "${@:2}"
	exit
fi
[ $# -gt 0 ] || { echo "fresh.sh: name a suite: bookworm or trixie" >&2; exit 1; }
for suite in "$@"; do fresh "$suite"; done
