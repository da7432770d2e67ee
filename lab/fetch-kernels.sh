#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Downloads Debian's kernels and their headers and unpacks them under DIR, one directory a series. Nothing is
# installed on the host: the lab boots these, and kmod/ is built against them.
#
# usage:
#   fetch-kernels.sh DIR 6.1 6.12              fetch the newest of each series
#   fetch-kernels.sh DIR 6.1=6.1.0-50-amd64    fetch a given one
#   fetch-kernels.sh DIR 6.12-cloud            fetch a flavour: cloud or rt
#   fetch-kernels.sh DIR --series              print the supported series that this Debian, or DIR, has
#   fetch-kernels.sh DIR --about               print which those are, and why others are not among them
set -eu

supported="6.1 6.12" # the series that SPOTOS is tested on

dir=$1
shift
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
packages=$(apt-cache pkgnames linux-image-)
[ -n "$packages" ] || { apt-get update -q >/dev/null && packages=$(apt-cache pkgnames linux-image-); }

# Prints "SERIES RELEASE" or "SERIES-FLAVOUR RELEASE" of each kernel in the archive, by the names of its packages:
# linux-image-6.1.0-56-amd64 or linux-image-6.12.118+deb13-cloud-amd64. Meta packages have fewer parts: linux-image-6.12-amd64.
releases() {
	echo "$packages" | sed -nE 's/-unsigned$//
		s/^linux-image-(([0-9]+\.[0-9]+)\.[0-9][^-]*(-[0-9]+)?-amd64)$/\2 \1/p
		s/^linux-image-(([0-9]+\.[0-9]+)\.[0-9][^-]*(-[0-9]+)?-(cloud|rt)-amd64)$/\2-\4 \1/p' | sort -u
}

found() { # the series without a flavour: in the archive, or unpacked already
	{
		releases | cut -d ' ' -f 1
		for r in "$dir"/*/release; do [ ! -f "$r" ] || basename "$(dirname "$r")"; done
	} | grep -E '^[0-9]+\.[0-9]+$' | sort -uV
}

has() { echo "$1" | tr ' ' '\n' | grep -qFx "$2"; } # list, word

series() {
	for s in $(found); do ! has "$supported" "$s" || echo "$s"; done
}

about() {
	# shellcheck source=/dev/null
	debian=$(. /etc/os-release && echo "$NAME ${VERSION_ID:-}" | sed 's,GNU/Linux ,,')
	all=$(found)
	why=
	for s in $supported; do has "$all" "$s" || why="$why; $debian has no $s"; done
	for s in $all; do has "$supported" "$s" || why="$why; $s is left out: SPOTOS is not tested on it"; done
	echo "kernels: $(series | paste -sd ' ')$why"
}

available() { [ -n "$(apt-get download --print-uris "$1" 2>/dev/null)" ]; }

newest() { # the newest release of a series that can be downloaded with its headers
	releases | sed -n "s/^$1 //p" | sort -rV | while read -r r; do
		if available "linux-headers-$r" && { available "linux-image-$r" || available "linux-image-$r-unsigned"; }; then
			echo "$r"
			break
		fi
	done
}

depends() { # those packages that a package depends on whose names match
	apt-cache depends "$1" | sed -nE "s/^ *Depends: ($2)\$/\1/p"
}

# Prints the packages that a release consists of: signed, if there is a signed one. Newer kernels have their files in
# linux-binary-* and linux-modules-*, which linux-image-* depends on.
parts() {
	image=linux-image-$1
	available "$image" || image=$image-unsigned
	echo "$image linux-headers-$1"
	depends "$image" 'linux-(binary|modules)-.*'
	depends "linux-headers-$1" 'linux-headers-.*-common.*|linux-kbuild-.*'
}

case ${1:-} in
--series | --about)
	"${1#--}"
	exit
	;;
esac

updated=
for want in "$@"; do
	series=${want%%=*}
	release=${want#*=}
	out=$dir/$series
	[ "$release" = "$series" ] && [ -f "$out/release" ] && continue
	[ -f "$out/release" ] && [ "$(cat "$out/release")" = "$release" ] && continue
	if [ -z "$updated" ]; then
		apt-get update -q >/dev/null
		packages=$(apt-cache pkgnames linux-image-)
		updated=yes
	fi
	[ "$release" != "$series" ] || release=$(newest "$series")
	[ -n "$release" ] || { echo "fetch-kernels: the Debian archive has no kernel of series $series with its headers" >&2; exit 1; }
	echo "fetch-kernels: $release into $out (nothing is installed on this host)"
	rm -rf "$out.tmp"
	mkdir -p "$out.tmp/deb"
	parts=$(parts "$release")
	for p in $parts; do
		echo "downloading $p"
		(cd "$out.tmp/deb" && apt-get -o APT::Sandbox::User=root download -q "$p" >/dev/null)
	done
	echo "unpacking $release"
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
	rm -rf "$out"
	mv "$out.tmp" "$out"
done
