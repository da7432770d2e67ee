# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # terminal.sh has the rest
# Sourced after terminal.sh: films what the terminal shows, and makes a moving picture and an asciinema cast of it.
# Needs netpbm and apngasm, and what render.sh needs.

# Films until stop_film. Each picture that differs from the one before is kept in a directory, named by its time in ms.
film() { # directory
	reel=$1
	touch "$reel/filming"
	(
		last=""
		while [ -e "$reel/filming" ] && now=$(tm capture-pane -eNp -t s 2>/dev/null); do
			if [ "$now" != "$last" ]; then
				sleep 0.03 # what was half drawn is whole then
				last=$(tm capture-pane -eNp -t s 2>/dev/null)
				printf '%s\n' "$last" >"$reel/$(date +%s%3N)-${columns}x$rows.ansi"
			fi
			sleep 0.05
		done
	) &
	camera=$!
}

stop_film() {
	rm -f "$reel/filming"
	wait "$camera"
}

badge() { grep -oE '\[ [A-Z ]+ \]' "$1"; }
at() { # a picture's file: its time
	local name=${1##*/}
	echo "${name%%-*}"
}

# The cast, in asciinema's second format: of each picture the lines that differ from those of the one before. What
# tmux says of colours goes on from line to line, so each begins with what holds there.
cast() { # file, title
	local esc=$'\033' tab=$'\t' first
	first=$(at "$(find "$reel" -name '*.ansi' | sort | head -1)")
	printf '{"version": 2, "width": %d, "height": %d, "timestamp": %d, "title": "%s"}\n' "$columns" "$rows" \
		$((first / 1000)) "$2" >"$1.part"
	awk -v first="$first" -f screenshots/cast.awk "$reel"/*.ansi |
		sed "s/\\\\/\\\\\\\\/g; s/\"/\\\\\"/g; s/$esc/\\\\u001b/g; s/^\([^$tab]*\)$tab\(.*\)/[\1, \"o\", \"\2\"]/" >>"$1.part"
	mv "$1.part" "$1"
}

# The moving picture (APNG). Of what follows within a second only what has another badge or another last line is in it.
# A new badge stays long enough to be read; any other picture as long as it did, divided by the speed.
moving() { # file, speed
	local shot shots=() kept=0 before="" look delay next i=0 dir state old=""
	dir=$(mktemp -d)
	for shot in "$reel"/*.ansi; do
		look=$(badge "$shot")$(tail -1 "$shot")
		[ "$look" = "$before" ] && (($(at "$shot") - kept < 1000)) && continue
		before=$look kept=$(at "$shot")
		shots+=("$(basename "$shot")")
		cp "$shot" "$dir"
	done
	screenshots/render.sh "$dir" "$dir" || exit
	# The same few colours in all frames: what does not change from one to the next costs nothing then.
	for shot in "${shots[@]}"; do pngtopnm "$dir/${shot%.ansi}.png" >"$dir/${shot%.ansi}.pnm"; done
	pnmcat -topbottom "$dir"/*.pnm | pnmcolormap 96 >"$dir/colours" 2>/dev/null
	for shot in "${shots[@]}"; do
		pnmremap -quiet -mapfile "$dir/colours" "$dir/${shot%.ansi}.pnm" |
			pnmtopng -quiet >"$dir/$(printf 'frame%03d.png' $i)" || exit
		next=${shots[i + 1]:-$(($(at "$shot") + 6000))-}
		delay=$((($(at "$next") - $(at "$shot")) / $2))
		state=$(badge "$reel/$shot")
		[ "$state" = "$old" ] || ((delay > 1500)) || delay=1500
		old=$state
		echo "delay=$delay/1000" >"$dir/$(printf 'frame%03d.txt' $i)"
		((i += 1))
	done
	apngasm "$dir/moving.png" "$dir/frame000.png" -z1 >/dev/null && mv "$dir/moving.png" "$1"
	rm -rf "$dir"
}
