// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"spotos/internal/ko"
	"spotos/patchset"
	"spotos/session"
	"spotos/session/live"
)

// patchShowCommand returns the command patch show.
func (f *flags) patchShowCommand() *cobra.Command {
	return &cobra.Command{Use: "show NAME|FILE.ko", Args: cobra.ExactArgs(1), PreRunE: f.load,
		Short: "Say what a patch is and what it changes, with its diff",
		Long: `Reads a patch without loading it: one of the catalogue by its name, or a file. Prints its title, severity
and references, for which kernel it is and whether that is the one that runs, each function with the verdict on it, who
built it and signed it, and the diff of the fix that it was made of. What cannot be printed is written as \x1b. The
console shows the same: enter on a patch. Run it as root: other users cannot read all facts about the kernel.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, name := f.patches, args[0]
			if ko.HasName(name) {
				dir, name = filepath.Dir(args[0]), patchset.DisplayName(ko.Name(filepath.Base(args[0])))
			}
			m, err := live.NewMachine(live.MachineOptions{Patches: dir, ReadOnly: true})
			if err != nil {
				return err
			}
			about, err := m.Describe(cmd.Context(), name)
			if err != nil {
				return err
			}
			if f.json {
				return printAll(f, []shownPatch{{name, about}})
			}
			list, err := m.Patches(cmd.Context())
			if err != nil {
				return err
			}
			list = session.PlainPatches(list)
			i := slices.IndexFunc(list, func(p session.PatchInfo) bool { return p.Name == patchset.DisplayName(name) })
			if i < 0 {
				return fmt.Errorf("%s is gone from %s meanwhile: try again", name, dir)
			}
			f.printAbout(list[i], session.PlainAbout(about), m.Capabilities().Kernel)
			return nil
		}}
}

// shownPatch is what --json prints of a patch.
type shownPatch struct {
	Patch string `json:"patch"`
	session.About
}

// printAbout prints what a patch is in words.
func (f *flags) printAbout(info session.PatchInfo, about session.About, running string) {
	fmt.Fprintf(f.out, "%s  %s\n", info.Name, about.Title)
	for _, fact := range about.Facts(info, running) {
		fmt.Fprintf(f.out, "  %-11s %s\n", fact.Label, fact.Text)
	}
	if why := about.WhyNoDiff(); why != "" {
		fmt.Fprintf(f.out, "\n%s\n", why)
		return
	}
	fmt.Fprintf(f.out, "\n%s\n", strings.TrimSuffix(about.Diff, "\n"))
}
