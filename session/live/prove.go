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

// heldFunction is one that any process can be inside of for as long as it likes: a receive that waits for data.
const heldFunction = "inet_recvmsg"

// proofLimit bounds one look of the module, which takes milliseconds.
const proofLimit = time.Minute

// Proof is what the module's check said of a patch whose function a thread of ours was certainly inside of.
type Proof struct {
	Patch    string           `json:"patch"`
	Function string           `json:"function"`
	Strategy session.Strategy `json:"strategy"`
	PID      int              `json:"pid"` // of our thread
	Switched bool             `json:"switched"`
	Total    int              `json:"holders_total"`
	Named    bool             `json:"named"` // our thread is among the holders that were named
	Window   time.Duration    `json:"window_ns"`
}

// Err says what is wrong with the check, nil if nothing is.
func (p Proof) Err() error {
	switch {
	case p.Switched:
		return fmt.Errorf("the module switched %s (%s) while pid %d was inside %s: its check is broken", p.Patch, p.Strategy, p.PID, p.Function)
	case !p.Named && p.Total > kmod.MaxHolders:
		return nil // busy it was, with more holders than are listed
	case !p.Named:
		return fmt.Errorf("the module's check (%s) named %d holders of %s, but not pid %d, which was inside", p.Strategy, p.Total, p.Function, p.PID)
	}
	return nil
}

// Prove shows that the module sees a holder: it arms a patch of the catalogue on a function that a thread of its
// own is inside of, once with each strategy, and reports what the module said. The thread stays inside until the
// arming is taken back, so nothing changes as long as the check works. The machine is stopped for a moment. A
// *Refusal says why it cannot be proved here and now.
func (m *Machine) Prove(ctx context.Context) ([]Proof, error) {
	p, err := m.provable()
	if err != nil {
		return nil, err
	}
	ours, err := m.load(p)
	if err != nil {
		return nil, &session.Refusal{Reason: err.Error()}
	}
	if ours {
		defer func() { _ = unix.DeleteModule(p.Module, unix.O_NONBLOCK) }() // fails where it was switched, which is told
	}
	t, err := holdReceive()
	if err != nil {
		return nil, fmt.Errorf("making a thread wait inside %s: %w", heldFunction, err)
	}
	defer t.release()
	var proofs []Proof
	for _, s := range []session.Strategy{session.RetryStrategy, session.SafePointStrategy} {
		proof, err := proveWith(ctx, p, s, t.tid)
		if err != nil {
			return proofs, err
		}
		proofs = append(proofs, proof)
		if proof.Switched {
			return proofs, nil
		}
	}
	return proofs, nil
}

// provable finds a patch that replaces heldFunction, is not applied and could be.
func (m *Machine) provable() (*patchset.Patch, error) {
	k, err := m.liveKernel()
	if err != nil {
		return nil, err
	}
	why := fmt.Sprintf("no patch in %s replaces %s, which is what can be held for certain: build the catalogue's no-oob, or name its directory with --patches",
		m.opts.Patches, heldFunction)
	now := askModule()
	if now.err != nil {
		return nil, &session.Refusal{Reason: now.err.Error()}
	}
	for _, p := range m.catalogue() {
		if !slices.ContainsFunc(p.Functions, func(f patchset.Function) bool { return f.Name == heldFunction }) {
			continue
		}
		if state := now.state(p.Module); state != session.StateNotLoaded && state != session.StateLoaded {
			why = fmt.Sprintf("%s is %s: revert it first (spotos revert %s)", p.Name, state, p.Name)
		} else if found := m.refusals(p, k, now); len(found) > 0 {
			why = found[0].String()
		} else {
			return p, nil
		}
	}
	return nil, &session.Refusal{Reason: why}
}

// proveWith arms p once while the thread tid is inside heldFunction. The arming is over when it returns.
func proveWith(ctx context.Context, p *patchset.Patch, s session.Strategy, tid int) (Proof, error) {
	proof := Proof{Patch: p.Name, Function: heldFunction, Strategy: s, PID: tid}
	dev, err := kmod.Open()
	if err != nil {
		return proof, &session.Refusal{Reason: err.Error()}
	}
	defer dev.Close()
	opts := kmod.ArmOptions{Strategy: kmod.Retry, Attempts: 1, TriggerFD: -1, SharedFD: -1}
	if s == session.SafePointStrategy {
		// At the deadline it looks in any case.
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
	for {
		ev, err := dev.ReadEvent()
		if err != nil {
			return proof, errors.Join(context.Cause(ctx), err)
		}
		switch ev.Type {
		case kmod.EventAttempt:
			proof.Window, proof.Total = time.Duration(ev.WindowNS), int(ev.Holders)
		case kmod.EventSwitched:
			proof.Switched = true
			return proof, nil
		case kmod.EventStuck:
			proof.Named, err = named(dev, p, tid)
			return proof, err
		}
	}
}

// named says whether the last attempt found tid inside heldFunction.
func named(dev *kmod.Device, p *patchset.Patch, tid int) (bool, error) {
	list, _, err := dev.Holders()
	return slices.ContainsFunc(list, func(h kmod.Holder) bool {
		return int(h.PID) == tid && int(h.Func) < len(p.Functions) && p.Functions[h.Func].Name == heldFunction
	}), err
}
