// SPDX-License-Identifier: GPL-2.0-only
/*
 * Looks at the recorded tasks: inside stop_machine to prove that nobody holds, and outside to see whether an
 * attempt could succeed. Why no holder is missing among them is said in record.c.
 */
#include <linux/sched/signal.h>

#include "internal.h"
#include "record.h"

struct record_seen record_seen;

struct check {
	const struct ranges *ranges;
	struct holder_list *out;
	u64 bloom;
	u32 walked;
};

static void check(struct task_struct *t, void *arg)
{
	struct check *c = arg;

	c->walked++;
	if (stack_holds(t, c->ranges, c->out, STACK_STOPPED))
		c->bloom |= bloom_bit(t);
}

static void check_hidden(struct task_struct *t, void *arg)
{
	if (record_hidden(t))
		check(t, arg);
}

static u32 checked(const struct check *c)
{
	record_seen.holders = c->bloom;
	record_seen.round = c->bloom;
	return c->walked;
}

/*
 * Inside stop_machine: fills out with the holders among the recorded tasks. No other task holds, unless
 * record_wants_all(). Returns how many stacks it looked at.
 */
u32 record_check(const struct ranges *ranges, struct holder_list *out)
{
	struct check c = { .ranges = ranges, .out = out };

	record_each(check, &c);
	return checked(&c);
}

/* As record_check(), but looks at every task that a list shows, and at the recorded ones that none shows. */
u32 record_check_all(const struct ranges *ranges, struct holder_list *out)
{
	struct check c = { .ranges = ranges, .out = out };
	struct task_struct *p, *t;

	record_each(check_hidden, &c);
	rcu_read_lock();
	/* A listed task that is exiting was looked at above too, if it was recorded. */
	for_each_process_thread(p, t)
		check(t, &c);
	rcu_read_unlock();
	return checked(&c);
}

/*
 * Inside stop_machine: whether to look at every task: because one that ran may be missing from the record, or
 * because that is less work, since a task that ran on many CPUs is recorded by each.
 */
bool record_wants_all(void)
{
	return record_seen.incomplete || record_overflowed() || record_count() > record_seen.tasks;
}

/*
 * The worker's, outside stop_machine: looks at recorded tasks, some at a time, from where at stands to the first
 * that holds. A holder found earlier that runs now is on its way, out or further in; its place is known once it
 * has been switched out. attempt_lock held, which may be let go of between two calls.
 */
enum peek record_peek(const struct ranges *ranges, struct record_cursor *at)
{
	struct task_struct *t;
	u32 n = 0;

	while ((t = record_next(at))) {
		if (stack_holds(t, ranges, NULL, STACK_HINT))
			return PEEK_HELD;
		at->moving |= READ_ONCE(t->on_cpu) && record_seen.holders & bloom_bit(t);
		if (++n == AT_ONCE)
			return PEEK_MORE;
	}
	return at->moving ? PEEK_MOVING : PEEK_CLEAR;
}
