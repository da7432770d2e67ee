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
	module            string // the name that kbuild gave to what the file is a part of
	original, patched *build.Object
	data              []byte // of the original object
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
		more := m.lacks(ctx, file.Path, refused.Output)
		if more == "" {
			return c, err
		}
		patterns = append(patterns, more)
	}
}

// lacks returns a pattern for the header that a compiler's output misses; "" if the source has none either.
func (m *maker) lacks(ctx context.Context, file, output string) string {
	match := missing.FindStringSubmatch(output)
	if match == nil {
		return ""
	}
	for _, header := range []string{path.Join(path.Dir(file), match[1]), path.Join("include", match[1]), match[1]} {
		pattern := path.Dir(header) + "/*"
		if !strings.HasPrefix(header, "../") && m.Source.Need(ctx, header, pattern) == nil {
			return pattern
		}
	}
	return ""
}

func (m *maker) compileBoth(ctx context.Context, file source.File, patterns []string, c *compiled) error {
	for _, side := range []struct {
		name   string
		text   string
		object **build.Object
	}{
		{"original", file.Original, &c.original},
		{"patched", source.KeepLines(file.Original, file.Patched), &c.patched},
	} {
		tree := filepath.Join(m.dir, side.name)
		if err := m.Source.Checkout(ctx, tree, patterns...); err != nil {
			return err
		}
		if err := source.Replace(tree, file.Path, []byte(side.text)); err != nil {
			return err
		}
		m.say("compiling %s, %s", file.Path, side.name)
		object, _, err := build.Compile(ctx, build.Source{KernelDir: m.Kernel.Headers, Tree: tree, File: file.Path})
		if err != nil {
			return err
		}
		*side.object = object
	}
	made := filepath.Join(m.dir, "original", strings.TrimSuffix(file.Path, ".c"))
	var err error
	if c.data, err = os.ReadFile(made + ".o"); err != nil {
		return err
	}
	c.module, err = moduleOf(filepath.Join(filepath.Dir(made), "."+filepath.Base(made)+".o.cmd"))
	return err
}

// modfile is how kbuild tells a file what it is linked into.
var modfile = regexp.MustCompile(`-DKBUILD_MODNAME='?"?([A-Za-z0-9_]+)`)

// moduleOf returns the name of the module that a file is a part of, by the command that compiled it. A file of the
// kernel itself has such a name as well.
func moduleOf(command string) (string, error) {
	text, err := os.ReadFile(command)
	if err != nil {
		return "", err
	}
	match := modfile.FindStringSubmatch(strings.TrimPrefix(strings.ReplaceAll(string(text), `\"`, `"`), "kmod_"))
	if match == nil {
		return "", fmt.Errorf("%s does not say what the object is a part of", filepath.Base(command))
	}
	return strings.TrimPrefix(match[1], "kmod_"), nil
}

// prove compares the original object with the code of the module that it is a part of, or else of the kernel itself.
func (m *maker) prove(c *compiled) (*running.Proof, *running.Code, error) {
	object, err := running.ParseObject(c.data)
	if err != nil {
		return nil, nil, err
	}
	file, err := m.Kernel.module(c.module)
	if err != nil {
		return nil, nil, err
	}
	if file == "" {
		return object.Prove(m.kernel), m.kernel, nil
	}
	code, err := running.ReadModule(os.DirFS(m.Kernel.Modules), file)
	if err != nil {
		return nil, nil, err
	}
	return object.Prove(code), code, nil
}
