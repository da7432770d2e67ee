#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Drives the console in a real terminal (tmux), on a real kernel (the lab): choose, arm, safe point, applied, revert,
# reverted, stuck, retry, abort, quit. Fails if a state is not reached.
#
#   drive.sh KERNEL COLUMNS ROWS [DIRECTORY]   with a directory, what the terminal shows in each state goes there
set -u
cd "$(dirname "$0")/.." || exit
kernel=$1 columns=$2 rows=$3 out=${4:-}
session=spotos-drive-$$ # a server of its own for each start: one that ends is not there for the next
scale=${SPOTOS_TIME_SCALE:-1}
tm() { tmux -L "$session" "$@"; }
trap 'tm kill-server 2>/dev/null' EXIT

screen() { tm capture-pane -p -t s 2>/dev/null; }
await() { # seconds, words that the screen must have
	local n=$(($1 * scale * 5))
	while ((n-- > 0)); do
		screen | grep -qF -- "$2" && return
		sleep 0.2
	done
	echo "drive: kernel $kernel, ${columns}x$rows: \"$2\" did not come; the screen:"
	screen
	exit 1
}
keys() { tm send-keys -t s "$@"; }
word() { tm send-keys -t s -l -- "$1"; }
shot() { [ -z "$out" ] || tm capture-pane -e -p -t s >"$out/$1-${columns}x$rows.ansi"; }
start() { # arguments of spotos lab
	session+=x
	# The shell ends when told, so that the last screen and the exit code stay to be read.
	tm -f /dev/null new-session -d -s s -x "$columns" -y "$rows" "env TERM=tmux-256color LANG=C.UTF-8 bin/spotos lab --kernel $kernel $*; echo exit=\$?; read -r _"
	await 90 version-banner
}
choose() { # the patch's row, from the top
	local i
	for ((i = 1; i < $1; i++)); do keys j; done
	keys Enter
	await 60 WATCHING
	await 60 "in the whole patch"
}
arm() { # the last letters of the patch's name
	keys a
	await 20 "Type the last letters"
	sleep 0.4 # keys typed in the first 300 ms are swallowed
	word "$1"
	await 20 "y: yes"
}
quit() {
	keys q
	await 60 "exit=0"
	tm kill-server
}
[ -z "$out" ] || mkdir -p "$out"

start --idle 0
shot patches
choose 1
sleep 3 # some history
shot watching
arm -oob
shot question
keys y
await 60 APPLIED
await 10 "safe point"
sleep 2
shot applied
keys v
await 20 "Revert no-oob"
sleep 0.4
keys y
await 60 REVERTED
shot reverted
keys '?'
await 10 "abort"
shot help
keys Escape
sleep 0.5
quit
echo "ok kernel $kernel, ${columns}x$rows: choose, arm, safe point, applied, revert, quit"

start --idle 1
choose 1
arm -oob
keys y
await 60 ARMED
sleep 2
shot armed
await 60 STUCK
shot stuck
keys 3
sleep 0.3
keys Enter
await 10 "tcp_recvmsg"
shot holders
keys Escape
sleep 0.6 # or escape and r together are alt+r
keys r
await 20 "y: yes"
sleep 0.4
keys y
await 20 ARMED
sleep 0.5
keys x
await 20 "y: yes"
sleep 0.4
keys y
await 20 ABORTED
shot aborted
arm -oob
keys y
await 60 ARMED
keys n
await 20 "fake signal"
sleep 0.4
keys w
await 60 APPLIED
sleep 1
shot nudged
quit
echo "ok kernel $kernel, ${columns}x$rows: stuck, holders, retry, abort, nudge, applied, quit"
