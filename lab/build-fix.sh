#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Makes a patch of a fix, as spotos patch build --diff does it, for the tests in a VM: FIXES/pair_fix.ko, with which
# pair_check() of the lab's module pair_target takes every value for a mismatch. That module stands for a part of the
# kernel, since its source is at hand: its directory becomes one of a kernel's source, and its file one of the kernel's.
# Where the source of the kernel itself is in SPOTOS_CACHE (/var/cache/spotos), FIXES/version_fix.ko is made too, with
# which /proc/version says that it is patched. Nothing is downloaded for that. FIXES/by_hand.ko is a patch by hand.
#
# usage: build-fix.sh KERNEL, a directory of the lab's kernels for which bin/spotos and the modules have been built
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
kernel=$(cd "$1" && pwd)
release=$(cat "$kernel/release")
built=$root/build/$release
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cache=${SPOTOS_CACHE:-/var/cache/spotos}

pair=$work/source/drivers/pair
mkdir -p "$pair" "$work/source/kernel" "$work/source/include/linux" "$work/kernel/modules" "$built/fixes"
touch "$work/source/Makefile" "$work/source/kernel/Makefile" "$work/source/include/linux/kernel.h"
cp "$root"/patchset/lab/pair*.[ch] "$pair"
printf 'obj-m := pair_target.o\npair_target-y := pair.o pair_callers.o pair_proc.o\n' >"$pair/Kbuild"
for part in build vmlinuz release; do ln -s "$kernel/$part" "$work/kernel/$part"; done
cp "$built/pair_target.ko" "$work/kernel/modules"
cat "$built/Module.symvers.spotos" "$built/obj/patchset/Module.symvers" >"$work/symvers"

cd "$work/source"
sed 's/if (decoded != call->value)$/if (decoded != call->value + 1)/' drivers/pair/pair.c >"$work/fixed.c"
diff -u --label a/drivers/pair/pair.c --label b/drivers/pair/pair.c drivers/pair/pair.c "$work/fixed.c" \
	>"$work/pair_fix.diff" || [ $? = 1 ]
"$root/bin/spotos" patch build --diff "$work/pair_fix.diff" --kernel "$work/kernel" --source "$work/source" \
	--cache "$work/cache" --symvers "$work/symvers" --output "$built/fixes" --overwrite \
	--title "Every value of the lab's pair is a mismatch" 2>&1

# A patch by hand, as an author writes it: what the original uses is declared already. It calls the static function
# icmpmsg_put(), to which the original refers, and reads a static variable, which is found by its name.
hand=$work/by-hand
"$root/bin/spotos" patch new "$hand" --kernel "$kernel" --cache "$work/cache" snmp_seq_show >/dev/null 2>&1
sed -i -e 's/^#if 0 .*What the originals use.*/#if 1/' \
	-e 's|^#include "spotos_patch.h"|#include <net/snmp.h>\n&\nextern const struct snmp_mib snmp4_net_list[];|' \
	-e 's|^\treturn -EOPNOTSUPP;|\tseq_printf(seq, "by hand: %s\\n", snmp4_net_list[0].name);\n\ticmpmsg_put(seq);\n\treturn 0;|' \
	"$hand/by_hand.c"
"$root/bin/spotos" patch build "$hand" --kernel-dir "$kernel/build" --symvers "$built/Module.symvers.spotos" 2>&1
cp "$hand/by_hand.ko" "$built/fixes"

# Debian's name of the source that the kernel was built from stands in its image's version.
version=$(strings -n 20 "$kernel/vmlinuz" | sed -n 's/.*Debian \([^ ]*\) (.*/\1/p' | head -n 1)
if [ -z "$version" ] || ! [ -f "$cache/source/$version/package.deb" ]; then
	echo "no source of kernel $release in $cache: its own code is not patched in the tests" >&2
	rm -f "$built/fixes/version_fix.ko"
	exit
fi
cat >"$work/version_fix.diff" <<'DIFF'
--- a/fs/proc/version.c
+++ b/fs/proc/version.c
@@ -8,5 +8,6 @@
 
 static int version_proc_show(struct seq_file *m, void *v)
 {
+	seq_puts(m, "fixed: ");
 	seq_printf(m, linux_proc_banner,
 		utsname()->sysname,
DIFF
"$root/bin/spotos" patch build --diff "$work/version_fix.diff" --kernel "$kernel" --cache "$cache" \
	--symvers "$built/Module.symvers.spotos" --output "$built/fixes" --overwrite --title "/proc/version says that it is fixed" 2>&1
