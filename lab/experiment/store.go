// SPDX-License-Identifier: GPL-2.0-only

package experiment

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A Store keeps results in a directory: trials.csv has a line a trial, and bins/ a file for each with its bins. A trial
// is kept once its line is on the disk; what a crash left half written is written again. One process writes at a time.
type Store struct {
	dir  string
	mu   sync.Mutex // of Keep
	file *os.File
	Kept []Result // without their bins, in the order in which they were kept
}

// OpenStore opens the results in a directory, which is made if it is missing.
func OpenStore(dir string) (*Store, error) {
	if err := os.MkdirAll(filepath.Join(dir, "bins"), 0o755); err != nil {
		return nil, fmt.Errorf("opening the results: %w", err)
	}
	name := filepath.Join(dir, "trials.csv")
	text, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("opening the results: %w", err)
	}
	whole := text[:bytes.LastIndexByte(text, '\n')+1] // without a last line that a crash cut off
	s := &Store{dir: dir}
	if s.Kept, err = ParseResults(whole); err != nil {
		return nil, fmt.Errorf("reading %s: %w: move it away to begin again", name, err)
	}
	if s.file, err = os.OpenFile(name, os.O_CREATE|os.O_WRONLY, 0o644); err != nil {
		return nil, fmt.Errorf("opening the results: %w", err)
	}
	if err := s.file.Truncate(int64(len(whole))); err != nil {
		return nil, errors.Join(err, s.file.Close())
	}
	if _, err := s.file.Seek(int64(len(whole)), 0); err != nil {
		return nil, errors.Join(err, s.file.Close())
	}
	if len(whole) == 0 {
		err = s.write(header())
	}
	return s, err
}

// Close closes the file of trials.
func (s *Store) Close() error { return s.file.Close() }

// Done returns the trials that are kept of a kernel.
func (s *Store) Done(kernel string) map[Trial]bool {
	done := map[Trial]bool{}
	for _, r := range s.Kept {
		if r.Kernel == kernel {
			done[r.Trial] = true
		}
	}
	return done
}

// Keep writes a result, and returns once it is on the disk. Several may call it at a time.
func (s *Store) Keep(r *Result) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.keepBins(r); err != nil {
		return fmt.Errorf("keeping a result: %w", err)
	}
	if err := s.write(r.row()); err != nil {
		return fmt.Errorf("keeping a result: %w", err)
	}
	kept := *r
	kept.Bins = nil
	s.Kept = append(s.Kept, kept)
	return nil
}

// write appends one line to the trials.
func (s *Store) write(row []string) error {
	var line bytes.Buffer
	w := csv.NewWriter(&line)
	if err := w.Write(row); err != nil {
		return err
	}
	w.Flush()
	if _, err := s.file.Write(line.Bytes()); err != nil {
		return err
	}
	return s.file.Sync()
}

// binsFile is the file of a trial's bins.
func (s *Store) binsFile(r *Result) string {
	name := strings.Join([]string{r.Kernel, r.Server, r.Patch, r.Strategy, strconv.Itoa(r.Number)}, "_") + ".csv"
	return filepath.Join(s.dir, "bins", name)
}

var binsHeader = []string{"start_ms", "requests", "p50_us", "p99_us", "longest_us", "faults"}

func (s *Store) keepBins(r *Result) error {
	rows := [][]string{binsHeader}
	for _, b := range r.Bins {
		rows = append(rows, []string{strconv.FormatInt(b.Start.Milliseconds(), 10), strconv.Itoa(b.Requests),
			micros(b.P50), micros(b.P99), micros(b.Longest), strconv.Itoa(b.Faults)})
	}
	var text bytes.Buffer
	if err := csv.NewWriter(&text).WriteAll(rows); err != nil {
		return err
	}
	name := s.binsFile(r)
	if err := os.WriteFile(name+".tmp", text.Bytes(), 0o644); err != nil {
		return err
	}
	return os.Rename(name+".tmp", name)
}

// Bins reads the bins of a kept trial.
func (s *Store) Bins(r Result) ([]Bin, error) {
	file, err := os.Open(s.binsFile(&r))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil || len(rows) == 0 || !slices.Equal(rows[0], binsHeader) {
		return nil, fmt.Errorf("%s has no bins: %w", file.Name(), err)
	}
	var all []Bin
	for _, row := range rows[1:] {
		f := fields{row: row}
		all = append(all, Bin{Start: f.time(time.Millisecond), Requests: f.int(), P50: f.time(time.Microsecond),
			P99: f.time(time.Microsecond), Longest: f.time(time.Microsecond), Faults: f.int()})
		if f.err != nil {
			return nil, fmt.Errorf("%s: %w", file.Name(), f.err)
		}
	}
	return all, nil
}
