// SPDX-License-Identifier: GPL-2.0-only

package build

import "testing"

// fuzzed are sources whose objects have what the reader looks for: functions, data, strings, tables and their order.
var fuzzed = []string{
	"int f(int i) { return i + 1; }",
	`__section(".init.text") int g(void) { static int calls; return calls++; }`,
	`extern int hidden(int); static int value = 3;
const char *text(void) { return "text"; }
int f(int i) { return hidden(i) + value++; } void *table[] = {hidden, f, &value};`,
}

// FuzzRead feeds the reader of objects bytes that no compiler made. It must not panic, nor may what compares two
// objects and makes a patch of them. What was read and could be written must be read again.
func FuzzRead(f *testing.F) {
	var unchanged []byte
	for _, source := range fuzzed {
		object := compileBytes(f, prelude+source)
		unchanged = object
		f.Add(object)
		if late, err := MakeLate(object, map[string]Target{"hidden": {"vmlinux", "hidden", 1}}); err == nil {
			f.Add(late)
		}
	}
	f.Add([]byte("\x7fELF\x02\x01\x01"))
	f.Fuzz(func(t *testing.T, data []byte) {
		object, err := Read(data)
		if err != nil {
			return
		}
		if out, err := object.Bytes(); err == nil {
			if _, err := Read(out); err != nil {
				t.Errorf("what was read cannot be read again: %v", err)
			}
		}
		original, err := Read(unchanged)
		if err != nil {
			t.Fatal(err)
		}
		_ = Compare(original, object, true)
		if x, err := Extract(original, object, Options{ObjtoolLater: true}); err == nil && len(x.Object.Sections) == 0 {
			t.Error("an object without a section was made of what changed")
		}
	})
}
