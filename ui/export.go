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

// exportSize is how much of an operation is kept to be exported, in bytes.
const exportSize = 8 << 20

// recording keeps the events of an operation as they came, the latest of them, one line each.
type recording struct {
	started []byte // which a recording begins with
	lines   [][]byte
	size    int
}

// add takes an event in, and lets the oldest go where it gets too much.
func (r *recording) add(event session.Event) {
	line, err := session.MarshalEvent(event)
	if err != nil {
		return // what cannot be written cannot be exported
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

// text is the recording as a file.
func (r *recording) text() []byte {
	lines := append([][]byte{r.started}, r.lines...)
	return append(bytes.Join(lines, []byte("\n")), '\n')
}

// export writes what was recorded of the operation in hand to a new file in the current directory.
func (m *Model) export() tea.Cmd {
	if m.live == nil {
		m.refuse("No patch in hand: there is nothing to export.")
		return nil
	}
	id, text := m.opID, m.recording.text()
	path := filepath.Join(m.opts.Exports, exportName(m.live.patch, m.opts.Now()))
	return func() tea.Msg {
		path, err := writeExport(path, text)
		if err != nil {
			return errorMsg{id, err}
		}
		return answeredMsg{id, "Written to " + path + "; spotos replay shows it."}
	}
}

// exportName is a name that any file system takes, whatever the patch calls itself.
func exportName(patch string, now time.Time) string {
	patch = strings.Map(func(r rune) rune {
		if r < 128 && (r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') {
			return r
		}
		return '-'
	}, patch)
	return "spotos-" + patch + now.Format("-20060102-150405.jsonl")
}

// writeExport returns the file's whole path. It does not write over a file.
func writeExport(path string, text []byte) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("exporting: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640)
	if err != nil {
		return "", fmt.Errorf("exporting: %w (it goes to the directory that the console was started in)", err)
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
