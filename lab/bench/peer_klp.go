// SPDX-License-Identifier: GPL-2.0-only

package bench

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// livepatchLook is how far apart the looks at a transition are.
const livepatchLook = time.Millisecond

// livepatchTurn runs `kpatch load` and `kpatch unload`, from exec to the end of the transition.
func livepatchTurn(row peerRow) (out peerResult, err error) {
	module := "klp_" + moduleOf(row.patch)
	w, err := newWitness(row.patch)
	if err != nil {
		return out, err
	}
	defer w.close()
	apply := &transition{module: module, want: "1", witness: w}
	if out.apply, err = apply.run("load", "/lib/spotos/peers/"+module+".ko"); err != nil || !out.apply.done {
		return out, err
	}
	undo := &transition{module: module, want: "0", witness: w}
	out.undo, err = undo.run("unload", module+".ko")
	return out, err
}

// run runs kpatch and follows the transition until kpatch ends.
func (t *transition) run(args ...string) (switching, error) {
	var said strings.Builder
	cmd := exec.Command("kpatch", args...)
	cmd.Stdout, cmd.Stderr = &said, &said
	t.begin = time.Now()
	if err := cmd.Start(); err != nil {
		return switching{}, fmt.Errorf("running kpatch: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	looks := time.NewTicker(livepatchLook)
	defer looks.Stop()
	for {
		select {
		case <-looks.C:
			if err := t.look(time.Now()); err != nil {
				return switching{}, err
			}
		case err := <-ended:
			now := time.Now()
			if err := t.look(now); err != nil {
				return switching{}, err
			}
			var exit *exec.ExitError
			if err != nil && !errors.As(err, &exit) {
				return switching{}, fmt.Errorf("running kpatch: %w", err)
			}
			out := t.result(now)
			if out.done != (err == nil) {
				return out, fmt.Errorf("kpatch %s: %v, but done is %t: %s", args[0], err, out.done, said.String())
			}
			return out, nil
		}
	}
}

// transition follows one livepatch transition by its files.
type transition struct {
	module, want string
	begin        time.Time
	first, last  time.Time // looks at which both ran
	end          time.Time // the first look at which it was over as wanted

	witness           witness
	newSeen, bothSeen time.Time // the first look at which new code ran, and the last at which old code did after it
}

// file returns a file of the livepatch; "" where there is none.
func (t *transition) file(name string) string {
	text, _ := os.ReadFile("/sys/kernel/livepatch/" + t.module + "/" + name)
	return strings.TrimSpace(string(text))
}

func (t *transition) look(now time.Time) error {
	return t.saw(now, t.file("enabled"), t.file("transition"))
}

// saw takes in what the files said at a look.
func (t *transition) saw(now time.Time, enabled, moving string) error {
	original, replacement, err := t.witness.look(moving == "1")
	if err != nil {
		return err
	}
	before, after := original, replacement
	if t.want == "0" {
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
	gone := enabled == "" && t.want == "0" // it was unloaded between two looks
	switch {
	case moving == "1" && enabled == t.want:
		if t.first.IsZero() {
			t.first = now
		}
		t.last = now
	case moving == "0" && enabled == t.want, gone:
		t.end = now
	}
	return nil
}

func (t *transition) result(now time.Time) switching {
	out := switching{done: !t.end.IsZero(), took: now.Sub(t.begin)}
	if out.done {
		out.took = t.end.Sub(t.begin)
	}
	if !t.first.IsZero() {
		out.mixed = t.last.Sub(t.first) + livepatchLook
	}
	if !t.bothSeen.IsZero() {
		out.seen = t.bothSeen.Sub(t.newSeen)
	}
	return out
}
