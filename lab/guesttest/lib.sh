# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# What the scripts that run inside the VM share: . it first. Each prints ok or not ok a line, and ends with `finish`.
dmesg -n 4
export SPOTOS_LAB=1
failed=0
passed=0
scale=${SPOTOS_TIME_SCALE:-1}
case $scale in *.*) scale=$((${scale%.*} + 1)) ;; esac # the shell counts in whole numbers
check() { # what, then a command that must succeed
	what=$1
	shift
	if "$@"; then
		echo "ok $what"
		passed=$((passed + 1))
	else
		echo "not ok $what"
		failed=$((failed + 1))
	fi
}
not() { ! "$@"; }
within() { # seconds, command: until it succeeds
	n=$(($1 * 5 * scale))
	shift
	while [ $n -gt 0 ]; do
		"$@" && return
		n=$((n - 1))
		sleep 0.2
	done
	return 1
}
limit() { # of a test binary: ten minutes, and for each round as long as it may take
	echo "$(((600 + 10 * ${SPOTOS_ROUNDS:-0}) * scale))s"
}
favoured() { # before the load, or it would mostly wait for its turn
	group=/sys/fs/cgroup/favoured
	echo +cpu >/sys/fs/cgroup/cgroup.subtree_control && mkdir -p $group && echo 10000 >$group/cpu.weight || return
	sh -c "echo \$\$ >$group/cgroup.procs; exec $*"
}
finish() {
	echo "$0: $passed passed, $failed failed"
	[ $failed = 0 ]
	exit
}
