// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"spotos/session"
	"spotos/session/replay"
)

// errBuild is what came of a real build that was refused.
var errBuild = &session.Refusal{Reason: "no patch was made: net/netlink/genetlink.c: genl_bind and genl_unbind " +
	"use genl_families, whose value changes: a patch replaces functions, and data keep what they hold; " +
	"take the functions that do not need it with --function"}

// errNoTools is what a machine without a compiler says.
var errNoTools = errors.New("no patch can be built here: there is no make, nor gcc-12, nor objcopy: apt-get install " +
	"make gcc-12 binutils, or build it on a machine that has them, with --kernel")

// fixesScreen returns a console that has fixes, with a patch in hand unless alone is set.
func fixesScreen(t *testing.T, alone bool, f *fixing, w, h int, opts Options) *Model {
	t.Helper()
	recording, err := replay.Open("testdata/"+easy, replay.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f.Console = switchable{recording}
	var events []session.Event
	if !alone {
		events = recorded(t, easy, stoppedAt{session.KindSampled, 4, 0})
	}
	return screenOf(t, f, events, w, h, opts)
}

// fixesListed returns a console that has listed its fixes, after some keys.
func fixesListed(t *testing.T, alone bool, f *fixing, w, h int, opts Options, keys ...string) *Model {
	t.Helper()
	m := fixesScreen(t, alone, f, w, h, opts)
	press(m, "f")
	work(t, m, wholeJob)
	press(m, keys...)
	return m
}

// typed returns the keys of a text.
func typed(text string) []string { return strings.Split(text, "") }

// filtered returns the keys that filter by a text and then press others.
func filtered(text string, then ...string) []string {
	return append(append(append([]string{"/"}, typed(text)...), "enter"), then...)
}

// answer answers the open question with yes, after the time in which a question takes no keys.
func answer(m *Model) {
	at(m, m.dialog.Opened().Add(answerDelay))
	press(m, "y")
}

// building returns a console that builds a patch and has had n reports.
func building(t *testing.T, f *fixing, n, w, h int, opts Options) *Model {
	t.Helper()
	m := fixesListed(t, false, f, w, h, opts, filtered("rtnl_fill", "enter")...)
	answer(m)
	work(t, m, n)
	return m
}

// fixViews are views of the fixes.
var fixViews = []view{
	{"fixes-none", func(t *testing.T, w, h int, opts Options) *Model {
		m := fixesScreen(t, true, &fixing{}, w, h, opts)
		press(m, "6")
		return m
	}},
	{"fixes-recording", func(t *testing.T, w, h int, opts Options) *Model {
		m := viewed(t, easy, stoppedAt{session.KindSampled, 4, 0}, w, h, opts)
		press(m, "f")
		return m
	}},
	{"fixes-download", func(t *testing.T, w, h int, opts Options) *Model {
		return fixesListed(t, true, &fixing{missing: true}, w, h, opts)
	}},
	{"fixes-listing", func(t *testing.T, w, h int, opts Options) *Model {
		m := fixesListed(t, true, &fixing{missing: true}, w, h, opts)
		answer(m)
		work(t, m, 3)
		return m
	}},
	{"fixes", func(t *testing.T, w, h int, opts Options) *Model {
		return fixesListed(t, false, &fixing{}, w, h, opts, "j")
	}},
	{"fixes-sorted", func(t *testing.T, w, h int, opts Options) *Model {
		return fixesListed(t, true, &fixing{}, w, h, opts, "s", "s", "s", "G")
	}},
	{"fixes-filter", func(t *testing.T, w, h int, opts Options) *Model {
		return fixesListed(t, true, &fixing{}, w, h, opts, append([]string{"/"}, typed("cve-2026-9")...)...)
	}},
	{"fixes-question", func(t *testing.T, w, h int, opts Options) *Model {
		return fixesListed(t, false, &fixing{}, w, h, opts, filtered("(genetlink", "enter")...)
	}},
	{"fixes-question-file", func(t *testing.T, w, h int, opts Options) *Model {
		m := fixesListed(t, false, &fixing{}, w, h, opts, filtered("rlb_arp", "enter")...)
		at(m, m.dialog.Opened().Add(answerDelay))
		press(m, "o")
		return m
	}},
	{"fixes-question-functions", func(t *testing.T, w, h int, opts Options) *Model {
		return fixesListed(t, false, &fixing{}, w, h, opts, filtered("rlb_arp", "enter")...)
	}},
	{"fixes-building", func(t *testing.T, w, h int, opts Options) *Model {
		return building(t, &fixing{}, 3, w, h, opts)
	}},
	{"fixes-cancelled", func(t *testing.T, w, h int, opts Options) *Model {
		m := building(t, &fixing{}, 3, w, h, opts)
		press(m, "esc")
		<-m.job.ended // what it would report is heard no more
		work(t, m, wholeJob)
		return m
	}},
	{"fixes-refused", func(t *testing.T, w, h int, opts Options) *Model {
		return building(t, &fixing{fail: errBuild}, wholeJob, w, h, opts)
	}},
	{"fixes-no-tools", func(t *testing.T, w, h int, opts Options) *Model {
		return building(t, &fixing{fail: errNoTools}, wholeJob, w, h, opts)
	}},
	{"fixes-quit", func(t *testing.T, w, h int, opts Options) *Model {
		m := building(t, &fixing{}, 4, w, h, opts)
		press(m, "q")
		return m
	}},
}

// bareText returns a screen's text without white space: a line may break anywhere.
func bareText(s string) string { return strings.Join(strings.Fields(ansi.Strip(s)), "") }

// Every size of screen shows in full why no patch was made, and what would be downloaded.
func TestFixReasonsAreShownInFull(t *testing.T) {
	for _, size := range sizes {
		for _, fail := range []error{errBuild, errNoTools} {
			screen := inFocus(building(t, &fixing{fail: fail}, wholeJob, size.w, size.h, Options{}))
			if !strings.Contains(bareText(screen), bareText(fail.Error()[1:])) {
				t.Errorf("%dx%d: %q cannot be read in\n%s", size.w, size.h, fail, screen)
			}
		}
		m := fixesListed(t, false, &fixing{}, size.w, size.h, Options{}, filtered("tlclk")...)
		const why = "cannot be built: it runs only at boot, or when its module is loaded or removed"
		if screen := m.View().Content; !strings.Contains(bareText(screen), bareText(why)) {
			t.Errorf("%dx%d: %q cannot be read in\n%s", size.w, size.h, why, screen)
		}
		screen := fixesListed(t, true, &fixing{missing: true}, size.w, size.h, Options{}).View().Content
		for _, p := range needed.Packages {
			if !strings.Contains(bareText(screen), bareText(p)) {
				t.Errorf("%dx%d: %q cannot be read in\n%s", size.w, size.h, p, screen)
			}
		}
	}
}

// With --ascii the fixes are drawn with ASCII only.
func TestFixesInASCII(t *testing.T) {
	for _, v := range fixViews {
		for _, size := range sizes {
			name := fmt.Sprintf("ascii-%s-%dx%d", v.name, size.w, size.h)
			t.Run(name, func(t *testing.T) {
				screen := ansi.Strip(v.at(t, size.w, size.h, Options{ASCII: true}).View().Content)
				if i := strings.IndexFunc(screen, func(r rune) bool { return r > 126 }); i >= 0 {
					t.Errorf("%q is not ASCII", screen[i:])
				}
				golden(t, name, screen+"\n")
			})
		}
	}
}

// A watched function says whether it was called, on the machine that the fixes are for.
func TestFixesSayWhatIsCalled(t *testing.T) {
	fix := func(name string, here session.Use) session.Fix {
		return session.Fix{File: "net/a.c", Function: name, Patch: session.FixLikely, Here: here}
	}
	list := session.FixList{Running: true, Fixes: []session.Fix{fix("busy", session.UseBuiltIn),
		fix("idle", session.UseLoaded), fix("other", session.UseLoaded), fix("busy", session.UseNotLoaded)}}
	p := newPicture("x")
	p.add(session.Sampled{Functions: []session.FunctionSample{{Name: "busy", Calls: 3}, {Name: "idle"}}})
	for _, c := range []struct {
		running bool
		want    []string
	}{
		{true, []string{"called", "not called", "loaded", "not loaded"}},
		{false, []string{"built in", "loaded", "loaded", "not loaded"}},
	} {
		x := newFixesPane(skin{glyphs: asciiGlyphs}, DefaultKeys(), false)
		list.Running = c.running
		x.setList(ordered(list))
		x.SetPicture(p)
		var got []string
		for _, r := range x.table.all {
			got = append(got, r.cells[1].text)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("running %v: %s", c.running, diff)
		}
	}
}
