// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"spotos/kmod"
	"spotos/probe"
	"spotos/session"
)

// nudger is one nudge under way: whom it reaches, and why not the others.
type nudger struct {
	o       *operation
	sys     system
	pids    []int
	groups  []session.FreezeGroup // those that are to be frozen, by path
	notices []string              // of pids, whose programs will notice
	leftOut []string
	again   bool                                // a stuck operation is armed again first
	sparing bool                                // leave out those whose programs would notice
	unless  <-chan struct{}                     // closed once nobody must be nudged any more; nil: never
	notice  func(probe.Holder, programs) string // noticed
}

func (o *operation) newNudger() *nudger {
	return &nudger{o: o, sys: runningSystem(), notice: noticed}
}

// said says something of a holder.
func said(h probe.Holder, what string) string {
	return fmt.Sprintf("%s (pid %d): %s", h.Comm, h.PID, what)
}

func (n *nudger) leave(h probe.Holder, why string) {
	n.leftOut = append(n.leftOut, said(h, why))
}

// Nudge makes holders leave; pid 0 means all of them. It arms a stuck operation again first: the kernel makes no
// attempt while it is stuck, and those that leave would come back. A *session.Refusal says why nobody was nudged.
func (o *operation) Nudge(how string, pid int) error {
	if err := o.enter(); err != nil {
		return err
	}
	defer o.calls.Done()
	n := o.newNudger()
	n.again = true
	return o.nudge(n, how, pid, o.armings.armed())
}

// nudge carries out n. What it has frozen is thawed once ended is closed.
func (o *operation) nudge(n *nudger, how string, pid int, ended <-chan struct{}) error {
	switch {
	case o.dev == nil:
		return kmod.ErrNotLoaded
	case ended == nil:
		return &session.Refusal{Reason: "nothing is armed: what is nudged out would come back before anything " +
			"could switch; arm it first"}
	}
	holders, err := o.nudgees(pid)
	if err != nil {
		return err
	}
	if err := n.plan(how, holders); err != nil {
		return err
	}
	if n.again && len(n.pids) > 0 && o.isStuck() {
		if err := o.Retry(); err != nil {
			return err
		}
	}
	if n.unless != nil && over(n.unless) { // finding out took its time
		return kmod.ErrNotArmed
	}
	if len(n.pids)+len(n.leftOut) > 0 {
		// Emit it before it is done: the switch may follow at once.
		o.emit(session.Nudged{Head: o.head(session.KindNudged), How: how, PIDs: append([]int{}, n.pids...),
			Notices: n.notices, LeftOut: n.leftOut, Groups: n.groups})
	}
	if len(n.pids) == 0 {
		return &session.Refusal{Reason: "nobody was nudged: " + orNobody(n.leftOut)}
	}
	o.keptOutside(how, len(n.pids))
	defer o.keptOutside(how, len(n.pids)) // nudging many takes its time
	if how == session.NudgeFreeze {
		return n.freeze(ended)
	}
	return n.signal()
}

// plan finds out whom a nudge would reach.
func (n *nudger) plan(how string, holders []probe.Holder) error {
	switch how {
	case session.NudgeSignal:
		n.planSignal(holders)
		return nil
	case session.NudgeFreeze:
		return n.planFreeze(holders)
	}
	return &session.Refusal{Reason: fmt.Sprintf("no nudge %q: %s or %s", how, session.NudgeSignal, session.NudgeFreeze)}
}

// keptOutside notes for how long a nudge may keep holders outside: windows that it makes do not count in the forecast.
func (o *operation) keptOutside(how string, threads int) {
	limit := kmod.Hold(threads)
	if how == session.NudgeFreeze {
		limit = freezeLimit
	}
	o.nudged.Store(time.Now().Add(limit).UnixNano())
}

// nudgeable returns a refusal if an arming that was to nudge by how would reach nobody: without probes the holders are
// known only once it is stuck.
func (o *operation) nudgeable(how string) error {
	if how != session.NudgeSignal && how != session.NudgeFreeze || o.watch != nil {
		return nil
	}
	return &session.Refusal{Reason: fmt.Sprintf("nudging by %s would reach nobody: who holds is not known while it is "+
		"armed, since nothing can be counted here: arm it without nudging, or see spotos doctor for what is missing", how)}
}

// nudgees returns the holders that pid means; 0 means all of them. Without probes they are those that the last attempt
// found.
func (o *operation) nudgees(pid int) ([]probe.Holder, error) {
	list := o.foundByModule
	if o.watch != nil {
		list = o.watch.Holders
	}
	holders, err := list()
	if pid != 0 {
		holders = slices.DeleteFunc(holders, func(h probe.Holder) bool { return h.PID != pid })
	}
	return holders, err
}

// foundByModule returns the holders that the last attempt found.
func (o *operation) foundByModule() ([]probe.Holder, error) {
	if o.dev == nil {
		return nil, kmod.ErrNotLoaded
	}
	list, _, err := o.dev.Holders()
	var out []probe.Holder
	for i := range list {
		h := &list[i]
		out = append(out, probe.Holder{PID: int(h.PID), TGID: int(h.TGID), Comm: h.Comm(),
			Kthread: h.Flags&kmod.HolderKthread != 0})
	}
	return out, err
}

func orNobody(leftOut []string) string {
	if len(leftOut) == 0 {
		return "nobody holds"
	}
	return strings.Join(leftOut, "; ")
}

func (o *operation) setStuck(stuck bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.stuck = stuck
}

func (o *operation) isStuck() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.stuck
}

func (n *nudger) planSignal(holders []probe.Holder) {
	known := programs{}
	defer known.close()
	for _, h := range holders {
		if why := n.untouchable(h); why != "" {
			n.leave(h, why)
			continue
		}
		notice := ""
		if !h.Kthread && h.TGID != n.sys.self { // what SPOTOS itself waits in it calls again
			notice = n.notice(h, known)
		}
		switch {
		case notice == "", notice == notKnown && !n.sparing: // it is moving
		case n.sparing:
			n.leave(h, "it would notice, and is woken last: "+notice)
			continue
		default:
			n.notices = append(n.notices, said(h, notice))
		}
		n.pids = append(n.pids, h.PID)
	}
}

// signal asks all of them in one call, so that the first is not back before the last is asked.
func (n *nudger) signal() error {
	failed, err := n.o.dev.Nudge(n.pids)
	if errors.Is(err, kmod.ErrNotArmed) {
		return nil // the patch has switched
	}
	for _, pid := range n.pids {
		// ESRCH: the thread has exited. That one cannot be woken does not keep the others from leaving.
		if why := failed[pid]; err == nil && why != nil && !errors.Is(why, unix.ESRCH) {
			n.o.emit(session.Noted{Head: n.o.head(session.KindNoted),
				Text: fmt.Sprintf("thread %d was not woken: %v", pid, why)})
		}
	}
	return err
}

// untouchable returns why a holder must not be nudged, "" if it may be. Init may be, and so may this process: both
// sleep in epoll as a rule, and what they sleep in could not be replaced otherwise.
func (n *nudger) untouchable(h probe.Holder) string {
	switch {
	case h.IOWorker:
		return "a worker of io_uring has no outside to wait in"
	case n.o.seen.deaf(h.PID):
		return "it does not leave when it is woken"
	}
	return ""
}
