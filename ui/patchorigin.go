// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"strings"

	"spotos/session"
)

// origin adds what the patch was made of, by whom, and what its file is known by.
func (p *patchPage) origin(f *factLines, a session.About) {
	switch {
	case a.Sum == "": // an older recording
	case a.ByHand:
		f.add("made of", "C code that somebody wrote: nothing proves what it was made of", linePlain)
	case a.Recorded:
		f.add("made of", "a fix of the kernel's source", linePlain)
	default:
		f.add("made of", "a fix of the kernel's source; spotos patch check proves again that it is this kernel's source",
			linePlain)
	}
	f.add("author", a.Author, linePlain)
	f.add("built by", builtBy(a), linePlain)
	f.add("leads into", strings.Join(a.Modules, " "), linePlain)
	if a.Sum != "" {
		f.add("signature", signatureText(a), linePlain)
		f.add("sha256", a.Sum, linePlain)
	}
	f.add("file", p.info.File, linePlain)
}

// builtBy says which programs made a patch.
func builtBy(a session.About) string {
	var parts []string
	for _, part := range []string{a.Builder, a.Compiler} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ", ")
}

// signatureText says whether a patch is signed and by whom. Nobody has verified that.
func signatureText(a session.About) string {
	switch {
	case !a.Signed:
		return "none"
	case a.Signer == "":
		return "there is one; by whom cannot be read"
	}
	return "by " + a.Signer + " (as it says; the kernel verifies it when it is loaded)"
}

// diffHead is the heading of the diff, or says why there is none.
func (p *patchPage) diffHead(a session.About) string {
	switch {
	case a.DiffWrong != "":
		return "No diff: " + withPeriod(a.DiffWrong)
	case a.Diff != "":
		return "Diff: " + p.stat.String()
	case a.ByHand:
		return "No diff: a patch by hand carries none. Its author has the source."
	case a.Recorded:
		return "No diff: a journal keeps none. Its SHA-256 is " + a.DiffSum + "."
	}
	return "No diff: it is empty."
}
