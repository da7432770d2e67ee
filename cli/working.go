// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"fmt"
	"sync"
	"time"

	"spotos/internal/safego"
)

// working shows what long work does, and for how long, in a line that changes. What takes no longer than a second shows
// nothing.
type working struct {
	line  *statusLine
	began time.Time
	stop  chan struct{}
	ended <-chan struct{}
	once  sync.Once

	mu   sync.Mutex
	text string
}

// patience is how long work may take before it is worth a line.
const patience = time.Second

// begin shows work from now on. The caller ends it once or several times.
func (f *flags) begin(text string) *working {
	w := &working{line: f.newStatusLine(), began: time.Now(), stop: make(chan struct{}), text: text}
	w.ended = safego.Start("working", w.show)
	return w
}

// step says what is done now.
func (w *working) step(text string) {
	w.mu.Lock()
	w.text = text
	w.mu.Unlock()
}

// show draws the line a few times a second, until the work ends.
func (w *working) show() {
	for wait := patience; ; wait = patience / 4 {
		select {
		case <-w.stop:
			w.line.clear()
			return
		case <-time.After(wait):
			w.line.draw(w.String(time.Since(w.began)))
		}
	}
}

// String returns the line after that time.
func (w *working) String(after time.Duration) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return fmt.Sprintf("%d:%02d  %s", int(after.Minutes()), int(after.Seconds())%60, w.text)
}

// end removes the line, and returns when nothing is drawn any more.
func (w *working) end() {
	w.once.Do(func() { close(w.stop) })
	<-w.ended
}

// note prints a message above the line.
func (w *working) note(text string) { w.line.above(func() { note(text) }) }

// begins prints a step that begins, and has it in the line.
func (w *working) begins(step string) {
	w.step(step)
	w.note(step)
}

// arrived says how much of a download has come; total is 0 where that is not known.
func (w *working) arrived(done, total int64) {
	const mega = 1e6
	text := fmt.Sprintf("downloading, %.0f MB so far", float64(done)/mega)
	if total > 0 {
		text = fmt.Sprintf("downloading, %.0f of %.0f MB", float64(done)/mega, float64(total)/mega)
	}
	w.step(text)
}
