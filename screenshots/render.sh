#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Turns what a terminal showed (drive.sh) into pictures: xterm.js in headless Chromium.
#
#   render.sh DIRECTORY [TO]   each NAME-COLSxROWS.ansi there becomes TO/NAME-COLSxROWS.png in all its colours, or one of few beside this script
set -eu
here=$(cd "$(dirname "$0")" && pwd)
dir=$(cd "$1" && pwd)
to=$(cd "${2:-$here}" && pwd)
xterm=$here/../.kernels/xterm-6.0.0
if [ ! -f "$xterm/package/lib/xterm.js" ]; then
	mkdir -p "$xterm"
	(cd "$xterm" && npm pack --silent @xterm/xterm@6.0.0 >/dev/null && tar xzf xterm-xterm-6.0.0.tgz)
fi
cp "$xterm/package/lib/xterm.js" "$xterm/package/css/xterm.css" "$dir/"
for ansi in "$dir"/*.ansi; do
	name=$(basename "$ansi" .ansi)
	size=${name##*-}
	columns=${size%x*} rows=${size#*x}
	cat >"$dir/$name.html" <<HTML
<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="xterm.css"><script src="xterm.js"></script>
<style>body { margin: 8px; background: #101418 }</style><div id="t"></div><script>
const t = new Terminal({ cols: $columns, rows: $rows, fontFamily: "DejaVu Sans Mono", fontSize: 15, scrollback: 0,
	cursorInactiveStyle: "none", theme: { background: "#101418", foreground: "#d8dee9" } });
t.open(document.getElementById("t"));
t.write("\x1b[?25l" + new TextDecoder().decode(Uint8Array.from(atob("$(sed 's/$/\r/' "$ansi" | head -c -2 | base64 -w0)"), c => c.charCodeAt(0))));
</script>
HTML
	chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --virtual-time-budget=3000 \
		--window-size=$((columns * 9 + 18)),$((rows * 18 + 16)) --screenshot="$to/$name.png" "file://$dir/$name.html" 2>/dev/null
	[ "$to" != "$here" ] || pngquant --force --skip-if-larger --output "$to/$name.png" 64 "$to/$name.png" || [ $? = 98 ] # larger
	[ -s "$to/$name.png" ] || { echo "render: no picture of $name" >&2; exit 1; }
done
