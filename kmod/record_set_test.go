// SPDX-License-Identifier: GPL-2.0-only

package kmod

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// buildRecordTest compiles test/record_set_test.c with the record's source, in user space.
func buildRecordTest(t *testing.T, source string) string {
	t.Helper()
	gcc, err := exec.LookPath("gcc")
	if err != nil {
		t.Skip("needs gcc")
	}
	cacheBy(t, "test/*.c", "test/include/*.h", "test/include/linux/*.h", "test/include/linux/*/*.h", "src/record.h")
	dir := t.TempDir()
	file, program := filepath.Join(dir, "record_set.c"), filepath.Join(dir, "record_set")
	if err := os.WriteFile(file, []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	// internal.h needs far more of the kernel than is there: its guard leaves it out.
	out, err := exec.Command(gcc, "-g", "-Wall", "-Werror", "-fsanitize=address", "-DSPOTOS_INTERNAL_H",
		"-Itest/include", "-Isrc", "-o", program, "test/record_set_test.c", file).CombinedOutput()
	if err != nil {
		t.Fatalf("building it: %v\n%s", err, out)
	}
	return program
}

func recordSource(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("src/record_set.c")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestRecordSet(t *testing.T) {
	out, err := exec.Command(buildRecordTest(t, recordSource(t))).CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Error(err)
	}
}

// TestRecordSetCanFail breaks the record in one place at a time: each must be seen.
func TestRecordSetCanFail(t *testing.T) {
	source := recordSource(t)
	for what, change := range map[string][2]string{
		"a task is added twice":          {"if (rec->slot[at] == t)\n\t\t\treturn;", ""},
		"no reference is taken":          {"\t\tget_task_struct(t);\n", ""},
		"no reference is put":            {"put_task_struct(t);", ";"},
		"hidden tasks have no room":      {"rec->used >= COMMON_SLOTS && !record_hidden(t)", "rec->used >= COMMON_SLOTS"},
		"others take the room of hidden": {"rec->used >= COMMON_SLOTS && !record_hidden(t)", "rec->used >= SLOTS"},
		"hidden tasks give up early":     {"record_hidden(t) ? SLOTS : PROBES", "PROBES"},
		"others search for long":         {"record_hidden(t) ? SLOTS : PROBES", "SLOTS"},
		"an overflow is not noted":       {"\tcr->overflowed = true;\n", ""},
		"a loss is not noted":            {"\t\tcr->lost_exiting = true;\n", "\t\t;\n"},
		"a loss is forgotten with a walk": {"\t\tper_cpu_ptr(&records, cpu)->overflowed = false;\n",
			"\t\tper_cpu_ptr(&records, cpu)->overflowed = per_cpu_ptr(&records, cpu)->lost_exiting = false;\n"},
		"exiting tasks are not hidden":      {" || (READ_ONCE(t->flags) & PF_EXITING)", ""},
		"idle tasks are not hidden":         {"is_idle_task(t) || ", ""},
		"the dead are kept":                 {"return refcount_read(&t->stack_refcount);", "return true;"},
		"the offline are not pruned":        {"if (!cpu_online(cpu))", "if (0)"},
		"the kept stay in the old half too": {"\t\told->slot[at] = NULL;\n", ""},
		"a chain does not wrap":             {"(at + 1) % SLOTS", "at + 1"},
		"a half is not freed":               {"\t\t\tkvfree(cr->rec[i]);\n", "\t\t\tif (i)\n\t\t\t\tkvfree(cr->rec[i]);\n"},
		"only one half is dropped at last": {"for (i = 0; i < 2; i++) {\n\t\tfor_each_possible_cpu(cpu) {",
			"for (i = 0; i < 0; i++) {\n\t\tfor_each_possible_cpu(cpu) {"},
	} {
		if !strings.Contains(source, change[0]) {
			t.Errorf("%s: the source has no %q any more", what, change[0])
			continue
		}
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			program := buildRecordTest(t, strings.Replace(source, change[0], change[1], 1))
			if out, err := exec.Command(program).CombinedOutput(); err == nil {
				t.Errorf("nothing was seen of it:\n%s", out)
			}
		})
	}
}
