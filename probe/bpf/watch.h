/* SPDX-License-Identifier: GPL-2.0-only */
/* What the programs tell Go; Go's types are generated from these. */
#ifndef SPOTOS_WATCH_H
#define SPOTOS_WATCH_H

#include <linux/types.h>

#define MAX_FUNCS 64
#define MAX_RANGES 256
#define STACK_DEPTH 48
#define MAX_NESTED 16
#define MAX_EARLY 4
#define NO_FUNC MAX_FUNCS

/* struct spotos_shared of the kernel module's user API. */
struct shared_state {
	__u32 gate;
	__u32 generation;
	__u64 zero_ns;
	__s64 inflight[MAX_FUNCS];
};

/* A function's figures that only we read. */
struct func_stats {
	__u64 calls;  /* counted entries */
	__u64 missed; /* entries that could not be counted; they are not in inflight */
	__u64 lost;   /* exits that were not seen, found out and taken off later */
	__s64 early;  /* calls from before the watch that are still in flight */
};

/* Text that makes a task a holder. */
struct text_range {
	__u64 start;
	__u64 end;
	__u32 func;
	__u32 site; /* 1: the call site, on the stack while a trampoline runs */
};

/* A call from before the watch: the n-th of a task, outermost first. */
struct early_key {
	__u32 tid;
	__u32 n;
};

struct early_call {
	__u64 site;   /* where it will return to */
	__u64 lowest; /* stack pointer then: the stack shows the return address at one place or more */
	__u64 highest;
	__u32 func;
	__u32 pass; /* the last listing that saw it */
};

/*
 * A task with a frame of a watched function on its stack, as the iterator writes it; or one that runs at
 * this moment, so that its stack cannot be read: its func is NO_FUNC.
 */
struct holder {
	__s32 pid;
	__s32 tgid;
	__u32 state;
	__u32 flags; /* PF_* */
	__u32 func;  /* the innermost watched one */
	__u32 cpu;
	__u32 frames; /* of watched functions */
	__u32 early;  /* of these, begun before the watch: the outermost */
	__u32 depth;
	__s8 comm[16];
	__u32 reserved;
	__u64 switches;        /* how often it was switched out: the same means that it has not run */
	__u64 site[MAX_EARLY]; /* where its calls will return to, outermost first */
	__u64 stack[STACK_DEPTH];
};

#endif
