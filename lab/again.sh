#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Builds, for a kernel of the lab, what the experiments apply: patches that replace a function of the network's or of
# waiting by its own code, compiled again, and livepatch modules of the same. What is there is not built again; what
# the kernel does not let be replaced is left out, and named.
#
#   again.sh CACHE KERNEL     CACHE keeps kernels' sources; KERNEL is a directory of .kernels
set -eu -o pipefail
cd "$(dirname "$0")/.."
cache=$1
kernel=$(cd ".kernels/$2" && pwd)
out=build/$(cat "$kernel/release")
functions="net/ipv4/tcp.c:tcp_recvmsg net/ipv4/tcp.c:tcp_sendmsg net/ipv4/inet_connection_sock.c:inet_csk_accept
	net/ipv4/af_inet.c:inet_recvmsg net/ipv4/udp.c:udp_recvmsg net/unix/af_unix.c:unix_stream_read_generic
	fs/eventpoll.c:do_epoll_wait|__x64_sys_epoll_wait fs/select.c:do_sys_poll|__x64_sys_poll" # the second if not the first
mkdir -p "$out/again" "$out/again-klp"
# again FILE FUNCTION: builds both modules; false if the function cannot be replaced.
again() {
	local name code=0
	name=again-$(echo "$2" | sed 's/^_*//' | tr _ -)
	local module=${name//-/_}
	[ ! -f "$out/again-klp/klp_$module.ko" ] || return 0
	[ ! -f "$out/again/$module.refused" ] || return 1
	local build=(bin/spotos patch build --rebuild "$2" --file "$1" --kernel "$kernel" --cache "$cache"
		--symvers "$out/Module.symvers.spotos" --overwrite)
	"${build[@]}" --name "$name" --output "$out/again" >"$out/again/log" 2>&1 || code=$?
	if [ "$code" = 0 ]; then
		"${build[@]}" --livepatch --name "klp-$name" --output "$out/again-klp" >"$out/again/log" 2>&1 || code=$?
	fi
	[ "$code" != 0 ] || return 0
	tail -n 1 "$out/again/log" >&2
	[ "$code" = 5 ] || exit "$code"
	touch "$out/again/$module.refused"
	return 1
}
for f in $functions; do
	either=${f##*:}
	again "${f%%:*}" "${either%|*}" || { [ "${either%|*}" != "${either#*|}" ] && again "${f%%:*}" "${either#*|}"; } ||
		echo "again: $either cannot be replaced: its experiments are left out" >&2
done
rm -f "$out/again/log"
