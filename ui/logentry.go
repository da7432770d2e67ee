// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"time"

	"spotos/session"
)

// logLength is about how many entries the log keeps.
const logLength = 10000

// logEntry is one line of the log.
type logEntry struct {
	number int // counts up from 1
	time   time.Time
	word   string
	text   string
	tone   tone
}

// tone is what an entry or a count means for the operator; a theme gives it a colour.
type tone int

const (
	toneNone tone = iota
	toneGood
	toneWarn
	toneBad
	toneFaint
)

func (t tone) style(st styles) styleOf {
	switch t {
	case toneGood:
		return st.Good.Render
	case toneWarn:
		return st.Warn.Render
	case toneBad:
		return st.Bad.Render
	case toneFaint:
		return st.Faint.Render
	}
	return nil
}

// addLog adds the entry of an event.
func (p *picture) addLog(event session.Event) {
	word, text := session.Describe(event)
	p.note(event.Header().Time, word, text, toneOf(event))
}

// note adds an entry that belongs to no event, such as an error of the console's own.
func (p *picture) note(at time.Time, word, text string, t tone) {
	number := 1
	if len(p.log) > 0 {
		number = p.log[len(p.log)-1].number + 1
	}
	p.log = keepLast(append(p.log, logEntry{number, at, word, text, t}), logLength)
}

// toneOf returns the tone of an event.
func toneOf(event session.Event) tone {
	switch e := event.(type) {
	case session.SafePoint, session.Switched:
		return toneGood
	case session.Attempted:
		if e.Switched {
			return toneGood
		}
		return toneWarn
	case session.Armed, session.Aborted, session.Nudged:
		return toneWarn
	case session.Stuck, session.Failed:
		return toneBad
	}
	return toneNone
}
