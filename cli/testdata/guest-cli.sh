#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs inside the VM, beside lab/guesttest/lib.sh; /build has the modules built for this kernel. The commands from
# the outside: what they print, their exit codes, and what they leave behind.
. "${0%/*}/lib.sh"
journal=/var/log/spotos/journal.jsonl
says() { grep -q -- "$1" /tmp/out || { echo "wanted \"$1\":"; cat /tmp/out; return 1; }; }
outcome() { # word, file: of the result, which is the last line with --json
	sed -n '$p' "${2:-/tmp/out}" | grep -q "^{\"event\":\"result\".*\"outcome\":\"$1\"" || { echo "the last line has no outcome $1:"; cat "${2:-/tmp/out}"; return 1; }
}
ends() { # code, pid: of a process in the background
	wait "$2"
	got=$?
	[ $got = "$1" ] || { echo "exit $got, not $1:"; cat /tmp/armed /tmp/armed.err; return 1; }
}
arm() { # apply or revert, patch, flags: armed in the background, $armed is its pid
	rm -f /tmp/armed
	spotos "$@" --json >/tmp/armed 2>/tmp/armed.err &
	armed=$!
	check "armed: $*" within 30 grep -qs '"event":"armed"' /tmp/armed
}
nothing_armed() { spotos status >/tmp/status && ! grep -qE ' (armed|reverting)( by .*)?$' /tmp/status; }

grep -q '^spotos ' /proc/modules || insmod /build/spotos.ko
spotos lab traffic --busy 0 --idle 1 --acceptors 0 --control /tmp/cli-ctl >/tmp/traffic 2>&1 &
traffic=$!
check "traffic runs" within 60 grep -q ready /tmp/traffic

# watch and holders of functions
rm -f $journal
check "watch of a function" exits 0 spotos watch inet_recvmsg -n 1
check "it counts the consumer that waits" says ' 1 in flight (1 from before the watch)'
check "holders of functions" exits 0 spotos holders inet_recvmsg version_proc_show
check "the consumer is named, with its stack" says 'consumer/0 (pid [0-9]*, S) in inet_recvmsg'
check "and its stack" says '    tcp_recvmsg'
check "sampled events" exits 0 spotos watch inet_recvmsg tcp_sendmsg -n 2 --json
check "have both functions" says '"event":"sampled".*"name":"inet_recvmsg","count":1.*"name":"tcp_sendmsg"'
check "and a result" outcome done
check "holders as events" exits 0 spotos holders inet_recvmsg --json
check "have a result" outcome done
check "that has the holders" says '"event":"result".*"comm":"consumer/0"'
rm -f /tmp/armed
spotos watch inet_recvmsg --json >/tmp/armed 2>/tmp/armed.err &
watching=$!
check "a watch goes on" within 60 grep -qs '"event":"sampled"' /tmp/armed
kill -INT $watching
check "until it is interrupted: exit 130" ends 130 $watching
check "which its result says" outcome interrupted /tmp/armed
check "a patch beside a function" exits 0 spotos watch no-oob tcp_sendmsg -n 1
check "means its functions" says inet_recvmsg
check "watching loaded no patch and kept no journal" [ ! -e /sys/module/no_oob ] && [ ! -e $journal ]
check "no such function" exits 5 spotos watch no_such_function_here inet_recvmsg
check "is named" says 'no function no_such_function_here'
check "the same as events" exits 5 spotos watch no_such_function_here inet_recvmsg --json
check "is refused" outcome refused
check "patches as events" exits 0 spotos patches --json
check "have a result" outcome done
check "status as events" exits 0 spotos status --json
check "has a result" outcome done
check "a function found twice" exits 5 spotos watch m_show
check "is told" says 'm_show is found'
check "a function that cannot be traced" exits 5 spotos holders trace_clock_local
check "is told" says 'trace_clock_local cannot be traced'
check "a reader that leaves ends it" timeout 60 sh -c 'spotos watch inet_recvmsg 2>/tmp/out | head -n 1 >/dev/null'
check "without a word" [ ! -s /tmp/out ]

