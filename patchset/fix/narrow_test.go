// SPDX-License-Identifier: GPL-2.0-only

package fix

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"spotos/patchset/build"
	"spotos/patchset/source"
)

// soundHeaders are headers that differ between Debian's sources of two kernels in inline functions, changed and new.
var soundHeaders = []string{"include/linux/skmsg.h", "drivers/net/wireguard/queueing.h", "fs/ocfs2/journal.h",
	"include/net/secure_seq.h", "arch/x86/include/asm/pkeys.h"}

// TestNarrowSound compiles with the old and the new header all files that narrow leaves out, and wants no object to
// differ.
func TestNarrowSound(t *testing.T) {
	cache := os.Getenv("SPOTOS_NARROW")
	if cache == "" {
		t.Skip("compiles some 130 files of the kernel twice, an hour: SPOTOS_NARROW names the cache of kernel sources")
	}
	kernel, err := FindKernel("../../.kernels/47/")
	if err != nil {
		t.Skipf("needs the kernel 47: lab/fetch-kernels.sh .kernels 47=6.1.0-47-amd64: %v", err)
	}
	later, err := build.ObjtoolLater(kernel.Headers)
	if err != nil {
		t.Fatal(err)
	}
	store := &source.Store{Dir: cache}
	var pair source.Pair
	if pair.Old, err = store.Get(t.Context(), "6.1.170-3"); err == nil {
		pair.New, err = store.Get(t.Context(), "6.1.192-2")
	}
	if err != nil {
		t.Skip(err)
	}
	headers := soundHeaders
	if only := os.Getenv("SPOTOS_NARROW_HEADERS"); only != "" {
		headers = strings.Fields(only)
	}
	for _, header := range headers {
		t.Run(header, func(t *testing.T) {
			m := &maker{Request: Request{Kernel: kernel, Source: pair.Old}, dir: t.TempDir(), later: later,
				implied: make(map[string]bool)}
			testNarrowSound(t, m, pair, header)
		})
	}
}

// differs returns what is not the same in two objects.
func differs(original, patched *build.Object, m *maker) []build.Change {
	return slices.DeleteFunc(build.Compare(original, patched, m.later), func(c build.Change) bool {
		return c.State == build.Same
	})
}

func testNarrowSound(t *testing.T, m *maker, pair source.Pair, header string) {
	from, to, err := pair.Text(t.Context(), header)
	if err != nil {
		t.Fatal(err)
	}
	m.headers = []source.File{{Path: header, Original: from, Patched: to, Header: true}}
	reached, err := m.reached(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	includers, err := m.users(reached, nil)
	if err != nil {
		t.Fatal(err)
	}
	touched, err := m.narrow(t.Context(), includers)
	if err != nil {
		t.Fatal(err)
	}
	compiled := 0
	for _, file := range includers {
		if slices.Contains(touched, file) {
			continue
		}
		text, err := m.Source.Read(file)
		if err != nil {
			t.Fatal(err)
		}
		m.implied[file] = true
		c, err := m.compile(t.Context(), source.File{Path: file, Original: string(text), Patched: string(text)})
		var refused *build.CompileError
		if errors.As(err, &refused) {
			t.Logf("%s is left out, and does not compile: %v", file, err)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		compiled++
		// Of some names there are several, which are not told apart in an object that is compared with itself either.
		if diff := cmp.Diff(differs(c.original, c.original, m), differs(c.original, c.patched, m)); diff != "" {
			t.Errorf("%s is left out, and its object differs:\n%s", file, diff)
		}
	}
	t.Logf("%s: %d files include it, %d may change: %s; the others are the same, %d compiled", header, len(includers),
		len(touched), strings.Join(touched, " "), compiled)
	if compiled == 0 {
		t.Errorf("no file is left out")
	}
}
