// SPDX-License-Identifier: GPL-2.0-only

package session

// About says what a patch is: what its file carries, and how that fits the kernel that runs.
type About struct {
	Title      string   `json:"title"`
	Severity   string   `json:"severity,omitempty"` // low, medium, high, critical; "": its author gave none
	References []string `json:"references,omitempty"`
	Kernel     string   `json:"kernel"`                     // release that it was made for
	BuildID    string   `json:"build_id,omitempty"`         // of that kernel; "": it says none
	Running    string   `json:"running_build_id,omitempty"` // of the kernel that runs; "": unknown
	Modules    []string `json:"modules,omitempty"`          // MODULE=BUILD-ID, of those that it leads into

	Functions []AboutFunction `json:"functions"`
	Refusals  []string        `json:"refusals,omitempty"`  // why the patch as a whole cannot be switched here
	Uncounted []string        `json:"uncounted,omitempty"` // why nothing of it can be counted here
	Stays     []string        `json:"stays,omitempty"`     // why its module stays loaded once it was applied

	ByHand    bool   `json:"by_hand,omitempty"` // nothing proves what it was made of
	Author    string `json:"author,omitempty"`
	Builder   string `json:"built_by,omitempty"` // the program that made it, with its version; "": it does not say
	Compiler  string `json:"compiler,omitempty"`
	Sum       string `json:"sha256"` // of its file, unpacked
	Signed    bool   `json:"signed,omitempty"`
	Signer    string `json:"signer,omitempty"` // "": it cannot be read
	Diff      string `json:"diff,omitempty"`   // as it was written
	DiffSum   string `json:"diff_sha256,omitempty"`
	DiffWrong string `json:"diff_error,omitempty"` // why the diff cannot be read

	// Recorded reports that somebody looked at another time: what it says of the kernel was so then.
	Recorded bool `json:"-"`
}

// AboutFunction is a function that a patch replaces, with the verdict on it.
type AboutFunction struct {
	Name      string   `json:"name"`
	Object    string   `json:"object"`              // vmlinux, or a module
	Replaced  bool     `json:"replaced,omitempty"`  // by this patch, now
	Refusals  []string `json:"refusals,omitempty"`  // why it cannot be switched
	Uncounted string   `json:"uncounted,omitempty"` // why its calls cannot be counted
	Shared    string   `json:"shared,omitempty"`    // what else gets the replacement
}

// WithoutDiff returns a for where a diff would take too much room.
func (a About) WithoutDiff() About {
	a.Diff = ""
	return a
}

// PlainAbout returns a with all texts in it plain, and the diff Escaped.
func PlainAbout(a About) About {
	a.Title, a.Severity, a.References = Plain(a.Title), Plain(a.Severity), plainList(a.References)
	a.Kernel, a.BuildID, a.Running = Plain(a.Kernel), Plain(a.BuildID), Plain(a.Running)
	a.Modules, a.Refusals = plainList(a.Modules), plainList(a.Refusals)
	a.Uncounted, a.Stays = plainList(a.Uncounted), plainList(a.Stays)
	a.Author, a.Builder, a.Compiler = Plain(a.Author), Plain(a.Builder), Plain(a.Compiler)
	a.Sum, a.Signer, a.DiffSum, a.DiffWrong = Plain(a.Sum), Plain(a.Signer), Plain(a.DiffSum), Plain(a.DiffWrong)
	a.Diff = Escaped(a.Diff)
	functions := make([]AboutFunction, len(a.Functions))
	for i, f := range a.Functions {
		f.Name, f.Object, f.Uncounted, f.Shared = Plain(f.Name), Plain(f.Object), Plain(f.Uncounted), Plain(f.Shared)
		f.Refusals = plainList(f.Refusals)
		functions[i] = f
	}
	a.Functions = functions
	return a
}
