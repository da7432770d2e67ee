// SPDX-License-Identifier: GPL-2.0-only

package session

import (
	"strings"
	"testing"
)

// TestFactsOfTheKernel checks what is said of the kernel that a patch is for.
func TestFactsOfTheKernel(t *testing.T) {
	for _, c := range []struct {
		about   About
		running string
		want    string
		grade   Grade
	}{
		{About{Kernel: "6.12", BuildID: "a", Running: "a"}, "6.12", "6.12, the build that runs here: build ID a", GradeGood},
		{About{Kernel: "6.12", BuildID: "a", Running: "b"}, "6.12", "another build of it: build ID a, and b runs", GradeWarn},
		{About{Kernel: "6.12", BuildID: "a"}, "6.12", "a; whether that is the build that runs is unknown", GradeWarn},
		{About{Kernel: "6.12", Running: "a"}, "6.12", "which build of it the patch does not say", GradePlain},
		{About{Kernel: "6.1", BuildID: "a", Running: "a"}, "6.12", "6.1, which is not this one: 6.12 runs", GradeWarn},
		{About{Kernel: "6.12", BuildID: "a", Running: "a", Recorded: true}, "6.12", "the build that ran here", GradeGood},
	} {
		for _, f := range c.about.Facts(PatchInfo{}, c.running) {
			if f.Label == "kernel" && (!strings.Contains(f.Text, c.want) || f.Grade != c.grade) {
				t.Errorf("%+v: it says %q, %v, want %q, %v", c.about, f.Text, f.Grade, c.want, c.grade)
			}
		}
	}
}

// TestFactsSayWhatIsUnknown checks that nothing known is said to be unknown, and not left out.
func TestFactsSayWhatIsUnknown(t *testing.T) {
	var got []string
	for _, f := range (About{Kernel: "6.12", Sum: "01", Functions: []AboutFunction{{Name: "f", Object: "ext4"}}}).
		Facts(PatchInfo{}, "") {
		got = append(got, f.Label+": "+f.Text)
	}
	want := []string{"severity: unknown", "references: none", "which build of it the patch does not say",
		"function: f of module ext4: can be switched, calls can be counted", "signature: none"}
	for _, w := range want {
		if !strings.Contains(strings.Join(got, "\n"), w) {
			t.Errorf("there is no %q in %q", w, got)
		}
	}
}
