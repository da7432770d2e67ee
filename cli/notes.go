// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"fmt"
	"slices"

	"spotos/session"
)

// leftOutSaid is the number of tasks that a nudge left out which are named at most.
const leftOutSaid = 10

// notes finds what a person should know of the events of an operation, each text once.
type notes map[string]bool

// of returns what an event has to be noted: the note of a Started, a Noted, what a nudge does and whom it left out.
func (n notes) of(e session.Event) []string {
	var texts []string
	switch e := e.(type) {
	case session.Started:
		texts = []string{e.Note}
	case session.Noted:
		texts = []string{e.Text}
	case session.Nudged:
		if len(e.PIDs) > 0 {
			texts = append(texts, session.DescribeNudge(e))
		}
		for i, who := range e.LeftOut {
			if i == leftOutSaid {
				texts = append(texts, fmt.Sprintf("left out: and %d more", len(e.LeftOut)-i))
				break
			}
			texts = append(texts, "left out: "+who)
		}
	}
	return slices.DeleteFunc(texts, func(text string) bool {
		said := text == "" || n[text]
		n[text] = true
		return said
	})
}

// print prints what an event has to be noted; first is called before anything is.
func (n notes) print(e session.Event, first func()) {
	texts := n.of(e)
	if len(texts) > 0 {
		first()
	}
	for _, text := range texts {
		note(text)
	}
}
