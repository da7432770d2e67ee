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

func (f *flags) journalCommand() *cobra.Command {
	var since, patch string
	cmd := &cobra.Command{Use: "journal", Short: "Print what was done on this machine, in words", Args: noArgs, PreRunE: f.load,
		Long: `Prints the journal: what was watched, armed, attempted, switched, aborted, and how it ended. --since takes a time
(2026-01-31, 2026-01-31T12:00:00, or RFC 3339) or how long ago (90m). With --json the lines are as they were
written, and the result of the printing behind them.`,
		RunE: func(*cobra.Command, []string) error {
			from, err := parseSince(since, time.Now())
			if err != nil {
				return usageError{err}
			}
			return f.printJournal(func(e session.Event) bool {
				h := e.Header()
				return !h.Time.Before(from) && (patch == "" || patchset.ModuleName(h.Patch) == patchset.ModuleName(patch))
			})
		}}
	cmd.Flags().StringVar(&since, "since", "", "leave out what is older than this `time`")
	cmd.Flags().StringVar(&patch, "patch", "", "only of this `patch`")
	// Completion is a convenience: a name it does not know is no reason not to start.
	_ = cmd.RegisterFlagCompletionFunc("patch", f.completePatches)
	return cmd
}

// parseSince reads a time in local time, or a time span before now. "" is the beginning.
func parseSince(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if ago, err := time.ParseDuration(text); err == nil && ago >= 0 {
		return now.Add(-ago), nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("reading --since %q: want a time (2026-01-31, 2026-01-31T12:00:00) or how long ago (90m)", text)
}

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
			note(fmt.Sprintf("passing over what is damaged in %s: %v", f.journal, err))
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
			fmt.Fprintf(f.out, "%s  %-20s %s: %s\n", e.Header().Time.Local().Format(time.DateTime), e.Header().Patch, word, text)
		}
	}
	if read == 0 && damaged != nil {
		return fmt.Errorf("reading the journal %s: there is no event in it: is it a journal?", f.journal)
	}
	if n := dec.Skipped(); n > 0 {
		note(fmt.Sprintf("%d lines were passed over: cut off, or of another version", n))
	}
	return nil
}
