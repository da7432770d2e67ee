#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Run by DKMS in its build directory. Keeps what spotos.ko exports, with the versions of the symbols, where `spotos
# patch build` looks for it; or drops it when the module is removed.
set -eu
what=$1
dir=/lib/spotos/symvers/$2
case $what in
keep)
	mkdir -p "$dir"
	cp Module.symvers "$dir/Module.symvers"
	;;
drop)
	rm -rf "$dir"
	;;
esac
