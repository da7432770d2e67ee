// SPDX-License-Identifier: GPL-2.0-only

package fixes

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"spotos/patchset/kbuild"
	"spotos/patchset/source"
)

// oldTree is a small source of a kernel; newTree is what a newer one has otherwise.
var oldTree = map[string]string{
	"Makefile":               "",
	"Kbuild":                 "obj-y += net/ drivers/\nobj-$(CONFIG_NO) += no/\n",
	"kernel/Makefile":        "",
	"include/linux/kernel.h": "#define K 1\n",
	"lib/Makefile":           "lib-y := string.o\n$(obj)/x.c: $(src)/y ; $(call cmd,none)\n",
	"lib/string.c":           "int length(void)\n{\n\treturn 1;\n}\n",
	"no/Makefile":            "obj-y := no.o\n",
	"no/no.c":                "int no(void)\n{\n\treturn 1;\n}\n",
	"net/Makefile": "obj-y := tcp.o\nobj-$(CONFIG_SCTP) += sctp/\n" +
		"ifeq ($(CONFIG_NO),)\nobj-m += one-two.o\nendif\n",
	"net/tcp.c": "static int a = 1;\nint get(void)\n{\n\treturn 1;\n}\nint set(void)\n{\n\treturn 1;\n}\n" +
		"int __init boot(void)\n{\n\treturn 1;\n}\n",
	"net/one-two.c": "int one(void)\n{\n\treturn 1;\n}\n",
	"net/sctp/Makefile": "obj-$(CONFIG_SCTP) += sctp.o twin.o\nsctp-y := socket.o sub/deep.o\n" +
		"twin-objs := socket.o\nobj-y += never.o\n",
	"net/sctp/socket.c":      "int bind(void)\n{\n\treturn 1;\n}\n",
	"net/sctp/sub/deep.c":    "int deep(int a)\n{\n\treturn 1;\n}\n",
	"net/sctp/never.c":       "int never(void)\n{\n\treturn 1;\n}\n",
	"drivers/Makefile":       "include $(srctree)/none.mk\nobj-y := broken.o\n",
	"drivers/broken.c":       "int broken(void)\n{\n\treturn 1;\n}\n",
	"drivers/gone.c":         "int f;\n",
	"arch/x86/lib/Makefile":  "lib-$(CONFIG_X) += delay.o\nlib-y += delay.o\n",
	"arch/x86/lib/delay.c":   "noinstr int delay(void)\n{\n\treturn 1;\n}\n",
	"arch/x86/lib/copy.S":    "copy:\n",
	"arch/arm/kernel/irq.c":  "int irq(void)\n{\n\treturn 1;\n}\n",
	"Documentation/net.rst":  "a\n",
	"drivers/same.c":         "int same;\n",
	"include/linux/socket.h": "static inline int s(void)\n{\n\treturn 1;\n}\n",
}

func newTree() map[string]string {
	files := maps.Clone(oldTree)
	for file, text := range files {
		if ext := filepath.Ext(file); ext == ".c" || ext == ".h" {
			files[file] = string(replaced([]byte(text)))
		}
	}
	files["drivers/same.c"] = oldTree["drivers/same.c"]
	files["net/tcp.c"] = "static int a = 2;\nint get(void)\n{\n\treturn 2;\n}\nint set(int a)\n{\n\treturn 1;\n}\n" +
		"int __init boot(void)\n{\n\treturn 2;\n}\n"
	files["arch/x86/lib/copy.S"] = "copy2:\n"
	files["net/Makefile"] += "# more\n"
	files["Documentation/net.rst"] = "b\n"
	files["drivers/new.c"] = "int n;\n"
	delete(files, "drivers/gone.c")
	return files
}

// replaced makes 2 of 1.
func replaced(text []byte) []byte {
	for i := range text {
		if text[i] == '1' {
			text[i] = '2'
		}
	}
	return text
}

