// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"

	"spotos/patchset"
	"spotos/patchset/build"
	"spotos/patchset/fix"
	"spotos/patchset/source"
)

// fixFlags say which fix becomes a patch, of which kernel.
type fixFlags struct {
	recipe           string
	diffs            []string
	from, to         string
	files, functions []string
	rebuild          []string
	livepatch        bool
	kernel           string
	source, cache    string
	name, output     string
	overwrite        bool
	title, severity  string
	references       []string

	ask     bool                    // nothing is downloaded: whoever calls asks a person first
	said    func(string)            // hears what is done; nil: standard error does
	noted   func(string)            // hears what a person should know; nil: standard error does
	arrived func(done, total int64) // hears of downloads, as source.Store has it; may be nil
}

func (f *flags) registerFix(flags *pflag.FlagSet, x *fixFlags) {
	flags.StringVar(&x.recipe, "recipe", "", "`name` of a known fix (spotos patch recipes), or a file with a recipe")
	flags.StringArrayVar(&x.diffs, "diff", nil, "`file` with a unified diff or mails; - is standard input")
	flags.StringVar(&x.to, "to", "", "`version` of Debian's kernel source that has the fix, such as 6.1.192-2")
	f.registerSource(flags, x)
	flags.StringArrayVar(&x.files, "file", nil, "with --to: `file` of the source that the fix is in")
	flags.StringSliceVar(&x.functions, "function", nil, "with --to: take over these functions alone, as `NAME,...`")
	flags.StringSliceVar(&x.rebuild, "rebuild", nil, "replace these functions of --file, `NAME,...`, or FILE:NAME, "+
		"by the same code, compiled again, to measure a switch by itself")
	flags.BoolVar(&x.livepatch, "livepatch", false,
		"make a module for the kernel's own livepatch of the same replacements, to compare with")
	flags.StringVar(&x.name, "name", "", "the patch's name (default: from the diff's, the function's or the file's)")
	flags.StringVar(&x.output, "output", "", "`directory` for the patch (default: this one)")
	flags.BoolVar(&x.overwrite, "overwrite", false, "replace the patch's file if it is there already")
	flags.StringVar(&x.title, "title", "", "one line about the patch (default: the mail's subject)")
	flags.Var(&choice{&x.severity, []string{"low", "medium", "high", "critical"}}, "severity",
		"how bad it is not to have it")
	flags.StringArrayVar(&x.references, "reference", nil, "a CVE, a commit or an address; those in the mail are added")
}

// registerSource adds the flags that say of which kernel the source is taken, and from where.
func (f *flags) registerSource(flags *pflag.FlagSet, x *fixFlags) {
	flags.StringVar(&x.from, "from", "", "`version` that the kernel was built from (default: what its image says)")
	flags.StringVar(&x.kernel, "kernel", fix.Running,
		"kernel to patch: its release, or a `directory` of the lab's kernels")
	flags.StringVar(&x.source, "source", "", "the kernel's source: a directory, a tarball, or Debian's package")
	f.add(flags, "cache")
}

// checkSource says what of those does not go together.
func (x *fixFlags) checkSource() error {
	if x.from != "" && x.source != "" {
		return usageError{errors.New("--source is the source that the kernel was built from: leave --from out")}
	}
	return nil
}

// wanted reports whether a fix is to be built, and not a directory.
func (x *fixFlags) wanted() bool {
	return len(x.diffs) > 0 || x.to != "" || x.from != "" || x.recipe != "" || len(x.rebuild) > 0
}

// check says what does not go together.
func (x *fixFlags) check(args []string) error {
	switch {
	case len(args) > 0:
		return usageError{fmt.Errorf("a fix or a directory can be built, not both: leave out %s", args[0])}
	case len(x.rebuild) > 0:
		return x.checkRebuild()
	case x.recipe != "" && (len(x.diffs)+len(x.files)+len(x.functions) > 0 || x.to != "" || x.from != ""):
		return usageError{errors.New("a recipe says itself which fix it is: leave out --diff, --from, --to, --file and " +
			"--function")}
	case x.recipe != "":
		return nil
	case len(x.diffs) > 0 && (x.to != "" || x.from != "" || len(x.files)+len(x.functions) > 0):
		return usageError{errors.New("a fix comes from --diff, or from --to with --file and --function, not from both")}
	case x.checkSource() != nil:
		return x.checkSource()
	case len(x.diffs) == 0 && x.to == "":
		return usageError{errors.New("name the version that has the fix with --to")}
	case len(x.diffs) == 0 && len(x.files)+len(x.functions) == 0:
		return usageError{errors.New("say which part of the newer version is the fix: --file, --function, or both")}
	}
	return nil
}

