#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Makes the pictures of a large terminal, card-200x60.png and card-120x40.png: the recorded run in which a patch is
# stuck, with the card of who stands in the way.
set -u
# shellcheck disable=SC2034 # terminal.sh uses it
kernel=recorded columns=200 rows=60
# shellcheck source=screenshots/terminal.sh
. "${BASH_SOURCE[0]%/*}/terminal.sh"
spotos=${SPOTOS:-bin/spotos}
dir=$(mktemp -d)
trap 'tm kill-server 2>/dev/null; rm -rf "$dir" "$sockets"' EXIT

start "$spotos" replay --layout standard --speed 0.001 ui/testdata/recorded-card.jsonl
await 30 "event 1 of"
for ((i = 0; i < 9; i++)); do
	screen | grep -q "\[ STUCK \]" && break
	keys ']'
	sleep 0.4
done
for size in "200 60" "120 40"; do
	read -r columns rows <<<"$size"
	tm resize-window -t s -x "$columns" -y "$rows"
	await 20 "FREES IT"
	sleep 1
	tm capture-pane -eNp -t s >"$dir/card-${columns}x$rows.ansi"
done
finish
screenshots/render.sh "$dir"
