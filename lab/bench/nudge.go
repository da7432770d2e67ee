// SPDX-License-Identifier: GPL-2.0-only

package bench

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"spotos/lab/part"
	"spotos/session"
)

const (
	nudgeConsumers = 8
	nudgeBaseline  = 3 * time.Second // how long it is armed without a nudge
)

// nudge measures how soon threads that are blocked in a function for good leave it, and whether their system calls
// notice.
func nudge(r *Report) error {
	p, err := openPatch("no-oob")
	if err != nil {
		return err
	}
	defer p.close()
	w, err := blockedConsumers(nudgeConsumers)
	if err != nil {
		return err
	}
	r.row("nudge", "switched", "median wait", "longest", "attempts")
	for _, how := range []string{session.NudgeNone, session.NudgeSignal, session.NudgeFreeze} {
		n, limit := trials(20), 30*time.Second
		if how == session.NudgeNone {
			n, limit = 1, nudgeBaseline
		}
		var waits []time.Duration
		attempts := 0
		p.nudge = how
		for range n {
			t, err := p.turn(session.SafePointStrategy, limit, nil)
			if err != nil {
				return errors.Join(err, w.Kill())
			}
			attempts += t.attempts
			if t.switched {
				waits = append(waits, t.wait)
			}
		}
		r.row(how, fmt.Sprintf("%d of %d", len(waits), n), median(waits), quantile(waits, 1), attempts)
		r.Figures[how+"_switched"] = float64(len(waits)) / float64(n)
		r.Figures[how+"_median_wait_ns"] = float64(median(waits))
		r.Figures[how+"_longest_wait_ns"] = float64(quantile(waits, 1))
	}
	p.nudge = session.NudgeNone
	seen, err := w.end()
	r.row("calls interrupted (EINTR)", strconv.Itoa(seen.EINTR), "wrong messages", strconv.Itoa(seen.Wrong), "")
	r.Figures["eintr"], r.Figures["wrong_messages"] = float64(seen.EINTR), float64(seen.Wrong)
	return err
}

// consumers is a workload of threads that wait for a message, in a session and a cgroup of its own.
type consumers struct{ *part.Part }

func blockedConsumers(n int) (*consumers, error) {
	return startConsumers("--busy", "0", "--idle", strconv.Itoa(n))
}

func startConsumers(flags ...string) (*consumers, error) {
	p, err := part.Start("traffic", append(flags, "--acceptors", "0", "--control", "-")...)
	if err != nil {
		return nil, err
	}
	if !p.Said.Scan() { // the line that reports that all wait
		return nil, errors.Join(errors.New("the workload did not start"), p.Kill())
	}
	return &consumers{p}, nil
}

// noticed holds what the workload noticed.
type noticed struct {
	EINTR  int      `json:"eintr"`
	Wrong  int      `json:"wrong_messages"`
	Errors []string `json:"errors"`
}

// end sends each thread its message, ends the workload and returns what it noticed.
func (w *consumers) end() (noticed, error) {
	var seen noticed
	if _, err := io.WriteString(w.In, "wake\n"); err != nil {
		return seen, errors.Join(err, w.Kill())
	}
	time.Sleep(time.Second)
	if _, err := io.WriteString(w.In, "stop\n"); err != nil {
		return seen, errors.Join(err, w.Kill())
	}
	last := ""
	for w.Said.Scan() {
		last = w.Said.Text()
	}
	if err := json.Unmarshal([]byte(last), &seen); err != nil {
		return seen, errors.Join(fmt.Errorf("the workload's last line: %w", err), w.Kill())
	}
	_ = w.Cmd.Wait() // it exits with 1 if anything was wrong; its line says what
	return seen, nil
}
