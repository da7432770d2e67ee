// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"spotos/session"
	"spotos/session/live"
)

func (f *flags) switchCommand(dir session.Direction) *cobra.Command {
	short := "Switch a patch's functions at the next safe point"
	if dir == session.Revert {
		short = "Switch back to the original functions at the next safe point"
	}
	cmd := &cobra.Command{Use: string(dir) + " PATCH", Short: short, Args: onePatch, PreRunE: f.load,
		Long: short + `.

Until then nothing changes. At the deadline it is stuck (exit 3): the holders are named with their stacks, and
nothing has changed. Ctrl-C, and spotos abort from elsewhere, take the arming back.`,
		ValidArgsFunction: f.completeOne,
		RunE:              func(cmd *cobra.Command, args []string) error { return f.run(cmd.Context(), args[0], dir) }}
	f.add(cmd.Flags(), "strategy", "timeout", "nudge")
	return cmd
}

// run is one whole operation without a screen.
func (f *flags) run(ctx context.Context, patch string, dir session.Direction) error {
	res := &f.result
	res.Patch, res.Strategy = patch, f.strategy
	m, err := f.machine()
	if err != nil {
		return err
	}
	err = f.operate(ctx, m, session.ArmOptions{Direction: dir, Strategy: f.strategy, Timeout: f.timeout, Nudge: f.nudge}, res)
	if err != nil {
		res.Outcome, res.Reason = outcomeOf(exitCode(err)), err.Error()
	}
	// An interrupt that came too late changed nothing: it is what it is.
	return f.report(*res, ctx.Err() != nil && res.Outcome == session.OutcomeAborted)
}

// operate fills in the result. What is armed by it is over when it returns.
func (f *flags) operate(ctx context.Context, m *live.Machine, a session.ArmOptions, res *session.Result) error {
	if err := f.mayChange(); err != nil {
		return err
	}
	if c := m.Capabilities(); !c.CanSwitch {
		return &session.Refusal{Reason: c.Notes[len(c.Notes)-1]}
	}
	op, err := m.Open(ctx, res.Patch)
	if err != nil {
		return err
	}
	defer op.Close()
	if ctx.Err() != nil {
		res.Outcome, res.Reason = session.OutcomeAborted, "interrupted before it was armed; nothing changed"
		return nil
	}
	err = op.Arm(a)
	if errors.Is(err, unix.EALREADY) {
		res.Outcome, res.Reason = session.OutcomeApplied, err.Error()
		if a.Direction == session.Revert {
			res.Outcome = session.OutcomeReverted
		}
		return nil
	}
	if err != nil {
		return &session.Refusal{Reason: err.Error()}
	}
	p := f.newProgress(a)
	defer p.clear()
	interrupt := ctx.Done()
	for {
		select {
		case e, ok := <-op.Events():
			if !ok {
				return errors.New("the events ended before the operation did")
			}
			f.print(e)
			p.show(e)
			if fold(e, res) {
				return nil
			}
		case <-interrupt:
			interrupt = nil
			p.clear()
			// What comes of it is told by the events: the switch may have come first.
			if err := op.Abort(); err != nil {
				note("taking the arming back: " + err.Error())
			}
		}
	}
}

// fold takes an event into the result and reports whether the operation is over.
func fold(e session.Event, res *session.Result) bool {
	switch e := e.(type) {
	case session.Started:
		if e.Note != "" {
			note(e.Note)
		}
	case session.SafePoint:
		res.SafePoints = e.Count
	case session.Attempted:
		res.Attempts, res.Window, res.Trigger, res.Holders = e.Number, e.Window, e.Trigger, e.Holders
	case session.Switched:
		res.Outcome = session.OutcomeApplied
		if e.Kind == session.KindReverted {
			res.Outcome = session.OutcomeReverted
		}
		res.Wait, res.Trigger, res.Window, res.Holders = e.Wait, e.Trigger, e.Window, nil
		return true
	case session.Stuck:
		res.Outcome, res.Reason, res.Holders = session.OutcomeStuck, e.Reason, e.Holders
		return true
	case session.Aborted:
		res.Outcome, res.Reason = session.OutcomeAborted, e.Reason+"; nothing changed"
		return true
	case session.Failed:
		res.Outcome, res.Reason = session.OutcomeFailed, e.Reason
		return true
	}
	return false
}

func (f *flags) print(e session.Event) {
	if f.json {
		_ = session.NewEncoder(f.out).Encode(e) // f.out keeps the error
	}
}

// report says the result in words, and turns it into the exit code.
func (f *flags) report(res session.Result, interrupted bool) error {
	if !f.json {
		fmt.Fprintf(f.out, "%s: %s\n", res.Patch, resultText(res))
		if res.Reason != "" {
			note(res.Reason)
		}
		for _, h := range res.Holders {
			fmt.Fprint(os.Stderr, shown(holderText(h)))
		}
	}
	if interrupted {
		return exit{exitInterrupted}
	}
	if c := res.Outcome.ExitCode(); c != 0 {
		return exit{c}
	}
	return nil
}

// resultText is the outcome and what it took.
func resultText(res session.Result) string {
	text := string(res.Outcome)
	if res.Wait > 0 {
		text += fmt.Sprintf(" after %s", session.Span(res.Wait))
	}
	if res.Attempts > 0 {
		text += fmt.Sprintf(", attempt %d, all CPUs stopped for %s", res.Attempts, session.Span(res.Window))
	}
	return text
}
