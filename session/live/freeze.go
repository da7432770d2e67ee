// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"spotos/probe"
	"spotos/session"
)

const cgroupRoot = "/sys/fs/cgroup"

// freezeLimit is how long a cgroup stays frozen at most.
const freezeLimit = 2 * time.Second

// planFreeze sorts holders by cgroup. Those that must not be frozen, or cannot be, are left out.
func (n *nudger) planFreeze(holders []probe.Holder) error {
	spared, err := sparedCgroups()
	if err != nil {
		return err
	}
	for _, h := range holders {
		group, err := cgroupOf(h.PID)
		if why := whyNotFrozen(h, group, spared); err != nil || why != "" {
			n.leave(h, orWords(why, fmt.Sprint(err)))
			continue
		}
		n.groups[group] = append(n.groups[group], h.PID)
		n.pids = append(n.pids, h.PID)
	}
	return nil
}

// freeze freezes the cgroups until ended is closed, or for freezeLimit.
func (n *nudger) freeze(ended <-chan struct{}) error {
	var errs []error
	for group := range n.groups {
		if err := n.o.freezeGroup(group, ended); err != nil {
			errs = append(errs, fmt.Errorf("freezing cgroup %s: %w", group, err))
		}
	}
	return errors.Join(errs...)
}

func orWords(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// whyNotFrozen says what forbids to freeze a holder's cgroup.
func whyNotFrozen(h probe.Holder, group string, spared map[string]string) string {
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
	if text, err := os.ReadFile(freezeFile(filepath.Join(cgroupRoot, group))); err != nil {
		return fmt.Sprintf("its cgroup cannot be frozen: %v", err)
	} else if strings.TrimSpace(string(text)) != "0" {
		return "its cgroup " + group + " is frozen already, by somebody else"
	}
	return ""
}

// cgroupOf is the path of a thread's cgroup v2.
func cgroupOf(tid int) (string, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", tid))
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(text)) {
		if group, ok := strings.CutPrefix(strings.TrimSpace(line), "0::"); ok {
			return group, nil
		}
	}
	return "", errors.New("it is in no cgroup v2 (mount cgroup2 on " + cgroupRoot + ")")
}

// sparedCgroups are those of init, of this process and its ancestors, and of all of this session: whoever
// sits at the console needs them.
func sparedCgroups() (map[string]string, error) {
	spared := map[string]string{}
	for pid := os.Getpid(); pid > 0; {
		group, err := cgroupOf(pid)
		if err != nil {
			return nil, fmt.Errorf("finding what must not be frozen: %w", err)
		}
		spared[group] = "this console, or what started it"
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			return nil, fmt.Errorf("finding what must not be frozen: %w", err)
		}
		_, rest, _ := strings.Cut(string(text), ") ")
		fields := strings.Fields(rest)
		if pid, err = strconv.Atoi(fields[1]); err != nil {
			return nil, fmt.Errorf("finding what must not be frozen: %w", err)
		}
	}
	session, err := unix.Getsid(0)
	if err != nil {
		return nil, fmt.Errorf("finding this session: %w", err)
	}
	procs, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range procs {
		pid, _ := strconv.Atoi(filepath.Base(dir))
		if sid, err := unix.Getsid(pid); err == nil && sid == session {
			if group, err := cgroupOf(pid); err == nil {
				spared[group] = "a process of this session"
			}
		}
	}
	if group, err := cgroupOf(1); err == nil {
		spared[group] = "init"
	}
	return spared, nil
}

// freezeGroup freezes the cgroup, and has it thawed when ended is closed, when this process is gone, or after freezeLimit.
func (o *operation) freezeGroup(group string, ended <-chan struct{}) error {
	dir := filepath.Join(cgroupRoot, group)
	if err := o.guard.freeze(dir); err != nil {
		return err
	}
	thaw := func() error { return o.guard.thaw(dir) }
	if !o.alongside("thawer", func() { o.keepFrozen(group, ended, thaw) }) {
		return thaw()
	}
	return nil
}

// keepFrozen thaws when it is time to, and tells.
func (o *operation) keepFrozen(group string, ended <-chan struct{}, thaw func() error) {
	late := time.NewTimer(freezeLimit)
	defer late.Stop()
	select {
	case <-ended:
	case <-o.done:
	case <-late.C:
	}
	if err := thaw(); err != nil {
		o.emit(session.Failed{Head: o.head(session.KindFailed), Reason: "thawing cgroup " + group + ": " + err.Error()})
		return
	}
	o.emit(session.Nudged{Head: o.head(session.KindNudged), How: "thaw", PIDs: []int{}})
}
