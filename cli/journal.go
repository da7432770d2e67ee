// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"spotos/patchset"
	"spotos/session"
)

// journalCommand returns the command journal.
func (f *flags) journalCommand() *cobra.Command {
	var since, patch string
	cmd := &cobra.Command{Use: "journal", Args: noArgs, PreRunE: f.load,
		Short: "Print what was done on this machine, in words",
		Long: `Prints the journal: what was watched, armed, attempted, switched and aborted, and how it ended. --since
takes a time (2026-01-31, 2026-01-31T12:00:00, or RFC 3339) or how long ago (90m). With --json it prints the events as
they were written, and the result of this command last.`,
		RunE: func(*cobra.Command, []string) error {
			from, err := parseSince(since, time.Now())
			if err != nil {
				return usageError{err}
			}
			module := patchset.ModuleName(patch)
			return f.printJournal(func(e session.Event) bool {
				h := e.Header()
				return !h.Time.Before(from) && (patch == "" || patchset.ModuleName(h.Patch) == module)
			})
		}}
	cmd.Flags().StringVar(&since, "since", "", "print only events from this `time` on")
	cmd.Flags().StringVar(&patch, "patch", "", "print only events of this `patch`")
	// Completion is a convenience: the command works without it.
	_ = cmd.RegisterFlagCompletionFunc("patch", f.completePatches)
	return cmd
}

// parseSince returns the time that text names: a local time, or a duration before now. "" is the beginning of time.
func parseSince(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if ago, err := time.ParseDuration(text); err == nil && ago >= 0 {
		return now.Add(-ago), nil
	}
	layouts := []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04", time.DateOnly}
	for _, layout := range layouts {
		if t, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("reading --since %q: "+
		"want a time (2026-01-31, 2026-01-31T12:00:00) or how long ago (90m)", text)
}

// printJournal prints the wanted events of the journal. It skips damaged lines and notes them; a file with nothing else
// is an error.
func (f *flags) printJournal(wanted func(session.Event) bool) error {
	file, err := os.Open(f.journal)
	if errors.Is(err, fs.ErrNotExist) {
		f.result.Reason = "nothing has been done here: there is no journal at " + f.journal
		note(f.result.Reason)
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading the journal: %w (name another with --journal)", err)
	}
	defer file.Close()
	dec := session.NewDecoder(file)
	read := 0
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
		f.print(e)
		if !f.json {
			word, text := session.Describe(session.PlainEvent(e))
			at := e.Header().Time.Local().Format(time.DateTime)
			fmt.Fprintf(f.out, "%s  %-20s %s: %s\n", at, e.Header().Patch, word, text)
		}
	}
	if read == 0 && damaged != nil {
		return fmt.Errorf("reading the journal %s: there is no event in it: is it a journal?", f.journal)
	}
	if n := dec.Skipped(); n > 0 {
		note(fmt.Sprintf("skipped %s: cut off, or of another version", session.Counted(n, "line")))
	}
	return nil
}
