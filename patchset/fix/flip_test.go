// SPDX-License-Identifier: GPL-2.0-only

package fix_test

import (
	"bytes"
	"context"
	"debug/elf"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"spotos/internal/ko"
	"spotos/patchset"
	"spotos/patchset/fix"
	"spotos/patchset/proof"
)

// flipSeed makes the same flips each time.
const flipSeed = 13

// stretch is a part of a file.
type stretch struct {
	name       string
	begin, end uint64
}

// stretches returns the parts of a module: its header, the table of its sections, and each section.
func stretches(t *testing.T, module []byte) []stretch {
	t.Helper()
	file, err := elf.NewFile(bytes.NewReader(module))
	if err != nil {
		t.Fatal(err)
	}
	table := uint64(len(module)) - 64*uint64(len(file.Sections))
	list := []stretch{{"the header", 0, 64}, {"the table of sections", table, uint64(len(module))}}
	for _, s := range file.Sections {
		if s.Type != elf.SHT_NOBITS && s.Size > 0 {
			list = append(list, stretch{s.Name, s.Offset, s.Offset + s.Size})
		}
	}
	return list
}

// testFlips wants a module in which one bit is another one, or whose end is cut off, to be refused by whoever reads it.
// It also shows what the hash is for: with the right one written into each changed module, it counts which changes the
// reader and the repeated proof notice by themselves.
func testFlips(t *testing.T, k *fix.Kernel, patch *patchset.Patch) {
	module, err := patch.Code()
	if err != nil {
		t.Fatal(err)
	}
	files := machine(t, k, patch)
	kernel, err := patchset.ReadKernel(files)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(flipSeed, 0))
	path := filepath.Join(t.TempDir(), "pair_fix.ko")
	read := func(data []byte) (*patchset.Patch, error) {
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		return patchset.Read(path)
	}
	var unnoticed []string
	for _, part := range stretches(t, module) {
		passed := 0
		for range 4 {
			at := part.begin + random.Uint64N(part.end-part.begin)
			data := bytes.Clone(module)
			data[at] ^= 1 << random.UintN(8)
			if _, err := read(data); err == nil {
				t.Errorf("a bit of %s at %#x was changed, and nobody noticed", part.name, at)
			}
			if !reseal(data) {
				continue
			}
			changed, err := read(data)
			if err != nil {
				continue
			}
			report, err := proof.Repeat(context.Background(), changed, kernel, files, nil)
			if err == nil && (report == nil || len(report.Refusals) == 0) {
				passed++
			}
		}
		if passed > 0 {
			unnoticed = append(unnoticed, fmt.Sprintf("%d of 4 in %s", passed, part.name))
		}
	}
	for range 50 {
		length := random.IntN(len(module))
		if _, err := read(module[:length]); err == nil {
			t.Errorf("%d bytes of %d are taken for a patch", length, len(module))
		}
	}
	t.Logf("without the hash %d of the parts could be changed unnoticed: %s", len(unnoticed),
		strings.Join(unnoticed, ", "))
}

// reseal writes the right hash into a module that was changed; false if it has no place for one any more.
func reseal(module []byte) bool {
	at := bytes.Index(module, []byte(ko.SealKey+"="))
	if at < 0 || at+len(ko.SealKey)+1+len(ko.NoSeal) > len(module) {
		return false
	}
	copy(module[at+len(ko.SealKey)+1:], ko.NoSeal)
	return ko.Seal(module) == nil
}
