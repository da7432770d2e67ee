// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"errors"
	"time"

	"spotos/kmod"
	"spotos/probe"
	"spotos/session"
)

const (
	// An arming that nudges by signal or freeze does so again and again, so far apart.
	signalEvery = time.Second
	freezeEvery = 3 * freezeLimit
	// One that nudges by itself pauses longer and longer.
	shortestPause = 500 * time.Millisecond
	longestPause  = 30 * time.Second
	// leastLook is how long the counts must have been looked at before no safe point is believed to be near.
	leastLook = 250 * time.Millisecond
	// sparingRounds is in how many rounds it leaves out the programs that would notice, as long as others are inside.
	sparingRounds = 3
	// judgeAfter is when it looks who is still inside: the others wait outside.
	judgeAfter = kmod.HoldLimit / 2
	// few leave within that time on any machine.
	few = 100
)

// nudging is how an arming nudges while the kernel tries.
type nudging struct {
	o        *operation
	how      string          // NudgeSignal or NudgeFreeze
	sparing  int             // in so many rounds the programs that would notice are left out
	pause    time.Duration   // after the next round
	most     time.Duration   // it doubles up to this
	trying   <-chan struct{} // closed when the kernel tries no more: switched, stuck or taken back
	ended    <-chan struct{} // closed when the arming has ended
	patience time.Duration
}

// startNudges begins to nudge as an arming asks, until trying is closed.
func (o *operation) startNudges(a arming, trying <-chan struct{}) {
	n := &nudging{o: o, how: a.Nudge, trying: trying, ended: a.ended}
	switch a.Nudge {
	case session.NudgeAuto:
		if o.watch == nil {
			o.emit(session.Noted{Head: o.head(session.KindNoted), Text: "nobody will be woken: who holds is not known " +
				"while it is armed, since nothing can be counted here (spotos doctor says what is missing)"})
			return
		}
		n.how, n.patience, n.sparing = session.NudgeSignal, a.Patience, sparingRounds
		n.pause, n.most = shortestPause, longestPause
	case session.NudgeSignal:
		n.pause, n.most = signalEvery, signalEvery
	case session.NudgeFreeze:
		n.pause, n.most = freezeEvery, freezeEvery
	default:
		return
	}
	o.alongside("nudger", n.run)
}

// run nudges again and again.
func (n *nudging) run() {
	if n.patience > 0 && !n.await() {
		return
	}
	for !over(n.trying) {
		act := n.o.newNudger()
		act.sparing, act.unless = n.sparing > 0, n.trying
		err := n.o.nudge(act, n.how, 0, n.ended)
		var refused *session.Refusal
		switch {
		case errors.Is(err, kmod.ErrNotArmed):
			return
		case err != nil && !errors.As(err, &refused):
			n.o.emit(session.Failed{Head: n.o.head(session.KindFailed), Reason: err.Error()})
			return
		}
		nudged := time.Now()
		if n.how == session.NudgeSignal && err == nil && !n.judge(act.pids) {
			return
		}
		pause := n.pause - time.Since(nudged)
		if err == nil || len(act.leftOut) > 0 { // not if nobody was inside at that moment
			n.sparing--
			if len(act.pids) == 0 { // nobody but those is inside: to leave them out again gains nothing
				n.sparing = 0
			}
			n.pause = min(n.most, n.pause*2)
		}
		if !n.sleep(pause) {
			return
		}
	}
}

// sleep returns false, at once, when nothing is to be nudged for any more.
func (n *nudging) sleep(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-n.trying:
		return false
	case <-n.o.done:
		return false
	case <-t.C:
		return true
	}
}

// await leaves it to a safe point that comes by itself, for as long as the forecast promises one within the patience.
// False: nothing is to be nudged for any more.
func (n *nudging) await() bool {
	look := max(0, leastLook-time.Since(n.o.attached))
	for begin := time.Now(); ; look = leastLook {
		left := n.patience - time.Since(begin)
		if left <= 0 {
			return true
		}
		if !n.sleep(min(left, look)) {
			return false
		}
		f, ok := n.o.lookAhead(n.trying, left)
		if !promises(f, left) {
			return ok
		}
	}
}

// promises reports whether a forecast expects a safe point within a time.
func promises(f session.Forecast, within time.Duration) bool {
	return f.Unknown == "" && f.Held == "" && f.Wait <= within
}

// lookAhead has a sample taken and returns its forecast, which promises nothing if none comes in time. False as from
// sleep.
func (o *operation) lookAhead(unless <-chan struct{}, limit time.Duration) (session.Forecast, bool) {
	none := session.Forecast{Unknown: "no sample was taken"}
	late := time.NewTimer(limit)
	defer late.Stop()
	answer := make(chan session.Forecast, 1) // so that the sampler never waits
	for ask := o.ahead; ; ask = nil {
		select {
		case ask <- answer:
		case f := <-answer:
			return f, true
		case <-late.C: // the sampler has ended, or is slow
			return none, true
		case <-unless:
			return none, false
		case <-o.done:
			return none, false
		}
	}
}

// judge looks who is still inside after it was woken, at the first moment when no more leave and the module still keeps
// those outside that have left. If there is none it judges nobody. False as from sleep.
func (n *nudging) judge(pids []int) bool {
	woken := make(map[int]bool, len(pids))
	for _, pid := range pids {
		woken[pid] = true
	}
	begin := time.Now()
	for inside := len(pids); ; {
		last := time.Now()
		if !n.sleep(judgeAfter) {
			return false
		}
		holders, err := n.o.watch.Holders()
		if err != nil || time.Since(last) >= kmod.HoldLimit || time.Since(begin) >= kmod.Hold(len(pids)) {
			return true // those that have left may be back by now
		}
		still := 0
		for _, h := range holders {
			if woken[h.PID] {
				still++
			}
		}
		if len(pids) <= few || still >= inside {
			n.nameDeaf(pids, holders)
			return true
		}
		inside = still
	}
}

// nameDeaf says of whom nothing more is to be expected: of pids, all woken, these are the holders after it.
func (n *nudging) nameDeaf(pids []int, holders []probe.Holder) {
	deaf := n.o.seen.stayed(pids, holders)
	if len(deaf) == 0 {
		return
	}
	var list []session.Holder
	for _, h := range deaf {
		list = append(list, holderOf(h, n.o.names))
	}
	n.o.seen.age(list)
	n.o.emit(session.Noted{Head: n.o.head(session.KindNoted), Text: session.WhyDeaf(list)})
}
