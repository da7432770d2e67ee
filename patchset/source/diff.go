// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"mime"
	"regexp"
	"slices"
	"strings"

	"github.com/bluekeyes/go-gitdiff/gitdiff"
)

// maxDiff bounds what is read as one input, in bytes. A whole stable release has 10 MB.
const maxDiff = 64 << 20

// Diff is one unified diff, with what stands before it: a mail, what git show prints, or nothing.
type Diff struct {
	Title    string   // the subject without "[PATCH …]"; "" if there is none
	Author   string   // NAME <ADDRESS>, or ""
	Upstream string   // commit in Linus' tree, full or as short as given; "" if the text names none
	Fixes    []string // what it fixes, as the Fixes: lines have it: HASH ("TITLE")
	CVEs     []string // that the text names
	Text     string   // all of it, as it was read

	name  string // of the input, for messages
	files []*gitdiff.File
}

var (
	mailBegin   = regexp.MustCompile(`(?m)^From [0-9a-f]{40} .*$`)
	showBegin   = regexp.MustCompile(`(?m)^commit [0-9a-f]{40}\b.*\n(?:Merge: .*\n)?Author: `)
	upstreamTag = regexp.MustCompile(`(?mi)^\s*(?:\[ *upstream commit ([0-9a-f]{8,40}) *\]|` +
		`commit ([0-9a-f]{8,40}) upstream\.?|upstream commit:? ([0-9a-f]{8,40}))\s*$`)
	fixesTag  = regexp.MustCompile(`(?mi)^fixes: *([0-9a-f]{6,40} *\(.*\)|[0-9a-f]{6,40})\s*$`)
	ownCommit = regexp.MustCompile(`^(?:From|commit) ([0-9a-f]{40})\b`)
	stableTag = regexp.MustCompile(`(?m)^(?:Signed-off-by|From): .*(?:Greg Kroah-Hartman|Sasha Levin)`)
)

// ReadDiffs reads the diffs of one input: a plain diff, or several mails or commits one after the other. name is what
// messages call it.
func ReadDiffs(name string, r io.Reader) ([]*Diff, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxDiff+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	if len(data) > maxDiff {
		return nil, &Refusal{Kind: Unreadable, Why: name + " has more than " + megabytes(maxDiff),
			Do: "give the diff of one fix"}
	}
	if !bytes.Contains(bytes.ReplaceAll(data, []byte("\r\n"), nil), []byte("\n")) {
		data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")) // every line ends as mails do
	}
	var out []*Diff
	before := 0 // lines
	for _, text := range splitMails(string(data)) {
		d, err := readDiff(name, text, before)
		if err != nil {
			return nil, err
		}
		before += strings.Count(text, "\n")
		if len(d.files) > 0 {
			out = append(out, d)
		}
	}
	if len(out) == 0 {
		return nil, &Refusal{Kind: Unreadable, Why: name + " has no unified diff in it",
			Do: "give what `git format-patch`, `git show` or `diff -u` write"}
	}
	return out, nil
}

// splitMails cuts an input where another mail or commit begins.
func splitMails(text string) []string {
	var starts []int
	for _, begin := range []*regexp.Regexp{mailBegin, showBegin} {
		for _, at := range begin.FindAllStringIndex(text, -1) {
			starts = append(starts, at[0])
		}
	}
	slices.Sort(starts)
	var out []string
	last := 0
	for _, at := range starts {
		out = append(out, text[last:at])
		last = at
	}
	return append(out, text[last:])
}

// readDiff reads one diff, which before lines of the input precede.
func readDiff(name, text string, before int) (*Diff, error) {
	files, preamble, err := gitdiff.Parse(strings.NewReader(text))
	if err != nil {
		return nil, unparsed(name, text, before, err)
	}
	if r := passedOver(name, text, before); r != nil {
		return nil, r
	}
	d := &Diff{Text: text, name: name, files: files}
	header, err := gitdiff.ParsePatchHeader(preamble, gitdiff.WithSubjectCleanMode(gitdiff.SubjectCleanPatchOnly))
	if err != nil && header == nil {
		header = &gitdiff.PatchHeader{} // an odd date or address is no reason to refuse a fix
	}
	d.Title = decoded(header.Title)
	if a := header.Author; a != nil {
		d.Author = decoded(a.String())
	}
	d.Upstream = upstream(preamble)
	for _, found := range fixesTag.FindAllStringSubmatch(preamble, -1) {
		d.Fixes = append(d.Fixes, found[1])
	}
	for _, cve := range cveForm.FindAllString(preamble, -1) {
		if !slices.Contains(d.CVEs, cve) {
			d.CVEs = append(d.CVEs, cve)
		}
	}
	return d, nil
}

// upstream returns the commit that a text names as the one in Linus' tree. A text that does not speak of it, and that
// no stable kernel's maintainer passed on, is taken to be that commit itself.
func upstream(preamble string) string {
	if tag := upstreamTag.FindStringSubmatch(preamble); tag != nil {
		return cmp.Or(tag[1], tag[2], tag[3])
	}
	if own := ownCommit.FindStringSubmatch(preamble); own != nil && !stableTag.MatchString(preamble) &&
		strings.Trim(own[1], "0") != "" {
		return own[1]
	}
	return ""
}

// decoded undoes what mails do to letters outside ASCII.
func decoded(text string) string {
	if plain, err := new(mime.WordDecoder).DecodeHeader(text); err == nil {
		return plain
	}
	return text
}

// Paths returns the files that diffs touch, sorted. Their names are as the diffs have them, without the first part that
// git puts before them.
func Paths(diffs []*Diff) []string {
	var out []string
	for _, d := range diffs {
		for _, f := range d.files {
			out = append(out, trimmed(cmp.Or(f.OldName, f.NewName)))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// topDirs are the directories that a kernel's source begins with.
var topDirs = strings.Fields("arch block certs crypto debian Documentation drivers fs include init io_uring ipc " +
	"kernel lib LICENSES mm net rust samples scripts security sound tools usr virt")

// trimmed takes a first part off a name that is none of the kernel's directories, as patch -p1 does.
func trimmed(name string) string {
	first, rest, ok := strings.Cut(name, "/")
	if ok && !slices.Contains(topDirs, first) {
		return rest
	}
	return name
}

// Text joins diffs as they were read.
func Text(diffs []*Diff) string {
	var out strings.Builder
	for _, d := range diffs {
		out.WriteString(d.Text)
	}
	return out.String()
}
