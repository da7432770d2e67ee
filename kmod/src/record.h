/* SPDX-License-Identifier: GPL-2.0-only */
/* The record as a set of tasks, for the files of the record; what other files need is in internal.h. */
#ifndef SPOTOS_RECORD_H
#define SPOTOS_RECORD_H

#include <linux/sched.h>

#define AT_ONCE 64 /* tasks that are looked at before others may have the lock, or the CPU */

/* Where a look at the recorded tasks stands; zero: before the first. */
struct record_cursor {
	unsigned int cpu, half;
	u32 i;       /* in that CPU's half */
	bool moving; /* a known holder ran */
};

typedef bool (*record_keep)(struct task_struct *t, void *arg);

bool record_hidden(const struct task_struct *t);
void record_add(struct task_struct *t);
struct task_struct *record_next(struct record_cursor *at);
void record_each(void (*fn)(struct task_struct *t, void *arg), void *arg);
bool record_turn(void);
bool record_retire(record_keep keep, void *arg, u32 budget);
void record_clear_lost(void);
void record_set_lost(void);
u32 record_count(void);
bool record_overflowed(void);
extern struct operation *recording_for;
int recording_begin(struct operation *op);
struct tasks_wait *recording_grace(void);
int record_alloc(void);
void record_free(void);

#endif
