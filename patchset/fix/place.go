// SPDX-License-Identifier: GPL-2.0-only

package fix

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"spotos/patchset/build"
	"spotos/patchset/running"
)

// place finds out what an object is a part of.
func (m *maker) place(c *compiled) error {
	original := filepath.Join(m.dir, "original")
	if !m.implied[c.file] {
		if err := alone(original, c.file); err != nil {
			return err
		}
	}
	dir, name := filepath.Split(filepath.Join(original, strings.TrimSuffix(c.file, ".c")))
	var err error
	c.module, err = moduleOf(c.file, filepath.Join(dir, "."+name+".o.cmd"))
	return err
}

// alone refuses a file that another one of its directory includes: the functions are in both, and those of the other
// would keep the old code.
func alone(tree, file string) error {
	files, err := filepath.Glob(filepath.Join(tree, path.Dir(file), "*.c"))
	if err != nil {
		return err
	}
	include := regexp.MustCompile(`(?m)^\s*#\s*include\s*"(?:[^"]*/)?` + regexp.QuoteMeta(path.Base(file)) + `"`)
	for _, other := range files {
		text, err := os.ReadFile(other)
		if err != nil {
			return err
		}
		if include.Match(text) {
			return one(file, fmt.Sprintf("is included by %s, which has its functions a second time", filepath.Base(other)),
				"write this patch by hand, see spotos patch new")
		}
	}
	return nil
}

// owner is how kbuild tells a file what it is linked into: several modules have colons between them.
var owner = regexp.MustCompile(`-DKBUILD_MODNAME='?"?([A-Za-z0-9_:]+)`)

// moduleOf returns the name of the module that a file is a part of, by the command that compiled it; "" for the kernel
// itself.
func moduleOf(file, command string) (string, error) {
	text, err := os.ReadFile(command)
	if err != nil {
		return "", err
	}
	first, _, _ := strings.Cut(string(text), "\n")
	match := owner.FindStringSubmatch(strings.ReplaceAll(first, `\"`, `"`))
	switch {
	case match == nil:
		return "", fmt.Errorf("%s does not say what the object is a part of", filepath.Base(command))
	case !strings.Contains(first, " -DMODULE "):
		return "", nil
	case strings.Contains(match[1], ":"):
		return "", one(file, "is linked into several modules: "+strings.ReplaceAll(match[1], ":", ", "),
			"build a patch of each by hand, see spotos patch new")
	}
	return match[1], nil
}

// prove compares the original object with the code of the module that it is a part of, or else of the kernel itself. A
// file of which one function is other code than the kernel's is none of its source, whichever functions change.
func (m *maker) prove(c *compiled) (*running.Proof, *running.Code, error) {
	object, err := running.ParseObject(c.data)
	if err != nil {
		return nil, nil, err
	}
	code := m.kernel
	if c.module != "" {
		if code, err = m.readModule(c.module); err != nil {
			return nil, nil, err
		}
	}
	proof := object.Prove(code)
	for _, d := range proof.Differences {
		if d.Reason == "" {
			return nil, nil, d
		}
	}
	if len(proof.Matches) == 0 {
		return nil, nil, one(c.file, "has no function in "+code.Object+", so it is not compiled in this kernel",
			"leave it out of the diff")
	}
	return proof, code, nil
}

// readModule reads a module, and keeps which build of it that was.
func (m *maker) readModule(name string) (*running.Code, error) {
	code, err := m.Kernel.ReadModule(name)
	if err == nil {
		m.builds[name] = code.BuildID
	}
	return code, err
}

// locate returns where the original of a replacement is. spotos.ko counts functions alone among what has one name, and
// livepatch everything: a function of which the two do not say the same is refused.
func locate(r build.Replacement, proof *running.Proof, code *running.Code) (Function, error) {
	match, err := proof.Function(r.Function)
	if err != nil {
		return Function{}, err
	}
	f := Function{Name: r.Function, Object: code.Object, Addr: match.Addr, Symbol: r.Symbol}
	if f.Position, err = code.Position(f.Name, f.Addr); err != nil {
		return Function{}, err
	}
	rank, count := 0, 0
	for _, s := range code.Named(f.Name) {
		if s.Text() && !s.Init {
			count++
			if s.Addr == f.Addr {
				rank = count
			}
		}
	}
	if count == 1 {
		rank = 0
	}
	if rank != f.Position {
		return Function{}, one(f.Name, fmt.Sprintf("has a name that other symbols of %s have too, and is number %d or %d "+
			"of them", code.Object, f.Position, rank), "patch the functions that call it")
	}
	return f, nil
}
