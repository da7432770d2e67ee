#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Films `make demo`: presses the keys that its captions name, leaves time to read them, and makes a cast and a moving
# picture at twice the speed. Fails if a state is not reached.
#
#   demo.sh COMMAND…   what starts the demo; makes demo-100x30.cast and demo-100x30.png beside this script
set -u
# shellcheck disable=SC2034 # terminal.sh uses it
columns=100 rows=30 kernel=demo
# shellcheck source=screenshots/terminal.sh
. "${BASH_SOURCE[0]%/*}/terminal.sh"
# shellcheck source=screenshots/film.sh
. screenshots/film.sh
dir=$(mktemp -d)
trap 'tm kill-server 2>/dev/null; rm -rf "$dir" "$sockets"' EXIT

# Wakes who is inside, and says yes where that arms a stuck patch again, until the patch has switched.
wake() { # the badge then
	keys n
	await 20 "w wakes them"
	sleep 4
	answer w
	local n=$((60 * scale * 2))
	while ((n-- > 0)) && ! screen | grep -qE "\[ $1 \]"; do
		screen | grep -q "y means yes" && sleep 3 && word y
		sleep 0.5
	done
	await 10 "\[ $1 \]"
}

start "$@"
await 300 "^(┃)?> no-oob "
await 10 "enter shows what a patch is"
film "$dir"
sleep 5
keys Enter
await 20 "enter: open it"
sleep 6
keys Enter
await 60 "\[ WATCHING \]"
await 30 "consumer/[0-9]+ stays inside"
sleep 6
keys a
await 20 "Type the last characters of the patch's name"
sleep 4
answer -oob
await 20 "y arms the patch"
sleep 2
word y
await 60 "It waits: consumer"
await 60 "\[ STUCK \]"
sleep 8
wake APPLIED
await 60 "The new code answers"
sleep 6
keys v
await 20 "Revert no-oob"
sleep 3
answer y
await 60 "It waits: consumer"
sleep 4
wake REVERTED
await 30 "The original functions run again, by"
sleep 6
stop_film
finish
cast "screenshots/demo-${columns}x$rows.cast" "SPOTOS: make demo"
moving "screenshots/demo-${columns}x$rows.png" 2
