// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"spotos/session"
)

// What the console costs. Benchmarks only measure: the machine they run on may be busy.

// From the start of the process to a whole screen, on a terminal that answers no queries.
func BenchmarkFirstFrame(b *testing.B) {
	for b.Loop() {
		s := startTerminal(b, easy, 80, 24)
		s.wait("q quit")
		s.keys("q")
		s.end()
	}
}

// From a key to what it does on the screen, with 200 functions, 500 holders and a full log.
func BenchmarkKeyToTerminal(b *testing.B) {
	s := startTerminal(b, easy, 200, 60, childFed+"=much")
	s.wait("> no-oob")
	s.press(enter, fmt.Sprintf("4 Log %d", logLength)).press("4", ">4 Log").press("k").press("k")
	keys := []string{"k", "j"}
	longest := time.Duration(0)
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		time.Sleep(time.Duration(250+i*17%100) * time.Millisecond) // at any moment of the renderer's beat
		before, start := len(s.output()), time.Now()
		b.StartTimer()
		s.press(keys[i%2]).waitUntil("the cursor to move", func() bool { return len(s.output()) > before })
		longest = max(longest, time.Since(start))
	}
	b.ReportMetric(float64(longest.Milliseconds()), "ms-longest")
}

// The processor time of a console that nobody touches, in percent of one CPU.
func BenchmarkIdle(b *testing.B) {
	for _, what := range []string{"nothing in hand", "loaded", "armed"} {
		b.Run(what, func(b *testing.B) {
			s := startTerminal(b, easy, 80, 24, childFed+"="+what)
			s.wait("> no-oob")
			if what != "nothing in hand" {
				s.press(enter, "tcp_recvmsg")
			}
			s.measureCPU(b)
		})
	}
}

// The same on a real kernel, the probes and the module's included. The lab's VM emulates its CPU, which makes all of it
// slower than it is on a host.
func BenchmarkLabIdle(b *testing.B) {
	inLab(b)
	holdPair(b)
	for _, what := range []string{"watching", "armed"} {
		b.Run(what, func(b *testing.B) {
			s := startTerminal(b, theMachine, 80, 24, childFed+"=the machine")
			s.wait("[ WATCHING ]")
			if what == "armed" {
				s.press("a", "[____]")
				time.Sleep(2 * answerDelay)
				s.press("pair", "y: yes").press("y", "module: armed")
			}
			s.measureCPU(b)
			s.signal(syscall.SIGTERM)
			s.end()
		})
	}
}

// measureCPU looks at the console for as long as SPOTOS_MEASURE says, or 10 s.
func (s *terminal) measureCPU(b *testing.B) {
	b.Helper()
	long, err := time.ParseDuration(os.Getenv("SPOTOS_MEASURE"))
	if err != nil {
		long = 10 * time.Second
	}
	for b.Loop() {
		time.Sleep(2 * time.Second) // what it began with
		ticks, written, start := s.ticks(), len(s.output()), time.Now()
		time.Sleep(long)
		took := time.Since(start).Seconds()
		b.ReportMetric(float64(s.ticks()-ticks)/took, "%cpu") // a tick is 10 ms
		b.ReportMetric(float64(len(s.output())-written)/took, "bytes/s")
	}
	b.ReportMetric(0, "ns/op")
}

// ticks is what the process has had of the CPUs.
func (s *terminal) ticks() int {
	s.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		s.t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return user + system
}

// A day of samples, one a second, and a log entry every two: after a quarter of it no more is kept.
func TestMemoryIsFlatOverADay(t *testing.T) {
	m := screenAt(t, stuck, stoppedAt{session.KindSampled, 6, 0}, 80, 24, Options{})
	sample := m.live.Sample
	heap := func() int {
		var stats runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&stats)
		return int(stats.HeapAlloc)
	}
	const day, minute = 24 * 60 * 60, 60
	quarter := 0
	var events []session.Event
	for second := range day {
		sample = nextSample(sample, second)
		sample.Holders[second%len(sample.Holders)].PID = 1000 + second
		events = append(events, sample)
		if second%2 == 0 {
			events = append(events, session.SafePoint{Head: session.Head{Kind: session.KindSafePoint, Time: sample.Time}, Count: second})
		}
		if second%minute == minute-1 {
			m.Update(eventsMsg{id: m.opID, events: events})
			events = nil
		}
		if second == day/4 {
			quarter = heap()
		}
	}
	end := heap()
	t.Logf("%.1f MB after a quarter of a day, %.1f MB after all of it", float64(quarter)/1e6, float64(end)/1e6)
	if end > quarter+quarter/4 { // the lists are cut from time to time
		t.Errorf("the heap has %d bytes after a day and had %d after a quarter of it", end, quarter)
	}
	runtime.KeepAlive(m)
}
