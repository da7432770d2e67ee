// SPDX-License-Identifier: GPL-2.0-only

package fix_test

import (
	"bytes"
	"context"
	"debug/elf"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"spotos/patchset"
	"spotos/patchset/fix"
	"spotos/patchset/proof"
)

// machine returns the files of a machine that runs a kernel, with pair_target loaded at some addresses.
func machine(t *testing.T, k *fix.Kernel, patch *patchset.Patch) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	add := func(name string, data []byte) { files[name] = &fstest.MapFile{Data: data, Mode: 0o644} }
	image, err := os.ReadFile(k.Image)
	if err != nil {
		t.Fatal(err)
	}
	target, err := os.ReadFile(filepath.Join(k.Modules, "pair_target.ko"))
	if err != nil {
		t.Fatal(err)
	}
	add("proc/sys/kernel/osrelease", []byte(k.Release+"\n"))
	add("proc/modules", []byte("pair_target 20480 0 - Live 0x0\n"))
	add("boot/vmlinuz-"+k.Release, image)
	add("lib/modules/"+k.Release+"/updates/pair_target.ko", target)
	add("sys/kernel/notes", note(t, patch.BuildID))
	_, id, _ := strings.Cut(patch.BuildIDs[0], "=")
	add("sys/module/pair_target/notes/.note.gnu.build-id", note(t, id))
	add("proc/kallsyms", loaded(t, target))
	return files
}

// note returns the note that has a build ID.
func note(t *testing.T, id string) []byte {
	t.Helper()
	content, err := hex.DecodeString(id)
	if err != nil {
		t.Fatal(err)
	}
	data := binary.LittleEndian.AppendUint32(nil, 4)
	data = binary.LittleEndian.AppendUint32(data, uint32(len(content)))
	data = binary.LittleEndian.AppendUint32(data, 3)
	return append(append(data, "GNU\x00"...), content...)
}

// loaded returns the kernel's table of symbols once a module is loaded, each of its sections somewhere else.
func loaded(t *testing.T, module []byte) []byte {
	t.Helper()
	file, err := elf.NewFile(bytes.NewReader(module))
	if err != nil {
		t.Fatal(err)
	}
	symbols, err := file.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	text := "ffffffff81000000 T _stext\nffffffff81000000 T _text\n"
	for _, s := range symbols {
		if s.Section == elf.SHN_UNDEF || int(s.Section) >= len(file.Sections) || s.Name == "" ||
			strings.HasPrefix(file.Sections[s.Section].Name, ".init") {
			continue
		}
		kind := "d"
		if file.Sections[s.Section].Flags&elf.SHF_EXECINSTR != 0 {
			kind = "t"
		}
		text += fmt.Sprintf("%016x %s %s\t[pair_target]\n", 0xffffffffc1000000+uint64(s.Section)<<16+s.Value, kind, s.Name)
	}
	return []byte(text)
}

// repeated repeats a patch's proof on a machine, and returns what was refused as lines.
func repeated(t *testing.T, patch *patchset.Patch, files fstest.MapFS) (*proof.Report, string) {
	t.Helper()
	kernel, err := patchset.ReadKernel(files)
	if err != nil {
		t.Fatal(err)
	}
	report, err := proof.Repeat(context.Background(), patch, kernel, files, nil)
	if err != nil || report == nil {
		t.Fatalf("%v, %v", report, err)
	}
	refused := ""
	for _, r := range report.Refusals {
		refused += fmt.Sprintf("%s %s: %s\n", r.Kind, r.Function, r)
	}
	return report, refused
}

