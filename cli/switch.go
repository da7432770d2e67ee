// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"spotos/session"
)

func (f *flags) switchCommand(dir session.Direction) *cobra.Command {
	short := "Switch a patch's functions at the next safe point"
	if dir == session.Revert {
		short = "Switch back to the original functions at the next safe point"
	}
	cmd := &cobra.Command{Use: string(dir) + " PATCH", Short: short, Args: onePatch,
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd.Context(), args[0], dir) }}
	cmd.Flags().StringVar(&f.strategy, "strategy", "safepoint", "safepoint, or retry: blind attempts as Ksplice made them")
	cmd.Flags().DurationVar(&f.timeout, "timeout", 30*time.Second, "give up after this long; 0 waits for ever")
	return cmd
}

// run is one whole operation without a screen.
func (f *flags) run(ctx context.Context, patch string, dir session.Direction) error {
	strategy := session.Strategy(f.strategy)
	if strategy != session.SafePointStrategy && strategy != session.RetryStrategy {
		return usageError{fmt.Errorf("no strategy %q: safepoint or retry", f.strategy)}
	}
	m, err := f.machine()
	if err != nil {
		return err
	}
	res := session.Result{Head: session.Head{Kind: session.KindResult, Patch: patch}, Strategy: strategy}
	res, err = f.operate(ctx, m, patch, session.ArmOptions{Direction: dir, Strategy: strategy, Timeout: f.timeout}, res)
	if err != nil {
		var refused *session.Refusal
		res.Outcome, res.Reason = session.OutcomeFailed, err.Error()
		if errors.As(err, &refused) {
			res.Outcome = session.OutcomeRefused
		}
	}
	return f.report(res, ctx.Err() != nil)
}

func (f *flags) operate(ctx context.Context, m *session.Machine, patch string, a session.ArmOptions, res session.Result) (session.Result, error) {
	if c := m.Capabilities(); !c.CanSwitch {
		return res, &session.Refusal{Reason: c.Notes[len(c.Notes)-1]}
	}
	op, err := m.Open(ctx, patch)
	if err != nil {
		return res, err
	}
	defer op.Close()
	err = op.Arm(a)
	if errors.Is(err, unix.EALREADY) {
		res.Outcome, res.Reason = session.OutcomeApplied, err.Error()
		if a.Direction == session.Revert {
			res.Outcome = session.OutcomeReverted
		}
		return res, nil
	}
	if err != nil {
		return res, &session.Refusal{Reason: err.Error()}
	}
	for {
		select {
		case e, ok := <-op.Events():
			if !ok {
				return res, errors.New("the events ended before the operation did")
			}
			f.print(e)
			if f.fold(e, &res) {
				return res, nil
			}
		case <-ctx.Done():
			res.Outcome, res.Reason = session.OutcomeAborted, "interrupted; nothing changed"
			return res, nil
		}
	}
}

// fold takes an event into the result and reports whether the operation is over.
func (f *flags) fold(e session.Event, res *session.Result) bool {
	switch e := e.(type) {
	case session.SafePoint:
		res.SafePoints = e.Count
	case session.Attempted:
		res.Attempts, res.Window, res.Holders = e.Number, e.Window, e.Holders
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
		res.Outcome, res.Reason = session.OutcomeAborted, e.Reason
		return true
	case session.Failed:
		res.Outcome, res.Reason = session.OutcomeFailed, e.Reason
		return true
	}
	return false
}

func (f *flags) print(e session.Event) {
	if f.json {
		session.NewEncoder(os.Stdout).Encode(e)
	}
}

// report prints the result and turns it into the exit code.
func (f *flags) report(res session.Result, interrupted bool) error {
	res.Time = time.Now()
	if res.Holders == nil {
		res.Holders = []session.Holder{}
	}
	f.print(res)
	if !f.json {
		fmt.Printf("%s: %s", res.Patch, res.Outcome)
		if res.Attempts > 0 {
			fmt.Printf(" after %v, %d attempts, stop window %v", res.Wait, res.Attempts, res.Window)
		}
		fmt.Println()
		if res.Reason != "" {
			fmt.Fprintln(os.Stderr, "spotos:", res.Reason)
		}
		for _, h := range res.Holders {
			fmt.Fprintf(os.Stderr, "  %s (pid %d, %s) in %s\n", h.Comm, h.PID, h.State, h.Function)
			for _, at := range h.Stack {
				fmt.Fprintln(os.Stderr, "    "+at)
			}
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
