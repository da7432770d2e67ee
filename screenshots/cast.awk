# SPDX-License-Identifier: GPL-2.0-only
# Prints for each file, a picture of the terminal named by its time in ms, the time in seconds since `first`, a tab, and
# what turns the picture before into it.

function flush() {
	if (drawn != "")
		printf "%.3f\t%s\n", (time - first) / 1000, drawn
	drawn = ""
}

FNR == 1 {
	flush()
	time = FILENAME
	sub(/.*\//, "", time)
	sub(/-.*/, "", time)
	if (NR == 1)
		drawn = "\033[?25l\033[2J"
	colours = ""
}

{
	gsub(/\033\[0m\033\[39m\033\[49m/, "\033[0m") # the latter two do nothing more
	line = colours $0
	if (line != shown[FNR])
		drawn = drawn "\033[" FNR ";1H\033[0m" line "\033[0m\033[K"
	shown[FNR] = line
	for (rest = $0; match(rest, /\033\[[0-9;:]*m/); rest = substr(rest, RSTART + RLENGTH)) {
		code = substr(rest, RSTART, RLENGTH)
		colours = code ~ /^\033\[(0[;m]|m)/ ? code : colours code
	}
}

END { flush() }