# abort
check "nothing armed: abort is done" exits 0 spotos abort no-oob
check "and says so" says 'nothing is armed'
check "the same as events" exits 0 spotos abort no-oob --json
check "is done, and no abort" outcome done
check "an unknown patch is refused" exits 5 spotos abort no-such-patch
arm apply no-oob --timeout 0
check "abort of another process" exits 0 spotos abort no-oob
check "says so" says 'no-oob: aborted'
check "the owner ends as aborted" ends 4 $armed
check "with a result that says by whom" grep -q '"event":"result".*"outcome":"aborted".*spotos abort' /tmp/armed
check "nothing is armed" nothing_armed
check "the owner left no socket" [ -z "$(ls /run/spotos)" ]
arm apply no-oob --timeout 0
check "abort of whatever is armed" exits 0 spotos abort --json
check "its result names the patch" says '"event":"result".*"patch":"no-oob","outcome":"aborted"'
check "the owner ends as aborted" ends 4 $armed
arm apply no-oob --timeout 0
rm /run/spotos/*.sock
check "an owner that cannot be asked" exits 1 spotos abort no-oob
check "is named" says "spotos (pid $armed)"
kill -9 $armed
wait $armed
arm apply no-oob --timeout 0
kill -9 $armed
wait $armed
check "what a killed owner armed is gone" within 10 nothing_armed
check "abort then: done" exits 0 spotos abort
check "nothing is armed" says 'nothing is armed'

# interrupts
arm apply no-oob --timeout 0
kill -INT $armed
check "an interrupt while armed: exit 130" ends 130 $armed
check "outcome aborted" outcome aborted /tmp/armed
check "nothing is armed" nothing_armed
arm apply no-oob --timeout 0
kill -TERM $armed
check "SIGTERM likewise" ends 130 $armed
check "nothing is armed" nothing_armed
spotos apply no-oob --timeout 0 --json 2>/tmp/out | grep -m 1 '"event":"armed"' >/tmp/head
check "armed for a reader" [ -s /tmp/head ]
check "that leaves: nothing is armed" within 10 nothing_armed

# settings
check "a variable sets the deadline" exits 3 env SPOTOS_TIMEOUT=300ms spotos apply no-oob --json
check "of 300 ms" says '"timeout_ns":300000000'
echo 'timeout = "200ms"' >/tmp/config.toml
check "the configuration sets it" exits 3 spotos apply no-oob --json --config /tmp/config.toml --strategy retry
check "to 200 ms" says '"timeout_ns":200000000'
check "read-only refuses" exits 5 spotos apply version-banner --read-only
check "a full disk does not pass for success" exits 1 sh -c 'spotos status >/dev/full'

# a safe point at hand
check "apply without a journal" exits 0 spotos apply version-banner --journal /proc/none/journal.jsonl
check "is noted" says 'no journal is kept'
check "and silent but for that" [ "$(wc -l </tmp/out)" = 2 ]
check "applied" banner
check "again: done" exits 0 spotos apply version-banner
check "revert" exits 0 spotos revert version-banner
check "again: done" exits 0 spotos revert version-banner
check "reverted" not banner
arm apply no-oob --timeout 60s
check "status: armed, and by whom" within 10 sh -c 'spotos status | grep -q "no-oob *armed by spotos (pid [0-9]*)$"'
echo wake >/tmp/cli-ctl
check "switches once the consumer wakes" wait $armed
check "a watch of functions sees who is inside the replacement" exits 0 spotos watch inet_recvmsg tcp_sendmsg -n 1
check "one is" says 'inet_recvmsg  *1 in flight'
arm revert no-oob --timeout 60s
check "status: reverting" sh -c 'spotos status | grep -q "no-oob *reverting"'
echo wake >/tmp/cli-ctl
check "reverts once it wakes" wait $armed

# the journal in words
check "journal" exits 0 spotos journal --patch no-oob
check "tells of the arming" says 'no-oob  *armed: to apply by safepoint, without a deadline'
check "of who took it back" says 'aborted: taken back by spotos abort (pid'
check "of the interrupt" says 'aborted: closed while it was armed\|aborted: the arming was taken back'
check "that the last one died while armed" says 'the last console ended while no-oob was armed'
check "of being stuck" says 'stuck: consumer/0 (pid'
check "of the switch" says 'applied: waited'
check "each arming ends once" [ "$(grep -c '"event":"aborted"' $journal)" = 6 ]
check "of one patch only" not grep -q version-banner /tmp/out
check "since now there is nothing" sh -c '[ -z "$(spotos journal --since 0s)" ]'

# patches of one's own
check "check of a good patch" exits 0 spotos patch check /build/patches/version_banner.ko
check "check of bad ones" exits 5 spotos patch check /build/patches/no_oob.ko /build/bad/no_such_function.ko
check "says why" says 'spotos_no_such_function'

# doctor
check "doctor" exits 0 spotos doctor
check "doctor as events" exits 0 spotos doctor --json
check "has a result" outcome done
rmmod no_oob
check "doctor proves the check" exits 0 spotos doctor --prove
check "both strategies named its thread" says 'no-oob (retry) refused .* named it; no-oob (safepoint) refused .* named it; nothing changed'
check "no patch stays loaded" [ ! -e /sys/module/no_oob ]
arm apply no-oob --timeout 0
check "while something is armed it cannot be proved" exits 5 spotos doctor --prove
check "and who armed it is told" says 'no-oob is armed'
exits 0 spotos abort
ends 4 $armed
for m in no_oob version_banner spotos; do rmmod $m 2>/dev/null; done
check "doctor without the module" exits 5 spotos doctor --json
check "names it" says '"check":"module spotos","verdict":"fail"'
check "is refused" outcome refused
insmod /build/test/spotos.ko
check "doctor warns of a test build" exits 0 spotos doctor
check "by name" says 'warn *test build'
echo 1 >/sys/module/spotos/parameters/ignore_check
check "a module whose check is ignored is not ready" exits 5 spotos doctor
check "and the proof finds it broken" exits 1 spotos doctor --prove
check "by what it did" says 'its check is broken'
echo 0 >/sys/module/spotos/parameters/ignore_check
echo stop >/tmp/cli-ctl
wait $traffic
check "what that switched is reverted" exits 0 spotos revert no-oob --timeout 60s
rmmod no_oob 2>/dev/null
check "rmmod spotos works" rmmod spotos
check "no redirection is left" [ ! -s /sys/kernel/tracing/enabled_functions ]
insmod /build/spotos.ko
finish
