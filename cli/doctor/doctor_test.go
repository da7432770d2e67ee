// SPDX-License-Identifier: GPL-2.0-only

package doctor

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// healthy returns the files of a machine that lacks nothing.
func healthy() map[string]string {
	return map[string]string{
		"proc/self/status":          "Name:\tspotos\nCapEff:\t000001ffffffffff\n",
		"proc/sys/kernel/osrelease": "6.12.117+deb12-amd64\n",
		"proc/self/ns/pid":          "pid:[4026531836]",
		"proc/self/ns/user":         "user:[4026531837]",
		"proc/kallsyms": "1 T register_kprobe\n2 T ftrace_regs_caller\n3 T unwind_module_init\n" +
			"4 t __do_sys_delete_module\n5 t bpf_prog_load.isra.0\n6 t lockdown_is_locked_down\n" +
			"7 T is_module_sig_enforced\n",
		"sys/kernel/btf/vmlinux":                        "btf",
		"sys/kernel/tracing/available_filter_functions": "inet_recvmsg\n",
		"proc/sys/kernel/ftrace_enabled":                "1\n",
		"proc/sys/net/core/bpf_jit_enable":              "1\n",
		"sys/kernel/security/lockdown":                  "[none] integrity confidentiality\n",
		"sys/module/module/parameters/sig_enforce":      "N\n",
		"proc/sys/kernel/modules_disabled":              "0\n",
		"sys/devices/system/cpu/isolated":               "\n",
		"sys/devices/system/cpu/nohz_full":              "(null)\n",
	}
}

// examine runs every check but that of the module, which is asked by its device and not read from files.
func examine(t *testing.T, files map[string]string, place Place) map[string]Line {
	t.Helper()
	root := fstest.MapFS{}
	for name, text := range files {
		file := &fstest.MapFile{Data: []byte(text)}
		if strings.HasPrefix(name, "proc/self/ns/") {
			file.Mode = fs.ModeSymlink
		}
		root[name] = file
	}
	return check(t, root, place)
}

func check(t *testing.T, root fs.FS, place Place) map[string]Line {
	t.Helper()
	place.Root = root
	lines := map[string]Line{}
	for _, l := range Examine(place) {
		if l.Name == "module spotos" {
			continue
		}
		if l.Verdict != OK && l.Do == "" {
			t.Errorf("%s: %s says %q, and not what to do", l.Name, l.Verdict, l.Found)
		}
		lines[l.Name] = l
	}
	return lines
}

