// SPDX-License-Identifier: GPL-2.0-only

package bench

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"

	"spotos/patchset/catalogue"
)

// question is what a recipe's program asks the kernel. Without a program there is none, and every answer is right.
type question struct{ recipe *catalogue.Recipe }

// ask runs the program, and returns an error if the answer is not that of the state.
func (q *question) ask(applied bool) error {
	if q.recipe.Show == nil {
		return nil
	}
	want := q.recipe.Show.Before
	if applied {
		want = q.recipe.Show.Applied
	}
	got, err := q.run()
	switch {
	case err != nil:
		return err
	case got != want:
		return fmt.Errorf("the program says %q where the patch is applied: %t; want %q", got, applied, want)
	}
	return nil
}

func (q *question) run() (string, error) {
	out, err := exec.Command(filepath.Join(showPrograms, q.recipe.Name)).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("running the program: %w: %s", err, out)
	}
	return strings.TrimSpace(string(out)), nil
}

// callers runs the program over and over beside, so that the patched functions are called and may be in use. The
// function returned ends that; its error is that of a program which could not run. What these runs say is not compared:
// the switch may come while they ask.
func (q *question) callers() func() error {
	var over atomic.Bool
	ended := make(chan error, 1)
	go func() {
		var err error
		for q.recipe.Show != nil && err == nil && !over.Load() {
			_, err = q.run()
		}
		ended <- err
	}()
	return func() error {
		over.Store(true)
		return <-ended
	}
}
