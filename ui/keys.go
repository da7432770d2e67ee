// SPDX-License-Identifier: GPL-2.0-only

package ui

import "charm.land/bubbles/v2/key"

// KeyMap holds every key of the console with its help. The key line, the help page and the sentences that say what to
// press next are made from it.
type KeyMap struct {
	Up, Down, Top, Bottom, PageUp, PageDown  key.Binding
	NextPane, PrevPane, Pane, Enter, Back    key.Binding
	Filter, Sort, Reverse, Pause             key.Binding
	Copy, Export, Shell, Programs, Fixes     key.Binding
	Patch, Palette, Captions                 key.Binding
	Search, SearchBack                       key.Binding // again: the next place, and the one before
	Side, Wrap                               key.Binding // in the page of a patch
	Arm, Abort, Retry, Nudge, Revert         key.Binding
	Zoom, Scroll                             key.Binding // the timeline
	Seek, Step, Skip                         key.Binding // in a recording; the first key of each goes backward
	Play, Mark, ToMark                       key.Binding // in a recording
	Layout                                   key.Binding
	Redraw, Help, Quit                       key.Binding
	Yes, Erase, Signal, Freeze, One, Confirm key.Binding
}

// bind returns a binding; help is how the help shows the keys.
func bind(help, desc string, keys ...string) key.Binding {
	return key.NewBinding(key.WithKeys(keys...), key.WithHelp(help, desc))
}

// DefaultKeys returns the console's key map. The caller may change its copy.
func DefaultKeys() KeyMap {
	return KeyMap{
		Up:       bind("k/up", "up", "k", "up"),
		Down:     bind("j/down", "down", "j", "down"),
		Top:      bind("g", "first", "g", "home"),
		Bottom:   bind("G", "last", "G", "shift+g", "end"),
		PageUp:   bind("pgup", "page up", "pgup"),
		PageDown: bind("pgdn", "page down", "pgdown"),

		NextPane: bind("tab", "pane", "tab"),
		PrevPane: bind("shift+tab", "back a pane", "shift+tab"),
		Pane:     bind("1-6", "pane", "1", "2", "3", "4", "5", "6"),
		Enter:    bind("enter", "open", "enter"),
		Back:     bind("esc", "back", "esc"),

		Filter:  bind("/", "filter", "/"),
		Sort:    bind("s", "sort", "s"),
		Reverse: bind("S", "reverse", "S", "shift+s"),
		Pause:   bind("p", "pause", "p"),

		Copy:     bind("y", "copy the row", "y"),
		Export:   bind("e", "export", "e"),
		Shell:    bind("!", "a shell", "!", "shift+1"),
		Programs: bind("b", "callers", "b"),
		Fixes:    bind("f", "fixes", "f"),

		Patch:    bind("d", "patch", "d"),
		Palette:  bind(":", "actions", ":", "shift+;"),
		Captions: bind("c", "captions", "c"),

		Search:     bind("*", "search", "*", "shift+8"),
		SearchBack: bind("#", "search back", "#", "shift+3"),
		Side:       bind("left/right", "sideways", "left", "right"),
		Wrap:       bind("w", "wrap", "w"),

		Arm:    bind("a", "arm", "a"),
		Abort:  bind("x", "abort", "x"),
		Retry:  bind("r", "retry", "r"),
		Nudge:  bind("n", "nudge", "n"),
		Revert: bind("v", "revert", "v"),

		Zoom:   bind("+ -", "timeline", "+", "shift+=", "-"),
		Scroll: bind("< >", "scroll", "<", "shift+,", ">", "shift+."),

		Layout: bind("L", "layout", "L", "shift+l"),

		Play:   bind("space", "pause", "space"),
		Mark:   bind("m", "mark", "m"),
		ToMark: bind("M", "to the mark", "M", "shift+m"),

		Seek: bind("left/right", "5 s", "left", "right"),
		Step: bind(", .", "event", ",", "."),
		Skip: bind("[ ]", "log entry", "[", "]"),

		Redraw: bind("ctrl+l", "redraw, reread", "ctrl+l"),
		Help:   bind("?", "help", "?", "shift+/"),
		Quit:   bind("q", "quit", "q", "ctrl+c"),

		Yes:     bind("y", "yes", "y"),
		Erase:   bind("backspace", "erase", "backspace"),
		Signal:  bind("w", "wake, as a signal would", "w"),
		Freeze:  bind("f", "freeze for a moment (asks first)", "f"),
		One:     bind("o", "one holder or all", "o"),
		Confirm: bind("enter", "keep the filter", "enter"),
	}
}

// FullHelp returns the short help page, one slice per column.
func (k KeyMap) FullHelp() [][]key.Binding {
	return [][]key.Binding{
		{k.Arm, k.Abort, k.Retry, k.Nudge, k.Revert, k.Patch, k.Zoom, k.Enter, k.Back, k.Quit, k.Programs, k.Layout},
		{k.NextPane, k.Palette, k.Pane, k.Fixes, k.Up, k.Down, k.Top, k.Bottom, k.pages(), k.PrevPane, k.Scroll,
			k.Captions},
		{k.Filter, k.Search, k.Sort, k.Reverse, k.Pause, k.Copy, k.Export, k.Shell, k.Help, k.Redraw, k.SearchBack},
	}
}

// pages returns how the short help page shows the keys that turn a page.
func (k KeyMap) pages() key.Binding {
	return bind(k.PageUp.Help().Key+"/dn", "a page", k.PageUp.Keys()...)
}

// ReplayHelp returns the short help page of a recording, where nothing can be changed.
func (k KeyMap) ReplayHelp() [][]key.Binding {
	columns := k.FullHelp()
	columns[0] = []key.Binding{k.Play, k.Seek, k.Step, k.Skip, k.Mark, k.ToMark, k.Zoom, k.Patch, k.Enter, k.Back, k.Quit,
		k.Captions}
	columns[1] = []key.Binding{k.NextPane, k.Palette, k.Pane, k.Up, k.Down, k.Top, k.Bottom, k.pages(), k.PrevPane,
		k.Scroll, k.Layout}
	columns[2] = []key.Binding{k.Filter, k.Search, k.Sort, k.Reverse, k.Copy, k.Export, k.Help, k.Redraw, k.SearchBack}
	return columns
}

func keysOf(keys ...key.Binding) []key.Binding { return keys }
