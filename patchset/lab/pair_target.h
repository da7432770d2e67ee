/* SPDX-License-Identifier: GPL-2.0-only */
/* What pair_target.ko shares with the patch for its two functions. */
#ifndef PAIR_TARGET_H
#define PAIR_TARGET_H

#include <linux/compiler.h>
#include <linux/types.h>

#define PAIR_BYTES 16

enum pair_which {
	PAIR_ENCODE,
	PAIR_DECODE,
	PAIR_FUNCTIONS,
};

/* Which code a call runs: the module's, or the patch's. */
enum pair_version {
	PAIR_ORIGINAL,
	PAIR_PATCHED,
	PAIR_VERSIONS,
};

/* How a call spends its time inside pair_encode(). */
enum pair_stay {
	PAIR_PASS,  /* goes straight through */
	PAIR_YIELD, /* offers the CPU */
	PAIR_NAP,   /* sleeps for the time in stay_us */
	PAIR_SPIN,  /* spins for a few microseconds: all that a softirq may do */
	PAIR_HOLD,  /* sleeps until hold_ms have passed, a release or a signal */
};

/**
 * struct pair_call - one round trip
 * @value: what to encode
 * @stay: how to spend time inside
 * @hold_ms: for PAIR_HOLD; 0: no limit
 * @buf: the encoded @value
 */
struct pair_call {
	u64 value;
	enum pair_stay stay;
	unsigned int hold_ms;
	u8 buf[PAIR_BYTES];
};

/*
 * Keeps the compiler from inlining, cloning or reasoning across a function: calls go through its symbol, and
 * its frame stays on the stack until it returns.
 */
#define PAIR_WHOLE noinline __noclone __attribute__((noipa))

/* Encodes, stays, decodes with pair_decode() and compares. -ERESTARTSYS: a signal ended the stay. */
int pair_encode(struct pair_call *call);
u64 pair_decode(const struct pair_call *call);

/* Every version of the two functions calls these: at first, at last, in between, and with the result. */
void pair_enter(enum pair_which which, enum pair_version version);
void pair_leave(enum pair_which which, enum pair_version version);
int pair_stay_inside(const struct pair_call *call);
void pair_check(const struct pair_call *call, u64 decoded);

#endif
