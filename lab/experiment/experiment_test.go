// SPDX-License-Identifier: GPL-2.0-only

package experiment

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"spotos/lab/load"
)

const ms = time.Millisecond

// at is a request that began and took so many milliseconds after and for.
func at(begin, took int, fault load.Failure) load.Sample {
	return load.Sample{Begin: int64(begin) * int64(ms), Took: int64(took) * int64(ms), Fault: fault}
}

func moment(after int) time.Time { return time.Unix(0, int64(after)*int64(ms)) }

// TestBins puts requests into tenths of a second by their ends, before the command and after.
func TestBins(t *testing.T) {
	samples := []load.Sample{at(0, 40, ""), at(150, 10, ""), at(160, 20, ""), at(160, 30, load.Reset), at(190, 250, ""),
		at(600, 10, "")}
	got := bins(samples, moment(50), moment(250), moment(500))
	want := []Bin{
		{Start: -200 * ms},
		{Start: -100 * ms, Requests: 2, P50: 20 * ms, P99: 20 * ms, Longest: 20 * ms, Faults: 1},
		{Start: 0},
		{Start: 100 * ms, Requests: 1, P50: 250 * ms, P99: 250 * ms, Longest: 250 * ms},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := bins(samples, moment(50), moment(50), moment(60)); got != nil {
		t.Errorf("a phase shorter than a bin has %v", got)
	}
}

// TestLook counts a request where it ended, and takes for the longest also one that went on.
func TestLook(t *testing.T) {
	open := at(150, 30, "")
	open.Open = true
	samples := []load.Sample{at(0, 120, ""), at(120, 10, ""), at(150, 20, load.Failed), open, at(180, 400, "")}
	got := look(samples, moment(100), moment(200))
	want := Seen{Seconds: 0.1, Requests: 2, P50: 120 * ms, P99: 120 * ms, Longest: 400 * ms}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got.PerSecond() != 20 || (Seen{}).PerSecond() != 0 {
		t.Errorf("%v requests a second", got.PerSecond())
	}
	faults := countFaults(append(samples, at(1, 1, load.Interrupted), at(1, 1, load.Reset), at(1, 1, load.Unanswered)))
	if diff := cmp.Diff(Faults{Resets: 1, Interrupted: 1, Failed: 1, Unanswered: 1}, faults); diff != "" {
		t.Error(diff)
	}
}

// TestOfTrial leaves out what began after the trial, however long it waits, and gives the rest time for an answer.
func TestOfTrial(t *testing.T) {
	open := func(begin, took int) load.Sample {
		s := at(begin, took, "")
		s.Open = true
		return s
	}
	samples := []load.Sample{at(10, 5, ""), open(50, 7000), open(120, 9000), at(130, 10, load.Reset)}
	unanswered := open(50, 7000)
	unanswered.Fault = load.Unanswered
	for _, c := range []struct {
		over, open bool
		want       []load.Sample
	}{{false, true, samples[:1]}, {true, false, []load.Sample{samples[0], unanswered}}} {
		got, isOpen := ofTrial(samples, moment(100), c.over)
		if diff := cmp.Diff(c.want, got); diff != "" || isOpen != c.open {
			t.Errorf("over %v: some are open: %v, and %s", c.over, isOpen, diff)
		}
	}
}

// TestPlan wants the same order for the same seed, another for another, whole rounds, a server's trials in one piece,
// and fewer of those of which few tell enough.
func TestPlan(t *testing.T) {
	cases := []Case{{Server: "nginx", Patches: []string{"a"}, Lesser: []string{"b"}},
		{Server: "redis", Patches: []string{"a", "again-do-epoll-wait"}}}
	strategies := []string{Nothing, Auto, Retry}
	plan := Plan(cases, strategies, 6, 7)
	if diff := cmp.Diff(plan, Plan(cases, strategies, 6, 7)); diff != "" {
		t.Error(diff)
	}
	if slices.Equal(plan, Plan(cases, strategies, 6, 8)) {
		t.Error("another seed gives the same order")
	}
	count := map[Trial]int{} // of each case and strategy; all must be different
	servers := 0
	for i, trial := range plan {
		if i > 0 && trial.Number < plan[i-1].Number {
			t.Errorf("trial %d is of round %d", i, trial.Number)
		}
		if i == 0 || trial.Server != plan[i-1].Server {
			servers++
		}
		trial.Number = 0
		count[trial]++
	}
	want := map[Trial]int{}
	for _, c := range []struct {
		server, patch string
		each          [3]int
	}{
		{"nginx", "a", [3]int{2, 6, 6}}, {"nginx", "b", [3]int{2, 2, 2}},
		{"redis", "a", [3]int{2, 6, 6}}, {"redis", "again-do-epoll-wait", [3]int{1, 1, 1}},
	} {
		for i, s := range strategies {
			want[Trial{c.server, c.patch, s, 0}] = c.each[i]
		}
	}
	if diff := cmp.Diff(want, count); diff != "" {
		t.Error(diff)
	}
	if servers > 12 {
		t.Errorf("a server is started %d times in 6 rounds", servers)
	}
	left := Left(plan, map[Trial]bool{plan[0]: true, plan[5]: true})
	if diff := cmp.Diff(slices.Concat(plan[1:5], plan[6:]), left); diff != "" {
		t.Error(diff)
	}
}

func result(n int) *Result {
	seen := Seen{1.5, 300, 1500 * time.Microsecond, 2 * ms, 3 * ms}
	return &Result{Trial: Trial{"nginx", "again-x", Auto, n}, Kernel: "6.12", Outcome: Applied,
		Took: 1234567 * time.Nanosecond, Armed: 7 * ms, Wait: 5 * ms, Attempts: 2, Window: 70 * time.Microsecond, Nudges: 1,
		Holder: `ng"i,nx`, AtZero: 0.25, Windows: 12.5,
		Before: seen, During: seen, After: seen, Around: 9 * ms, Faults: Faults{1, 2, 3, 4, 5},
		Bins: []Bin{{-100 * ms, 3, ms, 2 * ms, 3 * ms, 0}, {0, 1, ms, ms, ms, 1}}}
}

// TestStore keeps results, is cut off in the middle of a line, and goes on behind the last whole one.
func TestStore(t *testing.T) {
	dir := t.TempDir()
	s, err := OpenStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 2 {
		if err := s.Keep(result(n + 1)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "trials.csv")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text[:len(text)-3], 0o644); err != nil {
		t.Fatal(err)
	}
	if s, err = OpenStore(dir); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[Trial]bool{result(1).Trial: true}, s.Done("6.12")); diff != "" {
		t.Error(diff)
	}
	if err := s.Keep(result(2)); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(text), string(again)); diff != "" {
		t.Error(diff)
	}
	if s, err = OpenStore(dir); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	want := *result(2)
	if want.Bins, err = s.Bins(s.Kept[1]); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(result(2).Bins, want.Bins); diff != "" {
		t.Error(diff)
	}
	want.Bins = nil
	if diff := cmp.Diff(want, s.Kept[1]); diff != "" {
		t.Error(diff)
	}
}

