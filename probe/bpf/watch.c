// SPDX-License-Identifier: GPL-2.0-only
//go:build ignore

/*
 * Counts the calls in flight of one function; Go loads a pair of these programs for each function.
 *
 * An exit is counted only if its own entry was. The address of the context, which is in the trampoline's stack
 * frame and the same for both, shows that they belong together. So no count stays wrong because of a call that
 * straddles the attaching, or of an entry or exit that the kernel skipped (a program interrupted by itself does
 * not run): an entry that finds its own mark takes the place of a call whose exit was not seen. Nor does it stay
 * wrong because of exits that never come: when the kernel rebuilds a function's trampoline, for example for a
 * redirection, calls inside the old one return without running their exit program.
 */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "maps.h"
#include "residence.h"

char LICENSE[] SEC("license") = "GPL";

const volatile struct self self;
volatile __u32 redirected SEC(".data.redirected"); /* trampolines have been, or are being, rebuilt */

/*
 * Returns which call this is. Of all arithmetic with pointers the verifier allows only the distance of two.
 */
static __always_inline __u64 key_of(void *ctx)
{
	__u64 key = (__u64)ctx;

	asm volatile("%0 -= %1" : "+r"(key) : "r"(table.slots));
	return key;
}

/* Every entry comes here, counted now or counted already. */
static __always_inline void entered(__u64 key, __u64 mark)
{
	struct func_stats *s = (void *)stats + self.stats;

	__sync_fetch_and_add(&s->calls, 1);
	if (*(volatile __u64 *)&s->attention)
		attend(key, mark, self.stats);
}

static __always_inline __s64 *own_count(void)
{
	return (void *)shared.inflight + self.inflight;
}

/* An entry whose mark's first place is taken. Not inlined, so that the usual entry needs few registers. */
__noinline int crowded_entry(__u64 key)
{
	__u64 mark = mark_of(key, self.mark), *bucket = bucket_of(key);
	struct func_stats *s = (void *)stats + self.stats;

#pragma unroll
	for (int i = 0; i < WAYS; i++) {
		__u64 old = bucket[i];

		if ((old | TIMED) == (mark | TIMED))
			goto repaired;
		if (old && generation_of(old) == generation_of(mark))
			continue; /* of another call; a mark of an older generation is void */
		if (__sync_val_compare_and_swap(&bucket[i], old, mark) == old)
			goto counted;
	}
	__sync_fetch_and_add(&s->missed, 1);
	return 0;
counted:
	__sync_fetch_and_add(own_count(), 1);
	entered(key, mark);
	return 0;
repaired:
	__sync_fetch_and_add(&s->repaired, 1);
	entered(key, mark);
	return 0;
}

SEC("fentry/spotos_placeholder")
int count_entry(void *ctx)
{
	__u64 key = key_of(ctx), mark = mark_of(key, self.mark);
	__u64 taken = __sync_val_compare_and_swap(bucket_of(key), 0, mark);

	asm volatile("" : "+r"(taken)); /* for a single comparison */
	if (taken) {
		crowded_entry(key);
		return 0;
	}
	__sync_fetch_and_add(own_count(), 1);
	entered(key, mark);
	return 0;
}

/* Takes the mark away and the call off the count. */
static __always_inline void call_over(__u64 *mark, __u64 inflight)
{
	*mark = 0;
	if (__sync_fetch_and_add((__s64 *)((void *)shared.inflight + inflight), -1) == 1 &&
	    zero_is_asked_for())
		report_zero();
}

/* Ends the call whose mark differs from that of func only in the bits of ignore, if there is one. */
__noinline int other_call_over(__u64 key, __u64 func, __u64 ignore)
{
	__u64 *mark = find_mark(key, func, ignore);
	__u32 index;

	if (!mark)
		return 0;
	index = func_of(*mark) & (MAX_FUNCS - 1);
	if (*mark & TIMED)
		call_was_timed(index, began_at(key, *mark));
	if (ignore != TIMED)
		__sync_fetch_and_add(&stats[index].lost, 1);
	call_over(mark, index * sizeof(shared.inflight[0]));
	return 1;
}

/* An exit whose mark is not in the first place, is that of a timed call, or is not there. */
__noinline int crowded_exit(__u64 key)
{
	return other_call_over(key, self.mark, TIMED);
}

SEC("fexit/spotos_placeholder")
int count_exit(void *ctx)
{
	__u64 key = key_of(ctx), *first = bucket_of(key);

	if (*first == mark_of(key, self.mark))
		call_over(first, self.inflight);
	else
		crowded_exit(key);
	return 0;
}

/* Ends all calls with that key: of more than one, the others are those whose exits were not seen. */
static __always_inline void calls_over(__u64 key)
{
#pragma unroll
	for (int i = 0; i < WAYS; i++)
		if (!other_call_over(key, 0, ANY_FUNC | TIMED))
			break;
}

#include "dying.h"

#define NEAR 20 /* words: a trampoline's frame is that close to its call's return address */

/*
 * Runs at the return address of a call that may not pass the exit program: one from before the watch, which the
 * stack pointer distinguishes from a counted one, or one whose trampoline was rebuilt.
 */
SEC("kprobe")
int count_return(struct pt_regs *ctx)
{
	struct early_key key = { .tid = (__u32)bpf_get_current_pid_tgid() };
	struct early_call *call;
	__u64 sp = PT_REGS_SP(ctx), base = redirected ? slots_at() : 0;

	for (__u32 n = 0; n < MAX_EARLY; n++) {
		key.n = n;
		call = bpf_map_lookup_elem(&early, &key);
		if (!call || sp < call->lowest || sp > call->highest)
			continue;
		if (early_over(&key, call))
			break;
	}
	/*
	 * All calls below the stack pointer have ended. The call that returns is the nearest and comes last: its
	 * zero is reported only after this program.
	 */
	for (__u32 i = NEAR; i >= 1 && redirected; i--)
		calls_over(sp - i * sizeof(__u64) - base);
	return 0;
}

/* Begins a round of measuring, or continues the present one. */
SEC("syscall")
int measure(void *ctx)
{
	__u64 now = bpf_ktime_get_ns();
	int zero = all_zero();

	if (windows.open && !zero)
		__sync_lock_test_and_set(&windows.open, 0); /* an entry that was not counted has ended it */
	windows.left = ROUND_WINDOWS;
	if (!windows.begun) {
		windows.begun = now;
		shared.measuring = 1;
	}
	if (!windows.open && zero)
		note_window(now | 1);
	for (__u32 i = 0; i < MAX_FUNCS && i < func_count; i++)
		stats[i].traces = ROUND_CALLS;
	ask_all(ATTEND_CALL);
	return 0;
}
