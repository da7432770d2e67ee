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

// openJournal opens the journal for adding, and says what the last console left unfinished. A journal that cannot
// be written is told and is no failure.
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

func noJournal(err error) string {
	return fmt.Sprintf("no journal is kept: %v (name another file with --journal)", err)
}

// endLine ends a line that was cut off when its writer died or the disk was full, so that the next event is not
// written behind it.
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

// endedArmed begins what is said of an operation that never ended.
const endedArmed = "the last console ended while "

// unfinished reads from the journal whether the last operation was armed and never ended. It is said once.
func unfinished(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	var last session.Fold // the operations of several processes may stand between each other
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

// unfinishedNote says of an arming whose end the journal lacks what became of it.
func unfinishedNote(open session.Armed, now loaded) string {
	what := fmt.Sprintf(endedArmed+"%s was armed to %s (%s); ", open.Patch, open.Direction, open.Time.Format(time.RFC3339))
	switch now.state(patchset.ModuleName(open.Patch)) {
	case session.StateArmed, session.StateReverting:
		return "" // another process is at it
	case session.StateUnknown:
		return what + fmt.Sprintf("whether it is armed now is unknown: %v", now.err)
	}
	return what + "its arming was taken back with it"
}
