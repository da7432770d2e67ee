// SPDX-License-Identifier: GPL-2.0-only

package running

import (
	"os"
	"testing"
)

// FuzzProve feeds what a patch carries of its source, changed, to the proof against unchanged code. It must not panic,
// and what it takes for equal must be code.
func FuzzProve(f *testing.F) {
	object := compile(f, "one.c", bySection...)
	data, err := os.ReadFile(object)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	code, err := Module("m", data)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := ParseObject(data)
		if err != nil {
			return
		}
		proof := o.Prove(code)
		for _, m := range proof.Matches {
			if s := code.section(m.Addr); s == nil || !s.Text {
				t.Errorf("%s is taken for what stands at %#x, where no code is", m.Function.Name, m.Addr)
			}
		}
	})
}
