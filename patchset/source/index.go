// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// indexMagic begins an index; a program that keeps another kind has another one.
const indexMagic = "spotos source 1\n"

// entry is what the index knows of one file.
type entry struct {
	sum  string // half of its SHA-256, in hexadecimal; of a link that of where it points
	size int64  // bytes
}

// Index lists the files of a source with their hashes.
type Index struct{ files map[string]entry }

// Has reports whether the source has a file.
func (x *Index) Has(file string) bool { _, has := x.files[file]; return has }

// All returns the paths of all files, sorted.
func (x *Index) All() []string { return slices.Sorted(maps.Keys(x.files)) }

// Files returns the paths that a pattern means, sorted: a file, "directory/*" for the files in it, or "directory/" for
// all below it.
func (x *Index) Files(pattern string) []string {
	if !strings.HasSuffix(pattern, "/") && !strings.HasSuffix(pattern, "/*") {
		if x.Has(pattern) {
			return []string{pattern}
		}
		return nil
	}
	var files []string
	for file := range x.files {
		if matches(pattern, file) {
			files = append(files, file)
		}
	}
	slices.Sort(files)
	return files
}

// Difference lists the files that two sources do not have in common.
type Difference struct{ Changed, New, Gone []string }

// Compare returns what is different in a newer source, each list sorted.
func (x *Index) Compare(newer *Index) Difference {
	var d Difference
	for _, file := range slices.Sorted(maps.Keys(x.files)) {
		switch there, has := newer.files[file]; {
		case !has:
			d.Gone = append(d.Gone, file)
		case there != x.files[file]:
			d.Changed = append(d.Changed, file)
		}
	}
	for _, file := range slices.Sorted(maps.Keys(newer.files)) {
		if !x.Has(file) {
			d.New = append(d.New, file)
		}
	}
	return d
}

// sumOf returns an entry for what a reader has.
func sumOf(r io.Reader) (entry, error) {
	hash := sha256.New()
	size, err := io.Copy(hash, r)
	return entry{hex.EncodeToString(hash.Sum(nil)[:sha256.Size/2]), size}, err
}

func indexPath(dir string) string { return filepath.Join(dir, "index") }

// write keeps the index in a directory.
func (x *Index) write(dir string) error {
	return WriteWhole(indexPath(dir), func(file *os.File) error {
		out := bufio.NewWriter(file)
		out.WriteString(indexMagic)
		for _, name := range slices.Sorted(maps.Keys(x.files)) {
			fmt.Fprintf(out, "%s %d %s\n", x.files[name].sum, x.files[name].size, name)
		}
		fmt.Fprintf(out, "end %d\n", len(x.files))
		return out.Flush()
	})
}

// readIndex reads the index that a directory has. One that is not whole or of another kind is an error that wraps
// errBadIndex.
func readIndex(dir string) (*Index, error) {
	data, err := os.ReadFile(indexPath(dir))
	if err != nil {
		return nil, err
	}
	lines, ok := bytes.CutPrefix(data, []byte(indexMagic))
	if !ok {
		return nil, errBadIndex
	}
	x := &Index{files: make(map[string]entry)}
	for line := range strings.Lines(string(lines)) {
		part := strings.SplitN(strings.TrimSuffix(line, "\n"), " ", 3)
		if len(part) == 2 && part[0] == "end" && part[1] == strconv.Itoa(len(x.files)) {
			return x, nil
		}
		if len(part) != 3 {
			break
		}
		size, err := strconv.ParseInt(part[1], 10, 64)
		if err != nil {
			break
		}
		x.files[part[2]] = entry{part[0], size}
	}
	return nil, errBadIndex
}

var errBadIndex = errors.New("the index is not whole, or of another version of this program")
