// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"testing"
	"testing/fstest"
)

func TestWhoIs(t *testing.T) {
	const status, login = "Name:\tspotos\nUid:\t0\t0\t0\t0\n", "4294967295"
	process := func(comm, status, login, stat string) fstest.MapFS {
		return fstest.MapFS{"812/comm": {Data: []byte(comm + "\n")}, "812/status": {Data: []byte(status)},
			"812/loginuid": {Data: []byte(login)}, "812/stat": {Data: []byte(stat)}}
	}
	for name, tt := range map[string]struct {
		proc fstest.MapFS
		want string
	}{
		"gone":          {fstest.MapFS{}, ""},
		"nothing known": {fstest.MapFS{"812/comm": {Data: []byte("spotos\n")}}, "spotos (pid 812)"},
		"no terminal":   {process("spotos", status, login, "812 (spotos) S 1 812 812 0 -1"), "spotos (pid 812) of root"},
		"pts": {process("spotos", status, login, "812 (spotos) S 1 812 812 34817 -1"),
			"spotos (pid 812) of root on pts/1"},
		"many pts": {process("spotos", status, login, "812 (spotos) S 1 812 812 35071 -1"),
			"spotos (pid 812) of root on pts/255"},
		"pts of the next major": {process("spotos", status, login, "812 (spotos) S 1 812 812 35072 -1"),
			"spotos (pid 812) of root on pts/256"},
		"serial line": {process("spotos", status, login, "812 (spotos) S 1 812 812 1089 -1"),
			"spotos (pid 812) of root on ttyS1"},
		"virtual console": {process("spotos", status, login, "812 (spotos) S 1 812 812 1027 -1"),
			"spotos (pid 812) of root on tty3"},
		"who became root": {process("spotos", status, "1000123", "812 (spotos) S 1 812 812 34817 -1"),
			"spotos (pid 812) of root (user 1000123) on pts/1"},
		"a name with brackets": {process("a) S 9 (b", status, login, "812 (a) S 9 (b) S 1 812 812 34817 -1"),
			"a) S 9 (b (pid 812) of root on pts/1"},
	} {
		if got := whoIs(tt.proc, "812"); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}
