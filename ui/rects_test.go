// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"spotos/session"
)

// What a pane draws stands where places says, so that a click finds its row.
func TestPanesAreWhereTheirPlacesSay(t *testing.T) {
	for _, size := range append(slices.Clone(sizes), struct{ w, h int }{160, 30}) {
		for _, keys := range [][]string{nil, {"1"}, {"3"}, {"4"}, {"5"}, {"3", "enter"}, {"+"}, {"L"},
			{"L", "L"}, {"L", "4"}} {
			t.Run(fmt.Sprintf("%dx%d %v", size.w, size.h, keys), func(t *testing.T) {
				m := screenAt(t, stuck, stoppedAt{session.KindSampled, 5, 0}, size.w, size.h, Options{})
				press(m, keys...)
				screen := strings.Split(ansi.Strip(m.View().Content), "\n")
				for _, p := range m.places() {
					if got, ok := m.placeAt(p.inner.x, p.inner.y); !ok || got != p {
						t.Errorf("at the first cell of %v is %v", p, got)
					}
					if p.pane == paneStrip {
						continue
					}
					for i, line := range m.panes[p.pane].View(p.pane == m.focus) {
						want := strings.TrimRight(ansi.Strip(line), " ")
						got := strings.TrimRight(ansi.Cut(screen[p.inner.y+i], p.inner.x, p.inner.x+p.inner.w), " ")
						if got != want {
							t.Errorf("line %d of pane %d is %q, want %q", i, p.pane, got, want)
						}
					}
				}
			})
		}
	}
}
