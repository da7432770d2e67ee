// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"regexp"
	"testing"
)

// The console joins the notes into one line, so each note must be a whole sentence. What can be done differs from
// machine to machine, but a note always says what cannot.
func TestNotesAreSentences(t *testing.T) {
	m, err := NewMachine(MachineOptions{})
	if err != nil {
		t.Fatal(err)
	}
	sentence := regexp.MustCompile(`^[A-Z].*: .*\.$`)
	c := m.Capabilities()
	if !(c.CanWatch && c.CanSwitch) && len(c.Notes) == 0 {
		t.Errorf("%+v: no note says why", c)
	}
	for _, note := range c.Notes {
		if !sentence.MatchString(note) {
			t.Errorf("%q is no sentence of the form \"Cause: remedy.\"", note)
		}
	}
}
