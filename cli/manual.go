// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"spotos/kmod"
	"spotos/ui"
)

// versionCommand returns the command version.
func (f *flags) versionCommand() *cobra.Command {
	return &cobra.Command{Use: "version", Short: "Print the version, and that of the module's user API", Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			if f.json {
				return printAll(f, []map[string]any{{"version": Version, "user_api": kmod.ABI,
					"go": runtime.Version(), "revision": vcsRevision()}})
			}
			fmt.Fprintf(f.out, "spotos %s\nuser API of the module: %d\nbuilt with %s",
				Version, kmod.ABI, runtime.Version())
			if revision := vcsRevision(); revision != "" {
				fmt.Fprintf(f.out, " from %s", revision)
			}
			fmt.Fprintln(f.out)
			return nil
		}}
}

// vcsRevision returns the commit that the program was built from, "" if the build did not record it.
func vcsRevision() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	revision := ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			revision += " with changes"
		}
	}
	return revision
}

// manCommand returns the hidden command man, which packages use. The pages have the text of --help and of the console's
// help page.
func manCommand() *cobra.Command {
	return &cobra.Command{Use: "man DIR", Short: "Write the man pages into a directory", Hidden: true,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return fmt.Errorf("writing the man pages: %w", err)
			}
			root := cmd.Root()
			root.DisableAutoGenTag = true
			root.Long += keysInMarkdown() // the generator makes a section of it
			// The date is fixed, so that the same sources give the same pages.
			date := time.Unix(0, 0).UTC()
			err := doc.GenManTree(root, &doc.GenManHeader{Section: "8", Source: "SPOTOS " + Version,
				Manual: "SPOTOS", Date: &date}, args[0])
			if err != nil {
				return fmt.Errorf("writing the man pages: %w", err)
			}
			return nil
		}}
}

// keysInMarkdown returns the console's keys as a section of a man page.
func keysInMarkdown() string {
	var b strings.Builder
	b.WriteString("\n\n# KEYS\n")
	for _, section := range ui.DefaultKeys().Sections() {
		fmt.Fprintf(&b, "\n### %s\n\n", section.Title)
		for _, row := range section.Rows {
			fmt.Fprintf(&b, "**%s**\n: %s\n\n", markdown.Replace(row.Name), markdown.Replace(row.Text))
		}
	}
	return b.String()
}

// markdown escapes the characters that have a meaning in Markdown.
var markdown = strings.NewReplacer("[", `\[`, "]", `\]`, "!", `\!`, "<", `\<`, ">", `\>`, "*", `\*`, "_", `\_`)
