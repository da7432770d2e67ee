// SPDX-License-Identifier: GPL-2.0-only
/* One stop_machine with an activeness check inside. It switches, or finds holders and does nothing. */
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/stop_machine.h>
#include <linux/timekeeping.h>

#include "internal.h"

#ifdef SPOTOS_TEST_BUILD
/* Tests only: switch whatever the check says, to show that a test can see a wrong switch. */
static bool ignore_check;
module_param(ignore_check, bool, 0600);
#else
#define ignore_check false
#endif

struct stop_args {
	struct operation *op;
	bool full;
	bool clear;
	u64 start_ns;
	u64 end_ns;
	u32 walked;
};

/*
 * On one CPU, while all others stand with interrupts off. Must not sleep, take a mutex or free a task.
 * Turning the switch here is what makes it one for all functions and all CPUs: no CPU is between two of the
 * patch's functions, and each takes a barrier on its way out.
 */
static int stopped(void *data)
{
	struct stop_args *a = data;
	struct operation *op = a->op;
	struct patch_state *p = op->p;
	struct holder_list *out = op->scratch;

	a->start_ns = ktime_get_mono_fast_ns();
	out->total = 0;
	out->count = 0;
	a->full = op->req.strategy == SPOTOS_STRATEGY_RETRY || record_overflowed();
	if (a->full)
		a->walked = record_check_all(&op->ranges, out);
	else
		a->walked = record_check(&op->ranges, out);
	a->clear = !out->total && !record_lost_exiting();
	if (a->clear || ignore_check) {
		bool apply = op->req.direction == SPOTOS_APPLY;

		WRITE_ONCE(p->live, apply);
		WRITE_ONCE(p->state, apply ? SPOTOS_APPLIED : SPOTOS_LOADED);
		p->applied_ns = apply ? a->start_ns : 0;
		op->switched = true;
		if (a->clear && op->trigger)
			trigger_proved_clear(op->trigger);
	}
	a->end_ns = ktime_get_mono_fast_ns();
	return 0;
}

/* Hands the holders that were found to whoever asks for them. */
static void publish_holders(struct operation *op)
{
	mutex_lock(&op->holders_lock);
	swap(op->holders, op->scratch);
	mutex_unlock(&op->holders_lock);
}

/* The worker's. Sleeps. Returns whether it switched. */
bool attempt(struct operation *op, u32 cause)
{
	struct stop_args a = { .op = op };
	struct spotos_event ev = { .cause = cause };
	u64 begin = ktime_get_mono_fast_ns(), zero_ns = 0;

	if (cause == SPOTOS_BY_TRIGGER)
		zero_ns = trigger_zero_ns(op->trigger);
	stop_machine(stopped, &a, NULL);
	door_open();
	record_drop();

	op->attempts++;
	ev.type = op->switched ? SPOTOS_EV_SWITCHED : SPOTOS_EV_ATTEMPT;
	ev.time_ns = a.start_ns;
	ev.wait_ns = a.start_ns - op->armed_ns;
	ev.window_ns = a.end_ns - a.start_ns;
	ev.stop_ns = a.start_ns - begin;
	if (zero_ns && zero_ns < a.start_ns)
		ev.trigger_ns = a.start_ns - zero_ns;
	ev.attempts = op->attempts;
	ev.safe_points = op->safe_points;
	ev.holders = op->scratch->total;
	ev.walked = a.walked;
	ev.full_walk = a.full;
	if (!op->switched)
		publish_holders(op);
	events_put(op->events, &ev);

	/* The whole call is disturbance, not only the window: hold its share to SPOTOS_STOP_SHARE. */
	op->not_before_ns = ktime_get_mono_fast_ns();
	op->not_before_ns += (op->not_before_ns - begin) * (SPOTOS_STOP_SHARE - 1);
	return op->switched;
}
