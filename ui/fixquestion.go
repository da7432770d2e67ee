// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"spotos/session"
)

// buildDialog asks before a patch is built of a fix. A key changes between its functions and all that differs in the
// file.
type buildDialog struct {
	*confirm
	m            *Model
	chosen, take session.Fix // as it is in the list, and as it would be built
}

// buildQuestion asks before a patch is built of take, which is chosen or all that differs in its file. What is doubtful
// stands in it.
func (m *Model) buildQuestion(chosen, take session.Fix) dialog {
	r, _ := m.fixes.table.selected()
	list := m.fixes.list
	what := "all that differs in " + take.File
	if len(take.Take) > 0 {
		what = strings.Join(take.Take, ", ") + " of " + take.File
	}
	// What matters most comes first: a small screen cuts the middle.
	lines := []string{fmt.Sprintf("Build the patch %s, for kernel %s?", take.Name, list.Kernel)}
	if _, has := m.patches.find(take.Name); has {
		lines = append(lines, "It replaces the patch of that name in the catalogue.")
	}
	lines = append(lines, "It takes "+what+" over from "+list.To+".")
	if take.Patch == session.FixDoubtful {
		lines = append(lines, "Doubtful: "+take.Why+". Building it has the answer.")
	}
	if chosen.Whole != "" {
		other := "all that differs in the file"
		if len(take.Take) == 0 {
			other = "only " + strings.Join(chosen.Take, ", ")
		}
		lines = append(lines, m.keys.One.Help().Key+": "+other)
	}
	lines = append(lines, "It takes about a minute; nothing in the kernel changes.")
	yes := func() tea.Cmd { return m.buildFix(r.id, take, false) }
	return &buildDialog{m.aside("build it: nothing in the kernel changes", yes, lines...), m, chosen, take}
}

// Key changes what would be built, or is confirm.Key.
func (b *buildDialog) Key(msg tea.KeyPressMsg) (tea.Cmd, bool) {
	if !key.Matches(msg, b.keys.One) || b.chosen.Whole == "" {
		return b.confirm.Key(msg)
	}
	take := b.chosen
	if len(b.take.Take) > 0 {
		take = take.All()
	}
	if why := b.m.buildRefusal(take, true); why != "" {
		b.m.refuse(why)
		return nil, false
	}
	b.m.openDialog(b.m.buildQuestion(b.chosen, take))
	return nil, false
}

// Keys are those of confirm, and the one that changes what would be built.
func (b *buildDialog) Keys() []key.Binding {
	if b.chosen.Whole == "" {
		return b.confirm.Keys()
	}
	return append(b.confirm.Keys(), todo(b.keys.One, "functions or file"))
}
