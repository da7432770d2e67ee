// SPDX-License-Identifier: GPL-2.0-only

package patchset

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// put writes files below a directory, and makes those whose names end in a slash directories.
func put(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		parent := filepath.Dir(path)
		if strings.HasSuffix(name, "/") {
			parent = path
		}
		if err := os.MkdirAll(parent, 0o700); err != nil {
			t.Fatal(err)
		}
		if parent == path {
			continue
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestKeptModules finds a module's function by its name: by what was kept while the modules are the same, else in
// /proc/kallsyms.
func TestKeptModules(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root keeps lists")
	}
	const module = "a 16384 0 - Live 0xffffffffc0000000\n"
	const kernel = "ffffffff81000100 T first\nffffffff81000200 B _end\n"
	for _, c := range []struct {
		name   string
		change func(t *testing.T, root string)
		reads  bool // /proc/kallsyms
	}{
		{"the same modules", func(*testing.T, string) {}, false},
		{"another use of one", func(t *testing.T, root string) {
			put(t, root, map[string]string{"proc/modules": "a 16384 1 b, Live 0xffffffffc0000000\n"})
		}, false},
		{"one more", func(t *testing.T, root string) {
			put(t, root, map[string]string{"proc/modules": module + module, "sys/module/b/": ""})
		}, true},
		{"none", func(t *testing.T, root string) { put(t, root, map[string]string{"proc/modules": ""}) }, true},
		{"it comes just now", func(t *testing.T, root string) {
			put(t, root, map[string]string{"proc/modules": strings.Replace(module, "Live", "Loading", 1)})
		}, true},
		{"it was loaded again at the same place", func(t *testing.T, root string) {
			was := filepath.Join(root, "sys/module/a")
			if err := os.Rename(was, was+"-before"); err != nil {
				t.Fatal(err)
			}
			put(t, root, map[string]string{"sys/module/a/": ""})
		}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			was := keepDir
			defer func() { keepDir = was }()
			root := t.TempDir()
			keepDir = filepath.Join(t.TempDir(), "kept")
			put(t, root, map[string]string{"proc/sys/kernel/random/boot_id": "a\n", "proc/sys/kernel/version": "#1\n",
				"proc/modules": module, "sys/module/a/": "", "proc/kallsyms": kernel +
					"ffffffffc0000100 t of_a\t[a]\nffffffffc0000200 t of_a.isra.0\t[a]\nffffffffc0009000 t bpf_1\t[bpf]\n"})
			k := &Kernel{lists: newLists(os.DirFS(root), true, nil)}
			if s, err := k.lists.named(); err != nil || len(s.Functions("of_a")) != 1 {
				t.Fatal("of_a is not found", err)
			}
			k.Keep()
			c.change(t, root)
			put(t, root, map[string]string{"proc/kallsyms": kernel + "ffffffffc0000100 t anew\t[a]\n"})
			s, err := newLists(os.DirFS(root), true, nil).named()
			if err != nil {
				t.Fatal(err)
			}
			kept, read := s.Functions("of_a"), s.Functions("anew")
			if len(read) == 1 != c.reads || len(kept) == 1 == c.reads || len(s.Functions("first")) != 1 ||
				len(s.Functions("bpf_1")) > 0 || !c.reads && len(s.copies("of_a")) != 1 {
				t.Errorf("kept %v, read %v, want it read: %v", kept, read, c.reads)
			}
			if !c.reads && kept[0] != (Symbol{0xffffffffc0000100, "of_a", "a", true}) {
				t.Errorf("it was kept as %+v", kept[0])
			}
		})
	}
}
