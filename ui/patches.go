// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"strings"

	"spotos/session"
)

// patchesPane lists the patches and, where one cannot be applied, the reason.
type patchesPane struct {
	skin
	table     table
	list      []session.PatchInfo
	height    int
	loaded    bool   // the catalogue has been read at least once
	readError string // why the last reading failed, or ""
	pic       *picture
	page      *patchPage // of one patch, in the place of the list
	zoomed    bool       // it is on the screen
	wide      bool       // the list stands in a column of its own, beside the counts
}

// newPatchesPane returns the pane for a kernel that runs.
func newPatchesPane(sk skin, kernel string) *patchesPane {
	page := &patchPage{textView: textView{skin: sk}, running: kernel}
	return &patchesPane{skin: sk, page: page, table: table{columns: []column{
		{title: "PATCH", width: 20},
		{title: "STATE", width: 11},
		{title: "SEVERITY", width: 8, drop: 1},
		{title: "TITLE, OR WHY IT CANNOT BE APPLIED", width: 20, grow: true},
	}}}
}

// setList replaces the catalogue.
func (p *patchesPane) setList(list []session.PatchInfo) {
	p.list, p.loaded, p.readError = list, true, ""
	p.rebuild()
}

// setReadError says why the catalogue could not be read. The list read before stays.
func (p *patchesPane) setReadError(why string) { p.readError = why }

// find returns the patch of that name, and false if there is none.
func (p *patchesPane) find(name string) (session.PatchInfo, bool) {
	for _, info := range p.list {
		if info.Name == name {
			return info, true
		}
	}
	return session.PatchInfo{}, false
}

// chosen returns the patch under the cursor.
func (p *patchesPane) chosen() (session.PatchInfo, bool) {
	r, ok := p.table.selected()
	if !ok {
		return session.PatchInfo{}, false
	}
	return p.find(r.id)
}

func (p *patchesPane) SetPicture(pic *picture) {
	p.pic = pic
	p.rebuild()
}

func (p *patchesPane) rebuild() {
	rows := make([]row, 0, len(p.list))
	for _, info := range p.list {
		rows = append(rows, p.row(info))
	}
	p.table.setRows(rows)
}

// row builds the row of one patch. The state of the patch in hand comes from its picture, which is newer.
func (p *patchesPane) row(info session.PatchInfo) row {
	state, name := info.State, cell{text: info.Name}
	if p.pic != nil && p.pic.patch == info.Name {
		name.style = p.Bold.Render
		if p.pic.State != "" {
			state = p.pic.State
		}
	}
	what := cell{text: info.Title}
	if len(info.Refusals) > 0 {
		what = cell{text: "cannot: " + strings.Join(info.Refusals, "; "), style: p.Warn.Render}
	}
	return row{id: info.Name, cells: []cell{name, p.stateCell(state), {text: info.Severity}, what}}
}

func (p *patchesPane) stateCell(state session.State) cell {
	c := cell{text: string(state)}
	switch state {
	case session.StateApplied:
		c.style = p.Good.Render
	case session.StateArmed, session.StateReverting, session.StateUnknown:
		c.style = p.Warn.Render
	case session.StateUnavailable, session.StateNotRunning:
		c.style = p.Bad.Render
	}
	return c
}

func (p *patchesPane) Title() string {
	if p.zoomed {
		return p.page.title()
	}
	return "Patches"
}

func (p *patchesPane) Count() string {
	switch {
	case p.zoomed:
		return ""
	case p.readError != "" && p.loaded:
		return p.table.status() + ", as last read: they could not be read again"
	}
	return p.table.status()
}

func (p *patchesPane) SetSize(w, h int, zoomed bool) {
	p.height, p.zoomed = h, zoomed
	p.page.setSize(w, h)
	p.table.setSize(w, min(h, len(p.list)+1))
}

// Want returns the lines of the list and of what is below it: while the pane is focused, and on a wide screen always.
func (p *patchesPane) Want(focused bool) int {
	switch {
	case p.wide:
		return len(p.list) + 1 + besideList
	case focused:
		return len(p.list) + 7
	}
	return len(p.list) + 1
}

const (
	besideList = 12 // lines below the list of a wide screen
	leastBelow = 3  // lines from which anything is shown there
)

func (p *patchesPane) Least() int    { return 2 }
func (p *patchesPane) Table() *table { return &p.table }

func (p *patchesPane) View(focused bool) []string {
	switch {
	case p.zoomed:
		return p.page.view()
	case p.readError != "" && len(p.list) == 0:
		return p.readErrorLines()
	case !p.loaded:
		return []string{"  Reading the catalogue."}
	case len(p.list) == 0:
		return []string{"  No patches: build one, or name its directory."}
	}
	lines := p.table.view(p.styles, p.glyphs, focused)
	if room := p.height - len(lines); room >= leastBelow && (focused || p.wide) {
		lines = append(lines, p.below(room, focused)...)
	}
	return lines
}

// described returns the patch whose page begins below the list: that under the cursor or, while the keys go elsewhere,
// that in hand. ok: there is one, and it has room.
func (p *patchesPane) described(focused bool) (info session.PatchInfo, ok bool) {
	if p.zoomed || p.height-len(p.list)-1 < leastBelow || !focused && !p.wide {
		return info, false
	}
	if !focused && p.pic != nil {
		return p.find(p.pic.patch)
	}
	return p.chosen()
}

// below draws the beginning of the page of a patch as far as it is known, and else what the list says of it.
func (p *patchesPane) below(room int, focused bool) []string {
	info, ok := p.described(focused)
	switch {
	case !ok:
		return nil
	case p.page.about == nil || p.page.info.Name != info.Name:
		return p.details(info, room)
	}
	return append([]string{""}, p.page.head(p.page.brief, room-1)...)
}

func (p *patchesPane) readErrorLines() []string {
	var lines []string
	for _, line := range wrap(p.readError, p.table.width-4) {
		lines = append(lines, "  "+p.Bad.Render(line))
	}
	return lines
}

// details says of a patch what the list knows.
func (p *patchesPane) details(info session.PatchInfo, room int) []string {
	text := []string{"", "  " + p.Bold.Render(info.Name) + "  " + info.Title}
	add := func(label, s string) {
		if s == "" {
			return
		}
		for i, line := range wrap(s, p.table.width-14) {
			if i > 0 {
				label = ""
			}
			text = append(text, "  "+p.Faint.Render(fit(label, 11, false, ""))+" "+line)
		}
	}
	for _, refusal := range info.Refusals {
		add("cannot", refusal)
	}
	add("functions", strings.Join(info.Functions, " "))
	add("references", strings.Join(info.References, " "))
	add("shown by", info.Look)
	add("file", info.File)
	if info.Livepatch {
		add("engine", "the kernel's own livepatch")
	}
	if len(text) > room { // the name is in the row already; a refusal matters more
		text = text[2:]
	}
	return text[:min(room, len(text))]
}
