// SPDX-License-Identifier: GPL-2.0-only

package probe_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"spotos/patchset"
	"spotos/probe"
)

const parameters = "/sys/module/pair_target/parameters/"

// truth is pair_target's own count of the calls in pair_encode and pair_decode.
type truth struct {
	inFlight [2]int64
	holders  int64
}

func readTruth(t *testing.T) truth {
	t.Helper()
	text, err := os.ReadFile("/proc/pair_target")
	if err != nil {
		t.Fatal(err)
	}
	var out truth
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		n, _ := strconv.ParseInt(value, 10, 64)
		function, figure, _ := strings.Cut(name, ".")
		i := map[string]int{"encode": 0, "decode": 1}[function]
		switch {
		case strings.HasSuffix(figure, ".inflight"):
			out.inFlight[i] += n
		case name == "holders":
			out.holders = n
		}
	}
	return out
}

// order gives pair_target an order; most return only after their effect.
func order(t *testing.T, what string) {
	t.Helper()
	if err := os.WriteFile("/proc/pair_target", []byte(what), 0); err != nil {
		t.Errorf("ordering pair_target to %s: %v", what, err)
	}
}

func set(t *testing.T, parameter, value string) {
	t.Helper()
	if err := os.WriteFile(parameters+parameter, []byte(value), 0); err != nil {
		t.Error(err)
	}
}

// text finds a function of pair_target.
func text(t *testing.T, syms *patchset.Symbols, name string) probe.Func {
	t.Helper()
	found := syms.Addresses(name)
	if len(found) != 1 {
		t.Fatalf("function %s: %d of them", name, len(found))
	}
	start := found[0].Addr
	end := start + 11
	for in, _, ok := syms.Lookup(end); ok && in == name; in, _, ok = syms.Lookup(end) {
		end++
	}
	return probe.Func{Name: name, Ranges: []probe.Range{
		{Start: start, End: start + 10, Site: true}, {Start: start + 10, End: end}}}
}

// loadPair loads pair_target until the test ends, or skips the test outside the lab.
func loadPair(t *testing.T) *patchset.Symbols {
	t.Helper()
	if os.Getenv("SPOTOS_LAB") != "1" {
		t.Skip("runs in the lab's VM with SPOTOS_LAB=1")
	}
	f, err := os.Open(filepath.Join(os.Getenv("SPOTOS_BUILD"), "pair_target.ko"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := unix.FinitModule(int(f.Fd()), "", 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.DeleteModule("pair_target", unix.O_NONBLOCK); err != nil {
			t.Error(err)
		}
	})
	syms, err := patchset.LoadSymbols()
	if err != nil {
		t.Fatal(err)
	}
	return syms
}
