// SPDX-License-Identifier: GPL-2.0-only

// Package labtest holds what the tests of several packages share: the lab's VM and its modules, waits with a limit,
// pair_target's client, and a terminal.
//
// A test that changes the kernel calls Require first. `make vm-test` runs it in a throw-away VM, where the variable
// SPOTOS_LAB is 1, spotos is in the PATH, and the modules built for the kernel are in Modules.
package labtest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Modules is where the VM has the modules built for its kernel.
const Modules = "/lib/spotos"

// In reports whether the test runs in the lab's VM.
func In() bool { return os.Getenv("SPOTOS_LAB") == "1" }

// Require skips the test outside the lab's VM.
func Require(tb testing.TB) {
	tb.Helper()
	if !In() {
		tb.Skip("runs in the lab's VM: see make vm-test")
	}
}

// Load loads a module, by its path under Modules and without ".ko". It may be called in any goroutine.
func Load(tb testing.TB, module, params string) {
	tb.Helper()
	path := File(module)
	f, err := os.Open(path)
	if err == nil {
		err = unix.FinitModule(int(f.Fd()), params, 0)
		f.Close()
	}
	if err != nil {
		tb.Errorf("loading %s: %v", path, err)
	}
}

// File returns the file of a module.
func File(module string) string { return filepath.Join(Modules, module+".ko") }

// Unload unloads a module.
func Unload(tb testing.TB, name string) {
	tb.Helper()
	if err := unix.DeleteModule(name, unix.O_NONBLOCK); err != nil {
		tb.Errorf("unloading %s: %v", name, err)
	}
}

// Loaded reports whether a module is loaded.
func Loaded(name string) bool {
	_, err := os.Stat(filepath.Join("/sys/module", name))
	return err == nil
}

// LoadSpotos is WithSpotos for a test after which nothing can be as before.
func LoadSpotos(tb testing.TB) {
	tb.Helper()
	Require(tb)
	if !Loaded("spotos") {
		Load(tb, "spotos", "")
	}
}

// WithSpotos requires the lab, and spotos to be loaded when the test begins. When it has ended, its cleanups included,
// nothing traced, probed or patched may be left.
func WithSpotos(tb testing.TB) {
	tb.Helper()
	LoadSpotos(tb)
	tb.Cleanup(func() { nothingLeft(tb) })
}

// WithoutSpotos requires the lab, and spotos not to be loaded when the test begins.
func WithoutSpotos(tb testing.TB) {
	tb.Helper()
	Require(tb)
	if err := unix.DeleteModule("spotos", unix.O_NONBLOCK); err != nil && !errors.Is(err, unix.ENOENT) {
		tb.Fatalf("unloading spotos: %v", err)
	}
}

// Write writes to a file of the kernel's.
func Write(tb testing.TB, path, text string) {
	tb.Helper()
	if err := os.WriteFile(path, []byte(text), 0); err != nil {
		tb.Error(err)
	}
}

// Tracing is where the lab has tracefs.
const Tracing = "/sys/kernel/tracing/"

// Trace writes a line to a file of tracefs. kprobe_events appends it to those it has.
func Trace(tb testing.TB, file, text string) {
	tb.Helper()
	f, err := os.OpenFile(Tracing+file, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		tb.Fatal(err)
	}
}

// Number returns a number that a variable of the environment may change: SPOTOS_ROUNDS is how often to do it,
// SPOTOS_THREADS how many call meanwhile, SPOTOS_IDLE_US how long each rests between two calls.
func Number(tb testing.TB, variable string, usual int) int {
	tb.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		tb.Fatalf("reading %s: %v", variable, err)
	}
	return n
}

// Seed returns SPOTOS_SEED, or a new one. It prints it before anything can go wrong.
func Seed(tb testing.TB) uint64 {
	tb.Helper()
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("SPOTOS_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			tb.Fatalf("reading SPOTOS_SEED: %v", err)
		}
	}
	fmt.Printf("%s: SPOTOS_SEED=%d\n", tb.Name(), seed)
	return seed
}

// Random returns random numbers that SPOTOS_SEED repeats.
func Random(tb testing.TB) *rand.Rand {
	tb.Helper()
	return rand.New(rand.NewPCG(Seed(tb), 0))
}
