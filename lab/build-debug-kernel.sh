#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Builds Debian's source of the series that DIR's name ends with, as debug-7.3 does, or else of 6.12, with
# debug-kernel.config into DIR, laid out as fetch-kernels.sh does it: release, vmlinuz, modules/ and build/. The source
# is the host's Debian's if it has that series, else Debian 13's. Nothing is installed on the host. It does nothing if
# DIR was made with this very configuration and script; a build that was broken off goes on where it was.
#
# usage: build-debug-kernel.sh DIR
set -eu

here=$(cd "$(dirname "$0")" && pwd)
config=$here/debug-kernel.config
case ${1##*/} in
*-*) package=linux-source-${1##*-} ;;
*) package=linux-source-6.12 ;;
esac
mkdir -p "$1"
cd "$1"
asked=$(cat "$config" "$here/${0##*/}" | sha256sum)
[ -f release ] && [ "$asked" = "$(cat asked 2>/dev/null)" ] && exit
rm -f release

if [ ! -d build ]; then
	apt-get update -q >/dev/null
	rm -rf unpacked
	if apt-get -o APT::Sandbox::User=root download -q "$package" >/dev/null 2>&1; then
		for deb in "$package"_*.deb; do dpkg -x "$deb" unpacked; done
		rm "$package"_*.deb
	else
		"$here/debian13.sh" "$package" unpacked
	fi
	mkdir unpacked/tree
	tar -xf "unpacked/usr/src/$package.tar.xz" -C unpacked/tree --strip-components=1
	mv unpacked/tree build
	rm -rf unpacked
fi

cd build
# Who reads another task's stack may meet it changing, so the unwinder reads stacks without KASAN's check; but one
# place was forgotten. KASAN reports only once, so that would hide all that comes after it.
unwinder=arch/x86/kernel/unwind_orc.c
sed -i 's/state->regs && user_mode(state->regs)/state->regs \&\& (READ_ONCE_NOCHECK(state->regs->csx) \& 3)/' $unwinder
grep -q 'state->regs && (READ_ONCE_NOCHECK' $unwinder || {
	echo "build-debug-kernel: unwind_next_frame() in $unwinder is not as it was: look whether it reads regs->cs with a check" >&2
	exit 1
}
# 7.3 has one ftrace_ops for all trampolines: a second program on a redirected function has it ask about each other
# redirected function too, whose lock is not held. Nothing is changed there then, but lockdep's first report is its last.
sed -i '/lockdep_assert_held_once(select_trampoline_lock(tr))/d' kernel/bpf/trampoline.c
make -s defconfig
scripts/kconfig/merge_config.sh -m .config "$config" >/dev/null
make -s olddefconfig
sed -n '/^CONFIG/p' "$config" | while read -r line; do
	case $line in
	*=n) ! grep -q "^${line%=n}=" .config ;;
	*) grep -qxF "$line" .config ;;
	esac || { echo "build-debug-kernel: the kernel's configuration does not take $line" >&2; exit 1; }
done
echo "build-debug-kernel: building the kernel into $1 takes 11 to 15 minutes on two cores; the compiler's lines are in $1/build.log"
nice -n 5 make -j"$(nproc)" bzImage modules >../build.log 2>&1 || { tail -n 20 ../build.log; exit 1; }
release=$(make -s kernelrelease)
rm -rf ../lib
make -s INSTALL_MOD_PATH=.. DEPMOD=true modules_install
cd ..
rm -f "lib/modules/$release/build"
ln -sfn "lib/modules/$release" modules
ln -sfn build/arch/x86/boot/bzImage vmlinuz
echo "$asked" >asked
echo "$release" >release
