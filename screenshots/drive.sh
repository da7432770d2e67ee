#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Drives the console in a real terminal (tmux), on a real kernel (the lab): choose, arm, safe point, applied, look,
# revert, reverted, stuck, retry, abort, nudge, quit. Fails if a state is not reached.
#
#   drive.sh KERNEL COLUMNS ROWS [DIRECTORY]   with a directory, what the terminal shows in each state goes there
set -u
kernel=$1 columns=$2 rows=$3 out=${4:+$(mkdir -p "$4" && cd "$4" && pwd)}
# shellcheck source=screenshots/terminal.sh
. "${BASH_SOURCE[0]%/*}/terminal.sh"
spotos=${SPOTOS:-bin/spotos}
# A picture is taken once two looks at the screen agree: over a slow line it is drawn piece by piece.
shot() {
	[ -n "$out" ] || return 0
	local file=$out/$1-${columns}x$rows.ansi before i
	for ((i = 0; i < 10; i++)); do
		before=$(tm capture-pane -ep -t s)
		sleep 0.3
		[ "$before" = "$(tm capture-pane -ep -t s)" ] && break
	done
	tm capture-pane -eNp -t s >"$file"
}
ok() { echo "ok kernel $kernel, ${columns}x$rows: $*"; }

start "$spotos" lab --kernel "$kernel" --idle 0
await 90 version-banner
await 30 "^(┃)?  kernel " # the page of the first one begins below the list
shot patches
choose no-oob
samples 8
shot watching
keys a
await 20 "Type the last 4 characters"
shot question
answer -oob
await 20 "\[-oob\].*y: yes"
word y
await 60 "\[ APPLIED \]"
await 10 "at the switch, .* ALL ZERO" # for some seconds
shot switched
await 10 "at a safe point"
samples 3
shot applied
keys !
await 20 '#'
word 'cat /sys/module/no_oob/parameters/calls; exit'
keys Enter
await 20 "Back from the shell"
keys v
await 20 "Revert no-oob"
answer y
await 60 "\[ REVERTED \]"
shot reverted
keys '?'
await 10 "abort"
shot help
back
await 10 "2 Functions"
finish
ok choose, arm, safe point, applied, shell, revert, quit

start "$spotos" lab --kernel "$kernel" --idle 1 --shell
await 90 '^~ # ?$'
word 'SPOTOS_NUDGE=none spotos'
keys Enter
choose no-oob
arm no-oob
await 60 "\[ ARMED \]"
samples 2
shot armed
await 60 "\[ STUCK \]"
shot stuck
keys 3
await 10 ">3 Holders"
keys Enter # opens the first group of holders
await 10 "> - [0-9]+ x"
keys Down
keys Enter # the first of them, with its stack where there is room
await 10 "STACK +innermost first|lines 1-[0-9]+ of"
shot holders
back
await 10 "2 Functions"
keys r
await 20 "y: yes"
answer y
await 20 "\[ ARMED \]"
keys x
await 20 "y: yes"
answer y
await 20 "\[ ABORTED \]"
shot aborted
arm no-oob
await 60 "\[ ARMED \]"
keys n
await 20 "as a signal would"
answer w
await 60 "\[ APPLIED \]"
await 10 "at a safe point"
samples 2
shot nudged
keys q
await 20 '^~ # ?$'
word exit
keys Enter
await 60 "^exit=0"
tm kill-server
ok stuck, holders, retry, abort, nudge, applied, quit
