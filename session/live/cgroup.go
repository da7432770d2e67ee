// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
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

// errNoCgroup says that a thread cannot be frozen with any cgroup.
var errNoCgroup = errors.New("it is in no cgroup v2")

// cgroupOf returns the path of a thread's cgroup.
func (s system) cgroupOf(tid int) (string, error) {
	text, err := s.read(tid, "cgroup")
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(text) {
		if group, ok := strings.CutPrefix(strings.TrimSpace(line), "0::"); ok {
			if strings.HasPrefix(group, "/..") {
				return "", fmt.Errorf("its cgroup %s is outside this cgroup namespace: run it on the machine itself", group)
			}
			return group, nil
		}
	}
	return "", fmt.Errorf("%w (mount cgroup2 on %s)", errNoCgroup, s.cgroups)
}

// statFields returns the fields of a process's file stat, from its state on. The command's name, which precedes them,
// stands in brackets and may have some of its own.
func statFields(text string) []string {
	return strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
}

// parentage returns the parent of a process and the session it is in.
func (s system) parentage(pid int) (parent, session int, err error) {
	text, err := s.read(pid, "stat")
	if err != nil {
		return 0, 0, err
	}
	fields := statFields(text)
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
		_, session, err := s.parentage(pid)
		if err == nil && session == mine {
			var group string
			if group, err = s.cgroupOf(pid); err == nil {
				spared[group] = "a process of this session"
			}
		}
		if err != nil && !isGone(err) && !errors.Is(err, errNoCgroup) {
			return nil, fmt.Errorf("finding what must not be frozen: %w", err)
		}
	}
	group, err := s.cgroupOf(1)
	if errors.Is(err, errNoCgroup) {
		return spared, nil
	}
	spared[group] = "init"
	return spared, err
}

// isGone reports whether a file of /proc could not be read since its process has ended.
func isGone(err error) bool { return errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ESRCH) }

// whyNotFrozen says what forbids to freeze a cgroup, "" if nothing does.
func (s system) whyNotFrozen(group string, spared map[string]string) string {
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
