// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"spotos/session"
)

// fixer returns what lists and builds fixes, nil in a recording.
func (m *Model) fixer() session.Fixer {
	fixer, _ := m.console.(session.Fixer)
	return fixer
}

// toFixes shows the fixes. It lists them if that was not done yet, and again where they are on the screen already.
func (m *Model) toFixes() tea.Cmd {
	there := m.focus == paneFixes
	m.goTo(paneFixes)
	switch {
	case m.fixer() == nil:
		m.refuse("A recording has no fixes: they are listed on the machine itself.")
		return nil
	case m.job.underWay(), !there && len(m.fixes.list.Fixes) > 0:
		return nil
	}
	return m.listFixes(false)
}

// listFixes lists the fixes; download allows what has to be downloaded for that.
func (m *Model) listFixes(download bool) tea.Cmd {
	fixer, j := m.fixer(), &job{what: "Listing the fixes"}
	return m.begin(j, func(ctx context.Context, work session.Work) func() tea.Cmd {
		work.Download = download
		list, err := fixer.Fixes(ctx, work)
		list = ordered(list)
		return func() tea.Cmd {
			if err == nil {
				m.fixes.setList(list)
				return nil
			}
			m.fixFailed(j, err, "nothing was listed", func() tea.Cmd { return m.listFixes(true) })
			return nil
		}
	})
}

// fixFailed says why a job made nothing. What has to be downloaded is asked for; again is then called.
func (m *Model) fixFailed(j *job, err error, made string, again func() tea.Cmd) {
	j.fail(err, made)
	if j.fix == "" && len(m.fixes.list.Fixes) > 0 { // the list before stays
		m.notice = notice{text: j.outcome, tone: j.tone}
	}
	var needs *session.DownloadError
	if !errors.As(err, &needs) || j.cancelled {
		return
	}
	j.tone = toneWarn
	if m.opts.ReadOnly {
		j.outcome += " The console was started read-only and downloads nothing."
		return
	}
	j.outcome += " " + map[bool]key.Binding{true: m.keys.Fixes, false: m.keys.Enter}[j.fix == ""].Help().Key + " asks."
	// What is typed elsewhere is not meant for a question.
	if m.focus == paneFixes && m.dialog == nil && m.prompt == promptNone && !m.tooSmall() {
		m.openDialog(m.downloadQuestion(needs, again))
	}
}

// downloadQuestion asks before something is downloaded.
func (m *Model) downloadQuestion(needs *session.DownloadError, again func() tea.Cmd) dialog {
	lines := []string{"Download from Debian's archive, by apt?"}
	for _, p := range needs.Packages {
		lines = append(lines, session.Plain(p))
	}
	lines = append(lines, "It is kept in the cache, unpacked as far as it is needed, and changes nothing else.")
	return m.aside("download it", again, lines...)
}

// aside returns a question that is not about the patch in hand; does says what yes does.
func (m *Model) aside(does string, yes func() tea.Cmd, lines ...string) *confirm {
	return &confirm{keys: m.keys, lines: lines, opened: m.opts.Now(), yes: yes, does: does, aside: true,
		valid: func(*picture) bool { return true }}
}

// withdrawAside closes a question that is not about the patch in hand and makes no sense any more.
func (m *Model) withdrawAside() {
	if c, ok := m.dialog.(*confirm); ok && c.aside && !c.valid(nil) { // a buildDialog is always valid
		m.dialog = nil
		m.refuse("The question was withdrawn: nothing is built any more.")
	}
}

// enterFix asks whether to build a patch of the fix under the cursor, or says why that cannot be.
func (m *Model) enterFix() {
	f, ok := m.fixes.chosen()
	if why := m.buildRefusal(f, ok); why != "" {
		m.refuse(why)
		return
	}
	m.openDialog(m.buildQuestion(f, f))
}

// buildRefusal returns why no patch can be built of a fix, or "". ok: one is chosen.
func (m *Model) buildRefusal(f session.Fix, ok bool) string {
	info, has := m.patches.find(f.Name)
	switch {
	case m.fixer() == nil:
		return "A recording has no fixes: they are listed on the machine itself."
	case m.job.underWay():
		return m.job.what + " is under way: " + m.keys.Back.Help().Key + " cancels that."
	case !ok:
		return "No fix is chosen: " + m.keys.Fixes.Help().Key + " lists them."
	case m.opts.ReadOnly:
		return "Read-only: the console was started read-only and builds nothing."
	case f.File == "":
		return "It cannot be built: it is not known where it is."
	case f.Patch == session.FixRefused:
		return "It cannot become a patch: " + f.Why + "."
	case has && info.State != session.StateNotLoaded && info.State != session.StateUnavailable:
		return fmt.Sprintf("The catalogue has a patch %s already, and it is %s: it cannot be replaced now.", f.Name,
			info.State)
	}
	return ""
}

// buildFix builds the patch; download allows what has to be downloaded for that.
func (m *Model) buildFix(id string, f session.Fix, download bool) tea.Cmd {
	fixer, list, j := m.fixer(), m.fixes.list, &job{what: "Building " + f.Name, fix: id, patch: f.Name}
	list.Fixes = nil
	return m.begin(j, func(ctx context.Context, work session.Work) func() tea.Cmd {
		work.Download = download
		built, err := fixer.BuildFix(ctx, list, f, work)
		return func() tea.Cmd {
			if err != nil {
				m.fixFailed(j, err, "no patch was made", func() tea.Cmd { return m.buildFix(id, f, true) })
				return nil
			}
			j.outcome = fmt.Sprintf("Built %s in %s: it replaces %s.%s", built.Patch, minutes(j.now.Sub(j.began)),
				session.Plain(strings.Join(built.Functions, ", ")), notesText(built.Notes))
			j.tone = toneGood
			m.built = built.Patch
			return m.patchesCmd() // gotPatches opens it
		}
	})
}

// openBuilt opens the patch that was just built, once the catalogue has it, if the operator is still there for it.
func (m *Model) openBuilt() tea.Cmd {
	name := m.built
	m.built = ""
	info, ok := m.patches.find(name)
	m.patches.table.to(name)
	switch {
	case !ok:
		m.refuse("Built " + name + ", but the catalogue does not have it.")
		return nil
	case m.focus != paneFixes || m.armed() || m.opening != "" || m.dialog != nil || m.prompt != promptNone:
		m.inform("Built " + name + ": " + m.keys.Enter.Help().Key + " in pane 1 shows it.")
		return nil
	case len(info.Refusals) > 0:
		m.focus = panePatches
		m.inform("Built " + name + ". It cannot be applied here: " + strings.Join(info.Refusals, "; "))
		return nil
	}
	m.focus = panePatches
	return m.choose(name)
}
