// SPDX-License-Identifier: GPL-2.0-only
//go:build ignore

/*
 * Counts the calls in flight of one function; Go loads a pair of these programs for each.
 *
 * An exit is counted only if its own entry was. The two are known to belong together by the address of their
 * context, which lies in the trampoline's stack frame and is the same for both. Entries are noted in a stack
 * of such addresses in the task's storage. So calls that straddle the attaching, and entries or exits that
 * the kernel skipped (a program interrupted by itself does not run), do not make the count wrong for good.
 * Nor do exits that never come: whenever a function's trampoline is made anew, as when a redirection is
 * registered, the kernel lets the calls inside the old one return without running their exit program.
 * Softirqs and interrupts nest inside the task they interrupt, and so do their notes.
 */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "maps.h"

char LICENSE[] SEC("license") = "GPL";

const volatile __u32 func_index;

#define STACK_SIZE (16 * 1024) /* and alignment, of task and interrupt stacks alike on x86-64 */

static __always_inline int same_stack(__u64 a, __u64 b)
{
	return (a ^ b) < STACK_SIZE;
}

/* Takes off a call whose exit was not seen. */
static __always_inline void forget_top(struct notes *n)
{
	__u32 top = n->depth - 1;

	if (top >= MAX_NESTED)
		return;
	__u32 func = n->func[top] & (MAX_FUNCS - 1);

	n->depth = top;
	__sync_fetch_and_add(&stats[func].lost, 1);
	if (__sync_fetch_and_add(&shared.inflight[func], -1) == 1 && *(volatile __u32 *)&shared.gate)
		tell_zero();
}

/*
 * A note that lies deeper in the same stack than the call that is entered or left now is of a call that is
 * over.
 */
static __always_inline void forget_dead(struct notes *n, __u64 frame, int entering)
{
	for (int i = 0; i < 4; i++) {
		__u32 top = n->depth - 1;

		if (top >= MAX_NESTED || !same_stack(n->frame[top], frame) || n->frame[top] > frame)
			return;
		if (!entering && n->frame[top] == frame)
			return;
		forget_top(n);
	}
}

/* The address of the context as a number: the verifier lets no one calculate with the pointer. */
static __always_inline __u64 frame_of(struct notes *n, void *ctx)
{
	*(volatile __u64 *)&n->scratch = (__u64)ctx;
	return *(volatile __u64 *)&n->scratch;
}

static __always_inline void start_afresh(struct notes *n)
{
	if (n->generation == shared.generation)
		return;
	n->generation = shared.generation;
	n->depth = 0;
}

SEC("fentry/spotos_placeholder")
int count_entry(void *ctx)
{
	struct notes *n = bpf_task_storage_get(&notes, (void *)bpf_get_current_task_btf(), 0,
					       BPF_LOCAL_STORAGE_GET_F_CREATE);
	__u64 frame;

	if (!n)
		goto missed;
	frame = frame_of(n, ctx);
	start_afresh(n);
	forget_dead(n, frame, 1);
	if (n->depth >= MAX_NESTED)
		goto missed;
	n->frame[n->depth] = frame;
	n->func[n->depth] = func_index;
	n->depth++;
	__sync_fetch_and_add(&shared.inflight[func_index], 1);
	__sync_fetch_and_add(&stats[func_index].calls, 1);
	return 0;
missed:
	__sync_fetch_and_add(&stats[func_index].missed, 1);
	return 0;
}

SEC("fexit/spotos_placeholder")
int count_exit(void *ctx)
{
	struct notes *n = bpf_task_storage_get(&notes, (void *)bpf_get_current_task_btf(), 0, 0);
	__u64 frame;
	__u32 top;

	if (!n)
		return 0;
	frame = frame_of(n, ctx);
	start_afresh(n);
	forget_dead(n, frame, 0);
	top = n->depth - 1;
	if (top >= MAX_NESTED || n->frame[top] != frame)
		return 0;
	n->depth = top;
	if (__sync_fetch_and_add(&shared.inflight[func_index], -1) == 1 && *(volatile __u32 *)&shared.gate)
		tell_zero();
	return 0;
}

/*
 * On the instruction that a call returns to which may not pass the exit program: one from before the watch,
 * told from a counted one by the stack pointer, or one whose trampoline was made anew.
 */
SEC("kprobe")
int count_return(struct pt_regs *ctx)
{
	struct early_key key = { .tid = (__u32)bpf_get_current_pid_tgid() };
	struct early_call *call;
	struct notes *notes_of = bpf_task_storage_get(&notes, (void *)bpf_get_current_task_btf(), 0, 0);
	__u64 sp = PT_REGS_SP(ctx);

	if (notes_of) {
		start_afresh(notes_of);
		forget_dead(notes_of, sp, 1);
	}
	for (__u32 n = 0; n < MAX_EARLY; n++) {
		key.n = n;
		call = bpf_map_lookup_elem(&early, &key);
		if (!call || sp < call->lowest || sp > call->highest)
			continue;
		early_over(&key, call->func);
		return 0;
	}
	return 0;
}
