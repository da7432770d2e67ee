// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"os"
	"testing"
	"time"
)

// TestArchive downloads one kernel's source and unpacks a part of it: SPOTOS_ARCHIVE names the version, or is "newest".
// SPOTOS_CACHE names a cache that stays; otherwise 140 MB come down each time.
func TestArchive(t *testing.T) {
	version := os.Getenv("SPOTOS_ARCHIVE")
	if version == "" {
		t.Skip("downloads 140 MB from Debian's archive: SPOTOS_ARCHIVE=newest, or a version such as 6.1.170-3, asks for it")
	}
	dir := os.Getenv("SPOTOS_CACHE")
	if dir == "" {
		dir = t.TempDir()
	}
	began := time.Now()
	say := func(line string) { t.Logf("%6.1f s: %s", time.Since(began).Seconds(), line) }
	store := &Store{Dir: dir, Say: say}
	if version == "newest" {
		has, err := store.Versions(t.Context(), "6.1")
		if err != nil || len(has) == 0 {
			t.Fatalf("6.1 in the archive: %q, %v", has, err)
		}
		version = has[0]
	}
	src, err := store.Get(t.Context(), version)
	if err != nil {
		t.Fatal(err)
	}
	say("got " + src.Name())
	if err := src.Need(t.Context(), "net/ipv4/*", "include/"); err != nil {
		t.Fatal(err)
	}
	say("unpacked")
	if text, err := src.Read("net/ipv4/raw.c"); err != nil || len(text) < 10000 {
		t.Errorf("net/ipv4/raw.c: %d bytes, %v", len(text), err)
	}
	releases, err := src.Changelog(t.Context())
	if err != nil || len(releases) == 0 || releases[0].Version != version || len(releases[0].Changes) == 0 {
		t.Errorf("the changelog has %d releases, %v", len(releases), err)
	}
	if err := src.Need(t.Context(), "net/ipv4/*", "arch/x86/include/"); err != nil {
		t.Fatal(err)
	}
	say("unpacked one directory more")
	to := t.TempDir()
	if err := src.Checkout(t.Context(), to, "net/ipv4/*", "include/"); err != nil {
		t.Fatal(err)
	}
	say("checked out")
}