// given writes files and returns them as a source.
func given(t *testing.T, files map[string]string) *source.Source {
	t.Helper()
	dir := t.TempDir()
	for file, text := range files {
		path := filepath.Join(dir, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := (&source.Store{Dir: t.TempDir()}).Given(dir)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// configured returns headers with a configuration.
func configured(t *testing.T) string {
	t.Helper()
	headers := t.TempDir()
	if err := os.MkdirAll(filepath.Join(headers, "include/config"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(headers, kbuild.ConfigFile), []byte("CONFIG_SCTP=m\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return headers
}

// TestSurvey finds what differs, and what each file is compiled into. A directory whose rules make cannot read is left
// out, and so is what another architecture has.
func TestSurvey(t *testing.T) {
	pair := source.Pair{Old: given(t, oldTree), New: given(t, newTree())}
	files, err := Survey(context.Background(), &source.Store{Dir: t.TempDir()}, pair, configured(t))
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		State State
		Parts []string
	}
	got := make(map[string]row)
	for _, f := range files {
		got[f.Path] = row{f.State, f.Parts}
	}
	vmlinux := []string{VMLinux}
	want := map[string]row{
		"lib/string.c": {Changed, vmlinux}, "no/no.c": {Changed, nil}, "net/tcp.c": {Changed, vmlinux},
		"net/one-two.c": {Changed, []string{"one_two"}}, "net/sctp/socket.c": {Changed, []string{"sctp", "twin"}},
		"net/sctp/sub/deep.c": {Changed, []string{"sctp"}}, "net/sctp/never.c": {Changed, nil},
		"drivers/broken.c": {Changed, nil}, "drivers/new.c": {New, nil}, "drivers/gone.c": {Gone, nil},
		"arch/x86/lib/delay.c": {Changed, vmlinux}, "arch/x86/lib/copy.S": {Changed, nil},
		"include/linux/socket.h": {Changed, nil}, "include/linux/kernel.h": {Changed, nil}, "net/Makefile": {Changed, nil},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestJudge says what can become a patch, and what the machine uses.
func TestJudge(t *testing.T) {
	pair := source.Pair{Old: given(t, oldTree), New: given(t, newTree())}
	files, err := Survey(context.Background(), &source.Store{Dir: t.TempDir()}, pair, configured(t))
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]string)
	for _, f := range files {
		for _, name := range append(f.Functions(), "") {
			v, why := f.Judge(name)
			got[f.Path+" "+name] = string(v) + ": " + why + ": " + string(f.Use(map[string]bool{"sctp": true}))
		}
	}
	for what, want := range map[string]string{
		"net/tcp.c get":              "likely: : built in",
		"net/tcp.c set":              "doubtful: its parameters or attributes change: built in",
		"net/tcp.c boot":             "refused: it runs only at boot, or when its module is loaded or removed: built in",
		"net/tcp.c ":                 "doubtful: data, types or macros change too: built in",
		"net/one-two.c one":          "likely: : not loaded",
		"net/sctp/socket.c bind":     "refused: it is linked into several modules: sctp, twin: loaded",
		"net/sctp/never.c never":     "refused: it is not compiled in this kernel: no",
		"arch/x86/lib/delay.c delay": "refused: it cannot be traced: built in",
		"arch/x86/lib/copy.S ":       "refused: assembly cannot be replaced function by function: unknown",
		"include/linux/socket.h s":   "doubtful: it is a header: all that it reaches must change with it: unknown",
		"include/linux/kernel.h ":    "doubtful: it is a header: all that it reaches must change with it: unknown",
		"net/Makefile ":              "refused: how the kernel is built cannot be changed while it runs: no",
		"drivers/new.c ":             "refused: the file is new: no",
		"drivers/gone.c ":            "refused: the file is gone: no",
	} {
		if got[what] != want {
			t.Errorf("%s: %q, want %q", what, got[what], want)
		}
	}
	if use := (&File{Parts: []string{"sctp"}}).Use(nil); use != Unknown {
		t.Errorf("without a list of modules: %s", use)
	}
}

// TestKept reads back what was kept, and makes nothing of a file that is not whole.
func TestKept(t *testing.T) {
	k := kept(filepath.Join(t.TempDir(), "fixes", "a.json.gz"))
	want := []File{{Path: "net/a.c", Parts: []string{"a"}, State: Changed, Changes: source.Changes{Bodies: []string{"f"}}}}
	if err := k.write(want); err != nil {
		t.Fatal(err)
	}
	got, err := k.read()
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Fatal(diff, err)
	}
	data, err := os.ReadFile(string(k))
	if err != nil {
		t.Fatal(err)
	}
	for _, length := range []int{0, 1, len(data) / 2, len(data) - 1} {
		if err := os.WriteFile(string(k), data[:length], 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := k.read(); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%d of %d bytes: %v", length, len(data), err)
		}
	}
}
