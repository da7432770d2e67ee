// SPDX-License-Identifier: GPL-2.0-only

package patchset

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"spotos/internal/kernelbtf"
)

// Feature is something that some kernels have and others have not, or have in another size, and that SPOTOS goes by.
type Feature struct {
	Name  string `json:"name"`
	Value string `json:"value"` // yes, no, a number, or unknown
	By    string `json:"by"`    // what shows it
	For   string `json:"for"`   // what depends on it
}

// The features that this package itself goes by.
const (
	argumentWords  = "argument words"
	unionArguments = "unions as arguments"
)

// moreWords is the function that saves arguments which are passed on the stack. With it trampolines have room for all
// that a probed function may take, and without it for what is passed in registers.
const moreWords = "save_args"

// features is all that SPOTOS goes by, but for what the module's compat.h decides when it is compiled. None is found by
// the kernel's version: Debian's kernels take over what newer ones have.
var features = []struct {
	name, by, why string
	value         func(*kernelbtf.Facts) string // nil: by is an option of the configuration
}{
	{"jump trampolines", "CONFIG_DYNAMIC_FTRACE_WITH_JMP", "where a traced call's return address stands", nil},
	{"sessions", "BPF_TRACE_FSESSION", "whether one program can serve entry and exit", sessions},
	{"reliable BPF frames", "bpf_has_frame_pointer()", "whether a stack can be trusted across BPF programs",
		function("bpf_has_frame_pointer")},
	{argumentWords, moreWords + "()", "which functions take a probe", words},
	// They came a little before sessions, and nothing else shows them: a kernel between the two is not believed to.
	{unionArguments, "BPF_TRACE_FSESSION", "which functions take a probe", sessions},
	{"bytes of on_cpu", "task_struct", "whether a task runs", member("task_struct", "on_cpu")},
	{"rethook", "rethook_node", "tasks below another tool's return probe", record("rethook_node")},
	{"counted interrupts off", "local_interrupt_disable_state", "whether a call comes in an interrupt",
		func(t *kernelbtf.Facts) string { return yesNo(t.HasVariable("local_interrupt_disable_state")) }},
	{"bytes of a warning's entry", "bug_entry", "patches that have warnings",
		func(t *kernelbtf.Facts) string { return strconv.Itoa(t.Size("bug_entry")) }},
	{"lazy preemption", "CONFIG_PREEMPT_LAZY", "how often tasks are preempted anywhere", nil},
	{"interrupts in threads", "CONFIG_PREEMPT_RT", "how a zero reaches the module", nil},
}

func yesNo(has bool) string {
	if has {
		return "yes"
	}
	return "no"
}

func function(name string) func(*kernelbtf.Facts) string {
	return func(t *kernelbtf.Facts) string { return yesNo(t.HasFunction(name)) }
}

func record(name string) func(*kernelbtf.Facts) string {
	return func(t *kernelbtf.Facts) string { return yesNo(t.Size(name) > 0) }
}

func member(structure, name string) func(*kernelbtf.Facts) string {
	return func(t *kernelbtf.Facts) string { return strconv.Itoa(t.MemberSize(structure, name)) }
}

func sessions(t *kernelbtf.Facts) string {
	return yesNo(t.HasValue("bpf_attach_type", "BPF_TRACE_FSESSION"))
}

func words(t *kernelbtf.Facts) string {
	if t.HasFunction(moreWords) {
		return strconv.Itoa(maxArguments)
	}
	return strconv.Itoa(registerWords)
}

// Features returns all features of a kernel, by what its files say, in the order of the table. What cannot be read is
// "unknown", and the error says why.
func (k *Kernel) Features() ([]Feature, error) {
	types, typesErr := k.facts()
	options, optionsErr := k.options()
	found := make([]Feature, len(features))
	for i, f := range features {
		found[i] = Feature{f.name, "unknown", f.by, f.why}
		switch {
		case f.value == nil && optionsErr == nil:
			found[i].Value = yesNo(strings.Contains(options, "\n"+f.by+"=y\n"))
		case f.value != nil && typesErr == nil:
			found[i].Value = f.value(types)
		}
	}
	return found, errors.Join(typesErr, optionsErr)
}

// feature returns the value of one feature that the kernel's types show, and looks for it once; "" if they cannot be
// read.
func (k *Kernel) feature(name string) string {
	types, err := k.facts()
	if err != nil {
		return ""
	}
	k.btf.mu.Lock()
	defer k.btf.mu.Unlock()
	if value, known := k.btf.features[name]; known {
		return value
	}
	for _, f := range features {
		if f.name == name {
			k.btf.features[name] = f.value(types)
		}
	}
	return k.btf.features[name]
}

// facts reads the kernel's types, once.
func (k *Kernel) facts() (*kernelbtf.Facts, error) {
	k.btf.mu.Lock()
	defer k.btf.mu.Unlock()
	if k.btf.facts == nil && k.btf.factsErr == nil {
		k.btf.facts, k.btf.factsErr = k.readFacts()
		k.btf.features = make(map[string]string)
	}
	return k.btf.facts, k.btf.factsErr
}

func (k *Kernel) readFacts() (*kernelbtf.Facts, error) {
	if k.live {
		return kernelbtf.Running()
	}
	data, err := fs.ReadFile(k.root, path.Join("sys/kernel/btf", VMLinux))
	if err != nil {
		return nil, err
	}
	return kernelbtf.ReadFacts(data)
}

// options reads the kernel's configuration from where Debian's packages put it.
func (k *Kernel) options() (string, error) {
	var text []byte
	var err error
	for _, file := range []string{"boot/config-" + k.Release, "lib/modules/" + k.Release + "/config"} {
		if text, err = fs.ReadFile(k.root, file); err == nil {
			return "\n" + string(text), nil
		}
	}
	return "", fmt.Errorf("the kernel's configuration is not to be read: %w", err)
}
