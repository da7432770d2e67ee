#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Builds Debian's 6.12 source with debug-kernel.config into DIR, laid out as fetch-kernels.sh does it: release,
# vmlinuz, modules/ and build/. Nothing is installed on the host. It does nothing if DIR was made with this very
# configuration; a build that was broken off goes on where it was.
#
# usage: build-debug-kernel.sh DIR
set -eu

config=$(cd "$(dirname "$0")" && pwd)/debug-kernel.config
package=linux-source-6.12
mkdir -p "$1"
cd "$1"
[ -f release ] && cmp -s "$config" asked.config && exit
rm -f release

if [ ! -d build ]; then
	apt-get update -q >/dev/null
	apt-get -o APT::Sandbox::User=root download -q $package >/dev/null
	rm -rf unpacked
	for deb in ${package}_*.deb; do dpkg -x "$deb" unpacked; done
	rm ${package}_*.deb
	mkdir unpacked/tree
	tar -xf unpacked/usr/src/$package.tar.xz -C unpacked/tree --strip-components=1
	mv unpacked/tree build
	rm -rf unpacked
fi

cd build
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
cp "$config" asked.config
echo "$release" >release
