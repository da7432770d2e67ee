#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Prints the compiler that a kernel was built with, such as gcc-12, as its configuration names it: its modules are built
# with the same one, which Debian's headers choose by themselves. On Debian it is also the name of the package.
#
#   compiler.sh KDIR
set -eu
name=$(sed -nE 's/^CONFIG_CC_VERSION_TEXT="(x86_64-linux-gnu-)?([^ ]+) .*/\2/p' "$1/.config")
[ -n "$name" ] || { echo "compiler.sh: $1/.config does not name the kernel's compiler" >&2; exit 1; }
echo "$name"
