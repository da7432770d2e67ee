// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

const longChangelog = `linux (6.1.192-2) bookworm-security; urgency=high

  [ A. Person ]
  * xfrm: esp: fix up flags (Closes: #1135514)
  * Revert "wifi: cfg80211: stop NAN
    and P2P" (CVE-2026-10001,
    CVE-2026-10002) (Closes: #1)

 -- A. Person <a@example.org>  Fri, 08 May 2026 21:59:49 +0200

linux (6.1.192-1) bookworm-security; urgency=high

  * New upstream stable update:
    https://www.kernel.org/pub/linux/kernel/v6.x/ChangeLog-6.1.191
    - [x86] KVM: check it (CVE-2026-10003)
    - Squashfs: check metadata block
      offset
    https://www.kernel.org/pub/linux/kernel/v6.x/ChangeLog-6.1.192
    - [arm64,armhf] net/sched: ets: fix divide by zero. (CVE-2026-10004)).
    - Fix a thing

  [ B. Person ]
  * d/rules: more

 -- B. Person <b@example.org>  Fri, 01 May 2026 21:59:49 +0200

linux (6.1.170-3) bookworm; urgency=medium

  * old

 -- B. Person <b@example.org>  Fri, 01 Apr 2026 21:59:49 +0200
`

func TestChangelog(t *testing.T) {
	releases := ParseChangelog(longChangelog)
	got, err := Between(releases, "6.1.170-3", "6.1.192-2")
	if err != nil {
		t.Fatal(err)
	}
	want := []Release{
		{Version: "6.1.192-2", Suite: "bookworm-security", Changes: []Change{
			{Title: "xfrm: esp: fix up flags", Subsystem: "xfrm"},
			{Title: `Revert "wifi: cfg80211: stop NAN and P2P"`, Subsystem: "wifi",
				CVEs: []string{"CVE-2026-10001", "CVE-2026-10002"}},
		}},
		{Version: "6.1.192-1", Suite: "bookworm-security", Changes: []Change{
			{Title: "KVM: check it", Subsystem: "KVM", Arch: []string{"x86"}, CVEs: []string{"CVE-2026-10003"},
				Upstream: "6.1.191"},
			{Title: "Squashfs: check metadata block offset", Subsystem: "Squashfs", Upstream: "6.1.191"},
			{Title: "net/sched: ets: fix divide by zero.", Subsystem: "net/sched", Arch: []string{"arm64", "armhf"},
				CVEs: []string{"CVE-2026-10004"}, Upstream: "6.1.192"},
			{Title: "Fix a thing", Upstream: "6.1.192"},
			{Title: "d/rules: more", Subsystem: "d/rules"},
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, versions := range [][2]string{{"6.1.170-3", "6.1.193-1"}, {"6.1.1-1", "6.1.192-1"},
		{"6.1.192-2", "6.1.192-1"}} {
		if _, err := Between(releases, versions[0], versions[1]); err == nil {
			t.Errorf("no error for %q", versions)
		}
	}
	if same, err := Between(releases, "6.1.192-1", "6.1.192-1"); err != nil || len(same) != 0 {
		t.Errorf("between a version and itself: %v, %v", same, err)
	}
}

func FuzzChangelog(f *testing.F) {
	f.Add(longChangelog)
	f.Add("linux (1) x;\n    - [\n  * ((CVE-1-1)\n    https://6.1.1\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, r := range ParseChangelog(text) {
			for _, c := range r.Changes {
				if c.Title == "" || r.Version == "" {
					t.Fatalf("%+v in %+v", c, r)
				}
			}
		}
	})
}

func TestVersions(t *testing.T) {
	for version, want := range map[string]string{"6.1.170-3": "6.1", "6.12.117-1~deb12u1": "6.12", "6.1": "6.1",
		"6.1/..": "", "latest": "", "6.1.170-3 x": "", "": ""} {
		if got, err := Series(version); got != want || (err == nil) != (want != "") {
			t.Errorf("%q is of %q, %v", version, got, err)
		}
	}
	got, err := VersionOf("Linux version 6.1.0-47-amd64 (a@b) (gcc-12 (Debian 12.2.0-14) 12.2.0) " +
		"#1 SMP PREEMPT_DYNAMIC Debian 6.1.170-3 (2026-05-08)")
	if got != "6.1.170-3" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err := VersionOf("#1 SMP Fri May 8 2026"); err == nil {
		t.Errorf("got %q", got)
	}
}
