// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// outcome is what came of a file.
type outcome string

const (
	patch     outcome = "patch"
	refusedAs outcome = "refused"
	same      outcome = "same"   // the code is the same before and after
	absent    outcome = "absent" // the kernel has no code of it
	failed    outcome = "failed" // neither a patch nor a refusal: a defect of SPOTOS
)

// record is what came of a file, kept as a line of JSON.
type record struct {
	File      string   `json:"file"`
	Outcome   outcome  `json:"outcome"`
	Bodies    bool     `json:"bodies"` // it changes bodies of functions alone
	Reasons   []reason `json:"reasons,omitempty"`
	Module    string   `json:"module,omitempty"` // the file's name
	Functions []string `json:"functions,omitempty"`
	Late      int      `json:"late,omitempty"`
	Seconds   float64  `json:"seconds"`
}

// reason is one thing in the way.
type reason struct {
	Kind string `json:"kind"`
	Text string `json:"text"`
}

// alone says whether it changes bodies of functions and needs the change of no other file.
func (r record) alone() bool {
	return r.Bodies && !slices.ContainsFunc(r.Reasons, func(why reason) bool { return why.Kind == otherFile })
}

// String returns a line for whoever watches.
func (r record) String() string {
	text := string(r.Outcome)
	for _, why := range r.Reasons {
		line, _, _ := strings.Cut(why.Text, "\n")
		text += "\n    " + why.Kind + ": " + line
	}
	return fmt.Sprintf("%s (%.0f s)", text, r.Seconds)
}

// records are those in a file.
type records struct {
	*os.File
	by map[string]record
}

// openRecords opens a file of records. A last line that is not whole is cut off: the program was killed in it.
func openRecords(path string) (*records, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	r := &records{File: file, by: make(map[string]record)}
	whole := int64(0)
	for lines := bufio.NewReader(file); ; {
		line, err := lines.ReadBytes('\n')
		var one record
		if err == nil {
			err = json.Unmarshal(line, &one)
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				return nil, errors.Join(fmt.Errorf("reading %s at byte %d: %w", path, whole, err), file.Close())
			}
			break
		}
		for i, why := range one.Reasons { // another version may have other kinds
			if kind := kindOf(why.Text); one.Outcome == refusedAs && kind != other {
				one.Reasons[i].Kind = kind
			}
		}
		r.by[one.File] = one
		whole += int64(len(line))
	}
	_, err = file.Seek(whole, io.SeekStart)
	return r, errors.Join(err, file.Truncate(whole))
}

// of returns the record of a file that need not be made again: it did not fail, nor was it refused for the kind again.
func (r *records) of(file, again string) (record, bool) {
	one, has := r.by[file]
	return one, has && one.Outcome != failed && !slices.ContainsFunc(one.Reasons, func(why reason) bool {
		return why.Kind == again
	})
}

func (r *records) add(one record) error {
	line, err := json.Marshal(one)
	if err != nil {
		return err
	}
	_, err = r.Write(append(line, '\n'))
	return errors.Join(err, r.Sync())
}
