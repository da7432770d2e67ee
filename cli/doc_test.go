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
		"`spotos COMMAND --help` prints the same, and `make man` writes it as man pages. Results go to standard output,\n" +
		"messages to standard error. With `--json` every line of the output is an object: events, or the rows of a list. The\n" +
		"last line is the result, of every command but help and completion; its outcome is applied, reverted, done, stuck,\n" +
		"aborted, refused, interrupted or failed (errors, and wrong usage). That of `spotos abort`, which takes back what\n" +
		"another process armed, is aborted with exit code 0. The flags of `spotos` alone are flags of every command but\n" +
		"--strategy, --timeout and --nudge, which a command has if its own table lists them.\n"
)

// TestDocHasTheCommands demands that docs/commands.md says what --help says, of every command.
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

// TestDocSaysTheExitCodes demands that the codes of --help stand in docs/commands.md, to which the README points.
func TestDocSaysTheExitCodes(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"docs/commands.md", "0 done", "1 error", "2 usage", "3 stuck", "4 aborted", "5 refused", "130 interrupted"} {
		if !strings.Contains(string(readme), want) {
			t.Errorf("README.md lacks %q", want)
		}
	}
}

// documented returns a command and those below it in Markdown.
func documented(cmd *cobra.Command) string {
	var b strings.Builder
	cmd.InitDefaultHelpFlag()
	fmt.Fprintf(&b, "\n## %s\n%s.\n\n    %s\n", cmd.CommandPath(), cmd.Short, cmd.UseLine())
	if cmd.Long != "" && !strings.Contains(cmd.CommandPath(), " completion") { // of the library, which has other systems in it
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
