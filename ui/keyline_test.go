// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"spotos/session"
)

// The key line begins with what the pane that one is in is for.
func TestKeyLineIsThatOfThePane(t *testing.T) {
	const general = "tab pane  : actions  / filter  s sort  p pause  + - timeline  ? help  q quit"
	for _, c := range []struct {
		stop stoppedAt
		keys []string
		want string
	}{
		{stoppedAt{}, nil, "enter show it  f fixes  tab pane  : actions  / filter  s sort  ? help  q quit"},
		{atStuck, []string{"1"}, "enter show it  f fixes  " + general},
		{atStuck, nil, "enter details  d patch  b callers  " + general},
		{atStuck, []string{"2", "enter"}, "esc back  " + general},
		{atStuck, []string{"3"}, "enter open group  n nudge  * search  " + general},
		{atStuck, []string{"3", "enter"}, "enter close group  n nudge  * search  " + general},
		{atStuck, []string{"3", "enter", "j"}, "enter details  n nudge  * search  " + general},
		{atStuck, []string{"3", "enter", "j", "enter"}, "esc back  * search  pgup/dn scroll  y copy it  " +
			strings.Replace(general, "+ - timeline  ", "", 1)}, // it is hidden
		{stoppedAt{session.KindSampled, 5, 0}, []string{"3"}, "enter details  * search  " + general},
		{atStuck, []string{"3", "?"}, "esc back  k/up up  j/down down  pgup/dn a page"},
		{atStuck, []string{"4"}, "enter whole entry  * search  G newest  " + general},
		{atStuck, []string{"5"}, "b callers  enter details  " + general},
	} {
		m := viewed(t, stuck, c.stop, 120, 40, Options{})
		press(m, c.keys...)
		if got := ansi.Strip(m.keyLine()); got != c.want {
			t.Errorf("at %q after %v: %q, want %q", c.stop.kind, c.keys, got, c.want)
		}
	}
}
