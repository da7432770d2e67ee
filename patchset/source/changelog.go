// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// maxChangelog bounds an unpacked changelog, in bytes. Debian's of the kernel has some 5 MB.
const maxChangelog = 64 << 20

// Release is what a changelog says of one version of the source package.
type Release struct {
	Version string
	Suite   string // such as bookworm-security
	Changes []Change
}

// Change is one line of a changelog, for which Debian takes the title of the commit.
type Change struct {
	Title     string
	Subsystem string   // what the title names before its first colon, or ""
	Arch      []string // what the changelog names in brackets: x86, arm64, rt
	CVEs      []string
	Upstream  string // the stable release that brought it, such as 6.1.171; "" if Debian added it
}

var (
	releaseForm   = regexp.MustCompile(`^[a-z0-9][a-z0-9.+-]* \(([^ ()]+)\) ([^;]*);`)
	upstreamForm  = regexp.MustCompile(`^(?:New upstream|https?://).*?([0-9]+\.[0-9]+\.[0-9]+)/?$`)
	cveForm       = regexp.MustCompile(`CVE-[0-9]{4}-[0-9]{4,}`)
	archForm      = regexp.MustCompile(`^\[([^\]]*)\] *`)
	trailForm     = regexp.MustCompile(`(?i) *\((?:CVE-|closes: *)[^()]*\)[):*.]*$`)
	subsystemForm = regexp.MustCompile(`^(?:Revert ")?([^ :"][^:"]{0,39}): `)
)

// IsCVE reports whether text is a CVE's number and nothing else.
func IsCVE(text string) bool { return cveForm.FindString(text) == text && text != "" }

// ParseChangelog reads a Debian changelog, the newest release first. Lines that it does not understand it leaves out:
// what a person wrote by hand has no fixed form.
func ParseChangelog(text string) []Release {
	var releases []Release
	var item []string // the lines of a change, or of what else has a bullet
	upstream := ""
	flush := func() {
		line := strings.Join(item, " ")
		item = nil
		if line == "" || len(releases) == 0 {
			return
		}
		if strings.HasPrefix(line, "New upstream ") {
			return
		}
		if c := changeOf(line, upstream); c.Title != "" {
			last := &releases[len(releases)-1]
			last.Changes = append(last.Changes, c)
		}
	}
	for line := range strings.Lines(text) {
		words := strings.TrimSpace(line)
		indent := len(line) - len(strings.TrimLeft(line, " "))
		switch {
		case releaseForm.MatchString(line):
			flush()
			form := releaseForm.FindStringSubmatch(line)
			releases = append(releases, Release{Version: form[1], Suite: strings.TrimSpace(form[2])})
			upstream = ""
		case words == "" || strings.HasPrefix(line, " --") || indent == 2 && strings.HasPrefix(words, "["):
			flush()
			upstream = ""
		case indent <= 3 && strings.HasPrefix(words, "* "):
			flush()
			upstream = ""
			item = []string{strings.TrimSpace(words[2:])}
		case indent >= 4 && upstreamForm.MatchString(words):
			flush()
			upstream = upstreamForm.FindStringSubmatch(words)[1]
		case indent >= 4 && strings.HasPrefix(words, "- "):
			flush()
			item = []string{strings.TrimSpace(words[2:])}
		case item != nil:
			item = append(item, words)
		}
	}
	flush()
	return releases
}

// changeOf reads one change.
func changeOf(line, upstream string) Change {
	c := Change{Upstream: upstream}
	for _, cve := range cveForm.FindAllString(line, -1) {
		if !slices.Contains(c.CVEs, cve) {
			c.CVEs = append(c.CVEs, cve)
		}
	}
	for {
		form := archForm.FindStringSubmatch(line)
		if form == nil {
			break
		}
		c.Arch = append(c.Arch, strings.FieldsFunc(form[1], func(r rune) bool { return r == ',' || r == ' ' })...)
		line = line[len(form[0]):]
	}
	for trailForm.MatchString(line) {
		line = trailForm.ReplaceAllString(line, "")
	}
	c.Title = strings.TrimSpace(line)
	if form := subsystemForm.FindStringSubmatch(c.Title); form != nil {
		c.Subsystem = form[1]
	}
	return c
}

// Between returns those releases of a changelog that came after one version, up to another one, the newest first.
func Between(releases []Release, from, to string) ([]Release, error) {
	at := func(version string) (int, error) {
		i := slices.IndexFunc(releases, func(r Release) bool { return r.Version == version })
		if i < 0 {
			return 0, fmt.Errorf("the changelog does not know version %s: take that of the newer one of the two", version)
		}
		return i, nil
	}
	newest, err := at(to)
	if err != nil {
		return nil, err
	}
	oldest, err := at(from)
	if err != nil {
		return nil, err
	}
	if oldest < newest {
		return nil, fmt.Errorf("version %s is newer than %s: name the older one first", from, to)
	}
	return releases[newest:oldest], nil
}

func (s *Source) changelogPath() string { return filepath.Join(s.dir, "changelog.gz") }

// keepChangelog keeps the changelog as the package has it.
func (s *Source) keepChangelog(packed io.Reader) error {
	return WriteWhole(s.changelogPath(), func(file *os.File) error {
		_, err := io.Copy(file, packed)
		return err
	})
}

// Changelog returns Debian's changelog of a source that is a package of Debian's.
func (s *Source) Changelog(ctx context.Context) ([]Release, error) {
	if s.dir != "" {
		if _, err := s.unpack(ctx, nil); err != nil {
			return nil, err
		}
	}
	file, err := os.Open(s.changelogPath())
	if s.dir == "" || errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the source of %s has no changelog: only Debian's package linux-source has one", s.name)
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	plain, err := gzip.NewReader(file)
	if err != nil {
		return nil, fmt.Errorf("reading the changelog of %s: %w", s.name, err)
	}
	text, err := io.ReadAll(io.LimitReader(plain, maxChangelog))
	if err != nil {
		return nil, fmt.Errorf("reading the changelog of %s: %w", s.name, err)
	}
	return ParseChangelog(string(text)), nil
}
