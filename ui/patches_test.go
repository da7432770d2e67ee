// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"spotos/session"
)

var refusals = []string{
	"inet_recvmsg is probed with a jump (kprobe) by systemtap_7: remove that probe first",
	"the patch was built for Linux 6.12.101+deb12-amd64, and this is 6.12.117+deb12-amd64: build it again with spotos patch build",
}

// Why a patch cannot be applied can be read in full, and so can why there is no catalogue.
func TestViewsOfTheCatalogue(t *testing.T) {
	for _, v := range []struct {
		name string
		msg  patchesMsg
	}{
		{"patches-refused", patchesMsg{list: []session.PatchInfo{{Name: "no-oob", Title: "urgent data is not taken", Severity: "low",
			Functions: []string{"inet_recvmsg"}, State: session.StateNotLoaded, Refusals: refusals}}}},
		{"patches-trouble", patchesMsg{err: errors.New("open /lib/spotos/patches: permission denied: run it with sudo, or name another directory with --patches")}},
	} {
		for _, size := range sizes {
			name := fmt.Sprintf("%s-%dx%d", v.name, size.w, size.h)
			t.Run(name, func(t *testing.T) {
				stop := stoppedAt{session.KindSampled, 4, 0}
				if v.msg.err != nil {
					stop = stoppedAt{}
				}
				m := viewed(t, easy, stop, size.w, size.h, Options{})
				if v.msg.err != nil {
					m.patches.loaded, m.patches.list = false, nil
				}
				m.Update(v.msg)
				press(m, "1")
				screen := m.View().Content
				checkShape(t, screen, size.w, size.h)
				for _, text := range append(refusals, "reads it again") {
					bare := func(s string) string { return strings.Join(strings.Fields(s), "") } // it may be broken anywhere
					if refused := v.msg.err == nil; refused != (text == "reads it again") && !strings.Contains(bare(ansi.Strip(screen)), bare(text)) {
						t.Errorf("%q cannot be read in\n%s", text, screen)
					}
				}
				golden(t, name, ansi.Strip(screen)+"\n")
			})
		}
	}
}

// A list that was read stays when it cannot be read again, and says so until it can.
func TestCatalogueIsReadAgain(t *testing.T) {
	m, _ := watched(t, easy, stoppedAt{session.KindSampled, 4, 0})
	press(m, "1")
	m.Update(patchesMsg{err: errors.New("too many open files")})
	if screen := ansi.Strip(m.View().Content); !strings.Contains(screen, "could not be read again") || !strings.Contains(screen, "> no-oob") {
		t.Errorf("after an error it shows\n%s", screen)
	}
	m.Update(m.patchesCmd()())
	if screen := ansi.Strip(m.View().Content); strings.Contains(screen, "could not be read again") {
		t.Errorf("once it was read it shows\n%s", screen)
	}
}
