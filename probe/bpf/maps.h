/* SPDX-License-Identifier: GPL-2.0-only */
/* The maps that all programs share, and what both the counting and the listing do with them. */
#ifndef SPOTOS_MAPS_H
#define SPOTOS_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "watch.h"

const volatile __u32 func_count = 1;

struct shared_state shared SEC(".data.shared");
struct func_stats stats[MAX_FUNCS] SEC(".data.stats");

/* The calls in flight of one task, outermost first. */
struct notes {
	__u32 generation;
	__u32 depth;
	__u64 scratch;
	__u64 frame[MAX_NESTED];
	__u8 func[MAX_NESTED];
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct notes);
} notes SEC(".maps");

/* Nobody has to read it: what counts is the wake-up. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 * 1024);
} ring SEC(".maps");

/* The calls from before the watch that are still in flight; stats[].early is how many of each function. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, struct early_key);
	__type(value, struct early_call);
} early SEC(".maps");

/* Tells the module, if it asked to be told, that no call of the patch is in flight any more. */
static __noinline void tell_zero(void)
{
	__u64 now = bpf_ktime_get_ns();

	for (__u32 i = 0; i < MAX_FUNCS && i < func_count; i++)
		if (*(volatile __s64 *)&shared.inflight[i] || *(volatile __s64 *)&stats[i].early)
			return;
	if (!__sync_lock_test_and_set(&shared.gate, 0))
		return;
	shared.zero_ns = now;
	bpf_ringbuf_output(&ring, &now, sizeof(now), BPF_RB_FORCE_WAKEUP);
}

/* Whoever deletes the entry takes it off the count. */
static __always_inline void early_over(struct early_key *key, __u32 func)
{
	if (bpf_map_delete_elem(&early, key))
		return;
	if (__sync_fetch_and_add(&stats[func & (MAX_FUNCS - 1)].early, -1) == 1 &&
	    *(volatile __u32 *)&shared.gate)
		tell_zero();
}

#endif
