// SPDX-License-Identifier: GPL-2.0-only

package session

import (
	"reflect"
	"testing"
)

func TestPlain(t *testing.T) {
	for in, want := range map[string]string{
		"consumer/0": "consumer/0", "bäcker": "bäcker", "a\x1b[2Jb\nc\td": "a?[2Jb c d", "\u202egnp": "?gnp",
		"\x80": "\ufffd", "": "",
	} {
		if got := Plain(in); got != want {
			t.Errorf("Plain(%q) = %q, want %q", in, got, want)
		}
	}
	if got := PlainLines("a\tb\n\x1bc\r"); got != "a\tb\n?c " {
		t.Errorf("PlainLines: %q", got)
	}
}

// TestEveryTextBecomesPlain puts an escape sequence into every text of every event, and of a patch.
func TestEveryTextBecomesPlain(t *testing.T) {
	const evil = "x\x1b[2J\ny"
	for _, e := range everyKind() {
		changed := reflect.New(reflect.TypeOf(e)).Elem()
		changed.Set(reflect.ValueOf(e))
		if texts(changed, func(s reflect.Value) { s.SetString(evil) }) == 0 {
			t.Errorf("%T has no text", e)
		}
		plain := reflect.New(changed.Type()).Elem()
		plain.Set(reflect.ValueOf(PlainEvent(changed.Interface().(Event))))
		texts(plain, func(s reflect.Value) {
			if s.String() != "x?[2J y" && s.String() != Escaped(evil) { // which a diff becomes
				t.Errorf("%T: %q remains in %+v", e, s.String(), plain)
			}
		})
	}
	patch := reflect.ValueOf([]PatchInfo{{References: []string{""}, Functions: []string{""}, Refusals: []string{""}}})
	texts(patch, func(s reflect.Value) { s.SetString(evil) })
	texts(reflect.ValueOf(PlainPatches(patch.Interface().([]PatchInfo))), func(s reflect.Value) {
		if s.String() != "x?[2J y" {
			t.Errorf("%q remains in a patch", s.String())
		}
	})
}

// texts calls do with every string in v that can be set, and returns how many there are.
func texts(v reflect.Value, do func(reflect.Value)) int {
	n := 0
	switch v.Kind() {
	case reflect.String:
		do(v)
		return 1
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				n += texts(v.Field(i), do)
			}
		}
	case reflect.Pointer:
		if !v.IsNil() {
			n += texts(v.Elem(), do)
		}
	case reflect.Slice:
		for i := range v.Len() {
			n += texts(v.Index(i), do)
		}
	}
	return n
}

func TestEscaped(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"-\tint a;\n+\tint b;\n", "-\tint a;\n+\tint b;\n"},
		{"+ \x1b]0;title\a\r\n", `+ \x1b]0;title\x07\x0d` + "\n"},
		{"Jörg\xff\x9b2J", `Jörg\xff\x9b2J`},
		{"if (a \u202e) \u200b", `if (a \u202e) \u200b`},
		{"\u009b2J\x7f", `\u009b2J\u007f`},
		{"\U000e0001", `\U000e0001`},
		{"\ufffd", "\ufffd"},
	} {
		if got := Escaped(c.text); got != c.want {
			t.Errorf("%q becomes %q, want %q", c.text, got, c.want)
		}
	}
}
