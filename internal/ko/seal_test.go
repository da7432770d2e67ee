// SPDX-License-Identifier: GPL-2.0-only

package ko

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// sealable returns an object with a place for its hash, as a linker leaves it: with the table of sections at its end.
func sealable(t *testing.T, info string) []byte {
	t.Helper()
	object := filepath.Join(t.TempDir(), "m.o")
	gcc := exec.Command("gcc", "-c", "-x", "c", "-o", object, "-")
	gcc.Stdin = strings.NewReader(`const char info[] __attribute__((section(".modinfo"))) = "` + info + `";` +
		"int f(void) { return 1; }")
	if out, err := gcc.CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v\n%s", err, out)
	}
	data, err := os.ReadFile(object)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestSeal wants every byte of a sealed file to be guarded, and a signature to be no change.
func TestSeal(t *testing.T) {
	for _, before := range []string{"", `name=m\0`} {
		data := sealable(t, before+SealKey+"="+NoSeal)
		if err := CheckSeal(data); err == nil {
			t.Error("a file without its hash passes")
		}
		if err := Seal(data); err != nil {
			t.Fatal(err)
		}
		if err := CheckSeal(data); err != nil {
			t.Error(err)
		}
		if err := CheckSeal(append(data[:len(data):len(data)], "signature"+signed...)); err != nil {
			t.Errorf("signed: %v", err)
		}
		if err := CheckSeal(append(data[:len(data):len(data)], "more"...)); err == nil {
			t.Error("bytes that are no signature are not noticed")
		}
		if err := Seal(data); err == nil {
			t.Error("a file is sealed twice")
		}
		for i := range data {
			data[i] ^= 1 << (i % 8)
			if err := CheckSeal(data); err == nil || !strings.Contains(err.Error(), "changed or damaged") {
				t.Errorf("a change at %#x gives %v", i, err)
			}
			data[i] ^= 1 << (i % 8)
		}
		for n := range data {
			if CheckSeal(data[:n]) == nil {
				t.Errorf("%d bytes of %d pass", n, len(data))
			}
		}
	}
}

// TestNoSeal wants a file without a whole place for its hash to be refused.
func TestNoSeal(t *testing.T) {
	for info, says := range map[string]string{"name=m": "no hash", SealKey + "=12": "cut off",
		"not_" + SealKey + "=" + NoSeal: "no hash"} {
		data := sealable(t, info)
		if err := Seal(data); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", info, err, says)
		}
	}
}
