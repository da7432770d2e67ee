// SPDX-License-Identifier: GPL-2.0-only

package session

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"spotos/kmod"
	"spotos/probe"
)

// Ways to nudge.
const (
	NudgeNone   = "none"
	NudgeSignal = "signal" // wake the holders as if by a signal, and let them wait outside for the switch
	NudgeFreeze = "freeze" // freeze their cgroups until the switch, or until freezeLimit
)

// Times between the nudges that an arming asked for.
const (
	signalEvery = time.Second
	freezeEvery = 3 * freezeLimit
)

// nudger is one nudge under way: whom it reached, and why not the others.
type nudger struct {
	o       *operation
	pids    []int
	leftOut []string
}

func (n *nudger) leave(h probe.Holder, why string) {
	n.leftOut = append(n.leftOut, fmt.Sprintf("%s (pid %d): %s", h.Comm, h.PID, why))
}

// Nudge makes holders leave; pid 0 means all of them. A *Refusal says why nobody could be nudged.
func (o *operation) Nudge(how string, pid int) error {
	ended := o.armed()
	switch {
	case o.dev == nil:
		return kmod.ErrNotLoaded
	case ended == nil:
		return &Refusal{"nothing is armed: what is nudged out would come back before anything could switch"}
	case o.watch == nil:
		return &Refusal{"it is not known who holds, since nothing can be counted here"}
	}
	holders, err := o.watch.Holders()
	if err != nil {
		return err
	}
	if pid != 0 {
		holders = slices.DeleteFunc(holders, func(h probe.Holder) bool { return h.PID != pid })
	}
	n := &nudger{o: o}
	switch how {
	case NudgeSignal:
		err = n.signal(holders)
	case NudgeFreeze:
		err = n.freeze(holders, ended)
	default:
		return &Refusal{fmt.Sprintf("no nudge %q: %s or %s", how, NudgeSignal, NudgeFreeze)}
	}
	if err != nil {
		return err
	}
	if len(n.pids) == 0 {
		return &Refusal{"nobody was nudged: " + orNobody(n.leftOut)}
	}
	o.emit(Nudged{Head: o.head(KindNudged), How: how, PIDs: n.pids, LeftOut: n.leftOut})
	return nil
}

// armed is closed when the arming under way is over; nil where there is none.
func (o *operation) armed() <-chan struct{} {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.ended
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

func orNobody(leftOut []string) string {
	if len(leftOut) == 0 {
		return "nobody holds"
	}
	return strings.Join(leftOut, "; ")
}

func (n *nudger) signal(holders []probe.Holder) error {
	for _, h := range holders {
		err := n.o.dev.Nudge(h.PID)
		switch {
		case err == nil:
			n.pids = append(n.pids, h.PID)
		case errors.Is(err, unix.EPERM):
			n.leave(h, untouchable(h))
		case errors.Is(err, unix.ESRCH): // it has ended, and so left
		default:
			return err
		}
	}
	return nil
}

// untouchable says what about a holder forbids to nudge it.
func untouchable(h probe.Holder) string {
	switch {
	case h.Kthread:
		return "a kernel thread cannot be nudged"
	case h.TGID == 1:
		return "init is never nudged"
	}
	return "this console does not nudge itself"
}

// nudgeUntil nudges as the arming asked, again and again until it is over. Nobody inside is no error.
func (o *operation) nudgeUntil(how string) {
	ended := o.armed()
	every := signalEvery
	if how == NudgeFreeze {
		every = freezeEvery
	}
	for {
		var refused *Refusal
		if o.isStuck() {
			// What is let out now would come back before Retry.
		} else if err := o.Nudge(how, 0); err != nil && !errors.As(err, &refused) && !errors.Is(err, kmod.ErrNotArmed) {
			o.emit(Failed{Head: o.head(KindFailed), Reason: err.Error()})
			return
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
