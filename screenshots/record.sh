#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Makes the recordings that the tests of the console and `make demo-replay` play, from real runs in the lab: an easy
# apply and its revert, one that is watched for longer once it is applied, a stuck one that is retried and nudged, one in
# which the console describes holders, an abort. Each is what the console itself exports.
#
#   record.sh KERNEL DIRECTORY [apply|receipt|stuck|card|abort]…
set -u
# shellcheck disable=SC2034 # terminal.sh uses them
kernel=$1 columns=120 rows=40 out=$(cd "$2" && pwd) || exit
# shellcheck source=screenshots/terminal.sh
. "${BASH_SOURCE[0]%/*}/terminal.sh"
spotos=${SPOTOS:-bin/spotos}

boot() { # flags of spotos lab, and what the guest's shell is to do before the console starts
	start "$spotos" lab --kernel "$kernel" --shell "$1"
	await 90 '^~ # ?$'
	word "$2 spotos"
	keys Enter
}

save() { # the file's name: exports, leaves the console, and has the guest print the file
	samples 2
	keys e
	await 20 "Written to"
	samples 1
	keys q
	await 20 '^~ # ?$'
	tm pipe-pane -t s "cat >'$out/$1.raw'"
	word 'clear; echo BEGIN; gzip -9c spotos-*.jsonl | base64; echo END'
	keys Enter
	await 60 '^END'
	tm kill-server
	tr -d '\r' <"$out/$1.raw" | sed -n '/BEGIN$/,/^END$/{/BEGIN$/d;/^END$/d;p}' | base64 -d | gunzip >"$out/$1.jsonl" || exit
	rm "$out/$1.raw"
	echo "recorded $out/$1.jsonl: $(wc -l <"$out/$1.jsonl") events"
}

apply() {
	boot "--idle 0" ""
	choose no-oob
	samples 4
	arm no-oob
	await 60 "\[ APPLIED \]"
	samples 3
	keys v
	await 20 "Revert no-oob"
	answer y
	await 60 "\[ REVERTED \]"
	save recorded-apply
	# Whether the counts or a holder that leaves show the zero first is chance; the recording needs the counts.
	grep -q '"event":"safe_point"' "$out/recorded-apply.jsonl" || apply
}

receipt() {
	boot "--idle 0" ""
	choose no-oob
	samples 4
	arm no-oob
	await 60 "\[ APPLIED \]"
	samples 10
	save recorded-receipt
}

stuck() {
	boot "--busy 6 --idle 2" "SPOTOS_NUDGE=none SPOTOS_TIMEOUT=5s"
	choose no-oob
	samples 5
	arm no-oob
	await 60 "\[ STUCK \]"
	samples 3
	keys r
	await 20 "y: yes"
	answer y
	await 20 "\[ ARMED \]"
	samples 2
	keys n
	await 20 "fake signal"
	answer w
	await 60 "\[ APPLIED \]"
	save recorded-stuck
	# At the deadline all must be inside, as they are most of the time.
	grep -q '"event":"stuck".*"holders_total":8' "$out/recorded-stuck.jsonl" || stuck
}

card() {
	boot "--busy 4 --idle 4" "SPOTOS_NUDGE=none SPOTOS_TIMEOUT=5s"
	choose no-oob
	samples 5
	arm no-oob
	await 60 "\[ STUCK \]"
	samples 3
	keys 3 Enter
	samples 1
	keys j j Enter # another than the longest
	sleep $((4 * scale))
	keys Escape
	samples 1 # at once with the key before it would be alt and x
	keys x
	await 20 "y: yes"
	answer y
	await 20 "\[ ABORTED \]"
	save recorded-card
}

abort() {
	boot "--load spotos,pair_target" "echo 4 >/sys/module/pair_target/parameters/threads; (echo hold >/proc/pair_target) & SPOTOS_NUDGE=none"
	choose pair
	samples 4
	arm pair
	await 60 "\[ ARMED \]"
	samples 3
	keys x
	await 20 "y: yes"
	answer y
	await 20 "\[ ABORTED \]"
	save recorded-abort
}

shift 2
[ $# -gt 0 ] || set -- apply receipt stuck card abort
for run; do $run; done
