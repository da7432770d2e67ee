// SPDX-License-Identifier: GPL-2.0-only

package build

import (
	"debug/elf"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMakeLate(t *testing.T) {
	module := compileBytes(t, `extern int known(int), hidden(int); extern int value;
int f(int i) { return known(i) + hidden(i) + value; } void *table[] = {hidden};`)
	late, err := MakeLate(module, map[string]Target{"hidden": {"vmlinux", "hidden.isra.0", 3}, "value": {"sctp", "v", 0}})
	if err != nil {
		t.Fatal(err)
	}
	got := lateRelocs(t, late)
	want := map[string]string{
		".klp.rela.vmlinux..text.f":     ".klp.sym.vmlinux.hidden.isra.0,3 .klp.sym.sctp.v,0",
		".klp.rela.vmlinux..data.table": ".klp.sym.vmlinux.hidden.isra.0,3",
		".rela.text.f":                  "known",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	object, err := Read(late)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := object.Bytes(); err != nil || string(again) != string(late) {
		t.Errorf("a module with late relocations is not written as it was read: %v", err)
	}
	for says, targets := range map[string]map[string]Target{
		"does not refer to absent": {"absent": {"vmlinux", "absent", 1}},
		"no name of vmlinux":       {"hidden": {"vm.linux", "hidden", 1}},
		"no name of a symbol":      {"hidden": {"vmlinux", "a,b", 1}},
		"cannot be number -1":      {"hidden": {"vmlinux", "hidden", -1}},
	} {
		if _, err := MakeLate(module, targets); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("said %v, not %q", err, says)
		}
	}
}

// lateRelocs lists the names that relocation sections refer to, in their order, by section. It looks with debug/elf,
// at the marks that the kernel looks at.
func lateRelocs(t *testing.T, data []byte) map[string]string {
	t.Helper()
	object, err := Read(data)
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]string)
	for _, s := range object.Sections {
		for name, relocs := range map[string][]Reloc{".rela" + s.Name: s.Relocs, lateSection + s.Name: s.Late} {
			var names []string
			for _, r := range relocs {
				late := strings.HasPrefix(r.Symbol.Name, ".klp.sym.")
				if late != (r.Symbol.Section == nil && r.Symbol.Special == 0xff20) {
					t.Errorf("%s has the section %#x", r.Symbol.Name, int(r.Symbol.Special))
				}
				names = append(names, r.Symbol.Name)
			}
			if len(names) > 0 {
				got[name] = strings.Join(names, " ")
			}
		}
	}
	file, err := elf.NewFile(strings.NewReader(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range file.Sections {
		if strings.HasPrefix(s.Name, ".klp.") != (s.Flags&0x00100000 != 0) {
			t.Errorf("section %s has the flags %v", s.Name, s.Flags)
		}
	}
	return got
}
