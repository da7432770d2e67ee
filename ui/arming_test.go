// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"spotos/session"
)

// While the kernel prepares an arming, that and for how long is on the screen; once it has answered no more.
func TestArmingIsShown(t *testing.T) {
	m, _ := cuedModel(t, easy, stoppedAt{session.KindSampled, 4, 0})
	m.arm(session.Apply)
	at(m, m.asked.Add(65*time.Second))
	const step = "Arming, for 1:05: the kernel prepares the switch."
	if screen := ansi.Strip(m.View().Content); !strings.Contains(screen, step) {
		t.Errorf("it shows\n%s", screen)
	}
	m.Update(answeredMsg{id: m.opID})
	if screen := ansi.Strip(m.View().Content); strings.Contains(screen, "Arming, for") {
		t.Errorf("it still shows\n%s", screen)
	}
	// It has armed, and goes on preparing.
	m.live.State, m.live.Sample.Preparing = session.StateArmed, "each task has to sleep once"
	const waits = "Arming, for 1:05: each task has to sleep once."
	if screen := ansi.Strip(m.View().Content); !strings.Contains(screen, waits) {
		t.Errorf("it does not say what it waits for:\n%s", screen)
	}
	m.live.Sample.Preparing = ""
	if screen := ansi.Strip(m.View().Content); strings.Contains(screen, "Arming, for") {
		t.Errorf("it still shows\n%s", screen)
	}
}
