// SPDX-License-Identifier: GPL-2.0-only

package session

import (
	"context"
	"time"
)

// Past is what was done with a patch on this machine, by whichever process.
type Past struct {
	Events []Event   // the oldest first, without samples
	Booted time.Time // when the machine was; zero where that is unknown
}

// Historian is a Console that knows the past, as the running kernel's does by its journal.
type Historian interface {
	// Past returns what was done with a patch after a moment. The error says why that cannot be read.
	Past(ctx context.Context, patch string, after time.Time) (Past, error)
}

// Recall takes the receipt of a switch that the past tells of, if the patch is applied and the switch was not seen
// here.
func (f *Fold) Recall(r Receipt) {
	if r.None() || !f.Receipt.None() || r.Switched.Kind != KindApplied || f.Phase != PhaseApplied {
		return
	}
	f.Receipt, f.Receipt.Recalled = r, true
}
