// SPDX-License-Identifier: GPL-2.0-only

package proof

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPack(t *testing.T) {
	want := []Original{{"vmlinux", "net/ipv4/raw.c", []byte("one")}, {"sctp", "net/sctp/socket.c", []byte{}}}
	packed, err := Pack(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := unpack(packed)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
	if again, err := Pack(want); err != nil || !bytes.Equal(packed, again) {
		t.Errorf("the same is packed in two ways: %v", err)
	}
	for n := range packed {
		if list, err := unpack(packed[:n]); err == nil {
			t.Errorf("%d bytes of %d unpack to %d originals", n, len(packed), len(list))
		}
	}
}

// FuzzUnpack feeds the reader of a patch's originals what no packer made: it must neither panic nor hold too much.
func FuzzUnpack(f *testing.F) {
	for _, list := range [][]Original{nil, {{"vmlinux", "a.c", []byte("x")}},
		{{"m", "d/a.c", make([]byte, 2000)}, {"n", "b.c", nil}}} {
		packed, err := Pack(list)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(packed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := unpack(data)
		held := 0
		for _, o := range list {
			held += len(o.Data)
			if o.Object == "" || o.File == "" {
				t.Errorf("an original without a name: %+v", o)
			}
		}
		if held > maxOriginals || err == nil && len(list) == 0 {
			t.Errorf("%d bytes unpacked to %d, %v", len(data), held, err)
		}
	})
}
