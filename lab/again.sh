#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Builds, for a kernel of the lab, what the experiments apply, each as a patch and as a livepatch module of the same
# replacement: functions of the network's or of waiting, replaced by their own code, compiled again; and for the kernel
# that the catalogue's recipes are for, fixes from there instead. What is there is not built again, unless spotos.ko has
# changed what it shares with patches; what the kernel does not let be replaced is left out, and named.
#
#   again.sh CACHE KERNEL [PATCH…]     CACHE keeps kernels' sources; KERNEL is a directory of .kernels; only these patches
set -eu -o pipefail
cd "$(dirname "$0")/.."
cache=$1
kernel=$(cd ".kernels/$2" && pwd)
only="${*:3}"
release=$(cat "$kernel/release")
out=build/$release
# FILE:FUNCTION, or FILE:FUNCTION|FUNCTION: the second if not the first.
functions="fs/eventpoll.c:do_epoll_wait|__x64_sys_epoll_wait net/ipv4/tcp.c:tcp_recvmsg net/ipv4/udp.c:udp_recvmsg
	net/ipv4/inet_connection_sock.c:inet_csk_accept fs/select.c:do_sys_poll|__x64_sys_poll net/ipv4/tcp.c:tcp_sendmsg
	fs/eventpoll.c:__x64_sys_epoll_pwait net/ipv4/af_inet.c:inet_recvmsg net/unix/af_unix.c:unix_stream_read_generic"
fixes="attach-filter ip6-ctl unix-ioctl tcp-getsockopt"
built=$out/again/Module.symvers.spotos # of the spotos.ko that the patches there are for
if ! cmp -s "$built" "$out/Module.symvers.spotos"; then
	rm -rf "$out/again" "$out/again-klp"
	mkdir -p "$out/again" "$out/again-klp"
	cp "$out/Module.symvers.spotos" "$built"
fi

# both NAME ARGUMENT…: builds both modules of what the arguments say; false if it cannot be replaced, or is not wanted.
both() {
	local name=$1 module=${1//-/_} code=0
	shift
	case " $only " in "  " | *" $name "*) ;; *) return 1 ;; esac
	[ ! -f "$out/again-klp/klp_$module.ko" ] || return 0
	[ ! -f "$out/again/$module.refused" ] || return 1
	local build=(bin/spotos patch build "$@" --kernel "$kernel" --cache "$cache" --symvers "$out/Module.symvers.spotos"
		--overwrite)
	"${build[@]}" --name "$name" --output "$out/again" >"$out/again/log" 2>&1 || code=$?
	if [ "$code" = 0 ]; then
		"${build[@]}" --livepatch --name "klp-$name" --output "$out/again-klp" >"$out/again/log" 2>&1 || code=$?
	fi
	[ "$code" != 0 ] || return 0
	tail -n 1 "$out/again/log" >&2
	[ "$code" = 5 ] || exit "$code"
	echo "again: $name is left out" >&2
	touch "$out/again/$module.refused"
	return 1
}
# Patches of so many functions, the first of lab/growth.txt, with which it is measured how things grow with them.
growth="1 10 50 200"
again() { # FILE FUNCTION
	both "again-$(echo "$2" | sed 's/^_*//' | tr _ -)" --rebuild "$2" --file "$1"
}
if [ "$release" = 6.1.0-47-amd64 ]; then
	for name in $fixes; do both "$name" --recipe "$name" || true; done
	functions=
	growth=
fi
for f in $functions; do
	either=${f##*:}
	again "${f%%:*}" "${either%|*}" || { [ "${either%|*}" != "${either#*|}" ] && again "${f%%:*}" "${either#*|}"; } || true
done
for n in $growth; do
	both "again-growth-$n" --rebuild "$(grep -v '^#' lab/growth.txt | head -n "$n" | paste -sd,)" || true
done
rm -f "$out/again/log"
