#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs the kernel's checkpatch.pl where a kernel's source is at hand: in .kernels/debug, which `make debug-kernel` makes, or
# as CHECKPATCH names it. Debian's headers do not carry it.
#
#   checkpatch.sh FILE…
set -eu
checkpatch=${CHECKPATCH:-.kernels/debug/build/scripts/checkpatch.pl}
if [ ! -f "$checkpatch" ]; then
	echo "checkpatch is not at hand, so it is not run: make debug-kernel brings it"
	exit
fi
# What it would report but is meant so:
ignore=VOLATILE                                       # eBPF programs: style.sh forbids it elsewhere
ignore=$ignore,AVOID_EXTERNS                          # eBPF programs: the loader resolves what they declare
ignore=$ignore,LINUX_VERSION_CODE,CONSTANT_COMPARISON # the module is built out of the tree, for several kernels
ignore=$ignore,SPLIT_STRING                           # a line has at most 114 columns
ignore=$ignore,MEMORY_BARRIER                         # one comment a pair, beside the barrier that writes
ignore=$ignore,MSLEEP                                 # a delay that may be longer
ignore=$ignore,COMPLEX_MACRO,MACRO_WITH_FLOW_CONTROL  # macros of declarations and attributes
ignore=$ignore,MULTISTATEMENT_MACRO_USE_DO_WHILE      # the same
ignore=$ignore,PREFER_DEFINED_ATTRIBUTE_MACRO         # test data is compiled without the kernel's headers
perl "$checkpatch" --no-tree --file --terse --show-types --no-summary --max-line-length=114 --ignore "$ignore" "$@"
