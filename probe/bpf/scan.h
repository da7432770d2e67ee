/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds the watched functions on the stack of one task. What is found is kept in a map, not on the program's
 * stack, where the verifier would follow each value; and the functions are global, so that it checks each one
 * once and not again on every path to a call. Both matter at the start of every watch.
 */
#ifndef SPOTOS_SCAN_H
#define SPOTOS_SCAN_H

#include "maps.h"
#include "task.h"

#define MAX_BODIES 32

const volatile __u32 range_count;
const volatile __u64 lowest, highest; /* of all ranges */
const volatile struct text_range ranges[MAX_RANGES];

/* The task that is looked at, and what its stack shows. */
struct scratch {
	struct holder h;
	__u64 task; /* its address, a number to the verifier */
	__u64 ran;  /* its switches before its stack was read */
	__u64 stack[STACK_DEPTH];
	__u32 frames; /* in the trace */
	__u32 func;   /* the innermost; NO_FUNC: none yet */
	__u32 bodies;
	__u32 sites;
	__u32 uncounted;
	__u32 marks; /* words that are the key of one or more */
	__u32 all_marks;
	__u32 body_at[MAX_BODIES]; /* frames inside a body: their index in stack, and the function */
	__u32 body_of[MAX_BODIES];
	__u32 mark_at[MAX_BODIES]; /* places of the first marks */
	__u64 marked;              /* sum of spread() over the functions of all marks */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct scratch);
} scratch SEC(".maps");

static __always_inline struct scratch *own_scratch(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&scratch, &zero);
}

/* One frame of a trace. */
struct frame {
	struct scratch *s;
	__u64 addr;
	__u32 at;
};

/* Called by bpf_loop(), not a plain loop: of two nested loops the verifier would walk every path. */
static long match_range(__u32 i, void *arg)
{
	struct frame *f = arg;
	struct scratch *s = f->s;
	__u32 n = s->bodies;

	if (i >= MAX_RANGES)
		return 1;
	if (f->addr < ranges[i].start || f->addr >= ranges[i].end)
		return 0;
	if (s->func == NO_FUNC)
		s->func = ranges[i].func;
	if (ranges[i].kind == TEXT_UNCOUNTED) {
		s->uncounted++;
	} else if (ranges[i].kind == TEXT_SITE) {
		s->sites++;
		/* There is a trampoline in between: of a redirection, or of another watch that has ended. */
		if (n && n - 1 < MAX_BODIES && f->at - s->body_at[n - 1] <= 2)
			s->body_at[n - 1] = f->at;
	} else if (n < MAX_BODIES) {
		s->body_at[n] = f->at;
		s->body_of[n] = ranges[i].func;
		s->bodies = n + 1;
	}
	return 1;
}

static long match_frame(__u32 i, void *arg)
{
	struct frame *f = arg;

	if (i >= STACK_DEPTH)
		return 1;
	f->at = i;
	f->addr = f->s->stack[i];
	if (f->addr >= lowest && f->addr < highest)
		bpf_loop(range_count, match_range, f, 0);
	return 0;
}

/* Finds the frames of watched functions in the trace. */
__noinline int scan_trace(void)
{
	struct frame f = { .s = own_scratch() };

	if (!f.s)
		return 0;
	f.s->func = NO_FUNC;
	f.s->bodies = f.s->sites = f.s->uncounted = 0;
	bpf_loop(f.s->frames, match_frame, &f, 0);
	return 0;
}

/* A search for words on a stack. */
struct words {
	__u64 base;
	__u64 sp;
	__u64 want, found;
	__u64 lowest, highest; /* the stack pointers after a return to it */
	struct scratch *s;
};

static __always_inline void words_of(struct words *w, struct task_struct *task, __u64 want)
{
	w->base = (__u64)BPF_CORE_READ(task, stack);
	w->sp = BPF_CORE_READ(task, thread.sp);
	w->want = want;
}

static long match_word(__u32 i, void *arg)
{
	struct words *w = arg;
	__u64 at = w->base + i * sizeof(__u64), word = 0;

	if (at < w->sp || bpf_probe_read_kernel(&word, sizeof(word), (void *)at) || word != w->want)
		return 0;
	w->highest = at + sizeof(__u64);
	if (!w->lowest)
		w->lowest = w->highest;
	return 0;
}

static long match_before(__u32 i, void *arg)
{
	struct words *w = arg;
	__u64 at = w->base + i * sizeof(__u64), word[2] = {};

	if (at >= w->sp && !bpf_probe_read_kernel(word, sizeof(word), (void *)at) && word[0] == w->want)
		w->found = word[1];
	return 0;
}

/* Returns the word that is on a task's stack before the last one with that value, or 0. */
__noinline __u64 word_before(__u64 address, __u64 value)
{
	struct task_struct *task = (void *)address;
	struct words w = {};

	words_of(&w, task, value);
	bpf_loop(stack_words(task) - 1, match_before, &w, 0);
	return w.found;
}

/* Something that is another for each function, also in sums of a few. */
static __always_inline __u64 spread(__u32 func)
{
	__u64 x = (func + 1) * 0x9e3779b97f4a7c15ull;

	return x * (x >> 32 | 1);
}

/* Takes in the marks of one key: more than one if another call has left its own there. Returns how many. */
static __always_inline __u32 match_places(struct scratch *s, __u64 key)
{
	__u64 *bucket = bucket_of(key), mark = mark_of(key, 0);
	__u32 found = 0, n;

#pragma unroll
	for (int i = 0; i < WAYS; i++) {
		__u64 there = bucket[i];

		if ((there ^ mark) & ~(ANY_FUNC | TIMED))
			continue;
		n = s->all_marks + found++;
		if (n < MAX_BODIES)
			s->mark_at[n] = place_of(&bucket[i]);
		s->marked += spread(func_of(there));
	}
	return found;
}

static long match_mark(__u32 i, void *arg)
{
	struct words *w = arg;
	__u64 at = w->base + i * sizeof(__u64);
	__u32 found = at < w->sp ? 0 : match_places(w->s, at - w->want);

	if (found) {
		w->s->marks++;
		w->s->all_marks += found;
	}
	return 0;
}

/* Returns how many of the calls on a task's stack are counted. */
__noinline int counted(__u64 address)
{
	struct task_struct *task = (void *)address;
	struct words w = { .s = own_scratch() };

	if (!w.s)
		return 0;
	words_of(&w, task, slots_at());
	w.s->marks = w.s->all_marks = 0;
	w.s->marked = 0;
	bpf_loop(stack_words(task), match_mark, &w, 0);
	return w.s->marks;
}

#endif
