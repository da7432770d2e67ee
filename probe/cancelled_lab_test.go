// SPDX-License-Identifier: GPL-2.0-only

package probe_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"spotos/internal/labtest"
	"spotos/patchset"
	"spotos/probe"
)

// TestLabCancelled gives an opening up while probes are being attached to many functions: it ends, and nothing of it
// is left. SPOTOS_FUNCTIONS is how many.
func TestLabCancelled(t *testing.T) {
	labtest.Require(t)
	wanted := labtest.Number(t, "SPOTOS_FUNCTIONS", 40)
	k, err := patchset.LiveKernel()
	if err != nil {
		t.Fatal(err)
	}
	random := labtest.Random(t)
	all, _ := functions(t)
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	var some []probe.Func
	for _, f := range all {
		if to, why := k.ProbeName(f.Function); why == "" && len(some) < wanted {
			some = append(some, f.watched(to))
		}
	}
	if len(some) < wanted {
		t.Fatalf("there are only %d functions that can be counted", len(some))
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	began := time.Now()
	var given time.Time // when four had been attached
	w, err := probe.Attach(ctx, some, probe.Options{Report: func(step string) {
		if strings.HasPrefix(step, "attaching probes, 4 of ") {
			given = time.Now()
			cancel()
		}
	}})
	if err == nil {
		w.Close()
	}
	if !errors.Is(err, context.Canceled) || given.IsZero() {
		t.Fatalf("given up at %v, among %d functions, the error is %v", given, wanted, err)
	}
	t.Logf("given up %v after the beginning, and ended %v later", given.Sub(began), time.Since(given))
	labtest.Eventually(t, labtest.Left)
}
