// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"time"

	"spotos/kmod"
	"spotos/probe"
	"spotos/session"
)

// Inspect has the samples describe the holder pid too; 0 means none.
func (o *operation) Inspect(pid int) { o.inspector.choose(pid) }

// inspect adds what is known of the longest inside to a sample, while a person may ask who stands in the way, and of
// the one that was asked for. all are the holders of the sample.
func (o *operation) inspect(ev *session.Sampled, all []probe.Holder) {
	var wanted []int
	if len(ev.Holders) > 0 && (ev.State.Armed() || o.opts.Describe) {
		wanted = append(wanted, ev.Holders[0].PID)
	}
	if pid := o.inspector.choice(); pid != 0 && (len(wanted) == 0 || wanted[0] != pid) {
		wanted = append(wanted, pid)
	}
	seen := sinceBoot()
	var subjects []subject
	for _, pid := range wanted {
		for i := range all {
			if all[i].PID == pid {
				subjects = append(subjects, subject{all[i], true, seen, o.newNudger().untouchable(all[i])})
			}
		}
	}
	if len(subjects) == 0 {
		return
	}
	round := o.inspector.look(ev.Time, subjects)
	if o.opts.Describe {
		o.await(round, inspectWait)
	}
	ev.Details = o.inspector.of(subjects)
}

// await waits for a round of the inspector, for a limited time; nil is none.
func (o *operation) await(round <-chan struct{}, limit time.Duration) {
	if round == nil {
		return
	}
	select {
	case <-round:
	case <-time.After(limit):
	case <-o.done:
	}
}

// stuckWait is how long it may take to say more of the one who is named when a patch is stuck.
const stuckWait = 300 * time.Millisecond

// describeStuck returns what is known of the longest inside when the patch is stuck. The samples have had it described
// while it was armed, if it was inside long enough; else it is now. Without probes there are no samples, and the module
// says nothing of how often it was switched out.
func (o *operation) describeStuck(holders []session.Holder) []session.Details {
	if len(holders) == 0 {
		return nil
	}
	h := holders[0]
	known := o.inspector.now(h.PID)
	if len(known) == 0 {
		switches, counted := o.seen.switches(h.PID)
		thread := probe.Holder{PID: h.PID, TGID: h.TGID, Comm: h.Comm, Kthread: h.Kthread, Switches: switches}
		o.await(o.inspector.look(time.Now(), []subject{{thread, counted, sinceBoot(), o.newNudger().untouchable(thread)}}),
			stuckWait)
		known = o.inspector.now(h.PID)
	}
	return known
}

// stuckEvent returns the event of a deadline that has passed.
func (o *operation) stuckEvent(dev *kmod.Device, ev kmod.Event) session.Stuck {
	holders, total := o.holders(dev)
	return session.Stuck{Head: o.headAt(session.KindStuck, ev.TimeNS), Direction: directionOf(ev),
		Holders: holders, Total: total, Reason: session.WhyStuck(directionOf(ev), holders, total),
		Details: o.describeStuck(holders)}
}
