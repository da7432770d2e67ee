// SPDX-License-Identifier: GPL-2.0-only

package fix

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"spotos/patchset/build"
	"spotos/patchset/running"
	"spotos/patchset/source"
)

// compiled is one file, as it was and as it is to be.
type compiled struct {
	file              string
	module            string // that the file is a part of; "" for the kernel itself
	original, patched *build.Object
	data              []byte // of the original object, as far as it is loaded
}

// missing is what the compiler says of a header that it does not find.
var missing = regexp.MustCompile(`fatal error: (\S+\.[hc]): No such file or directory`)

// compile compiles both versions of a file, each in a tree of its own. Of the source only the file's directory is
// unpacked, and what the compiler then says that it lacks.
func (m *maker) compile(ctx context.Context, file source.File) (*compiled, error) {
	c := &compiled{file: file.Path}
	patterns := []string{path.Dir(file.Path) + "/*"}
	for tries := 0; ; tries++ {
		err := m.compileBoth(ctx, file, patterns, c)
		var refused *build.CompileError
		if !errors.As(err, &refused) || tries == 4 {
			return c, err
		}
		more, failed := m.lacks(ctx, file.Path, refused.Output)
		if failed != nil {
			return c, failed
		}
		if more == "" {
			return c, err
		}
		patterns = append(patterns, more)
	}
}

// lacks returns a pattern for the header that a compiler's output misses; "" if the source has none either.
func (m *maker) lacks(ctx context.Context, file, output string) (string, error) {
	match := missing.FindStringSubmatch(output)
	if match == nil {
		return "", nil
	}
	for _, header := range []string{path.Join(path.Dir(file), match[1]), path.Join("include", match[1]), match[1]} {
		if strings.HasPrefix(header, "../") {
			continue
		}
		var none *source.NotInSourceError
		err := m.Source.Need(ctx, header)
		if err == nil {
			return path.Dir(header) + "/*", nil
		}
		if !errors.As(err, &none) {
			return "", err
		}
	}
	return "", nil
}

// compileBoth compiles both versions. If the fix changes headers, both are compiled with those of the tree.
func (m *maker) compileBoth(ctx context.Context, file source.File, patterns []string, c *compiled) error {
	for _, side := range []struct {
		name   string
		text   func(source.File) string
		object **build.Object
	}{
		{"original", func(f source.File) string { return f.Original }, &c.original},
		{"patched", func(f source.File) string { return source.KeepLines(f.Original, f.Patched) }, &c.patched},
	} {
		from := build.Source{KernelDir: m.Kernel.Headers, Tree: filepath.Join(m.dir, side.name), File: file.Path,
			OwnHeaders: len(m.headers) > 0}
		if err := m.Source.Checkout(ctx, from.Tree, patterns...); err != nil {
			return err
		}
		for _, f := range append([]source.File{file}, m.headers...) {
			if err := source.Replace(from.Tree, f.Path, []byte(side.text(f))); err != nil {
				return err
			}
		}
		// Some headers include "../../../net/NAME", which the compiler finds from there only.
		if err := os.MkdirAll(filepath.Join(from.Tree, "arch/x86/include"), 0o755); err != nil {
			return err
		}
		m.say("compiling %s, %s", file.Path, side.name)
		object, _, err := build.Compile(ctx, from)
		if err != nil {
			return err
		}
		if err := m.ownHeaders(from); err != nil {
			return err
		}
		*side.object = object
	}
	var err error
	c.data, err = c.original.Loaded().Bytes()
	return err
}

// ownHeaders fails if an object was made of another copy of a header that the fix changes: the change would be lost.
func (m *maker) ownHeaders(from build.Source) error {
	if len(m.headers) == 0 {
		return nil
	}
	files, err := from.MadeOf()
	if err != nil {
		return err
	}
	for _, file := range files {
		for _, header := range m.headers {
			if strings.HasPrefix(file, "/") && strings.HasSuffix(file, "/"+header.Path) {
				return fmt.Errorf("%s was compiled with %s and not with the source's: take headers without changes of "+
					"their own", from.File, file)
			}
		}
	}
	return nil
}

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
	file, err := m.Kernel.ModuleFile(name)
	if err != nil {
		return nil, err
	}
	code, err := running.ReadModule(os.DirFS(m.Kernel.Modules), file)
	if err != nil {
		return nil, err
	}
	if code.BuildID == "" {
		return nil, fmt.Errorf("module %s has no build ID, so it cannot be told whether it is the one that is loaded", name)
	}
	m.builds[name] = code.BuildID
	return code, nil
}
