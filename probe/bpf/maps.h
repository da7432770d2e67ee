/* SPDX-License-Identifier: GPL-2.0-only */
/* The maps that all programs share, and how both the counting and the listing use them. */
#ifndef SPOTOS_MAPS_H
#define SPOTOS_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "watch.h"

const volatile __u32 func_count = 1;

struct spotos_shared shared SEC(".data.shared");
struct func_stats stats[MAX_FUNCS] SEC(".data.stats");
struct windows windows SEC(".data.windows");
struct times residence[MAX_FUNCS] SEC(".data.residence");

/*
 * The counted calls in flight, one mark each. A mark holds the address of the call's trampoline frame, which no
 * other call in flight shares, the function and the generation. So an exit knows whether its own entry was
 * counted. The four places that a mark may take are side by side, where the frame's address says.
 */
#define SLOTS 65536
#define WAYS 4

/* One variable, so that it looks the same to all programs: of several each compiler's run chooses the order. */
struct table {
	__u64 slots[SLOTS];
	__u64 since[SLOTS]; /* when the call of a timed mark began, CLOCK_MONOTONIC */
	__u32 seen[SLOTS];  /* the last listing that found the call of a mark on a stack */
} table;

#define FUNC_SHIFT 48
#define GENERATION_SHIFT 56
#define ANY_FUNC ((MAX_FUNCS - 1ull) << FUNC_SHIFT)
#define TIMED 1ull /* keys are multiples of 8 */

/*
 * A key's upper 16 bits are all the same as its bit 47, so what is XORed into them can be read back. func is
 * shifted already.
 */
static __always_inline __u64 mark_of(__u64 key, __u64 func)
{
	return key ^ func ^ (__u64)shared.generation << GENERATION_SHIFT;
}

static __always_inline __u64 without_key(__u64 mark)
{
	return mark ^ (__u64)((__s64)(mark << 16) >> 63);
}

static __always_inline __u32 generation_of(__u64 mark)
{
	return without_key(mark) >> GENERATION_SHIFT;
}

static __always_inline __u32 func_of(__u64 mark)
{
	return (without_key(mark) & ANY_FUNC) >> FUNC_SHIFT;
}

/* Keys of threads differ in the upper bits, those of one thread's calls in the lower ones. */
static __always_inline __u64 bucket_at(__u64 key)
{
	return (key ^ key >> 12) & (sizeof(table.slots) - WAYS * sizeof(table.slots[0]));
}

static __always_inline __u64 *bucket_of(__u64 key)
{
	return (void *)table.slots + bucket_at(key);
}

/* Returns the index of a mark in the table. */
static __always_inline __u32 place_of(__u64 *mark)
{
	__u64 at = (__u64)mark;

	asm volatile("%0 -= %1" : "+r"(at) : "r"(table.slots));
	return at / sizeof(table.slots[0]);
}

/* Returns the address of the table as a number: a key is the distance of a frame from it. */
static __always_inline __u64 slots_at(void)
{
	__u64 *pointer = table.slots, at = 0;

	bpf_probe_read_kernel(&at, sizeof(at), &pointer);
	return at;
}

/* Finds the mark of the call with that key; the bits in ignore may differ. */
static __always_inline __u64 *find_mark(__u64 key, __u64 func, __u64 ignore)
{
	__u64 *bucket = bucket_of(key), mark = mark_of(key, func);

#pragma unroll
	for (int i = 0; i < WAYS; i++)
		if (!((bucket[i] ^ mark) & ~ignore))
			return &bucket[i];
	return 0;
}

/* Only its wake-ups matter. Go empties it with each listing, since a full one wakes nobody. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1024 * 1024);
} ring SEC(".maps");

/* The calls from before the watch that are still in flight; stats[].early counts them by function. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, struct early_key);
	__type(value, struct early_call);
} early SEC(".maps");

/* Global, as all that is called from several places: the verifier checks it once, and not again at every call. */
__noinline int all_zero(void)
{
	for (__u32 i = 0; i < MAX_FUNCS && i < func_count; i++)
		if (*(volatile __s64 *)&shared.inflight[i] || *(volatile __s64 *)&stats[i].early)
			return 0;
	return 1;
}

#include "measure.h"

/*
 * Rings the bell, and returns whether the module has heard that: it takes the number away in the helper, which is
 * called for nothing else. If it is gone, but because another CPU rang meanwhile, that one makes up for both.
 */
static __always_inline int heard_the_bell(void)
{
	__u32 number = bpf_get_smp_processor_id() + 1;

	*(volatile __u32 *)&shared.bell = number;
	bpf_ktime_get_tai_ns();
	return !__sync_val_compare_and_swap(&shared.bell, number, 0);
}

/* Called when the count of a function came to zero and zero_is_asked_for(): reports if all are zero. */
__noinline int report_zero(void)
{
	__u64 now = bpf_ktime_get_ns();

	if (!all_zero())
		return 0;
	if (*(volatile __u32 *)&shared.gate && __sync_lock_test_and_set(&shared.gate, 0)) {
		shared.zero_ns = now;
		if (!heard_the_bell() && bpf_ringbuf_output(&ring, &now, sizeof(now), BPF_RB_FORCE_WAKEUP))
			shared.gate = 1; /* to be reported at the next zero */
	}
	if (*(volatile __u32 *)&shared.measuring)
		window_opens(now);
	return 0;
}

/* Whether a zero is to be reported. The gate and measuring are side by side, and are read as one. */
static __always_inline int zero_is_asked_for(void)
{
	return *(volatile __u64 *)&shared.gate != 0;
}

/* Never 0. Distinguishes entries even if the kernel uses the memory of one for another at once. */
static __always_inline __u64 early_owner(struct early_key *key, __u32 func)
{
	return (__u64)key->tid << 32 | (__u64)(func & (MAX_FUNCS - 1)) << 8 | (key->n + 1);
}

/*
 * Ends an early call: the one that clears the owner takes the call off the count. The entry stays until a listing
 * deletes it: a deletion takes a lock, and where calls return that would be in a breakpoint, as good as an NMI.
 */
static __always_inline int early_over(struct early_key *key, struct early_call *call)
{
	__u64 owner = *(volatile __u64 *)&call->owner;
	__u32 func = owner >> 8 & (MAX_FUNCS - 1);

	if (owner != early_owner(key, func) || __sync_val_compare_and_swap(&call->owner, owner, 0) != owner)
		return 0;
	if (__sync_fetch_and_add(&stats[func].early, -1) == 1 && zero_is_asked_for())
		report_zero();
	return 1;
}

#endif
