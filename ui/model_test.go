// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"spotos/session"
)

// cuedModel returns a model on a recording that waits for the operator, having received its events up to stop, and
// the requests made to the operation.
func cuedModel(t *testing.T, file string, stop stoppedAt) (*Model, *bytes.Buffer) {
	t.Helper()
	var calls bytes.Buffer
	console, err := newCued(filepath.Join("testdata", file), &calls)
	if err != nil {
		t.Fatal(err)
	}
	return screenOf(t, console, recorded(t, file, stop), 80, 24, Options{}), &calls
}

func TestKeysTypedTooEarlyAreIgnored(t *testing.T) {
	m, _ := cuedModel(t, easy, stoppedAt{session.KindApplied, 1, 2})
	now := fixedClock()
	m.opts.Now = func() time.Time { return now }
	press(m, "v")
	now = now.Add(answerDelay - time.Millisecond)
	if cmd := m.key(keyMsg("y")); cmd != nil || m.dialog == nil {
		t.Error("a yes typed 299 ms after the question was accepted")
	}
	if press(m, "n"); m.dialog == nil {
		t.Error("a no typed 299 ms after the question was accepted")
	}
	now = now.Add(time.Millisecond)
	if cmd := m.key(keyMsg("y")); cmd == nil || m.dialog != nil {
		t.Error("a yes typed 300 ms after the question was not accepted")
	}
}

func TestNoSingleKeyChangesTheMachine(t *testing.T) {
	for _, c := range []struct {
		file string
		stop stoppedAt
	}{
		{easy, stoppedAt{session.KindSampled, 4, 0}}, {aborted, stoppedAt{session.KindArmed, 1, 2}},
		{easy, stoppedAt{session.KindApplied, 1, 2}}, {easy, stoppedAt{session.KindArmed, 2, 0}},
		{stuck, stoppedAt{session.KindStuck, 1, 1}},
	} {
		m, calls := cuedModel(t, c.file, c.stop)
		calls.Reset()
		for c := rune(' '); c < 127; c++ {
			if cmd := m.key(keyMsg(string(c))); cmd != nil && m.prompt == promptNone && c != 'q' {
				cmd()
			}
			m.dialog, m.prompt = nil, promptNone
		}
		if calls.Len() > 0 {
			t.Errorf("after %v: one key requested %q", c.stop, calls)
		}
	}
}

// Neither the key that opens a question nor enter answers it.
func TestOpeningKeyDoesNotConfirm(t *testing.T) {
	for _, c := range []struct {
		key, file string
		stop      stoppedAt
	}{
		{"v", easy, stoppedAt{session.KindApplied, 1, 2}},
		{"x", aborted, stoppedAt{session.KindArmed, 1, 2}},
		{"q", aborted, stoppedAt{session.KindArmed, 1, 2}},
	} {
		m, _ := cuedModel(t, c.file, c.stop)
		now := fixedClock()
		m.opts.Now = func() time.Time { now = now.Add(time.Second); return now }
		press(m, c.key)
		if m.dialog == nil {
			t.Fatalf("%s opened no question", c.key)
		}
		if cmd := m.key(keyMsg("enter")); cmd != nil || m.dialog == nil {
			t.Errorf("%s: enter answered the question", c.key)
		}
		if cmd := m.key(keyMsg(c.key)); cmd != nil {
			t.Errorf("%s twice did it", c.key)
		}
	}
}

func TestReadOnlyRefusesEveryAction(t *testing.T) {
	m, calls := cuedModel(t, easy, stoppedAt{session.KindSampled, 4, 0})
	m.opts.ReadOnly = true
	calls.Reset()
	for _, k := range []string{"a", "x", "r", "n", "v"} {
		if press(m, k); m.dialog != nil || !strings.Contains(m.notice.text, "Read-only") {
			t.Errorf("%s: question %v, notice %q", k, m.dialog, m.notice.text)
		}
	}
	if !strings.Contains(m.View().Content, "READ-ONLY") {
		t.Error("there is no READ-ONLY badge")
	}
}

