// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"reflect"
	"regexp"
	"strings"
	"testing"

	"charm.land/bubbles/v2/key"
)

// keyBytes are the bytes of keys that are no characters. Keys with shift come like this from terminals with kitty's
// keyboard protocol.
var keyBytes = map[string]string{
	"up": escape + "[A", "down": escape + "[B", "right": escape + "[C", "left": escape + "[D",
	"home": escape + "[H", "end": escape + "[F", "pgup": escape + "[5~", "pgdown": escape + "[6~",
	"enter": enter, "esc": escape, "tab": "\t", "shift+tab": escape + "[Z", "backspace": "\x7f",
	"ctrl+b": "\x02", "ctrl+c": "\x03", "ctrl+f": "\x06", "ctrl+l": "\x0c",
	"shift+g": escape + "[103;2u", "shift+s": escape + "[115;2u",
	"shift+1": escape + "[49:33;2u", "shift+/": escape + "[47:63;2u", "shift+=": escape + "[61:43;2u",
	"space": " ", "shift+l": escape + "[108;2u", "shift+m": escape + "[109;2u",
	"shift+8": escape + "[56:42;2u", "shift+3": escape + "[51:35;2u", "shift+;": escape + "[59:58;2u",
	"shift+,": escape + "[44:60;2u", "shift+.": escape + "[46:62;2u",
}

// tryKey types one key of a binding, given by its name and its bytes, and checks what it does.
type tryKey func(s *terminal, name, bytes string)

// keyCase tries one binding of the key map: place starts a console where the binding works, and try types one of its
// keys. The next key of the binding is tried where that leaves the console.
type keyCase struct {
	place func(*testing.T) *terminal
	try   tryKey
}

// moves goes to an end of the list of holders with the key end, and checks on which row the tried key leaves the
// cursor.
func moves(end string, right func(at, n int) bool) tryKey {
	return func(s *terminal, _, k string) { s.moves(end, k, right) }
}

// opens checks that a key shows want, and that escape then shows after.
func opens(want, after string) tryKey {
	return func(s *terminal, _, k string) { s.press(k, want).press(escape, after) }
}

// goesTo checks that a key leads from pane 1 to the pane with the title want.
func goesTo(want string) tryKey {
	return func(s *terminal, _, k string) { s.press("1", ">1 Patches").press(k, want) }
}

const noAnswer = "No: nothing" // what escape answers to a question