func TestExamine(t *testing.T) {
	const gone = "gone"
	tests := []struct {
		name, file, text string
		check            string
		want             Verdict
		says             string
	}{
		{"not root", "proc/self/status", "CapEff:\t0000000000000000\n", "rights", Fail, "CAP_SYS_ADMIN"},
		{"all but that right", "proc/self/status", "CapEff:\t000001ffffdfffff\n", "rights", Fail, "CAP_SYS_ADMIN"},
		{"an old kernel", "proc/sys/kernel/osrelease", "5.10.0-9-amd64\n", "kernel", Fail, "5.10.0-9-amd64"},
		{"a kernel nobody tried", "proc/sys/kernel/osrelease", "6.9.1\n", "kernel", Warn, "6.9.1"},
		{"6.1 is not 6.12", "proc/sys/kernel/osrelease", "6.13.0\n", "kernel", Warn, "6.13.0"},
		{"addresses are hidden", "proc/kallsyms", "0 T register_kprobe\n0 T ftrace_regs_caller\n", "addresses", Unknown,
			"hides addresses"},
		{"a PID namespace", "proc/self/ns/pid", "pid:[4026532211]", "processes", Fail, "PID namespace"},
		{"a user namespace", "proc/self/ns/user", "user:[4026532210]", "rights", Fail, "user namespace"},
		{"securityfs is not mounted", "sys/kernel/security/lockdown", gone, "lockdown", Unknown, "unknown"},
		{"a mode that nobody knows", "sys/kernel/security/lockdown", "none [total]\n", "lockdown", Unknown, "[total]"},
		{"a JIT that nobody knows", "proc/sys/net/core/bpf_jit_enable", "9\n", "BPF compiler", Unknown, "\"9\""},
		{"the JIT is not to be seen", "proc/sys/net/core/bpf_jit_enable", gone, "BPF compiler", Unknown, "unknown"},
		{"no word on signatures", "sys/module/module/parameters/sig_enforce", gone, "module signatures", Unknown, "unknown"},
		{"no word on modules", "proc/sys/kernel/modules_disabled", gone, "loading modules", Unknown, "unknown"},
		{"no kprobes", "proc/kallsyms", "0 T register_kprobes\n0 T ftrace_regs_caller\n", "CONFIG_KPROBES", Fail,
			"register_kprobe"},
		{"no symbols", "proc/kallsyms", gone, "CONFIG_KALLSYMS", Fail, "/proc/kallsyms"},
		{"no BTF", "sys/kernel/btf/vmlinux", gone, "type information", Warn, "btf"},
		{"no tracefs", "sys/kernel/tracing/available_filter_functions", gone, "tracefs", Warn, "not to be read"},
		{"ftrace is off", "proc/sys/kernel/ftrace_enabled", "0\n", "ftrace", Fail, "ftrace_enabled = 0"},
		{"no ftrace", "proc/sys/kernel/ftrace_enabled", gone, "ftrace", Fail, "no kernel.ftrace_enabled"},
		{"no JIT", "proc/sys/net/core/bpf_jit_enable", "0\n", "BPF compiler", Warn, "bpf_jit_enable = 0"},
		{"confidential", "sys/kernel/security/lockdown", "none integrity [confidentiality]\n", "lockdown", Fail,
			"confidentiality"},
		{"integrity", "sys/kernel/security/lockdown", "none [integrity] confidentiality\n", "lockdown", Warn, "integrity"},
		{"signatures", "sys/module/module/parameters/sig_enforce", "Y\n", "module signatures", Warn, "enforced"},
		{"no modules", "proc/sys/kernel/modules_disabled", "1\n", "loading modules", Fail, "modules_disabled"},
		{"a livepatch", "sys/kernel/livepatch/kpatch_cve/transition", "0\n", "livepatch", Warn, "kpatch_cve is loaded"},
		{"a livepatch on its way", "sys/kernel/livepatch/kpatch_cve/transition", "1\n", "livepatch", Warn, "in transition"},
		{"isolated CPUs", "sys/devices/system/cpu/isolated", "2-3\n", "CPUs set aside", Warn, "isolated=2-3"},
		{"nohz CPUs", "sys/devices/system/cpu/nohz_full", "1-7\n", "CPUs set aside", Warn, "nohz_full=1-7"},
	}
	well := examine(t, healthy(), Place{Patches: t.TempDir(), Journal: filepath.Join(t.TempDir(), "not/there/yet")})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if before, ok := well[tt.check]; ok && before.Verdict != OK {
				t.Errorf("on a healthy machine %s is %s: %s", tt.check, before.Verdict, before.Found)
			}
			files := healthy()
			files[tt.file] = tt.text
			if tt.text == gone {
				delete(files, tt.file)
			}
			got := examine(t, files, Place{Patches: t.TempDir(), Journal: filepath.Join(t.TempDir(), "j")})[tt.check]
			if got.Verdict != tt.want || !strings.Contains(got.Found, tt.says) {
				t.Errorf("%s: %s: %q; want %s and %q", tt.check, got.Verdict, got.Found, tt.want, tt.says)
			}
		})
	}
}

func TestPlace(t *testing.T) {
	dir := t.TempDir()
	lines := examine(t, healthy(), Place{Patches: dir + "/none", Journal: "/proc/self/none/journal.jsonl"})
	if l := lines["catalogue"]; l.Verdict != Warn || !strings.Contains(l.Found, dir+"/none") {
		t.Errorf("no catalogue: %+v", l)
	}
	if l := lines["journal"]; l.Verdict != Warn || !strings.Contains(l.Found, "/proc/self") {
		t.Errorf("a journal that cannot be written: %+v", l)
	}
	lines = examine(t, healthy(), Place{Patches: dir, Journal: dir + "/new/journal.jsonl"})
	if l := lines["catalogue"]; l.Verdict != Warn || !strings.Contains(l.Found, "no patch in") {
		t.Errorf("an empty catalogue: %+v", l)
	}
	if l := lines["journal"]; l.Verdict != OK {
		t.Errorf("a journal in a directory that is yet to be made: %+v", l)
	}
	if l := examine(t, healthy(), Place{Patches: dir})["journal"]; l.Verdict != Warn {
		t.Errorf("no journal: %+v", l)
	}
}
