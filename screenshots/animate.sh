#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Makes the moving picture run-80x24.png (APNG): the recorded run that arms, is stuck, is nudged and applies, as
# `spotos replay` shows it in a terminal at twice the speed.
set -u
# shellcheck disable=SC2034 # terminal.sh uses it
columns=80 rows=24 kernel=recorded
# shellcheck source=screenshots/terminal.sh
. "${BASH_SOURCE[0]%/*}/terminal.sh"
# shellcheck source=screenshots/film.sh
. screenshots/film.sh
spotos=${SPOTOS:-bin/spotos}
dir=$(mktemp -d)
trap 'tm kill-server 2>/dev/null; rm -rf "$dir" "$sockets"' EXIT

start "$spotos" replay --layout standard ui/testdata/recorded-stuck.jsonl
await 30 "event [0-9]+ of"
film "$dir"
await 90 ", the end"
stop_film
tm kill-server
moving screenshots/run-80x24.png 2
