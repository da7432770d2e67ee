/* SPDX-License-Identifier: GPL-2.0-only */
/* What the programs tell Go; Go's types are generated from these. */
#ifndef SPOTOS_WATCH_H
#define SPOTOS_WATCH_H

#include <linux/types.h>

#include "spotos.h" /* of the kernel module: struct spotos_shared */

#define MAX_FUNCS SPOTOS_MAX_FUNCS
#define MAX_RANGES 256
#define STACK_DEPTH 48
#define MAX_NESTED 16
#define MAX_EARLY 4
#define NO_FUNC MAX_FUNCS

/* A function's figures that only we read. */
struct func_stats {
	__u64 calls;     /* counted entries */
	__u64 missed;    /* entries that could not be counted; they are not in inflight */
	__u64 lost;      /* exits that were not seen, found out and taken off later */
	__s64 early;     /* calls from before the watch that are still in flight */
	__u64 attention; /* ATTEND_*: what the next entry is asked to see to */
	__u64 traces;    /* calls that may still be timed in this round */
	__u64 repaired;  /* entries that found the mark of a call whose exit was not seen */
	__u64 reserved;
};

/* The constants of one function's programs: its bits in a mark, and where its figures lie. */
struct self {
	__u64 mark;
	__u64 inflight;
	__u64 stats;
};

#define BINS 160 /* of times in ns: four for each power of two, the last for all above */

/* Measured times: zero windows, or the calls of one function that were timed. */
struct times {
	__u64 count;
	__u64 total; /* ns */
	__u64 longest;
	__u32 bins[BINS];
};

/* Zero windows of the whole patch since the watch began. */
struct windows {
	__u64 open;    /* when the one that is open began, CLOCK_MONOTONIC; 0: none. Bit 0: it began unseen */
	__u64 left;    /* windows that may still be timed in this round */
	__u64 begun;   /* when this round began; 0: none */
	__u64 covered; /* ns of the rounds before it */
	__u64 unseen;  /* ns of the windows whose beginning was not seen; they are not in times */
	struct times times;
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
	__u64 owner;  /* whose it is, while it is counted: see early_owner() */
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