// testRepeat repeats the proof of a patch of pair_target on machines that differ in one thing each.
func testRepeat(t *testing.T, k *fix.Kernel, patch *patchset.Patch) {
	files := machine(t, k, patch)
	report, refused := repeated(t, patch, files)
	if refused != "" || report.Functions < 8 || report.Symbols < 2 {
		t.Errorf("the proof is not what it was where the patch was made: %+v", report)
	}
	module := "lib/modules/" + k.Release + "/updates/pair_target.ko"
	const buildID, table = "sys/module/pair_target/notes/.note.gnu.build-id", "proc/kallsyms"
	const unknown = "unknown : whether the source of pair-fix is the code of pair_target is unknown: "
	for _, c := range []struct {
		says string
		edit func(map[string][]byte)
	}{
		{"switch pair_check: the original source of drivers/pair/pair.c is not the code of this kernel: pair_check is not " +
			"the code of pair_target at ", func(m map[string][]byte) { m[module] = flipped(t, m[module], "pair_check") }},
		{unknown + "there is no file", func(m map[string][]byte) {
			m[strings.Replace(module, "pair_target", "other", 1)] = m[module]
			delete(m, module)
		}},
		{"and what is to be patched has 00", func(m map[string][]byte) { m[buildID] = note(t, "00") }},
		{unknown + "reading the build ID", func(m map[string][]byte) { delete(m, buildID) }},
		{"mismatches is found 2 times in pair_target as it runs, and once in its file", func(m map[string][]byte) {
			m[table] = append(m[table], "ffffffffc2000000 d mismatches\t[pair_target]\n"...)
		}},
		{"by its file and pair_check it must be at", func(m map[string][]byte) {
			m[table] = moved(t, m[table], " t pair_encode\t")
		}},
	} {
		changed := map[string][]byte{}
		for name, file := range files {
			changed[name] = bytes.Clone(file.Data)
		}
		c.edit(changed)
		other := fstest.MapFS{}
		for name, data := range changed {
			other[name] = &fstest.MapFile{Data: data, Mode: 0o644}
		}
		if _, refused := repeated(t, patch, other); !strings.Contains(refused, c.says) {
			t.Errorf("refused: %q, not %q", refused, c.says)
		}
	}
}

// flipped changes a bit of a function of a module, behind what ftrace has of it.
func flipped(t *testing.T, module []byte, function string) []byte {
	t.Helper()
	file, err := elf.NewFile(bytes.NewReader(module))
	if err != nil {
		t.Fatal(err)
	}
	symbols, err := file.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range symbols {
		if s.Name == function {
			module[file.Sections[s.Section].Offset+s.Value+s.Size-16] ^= 1
			return module
		}
	}
	t.Fatal("the module has no " + function)
	return nil
}

// moved changes the address of a symbol in a table.
func moved(t *testing.T, table []byte, symbol string) []byte {
	t.Helper()
	at := bytes.Index(table, []byte(symbol))
	if at < 16 {
		t.Fatalf("no %q in the table", symbol)
	}
	table[at-2] ^= 1
	return table
}

// testPositions wants names that do not lead where the proved code does to be refused, even in a module that has
// the right hash.
func testPositions(t *testing.T, k *fix.Kernel, patch *patchset.Patch) {
	files := machine(t, k, patch)
	code, err := patch.Code()
	if err != nil {
		t.Fatal(err)
	}
	const mismatches = "pair_target.mismatches,0"
	for _, c := range []struct{ old, new, says string }{
		{mismatches, "pair_target.mismatches,2", "refers to mismatches,2 of pair_target, which has 1 of that name"},
		{mismatches, "pair_target.mismatches 0", "which names no symbol of the kernel"},
		{mismatches, "pair_target.mismatchez,0", "refers to mismatchez,0 of pair_target, which has 0"},
		{"pair_check\x00\x00", "pair_chec\x00\x00\x00", "the address of pair_chec is to be that of"},
	} {
		data := bytes.ReplaceAll(bytes.Clone(code), []byte(c.old), []byte(c.new))
		if !reseal(data) {
			t.Fatal("the changed module cannot have a hash")
		}
		path := filepath.Join(t.TempDir(), "pair_fix.ko")
		put(t, path, string(data))
		var refused string
		other, err := patchset.Read(path)
		if err != nil {
			refused = err.Error()
		} else {
			_, refused = repeated(t, other, files)
		}
		if !strings.Contains(refused, c.says) {
			t.Errorf("%q is refused: %q, not %q", c.new, refused, c.says)
		}
	}
}
