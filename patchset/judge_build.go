// SPDX-License-Identifier: GPL-2.0-only

package patchset

import (
	"cmp"
	"fmt"
	"io/fs"
	"strings"

	"spotos/internal/ko"
)

// judgeBuild refuses a patch whose source was proved to be the code of another build of the kernel or of a module.
// Debian gives a release's name to more than one version, and a module may have been built again by somebody else.
func judgeBuild(p *Patch, k *Kernel) []Refusal {
	if p.Release() != k.Release {
		return nil
	}
	var found []Refusal
	if p.BuildID != "" {
		found = append(found, k.sameBuild(p, k.Release, kernelNotes, p.BuildID)...)
	}
	for _, entry := range p.BuildIDs {
		module, id, _ := strings.Cut(entry, "=")
		if k.modulesErr == nil && k.HasModule(module) { // of one that is not loaded, judgeModules speaks
			found = append(found, k.sameBuild(p, module, "sys/module/"+module+"/notes/.note.gnu.build-id", id)...)
		}
	}
	return found
}

// kernelNotes has the build ID of the kernel.
const kernelNotes = "sys/kernel/notes"

// BuildID returns the kernel's build ID in hexadecimal, "" if it has none. The error says why it cannot be read.
func (k *Kernel) BuildID() (string, error) {
	notes, err := fs.ReadFile(k.root, kernelNotes)
	return ko.BuildID(notes), err
}

// sameBuild compares a build ID with the one in a file of sysfs. what is what people call that which has it.
func (k *Kernel) sameBuild(p *Patch, what, file, id string) []Refusal {
	notes, err := fs.ReadFile(k.root, file)
	switch {
	case err != nil:
		return []Refusal{{Unknown, "", fmt.Sprintf("whether %s was made for the build of %s that runs is unknown: %v",
			p.Name, what, err), "run as root, with sysfs mounted on /sys"}}
	case ko.BuildID(notes) != id:
		return []Refusal{{NoSwitch, "", fmt.Sprintf("%s was made for another build of %s: for build ID %s, and %s runs",
			p.Name, what, id, cmp.Or(ko.BuildID(notes), "one without")),
			"build it again on this machine: spotos patch build"}}
	}
	return nil
}
