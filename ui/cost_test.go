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

	"spotos/internal/labtest"
	"spotos/session"
)

// What the console costs. The benchmarks check no result: the machine may be busy.

// BenchmarkFirstFrame measures the time from the start of the process to a whole screen, on a terminal that answers
// no queries.
func BenchmarkFirstFrame(b *testing.B) {
	for b.Loop() {
		s := startTerminal(b, easy, 80, 24)
		s.Wait("q quit")
		s.Keys("q")
		s.End()
	}
}

// BenchmarkKeyToTerminal measures the time from a key to its effect on the screen, with 200 functions, 500 holders
// and a full log.
func BenchmarkKeyToTerminal(b *testing.B) {
	s := startTerminal(b, easy, 200, 60, childFed+"=much")
	s.Wait("> no-oob")
	s.press(take, fmt.Sprintf(" %d ─", logLength)).press("4", ">4 Log").press("k").press("k")
	keys := []string{"k", "j"}
	longest := time.Duration(0)
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		time.Sleep(time.Duration(250+i*17%100) * time.Millisecond) // at any moment between two frames
		before, start := len(s.Output()), time.Now()
		b.StartTimer()
		s.press(keys[i%2]).WaitUntil("the cursor to move", func() bool { return len(s.Output()) > before })
		longest = max(longest, time.Since(start))
	}
	b.ReportMetric(float64(longest.Milliseconds()), "ms-longest")
}

// BenchmarkIdle measures the processor time of a console that nobody touches, in percent of one CPU.
func BenchmarkIdle(b *testing.B) {
	for _, what := range []string{"nothing in hand", "loaded", "armed"} {
		b.Run(what, func(b *testing.B) {
			s := startTerminal(b, easy, 80, 24, childFed+"="+what)
			s.Wait("> no-oob")
			if what != "nothing in hand" {
				s.press(take, "tcp_recvmsg")
			}
			s.measureCPU(b)
		})
	}
}

// BenchmarkLabIdle measures the same on a real kernel, with the probes and the module. The lab's VM emulates its CPU:
// everything is slower there than on a host.
func BenchmarkLabIdle(b *testing.B) {
	labtest.WithSpotos(b)
	holdPair(b)
	for _, what := range []string{"watching", "armed"} {
		b.Run(what, func(b *testing.B) {
			s := startTerminal(b, theMachine, 80, 24, childFed+"=the machine")
			s.Wait("[ WATCHING ]")
			if what == "armed" {
				s.press("a", "[____]")
				time.Sleep(2 * answerDelay)
				s.press("pair", "y: yes").press("y", "kernel: armed")
			}
			s.measureCPU(b)
			s.signal(syscall.SIGTERM)
			s.End()
		})
	}
}

// measureCPU measures for SPOTOS_MEASURE, a duration, or for 10 s.
func (s *terminal) measureCPU(b *testing.B) {
	b.Helper()
	long, err := time.ParseDuration(os.Getenv("SPOTOS_MEASURE"))
	if err != nil {
		long = 10 * time.Second
	}
	for b.Loop() {
		time.Sleep(2 * time.Second) // let the start pass
		ticks, written, start := s.ticks(), len(s.Output()), time.Now()
		time.Sleep(long)
		took := time.Since(start).Seconds()
		b.ReportMetric(float64(s.ticks()-ticks)/took, "%cpu") // a tick is 10 ms
		b.ReportMetric(float64(len(s.Output())-written)/took, "bytes/s")
	}
	b.ReportMetric(0, "ns/op")
}

// ticks returns the processor time of the child in ticks of 10 ms.
func (s *terminal) ticks() int {
	s.TB.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.Cmd.Process.Pid))
	if err != nil {
		s.TB.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return user + system
}

// A day of samples, one a second, and a log entry every two seconds. After a quarter of the day the heap stops
// growing.
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
			head := session.Head{Kind: session.KindSafePoint, Time: sample.Time}
			events = append(events, session.SafePoint{Head: head, Count: second})
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
	if end > quarter+quarter/4 { // the lists are cut only from time to time
		t.Errorf("the heap has %d bytes after a day, and had %d after a quarter of it", end, quarter)
	}
	runtime.KeepAlive(m)
}
