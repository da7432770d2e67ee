// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"spotos/probe"
)

// system is where processes and cgroups (v2) are read: the running system, or a copy of one in a test.
type system struct {
	proc    string // where proc is mounted
	cgroups string // where cgroup2 is mounted
	self    int    // the pid of this process
}

func runningSystem() system { return system{"/proc", "/sys/fs/cgroup", os.Getpid()} }

// dir is the directory of a cgroup.
func (s system) dir(group string) string { return filepath.Join(s.cgroups, group) }

func (s system) read(pid int, file string) (string, error) {
	text, err := os.ReadFile(filepath.Join(s.proc, strconv.Itoa(pid), file))
	return string(text), err
}

// cgroupOf returns the path of a thread's cgroup.
func (s system) cgroupOf(tid int) (string, error) {
	text, err := s.read(tid, "cgroup")
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(text) {
		if group, ok := strings.CutPrefix(strings.TrimSpace(line), "0::"); ok {
			return group, nil
		}
	}
	return "", errors.New("it is in no cgroup v2 (mount cgroup2 on " + s.cgroups + ")")
}

// parentage returns the parent of a process and the session it is in.
func (s system) parentage(pid int) (parent, session int, err error) {
	text, err := s.read(pid, "stat")
	if err != nil {
		return 0, 0, err
	}
	// The command's name stands in brackets, and may have some of its own.
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	if len(fields) < 4 {
		return 0, 0, fmt.Errorf("unexpected /proc/%d/stat", pid)
	}
	parent, err = strconv.Atoi(fields[1])
	if err == nil {
		session, err = strconv.Atoi(fields[3])
	}
	return parent, session, err
}

// spared returns the cgroups that must not be frozen, each with whose it is: those of init, of this process and its
// ancestors, and of all processes of this session. Whoever sits at the console needs them.
func (s system) spared() (map[string]string, error) {
	spared := map[string]string{}
	mine := 0
	for pid := s.self; pid > 0; {
		group, err := s.cgroupOf(pid)
		if err != nil {
			return nil, fmt.Errorf("finding what must not be frozen: %w", err)
		}
		spared[group] = "this console, or what started it"
		parent, session, err := s.parentage(pid)
		if err != nil {
			return nil, fmt.Errorf("finding what must not be frozen: %w", err)
		}
		if pid == s.self {
			mine = session
		}
		pid = parent
	}
	procs, _ := filepath.Glob(filepath.Join(s.proc, "[0-9]*"))
	for _, dir := range procs {
		pid, _ := strconv.Atoi(filepath.Base(dir))
		if _, session, err := s.parentage(pid); err == nil && session == mine {
			if group, err := s.cgroupOf(pid); err == nil {
				spared[group] = "a process of this session"
			}
		}
	}
	if group, err := s.cgroupOf(1); err == nil {
		spared[group] = "init"
	}
	return spared, nil
}

// whyNotFrozen says what forbids to freeze a holder's cgroup, "" if nothing does.
func (s system) whyNotFrozen(h probe.Holder, group string, spared map[string]string) string {
	if h.Kthread {
		return "a kernel thread cannot be frozen"
	}
	if group == "/" {
		return "it is in the root cgroup, which cannot be frozen: move it into one of its own"
	}
	for other, whose := range spared {
		if other == group || strings.HasPrefix(other, group+"/") {
			return fmt.Sprintf("its cgroup %s holds %s too, which must not be frozen", group, whose)
		}
	}
	if frozen, err := isFrozen(s.dir(group)); err != nil {
		return fmt.Sprintf("its cgroup cannot be frozen: %v", err)
	} else if frozen {
		return "its cgroup " + group + " is frozen already, by somebody else"
	}
	return ""
}

// othersIn names the processes of a cgroup, and of those below it, that are not inside.
func (s system) othersIn(group string, inside map[int]bool) []string {
	var pids []int
	// What goes away meanwhile is not there to be frozen.
	_ = filepath.WalkDir(s.dir(group), func(path string, d fs.DirEntry, err error) error {
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
		if comm, err := s.read(pid, "comm"); err == nil {
			names = append(names, fmt.Sprintf("%s (pid %d)", strings.TrimSuffix(comm, "\n"), pid))
		}
	}
	return names
}

func freezeFile(dir string) string { return filepath.Join(dir, "cgroup.freeze") }

// isFrozen reports whether the cgroup of a directory is frozen.
func isFrozen(dir string) (bool, error) {
	text, err := os.ReadFile(freezeFile(dir))
	return strings.TrimSpace(string(text)) != "0", err
}

// unfreeze lets a cgroup go on. One that is gone has nobody left to thaw.
func unfreeze(dir string) error {
	if err := setFrozen(dir, "0"); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func setFrozen(dir, to string) error { return os.WriteFile(freezeFile(dir), []byte(to), 0) }
