// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"spotos/session"
)

// programsPane lists who calls the patch's functions. Its rows keep the order in which they came: the calls of each
// grow all the time, and rows in their order would jump.
type programsPane struct {
	skin
	table    table
	pic      *picture
	key      string // that has calls counted by program
	replayed bool   // the picture is of a recording
	list     *session.Programs
	height   int
	zoomed   bool
}

func newProgramsPane(sk skin, key string) *programsPane {
	return &programsPane{skin: sk, key: key, table: table{columns: []column{
		{title: "PROGRAM", width: 17},
		{title: "CALLS", width: 8, right: true},
		{title: "CALLS/S", width: 7, right: true},
		{title: "NOW", width: 4, right: true},
		{title: "LAST", width: 7, right: true, drop: 1},
		{title: "UID", width: 6, right: true, drop: 2},
		{title: "CGROUP", width: 24, drop: 3},
		{title: "EXECUTABLE", width: 12, grow: true},
	}}}
}

func (g *programsPane) SetPicture(p *picture) {
	g.pic, g.list = p, nil
	if p != nil {
		g.list = p.Sample.Programs
	}
	if g.list == nil {
		g.table.setRows(nil)
		return
	}
	rows := make([]row, 0, len(g.list.List))
	for _, c := range session.FirstSeenFirst(g.list.List) {
		rows = append(rows, callerRow(c, p.Sample.Time))
	}
	g.table.setRows(rows)
}

func (g *programsPane) Title() string { return "Programs" }

func (g *programsPane) Count() string {
	if g.list == nil {
		return ""
	}
	s := g.table.status()
	if g.list.Total > len(g.list.List) {
		s += fmt.Sprintf(" of %d in all", g.list.Total)
	}
	return s
}

func (g *programsPane) SetSize(w, height int, zoomed bool) {
	g.height, g.zoomed = height, zoomed
	list := height
	if zoomed {
		list = min(len(g.table.all)+1, max(3, height/2))
	}
	g.table.setSize(w, list)
}

func (g *programsPane) Want(bool) int { return max(3, len(g.table.all)+1) }
func (g *programsPane) Least() int    { return 3 }
func (g *programsPane) Table() *table { return &g.table }

func (g *programsPane) View(focused bool) []string {
	var lines []string
	switch {
	case g.pic == nil:
		lines = []string{"No patch chosen: enter in pane 1 shows one, and again opens it."}
	case g.pic.Samples == 0:
		lines = []string{"No sample yet."}
	case g.list == nil && g.replayed:
		lines = []string{"Calls were not counted by program when this was recorded."}
	case g.list == nil:
		lines = wrap("Calls are not counted by program. "+g.key+" counts them: the patch is opened again for that, "+
			"and each call of its functions takes longer as long as it is counted.", g.table.width-4)
	case len(g.table.all) == 0:
		lines = []string{"Nobody has called since the watch began."}
	}
	for i := range lines {
		lines[i] = "  " + lines[i]
	}
	if len(lines) == 0 {
		lines = g.table.view(g.styles, g.glyphs, focused)
		if g.zoomed {
			lines = append(lines, g.details()...)
		}
	}
	return lines[:min(len(lines), g.height)]
}

// details returns what the row under the cursor has no room for.
func (g *programsPane) details() []string {
	r, ok := g.table.selected()
	if !ok {
		return nil
	}
	var text []string
	for _, c := range g.list.List {
		if programID(c) == r.id {
			text = describeCaller(c)
		}
	}
	lines := []string{""}
	for _, t := range text {
		for _, line := range wrap(t, g.table.width-4) {
			lines = append(lines, "  "+line)
		}
	}
	return lines
}

// countPrograms opens the patch in hand again, with its calls counted by program or not.
func (m *Model) countPrograms() tea.Cmd {
	switch {
	case m.player() != nil:
		m.refuse("A recording has what was counted when it was made.")
		return nil
	case m.live == nil || m.opening != "":
		m.refuse("No patch is open whose calls could be counted by program: choose one in pane 1 with enter.")
		return nil
	case m.armed():
		m.refuse(m.live.patch + " is armed: " + m.keys.Abort.Help().Key + " aborts that first.")
		return nil
	}
	m.byProgram = !m.byProgram
	cmd := m.choose(m.live.patch)
	if m.byProgram {
		m.toPane = panePrograms
	}
	return cmd
}
