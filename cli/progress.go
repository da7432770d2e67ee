// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"fmt"
	"time"

	"spotos/session"
)

// progress says in a line what an armed operation waits for.
type progress struct {
	*statusLine
	armed time.Time
	opts  session.ArmOptions
}

// newProgress returns the progress of an arming that begins now.
func (f *flags) newProgress(a session.ArmOptions) *progress {
	return &progress{statusLine: f.newStatusLine(), armed: time.Now(), opts: a}
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
	if s.Total > 0 {
		text += ", " + session.NameHolders(s.Holders, s.Total)
	}
	return text
}
