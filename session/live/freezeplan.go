// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"spotos/session"
)

// FreezePlan says what Nudge would freeze, and changes nothing. Whoever asks will most likely want it done: what
// does it is started meanwhile.
func (o *operation) FreezePlan(pid int) (session.FreezePlan, error) {
	if err := o.enter(); err != nil {
		return session.FreezePlan{}, err
	}
	defer o.calls.Done()
	if _, err := o.guard.start(); err != nil {
		return session.FreezePlan{}, err
	}
	holders, err := o.nudgees(pid)
	if err != nil {
		return session.FreezePlan{}, err
	}
	n := &nudger{o: o, groups: map[string][]int{}}
	if err := n.planFreeze(holders); err != nil {
		return session.FreezePlan{}, err
	}
	inside := map[int]bool{}
	for _, h := range holders {
		inside[h.TGID] = true
	}
	plan := session.FreezePlan{LeftOut: n.leftOut}
	for _, path := range slices.Sorted(maps.Keys(n.groups)) {
		plan.Groups = append(plan.Groups, session.FreezeGroup{Path: path, Holders: n.groups[path], Others: othersIn(path, inside)})
	}
	return plan, nil
}

// othersIn names the processes of a cgroup, and of those below it, that are not inside.
func othersIn(group string, inside map[int]bool) []string {
	var pids []int
	// What goes away meanwhile is not there to be frozen.
	_ = filepath.WalkDir(filepath.Join(cgroupRoot, group), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() != "cgroup.procs" {
			return nil
		}
		text, _ := os.ReadFile(path)
		for _, word := range strings.Fields(string(text)) {
			if pid, err := strconv.Atoi(word); err == nil && !inside[pid] {
				pids = append(pids, pid)
			}
		}
		return nil
	})
	slices.Sort(pids)
	var names []string
	for _, pid := range pids {
		if comm, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid)); err == nil {
			names = append(names, fmt.Sprintf("%s (pid %d)", strings.TrimSuffix(string(comm), "\n"), pid))
		}
	}
	return names
}