var keyCases = map[string]keyCase{
	"Up":       {atHolders, moves("G", func(at, n int) bool { return at == n-2 })},
	"Down":     {atHolders, moves("g", func(at, n int) bool { return at == 1 })},
	"Top":      {atHolders, moves("G", func(at, n int) bool { return at == 0 })},
	"Bottom":   {atHolders, moves("g", func(at, n int) bool { return at == n-1 })},
	"PageUp":   {atHolders, moves("G", func(at, n int) bool { return at < n-2 })},
	"PageDown": {atHolders, moves("g", func(at, n int) bool { return at > 1 })},

	"NextPane": {atHolders, goesTo(">2 Functions")},
	"PrevPane": {atHolders, goesTo(">6 Fixes")},
	"Pane": {atHolders, func(s *terminal, name, k string) {
		s.press(map[bool]string{true: "2", false: "1"}[name == "1"], "").press(k, ">"+name+" ")
	}},
	"Enter":  {atHolders, opens("innermost first", ">3 Holders")},
	"Back":   {atHolders, func(s *terminal, _, k string) { s.press(enter, "innermost first").press(k, "4 Log") }},
	"Filter": {atHolders, opens("keep the filter", "? help")},
	"Confirm": {atHolders, func(s *terminal, _, k string) {
		s.press("/", "keep the filter").press("consumer/1", "1 of 8").press(k, "? help", "1 of 8")
	}},
	"Sort":    {atHolders, func(s *terminal, _, k string) { s.changes(k, s.rows) }},
	"Reverse": {atHolders, func(s *terminal, _, k string) { s.changes(k, s.rows) }},
	"Pause":   {watchingStuck, func(s *terminal, _, k string) { s.press(k, "PAUSED") }},
	"Copy":    {atHolders, func(s *terminal, _, k string) { s.press(k, "clipboard").copies() }},
	"Export":  {watchingStuck, func(s *terminal, _, k string) { s.press(k, "Written to") }},
	"Shell": {watchingStuck, func(s *terminal, _, k string) {
		s.press(k, "to look>").press("exit\n", "Back from the shell.").press("2", ">2 Functions").lacks("Back from")
	}},
	"Patch":   {watchingStuck, opens("Patch no-oob", "4 Log")},
	"Palette": {atHolders, opens("what changes the machine asks first", "? help")},
	"Captions": {watchingStuck, func(s *terminal, _, k string) {
		s.press(k, "a arms the patch:").press(k, "captions are off")
	}},
	"Search":     {atHolders, opens("Search: enter keep", "? help")},
	"SearchBack": {atHolders, opens("Search: enter keep", "? help")},
	"Side": {watchingStuck, func(s *terminal, _, k string) {
		s.press("dw", "Patch no-oob").press(k, "Long lines go on below").press("w", "Patch").press(escape, "4 Log")
	}},
	"Wrap": {watchingStuck, func(s *terminal, _, k string) {
		s.press("d", "Patch no-oob").press(k+keyBytes["right"], "Long lines go on below").press(k, "Patch").
			press(escape, "4 Log")
	}},
	"Fixes": {fixesThere, opens("rtnl_fill_vfinfo", ">1 Patches")},
	"Programs": {watchingStuck, func(s *terminal, _, k string) {
		s.press(k, ">5 Programs", "[ WATCHING ]").press(k, ">2 Functions")
	}},
	"Arm":    {watchingStuck, opens("Arm no-oob on", noAnswer)},
	"Abort":  {stuckArmed, opens("Abort no-oob on", noAnswer)},
	"Retry":  {stuckArmed, opens("again, on the same", noAnswer)},
	"Nudge":  {stuckArmed, opens("Nudge all", noAnswer)},
	"Revert": {appliedEasy, opens("Revert no-oob on", noAnswer)},

	"Zoom":   {watchingStuck, func(s *terminal, _, k string) { s.press(k, "Timeline of ").press(escape, "4 Log") }},
	"Scroll": {watchingStuck, func(s *terminal, _, k string) { s.press(k, "Timeline of ").press(escape, "4 Log") }},

	"Layout": {watchingStuck, func(s *terminal, _, k string) {
		s.press(k, "Layout timeline", "Timeline of ").lacks("4 Log")
		s.press(k, "Layout holders", "3 Holders").lacks("Timeline of")
		s.lacks("4 Log")
		s.press(k, "Layout standard", "4 Log")
	}},

	"Play": {played, func(s *terminal, _, k string) {
		s.press(k).lacks("PAUSED")
		s.press(k, "PAUSED")
	}},
	"Mark": {played, func(s *terminal, _, k string) {
		s.press(k, "Mark 1 is set at 0:13").press(k, "is taken away")
	}},
	"ToMark": {played, func(s *terminal, _, k string) {
		s.press(k, "No mark is set").press("m", "Mark 1 is set").press(k, "It is at the only mark")
		s.press("]", "event 33 of").press("m", "Mark 2 is set").press(k, "At mark 1 of 2", "event 26 of")
		s.press("m", "is taken away").press(k, "At mark 1 of 1", "event 33 of").press("m", "is taken away")
		s.press("[", "event 26 of")
	}},

	"Seek": {played, tryJump}, "Step": {played, tryJump}, "Skip": {played, tryJump},

	"Redraw": {atHolders, func(s *terminal, _, k string) {
		clears := func() string { return strings.Repeat(".", strings.Count(s.Output(), escape+"[2J")) }
		s.changes(k, clears)
	}},
	"Help": {atHolders, opens("redraw, reread", "4 Log")},
	"Quit": {atHolders, nil}, // see TestQuitKeys

	"Yes": {watchingStuck, func(s *terminal, _, k string) {
		s.press("a", "[____]").press("-oob", "y: yes").press(k, "kernel: armed")
	}},
	"Erase": {watchingStuck, func(s *terminal, _, k string) {
		s.press("a", "[____]").press("-", "[-___]").press(k, "[____]")
	}},
	"Signal": {stuckArmed, func(s *terminal, _, k string) {
		s.press("n", "Nudge all").press(k, "Wake 8 holders").press("y", "Error: nudging by signal")
	}},
	"Freeze": {stuckArmed, func(s *terminal, _, k string) {
		s.press("n", "Nudge all").press(k, "Freeze the control groups of")
	}},
	"One": {stuckArmed, func(s *terminal, _, k string) { s.press("n", "Nudge all").press(k, ", only on") }},
}

