/* SPDX-License-Identifier: GPL-2.0-only */
/* What the programs share with Go, whose types are generated from these. */
#ifndef SPOTOS_WATCH_H
#define SPOTOS_WATCH_H

#include <linux/types.h>

#include "spotos.h" /* the kernel module's: struct spotos_shared */

#define MAX_FUNCS SPOTOS_MAX_FUNCS
#define MAX_RANGES 1024
#define STACK_DEPTH 48
#define MAX_NESTED 16
#define MAX_EARLY 4
#define NO_FUNC MAX_FUNCS

/* A function's figures, which only Go reads. */
struct func_stats {
	__u64 calls;     /* counted entries */
	__u64 missed;    /* entries that found no place for a mark; they are not in inflight */
	__u64 lost;      /* exits that were not seen; their calls were found and taken off later */
	__s64 early;     /* calls from before the watch that are still in flight */
	__u64 attention; /* ATTEND_*: what the next entry has to do */
	__u64 traces;    /* how many more calls this round may time */
	__u64 repaired;  /* entries that found the mark of a call whose exit was not seen */
	__u64 reserved;
};

/* The constants of one function's programs: its bits in a mark, and the offsets of its figures. */
struct self {
	__u64 mark;
	__u64 inflight;
	__u64 stats;
};

/*
 * A process that calls a function. One that replaces itself by exec becomes another, since its program is
 * another.
 */
struct program_key {
	__u64 cgroup; /* id in the default hierarchy */
	__u32 tgid;
	__u32 exec; /* how many times it and its ancestors called exec */
	__u32 uid;  /* the real one */
	__u32 func;
};

struct program_calls {
	__u64 calls;
	__u64 last;    /* when the last one began, CLOCK_MONOTONIC */
	__u64 file;    /* inode of the executable; 0: it has none */
	__u64 kthread; /* whether it is a kernel thread */
	__s8 comm[16]; /* of the process at its first call */
};

/* A function's calls that belong to no entry. */
struct aside {
	__u64 interrupt; /* calls in interrupts: of no program */
	__u64 interrupt_last;
	__u64 others; /* of programs for which there was no room */
	__u64 others_last;
};

#define BINS 160 /* of times in ns: four for each power of two; the last takes all above */

/* Measured times: of zero windows, or of the calls of one function. */
struct times {
	__u64 count;
	__u64 total; /* ns */
	__u64 longest;
	__u32 bins[BINS];
};

/* Zero windows of the whole patch since the watch began. */
struct windows {
	__u64 open;    /* when the open one began, CLOCK_MONOTONIC; 0: none is. Bit 0: it began unseen */
	__u64 left;    /* how many more windows this round may time */
	__u64 begun;   /* when this round began; 0: none */
	__u64 covered; /* ns of the rounds before it */
	__u64 unseen;  /* ns of the windows whose beginning was not seen; these are not in times */
	struct times times;
};

/* What a range of text is. */
#define TEXT_BODY 0
#define TEXT_SITE 1      /* the call site, on the stack while a trampoline runs */
#define TEXT_UNCOUNTED 2 /* either of a function without probes: its calls have no marks */

/* Text that makes a task a holder. */
struct text_range {
	__u64 start;
	__u64 end;
	__u32 func;
	__u32 kind; /* TEXT_* */
};

/* Names a call from before the watch: the n-th of a task, outermost first. */
struct early_key {
	__u32 tid;
	__u32 n;
};

struct early_call {
	__u64 owner;  /* which call it is, while it is counted: see early_owner() */
	__u64 site;   /* its return address */
	__u64 lowest; /* stack pointers after its return: the stack shows the address at one place or more */
	__u64 highest;
	__u32 func;
	__u32 pass; /* the last listing that saw it */
};

/*
 * A task as the iterator writes it: one with a frame of a watched function on its stack, or one that runs at
 * this moment, whose stack cannot be read and whose func is NO_FUNC.
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
	__u32 hidden; /* of early, those that are not counted: another tool's hook is in their return's place */
	__u64 switches;        /* how often it was switched out; unchanged: it has not run */
	__u64 site[MAX_EARLY]; /* return addresses of its calls, outermost first */
	__u64 stack[STACK_DEPTH];
};

#endif
