// SPDX-License-Identifier: GPL-2.0-only

package lab_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"spotos/lab/traffic"
)

// TestExec runs one command on each kernel and checks all that passes between it and the host.
func TestExec(t *testing.T) {
	for _, kernel := range series {
		t.Run(kernel, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "shared"), []byte("by 9p\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			input := make([]byte, 1<<20)
			rand.NewChaCha8([32]byte{}).Read(input)
			script := `cat
				{ cat shared /root/copied; pwd; id -u; echo $COLOUR; cat /proc/1/comm; hostname
				touch shared || echo read-only; ping -c 1 127.0.0.1 >/dev/null && echo loopback; } >&2 2>/dev/null
				exit 7`
			got := execute(t, kernel, input, script, "--share", dir, "--dir", dir,
				"--file", filepath.Join(dir, "shared")+":/root/copied", "--env", "COLOUR=blue")
			if got.code != 7 {
				t.Errorf("exit code %d, want 7", got.code)
			}
			if !bytes.Equal([]byte(got.stdout), input) {
				t.Errorf("1 MiB of input came back as %d bytes, or changed", len(got.stdout))
			}
			want := "by 9p\nby 9p\n" + dir + "\n0\nblue\ninit\nspotos-lab\nread-only\nloopback\n"
			if got.stderr != want {
				t.Errorf("standard error:\n%s\nwant:\n%s", got.stderr, want)
			}
		})
	}
}

func TestExecSignalled(t *testing.T) {
	got := execute(t, "6.12", nil, "sleep 1000 & kill -TERM $$")
	if got.code != 128+15 || got.stdout+got.stderr != "" {
		t.Errorf("got %+v, want code 143 and no output", got)
	}
}

func TestKernelWarningIsTold(t *testing.T) {
	got := execute(t, "6.12", nil, `echo "<4>WARNING: planted by a test" >/dev/kmsg; echo fine`)
	if got.code != 124 {
		t.Errorf("exit code %d, want 124", got.code)
	}
	if got.stdout != "fine\n" {
		t.Errorf("standard output %q, want the command's own", got.stdout)
	}
	for _, part := range []string{"Linux version", "] WARNING: planted by a test",
		"the guest's kernel warned (the command's exit code was 0)"} {
		if !strings.Contains(got.stderr, part) {
			t.Errorf("standard error lacks %q:\n%s", part, got.stderr)
		}
	}
}

func TestPanicIsTold(t *testing.T) {
	got := execute(t, "6.12", nil, "echo before; echo c >/proc/sysrq-trigger; echo after")
	if got.code != 125 {
		t.Errorf("exit code %d, want 125", got.code)
	}
	if strings.Contains(got.stdout, "after") {
		t.Error("the command outlived the panic")
	}
	for _, part := range []string{"Linux version", "Kernel panic", "the guest ended before its command did"} {
		if !strings.Contains(got.stderr, part) {
			t.Errorf("standard error lacks %q:\n%s", part, got.stderr)
		}
	}
}

// TestTraffic wakes the workload's idle threads, freezes and thaws it: no message may be lost.
func TestTraffic(t *testing.T) {
	script := `spotos lab traffic --function-style $STYLE --control /run/orders --interval 5ms --work 1ms >/run/said &
		until grep -q ready /run/said; do usleep 10000; done
		echo wake >/run/orders; kill -USR1 $!
		echo 1 >/sys/fs/cgroup/traffic/cgroup.freeze
		until grep -q "frozen 1" /sys/fs/cgroup/traffic/cgroup.events; do usleep 10000; done
		echo 0 >/sys/fs/cgroup/traffic/cgroup.freeze
		grep -q acceptor/0 /proc/$!/task/*/comm || exit 9
		echo stop >/run/orders; wait $!; code=$?; cat /run/said; exit $code`
	for kernel, style := range map[string]string{"6.1": traffic.StyleRecv, "6.12": traffic.StyleAccept} {
		t.Run(kernel+"-"+style, func(t *testing.T) {
			got := execute(t, kernel, nil, script, "--env", "STYLE="+style)
			if got.code != 0 {
				t.Fatalf("got %+v, want code 0", got)
			}
			lines := json.NewDecoder(strings.NewReader(got.stdout))
			var ready traffic.Ready
			var summary traffic.Summary
			if err := lines.Decode(&ready); err != nil || !ready.Ready || len(ready.Threads) != 6 {
				t.Errorf("first line of %s: %v, %d threads, want 6", got.stdout, err, len(ready.Threads))
			}
			if err := lines.Decode(&summary); err != nil || !summary.Done {
				t.Errorf("last line of %s: %v", got.stdout, err)
			}
			// Two wake-ups of one idle consumer and one acceptor, besides the messages of the busy ones.
			if summary.Failed() || summary.BytesReceived < 4*64 || summary.BytesReceived > summary.BytesSent {
				t.Errorf("the workload saw %+v", summary)
			}
		})
	}
}

// TestSharesOfKernelWithout9P boots a kernel without its modules for 9p: the image has copies of the shares then.
func TestSharesOfKernelWithout9P(t *testing.T) {
	const series = "6.12"
	needLab(t, series)
	kernel, dir := t.TempDir(), t.TempDir()
	symlink(t, filepath.Join(kernels, series, "vmlinuz"), filepath.Join(kernel, "vmlinuz"))
	whole := filepath.Join(kernels, series, "modules")
	for _, name := range []string{"kernel", "modules.builtin"} {
		symlink(t, filepath.Join(whole, name), filepath.Join(kernel, "modules", name))
	}
	order, err := os.ReadFile(filepath.Join(whole, "modules.order"))
	if err != nil {
		t.Fatal(err)
	}
	others := slices.DeleteFunc(strings.SplitAfter(string(order), "\n"), func(line string) bool {
		return strings.Contains(line, "9p")
	})
	writeFile(t, filepath.Join(kernel, "modules", "modules.order"), strings.Join(others, ""))
	writeFile(t, filepath.Join(dir, "below", "it"), "copied\n")
	symlink(t, "below/it", filepath.Join(dir, "link"))
	script := "cat /run/shared/link; touch /run/shared/link /run/shared/x || echo read-only"
	got := execute(t, series, nil, script, "--kernel", kernel, "--share", dir+":/run/shared")
	if got.code != 0 || got.stdout != "copied\nread-only\n" {
		t.Errorf("got %+v", got)
	}
}

func symlink(t *testing.T, target, name string) {
	t.Helper()
	err := os.MkdirAll(filepath.Dir(name), 0o755)
	if err == nil {
		err = os.Symlink(target, name)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	err := os.MkdirAll(filepath.Dir(name), 0o755)
	if err == nil {
		err = os.WriteFile(name, []byte(text), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}
