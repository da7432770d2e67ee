// SPDX-License-Identifier: GPL-2.0-only

package probe

import "testing"

func TestLosesRedirections(t *testing.T) {
	for release, want := range map[string]bool{
		"6.1.0-56-amd64": true, "6.12.57+deb13-amd64": true, "6.12.58": false, "6.12.117+deb12-amd64": false,
		"6.6.1": true, "7.0-rc1": false, "6.18.3": false, "5.10.0-1-amd64": true, "strange": true,
	} {
		if got := losesRedirectionsIn(release); got != want {
			t.Errorf("%s: %v", release, got)
		}
	}
}

func TestFtraceFlags(t *testing.T) {
	const list = "version_proc_show (2) R I D \ttramp: ftrace_regs_caller+0x0/0x65 (handler+0x0/0x20 [spotos])\n" +
		"\tdirect-->bpf_trampoline_6442497354+0x0/0x1000\n" +
		"pair_encode [pair_target] (1)    D\ttramp: 0xffffffffc0202000\n" +
		"pair_decode [pair_target] (1) R I  \ttramp: 0xffffffffc0202000\n" +
		"pair_decode_all (1) R I D\n"
	for name, want := range map[string][2]bool{
		"version_proc_show": {true, true}, "pair_encode": {false, true}, "pair_decode": {true, false}, "pair": {},
		"handler": {},
	} {
		redirected, trampoline := ftraceFlags(list, name)
		if got := [2]bool{redirected, trampoline}; got != want {
			t.Errorf("%s: %v, not %v", name, got, want)
		}
	}
}
