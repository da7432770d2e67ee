// SPDX-License-Identifier: GPL-2.0-only

package kbuild

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"spotos/patchset/build"
)

// list returns what make prints of a directory.
func (r *reader) list(ctx context.Context, dir string) (string, error) {
	makefile := ""
	for _, name := range []string{"Kbuild", "Makefile"} {
		_, err := os.Stat(filepath.Join(r.Tree, dir, name))
		if err == nil {
			makefile = path.Join(dir, name)
			break
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	if makefile == "" {
		return "", fmt.Errorf("the source has no Makefile in %s, which another one names", dir)
	}
	output, err := build.Run(ctx, r.Tree, "make", "-rRs", "-f", r.rules, "spotos_rule="+makefile, "spotos_dir="+dir,
		"spotos_config="+r.config)
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", makefile, err, output)
	}
	if !strings.Contains(output, "spotos end\n") {
		return "", fmt.Errorf("%s: make printed no list: %s", makefile, output)
	}
	return output, nil
}

// object notes an object, which is linked of itself or of the parts that are named.
func (r *reader) object(v visit, kind, object string, parts []string) {
	if len(parts) == 0 {
		parts = []string{object}
	}
	into := ""
	switch {
	case kind == "m":
		into = strings.ReplaceAll(strings.TrimSuffix(path.Base(object), ".o"), "-", "_")
	case kind == "y" && !v.modular:
		into = VMLinux
	}
	for _, part := range parts {
		unit, is := strings.CutSuffix(path.Join(v.dir, part), ".o")
		if !is {
			continue
		}
		r.units[unit] = true
		file := unit + ".c"
		if into == "" {
			continue
		}
		r.found.By[file] = v.dir
		if !slices.Contains(r.found.Into[file], into) {
			r.found.Into[file] = append(r.found.Into[file], into)
			slices.Sort(r.found.Into[file])
		}
	}
}
