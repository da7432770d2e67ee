// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"spotos/session/replay"
	"spotos/ui"
)

// replayCommand returns the command replay.
func (f *flags) replayCommand() *cobra.Command {
	var speed float64
	cmd := &cobra.Command{Use: "replay FILE", Short: "Play a recorded run in the console", PreRunE: f.load,
		Args: cobra.ExactArgs(1),
		Long: `Plays a journal, or what --json printed, in the console: without root, and on any machine.
Keys pause, step and seek; ? lists them. A journal has no samples; a file that the console exported (e) has.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if speed < 0 {
				return usageError{errors.New("--speed: want 0, for no pauses, or how many times as fast as recorded")}
			}
			r, err := replay.Open(args[0], replay.Options{Speed: speed})
			if err != nil {
				return err
			}
			opts := f.uiOptions(true)
			if runs, err := r.Patches(cmd.Context()); err == nil && len(runs) == 1 {
				opts.Patch = runs[0].Name // there is nothing to choose
			}
			return ui.Run(cmd.Context(), r, opts)
		}}
	cmd.Flags().Float64Var(&speed, "speed", 1, "how many `times` as fast as recorded; 0: without pauses")
	return cmd
}
