// SPDX-License-Identifier: GPL-2.0-only

package experiment

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"spotos/lab/livepatch"
	"spotos/session"
)

const (
	deadline = 30 * time.Second      // for SPOTOS: the command's own default
	rest     = time.Second           // how long a phase without a command lasts
	baseline = 2 * time.Second       // how long it is measured while nobody touches the kernel
	klpLook  = 10 * time.Millisecond // livepatch: how far apart the looks are
)

// flagsOf are those of spotos apply for each strategy that is one of it.
var flagsOf = map[string][]string{
	SafePoint: {"--nudge", session.NudgeNone},
	Auto:      {"--nudge", session.NudgeAuto},
	Signal:    {"--nudge", session.NudgeSignal},
	Freeze:    {"--nudge", session.NudgeFreeze},
	Retry:     {"--strategy", string(session.RetryStrategy), "--nudge", session.NudgeNone},
}

// Library is where the modules are on the machine that is patched.
const Library = "/lib/spotos"

// catalogue is the directory of the experiment's patches.
const catalogue = Library + "/again"

func moduleOf(patch string) string { return strings.ReplaceAll(patch, "-", "_") }

// twinOf returns the file of the livepatch module with the same replacement.
func twinOf(patch string) string {
	return filepath.Join(Library, "again-klp", "klp_"+moduleOf(patch)+".ko")
}

// Module returns the file that a trial applies, below Library or the directory in which it was built for the VM. A
// baseline has one: it is a baseline of trials with that patch.
func (t Trial) Module() string {
	file := twinOf(t.Patch)
	if t.Strategy != Livepatch {
		file = filepath.Join(catalogue, moduleOf(t.Patch)+".ko")
	}
	return strings.TrimPrefix(file, Library+"/")
}

// lacking returns what a strategy needs and this machine lacks, "" for nothing.
func lacking(t Trial) string {
	if t.Strategy == Livepatch {
		if _, err := exec.LookPath("kpatch"); err != nil {
			return "kpatch"
		}
	}
	file := filepath.Join(Library, t.Module())
	if _, err := os.Stat(file); err != nil {
		return file
	}
	return ""
}

// period is when a strategy was at work.
type period struct{ begin, end time.Time }

// carryOut does what the trial's strategy says, and returns from when until it was done or given up.
func carryOut(ctx context.Context, r *Result) (period, error) {
	begin := time.Now()
	switch r.Strategy {
	case Nothing:
		r.Outcome = Baseline
		time.Sleep(baseline)
		return period{begin, time.Now()}, nil
	case Watch:
		r.Outcome = Baseline
		watched, err := r.watchOnly(ctx)
		r.Armed = watched.begin.Sub(begin)
		return watched, err
	case Livepatch:
		order := livepatch.Order{Module: "klp_" + moduleOf(r.Patch), Want: livepatch.Applied, Every: klpLook}
		done, err := order.Run("load", twinOf(r.Patch))
		r.Outcome, r.Took, r.Mixed = outcome(done.Done), done.Took, done.Mixed
		return period{begin, begin.Add(done.Took)}, err
	}
	end, err := applyBy(ctx, r)
	return period{begin, end}, err
}

func outcome(done bool) string {
	if done {
		return Applied
	}
	return GivenUp
}

// spotos returns a command of this program.
func spotos(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "/proc/self/exe", args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGINT) }
	return cmd
}

// applyBy applies the patch with spotos apply.
func applyBy(ctx context.Context, r *Result) (time.Time, error) {
	var complaints strings.Builder
	begin := time.Now()
	cmd := spotos(ctx, append([]string{"apply", r.Patch, "--json", "--patches", catalogue, "--timeout",
		deadline.String()}, flagsOf[r.Strategy]...)...)
	cmd.Stderr = &complaints
	said, err := cmd.Output()
	end := time.Now()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != session.OutcomeStuck.ExitCode()) {
		return end, fmt.Errorf("spotos apply: %w: %s", err, complaints.String())
	}
	return r.settle(said, begin, end)
}

// settle takes in what the command said, from its begin to its end, and returns when it was done or given up.
func (r *Result) settle(said []byte, begin, end time.Time) (time.Time, error) {
	var f session.Fold
	for line := range bytes.Lines(said) {
		e, err := session.UnmarshalEvent(line)
		if err != nil {
			return end, err
		}
		f.Add(e)
		switch e := e.(type) {
		case session.Armed:
			r.Armed = e.Time.Sub(begin)
		case session.Attempted:
			r.Window = max(r.Window, e.Window)
		case session.Nudged:
			r.Nudges++
		}
		r.Attempts = cmp.Or(f.Attempts, r.Attempts)
	}
	if r.Outcome = outcome(f.Outcome == session.OutcomeApplied); r.Outcome == Applied {
		end, r.Wait = f.Switched.Time, f.Switched.Wait
	} else if holders, _ := f.Inside(); len(holders) > 0 {
		r.Holder = holders[0].Comm
	}
	r.Took = end.Sub(begin)
	return end, nil
}

// takeBack reverts what was applied and unloads it. Nobody looks at the load by then, and holders may be woken.
func takeBack(ctx context.Context, r *Result) error {
	if r.Outcome == Baseline {
		return nil
	}
	if r.Strategy == Livepatch {
		if r.Outcome != Applied {
			return nil // kpatch has taken it back itself
		}
		order := livepatch.Order{Module: "klp_" + moduleOf(r.Patch), Want: livepatch.Reverted, Every: klpLook}
		done, err := order.Run("unload", order.Module+".ko")
		if err == nil && !done.Done {
			err = errors.New("kpatch gave up reverting it: the next trials would run its code")
		}
		return err
	}
	if r.Outcome != GivenUp { // also after an error, since nobody knows how far it came
		out, err := spotos(ctx, "revert", r.Patch, "--nudge", session.NudgeSignal, "--timeout", "2m", "--patches",
			catalogue).CombinedOutput()
		if err != nil {
			return fmt.Errorf("spotos revert: %w: %s", err, out)
		}
	}
	if err := unix.DeleteModule(moduleOf(r.Patch), 0); err != nil && err != unix.ENOENT {
		return fmt.Errorf("unloading %s: %w", r.Patch, err)
	}
	return nil
}
