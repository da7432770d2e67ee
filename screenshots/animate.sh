#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Makes the moving picture run-80x24.png (APNG): the recorded run that arms, is stuck, is nudged and applies, as
# `spotos replay` shows it in a terminal at twice the speed.
set -u
# shellcheck disable=SC2034 # terminal.sh uses it
columns=80 rows=24 kernel=recorded
# shellcheck source=screenshots/terminal.sh
. "${BASH_SOURCE[0]%/*}/terminal.sh"
spotos=${SPOTOS:-bin/spotos}
dir=$(mktemp -d)
trap 'tm kill-server 2>/dev/null; rm -rf "$dir" "$sockets"' EXIT

start "$spotos" replay ui/testdata/recorded-stuck.jsonl
await 30 "event [0-9]+ of"
last="" times=()
until [[ $last == *", the end"* ]]; do
	now=$(tm capture-pane -eNp -t s)
	if [ "$now" != "$last" ]; then
		printf '%s\n' "$now" >"$dir/$(printf 'shot%03d' ${#times[@]})-${columns}x$rows.ansi"
		times+=("$(date +%s%3N)") last=$now
	fi
	sleep 0.05
done
tm kill-server
screenshots/render.sh "$dir" "$dir" || exit

# The same few colours in all frames: what does not change from one to the next costs nothing then.
cd "$dir" || exit
for shot in shot*.png; do pngtopnm "$shot" >"${shot%-*}.pnm"; done
pnmcat -topbottom shot*.pnm | pnmcolormap 96 >colours 2>/dev/null
state="" i=0
for shot in shot*.pnm; do
	pnmremap -quiet -mapfile colours "$shot" | pnmtopng -quiet >"$(printf 'frame%03d.png' $i)" || exit
	# A new state stays long enough to be read; any other picture half the time it took, in ms.
	before=$state state=$(grep -oE '\[ [A-Z]+ \]' "${shot%.pnm}-${columns}x$rows.ansi")
	delay=$(((${times[i + 1]:-$((times[i] + 6000))} - times[i]) / 2))
	[ "$state" = "$before" ] || ((delay > 1500)) || delay=1500
	echo "delay=$delay/1000" >"$(printf 'frame%03d.txt' $i)"
	((i += 1))
done
apngasm run.png frame000.png -z1 >/dev/null && mv run.png "$OLDPWD/screenshots/run-80x24.png"
