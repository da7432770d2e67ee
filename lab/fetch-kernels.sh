#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Downloads Debian's kernels and their headers and unpacks them under .kernels/, one directory a
# series. Nothing is installed on the host: the lab boots these, and kmod/ is built against them.
#
# usage: fetch-kernels.sh DIR SERIES[=RELEASE]...
#   fetch-kernels.sh .kernels 6.1 6.12             the newest of each series
#   fetch-kernels.sh .kernels 6.1=6.1.0-50-amd64   a given one
#   fetch-kernels.sh .kernels 6.12-cloud           a flavour
set -eu

dir=$1
shift
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)

newest() { # the release that the series' meta-package points at
	flavour=${1#*-}
	[ "$flavour" = "$1" ] && flavour=
	meta=linux-image-${1%%-*}-${flavour:+$flavour-}amd64
	[ "${1%%-*}" = 6.1 ] && meta=linux-image-${flavour:+$flavour-}amd64
	apt-cache depends "$meta" | sed -n 's/^ *Depends: linux-image-\(6\..*\)$/\1/p' | head -n 1
}

for want in "$@"; do
	series=${want%%=*}
	release=${want#*=}
	out=$dir/$series
	if [ "$release" = "$series" ]; then
		[ -f "$out/release" ] && continue
		release=$(newest "$series")
	fi
	[ -n "$release" ] || { echo "fetch-kernels: no Debian kernel for series $series; is apt-get update needed?" >&2; exit 1; }
	[ -f "$out/release" ] && [ "$(cat "$out/release")" = "$release" ] && continue
	echo "fetch-kernels: $release into $out (nothing is installed on this host)"
	rm -rf "$out.tmp" "$out"
	mkdir -p "$out.tmp/deb"
	headers=linux-headers-$release
	more=$(apt-cache depends "$headers" | sed -n 's/^ *Depends: \(linux-headers-.*-common.*\|linux-kbuild-.*\)$/\1/p')
	(cd "$out.tmp/deb" && for p in "linux-image-$release" "$headers" $more; do
		apt-get -o APT::Sandbox::User=root download -q "$p" >/dev/null
	done)
	for deb in "$out.tmp"/deb/*.deb; do dpkg -x "$deb" "$out.tmp"; done
	rm -rf "$out.tmp/deb"

	# The headers name their other halves by absolute path; point those into the tree.
	src=$out.tmp/usr/src/linux-headers-$release
	find "$out.tmp/usr" -type l | while read -r link; do
		to=$(readlink "$link")
		case $to in
		/usr/*) ln -sfn "$out$to" "$link" ;;
		esac
	done
	# 6.12's kbuild is reached by ../../lib, which stands in this tree as it does in /usr.
	find "$src" "$out.tmp"/usr/src/linux-headers-*-common* -maxdepth 1 -name Makefile | while read -r mk; do
		sed -i "s,\([ =]\)/usr/src/,\1$out/usr/src/,g" "$mk"
	done
	ln -s "usr/src/linux-headers-$release" "$out.tmp/build"
	ln -s "boot/vmlinuz-$release" "$out.tmp/vmlinuz"
	if [ -d "$out.tmp/usr/lib/modules/$release" ]; then
		ln -s "usr/lib/modules/$release" "$out.tmp/modules"
	else
		ln -s "lib/modules/$release" "$out.tmp/modules"
	fi
	echo "$release" >"$out.tmp/release"
	mv "$out.tmp" "$out"
done
