// SPDX-License-Identifier: GPL-2.0-only

package load

import (
	"bufio"
	"cmp"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

// server answers each line of what comes to a port, and resets a connection instead of its answer number resets, if
// that is not 0.
type server struct {
	answer string
	resets int
	deaf   bool // it answers only the first
	asked  atomic.Int64
	enough chan struct{} // is closed after 50 requests, or the first that a deaf server does not answer
}

func (s *server) start(t *testing.T) (port int) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	s.enough = make(chan struct{})
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go s.serve(conn.(*net.TCPConn))
		}
	}()
	return listener.Addr().(*net.TCPAddr).Port
}

func (s *server) serve(conn *net.TCPConn) {
	defer conn.Close()
	lines := bufio.NewScanner(conn)
	for n := 1; lines.Scan(); n++ {
		if asked := s.asked.Add(1); asked == 50 || asked == 2 && s.deaf {
			close(s.enough)
		}
		if n > 1 && s.deaf {
			continue
		}
		if n == s.resets {
			_ = conn.SetLinger(0)
			return
		}
		if _, err := conn.Write([]byte(s.answer)); err != nil {
			return
		}
	}
}

// TestLoad wants each reset to be seen, and nothing to be seen of a server that only answers.
func TestLoad(t *testing.T) {
	for name, c := range map[string]struct {
		resets int
		want   []Failure
	}{
		"right answers": {0, []Failure{""}},
		"resets":        {3, []Failure{"", Reset}},
	} {
		s := &server{answer: "END\r\n", resets: c.resets}
		l, err := Start(Options{Protocol: "memcached", Port: s.start(t), Connections: 2})
		if err != nil {
			t.Fatal(name, err)
		}
		<-s.enough
		samples := l.Take()
		l.Stop()
		var seen []Failure
		for _, s := range samples {
			if s.Took <= 0 {
				t.Errorf("%s: a request took %d ns", name, s.Took)
			}
			seen = append(seen, s.Fault)
		}
		slices.Sort(seen)
		if seen = slices.Compact(seen); !slices.Equal(seen, c.want) {
			t.Errorf("%s: failures %q, want %q", name, seen, c.want)
		}
		if !slices.IsSortedFunc(samples, func(a, b Sample) int { return cmp.Compare(a.Begin, b.Begin) }) {
			t.Errorf("%s: the requests are not in order", name)
		}
	}
}

// TestUnderWay has a server that never answers the second request: it is under way, whenever samples are taken.
func TestUnderWay(t *testing.T) {
	s := &server{answer: "END\r\n", deaf: true}
	l, err := Start(Options{Protocol: "memcached", Port: s.start(t), Connections: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Stop()
	<-s.enough
	first, second := l.Take(), l.Take()
	if len(first) != 1 || len(second) != 1 || !first[0].Open || first[0].Begin != second[0].Begin ||
		second[0].Took < first[0].Took {
		t.Errorf("%+v, and then %+v", first, second)
	}
}

// TestWrongAnswer wants a server that is not what it should be to be known at once.
func TestWrongAnswer(t *testing.T) {
	s := &server{answer: "ERROR\r\n"}
	_, err := Start(Options{Protocol: "memcached", Port: s.start(t), Connections: 1})
	if err == nil || !strings.Contains(err.Error(), `the answer is "ERROR`) {
		t.Errorf("%v", err)
	}
}
