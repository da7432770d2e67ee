// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"slices"
	"strings"

	"spotos/session"
)

const (
	leastCard  = 4  // lines: one for each question that it answers
	cardLabels = 10 // columns
)

// paragraph is a part of a card: the lines of one answer. rank says how late it loses lines where there is little room.
type paragraph struct {
	label string
	text  string
	rank  int
	lines []string
}

// card returns the parts of a holder's card, wrapped to the width of the pane.
func (h *holdersPane) card(holder session.Holder) []paragraph {
	c := h.pic.Card(holder)
	parts := []paragraph{
		{"WHO", c.Who, 1, nil}, {"WHERE", c.Where, 2, nil}, {"", c.Kernel, 0, nil},
		{"SINCE", c.Since, 3, nil}, {"FREES IT", c.Frees, 4, nil},
	}
	for i := range parts {
		parts[i].lines = wrap(parts[i].text, h.cardWidth())
	}
	return parts
}

func (h *holdersPane) cardWidth() int { return max(20, h.table.width-2-cardLabels) }

// cardHeight returns how many lines the whole card of a holder has.
func cardHeight(parts []paragraph) (n int) {
	for _, p := range parts {
		n += len(p.lines)
	}
	return n
}

// shorten takes lines from a card until it has no more than room. The way into the kernel goes first, since that of the
// group stands below the card; then the longest part loses its last line, and so on. Each keeps its first line, where
// what matters most stands.
func (h *holdersPane) shorten(parts []paragraph, room int) []paragraph {
	for cardHeight(parts) > max(room, leastCard) {
		at := slices.IndexFunc(parts, func(p paragraph) bool { return p.rank == 0 })
		if at < 0 {
			at = longestPart(parts)
		}
		p := &parts[at]
		keep := len(p.lines) - 1
		if keep == 0 {
			parts = slices.Delete(parts, at, at+1)
			continue
		}
		last := strings.Join(p.lines[keep-1:], " ")
		p.lines = append(p.lines[:keep-1:keep-1], cut(last, h.cardWidth(), h.ellipsis))
	}
	return parts
}

// longestPart returns which part of a card has the most lines; of several the one that loses lines first.
func longestPart(parts []paragraph) int {
	at := 0
	for i, p := range parts {
		longer := len(p.lines) - len(parts[at].lines)
		if longer > 0 || longer == 0 && p.rank < parts[at].rank {
			at = i
		}
	}
	return at
}

// drawCard draws a card.
func (h *holdersPane) drawCard(parts []paragraph) []string {
	var lines []string
	for _, p := range parts {
		label := p.label
		for _, text := range p.lines {
			if p.rank == 0 {
				text = h.markPatch(text)
			}
			lines = append(lines, "  "+h.Bold.Render(fit(label, cardLabels, false, ""))+text)
			label = ""
		}
	}
	return lines
}

// markPatch colours the functions of the patch in the way into the kernel, which are in brackets.
func (h *holdersPane) markPatch(text string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(text, "[")
		name, after, closed := strings.Cut(rest, "]")
		b.WriteString(before)
		if !ok || !closed {
			if ok {
				b.WriteString("[" + rest)
			}
			return b.String()
		}
		b.WriteString(h.Warn.Render("[" + name + "]"))
		text = after
	}
}
