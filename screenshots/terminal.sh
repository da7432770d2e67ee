# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # who sources it sets them
# Sourced: a console in a real terminal (tmux), driven by what its screen shows. Needs $kernel, $columns and $rows.

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit
sockets=$(mktemp -d)
session=s # a server of its own for each start: one that ends is not there for the next
scale=${SPOTOS_TIME_SCALE:-1}
tm() { tmux -S "$sockets/$session" "$@"; }
trap 'tm kill-server 2>/dev/null; rm -rf "$sockets"' EXIT

screen() { tm capture-pane -p -t s 2>/dev/null; }

await() { # seconds, an extended regular expression that a line of the screen must match
	local shown n=$(($1 * scale * 8))
	while ((n-- > 0)); do
		shown=$(screen)
		grep -qE -- "$2" <<<"$shown" && return
		grep -q "^exit=" <<<"$shown" && break # it ended: nothing more comes
		sleep 0.1
	done
	echo "${0##*/}: kernel $kernel, ${columns}x$rows: \"$2\" did not come; the screen:"
	screen
	exit 1
}

# The clock of the last sample goes on so many times.
samples() {
	local i at
	for ((i = 0; i < $1; i++)); do
		at=$(screen | grep -oE 'Functions .*, at [0-9:]+')
		await 30 "Functions .*, at "
		local n=$((30 * scale * 10))
		while ((n-- > 0)) && [ "$(screen | grep -oE 'Functions .*, at [0-9:]+')" = "$at" ]; do sleep 0.1; done
	done
}

keys() { tm send-keys -t s "$@"; }
word() { tm send-keys -t s -l -- "$1"; }

# Answers a question that the screen shows: what is typed in its first 300 ms is swallowed.
answer() {
	sleep 0.4
	word "$1"
}

# Presses esc. A key that follows at once would be taken for one with alt.
back() {
	keys Escape
	sleep 0.5
}

start() { # what to run
	session+=x
	# The shell ends when told, so that the last screen and the exit code stay to be read.
	tm -f /dev/null new-session -d -s s -x "$columns" -y "$rows" "env TERM=${terminal:-tmux-256color} LANG=C.UTF-8 $*; echo exit=\$?; read -r _"
}

choose() { # a patch's name
	await 90 version-banner
	local i
	for ((i = 0; i < 20; i++)); do
		screen | grep -qE "^(┃)?> $1 " && break
		keys j
		sleep 0.2
	done
	await 20 "^(┃)?> $1 "
	keys Enter # its page
	await 60 "^(┃)?  function"
	keys Enter # in hand
	await 60 "\[ WATCHING \]"
	await 60 "in the whole patch: [a-z●*]"
}

arm() { # a patch's name
	keys a
	await 20 "Type the last 4 characters"
	answer "${1: -4}"
	await 20 "\[${1: -4}\].*y: yes"
	word y
}

finish() {
	keys q
	await 60 "^exit=0"
	tm kill-server
}
