// SPDX-License-Identifier: GPL-2.0-only

package patchset_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"spotos/patchset"
)

// TestJudgeBuild wants a patch that was proved against one build of a kernel to be refused on every other one, also
// where a release's name is the same, and where the build cannot be told.
func TestJudgeBuild(t *testing.T) {
	note := "\x04\x00\x00\x00\x02\x00\x00\x00\x03\x00\x00\x00GNU\x00\xab\xcd\x00\x00"
	for _, test := range []struct{ notes, made, why string }{
		{note, "", ""},
		{note, "abcd", ""},
		{note, "abce", "a-patch was made for another build of 6.1: for build ID abce, and abcd runs"},
		{"\x04", "abcd", "and one without runs"},
		{"", "abcd", "whether a-patch was made for the build of 6.1 that runs is unknown"},
		{"", "", ""},
		{note, "abcd m=abcd", ""},
		{note, "abcd m=abce", "a-patch was made for another build of m: for build ID abce, and abcd runs"},
		{note, "abcd other=abce", ""}, // it is not loaded
	} {
		root := fstest.MapFS{"proc/sys/kernel/osrelease": {Data: []byte("6.1\n")}}
		root["proc/modules"] = &fstest.MapFile{Data: []byte("m 1 0 - Live 0x0\n")}
		if test.notes != "" {
			root["sys/kernel/notes"] = &fstest.MapFile{Data: []byte(test.notes)}
			root["sys/module/m/notes/.note.gnu.build-id"] = root["sys/kernel/notes"]
		}
		k, err := patchset.ReadKernel(root)
		if err != nil {
			t.Fatal(err)
		}
		p := replaces(k)
		var modules string
		p.BuildID, modules, _ = strings.Cut(test.made, " ")
		p.BuildIDs = strings.Fields(modules)
		var said []string
		for _, r := range patchset.Judge(p, k, patchset.Owners{}) {
			if strings.Contains(r.Why, " build ") {
				said = append(said, r.Why)
			}
		}
		if got := strings.Join(said, "; "); test.why == "" && got != "" || !strings.Contains(got, test.why) {
			t.Errorf("notes %q, made for %q: %q, want %q", test.notes, test.made, got, test.why)
		}
	}
}
