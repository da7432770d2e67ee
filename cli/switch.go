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

// switchCommand returns the command apply or revert.
func (f *flags) switchCommand(dir session.Direction) *cobra.Command {
	short := "Switch a patch's functions at the next safe point"
	if dir == session.Revert {
		short = "Switch back to the original functions at the next safe point"
	}
	cmd := &cobra.Command{Use: string(dir) + " PATCH", Short: short, Args: onePatch, PreRunE: f.load,
		Long: short + `.

Until then nothing changes. At the deadline the patch is stuck (exit 3): spotos names the holders with their stacks, the
longest inside first, and nothing has changed. Ctrl-C takes the arming back, as do SIGTERM and SIGHUP (exit 130) and
spotos abort from elsewhere (exit 4). After SIGKILL the kernel takes it back.`,
		ValidArgsFunction: f.completeOne,
		RunE:              func(cmd *cobra.Command, args []string) error { return f.run(cmd.Context(), args[0], dir) }}
	f.add(cmd.Flags(), "strategy", "timeout", "nudge", "patience")
	return cmd
}

// run runs one whole operation without a screen, and prints its result. The error carries the exit code.
func (f *flags) run(ctx context.Context, patch string, dir session.Direction) error {
	res := &f.result
	res.Patch, res.Strategy = patch, f.strategy
	m, err := f.machine()
	if err != nil {
		return err
	}
	opts := session.ArmOptions{Direction: dir, Strategy: f.strategy, Timeout: f.timeout, Nudge: f.nudge,
		Patience: f.patience}
	if err := f.operate(ctx, m, opts, res); err != nil {
		res.Outcome, res.Reason = outcomeOf(exitCode(err)), err.Error()
	}
	// A signal that came after the switch does not change the outcome, nor the exit code.
	return f.report(*res, ctx.Err() != nil && res.Outcome == session.OutcomeAborted)
}

// arm opens the patch and arms it. Without an operation to close, or where res has an outcome, it is over already.
func (f *flags) arm(ctx context.Context, m *live.Machine, a session.ArmOptions, res *session.Result) (session.Operation,
	error) {
	w := f.begin("opening " + res.Patch)
	defer w.end()
	op, err := m.Open(ctx, res.Patch, session.OpenOptions{ArmAtOnce: true, Report: w.step})
	if ctx.Err() != nil {
		res.Outcome, res.Reason = session.OutcomeInterrupted, "a signal ended it before it was armed; nothing changed"
		return op, nil
	}
	if err != nil {
		return nil, err
	}
	w.step("arming to " + string(a.Direction) + ", which changes nothing yet")
	err = op.Arm(a)
	switch {
	case errors.Is(err, unix.EALREADY):
		res.Outcome, res.Reason = session.OutcomeApplied, err.Error()
		if a.Direction == session.Revert { // nothing was reverted
			res.Outcome, res.Reason = session.OutcomeDone, "it is not applied: there is nothing to revert"
		}
	case err != nil:
		return op, &session.Refusal{Reason: err.Error()}
	}
	return op, nil
}

// operate runs the operation and fills in the result. Nothing that it armed is armed any more when it returns.
func (f *flags) operate(ctx context.Context, m *live.Machine, a session.ArmOptions, res *session.Result) error {
	if err := f.mayChange(); err != nil {
		return err
	}
	if c := m.Capabilities(); !c.CanSwitch {
		return &session.Refusal{Reason: c.Notes[len(c.Notes)-1]}
	}
	op, err := f.arm(ctx, m, a, res)
	if op != nil {
		defer op.Close()
	}
	if err != nil || res.Outcome != "" {
		return err
	}
	p := f.newProgress(a)
	defer p.clear()
	var seen session.Fold
	said := notes{}
	interrupt := ctx.Done()
	for {
		select {
		case e, ok := <-op.Events():
			if !ok {
				return errors.New("the events ended before the operation did")
			}
			f.print(e)
			said.print(e, p.clear)
			seen.Add(e)
			p.show(e, &seen)
			end := seen.Result()
			end.Patch, end.Strategy = res.Patch, res.Strategy
			f.describeStuck(&seen)
			if *res = end; res.Outcome != "" {
				return nil
			}
		case <-interrupt:
			interrupt = nil
			p.clear()
			// The events say how it ends: the switch may have come first.
			if err := op.Abort(); err != nil {
				note("taking the arming back: " + err.Error())
			}
		}
	}
}

// describeStuck keeps the card of the longest inside, if the patch is stuck.
func (f *flags) describeStuck(seen *session.Fold) {
	if holders, _ := seen.Inside(); seen.Phase == session.PhaseStuck && len(holders) > 0 {
		f.card = seen.Card(holders[0]).String()
	}
}

// print prints an event with --json, else nothing.
func (f *flags) print(e session.Event) {
	if f.json {
		_ = session.NewEncoder(f.out).Encode(e) // f.out keeps the error
	}
}

// report prints the result in words, unless --json is set. The error carries the exit code.
func (f *flags) report(res session.Result, interrupted bool) error {
	if !f.json {
		fmt.Fprintf(f.out, "%s: %s\n", res.Patch, session.DescribeResult(res))
		if res.Reason != "" {
			note(res.Reason)
		}
		fmt.Fprint(os.Stderr, shown(f.card+holdersText(res.Holders, res.Total, res.Patch)))
	}
	if interrupted {
		return exit{exitInterrupted}
	}
	if c := res.Outcome.ExitCode(); c != 0 {
		return exit{c}
	}
	return nil
}
