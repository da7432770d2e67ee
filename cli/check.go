// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"spotos/patchset"
	"spotos/patchset/proof"
	"spotos/session"
	"spotos/session/live"
)

// patchCheckCommand returns the command patch check.
func (f *flags) patchCheckCommand() *cobra.Command {
	var root string
	cmd := &cobra.Command{Use: "check FILE.ko...", Args: cobra.MinimumNArgs(1),
		Short: "Say whether a patch can be switched on this kernel, and if not, why",
		Long: `Reads patches without loading them, and judges them against the running kernel. It exits with 5 if one of
them cannot be switched, or if that is not known. Run it as root: other users cannot read all facts about the kernel.

Of a patch that was made of a fix it also proves again that the source of the fix is the code of the kernel: every
function that the patch carries of the original source equals the code in /boot/vmlinuz-RELEASE or in the module's file,
which the build ID ties to what runs, and every symbol that the patch finds by its position is the one that this code
refers to. A difference is refused with the function and the first byte. Symbols that this code does not refer to are
found by name alone, and counted apart; of a patch by hand that uses what is not exported all are.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			w := f.begin("reading what the kernel is made of")
			defer w.end()
			k, owners, err := readKernel(root)
			if err != nil {
				return err
			}
			defer k.Keep()
			return f.check(cmd.Context(), args, k, owners, os.DirFS(root), w)
		}}
	cmd.Flags().StringVar(&root, "root", "/", "`directory` with the proc, sys, lib/modules and boot to judge against")
	return cmd
}

// readKernel reads the facts of the kernel under root. For the running kernel it also returns which patch owns which
// function.
func readKernel(root string) (*patchset.Kernel, patchset.Owners, error) {
	if root == "/" {
		k, err := patchset.LiveKernel()
		if err != nil {
			return nil, patchset.Owners{}, err
		}
		owners := live.Owners()
		k.Prefetch(owners.DryRun == nil)
		return k, owners, nil
	}
	k, err := patchset.ReadKernel(os.DirFS(root))
	if err != nil {
		return nil, patchset.Owners{}, fmt.Errorf("reading what is in %s: %w: "+
			"--root names a directory with proc, sys and lib/modules", root, err)
	}
	return k, patchset.Owners{}, nil
}

// verdict is what --json prints about a patch.
type verdict struct {
	File     string   `json:"file"`
	Patch    string   `json:"patch"`
	Kernel   string   `json:"kernel"`
	Accepted bool     `json:"accepted"`
	Stays    []string `json:"stays,omitempty"` // why its module stays loaded once it was applied
	Reasons  []reason `json:"reasons"`
	Proof    *proved  `json:"proof,omitempty"`
}

// proved is proof.Report with names for JSON: that the source of a patch is the kernel's code.
type proved struct {
	Equal     bool `json:"equal"`
	Functions int  `json:"functions"`
	Symbols   int  `json:"symbols"`
	ByName    int  `json:"by_name"`
	ByHand    bool `json:"by_hand,omitempty"`
	Hidden    bool `json:"addresses_hidden,omitempty"`
}

// reason is patchset.Refusal with names for JSON.
type reason struct {
	Kind     patchset.Kind `json:"kind"`
	Function string        `json:"function,omitempty"`
	Why      string        `json:"why"`
	Do       string        `json:"do"`
}

// check prints the verdict on each file. The error carries exit code 5 if one is refused, or if there is no verdict.
func (f *flags) check(ctx context.Context, files []string, k *patchset.Kernel, owners patchset.Owners,
	root fs.FS, w *working) error {
	refused := false
	var verdicts []verdict
	for _, file := range files {
		p, err := patchset.Read(file)
		if err != nil {
			return err
		}
		v := verdict{File: file, Patch: p.Name, Kernel: k.Release, Accepted: true, Stays: p.Stays,
			Reasons: []reason{}}
		w.step("judging " + p.Name)
		found := patchset.Judge(p, k, owners)
		again, err := proof.Repeat(ctx, p, k, root, func(step string) { w.step(p.Name + ": " + step) })
		if err != nil {
			return err
		}
		if again != nil {
			v.Proof = &proved{len(again.Refusals) == 0, again.Functions, again.Symbols, again.ByName, p.ByHand(),
				again.Hidden}
			found = append(found, again.Refusals...)
		}
		for _, r := range found {
			v.Reasons = append(v.Reasons, reason(r))
			if r.Kind == patchset.NoSwitch || r.Kind == patchset.Unknown {
				v.Accepted = false
				f.result.Reason = cmp.Or(f.result.Reason, r.String())
			}
		}
		refused = refused || !v.Accepted
		verdicts = append(verdicts, v)
	}
	w.end()
	if f.json {
		if err := printAll(f, verdicts); err != nil {
			return err
		}
	} else {
		f.printVerdicts(verdicts)
	}
	if refused {
		return exit{exitRefused}
	}
	return nil
}

// printVerdicts prints the verdicts in words.
func (f *flags) printVerdicts(verdicts []verdict) {
	for _, v := range verdicts {
		word := "can be switched on"
		if !v.Accepted {
			word = "not known to be switchable on"
		}
		if slices.ContainsFunc(v.Reasons, func(r reason) bool { return r.Kind == patchset.NoSwitch }) {
			word = "refused on"
		}
		fmt.Fprintf(f.out, "%s: %s %s\n", v.Patch, word, v.Kernel)
		if len(v.Stays) > 0 {
			fmt.Fprintf(f.out, "  %-7s %s\n", "note", patchset.StaysText(v.Stays))
		}
		for _, r := range v.Reasons {
			fmt.Fprintf(f.out, "  %-7s %s; %s\n", r.Kind, r.Why, r.Do)
		}
		if v.Proof != nil && v.Proof.Equal {
			fmt.Fprintln(f.out, v.Proof)
		}
	}
}

// String returns what was proved as a line for a person.
func (p *proved) String() string {
	hidden := ""
	if p.Hidden {
		hidden = " (compared by names: the kernel hides addresses)"
	}
	if p.ByHand {
		return fmt.Sprintf("  found   %s that %s not exported, as the patch's author chose%s",
			session.Counted(p.ByName, "symbol"), isAre(p.ByName), hidden)
	}
	text := fmt.Sprintf("  proved  the original source is this kernel's code: %s %s equal, and %s that %s not exported "+
		"stand where this code refers to them%s", session.Counted(p.Functions, "function"), isAre(p.Functions),
		session.Counted(p.Symbols, "symbol"), isAre(p.Symbols), hidden)
	if p.ByName > 0 {
		text += fmt.Sprintf("\n  found   %s more by name alone: no code of the original source refers to what is the only "+
			"global symbol of its name", session.Counted(p.ByName, "symbol"))
	}
	return text
}

func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}
