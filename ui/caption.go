// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	"github.com/charmbracelet/x/ansi"

	"spotos/session"
)

// stayed is how long somebody has been inside before a caption names him: others come and go.
const stayed = 2 * time.Second

// holderNamed is how many columns of a task's name a caption has.
const holderNamed = 15

// toggleCaptions shows the captions, or hides them.
func (m *Model) toggleCaptions() {
	if m.captions = !m.captions; !m.captions {
		m.answer("The captions are off: " + m.keys.Captions.Help().Key + " shows them again.")
	}
}

// captionHeight returns how many lines the captions have.
func (m *Model) captionHeight() int {
	switch {
	case !m.captions:
		return 0
	case m.width < defaultWidth || m.height < defaultHeight:
		return 1
	}
	return 2
}

// captionLines draws the captions below the key line: what is seen as a bar, and which key is next. Nothing in them
// changes from sample to sample while the state is the same.
func (m *Model) captionLines() []string {
	c, words := m.caption(), m.captionWords()
	bar := m.skin.Badge
	switch m.captionHeight() {
	case 0:
		return nil
	case 1:
		return []string{bar.Render(" "+words.Replace(c.short)+" ") + " " + words.Replace(c.press)}
	}
	room := m.width - 1 // a bar that filled the last line could scroll a serial terminal
	next := " " + words.Replace(c.next)
	hint := m.keys.Captions.Help().Key + " hides this"
	heard := m.dialog == nil && m.prompt == promptNone && !m.helping // the key is
	if gap := room - ansi.StringWidth(next) - len(hint); heard && gap > 1 {
		next += strings.Repeat(" ", gap) + m.skin.Faint.Render(hint)
	}
	return []string{bar.Render(fit(" "+words.Replace(c.seen), room, false, m.skin.ellipsis)), next}
}

// caption returns the caption of the state that the console is in, which it takes from where the badge takes it.
func (m *Model) caption() caption {
	c, ok := captionOf(m, askedCaptions, openCaptions)
	if ok {
		return c
	}
	c, _ = captionOf(m, liveCaptions)
	switch {
	case m.player() != nil:
		c.next, c.press = playedCaption.next, playedCaption.press
	case m.readOnly():
		c.next, c.press = lookCaption.next, lookCaption.press
	}
	return c
}

// captionOf returns the first caption of some tables that is true.
func captionOf(m *Model, tables ...[]caption) (caption, bool) {
	for _, table := range tables {
		if i := slices.IndexFunc(table, func(c caption) bool { return c.when(m) }); i >= 0 {
			return table[i], true
		}
	}
	return caption{}, false
}

// captionWords returns what the words in braces stand for now.
func (m *Model) captionWords() *strings.Replacer {
	k, words := m.keys, m.captionNames()
	pause := k.Pause
	if m.player() != nil { // the key that the key line has
		pause = k.Play
	}
	for name, b := range map[string]key.Binding{"abort": k.Abort, "arm": k.Arm, "back": k.Back, "confirm": k.Confirm,
		"down": k.Down, "enter": k.Enter, "help": k.Help, "nudge": k.Nudge, "patch": k.Patch, "pause": pause,
		"quit": k.Quit, "redraw": k.Redraw, "retry": k.Retry, "revert": k.Revert, "shell": k.Shell, "signal": k.Signal,
		"up": k.Up, "yes": k.Yes} {
		words[name] = m.skin.Key.Render(b.Help().Key)
	}
	words["likely"] = words["arm"]
	if m.live != nil && m.live.State == session.StateApplied {
		words["likely"] = words["revert"]
	}
	words["on"] = m.skin.Key.Render(k.Skip.Keys()[1])
	var pairs []string
	for name, word := range words {
		pairs = append(pairs, "{"+name+"}", word)
	}
	return strings.NewReplacer(pairs...)
}

// captionNames returns the names in captions: who has been inside the longest, what enter does on the page of a patch,
// and which letters a question wants. How many are inside would change with each sample.
func (m *Model) captionNames() map[string]string {
	names := map[string]string{"who": "somebody", "letters": "", "entered": m.enterDoes()}
	if c := m.openQuestion(); c != nil {
		names["letters"] = m.skin.Key.Render(c.letters)
	}
	if m.live == nil {
		return names
	}
	holders, _ := m.live.Inside()
	if len(holders) > 0 {
		names["who"] = cut(cmp.Or(holders[0].Comm, "somebody"), holderNamed, m.skin.ellipsis)
	}
	return names
}

// openQuestion returns the open question if it is one that yes answers.
func (m *Model) openQuestion() *confirm {
	c, _ := m.dialog.(*confirm)
	return c
}

// plansNudge reports whether it is not known yet what the nudge would do that the open question is about.
func (m *Model) plansNudge() bool {
	if n, ok := m.dialog.(*nudgeChooser); ok {
		return !n.planned
	}
	c := m.openQuestion()
	return c != nil && c.planPending()
}

// inPhase returns whether the patch in hand is in a phase.
func inPhase(ph session.Phase) func(*Model) bool {
	return func(m *Model) bool { return m.live.Phase == ph }
}

// all returns whether all of some conditions hold.
func all(conditions ...func(*Model) bool) func(*Model) bool {
	return func(m *Model) bool {
		return !slices.ContainsFunc(conditions, func(holds func(*Model) bool) bool { return !holds(m) })
	}
}

// underWay reports whether the patch in hand may switch at any moment.
func underWay(m *Model) bool { return m.live.armedNow() && m.live.Phase != session.PhaseStuck }

func nobodyInside(m *Model) bool {
	holders, _ := m.live.Inside()
	return len(holders) == 0
}

func notFreed(m *Model) bool {
	_, frees, inside := m.live.obstacle()
	return inside && !frees
}

// stayedInside reports whether somebody has been inside for long.
func stayedInside(m *Model) bool {
	holders, _ := m.live.Inside()
	return len(holders) > 0 && holders[0].Inside() >= stayed
}

// nudgedNow reports whether holders have been nudged since the patch was armed, and nobody has been inside for long.
func nudgedNow(m *Model) bool {
	marks := m.live.timeline.marks
	for i := len(marks) - 1; i >= 0 && marks[i].kind != markArmed; i-- {
		if marks[i].kind == markNudge {
			return !stayedInside(m)
		}
	}
	return false
}

// nudgesItself reports whether the kernel wakes the holders without a key.
func nudgesItself(m *Model) bool {
	return m.live.Armed.Nudge != "" && m.live.Armed.Nudge != session.NudgeNone
}

// newCodeSeen reports whether calls of the replacements have been counted.
func newCodeSeen(m *Model) bool {
	seen := m.live.Sample.Replaced
	return seen != nil && seen.Calls > 0
}
