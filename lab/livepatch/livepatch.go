// SPDX-License-Identifier: GPL-2.0-only

// Package livepatch has Debian's kpatch load livepatch modules, as its users do, and follows the kernel's transition.
package livepatch

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// An Order says which module is to become what.
type Order struct {
	Module  string        // its name
	Want    string        // Applied or Reverted
	Every   time.Duration // how far apart the looks at the transition are
	Witness Witness       // is asked at each look; nil for none
}

// A Switching is one direction of a switch.
type Switching struct {
	Done  bool
	Took  time.Duration // until all calls ran the new code; where that never came, until it gave up
	Mixed time.Duration // how long the kernel let both run
	Seen  time.Duration // how long a witness saw both run
}

// States of a transition that are aimed at, as the file "enabled" has them.
const (
	Applied  = "1"
	Reverted = "0"
)

// A Witness reports whether calls ran the originals, and the replacements, since it was asked last. moving says that
// some tasks have not been switched.
type Witness func(moving bool) (original, replacement bool, err error)

// Run runs kpatch with these arguments until it ends, and follows the transition. That kpatch gives up is no error.
func (o Order) Run(args ...string) (Switching, error) { return (&transition{Order: o}).run(args...) }

// run runs kpatch and follows the transition until kpatch ends.
func (t *transition) run(args ...string) (Switching, error) {
	var said strings.Builder
	cmd := exec.Command("kpatch", args...)
	cmd.Stdout, cmd.Stderr = &said, &said
	t.begin = time.Now()
	if err := cmd.Start(); err != nil {
		return Switching{}, fmt.Errorf("running kpatch: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	looks := time.NewTicker(t.Every)
	defer looks.Stop()
	for {
		select {
		case <-looks.C:
			if err := t.look(time.Now()); err != nil {
				return Switching{}, err
			}
		case err := <-ended:
			now := time.Now()
			if err := t.look(now); err != nil {
				return Switching{}, err
			}
			var exit *exec.ExitError
			if err != nil && !errors.As(err, &exit) {
				return Switching{}, fmt.Errorf("running kpatch: %w", err)
			}
			out := t.result(now)
			if out.Done != (err == nil) {
				return out, fmt.Errorf("kpatch %s: %v, but done is %t: %s", args[0], err, out.Done, said.String())
			}
			return out, nil
		}
	}
}

// transition follows one livepatch transition by its files.
type transition struct {
	Order
	begin       time.Time
	first, last time.Time // looks at which both ran
	end         time.Time // the first look at which it was over as wanted

	newSeen, bothSeen time.Time // the first look at which new code ran, and the last at which old code did after it
}

// file returns a file of the livepatch; "" where there is none.
func (t *transition) file(name string) string {
	text, _ := os.ReadFile("/sys/kernel/livepatch/" + t.Module + "/" + name)
	return strings.TrimSpace(string(text))
}

func (t *transition) look(now time.Time) error {
	return t.saw(now, t.file("enabled"), t.file("transition"))
}

// saw takes in what the files said at a look.
func (t *transition) saw(now time.Time, enabled, moving string) error {
	original, replacement := false, false
	if t.Witness != nil {
		var err error
		if original, replacement, err = t.Witness(moving == "1"); err != nil {
			return err
		}
	}
	before, after := original, replacement
	if t.Want == Reverted {
		before, after = after, before
	}
	if t.newSeen.IsZero() && after {
		t.newSeen = now
	}
	if !t.newSeen.IsZero() && before {
		t.bothSeen = now
	}
	if !t.end.IsZero() {
		return nil
	}
	gone := enabled == "" && t.Want == Reverted // it was unloaded between two looks
	switch {
	case moving == "1" && enabled == t.Want:
		if t.first.IsZero() {
			t.first = now
		}
		t.last = now
	case moving == "0" && enabled == t.Want, gone:
		t.end = now
	}
	return nil
}

func (t *transition) result(now time.Time) Switching {
	out := Switching{Done: !t.end.IsZero(), Took: now.Sub(t.begin)}
	if out.Done {
		out.Took = t.end.Sub(t.begin)
	}
	if !t.first.IsZero() {
		out.Mixed = t.last.Sub(t.first) + t.Every
	}
	if !t.bothSeen.IsZero() {
		out.Seen = t.bothSeen.Sub(t.newSeen)
	}
	return out
}
