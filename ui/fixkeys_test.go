// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"spotos/session"
)

// What cannot be built, or not now, is refused with the reason, and no question is asked.
func TestBuildIsRefused(t *testing.T) {
	none := func(*Model) {}
	loaded := session.PatchInfo{Name: "rtnl-fill-vfinfo", State: session.StateLoaded}
	for _, c := range []struct {
		name, filter, want string
		opts               Options
		before             func(*Model)
	}{
		{"read-only", "rtnl_fill", "Read-only: the console was started read-only", Options{ReadOnly: true}, none},
		{"refused", "tlclk", "It cannot become a patch: it runs only at boot", Options{}, none},
		{"nowhere", "(place not known)", "it is not known where it is", Options{}, none},
		{"nothing", "no such thing", "No fix is chosen: f lists them", Options{}, none},
		{"loaded", "rtnl_fill", "has a patch rtnl-fill-vfinfo already, and it is loaded", Options{}, func(m *Model) {
			m.Update(patchesMsg{list: []session.PatchInfo{loaded}})
		}},
		{"under way", "rtnl_fill", "Building x is under way: esc cancels that", Options{}, func(m *Model) {
			m.setJob(&job{what: "Building x"})
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := fixesListed(t, true, &fixing{}, 80, 24, c.opts, filtered(c.filter)...)
			c.before(m)
			press(m, "enter")
			if !strings.Contains(m.notice.text, c.want) || m.dialog != nil {
				t.Errorf("it says %q, want %q; dialog %v", m.notice.text, c.want, m.dialog)
			}
		})
	}
}

// A patch of that name that is not loaded is replaced, and the question says so.
func TestQuestionSaysWhatIsReplaced(t *testing.T) {
	m := fixesListed(t, true, &fixing{}, 80, 24, Options{}, filtered("rtnl_fill")...)
	old := session.PatchInfo{Name: "rtnl-fill-vfinfo", State: session.StateUnavailable}
	m.Update(patchesMsg{list: []session.PatchInfo{old}})
	press(m, "enter")
	if screen := ansi.Strip(m.View().Content); !strings.Contains(screen, "It replaces the patch of that name") {
		t.Errorf("it asks\n%s", screen)
	}
}

// Nothing is downloaded by a console that changes nothing.
func TestReadOnlyDownloadsNothing(t *testing.T) {
	m := fixesListed(t, true, &fixing{missing: true}, 80, 24, Options{ReadOnly: true})
	if screen := ansi.Strip(m.View().Content); m.dialog != nil || !strings.Contains(bareText(screen),
		bareText("was started read-only and downloads nothing")) {
		t.Errorf("it shows\n%s", screen)
	}
}

// A question that comes by itself is not asked where something else is typed: there it would be answered by chance.
func TestDownloadIsNotAskedElsewhere(t *testing.T) {
	m := fixesScreen(t, true, &fixing{missing: true}, 80, 24, Options{})
	press(m, "f", "1")
	work(t, m, wholeJob)
	if m.dialog != nil {
		t.Fatal("it asks in another pane")
	}
	press(m, "6")
	if screen := ansi.Strip(m.View().Content); !strings.Contains(screen, "139 MB. f asks.") {
		t.Errorf("it shows\n%s", screen)
	}
}

// A patch that was built is opened only where the operator waits for it.
func TestBuiltPatchIsOpened(t *testing.T) {
	refused := func(list []session.PatchInfo) { list[len(list)-1].Refusals = []string{"it is for another kernel"} }
	for _, c := range []struct {
		name    string
		keys    []string // pressed before it is built
		change  func([]session.PatchInfo)
		opening string
		pane    int
		says    string
	}{
		{"there", nil, nil, "rtnl-fill-vfinfo", panePatches, "Opening rtnl-fill-vfinfo."},
		{"elsewhere", []string{"3"}, nil, "", paneHolders, "Built rtnl-fill-vfinfo: enter in pane 1 shows it."},
		{"asked", []string{"a"}, nil, "", paneFixes, "Built rtnl-fill-vfinfo: enter in pane 1 shows it."},
		{"refused", nil, refused, "", panePatches, "It cannot be applied here: it is for another kernel"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := building(t, &fixing{}, 2, 80, 24, Options{})
			press(m, c.keys...)
			work(t, m, wholeJob)
			list, err := m.console.Patches(t.Context())
			if c.change != nil {
				c.change(list)
			}
			m.Update(patchesMsg{list, err})
			if m.opening != c.opening || m.focus != c.pane || !strings.Contains(m.notice.text, c.says) {
				t.Errorf("it opens %q in pane %d and says %q", m.opening, m.focus+1, m.notice.text)
			}
			if info, _ := m.patches.chosen(); info.Name != "rtnl-fill-vfinfo" {
				t.Errorf("the cursor is on %q", info.Name)
			}
		})
	}
}

// esc cancels first, then takes the filter away, and then leads back to where f was pressed.
func TestEscInTheFixes(t *testing.T) {
	m := fixesScreen(t, false, &fixing{}, 80, 24, Options{})
	press(m, "3", "f")
	work(t, m, wholeJob)
	press(m, filtered("rtnl_fill", "enter")...)
	answer(m)
	work(t, m, 2)
	press(m, "esc")
	<-m.job.ended
	work(t, m, wholeJob)
	if !strings.HasPrefix(m.job.outcome, "Cancelled") || m.table().filter == "" {
		t.Errorf("after one esc: %q, filter %q", m.job.outcome, m.table().filter)
	}
	press(m, "esc")
	if m.table().filter != "" || m.focus != paneFixes {
		t.Errorf("after two: filter %q, pane %d", m.table().filter, m.focus+1)
	}
	press(m, "esc")
	if m.focus != paneHolders {
		t.Errorf("after three: pane %d", m.focus+1)
	}
}
