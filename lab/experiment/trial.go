// SPDX-License-Identifier: GPL-2.0-only

package experiment

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"spotos/lab/load"
)

// warm is how long the load runs before anything is measured.
const warm = time.Second

// Run runs trials one after the other and calls done after each. A trial whose programs or modules this machine lacks
// is left out, which say hears. It ends between two trials when ctx does: nothing stays applied then, and nothing runs.
func Run(ctx context.Context, trials []Trial, say func(string), done func(*Result) error) error {
	var uts unix.Utsname
	if err := unix.Uname(&uts); err != nil {
		return fmt.Errorf("asking for the kernel's release: %w", err)
	}
	const files = 1 << 16 // which a server and its clients may open, each: a connection is one
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: files, Max: files}); err != nil {
		return fmt.Errorf("allowing servers many connections: %w", err)
	}
	on := &stage{}
	for i, t := range trials {
		if ctx.Err() != nil {
			return errors.Join(ctx.Err(), on.clear())
		}
		lacks := append(Missing(t.Server), strings.Fields(lacking(t))...)
		if len(lacks) > 0 {
			say(fmt.Sprintf("%v is left out: there is no %s", t, strings.Join(lacks, ", ")))
			continue
		}
		r := &Result{Trial: t, Kernel: unix.ByteSliceToString(uts.Release[:])}
		begin := time.Now()
		err := r.run(ctx, on)
		if err == nil {
			err = done(r)
		}
		if err != nil {
			return errors.Join(fmt.Errorf("%v: %w", t, err), on.clear())
		}
		say(fmt.Sprintf("%d of %d: %v: %s after %.1f s; the trial took %.1f s", i+1, len(trials), t, r.Outcome,
			r.During.Seconds, time.Since(begin).Seconds()))
	}
	return on.clear()
}

// run runs one trial. The server and its load go on for the next one, if nothing went wrong.
func (r *Result) run(ctx context.Context, on *stage) error {
	set, err := on.have(r.Server)
	if err != nil {
		return err
	}
	if _, err := set.take(); err != nil { // what was before is nothing to this trial
		return err
	}
	from := time.Now()
	time.Sleep(rest)
	begin := time.Now()
	until, failed := carryOut(ctx, r)
	time.Sleep(rest)
	to := time.Now()
	samples, err := set.takeAll(to)
	if err := errors.Join(failed, err); err != nil {
		return errors.Join(err, on.clear(), takeBack(context.WithoutCancel(ctx), r))
	}
	r.see(samples, from, begin, until, to)
	if i := slices.IndexFunc(samples, func(s load.Sample) bool { return s.Why != "" }); i >= 0 {
		fmt.Fprintf(os.Stderr, "%v: a request failed: %s\n", r.Trial, samples[i].Why)
	}
	if ended := set.alive(); ended != nil { // a program that noticed
		fmt.Fprintln(os.Stderr, ended)
		r.Faults.Ended++
	}
	// Livepatch would wait for sleepers for a quarter of a minute, and a server that had trouble tells nothing more.
	if r.Faults.Sum() > 0 || r.Strategy == Livepatch && sleepers(r.Patch) {
		if err := on.clear(); err != nil {
			return errors.Join(err, takeBack(context.WithoutCancel(ctx), r))
		}
	}
	return takeBack(context.WithoutCancel(ctx), r)
}

// see notes what clients saw in a trial that lasted from one moment to another, with the command's begin between them.
func (r *Result) see(samples []load.Sample, from, begin time.Time, until period, to time.Time) {
	r.Before, r.During, r.After = look(samples, from, begin), look(samples, until.begin, until.end),
		look(samples, until.end, to)
	r.Around = longest(samples, until.end.Add(-BinLength), until.end.Add(BinLength))
	r.Faults, r.Bins = countFaults(samples), bins(samples, from, begin, to)
}

// ReadTrials reads trials, a line of JSON each.
func ReadTrials(in io.Reader) ([]Trial, error) {
	var trials []Trial
	for from := json.NewDecoder(in); ; {
		var t Trial
		switch err := from.Decode(&t); {
		case errors.Is(err, io.EOF):
			return trials, nil
		case err != nil:
			return nil, fmt.Errorf("reading the list of trials: %w", err)
		}
		trials = append(trials, t)
	}
}
