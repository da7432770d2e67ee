// SPDX-License-Identifier: GPL-2.0-only

package traffic

// Ready is the workload's first line. It runs, and every idle thread waits.
type Ready struct {
	Ready   bool      `json:"ready"`
	PID     int       `json:"pid"`
	Style   string    `json:"style"`
	Threads []*Thread `json:"threads"`
}

// A Summary is the workload's last line.
type Summary struct {
	Done          bool     `json:"done"`
	Receives      int64    `json:"receives"` // system calls made
	Accepts       int64    `json:"accepts"`
	Sends         int64    `json:"sends"`
	Connects      int64    `json:"connects"`
	BytesSent     int64    `json:"bytes_sent"`
	BytesReceived int64    `json:"bytes_received"`
	EINTR         int64    `json:"eintr"`          // system calls that a signal cut short
	WrongMessages int64    `json:"wrong_messages"` // lost, repeated or changed
	Errors        []string `json:"errors"`
}

// Failed reports whether the workload saw an error that a working network does not show.
func (s *Summary) Failed() bool { return s.EINTR > 0 || s.WrongMessages > 0 || len(s.Errors) > 0 }

func (w *Workload) summary() *Summary {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := &w.counters
	return &Summary{
		Done:     true,
		Receives: c.receives.Load(), Accepts: c.accepts.Load(), Sends: c.sends.Load(), Connects: c.connects.Load(),
		BytesSent: c.sent.Load(), BytesReceived: c.received.Load(),
		EINTR: c.eintr.Load(), WrongMessages: c.wrong.Load(),
		Errors: append([]string{}, w.errors...),
	}
}
