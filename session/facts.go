// SPDX-License-Identifier: GPL-2.0-only

package session

import (
	"cmp"
	"strings"
)

// Fact is one thing to know about a patch.
type Fact struct {
	Label string // what it is about, in at most 11 letters; "": as the fact before
	Text  string
	Grade Grade
}

// Grade says whether a fact is good news.
type Grade int

// The grades.
const (
	GradePlain Grade = iota
	GradeGood
	GradeWarn // it stands in the way, or should be thought about
)

// facts are the facts so far.
type facts []Fact

// add appends a fact, if there is one.
func (f *facts) add(label, text string, grade Grade) {
	if text != "" {
		*f = append(*f, Fact{label, text, grade})
	}
}

// Facts says in words what a patch is, what matters most first: all but its title and its diff. info is how the list of
// patches has it, running the release of the kernel that runs, or "" if that is not known.
func (a About) Facts(info PatchInfo, running string) []Fact {
	var f facts
	if a.Recorded {
		f.add("recorded", strings.TrimPrefix(info.Title, "recorded ")+": what is said of the kernel was so then", GradePlain)
	}
	f.add("severity", SeverityText(a.Severity), GradePlain)
	f.add("references", cmp.Or(strings.Join(a.References, " "), "none"), GradePlain)
	for _, why := range a.Refusals {
		f.add("cannot", why, GradeWarn)
	}
	a.kernel(&f, running)
	label := "function"
	if len(a.Functions) > 1 {
		label = "functions"
	}
	for _, fn := range a.Functions {
		f.add(label, a.verdict(fn, info.Livepatch, running), fn.grade())
		label = ""
	}
	if info.Livepatch {
		f.add("engine", "the kernel's own livepatch", GradePlain)
	}
	for _, why := range a.Uncounted {
		f.add("not counted", why, GradeWarn)
	}
	if len(a.Stays) > 0 {
		f.add("stays", "its module stays loaded once it was applied: "+strings.Join(a.Stays, ", "), GradeWarn)
	}
	a.origin(&f)
	f.add("file", info.File, GradePlain)
	f.add("shown by", info.Look, GradePlain)
	return f
}

// SeverityText says how bad it is not to have a patch.
func SeverityText(severity string) string { return cmp.Or(severity, "unknown") }

// kernel adds for which kernel a patch is, and whether that is the one that runs.
func (a About) kernel(f *facts, running string) {
	runs := "runs"
	if a.Recorded {
		runs = "ran"
	}
	switch {
	case a.Kernel != running && running != "":
		f.add("kernel", a.Kernel+", which is not this one: "+running+" "+runs, GradeWarn)
	case a.BuildID == "":
		f.add("kernel", a.Kernel+", the release that "+runs+"; which build of it the patch does not say", GradePlain)
	case a.Running == "":
		f.add("kernel", a.Kernel+", build ID "+a.BuildID+"; whether that is the build that "+runs+" is unknown", GradeWarn)
	case a.BuildID != a.Running:
		f.add("kernel", a.Kernel+", but another build of it: build ID "+a.BuildID+", and "+a.Running+" "+runs, GradeWarn)
	default:
		f.add("kernel", a.Kernel+", the build that "+runs+" here: build ID "+a.BuildID, GradeGood)
	}
}

// verdict says where a function is, whether it can be switched, and whether its calls can be counted. Where something
// stands in the way of the whole patch, or is unknown, it claims neither.
func (a About) verdict(fn AboutFunction, livepatch bool, running string) string {
	text := fn.Name
	switch fn.Object {
	case "": // an older recording knows the name alone
		return text
	case "vmlinux":
		text += ": "
	default:
		text += " of module " + fn.Object + ": "
	}
	switch {
	case a.Kernel != running && running != "":
		return text + "not judged, since the patch is for another kernel"
	case len(fn.Refusals) > 0:
		text += "cannot be switched: " + strings.Join(fn.Refusals, "; ")
	case fn.Replaced:
		text += "is replaced now"
	case livepatch:
		text += "not switched by SPOTOS"
	case len(a.Refusals) > 0:
		text += "nothing of its own stands in the way"
	default:
		text += "can be switched"
	}
	switch {
	case fn.Uncounted != "":
		text += "; calls cannot be counted: " + fn.Uncounted
	case len(fn.Refusals)+len(a.Refusals)+len(a.Uncounted) == 0:
		text += ", calls can be counted"
	}
	if fn.Shared != "" {
		text += "; " + fn.Shared
	}
	return text
}

func (fn AboutFunction) grade() Grade {
	if len(fn.Refusals) > 0 || fn.Uncounted != "" || fn.Shared != "" {
		return GradeWarn
	}
	return GradePlain
}

// origin adds what the patch was made of, by whom, and what its file is known by.
func (a About) origin(f *facts) {
	switch {
	case a.Sum == "": // an older recording
	case a.ByHand:
		f.add("made of", "C code that somebody wrote: nothing proves what it was made of", GradePlain)
	case a.Recorded:
		f.add("made of", "a fix of the kernel's source", GradePlain)
	default:
		f.add("made of", "a fix of the kernel's source; spotos patch check proves again that it is this kernel's source",
			GradePlain)
	}
	f.add("author", a.Author, GradePlain)
	by := []string{a.Builder, a.Compiler}
	if a.Builder == "" {
		by = by[1:]
	}
	f.add("built by", strings.TrimSuffix(strings.Join(by, ", "), ", "), GradePlain)
	f.add("leads into", strings.Join(a.Modules, " "), GradePlain)
	if a.Sum == "" {
		return
	}
	switch {
	case !a.Signed:
		f.add("signature", "none", GradePlain)
	case a.Signer == "":
		f.add("signature", "there is one; by whom cannot be read", GradePlain)
	default:
		f.add("signature", "by "+a.Signer+" (as it says; the kernel verifies it when it is loaded)", GradePlain)
	}
	f.add("sha256", a.Sum, GradePlain)
}

// WhyNoDiff says in a sentence why there is no diff, "" if there is one.
func (a About) WhyNoDiff() string {
	switch {
	case a.DiffWrong != "":
		return "No diff: " + strings.TrimSuffix(a.DiffWrong, ".") + "."
	case a.Diff != "":
		return ""
	case a.ByHand:
		return "No diff: a patch by hand carries none. Its author has the source."
	case a.Recorded:
		return "No diff: a journal keeps none. Its SHA-256 is " + a.DiffSum + "."
	}
	return "No diff: it is empty."
}
