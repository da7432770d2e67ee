#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Rules for the C sources that no compiler checks, after the kernel's checkpatch.
#   style.sh FILE…
bad=0
complain() { # what is wrong, lines
	[ -z "$2" ] || { echo "$1:"; echo "$2"; bad=1; }
}
complain "longer than 114 columns" "$(for f in "$@"; do expand -t 8 "$f" | awk -v f="$f" 'length > 114 { print f ":" NR }'; done)"
complain "blanks at the end of the line" "$(grep -nH '[[:blank:]]$' "$@")"
complain "no licence in the first line" "$(for f in "$@"; do head -1 "$f" | grep -q 'SPDX-License-Identifier: GPL-2.0-only' || echo "$f"; done)"
complain "// is for the licence line and build constraints only" "$(grep -nH '//' "$@" | grep -v 'SPDX-\|//go:build\|"[^"]*//[^"]*"\|https\?://')"
complain "a space between if, for, while, switch and (" "$(grep -nHE '\b(if|for|while|switch)\(' "$@")"
complain "the kernel must not be stopped or warned on purpose" "$(grep -nHE '\b(BUG|BUG_ON|panic|pr_err|pr_warn|pr_crit|pr_emerg|pr_alert|printk)\(' "$@")"
complain "volatile is for eBPF programs only" "$(echo "$@" | tr ' ' '\n' | grep -v '/bpf/' | xargs grep -nHw volatile)"
complain "strcpy, sprintf and friends know no length" "$(grep -nHwE 'strcpy|strcat|sprintf|strncpy' "$@")"
exit $bad
