// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"spotos/session"
)

// exportSize bounds how much of an operation is kept for an export, in bytes.
const exportSize = 8 << 20

// recording keeps the latest events of an operation as they came, one line each.
type recording struct {
	started []byte // the first line of every recording
	lines   [][]byte
	size    int // bytes in lines
}

// add appends an event and drops the oldest lines beyond exportSize.
func (r *recording) add(event session.Event) {
	line, err := session.MarshalEvent(event)
	if err != nil {
		return // an event that cannot be encoded is left out of the export
	}
	if _, ok := event.(session.Started); ok {
		*r = recording{started: line}
		return
	}
	r.lines = append(r.lines, line)
	r.size += len(line)
	n := 0
	for ; r.size > exportSize; n++ {
		r.size -= len(r.lines[n])
	}
	r.lines = r.lines[n:]
}

// text returns the recording as a file's content.
func (r *recording) text() []byte {
	lines := append([][]byte{r.started}, r.lines...)
	return append(bytes.Join(lines, []byte("\n")), '\n')
}

// export writes the recording of the operation in hand to a new file in Options.Exports.
func (m *Model) export() tea.Cmd {
	if m.live == nil {
		m.refuse("No patch chosen: there is nothing to export.")
		return nil
	}
	id, text := m.opID, m.recording.text()
	path := filepath.Join(m.opts.Exports, exportName(m.live.patch, m.opts.Now()))
	lasts := "; spotos replay shows it."
	if m.opts.Exports == "" && m.opts.Throwaway {
		lasts = " in the VM, and goes with it: spotos lab --export DIR keeps it."
	}
	return func() tea.Msg {
		path, err := writeExport(path, text)
		if err != nil {
			return errorMsg{id, err}
		}
		return answeredMsg{id, "Written to " + path + lasts}
	}
}

// exportName returns a file name that every file system accepts, whatever the patch is called.
func exportName(patch string, now time.Time) string {
	patch = strings.Map(func(r rune) rune {
		if r < 128 && (r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') {
			return r
		}
		return '-'
	}, patch)
	return "spotos-" + patch + now.Format("-20060102-150405.jsonl")
}

// writeExport writes a new file and returns its absolute path. It overwrites no file.
func writeExport(path string, text []byte) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("exporting: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640)
	if err != nil {
		return "", fmt.Errorf("exporting: %w (--export names another directory)", err)
	}
	_, err = f.Write(text)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return "", fmt.Errorf("exporting: %w", err)
	}
	return path, nil
}
