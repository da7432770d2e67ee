// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"spotos/internal/safego"
	"spotos/session"
	"spotos/session/live"
	"spotos/session/replay"
)

// The child is the console in a process of its own, for tests that need a whole program at a terminal. These
// variables of its environment configure it.
const (
	childFile    = "SPOTOS_TEST_CHILD"         // the recording to play, or theMachine
	childCalls   = "SPOTOS_TEST_CHILD_CALLS"   // the file that receives the requests to the operation
	childPlants  = "SPOTOS_TEST_CHILD_PLANTS"  // a directory; a file in it names a goroutine that panics
	childPlanted = "SPOTOS_TEST_CHILD_PLANTED" // the goroutine that panics from the start
	childExports = "SPOTOS_TEST_CHILD_EXPORTS" // the directory for exports
	childFed     = "SPOTOS_TEST_CHILD_FED"     // the events to feed instead: see fed
	childFixes   = "SPOTOS_TEST_CHILD_FIXES"   // set: there are fixes, see fixing; "missing": not here yet
	childAbout   = "SPOTOS_TEST_CHILD_ABOUT"   // set: the patch is described, see asFix
	childOpening = "SPOTOS_TEST_CHILD_OPENING" // set: a patch is never open, see slow
	childMouse   = "SPOTOS_TEST_CHILD_MOUSE"   // set: with --mouse
	childReplay  = "SPOTOS_TEST_CHILD_REPLAY"  // set: the recording opens in a player
	childCaption = "SPOTOS_TEST_CHILD_CAPTION" // set: with captions
)

// theMachine stands for the running kernel. There the console opens the patch pair and arms it with --nudge freeze.
const theMachine = "/"

func TestMain(m *testing.M) {
	if live.IsGuard() {
		os.Exit(live.Guard())
	}
	if file := os.Getenv(childFile); file != "" {
		safego.Plant = func(name string) {
			_, err := os.Stat(filepath.Join(os.Getenv(childPlants), name))
			if err == nil || os.Getenv(childPlanted) == name {
				panic("planted in the " + name)
			}
		}
		if err := child(file); err != nil {
			fmt.Fprintln(os.Stderr, "ended:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child runs the console. It returns how Run ended.
func child(file string) error {
	console, err := childConsole(file)
	if err != nil {
		return err
	}
	clock := tickingClock()
	opts := Options{
		Now: func() time.Time {
			safego.Point("clock") // Update reads the clock
			return clock()
		},
		Exports: os.Getenv(childExports), Captions: os.Getenv(childCaption) != "",
		Mouse: os.Getenv(childMouse) != "",
	}
	if os.Getenv(childFed) != "" {
		opts.Now = time.Now
	}
	if file == theMachine {
		opts.Patch = "pair"
		opts.Arm = session.ArmOptions{Strategy: session.SafePointStrategy, Nudge: session.NudgeFreeze}
	}
	return Run(context.Background(), console, opts)
}

func childConsole(file string) (session.Console, error) {
	if file == theMachine {
		return live.NewMachine(live.MachineOptions{Patches: "/lib/spotos/patches"})
	}
	file = filepath.Join("testdata", file)
	if what := os.Getenv(childFed); what != "" {
		return newFed(file, what)
	}
	if os.Getenv(childReplay) != "" {
		// So slow that only the first event comes by itself.
		return replay.Open(file, replay.Options{Speed: 1e-6})
	}
	calls, err := os.OpenFile(os.Getenv(childCalls), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	console, err := newCued(file, calls)
	if how := os.Getenv(childFixes); how != "" {
		return &fixing{Console: console, calls: calls, missing: how == "missing", hang: "rtnl-fill-vfinfo"}, err
	}
	if os.Getenv(childOpening) != "" {
		return slow{console, calls}, err
	}
	if os.Getenv(childAbout) != "" {
		return withAbout{console}, err
	}
	return console, err
}

// withAbout is a console whose patches are described.
type withAbout struct{ session.Console }

func (withAbout) Describe(context.Context, string) (session.About, error) { return asFix(), nil }
