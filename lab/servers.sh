#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Fetches network servers and load generators as Debian's packages, and copies the programs with their libraries to
# DIR/root, as they would lie on a machine. Nothing is installed on the host. A second run finds them there and
# downloads nothing. apt verifies the packages.
#
#   servers.sh DIR     a program that cannot be had is left out, and named
set -eu -o pipefail
mkdir -p "$1"
dir=$(cd "$1" && pwd)
[ -d "$dir/root" ] && exit

# Package, and what the experiments need of it: programs, and other files and directories.
wanted=(
	"nginx /usr/sbin/nginx"
	"wrk /usr/bin/wrk"
	"redis-server /usr/bin/redis-server"
	"redis-tools /usr/bin/redis-benchmark"
	"memcached /usr/bin/memcached"
	"dnsmasq-base /usr/sbin/dnsmasq"
	"dnsperf /usr/bin/dnsperf"
	"iperf3 /usr/bin/iperf3"
	"postgresql-15 /usr/lib/postgresql/15/bin/postgres /usr/lib/postgresql/15/bin/initdb
		/usr/lib/postgresql/15/bin/pgbench /usr/share/postgresql/15 /usr/lib/postgresql/15/lib/plpgsql.so
		/usr/lib/postgresql/15/lib/dict_snowball.so"
)
tmp=$(mktemp -d "$dir/fetch.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
mkdir -p "$tmp/archives/partial" "$tmp/all" "$tmp/root"
# As on a machine with nothing on it, so that all libraries come along.
apt=(apt-get -q -y -o Dir::State::status=/dev/null -o "Dir::Cache::archives=$tmp/archives" -o APT::Sandbox::User=root
	-o Debug::NoLocking=1 -o DPkg::Lock::Timeout=0 --no-install-recommends)
packages=
for line in "${wanted[@]}"; do
	package=${line%% *}
	if "${apt[@]}" --print-uris install "$package" >"$tmp/uris" 2>&1 && grep -q "^'" "$tmp/uris"; then
		packages="$packages $package"
	else
		echo "servers: Debian's package $package cannot be had: it is left out" >&2
	fi
done
[ -n "$packages" ] || { echo "servers: no package can be had: run apt-get update" >&2; exit 1; }
# shellcheck disable=SC2086
"${apt[@]}" --download-only install $packages >"$tmp/log" 2>&1 || { cat "$tmp/log" >&2; exit 1; }
for deb in "$tmp"/archives/*.deb; do dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$tmp/all" --skip-old-files; done

inside() { # file: its path under all, past links that lead out of it
	local path=$1 hops=0
	while [ -L "$tmp/all$path" ] && [ $((hops += 1)) -lt 10 ]; do
		local to
		to=$(readlink "$tmp/all$path")
		case $to in /*) path=$to ;; *) path=$(realpath -ms "$(dirname "$path")/$to") ;; esac
	done
	echo "$path"
}
library() { # name: the path of a library under all
	local d
	for d in /lib/x86_64-linux-gnu /usr/lib/x86_64-linux-gnu; do
		[ -e "$tmp/all$d/$1" ] || [ -L "$tmp/all$d/$1" ] && { echo "$d/$1" && return; }
	done
	echo "servers: no package has $1" >&2
	return 1
}
take() { # path: copy a file with all that it is linked with
	[ -e "$tmp/root$1" ] && return
	install -D "$tmp/all$(inside "$1")" "$tmp/root$1"
	local name lib
	for name in $(readelf -d "$tmp/root$1" 2>/dev/null | sed -nE 's/.*\(NEEDED\).*\[(.*)\]/\1/p'); do
		[ "$name" != ld-linux-x86-64.so.2 ] || continue
		lib=$(library "$name")
		take "$lib"
	done
}
take /lib64/ld-linux-x86-64.so.2
for line in "${wanted[@]}"; do
	read -r -d '' -a parts <<<"$line" || true
	case " $packages " in *" ${parts[0]} "*) ;; *) continue ;; esac
	for path in "${parts[@]:1}"; do
		if [ -d "$tmp/all$path" ]; then
			mkdir -p "$tmp/root$path"
			cp -rL "$tmp/all$path/." "$tmp/root$path"
		else
			take "$path"
		fi
	done
done
chmod -R u+w,a+rX "$tmp/root"
mv "$tmp/root" "$dir/root"
