#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Runs one step of a longer job and shows how far it is: on a terminal as one line that counts its seconds, in a pipe
# as a line when it starts and one when it ends. A step that takes less than two seconds shows nothing.
#
#   step.sh WHAT COMMAND…
#
# The last line that the command prints is shown beside WHAT; all of it is shown if the command fails, and the exit
# code is the command's. What it writes to standard error is shown in any case. SPOTOS_BEGAN, if set, is the second
# since 1970 in which the whole job began.
set -u
what=$1
shift
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
# shellcheck disable=SC2317
stop() { # exit code; the command has a session of its own, which ctrl-c does not reach
	trap '' INT TERM HUP
	kill -TERM -- "-$command"
	wait "$command"
	exit "$1"
}
terminal=
[ -t 2 ] && [ "${TERM:-dumb}" != dumb ] && terminal=yes

took() { # seconds
	if (($1 < 60)); then echo "$1 s"; else echo "$(($1 / 60)) min $(($1 % 60)) s"; fi
}

line() { # shows the step, cut to the terminal's width
	local text detail columns
	detail=$(tail -n 1 "$tmp/out" | tr -cd '[:print:]')
	text="$what … $(took $SECONDS)"
	[ -n "${SPOTOS_BEGAN:-}" ] && text+=" ($(took $((EPOCHSECONDS - SPOTOS_BEGAN))) in all)"
	[ -n "$detail" ] && text+="  $detail"
	columns=$(stty size <&2 2>/dev/null | cut -d ' ' -f 2)
	((${columns:-0} > 0)) || columns=80
	printf '\r\033[K%s' "${text:0:columns-1}" >&2
}

setsid "$@" </dev/null >"$tmp/out" 2>"$tmp/err" &
command=$!
trap 'stop 130' INT
trap 'stop 143' TERM
trap 'stop 129' HUP
shown=
while kill -0 $command 2>/dev/null; do
	if [ -n "$terminal" ]; then
		line
	elif ((SECONDS >= 2)) && [ -z "$shown" ]; then
		shown=yes
		echo "$what …" >&2
	fi
	sleep 0.2
done
wait $command
code=$?
[ -n "$terminal" ] && printf '\r\033[K' >&2
if [ $code != 0 ]; then
	cat "$tmp/out" >&2
elif [ -n "$shown" ]; then
	echo "$what: $(took $SECONDS)" >&2
fi
cat "$tmp/err" >&2
[ $code = 0 ] || echo "$what: failed after $(took $SECONDS)" >&2
exit $code
