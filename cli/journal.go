// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"fmt"
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
they were written, and the result of this command last.

It exits with 1 if the journal is not whole: it cannot be read, lines of it were lost, or its disk is full.`,
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
