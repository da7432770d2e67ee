// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// What to do about a diff that cannot be read.
const (
	fetchRaw = "take it from the mail's raw text, or from git format-patch"
	wasCut   = "it was cut, or edited by hand: take the whole of it, or correct the numbers in that line"
	wrapped  = "a mail program may have wrapped the line before, or taken blanks from its beginning: " + fetchRaw
	byGit    = "write it as git does, or " + fetchRaw

	noRange   = "is to begin a hunk, and does not say of which lines"
	rangeForm = "its form is @@ -LINE,COUNT +LINE,COUNT @@: " + fetchRaw
)

// faults are what the parser says, with what is wrong with the line that it names and what to do. Where the sentence is
// counted's, the line is the first of the hunk.
var faults = []struct{ said, why, do string }{
	{miscounts, "", wasCut},
	{"no content following fragment header", "", wasCut},
	{badLine, "begins with no blank, + or -, as each line of a hunk does", wrapped},
	{"patch fragment without file header", "begins a hunk, and no line before it says of which file",
		"put the lines --- a/FILE and +++ b/FILE before it, or take the whole of the diff"},
	{noChange, "begins a hunk that takes no line away and adds none", "leave that hunk out"},
	{"invalid fragment header", noRange, rangeForm},
	{"new file depends on old contents", "begins a hunk with lines of an old file, and the file is said to be new", byGit},
	{"deleted file still has contents", "begins a hunk that leaves lines, and the file is said to be deleted", byGit},
	{"binary patch", "is where the data of a binary file are damaged", "leave binary files out of the diff"},
	{"missing data for binary patch", "is where a binary file has no data", "leave binary files out of the diff"},
	{"git file header", "is none that git writes above a file's hunks", byGit},
	{pastNames, "does not name a file", byGit},
}

// Those of the parser's words that say something else than they seem to: see unparsed.
const (
	miscounts = "fragment header miscounts lines"
	badLine   = "invalid line operation"
	noChange  = "fragment contains no changes" // the line is behind the hunk
	pastNames = "file header"                  // the line is two further on
)

var (
	parserSaid = regexp.MustCompile(`^gitdiff: line (\d+): (.*)`)
	hunkBegin  = regexp.MustCompile(`^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@`)
)

// unparsed says in plain words why a text cannot be read as a diff. name is what the input is called, and before is how
// many lines of it stand before the text.
func unparsed(name, text string, before int, err error) *Refusal {
	none := &Refusal{Kind: Unreadable, Why: name + " is no whole unified diff", Do: fetchRaw}
	said := parserSaid.FindStringSubmatch(err.Error())
	if said == nil {
		return none
	}
	lines, what := splitLines(text), said[2]
	n, _ := strconv.Atoi(said[1])
	switch {
	case strings.HasPrefix(what, badLine) && endsHunk(lines, n-1):
		n, what = n-1, miscounts // the hunk has ended before it should
	case strings.HasPrefix(what, noChange):
		if r := passedOver(name, text, before); r != nil {
			return r
		}
		n = hunkAt(lines, n-1)
	case strings.HasPrefix(what, pastNames):
		n -= 2
	}
	n = min(max(n, 1), len(lines))
	for _, f := range faults {
		if !strings.HasPrefix(what, f.said) {
			continue
		}
		why := f.why
		if why == "" {
			n, why = counted(lines, n)
		}
		return atLine(name, lines, before, n, why, f.do)
	}
	return none
}

// atLine refuses a diff because of its line n, which before lines of the input precede.
func atLine(name string, lines []string, before, n int, why, do string) *Refusal {
	return &Refusal{Kind: Unreadable, File: fileAt(lines, n), Do: do,
		Why: fmt.Sprintf("line %d of %s, %.60q, %s", before+n, name, strings.TrimRight(lines[n-1], "\n"), why)}
}

// hunkAt returns the first line of the hunk that line n is in.
func hunkAt(lines []string, n int) int {
	n = min(n, len(lines))
	for n > 1 && !hunkBegin.MatchString(lines[n-1]) {
		n--
	}
	return n
}

