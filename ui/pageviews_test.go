// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"spotos/session"
	"spotos/session/replay"
)

// describing is a console whose patch no-oob is described.
type describing struct {
	switchable
	info  session.PatchInfo
	about session.About
	err   error
}

func (d describing) Patches(context.Context) ([]session.PatchInfo, error) {
	return []session.PatchInfo{{Name: "version-banner", Title: "the version says that it is patched", State: "loaded",
		Functions: []string{"version_proc_show"}}, d.info}, nil
}

func (d describing) Describe(context.Context, string) (session.About, error) { return d.about, d.err }

// listed is how the list has the patch of the tests.
var listed = session.PatchInfo{Name: "no-oob", Title: "A length that is read twice is read once", Severity: "high",
	References: []string{"CVE-2026-0001", "CVE-2026-0002", "https://example.org/no-oob"},
	Look:       "cat /sys/module/no_oob/parameters/calls", File: "/lib/spotos/patches/no-oob.ko",
	Functions: []string{"inet_recvmsg", "pair_check", "m_show,2"}, State: session.StateNotLoaded}

const (
	thisBuild  = "5f1c9a4f0f4a0d8f2be16dfb4ce0e0f2f1b6f1aa"
	otherBuild = "0a7e22ddc4f5c1d2b9c63c6e5a2f19c0f3d1e2b3"
)

// asFix is a patch that was made of a fix.
func asFix() session.About {
	return session.About{Title: listed.Title, Severity: listed.Severity, References: listed.References,
		Kernel: "6.12.117+deb12-amd64", BuildID: thisBuild, Running: thisBuild,
		Modules: []string{"pair_target=" + otherBuild},
		Functions: []session.AboutFunction{{Name: "inet_recvmsg", Object: "vmlinux"},
			{Name: "pair_check", Object: "pair_target"},
			{Name: "m_show,2", Object: "vmlinux",
				Uncounted: "m_show is found 2 times in vmlinux, and a probe finds its function by name"}},
		Stays:   []string{"the timer pair_late may call pair_again()"},
		Builder: "SPOTOS 0.1.0", Compiler: "GCC: (Debian 12.2.0-14+deb12u1) 12.2.0",
		Sum:    strings.Repeat("0123456789abcdef", 4),
		Signed: true, Signer: "CN=Modules of example,O=Example, serial number 235ecc21",
		Diff: aDiff, DiffSum: strings.Repeat("fedcba9876543210", 4)}
}

// aDiff is a diff of code that there is nowhere, with what makes a diff hard to show.
const aDiff = `From 0123456789 Mon Sep 17 00:00:00 2001
From: Jörg <joerg@example.org>
Subject: pair: read the length once

--- a/lab/pair.c
+++ b/lab/pair.c
@@ -10,9 +10,9 @@ static int pair_check(struct pair *pair)
 {
 	struct call *call = pair->call;
+	unsigned int length = READ_ONCE(call->length);
 
-	if (call->length > sizeof(pair->room))
--- a line that begins with two dashes once its sign is taken away
+	if (length > sizeof(pair->room))
 		return -EINVAL;
-	memcpy(pair->room, call->data, call->length);
+	memcpy(pair->room, call->data, length); /* ` + "\x1b[2J\u202e" +
	`evil, and a comment that is too long for most screens, so that it must be wrapped or moved sideways */
 	return 0;
 }
diff --git a/lab/other.c b/lab/other.c
--- a/lab/other.c
+++ b/lab/other.c
@@ -1 +1,2 @@
 int other;
+int length;
\ No newline at end of file
`

// refusedByHand is a patch by hand for another kernel.
func refusedByHand() session.About {
	return session.About{Title: listed.Title, Kernel: "6.1.0-47-amd64", Running: thisBuild, ByHand: true,
		Author: "somebody", Sum: strings.Repeat("0123456789abcdef", 4),
		Refusals:  []string{"no-oob was built for kernel 6.1.0-47-amd64, and 6.12.117+deb12-amd64 runs; build it there"},
		Uncounted: []string{"the kernel has no BTF; watching needs a kernel with CONFIG_DEBUG_INFO_BTF"},
		Functions: []session.AboutFunction{{Name: "inet_recvmsg", Object: "vmlinux",
			Refusals: []string{"inet_recvmsg is owned by patch other; revert that first: spotos revert other"}}}}
}

// owned is a patch of which one function is in another's hands.
func owned() session.About {
	about := asFix()
	about.Functions[0].Refusals = []string{"inet_recvmsg is owned by patch other; revert that first: spotos revert other"}
	about.Functions[1].Shared = "pair_check and pair_test are one function in this kernel, so the callers of both get " +
		"the replacement"
	return about
}

