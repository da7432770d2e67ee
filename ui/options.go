// SPDX-License-Identifier: GPL-2.0-only

// Package ui is the console. It shows the events of an operation and asks before it changes anything. It uses the
// package session and nothing below it. Run restores the terminal on every way out.
package ui

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"spotos/session"
)

// ErrDumbTerminal is returned by Run where TERM=dumb: no screen can be drawn there.
var ErrDumbTerminal = errors.New(
	"opening the console: TERM=dumb cannot draw a screen: use the commands instead (spotos help), or set TERM")

// ErrNoTerminal is returned by Run where standard input or output is a file or a pipe.
var ErrNoTerminal = errors.New(
	"opening the console: standard input or output is no terminal: use the commands instead (spotos help)")

// fastest is the least time between two changes of the screen.
const fastest = 100 * time.Millisecond

// Options say how the console looks and what it may do. The zero value is a console that may change the machine, on
// standard input and output.
type Options struct {
	ReadOnly bool               // refuse everything that changes the machine
	Patch    string             // the patch to open at the start; "": none
	Host     string             // host name to show while the session reports none
	Arm      session.ArmOptions // strategy, timeout and nudge to arm with

	Interval time.Duration // between samples, and about between pictures; raised to 100 ms
	Theme    string        // one of Themes; "": dark, or light where COLORFGBG says so
	Color    string        // auto, always or never; "": auto
	ASCII    bool          // draw with ASCII only; implied where the locale is not UTF-8
	Mouse    bool          // clicks choose and the wheel scrolls; the terminal then no longer selects text
	Captions bool          // begin with the captions, which say what is seen and which key is next
	Layout   string        // one of Layouts; "": the first
	// KeepLayout keeps a layout that was chosen by key for the next console; nil: it is not kept. It may be called from
	// any goroutine.
	KeepLayout func(layout string) error
	Exports    string // directory that exports go to; "": the current one
	Throwaway  bool   // the machine is a VM of the lab, and its files go with it

	Input   io.Reader        // nil: standard input
	Output  io.Writer        // nil: standard output
	Environ []string         // nil: os.Environ()
	Now     func() time.Time // the clock for questions and silence; nil: time.Now
}

// withDefaults returns o with its empty fields filled in.
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
	o.Layout = cmp.Or(o.Layout, layoutStandard)
	o.Interval = max(o.Interval, fastest)
	return o
}

// getenv returns the last value of a variable in Environ, as a process would see it.
func (o Options) getenv(name string) string {
	value := ""
	for _, entry := range o.Environ {
		if v, ok := strings.CutPrefix(entry, name+"="); ok {
			value = v
		}
	}
	return value
}

// skin chooses colours and glyphs from the options and the environment. It fails for TERM=dumb and for an unknown
// theme or choice of colours.
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

// light reports whether COLORFGBG says that the terminal's background is light: the variable ends with that colour's
// number. The console does not ask the terminal itself: one that does not answer would show the question.
func (o Options) light() bool {
	colours := strings.Split(o.getenv("COLORFGBG"), ";")
	background := colours[len(colours)-1]
	return background == "7" || background == "15"
}

// coloured reports whether to use colours. Any value of NO_COLOR that is not empty turns them off.
func (o Options) coloured() (bool, error) {
	switch o.Color {
	case "always":
		return true, nil
	case "never":
		return false, nil
	case "auto", "":
		term := o.getenv("TERM")
		monochrome := strings.HasPrefix(term, "vt") || strings.HasSuffix(term, "-m")
		return o.getenv("NO_COLOR") == "" && !monochrome, nil
	}
	return false, fmt.Errorf("choosing colours %q: choose auto, always or never", o.Color)
}

// UTF8 reports whether the locale is UTF-8, as the C library decides it: by the first of three variables that is set.
// getenv is os.Getenv or a replacement.
func UTF8(getenv func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := strings.ToLower(getenv(name)); v != "" {
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return false
}
