#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs inside the VM: what cannot be done is refused by name, with the documented exit code, and nothing changes.
. "${0%/*}/lib.sh"
refused() { # code, words that the message must have, command…
	code=$1
	words=$2
	shift 2
	exits "$code" "$@" && grep -qi -- "$words" /tmp/out || { echo "wanted \"$words\":"; cat /tmp/out; return 1; }
}
bad() { # code, words, patch of the bad catalogue
	refused "$1" "$2" spotos apply "$3" --patches /build/bad
}
unprivileged() { busybox setpriv --reuid=65534 "$@" 2>/dev/null || su -s /bin/sh nobody -c "$*"; }

grep -q spotos /proc/modules || insmod /build/spotos.ko
check "no such patch" refused 5 "no-such-patch" spotos apply no-such-patch
check "no such catalogue" refused 1 "/nowhere" spotos apply pair --patches /nowhere
check "no such command" refused 2 "frobnicate" spotos frobnicate
check "no such flag" refused 2 "frobnicate" spotos apply pair --frobnicate
check "no such strategy" refused 2 "maybe" spotos apply pair --strategy maybe
check "no patch named" refused 2 "name one patch" spotos apply
check "a function that does not exist" bad 5 "spotos_no_such_function" no-such-function
check "a function that is found twice" bad 5 "m_show" found-twice
check "a function that cannot be traced" bad 5 "trace_clock_local" not-traceable
check "a patch that lists a function twice" bad 5 "version_proc_show" same-function-twice

mkdir -p /tmp/other /tmp/broken
other=$(for d in /builds/*; do case $d in */"$(uname -r)") ;; *) echo "$d" ;; esac; done | head -n 1)
if [ -n "$other" ]; then
	cp "$other/patches/version_banner.ko" /tmp/other/
	check "a patch for another kernel" refused 5 "$(basename "$other")" spotos apply version-banner --patches /tmp/other
else
	echo "skipped: a patch for another kernel: modules were built for one kernel only"
fi
head -c 3000 /build/patches/version_banner.ko >/tmp/broken/version_banner.ko
check "a file cut short" refused 5 "version_banner.ko" spotos apply version-banner --patches /tmp/broken
head -c 5000 /dev/urandom >/tmp/broken/version_banner.ko
check "a file of noise" refused 5 "version_banner.ko" spotos apply version-banner --patches /tmp/broken

check "version-banner is applied" exits 0 spotos apply version-banner
check "a function that another patch owns" bad 5 "version-banner" version-banner-too
check "which stays applied" banner
check "ftrace cannot be switched off under it" not sh -c 'echo 0 2>/dev/null >/proc/sys/kernel/ftrace_enabled'
check "and is reverted" exits 0 spotos revert version-banner
echo 0 >/proc/sys/kernel/ftrace_enabled
check "ftrace is switched off" refused 5 "ftrace_enabled=1" spotos apply version-banner
echo 1 >/proc/sys/kernel/ftrace_enabled
insmod /build/bad/livepatch_version.ko
check "a function that livepatch owns" refused 5 "livepatch" spotos apply version-banner
echo 0 >/sys/kernel/livepatch/livepatch_version/enabled
check "livepatch lets go" within 30 sh -c '[ ! -e /sys/kernel/livepatch/livepatch_version ]'
rmmod livepatch_version

echo 'nobody:x:65534:65534:nobody:/:/bin/sh' >>/etc/passwd
check "not root: apply" refused 5 "root" su -s /bin/sh nobody -c "spotos apply version-banner --journal ''"
check "not root: watch" refused 5 "root" su -s /bin/sh nobody -c "spotos watch version-banner --journal ''"
check "not root: status" refused 5 "root" su -s /bin/sh nobody -c "spotos status"
check "not root: abort" refused 5 "root" su -s /bin/sh nobody -c "spotos abort"
mkdir -p /tmp/nothing
mount --bind /tmp/nothing /sys/kernel/btf
check "no BTF: watch" refused 5 "BTF" spotos watch version-banner -n 1
umount /sys/kernel/btf
rmmod version_banner 2>/dev/null
rmmod spotos
check "no module: apply" refused 5 "spotos is not loaded" spotos apply version-banner
check "no module: revert" refused 5 "spotos is not loaded" spotos revert version-banner
check "no module: watch works" exits 0 spotos watch version-banner -n 1
insmod /build/spotos.ko
check "nothing was changed" not banner
check "no redirection is left" [ ! -s /sys/kernel/tracing/enabled_functions ]
finish
