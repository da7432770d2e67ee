// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"errors"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"spotos/session"
)

var refusals = []string{
	"inet_recvmsg is probed with a jump (kprobe) by systemtap_7: remove that probe first",
	"the patch was built for Linux 6.12.101+deb12-amd64, and this is 6.12.117+deb12-amd64: " +
		"build it again with spotos patch build",
}

const unreadable = "open /lib/spotos/patches: permission denied: " +
	"run it with sudo, or name another directory with --patches"

// catalogueViews are views of a catalogue with a refusal, and of one that cannot be read.
var catalogueViews = []view{
	{"patches-refused", func(t *testing.T, w, h int, opts Options) *Model {
		m := screenAt(t, easy, stoppedAt{session.KindSampled, 4, 0}, w, h, opts)
		info := session.PatchInfo{Name: "no-oob", Title: "urgent data is not taken", Severity: "low",
			Functions: []string{"inet_recvmsg"}, State: session.StateNotLoaded, Refusals: refusals}
		m.Update(patchesMsg{list: []session.PatchInfo{info}})
		press(m, "1")
		return m
	}},
	{"patches-trouble", func(t *testing.T, w, h int, opts Options) *Model {
		m := viewed(t, easy, stoppedAt{}, w, h, opts)
		m.patches.loaded, m.patches.list = false, nil
		m.Update(patchesMsg{err: errors.New(unreadable)})
		press(m, "1")
		return m
	}},
}

// Every size of screen shows in full why a patch cannot be applied, and why there is no catalogue.
func TestReasonsAreShownInFull(t *testing.T) {
	// A line may break anywhere.
	bare := func(s string) string { return strings.Join(strings.Fields(ansi.Strip(s)), "") }
	for i, reasons := range [][]string{refusals, {unreadable, "ctrl+l reads it again"}} {
		for _, size := range sizes {
			screen := inFocus(catalogueViews[i].at(t, size.w, size.h, Options{}))
			for _, reason := range reasons {
				if !strings.Contains(bare(screen), bare(reason)) {
					t.Errorf("%dx%d: %q cannot be read in\n%s", size.w, size.h, reason, screen)
				}
			}
		}
	}
}

// inFocus returns what the focused pane has on the screen, without its frame.
func inFocus(m *Model) string {
	screen, lines := screenLines(m), []string{}
	for _, p := range m.places() {
		for y := p.inner.y; p.pane == m.focus && y < p.inner.y+p.inner.h; y++ {
			lines = append(lines, ansi.Cut(screen[y], p.inner.x, p.inner.x+p.inner.w))
		}
	}
	return strings.Join(lines, "\n")
}

// A list stays when it cannot be read again, and the title says so until it can.
func TestCatalogueIsReadAgain(t *testing.T) {
	m, _ := cuedModel(t, easy, stoppedAt{session.KindSampled, 4, 0})
	press(m, "1")
	m.Update(patchesMsg{err: errors.New("too many open files")})
	const trouble = "could not be read again"
	screen := ansi.Strip(m.View().Content)
	if !strings.Contains(screen, trouble) || !strings.Contains(screen, "> no-oob") {
		t.Errorf("after an error it shows\n%s", screen)
	}
	m.Update(m.patchesCmd()())
	if screen := ansi.Strip(m.View().Content); strings.Contains(screen, trouble) {
		t.Errorf("once it was read it shows\n%s", screen)
	}
}
