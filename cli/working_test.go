// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"strings"
	"testing"
	"time"
)

// The line has a clock and what is done, fits the terminal, and leaves nothing behind; in a pipe there is none.
func TestWorking(t *testing.T) {
	for _, on := range []bool{true, false} {
		var to strings.Builder
		line := &statusLine{to: &to, width: func() int { return 40 }, on: on}
		w := &working{line: line, text: "opening"}
		line.draw(w.String(900 * time.Millisecond))
		w.step("attaching probes, 37 of 200: tcp_recvmsg_locked\x1b[2J")
		line.draw(w.String(65 * time.Second))
		line.clear()
		line.clear()
		want := "\r\x1b[K0:00  opening\r\x1b[K1:05  attaching probes, 37 of 200: tc\r\x1b[K"
		if !on {
			want = ""
		}
		if got := to.String(); got != want {
			t.Errorf("on %v: it writes %q, want %q", on, got, want)
		}
	}
}

// Work that ends at once draws nothing, and may be ended twice.
func TestWorkingThatIsQuick(t *testing.T) {
	w := (&flags{}).begin("reading")
	w.line.on = true
	w.step("reading more")
	w.end()
	w.end()
	if w.line.drawn {
		t.Error("it has drawn a line")
	}
}
