// SPDX-License-Identifier: GPL-2.0-only

// Package doctor checks a machine for everything that watching and switching need, and says what to do about what is
// missing. It changes nothing.
package doctor

import (
	"io/fs"
	"strings"
)

// Verdict is the outcome of a check.
type Verdict string

// The verdicts.
const (
	OK   Verdict = "ok"
	Warn Verdict = "warn" // patches can be switched; read what it says
	Fail Verdict = "fail" // no patch can be switched until that is mended
)

// Line is the result of one check.
type Line struct {
	Name    string  `json:"check"`
	Verdict Verdict `json:"verdict"`
	Found   string  `json:"found"`
	Do      string  `json:"do,omitempty"` // what to do about it
}

// Place says what to check.
type Place struct {
	Root    fs.FS  // laid out like a machine's /
	Patches string // directory of the catalogue
	Journal string // "": none is kept
}

// Examine runs every check.
func Examine(p Place) []Line {
	var lines []Line
	for _, check := range []func(Place) []Line{
		rights, release, options, btf, tracefs, ftraceEnabled, jit, lockdown, signatures, modulesDisabled,
		module, livepatches, setAside, catalogue, journal,
	} {
		lines = append(lines, check(p)...)
	}
	return lines
}

// Worst returns the worst verdict of lines.
func Worst(lines []Line) Verdict {
	worst := OK
	for _, l := range lines {
		if l.Verdict == Fail || l.Verdict == Warn && worst == OK {
			worst = l.Verdict
		}
	}
	return worst
}

func ok(name, found string) []Line { return []Line{{name, OK, found, ""}} }

// text returns a file's contents without the line's end, "" if it cannot be read.
func (p Place) text(path string) string {
	data, err := fs.ReadFile(p.Root, path)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(data))
}