// Every key of the key map, typed at a terminal, does what it is for.
func TestEveryKey(t *testing.T) {
	keys := reflect.ValueOf(DefaultKeys())
	for i := range keys.NumField() {
		name := keys.Type().Field(i).Name
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, ok := keyCases[name]
			if !ok {
				t.Fatal("no test types this key")
			}
			if c.try == nil {
				return
			}
			s := c.place(t)
			for _, key := range keys.Field(i).Interface().(key.Binding).Keys() {
				c.try(s, key, bytesOf(key))
			}
		})
	}
}

func TestQuitKeys(t *testing.T) {
	for _, key := range DefaultKeys().Quit.Keys() {
		s := atHolders(t)
		s.press(bytesOf(key))
		if code := s.End(); code != 0 {
			t.Errorf("%s: exit code %d", key, code)
		}
		s.Restored()
	}
}

func bytesOf(key string) string {
	if bytes, ok := keyBytes[key]; ok {
		return bytes
	}
	return key
}

// press sends the bytes of a key at once, as a terminal does, and waits for the screen to show want.
func (s *terminal) press(bytes string, want ...string) *terminal {
	s.TB.Helper()
	s.Send(bytes)
	s.Wait(want...)
	return s
}

// copies waits for the sequence that fills the terminal's clipboard.
func (s *terminal) copies() {
	s.TB.Helper()
	sent := func() bool { return strings.Contains(s.Output(), escape+"]52;c;") }
	s.WaitUntil("the clipboard's sequence", sent)
}

// lacks waits until the screen does not show text.
func (s *terminal) lacks(text string) {
	s.TB.Helper()
	s.WaitUntil("no "+text, func() bool { return !strings.Contains(s.Text(), text) })
}

// changes checks that a key changes what observe returns.
func (s *terminal) changes(bytes string, observe func() string) {
	s.TB.Helper()
	before := observe()
	s.press(bytes).WaitUntil("a change of "+before, func() bool { return observe() != before })
}

var holderRow = regexp.MustCompile(`(>?) (consumer/\d) +\d+ [A-Z] `)

// rows returns the holders on the screen.
func (s *terminal) rows() string { return strings.Join(holderRow.FindAllString(s.Text(), -1), "\n") }

// moves goes to an end of the list of holders with the key end, types bytes, and waits until right accepts the
// cursor: its row and the number of rows.
func (s *terminal) moves(end, bytes string, right func(at, n int) bool) {
	s.TB.Helper()
	at := func() (row, n int) {
		all := holderRow.FindAllStringSubmatch(s.Text(), -1)
		for i, match := range all {
			if match[1] == ">" {
				return i, len(all)
			}
		}
		return -1, len(all)
	}
	s.press(end).WaitUntil("the end of the list", func() bool {
		row, n := at()
		return n > 4 && (end == "g" && row == 0 || end == "G" && row == n-1)
	})
	s.press(bytes).WaitUntil("the cursor to be on another row", func() bool { return right(at()) })
}

var eventNumber = regexp.MustCompile(`event +(\d+) of`)

// tryJump types a key that moves in the recording and checks the direction.
func tryJump(s *terminal, name, bytes string) {
	s.TB.Helper()
	at := func() string {
		match := eventNumber.FindStringSubmatch(s.Text())
		if match == nil {
			return ""
		}
		return strings.Repeat("|", len(match[1])) + match[1] // as text this compares like the number
	}
	forward := name == "right" || name == "." || name == "]"
	before := at()
	s.press(bytes).WaitUntil("another event than "+before, func() bool {
		return at() != "" && at() != before && at() > before == forward
	})
}
