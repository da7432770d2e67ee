// SPDX-License-Identifier: GPL-2.0-only

package fix

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"spotos/patchset/build"
	"spotos/patchset/running"
)

// What a header's change spreads to may be more than one patch can hold. These are the refusals for that.

// ownName is what can be done about a header that reaches too many files.
const ownName = "make a diff that puts the change into the C file that needs it, under a name of its own, or reboot " +
	"into the fixed kernel"

// reachesOther refuses a header that files include which are not compiled as others are.
func (m *maker) reachesOther(files []string, why string) build.Refusal {
	why = "reaches " + files[0] + ", " + why
	if more := files[1:]; len(more) > 0 {
		why += fmt.Sprintf(", and %d more such: %s", len(more), firstOf(more))
	}
	return build.Refusal{Symbol: m.headerNames(), Why: why, Remedy: "it takes a new kernel and a reboot"}
}

// tooManyIncluders refuses a header that too many files include for each to be looked at.
func (m *maker) tooManyIncluders(files []string) build.Refusal {
	why := fmt.Sprintf("is included by %d files that are compiled for this kernel, more than %d: %s", len(files),
		mostIncluders, firstOf(files))
	return build.Refusal{Symbol: m.headerNames(), Why: why, Remedy: ownName}
}

// tooMany refuses a header whose change reaches too many of the files that include it.
func (m *maker) tooMany(includers int, touched []string) build.Refusal {
	why := fmt.Sprintf("may change the code of %d of the %d files that include it and are compiled for this kernel, more "+
		"than %d: %s", len(touched), includers, mostUnits, firstOf(touched))
	return build.Refusal{Symbol: m.headerNames(), Why: why, Remedy: ownName}
}

// notCompiled refuses a header because a file that includes it does not compile, with it or at all: whether the change
// reaches that file is then not known.
func (m *maker) notCompiled(file string, failed *build.CompileError) build.Refusal {
	return build.Refusal{Symbol: m.headerNames(), Why: "may change the code of " + file + ", which cannot be compiled (" +
		failed.Reason + ")", Remedy: "add what the fix does to that file, or make a diff that leaves the header out"}
}

// scattered refuses a header whose change is in several modules: a patch cannot wait for all of them to be loaded, and
// without one it would be half of a fix.
func (m *maker) scattered() []build.Refusal {
	if len(m.headers) == 0 {
		return nil
	}
	in := make(map[string][]string)
	for _, f := range m.result.Functions {
		if f.Object != running.VMLinux && !slices.Contains(in[f.Object], f.Name) {
			in[f.Object] = append(in[f.Object], f.Name)
		}
	}
	if len(in) < 2 {
		return nil
	}
	var list []string
	for _, object := range slices.Sorted(maps.Keys(in)) {
		list = append(list, fmt.Sprintf("%s (%s)", object, firstOf(in[object])))
	}
	return []build.Refusal{{Symbol: m.headerNames(), Why: fmt.Sprintf("changes functions of %d modules: %s", len(in),
		strings.Join(list, ", ")), Remedy: "make a diff that puts the change into the C files, and a patch of each module"}}
}

// headerNames names the fix's headers.
func (m *maker) headerNames() string {
	var names []string
	for _, header := range m.headers {
		names = append(names, header.Path)
	}
	return strings.Join(names, ", ")
}

// mostNamed is how many names a sentence has.
const mostNamed = 12

// firstOf joins names for a sentence, of many only the first.
func firstOf(names []string) string {
	if len(names) > mostNamed {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:mostNamed], ", "), len(names)-mostNamed)
	}
	return strings.Join(names, ", ")
}
