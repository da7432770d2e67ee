// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/term"
)

// statusLine is one line on standard error that is drawn again and again, and leaves nothing behind. It shows nothing
// in a pipe, with --json or on a dumb terminal. Its methods may be called from any goroutine.
type statusLine struct {
	to    io.Writer
	width func() int
	on    bool // it may draw

	mu    sync.Mutex
	drawn bool // it is on the terminal
}

func (f *flags) newStatusLine() *statusLine {
	on := !f.json && os.Getenv("TERM") != "dumb" && term.IsTerminal(os.Stderr.Fd())
	return &statusLine{to: os.Stderr, width: columns, on: on}
}

// columns returns how wide the terminal is.
func columns() int {
	if width, _, err := term.GetSize(os.Stderr.Fd()); err == nil && width > 0 {
		return width
	}
	return 80
}

// draw replaces the line. It keeps three columns free: a line that wraps, by itself or by an echoed ^C, would leave its
// first row on the terminal.
func (s *statusLine) draw(text string) {
	if !s.on {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprint(s.to, "\r"+ansi.EraseLineRight+ansi.Truncate(shown(text), max(0, s.width()-3), ""))
	s.drawn = true
}

// clear removes the line.
func (s *statusLine) clear() { s.above(func() {}) }

// above removes the line and prints something in its place.
func (s *statusLine) above(then func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer then()
	if s.drawn {
		fmt.Fprint(s.to, "\r"+ansi.EraseLineRight)
	}
	s.drawn = false
}
