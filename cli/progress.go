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

// progress is one line on a terminal's standard error that says what is waited for. In a pipe, with --json and on
// a dumb terminal it is silent.
type progress struct {
	on    bool
	drawn bool
	armed time.Time
	to    session.ArmOptions
}

func (f *flags) newProgress(a session.ArmOptions) *progress {
	return &progress{on: !f.json && os.Getenv("TERM") != "dumb" && term.IsTerminal(os.Stderr.Fd()), armed: time.Now(), to: a}
}

// show redraws the line if e is a sample. seen has e in it.
func (p *progress) show(e session.Event, seen *session.Fold) {
	if s, ok := e.(session.Sampled); ok {
		p.draw(p.line(s, seen.Attempts))
	}
}

func (p *progress) line(s session.Sampled, attempts int) string {
	text := fmt.Sprintf("%s: armed %s", p.to.Direction, session.Span(time.Since(p.armed)))
	if p.to.Timeout > 0 {
		text += fmt.Sprintf(" of %s", session.Span(p.to.Timeout))
	}
	text += fmt.Sprintf(", %d attempts, %d in flight", attempts, s.InFlight)
	for i, h := range s.Holders {
		if i == 2 {
			return text + fmt.Sprintf(" and %d more", s.Total-i)
		}
		text += fmt.Sprintf(", %s (pid %d) in %s", session.Plain(h.Comm), h.PID, h.Function)
	}
	return text
}

// draw writes over the line before. A line that wraps, or that an echoed ^C makes wrap, would leave its first row
// behind.
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

// clear takes the line away.
func (p *progress) clear() {
	if p.drawn {
		fmt.Fprint(os.Stderr, "\r"+ansi.EraseLineRight)
	}
}
