// SPDX-License-Identifier: GPL-2.0-only

package experiment

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
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
	for i, t := range trials {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		lacks := append(Missing(t.Server), strings.Fields(lacking(t))...)
		if len(lacks) > 0 {
			say(fmt.Sprintf("%v is left out: there is no %s", t, strings.Join(lacks, ", ")))
			continue
		}
		say(fmt.Sprintf("%d of %d: %v", i+1, len(trials), t))
		r := &Result{Trial: t, Kernel: unix.ByteSliceToString(uts.Release[:])}
		if err := r.run(ctx); err != nil {
			return fmt.Errorf("%v: %w", t, err)
		}
		if err := done(r); err != nil {
			return err
		}
	}
	return nil
}

// run runs one trial.
func (r *Result) run(ctx context.Context) error {
	s, _ := serverNamed(r.Server) // Missing has looked
	set, err := start(s)
	if err != nil {
		return err
	}
	time.Sleep(warm)
	from := time.Now()
	time.Sleep(rest)
	begin := time.Now()
	end, failed := carryOut(ctx, r)
	time.Sleep(rest)
	to := time.Now()
	ended := set.alive()
	samples, err := set.stop()
	if err := errors.Join(failed, err); err != nil {
		return errors.Join(err, takeBack(context.WithoutCancel(ctx), r))
	}
	r.Before, r.During, r.After = look(samples, from, begin), look(samples, begin, end), look(samples, end, to)
	r.Around = longest(samples, end.Add(-BinLength), end.Add(BinLength))
	r.Faults, r.Bins = countFaults(samples), bins(samples, from, begin, to)
	if ended != nil { // a program that noticed
		fmt.Fprintln(os.Stderr, ended)
		r.Faults.Others++
	}
	return takeBack(context.WithoutCancel(ctx), r)
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
