// SPDX-License-Identifier: GPL-2.0-only

package build

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"golang.org/x/sys/unix"
)

// FullError says that a directory has no room for what was to be written there. No file is to blame for it.
type FullError struct{ Dir string }

func (e *FullError) Error() string {
	text := e.Dir + " is full (no space left on device): free some space there, or use another directory"
	if e.Dir == os.TempDir() {
		text += " for temporary files, by TMPDIR=DIR in the environment"
	}
	return text
}

// noRoom is what a tool prints that has no room. The last word before is what it could not write, if it names that at
// all; what it was reading just then may stand further before.
var noRoom = regexp.MustCompile(`(?m)^(.*): '?(?:No space left on device|Disk quota exceeded)'?$`)

// FullIn returns which directory is full by what a command that failed printed; nil if it says nothing of that. A file
// without its whole path is in the directory for temporary files, or in one of these: in the one with the least room.
func FullIn(printed string, dirs ...string) *FullError {
	line := noRoom.FindStringSubmatch(printed)
	if line == nil {
		return nil
	}
	last := line[1][strings.LastIndexAny(line[1], " \t")+1:]
	if file := strings.Trim(last, `'"`); filepath.IsAbs(file) {
		return fullAt(file)
	}
	full, least := os.TempDir(), room(os.TempDir())
	for _, dir := range dirs {
		if left := room(dir); left < least {
			full, least = dir, left
		}
	}
	return &FullError{full}
}

// Full returns the *FullError alone where an error says that a directory is full, and any other error as it is: what
// was compiled or read just then does not matter.
func Full(err error) error {
	var at *fs.PathError
	var known *FullError
	switch {
	case errors.As(err, &known):
		return known
	case (errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT)) && errors.As(err, &at):
		return fullAt(at.Path)
	}
	return err
}

// fullAt names the directory of a file that had no room.
func fullAt(file string) *FullError {
	if temp := os.TempDir(); strings.HasPrefix(file, filepath.Clean(temp)+"/") {
		return &FullError{temp}
	}
	if whole, err := filepath.Abs(file); err == nil {
		file = whole
	}
	return &FullError{filepath.Dir(file)}
}

// room returns how many bytes a directory has left; of one that cannot be asked none are known to be missing.
func room(dir string) uint64 {
	var of unix.Statfs_t
	if unix.Statfs(dir, &of) != nil {
		return ^uint64(0)
	}
	return of.Bavail * uint64(of.Bsize)
}
