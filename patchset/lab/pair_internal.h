/* SPDX-License-Identifier: GPL-2.0-only */
/* What the sources of pair_target.ko share. */
#ifndef PAIR_INTERNAL_H
#define PAIR_INTERNAL_H

#include "pair_target.h"

struct seq_file;

/* pair.c */
void pair_release(bool for_good);
void pair_show_counts(struct seq_file *m);

/* pair_callers.c */
enum pair_interrupt_kind {
	PAIR_SOFTIRQ,
	PAIR_HARDIRQ,
	PAIR_INTERRUPTS,
};
void pair_rest(void);
int pair_pause(void);
void pair_resume(void);
int pair_interrupt(enum pair_interrupt_kind kind, unsigned int rate);
void pair_callers_init(void);
void pair_callers_exit(void);
void pair_show_callers(struct seq_file *m);

#endif
