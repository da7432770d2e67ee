// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"spotos/session"
)

// pastMsg brings what was done with the patch of operation id by other processes, and before.
type pastMsg struct {
	id   int
	past session.Past
	err  error
}

// continued returns the picture of a patch that is opened, with the log that it had when it was in hand before.
func (m *Model) continued(patch string) *picture {
	p := newPicture(patch)
	if before := m.kept[patch]; before != nil {
		p.log, p.told = before.log, before.told
	}
	return p
}

// pastCmd asks what was done with the patch in hand after a moment; nil for a console that does not know.
func (m *Model) pastCmd(after time.Time) tea.Cmd {
	console, ok := m.console.(session.Historian)
	if !ok || m.live == nil {
		return nil
	}
	ctx, id, patch := m.ctx, m.opID, m.live.patch
	return func() tea.Msg {
		past, err := console.Past(ctx, patch, after)
		return pastMsg{id, past, err}
	}
}

// followOthers asks for what the process does that has armed the patch: its events come by no other way. One question
// is under way at a time.
func (m *Model) followOthers() tea.Cmd {
	if m.live.ByOther() == "" || m.live.untold || m.asking {
		return nil
	}
	m.asking = true
	return m.pastCmd(m.live.told)
}

// gotPast puts the past into the log, and recalls the receipt of what is applied.
func (m *Model) gotPast(msg pastMsg) {
	m.asking = false
	if msg.id != m.opID || m.live == nil {
		return
	}
	if msg.err != nil {
		m.live.note(m.opts.Now(), "note", session.Plain(msg.err.Error()), toneWarn)
		m.live.untold = true
	}
	m.live.remember(msg.past)
	m.showPicture()
}

// remember adds what was done before, or by others, to the log in the order of time, each once.
func (p *picture) remember(past session.Past) {
	var fresh []logEntry
	for i, e := range past.Events {
		e = session.PlainEvent(e)
		past.Events[i] = e
		at := e.Header().Time
		p.told = later(p.told, at)
		word, text := session.Describe(e)
		if armed, ok := e.(session.Armed); ok && armed.By != "" {
			text += ", by " + armed.By
		}
		if at.After(past.Booted) && !past.Booted.IsZero() {
			p.before.Add(e)
		}
		if !p.logged(at, word) {
			fresh = append(fresh, logEntry{time: at, word: word, text: text, tone: toneOf(e)})
		}
	}
	if len(fresh) > 0 && fresh[0].time.Before(past.Booted) && p.Started.Time.After(past.Booted) {
		const text = "the machine was booted: what was applied before was gone then"
		if !p.logged(past.Booted, bootWord) {
			fresh = append(fresh, logEntry{time: past.Booted, word: bootWord, text: text, tone: toneWarn})
		}
	}
	if len(fresh) > 0 {
		p.insert(fresh)
	}
	p.Recall(p.before.Receipt)
}

// bootWord is the log's word for the start of the machine.
const bootWord = "booted"

// sameBoot is how far two readings of the moment of booting may lie apart.
const sameBoot = time.Minute

// logged reports whether the log has an entry already.
func (p *picture) logged(at time.Time, word string) bool {
	return slices.ContainsFunc(p.log, func(e logEntry) bool {
		return e.word == word && (e.time.Equal(at) || word == bootWord && e.time.Sub(at).Abs() < sameBoot)
	})
}

// insert puts entries into the log where their times belong, and counts all anew.
func (p *picture) insert(entries []logEntry) {
	log := slices.Concat(p.log, entries)
	slices.SortStableFunc(log, func(a, b logEntry) int { return a.time.Compare(b.time) })
	for i := range log {
		log[i].number = i + 1
	}
	p.log = keepLast(log, logLength)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
