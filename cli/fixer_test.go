// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"spotos/session"
)

// TestTogether names the patches, and puts functions together that one title names for certain.
func TestTogether(t *testing.T) {
	title := func(text string, guessed bool) []session.FixTitle {
		return []session.FixTitle{{Title: text, Guessed: guessed}}
	}
	all := []session.Fix{
		{File: "net/a.c", Function: "__get_it", Fixes: title("fix get and put", false)},
		{File: "net/a.c", Function: "put", Fixes: title("fix get and put", false)},
		{File: "net/b.c", Function: "put", Fixes: title("fix get and put", false)},
		{File: "net/a.c", Function: "guessed", Fixes: title("fix get and put", true)},
		{File: "net/a-b.c", Fixes: title("fix get and put", false)},
		{File: "drivers/net/8139too.c"},
	}
	together(all)
	var got [][]string
	for _, f := range all {
		got = append(got, append([]string{f.Name, f.Whole}, f.Take...))
	}
	want := [][]string{{"get-it", "a", "__get_it", "put"}, {"put", "a", "put", "__get_it"}, {"put", "b", "put"},
		{"guessed", "a", "guessed"}, {"a-b", ""}, {"fix-8139too", ""}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// fixerHere returns the console's machine for a kernel of the lab, with a cache, and skips where that is not here.
func fixerHere(t *testing.T, cache string) (*fixer, string) {
	t.Helper()
	kernel := os.Getenv("SPOTOS_FIXER_KERNEL")
	if kernel == "" {
		t.Skip("SPOTOS_FIXER_KERNEL names no directory of a kernel whose fixes are to be listed")
	}
	f := newFlags()
	f.cache, f.patches = cache, filepath.Join(t.TempDir(), "patches")
	if err := os.Mkdir(f.patches, 0o755); err != nil {
		t.Fatal(err)
	}
	symvers, err := os.ReadFile(os.Getenv("SPOTOS_FIXER_SYMVERS"))
	if err == nil {
		err = os.WriteFile(filepath.Join(filepath.Dir(f.patches), symversFile), symvers, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	m, err := f.machine()
	if err != nil {
		t.Fatal(err)
	}
	return &fixer{m, f, kernel}, f.patches
}

// TestFixerAsks downloads nothing that was not allowed.
func TestFixerAsks(t *testing.T) {
	c, _ := fixerHere(t, t.TempDir())
	_, err := c.Fixes(t.Context(), session.Work{Report: func(session.Progress) {}})
	var needs *session.DownloadError
	if !errors.As(err, &needs) || len(needs.Packages) != 2 || !strings.Contains(needs.Packages[0], " MB") {
		t.Errorf("got %v", err)
	}
}

// TestFixerBuilds builds a real fix of 6.1.192-2, after it was cancelled at each of its steps, which leaves nothing.
func TestFixerBuilds(t *testing.T) {
	c, patches := fixerHere(t, os.Getenv("SPOTOS_CACHE"))
	list, err := c.Fixes(t.Context(), session.Work{Report: func(session.Progress) {}})
	if err != nil {
		t.Fatal(err)
	}
	var chosen session.Fix
	for _, f := range list.Fixes {
		if f.Function == "rtnl_fill_vfinfo" {
			chosen = f
		}
	}
	for cancelAt := 1; ; cancelAt++ {
		ctx, cancel := context.WithCancel(t.Context())
		steps, temporary := 0, t.TempDir()
		t.Setenv("TMPDIR", temporary)
		built, err := c.BuildFix(ctx, list, chosen, session.Work{Report: func(p session.Progress) {
			if steps++; steps == cancelAt {
				cancel()
			}
		}})
		cancel()
		left, _ := filepath.Glob(filepath.Join(temporary, "*"))
		made, _ := filepath.Glob(filepath.Join(patches, "*"))
		hidden, _ := filepath.Glob(filepath.Join(patches, ".*"))
		if len(left)+len(hidden) > 0 {
			t.Errorf("cancelled at step %d: left %q and %q", cancelAt, left, hidden)
		}
		if err == nil {
			want := session.BuiltFix{Patch: "rtnl-fill-vfinfo", Functions: []string{"rtnl_fill_vfinfo"},
				Notes: []string{"net/core/rtnetlink.c differs in 1 function more, which stay as they are"}}
			if diff := cmp.Diff(want, built); diff != "" || len(made) != 1 || steps < 4 {
				t.Errorf("%s; made %q in %d steps", diff, made, steps)
			}
			return
		}
		if !errors.Is(err, context.Canceled) || len(made) > 0 {
			t.Fatalf("cancelled at step %d: %v, made %q", cancelAt, err, made)
		}
	}
}
