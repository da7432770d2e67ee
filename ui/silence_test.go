// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"spotos/session"
)

func TestSilenceIsShown(t *testing.T) {
	m, _ := cuedModel(t, easy, stoppedAt{session.KindSampled, 4, 0})
	now := fixedClock()
	m.opts.Now = func() time.Time { return now }
	m.lastEvent = now
	m.Update(tickMsg{})
	if m.stale {
		t.Error("fresh counts are called old")
	}
	now = now.Add(m.tick() + time.Millisecond)
	if m.Update(tickMsg{}); !strings.Contains(m.View().Content, "NO NEW SAMPLE") {
		t.Error("nothing says that the counts are old")
	}
}

// With a long interval, counts stay fresh longer.
func TestSilenceDependsOnTheInterval(t *testing.T) {
	m, _ := cuedModel(t, easy, stoppedAt{session.KindSampled, 4, 0})
	now := fixedClock()
	m.opts.Now, m.opts.Interval = func() time.Time { return now }, 10*time.Second
	m.lastEvent = now
	now = now.Add(20 * time.Second)
	if m.Update(tickMsg{}); m.stale {
		t.Error("a sample every 10 s is called old after 20 s")
	}
	now = now.Add(31 * time.Second)
	if m.Update(tickMsg{}); !m.stale {
		t.Error("nothing says that the counts are old after 51 s")
	}
}

// A sample that comes when it is due is shown at once, however long the interval.
func TestSampleIsShownWhenItIsDue(t *testing.T) {
	const every = 500 * time.Millisecond
	synctest.Test(t, func(t *testing.T) { // by a clock of its own: how busy the host is plays no part
		events := make(chan session.Event, 1)
		start := time.Now()
		go func() {
			time.Sleep(every)
			events <- session.Sampled{}
		}()
		eventsCmd(t.Context(), 1, events, every, nil)()
		if took := time.Since(start); took < every || took > every+fastest {
			t.Errorf("a sample after %s is brought after %s", every, took)
		}
	})
}
