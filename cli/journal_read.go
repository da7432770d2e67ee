// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"spotos/session"
)

// openJournal opens the journal to read it; nil without an error if there is none.
func (f *flags) openJournal() (*os.File, error) {
	info, err := os.Stat(f.journal)
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is %s, and no regular file", f.journal, session.FileKind(info.Mode()))
	}
	var file *os.File
	if err == nil {
		file, err = os.Open(f.journal)
	}
	if errors.Is(err, fs.ErrNotExist) {
		f.result.Reason = "nothing has been done here: there is no journal at " + f.journal
		note(f.result.Reason)
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the journal: %w (name another with --journal)", err)
	}
	return file, nil
}

// printJournal prints the wanted events of the journal. It skips damaged lines and notes them; a file with nothing else
// is an error, and so is one that is known to lack events.
func (f *flags) printJournal(wanted func(session.Event) bool) error {
	file, err := f.openJournal()
	if file == nil {
		return err
	}
	defer file.Close()
	dec := session.NewDecoder(file)
	read, lost := 0, 0
	var damaged *session.LineError
	for f.out.err == nil {
		e, err := dec.Next()
		if err == io.EOF {
			break
		}
		if errors.As(err, &damaged) {
			note(fmt.Sprintf("skipping a damaged line in %s: %v", f.journal, err))
			continue
		}
		if err != nil {
			return fmt.Errorf("reading the journal %s: %w", f.journal, err)
		}
		read++
		if !wanted(e) {
			continue
		}
		if noted, ok := e.(session.Noted); ok {
			lost += noted.Lost
		}
		f.printEntry(e)
	}
	if read == 0 && damaged != nil {
		return fmt.Errorf("reading the journal %s: there is no event in it: is it a journal?", f.journal)
	}
	if n := dec.Skipped(); n > 0 {
		note(fmt.Sprintf("skipped %s: cut off, or of another version", session.Counted(n, "line")))
	}
	return f.notWhole(file, read+dec.Skipped() == 0, lost)
}

// printEntry prints an event of the journal, in words unless --json is set.
func (f *flags) printEntry(e session.Event) {
	if f.json {
		f.print(e)
		return
	}
	word, text := session.Describe(session.PlainEvent(e))
	at := e.Header().Time.Local().Format(time.DateTime)
	fmt.Fprintf(f.out, "%s  %-20s %s: %s\n", at, e.Header().Patch, word, text)
}

// notWhole returns an error if the journal lacks events: some are known to be lost, nothing was ever written to it, or
// nothing can be written to it now.
func (f *flags) notWhole(file *os.File, empty bool, lost int) error {
	var why []string
	if lost > 0 {
		why = append(why, session.Counted(lost, "event")+" could not be written")
	}
	if empty {
		why = append(why, "it was made, and nothing could be written to it")
	}
	var disk unix.Statfs_t
	if err := unix.Fstatfs(int(file.Fd()), &disk); err != nil {
		why = append(why, fmt.Sprintf("whether its disk has space is unknown: %v", err))
	} else if disk.Blocks > 0 && disk.Bavail == 0 && unix.Access(f.journal, unix.W_OK) == nil {
		why = append(why, "its disk is full, so that lines are lost: make space")
	}
	if len(why) == 0 {
		return nil
	}
	return fmt.Errorf("the journal %s is not whole: %s", f.journal, strings.Join(why, "; "))
}
