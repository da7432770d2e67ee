// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"strings"
	"testing"
)

// A fix is found by its CVE, its building cancelled and begun again, and the patch opened like any other.
func TestBuildAFix(t *testing.T) {
	s := startTerminal(t, easy, 80, 24, childFixes+"=here")
	s.Wait("> no-oob")
	s.press("f", ">6 Fixes 98, 6.1.170-3 to 6.1.192-2")
	s.press("/", "keep the filter").press("CVE-2026-46132", "1 of 98", "> rtnl_fill_vfinfo").press(enter, "build it")
	s.press(enter, "Build the patch rtnl-fill-vfinfo, for kernel 6.1.0-47-amd64?").press(enter+"n", noAnswer)
	s.press(enter, "y: yes").press("y", "Building rtnl-fill-vfinfo, for", "> ", "linking")
	s.press("q", "Quit? Building rtnl-fill-vfinfo is under way.").press("n", noAnswer)
	s.press(escape, "Cancelled after", "nothing half made is left")
	s.press(enter, "o: all that differs").press("o", "Build the patch rtnetlink,", "o: only rtnl_fill_vfinfo")
	s.press("o", "Build the patch rtnl-fill-vfinfo,").press("y", "rtnl-fill-vfinfo   OLD CODE ", "[ WATCHING ]")
	s.Wait(">2 Functions")
	s.press("1", "> rtnl-fill-vfinfo")
	s.Keys("q")
	s.EndsWell()
	const build = "build rtnl-fill-vfinfo of 6.1.192-2\n"
	if got, want := s.requests(), "list, download false\n"+build+"cancelled\n"+build+
		"open rtnl-fill-vfinfo\nclose\n"; got != want {
		t.Errorf("it was asked for\n%swant\n%s", got, want)
	}
}

// Nothing is downloaded unless the operator says so.
func TestDownloadAsksFirst(t *testing.T) {
	s := startTerminal(t, easy, 80, 24, childFixes+"=missing")
	s.Wait("> no-oob")
	s.press("f", "Download from Debian's archive, by apt?", "linux-source-6.1 6.1.170-3: 139 MB")
	s.press(enter+"n", noAnswer)
	s.Wait("It would have to be downloaded first")
	if got, want := s.requests(), "list, download false\n"; got != want {
		t.Errorf("it was asked for %q, want %q", got, want)
	}
	s.press("f", "y: yes").press("y", ">6 Fixes 98")
	if got := s.requests(); !strings.HasSuffix(got, "list, download true\n") {
		t.Errorf("it was asked for %q", got)
	}
}

// Whatever ends the console ends the building of a patch first.
func TestEndCancelsTheBuild(t *testing.T) {
	s := startTerminal(t, easy, 80, 24, childFixes+"=here")
	s.Wait("> no-oob")
	s.press("f", ">6 Fixes 98").press("/rtnl_fill"+enter, "1 of 98").press(enter, "y: yes").press("y", "linking")
	s.press("q", "Quit? Building").press("y")
	s.EndsWell()
	if got := s.requests(); !strings.HasSuffix(got, "cancelled\n") {
		t.Errorf("it was asked for %q", got)
	}
}
