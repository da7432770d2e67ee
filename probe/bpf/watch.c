// SPDX-License-Identifier: GPL-2.0-only
//go:build ignore

/*
 * Counts the calls in flight of one function; Go loads a pair of these programs for each.
 *
 * An exit is counted only if its own entry was. The two are known to belong together by the address of their
 * context, which lies in the trampoline's stack frame and is the same for both. So calls that straddle the
 * attaching, and entries or exits that the kernel skipped (a program interrupted by itself does not run), do
 * not make the count wrong for good: an entry that finds its own mark takes the place of a call whose exit was
 * not seen. Nor do exits that never come: whenever a function's trampoline is made anew, as when a redirection
 * is registered, the kernel lets the calls inside the old one return without running their exit program.
 */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "maps.h"

char LICENSE[] SEC("license") = "GPL";

const volatile __u32 func_index;
volatile __u32 redirected SEC(".data.redirected"); /* trampolines have been, or are being, made anew */

/*
 * Which call this is. The verifier lets no one calculate with a pointer, but for the distance of two.
 */
static __always_inline __u64 key_of(void *ctx)
{
	__u64 key = (__u64)ctx;

	asm volatile("%0 -= %1" : "+r"(key) : "r"(slots));
	return key;
}

SEC("fentry/spotos_placeholder")
int count_entry(void *ctx)
{
	__u64 key = key_of(ctx), mark = mark_of(key, func_index), *bucket = bucket_of(key);

	if (!__sync_val_compare_and_swap(bucket, 0, mark))
		goto counted;
#pragma unroll
	for (int i = 0; i < WAYS; i++) {
		__u64 old = bucket[i];

		if (old == mark)
			goto entered;
		if (old && generation_of(old) == generation_of(mark))
			continue; /* another call's; one of an older generation is void */
		if (__sync_val_compare_and_swap(&bucket[i], old, mark) == old)
			goto counted;
	}
	__sync_fetch_and_add(&stats[func_index].missed, 1);
	return 0;
counted:
	__sync_fetch_and_add(&shared.inflight[func_index], 1);
entered:
	__sync_fetch_and_add(&stats[func_index].calls, 1);
	return 0;
}

/* Whoever takes a mark away takes the call off the count. */
static __always_inline void call_over(__u64 *mark, __u32 func)
{
	*mark = 0;
	if (__sync_fetch_and_add(&shared.inflight[func & (MAX_FUNCS - 1)], -1) == 1 &&
	    *(volatile __u32 *)&shared.gate)
		tell_zero();
}

SEC("fexit/spotos_placeholder")
int count_exit(void *ctx)
{
	__u64 *mark = find_mark(key_of(ctx), func_index, 0);

	if (mark)
		call_over(mark, func_index);
	return 0;
}

#define NEAR 20 /* words: a trampoline's frame is that close to where its call returns to */

/*
 * On the instruction that a call returns to which may not pass the exit program: one from before the watch,
 * told from a counted one by the stack pointer, or one whose trampoline was made anew.
 */
SEC("kprobe")
int count_return(struct pt_regs *ctx)
{
	struct early_key key = { .tid = (__u32)bpf_get_current_pid_tgid() };
	struct early_call *call;
	__u64 sp = PT_REGS_SP(ctx), base = redirected ? slots_at() : 0;

	for (__u32 i = 1; i <= NEAR && redirected; i++) {
		__u64 *mark = find_mark(sp - i * sizeof(__u64) - base, 0, ANY_FUNC);
		__u32 func;

		if (!mark)
			continue;
		func = func_of(*mark);
		__sync_fetch_and_add(&stats[func & (MAX_FUNCS - 1)].lost, 1);
		call_over(mark, func);
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
