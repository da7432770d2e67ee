// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"spotos/kmod"
	"spotos/patchset"
	"spotos/session"
)

// proofLimit bounds one check by the module, which takes milliseconds.
const proofLimit = time.Minute

// Proof is the result of the module's check of a patch, while a thread of ours was certainly inside its function.
type Proof struct {
	Patch    string           `json:"patch"`
	Function string           `json:"function"`
	Strategy session.Strategy `json:"strategy"`
	PID      int              `json:"pid"` // id of our thread
	Switched bool             `json:"switched"`
	Reverted bool             `json:"reverted,omitempty"` // after it was switched, which it must not be
	Total    int              `json:"holders_total"`
	Named    bool             `json:"named"` // our thread is among the listed holders
	Window   time.Duration    `json:"window_ns"`
}

// Err returns what is wrong with the check, nil if it works.
func (p Proof) Err() error {
	switch {
	case p.Switched && p.Reverted:
		return fmt.Errorf("the module switched %s (%s) while pid %d was inside %s: its check is broken; it was reverted",
			p.Patch, p.Strategy, p.PID, p.Function)
	case p.Switched:
		return fmt.Errorf("the module switched %s (%s) while pid %d was inside %s: its check is broken, "+
			"and the patch could not be reverted", p.Patch, p.Strategy, p.PID, p.Function)
	case !p.Named && p.Total > kmod.MaxHolders:
		return nil // it refused, with more holders than it lists
	case !p.Named:
		return fmt.Errorf("the module's check (%s) named %s of %s, but not pid %d, which was inside",
			p.Strategy, session.Counted(p.Total, "holder"), p.Function, p.PID)
	}
	return nil
}

// Prove proves that the module finds a holder. It starts a thread that waits for data, looks which functions that is
// inside of, arms a patch of one of them once with each strategy, and returns what the module's check found. The thread
// stays inside until the arming is taken back, so nothing changes as long as the check works; if it does not, the patch
// is reverted. All CPUs are stopped for a moment. The error is a *session.Refusal if the check cannot be proved here
// and now. Call it only when the user asks for it.
func (m *Machine) Prove(ctx context.Context) (proofs []Proof, err error) {
	t, err := startWaiting()
	if err != nil {
		return nil, fmt.Errorf("making a thread wait for data: %w", err)
	}
	defer t.release()
	inside, err := t.frames()
	if err != nil {
		return nil, fmt.Errorf("looking where a waiting thread is: %w", err)
	}
	p, function, err := m.provable(inside)
	if err != nil {
		return nil, err
	}
	ours, err := m.load(p)
	if err != nil {
		return nil, &session.Refusal{Reason: err.Error()}
	}
	switched := false
	if ours {
		defer func() {
			// Who has just been let in where nobody may be is perhaps inside its text.
			if !switched {
				_ = unix.DeleteModule(p.Module, unix.O_NONBLOCK)
			}
		}()
	}
	for _, s := range []session.Strategy{session.RetryStrategy, session.SafePointStrategy} {
		proof, err := proveWith(ctx, p, function, s, t.tid)
		// Also where it was broken off: the module may have switched just before.
		if switched = proof.Switched || askModule().state(p.Module) == session.StateApplied; switched {
			proof.Switched = true
			proof.Reverted = revertProof(p) == nil
			return append(proofs, proof), nil
		}
		if err != nil {
			return proofs, err
		}
		proofs = append(proofs, proof)
	}
	return proofs, nil
}

// proveWith arms p once while the thread tid is inside the function. The arming has ended when it returns.
func proveWith(ctx context.Context, p *patchset.Patch, function string, s session.Strategy, tid int) (Proof, error) {
	proof := Proof{Patch: p.Name, Function: function, Strategy: s, PID: tid}
	dev, err := kmod.Open()
	if err != nil {
		return proof, &session.Refusal{Reason: err.Error()}
	}
	defer dev.Close()
	opts := kmod.ArmOptions{Strategy: kmod.Retry, Attempts: 1, TriggerFD: -1, SharedFD: -1}
	if s == session.SafePointStrategy {
		// At the deadline the module makes an attempt, unless that would be long and is known to be in vain.
		opts = kmod.ArmOptions{Strategy: kmod.SafePoint, Timeout: 100 * time.Millisecond, TriggerFD: -1, SharedFD: -1}
	}
	ctx, cancel := context.WithTimeout(ctx, proofLimit)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { dev.Close() })
	defer stop()
	var refused *kmod.Refused
	if err := dev.Arm(p.Module, opts); errors.As(err, &refused) {
		return proof, &session.Refusal{Reason: refused.Reason}
	} else if err != nil {
		return proof, err
	}
	for attempts := 0; ; {
		ev, err := dev.ReadEvent()
		if err != nil {
			return proof, errors.Join(context.Cause(ctx), err)
		}
		switch ev.Type {
		case kmod.EventAttempt:
			attempts++
			proof.Window, proof.Total = time.Duration(ev.WindowNS), int(ev.Holders)
		case kmod.EventSwitched:
			proof.Switched = true
			return proof, nil
		case kmod.EventStuck:
			if attempts == 0 {
				return proof, &session.Refusal{Reason: fmt.Sprintf("the module left its attempt (%s) out: so many threads "+
					"ran lately that it would take long, and one of them is inside %s: prove it when there is less to do", s,
					function)}
			}
			proof.Named, err = named(dev, p, function, tid)
			return proof, err
		}
	}
}

// named reports whether the last attempt found tid inside the function.
func named(dev *kmod.Device, p *patchset.Patch, function string, tid int) (bool, error) {
	list, _, err := dev.Holders()
	return slices.ContainsFunc(list, func(h kmod.Holder) bool {
		return int(h.PID) == tid && int(h.Func) < len(p.Functions) && p.Functions[h.Func].Name == function
	}), err
}
