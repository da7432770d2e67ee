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

// heldFunction is a function that a thread can stay inside for as long as it likes: a receive that waits for data.
const heldFunction = "inet_recvmsg"

// proofLimit bounds one check by the module, which takes milliseconds.
const proofLimit = time.Minute

// Proof is the result of the module's check of a patch, while a thread of ours was certainly inside its function.
type Proof struct {
	Patch    string           `json:"patch"`
	Function string           `json:"function"`
	Strategy session.Strategy `json:"strategy"`
	PID      int              `json:"pid"` // id of our thread
	Switched bool             `json:"switched"`
	Total    int              `json:"holders_total"`
	Named    bool             `json:"named"` // our thread is among the listed holders
	Window   time.Duration    `json:"window_ns"`
}

// Err returns what is wrong with the check, nil if it works.
func (p Proof) Err() error {
	switch {
	case p.Switched:
		return fmt.Errorf("the module switched %s (%s) while pid %d was inside %s: its check is broken",
			p.Patch, p.Strategy, p.PID, p.Function)
	case !p.Named && p.Total > kmod.MaxHolders:
		return nil // it refused, with more holders than it lists
	case !p.Named:
		return fmt.Errorf("the module's check (%s) named %s of %s, but not pid %d, which was inside",
			p.Strategy, session.Counted(p.Total, "holder"), p.Function, p.PID)
	}
	return nil
}

// Prove proves that the module finds a holder. It starts a thread that waits inside a function, arms a patch of that
// function once with each strategy, and returns what the module's check found. The thread stays inside until the arming
// is taken back, so nothing changes as long as the check works. All CPUs are stopped for a moment. The error is a
// *session.Refusal if the check cannot be proved here and now. Call it only when the user asks for it.
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
		// It fails if the patch was switched, which the proof reports.
		defer func() { _ = unix.DeleteModule(p.Module, unix.O_NONBLOCK) }()
	}
	t, err := startWaiting()
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

// provable returns a patch that replaces heldFunction, is not applied and could be.
func (m *Machine) provable() (*patchset.Patch, error) {
	k, err := m.liveKernel()
	if err != nil {
		return nil, err
	}
	why := fmt.Sprintf("no patch in %s replaces %s, the function that the proof waits in: "+
		"build the catalogue's no-oob, or name its directory with --patches", m.opts.Patches, heldFunction)
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

// proveWith arms p once while the thread tid is inside heldFunction. The arming has ended when it returns.
func proveWith(ctx context.Context, p *patchset.Patch, s session.Strategy, tid int) (Proof, error) {
	proof := Proof{Patch: p.Name, Function: heldFunction, Strategy: s, PID: tid}
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
					heldFunction)}
			}
			proof.Named, err = named(dev, p, tid)
			return proof, err
		}
	}
}

// named reports whether the last attempt found tid inside heldFunction.
func named(dev *kmod.Device, p *patchset.Patch, tid int) (bool, error) {
	list, _, err := dev.Holders()
	return slices.ContainsFunc(list, func(h kmod.Holder) bool {
		return int(h.PID) == tid && int(h.Func) < len(p.Functions) && p.Functions[h.Func].Name == heldFunction
	}), err
}
