/* SPDX-License-Identifier: GPL-2.0-only */
/* The record as a set of tasks, for the files of the record; what other files need is in internal.h. */
#ifndef SPOTOS_RECORD_H
#define SPOTOS_RECORD_H

#include <linux/sched.h>

typedef bool (*record_keep)(struct task_struct *t, void *arg);

bool record_hidden(const struct task_struct *t);
void record_add(struct task_struct *t);
void record_each(void (*fn)(struct task_struct *t, void *arg), void *arg);
bool record_turn(void);
bool record_retire(record_keep keep, void *arg, u32 budget);
void record_clear_lost(void);
void record_set_lost(void);
u32 record_count(void);
bool record_overflowed(void);
int record_alloc(void);
void record_free(void);

#endif
