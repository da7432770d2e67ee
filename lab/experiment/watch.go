// SPDX-License-Identifier: GPL-2.0-only

package experiment

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"spotos/session"
)

// watchOnly watches the patch's functions, and returns from when until: from the first sample to the last.
func (r *Result) watchOnly(ctx context.Context) (watched period, err error) {
	cmd := spotos(ctx, "watch", r.Patch, "--json", "--count", "5", "--patches", catalogue) // half a second apart
	var complaints strings.Builder
	cmd.Stderr = &complaints
	out, err := cmd.StdoutPipe()
	if err != nil {
		return watched, fmt.Errorf("spotos watch: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return watched, fmt.Errorf("spotos watch: %w", err)
	}
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		e, bad := session.UnmarshalEvent(lines.Bytes())
		if sample, is := e.(session.Sampled); is {
			watched.end = time.Now()
			if watched.begin.IsZero() {
				watched.begin = watched.end
			}
			r.AtZero, r.Windows = zeros(sample.Windows)
		}
		err = errors.Join(err, bad)
	}
	if err := errors.Join(err, lines.Err(), cmd.Wait()); err != nil {
		return watched, fmt.Errorf("spotos watch: %w: %s", err, complaints.String())
	}
	return watched, nil
}

// zeros returns the share of the time in which nobody was inside, and how often in a second that began.
func zeros(w session.ZeroWindows) (share, perSecond float64) {
	if w.Watched > 0 {
		perSecond = float64(w.Count) / w.Watched.Seconds()
	}
	return w.Share, perSecond
}
