// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

var update = flag.Bool("update", false, "write docs/commands.md")

const (
	commandsDoc  = "../docs/commands.md"
	commandsHead = "# Commands\n<!-- Generated: go test ./cli -run Doc -update writes this file. -->\n\n" +
		"`spotos COMMAND --help` prints the same, and `make man` writes it as man pages. Results go to standard\n" +
		"output, messages to standard error. With `--json` every line of the output is an object: an event, or a\n" +
		"row of a list. Every command but help and completion prints its result last; the outcome in it is applied,\n" +
		"reverted, done, stuck, aborted, refused, interrupted or failed (errors, and wrong usage). `spotos abort`,\n" +
		"which takes back what another process armed, has the outcome aborted and exits with 0. Every command has\n" +
		"the flags of `spotos`, except --strategy, --timeout, --nudge and --patience: those it has only if its table\n" +
		"has them.\n"
)

// TestDocHasTheCommands checks that docs/commands.md has the help of every command.
func TestDocHasTheCommands(t *testing.T) {
	root := newFlags().command()
	root.InitDefaultVersionFlag()
	want := commandsHead + documented(root)
	if *update {
		if err := os.WriteFile(commandsDoc, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(commandsDoc)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is out of date: go test ./cli -run Doc -update writes it. Want\n%s", commandsDoc, want)
	}
}

// TestDocSaysTheExitCodes checks that the README has the exit codes of --help, and points to docs/commands.md.
func TestDocSaysTheExitCodes(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"docs/commands.md", "0 done", "1 error", "2 usage", "3 stuck", "4 aborted",
		"5 refused", "130 interrupted"} {
		if !strings.Contains(string(readme), want) {
			t.Errorf("README.md lacks %q", want)
		}
	}
}

// documented returns the help of a command, and of its subcommands, in Markdown.
func documented(cmd *cobra.Command) string {
	var b strings.Builder
	cmd.InitDefaultHelpFlag()
	fmt.Fprintf(&b, "\n## %s\n%s.\n\n    %s\n", cmd.CommandPath(), cmd.Short, cmd.UseLine())
	// The library wrote the help of completion, which is about other systems too.
	if cmd.Long != "" && !strings.Contains(cmd.CommandPath(), " completion") {
		fmt.Fprintf(&b, "\n%s\n", markdown.Replace(strings.TrimSpace(cmd.Long)))
	}
	b.WriteString(flagTable(cmd.NonInheritedFlags()))
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() && sub.Name() != "help" {
			b.WriteString(documented(sub))
		}
	}
	return b.String()
}

// flagTable returns the flags as a table in Markdown, "" if there are none.
func flagTable(flags *pflag.FlagSet) string {
	var b strings.Builder
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		value, usage := pflag.UnquoteUsage(f)
		if value != "" {
			name += " " + value
		}
		if !slices.Contains([]string{"", "false", "[]", "0", "0s"}, f.DefValue) {
			usage += fmt.Sprintf(" (default %s)", f.DefValue)
		}
		fmt.Fprintf(&b, "| `%s` | %s |\n", name, markdown.Replace(strings.ReplaceAll(usage, "|", `\|`)))
	})
	if b.Len() == 0 {
		return ""
	}
	return "\n| flag | what it does |\n|---|---|\n" + b.String()
}
