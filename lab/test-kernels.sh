#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Builds the modules for each kernel that can be had, tries a few things on it in a VM, one kernel after the other, and
# prints the table that docs/kernels.md carries. One that cannot be had, or not built for, is skipped with a word.
#
#   test-kernels.sh KERNEL…
#
# A KERNEL is what fetch-kernels.sh takes, such as 6.12, 7.3-rt or 47=6.1.0-47-amd64, or one of those with parameters
# that it is booted with: 7.3:preempt=full. SPOTOS_ROUNDS is how often the pair is switched, and how many watches count.
set -eu -o pipefail
cd "$(dirname "$0")/.."
had=() tried=" " missed=" "
for want in "$@"; do
	kernel=${want%%:*}
	name=${kernel%%=*}
	parameters=${want#"$kernel"}
	if [[ $tried != *" $name "* && $missed != *" $name "* ]]; then
		if ! lab/fetch-kernels.sh .kernels "$kernel"; then
			echo "test-kernels: $kernel is skipped: it cannot be had" >&2
			missed+="$name "
		elif ! make -s modules "KERNELS=$name"; then
			echo "test-kernels: nothing could be built for $kernel" >&2
			rm -f "build/$(cat ".kernels/$name/release")/spotos.ko" # the table says so
		fi
		tried+="$name "
	fi
	[[ $missed == *" $name "* ]] || had+=("$name$parameters")
done
[ ${#had[@]} -gt 0 ] || { echo "test-kernels: no kernel is left to try" >&2; exit 1; }
go build -o bin/vmtest ./internal/vmtest
bin/vmtest -matrix "${had[*]}"
