// SPDX-License-Identifier: GPL-2.0-only

package kmod

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
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
		"a task is added twice": {"if (rec->slot[at] == t)\n\t\t\treturn;", ""},
		"no reference is taken": {"\t\tget_task_struct(t);\n", ""},
		"no reference is put":   {"put_task_struct(t);", ";"},
		"hidden tasks have no room": {"rec->used >= COMMON_SLOTS && !record_hidden(t)",
			"rec->used >= COMMON_SLOTS"},
		"others take the room of hidden": {"rec->used >= COMMON_SLOTS && !record_hidden(t)", "rec->used >= SLOTS"},
		"hidden tasks give up early":     {"record_hidden(t) ? SLOTS : PROBES", "PROBES"},
		"others search for long":         {"record_hidden(t) ? SLOTS : PROBES", "SLOTS"},
		"an overflow is not noted":       {"\tWRITE_ONCE(cr->overflowed, true);\n", ""},
		"a loss is not noted":            {"\t\tWRITE_ONCE(cr->lost_exiting, true);\n", "\t\t;\n"},
		"a turn does not tell":           {"missing |= xchg(", "(void)xchg("},
		"a turn tells again and again":   {"xchg(&cr->overflowed, false)", "cr->overflowed"},
		"a turn forgets a loss": {"\t\tmissing |= xchg(&cr->overflowed, false);\n",
			"\t\tmissing |= xchg(&cr->overflowed, false);\n\t\tcr->lost_exiting = false;\n"},
		"a turn forgets a CPU": {"&cr->active, !cr->active",
			"&cr->active, cpu == 1 ? cr->active : !cr->active"},
		"a loss stays": {"per_cpu_ptr(&records, cpu)->lost_exiting, false",
			"per_cpu_ptr(&records, cpu)->overflowed, false"},
		"exiting tasks are not hidden":   {" || (READ_ONCE(t->flags) & PF_EXITING)", ""},
		"idle tasks are not hidden":      {"is_idle_task(t) || ", ""},
		"a check sees one half":          {"at->half < 2", "at->half < 1"},
		"one half is counted":            {" + READ_ONCE(cr->rec[1]->used)", ""},
		"the active half is retired":     {"cr->rec[!cr->active]", "cr->rec[cr->active]"},
		"holders are not recorded again": {"\t\t\t\trecord_add(t);\n", ""},
		"interrupts stay off":            {"\t\t\t\tlocal_irq_enable();\n", ""},
		"all are kept":                   {"if (keep(t, arg))", "if (keep(t, arg) || true)"},
		"a task goes before the look at it": {"\t\t\tif (keep(t, arg)) {",
			"\t\t\tput_task_struct(t);\n\t\t\tif (keep(t, arg)) {"},
		"a slot is not emptied": {"\trec->slot[at] = NULL;\n", ""},
		"a step has no end":     {"if (!budget--)", "if (0)"},
		"a step ends all":       {"\t\t\t\treturn true;\n", "\t\t\t\treturn false;\n"},
		"a chain does not wrap": {"(at + 1) % SLOTS", "at + 1"},
		"a half is not freed": {"\t\t\tkvfree(cr->rec[i]);\n",
			"\t\t\tif (i)\n\t\t\t\tkvfree(cr->rec[i]);\n"},
		"only one half is dropped at last": {"\trecord_turn();\n\trecord_retire(keep_none",
			"\trecord_retire(keep_none"},
		"the half turned away is not dropped at last": {"\trecord_retire(keep_none, NULL, U32_MAX);\n\trecord_turn();\n",
			"\trecord_turn();\n"},
	} {
		if !strings.Contains(source, change[0]) {
			t.Errorf("%s: the source has no %q any more", what, change[0])
			continue
		}
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			program := buildRecordTest(t, strings.Replace(source, change[0], change[1], 1))
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // it may run for ever
			defer cancel()
			if out, err := exec.CommandContext(ctx, program).CombinedOutput(); err == nil {
				t.Errorf("nothing was seen of it:\n%s", out)
			}
		})
	}
}
