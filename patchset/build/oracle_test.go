// SPDX-License-Identifier: GPL-2.0-only

package build

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"spotos/internal/labtest"
)

// otherwise says of which cases kpatch has another opinion, and why.
var otherwise = map[string]string{
	"a handler in a table":     "it does not look where the entries of a function in the exception table lead",
	"a constant that is read":  "it refuses a constant that changed, and here who reads it is changed",
	"a constant in a function": "it refuses a constant that changed, and here who reads it is changed",
	"a constant that two functions read, one by way of a third that is inlined": "it refuses a constant that " +
		"changed, and here who reads it is changed",
	"functions in one section, of which one grows": "it refuses functions that share a section, as those that run at " +
		"boot do",
}

// TestOracle wants the same functions to be changed in the cases of TestCompare as kpatch finds.
func TestOracle(t *testing.T) {
	kpatch := labtest.NeedKpatch(t, "../..")
	for _, test := range compareCases {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			var files []string
			var objects []*Object
			for i, text := range []string{test.original, test.patched} {
				data := compileBytes(t, prelude+"#line 1 \"file.c\"\n"+text, "-pg", "-mfentry")
				file := filepath.Join(dir, []string{"original.o", "patched.o"}[i])
				if err := os.WriteFile(file, data, 0o600); err != nil {
					t.Fatal(err)
				}
				object, err := Read(data)
				if err != nil {
					t.Fatal(err)
				}
				files, objects = append(files, file), append(objects, object)
			}
			theirs, said := kpatch.Changed(t, files[0], files[1])
			ours := []string{}
			for _, c := range Compare(objects[0], objects[1], false) {
				if c.Function && c.State == Changed {
					ours = append(ours, c.Name)
				}
			}
			if diff := cmp.Diff(theirs, ours); (diff != "") != (otherwise[test.name] != "") {
				t.Errorf("(-kpatch +spotos, %q)\n%s%s", otherwise[test.name], diff, said)
			}
		})
	}
}
