// SPDX-License-Identifier: GPL-2.0-only

// Package doctor checks a machine for everything that watching and switching need, and says what to do about what is
// missing. It changes nothing.
package doctor

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// Verdict is the outcome of a check.
type Verdict string

// The verdicts.
const (
	OK      Verdict = "ok"
	Warn    Verdict = "warn"    // patches can be switched; read what it says
	Unknown Verdict = "unknown" // a fact could not be read, so nobody vouches for the machine
	Fail    Verdict = "fail"    // no patch can be switched until that is mended
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

	symbols    string // /proc/kallsyms
	symbolsErr error
}

// Examine runs every check.
func Examine(p Place) []Line {
	p.symbols, p.symbolsErr = p.read("proc/kallsyms")
	var lines []Line
	for _, check := range []func(Place) []Line{
		rights, processes, release, options, addresses, btf, tracefs, ftraceEnabled, jit, lockdown, signatures,
		modulesDisabled, module, livepatches, setAside, catalogue, journal,
	} {
		lines = append(lines, check(p)...)
	}
	return lines
}

// Worst returns the worst verdict of lines.
func Worst(lines []Line) Verdict {
	order := []Verdict{OK, Warn, Unknown, Fail}
	worst := 0
	for _, l := range lines {
		worst = max(worst, slices.Index(order, l.Verdict))
	}
	return order[worst]
}

func ok(name, found string) []Line { return []Line{{name, OK, found, ""}} }

// unknown is the line for a fact that cannot be read.
func unknown(name string, err error, do string) []Line {
	return []Line{{name, Unknown, fmt.Sprintf("unknown: %v", err), do}}
}

// read returns a file's contents without the line's end.
func (p Place) read(path string) (string, error) {
	data, err := fs.ReadFile(p.Root, path)
	return strings.TrimSpace(string(data)), err
}

// setting returns a file of the kernel's with one value, which must be one of those that are known.
func (p Place) setting(path string, known ...string) (string, error) {
	text, err := p.read(path)
	if err == nil && !slices.Contains(known, text) {
		err = fmt.Errorf("/%s says %q, which this program does not know", path, text)
	}
	return text, err
}

// has reports whether the kernel has a function of that name, or a clone of it such as register_kprobe.part.0.
func (p Place) has(function string) bool {
	text := p.symbols + "\n"
	return strings.Contains(text, " "+function+"\n") || strings.Contains(text, " "+function+".")
}

// lacks reports whether the kernel certainly has no such function: the option that it comes with is off.
func (p Place) lacks(function string) bool {
	return p.symbolsErr == nil && p.symbols != "" && !p.has(function)
}
