// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"spotos/probe"
	"spotos/session"
)

func TestParseSyscall(t *testing.T) {
	for _, c := range []struct {
		text   string
		number int
		first  uint64
		ok     bool
	}{
		{"running\n", 0, 0, false},
		{"-1 0x7ffc 0x7f12\n", 0, 0, false},
		{"45 0x3 0x7ffc5 0x64 0x0 0x0 0x0 0x7ffc 0x7f12\n", 45, 3, true},
		{"", 0, 0, false},
	} {
		number, args, ok := parseSyscall(c.text)
		if ok != c.ok || ok && (number != c.number || args[0] != c.first) {
			t.Errorf("%q: %d, %x, %v", c.text, number, args, ok)
		}
	}
}

// A thread whose system call cannot be read is not taken for one that would notice nothing; one that is gone is.
func TestUnreadSystemCall(t *testing.T) {
	dir := t.TempDir() + "/"
	if got := unread(dir, "why"); got != "why" {
		t.Errorf("of a thread that is there: %q", got)
	}
	if got := unread(dir+"none/", "why"); got != "" {
		t.Errorf("of one that is gone: %q", got)
	}
}

func TestTimeLimit(t *testing.T) {
	known := programs{}
	defer known.close()
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	limit := unix.Timeval{Sec: 9}
	if err := unix.SetsockoptTimeval(ends[1], unix.SOL_SOCKET, unix.SO_RCVTIMEO, &limit); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open("/dev/null")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for fd, want := range map[int]bool{ends[0]: false, ends[1]: true, int(file.Fd()): false} {
		if got, err := known.of(os.Getpid()).timeLimit(fd, unix.SO_RCVTIMEO); got != want || err != nil {
			t.Errorf("descriptor %d: %v, %v", fd, got, err)
		}
	}
	if _, err := known.of(os.Getpid()).timeLimit(1<<20, unix.SO_RCVTIMEO); err == nil {
		t.Error("of a descriptor that is not open nothing is wrong")
	}
}

func TestPromises(t *testing.T) {
	for _, c := range []struct {
		f    session.Forecast
		want bool
	}{
		{session.Forecast{Chance: 100}, true}, // at this moment
		{session.Forecast{Chance: 60, Wait: time.Second}, true},
		{session.Forecast{Chance: 60, Wait: 3 * time.Second}, false},
		{session.Forecast{Unknown: "no zero window was seen"}, false},
		{session.Forecast{Held: "a (pid 1)"}, false},
	} {
		if got := promises(c.f, 2*time.Second); got != c.want {
			t.Errorf("%+v: %v", c.f, got)
		}
	}
}

// A holder is deaf once it has stayed inside each of three times, and is forgotten when a sample finds it outside.
func TestDeaf(t *testing.T) {
	var s sightings
	h := []probe.Holder{{PID: 7, Comm: "a"}}
	s.see(h, time.Now())
	for i := range deafAfter {
		if s.deaf(7) {
			t.Errorf("deaf after %d times", i)
		}
		if got := s.stayed([]int{7}, h); (len(got) == 1) != (i == deafAfter-1) {
			t.Errorf("time %d: %v", i+1, got)
		}
		s.see(h, time.Now())
	}
	list := []session.Holder{{PID: 7}}
	if s.age(list); !s.deaf(7) || !list[0].Deaf || !strings.Contains(session.WhyDeaf(list), "does not leave") {
		t.Errorf("not deaf: %+v", list)
	}
	if s.stayed([]int{7}, nil); s.deaf(7) {
		t.Error("still deaf, though it was outside when the others were")
	}
	thread := []probe.Holder{{PID: 7, Kthread: true, State: 1}}
	for range deafAfter {
		s.stayed([]int{7}, thread)
	}
	if s.deaf(7) {
		t.Error("a kernel thread that can be woken is called deaf")
	}
	for range deafAfter {
		s.stayed([]int{7}, h)
	}
	s.see(nil, time.Now())
	s.see(h, time.Now())
	if s.deaf(7) {
		t.Error("still deaf, though a sample found it outside")
	}
}
