#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Downloads Debian's kernels and their headers and unpacks them under DIR, one directory a series. Nothing is
# installed on the host: the lab boots these, and kmod/ is built against them. What the host's Debian does not have
# comes from Debian 13 or its backports.
#
# usage:
#   fetch-kernels.sh DIR 6.1 6.12              fetch the newest of each series
#   fetch-kernels.sh DIR 6.1=6.1.0-50-amd64    fetch a given one
#   fetch-kernels.sh DIR 6.12-cloud            fetch a flavour: cloud or rt
#   fetch-kernels.sh DIR --series              print the supported series that this Debian, or DIR, has
#   fetch-kernels.sh DIR --about               print which those are, and why others are not among them
#
# One that cannot be fetched leaves nothing behind and does not keep the others from being fetched. Exits with 1 then,
# or with 3 if no more is wrong than that a given one is gone from the archive, as they are after some months.
set -eu

supported="6.1 6.12" # the series on which everything is tested
partly="7.3"         # those on which some tests run: see PARTLY in the Makefile

here=$(cd "$(dirname "$0")" && pwd)
dir=$1
shift
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
packages=$(apt-cache pkgnames linux-image-)
[ -n "$packages" ] || { apt-get update -q >/dev/null && packages=$(apt-cache pkgnames linux-image-); }
archive=host # or debian13: see find_release

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
	for s in $all; do has "$supported $partly" "$s" || why="$why; $s is left out: SPOTOS is not tested on it"; done
	echo "kernels: $(series | paste -sd ' ')$why"
}

# Runs a tool of apt on the archive that is chosen.
apt() { # tool and arguments
	if [ "$archive" = host ]; then "$@"; else "$here/apt13.sh" "$dir/.apt13" "$@"; fi
}

available() { [ -n "$(apt apt-get download --print-uris "$1" 2>/dev/null)" ]; }

# Whether a release can be downloaded with its headers.
has_headers() {
	available "linux-headers-$1" && { available "linux-image-$1" || available "linux-image-$1-unsigned"; }
}

newest() { # the newest release of a series that can be downloaded with its headers
	releases | sed -n "s/^$1 //p" | sort -rV | while read -r r; do
		if has_headers "$r"; then
			echo "$r"
			break
		fi
	done
}

# Sets release to the one that is wanted, or the newest of its series, and archive to the one that has it.
find_release() { # series, release or series
	for archive in host debian13; do
		if [ $archive = debian13 ]; then
			[ -n "$updated13" ] || "$here/apt13.sh" "$dir/.apt13" update >/dev/null
			updated13=yes
		fi
		packages=$(apt apt-cache pkgnames linux-image-)
		release=$2
		if [ "$1" = "$2" ]; then
			release=$(newest "$1")
		elif ! has_headers "$2"; then
			release=
		fi
		[ -z "$release" ] || return 0
	done
	return 0
}

depends() { # those packages that a package depends on whose names match
	apt apt-cache depends "$1" | sed -nE "s/^ *Depends: ($2)\$/\1/p"
}

# Prints the packages that a release consists of: signed, if there is a signed one. Since 6.19 linux-image-* is empty
# and depends on linux-binary-*, which has the kernel, linux-modules-*, and linux-base-*, which has modules.order.
parts() {
	image=linux-image-$1
	available "$image" || image=$image-unsigned
	echo "$image linux-headers-$1"
	depends "$image" 'linux-(binary|modules|base)-[0-9].*'
	depends "linux-headers-$1" 'linux-headers-.*-common.*|linux-kbuild-.*'
}

# Links the headers' other halves, which they name by absolute path, within the tree that will be at the second path.
link_headers() { # tree, where it will be
	find "$1/usr" -type l | while read -r link; do
		to=$(readlink "$link")
		case $to in
		/usr/*) ln -sfn "$2$to" "$link" ;;
		esac
	done
	# 6.12's kbuild is reached by ../../lib, which stands in this tree as it does in /usr.
	find "$1"/usr/src/linux-headers-* -maxdepth 1 -name Makefile | while read -r mk; do
		sed -i "s,\([ =]\)/usr/src/,\1$2/usr/src/,g" "$mk"
	done
}

# Unpacks the packages that are in tree/deb, and names what the lab looks for.
unpack() { # release, tree, where it will be
	for deb in "$2"/deb/*.deb; do dpkg -x "$deb" "$2"; done
	rm -rf "$2/deb"
	link_headers "$2" "$3"
	modules=lib/modules/$1
	[ -d "$2/$modules" ] || modules=usr/lib/modules/$1
	ln -s "$modules" "$2/modules"
	if [ ! -e "$2/boot/vmlinuz-$1" ]; then # beside the modules since 6.19; /boot has a copy once it is installed
		mkdir -p "$2/boot"
		ln "$2/modules/vmlinuz" "$2/boot/vmlinuz-$1"
	fi
	ln -s "usr/src/linux-headers-$1" "$2/build"
	ln -s "boot/vmlinuz-$1" "$2/vmlinuz"
	echo "$1" >"$2/release"
	for file in vmlinuz modules/modules.order build/Makefile build/.config; do
		[ -f "$2/$file" ] || { echo "fetch-kernels: the packages of $1 have no $file" >&2; exit 1; }
	done
}

# Downloads a release into tree, where nothing is left of it if that fails, and moves it to where it will be. Ends the
# shell that it runs in.
fetch() { # release, tree, where it will be
	tree=$2
	trap 'rm -rf "$tree"' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	trap 'exit 129' HUP
	rm -rf "$2"
	mkdir -p "$2/deb"
	parts=$(parts "$1")
	for p in $parts; do
		echo "downloading $p"
		(cd "$2/deb" && apt apt-get -o APT::Sandbox::User=root download -q "$p" >/dev/null)
	done
	echo "unpacking $1"
	unpack "$1" "$2" "$3"
	rm -f "$3/release" # what is broken off from here on is no kernel any more
	rm -rf "$3"
	mv "$2" "$3"
	exit 0
}

case ${1:-} in
--series | --about)
	"${1#--}"
	exit
	;;
esac

updated=
updated13=
worst=0
for want in "$@"; do
	series=${want%%=*}
	release=${want#*=}
	out=$dir/$series
	[ "$release" = "$series" ] && [ -f "$out/release" ] && continue
	[ -f "$out/release" ] && [ "$(cat "$out/release")" = "$release" ] && continue
	if [ -z "$updated" ]; then
		apt-get update -q >/dev/null
		updated=yes
	fi
	find_release "$series" "$release"
	if [ -z "$release" ] && [ "$want" = "$series" ]; then
		echo "fetch-kernels: the Debian archive has no kernel of series $series with its headers" >&2
		worst=1
	elif [ -z "$release" ]; then
		echo "fetch-kernels: ${want#*=} is not in the Debian archive any more: it is skipped" >&2
		[ $worst = 1 ] || worst=3
	else
		echo "fetch-kernels: $release into $out (nothing is installed on this host)"
		set +e # a shell whose exit code is looked at by || would go on after errors
		(set -e; fetch "$release" "$out.tmp" "$out")
		code=$?
		set -e
		if [ $code != 0 ]; then
			echo "fetch-kernels: $release could not be fetched" >&2
			worst=1
		fi
		[ $code -lt 128 ] || exit $code
	fi
done
exit $worst
