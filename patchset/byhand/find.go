// SPDX-License-Identifier: GPL-2.0-only

package byhand

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"spotos/patchset"
	"spotos/patchset/build"
	"spotos/patchset/fix"
	"spotos/patchset/running"
)

// finder finds what one module's symbols mean.
type finder struct {
	*module
	patch  *patchset.Patch
	kernel *fix.Kernel
	codes  map[string]*running.Code // by object
}

// candidate is a symbol of an object that a name could mean.
type candidate struct {
	running.Symbol
	code   *running.Code
	number int // among those of its name, as /proc/kallsyms has them, from 1
}

// candidates returns the symbols of a name, those that are freed after the start among them: the kernel counts these.
func candidates(code *running.Code, name string) []candidate {
	var all []candidate
	for i, s := range code.Lasting(name) {
		all = append(all, candidate{s, code, i + 1})
	}
	return all
}

// findAll finds all symbols, or refuses all that it cannot find.
func (f *finder) findAll() ([]Use, error) {
	var list []Use
	all := &build.RefusedError{}
	for _, name := range f.undefined {
		use, err := f.find(name)
		var refused *build.RefusedError
		switch {
		case errors.As(err, &refused):
			all.Refusals = append(all.Refusals, refused.Refusals...)
		case err != nil:
			return nil, err
		default:
			list = append(list, *use)
		}
	}
	if len(all.Refusals) > 0 {
		return nil, all
	}
	return list, nil
}

// objects returns where a symbol is looked for: where its source says, or else in the kernel itself and the modules of
// the functions that the patch replaces.
func (f *finder) objects(name string) []string {
	if said, has := f.said[name]; has {
		return []string{said.object}
	}
	objects := []string{running.VMLinux}
	for _, fn := range f.patch.Functions {
		if !slices.Contains(objects, fn.Object) {
			objects = append(objects, fn.Object)
		}
	}
	return objects
}

// code returns the code of an object.
func (f *finder) code(object string) (*running.Code, error) {
	if f.codes[object] == nil {
		code, err := f.kernel.ReadModule(object)
		if err != nil {
			return nil, err
		}
		f.codes[object] = code
	}
	return f.codes[object], nil
}

// copied matches the names of functions that the compiler has changed: their arguments are not those of the source.
var copied = regexp.MustCompile(`\.(isra|constprop|part|cold)\b`)

// find finds one symbol.
func (f *finder) find(name string) (*Use, error) {
	if copied.MatchString(name) {
		return nil, one(name, "is a copy or a part that the compiler made, whose arguments only the compiler knows",
			"copy the function's source into the patch")
	}
	var all []candidate
	objects := f.objects(name)
	for _, object := range objects {
		code, err := f.code(object)
		if err != nil {
			return nil, fmt.Errorf("finding %s in module %s: %w", name, object, err)
		}
		all = append(all, candidates(code, name)...)
	}
	use, meant, err := f.choose(name, objects, all)
	if err != nil {
		return nil, err
	}
	return use, f.judge(name, meant)
}

// choose finds out which of the symbols of a name is meant.
func (f *finder) choose(name string, objects []string, all []candidate) (*Use, candidate, error) {
	no := func(err error) (*Use, candidate, error) { return nil, candidate{}, err }
	said := f.said[name]
	if said.position > len(all) {
		return no(one(name, fmt.Sprintf("is found %s in %s: there is no number %d", patchset.Times(len(all)), said.object,
			said.position), "correct its position"))
	}
	lasting := slices.DeleteFunc(slices.Clone(all), func(c candidate) bool { return c.code.Freed(c.Addr) })
	if said.position > 0 {
		lasting = slices.DeleteFunc(lasting, func(c candidate) bool { return c.number != said.position })
	}
	if len(lasting) == 0 {
		return no(f.missing(name, objects))
	}
	shown, by, err := f.shown(said, lasting)
	switch {
	case err != nil:
		return no(err)
	case said.function != "" && len(shown) == 0:
		return no(one(name, fmt.Sprintf("is not what the code of %s refers to", said.function),
			"name another function of the source file that it is in, one that uses it"))
	case len(shown) == 1:
		lasting = shown
	case len(lasting) > 1:
		return no(ambiguous(name, lasting))
	}
	meant := lasting[0]
	position, err := meant.code.Position(name, meant.Addr)
	if err != nil {
		return no(err)
	}
	return &Use{Name: name, Target: build.Target{Object: meant.code.Object, Name: name, Position: position}, By: by,
		Given: said.position > 0, Near: near(meant)}, meant, nil
}

// shown returns those candidates that the code of a function refers to, and the last such function: of the one that the
// source names, or else of those that the patch replaces.
func (f *finder) shown(said said, all []candidate) (found []candidate, by string, err error) {
	functions := f.patch.Functions
	if said.function != "" {
		name, position, ok := patchset.SplitName(said.function)
		if !ok {
			return nil, "", one(said.function, "has no number as its position", "write NAME,2 for the second of a name")
		}
		functions = []patchset.Function{{Name: name, Object: said.object, Position: position}}
	}
	for _, fn := range functions {
		for _, from := range f.meaning(fn) {
			mentioned := f.codes[fn.Object].Mentions(from)
			for _, c := range all {
				if c.code == f.codes[fn.Object] && c.code.Covers(c.Symbol, mentioned) && !slices.Contains(found, c) {
					found, by = append(found, c), fn.Name
				}
			}
		}
	}
	return found, by, nil
}

// meaning returns the functions that an entry of a list can mean: one, or several where it says no position.
func (f *finder) meaning(fn patchset.Function) []running.Symbol {
	if f.codes[fn.Object] == nil {
		return nil // nothing of it is looked for
	}
	var here []running.Symbol
	for _, s := range f.codes[fn.Object].Named(fn.Name) {
		if s.Text() && !s.Init {
			here = append(here, s)
		}
	}
	if fn.Position > 0 && fn.Position <= len(here) {
		return here[fn.Position-1 : fn.Position]
	}
	return here
}

// near says which symbols one lies between.
func near(c candidate) string {
	before, after := c.code.Beside(c.Addr)
	return fmt.Sprintf("between %s and %s", orNothing(before), orNothing(after))
}

func orNothing(name string) string {
	if name == "" {
		return "nothing"
	}
	return name
}

// ambiguous refuses a name that several symbols have.
func ambiguous(name string, all []candidate) error {
	var places []string
	for _, c := range all {
		place := fmt.Sprintf("number %d %s", c.number, near(c))
		if all[0].code != all[len(all)-1].code {
			place = fmt.Sprintf("one in %s %s", c.code.Object, near(c))
		}
		places = append(places, place)
	}
	const most = 6
	if len(places) > most {
		places = append(places[:most], fmt.Sprintf("and %d more", len(places)-most))
	}
	object := all[0].code.Object
	return one(name, fmt.Sprintf("is the name of %d symbols, and the code that the patch replaces refers to none or to "+
		"several of them: %s", len(all), strings.Join(places, ", ")), fmt.Sprintf("say which: SPOTOS_SYMBOL_OF(%s, %s, "+
		"FUNCTION) with a function of its source file that uses it, or its number: SPOTOS_SYMBOL_AT(%s, %s, 2)", object,
		name, object, name))
}
