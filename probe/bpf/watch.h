/* SPDX-License-Identifier: GPL-2.0-only */
/* What the programs tell Go; Go's types are generated from these. */
#ifndef SPOTOS_WATCH_H
#define SPOTOS_WATCH_H

#include <linux/types.h>

#define MAX_FUNCS 64
#define MAX_RANGES 256
#define STACK_DEPTH 48
#define MAX_NESTED 16

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
};

/* Text that makes a task a holder. */
struct text_range {
	__u64 start;
	__u64 end;
	__u32 func;
	__u32 site; /* 1: the call site, on the stack while a trampoline runs */
};

/* A task with a frame of a watched function on its stack, as the iterator writes it. */
struct holder {
	__s32 pid;
	__s32 tgid;
	__u32 state;
	__u32 flags; /* PF_* */
	__u32 func;   /* the innermost watched one */
	__u32 before; /* frames of it that began before the watch */
	__u32 frames; /* frames of it in all */
	__u32 depth;
	__s8 comm[16];
	__u64 stack[STACK_DEPTH];
};

#endif
