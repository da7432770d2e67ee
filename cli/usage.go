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

// usageError is a command line, a variable or a configuration that is wrong.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// usageOf makes wrong arguments of every command usage errors that say how to call it.
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

func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if !cmd.HasSubCommands() {
		return usageError{fmt.Errorf("%s takes no arguments, not %q", cmd.CommandPath(), args[0])}
	}
	return usageError{fmt.Errorf("no command %q%s: see %s --help", args[0], didYouMean(cmd.SuggestionsFor(args[0]), ""), cmd.CommandPath())}
}

func onePatch(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usageError{fmt.Errorf("name one patch: %s (spotos patches lists them)", cmd.UseLine())}
	}
	return nil
}

// onlySubcommands is the RunE of a command that only groups others.
func onlySubcommands(cmd *cobra.Command, _ []string) error {
	return usageError{fmt.Errorf("%s what? see %s --help", cmd.CommandPath(), cmd.CommandPath())}
}

// aCommand is what help may be asked of.
func aCommand(cmd *cobra.Command, args []string) error {
	found, rest, err := cmd.Root().Find(args)
	if err != nil || len(rest) > 0 {
		return noArgs(found, rest)
	}
	return nil
}

// flagError says what is wrong with a flag, and which one may have been meant.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return usageError{fmt.Errorf("%w: see %s --help", err, cmd.CommandPath())}
	}
	// Commands know how to find what is spelled much the same, so the flags are put as commands.
	flags := &cobra.Command{SuggestionsMinimumDistance: 2}
	cmd.Flags().VisitAll(func(flag *pflag.Flag) {
		flags.AddCommand(&cobra.Command{Use: flag.Name, Run: func(*cobra.Command, []string) {}})
	})
	return usageError{fmt.Errorf("%w%s: see %s --help", err, didYouMean(flags.SuggestionsFor(unknown.GetSpecifiedName()), "--"), cmd.CommandPath())}
}

func didYouMean(names []string, prefix string) string {
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf(" (did you mean %s%s?)", prefix, strings.Join(names, " or "+prefix))
}

// completePatches offers the catalogue's names to the shell.
func (f *flags) completePatches(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if f.load(cmd, args) != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	patches, _ := patchset.Dir(f.patches) // those that can be read
	var names []string
	for _, p := range patches {
		names = append(names, cobra.CompletionWithDesc(p.Name, p.Title))
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// completeOne offers names for the first argument only.
func (f *flags) completeOne(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return f.completePatches(cmd, args, word)
}
