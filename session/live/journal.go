// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"spotos/patchset"
	"spotos/session"
)

// journal is the file that keeps the events of an operation. The zero journal keeps none. It is not safe for concurrent
// use.
type journal struct {
	file *os.File
	lost int  // events since the last that was kept
	torn bool // the last line may lack its end
}

// keep writes an event. Where events were lost before, a line that says so precedes it.
func (j *journal) keep(e session.Event) error {
	if j.file == nil {
		return nil
	}
	var err error
	if j.torn {
		_, err = j.file.Write([]byte{'\n'})
	}
	if err == nil && j.lost > 0 {
		head := e.Header()
		head.Kind = session.KindNoted
		err = session.NewEncoder(j.file).Encode(session.Noted{Head: head, Lost: j.lost,
			Text: session.Counted(j.lost, "event") + " before this one could not be written: the journal lacks what they say"})
	}
	if err == nil {
		j.lost = 0
		err = session.NewEncoder(j.file).Encode(e)
	}
	if j.torn = err != nil; err != nil {
		j.lost++
	}
	return err
}

func (j *journal) close() {
	if j.file != nil {
		j.file.Close()
	}
}

// lostLine returns the note that says that the journal lacks an event.
func lostLine(e session.Event, err error) string {
	return fmt.Sprintf("the journal lost the line %q: %v: make space, or name another file with --journal",
		e.Header().Kind, err)
}

// openJournal opens the journal for appending. It returns a note that says what the last console left unfinished, or
// why no journal is kept, which is no failure; "" if there is nothing to note. The error is a *session.Refusal if the
// journal is no file: opening a pipe waits for its other end, and a device does something.
func (o *operation) openJournal() (string, error) {
	path := o.m.opts.Journal
	if path == "" {
		return "", nil
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return "", &session.Refusal{Reason: fmt.Sprintf("the journal %s is %s, and no regular file: "+
			"name another with --journal", path, session.FileKind(info.Mode()))}
	}
	note := unfinished(path)
	if o.m.opts.ReadOnly {
		return note, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return noJournal(err), nil
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_RDWR, 0o640)
	if err != nil {
		return noJournal(err), nil
	}
	if err := endLine(f); err != nil {
		f.Close()
		return noJournal(err), nil
	}
	o.journal.file = f
	return note, nil
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
	const unknown = "what the last console left is unknown: %v"
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	if err != nil {
		return fmt.Sprintf(unknown, err)
	}
	defer f.Close()
	var last session.Fold // the events of several processes may alternate
	for d := session.NewDecoder(f); ; {
		e, err := d.Next()
		var damaged *session.LineError
		if errors.As(err, &damaged) {
			continue
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return fmt.Sprintf(unknown, err)
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
