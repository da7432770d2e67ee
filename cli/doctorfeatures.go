// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"fmt"
	"strings"

	"spotos/cli/doctor"
	"spotos/patchset"
)

// features returns what the running kernel has of what others have not, or have in another size, and a line of it. That
// not all is known is no reason against anything: whatever goes by a feature takes the worst for it then.
func features() ([]patchset.Feature, doctor.Line) {
	line := doctor.Line{Name: "kernel's features", Verdict: doctor.OK}
	kernel, err := patchset.LiveKernel()
	if err != nil {
		line.Verdict, line.Found = doctor.Unknown, err.Error()
		line.Do = "mount /proc: mount -t proc proc /proc"
		return nil, line
	}
	all, _ := kernel.Features() // a value says that it is unknown
	said := make([]string, len(all))
	for i, f := range all {
		said[i] = fmt.Sprintf("%s: %s", f.Name, f.Value)
	}
	line.Found = strings.Join(said, ", ")
	return all, line
}

// featureEvent is a feature as --json prints it.
type featureEvent struct {
	Event string `json:"event"`
	patchset.Feature
}

// printFeatures prints an event for each feature.
func (f *flags) printFeatures(all []patchset.Feature) {
	events := make([]featureEvent, len(all))
	for i, feature := range all {
		events[i] = featureEvent{"feature", feature}
	}
	_ = printAll(f, events) // f.out keeps the error
}
