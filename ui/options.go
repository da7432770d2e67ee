// SPDX-License-Identifier: GPL-2.0-only

// Package ui is the console: it shows the events of an operation and asks before it changes anything. It
// knows the session package and nothing under it. Run gives the terminal back on every way out.
package ui

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"spotos/session"
)

// ErrDumbTerminal is returned where no screen can be drawn.
var ErrDumbTerminal = errors.New(
	"opening the console: TERM=dumb cannot draw a screen: use the commands instead (spotos help), or set TERM")

// ErrNoTerminal is returned where the screen or the keys would go to a file or a pipe.
var ErrNoTerminal = errors.New(
	"opening the console: standard input or output is no terminal: use the commands instead (spotos help)")

// fastest is how often the screen changes at most.
const fastest = 100 * time.Millisecond

// Options say how the console looks and what it may do.
type Options struct {
	ReadOnly bool               // take away everything that changes the machine
	Patch    string             // opened at the start; "": none
	Host     string             // shown where the session does not know its host
	Arm      session.ArmOptions // strategy, timeout and nudge to arm with

	Interval time.Duration // between samples: there is about one picture in this time; at least 100 ms
	Theme    string        // one of Themes; "": dark, or light where COLORFGBG says so
	Color    string        // auto, always or never; "": auto
	ASCII    bool          // no line drawing; by itself where the locale is not UTF-8
	Mouse    bool          // the wheel moves the focused list; the terminal no longer selects text by itself
	Exports  string        // directory for what is exported; "": the current one

	Input   io.Reader        // nil: standard input
	Output  io.Writer        // nil: standard output
	Environ []string         // nil: os.Environ()
	Now     func() time.Time // nil: time.Now
}

// withDefaults fills in what was left out.
func (o Options) withDefaults() Options {
	if o.Input == nil {
		o.Input = os.Stdin
	}
	if o.Output == nil {
		o.Output = os.Stdout
	}
	if o.Environ == nil {
		o.Environ = os.Environ()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Interval = max(o.Interval, fastest)
	return o
}

// getenv returns the last value of a variable, as the kernel's last one wins.
func (o Options) getenv(name string) string {
	value := ""
	for _, entry := range o.Environ {
		if v, ok := strings.CutPrefix(entry, name+"="); ok {
			value = v
		}
	}
	return value
}

// look decides colours and glyphs from the options and the environment.
func (o Options) skin() (skin, error) {
	if o.getenv("TERM") == "dumb" {
		return skin{}, ErrDumbTerminal
	}
	coloured, err := o.coloured()
	if err != nil {
		return skin{}, err
	}
	if o.Theme == "" && o.light() {
		o.Theme = "light"
	}
	st, err := newStyles(o.Theme)
	if err != nil {
		return skin{}, err
	}
	if !coloured {
		st, _ = newStyles("mono")
	}
	gl := unicodeGlyphs
	if o.ASCII || !UTF8(o.getenv) {
		gl = asciiGlyphs
	}
	return skin{st, gl}, nil
}

// light tells whether the terminal says that its background is light: COLORFGBG ends with that colour's number. Nobody
// asks the terminal itself: one that does not answer would show the question.
func (o Options) light() bool {
	colours := strings.Split(o.getenv("COLORFGBG"), ";")
	background := colours[len(colours)-1]
	return background == "7" || background == "15"
}

// coloured tells whether to use colours. Any value of NO_COLOR that is not empty means none.
func (o Options) coloured() (bool, error) {
	switch o.Color {
	case "always":
		return true, nil
	case "never":
		return false, nil
	case "auto", "":
		term := o.getenv("TERM")
		return o.getenv("NO_COLOR") == "" && !strings.HasPrefix(term, "vt") && !strings.HasSuffix(term, "-m"), nil
	}
	return false, fmt.Errorf("choosing colours %q: choose auto, always or never", o.Color)
}

// UTF8 reads the locale as the C library does: the first of these that is set decides. getenv is os.Getenv or alike.
func UTF8(getenv func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := strings.ToLower(getenv(name)); v != "" {
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return false
}
