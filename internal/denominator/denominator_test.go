// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"spotos/patchset/build"
	"spotos/patchset/fixes"
	"spotos/patchset/source"
)

// TestShuffled draws the same files for one seed, and only those that are compiled, C and in both sources.
func TestShuffled(t *testing.T) {
	var all []fixes.File
	for _, name := range []string{"a.c", "b.c", "c.c", "d.c", "e.c", "f.c", "g.c", "h.c"} {
		all = append(all, fixes.File{Path: name, State: fixes.Changed, Parts: []string{fixes.VMLinux}})
	}
	wanted := len(all)
	all = append(all, fixes.File{Path: "x.h", State: fixes.Changed, Parts: []string{"m"}},
		fixes.File{Path: "y.c", State: fixes.Changed}, fixes.File{Path: "z.c", State: fixes.Gone, Parts: []string{"m"}})
	first, second, other := shuffled(all, 1), shuffled(all, 1), shuffled(all, 2)
	if len(first) != wanted {
		t.Errorf("%d files, want %d", len(first), wanted)
	}
	if diff := cmp.Diff(first, second); diff != "" {
		t.Error("one seed, two orders:", diff)
	}
	if cmp.Equal(first, other) {
		t.Error("two seeds, one order")
	}
}

// TestRecords reads back what was kept, without a line that was cut off, and has some made again.
func TestRecords(t *testing.T) {
	file := filepath.Join(t.TempDir(), "records.jsonl")
	kept, err := openRecords(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []record{{File: "a.c", Outcome: failed}, {File: "b.c", Outcome: patch},
		{File: "a.c", Outcome: patch}, {File: "c.c", Outcome: failed},
		{File: "d.c", Outcome: refusedAs, Reasons: []reason{{"data", "x"}}}} {
		if err := kept.add(r); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := kept.WriteString(`{"file":"b.c","outc`); err != nil {
		t.Fatal(err)
	}
	kept.Close()
	if kept, err = openRecords(file); err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	for file, want := range map[string]bool{"a.c": true, "b.c": true, "c.c": false, "d.c": false, "e.c": false} {
		if _, has := kept.of(file, "data"); has != want {
			t.Errorf("%s: %v", file, has)
		}
	}
	if _, has := kept.of("d.c", "other"); !has {
		t.Error("d.c is made again for another reason")
	}
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := kept.add(record{File: "e.c", Outcome: same}); err != nil {
		t.Fatal(err)
	}
	if _, err := openRecords(file); err != nil {
		t.Errorf("after %d bytes: %v", info.Size(), err)
	}
}

func TestEnded(t *testing.T) {
	refused := func(why string) error {
		return &build.RefusedError{Refusals: []build.Refusal{{Symbol: "f", Why: why, Remedy: "do"}}}
	}
	for _, c := range []struct {
		err  error
		want outcome
		kind string
	}{
		{build.ErrSame, same, "no difference in code"},
		{refused("has no function in vmlinux, so it is not compiled in this kernel"), absent, "not in this kernel"},
		{refused("is data that the running kernel may have changed"), refusedAs, "changed initial data"},
		{refused("is odd"), refusedAs, "other"},
		{&source.Refusal{Kind: source.CommentsOnly}, same, "comments only"},
		{&source.Refusal{Kind: source.Doubtful}, refusedAs, "doubtful"},
		{&build.CompileError{File: "a.c", Reason: "x"}, failed, "compiler"},
		{errors.New("disk full"), failed, "error"},
	} {
		got := record{File: "a.c"}.ended(c.err)
		if got.Outcome != c.want || got.Reasons[0].Kind != c.kind {
			t.Errorf("%v: %+v, want %s and %s", c.err, got, c.want, c.kind)
		}
	}
}

// TestRead reads what the VM printed.
func TestRead(t *testing.T) {
	got := read(`insmod: no such device
{"file":"d_a.ko","accepted":true}
{"file":"d_b.ko","accepted":false,"reasons":[{"why":"no function"}]}
result load d_a.ko 0
insmod: bad
result load d_b.ko 1
result absent d_c.ko 1
result apply d_a.ko 0
stuck
result revert d_a.ko 3
`)
	want := &loaded{Judged: map[string]string{"d_a.ko": "", "d_b.ko": "check: [{no function}]"},
		Absent:  map[string]string{"d_c.ko": "absent: exit code 1: "},
		Loaded:  map[string]string{"d_a.ko": "", "d_b.ko": "load: exit code 1: insmod: bad"},
		Applied: map[string]string{"d_a.ko": "revert: exit code 3: stuck"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestOutcomes tells files whose change needs another file's from those that are complete.
func TestOutcomes(t *testing.T) {
	needs := []reason{{otherFile, "x"}}
	var out strings.Builder
	writeOutcomes(&out, []record{{Outcome: patch, Bodies: true}, {Outcome: same, Bodies: true},
		{Outcome: refusedAs, Bodies: true, Reasons: needs}, {Outcome: refusedAs, Bodies: true}, {Outcome: patch}})
	for _, want := range []string{
		"| files | 5 (100.0 %) | 4 (100.0 %) | 3 (100.0 %) |",
		"| became a patch | 2 (40.0 %) | 1 (25.0 %) | 1 (33.3 %) |",
		"| refused | 2 (40.0 %) | 2 (50.0 %) | 1 (33.3 %) |",
		"and changes the code,\n1 (50.0 %) became patches.",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
}

// TestWarnings finds what a kernel warned of, once each.
func TestWarnings(t *testing.T) {
	const one = "[   38.1] ------------[ cut here ]------------\r\n" +
		"[   38.2] alg: failed (rc=-14)\r\n[   38.3] WARNING: x\n"
	if diff := cmp.Diff([]string{"alg: failed (rc=-14)"}, warnings("before\n"+one+"between\n"+one)); diff != "" {
		t.Error(diff)
	}
}
