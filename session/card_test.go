// SPDX-License-Identifier: GPL-2.0-only

package session

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var reader = Holder{PID: 157, TGID: 146, Comm: "consumer/7", State: "S", Function: "inet_recvmsg",
	Since: int64(13 * time.Second), Stack: []string{"__schedule+0x4e0", "schedule+0x27", "wait_woken+0x52",
		"tcp_recvmsg+0x87", "inet_recvmsg+0x56", "0xffffffffc0288c8a", "inet_recvmsg+0x9", "sock_recvmsg+0x97",
		"__x64_sys_recvfrom+0x24"}}

// receiving returns what is known of a holder that receives on a file.
func receiving(call string, f *OpenFile, notices string) Details {
	uid := uint32(33)
	return Details{PID: 157, Exe: "/usr/sbin/nginx", Command: "nginx: worker process", UID: &uid, User: "www-data",
		Cgroup: "/system.slice/nginx.service", Unit: "nginx.service",
		Call: &SystemCall{Name: call, Args: []string{"4", "a buffer", "65536 bytes"}, File: f, Notices: notices}}
}

func TestCard(t *testing.T) {
	tcp := &OpenFile{FD: 4, Type: FileTCP, Local: "10.0.0.1:80", Remote: "10.0.0.7:51234"}
	usual := FunctionSample{Name: "inet_recvmsg", Timed: 100, P99: 194 * time.Millisecond}
	got := NewCard(reader, receiving("recvfrom", tcp, ""), usual, at, "no-oob", []string{"inet_recvmsg"})
	want := Card{
		Who: "consumer/7, thread 157 of process 146, user www-data, unit nginx.service: nginx: worker process " +
			"(/usr/sbin/nginx)",
		Where: "recvfrom(4, a buffer, 65536 bytes), on TCP 10.0.0.1:80 to 10.0.0.7:51234",
		Since: "13 s, 67 times the p99 (194 ms); since 14:02:47",
		Frees: "data from 10.0.0.7:51234, or that end closing the connection; or a nudge: the kernel restarts its " +
			"recvfrom, and its program notices nothing",
		Kernel: "wait_woken < tcp_recvmsg < [inet_recvmsg]",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What is not known is said to be unknown, and nothing is made up.
func TestCardOfWhatIsUnknown(t *testing.T) {
	h := reader
	h.Before = true
	got := NewCard(h, Details{Unknown: NotRead}, FunctionSample{}, at, "no-oob", []string{"inet_recvmsg"})
	want := Card{
		Who:    "consumer/7, thread 157 of process 146; nothing more was read of it",
		Where:  "system call not known",
		Since:  "over 13 s, where the p99 is not known; inside before the watch began, at 14:02:47",
		Frees:  "not known; a nudge may",
		Kernel: "wait_woken < tcp_recvmsg < [inet_recvmsg]",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhatFreesAHolder(t *testing.T) {
	kthread, deaf, running := Holder{Comm: "kworker", Kthread: true}, reader, Holder{State: "R", Comm: "a"}
	deaf.Deaf, deaf.State = true, "D"
	listening := &OpenFile{Type: FileTCP, Local: "0.0.0.0:80", Listen: true}
	limited := receiving("epoll_wait", nil, "epoll_wait returns EINTR")
	limited.Call.Limit = 5 * time.Second
	spared := receiving("read", nil, "")
	spared.Spared = "init is never nudged"
	for _, c := range []struct {
		h    Holder
		d    Details
		want string
	}{
		{reader, receiving("accept4", listening, ""), "somebody connecting to 0.0.0.0:80; or a nudge"},
		{reader, receiving("read", &OpenFile{Type: FilePipe}, ""), "somebody writing into the pipe"},
		{reader, receiving("recvmsg", &OpenFile{Type: FileUnix}, ""), "data from the other end of the socket"},
		{reader, receiving("recvmsg", &OpenFile{Type: FileUDP, Local: "*:53"}, ""), "a packet for *:53"},
		{reader, receiving("write", &OpenFile{Type: FilePath, Name: "/dev/x"}, ""), "/dev/x taking what is written"},
		{reader, receiving("futex", nil, ""), "another thread waking it, most likely of process 146"},
		{reader, receiving("ioctl", nil, "ioctl may return EINTR"), "which its program may notice: ioctl may return EINTR"},
		{reader, limited, "that it watches, or 5.0 s passing; or a nudge, which its program may notice"},
		{reader, spared, "something to read; a nudge leaves it alone: init is never nudged"},
		{reader, Details{NoCall: "it ran"}, "what it waits for is not known; a nudge may"},
		{running, Details{NoCall: "it ran"}, "itself: it is running"},
		{deaf, receiving("read", nil, ""), "a nudge does not: it was woken several times and stayed, since it sleeps unint"},
		{kthread, Details{}, "a nudge wakes it, but does not keep it outside"},
	} {
		if got := frees(c.h, c.d); !strings.Contains(got, c.want) {
			t.Errorf("%q lacks %q", got, c.want)
		}
	}
}

func TestSince(t *testing.T) {
	usual := func(p99 time.Duration) FunctionSample { return FunctionSample{Timed: 9, P99: p99} }
	for _, c := range []struct {
		h    Holder
		f    FunctionSample
		want string
	}{
		{Holder{}, usual(1), "a moment ago, as far as it was seen"},
		{Holder{Before: true}, usual(1), "before the watch began"},
		{Holder{Since: 5e9}, usual(6 * time.Second), "5.0 s, less than the p99 (6.0 s); since 14:02:55"},
		{Holder{Since: 5e9}, usual(4 * time.Second), "5.0 s, 1.2 times the p99 (4.0 s); since 14:02:55"},
		{Holder{Since: 5e9}, usual(7 * time.Microsecond), "5.0 s, 710000 times the p99 (7.0 us); since 14:02:55"},
	} {
		if got := since(c.h, c.f, at); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestWho(t *testing.T) {
	uid := uint32(7)
	for _, c := range []struct {
		h    Holder
		d    Details
		want string
	}{
		{Holder{PID: 3, TGID: 3, Comm: "a"}, Details{UID: &uid, Cgroup: "/x", Exe: "/bin/a"},
			"a, process 3, user 7, cgroup /x: /bin/a"},
		{Holder{PID: 3, TGID: 3, Comm: "a"}, Details{Engine: "docker", Box: "01", Cgroup: "/x", Command: "/bin/a b"},
			"a, process 3, user not known, docker container 01: /bin/a b"},
		{Holder{PID: 3, TGID: 3, Comm: "kworker/0", Kthread: true}, Details{},
			"[kworker/0], a thread of the kernel itself, pid 3"},
	} {
		if got := who(c.h, c.d); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// Stacks that differ in offsets, in trampolines and in what shows only that the task sleeps are the same.
func TestGroup(t *testing.T) {
	before := reader
	before.PID, before.Before, before.Since = 1, true, 7
	before.Stack = []string{"wait_woken+0x52", "tcp_recvmsg+0x99", "inet_recvmsg+0x56", "sock_recvmsg+0x97",
		"__x64_sys_recvfrom+0x24"}
	named := reader
	named.PID, named.Since = 3, 9
	named.Stack = []string{"wait_woken+0x52", "tcp_recvmsg+0x99", "inet_recvmsg+0x56",
		"bpf_prog_60b879ca0762018c_window_opens+0x89 [bpf]", "inet_recvmsg+0x9", "sock_recvmsg+0x97",
		"__x64_sys_recvfrom+0x24"}
	other := Holder{PID: 2, Function: "inet_recvmsg", Since: 99, Stack: []string{"new_recvmsg+0x1 [no_oob]", "a+0x1"}}
	got := Group([]Holder{other, reader, before, named})
	want := []HolderGroup{
		{3, "inet_recvmsg", reader.Since, true,
			[]string{"wait_woken", "tcp_recvmsg", "inet_recvmsg", "sock_recvmsg", "__x64_sys_recvfrom"}},
		{1, "inet_recvmsg", 99, false, []string{"new_recvmsg [no_oob]", "a"}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	ways := []string{"wait_woken < tcp_recvmsg < [inet_recvmsg], by recvfrom", "[new_recvmsg]"}
	for i, want := range ways {
		if way := got[i].Way("no-oob", []string{"inet_recvmsg"}); way != want {
			t.Errorf("group %d: %q, want %q", i, way, want)
		}
	}
}

// The largest group comes first, then the one that has been inside the longest.
func TestGroupsInOrder(t *testing.T) {
	var g Grouping
	for i, n := range []int{1, 3, 1} {
		for range n {
			g.Of("f", []string{fmt.Sprint(i)}).Add(Holder{Since: int64(i)})
		}
	}
	var order []string
	for _, group := range g.List() {
		order = append(order, group.Chain[0])
	}
	if diff := cmp.Diff([]string{"1", "2", "0"}, order); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
