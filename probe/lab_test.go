// SPDX-License-Identifier: GPL-2.0-only

package probe_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"spotos/patchset"
	"spotos/probe"
)

const parameters = "/sys/module/pair_target/parameters/"

// truth is what pair_target itself counts of pair_encode and pair_decode.
type truth struct{ calls, inFlight [2]int64 }

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
		case strings.HasSuffix(figure, ".calls"):
			out.calls[i] += n
		case strings.HasSuffix(figure, ".inflight"):
			out.inFlight[i] += n
		}
	}
	return out
}

// hammers lists pair_target's threads.
func hammers(t *testing.T) []string {
	t.Helper()
	var out []string
	names, _ := filepath.Glob("/proc/[0-9]*/comm")
	for _, file := range names {
		if text, err := os.ReadFile(file); err == nil && strings.HasPrefix(string(text), "pair_hammer") {
			out = append(out, filepath.Dir(file)+"/stat")
		}
	}
	if len(out) == 0 {
		t.Fatal("pair_target has no thread")
	}
	return out
}

// anyRuns tells whether a thread that calls the pair may be between a probe and the module's own counting.
func anyRuns(stats []string) bool {
	for _, file := range stats {
		text, err := os.ReadFile(file)
		if err != nil || strings.Contains(string(text), ") R") {
			return true
		}
	}
	return false
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

// TestLabExact compares the counts with pair_target's own at moments when nothing moves, while calls from
// before the watch, calls that straddle its beginning, and sleeping and quick calls come and go. It loads a
// module, so it runs only in a throw-away VM, with SPOTOS_LAB=1 and SPOTOS_BUILD naming the modules.
func TestLabExact(t *testing.T) {
	syms := loadPair(t)
	set(t, "idle_us", "30000")
	set(t, "stay_us", "60000")
	set(t, "threads", "16")
	defer set(t, "threads", "0")
	threads := hammers(t)
	funcs := []probe.Func{text(t, syms, "pair_encode"), text(t, syms, "pair_decode")}
	checks, rounds := 0, 12
	if text := os.Getenv("SPOTOS_ROUNDS"); text != "" {
		rounds, _ = strconv.Atoi(text)
	}
	for range rounds {
		checks += exactRound(t, funcs, threads)
	}
	t.Logf("%d comparisons at quiet moments", checks)
	if checks < rounds*5 {
		t.Errorf("only %d moments were quiet: nothing is shown", checks)
	}
}

// exactRound watches for a while and returns how many comparisons were made.
func exactRound(t *testing.T, funcs []probe.Func, threads []string) int {
	var holds sync.WaitGroup
	defer holds.Wait()
	for range rand.IntN(4) { // blocked before the watch begins, some past its end
		holds.Go(func() {
			os.WriteFile("/proc/pair_target", []byte("hold "+strconv.Itoa(100+rand.IntN(1500))), 0)
		})
	}
	time.Sleep(time.Duration(rand.IntN(100)) * time.Millisecond)
	w, err := probe.Attach(funcs)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	checks := 0
	for i := range 60 {
		time.Sleep(time.Duration(rand.IntN(10)) * time.Millisecond)
		if i%10 == 0 {
			if _, err := w.Holders(); err != nil {
				t.Fatal(err)
			}
		}
		if doubt := w.Doubt(); doubt != "" {
			continue // it says so itself
		}
		before := readTruth(t)
		if anyRuns(threads) {
			continue
		}
		got, err := w.Sample()
		if err != nil {
			t.Fatal(err)
		}
		if after := readTruth(t); after != before || anyRuns(threads) {
			continue
		}
		checks++
		for f, s := range got {
			if s.InFlight != before.inFlight[f] {
				t.Errorf("%s: counted %d in flight (%d early, %d missed, %d lost), there are %d",
					funcs[f].Name, s.InFlight, s.Early, s.Missed, s.Lost, before.inFlight[f])
			}
		}
	}
	return checks
}
