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

// Times between the nudges that an arming asked for.
const (
	signalEvery = time.Second
	freezeEvery = 3 * freezeLimit
)

// signalLimit is the longest time for which the module keeps a woken holder outside.
const signalLimit = 500 * time.Millisecond

// nudger is one nudge under way: whom it reaches, and why not the others.
type nudger struct {
	o       *operation
	sys     system
	pids    []int
	groups  []session.FreezeGroup // those that are to be frozen, by path
	leftOut []string
	again   bool // a stuck operation is armed again first
}

func (o *operation) newNudger() *nudger {
	return &nudger{o: o, sys: runningSystem()}
}

func (n *nudger) leave(h probe.Holder, why string) {
	n.leftOut = append(n.leftOut, fmt.Sprintf("%s (pid %d): %s", h.Comm, h.PID, why))
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
	act := n.signal
	switch how {
	case session.NudgeSignal:
		n.planSignal(holders)
	case session.NudgeFreeze:
		act = func() error { return n.freeze(ended) }
		if err := n.planFreeze(holders); err != nil {
			return err
		}
	default:
		return &session.Refusal{Reason: fmt.Sprintf("no nudge %q: %s or %s", how, session.NudgeSignal, session.NudgeFreeze)}
	}
	if n.again && len(n.pids) > 0 && o.isStuck() {
		if err := o.Retry(); err != nil {
			return err
		}
	}
	if len(n.pids)+len(n.leftOut) > 0 {
		// Emit it before it is done: the switch may follow at once.
		o.emit(session.Nudged{Head: o.head(session.KindNudged), How: how, PIDs: append([]int{}, n.pids...),
			LeftOut: n.leftOut, Groups: n.groups})
	}
	if len(n.pids) == 0 {
		return &session.Refusal{Reason: "nobody was nudged: " + orNobody(n.leftOut)}
	}
	o.keptOutside(how)
	defer o.keptOutside(how) // nudging many takes its time
	return act()
}

// keptOutside notes for how long a nudge may keep holders outside: windows that it makes do not count in the forecast.
func (o *operation) keptOutside(how string) {
	limit := signalLimit
	if how == session.NudgeFreeze {
		limit = freezeLimit
	}
	o.nudged.Store(time.Now().Add(limit).UnixNano())
}

// nudgeable returns a refusal if an arming that nudges by how would reach nobody: without probes the holders are known
// only once it is stuck.
func (o *operation) nudgeable(how string) error {
	if how == "" || how == session.NudgeNone || o.watch != nil {
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
	for _, h := range holders {
		if why := n.untouchable(h); why != "" {
			n.leave(h, why)
		} else {
			n.pids = append(n.pids, h.PID)
		}
	}
}

func (n *nudger) signal() error {
	for _, pid := range n.pids {
		err := n.o.dev.Nudge(pid)
		if errors.Is(err, kmod.ErrNotArmed) {
			return nil // the patch has switched
		}
		if err != nil && !errors.Is(err, unix.ESRCH) { // the thread has exited
			return err
		}
	}
	return nil
}

// untouchable returns why a holder must not be nudged, "" if it may be.
func (n *nudger) untouchable(h probe.Holder) string {
	switch {
	case h.Kthread:
		return "a kernel thread cannot be nudged"
	case h.TGID == 1:
		return "init is never nudged"
	case h.TGID == n.sys.self:
		return "this console does not nudge itself"
	}
	return ""
}

// nudgeUntil nudges as an arming asks, repeatedly until it has ended. It is no error if nobody is inside.
func (o *operation) nudgeUntil(how string, ended <-chan struct{}) {
	every := signalEvery
	if how == session.NudgeFreeze {
		every = freezeEvery
	}
	for {
		var refused *session.Refusal
		if over(ended) {
			return
		}
		if !o.isStuck() { // nudging would arm it again, which is for the operator to decide
			err := o.nudge(o.newNudger(), how, 0, ended)
			if err != nil && !errors.As(err, &refused) && !errors.Is(err, kmod.ErrNotArmed) {
				o.emit(session.Failed{Head: o.head(session.KindFailed), Reason: err.Error()})
				return
			}
		}
		select {
		case <-ended:
			return
		case <-o.done:
			return
		case <-time.After(every):
		}
	}
}
