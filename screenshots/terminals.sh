#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The console where people really have it: in tmux, in GNU screen, over SSH (an sshd of its own on the loopback, with
# keys of its own, ended afterwards) and on a serial line. Drives it in each and looks at what the screen shows.
#
#   terminals.sh KERNEL [DIRECTORY]   with a directory, what the terminals show goes there, for render.sh
set -u
kernel=$1 columns=80 rows=24 out=${2:+$(mkdir -p "$2" && cd "$2" && pwd)}
# shellcheck source=screenshots/terminal.sh
. "${BASH_SOURCE[0]%/*}/terminal.sh"
spotos=${SPOTOS:-$PWD/bin/spotos}
recording=$PWD/ui/testdata/recorded-stuck.jsonl
dir=$(mktemp -d)
trap 'tm kill-server 2>/dev/null; SCREENDIR=$dir/screens screen -S console -X quit >/dev/null 2>&1
	[ ! -f "$dir/sshd.pid" ] || kill "$(cat "$dir/sshd.pid")"; rm -rf "$dir" "$sockets"' EXIT
shot() { [ -z "$out" ] || tm capture-pane -eNp -t s >"$out/$1-${columns}x$rows.ansi"; }
ok() { echo "ok $*"; }
fail() {
	echo "${0##*/}: $*; the screen:"
	screen
	exit 1
}
gone() { # seconds, pid
	local n=$(($1 * scale * 10))
	while ((n-- > 0)) && kill -0 "$2" 2>/dev/null; do sleep 0.1; done
	! kill -0 "$2" 2>/dev/null
}

# Plays the recording: to where it is stuck, the stack of who holds, another size, help, and the end.
play() { # where, and then how to run a command there
	local where=$1
	shift
	start "$* $spotos replay --speed 0.001 $recording"
	await 30 "event 1 of"
	local i
	for ((i = 0; i < 9; i++)); do
		screen | grep -q "\[ STUCK \]" && break
		keys ']'
		sleep 0.4
	done
	await 20 "\[ STUCK \]"
	await 10 "Nothing changed"
	[ "$where" = tmux ] || shot "$where" # that is what drive.sh makes pictures of
	keys 3
	await 10 ">3 Holders"
	keys Enter # opens the group of holders
	await 10 "> - [0-9]+ x"
	keys Down
	keys Enter # the first of them, with its stack
	await 10 "STACK +innermost first|lines 1-[0-9]+ of"
	back
	tm resize-window -t s -x 120 -y 40
	await 20 "1 Patches"
	await 20 "4 Log"
	tm resize-window -t s -x 80 -y 24
	await 20 ">3 Holders"
	keys '?'
	await 10 "ctrl\+l"
	back
	await 10 ">3 Holders"
	keys q
	await 20 "^exit=0"
	[ "$(tm display -p -t s '#{alternate_on} #{cursor_flag}')" = "0 1" ] || fail "$where: the screen was not given back"
	tm kill-server
	ok "$where: recording, stuck, holders, resized, help, quit"
}

# An SSH server of our own, and ssh_to to run commands through it.
serve() {
	local port
	port=$(awk 'BEGIN { srand(); print 20000 + int(rand() * 20000) }')
	for key in host user; do ssh-keygen -q -t ed25519 -N '' -f "$dir/$key"; done
	cat >"$dir/sshd_config" <<-CONFIG
		ListenAddress 127.0.0.1:$port
		HostKey $dir/host
		AuthorizedKeysFile $dir/user.pub
		PidFile $dir/sshd.pid
		PasswordAuthentication no
		KbdInteractiveAuthentication no
		PermitRootLogin prohibit-password
		StrictModes no
		UsePAM no
		AcceptEnv LANG
	CONFIG
	mkdir -p /run/sshd # where it goes to be without rights
	"$(command -v sshd || echo /usr/sbin/sshd)" -f "$dir/sshd_config" -E "$dir/sshd.log" || exit
	ssh_to="ssh -F none -q -tt -p $port -i $dir/user -o IdentitiesOnly=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o SendEnv=LANG 127.0.0.1"
}

# Leaves the guest's shell, below a console that ends.
leave() {
	await 20 '^~ # ?$'
	word 'exit'
	keys Enter
	await 60 "^exit=0"
	tm kill-server
}

over_ssh() {
	serve
	play ssh "$ssh_to"
	# The line is lost in the middle: the console notices and ends.
	start "$ssh_to 'echo \$\$ >$dir/pid; exec $spotos replay --speed 0.001 $recording'"
	await 30 "event 1 of"
	kill -9 "$(pgrep -f "^ssh -F none .*$dir/user")"
	gone 20 "$(cat "$dir/pid")" || fail "ssh: the line is gone, and the console runs on"
	tm kill-server
	ok "ssh: the line was lost, the console ended"
	# And a machine that can be changed, over both: SSH to here, a serial line from here.
	start "$ssh_to 'cd $PWD; SPOTOS_TIME_SCALE=$scale $spotos lab --kernel $kernel --idle 1 --shell'"
	await 90 '^~ # ?$'
	word 'SPOTOS_NUDGE=none spotos'
	keys Enter
	choose no-oob
	arm no-oob
	await 60 "\[ ARMED \]"
	await 60 "\[ STUCK \]"
	keys x
	await 20 "y: yes"
	answer y
	await 20 "\[ ABORTED \]"
	samples 2
	shot ssh-lab
	keys q
	leave
	ok "ssh, and then a serial line: choose, arm, stuck, abort, quit"
}

# A serial line knows no size and reports no change: 0 rows and 0 columns are 24 and 80, and ctrl+l asks again.
serial() {
	start "$spotos lab --kernel $kernel --idle 0 --shell"
	await 90 '^~ # ?$'
	# shellcheck disable=SC2016 # the guest's shell expands it
	word 'stty rows 0 cols 0; stty size; (until [ -e /tmp/resize ]; do sleep 1; done; trap "" WINCH; stty rows 16 cols 60) <"$(tty)" & spotos; stty -a | grep -c "icanon.*echo "'
	keys Enter
	await 30 "^> "
	await 10 "help.*q quit"
	[ "$(screen | grep -n 'help.*q quit' | cut -d: -f1)" = 24 ] || fail "serial, 0x0: the key line is not the 24th"
	shot serial
	ok "serial line of no size: drawn at 80x24"
	keys '!'
	await 20 '#'
	# shellcheck disable=SC2016
	word 'touch /tmp/resize; until [ "$(stty size)" = "16 60" ]; do sleep 1; done; exit'
	keys Enter
	keys C-l
	local n=$((20 * scale * 10))
	while ((n-- > 0)) && [ "$(screen | grep -n 'help.*q quit' | cut -d: -f1)" != 16 ]; do sleep 0.1; done
	((n > 0)) || fail "serial: ctrl+l did not ask for the size"
	keys q
	leave
	ok "serial line: resized, redrawn, given back"
}

for program in tmux screen ssh-keygen /usr/sbin/sshd; do
	command -v "$program" >/dev/null || { echo "${0##*/}: $program is missing: make terminals installs it" >&2; exit 1; }
done
mkdir -m 700 "$dir/screens"
play tmux ""
play screen "SCREENDIR=$dir/screens screen -c /dev/null -U -S console"
over_ssh
serial
