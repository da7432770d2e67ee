// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
	"slices"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"spotos/session"
)

// leap is how far the arrow keys move in a recording.
const leap = 5 * time.Second

// positionMsg brings the position in the recording that operation id plays.
type positionMsg struct {
	id       int
	position session.Position
}

// player returns the recording in hand, or nil if the operation is a machine's.
func (m *Model) player() session.Player {
	p, _ := m.op.(session.Player)
	return p
}

// recordedTimeline returns the timeline of all that p plays; the zero timeline if p is nil.
func recordedTimeline(p session.Player) (t timeline) {
	if p == nil {
		return t
	}
	for _, event := range p.Recorded() {
		t.add(session.PlainEvent(event))
	}
	return t
}

// playKey moves in the recording. It returns false when msg is no such key, or no recording is in hand.
func (m *Model) playKey(msg tea.KeyPressMsg) (tea.Cmd, bool) {
	if m.player() == nil {
		return nil, false
	}
	by := 1
	if slices.Contains([]string{"left", ",", "["}, msg.String()) {
		by = -1
	}
	paused := m.position.Paused
	switch k := m.keys; {
	case key.Matches(msg, k.Pause, k.Play):
		return m.playCmd(func(p session.Player) { p.Pause(!paused) }), true
	case key.Matches(msg, k.Mark):
		m.toggleMark()
		return nil, true
	case key.Matches(msg, k.ToMark):
		return m.toMark(), true
	case key.Matches(msg, k.Seek):
		return m.playCmd(func(p session.Player) { p.Seek(time.Duration(by) * leap) }), true
	case key.Matches(msg, k.Step):
		return m.playCmd(func(p session.Player) { p.Step(by) }), true
	case key.Matches(msg, k.Skip):
		return m.playCmd(func(p session.Player) { p.Skip(by) }), true
	}
	return nil, false
}

// playCmd has the player do something and brings its new position.
func (m *Model) playCmd(do func(session.Player)) tea.Cmd {
	id, p := m.opID, m.player()
	return func() tea.Msg {
		do(p)
		return positionMsg{id, p.Position()}
	}
}

func (m *Model) gotPosition(msg positionMsg) {
	if msg.id == m.opID {
		m.position = msg.position
	}
}

// positionText says which position of the recording is on the screen.
func (m *Model) positionText() string {
	p := m.position
	text := fmt.Sprintf("%s of %s, event %d of %d", minutes(p.At), minutes(p.Length), p.Event, p.Events)
	switch {
	case p.Event == p.Events:
		text += ", the end"
	case p.Speed != 1 && p.Speed != 0:
		text += fmt.Sprintf(", %.3gx", p.Speed)
	}
	return text
}

// positionLine says the same, above the line of the keys, with a bar where the timeline is not on the screen.
func (m *Model) positionLine() string {
	bar := ""
	if m.stripHeight() == 0 {
		bar = m.positionBar(m.barRoom())
	}
	return m.skin.Faint.Render(positionLabel) + m.positionText() + bar
}

const positionLabel = "Recording: "

// positionRow returns the row above that of the keys: in a recording it says the position.
func (m *Model) positionRow() int { return m.height - footLines - m.captionHeight() - 1 }

// barRoom returns how many columns that bar has.
func (m *Model) barRoom() int { return m.width - len(positionLabel) - len(m.positionText()) - 4 }

// leastBar is the length in columns from which a bar is legible.
const leastBar = 5

// positionBar draws the recording as a bar of room columns, or nothing if that is too short: the played part, and what
// happens.
func (m *Model) positionBar(room int) string {
	if room < leastBar || m.shown == nil {
		return ""
	}
	t := m.stripTime()
	t.now, t.length, t.cols = m.position.At, max(1, m.position.Length), room
	return " [" + canvas{skin: m.skin, stripTime: t, span: t.length}.bar() + "]"
}

// minutes writes a position in a recording as minutes and seconds.
func minutes(d time.Duration) string {
	return fmt.Sprintf("%d:%02d", int(d.Minutes()), int(d.Seconds())%60)
}