// describedPatch returns a console with a description, after keys. inHand: the patch is in hand.
func describedPatch(t *testing.T, d describing, inHand bool, w, h int, opts Options, keys ...string) *Model {
	t.Helper()
	recording, err := replay.Open("testdata/"+easy, replay.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d.switchable, d.info = switchable{recording}, listed
	if len(d.about.Refusals) > 0 {
		d.info.State, d.info.Refusals = session.StateUnavailable, d.about.Refusals
	}
	var events []session.Event
	if inHand {
		events = recorded(t, easy, stoppedAt{session.KindSampled, 4, 0})
	}
	m := screenOf(t, d, events, w, h, opts)
	if !inHand {
		press(m, "j", "enter")
	} else {
		press(m, "d")
	}
	m.Update(m.describeCmd("no-oob")())
	press(m, keys...)
	return m
}

// belowList returns a view of the list of patches, with the beginning of the page of one below it.
func belowList(about func() session.About) func(*testing.T, int, int, Options) *Model {
	return func(t *testing.T, w, h int, opts Options) *Model {
		return describedPatch(t, describing{about: about()}, false, w, h, opts, "esc")
	}
}

// pageOf returns a view of a page.
func pageView(about func() session.About, inHand bool, keys ...string) func(*testing.T, int, int, Options) *Model {
	return func(t *testing.T, w, h int, opts Options) *Model {
		return describedPatch(t, describing{about: about()}, inHand, w, h, opts, keys...)
	}
}

// sought returns the keys that search for a text and then press others.
func sought(text string, then ...string) []string {
	return append(append(append([]string{"*"}, typed(text)...), "enter"), then...)
}

// pageViews are views of the page of a patch, of searching, and of the palette.
var pageViews = []view{
	{"page", pageView(asFix, false)},
	{"patches-described", belowList(asFix)},
	{"patches-described-by-hand", belowList(refusedByHand)},
	{"page-in-hand", pageView(asFix, true)},
	{"page-diff", pageView(asFix, false, "d")},
	{"page-wrapped", pageView(asFix, false, "w", "G")},
	{"page-side", pageView(asFix, false, "G", "right", "right")},
	{"page-searching", pageView(asFix, false, append([]string{"*"}, typed("LENGTH")...)...)},
	{"page-found", pageView(asFix, false, sought("length", "*", "*", "*", "#")...)},
	{"page-not-found", pageView(asFix, false, sought("nowhere")...)},
	{"page-refused", pageView(refusedByHand, false)},
	{"page-owned", pageView(owned, false)},
	{"page-reading", func(t *testing.T, w, h int, opts Options) *Model {
		m := describedPatch(t, describing{about: asFix()}, false, w, h, opts)
		press(m, "esc", "k", "enter")
		return m
	}},
	{"page-error", func(t *testing.T, w, h int, opts Options) *Model {
		return describedPatch(t, describing{err: errors.New("no patch no-oob: there is version-banner")}, false, w, h, opts)
	}},
	{"page-recorded", func(t *testing.T, w, h int, opts Options) *Model {
		about := asFix().WithoutDiff()
		about.Recorded = true
		return describedPatch(t, describing{about: about}, false, w, h, opts, "G")
	}},
	{"page-old-recording", func(t *testing.T, w, h int, opts Options) *Model {
		m := viewed(t, easy, stoppedAt{}, w, h, opts)
		press(m, "enter")
		m.Update(m.describeCmd("no-oob")())
		return m
	}},
	{"arm-question-described", func(t *testing.T, w, h int, opts Options) *Model {
		m := describedPatch(t, describing{about: asFix()}, true, w, h, opts)
		press(m, "esc", "a")
		return m
	}},
	{"stacks-searched", func(t *testing.T, w, h int, opts Options) *Model {
		m := screenAt(t, stuck, stoppedAt{session.KindStuck, 1, 1}, w, h, opts)
		press(m, append([]string{"3", "enter"}, sought("wait_woken", "*")...)...)
		return m
	}},
	{"log-searched", func(t *testing.T, w, h int, opts Options) *Model {
		m := screenAt(t, stuck, stoppedAt{session.KindApplied, 1, 2}, w, h, opts)
		press(m, append([]string{"4"}, sought("switched", "*")...)...)
		return m
	}},
	{"palette", func(t *testing.T, w, h int, opts Options) *Model {
		m := screenAt(t, easy, stoppedAt{session.KindSampled, 4, 0}, w, h, opts)
		press(m, ":")
		return m
	}},
	{"palette-filter", func(t *testing.T, w, h int, opts Options) *Model {
		m := screenAt(t, easy, stoppedAt{session.KindSampled, 4, 0}, w, h, opts)
		press(m, ":", "a", "r", "m")
		return m
	}},
	{"palette-recording", func(t *testing.T, w, h int, opts Options) *Model {
		recording, err := replay.Open("testdata/"+stuck, replay.Options{})
		if err != nil {
			t.Fatal(err)
		}
		m := screenOf(t, recording, recorded(t, stuck, stoppedAt{session.KindStuck, 1, 0}), w, h, opts)
		m.position = session.Position{At: 10 * time.Second, Length: 22 * time.Second, Event: 24, Events: 47, Speed: 1}
		press(m, ":")
		return m
	}},
}

// With --ascii the page and the palette are drawn with ASCII only, the diff too.
func TestPagesInASCII(t *testing.T) {
	for _, v := range pageViews {
		for _, size := range sizes {
			name := fmt.Sprintf("ascii-%s-%dx%d", v.name, size.w, size.h)
			t.Run(name, func(t *testing.T) {
				screen := ansi.Strip(v.at(t, size.w, size.h, Options{ASCII: true}).View().Content)
				if i := strings.IndexFunc(screen, func(r rune) bool { return r > 126 }); i >= 0 {
					t.Errorf("%q is not ASCII", screen[i:])
				}
				golden(t, name, screen+"\n")
			})
		}
	}
}
