#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# btf.sh KDIR WORKDIR MODULE.ko: gives a module built with debug info its BTF, so that eBPF probes find its functions.
#
# A module's BTF continues the kernel's, and kbuild takes that from KDIR/vmlinux. Some headers (Debian's 6.1)
# carry none; then the kernel image beside the headers, or the installed one, is unpacked for it.
set -euo pipefail
kdir=$1 work=$2 module=$3
release=$(sed -n 's/#define UTS_RELEASE "\(.*\)"/\1/p' "$kdir/include/generated/utsrelease.h")
images=("$(dirname "$kdir")/vmlinuz" "/boot/vmlinuz-$release")

unpack_image() { # bzImage to vmlinux; the kernel's arch/x86/boot.rst describes the header's fields
	local image=$1 sectors offset length magic tool
	sectors=$(od -An -tu1 -j $((0x1f1)) -N1 "$image")
	offset=$(od -An -tu4 -j $((0x248)) -N4 "$image")
	length=$(od -An -tu4 -j $((0x24c)) -N4 "$image")
	offset=$(((sectors + 1) * 512 + offset))
	magic=$(od -An -tx1 -j "$offset" -N4 "$image" | tr -d ' ')
	case $magic in
	fd377a58) tool=xz ;;
	28b52ffd) tool=zstd ;;
	02214c18) tool=lz4 ;;
	1f8b*) tool=gzip ;;
	*) echo "btf.sh: $image is packed in a way unknown here (starts with $magic)" >&2 && return 1 ;;
	esac
	# The payload's last four bytes are its unpacked length. head leaves early, so tail may see SIGPIPE.
	(tail -c +$((offset + 1)) "$image" || true) | head -c $((length - 4)) | $tool -dc
}

base=$kdir/vmlinux
if [ ! -e "$base" ]; then
	base=$work/vmlinux
	for image in "${images[@]}"; do
		if [ ! -e "$base" ] && [ -e "$image" ]; then
			unpack_image "$image" >"$base.new"
			mv "$base.new" "$base"
		fi
	done
fi
if [ ! -e "$base" ]; then
	echo "btf.sh: the BTF of $module continues that of kernel $release, found nowhere: give one of $kdir/vmlinux ${images[*]}" >&2
	exit 1
fi
# pahole wants llvm-objcopy by default; that of binutils does as well.
LLVM_OBJCOPY=${LLVM_OBJCOPY:-objcopy} pahole -J --btf_base "$base" "$module"
