// SPDX-License-Identifier: GPL-2.0-only

package kmod

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unsafe"
)

// pairs are C expressions of spotos.h, with the values that this package has for them.
func pairs() map[string]uintptr {
	return map[string]uintptr{
		"SPOTOS_ABI": ABI, "SPOTOS_MAX_FUNCS": MaxFuncs, "SPOTOS_MAX_HOLDERS": MaxHolders,
		"SPOTOS_STACK_DEPTH": stackDepth, "SPOTOS_BY_NAME": uintptr(byName), "SPOTOS_INFO_TEST_BUILD": InfoTestBuild,
		"SPOTOS_LOADED": uintptr(Loaded), "SPOTOS_ARMED_APPLY": uintptr(ArmedApply),
		"SPOTOS_APPLIED": uintptr(Applied), "SPOTOS_ARMED_REVERT": uintptr(ArmedRevert),
		"SPOTOS_APPLY": uintptr(Apply), "SPOTOS_REVERT": uintptr(Revert),
		"SPOTOS_STRATEGY_SAFEPOINT": uintptr(SafePoint), "SPOTOS_STRATEGY_RETRY": uintptr(Retry),
		"SPOTOS_EV_ARMED": uintptr(EventArmed), "SPOTOS_EV_ATTEMPT": uintptr(EventAttempt),
		"SPOTOS_EV_SWITCHED": uintptr(EventSwitched), "SPOTOS_EV_STUCK": uintptr(EventStuck),
		"SPOTOS_EV_DISARMED": uintptr(EventDisarmed),
		"SPOTOS_BY_TRIGGER":  uintptr(ByTrigger), "SPOTOS_BY_CHECK": uintptr(ByCheck), "SPOTOS_BY_RETRY": uintptr(ByRetry),
		"SPOTOS_BY_DEADLINE": uintptr(ByDeadline), "SPOTOS_BY_WAKE": uintptr(ByWake),
		"SPOTOS_HOLDER_IDLE": uintptr(HolderIdle), "SPOTOS_HOLDER_UNRELIABLE": uintptr(HolderUnreliable),
		"SPOTOS_HOLDER_RESTART": uintptr(HolderRestart), "SPOTOS_HOLDER_KTHREAD": uintptr(HolderKthread),
		"SPOTOS_IOC_INFO": iocInfo, "SPOTOS_IOC_PATCH": iocPatch, "SPOTOS_IOC_FUNC": iocFunc, "SPOTOS_IOC_ARM": iocArm,
		"SPOTOS_IOC_DISARM": iocDisarm, "SPOTOS_IOC_RETRY": iocRetry,
		"SPOTOS_IOC_HOLDERS": iocHolders, "SPOTOS_IOC_NUDGE": iocNudge,
		"SPOTOS_IOC_JUDGE": iocJudge, "SPOTOS_MAX_NUDGES": maxNudges,
		"SPOTOS_HOLD_MS": holdMS, "SPOTOS_HOLD_MORE_US": holdMoreUS,
		"SPOTOS_IOC_PREPARE": iocPrepare, "SPOTOS_PATCH_STAYS_ON": patchStays,
		"SPOTOS_PATCH_NOT_RUNNING": patchNotRunning, "SPOTOS_JUDGE_COPIES": judgeCopies,

		"sizeof(struct spotos_info)":         unsafe.Sizeof(Info{}),
		"sizeof(struct spotos_patch_status)": unsafe.Sizeof(patchStatus{}),
		"sizeof(struct spotos_func_status)":  unsafe.Sizeof(funcStatus{}),
		"sizeof(struct spotos_arm)":          unsafe.Sizeof(armRequest{}),
		"sizeof(struct spotos_shared)":       unsafe.Sizeof(Shared{}),
		"sizeof(struct spotos_event)":        unsafe.Sizeof(Event{}),
		"sizeof(struct spotos_holder)":       unsafe.Sizeof(Holder{}),
		"sizeof(struct spotos_holders)":      unsafe.Sizeof(holdersRequest{}),

		"sizeof(struct spotos_judge)":  unsafe.Sizeof(judgeRequest{}),
		"sizeof(struct spotos_nudge)":  unsafe.Sizeof(nudge{}),
		"sizeof(struct spotos_nudges)": unsafe.Sizeof(nudgesRequest{}),

		"offsetof(struct spotos_patch_status, flags)":  unsafe.Offsetof(patchStatus{}.Flags),
		"offsetof(struct spotos_patch_status, reason)": unsafe.Offsetof(patchStatus{}.Reason),
		"offsetof(struct spotos_judge, object)":        unsafe.Offsetof(judgeRequest{}.Object),
		"offsetof(struct spotos_judge, patch)":         unsafe.Offsetof(judgeRequest{}.Patch),
		"offsetof(struct spotos_judge, flags)":         unsafe.Offsetof(judgeRequest{}.Flags),
		"offsetof(struct spotos_judge, position)":      unsafe.Offsetof(judgeRequest{}.Position),
		"offsetof(struct spotos_judge, address)":       unsafe.Offsetof(judgeRequest{}.Address),
		"offsetof(struct spotos_judge, size)":          unsafe.Offsetof(judgeRequest{}.Size),
		"offsetof(struct spotos_judge, reason)":        unsafe.Offsetof(judgeRequest{}.Reason),
		"offsetof(struct spotos_nudge, error)":         unsafe.Offsetof(nudge{}.Error),
		"offsetof(struct spotos_nudges, count)":        unsafe.Offsetof(nudgesRequest{}.Count),

		"offsetof(struct spotos_info, flags)":                   unsafe.Offsetof(Info{}.Flags),
		"offsetof(struct spotos_info, npatches)":                unsafe.Offsetof(Info{}.Patches),
		"offsetof(struct spotos_info, narmed)":                  unsafe.Offsetof(Info{}.Armed),
		"offsetof(struct spotos_patch_status, state)":           unsafe.Offsetof(patchStatus{}.State),
		"offsetof(struct spotos_patch_status, nfuncs)":          unsafe.Offsetof(patchStatus{}.NFuncs),
		"offsetof(struct spotos_patch_status, applied_ns)":      unsafe.Offsetof(patchStatus{}.AppliedNS),
		"offsetof(struct spotos_patch_status, name)":            unsafe.Offsetof(patchStatus{}.Name),
		"offsetof(struct spotos_func_status, index)":            unsafe.Offsetof(funcStatus{}.Index),
		"offsetof(struct spotos_func_status, replacement_size)": unsafe.Offsetof(funcStatus{}.ReplacementSize),
		"offsetof(struct spotos_func_status, address)":          unsafe.Offsetof(funcStatus{}.Address),
		"offsetof(struct spotos_func_status, size)":             unsafe.Offsetof(funcStatus{}.Size),
		"offsetof(struct spotos_func_status, replacement)":      unsafe.Offsetof(funcStatus{}.Replacement),
		"offsetof(struct spotos_func_status, name)":             unsafe.Offsetof(funcStatus{}.Name),
		"offsetof(struct spotos_func_status, object)":           unsafe.Offsetof(funcStatus{}.Object),
		"offsetof(struct spotos_arm, direction)":                unsafe.Offsetof(armRequest{}.Direction),
		"offsetof(struct spotos_arm, strategy)":                 unsafe.Offsetof(armRequest{}.Strategy),
		"offsetof(struct spotos_arm, timeout_ns)":               unsafe.Offsetof(armRequest{}.TimeoutNS),
		"offsetof(struct spotos_arm, attempts)":                 unsafe.Offsetof(armRequest{}.Attempts),
		"offsetof(struct spotos_arm, interval_ns)":              unsafe.Offsetof(armRequest{}.IntervalNS),
		"offsetof(struct spotos_arm, trigger_fd)":               unsafe.Offsetof(armRequest{}.TriggerFD),
		"offsetof(struct spotos_arm, shared_fd)":                unsafe.Offsetof(armRequest{}.SharedFD),
		"offsetof(struct spotos_arm, reason)":                   unsafe.Offsetof(armRequest{}.Reason),
		"offsetof(struct spotos_shared, generation)":            unsafe.Offsetof(Shared{}.Generation),
		"offsetof(struct spotos_shared, bell)":                  unsafe.Offsetof(Shared{}.Bell),
		"offsetof(struct spotos_shared, zero_ns)":               unsafe.Offsetof(Shared{}.ZeroNS),
		"offsetof(struct spotos_shared, inflight)":              unsafe.Offsetof(Shared{}.InFlight),
		"offsetof(struct spotos_event, cause)":                  unsafe.Offsetof(Event{}.Cause),
		"offsetof(struct spotos_event, direction)":              unsafe.Offsetof(Event{}.Direction),
		"offsetof(struct spotos_event, strategy)":               unsafe.Offsetof(Event{}.Strategy),
		"offsetof(struct spotos_event, time_ns)":                unsafe.Offsetof(Event{}.TimeNS),
		"offsetof(struct spotos_event, wait_ns)":                unsafe.Offsetof(Event{}.WaitNS),
		"offsetof(struct spotos_event, trigger_ns)":             unsafe.Offsetof(Event{}.TriggerNS),
		"offsetof(struct spotos_event, window_ns)":              unsafe.Offsetof(Event{}.WindowNS),
		"offsetof(struct spotos_event, stop_ns)":                unsafe.Offsetof(Event{}.StopNS),
		"offsetof(struct spotos_event, attempts)":               unsafe.Offsetof(Event{}.Attempts),
		"offsetof(struct spotos_event, safe_points)":            unsafe.Offsetof(Event{}.SafePoints),
		"offsetof(struct spotos_event, holders)":                unsafe.Offsetof(Event{}.Holders),
		"offsetof(struct spotos_event, walked)":                 unsafe.Offsetof(Event{}.Walked),
		"offsetof(struct spotos_event, full_walk)":              unsafe.Offsetof(Event{}.FullWalk),
		"offsetof(struct spotos_event, lost)":                   unsafe.Offsetof(Event{}.LostBeforeThis),
		"offsetof(struct spotos_holder, tgid)":                  unsafe.Offsetof(Holder{}.TGID),
		"offsetof(struct spotos_holder, func)":                  unsafe.Offsetof(Holder{}.Func),
		"offsetof(struct spotos_holder, flags)":                 unsafe.Offsetof(Holder{}.Flags),
		"offsetof(struct spotos_holder, state)":                 unsafe.Offsetof(Holder{}.State),
		"offsetof(struct spotos_holder, depth)":                 unsafe.Offsetof(Holder{}.Depth),
		"offsetof(struct spotos_holder, comm)":                  unsafe.Offsetof(Holder{}.CommBytes),
		"offsetof(struct spotos_holder, stack)":                 unsafe.Offsetof(Holder{}.StackArray),
		"offsetof(struct spotos_holders, capacity)":             unsafe.Offsetof(holdersRequest{}.Capacity),
		"offsetof(struct spotos_holders, count)":                unsafe.Offsetof(holdersRequest{}.Count),
		"offsetof(struct spotos_holders, total)":                unsafe.Offsetof(holdersRequest{}.Total),
		"sizeof(((struct spotos_arm *)0)->reason)":              unsafe.Sizeof(armRequest{}.Reason),
		"sizeof(((struct spotos_holder *)0)->comm)":             unsafe.Sizeof(Holder{}.CommBytes),
		"sizeof(((struct spotos_patch_status *)0)->name)":       unsafe.Sizeof(patchStatus{}.Name),
		"sizeof(((struct spotos_func_status *)0)->name)":        unsafe.Sizeof(funcStatus{}.Name),
		"sizeof(((struct spotos_func_status *)0)->object)":      unsafe.Sizeof(funcStatus{}.Object),
		"sizeof(((struct spotos_shared *)0)->inflight)":         unsafe.Sizeof(Shared{}.InFlight),
		"sizeof(((struct spotos_holder *)0)->stack)":            unsafe.Sizeof(Holder{}.StackArray),
		"sizeof(((struct spotos_func_status *)0)->address)":     unsafe.Sizeof(funcStatus{}.Address),
	}
}

// TestABI makes the C compiler compare the header with this package.
func TestABI(t *testing.T) {
	gcc, err := exec.LookPath("gcc")
	if err != nil {
		t.Skip("needs gcc")
	}
	cacheBy(t, "src/include/spotos.h")
	var source strings.Builder
	source.WriteString("#include <stddef.h>\n#include \"spotos.h\"\n")
	for expr, want := range pairs() {
		fmt.Fprintf(&source, "_Static_assert((%s) == %#xull, \"%s is not %#x\");\n", expr, want, expr, want)
	}
	file := filepath.Join(t.TempDir(), "abi.c")
	if err := os.WriteFile(file, []byte(source.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(gcc, "-fsyntax-only", "-Isrc/include", file).CombinedOutput(); err != nil {
		t.Errorf("the header and this package differ:\n%s", out)
	}
}

// cacheBy reads files that only the compiler reads else: go test keeps a result until a file changes that the test
// itself has read.
func cacheBy(t *testing.T, patterns ...string) {
	t.Helper()
	for _, pattern := range patterns {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, file := range files {
			if _, err := os.ReadFile(file); err != nil {
				t.Fatal(err)
			}
		}
	}
}
