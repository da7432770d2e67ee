// SPDX-License-Identifier: GPL-2.0-only

package patchset_test

import (
	"bytes"
	"context"
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"spotos/internal/labtest"
	"spotos/patchset"
)

// TestLabFlips gives the kernel's own loader, past SPOTOS, modules in which one bit was changed, SPOTOS_FLIPS in each
// part that the loader reads, and unloads what it takes. Nothing is armed, so that no changed code is called but the
// patch's init and exit. It shows what the hash is for, and is run only when it is asked for: the loader trusts the
// flags of a module's sections, so that a changed one may end the machine. Relocations are left out. The loader writes
// wherever a changed one says; it did end the machine.
func TestLabFlips(t *testing.T) {
	each := labtest.Number(t, "SPOTOS_FLIPS", 0)
	labtest.WithSpotos(t)
	if each == 0 {
		t.Skip("the kernel may not survive it: SPOTOS_FLIPS says how many bits of each part are changed")
	}
	labtest.Load(t, "pair_target", "")
	module, err := os.ReadFile(labtest.File("fixes/pair_fix"))
	if err != nil {
		t.Fatal(err)
	}
	random := labtest.Random(t)
	path := filepath.Join(t.TempDir(), "pair_fix.ko")
	for _, part := range read(t, module) {
		taken, refused := 0, map[string]int{}
		for range each {
			data := bytes.Clone(module)
			at := part.begin + random.Uint64N(part.end-part.begin)
			data[at] ^= 1 << random.UintN(8)
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := patchset.Read(path); err == nil {
				t.Errorf("a bit of %s at %#x was changed, and SPOTOS reads it", part.name, at)
			}
			said, err := insmod(t, path)
			if err != nil {
				t.Fatalf("a bit of %s at %#x: the loader did not end: %v\n%s", part.name, at, err, said)
			}
			if said != "" {
				refused[said]++
				continue
			}
			taken++
			if out, err := exec.Command("rmmod", "pair_fix").CombinedOutput(); err != nil {
				t.Fatalf("a bit of %s at %#x: %v\n%s", part.name, at, err, out)
			}
		}
		t.Logf("%s: the kernel takes %d of %d, and refuses %v", part.name, taken, each, refused)
	}
	labtest.Unload(t, "pair_target")
	// What the loader said of modules that are no modules any more is not the modules' own.
	if out, err := exec.Command("dmesg", "-C").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// insmod loads a module, and returns what it said if the kernel refuses it. The error says that the kernel did not
// come back from it.
func insmod(t *testing.T, path string) (said string, err error) {
	ctx, stop := context.WithTimeout(t.Context(), labtest.Limit(t, 20*time.Second))
	defer stop()
	cmd := exec.CommandContext(ctx, "insmod", path)
	out, err := cmd.CombinedOutput()
	if err == nil || cmd.ProcessState != nil && cmd.ProcessState.Exited() {
		said = strings.TrimSpace(string(out))
		return said[strings.LastIndexByte(said, ':')+1:], nil
	}
	return string(out), err
}

// part is a part of a module's file.
type part struct {
	name       string
	begin, end uint64
}

// read returns the parts of a module that the loader and SPOTOS read: its header, the table of its sections, symbols,
// names, .modinfo and the list of functions.
func read(t *testing.T, module []byte) []part {
	t.Helper()
	file, err := elf.NewFile(bytes.NewReader(module))
	if err != nil {
		t.Fatal(err)
	}
	parts := []part{{"the header", 0, 64}}
	for _, s := range file.Sections {
		if s.Type == elf.SHT_STRTAB || s.Type == elf.SHT_SYMTAB || s.Name == ".modinfo" || s.Name == ".spotos.funcs" {
			parts = append(parts, part{s.Name, s.Offset, s.Offset + s.Size})
		}
	}
	end := uint64(len(module))
	return append(parts, part{"the table of sections", end - 64*uint64(len(file.Sections)), end})
}
