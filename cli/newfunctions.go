// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"spotos/patchset/build"
	"spotos/patchset/lookup"
	"spotos/patchset/prototype"
)

// newSource is what the source of a patch of named functions is made from.
type newSource struct {
	Name, Title, Release   string
	What                   string // the patch does, in a line
	About                  []string
	Includes, Declarations []string
	Functions              []newFunction
	Uses                   newUses
}

// newFunction is one function in it.
type newFunction struct {
	Comment  string // of C, or ""
	Heading  string
	Body     []string // lines
	Entry    string   // in the list of functions
	Original string   // its text in the kernel's source, which the compiler does not see, or ""
}

// What such a patch's first comment says.
var (
	aboutStopGap = []string{
		"A stop-gap: while it is applied, these functions do nothing but that, for whoever calls them. Take it back once",
		"the fix is there. Functions that the compiler inlined go on as they were."}
	aboutByHand = []string{
		"As it stands, these functions do not work while it is applied. Copy the original of exactly this kernel, and make",
		"your change to it. A replacement must not leave pointers to itself behind (timers, work items, callbacks) that",
		"outlive its calls, and must not change what data mean: see docs/patches.md."}
)

// functionFiles returns the files of a patch of these functions: they return a value, or are to be written by hand.
func (x *newPatchFlags) functionFiles(ctx context.Context, k *lookup.Kernel, name string, value *prototype.Value,
	functions []*lookup.Function) (map[string][]byte, error) {
	headers, err := prototype.ReadHeaders(k.Files.Headers)
	if err != nil {
		return nil, err
	}
	file := prototype.New(headers, value == nil)
	var names []string
	refused := &build.RefusedError{}
	data := newSource{Name: name, Release: k.Files.Release}
	originals := make([]string, len(functions))
	if value == nil {
		if originals, err = x.originals(ctx, k, functions); err != nil {
			return nil, err
		}
	}
	for i, f := range functions {
		names = append(names, f.Name+"()")
		made, refusal := newBody(file, f, replacement(f, functions[:i]), value)
		if refusal != nil {
			refused.Refusals = append(refused.Refusals, *refusal)
			continue
		}
		made.Original = originals[i]
		data.Functions = append(data.Functions, *made)
	}
	if len(refused.Refusals) > 0 {
		return nil, refused
	}
	if value == nil {
		if data.Uses, err = x.uses(k, file, functions); err != nil {
			return nil, err
		}
	}
	data.Includes, data.Declarations = file.Includes(), file.Declarations()
	list := strings.Join(names, ", ")
	data.What, data.About, data.Title = "a patch of "+list+", which is still to be written.", aboutByHand,
		name+": say in a line what it does"
	if value != nil {
		data.Title = fmt.Sprintf("Stop-gap: %s at once from %s", value, list)
		data.What, data.About = "returns "+value.String()+" at once from "+list+".", aboutStopGap
	}
	return patchFiles(name, "functions.c.tmpl", data)
}

// replacement returns the name for what takes a function's place, another one than those for the functions before it.
func replacement(f *lookup.Function, before []*lookup.Function) string {
	name := "spotos_" + f.Name
	if f.Position > 0 {
		name = fmt.Sprintf("%s_%d", name, f.Position)
	}
	if slices.ContainsFunc(before, func(other *lookup.Function) bool { return other.Name == f.Name }) {
		name += "_of_" + f.Object
	}
	return name
}

// newBody returns one function of a patch, under a name, or why it cannot be written.
func newBody(file *prototype.File, f *lookup.Function, name string, value *prototype.Value) (
	*newFunction, *build.Refusal) {
	no := func(why, do string) (*newFunction, *build.Refusal) {
		return nil, &build.Refusal{Symbol: f.Name, Why: why, Remedy: do}
	}
	entry := fmt.Sprintf("SPOTOS_FUNC(%s, %s, %s)", f.Object, f.Name, name)
	if f.Position > 0 {
		entry = fmt.Sprintf("SPOTOS_FUNC_AT(%s, %s, %d, %s)", f.Object, f.Name, f.Position, name)
	}
	const byHand = "write its patch by hand from the kernel's source"
	heading, err := file.Heading(name, f.Type)
	if err != nil {
		return no(err.Error(), byHand)
	}
	made := &newFunction{Heading: heading, Entry: entry}
	said := f.Doubt
	if len(f.Shared) > 0 {
		list := strings.Join(f.Shared, ", ")
		note(fmt.Sprintf("%s and %s are one function in this kernel: the callers of both get the replacement", f.Name, list))
		said = strings.TrimSpace(fmt.Sprintf("It is one function with %s in this kernel. %s", list, said))
	}
	if said != "" {
		made.Comment = comment(said)
	}
	if value != nil {
		if why, do := value.Fits(f.Type); why != "" {
			return no(why, do)
		}
		made.add(value.Statement(f.Type))
		return made, nil
	}
	statement, said, err := file.Placeholder(f.Type)
	if err != nil {
		return no(err.Error(), byHand)
	}
	made.add("/* The body is still to be written: as it stands, it " + said + ". */")
	made.add(statement)
	return made, nil
}

// add adds a line to the body, unless it is empty.
func (n *newFunction) add(line string) {
	if line != "" {
		n.Body = append(n.Body, line)
	}
}

// comment makes a comment of C, with lines of up to 100 columns.
func comment(text string) string {
	if len(text) <= 94 {
		return "/* " + text + " */"
	}
	var out strings.Builder
	out.WriteString("/*")
	column := 100
	for _, word := range strings.Fields(text) {
		if column+1+len(word) > 100 {
			out.WriteString("\n *")
			column = 2
		}
		out.WriteString(" " + word)
		column += 1 + len(word)
	}
	out.WriteString("\n */")
	return out.String()
}
