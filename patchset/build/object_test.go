// SPDX-License-Identifier: GPL-2.0-only

package build

import (
	"bytes"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// sample has a bit of all that an object can have.
const sample = `
static int counter; static const char *names[] = {"one", "two"};
void cold(int) __attribute__((cold));
int f(int i) { static int done; BUG_AT(3); if (i) { cold(i); cold(2); } done++; return printk(names[i], __func__); }
void g(void) { counter = 5; asm volatile("1: nop\n2: nop"); EXTABLE(1b, 2b); }
void h(void) { asm volatile("1: nop\n.pushsection .altinstructions,\"a\"\n.long 1b - .\n.long 3f - .\n.word 7\n"
	".byte 1, 5\n.popsection\n.pushsection .altinstr_replacement,\"ax\"\n3: call other\n.popsection"); }
`

// TestWrite reads objects of the compiler, writes them, and has readelf and the reader compare the two.
func TestWrite(t *testing.T) {
	dir := t.TempDir()
	object := compileC(t, sample, "-g")
	first, err := object.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	again, err := Read(first)
	if err != nil {
		t.Fatal(err)
	}
	second, err := again.Bytes()
	if err != nil || !bytes.Equal(first, second) {
		t.Errorf("reading and writing changed the object: %v", err)
	}
	for _, c := range Compare(object, again, true) {
		if c.State != Same {
			t.Errorf("%s is %v", c.Name, c.State)
		}
	}
	file := filepath.Join(dir, "a.o")
	if err := os.WriteFile(file, first, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"readelf", "-aW", file}, {"ld", "-r", "-o", file + ".o", file}} {
		out, err := exec.Command(args[0], args[1:]...).CombinedOutput()
		if err != nil || strings.Contains(strings.ToLower(string(out)), "warning") {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
	}
}

// damages are changes of a good object, and a word of what the reader must say.
var damages = []struct {
	name, says string
	change     func(o *Object)
}{
	{"a relocation past the end", "past the end", func(o *Object) { withRelocs(o).Relocs[0].Offset = 1 << 40 }},
	{"a relocation that ends past the end", "past the end",
		func(o *Object) { s := withRelocs(o); s.Relocs[0].Offset = s.Size - 1 }},
	{"a relocation of another kind", "type", func(o *Object) { withRelocs(o).Relocs[0].Type = 9 }},
	{"a symbol past the end", "past the end", func(o *Object) { o.Symbols[len(o.Symbols)-1].Size = 1 << 60 }},
	{"a symbol of a common section", "none of this object",
		func(o *Object) { s := o.Symbols[len(o.Symbols)-1]; s.Section, s.Special = nil, 0xfff2 }},
	{"a section of an unknown type", "not known", func(o *Object) { o.Sections[0].Type = 0x6fff0000 }},
	{"a group", "group", func(o *Object) { o.Sections[0].Type = 17 }},
	{"an alignment of no power of two", "aligned", func(o *Object) { o.Sections[0].Align = 3 }},
	{"entries without end", "entries", func(o *Object) { o.Sections[0].EntSize = 1 << 63 }},
}

func withRelocs(o *Object) *Section {
	for _, s := range o.Sections {
		if len(s.Relocs) > 0 {
			return s
		}
	}
	return nil
}

func TestReadDamaged(t *testing.T) {
	good := compileBytes(t, prelude+sample+"int last = 1;")
	for _, test := range damages {
		t.Run(test.name, func(t *testing.T) {
			object, err := Read(good)
			if err != nil {
				t.Fatal(err)
			}
			test.change(object)
			data, err := object.Bytes()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := Read(data); err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("said %v, not %q", err, test.says)
			}
		})
	}
	for length := 0; length < len(good)-1; length += 97 {
		if _, err := Read(good[:length]); err == nil {
			t.Errorf("took the first %d bytes of %d", length, len(good))
		}
	}
}

// FuzzExtract gives the reader, and all that works on what it has read, bytes that no compiler made.
func FuzzExtract(f *testing.F) {
	good := compileBytes(f, prelude+sample)
	other := compileBytes(f, prelude+strings.ReplaceAll(sample, "done++", "done += 2"))
	f.Add(good, uint32(0), uint64(0))
	f.Add(other, uint32(100), uint64(1)<<63)
	f.Add(other, uint32(len(other)-64*4), uint64(0xffffffff))
	f.Add([]byte("\x7fELF\x02\x01\x01"), uint32(3), uint64(7))
	original, err := Read(good)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte, at uint32, value uint64) {
		data = bytes.Clone(data)
		if len(data) >= 8 {
			binary.LittleEndian.PutUint64(data[int(at)%(len(data)-7):], value)
		}
		patched, err := Read(data)
		if err != nil {
			return
		}
		if _, err := patched.Bytes(); err != nil {
			t.Errorf("an object that was read cannot be written: %v", err)
		}
		made, err := Extract(original, patched, Options{ObjtoolLater: at%2 == 0})
		if err == nil {
			if _, err := made.Object.Bytes(); err != nil {
				t.Errorf("what was extracted cannot be written: %v", err)
			}
		}
		_, _ = MakeLate(data, map[string]Target{"other": {"vmlinux", "other", 1}})
	})
}