func TestLateMessagesOfAnOldOperationAreDropped(t *testing.T) {
	m, calls := cuedModel(t, easy, stoppedAt{session.KindSampled, 4, 0})
	old := m.opID
	before := *m.live
	m.opID++
	m.Update(eventsMsg{id: old, events: recorded(t, easy, stoppedAt{session.KindApplied, 1, 0})})
	m.Update(errorMsg{id: old, err: errors.New("late")})
	m.Update(answeredMsg{id: old, text: "late"})
	if m.live.Phase != before.Phase || m.live.Samples != before.Samples || m.notice.text != "" {
		t.Errorf("a late message counted: phase %v, notice %q", m.live.Phase, m.notice.text)
	}
	calls.Reset()
	op, err := m.console.Open(context.Background(), "no-oob", session.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	_, cmd := m.Update(openedMsg{old, op})
	cmd()
	if !strings.Contains(calls.String(), "close") {
		t.Error("an operation that came too late was not closed")
	}
}

func TestOutdatedQuestionIsWithdrawn(t *testing.T) {
	m, _ := cuedModel(t, easy, stoppedAt{session.KindArmed, 1, 0})
	if press(m, "x"); m.dialog == nil {
		t.Fatal("no question")
	}
	events := recorded(t, easy, stoppedAt{session.KindApplied, 1, 0})
	m.Update(eventsMsg{id: m.opID, events: events[len(events)-1:]})
	if m.dialog != nil {
		t.Error("it still asks whether to abort, though the patch is applied")
	}
}

func TestPausedPictureStandsStill(t *testing.T) {
	m, _ := cuedModel(t, easy, stoppedAt{session.KindSampled, 4, 0})
	press(m, "p")
	paused := strings.Join(m.paneLines(), "\n")
	events := recorded(t, easy, stoppedAt{session.KindApplied, 1, 2})
	m.Update(eventsMsg{id: m.opID, events: events[4:]})
	// The sentence above may need another line now; the panes must show the same.
	if got := strings.Join(m.paneLines(), "\n"); !strings.HasPrefix(got, paused[:len(paused)/2]) {
		t.Errorf("the paused panes changed:\n%s\nwant\n%s", got, paused)
	}
	if screen := m.View().Content; !strings.Contains(screen, "PAUSED") || !strings.Contains(screen, "APPLIED") {
		t.Errorf("PAUSED or the present state is missing in\n%s", screen)
	}
	if press(m, "p"); m.shown != m.live {
		t.Error("the picture does not follow the events again")
	}
}

// The keys that quit close the help page first.
func TestLeavingTheHelpPageDoesNotQuit(t *testing.T) {
	m, _ := cuedModel(t, easy, stoppedAt{session.KindSampled, 4, 0})
	for _, k := range []string{"?", "q", "esc"} {
		press(m, "?")
		if cmd := m.key(keyMsg(k)); cmd != nil || m.helping {
			t.Errorf("%s on the help page: page open %v, command %v", k, m.helping, cmd != nil)
		}
	}
	if cmd := m.key(keyMsg("q")); cmd == nil {
		t.Error("once the help page is closed, q does not quit")
	}
}

// Once an attempt has switched, nothing is left to abort or nudge.
func TestNextKeysAfterASwitch(t *testing.T) {
	const want = "Next: wait: it has switched"
	for n := range 2 {
		m, _ := cuedModel(t, easy, stoppedAt{session.KindAttempt, n + 1, 0})
		if screen := m.View().Content; !strings.Contains(ansi.Strip(screen), want) {
			t.Errorf("after switch %d there is no %q in\n%s", n+1, want, ansi.Strip(screen))
		}
	}
}

// A safe point or an attempt is never announced beside a count of calls in flight, at any event of a recording.
func TestNoSafePointBesideABusyCount(t *testing.T) {
	for _, file := range []string{easy, stuck, aborted} {
		m, _ := cuedModel(t, file, stoppedAt{session.KindStarted, 1, 0})
		for n, event := range allRecorded(t, file) {
			m.Update(eventsMsg{id: m.opID, events: []session.Event{event}})
			screen := ansi.Strip(m.View().Content)
			announced := strings.Contains(screen, "[ SAFE POINT SEEN ]") || strings.Contains(screen, "[ ATTEMPTING ]")
			if announced && strings.Contains(screen, "whole patch: busy") {
				t.Fatalf("%s, event %d:\n%s", file, n, screen)
			}
		}
	}
}

// What came of a key may not be so a little later: it leaves the screen by itself. An error stays.
func TestAnswersGoAfterAWhile(t *testing.T) {
	m, _ := cuedModel(t, easy, stoppedAt{session.KindApplied, 1, 2})
	now := fixedClock()
	m.opts.Now = func() time.Time { return now }
	press(m, "v")
	now = now.Add(time.Second)
	for _, c := range []struct {
		key, text string
		goes      bool
	}{{"esc", "No: nothing was done.", true}, {"x", "Nothing is armed.", true}, {"", "Error: out of order.", false}} {
		if c.key == "" {
			m.fail(errors.New("out of order"))
		} else {
			press(m, c.key)
		}
		if screen := ansi.Strip(m.View().Content); !strings.Contains(screen, c.text) {
			t.Fatalf("there is no %q on\n%s", c.text, screen)
		}
		now = now.Add(answerShown + time.Millisecond)
		m.Update(tickMsg{})
		if screen := ansi.Strip(m.View().Content); strings.Contains(screen, c.text) == c.goes {
			t.Errorf("%q after %v: on the screen %v", c.text, answerShown, !c.goes)
		}
	}
}

// A second console shows what another process has armed and left stuck. Its keys say that it is armed, by whom, and
// what can be done from here; quitting asks nothing, since it takes nothing back.
func TestArmingOfAnotherProcess(t *testing.T) {
	m, calls := cuedModel(t, easy, stoppedAt{session.KindSampled, 4, 0})
	now := fixedClock()
	m.opts.Now = func() time.Time { now = now.Add(time.Second); return now }
	m.Update(eventsMsg{id: m.opID, events: []session.Event{byOther(session.StateArmed, true)(m.live.Sample)}})
	screen := ansi.Strip(m.View().Content)
	for _, want := range []string{"[ STUCK ]", "armed by spotos (pid 4711)", "Next: x abort"} {
		if !strings.Contains(screen, want) {
			t.Errorf("there is no %q on\n%s", want, screen)
		}
	}
	for _, k := range []string{"a", "v", "r", "n"} {
		if press(m, k); m.dialog != nil || !strings.Contains(m.notice.text, "armed") ||
			!strings.Contains(m.notice.text, "by spotos (pid 4711)") || !strings.Contains(m.notice.text, "x aborts") {
			t.Errorf("%s: question %v, notice %q", k, m.dialog, m.notice.text)
		}
	}
	calls.Reset()
	press(m, "x")
	_, cmd := m.Update(keyMsg("y"))
	if cmd == nil || cmd() == nil || calls.String() != "abort\n" {
		t.Errorf("x and y requested %q", calls)
	}
	if press(m, "q"); m.dialog != nil {
		t.Error("quitting asks, though it takes nothing back")
	}
}

// Text from the kernel or a recording cannot send control sequences to the terminal.
func TestNamesCannotControlTheTerminal(t *testing.T) {
	m, _ := cuedModel(t, easy, stoppedAt{session.KindSampled, 4, 0})
	evil := "x\x1b[2J\ny"
	m.Update(eventsMsg{id: m.opID, events: []session.Event{
		session.Sampled{InFlight: 1, Total: 1, Functions: []session.FunctionSample{{Name: evil, Count: 1, Doubt: evil}},
			Holders: []session.Holder{{Comm: evil, Function: evil, State: evil, Stack: []string{evil}, Doubt: evil}}},
		session.Stuck{Reason: evil},
	}})
	for _, keys := range [][]string{nil, {"3", "enter"}, {"esc", "4", "enter"}} {
		press(m, keys...)
		screen := m.View().Content
		checkShape(t, screen, 80, 24)
		if strings.Contains(screen, "\x1b[2J") {
			t.Errorf("after %v a name cleared the screen", keys)
		}
	}
}

// Between the yes and the kernel's answer the patch counts as armed: quitting asks.
func TestQuitAsksBeforeTheArmingIsAnswered(t *testing.T) {
	m, _ := cuedModel(t, easy, stoppedAt{session.KindSampled, 4, 0})
	now := fixedClock()
	m.opts.Now = func() time.Time { now = now.Add(time.Second); return now }
	press(m, "a", "-", "o", "o", "b")
	_, answer := m.Update(keyMsg("y"))
	if press(m, "q"); m.dialog == nil {
		t.Fatal("it quits without a question")
	}
	m.dialog = nil
	m.Update(errorMsg{m.opID, errors.New("refused")})
	if press(m, "q"); m.dialog != nil {
		t.Error("it asks though the arming was refused")
	}
	if answer == nil {
		t.Error("yes requested nothing")
	}
}

// A holder that has left is not nudged: its pid may belong to another task by now.
func TestNudgeOfAHolderThatHasLeftIsWithdrawn(t *testing.T) {
	m, _ := cuedModel(t, stuck, stoppedAt{session.KindStuck, 1, 1})
	press(m, "3", "n")
	if m.dialog == nil {
		t.Fatal("no question")
	}
	sample := m.live.Sample
	sample.Holders = sample.Holders[1:]
	m.Update(eventsMsg{id: m.opID, events: []session.Event{sample}})
	if m.dialog != nil {
		t.Error("it still offers to nudge a task that has left")
	}
}

// Once the patch is applied or reverted, the screen says how to check that.
func TestScreenSaysHowToCheckThePatch(t *testing.T) {
	for _, c := range []struct {
		kind session.Kind
		want bool
	}{
		{session.KindStarted, false}, {session.KindArmed, false},
		{session.KindApplied, true}, {session.KindReverted, true},
	} {
		m, _ := cuedModel(t, easy, stoppedAt{c.kind, 1, 0})
		m.Update(patchesMsg{list: []session.PatchInfo{{Name: "no-oob", Look: "cat /proc/what"}}})
		if got := strings.Contains(m.View().Content, " a shell: cat /proc/what"); got != c.want {
			t.Errorf("after %s: %v, want %v", c.kind, got, c.want)
		}
	}
}

// A command that is long does not take the keys after it off the screen.
func TestEveryNextKeyHasItsNameBesideALongCommand(t *testing.T) {
	const beside = "   v revert   q quit"
	for look, want := range map[string]string{
		"cat /sys/module/no_oob/parameters/calls": "! a shell: cat /sys/module/no_oob/parameters/calls" + beside,
		"cat /" + strings.Repeat("far/", 20):      "! a shell: cat /far/far/far/far/far/far/far/far/far/f…" + beside,
	} {
		m, _ := cuedModel(t, easy, stoppedAt{session.KindApplied, 1, 0})
		m.setSize(80, 24)
		m.Update(patchesMsg{list: []session.PatchInfo{{Name: "no-oob", Look: look}}})
		if got := strings.TrimPrefix(ansi.Strip(m.nextLine()), "Next: "); got != want {
			t.Errorf("it says %q, want %q", got, want)
		}
	}
}
