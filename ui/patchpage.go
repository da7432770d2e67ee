// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
	"strings"

	"spotos/session"
)

// patchPage shows one patch whole: what it is, and below that its diff. It takes the place of the list of patches.
type patchPage struct {
	textView
	running string // release of the kernel that runs
	info    session.PatchInfo
	about   *session.About // nil: it is not known yet
	err     string         // why it is not known, or ""
	diff    []textLine
	stat    diffStat
	diffAt  int        // the line with which the diff begins
	brief   []textLine // what matters most of the page, and the beginning of the diff: for below the list
}

// aboutMsg brings what a patch is, with its diff taken apart.
type aboutMsg struct {
	patch string
	about session.About
	diff  []textLine
	stat  diffStat
	err   error
}

// open begins to show another patch, or the same one again.
func (p *patchPage) open(info session.PatchInfo) {
	if p.info.Name != info.Name {
		*p = patchPage{textView: textView{skin: p.skin, width: p.width, height: p.height, wrap: p.wrap}, running: p.running}
	}
	p.info = info
	p.rebuild()
}

// got takes over what the patch is.
func (p *patchPage) got(msg aboutMsg) {
	if msg.err != nil {
		p.err = session.Plain(withPeriod(msg.err.Error()))
	} else {
		p.about, p.diff, p.stat, p.err = &msg.about, msg.diff, msg.stat, ""
	}
	p.rebuild()
}

// setSize lays the page out again where its width has changed.
func (p *patchPage) setSize(w, h int) {
	changed := w != p.width
	p.textView.setSize(w, h)
	if changed {
		p.rebuild()
	}
}

// rebuild writes the page again. What was found stays marked where nothing before it has changed.
func (p *patchPage) rebuild() {
	p.brief = append(p.facts(len(p.diff) > 0), p.diff[:min(len(p.diff), briefDiff)]...)
	facts, before, mark := p.facts(false), p.diffAt, p.mark
	p.diffAt = len(facts)
	p.setLines(append(facts, p.diff...))
	if before == p.diffAt && mark <= len(p.lines) {
		p.mark = mark
	}
}

// briefDiff is how many lines of a diff are kept for below the list: as many as a large screen has.
const briefDiff = 100

// toDiff goes to the diff, or back to the top of the page where that is on the screen already.
func (p *patchPage) toDiff() {
	row := max(0, p.rowOf(p.diffAt)-1) // its heading
	if to := min(row, max(0, p.rows()-p.height)); p.top != to {
		p.top = to
		return
	}
	p.top = 0
}

func (p *patchPage) title() string {
	title := "Patch " + p.info.Name
	if at := p.position(); at != "" {
		title += ", " + at
	}
	if p.left > 0 {
		title += fmt.Sprintf(", from column %d", p.left+1)
	}
	return title
}

// whole returns the page as a text, to copy it.
func (p *patchPage) whole() string { return strings.Join(p.texts(), "\n") }
