// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"fmt"

	"spotos/session"
)

// leftOutSaid is the number of tasks that a nudge left out which are named at most.
const leftOutSaid = 10

// notes prints what a person should know of the events of an operation, each text once.
type notes map[string]bool

// of prints what an event has to be noted: the note of a Started, a Noted, and whom a nudge left out.
func (n notes) of(e session.Event) {
	switch e := e.(type) {
	case session.Started:
		n.once(e.Note)
	case session.Noted:
		n.once(e.Text)
	case session.Nudged:
		for i, who := range e.LeftOut {
			if i == leftOutSaid {
				n.once(fmt.Sprintf("left out: and %d more", len(e.LeftOut)-i))
				return
			}
			n.once("left out: " + who)
		}
	}
}

func (n notes) once(text string) {
	if text != "" && !n[text] {
		n[text] = true
		note(text)
	}
}
