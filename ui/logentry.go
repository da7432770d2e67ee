// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"spotos/session"
)

// logLength is how many entries the log keeps.
const logLength = 10000

// logEntry is a line of the log.
type logEntry struct {
	number int
	time   time.Time
	word   string
	text   string
	tone   tone
}

// tone says how an entry or a count is meant, for its colour.
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

func (p *picture) addLog(event session.Event) {
	word, text, t := describe(event)
	if word == "" {
		return
	}
	p.note(event.Header().Time, word, text, t)
}

// note adds an entry that no event tells, such as an error of the console's own.
func (p *picture) note(at time.Time, word, text string, t tone) {
	number := 1
	if len(p.log) > 0 {
		number = p.log[len(p.log)-1].number + 1
	}
	p.log = keepLast(append(p.log, logEntry{number, at, word, text, t}), logLength)
}

// describe puts an event in words; samples have none.
func describe(event session.Event) (word, text string, t tone) {
	switch e := event.(type) {
	case session.Started:
		text := fmt.Sprintf("%s on %s, Linux %s; the module says %s", e.Patch, e.Host, e.Kernel, e.State)
		if e.Note != "" {
			text += "; " + e.Note
		}
		return "watching", text, toneNone
	case session.Armed:
		return "armed", describeArmed(e), toneWarn
	case session.SafePoint:
		return "safe point", fmt.Sprintf("number %d: all counts seen at zero", e.Count), toneGood
	case session.Attempted:
		return describeAttempt(e)
	case session.Switched:
		return string(e.Kind), fmt.Sprintf("waited %s, %s, CPUs stopped for %s",
			session.Span(e.Wait), counted(e.Attempts, "attempt"), session.Span(e.Window)), toneGood
	case session.Stuck:
		return "stuck", e.Reason, toneBad
	case session.Aborted:
		return "aborted", e.Reason, toneWarn
	case session.Nudged:
		return "nudged", describeNudge(e), toneWarn
	case session.Failed:
		if e.Refused {
			return "refused", e.Reason, toneBad
		}
		return "failed", e.Reason, toneBad
	case session.Result:
		return "result", strings.TrimSpace(string(e.Outcome) + " " + e.Reason), toneNone
	}
	return "", "", toneNone
}

func describeArmed(e session.Armed) string {
	s := fmt.Sprintf("to %s by %s", e.Direction, e.Strategy)
	if e.Timeout > 0 {
		s += ", gives up after " + session.Span(e.Timeout)
	}
	if e.Retry {
		s += ", again"
	}
	return s
}

// describeAttempt says first what came of it: a narrow screen shows no more.
func describeAttempt(e session.Attempted) (word, text string, t tone) {
	result, t := "not switched"+holdersInWords(e.Holders, e.Total), toneWarn
	if e.Switched {
		result, t = "switched", toneGood
	}
	walked := counted(e.Walked, "stack")
	if e.FullWalk {
		walked = "all " + walked
	}
	text = fmt.Sprintf("%d %s; CPUs stopped %s (%s, %s)", e.Number, result, session.Span(e.Window), e.Cause, walked)
	if e.LostSoFar > 0 {
		text += ", " + counted(e.LostSoFar, "event") + " lost so far"
	}
	return "attempt", text + functionsHeld(e.Holders), t
}

func describeNudge(e session.Nudged) string {
	s := fmt.Sprintf("%s: %s", e.How, counted(len(e.PIDs), "task"))
	if len(e.LeftOut) > 0 {
		s += "; left out: " + strings.Join(e.LeftOut, ", ")
	}
	return s
}

// holdersInWords names the first holder, and how many there are more.
func holdersInWords(holders []session.Holder, total int) string {
	switch {
	case total == 0:
		return ""
	case len(holders) == 0:
		return ": " + counted(total, "holder")
	}
	s := fmt.Sprintf(": held by %s (%d)", holders[0].Comm, holders[0].PID)
	if total > 1 {
		s += fmt.Sprintf(" and %d more", total-1)
	}
	return s
}

// functionsHeld names the functions that holders are inside, each once.
func functionsHeld(holders []session.Holder) string {
	var names []string
	for _, h := range holders {
		if !slices.Contains(names, h.Function) {
			names = append(names, h.Function)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "; inside " + strings.Join(names, ", ")
}
