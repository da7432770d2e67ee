// SPDX-License-Identifier: GPL-2.0-only

package bench

import (
	"time"

	"spotos/session"
)

// trigger measures the time from the moment when the last count reaches zero until all CPUs are stopped, beside that of
// stop_machine alone, from its call until its function runs.
func trigger(r *Report) error {
	p, err := openPatch("pair")
	if err != nil {
		return err
	}
	defer p.close()
	var triggered, stopping, bare []time.Duration
	other := 0
	for range trials(100) {
		held := make(chan error, 1)
		go func() { held <- tellPair("hold") }()
		if err := awaitPair("holders", 1); err != nil {
			return err
		}
		t, err := p.turn(session.SafePointStrategy, 0, func() error { return tellPair("release") })
		if err != nil {
			return err
		}
		if err := <-held; err != nil {
			return err
		}
		if t.last.Trigger > 0 {
			triggered = append(triggered, t.last.Trigger)
			stopping = append(stopping, t.last.Stop)
		} else {
			other++
		}
		if t, err = p.turn(session.RetryStrategy, 0, nil); err != nil {
			return err
		}
		bare = append(bare, t.last.Stop)
	}
	r.row("", "median", "90 %", "rounds")
	r.row("zero to stopped", median(triggered), quantile(triggered, 0.9), len(triggered))
	r.row("of these in stop_machine", median(stopping), quantile(stopping, 0.9), len(stopping))
	r.row("stop_machine alone", median(bare), quantile(bare, 0.9), len(bare))
	r.row("ratio", ratio(median(triggered), median(bare)), ratio(quantile(triggered, 0.9), quantile(bare, 0.9)), "")
	r.row("not by the trigger", "", "", other)
	r.Figures["trigger_over_stop_machine"] = ratio(median(triggered), median(bare))
	r.Figures["trigger_over_stop_machine_p90"] = ratio(quantile(triggered, 0.9), quantile(bare, 0.9))
	r.Figures["not_by_trigger"] = float64(other)
	return nil
}
