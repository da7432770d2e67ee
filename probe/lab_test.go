// SPDX-License-Identifier: GPL-2.0-only

package probe_test

import (
	"testing"

	"spotos/internal/labtest"
	"spotos/patchset"
	"spotos/probe"
)

// truth is pair_target's own count of the calls in pair_encode and pair_decode.
type truth struct {
	inFlight [2]int64
	holders  int64
}

func readTruth(t *testing.T) truth {
	t.Helper()
	figures := labtest.Pair(t)
	out := truth{holders: figures["holders"]}
	for i, function := range []string{"encode", "decode"} {
		out.inFlight[i] = figures[function+".original.inflight"] + figures[function+".patched.inflight"]
	}
	return out
}

// truth is pair_target's own count of the calls in pair_encode and pair_decode.
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
	labtest.Require(t)
	labtest.Load(t, "pair_target", "")
	t.Cleanup(func() { labtest.Unload(t, "pair_target") })
	syms, err := patchset.LoadSymbols()
	if err != nil {
		t.Fatal(err)
	}
	return syms
}
