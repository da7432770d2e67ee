/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counts calls from before the watch.
 *
 * A call is from before the watch if the stack shows no mark of it; those are the outermost ones. It is
 * counted once the instruction that it returns to has a probe (see the map sites), so that its end is seen.
 */
#ifndef SPOTOS_SETTLE_H
#define SPOTOS_SETTLE_H

#include "scan.h"

__u32 pass SEC(".data.pass") = 1; /* of the listing */

/* Return addresses that have a probe of count_return. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_RANGES);
	__type(key, __u64);
	__type(value, __u32);
} sites SEC(".maps");

/*
 * Notes the marks of a task of whose calls each has one. Where there are other marks than of its calls, one is
 * left of a call whose exit was not seen, and it is not known which. Where a call's entry was skipped, and above
 * it on the same stack a mark of the same function is left, they are taken for one; once that call has ended,
 * the count is too high by the mark, and nothing says so.
 */
__noinline int note_seen(void)
{
	struct scratch *s = own_scratch();
	__u64 inside = 0;

	if (!s || s->all_marks != s->bodies)
		return 0;
	for (__u32 n = 0; n < MAX_BODIES && n < s->bodies; n++)
		inside += spread(s->body_of[n]);
	if (inside != s->marked)
		return 0;
	for (__u32 n = 0; n < MAX_BODIES && n < s->bodies; n++)
		table.seen[s->mark_at[n] & (SLOTS - 1)] = pass;
	return 0;
}

#define CALL_LEN 5
#define CALL_OPCODE 0xe8

/* Where the instruction before a return address calls. */
struct inner_call {
	__u64 to;
	__u32 behind_site; /* of a watched function */
};

static long match_site(__u32 i, void *arg)
{
	struct inner_call *c = arg;

	if (i >= MAX_RANGES)
		return 1;
	/* A call of the function itself leads to its start, or past the ENDBR there. */
	if (ranges[i].kind != TEXT_SITE || c->to < ranges[i].start + CALL_LEN || c->to >= ranges[i].end)
		return 0;
	c->behind_site = 1;
	return 1;
}

/*
 * Whether that is the return address of a BPF trampoline which has called a function behind its call site. Where
 * the kernel has the function jump to the trampoline, only that call tells it from the function's caller.
 */
__noinline int of_trampoline(__u64 address)
{
	struct inner_call c = {};
	__u8 code[CALL_LEN] = {};
	__s32 distance;

	if (bpf_probe_read_kernel(code, sizeof(code), (void *)(address - CALL_LEN)) || code[0] != CALL_OPCODE)
		return 0;
	__builtin_memcpy(&distance, &code[1], sizeof(distance));
	c.to = address + distance;
	bpf_loop(range_count, match_site, &c, 0);
	return c.behind_site;
}

/* Returns the return address of a body's call: the next one in the trace, outwards, that is of no trampoline. */
static __always_inline __u64 return_of(struct scratch *s, __u32 at)
{
	if (at >= STACK_DEPTH - 1)
		return 0;
	if (at + 1 < s->frames && of_trampoline(s->stack[at + 1]))
		return at < STACK_DEPTH - 2 && at + 2 < s->frames ? s->stack[at + 2] : 0;
	if (at + 1 < s->frames)
		return s->stack[at + 1];
	/*
	 * A redirection overwrites the word through which the call was entered, and the unwinder cannot go on
	 * from there. The return address is the word that was pushed before.
	 */
	return word_before(s->task, s->stack[at]);
}

__noinline int forget(__u32 tid, __u32 n)
{
	struct early_key key = { .tid = tid, .n = n };
	struct early_call *known = bpf_map_lookup_elem(&early, &key);

	if (!known)
		return 0;
	early_over(&key, known);
	bpf_map_delete_elem(&early, &key);
	return 0;
}

/* Counts an early call. Returns 1 and takes it back if the task has run since its stack was read. */
__noinline int adopt(__u32 n, __u32 func, __u64 site)
{
	struct scratch *s = own_scratch();
	struct early_key key = { .n = n };
	struct early_call call = { .site = site, .pass = pass };
	struct task_struct *task;
	struct words w = {};

	if (!s)
		return 0;
	task = (void *)s->task;
	words_of(&w, task, site);
	bpf_loop(stack_words(task), match_word, &w, 0);
	if (!w.lowest)
		return 0;
	func &= MAX_FUNCS - 1;
	key.tid = s->h.pid;
	call.func = func;
	call.lowest = w.lowest;
	call.highest = w.highest;
	call.owner = early_owner(&key, func);
	__sync_fetch_and_add(&stats[func].early, 1);
	if (bpf_map_update_elem(&early, &key, &call, BPF_NOEXIST)) {
		__sync_fetch_and_add(&stats[func].early, -1);
		return 0;
	}
	s->h.hidden--;
	if (!on_cpu(task) && switches(task) == s->ran)
		return 0;
	forget(key.tid, n);
	return 1;
}

/* Brings a task's n-th entry up to date. Returns whether the task ran meanwhile. */
__noinline int settle_one(__u32 n)
{
	struct scratch *s = own_scratch();
	struct early_key key = { .n = n };
	struct early_call *known;
	__u32 body, func = 0;
	__u64 site = 0;

	if (!s || n >= MAX_EARLY)
		return 0;
	key.tid = s->h.pid;
	body = s->bodies - 1 - n;
	known = bpf_map_lookup_elem(&early, &key);
	s->h.site[n] = body < MAX_BODIES ? return_of(s, s->body_at[body]) : 0;
	if (n < s->h.early && body < MAX_BODIES) {
		func = s->body_of[body];
		site = s->h.site[n];
	}
	if (known && known->owner && known->site == site && known->func == func) {
		known->pass = pass;
		s->h.hidden--;
		return 0;
	}
	if (known)
		forget(key.tid, n);
	if (site && bpf_map_lookup_elem(&sites, &site))
		return adopt(n, func, site);
	return 0;
}

static long settle_next(__u32 n, void *moved)
{
	if (settle_one(n))
		*(__u32 *)moved = 1;
	return 0;
}

/* Brings the entries of a task up to date. Returns whether the task ran meanwhile. */
static __always_inline int settle(void)
{
	__u32 moved = 0;

	bpf_loop(MAX_EARLY, settle_next, &moved, 0);
	return moved;
}

/* Keeps the entries of a task that runs. */
static __always_inline void keep(__u32 tid)
{
	struct early_key key = { .tid = tid };
	struct early_call *known;

	for (__u32 n = 0; n < MAX_EARLY; n++) {
		key.n = n;
		known = bpf_map_lookup_elem(&early, &key);
		if (known)
			known->pass = pass;
	}
}

/* Takes off a call that this listing did not see: its task has died, or its return was missed. */
static long sweep(void *map, struct early_key *key, struct early_call *call, void *arg)
{
	if (call->pass != pass)
		forget(key->tid, key->n);
	return 0;
}

#endif
