// SPDX-License-Identifier: GPL-2.0-only

package bench

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"spotos/lab/traffic"
	"spotos/patchset/catalogue"
	"spotos/session"
)

// Places in the guest that lab/patches-lab.sh fills.
const (
	builtPatches = "/lib/spotos/patches"
	showPrograms = "/test/show"    // a program a recipe, of its name
	otherModules = "/test/modules" // the kernel's own, NAME.ko
)

const patchPatience = 30 * time.Second // for one safe point

// patches applies and reverts each patch of the catalogue that is for this kernel and was built, while the lab's
// traffic runs and the recipe's program over and over. It compares what the program answers before, while and after,
// and measures the waits beside those of the strategy that tries again and again, with a quarter as many rounds. A
// patch that fails has the figure NAME_failed; the others are tried all the same.
func patches(r *Report) error {
	all, err := catalogue.All()
	if err != nil {
		return err
	}
	work, err := traffic.Start(traffic.Options{Producers: 1, Busy: 3, Idle: 1, Acceptors: 1, Style: traffic.StyleRecv,
		Interval: 100 * time.Millisecond, Work: 10 * time.Millisecond})
	if err != nil {
		return err
	}
	r.row("recipe", "answer", "switched", "wait", "90 %", "longest", "stop", "longest", "retry: wait", "90 %", "stop")
	tried := 0
	for _, recipe := range all {
		file := filepath.Join(builtPatches, strings.ReplaceAll(recipe.Name, "-", "_")+".ko")
		if _, err := os.Stat(file); err != nil || recipe.For(r.Kernel) == nil {
			continue
		}
		tried++
		if err := patchOf(r, recipe); err != nil {
			r.row(recipe.Name, "failed: "+err.Error())
			r.Figures[recipe.Name+"_failed"] = 1
		}
	}
	if seen := work.Stop(); seen.Failed() {
		return fmt.Errorf("the traffic noticed something: %+v", *seen)
	}
	if tried == 0 {
		return errors.New("no patch of the catalogue was built for this kernel")
	}
	return nil
}

// patchOf tries the patch of one recipe.
func patchOf(r *Report, recipe *catalogue.Recipe) error {
	for _, name := range recipe.Modules {
		if err := loadModule(filepath.Join(otherModules, filepath.Base(name)+".ko")); err != nil {
			return err
		}
	}
	q := &question{recipe: recipe}
	if err := q.ask(false); err != nil {
		return err
	}
	p, err := openPatch(recipe.Name)
	if err != nil {
		return err
	}
	stop := q.callers()
	trigger, err := rounds(p, q, session.SafePointStrategy, trials(20))
	var retry spans
	if err == nil {
		retry, err = rounds(p, q, session.RetryStrategy, (trials(20)+3)/4)
	}
	if err := errors.Join(err, stop(), p.close()); err != nil {
		return err
	}
	answer := "none"
	if recipe.Show != nil {
		answer = recipe.Show.Before + ", " + recipe.Show.Applied + ", " + recipe.Show.Before
	}
	r.row(recipe.Name, answer, len(trigger.waits), median(trigger.waits), quantile(trigger.waits, 0.9),
		quantile(trigger.waits, 1), median(trigger.stops), quantile(trigger.stops, 1), median(retry.waits),
		quantile(retry.waits, 0.9), median(retry.stops))
	trigger.report(r, recipe.Name+"_")
	retry.report(r, recipe.Name+"_retry_")
	return nil
}

// spans are what the switches of a patch took.
type spans struct{ waits, stops []time.Duration }

func (s *spans) report(r *Report, prefix string) {
	r.Figures[prefix+"switches"] = float64(len(s.waits))
	r.Figures[prefix+"wait_median_ns"] = float64(median(s.waits))
	r.Figures[prefix+"wait_90_ns"] = float64(quantile(s.waits, 0.9))
	r.Figures[prefix+"wait_longest_ns"] = float64(quantile(s.waits, 1))
	r.Figures[prefix+"stop_median_ns"] = float64(median(s.stops))
	r.Figures[prefix+"stop_longest_ns"] = float64(quantile(s.stops, 1))
}

// rounds applies and reverts the patch some times, and asks in each state.
func rounds(p *patch, q *question, strategy session.Strategy, times int) (spans, error) {
	var s spans
	for range 2 * times {
		t, err := p.turn(strategy, patchPatience, nil)
		if err == nil && !t.switched {
			err = fmt.Errorf("no safe point in %v with the strategy %s", patchPatience, strategy)
		}
		if err != nil {
			return s, err
		}
		s.waits, s.stops = append(s.waits, t.wait), append(s.stops, t.last.Window)
		if err := q.ask(p.applied); err != nil {
			return s, err
		}
	}
	return s, nil
}

// loadModule loads a module of the kernel, if it is not loaded.
func loadModule(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := unix.FinitModule(int(file.Fd()), "", 0); err != nil && !errors.Is(err, unix.EEXIST) {
		return fmt.Errorf("loading %s: %w", path, err)
	}
	return nil
}
