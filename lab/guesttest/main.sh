#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs inside the VM: the main job from the outside, the module loaded at the start and unloaded at the end.
. "${0%/*}/lib.sh"

check "before: /proc/version is the original" not banner
check "apply version-banner" exits 0 spotos apply version-banner --json
check "the result line says applied" grep -q '"event":"result".*"outcome":"applied"' /tmp/out
check "while applied: /proc/version is patched" banner
check "a second apply is done too" exits 0 spotos apply version-banner --json
check "an applied patch cannot be unloaded" not rmmod version_banner
check "revert version-banner" exits 0 spotos revert version-banner
check "after: /proc/version is the original" not banner

rm -f /tmp/killed
spotos apply version-banner --json >/tmp/killed 2>&1 &
killed=$!
check "applied once more" within 30 grep -qs '"event":"applied"' /tmp/killed
kill -9 $killed 2>/dev/null
wait $killed 2>/dev/null
check "killed right after applying: it stays applied" banner
check "the next start shows it" sh -c 'spotos patches | grep -q "version-banner *applied"'
check "and can revert it" exits 0 spotos revert version-banner

spotos lab traffic --busy 0 --idle 1 --acceptors 0 --work 300ms --control /tmp/ctl >/tmp/traffic 2>&1 &
check "traffic runs" within 60 grep -q ready /tmp/traffic
check "watch counts the one blocked consumer, from before the watch" exits 0 spotos watch no-oob -n 1
check "one in flight, one from before" grep -q ' 1 in flight (1 from before the watch)' /tmp/out
check "with a consumer blocked for good it is stuck" exits 3 spotos apply no-oob --timeout 3s --json
check "the holder is named" grep -q '"outcome":"stuck".*"comm":"consumer/0".*"function":"inet_recvmsg".*tcp_recvmsg' /tmp/out
rm -f /tmp/armed
spotos apply no-oob --timeout 60s --json >/tmp/armed 2>&1 &
armed=$!
check "armed" within 30 grep -qs '"event":"armed"' /tmp/armed
echo wake >/tmp/ctl
check "once it wakes the armed patch switches" wait $armed
check "applied" grep -q '"outcome":"applied"' /tmp/armed
check "revert is stuck while the consumer is inside the replacement" exits 3 spotos revert no-oob --timeout 2s
rm -f /tmp/armed
spotos revert no-oob --timeout 60s --json >/tmp/armed 2>&1 &
armed=$!
check "armed to revert" within 30 grep -qs '"event":"armed"' /tmp/armed
echo wake >/tmp/ctl
check "once it wakes it reverts" wait $armed

rm -f /tmp/armed
spotos apply no-oob --timeout 0 --json >/tmp/armed 2>&1 &
armed=$!
check "armed without a deadline" within 30 grep -qs '"event":"armed"' /tmp/armed
kill -9 $armed
wait $armed 2>/dev/null
check "killed while armed: nothing stays armed" within 10 sh -c 'spotos status | grep -q "no-oob *loaded"'
spotos watch no-oob -n 1 --json >/tmp/out
check "the next start says what happened" grep -q 'ended while no-oob was armed' /tmp/out
echo stop >/tmp/ctl
rmmod no_oob

spotos watch pair -n 1 >/dev/null 2>&1 # loads pair_target
echo 4 >/sys/module/pair_target/parameters/threads
check "the pair is hammered" within 20 sh -c '[ $(sed -n "s/^encode.original.calls //p" /proc/pair_target) -gt 10 ]'
i=0
while [ $i -lt "${ROUNDS:-5}" ]; do
	exits 0 favoured spotos apply pair --timeout 60s || break
	exits 0 favoured spotos revert pair --timeout 60s || break
	i=$((i + 1))
done
check "pair: ${ROUNDS:-5} rounds" [ $i = "${ROUNDS:-5}" ]
check "pair: no violation" [ "$(violations)" = 0 ]
echo 0 >/sys/module/pair_target/parameters/threads

check "no such patch is refused" exits 5 spotos apply no-such-patch
check "a wrong strategy is a usage error" exits 2 spotos apply pair --strategy maybe
rmmod pair pair_target version_banner 2>/dev/null
check "rmmod spotos works" rmmod spotos
check "no redirection is left" [ ! -s /sys/kernel/tracing/enabled_functions ]
check "without the module it is refused" exits 5 spotos apply version-banner
finish
