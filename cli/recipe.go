// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"spotos/patchset/catalogue"
	"spotos/patchset/fix"
	"spotos/session"
)

// target returns the kernel that is to be patched. What the recipe says of it, if one was named, is taken over; what a
// person said goes before it.
func (x *fixFlags) target() (*fix.Kernel, error) {
	if x.recipe == "" {
		return fix.FindKernel(x.kernel)
	}
	r, err := catalogue.Find(x.recipe)
	if err != nil {
		return nil, usageError{err}
	}
	kernel, err := fix.FindKernel(x.kernel)
	if err != nil {
		return nil, err
	}
	k := r.For(kernel.Release)
	if k == nil {
		return nil, &session.Refusal{Reason: fmt.Sprintf("the recipe %s is not for kernel %s: it is for %s; name another "+
			"kernel with --kernel, or the version and the files with --to and --file", r.Name, kernel.Release,
			strings.Join(r.Releases(), " and "))}
	}
	x.from, x.to, x.files, x.functions = k.From, k.To, k.Files, k.Functions
	x.name, x.title, x.severity = cmp.Or(x.name, r.Name), cmp.Or(x.title, r.Title), cmp.Or(x.severity, r.Severity)
	x.references = slices.Concat(x.references, r.CVE)
	for _, commit := range r.Commit {
		x.references = append(x.references, "commit "+commit)
	}
	return kernel, nil
}

// patchRecipesCommand returns the command patch recipes.
func (f *flags) patchRecipesCommand() *cobra.Command {
	var build recipeBuild
	cmd := &cobra.Command{Use: "recipes", Args: noArgs, PreRunE: f.load,
		Short: "List the fixes that are known to become patches, or build all that are for a kernel",
		Long: `Lists the recipes: fixes that are known to become patches, the kernels they are for, and how their effect is
seen (--json has it all). One of them is built by spotos patch build --recipe.

With --build it builds all that are for the kernel into a directory, with built.json, which says what came of each. A
recipe whose source the archive has no more is skipped. It exits with 5 if one is refused, with 1 if one fails.`,
		Example: `  spotos patch recipes
  spotos patch build --recipe unix-ioctl
  spotos patch recipes --build /lib/spotos/patches`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			all, err := catalogue.All()
			if err != nil {
				return err
			}
			if build.dir != "" {
				return f.buildRecipes(cmd.Context(), all, &build)
			}
			if f.json {
				return printAll(f, all)
			}
			return f.listRecipes(all)
		}}
	cmd.Flags().StringVar(&build.dir, "build", "", "`directory` to build all of them into")
	cmd.Flags().StringVar(&build.kernel, "kernel", fix.Running,
		"with --build: kernel to patch: its release, or a `directory` of the lab's kernels")
	f.add(cmd.Flags(), "cache")
	cmd.Flags().StringVar(&build.symvers, "symvers", "",
		"with --build: Module.symvers `file` of spotos.ko (default: beside the catalogue, or where DKMS keeps it)")
	return cmd
}

// listRecipes prints a line for each recipe and kernel.
func (f *flags) listRecipes(all []*catalogue.Recipe) error {
	w := tabwriter.NewWriter(f.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "RECIPE\tKERNEL\tSOURCE\tSEVERITY\tTITLE")
	for _, r := range all {
		for _, k := range r.Kernels {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", r.Name, k.Release, k.To, r.Severity, r.Title)
		}
	}
	return w.Flush()
}
