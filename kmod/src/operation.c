// SPDX-License-Identifier: GPL-2.0-only
/* An operation's memory, its kicks and its events. See struct operation for its states. */
#include <linux/irq_work.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "internal.h"

/* Wakes the worker. Any context but NMI, and not under a run queue's lock. */
void operation_kick(struct operation *op, unsigned int cause)
{
	set_bit(cause, &op->kick);
	swake_up_one(&op->wait);
}

static void on_wake(struct irq_work *work)
{
	operation_kick(container_of(work, struct operation, wake_work), SPOTOS_BY_WAKE);
}

void operation_free(struct operation *op)
{
	kvfree(op->holders);
	kvfree(op->scratch);
	kvfree(op);
}

struct operation *operation_new(const struct spotos_arm *req, struct event_queue *events)
{
	struct operation *op = kvzalloc(sizeof(*op), GFP_KERNEL);

	if (!op)
		return NULL;
	op->req = *req;
	op->events = events;
	op->armed_ns = ktime_get_mono_fast_ns(); /* until a safe point would be noticed */
	init_swait_queue_head(&op->wait);
	op->wake_work = IRQ_WORK_INIT_HARD(on_wake);
	mutex_init(&op->holders_lock);
	op->holders = kvzalloc(sizeof(*op->holders), GFP_KERNEL);
	op->scratch = kvzalloc(sizeof(*op->scratch), GFP_KERNEL);
	op->owner = task_tgid_nr(current);
	get_task_comm(op->owner_comm, current);
	if (!op->holders || !op->scratch) {
		operation_free(op);
		return NULL;
	}
	return op;
}

void operation_emit(struct operation *op, u32 type)
{
	struct spotos_event ev = {
		.type = type,
		.direction = op->req.direction,
		.strategy = op->req.strategy,
		.time_ns = ktime_get_mono_fast_ns(),
		.attempts = op->attempts,
		.safe_points = op->safe_points,
	};

	ev.wait_ns = ev.time_ns - op->armed_ns;
	events_put(op->events, &ev);
}

/* Makes a stuck operation wait again, for timeout_ns. -EINVAL: it is not stuck. */
int operation_retry(struct operation *op, u64 timeout_ns)
{
	if (timeout_ns > 86400ull * NSEC_PER_SEC || !READ_ONCE(op->stuck))
		return -EINVAL;
	op->deadline_ns = timeout_ns ? ktime_get_mono_fast_ns() + timeout_ns : 0;
	op->not_before_ns = 0;
	clear_bit(SPOTOS_BY_TRIGGER, &op->kick); /* from a zero long ago */
	operation_emit(op, SPOTOS_EV_ARMED);
	/* The worker reads the deadline after it has seen that it is no longer stuck. */
	smp_store_release(&op->stuck, false);
	operation_kick(op, SPOTOS_BY_RETRY);
	return 0;
}