// counted returns the first line of the hunk that line n is in, and how many lines that announces and how many follow.
func counted(lines []string, n int) (first int, why string) {
	first = hunkAt(lines, n)
	announced := append(hunkBegin.FindStringSubmatch(lines[first-1]), "", "", "")
	old, fresh := 0, 0
	for i := first; !endsHunk(lines, i); i++ {
		switch lines[i][0] {
		case '-':
			old++
		case '+':
			fresh++
		case '\\': // says that the line before has no newline
		default:
			old++
			fresh++
		}
	}
	return first, fmt.Sprintf("announces %s old and %s new lines, and %d and %d follow", cmp.Or(announced[1], "1"),
		cmp.Or(announced[2], "1"), old, fresh)
}

// endsHunk reports whether the lines of a hunk end before lines[i]: the text does, the signature of a mail comes, or
// another hunk or file.
func endsHunk(lines []string, i int) bool {
	signature := func(i int) bool { return strings.TrimSpace(lines[i]) == "--" }
	return i >= len(lines) || signature(i) || i > 0 && signature(i-1) || hunkBegin.MatchString(lines[i]) ||
		strings.HasPrefix(lines[i], "diff --git ") ||
		strings.HasPrefix(lines[i], "--- ") && i+1 < len(lines) && strings.HasPrefix(lines[i+1], "+++ ")
}

// passedOver refuses a text in which the parser has passed over a change, as over the words around a diff: it follows a
// hunk that announces fewer lines, or what begins its hunk is damaged. The fix would be half of one.
func passedOver(name, text string, before int) *Refusal {
	lines, inFile := splitLines(text), false
	for i := 0; i < len(lines); i++ {
		named := i > 0 && strings.HasPrefix(lines[i-1], "--- ") && strings.HasPrefix(lines[i], "+++ ")
		inFile = inFile || named
		switch {
		case named && i+1 < len(lines) && !hunkBegin.MatchString(lines[i+1]):
			return atLine(name, lines, before, i+2, noRange, rangeForm)
		case !hunkBegin.MatchString(lines[i]):
			if inFile && strings.HasPrefix(lines[i], "@@") {
				return atLine(name, lines, before, i+1, noRange, rangeForm)
			}
			continue
		}
		begin := i + 1
		i = hunkEnd(lines, i)
		for at := i; !endsHunk(lines, at) && strings.ContainsRune(" \t+-\\", rune(lines[at][0])); at++ {
			if lines[at][0] == '+' || lines[at][0] == '-' {
				_, why := counted(lines, begin)
				return atLine(name, lines, before, begin, why, wasCut)
			}
		}
		i-- // the next line is the one behind the hunk
	}
	return nil
}

// hunkEnd returns the line behind the lines that the hunk at line i announces.
func hunkEnd(lines []string, i int) int {
	announced := hunkBegin.FindStringSubmatch(lines[i])
	old, _ := strconv.Atoi(cmp.Or(announced[1], "1"))
	fresh, _ := strconv.Atoi(cmp.Or(announced[2], "1"))
	for i++; i < len(lines) && (old > 0 || fresh > 0); i++ {
		switch lines[i][0] {
		case '-':
			old--
		case '+':
			fresh--
		case '\\':
		default:
			old--
			fresh--
		}
	}
	return i
}

// fileAt returns the file that line n of a diff is about, "" if no line before names one.
func fileAt(lines []string, n int) string {
	for i := min(n, len(lines)) - 1; i > 0; i-- {
		old, isOld := strings.CutPrefix(lines[i-1], "--- ")
		fresh, isNew := strings.CutPrefix(lines[i], "+++ ")
		if !isOld || !isNew {
			continue
		}
		if strings.HasPrefix(fresh, "/dev/null") {
			fresh = old
		}
		fresh, _, _ = strings.Cut(strings.TrimSpace(fresh), "\t")
		return trimmed(fresh)
	}
	return ""
}
