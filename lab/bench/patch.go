// SPDX-License-Identifier: GPL-2.0-only

package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"spotos/session"
	"spotos/session/live"
)

// patch is an open patch that is applied and reverted in turn.
type patch struct {
	op       session.Operation
	applied  bool
	nudge    string        // how each arming nudges; "": it does not
	patience time.Duration // with session.NudgeAuto
}

func openPatch(name string) (*patch, error) {
	m, err := live.NewMachine(live.MachineOptions{Patches: "/lib/spotos/patches", Interval: time.Second})
	if err != nil {
		return nil, err
	}
	op, err := m.Open(context.Background(), name, session.OpenOptions{})
	if err != nil {
		return nil, err
	}
	return &patch{op: op}, nil
}

// close reverts the patch if it is applied.
func (p *patch) close() error {
	defer p.op.Close()
	if !p.applied {
		return nil
	}
	_, err := p.turn(session.SafePointStrategy, 0, nil)
	return err
}

// turned is the outcome of one arming.
type turned struct {
	switched bool
	wait     time.Duration // until it switched, or until it was stuck or aborted
	last     session.Attempted
	stops    []stopped // of all attempts
	attempts int
}

// watch takes samples for a time.
func (p *patch) watch(d time.Duration) error {
	for end := time.After(d); ; {
		select {
		case e := <-p.op.Events():
			if f, failed := e.(session.Failed); failed {
				return errors.New(f.Reason)
			}
		case <-end:
			return nil
		}
	}
}

// stopped is a stop of all CPUs.
type stopped struct {
	known  int64 // when it was known here, on CLOCK_MONOTONIC
	window time.Duration
}

// turn arms for the other state, calls armed once it is, and waits for the outcome.
func (p *patch) turn(strategy session.Strategy, timeout time.Duration, armed func() error) (turned, error) {
	direction := session.Apply
	if p.applied {
		direction = session.Revert
	}
	var out turned
	begin := time.Now()
	if err := p.op.Arm(session.ArmOptions{Direction: direction, Strategy: strategy, Timeout: timeout,
		Nudge: p.nudge, Patience: p.patience}); err != nil {
		return out, err
	}
	var f session.Fold
	for e := range p.op.Events() {
		f.Add(e)
		out.last, out.attempts = f.Attempt, f.Attempts
		switch f.Outcome {
		case session.OutcomeApplied, session.OutcomeReverted:
			p.applied = !p.applied
			out.switched, out.wait = true, f.Switched.Wait
			return out, nil
		case session.OutcomeAborted:
			return out, nil
		case session.OutcomeFailed:
			return out, errors.New(f.Reason)
		}
		switch e := e.(type) {
		case session.Attempted:
			out.stops = append(out.stops, stopped{monotonic(), e.Window})
		case session.Armed:
			begin = time.Now()
			if armed != nil {
				if err := armed(); err != nil {
					return out, err
				}
			}
		case session.Stuck:
			out.wait = time.Since(begin)
			if err := p.op.Abort(); err != nil {
				return out, err
			}
		}
	}
	return out, errors.New("the events ended")
}

const pairFile = "/proc/pair_target"

// tellPair writes an order to pair_target; some orders return only after their effect.
func tellPair(order string) error { return os.WriteFile(pairFile, []byte(order), 0) }

// pairFigures returns pair_target's figures, but for those that are words.
func pairFigures() (map[string]int64, error) {
	text, err := os.ReadFile(pairFile)
	if err != nil {
		return nil, err
	}
	figures := map[string]int64{}
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if n, err := strconv.ParseInt(value, 10, 64); err == nil {
			figures[key] = n
		}
	}
	return figures, nil
}

// pairFigure returns one of pair_target's figures.
func pairFigure(name string) (int64, error) {
	figures, err := pairFigures()
	if err != nil {
		return 0, err
	}
	n, ok := figures[name]
	if !ok {
		return 0, fmt.Errorf("%s has no figure %s", pairFile, name)
	}
	return n, nil
}

// awaitPair waits until a figure of pair_target has a value.
func awaitPair(name string, want int64) error {
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if n, err := pairFigure(name); err != nil || n == want {
			return err
		}
	}
	return fmt.Errorf("%s did not become %d", name, want)
}
