// SPDX-License-Identifier: GPL-2.0-only

package live_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"

	"spotos/internal/kernelbtf"
	"spotos/internal/labtest"
	"spotos/patchset"
	"spotos/session"
)

//go:generate go tool bpf2go -tags linux -target amd64 -go-package live_test -cflags "-O2 -g -Wall -mcpu=v3 -I/usr/include/x86_64-linux-gnu -I../../probe/bpf -I../../kmod/src/include" stops bpf/stops.c

// TestLabStops compares the counts with pair_target's own whenever the machine stands still for an attempt, with 16
// threads at it: no zero may be counted while a call is in flight. With preempt=full the kernel may have skipped a
// probe's run, but then the samples say so. SPOTOS_ROUNDS is how often to apply and revert.
func TestLabStops(t *testing.T) {
	labtest.WithSpotos(t)
	rounds := labtest.Number(t, "SPOTOS_ROUNDS", 10)
	op := openPair(t, 16)
	stops := compareStops(t)
	stopInVain(t, op)
	var got stopsStops
	told := false
	see := func(s session.Sampled) {
		for _, f := range s.Functions {
			told = told || strings.Contains(f.Doubt, "too low")
		}
	}
	for i := range 2 * rounds {
		wrong := got.WrongZero + got.TooFew
		told = false
		turn(t, op, [...]session.Direction{session.Apply, session.Revert}[i%2], see)
		if err := stops.Get(&got); err != nil {
			t.Fatal(err)
		}
		if got.WrongZero+got.TooFew == wrong {
			continue
		}
		for range 2 { // one may have begun before the stop
			await(t, op, func(s session.Sampled) bool { see(s); return true })
		}
		if !told {
			t.Errorf("turn %d: a count was too low while the machine stood still, and no sample said so", i+1)
		}
	}
	t.Logf("%d stops, %d with calls in flight, %d at a counted zero; %d wrong zeros and %d counts too low",
		got.All, got.Busy, got.Zero, got.WrongZero, got.TooFew)
	fmt.Printf("{\"bench\":\"exact-stops\",\"figures\":{\"stops\":%d,\"busy\":%d,\"zeros\":%d,"+
		"\"wrong_zeros\":%d,\"counts_too_low\":%d}}\n",
		got.All, got.Busy, got.Zero, got.WrongZero, got.TooFew)
	if (got.WrongZero > 0 || got.TooFew > 0) && !preemptedFully(t) {
		t.Errorf("at %d stops a zero was counted while calls were in flight, %d counts were too low",
			got.WrongZero, got.TooFew)
	}
	if got.Zero < uint64(rounds) || got.Busy == 0 {
		t.Errorf("in %d rounds: nothing is shown", rounds)
	}
	if n := labtest.PairFigure(t, "violations"); n > 0 {
		t.Errorf("%d violations", n)
	}
}

// preemptedFully reports whether the kernel was booted so that tasks are preempted inside of probes.
func preemptedFully(t *testing.T) bool {
	t.Helper()
	line, err := os.ReadFile("/proc/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	return slices.Contains(strings.Fields(string(line)), "preempt=full")
}

// stopInVain has the machine stopped while a call is inside.
func stopInVain(t *testing.T, op session.Operation) {
	t.Helper()
	released := labtest.HoldPair(time.Hour)
	await(t, op, func(session.Sampled) bool { return labtest.PairFigure(t, "holders") == 1 })
	if err := op.Arm(session.ArmOptions{Direction: session.Apply, Strategy: session.RetryStrategy}); err != nil {
		t.Fatal(err)
	}
	for e := range events(t, op) {
		switch e := e.(type) {
		case session.Attempted:
			if err := op.Abort(); err != nil {
				t.Fatal(err)
			}
		case session.Aborted:
			labtest.ReleasePair(t, released)
			return
		case session.Switched:
			t.Fatalf("switched with a call inside: %+v", e)
		}
	}
}

// compareStops begins to compare, and returns where the figures are. The one watch that is open has the counts.
func compareStops(t *testing.T) *ebpf.Variable {
	t.Helper()
	syms, err := patchset.LoadSymbols()
	if err != nil {
		t.Fatal(err)
	}
	truth, err := symbol("in_flight", "pair_target")
	if err != nil {
		t.Fatal(err)
	}
	if n := len(syms.Addresses("stopped")); n != 1 {
		t.Fatalf("%d functions are called stopped", n)
	}
	spec, err := loadStops()
	if err != nil {
		t.Fatal(err)
	}
	if err := spec.Variables["truth_at"].Set(truth); err != nil {
		t.Fatal(err)
	}
	counts := map[string]*ebpf.Map{}
	for _, name := range []string{".data.shared", ".data.stats"} {
		if counts[name], err = openMap(name); err != nil {
			t.Fatal(err)
		}
		defer counts[name].Close()
	}
	coll, err := kernelbtf.NewCollection(spec, counts)
	if err != nil {
		t.Fatal(err)
	}
	l, err := link.Kprobe("stopped", coll.Programs["all_stopped"], nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		l.Close()
		coll.Close()
	})
	return coll.Variables["stops"]
}

// openMap opens the newest BPF map of a name.
func openMap(name string) (*ebpf.Map, error) {
	var found *ebpf.Map
	for id := ebpf.MapID(0); ; {
		next, err := ebpf.MapGetNextID(id)
		if errors.Is(err, os.ErrNotExist) {
			break
		}
		if err != nil {
			return nil, err
		}
		id = next
		m, err := ebpf.NewMapFromID(id)
		if err != nil {
			continue // gone meanwhile
		}
		if info, err := m.Info(); err == nil && info.Name == name {
			found.Close()
			found = m
			continue
		}
		m.Close()
	}
	if found == nil {
		return nil, errors.New("no map " + name)
	}
	return found, nil
}

// symbol finds a variable of a module.
func symbol(name, module string) (uint64, error) {
	text, err := os.ReadFile("/proc/kallsyms")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) == 4 && f[2] == name && f[3] == "["+module+"]" {
			return strconv.ParseUint(f[0], 16, 64)
		}
	}
	return 0, errors.New("no symbol " + name + " in " + module)
}