// buildFix makes a patch of a fix and prints its file.
func (f *flags) buildFix(ctx context.Context, x *fixFlags, args []string, symvers string) error {
	if err := x.check(args); err != nil {
		return err
	}
	x.cache = f.cache
	w := f.begin("looking at the kernel")
	defer w.end()
	x.said, x.noted, x.arrived = w.begins, w.note, w.arrived
	made, left, err := f.makeFix(ctx, x, symvers)
	w.end()
	if err != nil {
		return err
	}
	return f.printFix(made, left, x.livepatch)
}

// makeFix makes a patch of a fix, and returns it with what was left out.
func (f *flags) makeFix(ctx context.Context, x *fixFlags, symvers string) (
	made *fix.Result, left []source.Left, err error) {
	defer func() { err = build.Full(err) }()
	kernel, err := x.target()
	if err != nil {
		return nil, nil, err
	}
	if symvers, err = f.symversFor(kernel.Headers, symvers); err != nil {
		return nil, nil, err
	}
	diffs, err := x.given() // before anything is downloaded
	if err != nil {
		return nil, nil, refusedFix(err)
	}
	store := x.store()
	original, err := x.original(ctx, store, kernel)
	if err != nil {
		return nil, nil, err
	}
	if x.to != "" {
		if diffs, err = x.take(ctx, store, original); err != nil {
			return nil, nil, refusedFix(err)
		}
	}
	name, err := x.module(diffs)
	if err != nil {
		return nil, nil, err
	}
	out := filepath.Join(x.output, name+".ko")
	if _, err := os.Lstat(out); err == nil && !x.overwrite {
		return nil, nil, fmt.Errorf("building a patch: %s is there already: name another with --name, or replace it with "+
			"--overwrite", out)
	}
	applied, err := x.change(ctx, original, diffs)
	if err != nil {
		return nil, nil, refusedFix(err)
	}
	about, err := x.about(diffs, name)
	if err != nil {
		return nil, nil, err
	}
	made, err = fix.Make(ctx, fix.Request{Kernel: kernel, Source: original, Files: applied.Files,
		Diff: source.Text(diffs), About: about, Symvers: []string{symvers}, Rebuild: x.rebuilt(),
		Livepatch: x.livepatch, Out: out, Say: x.say})
	if err != nil {
		return nil, nil, refusedFix(err)
	}
	return made, applied.Left, nil
}

// builtFix is what --json prints of a patch that was made.
type builtFix struct {
	File      string          `json:"file"`
	Functions []builtFunction `json:"functions"`
	Late      int             `json:"late"`            // references to what the kernel does not export
	Stays     []string        `json:"stays,omitempty"` // why its module stays loaded once it was applied
	Left      []leftFile      `json:"left_out"`
}

type builtFunction struct {
	File     string `json:"file"`
	Name     string `json:"name"`
	Object   string `json:"object"`
	Position int    `json:"position,omitempty"`
}

type leftFile struct {
	File string `json:"file"`
	Why  string `json:"why"`
}

// functionsOf returns what a patch replaces.
func functionsOf(made *fix.Result) []builtFunction {
	var functions []builtFunction
	for _, fn := range made.Functions {
		functions = append(functions, builtFunction{fn.File, fn.Name, fn.Object, fn.Position})
	}
	return functions
}

// printFix prints the file, what it replaces, and what to do with it, which for livepatch is another thing.
func (f *flags) printFix(made *fix.Result, left []source.Left, livepatch bool) error {
	if f.json {
		built := builtFix{File: made.Out, Functions: functionsOf(made), Late: made.Late, Stays: made.Stays,
			Left: []leftFile{}}
		for _, file := range made.Same {
			built.Left = append(built.Left, leftFile{file, "its code is the same before and after"})
		}
		for _, l := range left {
			built.Left = append(built.Left, leftFile{l.File, l.Why})
		}
		return printAll(f, []builtFix{built})
	}
	for _, fn := range made.Functions {
		note(fmt.Sprintf("it replaces %s of %s", fn.Name, fn.Object))
	}
	if len(made.Stays) > 0 {
		note(patchset.StaysText(made.Stays))
	}
	fmt.Fprintln(f.out, made.Out)
	if livepatch {
		note("next: kpatch load " + made.Out)
		return nil
	}
	note(next(made.Out))
	return nil
}
