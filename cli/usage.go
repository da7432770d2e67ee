// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"spotos/patchset"
)

// usageError is the error of a wrong command line, variable or configuration.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// usageOf makes cmd and its subcommands answer wrong arguments with a usageError that says how to call them.
func usageOf(cmd *cobra.Command) {
	cmd.SuggestionsMinimumDistance = 2
	for _, sub := range cmd.Commands() {
		usageOf(sub)
	}
	check := cmd.Args
	if check == nil {
		return
	}
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		err := check(cmd, args)
		var usage usageError
		if err == nil || errors.As(err, &usage) {
			return err
		}
		if cmd.HasSubCommands() {
			return noArgs(cmd, args)
		}
		return usageError{fmt.Errorf("%w: usage: %s", err, cmd.UseLine())}
	}
}

// noArgs is the Args of a command without arguments. For a group of commands the argument is an unknown command.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if !cmd.HasSubCommands() {
		return usageError{fmt.Errorf("%s takes no arguments, not %q", cmd.CommandPath(), args[0])}
	}
	return usageError{fmt.Errorf("no command %q%s: see %s --help",
		args[0], didYouMean(cmd.SuggestionsFor(args[0]), ""), cmd.CommandPath())}
}

// onePatch is the Args of a command for one patch.
func onePatch(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usageError{fmt.Errorf("name one patch: %s (spotos patches lists them)", cmd.UseLine())}
	}
	return nil
}

// onlySubcommands is the RunE of a group of commands.
func onlySubcommands(cmd *cobra.Command, _ []string) error {
	return usageError{fmt.Errorf("%s what? see %s --help", cmd.CommandPath(), cmd.CommandPath())}
}

// aCommand is the Args of help: the name of a command.
func aCommand(cmd *cobra.Command, args []string) error {
	found, rest, err := cmd.Root().Find(args)
	if err != nil || len(rest) > 0 {
		return noArgs(found, rest)
	}
	return nil
}

// flagError returns the usageError for a wrong flag, with similar flags as suggestions.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return usageError{fmt.Errorf("%w: see %s --help", err, cmd.CommandPath())}
	}
	// Only commands can search for similar names, so make a command of each flag.
	flags := &cobra.Command{SuggestionsMinimumDistance: 2}
	cmd.Flags().VisitAll(func(flag *pflag.Flag) {
		flags.AddCommand(&cobra.Command{Use: flag.Name, Run: func(*cobra.Command, []string) {}})
	})
	suggestions := flags.SuggestionsFor(unknown.GetSpecifiedName())
	return usageError{fmt.Errorf("%w%s: see %s --help", err, didYouMean(suggestions, "--"), cmd.CommandPath())}
}

// didYouMean returns the suggestions in words, "" if there are none.
func didYouMean(names []string, prefix string) string {
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf(" (did you mean %s%s?)", prefix, strings.Join(names, " or "+prefix))
}

// completePatches completes the names of the catalogue's patches.
func (f *flags) completePatches(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if f.load(cmd, args) != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	patches, _ := patchset.Dir(f.patches) // only those that can be read
	var names []string
	for _, p := range patches {
		names = append(names, cobra.CompletionWithDesc(p.Name, p.Title))
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// completeOne completes the name of a patch as the first argument only.
func (f *flags) completeOne(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return f.completePatches(cmd, args, word)
}
