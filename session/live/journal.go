// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"spotos/patchset"
	"spotos/session"
)

// openJournal opens the journal for appending. It returns a note that says what the last console left unfinished, or
// why no journal is kept, which is no failure; "" if there is nothing to note.
func (o *operation) openJournal() string {
	if o.m.opts.Journal == "" {
		return ""
	}
	note := unfinished(o.m.opts.Journal)
	if o.m.opts.ReadOnly {
		return note
	}
	if err := os.MkdirAll(filepath.Dir(o.m.opts.Journal), 0o755); err != nil {
		return noJournal(err)
	}
	f, err := os.OpenFile(o.m.opts.Journal, os.O_APPEND|os.O_CREATE|os.O_RDWR, 0o640)
	if err != nil {
		return noJournal(err)
	}
	if err := endLine(f); err != nil {
		f.Close()
		return noJournal(err)
	}
	o.file, o.sent = f, session.NewEncoder(f)
	return note
}

// noJournal returns the note that says why no journal is kept.
func noJournal(err error) string {
	return fmt.Sprintf("no journal is kept: %v (name another file with --journal)", err)
}

// endLine appends a newline if the last line has none: its writer died or the disk was full. The next event then begins
// a line of its own.
func endLine(f *os.File) error {
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return err
	}
	var last [1]byte
	if _, err := f.ReadAt(last[:], info.Size()-1); err != nil || last[0] == '\n' {
		return err
	}
	_, err = f.Write([]byte{'\n'})
	return err
}

// endedArmed begins the note on an arming that never ended.
const endedArmed = "the last console ended while "

// unfinished returns the note on the last operation in the journal if it was armed and never ended, else "". An arming
// that a later Started has already noted is not noted again.
func unfinished(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	var last session.Fold // the events of several processes may alternate
	for d := session.NewDecoder(f); ; {
		e, err := d.Next()
		var damaged *session.LineError
		if errors.As(err, &damaged) {
			continue
		}
		if err != nil {
			break
		}
		if started, ok := e.(session.Started); !ok {
			last.Add(e)
		} else if strings.Contains(started.Note, endedArmed) {
			last = session.Fold{}
		}
	}
	if !last.Unfinished() {
		return ""
	}
	return unfinishedNote(last.Armed, askModule())
}

// unfinishedNote returns the note on an arming whose end the journal lacks, "" if it is still under way.
func unfinishedNote(open session.Armed, now loaded) string {
	what := fmt.Sprintf(endedArmed+"%s was armed to %s (%s); ",
		open.Patch, open.Direction, open.Time.Format(time.RFC3339))
	switch state := now.state(patchset.ModuleName(open.Patch)); {
	case state.Armed():
		return "" // another process has armed it
	case state == session.StateUnknown:
		return what + fmt.Sprintf("whether it is armed now is unknown: %v", now.err)
	}
	return what + "its arming was taken back with it"
}