// TestOtherColumns wants results of another version to be refused, and to stay as they are.
func TestOtherColumns(t *testing.T) {
	file := filepath.Join(t.TempDir(), "trials.csv")
	if err := os.WriteFile(file, []byte("kernel,server\n6.12,nginx\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenStore(filepath.Dir(file)); err == nil {
		t.Error("it was opened")
	}
}

// TestCases wants every server of a case to be there, and each of its patches once.
func TestCases(t *testing.T) {
	for _, c := range slices.Concat(Cases(), Growth()) {
		s, known := serverNamed(c.Server)
		if !known || s.name != c.Server || s.load.Protocol != "" && !slices.Contains(load.Protocols(), s.load.Protocol) {
			t.Errorf("server %s is %q", c.Server, s.name)
		}
		all := slices.Concat(c.Patches, c.Lesser)
		if len(slices.Compact(slices.Sorted(slices.Values(all)))) != len(all) {
			t.Errorf("%s has a patch twice: %v", c.Server, all)
		}
	}
}

// TestSize wants each trial of Growth to say how large it is, and other trials nothing.
func TestSize(t *testing.T) {
	got := map[string][]int{}
	for _, trial := range Plan(slices.Concat(Growth(), Cases()), []string{Auto}, 1, 1) {
		if kind, n := trial.Size(); kind != "" {
			got[kind] = append(got[kind], n)
		}
	}
	for _, list := range got {
		slices.Sort(list)
	}
	if diff := cmp.Diff(map[string][]int{Connections: connections, Functions: functions}, got); diff != "" {
		t.Error(diff)
	}
	s, known := serverNamed("nginx-1000")
	if !known || s.load.Connections != 1000 || s.load.Think != 2500*ms {
		t.Errorf("%+v", s.load)
	}
	if _, known := serverNamed("nginx-none"); known {
		t.Error("any server is a crowd")
	}
}
