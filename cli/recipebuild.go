// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"spotos/patchset/catalogue"
	"spotos/patchset/fix"
	"spotos/patchset/source"
	"spotos/session"
)

// recipeBuild says where the patches of the recipes go, and for which kernel.
type recipeBuild struct{ dir, kernel, symvers string }

// What came of a recipe.
const (
	recipeBuilt   = "built"
	recipeSkipped = "skipped" // the archive has the source no more
	recipeRefused = "refused"
	recipeFailed  = "failed"
)

// recipeResult is what came of a recipe; one for each stands in built.json.
type recipeResult struct {
	Recipe    string          `json:"recipe"`
	Kernel    string          `json:"kernel"`
	Outcome   string          `json:"outcome"`
	Why       string          `json:"why,omitempty"`
	File      string          `json:"file,omitempty"` // in the directory
	Functions []builtFunction `json:"functions,omitempty"`
	Late      int             `json:"late,omitempty"`
	Seconds   float64         `json:"seconds"`
}

// buildRecipes builds all recipes that are for the kernel, and says what came of each. It goes on after one that could
// not be built, but not after an interruption.
func (f *flags) buildRecipes(ctx context.Context, all []*catalogue.Recipe, b *recipeBuild) error {
	kernel, err := fix.FindKernel(b.kernel)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(b.dir, 0o755); err != nil {
		return fmt.Errorf("making the directory for the patches: %w", err)
	}
	var done []recipeResult
	worst := exitOK
	for _, r := range all {
		if r.For(kernel.Release) == nil {
			continue
		}
		one := f.buildRecipe(ctx, r, b, kernel.Release)
		if err := ctx.Err(); err != nil {
			return err
		}
		done = append(done, one)
		f.printRecipe(one)
		switch {
		case one.Outcome == recipeFailed:
			worst = exitError
		case one.Outcome == recipeRefused && worst == exitOK:
			worst = exitRefused
		}
	}
	if len(done) == 0 {
		return &session.Refusal{Reason: "no recipe is for kernel " + kernel.Release +
			": spotos patch recipes lists which they are for"}
	}
	err = source.WriteWhole(filepath.Join(b.dir, "built.json"), func(file *os.File) error {
		to := json.NewEncoder(file)
		to.SetIndent("", "  ")
		return to.Encode(done)
	})
	if err != nil {
		return fmt.Errorf("writing what was built: %w", err)
	}
	if worst != exitOK {
		return exit{worst}
	}
	return nil
}

// buildRecipe builds one recipe. No patch of an earlier build is left where this one makes none.
func (f *flags) buildRecipe(ctx context.Context, r *catalogue.Recipe, b *recipeBuild, release string) recipeResult {
	begin := time.Now()
	x := &fixFlags{recipe: r.Name, kernel: b.kernel, cache: f.cache, output: b.dir, overwrite: true}
	one := recipeResult{Recipe: r.Name, Kernel: release, Outcome: recipeBuilt}
	made, _, err := f.makeFix(ctx, x, b.symvers)
	one.Seconds = time.Since(begin).Round(100 * time.Millisecond).Seconds()
	if err == nil {
		one.File, one.Late = filepath.Base(made.Out), made.Late
		one.Functions = functionsOf(made)
		return one
	}
	one.Outcome, one.Why = recipeOutcome(err), err.Error()
	if name, err := x.module(nil); err == nil {
		os.Remove(filepath.Join(b.dir, name+".ko"))
	}
	return one
}

// recipeOutcome returns what came of a recipe whose patch was not made.
func recipeOutcome(err error) string {
	var gone *source.GoneError
	var refused *session.Refusal
	switch {
	case errors.As(err, &gone):
		return recipeSkipped
	case errors.As(err, &refused):
		return recipeRefused
	}
	return recipeFailed
}

// printRecipe prints what came of a recipe.
func (f *flags) printRecipe(one recipeResult) {
	if f.json {
		_ = printAll(f, []recipeResult{one}) // f.out keeps the error
		return
	}
	if one.Outcome != recipeBuilt {
		fmt.Fprintf(f.out, "%-8s %s: %s\n", one.Outcome, one.Recipe, one.Why)
		return
	}
	fmt.Fprintf(f.out, "%-8s %s: %s in %.1f s\n", one.Outcome, one.Recipe,
		session.Counted(len(one.Functions), "function"), one.Seconds)
}
