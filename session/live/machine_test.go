// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"regexp"
	"testing"
)

// The console joins the notes to a line of sentences, so that each must be a whole one. What can be done differs from
// machine to machine; what cannot be done is always told.
func TestNotesAreSentences(t *testing.T) {
	m, err := NewMachine(MachineOptions{})
	if err != nil {
		t.Fatal(err)
	}
	sentence := regexp.MustCompile(`^[A-Z].*: .*\.$`)
	c := m.Capabilities()
	if !(c.CanWatch && c.CanSwitch) && len(c.Notes) == 0 {
		t.Errorf("%+v: not told why", c)
	}
	for _, note := range c.Notes {
		if !sentence.MatchString(note) {
			t.Errorf("no sentence that says what to do: %q", note)
		}
	}
}
