// SPDX-License-Identifier: GPL-2.0-only

package patchset

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"spotos/internal/ko"
)

// DiffSection is the section of a patch's module that has its diff, packed with gzip.
const DiffSection = ".spotos.diff"

// maxDiff bounds what a diff may unpack to, in bytes.
const maxDiff = 16 << 20

// Carried is what a patch's module carries that is not needed to switch it.
type Carried struct {
	Diff      string // the fix that it was made of, as the author of the fix wrote it; "" for one by hand
	Compiler  string // that made its code, as it calls itself; "" where it says nothing
	Signature ko.Signature
	Signed    bool
}

// Carried reads the patch's module again. The error says that it has changed since, or that its diff is damaged.
func (p *Patch) Carried() (Carried, error) {
	data, err := p.Code()
	if err != nil {
		return Carried{}, err
	}
	file, err := ko.Parse(data)
	if err != nil {
		return Carried{}, fmt.Errorf("reading patch %s: %w", p.Path, err)
	}
	c := Carried{Compiler: compiler(file)}
	c.Signature, c.Signed = ko.SignatureOf(data)
	if p.ByHand() {
		return c, nil
	}
	if c.Diff, err = diffOf(file, p.DiffSum); err != nil {
		return c, fmt.Errorf("reading the diff of patch %s: %w: build it again", p.Path, err)
	}
	return c, nil
}

// compiler returns how the compiler of a module calls itself: the first of its section .comment.
func compiler(file *ko.File) string {
	_, comment, err := file.Content(".comment")
	if err != nil {
		return ""
	}
	name, _, _ := strings.Cut(strings.TrimLeft(string(comment), "\x00"), "\x00")
	return name
}

// diffOf unpacks a module's diff, whose hash is known.
func diffOf(file *ko.File, sum string) (string, error) {
	_, packed, err := file.Content(DiffSection)
	if err != nil {
		return "", err
	}
	zip, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return "", err
	}
	diff, err := io.ReadAll(io.LimitReader(zip, maxDiff+1))
	switch got := sha256.Sum256(diff); {
	case err != nil:
		return "", err
	case len(diff) > maxDiff:
		return "", fmt.Errorf("it unpacks to more than %d MiB", maxDiff>>20)
	case hex.EncodeToString(got[:]) != sum:
		return "", errors.New("its hash is another one")
	}
	return string(diff), nil
}
