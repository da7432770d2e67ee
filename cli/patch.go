// SPDX-License-Identifier: GPL-2.0-only

package cli

import "github.com/spf13/cobra"

// patchCommand returns the command patch with its subcommands.
func (f *flags) patchCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "patch", Short: "Make, build and check a patch of your own", Args: noArgs,
		RunE: onlySubcommands}
	cmd.AddCommand(f.patchNewCommand(), f.patchBuildCommand(), f.patchRecipesCommand(),
		f.patchCheckCommand(), f.patchShowCommand(), f.patchFixesCommand())
	return cmd
}
