// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"fmt"
	"os"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/term"

	"spotos/session"
)

// progress shows one line on standard error that says what an armed operation waits for. It shows nothing in a pipe,
// with --json or on a dumb terminal.
type progress struct {
	on    bool // it may draw
	drawn bool // a line is on the terminal
	armed time.Time
	opts  session.ArmOptions
}

// newProgress returns the progress of an arming that begins now.
func (f *flags) newProgress(a session.ArmOptions) *progress {
	on := !f.json && os.Getenv("TERM") != "dumb" && term.IsTerminal(os.Stderr.Fd())
	return &progress{on: on, armed: time.Now(), opts: a}
}

// show draws the line again if e is a sample. seen has e in it already.
func (p *progress) show(e session.Event, seen *session.Fold) {
	if s, ok := e.(session.Sampled); ok {
		p.draw(p.line(s, seen.Attempts))
	}
}

// line returns the text of the line.
func (p *progress) line(s session.Sampled, attempts int) string {
	text := fmt.Sprintf("%s: armed %s", p.opts.Direction, session.Span(time.Since(p.armed)))
	if p.opts.Timeout > 0 {
		text += fmt.Sprintf(" of %s", session.Span(p.opts.Timeout))
	}
	text += fmt.Sprintf(", %s, %d in flight", session.Counted(attempts, "attempt"), s.InFlight)
	if s.WhyDoubted() != "" {
		text += "?"
	}
	for i, h := range s.Holders {
		if i == 2 {
			return text + fmt.Sprintf(" and %d more", s.Total-i)
		}
		text += fmt.Sprintf(", %s (pid %d) in %s", session.Plain(h.Comm), h.PID, h.Function)
	}
	return text
}

// draw replaces the line. It keeps three columns free: a line that wraps, by itself or by an echoed ^C, would leave its
// first row on the terminal.
func (p *progress) draw(text string) {
	if !p.on {
		return
	}
	width, _, err := term.GetSize(os.Stderr.Fd())
	if err != nil || width == 0 {
		width = 80
	}
	fmt.Fprint(os.Stderr, "\r"+ansi.EraseLineRight+ansi.Truncate(shown(text), max(0, width-3), ""))
	p.drawn = true
}

// clear removes the line.
func (p *progress) clear() {
	if p.drawn {
		fmt.Fprint(os.Stderr, "\r"+ansi.EraseLineRight)
	}
}
