// SPDX-License-Identifier: GPL-2.0-only

package namespace

import (
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

func TestWhy(t *testing.T) {
	const pid, user = "pid:[4026531836]", "user:[4026531837]"
	for name, tt := range map[string]struct{ pid, user, why string }{
		"the machine":                    {pid, user, ""},
		"a PID namespace":                {"pid:[4026532211]", user, "PID namespace"},
		"a user namespace":               {pid, "user:[4026532210]", "user namespace"},
		"no user namespaces":             {pid, "", ""},
		"neither, where nothing is read": {"", "", "reading in which namespace"},
	} {
		t.Run(name, func(t *testing.T) {
			root := fstest.MapFS{}
			for kind, link := range map[string]string{"pid": tt.pid, "user": tt.user} {
				if link != "" {
					root["proc/self/ns/"+kind] = &fstest.MapFile{Data: []byte(link), Mode: fs.ModeSymlink}
				}
			}
			why, do := Why(root)
			if (why == "") != (tt.why == "") || !strings.Contains(why, tt.why) || (why == "") != (do == "") {
				t.Errorf("%q, %q; want %q", why, do, tt.why)
			}
		})
	}
}

// TestWhole asks the kernel that runs. Where the test runs is not known, but the answer is.
func TestWhole(t *testing.T) {
	link, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		t.Fatal(err)
	}
	whole := Whole(os.DirFS("/"), PID)
	if (whole == nil) != (link == "pid:[4026531836]") || whole != nil && whole != ErrPart {
		t.Errorf("%s: %v", link, whole)
	}
}
